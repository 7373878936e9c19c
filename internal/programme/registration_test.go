package programme_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	. "kvart/internal/programme"
)

func TestRegister_manyAtOnceFillFivePlacesAndNoMore(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, session := w.places(5)
		var all sync.WaitGroup
		faults := make([]error, 32)
		for i := range faults {
			all.Go(func() { _, faults[i] = w.ask(session, Web, mailed(fmt.Sprintf("osoba%d", i))) })
		}
		all.Wait()
		for _, err := range faults {
			if err != nil {
				t.Error(err)
			}
		}
		count := func(state string) int {
			return w.number(`SELECT COUNT(*) FROM registrations WHERE session_id = :s AND state = :state`, db.Args{"s": session, "state": state})
		}
		if c, q := count(Confirmed), count(Waiting); c != 5 || q != 27 {
			t.Errorf("%d confirmed and %d waiting, want 5 and 27", c, q)
		}
		if n := w.number(`SELECT taken FROM sessions WHERE id = :s`, db.Args{"s": session}); n != 5 {
			t.Errorf("%d places taken, want 5", n)
		}
	})
}

func TestRegister_everyChannelOpensAtTheSameMoment(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(func(a *Activity) { a.OpensDays = 7 })
		session := w.session(a, 10) // opens on 5 November at 9
		w.pass(70*time.Hour + 59*time.Minute)
		channels := []Channel{Web, Desk, Phone, Paper}
		for _, c := range channels {
			_, err := w.ask(session, c, nil)
			wantFault(t, err, "programme.fault.not_open_yet")
		}
		w.pass(time.Minute)
		for _, c := range channels {
			if r := w.asked(session, c, nil); r.State != Confirmed {
				t.Errorf("by %s: %s", c, r.State)
			}
		}
	})
}

func TestRegister_theSameFormTwiceIsOneRegistration(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, session := w.places(5)
		keyed := func(a *Ask) { a.FormKey = "one-key" }
		if _, err := w.ask(session, Web, keyed); err != nil {
			t.Fatal(err)
		}
		_, err := w.ask(session, Web, keyed)
		if again, ok := err.(*web.Already); !ok || again.Location != "/there" {
			t.Fatalf("the second sending: %v", err)
		}
		if n := w.number(`SELECT COUNT(*) FROM registrations`, nil); n != 1 {
			t.Errorf("%d registrations, want 1", n)
		}
	})
}

func TestRegister_aPersonIsRegisteredOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, session := w.places(5)
		w.asked(session, Web, mailed("ana"))
		_, err := w.ask(session, Phone, mailed("ana"))
		wantFault(t, err, "programme.fault.registered_already")
	})
}

func TestRegister_placesKeptForTheDeskAreNotTheWebsUntilReleased(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		n := 3
		a := w.activity(func(a *Activity) { a.Capacity, a.DeskShare, a.DeskShareDays = &n, 2, 3 })
		session := w.session(a, 10)
		if r := w.asked(session, Web, nil); r.State != Confirmed {
			t.Fatal(r.State)
		}
		second := w.asked(session, Web, mailed("web"))
		if second.State != Waiting {
			t.Fatalf("the web took a place kept for the desk: %s", second.State)
		}
		if r := w.asked(session, Phone, nil); r.State != Confirmed {
			t.Fatalf("by phone, with a kept place: %s", r.State)
		}
		w.pass(7 * 24 * time.Hour) // to 9 November, when the share is released
		if _, err := w.LapseOffers(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := w.state(second.ID); s != Offered {
			t.Errorf("after the release the first in line is %s, want offered", s)
		}
	})
}

func TestRegister_forTheSeriesTakesAllItsSessions(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(func(a *Activity) { a.RegisterFor = "series" })
		first := w.session(a, 10)
		w.session(a, 17)
		w.session(a, 24)
		place, err := w.ask(first, Web, mailed("ana"))
		if err != nil {
			t.Fatal(err)
		}
		if len(place.Registrations) != 3 {
			t.Fatalf("%d registrations, want 3", len(place.Registrations))
		}
		if err := w.CancelByCode(t.Context(), place.Code, ""); err != nil {
			t.Fatal(err)
		}
		if n := w.number(`SELECT COUNT(*) FROM registrations WHERE state = 'cancelled'`, nil); n != 3 {
			t.Errorf("%d cancelled, want 3", n)
		}
	})
}

