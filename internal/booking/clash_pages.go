package booking

import (
	"context"
	"slices"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/ical"
	"kvart/internal/platform/web"
)

// Ways to solve a date that clashes.
const (
	solveSkip  = "skip"  // leave the date out
	solveSpace = "space" // another room
	solveTime  = "time"  // another time of the same day
	solveKeep  = "keep"  // hold it although the centre is closed
	solveLater = "later" // leave it out for now
)

// looked is for how many dates that clash the page looks for what else is free.
const looked = 60

// Wish is one date of a series as it was asked for and as it is solved so far, with what is in its way.
type Wish struct {
	Key     string // the local date of the series: what the fields of its solution are named by
	Date    Date
	Closure *network.Closure
	Spaces  []Space // free then
}

// Planner solves the dates of one form: those of an activity, of a series of bookings, or of either when it is changed.
type Planner struct {
	Store         *Store
	Network       *network.Store
	Centre        network.Centre
	Spaces        []Space // that can be booked
	Organisations []network.Organisation
	People        *int // how many come; nil: nobody said
}

// SpaceOf is the centre's space with the id, if it has it.
func (p Planner) SpaceOf(id string) (Space, bool) {
	at := slices.IndexFunc(p.Spaces, func(s Space) bool { return s.ID == id && !bool(s.Closed) })
	if at < 0 {
		return Space{}, false
	}
	return p.Spaces[at], true
}

// IsPast says whether the form's date is before the local day of now.
func IsPast(f *web.Form, now time.Time) bool {
	date, err := time.Parse(time.DateOnly, f.Get("date"))
	return err == nil && date.Format(time.DateOnly) < now.Format(time.DateOnly)
}

// ReadDates reads the fields date, from, to, repeat, count and until, with the solutions chosen for those dates that
// clashed. Wall time holds: a series keeps its hour when the clocks change. A rule without an end is refused.
func (p Planner) ReadDates(f *web.Form, faults *fault.Form, spaceID string, pastToo bool) []Wish {
	zone := p.Centre.Location()
	first, err := time.ParseInLocation(time.DateOnly, f.Get("date"), zone)
	if err != nil || first.Year() < 2000 || first.Year() > 2200 {
		faults.Add("date", "fault.not_a_date")
		return nil
	}
	if IsPast(f, p.Store.Now().In(zone)) && !pastToo { // a slip of the year, most often
		faults.Add("date", "series.fault.past_date")
		return nil
	}
	if _, ok := AtClock(first, f.Get("from")); !ok {
		faults.Add("from", "fault.not_a_time")
		return nil
	}
	weeks, count, until := everyWeeks(f), 1, ""
	if weeks > 0 {
		if until = f.Get("until"); until != "" {
			count = 0
		} else if f.Get("count") == "" {
			faults.Add("count", "series.fault.end")
			return nil
		} else if count = f.Int(faults, "count", 0, 1, ical.MaxRepeat); count == 0 {
			return nil
		}
	}
	starts, err := ical.Repeat(f.Get("date"), f.Get("from"), zone.String(), max(1, weeks), until, count)
	if err != nil {
		e := fault.Of(err)
		faults.Add("until", e.Key, e.Args...)
		return nil
	}
	var list []Wish
	for _, start := range starts {
		end, ok := EndOf(start, f.Get("to"))
		if !ok {
			faults.Add("to", "booking.fault.times")
			return nil
		}
		x := Wish{Key: start.Format(time.DateOnly), Date: Date{Start: start, End: end, SpaceID: spaceID}}
		p.Solve(&x, f, faults)
		list = append(list, x)
	}
	if spaceID != "" && !f.On("outside") && slices.ContainsFunc(list, func(x Wish) bool {
		return !x.Date.Skip && p.Centre.DoubtAt(x.Date.Start, x.Date.End, nil) != nil
	}) { // asked once for the whole series
		faults.Add("outside", "series.fault.outside_hours")
	}
	return list
}

// asksOutside says whether the form asks if the hours are meant so.
func asksOutside(f *web.Form) bool {
	_, asked := f.Fault("outside")
	return asked || f.On("outside")
}

// ClosedWords says why the centre is closed that day.
func ClosedWords(r *web.Request, x network.Closure) string {
	key := "series.clash.closed"
	if x.Holiday {
		key = "series.clash.holiday"
	}
	return r.T(key) + " " + r.Pick(x.Reason)
}

// everyWeeks is every how many weeks the form repeats; 0 is once.
func everyWeeks(f *web.Form) int {
	switch f.Get("repeat") {
	case "weekly":
		return 1
	case "two":
		return 2
	}
	return 0
}

