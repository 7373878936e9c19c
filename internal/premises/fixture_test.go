package premises_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	. "kvart/internal/premises"
	"kvart/internal/programme"
	"kvart/locales"
)

var texts = sync.OnceValues(func() (*i18n.Bundle, error) { return i18n.Load(locales.FS) })

// town is a network of two centres and a local committee, on a Thursday at noon, with a clock that a test moves.
type town struct {
	*Store
	t                         *testing.T
	net, centre, other        string
	committee, district       string
	activity, small, discreet string // of the centre
	now                       time.Time
	accounts                  *auth.Store
}

func newTown(t *testing.T, d *db.DB) *town {
	t.Helper()
	words, err := texts()
	w := &town{t: t, net: db.NewID(), centre: db.NewID(), other: db.NewID(), committee: db.NewID(), district: db.NewID(), now: time.Date(2026, 11, 26, 11, 0, 0, 0, time.UTC)}
	w.must(err)
	now := func() time.Time { return w.now }
	w.accounts = auth.NewStore(d, now, auth.Secrets{Pepper: []byte(strings.Repeat("p", 32))}, "http://kvart.test")
	w.accounts.Cost = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	net := &network.Store{DB: d, Now: now, Auth: w.accounts}
	w.Store = &Store{DB: d, Now: now, Network: net,
		Programme: &programme.Store{DB: d, Now: now, Network: net, Booking: &booking.Store{DB: d, Now: now}, Texts: words, PublicURL: "https://kvart.test", Secret: []byte("secret")}}
	org := db.NewID()
	name := func(s string) i18n.Text { return i18n.Text{i18n.HR: s} }
	w.exec(`INSERT INTO networks (id, name, zone, demo) VALUES (:id, :name, 'Europe/Zagreb', 1)`, db.Args{"id": w.net, "name": name("Mreža")})
	w.exec(`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, 'udruga', 'cso', 'Udruga Susret')`, db.Args{"id": org})
	w.exec(`INSERT INTO areas (id, slug, kind, name) VALUES (:id, 'cetvrt', 'district', :name)`, db.Args{"id": w.district, "name": name("Četvrt")})
	w.exec(`INSERT INTO areas (id, slug, parent_id, kind, name) VALUES (:id, 'ciglenica', :d, 'committee', :name)`, db.Args{"id": w.committee, "d": w.district, "name": name("Ciglenica")})
	for i, id := range []string{w.centre, w.other} {
		w.exec(`INSERT INTO centres (id, slug, number, colour, organisation_id, area_id, name, zone) VALUES (:id, :slug, :n, 1, :org, :area, :name, 'Europe/Zagreb')`,
			db.Args{"id": id, "slug": fmt.Sprintf("centar-%d", i), "n": i, "org": org, "area": w.district, "name": fmt.Sprintf("Centar %d", i)})
	}
	w.activity = w.held("Šah u dvorištu", false, 20, 25)
	w.small = w.held("Mali krug", false, 4)
	w.discreet = w.held("Tajni susret", true, 50)
	return w
}

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) exec(q string, args db.Args) {
	w.t.Helper()
	_, err := w.DB.Exec(w.t.Context(), q, args)
	w.must(err)
}

func (w *town) number(q string, args db.Args) (n int) {
	w.t.Helper()
	w.must(w.DB.Get(w.t.Context(), &n, q, args))
	return n
}

// held adds an activity of the centre with a session of 90 minutes in each of the last weeks, to which so many came.
func (w *town) held(title string, discreet bool, came ...int) string {
	w.t.Helper()
	a := programme.Activity{CentreID: w.centre, Title: i18n.Text{i18n.HR: title}, Kind: programme.Places, RegisterFor: "session", PlaceKind: programme.Outdoors,
		Place: i18n.Text{i18n.HR: "Park"}, OpensDays: 28, OpensClock: "09:00", State: "published", Discreet: db.Bool(discreet)}
	w.must(w.DB.Tx(w.t.Context(), func(tx *db.Tx) (err error) {
		if a.ID, err = w.Programme.AddActivity(w.t.Context(), tx, a, nil, "test"); err != nil {
			return err
		}
		for i, n := range came {
			start := w.now.AddDate(0, 0, -7*(i+1))
			ids, err := w.Programme.AddSessions(w.t.Context(), tx, a, []programme.Date{{Start: start, End: start.Add(90 * time.Minute)}}, "test")
			if err != nil {
				return err
			}
			if _, err := tx.Exec(w.t.Context(), `UPDATE sessions SET counted = :n, recorded_at = :at WHERE id = :id`, db.Args{"n": n, "at": w.now.Unix(), "id": ids[0]}); err != nil {
				return err
			}
		}
		return nil
	}))
	return a.ID
}

