package booking

import (
	"context"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Slot is a space at a time.
type Slot struct {
	SpaceID string
	Interval
}

// Date is one date of a series as somebody wants it, after looking at the clashes.
type Date struct {
	Start, End time.Time // in the centre's zone
	SpaceID    string    // "" where it is in no space
	Skip       bool
	Clashes    []Clash // set by CheckDates
	RID        string  // the caller's own name for it; of an imported calendar, which date it is
	Lives      string  // the booking that would be moved there; empty: a new one
	Asked      *Slot   // what the series has then, where the date was solved in another way
}

// Interval is when it is.
func (d Date) Interval() Interval { return Interval{d.Start, d.End} }

// CheckDates finds for every date of a series what it clashes with, in one look. As for the booking itself, the room's
// time to set up and to clear up counts. It returns NotFound for a space of another centre, of which nothing is told. Bookings that would be moved with the dates are in nobody's way.
func (s *Store) CheckDates(ctx context.Context, q db.Querier, centreID string, dates []Date) error {
	bySpace, moved := map[string][]int{}, map[string]bool{}
	for i, d := range dates {
		dates[i].Clashes = nil
		moved[d.Lives] = moved[d.Lives] || d.Lives != "" && !d.Skip
		if d.SpaceID != "" && !d.Skip {
			bySpace[d.SpaceID] = append(bySpace[d.SpaceID], i)
		}
	}
	for id, at := range bySpace {
		space, err := s.Space(ctx, q, id)
		if err != nil {
			return err
		}
		if space.CentreID != centreID {
			return fault.NotFound("fault.not_found")
		}
		intervals := make([]Interval, len(at))
		for k, i := range at {
			intervals[k] = dates[i].Interval()
		}
		clashes, err := s.clashes(ctx, q, space, intervals, "")
		if err != nil {
			return err
		}
		for k, i := range at {
			held := intervals[k].Held(space)
			for _, c := range clashes {
				if !moved[c.BookingID] && c.Start.Before(held.End) && held.Start.Before(c.End) {
					dates[i].Clashes = append(dates[i].Clashes, c)
				}
			}
		}
	}
	return nil
}

// AtClock is the wall-clock hour of the day; false for what is no hour.
func AtClock(day time.Time, clock string) (time.Time, bool) {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		return time.Time{}, false
	}
	return time.Date(day.Year(), day.Month(), day.Day(), t.Hour(), t.Minute(), 0, 0, day.Location()), true
}

// EndOf is the end at the given hour of the start's day, or of the next day for an hour up to six in the morning.
func EndOf(start time.Time, clock string) (time.Time, bool) {
	end, ok := AtClock(start, clock)
	if !ok {
		return end, false
	}
	if !end.After(start) && clock <= "06:00" {
		end, _ = AtClock(start.AddDate(0, 0, 1), clock)
	}
	return end, end.After(start)
}
