package premises

import (
	"net/http"
	"strconv"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
)

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
