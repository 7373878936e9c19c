package directory

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// organisationForm is all that the form of an organisation shows.
type organisationForm struct {
	Organisation
	*web.Form
	Centres []network.Centre
	Lead    bool // may say of what kind it is, and which centre looks after it
	Member  bool // acts for it
	Begins  bool // it is being entered
}

func (p *DeskPages) organisations(w http.ResponseWriter, r *web.Request) error {
	if forOrganisation(r) {
		return r.See(w, organisationPath(r.Viewer.ScopeID()))
	}
	typed := r.URL.Query().Get("q")
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	page = min(max(page, 1), 100_000)
	args := db.Args{"limit": deskPage + 1, "offset": (page - 1) * deskPage}
	all := []string{`1 = 1`}
	if r.Viewer.Acting.Scope.Kind == network.ScopeCentre {
		args["c"] = r.Viewer.ScopeID()
		all = append(all, `centre_id = :c`)
	}
	if typed != "" {
		args["typed"] = "%" + strings.NewReplacer("%", "", "_", "").Replace(strings.ToLower(typed)) + "%"
		all = append(all, `LOWER(name) LIKE :typed`)
	}
	var list []organisationRow
	if err := p.Store.DB.Select(r.Context(), &list, `SELECT * FROM directory_organisations WHERE `+strings.Join(all, " AND ")+` ORDER BY name, id LIMIT :limit OFFSET :offset`, args); err != nil {
		return err
	}
	before, after := "", ""
	if page > 1 {
		before = r.With("page", strconv.Itoa(page-1))
	}
	if len(list) > deskPage {
		list, after = list[:deskPage], r.With("page", strconv.Itoa(page+1))
	}
	today, _, err := p.Store.LocalDay(r.Context())
	if err != nil {
		return err
	}
	var rows []Organisation
	for _, one := range list {
		rows = append(rows, one.organisation())
	}
	return r.HTML(w, http.StatusOK, deskOrganisationsPage(r, rows, today, typed, before, after))
}

