package support_test

import (
	"encoding/json"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
	. "kvart/internal/support"
)

func TestEpoch_isSealedToListedKeysOnly(t *testing.T) {
	each(t, func(w *house) {
		id, person, _ := w.ask("Prije.")
		stolen := w.recovery
		var err error
		w.recovery, err = vault.NewIdentity() // two papers are stolen: new keys, a new list
		w.must(err)
		w.sign()
		w.say(person, id, "Poslije.")
		s := w.steal(id)
		opens := func(i vault.Identity, epoch int) bool {
			for _, g := range s.Grants {
				if g.Reader == RecoveryID && g.Epoch == epoch {
					_, err := i.Open(vault.Place{Request: id, Epoch: epoch, Reader: RecoveryID}, decoded(g.Sealed))
					return err == nil
				}
			}
			return false
		}
		if opens(stolen, 2) || !opens(w.recovery, 2) || !opens(w.recovery, 1) {
			t.Error("the new recovery key did not take the stolen one's place")
		}

		// Somebody who left knows the last epoch's key: with the database they vouch for an epoch with a colleague's name and a key of
		// their own. The next word goes to nobody of that key.
		gone := w.team[2]
		var members []vault.Member
		w.must(json.Unmarshal([]byte(s.Epochs[len(s.Epochs)-1].Members), &members))
		var before vault.DataKey
		for _, g := range s.Grants {
			if g.Reader == gone.ID && g.Epoch == 2 {
				before, err = gone.Key.Open(vault.Place{Request: id, Epoch: 2, Reader: gone.ID}, decoded(g.Sealed))
				w.must(err)
			}
		}
		planted, err := vault.NewIdentity()
		w.must(err)
		next := vault.NewDataKey()
		for i, m := range members {
			if m.ID == w.team[1].ID {
				members[i].Key = planted.Reader().Bytes()
			}
		}
		tag, err := before.Vouch(id, 3, members, next)
		w.must(err)
		list, err := json.Marshal(members)
		w.must(err)
		w.exec(`INSERT INTO support_epochs (request_id, epoch, members, tag) VALUES (:r, 3, :m, :t)`, db.Args{"r": id, "m": string(list), "t": encoded(tag)})
		for _, m := range members {
			reader, err := vault.ParseReader(m.Key)
			w.must(err)
			sealed, err := vault.Grant(reader, vault.Place{Request: id, Epoch: 3, Reader: m.ID}, next)
			w.must(err)
			w.exec(`INSERT INTO support_grants (request_id, epoch, reader_id, sealed) VALUES (:r, 3, :k, :s)`, db.Args{"r": id, "k": m.ID, "s": encoded(sealed)})
		}
		w.exec(`UPDATE support_requests SET epoch = 3 WHERE id = :r`, db.Args{"r": id})
		w.say(person, id, "Opet.")
		for _, g := range w.steal(id).Grants {
			if g.Epoch == 4 && g.Reader == w.team[1].ID {
				if _, err := planted.Open(vault.Place{Request: id, Epoch: 4, Reader: g.Reader}, decoded(g.Sealed)); err == nil {
					t.Error("a planted key goes on being sealed to")
				}
			}
		}
	})
}

func TestStruckOut_withANewKeyIsStillStruckOut(t *testing.T) {
	each(t, func(w *house) {
		known := w.team[2]
		id, _, _ := w.ask("Iva me poznaje.", known.ID)
		_, err := w.Auth.MakeKey(t.Context(), known.Account, phrase, nil)
		w.must(err)
		w.sign()
		anew := w.unlock("iva")
		w.must(w.Write(t.Context(), w.team[0], id, Change{Add: []string{anew.ID}}))
		n, err := w.GiveAccess(t.Context(), w.team[0], anew.ID)
		if err != nil || n != 1 {
			t.Fatalf("giving access shows it: %d, %v", n, err)
		}
		if _, err := w.Thread(t.Context(), anew, id); !fault.Is(err, fault.KindNotFound) {
			t.Fatalf("with a new key the struck-out reads: %v", err)
		}
		other, _, _ := w.ask("Ni ovo.", known.Account) // who has no key yet is struck out by the account
		if _, err := w.Thread(t.Context(), anew, other); !fault.Is(err, fault.KindNotFound) {
			t.Fatalf("struck out by the account, and reads: %v", err)
		}
	})
}

