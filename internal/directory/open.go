package directory

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/hsds"
	"kvart/internal/network"
)

// Openness says whether a service can be used at a moment, as far as its schedules tell.
type Openness struct {
	Known   bool      // its schedules say something for some day of the next two weeks
	Open    bool      // now
	Holiday bool      // today is a public holiday: whether it is open has to be asked
	Next    time.Time // it closes, or opens next; zero when not within two weeks, or where it is Always open
	Always  bool      // it is open, and does not close within a day and a night
}

var weekdays = []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}

// Schedules are those of the place, of its location where it has none of its own, and of the service where neither has.
func (p Place) schedules(s Service) []hsds.Schedule {
	switch {
	case len(p.Schedules) > 0:
		return p.Schedules
	case len(p.At.Schedules) > 0:
		return p.At.Schedules
	}
	return s.Schedules
}

// Hours are all schedules by which it can be used: those of its places, or its own where it has no place.
func (s Service) Hours() []hsds.Schedule {
	if len(s.Places) == 0 {
		return s.Schedules
	}
	var list []hsds.Schedule
	for _, p := range s.Places {
		for _, one := range p.schedules(s) {
			if !slices.ContainsFunc(list, func(x hsds.Schedule) bool { return x.ID == one.ID }) {
				list = append(list, one)
			}
		}
	}
	return list
}

// OpenAt computes the openness from weekly and monthly hours at now, a local time. On a Croatian public holiday no hours are
// promised: the schedule of HSDS cannot say them.
func OpenAt(list []hsds.Schedule, now time.Time) Openness {
	var o Openness
	for ahead := -1; ahead < 15; ahead++ {
		day := time.Date(now.Year(), now.Month(), now.Day()+ahead, 12, 0, 0, 0, now.Location())
		holiday := network.HolidayOn(day.Format(time.DateOnly)) != nil
		if ahead == 0 && holiday {
			o.Holiday = true
		}
		for _, h := range list {
			if !On(h, day) {
				continue
			}
			from, to, ok := span(h, day)
			if !ok {
				continue
			}
			o.Known = true
			if holiday {
				continue
			}
			if !now.Before(from) && now.Before(to) {
				return openUntil(list, now, to)
			}
			if from.After(now) && (o.Next.IsZero() || from.Before(o.Next)) {
				o.Next = from
			}
		}
		if ahead >= 0 && !o.Next.IsZero() {
			break
		}
	}
	return o
}

// openUntil is open from now to when the hours end that follow each other without a break, of which some end at to. What goes
// on for more than a day and a night does not close.
func openUntil(list []hsds.Schedule, now, to time.Time) Openness {
	for again := true; again && to.Sub(now) <= 24*time.Hour; {
		again = false
		for ahead := -1; ahead <= 2; ahead++ {
			day := time.Date(now.Year(), now.Month(), now.Day()+ahead, 12, 0, 0, 0, now.Location())
			if network.HolidayOn(day.Format(time.DateOnly)) != nil {
				continue
			}
			for _, h := range list {
				if from, end, ok := span(h, day); ok && On(h, day) && !from.After(to) && end.After(to) {
					to, again = end, true
				}
			}
		}
	}
	if to.Sub(now) > 24*time.Hour {
		return Openness{Known: true, Open: true, Always: true}
	}
	return Openness{Known: true, Open: true, Next: to}
}

// OpenAt is its openness at the local time. What is closed for now is not open, whatever its hours say.
func (s Service) OpenAt(now time.Time) Openness {
	o := OpenAt(s.Hours(), now)
	if s.Status == "temporarily closed" {
		o.Open, o.Always, o.Next = false, false, time.Time{}
	}
	return o
}

// span is from when to when the schedule is open on the day. Closing at or before opening is on the day after; a schedule
// without a time of day says nothing of hours.
func span(h hsds.Schedule, day time.Time) (from, to time.Time, ok bool) {
	a, okA := Clock(h.OpensAt)
	b, okB := Clock(h.ClosesAt)
	if !okA || !okB {
		return from, to, false
	}
	at := func(minutes int) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day(), 0, minutes, 0, 0, day.Location())
	}
	if b <= a {
		b += 24 * 60
	}
	return at(a), at(b), true
}

