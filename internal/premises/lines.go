package premises

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/i18n"
	"kvart/internal/programme"
)

// line is one field as it is copied into the city's application; several lines of text are parted by line ends.
type line struct{ Label, Value string }

// sheet is a request with what its page and its text file say.
type sheet struct {
	Request
	Centre       network.Centre
	Organisation string
	Committee    i18n.Text
	Titles       []i18n.Text // of the chosen activities
	Threshold    int
	Settings     Settings
	Demo         bool
}

// lines are the fields in the order of the page; what was left empty is left out.
func (v sheet) lines(p *i18n.Printer) []line {
	list := []line{
		{p.T("premises.organisation"), v.Organisation},
		{p.T("premises.centre"), v.Centre.Name},
		{p.T("premises.area"), v.committee(p)},
		{p.T("premises.place"), v.Place},
		{p.T("premises.address"), v.Address},
		{p.T("premises.slots"), strings.Join(v.slots(p), "\n")},
		{p.T("premises.period"), days(p, v.PeriodFrom, v.PeriodTo)},
		{p.T("premises.kind"), v.Kind},
		{p.T("premises.about"), v.About},
		{p.T("premises.members"), p.Number(int64(v.Members))},
		{p.T("premises.volunteers"), p.Number(int64(v.Volunteers))},
		{p.T("premises.contact"), v.Contact},
	}
	return slices.DeleteFunc(append(list, v.results(p)), func(l line) bool { return l.Value == "" })
}

func (v sheet) committee(p *i18n.Printer) string {
	s, _ := v.Committee.In(p.Lang())
	return s
}

// results are last year's, a line a number; nothing where Kvart knows of none.
func (v sheet) results(p *i18n.Printer) line {
	l := line{Label: p.T("premises.results", "days", days(p, v.ResultsFrom, v.ResultsTo))}
	if v.Sessions == 0 {
		return l
	}
	var titles []string
	for _, t := range v.Titles {
		s, _ := t.In(p.Lang())
		titles = append(titles, s)
	}
	var said []string
	if len(titles) > 0 {
		said = append(said, strings.Join(titles, ", "))
	}
	said = append(said, p.N("premises.results.sessions", v.Sessions), p.N("premises.results.hours", v.Hours()))
	switch {
	case v.Recorded == 0:
	case v.Came == nil:
		said = append(said, p.T("premises.results.fewer", "n", v.Threshold))
	default:
		said = append(said, p.N("premises.results.came", *v.Came))
	}
	l.Value = strings.Join(said, "\n")
	return l
}

func (r Request) slots(p *i18n.Printer) []string {
	var list []string
	for _, s := range r.Slots {
		list = append(list, s.say(p))
	}
	return list
}

// say is "utorak 18.00–20.00".
func (s Slot) say(p *i18n.Printer) string {
	return p.Weekday(time.Weekday(s.Weekday%7)) + " " + p.Span(clockTime(s.From), clockTime(s.To))
}

func clockTime(s string) time.Time {
	t, _ := time.Parse("15:04", s)
	return t
}

// day is a local date as people read it; what is no date is itself.
func day(p *i18n.Printer, s string) string {
	d, ok := date(s)
	if !ok {
		return s
	}
	return p.Date(d)
}

func days(p *i18n.Printer, from, to string) string { return day(p, from) + " – " + day(p, to) }

// text is the request as a file of plain text, with line ends that every editor knows.
func (v sheet) text(p *i18n.Printer) string {
	var b strings.Builder
	put := func(s string) { b.WriteString(strings.ReplaceAll(s, "\n", "\r\n") + "\r\n") }
	put(p.T("premises.one") + ": " + v.Place)
	if v.Demo {
		put(p.T("premises.sample"))
	}
	put("")
	for _, l := range v.lines(p) {
		put(l.Label + ":")
		put(l.Value)
		put("")
	}
	put(v.where(p))
	if v.Settings.Link != "" {
		put(v.Settings.Link)
	}
	return b.String()
}

// where says where the request is really made.
func (v sheet) where(p *i18n.Printer) string {
	if v.Settings.Name != "" {
		return p.T("premises.where.named", "name", v.Settings.Name)
	}
	return p.T("premises.where")
}

func slotField(name string, i int) string { return name + "-" + strconv.Itoa(i+1) }

func titles(all []programme.Activity, chosen []string) []i18n.Text {
	var list []i18n.Text
	for _, a := range all {
		if slices.Contains(chosen, a.ID) {
			list = append(list, a.Title)
		}
	}
	return list
}
