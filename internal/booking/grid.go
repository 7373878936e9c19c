package booking

import (
	"time"
)

// Day is what a centre's rooms hold on one local day, ready to be drawn. Confidential bookings have no title in it,
// whoever looks: a desk's screen is seen by those who stand before it.
type Day struct {
	Date      time.Time // midnight, in the centre's zone
	Spaces    []Space   // at most 12, the columns
	FirstHour int
	Hours     int
	Blocks    []Block
	Now       int // quarter of an hour drawn as the present one; -1: none
}

// Block is one booking in the grid.
type Block struct {
	BookingID  string
	Title      string // empty: taken, and no more is said
	Address    string // where a press leads; empty: nowhere
	Start, End time.Time
	Column     int // 1 to 12
	Row, Span  int // quarters of an hour from FirstHour
	Space      Space
	Asked      bool // held, and nobody has said yes yet
	Version    int
	Move       string // where the form is that moves it; empty: the reader may not, or it has begun
}

// Busy says whether nothing may be told but that the room is taken.
func (b Block) Busy() bool { return b.Title == "" }

// DayOf lays the bookings of a local day out in a grid of quarters of an hour, soonest first. The grid shows 8 to 22
// o'clock and more where something is held earlier or later.
func DayOf(date time.Time, spaces []Space, list []Booking, who Reader, now time.Time) Day {
	loc := date.Location()
	d := Day{Date: date, FirstHour: 8, Now: -1}
	column := map[string]int{}
	for _, s := range spaces {
		used := false
		for _, b := range list {
			used = used || b.SpaceID == s.ID
		}
		if len(d.Spaces) < 12 && (!bool(s.Closed) || used) {
			d.Spaces = append(d.Spaces, s)
			column[s.ID] = len(d.Spaces)
		}
	}
	midnight := time.Date(date.Year(), date.Month(), date.Day(), 0, 0, 0, 0, loc)
	next := midnight.AddDate(0, 0, 1)
	quarter := func(t time.Time) int { // wall time, so that the hours drawn are those on the clock
		switch {
		case !t.After(midnight):
			return 0
		case !t.Before(next):
			return 96
		}
		l := t.In(loc)
		return l.Hour()*4 + l.Minute()/15
	}
	last := 22
	for _, b := range list {
		start, end := time.Unix(b.StartsAt, 0).In(loc), time.Unix(b.EndsAt, 0).In(loc)
		if column[b.SpaceID] == 0 || !start.Before(next) || !end.After(midnight) {
			continue
		}
		from, to := quarter(start), quarter(end)
		if end.Before(next) && end.Minute()%15 != 0 {
			to++
		}
		d.FirstHour = min(d.FirstHour, from/4)
		last = max(last, (to+3)/4)
		one := Block{BookingID: b.ID, Start: start, End: end, Column: column[b.SpaceID], Row: from, Span: max(1, to-from), Space: d.Spaces[column[b.SpaceID]-1], Asked: b.State == Held}
		if !bool(b.Confidential) {
			one.Title, _ = b.Shown(who)
		}
		if one.Title != "" {
			one.Address = "/desk/bookings/" + b.ID
		}
		one.Version, one.Move = b.Version, moveAddress(b, one, midnight, who, now)
		d.Blocks = append(d.Blocks, one)
	}
	d.Hours = last - d.FirstHour
	for i := range d.Blocks {
		d.Blocks[i].Row -= d.FirstHour * 4
	}
	if n := now.In(loc); n.Format(time.DateOnly) == date.Format(time.DateOnly) {
		if q := quarter(n) - d.FirstHour*4; q >= 0 && q < d.Hours*4 {
			d.Now = q
		}
	}
	return d
}