// Fields of the page of clashes by which one choice holds for every date that it lists.
const (
	sameField = "same"    // the way to solve them; empty: each by itself
	sameOf    = "same-of" // the keys of the dates that the page lists
	sameSpace = "same-space"
	sameFrom  = "same-from"
	sameTo    = "same-to"
)

var sameFields = []string{sameField, sameOf, sameSpace, sameFrom, sameTo}

// same puts what was chosen for every date in the place of what was chosen for this one, if the page listed it: what was
// solved on an earlier page stays. A time that is none is a fault once, not at every date.
func (x *Wish) same(f *web.Form, faults *fault.Form) bool {
	way := f.Get(sameField)
	if way == "" || !f.Has(sameOf, x.Key) {
		return true
	}
	f.Values.Set("solve-"+x.Key, way)
	switch way {
	case solveSpace:
		f.Values.Set("space-"+x.Key, f.Get(sameSpace))
	case solveTime:
		start, ok := AtClock(x.Date.Start, f.Get(sameFrom))
		if !ok {
			faults.Add(sameFrom, "fault.not_a_time")
			f.Values.Del(sameField)
			return false
		}
		if _, ok := EndOf(start, f.Get(sameTo)); !ok {
			faults.Add(sameTo, "booking.fault.times")
			f.Values.Del(sameField)
			return false
		}
		f.Values.Set("from-"+x.Key, f.Get(sameFrom))
		f.Values.Set("to-"+x.Key, f.Get(sameTo))
	}
	return true
}

// Solve applies what was chosen for this date.
func (p Planner) Solve(x *Wish, f *web.Form, faults *fault.Form) {
	if !x.same(f, faults) {
		return
	}
	asked := Slot{x.Date.SpaceID, x.Date.Interval()}
	switch f.Get("solve-" + x.Key) {
	case solveSkip, solveLater:
		x.Date.Skip = true
	case solveSpace:
		if _, ok := p.SpaceOf(f.Get("space-" + x.Key)); ok {
			x.Date.SpaceID = f.Get("space-" + x.Key)
		}
	case solveKeep:
		f.Values.Set("keep-"+x.Key, "1")
		return
	case solveTime:
		start, ok := AtClock(x.Date.Start, f.Get("from-"+x.Key))
		if !ok {
			faults.Add("from-"+x.Key, "fault.not_a_time")
			return
		}
		end, ok := EndOf(start, f.Get("to-"+x.Key))
		if !ok {
			faults.Add("to-"+x.Key, "booking.fault.times")
			return
		}
		x.Date.Start, x.Date.End = start, end
	default:
		return
	}
	if asked.SpaceID != "" {
		x.Date.Asked = &asked
	}
}

func datesOf(list []Wish) []Date {
	dates := make([]Date, len(list))
	for i, x := range list {
		dates[i] = x.Date
	}
	return dates
}

// Keep keeps the dates by what keep does in one transaction, and returns none. When dates clash it keeps nothing
// and returns them: those seen before, and those whose room somebody took between the look and the booking.
func (p Planner) Keep(ctx context.Context, f *web.Form, list []Wish, keep func(*db.Tx, []Date) error) ([]Wish, error) {
	dates := datesOf(list)
	if err := p.Store.CheckDates(ctx, p.Store.DB, p.Centre.ID, dates); err != nil {
		return nil, err
	}
	open, err := p.Resolve(ctx, f, list, dates)
	if err != nil || len(open) > 0 {
		return open, err
	}
	err = p.Store.Claim(ctx, func(tx *db.Tx) error { return keep(tx, dates) })
	if err == nil {
		return nil, nil
	}
	if clashed, ok := fault.Of(err).Detail.([]Date); ok {
		return p.Resolve(ctx, f, list, clashed)
	}
	return nil, err
}

// Resolve returns the dates that still clash: with a booking, as dates say, or with a day on which the centre is
// closed. It returns Invalid when no date is left.
func (p Planner) Resolve(ctx context.Context, f *web.Form, list []Wish, dates []Date) ([]Wish, error) {
	first := ""
	for _, x := range list {
		if day := x.Date.Start.Format(time.DateOnly); !x.Date.Skip && (first == "" || day < first) {
			first = day
		}
	}
	if first == "" {
		return nil, fault.Invalid("series.fault.no_dates")
	}
	closures, err := p.Network.ClosuresAsked(ctx, p.Store.DB, p.Centre.ID, first)
	if err != nil {
		return nil, err
	}
	var open []Wish
	for i := range list {
		x := &list[i]
		x.Date.Clashes, x.Date.Missing, x.Date.Own = dates[i].Clashes, dates[i].Missing, dates[i].Own
		if x.Date.Skip {
			continue
		}
		day := x.Date.Start.Format(time.DateOnly)
		if k := slices.IndexFunc(closures, func(c network.Closure) bool { return c.FromDate <= day && day <= c.ToDate }); k >= 0 && !f.On("keep-"+x.Key) {
			x.Closure = &closures[k]
		}
		if !x.Date.Taken() && x.Closure == nil {
			continue
		}
		if x.Date.SpaceID != "" && x.Closure == nil {
			x.Spaces = p.Spaces
			if len(open) < looked {
				wanted := p.wanted(*x)
				if p.People != nil {
					wanted.People = *p.People
				}
				if x.Spaces, err = p.Store.Alternatives(ctx, p.Store.DB, wanted); err != nil {
					return nil, err
				}
			}
		}
		p.propose(ctx, f, x, len(open) < looked)
		open = append(open, *x)
	}
	f.Values.Set(sameFrom, f.Get("from"))
	f.Values.Set(sameTo, f.Get("to"))
	return open, nil
}

