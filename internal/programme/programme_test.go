package programme_test

import (
	"context"
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
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	. "kvart/internal/programme"
	"kvart/locales"
)

// town is a small network: one centre with a room, and a clock that a test moves.
type town struct {
	*Store
	t      *testing.T
	Centre string
	Room   string
	zone   *time.Location
	mu     sync.Mutex
	now    time.Time
}

var texts = sync.OnceValues(func() (*i18n.Bundle, error) { return i18n.Load(locales.FS) })

func newTown(t *testing.T, d *db.DB) *town {
	t.Helper()
	words, err := texts()
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Europe/Zagreb")
	if err != nil {
		t.Fatal(err)
	}
	w := &town{t: t, zone: zone, now: time.Date(2026, 11, 2, 10, 0, 0, 0, zone), Centre: db.NewID()}
	now := func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }
	secrets := auth.Secrets{Pepper: []byte(strings.Repeat("p", 32))}
	w.Store = &Store{DB: d, Now: now, Network: &network.Store{DB: d, Now: now, Auth: auth.NewStore(d, now, secrets, "http://kvart.test")},
		Booking: &booking.Store{DB: d, Now: now}, Texts: words, PublicURL: "https://kvart.test", Secret: []byte("secret")}
	org, area := db.NewID(), db.NewID()
	w.exec(`INSERT INTO networks (id, name, zone) VALUES (:id, :name, 'Europe/Zagreb')`, db.Args{"id": db.NewID(), "name": i18n.Text{i18n.HR: "Mreža"}})
	w.exec(`INSERT INTO groups (code, name, position) VALUES ('a', :a, 1), ('c', :c, 2)`,
		db.Args{"a": i18n.Text{i18n.HR: "starije osobe"}, "c": i18n.Text{i18n.HR: "LGBTIQ+ osobe"}})
	w.exec(`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, 'udruga', 'cso', 'Udruga')`, db.Args{"id": org})
	w.exec(`INSERT INTO areas (id, slug, kind, name) VALUES (:id, 'cetvrt', 'district', :name)`, db.Args{"id": area, "name": i18n.Text{i18n.HR: "Četvrt"}})
	w.exec(`INSERT INTO centres (id, slug, number, colour, organisation_id, area_id, name, zone) VALUES (:id, 'centar', 1, 1, :org, :area, 'Centar', 'Europe/Zagreb')`,
		db.Args{"id": w.Centre, "org": org, "area": area})
	w.tx(func(tx *db.Tx) error {
		w.Room, err = w.Booking.AddSpace(t.Context(), tx, booking.Space{CentreID: w.Centre, Slug: "velika-soba", Name: i18n.Text{i18n.HR: "Velika soba"}}, "test")
		return err
	})
	return w
}

