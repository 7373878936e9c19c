// Package programme is what the centres offer: activities, their sessions, who registers and how many came.
//
// The rules of registering are the same for web, desk, phone and paper, and so is the moment it opens. Discreet
// activities are in no list, and the database refuses a name in them. Rooms are kept by package booking.
package programme

import (
	"slices"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// Permissions of this feature.
const (
	EditProgramme    auth.Permission = "programme.edit"     // activities and sessions
	Register         auth.Permission = "programme.register" // at the desk: register, cancel, call down the list, today
	RecordAttendance auth.Permission = "programme.record"   // today's for a host
	SeePast          auth.Permission = "programme.past"     // sessions of other days, totals
	SeeDiscreet      auth.Permission = "programme.discreet" // the team of discreet activities
	OpenSession      auth.Permission = "programme.open"     // a session's page at the desk; what may be done there, the page asks anew
)

// Grants say which role has which permission. A host works with today only: no past, no exports.
var Grants = []auth.Grant{
	{Role: network.Coordinator, Permission: EditProgramme}, {Role: network.Coordinator, Permission: Register},
	{Role: network.Coordinator, Permission: RecordAttendance}, {Role: network.Coordinator, Permission: SeePast},
	{Role: network.Coordinator, Permission: SeeDiscreet}, {Role: network.SupportWorker, Permission: SeeDiscreet},
	{Role: network.Host, Permission: Register}, {Role: network.Host, Permission: RecordAttendance},
	{Role: network.Coordinator, Permission: OpenSession}, {Role: network.Host, Permission: OpenSession}, {Role: network.SupportWorker, Permission: OpenSession},
}

// Kinds of activity.
const (
	Open   = "open"   // come without registering
	Places = "places" // by place
	Fixed  = "group"  // a fixed group
)

// Kinds of place.
const (
	InSpace  = "space"
	Address  = "address"
	Outdoors = "outdoors"
	Online   = "online"
)

// Activity is something the programme offers.
type Activity struct {
	ID             string    `db:"id"`
	CentreID       string    `db:"centre_id"`
	OrganisationID *string   `db:"organisation_id"`
	Title          i18n.Text `db:"title"`
	About          i18n.Text `db:"about"`
	Bring          i18n.Text `db:"bring"`
	ForGroups      Codes     `db:"for_groups"`
	Kind           string    `db:"kind"`
	RegisterFor    string    `db:"register_for"` // session or series
	PlaceKind      string    `db:"place_kind"`
	Place          i18n.Text `db:"place"`
	OnlineURL      string    `db:"online_url"`
	Discreet       db.Bool   `db:"discreet"`
	AdultsOnly     db.Bool   `db:"adults_only"`
	Guardian       db.Bool   `db:"guardian"`
	Capacity       *int      `db:"capacity"`
	OpensDays      int       `db:"opens_days"`
	OpensClock     string    `db:"opens_clock"`
	DeskShare      int       `db:"desk_share"`
	DeskShareDays  int       `db:"desk_share_days"`
	Remind         db.Bool   `db:"remind"`       // those who come are reminded
	RemindHours    int       `db:"remind_hours"` // so many hours before, 1 to 336; 0 of a new one: as usual
	State          string    `db:"state"`        // draft, published, archived
	SourceUID      string    `db:"source_uid"`
	CopyID         string    `db:"copy_id"`     // of the press that carried it over from an earlier season
	CopiedFrom     string    `db:"copied_from"` // the activity it was then
	Version        int       `db:"version"`
	CreatedAt      int64     `db:"created_at"`
}

// Codes are the neutral codes of groups, stored as ",a,c,"; none means everyone.
type Codes string

// CodesOf stores the given codes in order.
func CodesOf(list []string) Codes {
	var kept []string
	for _, c := range list {
		if c != "" && !slices.Contains(kept, c) {
			kept = append(kept, c)
		}
	}
	if len(kept) == 0 {
		return ""
	}
	slices.Sort(kept)
	return Codes("," + strings.Join(kept, ",") + ",")
}

// List are the codes.
func (c Codes) List() []string {
	return strings.FieldsFunc(string(c), func(r rune) bool { return r == ',' })
}

// Has says whether the code is among them.
func (c Codes) Has(code string) bool { return strings.Contains(string(c), ","+code+",") }

// Check returns Invalid with a fault a field when the activity cannot be as it is. Field names are those of the form.
func (a Activity) Check(known []network.Group) error {
	var f fault.Form
	if a.Title[i18n.HR] == "" && a.Title[i18n.EN] == "" && a.Title[i18n.NB] == "" {
		f.Add("title-hr", "programme.fault.title")
	}
	for l, t := range a.Title {
		if len([]rune(t)) > 120 {
			f.Add("title-"+string(l), "fault.too_long", "max", 120)
		}
	}
	for _, c := range a.ForGroups.List() {
		if !slices.ContainsFunc(known, func(g network.Group) bool { return g.Code == c }) {
			f.Add("groups", "programme.fault.group")
		}
	}
	if !slices.Contains([]string{Open, Places, Fixed}, a.Kind) {
		f.Add("kind", "programme.fault.kind")
	}
	if !slices.Contains([]string{InSpace, Address, Outdoors, Online}, a.PlaceKind) {
		f.Add("place_kind", "programme.fault.place_kind")
	}
	if (a.PlaceKind == Address || a.PlaceKind == Outdoors) && len(a.Place) == 0 {
		f.Add("place-hr", "programme.fault.place")
	}
	if a.PlaceKind == Online && a.OnlineURL != "" && !strings.HasPrefix(a.OnlineURL, "https://") {
		f.Add("online_url", "programme.fault.online_url")
	}
	if a.Capacity != nil && (*a.Capacity < 1 || *a.Capacity > 10000) {
		f.Add("capacity", "fault.not_a_number", "low", 1, "high", 10000)
	}
	if a.Capacity != nil && a.DeskShare > *a.Capacity {
		f.Add("desk_share", "programme.fault.desk_share")
	}
	if _, err := time.Parse("15:04", a.OpensClock); err != nil {
		f.Add("opens_clock", "fault.not_a_time")
	}
	if a.RemindHours < 0 || a.RemindHours > 336 {
		f.Add("remind_hours", "fault.not_a_number", "low", 1, "high", 336)
	}
	if a.Discreet && a.Guardian {
		f.Add("guardian", "programme.fault.guardian_discreet")
	}
	return f.Err()
}

// OpensAt is the one moment at which registering for a session opens on every channel: OpensDays before it at
// OpensClock, wall time where the centre is.
func (a Activity) OpensAt(start time.Time) time.Time {
	clock, err := time.Parse("15:04", a.OpensClock)
	if err != nil {
		clock = time.Time{}
	}
	d := start.AddDate(0, 0, -a.OpensDays)
	t := time.Date(d.Year(), d.Month(), d.Day(), clock.Hour(), clock.Minute(), 0, 0, start.Location())
	if t.After(start) {
		return start
	}
	return t
}

// ShareReleasedAt is when the places kept for phone, paper and desk become everybody's: the start of the day
// DeskShareDays before the session.
func (a Activity) ShareReleasedAt(start time.Time) time.Time {
	d := start.AddDate(0, 0, -a.DeskShareDays)
	return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, start.Location())
}

// Takes says whether the activity takes registrations at all.
func (a Activity) Takes() bool { return a.Kind != Open }
