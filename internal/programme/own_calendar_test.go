package programme_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	. "kvart/internal/programme"
)

// account is the one of the browser that was made last.
func (w *town) account() string {
	w.t.Helper()
	var id string
	if err := w.DB.Get(w.t.Context(), &id, `SELECT id FROM accounts ORDER BY id DESC LIMIT 1`, nil); err != nil {
		w.t.Fatal(err)
	}
	return id
}

func TestOwnCalendar_showsWhatOneIsResponsibleForAndNamesNobody(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		b := w.browser(network.Coordinator)
		me := w.account()
		dinner := w.activity(nil)
		mine, other := w.session(dinner, 3), w.session(dinner, 4)
		hidden := w.session(w.activity(func(a *Activity) {
			a.Discreet, a.Title, a.PlaceKind, a.Place = true, i18n.Text{i18n.HR: "Tajni krug"}, Outdoors, i18n.Text{i18n.HR: "kod fontane"}
		}), 5)
		w.asked(mine, Phone, func(a *Ask) { a.Name = "Ana Anić" })
		for _, id := range []string{mine, hidden} {
			if err := w.Take(t.Context(), w.Centre, id, me); err != nil {
				t.Fatal(err)
			}
		}
		doc := b.post("/desk/me/calendar", nil, http.StatusOK)
		address := doc.Find("code").Text()
		_, path, ok := strings.Cut(address, "kvart.test")
		if !ok || doc.Find(`a[href="webcal://kvart.test`+path+`"]`).Length() != 1 || doc.Find(`input[readonly][value="`+address+`"]`).Length() != 1 {
			t.Fatalf("no address to subscribe to: %q", address)
		}
		res, err := http.Get(b.base + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		cal := string(body)
		if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s, %s", res.Status, res.Header.Get("Cache-Control"))
		}
		if strings.Count(cal, "BEGIN:VEVENT") != 2 || !strings.Contains(cal, "UID:"+mine+"@kvart.test") || !strings.Contains(cal, "SUMMARY:zauzeto") {
			t.Errorf("%s", cal)
		}
		for _, never := range []string{other, hidden, "Tajni", "fontane", "Ana"} {
			if strings.Contains(cal, never) {
				t.Errorf("%q is in it", never)
			}
		}
		secret := strings.TrimSuffix(strings.TrimPrefix(path, "/calendar/own/"), ".ics")
		if n := w.number(`SELECT COUNT(*) FROM calendar_links WHERE token_hash = :s`, db.Args{"s": secret}); n != 0 || len(secret) < 26 {
			t.Errorf("the secret %q itself is stored, or short", secret)
		}
		if page, _ := b.get("/desk/me/calendar", http.StatusOK).Html(); strings.Contains(page, secret) {
			t.Error("the address is shown a second time")
		}

		// a new one, and the old one is dead
		b.post("/desk/me/calendar/renew", url.Values{"sure": {"1"}}, http.StatusOK)
		if _, err := w.OwnCalendar(t.Context(), secret); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("the old secret: %v", err)
		}
		again, err := w.MakeCalendarLink(t.Context(), me)
		if err != nil {
			t.Fatal(err)
		}
		// without a role at the centre nothing of it is shown; without an account nothing at all
		w.exec(`DELETE FROM account_roles WHERE account_id = :id`, db.Args{"id": me})
		if cal, err := w.OwnCalendar(t.Context(), again); err != nil || len(cal.Events) != 0 {
			t.Errorf("%d events of a centre that was left (%v)", len(cal.Events), err)
		}
		w.exec(`UPDATE accounts SET state = 'disabled' WHERE id = :id`, db.Args{"id": me})
		if _, err := w.OwnCalendar(t.Context(), again); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("of a disabled account: %v", err)
		}
		w.exec(`UPDATE accounts SET state = 'active' WHERE id = :id`, db.Args{"id": me})
		if err := w.DropCalendarLink(t.Context(), me); err != nil {
			t.Fatal(err)
		}
		if _, err := w.OwnCalendar(t.Context(), again); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("a removed link: %v", err)
		}
		if n := w.number(`SELECT COUNT(*) FROM audit_rows WHERE action IN ('calendar_link.make', 'calendar_link.remove') AND subject_id = :id`, db.Args{"id": me}); n != 4 {
			t.Errorf("%d notes", n)
		}
	})
}

func TestCalendar_ofOneActivity(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	dinner := w.activity(nil)
	session := w.session(dinner, 7)
	other := w.session(w.activity(nil), 7)
	hidden := w.activity(func(a *Activity) { a.Discreet = true })
	w.session(hidden, 8)
	b := w.browser(network.Coordinator)
	cal := b.get("/calendar/activity/"+dinner.ID+".ics", http.StatusOK).Text()
	if !strings.Contains(cal, "UID:"+session+"@kvart.test") || strings.Contains(cal, other) || !strings.Contains(cal, "SEQUENCE:0") {
		t.Errorf("%s", cal)
	}
	if err := w.CancelSession(t.Context(), w.Centre, session, nil, "test"); err != nil {
		t.Fatal(err)
	}
	if cal := b.get("/calendar/activity/"+dinner.ID+".ics", http.StatusOK).Text(); !strings.Contains(cal, "SEQUENCE:1") || !strings.Contains(cal, "STATUS:CANCELLED") {
		t.Errorf("%s", cal)
	}
	for _, path := range []string{hidden.ID + ".ics", dinner.ID, "nema.ics", ".ics"} {
		b.get("/calendar/activity/"+path, http.StatusNotFound)
	}
	b.get("/calendar/own/nema.ics", http.StatusNotFound)
	page := b.get("/hr/programme/"+dinner.ID, http.StatusOK)
	if page.Find(`.subscribe a[href="webcal://kvart.test/calendar/activity/`+dinner.ID+`.ics"]`).Length() != 1 || page.Find(`a[href="/hr/programme/`+dinner.ID+`/poster"]`).Length() != 1 {
		t.Error("the activity's page links neither to its calendar nor to its poster")
	}
}
