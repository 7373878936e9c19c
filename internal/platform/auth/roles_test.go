package auth

import (
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

func TestRoles_givenTwiceAreOneAndTakenEndTheSessions(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase, Held{"host", centreA}, Held{"host", centreA}))
		must[int64](t)(s.DB.Exec(t.Context(), `INSERT INTO sign_ins (token, account_id, data, expires_at) VALUES ('t', :a, '', 9999999999)`, db.Args{"a": a.ID}))
		if got := must[[]Held](t)(s.Roles(t.Context(), a.ID)); len(got) != 1 {
			t.Fatal(got)
		}
		team := must[[]Holder](t)(s.Holders(t.Context(), centreA))
		if len(team) != 1 || team[0].ID != a.ID || team[0].Role != "host" {
			t.Fatal(team)
		}
		if other := must[[]Holder](t)(s.Holders(t.Context(), centreB)); len(other) != 0 {
			t.Fatal(other)
		}
		if err := s.DB.Tx(t.Context(), func(tx *db.Tx) error { return s.Take(t.Context(), tx, a.ID, Held{"host", centreA}, false) }); err != nil {
			t.Fatal(err)
		}
		var open int
		if err := s.DB.Get(t.Context(), &open, `SELECT COUNT(*) FROM sign_ins`, nil); err != nil || open != 0 {
			t.Fatal(open, err)
		}
		if got := must[[]Held](t)(s.Roles(t.Context(), a.ID)); len(got) != 0 {
			t.Fatal(got)
		}
	})
}

func TestTake_neverTheLastHolderOfARoleThatMustBeHeld(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		lead := Held{"lead", Scope{"network", "n"}}
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase, lead))
		off := must[Account](t)(s.AddAccount(t.Context(), "off", "Off", "", phrase, lead))
		must[int64](t)(s.DB.Exec(t.Context(), `UPDATE accounts SET state = 'disabled' WHERE id = :id`, db.Args{"id": off.ID}))
		take := func(id string) error {
			return s.DB.Tx(t.Context(), func(tx *db.Tx) error { return s.Take(t.Context(), tx, id, lead, true) })
		}
		wantKind(t, take(a.ID), fault.KindConflict)
		b := must[Account](t)(s.AddAccount(t.Context(), "berta", "Berta", "", phrase, lead))
		if err := take(a.ID); err != nil {
			t.Fatal(err)
		}
		wantKind(t, take(b.ID), fault.KindConflict)
	})
}

func TestForget_deletesWhatIsOverAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		kept := invite(t, s)
		reset(t, s, a.ID) // a day
		_, _, _ = s.SignIn(t.Context(), "nobody", phrase)
		if _, _, err := s.BeginRegister(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		c.move(25 * time.Hour)
		if err := s.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		for table, want := range map[string]int{"one_time_links": 1, "ceremonies": 0, "sign_in_attempts": 0, "accounts": 1} {
			var n int
			if err := s.DB.Get(t.Context(), &n, `SELECT COUNT(*) FROM `+table, nil); err != nil || n != want {
				t.Errorf("%s: %d rows, want %d, %v", table, n, want, err)
			}
		}
		if _, err := s.Peek(t.Context(), kept); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTake_twoWhoTakeItFromEachOtherLeaveOne(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		lead := Held{"lead", Scope{"network", "n"}}
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase, lead))
		b := must[Account](t)(s.AddAccount(t.Context(), "berta", "Berta", "", phrase, lead))
		for range 10 {
			errs := together(2, func(i int) error {
				return s.DB.Tx(t.Context(), func(tx *db.Tx) error {
					return s.Take(t.Context(), tx, []string{a.ID, b.ID}[i], lead, true)
				})
			})
			if n := rows(t, s, `SELECT COUNT(*) FROM account_roles`); n != 1 || (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("%d leads are left: %v", n, errs)
			}
			for _, id := range []string{a.ID, b.ID} {
				if err := s.DB.Tx(t.Context(), func(tx *db.Tx) error { return s.Give(t.Context(), tx, id, lead) }); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
