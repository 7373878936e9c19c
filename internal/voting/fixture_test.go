package voting_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	. "kvart/internal/voting"
	"kvart/locales"
)

var texts = sync.OnceValues(func() (*i18n.Bundle, error) { return i18n.Load(locales.FS) })

// town is a network of two centres, on a Thursday at noon, with a clock that a test moves.
type town struct {
	*Store
	t                  *testing.T
	net, centre, other string
	now                time.Time
	mu                 sync.Mutex
	accounts           *auth.Store
	mails              []string // bodies
	away               bool     // the mail server
	follow             func(r *web.Request, origin string) (Follow, bool, error)
}

func each(t *testing.T, test func(t *testing.T, w *town)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(t, newTown(t, d)) })
}

func newTown(t *testing.T, d *db.DB) *town {
	t.Helper()
	w := &town{t: t, net: db.NewID(), centre: db.NewID(), other: db.NewID(), now: time.Date(2026, 11, 26, 11, 0, 0, 0, time.UTC)}
	now := func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }
	w.accounts = auth.NewStore(d, now, auth.Secrets{Pepper: []byte(strings.Repeat("p", 32))}, "http://kvart.test")
	w.accounts.Cost = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	e, err := erasure.Open(filepath.Join(t.TempDir(), "erasure.sqlite"))
	w.must(err)
	t.Cleanup(func() { e.Close() })
	w.Store = &Store{DB: d, Now: now, Network: &network.Store{DB: d, Now: now, Auth: w.accounts}, Erasure: e, Secret: []byte(strings.Repeat("s", 32))}
	org := db.NewID()
	name := func(s string) i18n.Text { return i18n.Text{i18n.HR: s} }
	w.exec(`INSERT INTO networks (id, name, zone, demo) VALUES (:id, :name, 'Europe/Zagreb', 1)`, db.Args{"id": w.net, "name": name("Mreža")})
	w.exec(`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, 'udruga', 'cso', 'Udruga Susret')`, db.Args{"id": org})
	area := db.NewID()
	w.exec(`INSERT INTO areas (id, slug, kind, name) VALUES (:id, 'cetvrt', 'district', :name)`, db.Args{"id": area, "name": name("Četvrt")})
	for i, id := range []string{w.centre, w.other} {
		w.exec(`INSERT INTO centres (id, slug, number, colour, organisation_id, area_id, name, zone) VALUES (:id, :slug, :n, 1, :org, :area, :name, 'Europe/Zagreb')`,
			db.Args{"id": id, "slug": fmt.Sprintf("centar-%d", i), "n": i, "org": org, "area": area, "name": fmt.Sprintf("Centar %d", i)})
	}
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
	_, err := w.DB.Exec(context.Background(), q, args)
	w.must(err)
}

func (w *town) number(q string, args db.Args) (n int) {
	w.t.Helper()
	w.must(w.DB.Get(context.Background(), &n, q, args))
	return n
}

