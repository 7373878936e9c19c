package booking_test

import (
	"net/http"
	"net/url"
	"testing"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

// A hold that is kept for who waits, or for a request, cannot be confirmed or moved by the centre: no press says it could.
func TestPages_whatIsKeptForAnotherHasNoPressThatCanOnlyRefuse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("a", 0, 0, 0)
		own, kept := p.hold(room, hours(4, 5), hours(3, 4).Start), p.hold(room, hours(6, 7), hours(3, 4).Start)
		_, err := d.Exec(t.Context(), `INSERT INTO slot_waits (id, centre_id, space_id, organisation_id, starts_at, ends_at, title, people, state, offer_until, booking_id, created_by, created_at)
			VALUES (:id, :c, :s, :o, :from, :to, 'Zbor', 4, 'offered', :until, :b, '', 0)`,
			db.Args{"id": db.NewID(), "c": p.centre, "s": room, "o": p.holder, "from": kept.StartsAt, "to": kept.EndsAt, "until": *kept.ExpiresAt, "b": kept.ID})
		p.must(err)
		desk := p.desk(network.Coordinator)
		for id, want := range map[string]int{own.ID: 1, kept.ID: 0} {
			page := "/desk/bookings/" + id
			doc, status := desk(page, nil)
			if n := doc.Find(`form[action="` + page + `/confirm"]`).Length(); status != http.StatusOK || n != want {
				t.Errorf("%d presses that confirm, want %d", n, want)
			}
			if n := doc.Find(`a[href="` + page + `/move"]`).Length(); n != want {
				t.Errorf("%d that move, want %d", n, want)
			}
			if doc.Find(`form[action="`+page+`/cancel"]`).Length() != 1 {
				t.Error("it cannot be given back")
			}
			grid, _ := desk("/desk/rooms?date="+hours(4, 5).Start.Format("2006-01-02"), nil)
			if n := grid.Find(`.bk[data-id="` + id + `"]`).Length(); n != want {
				t.Errorf("%d blocks of the day can be moved, want %d", n, want)
			}
		}
		if _, status := desk("/desk/bookings/"+kept.ID+"/confirm", url.Values{"x": {""}}); status != http.StatusConflict {
			t.Errorf("confirmed all the same: %d", status)
		}
	})
}
