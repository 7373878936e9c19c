package jobs

import (
	"context"
	"time"

	"kvart/internal/platform/db"
)

// look hands over what is due, begins the periods of repeating jobs, shows that this runner lives and takes over the
// jobs of runners that do not, until ctx ends.
func (r *Runner) look(ctx context.Context) {
	tick := time.NewTicker(r.pace.poll)
	defer tick.Stop()
	beat := time.NewTicker(r.pace.beat)
	defer beat.Stop()
	tidy := time.NewTicker(time.Hour)
	defer tidy.Stop()
	try := func(what string, err error) {
		if err != nil && ctx.Err() == nil && r.said.anew(what) {
			r.log.Warn(waits, "doing", what, "cause", err)
		}
	}
	try("removing old rows", r.tidy(ctx))
	for {
		try("beginning repeating jobs", r.begin(ctx))
		try("handing over jobs", r.pump(ctx))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-beat.C:
			try("signing on", r.beat(ctx))
			try("taking over", r.takeOver(ctx))
		case <-tidy.C:
			try("removing old rows", r.tidy(ctx))
		}
	}
}

// pump hands over every due outbox row. It looks with a reader first, so that an idle runner takes no write lock.
func (r *Runner) pump(ctx context.Context) error {
	for {
		now := r.Now()
		var due int
		err := r.db.Get(ctx, &due, `SELECT CASE WHEN EXISTS (SELECT 1 FROM outbox WHERE handed_at IS NULL AND run_at <= :now)
			THEN 1 ELSE 0 END`, db.Args{"now": now.Unix()})
		if err != nil || due == 0 {
			return err
		}
		if n, err := r.queue.handOver(ctx, now); err != nil || n < handful {
			return err
		}
	}
}

// begin sets the outbox row of each repeating job whose period has begun. All runners share the row, so that one of
// them sets it.
func (r *Runner) begin(ctx context.Context) error {
	now := r.Now().Unix()
	for i := range r.every {
		e := &r.every[i]
		slot := now - now%e.period
		if slot <= e.slot {
			continue
		}
		if _, err := r.db.Exec(ctx, `INSERT INTO outbox (id, kind, payload, run_at) VALUES (:id, :id, '{}', :slot)
			ON CONFLICT (id) DO UPDATE SET run_at = excluded.run_at, handed_at = NULL WHERE outbox.run_at < excluded.run_at`,
			db.Args{"id": reserved + e.name, "slot": slot}); err != nil {
			return err
		}
		e.slot = slot
	}
	return nil
}

// sign is the kind of the rows that show which runners live.
const sign = reserved

// beat shows that this runner lives: a row that is handed over already, and whose run_at is now.
func (r *Runner) beat(ctx context.Context) error {
	_, err := r.db.Exec(ctx, `INSERT INTO outbox (id, kind, payload, run_at, handed_at) VALUES (:id, :sign, '{}', :now, :now)
		ON CONFLICT (id) DO UPDATE SET run_at = excluded.run_at`, db.Args{"id": reserved + r.id, "sign": sign, "now": time.Now().Unix()})
	return err
}

// takeOver gives back the jobs of runners that have shown no sign for long: their process was killed or its machine
// is gone. A job on its last attempt is left to River, which gives it up.
func (r *Runner) takeOver(ctx context.Context) error {
	jobs, err := r.queue.running(ctx)
	if err != nil || len(jobs) == 0 {
		return err
	}
	var living []string
	if err := r.db.Select(ctx, &living, "SELECT id FROM outbox WHERE kind = :sign AND run_at >= :since",
		db.Args{"sign": sign, "since": time.Now().Add(-r.pace.dead).Unix()}); err != nil {
		return err
	}
	lives := map[string]bool{reserved + r.id: true}
	for _, id := range living {
		lives[id] = true
	}
	for _, j := range jobs {
		if n := len(j.AttemptedBy); n == 0 || lives[reserved+j.AttemptedBy[n-1]] {
			continue
		}
		n, err := r.db.Exec(ctx, `UPDATE river_job SET state = 'available'
			WHERE id = :id AND state = 'running' AND attempt = :attempt AND attempt < max_attempts`,
			db.Args{"id": j.ID, "attempt": j.Attempt})
		if err != nil {
			return err
		}
		if n == 1 {
			r.log.Warn("took over the job of a runner that is gone", "job", j.ID)
		}
	}
	return nil
}

// tidy removes what was handed over long ago, the signs of runners that are gone and old progress.
func (r *Runner) tidy(ctx context.Context) error {
	now := r.Now()
	if _, err := r.db.Exec(ctx, `DELETE FROM outbox WHERE handed_at < :old AND id <> kind AND kind <> :sign`,
		db.Args{"sign": sign, "old": now.Add(-keepOutbox).Unix()}); err != nil {
		return err
	}
	if _, err := r.db.Exec(ctx, `DELETE FROM outbox WHERE kind = :sign AND run_at < :old`,
		db.Args{"sign": sign, "old": time.Now().Add(-keepOutbox).Unix()}); err != nil {
		return err
	}
	_, err := r.db.Exec(ctx, `DELETE FROM progress WHERE updated_at < :old`, db.Args{"old": now.Add(-keepOutbox).Unix()})
	return err
}
