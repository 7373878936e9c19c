package directory_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"kvart/internal/directory"
	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
)

func (w *town) export(format string, l i18n.Lang) []byte {
	w.t.Helper()
	var b bytes.Buffer
	_, err := w.Export(w.t.Context(), &b, format, l, "test")
	w.must(err)
	return b.Bytes()
}

// lost lists what of a JSON value another lacks, by pointers without the numbers of lists.
func lost(at string, want, got any, into map[string]string) {
	switch want := want.(type) {
	case map[string]any:
		m, _ := got.(map[string]any)
		for k, v := range want {
			lost(at+"/"+k, v, m[k], into)
		}
	case []any:
		list, _ := got.([]any)
		for i, v := range want {
			if i < len(list) {
				lost(at, v, list[i], into)
			} else {
				lost(at, v, nil, into)
			}
		}
	default:
		if !cmp.Equal(want, got) {
			into[at] = fmt.Sprintf("%v became %v", want, got)
		}
	}
}

// notKept are the fields of the official service_full.json that an import and an export do not give back, and why.
var notKept = map[string]string{
	"/last_modified": "when it was changed here",
	"/service_at_locations/location/latitude":  "the example's degrees are nowhere on the earth",
	"/service_at_locations/location/longitude": "the same",
	"/capacities/available":                    "it is more than the maximum",
	"/attributes/taxonomy_term/parent_id":      "the wider term is not in the file",
	"/attributes/taxonomy_term/taxonomy":       "the taxonomy's name, which the file says in two ways",
	"/attributes/taxonomy_term/language":       "en, as ISO 639-1 has it, instead of eng",
	"/organization/locations":                  "each location stands at the services that are there",
}

func TestRoundTrip_officialJSON(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(standard(t), "examples", "service_full.json"))
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.take("service_full.json", data, i18n.EN)
		var want, got any
		w.must(json.Unmarshal(data, &want))
		line, _, _ := bytes.Cut(w.export("ndjson", i18n.EN), []byte("\n"))
		w.must(json.Unmarshal(line, &got))
		missing := map[string]string{}
		lost("", want, got, missing)
		for at, what := range missing {
			if !slices.ContainsFunc(sorted(notKept), func(k string) bool { return at == k || k == "/organization/locations" && strings.HasPrefix(at, k+"/") }) {
				t.Errorf("%s: %s", at, what)
			}
		}
		for at := range notKept {
			if missing[at] == "" && at != "/organization/locations" {
				t.Errorf("%s is kept after all", at)
			}
		}
	})
}

func sorted[T any](m map[string]T) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// tables are the rows of a data package by table and id.
func tables(t *testing.T, data []byte) map[string]map[string]map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]map[string]string{}
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, ".csv") {
			continue
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(in).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = map[string]map[string]string{}
		for _, row := range rows[1:] {
			m := map[string]string{}
			for i, h := range rows[0] {
				m[h] = row[i]
			}
			if all[f.Name][m["id"]] != nil {
				t.Errorf("%s: %s twice", f.Name, m["id"])
			}
			all[f.Name][m["id"]] = m
		}
	}
	return all
}

// notKeptCSV are the fields of the official tables that an import and an export do not give back, and why.
var notKeptCSV = map[string]string{
	"services.csv last_modified":               "when it was changed here",
	"locations.csv latitude":                   "the example's degrees are nowhere on the earth",
	"locations.csv longitude":                  "the same",
	"locations.csv organization_id":            "that organisation is not in the file",
	"contacts.csv organization_id":             "that organisation is not in the file",
	"contacts.csv service_at_location_id":      "that service at a location is not in the file",
	"service_areas.csv service_at_location_id": "the same",
	"taxonomy_terms.csv parent_id":             "that term is not in the file",
	"taxonomy_terms.csv language":              "en, as ISO 639-1 has it, instead of eng",
	"attributes.csv":                           "it belongs to nothing in the file",
	"metadata.csv":                             "the same",
	"service_capacity.csv":                     "its service is not in the file",
	"units.csv":                                "no capacity in the file is counted in it",
	"url.csv":                                  "the example's table says of nobody whose address it is",
	"meta_table_descriptions.csv":              "it tells of the file, not of help",
}

