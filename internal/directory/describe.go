package directory

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/i18n"
)

// said is one field of an entry in words: as a page of its history shows it.
type said struct {
	Key   string // of the field; the same in every version
	Label string
	Value string
}

// glossary is what entries name by id.
type glossary struct {
	terms     *Taxonomies
	locations map[string]Location
	areas     []network.Area
}

// telling collects fields that have something to say.
type telling struct {
	*i18n.Printer
	list []said
}

func (w *telling) add(key, label, value string) {
	if value = strings.TrimSpace(value); value != "" {
		w.list = append(w.list, said{key, label, value})
	}
}

// texts adds a text in each language it is kept in.
func (w *telling) texts(field string, t i18n.Text) {
	for _, l := range i18n.All {
		label := w.T("directory.field." + field)
		if l != i18n.HR {
			label += " (" + string(l) + ")"
		}
		w.add(field+"."+string(l), label, t[l])
	}
}

func (w *telling) plain(field, value string) { w.add(field, w.T("directory.field."+field), value) }

// say is the service field by field, in the reader's words.
func (s Service) say(p *i18n.Printer, n glossary) []said {
	w := &telling{Printer: p}
	for _, f := range TextFields {
		w.texts(f, s.Text(f))
	}
	w.plain("status", p.T("directory.status."+strings.ReplaceAll(s.Status, " ", "_")))
	if s.Own.Cost != "" {
		w.plain("cost", p.T("directory.cost."+s.Own.Cost))
	}
	w.plain("ages", agesIn(p, s.MinimumAge, s.MaximumAge))
	var terms []string
	for _, id := range s.Terms() {
		if t := n.terms.Term(id); t != nil {
			terms = append(terms, p.Pick(t.Name))
		}
	}
	w.plain("terms", strings.Join(terms, ", "))
	w.plain("languages", languagesIn(p, s.Languages))
	w.plain("hours", hoursIn(p, s.Schedules))
	var places []string
	for _, at := range s.Places {
		l, ok := n.locations[at.LocationID]
		line := p.T("directory.place.gone")
		if ok {
			line = l.Line()
		}
		if more := hoursIn(p, at.Schedules); more != "" {
			line += ": " + more
		}
		if more := phonesIn(at.Phones); more != "" {
			line += ", " + more
		}
		places = append(places, line)
	}
	w.plain("places", strings.Join(places, "\n"))
	if first := s.Own.First; first.Name != "" {
		w.plain("first.name", p.T("directory.first.name."+first.Name))
	}
	if first := s.Own.First; first.Card != "" {
		w.plain("first.card", p.T("directory.first.card."+first.Card))
	}
	if first := s.Own.First; first.Along != "" {
		w.plain("first.along", p.T("directory.first.along."+first.Along))
	}
	var papers []string
	for _, d := range s.RequiredDocuments {
		papers = append(papers, d.Document)
	}
	w.plain("required_documents", strings.Join(papers, "\n"))
	w.plain("phones", phonesIn(s.Phones))
	w.plain("email", s.Email)
	w.plain("url", s.URL)
	w.plain("assured", assuredIn(p, s))
	return w.list
}

// say is the organisation field by field.
func (o Organisation) say(p *i18n.Printer, centres map[string]string) []said {
	w := &telling{Printer: p}
	w.plain("organisation", o.Name)
	for _, l := range i18n.All {
		t := o.Description
		if l != o.Lang {
			t = o.Texts[l]["description"]
		}
		label := p.T("directory.field.about")
		if l != i18n.HR {
			label += " (" + string(l) + ")"
		}
		w.add("about."+string(l), label, t)
	}
	w.plain("kind", p.T("directory.kind."+o.Kind))
	reach := p.T("directory.reach." + o.Reach)
	if o.Reach == Direct && o.Kind == "initiative" {
		reach += ", " + p.T("directory.reach.until", "day", dayIn(p, o.ReachUntil))
	}
	w.plain("reach", reach)
	if o.CentreID != nil {
		w.plain("centre", centres[*o.CentreID])
	}
	w.plain("phones", phonesIn(o.Phones))
	w.plain("email", o.Email)
	w.plain("website", o.Website)
	w.plain("ask_email", o.AskEmail)
	return w.list
}

// say is the location field by field.
func (l Location) say(p *i18n.Printer, n glossary) []said {
	w := &telling{Printer: p}
	w.plain("location", l.Name)
	w.plain("address", l.Line())
	w.plain("way", l.Transportation)
	if l.AreaID != nil {
		for _, a := range n.areas {
			if a.ID == *l.AreaID {
				w.plain("area", p.Pick(a.Name))
			}
		}
	}
	if l.Latitude != nil && l.Longitude != nil {
		w.plain("point", strconv.FormatFloat(*l.Latitude, 'f', -1, 64)+", "+strconv.FormatFloat(*l.Longitude, 'f', -1, 64))
	}
	for _, a := range l.Access {
		w.add("access."+a.Feature, p.T("network.access."+a.Feature), p.T("network.access.state."+a.State))
	}
	return w.list
}

