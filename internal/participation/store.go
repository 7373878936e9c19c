package participation

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/vault"
	"kvart/internal/programme"
	"kvart/internal/survey"
	"kvart/internal/voting"
)

// Store keeps proposals, cycles and what belongs to them.
type Store struct {
	DB        *db.DB
	Now       func() time.Time
	Network   *network.Store
	Booking   *booking.Store
	Programme *programme.Store
	Voting    *voting.Store
	Survey    *survey.Store
	Texts     *i18n.Bundle
	PublicURL string // without a slash at its end
	Secret    []byte // of codes and of who would come; from the secrets folder
}

// Ticket is the code of the form that carries the key: the same where it is sent twice. A form without a key has one from
// chance.
func (s *Store) Ticket(formKey string) vault.Ticket {
	if formKey == "" {
		return vault.NewTicket()
	}
	return vault.TicketOf(s.Secret, formKey)
}

// mark is what is stored of a code.
func (s *Store) mark(t vault.Ticket) string {
	return base64.RawURLEncoding.EncodeToString(t.Mark(s.Secret))
}

// goingMark is what is stored of a browser's chance: of no use for another proposal, or without the secret.
func (s *Store) goingMark(proposalID, token string) string {
	sum := sha256.Sum256([]byte(string(s.Secret) + "\x00going\x00" + proposalID + "\x00" + token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (s *Store) note(ctx context.Context, tx *db.Tx, centreID, action, by, kind, id string) error {
	return network.Note(ctx, tx, centreID, action, by, kind, id, s.Now())
}

// today is the local date at the centre.
func (s *Store) today(c network.Centre) string {
	return s.Now().In(c.Location()).Format(time.DateOnly)
}

// lock lets one transaction after the other work on the proposal.
func (s *Store) lock(ctx context.Context, tx *db.Tx, id string) error {
	if tx.DialectOf() == db.SQLite {
		return nil
	}
	var x string
	return tx.Get(ctx, &x, `SELECT id FROM proposals WHERE id = :id FOR UPDATE`, db.Args{"id": id})
}

// since returns Conflict when somebody else changed the proposal since the version that was seen; nought: nobody looked.
func (p Proposal) since(seen int) error {
	if seen != 0 && seen != p.Version {
		return fault.Conflict("participation.fault.meanwhile")
	}
	return nil
}

func changed(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.Conflict("participation.fault.meanwhile")
	}
	return err
}
