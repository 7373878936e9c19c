package programme

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"kvart/internal/booking"
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
)

// wish is one date of a series as it was asked for and as it is solved so far, with what is in its way.
type wish struct {
	Key     string // the local date of the series: what the fields of its solution are named by
	Date    Date
	Closure *network.Closure
	Spaces  []booking.Space // free then
}

// datesDefaults fills in a weekly series that begins in a week.
func datesDefaults(f *web.Form, today time.Time) {
	f.Values.Set("date", today.AddDate(0, 0, 7).Format(time.DateOnly))
	f.Values.Set("from", "17:00")
	f.Values.Set("to", "19:00")
	f.Values.Set("repeat", "weekly")
	f.Values.Set("count", "10")
}

// readDates reads the series of dates with the solutions chosen for those that clashed. Wall time holds: a series keeps
// its hour when the clocks change.
func (p *Pages) readDates(f *web.Form, faults *fault.Form, o own, placeKind string) []wish {
	zone := o.Centre.Location()
	space := ""
	if placeKind == InSpace {
		space = f.Get("space")
		if _, ok := o.space(space); !ok {
			faults.Add("space", "programme.fault.space")
		}
	}
	first, err := time.ParseInLocation(time.DateOnly, f.Get("date"), zone)
	if err != nil || first.Year() < 2000 || first.Year() > 2200 {
		faults.Add("date", "programme.fault.date")
		return nil
	}
	if isPast(f, p.Now().In(zone)) && !f.On("past") { // a slip of the year, most often
		faults.Add("date", "programme.fault.past_date")
		return nil
	}
	if !isClock(f.Get("from")) {
		faults.Add("from", "fault.not_a_time")
		return nil
	}
	weeks, count, until := 1, 1, ""
	if repeat := f.Get("repeat"); repeat == "weekly" || repeat == "two" {
		if repeat == "two" {
			weeks = 2
		}
		if until = f.Get("until"); until != "" {
			count = 0
		} else if count = f.Int(faults, "count", 0, 1, ical.MaxRepeat); count == 0 {
			faults.Add("count", "programme.fault.dates_end")
			return nil
		}
	}
	starts, err := ical.Repeat(f.Get("date"), f.Get("from"), zone.String(), weeks, until, count)
	if err != nil {
		e := fault.Of(err)
		faults.Add("until", e.Key, e.Args...)
		return nil
	}
	var list []wish
	for _, start := range starts {
		end, ok := endOf(start, f.Get("to"))
		if !ok {
			faults.Add("to", "programme.fault.times")
			return nil
		}
		x := wish{Key: start.Format(time.DateOnly), Date: Date{Start: start, End: end, SpaceID: space}}
		x.solve(f, faults, o)
		list = append(list, x)
	}
	if space != "" && !f.On("outside") && slices.ContainsFunc(list, func(x wish) bool {
		return !x.Date.Skip && o.Centre.DoubtAt(x.Date.Start, x.Date.End, nil) != nil
	}) { // asked once for the whole series
		faults.Add("outside", "programme.fault.outside_hours")
	}
	return list
}

// solve applies what was chosen for this date.
func (x *wish) solve(f *web.Form, faults *fault.Form, o own) {
	switch f.Get("solve-" + x.Key) {
	case solveSkip:
		x.Date.Skip = true
	case solveSpace:
		if _, ok := o.space(f.Get("space-" + x.Key)); ok {
			x.Date.SpaceID = f.Get("space-" + x.Key)
		}
	case solveKeep:
		f.Values.Set("keep-"+x.Key, "1")
	case solveTime:
		start, ok := atClock(x.Date.Start, f.Get("from-"+x.Key))
		if !ok {
			faults.Add("from-"+x.Key, "fault.not_a_time")
			return
		}
		end, ok := endOf(start, f.Get("to-"+x.Key))
		if !ok {
			faults.Add("to-"+x.Key, "programme.fault.times")
			return
		}
		x.Date.Start, x.Date.End = start, end
	}
}

