package directory

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"kvart/internal/hsds"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// The form of a service has rows that a press adds: what was typed comes back with one row more. Names of its fields are
// those of the rule (Service.Check) where one field is one field.
const (
	rowsPhones = "phones"
	rowsPapers = "papers"
	rowsSpans  = "spans"
	mostAdded  = 20
)

func rowField(list string, i int, field string) string { return list + "-" + digits(i) + "-" + field }

func spanField(end string, weekday, i int) string {
	return end + "-" + digits(weekday) + "-" + digits(i)
}

// rows is how many rows of the list the form shows.
func rows(f *web.Form, list string) int {
	n, _ := strconv.Atoi(f.Get(list))
	return min(max(n, 1), mostAdded)
}

// pressed adds a row where the press that adds one was pressed, and says whether it was.
func pressed(f *web.Form) bool {
	list := f.Get("add")
	if !slices.Contains([]string{rowsPhones, rowsPapers, rowsSpans}, list) {
		return false
	}
	most := mostAdded
	if list == rowsSpans {
		most = mostSpans
	}
	f.Values.Set(list, digits(min(rows(f, list)+1, most)))
	return true
}

// fillService is the form of the service as it is.
func fillService(s Service) *web.Form {
	f := web.NewForm("status", s.Status, "cost", s.Own.Cost, "first.name", s.Own.First.Name, "first.card", s.Own.First.Card, "first.along", s.Own.First.Along,
		"min", age(s.MinimumAge), "max", age(s.MaximumAge), "email", s.Email, "url", s.URL, "version", digits(s.Version))
	for _, field := range TextFields {
		f.SetTexts(field, s.Text(field))
	}
	f.Values["terms"] = s.Terms()
	for _, l := range s.Languages {
		f.Values.Add("spoken", l.Code)
	}
	for _, p := range s.Places {
		f.Values.Add("places", p.LocationID)
	}
	week, _ := WeekOf(s.Schedules)
	fillWeek(f, week)
	fillPhones(f, s.Phones)
	fillPapers(f, s.RequiredDocuments)
	return f
}

func age(a *float64) string {
	if a == nil {
		return ""
	}
	return strconv.FormatFloat(*a, 'f', -1, 64)
}

func fillWeek(f *web.Form, w Week) {
	for i, spans := range w {
		for n := range mostSpans {
			h := Hours{}
			if n < len(spans) {
				h = spans[n]
			}
			f.Values.Set(spanField("opens", i+1, n), h.From)
			f.Values.Set(spanField("closes", i+1, n), h.To)
		}
	}
	f.Values.Set(rowsSpans, digits(max(w.spans(), rows(f, rowsSpans))))
}

func fillPhones(f *web.Form, list []hsds.Phone) {
	f.Values.Set(rowsPhones, digits(max(len(list), rows(f, rowsPhones))))
	for i := range mostAdded {
		p := hsds.Phone{}
		if i < len(list) {
			p = list[i]
		}
		f.Values.Set(rowField(rowsPhones, i, "id"), p.ID)
		f.Values.Set(rowField(rowsPhones, i, "number"), p.Number)
		f.Values.Set(rowField(rowsPhones, i, "description"), p.Description)
	}
}

func fillPapers(f *web.Form, list []hsds.Document) {
	f.Values.Set(rowsPapers, digits(max(len(list), rows(f, rowsPapers))))
	for i := range mostAdded {
		d := hsds.Document{}
		if i < len(list) {
			d = list[i]
		}
		f.Values.Set(rowField(rowsPapers, i, "id"), d.ID)
		f.Values.Set(rowField(rowsPapers, i, "document"), d.Document)
	}
}

// typedService reads the form; s is what it changes, or a new one, and keeps what the form does not ask for. Rows that were
// left empty are gone from the form too, so that its rows are those that faults name.
func typedService(f *web.Form, faults *fault.Form, s Service, sorts *Taxonomies) Service {
	for _, field := range TextFields {
		s.SetText(field, f.Texts(field))
	}
	s.Status, s.Own.Cost = f.Get("status"), f.Get("cost")
	s.Own.First.Name, s.Own.First.Card, s.Own.First.Along = f.Get("first.name"), f.Get("first.card"), f.Get("first.along")
	s.MinimumAge, s.MaximumAge = readAge(f, faults, "min"), readAge(f, faults, "max")
	s.Email, s.URL = f.Get("email"), f.Get("url")
	s.Attributes = readTerms(f, s, sorts)
	s.Languages = readSpoken(f, s.Languages)
	s.Places = readPlaces(f, s.Places)
	week := readWeek(f, faults)
	_, others := WeekOf(s.Schedules)
	others = slices.DeleteFunc(slices.Clone(others), func(h hsds.Schedule) bool { return f.Has("drop", h.ID) })
	s.Schedules = append(week.Schedules(s.Schedules), others...)
	s.Phones = readPhones(f, s.Phones)
	s.RequiredDocuments = readPapers(f, s.RequiredDocuments)
	return s
}

func readAge(f *web.Form, faults *fault.Form, name string) *float64 {
	if f.Get(name) == "" {
		return nil
	}
	n := f.Int(faults, name, -1, 0, 150)
	if n < 0 {
		return nil
	}
	a := float64(n)
	return &a
}

