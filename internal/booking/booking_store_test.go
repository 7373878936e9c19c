package booking_test

import (
	"slices"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

func TestBook_whatEndsAtSixIsNotInTheWayOfWhatBeginsAtSix(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("hall", 0, 0, 0)
		p.book(room, hours(2, 4))
		p.book(room, hours(4, 6))
		p.book(room, hours(0, 2))
		_, err := p.Book(t.Context(), p.wish(room, hours(3.99, 4.01)))
		refused(t, err, fault.KindConflict, "booking.fault.clash")
		if clashes, _ := fault.Of(err).Detail.([]booking.Clash); len(clashes) != 2 || !clashes[0].Start.Equal(hours(2, 4).Start) || clashes[0].SpaceID != room {
			t.Errorf("the clashes are %+v, want the two around the wish, soonest first", clashes)
		}
		sound(t, d)
	})
}

func TestBook_setUpAndClearUpTimeIsHeldToo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("hall", 30, 15, 0)
		b := p.book(room, hours(2, 4))
		if b.HeldFrom != b.StartsAt-30*60 || b.HeldTo != b.EndsAt+15*60 {
			t.Errorf("held %d to %d around %d to %d", b.HeldFrom, b.HeldTo, b.StartsAt, b.EndsAt)
		}
		_, err := p.Book(t.Context(), p.wish(room, hours(4.5, 6))) // its set-up begins at 4, clear-up of the other ends at 4.25
		refused(t, err, fault.KindConflict, "booking.fault.clash")
		p.book(room, hours(4.75, 6))
		sound(t, d)
	})
}

func TestBook_holdsTheTimeAroundItBeyond2038Too(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("hall", 15, 30, 0)
		start, own := time.Date(2041, 3, 1, 18, 0, 0, 0, time.UTC), 45
		n := p.wish(room, booking.Interval{Start: start, End: start.Add(time.Hour)})
		n.Setup = &own
		b, err := p.Book(t.Context(), n)
		p.must(err)
		if from, to := start.Add(-45*time.Minute).Unix(), start.Add(90*time.Minute).Unix(); b.HeldFrom != from || b.HeldTo != to {
			t.Errorf("held from %d to %d, want %d to %d", b.HeldFrom, b.HeldTo, from, to)
		}
	})
}

func TestBook_aWholeAndItsPartsAreInEachOthersWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		left, right := p.room("left", 0, 0, 0), p.room("right", 0, 0, 0)
		both := p.whole("both", left, right)
		p.book(left, hours(0, 1))
		p.book(right, hours(0, 1))
		_, err := p.Book(t.Context(), p.wish(both, hours(0, 1)))
		refused(t, err, fault.KindConflict, "booking.fault.clash")
		if clashes, _ := fault.Of(err).Detail.([]booking.Clash); len(clashes) != 2 {
			t.Errorf("the whole clashes with %+v, want both parts", clashes)
		}
		p.book(both, hours(1, 2))
		_, err = p.Book(t.Context(), p.wish(right, hours(1, 2)))
		refused(t, err, fault.KindConflict, "booking.fault.clash")
		sound(t, d)
	})
}

func TestBook_aHoldIsClaimableWhenItsTimeIsOverAndNotBefore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("hall", 0, 0, 0)
		until := p.now.Add(time.Hour)
		held := p.hold(room, hours(0, 2), until)
		p.now = until.Add(-time.Second)
		_, err := p.Book(t.Context(), p.wish(room, hours(1, 3)))
		refused(t, err, fault.KindConflict, "booking.fault.clash")
		p.now = until
		p.book(room, hours(1, 3))
		if s := p.state(held.ID); s != booking.Expired {
			t.Errorf("the hold that was over is %s", s)
		}
		if err := p.Confirm(t.Context(), p.centre, held.ID, "cli"); !fault.Is(err, fault.KindConflict) {
			t.Errorf("confirming a hold that somebody else claimed: %v", err)
		}
		sound(t, d)
	})
}

