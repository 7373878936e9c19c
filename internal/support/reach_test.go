package support_test

import (
	"strings"
	"testing"

	"kvart/internal/platform/db"
	. "kvart/internal/support"
)

// TestReach_itsKeyGoesAndTheHeaderStays: what was said about being reached is lost to an old copy of the database, and
// nothing else of the conversation is. Said again, it is there again.
func TestReach_itsKeyGoesAndTheHeaderStays(t *testing.T) {
	eachDesk(t, func(d *desk) {
		d.topics()
		id, person, _ := d.ask("Tu sam.")
		d.header(id, func(h *Header) { h.Topic, h.Phone, h.NotTell = "doma", "091 234 5678", "susjeda" })
		keys, err := d.Erasure.OfRequests(t.Context(), id)
		d.must(err)
		th, err := d.Thread(t.Context(), person, id)
		d.must(err)
		if _, known := keys[th.Header.Apart.Item]; !known {
			t.Fatal("it has no key of its own")
		}
		d.must(d.Erasure.EraseItems(t.Context(), th.Header.Apart.Item)) // as after a backup of before is restored
		for _, by := range []Reading{person, d.team[0]} {
			th, err := d.Thread(t.Context(), by, id)
			d.must(err)
			if h := th.Header; !h.ReachLost || h.Reach != (Reach{}) || h.Topic != "doma" || len(th.Entries) != 1 {
				t.Errorf("%+v with %d entries", th.Header, len(th.Entries))
			}
		}
		list, _, err := d.Inbox(t.Context(), d.team[0], "open", 0)
		if err != nil || len(list) != 1 || list[0].Broken || list[0].Header.Topic != "doma" {
			t.Errorf("the inbox lists %+v: %v", list, err)
		}
		lost := "toga ovdje više nema"
		s := d.reads(d.team[0])
		if text := s.page(thread(id), nil).Text(); !strings.Contains(text, lost) {
			t.Error("whoever reads is not told that it is lost")
		}
		d.header(id, func(h *Header) { h.Danger = true }) // says nothing of it
		if text := s.page(thread(id), nil).Text(); !strings.Contains(text, lost) {
			t.Error("a change beside it hides that it is lost")
		}
		d.must(d.Write(t.Context(), person, id, Change{Header: func(h *Header) { h.Phone, h.ReachLost = "098 765 4321", false }}))
		th, err = d.Thread(t.Context(), d.team[0], id)
		if err != nil || th.Header.ReachLost || th.Header.Phone != "098 765 4321" || !th.Header.Danger {
			t.Errorf("said again: %+v, %v", th.Header, err)
		}
	})
}

// TestReach_staysWithItsKeyInANewEpoch: who takes over reads it, and an old copy of the database opens it with the same key.
func TestReach_staysWithItsKeyInANewEpoch(t *testing.T) {
	each(t, func(w *house) {
		id, person, _ := w.ask("Tu sam.")
		w.must(w.Write(t.Context(), person, id, Change{Header: func(h *Header) { h.Phone = "091 234 5678" }}))
		before, err := w.Thread(t.Context(), person, id)
		w.must(err)
		w.must(w.Write(t.Context(), person, id, Change{Strike: []string{w.team[2].ID}}))
		code, err := w.FreshCode(t.Context())
		w.must(err)
		w.must(w.Write(t.Context(), w.team[0], id, Change{Code: code}))
		w.must(w.Write(t.Context(), w.team[0], id, Change{Header: func(h *Header) { h.Minor = true }}))
		_, again, err := w.ByCode(t.Context(), code)
		w.must(err)
		for _, by := range []Reading{again, w.team[1]} {
			th, err := w.Thread(t.Context(), by, id)
			if err != nil || th.Header.Phone != "091 234 5678" || th.Header.Apart.Item != before.Header.Apart.Item || th.Header.Apart.Sealed == before.Header.Apart.Sealed {
				t.Errorf("%+v, %v", th.Header, err)
			}
		}
		if n := w.count(`SELECT COUNT(*) FROM support_taken_back WHERE request_id = :r`, db.Args{"r": id}); n != 1 {
			t.Errorf("%d were taken back, of which one was", n)
		}
	})
}
