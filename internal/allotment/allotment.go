// Package allotment shares the weekly hours of rooms out among organisations that rank what they wish for.
//
// Entitlements: the open minutes of all rooms are divided in proportion to points (published values times published
// weights) by largest remainder (Hamilton's method; M. L. Balinski, H. P. Young, Fair Representation, 1982).
//
// Picks: at each step the organisation with the lowest share received (minutes received by minutes entitled to) takes
// its best-ranked wish that is still possible, the weighted picking sequence of M. Chakraborty, A. Igarashi,
// W. Suksompong, Y. Zick, Weighted Envy-Freeness in Indivisible Item Allocation, ACM TEAC 9(3), 2021. Equal shares are
// decided by a draw (Draw) that hangs on the seed, the organisation and how many wishes it was given so far, and on
// nothing else. So no draw is spent on a step at which nothing is given, and these hold:
//
//   - Where wishes are of equal length and name one room each, without limits and without overlaps within one
//     organisation: of the k best-ranked slots of an organisation, for every k, it holds at least as many as another of
//     equal entitlement holds of those same slots, less one. For when the other takes one of them, it is the one with
//     the lower share or drawn among equals, and every wish given to the first until then is ranked no lower. (It
//     cannot be said of the other's own k best: somebody who wishes for what nobody else does gets all of it. Nor of
//     wishes that leave the room open: two organisations then hold two rooms for one wish.)
//   - The same input gives the same result, to the letter: whole minutes, shares compared by cross-multiplication.
//   - Without a wish that was not met the result is the same for everybody: it held nothing, and its organisation was
//     never next with it, so whoever was next still is. An organisation with no possible wish left drops out, and as
//     what is impossible stays so, it never comes back.
//
// Where nobody has a point, all are entitled to equal shares. Who has none while others do picks after them, from what
// is left. The package does no input or output.
package allotment

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Clock is a time of day in minutes, written "18:30"; "24:00" is the end of a day.
type Clock int

// ParseClock reads "18:30".
func ParseClock(s string) (Clock, error) {
	if len(s) != 5 || s[2] != ':' {
		return 0, fmt.Errorf("%q is no time of day; write it as 18:30", s)
	}
	for _, i := range []int{0, 1, 3, 4} {
		if s[i] < '0' || s[i] > '9' {
			return 0, fmt.Errorf("%q is no time of day; write it as 18:30", s)
		}
	}
	h, m := int(s[0]-'0')*10+int(s[1]-'0'), int(s[3]-'0')*10+int(s[4]-'0')
	if m > 59 || h*60+m > day {
		return 0, fmt.Errorf("%q is no time of day; write it as 18:30", s)
	}
	return Clock(h*60 + m), nil
}

func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// MarshalJSON writes "18:30".
func (c Clock) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

// UnmarshalJSON reads "18:30".
func (c *Clock) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	v, err := ParseClock(s)
	*c = v
	return err
}

const (
	day  = 24 * 60
	week = 7 * day
)

// Span is a time of a weekday, half-open. Weekdays are 1 Monday to 7 Sunday.
type Span struct {
	Weekday int   `json:"weekday"`
	From    Clock `json:"from"`
	To      Clock `json:"to"`
}

// Input is everything the result hangs on.
type Input struct {
	Seed          string         `json:"seed"`
	Criteria      []Criterion    `json:"criteria"`
	Rooms         []Room         `json:"rooms"`
	Organisations []Organisation `json:"organisations"`
	Limits        Limits         `json:"limits"`
	Wishes        []Wish         `json:"wishes"`
}

// Criterion gives so many points for each unit of an organisation's value.
type Criterion struct {
	ID     string `json:"id"`
	Weight int64  `json:"weight"`
}

// Room can be wished for. Rooms that share a part cannot be held at one time; a room without parts is a part itself.
type Room struct {
	ID    string            `json:"id"`
	Name  map[string]string `json:"name,omitempty"` // by language
	Parts []string          `json:"parts,omitempty"`
	Setup int               `json:"setup"` // minutes held before
	Clear int               `json:"clear"` // and after
	Open  []Span            `json:"open"`  // what is held beside the wish itself may reach outside
}

// Organisation wishes for rooms. Values are in the order of the criteria.
type Organisation struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Values []int64 `json:"values"`
}

// Limits are what no organisation gets more of. Zero is no limit.
type Limits struct {
	WeekMinutes  int    `json:"week_minutes,omitempty"`
	PrimePercent int    `json:"prime_percent,omitempty"` // of the prime time of all rooms together
	Prime        []Span `json:"prime,omitempty"`
}

// Wish is for a weekly time in one of the rooms, tried in their order; none is any room, in the order of the input.
type Wish struct {
	ID           string   `json:"id"`
	Organisation string   `json:"organisation"`
	Rank         int      `json:"rank"` // 1 is the best; each once in an organisation
	Rooms        []string `json:"rooms,omitempty"`
	Weekday      int      `json:"weekday"`
	Start        Clock    `json:"start"`
	Minutes      int      `json:"minutes"`
}

// Bounds of an input.
const (
	MaxRooms         = 500
	MaxOrganisations = 2000
	MaxWishes        = 200_000
	MaxValue         = 1_000_000
	MaxWeight        = 1000
	MaxBeside        = 480 // minutes of set-up or clear-up
	maxCriteria      = 20
	maxParts         = 20
	maxID            = 200
)

