package voting

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	mathrand "math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/fairvote"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// Outcome is what a round came to, as it is kept and shown. Amounts are in the round's unit (cents, hours); what is no
// whole number is a fraction "a/b", so that nothing is rounded but on the page.
type Outcome struct {
	Ballots   int             `json:"ballots"`
	Spent     int64           `json:"spent"`
	Endowment string          `json:"endowment,omitempty"` // of each voter, in the run that counted
	Steps     int             `json:"steps,omitempty"`     // by which the completion raised it
	Options   []OptionOutcome `json:"options"`             // in their order
	Winners   []string        `json:"winners"`             // in the order of winning
	Ties      []Tie           `json:"ties,omitempty"`
	Most      Most            `json:"most"` // had the most votes decided alone
}

// OptionOutcome is what became of one option, and why.
type OptionOutcome struct {
	ID         string  `json:"id"`
	Votes      int     `json:"votes"`
	Won        bool    `json:"won"`
	Why        string  `json:"why"`             // a word of package fairvote
	Round      int     `json:"round,omitempty"` // in which it was bought
	Shares     []Share `json:"shares,omitempty"`
	Left       string  `json:"left,omitempty"`       // what its supporters had left at the end
	Missing    string  `json:"missing,omitempty"`    // to its cost
	MoreVotes  int64   `json:"more_votes,omitempty"` // that would have brought it
	NothingAt  int     `json:"nothing_by_most"`      // its supporters with no winner, had the most votes decided alone
	WinsByMost bool    `json:"wins_by_most"`
}

// Share is what each of so many of its supporters paid.
type Share struct {
	Voters int    `json:"voters"`
	Each   string `json:"each"`
}

// Tie is what decided between options that stood equal: cost, votes or the lot.
type Tie struct {
	Options []string `json:"options"` // the first was taken
	By      string   `json:"by"`
}

// Most compares with the rule that takes the most votes first.
type Most struct {
	Winners      []string `json:"winners"`
	Spent        int64    `json:"spent"`
	NothingHere  int      `json:"nothing_here"`  // voters who get nothing they chose, as it was counted
	NothingThere int      `json:"nothing_there"` // and if the most votes had decided
}

// Option is the outcome of the option with the id.
func (o Outcome) Option(id string) OptionOutcome {
	for _, x := range o.Options {
		if x.ID == id {
			return x
		}
	}
	return OptionOutcome{ID: id}
}

// Winners are the options that win, once what persons changed is done.
func Winners(o Outcome, changes []Change) map[string]bool {
	wins := map[string]bool{}
	for _, id := range o.Winners {
		wins[id] = true
	}
	for _, c := range changes {
		wins[c.OptionID] = bool(c.Wins)
	}
	return wins
}

// decimals are those of the round's smallest unit.
func (r Round) decimals() int {
	if r.Unit == Money {
		return 2
	}
	return 0
}

// finer is by how much amounts are finer where they are shared: hours of a room are in minutes, so that a larger share for
// everybody is not an hour more for everybody.
func (r Round) finer() int64 {
	if r.Unit == Hours {
		return 60
	}
	return 1
}

// election is the round as package fairvote counts it, with its ballots in the order of the patterns.
func (r Round) election(patterns []Pattern) (e fairvote.Election, err error) {
	e = fairvote.Election{Budget: r.Budget * r.finer(), Decimals: r.decimals()}
	at := map[string]int32{}
	for i, o := range r.Options {
		title, _ := o.Title.In(i18n.HR)
		at[o.ID] = int32(i)
		e.Projects = append(e.Projects, fairvote.Project{ID: o.ID, Name: strings.Join(strings.Fields(title), " "), Cost: o.Cost * r.finer()})
	}
	for _, p := range patterns {
		v := fairvote.Vote{}
		for _, id := range p.Choices {
			i, ok := at[id]
			if !ok {
				return e, fmt.Errorf("voting: a ballot with an option that round %s has not", r.ID)
			}
			v.Projects = append(v.Projects, i)
		}
		for range p.N {
			e.Votes = append(e.Votes, v)
		}
	}
	return e, nil
}

