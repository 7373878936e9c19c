package booking_test

import (
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
)

func TestConfirmAndChangeSpace_ofAnotherCentreAreNotFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("hall", 0, 0, 0)
		held := p.hold(room, hours(0, 2), p.now.Add(time.Hour))
		refused(t, p.Confirm(t.Context(), p.other, held.ID, "cli"), fault.KindNotFound, "fault.not_found")
		one, err := p.Space(t.Context(), d, room)
		p.must(err)
		one.CentreID = p.other
		refused(t, d.Tx(t.Context(), func(tx *db.Tx) error { return p.ChangeSpace(t.Context(), tx, one, "cli") }), fault.KindNotFound, "fault.not_found")
	})
}
