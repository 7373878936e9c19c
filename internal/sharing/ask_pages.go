package sharing

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// askView is the form of a request.
type askView struct {
	Form   *web.Form
	Centre network.Centre
	Space  booking.Space
	Terms  Terms
	AtOnce bool
	Owner  string
	Taken  *Taken
	Others []booking.Space    // free at that time
	Times  []booking.Interval // free in that room on that day
	Waits  bool               // the centre has a list of those who wait
	Closed bool               // that day

	Equipment []piece // that the centre lends
}

// piece is equipment with how many are free at the time asked for; nobody can know before a time is said: -1.
type piece struct {
	booking.Equipment
	Free int
}

func (e piece) freeWords(r *web.Request) string {
	if e.Free < 0 {
		return ""
	}
	return r.T("sharing.equipment.free", "n", e.Free)
}

func equipmentField(e booking.Equipment) string { return "equipment-" + e.ID }

// wantsEquipment says whether anything was typed beside a piece of equipment.
func (v askView) wantsEquipment() bool {
	return slices.ContainsFunc(v.Equipment, func(e piece) bool { return v.Form.Get(equipmentField(e.Equipment)) != "" })
}

// carried are the fields of the form that its address can have.
func (v askView) carried() []string {
	list := []string{"space", "date", "from", "to", "people", "title", "weeks", "setup", "clear"}
	for _, e := range v.Equipment {
		list = append(list, equipmentField(e.Equipment))
	}
	return list
}

