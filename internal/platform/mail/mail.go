// Package mail keeps outgoing mail in the database until a mail server has taken it.
//
// A mail is queued in the transaction of what it tells of and sent by a job. Without a mail server mails wait, and the
// desk sees that one does. Plain text only; no tracking of any kind. It does not know why a mail is sent.
package mail

import (
	"context"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Message is a mail to one address.
type Message struct {
	To        string
	Subject   string    // neutral: it may be read on a locked screen
	Body      string    // plain text
	ScopeID   string    // the centre whose desk may know that a mail waits; may be empty
	NotBefore time.Time // zero: at once; coarse where the moment is confidential
	About     string    // a later mail about the same takes its place while it waits; empty: nothing does
	Calendar  string    // an iCalendar object, attached; empty: none
}

// Queue writes the mail into the transaction. It returns Invalid when the address is none or when address or subject
// hold a line break or another control character, with which further headers could be smuggled in.
func Queue(ctx context.Context, tx *db.Tx, m Message) error {
	if err := m.check(); err != nil {
		return err
	}
	notBefore := int64(0) // at once
	if !m.NotBefore.IsZero() {
		notBefore = m.NotBefore.Unix()
	}
	if err := Drop(ctx, tx, m.About); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO mails (id, to_address, subject, body, scope_id, not_before, hour, about, calendar)
		VALUES (:id, :to, :subject, :body, :scope, :not_before, :hour, :about, :calendar)`, db.Args{
		"id": db.NewSecretID(), "to": m.To, "subject": m.Subject, "body": m.Body, "scope": m.ScopeID,
		"not_before": notBefore, "hour": hour(time.Now()), "about": m.About, "calendar": m.Calendar,
	})
	return err
}

// Drop removes the mails about the given that wait or failed. One that a sender holds at this moment may still go.
func Drop(ctx context.Context, tx *db.Tx, about string) error {
	if about == "" {
		return nil
	}
	_, err := tx.Exec(ctx, `DELETE FROM mails WHERE about = :about AND about <> '' AND state <> 'sent'`, db.Args{"about": about})
	return err
}

func (m Message) check() error {
	if !ValidAddress(m.To) {
		return fault.Invalid("mail.fault.address")
	}
	if m.Subject == "" || len(m.Subject) > 500 || !utf8.ValidString(m.Subject) || strings.ContainsFunc(m.Subject, unicode.IsControl) {
		return fault.Invalid("mail.fault.subject")
	}
	if !utf8.ValidString(m.Body+m.Calendar) || strings.ContainsRune(m.Body+m.Calendar, 0) {
		return fault.Invalid("mail.fault.body")
	}
	return nil
}

// ValidAddress says whether s is one bare address (RFC 5322 addr-spec) such as ana@example.org.
func ValidAddress(s string) bool {
	if len(s) > 254 || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return false
	}
	a, err := netmail.ParseAddress(s)
	return err == nil && a.Address == s && a.Name == ""
}

// hour is the beginning of t's hour: no mail row tells a finer time of what it is about.
func hour(t time.Time) int64 {
	s := t.Unix()
	return s - s%3600
}