func TestRoundTrip_officialTables(t *testing.T) {
	data := zippedFolder(t, filepath.Join(standard(t), "examples", "csv"))
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.take("csv.zip", data, i18n.EN)
		want, got := tables(t, data), tables(t, w.export("zip", i18n.EN))
		for file, rows := range want {
			for id, row := range rows {
				for column, cell := range row {
					if has := got[file][id][column]; has != cell && notKeptCSV[file+" "+column] == "" && notKeptCSV[file] == "" {
						t.Errorf("%s %s: %q became %q", file, column, cell, has)
					}
				}
			}
		}
	})
}

// What is exported is imported without a change, in every form; and another network that takes it exports the same.
func TestRoundTrip_everyFormChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.randomServices(7, 30)
		for _, l := range i18n.All {
			for _, format := range directory.ExportFormats {
				data := w.export(format, l)
				before := w.numberCell(wholeFile)
				r := w.take("izvoz."+format, data, l)
				if n := r.Count(directory.Made) + r.Count(directory.Updated) + r.Count(directory.Clashes); n > 0 || r.FaultCount > 0 || w.numberCell(wholeFile) != before {
					t.Errorf("%s %s: %v\n%s\n%s\n%s", format, l, r.Counts, keys(r.Changes), keys(r.Clashes), keys(r.Faults))
				}
			}
		}
	})
}

func TestRoundTrip_anotherNetworkExportsTheSame(t *testing.T) {
	for _, format := range directory.ExportFormats {
		dbtest.Each(t, func(t *testing.T, d *db.DB) {
			w := newTown(t, d)
			for seed := range uint64(3) {
				w.randomServices(seed, 20)
				data := w.export(format, i18n.HR)
				first := plain(t, format, data)
				w.forgetAll(format == "zip")
				if r := w.take("izvoz."+format, data, i18n.HR); r.FaultCount > 0 {
					t.Fatalf("%s %d: %s", format, seed, keys(r.Faults))
				}
				if diff := cmp.Diff(first, plain(t, format, w.export(format, i18n.HR))); diff != "" {
					t.Errorf("%s %d: %s", format, seed, diff[:min(len(diff), 3000)])
				}
				w.forgetAll(false)
			}
		})
	}
}

// undated takes away what says when organisations and locations were changed.
func undated(v any) {
	switch v := v.(type) {
	case map[string]any:
		if list, ok := v["metadata"].([]any); ok {
			list = slices.DeleteFunc(list, func(c any) bool { return c.(map[string]any)["field_name"] == "last_modified" })
			if v["metadata"] = list; len(list) == 0 {
				delete(v, "metadata")
			}
		}
		for _, one := range v {
			undated(one)
		}
	case []any:
		for _, one := range v {
			undated(one)
		}
	}
}

// plain is an export without what tells when it was changed.
func plain(t *testing.T, format string, data []byte) any {
	t.Helper()
	var rows [][]string
	var err error
	switch format {
	case "zip":
		all := tables(t, data)
		for _, row := range all["services.csv"] {
			row["last_modified"] = ""
		}
		for id, row := range all["metadata.csv"] {
			if row["field_name"] == "last_modified" {
				delete(all["metadata.csv"], id)
			}
		}
		if len(all["metadata.csv"]) == 0 {
			delete(all, "metadata.csv")
		}
		return all
	case "ndjson":
		var list []any
		for line := range strings.Lines(string(data)) {
			var one map[string]any
			if err := json.Unmarshal([]byte(line), &one); err != nil {
				t.Fatal(err)
			}
			delete(one, "last_modified")
			undated(one)
			list = append(list, one)
		}
		return list
	case "xlsx":
		book, openErr := excelize.OpenReader(bytes.NewReader(data))
		if openErr != nil {
			t.Fatal(openErr)
		}
		rows, err = book.GetRows("Sheet1")
	case "csv":
		c := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
		c.Comma = ';'
		rows, err = c.ReadAll()
	}
	if err != nil {
		t.Fatal(err)
	}
	place, street := slices.Index(rows[0], "oznaka mjesta"), slices.Index(rows[0], "ulica")
	for _, row := range rows[1:] {
		row[1] = ""
		if street < len(row) && row[street] == "" { // a sheet has no ids of a service's places, by which those that are hidden go
			row[place] = ""
		}
	}
	return rows
}

