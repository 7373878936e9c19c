package fairvote

import (
	"cmp"
	"math/big"
	"math/bits"
	"slices"
)

// shares runs the Method of Equal Shares for one endowment after the other.
//
// Voters with one history of payments have one balance: they are a class, and a purchase makes new classes of those it
// touches. A balance is kept as a fixed-point number that is never above the true one, and a bound by how much it may be below.
// What these bounds leave open is decided by the fractions themselves (exact.go), so each decision is the true one. Prices
// only rise within a run: a project is looked at again only where its last known price could still be the lowest.
//
// One endowment takes over from the one before what must be the same: the purchases at full price that every larger endowment
// begins with (head), and whole runs (same): as long as nobody who was poor becomes rich, nobody's price falls below that of a
// winner and nobody can pay who could not, the run is the same, and how much larger the endowment may be follows from how fast
// balances grow and prices fall.
type shares struct {
	*count
	shift uint     // a unit of money is 1<<shift
	cost  []uint64 // in fixed point
	order []int    // what can be bought, by the price with which everybody pays the same; equal ones as ties are decided
	full  []bid    // that price
	twin  []int    // the first project with the same cost, supporters and points: they stand equal always
	endow *big.Rat
	lo    uint64 // of the endowment
	slack uint64 // 1 where it is no whole number

	class   []int32 // of each voter
	classes []class
	rounds  []purchase
	spent   int64

	// What every larger endowment begins with too: the projects at the head of the order, each bought at its full price.
	baseClass   []int32
	baseClasses int
	head        int

	counts    []int32 // of classes, all zero between uses
	touched   []int32
	entries   []entry
	bought    []entry
	offers    []offer
	next      []int32
	explain   bool
	tied      []Tie
	standings [][]Standing
	same      uint64 // by how much more, in fixed point, the run is certain to be the same
}

// class is what voters with one history have spent.
type class struct {
	spent, off uint64 // spent is not below the truth, and at most off above it
	growth     uint64 // of the balance with the endowment, rounded up, in units of 1<<growthShift
	parent     int32
	round      int32    // in which it left its parent
	weight     int64    // points that were paid for then
	exact      *big.Rat // spent, where it was needed
}

const (
	penniless = 0 // who has paid everything
	untouched = 1
)

// purchase is a round that was bought.
type purchase struct {
	project int
	poor    []entry       // who paid what they had left
	rich    int64         // points of those who paid the price
	payers  map[int64]int // and how many of them, by points
	price   *big.Rat
}

// entry is n voters of a class, each with so many points for a project.
type entry struct {
	class  int32
	n      int32
	weight int64
}

// offer is what each of them has at least, and by how much that may be too low.
type offer struct {
	entry
	lo, off uint64
}

// bid is the price of a project for one point: at most num/den and at least (num-loss)/den, in fixed point.
type bid struct {
	num, loss, den uint64
	fall           uint64   // of the price with the endowment, rounded up, in units of 1<<growthShift
	exact          *big.Rat // where it was needed
}

const (
	most        = 1 << 61 // of an amount in fixed point
	growthShift = 16
)

// precision is how many bits a unit of money has at most. Fewer leave more to the fractions, and give the same result.
var precision uint = 50

