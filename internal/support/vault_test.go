package support_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
	. "kvart/internal/support"
)

func TestThread_personAndTeamReadAndNobodyElse(t *testing.T) {
	each(t, func(w *house) {
		id, person, code := w.ask("Treba mi netko.")
		w.say(w.team[1], id, "Tu smo.")
		w.must(w.Write(t.Context(), w.team[0], id, Change{Entries: []Entry{{Kind: Note, Text: "samo za tim"}}}))
		if got := w.texts(person, id); !slices.Equal(got, []string{"Treba mi netko.", "Tu smo."}) {
			t.Errorf("the person reads %q", got)
		}
		for _, r := range w.team {
			if got := w.texts(r, id); len(got) != 3 {
				t.Errorf("a worker reads %q", got)
			}
		}
		stranger := w.worker("stranac", w.other)
		w.sign()
		_, err := w.Thread(t.Context(), stranger, id)
		w.wants(err, fault.KindNotFound)
		_, other, _ := w.ask("Nešto drugo.")
		_, err = w.Thread(t.Context(), other, id)
		w.wants(err, fault.KindConflict) // the grant to "person" is there, and does not open

		again, r, err := w.ByCode(t.Context(), code)
		if err != nil || again != id {
			t.Fatal("the code does not come back", err)
		}
		if got := w.texts(r, id); len(got) != 2 {
			t.Errorf("with the code one reads %q", got)
		}
		_, _, err = w.ByCode(t.Context(), vault.NewCode())
		w.wants(err, fault.KindNotFound)
	})
}

func TestThread_saysWhoReadWhatAndWhen(t *testing.T) {
	each(t, func(w *house) {
		id, person, _ := w.ask("Prva.")
		w.now = w.now.Add(3 * time.Hour)
		w.texts(w.team[0], id)
		w.texts(w.team[0], id)
		th, err := w.Thread(t.Context(), person, id)
		w.must(err)
		reads := th.Entries[0].Reads
		if len(reads) != 2 || reads[1].Reader != w.team[0].ID || reads[1].Hour != w.now.Unix()-w.now.Unix()%3600 || th.Names[reads[1].Reader] != "Osoba ana" {
			t.Errorf("reads: %+v", reads)
		}
		var n int
		w.must(w.DB.Get(t.Context(), &n, `SELECT COUNT(*) FROM audit_rows WHERE action = 'support.read' AND actor = :a`, db.Args{"a": w.team[0].Account}))
		if n != 1 {
			t.Errorf("%d rows in the audit log for two openings in one hour", n)
		}
	})
}

func TestStruckOut_isNeverSealedTo(t *testing.T) {
	each(t, func(w *house) {
		known := w.team[2]
		id, person, _ := w.ask("Iva me poznaje.", known.ID)
		refused := func() {
			t.Helper()
			if _, err := w.Thread(t.Context(), known, id); !fault.Is(err, fault.KindNotFound) {
				t.Fatalf("the struck-out reads: %v", err)
			}
			list, _, err := w.Inbox(t.Context(), known, "open", 0)
			if err != nil || len(list) != 0 {
				t.Fatalf("the struck-out sees %v, %v", list, err)
			}
		}
		refused()
		w.say(w.team[0], id, "Čitamo.")
		w.must(w.Write(t.Context(), w.team[0], id, Change{Add: []string{known.ID}})) // as if it had been done
		refused()
		w.must(w.Write(t.Context(), Reading{ID: RecoveryID, Key: w.recovery}, id, Change{Add: []string{known.ID}}))
		refused()
		w.must(w.Write(t.Context(), person, id, Change{Strike: []string{w.team[1].ID}})) // later, too
		if _, err := w.Thread(t.Context(), w.team[1], id); !fault.Is(err, fault.KindNotFound) {
			t.Fatalf("struck out later, and reads: %v", err)
		}
		w.wants(w.Write(t.Context(), person, id, Change{Strike: []string{w.team[0].ID}}), fault.KindConflict) // nobody would be left
		if got := w.texts(w.team[0], id); len(got) != 2 {
			t.Errorf("who is left reads %q", got)
		}
		var grants int
		w.must(w.DB.Get(t.Context(), &grants, `SELECT COUNT(*) FROM support_grants WHERE reader_id = :k`, db.Args{"k": known.ID}))
		if grants != 0 {
			t.Errorf("%d grants to the struck-out", grants)
		}
	})
}