// Count counts the patterns by the round's rule.
func (r Round) Count(patterns []Pattern) (out Outcome, err error) {
	e, err := r.election(patterns)
	if err != nil {
		return out, err
	}
	res, err := fairvote.Count(e, fairvote.Parameters{Rule: r.Rule, Utility: r.Utility, Completion: r.Completion, Seed: Lot(r.Seed)})
	if err != nil {
		return out, fmt.Errorf("voting: counting round %s: %w", r.ID, err)
	}
	fraction := func(x *big.Rat) string {
		if x == nil {
			return ""
		}
		return new(big.Rat).Quo(x, new(big.Rat).SetInt64(r.finer())).RatString()
	}
	ids := func(places []int) (list []string) {
		for _, i := range places {
			list = append(list, r.Options[i].ID)
		}
		return list
	}
	out = Outcome{Ballots: len(e.Votes), Spent: res.Spent / r.finer(), Endowment: fraction(res.Endowment), Steps: res.Steps, Winners: ids(res.Winners)}
	most := map[int]bool{}
	for _, i := range res.Comparison.Winners {
		most[i] = true
	}
	for _, x := range res.Outcomes {
		o := OptionOutcome{ID: r.Options[x.Project].ID, Votes: x.Votes, Won: x.Won, Why: x.Why, Round: x.Round, Left: fraction(x.Left), Missing: fraction(x.Missing),
			MoreVotes: x.MoreVotes, NothingAt: x.NothingInGreedy, WinsByMost: most[x.Project]}
		for _, s := range x.Shares {
			o.Shares = append(o.Shares, Share{s.Voters, fraction(s.Each)})
		}
		out.Options = append(out.Options, o)
	}
	for _, t := range res.Tied {
		out.Ties = append(out.Ties, Tie{ids(t.Projects), t.By})
	}
	c := res.Comparison
	out.Most = Most{Winners: ids(c.Winners), Spent: c.Spent / r.finer(), NothingHere: c.NothingHere, NothingThere: c.NothingThere}
	return out, nil
}

// rounded is a fraction as whole units, to the nearest; halves away from zero.
func rounded(s string) int64 {
	x, ok := new(big.Rat).SetString(s)
	if !ok {
		return 0
	}
	num, den := new(big.Int).Mul(x.Num(), big.NewInt(2)), new(big.Int).Mul(x.Denom(), big.NewInt(2))
	return new(big.Int).Div(num.Add(num, x.Denom()), den).Int64()
}

// outcome counts a closed round anew, or reads what was published.
func (s *Store) outcome(ctx context.Context, q db.Querier, r Round) (out Outcome, err error) {
	if r.State == Published {
		var doc string
		if err := q.Get(ctx, &doc, `SELECT document FROM vote_results WHERE round_id = :r`, db.Args{"r": r.ID}); err != nil {
			return out, err
		}
		err = json.Unmarshal([]byte(doc), &out)
		return out, err
	}
	if r.State != Closed || !bool(r.Swept) {
		return out, fault.Conflict("voting.fault.not_counted")
	}
	patterns, err := s.patterns(ctx, q, r.ID)
	if err != nil {
		return out, err
	}
	return r.Count(patterns)
}

