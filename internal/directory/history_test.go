package directory_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/directory"
	"kvart/internal/hsds"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

func TestHistory_saysWhatChangedFieldByFieldAndAsWhom(t *testing.T) {
	x := newDesk(t, dbtest.SQLite(t))
	id := x.service("Savjet")
	l := x.lead()
	f := form(l.get("/desk/services/"+id, http.StatusOK), "#service")
	f.Set("name-hr", "Pravni savjet")
	f.Set("name-en", "Legal advice")
	f.Set("opens-1-0", "09:00")
	f.Set("closes-1-0", "10:00")
	l.post("/desk/services/"+id, f, http.StatusSeeOther)
	page := x.member().get("/desk/services/"+id+"/history", http.StatusOK)
	var rows []string
	page.Find("main tbody td").Each(func(_ int, s *goquery.Selection) { rows = append(rows, strings.Join(strings.Fields(s.Text()), " ")) })
	if got := strings.Join(rows, "|"); got != "Naziv|Savjet|Pravni savjet|Naziv (en)|–|Legal advice|Radno vrijeme|–|ponedjeljak 09:00–10:00" {
		t.Errorf("changes %q", got)
	}
	if text := page.Find("main").Text(); !strings.Contains(text, "vodstvo mreže") || strings.Contains(text, "Uloga") {
		t.Error("others are not told as a function")
	}
	if text := l.get("/desk/services/"+id+"/history", http.StatusOK).Find("main").Text(); !strings.Contains(text, "· vi") {
		t.Error("one is not told that it was oneself")
	}
	// Undone, after one question; the change stays in the history.
	undo := form(page, `main form[action$="/undo"]`)
	m := x.member()
	if n := m.post("/desk/services/"+id+"/undo", undo, http.StatusOK).Find(`input[name="sure"]`).Length(); n != 1 {
		t.Error("undo does not ask")
	}
	undo.Set("sure", "1")
	m.post("/desk/services/"+id+"/undo", undo, http.StatusSeeOther)
	s, err := x.Service(t.Context(), x.DB, id)
	x.must(err)
	if s.Name != "Savjet" || s.Version != 3 || len(s.Schedules) != 0 || s.Text("name")[i18n.EN] != "" {
		t.Errorf("undone to %+v", s)
	}
	m.post("/desk/services/"+id+"/undo", undo, http.StatusConflict) // another saw an older one
	for _, wrong := range []url.Values{{"to": {"99"}, "version": {"3"}}, {"to": {"x"}, "version": {"3"}}, {"to": {"-1"}, "version": {"3"}}, {}} {
		wrong.Set("sure", "1")
		m.post("/desk/services/"+id+"/undo", wrong, http.StatusNotFound)
	}
}

func TestUndo_leavesWhatWasOnlyTrueThen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newTown(t, d)
		where := x.location("Dom", "Ulica 1", 45.8, 15.95)
		id := x.service("Savjet", at(where), of(x.advice))
		change := func(f func(*directory.Service)) {
			s, err := x.Service(t.Context(), d, id)
			x.must(err)
			f(&s)
			x.save(func(tx *db.Tx) error { return x.SaveService(t.Context(), tx, s, "save", "test") })
		}
		change(func(s *directory.Service) {
			s.Name, s.Places, s.AssuredDate, s.AssuredBy = "Novi savjet", nil, "2026-11-20", "centre"
		})
		x.save(func(tx *db.Tx) error { return x.Undo(t.Context(), tx, "service", id, 1, 2, "test") })
		s, err := x.Service(t.Context(), d, id)
		x.must(err)
		if s.Name != "Savjet" || len(s.Places) != 1 || s.AssuredDate != "2026-11-20" || s.AssuredBy != "centre" || s.Terms()[0] != x.advice || s.Version != 3 {
			t.Errorf("undone to %+v", s)
		}
		// How an initiative may be reached is not undone: a consent that was taken back stays so.
		o, err := x.Organisation(t.Context(), d, x.initiative)
		x.must(err)
		o.Reach, o.ReachUntil, o.Description = directory.Direct, "2027-01-01", "Prije."
		x.save(func(tx *db.Tx) error { return x.SaveOrganisation(t.Context(), tx, o, "save", "test") })
		o.Version++
		o.Reach, o.ReachUntil, o.Description = directory.Centre, "", "Poslije."
		x.save(func(tx *db.Tx) error { return x.SaveOrganisation(t.Context(), tx, o, "save", "test") })
		x.save(func(tx *db.Tx) error { return x.Undo(t.Context(), tx, "organisation", o.ID, 2, 3, "test") })
		if o, err = x.Organisation(t.Context(), d, x.initiative); err != nil || o.Reach != directory.Centre || o.Description != "Prije." {
			t.Errorf("%+v %v", o, err)
		}
		err = d.Tx(t.Context(), func(tx *db.Tx) error {
			return x.Undo(context.Background(), tx, "organisation", o.ID, 2, 3, "test")
		})
		if !fault.Is(err, fault.KindConflict) {
			t.Errorf("an old version: %v", err)
		}
	})
}

// What a version holds of its place is the place's id and what holds there: not where the place is.
func TestVersions_ofAServiceHoldNoAddress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newTown(t, d)
		where := x.location("Dom", "Tajni prilaz 5", 45.8, 15.95)
		l, err := x.Location(t.Context(), d, where)
		x.must(err)
		whole := l.Location
		id := x.service("Savjet", func(s *directory.Service) { // as an import has it, with the location inside
			s.Places = []directory.Place{{AtLocation: hsds.AtLocation{LocationID: where, Location: &whole}, At: l}}
			s.ServiceAtLocations = []hsds.AtLocation{{ID: db.NewID(), LocationID: where, Location: &whole}}
			s.Organization = &hsds.Organization{ID: x.association, Locations: []hsds.Location{whole}}
		})
		versions, err := x.Versions(t.Context(), d, "service", id)
		x.must(err)
		if strings.Contains(versions[0].Body, "Tajni") {
			t.Errorf("kept %s", versions[0].Body)
		}
	})
}

// Undone, an organisation is found by the name that it has again, and asked where it is asked now.
func TestUndo_ofAnOrganisationIsFoundAndAskedAsItIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		s.service("Savjet")
		save := func(name, mail string) {
			s.save(func(tx *db.Tx) error {
				o, err := s.Organisation(t.Context(), tx, s.association)
				s.must(err)
				o.Name, o.AskEmail = name, mail
				return s.SaveOrganisation(t.Context(), tx, o, "save", "test")
			})
		}
		save("Krivo ime", "novi@kvart.example")
		s.save(func(tx *db.Tx) error { return s.Undo(t.Context(), tx, "organisation", s.association, 1, 2, "test") })
		o, err := s.Organisation(t.Context(), d, s.association)
		s.must(err)
		if o.Name != "Udruga Susjedi" || o.AskEmail != "novi@kvart.example" {
			t.Errorf("undone to %s, asked at %s", o.Name, o.AskEmail)
		}
		save("Domaćini", o.AskEmail)
		s.save(func(tx *db.Tx) error { return s.Undo(t.Context(), tx, "organisation", s.association, 1, 4, "test") })
		if got := s.finds(directory.Ask{Words: "susjedi", Lang: i18n.HR}); got != "Savjet" {
			t.Errorf("found by its name: %q", got)
		}
		if got := s.finds(directory.Ask{Words: "domaćini", Lang: i18n.HR}); got != "" {
			t.Errorf("found by the name that it no longer has: %q", got)
		}
	})
}