func (p *DeskPages) showOrganisation(w http.ResponseWriter, r *web.Request, status int, o Organisation, f *web.Form, begins bool) error {
	centres, err := p.Store.Network.Centres(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	v := organisationForm{Organisation: o, Form: f, Centres: centres, Lead: r.Viewer.May(Organise) && !forOrganisation(r), Member: forOrganisation(r), Begins: begins}
	return r.HTML(w, status, deskOrganisationPage(r, v))
}

func fillOrganisation(o Organisation) *web.Form {
	f := web.NewForm("name", o.Name, "email", o.Email, "website", o.Website, "ask_email", o.AskEmail, "kind", o.Kind, "reach", o.Reach, "reach_until", o.ReachUntil,
		"centre", orEmpty(o.CentreID), "version", digits(o.Version))
	f.SetTexts("about", o.about())
	fillPhones(f, o.Phones)
	return f
}

// about is its description in all languages it is kept in.
func (o Organisation) about() i18n.Text {
	t := i18n.Text{}
	if o.Description != "" {
		t[o.Lang] = o.Description
	}
	for l, fields := range o.Texts {
		if l != o.Lang && fields["description"] != "" {
			t[l] = fields["description"]
		}
	}
	return t
}

func (p *DeskPages) editOrganisation(w http.ResponseWriter, r *web.Request) error {
	o, err := p.organisation(r, p.Store.DB, r.PathValue("id"))
	if err != nil {
		return err
	}
	return p.showOrganisation(w, r, http.StatusOK, o, fillOrganisation(o), false)
}

// newOrganisation is where a centre enters an initiative, and the network any organisation.
func (p *DeskPages) newOrganisation(w http.ResponseWriter, r *web.Request) error {
	o, err := p.fresh(r)
	if err != nil {
		return err
	}
	return p.showOrganisation(w, r, http.StatusOK, o, fillOrganisation(o), true)
}

// fresh is the organisation that a new entry begins with: at a centre an initiative that is reached through it.
func (p *DeskPages) fresh(r *web.Request) (Organisation, error) {
	o := Organisation{Organization: hsds.Organization{ID: db.NewID()}, Lang: i18n.HR, Kind: "initiative", Reach: Centre}
	switch {
	case r.Viewer.Acting.Scope.Kind == network.ScopeCentre && r.Viewer.May(EditAll):
		c := r.Viewer.ScopeID()
		o.CentreID = &c
	case r.Viewer.Acting.Scope.Kind == network.ScopeNetwork && r.Viewer.May(Organise):
	default:
		return o, fault.Forbidden("fault.forbidden")
	}
	return o, nil
}

func (p *DeskPages) addOrganisation(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	o, err := p.fresh(r)
	if err != nil {
		return err
	}
	if pressed(f) {
		return p.showOrganisation(w, r, http.StatusOK, o, f, true)
	}
	to := servicesPath + "/new?organisation=" + o.ID
	if err := p.saveOrganisation(r, f, o, to); err != nil {
		if f.Failed(err) {
			return p.showOrganisation(w, r, web.Status(f.Err), o, f, true)
		}
		return err
	}
	r.Flash("directory.desk.entered")
	return r.See(w, to)
}

func (p *DeskPages) changeOrganisation(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	o, err := p.organisation(r, p.Store.DB, r.PathValue("id"))
	if err != nil {
		return err
	}
	if pressed(f) {
		return p.showOrganisation(w, r, http.StatusOK, o, f, false)
	}
	if err := p.saveOrganisation(r, f, o, ""); err != nil {
		if f.Failed(err) {
			return p.showOrganisation(w, r, web.Status(f.Err), o, f, false)
		}
		return err
	}
	r.Flash("directory.desk.saved")
	if forOrganisation(r) {
		return r.See(w, servicesPath)
	}
	return r.See(w, organisationsPath)
}

// saveOrganisation saves what was typed. claim is where the form of a new one leads.
func (p *DeskPages) saveOrganisation(r *web.Request, f *web.Form, o Organisation, claim string) error {
	ctx := r.Context()
	var faults fault.Form
	changed := readOrganisation(f, o)
	changed.Version = f.Int(&faults, "version", o.Version, 0, 1<<30)
	if o.Version == 0 {
		changed.Version = 0
	}
	if r.Viewer.May(Organise) && !forOrganisation(r) {
		if f.Get("kind") != "" {
			changed.Kind = f.Get("kind")
		}
		changed.CentreID = orNull(f.Get("centre"))
	}
	if changed.Kind != "initiative" {
		changed.Reach, changed.ReachUntil = Direct, ""
		if f.Get("reach") == Centre {
			changed.Reach = Centre
		}
	}
	if changed.Reach == Centre {
		changed.ReachUntil = ""
	}
	if changed.Kind == "initiative" && changed.CentreID == nil { // it is reached through a centre from the day its consent ends
		faults.Add("centre", "directory.fault.centre_needed")
	}
	today, _, err := p.Store.LocalDay(ctx)
	if err != nil {
		return err
	}
	if changed.ReachUntil != "" && changed.ReachUntil != o.ReachUntil && !(changed.ReachUntil >= today && days(changed.ReachUntil, today) <= mostConsent) {
		faults.Add("reach_until", "directory.fault.consent_until")
	}
	if changed.CentreID != nil {
		centres, err := p.Store.Network.Centres(ctx, p.Store.DB)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(centres, func(c network.Centre) bool { return c.ID == *changed.CentreID }) {
			faults.Add("centre", "directory.fault.choose")
		}
	}
	name := onOrganisation(f)
	if err := faultsOf(&faults, renamed(changed.Check(), name)); err != nil {
		return err
	}
	action := "save"
	if o.Version == 0 {
		action = "first"
	}
	return renamed(p.Store.DB.Tx(ctx, func(tx *db.Tx) error {
		if claim != "" {
			if err := web.Claim(ctx, tx, f.Get("form_key"), claim, r.Now); err != nil {
				return err
			}
		}
		if err := p.Store.SaveOrganisation(ctx, tx, changed, action, r.Viewer.Account.ID); err != nil {
			return err
		}
		return p.Store.reindex(ctx, tx, o, changed)
	}), name)
}

// mostConsent is how many days an initiative's consent to be reached itself may last: then it is asked anew.
const mostConsent = 366

// reindex indexes the services of the organisation anew where its name or how it is reached changed, and marks them as changed
// for whoever asks the API.
func (s *Store) reindex(ctx context.Context, tx *db.Tx, was, is Organisation) error {
	if was.Name == is.Name && was.Reach == is.Reach && was.ReachUntil == is.ReachUntil && was.Kind == is.Kind && orEmpty(was.CentreID) == orEmpty(is.CentreID) {
		return nil
	}
	var ids []string
	if err := tx.Select(ctx, &ids, `SELECT id FROM directory_services WHERE organisation_id = :o ORDER BY id`, db.Args{"o": is.ID}); err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := tx.Exec(ctx, `UPDATE directory_services SET modified_at = :now WHERE id = :id`, db.Args{"id": id, "now": s.Now().Unix()}); err != nil {
			return err
		}
		if err := s.index(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

func readOrganisation(f *web.Form, o Organisation) Organisation {
	o.Name, o.Email, o.Website, o.AskEmail = f.Get("name"), f.Get("email"), f.Get("website"), f.Get("ask_email")
	o.Reach, o.ReachUntil = f.Get("reach"), f.Get("reach_until")
	t := f.Texts("about")
	o.Description, _ = t.In(o.Lang)
	texts := Texts{}
	for l, fields := range o.Texts {
		texts[l] = map[string]string{}
		for k, v := range fields {
			if k != "description" {
				texts[l][k] = v
			}
		}
	}
	for _, l := range i18n.All {
		if v := t[l]; l != o.Lang && v != "" && v != o.Description {
			if texts[l] == nil {
				texts[l] = map[string]string{}
			}
			texts[l]["description"] = v
		}
	}
	o.Texts = texts
	o.Phones = readPhones(f, o.Phones)
	return o
}

func onOrganisation(f *web.Form) func(string) string {
	return func(name string) string {
		if name == "description" {
			return longest(f, "about")
		}
		if list, rest, ok := strings.Cut(name, "."); ok && list == "phones" {
			i, field, _ := strings.Cut(rest, ".")
			return "phones-" + i + "-" + field
		}
		return name
	}
}

// phoneSheet is what somebody at the centre has in front of them who phones an organisation.
type phoneSheet struct {
	Organisation
	*web.Form
	Services []phoned
}

type phoned struct {
	Service
	Lines []said
}

func (p *DeskPages) phoneForm(w http.ResponseWriter, r *web.Request) error {
	return p.showPhone(w, r, http.StatusOK, web.NewForm())
}

func (p *DeskPages) showPhone(w http.ResponseWriter, r *web.Request, status int, f *web.Form) error {
	o, err := p.organisation(r, p.Store.DB, r.PathValue("id"))
	if err != nil {
		return err
	}
	list, err := p.Store.Due(r.Context(), p.Store.DB, o.ID)
	if err != nil {
		return err
	}
	v := phoneSheet{Organisation: o, Form: f}
	for _, s := range list {
		n, err := p.names(r, s.Places)
		if err != nil {
			return err
		}
		v.Services = append(v.Services, phoned{s, s.say(r.Printer, n)})
	}
	return r.HTML(w, status, deskPhonePage(r, v))
}

// phone records what came of it, for one service or, where nobody answered, for all.
func (p *DeskPages) phone(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	o, err := p.organisation(r, p.Store.DB, r.PathValue("id"))
	if err != nil {
		return err
	}
	ctx, by, id := r.Context(), r.Viewer.Account.ID, f.Get("service")
	next, said := organisationPath(o.ID)+"/phone", "directory.phone.noted"
	err = p.Store.DB.Tx(ctx, func(tx *db.Tx) error {
		if f.Get("answer") == "unreached" {
			next, said = "/desk/", "directory.phone.later"
			return p.Store.Unreached(ctx, tx, o.ID, by)
		}
		s, err := p.Store.Service(ctx, tx, id)
		if err != nil {
			return err
		}
		if s.OrganizationID != o.ID {
			return fault.NotFound("fault.not_found")
		}
		switch f.Get("answer") {
		case "right":
			return p.Store.Assure(ctx, tx, s.ID, ByCentre, by)
		case "ended":
			return p.Store.End(ctx, tx, s.ID, ByCentre, by)
		case "changed":
			next, said = servicePath(s.ID), ""
			return nil
		}
		return fault.Invalid("directory.fault.choose")
	})
	if err != nil {
		return err
	}
	if said != "" {
		r.Flash(said)
	}
	return r.See(w, next)
}

// until is the day of the consent as people say it.
func (o Organisation) until(p *i18n.Printer) string {
	t, err := time.Parse(time.DateOnly, o.ReachUntil)
	if err != nil {
		return ""
	}
	return p.DayYear(t)
}
