// Package sms keeps outgoing SMS in the database until a gateway has taken them: a command, or a provider's address.
//
// One is queued in the transaction of what it tells of and sent by a job, as mails are. It is plain text in the GSM
// alphabet. Number and text go from the row as soon as the gateway has taken it or it has failed for good, and are in no log. The package does not
// know why an SMS is sent.
package sms

import (
	"context"
	"strings"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Message is an SMS to one number.
type Message struct {
	To        string    // E.164, as Number gives it
	Text      string    // folded when it is queued; longer than Length it is sent in parts and costs more
	ScopeID   string    // the centre whose desk may know that an SMS waits
	About     string    // a later one about the same takes its place while it waits; empty: nothing does
	NotBefore time.Time // zero: at once
	Until     time.Time // after this moment it is not sent any more; zero: always
}

// most is how many characters a text may have: three parts.
const most = 459

// Queue writes the SMS into the transaction. It returns Invalid for what is no number, and for a text that is empty or
// longer than three SMS. Whatever waits about the same goes.
func Queue(ctx context.Context, tx *db.Tx, m Message) error {
	to, ok := Number(m.To, "")
	text := strings.TrimSpace(Fold(m.Text))
	if !ok || to != m.To {
		return fault.Invalid("sms.fault.number")
	}
	if text == "" || Size(text) > most {
		return fault.Invalid("sms.fault.text")
	}
	if err := Drop(ctx, tx, m.About); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO texts (id, to_number, body, scope_id, about, not_before, useful_until, hour)
		VALUES (:id, :to, :body, :scope, :about, :not_before, :until, :hour)`, db.Args{"id": db.NewSecretID(), "to": to, "body": text, "scope": m.ScopeID,
		"about": m.About, "not_before": unix(m.NotBefore), "until": unix(m.Until), "hour": hour(time.Now())})
	return err
}

// Drop removes what waits about the given, or failed.
func Drop(ctx context.Context, tx *db.Tx, about string) error {
	if about == "" {
		return nil
	}
	_, err := tx.Exec(ctx, `DELETE FROM texts WHERE about = :about AND about <> '' AND state <> 'sent'`, db.Args{"about": about})
	return err
}

// Forget removes what was written to the number on behalf of the centre and has not gone, in the transaction that erases
// whose number it is.
func Forget(ctx context.Context, tx *db.Tx, number, scopeID string) error {
	_, err := tx.Exec(ctx, `DELETE FROM texts WHERE to_number = :to AND scope_id = :scope AND state <> 'sent'`, db.Args{"to": number, "scope": scopeID})
	return err
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func hour(t time.Time) int64 {
	s := t.Unix()
	return s - s%3600
}
