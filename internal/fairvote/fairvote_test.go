package fairvote_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/bits"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kvart/internal/fairvote"
)

// approvals is an election of a budget, costs and ballots such as "ab".
func approvals(budget int64, costs map[string]int64, ballots ...string) fairvote.Election {
	e := fairvote.Election{Budget: budget}
	for _, id := range slices.Sorted(func(yield func(string) bool) {
		for id := range costs {
			if !yield(id) {
				return
			}
		}
	}) {
		e.Projects = append(e.Projects, fairvote.Project{ID: id, Cost: costs[id]})
	}
	for _, b := range ballots {
		var v fairvote.Vote
		for k, p := range e.Projects {
			if strings.Contains(b, p.ID) {
				v.Projects = append(v.Projects, int32(k))
			}
		}
		e.Votes = append(e.Votes, v)
	}
	return e
}

func ids(e fairvote.Election, list []int) string {
	s := ""
	for _, k := range list {
		s += e.Projects[k].ID
	}
	return s
}

func equalShares(completion string) fairvote.Parameters {
	return fairvote.Parameters{Rule: fairvote.EqualShares, Utility: fairvote.ByCost, Completion: completion}
}

// With the most votes alone a half takes everything; with equal shares each side gets what its share pays for.
func TestEqualShares_theSmallerSideGetsItsShare(t *testing.T) {
	e := approvals(100, map[string]int64{"a": 40, "b": 40, "c": 20, "d": 40}, "abc", "abc", "abc", "d", "d")
	r := count(t, e, equalShares(fairvote.None))
	if got := ids(e, r.Winners); got != "cad" {
		t.Errorf("winners %s", got)
	}
	if got := ids(e, r.Comparison.Winners); got != "cab" {
		t.Errorf("the most votes: %s", got)
	}
	if r.Comparison.NothingThere != 2 || r.Comparison.NothingHere != 0 || r.Comparison.OnlyThere != 2 {
		t.Errorf("comparison %+v", r.Comparison)
	}
	if o := r.Outcomes[3]; o.NothingInGreedy != 2 || !o.Won || o.Why != fairvote.Bought || len(o.Shares) != 1 || o.Shares[0].Each.Cmp(big.NewRat(20, 1)) != 0 {
		t.Errorf("d: %+v", o)
	}
}

func TestEqualShares_saysHowFarALoserWas(t *testing.T) {
	// Each of four has 10. a takes 5 of three voters; b's two supporters have 15 left for its 30.
	e := approvals(40, map[string]int64{"a": 15, "b": 30}, "ab", "a", "a", "b")
	r := count(t, e, equalShares(fairvote.None))
	o := r.Outcomes[1]
	if o.Won || o.Why != fairvote.NotAffordable || o.Left.Cmp(big.NewRat(15, 1)) != 0 || o.Missing.Cmp(big.NewRat(15, 1)) != 0 || o.MoreVotes != 2 {
		t.Errorf("b: %+v", o)
	}
	if s := r.Rounds[0].Standings; len(s) != 1 || s[0].Project != 0 || s[0].Effective != 300 {
		t.Errorf("standings %+v", s)
	}
}

func TestCount_equalOnesGoToTheCheapestThenTheMostVotesThenTheLot(t *testing.T) {
	// Of cost utility a unit of worth costs 1/votes: equal votes are equal.
	e := approvals(40, map[string]int64{"a": 20, "b": 15}, "ab", "ab")
	r := count(t, e, equalShares(fairvote.None))
	if got := ids(e, r.Winners); got != "ba" || len(r.Tied) != 1 || r.Tied[0].By != "cost" {
		t.Errorf("winners %s, ties %+v", got, r.Tied)
	}
	e = approvals(20, map[string]int64{"a": 20, "b": 20}, "ab", "ab")
	first := map[string]bool{}
	for seed := range uint64(20) {
		p := equalShares(fairvote.None)
		p.Seed = seed
		r := count(t, e, p)
		if len(r.Winners) != 1 || len(r.Tied) != 1 || r.Tied[0].By != "lot" {
			t.Fatalf("%+v", r)
		}
		first[ids(e, r.Winners)] = true
		slices.Reverse(e.Projects)
		if again := count(t, e, p); ids(e, again.Winners) != func() string { slices.Reverse(e.Projects); return ids(e, r.Winners) }() {
			t.Errorf("seed %d: the lot hangs on the order of projects", seed)
		}
	}
	if len(first) != 2 {
		t.Error("twenty lots took the same one")
	}
}

// A published seed must draw the same in every version.
func TestLot_isWrittenDownForAllVersions(t *testing.T) {
	var list []fairvote.Project
	for _, id := range []string{"1", "2", "3", "klupe", "čitaonica"} {
		list = append(list, fairvote.Project{ID: id})
	}
	for seed, want := range map[uint64]string{0: "[1 2 4 3 0]", 20261126: "[3 1 0 4 2]"} {
		if got := fmt.Sprint(fairvote.Lot(list, seed)); got != want {
			t.Errorf("seed %d: %s, want %s", seed, got, want)
		}
	}
}

