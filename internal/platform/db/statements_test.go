package db

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/jmoiron/sqlx"
)

func openScratch(t *testing.T) *DB {
	t.Helper()
	d, err := OpenSQLite(filepath.Join(t.TempDir(), "kvart.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if _, err := d.Exec(t.Context(), `CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)`, nil); err != nil {
		t.Fatal(err)
	}
	return d
}

func add(ctx context.Context, d *DB, id int, name string) error {
	_, err := d.Exec(ctx, `INSERT INTO things (id, name) VALUES (:id, :name)`, Args{"id": id, "name": name})
	return err
}

func TestStatements_workAgainAfterTheyFailed(t *testing.T) {
	d := openScratch(t)
	for i := range 5 {
		if err := add(t.Context(), d, i, fmt.Sprint("thing ", i)); err != nil {
			t.Fatal(err)
		}
		if err := add(t.Context(), d, 100+i, fmt.Sprint("thing ", i)); Refused(err) == "" {
			t.Fatal("a name twice: ", err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := add(gone, d, 50, "nobody waits"); err == nil {
		t.Fatal("written for nobody")
	}
	if err := add(t.Context(), d, 50, "after that"); err != nil {
		t.Fatal(err)
	}
}

func TestStatements_oneTextIsInUseTwiceAtOnce(t *testing.T) {
	d := openScratch(t)
	for i := range 4 {
		if err := add(t.Context(), d, i, fmt.Sprint("thing ", i)); err != nil {
			t.Fatal(err)
		}
	}
	const query = `SELECT id FROM things WHERE id >= :from ORDER BY id`
	var pairs int
	err := d.Tx(t.Context(), func(tx *Tx) error { // one connection
		q, args, err := bind(tx.tx, query, Args{"from": 0})
		if err != nil {
			return err
		}
		outer, err := tx.tx.QueryxContext(t.Context(), q, args...)
		if err != nil {
			return err
		}
		defer outer.Close()
		for outer.Next() {
			var id int
			if err := outer.Scan(&id); err != nil {
				return err
			}
			var later []int
			if err := tx.Select(t.Context(), &later, query, Args{"from": id}); err != nil {
				return err
			}
			if len(later) != 4-id || later[0] != id {
				t.Errorf("from %d: %v", id, later)
			}
			pairs += len(later)
		}
		return outer.Err()
	})
	if err != nil || pairs != 10 {
		t.Fatal(err, pairs)
	}
}

func TestStatements_seeAChangedTable(t *testing.T) {
	d := openScratch(t)
	ctx := t.Context()
	if err := add(ctx, d, 1, "one"); err != nil {
		t.Fatal(err)
	}
	columns := func() (n int) {
		if err := d.Each(ctx, `SELECT * FROM things`, nil, func(r *sqlx.Rows) error {
			c, err := r.Columns()
			n = len(c)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := columns(); n != 2 {
		t.Fatal(n)
	}
	if _, err := d.Exec(ctx, `ALTER TABLE things ADD COLUMN colour TEXT`, nil); err != nil {
		t.Fatal(err)
	}
	if n := columns(); n != 3 {
		t.Fatalf("%d columns after a third was added", n)
	}
}

func TestStatements_noMoreAreKeptThanSaid(t *testing.T) {
	d := openScratch(t)
	ctx := t.Context()
	for i := range 3 * mostKept {
		var n int
		if err := d.Get(ctx, &n, fmt.Sprintf(`SELECT COUNT(*) + %d FROM things`, i), nil); err != nil || n != i {
			t.Fatal(err, n)
		}
	}
	c, err := d.read.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Raw(func(conn any) error {
		if n := len(conn.(*keepingConn).kept); n > mostKept {
			t.Errorf("%d statements kept", n)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
