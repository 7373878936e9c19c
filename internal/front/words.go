package front

import (
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/web"
)

// questions are the ordinary ones, in the order of the page.
var questions = []string{"account", "cost", "phone", "late", "bring", "access", "run", "help"}

// dial is a number as a telephone takes it.
func dial(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, s)
}

// hours are the weekly opening hours, one line a weekday.
func hours(r *web.Request, c network.Centre) []string {
	var list []string
	for day := 1; day <= 7; day++ {
		var spans []string
		for _, h := range c.Hours {
			if h.Weekday != day {
				continue
			}
			opens, err := time.Parse("15:04", h.Opens)
			closes, err2 := time.Parse("15:04", h.Closes)
			if err == nil && err2 == nil {
				spans = append(spans, r.Span(opens, closes))
			}
		}
		if len(spans) > 0 {
			list = append(list, r.Weekday(time.Weekday(day%7))+" "+strings.Join(spans, ", "))
		}
	}
	return list
}

// closure is a span of closed days with its reason.
func closure(r *web.Request, x network.Closure) string {
	from, err := time.Parse(time.DateOnly, x.FromDate)
	to, err2 := time.Parse(time.DateOnly, x.ToDate)
	if err != nil || err2 != nil {
		return r.Pick(x.Reason)
	}
	s := r.Day(from)
	if x.ToDate != x.FromDate {
		s += " – " + r.Day(to)
	}
	if why := r.Pick(x.Reason); why != "" {
		s += ": " + why
	}
	return s
}

// checked says on which day somebody looked.
func checked(r *web.Request, a network.Access) string {
	t, err := time.Parse(time.DateOnly, a.CheckedOn)
	if err != nil {
		return ""
	}
	return r.T("front.access.checked", "date", r.Date(t))
}

// growing are the names of the areas the network plans to grow to.
func growing(r *web.Request, areas []network.Area) []string {
	var list []string
	for _, a := range areas {
		if a.Growth {
			list = append(list, r.Pick(a.Name))
		}
	}
	return list
}
