package booking

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// Pages are the desk's pages of spaces and bookings.
type Pages struct {
	Store   *Store
	Network *network.Store
}

// ReaderOf is the page's reader to the rule of what is shown of a booking.
func ReaderOf(r *web.Request) Reader {
	return Reader{Sees: func(need auth.Permission, centreID string) bool {
		return r.Viewer.Can(need, auth.Scope{Kind: network.ScopeCentre, ID: centreID})
	}}
}

// Midnight reads a local date, or today where there is none. It returns NotFound for what is no date.
func Midnight(s string, now time.Time, loc *time.Location) (time.Time, error) {
	if s == "" {
		n := now.In(loc)
		return time.Date(n.Year(), n.Month(), n.Day(), 0, 0, 0, 0, loc), nil
	}
	d, err := time.ParseInLocation(time.DateOnly, s, loc)
	if err != nil || d.Year() < 2000 || d.Year() > 2200 {
		return d, fault.NotFound("fault.not_found")
	}
	return d, nil
}

// Day lays out the centre's rooms on the local day that begins at date, as the reader may see it.
func (p *Pages) Day(ctx context.Context, centreID string, date time.Time, who Reader, now time.Time) (Day, error) {
	return DayAt(ctx, p.Store, centreID, date, who, now)
}

// DayAt is Day for pages of other packages.
func DayAt(ctx context.Context, s *Store, centreID string, date time.Time, who Reader, now time.Time) (Day, error) {
	spaces, err := s.Spaces(ctx, s.DB, centreID)
	if err != nil {
		return Day{}, err
	}
	list, err := s.Between(ctx, s.DB, centreID, Interval{date, date.AddDate(0, 0, 1)})
	if err != nil {
		return Day{}, err
	}
	return DayOf(date, spaces, list, who, now), nil
}

func (p *Pages) centre(r *web.Request) (network.Centre, error) {
	return p.Network.Centre(r.Context(), p.Store.DB, r.Viewer.ScopeID())
}

func (p *Pages) rooms(w http.ResponseWriter, r *web.Request) error {
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	date, err := Midnight(r.URL.Query().Get("date"), r.Now, c.Location())
	if err != nil {
		return err
	}
	if r.URL.Query().Get("view") == "week" && r.Viewer.May(OtherDays) {
		return p.week(w, r, c, monday(date))
	}
	if err := today(r, c, date, date.AddDate(0, 0, 1)); err != nil {
		return err
	}
	spaces, err := p.Store.Spaces(r.Context(), p.Store.DB, c.ID)
	if err != nil {
		return err
	}
	list, err := p.Store.Between(r.Context(), p.Store.DB, c.ID, Interval{date, date.AddDate(0, 0, 1)})
	if err != nil {
		return err
	}
	closures, err := p.Network.ClosuresAsked(r.Context(), p.Store.DB, c.ID, date.Format(time.DateOnly))
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, roomsPage(r, c, spaces, DayOf(date, spaces, list, ReaderOf(r), r.Now), closedOn(closures, date)))
}

func (p *Pages) week(w http.ResponseWriter, r *web.Request, c network.Centre, first time.Time) error {
	spaces, err := p.Store.Spaces(r.Context(), p.Store.DB, c.ID)
	if err != nil {
		return err
	}
	list, err := p.Store.Between(r.Context(), p.Store.DB, c.ID, Interval{first, first.AddDate(0, 0, 7)})
	if err != nil {
		return err
	}
	closures, err := p.Network.ClosuresAsked(r.Context(), p.Store.DB, c.ID, first.Format(time.DateOnly))
	if err != nil {
		return err
	}
	only := r.URL.Query().Get("space")
	if k := slices.IndexFunc(spaces, func(s Space) bool { return s.ID == only }); k >= 0 {
		one := spaces[k] // and what takes it through a part
		list = slices.DeleteFunc(list, func(b Booking) bool {
			return b.SpaceID != only && !slices.ContainsFunc(spaces, func(s Space) bool { return s.ID == b.SpaceID && s.Shares(one) })
		})
	} else {
		only = ""
	}
	week := WeekOf(first, spaces, list, ReaderOf(r))
	week.Space = only
	for i := range week.Days {
		week.Days[i].Closed = closedOn(closures, week.Days[i].Date)
	}
	return r.HTML(w, http.StatusOK, weekPage(r, c, week))
}

