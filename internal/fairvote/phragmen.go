package fairvote

import (
	"math/big"
	"slices"
)

// phragmen buys by Phragmén's sequential method: every voter's money grows at one speed, and the first project whose
// supporters have its cost together is bought with all they have. What no longer fits into the budget is passed over. After
// Equal Shares voters begin with what they have left; otherwise with nothing. The time is the money that a voter who never
// paid would have more than at the start.
func (c *count) phragmen(after *shares) {
	c.free()
	groups := []*big.Rat{new(big.Rat)} // the time at which those of the group had nothing; 0 is who never paid here
	group := make([]int32, len(c.Votes))
	counts := []int64{0}
	type waiting struct {
		project int
		time    *big.Rat // at which it can be bought, or earlier than that
		known   int      // the purchases that are in it
	}
	// when is the time at which the project can be bought: what is missing now, shared by all supporters, if money grew from
	// nothing since each paid last.
	when := func(k int) *big.Rat {
		clear(counts)
		var first []entry
		classes := map[int32]int32{}
		for _, i := range c.supporters[k] {
			g := group[i]
			counts[g]++
			if g == 0 && after != nil {
				classes[after.class[i]]++
			}
		}
		sum := new(big.Rat).SetInt64(c.Projects[k].Cost)
		for class, n := range classes {
			first = append(first, entry{class, n, 1})
		}
		if after != nil {
			sum.Sub(sum, after.money(first))
		}
		for g, n := range counts {
			if n > 0 && g > 0 {
				sum.Add(sum, new(big.Rat).Mul(groups[g], new(big.Rat).SetInt64(n)))
			}
		}
		return sum.Quo(sum, new(big.Rat).SetInt64(int64(len(c.supporters[k]))))
	}
	var list []waiting
	for _, k := range c.open() {
		if len(c.supporters[k]) > 0 {
			list = append(list, waiting{k, when(k), 0})
		}
	}
	for {
		list = slices.DeleteFunc(list, func(w waiting) bool { return c.won[w.project] || c.result.Spent+c.Projects[w.project].Cost > c.Budget })
		if len(list) == 0 {
			break
		}
		// Times only grow: the first is certain once it is as new as the last purchase.
		first := func() int {
			best := 0
			for i := range list {
				if list[i].time.Cmp(list[best].time) < 0 {
					best = i
				}
			}
			return best
		}
		for {
			i := first()
			if list[i].known == len(groups) {
				break
			}
			list[i].time, list[i].known = when(list[i].project), len(groups)
		}
		time := list[first()].time
		var equal []int
		for i := range list {
			if list[i].time.Cmp(time) != 0 {
				continue
			}
			if list[i].known < len(groups) {
				list[i].time, list[i].known = when(list[i].project), len(groups)
			}
			if list[i].time.Cmp(time) == 0 {
				equal = append(equal, list[i].project)
			}
		}
		slices.SortFunc(equal, c.before)
		k := equal[0]
		r := &c.result
		o := &r.Outcomes[k]
		c.win(k, Bought)
		r.Rounds = append(r.Rounds, Round{Project: k, Price: time})
		o.Round = len(r.Rounds)
		if len(equal) > 1 {
			r.Tied = append(r.Tied, Tie{o.Round, equal, c.by(k, equal[1])})
		}
		o.Paid = new(big.Rat).SetInt64(c.Projects[k].Cost)
		paid := map[int32]int{}  // by group
		purse := map[int32]int{} // and by class, of those who never paid here
		for _, i := range c.supporters[k] {
			if g := group[i]; g == 0 && after != nil {
				purse[after.class[i]]++
			} else {
				paid[g]++
			}
			group[i] = int32(len(groups))
		}
		var shares []Share
		for g, n := range paid {
			shares = append(shares, Share{n, new(big.Rat).Sub(time, groups[g])})
		}
		for class, n := range purse {
			shares = append(shares, Share{n, new(big.Rat).Add(time, after.exactBalance(class))})
		}
		o.Shares = merged(shares)
		groups, counts = append(groups, time), append(counts, 0)
	}
	for _, k := range c.open() {
		if o := &c.result.Outcomes[k]; len(c.supporters[k]) > 0 {
			o.Why, o.Missing, o.MoreVotes = NoRoom, nil, 0
		}
	}
}

// merged puts equal shares together, the largest first.
func merged(list []Share) []Share {
	slices.SortFunc(list, func(a, b Share) int { return b.Each.Cmp(a.Each) })
	out := list[:0]
	for _, s := range list {
		if n := len(out); n > 0 && out[n-1].Each.Cmp(s.Each) == 0 {
			out[n-1].Voters += s.Voters
		} else {
			out = append(out, s)
		}
	}
	return out
}
