package directory_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/directory"
	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
)

func TestServiceForm_isKeptAsItWasTyped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDesk(t, d)
		where := x.location("Dom", "Ulica 1", 45.8, 15.95)
		m := x.member()
		page := m.get("/desk/services/new", http.StatusOK)
		f := form(page, "#service")
		// One more telephone: what was typed stays.
		f.Set("name-hr", "Pomoć u kući")
		f.Set("phones-0-number", "01 000 0003")
		f.Set("add", "phones")
		page = m.post("/desk/services/new", f, http.StatusOK)
		again := form(page, "#service")
		if again.Get("name-hr") != "Pomoć u kući" || again.Get("phones-0-number") != "01 000 0003" || !again.Has("phones-1-number") || page.Find(".summary").Length() > 0 {
			t.Errorf("after a press for one more telephone: %v", again)
		}
		f = again
		f.Set("phones-1-number", "01 000 0004")
		f.Set("phones-1-description", "uredovno vrijeme")
		f.Set("description-hr", "Nosimo namirnice.")
		f.Set("description-en", "We carry your shopping.")
		f.Add("terms", x.home)
		f.Add("spoken", "hr")
		f.Add("spoken", "uk")
		f.Add("places", where)
		f.Set("min", "65")
		f.Set("cost", "free")
		f.Set("first.name", "any")
		f.Set("first.meets-hr", "koordinacija")
		f.Set("papers-0-document", "iskaznica")
		for _, day := range []string{"1", "4"} {
			f.Set("opens-"+day+"-0", "09:00")
			f.Set("closes-"+day+"-0", "12:00")
		}
		m.post("/desk/services/new", f, http.StatusSeeOther)
		m.post("/desk/services/new", f, http.StatusSeeOther) // the same form twice is one service
		list, err := x.ServicesOf(t.Context(), d, x.association)
		x.must(err)
		if len(list) != 1 {
			t.Fatalf("%d services", len(list))
		}
		s := list[0]
		if s.Name != "Pomoć u kući" || s.Text("description")[i18n.EN] != "We carry your shopping." || len(s.Phones) != 2 || s.Phones[1].Description != "uredovno vrijeme" ||
			len(s.Schedules) != 1 || s.Schedules[0].ByDay != "MO,TH" || len(s.Places) != 1 || s.Terms()[0] != x.home || len(s.Languages) != 2 || *s.MinimumAge != 65 ||
			!s.IsFree() || s.Own.First.Meets != "koordinacija" || s.RequiredDocuments[0].Document != "iskaznica" || s.AssuredDate != "2026-11-26" || s.AssuredBy != "organisation" || s.AskAt == nil {
			t.Errorf("saved %+v", s)
		}
		// Saved again as it is shown, nothing of it changes: not even an id.
		m.post("/desk/services/"+s.ID, form(m.get("/desk/services/"+s.ID, http.StatusOK), "#service"), http.StatusSeeOther)
		same, err := x.Service(t.Context(), d, s.ID)
		x.must(err)
		page = m.get("/desk/services/"+s.ID+"/history", http.StatusOK)
		if same.Version != 2 || page.Find("table").Length() != 0 || !strings.Contains(page.Text(), "ne vidi") {
			t.Errorf("version %d, its history tells of %s", same.Version, page.Find("main").Text())
		}
	})
}

