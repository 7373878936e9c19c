package sharing

import (
	"context"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// Freed is told by Booking of time that has become free: whoever stood on it hears of that, and who waits for it is asked.
func (s *Store) Freed(ctx context.Context, tx *db.Tx, b booking.Booking) error {
	c, err := s.Network.Centre(ctx, tx, b.CentreID)
	if err != nil {
		return err
	}
	if err := s.lost(ctx, tx, c, b); err != nil {
		return err
	}
	if err := s.missed(ctx, tx, c, b); err != nil {
		return err
	}
	return s.offer(ctx, tx, c, b)
}

// lost takes note that a request's date is no longer held: it stays on the list until it is answered. One that had a yes and
// was cancelled by the centre is told to who asked. Of a new time or room whoever moves the booking tells, by TellMoved: a
// booking that is moved and only grows frees nothing, and is told of too.
func (s *Store) lost(ctx context.Context, tx *db.Tx, c network.Centre, b booking.Booking) error {
	var dates []Date
	if err := tx.Select(ctx, &dates, `SELECT `+dateColumns+` FROM room_request_dates d JOIN bookings b ON b.id = d.booking_id WHERE d.booking_id = :b AND d.state IN ('asked','approved')`,
		db.Args{"b": b.ID}); err != nil || len(dates) == 0 {
		return err
	}
	d := dates[0]
	r, err := s.Request(ctx, tx, d.RequestID)
	if err != nil {
		return err
	}
	is, err := s.Booking.Booking(ctx, tx, c.ID, b.ID)
	if err != nil {
		return err
	}
	switch live := is.State == booking.Held || is.State == booking.Confirmed; {
	case live && d.State == Approved:
		return nil
	case live:
		_, err := tx.Exec(ctx, `UPDATE room_request_dates SET starts_at = :from, ends_at = :to WHERE id = :id`, db.Args{"id": d.ID, "from": is.StartsAt, "to": is.EndsAt})
		return err
	}
	act, said := Lapse, "lapsed"
	switch {
	case d.State == Approved:
		act, said = Cancel, "cancelled"
	case d.StartsAt <= s.Now().Unix():
		act, said = Pass, "over"
	}
	next, err := Next(d.State, act)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE room_request_dates SET state = :state WHERE id = :id`, db.Args{"id": d.ID, "state": next}); err != nil {
		return err
	}
	if err := s.note(ctx, tx, c.ID, "request."+string(act), "job", "request", r.ID); err != nil {
		return err
	}
	switch act {
	case Cancel:
		fell, err := s.Booking.FellWithItsDay(ctx, tx, b.ID)
		if err != nil || fell && !bool(r.Confidential) { // who calls the day off tells the organisation, but not of what is confidential
			return err
		}
	case Lapse:
		closed, err := s.closed(ctx, tx, c, d.Interval())
		if err != nil {
			return err
		}
		if closed {
			said = "closed"
		}
	}
	return s.tellAsker(ctx, tx, r, dates, said, "")
}

// TellMoved writes that a booking has moved from where it was before: to who asked for it, where it is of a request, and to the
// members of its organisation otherwise. Of a confidential one only who asked is told, for a member need not be of its team; of
// one that is where it was, nobody.
func (s *Store) TellMoved(ctx context.Context, tx *db.Tx, before booking.Booking, reason string) error {
	after, err := s.Booking.Booking(ctx, tx, before.CentreID, before.ID)
	if err != nil || after.SpaceID == before.SpaceID && after.StartsAt == before.StartsAt && after.EndsAt == before.EndsAt {
		return err
	}
	var ids []string
	if err := tx.Select(ctx, &ids, `SELECT request_id FROM room_request_dates WHERE booking_id = :b AND state = 'approved'`, db.Args{"b": before.ID}); err != nil {
		return err
	}
	var people []network.Reached
	path := "/desk/"
	switch {
	case len(ids) > 0:
		r, err := s.Request(ctx, tx, ids[0])
		if err != nil {
			return err
		}
		if people, err = s.askers(ctx, tx, r.CreatedBy, r.OrganisationID, bool(r.Confidential)); err != nil {
			return err
		}
		path = "/desk/asked/" + r.ID
	case before.OrganisationID == nil || bool(before.Confidential):
		return nil
	default:
		if people, err = s.Network.MemberMails(ctx, tx, *before.OrganisationID); err != nil {
			return err
		}
	}
	if len(people) == 0 {
		return nil
	}
	c, err := s.Network.Centre(ctx, tx, before.CentreID)
	if err != nil {
		return err
	}
	from, err := s.Booking.Space(ctx, tx, before.SpaceID)
	if err != nil {
		return err
	}
	to, err := s.Booking.Space(ctx, tx, after.SpaceID)
	if err != nil {
		return err
	}
	return s.send(ctx, tx, people, c.ID, path, func(p *i18n.Printer) string {
		at := func(i booking.Interval, in booking.Space) string {
			return p.When(i.Start.In(c.Location())) + "–" + p.Clock(i.End.In(c.Location())) + ", " + p.Pick(in.Name)
		}
		text := p.T("sharing.mail.moved", "centre", c.Name, "from", at(before.Interval(), from), "to", at(after.Interval(), to))
		if reason != "" {
			text += "\n\n" + reason
		}
		return text
	})
}

// missed takes note that an offer's time is over, for it was not answered or the day is closed. Of one whose start has come
// nothing is left to tell.
func (s *Store) missed(ctx context.Context, tx *db.Tx, c network.Centre, b booking.Booking) error {
	var list []Wait
	if err := tx.Select(ctx, &list, `UPDATE slot_waits SET state = 'passed' WHERE booking_id = :b AND state = 'offered' RETURNING *`, db.Args{"b": b.ID}); err != nil {
		return err
	}
	for _, w := range list {
		if err := s.note(ctx, tx, c.ID, "wait.pass", "job", "wait", w.ID); err != nil {
			return err
		}
		if w.StartsAt <= s.Now().Unix() {
			continue
		}
		said := "passed"
		if closed, err := s.closed(ctx, tx, c, w.Interval()); err != nil {
			return err
		} else if closed {
			said = "closed"
		}
		if err := s.tellWaiting(ctx, tx, c, w, said, s.Now()); err != nil {
			return err
		}
	}
	return nil
}

// offer holds freed time for the organisation whose turn it is, of those that wait for it.
func (s *Store) offer(ctx context.Context, tx *db.Tx, c network.Centre, b booking.Booking) error {
	now := s.Now()
	if !c.Features.Has(network.FeatureWaiting) || b.HeldTo <= now.Unix() {
		return nil
	}
	const near = 8 * 3600 // set-up and clear-up of what is waited for reach no farther
	var list []Wait
	if err := tx.Select(ctx, &list, `SELECT w.* FROM slot_waits w WHERE w.centre_id = :c AND w.state = 'waiting' AND w.starts_at > :soon AND w.starts_at < :to AND w.ends_at > :from
		AND EXISTS (SELECT 1 FROM space_atoms x JOIN space_atoms y ON y.atom_id = x.atom_id WHERE x.space_id = :space AND y.space_id = w.space_id)`,
		db.Args{"c": c.ID, "space": b.SpaceID, "soon": now.Add(time.Hour).Unix(), "from": b.HeldFrom - near, "to": b.HeldTo + near}); err != nil || len(list) == 0 {
		return err
	}
	held, err := s.lately(ctx, tx, c.ID, list)
	if err != nil {
		return err
	}
	fair, err := s.Booking.FairUse(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	for _, w := range Turn(list, held) {
		if err := s.offerOne(ctx, tx, c, w, now.Add(time.Duration(fair.OfferHours)*time.Hour)); err != nil {
			return err
		}
	}
	return nil
}

// offerOne makes the offer where the time is free and the organisation may have it; else it goes on waiting.
func (s *Store) offerOne(ctx context.Context, tx *db.Tx, c network.Centre, w Wait, until time.Time) error {
	i := w.Interval()
	if until.After(i.Start) {
		until = i.Start
	}
	space, err := s.Booking.Space(ctx, tx, w.SpaceID)
	if err != nil {
		return err
	}
	terms, err := s.Terms(ctx, tx, w.SpaceID)
	if err != nil || bool(space.Closed) || terms.Asking == NotShared {
		return err
	}
	if closed, err := s.closed(ctx, tx, c, i); err != nil || closed {
		return err
	}
	if over, err := s.Booking.Over(ctx, tx, c.ID, w.OrganisationID, []booking.Interval{i}, nil); err != nil || len(over) > 0 {
		return err
	}
	hold, err := s.Booking.BookTx(ctx, tx, booking.New{SpaceID: w.SpaceID, CentreID: c.ID, OrganisationID: &w.OrganisationID, Title: w.Title, Start: i.Start, End: i.End, HoldUntil: until, By: w.CreatedBy})
	if fault.Is(err, fault.KindConflict) && db.Refused(err) == "" {
		return nil // it is taken in part: go on waiting
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE slot_waits SET state = 'offered', booking_id = :b, offer_until = :until WHERE id = :id`, db.Args{"id": w.ID, "b": hold.ID, "until": until.Unix()}); err != nil {
		return err
	}
	if err := s.note(ctx, tx, c.ID, "wait.offer", "job", "wait", w.ID); err != nil {
		return err
	}
	return s.tellWaiting(ctx, tx, c, w, "offered", until)
}
