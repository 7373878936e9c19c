// Package season shares a centre's weekly hours out among organisations before a season begins.
//
// A coordinator says which rooms, which hours and by which criteria; from the moment wishes open these are published and
// fixed. Organisations rank what they wish for; package allotment counts; a coordinator edits the draft, each edit with a
// reason; the result is published with everything that anybody needs to recount it; then it is booked, date by date.
// It keeps no activity and no person. A centre that has not turned it on has none of it.
package season

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"kvart/internal/allotment"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/fault"
)

// Permissions of this feature.
const (
	Run  auth.Permission = "season.run"  // a season of the centre, from its making to its bookings
	Wish auth.Permission = "season.wish" // enter wishes for an organisation
)

// Grants say which role has which permission.
var Grants = []auth.Grant{{Role: network.Coordinator, Permission: Run}, {Role: network.Member, Permission: Wish}}

// States of a season.
const (
	Preparing = "preparing"
	Open      = "open" // for wishes; what it is counted by is fixed and published
	Draft     = "draft"
	Published = "published"
)

// Criteria are the known ones, in their order.
var Criteria = []string{"members", "local", "volunteers"}

// MaxWishes is the most wishes of one organisation.
const MaxWishes = 600

// Season is weekly times in a centre's rooms from one day to another.
type Season struct {
	ID          string  `db:"id"`
	CentreID    string  `db:"centre_id"`
	Name        string  `db:"name"`
	FromDate    string  `db:"from_date"`
	ToDate      string  `db:"to_date"`
	WishesUntil string  `db:"wishes_until"`
	Hours       spans   `db:"hours"`
	Criteria    weights `db:"criteria"`
	Limits      Limits  `db:"limits"`
	State       string  `db:"state"`
	Seed        string  `db:"seed"`
	Document    string  `db:"document"`
	ProgressID  string  `db:"progress_id"`
	ProgressBy  string  `db:"progress_by"`
	Version     int     `db:"version"`
}

// Check returns Invalid with a fault a field.
func (s Season) Check() error {
	var f fault.Form
	if s.Name = strings.TrimSpace(s.Name); s.Name == "" {
		f.Add("name", "fault.required")
	} else if len([]rune(s.Name)) > 80 {
		f.Add("name", "fault.too_long", "max", 80)
	}
	from, errFrom := time.Parse(time.DateOnly, s.FromDate)
	to, errTo := time.Parse(time.DateOnly, s.ToDate)
	until, errUntil := time.Parse(time.DateOnly, s.WishesUntil)
	for _, x := range []struct {
		name string
		t    time.Time
		err  error
	}{{"from", from, errFrom}, {"to", to, errTo}, {"until", until, errUntil}} {
		if x.err != nil || x.t.Year() < 2000 || x.t.Year() > 2200 {
			f.Add(x.name, "fault.not_a_date")
		}
	}
	if errFrom == nil && errTo == nil && (to.Before(from) || to.Sub(from) > 370*24*time.Hour) {
		f.Add("to", "season.fault.dates")
	}
	if errFrom == nil && errUntil == nil && !until.Before(from) {
		f.Add("until", "season.fault.until")
	}
	if len(s.Hours) == 0 {
		f.Add("opens-1", "season.fault.hours")
	}
	for i, c := range s.Criteria {
		if c.Weight < 0 || c.Weight > allotment.MaxWeight || i >= len(Criteria) || c.ID != Criteria[i] {
			f.Add("weight-"+c.ID, "fault.not_a_number", "low", 0, "high", allotment.MaxWeight)
		}
	}
	return f.Err()
}

// TakesWishes says whether organisations may enter wishes themselves: until the end of the last day. The desk types in what
// came on paper in time, until it is counted.
func (s Season) TakesWishes(now time.Time, zone *time.Location) bool {
	return s.State == Open && now.In(zone).Format(time.DateOnly) <= s.WishesUntil
}

// MayWish says whether wishes are entered, ranked and taken back now: at the desk for as long as they are not counted.
func (s Season) MayWish(desk bool, now time.Time, zone *time.Location) bool {
	if desk {
		return s.State == Open
	}
	return s.TakesWishes(now, zone)
}

// Public says whether anybody may see it: what it is counted by is published before wishes open.
func (s Season) Public() bool { return s.State != Preparing }

// Dates are the season's local dates.
func (s Season) Dates() []string {
	from, err := time.Parse(time.DateOnly, s.FromDate)
	if err != nil {
		return nil
	}
	var list []string
	for d := from; ; d = d.AddDate(0, 0, 1) {
		date := d.Format(time.DateOnly)
		if date > s.ToDate {
			return list
		}
		list = append(list, date)
	}
}