// Publish makes the result public, with the file of all ballots where they are. Where they are not, two witnesses must have
// recounted. It returns Conflict for a round that is not counted yet.
func (s *Store) Publish(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err := s.Own(ctx, tx, centreID, id)
		if err != nil {
			return err
		}
		if r.State != Closed || !bool(r.Swept) {
			return fault.Conflict("voting.fault.not_counted")
		}
		patterns, err := s.patterns(ctx, tx, id)
		if err != nil {
			return err
		}
		out, err := r.Count(patterns)
		if err != nil {
			return err
		}
		pb := ""
		n, err := s.Network.Network(ctx, tx)
		if err != nil {
			return err
		}
		if r.Secret(patterns, n.Disclosure) == "" {
			if pb, err = r.File(patterns, out); err != nil {
				return err
			}
		} else {
			who, err := s.Witnesses(ctx, tx, id)
			if err != nil {
				return err
			}
			if len(who) < 2 {
				return fault.Conflict("voting.fault.witnesses")
			}
		}
		doc, err := json.Marshal(out)
		if err != nil {
			return err
		}
		if n, err := tx.Exec(ctx, `UPDATE vote_rounds SET state = 'published', version = version + 1 WHERE id = :id AND state = 'closed'`, db.Args{"id": id}); err != nil || n == 0 {
			return fault.Conflict("voting.fault.not_counted").Because(err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO vote_results (round_id, document, pb, published_at) VALUES (:r, :d, :pb, :at)`,
			db.Args{"r": id, "d": string(doc), "pb": pb, "at": s.Now().Unix()}); err != nil {
			return err
		}
		return s.note(ctx, tx, r, "voting.publish", by)
	})
}

// PB is the file of all ballots of a published round. It returns NotFound where they are not published.
func (s *Store) PB(ctx context.Context, id string) (file string, err error) {
	err = s.DB.Get(ctx, &file, `SELECT pb FROM vote_results WHERE round_id = :r AND pb <> ''`, db.Args{"r": id})
	return file, err
}

// HasPB says whether the round's ballots are published.
func (s *Store) HasPB(ctx context.Context, q db.Querier, id string) (bool, error) {
	var n int
	err := q.Get(ctx, &n, `SELECT COUNT(*) FROM vote_results WHERE round_id = :r AND pb <> ''`, db.Args{"r": id})
	return n > 0, err
}

// File is the round in the format of Pabulib (http://pabulib.org/format): every ballot with what it approves, and nothing
// else, in a random order; the numbers of the voters are drawn with it. Ids of options are those of the lot. The rule is in
// Pabulib's words where it has one, and in ours with every parameter beside it.
//
// Options stand in the order in which equal ones are decided: the cheapest, then the most votes, then the lot. A rule of
// Pabulib's that takes equal ones in the order of the file comes to the same. Days are local ones.
func (r Round) File(patterns []Pattern, out Outcome) (string, error) {
	e, err := r.election(patterns)
	if err != nil {
		return "", err
	}
	lot := map[string]int{}
	for i, rank := range fairvote.Lot(e.Projects, Lot(r.Seed)) {
		lot[r.Options[i].ID] = rank
	}
	r.Options = slices.Clone(r.Options)
	slices.SortFunc(r.Options, func(a, b Option) int {
		return cmp.Or(cmp.Compare(a.Cost, b.Cost), cmp.Compare(out.Option(b.ID).Votes, out.Option(a.ID).Votes), cmp.Compare(lot[a.ID], lot[b.ID]))
	})
	e, err = r.election(patterns)
	if err != nil {
		return "", err
	}
	mathrand.Shuffle(len(e.Votes), func(i, j int) { e.Votes[i], e.Votes[j] = e.Votes[j], e.Votes[i] })
	rule := "unknown"
	switch {
	case r.Rule == fairvote.Greedy:
		rule = "greedy"
	case r.Rule == fairvote.EqualShares && r.Utility == fairvote.ByCost && r.Completion == fairvote.None:
		rule = "equalshares"
	case r.Rule == fairvote.EqualShares && r.Utility == fairvote.ByCost && r.Completion == fairvote.Add1Overshoot:
		rule = "equalshares/add1"
	}
	var winners []int
	for i, o := range r.Options {
		if slices.Contains(out.Winners, o.ID) {
			winners = append(winners, i)
		}
	}
	title, _ := r.Title.In(i18n.HR)
	f, err := fairvote.NewFile([]fairvote.Field{{Key: "description", Value: strings.Join(strings.Fields(title), " ")}, {Key: "country", Value: "Croatia"}, {Key: "unit", Value: "Kvart"},
		{Key: "instance", Value: strconv.Itoa(r.local(r.Opens()).Year())}, {Key: "rule", Value: rule}, {Key: "date_begin", Value: r.local(r.Opens()).Format("02.01.2006")},
		{Key: "date_end", Value: r.local(r.Closes()).Format("02.01.2006")}, {Key: "min_length", Value: strconv.Itoa(r.AtLeast)}, {Key: "currency", Value: r.currency()},
		{Key: "kvart_rule", Value: r.Rule}, {Key: "kvart_utility", Value: r.Utility}, {Key: "kvart_completion", Value: r.Completion},
		{Key: "kvart_seed", Value: strconv.FormatUint(Lot(r.Seed), 10)}}, e, winners)
	if err != nil {
		return "", fmt.Errorf("voting: the file of round %s: %w", r.ID, err)
	}
	var b strings.Builder
	err = f.Write(&b)
	return b.String(), err
}

func (r Round) currency() string {
	if r.Unit == Hours {
		return "min"
	}
	return r.Currency
}

// plain is an amount as files have it.
func (r Round) plain(n int64) string {
	if r.Unit == Hours {
		return strconv.FormatInt(n, 10)
	}
	return fmt.Sprintf("%d.%02d", n/100, n%100)
}

// Amount is an amount as people read it.
func (r Round) Amount(p *i18n.Printer, n int64) string {
	if r.Unit == Hours {
		return p.N("voting.hours", int(n))
	}
	return p.Money(n, r.Currency)
}

// Recount is what kvart check asks: how many published rounds a recount of their ballots does not give.
func Recount(ctx context.Context, d *db.DB) (wrong int, err error) {
	s := &Store{DB: d, Now: time.Now}
	var ids []string
	if err := d.Select(ctx, &ids, `SELECT id FROM vote_rounds WHERE state = 'published' ORDER BY id`, nil); err != nil {
		return 0, err
	}
	for _, id := range ids {
		r, err := s.Round(ctx, d, id)
		if err != nil {
			return 0, err
		}
		patterns, err := s.patterns(ctx, d, id)
		if err != nil {
			return 0, err
		}
		kept, err := s.outcome(ctx, d, r)
		if err != nil {
			return 0, err
		}
		again, err := r.Count(patterns)
		if err != nil || again.Spent != kept.Spent || !slices.Equal(again.Winners, kept.Winners) || r.Ballots != kept.Ballots {
			wrong++
		}
	}
	return wrong, nil
}

// Sound is what never holds of the votes in a sound database: each query counts what breaks one.
var Sound = []struct{ What, Count string }{
	{"votes with another number of ballots than of used codes", `SELECT COUNT(*) FROM vote_rounds r WHERE (SELECT COUNT(*) FROM vote_used u WHERE u.round_id = r.id)
		<> CASE WHEN r.state IN ('closed','published') THEN r.ballots + r.unreadable ELSE (SELECT COUNT(*) FROM vote_box b WHERE b.round_id = r.id) END`},
	{"votes whose ballots are not as many as were counted", `SELECT COUNT(*) FROM vote_rounds r WHERE r.ballots <> (SELECT COALESCE(SUM(b.n), 0) FROM vote_ballots b WHERE b.round_id = r.id)`},
}