// wanted is what else could be had in place of the date.
func (p Planner) wanted(x Wish) Wanted {
	return Wanted{CentreID: p.Centre.ID, SpaceID: x.Date.SpaceID, Interval: x.Date.Interval(), Except: x.Date.Lives, Own: x.Date.Own}
}

// propose fills in for a date that clashes what is likely wanted: a free room, else the nearest free time, else out.
func (p Planner) propose(ctx context.Context, f *web.Form, x *Wish, look bool) {
	f.Values.Set("from-"+x.Key, x.Date.Start.Format("15:04"))
	f.Values.Set("to-"+x.Key, x.Date.End.Format("15:04"))
	choice := solveSkip
	if x.Closure == nil {
		if look {
			if free, err := p.Store.FreeTimesFor(ctx, p.Store.DB, p.wanted(*x), 1); err == nil && len(free) > 0 {
				f.Values.Set("from-"+x.Key, free[0].Start.Format("15:04"))
				f.Values.Set("to-"+x.Key, free[0].End.Format("15:04"))
				choice = solveTime
			}
		}
		if len(x.Spaces) > 0 {
			choice = solveSpace
			f.Values.Set("space-"+x.Key, x.Spaces[0].ID)
		}
	}
	f.Values.Set("solve-"+x.Key, choice)
}

// Clashing is the page of the dates that clash: all that was typed is carried.
type Clashing struct {
	Planner
	Form    *web.Form
	Address string // where the form is sent
	Section string // of the menu
	Open    []Wish
	All     int
	Changed bool // dates that are there already: leaving one out keeps it as it is
	Later   bool // a date may be left for later
}

// carried are the fields of the form that the page of clashes passes on unseen: all but the solutions it shows.
func (v Clashing) carried() [][2]string {
	var list [][2]string
	for name, values := range v.Form.Values {
		if slices.Contains(sameFields, name) || slices.ContainsFunc(v.Open, func(x Wish) bool { return strings.HasSuffix(name, "-"+x.Key) && name != "keep-"+x.Key }) || name == "back" {
			continue
		}
		for _, v := range values {
			list = append(list, [2]string{name, v})
		}
	}
	slices.SortFunc(list, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return list
}

// closed says whether a date listed is on a day on which the centre is closed.
func (v Clashing) closed() bool {
	return slices.ContainsFunc(v.Open, func(x Wish) bool { return x.Closure != nil })
}

// taken says whether the room of a date listed is taken.
func (v Clashing) taken() bool {
	return slices.ContainsFunc(v.Open, func(x Wish) bool { return x.Closure == nil })
}

// ClashWords says what is in the way, as far as the viewer may know it.
func (p Planner) ClashWords(r *web.Request, c Clash) string {
	title, holder := c.Shown(ReaderOf(r))
	if title == "" {
		title = r.T("series.clash.busy")
	}
	if holder != nil {
		for _, x := range p.Organisations {
			if x.ID == *holder {
				title += " (" + x.Name + ")"
			}
		}
	}
	return title
}

// Taken returns *web.Already when this form was taken before: a second press must not clash with the dates of the first.
func (s *Store) Taken(ctx context.Context, f *web.Form) error {
	var location string
	err := s.DB.Get(ctx, &location, `SELECT location FROM submissions WHERE form_key = :key`, db.Args{"key": f.Get("form_key")})
	switch {
	case fault.Is(err, fault.KindNotFound):
		return nil
	case err != nil:
		return err
	}
	return &web.Already{Location: location}
}

// SpaceOptions are the spaces to choose from; none adds the choice of no space.
func SpaceOptions(r *web.Request, spaces []Space, none string) []web.Option {
	var list []web.Option
	if none != "" {
		list = append(list, web.Option{Label: none})
	}
	for _, s := range spaces {
		list = append(list, web.Option{Value: s.ID, Label: r.Pick(s.Name)})
	}
	return list
}
