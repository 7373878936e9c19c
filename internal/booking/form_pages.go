package booking

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// wish is the page of a new booking: what was typed, and when the room is taken then, what else there is.
type wish struct {
	Form          *web.Form
	Centre        network.Centre
	Spaces        []Space
	Organisations []network.Organisation
	Equipment     []Equipment // that is lent
	Clashes       []Clash
	Missing       []Missing
	Others        []Space    // free at that time
	Times         []Interval // free in that room on that day
	Reader        Reader
	Over          []Excess // limits of the organisation that the booking would pass
}

func (v wish) space(id string) Space {
	for _, s := range v.Spaces {
		if s.ID == id {
			return s
		}
	}
	return Space{}
}

func (p *Pages) wish(r *web.Request, f *web.Form) (v wish, err error) {
	v = wish{Form: f, Reader: ReaderOf(r)}
	if v.Centre, err = p.centre(r); err != nil {
		return v, err
	}
	if v.Spaces, err = p.Store.Spaces(r.Context(), p.Store.DB, v.Centre.ID); err != nil {
		return v, err
	}
	if v.Equipment, err = p.Store.AllEquipment(r.Context(), p.Store.DB, v.Centre.ID); err != nil {
		return v, err
	}
	v.Equipment = slices.DeleteFunc(v.Equipment, func(e Equipment) bool { return bool(e.Closed) })
	v.Organisations, err = p.Network.Organisations(r.Context(), p.Store.DB)
	names := r.Names()
	slices.SortStableFunc(v.Organisations, func(a, b network.Organisation) int { return names(a.Name, b.Name) })
	return v, err
}

func (p *Pages) newBooking(w http.ResponseWriter, r *web.Request) error {
	q := r.URL.Query()
	v, err := p.wish(r, nil)
	if err != nil {
		return err
	}
	date, err := Midnight(q.Get("date"), r.Now, v.Centre.Location())
	if err != nil {
		return err
	}
	v.Form = web.NewForm("space", q.Get("space"), "date", date.Format(time.DateOnly), "from", q.Get("from"), "to", q.Get("to"), "title", q.Get("title"), "organisation", q.Get("organisation"), "hold", "0",
		"repeat", cmp.Or(q.Get("repeat"), "once"))
	for _, name := range v.carried() {
		if q.Has(name) {
			v.Form.Values.Set(name, q.Get(name))
		}
	}
	return r.HTML(w, http.StatusOK, bookingPage(r, v))
}

// at reads a local date and clock.
func at(date, clock string, loc *time.Location) (time.Time, error) {
	return time.ParseInLocation("2006-01-02 15:04", date+" "+clock, loc)
}

// readBooking reads what somebody wants to book; a fault is noted for each field that cannot be.
func readBooking(r *web.Request, f *web.Form, v wish, faults *fault.Form) New {
	loc := v.Centre.Location()
	n := New{SpaceID: f.Get("space"), CentreID: v.Centre.ID, Title: f.Text(faults, "title", 120, true), Confidential: f.On("confidential"), By: r.Viewer.Account.ID}
	if v.space(n.SpaceID).ID == "" {
		faults.Add("space", "fault.required")
	}
	var err error
	if _, bad := time.Parse(time.DateOnly, f.Get("date")); bad != nil {
		faults.Add("date", "fault.not_a_date")
		return n
	}
	if n.Start, err = at(f.Get("date"), f.Get("from"), loc); err != nil {
		faults.Add("from", "fault.not_a_time")
	}
	if n.End, err = at(f.Get("date"), f.Get("to"), loc); err != nil {
		faults.Add("to", "fault.not_a_time")
	} else if !n.Start.IsZero() && !n.Start.Before(n.End) {
		faults.Add("to", "booking.fault.times")
	}
	if id := f.Get("organisation"); id != "" {
		known := false
		for _, o := range v.Organisations {
			known = known || o.ID == id
		}
		if !known {
			faults.Add("organisation", "fault.not_found")
		}
		n.OrganisationID = &id
	}
	if !n.Start.IsZero() && n.Start.Before(n.End) && n.Past(r.Now.In(loc)) != nil {
		faults.Add("date", "booking.fault.past")
	}
	n.Setup, n.Clear = ownMinutes(f, faults, "setup"), ownMinutes(f, faults, "clear")
	for _, e := range v.Equipment {
		if amount := f.Int(faults, equipmentField(e), 0, 0, e.Quantity); amount > 0 {
			n.Equipment = append(n.Equipment, Amount{e.ID, amount})
		}
	}
	if days := f.Int(faults, "hold", 0, 0, 14); days > 0 {
		n.HoldUntil = r.Now.AddDate(0, 0, days)
	}
	return n
}

// ownMinutes are those of the booking; nil where nothing was typed: those of the space.
func ownMinutes(f *web.Form, faults *fault.Form, name string) *int {
	if f.Get(name) == "" {
		return nil
	}
	n := f.Int(faults, name, 0, 0, 480)
	return &n
}

func equipmentField(e Equipment) string { return "equipment-" + e.ID }

