package booking

import (
	"cmp"
	"slices"
	"time"

	"kvart/internal/network"
)

// Day is what a centre's rooms hold on one local day, ready to be drawn. Confidential bookings have no title in it,
// whoever looks: a desk's screen is seen by those who stand before it.
type Day struct {
	Date      time.Time // midnight, in the centre's zone
	Spaces    []Space   // the columns
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
	Column     int // from 1
	Row, Span  int // quarters of an hour from FirstHour
	Space      Space
	Asked      bool      // held, and nobody has said yes yet
	Setup      time.Time // from when on the room is held for setting up; zero: from the start
	Clear      time.Time // until when it is held for clearing up; zero: until the end
	Through    []Space   // the room is taken because these are, with which it shares a part; BookingID is empty
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
		if !bool(s.Closed) || used {
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
		one := blockOf(b, d.Spaces[column[b.SpaceID]-1], who, loc)
		one.Column, one.Row, one.Span = column[b.SpaceID], from, max(1, to-from)
		one.Version, one.Move = b.Version, moveAddress(b, one, midnight, who, now)
		d.Blocks = append(d.Blocks, one)
	}
	d.Blocks = append(d.Blocks, d.through()...)
	slices.SortStableFunc(d.Blocks, func(a, b Block) int { return cmp.Compare(a.Row, b.Row) })
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

// blockOf is the booking as the reader may see it, not yet placed.
func blockOf(b Booking, space Space, who Reader, loc *time.Location) Block {
	one := Block{BookingID: b.ID, Start: time.Unix(b.StartsAt, 0).In(loc), End: time.Unix(b.EndsAt, 0).In(loc), Space: space, Asked: b.State == Held}
	if b.HeldFrom < b.StartsAt {
		one.Setup = time.Unix(b.HeldFrom, 0).In(loc)
	}
	if b.HeldTo > b.EndsAt {
		one.Clear = time.Unix(b.HeldTo, 0).In(loc)
	}
	if !bool(b.Confidential) {
		one.Title, _ = b.Shown(who)
	}
	if one.Title != "" {
		one.Address = "/desk/bookings/" + b.ID
	}
	return one
}

// through are the times at which a room is taken because another is that shares a part with it: the hall's in the columns
// of its parts, and those of its parts, as one where they meet, in the hall's.
func (d Day) through() []Block {
	var list []Block
	for i, s := range d.Spaces {
		var own []Block
		for _, b := range d.Blocks {
			if b.Space.ID == s.ID || !s.Shares(b.Space) {
				continue
			}
			if k := len(own) - 1; k >= 0 && b.Row < own[k].Row+own[k].Span { // those of the day are by start
				last := &own[k]
				last.Span = max(last.Span, b.Row+b.Span-last.Row)
				if b.End.After(last.End) {
					last.End = b.End
				}
				if !slices.ContainsFunc(last.Through, func(x Space) bool { return x.ID == b.Space.ID }) {
					last.Through = append(last.Through, b.Space)
				}
				continue
			}
			own = append(own, Block{Start: b.Start, End: b.End, Column: i + 1, Row: b.Row, Span: b.Span, Space: s, Through: []Space{b.Space}})
		}
		list = append(list, own...)
	}
	return list
}

// How many rooms stand beside each other: up to mostBeside in one grid, of more so many in each.
const mostBeside, beside = 12, 8

// Sheets are the day in grids of few enough rooms to stand beside each other.
func (d Day) Sheets() []Day {
	if len(d.Spaces) <= mostBeside {
		return []Day{d}
	}
	var list []Day
	for first := 0; first < len(d.Spaces); first += beside {
		sheet := d
		sheet.Spaces, sheet.Blocks = d.Spaces[first:min(first+beside, len(d.Spaces))], nil
		for _, b := range d.Blocks {
			if b.Column > first && b.Column <= first+beside {
				b.Column -= first
				sheet.Blocks = append(sheet.Blocks, b)
			}
		}
		list = append(list, sheet)
	}
	return list
}

// Week is what a centre's rooms hold on seven local days.
type Week struct {
	Days   []WeekDay // from Monday
	Spaces []Space   // the centre's, to choose one
	Space  string    // only this one; empty: all
}

// WeekDay is one of them.
type WeekDay struct {
	Date   time.Time // midnight, in the centre's zone
	Closed *network.Closure
	Blocks []Block // by start; not placed
}

// monday is the first midnight of the date's week.
func monday(date time.Time) time.Time {
	return date.AddDate(0, 0, -(int(date.Weekday())+6)%7)
}

// WeekOf lays the bookings of the seven days out by day and start. A booking over midnight stands on both days.
func WeekOf(first time.Time, spaces []Space, list []Booking, who Reader) Week {
	loc := first.Location()
	known := map[string]Space{}
	for _, s := range spaces {
		known[s.ID] = s
	}
	w := Week{Spaces: spaces, Days: make([]WeekDay, 7)}
	for i := range w.Days {
		w.Days[i].Date = first.AddDate(0, 0, i)
	}
	for _, b := range list {
		space, ok := known[b.SpaceID]
		if !ok {
			continue
		}
		one := blockOf(b, space, who, loc)
		for i := range w.Days {
			if one.Start.Before(w.Days[i].Date.AddDate(0, 0, 1)) && one.End.After(w.Days[i].Date) {
				w.Days[i].Blocks = append(w.Days[i].Blocks, one)
			}
		}
	}
	return w
}

// closedOn is the closure that holds the local date, or nil.
func closedOn(list []network.Closure, date time.Time) *network.Closure {
	day := date.Format(time.DateOnly)
	for i := range list {
		if list[i].FromDate <= day && day <= list[i].ToDate {
			return &list[i]
		}
	}
	return nil
}
