package allotment

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"math/bits"
	"slices"
	"strconv"
)

// Result is who gets what, in the order in which it was given, and why the other wishes are not met.
type Result struct {
	PoolMinutes  int64         `json:"pool_minutes"` // open minutes a week, each part of a divisible room once
	EqualShares  bool          `json:"equal_shares"` // nobody has a point
	Entitlements []Entitlement `json:"entitlements"` // in the order of the organisations
	Picks        []Pick        `json:"picks"`
	Unmet        []Unmet       `json:"unmet"` // in the order of the wishes
}

// Entitlement is what an organisation's points are worth.
type Entitlement struct {
	Organisation string `json:"organisation"`
	Points       int64  `json:"points"`
	Minutes      int64  `json:"minutes"`
}

// Pick is a wish given.
type Pick struct {
	Step         int    `json:"step"` // from 1
	Organisation string `json:"organisation"`
	Wish         string `json:"wish"`
	Room         string `json:"room"`
	Weekday      int    `json:"weekday"`
	Start        Clock  `json:"start"`
	Minutes      int    `json:"minutes"`
	Before       int64  `json:"before"` // minutes it had received before
	Draw         string `json:"draw"`   // that decided, had others had the same share; the lowest is next
}

// Reasons for a wish not met.
const (
	UnknownRoom  = "unknown_room"  // none of its rooms is one of the season's
	OutsideHours = "outside_hours" // no room of it is open then
	OwnOverlap   = "own_overlap"   // the organisation was given another at that time
	OverWeek     = "over_week"     // more than the limit of minutes a week
	OverPrime    = "over_prime"    // more than the limit of prime time
	RoomTaken    = "taken"         // each of its rooms was taken
)

// Unmet is a wish not met and what first made it impossible.
type Unmet struct {
	Wish         string  `json:"wish"`
	Organisation string  `json:"organisation"`
	Reason       string  `json:"reason"`
	Step         int     `json:"step"`            // after which it was impossible; 0: from the beginning
	Other        string  `json:"other,omitempty"` // own_overlap: the organisation's wish that was given
	Limit        int64   `json:"limit,omitempty"` // over_week, over_prime: minutes
	Taken        []Taken `json:"taken,omitempty"` // taken: of each room, by whom first
}

// Taken is a room that was given to somebody.
type Taken struct {
	Room string `json:"room"`
	By   string `json:"by"`
	Step int    `json:"step"`
}

// Draw is what decides between equal shares, the lowest first: SHA-256 of the seed, the organisation and how many wishes it
// was given so far, with a zero byte after each of the first two.
func Draw(seed, organisation string, given int) [32]byte {
	return sha256.Sum256([]byte(seed + "\x00" + organisation + "\x00" + strconv.Itoa(given)))
}

// Entitle divides the pool by the points, by largest remainder; equal remainders by the draw of -1 wishes given. Where nobody has a
// point, all have one.
func Entitle(pool int64, seed string, organisations []string, points []int64) (minutes []int64, equal bool) {
	var sum int64
	for _, p := range points {
		sum += p
	}
	minutes = make([]int64, len(points))
	if len(points) == 0 {
		return minutes, false
	}
	if sum == 0 {
		equal, sum = true, int64(len(points))
		points = slices.Repeat([]int64{1}, len(points))
	}
	type rest struct {
		i         int
		remainder int64
		draw      [32]byte
	}
	rests := make([]rest, len(points))
	left := pool
	for i, p := range points {
		minutes[i] = pool * p / sum
		left -= minutes[i]
		rests[i] = rest{i, pool * p % sum, Draw(seed, organisations[i], -1)}
	}
	slices.SortFunc(rests, func(a, b rest) int {
		if c := cmp.Compare(b.remainder, a.remainder); c != 0 {
			return c
		}
		if c := bytes.Compare(a.draw[:], b.draw[:]); c != 0 {
			return c
		}
		return cmp.Compare(organisations[a.i], organisations[b.i])
	})
	for _, r := range rests[:left] {
		minutes[r.i]++
	}
	return minutes, equal
}

