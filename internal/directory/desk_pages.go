package directory

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// DeskPages are the pages on which entries are kept right: those of an organisation's own area and of the centre that looks
// after it, what mails lead to, and anybody's suggestion of a correction.
type DeskPages struct {
	Store *Store
	Texts *i18n.Bundle
}

// deskPage is how many services or organisations a page of a list has.
const deskPage = 50

// keeps says whether the viewer may change the organisation's entries where they act: for the organisation itself, at the
// centre that looks after it, or for the network.
func keeps(r *web.Request, o Organisation) bool {
	in := r.Viewer.Acting.Scope
	switch in.Kind {
	case network.ScopeOrganisation:
		return o.ID == in.ID
	case network.ScopeCentre:
		return o.CentreID != nil && *o.CentreID == in.ID && r.Viewer.May(EditAll) || r.Viewer.May(Organise)
	case network.ScopeNetwork:
		return r.Viewer.May(Organise)
	}
	return false
}

// as is in whose name the viewer says that an entry is right.
func as(r *web.Request) string {
	if r.Viewer.Acting.Scope.Kind == network.ScopeOrganisation {
		return ByOrganisation
	}
	return ByCentre
}

func forOrganisation(r *web.Request) bool {
	return r.Viewer.Acting.Scope.Kind == network.ScopeOrganisation
}

// organisation is the one of the id that the viewer keeps. An organisation of the network that has no entry yet comes as
// the network has it, with Version nought; one that is not the viewer's is NotFound.
func (p *DeskPages) organisation(r *web.Request, q db.Querier, id string) (Organisation, error) {
	o, err := p.Store.Organisation(r.Context(), q, id)
	if fault.Is(err, fault.KindNotFound) {
		o, err = p.fromNetwork(r, q, id)
	}
	if err == nil && !keeps(r, o) {
		err = fault.NotFound("fault.not_found")
	}
	return o, err
}

// fromNetwork is the organisation of the network as the directory begins with it.
func (p *DeskPages) fromNetwork(r *web.Request, q db.Querier, id string) (Organisation, error) {
	n, err := p.Store.Network.Organisation(r.Context(), q, id)
	if err != nil {
		return Organisation{}, err
	}
	about, _ := n.About.In(i18n.HR)
	o := Organisation{Organization: hsds.Organization{ID: n.ID, Name: n.Name, Website: n.Web, Description: about}, Lang: i18n.HR, Kind: n.Kind, Reach: Direct}
	for _, l := range i18n.All {
		if t := n.About[l]; l != i18n.HR && t != "" && t != about {
			if o.Texts == nil {
				o.Texts = Texts{}
			}
			o.Texts[l] = map[string]string{"description": t}
		}
	}
	centres, err := p.Store.Network.Centres(r.Context(), q)
	if err != nil {
		return o, err
	}
	for _, c := range centres { // the centre it runs; an initiative is reached through the first where it runs none
		if c.OrganisationID == id || n.Kind == "initiative" && o.CentreID == nil {
			o.CentreID = &c.ID
		}
	}
	if n.Kind == "initiative" && o.CentreID != nil {
		o.Reach = Centre
	}
	return o, nil
}

// begun is the organisation with its entry made, in the transaction of what is the first of it.
func (p *DeskPages) begun(r *web.Request, tx *db.Tx, o Organisation) (Organisation, error) {
	if o.Version > 0 {
		return o, nil
	}
	if err := p.Store.SaveOrganisation(r.Context(), tx, o, "first", r.Viewer.Account.ID); err != nil {
		return o, err
	}
	o.Version = 1
	return o, nil
}

// whose is the organisation that a page is about: the one acted for, or the one that the address names.
func (p *DeskPages) whose(r *web.Request) (Organisation, error) {
	id := r.URL.Query().Get("organisation")
	if forOrganisation(r) {
		id = r.Viewer.ScopeID()
	}
	if id == "" {
		return Organisation{}, fault.NotFound("fault.not_found")
	}
	return p.organisation(r, p.Store.DB, id)
}

// service is the one that the address names, where the viewer keeps it.
func (p *DeskPages) service(r *web.Request, q db.Querier) (Service, error) {
	s, err := p.Store.Service(r.Context(), q, r.PathValue("id"))
	if err == nil && !keeps(r, s.Owner) {
		err = fault.NotFound("fault.not_found")
	}
	return s, err
}

// location is the one that the address names, with whose it is, where the viewer keeps it.
func (p *DeskPages) location(r *web.Request, q db.Querier) (Location, Organisation, error) {
	l, err := p.Store.Location(r.Context(), q, r.PathValue("id"))
	if err != nil {
		return l, Organisation{}, err
	}
	if l.OwnerID == "" { // of several organisations: the network's
		if !r.Viewer.May(Organise) || forOrganisation(r) {
			err = fault.NotFound("fault.not_found")
		}
		return l, Organisation{}, err
	}
	o, err := p.organisation(r, q, l.OwnerID)
	return l, o, err
}

// kept is a page of services as who keeps them sees them.
type kept struct {
	Organisation *Organisation // nil: of several
	Rows         []keptRow
	Open         int // suggestions without an answer
	Q            string
	Before       string
	After        string
}

type keptRow struct {
	Service
	Age     Age
	Open    int // suggestions without an answer
	Waiting bool
}

