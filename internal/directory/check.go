package directory

import (
	"math"
	"net/mail"
	"net/url"
	"slices"
	"time"
	"unicode/utf8"

	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// Bounds of texts in characters, and of lists in entries.
const (
	mostName  = 200
	mostLine  = 500
	mostText  = 10_000
	mostItems = 100
	mostTerms = 40
)

// Check returns Invalid with the fields that cannot be right; a field of a list is named as in schedules.2.opens_at,
// counted from nought.
func (s Service) Check() error {
	f := &fault.Form{}
	checkID(f, "id", s.ID)
	checkID(f, "organization_id", s.OrganizationID)
	for _, field := range TextFields {
		most := mostText
		switch field {
		case "name", "alternate_name":
			most = mostName
		case "first.meets", "first.written", "alert", "wait_time":
			most = 1000
		}
		checkTexts(f, field, s.Text(field), most, field == "name")
	}
	if !slices.Contains(Statuses, s.Status) {
		f.Add("status", "directory.fault.status")
	}
	if !i18nLang(s.Lang) {
		f.Add("lang", "directory.fault.lang")
	}
	checkURL(f, "url", s.URL)
	checkEmail(f, "email", s.Email)
	checkEmail(f, "assurer_email", s.AssurerEmail)
	checkDate(f, "assured_date", s.AssuredDate)
	checkLine(f, "accreditations", s.Accreditations, mostText)
	checkLine(f, "licenses", s.Licenses, mostText)
	checkLine(f, "fees", s.Fees, mostText)
	checkAges(f, s.MinimumAge, s.MaximumAge)
	oneOf(f, "cost", s.Own.Cost, Costs)
	oneOf(f, "first.name", s.Own.First.Name, NameAsked)
	oneOf(f, "first.card", s.Own.First.Card, CardAsked)
	oneOf(f, "first.along", s.Own.First.Along, MayComeToo)
	checkList(f, "attributes", len(s.Terms()), mostTerms)
	checkPhones(f, "phones", s.Phones)
	checkSchedules(f, "schedules", s.Schedules)
	checkContacts(f, "contacts", s.Contacts)
	checkList(f, "languages", len(s.Languages), mostItems)
	checkList(f, "service_areas", len(s.ServiceAreas), mostItems)
	checkList(f, "required_documents", len(s.RequiredDocuments), mostItems)
	checkList(f, "service_at_locations", len(s.Places), mostItems)
	for i, c := range s.CostOptions {
		if c.Amount != nil && (*c.Amount < 0 || *c.Amount > 1e9 || math.IsNaN(*c.Amount)) {
			f.Add(at("cost_options", i, "amount"), "directory.fault.amount")
		}
		checkDate(f, at("cost_options", i, "valid_from"), c.ValidFrom)
		checkDate(f, at("cost_options", i, "valid_to"), c.ValidTo)
	}
	for i, c := range s.Capacities {
		if c.Available != nil && c.Maximum != nil && *c.Available > *c.Maximum {
			f.Add(at("capacities", i, "available"), "directory.fault.capacity")
		}
	}
	for i, p := range s.Places {
		checkID(f, at("service_at_locations", i, "location_id"), p.LocationID)
		checkPhones(f, at("service_at_locations", i, "phones"), p.Phones)
		checkSchedules(f, at("service_at_locations", i, "schedules"), p.Schedules)
		for _, other := range s.Places[:i] {
			if other.LocationID == p.LocationID {
				f.Add(at("service_at_locations", i, "location_id"), "directory.fault.location_twice")
			}
		}
	}
	return f.Err()
}

// Check returns Invalid with the fields that cannot be right.
func (o Organisation) Check() error {
	f := &fault.Form{}
	checkID(f, "id", o.ID)
	checkLine(f, "name", o.Name, mostName)
	if o.Name == "" {
		f.Add("name", "fault.required")
	}
	checkLine(f, "alternate_name", o.AlternateName, mostName)
	checkLine(f, "description", o.Description, mostText)
	if !i18nLang(o.Lang) {
		f.Add("lang", "directory.fault.lang")
	}
	for _, fields := range o.Texts {
		for name, s := range fields {
			checkLine(f, name, s, mostText)
		}
	}
	oneOfThese(f, "kind", o.Kind, Kinds)
	oneOfThese(f, "reach", o.Reach, []string{Direct, Centre})
	if o.Reach == Centre && o.CentreID == nil {
		f.Add("centre", "directory.fault.centre_needed")
	}
	if o.Kind == "initiative" && o.Reach == Direct && o.ReachUntil == "" {
		f.Add("reach_until", "directory.fault.until_needed")
	}
	checkDate(f, "reach_until", o.ReachUntil)
	checkEmail(f, "ask_email", o.AskEmail)
	checkEmail(f, "email", o.Email)
	checkURL(f, "website", o.Website)
	checkPhones(f, "phones", o.Phones)
	checkContacts(f, "contacts", o.Contacts)
	return f.Err()
}

// Check returns Invalid with the fields that cannot be right. Coordinates that are nought, that cannot be, or that would be
// in the network's areas the other way round are each named.
func (l Location) Check(areas []network.Area) error {
	f := &fault.Form{}
	checkID(f, "id", l.ID)
	if l.Confidential {
		checkLine(f, "city", l.City, mostName)
		if l.City == "" {
			f.Add("city", "fault.required")
		}
		return f.Err()
	}
	checkLine(f, "name", l.Name, mostName)
	checkLine(f, "description", l.Description, mostText)
	checkLine(f, "transportation", l.Transportation, mostText)
	oneOfThese(f, "location_type", l.LocationType, []string{"physical", "postal", "virtual"})
	checkURL(f, "url", l.URL)
	for i, a := range l.Addresses {
		checkLine(f, at("addresses", i, "address_1"), a.Address1, mostLine)
		checkLine(f, at("addresses", i, "city"), a.City, mostName)
		checkLine(f, at("addresses", i, "postal_code"), a.PostalCode, 20)
		oneOfThese(f, at("addresses", i, "address_type"), a.AddressType, []string{"physical", "postal", "virtual"})
	}
	if key := Coordinates(l.Latitude, l.Longitude, areas); key != "" {
		f.Add("latitude", key)
	}
	checkPhones(f, "phones", l.Phones)
	checkSchedules(f, "schedules", l.Schedules)
	return f.Err()
}

// Coordinates says what is wrong with a pair of degrees: a message key, or nothing. Both may be missing.
func Coordinates(lat, lon *float64, areas []network.Area) string {
	switch {
	case lat == nil && lon == nil:
		return ""
	case lat == nil || lon == nil:
		return "directory.fault.coordinates_half"
	case *lat == 0 && *lon == 0:
		return "directory.fault.coordinates_zero"
	case math.IsNaN(*lat) || math.IsNaN(*lon) || math.Abs(*lat) > 90 || math.Abs(*lon) > 180:
		return "directory.fault.coordinates"
	}
	if !near(*lat, *lon, areas) && near(*lon, *lat, areas) {
		return "directory.fault.coordinates_swapped"
	}
	return ""
}

// near says whether the point is within about 50 km of an outline of the network.
func near(lat, lon float64, areas []network.Area) bool {
	for _, a := range areas {
		for _, rings := range a.Shape() {
			for _, ring := range rings {
				for _, p := range ring {
					if math.Abs(p.Lat-lat) < 0.5 && math.Abs(p.Lon-lon) < 0.7 {
						return true
					}
				}
			}
		}
	}
	return false
}

func at(list string, i int, field string) string { return list + "." + digits(i) + "." + field }

func checkID(f *fault.Form, name, id string) {
	if !db.IsID(id) {
		f.Add(name, "directory.fault.id")
	}
}

func checkLine(f *fault.Form, name, s string, most int) {
	if utf8.RuneCountInString(s) > most {
		f.Add(name, "fault.too_long", "max", most)
	}
}

func checkTexts(f *fault.Form, name string, t i18n.Text, most int, required bool) {
	if required && t.Empty() {
		f.Add(name, "fault.required")
	}
	for _, s := range t {
		if utf8.RuneCountInString(s) > most {
			f.Add(name, "fault.too_long", "max", most)
			return
		}
	}
}

func checkList(f *fault.Form, name string, n, most int) {
	if n > most {
		f.Add(name, "directory.fault.too_many", "max", most)
	}
}

func checkURL(f *fault.Form, name, s string) {
	if s == "" {
		return
	}
	if u, err := url.Parse(s); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(s) > 1000 {
		f.Add(name, "network.fault.web")
	}
}

func checkEmail(f *fault.Form, name, s string) {
	if s == "" {
		return
	}
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s || len(s) > 254 {
		f.Add(name, "directory.fault.email")
	}
}

func checkDate(f *fault.Form, name, s string) {
	if s == "" {
		return
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		f.Add(name, "fault.not_a_date")
	}
}

func checkAges(f *fault.Form, low, high *float64) {
	for name, age := range map[string]*float64{"minimum_age": low, "maximum_age": high} {
		if age != nil && (*age < 0 || *age > 150 || math.IsNaN(*age)) {
			f.Add(name, "directory.fault.age")
			return
		}
	}
	if low != nil && high != nil && *low > *high {
		f.Add("maximum_age", "directory.fault.age_order")
	}
}

func checkPhones(f *fault.Form, name string, list []hsds.Phone) {
	checkList(f, name, len(list), mostItems)
	for i, p := range list {
		n := 0
		for _, r := range p.Number {
			if r >= '0' && r <= '9' {
				n++
			}
		}
		if n < 2 || len(p.Number) > 60 {
			f.Add(at(name, i, "number"), "directory.fault.phone")
		}
		checkLine(f, at(name, i, "description"), p.Description, mostLine)
	}
}

func checkContacts(f *fault.Form, name string, list []hsds.Contact) {
	checkList(f, name, len(list), mostItems)
	for i, c := range list {
		checkLine(f, at(name, i, "name"), c.Name, mostName)
		checkEmail(f, at(name, i, "email"), c.Email)
		checkPhones(f, at(name, i, "phones"), c.Phones)
	}
}

func checkSchedules(f *fault.Form, name string, all []hsds.Schedule) {
	checkList(f, name, len(all), mostItems)
	for i, h := range all {
		for field, s := range map[string]string{"opens_at": h.OpensAt, "closes_at": h.ClosesAt} {
			if _, ok := Clock(s); s != "" && !ok {
				f.Add(at(name, i, field), "directory.fault.clock")
			}
		}
		if (h.OpensAt == "") != (h.ClosesAt == "") {
			f.Add(at(name, i, "closes_at"), "directory.fault.half_hours")
		}
		oneOf(f, at(name, i, "freq"), h.Freq, []string{"WEEKLY", "MONTHLY"})
		for _, d := range listOf(h.ByDay) {
			if len(d) < 2 || !slices.Contains(weekdays, d[len(d)-2:]) || len(d) > 2 && h.Freq != "MONTHLY" {
				f.Add(at(name, i, "byday"), "directory.fault.weekday")
				break
			}
		}
		for field, s := range map[string]string{"valid_from": h.ValidFrom, "valid_to": h.ValidTo, "dtstart": h.DTStart, "until": h.Until} {
			checkDate(f, at(name, i, field), s)
		}
		if h.ValidFrom != "" && h.ValidTo != "" && h.ValidFrom > h.ValidTo {
			f.Add(at(name, i, "valid_to"), "directory.fault.date_order")
		}
	}
}

// oneOf notes a fault for a word that is neither empty nor one of the list.
func oneOf(f *fault.Form, name, s string, words []string) {
	if s != "" && !slices.Contains(words, s) {
		f.Add(name, "directory.fault.word")
	}
}

func oneOfThese(f *fault.Form, name, s string, words []string) {
	if !slices.Contains(words, s) {
		f.Add(name, "directory.fault.word")
	}
}

func i18nLang(l i18n.Lang) bool { _, ok := i18n.Parse(string(l)); return ok }
