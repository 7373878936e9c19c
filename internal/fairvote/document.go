package fairvote

import (
	"encoding/json"
	"math/big"
)

// Document is a result to be read by programs. Amounts are numbers in units of the currency; of a share, which may have no end
// as a decimal, also the fraction.
type Document struct {
	Winners    []WinnerLine    `json:"winners"`
	Spent      json.Number     `json:"spent"`
	Budget     json.Number     `json:"budget"`
	Voters     int             `json:"voters"`
	Parameters ParameterLine   `json:"parameters"`
	Endowment  *Amount         `json:"endowment,omitempty"` // of each voter
	Steps      int             `json:"steps,omitempty"`     // by which a completion raised it
	Payments   []PaymentLine   `json:"payments"`
	Projects   []ProjectLine   `json:"projects"`
	Rounds     []RoundLine     `json:"rounds,omitempty"`
	Ties       []TieLine       `json:"ties,omitempty"`
	Comparison ComparisonLine  `json:"comparison_with_greedy"`
	Step       *ComparisonStep `json:"comparison_step,omitempty"`
	Notes      []string        `json:"notes,omitempty"`
}

// Amount is a fraction of money, and the number next to it with two more decimals than the currency has.
type Amount struct {
	Exact string      `json:"exact"`
	About json.Number `json:"about"`
}

// WinnerLine is a project that won, in the order of winning.
type WinnerLine struct {
	ID    string      `json:"id"`
	Name  string      `json:"name,omitempty"`
	Cost  json.Number `json:"cost"`
	Votes int         `json:"votes"`
	Why   string      `json:"why"`
}

// ParameterLine is everything beside the ballots that the result hangs on.
type ParameterLine struct {
	Rule       string      `json:"rule"`
	Utility    string      `json:"utility,omitempty"`
	Completion string      `json:"completion,omitempty"`
	Step       json.Number `json:"step,omitempty"`
	Seed       *uint64     `json:"seed,omitempty"`
	Ties       []string    `json:"ties"`
}

// PaymentLine is who paid for a project.
type PaymentLine struct {
	ID     string      `json:"id"`
	Total  json.Number `json:"total"`
	Shares []ShareLine `json:"shares"`
}

// ShareLine is so many voters who paid this each.
type ShareLine struct {
	Voters int `json:"voters"`
	Amount
}

// ProjectLine is what became of a project, and why.
type ProjectLine struct {
	ID              string      `json:"id"`
	Name            string      `json:"name,omitempty"`
	Cost            json.Number `json:"cost"`
	Votes           int         `json:"votes"`
	Score           json.Number `json:"score"`
	Won             bool        `json:"won"`
	Why             string      `json:"why"`
	Round           int         `json:"round,omitempty"`
	Effective       json.Number `json:"effective_votes,omitempty"`
	Left            *Amount     `json:"supporters_left,omitempty"`
	Missing         *Amount     `json:"missing,omitempty"`
	MoreVotes       int64       `json:"more_votes_needed,omitempty"`
	NothingInGreedy int         `json:"supporters_with_nothing_in_greedy"`
}

// RoundLine is one purchase.
type RoundLine struct {
	ID        string         `json:"id"`
	Price     Amount         `json:"price"`
	Standings []StandingLine `json:"standings,omitempty"`
}

// StandingLine is how a project that could be bought stood then.
type StandingLine struct {
	ID        string      `json:"id"`
	Effective json.Number `json:"effective_votes"`
}

// TieLine is what stood equal, the first of it taken.
type TieLine struct {
	Round    int      `json:"round"`
	Projects []string `json:"projects"`
	By       string   `json:"by"`
}

// ComparisonLine is with the rule that takes the most votes first.
type ComparisonLine struct {
	Winners      []string    `json:"winners"`
	Spent        json.Number `json:"spent"`
	NothingHere  int         `json:"voters_with_nothing"`
	NothingThere int         `json:"voters_with_nothing_in_greedy"`
	OnlyHere     int         `json:"voters_with_nothing_only_here"`
	OnlyThere    int         `json:"voters_with_nothing_only_in_greedy"`
}

