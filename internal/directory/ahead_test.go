package directory

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

func TestAhead_answersInTurnAndIsNeverFarAhead(t *testing.T) {
	var begun atomic.Int64
	next, stop := ahead([]int{1, 2, 3, 4, 5, 6, 7, 8}, func(n int) int { begun.Add(1); return n * n })
	var got []int
	for range 3 {
		got = append(got, next())
	}
	time.Sleep(10 * time.Millisecond)
	if n := begun.Load(); n > 5 {
		t.Errorf("%d begun where three were taken", n)
	}
	stop()
	if !slices.Equal(got, []int{1, 4, 9}) {
		t.Error(got)
	}
	if n := begun.Load(); n > 6 {
		t.Errorf("it went on after the end: %d", n)
	}
}

func TestAhead_panicsWhereItsAnswerIsTaken(t *testing.T) {
	next, stop := ahead([]int{1}, func(int) int { panic("no") })
	defer stop()
	defer func() {
		if recover() != "no" {
			t.Error("the panic is lost")
		}
	}()
	next()
}
