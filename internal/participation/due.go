package participation

import (
	"time"

	"kvart/internal/network"
)

// FirstWordDays are the days within which the centre says a first word.
const FirstWordDays = 14

// mostDays is after how many days a clock that stands still is given up: a centre that is closed for so long announces it
// otherwise.
const mostDays = 3 * 366

// DueOn is the local date by which the first word is due: the fourteenth day after the one it was received on, not counting
// days on which the centre is closed, as far as that was announced by then: a closure that is entered afterwards hides no
// lateness. It is "" for what is no date.
func DueOn(received string, closures []network.Closure) string {
	d, err := time.Parse(time.DateOnly, received)
	if err != nil {
		return ""
	}
	for counted, all := 0, 0; counted < FirstWordDays && all < mostDays; all++ {
		d = d.AddDate(0, 0, 1)
		if !closed(d.Format(time.DateOnly), closures) {
			counted++
		}
	}
	return d.Format(time.DateOnly)
}

func closed(date string, closures []network.Closure) bool {
	for _, c := range closures {
		if c.FromDate <= date && date <= c.ToDate && c.AnnouncedOn <= date {
			return true
		}
	}
	return false
}

// Late says whether a first word was due before the local date and was not said.
func (p Proposal) Late(due, today string) bool {
	return p.State == Received && due < today
}

// daysUntil is how many days it is from one local date to another; negative: it is past.
func daysUntil(today, date string) int {
	from, err := time.Parse(time.DateOnly, today)
	if err != nil {
		return 0
	}
	to, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return 0
	}
	return int(to.Sub(from).Hours() / 24)
}
