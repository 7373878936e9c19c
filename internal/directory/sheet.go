package directory

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/i18n"
)

// sheetEntry is what one row of our own sheet tells: a service with its organisation, at one of its places.
type sheetEntry struct {
	S       *Service
	O       *Organisation
	P       *Place // nil: no place
	Lang    i18n.Lang
	Sorts   *Taxonomies
	Terms   termIndex
	Centres []network.Centre
}

// sheetColumn is a column of our own sheet (docs/desk/services-import.md): what a cell says, and how what is written there is taken. Set
// returns a message key where it cannot be right.
type sheetColumn struct {
	Name   string   // and in English
	HR     string   // in Croatian
	More   []string // other words for it
	Of     string   // service, owner, location, place
	Fields []string // beginnings of the fields' names in faults
	Get    func(e *sheetEntry) string
	Set    func(e *sheetEntry, cell string) (fault string)
}

// sheetColumns are all of them, in the order of an export.
var sheetColumns = []sheetColumn{
	{Name: "id", HR: "oznaka", Of: "service", Fields: []string{"id"}, Get: func(e *sheetEntry) string { return e.S.ID }},
	{Name: "changed", HR: "promijenjeno", Of: "service", Get: func(e *sheetEntry) string { return stamp(e.latest()) }},
	{Name: "organisation id", HR: "oznaka organizacije", More: []string{"organization_id"}, Of: "service", Fields: []string{"organization_id"}, Get: func(e *sheetEntry) string { return e.S.OrganizationID }},
	{Name: "organisation", HR: "organizacija", More: []string{"organization", "udruga", "pruzatelj"}, Of: "owner", Fields: []string{"name"},
		Get: func(e *sheetEntry) string { return e.O.Name }, Set: func(e *sheetEntry, c string) string { e.O.setIn(e.Lang, "name", c); return "" }},
	{Name: "organisation kind", HR: "vrsta organizacije", Of: "owner", Fields: []string{"kind"}, Get: func(e *sheetEntry) string { return word(e.Lang, e.O.Kind) },
		Set: func(e *sheetEntry, c string) string {
			e.O.Kind = plainWord(c, Kinds)
			if c == "" {
				e.O.Kind = "other"
			}
			return ""
		}},
	{Name: "through centre", HR: "preko centra", More: []string{"centre", "centar"}, Of: "owner", Fields: []string{"centre", "reach"}, Get: (*sheetEntry).centre, Set: (*sheetEntry).setCentre},
	{Name: "consent until", HR: "pristanak do", Of: "owner", Fields: []string{"reach_until"}, Get: func(e *sheetEntry) string { return e.O.ReachUntil },
		Set: func(e *sheetEntry, c string) string { e.O.ReachUntil = dateCell(c); return "" }},
	textColumn("name", "naziv", "name", "service", "usluga", "ime"),
	textColumn("other name", "drugi naziv", "alternate_name"),
	textColumn("description", "opis", "description", "about"),
	{Name: "status", HR: "stanje", Of: "service", Fields: []string{"status"}, Get: func(e *sheetEntry) string { return word(e.Lang, e.S.Status) },
		Set: func(e *sheetEntry, c string) string {
			e.S.Status = plainWord(c, Statuses)
			if c == "" {
				e.S.Status = "active"
			}
			return ""
		}},
	{Name: "groups", HR: "skupine", More: []string{"group", "skupina", "terms", "pojmovi"}, Of: "service", Fields: []string{"attributes"}, Get: (*sheetEntry).groups, Set: (*sheetEntry).setGroups},
	textColumn("for whom", "za koga", "eligibility_description", "who"),
	{Name: "age from", HR: "dob od", Of: "service", Fields: []string{"minimum_age"}, Get: func(e *sheetEntry) string { return numberCell(e.S.MinimumAge) },
		Set: func(e *sheetEntry, c string) string { return setNumber(&e.S.MinimumAge, c) }},
	{Name: "age to", HR: "dob do", Of: "service", Fields: []string{"maximum_age"}, Get: func(e *sheetEntry) string { return numberCell(e.S.MaximumAge) },
		Set: func(e *sheetEntry, c string) string { return setNumber(&e.S.MaximumAge, c) }},
	textColumn("how to come", "kako doći do usluge", "application_process", "how to apply", "prijava"),
	{Name: "cost", HR: "cijena", Of: "service", Fields: []string{"cost"}, Get: func(e *sheetEntry) string { return word(e.Lang, e.S.Own.Cost) },
		Set: func(e *sheetEntry, c string) string { e.S.Own.Cost = plainWord(c, Costs); return "" }},
	textColumn("cost details", "o cijeni", "fees_description", "fees"),
	textColumn("waiting", "čekanje", "wait_time"),
	{Name: "bring", HR: "ponijeti", More: []string{"documents", "dokumenti"}, Of: "service", Fields: []string{"required_documents"}, Get: (*sheetEntry).documents, Set: (*sheetEntry).setDocuments},
	{Name: "languages", HR: "jezici", More: []string{"language", "jezik"}, Of: "service", Fields: []string{"languages"}, Get: (*sheetEntry).languages, Set: (*sheetEntry).setLanguages},
	{Name: "phone", HR: "telefon", More: []string{"phones", "tel", "telefoni"}, Of: "service", Fields: []string{"phones"}, Get: (*sheetEntry).phones, Set: (*sheetEntry).setPhones},
	{Name: "email", HR: "e-mail", More: []string{"e-posta", "mail"}, Of: "service", Fields: []string{"email"}, Get: func(e *sheetEntry) string { return e.S.Email },
		Set: func(e *sheetEntry, c string) string { e.S.Email = c; return "" }},
	{Name: "web", HR: "mrežna stranica", More: []string{"url", "website", "internet"}, Of: "service", Fields: []string{"url"}, Get: func(e *sheetEntry) string { return e.S.URL },
		Set: func(e *sheetEntry, c string) string { e.S.URL = c; return "" }},
	{Name: "hours", HR: "radno vrijeme", More: []string{"opening hours", "vrijeme"}, Of: "service", Fields: []string{"schedules"}, Get: func(e *sheetEntry) string { return hoursCell(e.S.Schedules, e.Lang) },
		Set: func(e *sheetEntry, c string) string { return setHours(&e.S.Schedules, c, e.S.ID) }},
	textColumn("alert", "važna obavijest", "alert"),
	textColumn("first visit: who meets you", "prvi dolazak: tko vas dočeka", "first.meets"),
	firstColumn("first visit: name asked", "prvi dolazak: pita li se ime", "first.name", NameAsked, func(e *sheetEntry) *string { return &e.S.Own.First.Name }),
	firstColumn("first visit: card asked", "prvi dolazak: treba li osobna", "first.card", CardAsked, func(e *sheetEntry) *string { return &e.S.Own.First.Card }),
	textColumn("first visit: written down", "prvi dolazak: što se zapisuje", "first.written"),
	firstColumn("first visit: with somebody", "prvi dolazak: može li netko s vama", "first.along", MayComeToo, func(e *sheetEntry) *string { return &e.S.Own.First.Along }),
	{Name: "confirmed", HR: "potvrđeno", More: []string{"assured", "provjereno"}, Of: "service", Fields: []string{"assured_date"}, Get: func(e *sheetEntry) string { return e.S.AssuredDate },
		Set: func(e *sheetEntry, c string) string {
			if d := dateCell(c); d > e.S.AssuredDate || e.S.AssuredDate == "" {
				e.S.AssuredDate = d
			}
			return ""
		}},
	{Name: "place id", HR: "oznaka mjesta", More: []string{"location_id"}, Of: "location", Fields: []string{"id", "service_at_locations"}, Get: func(e *sheetEntry) string { return e.P.At.ID }},
	{Name: "place", HR: "mjesto održavanja", More: []string{"location", "lokacija"}, Of: "location", Fields: []string{"name"}, Get: func(e *sheetEntry) string { return e.P.At.Name },
		Set: func(e *sheetEntry, c string) string { e.P.At.Name = c; return "" }},
	addressColumn("street", "ulica", "address_1", func(a *hsds.Address) *string { return &a.Address1 }, "address", "adresa", "ulica i broj"),
	addressColumn("postcode", "poštanski broj", "postal_code", func(a *hsds.Address) *string { return &a.PostalCode }, "postal code", "zip"),
	addressColumn("city", "grad", "city", func(a *hsds.Address) *string { return &a.City }, "mjesto", "town"),
	{Name: "latitude", HR: "širina", More: []string{"lat", "geografska širina"}, Of: "location", Fields: []string{"latitude"}, Get: func(e *sheetEntry) string { return numberCell(e.P.At.Latitude) },
		Set: func(e *sheetEntry, c string) string { return setNumber(&e.P.At.Latitude, c) }},
	{Name: "longitude", HR: "dužina", More: []string{"lon", "lng", "geografska dužina"}, Of: "location", Fields: []string{"longitude"}, Get: func(e *sheetEntry) string { return numberCell(e.P.At.Longitude) },
		Set: func(e *sheetEntry, c string) string { return setNumber(&e.P.At.Longitude, c) }},
	{Name: "step-free", HR: "bez stepenica", More: []string{"wheelchair", "bez prepreka"}, Of: "location", Fields: []string{"step_free"}, Get: func(e *sheetEntry) string { return word(e.Lang, e.P.At.StepFree()) }, Set: (*sheetEntry).setSteps},
	{Name: "hours here", HR: "radno vrijeme na mjestu", Of: "place", Fields: []string{"service_at_locations"}, Get: func(e *sheetEntry) string { return hoursCell(e.P.Schedules, e.Lang) },
		Set: func(e *sheetEntry, c string) string { return setHours(&e.P.Schedules, c, e.S.ID+e.P.LocationID) }},
}

