package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

// demoAt is a program on the database with the demo in it, as if started at the moment.
func demoAt(t *testing.T, d *db.DB, at time.Time) (*App, []SignIn) {
	t.Helper()
	a := &App{Config: Config{Secrets: t.TempDir(), Data: t.TempDir(), ErasureStore: filepath.Join(t.TempDir(), "erasure.sqlite"), PublicURL: "http://127.0.0.1:8080", Version: "test", Demo: true,
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return at }}, DB: d}
	if err := a.wire(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Erasure.Close() })
	a.Auth.Cost = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	list, err := a.FillDemo(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return a, list
}

func number(t *testing.T, a *App, query string, args db.Args) int {
	t.Helper()
	var n int
	if err := a.DB.Get(t.Context(), &n, query, args); err != nil {
		t.Fatal(query, err)
	}
	return n
}

// The demo is alive on any day: whatever weekday and hour it starts on, also across the changes of summer time.
func TestDemoOnAnyDay(t *testing.T) {
	moments := []time.Time{
		time.Date(2026, 10, 25, 0, 20, 0, 0, time.UTC), // within the hour that comes twice
		time.Date(2027, 3, 28, 0, 50, 0, 0, time.UTC),
		time.Date(2028, 2, 29, 22, 40, 0, 0, time.UTC),
	}
	for i := range 7 {
		moments = append(moments, time.Date(2026, 11, 23+i, 5+2*i, 35, 0, 0, time.UTC))
	}
	for i, at := range moments {
		if i > 3 && os.Getenv("KVART_FULL") != "1" {
			break // the other days of the week are for the full mode
		}
		t.Run(at.Format(time.RFC3339), func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				if i > 0 && d.Engine != db.SQLite {
					t.Skip("one day on this engine is enough")
				}
				a, signIns := demoAt(t, d, at)
				checkDemo(t, a, at)
				for _, path := range []string{"/hr/demo", "/en/demo/mail", "/hr/programme", "/hr/proposals", "/hr/needs", "/hr/votes"} {
					w := httptest.NewRecorder()
					if a.Server.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080"+path, nil)); w.Code != http.StatusOK {
						t.Errorf("%s: %d", path, w.Code)
					}
				}
				if n := number(t, a, `SELECT COUNT(*) FROM centres WHERE picture_id IS NOT NULL`, nil); n != 4 {
					t.Errorf("%d centres have a picture of the door", n)
				}
				w := httptest.NewRecorder()
				if a.Server.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080/calendar/vestigium.ics", nil)); !strings.Contains(w.Body.String(), "X-WR-CALNAME:Vestigium – ogledni podaci") {
					t.Errorf("the calendar does not say that it is a sample: %.300s", w.Body.String())
				}
				checkSignIns(t, a, signIns)
			})
		})
	}
}

