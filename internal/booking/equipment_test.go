package booking_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

func (p *place) wishWith(space string, i booking.Interval, equipment string, n int) booking.New {
	w := p.wish(space, i)
	w.Equipment = []booking.Amount{{EquipmentID: equipment, N: n}}
	return w
}

func TestEquipment_theAnswerSaysWhatIsMissingAndWhen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		chairs := p.stock("stolice", 40)
		left, right, third := p.room("left", 0, 0, 0), p.room("right", 30, 0, 0), p.room("third", 0, 0, 0)
		_, err := p.Book(t.Context(), p.wishWith(left, hours(0, 2), chairs, 25))
		p.must(err)
		_, err = p.Book(t.Context(), p.wishWith(right, hours(2, 3), chairs, 10)) // set up from 1.5
		p.must(err)
		_, err = p.Book(t.Context(), p.wishWith(third, hours(-1, 4), chairs, 10))
		refused(t, err, fault.KindConflict, "booking.fault.equipment")
		missing, _ := fault.Of(err).Detail.([]booking.Missing)
		if len(missing) != 1 || missing[0].Free != 5 || missing[0].Wanted != 10 || !missing[0].Start.Equal(hours(1.5, 2).Start) || !missing[0].End.Equal(hours(1.5, 2).End) {
			t.Errorf("the answer says %+v", missing)
		}
		_, err = p.Book(t.Context(), p.wishWith(third, hours(-1, 4), chairs, 5))
		p.must(err)
		sound(t, d)
	})
}

func TestEquipment_isFreeAgainWhenItsBookingIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		beamer := p.stock("projektor", 1)
		left, right := p.room("left", 0, 0, 0), p.room("right", 0, 0, 0)
		n := p.wishWith(left, hours(0, 2), beamer, 1)
		n.HoldUntil = p.now.Add(time.Hour)
		_, err := p.Book(t.Context(), n)
		p.must(err)
		_, err = p.Book(t.Context(), p.wishWith(right, hours(1, 3), beamer, 1))
		refused(t, err, fault.KindConflict, "booking.fault.equipment")
		p.now = p.now.Add(2 * time.Hour) // the hold is over, and nobody swept it
		b, err := p.Book(t.Context(), p.wishWith(right, hours(1, 3), beamer, 1))
		p.must(err)
		c, err := p.Book(t.Context(), p.wishWith(left, hours(4, 6), beamer, 1))
		p.must(err)
		refused(t, p.Move(t.Context(), p.centre, c.ID, left, hours(2, 4), "cli"), fault.KindConflict, "booking.fault.equipment")
		p.must(p.Cancel(t.Context(), p.centre, b.ID, "cli"))
		p.must(p.Move(t.Context(), p.centre, c.ID, left, hours(2, 4), "cli"))
		sound(t, d)
	})
}

func TestEquipment_fewerThanAreBookedIsRefusedButThePastIsNotJudged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		chairs := p.stock("stolice", 40)
		left := p.room("left", 0, 0, 0)
		_, err := p.Book(t.Context(), p.wishWith(left, hours(0, 2), chairs, 35))
		p.must(err)
		change := func(quantity int) error {
			one, err := p.Equipment(t.Context(), d, p.centre, chairs)
			p.must(err)
			one.Quantity = quantity
			return d.Tx(t.Context(), func(tx *db.Tx) error { return p.ChangeEquipment(t.Context(), tx, one, "cli") })
		}
		refused(t, change(30), fault.KindConflict, "booking.fault.equipment_fewer")
		p.must(change(35))
		p.now = noon.Add(3 * time.Hour)
		p.must(change(30))
		_, err = p.Book(t.Context(), p.wishWith(left, hours(4, 5), chairs, 31))
		refused(t, err, fault.KindConflict, "booking.fault.equipment")
	})
}

