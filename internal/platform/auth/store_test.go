package auth

import (
	"sync"
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
)

// clock is a time that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) move(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }

const phrase = "magla nad mostom subotom"

var (
	cheap   = Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	centreA = Scope{"centre", "a"}
	centreB = Scope{"centre", "b"}
)

// each runs the test on both engines, with a cheap passphrase and a clock of its own.
func each(t *testing.T, test func(t *testing.T, s *Store, c *clock)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &clock{at: time.Now().Truncate(time.Second)}
		s := NewStore(d, c.now, Secrets{Pepper: []byte("pepper of a test, 32 bytes long!")}, "https://centri.example")
		s.Cost = cheap
		test(t, s, c)
	})
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantKind(t *testing.T, err error, k fault.Kind) {
	t.Helper()
	if !fault.Is(err, k) {
		t.Fatalf("got %v, want a fault of kind %d", err, k)
	}
}

// inTx runs f in a transaction and returns what it made.
func inTx[T any](t *testing.T, s *Store, f func(*db.Tx) (T, error)) T {
	t.Helper()
	var v T
	if err := s.DB.Tx(t.Context(), func(tx *db.Tx) (err error) { v, err = f(tx); return err }); err != nil {
		t.Fatal(err)
	}
	return v
}

// together runs f n times at once and returns the errors.
func together(n int, f func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}
