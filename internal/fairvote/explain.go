package fairvote

import (
	"math/big"
	"slices"
)

// ledger has the endowment, the prices and what every class has in whole numbers of one common fraction: so a sum is one of
// whole numbers, and equal ones are known before they are written as fractions.
type ledger struct {
	common *big.Int // the fraction is one by this
	endow  *big.Int
	prices []*big.Int
	has    []*big.Int // by class
}

func (s *shares) ledger() ledger {
	l := ledger{common: new(big.Int).Set(s.endow.Denom()), prices: make([]*big.Int, len(s.rounds)), has: make([]*big.Int, len(s.classes))}
	for i := range s.rounds {
		d := s.price(int32(i)).Denom()
		l.common.Div(l.common, new(big.Int).GCD(nil, nil, l.common, d)).Mul(l.common, d)
	}
	whole := func(r *big.Rat) *big.Int {
		n := new(big.Int).Div(l.common, r.Denom())
		return n.Mul(n, r.Num())
	}
	l.endow = whole(s.endow)
	for i := range s.rounds {
		l.prices[i] = whole(s.price(int32(i)))
	}
	l.has[penniless], l.has[untouched] = new(big.Int), l.endow
	for i := untouched + 1; i < len(s.classes); i++ { // parents come first
		x := s.classes[i]
		n := new(big.Int).Mul(l.prices[x.round], big.NewInt(x.weight))
		l.has[i] = n.Sub(l.has[x.parent], n)
	}
	return l
}

// left is what the project's supporters have together.
func (s *shares) left(k int, l ledger) *big.Rat {
	s.gather(k)
	sum, part := new(big.Int), new(big.Int)
	for _, x := range s.entries {
		sum.Add(sum, part.Mul(l.has[x.class], part.SetInt64(int64(x.n))))
	}
	return new(big.Rat).SetFrac(sum, l.common)
}

// shared says who paid what in every round.
func (c *count) shared(s *shares, l ledger) {
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
			list = append(list, part{int(x.n), l.has[x.class]})
			paid += int(x.n)
		}
		for w, n := range p.payers {
			list = append(list, part{n, new(big.Int).Mul(l.prices[i], big.NewInt(w))})
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
			o.Shares = append(o.Shares, Share{x.voters, new(big.Rat).SetFrac(x.each, l.common)})
		}
	}
}
