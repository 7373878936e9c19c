package participation

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// CycleSteps are the steps of a cycle of needs, in their order.
var CycleSteps = []string{"invite", "ask", "listen", "say", "propose", "decide", "do"}

// Cycle is one round of asking a neighbourhood what it needs and doing something about it.
type Cycle struct {
	ID         string    `db:"id"`
	CentreID   string    `db:"centre_id"`
	AreaID     *string   `db:"area_id"`
	Title      i18n.Text `db:"title"`
	Call       i18n.Text `db:"call"` // who is invited, to what
	State      string    `db:"state"`
	Joining    db.Bool   `db:"joining"`
	TrainingID *string   `db:"training_id"`
	Version    int       `db:"version"`
	CreatedAt  int64     `db:"created_at"`

	Steps []CycleStep `db:"-"` // those that have dates, in their order
}

// CycleStep is one step with its local dates, and the address of what it leads to.
type CycleStep struct {
	CycleID string `db:"cycle_id"`
	Step    string `db:"step"`
	From    string `db:"from_date"`
	To      string `db:"to_date"` // the last day
	Link    string `db:"link"`
}

// Check returns Invalid with a fault a field. Steps may overlap, as people propose while others are still asked, but none
// begins before the one it follows.
func (c Cycle) Check() error {
	var f fault.Form
	if c.Title[i18n.HR] == "" {
		f.Add("title-hr", "fault.required")
	}
	for l, t := range c.Title {
		if utf8.RuneCountInString(t) > mostTitle {
			f.Add("title-"+string(l), "fault.too_long", "max", mostTitle)
		}
	}
	for l, t := range c.Call {
		if utf8.RuneCountInString(t) > mostAbout {
			f.Add("call-"+string(l), "fault.too_long", "max", mostAbout)
		}
	}
	if !slices.Contains([]string{"draft", "open", "over"}, c.State) {
		f.Add("state", "needs.fault.state")
	}
	before := ""
	for _, s := range c.Steps {
		from, errFrom := time.Parse(time.DateOnly, s.From)
		to, errTo := time.Parse(time.DateOnly, s.To)
		if errFrom != nil || from.Year() < 2000 || from.Year() > 2200 {
			f.Add("from-"+s.Step, "fault.not_a_date")
		}
		if errTo != nil || to.Year() < 2000 || to.Year() > 2200 {
			f.Add("to-"+s.Step, "fault.not_a_date")
		}
		if errFrom == nil && errTo == nil {
			if to.Before(from) {
				f.Add("to-"+s.Step, "needs.fault.order")
			}
			if s.From < before {
				f.Add("from-"+s.Step, "needs.fault.before")
			}
			before = max(before, s.From)
		}
		if s.Link != "" && !isAddress(s.Link) {
			f.Add("link-"+s.Step, "participation.fault.link")
		}
	}
	return f.Err()
}

// When says where a step stands on a local date: "past", "now" or "coming".
func (s CycleStep) When(today string) string {
	switch {
	case today < s.From:
		return "coming"
	case today > s.To:
		return "past"
	}
	return "now"
}

// Step is the cycle's step of that name, and whether it has dates.
func (c Cycle) Step(name string) (CycleStep, bool) {
	for _, s := range c.Steps {
		if s.Step == name {
			return s, true
		}
	}
	return CycleStep{Step: name}, false
}

// Join is somebody, or an organisation, that would be in the programme group.
type Join struct {
	ID           string  `db:"id"`
	CycleID      string  `db:"cycle_id"`
	CentreID     string  `db:"centre_id"`
	Kind         string  `db:"kind"` // resident, organisation
	Organisation string  `db:"organisation"`
	Words        string  `db:"words"`
	PersonID     *string `db:"person_id"`
	Channel      string  `db:"channel"`
	State        string  `db:"state"` // new, member, left
	On           string  `db:"on_date"`

	Lang i18n.Lang `db:"-"` // in which they are written to
}

// Check returns Invalid with a fault a field.
func (j Join) Check(c Contact) error {
	var f fault.Form
	switch j.Kind {
	case "resident":
	case "organisation":
		if strings.TrimSpace(j.Organisation) == "" {
			f.Add("organisation", "fault.required")
		}
	default:
		f.Add("kind", "needs.fault.kind")
	}
	if utf8.RuneCountInString(j.Organisation) > 120 {
		f.Add("organisation", "fault.too_long", "max", 120)
	}
	if utf8.RuneCountInString(j.Words) > mostNeed {
		f.Add("words", "fault.too_long", "max", mostNeed)
	}
	if c.Empty() {
		f.Add("phone", "needs.fault.contact")
	}
	if err := c.Check(); err != nil {
		for _, x := range fault.Of(err).Fields {
			f.Add(x.Name, x.Key, x.Args...)
		}
	}
	return f.Err()
}

// Meeting is one of the programme group's.
type Meeting struct {
	ID            string `db:"id"`
	CycleID       string `db:"cycle_id"`
	On            string `db:"on_date"`
	Clock         string `db:"at_clock"`
	Place         string `db:"place"`
	Agenda        string `db:"agenda"`
	Residents     *int   `db:"residents"` // who was there, by kind
	Organisations *int   `db:"organisations"`
	Staff         *int   `db:"staff"`
	Decisions     string `db:"decisions"`
	Minutes       string `db:"minutes"`
	PublishedOn   string `db:"published_on"`
	Version       int    `db:"version"`
}

// Check returns Invalid with a fault a field. Minutes are published with what was decided and how many were there, never with
// who.
func (m Meeting) Check(publish bool) error {
	var f fault.Form
	if _, err := time.Parse(time.DateOnly, m.On); err != nil {
		f.Add("on", "fault.not_a_date")
	}
	if _, err := time.Parse("15:04", m.Clock); m.Clock != "" && err != nil {
		f.Add("clock", "fault.not_a_time")
	}
	if strings.TrimSpace(m.Agenda) == "" {
		f.Add("agenda", "fault.required")
	}
	for name, s := range map[string]string{"agenda": m.Agenda, "decisions": m.Decisions, "minutes": m.Minutes} {
		if utf8.RuneCountInString(s) > 8000 {
			f.Add(name, "fault.too_long", "max", 8000)
		}
		if Personal(s) {
			f.Add(name, "needs.fault.personal")
		}
	}
	if utf8.RuneCountInString(m.Place) > 120 {
		f.Add("place", "fault.too_long", "max", 120)
	}
	if publish {
		if strings.TrimSpace(m.Decisions) == "" {
			f.Add("decisions", "needs.fault.decisions")
		}
		for name, n := range map[string]*int{"residents": m.Residents, "organisations": m.Organisations, "staff": m.Staff} {
			if n == nil {
				f.Add(name, "fault.required")
			}
		}
	}
	return f.Err()
}

// Present is how many were at the meeting by kind, as it may be told: a kind with fewer than the threshold, and not none, is
// few. ok is false before it was written down.
func (m Meeting) Present(threshold int) (list []Kind, ok bool) {
	for i, n := range []*int{m.Residents, m.Organisations, m.Staff} {
		if n == nil {
			return nil, false
		}
		k := Kind{Name: []string{"residents", "organisations", "staff"}[i], N: *n}
		if k.N > 0 && k.N < threshold {
			k.N, k.Few = 0, true
		}
		list = append(list, k)
	}
	return list, true
}

// Kind is how many of a kind were there.
type Kind struct {
	Name string
	N    int
	Few  bool // fewer than the network tells: N is not to be shown
}