func TestServiceForm_faultsStandBesideTheirFieldsAndNothingTypedIsLost(t *testing.T) {
	x := newDesk(t, dbtest.SQLite(t))
	m := x.member()
	f := form(m.get("/desk/services/new", http.StatusOK), "#service")
	for name, v := range map[string]string{"name-en": "Only English", "description-nb": strings.Repeat("å", 10_001), "min": "70", "max": "12", "email": "nema", "url": "javascript:alert(1)",
		"phones-0-number": "x", "opens-2-0": "9 sati", "opens-3-0": "10:00", "closes-4-0": "10:00", "opens-5-0": "10:00", "closes-5-0": "10:00", "status": "kakvo", "cost": "malo", "first.card": "?"} {
		f.Set(name, v)
	}
	f.Set("places", db.NewID())
	page := m.post("/desk/services/new", f, http.StatusUnprocessableEntity)
	for _, name := range []string{"name-hr", "opens-2-0", "closes-2-0", "closes-3-0", "opens-4-0", "closes-5-0"} {
		if page.Find(`[id="e-`+name+`"]`).Length() == 0 {
			t.Errorf("no fault beside %s", name)
		}
	}
	f.Set("name-hr", "Usluga")
	page = m.post("/desk/services/new", f, http.StatusUnprocessableEntity)
	for _, name := range []string{"description-nb", "max", "email", "url", "phones-0-number", "status", "cost", "first.card"} {
		if page.Find(`[id="e-`+name+`"]`).Length() == 0 {
			t.Errorf("no fault beside %s", name)
		}
	}
	page.Find(".summary a").Each(func(_ int, s *goquery.Selection) {
		to, _ := s.Attr("href")
		if page.Find(`[id="`+strings.TrimPrefix(to, "#")+`"]`).Length() != 1 {
			t.Errorf("the summary leads to %s, which is not there", to)
		}
	})
	again := form(page, "#service")
	for name, v := range f {
		if name != "places" && name != "status" && name != "cost" && name != "first.card" && !strings.HasSuffix(name, "-id") && again.Get(name) != v[0] {
			t.Errorf("%s was lost: %q", name, again.Get(name))
		}
	}
}

// What the form does not ask for, and what a weekly table cannot say, stays.
func TestServiceForm_keepsWhatItDoesNotAskFor(t *testing.T) {
	x := newDesk(t, dbtest.SQLite(t))
	where := x.location("Dom", "Ulica 1", 45.8, 15.95)
	monthly := hsds.Schedule{ID: db.NewID(), Freq: "MONTHLY", ByDay: "1TU", OpensAt: "17:00", ClosesAt: "19:00"}
	there := hsds.Schedule{ID: db.NewID(), Freq: "WEEKLY", ByDay: "SA", OpensAt: "10:00", ClosesAt: "12:00"}
	id := x.service("Savjet", func(s *directory.Service) {
		s.Schedules, s.Licenses = []hsds.Schedule{monthly}, "dozvola"
		s.Places = []directory.Place{{AtLocation: hsds.AtLocation{LocationID: where, Schedules: []hsds.Schedule{there}}}}
		s.Languages = []hsds.Language{{ID: db.NewID(), Code: "pl"}}
	})
	m := x.member()
	page := m.get("/desk/services/"+id, http.StatusOK)
	if text := page.Text(); !strings.Contains(text, "17:00–19:00") || !strings.Contains(text, "10:00–12:00") {
		t.Error("what the table cannot say is not shown")
	}
	f := form(page, "#service")
	f.Set("opens-1-0", "08:00")
	f.Set("closes-1-0", "09:00")
	m.post("/desk/services/"+id, f, http.StatusSeeOther)
	s, err := x.Service(t.Context(), x.DB, id)
	x.must(err)
	if len(s.Schedules) != 2 || s.Schedules[1].ByDay != "1TU" || s.Licenses != "dozvola" || len(s.Places[0].Schedules) != 1 || s.Languages[0].Code != "pl" || s.AssuredDate != "2026-11-01" {
		t.Errorf("saved %+v", s)
	}
	f.Set("version", "2")
	f.Set("drop", monthly.ID)
	f.Set("assured", "1")
	m.post("/desk/services/"+id, f, http.StatusSeeOther)
	s, err = x.Service(t.Context(), x.DB, id)
	x.must(err)
	if len(s.Schedules) != 1 || s.AssuredDate != "2026-11-26" {
		t.Errorf("the schedule was to be taken away and the entry confirmed: %+v", s)
	}
	// Somebody else saved meanwhile: the second is told, with what was typed.
	f.Set("name-hr", "Drugi naziv")
	page = m.post("/desk/services/"+id, f, http.StatusConflict)
	if form(page, "#service").Get("name-hr") != "Drugi naziv" || !strings.Contains(page.Find(".summary").Text(), "u međuvremenu") {
		t.Error("the second editor is not told")
	}
}

