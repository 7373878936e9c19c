package support_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
)

// counting counts how often what is called looks whether it is to stop: several times for each query.
type counting struct {
	context.Context
	n *atomic.Int64
}

func (c counting) Done() <-chan struct{} { c.n.Add(1); return c.Context.Done() }

// unknown and wrong are codes that open nothing: one whose locator no request has, and one whose locator the code has.
func (w *house) unknown(than vault.Code) (unknown, wrong vault.Code) {
	wrong = vault.NewCode()
	wrong.Locator = than.Locator
	for unknown = vault.NewCode(); unknown.Locator == than.Locator; {
		unknown = vault.NewCode()
	}
	return unknown, wrong
}

func TestByCode_unknownAndWrongTakeTheSameWork(t *testing.T) {
	each(t, func(w *house) {
		_, _, code := w.ask("Tu sam.")
		unknown, wrong := w.unknown(code)
		var runs atomic.Int64
		w.Auth.Ran = func() { runs.Add(1) }
		work := func(c vault.Code) (ran, looked int64) {
			t.Helper()
			runs.Store(0)
			var n atomic.Int64
			_, _, err := w.ByCode(counting{t.Context(), &n}, c)
			w.wants(err, fault.KindNotFound)
			return runs.Load(), n.Load()
		}
		work(unknown) // the first one warms the connections
		work(wrong)
		ran, looked := work(unknown)
		if ran != 1 || looked == 0 {
			t.Fatalf("an unknown code: %d runs of Argon2id, %d looks", ran, looked)
		}
		var one atomic.Int64 // query
		var rows int
		w.must(w.DB.Get(counting{t.Context(), &one}, &rows, `SELECT COUNT(*) FROM support_requests`, nil))
		if looked >= 2*one.Load() {
			t.Errorf("a code takes %d looks, and a query %d: there is more than one", looked, one.Load())
		}
		for range 5 {
			for name, c := range map[string]vault.Code{"unknown": unknown, "wrong": wrong} {
				if r, l := work(c); r != ran || max(l-looked, looked-l) > one.Load()/2 {
					t.Errorf("%s: %d runs of Argon2id and %d looks, want %d and about %d", name, r, l, ran, looked)
				}
			}
		}
		text := func(c vault.Code) string { _, _, err := w.ByCode(t.Context(), c); return fault.Of(err).Key }
		if text(unknown) != text(wrong) {
			t.Error("the answers differ")
		}
	})
}

// The quartiles of the two, asked in a random order, are near each other. It is coarse, and tried again, because the machine does other
// things too: it finds an answer that is given without the stretching.
func TestByCode_unknownAndWrongTakeTheSameTime(t *testing.T) {
	each(t, func(w *house) {
		w.Auth.Cost = auth.Cost{MemoryKiB: 1024, Passes: 1, Lanes: 1}
		_, _, code := w.ask("Tu sam.")
		unknown, wrong := w.unknown(code)
		ratio := 0.0
		for range 4 {
			var times [2][]time.Duration
			for _, i := range rand.Perm(80) { // in no order: what comes every second time, such as collecting garbage, meets both
				began := time.Now()
				_, _, err := w.ByCode(t.Context(), []vault.Code{unknown, wrong}[i%2])
				times[i%2] = append(times[i%2], time.Since(began))
				w.wants(err, fault.KindNotFound)
			}
			for _, list := range times {
				slices.Sort(list)
			}
			ratio = float64(times[0][20]) / float64(times[1][20])
			if ratio > 0.7 && ratio < 1.4 {
				return
			}
		}
		t.Errorf("an unknown code takes %.2f times as long as a wrong one", ratio)
	})
}
