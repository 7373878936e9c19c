package sharing_test

import (
	"testing"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/sharing"
)

// What was offered is taken by the rules of asking now: what changed since the offer counts.
func TestTake_looksAtHoursClosedDaysAndTheRoomAnew(t *testing.T) {
	for name, c := range map[string]struct {
		change func(p *place)
		state  string
		kind   fault.Kind
	}{
		"nothing changed": {func(*place) {}, sharing.Approved, fault.KindInternal},
		"outside the opening hours": {func(p *place) {
			p.exec(`UPDATE centres SET hours = :h WHERE id = :c`, db.Args{"c": p.centre, "h": network.HoursList{{Weekday: 4, Opens: "08:00", Closes: "18:00"}}})
		}, sharing.Asked, fault.KindInternal},
		"the day is closed": {func(p *place) {
			p.must(p.Network.AddClosure(p.t.Context(), network.Closure{CentreID: p.centre, FromDate: "2026-11-26", ToDate: "2026-11-26"}, "desk"))
		}, "", fault.KindConflict},
		"the room is closed": {func(p *place) {
			p.exec(`UPDATE spaces SET closed = 1 WHERE id = :s`, db.Args{"s": p.hall})
		}, "", fault.KindInvalid},
		"the room is not shared any more": {func(p *place) {
			p.exec(`UPDATE space_terms SET asking = 'none' WHERE space_id = :s`, db.Args{"s": p.hall})
		}, "", fault.KindInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				p := newPlace(t, d, `["slot_waiting"]`)
				p.exec(`INSERT INTO space_terms (space_id, asking) VALUES (:s, 'book')`, db.Args{"s": p.hall})
				evening := hours(6, 8)
				taken, err := p.Booking.Book(t.Context(), booking.New{SpaceID: p.hall, CentreID: p.centre, Title: "Proba", Start: evening.Start, End: evening.End, By: "desk"})
				p.must(err)
				w := p.wait(p.b, evening)
				p.must(p.Booking.Cancel(t.Context(), p.centre, taken.ID, "desk"))
				c.change(p)
				var r sharing.Request
				err = p.Booking.Claim(t.Context(), func(tx *db.Tx) (err error) {
					r, err = p.TakeTx(t.Context(), tx, p.b, w.ID, p.by[p.b])
					return err
				})
				if c.kind != fault.KindInternal {
					if !fault.Is(err, c.kind) {
						t.Errorf("taken: %v", err)
					}
					return
				}
				p.must(err)
				if r.State() != c.state {
					t.Errorf("%s, want %s", r.State(), c.state)
				}
			})
		})
	}
}