func newShares(c *count) *shares {
	s := &shares{count: c, cost: make([]uint64, len(c.Projects)), full: make([]bid, len(c.Projects)), class: make([]int32, len(c.Votes)), baseClass: make([]int32, len(c.Votes))}
	total := uint64(c.Budget) + 2*uint64(max(c.Step, 1))
	for _, k := range c.open() {
		if len(c.supporters[k]) > 0 {
			s.order = append(s.order, k)
			total += uint64(c.Projects[k].Cost)
		}
	}
	for total<<(s.shift+1) <= most && s.shift < precision {
		s.shift++
	}
	for _, k := range s.order {
		s.cost[k] = uint64(c.Projects[k].Cost) << s.shift
		s.full[k] = bid{num: s.cost[k], den: uint64(c.weight[k])}
	}
	s.twin = make([]int, len(c.Projects))
	first := map[[3]int64][]int{}
	for _, k := range s.order {
		s.twin[k] = k
		alike := [3]int64{c.Projects[k].Cost, int64(len(c.supporters[k])), c.weight[k]}
		if i := slices.IndexFunc(first[alike], func(l int) bool {
			return slices.Equal(c.supporters[k], c.supporters[l]) && slices.Equal(c.points[k], c.points[l])
		}); i >= 0 {
			s.twin[k] = first[alike][i]
		} else {
			first[alike] = append(first[alike], k)
		}
	}
	slices.SortFunc(s.order, func(a, b int) int { return cmp.Or(s.high(a, s.full[a], b, s.full[b]), c.before(a, b)) })
	s.reset()
	return s
}

// reset forgets what endowments had in common, for a smaller one.
func (s *shares) reset() {
	for i := range s.baseClass {
		s.baseClass[i] = untouched
	}
	s.classes = append(s.classes[:0], class{}, class{parent: -1, growth: 1 << growthShift, exact: new(big.Rat)})
	s.baseClasses, s.head, s.rounds = 2, 0, s.rounds[:0]
}

// run buys for this endowment, not below that of the run before, and says whether it stayed within the budget. Beyond it, it
// stops at once.
func (s *shares) run(endow *big.Rat) bool {
	s.endow = endow
	scaled := new(big.Int).Lsh(endow.Num(), s.shift)
	rest := new(big.Int)
	scaled.QuoRem(scaled, endow.Denom(), rest)
	s.lo, s.slack = scaled.Uint64(), uint64(rest.Sign())
	copy(s.class, s.baseClass)
	s.classes, s.rounds, s.tied, s.standings = s.classes[:s.baseClasses], s.rounds[:s.head], s.tied[:0], s.standings[:0]
	s.spent, s.same = 0, most
	for _, p := range s.rounds {
		s.spent += s.Projects[p.project].Cost
	}
	if !s.explain {
		s.begin()
	}
	list := make([]standing, 0, len(s.order)-s.head)
	for _, k := range s.order[s.head:] {
		list = append(list, standing{k, s.full[k]})
	}
	var asked []standing
	var equal []int
	for s.spent <= s.Budget && len(list) > 0 {
		asked = asked[:0]
		best, i := -1, 0 // best in asked, i in the list
		for ; i < len(list); i++ {
			k := list[i].project
			if best >= 0 && !s.explain && s.below(asked[best].project, asked[best].bid, k, list[i].bid) {
				break
			}
			b, ok := s.ask(k)
			if !ok {
				continue // and never again: balances only fall
			}
			asked = append(asked, standing{k, b})
			here := len(asked) - 1
			if best < 0 {
				best, equal = here, append(equal[:0], k)
				continue
			}
			switch d := s.compare(k, &asked[here].bid, asked[best].project, &asked[best].bid); {
			case d < 0:
				best, equal = here, append(equal[:0], k)
			case d == 0:
				equal = append(equal, k)
				if s.before(k, asked[best].project) < 0 {
					best = here
				}
			}
		}
		if best < 0 {
			break
		}
		won := asked[best]
		if s.explain {
			s.stand(asked)
		}
		if len(equal) > 1 {
			s.tie(won.project, equal)
		}
		// The rest go back to their places by what is now known of their prices.
		list = append(list[:0], list[i:]...)
		for j, x := range asked {
			if j != best {
				at, _ := slices.BinarySearchFunc(list, x, func(a, b standing) int { return s.low(a.project, a.bid, b.project, b.bid) })
				list = slices.Insert(list, at, x)
			}
		}
		if !s.explain {
			s.stays(won, list)
		}
		s.buy(won.project, won.bid)
	}
	return s.spent <= s.Budget
}

// standing is the last known price of a project.
type standing struct {
	project int
	bid     bid
}