// Doubt is why somebody is asked once more before the centre's room is used at the time: the key of the words and what they
// say; an empty key where nothing speaks against it.
func Doubt(r *web.Request, s *network.Store, c network.Centre, i Interval) (key string, args []any, err error) {
	asked, err := s.ClosuresAsked(r.Context(), s.DB, c.ID, i.Start.In(c.Location()).Format(time.DateOnly))
	if err != nil {
		return "", nil, err
	}
	switch d := c.DoubtAt(i.Start, i.End, asked); {
	case d == nil:
		return "", nil, nil
	case d.Hours:
		return "booking.doubt.hours", nil, nil
	case d.Closure.Holiday:
		return "booking.doubt.holiday", []any{"name", r.Pick(d.Closure.Reason)}, nil
	}
	return "booking.doubt.closed", nil, nil
}

// AskAgreed notes a fault at "agreed" where the centre is not open at the new time of something, once: whoever ticks that it
// is meant so is not asked again.
func AskAgreed(r *web.Request, s *network.Store, c network.Centre, f *web.Form, i Interval, faults *fault.Form) error {
	if f.On("agreed") {
		return nil
	}
	key, args, err := Doubt(r, s, c, i)
	if err == nil && key != "" {
		faults.Add("agreed", key, args...)
	}
	return err
}

// doubt notes a fault where the centre is not open at the time, once: whoever ticks that it is meant so is not asked again.
func (p *Pages) doubt(r *web.Request, c network.Centre, f *web.Form, n New, faults *fault.Form) error {
	if f.On("anyway") {
		return nil
	}
	asked, err := p.Network.ClosuresAsked(r.Context(), p.Store.DB, c.ID, n.Start.In(c.Location()).Format(time.DateOnly))
	if err != nil {
		return err
	}
	switch d := c.DoubtAt(n.Start, n.End, asked); {
	case d == nil:
	case d.Hours:
		faults.Add("anyway", "booking.fault.outside_hours")
	case d.Closure.Holiday:
		faults.Add("anyway", "booking.fault.holiday", "name", r.Pick(d.Closure.Reason))
	default:
		faults.Add("anyway", "booking.fault.closed_day")
	}
	return nil
}

func (p *Pages) addBooking(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.wish(r, f)
	if err != nil {
		return err
	}
	if everyWeeks(f) > 0 {
		return p.addSeries(w, r, v)
	}
	var faults fault.Form
	n := readBooking(r, f, v, &faults)
	there := "/desk/rooms?date=" + n.Start.Format(time.DateOnly)
	if faults.Err() == nil {
		if err := p.doubt(r, v.Centre, f, n, &faults); err != nil {
			return err
		}
	}
	if err = faults.Err(); err == nil {
		err = p.Store.Claim(r.Context(), func(tx *db.Tx) error {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), there, r.Now); err != nil {
				return err
			}
			_, err := p.Store.BookWithin(r.Context(), tx, p.Network, n, f.Get("exceed"))
			return err
		})
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		v.exceeding(r)
		if missing, ok := fault.Of(err).Detail.([]Missing); ok {
			v.Missing = missing
		} else if fault.Is(err, fault.KindConflict) {
			if err := p.instead(r.Context(), &v, n); err != nil {
				return err
			}
		}
		return r.HTML(w, web.Status(f.Err), bookingPage(r, v))
	}
	r.Flash("booking.added")
	return r.See(w, there)
}

// within is Store.Within for a form.
func (p *Pages) within(ctx context.Context, tx *db.Tx, centreID string, organisationID *string, wanted []Interval, reason string) (bool, error) {
	return p.Store.Within(ctx, tx, p.Network, centreID, organisationID, wanted, reason)
}

// exceeding notes on the form which limits would be passed, so that its page asks for the reason.
func (v *wish) exceeding(r *web.Request) { v.Over = Exceeding(r, v.Form) }

// Exceeding are the limits that a refused form would pass, said in the reader's language from then on.
func Exceeding(r *web.Request, f *web.Form) []Excess {
	if f.Err == nil {
		return nil
	}
	over, _ := f.Err.Detail.([]Excess)
	if len(over) > 0 {
		f.Err = over[0].Fault(r.Printer.Date)
	}
	return over
}

// instead finds what is in the way of the wish and what else is free.
func (p *Pages) instead(ctx context.Context, v *wish, n New) (err error) {
	i := Interval{n.Start, n.End}
	space, err := p.Store.Space(ctx, p.Store.DB, n.SpaceID)
	if err != nil {
		return err
	}
	space = space.around(n.Setup, n.Clear)
	if v.Clashes, err = p.Store.clashes(ctx, p.Store.DB, space, []Interval{i}, ""); err != nil {
		return err
	}
	if v.Others, err = p.Store.Alternatives(ctx, p.Store.DB, Wanted{CentreID: v.Centre.ID, SpaceID: n.SpaceID, Interval: i, Own: n.own()}); err != nil {
		return err
	}
	v.Times, err = p.Store.FreeTimesFor(ctx, p.Store.DB, Wanted{SpaceID: n.SpaceID, Interval: i, Own: n.own()}, 4)
	return err
}
