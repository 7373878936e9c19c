package premises

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
)

// Pages are the desk's pages of requests for premises.
type Pages struct{ Store *Store }

func (p *Pages) centre(r *web.Request) (network.Centre, error) {
	return p.Store.Network.Centre(r.Context(), p.Store.DB, r.Viewer.ScopeID())
}

func (p *Pages) list(w http.ResponseWriter, r *web.Request) error {
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	list, err := p.Store.OfCentre(r.Context(), p.Store.DB, c.ID)
	if err != nil {
		return err
	}
	settings, err := p.Store.Settings(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	open, over := parted(list)
	return r.HTML(w, http.StatusOK, listPage(r, open, over, settings))
}

// parted splits the requests into those of which something is still to come, and the others.
func parted(list []Request) (open, over []Request) {
	for _, r := range list {
		if r.State.Open() {
			open = append(open, r)
		} else {
			over = append(over, r)
		}
	}
	return open, over
}

// choices are what the form of a request chooses from.
type choices struct {
	Centre     network.Centre
	Committees []network.Area
	Activities []programme.Activity // of the centre, none discreet
	Threshold  int
}

func (p *Pages) choices(r *web.Request) (o choices, err error) {
	if o.Centre, err = p.centre(r); err != nil {
		return o, err
	}
	areas, err := p.Store.Network.Areas(r.Context(), p.Store.DB)
	if err != nil {
		return o, err
	}
	for _, a := range areas {
		if a.Kind == "committee" {
			o.Committees = append(o.Committees, a)
		}
	}
	n, err := p.Store.Network.Network(r.Context(), p.Store.DB)
	if err != nil {
		return o, err
	}
	o.Threshold = n.Disclosure
	o.Activities, err = p.Store.Programme.Activities(r.Context(), o.Centre.ID, false, true)
	return o, err
}

func (p *Pages) newRequest(w http.ResponseWriter, r *web.Request) error {
	o, err := p.choices(r)
	if err != nil {
		return err
	}
	day := today(r.Now, o.Centre)
	from, to := LastYear(day)
	f := web.NewForm("contact", r.T("premises.contact.default", "centre", o.Centre.Name), "period_from", day, "period_to", YearAfter(day), "results_from", from, "results_to", to)
	return r.HTML(w, http.StatusOK, formPage(r, o, Request{}, f))
}

// readRequest reads the form of a request; one is what it changes, or a new one.
func readRequest(f *web.Form, faults *fault.Form, one Request) Request {
	one.AreaID, one.Place, one.Address = f.Get("area"), f.Get("place"), f.Get("address")
	one.PeriodFrom, one.PeriodTo = f.Get("period_from"), f.Get("period_to")
	one.Kind, one.About, one.Contact = f.Get("kind"), f.Get("about"), f.Get("contact")
	for _, name := range []string{"members", "volunteers"} {
		if f.Get(name) == "" { // none is a number too, and is to be written
			faults.Add(name, "fault.required")
		}
	}
	one.Members, one.Volunteers = f.Int(faults, "members", 0, 0, MaxPeople), f.Int(faults, "volunteers", 0, 0, MaxPeople)
	one.ResultsFrom, one.ResultsTo = f.Get("results_from"), f.Get("results_to")
	one.Activities = f.All("activities")
	one.Slots = nil
	for i := range MaxSlots {
		s := Slot{From: f.Get(slotField("from", i)), To: f.Get(slotField("to", i))}
		s.Weekday, _ = strconv.Atoi(f.Get(slotField("weekday", i)))
		if f.Get(slotField("weekday", i)) != "" || s.From != "" || s.To != "" {
			one.Slots = append(one.Slots, s)
		}
	}
	return one
}

// packed moves the weekly times up where one was left out between, so that the fields are those the faults name.
func packed(f *web.Form, list Slots) {
	for i := range MaxSlots {
		var s Slot
		if i < len(list) {
			s = list[i]
		}
		fillSlot(f, i, s)
	}
}

func fillSlot(f *web.Form, i int, s Slot) {
	weekday := ""
	if s.Weekday != 0 {
		weekday = strconv.Itoa(s.Weekday)
	}
	f.Values.Set(slotField("weekday", i), weekday)
	f.Values.Set(slotField("from", i), s.From)
	f.Values.Set(slotField("to", i), s.To)
}

func fillRequest(one Request) *web.Form {
	f := web.NewForm("area", one.AreaID, "place", one.Place, "address", one.Address, "period_from", one.PeriodFrom, "period_to", one.PeriodTo, "kind", one.Kind, "about", one.About,
		"members", strconv.Itoa(one.Members), "volunteers", strconv.Itoa(one.Volunteers), "contact", one.Contact, "results_from", one.ResultsFrom, "results_to", one.ResultsTo,
		"version", strconv.Itoa(one.Version))
	packed(f, one.Slots)
	for _, a := range one.Activities {
		f.Values.Add("activities", a)
	}
	return f
}

// all the faults of a form: of what was typed as a number, and of the request itself.
func all(faults *fault.Form, err error) error {
	if err != nil {
		for _, x := range fault.Of(err).Fields {
			faults.Add(x.Name, x.Key, x.Args...)
		}
	}
	return faults.Err()
}

func (p *Pages) addRequest(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	o, err := p.choices(r)
	if err != nil {
		return err
	}
	var faults fault.Form
	one := readRequest(f, &faults, Request{CentreID: o.Centre.ID})
	packed(f, one.Slots)
	var id string
	if err = all(&faults, one.Check()); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) (err error) {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), "/desk/premises", r.Now); err != nil {
				return err
			}
			id, err = p.Store.Add(r.Context(), tx, one, r.Viewer.Account.ID)
			return err
		})
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), formPage(r, o, Request{}, f))
		}
		return err
	}
	r.Flash("premises.prepared")
	return r.See(w, "/desk/premises/"+id)
}