// begin buys, in their order, what everybody pays the full price for and has something left.
func (s *shares) begin() {
	grown := false
	for ; s.head < len(s.order) && s.spent <= s.Budget; s.head++ {
		k := s.order[s.head]
		s.gather(k)
		weight := uint64(0)
		rich := true
		for _, x := range s.entries {
			lo, _ := s.balance(x.class)
			rich = rich && above(lo, s.full[k].den, s.full[k].num, uint64(x.weight))
			weight += uint64(x.n) * uint64(x.weight)
		}
		if !rich || weight != s.full[k].den {
			break
		}
		s.buy(k, s.full[k])
		grown = true
	}
	if grown {
		copy(s.baseClass, s.class)
		s.baseClasses = len(s.classes)
	}
}

// stays bounds by how much the endowment may grow before one of the others costs less than what is bought now. The price of
// that falls with a larger endowment too, so it is enough that the others stay above what it is now.
func (s *shares) stays(won standing, others []standing) {
	price := won.bid.num / won.bid.den
	if won.bid.num%won.bid.den > 0 {
		price++
	}
	for i := range others {
		x := &others[i].bid
		if x.fall == 0 || s.same == 0 || s.twin[others[i].project] == s.twin[won.project] {
			continue
		}
		p := price
		if s.Utility == ByCost {
			hi, lo := bits.Mul64(price, s.worth(others[i].project))
			w := s.worth(won.project)
			if hi >= w {
				s.same = 0
				return
			}
			q, r := bits.Div64(hi, lo, w)
			p = min(q, most) + min(r, 1)
		}
		s.margin((x.num-x.loss)/x.den, p, x.fall)
	}
}

// margin bounds same to what keeps a above b, while they draw nearer at this speed; most is a speed that is not known.
func (s *shares) margin(a, b, speed uint64) {
	if s.same == 0 || speed == 0 {
		return
	}
	if a <= b+1 || speed >= most {
		s.same = 0
		return
	}
	hi, lo := bits.Mul64(a-b-1, 1<<growthShift)
	if hi >= speed {
		return
	}
	q, _ := bits.Div64(hi, lo, speed)
	s.same = min(s.same, q)
}

// tie notes projects that stood equal with the winner, which comes first.
func (s *shares) tie(won int, equal []int) {
	slices.SortFunc(equal, s.before)
	s.tied = append(s.tied, Tie{Round: len(s.rounds) + 1, Projects: slices.Clone(equal), By: s.by(won, equal[1])})
}

// stand notes how projects stand in the round to come.
func (s *shares) stand(asked []standing) {
	list := make([]Standing, len(asked))
	for i, x := range asked {
		n := new(big.Int).SetUint64(s.cost[x.project])
		n.Mul(n, new(big.Int).SetUint64(x.bid.den)).Mul(n, big.NewInt(100))
		list[i] = Standing{x.project, n.Quo(n, new(big.Int).SetUint64(max(x.bid.num, 1))).Int64()}
	}
	s.standings = append(s.standings, list)
}

// gather is who supports the project, by class, without those who have nothing.
func (s *shares) gather(k int) {
	s.entries = s.entries[:0]
	if points := s.points[k]; points != nil {
		for j, i := range s.supporters[k] {
			if c := s.class[i]; c != penniless {
				s.entries = append(s.entries, entry{c, 1, points[j]})
			}
		}
		return
	}
	for len(s.counts) < len(s.classes) {
		s.counts = append(s.counts, 0)
	}
	s.touched = s.touched[:0]
	for _, i := range s.supporters[k] {
		c := s.class[i]
		if s.counts[c] == 0 {
			s.touched = append(s.touched, c)
		}
		s.counts[c]++
	}
	for _, c := range s.touched {
		if c != penniless {
			s.entries = append(s.entries, entry{c, s.counts[c], 1})
		}
		s.counts[c] = 0
	}
}

// balance is a lower bound of what one of the class has, and by how much it may be too low.
func (s *shares) balance(c int32) (lo, off uint64) {
	x := &s.classes[c]
	if x.spent >= s.lo {
		return 0, min(x.off+s.slack, most)
	}
	return s.lo - x.spent, min(x.off+s.slack, most)
}

