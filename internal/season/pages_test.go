package season_test

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
	"kvart/internal/season"
	"kvart/locales"
)

// browser is signed in under the role, in the scope; "" is a visitor.
func (h *house) browser(role auth.Role, scope auth.Scope) func(path string, form url.Values) (*goquery.Document, int) {
	h.t.Helper()
	words, err := i18n.Load(locales.FS)
	h.must(err)
	now := func() time.Time { return h.now }
	accounts := auth.NewStore(h.DB, now, auth.Secrets{Pepper: []byte(strings.Repeat("p", 32))}, "http://kvart.test")
	accounts.Cost = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	s := &web.Server{DB: h.DB, Log: slog.New(slog.DiscardHandler), Now: now, Texts: words, Auth: accounts, Sessions: accounts.Sessions(false),
		Policy: auth.NewPolicy(network.Contains, booking.Grants, season.Grants), PublicURL: "https://kvart.test", Places: h.Network.Places,
		Site: func(context.Context) (web.Site, error) { return web.Site{Zone: time.UTC}, nil }}
	routes := (&season.Pages{Store: h.Store}).Routes()
	if role != "" {
		a, err := accounts.AddAccount(h.t.Context(), string(role)+db.NewSecretID()[:6], "Osoba", "", "četiri obične riječi", auth.Held{Role: role, Scope: scope})
		h.must(err)
		routes = append(routes, web.Route{Pattern: "POST /desk/in", Need: web.Public, Handle: func(w http.ResponseWriter, r *web.Request) error { return s.Begin(r, a.ID) }})
	}
	s.Mount(routes)
	server := httptest.NewServer(s.Handler())
	h.t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	h.must(err)
	c := &http.Client{Jar: jar}
	open := func(path string, form url.Values) (*goquery.Document, int) {
		h.t.Helper()
		var resp *http.Response
		var err error
		if form == nil {
			resp, err = c.Get(server.URL + path)
		} else {
			resp, err = c.PostForm(server.URL+path, form)
		}
		h.must(err)
		defer resp.Body.Close()
		doc, err := goquery.NewDocumentFromReader(resp.Body)
		h.must(err)
		return doc, resp.StatusCode
	}
	if role != "" {
		open("/desk/in", url.Values{})
	}
	return open
}

func (h *house) coordinator() func(string, url.Values) (*goquery.Document, int) {
	return h.browser(network.Coordinator, auth.Scope{Kind: network.ScopeCentre, ID: h.centre})
}

func TestPages_whereSeasonsAreOffThereIsNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		one, _ := h.published()
		if _, err := d.Exec(t.Context(), `UPDATE centres SET features = '[]'`, nil); err != nil {
			t.Fatal(err)
		}
		visitor, desk := h.browser("", auth.Scope{}), h.coordinator()
		member := h.browser(network.Member, auth.Scope{Kind: network.ScopeOrganisation, ID: h.organisations[1]})
		for path, open := range map[string]func(string, url.Values) (*goquery.Document, int){"/hr/seasons/" + one.ID: visitor, "/seasons/" + one.ID + "/document": visitor,
			"/desk/season": desk, "/desk/season/new": desk, "/desk/season/" + one.ID: desk, "/desk/season/import": desk, "/desk/wishes/" + one.ID: member} {
			if _, status := open(path, nil); status != http.StatusNotFound {
				t.Errorf("%s: %d", path, status)
			}
		}
	})
}

func TestPages_anOrganisationSeesItsReasonsAndNothingOfADraft(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		one, doc := h.counted()
		visitor := h.browser("", auth.Scope{})
		member := h.browser(network.Member, auth.Scope{Kind: network.ScopeOrganisation, ID: h.organisations[1]})
		for _, open := range []func(string, url.Values) (*goquery.Document, int){visitor, member} {
			if page, _ := open("/hr/seasons/"+one.ID, nil); page.Find("#template").Length() != 0 {
				t.Error("the draft is shown")
			}
		}
		if _, status := visitor("/seasons/"+one.ID+"/document", nil); status != http.StatusNotFound {
			t.Errorf("the draft's document: %d", status)
		}
		h.must(h.Publish(t.Context(), h.centre, one.ID, "test"))
		page, status := member("/desk/wishes/"+one.ID+"?lang=en", nil)
		text := page.Find("main").Text()
		unmet := 0
		for _, u := range doc.Result.Unmet {
			if u.Organisation == "beta" {
				unmet++
			}
		}
		if status != http.StatusOK || unmet == 0 || strings.Count(text, "the room was given already") != unmet {
			t.Errorf("%d: %d reasons of %d: %s", status, strings.Count(text, "the room was given already"), unmet, text)
		}
		public, _ := visitor("/en/seasons/"+one.ID, nil)
		if public.Find("#template tbody tr").Length() != 3 || public.Find("#unmet li").Length() != 6 {
			t.Errorf("%s", public.Find("main").Text())
		}
	})
}

