package voting_test

import (
	"sync"
	"testing"
	"time"

	"kvart/internal/platform/fault"
	. "kvart/internal/voting"
)

// Two who announce at the same moment, or a double press, do not take each other's key away: the box opens at the end.
func TestAnnounce_atOnceLeavesABoxThatOpens(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		for range 3 {
			r := w.draft(nil)
			var wg sync.WaitGroup
			var mu sync.Mutex
			done := 0
			for range 6 {
				wg.Go(func() {
					err := w.Announce(t.Context(), w.centre, r.ID, "test")
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						done++
					} else if !fault.Is(err, fault.KindConflict) {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if done != 1 {
				t.Errorf("announced %d times", done)
			}
			w.after(2 * time.Hour)
			r = w.get(r.ID)
			_, err := w.vote(r, w.codes(r.ID, 1)[0], 0)
			w.must(err)
			if r = w.close(r); r.State != Closed || r.Ballots != 1 {
				t.Fatalf("%s, %d ballots", r.State, r.Ballots)
			}
			if keys, err := w.Erasure.OfRequests(t.Context(), r.ID); err != nil || len(keys) != 0 {
				t.Error("keys are left", err)
			}
		}
	})
}

// Who withdraws an announcement and announces anew has another box, and the old one's key opens nothing of it.
func TestAnnounce_anewHasAnotherBox(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r := w.draft(nil)
		w.must(w.Announce(t.Context(), w.centre, r.ID, "test"))
		first := w.get(r.ID)
		old := w.codes(r.ID, 1)[0]
		w.must(w.Withdraw(t.Context(), w.centre, r.ID, "test"))
		w.must(w.Announce(t.Context(), w.centre, r.ID, "test"))
		r = w.get(r.ID)
		if r.BoxKey == first.BoxKey || r.Commitment == first.Commitment || r.Options[0].ID == first.Options[0].ID {
			t.Error("something of the first announcement is left")
		}
		w.after(2 * time.Hour)
		_, err := w.vote(r, old, 0)
		wantFault(t, err, fault.KindInvalid, "voting.fault.code")
		_, err = w.vote(r, w.codes(r.ID, 1)[0], 0)
		w.must(err)
		if r = w.close(r); r.Ballots != 1 || r.Unreadable != 0 {
			t.Errorf("%d ballots, %d did not open", r.Ballots, r.Unreadable)
		}
	})
}
