package participation_test

import (
	"context"
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

	"kvart/internal/booking"
	"kvart/internal/network"
	. "kvart/internal/participation"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
	"kvart/internal/survey"
	"kvart/internal/voting"
	"kvart/locales"
)

var texts = sync.OnceValues(func() (*i18n.Bundle, error) { return i18n.Load(locales.FS) })

// town is a network of two centres on a Thursday at noon, with a clock that a test moves.
type town struct {
	*Store
	t                          *testing.T
	net, centre, other         string
	organisation, second, room string
	now                        time.Time
	accounts                   *auth.Store
	forms                      int
}

func each(t *testing.T, f func(t *testing.T, w *town)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { f(t, newTown(t, d)) })
}

func newTown(t *testing.T, d *db.DB) *town {
	t.Helper()
	words, err := texts()
	w := &town{t: t, net: db.NewID(), centre: db.NewID(), other: db.NewID(), organisation: db.NewID(), second: db.NewID(), now: time.Date(2026, 11, 26, 11, 0, 0, 0, time.UTC)}
	w.must(err)
	now := func() time.Time { return w.now }
	w.accounts = auth.NewStore(d, now, auth.Secrets{Pepper: []byte(strings.Repeat("p", 32))}, "http://kvart.test")
	w.accounts.Cost = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	net := &network.Store{DB: d, Now: now, Auth: w.accounts}
	rooms := &booking.Store{DB: d, Now: now}
	w.Store = &Store{DB: d, Now: now, Network: net, Booking: rooms, Texts: words, PublicURL: "https://kvart.test", Secret: []byte(strings.Repeat("s", 32)),
		Programme: &programme.Store{DB: d, Now: now, Network: net, Booking: rooms, Texts: words, PublicURL: "https://kvart.test", Secret: []byte("secret")}}
	net.Hooks = append(net.Hooks, w.PersonHook())
	sealed, err := erasure.Open(filepath.Join(t.TempDir(), "erasure.sqlite"))
	w.must(err)
	t.Cleanup(func() { sealed.Close() })
	w.Voting = &voting.Store{DB: d, Now: now, Network: net, Erasure: sealed, Secret: []byte(strings.Repeat("v", 32)), Eligible: w.Votable}
	w.Survey = &survey.Store{DB: d, Now: now, Network: net}
	w.Survey.Forgotten = append(w.Survey.Forgotten, w.SurveyForgotten)
	area := db.NewID()
	name := func(s string) i18n.Text { return i18n.Text{i18n.HR: s} }
	w.exec(`INSERT INTO networks (id, name, zone) VALUES (:id, :name, 'Europe/Zagreb')`, db.Args{"id": w.net, "name": name("Mreža")})
	for id, slug := range map[string]string{w.organisation: "udruga", w.second: "druga"} {
		w.exec(`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, :slug, 'cso', :name)`, db.Args{"id": id, "slug": slug, "name": "Udruga " + slug})
	}
	w.exec(`INSERT INTO areas (id, slug, kind, name) VALUES (:id, 'cetvrt', 'district', :name)`, db.Args{"id": area, "name": name("Četvrt")})
	for i, id := range []string{w.centre, w.other} {
		w.exec(`INSERT INTO centres (id, slug, number, colour, organisation_id, area_id, name, zone) VALUES (:id, :slug, :n, 1, :org, :area, :name, 'Europe/Zagreb')`,
			db.Args{"id": id, "slug": fmt.Sprintf("centar-%d", i), "n": i, "org": w.organisation, "area": area, "name": fmt.Sprintf("Centar %d", i)})
	}
	w.must(d.Tx(t.Context(), func(tx *db.Tx) (err error) {
		w.room, err = rooms.AddSpace(t.Context(), tx, booking.Space{CentreID: w.centre, Slug: "dvorana", Name: name("Dvorana"), Holds: 30}, "test")
		return err
	}))
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

// asking is a good proposal at the centre, with a form of its own.
func (w *town) asking(change func(*Asking)) Asking {
	w.forms++
	key := fmt.Sprintf("form-%d", w.forms)
	a := Asking{Proposal: Proposal{CentreID: w.centre, Lang: i18n.HR, Title: fmt.Sprintf("Radionica bicikala %d", w.forms), About: "Popravljali bismo bicikle u dvorištu.", Channel: Web, Open: true},
		Code: w.Ticket(key), Claim: key, By: "public"}
	if change != nil {
		change(&a)
	}
	return a
}

// propose adds one and returns its id.
func (w *town) propose(change func(*Asking)) string {
	w.t.Helper()
	id, err := w.Propose(w.t.Context(), w.asking(change))
	w.must(err)
	return id
}

func (w *town) get(id string) Proposal {
	w.t.Helper()
	p, err := w.Proposal(w.t.Context(), w.DB, id)
	w.must(err)
	return p
}

// show is the centre having read it.
func (w *town) show(id string) {
	w.t.Helper()
	w.must(w.Screen(w.t.Context(), w.centre, id, Screening{Proposal: w.get(id), Show: true}, "test"))
}

func (w *town) say(id string, to State) {
	w.t.Helper()
	w.must(w.trySay(id, to))
}

func (w *town) trySay(id string, to State) error {
	x := Step{To: to, DecidedBy: ByGroup, Reason: "Razgovarali smo na sastanku."}
	if to == Passed {
		x.BodyKind, x.Body = "committee", "Vijeće mjesnog odbora"
		if w.get(id).State == Passed {
			x.Answer = Answered
		}
	}
	return w.Say(w.t.Context(), w.centre, id, x, "test")
}

// accepted proposes, talks, accepts and says who carries it.
func (w *town) accepted(x Carrying) string {
	w.t.Helper()
	id := w.propose(nil)
	w.show(id)
	w.say(id, Discussed)
	w.say(id, Accepted)
	w.must(w.Carry(w.t.Context(), w.centre, id, x, "test"))
	return id
}

func (w *town) date(days int) programme.Date {
	start := time.Date(2026, 11, 26+days, 17, 0, 0, 0, time.UTC)
	return programme.Date{Start: start, End: start.Add(2 * time.Hour), SpaceID: w.room}
}

func (w *town) plan(id string, days int) error {
	_, err := w.Plan(w.t.Context(), w.centre, id, ActivityOf(w.get(id)), []programme.Date{w.date(days)}, Budget{For: "alat i materijal"}, Step{DecidedBy: ByCentre, Reason: "Dogovoreno."}, "test")
	return err
}

func wantFault(t *testing.T, err error, kind fault.Kind, key string) {
	t.Helper()
	if !fault.Is(err, kind) || key != "" && fault.Of(err).Key != key {
		t.Errorf("got %v, want %s", err, key)
	}
}

func wantField(t *testing.T, err error, field string) {
	t.Helper()
	if err == nil {
		t.Errorf("no fault, want one of %s", field)
		return
	}
	for _, f := range fault.Of(err).Fields {
		if f.Name == field {
			return
		}
	}
	t.Errorf("got %v, want a fault of %s", err, field)
}

// browser follows redirects; with a role it is signed in.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
}

