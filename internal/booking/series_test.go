package booking_test

import (
	"errors"
	"net/url"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

var zagreb = func() *time.Location {
	z, err := time.LoadLocation("Europe/Zagreb")
	if err != nil {
		panic(err)
	}
	return z
}()

// weekly are so many dates from the local day on, at 18 to 20 o'clock.
func weekly(space, day string, n int) []booking.Date {
	first, err := time.ParseInLocation(time.DateOnly, day, zagreb)
	if err != nil {
		panic(err)
	}
	var list []booking.Date
	for i := range n {
		d := first.AddDate(0, 0, 7*i)
		at := func(h int) time.Time { return time.Date(d.Year(), d.Month(), d.Day(), h, 0, 0, 0, zagreb) }
		list = append(list, booking.Date{Start: at(18), End: at(20), SpaceID: space})
	}
	return list
}

func (p *place) series(space string, dates []booking.Date) (id string, err error) {
	err = p.Claim(p.t.Context(), func(tx *db.Tx) (err error) {
		id, err = p.AddSeries(p.t.Context(), tx, booking.Series{CentreID: p.centre, OrganisationID: &p.holder, Title: "Choir", SpaceID: space, Weeks: 1, LocalStart: "18:00", LocalEnd: "20:00"}, dates, "cli")
		return err
	})
	return id, err
}

func (p *place) madeSeries(space string, dates []booking.Date) string {
	p.t.Helper()
	id, err := p.series(space, dates)
	p.must(err)
	return id
}

func (p *place) dates(series string) (booking.Series, []booking.Dated) {
	p.t.Helper()
	one, err := p.OneSeries(p.t.Context(), p.DB, p.centre, series)
	p.must(err)
	list, err := p.DatesOf(p.t.Context(), p.DB, one, zagreb)
	p.must(err)
	return one, list
}

// change makes the change as the page does, with each date solved as solve says.
func (p *place) change(series, at string, scope booking.Scope, apart bool, shift booking.Shift, solve func(*booking.Date)) (string, error) {
	one, list := p.dates(series)
	var all []booking.Occurrence
	for _, d := range list {
		all = append(all, d.Occurrence)
	}
	var dates []booking.Date
	for _, o := range booking.Touched(booking.Within(all, at, scope, p.now), at, apart) {
		d, err := shift.Of(o, zagreb)
		p.must(err)
		d.RID, d.Lives = o.ID, o.ID
		if solve != nil {
			solve(&d)
		}
		dates = append(dates, d)
	}
	to := ""
	err := p.Claim(p.t.Context(), func(tx *db.Tx) (err error) {
		to, err = p.ChangeSeries(p.t.Context(), tx, booking.SeriesChange{CentreID: p.centre, SeriesID: series, At: at, Version: one.Version, Scope: scope, ApartToo: apart,
			Shift: shift, Dates: dates, Zone: zagreb, By: "cli"})
		return err
	})
	return to, err
}

func TestAddSeries_isAllOrNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("a", 0, 0, 0)
		dates := weekly(room, "2026-12-01", 6)
		p.book(room, booking.Interval{Start: dates[3].Start.Add(time.Hour), End: dates[3].End})
		_, err := p.series(room, dates)
		refused(t, err, fault.KindConflict, "booking.fault.clash")
		list, ok := fault.Of(err).Detail.([]booking.Date)
		if !ok || len(list) != 6 || len(list[3].Clashes) != 1 || len(list[2].Clashes) != 0 {
			t.Errorf("the clashes are said by date: %+v", list)
		}
		var n int
		p.must(d.Get(t.Context(), &n, `SELECT (SELECT COUNT(*) FROM booking_series) + (SELECT COUNT(*) FROM bookings) AS n`, nil))
		if n != 1 {
			t.Errorf("%d rows are left, want the other's booking only", n)
		}
		died := errors.New("the process died")
		err = p.Claim(t.Context(), func(tx *db.Tx) error {
			if _, err := p.AddSeries(t.Context(), tx, booking.Series{CentreID: p.centre, SpaceID: room, Weeks: 1, LocalStart: "18:00", LocalEnd: "20:00"}, dates[:3], "cli"); err != nil {
				return err
			}
			return died
		})
		if !errors.Is(err, died) {
			t.Fatal(err)
		}
		p.must(d.Get(t.Context(), &n, `SELECT COUNT(*) FROM bookings`, nil))
		if n != 1 {
			t.Errorf("half a series stayed: %d bookings", n)
		}
		sound(t, d)
	})
}

