package audit_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"kvart/internal/platform/audit"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

var noon = time.Date(2026, 11, 22, 12, 34, 56, 0, time.UTC)

func add(t testing.TB, d *db.DB, chain string, n int) {
	t.Helper()
	err := d.Tx(t.Context(), func(tx *db.Tx) error {
		for i := range n {
			if err := audit.Append(t.Context(), tx, audit.Row{Chain: chain, Action: "booking.cancel", Actor: "cli",
				SubjectKind: "booking", SubjectID: fmt.Sprint(i), At: noon}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func chain(t testing.TB, d *db.DB) int {
	t.Helper()
	n, err := audit.Chain(t.Context(), d, noon)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func verify(t testing.TB, d *db.DB) audit.Report {
	t.Helper()
	r, err := audit.Verify(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// tamper does what only somebody with the database's own tools can do: it takes the guards away first.
func tamper(t testing.TB, d *db.DB, query string) {
	t.Helper()
	guards := []string{"DROP TRIGGER IF EXISTS audit_rows_no_update", "DROP TRIGGER IF EXISTS audit_rows_no_delete",
		"DROP TRIGGER IF EXISTS audit_links_no_update", "DROP TRIGGER IF EXISTS audit_links_no_delete", "PRAGMA foreign_keys = OFF"}
	if d.Engine == db.Postgres {
		guards = []string{"DROP TRIGGER IF EXISTS audit_rows_append_only ON audit_rows", "DROP TRIGGER IF EXISTS audit_links_append_only ON audit_links",
			"ALTER TABLE audit_links DROP CONSTRAINT IF EXISTS audit_links_row_id_fkey"}
	}
	for _, q := range append(guards, query) {
		if _, err := d.Writer().Exec(q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

func TestChain_linksEveryRowOnceAndVerifies(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		add(t, d, "a", 700)
		add(t, d, audit.Network, 5)
		if r := verify(t, d); !r.OK() || r.Waiting != 705 || r.Links != 0 {
			t.Fatalf("before chaining: %+v", r)
		}
		if n := chain(t, d); n != 705 {
			t.Fatalf("linked %d", n)
		}
		add(t, d, "a", 3)
		if n := chain(t, d); n != 3 {
			t.Fatalf("linked %d more", n)
		}
		r := verify(t, d)
		if !r.OK() || r.Links != 708 || r.Waiting != 0 || len(r.Tails) != 2 || r.Tails[0].N != 703 {
			t.Fatalf("%+v", r)
		}
	})
}

func TestAppend_keepsOnlyTheHourAndRollsBackWithTheChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		add(t, d, "a", 1)
		stop := errors.New("stop")
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			if err := audit.Append(t.Context(), tx, audit.Row{Chain: "a", Action: "x", Actor: "job", SubjectKind: "y", At: noon}); err != nil {
				t.Fatal(err)
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		var hours []int64
		if err := d.Select(t.Context(), &hours, "SELECT hour FROM audit_rows", nil); err != nil {
			t.Fatal(err)
		}
		if len(hours) != 1 || hours[0] != noon.Truncate(time.Hour).Unix() {
			t.Fatalf("hours %v", hours)
		}
	})
}

func TestChain_leavesRowsFromTheFuture(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		add(t, d, "a", 2)
		if n, err := audit.Chain(t.Context(), d, noon.Add(-3*time.Hour)); err != nil || n != 0 {
			t.Fatalf("linked %d, %v", n, err)
		}
		if n := chain(t, d); n != 2 {
			t.Fatalf("linked %d", n)
		}
	})
}

func TestChain_twoProcessesAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for i := range 4 {
			add(t, d, fmt.Sprint("chain", i), 300)
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if _, err := audit.Chain(context.Background(), d, noon); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if r := verify(t, d); !r.OK() || r.Links != 1200 || r.Waiting != 0 {
			t.Fatalf("%+v", r)
		}
	})
}

func TestVerify_findsTampering(t *testing.T) {
	for _, c := range []struct{ name, query, what string }{
		{"changed row", "UPDATE audit_rows SET actor = 'nobody' WHERE id = (SELECT row_id FROM audit_links WHERE chain = 'a' AND n = 3)", audit.Changed},
		{"changed hour", "UPDATE audit_rows SET hour = hour - 3600 WHERE id = (SELECT row_id FROM audit_links WHERE chain = 'a' AND n = 1)", audit.Changed},
		{"row in another chain", "UPDATE audit_rows SET chain = 'b' WHERE id = (SELECT row_id FROM audit_links WHERE chain = 'a' AND n = 3)", audit.Changed},
		{"changed link", "UPDATE audit_links SET hash = 'x' WHERE chain = 'a' AND n = 3", audit.Changed},
		{"removed row", "DELETE FROM audit_rows WHERE id = (SELECT row_id FROM audit_links WHERE chain = 'a' AND n = 3)", audit.Missing},
		{"gap", "DELETE FROM audit_links WHERE chain = 'a' AND n = 3", audit.Gap},
		{"cut tail", "DELETE FROM audit_links WHERE chain = 'a' AND n >= 4", audit.CutTail},
		{"whole chain", "DELETE FROM audit_links WHERE chain = 'a'", audit.CutTail},
		{"lost tail", "DELETE FROM audit_tails WHERE chain = 'a'", audit.LostTail},
		{"tail of another time", "UPDATE audit_tails SET n = 2 WHERE chain = 'a'", audit.LostTail},
		{"tail's hash", "UPDATE audit_tails SET hash = 'x' WHERE chain = 'a'", audit.LostTail},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				add(t, d, "a", 5)
				add(t, d, "b", 5)
				chain(t, d)
				tamper(t, d, c.query)
				r := verify(t, d)
				if r.OK() || r.Faults[0].Chain != "a" {
					t.Fatalf("%+v", r)
				}
				for _, f := range r.Faults {
					if f.What == c.what {
						return
					}
				}
				t.Fatalf("%+v holds no %s", r.Faults, c.what)
			})
		})
	}
}