// stolen is a copy of what the database holds of a request.
type stolen struct {
	Epochs []struct {
		Epoch   int    `db:"epoch"`
		Members string `db:"members"`
		Tag     string `db:"tag"`
	}
	Grants []struct {
		Epoch  int    `db:"epoch"`
		Reader string `db:"reader_id"`
		Sealed string `db:"sealed"`
	}
}

func (w *house) steal(id string) (s stolen) {
	w.must(w.DB.Select(w.t.Context(), &s.Epochs, `SELECT epoch, members, tag FROM support_epochs WHERE request_id = :r`, db.Args{"r": id}))
	w.must(w.DB.Select(w.t.Context(), &s.Grants, `SELECT epoch, reader_id, sealed FROM support_grants WHERE request_id = :r`, db.Args{"r": id}))
	return s
}

func TestLeave_removedKeyOpensNothingWrittenLater(t *testing.T) {
	each(t, func(w *house) {
		id, person, _ := w.ask("Prije.")
		gone := w.team[2]
		w.say(w.team[0], id, "Dok je još tu.")
		before := w.steal(id)
		w.must(w.DB.Tx(t.Context(), func(tx *db.Tx) error {
			if err := w.Leave(t.Context(), tx, gone.ID, false); err != nil {
				return err
			}
			return w.Auth.Take(t.Context(), tx, gone.Account, auth.Held{Role: "support", Scope: auth.Scope{Kind: "centre", ID: w.centre}}, false)
		}))
		// Nothing can be sealed under the epoch that it read, whatever the program does.
		_, err := w.DB.Exec(t.Context(), `INSERT INTO support_items (id, request_id, seq, epoch, kind, sealed, hour) VALUES ('x', :r, 99, 1, 'entry', '', 0)`, db.Args{"r": id})
		if db.Refused(err) != "epoch" {
			t.Fatalf("sealed under a closed epoch: %v", err)
		}
		w.say(person, id, "Poslije.")
		if got := w.texts(w.team[0], id); len(got) != 3 {
			t.Fatalf("who stays reads %q", got)
		}
		if _, err := w.Thread(t.Context(), gone, id); !fault.Is(err, fault.KindNotFound) {
			t.Fatalf("who left reads: %v", err)
		}
		// The removed key with a copy from before: its grants put back open the first epoch, never the second.
		for _, g := range before.Grants {
			if g.Reader == gone.ID {
				for epoch := 1; epoch <= 2; epoch++ {
					key, err := gone.Key.Open(vault.Place{Request: id, Epoch: epoch, Reader: gone.ID}, decoded(g.Sealed))
					if (err == nil) != (epoch == g.Epoch) {
						t.Errorf("a replayed grant of epoch %d at epoch %d: %v %v", g.Epoch, epoch, key != vault.DataKey{}, err)
					}
				}
				w.exec(`INSERT INTO support_grants (request_id, epoch, reader_id, sealed) VALUES (:r, 1, :k, :s)`, db.Args{"r": id, "k": gone.ID, "s": g.Sealed})
				w.exec(`INSERT INTO support_grants (request_id, epoch, reader_id, sealed) VALUES (:r, 2, :k, :s)`, db.Args{"r": id, "k": gone.ID, "s": g.Sealed})
			}
		}
		_, err = w.Thread(t.Context(), gone, id)
		w.wants(err, fault.KindConflict)
	})
}

