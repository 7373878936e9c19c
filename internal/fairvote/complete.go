package fairvote

import (
	"math/big"
	"slices"
)

// equalShares runs the Method of Equal Shares and its completion.
func (c *count) equalShares() {
	c.free()
	if len(c.Votes) == 0 {
		return
	}
	s := newShares(c)
	voters := int64(len(c.Votes))
	endow := big.NewRat(c.Budget, voters)
	s.run(endow)
	if c.raises() {
		endow = s.raise(endow)
	}
	s.explain = true
	s.reset()
	s.run(endow)
	s.report()
	switch c.Completion {
	case Add1Utilitarian:
		c.fill(Filled)
	case ByPhragmen:
		c.phragmen(s)
	}
}

// raise gives every voter one step more after the other, and is the last endowment that counts. The first is the budget by the
// number of voters, the next a whole number of steps.
func (s *shares) raise(endow *big.Rat) *big.Rat {
	c := s.count
	start := c.Budget / int64(len(c.Votes)) / c.Step * c.Step
	for at := start; ; {
		if len(s.rounds) == len(s.order) || c.Completion != Add1Overshoot && s.exhaustive() {
			return endow
		}
		// All the steps for which the run is certain to be the same are taken at once.
		if whole := int64(s.same>>s.shift) / c.Step * c.Step; at > start && whole > 0 {
			at += whole
			endow = new(big.Rat).SetInt64(at)
			c.result.Steps = int((at - start) / c.Step)
		}
		at += c.Step
		next := new(big.Rat).SetInt64(at)
		if !s.run(next) {
			return endow
		}
		endow, c.result.Steps = next, int((at-start)/c.Step)
	}
}

// exhaustive says whether nothing more fits into the budget.
func (s *shares) exhaustive() bool {
	bought := make([]bool, len(s.Projects))
	for _, p := range s.rounds {
		bought[p.project] = true
	}
	return !slices.ContainsFunc(s.order, func(k int) bool { return !bought[k] && s.spent+s.Projects[k].Cost <= s.Budget })
}

// report takes the run over into the result.
func (s *shares) report() {
	c, r := s.count, &s.count.result
	r.Endowment = s.endow
	for i := range s.rounds {
		p := &s.rounds[i]
		c.win(p.project, Bought)
		price := s.price(int32(i))
		r.Rounds = append(r.Rounds, Round{p.project, price, s.standings[i]})
		o := &r.Outcomes[p.project]
		o.Round = i + 1
		o.Paid = new(big.Rat).SetInt64(c.Projects[p.project].Cost)
		o.Effective = new(big.Rat).Quo(o.Paid, price)
	}
	r.Tied = append(r.Tied, slices.Clone(s.tied)...)
	l := s.ledger()
	c.shared(s, l)
	for _, k := range s.order {
		o := &r.Outcomes[k]
		o.Left = s.left(k, l)
		if o.Won {
			continue
		}
		o.Why = NotAffordable
		o.Missing = new(big.Rat).Sub(new(big.Rat).SetInt64(c.Projects[k].Cost), o.Left)
		if s.endow.Sign() > 0 {
			more := new(big.Rat).Quo(o.Missing, s.endow)
			n := new(big.Int).Add(more.Num(), more.Denom())
			o.MoreVotes = n.Sub(n, big.NewInt(1)).Quo(n, more.Denom()).Int64()
		}
	}
}
