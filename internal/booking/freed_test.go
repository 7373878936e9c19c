package booking_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

// Whoever asked is told in the same transaction of time that has become free, with the booking as it was.
func TestFreed_isToldOfCancellingExpiringAndMoving(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room, other := p.room("a", 0, 0, 0), p.room("b", 0, 0, 0)
		var told []string
		p.Freed = append(p.Freed, func(ctx context.Context, tx *db.Tx, b booking.Booking) error {
			clashes, err := p.Clashes(ctx, tx, b.SpaceID, []booking.Interval{{Start: time.Unix(b.StartsAt, 0), End: time.Unix(b.EndsAt, 0)}}, "")
			if len(clashes) > 0 {
				t.Errorf("told of time that is not free: %+v", clashes)
			}
			told = append(told, b.State+" "+b.ID)
			return err
		})
		cancelled, moved, held := p.book(room, hours(0, 1)), p.book(room, hours(2, 3)), p.hold(room, hours(4, 5), p.now.Add(time.Hour))
		p.must(p.Cancel(t.Context(), p.centre, cancelled.ID, "cli"))
		p.must(p.Cancel(t.Context(), p.centre, cancelled.ID, "cli")) // once is enough
		p.must(p.Move(t.Context(), p.centre, moved.ID, other, hours(2, 3), "cli"))
		p.must(p.Move(t.Context(), p.centre, moved.ID, other, hours(2, 4), "cli")) // longer: nothing of it is free
		p.now = p.now.Add(2 * time.Hour)
		_, err := p.EndHolds(t.Context())
		p.must(err)
		if want := []string{"confirmed " + cancelled.ID, "confirmed " + moved.ID, "held " + held.ID}; !slices.Equal(told, want) {
			t.Errorf("told %v, want %v", told, want)
		}
	})
}

// Of a date that stands elsewhere the old room is offered back. Whoever cancels the date does not want it there either.
func TestLost_theOfferGoesWithTheDateThatIsCancelled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room, other := p.room("a", 0, 0, 0), p.room("b", 0, 0, 0)
		inTheWay := p.book(room, hours(48, 49))
		i := hours(48, 49)
		date := booking.Date{Start: i.Start, End: i.End, SpaceID: other, Asked: &booking.Slot{SpaceID: room, Interval: i}}
		p.must(p.DB.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := p.AddSeries(t.Context(), tx, booking.Series{CentreID: p.centre, Title: "Choir", SpaceID: room, Weeks: 1, LocalStart: "13:00", LocalEnd: "14:00"}, []booking.Date{date}, "cli")
			return err
		}))
		state := func() (s string) {
			p.must(d.Get(t.Context(), &s, `SELECT state FROM lost_dates`, nil))
			return s
		}
		p.must(p.Cancel(t.Context(), p.centre, inTheWay.ID, "cli"))
		if state() != "offered" {
			t.Fatalf("the room is free, and the date is %s", state())
		}
		var standIn string
		p.must(d.Get(t.Context(), &standIn, `SELECT instead_id FROM lost_dates`, nil))
		p.must(p.Cancel(t.Context(), p.centre, standIn, "cli"))
		var live int
		p.must(d.Get(t.Context(), &live, `SELECT COUNT(*) FROM bookings WHERE state IN ('held','confirmed')`, nil))
		if state() != "dropped" || live != 0 {
			t.Errorf("the date is %s, and %d bookings live on", state(), live)
		}
	})
}