func TestLeave_lastReaderIsRefusedUntilAnotherIsAdded(t *testing.T) {
	each(t, func(w *house) {
		id, _, _ := w.ask("Samo Ani.", w.team[1].ID, w.team[2].ID)
		leave := func() error {
			return w.DB.Tx(t.Context(), func(tx *db.Tx) error { return w.Leave(t.Context(), tx, w.team[0].ID, false) })
		}
		w.wants(leave(), fault.KindConflict)
		if got := w.texts(w.team[0], id); len(got) != 1 {
			t.Fatal("refused, and yet something was done")
		}
		nova := w.worker("nova", w.centre)
		w.sign()
		w.must(w.Write(t.Context(), w.team[0], id, Change{Add: []string{nova.ID}}))
		w.must(leave())
		if got := w.texts(nova, id); len(got) != 1 {
			t.Errorf("who was added reads %q of what was there before", got)
		}
	})
}

func TestWrite_withoutAListedKeyNobodyIsSealedTo(t *testing.T) {
	each(t, func(w *house) {
		id, _, _ := w.ask("Čekam.")
		nova := w.worker("nova", w.centre) // has a key that no list names yet
		w.wants(w.Write(t.Context(), w.team[0], id, Change{Add: []string{nova.ID}}), fault.KindConflict)
		w.sign()
		w.must(w.Write(t.Context(), w.team[0], id, Change{Add: []string{nova.ID}}))

		w.now = w.now.AddDate(1, 0, 0) // all keys are past their last day
		w.wants(w.Write(t.Context(), w.team[0], id, Change{Entries: []Entry{{Kind: Message, Text: "?"}}}), fault.KindConflict)
		_, _, err := w.Ask(t.Context(), Asking{Header: Header{Party: Party{Centre: w.centre}}, Text: "?", Code: vault.NewCode()})
		w.wants(err, fault.KindConflict)
	})
}

func TestDatabase_whoExchangesAKeyAGrantOrABitIsFound(t *testing.T) {
	each(t, func(w *house) {
		thief, err := vault.NewIdentity()
		w.must(err)
		id, person, _ := w.ask("Tajna.")
		other, _, _ := w.ask("Druga.")
		w.say(w.team[0], id, "Odgovor.")
		opens := func() error { _, err := w.Thread(t.Context(), w.team[0], id); return err }

		// a key in the table of keys: not on the signed list, so it is not sealed to
		w.exec(`UPDATE vault_keys SET public = :p WHERE id = :k`, db.Args{"p": encoded(thief.Reader().Bytes()), "k": w.team[1].ID})
		team, err := w.Team(t.Context(), w.DB, Party{Centre: w.centre})
		if err != nil || len(team.Readers()) != 2 {
			t.Fatalf("readers after a key was exchanged: %+v, %v", team.Readers(), err)
		}
		w.say(person, id, "Još nešto.")
		if _, err := w.Thread(t.Context(), w.team[1], id); !fault.Is(err, fault.KindNotFound) {
			t.Fatalf("a key that was exchanged still reads: %v", err)
		}
		w.must(opens())

		// a grant of another request
		w.exec(`DELETE FROM support_grants WHERE request_id = :r AND reader_id = :k`, db.Args{"r": other, "k": w.team[0].ID})
		w.exec(`INSERT INTO support_grants (request_id, epoch, reader_id, sealed) SELECT :o, epoch, reader_id, sealed FROM support_grants WHERE request_id = :r AND reader_id = :k AND epoch = 1`,
			db.Args{"o": other, "r": id, "k": w.team[0].ID})
		_, err = w.Thread(t.Context(), w.team[0], other)
		w.wants(err, fault.KindConflict)

		// a list of readers with one more on it: the database keeps it; past that, the tag does
		_, err = w.DB.Exec(t.Context(), `UPDATE support_epochs SET members = '[]' WHERE request_id = :r`, db.Args{"r": id})
		if db.Refused(err) != "sealed" {
			t.Fatalf("the readers of an epoch were changed: %v", err)
		}
		s := w.steal(id)
		var members []vault.Member
		w.must(json.Unmarshal([]byte(s.Epochs[0].Members), &members))
		members = append(members, vault.Member{ID: "thief", Key: thief.Reader().Bytes()})
		b, err := json.Marshal(members)
		w.must(err)
		w.exec(`INSERT INTO support_epochs (request_id, epoch, members, tag) VALUES (:r, :e, :m, :t)`, db.Args{"r": id, "e": len(s.Epochs) + 1, "m": string(b), "t": s.Epochs[0].Tag})
		w.exec(`UPDATE support_requests SET epoch = epoch + 1 WHERE id = :r`, db.Args{"r": id})
		w.wants(opens(), fault.KindConflict)

		// one bit
		third, _, _ := w.ask("Treća.")
		w.exec(`INSERT INTO support_items (id, request_id, seq, epoch, kind, sealed, hour) SELECT 'flip', request_id, 77, epoch, kind, sealed, hour FROM support_items WHERE request_id = :r AND kind = 'entry'`, db.Args{"r": third})
		w.must(w.Erasure.Put(t.Context(), erasure.Key{Request: third, Item: "flip", Key: vault.NewErasureKey()}))
		_, err = w.Thread(t.Context(), w.team[0], third)
		w.wants(err, fault.KindConflict)
	})
}

