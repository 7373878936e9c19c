package directory_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"kvart/internal/directory"
	"kvart/internal/hsds"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// street is that of a shelter.
const street = "Skrivena staza 47"

// shelter is a service at a street that its own words name too, in all places where words can be.
func (x *town) shelter() (service, location string) {
	x.t.Helper()
	location = x.location("Kuća", street, 45.8, 15.95, func(l *directory.Location) {
		l.Transportation = "Od Skrivene okuke lijevo"
	})
	service = x.service("Sigurna kuća, Skrivena Staza", at(location), func(s *directory.Service) {
		s.SetText("description", i18n.Text{i18n.HR: "Dođite u SKRIVENA STAZA 47.", i18n.EN: "Come to Skrivena  staza 47."})
		s.Own.First.Meets = "Na adresi Skrivena staza 47"
		s.Places[0].Description = "drugi kat, iza Kafića Tihi"
		s.Places[0].Phones = []hsds.Phone{{ID: db.NewID(), Number: "01 000 0009"}}
	})
	return service, location
}

func TestFlag_leavesTheCityAndATelephone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDesk(t, d)
		id, where := x.shelter()
		other := x.service("Druga", func(s *directory.Service) { s.Description = "Vidi Skrivena staza 47." })
		for at, kind := range map[int64]string{x.now.Unix() - 100: "stari", x.now.Unix() + 100: "csv"} {
			_, err := d.Exec(t.Context(), `INSERT INTO directory_exports (id, kind, services, by_whom, at) VALUES (:id, :kind, 2, 'test', :at)`, db.Args{"id": db.NewID(), "kind": kind, "at": at})
			x.must(err)
		}
		x.save(func(tx *db.Tx) error {
			return x.Suggest(t.Context(), tx, directory.Suggestion{ServiceID: id, Kind: "wrong", Words: "Nije skrivena staza 47 nego 49."})
		})
		m := x.member()
		page := m.get("/desk/locations/"+where+"/confidential", http.StatusOK)
		if !strings.Contains(page.Find("main").Text(), street) {
			t.Error("the page does not say which address")
		}
		if n := m.post("/desk/locations/"+where+"/confidential", nil, http.StatusOK).Find(`input[name="sure"]`).Length(); n != 1 {
			t.Error("it does not ask")
		}
		m.post("/desk/locations/"+where+"/confidential", map[string][]string{"sure": {"1"}}, http.StatusSeeOther)
		s, err := x.Service(t.Context(), d, id)
		x.must(err)
		l := s.Places[0].At
		if !l.Confidential || l.Line() != "Zagreb" || l.Latitude != nil || l.Name != "" || *l.AreaID != x.city || s.Places[0].Description != "" || s.Places[0].Phones[0].Number != "01 000 0009" {
			t.Errorf("kept %+v", s.Places[0])
		}
		for _, field := range []string{s.Name, s.Description, s.Texts[i18n.EN]["description"], s.Own.First.Meets} {
			if strings.Contains(strings.ToLower(field), "staza") || !strings.Contains(field, "…") {
				t.Errorf("its words say %q", field)
			}
		}
		// What it was says nothing either, and cannot be brought back.
		if text := m.get("/desk/services/"+id+"/history", http.StatusOK).Text(); strings.Contains(strings.ToLower(text), "staza") {
			t.Error("the history tells")
		}
		m.get("/desk/locations/"+where+"/history", http.StatusOK)
		m.post("/desk/locations/"+where+"/undo", map[string][]string{"to": {"1"}, "version": {"2"}, "sure": {"1"}}, http.StatusNotFound)
		x.save(func(tx *db.Tx) error { return x.Undo(t.Context(), tx, "service", id, 1, s.Version, "test") })
		if s, err = x.Service(t.Context(), d, id); err != nil || s.Places[0].Description != "" || !s.Places[0].At.Confidential || strings.Contains(strings.ToLower(s.Name), "staza") {
			t.Errorf("undone to %+v %v", s, err)
		}
		page = m.get("/desk/locations/"+where+"/confidential", http.StatusOK)
		if text := page.Find("main").Text(); !strings.Contains(text, "csv") || strings.Contains(text, "stari") || !strings.Contains(text, "Sigurna kuća") {
			t.Errorf("what is to be called back: %s", strings.Join(strings.Fields(text), " "))
		}
		if led(m.get("/desk/locations/"+where, http.StatusSeeOther)) != "/desk/locations/"+where+"/confidential" {
			t.Error("its form is still there")
		}
		// Who still has the form open types nothing back in, and no import does.
		m.post("/desk/locations/"+where, map[string][]string{"street": {street}, "city": {"Zagreb"}, "version": {"2"}}, http.StatusConflict)
		err = d.Tx(t.Context(), func(tx *db.Tx) error {
			return x.SaveLocation(context.Background(), tx, directory.Location{Location: hsds.Location{ID: where, LocationType: "physical", Addresses: []hsds.Address{{Address1: street, City: "Zagreb", AddressType: "physical"}}}, OwnerID: x.association, Version: 2}, "import", "import")
		})
		if !fault.Is(err, fault.KindConflict) {
			t.Errorf("an address for a confidential location: %v", err)
		}
		_ = other
		x.must(d.Compact(t.Context(), "directory_locations"))
		for name, text := range wholeDatabase(t, d) {
			if low := strings.ToLower(text); strings.Contains(low, "skrivena") || strings.Contains(low, "skrivene") || strings.Contains(low, "tihi") {
				i := max(strings.Index(low, "skriven"), strings.Index(low, "tihi"))
				t.Errorf("%s still has it: %q", name, text[max(0, i-60):min(len(text), i+60)])
			}
		}
		// Published again: all of it typed anew.
		f := form(m.get("/desk/locations/"+where+"/public", http.StatusOK), "main form")
		m.post("/desk/locations/"+where+"/public", f, http.StatusUnprocessableEntity)
		f.Set("street", "Javna 1")
		m.post("/desk/locations/"+where+"/public", f, http.StatusSeeOther)
		if l, err = x.Location(t.Context(), d, where); err != nil || l.Confidential || l.Line() != "Javna 1, Zagreb" || l.PublicFrom != x.now.Unix() {
			t.Errorf("published as %+v %v", l, err)
		}
		m.get("/desk/locations/"+where+"/public", http.StatusConflict)
	})
}

