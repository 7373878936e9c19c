package auth

import (
	"context"
	"strings"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// Own is what people change of their own account as they like.
type Own struct {
	Name       string // as the team sees it, 1 to 80 letters
	Lang       i18n.Lang
	DigestHour int // 0 to 23, local: from when on the day's one mail is sent
}

// ChangeOwn changes one's own account. It returns Invalid with a fault a field.
func (s *Store) ChangeOwn(ctx context.Context, accountID string, o Own) error {
	var f fault.Form
	if o.Name = strings.TrimSpace(o.Name); o.Name == "" {
		f.Add("name", "fault.required")
	} else if len([]rune(o.Name)) > 80 {
		f.Add("name", "fault.too_long", "max", 80)
	}
	if o.DigestHour < 0 || o.DigestHour > 23 {
		f.Add("hour", "fault.not_a_number", "low", 0, "high", 23)
	}
	if _, known := i18n.Parse(string(o.Lang)); !known {
		f.Add("lang", "fault.required")
	}
	if err := f.Err(); err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE accounts SET name = :name, lang = :lang, digest_hour = :hour WHERE id = :id`,
			db.Args{"id": accountID, "name": o.Name, "lang": string(o.Lang), "hour": o.DigestHour})
		if err != nil {
			return err
		}
		return s.note(ctx, tx, "account.change", accountID, "account", accountID)
	})
}

// AddressLink makes the link that gives the account a new e-mail address once somebody who reads that box has used it;
// it holds for a day, and links of before do nothing any more. It returns Unauthenticated when the passphrase is wrong:
// a new passphrase goes to this address, so an unlocked screen alone must not change it.
func (s *Store) AddressLink(ctx context.Context, accountID, passphrase, email string, send func(tx *db.Tx, token string) error) error {
	a, err := s.Account(ctx, accountID)
	if err != nil {
		return err
	}
	if _, _, err := s.SignIn(ctx, a.Login, passphrase); err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM one_time_links WHERE kind = 'address' AND account_id = :id AND used_at IS NULL`, db.Args{"id": accountID}); err != nil {
			return err
		}
		token, err := s.addLink(ctx, tx, LinkAddress, accountID, newAddress{foldLogin(email)}, 24*time.Hour)
		if err != nil {
			return err
		}
		return send(tx, token)
	})
}

// UseAddressLink gives the account the address that the link was sent to.
func (s *Store) UseAddressLink(ctx context.Context, token string) (Account, error) {
	var a Account
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		l, err := s.peek(ctx, tx, token)
		if err != nil {
			return err
		}
		if err := s.use(ctx, tx, token, LinkAddress); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE accounts SET email = :e WHERE id = :id`, db.Args{"e": l.Email, "id": l.AccountID}); err != nil {
			return err
		}
		if err := tx.Get(ctx, &a, `SELECT * FROM accounts WHERE id = :id AND state = 'active'`, db.Args{"id": l.AccountID}); err != nil {
			return err
		}
		return s.note(ctx, tx, "account.address", a.ID, "account", a.ID)
	})
	return a, err
}

// Event is something that was done with an account: an action of the audit log, in which hour, and who did it.
type Event struct {
	Action string `db:"action"`
	Hour   int64  `db:"hour"`
	By     string `db:"name"` // empty where the account is gone, or for the command line
}

// Events are those of the past ninety days that bear on who can enter with the account, the newest first. They come from
// the audit log, from which nothing can be taken out: who got in with a link that was not theirs cannot hide it from the
// account's owner.
func (s *Store) Events(ctx context.Context, accountID string) ([]Event, error) {
	var list []Event
	return list, s.DB.Select(ctx, &list, `SELECT r.action, r.hour, COALESCE(a.name, '') AS name FROM audit_rows r LEFT JOIN accounts a ON a.id = r.actor
		WHERE r.subject_kind = 'account' AND r.subject_id = :id AND r.action IN ('team.reset', 'account.reset', 'account.passphrase', 'account.address', 'account.accept')
		AND r.hour > :since ORDER BY r.hour DESC, r.id DESC`, db.Args{"id": accountID, "since": s.Now().AddDate(0, 0, -90).Unix()})
}
