// Package fairvote counts votes on a budget: which of the projects that residents approve are carried out.
//
// The Method of Equal Shares gives every voter the same share of the budget, which only projects that this voter approves can
// use. Again and again the project is bought whose supporters pay least for a unit of what it is worth to them; who has less
// than that pays what is left. Sources: D. Peters, P. Skowron, Proportionality and the Limits of Welfarism, EC 2020 (the rule
// for projects of one cost); D. Peters, G. Pierczyński, P. Skowron, Proportional Participatory Budgeting with Additive
// Utilities, NeurIPS 2021 (costs and utilities, and extended justified representation up to one project). Sequential Phragmén:
// M. Brill, R. Freeman, S. Janson, M. Lackner, Phragmén's Voting Methods and Justified Representation, AAAI 2017.
//
// Every decision is made with whole numbers or fractions; nothing is decided by floating point. The result hangs on projects,
// ballots, parameters and nothing else: not on the order of ballots, and under the rules of this network not on the order of
// projects. The package does no input or output; docs/fair-votes.md says the same in plain words.
package fairvote

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// Election is what is counted. Amounts are whole numbers of the smallest unit: with Decimals 2, a cost of 150 is 1.50. So are
// points.
type Election struct {
	Budget        int64
	Decimals      int
	PointDecimals int
	Projects      []Project
	Votes         []Vote
}

// Project can be voted for.
type Project struct {
	ID        string
	Name      string
	Cost      int64
	Withdrawn bool // never wins
}

// Vote is one ballot: the projects by their place in the election, each once, and the points of each. Without points each
// has one. Only points above zero support a project.
type Vote struct {
	Projects []int32
	Points   []int64
}

// Bounds of an election.
const (
	MaxProjects = 10_000
	MaxVotes    = 5_000_000
	MaxAmount   = 100_000_000_000_000 // smallest units
	MaxPoints   = 1_000_000_000
	MaxDecimals = 6
	maxID       = 200
)

// Check says what is wrong with the election, nil where nothing is. No budget, no votes, a project dearer than the budget and
// one that costs nothing are no fault.
func (e Election) Check() error {
	if e.Budget < 0 || e.Budget > MaxAmount {
		return fmt.Errorf("the budget is not between 0 and %d", int64(MaxAmount))
	}
	if e.Decimals < 0 || e.Decimals > MaxDecimals || e.PointDecimals < 0 || e.PointDecimals > MaxDecimals {
		return fmt.Errorf("amounts and points have 0 to %d decimals", MaxDecimals)
	}
	if len(e.Projects) > MaxProjects || len(e.Votes) > MaxVotes {
		return fmt.Errorf("at most %d projects and %d votes", MaxProjects, MaxVotes)
	}
	known := make(map[string]bool, len(e.Projects))
	for i, p := range e.Projects {
		switch {
		case p.ID == "" || len(p.ID) > maxID || strings.ContainsRune(p.ID, 0):
			return fmt.Errorf("project %d: an id has 1 to %d bytes", i+1, maxID)
		case known[p.ID]:
			return fmt.Errorf("project %d: the id %q is there twice", i+1, p.ID)
		case p.Cost < 0 || p.Cost > MaxAmount:
			return fmt.Errorf("project %q: the cost is not between 0 and %d", p.ID, int64(MaxAmount))
		}
		known[p.ID] = true
	}
	seen := make([]int, len(e.Projects)) // the number of the vote that named it last
	for i, v := range e.Votes {
		if v.Points != nil && len(v.Points) != len(v.Projects) {
			return fmt.Errorf("vote %d: as many points as projects", i+1)
		}
		for j, p := range v.Projects {
			if p < 0 || int(p) >= len(e.Projects) {
				return fmt.Errorf("vote %d: there is no project %d", i+1, p)
			}
			if seen[p] == i+1 {
				return fmt.Errorf("vote %d: project %q is there twice", i+1, e.Projects[p].ID)
			}
			seen[p] = i + 1
			if v.Points != nil && (v.Points[j] < -MaxPoints || v.Points[j] > MaxPoints) {
				return fmt.Errorf("vote %d: points are not between %d and %d", i+1, -MaxPoints, MaxPoints)
			}
		}
	}
	return nil
}