// Clock is a time of day, HH:MM with or without seconds and a zone behind it, in minutes since midnight; 24:00 is 1440.
func Clock(s string) (minutes int, ok bool) {
	if len(s) < 5 || s[2] != ':' {
		return 0, false
	}
	h, errH := strconv.Atoi(s[:2])
	m, errM := strconv.Atoi(s[3:5])
	if errH != nil || errM != nil || h < 0 || m < 0 || m > 59 || h > 24 || h == 24 && m > 0 {
		return 0, false
	}
	return h*60 + m, true
}

// On says whether the schedule has the local day: freq WEEKLY with byday, or MONTHLY with bymonthday or byday such as 1TU
// (RFC 5545 section 3.3.10), each interval-th week or month since dtstart, as often as count says. Without freq it is each day
// of its span.
func On(h hsds.Schedule, day time.Time) bool {
	if !on(h, day) {
		return false
	}
	start, err := time.Parse(time.DateOnly, h.DTStart)
	if h.Count == nil || *h.Count < 1 || err != nil {
		return true
	}
	date, n := day.Format(time.DateOnly), 0.0
	for d := start; n <= *h.Count && d.Sub(start) < mostCounted; d = d.AddDate(0, 0, 1) {
		if on(h, d) {
			n++
		}
		if d.Format(time.DateOnly) == date {
			return n <= *h.Count
		}
	}
	return false
}

// mostCounted is how long hours are looked through that a number of times ends.
const mostCounted = 10 * 366 * 24 * time.Hour

// on is On but for count.
func on(h hsds.Schedule, day time.Time) bool {
	date := day.Format(time.DateOnly)
	for _, from := range []string{h.ValidFrom, h.DTStart} {
		if from != "" && date < from {
			return false
		}
	}
	for _, to := range []string{h.ValidTo, h.Until} {
		if to != "" && date > to {
			return false
		}
	}
	start, err := time.Parse(time.DateOnly, h.DTStart)
	if err != nil {
		start, err = time.Parse(time.DateOnly, h.ValidFrom)
	}
	interval := 1
	if h.Interval != nil && *h.Interval >= 2 && *h.Interval < 1000 && err == nil {
		interval = int(*h.Interval)
	}
	days := listOf(h.ByDay)
	switch h.Freq {
	case "WEEKLY":
		if len(days) == 0 && err == nil {
			days = []string{weekdays[isoDay(start)-1]}
		}
		if !slices.Contains(days, weekdays[isoDay(day)-1]) {
			return false
		}
		if interval == 1 {
			return true
		}
		monday := func(t time.Time) int64 { // the number of the week
			t = time.Date(t.Year(), t.Month(), t.Day()-isoDay(t)+1, 0, 0, 0, 0, time.UTC)
			return t.Unix() / (7 * 86400)
		}
		return (monday(day)-monday(start))%int64(interval) == 0
	case "MONTHLY":
		if interval > 1 {
			months := (day.Year()-start.Year())*12 + int(day.Month()) - int(start.Month())
			if months%interval != 0 {
				return false
			}
		}
		last := time.Date(day.Year(), day.Month()+1, 0, 12, 0, 0, 0, day.Location()).Day()
		for _, d := range listOf(h.ByMonthDay) {
			n, err := strconv.Atoi(d)
			if err == nil && (n == day.Day() || n < 0 && last+1+n == day.Day()) {
				return true
			}
		}
		for _, d := range days {
			if len(d) < 2 || d[len(d)-2:] != weekdays[isoDay(day)-1] {
				continue
			}
			n, err := strconv.Atoi(strings.TrimPrefix(d[:len(d)-2], "+"))
			if d[:len(d)-2] == "" || err == nil && (n == (day.Day()-1)/7+1 || n < 0 && -n == (last-day.Day())/7+1) {
				return true
			}
		}
		return h.ByMonthDay == "" && len(days) == 0 && err == nil && start.Day() == day.Day()
	}
	return len(days) == 0 || slices.Contains(days, weekdays[isoDay(day)-1])
}

// listOf are the parts of a list with commas, in capitals, without spaces.
func listOf(s string) []string {
	var parts []string
	for _, p := range strings.Split(s, ",") {
		if p = strings.ToUpper(strings.TrimSpace(p)); p != "" {
			parts = append(parts, p)
		}
	}
	return parts
}

func isoDay(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }
