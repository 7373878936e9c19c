package desk

import (
	"slices"
	"strconv"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
)

// What a duty is.
const (
	opens  = "opens"
	closes = "closes"
)

// duty is a line of the roster of who unlocks a centre and who locks it: for a weekday ("1" is Monday), or for one local
// date, which goes before the weekday. On a date it may also say that nobody does.
type duty struct {
	Day       string  `db:"day"`
	What      string  `db:"what"`
	AccountID *string `db:"account_id"`
	Clock     string  `db:"clock"` // wall time; empty: with the centre's hours
}

// leave is an absence with its local dates, both included.
type leave struct {
	absence
	From string `db:"from_date"`
	To   string `db:"to_date"`
}

// awayOn are those on leave on the local date.
func awayOn(date string, list []leave) (away []absence) {
	for _, l := range list {
		if l.From <= date && date <= l.To {
			away = append(away, l.absence)
		}
	}
	return away
}

// doorkeeper is who opens or closes a centre on one day.
type doorkeeper struct {
	Account string // empty: nobody
	For     string // whom they stand in for, or who is away and has nobody to stand in
	Clock   string // wall time; empty: not known
}

// weekday is the roster's word for the date's weekday.
func weekday(date time.Time) string { return strconv.Itoa((int(date.Weekday())+6)%7 + 1) }

// onDuty says who opens, or closes, on the date: whom the date names, or else its weekday; while they are away, who stands
// in for them. Somebody who is no longer of the team opens nothing.
func onDuty(what string, date time.Time, roster []duty, away []absence, team []colleague) doorkeeper {
	line := func(day string) *duty {
		at := slices.IndexFunc(roster, func(d duty) bool { return d.Day == day && d.What == what })
		if at < 0 {
			return nil
		}
		return &roster[at]
	}
	d := line(date.Format(time.DateOnly))
	if d == nil {
		d = line(weekday(date))
	}
	if d == nil {
		return doorkeeper{}
	}
	k := doorkeeper{Clock: d.Clock}
	if d.AccountID == nil || !isOf(team, *d.AccountID) {
		return k
	}
	if k.Account = standsIn(*d.AccountID, away); k.Account != *d.AccountID {
		k.For = *d.AccountID
	}
	if !isOf(team, k.Account) {
		k.Account = ""
	}
	return k
}

func isOf(team []colleague, account string) bool {
	return slices.ContainsFunc(team, func(c colleague) bool { return c.ID == account })
}

// hoursOn are the centre's first opening and last closing clock on the date's weekday; empty where it does not open.
func hoursOn(c network.Centre, date time.Time) (from, to string) {
	for _, h := range c.Hours {
		if strconv.Itoa(h.Weekday) != weekday(date) {
			continue
		}
		if from == "" || h.Opens < from {
			from = h.Opens
		}
		if h.Closes > to || h.Closes <= h.Opens {
			to = h.Closes
		}
	}
	return from, to
}

// unopened are the starts of the first booking of each local day that has bookings, nobody who opens, and no closure.
func unopened(c network.Centre, list []booking.Booking, from time.Time, days int, roster []duty, leaves []leave, team []colleague, closed []network.Closure) (starts []time.Time) {
	loc := c.Location()
	for n := range days {
		date := time.Date(from.Year(), from.Month(), from.Day()+n, 0, 0, 0, 0, loc)
		day := date.Format(time.DateOnly)
		if slices.ContainsFunc(closed, func(x network.Closure) bool { return x.FromDate <= day && day <= x.ToDate }) {
			continue
		}
		if onDuty(opens, date, roster, awayOn(day, leaves), team).Account != "" {
			continue
		}
		at := slices.IndexFunc(list, func(b booking.Booking) bool {
			start := time.Unix(b.StartsAt, 0).In(loc)
			return start.Format(time.DateOnly) == day && start.After(from)
		})
		if at >= 0 {
			starts = append(starts, time.Unix(list[at].StartsAt, 0).In(loc))
		}
	}
	return starts
}
