package desk

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/mail"
	"kvart/internal/programme"
)

// Closing is what calling off a day at a centre would touch.
type Closing struct {
	Centre   network.Centre
	Date     time.Time
	To       *time.Time          // the day to which what can be moved is moved; nil: everything is called off
	Sessions []Fallen            // that would be moved or called off
	Hidden   int                 // how many more are not announced
	Bookings []booking.CalledOff // of no session, that would be cancelled
	Longer   []booking.CalledOff // that began before, and stay
}

// Fallen is a session of a day that is called off.
type Fallen struct {
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

// Closing looks at what calling off the local date would touch, and what of it could be on the date to; an empty date is
// today, an empty to is none. It returns Invalid with a fault at the one that is no date.
func (p *Pages) Closing(ctx context.Context, c network.Centre, date, to string, now time.Time) (v Closing, err error) {
	v.Centre = c
	var faults fault.Form
	if v.Date, err = booking.Midnight(date, now, c.Location()); err != nil {
		faults.Add("date", "fault.not_a_date")
	}
	if to != "" {
		other, err := booking.Midnight(to, now, c.Location())
		if err != nil {
			faults.Add("to", "fault.not_a_date")
		}
		v.To = &other
	}
	if err := faults.Err(); err != nil {
		return v, err
	}
	from, until := span(v.Date, now)
	rooms, err := p.Booking.Alone(ctx, p.Network.DB, c.ID, booking.Interval{Start: from, End: until})
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
	list, err := p.Programme.AtCentre(ctx, c.ID, from, until, true)
	if err != nil {
		return v, err
	}
	for _, l := range list {
		switch {
		case l.Cancelled():
		case l.DiscreetDB != 0:
			v.Hidden++
		default:
			one := Fallen{Listed: l}
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

// maxReason is how many characters the reason has at most, in a language.
const maxReason = 200

// CheckClosing returns Invalid with a fault a field where the day may not be called off, or moved to the other, for this
// reason. The reason in Croatian is read by everybody who is told, and on the door.
func (p *Pages) CheckClosing(ctx context.Context, v Closing, reason i18n.Text, now time.Time) error {
	var faults fault.Form
	if reason[i18n.HR] == "" {
		faults.Add("reason-"+string(i18n.HR), "fault.required")
	}
	for _, l := range i18n.All {
		if utf8.RuneCountInString(reason[l]) > maxReason {
			faults.Add("reason-"+string(l), "fault.too_long", "max", maxReason)
		}
	}
	if v.Date.AddDate(0, 0, 1).Before(now) {
		faults.Add("date", "desk.fault.past")
	}
	if v.To != nil {
		if err := p.checkOtherDay(ctx, v, now, &faults); err != nil {
			return err
		}
	}
	return faults.Err()
}

// checkOtherDay notes a fault where the day to move to is the same, past, a year away or one on which the centre is closed.
func (p *Pages) checkOtherDay(ctx context.Context, v Closing, now time.Time, faults *fault.Form) error {
	today, err := booking.Midnight("", now, v.Centre.Location())
	if err != nil {
		return err
	}
	closed, err := p.closureOn(ctx, p.Network.DB, v.Centre.ID, v.To.Format(time.DateOnly))
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

// CallOff does it all or nothing, after CheckClosing: sessions are moved or called off, other bookings cancelled, and the
// day is closed.
func (p *Pages) CallOff(ctx context.Context, v Closing, reason i18n.Text, now time.Time, by string) error {
	date := v.Date.Format(time.DateOnly)
	from, to := span(v.Date, now)
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

// Afterwards is what a day called off left to do.
type Afterwards struct {
	Centre   network.Centre
	Date     time.Time
	Reason   i18n.Text
	Sessions []programme.Listed // called off
	Moved    []programme.Listed // to another day
	Bookings []booking.CalledOff
	ByMail   int                // registrations that a mail goes out for
	Calls    []programme.ToTell // who has to be called
}

// Afterwards reads what the local date that was called off left to do. What is discreet is not in it.
func (p *Pages) Afterwards(ctx context.Context, c network.Centre, date time.Time) (v Afterwards, err error) {
	v.Centre, v.Date = c, date
	closed, err := p.closureOn(ctx, p.Network.DB, c.ID, date.Format(time.DateOnly))
	if err != nil {
		return v, err
	}
	if closed != nil {
		v.Reason = closed.Reason
	}
	end := date.AddDate(0, 0, 1)
	list, err := p.Programme.AtCentre(ctx, c.ID, date, end, false)
	if err != nil {
		return v, err
	}
	for _, l := range list {
		if l.Cancelled() {
			v.Sessions = append(v.Sessions, l)
		}
	}
	if v.Moved, err = p.Programme.MovedFrom(ctx, c.ID, date.Format(time.DateOnly), false); err != nil {
		return v, err
	}
	if v.ByMail, err = p.toldByMail(ctx, c.ID, date, end); err != nil {
		return v, err
	}
	calls, err := p.Programme.ToTell(ctx, c.ID)
	if err != nil {
		return v, err
	}
	for _, x := range calls {
		if x.StartsAt >= date.Unix() && x.StartsAt < end.Unix() || slices.ContainsFunc(v.Moved, func(l programme.Listed) bool { return l.ID == x.SessionID }) {
			v.Calls = append(v.Calls, x)
		}
	}
	v.Bookings, err = p.Booking.CalledOff(ctx, c.ID, booking.Interval{Start: date, End: end})
	return v, err
}