// request adds one as a coordinator would.
func (w *town) request(change func(*Request)) string {
	w.t.Helper()
	id, err := w.add(change)
	w.must(err)
	return id
}

func (w *town) add(change func(*Request)) (id string, err error) {
	r := good()
	r.CentreID, r.AreaID, r.Activities = w.centre, w.committee, []string{w.activity, w.small}
	if change != nil {
		change(&r)
	}
	err = w.DB.Tx(w.t.Context(), func(tx *db.Tx) (err error) {
		id, err = w.Add(w.t.Context(), tx, r, "test")
		return err
	})
	return id, err
}

func (w *town) get(id string) Request {
	w.t.Helper()
	r, err := w.Request(w.t.Context(), w.DB, w.centre, id)
	w.must(err)
	return r
}

func (w *town) send(id string) {
	w.t.Helper()
	w.must(w.Send(w.t.Context(), w.centre, id, Sending{On: w.now.Format(time.DateOnly), Reference: "KLASA 1", AnswerDays: AnswerDays}, "test"))
}

func (w *town) grant(id, from, to string) {
	w.t.Helper()
	w.must(w.Decide(w.t.Context(), w.centre, id, Decision{Granted: true, On: w.now.Format(time.DateOnly), ValidFrom: from, ValidTo: to}, "test"))
}

func (w *town) on(date string) {
	w.t.Helper()
	d, err := time.Parse(time.DateOnly, date)
	w.must(err)
	w.now = d.Add(11 * time.Hour)
}

func wantFault(t *testing.T, err error, kind fault.Kind, key string) {
	t.Helper()
	if !fault.Is(err, kind) || key != "" && fault.Of(err).Key != key {
		t.Errorf("got %v, want %s", err, key)
	}
}

// browser is signed in under the role; it follows redirects.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
}

func (w *town) browser(role auth.Role) *browser {
	w.t.Helper()
	words, err := texts()
	w.must(err)
	in := auth.Scope{Kind: network.ScopeCentre, ID: w.centre}
	if role == network.Lead || role == network.CityOfficer {
		in = auth.Scope{Kind: network.ScopeNetwork, ID: w.net}
	}
	a, err := w.accounts.AddAccount(w.t.Context(), string(role), "Osoba", "", "četiri obične riječi", auth.Held{Role: role, Scope: in})
	w.must(err)
	s := &web.Server{DB: w.DB, Log: slog.New(slog.DiscardHandler), Now: w.Now, Texts: words, Auth: w.accounts, Sessions: w.accounts.Sessions(false),
		Policy: auth.NewPolicy(network.Contains, network.Grants, programme.Grants, Grants), PublicURL: "https://kvart.test", Places: w.Network.Places,
		Site: func(context.Context) (web.Site, error) { return web.Site{Zone: time.UTC}, nil }}
	s.Mount((&Pages{Store: w.Store}).Routes(), (&programme.Pages{Store: w.Programme}).Routes(), []web.Route{{Pattern: "POST /desk/in", Need: web.Public, Handle: func(_ http.ResponseWriter, r *web.Request) error {
		return s.Begin(r, a.ID)
	}}})
	server := httptest.NewServer(s.Handler())
	w.t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	w.must(err)
	b := &browser{t: w.t, base: server.URL, http: &http.Client{Jar: jar}}
	b.open("/desk/in", url.Values{})
	return b
}

// open asks for the page, or sends the form, and returns what came of it.
func (b *browser) open(path string, form url.Values) (*goquery.Document, int) {
	b.t.Helper()
	var resp *http.Response
	var err error
	if form == nil {
		resp, err = b.http.Get(b.base + path)
	} else {
		resp, err = b.http.PostForm(b.base+path, form)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	doc, err := goquery.NewDocumentFromReader(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	doc.Url = resp.Request.URL
	return doc, resp.StatusCode
}

// page is open where the answer is a page.
func (b *browser) page(path string, form url.Values) *goquery.Document {
	b.t.Helper()
	doc, status := b.open(path, form)
	if status != http.StatusOK {
		b.t.Fatalf("%s: %d %s", path, status, doc.Find("main").Text())
	}
	return doc
}
