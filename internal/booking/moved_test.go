package booking_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
)

// guest is an organisation that may hold two hours a week at the centre, which is open from eight to eight.
func (p *place) guest() string {
	p.t.Helper()
	id := db.NewID()
	for _, x := range []struct {
		sql  string
		args db.Args
	}{
		{`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, 'guest', 'cso', 'Guest')`, db.Args{"id": id}},
		{`INSERT INTO fair_use (centre_id, week_minutes) VALUES (:c, 120)`, db.Args{"c": p.centre}},
		{`UPDATE centres SET hours = :h WHERE id = :c`, db.Args{"c": p.centre, "h": network.HoursList{
			{Weekday: 1, Opens: "08:00", Closes: "20:00"}, {Weekday: 2, Opens: "08:00", Closes: "20:00"}, {Weekday: 3, Opens: "08:00", Closes: "20:00"}}}},
	} {
		_, err := p.DB.Exec(p.t.Context(), x.sql, x.args)
		p.must(err)
	}
	return id
}

func (p *place) exceptions() (n int) {
	p.t.Helper()
	p.must(p.DB.Get(p.t.Context(), &n, `SELECT COUNT(*) FROM booking_exceptions`, nil))
	return n
}

func TestPages_changingASeriesAsksOfHoursAndOfLimits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		p.holder = p.guest()
		room, other := p.room("velika", 0, 0, 20), p.room("mala", 0, 0, 8)
		id := p.madeSeries(room, weekly(room, "2026-12-01", 3)) // Tuesdays 18 to 20
		_, list := p.dates(id)
		desk := p.desk(network.Coordinator)
		page := "/desk/series/" + id + "/" + list[0].Booking.ID
		form := url.Values{"scope": {"all"}, "date": {"2026-12-01"}, "from": {"18:00"}, "to": {"20:00"}, "space": {other}, "version": {"1"}}
		if _, status := desk(page, form); status != http.StatusOK { // its time stays: nothing is asked
			t.Errorf("to another room: %d", status)
		}
		form.Set("version", "2")
		form.Set("to", "21:00")
		doc, status := desk(page, form)
		if status != http.StatusUnprocessableEntity || doc.Find(`[name="outside"]`).Length() != 1 || doc.Find(`[name="exceed"]`).Length() != 0 {
			t.Errorf("outside the hours without a word: %d", status)
		}
		form.Set("outside", "1")
		doc, status = desk(page, form)
		if text := doc.Find(".summary").Text(); status != http.StatusUnprocessableEntity || doc.Find(`[name="exceed"]`).Length() != 1 || !strings.Contains(text, "2 h") {
			t.Errorf("over the limit without a reason: %d %s", status, text)
		}
		_, list = p.dates(id)
		if list[0].Is.To != "20:00" {
			t.Fatal("a refused change has changed something")
		}
		form.Set("exceed", "Premijera je u prosincu.")
		if _, status := desk(page, form); status != http.StatusOK {
			t.Errorf("with both: %d", status)
		}
		if _, list = p.dates(id); list[0].Is.To != "21:00" || p.exceptions() != 3 {
			t.Errorf("it ends at %s, with %d reasons", list[0].Is.To, p.exceptions())
		}
	})
}

// A lost date taken back is asked what making it would be asked.
func TestPages_takingADateBackAsksOfHoursAndOfLimits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		first := p.holder
		p.holder = p.guest()
		room := p.room("velika", 0, 0, 20)
		day := weekly(room, "2026-12-01", 1)[0]
		n := p.wish(room, day.Interval())
		n.OrganisationID = &first
		taken, err := p.Book(t.Context(), n)
		p.must(err)
		day.Skip, day.Asked = true, &booking.Slot{SpaceID: room, Interval: day.Interval()}
		id := p.madeSeries(room, []booking.Date{day})
		p.must(p.Cancel(t.Context(), p.centre, taken.ID, "cli"))
		morning := weekly(room, "2026-12-02", 1)[0].Interval() // the two hours of that week are used by now
		m := p.wish(room, morning)
		m.OrganisationID = &p.holder
		_, err = p.Book(t.Context(), m)
		p.must(err)
		_, err = d.Exec(t.Context(), `UPDATE centres SET hours = :h WHERE id = :c`, db.Args{"c": p.centre, "h": network.HoursList{{Weekday: 2, Opens: "08:00", Closes: "19:00"}}})
		p.must(err)
		lost, err := p.Lost(t.Context(), p.centre)
		p.must(err)
		if len(lost) != 1 || lost[0].State != booking.Offered {
			t.Fatalf("%+v", lost)
		}
		desk := p.desk(network.Coordinator)
		page, form := "/desk/lost/"+lost[0].ID+"/take", url.Values{"x": {"1"}}
		doc, status := desk(page, form)
		if status != http.StatusUnprocessableEntity || doc.Find(`[name="agreed"]`).Length() != 1 {
			t.Errorf("outside the hours without a word: %d", status)
		}
		form.Set("agreed", "1")
		doc, status = desk(page, form)
		if status != http.StatusUnprocessableEntity || doc.Find(`[name="exceed"]`).Length() != 1 {
			t.Errorf("over the limit without a reason: %d %s", status, doc.Find("main").Text())
		}
		form.Set("exceed", "Nastup u subotu.")
		if _, status = desk(page, form); status != http.StatusOK {
			t.Errorf("with both: %d", status)
		}
		if _, list := p.dates(id); len(list) != 1 || p.exceptions() != 1 {
			t.Errorf("%d dates, %d reasons", len(list), p.exceptions())
		}
		sound(t, d)
	})
}

func TestMovedWithin_countsNothingTwiceAndRefusesWithoutAReason(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		p.holder = p.guest()
		room := p.room("velika", 0, 0, 20)
		id := p.madeSeries(room, weekly(room, "2026-12-01", 3))
		_, list := p.dates(id)
		_, err := p.change(id, list[0].Booking.ID, booking.All, false, booking.Shift{Days: 7, From: "10:00", To: "12:00", SpaceID: room}, nil)
		p.must(err) // two hours in each of the weeks, as before
		_, list = p.dates(id)
		_, err = p.change(id, list[0].Booking.ID, booking.This, false, booking.Shift{Days: 7, From: "14:00", To: "16:00", SpaceID: room}, nil)
		refused(t, err, fault.KindInvalid, "sharing.limit.week")
		if p.exceptions() != 0 {
			t.Error("a reason is recorded that nobody gave")
		}
	})
}
