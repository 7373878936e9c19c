package booking_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

func TestSetParts_theHallHoldsItsPartsAndAPartBlocksTheHall(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		left, right, hall := p.room("left", 0, 0, 0), p.room("right", 0, 0, 0), p.room("hall", 0, 0, 0)
		if changed, err := p.parts(hall, left, right); err != nil || !changed {
			t.Fatal(changed, err)
		}
		if changed, err := p.parts(hall, right, left); err != nil || changed {
			t.Error("the same parts are a change", changed, err)
		}
		p.book(left, hours(0, 2))
		p.book(right, hours(0, 2))
		_, err := p.Book(t.Context(), p.wish(hall, hours(1, 3)))
		refused(t, err, fault.KindConflict, "booking.fault.clash")
		if clashes, _ := fault.Of(err).Detail.([]booking.Clash); len(clashes) != 2 {
			t.Errorf("%d clashes", len(clashes))
		}
		p.book(hall, hours(2, 4))
		_, err = p.Book(t.Context(), p.wish(left, hours(3, 5)))
		refused(t, err, fault.KindConflict, "booking.fault.clash")
		sound(t, d)
	})
}

func TestSetParts_isRefusedWhileBookingsToComeStandThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		left, right, hall := p.room("left", 0, 0, 0), p.room("right", 0, 0, 0), p.room("hall", 0, 0, 0)
		b := p.book(hall, hours(0, 2))
		_, err := p.parts(hall, left, right)
		refused(t, err, fault.KindConflict, "booking.fault.parts_booked")
		p.must(p.Move(t.Context(), p.centre, b.ID, left, hours(0, 2), "cli"))
		_, err = p.parts(hall, left, right)
		p.must(err)
		_, err = p.Book(t.Context(), p.wish(hall, hours(1, 2)))
		refused(t, err, fault.KindConflict, "booking.fault.clash")
		p.book(hall, hours(3, 4))
		p.now = noon.Add(5 * time.Hour) // what is over does not stand in the way
		if changed, err := p.parts(hall); err != nil || !changed {
			t.Fatal(changed, err)
		}
	})
}

func TestSetParts_aPartOfAHallIsNotDivided(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		left, right, third := p.room("left", 0, 0, 0), p.room("right", 0, 0, 0), p.room("third", 0, 0, 0)
		hall := p.whole("hall", left, right)
		_, err := p.parts(left, third)
		refused(t, err, fault.KindConflict, "booking.fault.part_of_whole")
		_, err = p.parts(left, hall)
		refused(t, err, fault.KindConflict, "booking.fault.part_of_whole")
		_, err = p.parts(hall, hall)
		refused(t, err, fault.KindInvalid, "booking.fault.no_part")
		floor := p.whole("floor", hall, third) // stands for the parts of the hall
		all, err := p.Spaces(t.Context(), d, p.centre)
		p.must(err)
		for _, s := range all {
			if s.ID == floor && len(booking.PartsOf(s, all)) != 3 {
				t.Errorf("the floor has %d parts", len(booking.PartsOf(s, all)))
			}
			if s.ID == left && len(booking.WholesOf(s, all)) != 2 {
				t.Errorf("the part is in %d", len(booking.WholesOf(s, all)))
			}
		}
	})
}