// A series keeps its hour when the clocks change, in spring and in autumn.
func TestSeries_keepsItsWallTimeWhenTheClocksChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		p.now = time.Date(2027, 1, 10, 12, 0, 0, 0, time.UTC)
		room := p.room("a", 0, 0, 0)
		for _, first := range []string{"2027-03-24", "2027-10-27"} { // summer time begins on 28 March and ends on 31 October
			id := p.madeSeries(room, weekly(room, first, 3))
			_, list := p.dates(id)
			_, err := p.change(id, list[0].Booking.ID, booking.All, false, booking.Shift{Days: 1, From: "17:30", To: "19:00", SpaceID: room}, nil)
			p.must(err)
			_, list = p.dates(id)
			for _, x := range list {
				if x.Is.From != "17:30" || x.Is.To != "19:00" || x.Occurrence.StartsAt.Weekday() != time.Thursday {
					t.Errorf("the date is %+v", x.Is)
				}
			}
			if a, b := list[0].Booking.StartsAt, list[1].Booking.StartsAt; (b-a)%(7*86400) == 0 {
				t.Error("the clocks did not change between the first two: the test tests nothing")
			}
		}
	})
}

// A series can be moved onto itself: by a week, each date takes the place of the next.
func TestChangeSeries_canBeMovedOntoItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("a", 15, 15, 0)
		id := p.madeSeries(room, weekly(room, "2026-12-01", 5))
		_, list := p.dates(id)
		to, err := p.change(id, list[1].Booking.ID, booking.Following, false, booking.Shift{Days: 7, From: "18:00", To: "20:00", SpaceID: room}, nil)
		p.must(err)
		if to == id {
			t.Error("the following are not a series of their own")
		}
		_, before := p.dates(id)
		_, after := p.dates(to)
		if len(before) != 1 || len(after) != 4 || after[0].Is.Day != "2026-12-15" || after[3].Is.Day != "2027-01-05" {
			t.Errorf("%d stayed, the others are %+v", len(before), after)
		}
		sound(t, d)
	})
}

func TestChangeSeries_ofTwoAtOnceTheSecondIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("a", 0, 0, 0)
		id := p.madeSeries(room, weekly(room, "2026-12-01", 3))
		one, list := p.dates(id)
		_, err := p.change(id, list[0].Booking.ID, booking.All, false, booking.Shift{From: "10:00", To: "11:00", SpaceID: room}, nil)
		p.must(err)
		err = p.Claim(t.Context(), func(tx *db.Tx) error {
			_, err := p.ChangeSeries(t.Context(), tx, booking.SeriesChange{CentreID: p.centre, SeriesID: id, At: list[0].Booking.ID, Version: one.Version, Scope: booking.This, Zone: zagreb, By: "cli"})
			return err
		})
		refused(t, err, fault.KindConflict, "series.fault.changed_meanwhile")
	})
}

func TestChangeSeries_aRoomRemovedMeanwhileLeavesAllAsItWas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room, other := p.room("a", 0, 0, 0), p.room("b", 0, 0, 0)
		id := p.madeSeries(room, weekly(room, "2026-12-01", 3))
		_, list := p.dates(id)
		_, err := d.Exec(t.Context(), `UPDATE spaces SET closed = 1 WHERE id = :id`, db.Args{"id": other})
		p.must(err)
		_, err = p.change(id, list[0].Booking.ID, booking.All, false, booking.Shift{From: "18:00", To: "20:00", SpaceID: other}, nil)
		refused(t, err, fault.KindInvalid, "booking.fault.closed")
		_, list = p.dates(id)
		for _, x := range list {
			if x.Apart() || x.Off {
				t.Errorf("a date is %+v", x)
			}
		}
		sound(t, d)
	})
}