func (w *town) exec(q string, args db.Args) {
	w.t.Helper()
	if _, err := w.DB.Exec(w.t.Context(), q, args); err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) tx(f func(*db.Tx) error) {
	w.t.Helper()
	if err := w.DB.Tx(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) number(q string, args db.Args) int {
	w.t.Helper()
	var n int
	if err := w.DB.Get(w.t.Context(), &n, q, args); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *town) pass(d time.Duration) { w.mu.Lock(); w.now = w.now.Add(d); w.mu.Unlock() }

func (w *town) activity(change func(*Activity)) Activity {
	w.t.Helper()
	a := Activity{CentreID: w.Centre, Title: i18n.Text{i18n.HR: "Susjedska večera"}, Kind: Places, RegisterFor: "session", PlaceKind: InSpace, OpensDays: 28,
		OpensClock: "09:00", DeskShareDays: 3, State: "published"}
	if change != nil {
		change(&a)
	}
	groups, err := w.Network.Groups(w.t.Context(), w.DB)
	if err != nil {
		w.t.Fatal(err)
	}
	w.tx(func(tx *db.Tx) error {
		a.ID, err = w.AddActivity(w.t.Context(), tx, a, groups, "test")
		return err
	})
	return a
}

// session is one of the activity, so many days from the town's first day at 18 o'clock, outside any room.
func (w *town) session(a Activity, days int) string {
	w.t.Helper()
	start := time.Date(2026, 11, 2+days, 18, 0, 0, 0, w.zone)
	var ids []string
	w.tx(func(tx *db.Tx) (err error) {
		ids, err = w.AddSessions(w.t.Context(), tx, a, []Date{{Start: start, End: start.Add(2 * time.Hour)}}, "test")
		return err
	})
	return ids[0]
}

func (w *town) places(n int) (Activity, string) {
	w.t.Helper()
	a := w.activity(func(a *Activity) { a.Capacity = &n })
	return a, w.session(a, 10)
}

func address(string) string { return "/there" }

func (w *town) ask(session string, channel Channel, change func(*Ask)) (Place, error) {
	a := Ask{SessionID: session, Channel: channel, Party: 1, Lang: i18n.HR, By: "test"}
	if change != nil {
		change(&a)
	}
	return w.Register(w.t.Context(), a, address)
}

func (w *town) asked(session string, channel Channel, change func(*Ask)) Registration {
	w.t.Helper()
	p, err := w.ask(session, channel, change)
	if err != nil {
		w.t.Fatal(err)
	}
	return p.Registrations[0]
}

func (w *town) state(id string) string {
	w.t.Helper()
	var s string
	if err := w.DB.Get(w.t.Context(), &s, `SELECT state FROM registrations WHERE id = :id`, db.Args{"id": id}); err != nil {
		w.t.Fatal(err)
	}
	return s
}

func mailed(address string) func(*Ask) {
	return func(a *Ask) { a.Name, a.Email = address, address+"@example.org" }
}

// browser is somebody at the desk, signed in with the role.
type browser struct {
	t    *testing.T
	http *http.Client
	base string
}

func (w *town) browser(role auth.Role) *browser {
	w.t.Helper()
	id := db.NewID()
	w.exec(`INSERT INTO accounts (id, login, name, created_at) VALUES (:id, :id, 'Koordinacija', 0)`, db.Args{"id": id})
	w.exec(`INSERT INTO account_roles (account_id, role, scope_kind, scope_id) VALUES (:id, :role, 'centre', :c)`, db.Args{"id": id, "role": string(role), "c": w.Centre})
	s := &web.Server{DB: w.DB, Log: slog.New(slog.DiscardHandler), Now: w.Now, Texts: w.Texts, Auth: w.Network.Auth, PublicURL: w.PublicURL,
		Sessions: w.Network.Auth.Sessions(false), Limits: auth.NewLimiter(w.Now), Policy: auth.NewPolicy(network.Contains, network.Grants, booking.Grants, Grants),
		Site: func(context.Context) (web.Site, error) {
			return web.Site{Zone: w.zone, Name: i18n.Text{i18n.HR: "Mreža"}}, nil
		}, Places: w.Network.Places}
	pages := &Pages{Store: w.Store}
	s.Mount(pages.Routes(), []web.Route{{Pattern: "GET /desk/test-in", Need: web.Public, Handle: func(rw http.ResponseWriter, r *web.Request) error {
		if err := s.Begin(r, id); err != nil {
			return err
		}
		return r.JSON(rw, http.StatusOK, []byte(`{}`))
	}}})
	server := httptest.NewServer(s.Handler())
	w.t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	b := &browser{t: w.t, base: server.URL, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	b.get("/desk/test-in", http.StatusOK)
	return b
}

func (b *browser) get(path string, want int) *goquery.Document {
	b.t.Helper()
	res, err := b.http.Get(b.base + path)
	return b.page(res, err, want)
}

func (b *browser) post(path string, fields url.Values, want int) *goquery.Document {
	b.t.Helper()
	res, err := b.http.PostForm(b.base+path, fields)
	return b.page(res, err, want)
}

func (b *browser) page(res *http.Response, err error, want int) *goquery.Document {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	doc, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if res.StatusCode != want {
		b.t.Fatalf("%s %s: %d, want %d: %s", res.Request.Method, res.Request.URL.Path, res.StatusCode, want, strings.Join(strings.Fields(doc.Find("main").Text()), " "))
	}
	return doc
}

// fields are those of the page's form with this action, as a browser would send them.
func fields(t *testing.T, doc *goquery.Document, action string) url.Values {
	t.Helper()
	form := doc.Find(`form[action="` + action + `"]`)
	if form.Length() == 0 {
		t.Fatalf("no form to %s", action)
	}
	v := url.Values{}
	form.Find("input, select, textarea").Each(func(_ int, in *goquery.Selection) {
		name, _ := in.Attr("name")
		value, _ := in.Attr("value")
		_, checked := in.Attr("checked")
		switch kind, _ := in.Attr("type"); {
		case name == "":
		case goquery.NodeName(in) == "select":
			chosen := in.Find("option[selected]")
			if chosen.Length() == 0 {
				chosen = in.Find("option").First()
			}
			v.Add(name, chosen.AttrOr("value", ""))
		case goquery.NodeName(in) == "textarea":
			v.Add(name, in.Text())
		case kind == "checkbox" || kind == "radio":
			if checked {
				v.Add(name, value)
			}
		default:
			v.Add(name, value)
		}
	})
	return v
}

func wantFault(t *testing.T, err error, key string) {
	t.Helper()
	if err == nil || fault.Of(err).Key != key {
		t.Fatalf("got %v, want %s", err, key)
	}
}

func each(t *testing.T, test func(t *testing.T, w *town)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(t, newTown(t, d)) })
}
