package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"kvart/internal/platform/db"
)

// Enqueue writes a job into the transaction of the change that needs it; it runs some moments after the commit, not
// before runAt, and never when the transaction rolls back. The id is the job's unique key: a second Enqueue with the
// same id does nothing. The payload holds ids only, never a name or an address. A handler may be called more than once
// for one job (a killed process, a retry), so it looks first at what is done already.
func Enqueue(ctx context.Context, tx *db.Tx, kind, id string, payload any, runAt time.Time) error {
	if kind == "" || id == "" || strings.HasPrefix(id, reserved) || strings.HasPrefix(kind, reserved) {
		return errors.New("jobs: a job needs a kind and an id of its own")
	}
	body, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("encoding the payload of job %s: %w", kind, err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO outbox (id, kind, payload, run_at) VALUES (:id, :kind, :payload, :run_at)
		ON CONFLICT (id) DO NOTHING`, db.Args{"id": id, "kind": kind, "payload": string(body), "run_at": runAt.Unix()})
	return err
}

// reserved begins the ids of the runner's own rows in the outbox: one per repeating job, one per living runner.
const reserved = "runner:"