// request is the centre's one that the address names.
func (p *Pages) request(r *web.Request) (Request, error) {
	return p.Store.Request(r.Context(), p.Store.DB, r.Viewer.ScopeID(), r.PathValue("id"))
}

// editable is request, as long as it is still being prepared.
func (p *Pages) editable(r *web.Request) (Request, error) {
	one, err := p.request(r)
	if err == nil && one.State != Prepared {
		err = fault.Conflict("premises.fault.not_now")
	}
	return one, err
}

func (p *Pages) editRequest(w http.ResponseWriter, r *web.Request) error {
	one, err := p.editable(r)
	if err != nil {
		return err
	}
	o, err := p.choices(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, formPage(r, o, one, fillRequest(one)))
}

func (p *Pages) changeRequest(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	one, err := p.editable(r)
	if err != nil {
		return err
	}
	o, err := p.choices(r)
	if err != nil {
		return err
	}
	var faults fault.Form
	changed := readRequest(f, &faults, one)
	packed(f, changed.Slots)
	changed.Version = f.Int(&faults, "version", one.Version, 1, 1<<30)
	if err = all(&faults, changed.Check()); err == nil {
		err = p.Store.Change(r.Context(), changed, r.Viewer.Account.ID)
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), formPage(r, o, one, f))
		}
		return err
	}
	r.Flash("premises.changed")
	return r.See(w, "/desk/premises/"+one.ID)
}

