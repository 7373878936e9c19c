package booking_test

import (
	"net/http"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

func TestDayOf_onlyWhatHasNotBegunAndMayBeNamedMoves(t *testing.T) {
	date := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	at := func(hours int) int64 { return date.Add(time.Duration(hours) * time.Hour).Unix() }
	list := []booking.Booking{
		{ID: "night", SpaceID: "a", Title: "Noć", State: booking.Confirmed, StartsAt: at(-2), EndsAt: at(2), Version: 3},
		{ID: "begun", SpaceID: "a", Title: "Kava", State: booking.Confirmed, StartsAt: at(8), EndsAt: at(11), Version: 3},
		{ID: "ahead", SpaceID: "a", Title: "Šah", State: booking.Held, StartsAt: at(12), EndsAt: at(13), Version: 7},
		{ID: "quiet", SpaceID: "a", Title: "Krug", Confidential: true, State: booking.Confirmed, StartsAt: at(14), EndsAt: at(15), Version: 3},
	}
	moves := func(now int, who booking.Reader) (ids string) {
		d := booking.DayOf(date, []booking.Space{{ID: "a"}}, list, who, time.Unix(at(now), 0))
		for _, b := range d.Blocks {
			if b.Move != "" {
				ids += b.BookingID + " "
			}
			if b.BookingID == "ahead" && b.Version != 7 {
				t.Errorf("version %d", b.Version)
			}
		}
		return ids
	}
	all := booking.Reader{Sees: func(auth.Permission, string) bool { return true }}
	sees := booking.Reader{Sees: func(p auth.Permission, _ string) bool { return p != booking.Book }}
	for name, one := range map[string]struct {
		now  int
		who  booking.Reader
		want string
	}{"all": {9, all, "ahead "}, "the day before": {-12, all, "begun ahead "}, "may not book": {9, sees, ""}, "sees nothing": {9, booking.Reader{}, ""}} {
		if got := moves(one.now, one.who); got != one.want {
			t.Errorf("%s: %q moves, want %q", name, got, one.want)
		}
	}
}

func TestPages_theGridLeadsToTheFormThatMoves(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		big := p.room("velika", 0, 0, 20)
		_, err := p.Book(t.Context(), booking.New{SpaceID: big, CentreID: p.centre, Title: "Proba zbora", Start: hours(0, 2).Start, End: hours(0, 2).End, By: "test"})
		p.must(err)
		day := hours(0, 2).Start.Format(time.DateOnly)
		doc, status := p.desk(network.Coordinator)("/desk/rooms?date="+day, nil)
		if n := doc.Find(".movable .bk[data-id][data-version][data-from] a.grip").Length(); status != http.StatusOK || n != 1 {
			t.Errorf("%d, %d grips", status, n)
		}
		if doc, _ = p.desk(network.SupportWorker)("/desk/rooms?date="+day, nil); doc.Find(".bk").Length() != 1 || doc.Find(".grip, .movable").Length() != 0 {
			t.Error("who may not book gets a grip")
		}
	})
}