// isPast says whether the form's date is before the local day of now.
func isPast(f *web.Form, now time.Time) bool {
	date, err := time.Parse(time.DateOnly, f.Get("date"))
	return err == nil && date.Format(time.DateOnly) < now.Format(time.DateOnly)
}

// asksOutside says whether the form asks if the hours are meant so.
func asksOutside(f *web.Form) bool {
	_, asked := f.Fault("outside")
	return asked || f.On("outside")
}

func isClock(s string) bool { _, err := time.Parse("15:04", s); return err == nil }

func atClock(day time.Time, clock string) (time.Time, bool) {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		return time.Time{}, false
	}
	return time.Date(day.Year(), day.Month(), day.Day(), t.Hour(), t.Minute(), 0, 0, day.Location()), true
}

// endOf is the end at the given hour of the start's day, or of the next day for an hour up to six in the morning.
func endOf(start time.Time, clock string) (time.Time, bool) {
	end, ok := atClock(start, clock)
	if !ok {
		return end, false
	}
	if !end.After(start) && clock <= "06:00" {
		end, _ = atClock(start.AddDate(0, 0, 1), clock)
	}
	return end, end.After(start)
}

func datesOf(list []wish) []Date {
	dates := make([]Date, len(list))
	for i, x := range list {
		dates[i] = x.Date
	}
	return dates
}

// keepDates keeps the dates by what keep does in one transaction, and returns none. When dates clash it keeps nothing
// and returns them: those seen before, and those whose room somebody took between the look and the booking.
func (p *Pages) keepDates(ctx context.Context, f *web.Form, o own, people *int, list []wish, keep func(*db.Tx, []Date) error) ([]wish, error) {
	dates := datesOf(list)
	if err := p.CheckDates(ctx, p.DB, dates); err != nil {
		return nil, err
	}
	open, err := p.resolve(ctx, f, o, people, list, dates)
	if err != nil || len(open) > 0 {
		return open, err
	}
	err = p.Booking.Claim(ctx, func(tx *db.Tx) error { return keep(tx, dates) })
	if err == nil {
		return nil, nil
	}
	if clashed, ok := fault.Of(err).Detail.([]Date); ok {
		return p.resolve(ctx, f, o, people, list, clashed)
	}
	return nil, err
}

// resolve returns the dates that still clash: with a booking, as dates say, or with a day on which the centre is
// closed. It returns Invalid when no date is left.
func (p *Pages) resolve(ctx context.Context, f *web.Form, o own, people *int, list []wish, dates []Date) ([]wish, error) {
	if !slices.ContainsFunc(list, func(x wish) bool { return !x.Date.Skip }) {
		return nil, fault.Invalid("programme.fault.no_dates")
	}
	closures, err := p.Network.ClosuresAsked(ctx, p.DB, o.Centre.ID, list[0].Key)
	if err != nil {
		return nil, err
	}
	var open []wish
	for i := range list {
		x := &list[i]
		x.Date.Clashes = dates[i].Clashes
		if x.Date.Skip {
			continue
		}
		day := x.Date.Start.Format(time.DateOnly)
		if k := slices.IndexFunc(closures, func(c network.Closure) bool { return c.FromDate <= day && day <= c.ToDate }); k >= 0 && !f.On("keep-"+x.Key) {
			x.Closure = &closures[k]
		}
		if len(x.Date.Clashes) == 0 && x.Closure == nil {
			continue
		}
		if x.Date.SpaceID != "" && x.Closure == nil {
			x.Spaces = o.Spaces
			if len(open) < 60 {
				wanted := booking.Wanted{CentreID: o.Centre.ID, SpaceID: x.Date.SpaceID, Interval: x.Date.interval()}
				if people != nil {
					wanted.People = *people
				}
				if x.Spaces, err = p.Booking.Alternatives(ctx, p.DB, wanted); err != nil {
					return nil, err
				}
			}
		}
		p.propose(ctx, f, x, len(open) < 60)
		open = append(open, *x)
	}
	return open, nil
}