func TestConfirm_looksAtTheTimeOfTheHold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("hall", 0, 0, 0)
		until := p.now.Add(time.Hour)
		first, second := p.hold(room, hours(0, 2), until), p.hold(room, hours(2, 4), until)
		p.must(p.Confirm(t.Context(), p.centre, first.ID, "cli"))
		p.now = until
		if err := p.Confirm(t.Context(), p.centre, second.ID, "cli"); !fault.Is(err, fault.KindConflict) {
			t.Errorf("confirming at the moment when the hold is over: %v", err)
		}
		_, err := p.Book(t.Context(), p.wish(room, hours(0, 2)))
		refused(t, err, fault.KindConflict, "booking.fault.clash") // confirmed in time: no longer ends
		p.book(room, hours(2, 4))
		sound(t, d)
	})
}

func TestBook_refusesWhatCannotBe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room, shut := p.room("hall", 0, 0, 0), p.room("shut", 0, 0, 0)
		p.must(p.DB.Tx(t.Context(), func(tx *db.Tx) error {
			one, err := p.Space(t.Context(), tx, shut)
			if err != nil {
				return err
			}
			one.Closed = true
			return p.ChangeSpace(t.Context(), tx, one, "cli")
		}))
		elsewhere := p.wish(room, hours(0, 1))
		elsewhere.CentreID = p.other
		for name, c := range map[string]struct {
			wish booking.New
			kind fault.Kind
			key  string
		}{
			"ends before it begins":  {p.wish(room, hours(2, 1)), fault.KindInvalid, "booking.fault.times"},
			"lasts no time":          {p.wish(room, hours(2, 2)), fault.KindInvalid, "booking.fault.times"},
			"longer than a month":    {p.wish(room, hours(0, 32*24)), fault.KindInvalid, "booking.fault.too_long"},
			"a closed space":         {p.wish(shut, hours(0, 1)), fault.KindInvalid, "booking.fault.closed"},
			"another centre's space": {elsewhere, fault.KindNotFound, "fault.not_found"},
			"no such space":          {p.wish(db.NewID(), hours(0, 1)), fault.KindNotFound, "fault.not_found"},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := p.Book(t.Context(), c.wish)
				refused(t, err, c.kind, c.key)
			})
		}
		sound(t, d)
	})
}

func TestMove_isNotInItsOwnWayAndLeavesItsOldTimeFree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room, next := p.room("hall", 0, 0, 0), p.room("next", 0, 0, 0)
		b := p.book(room, hours(0, 2))
		p.book(room, hours(4, 6))
		p.must(p.Move(t.Context(), p.centre, b.ID, room, hours(1, 3), "cli"))
		p.book(room, hours(0, 1))
		refused(t, p.Move(t.Context(), p.centre, b.ID, room, hours(3, 5), "cli"), fault.KindConflict, "booking.fault.clash")
		p.must(p.Move(t.Context(), p.centre, b.ID, next, hours(3, 5), "cli"))
		p.book(room, hours(1, 3))
		p.must(p.Cancel(t.Context(), p.centre, b.ID, "cli"))
		p.must(p.Cancel(t.Context(), p.centre, b.ID, "cli"))
		if err := p.Move(t.Context(), p.centre, b.ID, next, hours(8, 9), "cli"); !fault.Is(err, fault.KindConflict) {
			t.Errorf("moving what is cancelled: %v", err)
		}
		p.book(next, hours(3, 5))
		sound(t, d)
	})
}

func TestBooking_ofAnotherCentreIsNotFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("hall", 0, 0, 0)
		b := p.book(room, hours(0, 2))
		_, err := p.Booking(t.Context(), d, p.other, b.ID)
		refused(t, err, fault.KindNotFound, "fault.not_found")
		refused(t, p.Cancel(t.Context(), p.other, b.ID, "cli"), fault.KindNotFound, "fault.not_found")
		refused(t, p.Move(t.Context(), p.other, b.ID, room, hours(3, 4), "cli"), fault.KindNotFound, "fault.not_found")
		if list, err := p.Between(t.Context(), d, p.other, hours(-24, 24)); err != nil || len(list) != 0 {
			t.Errorf("the other centre's grid has %v, %v", list, err)
		}
		if s := p.state(b.ID); s != booking.Confirmed {
			t.Errorf("the booking is %s", s)
		}
	})
}

