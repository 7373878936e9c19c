package support_test

import (
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	. "kvart/internal/support"
	"kvart/migrations"
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

// TestErase_refusesAConsentThatDoesNotSayWhatItIsOf: a packet that nobody can find would stay readable.
func TestErase_refusesAConsentThatDoesNotSayWhatItIsOf(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		request, person, r := w.sent(p)
		w.must(w.Write(t.Context(), w.team[0], request, Change{Entries: []Entry{{Kind: Consented}}}))
		w.wants(w.Erase(t.Context(), person, request), fault.KindConflict)
		if _, err := w.Thread(t.Context(), person, request); err != nil {
			t.Errorf("half of it was erased: %v", err)
		}
		w.must(w.MoveReferral(t.Context(), p.members[0], r.Consent.Packet, Accepted, "", "")) // nothing of the other ended either
	})
}

func TestReferrals_whoWasStruckOutWouldNotRead(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		request, person, _ := w.proposed(p, p.members[0].ID)
		would := w.only(person, request).Would
		if len(would) != 1 || would[0].KeyID != p.members[1].ID {
			t.Errorf("the person is told that %+v would read it", would)
		}
	})
}

// TestPacket_whomItIsKeptFromIsSealedByTheFirstWhoLooks: who has the database empties the row in vain.
func TestPacket_whomItIsKeptFromIsSealedByTheFirstWhoLooks(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		request, _, r := w.sent(p)
		code, err := w.FreshCode(t.Context())
		w.must(err)
		w.must(w.Write(t.Context(), w.team[0], request, Change{Code: code, Entries: []Entry{{Kind: NewCode}}}))
		_, person, err := w.ByCode(t.Context(), code)
		w.must(err)
		struck, other, packet := p.members[0], p.members[1], r.Consent.Packet
		w.must(w.Write(t.Context(), person, request, Change{Strike: []string{struck.ID}}))
		w.only(person, request)
		w.packet(other, packet)
		written := func() int {
			return w.count(`SELECT COUNT(*) FROM audit_rows WHERE subject_id = :p AND action = 'support.write'`, db.Args{"p": packet})
		}
		n := written()
		if w.packet(other, packet); written() != n {
			t.Error("each look writes")
		}
		w.exec(`UPDATE support_referrals SET kept = '' WHERE packet_id = :p`, db.Args{"p": packet})
		_, err = w.GiveAccess(t.Context(), other, struck.ID)
		w.must(err)
		if _, err := w.Packet(t.Context(), struck, packet); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("who was struck out reads it: %v", err)
		}
		if n := w.count(`SELECT COUNT(*) FROM support_grants WHERE request_id = :p AND reader_id = :k`, db.Args{"p": packet, "k": struck.ID}); n != 0 {
			t.Errorf("%d grants to who was struck out", n)
		}
	})
}

// TestNews_looksAtTheNewestOnly, and at nothing of what was erased.
func TestNews_looksAtTheNewestOnly(t *testing.T) {
	each(t, func(w *house) {
		p := w.partner()
		var asked []string
		for range 3 {
			request, _, r := w.sent(p)
			w.must(w.MoveReferral(t.Context(), p.members[0], r.Consent.Packet, Accepted, "", ""))
			asked, w.now = append(asked, request), w.now.Add(time.Hour)
		}
		if news, err := w.News(t.Context(), w.team[0], 2); err != nil || len(news) != 2 || news[0] != asked[2] || news[1] != asked[1] {
			t.Errorf("%v of %v: %v", news, asked, err)
		}
		gone, person, r := w.sent(p)
		w.must(w.MoveReferral(t.Context(), p.members[0], r.Consent.Packet, Accepted, "", ""))
		w.must(w.Erase(t.Context(), person, gone))
		if news, err := w.News(t.Context(), w.team[0], 3); err != nil || len(news) != 3 {
			t.Errorf("what was erased takes the place of %v: %v", news, err)
		}
	})
}

// TestThread_whoReadsWhileSomebodyWritesSeesNoAlarm: each write makes a new epoch, and takes back what was said of being reached.
func TestThread_whoReadsWhileSomebodyWritesSeesNoAlarm(t *testing.T) {
	each(t, func(w *house) {
		id, _, _ := w.ask("Tu sam.")
		done := make(chan error)
		go func() {
			for i := range 40 {
				code, err := w.FreshCode(t.Context())
				if err == nil {
					err = w.Write(t.Context(), w.team[0], id, Change{Code: code, Entries: []Entry{{Kind: Message, Text: "Evo nas."}}, Header: func(h *Header) { h.Phone = strings.Repeat("1", i+1) }})
				}
				if err != nil {
					done <- err
					return
				}
			}
			close(done)
		}()
		var readers sync.WaitGroup
		stop := make(chan struct{})
		for _, read := range []func() error{
			func() error { _, err := w.Thread(t.Context(), w.team[1], id); return err },
			func() error { _, err := w.Referrals(t.Context(), w.team[1], id); return err },
			func() error {
				list, _, err := w.Inbox(t.Context(), w.team[1], "open", 0)
				if err == nil && (len(list) != 1 || list[0].Broken) {
					err = errors.New("the inbox says that it does not open")
				}
				return err
			},
		} {
			readers.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if err := read(); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		close(stop)
		readers.Wait()
	})
}

// TestMigration_locatorsGoDownAndUp with two codes of which the first half is the same.
func TestMigration_locatorsGoDownAndUp(t *testing.T) {
	each(t, func(w *house) {
		for _, rest := range []string{"00001", "00002"} {
			w.exec(`INSERT INTO support_requests (id, kind, locator, locator_rest, salt, argon, verifier, epoch, header_id, made_hour, delete_hour) VALUES (:rest, 'request', '12345', :rest, 's', 'a', 'v', 1, 'h', 0, 0)`, db.Args{"rest": rest})
		}
		text, err := fs.ReadFile(migrations.FS, "00051_locators_and_strikes.sql")
		w.must(err)
		up, down, _ := strings.Cut(string(text), "-- +goose Down")
		for _, half := range []string{down, up} {
			for part := range strings.SplitSeq(half, ";\n") {
				if _, err := w.DB.Writer().Exec(part); err != nil {
					t.Fatalf("%s: %v", part, err)
				}
			}
		}
		if n := w.count(`SELECT COUNT(*) FROM support_requests WHERE locator IS NULL AND locator_rest IS NULL AND verifier = ''`, nil); n != 2 {
			t.Errorf("%d of 2 say that they have no code, as none opens them", n)
		}
		_, _, code := w.ask("Tu sam.")
		if _, _, err := w.ByCode(t.Context(), code); err != nil {
			t.Error(err)
		}
	})
}