func TestCount_nothingBreaksOnNothing(t *testing.T) {
	for name, e := range map[string]fairvote.Election{
		"nothing at all": {},
		"no votes":       {Budget: 100, Projects: []fairvote.Project{{ID: "a", Cost: 10}}},
		"no budget":      approvals(0, map[string]int64{"a": 10}, "a", ""),
		"empty ballots":  approvals(100, map[string]int64{"a": 10}, "", ""),
		"too dear":       approvals(100, map[string]int64{"a": 101}, "a", "a"),
		"withdrawn":      {Budget: 100, Projects: []fairvote.Project{{ID: "a", Cost: 10, Withdrawn: true}}, Votes: []fairvote.Vote{{Projects: []int32{0}}}},
	} {
		for _, rule := range fairvote.Rules {
			for _, completion := range fairvote.Completions {
				p := equalShares(completion)
				p.Rule = rule
				r := count(t, e, p)
				if len(r.Winners) > 0 || r.Spent != 0 {
					t.Errorf("%s, %s %s: %+v", name, rule, completion, r)
				}
				if _, err := json.Marshal(r.Document(e, nil)); err != nil {
					t.Error(err)
				}
			}
		}
	}
	// Who is too dear does not stop the shares of the others from being raised.
	e := approvals(100, map[string]int64{"a": 101, "b": 60, "c": 40}, "ab", "a", "a", "ac")
	if r := count(t, e, equalShares(fairvote.Add1Overshoot)); ids(e, r.Winners) != "cb" || r.Outcomes[0].Why != fairvote.TooDear {
		t.Errorf("winners %v", r.Winners)
	}
	// What costs nothing is for the asking.
	e = approvals(0, map[string]int64{"a": 0, "b": 0}, "a")
	for _, rule := range fairvote.Rules {
		p := equalShares(fairvote.Add1)
		p.Rule = rule
		if r := count(t, e, p); ids(e, r.Winners) != "a" || r.Outcomes[1].Why != fairvote.Unsupported {
			t.Errorf("%s: %+v", rule, r)
		}
	}
}

