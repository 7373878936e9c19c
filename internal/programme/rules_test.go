package programme_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"pgregory.net/rapid"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	. "kvart/internal/programme"
)

func TestSeries_hasOneCapacityAndTheSamePeopleOnAllDates(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, ids := w.series(2, 10, 17, 24)
		ana, err := w.ask(ids[0], Web, mailed("ana"))
		if err != nil {
			t.Fatal(err)
		}
		w.pass(time.Minute)
		w.asked(ids[0], Web, mailed("bruno"))
		w.pass(time.Minute)
		cvita, err := w.ask(ids[1], Web, mailed("cvita"))
		if err != nil || cvita.State() != Waiting || len(cvita.Registrations) != 3 {
			t.Fatalf("%+v %v", cvita, err)
		}
		if err := w.CancelByCode(t.Context(), ana.Code, ids[1]); err != nil {
			t.Fatal(err)
		}
		if _, err := w.LapseOffers(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if !strings.Contains(w.line(id), "cvita waiting") {
				t.Fatalf("one date given back is offered to somebody else: %s", w.line(id))
			}
		}
		if l, _, err := w.PublicSession(t.Context(), ids[1]); err != nil || l.Taken != 2 {
			t.Errorf("the page says %d are taken (%v)", l.Taken, err)
		}
		w.exec(`DELETE FROM mails`, nil)
		if err := w.CancelByCode(t.Context(), ana.Code, ""); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if !strings.Contains(w.line(id), "cvita offered") {
				t.Errorf("the whole place is not offered: %s", w.line(id))
			}
		}
		if n := w.number(`SELECT COUNT(*) FROM mails`, nil); n != 1 {
			t.Errorf("%d mails about one place, want 1", n)
		}
		if err := w.ConfirmByCode(t.Context(), cvita.Code, ids[2]); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if !strings.Contains(w.line(id), "cvita confirmed") {
				t.Errorf("taken on one date only: %s", w.line(id))
			}
		}
	})
}

func TestSeries_anOfferThatRunsOutGoesToTheNextOnAllDates(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, ids := w.series(1, 20, 27)
		ana, err := w.ask(ids[0], Web, mailed("ana"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"bruno", "cvita"} {
			w.pass(time.Minute)
			w.asked(ids[0], Web, mailed(name))
		}
		if err := w.CancelByCode(t.Context(), ana.Code, ""); err != nil {
			t.Fatal(err)
		}
		w.pass(25 * time.Hour)
		if _, err := w.LapseOffers(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if got := w.line(id); !strings.Contains(got, "bruno waiting") || !strings.Contains(got, "cvita offered") {
				t.Errorf("%s", got)
			}
		}
		calls := w.asked(ids[0], Phone, func(a *Ask) { a.Name, a.Phone = "dora", "01 555 010" })
		if calls.State != Waiting {
			t.Error(calls.State)
		}
		w.pass(25 * time.Hour) // cvita's runs out, bruno was asked a day ago: dora, by phone, is on the call list once
		if _, err := w.LapseOffers(t.Context()); err != nil {
			t.Fatal(err)
		}
		list, err := w.Calls(t.Context(), w.Centre)
		if err != nil || len(list) > 1 {
			t.Errorf("%d calls for one place: %v", len(list), err)
		}
	})
}

