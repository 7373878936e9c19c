package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"kvart/internal/platform/db"
)

// handful bounds how many outbox rows one transaction hands over.
const handful = 100

// queue is River on one engine.
type queue struct {
	start   func(context.Context) error
	stop    func(context.Context) error
	stopNow func(context.Context) error
	close   func()
	// handOver gives due outbox rows to River and marks them, both in one transaction.
	handOver func(ctx context.Context, now time.Time) (int, error)
	// running lists the jobs some runner has taken.
	running func(context.Context) ([]*rivertype.JobRow, error)
}

func (r *Runner) open(ctx context.Context) (*queue, error) {
	if r.db.Engine == db.Postgres {
		return r.openPostgres(ctx)
	}
	return r.openSQLite()
}

func (r *Runner) openSQLite() (*queue, error) {
	c, err := river.NewClient(riversqlite.New(r.db.Writer()), r.config())
	if err != nil {
		return nil, err
	}
	q := engine(c)
	q.close = func() {}
	q.handOver = func(ctx context.Context, now time.Time) (int, error) {
		tx, err := r.db.Writer().BeginTx(ctx, nil) // immediate: nobody else writes until it ends
		if err != nil {
			return 0, err
		}
		defer tx.Rollback()
		rows, err := tx.QueryContext(ctx, `SELECT id, kind, payload FROM outbox WHERE handed_at IS NULL AND run_at <= ?
			ORDER BY run_at, id LIMIT ?`, now.Unix(), handful)
		if err != nil {
			return 0, err
		}
		tasks, err := read(rows)
		if err != nil || len(tasks) == 0 {
			return 0, err
		}
		taken, err := insert(ctx, c, tx, tasks)
		if err != nil {
			return 0, err
		}
		for _, id := range taken {
			if _, err := tx.ExecContext(ctx, "UPDATE outbox SET handed_at = ? WHERE id = ?", hour(now), id); err != nil {
				return 0, err
			}
		}
		return len(taken), tx.Commit()
	}
	return q, nil
}

func (r *Runner) openPostgres(ctx context.Context) (*queue, error) {
	conf, err := pgxpool.ParseConfig(r.db.URL)
	if err != nil {
		return nil, err
	}
	conf.MaxConns = 6
	conf.ConnConfig.RuntimeParams["synchronous_commit"] = "on"
	pool, err := pgxpool.NewWithConfig(ctx, conf)
	if err != nil {
		return nil, err
	}
	c, err := river.NewClient(riverpgxv5.New(pool), r.config())
	if err != nil {
		pool.Close()
		return nil, err
	}
	q := engine(c)
	q.close = pool.Close
	q.handOver = func(ctx context.Context, now time.Time) (n int, err error) {
		err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			rows, err := tx.Query(ctx, `SELECT id, kind, payload FROM outbox WHERE handed_at IS NULL AND run_at <= $1
				ORDER BY run_at, id LIMIT $2 FOR UPDATE SKIP LOCKED`, now.Unix(), handful)
			if err != nil {
				return err
			}
			tasks, err := read(pgRows{rows})
			if err != nil || len(tasks) == 0 {
				return err
			}
			taken, err := insert(ctx, c, tx, tasks)
			if err != nil {
				return err
			}
			n = len(taken)
			_, err = tx.Exec(ctx, "UPDATE outbox SET handed_at = $1 WHERE id = ANY($2)", hour(now), taken)
			return err
		})
		return n, err
	}
	return q, nil
}

func engine[T any](c *river.Client[T]) *queue {
	return &queue{start: c.Start, stop: c.Stop, stopNow: c.StopAndCancel,
		running: func(ctx context.Context) ([]*rivertype.JobRow, error) {
			res, err := c.JobList(ctx, river.NewJobListParams().States(rivertype.JobStateRunning).First(1000))
			if err != nil {
				return nil, err
			}
			return res.Jobs, nil
		}}
}

// insert gives tasks to River and returns the outbox ids of those it has now. A repeating task whose last run River
// still counts as running is not among them: it stays due, else its period would pass without a run.
func insert[T any](ctx context.Context, c *river.Client[T], tx T, tasks []task) ([]string, error) {
	params := make([]river.InsertManyParams, len(tasks))
	for i, t := range tasks {
		params[i] = river.InsertManyParams{Args: t, InsertOpts: insertion(t)}
	}
	results, err := c.InsertManyTx(ctx, tx, params)
	if err != nil {
		return nil, err
	}
	var taken []string
	for i, res := range results {
		if res.UniqueSkippedAsDuplicate && isRepeating(tasks[i]) && res.Job.State == rivertype.JobStateRunning {
			continue
		}
		taken = append(taken, tasks[i].OutboxID)
	}
	return taken, nil
}

type scanner interface {
	Next() bool
	Scan(...any) error
	Err() error
	Close() error
}

type pgRows struct{ pgx.Rows }

func (p pgRows) Close() error { p.Rows.Close(); return nil }

var _ scanner = (*sql.Rows)(nil)

func read(rows scanner) (tasks []task, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var t task
		var payload string
		if err := rows.Scan(&t.OutboxID, &t.Handler, &payload); err != nil {
			return nil, fmt.Errorf("reading the outbox: %w", err)
		}
		t.Payload = []byte(payload)
		tasks = append(tasks, t)
	}
	return tasks, rows.Err()
}

// hour is the beginning of t's hour: what is done tells no finer time.
func hour(t time.Time) int64 {
	s := t.Unix()
	return s - s%3600
}
