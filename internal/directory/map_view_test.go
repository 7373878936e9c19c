package directory

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kvart/internal/platform/geo"
)

func TestGather_noPinCoversAnotherAndEachNumberStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var pins []pin
		want := map[int]bool{}
		for range rapid.IntRange(0, 40).Draw(t, "pins") {
			n := rapid.IntRange(1, 520).Draw(t, "number")
			want[n] = true
			pins = append(pins, pin{XY: geo.XY{X: rapid.Float64Range(0, 370).Draw(t, "x"), Y: rapid.Float64Range(0, 420).Draw(t, "y")}, Numbers: []int{n}})
		}
		got := map[int]bool{}
		pins = gather(pins)
		for i, p := range pins {
			if !slices.IsSorted(p.Numbers) || len(slices.Compact(slices.Clone(p.Numbers))) != len(p.Numbers) {
				t.Fatalf("numbers %v", p.Numbers)
			}
			for _, n := range p.Numbers {
				got[n] = true
			}
			for _, other := range pins[:i] {
				if p.box().Meets(other.box()) {
					t.Fatalf("%v covers %v", p, other)
				}
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d numbers of %d", len(got), len(want))
		}
	})
}

func TestChosen_isReadFromAnythingAndKeepsItsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12},?){0,30}`)).Draw(t, "s")
		c, _ := picksOf(s)
		if len(c) > MostChosen {
			t.Fatalf("%d chosen", len(c))
		}
		if again, more := picksOf(c.String()); !slices.Equal(again, c) || more {
			t.Fatalf("%v is read back as %v", c, again)
		}
		for _, id := range c {
			down := c.moved(id, 1)
			if !slices.Equal(down.moved(id, -1), c) && id != c[len(c)-1] {
				t.Fatalf("down and up again: %v of %v", down.moved(id, -1), c)
			}
			if c.without(id).has(id) || len(c.without(id)) != len(c)-1 || !slices.Equal(c.with(id), c) {
				t.Fatalf("taking off %s", id)
			}
		}
	})
}