// A series never has more people than places, whatever they do, and nobody waits while a place is nobody's.
func TestSeries_neverHoldsMoreThanItsPlaces(t *testing.T) {
	d := dbtest.SQLite(t)
	w := newTown(t, d)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		places := rapid.IntRange(1, 4).Draw(rt, "places")
		a, ids := w.series(places, 10, 17)
		var codes []string
		for i := range rapid.IntRange(1, 12).Draw(rt, "steps") {
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0, 1:
				party := rapid.IntRange(1, 3).Draw(rt, "party")
				channel := rapid.SampledFrom([]Channel{Web, Phone}).Draw(rt, "channel")
				p, err := w.ask(ids[rapid.IntRange(0, 1).Draw(rt, "at")], channel, func(a *Ask) { mailed(fmt.Sprintf("o%d-%d", round, i))(a); a.Party = party })
				if err != nil {
					rt.Fatal(err)
				}
				codes = append(codes, p.Code)
			case 2:
				if len(codes) > 0 {
					session := rapid.SampledFrom([]string{"", ids[0], ids[1]}).Draw(rt, "which")
					if err := w.CancelByCode(t.Context(), rapid.SampledFrom(codes).Draw(rt, "code"), session); err != nil {
						rt.Fatal(err)
					}
				}
			case 3:
				if _, err := w.LapseOffers(t.Context()); err != nil {
					rt.Fatal(err)
				}
			}
			var held int
			if err := w.DB.Get(t.Context(), &held, `SELECT COALESCE(SUM(party), 0) FROM (SELECT bundle_id, MAX(party) AS party FROM registrations r JOIN sessions s ON s.id = r.session_id
				WHERE s.activity_id = :a AND r.state IN ('confirmed','offered') GROUP BY bundle_id) AS t`, db.Args{"a": a.ID}); err != nil {
				rt.Fatal(err)
			}
			if held > places {
				rt.Fatalf("%d hold %d places", held, places)
			}
		}
	})
}

func TestRegister_aFriendHasAPlaceAndALinkOfTheirOwn(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, session := w.places(2)
		place, err := w.ask(session, Web, func(a *Ask) { mailed("ana")(a); a.Friend = &Friend{Name: "Bruna", Email: "bruna@example.org"} })
		if err != nil || place.FriendCode == "" || place.FriendCode == place.Code {
			t.Fatalf("%+v %v", place, err)
		}
		if got, want := w.line(session), "ana confirmed 1 web; Bruna confirmed 1 web; "; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		var bodies []string
		if err := w.DB.Select(t.Context(), &bodies, `SELECT body FROM mails WHERE to_address = 'bruna@example.org'`, nil); err != nil {
			t.Fatal(err)
		}
		if len(bodies) != 1 || !strings.Contains(bodies[0], place.FriendCode) || strings.Contains(bodies[0], "ana") || !strings.Contains(bodies[0], "Netko vas je prijavio") {
			t.Errorf("%q", bodies)
		}
		if err := w.CancelByCode(t.Context(), place.FriendCode, ""); err != nil {
			t.Fatal(err)
		}
		if got := w.line(session); !strings.Contains(got, "ana confirmed") || !strings.Contains(got, "Bruna cancelled") {
			t.Errorf("the friend's link: %s", got)
		}
		if n := w.number(`SELECT COUNT(DISTINCT bundle_id) FROM registrations`, nil); n != 2 {
			t.Error("something ties the friend to who registered them")
		}
	})
}

func TestRegister_aFriendIsRefusedWithAReason(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		plain := w.session(w.activity(nil), 10)
		adults := w.session(w.activity(func(a *Activity) { a.AdultsOnly = true }), 10)
		guarded := w.session(w.activity(func(a *Activity) { a.Guardian = true }), 10)
		discreet := w.session(w.activity(func(a *Activity) { a.Discreet = true }), 10)
		for name, one := range map[string]struct {
			session, field string
			friend         Friend
		}{
			"no name":  {plain, "friend_name", Friend{Email: "b@example.org"}},
			"long":     {plain, "friend_name", Friend{Name: strings.Repeat("ž", 81)}},
			"mail":     {plain, "friend_email", Friend{Name: "B", Email: "b@"}},
			"age":      {adults, "friend_adult", Friend{Name: "B"}},
			"guardian": {guarded, "friend_name", Friend{Name: "B", Adult: true}},
			"discreet": {discreet, "friend_name", Friend{Name: "B"}},
			"self":     {plain, "friend_name", Friend{Name: "ana", Email: "ana@example.org"}},
		} {
			_, err := w.ask(one.session, Web, func(a *Ask) { mailed("ana")(a); a.Adult, a.Guardian, a.Friend = true, true, &one.friend })
			if f := fault.Of(err).Fields; err == nil || len(f) != 1 || f[0].Name != one.field {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := w.number(`SELECT COUNT(*) FROM registrations`, nil); n != 0 {
			t.Errorf("%d registrations are left of what was refused", n)
		}
	})
}

