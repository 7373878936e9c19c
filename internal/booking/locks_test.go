package booking_test

import (
	"os"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
)

// Whoever holds the centre comes to a series, or to a room, second; who began with that would wait for the centre meanwhile.
func TestSeries_ofTwoAtOnceOneWaitsForTheOther(t *testing.T) {
	if os.Getenv("KVART_TEST_DATABASE_URL") == "" {
		t.Skip("needs PostgreSQL: two write at a time")
	}
	meanwhile := func(err error) error {
		if fault.Is(err, fault.KindConflict) {
			return nil
		}
		return err
	}
	t.Run("change and cancel", func(t *testing.T) {
		p := newPlace(t, dbtest.Postgres(t))
		room := p.room("a", 0, 0, 0)
		id := p.madeSeries(room, weekly(room, "2026-12-01", 3))
		one, list := p.dates(id)
		at := list[1].Booking
		c := booking.SeriesChange{CentreID: p.centre, SeriesID: id, At: at.ID, Version: one.Version, Scope: booking.This, Zone: zagreb, By: "cli",
			Shift: booking.Shift{Days: 1, From: "18:00", To: "20:00", SpaceID: room},
			Dates: []booking.Date{{RID: at.ID, Lives: at.ID, SpaceID: room, Start: list[1].Occurrence.StartsAt.AddDate(0, 0, 1), End: list[1].Occurrence.StartsAt.AddDate(0, 0, 1).Add(2 * time.Hour)}}}
		n := dbtest.Deadlocks(t, p.DB, func(tx *db.Tx) error { return network.LockCentre(t.Context(), tx, p.centre) },
			func(tx *db.Tx) error { _, err := p.ChangeSeries(t.Context(), tx, c); return err },
			func() error {
				return p.Claim(t.Context(), func(tx *db.Tx) error {
					_, err := p.CancelSeries(t.Context(), tx, p.centre, id, list[0].Booking.ID, booking.This, false, zagreb, "cli")
					return err
				})
			})
		if _, now := p.dates(id); n != 0 || !now[0].Off || now[1].Is.Day != "2026-12-09" {
			t.Errorf("%d deadlocks, %+v", n, now)
		}
	})
	t.Run("two that lose a date", func(t *testing.T) {
		p := newPlace(t, dbtest.Postgres(t))
		room := p.room("a", 0, 0, 0)
		dates := weekly(room, "2026-12-01", 2)
		dates[1].Asked = &booking.Slot{SpaceID: room, Interval: dates[1].Interval()}
		n := dbtest.Deadlocks(t, p.DB, func(tx *db.Tx) error { return network.LockCentre(t.Context(), tx, p.centre) },
			func(tx *db.Tx) error {
				_, err := p.BookTx(t.Context(), tx, booking.New{SpaceID: room, CentreID: p.centre, Title: "Proba", Start: dates[0].Start, End: dates[0].End, By: "cli"})
				return err
			},
			func() error { _, err := p.series(room, dates); return meanwhile(err) })
		if n != 0 {
			t.Errorf("%d deadlocks", n)
		}
	})
	t.Run("a move and a cancelling", func(t *testing.T) {
		p := newPlace(t, dbtest.Postgres(t))
		room := p.room("a", 0, 0, 0)
		d := weekly(room, "2026-12-01", 2)
		b := p.book(room, d[0].Interval())
		n := dbtest.Deadlocks(t, p.DB, func(tx *db.Tx) error { return network.LockCentre(t.Context(), tx, p.centre) },
			func(tx *db.Tx) error { return p.CancelTx(t.Context(), tx, p.centre, b.ID, "cli") },
			func() error { return meanwhile(p.Move(t.Context(), p.centre, b.ID, room, d[1].Interval(), "cli")) })
		if n != 0 {
			t.Errorf("%d deadlocks", n)
		}
	})
}