func TestEquipment_ofAnotherCentreOrNoLongerLentIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		left := p.room("left", 0, 0, 0)
		var there string
		p.must(d.Tx(t.Context(), func(tx *db.Tx) (err error) {
			there, err = p.AddEquipment(t.Context(), tx, booking.Equipment{CentreID: p.other, Name: i18n.Text{i18n.HR: "klavir"}, Quantity: 1}, "cli")
			return err
		}))
		_, err := p.Book(t.Context(), p.wishWith(left, hours(0, 2), there, 1))
		refused(t, err, fault.KindInvalid, "booking.fault.no_equipment")
		own := p.stock("klavir", 1)
		_, err = p.Book(t.Context(), p.wishWith(left, hours(0, 2), own, 0))
		refused(t, err, fault.KindInvalid, "fault.not_a_number")
		b := p.book(left, hours(0, 2))
		if _, err := d.Exec(t.Context(), `INSERT INTO booking_equipment (booking_id, equipment_id, amount) VALUES (:b, :e, 1)`, db.Args{"b": b.ID, "e": there}); db.Refused(err) != "equipment" {
			t.Errorf("the database lends another centre's: %v", err)
		}
		if _, err := d.Exec(t.Context(), `INSERT INTO booking_equipment (booking_id, equipment_id, amount) VALUES (:b, :e, 2)`, db.Args{"b": b.ID, "e": own}); db.Refused(err) != "equipment" {
			t.Errorf("the database lends two of one: %v", err)
		}
	})
}

func TestEquipment_of16AtOnceAsManyWinAsThereAre(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		beamers := p.stock("projektori", 5)
		var rooms []string
		for i := range 16 {
			rooms = append(rooms, p.room(fmt.Sprintf("room-%d", i), 0, 0, 0))
		}
		for round := range 3 {
			var won, lost atomic.Int32
			var all sync.WaitGroup
			start := make(chan struct{})
			for i := range 16 {
				all.Go(func() {
					<-start
					_, err := p.Book(context.Background(), p.wishWith(rooms[i], hours(float64(round*4)+float64(i%3)/4, float64(round*4+2)), beamers, 1))
					switch {
					case err == nil:
						won.Add(1)
					case fault.Is(err, fault.KindConflict) && fault.Of(err).Key == "booking.fault.equipment":
						lost.Add(1)
					default:
						t.Errorf("neither won nor told that none is left: %v", err)
					}
				})
			}
			close(start)
			all.Wait()
			if won.Load() != 5 || lost.Load() != 11 {
				t.Errorf("round %d: %d won, %d were refused", round, won.Load(), lost.Load())
			}
		}
		sound(t, d)
	})
}

