package desk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
)

// day is the page of one day at a centre.
type day struct {
	Centre     network.Centre
	Date       time.Time // midnight, in the centre's zone
	Today      bool
	Open       network.Openness
	Over       []entry
	Running    []entry
	Next       []entry // what begins next
	Later      []entry
	Hidden     bool // discreet ones are in the lists: their team pressed for them
	Opens      doorkeeper
	Closes     doorkeeper
	Missing    []gap // of the day; what is missing of a session stands beside it
	Closed     *network.Closure
	Mine       []line
	Others     []line
	Colleagues []colleague
	Away       []absence
	Grid       booking.Day
	Mails      int // that wait because there is no mail server, or it does not answer
	SMS        int // that should have gone and have not
}

// entry is a session, or a booking that belongs to none, in the day's list.
type entry struct {
	Start, End time.Time
	Session    *programme.Listed
	Booking    *booking.Booking
	Title      string // of the booking, as far as the reader may see it
	Holder     string // the organisation's name
	Space      booking.Space
	Gaps       []gap
}

func (v day) name(account string) string {
	for _, c := range v.Colleagues {
		if c.ID == account {
			return c.Name
		}
	}
	return ""
}

// entries puts the day's sessions and the bookings of no session into one list by time. A booking that may only be shown
// as taken is in the grid, not here.
func entries(sessions []programme.Listed, bookings []booking.Booking, spaces []booking.Space, date time.Time, who booking.Reader) []entry {
	loc, next := date.Location(), date.AddDate(0, 0, 1).Unix()
	of := map[string]bool{}
	var list []entry
	for i := range sessions {
		s := &sessions[i]
		if s.BookingID != nil {
			of[*s.BookingID] = true
		}
		list = append(list, entry{Start: s.Start().In(loc), End: s.End().In(loc), Session: s})
	}
	for i := range bookings {
		b := &bookings[i]
		if of[b.ID] || bool(b.Confidential) || b.StartsAt >= next {
			continue
		}
		e := entry{Start: time.Unix(b.StartsAt, 0).In(loc), End: time.Unix(b.EndsAt, 0).In(loc), Booking: b}
		if e.Title, _ = b.Shown(who); e.Title == "" {
			continue
		}
		if at := slices.IndexFunc(spaces, func(s booking.Space) bool { return s.ID == b.SpaceID }); at >= 0 {
			e.Space = spaces[at]
		}
		list = append(list, e)
	}
	slices.SortStableFunc(list, func(a, b entry) int { return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End)) })
	return list
}

// parts divides a list by time into what is over, what goes on, what begins next, all of it that begins at that same
// moment, and what comes later. What is called off goes on never and is next for nobody: it stands with what is to come,
// so that who asks at the door is told.
func parts(list []entry, now time.Time) (over, running, next, later []entry) {
	var first time.Time
	for _, e := range list {
		switch off := e.Session != nil && e.Session.Cancelled(); {
		case !e.End.After(now):
			over = append(over, e)
		case off && !e.Start.After(now):
			over = append(over, e)
		case !e.Start.After(now):
			running = append(running, e)
		case off && !e.Start.Equal(first):
			later = append(later, e)
		case first.IsZero() || e.Start.Equal(first):
			first = e.Start
			next = append(next, e)
		default:
			later = append(later, e)
		}
	}
	return over, running, next, later
}

