package directory

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"kvart/internal/hsds"
	"kvart/internal/platform/db"
)

// Hours is a span of one day, both ends as HH:MM.
type Hours struct{ From, To string }

// Week is hours as a table of weekdays, Monday first: what most people mean when they say when.
type Week [7][]Hours

// mostSpans is how many spans of one weekday the table has room for.
const mostSpans = 6

// weekly says whether the table can say all of the schedule: each week on its days, from and to a time, and nothing else.
func weekly(h hsds.Schedule) bool {
	days := listOf(h.ByDay)
	_, okA := Clock(h.OpensAt)
	_, okB := Clock(h.ClosesAt)
	if h.Freq != "WEEKLY" || len(days) == 0 || !okA || !okB || h.Interval != nil && *h.Interval != 1 {
		return false
	}
	for _, d := range days {
		if !slices.Contains(weekdays, d) {
			return false
		}
	}
	rest := h
	rest.ID, rest.ServiceID, rest.LocationID, rest.ServiceAtLocationID = "", "", "", ""
	rest.Freq, rest.ByDay, rest.OpensAt, rest.ClosesAt, rest.Interval, rest.Wkst, rest.Timezone = "", "", "", "", nil, "", nil
	return reflect.DeepEqual(rest, hsds.Schedule{})
}

// WeekOf is the table of what it can say of the schedules, and the others as they are.
func WeekOf(list []hsds.Schedule) (w Week, others []hsds.Schedule) {
	for _, h := range list {
		if !weekly(h) {
			others = append(others, h)
			continue
		}
		one := Hours{clockOf(h.OpensAt), clockOf(h.ClosesAt)}
		for _, d := range listOf(h.ByDay) {
			i := slices.Index(weekdays, d)
			if !slices.Contains(w[i], one) {
				w[i] = append(w[i], one)
			}
		}
	}
	for i := range w {
		slices.SortFunc(w[i], func(a, b Hours) int { return strings.Compare(a.From+a.To, b.From+b.To) })
	}
	return w, others
}

// clockOf is a time of day without seconds and zone.
func clockOf(s string) string {
	m, ok := Clock(s)
	if !ok {
		return s
	}
	return fmt.Sprintf("%02d:%02d", m/60, m%60)
}

// Schedules are the table in the words of HSDS: one schedule for all days with the same hours. What the service had keeps
// its id where its hours stay.
func (w Week) Schedules(had []hsds.Schedule) []hsds.Schedule {
	var list []hsds.Schedule
	at := map[Hours]int{}
	taken := map[string]bool{}
	for i, spans := range w {
		for _, h := range spans {
			if n, ok := at[h]; ok {
				list[n].ByDay += "," + weekdays[i]
				continue
			}
			one := hsds.Schedule{Freq: "WEEKLY", ByDay: weekdays[i], OpensAt: h.From, ClosesAt: h.To}
			for _, x := range had {
				if weekly(x) && !taken[x.ID] && clockOf(x.OpensAt) == h.From && clockOf(x.ClosesAt) == h.To {
					one.ID = x.ID
					break
				}
			}
			if one.ID == "" {
				one.ID = db.NewID()
			}
			taken[one.ID] = true
			at[h] = len(list)
			list = append(list, one)
		}
	}
	return list
}

// spans is the most of one day.
func (w Week) spans() int {
	n := 0
	for _, d := range w {
		n = max(n, len(d))
	}
	return n
}
