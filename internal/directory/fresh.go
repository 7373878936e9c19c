package directory

import (
	"time"

	"kvart/internal/platform/clock"
)

// What "fresh" means, in days since somebody last said that an entry is right.
const (
	AskAfter   = 150 // the organisation is asked whether it still is
	RemindEach = 14  // and reminded, while nobody answers
	MostAsked  = 3   // times; after that the centre is asked to phone
	OldAfter   = 365 // visitors are told that it has not been confirmed for so long
)

// Age is how old an entry's assurance is on a local date.
type Age struct {
	Known bool
	Days  int
	Old   bool // it has not been confirmed for a year, or never
}

// AgeOf is the age on the local date of an entry assured on another. What is no date is not known; one to come is today.
func AgeOf(assured, today string) Age {
	a, errA := time.Parse(time.DateOnly, assured)
	t, errT := time.Parse(time.DateOnly, today)
	if errA != nil || errT != nil {
		return Age{Old: true}
	}
	days := max(0, int(t.Sub(a).Hours()/24))
	return Age{Known: true, Days: days, Old: days > OldAfter}
}

// Weight is what a hit's score is multiplied with for its age: 1 up to AskAfter, sinking to 0.6 at two years and for what
// nobody ever confirmed, and a little lower for each time it was asked about in vain.
func Weight(a Age, asked int) float64 {
	w := 0.6
	if a.Known {
		switch {
		case a.Days <= AskAfter:
			w = 1
		case a.Days < 2*OldAfter:
			w = 1 - 0.4*float64(a.Days-AskAfter)/float64(2*OldAfter-AskAfter)
		}
	}
	return w * (1 - 0.05*float64(min(asked, 4)))
}

// today is the local date at now in the zone.
func today(now time.Time, zone string) string { return now.In(clock.Zone(zone)).Format(time.DateOnly) }