// sheet is what the page of the request and its text file say.
func (p *Pages) sheet(r *web.Request, one Request) (v sheet, err error) {
	ctx, q := r.Context(), p.Store.DB
	v.Request = one
	if v.Centre, err = p.Store.Network.Centre(ctx, q, one.CentreID); err != nil {
		return v, err
	}
	o, err := p.Store.Network.Organisation(ctx, q, v.Centre.OrganisationID)
	if err != nil {
		return v, err
	}
	v.Organisation = o.Name
	areas, err := p.Store.Network.Areas(ctx, q)
	if err != nil {
		return v, err
	}
	for _, a := range areas {
		if a.ID == one.AreaID {
			v.Committee = a.Name
		}
	}
	all, err := p.Store.Programme.Activities(ctx, one.CentreID, false, true)
	if err != nil {
		return v, err
	}
	v.Titles = titles(all, one.Activities)
	n, err := p.Store.Network.Network(ctx, q)
	if err != nil {
		return v, err
	}
	v.Threshold, v.Demo = n.Disclosure, bool(n.Demo)
	v.Settings, err = p.Store.Settings(ctx, q)
	return v, err
}

// onePage is all that the page of one request shows.
type onePage struct {
	sheet
	Changes []Change
	Next    string // the id of the request that continues this one
	Today   string
	Form    *web.Form
}

func (p *Pages) show(w http.ResponseWriter, r *web.Request) error {
	one, err := p.request(r)
	if err != nil {
		return err
	}
	return p.showOne(w, r, http.StatusOK, one, nil)
}

// showOne shows the request with the form of its next step, as it was typed where that failed.
func (p *Pages) showOne(w http.ResponseWriter, r *web.Request, status int, one Request, f *web.Form) (err error) {
	v := onePage{Form: f}
	if v.sheet, err = p.sheet(r, one); err != nil {
		return err
	}
	if v.Changes, err = p.Store.Changes(r.Context(), p.Store.DB, one.ID); err != nil {
		return err
	}
	if v.Next, err = p.Store.Successor(r.Context(), p.Store.DB, one.ID); err != nil {
		return err
	}
	v.Today = today(r.Now, v.Centre)
	if v.Form == nil {
		v.Form = v.nextStep()
	}
	return r.HTML(w, status, requestPage(r, v))
}

// nextStep is the form of what may be written down next, filled in as far as it is known.
func (v onePage) nextStep() *web.Form {
	switch v.State {
	case Prepared:
		return web.NewForm("sent_on", v.Today, "answer_days", strconv.Itoa(v.AnswerDays))
	case Sent:
		return web.NewForm("decided_on", v.Today, "valid_from", v.PeriodFrom, "valid_to", v.PeriodTo)
	case Granted:
		return web.NewForm("outcome", "granted", "decided_on", v.DecidedOn, "reason", v.Reason, "conditions", v.Conditions, "valid_from", v.ValidFrom, "valid_to", v.ValidTo, "renew_on", v.RenewOn)
	}
	return web.NewForm()
}

// plan is the address of the programme's form for a new activity at the granted place, or "" where none can be any more.
func (v onePage) plan(s Slot) string {
	on := v.Request.Next(s, v.Today)
	if on == "" {
		return ""
	}
	place := v.Place
	if v.Address != "" {
		place += ", " + v.Address
	}
	return "/desk/programme/new?" + url.Values{"place": {place}, "date": {on}, "from": {s.From}, "to": {s.To}}.Encode()
}

// export is the request as plain text.
func (p *Pages) export(w http.ResponseWriter, r *web.Request) error {
	one, err := p.request(r)
	if err != nil {
		return err
	}
	v, err := p.sheet(r, one)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+fileName(v.Place)+`"`)
	h.Set("Cache-Control", "no-store")
	_, err = w.Write([]byte(v.text(r.Printer)))
	return err
}

func fileName(place string) string {
	name := network.Slug(place)
	if name == "" {
		name = "kvart"
	}
	return name[:min(len(name), 60)] + ".txt"
}

// acted answers a step: with the request's page, or with its form and what is wrong about it.
func (p *Pages) acted(w http.ResponseWriter, r *web.Request, f *web.Form, err error, done string) error {
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		one, again := p.request(r)
		if again != nil {
			return again
		}
		return p.showOne(w, r, web.Status(f.Err), one, f)
	}
	r.Flash(done)
	return r.See(w, "/desk/premises/"+r.PathValue("id"))
}

