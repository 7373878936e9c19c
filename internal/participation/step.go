package participation

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kvart/internal/platform/fault"
)

// State is how far a proposal has come.
type State string

// The states of a proposal.
const (
	Received  State = "received"
	Discussed State = "discussed"
	Changed   State = "changed"
	Merged    State = "merged" // into another, which goes on
	Split     State = "split"  // into others, which go on
	Accepted  State = "accepted"
	Declined  State = "declined" // this time not, because …
	Passed    State = "passed"   // on, to the council of a local committee or a district, or a city office
	Scheduled State = "scheduled"
	Held      State = "held"
	Withdrawn State = "withdrawn" // by who proposed
)

// States are all of them, in the order of a proposal's life.
var States = []State{Received, Discussed, Changed, Merged, Split, Accepted, Declined, Passed, Scheduled, Held, Withdrawn}

// next says where a proposal may go from a state. Nothing is decided that was not talked about; what is held or withdrawn stays
// so, and what is merged or split may only be withdrawn by who proposed it; a no may be talked about again. The database
// refuses any other step too.
var next = map[State][]State{
	Received:  {Discussed, Merged, Withdrawn},
	Discussed: {Discussed, Changed, Merged, Split, Accepted, Declined, Passed, Withdrawn},
	Changed:   {Discussed, Changed, Merged, Split, Accepted, Declined, Passed, Withdrawn},
	Accepted:  {Scheduled, Changed, Declined, Withdrawn},
	Passed:    {Passed, Discussed, Accepted, Declined, Withdrawn},
	Declined:  {Discussed},
	Scheduled: {Held, Accepted},
	Merged:    {Withdrawn},
	Split:     {Withdrawn},
}

// May says whether a proposal goes from one state to the other.
func May(from, to State) bool { return slices.Contains(next[from], to) }

// Ended says whether nothing more comes of it by itself.
func (s State) Ended() bool {
	return slices.Contains([]State{Merged, Split, Declined, Held, Withdrawn}, s)
}

// Who decides.
const (
	ByGroup    = "group" // the programme group
	ByCentre   = "centre"
	ByVote     = "vote"
	ByProposer = "proposer"
)

// Deciders are who may be named at the desk.
var Deciders = []string{ByGroup, ByCentre, ByVote}

// BodyKinds are to whom a proposal is passed on.
var BodyKinds = []string{"committee", "district", "office"}

// Answers of those to whom it was passed on.
const (
	Answered = "answer"
	Silent   = "none" // they have not answered, and that is said too
)

// Step is one thing said about a proposal in public: what, when, why, and who decided.
type Step struct {
	ProposalID string `db:"proposal_id"`
	N          int    `db:"n"`
	From       State  `db:"from_state"`
	To         State  `db:"to_state"`
	DecidedBy  string `db:"decided_by"`
	Reason     string `db:"reason"`
	TalkOn     string `db:"talk_on"` // when it is talked about
	BodyKind   string `db:"body_kind"`
	Body       string `db:"body"` // to whom it was passed on
	Answer     string `db:"answer"`
	Link       string `db:"link"` // the vote's address
	On         string `db:"on_date"`
	By         string `db:"by_account"`
	At         int64  `db:"at"`

	Seen int `db:"-"` // version of the proposal that whoever decided saw; nought: not asked
}

// Check returns Conflict where the step is none that may follow, and Invalid with a fault a field where something about it
// is missing: everything but a withdrawal has its reason and who decided, and only what is passed on names to whom.
func (s Step) Check() error {
	if !May(s.From, s.To) {
		return fault.Conflict("participation.fault.step")
	}
	var f fault.Form
	if s.To == Withdrawn {
		if s.DecidedBy != ByProposer {
			f.Add("decided_by", "participation.fault.decided_by")
		}
		return f.Err()
	}
	if strings.TrimSpace(s.Reason) == "" {
		f.Add("reason", "participation.fault.reason")
	}
	if utf8.RuneCountInString(s.Reason) > 2000 {
		f.Add("reason", "fault.too_long", "max", 2000)
	}
	if !slices.Contains(Deciders, s.DecidedBy) {
		f.Add("decided_by", "participation.fault.decided_by")
	}
	if _, err := time.Parse(time.DateOnly, s.TalkOn); s.TalkOn != "" && err != nil {
		f.Add("talk_on", "fault.not_a_date")
	}
	if s.Link != "" && !isAddress(s.Link) {
		f.Add("link", "participation.fault.link")
	}
	if s.To == Passed {
		if !slices.Contains(BodyKinds, s.BodyKind) {
			f.Add("body_kind", "participation.fault.body_kind")
		}
		if strings.TrimSpace(s.Body) == "" {
			f.Add("body", "fault.required")
		}
		if utf8.RuneCountInString(s.Body) > 120 {
			f.Add("body", "fault.too_long", "max", 120)
		}
		if again := s.From == Passed; again != (s.Answer == Answered || s.Answer == Silent) {
			f.Add("answer", "participation.fault.answer")
		}
	} else if s.Body != "" || s.BodyKind != "" || s.Answer != "" {
		f.Add("body", "participation.fault.body")
	}
	return f.Err()
}

// isAddress says whether s leads to a page: one of ours without the host, or one of another over https.
func isAddress(s string) bool {
	if len(s) > 500 || strings.ContainsAny(s, " \"<>\\") || strings.ContainsFunc(s, unicode.IsControl) { // browsers leave these out: "/\r/a" is "//a"
		return false
	}
	return strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") || strings.HasPrefix(s, "https://") && len(s) > len("https://")
}
