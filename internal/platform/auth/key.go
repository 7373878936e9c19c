package auth

import (
	"context"
	"encoding/base64"

	"kvart/internal/platform/audit"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
)

// VaultKey is the public side of an account's key pair. Its private half is in the account's row, sealed under the
// passphrase, and here under the printed key.
type VaultKey struct {
	ID        string `db:"id"` // random: the reader's id
	AccountID string `db:"account_id"`
	Public    string `db:"public"` // base64
	Paper     string `db:"paper" json:"-"`
	MadeHour  int64  `db:"made_hour"`
	EndedHour *int64 `db:"ended_hour"`
}

// Reader is the public half. It returns an error for a damaged row.
func (k VaultKey) Reader() (vault.Reader, error) {
	b, err := base64.StdEncoding.DecodeString(k.Public)
	if err != nil {
		return vault.Reader{}, err
	}
	return vault.ParseReader(b)
}

// What a wrap of an account's private half is bound to.
const (
	underPassphrase = "passphrase"
	underPaper      = "paper"
)

// VaultKey is the account's key that is in use. It returns NotFound when there is none.
func (s *Store) VaultKey(ctx context.Context, q db.Querier, accountID string) (VaultKey, error) {
	var k VaultKey
	err := q.Get(ctx, &k, `SELECT * FROM vault_keys WHERE account_id = :a AND ended_hour IS NULL`, db.Args{"a": accountID})
	return k, err
}

// MakeKey makes the account a key pair, sealed under its passphrase, and returns the printed key that opens it too. A key
// it had before ends: ended is called for it in the same transaction and may be nil. It returns Invalid for a wrong passphrase.
func (s *Store) MakeKey(ctx context.Context, accountID, passphrase string, ended func(tx *db.Tx, keyID string) error) (vault.PaperKey, error) {
	a, kek, err := s.own(ctx, accountID, passphrase)
	if err != nil {
		return vault.PaperKey{}, err
	}
	id, err := vault.NewIdentity()
	if err != nil {
		return vault.PaperKey{}, err
	}
	paper := vault.NewPaperKey()
	paperKey, err := paper.Key()
	if err != nil {
		return vault.PaperKey{}, err
	}
	keyID := db.NewSecretID()
	wrapped, err := id.Wrap(kek, keyID, underPassphrase)
	if err != nil {
		return vault.PaperKey{}, err
	}
	printed, err := id.Wrap(paperKey, keyID, underPaper)
	if err != nil {
		return vault.PaperKey{}, err
	}
	hour := audit.Hour(s.Now())
	return paper, s.DB.Tx(ctx, func(tx *db.Tx) error {
		before, err := s.VaultKey(ctx, tx, accountID)
		if err != nil && !fault.Is(err, fault.KindNotFound) {
			return err
		}
		if err == nil {
			if _, err := tx.Exec(ctx, `UPDATE vault_keys SET ended_hour = :h WHERE id = :id`, db.Args{"id": before.ID, "h": hour}); err != nil {
				return err
			}
			if ended != nil {
				if err := ended(tx, before.ID); err != nil {
					return err
				}
			}
		}
		if _, err := tx.Exec(ctx, `INSERT INTO vault_keys (id, account_id, public, paper, made_hour) VALUES (:id, :a, :p, :w, :h)`,
			db.Args{"id": keyID, "a": accountID, "p": base64.StdEncoding.EncodeToString(id.Reader().Bytes()), "w": base64.StdEncoding.EncodeToString(printed), "h": hour}); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE accounts SET vault_key = :w WHERE id = :id AND verifier = :v`, db.Args{"id": accountID, "v": a.Verifier, "w": base64.StdEncoding.EncodeToString(wrapped)})
		if err != nil {
			return err
		}
		if n == 0 { // the passphrase was changed meanwhile
			return fault.Conflict("fault.conflict")
		}
		return s.note(ctx, tx, "account.key", accountID, "account", accountID)
	})
}

// OpenKey opens the account's private half with the key-encryption part of its passphrase. It returns NotFound where the
// account has none, and vault.ErrSealed where it does not open.
func (s *Store) OpenKey(ctx context.Context, a Account, kek KEK) (VaultKey, vault.Identity, error) {
	if a.VaultKey == "" {
		return VaultKey{}, vault.Identity{}, fault.NotFound("auth.fault.no_key")
	}
	k, err := s.VaultKey(ctx, s.DB, a.ID)
	if err != nil {
		return k, vault.Identity{}, err
	}
	wrapped, err := base64.StdEncoding.DecodeString(a.VaultKey)
	if err != nil {
		return k, vault.Identity{}, vault.ErrSealed
	}
	id, err := vault.Unwrap(kek, wrapped, k.ID, underPassphrase)
	return k, id, err
}

// PutKeyBack opens the private half with the printed key and seals it under the passphrase again: a new passphrase
// loses it. It returns Invalid for another paper or a wrong passphrase.
func (s *Store) PutKeyBack(ctx context.Context, accountID, passphrase, typed string) error {
	paper, err := vault.ParsePaperKey(typed)
	if err != nil {
		return wrongPaper(err)
	}
	k, err := s.VaultKey(ctx, s.DB, accountID)
	if err != nil {
		return err
	}
	paperKey, err := paper.Key()
	if err != nil {
		return err
	}
	printed, err := base64.StdEncoding.DecodeString(k.Paper)
	if err != nil {
		return wrongPaper(vault.ErrSealed)
	}
	id, err := vault.Unwrap(paperKey, printed, k.ID, underPaper)
	if err != nil {
		return wrongPaper(err)
	}
	a, kek, err := s.own(ctx, accountID, passphrase)
	if err != nil {
		return err
	}
	wrapped, err := id.Wrap(kek, k.ID, underPassphrase)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE accounts SET vault_key = :w WHERE id = :id AND verifier = :v`, db.Args{"id": accountID, "v": a.Verifier, "w": base64.StdEncoding.EncodeToString(wrapped)})
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Conflict("fault.conflict")
		}
		return s.note(ctx, tx, "account.key_back", accountID, "account", accountID)
	})
}

func wrongPaper(cause error) error {
	return (&fault.Error{Kind: fault.KindInvalid, Key: "fault.form", Fields: []fault.Field{{Name: "paper", Key: "auth.fault.paper"}}}).Because(cause)
}

// own is the account and the key-encryption part of its passphrase, which it typed once more. It returns Invalid for a
// wrong one.
func (s *Store) own(ctx context.Context, accountID, passphrase string) (Account, KEK, error) {
	a, err := s.Account(ctx, accountID)
	if err != nil {
		return a, nil, err
	}
	a, kek, err := s.SignIn(ctx, a.Login, passphrase)
	if fault.Is(err, fault.KindUnauthenticated) {
		return a, nil, &fault.Error{Kind: fault.KindInvalid, Key: "fault.form", Fields: []fault.Field{{Name: "passphrase", Key: "platform.sign_in.wrong"}}}
	}
	return a, kek, err
}

// StretchCode runs Argon2id over what a typed code gives, in a queue of its own: people who ask for help never wait behind
// the team's sign-ins, nor these behind them. It returns TooMany where too many wait already.
func (s *Store) StretchCode(ctx context.Context, input, salt []byte, c Cost) ([]byte, error) {
	if err := queue(ctx, s.codes, &s.waiting.codes); err != nil {
		return nil, err
	}
	defer func() { <-s.codes }()
	return s.argon(c, input, salt), nil
}