// textColumn is one of a text that is kept in several languages.
func textColumn(name, hr, field string, more ...string) sheetColumn {
	return sheetColumn{Name: name, HR: hr, More: more, Of: "service", Fields: []string{field},
		Get: func(e *sheetEntry) string { return *e.S.textFields()[field] }, // an entry to be read is in the language already
		Set: func(e *sheetEntry, c string) string { e.S.setIn(e.Lang, field, c); return "" }}
}

func firstColumn(name, hr, field string, words []string, at func(e *sheetEntry) *string) sheetColumn {
	return sheetColumn{Name: name, HR: hr, Of: "service", Fields: []string{field}, Get: func(e *sheetEntry) string { return word(e.Lang, *at(e)) },
		Set: func(e *sheetEntry, c string) string { *at(e) = plainWord(c, words); return "" }}
}

func addressColumn(name, hr, field string, at func(a *hsds.Address) *string, more ...string) sheetColumn {
	return sheetColumn{Name: name, HR: hr, More: more, Of: "location", Fields: []string{"addresses.0." + field},
		Get: func(e *sheetEntry) string {
			if len(e.P.At.Addresses) == 0 {
				if field == "city" {
					return e.P.At.City
				}
				return ""
			}
			return *at(&e.P.At.Addresses[0])
		},
		Set: func(e *sheetEntry, c string) string {
			l := &e.P.At
			if len(l.Addresses) == 0 {
				if c == "" {
					return ""
				}
				l.Addresses = []hsds.Address{{ID: derivedID(l.ID, "Addresses", "0"), Country: "HR", AddressType: "physical"}}
			} else {
				l.Addresses = slices.Clone(l.Addresses)
			}
			*at(&l.Addresses[0]) = c
			return ""
		}}
}

