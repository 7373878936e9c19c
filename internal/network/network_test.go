package network_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/network/demo"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/locales"
)

func store(d *db.DB) *network.Store {
	now := func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }
	return &network.Store{DB: d, Now: now, Auth: auth.NewStore(d, now, auth.Secrets{Pepper: make([]byte, 32)}, "http://127.0.0.1:8080")}
}

func take(t *testing.T, s *network.Store, data string) network.Report {
	t.Helper()
	r, err := network.Importer{Store: s}.Run(t.Context(), []byte(data), false, "cli")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func filled(t *testing.T, d *db.DB) (*network.Store, []network.Centre) {
	t.Helper()
	s := store(d)
	if r := take(t, s, string(demo.Network)); len(r.Faults) > 0 {
		t.Fatal(r.Faults)
	}
	list, err := s.Centres(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return s, list
}

func TestImport_sameFileTwiceChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := store(d)
		plan, err := network.Importer{Store: s}.Run(t.Context(), demo.Network, true, "cli")
		if err != nil || len(plan.Faults) > 0 {
			t.Fatal(err, plan.Faults)
		}
		if _, err := s.Network(t.Context(), d); !fault.Is(err, fault.KindNotFound) {
			t.Error("a dry run made the network", err)
		}
		first := take(t, s, string(demo.Network))
		if first.Count(network.Created) != len(first.Changes) || len(first.Changes) != len(plan.Changes) || len(first.Changes) == 0 {
			t.Errorf("first time: %v", first)
		}
		second := take(t, s, string(demo.Network))
		if second.Count(network.Same) != len(first.Changes) {
			t.Errorf("second time: %v", second)
		}
		third := take(t, s, strings.Replace(string(demo.Network), "phone: 01 000 0001", "phone: 01 000 0009", 1))
		if third.Count(network.Updated) != 1 || third.Count(network.Created) != 0 {
			t.Errorf("a changed number: %v", third)
		}
		c, err := s.CentreBySlug(t.Context(), d, "sesnaestica")
		if err != nil || c.Phone != "01 000 0009" || c.Version != 2 {
			t.Errorf("%+v %v", c, err)
		}
		chain, err := s.AreaOf(t.Context(), d, mustSlug(t, s, "senior-centar-jarun"))
		if err != nil || len(chain) != 3 || chain[0].Slug != "jarun" || chain[2].Slug != "zagreb" {
			t.Errorf("areas of Jarun: %v %v", chain, err)
		}
	})
}

func mustSlug(t *testing.T, s *network.Store, slug string) network.Centre {
	t.Helper()
	c, err := s.CentreBySlug(t.Context(), s.DB, slug)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestImport_exampleInTheDocumentsIsTheDemo(t *testing.T) {
	b, err := os.ReadFile("../../docs/examples/network.yaml")
	if err != nil || string(b) != string(demo.Network) {
		t.Fatal("docs/examples/network.yaml differs from internal/network/demo/network.yaml", err)
	}
}

const small = `network:
  name: {hr: Mreža}
  zone: Europe/Zagreb
areas:
  - {slug: grad, kind: city, name: {hr: Grad}}
organisations:
  - {slug: udruga, kind: cso, name: Udruga}
centres:
  - slug: prvi
    organisation: udruga
    area: grad
    name: Prvi
    hours:
      - {weekday: 1, opens: "09:00", closes: "17:00"}
`

func TestImport_faultsNameLineFieldAndRemedyAndNothingIsImported(t *testing.T) {
	for _, c := range []struct {
		name, from, to string
		line           int
		field, key     string
	}{
		{"unknown key", "zone: Europe", "zona: Europe", 3, "network.zona", "network.import.fault.unknown_key"},
		{"wrong zone", "Europe/Zagreb", "Europe/Zagrab", 3, "network.zone", "network.fault.zone"},
		{"wrong slug", "slug: prvi", "slug: Prvi centar", 9, "centres[0].slug", "network.fault.slug"},
		{"missing organisation", "organisation: udruga", "organisation: klub", 10, "centres[0].organisation", "network.import.fault.no_organisation"},
		{"missing area", "area: grad", "area: selo", 11, "centres[0].area", "network.import.fault.no_area"},
		{"wrong time", `closes: "17:00"`, `closes: "25:00"`, 14, "centres[0].hours[0].closes", "fault.not_a_time"},
		{"weekday", "weekday: 1", "weekday: 8", 14, "centres[0].hours[0].weekday", "fault.not_a_number"},
		{"wrong kind", "weekday: 1", "weekday: ponedjeljak", 14, "", "network.import.fault.kind"},
		{"language", "name: {hr: Grad}", "name: {de: Grad}", 5, "areas[0].name", "network.import.fault.language"},
		{"text for a map", "name: {hr: Grad}", "name: Grad", 5, "areas[0].name", "network.import.fault.text"},
		{"Windows-1250", "Mreža", "Mre\x9ea", 2, "", "network.import.fault.encoding"},
		{"syntax", "areas:", "areas: [", 0, "", "network.import.fault.syntax"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := dbtest.SQLite(t)
			s := store(d)
			r := take(t, s, strings.Replace(small, c.from, c.to, 1))
			found := false
			for _, f := range r.Faults {
				if f.Key == c.key && (c.line == 0 || f.Line == c.line) && (c.field == "" || f.Field == c.field) && f.Line > 0 && f.Column > 0 {
					found = true
				}
			}
			if !found {
				t.Errorf("faults: %+v", r.Faults)
			}
			if len(r.Changes) > 0 {
				t.Errorf("a refused file changes %v", r.Changes)
			}
			if list, err := s.Centres(t.Context(), d); err != nil || len(list) > 0 {
				t.Error("half imported", list, err)
			}
		})
	}
	if r := take(t, store(dbtest.SQLite(t)), small); len(r.Faults) > 0 {
		t.Error("the file without a fault has", r.Faults)
	}
}

func TestPerson_ofAnotherCentreIsNotFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, centres := filled(t, d)
		ctx := t.Context()
		var id string
		err := d.Tx(ctx, func(tx *db.Tx) (err error) {
			id, err = s.AddPerson(ctx, tx, network.Person{CentreID: centres[0].ID, Name: "Osoba 7", Lang: "hr", Purpose: "registration", DeleteOn: "2027-01-01"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if p, err := s.Person(ctx, d, centres[0].ID, id); err != nil || p.Name != "Osoba 7" {
			t.Error(p, err)
		}
		if _, err := s.Person(ctx, d, centres[1].ID, id); !fault.Is(err, fault.KindNotFound) {
			t.Error("read from another centre:", err)
		}
		if list, err := s.FindPeople(ctx, d, centres[1].ID, "osoba", strings.Compare, 10); err != nil || len(list) > 0 {
			t.Error("found from another centre:", list, err)
		}
		if _, err := s.ExportPerson(ctx, centres[1].ID, id, "x"); !fault.Is(err, fault.KindNotFound) {
			t.Error("exported from another centre:", err)
		}
		if err := s.ErasePerson(ctx, centres[1].ID, id, "x"); !fault.Is(err, fault.KindNotFound) {
			t.Error("erased from another centre:", err)
		}
		if list, err := s.FindPeople(ctx, d, centres[0].ID, "7", strings.Compare, 10); err != nil || len(list) != 1 {
			t.Error("not found by the second word:", list, err)
		}
	})
}

// TestFindPeople_asTheyAreTypedInAHurry: with or without capitals and marks, by any word of the name, in the order of names.
func TestFindPeople_asTheyAreTypedInAHurry(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, centres := filled(t, d)
		texts, err := i18n.Load(locales.FS)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"Čedomir Š.", "Cvita Đ.", "Željka Ć.", "Ana-Marija", "Šime"} {
			if err := d.Tx(t.Context(), func(tx *db.Tx) error {
				_, err := s.AddPerson(t.Context(), tx, network.Person{CentreID: centres[0].ID, Name: name, Lang: i18n.HR, Purpose: "registration", DeleteOn: "2099-01-01"})
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		for typed, want := range map[string]string{"sime": "Šime", "ŠIME": "Šime", "željka ć": "Željka Ć.", "zeljka c": "Željka Ć.", "marija": "Ana-Marija", "ana-m": "Ana-Marija", "dj": "Cvita Đ.",
			"c": "Cvita Đ., Čedomir Š., Željka Ć.", "rija": "", "%": "", " ": ""} {
			list, err := s.FindPeople(t.Context(), d, centres[0].ID, typed, texts.For(i18n.HR).Names(), 10)
			var got []string
			for _, p := range list {
				got = append(got, p.Name)
			}
			if err != nil || strings.Join(got, ", ") != want {
				t.Errorf("%q finds %q, want %q, %v", typed, got, want, err)
			}
		}
	})
}

func TestErasePerson_runsTheHooksOfFeaturesAboveAndGoesAtItsDate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, centres := filled(t, d)
		ctx := t.Context()
		var erased []string
		s.Hooks = []network.PersonHook{{Name: "visits",
			Export: func(_ context.Context, _ db.Querier, id string) (any, error) { return 3, nil },
			Erase:  func(_ context.Context, _ *db.Tx, id string) error { erased = append(erased, id); return nil }}}
		add := func(deleteOn string) (id string) {
			if err := d.Tx(ctx, func(tx *db.Tx) (err error) {
				id, err = s.AddPerson(ctx, tx, network.Person{CentreID: centres[0].ID, Name: "Osoba", Lang: "hr", Purpose: "attendance", DeleteOn: deleteOn})
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return id
		}
		one, due, later := add("2027-01-01"), add("2026-11-22"), add("2026-11-23")
		if x, err := s.ExportPerson(ctx, centres[0].ID, one, "x"); err != nil || x["visits"] != 3 {
			t.Error(x, err)
		}
		if err := s.ErasePerson(ctx, centres[0].ID, one, "x"); err != nil {
			t.Fatal(err)
		}
		if err := s.DeletePeopleDue(ctx, s.Now()); err != nil {
			t.Fatal(err)
		}
		if len(erased) != 2 || erased[0] != one || erased[1] != due {
			t.Errorf("erased %v", erased)
		}
		if _, err := s.Person(ctx, d, centres[0].ID, later); err != nil {
			t.Error("went before its date:", err)
		}
		var rows int
		if err := d.Get(ctx, &rows, `SELECT COUNT(*) FROM audit_rows WHERE action = 'person.erase'`, nil); err != nil || rows != 2 {
			t.Error("audit rows:", rows, err)
		}
	})
}

