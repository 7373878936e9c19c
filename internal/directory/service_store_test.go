package directory_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kvart/internal/directory"
	"kvart/internal/hsds"
	"kvart/internal/platform/clock"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/geo"
	"kvart/internal/platform/i18n"
)

func TestSaveService_isReadAsItWasSaved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		where := w.location("Dom", "Ulica 1", 45.8, 15.95)
		low := 65.0
		id := w.service("Pomoć u kući", at(where), of(w.home), func(s *directory.Service) {
			s.SetText("description", i18n.Text{i18n.HR: "Nosimo namirnice.", i18n.EN: "We carry your shopping."})
			s.MinimumAge, s.Own = &low, directory.Own{Cost: "free", First: directory.FirstVisit{Meets: "koordinacija", Name: "any"}}
			s.Phones = []hsds.Phone{{ID: db.NewID(), Number: "01 000 0002"}}
			s.Schedules = []hsds.Schedule{{ID: db.NewID(), Freq: "WEEKLY", ByDay: "MO,TH", OpensAt: "09:00", ClosesAt: "12:00"}}
		})
		one, err := w.Service(t.Context(), d, id)
		w.must(err)
		if one.Version != 1 || one.Owner.Name != "Udruga Susjedi" || len(one.Places) != 1 || one.Places[0].At.Line() != "Ulica 1, 10000 Zagreb" || !one.IsFree() {
			t.Errorf("got %+v", one)
		}
		if en := one.In(i18n.EN); en.Description != "We carry your shopping." || en.Name != "Pomoć u kući" {
			t.Errorf("in English: %q, %q", en.Name, en.Description)
		}
		// Saved again as it was read, nothing of it changes but its version.
		w.save(func(tx *db.Tx) error { return w.SaveService(t.Context(), tx, one, "save", "test") })
		again, err := w.Service(t.Context(), d, id)
		w.must(err)
		one.Version++
		if diff := cmp.Diff(one, again); diff != "" {
			t.Error(diff)
		}
		versions, err := w.Versions(t.Context(), d, "service", id)
		w.must(err)
		if len(versions) != 2 || versions[0].Version != 2 {
			t.Errorf("versions %v", versions)
		}
		// Somebody who has an old one is told.
		one.Version = 1
		if err := d.Tx(t.Context(), func(tx *db.Tx) error { return w.SaveService(context.Background(), tx, one, "save", "test") }); !fault.Is(err, fault.KindConflict) {
			t.Errorf("an old version: %v", err)
		}
	})
}

func TestSaveLocation_findsItsAreaAndRefusesDegreesThatCannotBe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		id := w.location("Dom", "Ulica 1", 45.8, 15.95, func(l *directory.Location) { l.AreaID = nil })
		l, err := w.Location(t.Context(), d, id)
		w.must(err)
		if l.AreaID == nil || *l.AreaID != w.city {
			t.Errorf("area %v", l.AreaID)
		}
		for key, degrees := range map[string][2]float64{"directory.fault.coordinates_zero": {0, 0}, "directory.fault.coordinates_swapped": {15.95, 45.8}, "directory.fault.coordinates": {100, 101}} {
			l.Latitude, l.Longitude = &degrees[0], &degrees[1]
			err := d.Tx(t.Context(), func(tx *db.Tx) error { return w.SaveLocation(context.Background(), tx, l, "save", "test") })
			if e := fault.Of(err); err == nil || len(e.Fields) != 1 || e.Fields[0].Key != key {
				t.Errorf("%v: %v", degrees, err)
			}
		}
	})
}

// The database itself refuses what must never be kept of a shelter.
func TestConfidentialLocation_isRefusedWithMoreThanItsCity(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		id := w.location("Sklonište", "Tajna 5", 45.8, 15.95)
		if _, err := d.Exec(t.Context(), `UPDATE directory_locations SET confidential = 1 WHERE id = :id`, db.Args{"id": id}); db.Refused(err) != "directory_confidential" {
			t.Errorf("flagged with its street: %v", err)
		}
		w.save(func(tx *db.Tx) error {
			return w.SaveLocation(t.Context(), tx, directory.Location{Location: hsds.Location{ID: db.NewID()}, City: "Zagreb", Confidential: true, AreaID: &w.north}, "save", "test")
		})
	})
}

