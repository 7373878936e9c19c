package fairvote

import (
	"math/big"
	"slices"
)

// shared says who paid what in every round. All amounts are whole numbers of one common fraction, so that a sum is one of
// whole numbers, and equal ones are known before they are written as fractions.
func (c *count) shared(s *shares) {
	common := new(big.Int).Set(s.endow.Denom())
	for i := range s.rounds {
		d := s.price(int32(i)).Denom()
		common.Div(common, new(big.Int).GCD(nil, nil, common, d)).Mul(common, d)
	}
	whole := func(r *big.Rat) *big.Int {
		n := new(big.Int).Div(common, r.Denom())
		return n.Mul(n, r.Num())
	}
	endow := whole(s.endow)
	prices := make([]*big.Int, len(s.rounds))
	for i := range s.rounds {
		prices[i] = whole(s.price(int32(i)))
	}
	has := make([]*big.Int, len(s.classes))
	has[untouched] = endow
	for i := untouched + 1; i < len(s.classes); i++ { // parents come first
		x := s.classes[i]
		n := new(big.Int).Mul(prices[x.round], big.NewInt(x.weight))
		has[i] = n.Sub(has[x.parent], n)
	}
	type part struct {
		voters int
		each   *big.Int
	}
	for i := range s.rounds {
		p := &s.rounds[i]
		o := &c.result.Outcomes[p.project]
		var list []part
		paid := 0
		for _, x := range p.poor {
			list = append(list, part{int(x.n), has[x.class]})
			paid += int(x.n)
		}
		for w, n := range p.payers {
			list = append(list, part{n, new(big.Int).Mul(prices[i], big.NewInt(w))})
			paid += n
		}
		if n := len(c.supporters[p.project]) - paid; n > 0 {
			list = append(list, part{n, new(big.Int)})
		}
		slices.SortFunc(list, func(a, b part) int { return b.each.Cmp(a.each) })
		for j, x := range list {
			if j > 0 && list[j-1].each.Cmp(x.each) == 0 {
				o.Shares[len(o.Shares)-1].Voters += x.voters
				continue
			}
			o.Shares = append(o.Shares, Share{x.voters, new(big.Rat).SetFrac(x.each, common)})
		}
	}
}
