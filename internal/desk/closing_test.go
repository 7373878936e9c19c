package desk

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/internal/programme"
)

// count is one number of the database.
func (p *place) count(query string) (n int) {
	p.t.Helper()
	if err := p.Network.DB.Get(p.t.Context(), &n, query, nil); err != nil {
		p.t.Fatal(err)
	}
	return n
}

// rooms is a booking of the organisation on a day of November, of no session.
func (p *place) rooms(organisation, title string, day, hour int, confidential bool) booking.Booking {
	p.t.Helper()
	at := time.Date(2026, 11, day, hour, 0, 0, 0, p.now.Location())
	b, err := p.Booking.Book(p.t.Context(), booking.New{SpaceID: p.room, CentreID: p.centre, OrganisationID: &organisation, Title: title, Confidential: confidential, Start: at, End: at.Add(time.Hour), By: "test"})
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

func TestCannotOpen_pressedByThreeAtOnceMovesAndTellsOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		for i := range 4 {
			id := p.plan(fmt.Sprint("Šah ", i), false, 9+i, 30)
			if _, err := p.Programme.Register(t.Context(), programme.Ask{SessionID: id, Name: "Dunja", Phone: fmt.Sprint("01 555 01", i), Channel: programme.Phone, Party: 1, Lang: i18n.HR, By: "test"}, func(string) string { return "/x" }); err != nil {
				t.Fatal(err)
			}
		}
		org := p.organisation("Zbor")
		p.account("zbor", network.Member, auth.Scope{Kind: network.ScopeOrganisation, ID: org})
		for h := range 3 {
			p.rooms(org, "Proba", 26, 14+h, false)
			p.rooms(org, "Proba", 27, 14+h, false) // a day without sessions, on which nothing else makes them wait
		}
		her := p.browser(p.coordinator)
		f := url.Values{"date": {"2026-11-26"}, "to": {"2026-11-28"}, "reason-hr": {"Pukla je cijev."}, "sure": {"1"}}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if _, status := her.post("/desk/cannot-open", f); status != http.StatusOK {
					t.Errorf("the press: %d", status)
				}
			})
		}
		wg.Wait()
		for range 3 {
			wg.Go(func() {
				her.post("/desk/cannot-open", url.Values{"date": {"2026-11-27"}, "reason-hr": {"Pukla je cijev."}, "sure": {"1"}})
			})
		}
		wg.Wait()
		for query, want := range map[string]int{
			`SELECT COUNT(*) FROM sessions WHERE state = 'planned' AND local_date = '2026-11-28'`: 4,
			`SELECT COUNT(*) FROM notices WHERE kind = 'moved'`:                                   4,
			`SELECT COUNT(*) FROM notices WHERE kind = 'cancelled'`:                               0,
			`SELECT COUNT(*) FROM mails WHERE to_address = 'zbor@kvart.test'`:                     6,
			`SELECT COUNT(*) FROM closures`:                                                       2,
		} {
			if n := p.count(query); n != want {
				t.Errorf("%d, want %d: %s", n, want, query)
			}
		}
	})
}

// TestCannotOpen_theRoomOfTheOtherDayIsTakenAtThatMoment: what the database alone sees is seen, and the press is not lost.
func TestCannotOpen_theRoomOfTheOtherDayIsTakenAtThatMoment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		p.plan("Šah", false, 10, 30)
		her := p.browser(p.coordinator)
		f := url.Values{"date": {"2026-11-26"}, "to": {"2026-11-28"}, "reason-hr": {"Pukla je cijev."}, "sure": {"1"}}
		done := make(chan int, 1)
		p.tx(func(tx *db.Tx) error {
			at := time.Date(2026, 11, 28, 10, 0, 0, 0, p.now.Location())
			if _, err := p.Booking.BookTx(t.Context(), tx, booking.New{SpaceID: p.room, CentreID: p.centre, Title: "Drugo", Start: at, End: at.Add(time.Hour), By: "test"}); err != nil {
				return err
			}
			go func() { _, status := her.post("/desk/cannot-open", f); done <- status }()
			time.Sleep(700 * time.Millisecond)
			return nil
		})
		if status := <-done; status != http.StatusOK || p.count(`SELECT COUNT(*) FROM sessions WHERE state = 'cancelled'`) != 1 {
			t.Errorf("the press: %d", status)
		}
	})
}