// setIn puts one language's text of a field; what other languages have stays.
func (s *Service) setIn(l i18n.Lang, field, text string) {
	if s.Lang == "" {
		s.Lang = l
	}
	t := s.Text(field)
	if now, _ := t.In(l); sameText(text, now) { // the same as it is read
		return
	}
	t[l] = text
	if text == "" {
		delete(t, l)
	}
	s.Texts = s.Texts.clone()
	s.SetText(field, t)
}

func (t Texts) clone() Texts {
	n := Texts{}
	for l, fields := range t {
		n[l] = map[string]string{}
		for k, v := range fields {
			n[l][k] = v
		}
	}
	return n
}

// setIn puts one language's text of a field of an organisation.
func (o *Organisation) setIn(l i18n.Lang, field, text string) {
	if o.Lang == "" {
		o.Lang = l
	}
	own := map[string]*string{"name": &o.Name, "alternate_name": &o.AlternateName, "description": &o.Description}[field]
	if sameText(text, o.Texts.in(l, field, *own)) {
		return
	}
	if l == o.Lang {
		*own = text
		return
	}
	o.Texts = o.Texts.clone()
	if text == "" {
		delete(o.Texts[l], field)
		return
	}
	if o.Texts[l] == nil {
		o.Texts[l] = map[string]string{}
	}
	o.Texts[l][field] = text
}

// latest is when the newest of what the row tells was changed.
func (e *sheetEntry) latest() int64 {
	at := max(e.S.ModifiedAt, e.O.ModifiedAt)
	if e.P != nil {
		at = max(at, e.P.At.ModifiedAt)
	}
	return at
}