// propose fills in for a date that clashes what is likely wanted: a free room, else the nearest free time, else out.
func (p *Pages) propose(ctx context.Context, f *web.Form, x *wish, look bool) {
	f.Values.Set("from-"+x.Key, x.Date.Start.Format("15:04"))
	f.Values.Set("to-"+x.Key, x.Date.End.Format("15:04"))
	choice := solveSkip
	if x.Closure == nil {
		if look {
			if free, err := p.Booking.FreeTimes(ctx, p.DB, x.Date.SpaceID, x.Date.interval(), 1); err == nil && len(free) > 0 {
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

// carried are the fields of the form that the page of clashes passes on unseen: all but the solutions it shows.
func carried(f *web.Form, open []wish) [][2]string {
	var list [][2]string
	for name, values := range f.Values {
		if slices.ContainsFunc(open, func(x wish) bool { return strings.HasSuffix(name, "-"+x.Key) && name != "keep-"+x.Key }) || name == "back" {
			continue
		}
		for _, v := range values {
			list = append(list, [2]string{name, v})
		}
	}
	slices.SortFunc(list, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return list
}

// taken returns *web.Already when this form was taken before: a second press must not clash with the dates of the first.
func (p *Pages) taken(ctx context.Context, f *web.Form) error {
	var location string
	err := p.DB.Get(ctx, &location, `SELECT location FROM submissions WHERE form_key = :key`, db.Args{"key": f.Get("form_key")})
	switch {
	case fault.Is(err, fault.KindNotFound):
		return nil
	case err != nil:
		return err
	}
	return &web.Already{Location: location}
}

func (p *Pages) newDates(w http.ResponseWriter, r *web.Request) error {
	a, o, err := p.ownActivity(r)
	if err != nil {
		return err
	}
	f := web.NewForm()
	datesDefaults(f, r.Now.In(o.Centre.Location()))
	list, err := p.OfActivity(r.Context(), a.CentreID, a.ID, r.Now.AddDate(0, -2, 0))
	if err != nil {
		return err
	}
	if len(list) > 0 { // go on where the series ends
		last := list[len(list)-1]
		next := last.Start().AddDate(0, 0, 7)
		if next.Before(r.Now) {
			next = r.Now.AddDate(0, 0, 7)
		}
		f.Values.Set("date", next.Format(time.DateOnly))
		f.Values.Set("from", last.LocalStart)
		f.Values.Set("to", last.LocalEnd)
		if last.SpaceID != nil {
			f.Values.Set("space", *last.SpaceID)
		}
	}
	return r.HTML(w, http.StatusOK, newDatesPage(r, o, a, f))
}

func (p *Pages) ownActivity(r *web.Request) (Activity, own, error) {
	o, err := p.own(r.Context(), r)
	if err != nil {
		return Activity{}, o, err
	}
	a, err := p.Activity(r.Context(), p.DB, o.Centre.ID, r.PathValue("id"), r.Viewer.May(SeeDiscreet))
	return a, o, err
}

func (p *Pages) addDates(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	a, o, err := p.ownActivity(r)
	if err != nil {
		return err
	}
	again := func(err error) error {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, http.StatusUnprocessableEntity, newDatesPage(r, o, a, f))
	}
	var faults fault.Form
	wishes := p.readDates(f, &faults, o, a.PlaceKind)
	if err := faults.Err(); err != nil {
		return again(err)
	}
	if f.On("back") {
		return r.HTML(w, http.StatusOK, newDatesPage(r, o, a, f))
	}
	if err := p.taken(r.Context(), f); err != nil {
		return err
	}
	address := "/desk/programme/" + a.ID
	open, err := p.keepDates(r.Context(), f, o, a.Capacity, wishes, func(tx *db.Tx, dates []Date) error {
		if err := web.Claim(r.Context(), tx, f.Get("form_key"), address, r.Now); err != nil {
			return err
		}
		_, err := p.AddSessions(r.Context(), tx, a, dates, r.Viewer.Account.ID)
		return err
	})
	if err != nil {
		return again(err)
	}
	if len(open) > 0 {
		f.Err = fault.Invalid("programme.fault.clashes")
		return r.HTML(w, http.StatusUnprocessableEntity, clashPage(r, o, f, address+"/dates", open, len(wishes)))
	}
	r.Flash("programme.desk.dates_added")
	return r.See(w, address)
}
