package allotment_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kvart/internal/allotment"
)

// open is every day from eight to ten in the evening.
func open() []allotment.Span {
	var list []allotment.Span
	for d := 1; d <= 7; d++ {
		list = append(list, allotment.Span{Weekday: d, From: 8 * 60, To: 22 * 60})
	}
	return list
}

// input has two rooms, a hall that is both, and the organisations a, b, c with equal values.
func input(wishes ...allotment.Wish) allotment.Input {
	for i := range wishes {
		if wishes[i].ID == "" {
			wishes[i].ID = fmt.Sprintf("w%d", i)
		}
		if wishes[i].Weekday == 0 {
			wishes[i].Weekday = 1
		}
		if wishes[i].Minutes == 0 {
			wishes[i].Minutes = 60
		}
	}
	in := allotment.Input{Seed: "seed", Criteria: []allotment.Criterion{{ID: "members", Weight: 1}}, Wishes: wishes,
		Rooms: []allotment.Room{{ID: "left", Open: open()}, {ID: "right", Open: open()}, {ID: "hall", Parts: []string{"left", "right"}, Open: open()}}}
	for _, id := range []string{"a", "b", "c"} {
		in.Organisations = append(in.Organisations, allotment.Organisation{ID: id, Name: id, Values: []int64{10}})
	}
	return in
}

func allot(t require, in allotment.Input) allotment.Result {
	t.Helper()
	r, err := allotment.Allot(in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

type require interface {
	Helper()
	Fatal(...any)
}

func unmet(t *testing.T, r allotment.Result, wish string) allotment.Unmet {
	t.Helper()
	for _, u := range r.Unmet {
		if u.Wish == wish {
			return u
		}
	}
	t.Fatalf("%s is met: %+v", wish, r.Picks)
	return allotment.Unmet{}
}

// slots draws an input of the property: wishes of equal length, each for one room, without limits and without overlaps
// within one organisation; slots of two organisations may overlap in part. Values differ or not.
func slots(t *rapid.T) allotment.Input {
	in := allotment.Input{Seed: rapid.StringN(1, 8, 20).Draw(t, "seed"), Criteria: []allotment.Criterion{{ID: "members", Weight: 2}, {ID: "local", Weight: 1}}}
	rooms := rapid.SampledFrom([]int{1, 1, 2, 4}).Draw(t, "rooms")
	for i := range rooms {
		r := allotment.Room{ID: fmt.Sprintf("r%d", i), Open: open(), Setup: 15 * rapid.IntRange(0, 1).Draw(t, "setup")}
		if i == 3 {
			r.Parts = []string{"r0", "r1"}
		}
		in.Rooms = append(in.Rooms, r)
	}
	length := 30 * rapid.IntRange(1, 4).Draw(t, "length")
	for i := range rapid.IntRange(1, 5).Draw(t, "organisations") {
		o := allotment.Organisation{ID: fmt.Sprintf("o%d", i), Values: []int64{int64(rapid.SampledFrom([]int{1, 1, 1, 0, 2}).Draw(t, "members")), int64(rapid.SampledFrom([]int{0, 0, 1}).Draw(t, "local"))}}
		in.Organisations = append(in.Organisations, o)
		var own []allotment.Wish
		for rank := range rapid.IntRange(0, 14).Draw(t, "wishes") {
			w := allotment.Wish{ID: fmt.Sprintf("%s-%d", o.ID, rank), Organisation: o.ID, Rank: rank + 1, Rooms: []string{fmt.Sprintf("r%d", rapid.IntRange(0, rooms-1).Draw(t, "room"))},
				Weekday: rapid.IntRange(1, 2).Draw(t, "weekday"), Minutes: length,
				Start: allotment.Clock(12*60 + length*rapid.IntRange(0, 4).Draw(t, "start") + 15*rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "shift"))}
			if !slices.ContainsFunc(own, w.Overlaps) {
				own = append(own, w)
			}
		}
		in.Wishes = append(in.Wishes, own...)
	}
	return in
}

type slot struct {
	room    string
	weekday int
	start   allotment.Clock
}

// For every k, of its own k best-ranked slots an organisation holds at least as many as another of equal entitlement holds
// of them, less one.
func TestAllot_nobodyOfEqualEntitlementHoldsMoreOfOnesBestButOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := slots(t)
		r := allot(t, in)
		holds := map[string]map[slot]bool{}
		for _, p := range r.Picks {
			if holds[p.Organisation] == nil {
				holds[p.Organisation] = map[slot]bool{}
			}
			holds[p.Organisation][slot{p.Room, p.Weekday, p.Start}] = true
		}
		for _, a := range r.Entitlements {
			var best []slot
			for _, w := range in.Wishes {
				if w.Organisation == a.Organisation {
					best = append(best, slot{w.Rooms[0], w.Weekday, w.Start})
				}
			}
			for _, b := range r.Entitlements {
				if b.Minutes != a.Minutes || b.Organisation == a.Organisation {
					continue
				}
				mine, theirs := 0, 0
				for k, s := range best {
					if holds[a.Organisation][s] {
						mine++
					}
					if holds[b.Organisation][s] {
						theirs++
					}
					if mine < theirs-1 {
						t.Fatalf("of the %d best of %s it holds %d and %s %d: %+v", k+1, a.Organisation, mine, b.Organisation, theirs, r.Picks)
					}
				}
			}
		}
	})
}

