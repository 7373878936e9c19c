package participation

import (
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// SourceKinds are where something is heard.
var SourceKinds = []string{"focus", "interview", "survey", "meeting"}

// Source is a conversation: a focus group, an interview, the open answers of a survey, a meeting. It never says who spoke.
type Source struct {
	ID      string `db:"id"`
	CycleID string `db:"cycle_id"`
	Kind    string `db:"kind"`
	Title   string `db:"title"`
	On      string `db:"on_date"`
	People  int    `db:"people"`
	Notes   string `db:"notes"` // for the team

	Claim string `db:"-"` // the form's key: sent twice it is one conversation
}

// Check returns Invalid with a fault a field.
func (s Source) Check() error {
	var f fault.Form
	if !slices.Contains(SourceKinds, s.Kind) {
		f.Add("source_kind", "needs.fault.source_kind")
	}
	checkWords(&f, "source_title", s.Title, mostTitle, true)
	checkWords(&f, "notes", s.Notes, 20000, false)
	if _, err := time.Parse(time.DateOnly, s.On); err != nil {
		f.Add("source_on", "fault.not_a_date")
	}
	if s.People < 1 || s.People > 10000 {
		f.Add("source_people", "fault.not_a_number", "low", 1, "high", 10000)
	}
	return f.Err()
}

// checkWords notes what is wrong with words that must say nothing of who said them.
func checkWords(f *fault.Form, name, s string, most int, required bool) {
	if required && strings.TrimSpace(s) == "" {
		f.Add(name, "fault.required")
	}
	if utf8.RuneCountInString(s) > most {
		f.Add(name, "fault.too_long", "max", most)
	}
	if Personal(s) {
		f.Add(name, "needs.fault.personal")
	}
}

// Personal says whether a text holds what surely belongs to one person: an address of mail, or a number long enough for a
// telephone or an identity card. It finds no names: that remains with who writes.
func Personal(s string) bool {
	for i, r := range s {
		if r != '@' {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		after, _ := utf8.DecodeRuneInString(s[i+1:])
		if (unicode.IsLetter(before) || unicode.IsDigit(before)) && (unicode.IsLetter(after) || unicode.IsDigit(after)) {
			return true
		}
	}
	digits := 0
	for _, r := range s {
		switch {
		case unicode.IsDigit(r):
			if digits++; digits >= 8 {
				return true
			}
		case r == ' ' || r == '-' || r == '/' || r == '+':
		default:
			digits = 0
		}
	}
	return false
}

// Theme is what several said, in one word.
type Theme struct {
	ID        string  `db:"id"`
	CycleID   string  `db:"cycle_id"`
	Name      string  `db:"name"`
	About     string  `db:"about"`
	Position  int     `db:"position"`
	Reply     string  `db:"reply"` // what was done, or why nothing is
	Published db.Bool `db:"published"`

	Quotes  int        `db:"-"` // that the first coder gave it
	Sources []Counted  `db:"-"` // they come from, by kind
	Answers []Reaction `db:"-"`
}

// Counted is how many sources of a kind there are.
type Counted struct {
	Kind string
	N    int
}

// Reaction is a proposal or an activity that answers a theme.
type Reaction struct {
	ProposalID, ActivityID string
	Title                  i18n.Text
	Address                string
}

// Check returns Invalid with a fault a field. A theme is published with an answer: what is done, or why nothing is.
func (t Theme) Check(answers int) error {
	var f fault.Form
	checkWords(&f, "theme_name", t.Name, mostTitle, true)
	checkWords(&f, "theme_about", t.About, 2000, false)
	checkWords(&f, "reply", t.Reply, 4000, false)
	if bool(t.Published) && strings.TrimSpace(t.Reply) == "" && answers == 0 {
		f.Add("reply", "needs.fault.reply")
	}
	return f.Err()
}

// Quote is something said, and what each coder made of it.
type Quote struct {
	ID       string  `db:"id"`
	SourceID string  `db:"source_id"`
	Words    string  `db:"words"`
	First    *string `db:"first"` // theme of the first coder
	Second   *string `db:"second"`

	Claim string `db:"-"` // the form's key: sent twice it is said once
}

// Kappa is Cohen's kappa of two coders over the quotes that both coded (Cohen 1960, A Coefficient of Agreement for Nominal
// Scales): (po − pe) / (1 − pe), exactly. ok is false where it is not defined: nothing was coded by both, or both gave one
// and the same theme to everything, so that chance explains all.
func Kappa(list []Quote) (kappa *big.Rat, both int, ok bool) {
	agree := int64(0)
	first, second := map[string]int64{}, map[string]int64{}
	for _, q := range list {
		if q.First == nil || q.Second == nil {
			continue
		}
		both++
		first[*q.First]++
		second[*q.Second]++
		if *q.First == *q.Second {
			agree++
		}
	}
	n, chance := int64(both), int64(0)
	for theme, k := range first {
		chance += k * second[theme]
	}
	if n == 0 || n*n == chance {
		return nil, both, false
	}
	return big.NewRat(n*agree-chance, n*n-chance), both, true
}
