package programme

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/upload"
	"kvart/internal/platform/web"
)

// SeasonCopy is an earlier season that is carried over: what was held from one local date to another is planned again,
// week by week, from the week of Start on. Dates go by weekday and by the number of whole weeks between the two weeks
// (ISO 8601: they begin on Monday), so that a Tuesday stays a Tuesday. Solved are the choices made for dates that clash.
type SeasonCopy struct {
	From, To, Start string // local dates
	Solved          url.Values
}

// maxSeason is how many days may be carried over at once.
const maxSeason = 400

// Check returns Invalid with a fault a field.
func (c SeasonCopy) Check(today string) error {
	var f fault.Form
	for name, d := range map[string]string{"from": c.From, "to": c.To, "start": c.Start} {
		if _, err := time.Parse(time.DateOnly, d); err != nil {
			f.Add(name, "fault.not_a_date")
		}
	}
	if f.Err() != nil {
		return f.Err()
	}
	switch {
	case c.To < c.From:
		f.Add("to", "series.copy.fault.to")
	case booking.DaysBetween(c.From, c.To) > maxSeason:
		f.Add("to", "series.copy.fault.long", "days", maxSeason)
	}
	switch {
	case c.Start < today:
		f.Add("start", "series.copy.fault.start")
	case c.weeks() < 1:
		f.Add("start", "series.copy.fault.same")
	case booking.DaysBetween(today, c.Start) > 2*366:
		f.Add("start", "series.copy.fault.far")
	}
	return f.Err()
}

func monday(day string) time.Time {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return time.Time{}
	}
	return d.AddDate(0, 0, -(int(d.Weekday())+6)%7)
}

// weeks are how many weeks the season is carried on.
func (c SeasonCopy) weeks() int {
	return int(monday(c.Start).Sub(monday(c.From)) / (7 * 24 * time.Hour))
}

// spot is where a date of then is planned now.
func (c SeasonCopy) spot(x booking.Spot) booking.Spot {
	if day, err := time.Parse(time.DateOnly, x.Day); err == nil {
		x.Day = day.AddDate(0, 0, 7*c.weeks()).Format(time.DateOnly)
	}
	return x
}

// CopyReport is what would be made, or was.
type CopyReport struct{ Activities []CopiedActivity }

// CopiedActivity is an activity carried over: all of it, or nothing.
type CopiedActivity struct {
	FromID  string
	ID      string // of the draft, once it is made
	Title   i18n.Text
	Dates   int // that are held: as foreseen, or as kept
	Open    []CopiedDate
	Refused string // message key of why it cannot be carried over as it is; it is made by hand
}

// CopiedDate is a date that something is in the way of; when all is made, one that was left out.
type CopiedDate struct {
	Key            string
	Start, End     time.Time
	SpaceID        string
	Closed         bool
	Reason         i18n.Text // of the closure
	Clashes        []booking.Clash
	Later, Skipped bool
}

// counts are how many dates are held and how many wait.
func (r CopyReport) counts() (dates, open int) {
	for _, a := range r.Activities {
		dates, open = dates+a.Dates, open+len(a.Open)
	}
	return dates, open
}

// seasonOf are the activities of the season that have dates then, discreet ones not: who makes those plans them by hand,
// as no list may name them.
func (s *Store) seasonOf(ctx context.Context, centreID string, c SeasonCopy) ([]Activity, error) {
	var list []Activity
	err := s.DB.Select(ctx, &list, `SELECT a.* FROM activities a WHERE a.centre_id = :c AND a.discreet = 0 AND EXISTS (SELECT 1 FROM sessions s WHERE s.activity_id = a.id
		AND s.state = 'planned' AND s.local_date >= :from AND s.local_date <= :to) ORDER BY a.created_at, a.id`, db.Args{"c": centreID, "from": c.From, "to": c.To})
	return list, err
}

