// Package voting lets a neighbourhood decide what is done with a budget: vote rounds, secret ballots, and a result that
// anybody can count again.
//
// A round is of a centre or of the whole network. What it is about, how it is counted and who may vote is public before
// it opens and stays as it was announced; the database refuses any change. Ballots come by web, at the desk and on paper,
// one for each code or address; nothing that is stored joins one to a person, a code or a moment (box.go). How they are
// counted is package fairvote's. Where options come from the package does not know: each has an origin that means
// something to another feature.
package voting

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kvart/internal/fairvote"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// Permissions of this feature.
const (
	Run  auth.Permission = "voting.run"  // make rounds, print codes, publish results
	Type auth.Permission = "voting.type" // type the ballot of somebody who is there
)

// Grants say which role has which permission.
var Grants = []auth.Grant{
	{Role: network.Coordinator, Permission: Run}, {Role: network.Coordinator, Permission: Type},
	{Role: network.Lead, Permission: Run}, {Role: network.Lead, Permission: Type},
	{Role: network.Host, Permission: Type},
}

// State is how far a round has come.
type State string

// The states of a round.
const (
	Draft     State = "draft"
	Announced State = "announced" // public, as it stays
	Open      State = "open"
	Closed    State = "closed"
	Published State = "published"
)

// May says whether a round goes from one state to the other. The database refuses any other step too.
func May(from, to State) bool {
	switch from {
	case Draft:
		return to == Announced
	case Announced:
		return to == Draft || to == Open
	case Open:
		return to == Closed
	case Closed:
		return to == Published
	}
	return false
}

// Means by which somebody votes.
const (
	ByCodes = "codes" // printed, handed out against a list that is ticked off
	ByMail  = "mail"  // a link to a confirmed address
	ByBoth  = "both"
)

// Units of a budget.
const (
	Money = "money" // cents
	Hours = "hours" // of a room
)

// What there is to choose from.
var (
	Means = []string{ByCodes, ByMail, ByBoth}
	Units = []string{Money, Hours}
)

// Bounds of a round.
const (
	MostOptions    = 200
	LeastPublished = 50 // ballots, before they are published, where nobody says otherwise
	FloorPublished = 20 // what nobody may set it below

	maxMoney = 100_000_000_00 // cents; far below the cost by which the file of ballots says that something was withdrawn
	maxHours = 1_000_000
)

// Round is one vote.
type Round struct {
	ID             string    `db:"id"`
	CentreID       *string   `db:"centre_id"` // nil: of the whole network
	Title          i18n.Text `db:"title"`
	About          i18n.Text `db:"about"`
	Who            i18n.Text `db:"who"` // who may vote, as it is said in public
	Means          string    `db:"means"`
	Unit           string    `db:"unit"`
	Currency       string    `db:"currency"`
	Budget         int64     `db:"budget"`   // cents, or hours
	AtLeast        int       `db:"at_least"` // options on a ballot
	OpensAt        int64     `db:"opens_at"`
	ClosesAt       int64     `db:"closes_at"`
	Rule           string    `db:"rule"`
	Utility        string    `db:"utility"`
	Completion     string    `db:"completion"`
	LeastPublished int       `db:"least_published"`
	State          State     `db:"state"`
	Commitment     string    `db:"commitment"`
	Seed           string    `db:"seed"` // secret until the round is closed
	BoxKey         string    `db:"box_key"`
	BoxSecret      string    `db:"box_secret"`
	Salt           string    `db:"salt"`
	Ballots        int       `db:"ballots"` // counted at closing
	Unreadable     int       `db:"unreadable"`
	Swept          db.Bool   `db:"swept"`
	Version        int       `db:"version"`
	CreatedAt      int64     `db:"created_at"`

	Options []Option `db:"-"`

	zone *time.Location // of its centre, or of the network
}

// Option is what can be chosen.
type Option struct {
	ID        string    `db:"id"` // random; drawn anew when the round is announced
	RoundID   string    `db:"round_id"`
	Position  int       `db:"position"`
	Origin    string    `db:"origin"` // opaque: the feature it came from knows
	Title     i18n.Text `db:"title"`
	About     i18n.Text `db:"about"`
	Cost      int64     `db:"cost"`      // in the round's unit
	Sensitive db.Bool   `db:"sensitive"` // having chosen it may tell something about a person
}

// Opens is the moment from which ballots are taken, Closes the one from which none is. The server's clock decides.
func (r Round) Opens() time.Time { return time.Unix(r.OpensAt, 0) }

// Closes see Opens.
func (r Round) Closes() time.Time { return time.Unix(r.ClosesAt, 0) }

// At is the state at the moment: the clock opens and closes a round, whether or not the job that writes it down has run.
func (r Round) At(now time.Time) State {
	s := r.State
	if s == Announced && now.Unix() >= r.OpensAt {
		s = Open
	}
	if s == Open && now.Unix() >= r.ClosesAt {
		s = Closed
	}
	return s
}

// Codes says whether one votes with a printed code, Mails whether with a link.
func (r Round) Codes() bool { return r.Means != ByMail }

// Mails see Codes.
func (r Round) Mails() bool { return r.Means != ByCodes }

