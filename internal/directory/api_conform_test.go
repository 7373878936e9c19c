package directory_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kvart/internal/directory"
	"kvart/internal/hsds"
	"kvart/internal/hsdstest"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
)

// api serves the town's API as the program does: below its path, behind nothing.
func (w *town) api(change ...func(*directory.API)) string {
	w.t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	w.t.Cleanup(server.Close)
	w.PublicURL = server.URL
	a := &directory.API{Store: w.Store, Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(a)
	}
	mux := http.NewServeMux()
	mux.Handle(directory.APIPath, a.Handler())
	server.Config.Handler = mux
	return server.URL + directory.APIPath
}

// TestAPI_isWhatTheStandardsSchemasTake: everything the API tells, of a directory in which every field of the standard is
// filled in and that has the standard's own examples, is what its schemas take, in the profile and as the standard has it,
// and no property is of our own making.
func TestAPI_isWhatTheStandardsSchemasTake(t *testing.T) {
	hsdstest.Folder(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.rich()
		w.examples()
		for i := range 5 {
			w.service("Usluga "+string(rune('A'+i)), at(w.location("Dom", "Ulica 1", 45.8, 15.95)), of(w.advice))
		}
		root := w.api()
		bodies, met := hsdstest.Walk(t, root, true, 100)
		// Nothing that the standard knows is lost, but for what the profile leaves out and the history of fields.
		schemas := hsdstest.NewSchemas(hsdstest.Folder(t), nil, false)
		for file, names := range met {
			for name := range schemas.Properties(t, file) {
				if !names[name] && name != "metadata" && (file != "address.json" || name != "state_province") {
					t.Errorf("%s was nowhere in a body of %s", name, file)
				}
			}
		}
		if len(met) < 22 {
			t.Errorf("only %d nouns of the standard were met", len(met))
		}
		base, _ := hsdstest.Walk(t, root+"base/", false, 100)
		t.Logf("%d bodies of the profile and %d of the base are what the schemas take", bodies, base)
	})
}

// rich saves an organisation, a location and a service with every field of the standard.
func (w *town) rich() (organisation, location, service string) {
	w.t.Helper()
	o := directory.Organisation{Organization: *filled(&hsds.Organization{}, w.home), Kind: "cso"}
	o.Locations, o.Services, o.Name = nil, nil, "Sve polje po polje"
	l := directory.Location{Location: *filled(&hsds.Location{}, w.home), OwnerID: o.ID, City: "Zagreb"}
	l.OrganizationID = ""
	s := directory.Service{Service: *filled(&hsds.Service{}, w.home)}
	p := directory.Place{AtLocation: *filled(&hsds.AtLocation{}, w.home)}
	p.Location, p.Service, p.LocationID = nil, nil, l.ID
	s.OrganizationID, s.Organization, s.ServiceAtLocations, s.Places = o.ID, nil, nil, []directory.Place{p}
	w.save(func(tx *db.Tx) error {
		t := directory.Taxonomy{ID: db.NewID(), Name: i18n.Text{i18n.HR: "Potpuno"}, Description: i18n.Text{i18n.HR: "O svemu"}, URI: "https://kvart.example/t", Edition: "1"}
		w.must(w.SaveTaxonomy(w.t.Context(), tx, t, "test"))
		wide := directory.Term{ID: db.NewID(), TaxonomyID: t.ID, Code: "A", Name: i18n.Text{i18n.HR: "Šire"}, Description: i18n.Text{i18n.HR: "O tome"}, URI: "https://kvart.example/t/a"}
		w.must(w.SaveTerm(w.t.Context(), tx, wide, "test"))
		narrow := wide
		narrow.ID, narrow.ParentID, narrow.Code = db.NewID(), &wide.ID, "A1"
		w.must(w.SaveTerm(w.t.Context(), tx, narrow, "test"))
		w.must(w.SaveOrganisation(w.t.Context(), tx, o, "save", "test"))
		w.must(w.SaveLocation(w.t.Context(), tx, l, "save", "test"))
		return w.SaveService(w.t.Context(), tx, s, "save", "test")
	})
	return o.ID, l.ID, s.ID
}

