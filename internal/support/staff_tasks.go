package support

import (
	"context"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
)

// Tasks are what waits at the centre's team, in numbers only: what was passed on to it, new messages for those who read
// them, then those that wait too long, and at last for coordination too. A request's centre is sealed: it is told by who
// has been given its key. Who reads there counts what they can open and nothing else, or a number would tell them of what
// somebody keeps from them.
func (p *Pages) Tasks(ctx context.Context, centreID string, now time.Time) ([]network.Task, error) {
	list, err := p.Store.passedOnTasks(ctx, auth.Scope{Kind: network.ScopeCentre, ID: centreID}, network.SupportWorker, now)
	if err != nil {
		return nil, err
	}
	v, err := p.Store.Settings(ctx, p.Store.DB)
	if err != nil {
		return nil, err
	}
	numbers, err := p.Store.numbersTask(ctx, v, now)
	if err != nil {
		return nil, err
	}
	list = append(list, numbers...)
	waiting, err := p.Store.waitingAt(ctx, centreID)
	if err != nil || len(waiting) == 0 {
		return list, err
	}
	readers, err := p.Store.holders(ctx, centreID)
	if err != nil {
		return nil, err
	}
	limit := time.Duration(v.Hours) * time.Hour
	add := func(key string, o overdue, after time.Duration, t network.Task) {
		if o.n > 0 {
			t.Key, t.Title, t.Args = "support."+key+":"+centreID, "support.task."+key, []any{"n", o.n, "hours", v.Hours}
			t.Method, t.Due = "GET", o.first.Add(after)
			list = append(list, t)
		}
	}
	very := func(o overdue, who func(string) bool) {
		add("very_late", o, 2*limit, network.Task{Press: "support.task.team", Address: "/desk/messages/team", Urgency: network.Safety, Permission: Arrange, For: who})
	}
	for _, reader := range readers {
		fresh, late, veryLate := overdue{}, overdue{}, overdue{}
		for _, x := range waiting {
			if !x.packet && slices.Contains(x.readers, reader) { // a packet is a task of its own
				x.count(now, limit, &fresh, &late, &veryLate)
			}
		}
		me := func(account string) bool { return account == reader }
		add("fresh", fresh, limit, network.Task{Press: "support.task.open", Address: "/desk/messages", Urgency: network.Today, Permission: Read, For: me})
		add("late", late, limit, network.Task{Press: "support.task.open", Address: "/desk/messages", Urgency: network.Safety, Permission: Read, For: me})
		very(veryLate, me)
	}
	var fresh, late, veryLate overdue
	for _, x := range waiting {
		x.count(now, limit, &fresh, &late, &veryLate)
	}
	very(veryLate, func(account string) bool { return !slices.Contains(readers, account) })
	return list, nil
}

// holders are the accounts that have a key and read for the centre.
func (s *Store) holders(ctx context.Context, centreID string) (list []string, err error) {
	err = s.DB.Select(ctx, &list, `SELECT DISTINCT k.account_id FROM vault_keys k JOIN account_roles h ON h.account_id = k.account_id AND h.scope_kind = 'centre' AND h.scope_id = :c AND h.role = :role
		WHERE k.ended_hour IS NULL ORDER BY k.account_id`, db.Args{"c": centreID, "role": string(network.SupportWorker)})
	return list, err
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

// waitingRequest is a request somebody waits in.
type waitingRequest struct {
	since   int64
	packet  bool     // passed on by another team
	readers []string // accounts that can open it
}

func (x waitingRequest) count(now time.Time, limit time.Duration, fresh, late, veryLate *overdue) {
	since := time.Unix(x.since, 0)
	waited := now.Sub(since)
	if waited > limit {
		late.add(since)
	} else {
		fresh.add(since)
	}
	if waited > 2*limit {
		veryLate.add(since)
	}
}

// waitingAt says since when the open requests wait whose readers are the centre's team: most of them work there. Where two
// teams share all of a request's readers it counts at both, so that none is missed.
func (s *Store) waitingAt(ctx context.Context, centreID string) ([]waitingRequest, error) {
	var rows []struct {
		Request string `db:"id"`
		Kind    string `db:"kind"`
		Since   int64  `db:"waiting_hour"`
		Centre  string `db:"scope_id"`
		Account string `db:"account_id"`
	}
	if err := s.DB.Select(ctx, &rows, `SELECT r.id, r.kind, r.waiting_hour, h.scope_id, k.account_id FROM support_requests r
		JOIN support_grants g ON g.request_id = r.id AND g.epoch = r.epoch JOIN vault_keys k ON k.id = g.reader_id
		JOIN account_roles h ON h.account_id = k.account_id AND h.scope_kind = 'centre' AND h.role = :role
		WHERE r.state = 'open' AND r.waiting_hour IS NOT NULL AND r.kind <> 'registration' ORDER BY r.waiting_hour, r.id, h.scope_id, k.account_id`,
		db.Args{"role": string(network.SupportWorker)}); err != nil {
		return nil, err
	}
	type at struct{ request, centre string }
	readers, most := map[at][]string{}, map[string]int{}
	for _, r := range rows {
		key := at{r.Request, r.Centre}
		readers[key] = append(readers[key], r.Account)
		most[r.Request] = max(most[r.Request], len(readers[key]))
	}
	var list []waitingRequest
	for i, r := range rows {
		if i > 0 && rows[i-1].Request == r.Request && rows[i-1].Centre == r.Centre {
			continue
		}
		if here := readers[at{r.Request, r.Centre}]; r.Centre == centreID && len(here) == most[r.Request] {
			list = append(list, waitingRequest{r.Since, r.Kind == "referral", here})
		}
	}
	return list, nil
}