func (p *DeskPages) services(w http.ResponseWriter, r *web.Request) error {
	ctx, q := r.Context(), p.Store.DB
	v := kept{Q: r.URL.Query().Get("q")}
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	page = min(max(page, 1), 100_000)
	var list []Service
	if forOrganisation(r) {
		o, err := p.whose(r)
		if err != nil {
			return err
		}
		v.Organisation = &o
		if list, err = p.Store.ServicesOf(ctx, q, o.ID); err != nil {
			return err
		}
	} else {
		where, args := p.looksAfter(r)
		args["limit"], args["offset"] = deskPage+1, (page-1)*deskPage
		if v.Q != "" {
			named, err := p.named(r, v.Q)
			if err != nil {
				return err
			}
			from := min((page-1)*deskPage, len(named))
			args = db.Args{"limit": deskPage + 1, "offset": 0}
			where = `seq IN (` + db.In("seq", named[from:min(from+deskPage+1, len(named))], args) + `)`
		}
		var err error
		if list, err = p.Store.services(ctx, q, `s WHERE `+where+` ORDER BY name, seq LIMIT :limit OFFSET :offset`, args); err != nil {
			return err
		}
		if page > 1 {
			v.Before = r.With("page", strconv.Itoa(page-1))
		}
		if len(list) > deskPage {
			list, v.After = list[:deskPage], r.With("page", strconv.Itoa(page+1))
		}
	}
	today, _, err := p.Store.LocalDay(ctx)
	if err != nil {
		return err
	}
	open, err := p.open(r, list)
	if err != nil {
		return err
	}
	for _, s := range list {
		v.Open += open[s.ID]
		v.Rows = append(v.Rows, keptRow{Service: s, Age: AgeOf(s.AssuredDate, today), Open: open[s.ID], Waiting: s.Listed() && (s.Asked > 0 || s.AskAt != nil && *s.AskAt <= r.Now.Unix())})
	}
	return r.HTML(w, http.StatusOK, deskServicesPage(r, v))
}

// looksAfter is the condition on directory_services s of those that the viewer keeps.
func (p *DeskPages) looksAfter(r *web.Request) (string, db.Args) {
	if r.Viewer.Acting.Scope.Kind == network.ScopeCentre {
		return `s.organisation_id IN (SELECT id FROM directory_organisations WHERE centre_id = :c)`, db.Args{"c": r.Viewer.ScopeID()}
	}
	return "1 = 1", db.Args{}
}

// named are the numbers of the services that the viewer keeps whose name or organisation's name has what was typed, by name.
// Marks and capitals do not count, the same on both engines.
func (p *DeskPages) named(r *web.Request, typed string) ([]int64, error) {
	where, args := p.looksAfter(r)
	var rows []struct {
		Seq   int64
		Name  string
		Owner string
	}
	if err := p.Store.DB.Select(r.Context(), &rows, `SELECT s.seq, s.name, o.name AS owner FROM directory_services s JOIN directory_organisations o ON o.id = s.organisation_id
		WHERE `+where+` ORDER BY s.name, s.seq`, args); err != nil {
		return nil, err
	}
	typed = i18n.Fold(typed)
	var list []int64
	for _, row := range rows {
		if strings.Contains(i18n.Fold(row.Name), typed) || strings.Contains(i18n.Fold(row.Owner), typed) {
			list = append(list, row.Seq)
		}
	}
	return list, nil
}

// open counts the suggestions without an answer of each service.
func (p *DeskPages) open(r *web.Request, list []Service) (map[string]int, error) {
	var ids []string
	for _, s := range list {
		ids = append(ids, s.ID)
	}
	args := db.Args{}
	var rows []struct {
		ID string `db:"service_id"`
		N  int    `db:"n"`
	}
	err := p.Store.DB.Select(r.Context(), &rows, `SELECT service_id, COUNT(*) AS n FROM directory_suggestions WHERE state = 'open' AND service_id IN (`+db.In("s", ids, args)+`) GROUP BY service_id`, args)
	m := map[string]int{}
	for _, row := range rows {
		m[row.ID] = row.N
	}
	return m, err
}

func (p *DeskPages) ownOrganisation(w http.ResponseWriter, r *web.Request) error {
	if !forOrganisation(r) {
		return r.See(w, organisationsPath)
	}
	return r.See(w, organisationPath(r.Viewer.ScopeID()))
}

// terms are the ways of sorting, and what services name by id, for the words of a page.
func (p *DeskPages) names(r *web.Request, lists ...[]Place) (n glossary, err error) {
	ctx, q := r.Context(), p.Store.DB
	if n.terms, err = p.Store.Taxonomies(ctx, q); err != nil {
		return n, err
	}
	if n.areas, err = p.Store.Network.Areas(ctx, q); err != nil {
		return n, err
	}
	n.locations = map[string]Location{}
	for _, places := range lists {
		for _, at := range places {
			if _, ok := n.locations[at.LocationID]; ok {
				continue
			}
			l, err := p.Store.Location(ctx, q, at.LocationID)
			if fault.Is(err, fault.KindNotFound) {
				continue
			}
			if err != nil {
				return n, err
			}
			n.locations[at.LocationID] = l
		}
	}
	return n, nil
}

// renamed are the faults of a rule under the names of a form's fields.
func renamed(err error, name func(string) string) error {
	if err == nil {
		return nil
	}
	e := *fault.Of(err)
	e.Fields = slices.Clone(e.Fields)
	for i, f := range e.Fields {
		e.Fields[i].Name = name(f.Name)
	}
	return &e
}

// faultsOf are the faults of reading a form, and those of the rule.
func faultsOf(faults *fault.Form, err error) error {
	if err != nil {
		e := fault.Of(err)
		if len(e.Fields) == 0 {
			return err
		}
		for _, x := range e.Fields {
			faults.Add(x.Name, x.Key, x.Args...)
		}
	}
	return faults.Err()
}
