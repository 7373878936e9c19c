package fairvote_test

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kvart/internal/fairvote"
)

// plain is the Method of Equal Shares written down as the paper has it: every project in every round of every endowment anew,
// in fractions. The package must say the same.
type plain struct {
	fairvote.Election
	utility string
	rank    []int
	able    []bool
	money   []*big.Rat // that voters had left after the last endowment
}

func newPlain(e fairvote.Election, p fairvote.Parameters) *plain {
	x := &plain{Election: e, utility: p.Utility, rank: fairvote.Lot(e.Projects, p.Seed)}
	for k, q := range e.Projects {
		x.able = append(x.able, !q.Withdrawn && q.Cost <= e.Budget && x.votes(k) > 0)
	}
	return x
}

func (x *plain) points(v fairvote.Vote, k int) int64 {
	for j, p := range v.Projects {
		if int(p) == k {
			if v.Points == nil {
				return 1
			}
			return max(v.Points[j], 0)
		}
	}
	return 0
}

func (x *plain) votes(k int) (n int) {
	for _, v := range x.Votes {
		if x.points(v, k) > 0 {
			n++
		}
	}
	return n
}

func (x *plain) before(a, b int) int {
	return cmp.Or(cmp.Compare(x.Projects[a].Cost, x.Projects[b].Cost), cmp.Compare(x.votes(b), x.votes(a)), cmp.Compare(x.rank[a], x.rank[b]))
}

// bought is what one endowment buys, and the prices.
func (x *plain) bought(endow *big.Rat) (winners []int, prices []*big.Rat, spent int64) {
	money := make([]*big.Rat, len(x.Votes))
	for i := range money {
		money[i] = new(big.Rat).Set(endow)
	}
	x.money = money
	won := make([]bool, len(x.Projects))
	for k, p := range x.Projects {
		if x.able[k] && p.Cost == 0 {
			won[k] = true
		}
	}
	for {
		best, bestWorth, bestPrice := -1, new(big.Rat), new(big.Rat)
		for k, p := range x.Projects {
			if !x.able[k] || won[k] {
				continue
			}
			price, ok := x.price(k, money)
			if !ok {
				continue
			}
			worth := new(big.Rat).Set(price)
			if x.utility == fairvote.ByCost {
				worth.Quo(worth, new(big.Rat).SetInt64(p.Cost))
			}
			if d := worth.Cmp(bestWorth); best < 0 || d < 0 || d == 0 && x.before(k, best) < 0 {
				best, bestWorth, bestPrice = k, worth, price
			}
		}
		if best < 0 {
			return winners, prices, spent
		}
		for i, v := range x.Votes {
			pay := new(big.Rat).Mul(bestPrice, new(big.Rat).SetInt64(x.points(v, best)))
			if pay.Cmp(money[i]) > 0 {
				pay.Set(money[i])
			}
			money[i].Sub(money[i], pay)
		}
		won[best] = true
		winners, prices, spent = append(winners, best), append(prices, bestPrice), spent+x.Projects[best].Cost
	}
}

// price tries every supporter as the first who pays in full.
func (x *plain) price(k int, money []*big.Rat) (*big.Rat, bool) {
	type purse struct {
		money *big.Rat
		w     int64
	}
	var list []purse
	weight := int64(0)
	for i, v := range x.Votes {
		if w := x.points(v, k); w > 0 {
			list = append(list, purse{money[i], w})
			weight += w
		}
	}
	slices.SortFunc(list, func(a, b purse) int {
		return new(big.Rat).Mul(a.money, new(big.Rat).SetInt64(b.w)).Cmp(new(big.Rat).Mul(b.money, new(big.Rat).SetInt64(a.w)))
	})
	left := new(big.Rat).SetInt64(x.Projects[k].Cost)
	for _, p := range list {
		price := new(big.Rat).Quo(left, new(big.Rat).SetInt64(weight))
		if new(big.Rat).Mul(price, new(big.Rat).SetInt64(p.w)).Cmp(p.money) <= 0 {
			return price, true
		}
		left.Sub(left, p.money)
		weight -= p.w
	}
	return nil, false
}