// Changes of a series never touch what has begun, nor what was moved or cancelled by itself unless told, and no change
// makes or loses a booking.
func TestChangeSeries_neverTouchesThePastNorAnException(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		rapid.Check(t, func(r *rapid.T) {
			p := newPlaceAgain(t, d)
			room, other := p.room("a", 0, 0, 0), p.room("b", 0, 0, 0)
			id := p.madeSeries(room, weekly(room, "2026-12-01", 8))
			for range rapid.IntRange(0, 3).Draw(r, "alone") {
				_, list := p.dates(id)
				x := list[rapid.IntRange(0, len(list)-1).Draw(r, "which")]
				if rapid.Bool().Draw(r, "cancelled") {
					p.must(p.Cancel(t.Context(), p.centre, x.Booking.ID, "cli"))
				} else if !x.Off {
					_, err := p.change(id, x.Booking.ID, booking.This, false, booking.Shift{Days: 1, From: "09:00", To: "10:00", SpaceID: other}, nil)
					p.must(err)
				}
			}
			p.now = time.Date(2026, 12, 1+rapid.IntRange(0, 40).Draw(r, "days"), 12, 0, 0, 0, time.UTC)
			_, list := p.dates(id)
			at := list[rapid.IntRange(0, len(list)-1).Draw(r, "at")]
			scope := rapid.SampledFrom([]booking.Scope{booking.This, booking.Following, booking.All}).Draw(r, "scope")
			apart := rapid.Bool().Draw(r, "apart")
			shift := booking.Shift{Days: rapid.IntRange(-1, 8).Draw(r, "shift"), From: "18:30", To: "20:00", SpaceID: rapid.SampledFrom([]string{room, other}).Draw(r, "to")}
			before := map[string]booking.Dated{}
			for _, x := range list {
				before[x.Booking.ID] = x
			}
			if _, err := p.change(id, at.Booking.ID, scope, apart, shift, nil); err != nil && !fault.Is(err, fault.KindConflict) {
				r.Fatal(err)
			}
			var rows []booking.Booking
			p.must(d.Select(t.Context(), &rows, `SELECT id, space_id, starts_at, ends_at, state FROM bookings WHERE centre_id = :c`, db.Args{"c": p.centre}))
			if len(rows) != len(before) {
				r.Fatalf("%d bookings became %d", len(before), len(rows))
			}
			for _, b := range rows {
				was := before[b.ID]
				same := was.SpaceID == b.SpaceID && was.Booking.StartsAt == b.StartsAt && was.EndsAt == b.EndsAt
				switch {
				case was.State != b.State:
					r.Errorf("a state changed from %s to %s", was.State, b.State)
				case !same && was.Booking.StartsAt <= p.now.Unix():
					r.Error("the past changed")
				case !same && was.Off:
					r.Error("what was cancelled moved")
				case !same && was.Apart() && !apart && b.ID != at.Booking.ID:
					r.Error("an exception changed without being told")
				case !same && scope == booking.This && b.ID != at.Booking.ID:
					r.Error("another date changed")
				case !same && scope == booking.Following && was.Planned.Day < at.Planned.Day:
					r.Error("an earlier date changed")
				}
			}
			sound(t, d)
		})
	})
}

// newPlaceAgain is a place in a database that may hold those of earlier rounds.
func newPlaceAgain(t *testing.T, d *db.DB) *place {
	t.Helper()
	for _, table := range []string{"lost_dates", "occupancies", "bookings", "booking_series", "space_atoms", "spaces", "centres", "organisations", "areas"} {
		if _, err := d.Exec(t.Context(), `DELETE FROM `+table, nil); err != nil {
			t.Fatal(err)
		}
	}
	return newPlace(t, d)
}