func TestClashes_findsThoseOfAWholeSeriesInOneLook(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("hall", 0, 0, 0)
		var weekly []booking.Interval
		for week := range 400 {
			weekly = append(weekly, hours(float64(week*168), float64(week*168+2)))
		}
		third, last := p.book(room, hours(2*168+1, 2*168+3)), p.book(room, hours(399*168-1, 399*168+0.5))
		p.book(room, hours(5*168+2, 5*168+4)) // begins when the date ends
		over := p.hold(room, hours(7*168, 7*168+2), p.now.Add(time.Minute))
		p.now = p.now.Add(time.Hour)
		clashes, err := p.Clashes(t.Context(), d, room, weekly, "")
		p.must(err)
		if len(clashes) != 2 || clashes[0].BookingID != third.ID || clashes[1].BookingID != last.ID {
			t.Errorf("got %+v, want the third week's and the last one's (the hold %s is over)", clashes, over.ID)
		}
		clashes, err = p.Clashes(t.Context(), d, room, weekly, third.ID)
		p.must(err)
		if len(clashes) != 1 || clashes[0].BookingID != last.ID {
			t.Errorf("without the third week's own booking: %+v", clashes)
		}
	})
}

func TestAlternatives_areFreeAndTheSmallestThatFitsIsFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		taken, small, large := p.room("a-taken", 0, 0, 20), p.room("b-small", 0, 0, 5), p.room("c-large", 0, 0, 40)
		unsaid, next := p.room("d-unsaid", 0, 0, 0), p.room("e-next", 0, 0, 25)
		own := p.book(taken, hours(0, 2))
		names := map[string]string{taken: "taken", small: "small", large: "large", unsaid: "unsaid", next: "next"}
		for _, c := range []struct {
			people int
			except string
			want   []string
		}{
			{25, "", []string{"next", "large", "unsaid"}},
			{0, "", []string{"next", "large", "small", "unsaid"}}, // as many as the wanted room holds
			{0, own.ID, []string{"taken", "next", "large", "small", "unsaid"}},
		} {
			list, err := p.Alternatives(t.Context(), d, booking.Wanted{CentreID: p.centre, SpaceID: taken, Interval: hours(1, 3), People: c.people, Except: c.except})
			p.must(err)
			var got []string
			for _, s := range list {
				got = append(got, names[s.ID])
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("for %d people: %v, want %v", c.people, got, c.want)
			}
		}
	})
}

func TestHold_thatEndsIsInTheAuditLogOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room, other := p.room("hall", 0, 0, 0), p.room("small", 0, 0, 0)
		first, second := p.hold(room, hours(0, 2), p.now.Add(time.Hour)), p.hold(other, hours(0, 2), p.now.Add(time.Hour))
		p.now = p.now.Add(2 * time.Hour)
		p.book(room, hours(0, 2)) // whoever claims the space ends the hold
		for range 2 {
			if _, err := p.EndHolds(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for _, b := range []booking.Booking{first, second} {
			var n int
			p.must(d.Get(t.Context(), &n, `SELECT COUNT(*) FROM audit_rows WHERE action = 'booking.expire' AND actor = 'job' AND subject_id = :id`, db.Args{"id": b.ID}))
			if n != 1 || p.state(b.ID) != booking.Expired {
				t.Errorf("a hold that ended is %s, with %d rows in the log", p.state(b.ID), n)
			}
		}
	})
}

func TestMove_intoAClosedSpaceIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room, closed := p.room("hall", 0, 0, 0), p.room("closed", 0, 0, 0)
		b := p.book(room, hours(0, 2))
		_, err := d.Exec(t.Context(), `UPDATE spaces SET closed = 1 WHERE id = :id`, db.Args{"id": closed})
		p.must(err)
		refused(t, p.Move(t.Context(), p.centre, b.ID, closed, hours(0, 2), "cli"), fault.KindInvalid, "booking.fault.closed")
	})
}