// ask is the price at which the project's supporters can pay for it, and whether they can. It touches each of them once.
func (s *shares) ask(k int) (bid, bool) {
	s.gather(k)
	left, loss, weight, growth := s.cost[k], uint64(0), uint64(0), uint64(0)
	for _, x := range s.entries {
		weight += uint64(x.n) * uint64(x.weight)
	}
	s.offers = s.offers[:0]
	for _, x := range s.entries {
		lo, off := s.balance(x.class)
		s.offers = append(s.offers, offer{x, lo, off})
	}
	list := s.offers
	for poor := true; poor && weight > 0; {
		poor = false
		for i := 0; i < len(list); {
			x := &list[i]
			if !above(left, uint64(x.weight), x.lo, weight) {
				i++
				continue
			}
			left -= x.lo * uint64(x.n)
			weight -= uint64(x.n) * uint64(x.weight)
			loss = capped(loss, x.off, uint64(x.n))
			growth = capped(growth, s.classes[x.class].growth, uint64(x.n))
			*x = list[len(list)-1]
			list = list[:len(list)-1]
			poor = true
		}
	}
	if weight > 0 {
		b := bid{num: left, loss: min(loss, left), den: weight, fall: most}
		if growth < most {
			b.fall = (growth + weight - 1) / weight
		}
		return b, true
	}
	if left > loss {
		s.margin(left, loss, growth)
		return bid{}, false
	}
	s.same = 0
	price, ok := s.exactPrice(k)
	if !ok {
		return bid{}, false
	}
	return s.around(price), true
}

// capped is a + b·n, or most.
func capped(a, b, n uint64) uint64 {
	hi, lo := bits.Mul64(b, n)
	if hi > 0 || lo > most || a+lo > most {
		return most
	}
	return a + lo
}

// around is the bid of a price that is known.
func (s *shares) around(price *big.Rat) bid {
	n := new(big.Int).Lsh(price.Num(), s.shift)
	n.Add(n, price.Denom()).Sub(n, big.NewInt(1)).Quo(n, price.Denom())
	return bid{num: n.Uint64(), loss: min(1, n.Uint64()), den: 1, fall: most, exact: price}
}

// buy takes the price from the project's supporters.
func (s *shares) buy(k int, b bid) {
	s.gather(k)
	points := s.points[k]
	list := s.entries
	if points != nil { // those of one class part by their points
		slices.SortFunc(list, func(a, b entry) int {
			return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.weight, b.weight))
		})
		merged := list[:0]
		for _, x := range list {
			if n := len(merged); n > 0 && merged[n-1].class == x.class && merged[n-1].weight == x.weight {
				merged[n-1].n++
			} else {
				merged = append(merged, x)
			}
		}
		list = merged
	}
	s.bought = append(s.bought[:0], list...)
	for len(s.next) < len(s.classes) {
		s.next = append(s.next, 0)
	}
	p := purchase{project: k, payers: map[int64]int{}}
	parted := map[entry]int32{}
	for _, x := range s.bought {
		to := s.pay(&p, &b, x)
		if points != nil {
			parted[entry{x.class, 0, x.weight}] = to
		} else {
			s.next[x.class] = to
		}
	}
	p.price = b.exact
	if p.rich == 0 { // everybody paid exactly what they had
		p.price = s.exactBid(k, &b)
	}
	for j, i := range s.supporters[k] {
		if c := s.class[i]; c != penniless && points != nil {
			s.class[i] = parted[entry{c, 0, points[j]}]
		} else if c != penniless {
			s.class[i] = s.next[c]
		}
	}
	s.rounds = append(s.rounds, p)
	s.spent += s.Projects[k].Cost
}