func stamp(at int64) string { return time.Unix(at, 0).UTC().Format(time.RFC3339) }

// modifiedOf is a moment as exports write it; 0 where it is none.
func modifiedOf(s string) int64 {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return 0
	}
	return t.Unix()
}

// sheetWords are those for which a sheet has plain ones in Croatian; in the other languages it has the words themselves.
var sheetWords = map[string]string{"free": "besplatno", "depends": "ovisi", "paid": "plaća se", "no": "ne", "yes": "da", "any": "bilo koje", "sometimes": "ponekad", "ask": "pitajte",
	"partly": "djelomično", "active": "radi", "inactive": "ne radi", "defunct": "ukinuto", "temporarily closed": "privremeno zatvoreno",
	"cso": "udruga", "initiative": "inicijativa", "public": "javna ustanova", "city": "grad", "other": "drugo"}

func word(l i18n.Lang, w string) string {
	if hr := sheetWords[w]; hr != "" && l == i18n.HR {
		return hr
	}
	return w
}

// plainWord is the word of the list that the cell means; what means none stays as it is, for Check to refuse.
func plainWord(cell string, list []string) string {
	folded := network.Slug(cell)
	for _, w := range list {
		if folded == network.Slug(w) || folded == network.Slug(sheetWords[w]) {
			return w
		}
	}
	return cell
}

func numberCell(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'f', -1, 64)
}

func setNumber(to **float64, cell string) string {
	if cell == "" {
		*to = nil
		return ""
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(cell, ",", "."), 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return "directory.io.no_number"
	}
	*to = &n
	return ""
}

// dateCell is a day as a sheet holds it, as 2026-11-26 where it is one: a serial number, or text such as 26.11.2026.
func dateCell(s string) string {
	if n, err := strconv.ParseFloat(s, 64); err == nil && n > 36_000 && n < 110_000 {
		if t, err := excelize.ExcelDateToTime(n, false); err == nil {
			return t.Format(time.DateOnly)
		}
	}
	tight := strings.TrimSuffix(strings.ReplaceAll(s, " ", ""), ".")
	for _, layout := range []string{time.DateOnly, "2.1.2006", "2/1/2006"} {
		if t, err := time.Parse(layout, tight); err == nil {
			return t.Format(time.DateOnly)
		}
	}
	return s
}

