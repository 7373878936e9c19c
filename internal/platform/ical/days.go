package ical

import (
	"strings"
	"time"

	"kvart/internal/platform/fault"
)

// Days is a whole-day event of a file, as calendars of holidays have them.
type Days struct {
	From, To string // local dates, both included
	Summary  string
	Line     int
}

const maxDays = 2000 // whole-day events with their repetitions

// ReadDays reads the whole-day events that touch a local date from the first given to the last, and says of all others
// why they were not taken. One that repeats every year is each of its years; other rules are not taken. What is no
// calendar is Invalid.
func ReadDays(data []byte, first, last string) (list []Days, skipped []Remark, err error) {
	r := &reader{opt: Options{MaxEvents: 5000}, timezones: map[string]*timezone{}, zones: map[string]zone{}}
	lines, _ := contentLines(data)
	if !r.parse(lines) {
		return nil, nil, fault.Invalid("ical.fault.not_a_calendar")
	}
	for _, e := range r.events {
		days, every, why := wholeDays(e)
		if why != "" {
			r.skip(e, why)
			continue
		}
		for {
			if days.To >= first && days.From <= last {
				if len(list) == maxDays {
					r.skip(nil, "ical.skip.too_many_events", "max", maxDays)
					return list, r.result.Skipped, nil
				}
				list = append(list, days)
			}
			if !every || days.From > last {
				break
			}
			days.From, days.To = nextYear(days.From), nextYear(days.To)
		}
	}
	return list, r.result.Skipped, nil
}

// wholeDays are the days of an event, whether they are those of every year, or the key of why it is left out.
func wholeDays(e *event) (d Days, every bool, why string) {
	read := func(name string) (time.Time, bool) {
		t, err := time.Parse("20060102", strings.TrimSpace(first(e.props, name).value))
		return t, err == nil && t.Year() >= 1900 && t.Year() <= 2200
	}
	if e.cancelled() {
		return d, false, "ical.skip.cancelled_day"
	}
	from, ok := read("DTSTART")
	if !ok {
		return d, false, "ical.skip.not_a_day"
	}
	to := from
	if len(e.props["DTEND"]) > 0 { // the day after the last (RFC 5545 section 3.6.1)
		end, ok := read("DTEND")
		if !ok {
			return d, false, "ical.skip.not_a_day"
		}
		if end.After(from) {
			to = end.AddDate(0, 0, -1)
		}
	}
	if to.Sub(from) > 366*24*time.Hour {
		return d, false, "ical.skip.not_a_day"
	}
	if rule := strings.ToUpper(strings.TrimSpace(first(e.props, "RRULE").value)); rule != "" {
		if every = strings.TrimSuffix(rule, ";INTERVAL=1") == "FREQ=YEARLY"; !every {
			return d, false, "ical.skip.day_rule"
		}
	}
	return Days{From: from.Format(time.DateOnly), To: to.Format(time.DateOnly), Summary: e.summary(), Line: e.line}, every, ""
}

func nextYear(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return t.AddDate(1, 0, 0).Format(time.DateOnly)
}
