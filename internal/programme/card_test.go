package programme_test

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/pins"
	"kvart/internal/platform/vault"
	"kvart/internal/platform/web"
	. "kvart/internal/programme"
	"kvart/internal/support"
)

const phrase = "magla nad mostom u zoru"

// sealing gives the town a support team of one with a key on a signed list, and returns a browser in which it is open. What
// is told goes into the list.
func (w *town) sealing(told *[]support.Card) *browser {
	w.t.Helper()
	ctx := w.t.Context()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	keys, err := erasure.Open(filepath.Join(w.t.TempDir(), "erasure.sqlite"))
	must(err)
	w.t.Cleanup(func() { keys.Close() })
	accounts := w.Network.Auth
	accounts.Cost = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	w.Support = &support.Store{DB: w.DB, Now: w.Now, Network: w.Network, Auth: accounts, Erasure: keys, Pins: pins.Pins{Dir: w.t.TempDir()}, Log: slog.New(slog.DiscardHandler)}
	a, err := accounts.AddAccount(ctx, "podrska", "Osoba za podršku", "", phrase, auth.Held{Role: network.SupportWorker, Scope: auth.Scope{Kind: network.ScopeCentre, ID: w.Centre}})
	must(err)
	_, err = accounts.MakeKey(ctx, a.ID, phrase, nil)
	must(err)
	c, err := w.Network.Centre(ctx, w.DB, w.Centre)
	must(err)
	public, private, err := ed25519.GenerateKey(nil)
	must(err)
	must(w.Support.Pins.Pin(c.OrganisationID, public))
	u, err := w.Support.Unsigned(ctx, c.OrganisationID)
	must(err)
	l := vault.List{Organisation: u.Organisation, Serial: u.Serial, Signed: w.Now().Format(time.DateOnly)}
	for _, k := range u.Readers {
		l.Readers = append(l.Readers, vault.Listed{ID: k.ID, Owner: k.Owner, Key: k.Key, Until: k.Until})
	}
	file, err := l.Sign(private)
	must(err)
	must(w.Support.TakeList(ctx, c.OrganisationID, file, "test"))

	const origin = "http://localhost"
	s := &web.Server{DB: w.DB, Log: slog.New(slog.DiscardHandler), Now: w.Now, Texts: w.Texts, Auth: accounts, PublicURL: origin, Sessions: accounts.Sessions(false), Limits: auth.NewLimiter(w.Now),
		Policy: auth.NewPolicy(network.Contains, network.Grants, booking.Grants, Grants, support.Grants), Places: w.Network.Places,
		Site: func(context.Context) (web.Site, error) {
			return web.Site{Zone: w.zone, Name: i18n.Text{i18n.HR: "Mreža"}}, nil
		}}
	pages := &Pages{Store: w.Store, TellCard: func(_ context.Context, c support.Card) error {
		if strings.HasPrefix(c.Email, "refused") {
			return fault.Conflict("mail.fault.refused")
		}
		*told = append(*told, c)
		return nil
	}}
	s.Mount(pages.Routes(), []web.Route{{Pattern: "GET /desk/test-in", Need: web.Public, Handle: func(rw http.ResponseWriter, r *web.Request) error {
		account, kek, err := accounts.SignIn(r.Context(), "podrska", phrase)
		if err != nil {
			return err
		}
		if err := s.Begin(r, account.ID); err != nil {
			return err
		}
		if err := s.KeepKey(rw, r, account, kek); err != nil {
			return err
		}
		return r.JSON(rw, http.StatusOK, []byte(`{}`))
	}}})
	server := httptest.NewServer(s.Handler())
	w.t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	must(err)
	b := &browser{t: w.t, base: server.URL, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	b.get("/desk/test-in", http.StatusOK)
	return b
}

// TestCard_isKeptSealedAndToldInOnePress follows PRACTICE, Discreet activities, and the issue: registrations for discreet
// sessions use the vault, and a reader whose key is open sends the notices.
func TestCard_isKeptSealedAndToldInOnePress(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		var told []support.Card
		team := w.sealing(&told)
		hidden := w.session(w.activity(func(a *Activity) { a.Discreet = true }), 3)
		address := "/desk/sessions/" + hidden
		page := team.get(address, http.StatusOK)
		v := fields(t, page, address+"/register")
		v.Set("card_name", "Ime Marker")
		v.Set("card_email", "marker@kvart.example")
		v.Set("card_needs", "rampa marker")
		slip := team.post(address+"/register", v, http.StatusOK)
		if slip.Find(".slip .link").Length() != 1 {
			t.Fatal("no slip")
		}
		again := team.post(address+"/register", v, http.StatusOK) // a second press
		if again.Find(".slip .link").Text() != slip.Find(".slip .link").Text() {
			t.Error("a second press shows another link")
		}
		if n := w.number(`SELECT COUNT(*) FROM support_requests WHERE kind = 'registration'`, nil); n != 1 {
			t.Errorf("%d cards after a second press", n)
		}
		v.Set("form_key", "another")
		v.Set("card_email", "bez znaka")
		if bad := team.post(address+"/register", v, http.StatusUnprocessableEntity); bad.Find("#e-card_email").Length() != 1 || bad.Find(`[name="card_name"]`).AttrOr("value", "") != "Ime Marker" {
			t.Error("a wrong address loses what was typed")
		}

		text := func() string { return team.get(address+"?names=1", http.StatusOK).Find("main").Text() }
		if s := text(); !strings.Contains(s, "Ime Marker") || !strings.Contains(s, "rampa marker") {
			t.Error("whose key is open does not see the card")
		}
		if s := team.get(address, http.StatusOK).Find(".registrations").Text(); strings.Contains(s, "Marker") {
			t.Error("a name shows before a press")
		}
		b := w.browser(network.Coordinator)
		if s := b.get(address+"?names=1", http.StatusOK).Find("main").Text(); strings.Contains(s, "marker") || strings.Contains(s, "Marker") {
			t.Error("a coordinator without a key sees the card")
		}
		b.post(address+"/notices", url.Values{}, http.StatusNotFound) // its pages have no way of telling

		var id string
		if err := w.DB.Get(t.Context(), &id, `SELECT id FROM registrations WHERE sealed_id IS NOT NULL`, nil); err != nil {
			t.Fatal(err)
		}
		if err := w.Confirm(t.Context(), w.Centre, id, "test"); err != nil {
			t.Fatal(err)
		}
		before := w.mails()
		if err := w.CancelSession(t.Context(), w.Centre, hidden, nil, "test"); err != nil {
			t.Fatal(err)
		}
		if w.mails() != before {
			t.Error("something was put into the mails")
		}
		if n := w.number(`SELECT COUNT(*) FROM registrations WHERE notice_due = 1`, nil); n != 1 {
			t.Fatalf("%d notices due", n)
		}
		team.post(address+"/notices", url.Values{}, http.StatusSeeOther)
		if len(told) != 1 || told[0].Email != "marker@kvart.example" || w.number(`SELECT COUNT(*) FROM registrations WHERE notice_due = 1`, nil) != 0 {
			t.Errorf("told %+v", told)
		}
		team.post(address+"/notices", url.Values{}, http.StatusSeeOther)
		if len(told) != 1 {
			t.Error("told twice of one change")
		}
		w.silentOn("marker")
	})
}

// silentOn looks through everything the database keeps: every row on PostgreSQL, every byte on SQLite.
func (w *town) silentOn(marker string) {
	w.t.Helper()
	if w.DB.Engine == db.SQLite {
		for _, file := range []string{w.DB.File, w.DB.File + "-wal"} {
			data, err := os.ReadFile(file)
			if err != nil && !os.IsNotExist(err) {
				w.t.Fatal(err)
			}
			if strings.Contains(strings.ToLower(string(data)), marker) {
				w.t.Errorf("%s holds %q", filepath.Base(file), marker)
			}
		}
		return
	}
	for _, table := range []string{"mails", "outbox", "submissions", "audit_rows", "registrations", "support_requests", "support_items", "people", "sign_ins"} {
		var rows []string
		if err := w.DB.Select(w.t.Context(), &rows, `SELECT CAST(x AS TEXT) FROM `+table+` x`, nil); err != nil {
			w.t.Fatal(err)
		}
		for _, r := range rows {
			if strings.Contains(strings.ToLower(r), marker) {
				w.t.Errorf("%s holds %q", table, marker)
			}
		}
	}
}
