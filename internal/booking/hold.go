package booking

import (
	"context"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// ConfirmTx is Confirm inside a transaction of another feature.
func (s *Store) ConfirmTx(ctx context.Context, tx *db.Tx, centreID, id, by string) error {
	if _, err := s.Booking(ctx, tx, centreID, id); err != nil {
		return err
	}
	var offers int
	if err := tx.Get(ctx, &offers, `SELECT COUNT(*) FROM lost_dates WHERE booking_id = :id AND state = 'offered'`, db.Args{"id": id}); err != nil {
		return err
	}
	if offers > 0 { // it is kept for a series that lost it, and is taken back as its date
		return fault.Conflict("series.fault.offered")
	}
	if err := tx.Get(ctx, &offers, `SELECT COUNT(*) FROM slot_waits WHERE booking_id = :id AND state = 'offered'`, db.Args{"id": id}); err != nil {
		return err
	}
	if offers > 0 { // it is for whoever waited to take it or leave it
		return fault.Conflict("booking.fault.held_for")
	}
	n, err := tx.Exec(ctx, `UPDATE bookings SET state = 'confirmed', expires_at = NULL, version = version + 1
		WHERE id = :id AND centre_id = :c AND state = 'held' AND expires_at > :now`, db.Args{"id": id, "c": centreID, "now": s.Now().Unix()})
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Conflict("booking.fault.hold_over")
	}
	return s.note(ctx, tx, centreID, "booking.confirm", by, "booking", id)
}

// HoldTx gives a live hold another end. It returns Conflict when its time is over.
func (s *Store) HoldTx(ctx context.Context, tx *db.Tx, centreID, id string, until time.Time, by string) error {
	n, err := tx.Exec(ctx, `UPDATE bookings SET expires_at = :until, version = version + 1 WHERE id = :id AND centre_id = :c AND state = 'held' AND expires_at > :now`,
		db.Args{"id": id, "c": centreID, "until": until.Unix(), "now": s.Now().Unix()})
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Conflict("booking.fault.hold_over")
	}
	return s.note(ctx, tx, centreID, "booking.hold", by, "booking", id)
}

// ofNobodyElse leaves out holds of requests and of offers: this package is below those that keep them, and knows no more
// than that one may stand on a booking.
const ofNobodyElse = `NOT EXISTS (SELECT 1 FROM room_request_dates x WHERE x.booking_id = b.id AND x.state = 'asked')
	AND NOT EXISTS (SELECT 1 FROM lost_dates x WHERE x.booking_id = b.id)
	AND NOT EXISTS (SELECT 1 FROM slot_waits x WHERE x.booking_id = b.id AND x.state = 'offered')`

// ofNobody returns Conflict for a hold of a request or an offer: whoever moved it would part the two.
func (s *Store) ofNobody(ctx context.Context, q db.Querier, b Booking) error {
	if b.State != Held {
		return nil
	}
	var n int
	err := q.Get(ctx, &n, `SELECT COUNT(*) FROM bookings b WHERE b.id = :id AND `+ofNobodyElse, db.Args{"id": b.ID})
	if err == nil && n == 0 {
		err = fault.Conflict("booking.fault.held_for")
	}
	return err
}

// KeptFor says whether the booking is held for a request or an offer: neither confirming nor moving it is the centre's then.
func (s *Store) KeptFor(ctx context.Context, b Booking) (bool, error) {
	err := s.ofNobody(ctx, s.DB, b)
	if fault.Is(err, fault.KindConflict) {
		return true, nil
	}
	return false, err
}

// RequestOf is the id of the request that holds the booking until it is answered, or empty.
func (s *Store) RequestOf(ctx context.Context, bookingID string) (string, error) {
	var ids []string
	err := s.DB.Select(ctx, &ids, `SELECT request_id FROM room_request_dates WHERE booking_id = :b AND state = 'asked'`, db.Args{"b": bookingID})
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return ids[0], nil
}

// AnswerFirst returns Conflict for a room that is held for a request: the answer is what confirms or frees it.
func (s *Store) AnswerFirst(ctx context.Context, bookingID string) error {
	request, err := s.RequestOf(ctx, bookingID)
	if err == nil && request != "" {
		err = fault.Conflict("sharing.fault.of_request")
	}
	return err
}
