package directory_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"kvart/internal/directory"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

// TestImport_isAtLeastAQuarterOfBareInserts imports generated services, then writes the same rows of the same tables with
// nothing but inserts of many rows. KVART_IMPORT says how many; the tests of every day take a few and only see that it works.
func TestImport_isAtLeastAQuarterOfBareInserts(t *testing.T) {
	n, measured := 600, false
	if s := os.Getenv("KVART_IMPORT"); s != "" {
		n, _ = strconv.Atoi(s)
		measured = true
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		data := generatedSheet(n, w.home, w.advice)
		start, began := time.Now(), worked()
		r := w.take("usluge.ndjson", data)
		took, cost := time.Since(start), worked()-began
		if r.Counts["service"][directory.Made] != n {
			t.Fatalf("%v %s", r.Counts, keys(r.Faults))
		}
		start = time.Now()
		again := w.take("usluge.ndjson", data)
		if same := time.Since(start); again.Counts["service"][directory.Same] != n {
			t.Fatalf("%v", again.Counts)
		} else {
			t.Logf("%s: %d services (%d MB) in %v, %.0f a second; again, unchanged, in %v", d.Engine, n, len(data)>>20, took.Round(time.Millisecond), float64(n)/took.Seconds(), same.Round(time.Millisecond))
		}
		bare, bareCost := w.bare(n)
		share := bare.Seconds() / took.Seconds()
		t.Logf("%s: bare inserts in %v: the import has %.0f %% of their speed (by this process's own work, %v and %v: %.0f %%)", d.Engine, bare.Round(time.Millisecond), 100*share,
			cost.Round(time.Millisecond), bareCost.Round(time.Millisecond), 100*bareCost.Seconds()/cost.Seconds())
		if d.Engine == db.SQLite { // all of the work is in this process: others on the machine do not count
			share = bareCost.Seconds() / cost.Seconds()
		}
		if measured && share < 0.25 {
			t.Errorf("%.0f %%, want 25 at least", 100*share)
		}
	})
}

// bare takes the rows out of the tables and puts them in again, 500 a statement or as many as it holds, and as many services a
// transaction as an import has.
func (w *town) bare(services int) (took, cost time.Duration) {
	w.t.Helper()
	tables := []string{"directory_organisations", "directory_locations", "directory_services", "directory_places", "directory_service_terms", "directory_versions"}
	columns, rows := map[string][]string{}, map[string][][]any{}
	for _, table := range tables {
		w.must(w.DB.Each(w.t.Context(), `SELECT * FROM `+table, nil, func(r *sqlx.Rows) error {
			columns[table], _ = r.Columns()
			row, err := r.SliceScan()
			rows[table] = append(rows[table], row)
			return err
		}))
	}
	w.forgetAll(false)
	start, began := time.Now(), worked()
	batches := max(1, services/500)
	for _, table := range tables {
		all := rows[table]
		per := (len(all) + batches - 1) / batches
		for len(all) > 0 {
			some := all[:min(per, len(all))]
			all = all[len(some):]
			w.must(w.DB.Tx(w.t.Context(), func(tx *db.Tx) error {
				for len(some) > 0 {
					k := min(len(some), 500)
					if err := insert(w.t.Context(), tx, table, columns[table], some[:k]); err != nil {
						return err
					}
					some = some[k:]
				}
				return nil
			}))
		}
	}
	return time.Since(start), worked() - began
}

// worked is how long this process has worked, on all processors together.
func worked() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func insert(ctx context.Context, tx *db.Tx, table string, columns []string, rows [][]any) error {
	args := db.Args{}
	var b strings.Builder
	b.WriteString("INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES ")
	for i, row := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(")
		for j, v := range row {
			name := fmt.Sprintf("v%d_%d", i, j)
			args[name] = v
			if j > 0 {
				b.WriteString(", ")
			}
			b.WriteString(":" + name)
		}
		b.WriteString(")")
	}
	_, err := tx.Exec(ctx, b.String(), args)
	return err
}
