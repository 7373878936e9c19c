package booking_test

import (
	"os"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

// A series loses a date after a cancelling has looked who lost it, and before it is committed: the date is offered back, or it
// is not lost. On SQLite one writes after the other anyway.
func TestLost_whileTheRoomIsBeingFreedIsNotForgotten(t *testing.T) {
	if os.Getenv("KVART_TEST_DATABASE_URL") == "" {
		t.Skip("needs PostgreSQL: two write at a time")
	}
	p := newPlace(t, dbtest.Postgres(t))
	room, other := p.room("a", 0, 0, 0), p.room("b", 0, 0, 0)
	inTheWay := p.book(room, hours(48, 49))
	i := hours(48, 49)
	date := booking.Date{Start: i.Start, End: i.End, SpaceID: other, Asked: &booking.Slot{SpaceID: room, Interval: i}}
	lost := make(chan error, 1)
	p.must(p.DB.Tx(t.Context(), func(tx *db.Tx) error {
		if err := p.CancelTx(t.Context(), tx, p.centre, inTheWay.ID, "cli"); err != nil {
			return err
		}
		go func() {
			lost <- p.DB.Tx(t.Context(), func(tx *db.Tx) error {
				_, err := p.AddSeries(t.Context(), tx, booking.Series{CentreID: p.centre, Title: "Choir", SpaceID: room, Weeks: 1, LocalStart: "13:00", LocalEnd: "14:00"}, []booking.Date{date}, "cli")
				return err
			})
		}()
		time.Sleep(500 * time.Millisecond) // the other has looked by now, or waits
		return nil
	}))
	p.must(<-lost)
	var forgotten int
	p.must(p.DB.Get(t.Context(), &forgotten, `SELECT COUNT(*) FROM lost_dates WHERE state = 'lost'`, nil))
	if forgotten != 0 {
		t.Error("the room is free, and the date is lost")
	}
}
