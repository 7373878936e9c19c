package voting

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
)

func (s *Store) codeHash(r Round, t vault.Ticket) string {
	return hex.EncodeToString(t.Mark(s.key(r, "codes")))
}

// Mail addresses are nowhere. The link to a ballot carries a value that is made of the address under the round's key, and
// the proof that this program made it; asked for again, it is the same link. Only when a ballot comes with it is its hash
// kept, as that of a code is.

func plainAddress(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// linkOf is the token of the link to the ballot of an address.
func (s *Store) linkOf(r Round, address string) string {
	whose, _ := hex.DecodeString(hashed(s.key(r, "addresses"), plainAddress(address)))
	whose = whose[:16]
	proof, _ := hex.DecodeString(hashed(s.key(r, "links"), string(whose)))
	return base64.RawURLEncoding.EncodeToString(append(whose, proof[:16]...))
}

func (s *Store) linkHash(r Round, token string) (hash string, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != 32 {
		return "", false
	}
	proof, _ := hex.DecodeString(hashed(s.key(r, "links"), string(b[:16])))
	if !hmac.Equal(proof[:16], b[16:]) {
		return "", false
	}
	return hashed(s.key(r, "used links"), string(b[:16])), true
}

// MostMails is how often one address may ask for its link.
const MostMails = 5

// Link notes that the address asked for its link and returns it; "" where it asked too often. It returns Conflict where
// the round takes no ballots by mail now.
func (s *Store) Link(ctx context.Context, roundID, address string) (token string, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := door(ctx, tx, roundID, "SHARE"); err != nil { // closing waits: no hash comes after it
			return err
		}
		r, err := s.Round(ctx, tx, roundID)
		if err != nil {
			return err
		}
		if err := takes(r, s.Now()); err != nil {
			return err
		}
		if !r.Mails() {
			return fault.Conflict("voting.fault.no_mail")
		}
		hash := hashed(s.key(r, "asked"), plainAddress(address))
		n, err := tx.Exec(ctx, `INSERT INTO vote_mailed (hash, round_id, n) VALUES (:h, :r, 1)
			ON CONFLICT (hash) DO UPDATE SET n = vote_mailed.n + 1 WHERE vote_mailed.n < :most`, db.Args{"h": hash, "r": r.ID, "most": MostMails})
		if err == nil && n > 0 {
			token = s.linkOf(r, address)
		}
		return err
	})
	return token, err
}

// NotSent takes back what Link noted: the mail did not go out.
func (s *Store) NotSent(ctx context.Context, roundID, address string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err := s.Round(ctx, tx, roundID)
		if err != nil {
			return err
		}
		args := db.Args{"h": hashed(s.key(r, "asked"), plainAddress(address))}
		if _, err := tx.Exec(ctx, `DELETE FROM vote_mailed WHERE hash = :h AND n = 1`, args); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE vote_mailed SET n = n - 1 WHERE hash = :h`, args)
		return err
	})
}
