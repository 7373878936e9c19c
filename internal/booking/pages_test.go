package booking_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/locales"
)

// desk puts the place's pages behind a server and returns a browser signed in under the role at its centre.
func (p *place) desk(role auth.Role) func(path string, form url.Values) (*goquery.Document, int) {
	p.t.Helper()
	words, err := i18n.Load(locales.FS)
	p.must(err)
	now := func() time.Time { return p.now }
	accounts := auth.NewStore(p.DB, now, auth.Secrets{Pepper: []byte(strings.Repeat("p", 32))}, "http://kvart.test")
	accounts.Cost = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	a, err := accounts.AddAccount(p.t.Context(), string(role), "Osoba", "", "četiri obične riječi", auth.Held{Role: role, Scope: auth.Scope{Kind: network.ScopeCentre, ID: p.centre}})
	p.must(err)
	net := &network.Store{DB: p.DB, Now: now, Auth: accounts}
	s := &web.Server{DB: p.DB, Log: slog.New(slog.DiscardHandler), Now: now, Texts: words, Auth: accounts, Sessions: accounts.Sessions(false),
		Policy: auth.NewPolicy(network.Contains, booking.Grants), PublicURL: "https://kvart.test", Places: net.Places,
		Site: func(context.Context) (web.Site, error) { return web.Site{Zone: time.UTC}, nil }}
	s.Mount((&booking.Pages{Store: p.Store, Network: net}).Routes(), []web.Route{{Pattern: "POST /desk/in", Need: web.Public, Handle: func(w http.ResponseWriter, r *web.Request) error {
		return s.Begin(r, a.ID)
	}}})
	server := httptest.NewServer(s.Handler())
	p.t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	p.must(err)
	c := &http.Client{Jar: jar}
	open := func(path string, form url.Values) (*goquery.Document, int) {
		p.t.Helper()
		var resp *http.Response
		var err error
		if form == nil {
			resp, err = c.Get(server.URL + path)
		} else {
			resp, err = c.PostForm(server.URL+path, form)
		}
		p.must(err)
		defer resp.Body.Close()
		doc, err := goquery.NewDocumentFromReader(resp.Body)
		p.must(err)
		return doc, resp.StatusCode
	}
	open("/desk/in", url.Values{})
	return open
}

func TestDayOf_laysTheDayOutByWallTime(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Zagreb")
	if err != nil {
		t.Fatal(err)
	}
	all := booking.Reader{Sees: func(auth.Permission, string) bool { return true }}
	spaces := []booking.Space{{ID: "a"}, {ID: "b"}, {ID: "shut", Closed: true}}
	for _, day := range []int{24, 25, 26} { // the 25th has 25 hours
		date := time.Date(2026, 10, day, 0, 0, 0, 0, zone)
		at := func(h, m int) int64 { return time.Date(2026, 10, day, h, m, 0, 0, zone).Unix() }
		d := booking.DayOf(date, spaces, []booking.Booking{
			{ID: "1", SpaceID: "a", Title: "Šah", State: booking.Confirmed, StartsAt: at(10, 0), EndsAt: at(11, 20)},
			{ID: "2", SpaceID: "b", Title: "Krug", Confidential: true, State: booking.Confirmed, StartsAt: at(12, 0), EndsAt: at(13, 0)},
			{ID: "3", SpaceID: "a", Title: "Bal", State: booking.Held, StartsAt: at(21, 0), EndsAt: date.AddDate(0, 0, 1).Add(2 * time.Hour).Unix()},
			{ID: "4", SpaceID: "gone", Title: "Drugdje", State: booking.Confirmed, StartsAt: at(10, 0), EndsAt: at(11, 0)},
		}, all, time.Date(2026, 10, day, 12, 31, 0, 0, zone))
		if len(d.Spaces) != 2 || d.FirstHour != 8 || d.Hours != 16 || d.Now != 18 || len(d.Blocks) != 3 {
			t.Fatalf("on the %dth: %d rooms, %d hours from %d, now %d, %d blocks", day, len(d.Spaces), d.Hours, d.FirstHour, d.Now, len(d.Blocks))
		}
		if b := d.Blocks[0]; b.Row != 8 || b.Span != 6 || b.Column != 1 || b.Busy() {
			t.Errorf("on the %dth chess: %+v", day, b)
		}
		if b := d.Blocks[1]; !b.Busy() || b.Address != "" {
			t.Errorf("on the %dth a confidential booking is named, though its team looks: %+v", day, b)
		}
		if b := d.Blocks[2]; b.Row != 52 || b.Span != 12 || !b.Asked {
			t.Errorf("on the %dth past midnight: %+v", day, b)
		}
	}
}