// with is the form's address with some of what was typed changed.
func (v askView) with(pairs ...string) string {
	q := url.Values{}
	for _, name := range v.carried() {
		if s := v.Form.Get(name); s != "" {
			q.Set(name, s)
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return "/desk/ask?" + q.Encode()
}

func (p *Pages) askView(r *web.Request, f *web.Form) (v askView, err error) {
	ctx, s := r.Context(), p.Store
	v.Form = f
	if v.Space, err = s.Booking.Space(ctx, s.DB, f.Get("space")); err != nil {
		return v, err
	}
	if v.Centre, err = s.Network.Centre(ctx, s.DB, v.Space.CentreID); err != nil {
		return v, err
	}
	if v.Terms, err = s.Terms(ctx, s.DB, v.Space.ID); err != nil {
		return v, err
	}
	if bool(v.Space.Closed) || v.Terms.Asking == NotShared {
		return v, fault.NotFound("fault.not_found")
	}
	all, err := s.Booking.AllEquipment(ctx, s.DB, v.Centre.ID)
	if err != nil {
		return v, err
	}
	for _, e := range all {
		if !bool(e.Closed) {
			v.Equipment = append(v.Equipment, piece{e, -1})
		}
	}
	v.AtOnce, v.Waits = v.Terms.AtOnce(r.Viewer.ScopeID()), v.Centre.Features.Has(network.FeatureWaiting)
	if v.Terms.Decides == ByOwner && v.Terms.OwnerID != nil {
		o, err := s.Network.Organisation(ctx, s.DB, *v.Terms.OwnerID)
		if err != nil {
			return v, err
		}
		v.Owner = o.Name
	}
	return v, nil
}

func (p *Pages) newAsk(w http.ResponseWriter, r *web.Request) error {
	q := r.URL.Query()
	f := web.NewForm("space", q.Get("space"), "date", q.Get("date"), "from", q.Get("from"), "to", q.Get("to"), "people", q.Get("people"), "title", q.Get("title"), "weeks", q.Get("weeks"))
	if n, err := strconv.Atoi(f.Get("weeks")); err != nil || n < 1 {
		f.Values.Set("weeks", "1")
	}
	v, err := p.askView(r, f)
	if err != nil {
		return err
	}
	for _, name := range v.carried() {
		if s := q.Get(name); s != "" && f.Get(name) == "" {
			f.Values.Set(name, s)
		}
	}
	if err := p.foresee(r, &v); err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, askPage(r, v))
}

// times reads a local time; a fault is noted for each field that cannot be.
func readTimes(f *web.Form, loc *time.Location, faults *fault.Form) (i booking.Interval) {
	date, err := time.ParseInLocation(time.DateOnly, f.Get("date"), loc)
	if err != nil || date.Year() < 2000 || date.Year() > 2200 {
		faults.Add("date", "fault.not_a_date")
		return i
	}
	if i.Start, err = time.ParseInLocation("2006-01-02 15:04", f.Get("date")+" "+f.Get("from"), loc); err != nil {
		faults.Add("from", "fault.not_a_time")
	}
	if i.End, err = time.ParseInLocation("2006-01-02 15:04", f.Get("date")+" "+f.Get("to"), loc); err != nil {
		faults.Add("to", "fault.not_a_time")
	} else if !i.Start.IsZero() && !i.Start.Before(i.End) {
		faults.Add("to", "booking.fault.times")
	}
	return i
}

// foresee looks at the time of the form before anything is sent: whether the room is free then, what else is, and how much of
// each piece of equipment. A time that cannot be read, or is past, tells nothing.
func (p *Pages) foresee(r *web.Request, v *askView) error {
	var ignored fault.Form
	i := readTimes(v.Form, v.Centre.Location(), &ignored)
	if ignored.Err() != nil || !i.Start.After(r.Now) || i.Check() != nil {
		return nil
	}
	ctx, s := r.Context(), p.Store
	n := booking.New{SpaceID: v.Space.ID, Start: i.Start, End: i.End, Setup: ownMinutes(v.Form, &ignored, "setup"), Clear: ownMinutes(v.Form, &ignored, "clear")}
	for _, e := range v.Equipment {
		n.Equipment = append(n.Equipment, booking.Amount{EquipmentID: e.ID, N: e.Quantity})
	}
	clashes, missing, err := s.Booking.Look(ctx, s.DB, n)
	if err != nil {
		return err
	}
	for k := range v.Equipment {
		v.Equipment[k].Free = v.Equipment[k].Quantity
		for _, m := range missing {
			if m.Equipment.ID == v.Equipment[k].ID {
				v.Equipment[k].Free = m.Free
			}
		}
	}
	if v.Closed, err = s.closed(ctx, s.DB, v.Centre, i); err != nil || !v.Closed && len(clashes) == 0 {
		return err
	}
	if v.Taken == nil {
		v.Taken = &Taken{Dates: []booking.Interval{i}}
	}
	if v.Closed {
		return nil
	}
	people := v.Form.Int(&ignored, "people", 0, 1, 10000)
	return p.instead(r, v, Ask{Dates: []booking.Interval{i}, People: people, Setup: n.Setup, Clear: n.Clear})
}

// instead finds what else is free: other rooms then, and other times of the room on that day.
func (p *Pages) instead(r *web.Request, v *askView, a Ask) error {
	ctx, s := r.Context(), p.Store
	others, err := s.Booking.Alternatives(ctx, s.DB, booking.Wanted{CentreID: v.Centre.ID, SpaceID: v.Space.ID, Interval: a.Dates[0], People: a.People, Own: booking.Own{Setup: a.Setup, Clear: a.Clear, Equipment: a.Equipment}})
	if err != nil {
		return err
	}
	v.Others = nil
	for _, x := range others {
		t, err := s.Terms(ctx, s.DB, x.ID)
		if err != nil {
			return err
		}
		if t.Asking != NotShared && x.ID != v.Space.ID {
			v.Others = append(v.Others, x)
		}
	}
	v.Times, err = s.Booking.FreeTimesFor(ctx, s.DB, booking.Wanted{SpaceID: v.Space.ID, Interval: a.Dates[0], Own: booking.Own{Setup: a.Setup, Clear: a.Clear, Equipment: a.Equipment}}, 4)
	return err
}

func ownMinutes(f *web.Form, faults *fault.Form, name string) *int {
	if f.Get(name) == "" {
		return nil
	}
	n := f.Int(faults, name, 0, 0, 480)
	return &n
}

// readAsk reads what is asked for: one time, or the same time in so many weeks running, by the local clock.
func readAsk(r *web.Request, v askView, faults *fault.Form) Ask {
	f, c := v.Form, v.Centre
	a := Ask{SpaceID: f.Get("space"), OrganisationID: r.Viewer.ScopeID(), Title: f.Text(faults, "title", 120, true), Note: f.Text(faults, "note", 1000, false),
		People: f.Int(faults, "people", 0, 1, 10000), Confidential: f.On("confidential"), SkipTaken: f.On("skip"), By: r.Viewer.Account.ID}
	if f.Get("people") == "" {
		faults.Add("people", "fault.required")
	}
	a.Setup, a.Clear = ownMinutes(f, faults, "setup"), ownMinutes(f, faults, "clear")
	for _, e := range v.Equipment {
		if n := f.Int(faults, equipmentField(e.Equipment), 0, 0, e.Quantity); n > 0 {
			a.Equipment = append(a.Equipment, booking.Amount{EquipmentID: e.ID, N: n})
		}
	}
	weeks := f.Int(faults, "weeks", 1, 1, MaxDates)
	i := readTimes(f, c.Location(), faults)
	if i.Start.IsZero() || i.End.IsZero() {
		return a
	}
	for n := range weeks {
		a.Dates = append(a.Dates, booking.Interval{Start: i.Start.AddDate(0, 0, 7*n), End: i.End.AddDate(0, 0, 7*n)})
	}
	return a
}

func (p *Pages) ask(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.askView(r, f)
	if err != nil {
		return err
	}
	var faults fault.Form
	a := readAsk(r, v, &faults)
	var made Request
	if err = faults.Err(); err == nil {
		err = p.Store.Booking.Claim(r.Context(), func(tx *db.Tx) (err error) {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), "/desk/asked", r.Now); err != nil {
				return err
			}
			made, err = p.Store.AskTx(r.Context(), tx, a)
			return err
		})
	}
	if err != nil {
		return p.askFailed(w, r, v, a, err)
	}
	if made.State() == Approved {
		r.Flash("sharing.booked")
	} else {
		r.Flash("sharing.sent")
	}
	return r.See(w, "/desk/asked/"+made.ID)
}

// askFailed shows the form again, with what else is free where the room is taken.
func (p *Pages) askFailed(w http.ResponseWriter, r *web.Request, v askView, a Ask, err error) error {
	f := v.Form
	if !f.Failed(err) {
		return err
	}
	localised(r, f)
	if err := p.foresee(r, &v); err != nil { // how things are by now
		return err
	}
	if fault.Is(err, fault.KindConflict) && len(a.Dates) > 0 {
		if taken, ok := f.Err.Detail.(Taken); ok {
			v.Taken = &taken
		}
		if err := p.instead(r, &v, a); err != nil {
			return err
		}
	}
	return r.HTML(w, web.Status(f.Err), askPage(r, v))
}