// wholeDatabase is all that the database holds: of SQLite its files, byte by byte; of PostgreSQL every row as text.
func wholeDatabase(t *testing.T, d *db.DB) map[string]string {
	t.Helper()
	all := map[string]string{}
	if d.Engine == db.SQLite {
		for _, suffix := range []string{"", "-wal"} {
			b, err := os.ReadFile(d.File + suffix)
			if err != nil {
				t.Fatal(err)
			}
			all["the file"+suffix] = string(b)
		}
		return all
	}
	var tables []string
	if err := d.Select(t.Context(), &tables, `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`, nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range tables {
		var rows []string
		if err := d.Select(t.Context(), &rows, fmt.Sprintf(`SELECT CAST(x AS TEXT) FROM %s x`, name), nil); err != nil {
			t.Fatal(name, err)
		}
		all[name] = strings.Join(rows, "\n")
	}
	if len(all) < 20 {
		t.Fatalf("%d tables only", len(all))
	}
	return all
}

func TestFlag_ofAnUnknownLocationIsNotFoundAndTwiceIsOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newTown(t, d)
		_, where := x.shelter()
		flag := func(id string) (f directory.Flagged, err error) {
			err = d.Tx(t.Context(), func(tx *db.Tx) error { f, err = x.Flag(context.Background(), tx, id, "test"); return err })
			return f, err
		}
		if _, err := flag(db.NewID()); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("unknown: %v", err)
		}
		f, err := flag(where)
		if err != nil || len(f.Written) != 1 {
			t.Errorf("%+v %v", f, err)
		}
		if _, err := flag(where); err != nil {
			t.Errorf("twice: %v", err)
		}
	})
}

// Who had the form open before the address was made confidential does not save it back.
func TestFlag_aFormThatWasOpenBringsNothingBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDesk(t, d)
		id, where := x.shelter()
		x.save(func(tx *db.Tx) error {
			o, err := x.Organisation(t.Context(), tx, x.association)
			x.must(err)
			o.Description = "Kuća je u Skrivenoj stazi 47, Skrivena staza 47."
			return x.SaveOrganisation(t.Context(), tx, o, "save", "test")
		})
		m := x.member()
		f := form(m.get("/desk/services/"+id, http.StatusOK), "#service")
		of := form(m.get("/desk/organisations/"+x.association, http.StatusOK), "main form")
		x.save(func(tx *db.Tx) error { _, err := x.Flag(context.Background(), tx, where, "test"); return err })
		m.post("/desk/services/"+id, f, http.StatusConflict)
		m.post("/desk/organisations/"+x.association, of, http.StatusConflict)
		s, err := x.Service(t.Context(), d, id)
		x.must(err)
		if text := strings.ToLower(fmt.Sprint(s)); strings.Contains(text, "staza") {
			t.Errorf("saved back: %s", text)
		}
		x.sound()
	})
}