// datesOf are the dates of one activity carried over, each as it was planned then: what was moved once is not moved again.
func (s *Store) datesOf(ctx context.Context, q db.Querier, a Activity, c SeasonCopy, plan booking.Planner, now time.Time) ([]booking.Wish, error) {
	var list []Session
	if err := q.Select(ctx, &list, `SELECT * FROM sessions WHERE activity_id = :a AND state = 'planned' AND local_date >= :from AND local_date <= :to ORDER BY starts_at, id`,
		db.Args{"a": a.ID, "from": c.From, "to": c.To}); err != nil {
		return nil, err
	}
	var wishes []booking.Wish
	seen := map[booking.Spot]bool{}
	for _, one := range list {
		x := c.spot(one.planned())
		if seen[x] {
			continue
		}
		seen[x] = true
		day, err := time.ParseInLocation(time.DateOnly, x.Day, plan.Centre.Location())
		if err != nil {
			continue
		}
		start, ok := booking.AtClock(day, x.From)
		end, okEnd := booking.EndOf(start, x.To)
		if !ok || !okEnd || !start.After(now) {
			continue
		}
		if _, open := plan.SpaceOf(x.SpaceID); !open { // the room is no longer booked: the date is there, its room is chosen later
			x.SpaceID = ""
		}
		wishes = append(wishes, booking.Wish{Key: a.ID[max(0, len(a.ID)-12):] + "-" + x.Day + "-" + strconv.Itoa(len(wishes)), Date: Date{Start: start, End: end, SpaceID: x.SpaceID}})
	}
	return wishes, nil
}

// copySeason looks at the season, or makes its drafts: each activity with all its dates in a transaction of its own, so that
// a stop, or a death of the process, leaves whole activities. Made a second time it makes only what is missing.
func (p *Pages) copySeason(ctx context.Context, f upload.File, take bool, w upload.Work) (any, error) {
	data, err := f.Bytes()
	if err != nil {
		return nil, err
	}
	var c SeasonCopy
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, err
	}
	centre, err := p.Network.Centre(ctx, p.DB, f.ScopeID)
	if err != nil {
		return nil, err
	}
	plan := booking.Planner{Store: p.Booking, Network: p.Network, Centre: centre}
	if plan.Spaces, err = p.Booking.Spaces(ctx, p.DB, centre.ID); err != nil {
		return nil, err
	}
	list, err := p.seasonOf(ctx, centre.ID, c)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fault.Invalid("series.copy.fault.none")
	}
	groups, err := p.Network.Groups(ctx, p.DB)
	if err != nil {
		return nil, err
	}
	var report CopyReport
	for i, a := range list {
		if w.Step(i, len(list)) {
			return report, nil
		}
		var one CopiedActivity
		if take {
			one, err = p.makeWhole(ctx, a, c, plan, groups, f)
		} else {
			one, err = p.foresee(ctx, p.DB, a, c, plan)
		}
		if err != nil {
			return report, err
		}
		report.Activities = append(report.Activities, one)
	}
	w.Step(len(list), len(list))
	return report, nil
}

// makeWhole makes one draft with all its dates, or nothing. A date that was solved into the way of another of the same
// activity is left out.
func (s *Store) makeWhole(ctx context.Context, a Activity, c SeasonCopy, plan booking.Planner, groups []network.Group, f upload.File) (one CopiedActivity, err error) {
	leave := map[int]bool{}
	for range 20 {
		err = s.Booking.Claim(ctx, func(tx *db.Tx) (err error) {
			one, err = s.makeDraft(ctx, tx, a, c, plan, groups, leave, f.ID, f.AccountID)
			return err
		})
		if err == nil {
			return one, nil
		}
		dates, ok := fault.Of(err).Detail.([]Date)
		if !ok {
			break
		}
		for i, d := range dates {
			if len(d.Clashes) > 0 {
				leave[i] = true
			}
		}
	}
	if fault.Is(err, fault.KindInvalid) || fault.Is(err, fault.KindConflict) {
		e := fault.Of(err)
		one = CopiedActivity{FromID: a.ID, Title: a.Title, Refused: e.Key}
		if len(e.Fields) > 0 {
			one.Refused = e.Fields[0].Key
		}
		return one, nil
	}
	return one, err
}

// foresee says what of an activity can be carried over as it was.
func (s *Store) foresee(ctx context.Context, q db.Querier, a Activity, c SeasonCopy, plan booking.Planner) (CopiedActivity, error) {
	one := CopiedActivity{FromID: a.ID, Title: a.Title}
	wishes, err := s.datesOf(ctx, q, a, c, plan, s.Now())
	if err != nil || len(wishes) == 0 {
		return one, err
	}
	open, err := s.inTheWay(ctx, q, plan, wishes)
	one.Open, one.Dates = open, len(wishes)-len(open)
	return one, err
}