func TestList_olderOrUnsignedIsRefused(t *testing.T) {
	each(t, func(w *house) {
		var first string
		w.must(w.DB.Get(t.Context(), &first, `SELECT file FROM vault_lists WHERE organisation_id = :o`, db.Args{"o": w.org}))
		w.sign()
		w.wants(w.TakeList(t.Context(), w.org, []byte(first), "x"), fault.KindInvalid)
		w.wants(w.TakeList(t.Context(), w.org, []byte("nothing"), "x"), fault.KindInvalid)
		w.wants(w.TakeList(t.Context(), w.org, []byte(strings.Replace(first, `"serial": 1`, `"serial": 9`, 1)), "x"), fault.KindInvalid)

		// a thief with the database puts the old list back: every process has seen a newer one
		w.exec(`DELETE FROM vault_lists WHERE serial = 2`, nil)
		team, err := w.Team(t.Context(), w.DB, Party{Centre: w.centre})
		if err != nil || team.Signed || len(team.Readers()) != 0 {
			t.Fatalf("an older list is believed: %+v, %v", team, err)
		}
		w.exec(`UPDATE vault_lists SET file = 'mine'`, nil)
		if team, err = w.Team(t.Context(), w.DB, Party{Centre: w.centre}); err != nil || team.Signed {
			t.Fatalf("an unsigned list is believed: %v", err)
		}
	})
}

func TestErase_staysErasedInACopyOfTheDatabase(t *testing.T) {
	each(t, func(w *house) {
		id, person, code := w.ask("Da nikad nije bilo.")
		kept, keptPerson, _ := w.ask("Ovo ostaje.")
		var items []struct {
			ID     string `db:"id"`
			Sealed string `db:"sealed"`
			Kind   string `db:"kind"`
			Epoch  int    `db:"epoch"`
		}
		w.must(w.DB.Select(t.Context(), &items, `SELECT id, sealed, kind, epoch FROM support_items WHERE request_id = :r`, db.Args{"r": id}))
		copied := w.steal(id)
		w.wants(w.Erase(t.Context(), w.team[0], id), fault.KindForbidden)
		w.must(w.Erase(t.Context(), person, id))
		_, err := w.Thread(t.Context(), person, id)
		w.wants(err, fault.KindNotFound)
		_, _, err = w.ByCode(t.Context(), code)
		w.wants(err, fault.KindNotFound)
		keys, err := w.Erasure.OfRequests(t.Context(), id)
		if err != nil || len(keys) != 0 {
			t.Fatalf("erasure keys that remain: %d, %v", len(keys), err)
		}
		for _, g := range copied.Grants { // the copy and the person's own key: not enough any more
			if g.Reader != PersonID {
				continue
			}
			key, err := person.Key.Open(vault.Place{Request: id, Epoch: 1, Reader: PersonID}, decoded(g.Sealed))
			w.must(err)
			for _, i := range items {
				if _, err := key.Unseal(keys[i.ID], vault.Address{Request: id, Item: i.ID, Epoch: i.Epoch, Kind: i.Kind}, decoded(i.Sealed)); err == nil {
					t.Error("an erased item opens")
				}
			}
		}
		if got := w.texts(keptPerson, kept); len(got) != 1 {
			t.Errorf("what was not erased: %q", got)
		}
	})
}

