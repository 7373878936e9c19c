package desk

import (
	"context"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
)

// roster are the centre's lines for weekdays, and for single dates from the local date on.
func (p *Pages) roster(ctx context.Context, centreID, from string) ([]duty, error) {
	var list []duty
	err := p.Network.DB.Select(ctx, &list, `SELECT day, what, account_id, clock FROM duties WHERE centre_id = :c AND (length(day) = 1 OR day >= :from) ORDER BY day, what DESC`,
		db.Args{"c": centreID, "from": from})
	return list, err
}

// leaves are the absences that touch the span of local dates.
func (p *Pages) leaves(ctx context.Context, from, to string) ([]leave, error) {
	var list []leave
	err := p.Network.DB.Select(ctx, &list, `SELECT account_id, substitute_id, from_date, to_date FROM absences WHERE from_date <= :to AND to_date >= :from ORDER BY from_date, id`,
		db.Args{"from": from, "to": to})
	return list, err
}

// setDuties replaces what the roster says of the days: of each day named, only the given lines stay.
func (p *Pages) setDuties(ctx context.Context, centreID string, days []string, list []duty, by string) error {
	return p.Network.DB.Tx(ctx, func(tx *db.Tx) error {
		args := db.Args{"c": centreID}
		if _, err := tx.Exec(ctx, `DELETE FROM duties WHERE centre_id = :c AND day IN (`+db.In("day", days, args)+`)`, args); err != nil {
			return err
		}
		for _, d := range list {
			if _, err := tx.Exec(ctx, `INSERT INTO duties (centre_id, day, what, account_id, clock) VALUES (:c, :day, :what, :a, :clock)
				ON CONFLICT (centre_id, day, what) DO UPDATE SET account_id = :a, clock = :clock`,
				db.Args{"c": centreID, "day": d.Day, "what": d.What, "a": d.AccountID, "clock": d.Clock}); err != nil {
				return err
			}
		}
		return network.Note(ctx, tx, centreID, "duty.set", by, "centre", centreID, p.Network.Now())
	})
}

// forgetDuties deletes who opened on dates two months ago.
func (p *Pages) forgetDuties(ctx context.Context) error {
	_, err := p.Network.DB.Exec(ctx, `DELETE FROM duties WHERE length(day) = 10 AND day < :d`, db.Args{"d": p.Network.Now().AddDate(0, -2, 0).Format(time.DateOnly)})
	return err
}

// daysAhead is how far the list "Čeka vas" looks for days that nobody opens.
const daysAhead = 7

// DutyTasks are the days of the week to come on which something is held and nobody opens. Where nobody has said yet who
// opens at all, that is one task.
func (p *Pages) DutyTasks(ctx context.Context, centreID string, now time.Time) ([]network.Task, error) {
	c, err := p.Network.Centre(ctx, p.Network.DB, centreID)
	if err != nil {
		return nil, err
	}
	local := now.In(c.Location())
	first, last := local.Format(time.DateOnly), local.AddDate(0, 0, daysAhead-1).Format(time.DateOnly)
	list, err := p.Booking.Between(ctx, p.Network.DB, centreID, booking.Interval{Start: now, End: now.AddDate(0, 0, daysAhead)})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	roster, err := p.roster(ctx, centreID, first)
	if err != nil {
		return nil, err
	}
	team, err := p.colleagues(ctx, centreID)
	if err != nil {
		return nil, err
	}
	leaves, err := p.leaves(ctx, first, last)
	if err != nil {
		return nil, err
	}
	closed, err := p.Network.Closures(ctx, p.Network.DB, centreID, first)
	if err != nil {
		return nil, err
	}
	starts := unopened(c, list, local, daysAhead, roster, leaves, team, closed)
	if len(roster) == 0 && len(starts) > 0 {
		return []network.Task{{Key: "desk.roster:" + centreID, Title: "desk.task.roster", Press: "desk.task.roster.press", Address: "/desk/duty", Method: "GET", Urgency: network.Whenever, Permission: SetDuty}}, nil
	}
	var tasks []network.Task
	for _, start := range starts {
		t := network.Task{Key: opensKey(centreID, start), Title: "desk.task.opens", Args: []any{"when", start}, Press: "desk.task.opens.press",
			Address: "/desk/duty?date=" + start.Format(time.DateOnly), Method: "GET", Due: start, Urgency: network.Soon, Permission: SetDuty}
		if start.Sub(now) < 36*time.Hour {
			t.Urgency = network.Today
		}
		tasks = append(tasks, t)
	}
	return tasks, nil
}

// opensKey names the task that somebody opens on the day.
func opensKey(centreID string, day time.Time) string {
	return "desk.opens:" + centreID + ":" + day.Format(time.DateOnly)
}

// FillDuties writes a week's roster for a demo: by weekday, who opens and who closes.
func FillDuties(ctx context.Context, d *db.DB, centreID string, week map[string][2]string, by string, now time.Time) error {
	p := &Pages{Network: &network.Store{DB: d, Now: func() time.Time { return now }}}
	var days []string
	var list []duty
	for day, who := range week {
		days = append(days, day)
		list = append(list, duty{Day: day, What: opens, AccountID: &who[0]}, duty{Day: day, What: closes, AccountID: &who[1]})
	}
	return p.setDuties(ctx, centreID, days, list, by)
}