// TestEquipment_agreesWithANaiveModel books, moves, cancels and changes how many there are at random, and compares each
// answer with a model that counts every minute.
func TestEquipment_agreesWithANaiveModel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		run := 0
		rapid.Check(t, func(r *rapid.T) {
			run++
			there := rapid.IntRange(1, 4).Draw(r, "there")
			id := p.stock(fmt.Sprint("e", run), there)
			type held struct {
				id          string
				room        string
				from, to, n int
				live        bool
			}
			var all []*held
			most := func(from, to int, except *held) int {
				peak := 0
				for m := from; m < to; m++ {
					sum := 0
					for _, h := range all {
						if h != except && h.live && h.from <= m && m < h.to {
							sum += h.n
						}
					}
					peak = max(peak, sum)
				}
				return peak
			}
			at := func(from, to int) booking.Interval {
				return booking.Interval{Start: noon.Add(time.Duration(from) * time.Minute), End: noon.Add(time.Duration(to) * time.Minute)}
			}
			for step := range rapid.IntRange(1, 12).Draw(r, "steps") {
				from := 5 * rapid.IntRange(0, 12).Draw(r, "from")
				to := from + 5*rapid.IntRange(1, 8).Draw(r, "for")
				switch what := rapid.IntRange(0, 5).Draw(r, "what"); {
				case what < 3 || len(all) == 0:
					n := rapid.IntRange(1, 4).Draw(r, "n")
					room := p.room(fmt.Sprintf("r-%d-%d", run, step), 0, 0, 0) // of its own: only the equipment can clash
					b, err := p.Book(context.Background(), p.wishWith(room, at(from, to), id, n))
					if want := most(from, to, nil)+n <= there; want != (err == nil) {
						r.Fatalf("%d of %d at [%d, %d): the model says %v, the store %v", n, there, from, to, want, err)
					}
					if err == nil {
						all = append(all, &held{b.ID, room, from, to, n, true})
					} else if fault.Of(err).Key != "booking.fault.equipment" {
						r.Fatal(err)
					}
				case what == 3:
					h := all[rapid.IntRange(0, len(all)-1).Draw(r, "which")]
					if err := p.Cancel(context.Background(), p.centre, h.id, "cli"); err != nil {
						r.Fatal(err)
					}
					h.live = false
				case what == 4:
					h := all[rapid.IntRange(0, len(all)-1).Draw(r, "which")]
					if !h.live {
						continue
					}
					err := p.Move(context.Background(), p.centre, h.id, h.room, at(from, to), "cli")
					if want := most(from, to, h)+h.n <= there; want != (err == nil) {
						r.Fatalf("moving %d of %d to [%d, %d): the model says %v, the store %v", h.n, there, from, to, want, err)
					}
					if err == nil {
						h.from, h.to = from, to
					}
				default:
					one, err := p.Equipment(context.Background(), d, p.centre, id)
					if err != nil {
						r.Fatal(err)
					}
					one.Quantity = rapid.IntRange(1, 4).Draw(r, "quantity")
					err = d.Tx(context.Background(), func(tx *db.Tx) error { return p.ChangeEquipment(context.Background(), tx, one, "cli") })
					if want := most(0, 200, nil) <= one.Quantity; want != (err == nil) {
						r.Fatalf("%d instead of %d: the model says %v, the store %v", one.Quantity, there, want, err)
					}
					if err == nil {
						there = one.Quantity
					}
				}
			}
		})
		sound(t, d)
	})
}

func TestBooking_ownSetUpTimeStaysWithItWhenItMoves(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		left, right := p.room("left", 15, 15, 0), p.room("right", 0, 0, 0)
		long, none := 60, 0
		n := p.wish(left, hours(2, 4))
		n.Setup, n.Clear = &long, &none
		b, err := p.Book(t.Context(), n)
		p.must(err)
		if b.StartsAt-b.HeldFrom != 3600 || b.HeldTo != b.EndsAt {
			t.Errorf("held from %d, to %d of [%d, %d)", b.HeldFrom, b.HeldTo, b.StartsAt, b.EndsAt)
		}
		_, err = p.Book(t.Context(), p.wish(left, hours(0, 1.5)))
		refused(t, err, fault.KindConflict, "booking.fault.clash")
		if clashes, _ := fault.Of(err).Detail.([]booking.Clash); len(clashes) != 1 || !clashes[0].Begins.Equal(hours(2, 4).Start) || !clashes[0].Start.Equal(hours(1, 4).Start) {
			t.Errorf("the clash says %+v", clashes)
		}
		p.must(p.Move(t.Context(), p.centre, b.ID, right, hours(6, 8), "cli"))
		moved, err := p.Booking(t.Context(), d, p.centre, b.ID)
		p.must(err)
		if moved.HeldFrom != hours(5, 8).Start.Unix() || moved.HeldTo != hours(5, 8).End.Unix() {
			t.Errorf("after the move it is held from %d to %d", moved.HeldFrom, moved.HeldTo)
		}
		long = 481
		n.Setup = &long
		_, err = p.Book(t.Context(), n)
		refused(t, err, fault.KindInvalid, "fault.not_a_number")
	})
}