func checkDemo(t *testing.T, a *App, now time.Time) {
	t.Helper()
	args := db.Args{"now": now.Unix(), "past": now.AddDate(0, 0, -77).Unix(), "future": now.AddDate(0, 0, 35).Unix()}
	for name, want := range map[string]struct {
		least, most int
		query       string
	}{
		"centres":                    {4, 4, `SELECT COUNT(*) FROM centres`},
		"activities":                 {24, 40, `SELECT COUNT(*) FROM activities`},
		"discreet ones":              {2, 2, `SELECT COUNT(*) FROM activities WHERE discreet = 1`},
		"centres with old sessions":  {4, 4, `SELECT COUNT(DISTINCT centre_id) FROM sessions WHERE starts_at < :past`},
		"centres with late sessions": {4, 4, `SELECT COUNT(DISTINCT centre_id) FROM sessions WHERE starts_at > :future`},
		"people waiting":             {4, 9, `SELECT COUNT(*) FROM registrations WHERE state = 'waiting'`},
		"offers by telephone":        {1, 1, `SELECT COUNT(*) FROM registrations r JOIN people p ON p.id = r.person_id WHERE r.state = 'offered' AND p.phone <> '' AND p.email = '' AND r.offer_until IS NULL`},
		"premises granted":           {1, 1, `SELECT COUNT(*) FROM premises_requests WHERE state = 'granted' AND renew_on > sent_on`},
		"premises asked for":         {1, 1, `SELECT COUNT(*) FROM premises_requests WHERE state = 'sent' AND sessions > 0 AND came >= 10`},
		"cancelled":                  {1, 1, `SELECT COUNT(*) FROM sessions WHERE state = 'cancelled' AND starts_at > :now`},
		"to be told by telephone":    {1, 20, `SELECT COUNT(*) FROM notices WHERE told_at IS NULL`},
		"counted in the future":      {0, 0, `SELECT COUNT(*) FROM sessions WHERE recorded_at IS NOT NULL AND ends_at > :now`},
		"names beside a number":      {0, 0, `SELECT COUNT(*) FROM sessions s WHERE s.named <> (SELECT COUNT(*) FROM attendances t WHERE t.session_id = s.id)`},
		"places miscounted":          {0, 0, `SELECT COUNT(*) FROM sessions s WHERE s.taken <> (SELECT COALESCE(SUM(party), 0) FROM registrations r WHERE r.session_id = s.id AND r.state IN ('confirmed','offered'))`},
		"registered too early":       {0, 0, `SELECT COUNT(*) FROM registrations r JOIN sessions s ON s.id = r.session_id WHERE s.opens_at > :now`},
		"registered unrecorded":      {0, 0, `SELECT COUNT(*) FROM registrations r WHERE NOT EXISTS (SELECT 1 FROM audit_rows a WHERE a.action = 'registration.add' AND a.subject_id = r.id)`},
		"decided by vote":            {6, 6, `SELECT COUNT(*) FROM proposal_steps WHERE decided_by = 'vote'`},
		"accepted by vote":           {1, 5, `SELECT COUNT(*) FROM proposal_steps WHERE decided_by = 'vote' AND to_state = 'accepted'`},
		"voted, planned and held":    {1, 1, `SELECT COUNT(*) FROM proposals p WHERE p.state = 'held' AND p.activity_id IS NOT NULL AND EXISTS (SELECT 1 FROM proposal_steps s WHERE s.proposal_id = p.id AND s.decided_by = 'vote')`},
		"cycle that leads on":        {2, 2, `SELECT COUNT(*) FROM needs_steps WHERE link <> ''`},
		"surveys taken over":         {1, 1, `SELECT COUNT(*) FROM needs_sources WHERE kind = 'survey'`},
		"came unrecorded":            {0, 0, `SELECT COUNT(*) FROM sessions s WHERE s.recorded_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audit_rows a WHERE a.action = 'attendance.record' AND a.subject_id = s.id)`},
		"mixed records":              {10, 10000, `SELECT COUNT(*) FROM sessions WHERE named > 0 AND counted > 0`},
		"rooms without a booking":    {0, 0, `SELECT COUNT(*) FROM sessions WHERE space_id IS NOT NULL AND booking_id IS NULL`},
	} {
		if n := number(t, a, want.query, args); n < want.least || n > want.most {
			t.Errorf("%s: %d, want %d to %d", name, n, want.least, want.most)
		}
	}
	var mail string
	if err := a.DB.Get(t.Context(), &mail, `SELECT body FROM mails WHERE body LIKE '%/registrations/%' ORDER BY id LIMIT 1`, nil); err != nil {
		t.Fatal("nobody was written to: ", err)
	}
	_, code, _ := strings.Cut(mail, "/registrations/")
	if list, err := a.Programme.ByCode(t.Context(), strings.TrimSpace(code)); err != nil || len(list) != 1 {
		t.Errorf("the link in a mail opens %d registrations (%v)", len(list), err)
	}
	centre, err := a.Network.CentreBySlug(t.Context(), a.DB, sixteen)
	if err != nil {
		t.Fatal(err)
	}
	owed, err := a.Programme.Owed(t.Context(), centre.ID, now, false)
	if err != nil || len(owed) == 0 {
		t.Fatal("nothing owed at", centre.Name, err)
	}
	if last := owed[len(owed)-1]; now.Sub(last.End()) > time.Hour {
		t.Errorf("the newest record owed is of %s, now is %s", last.End(), now)
	}
}

// checkSignIns: the passphrases printed open the accounts, and no two are the same.
func checkSignIns(t *testing.T, a *App, list []SignIn) {
	t.Helper()
	seen := map[string]bool{}
	for _, s := range list {
		if seen[s.Passphrase] {
			t.Errorf("%s shares a passphrase", s.Name)
		}
		seen[s.Passphrase] = true
		account, _, err := a.Auth.SignIn(t.Context(), s.Name, s.Passphrase)
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		held, err := a.Auth.Roles(t.Context(), account.ID)
		if err != nil || len(held) != 1 || string(held[0].Role) != s.Role {
			t.Errorf("%s holds %v (%v)", s.Name, held, err)
		}
	}
	if len(list) != len(demoAccounts) {
		t.Errorf("%d sign-ins for %d accounts", len(list), len(demoAccounts))
	}
	if list[0].Role != string(network.Coordinator) {
		t.Errorf("the first sign-in is %s", list[0].Role)
	}
}
