package survey

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"kvart/internal/disclosure"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
	"kvart/internal/xlsform"
)

// here is the centre whose surveys one keeps where one acts: "" for the network's.
func here(r *web.Request) string {
	if r.Viewer.Acting.Scope.Kind == network.ScopeCentre {
		return r.Viewer.ScopeID()
	}
	return ""
}

// kept is the survey of the address where the viewer keeps it; any other is NotFound.
func (p *Pages) kept(r *web.Request) (Survey, error) {
	v, err := p.found(r)
	if err == nil && of(v) != here(r) {
		err = fault.NotFound("fault.not_found")
	}
	return v, err
}

// typed is the survey of the address where the viewer types in answers: the centre's own, and the network's once it is asked.
func (p *Pages) typed(r *web.Request) (Survey, error) {
	v, err := p.found(r)
	if err == nil && of(v) != here(r) && (of(v) != "" || v.State == Draft) {
		err = fault.NotFound("fault.not_found")
	}
	return v, err
}

func (p *Pages) found(r *web.Request) (Survey, error) {
	if !db.IsID(r.PathValue("id")) || r.Viewer.Acting.Scope.Kind == network.ScopeOrganisation {
		return Survey{}, fault.NotFound("fault.not_found")
	}
	return p.Survey(r.Context(), p.DB, r.PathValue("id"))
}

func of(v Survey) string {
	if v.CentreID == nil {
		return ""
	}
	return *v.CentreID
}

// OwnTeam returns Forbidden for who holds no role of their own where the survey is: what people wrote, and files of answers, are
// not for whoever only looks over centres.
func OwnTeam(r *web.Request) error {
	if slices.ContainsFunc(r.Viewer.Held, func(h auth.Held) bool { return h.Scope == r.Viewer.Acting.Scope }) {
		return nil
	}
	return fault.Forbidden("survey.fault.team")
}

// tx runs the change and leads to the address.
func (p *Pages) tx(w http.ResponseWriter, r *web.Request, done, to string, change func(tx *db.Tx) error) error {
	if err := p.DB.Tx(r.Context(), change); err != nil {
		return err
	}
	r.Flash(done)
	return r.See(w, to)
}

// row is a survey in the desk's list.
type row struct {
	Survey
	AtLeast int
}

func (p *Pages) desk(w http.ResponseWriter, r *web.Request) error {
	ctx := r.Context()
	list, err := p.Of(ctx, p.DB, here(r))
	if err != nil {
		return err
	}
	if here(r) != "" { // those of the network that are answered now are typed in here too
		b, err := p.Network.Basics(ctx)
		if err != nil {
			return err
		}
		wide, err := p.Of(ctx, p.DB, "")
		if err != nil {
			return err
		}
		for _, v := range wide {
			if v.Takes(Paper, r.Now.In(b.Zone).Format(time.DateOnly)) {
				list = append(list, v)
			}
		}
	}
	n, err := p.Network.Network(ctx, p.DB)
	if err != nil {
		return err
	}
	var rows []row
	for _, v := range list {
		count, err := p.Count(ctx, p.DB, v.ID)
		if err != nil {
			return err
		}
		rows = append(rows, row{v, disclosure.AtLeast(count, n.Disclosure)})
	}
	return r.HTML(w, http.StatusOK, deskPage(r, rows))
}

func (p *Pages) newSurvey(w http.ResponseWriter, r *web.Request) error {
	v := Survey{}
	if c := here(r); c != "" {
		v.CentreID = &c
	}
	today, err := p.Today(r.Context(), p.DB, v)
	if err != nil {
		return err
	}
	f := web.NewForm("opens_on", today.Format(time.DateOnly), "closes_on", today.AddDate(0, 0, 28).Format(time.DateOnly), "delete_on", today.AddDate(0, 6, 0).Format(time.DateOnly))
	return r.HTML(w, http.StatusOK, editPage(r, f, Survey{}))
}

// read fills in what was typed.
func read(f *web.Form, v Survey) Survey {
	v.Title, v.Intro, v.Purpose = f.Texts("title"), f.Texts("intro"), f.Texts("purpose")
	v.OpensOn, v.ClosesOn, v.DeleteOn = f.Get("opens_on"), f.Get("closes_on"), f.Get("delete_on")
	return v
}

func (p *Pages) addSurvey(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v := read(f, Survey{ID: db.NewID()})
	if c := here(r); c != "" {
		v.CentreID = &c
	} else if r.Viewer.Acting.Scope.Kind != network.ScopeNetwork {
		return fault.NotFound("fault.not_found")
	}
	to := surveyPath(v.ID) + "/questions"
	err = p.DB.Tx(r.Context(), func(tx *db.Tx) error {
		if err := web.Claim(r.Context(), tx, f.Get("form_key"), to, r.Now); err != nil {
			return err
		}
		_, err := p.Add(r.Context(), tx, v, r.Viewer.Account.ID)
		return err
	})
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), editPage(r, f, Survey{}))
		}
		return err
	}
	return r.See(w, to)
}

func (p *Pages) edit(w http.ResponseWriter, r *web.Request) error {
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	f := web.NewForm("opens_on", v.OpensOn, "closes_on", v.ClosesOn, "delete_on", v.DeleteOn, "version", strconv.Itoa(v.Version))
	f.SetTexts("title", v.Title)
	f.SetTexts("intro", v.Intro)
	f.SetTexts("purpose", v.Purpose)
	return r.HTML(w, http.StatusOK, editPage(r, f, v))
}

