// Package participation is how residents shape the programme: what they propose and what became of it, the cycle of needs
// with its groups and meetings, what was listened to, and what was done about it.
//
// Everything decided is said in public, with its day, a reason and who decided. Who proposes is nobody but a name of their
// own choosing; whom the centre reaches is a record of that centre. It counts no vote and no answer: what a vote decided and
// what a survey may tell, packages voting and survey say.
package participation

import (
	"slices"
	"strings"
	"unicode/utf8"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/mail"
)

// Permissions of this feature.
const (
	Take    auth.Permission = "participation.take"    // type in what somebody proposes at the desk, by phone or on paper
	Answer  auth.Permission = "participation.answer"  // read, publish and answer the centre's proposals, and plan what is accepted
	Oversee auth.Permission = "participation.oversee" // which centre is late
	Offer   auth.Permission = "participation.offer"   // as an organisation: carry what looks for a partner
	Arrange auth.Permission = "participation.arrange" // the needs cycle, its groups, what was listened to
)

// Grants say which role has which permission. Whoever is on duty takes a proposal and reads no others.
var Grants = []auth.Grant{
	{Role: network.Coordinator, Permission: Take}, {Role: network.Coordinator, Permission: Answer}, {Role: network.Coordinator, Permission: Arrange},
	{Role: network.Host, Permission: Take}, {Role: network.Lead, Permission: Oversee}, {Role: network.Member, Permission: Offer},
}

// Channels by which a proposal comes. They count the same.
const (
	Web   = "web"
	Desk  = "desk"
	Phone = "phone"
	Paper = "paper"
)

// Screens: nothing shows in public before somebody at the centre has read it.
const (
	Waiting = "waiting"
	Shown   = "shown"
	Kept    = "kept" // not published as it is; who proposed is told why
)

// Proposal is an idea for an activity or a change.
type Proposal struct {
	ID             string    `db:"id"`
	CentreID       string    `db:"centre_id"`
	Lang           i18n.Lang `db:"lang"` // in which it is written
	Title          string    `db:"title"`
	About          string    `db:"about"`
	ForWhom        string    `db:"for_whom"`
	Room           string    `db:"room"` // what it needs
	Equipment      string    `db:"equipment"`
	People         string    `db:"people"`
	MoneyCents     *int64    `db:"money_cents"`
	Doing          string    `db:"doing"`       // what who proposes will do
	PublicName     string    `db:"public_name"` // empty: a neighbour, in the reader's language
	Channel        string    `db:"channel"`
	TypedBy        string    `db:"typed_by"`
	Mark           *string   `db:"mark"`
	PersonID       *string   `db:"person_id"`
	Open           db.Bool   `db:"open"` // who proposes agrees that it is published
	Screen         string    `db:"screen"`
	ScreenNote     string    `db:"screen_note"`
	PublishedOn    string    `db:"published_on"` // local dates, as all below
	State          State     `db:"state"`
	Steps          int       `db:"steps"`
	FirstWordOn    string    `db:"first_word_on"`
	MergedInto     *string   `db:"merged_into"`
	PartOf         *string   `db:"part_of"`
	ResidentDoes   db.Bool   `db:"resident_carries"`
	CentreDoes     db.Bool   `db:"centre_carries"`
	OrganisationID *string   `db:"organisation_id"`
	ActivityID     *string   `db:"activity_id"`
	BudgetUnit     string    `db:"budget_unit"` // the line of its plan
	BudgetAmount   int64     `db:"budget_amount"`
	BudgetFor      string    `db:"budget_for"`
	ReceivedOn     string    `db:"received_on"`
	Version        int       `db:"version"`
	CreatedAt      int64     `db:"created_at"`
}

// Bounds of what is typed, in characters.
const (
	mostTitle = 120
	mostAbout = 4000
	mostNeed  = 1000
	mostName  = 60
	mostMoney = 1_000_000 // whole units of the currency
)

// Check returns Invalid with a fault a field when the proposal cannot be as it is. Field names are those of the form.
func (p Proposal) Check() error {
	var f fault.Form
	text := func(name, s string, most int, required bool) {
		if required && strings.TrimSpace(s) == "" {
			f.Add(name, "fault.required")
		}
		if utf8.RuneCountInString(s) > most {
			f.Add(name, "fault.too_long", "max", most)
		}
	}
	text("title", p.Title, mostTitle, true)
	text("about", p.About, mostAbout, true)
	text("for_whom", p.ForWhom, mostNeed, false)
	text("room", p.Room, mostNeed, false)
	text("equipment", p.Equipment, mostNeed, false)
	text("people", p.People, mostNeed, false)
	text("doing", p.Doing, mostNeed, false)
	text("public_name", p.PublicName, mostName, false)
	if p.MoneyCents != nil && (*p.MoneyCents < 0 || *p.MoneyCents > mostMoney*100) {
		f.Add("money", "fault.not_a_number", "low", 0, "high", mostMoney)
	}
	if p.CentreID == "" {
		f.Add("centre", "fault.required")
	}
	if !slices.Contains([]string{Web, Desk, Phone, Paper}, p.Channel) {
		f.Add("channel", "participation.fault.channel")
	}
	return f.Err()
}

// Public says whether everybody may read it.
func (p Proposal) Public() bool { return p.PublishedOn != "" && p.State != Withdrawn }

// Carried says whether a resident and an organisation or the centre carry it: only then can it be planned.
func (p Proposal) Carried() bool {
	return bool(p.ResidentDoes) && (bool(p.CentreDoes) || p.OrganisationID != nil)
}

// Seeks says whether it is accepted and looks for an organisation that carries it.
func (p Proposal) Seeks() bool {
	return p.State == Accepted && !bool(p.CentreDoes) && p.OrganisationID == nil
}

// Contact is how the centre reaches who proposes. It is kept as a person of that centre, and of no proposal.
type Contact struct{ Name, Email, Phone string }

// Empty says whether nothing was left.
func (c Contact) Empty() bool { return c.Email == "" && c.Phone == "" }

// Check returns Invalid with a fault a field.
func (c Contact) Check() error {
	var f fault.Form
	if c.Email != "" && !mail.ValidAddress(c.Email) {
		f.Add("email", "mail.fault.address")
	}
	if utf8.RuneCountInString(c.Phone) > 40 {
		f.Add("phone", "fault.too_long", "max", 40)
	}
	if utf8.RuneCountInString(c.Name) > 80 {
		f.Add("contact_name", "fault.too_long", "max", 80)
	}
	if c.Empty() && c.Name != "" {
		f.Add("email", "participation.fault.contact")
	}
	return f.Err()
}