// today returns Forbidden where the interval is all on other days and the reader works with today only.
func today(r *web.Request, c network.Centre, start, end time.Time) error {
	begins, err := Midnight("", r.Now, c.Location())
	if err != nil || r.Viewer.May(OtherDays) || start.Before(begins.AddDate(0, 0, 1)) && end.After(begins) {
		return err
	}
	return fault.Forbidden("booking.fault.today_only")
}

// Space.

// spaceForm is the page of a space: what was typed, what it can be made of, and when it is to be closed, what stands in it.
type spaceForm struct {
	Form   *web.Form
	Centre network.Centre
	Space  Space   // as it is stored; without an id: a new one
	Parts  []Space // that it can be made of
	Wholes []Space // that it is a part of: then it is not divided
	Coming []Booking
	More   int // of the coming beside those listed
}

func (p *Pages) spaceForm(r *web.Request, id string, f *web.Form) (v spaceForm, err error) {
	v.Form = f
	if v.Centre, err = p.centre(r); err != nil {
		return v, err
	}
	all, err := p.Store.Spaces(r.Context(), p.Store.DB, v.Centre.ID)
	if err != nil {
		return v, err
	}
	if id != "" {
		k := slices.IndexFunc(all, func(s Space) bool { return s.ID == id })
		if k < 0 {
			return v, fault.NotFound("fault.not_found")
		}
		v.Space = all[k]
		v.Wholes = WholesOf(v.Space, all)
	}
	for _, s := range all {
		if s.ID != id && s.Undivided() && (!bool(s.Closed) || slices.Contains(v.Space.Atoms, s.ID)) {
			v.Parts = append(v.Parts, s)
		}
	}
	return v, nil
}

func (p *Pages) newSpace(w http.ResponseWriter, r *web.Request) error {
	v, err := p.spaceForm(r, "", web.NewForm())
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, spacePage(r, v))
}

func readSpace(f *web.Form, one *Space, faults *fault.Form) {
	one.Name, one.About = f.Texts("name"), f.Texts("about")
	one.Holds = f.Int(faults, "holds", 0, 0, 10000)
	one.SetupMinutes = f.Int(faults, "setup", 0, 0, 480)
	one.ClearMinutes = f.Int(faults, "clear", 0, 0, 480)
	one.Position = f.Int(faults, "position", 0, 0, 1000)
	one.Closed = db.Bool(f.On("closed"))
}

func (p *Pages) addSpace(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.spaceForm(r, "", f)
	if err != nil {
		return err
	}
	var faults fault.Form
	one := Space{CentreID: v.Centre.ID}
	readSpace(f, &one, &faults)
	one.Slug = SlugOf(one.Name)
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), "/desk/rooms", r.Now); err != nil {
				return err
			}
			id, err := p.Store.AddSpace(r.Context(), tx, one, r.Viewer.Account.ID)
			if err != nil {
				return err
			}
			_, err = p.Store.SetParts(r.Context(), tx, v.Centre.ID, id, f.All("parts"), r.Viewer.Account.ID)
			return onPart(err, "parts")
		})
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), spacePage(r, v))
		}
		return err
	}
	r.Flash("booking.space.added")
	return r.See(w, "/desk/rooms")
}

func (p *Pages) editSpace(w http.ResponseWriter, r *web.Request) error {
	v, err := p.spaceForm(r, r.PathValue("id"), nil)
	if err != nil {
		return err
	}
	one := v.Space
	f := web.NewForm("holds", number(one.Holds), "setup", number(one.SetupMinutes), "clear", number(one.ClearMinutes), "position", number(one.Position), "version", number(one.Version))
	f.SetTexts("name", one.Name)
	f.SetTexts("about", one.About)
	if !one.Undivided() {
		f.Values["parts"] = slices.Clone(one.Atoms)
	}
	if one.Closed {
		f.Values.Set("closed", "1")
	}
	v.Form = f
	return r.HTML(w, http.StatusOK, spacePage(r, v))
}

// mostComing is how many bookings to come the page of a space lists.
const mostComing = 30