// What is hidden of an initiative's place is hidden however a file is put together, and what another organisation says of its own
// location stays: under an id that the initiative's place does not have.
// An organisation without services, and its place, are in the exports of the standard; what was changed here since is left, and what
// was exported after that is taken.
func TestRoundTrip_organisationsAndPlacesSayWhenTheyChanged(t *testing.T) {
	for _, format := range []string{"ndjson", "zip"} {
		dbtest.Each(t, func(t *testing.T, d *db.DB) {
			w := newTown(t, d)
			place := w.location("Dvorana", "Ulica 1", 45.8, 15.95)
			change := func(about string) {
				o, err := w.Organisation(t.Context(), d, w.association)
				w.must(err)
				o.Description = about
				l, err := w.Location(t.Context(), d, place)
				w.must(err)
				l.Transportation = about
				w.now = w.now.Add(time.Hour)
				w.save(func(tx *db.Tx) error {
					w.must(w.SaveOrganisation(t.Context(), tx, o, "save", "test"))
					return w.SaveLocation(t.Context(), tx, l, "save", "test")
				})
			}
			edited := func(data []byte) []byte { // as somebody changes the file
				if format == "ndjson" {
					return bytes.ReplaceAll(data, []byte("Prvi opis"), []byte("Iz datoteke"))
				}
				z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
				w.must(err)
				files := map[string]string{}
				for _, f := range z.File {
					r, err := f.Open()
					w.must(err)
					text, err := io.ReadAll(r)
					w.must(err)
					files[f.Name] = strings.ReplaceAll(string(text), "Prvi opis", "Iz datoteke")
				}
				return zipped(t, files)
			}
			change("Prvi opis")
			data := w.export(format, i18n.HR)
			if r := w.take("izvoz."+format, data, i18n.HR); r.Counts["organisation"][directory.Same] != 2 || r.Counts["location"][directory.Same] != 1 || r.Counts["organisation"][directory.Updated]+r.Counts["location"][directory.Updated] != 0 {
				t.Fatalf("%s as it is: %v %s", format, r.Counts, keys(r.Faults))
			}
			if r := w.take("izvoz."+format, edited(data), i18n.HR); r.Counts["organisation"][directory.Updated] != 1 || r.Counts["location"][directory.Updated] != 1 {
				t.Errorf("%s, exported after it was changed here: %v %s", format, r.Counts, keys(r.Clashes))
			}
			change("Opet ovdje")
			if r := w.take("izvoz."+format, edited(data), i18n.HR); r.Counts["organisation"][directory.Clashes] != 1 || r.Counts["location"][directory.Clashes] != 1 {
				t.Errorf("%s, exported before it was changed here: %v", format, r.Counts)
			}
		})
	}
}

func TestExport_doesNotSayThatAnInitiativeMeetsAtAKnownPlace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		where := w.location("Dom", "Javna 1", 45.8, 15.95, func(l *directory.Location) {
			l.OwnerID = w.association
			l.Schedules = []hsds.Schedule{{ID: db.NewID(), Freq: "WEEKLY", ByDay: "MO", OpensAt: "09:00", ClosesAt: "10:00", Notes: "iza Doma"}}
		})
		hidden := w.service("Krug", at(where), func(s *directory.Service) {
			s.OrganizationID, s.Places[0].Description = w.initiative, "u Domu, Javna 1"
		})
		w.service("Savjeti", at(where))
		for _, format := range directory.ExportFormats {
			data := w.export(format, i18n.HR)
			var lines []string
			switch all := plain(t, format, data).(type) {
			case map[string]map[string]map[string]string:
				for id, row := range all["service_at_location.csv"] {
					if row["service_id"] == hidden {
						lines = append(lines, id, fmt.Sprint(row, all["locations.csv"][row["location_id"]]))
					}
				}
				if got := fmt.Sprint(all["addresses.csv"]); strings.Count(got, "Javna 1") != 1 || all["locations.csv"][where]["name"] != "Dom" {
					t.Errorf("%s: the association's own location is %v", format, got)
				}
			case []any:
				for _, one := range all {
					if m := one.(map[string]any); m["id"] == hidden {
						lines = append(lines, fmt.Sprint(m))
					}
				}
			case [][]string:
				for _, row := range all {
					if row[0] == hidden {
						lines = append(lines, fmt.Sprint(row))
					}
				}
			}
			got := strings.Join(lines, " ")
			if got == "" || strings.Contains(got, "Dom") || strings.Contains(got, "Javna") || strings.Contains(got, where) || strings.Contains(got, w.association) {
				t.Errorf("%s tells where it is: %s", format, got)
			}
		}
	})
}