func TestCannotOpen_neverTellsOfWhatIsConfidential(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		org := p.organisation("Udruga s poštom")
		p.account("udruga", network.Member, auth.Scope{Kind: network.ScopeOrganisation, ID: org})
		p.rooms(org, "Krug povjerenja", 26, 20, true)
		p.Sources = []network.TaskSource{(&booking.Pages{Store: p.Booking, Network: p.Network}).Tasks}
		her := p.browser(p.coordinator)
		f := url.Values{"date": {"2026-11-26"}, "reason-hr": {"Pukla je cijev."}}
		sure, _ := her.post("/desk/cannot-open", f)
		f.Set("sure", "1")
		done, _ := her.post("/desk/cannot-open", f)
		today, _ := her.get("/desk/")
		for what, text := range map[string]string{"before": sure.Find("main").Text(), "afterwards": done.Find("main").Text(), "today": today.Find(".todo").Text()} {
			if strings.Contains(text, "Krug") || strings.Contains(text, "Udruga s poštom") {
				t.Errorf("%s: %q", what, text)
			}
		}
		if !strings.Contains(done.Find("main").Text(), "zauzeto") || today.Find(".todo").Length() == 0 {
			t.Error("nobody is asked to tell its holder")
		}
		if n := p.count(`SELECT COUNT(*) FROM mails`); n != 0 {
			t.Errorf("%d mails to all members", n)
		}
	})
}

func TestCannotOpen_whatDoesNotFitTheOtherDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		early, late := p.plan("Šah", false, 10, 30), p.plan("Joga", false, 18, 30)
		p.tx(func(tx *db.Tx) error {
			a := programme.Activity{CentreID: p.centre, Title: i18n.Text{i18n.HR: "Šetnja"}, Kind: programme.Open, RegisterFor: "session", PlaceKind: programme.Outdoors,
				Place: i18n.Text{i18n.HR: "Park"}, OpensDays: 28, OpensClock: "00:00", State: "published"}
			var err error
			if a.ID, err = p.Programme.AddActivity(t.Context(), tx, a, nil, "test"); err != nil {
				return err
			}
			var dates []programme.Date
			for _, day := range []int{25, 26} {
				start := time.Date(2026, 11, day, 17, 0, 0, 0, p.now.Location())
				dates = append(dates, programme.Date{Start: start, End: start.Add(time.Hour)})
			}
			_, err = p.Programme.AddSessions(t.Context(), tx, a, dates, "test")
			return err
		})
		main := p.room
		p.tx(func(tx *db.Tx) (err error) {
			p.room, err = p.Booking.AddSpace(t.Context(), tx, booking.Space{CentreID: p.centre, Slug: "galerija", Name: i18n.Text{i18n.HR: "Galerija"}}, "test")
			return err
		})
		longer := p.rooms(p.organisation("Izložba"), "Izložba", 25, 20, false)
		p.exec(`UPDATE bookings SET ends_at = :to, held_to = :to WHERE id = :id`, db.Args{"to": longer.EndsAt + 86400, "id": longer.ID})
		p.room = main
		p.now = time.Date(2026, 11, 25, 15, 0, 0, 0, p.now.Location()) // the afternoon before
		her := p.browser(p.coordinator)
		f := url.Values{"date": {"2026-11-26"}, "to": {"2026-11-25"}, "reason-hr": {"Pukla je cijev."}}
		doc, _ := her.post("/desk/cannot-open", f)
		if text := doc.Find("main").Text(); doc.Find(".tag.warn").Length() != 2 || !strings.Contains(text, "Izložba (Izložba)") {
			t.Errorf("before it is sure: %q", text)
		}
		f.Set("sure", "1")
		her.post("/desk/cannot-open", f)
		if n := p.count(`SELECT COUNT(*) FROM sessions WHERE id = '` + early + `' AND state = 'cancelled'`); n != 1 {
			t.Error("an hour that is over was moved to")
		}
		if n := p.count(`SELECT COUNT(*) FROM sessions WHERE id = '` + late + `' AND state = 'planned' AND local_date = '2026-11-25'`); n != 1 {
			t.Error("what fits was not moved")
		}
		if n := p.count(`SELECT COUNT(*) FROM sessions WHERE place = '{}' AND local_start = '17:00' AND state = 'planned'`); n != 1 {
			t.Errorf("%d walks at one hour", n)
		}
		if n := p.count(`SELECT COUNT(*) FROM bookings WHERE title = 'Izložba' AND state = 'confirmed'`); n != 1 {
			t.Error("what began before was cancelled without a word")
		}
	})
}