func TestReadDates_badInput(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("a", 0, 0, 0)
		plan := booking.Planner{Store: p.Store, Network: &network.Store{DB: d, Now: p.Store.Now}, Centre: network.Centre{ID: p.centre, Zone: "Europe/Zagreb"}}
		for name, c := range map[string]struct {
			field, key string
			values     url.Values
		}{
			"a rule without an end":  {"count", "series.fault.end", url.Values{"repeat": {"weekly"}}},
			"more than 400 dates":    {"count", "fault.not_a_number", url.Values{"repeat": {"weekly"}, "count": {"401"}}},
			"until a far day":        {"until", "ical.repeat.too_many", url.Values{"repeat": {"weekly"}, "until": {"2040-01-01"}}},
			"until before the start": {"until", "ical.repeat.until_before_start", url.Values{"repeat": {"two"}, "until": {"2026-11-30"}}},
			"in the past":            {"date", "series.fault.past_date", url.Values{"date": {"2025-12-01"}}},
			"no date":                {"date", "fault.not_a_date", url.Values{"date": {"soon"}}},
			"an end before":          {"to", "booking.fault.times", url.Values{"to": {"17:00"}}},
		} {
			t.Run(name, func(t *testing.T) {
				f := &web.Form{Values: url.Values{"date": {"2026-12-01"}, "from": {"18:00"}, "to": {"20:00"}}}
				for k, v := range c.values {
					f.Values[k] = v
				}
				var faults fault.Form
				if list := plan.ReadDates(f, &faults, room, false); len(list) > 0 {
					t.Errorf("%d dates came of it", len(list))
				}
				got := fault.Of(faults.Err())
				if len(got.Fields) != 1 || got.Fields[0].Name != c.field || got.Fields[0].Key != c.key {
					t.Errorf("refused with %+v, want %s at %s", got.Fields, c.key, c.field)
				}
			})
		}
	})
}

// Whoever lost the room first has the first offer; declining and letting it run out pass it on; nobody else is promised
// the room meanwhile. A model without a database says who has it.
func TestLost_isOfferedInTheOrderOfLosing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		rapid.Check(t, func(r *rapid.T) {
			p := newPlaceAgain(t, d)
			room, other := p.room("a", 0, 0, 0), p.room("b", 0, 0, 0)
			day := weekly(room, "2026-12-15", 1)[0]
			first := p.book(room, day.Interval())
			n := rapid.IntRange(1, 4).Draw(r, "losers")
			var order []string // ids of lost dates, as they were lost
			for i := range n {
				skipped, elsewhere := day, day
				skipped.Skip, skipped.Asked = true, &booking.Slot{SpaceID: room, Interval: day.Interval()}
				elsewhere.SpaceID, elsewhere.Asked = other, skipped.Asked
				elsewhere.Start, elsewhere.End = day.Start.Add(time.Duration(3*i)*24*time.Hour), day.End.Add(time.Duration(3*i)*24*time.Hour)
				id := p.madeSeries(room, []booking.Date{rapid.SampledFrom([]booking.Date{skipped, elsewhere}).Draw(r, "solved")})
				var lost string
				p.must(d.Get(t.Context(), &lost, `SELECT id FROM lost_dates WHERE series_id = :s`, db.Args{"s": id}))
				order = append(order, lost)
				p.now = p.now.Add(time.Minute)
			}
			holder := -1 // of the room in the model: -1 the first booking, k the k-th loser's offer or booking, n nobody
			taken := false
			for range rapid.IntRange(1, 6).Draw(r, "steps") {
				switch act := rapid.SampledFrom([]string{"free", "take", "decline", "run out"}).Draw(r, "act"); {
				case act == "free" && holder == -1:
					p.must(p.Cancel(t.Context(), p.centre, first.ID, "cli"))
					holder = 0
				case holder < 0 || holder >= n || taken:
				case act == "take":
					p.must(p.Claim(t.Context(), func(tx *db.Tx) error {
						_, err := p.TakeBack(t.Context(), tx, p.centre, order[holder], "", "cli")
						return err
					}))
					taken = true
				case act == "decline":
					p.must(p.Claim(t.Context(), func(tx *db.Tx) error { return p.Decline(t.Context(), tx, p.centre, order[holder], "cli") }))
					holder++
				case act == "run out":
					p.now = p.now.Add(booking.OfferTime + time.Minute)
					_, err := p.EndHolds(t.Context())
					p.must(err)
					holder++
				}
				for k, id := range order {
					l, err := p.LostDate(t.Context(), d, p.centre, id)
					p.must(err)
					want := []string{booking.LostYet}
					switch {
					case k < holder:
						want = []string{booking.Declined, booking.Lapsed}
					case k == holder && taken:
						want = []string{booking.Taken}
					case k == holder:
						want = []string{booking.Offered}
					}
					if !slices.Contains(want, l.State) {
						r.Fatalf("loser %d is %s, want one of %v (the model: holder %d, taken %v)", k, l.State, want, holder, taken)
					}
				}
				_, err := p.Book(t.Context(), p.wish(room, day.Interval()))
				if free := holder >= n; free {
					p.must(err)
					var b string
					p.must(d.Get(t.Context(), &b, `SELECT booking_id FROM occupancies WHERE atom_id = :r`, db.Args{"r": room}))
					p.must(p.Cancel(t.Context(), p.centre, b, "cli"))
				} else {
					refused(t, err, fault.KindConflict, "booking.fault.clash")
				}
				sound(t, d)
			}
		})
	})
}

