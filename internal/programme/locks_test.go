package programme_test

import (
	"os"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	. "kvart/internal/programme"
)

// Whoever holds the centre comes to a session second; who begins with the session would wait for the centre meanwhile.
func TestSessions_changedWhileTheDayIsClosedWaitTheirTurn(t *testing.T) {
	if os.Getenv("KVART_TEST_DATABASE_URL") == "" {
		t.Skip("needs PostgreSQL: two write at a time")
	}
	for name, other := range map[string]func(w *town, a Activity, id string) error{
		"move": func(w *town, _ Activity, id string) error {
			d := Date{Start: w.one(id).Start().AddDate(0, 0, 2), End: w.one(id).End().AddDate(0, 0, 2), SpaceID: w.Room}
			return meanwhile(w.MoveSession(w.t.Context(), w.Centre, id, d, w.one(id).Version, nil, "test"))
		},
		"cancel": func(w *town, _ Activity, id string) error {
			return w.CancelSession(w.t.Context(), w.Centre, id, nil, "test")
		},
		"move several": func(w *town, _ Activity, id string) error {
			one := w.one(id)
			c := SeriesChange{CentreID: w.Centre, At: id, Version: one.Version, Scope: booking.This, Shift: booking.Shift{Days: 2, From: one.LocalStart, To: one.LocalEnd, SpaceID: w.Room}, By: "test",
				Dates: []Date{{RID: id, Lives: *one.BookingID, Start: one.Start().AddDate(0, 0, 2), End: one.End().AddDate(0, 0, 2), SpaceID: w.Room}}}
			return meanwhile(w.Booking.Claim(w.t.Context(), func(tx *db.Tx) error { return w.ChangeSeries(w.t.Context(), tx, c) }))
		},
		"cancel several": func(w *town, _ Activity, id string) error {
			return w.Booking.Claim(w.t.Context(), func(tx *db.Tx) error {
				_, err := w.CancelSeries(w.t.Context(), tx, w.Centre, id, booking.All, false, nil, "test")
				return err
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t, dbtest.Postgres(t))
			a := w.activity(nil)
			id := w.inRoom(a, 10)
			begins := w.one(id).Start()
			n := dbtest.Deadlocks(t, w.DB, func(tx *db.Tx) error { return network.LockCentre(t.Context(), tx, w.Centre) }, func(tx *db.Tx) error {
				return w.CloseDay(t.Context(), tx, w.Centre, begins.Add(-time.Hour), begins.Add(time.Hour), nil, nil, "test")
			}, func() error { return other(w, a, id) })
			if n != 0 || !w.one(id).Cancelled() {
				t.Errorf("%d deadlocks, called off: %v", n, w.one(id).Cancelled())
			}
		})
	}
}

// What an activity asks for no more is given up while the desk gives it up too.
func TestChangeActivity_outOfSightWhileItsLostDateIsDeclined(t *testing.T) {
	if os.Getenv("KVART_TEST_DATABASE_URL") == "" {
		t.Skip("needs PostgreSQL: two write at a time")
	}
	w := newTown(t, dbtest.Postgres(t))
	a := w.activity(nil)
	start := time.Date(2026, 12, 15, 17, 0, 0, 0, w.zone)
	d := Date{Start: start, End: start.Add(time.Hour), SpaceID: w.Room, Skip: true}
	d.Asked = &booking.Slot{SpaceID: w.Room, Interval: d.Interval()}
	taken, err := w.Booking.Book(t.Context(), booking.New{SpaceID: w.Room, CentreID: w.Centre, Title: "Proba", Start: d.Start, End: d.End, By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	w.tx(func(tx *db.Tx) error { _, err := w.AddSessions(t.Context(), tx, a, []Date{d}, "test"); return err })
	if err := w.Booking.Cancel(t.Context(), w.Centre, taken.ID, "test"); err != nil {
		t.Fatal(err)
	}
	lost, err := w.Booking.LostOf(t.Context(), w.DB, a.ID)
	if err != nil || len(lost) != 1 || lost[0].State != booking.Offered {
		t.Fatalf("%+v %v", lost, err)
	}
	a.State = "draft"
	if a.Version == 0 {
		a.Version = 1
	}
	n := dbtest.Deadlocks(t, w.DB, func(tx *db.Tx) error { return network.LockCentre(t.Context(), tx, w.Centre) },
		func(tx *db.Tx) error { return w.Booking.Decline(t.Context(), tx, w.Centre, lost[0].ID, "test") },
		func() error { return w.ChangeActivity(t.Context(), a, nil, "test") })
	if n != 0 {
		t.Errorf("%d deadlocks", n)
	}
}

// Dates that are booked, and one of them lost: whoever holds the centre and wants one of those rooms would wait for us.
func TestAddSessions_thatLoseADateWaitTheirTurn(t *testing.T) {
	if os.Getenv("KVART_TEST_DATABASE_URL") == "" {
		t.Skip("needs PostgreSQL: two write at a time")
	}
	w := newTown(t, dbtest.Postgres(t))
	a := w.activity(nil)
	start := time.Date(2026, 12, 15, 17, 0, 0, 0, w.zone)
	first := Date{Start: start, End: start.Add(time.Hour), SpaceID: w.Room}
	second := Date{Start: start.AddDate(0, 0, 7), End: start.AddDate(0, 0, 7).Add(time.Hour), SpaceID: w.Room, Skip: true}
	second.Asked = &booking.Slot{SpaceID: w.Room, Interval: second.Interval()}
	n := dbtest.Deadlocks(t, w.DB, func(tx *db.Tx) error { return network.LockCentre(t.Context(), tx, w.Centre) },
		func(tx *db.Tx) error {
			_, err := w.Booking.BookTx(t.Context(), tx, booking.New{SpaceID: w.Room, CentreID: w.Centre, Title: "Proba", Start: first.Start, End: first.End, By: "test"})
			return err
		},
		func() error {
			return meanwhile(w.Booking.Claim(t.Context(), func(tx *db.Tx) error {
				_, err := w.AddSessions(t.Context(), tx, a, []Date{first, second}, "test")
				return err
			}))
		})
	if n != 0 {
		t.Errorf("%d deadlocks", n)
	}
}

// meanwhile is nil for what somebody else was quicker with.
func meanwhile(err error) error {
	if fault.Is(err, fault.KindConflict) {
		return nil
	}
	return err
}
