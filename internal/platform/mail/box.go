package mail

import (
	"context"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// The states of a mail.
const (
	Waiting = "waiting"
	Sent    = "sent"
	Failed  = "failed"
)

// Mail is a queued, sent or failed mail. Its times are hours.
type Mail struct {
	ID        string `db:"id"`
	To        string `db:"to_address"`
	Subject   string `db:"subject"`
	Body      string `db:"body"`     // empty in lists and once sent
	Calendar  string `db:"calendar"` // an iCalendar object that goes with it; empty in lists and once sent
	ScopeID   string `db:"scope_id"`
	State     string `db:"state"`
	Attempts  int    `db:"attempts"`
	NotBefore int64  `db:"not_before"` // Unix seconds; 0: at once
	Hour      int64  `db:"hour"`       // when it was queued
	SentAt    *int64 `db:"sent_at"`    // the hour
}

const columns = "id, to_address, subject, scope_id, state, attempts, not_before, hour, sent_at"

const (
	keepSent   = 7 * 24 * time.Hour
	keepFailed = 30 * 24 * time.Hour
)

// Waiting counts the mails of this centre that should have gone by now.
func (s *Sender) Waiting(ctx context.Context, scopeID string) (n int, err error) {
	err = s.DB.Get(ctx, &n, `SELECT COUNT(*) FROM mails WHERE state = 'waiting' AND scope_id = :scope AND (not_before <= :now OR attempts > 0)`,
		db.Args{"scope": scopeID, "now": s.Now().Unix()})
	return n, err
}

// Failed counts the mails of this centre that could not be sent at all.
func (s *Sender) Failed(ctx context.Context, scopeID string) (n int, err error) {
	err = s.DB.Get(ctx, &n, `SELECT COUNT(*) FROM mails WHERE state = 'failed' AND scope_id = :scope`, db.Args{"scope": scopeID})
	return n, err
}

// List returns the newest 500 mails without their bodies, for the operator.
func (s *Sender) List(ctx context.Context) (list []Mail, err error) {
	err = s.DB.Select(ctx, &list, `SELECT `+columns+` FROM mails ORDER BY hour DESC, state DESC, id LIMIT 500`, nil)
	return list, err
}

// Show returns one mail, for the operator, or NotFound.
func (s *Sender) Show(ctx context.Context, id string) (m Mail, err error) {
	err = s.DB.Get(ctx, &m, `SELECT `+columns+`, body, calendar FROM mails WHERE id = :id`, db.Args{"id": id})
	return m, err
}

// Retry lets a failed mail wait again with all its attempts, however old it is. It returns Conflict for a mail that has not failed.
func (s *Sender) Retry(ctx context.Context, id string) error {
	n, err := s.DB.Exec(ctx, `UPDATE mails SET state = 'waiting', attempts = 0, not_before = :hour WHERE id = :id AND state = 'failed'`,
		db.Args{"id": id, "hour": hour(s.Now())})
	if err == nil && n == 0 {
		return fault.Conflict("mail.fault.not_failed")
	}
	return err
}

// Forget removes what was written to the address on behalf of the centre and has not gone, in the transaction that
// erases whose address it is.
func Forget(ctx context.Context, tx *db.Tx, address, scopeID string) error {
	_, err := tx.Exec(ctx, `DELETE FROM mails WHERE to_address = :to AND scope_id = :scope AND state <> 'sent'`, db.Args{"to": address, "scope": scopeID})
	return err
}

// Purge removes mails sent more than seven days ago and failed ones after thirty.
func (s *Sender) Purge(ctx context.Context) (int64, error) {
	now := s.Now()
	return s.DB.Exec(ctx, `DELETE FROM mails WHERE (state = 'sent' AND sent_at < :sent) OR (state = 'failed' AND hour < :failed)`,
		db.Args{"sent": now.Add(-keepSent).Unix(), "failed": now.Add(-keepFailed).Unix()})
}
