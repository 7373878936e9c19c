package booking

import (
	"context"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// CalledOff is a booking that fell with a day on which the centre could not open.
type CalledOff struct {
	Booking
	Holder string `db:"holder"`  // the organisation's name; empty for the centre's own
	ToldAt *int64 `db:"told_at"` // when its holder was told
}

const ofNoSession = `NOT EXISTS (SELECT 1 FROM sessions x WHERE x.booking_id = b.id)`

// Alone are the centre's live bookings that reach into the span and belong to no session, by start.
func (s *Store) Alone(ctx context.Context, q db.Querier, centreID string, span Interval) ([]CalledOff, error) {
	var list []CalledOff
	err := q.Select(ctx, &list, `SELECT `+columns+`, b.told_at, COALESCE(o.name, '') AS holder FROM bookings b LEFT JOIN organisations o ON o.id = b.organisation_id
		WHERE b.centre_id = :c AND b.starts_at < :to AND b.starts_at > :earliest AND b.ends_at > :from AND (b.state = 'confirmed' OR (b.state = 'held' AND b.expires_at > :now)) AND `+ofNoSession+`
		ORDER BY b.starts_at, b.id`, db.Args{"c": centreID, "from": span.Start.Unix(), "to": span.End.Unix(), "earliest": span.Start.Add(-MaxLength).Unix(), "now": s.Now().Unix()})
	return list, err
}

// CallOff cancels those of Alone that begin within the span. It is for a transaction that holds Network.LockCentre. told tells a booking's holder and says whether it could; who could
// not be told is on the desk's list until somebody has. A booking is marked before it is cancelled, so that who hears of the
// freed time sees by FellWithItsDay that its holder is told here.
func (s *Store) CallOff(ctx context.Context, tx *db.Tx, centreID string, span Interval, told func(CalledOff) (bool, error), by string) error {
	list, err := s.Alone(ctx, tx, centreID, span)
	if err != nil {
		return err
	}
	now := s.Now().Unix()
	for i := range list {
		if list[i].StartsAt < span.Start.Unix() { // it began before: its holder is asked, not cancelled
			continue
		}
		held := s.ofNobody(ctx, tx, list[i].Booking) // asked before it is cancelled
		if held != nil && !fault.Is(held, fault.KindConflict) {
			return held
		}
		if held == nil {
			if _, err := tx.Exec(ctx, `UPDATE bookings SET called_off_at = :now WHERE id = :id`, db.Args{"now": now, "id": list[i].ID}); err != nil {
				return err
			}
		}
		if err := s.CancelTx(ctx, tx, centreID, list[i].ID, by); err != nil {
			return err
		}
		if held != nil { // a request or an offer: nobody had the room yet, and whoever keeps it says what became of it
			continue
		}
		ok, err := told(list[i])
		if err != nil {
			return err
		}
		if ok || list[i].OrganisationID == nil { // the centre's own needs no telling
			list[i].ToldAt = &now
		}
		if _, err := tx.Exec(ctx, `UPDATE bookings SET told_at = :told WHERE id = :id`, db.Args{"told": list[i].ToldAt, "id": list[i].ID}); err != nil {
			return err
		}
	}
	return nil
}

// FellWithItsDay says whether the booking was called off with its whole day, of which CallOff tells its holder.
func (s *Store) FellWithItsDay(ctx context.Context, q db.Querier, id string) (bool, error) {
	var n int
	err := q.Get(ctx, &n, `SELECT COUNT(*) FROM bookings WHERE id = :id AND called_off_at IS NOT NULL`, db.Args{"id": id})
	return n > 0, err
}

// CalledOff are the bookings of the span that fell with their day, by start.
func (s *Store) CalledOff(ctx context.Context, centreID string, span Interval) ([]CalledOff, error) {
	var list []CalledOff
	err := s.DB.Select(ctx, &list, `SELECT `+columns+`, b.told_at, COALESCE(o.name, '') AS holder FROM bookings b LEFT JOIN organisations o ON o.id = b.organisation_id
		WHERE b.centre_id = :c AND b.starts_at >= :from AND b.starts_at < :to AND b.called_off_at IS NOT NULL ORDER BY b.starts_at, b.id`,
		db.Args{"c": centreID, "from": span.Start.Unix(), "to": span.End.Unix()})
	return list, err
}

// Told notes that the holder of a booking that was called off knows of it. It returns NotFound for any other booking.
func (s *Store) Told(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE bookings SET told_at = COALESCE(told_at, :now) WHERE id = :id AND centre_id = :c AND called_off_at IS NOT NULL`,
			db.Args{"now": s.Now().Unix(), "id": id, "c": centreID})
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NotFound("fault.not_found")
		}
		return s.note(ctx, tx, centreID, "booking.told", by, "booking", id)
	})
}