// pay is the class that these go to when they pay for a project.
func (s *shares) pay(p *purchase, b *bid, x entry) int32 {
	lo, off := s.balance(x.class)
	w := uint64(x.weight)
	poor, rich := !above(lo+off, b.den, b.num-b.loss, w), !above(b.num, w, lo, b.den)
	if !poor && !rich { // the bounds do not say
		s.same = 0
		price := new(big.Rat).Mul(s.exactBid(p.project, b), new(big.Rat).SetInt64(x.weight))
		poor = s.exactBalance(x.class).Cmp(price) <= 0
	}
	was := s.classes[x.class]
	if poor {
		p.poor = append(p.poor, x)
		if s.same > 0 { // they stay so until what they have is more than the price
			price, _ := divide(b.num-b.loss, w, b.den)
			s.margin(price, lo+off, capped(was.growth, b.fall, w))
		}
		return penniless
	}
	p.rich += int64(x.n) * x.weight
	p.payers[x.weight] += int(x.n)
	pay, more := divide(b.num, w, b.den)
	off, inexact := divide(b.loss, w, b.den)
	if more {
		pay++
	}
	if more || inexact {
		off += 2
	}
	s.classes = append(s.classes, class{spent: was.spent + min(pay, lo), off: min(was.off+off, most), growth: capped(was.growth, b.fall, w), parent: x.class, round: int32(len(s.rounds)), weight: x.weight})
	return int32(len(s.classes) - 1)
}

// above says whether a times b is more than c times d.
func above(a, b, c, d uint64) bool {
	h1, l1 := bits.Mul64(a, b)
	h2, l2 := bits.Mul64(c, d)
	return h1 > h2 || h1 == h2 && l1 > l2
}

// divide is a times b by c, and whether something is left over; or most.
func divide(a, b, c uint64) (uint64, bool) {
	hi, lo := bits.Mul64(a, b)
	if hi >= c {
		return most, true
	}
	q, r := bits.Div64(hi, lo, c)
	if q >= most {
		return most, true
	}
	return q, r > 0
}

// worth is what a point for the project is worth.
func (s *shares) worth(k int) uint64 {
	if s.Utility == ByCost {
		return uint64(s.Projects[k].Cost)
	}
	return 1
}

// compareProducts compares a·b·c with x·y·z.
func compareProducts(a, b, c, x, y, z uint64) int {
	p, q := product(a, b, c), product(x, y, z)
	return slices.Compare(p[:], q[:])
}

// product is a·b·c, its highest part first.
func product(a, b, c uint64) [3]uint64 {
	h, l := bits.Mul64(a, b)
	h1, l1 := bits.Mul64(l, c)
	h2, l2 := bits.Mul64(h, c)
	middle, carry := bits.Add64(h1, l2, 0)
	return [3]uint64{h2 + carry, middle, l1}
}

// high compares the upper bounds of what a unit of worth costs, low the lower ones; below says that a costs less for certain.
func (s *shares) high(a int, x bid, b int, y bid) int {
	return compareProducts(x.num, y.den, s.worth(b), y.num, x.den, s.worth(a))
}

func (s *shares) low(a int, x bid, b int, y bid) int {
	return compareProducts(x.num-x.loss, y.den, s.worth(b), y.num-y.loss, x.den, s.worth(a))
}

func (s *shares) below(a int, x bid, b int, y bid) bool {
	return compareProducts(x.num, y.den, s.worth(b), y.num-y.loss, x.den, s.worth(a)) < 0
}

// compare compares what a unit of worth costs, by the fractions where the bounds do not say.
func (s *shares) compare(a int, x *bid, b int, y *bid) int {
	switch {
	case s.twin[a] == s.twin[b]:
		return 0
	case s.below(a, *x, b, *y):
		return -1
	case s.below(b, *y, a, *x):
		return 1
	case x.loss == 0 && y.loss == 0:
		return 0
	}
	p := new(big.Rat).Mul(s.exactBid(a, x), new(big.Rat).SetUint64(s.worth(b)))
	q := new(big.Rat).Mul(s.exactBid(b, y), new(big.Rat).SetUint64(s.worth(a)))
	return p.Cmp(q)
}