func TestFreeTimes_areFreeTheSameDayNearestFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("hall", 0, 0, 0)
		p.book(room, hours(0, 2)) // 12 to 14 o'clock
		times, err := p.FreeTimes(t.Context(), d, room, hours(0.5, 1.5), 3)
		p.must(err)
		want := []booking.Interval{hours(2, 3), hours(-1, 0), hours(2.5, 3.5)} // as near, the later one first
		if len(times) != len(want) {
			t.Fatalf("got %v", times)
		}
		for k := range want {
			if !times[k].Start.Equal(want[k].Start) || !times[k].End.Equal(want[k].End) {
				t.Errorf("time %d is %v, want %v", k, times[k], want[k])
			}
			_, err := p.Book(t.Context(), p.wish(room, times[k]))
			if k < 2 && err != nil {
				t.Errorf("an offered time could not be booked: %v", err)
			}
		}
	})
}

func TestFreeTimes_beginOnAHalfHourWhateverWasWished(t *testing.T) {
	p := newPlace(t, dbtest.SQLite(t))
	room := p.room("hall", 0, 0, 0)
	p.book(room, hours(0, 2))                                                                                                  // 12 to 14 o'clock
	wish := booking.Interval{Start: hours(0.5, 1).Start.Add(10 * time.Minute), End: hours(1, 1.5).Start.Add(40 * time.Minute)} // 12.40 to 13.40
	times, err := p.FreeTimes(t.Context(), p.DB, room, wish, 4)
	p.must(err)
	if len(times) != 4 {
		t.Fatalf("got %v", times)
	}
	for _, i := range times {
		if i.Start.Minute()%30 != 0 || i.End.Sub(i.Start) != time.Hour || i.Start.Before(hours(2, 3).Start) && i.End.After(hours(0, 1).Start) {
			t.Errorf("free: %v", i)
		}
	}
	if !times[0].Start.Equal(hours(2, 3).Start) { // 80 minutes later; 11 o'clock is 100 before
		t.Errorf("nearest: %v", times[0])
	}
}

func TestShown_aConfidentialBookingReadsAsTakenOutsideItsTeam(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("hall", 0, 0, 0)
		for k, secret := range []bool{false, true} {
			n := p.wish(room, hours(float64(k), float64(k+1)))
			n.Title, n.Confidential, n.OrganisationID = "Circle", secret, &p.holder
			_, err := p.Book(t.Context(), n)
			p.must(err)
		}
		clashes, err := p.Clashes(t.Context(), d, room, []booking.Interval{hours(0, 2)}, "")
		p.must(err)
		bookings, err := p.Between(t.Context(), d, p.centre, hours(0, 2))
		p.must(err)
		if len(clashes) != 2 || len(bookings) != 2 {
			t.Fatalf("%d clashes, %d bookings", len(clashes), len(bookings))
		}
		may := func(centre string, permissions ...auth.Permission) booking.Reader {
			return booking.Reader{Sees: func(need auth.Permission, at string) bool {
				for _, have := range permissions {
					if have == need && at == centre {
						return true
					}
				}
				return false
			}}
		}
		for name, c := range map[string]struct {
			who              booking.Reader
			ordinary, secret bool
		}{
			"the public":             {booking.Reader{}, false, false},
			"the desk":               {may(p.centre, booking.See), true, false},
			"the team":               {may(p.centre, booking.See, booking.SeeHidden), true, true},
			"another centre's team":  {may(p.other, booking.See, booking.SeeHidden), false, false},
			"only the hidden":        {may(p.centre, booking.SeeHidden), false, true},
			"somebody who may book":  {may(p.centre, booking.Book), false, false},
			"who may change a space": {may(p.centre, booking.EditSpaces), false, false},
		} {
			for k, want := range []bool{c.ordinary, c.secret} {
				for i, shown := range []func(booking.Reader) (string, *string){bookings[k].Shown, clashes[k].Shown} {
					title, holder := shown(c.who)
					want := want && !(i == 1 && k == 1) // a list of clashes tells nobody of a confidential one
					if seen := title == "Circle" && holder != nil && *holder == p.holder; seen != want || !seen && (title != "" || holder != nil) {
						t.Errorf("%s, confidential %v: title %q, holder %v; want seen: %v", name, k == 1, title, holder, want)
					}
				}
			}
		}
	})
}