func TestWrite_newCodeTakesTheOldOnesPlace(t *testing.T) {
	each(t, func(w *house) {
		id, person, old := w.ask("Izgubit ću ovo.")
		secret, err := w.Visit(t.Context(), id, person)
		w.must(err)
		next, err := w.FreshCode(t.Context())
		w.must(err)
		w.must(w.Write(t.Context(), w.team[0], id, Change{Code: next, Entries: []Entry{{Kind: NewCode}}}))
		_, _, err = w.ByCode(t.Context(), old)
		w.wants(err, fault.KindNotFound)
		_, _, err = w.Visiting(t.Context(), secret)
		w.wants(err, fault.KindNotFound)
		_, err = w.Thread(t.Context(), person, id)
		w.wants(err, fault.KindConflict)
		_, r, err := w.ByCode(t.Context(), next)
		w.must(err)
		if got := w.texts(r, id); len(got) != 2 {
			t.Errorf("with the new code one reads %q", got)
		}
		w.say(r, id, "Tu sam opet.")
		if got := w.texts(w.team[1], id); len(got) != 3 {
			t.Errorf("the team reads %q", got)
		}
	})
}

func TestWrite_twoAtOnceBothStay(t *testing.T) {
	each(t, func(w *house) {
		id, person, _ := w.ask("0")
		w.exec(`UPDATE support_requests SET closing = 1 WHERE id = :r`, db.Args{"r": id}) // both must make the new epoch
		done := make(chan error, 4)
		for _, r := range append([]Reading{person}, w.team...) {
			go func() {
				done <- w.Write(t.Context(), r, id, Change{Entries: []Entry{{Kind: Message, Text: "još"}}})
			}()
		}
		for range 4 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if got := w.texts(w.team[0], id); len(got) != 5 {
			t.Errorf("of four at once %q stayed", got)
		}
	})
}

func TestVisit_opensForItsBrowserOnly(t *testing.T) {
	each(t, func(w *house) {
		id, person, _ := w.ask("Tu sam.")
		secret, err := w.Visit(t.Context(), id, person)
		w.must(err)
		got, r, err := w.Visiting(t.Context(), secret)
		if err != nil || got != id || len(w.texts(r, id)) != 1 {
			t.Fatal("the visit does not open", err)
		}
		for _, s := range []string{"", "x", strings.Repeat("A", 43), secret[1:] + "A"} {
			_, _, err := w.Visiting(t.Context(), s)
			w.wants(err, fault.KindNotFound)
		}
		w.now = w.now.Add(2 * time.Hour)
		_, _, err = w.Visiting(t.Context(), secret)
		w.wants(err, fault.KindNotFound)
		secret, err = w.Visit(t.Context(), id, person)
		w.must(err)
		w.must(w.EndVisit(t.Context(), secret))
		_, _, err = w.Visiting(t.Context(), secret)
		w.wants(err, fault.KindNotFound)
	})
}

