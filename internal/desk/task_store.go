package desk

import (
	"context"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/audit"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// tasks are all that waits at the centre, of every feature.
func (p *Pages) tasks(ctx context.Context, centreID string, now time.Time) ([]network.Task, error) {
	var all []network.Task
	for _, source := range p.Sources {
		list, err := source(ctx, centreID, now)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

func (p *Pages) marks(ctx context.Context, tasks []network.Task) ([]mark, error) {
	if len(tasks) == 0 {
		return nil, nil
	}
	keys := make([]string, len(tasks))
	for i, t := range tasks {
		keys[i] = t.Key
	}
	args := db.Args{}
	var list []mark
	err := p.Network.DB.Select(ctx, &list, `SELECT task_key, account_id, later_until, handed_to FROM task_marks WHERE task_key IN (`+db.In("key", keys, args)+`)`, args)
	return list, err
}

// away are those on leave on the local date.
func (p *Pages) away(ctx context.Context, date string) ([]absence, error) {
	var list []absence
	err := p.Network.DB.Select(ctx, &list, `SELECT account_id, substitute_id FROM absences WHERE from_date <= :d AND to_date >= :d ORDER BY from_date, id`, db.Args{"d": date})
	return list, err
}

// seenBy is the list of who looks at the page, with what only their open key can tell: of that nothing is remembered.
func (p *Pages) seenBy(r *web.Request, c network.Centre) (mine, others []line, err error) {
	var own []network.Task
	if p.Open != nil {
		if own, err = p.Open(r); err != nil {
			return nil, nil, err
		}
		for i := range own {
			own[i].Unkept = true
		}
	}
	return p.waitingFor(r.Context(), c, r.Viewer.Account.ID, r.Now, r.Viewer.May, own...)
}

// waitingFor is the list of one person at the centre, with what is their own.
func (p *Pages) waitingFor(ctx context.Context, c network.Centre, account string, now time.Time, may func(auth.Permission) bool, own ...network.Task) (mine, others []line, err error) {
	tasks, err := p.tasks(ctx, c.ID, now)
	if err != nil {
		return nil, nil, err
	}
	tasks = append(tasks, own...)
	marks, err := p.marks(ctx, tasks)
	if err != nil {
		return nil, nil, err
	}
	away, err := p.away(ctx, now.In(c.Location()).Format(time.DateOnly))
	if err != nil {
		return nil, nil, err
	}
	mine, others = waiting(tasks, marks, away, account, now, may)
	return mine, others, nil
}

// colleague is somebody with a role at the centre.
type colleague struct {
	ID   string `db:"id"`
	Name string `db:"name"`
}

// colleagues are those who hold a role at the centre and may sign in, by name.
func (p *Pages) colleagues(ctx context.Context, centreID string) ([]colleague, error) {
	var list []colleague
	err := p.Network.DB.Select(ctx, &list, `SELECT DISTINCT a.id, a.name FROM accounts a JOIN account_roles r ON r.account_id = a.id
		WHERE r.scope_kind = 'centre' AND r.scope_id = :c AND r.role <> 'resident' AND a.state = 'active' ORDER BY a.name, a.id`, db.Args{"c": centreID})
	return list, err
}

// putOff keeps the task off the person's list until the given moment.
func (p *Pages) putOff(ctx context.Context, centreID, key, account string, until time.Time) error {
	return p.marking(ctx, centreID, "task.later", account, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO task_marks (task_key, account_id, later_until) VALUES (:k, :a, :u)
			ON CONFLICT (task_key, account_id) DO UPDATE SET later_until = :u`, db.Args{"k": key, "a": account, "u": until.Unix()})
		return err
	})
}

// handOn gives the task to somebody, in place of whoever had it. Handing it to oneself is taking it over.
func (p *Pages) handOn(ctx context.Context, centreID, key, account, to string, now time.Time) error {
	return p.marking(ctx, centreID, "task.hand", account, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE task_marks SET handed_to = NULL WHERE task_key = :k`, db.Args{"k": key}); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE task_marks SET later_until = 0 WHERE task_key = :k AND account_id = :to`, db.Args{"k": key, "to": to}); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO task_marks (task_key, account_id, later_until, handed_to) VALUES (:k, :a, :now, :to)
			ON CONFLICT (task_key, account_id) DO UPDATE SET handed_to = :to, later_until = :now`, db.Args{"k": key, "a": account, "to": to, "now": now.Unix()})
		return err
	})
}

func (p *Pages) marking(ctx context.Context, centreID, action, by string, do func(*db.Tx) error) error {
	return p.Network.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		c, err := p.Network.Centre(ctx, tx, centreID)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Row{Chain: c.OrganisationID, Action: action, Actor: by, SubjectKind: "centre", SubjectID: centreID, At: p.Network.Now()})
	})
}

// forgetMarks deletes what was said about tasks two months ago: they are done, or they are back on the list.
func (p *Pages) forgetMarks(ctx context.Context) error {
	_, err := p.Network.DB.Exec(ctx, `DELETE FROM task_marks WHERE later_until < :t`, db.Args{"t": p.Network.Now().AddDate(0, -2, 0).Unix()})
	return err
}

// found is the task with the key among the lines, or NotFound: what is done meanwhile, or was never this person's.
func found(key string, lists ...[]line) (line, error) {
	for _, list := range lists {
		for _, l := range list {
			if l.Key == key {
				return l, nil
			}
		}
	}
	return line{}, fault.NotFound("fault.not_found")
}