func TestOffer_thatRunsOutKeepsThePlaceInLine(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, session := w.places(1)
		holder := w.asked(session, Web, mailed("first"))
		one, two := w.asked(session, Web, mailed("one")), w.asked(session, Web, mailed("two"))
		if err := w.Cancel(t.Context(), w.Centre, holder.ID, "test"); err != nil {
			t.Fatal(err)
		}
		if a, b := w.state(one.ID), w.state(two.ID); a != Offered || b != Waiting {
			t.Fatalf("%s and %s, want the first in line to be offered the place", a, b)
		}
		w.pass(25 * time.Hour)
		if n, err := w.LapseOffers(t.Context()); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		if a, b := w.state(one.ID), w.state(two.ID); a != Waiting || b != Offered {
			t.Fatalf("%s and %s, want the next to be offered the place", a, b)
		}
		var position int64
		if err := w.DB.Get(t.Context(), &position, `SELECT position FROM registrations WHERE id = :id`, db.Args{"id": one.ID}); err != nil || position != one.Position {
			t.Errorf("position %d, was %d (%v)", position, one.Position, err)
		}
		if err := w.Confirm(t.Context(), w.Centre, two.ID, "public"); err != nil {
			t.Fatal(err)
		}
		wantFault(t, w.Confirm(t.Context(), w.Centre, one.ID, "public"), "programme.fault.offer_over")
	})
}

func TestOffer_nobodyIsWrittenToAgainForTheSamePlaceWithinADay(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.exec(`UPDATE centres SET confirm_hours = 2`, nil)
		a, session := w.places(2)
		holder := w.asked(session, Web, mailed("holder"))
		stays := w.asked(session, Web, mailed("stays"))
		one := w.asked(session, Web, mailed("one"))
		big := w.asked(session, Web, func(a *Ask) { mailed("big")(a); a.Party = 2 })
		w.exec(`DELETE FROM mails`, nil)
		mails := func() int { return w.number(`SELECT COUNT(*) FROM mails`, nil) }
		hours := func(n int) {
			for range n * 4 {
				w.pass(15 * time.Minute)
				if _, err := w.LapseOffers(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.Cancel(t.Context(), w.Centre, holder.ID, "test"); err != nil {
			t.Fatal(err)
		}
		hours(24)
		if n := mails(); n != 1 {
			t.Fatalf("%d mails within a day of one free place, want 1", n)
		}
		groups, err := w.Network.Groups(t.Context(), w.DB)
		if err != nil {
			t.Fatal(err)
		}
		a.Version, a.Bring = 1, i18n.Text{i18n.HR: "papuče"}
		if err := w.ChangeActivity(t.Context(), a, groups, "test"); err != nil {
			t.Fatal(err)
		}
		if n := mails(); n != 1 {
			t.Fatalf("%d mails after a change of a text, want 1", n)
		}
		hours(4)
		if n, s := mails(), w.state(one.ID); n != 2 || s != Offered {
			t.Fatalf("%d mails and %s, want one more after a day", n, s)
		}
		hours(4)
		if err := w.Cancel(t.Context(), w.Centre, stays.ID, "test"); err != nil {
			t.Fatal(err)
		}
		if a, b := w.state(one.ID), w.state(big.ID); a != Offered || b != Waiting {
			t.Fatalf("%s and %s: a place that became free now is the first in line's", a, b)
		}
		hours(3)
		if a, b := w.state(one.ID), w.state(big.ID); a != Waiting || b != Offered {
			t.Errorf("%s and %s: who did not answer kept the next from both places", a, b)
		}
	})
}

func TestOffer_withoutMailWaitsForACall(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, session := w.places(1)
		holder := w.asked(session, Web, mailed("first"))
		r := w.asked(session, Phone, func(a *Ask) { a.Name, a.Phone = "Susjeda 12", "091 000 000" })
		if err := w.Cancel(t.Context(), w.Centre, holder.ID, "test"); err != nil {
			t.Fatal(err)
		}
		w.pass(72 * time.Hour)
		if _, err := w.LapseOffers(t.Context()); err != nil {
			t.Fatal(err)
		}
		calls, err := w.Calls(t.Context(), w.Centre)
		if err != nil || len(calls) != 1 || calls[0].ID != r.ID || calls[0].OfferUntil != nil {
			t.Fatalf("calls %+v (%v), want one whose time has not begun", calls, err)
		}
		for _, outcome := range []string{"no_answer", "reached"} {
			if err := w.Called(t.Context(), w.Centre, r.ID, outcome, "test"); err != nil {
				t.Fatal(err)
			}
		}
		calls, err = w.Calls(t.Context(), w.Centre)
		if err != nil || len(calls) != 1 || calls[0].Attempts != 2 || calls[0].OfferUntil == nil || *calls[0].OfferUntil != w.Now().Add(24*time.Hour).Unix() {
			t.Fatalf("after the call: %+v (%v), want a day to confirm", calls, err)
		}
	})
}

