package sharing

import (
	"context"
	"slices"
	"strings"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Answer is a word on dates of a request.
type Answer struct {
	RequestID string
	Version   int        // that was read; 0: whatever it is
	DateIDs   []string   // none: all that wait
	Scope     auth.Scope // in which somebody answers
	Reason    string     // of a refusal, which the requester reads
	Exceed    string     // why a limit may be passed: the centre's coordination only
	By        string
}

// take reads the request for an answer, alone in the transaction. It returns NotFound to those who do not decide on it, and
// Conflict where somebody else has answered meanwhile.
func (s *Store) take(ctx context.Context, tx *db.Tx, a Answer) (Request, error) {
	r, err := s.Request(ctx, tx, a.RequestID)
	if err != nil {
		return r, err
	}
	terms, err := s.Terms(ctx, tx, r.SpaceID)
	if err != nil {
		return r, err
	}
	if !terms.Decider(a.Scope, r.CentreID, r.EscalatedAt != nil) {
		return r, fault.NotFound("fault.not_found")
	}
	return s.touch(ctx, tx, r, a.Version)
}

// touch counts the request's version up, so that of two at once one sees what the other did, and reads it again.
func (s *Store) touch(ctx context.Context, tx *db.Tx, r Request, version int) (Request, error) {
	if err := s.Network.LockCentre(ctx, tx, r.CentreID); err != nil {
		return r, err
	}
	n, err := tx.Exec(ctx, `UPDATE room_requests SET version = version + 1 WHERE id = :id AND (CAST(:v AS INTEGER) = 0 OR version = :v)`, db.Args{"id": r.ID, "v": version})
	if err != nil {
		return r, err
	}
	if n == 0 {
		return r, fault.Conflict("sharing.fault.meanwhile")
	}
	return s.Request(ctx, tx, r.ID)
}

// chosen are the dates that the answer is about. It returns NotFound for a date of another request, and Conflict where one
// is answered already or none waits.
func (r Request) chosen(ids []string, act Act) ([]Date, error) {
	if len(ids) == 0 {
		if w := r.Waiting(); len(w) > 0 {
			return w, nil
		}
		return nil, fault.Conflict("sharing.fault.answered")
	}
	var list []Date
	for _, id := range ids {
		i := slices.IndexFunc(r.Dates, func(d Date) bool { return d.ID == id })
		if i < 0 {
			return nil, fault.NotFound("fault.not_found")
		}
		if _, err := Next(r.Dates[i].State, act); err != nil {
			return nil, err
		}
		list = append(list, r.Dates[i])
	}
	return list, nil
}

// ApproveTx says yes, inside a transaction of Booking.Claim, after looking at everything once more: the hold is still there,
// or the room is free and there is the equipment that was asked for; nothing has begun; the room is not closed, nor the day; the limits hold, or the centre's
// coordination said why they may be passed. It returns Conflict where one is not so, and Invalid where a limit would be passed.
func (s *Store) ApproveTx(ctx context.Context, tx *db.Tx, a Answer) (Request, error) {
	r, err := s.take(ctx, tx, a)
	if err != nil {
		return r, err
	}
	dates, err := r.chosen(a.DateIDs, Say)
	if err != nil {
		return r, err
	}
	if err := s.still(ctx, tx, r, dates); err != nil {
		return r, err
	}
	var wanted []booking.Interval
	var own []string
	for _, d := range dates {
		wanted = append(wanted, d.Interval())
		if d.BookingID != nil {
			own = append(own, *d.BookingID)
		}
	}
	over, err := s.Booking.Over(ctx, tx, r.CentreID, r.OrganisationID, wanted, own)
	if err != nil {
		return r, err
	}
	exceed := strings.TrimSpace(a.Exceed)
	if len(over) > 0 && (exceed == "" || a.Scope.Kind != network.ScopeCentre || len([]rune(exceed)) > 500) {
		return r, booking.Exceeded(over)
	}
	for _, d := range dates {
		b, err := s.confirm(ctx, tx, r, d, a.By)
		if err != nil {
			return r, err
		}
		if len(over) > 0 {
			if err := s.Booking.Except(ctx, tx, b, exceed, a.By); err != nil {
				return r, err
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE room_request_dates SET state = 'approved', booking_id = :b, reason = '', decided_by = :by, decided_at = :now WHERE id = :id`,
			db.Args{"id": d.ID, "b": b.ID, "by": a.By, "now": s.Now().Unix()}); err != nil {
			return r, err
		}
	}
	return s.answered(ctx, tx, r, dates, "request.approve", "approved", "", a.By)
}

// still returns Conflict where the room is closed by now, or the day, or a date has begun.
func (s *Store) still(ctx context.Context, tx *db.Tx, r Request, dates []Date) error {
	centre, err := s.Network.Centre(ctx, tx, r.CentreID)
	if err != nil {
		return err
	}
	space, err := s.Booking.Space(ctx, tx, r.SpaceID)
	if err != nil {
		return err
	}
	if bool(space.Closed) {
		return fault.Conflict("sharing.fault.room_gone")
	}
	for _, d := range dates {
		if d.StartsAt <= s.Now().Unix() {
			return fault.Conflict("sharing.fault.begun")
		}
		closed, err := s.closed(ctx, tx, centre, d.Interval())
		if err != nil {
			return err
		}
		if closed {
			return fault.Conflict("sharing.fault.closed_day")
		}
	}
	return nil
}

// confirm makes the date's hold a booking, or books anew where the hold is over.
func (s *Store) confirm(ctx context.Context, tx *db.Tx, r Request, d Date, by string) (booking.Booking, error) {
	if d.HeldUntil != nil && *d.HeldUntil > s.Now().Unix() {
		if err := s.Booking.ConfirmTx(ctx, tx, r.CentreID, *d.BookingID, by); err != nil {
			return booking.Booking{}, err
		}
		return s.Booking.Booking(ctx, tx, r.CentreID, *d.BookingID)
	}
	return s.Booking.BookTx(ctx, tx, booking.New{SpaceID: r.SpaceID, CentreID: r.CentreID, OrganisationID: &r.OrganisationID, Title: r.Title,
		Start: d.Interval().Start, End: d.Interval().End, Confidential: bool(r.Confidential), Setup: d.SetupMinutes, Clear: d.ClearMinutes, Equipment: d.Equipment, By: by})
}

// answered notes the answer and tells who asked.
func (s *Store) answered(ctx context.Context, tx *db.Tx, r Request, dates []Date, action, said, reason, by string) (Request, error) {
	if err := s.note(ctx, tx, r.CentreID, action, by, "request", r.ID); err != nil {
		return r, err
	}
	if err := s.tellAsker(ctx, tx, r, dates, said, reason); err != nil {
		return r, err
	}
	return s.Request(ctx, tx, r.ID)
}

// RefuseTx says no, with the reason that who asked reads, and frees the room. It is for a transaction of Booking.Claim: what it
// frees may be offered to others.
func (s *Store) RefuseTx(ctx context.Context, tx *db.Tx, a Answer) (Request, error) {
	r, err := s.take(ctx, tx, a)
	if err != nil {
		return r, err
	}
	var f fault.Form
	reason := strings.TrimSpace(a.Reason)
	if reason == "" {
		f.Add("reason", "sharing.fault.reason")
	}
	if len([]rune(reason)) > 500 {
		f.Add("reason", "fault.too_long", "max", 500)
	}
	if err := f.Err(); err != nil {
		return r, err
	}
	dates, err := r.chosen(a.DateIDs, Refuse)
	if err != nil {
		return r, err
	}
	if err := s.end(ctx, tx, r, dates, Refuse, reason, a.By); err != nil {
		return r, err
	}
	return s.answered(ctx, tx, r, dates, "request.refuse", "refused", reason, a.By)
}

// WithdrawTx is the organisation's own word, before an answer and after a yes: the room is free for others. Without ids it
// is about all dates that have not begun.
func (s *Store) WithdrawTx(ctx context.Context, tx *db.Tx, organisationID, id string, dateIDs []string, by string) (Request, error) {
	r, err := s.Request(ctx, tx, id)
	if err == nil && r.OrganisationID != organisationID {
		err = fault.NotFound("fault.not_found")
	}
	if err != nil {
		return r, err
	}
	if r, err = s.touch(ctx, tx, r, 0); err != nil {
		return r, err
	}
	if len(dateIDs) == 0 {
		for _, d := range r.Withdrawable(s.Now().Unix()) {
			dateIDs = append(dateIDs, d.ID)
		}
		if len(dateIDs) == 0 {
			return r, fault.Conflict("sharing.fault.answered")
		}
	}
	dates, err := r.chosen(dateIDs, Withdraw)
	if err != nil {
		return r, err
	}
	if slices.ContainsFunc(dates, func(d Date) bool { return d.State == Approved && d.StartsAt <= s.Now().Unix() }) {
		return r, fault.Conflict("sharing.fault.begun")
	}
	if err := s.end(ctx, tx, r, dates, Withdraw, "", by); err != nil {
		return r, err
	}
	if err := s.note(ctx, tx, r.CentreID, "request.withdraw", by, "request", r.ID); err != nil {
		return r, err
	}
	return s.Request(ctx, tx, r.ID)
}

// Withdrawable are the dates that who asked may give back now.
func (r Request) Withdrawable(now int64) []Date {
	return slices.DeleteFunc(slices.Clone(r.Dates), func(d Date) bool {
		_, err := Next(d.State, Withdraw)
		return err != nil || d.StartsAt <= now
	})
}

// end gives the dates their last state, and then frees their rooms: in this order, so that who hears of the freed room
// finds the date answered.
func (s *Store) end(ctx context.Context, tx *db.Tx, r Request, dates []Date, act Act, reason, by string) error {
	for _, d := range dates {
		next, err := Next(d.State, act)
		if err != nil {
			return err
		}
		if err := s.set(ctx, tx, d.ID, next, reason, by); err != nil {
			return err
		}
	}
	for _, d := range dates {
		if d.BookingID == nil {
			continue
		}
		if err := s.Booking.CancelTx(ctx, tx, r.CentreID, *d.BookingID, by); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) set(ctx context.Context, tx *db.Tx, dateID, state, reason, by string) error {
	_, err := tx.Exec(ctx, `UPDATE room_request_dates SET state = :state, reason = :reason, decided_by = :by, decided_at = :now WHERE id = :id`,
		db.Args{"id": dateID, "state": state, "reason": reason, "by": by, "now": s.Now().Unix()})
	return err
}
