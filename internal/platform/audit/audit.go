// Package audit keeps the record of what was done: who, what, to which thing, in which hour.
//
// Rows are appended inside the transaction of the change they tell of; one job links them into a hash chain per
// organisation, so that a changed, inserted or removed row and a cut tail are found. A row holds ids, never a name
// or a value, and no time finer than the hour. It is not a log for debugging and not a history to restore from.
package audit

import (
	"context"
	"errors"
	"time"

	"kvart/internal/platform/db"
)

// Network is the chain of what belongs to no single organisation.
const Network = "network"

// Row is one thing done.
type Row struct {
	Chain       string // organisation id, or Network
	Action      string // short word such as "booking.cancel"
	Actor       string // account id, "public", "job" or "cli"
	SubjectKind string
	SubjectID   string
	At          time.Time // kept as the hour only
}

// Append records the row in the transaction of the change. Its id is random, so that it tells no finer time either.
func Append(ctx context.Context, tx *db.Tx, r Row) error {
	if r.Chain == "" {
		return errors.New("audit: a row needs a chain")
	}
	return AppendTo(ctx, tx, r, ":chain", r.Chain)
}

// AppendTo is Append to the chain that an SQL expression of :chain gives, for those who know what the chain is found by:
// one statement where there would be two.
func AppendTo(ctx context.Context, tx *db.Tx, r Row, expression, chain string) error {
	if r.Action == "" || r.Actor == "" || r.SubjectKind == "" || r.At.IsZero() {
		return errors.New("audit: a row needs action, actor, subject and time")
	}
	_, err := tx.Exec(ctx, `INSERT INTO audit_rows (id, chain, action, actor, subject_kind, subject_id, hour)
		VALUES (:id, `+expression+`, :action, :actor, :subject_kind, :subject_id, :hour)`, db.Args{
		"id": db.NewSecretID(), "chain": chain, "action": r.Action, "actor": r.Actor,
		"subject_kind": r.SubjectKind, "subject_id": r.SubjectID, "hour": Hour(r.At),
	})
	return err
}

// Hour is the beginning of t's hour, in Unix seconds.
func Hour(t time.Time) int64 {
	s := t.Unix()
	return s - s%3600
}