func TestSpace_aStaleChangeAndASecondOfTheSameAddressAreConflicts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		id := p.room("hall", 0, 0, 0)
		one, err := p.Space(t.Context(), d, id)
		p.must(err)
		change := func(one booking.Space) error {
			return d.Tx(t.Context(), func(tx *db.Tx) error { return p.ChangeSpace(t.Context(), tx, one, "cli") })
		}
		one.Holds = 12
		p.must(change(one))
		one.Holds = 13
		refused(t, change(one), fault.KindConflict, "booking.fault.changed_meanwhile")
		add := func(centre string) error {
			return d.Tx(t.Context(), func(tx *db.Tx) error {
				_, err := p.AddSpace(t.Context(), tx, booking.Space{CentreID: centre, Slug: "hall", Name: i18n.Text{i18n.HR: "Dvorana"}}, "cli")
				return err
			})
		}
		refused(t, add(p.centre), fault.KindConflict, "booking.fault.slug")
		p.must(add(p.other))
		stored, err := p.Space(t.Context(), d, id)
		p.must(err)
		if stored.Holds != 12 || stored.Version != 2 {
			t.Errorf("stored: %+v", stored)
		}
	})
}

func TestBook_everyChangeIsInTheAuditLogOfWhoRunsTheCentre(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("hall", 0, 0, 0)
		b := p.hold(room, hours(0, 2), p.now.Add(time.Hour))
		p.must(p.Confirm(t.Context(), p.centre, b.ID, "cli"))
		p.must(p.Move(t.Context(), p.centre, b.ID, room, hours(1, 2), "cli"))
		p.must(p.Cancel(t.Context(), p.centre, b.ID, "cli"))
		var actions []string
		p.must(d.Select(t.Context(), &actions, `SELECT action FROM audit_rows WHERE chain = :o AND subject_id = :b ORDER BY action`, db.Args{"o": p.holder, "b": b.ID}))
		if len(actions) != 4 || actions[0] != "booking.add" || actions[1] != "booking.cancel" || actions[2] != "booking.confirm" || actions[3] != "booking.move" {
			t.Errorf("audit: %v", actions)
		}
	})
}

func TestDatabase_refusesAnOverlapByDirectSQL(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		room := p.room("hall", 0, 0, 0)
		first, second := p.book(room, hours(0, 2)), p.book(room, hours(2, 4))
		cancelled := p.book(room, hours(4, 6))
		p.must(p.Cancel(t.Context(), p.centre, cancelled.ID, "cli"))
		p.book(room, hours(5, 6))
		for name, c := range map[string]struct {
			sql  string
			args db.Args
		}{
			"moving a booking over another": {`UPDATE bookings SET starts_at = :from, held_from = :from WHERE id = :id`, db.Args{"from": first.EndsAt - 1, "id": second.ID}},
			"moving an occupancy":           {`UPDATE occupancies SET to_at = :to WHERE booking_id = :id`, db.Args{"to": second.StartsAt + 1, "id": first.ID}},
			"reviving a cancelled booking":  {`UPDATE bookings SET state = 'confirmed' WHERE id = :id`, db.Args{"id": cancelled.ID}},
			"adding a booking": {`INSERT INTO bookings (id, centre_id, space_id, state, starts_at, ends_at, held_from, held_to)
				VALUES ('x', :centre, :room, 'confirmed', :from, :to, :from, :to)`, db.Args{"centre": p.centre, "room": room, "from": first.StartsAt, "to": first.EndsAt}},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := d.Exec(t.Context(), c.sql, c.args)
				if db.Refused(err) != "overlap" {
					t.Errorf("got %v, want the database's refusal", err)
				}
			})
		}
		sound(t, d)
	})
}