func TestAuditRows_refuseChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		add(t, d, "a", 1)
		chain(t, d)
		for _, q := range []string{"UPDATE audit_rows SET actor = 'x'", "DELETE FROM audit_rows", "UPDATE audit_links SET hash = 'x'", "DELETE FROM audit_links"} {
			if _, err := d.Exec(t.Context(), q, nil); db.Refused(err) == "" {
				t.Errorf("%s: %v", q, err)
			}
		}
	})
}

func TestChain_readsOnlyRowsInNoChainYet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		waiting := func() (n int) {
			if err := d.Get(t.Context(), &n, `SELECT COUNT(*) FROM audit_waiting`, nil); err != nil {
				t.Fatal(err)
			}
			return n
		}
		add(t, d, "a", 3)
		if n := waiting(); n != 3 {
			t.Fatalf("%d rows wait, want 3", n)
		}
		chain(t, d)
		if n := waiting(); n != 0 {
			t.Fatalf("%d rows wait after chaining, want none", n)
		}
		add(t, d, "a", 2)
		if n := waiting(); n != 2 {
			t.Errorf("%d rows wait, want the two new ones", n)
		}
		if n := chain(t, d); n != 2 {
			t.Errorf("%d linked, want 2", n)
		}
	})
}

// The log grows for ever, and its rows are chained every minute: SQLite must begin with the few that wait.
func TestChain_doesNotWalkTheWholeLog(t *testing.T) {
	d := dbtest.SQLite(t)
	for _, q := range []string{
		`WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 100000)
			INSERT INTO audit_rows (id, chain, action, actor, subject_kind, subject_id, hour) SELECT 'row-' || i, 'a', 'x', 'y', 'z', 'w', 3600 FROM c`,
		`INSERT INTO audit_links (chain, n, row_id, hash) SELECT 'b', CAST(substr(id, 5) AS INTEGER), id, 'h' FROM audit_rows`,
	} {
		if _, err := d.Exec(t.Context(), q, nil); err != nil {
			t.Fatal(err)
		}
	}
	least := time.Hour
	for range 5 {
		begun := time.Now()
		chain(t, d)
		least = min(least, time.Since(begun))
	}
	if least > 5*time.Millisecond { // the walk took 20
		t.Errorf("nothing to chain took %s", least)
	}
}