func TestPages_wishesEndForOrganisationsWithTheLastDayAndForTheDeskWithTheCount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		one := h.open()
		member := h.browser(network.Member, auth.Scope{Kind: network.ScopeOrganisation, ID: h.organisations[1]})
		wish := url.Values{"weekday": {"1"}, "start": {"18:00"}, "end": {"17:00"}, "space": {h.hall}}
		page, status := member("/desk/wishes/"+one.ID, wish)
		if start, _ := page.Find(`[name="start"]`).Attr("value"); status != http.StatusUnprocessableEntity || start != "18:00" || page.Find("#e-end").Length() != 1 {
			t.Errorf("%d %q", status, start)
		}
		wish.Set("end", "19:00")
		if _, status := member("/desk/wishes/"+one.ID, wish); status != http.StatusOK {
			t.Errorf("a wish: %d", status)
		}
		h.now = time.Date(2026, 8, 21, 10, 0, 0, 0, time.UTC)
		member = h.browser(network.Member, auth.Scope{Kind: network.ScopeOrganisation, ID: h.organisations[1]})
		desk := h.coordinator()
		wish.Set("weekday", "2")
		if _, status := member("/desk/wishes/"+one.ID, wish); status != http.StatusConflict {
			t.Errorf("a wish after the last day: %d", status)
		}
		own, err := h.Wishes(t.Context(), d, one.ID, h.organisations[1])
		h.must(err)
		if _, status := member("/desk/wishes/"+one.ID+"/"+own[0].ID+"/remove", url.Values{}); status != http.StatusConflict {
			t.Errorf("taking back after the last day: %d", status)
		}
		wish.Set("organisation", h.organisations[1])
		if _, status := desk("/desk/season/"+one.ID+"/wishes", wish); status != http.StatusOK {
			t.Errorf("typed in from paper: %d", status)
		}
		if list, _ := h.Wishes(t.Context(), d, one.ID, h.organisations[1]); len(list) != 2 || list[1].Source != "desk" || list[0].Source != "web" {
			t.Errorf("%+v", list)
		}
		if tasks, err := (&season.Pages{Store: h.Store}).Tasks(t.Context(), h.centre, h.now); err != nil || len(tasks) != 1 || tasks[0].Address != "/desk/season/"+one.ID {
			t.Errorf("%v %+v", err, tasks)
		}
	})
}

func TestPages_theSecondEditorSeesWhatTheFirstChangedAndKeepsWhatWasTyped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		one, doc := h.counted()
		desk := h.coordinator()
		base := "/desk/season/" + one.ID + "/slots/"
		first := url.Values{"what": {"remove"}, "seen": {"0"}, "reason": {"vratili su termin"}}
		if _, status := desk(base+doc.Template[0].ID, first); status != http.StatusOK {
			t.Fatal(status)
		}
		second := url.Values{"what": {"move"}, "seen": {"0"}, "room": {"mala"}, "weekday": {"5"}, "start": {"18:00"}, "end": {"19:30"}, "reason": {"bez stepenica"}}
		page, status := desk(base+doc.Template[1].ID, second)
		seen, _ := page.Find(`[name="seen"]`).Attr("value")
		if status != http.StatusConflict || !strings.Contains(page.Find(".card.warm").Text(), "vratili su termin") || page.Find(`[name="reason"]`).Text() != "bez stepenica" || seen != "1" {
			t.Fatalf("%d %q %s", status, seen, page.Find("main").Text())
		}
		second.Set("seen", seen)
		if page, status = desk(base+doc.Template[1].ID, second); status != http.StatusOK || page.Find("#edits li").Length() != 2 {
			t.Errorf("%d %s", status, page.Find("#edits").Text())
		}
		// What the other removed can no longer be moved; the page shows by which edit.
		if page, status = desk(base+doc.Template[0].ID, second); status != http.StatusOK || !strings.Contains(page.Find("#edits").Text(), "vratili su termin") {
			t.Errorf("%d %s", status, page.Find("main").Text())
		}
	})
}

func TestPages_whatIsInTheWayIsNotNamedWhereItIsConfidential(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		one, _ := h.published()
		for i, hidden := range []bool{false, true} {
			at := time.Date(2026, 9, 7+7*i, 17, 0, 0, 0, time.UTC) // Mondays
			_, err := h.Booking.Book(t.Context(), booking.New{SpaceID: h.hall, CentreID: h.centre, Title: []string{"Proba zbora", "Krug povjerenja"}[i], Confidential: hidden, Start: at, End: at.Add(time.Hour), By: "test"})
			h.must(err)
		}
		_, err := h.Generate(t.Context(), one, "test", going)
		h.must(err)
		page, _ := h.coordinator()("/desk/season/"+one.ID, nil)
		text := page.Find("#bookings").Text()
		if !strings.Contains(text, "Proba zbora") || strings.Contains(text, "Krug") || page.Find("#bookings tbody tr").Length() != 2 {
			t.Error(text)
		}
	})
}
