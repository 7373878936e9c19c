package support_test

import (
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
	. "kvart/internal/support"
)

func TestCard_isReadByTheTeamOnlyAndGoesAtItsDate(t *testing.T) {
	each(t, func(w *house) {
		left := Card{Name: "Ime za grupu", Email: "sigurno@kvart.example", Needs: "rampa"}
		id, err := w.SealCard(t.Context(), w.centre, left, w.now.AddDate(0, 0, 7))
		w.must(err)
		other, err := w.SealCard(t.Context(), w.centre, Card{Name: "Druga"}, w.now.AddDate(0, 0, 14))
		w.must(err)
		cards, err := w.Cards(t.Context(), w.team[1], []string{id, other})
		if err != nil || cards[id] != left || len(cards) != 2 {
			t.Fatalf("a worker reads %+v, %v", cards, err)
		}
		stranger := w.worker("stranac", w.other)
		w.sign()
		if cards, err := w.Cards(t.Context(), stranger, []string{id, other}); err != nil || len(cards) != 0 {
			t.Fatalf("a stranger reads %+v, %v", cards, err)
		}
		_, err = w.SealCard(t.Context(), w.other, left, w.now) // one worker only: enough for a card, as a session's team knows whom it is for
		w.must(err)
		_, err = w.SealCard(t.Context(), w.centre, Card{Email: "bez znaka"}, w.now)
		w.wants(err, fault.KindInvalid)
		if list, _, err := w.Inbox(t.Context(), w.team[1], "open", 0); err != nil || len(list) != 0 {
			t.Errorf("cards are among messages: %v, %v", list, err)
		}

		w.now = w.now.AddDate(0, 0, 7).Add(2 * time.Hour)
		w.must(w.Forget(t.Context()))
		if cards, err := w.Cards(t.Context(), w.team[1], []string{id, other}); err != nil || len(cards) != 1 {
			t.Fatalf("after its date: %+v, %v", cards, err)
		}
		w.must(w.EraseCards(t.Context(), "test", other))
		if keys, err := w.Erasure.OfRequests(t.Context(), id, other); err != nil || len(keys) != 0 {
			t.Fatalf("keys that remain: %d, %v", len(keys), err)
		}
	})
}

func TestCard_ofWhoLeavesTheTeamIsNotReadAnyMore(t *testing.T) {
	each(t, func(w *house) {
		id, err := w.SealCard(t.Context(), w.centre, Card{Name: "Tko dolazi"}, w.now.AddDate(0, 0, 7))
		w.must(err)
		w.must(w.DB.Tx(t.Context(), func(tx *db.Tx) error { return w.Leave(t.Context(), tx, w.team[0].ID, false) }))
		if cards, err := w.Cards(t.Context(), w.team[0], []string{id}); err != nil || len(cards) != 0 {
			t.Fatalf("who left reads %+v, %v", cards, err)
		}
		forged := Reading{ID: w.team[1].ID, Key: vault.Identity{}}
		if cards, err := w.Cards(t.Context(), forged, []string{id}); err == nil {
			t.Fatalf("without a key one reads %+v", cards)
		}
	})
}