// sound fails where a rule of the directory is broken.
func (w *town) sound() {
	w.t.Helper()
	for _, rule := range directory.Rules {
		var n int
		w.must(w.DB.Get(w.t.Context(), &n, rule.Count, db.Args{"today": w.now.Format("2006-01-02")}))
		if n != 0 {
			w.t.Errorf("%d %s", n, rule.What)
		}
	}
}

// The file from which the directory was made holds the address in a service's words and at its place: taken again, it
// brings none of that back.
func TestFlag_theFileOfBeforeBringsNothingBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newTown(t, d)
		service, place, location, organisation := db.NewID(), db.NewID(), db.NewID(), db.NewID()
		file := []byte(fmt.Sprintf(`{"id":%q,"status":"active","name":"Sigurna kuća","description":"Dođite u Skrivena staza 47.","organization":{"id":%q,"name":"Kuća","description":"Skrivena staza 47"},
			"service_at_locations":[{"id":%q,"description":"iza Kafića Tihi","contacts":[{"id":%q,"name":"Skrivena staza 47, drugi kat"}],"location":{"id":%q,"location_type":"physical","name":"Kuća",
			"addresses":[{"id":%q,"address_1":"Skrivena staza 47","city":"Zagreb","postal_code":"10000","country":"HR","address_type":"physical"}]}}]}`,
			service, organisation, place, db.NewID(), location, db.NewID()))
		if r := x.take("a.json", file); r.FaultCount > 0 || r.Count(directory.Made) != 3 {
			t.Fatalf("%+v", r)
		}
		x.save(func(tx *db.Tx) error { _, err := x.Flag(context.Background(), tx, location, "test"); return err })
		before := len(wholeDatabase(t, d))
		_ = before
		r := x.take("a.json", file)
		for _, l := range append(r.Changes, r.Clashes...) {
			t.Logf("%s %s %s", l.Noun, l.Did, l.Key)
		}
		s, err := x.Service(t.Context(), d, service)
		x.must(err)
		o, err := x.Organisation(t.Context(), d, organisation)
		x.must(err)
		if low := strings.ToLower(s.Description + o.Description); strings.Contains(low, "staza") {
			t.Errorf("its words are back: %s", low)
		}
		if s.Places[0].Description != "" || len(s.Places[0].Contacts) > 0 {
			t.Errorf("what was said of the place is back: %+v", s.Places[0].AtLocation)
		}
		// A service that the file has anew says nothing of the place but its telephones and hours.
		fresh := strings.ReplaceAll(strings.ReplaceAll(string(file), service, db.NewID()), place, db.NewID())
		x.take("b.json", []byte(strings.ReplaceAll(fresh, "Dođite u Skrivena staza 47.", "Dođite.")))
		for name, text := range wholeDatabase(t, d) {
			if low := strings.ToLower(text); d.Engine == db.Postgres && strings.Contains(low, "tihi") {
				t.Errorf("%s has it", name)
			}
		}
		x.sound()
	})
}

// A file that waits for its second press may hold the address: it goes, and so does what was said of it.
func TestFlag_filesThatWereSentAreForgotten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newTown(t, d)
		_, where := x.shelter()
		insert := func(kind string) {
			_, err := d.Exec(t.Context(), `INSERT INTO uploads (id, kind, account_id, scope_id, name, data, progress_id, report, expires_at) VALUES (:id, :kind, 'a', 's', 'Skrivena staza 47.csv', 'U2tyaXZlbmEgc3RhemE=', :id, :report, :at)`,
				db.Args{"report": `{"x":"Skrivena staza 47"}`, "id": db.NewID(), "kind": kind, "at": x.now.Unix() + 60})
			x.must(err)
		}
		insert("directory hr")
		insert("directory en")
		insert("network")
		x.save(func(tx *db.Tx) error { _, err := x.Flag(context.Background(), tx, where, "test"); return err })
		var kinds []string
		x.must(d.Select(t.Context(), &kinds, `SELECT kind FROM uploads`, nil))
		if strings.Join(kinds, " ") != "network" {
			t.Errorf("kept: %v", kinds)
		}
	})
}

