// Package booking keeps spaces from being promised twice.
//
// A space is divided into atoms, the parts that cannot be divided further. Booking a space occupies all its atoms for
// the booked half-open interval plus set-up and clear-up time. The database refuses two live occupancies of one atom
// at one time, so no code path can double-book.
package booking

import (
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// Permissions of this feature.
const (
	Book       auth.Permission = "booking.book"
	See        auth.Permission = "booking.see"        // titles and holders of ordinary bookings
	SeeHidden  auth.Permission = "booking.see_hidden" // of confidential ones: their team
	EditSpaces auth.Permission = "booking.edit_spaces"
	OtherDays  auth.Permission = "booking.other_days" // than today: whoever is on duty works with today only
)

// Grants say which role has which permission.
var Grants = []auth.Grant{
	{Role: network.Coordinator, Permission: Book}, {Role: network.Coordinator, Permission: See},
	{Role: network.Coordinator, Permission: SeeHidden}, {Role: network.Coordinator, Permission: EditSpaces},
	{Role: network.Host, Permission: See}, {Role: network.SupportWorker, Permission: See}, {Role: network.SupportWorker, Permission: SeeHidden},
	{Role: network.Coordinator, Permission: OtherDays}, {Role: network.SupportWorker, Permission: OtherDays},
}

// MaxLength is the longest a space is held in one booking, set-up included (the schema refuses more).
const MaxLength = 31 * 24 * time.Hour

// Space is a bookable room or part of one.
type Space struct {
	ID           string    `db:"id"`
	CentreID     string    `db:"centre_id"`
	Slug         string    `db:"slug"`
	Name         i18n.Text `db:"name"`
	About        i18n.Text `db:"about"`
	Holds        int       `db:"holds"` // people; 0: not said
	SetupMinutes int       `db:"setup_minutes"`
	ClearMinutes int       `db:"clear_minutes"`
	Position     int       `db:"position"`
	Closed       db.Bool   `db:"closed"`
	PartsAt      int64     `db:"parts_at"` // from when on it is made of its present parts
	Version      int       `db:"version"`
	Atoms        []string  `db:"-"` // ids of the spaces that cannot be divided further which it occupies; itself when it is one
}

// Check returns Invalid with a fault a field.
func (s Space) Check() error {
	var f fault.Form
	if s.Name.Empty() {
		f.Add("name-hr", "booking.fault.name")
	}
	for l, t := range s.Name {
		if len([]rune(t)) > 60 {
			f.Add("name-"+string(l), "fault.too_long", "max", 60)
		}
	}
	if s.Holds < 0 || s.Holds > 10000 {
		f.Add("holds", "fault.not_a_number", "low", 0, "high", 10000)
	}
	if s.SetupMinutes < 0 || s.SetupMinutes > 480 {
		f.Add("setup", "fault.not_a_number", "low", 0, "high", 480)
	}
	if s.ClearMinutes < 0 || s.ClearMinutes > 480 {
		f.Add("clear", "fault.not_a_number", "low", 0, "high", 480)
	}
	return f.Err()
}

// around is the space with the booking's own set-up and clear-up time, where it has one.
func (s Space) around(setup, clear *int) Space {
	if setup != nil {
		s.SetupMinutes = *setup
	}
	if clear != nil {
		s.ClearMinutes = *clear
	}
	return s
}

// Interval is half-open: [Start, End).
type Interval struct{ Start, End time.Time }

// Held is the interval with the space's set-up and clear-up time around it.
func (i Interval) Held(s Space) Interval {
	return Interval{i.Start.Add(-time.Duration(s.SetupMinutes) * time.Minute), i.End.Add(time.Duration(s.ClearMinutes) * time.Minute)}
}

// Check returns Invalid for an interval that ends before it begins or is longer than MaxLength.
func (i Interval) Check() error {
	switch {
	case !i.Start.Before(i.End):
		return fault.Invalid("booking.fault.times")
	case i.End.Sub(i.Start) > MaxLength-16*time.Hour:
		return fault.Invalid("booking.fault.too_long")
	}
	return nil
}

// States of a booking.
const (
	Held      = "held" // until it is confirmed or its time is over
	Confirmed = "confirmed"
	Cancelled = "cancelled"
	Expired   = "expired"
)

// Booking is a space held for an interval.
type Booking struct {
	ID             string  `db:"id"`
	CentreID       string  `db:"centre_id"`
	SpaceID        string  `db:"space_id"`
	OrganisationID *string `db:"organisation_id"`
	Title          string  `db:"title"`
	Confidential   db.Bool `db:"confidential"`
	State          string  `db:"state"`
	StartsAt       int64   `db:"starts_at"`
	EndsAt         int64   `db:"ends_at"`
	HeldFrom       int64   `db:"held_from"`
	HeldTo         int64   `db:"held_to"`
	ExpiresAt      *int64  `db:"expires_at"`
	CreatedBy      string  `db:"created_by"`
	SetupMinutes   *int    `db:"setup_minutes"` // its own; nil: those of the space
	ClearMinutes   *int    `db:"clear_minutes"`
	Version        int     `db:"version"`
	SeriesID       *string `db:"series_id"`
	SeriesDate     string  `db:"series_date"` // local date on which its series has it
	Kept           db.Bool `db:"kept"`        // held for a request or an offer, which have their own answer; known where Between reads it
}

// Interval is the booking's own time, without set-up and clear-up.
func (b Booking) Interval() Interval {
	return Interval{time.Unix(b.StartsAt, 0), time.Unix(b.EndsAt, 0)}
}

// New is what somebody wants to book.
type New struct {
	SpaceID, CentreID string
	OrganisationID    *string
	Title             string
	Start, End        time.Time
	Confidential      bool
	HoldUntil         time.Time // zero: confirmed at once
	Setup, Clear      *int      // minutes, in place of the space's; nil: those of the space
	Equipment         []Amount  // held for as long as the space is
	By                string
}

// bounds returns Invalid for a title or minutes that are too long.
func (n New) bounds() error {
	if len([]rune(n.Title)) > 120 {
		return fault.Invalid("fault.too_long", "max", 120)
	}
	for _, own := range []*int{n.Setup, n.Clear} {
		if own != nil && (*own < 0 || *own > 480) {
			return fault.Invalid("fault.not_a_number", "low", 0, "high", 480)
		}
	}
	return nil
}

// plain says that nothing is wrong with n but what its space may say.
func (n New) plain() bool {
	return len(n.Equipment) == 0 && (Interval{n.Start, n.End}).Check() == nil && n.bounds() == nil
}

func (n New) own() Own { return Own{n.Setup, n.Clear, n.Equipment} }

// Past returns Invalid for a booking that is over before the local day of now begins: nobody needs it, and a slip of the
// year makes it. Of today also what is over may be noted.
func (n New) Past(now time.Time) error {
	y, m, d := now.Date()
	if n.End.After(time.Date(y, m, d, 0, 0, 0, 0, now.Location())) {
		return nil
	}
	var f fault.Form
	f.Add("date", "booking.fault.past")
	return f.Err()
}

// Clash is a booking in the way. Show it through Shown only.
type Clash struct {
	BookingID      string
	SpaceID        string
	CentreID       string
	OrganisationID *string
	Start, End     time.Time // as held, set-up included
	Begins, Ends   time.Time // as people come and go
	title          string
	confidential   bool
}

// Reader is who looks: Sees says whether they have a permission at a centre.
type Reader struct {
	Sees func(p auth.Permission, centreID string) bool
}

// shown is the one rule for every clash list, grid, calendar and answer: a confidential booking's title and holder are
// seen by its team only, an ordinary one's by those who may see bookings there. Others see that the space is taken.
func shown(title string, holder *string, confidential bool, centreID string, who Reader) (string, *string) {
	need := See
	if confidential {
		need = SeeHidden
	}
	if who.Sees == nil || !who.Sees(need, centreID) {
		return "", nil
	}
	return title, holder
}

// Shown is the title and holder as far as the reader may see them; empty is "zauzeto".
// In a list of clashes nobody is told of a confidential one, its team neither: the list stands on a shared screen, and
// is copied into messages.
func (c Clash) Shown(who Reader) (title string, organisationID *string) {
	if c.confidential {
		return "", nil
	}
	return shown(c.title, c.OrganisationID, c.confidential, c.CentreID, who)
}

// Shown is the title and holder as far as the reader may see them; empty is "zauzeto".
func (b Booking) Shown(who Reader) (title string, organisationID *string) {
	return shown(b.Title, b.OrganisationID, bool(b.Confidential), b.CentreID, who)
}
