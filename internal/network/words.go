package network

import (
	"slices"
	"strings"
	"time"

	"kvart/internal/platform/web"
)

// opens says when a closed centre opens next, as people say it.
func opens(r *web.Request, c Centre, o Openness, now time.Time) string {
	if o.Next.IsZero() {
		return r.T("network.open.shut")
	}
	next, local := o.Next.In(c.Location()), now.In(c.Location())
	if near := r.Relative(next, local); near != "" {
		return r.T("network.open.near", "day", near, "clock", r.Clock(next))
	}
	return r.T("network.open.next", "when", r.When(next))
}

// weekLines are the weekly hours, a line a weekday: "ponedjeljak 10.00–20.00".
func weekLines(r *web.Request, hours HoursList) []string {
	var lines []string
	for weekday := 1; weekday <= 7; weekday++ {
		var spans []string
		for _, h := range hours {
			if h.Weekday == weekday {
				spans = append(spans, r.Span(clockTime(h.Opens), clockTime(h.Closes)))
			}
		}
		if len(spans) > 0 {
			slices.Sort(spans)
			lines = append(lines, r.Weekday(time.Weekday(weekday%7))+" "+strings.Join(spans, ", "))
		}
	}
	return lines
}

func clockTime(s string) time.Time {
	t, _ := time.Parse("15:04", s)
	return t
}

// day is a local date as people read it; what is no date is itself.
func day(r *web.Request, date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return r.Date(t)
}

// daysOf is a span of local dates, or its only one.
func daysOf(r *web.Request, from, to string) string {
	if to == from {
		return day(r, from)
	}
	return day(r, from) + " – " + day(r, to)
}

func holidayOptions(r *web.Request) []web.Option {
	var list []web.Option
	for _, x := range HolidayChoices {
		list = append(list, web.Option{Value: x, Label: r.T("network.holidays." + x), Hint: r.T("network.holidays." + x + ".hint")})
	}
	return list
}

func closureLine(r *web.Request, c Closure) string {
	s := r.T("network.closed_on", "days", daysOf(r, c.FromDate, c.ToDate))
	if !c.Reason.Empty() {
		s += " (" + r.Pick(c.Reason) + ")"
	}
	return s
}

// Dial is a telephone number as a link has it.
func Dial(s string) string {
	return strings.Map(func(x rune) rune {
		if x >= '0' && x <= '9' || x == '+' {
			return x
		}
		return -1
	}, s)
}

func paragraphs(s string) []string {
	var list []string
	for _, p := range strings.Split(s, "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			list = append(list, p)
		}
	}
	return list
}

func exampleNames(r *web.Request, areas []Area) string {
	var names []string
	for _, a := range areas {
		if bool(a.Example) {
			names = append(names, r.Pick(a.Name))
		}
	}
	return strings.Join(names, ", ")
}

func featureOptions(r *web.Request) []web.Option {
	var list []web.Option
	for _, f := range Features {
		list = append(list, web.Option{Value: f, Label: r.T("network.feature." + f)})
	}
	return list
}