// Rules.
const (
	EqualShares = "equal-shares"
	Greedy      = "greedy" // most votes first; what no longer fits is passed over
	Phragmen    = "phragmen"
)

// What a project is worth to somebody who approves it; with points, times the points.
const (
	ByCost        = "cost"        // as much as it costs
	ByCardinality = "cardinality" // as much as any other
)

// Completions: what is done with money that Equal Shares leaves over.
const (
	None            = "none"
	Add1            = "add1"             // larger shares, until nothing fits any more
	Add1Overshoot   = "add1-overshoot"   // larger shares, until they would buy more than the budget
	Add1Utilitarian = "add1-utilitarian" // add1, then most votes first
	ByPhragmen      = "phragmen"         // sequential Phragmén from what voters have left
)

// Parameters are everything the result hangs on beside the election.
type Parameters struct {
	Rule       string
	Utility    string // of EqualShares
	Completion string // of EqualShares
	Seed       uint64 // of the lot
	Step       int64  // by how much add1 raises every share, in smallest units; 0 is one unit of the currency
}

// The parameters there are.
var (
	Rules       = []string{EqualShares, Greedy, Phragmen}
	Utilities   = []string{ByCost, ByCardinality}
	Completions = []string{None, Add1, Add1Overshoot, Add1Utilitarian, ByPhragmen}
)

// Check says what is wrong with the parameters, nil where nothing is. Utility and completion count for equal-shares only.
func (p Parameters) Check() error {
	for _, c := range []struct {
		what, value string
		among       []string
		counts      bool
	}{{"rule", p.Rule, Rules, true}, {"utility", p.Utility, Utilities, p.Rule == EqualShares}, {"completion", p.Completion, Completions, p.Rule == EqualShares}} {
		if c.counts && !slices.Contains(c.among, c.value) {
			return fmt.Errorf("%s %q: give one of %s", c.what, c.value, strings.Join(c.among, ", "))
		}
	}
	if p.Step < 0 || p.Step > MaxAmount {
		return fmt.Errorf("a step is not between 0 and %d", int64(MaxAmount))
	}
	return nil
}

// Why a project won or not.
const (
	Bought        = "bought"          // its supporters paid for it
	Free          = "free"            // it costs nothing and somebody wants it
	Filled        = "filled"          // by the completion, or by a rule in which nobody pays
	Withdrawn     = "withdrawn"       // it could not win
	TooDear       = "too-dear"        // it costs more than the whole budget
	Unsupported   = "unsupported"     // nobody voted for it
	TooFew        = "below-threshold" // fewer votes than a project must have
	NotAffordable = "not-affordable"  // its supporters had too little money left
	NoRoom        = "no-room"         // what was left of the budget was too little
	Stopped       = "stopped"         // the rule had stopped at a project before it
)

// Share is what each of some supporters paid for a project, in smallest units. No two shares of a project are equal.
type Share struct {
	Voters int
	Each   *big.Rat
}

// Outcome is what became of one project, and why.
type Outcome struct {
	Project         int // its place in the election
	Won             bool
	Why             string
	Round           int      // in which it was bought, from 1; 0 where it was not
	Votes           int      // who support it
	Score           int64    // the points of all ballots
	Paid            *big.Rat // by its supporters
	Shares          []Share  // the largest first; who paid nothing is in one of them
	Effective       *big.Rat // cost by the largest share of a point: how many would have paid it all at that price
	Left            *big.Rat // what its supporters had left at the end, of those rules in which they have money
	Missing         *big.Rat // cost less Left, where it lost
	MoreVotes       int64    // so many more supporters with a whole share each would have brought what was missing; 0 where none can be said
	NothingInGreedy int      // its supporters with no winner, had the most votes decided alone
}

// Standing is how a project stood in a round.
type Standing struct {
	Project   int
	Effective int64 // hundredths, rounded down: only to be shown
}

// Round is the purchase of one project.
type Round struct {
	Project   int
	Price     *big.Rat   // the largest share for one point
	Standings []Standing // of all projects that could still be bought, this one among them
}

// Tie is what several projects that stood equal were decided by.
type Tie struct {
	Round    int
	Projects []int  // the first was taken
	By       string // cost, votes, lot or order
}