func TestRegisterPage_friendLinkIsShownOnceAndFaultsKeepWhatWasTyped(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, session := w.places(5)
		b := w.browser(network.Coordinator)
		at := "/hr/sessions/" + session + "/register"
		f := fields(t, b.get("/hr/sessions/"+session, 200), at)
		f.Set("friend_email", "bruna@example.org")
		doc := b.post(at, f, 422)
		if doc.Find("#e-friend_name").Length() != 1 || doc.Find("#f-friend_email").AttrOr("value", "") != "bruna@example.org" || doc.Find("details[open] #f-friend_name").Length() != 1 {
			t.Error("the fault is not beside the field, or what was typed is lost")
		}
		if doc.Find("#f-by_sms").Length() != 0 {
			t.Error("SMS are offered without a gateway")
		}
		f.Set("friend_name", "مرحبا 🎉")
		res, err := b.http.PostForm(b.base+at, f)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		to := res.Header.Get("Location")
		u, _ := url.Parse(to)
		friend := u.Query().Get("friend")
		if res.StatusCode != 303 || friend == "" {
			t.Fatal(res.Status, to)
		}
		if links := b.get(to, 200).Find("p.link").Text(); !strings.Contains(links, "/registrations/"+friend) {
			t.Error(links)
		}
		if links := b.get(u.Path, 200).Find("p.link").Text(); strings.Contains(links, friend) {
			t.Error("the friend's link is kept")
		}
		if got := b.get(u.Path+"?friend=nonsense", 200).Find("p.link").Length(); got != 1 {
			t.Error("a link to nothing is shown")
		}
		b.get("/hr/registrations/"+friend, 200)
	})
}

func TestNoShows_areANumberOfTheSessionOnly(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		session := w.session(a, 0)
		r := w.asked(session, Phone, func(a *Ask) { a.Name = "Osoba 0" })
		w.asked(session, Phone, func(a *Ask) { a.Name, a.Party = "Osoba 1", 3 })
		page := func() string {
			b := w.browser(network.Coordinator)
			return strings.Join(strings.Fields(b.get("/desk/sessions/"+session, 200).Find("main").Text()), " ")
		}
		if strings.Contains(page(), "ostala prazna") {
			t.Error("a number before anything was recorded")
		}
		w.pass(9 * time.Hour)
		if err := w.RecordAttendance(t.Context(), w.Centre, session, Came{People: []string{*r.PersonID}, Counted: 1}, "test"); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(page(), "Mjesta koja su ostala prazna: 2") {
			t.Error(page())
		}
		if err := w.RecordAttendance(t.Context(), w.Centre, session, Came{Counted: 20}, "test"); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(page(), "Mjesta koja su ostala prazna: 0") {
			t.Error(page())
		}
	})
}

