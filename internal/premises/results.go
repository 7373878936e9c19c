package premises

import (
	"kvart/internal/platform/db"
	"kvart/internal/programme"
)

// Results are what Kvart itself knows of a year: totals only, and no number about fewer people than the network tells.
type Results struct {
	Sessions int     `db:"sessions"`
	Recorded int     `db:"recorded"` // of them, those whose attendance was recorded
	Minutes  int64   `db:"minutes"`
	Came     *int    `db:"came"` // people, counted each time they came; nil: fewer than may be told
	Few      db.Bool `db:"few"`  // the attendances of an activity with fewer than may be told are left out
}

// Hours is the time held, to the nearest hour.
func (r Results) Hours() int { return int((r.Minutes + 30) / 60) }

// Sum adds up what the activities held. The attendances of an activity that had some, but fewer than the threshold, are
// left out, so that no sum of one activity more or less tells them; where nothing is left no number is told.
func Sum(held []programme.Held, threshold int) Results {
	var r Results
	came, left := 0, 0
	for _, h := range held {
		r.Sessions += h.Sessions
		r.Recorded += h.Recorded
		r.Minutes += h.Seconds / 60
		if h.Came > 0 && h.Came < threshold {
			left++
		} else {
			came += h.Came
		}
	}
	r.Few = left > 0
	if came > 0 || left == 0 {
		r.Came = &came
	}
	return r
}