// Comparison is with the rule that takes the most votes first.
type Comparison struct {
	Winners      []int
	Spent        int64
	NothingHere  int // voters who approve something and get none of it, by the rule that was counted
	NothingThere int // and if the most votes had decided
	OnlyHere     int // who get nothing here, and something there
	OnlyThere    int
}

// Result is what was counted.
type Result struct {
	Parameters Parameters
	Ties       []string // what ties were decided by, in this order
	Endowment  *big.Rat // the share of each voter in the run that counted; nil where there are none
	Steps      int      // by which add1 raised it
	Winners    []int    // in the order of winning
	Spent      int64
	Outcomes   []Outcome // of every project, in the order of the election
	Rounds     []Round
	Tied       []Tie
	Comparison Comparison

	// Of a rule with a comparison step: how many voters approve more of what Equal Shares chose, and of what the most votes
	// would; Switched where the latter are more, and it was taken instead.
	PreferShares, PreferGreedy int
	Switched                   bool
}

// Count counts. It returns an error for an election or parameters that cannot be.
func Count(e Election, p Parameters) (Result, error) {
	if err := p.Check(); err != nil {
		return Result{}, err
	}
	if err := e.Check(); err != nil {
		return Result{}, err
	}
	if p.Step == 0 {
		p.Step = unit(e.Decimals)
	}
	if p.Rule != EqualShares {
		p.Utility, p.Completion = "", ""
	}
	c := newCount(e, p)
	for i := range e.Projects {
		if e.Projects[i].Cost > e.Budget {
			c.barred[i] = cmp.Or(c.barred[i], TooDear)
		}
		if len(c.supporters[i]) == 0 {
			c.barred[i] = cmp.Or(c.barred[i], Unsupported)
		}
	}
	switch p.Rule {
	case EqualShares:
		c.equalShares()
	case Greedy:
		c.fill(Filled)
	case Phragmen:
		c.phragmen(nil)
	}
	return c.finish(), nil
}

// count is one counting under way.
type count struct {
	Election
	Parameters
	ties       []string
	supporters [][]int32 // of each project, by voter
	points     [][]int64 // beside them; nil where all have one
	weight     []int64   // the points of all supporters
	score      []int64   // the points of all ballots, those below zero too
	rank       []int     // the lot, or the order of the file
	barred     []string  // why a project cannot win; "" where it can
	result     Result
	won        []bool
}

func newCount(e Election, p Parameters) *count {
	n := len(e.Projects)
	c := &count{Election: e, Parameters: p, ties: []string{"cost", "votes", "lot"}, supporters: make([][]int32, n), points: make([][]int64, n),
		weight: make([]int64, n), score: make([]int64, n), rank: Lot(e.Projects, p.Seed), barred: make([]string, n), won: make([]bool, n)}
	sizes, uneven := make([]int, n), make([]bool, n)
	for _, v := range e.Votes {
		for j, k := range v.Projects {
			w := v.of(j)
			c.score[k] += w
			if w > 0 {
				sizes[k]++
				c.weight[k] += w
				uneven[k] = uneven[k] || w != 1
			}
		}
	}
	for k, size := range sizes {
		c.supporters[k] = make([]int32, 0, size)
		if uneven[k] {
			c.points[k] = make([]int64, 0, size)
		}
	}
	for i, v := range e.Votes {
		for j, k := range v.Projects {
			if w := v.of(j); w > 0 {
				c.supporters[k] = append(c.supporters[k], int32(i))
				if uneven[k] {
					c.points[k] = append(c.points[k], w)
				}
			}
		}
	}
	for i, p := range e.Projects {
		if p.Withdrawn {
			c.barred[i] = Withdrawn
		}
	}
	c.result = Result{Parameters: p, Ties: c.ties, Winners: []int{}, Outcomes: make([]Outcome, n)}
	for i := range c.result.Outcomes {
		c.result.Outcomes[i] = Outcome{Project: i, Votes: len(c.supporters[i]), Score: c.score[i], Paid: new(big.Rat)}
	}
	return c
}

func (v Vote) of(j int) int64 {
	if v.Points == nil {
		return 1
	}
	return v.Points[j]
}

// before orders projects that stand equal: the cheapest, then the one with the most votes, then the lot.
func (c *count) before(a, b int) int {
	return cmp.Or(cmp.Compare(c.Projects[a].Cost, c.Projects[b].Cost), cmp.Compare(len(c.supporters[b]), len(c.supporters[a])), cmp.Compare(c.rank[a], c.rank[b]))
}

