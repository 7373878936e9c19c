package app

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/internal/programme"
)

// TestRegister_twoVisitorsOfOneMinuteAreTwo takes the form as the page hands it out: nothing of one visitor's form may
// be on another's.
func TestRegister_twoVisitorsOfOneMinuteAreTwo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		page := h.url + "/hr/sessions/" + h.session[0]
		keys, places := map[string]bool{}, map[string]bool{}
		post := func(c *http.Client, name, key string) string {
			resp, err := c.PostForm(page+"/register", url.Values{"name": {name}, "party": {"1"}, "form_key": {key}})
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			return resp.Header.Get("Location")
		}
		for _, name := range []string{"Ana", "Boris", ""} {
			c := h.browser(t, "", auth.Scope{})
			_, body := send(t, c, http.MethodGet, page, "", "")
			doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			key := doc.Find(`input[name="form_key"]`).AttrOr("value", "")
			keys[key] = true
			place := post(c, name, key)
			places[place] = true
			if post(c, name, key) != place {
				t.Error("the same form twice is two registrations")
			}
			if name == "Ana" { // somebody else comes back to her form on the shared computer
				places[post(c, "Cvita", key)] = true
			}
		}
		var n int
		if err := d.Get(t.Context(), &n, `SELECT COUNT(*) FROM registrations WHERE session_id = :s`, db.Args{"s": h.session[0]}); err != nil {
			t.Fatal(err)
		}
		if len(keys) != 3 || len(places) != 4 || n != 4 {
			t.Errorf("%d keys, %d links and %d registrations; want three forms and four visitors", len(keys), len(places), n)
		}
	})
}

// TestDiscreet_nobodyOutsideTheTeamCanCountThem compares what the city reads with and without a discreet activity, and
// looks for its holder among clashes.
func TestDiscreet_nobodyOutsideTheTeamCanCountThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		officer := h.browser(t, network.CityOfficer, h.scope(network.CityOfficer, t))
		before := h.body(t, officer, "/desk/all-totals")
		_, session := h.plan(t, h.here, true, "Krug koji se ne objavljuje")
		if after := h.body(t, officer, "/desk/all-totals"); after != before {
			t.Error("the totals of the network tell of a discreet session")
		}
		if _, err := d.Exec(t.Context(), `UPDATE bookings SET organisation_id = :o WHERE id = (SELECT booking_id FROM sessions WHERE id = :s)`,
			db.Args{"o": h.here.OrganisationID, "s": session}); err != nil {
			t.Fatal(err)
		}
		l, _, err := h.Programme.SessionAt(t.Context(), h.here.ID, session, true)
		if err != nil {
			t.Fatal(err)
		}
		c := h.browser(t, network.Coordinator, h.scope(network.Coordinator, t))
		_, body := send(t, c, http.MethodPost, h.url+"/desk/bookings/new", plainForm, url.Values{"space": {*l.SpaceID}, "date": {l.LocalDate}, "from": {l.LocalStart},
			"to": {l.LocalEnd}, "title": {"Proba"}, "form_key": {"clash"}, "anyway": {"1"}}.Encode())
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if said := doc.Find("#instead li").Text(); !strings.Contains(said, "zauzeto") || strings.Contains(said, "Krug") || strings.Contains(said, "K-zona") {
			t.Errorf("of a clash with a discreet session is said: %q", said)
		}
	})
}

// TestHost_findsNobodyBeyondToday searches as who is on duty.
func TestHost_findsNobodyBeyondToday(t *testing.T) {
	h := open(t, dbtest.SQLite(t))
	if _, err := h.DB.Exec(t.Context(), `UPDATE people SET phone = '01 555 0100'`, nil); err != nil {
		t.Fatal(err)
	}
	now := time.Now().In(h.here.Location())
	var id string
	if err := h.DB.Tx(t.Context(), func(tx *db.Tx) error {
		groups, err := h.Network.Groups(t.Context(), h.DB)
		if err != nil {
			return err
		}
		a := programme.Activity{CentreID: h.here.ID, Title: i18n.Text{i18n.HR: "Danas"}, Kind: programme.Places, RegisterFor: "session", PlaceKind: "outdoors",
			Place: i18n.Text{i18n.HR: "Park"}, OpensDays: 28, OpensClock: "09:00", State: "published"}
		if a.ID, err = h.Programme.AddActivity(t.Context(), tx, a, groups, "test"); err != nil {
			return err
		}
		start := time.Date(now.Year(), now.Month(), now.Day(), 23, 50, 0, 0, now.Location())
		ids, err := h.Programme.AddSessions(context.WithoutCancel(t.Context()), tx, a, []programme.Date{{Start: start, End: start.Add(5 * time.Minute)}}, "test")
		if err == nil {
			id = ids[0]
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for role, want := range map[auth.Role]bool{network.Host: false, network.Coordinator: true} {
		c := h.browser(t, role, h.scope(role, t))
		status, body := send(t, c, http.MethodPost, h.url+"/desk/sessions/"+id+"/register", plainForm, url.Values{"find": {"o"}, "search": {"1"}, "party": {"1"}}.Encode())
		if found := strings.Contains(body, "555 0100"); found != want {
			t.Errorf("%s finds people of other days by name: %t, want %t (%d)", role, found, want, status)
		}
	}
}

// TestErase_takesWhatWasNotSentYet erases a person to whom a mail waits.
func TestErase_takesWhatWasNotSentYet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		c := h.browser(t, "", auth.Scope{})
		send(t, c, http.MethodPost, h.url+"/hr/sessions/"+h.session[0]+"/register", plainForm, url.Values{"name": {"Osoba"}, "email": {"osoba@primjer.hr"}, "party": {"1"}, "form_key": {"erase"}}.Encode())
		count := func() (n int) {
			if err := d.Get(t.Context(), &n, `SELECT COUNT(*) FROM mails WHERE to_address = 'osoba@primjer.hr'`, nil); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if count() != 1 {
			t.Fatal("no mail waits")
		}
		var id string
		if err := d.Get(t.Context(), &id, `SELECT id FROM people WHERE email = 'osoba@primjer.hr'`, nil); err != nil {
			t.Fatal(err)
		}
		if err := h.Network.ErasePerson(t.Context(), h.here.ID, id, "test"); err != nil {
			t.Fatal(err)
		}
		if count() != 0 {
			t.Error("the mail still waits, with the address")
		}
	})
}

// TestProgramme_freeMeansFreeForWhoReads asks for free places where those left are kept for the desk.
func TestProgramme_freeMeansFreeForWhoReads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		c := h.browser(t, "", auth.Scope{})
		listed := func() bool { return strings.Contains(h.body(t, c, "/hr/programme?free=1"), h.session[0]) }
		if !listed() {
			t.Fatal("four free places are not listed")
		}
		set := func(sql string) {
			if _, err := d.Exec(t.Context(), sql, db.Args{"s": h.session[0]}); err != nil {
				t.Fatal(err)
			}
		}
		set(`UPDATE sessions SET desk_share = 4, share_released_at = 4000000000 WHERE id = :s`)
		if listed() {
			t.Error("places kept for telephone, paper and desk are said to be free")
		}
		set(`UPDATE sessions SET share_released_at = 1 WHERE id = :s`)
		if !listed() {
			t.Error("released places are not said to be free")
		}
	})
}