// Allot gives the wishes out. It returns an error for an input that Check refuses.
func Allot(in Input) (Result, error) {
	if err := in.Check(); err != nil {
		return Result{}, err
	}
	t := newTable(in)
	for {
		c := t.next()
		if c == nil {
			break
		}
		t.give(c)
	}
	t.explain()
	return t.result, nil
}

// minuteset is a set of minutes of the week.
type minuteset [(week + 63) / 64]uint64

// each calls f with the words and masks of n minutes from the given one, over the end of the week into its beginning.
func (m *minuteset) each(from, n int, f func(word *uint64, mask uint64) bool) bool {
	from = (from%week + week) % week
	for n > 0 {
		bit := from % 64
		here := min(64-bit, n, week-from)
		mask := ^uint64(0)
		if here < 64 {
			mask = (1<<here - 1) << bit
		}
		if !f(&m[from/64], mask) {
			return false
		}
		if from += here; from == week {
			from = 0
		}
		n -= here
	}
	return true
}

func (m *minuteset) add(from, n int) {
	m.each(from, n, func(w *uint64, mask uint64) bool { *w |= mask; return true })
}

func (m *minuteset) free(from, n int) bool {
	return m.each(from, n, func(w *uint64, mask uint64) bool { return *w&mask == 0 })
}

func (m *minuteset) count(from, n int) (sum int) {
	m.each(from, n, func(w *uint64, mask uint64) bool { sum += bits.OnesCount64(*w & mask); return true })
	return sum
}

func (m *minuteset) and(o *minuteset) (n int64) {
	for i := range m {
		n += int64(bits.OnesCount64(m[i] & o[i]))
	}
	return n
}

func (m *minuteset) spans(list []Span) {
	for _, s := range list {
		m.add(at(s.Weekday, s.From), int(s.To-s.From))
	}
}

func at(weekday int, c Clock) int { return (weekday-1)*day + int(c) }

// part is what cannot be divided further.
type part struct {
	taken minuteset
	given [7][]held // by each weekday that it touches
}

// days calls f with each weekday, from 0, that the n minutes touch.
func days(from, n int, f func(day int)) {
	for d := (from + week) / day; d <= (from+week+n-1)/day; d++ {
		f(d % 7)
	}
}

// held is a span of the week given at a step; from may be before the week and from+n after it.
type held struct{ from, n, step int }

// meets says whether the two have a minute of the week in common.
func (h held) meets(from, n int) bool {
	ahead := (from - h.from + 2*week) % week // from our beginning to the next of the other
	return ahead < h.n || week-ahead < n
}

type room struct {
	Room
	parts []*part
}

// taker is an organisation as it is served.
type taker struct {
	id       string
	entitled int64
	received int64
	prime    int64
	given    []held
	wishOf   []string // of given
	draw     [32]byte
	wishes   []*wish // by rank
	next     int     // the first that may still be possible
}

type wish struct {
	Wish
	rooms []*room // known and open then
	known bool    // one of its rooms at least
	prime int64   // minutes
	unmet bool
}

// table is where it is given out.
type table struct {
	in         Input
	takers     []*taker
	wishes     []*wish
	waiting    []*taker // those that may still have a possible wish
	primeLimit int64    // minutes; negative: none
	byStep     []*taker
	result     Result
}

