package booking_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

func TestPages_deskPassesALimitOnlyWithAReason(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		guest := db.NewID()
		for sql, args := range map[string]db.Args{
			`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, 'guest', 'cso', 'Guest')`: {"id": guest},
			`INSERT INTO fair_use (centre_id, week_minutes) VALUES (:c, 60)`:                         {"c": p.centre},
		} {
			_, err := d.Exec(t.Context(), sql, args)
			p.must(err)
		}
		big := p.room("velika", 0, 0, 20)
		desk := p.desk(network.Coordinator)
		form := url.Values{"title": {"Sastanak"}, "space": {big}, "date": {"2026-11-26"}, "from": {"14:00"}, "to": {"15:30"}, "hold": {"0"}, "organisation": {guest}}
		doc, status := desk("/desk/bookings/new", form)
		if text := doc.Find(".summary").Text(); status != http.StatusUnprocessableEntity || !strings.Contains(text, "1 h") || !strings.Contains(text, "23. 11. 2026.") || doc.Find(`[name="exceed"]`).Length() != 1 {
			t.Errorf("%d %s", status, text)
		}
		form.Set("exceed", "Premijera je u subotu.")
		if _, status := desk("/desk/bookings/new", form); status != http.StatusOK {
			t.Errorf("with a reason: %d", status)
		}
		var reasons []string
		p.must(d.Select(t.Context(), &reasons, `SELECT x.reason FROM booking_exceptions x JOIN bookings b ON b.id = x.booking_id WHERE b.organisation_id = :o`, db.Args{"o": guest}))
		if len(reasons) != 1 || reasons[0] != "Premijera je u subotu." {
			t.Errorf("recorded: %v", reasons)
		}
		form.Set("organisation", p.holder) // who runs the centre has no limits
		form.Set("from", "16:00")
		form.Set("to", "20:00")
		form.Del("exceed")
		if _, status := desk("/desk/bookings/new", form); status != http.StatusOK {
			t.Errorf("who runs the centre: %d", status)
		}
	})
}

func TestPages_deskPassesALimitWithASeriesOnlyWithAReasonToo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		guest := db.NewID()
		_, err := d.Exec(t.Context(), `INSERT INTO organisations (id, slug, kind, name) VALUES (:id, 'guest', 'cso', 'Guest')`, db.Args{"id": guest})
		p.must(err)
		_, err = d.Exec(t.Context(), `INSERT INTO fair_use (centre_id, week_minutes) VALUES (:c, 60)`, db.Args{"c": p.centre})
		p.must(err)
		desk := p.desk(network.Coordinator)
		form := url.Values{"title": {"Proba"}, "space": {p.room("velika", 0, 0, 20)}, "date": {"2026-11-26"}, "from": {"14:00"}, "to": {"15:30"}, "hold": {"0"}, "organisation": {guest},
			"repeat": {"weekly"}, "count": {"3"}}
		booked := func() (n, noted int) {
			p.must(d.Get(t.Context(), &n, `SELECT COUNT(*) FROM bookings WHERE organisation_id = :o`, db.Args{"o": guest}))
			p.must(d.Get(t.Context(), &noted, `SELECT COUNT(*) FROM booking_exceptions`, nil))
			return n, noted
		}
		doc, status := desk("/desk/bookings/new", form)
		if n, _ := booked(); status != http.StatusUnprocessableEntity || doc.Find(`[name="exceed"]`).Length() != 1 || n != 0 {
			t.Errorf("without a reason: %d, %d bookings\n%s", status, n, doc.Find(".summary").Text())
		}
		form.Set("exceed", "Premijera je u prosincu.")
		_, status = desk("/desk/bookings/new", form)
		if n, noted := booked(); status != http.StatusOK || n != 3 || noted != 3 {
			t.Errorf("with a reason: %d, %d bookings, %d reasons", status, n, noted)
		}
	})
}
