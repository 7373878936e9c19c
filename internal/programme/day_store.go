package programme

import (
	"context"
	"time"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
)

// onDay is when the session would be on another local day: at the same hours, in the same room.
func (s Session) onDay(day time.Time) Date {
	day = time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, s.location())
	var d Date
	d.Start, _ = booking.AtClock(day, s.LocalStart)
	var ok bool
	if d.End, ok = booking.EndOf(d.Start, s.LocalEnd); !ok {
		d.End = d.Start.Add(s.End().Sub(s.Start()))
	}
	if s.SpaceID != nil {
		d.SpaceID = *s.SpaceID
	}
	return d
}

// Fits says whether the session can be held on another local day at the same hours in the same room: when the room is
// free and still open for booking, the hour is to come, and the activity has no other date then.
func (s *Store) Fits(ctx context.Context, q db.Querier, one Session, day time.Time) (bool, error) {
	d := one.onDay(day)
	if !d.Start.After(s.Now()) {
		return false, nil
	}
	var same int
	if err := q.Get(ctx, &same, `SELECT COUNT(*) FROM sessions WHERE activity_id = :a AND id <> :id AND state = 'planned' AND starts_at < :to AND ends_at > :from`,
		db.Args{"a": one.ActivityID, "id": one.ID, "from": d.Start.Unix(), "to": d.End.Unix()}); err != nil || same > 0 {
		return false, err
	}
	if d.SpaceID == "" {
		return true, nil
	}
	space, err := s.Booking.Space(ctx, q, d.SpaceID)
	if err != nil || bool(space.Closed) {
		return false, err
	}
	clashes, err := s.Booking.Clashes(ctx, q, d.SpaceID, []booking.Interval{d.Interval()}, deref(one.BookingID))
	return len(clashes) == 0, err
}

// CloseDay calls off all sessions of the centre that begin within [from, to) or, where a day is given, moves to it those
// that fit there and calls off the others. Everybody who registered is told of either once. It is the press of "cannot
// open today", in a transaction of Booking.Claim that holds Network.LockCentre: what only the constraint sees comes back
// as it is, and Claim tries again.
func (s *Store) CloseDay(ctx context.Context, tx *db.Tx, centreID string, from, to time.Time, day *time.Time, reason i18n.Text, by string) error {
	var ids []string
	if err := tx.Select(ctx, &ids, `SELECT id FROM sessions WHERE centre_id = :c AND starts_at >= :from AND starts_at < :to AND state = 'planned' ORDER BY starts_at, id`,
		db.Args{"c": centreID, "from": from.Unix(), "to": to.Unix()}); err != nil {
		return err
	}
	for _, id := range ids {
		one, _, err := s.locked(ctx, tx, id)
		if err != nil {
			return err
		}
		if one.Cancelled() || one.StartsAt < from.Unix() || one.StartsAt >= to.Unix() { // somebody was quicker
			continue
		}
		fits := false
		if day != nil {
			if fits, err = s.Fits(ctx, tx, one, *day); err != nil {
				return err
			}
		}
		if fits {
			err = s.moveSession(ctx, tx, centreID, id, one.onDay(*day), one.Version, reason, by)
		} else {
			err = s.cancelSession(ctx, tx, centreID, id, reason, by)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// MovedFrom are the centre's sessions that were on the local date and are on another now, by start.
func (s *Store) MovedFrom(ctx context.Context, centreID, date string, discreetToo bool) ([]Listed, error) {
	var list []Listed
	err := s.DB.Select(ctx, &list, `SELECT `+listed+` FROM sessions s JOIN activities a ON a.id = s.activity_id LEFT JOIN spaces sp ON sp.id = s.space_id
		WHERE s.centre_id = :c AND s.moved_from = :date AND s.local_date <> :date AND s.starts_at > :since AND s.state = 'planned' AND a.state <> 'draft'
		AND (a.discreet = 0 OR :d = 1) ORDER BY s.starts_at, s.id`,
		db.Args{"c": centreID, "date": date, "since": s.Now().AddDate(0, -1, 0).Unix(), "d": db.Bool(discreetToo)})
	return list, err
}