func (p *Pages) change(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	now := read(f, v)
	if now.Version, err = strconv.Atoi(f.Get("version")); err != nil || now.Version != v.Version { // the store asks again
		now.Version = 0
	}
	err = p.tx(w, r, "survey.saved", surveyPath(v.ID), func(tx *db.Tx) error { return p.Save(r.Context(), tx, now, r.Viewer.Account.ID) })
	if err != nil && f.Failed(err) {
		return r.HTML(w, web.Status(f.Err), editPage(r, f, v))
	}
	return err
}

// overview is what the page of one survey shows.
type overview struct {
	Survey
	*web.Form
	Asked     *xlsform.Form
	Questions int
	Warned    []xlsform.Question
	Missing   bool // it cannot be asked as it is
	AtLeast   int
	Threshold int
	Now       bool // it is answered now
	Keeps     bool
	Address   string
	Begins    bool // its first day is to come
	Paper     bool // its last day is over, and sheets of paper are typed in still
	Typed     int  // by the viewer today
	Typists   []typist
}

// typist is somebody who typed in sheets on a day.
type typist struct {
	Name string `db:"name"`
	Day  string `db:"day"`
}

func (p *Pages) look(r *web.Request, v Survey, f *web.Form) (o overview, err error) {
	ctx := r.Context()
	o = overview{Survey: v, Form: f, Keeps: of(v) == here(r) && r.Viewer.May(Run), Address: r.Base() + "/surveys/" + v.ID}
	if o.Asked, _, err = p.Store.Form(ctx, p.DB, v, v.Current); err != nil {
		return o, err
	}
	for _, q := range o.Asked.Questions {
		if q.Asks() {
			o.Questions++
		}
	}
	o.Warned, o.Missing = Warned(o.Asked), len(o.Asked.Check()) > 0
	n, err := p.Network.Network(ctx, p.DB)
	if err != nil {
		return o, err
	}
	count, err := p.Count(ctx, p.DB, v.ID)
	if err != nil {
		return o, err
	}
	o.AtLeast, o.Threshold = disclosure.AtLeast(count, n.Disclosure), max(n.Disclosure, disclosure.Least)
	today, err := p.Today(ctx, p.DB, v)
	if err != nil {
		return o, err
	}
	o.Now, o.Begins = v.Answered(today.Format(time.DateOnly)), v.Coming(today.Format(time.DateOnly))
	o.Paper = !o.Now && v.Takes(Paper, today.Format(time.DateOnly))
	if o.Keeps {
		if o.Typists, err = p.Store.typists(ctx, p.DB, v.ID); err != nil {
			return o, err
		}
	}
	err = p.DB.Get(ctx, &o.Typed, `SELECT COALESCE(SUM(n), 0) FROM survey_typed WHERE survey_id = :s AND account_id = :a AND day = :d`,
		db.Args{"s": v.ID, "a": r.Viewer.Account.ID, "d": today.Format(time.DateOnly)})
	return o, err
}

func (p *Pages) survey(w http.ResponseWriter, r *web.Request) error {
	v, err := p.typed(r)
	if err != nil {
		return err
	}
	return p.surveyAgain(w, r, v, web.NewForm())
}

func (p *Pages) surveyAgain(w http.ResponseWriter, r *web.Request, v Survey, f *web.Form) error {
	o, err := p.look(r, v, f)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if f.Err != nil {
		status = web.Status(f.Err)
	}
	return r.HTML(w, status, surveyPage(r, o))
}

func (p *Pages) open(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	form, _, err := p.Store.Form(r.Context(), p.DB, v, v.Current)
	if err != nil {
		return err
	}
	var faults fault.Form
	if len(Warned(form)) > 0 && !f.On("looked") {
		faults.Add("looked", "survey.fault.looked")
	}
	if err = faults.Err(); err == nil {
		err = p.tx(w, r, "survey.opened", surveyPath(v.ID), func(tx *db.Tx) error { return p.Publish(r.Context(), tx, v, r.Viewer.Account.ID) })
	}
	if err != nil && f.Failed(err) {
		return p.surveyAgain(w, r, v, f)
	}
	return err
}

func (p *Pages) close(w http.ResponseWriter, r *web.Request) error {
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	if v.State == Draft {
		return fault.Conflict("survey.fault.not_open")
	}
	return p.tx(w, r, "survey.closed", surveyPath(v.ID)+"/results", func(tx *db.Tx) error { return p.Close(r.Context(), tx, v.ID, r.Viewer.Account.ID) })
}

func (p *Pages) show(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	done := "survey.hidden"
	if f.On("shown") {
		done = "survey.shown"
	}
	return p.tx(w, r, done, surveyPath(v.ID)+"/results", func(tx *db.Tx) error { return p.Show(r.Context(), tx, v, f.On("shown"), r.Viewer.Account.ID) })
}

func (p *Pages) remove(w http.ResponseWriter, r *web.Request) error {
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	return p.tx(w, r, "survey.removed", deskPath, func(tx *db.Tx) error { return p.Remove(r.Context(), tx, v, r.Viewer.Account.ID) })
}
