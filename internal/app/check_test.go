package app

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kvart/internal/allotment"
	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
)

// Each rule is broken past the program, by SQL and where need be without the trigger that keeps it, and is reported.
func TestCheck_reportsEachRuleThatIsBroken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		exec := func(q string, args db.Args) {
			t.Helper()
			_, err := d.Exec(ctx, q, args)
			must(err)
		}
		at := noon(2, 0)
		book := func(hour int, equipment ...booking.Amount) booking.Booking {
			t.Helper()
			b, err := h.Booking.Book(ctx, booking.New{SpaceID: h.space[0], CentreID: h.here.ID, Title: "Proba", Start: at.Add(time.Duration(hour) * time.Hour), End: at.Add(time.Duration(hour+1) * time.Hour), Equipment: equipment, By: "test"})
			must(err)
			return b
		}
		var chairs string
		must(d.Tx(ctx, func(tx *db.Tx) (err error) {
			chairs, err = h.Booking.AddEquipment(ctx, tx, booking.Equipment{CentreID: h.here.ID, Name: i18n.Text{i18n.HR: "Stolice"}, Quantity: 4}, "test")
			return err
		}))
		in := allotment.Input{Seed: "s", Rooms: []allotment.Room{{ID: "a", Parts: []string{"a"}, Open: []allotment.Span{{Weekday: 1, From: 540, To: 1260}}}},
			Organisations: []allotment.Organisation{{ID: "o", Name: "O"}}, Wishes: []allotment.Wish{{ID: "o-1", Organisation: "o", Rank: 1, Rooms: []string{"a"}, Weekday: 1, Start: 600, Minutes: 60}}}
		result, err := allotment.Allot(in)
		must(err)
		document := func(r allotment.Result) string {
			b, err := json.Marshal(allotment.Document{Input: in, Result: r})
			must(err)
			return string(b)
		}
		season := db.NewID()
		exec(`INSERT INTO seasons (id, centre_id, name, from_date, to_date, wishes_until, hours, criteria, limits, state, document) VALUES (:id, :c, 'Jesen', '2027-01-04', '2027-01-31', '2026-12-20', '[]', '[]', '{}', 'draft', :d)`,
			db.Args{"id": season, "c": h.here.ID, "d": document(result)})
		with := book(0, booking.Amount{EquipmentID: chairs, N: 3})
		alone, other, stand := book(2), book(4), book(6)
		drop := func(trigger, table string) {
			q := `DROP TRIGGER ` + trigger
			if d.Engine == db.Postgres {
				q += ` ON ` + table
			}
			exec(q, nil)
		}
		found := func() map[string]int {
			t.Helper()
			list, err := Check(ctx, d)
			must(err)
			m := map[string]int{}
			for _, w := range list {
				if w.N > 0 {
					m[w.What] = w.N
				}
			}
			return m
		}
		if m := found(); len(m) > 0 {
			t.Fatalf("of a sound database: %v", m)
		}
		wrong := result
		wrong.PoolMinutes++
		drop("equipment_fewer", "equipment")
		for _, x := range []struct {
			what  string
			spoil func()
		}{
			{"moments at which more equipment", func() { exec(`UPDATE equipment SET quantity = 2 WHERE id = :id`, db.Args{"id": chairs}) }},
			{"bookings whose equipment", func() { exec(`DELETE FROM equipment_uses WHERE booking_id = :b`, db.Args{"b": with.ID}) }},
			{"dates of requests", func() {
				exec(`UPDATE room_request_dates SET state = 'lapsed' WHERE request_id = :r`, db.Args{"r": h.request[0]})
			}},
			{"rooms offered to who waits", func() {
				exec(`INSERT INTO slot_waits (id, centre_id, space_id, organisation_id, starts_at, ends_at, title, people, state, offer_until, booking_id, created_by, created_at)
					VALUES (:id, :c, :s, :o, :from, :to, 'Zbor', 4, 'offered', :to, :b, '', 0)`, db.Args{"id": db.NewID(), "c": h.here.ID, "s": h.space[0], "o": h.here.OrganisationID, "from": alone.StartsAt, "to": alone.EndsAt, "b": alone.ID})
			}},
			{"lost dates offered back", func() {
				exec(`INSERT INTO lost_dates (id, centre_id, activity_id, space_id, starts_at, ends_at, booking_id, state, lost_at) VALUES (:id, :c, :a, :s, :from, :to, :b, 'offered', 0)`,
					db.Args{"id": db.NewID(), "c": h.here.ID, "a": h.activity[0], "s": h.space[0], "from": other.StartsAt, "to": other.EndsAt, "b": other.ID})
			}},
			{"lost dates of a series or activity", func() {
				exec(`INSERT INTO lost_dates (id, centre_id, activity_id, space_id, starts_at, ends_at, instead_id, state, lost_at) VALUES (:id, :c, :a, :s, :from, :to, :b, 'lost', 0)`,
					db.Args{"id": db.NewID(), "c": h.here.ID, "a": h.activity[0], "s": h.space[0], "from": stand.StartsAt, "to": stand.EndsAt, "b": stand.ID})
				exec(`UPDATE bookings SET state = 'cancelled' WHERE id = :b`, db.Args{"b": stand.ID})
			}},
			{"seasons whose result", func() {
				exec(`UPDATE seasons SET document = :d WHERE id = :id`, db.Args{"d": document(wrong), "id": season})
			}},
		} {
			before := found()
			x.spoil()
			after := found()
			news := 0
			for what, n := range after {
				if n > before[what] {
					news++
					if !strings.HasPrefix(what, x.what) {
						t.Errorf("%s: %q is reported", x.what, what)
					}
				}
			}
			if news != 1 {
				t.Errorf("%s: %d are new: %v", x.what, news, after)
			}
		}
	})
}
