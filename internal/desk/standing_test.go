package desk

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
)

func TestStanding_whatStandsOnADayClosedLaterWaitsUntilItIsHandled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		session := p.plan("Šah", false, 10, 30)
		p.plan("Krug podrške", true, 12, 30)
		b := p.rooms(p.organisation("Zbor"), "Proba", 26, 14, false)
		p.rooms(p.organisation("Drugi"), "Savjetovanje", 26, 16, true)
		stands := func() int {
			n, err := p.Standing(t.Context(), p.centre, p.now)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if stands() != 0 {
			t.Fatal("something stands on closed days, and none is closed")
		}
		if err := p.Network.AddClosure(t.Context(), network.Closure{CentreID: p.centre, FromDate: "2026-11-26", ToDate: "2026-11-26", Reason: i18n.Text{i18n.HR: "Krečenje"}}, "test"); err != nil {
			t.Fatal(err)
		}
		if n := p.count(`SELECT COUNT(*) FROM bookings WHERE state = 'confirmed'`); stands() != 4 || n != 4 {
			t.Fatalf("%d stand on the closed day, %d bookings live", stands(), n)
		}
		tasks, err := p.StandingTasks(t.Context(), p.centre, p.now)
		if err != nil || len(tasks) != 1 {
			t.Fatal(len(tasks), err)
		}
		her := p.browser(p.coordinator)
		doc, status := her.get("/desk/closed")
		if status != http.StatusOK || doc.Find(".session").Length() != 4 || doc.Find(`a[href="/desk/sessions/`+session+`"]`).Length() != 1 || doc.Find(`a[href="/desk/bookings/`+b.ID+`"]`).Length() != 1 {
			t.Fatalf("%d %s", status, doc.Find("main").Text())
		}
		if text := doc.Text(); strings.Contains(text, "Krug podrške") || strings.Contains(text, "Savjetovanje") {
			t.Error("the page names what is discreet or confidential")
		}
		if _, status = her.post("/desk/closed/leave", url.Values{"item": {b.ID}, "date": {"2026-11-26"}}); status != http.StatusOK || stands() != 3 {
			t.Errorf("left as it is: %d, %d stand there", status, stands())
		}
		if _, status = her.post("/desk/closed/leave", url.Values{"item": {b.ID}, "date": {"2026-11-26"}}); status != http.StatusNotFound {
			t.Error("left twice:", status)
		}
		if err := p.Booking.Cancel(t.Context(), p.centre, b.ID, "test"); err != nil {
			t.Fatal(err)
		}
		if err := p.Programme.CancelSession(t.Context(), p.centre, session, i18n.Text{i18n.HR: "Krečenje"}, "test"); err != nil {
			t.Fatal(err)
		}
		if stands() != 2 {
			t.Errorf("%d stand there after one was called off", stands())
		}
	})
}

func TestStanding_onAHolidayOnlyWhereTheCentreIsClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		p.exec(`UPDATE centres SET holidays = 'ask'`, nil)
		p.rooms(p.organisation("Zbor"), "Proba", 26, 14, false)
		p.exec(`UPDATE bookings SET starts_at = starts_at + 2505600, ends_at = ends_at + 2505600, held_from = held_from + 2505600, held_to = held_to + 2505600`, nil) // 25 December
		for holidays, want := range map[string]int{"ask": 0, "open": 0, "closed": 1} {
			p.exec(`UPDATE centres SET holidays = :h`, db.Args{"h": holidays})
			if n, err := p.Standing(t.Context(), p.centre, p.now); err != nil || n != want {
				t.Errorf("%s: %d, %v", holidays, n, err)
			}
		}
	})
}