// readTerms are the terms that were ticked, those the form does not offer as they were.
func readTerms(f *web.Form, s Service, sorts *Taxonomies) []hsds.Attribute {
	var list []hsds.Attribute
	seen := map[string]bool{}
	for _, a := range s.Attributes {
		t := sorts.Term(a.TaxonomyTermID)
		if t == nil || !offered(sorts, *t) || f.Has("terms", t.ID) {
			list = append(list, a)
			seen[a.TaxonomyTermID] = true
		}
	}
	for _, id := range f.All("terms") {
		if t := sorts.Term(id); t != nil && !seen[id] {
			seen[id] = true
			list = append(list, hsds.Attribute{ID: db.NewID(), LinkID: s.ID, LinkEntity: "service", TaxonomyTermID: id})
		}
	}
	return list
}

// offered says whether the form offers the term: it is of the groups of the map.
func offered(sorts *Taxonomies, t Term) bool {
	x := sorts.Taxonomy(t.TaxonomyID)
	return x != nil && bool(x.Groups)
}

func readSpoken(f *web.Form, had []hsds.Language) []hsds.Language {
	var list []hsds.Language
	for _, l := range had {
		if !slices.Contains(Spoken, l.Code) || f.Has("spoken", l.Code) {
			list = append(list, l)
		}
	}
	for _, code := range f.All("spoken") {
		if slices.Contains(Spoken, code) && !slices.ContainsFunc(list, func(l hsds.Language) bool { return l.Code == code }) {
			list = append(list, hsds.Language{ID: db.NewID(), Code: code})
		}
	}
	return list
}

func readPlaces(f *web.Form, had []Place) []Place {
	var list []Place
	for _, id := range f.All("places") {
		if slices.ContainsFunc(list, func(p Place) bool { return p.LocationID == id }) {
			continue
		}
		one := Place{AtLocation: hsds.AtLocation{LocationID: id}}
		for _, p := range had {
			if p.LocationID == id {
				one = p
			}
		}
		list = append(list, one)
	}
	return list
}

// readWeek reads the weekly table. A time that is none, and a span with one end, are faults of their fields.
func readWeek(f *web.Form, faults *fault.Form) Week {
	var w Week
	for i := range w {
		for n := range min(rows(f, rowsSpans), mostSpans) {
			open, shut := spanField("opens", i+1, n), spanField("closes", i+1, n)
			h := Hours{f.Get(open), f.Get(shut)}
			if h.From == "" && h.To == "" {
				continue
			}
			ok := true
			for name, v := range map[string]*string{open: &h.From, shut: &h.To} {
				switch _, clock := Clock(*v); {
				case *v == "":
					faults.Add(name, "directory.fault.half_hours")
					ok = false
				case !clock:
					faults.Add(name, "fault.not_a_time")
					ok = false
				default:
					*v = clockOf(*v)
				}
			}
			if ok && h.From == h.To {
				faults.Add(shut, "directory.fault.no_span")
				ok = false
			}
			if ok && !slices.Contains(w[i], h) {
				w[i] = append(w[i], h)
			}
		}
	}
	return w
}

func readPhones(f *web.Form, had []hsds.Phone) []hsds.Phone {
	var list []hsds.Phone
	for i := range rows(f, rowsPhones) {
		one := hsds.Phone{ID: db.NewID(), Type: "voice"}
		for _, p := range had {
			if p.ID != "" && p.ID == f.Get(rowField(rowsPhones, i, "id")) {
				one = p
			}
		}
		one.Number, one.Description = f.Get(rowField(rowsPhones, i, "number")), f.Get(rowField(rowsPhones, i, "description"))
		if one.Number != "" || one.Description != "" {
			list = append(list, one)
		}
	}
	fillPhones(f, list)
	return list
}

func readPapers(f *web.Form, had []hsds.Document) []hsds.Document {
	var list []hsds.Document
	for i := range rows(f, rowsPapers) {
		one := hsds.Document{ID: db.NewID()}
		for _, d := range had {
			if d.ID != "" && d.ID == f.Get(rowField(rowsPapers, i, "id")) {
				one = d
			}
		}
		if one.Document = f.Get(rowField(rowsPapers, i, "document")); one.Document != "" {
			list = append(list, one)
		}
	}
	fillPapers(f, list)
	return list
}

// onService is the form's field of what the rule names.
func onService(f *web.Form) func(string) string {
	return func(name string) string {
		if slices.Contains(TextFields, name) {
			return longest(f, name)
		}
		if n, ok := map[string]string{"minimum_age": "min", "maximum_age": "max", "attributes": "terms", "lang": "name-hr", "required_documents": rowField(rowsPapers, 0, "document"),
			"organization_id": "name-hr", "id": "name-hr"}[name]; ok {
			return n
		}
		list, rest, ok := strings.Cut(name, ".")
		i, field, two := strings.Cut(rest, ".")
		switch {
		case ok && two && list == "phones":
			return "phones-" + i + "-" + field
		case list == "service_at_locations":
			return "places"
		case list == "schedules":
			return spanField("opens", 1, 0)
		}
		return name
	}
}

// longest is the field of the text's language whose text is the longest, which a fault is about; Croatian where all are empty.
func longest(f *web.Form, field string) string {
	name, most := field+"-"+string(i18n.HR), 0
	for _, l := range i18n.All {
		if n := utf8.RuneCountInString(f.Get(field + "-" + string(l))); n > most {
			name, most = field+"-"+string(l), n
		}
	}
	return name
}
