package fairvote

import (
	"math/big"
	"slices"
)

// What fixed point leaves open is decided here, by the fractions themselves.

// exactBid is the price of a project in this round.
func (s *shares) exactBid(k int, b *bid) *big.Rat {
	if b.exact == nil {
		if b.loss == 0 {
			b.exact = new(big.Rat).SetFrac(new(big.Int).SetUint64(b.num), new(big.Int).Lsh(new(big.Int).SetUint64(b.den), s.shift))
		} else {
			b.exact, _ = s.exactPrice(k)
		}
	}
	return b.exact
}

// exactPrice is the price of a point at which the project's supporters can pay for it, and whether they can.
func (s *shares) exactPrice(k int) (*big.Rat, bool) {
	s.gather(k)
	type purse struct {
		entry
		money, perPoint *big.Rat
	}
	var list []purse
	weight := int64(0)
	for _, x := range s.entries {
		money := s.exactBalance(x.class)
		list = append(list, purse{x, money, new(big.Rat).Quo(money, new(big.Rat).SetInt64(x.weight))})
		weight += int64(x.n) * x.weight
	}
	slices.SortFunc(list, func(a, b purse) int { return a.perPoint.Cmp(b.perPoint) })
	left := new(big.Rat).SetInt64(s.Projects[k].Cost)
	for _, x := range list {
		price := new(big.Rat).Quo(left, new(big.Rat).SetInt64(weight))
		if x.perPoint.Cmp(price) >= 0 {
			return price, true
		}
		left.Sub(left, new(big.Rat).Mul(x.money, new(big.Rat).SetInt64(int64(x.n))))
		weight -= int64(x.n) * x.weight
	}
	return nil, false
}

// exactBalance is what one of the class has.
func (s *shares) exactBalance(c int32) *big.Rat {
	if c == penniless {
		return new(big.Rat)
	}
	return new(big.Rat).Sub(s.endow, s.exactSpent(c))
}

func (s *shares) exactSpent(c int32) *big.Rat {
	x := s.classes[c]
	if x.exact == nil {
		sum := new(big.Rat).Set(s.exactSpent(x.parent))
		x.exact = sum.Add(sum, new(big.Rat).Mul(s.price(x.round), new(big.Rat).SetInt64(x.weight)))
		s.classes[c].exact = x.exact
	}
	return x.exact
}

// price is the price of a point in a round that was bought: the cost less what the poor had, by the points of the others.
func (s *shares) price(round int32) *big.Rat {
	p := &s.rounds[round]
	if p.price == nil {
		left := new(big.Rat).SetInt64(s.Projects[p.project].Cost)
		left.Sub(left, s.money(p.poor))
		p.price = left.Quo(left, new(big.Rat).SetInt64(p.rich))
	}
	return p.price
}

// money is what all of these have together. What a class has is the endowment less its points times the prices of the rounds
// in which it paid: so it takes one multiplication for each round, however many classes there are.
func (s *shares) money(list []entry) *big.Rat {
	paid := make([]int64, len(s.rounds)+1)
	n := int64(0)
	for _, x := range list {
		if x.class == penniless {
			continue
		}
		n += int64(x.n)
		for c := x.class; c > untouched; c = s.classes[c].parent {
			paid[s.classes[c].round] += int64(x.n) * s.classes[c].weight
		}
	}
	sum := new(big.Rat).Mul(s.endow, new(big.Rat).SetInt64(n))
	for round, points := range paid {
		if points > 0 {
			sum.Sub(sum, new(big.Rat).Mul(s.price(int32(round)), new(big.Rat).SetInt64(points)))
		}
	}
	return sum
}
