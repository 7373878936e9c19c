package sharing

import (
	"slices"
	"strings"
	"time"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// States of one date of a request.
const (
	Asked     = "asked"  // the room is held for it
	Lapsed    = "lapsed" // nobody answered in time and the room is no longer held; it can still be answered
	Approved  = "approved"
	Refused   = "refused"
	Withdrawn = "withdrawn" // by who asked, also after a yes
	Over      = "over"      // its time came and nobody had answered
	Cancelled = "cancelled" // by the centre, after a yes
)

// Act is what is done with a date of a request.
type Act string

// The acts.
const (
	Say      Act = "approve"
	Refuse   Act = "refuse"
	Withdraw Act = "withdraw"
	Lapse    Act = "lapse" // its hold ended
	Pass     Act = "pass"  // its time came
	Cancel   Act = "cancel"
)

// after is the whole state machine: what is not in it cannot be done.
var after = map[string]map[Act]string{
	Asked:    {Say: Approved, Refuse: Refused, Withdraw: Withdrawn, Lapse: Lapsed, Pass: Over},
	Lapsed:   {Say: Approved, Refuse: Refused, Withdraw: Withdrawn, Pass: Over},
	Approved: {Withdraw: Withdrawn, Cancel: Cancelled},
}

// Next is the state after the act. It returns Conflict for what cannot be done in the state: an answer stays.
func Next(state string, act Act) (string, error) {
	if next, ok := after[state][act]; ok {
		return next, nil
	}
	return state, fault.Conflict("sharing.fault.answered")
}

// Open says whether a date in the state waits for an answer.
func Open(state string) bool { return state == Asked || state == Lapsed }

// MaxDates is the most dates of one request, MaxOpen the most requests of one organisation at a centre that wait at a time:
// each holds a room from others.
const (
	MaxDates = 26
	MaxOpen  = 12
)

// Request is an organisation's wish for a room.
type Request struct {
	ID             string  `db:"id"`
	CentreID       string  `db:"centre_id"`
	SpaceID        string  `db:"space_id"`
	OrganisationID string  `db:"organisation_id"`
	Title          string  `db:"title"`
	Note           string  `db:"note"`
	People         int     `db:"people"`
	Confidential   db.Bool `db:"confidential"`
	CreatedBy      string  `db:"created_by"`
	CreatedAt      int64   `db:"created_at"`
	EscalateAt     int64   `db:"escalate_at"`
	EscalatedAt    *int64  `db:"escalated_at"`
	Version        int     `db:"version"`
	Dates          []Date  `db:"-"` // by start
}

// Date is one date of a request.
type Date struct {
	ID        string  `db:"id"`
	RequestID string  `db:"request_id"`
	StartsAt  int64   `db:"starts_at"`
	EndsAt    int64   `db:"ends_at"`
	BookingID *string `db:"booking_id"`
	State     string  `db:"state"`
	Reason    string  `db:"reason"`
	DecidedBy string  `db:"decided_by"`
	DecidedAt *int64  `db:"decided_at"`
	HeldUntil *int64  `db:"held_until"` // of a live hold
	SpaceID   *string `db:"space_id"`   // of an approved one: where it is now

	SetupMinutes *int             `db:"setup_minutes"` // its own; nil: those of the room
	ClearMinutes *int             `db:"clear_minutes"`
	Equipment    []booking.Amount `db:"-"` // asked for with the room, and held with it
}

// Interval is the date's time.
func (d Date) Interval() booking.Interval {
	return booking.Interval{Start: time.Unix(d.StartsAt, 0), End: time.Unix(d.EndsAt, 0)}
}

// Waiting are the dates that wait for an answer.
func (r Request) Waiting() []Date {
	return slices.DeleteFunc(slices.Clone(r.Dates), func(d Date) bool { return !Open(d.State) })
}

// State is the request's as one word: asked or lapsed while a date waits, that of its dates where they agree, else "mixed".
func (r Request) State() string {
	if w := r.Waiting(); len(w) > 0 {
		if slices.ContainsFunc(w, func(d Date) bool { return d.State == Asked }) {
			return Asked
		}
		return Lapsed
	}
	state := ""
	for _, d := range r.Dates {
		if state != "" && state != d.State {
			return "mixed"
		}
		state = d.State
	}
	return state
}

// Ask is what an organisation asks for: one room at one or several times, answered together or date by date.
type Ask struct {
	SpaceID, OrganisationID string
	Title, Note             string
	People                  int
	Confidential            bool
	Dates                   []booking.Interval
	SkipTaken               bool // ask for the free ones of several dates
	Setup, Clear            *int // minutes, in place of the room's: never less; nil: those of the room
	Equipment               []booking.Amount
	By                      string
}

// Check returns Invalid with a fault a field. now is in the centre's zone.
func (a Ask) Check(now time.Time) error {
	var f fault.Form
	switch n := len([]rune(a.Title)); {
	case strings.TrimSpace(a.Title) == "":
		f.Add("title", "fault.required")
	case n > 120:
		f.Add("title", "fault.too_long", "max", 120)
	}
	if len([]rune(a.Note)) > 1000 {
		f.Add("note", "fault.too_long", "max", 1000)
	}
	if a.People < 1 || a.People > 10000 {
		f.Add("people", "fault.not_a_number", "low", 1, "high", 10000)
	}
	if len(a.Dates) == 0 {
		f.Add("date", "fault.required")
	}
	if len(a.Dates) > MaxDates {
		f.Add("weeks", "fault.not_a_number", "low", 1, "high", MaxDates)
	}
	for i, d := range a.Dates {
		if err := d.Check(); err != nil {
			f.Add("to", fault.Of(err).Key)
			break
		}
		if !d.Start.After(now) {
			f.Add("date", "sharing.fault.past")
			break
		}
		if d.End.After(now.AddDate(1, 0, 0)) {
			f.Add("date", "sharing.fault.far")
			break
		}
		if slices.ContainsFunc(a.Dates[:i], func(o booking.Interval) bool { return o.Start.Before(d.End) && d.Start.Before(o.End) }) {
			f.Add("date", "sharing.fault.twice")
			break
		}
	}
	return f.Err()
}

// wants is the booking of one of its dates.
func (a Ask) wants(centreID string, d booking.Interval) booking.New {
	return booking.New{SpaceID: a.SpaceID, CentreID: centreID, OrganisationID: &a.OrganisationID, Title: a.Title, Start: d.Start, End: d.End, Confidential: a.Confidential,
		Setup: a.Setup, Clear: a.Clear, Equipment: a.Equipment, By: a.By}
}

// Taken is the detail of a Conflict: which of the dates asked for are not free, or lack equipment.
type Taken struct {
	Dates   []booking.Interval
	Free    int // how many of them are
	Missing []booking.Missing
}