// inTheWay are the dates that clash, or fall on a day on which the centre is closed and is not said to be kept.
func (s *Store) inTheWay(ctx context.Context, q db.Querier, plan booking.Planner, wishes []booking.Wish) ([]CopiedDate, error) {
	dates := make([]Date, len(wishes))
	for i, x := range wishes {
		dates[i] = x.Date
	}
	if err := s.Booking.CheckDates(ctx, q, plan.Centre.ID, dates); err != nil {
		return nil, err
	}
	closures, err := s.Network.Closures(ctx, q, plan.Centre.ID, s.Now().In(plan.Centre.Location()).Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	var open []CopiedDate
	for i, d := range dates {
		x := CopiedDate{Key: wishes[i].Key, Start: d.Start, End: d.End, SpaceID: d.SpaceID, Clashes: d.Clashes}
		day := d.Start.Format(time.DateOnly)
		if k := slices.IndexFunc(closures, func(c network.Closure) bool { return c.FromDate <= day && day <= c.ToDate }); k >= 0 {
			x.Closed, x.Reason = true, closures[k].Reason
		}
		if !d.Skip && (x.Closed || len(x.Clashes) > 0) {
			open = append(open, x)
		}
	}
	return open, nil
}

// makeDraft carries one activity over with all dates that can be held as they were solved. The others are left out and
// named; where it was for the room, that is remembered, and the room is kept for the activity when it becomes free.
func (s *Store) makeDraft(ctx context.Context, tx *db.Tx, a Activity, c SeasonCopy, plan booking.Planner, groups []network.Group, leave map[int]bool, copyID, by string) (CopiedActivity, error) {
	one := CopiedActivity{FromID: a.ID, Title: a.Title}
	var made []struct {
		ID    string `db:"id"`
		Dates int    `db:"dates"`
	}
	if err := tx.Select(ctx, &made, `SELECT a.id, (SELECT COUNT(*) FROM sessions s WHERE s.activity_id = a.id) AS dates FROM activities a WHERE a.copy_id = :copy AND a.copied_from = :from`,
		db.Args{"copy": copyID, "from": a.ID}); err != nil {
		return one, err
	}
	if len(made) > 0 { // an earlier run came so far
		one.ID, one.Dates = made[0].ID, made[0].Dates
		return one, nil
	}
	wishes, err := s.datesOf(ctx, tx, a, c, plan, s.Now())
	if err != nil {
		return one, err
	}
	f, keep := &web.Form{Values: c.Solved}, map[string]bool{}
	if f.Values == nil {
		f.Values = url.Values{}
	}
	var faults fault.Form
	for i := range wishes {
		x := &wishes[i]
		keep[x.Key] = f.Get("solve-"+x.Key) == "keep"
		plan.Solve(x, f, &faults)
		x.Date.Skip = x.Date.Skip || leave[i]
		if x.Date.Skip {
			one.Open = append(one.Open, CopiedDate{Key: x.Key, Start: x.Date.Start, End: x.Date.End, SpaceID: x.Date.SpaceID, Skipped: true})
		}
	}
	open, err := s.inTheWay(ctx, tx, plan, wishes)
	if err != nil {
		return one, err
	}
	for _, o := range open {
		if len(o.Clashes) == 0 && keep[o.Key] {
			continue
		}
		k := slices.IndexFunc(wishes, func(x booking.Wish) bool { return x.Key == o.Key })
		d := &wishes[k].Date
		if d.Asked == nil && d.SpaceID != "" {
			d.Asked = &booking.Slot{SpaceID: d.SpaceID, Interval: d.Interval()}
		}
		d.Skip, o.Later = true, true
		one.Open = append(one.Open, o)
	}
	draft := a
	draft.State, draft.SourceUID, draft.CopyID, draft.CopiedFrom = "draft", "", copyID, a.ID
	if draft.ID, err = s.AddActivity(ctx, tx, draft, groups, by); err != nil {
		return one, err
	}
	dates := make([]Date, len(wishes))
	for i, x := range wishes {
		dates[i] = x.Date
	}
	ids, err := s.AddSessions(ctx, tx, draft, dates, by)
	if err != nil {
		return one, err
	}
	one.ID, one.Dates = draft.ID, len(ids)
	return one, nil
}

// Publish puts drafts of the centre on the programme: the one, or all that were carried over by one press. What is not a
// draft stays as it is.
func (s *Store) Publish(ctx context.Context, centreID, id, copyID, by string) (int, error) {
	groups, err := s.Network.Groups(ctx, s.DB)
	if err != nil {
		return 0, err
	}
	var list []Activity
	if err := s.DB.Select(ctx, &list, `SELECT * FROM activities WHERE centre_id = :c AND state = 'draft' AND ((:id <> '' AND id = :id) OR (:copy <> '' AND copy_id = :copy)) ORDER BY created_at, id`,
		db.Args{"c": centreID, "id": id, "copy": copyID}); err != nil {
		return 0, err
	}
	for _, a := range list {
		a.State = "published"
		if err := s.ChangeActivity(ctx, a, groups, by); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}
