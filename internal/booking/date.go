package booking

import (
	"context"
	"slices"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Slot is a space at a time.
type Slot struct {
	SpaceID string
	Interval
}

// Own is what a booking has of its own: set-up and clear-up time in place of the space's, and equipment.
type Own struct {
	Setup, Clear *int // minutes; nil: those of the space
	Equipment    []Amount
}

// Date is one date of a series as somebody wants it, after looking at the clashes.
type Date struct {
	Start, End time.Time // in the centre's zone
	SpaceID    string    // "" where it is in no space
	Skip       bool
	Clashes    []Clash   // set by CheckDates
	Missing    []Missing // equipment; set by CheckDates
	Own        Own       // of one that lives: set by CheckDates to what its booking has
	RID        string    // the caller's own name for it; of an imported calendar, which date it is
	Lives      string    // the booking that would be moved there; empty: a new one
	Asked      *Slot     // what the series has then, where the date was solved in another way
}

// Interval is when it is.
func (d Date) Interval() Interval { return Interval{d.Start, d.End} }

// Taken says whether something is in its way: its space is taken, or equipment is short.
func (d Date) Taken() bool { return len(d.Clashes)+len(d.Missing) > 0 }

// Blame puts what is in the way of the date of the given number beside it, where that is what err says: then it returns
// Conflict with all dates as its detail, else the error.
func Blame(dates []Date, i int, err error) error {
	switch detail := fault.Of(err).Detail.(type) {
	case []Clash:
		dates[i].Clashes = detail
	case []Missing:
		dates[i].Missing = detail
	default:
		return err
	}
	return fault.Conflict("booking.fault.clash").With(dates)
}

// CheckDates finds for every date of a series what is in its way, in one look: what its space clashes with and what
// equipment is short. As for the booking itself, set-up and clear-up time count, its own where it has such. It returns
// NotFound for a space of another centre, of which nothing is told. Bookings that would be moved with the dates are in
// nobody's way.
func (s *Store) CheckDates(ctx context.Context, q db.Querier, centreID string, dates []Date) error {
	bySpace, moved := map[string][]int{}, map[string]bool{}
	for i, d := range dates {
		dates[i].Clashes, dates[i].Missing = nil, nil
		moved[d.Lives] = moved[d.Lives] || d.Lives != "" && !d.Skip
		if d.SpaceID != "" && !d.Skip {
			bySpace[d.SpaceID] = append(bySpace[d.SpaceID], i)
		}
	}
	if err := s.owns(ctx, q, centreID, dates); err != nil {
		return err
	}
	held := make([]Interval, len(dates))
	for id, at := range bySpace {
		space, err := s.Space(ctx, q, id)
		if err != nil {
			return err
		}
		if space.CentreID != centreID {
			return fault.NotFound("fault.not_found")
		}
		intervals, bare := make([]Interval, len(at)), space
		bare.SetupMinutes, bare.ClearMinutes = 0, 0
		for k, i := range at {
			held[i] = dates[i].Interval().Held(space.around(dates[i].Own.Setup, dates[i].Own.Clear))
			intervals[k] = held[i]
		}
		clashes, err := s.clashes(ctx, q, bare, intervals, "")
		if err != nil {
			return err
		}
		for _, i := range at {
			for _, c := range clashes {
				if !moved[c.BookingID] && c.Start.Before(held[i].End) && held[i].Start.Before(c.End) {
					dates[i].Clashes = append(dates[i].Clashes, c)
				}
			}
		}
	}
	return s.lacking(ctx, q, centreID, dates, held, moved)
}

// owns fills in what the bookings have that would be moved with the dates.
func (s *Store) owns(ctx context.Context, q db.Querier, centreID string, dates []Date) error {
	var ids []string
	for _, d := range dates {
		if d.Lives != "" {
			ids = append(ids, d.Lives)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	args := db.Args{"c": centreID}
	in := db.In("id", ids, args)
	var list []Booking
	if err := q.Select(ctx, &list, `SELECT `+columns+` FROM bookings b WHERE b.centre_id = :c AND b.id IN (`+in+`)`, args); err != nil {
		return err
	}
	var lent []struct {
		BookingID string `db:"booking_id"`
		Amount
	}
	if err := q.Select(ctx, &lent, `SELECT x.booking_id, x.equipment_id, x.amount FROM booking_equipment x JOIN bookings b ON b.id = x.booking_id
		WHERE b.centre_id = :c AND b.id IN (`+in+`) ORDER BY x.equipment_id`, args); err != nil {
		return err
	}
	own := map[string]Own{}
	for _, b := range list {
		own[b.ID] = Own{Setup: b.SetupMinutes, Clear: b.ClearMinutes}
	}
	for _, x := range lent {
		o := own[x.BookingID]
		o.Equipment = append(o.Equipment, x.Amount)
		own[x.BookingID] = o
	}
	for i, d := range dates {
		if d.Lives != "" {
			dates[i].Own = own[d.Lives]
		}
	}
	return nil
}

// lacking finds the equipment that is short for the dates, which hold it as held says.
func (s *Store) lacking(ctx context.Context, q db.Querier, centreID string, dates []Date, held []Interval, moved map[string]bool) error {
	var want []Amount
	var span Interval
	for i, d := range dates {
		if d.Skip || d.SpaceID == "" || len(d.Own.Equipment) == 0 {
			continue
		}
		want = append(want, d.Own.Equipment...)
		if span.Start.IsZero() || held[i].Start.Before(span.Start) {
			span.Start = held[i].Start
		}
		if held[i].End.After(span.End) {
			span.End = held[i].End
		}
	}
	if len(want) == 0 {
		return nil
	}
	all, err := s.AllEquipment(ctx, q, centreID)
	if err != nil {
		return err
	}
	uses, err := s.uses(ctx, q, idsOf(want), span, "")
	if err != nil {
		return err
	}
	uses = slices.DeleteFunc(uses, func(u use) bool { return moved[u.BookingID] })
	for i, d := range dates {
		if d.Skip || d.SpaceID == "" || len(d.Own.Equipment) == 0 {
			continue
		}
		if dates[i].Missing, err = missingOf(all, d.Own.Equipment, uses, held[i]); err != nil {
			return err
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
