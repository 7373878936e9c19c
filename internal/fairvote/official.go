package fairvote

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Undefined is returned for a file whose rule cannot be applied.
type Undefined struct{ Rule, Why string }

func (u *Undefined) Error() string { return fmt.Sprintf("rule %q: %s", u.Rule, u.Why) }

// Official counts by the rule that the file's META names, as the library means it (https://pabulib.org/format and the library's
// own checker): by the score that the file gives (votes, or the points of its ballots), equal ones in the order of the file.
// Equal shares are of the cost; equal ones go to the cheapest, then the one with the most votes, then by the order of the file;
// add1 is until overshoot, and a project dearer than the budget takes part until it would be bought. The comparison counts
// winners that a voter approves, and takes the most votes where more voters have more of them so. It returns *Undefined where
// the rule is unknown, or hangs on what is not in the file.
func (f *File) Official() (Result, error) {
	rule := strings.ToLower(f.Get("rule"))
	e := f.Election()
	p := Parameters{Rule: Greedy, Step: unit(e.Decimals)}
	if strings.HasPrefix(rule, "equalshares") {
		p.Rule, p.Utility, p.Completion = EqualShares, ByCost, None
	}
	if strings.HasPrefix(rule, "equalshares/add1") {
		p.Completion = Add1Overshoot
	}
	c := newCount(e, p)
	c.ties = []string{"cost", "votes", "order"}
	for i := range c.rank {
		c.rank[i] = i
	}
	score := f.scores
	if score == nil {
		score = c.score
	}
	switch rule {
	case "greedy", "greedy-no-skip", "greedy-threshold":
		least, ok, err := f.threshold()
		if err != nil {
			return Result{}, err
		}
		if rule == "greedy-threshold" && !ok {
			return Result{}, &Undefined{rule, "META has no min_project_score_threshold"}
		}
		c.ties = []string{"order"}
		c.byScore(score, least, rule != "greedy-no-skip")
	case "equalshares", "equalshares/add1", "equalshares-comparison", "equalshares/add1-comparison":
		c.equalShares()
	case "":
		return Result{}, &Undefined{rule, "META names no rule"}
	case "unknown", "greedy-custom", "greedy-exclusive":
		return Result{}, &Undefined{rule, "the file does not say how it was counted; name a rule with --rule"}
	default:
		return Result{}, &Undefined{rule, "it is not defined; name a rule with --rule"}
	}
	c.result.Parameters.Rule, c.result.Ties = rule, c.ties
	if strings.HasSuffix(rule, "-comparison") {
		c.preferred()
	}
	return c.finish(), nil
}

// threshold is the score that a project must have, in the units of the scores.
func (f *File) threshold() (least int64, ok bool, err error) {
	text := f.Get("min_project_score_threshold")
	if text == "" {
		return 0, false, nil
	}
	n, why := parseAmount(text)
	if why == "" {
		if least, ok = n.at(max(f.scoreDecimals, n.decimals)); !ok || n.decimals > f.scoreDecimals {
			why = "has more decimals than the scores"
		}
	}
	if why != "" {
		return 0, false, &Undefined{f.Get("rule"), fmt.Sprintf("min_project_score_threshold %q %s", short(text), why)}
	}
	return least, true, nil
}

// byScore takes the highest score first, equal ones in the order of the file. What does not fit is passed over, or ends it.
func (c *count) byScore(score []int64, least int64, skip bool) {
	list := make([]int, len(c.Projects))
	for i := range list {
		list[i] = i
	}
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(score[b], score[a]) })
	stopped := false
	for i, k := range list {
		o := &c.result.Outcomes[k]
		switch left := c.Budget - c.result.Spent; {
		case c.barred[k] != "":
		case score[k] < least:
			o.Why = TooFew
		case stopped:
			o.Why = Stopped
		case c.Projects[k].Cost > left:
			o.Why = NoRoom
			if c.Projects[k].Cost > c.Budget {
				o.Why = TooDear
			}
			stopped = !skip
		default:
			if i+1 < len(list) && score[list[i+1]] == score[k] && c.Projects[list[i+1]].Cost <= left && c.Projects[list[i+1]].Cost > left-c.Projects[k].Cost {
				c.result.Tied = append(c.result.Tied, Tie{len(c.result.Winners) + 1, []int{k, list[i+1]}, "order"})
			}
			c.win(k, Filled)
		}
	}
}

// preferred takes what the most votes choose instead, where more voters have more of what they approve among that.
func (c *count) preferred() {
	votes := make([]int64, len(c.Projects))
	for k := range votes {
		votes[k] = int64(len(c.supporters[k]))
	}
	other := &count{Election: c.Election, supporters: c.supporters, score: c.score, rank: c.rank, barred: c.barred, won: make([]bool, len(c.Projects)),
		result: Result{Winners: []int{}, Outcomes: make([]Outcome, len(c.Projects))}}
	other.byScore(votes, 0, true)
	for _, v := range c.Votes {
		var mine, others int64
		for j, k := range v.Projects {
			if w := v.of(j); w > 0 {
				if c.won[k] {
					mine += w
				}
				if other.won[k] {
					others += w
				}
			}
		}
		switch {
		case others > mine:
			c.result.PreferGreedy++
		case mine > others:
			c.result.PreferShares++
		}
	}
	if c.result.PreferGreedy <= c.result.PreferShares {
		return
	}
	r := &c.result
	r.Switched = true
	c.won, r.Winners, r.Spent, r.Rounds, r.Tied = other.won, other.result.Winners, other.result.Spent, nil, nil
	for k := range r.Outcomes {
		o := Outcome{Project: k, Votes: len(c.supporters[k]), Score: c.score[k], Paid: r.Outcomes[k].Paid.SetInt64(0), Won: c.won[k], Why: other.result.Outcomes[k].Why}
		r.Outcomes[k] = o
	}
}