func TestSaveTerm_refusesACycleAndAnotherTree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		save := func(term directory.Term) error {
			return d.Tx(t.Context(), func(tx *db.Tx) error { return w.SaveTerm(context.Background(), tx, term, "test") })
		}
		elders := directory.Term{ID: w.elders, Version: 1, TaxonomyID: w.groups, ParentID: &w.home, Name: i18n.Text{i18n.HR: "Starije osobe"}}
		if err := save(elders); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("a cycle: %v", err)
		}
		other := directory.Taxonomy{ID: db.NewID(), Name: i18n.Text{i18n.HR: "Druga"}}
		w.save(func(tx *db.Tx) error { return w.SaveTaxonomy(t.Context(), tx, other, "test") })
		if err := save(directory.Term{ID: db.NewID(), TaxonomyID: other.ID, ParentID: &w.home, Name: i18n.Text{i18n.HR: "Krivo"}}); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("below a term of another taxonomy: %v", err)
		}
	})
}

func TestEach_walksWhatTheFilterChoosesOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		near, far := w.location("Dom", "Ulica 1", 45.80, 15.95), w.location("Škola", "Ulica 2", 45.88, 16.05, func(l *directory.Location) { l.Addresses[0].PostalCode = "10010" })
		a := w.service("Prva", at(near), of(w.home))
		b := w.service("Druga", at(far), of(w.advice))
		w.service("Treća", func(s *directory.Service) { s.Status = "defunct" })
		for name, c := range map[string]struct {
			filter directory.Filter
			want   int
			first  string
		}{
			"all":          {directory.Filter{}, 3, a},
			"listed":       {directory.Filter{Listed: true}, 2, a},
			"group":        {directory.Filter{Term: w.legal}, 1, b},
			"taxonomy":     {directory.Filter{Taxonomy: w.groups}, 2, a},
			"postcode":     {directory.Filter{Postcode: "10010"}, 1, b},
			"near":         {directory.Filter{Postcode: "10000", Metres: 3000}, 1, a},
			"wide":         {directory.Filter{Postcode: "10000", Metres: 30000}, 2, a},
			"no such code": {directory.Filter{Postcode: "99999", Metres: 3000}, 0, ""},
			"since":        {directory.Filter{ModifiedFrom: thursday.Unix() + 1}, 0, ""},
			"organisation": {directory.Filter{Organisation: w.initiative}, 0, ""},
			"two at once":  {directory.Filter{Term: w.elders, Postcode: "10000"}, 1, a},
			"no such term": {directory.Filter{Term: db.NewID()}, 0, ""},
		} {
			var got []string
			w.must(w.Each(t.Context(), d, c.filter, func(list []directory.Service) error {
				for _, s := range list {
					got = append(got, s.ID)
				}
				return nil
			}))
			n, err := w.Count(t.Context(), d, c.filter)
			w.must(err)
			if len(got) != c.want || n != c.want || c.want > 0 && got[0] != c.first {
				t.Errorf("%s: %v, counted %d, want %d", name, got, n, c.want)
			}
		}
	})
}

func TestShown_initiativeWithoutConsentIsReachedThroughItsCentre(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		id := w.service("Šetnje", func(s *directory.Service) {
			s.OrganizationID, s.Email, s.Phones = w.initiative, "mi@kvart.example", []hsds.Phone{{ID: db.NewID(), Number: "091 000 001"}}
		})
		one, err := w.Service(t.Context(), d, id)
		w.must(err)
		if s := one.Shown("2026-11-26"); s.Email != "" || s.Phones != nil || s.Owner.Phones != nil {
			t.Errorf("shown %+v", s)
		}
		// Where it meets is found by nobody either: not by words, not by a postcode, not by a distance.
		where := w.location("Stan", "Skrivena 7", 45.80, 15.95, func(l *directory.Location) { l.Addresses[0].PostalCode = "10099" })
		hidden := w.service("Čaj kod kuće", at(where), func(s *directory.Service) { s.OrganizationID = w.initiative })
		tea, err := w.Service(t.Context(), d, hidden)
		w.must(err)
		if p := tea.Shown("2026-11-26").Places[0].At; p.Line() != "Zagreb" || p.Latitude != nil || p.Name != "" {
			t.Errorf("the place of tea is shown: %+v", p)
		}
		if n, err := w.Count(t.Context(), d, directory.Filter{Postcode: "10099"}); err != nil || n != 0 {
			t.Errorf("by its postcode: %d, %v", n, err)
		}
		if f, err := w.Find(t.Context(), d, directory.Ask{Words: "skrivena", Lang: i18n.HR}); err != nil || f.Count != 0 {
			t.Errorf("by its street: %+v, %v", f, err)
		}
		if f, err := w.Find(t.Context(), d, directory.Ask{Words: "čaj", Lang: i18n.HR, Near: &geo.Point{Lat: 45.8, Lon: 15.95}}); err != nil || f.Count != 1 || f.Hits[0].Metres != -1 {
			t.Errorf("its distance: %+v, %v", f, err)
		}
		one.Owner.Reach, one.Owner.ReachUntil = directory.Direct, "2026-12-01"
		if s := one.Shown("2026-12-01"); s.Email == "" {
			t.Error("on the last day of the consent it is not shown")
		}
		if s := one.Shown("2026-12-02"); s.Email != "" {
			t.Error("after the consent it is shown")
		}
	})
}