// examples saves the standard's own example of a service with all that is in it. Two things of it Kvart refuses from
// anybody and are put right here: degrees that are on no globe, and more free than there are.
func (w *town) examples() (service string) {
	w.t.Helper()
	var s hsds.Service
	hsdstest.Example(w.t, "service_full.json", &s)
	var whole hsds.Organization
	hsdstest.Example(w.t, "organization_full.json", &whole)
	o := *s.Organization
	o.Attributes = whole.Attributes
	s.Capacities[0].Available, s.Capacities[0].Maximum = s.Capacities[0].Maximum, s.Capacities[0].Available
	one := directory.Service{Service: s}
	one.OrganizationID, one.Organization, one.ServiceAtLocations = o.ID, nil, nil
	w.save(func(tx *db.Tx) error {
		for _, a := range s.Attributes {
			t := a.TaxonomyTerm
			w.must(w.SaveTaxonomy(w.t.Context(), tx, directory.Taxonomy{ID: t.TaxonomyDetail.ID, Name: i18n.Text{i18n.EN: t.TaxonomyDetail.Name}, Description: i18n.Text{i18n.EN: t.TaxonomyDetail.Description},
				URI: t.TaxonomyDetail.URI, Edition: t.TaxonomyDetail.Version}, "test"))
			w.must(w.SaveTerm(w.t.Context(), tx, directory.Term{ID: t.ID, TaxonomyID: t.TaxonomyDetail.ID, Code: t.Code, Name: i18n.Text{i18n.EN: t.Name}, Description: i18n.Text{i18n.EN: t.Description}, URI: t.TermURI}, "test"))
		}
		locations := o.Locations
		o.Locations = nil
		w.must(w.SaveOrganisation(w.t.Context(), tx, directory.Organisation{Organization: o, Kind: "cso", Lang: i18n.EN}, "import", "test"))
		for _, p := range s.ServiceAtLocations {
			if !slices.ContainsFunc(locations, func(l hsds.Location) bool { return l.ID == p.Location.ID }) {
				locations = append(locations, *p.Location)
			}
			one.Places = append(one.Places, directory.Place{AtLocation: p})
			one.Places[len(one.Places)-1].LocationID = p.Location.ID
		}
		for _, l := range locations {
			lat, lon := 45.81, 15.97
			l.Latitude, l.Longitude = &lat, &lon
			w.must(w.SaveLocation(w.t.Context(), tx, directory.Location{Location: l, OwnerID: o.ID}, "import", "test"))
		}
		one.Lang = i18n.EN
		return w.SaveService(w.t.Context(), tx, one, "import", "test")
	})
	return s.ID
}

// filled fills in every field of the noun.
func filled[T any](noun *T, term string) *T {
	fill(reflect.ValueOf(noun).Elem(), term, nil)
	return noun
}

var said = map[string]string{"url": "https://kvart.example/a", "uri": "https://kvart.example/b", "website": "https://kvart.example", "schedule_link": "https://kvart.example/c", "logo": "https://kvart.example/d.svg",
	"email": "ured@kvart.example", "assurer_email": "ured@kvart.example", "status": "active", "location_type": "physical", "address_type": "physical", "freq": "WEEKLY", "wkst": "MO", "byday": "MO,TH",
	"opens_at": "09:00", "closes_at": "17:00", "assured_date": "2026-11-01", "valid_from": "2026-01-01", "valid_to": "2027-01-01", "dtstart": "2026-01-01", "until": "2027-01-01", "last_action_date": "2026-10-01",
	"updated": "2026-11-01T10:00:00+01:00", "last_modified": "2026-11-01T10:00:00Z", "number": "01 000 0003", "currency": "EUR", "code": "hr", "postal_code": "10000", "country": "HR", "tax_id": "HR1",
	"byweekno": "1", "bymonthday": "1", "byyearday": "1"}

var numbers = map[string]float64{"minimum_age": 18, "maximum_age": 99, "available": 3, "maximum": 5, "latitude": 45.8, "longitude": 15.95, "year_incorporated": 2001}

func fill(v reflect.Value, term string, in []reflect.Type) {
	if slices.Contains(in, v.Type()) {
		return
	}
	in = append(in, v.Type())
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		f := v.Field(i)
		switch {
		case name == "taxonomy_term":
		case f.Kind() == reflect.String && name == "taxonomy_term_id":
			f.SetString(term)
		case f.Kind() == reflect.String && said[name] != "":
			f.SetString(said[name])
		case f.Kind() == reflect.String && (name == "id" || strings.HasSuffix(name, "_id")):
			f.SetString(db.NewID())
		case f.Kind() == reflect.String:
			f.SetString("Riječ <&> " + name)
		case f.Kind() == reflect.Slice:
			one := reflect.New(f.Type().Elem()).Elem()
			if !slices.Contains(in, one.Type()) {
				fill(one, term, in)
				f.Set(reflect.Append(f, one))
			}
		case f.Type().Elem().Kind() == reflect.Struct:
			one := reflect.New(f.Type().Elem())
			if !slices.Contains(in, one.Elem().Type()) {
				fill(one.Elem(), term, in)
				f.Set(one)
			}
		default:
			n := numbers[name]
			if n == 0 {
				n = 1
			}
			f.Set(reflect.ValueOf(&n))
		}
	}
}