func TestDesk_entriesOfOthersAreNotFound(t *testing.T) {
	x := newDesk(t, dbtest.SQLite(t))
	mine := x.service("Naša")
	place := x.location("Dom", "Ulica 1", 45.8, 15.95)
	theirs := x.service("Njihova", func(s *directory.Service) { s.OrganizationID = x.initiative })
	stranger := x.as(network.Member, network.ScopeOrganisation, x.other("druga"))
	for _, path := range []string{"/desk/services/" + mine, "/desk/services/" + mine + "/history", "/desk/organisations/" + x.association, "/desk/locations/" + place, "/desk/locations/" + place + "/confidential", "/desk/locations/" + place + "/public"} {
		stranger.get(path, http.StatusNotFound)
	}
	for path, f := range map[string]url.Values{"/desk/services/" + mine: {"name-hr": {"x"}}, "/desk/services/" + mine + "/right": nil, "/desk/services/" + mine + "/undo": {"to": {"1"}, "version": {"1"}, "sure": {"1"}},
		"/desk/organisations/" + x.association: {"name": {"x"}}, "/desk/locations/" + place: {"street": {"x"}}, "/desk/locations/" + place + "/confidential": {"sure": {"1"}}} {
		stranger.post(path, f, http.StatusNotFound)
		stranger.post(strings.ReplaceAll(path, mine, db.NewID()), f, http.StatusNotFound)
	}
	// A coordinator keeps what the centre looks after, a member only the own organisation's, the lead everything.
	c, m, l := x.coordinator(), x.member(), x.lead()
	c.get("/desk/services/"+theirs, http.StatusOK)
	c.get("/desk/services/"+mine, http.StatusNotFound)
	m.get("/desk/services/"+theirs, http.StatusNotFound)
	m.get("/desk/services/new?organisation="+x.initiative, http.StatusOK) // its own: what the address names is not asked for
	l.get("/desk/services/"+mine, http.StatusOK)
	l.get("/desk/services/"+theirs, http.StatusOK)
	if text := c.get("/desk/services", http.StatusOK).Find("main").Text(); !strings.Contains(text, "Njihova") || strings.Contains(text, "Naša") {
		t.Error("the centre's list is not what it looks after")
	}
	if text := l.get("/desk/services?q=NASA", http.StatusOK).Find("main").Text(); !strings.Contains(text, "Naša") || strings.Contains(text, "Njihova") {
		t.Error("the network's list is not what was asked for")
	}
	m.get("/desk/organisations/new", http.StatusForbidden)
	m.get("/desk/organisations/"+x.association+"/phone", http.StatusForbidden)
	x.as(network.Host, network.ScopeCentre, x.centre).get("/desk/services", http.StatusForbidden)
	// A place of another organisation is none to choose.
	f := form(c.get("/desk/services/"+theirs, http.StatusOK), "#service")
	f.Set("places", place)
	c.post("/desk/services/"+theirs, f, http.StatusUnprocessableEntity)
}

// other makes one more organisation of the network.
func (x *desk) other(slug string) string {
	x.t.Helper()
	id := db.NewID()
	_, err := x.DB.Exec(x.t.Context(), `INSERT INTO organisations (id, slug, kind, name) VALUES (:id, :s, 'cso', 'Druga udruga')`, db.Args{"id": id, "s": slug})
	x.must(err)
	return id
}