func TestCount_refusesWhatCannotBe(t *testing.T) {
	good := approvals(10, map[string]int64{"a": 1, "b": 2}, "a")
	for name, change := range map[string]func(*fairvote.Election, *fairvote.Parameters){
		"budget":    func(e *fairvote.Election, _ *fairvote.Parameters) { e.Budget = -1 },
		"huge":      func(e *fairvote.Election, _ *fairvote.Parameters) { e.Budget = 1 << 62 },
		"cost":      func(e *fairvote.Election, _ *fairvote.Parameters) { e.Projects[0].Cost = -1 },
		"twice":     func(e *fairvote.Election, _ *fairvote.Parameters) { e.Projects[0].ID = "b" },
		"no id":     func(e *fairvote.Election, _ *fairvote.Parameters) { e.Projects[0].ID = "" },
		"decimals":  func(e *fairvote.Election, _ *fairvote.Parameters) { e.Decimals = 7 },
		"unknown":   func(e *fairvote.Election, _ *fairvote.Parameters) { e.Votes[0].Projects[0] = 2 },
		"doubled":   func(e *fairvote.Election, _ *fairvote.Parameters) { e.Votes[0].Projects = []int32{1, 1} },
		"points":    func(e *fairvote.Election, _ *fairvote.Parameters) { e.Votes[0].Points = []int64{1, 2} },
		"rule":      func(_ *fairvote.Election, p *fairvote.Parameters) { p.Rule = "" },
		"utility":   func(_ *fairvote.Election, p *fairvote.Parameters) { p.Utility = "joy" },
		"complete":  func(_ *fairvote.Election, p *fairvote.Parameters) { p.Completion = "add2" },
		"step back": func(_ *fairvote.Election, p *fairvote.Parameters) { p.Step = -1 },
	} {
		e := fairvote.Election{Budget: good.Budget, Projects: slices.Clone(good.Projects), Votes: []fairvote.Vote{{Projects: []int32{0}}}}
		p := equalShares(fairvote.Add1)
		change(&e, &p)
		if _, err := fairvote.Count(e, p); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// Large amounts, many decimals and shares far above the costs neither overflow nor take one step at a time.
func TestAdd1_isNotSlowWhereAmountsAreLarge(t *testing.T) {
	const million = 1_000_000
	e := approvals(90_000*million, map[string]int64{"a": 40_000 * million, "b": 30_000*million + 1, "c": 19_999 * million}, "ab", "a", "bc", "c", "", "")
	r := count(t, e, equalShares(fairvote.Add1))
	if len(r.Winners) != 3 || r.Steps < 1_000_000_000 {
		t.Errorf("winners %v after %d steps", r.Winners, r.Steps)
	}
	// a and b have the same supporters and cost: they stand equal with every share.
	e = approvals(90_000*million, map[string]int64{"a": 30_000 * million, "b": 30_000 * million, "c": 30_000*million - 7}, "ab", "abc", "abc", "c", "", "", "")
	if r := count(t, e, equalShares(fairvote.Add1Overshoot)); len(r.Winners) != 3 {
		t.Errorf("winners %v after %d steps", r.Winners, r.Steps)
	}
	e.Budget, e.Projects[0].Cost, e.Projects[1].Cost = fairvote.MaxAmount, fairvote.MaxAmount-7, 6
	for _, completion := range fairvote.Completions {
		if r := count(t, e, equalShares(completion)); r.Spent > e.Budget {
			t.Errorf("%s: %d spent", completion, r.Spent)
		}
	}
}

// able says whether a project could win.
func able(e fairvote.Election, k int) bool {
	return !e.Projects[k].Withdrawn && e.Projects[k].Cost <= e.Budget && newPlain(e, fairvote.Parameters{}).votes(k) > 0
}

func anyParameters(t *rapid.T) fairvote.Parameters {
	p := parameters(t)
	p.Rule = rapid.SampledFrom([]string{fairvote.EqualShares, fairvote.EqualShares, fairvote.Greedy, fairvote.Phragmen}).Draw(t, "rule")
	return p
}

func TestCount_neverSpendsMoreThanTheBudgetAndEveryCostIsPaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, p := elections(t, 60), anyParameters(t)
		r := count(t, e, p)
		spent := int64(0)
		for _, k := range r.Winners {
			spent += e.Projects[k].Cost
			if !able(e, k) {
				t.Fatalf("%s won", e.Projects[k].ID)
			}
		}
		if spent != r.Spent || spent > e.Budget {
			t.Fatalf("spent %d, says %d, budget %d", spent, r.Spent, e.Budget)
		}
		for k, o := range r.Outcomes {
			if o.Won != slices.Contains(r.Winners, k) || o.Why == "" {
				t.Fatalf("%+v", o)
			}
			if o.Why != fairvote.Bought {
				continue
			}
			sum, voters := new(big.Rat), 0
			for _, s := range o.Shares {
				if s.Each.Sign() < 0 || s.Voters <= 0 || p.Rule == fairvote.EqualShares && p.Completion != fairvote.ByPhragmen && s.Each.Cmp(new(big.Rat).Mul(r.Endowment, big.NewRat(5, 1))) > 0 {
					t.Fatalf("a share of %s", s.Each)
				}
				sum.Add(sum, new(big.Rat).Mul(s.Each, new(big.Rat).SetInt64(int64(s.Voters))))
				voters += s.Voters
			}
			if sum.Cmp(new(big.Rat).SetInt64(e.Projects[k].Cost)) != 0 || voters != o.Votes || o.Paid.Cmp(sum) != 0 {
				t.Fatalf("%s: %s paid by %d of %d", e.Projects[k].ID, sum, voters, o.Votes)
			}
		}
	})
}

func TestCount_theOrderOfBallotsAndProjectsMakesNoDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, p := elections(t, rapid.SampledFrom([]int64{4, 60}).Draw(t, "most")), anyParameters(t)
		x := fairvote.Election{Budget: e.Budget}
		to := rapid.Permutation(fits(e.Projects)).Draw(t, "projects")
		x.Projects = make([]fairvote.Project, len(e.Projects))
		for k, at := range to {
			x.Projects[at] = e.Projects[k]
		}
		for _, v := range rapid.Permutation(e.Votes).Draw(t, "votes") {
			y := fairvote.Vote{Points: slices.Clone(v.Points)}
			for _, k := range v.Projects {
				y.Projects = append(y.Projects, int32(to[k]))
			}
			slices.Reverse(y.Projects)
			slices.Reverse(y.Points)
			x.Votes = append(x.Votes, y)
		}
		a, b := count(t, e, p), count(t, x, p)
		if ids(e, a.Winners) != ids(x, b.Winners) || a.Spent != b.Spent || a.Steps != b.Steps {
			t.Fatalf("%s and %s", ids(e, a.Winners), ids(x, b.Winners))
		}
		for k, o := range a.Outcomes {
			if q := b.Outcomes[to[k]]; fmt.Sprint(o.Shares) != fmt.Sprint(q.Shares) || o.Why != q.Why {
				t.Fatalf("%s: %v and %v", e.Projects[k].ID, o, q)
			}
		}
	})
}

