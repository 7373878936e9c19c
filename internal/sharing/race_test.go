package sharing_test

import (
	"os"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/sharing"
)

// Somebody begins to wait after a cancelling has looked who waits, and before it is committed: they are told that the room is
// free, or it is offered to them. On SQLite one writes after the other anyway.
func TestWaiting_thatBeginsWhileTheRoomIsBeingFreedIsNotLost(t *testing.T) {
	if os.Getenv("KVART_TEST_DATABASE_URL") == "" {
		t.Skip("needs PostgreSQL: two write at a time")
	}
	p := newPlace(t, dbtest.Postgres(t), `["slot_waiting"]`)
	taken, err := p.Booking.Book(t.Context(), booking.New{SpaceID: p.hall, CentreID: p.centre, Title: "Proba", Start: hours(0, 2).Start, End: hours(0, 2).End, By: "desk"})
	p.must(err)
	var w sharing.Wait
	waited := make(chan error, 1)
	p.must(p.Booking.Claim(t.Context(), func(tx *db.Tx) error {
		if err := p.Booking.CancelTx(t.Context(), tx, p.centre, taken.ID, "desk"); err != nil {
			return err
		}
		go func() {
			waited <- p.DB.Tx(t.Context(), func(tx *db.Tx) (err error) {
				w, err = p.WaitTx(t.Context(), tx, p.want(p.b, hours(0, 2)))
				return err
			})
		}()
		time.Sleep(500 * time.Millisecond) // the other has looked by now, or waits
		return nil
	}))
	err = <-waited
	if fault.Is(err, fault.KindConflict) && fault.Of(err).Key == "sharing.fault.is_free" {
		return
	}
	p.must(err)
	if p.waits(w) != sharing.Offered {
		t.Errorf("the room is free, and who waits for it is %s", p.waits(w))
	}
}

// An offer is taken while the organisation leaves: whoever has the centre comes to what waits second.
func TestLeave_whileTheOfferIsTakenWaitsItsTurn(t *testing.T) {
	if os.Getenv("KVART_TEST_DATABASE_URL") == "" {
		t.Skip("needs PostgreSQL: two write at a time")
	}
	p := newPlace(t, dbtest.Postgres(t), `["slot_waiting"]`)
	taken := p.ask(p.want(p.a, hours(0, 2)))
	w := p.wait(p.b, hours(0, 2))
	p.must(p.withdraw(p.a, taken.ID))
	if p.waits(w) != sharing.Offered {
		t.Fatalf("it is %s: the test tests nothing", p.waits(w))
	}
	n := dbtest.Deadlocks(t, p.DB, func(tx *db.Tx) error { return p.Network.LockCentre(t.Context(), tx, p.centre) },
		func(tx *db.Tx) error { _, err := p.TakeTx(t.Context(), tx, p.b, w.ID, p.by[p.b]); return err },
		func() error {
			return p.Booking.Claim(t.Context(), func(tx *db.Tx) error { return p.Leave(t.Context(), tx, p.b, w.ID, "test") })
		})
	if n != 0 || p.waits(w) != "taken" {
		t.Errorf("%d deadlocks, it is %s", n, p.waits(w))
	}
}