// People write a street as its sentence wants it, without its marks, with or without the word for a street; and they give a
// link to a map.
func TestFlag_cutsTheStreetAsPeopleWriteIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newTown(t, d)
		for street, c := range map[string]struct{ gone, kept []string }{
			"Skrivena staza 47":        {[]string{"Nađite nas u Skrivenoj stazi 47.", "iz Skrivene staze", "na skrivenoj stazi", "SKRIVENOM STAZOM", "Skrivena staza"}, []string{"Staza je skrivena.", "Skriveno blago"}},
			"Tihovečka 9":              {[]string{"u Tihovečkoj 9", "u tihoveckoj ulici 9", "iz Tihovečke, br. 9", "do Tihovečke ulice"}, []string{"Svaki dan od 9"}},
			"Mala 3":                   {[]string{"u Maloj 3", "u maloj ulici 3"}, []string{"Radimo u maloj skupini.", "malo tišine"}},
			"Ulica kraljice Jelene 12": {[]string{"kraljice Jelene 12", "ul. kraljice Jelene", "u Ulici kraljice Jelene"}, []string{"Ulica je mirna."}},
			"Gornji Bukovac 5":         {[]string{"na Gornjem Bukovcu 5", "s Gornjeg Bukovca"}, []string{"gornji kat"}},
			"Suzna reka 8":             {[]string{"u Suznoj reci 8", "preko Suzne reke"}, nil},
		} {
			var gone, kept string
			where := x.location("Stara pekara", street, 45.8123, 15.9712)
			texts := append(c.gone, "kod Stare pekare", "https://karta.example/?q=45.8123,15.9712", "https://karta.example/45.81230%2C15.97119", "45,8123 N; 15,9712 E")
			id := x.service("Kuća", at(where), func(s *directory.Service) { s.Description = strings.Join(texts, " | ") })
			other := x.service("Druga", at(where), func(s *directory.Service) {
				s.Description = strings.Join(append(c.kept, "Adresa: 45 bodova, 15 pitanja"), " | ")
			})
			x.save(func(tx *db.Tx) error { _, err := x.Flag(context.Background(), tx, where, "test"); return err })
			s, err := x.Service(t.Context(), d, id)
			x.must(err)
			gone = s.Description
			for i, part := range strings.Split(gone, " | ") {
				if !strings.Contains(part, "…") {
					t.Errorf("%s: %q stays: %q", street, texts[i], part)
				}
			}
			if s, err = x.Service(t.Context(), d, other); err != nil || strings.Contains(s.Description, "…") {
				kept = s.Description
				t.Errorf("%s: cut out of %q %v", street, kept, err)
			}
		}
	})
}

// The same address entered twice, and what another entry of the organisation says of it.
func TestFlag_theSameAddressEnteredTwiceIsConfidentialToo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newTown(t, d)
		_, where := x.shelter()
		twin := x.location("Dnevni boravak", "Skrivena Staza  47", 45.7, 15.9)
		x.location("Prvi", "Prva 1", 45.6, 15.8)
		near := x.location("Ured", "Javna 1", 45.8, 15.951, func(l *directory.Location) { l.Description = "Kuća je u Skrivenoj stazi 47." })
		same := x.location("Kuća 2", "Prilaz bez broja", 45.8, 15.95)
		others := x.location("Knjižnica", street, 45.8, 15.95, func(l *directory.Location) { l.OwnerID = x.initiative })
		x.service("Dnevni boravak", at(twin), at(near))
		x.save(func(tx *db.Tx) error { _, err := x.Flag(context.Background(), tx, where, "test"); return err })
		for id, want := range map[string]bool{where: true, twin: true, same: true, near: false, others: false} {
			l, err := x.Location(t.Context(), d, id)
			x.must(err)
			if l.Confidential != want {
				t.Errorf("%s is confidential: %v", l.Line(), l.Confidential)
			}
			if id == near && (strings.Contains(l.Description, "staz") || l.Addresses[0].Address1 != "Javna 1") {
				t.Errorf("the office says %q at %v", l.Description, l.Addresses)
			}
		}
		versions, err := x.Versions(t.Context(), d, "location", near)
		x.must(err)
		for _, v := range versions {
			if strings.Contains(v.Body, "stazi") {
				t.Errorf("its version %d says it", v.Version)
			}
		}
		x.sound()
	})
}
