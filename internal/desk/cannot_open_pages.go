package desk

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/mail"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
)

// closing is the page on which a day is called off: first the form, then what it would do, then its one press.
type closing struct {
	Centre   network.Centre
	Date     time.Time
	To       *time.Time // the day to which what can be moved is moved; nil: everything is called off
	Form     *web.Form
	Sessions []fallen            // that would be moved or called off
	Hidden   int                 // how many more are not announced
	Bookings []booking.CalledOff // of no session, that would be cancelled
	Longer   []booking.CalledOff // that began before, and stay
	Sure     bool                // the second step
}

// fallen is a session of a day that is called off.
type fallen struct {
	programme.Listed
	Fits bool // it can be held on the other day
}

// span is what is still to come of a local day.
func span(date, now time.Time) (from, to time.Time) {
	from, to = date, date.AddDate(0, 0, 1)
	if now.After(from) {
		from = now
	}
	return from, to
}

func (p *Pages) closing(ctx context.Context, r *web.Request, f *web.Form) (v closing, err error) {
	v.Form = f
	if v.Centre, err = p.centre(r); err != nil {
		return v, err
	}
	var faults fault.Form
	if v.Date, err = booking.Midnight(f.Get("date"), r.Now, v.Centre.Location()); err != nil {
		faults.Add("date", "fault.not_a_date")
	}
	if f.Get("to") != "" {
		to, err := booking.Midnight(f.Get("to"), r.Now, v.Centre.Location())
		if err != nil {
			faults.Add("to", "fault.not_a_date")
		}
		v.To = &to
	}
	if err := faults.Err(); err != nil {
		return v, err
	}
	from, to := span(v.Date, r.Now)
	rooms, err := p.Booking.Alone(ctx, p.Network.DB, v.Centre.ID, booking.Interval{Start: from, End: to})
	if err != nil {
		return v, err
	}
	for _, b := range rooms {
		if b.StartsAt < from.Unix() {
			v.Longer = append(v.Longer, b)
		} else {
			v.Bookings = append(v.Bookings, b)
		}
	}
	list, err := p.Programme.AtCentre(ctx, v.Centre.ID, from, to, true)
	if err != nil {
		return v, err
	}
	for _, l := range list {
		switch {
		case l.Cancelled():
		case l.DiscreetDB != 0:
			v.Hidden++
		default:
			one := fallen{Listed: l}
			if v.To != nil {
				if one.Fits, err = p.Programme.Fits(ctx, p.Network.DB, l.Session, *v.To); err != nil {
					return v, err
				}
			}
			v.Sessions = append(v.Sessions, one)
		}
	}
	return v, nil
}

func (p *Pages) cannotOpen(w http.ResponseWriter, r *web.Request) error {
	f := web.NewForm("date", r.URL.Query().Get("date"))
	v, err := p.closing(r.Context(), r, f)
	if err != nil {
		return err
	}
	f.Values.Set("date", v.Date.Format(time.DateOnly))
	return r.HTML(w, http.StatusOK, closingPage(r, v))
}

func (p *Pages) closeDay(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.closing(r.Context(), r, f)
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), closingPage(r, v))
	}
	var faults fault.Form
	reason := f.Texts("reason")
	f.Text(&faults, "reason-"+string(i18n.HR), 200, true)
	f.Text(&faults, "reason-"+string(i18n.EN), 200, false)
	f.Text(&faults, "reason-"+string(i18n.NB), 200, false)
	if v.Date.AddDate(0, 0, 1).Before(r.Now) {
		faults.Add("date", "desk.fault.past")
	}
	if v.To != nil {
		if err := p.checkOtherDay(r, v, &faults); err != nil {
			return err
		}
	}
	if err := faults.Err(); err != nil {
		f.Failed(err)
		return r.HTML(w, web.Status(f.Err), closingPage(r, v))
	}
	if !f.On("sure") {
		v.Sure = true
		return r.HTML(w, http.StatusOK, closingPage(r, v))
	}
	if err := p.callOff(r, v, reason); err != nil {
		return err
	}
	return r.See(w, "/desk/cannot-open/done?date="+v.Date.Format(time.DateOnly))
}