func (w *town) after(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// good is a round that may be as it is: it opens in an hour and lasts a week.
func (w *town) good() Round {
	return Round{CentreID: &w.centre, Title: i18n.Text{i18n.HR: "Kako trošimo susjedski fond"}, Who: i18n.Text{i18n.HR: "Svi koji žive u kvartu i imaju najmanje 16 godina."},
		Means: ByBoth, Unit: Money, Currency: "EUR", Budget: 100000, AtLeast: 1, OpensAt: w.Now().Add(time.Hour).Unix(), ClosesAt: w.Now().Add(7 * 24 * time.Hour).Unix(),
		Rule: "equal-shares", Utility: "cost", Completion: "add1-overshoot", LeastPublished: LeastPublished}
}

// draft adds one with three options, the last of them sensitive.
func (w *town) draft(change func(*Round)) Round {
	w.t.Helper()
	r := w.good()
	if change != nil {
		change(&r)
	}
	scope := ""
	if r.CentreID != nil {
		scope = *r.CentreID
	}
	var id string
	w.must(w.DB.Tx(w.t.Context(), func(tx *db.Tx) (err error) {
		if id, err = w.Add(w.t.Context(), tx, r, "test"); err != nil {
			return err
		}
		for i, title := range []string{"Klupe na igralištu", "Ljetno kino", "Grupa za razgovor"} {
			o := Option{Title: i18n.Text{i18n.HR: title}, Cost: int64(i+1) * 30000, Sensitive: i == 2}
			if r.Unit == Hours {
				o.Cost = int64(i + 1)
			}
			if _, err := w.AddOption(w.t.Context(), tx, scope, id, o, "test"); err != nil {
				return err
			}
		}
		return nil
	}))
	return w.get(id)
}

func (w *town) get(id string) Round {
	w.t.Helper()
	r, err := w.Round(w.t.Context(), w.DB, id)
	w.must(err)
	return r
}

// opened is a round that is open, with so many codes.
func (w *town) opened(codes int, change func(*Round)) (Round, []string) {
	w.t.Helper()
	r := w.draft(change)
	scope := ""
	if r.CentreID != nil {
		scope = *r.CentreID
	}
	w.must(w.Announce(w.t.Context(), scope, r.ID, "test"))
	w.after(time.Hour + time.Minute)
	w.must(w.Turn(w.t.Context()))
	return w.get(r.ID), w.codes(r.ID, codes)
}

func (w *town) codes(id string, n int) (list []string) {
	w.t.Helper()
	if n == 0 {
		return nil
	}
	w.must(w.DB.Tx(w.t.Context(), func(tx *db.Tx) error {
		r := w.centre
		_, codes, err := w.Print(w.t.Context(), tx, r, id, n, "test")
		list = nil
		for _, c := range codes {
			list = append(list, c.Printed())
		}
		return err
	}))
	return list
}

// vote casts a ballot on the web for the options of these places.
func (w *town) vote(r Round, code string, places ...int) (string, error) {
	b := Ballot{RoundID: r.ID, Code: code, Channel: Web}
	for _, i := range places {
		b.Choices = append(b.Choices, r.Options[i].ID)
	}
	receipt, _, err := w.Cast(context.Background(), b)
	return receipt, err
}

// close lets the round's time pass.
func (w *town) close(r Round) Round {
	w.t.Helper()
	w.after(8 * 24 * time.Hour)
	w.must(w.Turn(w.t.Context()))
	return w.get(r.ID)
}

func wantFault(t *testing.T, err error, kind fault.Kind, key string) {
	t.Helper()
	if fault.Is(err, kind) {
		e := fault.Of(err)
		if e.Key == key || len(e.Fields) > 0 && e.Fields[0].Key == key {
			return
		}
	}
	t.Errorf("got %v, want %s", err, key)
}

// browser is signed in under the role, or a visitor; it follows redirects.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
}

func (w *town) browser(role auth.Role, centre string) *browser {
	w.t.Helper()
	words, err := texts()
	w.must(err)
	jar, err := cookiejar.New(nil)
	w.must(err)
	s := &web.Server{DB: w.DB, Log: slog.New(slog.DiscardHandler), Now: w.Now, Texts: words, Auth: w.accounts, Sessions: w.accounts.Sessions(false), Limits: auth.NewLimiter(w.Now),
		Policy: auth.NewPolicy(network.Contains, network.Grants, Grants), PublicURL: "https://kvart.test", Places: w.Network.Places,
		Site: func(context.Context) (web.Site, error) { return web.Site{Zone: zagreb}, nil }}
	pages := &Pages{Store: w.Store, Follow: w.follow, Send: func(_ context.Context, to, subject, body string) error {
		if w.away {
			return errors.New("the mail server is away")
		}
		w.mails = append(w.mails, body)
		return nil
	}}
	routes := pages.Routes()
	if role != "" {
		in := auth.Scope{Kind: network.ScopeCentre, ID: centre}
		if role == network.Lead || role == network.CityOfficer {
			in = auth.Scope{Kind: network.ScopeNetwork, ID: w.net}
		}
		a, err := w.accounts.AddAccount(w.t.Context(), string(role)+centre[max(0, len(centre)-6):], "Osoba", "", "četiri obične riječi", auth.Held{Role: role, Scope: in})
		w.must(err)
		routes = append(routes, web.Route{Pattern: "POST /desk/in", Need: web.Public, Handle: func(_ http.ResponseWriter, r *web.Request) error { return s.Begin(r, a.ID) }})
	}
	s.Mount(routes)
	server := httptest.NewServer(s.Handler())
	w.t.Cleanup(server.Close)
	b := &browser{t: w.t, base: server.URL, http: &http.Client{Jar: jar}}
	if role != "" {
		b.open("/desk/in", url.Values{})
	}
	return b
}

var zagreb = func() *time.Location { z, _ := time.LoadLocation("Europe/Zagreb"); return z }()

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