func (p *Pages) sent(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if _, err := p.request(r); err != nil {
		return err
	}
	var faults fault.Form
	x := Sending{On: f.Get("sent_on"), Reference: f.Get("reference"), AnswerDays: f.Int(&faults, "answer_days", AnswerDays, 1, 365)}
	if err = faults.Err(); err == nil {
		err = p.Store.Send(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), x, r.Viewer.Account.ID)
	}
	return p.acted(w, r, f, err, "premises.sent.done")
}

func (p *Pages) asked(w http.ResponseWriter, r *web.Request) error {
	if err := p.Store.Ask(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("premises.asked.done")
	return r.See(w, "/desk/premises/"+r.PathValue("id"))
}

func (p *Pages) decided(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if _, err := p.request(r); err != nil {
		return err
	}
	d := Decision{Granted: f.Get("outcome") == string(Granted), On: f.Get("decided_on"), Reason: f.Get("reason"), Conditions: f.Get("conditions"),
		ValidFrom: f.Get("valid_from"), ValidTo: f.Get("valid_to"), RenewOn: f.Get("renew_on")}
	if !d.Granted && f.Get("outcome") != string(Declined) {
		var faults fault.Form
		faults.Add("outcome", "premises.fault.outcome")
		err = faults.Err()
	} else {
		err = p.Store.Decide(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), d, r.Viewer.Account.ID)
	}
	return p.acted(w, r, f, err, "premises.decided.done")
}

func (p *Pages) withdrawQuestion(r *web.Request) (string, error) {
	one, err := p.request(r)
	if err != nil {
		return "", err
	}
	return r.T("premises.withdraw.sure", "what", one.Place), nil
}

func (p *Pages) withdraw(w http.ResponseWriter, r *web.Request) error {
	if err := p.Store.Withdraw(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("premises.withdrawn.done")
	return r.See(w, "/desk/premises/"+r.PathValue("id"))
}

func (p *Pages) again(w http.ResponseWriter, r *web.Request) error {
	next, err := p.Store.Again(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.Account.ID)
	if err != nil {
		return err
	}
	r.Flash("premises.again.done")
	return r.See(w, "/desk/premises/"+next)
}

// overview is every request of the network, for its lead.
type overview struct {
	Open, Over []Request
	Centres    map[string]string
	Committees map[string]i18n.Text
}

func (p *Pages) all(w http.ResponseWriter, r *web.Request) error {
	x, err := p.Store.Settings(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	return p.showAll(w, r, http.StatusOK, web.NewForm("name", x.Name, "link", x.Link))
}

func (p *Pages) showAll(w http.ResponseWriter, r *web.Request, status int, f *web.Form) error {
	list, err := p.Store.All(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	centres, err := p.Store.Network.Centres(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	areas, err := p.Store.Network.Areas(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	v := overview{Centres: map[string]string{}, Committees: map[string]i18n.Text{}}
	v.Open, v.Over = parted(list)
	for _, c := range centres {
		v.Centres[c.ID] = c.Name
	}
	for _, a := range areas {
		v.Committees[a.ID] = a.Name
	}
	return r.HTML(w, status, allPage(r, v, f))
}

func (p *Pages) changeSettings(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if err := p.Store.SaveSettings(r.Context(), Settings{Name: f.Get("name"), Link: f.Get("link")}, r.Viewer.Account.ID); err != nil {
		if f.Failed(err) {
			return p.showAll(w, r, web.Status(f.Err), f)
		}
		return err
	}
	r.Flash("premises.settings.done")
	return r.See(w, "/desk/network/premises")
}

// start is a moment of the history where the centre is.
func (c Change) start(zone *time.Location) time.Time { return time.Unix(c.At, 0).In(zone) }
