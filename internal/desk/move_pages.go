package desk

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
)

// moving is the page that moves one booking, alone or with its session, to another room or time. First it says what would
// change, who would be told, and what is in the way; nothing moves before somebody has said yes to that.
type moving struct {
	Centre  network.Centre
	Booking booking.Booking
	Session *programme.Listed
	Title   string
	Spaces  []booking.Space
	Holder  *network.Organisation
	Form    *web.Form
	To      wanted
	Asked   bool // a place to go was named, and it can be asked for
	Changed bool // somebody else moved it since the reader looked
	Clashes []booking.Clash
	Missing []booking.Missing  // of its equipment
	Others  []booking.Space    // free at that time
	Times   []booking.Interval // free in that room on that day
	Doubt   string             // words why somebody is asked whether the time is meant so
	Over    []booking.Excess   // limits of its organisation that the new time would pass
	Mails   int                // who would be told by mail
	Calls   int                // who would be on the call list
	Reader  booking.Reader
}

type wanted struct {
	Space booking.Space
	booking.Interval
}

func (v moving) start() time.Time { return time.Unix(v.Booking.StartsAt, 0).In(v.Centre.Location()) }
func (v moving) end() time.Time   { return time.Unix(v.Booking.EndsAt, 0).In(v.Centre.Location()) }

// long says whether it lasts over a day: then it is moved by its beginning, and keeps its length.
func (v moving) long() bool { return v.end().Sub(v.start()) > 24*time.Hour }

func (v moving) space(id string) booking.Space {
	at := slices.IndexFunc(v.Spaces, func(s booking.Space) bool { return s.ID == id })
	if at < 0 {
		return booking.Space{}
	}
	return v.Spaces[at]
}