// ComparisonStep is how many preferred which winners, of a rule that takes what more of them do.
type ComparisonStep struct {
	PreferShares int  `json:"prefer_equal_shares"`
	PreferGreedy int  `json:"prefer_greedy"`
	Switched     bool `json:"switched"`
}

// Document writes the result of this election down.
func (r Result) Document(e Election, notes []string) Document {
	money := func(n int64) json.Number { return json.Number(Decimal(n, e.Decimals)) }
	amount := func(x *big.Rat) *Amount {
		if x == nil {
			return nil
		}
		y := new(big.Rat).Quo(x, new(big.Rat).SetInt64(unit(e.Decimals)))
		return &Amount{y.RatString(), json.Number(y.FloatString(e.Decimals + 2))}
	}
	ids := func(list []int) []string {
		names := []string{}
		for _, k := range list {
			names = append(names, e.Projects[k].ID)
		}
		return names
	}
	d := Document{Winners: []WinnerLine{}, Spent: money(r.Spent), Budget: money(e.Budget), Voters: len(e.Votes), Endowment: amount(r.Endowment), Steps: r.Steps,
		Parameters: ParameterLine{Rule: r.Parameters.Rule, Utility: r.Parameters.Utility, Completion: r.Parameters.Completion, Ties: r.Ties},
		Payments:   []PaymentLine{}, Projects: []ProjectLine{}, Notes: notes}
	if r.Parameters.raises() {
		d.Parameters.Step = money(r.Parameters.Step)
	}
	if len(r.Ties) > 0 && r.Ties[len(r.Ties)-1] == "lot" {
		d.Parameters.Seed = &r.Parameters.Seed
	}
	for _, k := range r.Winners {
		p, o := e.Projects[k], r.Outcomes[k]
		d.Winners = append(d.Winners, WinnerLine{p.ID, p.Name, money(p.Cost), o.Votes, o.Why})
		if len(o.Shares) == 0 {
			continue
		}
		line := PaymentLine{p.ID, money(p.Cost), nil}
		for _, s := range o.Shares {
			line.Shares = append(line.Shares, ShareLine{s.Voters, *amount(s.Each)})
		}
		d.Payments = append(d.Payments, line)
	}
	for k, o := range r.Outcomes {
		p := e.Projects[k]
		line := ProjectLine{ID: p.ID, Name: p.Name, Cost: money(p.Cost), Votes: o.Votes, Score: json.Number(Decimal(o.Score, e.PointDecimals)), Won: o.Won, Why: o.Why, Round: o.Round,
			Left: amount(o.Left), Missing: amount(o.Missing), MoreVotes: o.MoreVotes, NothingInGreedy: o.NothingInGreedy}
		if o.Effective != nil {
			line.Effective = json.Number(o.Effective.FloatString(2))
		}
		d.Projects = append(d.Projects, line)
	}
	for _, x := range r.Rounds {
		line := RoundLine{ID: e.Projects[x.Project].ID, Price: *amount(x.Price)}
		for _, s := range x.Standings {
			line.Standings = append(line.Standings, StandingLine{e.Projects[s.Project].ID, json.Number(Decimal(s.Effective, 2))})
		}
		d.Rounds = append(d.Rounds, line)
	}
	for _, x := range r.Tied {
		d.Ties = append(d.Ties, TieLine{x.Round, ids(x.Projects), x.By})
	}
	x := r.Comparison
	d.Comparison = ComparisonLine{ids(x.Winners), money(x.Spent), x.NothingHere, x.NothingThere, x.OnlyHere, x.OnlyThere}
	if r.PreferShares+r.PreferGreedy > 0 || r.Switched {
		d.Step = &ComparisonStep{r.PreferShares, r.PreferGreedy, r.Switched}
	}
	return d
}

// raises says whether the completion raises the shares.
func (p Parameters) raises() bool {
	return p.Completion == Add1 || p.Completion == Add1Overshoot || p.Completion == Add1Utilitarian
}
