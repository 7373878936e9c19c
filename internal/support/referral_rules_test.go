package support_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	. "kvart/internal/support"
)

var sides = []Side{ByReceiver, ByReferrer, ByPerson, ByCalendar}

func TestReferral_everyWayThroughKeepsToTheSpine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at, been := Requested, []State{Requested}
		for range 30 {
			side := rapid.SampledFrom(sides).Draw(t, "side")
			to := rapid.SampledFrom(States).Draw(t, "to")
			if !May(side, at, to) {
				if slices.Contains(After(side, at), to) {
					t.Fatalf("After offers %s after %s, May refuses it", to, at)
				}
				continue
			}
			switch to {
			case Requested:
				t.Fatal("asked for again")
			case InProgress, OnHold, Completed, Failed:
				if side != ByReceiver || !slices.Contains(been, Accepted) {
					t.Fatalf("%s by %d after %v", to, side, been)
				}
			case Accepted, Rejected, Rerouted:
				if side != ByReceiver || at != Requested {
					t.Fatalf("%s by %d after %v", to, side, been)
				}
			case Withdrawn:
				if side != ByPerson {
					t.Fatalf("withdrawn by %d", side)
				}
			}
			at, been = to, append(been, to)
		}
		live := slices.Contains([]State{Requested, Accepted, InProgress, OnHold}, at)
		if at.Over() == live || live != May(ByPerson, at, Withdrawn) && at != Completed && at != Failed {
			t.Fatalf("%s: over %v, and the person may withdraw: %v", at, at.Over(), May(ByPerson, at, Withdrawn))
		}
	})
}

// TestReferral_theDatabaseHasTheSameTable tries every pair of states on both engines.
func TestReferral_theDatabaseHasTheSameTable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		exec := func(q string, args db.Args) error { _, err := d.Exec(ctx, q, args); return err }
		// A way to each state, so that every pair can be tried after a true step before.
		way := map[State][]State{Requested: {Requested}}
		for range States {
			for _, from := range States {
				for _, side := range sides {
					for _, to := range After(side, from) {
						if path, ok := way[from]; ok && way[to] == nil {
							way[to] = append(slices.Clone(path), to)
						}
					}
				}
			}
		}
		outcome := func(s State) string {
			if s == Completed || s == Failed {
				return "got_help"
			}
			return ""
		}
		step := func(id string, n int, to State, was any, wasN any) error {
			return exec(`INSERT INTO support_referral_steps (referral_id, n, state, was_n, was, outcome, hour) VALUES (:r, :n, :s, :wn, :w, :o, 0)`,
				db.Args{"r": id, "n": n, "s": string(to), "wn": wasN, "w": was, "o": outcome(to)})
		}
		for _, from := range States {
			if way[from] == nil {
				t.Fatalf("no way leads to %s", from)
			}
			for _, to := range States {
				id := db.NewSecretID()
				if err := exec(`INSERT INTO support_referrals (id, body_id, body, news, until_hour) VALUES (:id, 'b', '', '', 0)`, db.Args{"id": id}); err != nil {
					t.Fatal(err)
				}
				for i, s := range way[from] {
					var was, wasN any
					if i > 0 {
						was, wasN = string(way[from][i-1]), i
					}
					if err := step(id, i+1, s, was, wasN); err != nil {
						t.Fatalf("the way to %s: %v", from, err)
					}
				}
				n := len(way[from])
				err := step(id, n+1, to, string(from), n)
				may := slices.ContainsFunc(sides, func(s Side) bool { return May(s, from, to) })
				if may != (err == nil) {
					t.Errorf("%s after %s: may %v, the database: %v", to, from, may, err)
				}
				if !may && db.Refused(err) != "step" {
					t.Errorf("%s after %s is refused as %q", to, from, db.Refused(err))
				}
				if may { // what was not the state before, is no state before
					other := Requested
					if from == Requested {
						other = InProgress
					}
					if err := step(id, n+2, Withdrawn, string(other), n+1); err == nil && to != other {
						t.Errorf("a step after %s says that it follows %s", to, other)
					}
				}
			}
		}
		id := db.NewSecretID()
		if err := exec(`INSERT INTO support_referrals (id, body_id, body, news, until_hour) VALUES (:id, 'b', '', '', 0)`, db.Args{"id": id}); err != nil {
			t.Fatal(err)
		}
		if err := step(id, 1, Accepted, nil, nil); db.Refused(err) != "step" {
			t.Errorf("begins accepted: %v", err)
		}
		if err := step(id, 2, Requested, nil, nil); db.Refused(err) != "order_of_steps" {
			t.Errorf("begins in the middle: %v", err)
		}
		if err := exec(`INSERT INTO support_referral_steps (referral_id, n, state, outcome, hour) VALUES (:r, 1, 'requested', 'got_help', 0)`, db.Args{"r": id}); db.Refused(err) != "outcome" {
			t.Errorf("an outcome of what was only asked: %v", err)
		}
	})
}

func TestCheckMove_wantsOutcomesAndReasons(t *testing.T) {
	for _, c := range []struct {
		to             State
		outcome, words string
		ok             bool
	}{
		{Accepted, "", "", true}, {Accepted, "got_help", "", false}, {Rejected, "", "", false}, {Rejected, "", "Puni smo.", true}, {Rejected, "no_capacity", "Puni smo.", true},
		{Rejected, "got_help", "x", false}, {Completed, "", "", false}, {Completed, "got_help", "", true}, {Completed, "nonsense", "", false}, {Failed, "no_contact", "", false},
		{Failed, "no_contact", "Nije se javila.", true}, {OnHold, "", "", false}, {OnHold, "", "Do ponedjeljka.", true}, {Cancelled, "", " ", false}, {Rerouted, "", "Pravna pomoć.", true},
	} {
		if err := CheckMove(c.to, c.outcome, c.words); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestOverdue_countsFromTheLastWord(t *testing.T) {
	now := time.Date(2026, 11, 26, 11, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		state State
		hours int
		want  bool
	}{{Requested, 72, false}, {Requested, 73, true}, {InProgress, 73, false}, {InProgress, 15 * 24, true}, {OnHold, 15 * 24, true}, {Completed, 999 * 24, false}, {Withdrawn, 999 * 24, false}} {
		if got := Overdue(c.state, now.Add(-time.Duration(c.hours)*time.Hour), now); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