// Check says what is wrong with the input, all of it, each with its place; nil where nothing is. An unknown room and a time
// outside the opening hours are no fault of the input: they are reasons.
func (in Input) Check() error {
	c := checker{}
	if in.Seed == "" || len(in.Seed) > maxID {
		c.add("seed", "give 1 to %d characters", maxID)
	}
	if len(in.Rooms) > MaxRooms || len(in.Organisations) > MaxOrganisations || len(in.Wishes) > MaxWishes || len(in.Criteria) > maxCriteria {
		c.add("input", "at most %d rooms, %d organisations, %d wishes, %d criteria", MaxRooms, MaxOrganisations, MaxWishes, maxCriteria)
		return c.err()
	}
	known := map[string]bool{}
	for i, k := range in.Criteria {
		at := func(f string) string { return fmt.Sprintf("criteria[%d].%s", i, f) }
		c.id(at("id"), k.ID, known)
		c.between(at("weight"), k.Weight, 0, MaxWeight)
	}
	known = map[string]bool{}
	for i, r := range in.Rooms {
		at := func(f string) string { return fmt.Sprintf("rooms[%d].%s", i, f) }
		c.id(at("id"), r.ID, known)
		c.between(at("setup"), int64(r.Setup), 0, MaxBeside)
		c.between(at("clear"), int64(r.Clear), 0, MaxBeside)
		c.spans(at("open"), r.Open)
		if len(r.Parts) > maxParts {
			c.add(at("parts"), "at most %d", maxParts)
		}
		parts := map[string]bool{}
		for j, p := range r.Parts {
			c.id(fmt.Sprintf("rooms[%d].parts[%d]", i, j), p, parts)
		}
	}
	c.spans("limits.prime", in.Limits.Prime)
	c.between("limits.week_minutes", int64(in.Limits.WeekMinutes), 0, week)
	c.between("limits.prime_percent", int64(in.Limits.PrimePercent), 0, 100)
	organisations := map[string]bool{}
	for i, o := range in.Organisations {
		at := func(f string) string { return fmt.Sprintf("organisations[%d].%s", i, f) }
		c.id(at("id"), o.ID, organisations)
		if len(o.Values) != len(in.Criteria) {
			c.add(at("values"), "give one for each of the %d criteria", len(in.Criteria))
		}
		for _, v := range o.Values {
			c.between(at("values"), v, 0, MaxValue)
		}
	}
	known = map[string]bool{}
	type place struct {
		organisation string
		rank         int
	}
	ranks := map[place]bool{}
	for i, w := range in.Wishes {
		at := func(f string) string { return fmt.Sprintf("wishes[%d].%s", i, f) }
		if w.ID == "" || known[w.ID] || len(w.ID) > maxID {
			c.id(at("id"), w.ID, known)
		}
		known[w.ID] = true
		if !organisations[w.Organisation] {
			c.add(at("organisation"), "%q is not among the organisations", w.Organisation)
		}
		rank := place{w.Organisation, w.Rank}
		if w.Rank < 1 || w.Rank > MaxWishes || ranks[rank] {
			c.add(at("rank"), "%d: 1 is the best, and each rank stands once in an organisation", w.Rank)
		}
		ranks[rank] = true
		if w.Weekday < 1 || w.Weekday > 7 {
			c.between(at("weekday"), int64(w.Weekday), 1, 7)
		}
		if w.Minutes < 1 || w.Start < 0 || int(w.Start)+w.Minutes > day {
			c.add(at("minutes"), "the wish ends on the day on which it begins")
		}
		if len(w.Rooms) > MaxRooms {
			c.add(at("rooms"), "at most %d", MaxRooms)
		}
	}
	return c.err()
}

// checker gathers faults, the first of them in full.
type checker struct {
	faults []string
	more   int
}

const mostFaults = 20

func (c *checker) add(at, format string, args ...any) {
	if len(c.faults) == mostFaults {
		c.more++
		return
	}
	c.faults = append(c.faults, at+": "+fmt.Sprintf(format, args...))
}

func (c *checker) between(at string, n, low, high int64) {
	if n < low || n > high {
		c.add(at, "%d is not between %d and %d", n, low, high)
	}
}

func (c *checker) id(at, id string, known map[string]bool) {
	if id == "" || len(id) > maxID || strings.ContainsRune(id, 0) || known[id] {
		c.add(at, "%q: each has one of its own, of 1 to %d bytes", id, maxID)
	}
	known[id] = true
}

func (c *checker) spans(at string, list []Span) {
	for i, s := range list {
		if s.Weekday < 1 || s.Weekday > 7 || s.From < 0 || s.From >= s.To || s.To > day {
			c.add(fmt.Sprintf("%s[%d]", at, i), "weekdays are 1 to 7, and it ends after it begins")
		}
	}
	if len(list) > 100 {
		c.add(at, "at most 100")
	}
}

func (c *checker) err() error {
	switch {
	case len(c.faults) == 0:
		return nil
	case c.more > 0:
		return fmt.Errorf("%s; and %d more", strings.Join(c.faults, "; "), c.more)
	}
	return fmt.Errorf("%s", strings.Join(c.faults, "; "))
}

// Overlaps says whether the two wishes are at one time, in whatever rooms: an organisation is given one of them only.
func (w Wish) Overlaps(x Wish) bool {
	return w.Weekday == x.Weekday && int(w.Start) < int(x.Start)+x.Minutes && int(x.Start) < int(w.Start)+w.Minutes
}

// within says whether the room is open for the whole of the time.
func (r Room) within(weekday int, start Clock, minutes int) bool {
	return slices.ContainsFunc(r.Open, func(s Span) bool {
		return s.Weekday == weekday && s.From <= start && int(start)+minutes <= int(s.To)
	})
}

func (r Room) parts() []string {
	if len(r.Parts) == 0 {
		return []string{r.ID}
	}
	return r.Parts
}