// anything draws an input of every kind, with what the property above leaves out.
func anything(t *rapid.T) allotment.Input {
	in := slots(t)
	in.Limits.WeekMinutes = 30 * rapid.IntRange(0, 8).Draw(t, "week")
	in.Limits.PrimePercent = 10 * rapid.IntRange(0, 5).Draw(t, "percent")
	in.Limits.Prime = []allotment.Span{{Weekday: 1, From: 18 * 60, To: 20 * 60}}
	for i := range in.Wishes {
		w := &in.Wishes[i]
		w.Minutes = 15 * rapid.IntRange(1, 8).Draw(t, "minutes")
		w.Start = allotment.Clock(30 * rapid.IntRange(14, 44).Draw(t, "any start"))
		if int(w.Start)+w.Minutes > 24*60 {
			w.Minutes = 24*60 - int(w.Start)
		}
		switch rapid.IntRange(0, 5).Draw(t, "kind of rooms") {
		case 0:
			w.Rooms = nil
		case 1:
			w.Rooms = []string{"r0", "unknown"}
		case 2:
			w.Rooms = []string{"unknown"}
		case 3:
			w.Rooms = append(w.Rooms, "r0")
		}
	}
	return in
}

func TestRecount_equalsTheResult(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anything(t)
		r := allot(t, in)
		d := allotment.Document{Format: allotment.Format, Version: allotment.Version, Input: in, Result: r, Template: r.Template()}
		b, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		read, err := allotment.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		list, err := read.Recount()
		if err != nil || len(list) > 0 {
			t.Fatalf("%v %+v", err, list)
		}
		if len(r.Picks)+len(r.Unmet) != len(in.Wishes) {
			t.Fatalf("%d picks and %d unmet of %d wishes", len(r.Picks), len(r.Unmet), len(in.Wishes))
		}
	})
}

func TestAllot_withoutAWishNotMetAllIsTheSameForEverybody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anything(t)
		r := allot(t, in)
		if len(r.Unmet) == 0 {
			t.Skip("all are met")
		}
		gone := rapid.SampledFrom(r.Unmet).Draw(t, "gone").Wish
		in.Wishes = slices.DeleteFunc(slices.Clone(in.Wishes), func(w allotment.Wish) bool { return w.ID == gone })
		r.Unmet = slices.DeleteFunc(slices.Clone(r.Unmet), func(u allotment.Unmet) bool { return u.Wish == gone })
		if d := cmp.Diff(r, allot(t, in)); d != "" {
			t.Fatal(d)
		}
	})
}

func TestAllot_nothingIsGivenTwiceAndEveryReasonIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anything(t)
		r := allot(t, in)
		if _, err := allotment.Apply(in, r, nil); err != nil {
			t.Fatal(err)
		}
		// Put on the result as edits, the slots overlap nowhere.
		var edits []allotment.Edit
		for _, s := range r.Template() {
			s.ID = fmt.Sprintf("edit-%d", len(edits)+1)
			edits = append(edits, allotment.Edit{N: len(edits) + 1, What: allotment.Add, Slot: s, Reason: "."})
		}
		if _, err := allotment.Apply(in, allotment.Result{}, edits); err != nil {
			t.Fatal(err)
		}
		wishes, received := map[string]allotment.Wish{}, map[string]int{}
		for _, w := range in.Wishes {
			wishes[w.ID] = w
		}
		for _, p := range r.Picks {
			received[p.Organisation] += p.Minutes
		}
		for o, n := range received {
			if l := in.Limits.WeekMinutes; l > 0 && n > l {
				t.Fatalf("%s has %d minutes of %d", o, n, l)
			}
		}
		for _, u := range r.Unmet {
			w := wishes[u.Wish]
			ok := false
			switch u.Reason {
			case allotment.UnknownRoom:
				ok = slices.Equal(w.Rooms, []string{"unknown"})
			case allotment.OutsideHours:
				ok = w.Start < 8*60 || int(w.Start)+w.Minutes > 22*60
			case allotment.OwnOverlap:
				ok = w.Overlaps(wishes[u.Other]) && r.Picks[u.Step-1].Wish == u.Other
			case allotment.OverWeek:
				ok = received[u.Organisation]+w.Minutes > in.Limits.WeekMinutes
			case allotment.OverPrime:
				ok = u.Limit < int64(w.Minutes)+int64(received[u.Organisation])
			case allotment.RoomTaken:
				ok = len(u.Taken) > 0
				for _, x := range u.Taken {
					ok = ok && r.Picks[x.Step-1].Organisation == x.By && x.Step <= u.Step
				}
			}
			if !ok {
				t.Fatalf("%+v of %+v: %+v", u, w, r)
			}
		}
	})
}

