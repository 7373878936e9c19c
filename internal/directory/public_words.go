package directory

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"kvart/internal/hsds"
	"kvart/internal/platform/web"
)

// hours are those of one place.
type hours struct {
	Name string
	List []hsds.Schedule
}

// hourSets are the hours of each place that has some; places that share them are one.
func hourSets(s Service) []hours {
	if len(s.Places) == 0 {
		if len(s.Schedules) == 0 {
			return nil
		}
		return []hours{{List: s.Schedules}}
	}
	var list []hours
	for _, p := range s.Places {
		of := p.schedules(s)
		if len(of) == 0 {
			continue
		}
		if i := slices.IndexFunc(list, func(h hours) bool { return len(h.List) == len(of) && h.List[0].ID == of[0].ID }); i >= 0 {
			list[i].Name += "; " + p.At.Line()
			continue
		}
		list = append(list, hours{p.At.Line(), of})
	}
	return list
}

// phoneWord is what stands beside a number: its extension, what it is for, what is spoken there.
func phoneWord(r *web.Request, x hsds.Phone) string {
	var parts []string
	if x.Extension != nil {
		parts = append(parts, r.T("directory.public.extension", "n", strconv.FormatFloat(*x.Extension, 'f', -1, 64)))
	}
	if x.Description != "" {
		parts = append(parts, x.Description)
	}
	if names := languageNames(r, x.Languages); names != "" {
		parts = append(parts, names)
	}
	return strings.Join(parts, ", ")
}

func languageNames(r *web.Request, list []hsds.Language) string {
	var names []string
	for _, l := range list {
		name := languageWord(r, l)
		if l.Note != "" {
			name += " (" + l.Note + ")"
		}
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

func areaNames(list []hsds.Area) string {
	var names []string
	for _, a := range list {
		if a.Name != "" && !slices.Contains(names, a.Name) {
			names = append(names, a.Name)
		}
	}
	return strings.Join(names, ", ")
}

// emailOf is where to write: the service's own address, that of its contact, or its organisation's.
func emailOf(s Service) string {
	if s.Email != "" {
		return s.Email
	}
	for _, c := range s.Contacts {
		if c.Email != "" {
			return c.Email
		}
	}
	return s.Owner.Email
}

// webOf are its addresses on the web and its organisation's, each once.
func webOf(s Service) []hsds.URL {
	var list []hsds.URL
	add := func(address, label string) {
		if address = webAddress(address); address == "" || slices.ContainsFunc(list, func(u hsds.URL) bool { return u.URL == address }) {
			return
		}
		if label == "" {
			label = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://"), "/")
		}
		list = append(list, hsds.URL{URL: address, Label: label})
	}
	add(s.URL, "")
	for _, u := range s.AdditionalURLs {
		add(u.URL, u.Label)
	}
	add(s.Owner.Website, "")
	for _, u := range s.Owner.AdditionalWebsites {
		add(u.URL, u.Label)
	}
	return list
}

// costLines are the ways of using it and what each costs.
func costLines(r *web.Request, list []hsds.Cost) []string {
	var lines []string
	for _, c := range list {
		var parts []string
		if c.Amount != nil && !math.IsNaN(*c.Amount) && math.Abs(*c.Amount) < 1e9 {
			currency := c.Currency
			if currency == "" {
				currency = "EUR"
			}
			parts = append(parts, r.Money(int64(math.Round(*c.Amount*100)), currency))
		}
		if c.AmountDescription != "" {
			parts = append(parts, c.AmountDescription)
		}
		line := strings.Join(parts, ", ")
		switch {
		case c.Option != "" && line != "":
			line = c.Option + ": " + line
		case line == "":
			line = c.Option
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// capacityLines say how much is free of what, as of when.
func capacityLines(r *web.Request, list []hsds.Capacity) []string {
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	var lines []string
	for _, c := range list {
		var line string
		switch {
		case c.Available != nil && c.Maximum != nil:
			line = r.T("directory.public.room.of", "free", number(*c.Available), "all", number(*c.Maximum))
		case c.Available != nil:
			line = r.T("directory.public.room.free", "free", number(*c.Available))
		case c.Maximum != nil:
			line = r.T("directory.public.room.all", "all", number(*c.Maximum))
		}
		if c.Unit != nil && c.Unit.Name != "" && line != "" {
			line += " (" + c.Unit.Name + ")"
		}
		if c.Description != "" {
			line = strings.TrimPrefix(line+". "+c.Description, ". ")
		}
		if line != "" && c.Updated != "" {
			line += " – " + dayWord(r, c.Updated)
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
