package support

import (
	"context"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
)

// Tasks are what waits at the centre's team, in numbers only: new messages for those who read them, then those that wait too
// long, and at last for coordination too. A request's centre is sealed: it is told by who has been given its key.
func (p *Pages) Tasks(ctx context.Context, centreID string, now time.Time) ([]network.Task, error) {
	waiting, err := p.Store.waitingAt(ctx, centreID)
	if err != nil || len(waiting) == 0 {
		return nil, err
	}
	v, err := p.Store.Settings(ctx, p.Store.DB)
	if err != nil {
		return nil, err
	}
	fresh, late, veryLate := overdue{}, overdue{}, overdue{}
	limit := time.Duration(v.Hours) * time.Hour
	for _, hour := range waiting {
		since := time.Unix(hour, 0)
		if now.Sub(since) > limit {
			late.add(since)
		} else {
			fresh.add(since)
		}
		if now.Sub(since) > 2*limit {
			veryLate.add(since)
		}
	}
	var list []network.Task
	add := func(key string, o overdue, after time.Duration, t network.Task) {
		if o.n > 0 {
			t.Key, t.Title, t.Args = "support."+key+":"+centreID, "support.task."+key, []any{"n", o.n, "hours", v.Hours}
			t.Method, t.Due = "GET", o.first.Add(after)
			list = append(list, t)
		}
	}
	add("fresh", fresh, limit, network.Task{Press: "support.task.open", Address: "/desk/messages", Urgency: network.Today, Permission: Read})
	add("late", late, limit, network.Task{Press: "support.task.open", Address: "/desk/messages", Urgency: network.Safety, Permission: Read})
	add("very_late", veryLate, 2*limit, network.Task{Press: "support.task.team", Address: "/desk/messages/team", Urgency: network.Safety, Permission: Arrange})
	return list, nil
}

// overdue are messages that wait alike, and since when the first of them does.
type overdue struct {
	n     int
	first time.Time
}

func (o *overdue) add(since time.Time) {
	if o.n++; o.n == 1 || since.Before(o.first) {
		o.first = since
	}
}

// waitingAt says since when the open requests wait whose readers are the centre's team: most of them work there. Where two
// teams share all of a request's readers it counts at both, so that none is missed.
func (s *Store) waitingAt(ctx context.Context, centreID string) ([]int64, error) {
	var rows []struct {
		Request string `db:"id"`
		Since   int64  `db:"waiting_hour"`
		Centre  string `db:"scope_id"`
		Readers int    `db:"readers"`
	}
	if err := s.DB.Select(ctx, &rows, `SELECT r.id, r.waiting_hour, h.scope_id, COUNT(*) AS readers FROM support_requests r
		JOIN support_grants g ON g.request_id = r.id AND g.epoch = r.epoch JOIN vault_keys k ON k.id = g.reader_id
		JOIN account_roles h ON h.account_id = k.account_id AND h.scope_kind = 'centre' AND h.role = :role
		WHERE r.state = 'open' AND r.waiting_hour IS NOT NULL AND r.kind <> 'registration' GROUP BY r.id, r.waiting_hour, h.scope_id ORDER BY r.waiting_hour, r.id`,
		db.Args{"role": string(network.SupportWorker)}); err != nil {
		return nil, err
	}
	most := map[string]int{}
	for _, r := range rows {
		most[r.Request] = max(most[r.Request], r.Readers)
	}
	var list []int64
	for _, r := range rows {
		if r.Centre == centreID && r.Readers == most[r.Request] {
			list = append(list, r.Since)
		}
	}
	return list, nil
}