// by says what decided between two that stood equal.
func (c *count) by(a, b int) string {
	switch {
	case c.Projects[a].Cost != c.Projects[b].Cost:
		return c.ties[0]
	case len(c.supporters[a]) != len(c.supporters[b]):
		return c.ties[1]
	}
	return c.ties[2]
}

func (c *count) win(k int, why string) {
	c.won[k] = true
	c.result.Winners = append(c.result.Winners, k)
	c.result.Spent += c.Projects[k].Cost
	o := &c.result.Outcomes[k]
	o.Won, o.Why, o.Missing, o.MoreVotes = true, why, nil, 0
}

// open are the projects that can still win.
func (c *count) open() []int {
	var list []int
	for k := range c.Projects {
		if c.barred[k] == "" && !c.won[k] {
			list = append(list, k)
		}
	}
	return list
}

// free takes what costs nothing and somebody wants.
func (c *count) free() {
	list := c.open()
	slices.SortFunc(list, c.before)
	for _, k := range list {
		if c.Projects[k].Cost == 0 && len(c.supporters[k]) > 0 {
			c.win(k, Free)
		}
	}
}

// fill takes the most votes first, and passes over what no longer fits.
func (c *count) fill(why string) {
	list := c.open()
	slices.SortFunc(list, func(a, b int) int { return cmp.Or(cmp.Compare(c.score[b], c.score[a]), c.before(a, b)) })
	for i, k := range list {
		if c.result.Spent+c.Projects[k].Cost > c.Budget {
			continue
		}
		var tie *Tie
		for _, l := range list[i+1:] {
			if c.score[l] != c.score[k] {
				break
			}
			// A tie counts where what was taken first leaves no room for the other.
			if left := c.Budget - c.result.Spent; c.Projects[l].Cost <= left && c.Projects[l].Cost > left-c.Projects[k].Cost {
				if tie == nil {
					tie = &Tie{Round: len(c.result.Winners) + 1, Projects: []int{k}, By: c.by(k, l)}
				}
				tie.Projects = append(tie.Projects, l)
			}
		}
		if tie != nil {
			c.result.Tied = append(c.result.Tied, *tie)
		}
		c.win(k, why)
	}
}

// finish says of every project why, and compares with the most votes.
func (c *count) finish() Result {
	r := &c.result
	for k := range r.Outcomes {
		o := &r.Outcomes[k]
		switch {
		case o.Won || o.Why != "":
		case c.barred[k] != "":
			o.Why = c.barred[k]
		case c.Projects[k].Cost > c.Budget:
			o.Why = TooDear
		case len(c.supporters[k]) == 0:
			o.Why = Unsupported
		default:
			o.Why = NoRoom
		}
	}
	other := c
	if c.Rule != Greedy {
		other = &count{Election: c.Election, ties: c.ties, supporters: c.supporters, score: c.score, rank: c.rank, barred: c.barred, won: make([]bool, len(c.Projects)),
			result: Result{Outcomes: make([]Outcome, len(c.Projects))}}
		other.fill(Filled)
	}
	c.compare(other)
	return *r
}

// compare says who gets nothing here and there.
func (c *count) compare(other *count) {
	r := &c.result
	x := Comparison{Winners: slices.Clone(other.result.Winners), Spent: other.result.Spent}
	here, there := c.Without(c.won), c.Without(other.won)
	for i := range c.Votes {
		switch {
		case here[i] && there[i]:
			x.NothingHere++
			x.NothingThere++
		case here[i]:
			x.NothingHere++
			x.OnlyHere++
		case there[i]:
			x.NothingThere++
			x.OnlyThere++
		}
	}
	for k, list := range c.supporters {
		for _, i := range list {
			if there[i] {
				r.Outcomes[k].NothingInGreedy++
			}
		}
	}
	r.Comparison = x
}

// Without says which voters support something and none of what won.
func (e Election) Without(won []bool) []bool {
	list := make([]bool, len(e.Votes))
	for i, v := range e.Votes {
		for j, k := range v.Projects {
			if v.of(j) > 0 {
				list[i] = true
				if won[k] {
					list[i] = false
					break
				}
			}
		}
	}
	return list
}
