package db_test

import (
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
)

func TestInsert_takesAnyNumberOfRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		if _, err := d.Exec(ctx, `CREATE TABLE sheep (id BIGINT PRIMARY KEY, name TEXT NOT NULL, born BIGINT)`, nil); err != nil {
			t.Fatal(err)
		}
		from := 0
		for _, n := range []int{0, 1, 3, 256, 777} {
			var rows [][]any
			for i := range n {
				rows = append(rows, []any{from + i, "Šarka $1 ?", nil})
			}
			err := d.Tx(ctx, func(tx *db.Tx) error {
				added, err := tx.Insert(ctx, "sheep", []string{"id", "name", "born bigint"}, rows, "")
				if added != int64(n) {
					t.Errorf("%d of %d rows", added, n)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			from += n
		}
		var have, last int
		if err := d.Get(ctx, &have, `SELECT COUNT(*) FROM sheep WHERE name = 'Šarka $1 ?' AND born IS NULL`, nil); err != nil || have != from {
			t.Error(have, err)
		}
		if err := d.Get(ctx, &last, `SELECT MAX(id) FROM sheep`, nil); err != nil || last != from-1 {
			t.Error(last, err)
		}
		err := d.Tx(ctx, func(tx *db.Tx) error {
			n, err := tx.Insert(ctx, "sheep", []string{"id", "name"}, [][]any{{0, "a"}, {from, "b"}}, ` ON CONFLICT (id) DO NOTHING`)
			if n != 1 {
				t.Errorf("%d inserted beside one that is there", n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		if err := d.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.Insert(ctx, "sheep", []string{"id", "name"}, [][]any{{0, "a"}}, "")
			return err
		}); !fault.Is(err, fault.KindConflict) {
			t.Error("one twice:", err)
		}
		defer func() {
			if recover() == nil {
				t.Error("a time.Time is taken")
			}
		}()
		_ = d.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.Insert(ctx, "sheep", []string{"id", "name"}, [][]any{{1, time.Now()}}, "")
			return err
		})
	})
}