// differences are the fields in which two lists say another thing, in their order: what was, and what is.
func differences(was, is []said) []difference {
	var list []difference
	value := func(all []said, key string) string {
		for _, x := range all {
			if x.Key == key {
				return x.Value
			}
		}
		return ""
	}
	for _, x := range is {
		if old := value(was, x.Key); old != x.Value {
			list = append(list, difference{x.Label, old, x.Value})
		}
	}
	for _, x := range was {
		if !slices.ContainsFunc(is, func(y said) bool { return y.Key == x.Key }) {
			list = append(list, difference{x.Label, x.Value, ""})
		}
	}
	return list
}

// difference is one field that was changed.
type difference struct{ Label, Was, Is string }

func dayIn(p *i18n.Printer, date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return p.DayYear(t)
}

func assuredIn(p *i18n.Printer, s Service) string {
	if s.AssuredDate == "" || s.AssuredBy == "" {
		return dayIn(p, s.AssuredDate)
	}
	return dayIn(p, s.AssuredDate) + ", " + p.T("directory.by."+s.AssuredBy)
}

func agesIn(p *i18n.Printer, low, high *float64) string {
	number := func(f *float64) string { return strconv.FormatFloat(*f, 'f', -1, 64) }
	switch {
	case low != nil && high != nil:
		return p.T("directory.ages.between", "low", number(low), "high", number(high))
	case low != nil:
		return p.T("directory.ages.from", "low", number(low))
	case high != nil:
		return p.T("directory.ages.to", "high", number(high))
	}
	return ""
}

func languagesIn(p *i18n.Printer, list []hsds.Language) string {
	var all []string
	for _, l := range list {
		switch {
		case slices.Contains(Spoken, l.Code):
			all = append(all, p.T("directory.find.spoken."+l.Code))
		case l.Name != "":
			all = append(all, l.Name)
		default:
			all = append(all, l.Code)
		}
	}
	return strings.Join(all, ", ")
}

// Spoken are the languages that the form offers, by code: those most asked for in Zagreb, and Croatian sign language.
var Spoken = []string{"hr", "en", "nb", "de", "it", "fr", "es", "uk", "ru", "sq", "ar", "fa", "tr", "rom", "csq"}

func phonesIn(list []hsds.Phone) string {
	var all []string
	for _, p := range list {
		one := p.Number
		if p.Description != "" {
			one += " (" + p.Description + ")"
		}
		all = append(all, one)
	}
	return strings.Join(all, ", ")
}

// hoursIn are schedules in words, one a line.
func hoursIn(p *i18n.Printer, list []hsds.Schedule) string {
	week, others := WeekOf(list)
	var lines []string
	for i, spans := range week {
		var all []string
		for _, h := range spans {
			all = append(all, h.From+"–"+h.To)
		}
		if len(all) > 0 {
			lines = append(lines, p.Weekday(time.Weekday((i+1)%7))+" "+strings.Join(all, ", "))
		}
	}
	for _, h := range others {
		lines = append(lines, scheduleIn(p, h))
	}
	return strings.Join(lines, "\n")
}

// scheduleIn is a schedule that no weekly table can say.
func scheduleIn(p *i18n.Printer, h hsds.Schedule) string {
	var parts []string
	var days []string
	for _, d := range listOf(h.ByDay) {
		if len(d) < 2 || !slices.Contains(weekdays, d[len(d)-2:]) {
			continue
		}
		day := p.Weekday(time.Weekday((slices.Index(weekdays, d[len(d)-2:]) + 1) % 7))
		switch n := strings.TrimPrefix(d[:len(d)-2], "+"); {
		case n == "-1":
			day = p.T("directory.hours.last", "day", day)
		case n != "":
			day = p.T("directory.hours.nth", "n", n, "day", day)
		}
		days = append(days, day)
	}
	switch {
	case h.Freq == "MONTHLY" && h.ByMonthDay != "":
		parts = append(parts, p.T("directory.hours.monthly", "days", h.ByMonthDay))
	case h.Freq == "MONTHLY":
		parts = append(parts, p.T("directory.hours.monthly", "days", strings.Join(days, ", ")))
	case len(days) > 0:
		parts = append(parts, strings.Join(days, ", "))
	}
	if h.Interval != nil && *h.Interval > 1 {
		parts = append(parts, p.T("directory.hours.each", "n", int(*h.Interval)))
	}
	if h.OpensAt != "" {
		parts = append(parts, clockOf(h.OpensAt)+"–"+clockOf(h.ClosesAt))
	}
	if h.ValidFrom != "" || h.ValidTo != "" {
		parts = append(parts, dayIn(p, h.ValidFrom)+" – "+dayIn(p, h.ValidTo))
	}
	for _, s := range []string{h.Description, h.Notes} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if len(parts) == 0 {
		return p.T("directory.hours.other")
	}
	return strings.Join(parts, ", ")
}

// entry is what a version holds.
func entry[T any](v Version) (T, error) {
	var one T
	err := json.Unmarshal([]byte(v.Body), &one)
	return one, err
}