func TestLost_noOfferOnADayTheCentreIsClosedNorTooLate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("a", 0, 0, 0)
		for _, c := range []struct {
			name  string
			day   string
			close bool
			at    time.Duration // before the start
			want  string
		}{
			{"open", "2026-12-08", false, 72 * time.Hour, booking.Offered},
			{"closed", "2026-12-15", true, 72 * time.Hour, booking.LostYet},
			{"too late", "2026-12-22", false, 150 * time.Minute, booking.LostYet},
		} {
			x := weekly(room, c.day, 1)[0]
			first := p.book(room, x.Interval())
			x.Skip, x.Asked = true, &booking.Slot{SpaceID: room, Interval: x.Interval()}
			id := p.madeSeries(room, []booking.Date{x})
			if c.close {
				_, err := d.Exec(t.Context(), `INSERT INTO closures (id, centre_id, from_date, to_date, reason) VALUES (:id, :c, :d, :d, '{}')`, db.Args{"id": db.NewID(), "c": p.centre, "d": c.day})
				p.must(err)
			}
			p.now = x.Start.Add(-c.at)
			p.must(p.Cancel(t.Context(), p.centre, first.ID, "cli"))
			var state string
			p.must(d.Get(t.Context(), &state, `SELECT state FROM lost_dates WHERE series_id = :s`, db.Args{"s": id}))
			if state != c.want {
				t.Errorf("%s: it is %s, want %s", c.name, state, c.want)
			}
		}
	})
}

// Who leaves a date out although the room is free has lost nothing, and nobody's offer can be confirmed as an ordinary hold.
func TestLost_onlyWhatWasTakenAndOnlyByItsPress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("a", 0, 0, 0)
		dates := weekly(room, "2026-12-08", 2)
		first := p.book(room, dates[1].Interval())
		for i := range dates {
			dates[i].Skip, dates[i].Asked = true, &booking.Slot{SpaceID: room, Interval: dates[i].Interval()}
		}
		p.madeSeries(room, dates)
		p.must(p.Cancel(t.Context(), p.centre, first.ID, "cli"))
		list, err := p.Lost(t.Context(), p.centre)
		p.must(err)
		if len(list) != 1 || list[0].State != booking.Offered {
			t.Fatalf("lost: %+v", list)
		}
		refused(t, p.Confirm(t.Context(), p.centre, *list[0].BookingID, "cli"), fault.KindConflict, "series.fault.offered")
		holds, err := p.Holds(t.Context(), p.centre)
		p.must(err)
		if len(holds) != 0 {
			t.Error("the offer waits for a confirmation too")
		}
	})
}

func TestAddSeries_tellsNothingOfAnotherCentresRoom(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("room", 0, 0, 0)
		p.book(room, hours(0, 2))
		date := booking.Date{Start: noon, End: noon.Add(time.Hour), SpaceID: room}
		err := p.DB.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := p.AddSeries(t.Context(), tx, booking.Series{CentreID: p.other, Title: "Probe", SpaceID: room, Weeks: 1, LocalStart: "13:00", LocalEnd: "14:00"}, []booking.Date{date}, "cli")
			return err
		})
		refused(t, err, fault.KindNotFound, "fault.not_found")
		if err := p.CheckDates(t.Context(), p.DB, p.other, []booking.Date{date}); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("looking alone: %v", err)
		}
	})
}