func TestInbox_ofWhoLeftOneOfTwoTeamsShowsTheOthersOnly(t *testing.T) {
	each(t, func(w *house) {
		both := w.team[2]
		in := auth.Scope{Kind: network.ScopeCentre, ID: w.centre}
		w.must(w.DB.Tx(t.Context(), func(tx *db.Tx) error {
			return w.Auth.Give(t.Context(), tx, both.Account, auth.Held{Role: network.SupportWorker, Scope: auth.Scope{Kind: network.ScopeCentre, ID: w.other}})
		}))
		w.ask("Prvom centru.")
		w.Network.Leaving = w.Leaving
		w.must(w.Network.TakeRole(t.Context(), in, both.Account, network.SupportWorker, "test"))
		if list, _, err := w.Inbox(t.Context(), both, "open", 0); err != nil || len(list) != 0 {
			t.Errorf("who left sees %+v, %v", list, err)
		}
	})
}

func TestLeaving_onlyReaderOfTwoTeamsIsRefused(t *testing.T) {
	each(t, func(w *house) {
		both := w.team[0]
		w.must(w.DB.Tx(t.Context(), func(tx *db.Tx) error {
			return w.Auth.Give(t.Context(), tx, both.Account, auth.Held{Role: network.SupportWorker, Scope: auth.Scope{Kind: network.ScopeCentre, ID: w.other}})
		}))
		w.ask("Samo Ani.", w.team[1].ID, w.team[2].ID)
		w.Network.Leaving = w.Leaving
		w.wants(w.Network.TakeRole(t.Context(), auth.Scope{Kind: network.ScopeCentre, ID: w.centre}, both.Account, network.SupportWorker, "test"), fault.KindConflict)
	})
}

func TestCard_goesAtItsDateWhoeverIsGivenAccess(t *testing.T) {
	each(t, func(w *house) {
		id, err := w.SealCard(t.Context(), w.centre, Card{Name: "Tko dolazi"}, w.now.AddDate(0, 0, 7))
		w.must(err)
		nova := w.worker("nova", w.centre)
		w.sign()
		_, err = w.GiveAccess(t.Context(), w.team[0], nova.ID)
		w.must(err)
		w.wants(w.Write(t.Context(), w.team[0], id, Change{Header: func(h *Header) { h.Topic = "x" }}), fault.KindConflict)
		w.now = w.now.AddDate(0, 0, 7).Add(2 * time.Hour)
		w.must(w.Forget(t.Context()))
		if keys, err := w.Erasure.OfRequests(t.Context(), id); err != nil || len(keys) != 0 {
			t.Errorf("%d keys of a card that is over, %v", len(keys), err)
		}
	})
}

func TestList_twoOfOneSerialTheFirstStays(t *testing.T) {
	each(t, func(w *house) {
		good := ""
		w.must(w.DB.Get(t.Context(), &good, `SELECT file FROM vault_lists WHERE serial = :s`, db.Args{"s": w.serial}))
		l := vault.List{Organisation: w.org, Serial: w.serial, Signed: w.now.Format(time.DateOnly)} // signed by mistake, with nobody on it
		bad, err := l.Sign(w.signer)
		w.must(err)
		w.exec(`UPDATE vault_lists SET file = :f`, db.Args{"f": string(bad)})
		if team, err := w.Team(t.Context(), w.DB, Party{Centre: w.centre}); err != nil || team.Signed {
			t.Errorf("another list of the serial is believed: %v", err)
		}
		w.exec(`UPDATE vault_lists SET file = :f`, db.Args{"f": good})
		if team, err := w.Team(t.Context(), w.DB, Party{Centre: w.centre}); err != nil || len(team.Readers()) != 3 {
			t.Errorf("the list that was seen is not believed: %v", err)
		}
	})
}