// Whoever comes, cancels, confirms or lets an offer run out: places are never over, and nobody who waits is behind
// somebody of the same kind who came later and got a place first.
func TestRegister_waitingListSkipsNobody(t *testing.T) {
	d := dbtest.SQLite(t)
	w := newTown(t, d)
	days := 0
	rapid.Check(t, func(rt *rapid.T) {
		days++
		n := rapid.IntRange(1, 4).Draw(rt, "places")
		a := w.activity(func(a *Activity) { a.Capacity, a.OpensDays = &n, 365 })
		session := w.session(a, 20+days)
		var ids []string
		for range rapid.IntRange(5, 25).Draw(rt, "steps") {
			switch rapid.IntRange(0, 4).Draw(rt, "step") {
			case 0, 1:
				who := fmt.Sprintf("p%d-%d", days, len(ids))
				channel := rapid.SampledFrom([]Channel{Web, Phone}).Draw(rt, "channel")
				before := w.number(`SELECT COUNT(*) FROM registrations WHERE session_id = :s AND state = 'waiting'`, db.Args{"s": session})
				r := w.asked(session, channel, mailed(who))
				if before > 0 && r.State != Waiting {
					rt.Fatalf("%s overtook %d who wait", who, before)
				}
				ids = append(ids, r.ID)
			case 2:
				if len(ids) > 0 {
					if err := w.Cancel(t.Context(), w.Centre, rapid.SampledFrom(ids).Draw(rt, "who"), "test"); err != nil {
						rt.Fatal(err)
					}
				}
			case 3:
				if len(ids) > 0 {
					_ = w.Confirm(t.Context(), w.Centre, rapid.SampledFrom(ids).Draw(rt, "who"), "public") // refused where nothing is offered
				}
			case 4:
				if len(ids) > 0 {
					if err := w.PassOn(t.Context(), w.Centre, rapid.SampledFrom(ids).Draw(rt, "who"), "test"); err != nil {
						rt.Fatal(err)
					}
				}
			}
			list, err := w.OfSession(t.Context(), w.Centre, session)
			if err != nil {
				rt.Fatal(err)
			}
			taken := 0
			for _, r := range list {
				if r.State == Confirmed || r.State == Offered {
					taken += r.Party
				}
			}
			if taken > n {
				rt.Fatalf("%d places taken of %d", taken, n)
			}
			for i, r := range list {
				if r.State == Offered && r.PassedOver == 0 && slices.ContainsFunc(list[:i], func(b Seen) bool { return b.State == Waiting && b.PassedOver == 0 }) {
					rt.Fatalf("position %d was offered a place before somebody in front", r.Position)
				}
			}
		}
	})
}

func TestDiscreet_noNameIsKeptAnywhere(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(func(a *Activity) { a.Discreet = true })
		session := w.session(a, 10)
		w.pass(17 * time.Minute)
		r := w.asked(session, Web, func(a *Ask) { a.Name, a.Email, a.Phone, a.Needs = "Ime", "ime@example.org", "091 000 000", "mir" })
		if r.State != Requested || r.PersonID != nil || r.Needs != "" || r.CreatedAt%3600 != 0 {
			t.Errorf("kept %+v", r)
		}
		if n := w.number(`SELECT (SELECT COUNT(*) FROM people) + (SELECT COUNT(*) FROM mails)`, nil); n != 0 {
			t.Errorf("%d people and mails, want none", n)
		}
		var person string
		w.tx(func(tx *db.Tx) (err error) {
			person, err = w.Network.AddPerson(t.Context(), tx, network.Person{CentreID: w.Centre, Name: "Ime", Lang: i18n.HR, Purpose: "attendance", DeleteOn: "2027-01-01"})
			return err
		})
		for what, q := range map[string]string{
			"a person":   `UPDATE registrations SET person_id = :p WHERE id = :r`,
			"needs":      `UPDATE registrations SET needs = 'x' WHERE id = :r AND :p <> ''`,
			"a moment":   `UPDATE registrations SET created_at = created_at + 1 WHERE id = :r AND :p <> ''`,
			"a way out":  `UPDATE registrations SET discreet = 0 WHERE id = :r AND :p <> ''`,
			"attendance": `INSERT INTO attendances (session_id, centre_id, person_id) SELECT session_id, centre_id, :p FROM registrations WHERE id = :r`,
		} {
			if _, err := w.DB.Exec(t.Context(), q, db.Args{"p": person, "r": r.ID}); err == nil {
				t.Errorf("the database took %s", what)
			}
		}
		if err := w.RecordAttendance(t.Context(), w.Centre, session, Came{New: []string{"Ime"}}, "test"); err == nil {
			t.Error("a name was taken")
		}
		list, err := w.Public(t.Context(), Filter{From: w.Now(), To: w.Now().AddDate(1, 0, 0)})
		if err != nil || len(list) != 0 {
			t.Errorf("in the public list: %v (%v)", list, err)
		}
	})
}