// checkOtherDay notes a fault where the day to move to is the same, past, a year away or one on which the centre is closed.
func (p *Pages) checkOtherDay(r *web.Request, v closing, faults *fault.Form) error {
	today, err := booking.Midnight("", r.Now, v.Centre.Location())
	if err != nil {
		return err
	}
	closed, err := p.closureOn(r.Context(), p.Network.DB, v.Centre.ID, v.To.Format(time.DateOnly))
	switch {
	case err != nil:
		return err
	case v.To.Equal(v.Date) || v.To.Before(today) || v.To.After(today.AddDate(1, 0, 0)):
		faults.Add("to", "desk.fault.other_day")
	case closed != nil:
		faults.Add("to", "desk.fault.other_day_closed")
	}
	return nil
}

// callOff does it all or nothing: sessions are moved or called off, other bookings cancelled, and the day is closed.
func (p *Pages) callOff(r *web.Request, v closing, reason i18n.Text) error {
	ctx, by := r.Context(), r.Viewer.Account.ID
	date := v.Date.Format(time.DateOnly)
	from, to := span(v.Date, r.Now)
	return p.Booking.Claim(ctx, func(tx *db.Tx) error {
		if err := p.Network.LockCentre(ctx, tx, v.Centre.ID); err != nil { // pressed twice, or by two: one after the other
			return err
		}
		// The day is closed first: what falls free on it is offered to nobody.
		closed, err := p.closureOn(ctx, tx, v.Centre.ID, date)
		if err != nil {
			return err
		}
		if closed == nil { // once is enough
			if err := p.Network.AddClosureTx(ctx, tx, network.Closure{CentreID: v.Centre.ID, FromDate: date, ToDate: date, Reason: reason}, by); err != nil {
				return err
			}
		}
		if err := p.Programme.CloseDay(ctx, tx, v.Centre.ID, from, to, v.To, reason, by); err != nil {
			return err
		}
		tell := func(b booking.CalledOff) (bool, error) { return p.tellHolder(ctx, tx, v.Centre, b, reason) }
		return p.Booking.CallOff(ctx, tx, v.Centre.ID, booking.Interval{Start: from, End: to}, tell, by)
	})
}

// tellHolder writes to the members of the organisation whose booking falls, and says whether there was one to write to.
func (p *Pages) tellHolder(ctx context.Context, tx *db.Tx, c network.Centre, b booking.CalledOff, reason i18n.Text) (bool, error) {
	if b.OrganisationID == nil || bool(b.Confidential) { // a member need not be of its team
		return false, nil
	}
	members, err := p.Network.MemberMails(ctx, tx, *b.OrganisationID)
	if err != nil {
		return false, err
	}
	for _, m := range members {
		words := p.Texts.For(m.Lang)
		body := words.T("desk.mail.called_off", "when", words.When(time.Unix(b.StartsAt, 0).In(c.Location())), "centre", c.Name, "reason", words.Pick(reason))
		if err := mail.Queue(ctx, tx, mail.Message{To: m.Email, Subject: words.T("desk.mail.called_off.subject"), Body: body, ScopeID: c.ID}); err != nil {
			return false, err
		}
	}
	return len(members) > 0, nil
}

// bookingTold notes that the holder of a booking that fell knows of it.
func (p *Pages) bookingTold(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if err := p.Booking.Told(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("programme.desk.noted")
	return r.See(w, "/desk/cannot-open/done?date="+url.QueryEscape(f.Get("date")))
}

// closureOn is the closure that holds the local date, or nil.
func (p *Pages) closureOn(ctx context.Context, q db.Querier, centreID, date string) (*network.Closure, error) {
	list, err := p.Network.Closures(ctx, q, centreID, date)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].FromDate <= date {
			return &list[i], nil
		}
	}
	return nil, nil
}

