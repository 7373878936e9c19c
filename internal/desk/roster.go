package desk

import (
	"context"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/fault"
)

// checkClock notes what is no wall time; empty is none.
func checkClock(faults *fault.Form, field, clock string) {
	if clock != "" {
		if t, err := time.Parse("15:04", clock); err != nil || t.Format("15:04") != clock {
			faults.Add(field, "fault.not_a_time")
		}
	}
}

// checkDate notes a date of the roster that is over, or so far ahead that it is a slip.
func checkDate(faults *fault.Form, field string, date, today time.Time) {
	switch {
	case date.Before(today):
		faults.Add(field, "desk.fault.past")
	case date.After(today.AddDate(2, 0, 0)):
		faults.Add(field, "desk.fault.too_far")
	}
}

// Keeper is who opens or closes a centre on a day, for those who are not looking at the page.
type Keeper struct {
	Account string // empty: nobody
	For     string // whom they stand in for, or who is away and has nobody to stand in
	Clock   string // wall time; empty: with the centre's hours
}

// Duty is who opens and closes a centre on one local date.
type Duty struct {
	Date          string
	Opens, Closes Keeper
}

// Colleague is somebody to whom a day can be given.
type Colleague struct{ ID, Name string }

// Team are those who hold a role at the centre and may sign in, by name.
func (p *Pages) Team(ctx context.Context, centreID string) ([]Colleague, error) {
	list, err := p.colleagues(ctx, centreID)
	var out []Colleague
	for _, c := range list {
		out = append(out, Colleague(c))
	}
	return out, err
}

// Duties are who opens and closes the centre on each of the days from the local date of from on.
func (p *Pages) Duties(ctx context.Context, c network.Centre, from time.Time, days int) ([]Duty, error) {
	from = from.In(c.Location())
	day := func(n int) time.Time {
		return time.Date(from.Year(), from.Month(), from.Day()+n, 0, 0, 0, 0, c.Location())
	}
	roster, err := p.roster(ctx, c.ID, day(0).Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	team, err := p.colleagues(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	leaves, err := p.leaves(ctx, day(0).Format(time.DateOnly), day(days-1).Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	var list []Duty
	for n := range days {
		date := day(n).Format(time.DateOnly)
		away := awayOn(date, leaves)
		list = append(list, Duty{Date: date, Opens: Keeper(onDuty(opens, day(n), roster, away, team)), Closes: Keeper(onDuty(closes, day(n), roster, away, team))})
	}
	return list, nil
}

// SetDuty stores who opens and closes on one local date to come, in place of what holds for its weekday: nil is as usual, and
// a keeper without an account is nobody. Of a weekday, "1" to "7", both are nobody. It returns Invalid for a date that is
// over, and for whoever is not of the team.
func (p *Pages) SetDuty(ctx context.Context, c network.Centre, day string, opening, closing *Keeper, by string) error {
	var faults fault.Form
	now := p.Network.Now().In(c.Location())
	weekly := len(day) == 1 && day >= "1" && day <= "7"
	if date, err := time.ParseInLocation(time.DateOnly, day, c.Location()); weekly {
	} else if err != nil {
		faults.Add("date", "fault.not_a_date")
	} else {
		checkDate(&faults, "date", date, time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, c.Location()))
	}
	team, err := p.colleagues(ctx, c.ID)
	if err != nil {
		return err
	}
	var list []duty
	for i, k := range []*Keeper{opening, closing} {
		what := []string{opens, closes}[i]
		if k == nil || weekly && k.Account == "" {
			continue
		}
		one := duty{Day: day, What: what}
		if k.Account != "" {
			checkClock(&faults, what+"-at", k.Clock)
			if one.AccountID, one.Clock = &k.Account, k.Clock; !isOf(team, k.Account) {
				faults.Add(what, "desk.fault.not_of_team")
			}
		}
		list = append(list, one)
	}
	if err := faults.Err(); err != nil {
		return err
	}
	return p.setDuties(ctx, c.ID, []string{day}, list, by)
}