// count is the whole rule without the completions that follow another rule.
func (x *plain) count(completion string, step int64) (winners []int, prices []*big.Rat, endow *big.Rat, steps int) {
	if len(x.Votes) == 0 {
		return nil, nil, nil, 0
	}
	n := int64(len(x.Votes))
	endow = big.NewRat(x.Budget, n)
	winners, prices, spent := x.bought(endow)
	if completion == fairvote.None {
		return winners, prices, endow, 0
	}
	able := 0
	for k := range x.Projects {
		if x.able[k] && x.Projects[k].Cost > 0 {
			able++
		}
	}
	start := x.Budget / n / step * step
	for i := 1; len(winners) < able; i++ {
		if completion != fairvote.Add1Overshoot && !slices.ContainsFunc(fits(x.Projects), func(k int) bool {
			return x.able[k] && x.Projects[k].Cost > 0 && !slices.Contains(winners, k) && spent+x.Projects[k].Cost <= x.Budget
		}) {
			break
		}
		next := new(big.Rat).SetInt64(start + int64(i)*step)
		w, q, s := x.bought(next)
		if s > x.Budget {
			break
		}
		winners, prices, spent, endow, steps = w, q, s, next, i
	}
	return winners, prices, endow, steps
}

func fits(list []fairvote.Project) (all []int) {
	for k := range list {
		all = append(all, k)
	}
	return all
}

// elections draws a small election in which ties, twins and empty purses are common.
func elections(t *rapid.T, most int64) fairvote.Election {
	e := fairvote.Election{Budget: rapid.Int64Range(0, 4*most).Draw(t, "budget")}
	unit := rapid.SampledFrom([]int64{1, 1, max(most/10, 1)}).Draw(t, "unit")
	for k := range rapid.IntRange(0, 7).Draw(t, "projects") {
		e.Projects = append(e.Projects, fairvote.Project{ID: fmt.Sprintf("p%d", k), Cost: unit * rapid.Int64Range(0, max(most/unit, 1)).Draw(t, "cost"), Withdrawn: rapid.IntRange(0, 15).Draw(t, "withdrawn") == 0})
	}
	pointed := rapid.IntRange(0, 3).Draw(t, "kind") == 0
	highest := rapid.SampledFrom([]int64{2, 5, 5, fairvote.MaxPoints}).Draw(t, "highest")
	for range rapid.IntRange(0, 9).Draw(t, "voters") {
		var v fairvote.Vote
		for k := range e.Projects {
			if rapid.IntRange(0, 2).Draw(t, "approves") > 0 {
				continue
			}
			v.Projects = append(v.Projects, int32(k))
			if pointed {
				v.Points = append(v.Points, rapid.Int64Range(-1, highest).Draw(t, "points"))
			}
		}
		e.Votes = append(e.Votes, v)
	}
	return e
}

func parameters(t *rapid.T) fairvote.Parameters {
	return fairvote.Parameters{Rule: fairvote.EqualShares, Utility: rapid.SampledFrom(fairvote.Utilities).Draw(t, "utility"),
		Completion: rapid.SampledFrom(fairvote.Completions).Draw(t, "completion"), Seed: rapid.Uint64Range(0, 3).Draw(t, "seed"), Step: rapid.SampledFrom([]int64{0, 1, 3}).Draw(t, "step")}
}

func count(t interface {
	Helper()
	Fatal(...any)
}, e fairvote.Election, p fairvote.Parameters) fairvote.Result {
	t.Helper()
	r, err := fairvote.Count(e, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEqualShares_saysWhatThePlainRuleSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, p := elections(t, rapid.SampledFrom([]int64{5, 40, 400}).Draw(t, "most")), parameters(t)
		p.Completion = rapid.SampledFrom([]string{fairvote.None, fairvote.Add1, fairvote.Add1Overshoot}).Draw(t, "completion")
		r := count(t, e, p)
		winners, prices, endow, steps := newPlain(e, p).count(p.Completion, max(p.Step, 1))
		var bought []int
		for i, x := range r.Rounds {
			bought = append(bought, x.Project)
			if i < len(prices) && x.Price.Cmp(prices[i]) != 0 {
				t.Fatalf("round %d: price %s, plainly %s", i+1, x.Price, prices[i])
			}
		}
		if !slices.Equal(bought, winners) {
			t.Fatalf("bought %v, plainly %v", bought, winners)
		}
		if endow != nil && (r.Endowment.Cmp(endow) != 0 || r.Steps != steps) {
			t.Fatalf("endowment %s after %d steps, plainly %s after %d", r.Endowment, r.Steps, endow, steps)
		}
	})
}
