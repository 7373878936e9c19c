package booking_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
)

// modelled is a booking as the naive model knows it: minutes from noon, and the atoms it needs.
type modelled struct {
	id       string
	room     int
	from, to int        // held
	until    *time.Time // of a hold
	live     bool
}

// TestBook_agreesWithANaiveModel books, holds, moves, confirms, cancels and lets time pass at random, and compares
// each answer with a model that looks at every booking one by one.
func TestBook_agreesWithANaiveModel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		run := 0
		rapid.Check(t, func(r *rapid.T) {
			run++
			slug := func(s string) string { return fmt.Sprintf("%s-%d", s, run) }
			setup, clear := 5*rapid.IntRange(0, 3).Draw(r, "setup"), 5*rapid.IntRange(0, 3).Draw(r, "clear")
			left, right := p.room(slug("left"), setup, clear, 0), p.room(slug("right"), 0, 0, 0)
			rooms := []string{left, right, p.whole(slug("both"), left, right)}
			atoms := [][2]bool{{true, false}, {false, true}, {true, true}}
			p.now = noon.Add(-24 * time.Hour)
			var all []*modelled
			held := func(room, from, to int) (int, int) {
				if room == 0 {
					return from - setup, to + clear
				}
				return from, to
			}
			lives := func(m *modelled) bool { return m.live && (m.until == nil || m.until.After(p.now)) }
			free := func(room, from, to int, except *modelled) bool {
				for _, m := range all {
					shares := atoms[room][0] && atoms[m.room][0] || atoms[room][1] && atoms[m.room][1]
					if m != except && lives(m) && shares && m.from < to && from < m.to {
						return false
					}
				}
				return true
			}
			minutes := func(from, to int) booking.Interval { // whole ones: fractions of an hour would be cut to the second before
				return booking.Interval{Start: noon.Add(time.Duration(from) * time.Minute), End: noon.Add(time.Duration(to) * time.Minute)}
			}
			for range rapid.IntRange(1, 15).Draw(r, "steps") {
				room := rapid.IntRange(0, 2).Draw(r, "room")
				from := 5 * rapid.IntRange(0, 30).Draw(r, "from")
				to := from + 5*rapid.IntRange(1, 8).Draw(r, "length")
				hf, ht := held(room, from, to)
				action := rapid.SampledFrom([]string{"book", "hold", "move", "confirm", "cancel", "wait"}).Draw(r, "action")
				if len(all) == 0 && (action == "move" || action == "confirm" || action == "cancel") {
					continue
				}
				var m *modelled
				if len(all) > 0 {
					m = all[rapid.IntRange(0, len(all)-1).Draw(r, "which")]
				}
				var want bool
				var err error
				switch action {
				case "wait":
					p.now = p.now.Add(time.Duration(rapid.IntRange(1, 20).Draw(r, "wait")) * time.Minute)
					continue
				case "book", "hold":
					n := p.wish(rooms[room], minutes(from, to))
					one := &modelled{room: room, from: hf, to: ht, live: true}
					if action == "hold" {
						n.HoldUntil = p.now.Add(time.Duration(rapid.IntRange(1, 20).Draw(r, "hold")) * time.Minute)
						one.until = &n.HoldUntil
					}
					want = free(room, hf, ht, nil)
					var b booking.Booking
					if b, err = p.Book(t.Context(), n); err == nil {
						one.id = b.ID
						all = append(all, one)
					}
				case "move":
					if !lives(m) {
						continue
					}
					want = free(room, hf, ht, m)
					if err = p.Move(t.Context(), p.centre, m.id, rooms[room], minutes(from, to), "cli"); err == nil {
						m.room, m.from, m.to = room, hf, ht
					}
				case "confirm":
					if m.until == nil {
						continue
					}
					want = lives(m)
					if err = p.Confirm(t.Context(), p.centre, m.id, "cli"); err == nil {
						m.until = nil
					}
				case "cancel":
					want = true
					if err = p.Cancel(t.Context(), p.centre, m.id, "cli"); err == nil {
						m.live = false
					}
				}
				if err != nil && !fault.Is(err, fault.KindConflict) {
					r.Fatalf("%s: %v", action, err)
				}
				if got := err == nil; got != want {
					r.Fatalf("%s of room %d from %d to %d: the store says %v (%v), the model %v", action, room, hf, ht, got, err, want)
				}
			}
		})
		sound(t, d)
	})
}
