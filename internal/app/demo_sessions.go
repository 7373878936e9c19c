package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/audit"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/programme"
)

// demoDone is an activity as it was stored, with its sessions.
type demoDone struct {
	programme.Activity
	plan     demoActivity
	sessions []programme.Session
}

// addPeople makes the records a centre keeps. Nobody has an identity: a neighbour is a number.
func (d *demo) addPeople(ctx context.Context, tx *db.Tx, centre network.Centre) error {
	words := []string{"Susjeda", "Susjed", "Osoba"}
	for i := range 42 {
		p := network.Person{CentreID: centre.ID, Name: fmt.Sprintf("%s %d", words[i%3], i+1), Lang: i18n.HR, Purpose: "registration",
			DeleteOn: d.now.AddDate(0, centre.KeepMonths, 0).Format(time.DateOnly)}
		switch {
		case i%5 < 2: // by telephone
			p.Phone = fmt.Sprintf("01 000 %02d %02d", centre.Number, i+1)
		case i%5 < 4: // by mail
			p.Email = fmt.Sprintf("osoba%d.%s@kvart.example", i+1, centre.Slug)
		} // the others left neither
		if i%14 == 9 {
			p.Lang = i18n.NB
		}
		id, err := d.Network.AddPerson(ctx, tx, p)
		if err != nil {
			return err
		}
		d.people[centre.ID] = append(d.people[centre.ID], id)
	}
	return nil
}

// regulars are those who come to an activity most weeks, with a few who come now and then.
func (d *demo) regulars(centreID string, n int) []string {
	if n == 0 {
		return nil
	}
	people := slices.Clone(d.people[centreID])
	d.rand.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	return people[:min(len(people), n+4)]
}

func (d *demo) addActivity(ctx context.Context, tx *db.Tx, centre network.Centre, plan demoActivity) (demoDone, error) {
	a := programme.Activity{CentreID: centre.ID, OrganisationID: &centre.OrganisationID, Title: plan.Title, About: plan.About, Bring: plan.Bring,
		ForGroups: programme.CodesOf(plan.Groups), Kind: plan.Kind, RegisterFor: "session", PlaceKind: plan.Place, Place: plan.At, OnlineURL: plan.URL,
		Discreet: db.Bool(plan.Discreet), OpensDays: 28, OpensClock: "09:00", DeskShare: plan.DeskShare, DeskShareDays: 2, State: "published"}
	if plan.Capacity > 0 {
		a.Capacity = &plan.Capacity
	}
	if plan.Series {
		a.RegisterFor, a.OpensDays = "series", 60
	}
	if _, ok := d.spaces[centre.Slug+"/"+plan.Space]; !ok && plan.Place == programme.InSpace {
		return demoDone{}, fmt.Errorf("there is no space %q", plan.Space)
	}
	by := d.by[centre.ID]
	id, err := d.Programme.AddActivity(ctx, tx, a, d.groups, by)
	if err != nil {
		return demoDone{}, err
	}
	a.ID = id
	if _, err := d.Programme.AddSessions(ctx, tx, a, d.dates(centre, plan), by); err != nil {
		return demoDone{}, err
	}
	done := demoDone{Activity: a, plan: plan}
	err = tx.Select(ctx, &done.sessions, `SELECT * FROM sessions WHERE activity_id = :id ORDER BY starts_at`, db.Args{"id": id})
	return done, err
}

// dates are the plan's weekly times from twelve weeks ago to six weeks ahead, in wall time where the centre is.
func (d *demo) dates(centre network.Centre, plan demoActivity) []programme.Date {
	loc := centre.Location()
	today := d.now.In(loc)
	space := ""
	if plan.Place == programme.InSpace {
		space = d.spaces[centre.Slug+"/"+plan.Space].ID
	}
	var list []programme.Date
	for _, t := range plan.Times {
		first, clock := today, t.Start
		if t.Today { // ended half an hour ago, so that its attendance is owed now
			first = d.now.Add(-time.Duration(t.Minutes+30) * time.Minute).Truncate(15 * time.Minute).In(loc)
			clock = first.Format("15:04")
		} else {
			for first.Weekday() != t.Day {
				first = first.AddDate(0, 0, 1)
			}
		}
		at, err := time.Parse("15:04", clock)
		if err != nil {
			continue
		}
		for week := -demoPast; week < demoComing; week++ {
			start := time.Date(first.Year(), first.Month(), first.Day()+7*week, at.Hour(), at.Minute(), 0, 0, loc)
			list = append(list, programme.Date{Start: start, End: start.Add(time.Duration(t.Minutes) * time.Minute), SpaceID: space})
		}
	}
	return list
}

// vary is about n: between four fifths and six fifths of it.
func (d *demo) vary(n int) int {
	if n == 0 {
		return 0
	}
	return max(0, n*4/5+d.rand.IntN(n*2/5+2))
}