func newTable(in Input) *table {
	t := &table{in: in, primeLimit: -1, result: Result{Entitlements: []Entitlement{}, Picks: []Pick{}, Unmet: make([]Unmet, 0, len(in.Wishes))}}
	parts, open := map[string]*part{}, map[string]*minuteset{}
	rooms, byID := make([]*room, len(in.Rooms)), map[string]*room{}
	var order []string
	for i, r := range in.Rooms {
		rooms[i] = &room{Room: r}
		byID[r.ID] = rooms[i]
		for _, id := range r.parts() {
			if parts[id] == nil {
				parts[id], open[id] = &part{}, &minuteset{}
				order = append(order, id)
			}
			rooms[i].parts = append(rooms[i].parts, parts[id])
			open[id].spans(r.Open)
		}
	}
	var prime minuteset
	prime.spans(in.Limits.Prime)
	var primePool int64
	for _, id := range order {
		t.result.PoolMinutes += open[id].and(open[id])
		primePool += open[id].and(&prime)
	}
	if in.Limits.PrimePercent > 0 && len(in.Limits.Prime) > 0 {
		t.primeLimit = primePool * int64(in.Limits.PrimePercent) / 100
	}

	ids, points := make([]string, len(in.Organisations)), make([]int64, len(in.Organisations))
	takers := map[string]*taker{}
	for i, o := range in.Organisations {
		ids[i] = o.ID
		for k, v := range o.Values {
			points[i] += v * in.Criteria[k].Weight
		}
	}
	minutes, equal := Entitle(t.result.PoolMinutes, in.Seed, ids, points)
	t.result.EqualShares = equal
	for i, id := range ids {
		o := &taker{id: id, entitled: minutes[i], draw: Draw(in.Seed, id, 0)}
		t.takers, takers[id] = append(t.takers, o), o
		t.result.Entitlements = append(t.result.Entitlements, Entitlement{id, points[i], minutes[i]})
	}
	t.waiting = slices.Clone(t.takers)

	all := make([]wish, len(in.Wishes))
	for i, w := range in.Wishes {
		x := &all[i]
		*x = wish{Wish: w, unmet: true, prime: int64(prime.count(at(w.Weekday, w.Start), w.Minutes))}
		wanted := rooms
		if len(w.Rooms) > 0 {
			wanted = nil
			for _, id := range w.Rooms {
				if r := byID[id]; r != nil && !slices.Contains(wanted, r) {
					wanted = append(wanted, r)
				}
			}
		}
		x.known = len(wanted) > 0
		for _, r := range wanted {
			if r.within(w.Weekday, w.Start, w.Minutes) {
				x.rooms = append(x.rooms, r)
			}
		}
		o := takers[w.Organisation]
		o.wishes = append(o.wishes, x)
		t.wishes = append(t.wishes, x)
	}
	for _, o := range t.takers {
		slices.SortFunc(o.wishes, func(a, b *wish) int { return cmp.Compare(a.Rank, b.Rank) })
	}
	return t
}

// before says whether a is served before b.
func before(a, b *taker) bool {
	if (a.entitled == 0) != (b.entitled == 0) {
		return b.entitled == 0
	}
	x, y := a.received, b.received
	if a.entitled > 0 {
		x, y = a.received*b.entitled, b.received*a.entitled
	}
	if x != y {
		return x < y
	}
	if c := bytes.Compare(a.draw[:], b.draw[:]); c != 0 {
		return c < 0
	}
	return a.id < b.id
}

// choice is a wish that is possible, with its room.
type choice struct {
	*taker
	wish *wish
	room *room
}

// next is whom to serve with what; nil where nothing more is possible for anybody.
func (t *table) next() *choice {
	for len(t.waiting) > 0 {
		first := 0
		for i := range t.waiting {
			if before(t.waiting[i], t.waiting[first]) {
				first = i
			}
		}
		o := t.waiting[first]
		for ; o.next < len(o.wishes); o.next++ { // what is impossible stays so
			if r := t.possible(o, o.wishes[o.next]); r != nil {
				return &choice{o, o.wishes[o.next], r}
			}
		}
		t.waiting = slices.Delete(t.waiting, first, first+1)
	}
	return nil
}

// possible is the first of the wish's rooms that the organisation can still be given then, or nil.
func (t *table) possible(o *taker, w *wish) *room {
	if l := t.in.Limits.WeekMinutes; l > 0 && o.received+int64(w.Minutes) > int64(l) {
		return nil
	}
	if t.primeLimit >= 0 && w.prime > 0 && o.prime+w.prime > t.primeLimit {
		return nil
	}
	from := at(w.Weekday, w.Start)
	for _, h := range o.given {
		if h.meets(from, w.Minutes) {
			return nil
		}
	}
	for _, r := range w.rooms {
		if !slices.ContainsFunc(r.parts, func(p *part) bool { return !p.taken.free(from-r.Setup, r.Setup+w.Minutes+r.Clear) }) {
			return r
		}
	}
	return nil
}