func TestSpaceAtoms_theDatabaseKeepsThemSound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		left, right := p.room("left", 0, 0, 0), p.room("right", 0, 0, 0)
		hall := p.whole("hall", left, right)
		alone := p.room("alone", 0, 0, 0)
		p.book(hall, hours(0, 2))
		for what, sql := range map[string]string{
			"a booked hall loses a part": `DELETE FROM space_atoms WHERE space_id = :hall AND atom_id = :left`,
			"a booked hall gains a part": `INSERT INTO space_atoms (space_id, atom_id) VALUES (:hall, :alone)`,
			"a part leaves itself":       `DELETE FROM space_atoms WHERE space_id = :left AND atom_id = :left`,
			"an atom that is no space":   `INSERT INTO space_atoms (space_id, atom_id) VALUES (:alone, 'nothing')`,
			"an atom that is divided":    `INSERT INTO space_atoms (space_id, atom_id) VALUES (:alone, :hall)`,
			"an atom becomes another":    `UPDATE space_atoms SET atom_id = :alone WHERE space_id = :left`,
		} {
			err := d.Tx(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), sql, db.Args{"hall": hall, "left": left, "alone": alone})
				return err
			})
			if db.Refused(err) != "atoms" {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// Whoever books and whoever changes the parts at one moment must not both succeed with different ideas of the hall.
func TestSetParts_atTheMomentOfABooking(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		left, right, hall := p.room("left", 0, 0, 0), p.room("right", 0, 0, 0), p.room("hall", 0, 0, 0)
		for round := range 10 {
			var booked, changed atomic.Int32
			var all sync.WaitGroup
			start := make(chan struct{})
			for i := range 4 {
				all.Go(func() {
					<-start
					if i%2 == 0 {
						if _, err := p.Book(context.Background(), p.wish(hall, hours(float64(i), float64(i)+1))); err == nil {
							booked.Add(1)
						} else if !fault.Is(err, fault.KindConflict) {
							t.Error(err)
						}
						return
					}
					err := p.DB.Tx(context.Background(), func(tx *db.Tx) error {
						_, err := p.SetParts(context.Background(), tx, p.centre, hall, []string{left, right}, "cli")
						return err
					})
					if err == nil {
						changed.Add(1)
					} else if !fault.Is(err, fault.KindConflict) {
						t.Error(err)
					}
				})
			}
			close(start)
			all.Wait()
			sound(t, d)
			if booked.Load()+changed.Load() == 0 {
				t.Error("round", round, "nobody won")
			}
			var list []string
			p.must(d.Select(t.Context(), &list, `SELECT id FROM bookings WHERE state = 'confirmed'`, nil))
			for _, id := range list {
				p.must(p.Cancel(t.Context(), p.centre, id, "cli"))
			}
			if _, err := p.parts(hall); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestImportSpaces_partsAreTakenOnceAndChangedOnlyWhileNothingStandsThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		take := func(parts []string) (string, error) {
			name := func(s string) i18n.Text { return i18n.Text{i18n.HR: s} }
			spec := network.CentreSpec{Spaces: []network.SpaceSpec{{Slug: "left", Name: name("Left")}, {Slug: "right", Name: name("Right")}, {Slug: "hall", Name: name("Hall"), Parts: parts}}}
			did := ""
			err := d.Tx(t.Context(), func(tx *db.Tx) error {
				changes, err := p.ImportSpaces(t.Context(), tx, network.Centre{ID: p.centre, Slug: "one"}, spec, "cli")
				for _, c := range changes {
					did += c.Did + " "
				}
				return err
			})
			return did, err
		}
		for i, x := range []struct {
			parts []string
			want  string
		}{
			{[]string{"left", "right"}, "create create create "},
			{[]string{"right", "left"}, "same same same "},
			{nil, "same same same "},
			{[]string{"left"}, "same same update "},
			{[]string{}, "same same update "},
			{[]string{"left", "right"}, "same same update "},
		} {
			if did, err := take(x.parts); err != nil || did != x.want {
				t.Errorf("%d: %q, want %q; %v", i, did, x.want, err)
			}
		}
		all, err := p.Spaces(t.Context(), d, p.centre)
		p.must(err)
		for _, s := range all {
			if s.Slug == "hall" {
				p.book(s.ID, hours(0, 1))
			}
		}
		if _, err := take([]string{"left"}); !fault.Is(err, fault.KindInvalid) || len(fault.Of(err).Fields) != 1 || fault.Of(err).Fields[0].Name != "spaces[2].parts" {
			t.Errorf("a booked hall: %v", err)
		}
	})
}
