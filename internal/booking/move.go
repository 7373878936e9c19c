package booking

import (
	"context"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// MoveSeen is MoveTx for somebody who has looked at the booking in the given version. It returns Conflict when it was
// changed since: of two who move it at once, the second sees where the first has put it; and when it has begun. It returns Invalid where its new time
// passes a limit of its organisation and exceed does not say why.
func (s *Store) MoveSeen(ctx context.Context, tx *db.Tx, centreID, id, spaceID string, to Interval, version int, exceed, by string) error {
	if err := network.LockCentre(ctx, tx, centreID); err != nil {
		return err
	}
	// The row is claimed before it is looked at, so that a second one waits here and then finds another version.
	n, err := tx.Exec(ctx, `UPDATE bookings SET version = version WHERE id = :id AND centre_id = :c AND version = :v`, db.Args{"id": id, "c": centreID, "v": version})
	if err != nil {
		return err
	}
	before, err := s.Booking(ctx, tx, centreID, id)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Conflict("booking.fault.moved_meanwhile")
	}
	if before.StartsAt <= s.Now().Unix() {
		return fault.Conflict("booking.fault.begun")
	}
	if err := s.MoveTx(ctx, tx, centreID, id, spaceID, to, by); err != nil {
		return err
	}
	return s.MovedWithin(ctx, tx, centreID, []Booking{before}, exceed, by)
}

// InTheWay is what keeps the booking from another time or space: what is there, with the booking's own set-up and clear-up
// time, and which of its equipment is short then.
func (s *Store) InTheWay(ctx context.Context, q db.Querier, b Booking, spaceID string, to Interval) ([]Clash, []Missing, error) {
	d := []Date{{Start: to.Start, End: to.End, SpaceID: spaceID, Lives: b.ID}}
	err := s.CheckDates(ctx, q, b.CentreID, d)
	return d[0].Clashes, d[0].Missing, err
}

// Instead is what else the booking could have of the wanted: other rooms at that time, other times in that room.
func (s *Store) Instead(ctx context.Context, q db.Querier, b Booking, w Wanted, most int) ([]Space, []Interval, error) {
	d := []Date{{Lives: b.ID}}
	if err := s.owns(ctx, q, b.CentreID, d); err != nil {
		return nil, nil, err
	}
	w.CentreID, w.Except, w.Own = b.CentreID, b.ID, d[0].Own
	others, err := s.Alternatives(ctx, q, w)
	if err != nil {
		return nil, nil, err
	}
	times, err := s.FreeTimesFor(ctx, q, w, most)
	return others, times, err
}

// moveAddress is the page that moves the booking, for those who may book and see what it is, while it has not begun and is not
// kept for a request or an offer. What began on the day
// before is moved on the day it begins.
func moveAddress(b Booking, drawn Block, midnight time.Time, who Reader, now time.Time) string {
	if drawn.Busy() || bool(b.Kept) || who.Sees == nil || !who.Sees(Book, b.CentreID) || b.StartsAt <= now.Unix() || b.StartsAt < midnight.Unix() {
		return ""
	}
	return "/desk/bookings/" + b.ID + "/move"
}

// movable is what the script that moves blocks needs to know of one.
func (b Block) movable() templ.Attributes {
	if b.Move == "" {
		return nil
	}
	return templ.Attributes{"data-id": b.BookingID, "data-version": strconv.Itoa(b.Version), "data-from": b.Start.Format("15:04"),
		"data-minutes": strconv.Itoa(int(b.End.Sub(b.Start) / time.Minute))}
}

// spaceIDs are the columns' spaces, in their order.
func (d Day) spaceIDs() (list string) {
	for i, s := range d.Spaces {
		if i > 0 {
			list += " "
		}
		list += s.ID
	}
	return list
}

// moves says whether the reader may move anything of the day.
func (d Day) moves() bool {
	for _, b := range d.Blocks {
		if b.Move != "" {
			return true
		}
	}
	return false
}