func (t *table) give(c *choice) {
	w, r, o := c.wish, c.room, c.taker
	step := len(t.result.Picks) + 1
	t.result.Picks = append(t.result.Picks, Pick{Step: step, Organisation: o.id, Wish: w.ID, Room: r.ID, Weekday: w.Weekday, Start: w.Start, Minutes: w.Minutes,
		Before: o.received, Draw: hex.EncodeToString(o.draw[:8])})
	t.byStep = append(t.byStep, o)
	from := at(w.Weekday, w.Start)
	for _, p := range r.parts {
		p.taken.add(from-r.Setup, r.Setup+w.Minutes+r.Clear)
		h := held{from - r.Setup, r.Setup + w.Minutes + r.Clear, step}
		days(h.from, h.n, func(d int) { p.given[d] = append(p.given[d], h) })
	}
	o.given = append(o.given, held{from, w.Minutes, step})
	o.wishOf = append(o.wishOf, w.ID)
	o.received += int64(w.Minutes)
	o.prime += w.prime
	o.draw = Draw(t.in.Seed, o.id, len(o.given))
	o.next++
	w.unmet = false
}

// explain says of each wish not met what first made it impossible.
func (t *table) explain() {
	prime := map[string]int64{}
	for _, w := range t.wishes {
		if !w.unmet {
			prime[w.ID] = w.prime
		}
	}
	takers := map[string]*taker{}
	for _, o := range t.takers {
		takers[o.id] = o
	}
	for _, w := range t.wishes {
		if w.unmet {
			t.result.Unmet = append(t.result.Unmet, t.why(takers[w.Organisation], w, prime))
		}
	}
}

func (t *table) why(o *taker, w *wish, prime map[string]int64) Unmet {
	u := Unmet{Wish: w.ID, Organisation: o.id}
	switch {
	case !w.known:
		u.Reason = UnknownRoom
		return u
	case len(w.rooms) == 0:
		u.Reason = OutsideHours
		return u
	}
	first := func(step int) bool { return u.Reason == "" || step < u.Step }
	// What the organisation was given, step by step.
	var received, inPrime int64
	step := 0
	for i := 0; ; i++ {
		if l := int64(t.in.Limits.WeekMinutes); l > 0 && received+int64(w.Minutes) > l && first(step) {
			u.Reason, u.Step, u.Limit, u.Other = OverWeek, step, l, ""
		}
		if t.primeLimit >= 0 && w.prime > 0 && inPrime+w.prime > t.primeLimit && first(step) {
			u.Reason, u.Step, u.Limit, u.Other = OverPrime, step, t.primeLimit, ""
		}
		if i == len(o.given) || u.Reason != "" {
			break
		}
		h := o.given[i]
		step = h.step
		received += int64(h.n)
		inPrime += prime[o.wishOf[i]]
		if h.meets(at(w.Weekday, w.Start), w.Minutes) {
			u.Reason, u.Step, u.Other = OwnOverlap, step, o.wishOf[i]
		}
	}
	// When the last of its rooms was taken.
	taken := make([]Taken, 0, len(w.rooms))
	last := 0
	for _, r := range w.rooms {
		from, n := at(w.Weekday, w.Start)-r.Setup, r.Setup+w.Minutes+r.Clear
		at := 0
		for _, p := range r.parts {
			days(from, n, func(d int) {
				for _, h := range p.given[d] {
					if (at == 0 || h.step < at) && h.meets(from, n) {
						at = h.step
					}
				}
			})
		}
		if at == 0 {
			return u // this room is free: it is something else
		}
		last = max(last, at)
		taken = append(taken, Taken{r.ID, t.byStep[at-1].id, at})
	}
	if first(last) {
		u = Unmet{Wish: w.ID, Organisation: o.id, Reason: RoomTaken, Step: last, Taken: taken}
	}
	return u
}
