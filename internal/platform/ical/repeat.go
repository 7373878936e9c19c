package ical

import (
	"time"

	"kvart/internal/platform/fault"
)

// MaxRepeat is the most dates Repeat makes.
const MaxRepeat = 400

// Repeat gives the starts of a series every so many weeks, at the same hour on the wall whatever the clocks do.
//
// start and until are days such as "2026-11-26", clock is "18:00", zone an IANA name, everyWeeks 1 to 52. Either
// until (that day included) or count says where the series ends; the other is "" or 0. It returns Invalid for
// anything else, and for more than MaxRepeat dates. An hour that the change to summer time leaves out becomes the one
// after it, an hour that comes twice is the first (RFC 5545 section 3.3.5).
func Repeat(start, clock, zoneName string, everyWeeks int, until string, count int) ([]time.Time, error) {
	day, err := time.Parse(time.DateOnly, start)
	if err != nil || day.Year() < 1970 || day.Year() > 2200 {
		return nil, fault.Invalid("ical.repeat.start", "value", start).Because(err)
	}
	hour, err := time.Parse("15:04", clock)
	if err != nil {
		return nil, fault.Invalid("ical.repeat.clock", "value", clock).Because(err)
	}
	loc, err := loadZone(zoneName)
	if err != nil {
		return nil, fault.Invalid("ical.repeat.zone", "value", zoneName).Because(err)
	}
	if everyWeeks < 1 || everyWeeks > 52 {
		return nil, fault.Invalid("ical.repeat.weeks")
	}
	switch {
	case (until == "") == (count == 0), count < 0:
		return nil, fault.Invalid("ical.repeat.end")
	case count > MaxRepeat:
		return nil, fault.Invalid("ical.repeat.too_many", "max", MaxRepeat)
	case until != "":
		last, err := time.Parse(time.DateOnly, until)
		if err != nil {
			return nil, fault.Invalid("ical.repeat.until", "value", until).Because(err)
		}
		if last.Before(day) {
			return nil, fault.Invalid("ical.repeat.until_before_start")
		}
		if last.Year() > 2300 {
			return nil, fault.Invalid("ical.repeat.too_many", "max", MaxRepeat)
		}
		count = int(last.Sub(day)/(24*time.Hour))/(7*everyWeeks) + 1
		if count > MaxRepeat {
			return nil, fault.Invalid("ical.repeat.too_many", "max", MaxRepeat)
		}
	}
	z := zone{loc: loc, show: loc}
	wall := time.Date(day.Year(), day.Month(), day.Day(), hour.Hour(), hour.Minute(), 0, 0, time.UTC)
	starts := make([]time.Time, count)
	for i := range starts {
		starts[i] = z.at(wall.AddDate(0, 0, 7*everyWeeks*i))
	}
	return starts, nil
}