func TestPages_refusedBookingSaysWhatElseIsFree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		big, small := p.room("velika", 0, 0, 20), p.room("mala", 0, 0, 8)
		for _, n := range []booking.New{
			{SpaceID: big, CentreID: p.centre, OrganisationID: &p.holder, Title: "Proba zbora", Start: hours(0, 2).Start, End: hours(0, 2).End, By: "test"},
			{SpaceID: big, CentreID: p.centre, OrganisationID: &p.holder, Title: "Krug povjerenja", Confidential: true, Start: hours(2, 3).Start, End: hours(2, 3).End, By: "test"},
		} {
			_, err := p.Book(t.Context(), n)
			p.must(err)
		}
		desk := p.desk(network.Coordinator)
		// noon in UTC is one o'clock at the centre
		form := url.Values{"title": {"Sastanak"}, "space": {big}, "date": {"2026-11-26"}, "from": {"14:00"}, "to": {"15:30"}, "hold": {"0"}, "form_key": {"k1"}}
		doc, status := desk("/desk/bookings/new", form)
		text := doc.Find("#instead").Text()
		if status != http.StatusConflict || !strings.Contains(text, "Proba zbora (Holder)") || !strings.Contains(text, "mala") {
			t.Errorf("%d: %q", status, text)
		}
		if strings.Contains(text, "Krug") || strings.Count(text, "Holder") != 1 {
			t.Errorf("whose the confidential booking is stands among the clashes: %q", text)
		}
		if v, _ := doc.Find(`input[name="title"]`).Attr("value"); v != "Sastanak" {
			t.Errorf("what was typed is lost: %q", v)
		}
		if doc.Find(`#instead a[href*="from="]`).Length() < 2 {
			t.Error("no other time is offered")
		}
		form.Set("space", small)
		for range 2 { // a double press books once
			if _, status := desk("/desk/bookings/new", form); status != http.StatusOK {
				t.Errorf("the room that was offered: %d", status)
			}
		}
		list, err := p.Between(t.Context(), p.DB, p.centre, hours(-12, 12))
		p.must(err)
		if len(list) != 3 {
			t.Errorf("%d bookings, want 3", len(list))
		}
		grid, _ := desk("/desk/rooms?date=2026-11-26", nil)
		if text := grid.Find(".grid").Text(); strings.Contains(text, "Krug") || !strings.Contains(text, "zauzeto") || !strings.Contains(text, "Sastanak") {
			t.Errorf("grid: %q", text)
		}
	})
}

func TestPages_hostSeesThatARoomIsTakenAndBooksNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		big := p.room("velika", 0, 0, 20)
		hidden, err := p.Book(t.Context(), booking.New{SpaceID: big, CentreID: p.centre, Title: "Krug povjerenja", Confidential: true, Start: hours(2, 3).Start, End: hours(2, 3).End, By: "test"})
		p.must(err)
		p.now = hours(0, 1).Start
		desk := p.desk(network.Host)
		ordinary, err := p.Book(t.Context(), booking.New{SpaceID: big, CentreID: p.centre, Title: "Sastanak", Start: hours(26, 27).Start, End: hours(26, 27).End, By: "test"})
		p.must(err)
		for _, path := range []string{"/desk/rooms?date=2026-11-25", "/desk/rooms?date=2026-11-27", "/desk/bookings/" + ordinary.ID} {
			if doc, status := desk(path, nil); status != http.StatusForbidden || strings.Contains(doc.Text(), "Sastanak") {
				t.Errorf("whoever is on duty sees %s: %d", path, status)
			}
		}
		if doc, _ := desk("/desk/rooms?date=2026-11-26", nil); strings.Contains(doc.Text(), "Krug") || doc.Find(".bk.busy").Length() != 1 {
			t.Error("the host's grid names what is confidential")
		}
		if _, status := desk("/desk/bookings/"+hidden.ID, nil); status != http.StatusNotFound {
			t.Errorf("a confidential booking: %d", status)
		}
		for _, path := range []string{"/desk/bookings/new", "/desk/bookings/" + hidden.ID + "/cancel", "/desk/rooms/new"} {
			if _, status := desk(path, url.Values{}); status != http.StatusForbidden {
				t.Errorf("%s: %d", path, status)
			}
		}
	})
}

func TestPages_anotherCentresThingsAreNotFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		own := p.centre
		p.centre = p.other
		room := p.room("njihova", 0, 0, 0)
		b, err := p.Book(t.Context(), booking.New{SpaceID: room, CentreID: p.other, Title: "Njihovo", Start: hours(0, 1).Start, End: hours(0, 1).End, By: "test"})
		p.must(err)
		p.centre = own
		desk := p.desk(network.Coordinator)
		for _, path := range []string{"/desk/rooms/" + room, "/desk/bookings/" + b.ID} {
			if _, status := desk(path, nil); status != http.StatusNotFound {
				t.Errorf("%s: %d", path, status)
			}
		}
		if _, status := desk("/desk/bookings/"+b.ID+"/cancel", url.Values{"sure": {"1"}}); status != http.StatusNotFound {
			t.Errorf("cancelling it: %d", status)
		}
	})
}

func TestPages_aDayThatIsOverIsNotBooked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		big := p.room("velika", 0, 0, 20)
		p.now = hours(4, 5).Start
		desk := p.desk(network.Coordinator)
		for date, want := range map[string]int{"2026-11-25": http.StatusUnprocessableEntity, "2025-11-27": http.StatusUnprocessableEntity, "2026-11-26": http.StatusOK} {
			f := url.Values{"space": {big}, "date": {date}, "from": {"09:00"}, "to": {"10:00"}, "title": {"Sastanak"}, "form_key": {date}}
			if doc, status := desk("/desk/bookings/new", f); status != want || want == http.StatusUnprocessableEntity && doc.Find("#e-date").Length() != 1 {
				t.Errorf("%s: %d, want %d", date, status, want)
			}
		}
	})
}

func TestPages_roomUnderASessionIsNotFreedAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		big := p.room("velika", 0, 0, 20)
		b, err := p.Book(t.Context(), booking.New{SpaceID: big, CentreID: p.centre, Title: "Šah", Start: hours(0, 1).Start, End: hours(0, 1).End, By: "test"})
		p.must(err)
		activity, session := db.NewID(), db.NewID()
		_, err = d.Exec(t.Context(), `INSERT INTO activities (id, centre_id, title, kind, place_kind, state, created_at) VALUES (:id, :c, '{}', 'open', 'space', 'published', 0)`, db.Args{"id": activity, "c": p.centre})
		p.must(err)
		_, err = d.Exec(t.Context(), `INSERT INTO sessions (id, activity_id, centre_id, booking_id, space_id, starts_at, ends_at, local_date, local_start, local_end, zone, opens_at, changed_at)
			VALUES (:id, :a, :c, :b, :s, :from, :to, '2026-11-26', :h1, :h2, 'Europe/Zagreb', 0, 0)`,
			db.Args{"id": session, "a": activity, "c": p.centre, "b": b.ID, "s": big, "from": b.StartsAt, "to": b.EndsAt, "h1": "13:00", "h2": "14:00"})
		p.must(err)
		desk := p.desk(network.Coordinator)
		doc, _ := desk("/desk/bookings/"+b.ID, nil)
		if doc.Find(`a[href="/desk/sessions/`+session+`"]`).Length() != 1 || doc.Find("main form").Length() != 0 {
			t.Error("the booking's page does not lead to its session, or offers to free the room")
		}
		if _, status := desk("/desk/bookings/"+b.ID+"/cancel", url.Values{"sure": {"1"}}); status != http.StatusConflict {
			t.Errorf("freeing the room alone: %d", status)
		}
	})
}
