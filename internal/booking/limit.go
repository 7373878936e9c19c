package booking

import (
	"fmt"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/fault"
)

// Limits are what one organisation may hold at a centre, so that who books first does not book all. 0 is no limit.
type Limits struct {
	WeekMinutes int `db:"week_minutes"` // in one week, Monday to Sunday
	WeeksAhead  int `db:"weeks_ahead"`
	PrimeShare  int `db:"prime_share"` // percent of the prime time of all rooms in one week
}

// None says whether nothing is limited.
func (l Limits) None() bool { return l == Limits{} }

// Prime is the time that everybody wants, of a centre's rooms.
type Prime struct {
	Hours network.HoursList
	Rooms int // that can be booked
	Zone  *time.Location
}

// Names of the rules.
const (
	RuleWeek  = "week"
	RuleAhead = "ahead"
	RulePrime = "prime"
)

// Excess is a limit that would be passed.
type Excess struct {
	Rule  string
	Week  time.Time // Monday of the week; of RuleAhead: the first moment that is too far
	Limit int       // minutes; of RuleAhead: weeks
	Held  int       // minutes held already
	Left  int       // minutes that may still be held
}

// Check returns the limits that holding the wanted intervals beside the held ones would pass, soonest first: an empty list
// where none is. What counts is the time from start to end, without set-up and clear-up; weeks and prime time are local.
func (l Limits) Check(p Prime, held, wanted []Interval, now time.Time) []Excess {
	var list []Excess
	if l.WeeksAhead > 0 {
		n := now.In(p.Zone)
		far := time.Date(n.Year(), n.Month(), n.Day()+7*l.WeeksAhead+1, 0, 0, 0, 0, p.Zone)
		for _, i := range wanted {
			if !i.Start.Before(far) {
				list = append(list, Excess{Rule: RuleAhead, Week: far, Limit: l.WeeksAhead})
				break
			}
		}
	}
	for _, monday := range weeksOf(wanted, p.Zone) {
		week := Interval{monday, monday.AddDate(0, 0, 7)}
		if l.WeekMinutes > 0 {
			have, want := minutesIn(held, week), minutesIn(wanted, week)
			if have+want > l.WeekMinutes {
				list = append(list, Excess{RuleWeek, monday, l.WeekMinutes, have, max(0, l.WeekMinutes-have)})
			}
		}
		if l.PrimeShare > 0 && len(p.Hours) > 0 {
			limit := p.Minutes(week) * p.Rooms * l.PrimeShare / 100
			have, want := 0, 0
			for _, i := range held {
				have += p.Minutes(i.cut(week))
			}
			for _, i := range wanted {
				want += p.Minutes(i.cut(week))
			}
			if want > 0 && have+want > limit {
				list = append(list, Excess{RulePrime, monday, limit, have, max(0, limit-have)})
			}
		}
	}
	return list
}

// Minutes are those of the interval that lie in prime time.
func (p Prime) Minutes(i Interval) int {
	if !i.Start.Before(i.End) {
		return 0
	}
	n, start := 0, i.Start.In(p.Zone)
	for day := time.Date(start.Year(), start.Month(), start.Day()-1, 0, 0, 0, 0, p.Zone); day.Before(i.End); day = day.AddDate(0, 0, 1) {
		for _, h := range p.Hours {
			if h.Weekday != (int(day.Weekday())+6)%7+1 {
				continue
			}
			opens, errO := at(day.Format(time.DateOnly), h.Opens, p.Zone)
			closing := day
			if h.Closes <= h.Opens {
				closing = day.AddDate(0, 0, 1)
			}
			closes, errC := at(closing.Format(time.DateOnly), h.Closes, p.Zone)
			if errO == nil && errC == nil {
				n += minutes(i.cut(Interval{opens, closes}))
			}
		}
	}
	return n
}

// cut is what of the interval lies in the span; one that begins where it ends is nothing.
func (i Interval) cut(span Interval) Interval {
	if i.Start.Before(span.Start) {
		i.Start = span.Start
	}
	if i.End.After(span.End) {
		i.End = span.End
	}
	if i.End.Before(i.Start) {
		i.End = i.Start
	}
	return i
}

func minutes(i Interval) int { return int(i.End.Sub(i.Start) / time.Minute) }

func minutesIn(list []Interval, span Interval) (n int) {
	for _, i := range list {
		n += minutes(i.cut(span))
	}
	return n
}

// Monday is the beginning of the local week.
func Monday(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	return time.Date(t.Year(), t.Month(), t.Day()-(int(t.Weekday())+6)%7, 0, 0, 0, 0, zone)
}

// weeksOf are the Mondays of the weeks that the intervals touch, each once, in order.
func weeksOf(list []Interval, zone *time.Location) []time.Time {
	var weeks []time.Time
	for _, i := range list {
		for m := Monday(i.Start, zone); m.Before(i.End); m = m.AddDate(0, 0, 7) {
			at := len(weeks)
			for at > 0 && weeks[at-1].After(m) {
				at--
			}
			if at > 0 && weeks[at-1].Equal(m) {
				continue
			}
			weeks = append(weeks[:at], append([]time.Time{m}, weeks[at:]...)...)
		}
	}
	return weeks
}

// Length is so many minutes in every language: "1 h 30 min".
func Length(minutes int) string {
	switch h, m := minutes/60, minutes%60; {
	case m == 0:
		return fmt.Sprintf("%d h", h)
	case h == 0:
		return fmt.Sprintf("%d min", m)
	default:
		return fmt.Sprintf("%d h %d min", h, m)
	}
}

// Fault is what the limit says to who asked: the number and what is left. day writes a date in the reader's language.
func (e Excess) Fault(day func(time.Time) string) *fault.Error {
	return fault.Invalid("sharing.limit."+e.Rule, "week", day(e.Week), "limit", e.limit(), "held", Length(e.Held), "left", Length(e.Left), "n", e.Limit)
}

func (e Excess) limit() string {
	if e.Rule == RuleAhead {
		return number(e.Limit)
	}
	return Length(e.Limit)
}

// Exceeded returns Invalid with the list as its detail, or nil where it is empty.
func Exceeded(list []Excess) error {
	if len(list) == 0 {
		return nil
	}
	return list[0].Fault(func(t time.Time) string { return t.Format(time.DateOnly) }).With(list)
}