func TestCount_nothingMoreFitsWhereThatIsPromised(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, p := elections(t, 60), anyParameters(t)
		if p.Rule == fairvote.EqualShares {
			p.Completion = rapid.SampledFrom([]string{fairvote.Add1Utilitarian, fairvote.ByPhragmen}).Draw(t, "exhaustive")
		}
		r := count(t, e, p)
		for k, q := range e.Projects {
			if able(e, k) && !r.Outcomes[k].Won && r.Spent+q.Cost <= e.Budget {
				t.Fatalf("%s fits: %d of %d spent", q.ID, r.Spent, e.Budget)
			}
		}
	})
}

// Extended justified representation up to one project, by brute force: where so many voters all approve of T that their part
// of the budget pays for it, one of them gets as much as T is worth, or would with one project more.
func TestEqualShares_representsEveryGroupUpToOneProject(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, p := elections(t, rapid.SampledFrom([]int64{4, 30}).Draw(t, "most")), parameters(t)
		for i := range e.Votes {
			e.Votes[i].Points = nil
		}
		r := count(t, e, p)
		worth := func(k int) int64 {
			if p.Utility == fairvote.ByCost {
				return e.Projects[k].Cost
			}
			return 1
		}
		approves := make([]uint, len(e.Votes))
		for i, v := range e.Votes {
			for _, k := range v.Projects {
				approves[i] |= 1 << k
			}
		}
		for set := uint(1); set < 1<<len(e.Projects); set++ {
			cost, value, possible := int64(0), int64(0), true
			for rest := set; rest != 0; rest &= rest - 1 {
				k := bits.TrailingZeros(rest)
				cost, value, possible = cost+e.Projects[k].Cost, value+worth(k), possible && !e.Projects[k].Withdrawn
			}
			if !possible {
				continue
			}
			without := int64(0)
			for i := range e.Votes {
				if approves[i]&set != set {
					continue
				}
				has, more := int64(0), int64(0)
				for k := range e.Projects {
					if approves[i]>>k&1 == 1 && r.Outcomes[k].Won {
						has += worth(k)
					} else if approves[i]>>k&1 == 1 {
						more = max(more, worth(k))
					}
				}
				if has < value && has+more <= value {
					without++
				}
			}
			if without > 0 && without*e.Budget >= cost*int64(len(e.Votes)) {
				t.Fatalf("%d voters of %d could pay %d for %b, and none has as much: won %v", without, len(e.Votes), cost, set, r.Winners)
			}
		}
	})
}

// Sequential Phragmén as the money of voters that grows, moment by moment.
func TestPhragmen_buysAsSoonAsSupportersCanPay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, p := elections(t, 30), parameters(t)
		p.Rule, p.Completion = rapid.SampledFrom([]string{fairvote.Phragmen, fairvote.EqualShares}).Draw(t, "rule"), fairvote.ByPhragmen
		x := newPlain(e, p)
		money := make([]*big.Rat, len(e.Votes))
		for i := range money {
			money[i] = new(big.Rat)
		}
		var want []int
		spent := int64(0)
		won := make([]bool, len(e.Projects))
		if p.Rule == fairvote.EqualShares && len(e.Votes) > 0 {
			want, _, spent = x.bought(big.NewRat(e.Budget, int64(len(e.Votes))))
			money = x.money
			for _, k := range want {
				won[k] = true
			}
		}
		for k, q := range e.Projects {
			if x.able[k] && q.Cost == 0 {
				won[k] = true
			}
		}
		for {
			best, bestWait := -1, new(big.Rat)
			for k, q := range e.Projects {
				if !x.able[k] || won[k] || spent+q.Cost > e.Budget {
					continue
				}
				wait, n := new(big.Rat).SetInt64(q.Cost), int64(0)
				for i, v := range e.Votes {
					if x.points(v, k) > 0 {
						wait.Sub(wait, money[i])
						n++
					}
				}
				wait.Quo(wait, new(big.Rat).SetInt64(n))
				if d := wait.Cmp(bestWait); best < 0 || d < 0 || d == 0 && x.before(k, best) < 0 {
					best, bestWait = k, wait
				}
			}
			if best < 0 {
				break
			}
			for i, v := range e.Votes {
				money[i].Add(money[i], bestWait)
				if x.points(v, best) > 0 {
					money[i].SetInt64(0)
				}
			}
			won[best], spent, want = true, spent+e.Projects[best].Cost, append(want, best)
		}
		var got []int
		for _, y := range count(t, e, p).Rounds {
			got = append(got, y.Project)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("bought %v, by the moment %v", got, want)
		}
	})
}

func TestEqualShares_saysTheSameWithFewBits(t *testing.T) {
	for _, n := range []uint{0, 1, 4} {
		fairvote.WithPrecision(n, func() { TestEqualShares_saysWhatThePlainRuleSays(t) })
	}
}