// Of says whether the round is of the scope: a centre's id, or "" for the network.
func (r Round) Of(centreID string) bool {
	if r.CentreID == nil {
		return centreID == ""
	}
	return *r.CentreID == centreID
}

// counted says whether something may be told of what was in its box: nothing of the open box is left in the files.
func (r Round) counted() bool { return r.State == Published || r.State == Closed && bool(r.Swept) }

// Option is the round's option with the id, or nil.
func (r Round) Option(id string) *Option {
	for i := range r.Options {
		if r.Options[i].ID == id {
			return &r.Options[i]
		}
	}
	return nil
}

// Check returns Invalid with a fault a field when the round cannot be as it is. Field names are those of the form.
func (r Round) Check() error {
	var f fault.Form
	checkTexts(&f, "title", r.Title, 120, true)
	checkTexts(&f, "about", r.About, 2000, false)
	checkTexts(&f, "who", r.Who, 1000, true)
	for _, c := range []struct {
		name, value string
		known       []string
	}{{"means", r.Means, Means}, {"unit", r.Unit, Units}, {"rule", r.Rule, fairvote.Rules}, {"utility", r.Utility, fairvote.Utilities}, {"completion", r.Completion, fairvote.Completions}} {
		if !slices.Contains(c.known, c.value) {
			f.Add(c.name, "voting.fault.choose")
		}
	}
	if r.Budget < 1 || r.Unit == Money && r.Budget > maxMoney || r.Unit == Hours && r.Budget > maxHours {
		f.Add("budget", "voting.fault.budget")
	}
	if r.AtLeast < 1 || r.AtLeast > MostOptions {
		f.Add("at_least", "fault.not_a_number", "low", 1, "high", MostOptions)
	}
	if r.LeastPublished < FloorPublished || r.LeastPublished > 100000 {
		f.Add("least_published", "fault.not_a_number", "low", FloorPublished, "high", 100000)
	}
	if r.OpensAt <= 0 {
		f.Add("opens", "fault.not_a_time")
	}
	if r.ClosesAt <= 0 {
		f.Add("closes", "fault.not_a_time")
	} else if r.ClosesAt <= r.OpensAt {
		f.Add("closes", "voting.fault.order")
	}
	return f.Err()
}

// Check returns Invalid with a fault a field; budget is the round's.
func (o Option) Check(budget int64) error {
	var f fault.Form
	checkTexts(&f, "title", o.Title, 160, true)
	checkTexts(&f, "about", o.About, 2000, false)
	switch {
	case o.Cost < 1:
		f.Add("cost", "voting.fault.cost")
	case o.Cost > budget:
		f.Add("cost", "voting.fault.too_dear")
	}
	return f.Err()
}

func checkTexts(f *fault.Form, name string, t i18n.Text, most int, required bool) {
	if required && t[i18n.HR] == "" {
		f.Add(name+"-"+string(i18n.HR), "fault.required")
	}
	for _, l := range i18n.All {
		if utf8.RuneCountInString(t[l]) > most {
			f.Add(name+"-"+string(l), "fault.too_long", "max", most)
		}
	}
}

// CheckReady returns Invalid or Conflict where the round cannot be announced at the moment: it needs two options, no more
// to be chosen than there are, none dearer than the budget, and time before it closes.
func (r Round) CheckReady(now time.Time) error {
	if err := r.Check(); err != nil {
		return err
	}
	switch {
	case len(r.Options) < 2:
		return fault.Conflict("voting.fault.two_options")
	case len(r.Options) < r.AtLeast:
		return fault.Conflict("voting.fault.at_least", "n", r.AtLeast)
	case r.ClosesAt <= now.Unix():
		return fault.Conflict("voting.fault.over_already")
	}
	for _, o := range r.Options {
		if o.Cost > r.Budget {
			return fault.Conflict("voting.fault.option_too_dear", "n", o.Position)
		}
	}
	return nil
}

// CheckChoices puts the ids in the order of the options and returns Invalid where one is none of the round's, stands
// there twice, or there are fewer than the round asks for.
func (r Round) CheckChoices(ids []string) ([]string, error) {
	var f fault.Form
	chosen := make([]string, 0, len(ids))
	for _, o := range r.Options {
		if slices.Contains(ids, o.ID) {
			chosen = append(chosen, o.ID)
		}
	}
	switch {
	case len(chosen) != len(ids):
		f.Add("choice", "voting.fault.choice")
	case len(chosen) < r.AtLeast:
		f.Add("choice", "voting.fault.too_few", "n", r.AtLeast)
	}
	return chosen, f.Err()
}

// Commit is what is published before the vote of a seed that is published after it: SHA-256 of its text, in hexadecimal.
// Anybody recomputes it with "printf %s SEED | sha256sum".
func Commit(seed string) string {
	sum := sha256.Sum256([]byte(seed))
	return hex.EncodeToString(sum[:])
}

// Lot is the number that the seed's text begins with; what follows is there so that the number cannot be tried through.
func Lot(seed string) (n uint64) {
	number, _, _ := strings.Cut(seed, "-")
	for _, d := range number {
		n = n*10 + uint64(d-'0')
	}
	return n
}