func TestFormCode_isOursOnceAndForADay(t *testing.T) {
	each(t, func(w *house) {
		text, err := w.FormCode(t.Context())
		w.must(err)
		c, claim, err := w.CodeOfForm(text)
		if err != nil || claim == "" || c.Locator == "" {
			t.Fatal(err)
		}
		for _, bad := range []string{"", "x", text + "a", strings.Replace(text, ".", ".1", 1), "1" + text[1:]} {
			if _, _, err := w.CodeOfForm(bad); bad != text && !fault.Is(err, fault.KindInvalid) {
				t.Errorf("taken: %q", bad)
			}
		}
		a := Asking{Header: Header{Party: Party{Centre: w.centre}}, Text: "Jednom.", Code: c, Claim: claim}
		_, _, err = w.Ask(t.Context(), a)
		w.must(err)
		if _, _, err = w.Ask(t.Context(), a); err == nil {
			t.Error("a form sent twice made two")
		}
		var n int
		w.must(w.DB.Get(t.Context(), &n, `SELECT COUNT(*) FROM support_requests`, nil))
		if n != 1 {
			t.Errorf("%d requests", n)
		}
		w.now = w.now.AddDate(0, 0, 2)
		_, _, err = w.CodeOfForm(text)
		w.wants(err, fault.KindInvalid)
	})
}

func TestForget_erasesWhatIsOverAndNothingElse(t *testing.T) {
	each(t, func(w *house) {
		old, _, _ := w.ask("Davno.")
		w.now = w.now.AddDate(0, 6, 0)
		kept, person, _ := w.ask("Nedavno.")
		w.now = w.now.AddDate(0, 7, 0)
		w.must(w.Forget(t.Context()))
		keys, err := w.Erasure.OfRequests(t.Context(), old, kept)
		w.must(err)
		var ids []string
		w.must(w.DB.Select(t.Context(), &ids, `SELECT id FROM support_requests`, nil))
		if len(ids) != 1 || ids[0] != kept || len(keys) != 3 || len(w.texts(person, kept)) != 1 {
			t.Errorf("kept %v with %d keys", ids, len(keys))
		}
	})
}

// TestForget_whatWasTakenBackIsErased: a contact that somebody gave and took back is there for nobody any more, whoever is
// given access to the conversation later.
func TestForget_whatWasTakenBackIsErased(t *testing.T) {
	each(t, func(w *house) {
		id, person, _ := w.ask("Tu sam.")
		for _, phone := range []string{"091 234 5678", ""} {
			w.must(w.Write(t.Context(), person, id, Change{Header: func(h *Header) { h.Phone = phone }}))
		}
		// keys are those of the entry, of three headers (an old copy of the database opens with them) and of what was said in each.
		keys := func() int {
			list, err := w.Erasure.OfRequests(t.Context(), id)
			w.must(err)
			return len(list)
		}
		if n := w.count(`SELECT COUNT(*) FROM support_items WHERE request_id = :r AND kind = 'header'`, db.Args{"r": id}); n != 1 {
			t.Errorf("%d headers", n)
		}
		w.must(w.Forget(t.Context()))
		if n := keys(); n != 1+3+3 {
			t.Errorf("%d keys in the hour in which they are written", n)
		}
		w.must(w.Write(t.Context(), w.team[0], id, Change{Header: func(h *Header) { h.Minor = true }})) // says nothing else of being reached
		w.now = w.now.Add(time.Hour)
		w.must(w.Forget(t.Context()))
		if n := keys(); n != 1+4+1 {
			t.Errorf("%d keys remain", n)
		}
		for _, by := range []Reading{person, w.team[0]} {
			if th, err := w.Thread(t.Context(), by, id); err != nil || th.Header.Phone != "" || len(th.Entries) != 1 {
				t.Errorf("%+v, %v", th.Header, err)
			}
		}
		w.say(w.team[0], id, "Evo nas.")
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
