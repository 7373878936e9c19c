package audit

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"kvart/internal/platform/db"
)

// batch bounds how many links one transaction writes, so that SQLite's one writer is never held for long.
const batch = 500

// stored is an audit row as the database has it.
type stored struct {
	ID          string `db:"id"`
	Chain       string `db:"chain"`
	Action      string `db:"action"`
	Actor       string `db:"actor"`
	SubjectKind string `db:"subject_kind"`
	SubjectID   string `db:"subject_id"`
	Hour        int64  `db:"hour"`
}

// hash links a row to the link before it. Every field is preceded by its length, so that no two rows encode alike.
func (s stored) hash(n int64, prev string) string {
	h := sha256.New()
	for _, f := range []string{"kvart audit 1", s.Chain, strconv.FormatInt(n, 10), prev, s.ID, s.Action, s.Actor,
		s.SubjectKind, s.SubjectID, strconv.FormatInt(s.Hour, 10)} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(f)))
		h.Write(size[:])
		h.Write([]byte(f))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Chain links every row that is in no chain yet and returns how many it linked. It reads only those: the schema lists
// them in audit_waiting from their writing to their linking. Rows whose hour lies more than an hour
// after now are left until their time comes: a clock that runs ahead is put right before it is made permanent.
// Several processes may call it at once.
func Chain(ctx context.Context, d *db.DB, now time.Time) (int, error) {
	linked := 0
	for {
		var rows []stored
		err := d.Select(ctx, &rows, `SELECT r.id, r.chain, r.action, r.actor, r.subject_kind, r.subject_id, r.hour
			FROM audit_waiting w CROSS JOIN audit_rows r
			WHERE r.id = w.row_id AND r.hour <= :latest
			ORDER BY r.chain, r.hour, r.id LIMIT :batch`,
			db.Args{"latest": Hour(now) + 3600, "batch": batch})
		if err != nil {
			return linked, fmt.Errorf("reading audit rows to chain: %w", err)
		}
		last := len(rows) < batch
		for len(rows) > 0 {
			same := 1
			for same < len(rows) && rows[same].Chain == rows[0].Chain {
				same++
			}
			n, err := extend(ctx, d, rows[:same])
			if err != nil {
				return linked, fmt.Errorf("chaining audit rows: %w", err)
			}
			linked += n
			rows = rows[same:]
		}
		if last {
			return linked, nil
		}
	}
}

// extend links rows of one chain after its tail. The tail's row is locked first, so that processes take turns.
func extend(ctx context.Context, d *db.DB, rows []stored) (linked int, err error) {
	err = d.Tx(ctx, func(tx *db.Tx) error {
		linked = 0
		var tail Tail
		if err := tx.Get(ctx, &tail, `INSERT INTO audit_tails (chain, n, hash) VALUES (:chain, 0, '')
			ON CONFLICT (chain) DO UPDATE SET n = audit_tails.n RETURNING chain, n, hash`,
			db.Args{"chain": rows[0].Chain}); err != nil {
			return err
		}
		for _, r := range rows {
			hash := r.hash(tail.N+1, tail.Hash)
			n, err := tx.Exec(ctx, `INSERT INTO audit_links (chain, n, row_id, hash) VALUES (:chain, :n, :row, :hash)
				ON CONFLICT (row_id) DO NOTHING`, db.Args{"chain": r.Chain, "n": tail.N + 1, "row": r.ID, "hash": hash})
			if err != nil {
				return err
			}
			if n == 1 {
				tail.N, tail.Hash = tail.N+1, hash
				linked++
			}
		}
		_, err := tx.Exec(ctx, `UPDATE audit_tails SET n = :n, hash = :hash WHERE chain = :chain`,
			db.Args{"chain": tail.Chain, "n": tail.N, "hash": tail.Hash})
		return err
	})
	return linked, err
}
