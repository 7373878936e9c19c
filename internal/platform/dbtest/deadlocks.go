package dbtest

import (
	"context"
	"sync"
	"testing"
	"time"

	"kvart/internal/platform/db"
)

// Deadlocks says how many deadlocks PostgreSQL saw where one transaction runs first and then, and other begins in between
// by itself. What either returns is the test's failure.
func Deadlocks(t testing.TB, d *db.DB, first, then func(tx *db.Tx) error, other func() error) (n int) {
	t.Helper()
	var once sync.Once // the transaction is tried again after a deadlock
	others := make(chan error, 1)
	if err := d.Tx(t.Context(), func(tx *db.Tx) error {
		if err := first(tx); err != nil {
			return err
		}
		once.Do(func() {
			go func() { others <- other() }()
			time.Sleep(300 * time.Millisecond) // the other waits by now, or is done
		})
		return then(tx)
	}); err != nil {
		t.Error(err)
	}
	if err := <-others; err != nil {
		t.Error(err)
	}
	d.Writer().SetMaxIdleConns(0) // a connection hands in what it has counted when it ends
	time.Sleep(500 * time.Millisecond)
	if err := d.Get(context.Background(), &n, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`, nil); err != nil {
		t.Fatal(err)
	}
	return n
}