func TestForgetNeeds_aWeekAfterTheSession(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, session := w.places(5)
		w.asked(session, Web, func(a *Ask) { a.Needs = "rampa" })
		for _, step := range []struct {
			pass time.Duration
			want int
		}{{16 * 24 * time.Hour, 1}, {2 * 24 * time.Hour, 0}} {
			w.pass(step.pass)
			if _, err := w.ForgetNeeds(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := w.number(`SELECT COUNT(*) FROM registrations WHERE needs <> ''`, nil); n != step.want {
				t.Errorf("%d needs kept, want %d", n, step.want)
			}
		}
	})
}

func TestMail_saysNothingInItsSubject(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, session := w.places(5)
		w.asked(session, Web, mailed("ana"))
		var m struct {
			Subject string `db:"subject"`
			Body    string `db:"body"`
		}
		if err := w.DB.Get(t.Context(), &m, `SELECT subject, body FROM mails`, nil); err != nil {
			t.Fatal(err)
		}
		if m.Subject != "Poruka iz centra" || !strings.Contains(m.Body, "Susjedska večera") || !strings.Contains(m.Body, "https://kvart.test/hr/registrations/") {
			t.Errorf("%q: %s", m.Subject, m.Body)
		}
	})
}

func TestOffer_aLimitThatIsLiftedKeepsNobodyWaiting(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a, session := w.places(1)
		w.asked(session, Web, nil)
		waits := []Registration{w.asked(session, Web, mailed("ana")), w.asked(session, Phone, nil)}
		groups, err := w.Network.Groups(t.Context(), w.DB)
		if err != nil {
			t.Fatal(err)
		}
		a.Capacity, a.Version = nil, 1
		if err := w.ChangeActivity(t.Context(), a, groups, "test"); err != nil {
			t.Fatal(err)
		}
		for _, r := range waits {
			if s := w.state(r.ID); s != Offered {
				t.Errorf("by %s: %s, want offered", r.Channel, s)
			}
		}
	})
}

func TestOffer_ofASessionCalledOffCannotBeConfirmed(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, session := w.places(1)
		first := w.asked(session, Web, nil)
		second := w.asked(session, Web, mailed("ana"))
		if err := w.Cancel(t.Context(), w.Centre, first.ID, "test"); err != nil {
			t.Fatal(err)
		}
		if err := w.CancelSession(t.Context(), w.Centre, session, nil, "test"); err != nil {
			t.Fatal(err)
		}
		wantFault(t, w.Confirm(t.Context(), w.Centre, second.ID, "public"), "programme.fault.cancelled")
	})
}

func TestCancelByCode_whatHasBeenStays(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(func(a *Activity) { a.RegisterFor = "series" })
		past, next := w.session(a, 7), w.session(a, 14)
		place, err := w.ask(past, Web, mailed("ana"))
		if err != nil {
			t.Fatal(err)
		}
		w.pass(8 * 24 * time.Hour)
		if err := w.CancelByCode(t.Context(), place.Code, ""); err != nil {
			t.Fatal(err)
		}
		for _, r := range place.Registrations {
			want := Cancelled
			if r.SessionID == past {
				want = Confirmed
			}
			if s := w.state(r.ID); s != want {
				t.Errorf("session %t: %s, want %s", r.SessionID == next, s, want)
			}
		}
	})
}

func TestRegister_theDatabaseNeverHoldsTheCode(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, open := w.places(5)
		quiet := w.session(w.activity(func(a *Activity) { a.Discreet = true }), 10)
		w.pass(17*time.Minute + 5*time.Second)
		there := func(code string) string { return "/hr/registrations/" + code }
		for _, session := range []string{open, quiet} {
			ask := Ask{SessionID: session, Channel: Web, Party: 1, FormKey: "key of " + session, By: "public"}
			place, err := w.Register(t.Context(), ask, there)
			if err != nil {
				t.Fatal(err)
			}
			if n := w.number(`SELECT COUNT(*) FROM submissions WHERE location LIKE :code`, db.Args{"code": "%" + place.Code + "%"}); n != 0 {
				t.Error("the code is stored")
			}
			_, err = w.Register(t.Context(), ask, there)
			if again, ok := err.(*web.Already); !ok || again.Location != there(place.Code) {
				t.Errorf("the second sending leads to %v", err)
			}
		}
		if n := w.number(`SELECT COUNT(*) FROM submissions WHERE form_key LIKE :k AND expires_at % 3600 <> 0`, db.Args{"k": "%" + quiet}); n != 0 {
			t.Error("the minute of a discreet request is stored")
		}
	})
}
