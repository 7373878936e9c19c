// Package network holds what a network is made of: areas, organisations, centres, people, and the roles of accounts.
//
// It is the lowest feature: all others point to its nouns. It keeps no programme and no room.
package network

import (
	"slices"
	"time"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/clock"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// Kinds of scope in which a role is held.
const (
	ScopeCentre       = "centre"
	ScopeOrganisation = "organisation"
	ScopeNetwork      = "network"
)

// The roles of accounts. Several may be held at once; rights add up.
const (
	Resident      auth.Role = "resident"    // at a centre
	Host          auth.Role = "host"        // at a centre: today only
	Coordinator   auth.Role = "coordinator" // at a centre
	SupportWorker auth.Role = "support"     // at a centre; opens nothing without a key grant
	Member        auth.Role = "member"      // of an organisation
	Lead          auth.Role = "lead"        // of the network
	CityOfficer   auth.Role = "city"        // of the network: aggregates only
)

// Roles in the order in which they are offered.
var Roles = []auth.Role{Coordinator, Host, SupportWorker, Member, Lead, CityOfficer, Resident}

// Permissions of this feature.
const (
	EditCentre  auth.Permission = "network.edit_centre"  // a centre's page, hours, closures
	EditNetwork auth.Permission = "network.edit_network" // areas, organisations, centres, settings, imports
	ManageTeam  auth.Permission = "network.manage_team"  // invite to the centre, resets
	SeePeople   auth.Permission = "network.see_people"   // records of people of one's own centre
	OpenDesk    auth.Permission = "network.open_desk"    // the day at a centre
)

// Grants say which role has which permission.
var Grants = []auth.Grant{
	{Role: Coordinator, Permission: EditCentre}, {Role: Coordinator, Permission: ManageTeam},
	{Role: Coordinator, Permission: SeePeople}, {Role: Coordinator, Permission: OpenDesk},
	{Role: Host, Permission: OpenDesk}, {Role: SupportWorker, Permission: OpenDesk},
	{Role: Lead, Permission: EditNetwork}, {Role: Lead, Permission: EditCentre}, {Role: Lead, Permission: ManageTeam}, {Role: Lead, Permission: OpenDesk},
}

// AtCentre is the need of a desk route: the permission at the centre where one acts.
func AtCentre(p auth.Permission) web.Need { return web.Permitted(p, ScopeCentre) }

// InNetwork is the need of a route of the network's lead.
func InNetwork(p auth.Permission) web.Need { return web.Permitted(p, ScopeNetwork) }

// Network is all that one installation runs.
type Network struct {
	ID         string       `db:"id"`
	Name       i18n.Text    `db:"name"`
	Zone       string       `db:"zone"`
	Currency   string       `db:"currency"`
	Disclosure int          `db:"disclosure"` // no published number about fewer people
	About      ProjectSheet `db:"about"`
	Privacy    Privacy      `db:"privacy"`
	Emergency  Emergencies  `db:"emergency"`
	Demo       db.Bool      `db:"demo"`
	Version    int          `db:"version"`
}

// ProjectSheet is the page about, laid out as the project's own document is.
type ProjectSheet struct {
	Title      i18n.Text   `json:"title" yaml:"title"`
	Lead       i18n.Text   `json:"lead" yaml:"lead"`
	Partners   []i18n.Text `json:"partners" yaml:"partners"`
	From       string      `json:"from" yaml:"from"` // local dates
	To         string      `json:"to" yaml:"to"`
	ValueCents int64       `json:"value_cents" yaml:"value_cents"`
	Link       string      `json:"link" yaml:"link"`
	Summary    i18n.Text   `json:"summary" yaml:"summary"`
}

// Privacy is what the page privacy needs to know of the network itself.
type Privacy struct {
	Controller i18n.Text `json:"controller" yaml:"controller"`
	Contact    string    `json:"contact" yaml:"contact"`
}

// Emergency is a number to call now.
type Emergency struct {
	Number string    `json:"number" yaml:"number"`
	For    i18n.Text `json:"for" yaml:"for"`
}

// Emergencies are all of them.
type Emergencies []Emergency

// Group is whom an activity is for. Addresses carry its neutral code, never its name.
type Group struct {
	Code     string    `db:"code"`
	Name     i18n.Text `db:"name"`
	Position int       `db:"position"`
}

// Area is a city, a district or a local committee.
type Area struct {
	ID       string    `db:"id"`
	Slug     string    `db:"slug"`
	ParentID *string   `db:"parent_id"`
	Kind     string    `db:"kind"`
	Name     i18n.Text `db:"name"`
	Growth   db.Bool   `db:"growth"`
	Example  db.Bool   `db:"example"`
	Outline  string    `db:"outline"` // GeoJSON geometry
}

// Organisation is a CSO, an informal initiative, a public body or a city office.
type Organisation struct {
	ID       string    `db:"id"`
	Slug     string    `db:"slug"`
	Kind     string    `db:"kind"` // cso, initiative, public, city
	Name     string    `db:"name"`
	Standing string    `db:"standing"` // lead, partner, member
	Web      string    `db:"web"`
	About    i18n.Text `db:"about"`
	Version  int       `db:"version"`
}

// Centre is a community centre.
type Centre struct {
	ID             string      `db:"id"`
	Slug           string      `db:"slug"`
	Number         int         `db:"number"`
	Colour         int         `db:"colour"`
	OrganisationID string      `db:"organisation_id"`
	AreaID         string      `db:"area_id"`
	Name           string      `db:"name"`
	Zone           string      `db:"zone"`
	Address        string      `db:"address"`
	LatE6          *int64      `db:"lat_e6"`
	LonE6          *int64      `db:"lon_e6"`
	About          i18n.Text   `db:"about"`
	Phone          string      `db:"phone"`
	PhoneWho       i18n.Text   `db:"phone_who"`
	Email          string      `db:"email"`
	Stop           i18n.Text   `db:"stop"`
	Access         AccessList  `db:"access"`
	Hours          HoursList   `db:"hours"`
	Features       FeatureList `db:"features"`
	Holidays       string      `db:"holidays"`      // closed, open, ask
	ConfirmHours   int         `db:"confirm_hours"` // to confirm a freed place
	KeepMonths     int         `db:"keep_months"`   // how long a personal record stays
	PictureID      *string     `db:"picture_id"`
	Version        int         `db:"version"`
}

// Location is the centre's zone; a zone that this machine does not know is UTC.
func (c Centre) Location() *time.Location { return clock.Zone(c.Zone) }

// Access is one thing an older visitor asks first, with the day it was checked.
type Access struct {
	Feature   string    `json:"feature" yaml:"feature"` // step_free, lift, toilet, accessible_toilet, hearing_loop, quiet_corner, parking, dogs
	State     string    `json:"state" yaml:"state"`     // yes, no, partly
	Note      i18n.Text `json:"note,omitempty" yaml:"note"`
	CheckedOn string    `json:"checked_on" yaml:"checked_on"` // local date
}

// AccessFeatures are the known ones, in the order of the page.
var AccessFeatures = []string{"step_free", "lift", "toilet", "accessible_toilet", "hearing_loop", "quiet_corner", "parking", "dogs"}

// AccessList is stored as JSON.
type AccessList []Access

// Hours is one span of a weekday in which the centre is open.
type Hours struct {
	Weekday int    `json:"weekday" yaml:"weekday"` // 1 Monday … 7 Sunday
	Opens   string `json:"opens" yaml:"opens"`     // "09:00"
	Closes  string `json:"closes" yaml:"closes"`   // at or before Opens: on the day after
}

// HoursList is stored as JSON.
type HoursList []Hours

// What a small centre does not need is off until the centre turns it on (PRACTICE); off means not in the menu.
const (
	FeatureWaiting  = "slot_waiting" // organisations wait for a room's time
	FeaturePrices   = "prices"       // what a room costs, and what was given away
	FeatureSeason   = "season"       // wish lists and their allocation
	FeatureSurveys  = "surveys"      // residents are asked what they need
	FeatureNeeds    = "needs"        // cycles of needs with a programme group
	FeatureVotes    = "votes"        // residents vote on a budget
	FeatureComments = "comments"     // short comments on proposals, each read before it shows
)

// Features are the known ones, in the order of their page.
var Features = []string{FeatureWaiting, FeaturePrices, FeatureSeason, FeatureSurveys, FeatureNeeds, FeatureVotes, FeatureComments}

// FeatureList names what a centre has turned on.
type FeatureList []string

// Has says whether the feature is on.
func (l FeatureList) Has(f string) bool { return slices.Contains(l, f) }

// Closure is a span of days on which a centre is closed.
type Closure struct {
	ID       string    `db:"id"`
	CentreID string    `db:"centre_id"`
	FromDate string    `db:"from_date"`
	ToDate   string    `db:"to_date"`
	Reason   i18n.Text `db:"reason"`
	Holiday  bool      `db:"-"` // not the centre's own: computed, without an id

	AnnouncedOn string `db:"announced_on"` // local date on which it was entered; empty: a holiday, or long ago
}

// Openness says whether a centre is open at a moment, and when that changes next.
type Openness struct {
	Open   bool
	Closed *Closure  // why it is closed today, when it is
	Next   time.Time // closes, or opens next; zero when not within two weeks
}

// OpenAt computes the openness at now from the weekly hours and the closures, in the centre's local time.
func (c Centre) OpenAt(now time.Time, closures []Closure) Openness {
	loc := c.Location()
	local := now.In(loc)
	next := Openness{Closed: closedOn(local.Format(time.DateOnly), closures)}
	for ahead := -1; ahead < 15; ahead++ { // from yesterday, whose evening may last past midnight
		day := time.Date(local.Year(), local.Month(), local.Day()+ahead, 12, 0, 0, 0, loc)
		if closedOn(day.Format(time.DateOnly), closures) != nil {
			continue
		}
		for _, h := range c.Hours {
			if h.Weekday != isoWeekday(day.Weekday()) {
				continue
			}
			opens, closes := atClock(day, h.Opens, loc), atClock(day, h.Closes, loc)
			if h.Closes <= h.Opens {
				closes = atClock(day.AddDate(0, 0, 1), h.Closes, loc)
			}
			if !now.Before(opens) && now.Before(closes) {
				return Openness{Open: true, Next: closes}
			}
			if opens.After(now) && (next.Next.IsZero() || opens.Before(next.Next)) {
				next.Next = opens
			}
		}
		if ahead >= 0 && !next.Next.IsZero() {
			break
		}
	}
	return next
}

func closedOn(date string, closures []Closure) *Closure {
	for i := range closures {
		if closures[i].FromDate <= date && date <= closures[i].ToDate {
			return &closures[i]
		}
	}
	return nil
}

func isoWeekday(d time.Weekday) int { return (int(d)+6)%7 + 1 }

func atClock(day time.Time, clock string, loc *time.Location) time.Time {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		return time.Time{}
	}
	return time.Date(day.Year(), day.Month(), day.Day(), t.Hour(), t.Minute(), 0, 0, loc)
}

// Person is a record of somebody, held by exactly one centre.
type Person struct {
	ID        string    `db:"id"`
	CentreID  string    `db:"centre_id"`
	AccountID *string   `db:"account_id"`
	Name      string    `db:"name"`
	Email     string    `db:"email"`
	Phone     string    `db:"phone"`
	Lang      i18n.Lang `db:"lang"`
	Purpose   string    `db:"purpose"`
	DeleteOn  string    `db:"delete_on"`
	CreatedAt int64     `db:"created_at"`
}