// with is the page's address with some of what was asked changed.
func (v moving) with(pairs ...string) string {
	q := url.Values{}
	for _, name := range []string{"space", "date", "from", "to", "version", "back", "reason"} {
		if s := v.Form.Get(name); s != "" {
			q.Set(name, s)
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return "/desk/bookings/" + v.Booking.ID + "/move?" + q.Encode()
}

// home is the page that was left for this one.
func (v moving) home(date time.Time) string {
	if v.Form.Get("back") == "rooms" {
		return "/desk/rooms?date=" + date.Format(time.DateOnly)
	}
	return "/desk/?date=" + date.Format(time.DateOnly)
}

// moving is the booking of the address as far as the reader may move it. One that is only "taken" to them is NotFound, and
// so is one that is no longer held.
func (p *Pages) moving(r *web.Request, f *web.Form) (v moving, err error) {
	ctx, q := r.Context(), p.Network.DB
	v.Form, v.Reader = f, booking.ReaderOf(r)
	if v.Centre, err = p.centre(r); err != nil {
		return v, err
	}
	if v.Booking, err = p.Booking.Booking(ctx, q, v.Centre.ID, r.PathValue("id")); err != nil {
		return v, err
	}
	if bool(v.Booking.Confidential) && !r.Viewer.May(booking.SeeHidden) || v.Booking.State != booking.Held && v.Booking.State != booking.Confirmed {
		return v, fault.NotFound("fault.not_found")
	}
	if !bool(v.Booking.Confidential) { // what has moved is said on the day's page, which others see
		v.Title, _ = v.Booking.Shown(v.Reader)
	}
	session, err := p.Booking.SessionOf(ctx, v.Booking.ID)
	if err != nil {
		return v, err
	}
	if session != "" {
		if !r.Viewer.May(programme.EditProgramme) {
			return v, fault.Forbidden("fault.forbidden")
		}
		l, _, err := p.Programme.SessionAt(ctx, v.Centre.ID, session, r.Viewer.May(programme.SeeDiscreet))
		if err != nil {
			return v, err
		}
		v.Session = &l
		if l.DiscreetDB == 0 {
			v.Title = r.Pick(l.Title)
		}
	}
	if v.Booking.OrganisationID != nil {
		o, err := p.Network.Organisation(ctx, q, *v.Booking.OrganisationID)
		if err != nil {
			return v, err
		}
		v.Holder = &o
	}
	v.Spaces, err = p.Booking.Spaces(ctx, q, v.Centre.ID)
	return v, err
}

// moveForm asks where to, and where that is said, shows what would come of it. What of a session is moved with others of
// its activity has its own form.
func (p *Pages) moveForm(w http.ResponseWriter, r *web.Request) error {
	q := r.URL.Query()
	f := web.NewForm("back", q.Get("back"))
	v, err := p.moving(r, f)
	if err != nil {
		return err
	}
	if q.Get("from") == "" {
		if v.Session != nil {
			return r.See(w, "/desk/sessions/"+v.Session.ID+"/move")
		}
		v.fill()
		return r.HTML(w, http.StatusOK, movePage(r, v))
	}
	v.fill()
	if q.Get("to") == "" { // the length stays
		f.Values.Del("to")
	}
	for _, name := range []string{"space", "date", "from", "to", "version", "reason"} {
		if s := q.Get(name); s != "" {
			f.Values.Set(name, s)
		}
	}
	err = v.read(r)
	if err == nil {
		err = p.foresee(r, &v)
	}
	if err != nil && !f.Failed(err) {
		return err
	}
	status := http.StatusOK
	if f.Err != nil {
		status = web.Status(f.Err)
	}
	return r.HTML(w, status, movePage(r, v))
}

// fill writes where the booking is now into the form.
func (v *moving) fill() {
	set := v.Form.Values.Set
	set("space", v.Booking.SpaceID)
	set("date", v.start().Format(time.DateOnly))
	set("from", v.start().Format("15:04"))
	if !v.long() {
		set("to", v.end().Format("15:04"))
	}
	set("version", strconv.Itoa(v.Booking.Version))
}

// read reads where to from the form. An end at or before the beginning is on the next day; without an end the length stays.
func (v *moving) read(r *web.Request) error {
	var faults fault.Form
	f, loc := v.Form, v.Centre.Location()
	if v.To.Space = v.space(f.Get("space")); v.To.Space.ID == "" {
		faults.Add("space", "fault.required")
	}
	day, err := booking.Midnight(f.Get("date"), r.Now, loc)
	if err != nil || f.Get("date") == "" {
		faults.Add("date", "fault.not_a_date")
		return faults.Err()
	}
	at := func(name string, days int) time.Time {
		t, err := time.ParseInLocation("2006-01-02 15:04", day.AddDate(0, 0, days).Format(time.DateOnly)+" "+f.Get(name), loc)
		if err != nil {
			faults.Add(name, "fault.not_a_time")
		}
		return t
	}
	v.To.Start = at("from", 0)
	if v.To.End = v.To.Start.Add(v.end().Sub(v.start())); f.Get("to") != "" {
		if v.To.End = at("to", 0); !v.To.End.After(v.To.Start) {
			v.To.End = at("to", 1)
		}
	} else if !v.long() && !v.To.Start.IsZero() {
		f.Values.Set("to", v.To.End.Format("15:04"))
	}
	for _, l := range i18n.All {
		f.Text(&faults, "why-"+string(l), programme.MaxReason, false)
	}
	reason := f.Text(&faults, "reason", 300, false)
	f.Values.Set("reason", reason)
	f.Int(&faults, "version", v.Booking.Version, 1, 1<<30)
	if err := faults.Err(); err != nil {
		return err
	}
	switch past := (booking.New{End: v.To.End}).Past(r.Now.In(loc)); {
	case v.Session != nil && v.Session.StartsAt > r.Now.Unix() && !v.To.Start.After(r.Now): // everybody would be told so
		faults.Add("date", "programme.fault.over")
	case past != nil:
		return past
	case bool(v.To.Space.Closed) && v.To.Space.ID != v.Booking.SpaceID:
		faults.Add("space", "booking.fault.closed")
	}
	if err := faults.Err(); err != nil {
		return err
	}
	return v.To.Check()
}

func (v moving) version() int {
	n, err := strconv.Atoi(v.Form.Get("version"))
	if err != nil {
		return v.Booking.Version
	}
	return n
}

// there says whether the booking is where it was wanted.
func (v moving) there() bool {
	return v.Booking.SpaceID == v.To.Space.ID && v.Booking.StartsAt == v.To.Start.Unix() && v.Booking.EndsAt == v.To.End.Unix()
}

// taken says whether something is in the way where it was wanted.
func (v moving) taken() bool { return len(v.Clashes)+len(v.Missing) > 0 }

// foresee finds what would come of the move: what is in the way and what else is free, or who would be told.
func (p *Pages) foresee(r *web.Request, v *moving) error {
	ctx := r.Context()
	if v.Changed = v.version() != v.Booking.Version; v.Changed { // the page says where it is now: what is asked next is about that
		v.Form.Values.Set("version", strconv.Itoa(v.Booking.Version))
		return nil
	}
	if v.there() {
		return nil
	}
	q, i := p.Network.DB, v.To.Interval
	var err error
	if v.Clashes, v.Missing, err = p.Booking.InTheWay(ctx, q, v.Booking, v.To.Space.ID, i); err != nil {
		return err
	}
	if v.taken() {
		return p.instead(ctx, v)
	}
	v.Asked = true
	if err := p.question(r, v); err != nil {
		return err
	}
	if v.Session != nil {
		v.Mails, v.Calls, err = p.Programme.Audience(ctx, q, v.Session.ID)
		return err
	}
	if v.Holder != nil && !bool(v.Booking.Confidential) {
		members, err := p.Network.MemberMails(ctx, q, v.Holder.ID)
		if err != nil {
			return err
		}
		v.Mails = len(members)
	}
	return nil
}

// otherTime says whether its time changes: what only changes rooms is asked nothing anew.
func (v moving) otherTime() bool {
	return v.Booking.StartsAt != v.To.Start.Unix() || v.Booking.EndsAt != v.To.End.Unix()
}

// question finds what making the booking then would ask: whether hours at which the centre is not open are meant so, and
// why a limit may be passed. A session has no limits, as its activity is the centre's programme.
func (p *Pages) question(r *web.Request, v *moving) error {
	if !v.otherTime() {
		return nil
	}
	key, args, err := booking.Doubt(r, p.Network, v.Centre, v.To.Interval)
	if err != nil {
		return err
	}
	if key != "" {
		v.Doubt = r.T(key, args...)
	}
	if v.Session != nil || v.Booking.OrganisationID == nil {
		return nil
	}
	v.Over, err = p.Booking.Over(r.Context(), p.Network.DB, v.Centre.ID, *v.Booking.OrganisationID, []booking.Interval{v.To.Interval}, []string{v.Booking.ID})
	return err
}

// instead finds what else is free: other rooms at that time, other times in that room.
func (p *Pages) instead(ctx context.Context, v *moving) (err error) {
	want := booking.Wanted{SpaceID: v.To.Space.ID, Interval: v.To.Interval}
	if v.Session != nil && v.Session.Capacity != nil {
		want.People = *v.Session.Capacity
	}
	if v.Others, v.Times, err = p.Booking.Instead(ctx, p.Network.DB, v.Booking, want, 5); err != nil {
		return err
	}
	v.Times = slices.DeleteFunc(v.Times, func(i booking.Interval) bool { // where it is now
		return v.To.Space.ID == v.Booking.SpaceID && i.Start.Unix() == v.Booking.StartsAt && i.End.Unix() == v.Booking.EndsAt
	})
	v.Times = v.Times[:min(4, len(v.Times))]
	return err
}

// moveBooking moves it, if it is still where the reader saw it. A second press finds it there and says so.
func (p *Pages) moveBooking(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.moving(r, f)
	if err != nil {
		return err
	}
	if err = v.read(r); err == nil && !v.there() && v.otherTime() {
		var faults fault.Form
		f.Text(&faults, "exceed", 500, false)
		if err = booking.AskAgreed(r, p.Network, v.Centre, f, v.To.Interval, &faults); err == nil {
			err = faults.Err()
		}
	}
	if err == nil {
		switch {
		case v.there():
		case v.version() != v.Booking.Version:
			err = fault.Conflict("booking.fault.moved_meanwhile")
		case v.Booking.StartsAt <= r.Now.Unix():
			err = fault.Conflict("booking.fault.begun")
		case v.Session != nil:
			err = p.Programme.MoveSession(r.Context(), v.Centre.ID, v.Session.ID, programme.Date{Start: v.To.Start, End: v.To.End, SpaceID: v.To.Space.ID}, v.Session.Version, f.Texts("why"), r.Viewer.Account.ID)
		default:
			err = p.Booking.Claim(r.Context(), func(tx *db.Tx) error {
				if err := p.Booking.MoveSeen(r.Context(), tx, v.Centre.ID, v.Booking.ID, v.To.Space.ID, v.To.Interval, v.version(), f.Get("exceed"), r.Viewer.Account.ID); err != nil {
					return err
				}
				return p.Sharing.TellMoved(r.Context(), tx, v.Booking, v.Form.Get("reason"))
			})
		}
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		if fault.Is(err, fault.KindConflict) { // somebody was quicker: here, or in that room
			if v.Booking, err = p.Booking.Booking(r.Context(), p.Network.DB, v.Centre.ID, v.Booking.ID); err != nil {
				return err
			}
			if err := p.foresee(r, &v); err != nil {
				return err
			}
			v.Asked = false
		} else if v.unanswered() { // asked what was not said yet: all else stands
			if err := p.foresee(r, &v); err != nil {
				return err
			}
			booking.Exceeding(r, f)
		}
		return r.HTML(w, web.Status(f.Err), movePage(r, v))
	}
	r.Flash("desk.move.done", "what", v.what(r), "when", r.When(v.To.Start), "space", r.Pick(v.To.Space.Name))
	return r.See(w, v.home(v.To.Start))
}

// unanswered says whether the move was refused for want of an answer to a question.
func (v moving) unanswered() bool {
	_, hours := v.Form.Fault("agreed")
	_, reason := v.Form.Fault("exceed")
	_, long := v.Form.Fault("reason")
	for _, l := range i18n.All {
		_, tooLong := v.Form.Fault("why-" + string(l))
		long = long || tooLong
	}
	over, _ := v.Form.Err.Detail.([]booking.Excess)
	return hours || reason || long || len(over) > 0
}

// clashWords is what is in the way, and whose it is, as far as the reader may know.
func (v moving) clashWords(p *i18n.Printer, c booking.Clash) string {
	title, _ := c.Shown(v.Reader)
	if title == "" {
		return p.T("booking.busy")
	}
	return title
}

// overWords says which limit would be passed.
func overWords(r *web.Request, e booking.Excess) string {
	f := e.Fault(r.Printer.Date)
	return r.T(f.Key, f.Args...)
}

// takenWords says what it is that is not to be had.
func (v moving) takenWords(r *web.Request) string {
	if len(v.Clashes) == 0 {
		return r.T("booking.fault.equipment")
	}
	return r.T("desk.move.taken", "space", r.Pick(v.To.Space.Name), "when", spanWords(r, v.To.Start, v.To.End))
}

// toldWords says who will hear of the move.
func (v moving) toldWords(r *web.Request) (list []string) {
	if v.Session != nil {
		if v.Mails > 0 {
			list = append(list, r.N("desk.move.told.mails", v.Mails))
		}
		if v.Calls > 0 {
			list = append(list, r.N("desk.move.told.calls", v.Calls))
		}
		if v.Mails+v.Calls == 0 {
			list = append(list, r.T("desk.move.told.nobody"))
		}
		return list
	}
	switch {
	case bool(v.Booking.Confidential) || v.Holder == nil:
		return []string{r.T("desk.move.told.own")}
	case v.Mails == 0:
		return []string{r.T("desk.move.told.yourself", "holder", v.Holder.Name)}
	}
	return []string{r.T("desk.move.told.holder", "holder", v.Holder.Name)}
}

func (v moving) spaceOptions(r *web.Request) (list []web.Option) {
	for _, s := range v.Spaces {
		if !bool(s.Closed) || s.ID == v.Booking.SpaceID {
			list = append(list, web.Option{Value: s.ID, Label: r.Pick(s.Name)})
		}
	}
	return list
}

// spanWords is a day and its hours as people say them.
func spanWords(r *web.Request, start, end time.Time) string {
	return r.Day(start) + ", " + r.Span(start, end)
}

// what is moved: its title, or that it is a booking of which no more is said.
func (v moving) what(r *web.Request) string {
	if v.Title == "" {
		return r.T("booking.one")
	}
	return v.Title
}

// tooSmall says whether the room wanted holds fewer than the session has places.
func (v moving) tooSmall() bool {
	return v.Session != nil && v.Session.Capacity != nil && v.To.Space.Holds > 0 && v.To.Space.Holds < *v.Session.Capacity
}
