package booking

import (
	"slices"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Series is a space that somebody has at one wall time every week or every two: a booking that repeats.
type Series struct {
	ID             string  `db:"id"`
	CentreID       string  `db:"centre_id"`
	OrganisationID *string `db:"organisation_id"`
	Title          string  `db:"title"`
	Confidential   db.Bool `db:"confidential"`
	SpaceID        string  `db:"space_id"`
	Weeks          int     `db:"weeks"`
	LocalStart     string  `db:"local_start"`
	LocalEnd       string  `db:"local_end"`
	CreatedBy      string  `db:"created_by"`
	CreatedAt      int64   `db:"created_at"`
	Version        int     `db:"version"`

	SetupMinutes *int     `db:"setup_minutes"` // of each date, in place of the space's; nil: those of the space
	ClearMinutes *int     `db:"clear_minutes"`
	Equipment    []Amount `db:"-"` // that each date has; OneSeries and its like fill it in
}

// Own is what each of its dates has of its own.
func (s Series) Own() Own { return Own{s.SetupMinutes, s.ClearMinutes, s.Equipment} }

// Shown is the title and holder as far as the reader may see them; empty is "zauzeto".
func (s Series) Shown(who Reader) (title string, organisationID *string) {
	return shown(s.Title, s.OrganisationID, bool(s.Confidential), s.CentreID, who)
}

// Scope is how much of a series a change is of.
type Scope string

// The three scopes.
const (
	This      Scope = "this"
	Following Scope = "following" // the date at hand and those planned after it
	All       Scope = "all"       // all that are still to come
)

// ScopeOf reads a scope; anything else is only the date at hand.
func ScopeOf(s string) Scope {
	if x := Scope(s); x == Following || x == All {
		return x
	}
	return This
}

// Spot is where a date is: its local day, hours and space.
type Spot struct{ Day, From, To, SpaceID string }

// SpotOf is the spot of an interval.
func SpotOf(i Interval, spaceID string) Spot {
	return Spot{i.Start.Format(time.DateOnly), i.Start.Format("15:04"), i.End.Format("15:04"), spaceID}
}

// Occurrence is one date of a series as it stands: where the series has it, and where it is.
type Occurrence struct {
	ID       string
	Planned  Spot
	Is       Spot
	StartsAt time.Time
	Off      bool // cancelled
}

// Apart says whether the date was moved by itself: an exception.
func (o Occurrence) Apart() bool { return o.Planned != o.Is }

// Within are the occurrences that the scope reaches from the one at hand, exceptions among them. What has begun is never
// in it: the past does not change. "Following" goes by where the series has a date, not by where it was moved.
func Within(list []Occurrence, at string, scope Scope, now time.Time) []Occurrence {
	k := slices.IndexFunc(list, func(o Occurrence) bool { return o.ID == at })
	if k < 0 {
		return nil
	}
	var within []Occurrence
	for _, o := range list {
		if o.StartsAt.After(now) && (o.ID == at || scope == All || scope == Following && o.Planned.Day >= list[k].Planned.Day) {
			within = append(within, o)
		}
	}
	return within
}

// Touched are those within the scope that the change is made to. What was cancelled by itself stays so, as people were
// told; what was moved by itself stays where it is, but where the change is to be of those too, or of that very one.
func Touched(within []Occurrence, at string, apartToo bool) []Occurrence {
	var touched []Occurrence
	for _, o := range within {
		if !o.Off && (o.ID == at || apartToo || !o.Apart()) {
			touched = append(touched, o)
		}
	}
	return touched
}

// Shift is what a change does to the dates of a series: so many days later, to other hours, into another space.
type Shift struct {
	Days     int
	From, To string // "15:04"
	SpaceID  string
}

// MaxShift is how many days a series may be shifted at once: who wants more begins another one.
const MaxShift = 60

// Of is where the shift puts an occurrence, by where the series has it. Wall time holds.
func (x Shift) Of(o Occurrence, zone *time.Location) (Date, error) {
	day, err := time.ParseInLocation(time.DateOnly, o.Planned.Day, zone)
	if err != nil {
		return Date{}, err
	}
	start, ok := AtClock(day.AddDate(0, 0, x.Days), x.From)
	if !ok {
		return Date{}, fault.Invalid("fault.not_a_time")
	}
	end, ok := EndOf(start, x.To)
	if !ok {
		return Date{}, fault.Invalid("booking.fault.times")
	}
	return Date{Start: start, End: end, SpaceID: x.SpaceID}, nil
}

// Planned is where the shifted series has an occurrence.
func (x Shift) Planned(o Occurrence) Spot {
	day, err := time.Parse(time.DateOnly, o.Planned.Day)
	if err != nil {
		return o.Planned
	}
	return Spot{day.AddDate(0, 0, x.Days).Format(time.DateOnly), x.From, x.To, x.SpaceID}
}

// DaysBetween are the days from one local date to another.
func DaysBetween(from, to string) int {
	a, errA := time.Parse(time.DateOnly, from)
	b, errB := time.Parse(time.DateOnly, to)
	if errA != nil || errB != nil {
		return 0
	}
	return int(b.Sub(a) / (24 * time.Hour))
}
