package sms

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// The states of an SMS.
const (
	Waiting = "waiting"
	Sent    = "sent"
	Failed  = "failed"
)

// Text is a queued, sent or failed SMS.
type Text struct {
	ID        string `db:"id"`
	To        string `db:"to_number"` // empty once sent or failed
	Body      string `db:"body"`      // as the number
	ScopeID   string `db:"scope_id"`
	About     string `db:"about"`
	State     string `db:"state"`
	Attempts  int    `db:"attempts"`
	NotBefore int64  `db:"not_before"` // Unix seconds; 0: at once
	Until     int64  `db:"useful_until"`
	Hour      int64  `db:"hour"`
	SentAt    *int64 `db:"sent_at"` // the hour
}

const columns = "id, to_number, body, scope_id, about, state, attempts, not_before, useful_until, hour, sent_at"

// Sender hands queued SMS to the gateway. Several processes may each have one.
type Sender struct {
	DB      *db.DB
	Gateway Gateway // nil: there is none, SMS wait until they are of no use
	Now     func() time.Time
	Log     *slog.Logger
	// GaveUp hears, in the transaction, what a failed SMS was about: somebody has to be told in another way. Nil: nobody.
	GaveUp func(ctx context.Context, tx *db.Tx, about string) error
}

const (
	perRun     = 200
	inARow     = 3 // so many failures one after the other end a run: the gateway is down, and the others lose no attempt
	keepSent   = 7 * 24 * time.Hour
	keepFailed = 30 * 24 * time.Hour
	overdue    = 15 * time.Minute
)

// backOff is how long after attempt n the next one is; after the last an SMS has failed.
var backOff = []time.Duration{2 * time.Minute, 10 * time.Minute, 30 * time.Minute, 2 * time.Hour, 0}

// SendWaiting sends the SMS that are due and returns how many the gateway took. One that it does not take is tried again,
// later each time, and fails after five attempts. One that came to be of no use is not sent. A process that dies in the
// middle of one may send that one again.
func (s *Sender) SendWaiting(ctx context.Context) (n int, err error) {
	now := s.Now()
	var old []Text
	if err := s.DB.Select(ctx, &old, `SELECT `+columns+` FROM texts WHERE state = 'waiting' AND useful_until > 0 AND useful_until < :now LIMIT :n`,
		db.Args{"now": now.Unix(), "n": perRun}); err != nil {
		return 0, fmt.Errorf("reading SMS of no more use: %w", err)
	}
	for _, m := range old {
		if err := s.fail(ctx, m); err != nil {
			return 0, err
		}
	}
	if s.Gateway == nil {
		return 0, nil
	}
	var due []Text
	if err := s.DB.Select(ctx, &due, `SELECT `+columns+` FROM texts WHERE state = 'waiting' AND not_before <= :now ORDER BY not_before, hour, id LIMIT :n`,
		db.Args{"now": now.Unix(), "n": perRun}); err != nil {
		return 0, fmt.Errorf("reading waiting SMS: %w", err)
	}
	failures := 0
	for _, m := range due {
		if ctx.Err() != nil {
			return n, ctx.Err()
		}
		if failures == inARow {
			return n, fmt.Errorf("the SMS gateway takes nothing: %d failures in a row", failures)
		}
		mine, err := s.claim(ctx, m, now)
		if err != nil || !mine {
			if err != nil {
				return n, err
			}
			continue
		}
		m.Attempts++
		if err := s.Gateway.Send(ctx, m.To, m.Body); err != nil {
			failures++
			if s.Log != nil {
				s.Log.Warn("SMS was not taken", "sms", m.ID, "attempt", m.Attempts, "cause", err)
			}
			if m.Attempts >= len(backOff) {
				if err := s.fail(context.WithoutCancel(ctx), m); err != nil {
					return n, err
				}
			}
			continue
		}
		failures = 0
		n++
		// What the gateway has taken is noted even when ctx has ended meanwhile.
		if _, err := s.DB.Exec(context.WithoutCancel(ctx), `UPDATE texts SET state = 'sent', to_number = '', body = '', about = '', sent_at = :hour WHERE id = :id`,
			db.Args{"id": m.ID, "hour": hour(now)}); err != nil {
			return n, fmt.Errorf("noting that an SMS was sent: %w", err)
		}
	}
	return n, nil
}

// SendNow hands an SMS to the gateway at once and keeps nothing of it: no row, no job, no log. It returns Conflict where there
// is no gateway, Invalid for what is no number or no text, and otherwise an error that holds neither.
func (s *Sender) SendNow(ctx context.Context, to, text string) error {
	if s.Gateway == nil {
		return fault.Conflict("sms.fault.no_gateway")
	}
	text = strings.TrimSpace(Fold(text))
	if number, ok := Number(to, ""); !ok || number != to {
		return fault.Invalid("sms.fault.number")
	}
	if text == "" || Size(text) > most {
		return fault.Invalid("sms.fault.text")
	}
	return s.Gateway.Send(ctx, to, text)
}

// claim takes the SMS for this process, counting the attempt and putting the next one off beforehand.
func (s *Sender) claim(ctx context.Context, m Text, now time.Time) (bool, error) {
	n, err := s.DB.Exec(ctx, `UPDATE texts SET attempts = attempts + 1, not_before = :next WHERE id = :id AND state = 'waiting' AND attempts = :attempts AND not_before = :not_before`,
		db.Args{"id": m.ID, "attempts": m.Attempts, "not_before": m.NotBefore, "next": now.Add(max(time.Minute, backOff[min(m.Attempts, len(backOff)-1)])).Unix()})
	if err != nil {
		return false, fmt.Errorf("taking an SMS to send: %w", err)
	}
	return n == 1, nil
}

// fail notes that the SMS will not be sent: who was to be told has to hear of it in another way. Nobody needs the number
// any more; the row stays for the log.
func (s *Sender) fail(ctx context.Context, m Text) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE texts SET state = 'failed', to_number = '', body = '' WHERE id = :id AND state = 'waiting'`, db.Args{"id": m.ID})
		if err != nil || n == 0 || s.GaveUp == nil {
			return err
		}
		return s.GaveUp(ctx, tx, m.About)
	})
}

// Waiting counts the SMS of this centre that should have gone by now and have not.
func (s *Sender) Waiting(ctx context.Context, scopeID string) (n int, err error) {
	err = s.DB.Get(ctx, &n, `SELECT COUNT(*) FROM texts WHERE state = 'waiting' AND scope_id = :scope AND (not_before <= :late OR attempts > 0)`,
		db.Args{"scope": scopeID, "late": s.Now().Add(-overdue).Unix()})
	return n, err
}

// List returns the newest 500 SMS, for the operator.
func (s *Sender) List(ctx context.Context) (list []Text, err error) {
	err = s.DB.Select(ctx, &list, `SELECT `+columns+` FROM texts ORDER BY hour DESC, state DESC, not_before DESC, id LIMIT 500`, nil)
	return list, err
}

// Purge removes SMS sent more than seven days ago and failed ones after thirty.
func (s *Sender) Purge(ctx context.Context) (int64, error) {
	now := s.Now()
	return s.DB.Exec(ctx, `DELETE FROM texts WHERE (state = 'sent' AND sent_at < :sent) OR (state = 'failed' AND hour < :failed)`,
		db.Args{"sent": now.Add(-keepSent).Unix(), "failed": now.Add(-keepFailed).Unix()})
}
