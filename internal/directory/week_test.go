package directory_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kvart/internal/directory"
	"kvart/internal/hsds"
)

func TestWeek_saysTheSameHoursAsItsSchedules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w directory.Week
		for i := range w {
			for range rapid.IntRange(0, 3).Draw(t, "spans") {
				from := rapid.IntRange(0, 46).Draw(t, "from")
				h := directory.Hours{From: half(from), To: half(rapid.IntRange(from+1, 47).Draw(t, "to"))}
				if !slices.Contains(w[i], h) {
					w[i] = append(w[i], h)
				}
			}
			slices.SortFunc(w[i], func(a, b directory.Hours) int { return cmpHours(a, b) })
		}
		list := w.Schedules(nil)
		again, others := directory.WeekOf(list)
		if len(others) > 0 || !cmp.Equal(again, w) {
			t.Fatalf("%v became %v, others %v", w, again, others)
		}
		// Saved again without a change, every schedule keeps its id.
		if diff := cmp.Diff(list, again.Schedules(list)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func half(n int) string { return fmt.Sprintf("%02d:%02d", n/2, n%2*30) }

func cmpHours(a, b directory.Hours) int {
	if a.From+a.To < b.From+b.To {
		return -1
	}
	return 1
}

func TestWeek_leavesWhatATableCannotSayAsItIs(t *testing.T) {
	two := 2.0
	for name, h := range map[string]hsds.Schedule{
		"each second week": {ID: "a", Freq: "WEEKLY", ByDay: "MO", OpensAt: "09:00", ClosesAt: "12:00", Interval: &two},
		"monthly":          {ID: "a", Freq: "MONTHLY", ByDay: "1TU", OpensAt: "09:00", ClosesAt: "12:00"},
		"with a note":      {ID: "a", Freq: "WEEKLY", ByDay: "MO", OpensAt: "09:00", ClosesAt: "12:00", Description: "po dogovoru"},
		"for a while":      {ID: "a", Freq: "WEEKLY", ByDay: "MO", OpensAt: "09:00", ClosesAt: "12:00", ValidTo: "2026-12-31"},
		"without a time":   {ID: "a", Freq: "WEEKLY", ByDay: "MO"},
		"without a day":    {ID: "a", OpensAt: "09:00", ClosesAt: "12:00"},
	} {
		w, others := directory.WeekOf([]hsds.Schedule{h})
		if !cmp.Equal(w, directory.Week{}) || len(others) != 1 || !cmp.Equal(others[0], h) {
			t.Errorf("%s: %v, %v", name, w, others)
		}
	}
}