// parts are what a cell has between semicolons.
func cellParts(cell string) []string {
	var list []string
	for p := range strings.SplitSeq(cell, ";") {
		if p = strings.TrimSpace(p); p != "" && !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}

func joinedCells[T any](list []T, of func(T) string) string {
	var parts []string
	for _, one := range list {
		if s := strings.TrimSpace(strings.ReplaceAll(of(one), ";", ",")); s != "" && !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "; ")
}

// relisted is the list of what the cell names: what was there keeps all that it had, what is new is made.
func relisted[T any](had []T, cell string, of func(T) string, made func(name string) T) []T {
	var list []T
	for _, name := range cellParts(cell) {
		if i := slices.IndexFunc(had, func(one T) bool { return strings.TrimSpace(strings.ReplaceAll(of(one), ";", ",")) == name }); i >= 0 {
			list = append(list, had[i])
		} else {
			list = append(list, made(name))
		}
	}
	return list
}

func documentWords(d hsds.Document) string { return d.Document }
func phoneNumber(p hsds.Phone) string      { return p.Number }
func languageCode(l hsds.Language) string {
	if l.Code != "" {
		return l.Code
	}
	return l.Name
}

func (e *sheetEntry) documents() string { return joinedCells(e.S.RequiredDocuments, documentWords) }
func (e *sheetEntry) setDocuments(c string) string {
	e.S.RequiredDocuments = relisted(e.S.RequiredDocuments, c, documentWords, func(s string) hsds.Document { return hsds.Document{ID: derivedID(e.S.ID, "documents", s), Document: s} })
	return ""
}

func (e *sheetEntry) languages() string { return joinedCells(e.S.Languages, languageCode) }
func (e *sheetEntry) setLanguages(c string) string {
	e.S.Languages = relisted(e.S.Languages, strings.ReplaceAll(c, ",", ";"), languageCode, func(s string) hsds.Language {
		l := hsds.Language{ID: derivedID(e.S.ID, "languages", s), Name: s}
		if len(s) == 2 || len(s) == 3 {
			l.Name, l.Code = "", strings.ToLower(s)
		}
		return l
	})
	return ""
}

func (e *sheetEntry) phones() string { return joinedCells(e.S.Phones, phoneNumber) }
func (e *sheetEntry) setPhones(c string) string {
	e.S.Phones = relisted(e.S.Phones, c, phoneNumber, func(s string) hsds.Phone { return hsds.Phone{ID: derivedID(e.S.ID, "phones", s), Number: s} })
	return ""
}

func (e *sheetEntry) centre() string {
	if e.O.CentreID == nil || e.O.Reach != Centre {
		return ""
	}
	for _, c := range e.Centres {
		if c.ID == *e.O.CentreID {
			return c.Slug
		}
	}
	return ""
}

func (e *sheetEntry) setCentre(cell string) string {
	if cell == "" {
		e.O.Reach = Direct
		return ""
	}
	for _, c := range e.Centres {
		if c.Slug == network.Slug(cell) || network.Slug(c.Name) == network.Slug(cell) {
			e.O.Reach, e.O.CentreID = Centre, &c.ID
			return ""
		}
	}
	return "directory.io.no_centre"
}

// groups are the names of the service's terms; the id of one whose name others have too.
func (e *sheetEntry) groups() string { return joinedCells(e.S.Terms(), e.termName) }

func (e *sheetEntry) termName(id string) string {
	t := e.Sorts.Term(id)
	if t == nil {
		return id
	}
	name, _ := t.Name.In(e.Lang)
	if found, several := e.Terms.named(name); several || found != id || strings.ContainsAny(name, ";,") {
		return id
	}
	return name
}

// termIndex finds terms by their ids, codes and folded names in any language.
type termIndex map[string][]string

func newTermIndex(sorts *Taxonomies) termIndex {
	x := termIndex{}
	add := func(key, id string) {
		if key != "" && !slices.Contains(x[key], id) {
			x[key] = append(x[key], id)
		}
	}
	for _, t := range sorts.Terms {
		add("="+t.ID, t.ID)
		if t.Code != "" {
			add("="+t.Code, t.ID)
		}
		for _, name := range t.Name {
			add(network.Slug(name), t.ID)
		}
	}
	return x
}

// named is the id of the term that a cell names; several have the name where it does not tell them apart.
func (x termIndex) named(s string) (id string, several bool) {
	for _, key := range []string{"=" + s, network.Slug(s)} {
		switch found := x[key]; len(found) {
		case 0:
		case 1:
			return found[0], false
		default:
			return "", true
		}
	}
	return "", false
}

func (e *sheetEntry) setGroups(cell string) string {
	var list []hsds.Attribute
	for _, a := range e.S.Attributes {
		if a.TaxonomyTermID == "" {
			list = append(list, a)
		}
	}
	for _, name := range cellParts(cell) {
		id, several := e.Terms.named(name)
		if several {
			return "directory.io.term_several"
		}
		if id == "" {
			return "directory.io.no_term"
		}
		if i := slices.IndexFunc(e.S.Attributes, func(a hsds.Attribute) bool { return a.TaxonomyTermID == id }); i >= 0 {
			list = append(list, e.S.Attributes[i])
		} else {
			list = append(list, hsds.Attribute{ID: derivedID(e.S.ID, "attributes", id), LinkEntity: "service", TaxonomyTermID: id})
		}
	}
	e.S.Attributes = list
	return ""
}

func (e *sheetEntry) setSteps(cell string) string {
	l := &e.P.At
	l.Access = slices.DeleteFunc(slices.Clone(l.Access), func(a network.Access) bool { return a.Feature == "step_free" })
	if len(l.Access) == 0 {
		l.Access = nil
	}
	if cell == "" {
		return ""
	}
	state := plainWord(cell, []string{"yes", "no", "partly"})
	if !slices.Contains([]string{"yes", "no", "partly"}, state) {
		return "directory.fault.word"
	}
	l.Access = append(l.Access, network.Access{Feature: "step_free", State: state})
	return ""
}

// dayWords are the days of a week in the cells of a sheet.
var dayWords = map[i18n.Lang][]string{i18n.HR: {"pon", "uto", "sri", "čet", "pet", "sub", "ned"}, i18n.EN: {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"},
	i18n.NB: {"man", "tir", "ons", "tor", "fre", "lør", "søn"}}

// hoursCell is a list of schedules as people write it: pon, čet 09:00–12:00; 1 uto 18:00–20:00 is the first Tuesday of a month. What a cell
// cannot say it leaves out.
func hoursCell(list []hsds.Schedule, l i18n.Lang) string {
	var parts []string
	for _, h := range list {
		a, okA := Clock(h.OpensAt)
		b, okB := Clock(h.ClosesAt)
		if !okA || !okB || h.Freq != "WEEKLY" && h.Freq != "MONTHLY" || h.ByMonthDay != "" || h.Interval != nil && *h.Interval > 1 {
			continue
		}
		var days []string
		for _, d := range listOf(h.ByDay) {
			i := -1
			if len(d) >= 2 {
				i = slices.Index(weekdays, d[len(d)-2:])
			}
			if i < 0 {
				continue
			}
			n := strings.TrimPrefix(d[:len(d)-2], "+")
			days = append(days, strings.TrimSpace(n+" "+dayWords[l][i]))
		}
		if len(days) == 0 {
			continue
		}
		if part := strings.Join(days, ", ") + " " + clockWords(a) + "–" + clockWords(b); !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "; ")
}

func clockWords(minutes int) string {
	return two(minutes/60) + ":" + two(minutes%60)
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// setHours reads a cell of hours; what was there and is written the same keeps all that it had.
func setHours(to *[]hsds.Schedule, cell, of string) string {
	var list []hsds.Schedule
	for _, part := range cellParts(cell) {
		h, ok := hoursPart(part)
		if !ok {
			return "directory.io.hours"
		}
		kept := slices.IndexFunc(*to, func(x hsds.Schedule) bool {
			return hoursCell([]hsds.Schedule{x}, i18n.EN) == hoursCell([]hsds.Schedule{h}, i18n.EN)
		})
		if kept >= 0 {
			h = (*to)[kept]
		} else {
			h.ID = derivedID(of, "hours", hoursCell([]hsds.Schedule{h}, i18n.EN))
		}
		list = append(list, h)
	}
	*to = list
	return ""
}

func hoursPart(s string) (h hsds.Schedule, ok bool) {
	i := strings.LastIndexByte(strings.TrimSpace(s), ' ')
	if i < 0 {
		return h, false
	}
	s = strings.TrimSpace(s)
	days, span := s[:i], strings.NewReplacer("–", "-", "—", "-").Replace(s[i+1:])
	from, to, cut := strings.Cut(span, "-")
	a, okA := clockCell(from)
	b, okB := clockCell(to)
	if !cut || !okA || !okB {
		return h, false
	}
	h = hsds.Schedule{Freq: "WEEKLY", OpensAt: clockWords(a), ClosesAt: clockWords(b)}
	var list []string
	for d := range strings.SplitSeq(days, ",") {
		d = strings.ToLower(strings.TrimSpace(d))
		n := ""
		if before, after, cut := strings.Cut(d, " "); cut {
			k, err := strconv.Atoi(strings.TrimSuffix(before, "."))
			if err != nil || k == 0 || k < -5 || k > 5 {
				return h, false
			}
			n, d, h.Freq = strconv.Itoa(k), strings.TrimSpace(after), "MONTHLY"
		}
		first, last, isRange := strings.Cut(strings.NewReplacer("–", "-").Replace(d), "-")
		x, okX := dayOf(first)
		if !okX {
			return h, false
		}
		y := x
		if isRange {
			var okY bool
			if y, okY = dayOf(last); !okY || y < x || n != "" {
				return h, false
			}
		}
		for ; x <= y; x++ {
			list = append(list, n+weekdays[x])
		}
	}
	if h.Freq == "MONTHLY" && slices.ContainsFunc(list, func(d string) bool { return len(d) == 2 }) {
		return h, false
	}
	h.ByDay = strings.Join(list, ",")
	return h, true
}

func dayOf(s string) (int, bool) {
	s = network.Slug(s)
	for i, d := range weekdays {
		if s == strings.ToLower(d) {
			return i, true
		}
	}
	for _, names := range dayWords {
		for i, d := range names {
			if short := network.Slug(d); len(s) >= len(short) && strings.HasPrefix(s, short) {
				return i, true
			}
		}
	}
	return 0, false
}

func clockCell(s string) (int, bool) {
	s = strings.TrimSuffix(strings.TrimSpace(s), "h")
	h, m, cut := strings.Cut(strings.ReplaceAll(s, ".", ":"), ":")
	if !cut {
		m = "00"
	}
	if len(h) == 1 {
		h = "0" + h
	}
	if len(h) != 2 || len(m) != 2 {
		return 0, false
	}
	return Clock(h + ":" + m)
}