func TestOpenAt_weeklyMonthlyHolidaysAndPastMidnight(t *testing.T) {
	local := func(s string) time.Time {
		at, err := time.ParseInLocation("2006-01-02 15:04", s, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	two := 2.0
	weekly := hsds.Schedule{Freq: "WEEKLY", ByDay: "TH", OpensAt: "09:00", ClosesAt: "12:00:00"}
	for name, c := range map[string]struct {
		h    hsds.Schedule
		now  string
		open bool
		next string
	}{
		"open":               {weekly, "2026-11-26 09:00", true, "2026-11-26 12:00"},
		"closed at its end":  {weekly, "2026-11-26 12:00", false, "2026-12-03 09:00"},
		"past midnight":      {hsds.Schedule{Freq: "WEEKLY", ByDay: "TH", OpensAt: "20:00", ClosesAt: "02:00"}, "2026-11-27 01:59", true, "2026-11-27 02:00"},
		"first Tuesday":      {hsds.Schedule{Freq: "MONTHLY", ByDay: "1TU", OpensAt: "10:00", ClosesAt: "11:00"}, "2026-11-26 10:30", false, "2026-12-01 10:00"},
		"last day of month":  {hsds.Schedule{Freq: "MONTHLY", ByMonthDay: "-1", OpensAt: "10:00", ClosesAt: "11:00"}, "2026-11-30 10:30", true, "2026-11-30 11:00"},
		"each second week":   {hsds.Schedule{Freq: "WEEKLY", ByDay: "TH", DTStart: "2026-11-19", Interval: &two, OpensAt: "09:00", ClosesAt: "12:00"}, "2026-11-26 10:00", false, "2026-12-03 09:00"},
		"Christmas":          {hsds.Schedule{Freq: "WEEKLY", ByDay: "FR", OpensAt: "09:00", ClosesAt: "12:00"}, "2026-12-25 10:00", false, "2027-01-08 09:00"},
		"not valid any more": {hsds.Schedule{Freq: "WEEKLY", ByDay: "TH", ValidTo: "2026-11-20", OpensAt: "09:00", ClosesAt: "12:00"}, "2026-11-26 10:00", false, ""},
	} {
		o := directory.OpenAt([]hsds.Schedule{c.h}, local(c.now))
		next := ""
		if !o.Next.IsZero() {
			next = o.Next.Format("2006-01-02 15:04")
		}
		if o.Open != c.open || next != c.next {
			t.Errorf("%s: open %v, next %q; want %v, %q", name, o.Open, next, c.open, c.next)
		}
	}
}

// A line for people in a crisis is open around the clock: at five to midnight it does not close in five minutes.
func TestOpenAt_hoursThatGoOnAreOne(t *testing.T) {
	zone := clock.Zone("Europe/Zagreb")
	every := func(from, to string) hsds.Schedule {
		return hsds.Schedule{ID: db.NewID(), Freq: "WEEKLY", ByDay: "MO,TU,WE,TH,FR,SA,SU", OpensAt: from, ClosesAt: to}
	}
	late := time.Date(2026, 11, 26, 23, 55, 0, 0, zone)
	for _, list := range [][]hsds.Schedule{{every("00:00", "24:00")}, {every("00:00", "00:00")}, {every("08:00", "20:00"), every("20:00", "08:00")}} {
		if o := directory.OpenAt(list, late); !o.Open || !o.Always || !o.Next.IsZero() {
			t.Errorf("%+v: %+v", list, o)
		}
	}
	noon := time.Date(2026, 11, 26, 11, 0, 0, 0, zone)
	if o := directory.OpenAt([]hsds.Schedule{every("09:00", "12:00"), every("12:00", "17:00"), every("16:00", "18:00")}, noon); !o.Open || o.Always || o.Next.Hour() != 18 {
		t.Errorf("with hours that follow each other: %+v", o)
	}
	if o := directory.OpenAt([]hsds.Schedule{every("09:00", "12:00"), every("12:01", "17:00")}, noon); o.Next.Hour() != 12 {
		t.Errorf("with a break: %+v", o)
	}
	// The night on which the clocks change is as long as it is.
	for day, hours := range map[string]float64{"2026-10-24": 9, "2026-03-28": 7} {
		d, _ := time.ParseInLocation(time.DateOnly, day, zone)
		at := d.Add(22*time.Hour + 30*time.Minute)
		o := directory.OpenAt([]hsds.Schedule{every("22:00", "06:00")}, at)
		if !o.Open || o.Next.Hour() != 6 || o.Next.Sub(at).Hours() != hours-0.5 {
			t.Errorf("%s: %+v", day, o)
		}
	}
}

// Words of any length, and as many as a text may have, are kept and found on both engines; and so is whatever is typed.
func TestFind_anyTextAndAnyQuestion(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		var many strings.Builder
		for i := range 1400 {
			fmt.Fprintf(&many, "r%05d ", i)
		}
		for _, text := range []string{strings.Repeat("a", 10_000), strings.Repeat("č", 10_000), strings.Repeat("đ š", 3_300), many.String(), "' \" \\ : & | ! ( ) * <-> \x7f \u2028 \U0001f600", strings.Repeat("🙂", 10_000), "a\u0301\u0301\u0301"} {
			w.service("Služba", func(s *directory.Service) { s.Description = text })
		}
		for _, words := range []string{"", " ", `"`, `'`, `*`, `sluzba*`, `NEAR(sluzba, a)`, `sluzba AND NOT sluzba`, `sluzba OR`, `sluzba:*`, `& | !`, `\`, `<->`, `{words}: sluzba`, `^sluzba`, `-sluzba`, `(((((`, "i u na za od", "?!.,;",
			strings.Repeat("a", 10_000), strings.Repeat("sluzba ", 1_500), strings.Repeat("x y ", 2_500), "\x00", "slu\x00zba", "\xff\xfe", "slu\xc5", strings.Repeat("đ", 10_000), strings.Repeat("🙂", 10_000), many.String(), "%_", "sluzba; DROP TABLE directory_services"} {
			for _, l := range []i18n.Lang{i18n.HR, i18n.EN, i18n.NB} {
				start := time.Now()
				if _, err := w.FindCounted(t.Context(), directory.Ask{Words: words, Lang: l, Page: 500, Area: w.city, Free: true}); err != nil {
					t.Errorf("%.40q: %v", words, err)
				}
				if _, _, err := w.FindIDs(t.Context(), words, directory.Filter{Listed: true}, 1<<40, 1000); err != nil {
					t.Errorf("%.40q by the API: %v", words, err)
				}
				if took := time.Since(start); took > 5*time.Second {
					t.Errorf("%.40q took %s", words, took)
				}
			}
		}
	})
}

// Hours that a number of times ends are over after that (RFC 5545 section 3.3.10).
func TestOn_aNumberOfTimesEnds(t *testing.T) {
	five := 5.0
	h := hsds.Schedule{ID: db.NewID(), Freq: "WEEKLY", ByDay: "MO,TH", DTStart: "2026-11-02", Count: &five, OpensAt: "09:00", ClosesAt: "10:00"}
	for day, want := range map[string]bool{"2026-11-02": true, "2026-11-05": true, "2026-11-16": true, "2026-11-19": false, "2026-11-23": false, "2036-11-20": false} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil || directory.On(h, at) != want {
			t.Errorf("%s: %v", day, !want)
		}
	}
}