// toldByMail is how many registrations of the day's cancelled and moved sessions a mail goes out for.
func (p *Pages) toldByMail(ctx context.Context, centreID string, from, to time.Time) (int, error) {
	var n int
	err := p.Network.DB.Get(ctx, &n, `SELECT COUNT(*) FROM registrations r JOIN sessions s ON s.id = r.session_id JOIN people p ON p.id = r.person_id
		WHERE s.centre_id = :c AND r.state <> 'cancelled' AND r.discreet = 0 AND p.email <> ''
		AND (s.starts_at >= :from AND s.starts_at < :to AND s.state = 'cancelled' OR s.moved_from = :date AND s.local_date <> :date AND s.state = 'planned')`,
		db.Args{"c": centreID, "from": from.Unix(), "to": to.Unix(), "date": from.Format(time.DateOnly)})
	return n, err
}

// closedDay is what a day called off left to do.
type closedDay struct {
	Centre   network.Centre
	Date     time.Time
	Reason   i18n.Text
	Sessions []programme.Listed // called off
	Moved    []programme.Listed // to another day
	Bookings []booking.CalledOff
	ByMail   int
	Calls    []programme.ToTell // who has to be called
	Names    bool               // shown, after a press
}

func (p *Pages) closedDay(r *web.Request) (v closedDay, err error) {
	ctx := r.Context()
	if v.Centre, err = p.centre(r); err != nil {
		return v, err
	}
	if v.Date, err = booking.Midnight(r.URL.Query().Get("date"), r.Now, v.Centre.Location()); err != nil {
		return v, err
	}
	closed, err := p.closureOn(ctx, p.Network.DB, v.Centre.ID, v.Date.Format(time.DateOnly))
	if err != nil {
		return v, err
	}
	if closed != nil {
		v.Reason = closed.Reason
	}
	list, err := p.Programme.AtCentre(ctx, v.Centre.ID, v.Date, v.Date.AddDate(0, 0, 1), false)
	if err != nil {
		return v, err
	}
	for _, l := range list {
		if l.Cancelled() {
			v.Sessions = append(v.Sessions, l)
		}
	}
	v.Moved, err = p.Programme.MovedFrom(ctx, v.Centre.ID, v.Date.Format(time.DateOnly), false)
	return v, err
}

func (p *Pages) closed(w http.ResponseWriter, r *web.Request) error {
	v, err := p.closedDay(r)
	if err != nil {
		return err
	}
	end := v.Date.AddDate(0, 0, 1)
	if v.ByMail, err = p.toldByMail(r.Context(), v.Centre.ID, v.Date, end); err != nil {
		return err
	}
	calls, err := p.Programme.ToTell(r.Context(), v.Centre.ID)
	if err != nil {
		return err
	}
	for _, c := range calls {
		if c.StartsAt >= v.Date.Unix() && c.StartsAt < end.Unix() || slices.ContainsFunc(v.Moved, func(l programme.Listed) bool { return l.ID == c.SessionID }) {
			v.Calls = append(v.Calls, c)
		}
	}
	if v.Bookings, err = p.Booking.CalledOff(r.Context(), v.Centre.ID, booking.Interval{Start: v.Date, End: end}); err != nil {
		return err
	}
	v.Names = r.URL.Query().Get("names") == "1"
	return r.HTML(w, http.StatusOK, closedPage(r, v))
}

// notice is the sheet for the door.
func (p *Pages) notice(w http.ResponseWriter, r *web.Request) error {
	v, err := p.closedDay(r)
	if err != nil {
		return err
	}
	n, err := p.Network.Network(r.Context(), p.Network.DB)
	if err != nil {
		return err
	}
	closures, err := p.Network.Closures(r.Context(), p.Network.DB, v.Centre.ID, v.Date.Format(time.DateOnly))
	if err != nil {
		return err
	}
	next := v.Centre.OpenAt(v.Date.AddDate(0, 0, 1).Add(-time.Second), closures)
	return r.HTML(w, http.StatusOK, noticePage(r, v, next.Next, bool(n.Demo)))
}