// forgetAll empties the directory, terms too where asked.
func (w *town) forgetAll(terms bool) {
	w.save(func(tx *db.Tx) error {
		list := []string{"directory_service_terms", "directory_places", "directory_services", "directory_locations", "directory_versions", "directory_organisations"}
		if terms {
			list = append(list, "directory_terms WHERE parent_id IS NOT NULL", "directory_terms", "directory_taxonomies")
		}
		for _, table := range list {
			if _, err := tx.Exec(w.t.Context(), `DELETE FROM `+table, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// randomServices fills the directory with services of all kinds, in the words that break files.
func (w *town) randomServices(seed uint64, n int) {
	r := rand.New(rand.NewPCG(seed, 1))
	odd := []string{"Pomoć", "čćžšđ ČĆŽŠĐ", "dva\nretka", "navodnik \"tu\"", "zarez, i; točka-zarez", "=1+1", "@nick", "+385 1", "-5", "'apostrof", "tab\tu redu", "a\r\nb", "emoji 🙂", "<b>&amp;"}
	text := func() string { return odd[r.IntN(len(odd))] + " " + odd[r.IntN(len(odd))] }
	maybe := func(s string) string {
		if r.IntN(2) == 0 {
			return ""
		}
		return s
	}
	num := func(most int) *float64 {
		if r.IntN(2) == 0 {
			return nil
		}
		f := float64(r.IntN(most))
		return &f
	}
	phones := func() (list []hsds.Phone) {
		for range r.IntN(3) {
			list = append(list, hsds.Phone{ID: db.NewID(), Number: fmt.Sprintf("+385 1 %07d", r.IntN(1e7)), Type: maybe("voice"), Description: maybe(text()), Extension: num(100),
				Languages: []hsds.Language{{ID: db.NewID(), Code: "hr"}}})
		}
		return list
	}
	schedules := func() (list []hsds.Schedule) {
		for range r.IntN(3) {
			h := hsds.Schedule{ID: db.NewID(), Freq: "WEEKLY", ByDay: []string{"MO,TH", "FR", "SA,SU"}[r.IntN(3)], OpensAt: []string{"09:00", "18:30:00"}[r.IntN(2)], ClosesAt: "20:00", Notes: maybe(text())}
			if r.IntN(3) == 0 {
				h.Freq, h.ByDay = "MONTHLY", "1TU"
			}
			list = append(list, h)
		}
		return list
	}
	contacts := func() (list []hsds.Contact) {
		for range r.IntN(2) {
			list = append(list, hsds.Contact{ID: db.NewID(), Name: text(), Email: maybe("ured@kvart.example"), Phones: phones()})
		}
		return list
	}
	var owners, spots []string
	w.save(func(tx *db.Tx) error {
		for i := range 4 {
			o := directory.Organisation{Organization: hsds.Organization{ID: db.NewID(), Name: fmt.Sprintf("%s %d", strings.TrimLeft(text(), "=@+-'"), i), Description: text(), Website: "https://udruga.example/" + fmt.Sprint(i), Phones: phones(),
				Contacts: contacts(), Funding: []hsds.Funding{{ID: db.NewID(), Source: text()}}, YearIncorporated: num(2000), OrganizationIdentifiers: []hsds.Identifier{{ID: db.NewID(), IdentifierType: "MB", Identifier: "1"}}}, Kind: "cso"}
			if i == 3 {
				o.Kind, o.Reach, o.CentreID = "initiative", directory.Centre, &w.centre
			}
			owners = append(owners, o.ID)
			w.must(w.SaveOrganisation(w.t.Context(), tx, o, "save", "test"))
		}
		for i := range 6 {
			lat, lon := 45.8+float64(r.IntN(1000))/1e4, 15.95+float64(r.IntN(1000))/1e4
			l := directory.Location{Location: hsds.Location{ID: db.NewID(), LocationType: "physical", Name: strings.TrimLeft(text(), "=@+-'") + fmt.Sprint(i), Transportation: maybe(text()), Latitude: &lat, Longitude: &lon,
				Addresses: []hsds.Address{{ID: db.NewID(), Address1: text(), City: "Zagreb", PostalCode: "10000", Country: "HR", AddressType: "physical"}}, Schedules: schedules(),
				Accessibility: []hsds.Accessibility{{ID: db.NewID(), Description: text()}}}, OwnerID: owners[i%3]}
			switch i {
			case 4:
				l = directory.Location{Location: hsds.Location{ID: db.NewID()}, City: "Zagreb", Confidential: true, AreaID: &w.city}
			case 5:
				l.Latitude, l.Longitude = nil, nil
				l.Access = network.AccessList{{Feature: "step_free", State: "partly"}}
			}
			spots = append(spots, l.ID)
			w.must(w.SaveLocation(w.t.Context(), tx, l, "save", "test"))
		}
		return nil
	})
	shared := hsds.Phone{ID: db.NewID(), Number: "01 555 0000"} // one that several have
	for range n {
		w.service("x", func(s *directory.Service) {
			owner := r.IntN(len(owners))
			s.OrganizationID = owners[owner]
			s.SetText("name", i18n.Text{i18n.HR: fmt.Sprintf("%s %d", text(), r.IntN(1e9))})
			s.SetText("description", i18n.Text{i18n.HR: text(), i18n.EN: maybe("English " + text())})
			s.SetText("first.meets", i18n.Text{i18n.HR: maybe(text())})
			s.SetText("application_process", i18n.Text{i18n.HR: maybe(text())})
			s.Own.Cost, s.Own.First.Name = []string{"", "free", "paid"}[r.IntN(3)], []string{"", "no", "any"}[r.IntN(3)]
			s.Status = directory.Statuses[r.IntN(len(directory.Statuses))]
			s.Email, s.URL = maybe("usluga@kvart.example"), maybe("https://kvart.example/a?b=c")
			s.MinimumAge = num(20)
			s.Phones, s.Schedules, s.Contacts = phones(), schedules(), contacts()
			if r.IntN(3) == 0 {
				s.Phones = append(s.Phones, shared)
			}
			s.Languages = []hsds.Language{{ID: db.NewID(), Code: "hr"}, {ID: db.NewID(), Code: "uk", Note: text()}}
			s.RequiredDocuments = []hsds.Document{{ID: db.NewID(), Document: strings.TrimLeft(text(), "=@+-'")}}
			amount := 3.5
			s.CostOptions = []hsds.Cost{{ID: db.NewID(), Option: text(), Amount: &amount, Currency: "EUR"}}
			s.ServiceAreas = []hsds.Area{{ID: db.NewID(), Name: text()}}
			s.AdditionalURLs = []hsds.URL{{ID: db.NewID(), Label: text(), URL: "https://kvart.example"}}
			s.Metadata = []hsds.Change{{ID: db.NewID(), LastActionDate: "2026-01-01", LastActionType: "update", FieldName: "name"}}
			if r.IntN(2) == 0 {
				s.Capacities = []hsds.Capacity{{ID: db.NewID(), Unit: &hsds.Unit{ID: db.NewID(), Name: "postelja"}, Available: num(5), Updated: "2026-01-01T00:00:00Z"}}
			}
			if r.IntN(2) == 0 {
				p := hsds.Program{ID: db.NewID(), Name: text(), Description: text()}
				s.Program, s.ProgramID = &p, p.ID
			}
			of([]string{w.home, w.advice, w.elders}[r.IntN(3)])(s)
			if r.IntN(2) == 0 {
				of(w.legal)(s)
			}
			at(spots[r.IntN(5)])(s)
			if r.IntN(2) == 0 {
				at(spots[5])(s)
				p := &s.Places[1]
				if s.Places[0].LocationID == p.LocationID {
					s.Places = s.Places[:1]
				} else {
					p.Schedules, p.Phones, p.Description = schedules(), phones(), text()
				}
			}
		})
	}
}

// What was once the telephone of an initiative is in no file either.
func TestExport_theHistoryOfAnInitiativeTellsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		was := func(what, value string) []hsds.Change {
			return []hsds.Change{{ID: db.NewID(), ResourceType: what, LastActionDate: "2026-01-01", LastActionType: "update", FieldName: "email", PreviousValue: value, ReplacementValue: value, UpdatedBy: "Ona"}}
		}
		w.save(func(tx *db.Tx) error {
			o, err := w.Organisation(t.Context(), tx, w.initiative)
			w.must(err)
			o.Metadata = was("organization", "nase@kvart.example")
			return w.SaveOrganisation(t.Context(), tx, o, "save", "test")
		})
		w.service("Šetnje", at(w.location("Kuhinja", "Tajna 5", 45.8, 15.95)), func(s *directory.Service) {
			s.OrganizationID, s.Metadata = w.initiative, was("service", "nase@kvart.example")
			s.Places[0].Metadata = was("service_at_location", "nase@kvart.example")
			s.Places[0].Attributes = []hsds.Attribute{{ID: db.NewID(), Label: "u kuhinji kod nase@kvart.example", TaxonomyTermID: w.home}}
		})
		for _, format := range directory.ExportFormats {
			if format == "xlsx" {
				continue
			}
			text := string(w.export(format, "hr"))
			if format == "zip" {
				text = fmt.Sprint(tables(t, []byte(text)))
			}
			if strings.Contains(text, "nase@kvart.example") {
				t.Errorf("%s tells it", format)
			}
		}
	})
}

// Excel and its likes take what begins as a number for a formula too, and run what it names.
func TestExport_noCellIsAFormula(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	bad := []string{"=1+1", "+1+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "\n=1+1", "+385 1 234", "-5", "−5"}
	for _, one := range bad {
		w.service("Služba", func(s *directory.Service) { s.Description = one })
	}
	rows := strings.ReplaceAll(string(w.export("csv", "hr")), `"`, "")
	for _, one := range []string{";=1+1", ";+1+cmd", ";-2+3", ";@SUM", ";\n=1"} {
		if strings.Contains(rows, one) {
			t.Errorf("a cell begins with %q", one)
		}
	}
	for _, one := range []string{";+385 1 234", ";-5;"} {
		if !strings.Contains(rows, one) {
			t.Errorf("no cell is %q", one)
		}
	}
}

// What files do not have of an initiative, because it is hidden, an import of them takes from nobody.
func TestRoundTrip_whatIsHiddenOfAnInitiativeStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.save(func(tx *db.Tx) error {
			o, err := w.Organisation(t.Context(), tx, w.initiative)
			w.must(err)
			o.URI, o.Website, o.Email = "https://mi.kvart.example/id", "https://mi.kvart.example", "mi@kvart.example"
			return w.SaveOrganisation(t.Context(), tx, o, "import", "test")
		})
		where := w.location("Kuhinja", "Tajna 5", 45.8, 15.95, func(l *directory.Location) { l.OwnerID = w.initiative })
		open := hsds.Schedule{ID: db.NewID(), Freq: "WEEKLY", ByDay: "MO", OpensAt: "09:00", ClosesAt: "10:00", ScheduleLink: "https://mi.kvart.example/kad"}
		there := open
		there.ID = db.NewID()
		id := w.service("Šetnje", at(where), func(s *directory.Service) {
			s.OrganizationID, s.Schedules = w.initiative, []hsds.Schedule{open}
			s.Places[0].Schedules, s.Places[0].Description = []hsds.Schedule{there}, "kod nas"
			s.Places[0].Attributes = []hsds.Attribute{{ID: db.NewID(), LinkEntity: "service_at_location", TaxonomyTermID: w.home}}
		})
		before, err := w.Service(t.Context(), d, id)
		w.must(err)
		for _, format := range directory.ExportFormats {
			r := w.take("a."+format, w.export(format, i18n.HR))
			if r.FaultCount > 0 || r.Count(directory.Updated)+r.Count(directory.Made)+r.Count(directory.Clashes) > 0 {
				t.Errorf("%s: %+v\n%s\n%s", format, r.Counts, keys(r.Changes), keys(r.Faults))
			}
			if after, err := w.Service(t.Context(), d, id); err != nil || !cmp.Equal(before, after) {
				t.Errorf("%s: %s %v", format, cmp.Diff(before, after), err)
			}
		}
	})
}