func TestEntitle_largestRemainder(t *testing.T) {
	names := []string{"a", "b", "c", "d"}
	for _, c := range []struct {
		pool   int64
		points []int64
		want   []int64
	}{
		{100, []int64{47, 16, 37, 0}, []int64{47, 16, 37, 0}},
		{10, []int64{47, 16, 37, 0}, []int64{5, 1, 4, 0}}, // 4.7, 1.6, 3.7: the two left go to .7 and .7
		{5, []int64{0, 0, 0, 9}, []int64{0, 0, 0, 5}},
		{0, []int64{1, 2, 3, 4}, []int64{0, 0, 0, 0}},
	} {
		if got, _ := allotment.Entitle(c.pool, "s", names, c.points); !slices.Equal(got, c.want) {
			t.Errorf("%d by %v: %v, want %v", c.pool, c.points, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.SliceOfN(rapid.Int64Range(0, 2e10), 1, 30).Draw(t, "points")
		pool := rapid.Int64Range(0, 1e8).Draw(t, "pool")
		got, equal := allotment.Entitle(pool, "s", slices.Repeat([]string{"x"}, len(points)), points)
		var sum, all int64
		for i := range got {
			sum += got[i]
			all += points[i]
		}
		if sum != pool || equal != (all == 0) {
			t.Fatalf("%v sums to %d of %d", got, sum, pool)
		}
		for i := range got { // nobody is a minute or more from the exact share
			if all > 0 && (got[i] < pool*points[i]/all || got[i] > pool*points[i]/all+1) {
				t.Fatalf("%v by %v", got, points)
			}
		}
	})
}

func TestAllot_allCriteriaZeroAreEqualShares(t *testing.T) {
	in := input()
	for i := range in.Organisations {
		in.Organisations[i].Values[0] = 0
	}
	r := allot(t, in)
	if !r.EqualShares || r.PoolMinutes != 2*7*14*60 || r.Entitlements[0].Minutes != r.PoolMinutes/3 {
		t.Errorf("%+v", r)
	}
}

func TestAllot_whoHasNoPointPicksAfterTheOthers(t *testing.T) {
	in := input(allotment.Wish{Organisation: "a", Rank: 1, Rooms: []string{"left"}, Start: 600}, allotment.Wish{Organisation: "b", Rank: 1, Rooms: []string{"left"}, Start: 600},
		allotment.Wish{Organisation: "b", Rank: 2, Rooms: []string{"left"}, Start: 660}, allotment.Wish{Organisation: "a", Rank: 2, Rooms: []string{"left"}, Start: 720})
	in.Organisations[0].Values[0] = 0
	r := allot(t, in)
	if len(r.Picks) != 3 || r.Picks[0].Organisation != "b" || r.Picks[1].Organisation != "b" || r.Picks[2].Wish != "w3" {
		t.Errorf("%+v", r.Picks)
	}
}

func TestAllot_twiceTheEntitlementIsTwiceTheHours(t *testing.T) {
	var wishes []allotment.Wish
	for i := range 14 {
		for _, o := range []string{"a", "b"} {
			wishes = append(wishes, allotment.Wish{Organisation: o, Rank: i + 1, Rooms: []string{"left"}, Start: allotment.Clock(480 + 60*i)})
		}
	}
	in := input(wishes...)
	in.Organisations[1].Values[0] = 20
	in.Organisations = in.Organisations[:2]
	n := map[string]int{}
	for _, p := range allot(t, in).Picks {
		n[p.Organisation]++
	}
	if n["a"]+n["b"] != 14 || n["b"] < 9 || n["b"] > 10 {
		t.Errorf("%v", n)
	}
}

func TestAllot_aReasonForEachWishNotMet(t *testing.T) {
	in := input(
		allotment.Wish{ID: "first", Organisation: "a", Rank: 1, Rooms: []string{"left"}, Start: 600},
		allotment.Wish{ID: "unknown", Organisation: "a", Rank: 2, Rooms: []string{"cellar"}, Start: 600},
		allotment.Wish{ID: "early", Organisation: "a", Rank: 3, Start: 7 * 60},
		allotment.Wish{ID: "own", Organisation: "a", Rank: 4, Rooms: []string{"right"}, Start: 600},
		allotment.Wish{ID: "long", Organisation: "a", Rank: 5, Rooms: []string{"right"}, Weekday: 3, Start: 600, Minutes: 100},
		allotment.Wish{ID: "second", Organisation: "b", Rank: 1, Rooms: []string{"right"}, Start: 660},
		allotment.Wish{ID: "hall", Organisation: "c", Rank: 1, Rooms: []string{"hall"}, Weekday: 4, Start: 660},
		allotment.Wish{ID: "taken", Organisation: "c", Rank: 2, Rooms: []string{"left", "right"}, Start: 630},
		allotment.Wish{ID: "prime", Organisation: "b", Rank: 2, Rooms: []string{"right"}, Weekday: 5, Start: 600},
	)
	in.Limits = allotment.Limits{WeekMinutes: 150, PrimePercent: 25, Prime: []allotment.Span{{Weekday: 5, From: 600, To: 660}}} // 30 of 120 minutes
	r := allot(t, in)
	for wish, want := range map[string]string{"unknown": allotment.UnknownRoom, "early": allotment.OutsideHours, "own": allotment.OwnOverlap, "long": allotment.OverWeek,
		"taken": allotment.RoomTaken, "prime": allotment.OverPrime} {
		if u := unmet(t, r, wish); u.Reason != want {
			t.Errorf("%s: %+v, want %s", wish, u, want)
		}
	}
	if u := unmet(t, r, "own"); u.Other != "first" {
		t.Errorf("%+v", u)
	}
	if u := unmet(t, r, "taken"); len(u.Taken) != 2 || u.Taken[0].By != "a" || u.Taken[1].By != "b" {
		t.Errorf("%+v", u)
	}
	if u := unmet(t, r, "prime"); u.Limit != 30 || u.Step != 0 {
		t.Errorf("%+v", u)
	}
}

func TestAllot_setUpAndClearUpHoldTheRoomOverMidnightAndTheWeeksEnd(t *testing.T) {
	in := input(allotment.Wish{ID: "late", Organisation: "a", Rank: 1, Rooms: []string{"left"}, Weekday: 7, Start: 23 * 60},
		allotment.Wish{ID: "early", Organisation: "b", Rank: 1, Rooms: []string{"left"}, Weekday: 1, Start: 15},
		allotment.Wish{ID: "later", Organisation: "c", Rank: 1, Rooms: []string{"left"}, Weekday: 1, Start: 75})
	for d := 1; d <= 7; d++ {
		in.Rooms[0].Open = append(in.Rooms[0].Open, allotment.Span{Weekday: d, From: 0, To: 24 * 60})
	}
	in.Rooms[0].Clear = 30
	in.Organisations[0].Values[0] = 1000
	r := allot(t, in)
	if got := len(r.Picks); got != 2 { // late with later, or early alone with late refused
		if got != 1 {
			t.Fatalf("%+v", r)
		}
	}
	held := map[string]bool{}
	for _, p := range r.Picks {
		held[p.Wish] = true
	}
	if held["late"] && held["early"] || held["early"] && held["later"] {
		t.Errorf("%+v", r.Picks)
	}
}

func TestAllot_refusesAnInputThatCannotBe(t *testing.T) {
	for name, spoil := range map[string]func(*allotment.Input){
		"no seed":              func(in *allotment.Input) { in.Seed = "" },
		"unknown organisation": func(in *allotment.Input) { in.Wishes[0].Organisation = "x" },
		"rank twice":           func(in *allotment.Input) { in.Wishes[1].Rank = 1 },
		"rank zero":            func(in *allotment.Input) { in.Wishes[0].Rank = 0 },
		"over midnight":        func(in *allotment.Input) { in.Wishes[0].Start = 23*60 + 30 },
		"no weekday":           func(in *allotment.Input) { in.Wishes[0].Weekday = 8 },
		"wish twice":           func(in *allotment.Input) { in.Wishes[1].ID = in.Wishes[0].ID },
		"room twice":           func(in *allotment.Input) { in.Rooms[1].ID = "left" },
		"no value":             func(in *allotment.Input) { in.Organisations[0].Values = nil },
		"negative value":       func(in *allotment.Input) { in.Organisations[0].Values[0] = -1 },
		"huge value":           func(in *allotment.Input) { in.Organisations[0].Values[0] = 1 << 40 },
		"span backwards":       func(in *allotment.Input) { in.Rooms[0].Open[0].To = 1 },
	} {
		in := input(allotment.Wish{Organisation: "a", Rank: 1, Start: 600}, allotment.Wish{Organisation: "a", Rank: 2, Start: 700})
		spoil(&in)
		if _, err := allotment.Allot(in); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func document(t *testing.T) allotment.Document {
	in := input(allotment.Wish{Organisation: "a", Rank: 1, Rooms: []string{"left"}, Start: 600}, allotment.Wish{Organisation: "b", Rank: 1, Rooms: []string{"left"}, Start: 720})
	d := allotment.Document{Format: allotment.Format, Version: allotment.Version, Input: in, Result: allot(t, in)}
	d.Edits = []allotment.Edit{
		{N: 1, What: allotment.Move, Slot: allotment.Slot{ID: "w0", Organisation: "a", Room: "right", Weekday: 2, Start: 600, Minutes: 60}, Reason: "stairs"},
		{N: 2, What: allotment.Add, Slot: allotment.Slot{ID: "edit-2", Organisation: "c", Room: "left", Weekday: 1, Start: 600, Minutes: 60}, Reason: "came late"},
		{N: 3, What: allotment.Remove, Slot: allotment.Slot{ID: "w1"}, Reason: "gave it back"},
	}
	var err error
	if d.Template, err = allotment.Apply(in, d.Result, d.Edits); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestRecount_namesWhereTheDocumentDiffers(t *testing.T) {
	if list, err := document(t).Recount(); err != nil || len(list) > 0 {
		t.Fatalf("%v %+v", err, list)
	}
	for where, spoil := range map[string]func(*allotment.Document){
		"pool_minutes":    func(d *allotment.Document) { d.Result.PoolMinutes++ },
		"entitlements[1]": func(d *allotment.Document) { d.Result.Entitlements[1].Minutes++ },
		"picks[0]":        func(d *allotment.Document) { d.Result.Picks[0].Room = "hall" },
		"picks[1]":        func(d *allotment.Document) { d.Result.Picks = d.Result.Picks[:1] },
		"unmet[0]":        func(d *allotment.Document) { d.Result.Unmet = []allotment.Unmet{{Wish: "w1"}} },
		"template[0]":     func(d *allotment.Document) { d.Template[0].Start++ },
		"edits":           func(d *allotment.Document) { d.Edits[0].Reason = " " },
	} {
		d := document(t)
		spoil(&d)
		list, err := d.Recount()
		if err != nil || len(list) == 0 || list[0].Where != where {
			t.Errorf("%s: %v %+v", where, err, list)
		}
	}
}

func TestApply_refusesASlotOnAnother(t *testing.T) {
	d := document(t)
	hall := allotment.Edit{N: 4, What: allotment.Add, Slot: allotment.Slot{ID: "edit-4", Organisation: "b", Room: "hall", Weekday: 2, Start: 630, Minutes: 60}, Reason: "x"}
	_, err := allotment.Apply(d.Input, d.Result, append(d.Edits, hall))
	if o, ok := err.(*allotment.Overlap); !ok || o.Other.ID != "w0" || o.Edit != 4 {
		t.Errorf("%v", err)
	}
}

func FuzzParse(f *testing.F) {
	in := input(allotment.Wish{Organisation: "a", Rank: 1, Start: 600})
	r, _ := allotment.Allot(in)
	b, _ := json.Marshal(allotment.Document{Format: allotment.Format, Version: allotment.Version, Input: in, Result: r, Template: r.Template()})
	f.Add(b)
	f.Add([]byte(`{"format":"kvart-season","version":1,"input":{"seed":"x","rooms":[{"id":"a","open":[{"weekday":1,"from":"00:00","to":"24:00"}]}]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := allotment.Parse(b)
		if err != nil {
			return
		}
		first, err := d.Recount()
		if err != nil {
			t.Fatal(err)
		}
		second, _ := d.Recount()
		if !reflect.DeepEqual(first, second) {
			t.Fatal("two recounts differ")
		}
	})
}