func (w *town) browser(role auth.Role) *browser {
	w.t.Helper()
	in := auth.Scope{Kind: network.ScopeCentre, ID: w.centre}
	switch role {
	case network.Lead, network.CityOfficer:
		in = auth.Scope{Kind: network.ScopeNetwork, ID: w.net}
	case network.Member:
		in = auth.Scope{Kind: network.ScopeOrganisation, ID: w.second}
	}
	var account string
	if role != "" {
		a, err := w.accounts.AddAccount(w.t.Context(), string(role)+db.NewSecretID()[:6], "Osoba", "", "četiri obične riječi", auth.Held{Role: role, Scope: in})
		w.must(err)
		account = a.ID
	}
	s := &web.Server{DB: w.DB, Log: slog.New(slog.DiscardHandler), Now: w.Now, Texts: w.Texts, Auth: w.accounts, Sessions: w.accounts.Sessions(false), Limits: auth.NewLimiter(w.Now),
		Policy: auth.NewPolicy(network.Contains, network.Grants, programme.Grants, voting.Grants, Grants), PublicURL: "https://kvart.test", Places: w.Network.Places,
		Site: func(context.Context) (web.Site, error) { return web.Site{Zone: time.UTC}, nil }}
	pages := &Pages{Store: w.Store}
	s.Mount(pages.Routes(), (&voting.Pages{Store: w.Voting, Follow: pages.Follow}).Routes(), []web.Route{{Pattern: "POST /desk/in", Need: web.Public, Handle: func(_ http.ResponseWriter, r *web.Request) error {
		return s.Begin(r, account)
	}}})
	server := httptest.NewServer(s.Handler())
	w.t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	w.must(err)
	b := &browser{t: w.t, base: server.URL, http: &http.Client{Jar: jar}}
	if role != "" {
		b.open("/desk/in", url.Values{})
	}
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