func (p *Pages) changeSpace(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.spaceForm(r, r.PathValue("id"), f)
	if err != nil {
		return err
	}
	var faults fault.Form
	one := v.Space
	readSpace(f, &one, &faults)
	one.Version = f.Int(&faults, "version", one.Version, 0, 1<<30)
	list, n, ask, err := p.Store.Closing(r.Context(), v.Space, one, f.On("anyway"), mostComing)
	if err != nil {
		return err
	}
	v.Coming, v.More = list, n-len(list)
	if ask {
		faults.Add("anyway", "booking.fault.closing_booked")
	}
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			if err := p.Store.ChangeSpace(r.Context(), tx, one, r.Viewer.Account.ID); err != nil || len(v.Wholes) > 0 {
				return err
			}
			_, err := p.Store.SetParts(r.Context(), tx, one.CentreID, one.ID, f.All("parts"), r.Viewer.Account.ID)
			return onPart(err, "parts")
		})
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), spacePage(r, v))
		}
		return err
	}
	r.Flash("booking.space.changed")
	return r.See(w, "/desk/rooms")
}

// Booking.

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

// one is a booking of the centre as the reader may see it; one that is only "taken" to the reader is NotFound.
func (p *Pages) one(r *web.Request) (Booking, error) {
	b, err := p.Store.Booking(r.Context(), p.Store.DB, r.Viewer.ScopeID(), r.PathValue("id"))
	if err != nil {
		return b, err
	}
	if bool(b.Confidential) && !r.Viewer.May(SeeHidden) {
		return Booking{}, fault.NotFound("fault.not_found")
	}
	return b, nil
}

func (p *Pages) booking(w http.ResponseWriter, r *web.Request) error {
	b, err := p.one(r)
	if err != nil {
		return err
	}
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	if err := today(r, c, time.Unix(b.StartsAt, 0), time.Unix(b.EndsAt, 0)); err != nil {
		return err
	}
	space, err := p.Store.Space(r.Context(), p.Store.DB, b.SpaceID)
	if err != nil {
		return err
	}
	holder := ""
	if b.OrganisationID != nil {
		o, err := p.Network.Organisation(r.Context(), p.Store.DB, *b.OrganisationID)
		if err != nil {
			return err
		}
		holder = o.Name
	}
	session, err := p.Store.SessionOf(r.Context(), b.ID)
	if err != nil {
		return err
	}
	lent, err := p.Store.Lent(r.Context(), p.Store.DB, b.ID)
	if err != nil {
		return err
	}
	equipment, err := p.Store.AllEquipment(r.Context(), p.Store.DB, c.ID)
	if err != nil {
		return err
	}
	request, err := p.Store.RequestOf(r.Context(), b.ID)
	if err != nil {
		return err
	}
	kept, err := p.Store.KeptFor(r.Context(), b)
	if err != nil {
		return err
	}
	b.Kept = db.Bool(kept)
	return r.HTML(w, http.StatusOK, onePage(r, c, space, b, holder, session, request, lentWords(r, lent, equipment)))
}

func (p *Pages) confirmBooking(w http.ResponseWriter, r *web.Request) error {
	b, err := p.one(r)
	if err != nil {
		return err
	}
	if err := p.Store.AnswerFirst(r.Context(), b.ID); err != nil {
		return err
	}
	if err := p.Store.Confirm(r.Context(), b.CentreID, b.ID, r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("booking.confirmed")
	return r.See(w, "/desk/bookings/"+b.ID)
}

func (p *Pages) cancelQuestion(r *web.Request) (string, error) {
	b, err := p.one(r)
	if err != nil {
		return "", err
	}
	c, err := p.centre(r)
	return sureToCancel(r, b, c), err
}

func sureToCancel(r *web.Request, b Booking, c network.Centre) string {
	return r.T("booking.cancel.sure", "when", r.When(b.start(c)))
}

func (p *Pages) cancelBooking(w http.ResponseWriter, r *web.Request) error {
	b, err := p.one(r)
	if err != nil {
		return err
	}
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	session, err := p.Store.SessionOf(r.Context(), b.ID)
	if err != nil {
		return err
	}
	if session != "" { // cancelling the room alone would leave people before a locked door
		return fault.Conflict("booking.fault.of_session")
	}
	if err := p.Store.AnswerFirst(r.Context(), b.ID); err != nil {
		return err
	}
	if err := p.Store.Cancel(r.Context(), b.CentreID, b.ID, r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("booking.cancelled")
	return r.See(w, "/desk/rooms?date="+time.Unix(b.StartsAt, 0).In(c.Location()).Format(time.DateOnly))
}