// look reads all that the page of the day shows, in the same number of queries however much there is.
func (p *Pages) look(r *web.Request, v *day) error {
	ctx, q := r.Context(), p.Network.DB
	date, next := v.Date.Format(time.DateOnly), v.Date.AddDate(0, 0, 1)
	at := looked{CentreID: v.Centre.ID, Date: v.Date, Now: r.Now}
	both, err := p.Programme.AtCentre(ctx, v.Centre.ID, v.Date.AddDate(0, 0, -1), next, v.Hidden)
	if err != nil {
		return err
	}
	for _, s := range both {
		if s.StartsAt < v.Date.Unix() {
			at.Before = append(at.Before, s)
		} else {
			at.Sessions = append(at.Sessions, s)
		}
	}
	if r.Viewer.May(booking.See) {
		if at.Spaces, err = p.Booking.Spaces(ctx, q, v.Centre.ID); err != nil {
			return err
		}
		if at.Bookings, err = p.Booking.Between(ctx, q, v.Centre.ID, booking.Interval{Start: v.Date, End: next}); err != nil {
			return err
		}
		v.Grid = booking.DayOf(v.Date, at.Spaces, at.Bookings, booking.ReaderOf(r), r.Now)
		name(r, &v.Grid, at.Sessions)
	}
	if v.Colleagues, err = p.colleagues(ctx, v.Centre.ID); err != nil {
		return err
	}
	names := r.Names()
	slices.SortStableFunc(v.Colleagues, func(a, b colleague) int { return names(a.Name, b.Name) })
	leaves, err := p.leaves(ctx, date, date)
	if err != nil {
		return err
	}
	v.Away = awayOn(date, leaves)
	roster, err := p.roster(ctx, v.Centre.ID, date)
	if err != nil {
		return err
	}
	v.Opens, v.Closes = onDuty(opens, v.Date, roster, v.Away, v.Colleagues), onDuty(closes, v.Date, roster, v.Away, v.Colleagues)
	v.withHours(at.Bookings)
	if at.Calls, err = p.stillToCall(ctx, v.Centre.ID, v.Date, next); err != nil {
		return err
	}
	at.Away, at.Team, at.Opens, at.Closed = v.Away, v.Colleagues, v.Opens, v.Closed

	list := entries(at.Sessions, at.Bookings, at.Spaces, v.Date, booking.ReaderOf(r))
	if err := p.holders(ctx, list); err != nil {
		return err
	}
	for _, g := range missing(at) {
		if g.Session == "" {
			v.Missing = append(v.Missing, g)
			continue
		}
		for i := range list {
			if list[i].Session != nil && list[i].Session.ID == g.Session && r.Viewer.May(g.Permission) {
				list[i].Gaps = append(list[i].Gaps, g)
			}
		}
	}
	if v.Today { // beside the list of tasks
		v.Missing = told(v.Missing, r.Viewer.May, v.Mine, v.Others)
	} else {
		v.Missing = told(v.Missing, r.Viewer.May)
	}
	v.Over, v.Running, v.Next, v.Later = parts(list, r.Now)
	return nil
}

// withHours gives those on duty the clock of the centre's hours where the roster names none, and where the centre keeps
// no hours on that day, of the first and the last that is held.
func (v *day) withHours(list []booking.Booking) {
	from, to := hoursOn(v.Centre, v.Date)
	loc, end := v.Date.Location(), v.Date.AddDate(0, 0, 1)
	if from == "" && len(list) > 0 {
		last := v.Date
		for _, b := range list {
			if e := time.Unix(b.EndsAt, 0); e.After(last) {
				last = e
			}
		}
		if start := time.Unix(list[0].StartsAt, 0); !start.Before(v.Date) {
			from = start.In(loc).Format("15:04")
		}
		if !last.After(end) {
			to = last.In(loc).Format("15:04")
		}
	}
	if v.Opens.Clock == "" {
		v.Opens.Clock = from
	}
	if v.Closes.Clock == "" {
		v.Closes.Clock = to
	}
}

// holders names the organisations that the bookings of the list are for.
func (p *Pages) holders(ctx context.Context, list []entry) error {
	if !slices.ContainsFunc(list, func(e entry) bool { return e.Booking != nil && e.Booking.OrganisationID != nil }) {
		return nil
	}
	all, err := p.Network.Organisations(ctx, p.Network.DB)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, o := range all {
		names[o.ID] = o.Name
	}
	for i, e := range list {
		if e.Booking != nil && e.Booking.OrganisationID != nil {
			list[i].Holder = names[*e.Booking.OrganisationID]
		}
	}
	return nil
}

// stillToCall counts, by session of the span, whom a place offered or a change must still be told by telephone.
func (p *Pages) stillToCall(ctx context.Context, centreID string, from, to time.Time) (map[string]int, error) {
	var rows []struct {
		SessionID string `db:"session_id"`
		N         int    `db:"n"`
	}
	err := p.Network.DB.Select(ctx, &rows, `SELECT r.session_id, COUNT(*) AS n FROM registrations r JOIN sessions s ON s.id = r.session_id LEFT JOIN people p ON p.id = r.person_id
		WHERE s.centre_id = :c AND s.starts_at >= :from AND s.starts_at < :to AND s.starts_at > :now AND r.discreet = 0
		AND (r.state = 'offered' AND COALESCE(p.email, '') = ''
			OR r.state <> 'cancelled' AND EXISTS (SELECT 1 FROM notices n WHERE n.registration_id = r.id AND n.told_at IS NULL))
		GROUP BY r.session_id`, db.Args{"c": centreID, "from": from.Unix(), "to": to.Unix(), "now": p.Network.Now().Unix()})
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, row := range rows {
		counts[row.SessionID] = row.N
	}
	return counts, nil
}