func TestOpenAt(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Zagreb")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	c := network.Centre{Zone: "Europe/Zagreb", Hours: network.HoursList{
		{Weekday: 1, Opens: "09:00", Closes: "13:00"}, {Weekday: 1, Opens: "15:00", Closes: "19:00"},
		{Weekday: 5, Opens: "20:00", Closes: "02:00"}, {Weekday: 7, Opens: "01:00", Closes: "05:00"},
	}}
	for _, x := range []struct {
		name, now, next string
		open            bool
		closed          string
	}{
		{"in the morning", "2026-11-23 09:00", "2026-11-23 13:00", true, ""},
		{"at closing time it is shut", "2026-11-23 13:00", "2026-11-23 15:00", false, ""},
		{"after the last day", "2026-11-23 19:30", "2026-11-27 20:00", false, ""},
		{"in the night that Friday lasts into", "2026-11-28 01:30", "2026-11-28 02:00", true, ""},
		{"after that night", "2026-11-28 02:00", "2026-11-29 01:00", false, ""},
		{"the day it is closed", "2026-12-07 10:00", "2026-12-11 20:00", false, "2026-12-07"},
		{"the night the clock goes back", "2026-10-25 04:30", "2026-10-25 05:00", true, ""},
	} {
		o := c.OpenAt(at(x.now), []network.Closure{{FromDate: "2026-12-07", ToDate: "2026-12-08"}})
		if o.Open != x.open || !o.Next.Equal(at(x.next)) || (o.Closed != nil) != (x.closed != "") {
			t.Errorf("%s: %+v", x.name, o)
		}
	}
	if o := (network.Centre{Zone: "Europe/Zagreb"}).OpenAt(at("2026-11-23 10:00"), nil); o.Open || !o.Next.IsZero() {
		t.Errorf("a centre without hours: %+v", o)
	}
	night := network.Centre{Zone: "Europe/Zagreb", Hours: network.HoursList{{Weekday: 7, Opens: "01:00", Closes: "05:00"}}}
	if o := night.OpenAt(at("2026-10-25 01:00"), nil); !o.Open || o.Next.Sub(at("2026-10-25 01:00")) != 5*time.Hour {
		t.Errorf("the night that is an hour longer: %+v", o)
	}
}