func TestClash_isSaidOnlyToThePersonAndNeverOfADiscreetSession(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		first, second := w.session(w.activity(nil), 10), w.session(w.activity(nil), 10)
		hidden := w.session(w.activity(func(a *Activity) { a.Discreet = true }), 10)
		r := w.asked(first, Web, mailed("ana"))
		w.asked(second, Web, mailed("ana"))
		w.asked(hidden, Web, mailed("ana"))
		account := db.NewID()
		w.exec(`INSERT INTO accounts (id, login, name, email, created_at) VALUES (:id, :id, 'Ana', 'ana@example.org', 0)`, db.Args{"id": account})
		w.tx(func(tx *db.Tx) error {
			return w.Network.Join(t.Context(), tx, auth.Account{ID: account, Email: "ana@example.org"})
		})
		list, err := w.OfAccount(t.Context(), account)
		if err != nil || len(list) != 2 || len(list[0].Also)+len(list[1].Also) != 1 {
			t.Errorf("%+v %v", list, err)
		}
		b := w.browser(network.Coordinator)
		for _, address := range []string{"/desk/sessions/" + first + "?names=1", "/desk/sessions/" + second + "?names=1", "/desk/programme", "/desk/calls"} {
			doc := b.get(address, 200)
			if text := doc.Find("main").Text(); strings.Contains(text, "isto vrijeme") {
				t.Errorf("%s tells staff of a clash", address)
			}
			doc.Find("main a").Each(func(_ int, s *goquery.Selection) {
				if strings.Contains(s.AttrOr("href", ""), *r.PersonID) {
					t.Errorf("%s leads to a file on a person", address)
				}
			})
		}
	})
}

func TestNeeds_goSevenDaysAfterAndAreShownAfterAPressOnly(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		session := w.session(w.activity(nil), 0)
		w.asked(session, Web, func(a *Ask) { mailed("ana")(a); a.Needs = "rampa" })
		b := w.browser(network.Coordinator)
		if strings.Contains(b.get("/desk/sessions/"+session, 200).Text(), "rampa") || !strings.Contains(b.get("/desk/sessions/"+session+"?names=1", 200).Text(), "rampa") {
			t.Error("needs are not shown after a press only")
		}
		w.pass(7*24*time.Hour + 9*time.Hour)
		for _, want := range []int{0, 1} {
			if n, err := w.ForgetNeeds(t.Context()); err != nil || n != want {
				t.Errorf("%d emptied, want %d (%v)", n, want, err)
			}
			w.pass(2 * time.Hour)
		}
	})
}

// The desk registers a friend by the same rules as the web.
func TestDesk_registersAFriendToo(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	b := w.browser(network.Coordinator)
	session := w.session(w.activity(nil), 10)
	adults := w.session(w.activity(func(a *Activity) { a.AdultsOnly = true }), 10)
	guarded := w.session(w.activity(func(a *Activity) { a.Guardian = true }), 10)
	hidden := w.session(w.activity(func(a *Activity) { a.Discreet = true }), 10)
	for id, want := range map[string]int{session: 1, adults: 1, guarded: 0, hidden: 0} {
		if n := b.get("/desk/sessions/"+id, http.StatusOK).Find(`#register input[name="friend_name"]`).Length(); n != want {
			t.Errorf("%d fields of a friend, want %d", n, want)
		}
	}
	f := url.Values{"name": {"Susjed"}, "phone": {"091 222 333"}, "channel": {"phone"}, "party": {"1"}, "friend_name": {"Susjeda"}, "form_key": {"k"}}
	b.post("/desk/sessions/"+session+"/register", f, http.StatusSeeOther)
	if n := w.number(`SELECT COUNT(*) FROM registrations WHERE session_id = :s AND party = 1 AND channel = 'phone' AND state = 'confirmed'`, db.Args{"s": session}); n != 2 {
		t.Errorf("%d registrations, want two", n)
	}
	f.Set("adult", "1")
	f.Set("form_key", "k2")
	doc := b.post("/desk/sessions/"+adults+"/register", f, http.StatusUnprocessableEntity)
	if doc.Find("#e-friend_adult").Length() != 1 || doc.Find(`input[name="friend_name"]`).AttrOr("value", "") != "Susjeda" || doc.Find("#register details[open]").Length() != 1 {
		t.Error("the fault is not beside its field, or what was typed is gone")
	}
	b.post("/desk/sessions/"+guarded+"/register", f, http.StatusUnprocessableEntity)
}