// An organisation of the network has its entry from the first time that it writes something there.
func TestDesk_beginsWithTheNetworksOrganisation(t *testing.T) {
	x := newDesk(t, dbtest.SQLite(t))
	id := x.other("treca")
	m := x.as(network.Member, network.ScopeOrganisation, id)
	m.get("/desk/services", http.StatusOK)
	if led(m.get("/desk/services/organisation", http.StatusSeeOther)) != "/desk/organisations/"+id {
		t.Error("not led to its own entry")
	}
	f := form(m.get("/desk/services/new", http.StatusOK), "#service")
	f.Set("name-hr", "Prva usluga")
	m.post("/desk/services/new", f, http.StatusSeeOther)
	o, err := x.Organisation(t.Context(), x.DB, id)
	x.must(err)
	if o.Name != "Druga udruga" || o.Version != 1 {
		t.Errorf("begun as %+v", o)
	}
	// It has an entry of its own with a place too.
	l := form(m.get("/desk/locations/new", http.StatusOK), "main form")
	l.Set("street", "Ulica 7")
	l.Set("city", "Zagreb")
	l.Set("access.step_free", "yes")
	m.post("/desk/locations/new", l, http.StatusSeeOther)
	if text := m.get("/desk/locations", http.StatusOK).Find("main").Text(); !strings.Contains(text, "Ulica 7") {
		t.Error("the place is not there")
	}
	e := form(m.get("/desk/organisations/"+id, http.StatusOK), "main form")
	e.Set("about-hr", "Tko smo.")
	e.Set("ask_email", "pitajte@kvart.example")
	m.post("/desk/organisations/"+id, e, http.StatusSeeOther)
	if o, _ = x.Organisation(t.Context(), x.DB, id); o.Description != "Tko smo." || o.AskEmail != "pitajte@kvart.example" || o.Version != 2 {
		t.Errorf("changed to %+v", o)
	}
	e.Set("version", "1")
	m.post("/desk/organisations/"+id, e, http.StatusConflict)
}

func TestInitiative_isEnteredByTheCentreAndItsConsentHasAnEnd(t *testing.T) {
	x := newDesk(t, dbtest.SQLite(t))
	c := x.coordinator()
	f := form(c.get("/desk/organisations/new", http.StatusOK), "main form")
	f.Set("name", "Susjedski kuhari")
	f.Set("reach", "direct")
	page := c.post("/desk/organisations/new", f, http.StatusUnprocessableEntity)
	if page.Find("#e-reach_until").Length() == 0 {
		t.Error("a consent without an end is not asked after")
	}
	f.Set("reach_until", "2030-01-01")
	c.post("/desk/organisations/new", f, http.StatusUnprocessableEntity)
	f.Set("reach_until", "2026-12-05")
	f.Set("phones-0-number", "091 000 001")
	to := led(c.post("/desk/organisations/new", f, http.StatusSeeOther))
	if !strings.HasPrefix(to, "/desk/services/new?organisation=") {
		t.Fatal(to)
	}
	s := form(c.get(to, http.StatusOK), "#service")
	s.Set("name-hr", "Topli obrok")
	c.post(to, s, http.StatusSeeOther)
	id := strings.TrimPrefix(to, "/desk/services/new?organisation=")
	list, err := x.ServicesOf(t.Context(), x.DB, id)
	x.must(err)
	o := list[0].Owner
	if *o.CentreID != x.centre || o.ByCentre("2026-12-05") || !o.ByCentre("2026-12-06") || list[0].AssuredBy != "centre" {
		t.Errorf("%+v", o)
	}
	tasks, err := x.pages.Tasks(t.Context(), x.centre, x.now)
	x.must(err)
	if len(tasks) != 1 || tasks[0].Title != "directory.task.consent" || tasks[0].Args[3] != 9 {
		t.Errorf("tasks %+v", tasks)
	}
	c.get("/desk/organisations", http.StatusOK)
}
