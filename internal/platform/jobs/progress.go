package jobs

import (
	"context"
	"time"

	"kvart/internal/platform/db"
)

// The states of long work.
const (
	Running  = "running"
	Stopping = "stopping" // somebody asked it to stop
	Stopped  = "stopped"
	Done     = "done"
	Failed   = "failed"
)

// Progress is how far long work is. It is in the database, so that any process can show it and ask it to stop.
type Progress struct {
	ID        string `db:"id"`
	Kind      string `db:"kind"`
	AccountID string `db:"account_id"` // who began it
	Done      int    `db:"done"`
	Total     int    `db:"total"` // 0: not known yet
	State     string `db:"state"`
	Result    string `db:"result"` // id or message key of what came of it; never personal data
	UpdatedAt int64  `db:"updated_at"`
}

// Ended says whether no more will happen.
func (p Progress) Ended() bool { return p.State != Running && p.State != Stopping }

// StartProgress notes long work in the transaction that enqueues it, or in one of its own, and returns its id.
func StartProgress(ctx context.Context, tx *db.Tx, kind, accountID string, total int, now time.Time) (string, error) {
	id := db.NewSecretID()
	_, err := tx.Exec(ctx, `INSERT INTO progress (id, kind, account_id, total, state, updated_at)
		VALUES (:id, :kind, :account, :total, 'running', :now)`,
		db.Args{"id": id, "kind": kind, "account": accountID, "total": total, "now": now.Unix()})
	return id, err
}

// Step notes how far the work is and says whether it is to stop. It writes in a transaction of its own: on SQLite a
// caller that holds a transaction would wait for itself. A total of 0 leaves the total as it is.
func Step(ctx context.Context, d *db.DB, id string, done, total int, now time.Time) (stop bool, err error) {
	var state string
	err = d.Tx(ctx, func(tx *db.Tx) error {
		return tx.Get(ctx, &state, `UPDATE progress SET done = :done, updated_at = :now,
			total = CASE WHEN :total > 0 THEN :total ELSE total END WHERE id = :id RETURNING state`,
			db.Args{"id": id, "done": done, "total": total, "now": now.Unix()})
	})
	return state == Stopping || state == Stopped, err
}

// Asked says whether the work is to stop. It only reads, so that it may be asked within a transaction too.
func Asked(ctx context.Context, d *db.DB, id string) (stop bool, err error) {
	var state string
	err = d.Get(ctx, &state, `SELECT state FROM progress WHERE id = :id`, db.Args{"id": id})
	return state == Stopping || state == Stopped, err
}

// FinishProgress ends the work as Done, Stopped or Failed with its result, in the transaction that keeps what came of it.
func FinishProgress(ctx context.Context, tx *db.Tx, id, state, result string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE progress SET state = :state, result = :result, updated_at = :now WHERE id = :id`,
		db.Args{"id": id, "state": state, "result": result, "now": now.Unix()})
	return err
}

// StopProgress asks the work to stop at its next step. Work that has ended is left as it is.
func StopProgress(ctx context.Context, d *db.DB, id, accountID string) error {
	_, err := d.Exec(ctx, `UPDATE progress SET state = 'stopping' WHERE id = :id AND account_id = :account AND state = 'running'`,
		db.Args{"id": id, "account": accountID})
	return err
}

// GetProgress returns the work that this account began, and NotFound for anybody else's.
func GetProgress(ctx context.Context, q db.Querier, id, accountID string) (p Progress, err error) {
	err = q.Get(ctx, &p, `SELECT id, kind, account_id, done, total, state, result, updated_at FROM progress
		WHERE id = :id AND account_id = :account`, db.Args{"id": id, "account": accountID})
	return p, err
}