// fillSession registers people and, where the session is over, records who came. Registrations are written at once
// here, because their moment is in the past; their rules hold by the schema.
func (d *demo) fillSession(ctx context.Context, tx *db.Tx, a demoDone, s programme.Session, regulars []string) error {
	over := s.EndsAt <= d.now.Unix()
	var came []string
	if a.plan.Discreet {
		if err := d.requestDiscreetly(ctx, tx, a, s); err != nil {
			return err
		}
	} else {
		there := slices.Clone(regulars)
		d.rand.Shuffle(len(there), func(i, j int) { there[i], there[j] = there[j], there[i] })
		n := min(len(there), d.vary(a.plan.Regulars))
		if s.Capacity != nil {
			n = min(n, *s.Capacity)
		}
		if !over { // the further away, the fewer have registered
			weeks := int((s.StartsAt - d.now.Unix()) / (7 * 24 * 3600))
			n = n * max(1, 5-weeks) / 5
		}
		came = there[:n]
		if a.Takes() && s.OpensAt <= d.now.Unix() {
			for i, id := range came {
				if err := d.register(ctx, tx, s, id, i+1, programme.Confirmed); err != nil {
					return err
				}
			}
		}
	}
	if !over || (a.plan.Key == "coffee" && s.EndsAt > d.now.Add(-24*time.Hour).Unix()) || (a.plan.Key == "repair" && s.EndsAt > d.now.Add(-8*24*time.Hour).Unix()) {
		return nil
	}
	if a.Takes() && len(came) > 3 { // somebody is always held up
		came = came[:len(came)-d.rand.IntN(3)]
	}
	for _, id := range came {
		if _, err := tx.Exec(ctx, `INSERT INTO attendances (session_id, centre_id, person_id) VALUES (:s, :c, :p)`,
			db.Args{"s": s.ID, "c": s.CentreID, "p": id}); err != nil {
			return err
		}
	}
	if err := audit.Append(ctx, tx, audit.Row{Chain: d.chain[s.CentreID], Action: "attendance.record", Actor: d.by[s.CentreID], SubjectKind: "session", SubjectID: s.ID,
		At: time.Unix(s.EndsAt+600, 0)}); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE sessions SET counted = :counted, named = :named, recorded_at = :at, recorded_by = :by, reminded = 1 WHERE id = :id`,
		db.Args{"counted": d.vary(a.plan.Others), "named": len(came), "at": s.EndsAt + 600, "by": d.by[s.CentreID], "id": s.ID})
	return err
}

var demoChannels = []programme.Channel{programme.Web, programme.Phone, programme.Web, programme.Desk, programme.Web, programme.Paper}

// register writes one registration of a person, the way it would have come, with a link that works.
func (d *demo) register(ctx context.Context, tx *db.Tx, s programme.Session, personID string, position int, state string) error {
	r := programme.Registration{SessionID: s.ID, CentreID: s.CentreID, PersonID: &personID, Party: 1, Channel: demoChannels[position%len(demoChannels)], State: state,
		Position: int64(position), CreatedAt: min(s.OpensAt+int64(position)*5400, d.now.Unix()-60)}
	if state == programme.Offered {
		t := d.now.Add(-time.Hour).Unix()
		r.OfferedAt, r.LastOffer, r.Channel = &t, t, programme.Phone
	}
	by := d.by[s.CentreID]
	if r.Channel == programme.Web {
		by = "public"
	}
	_, err := d.Programme.Enter(ctx, tx, r, by)
	return err
}

// requestDiscreetly asks for two places of the next discreet session: a number, no name, no contact.
func (d *demo) requestDiscreetly(ctx context.Context, tx *db.Tx, a demoDone, s programme.Session) error {
	ahead := s.StartsAt - d.now.Unix()
	if ahead <= 0 || ahead > 7*24*3600 {
		return nil
	}
	for position := range 2 {
		if _, err := d.Programme.Enter(ctx, tx, programme.Registration{SessionID: s.ID, CentreID: s.CentreID, Party: 1, Channel: programme.Desk, State: programme.Requested,
			Position: int64(position + 1), CreatedAt: d.now.Truncate(time.Hour).Unix(), Discreet: true}, d.by[s.CentreID]); err != nil {
			return err
		}
	}
	return nil
}

// coming are the sessions that begin later than so long after now.
func (a demoDone) coming(now time.Time, ahead time.Duration) []programme.Session {
	var list []programme.Session
	for _, s := range a.sessions {
		if s.Start().After(now.Add(ahead)) {
			list = append(list, s)
		}
	}
	return list
}

// crowd fills the activity's next session to its last place, which has the given state and belongs to somebody who left
// a telephone, and puts so many on the waiting list.
func (d *demo) crowd(ctx context.Context, tx *db.Tx, a demoDone, last string, waiting int) error {
	coming := a.coming(d.now, 20*time.Hour)
	if len(coming) == 0 || coming[0].Capacity == nil {
		return nil
	}
	s := coming[0]
	var there []string
	if err := tx.Select(ctx, &there, `SELECT person_id FROM registrations WHERE session_id = :s ORDER BY position`, db.Args{"s": s.ID}); err != nil {
		return err
	}
	var byPhone []string
	if err := tx.Select(ctx, &byPhone, `SELECT id FROM people WHERE centre_id = :c AND phone <> '' ORDER BY created_at, name`, db.Args{"c": s.CentreID}); err != nil {
		return err
	}
	free := func(list []string) (string, bool) {
		i := slices.IndexFunc(list, func(id string) bool { return !slices.Contains(there, id) })
		if i < 0 {
			return "", false
		}
		return list[i], true
	}
	position, capacity := len(there), *s.Capacity
	for position < capacity+waiting {
		position++
		list, state := d.people[s.CentreID], programme.Confirmed
		switch {
		case position == capacity:
			list, state = byPhone, last
		case position == capacity+1: // the first in line left a telephone only
			list, state = byPhone, programme.Waiting
		case position > capacity:
			state = programme.Waiting
		}
		id, ok := free(list)
		if !ok {
			return fmt.Errorf("not enough people for %s", a.plan.Key)
		}
		there = append(there, id)
		if err := d.register(ctx, tx, s, id, position, state); err != nil {
			return err
		}
	}
	return nil
}