// Member is an organisation that takes part.
type Member struct {
	OrganisationID string  `db:"organisation_id"`
	Slug           string  `db:"slug"`
	Name           string  `db:"name"`
	Amounts        numbers `db:"amounts"` // in the order of Criteria
	Wishes         int     `db:"wishes"`
}

// Zero says that no criterion speaks for it.
func (m Member) Zero() bool {
	return !slices.ContainsFunc(m.Amounts, func(n int64) bool { return n > 0 })
}

// Wished is a wish as an organisation entered it.
type Wished struct {
	ID             string `db:"id"`
	SeasonID       string `db:"season_id"`
	OrganisationID string `db:"organisation_id"`
	Rank           int    `db:"rank"`
	Spaces         idents `db:"spaces"` // none: any
	Weekday        int    `db:"weekday"`
	Start          int    `db:"start_minute"`
	Minutes        int    `db:"minutes"`
	Source         string `db:"source"` // web, desk, file, api
}

func (w Wished) plain() allotment.Wish {
	return allotment.Wish{Weekday: w.Weekday, Start: allotment.Clock(w.Start), Minutes: w.Minutes}
}

// Overlaps says that both cannot be met.
func (w Wished) Overlaps(x Wished) bool { return w.plain().Overlaps(x.plain()) }

// Same says that it is the same wish, whatever its rank.
func (w Wished) Same(x Wished) bool {
	return w.Weekday == x.Weekday && w.Start == x.Start && w.Minutes == x.Minutes && slices.Equal(w.Spaces, x.Spaces)
}

// Check returns Invalid with a fault a field, as far as a wish can be wrong by itself in the season with these rooms.
func (w Wished) Check(s Season, rooms []string) error {
	var f fault.Form
	if w.Weekday < 1 || w.Weekday > 7 {
		f.Add("weekday", "fault.required")
	}
	for _, id := range w.Spaces {
		if !slices.Contains(rooms, id) {
			f.Add("space", "season.fault.space")
			break
		}
	}
	switch {
	case w.Start < 0 || w.Start >= 24*60:
		f.Add("start", "fault.not_a_time")
	case w.Minutes <= 0 || w.Start+w.Minutes > 24*60:
		f.Add("end", "season.fault.times")
	case w.Minutes < 15:
		f.Add("end", "season.fault.short")
	case !slices.ContainsFunc(s.Hours, func(h allotment.Span) bool {
		return h.Weekday == w.Weekday && int(h.From) <= w.Start && w.Start+w.Minutes <= int(h.To)
	}) && w.Weekday >= 1 && w.Weekday <= 7:
		f.Add("start", "season.fault.outside")
	}
	return f.Err()
}

// What came of a slot on a date.
const (
	Booked      = "booked"
	Clashed     = "clash"
	Closed      = "closed"       // the centre is
	SpaceClosed = "space_closed" // the room is no longer booked
	Past        = "past"
)

// What is stored as JSON text says so by Value and Scan. Limits are those of package allotment.
type (
	spans   []allotment.Span
	weights []allotment.Criterion
	numbers []int64
	idents  []string
	Limits  allotment.Limits
	slot    allotment.Slot
)

func value(v any) (driver.Value, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

func scan(from, into any) error {
	switch from := from.(type) {
	case string:
		return json.Unmarshal([]byte(from), into)
	case []byte:
		return json.Unmarshal(from, into)
	}
	return fmt.Errorf("season: %T is no JSON text", from)
}

func list[S ~[]E, E any](s S) S {
	if s == nil {
		return S{}
	}
	return s
}

func (x spans) Value() (driver.Value, error)   { return value(list(x)) }
func (x *spans) Scan(v any) error              { return scan(v, (*[]allotment.Span)(x)) }
func (x weights) Value() (driver.Value, error) { return value(list(x)) }
func (x *weights) Scan(v any) error            { return scan(v, (*[]allotment.Criterion)(x)) }
func (x numbers) Value() (driver.Value, error) { return value(list(x)) }
func (x *numbers) Scan(v any) error            { return scan(v, (*[]int64)(x)) }
func (x idents) Value() (driver.Value, error)  { return value(list(x)) }
func (x *idents) Scan(v any) error             { return scan(v, (*[]string)(x)) }
func (x Limits) Value() (driver.Value, error)  { return value(allotment.Limits(x)) }
func (x *Limits) Scan(v any) error             { return scan(v, (*allotment.Limits)(x)) }
func (x slot) Value() (driver.Value, error)    { return value(allotment.Slot(x)) }
func (x *slot) Scan(v any) error               { return scan(v, (*allotment.Slot)(x)) }
