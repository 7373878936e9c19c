package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// Kinds of one-time links.
const (
	LinkInvite   = "invite"
	LinkReset    = "reset"
	LinkResident = "resident"
	LinkAddress  = "address"
)

// Link is a one-time link that has not been used. Looking at it does not use it.
type Link struct {
	Kind      string
	AccountID string
	Name      string
	Email     string
	LosesKey  bool // using it loses the account's key to confidential messages
	invite    invitation
	resident  resident
}

// resident is for whom a resident's link is.
type resident struct {
	Role  Role      `json:"role"`
	Email string    `json:"email"`
	Lang  i18n.Lang `json:"lang"`
}

// newAddress is what a link that was sent to an account's new e-mail address sets.
type newAddress struct {
	Email string `json:"email"`
}

type invitation struct {
	Name  string    `json:"name"`
	Email string    `json:"email"`
	Lang  i18n.Lang `json:"lang"`
	Roles []Held    `json:"roles"`
}

func newToken() (token, hash string) {
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	token = base64.RawURLEncoding.EncodeToString(b)
	return token, hashToken(token)
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte("kvart link " + token))
	return hex.EncodeToString(sum[:])
}

func (s *Store) addLink(ctx context.Context, tx *db.Tx, kind, accountID string, payload any, lives time.Duration) (string, error) {
	token, hash := newToken()
	body, err := json.Marshal(payload)
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, `INSERT INTO one_time_links (token_hash, kind, account_id, payload, expires_at) VALUES (:h, :k, :a, :p, :e)`,
		db.Args{"h": hash, "k": kind, "a": accountID, "p": string(body), "e": s.Now().Add(lives).Unix()})
	return token, err
}

// Peek looks at a link. It returns NotFound for one that is unknown, used or over.
func (s *Store) Peek(ctx context.Context, token string) (Link, error) {
	return s.peek(ctx, s.DB, token)
}

func (s *Store) peek(ctx context.Context, q db.Querier, token string) (Link, error) {
	var row struct {
		Kind    string `db:"kind"`
		Account string `db:"account_id"`
		Payload string `db:"payload"`
	}
	err := q.Get(ctx, &row, `SELECT kind, account_id, payload FROM one_time_links WHERE token_hash = :h AND used_at IS NULL AND expires_at > :now`,
		db.Args{"h": hashToken(token), "now": s.Now().Unix()})
	if err != nil {
		if fault.Is(err, fault.KindNotFound) {
			return Link{}, fault.NotFound("auth.fault.link_over").Because(err)
		}
		return Link{}, err
	}
	l := Link{Kind: row.Kind, AccountID: row.Account}
	if row.Kind == LinkInvite {
		if err := json.Unmarshal([]byte(row.Payload), &l.invite); err != nil {
			return l, err
		}
		l.Name, l.Email = l.invite.Name, l.invite.Email
		return l, nil
	}
	if row.Kind == LinkResident {
		if err := json.Unmarshal([]byte(row.Payload), &l.resident); err != nil {
			return l, err
		}
		if l.Email = l.resident.Email; row.Account == "" {
			return l, nil
		}
	}
	var a Account
	if err := q.Get(ctx, &a, `SELECT * FROM accounts WHERE id = :id AND state = 'active'`, db.Args{"id": row.Account}); err != nil {
		return l, err
	}
	l.Name, l.Email, l.LosesKey = a.Name, a.Email, row.Kind == LinkReset && a.VaultKey != ""
	if row.Kind == LinkAddress {
		var to newAddress
		if err := json.Unmarshal([]byte(row.Payload), &to); err != nil {
			return l, err
		}
		l.Email = to.Email
	}
	return l, nil
}

// use marks the link as used; of several who use it at once, one does.
func (s *Store) use(ctx context.Context, tx *db.Tx, token, kind string) error {
	n, err := tx.Exec(ctx, `UPDATE one_time_links SET used_at = :now WHERE token_hash = :h AND kind = :k AND used_at IS NULL AND expires_at > :now`,
		db.Args{"h": hashToken(token), "k": kind, "now": s.Now().Unix()})
	if err == nil && n == 0 {
		return fault.NotFound("auth.fault.link_over")
	}
	return err
}

// Invite makes the link by which somebody gets an account with the roles; it holds for seven days.
func (s *Store) Invite(ctx context.Context, tx *db.Tx, name, email string, lang i18n.Lang, roles []Held) (string, error) {
	return s.addLink(ctx, tx, LinkInvite, "", invitation{name, foldLogin(email), lang, roles}, 7*24*time.Hour)
}

// AcceptInvite makes the account of an invitation, with a login and passphrase that its owner chooses.
func (s *Store) AcceptInvite(ctx context.Context, token, login, name, passphrase string) (Account, error) {
	l, err := s.Peek(ctx, token)
	if err != nil {
		return Account{}, err
	}
	if l.Kind != LinkInvite {
		return Account{}, fault.NotFound("auth.fault.link_over")
	}
	var f fault.Form
	if login = foldLogin(login); len(login) < 3 || len(login) > 120 || strings.ContainsAny(login, " \t\n") {
		f.Add("login", "auth.fault.login")
	}
	if name = strings.TrimSpace(name); name == "" {
		f.Add("name", "fault.required")
	} else if len([]rune(name)) > 80 {
		f.Add("name", "fault.too_long", "max", 80)
	}
	if err := f.Err(); err != nil {
		return Account{}, err
	}
	p, err := s.stretch(ctx, passphrase, login, name)
	if err != nil {
		return Account{}, err
	}
	a := Account{ID: db.NewID(), Login: login, Name: name, Email: l.invite.Email, Lang: l.invite.Lang, State: "active"}
	if a.Lang == "" {
		a.Lang = i18n.HR
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.use(ctx, tx, token, LinkInvite); err != nil {
			return err
		}
		if err := s.insert(ctx, tx, a, p, l.invite.Roles); err != nil {
			return err
		}
		return s.note(ctx, tx, "account.accept", a.ID, "account", a.ID)
	})
	return a, err
}

// ResetLink makes the link by which an account's owner, and nobody else, chooses a new passphrase; it holds for a day.
func (s *Store) ResetLink(ctx context.Context, tx *db.Tx, accountID string) (string, error) {
	return s.addLink(ctx, tx, LinkReset, accountID, struct{}{}, 24*time.Hour)
}

// UseReset sets a new passphrase. The account stays, its sessions end, and its vault key, if it had one, is lost:
// whoever could reset a passphrase could otherwise read what was sealed to its owner. Passkeys stay, and are still owed
// as second factor.
func (s *Store) UseReset(ctx context.Context, token, passphrase string) (a Account, lostKey bool, err error) {
	l, err := s.Peek(ctx, token)
	if err != nil {
		return a, false, err
	}
	if l.Kind != LinkReset {
		return a, false, fault.NotFound("auth.fault.link_over")
	}
	if a, err = s.Account(ctx, l.AccountID); err != nil {
		return a, false, err
	}
	p, err := s.stretch(ctx, passphrase, a.Login, a.Name)
	if err != nil {
		return a, false, err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.use(ctx, tx, token, LinkReset); err != nil {
			return err
		}
		if err := tx.Get(ctx, &a, `SELECT * FROM accounts WHERE id = :id AND state = 'active'`, db.Args{"id": l.AccountID}); err != nil {
			return err
		}
		lostKey = a.VaultKey != ""
		if err := s.setPassphrase(ctx, tx, a.ID, p); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM sign_in_attempts WHERE login_key = :k`, db.Args{"k": s.loginKey(a.Login)}); err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, `DELETE FROM sign_ins WHERE account_id = :id`, db.Args{"id": a.ID}); err != nil {
			return err
		}
		return s.note(ctx, tx, "account.reset", a.ID, "account", a.ID)
	})
	return a, lostKey, err
}

// ResidentLink makes the link by which a resident signs in by e-mail; it holds for half an hour. Where no account has
// the address, using the link makes one. It returns NotFound where an account has it that a mail box must not open (it
// holds another role than resident, a passkey or a vault key, or is one of several), and TooMany within two minutes of
// the last link for the address. The page answers the same whatever comes of it.
func (s *Store) ResidentLink(ctx context.Context, tx *db.Tx, email string, role Role, lang i18n.Lang) (string, error) {
	if email = foldLogin(email); email == "" {
		return "", fault.NotFound("fault.not_found")
	}
	var all, open []string
	args := db.Args{"e": email, "r": string(role)}
	if err := tx.Select(ctx, &all, `SELECT id FROM accounts WHERE email = :e`, args); err != nil {
		return "", err
	}
	if err := tx.Select(ctx, &open, `SELECT id FROM accounts WHERE email = :e AND `+opensByMail, args); err != nil {
		return "", err
	}
	if len(all) > 1 || len(all) != len(open) {
		return "", fault.NotFound("fault.not_found")
	}
	now := s.Now().Unix()
	n, err := tx.Exec(ctx, `INSERT INTO sign_in_attempts (login_key, failures, last_at) VALUES (:k, 0, :now)
		ON CONFLICT (login_key) DO UPDATE SET last_at = :now WHERE sign_in_attempts.last_at <= :now - 120 OR sign_in_attempts.last_at > :now`,
		db.Args{"k": s.loginKey("link for " + email), "now": now})
	if err != nil {
		return "", err
	}
	if n == 0 {
		return "", fault.TooMany("auth.fault.slow", "seconds", 120)
	}
	id := ""
	if len(open) == 1 {
		id = open[0]
	}
	return s.addLink(ctx, tx, LinkResident, id, resident{role, email, lang}, 30*time.Minute)
}

const opensByMail = `state = 'active' AND vault_key = '' AND id NOT IN (SELECT account_id FROM passkeys)
	AND id IN (SELECT account_id FROM account_roles) AND id NOT IN (SELECT account_id FROM account_roles WHERE role <> :r)`

// UseResidentLink signs a resident in, where what ResidentLink asks for still holds, and hands the account to Joined in
// the same transaction.
func (s *Store) UseResidentLink(ctx context.Context, token string) (Account, error) {
	var a Account
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		l, err := s.peek(ctx, tx, token)
		if err != nil {
			return err
		}
		if err := s.use(ctx, tx, token, LinkResident); err != nil {
			return err
		}
		args := db.Args{"id": l.AccountID, "e": l.resident.Email, "r": string(l.resident.Role)}
		if l.AccountID != "" {
			err = tx.Get(ctx, &a, `SELECT * FROM accounts WHERE id = :id AND `+opensByMail, args)
			if fault.Is(err, fault.KindNotFound) {
				return fault.NotFound("auth.fault.link_over").Because(err)
			}
			if err != nil {
				return err
			}
		} else if a, err = s.addByMail(ctx, tx, l.resident); err != nil {
			return err
		}
		if s.Joined == nil {
			return nil
		}
		return s.Joined(ctx, tx, a)
	})
	return a, err
}

// addByMail makes a resident's account without a passphrase. A second link for the same address, used after the first,
// finds the account that the first one made.
func (s *Store) addByMail(ctx context.Context, tx *db.Tx, r resident) (Account, error) {
	var known []Account
	if err := tx.Select(ctx, &known, `SELECT * FROM accounts WHERE email = :e OR login = :e`, db.Args{"e": r.Email}); err != nil {
		return Account{}, err
	}
	if len(known) == 1 && known[0].Login == r.Email && known[0].Verifier == "" && known[0].State == "active" {
		return known[0], nil
	}
	if len(known) > 0 || r.Email == "" {
		return Account{}, fault.NotFound("auth.fault.link_over")
	}
	a := Account{ID: db.NewID(), Login: r.Email, Name: r.Email, Email: r.Email, Lang: r.Lang, State: "active"}
	if a.Lang == "" {
		a.Lang = i18n.HR
	}
	if err := s.insert(ctx, tx, a, stretched{}, nil); err != nil {
		return a, err
	}
	return a, s.note(ctx, tx, "account.by_mail", a.ID, "account", a.ID)
}

// DropByMail removes the account if a resident's link made it; any other stays.
func (s *Store) DropByMail(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, `DELETE FROM accounts WHERE id = :id AND verifier = '' AND vault_key = '' AND login = email
		AND id NOT IN (SELECT account_id FROM passkeys)`, db.Args{"id": id})
	return err
}

// Token is a token of the API.
type Token struct {
	ID    string
	Name  string
	Held  Held
	Until time.Time // zero where it was looked up to be used
}

// CreateToken makes a token; it is returned once and stored hashed.
func (s *Store) CreateToken(ctx context.Context, name string, h Held, until time.Time) (string, error) {
	raw, _ := newToken()
	raw = "kvart_" + raw
	id := db.NewID()
	return raw, s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO api_tokens (id, token_hash, name, role, scope_kind, scope_id, created_at, expires_at) VALUES (:id, :h, :n, :r, :k, :i, :now, :e)`,
			db.Args{"id": id, "h": hashToken(raw), "n": name, "r": string(h.Role), "k": h.Scope.Kind, "i": h.Scope.ID, "now": s.Now().Unix(), "e": until.Unix()}); err != nil {
			return err
		}
		return s.note(ctx, tx, "token.create", "cli", "token", id)
	})
}

// Token finds a token that is neither revoked nor over; any other is Unauthenticated.
func (s *Store) Token(ctx context.Context, raw string) (Token, error) {
	var row struct {
		ID   string `db:"id"`
		Name string `db:"name"`
		Role string `db:"role"`
		Kind string `db:"scope_kind"`
		In   string `db:"scope_id"`
	}
	err := s.DB.Get(ctx, &row, `SELECT id, name, role, scope_kind, scope_id FROM api_tokens WHERE token_hash = :h AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)`,
		db.Args{"h": hashToken(raw), "now": s.Now().Unix()})
	if fault.Is(err, fault.KindNotFound) {
		return Token{}, fault.Unauthenticated("fault.unauthenticated").Because(err)
	}
	return Token{ID: row.ID, Name: row.Name, Held: Held{Role(row.Role), Scope{row.Kind, row.In}}}, err
}

// Tokens are those that hold, the newest first.
func (s *Store) Tokens(ctx context.Context) ([]Token, error) {
	var rows []struct {
		ID    string `db:"id"`
		Name  string `db:"name"`
		Role  string `db:"role"`
		Kind  string `db:"scope_kind"`
		In    string `db:"scope_id"`
		Until int64  `db:"until"`
	}
	if err := s.DB.Select(ctx, &rows, `SELECT id, name, role, scope_kind, scope_id, COALESCE(expires_at, 0) AS until FROM api_tokens
		WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now) ORDER BY created_at DESC, id`, db.Args{"now": s.Now().Unix()}); err != nil {
		return nil, err
	}
	list := make([]Token, len(rows))
	for i, r := range rows {
		list[i] = Token{ID: r.ID, Name: r.Name, Held: Held{Role(r.Role), Scope{r.Kind, r.In}}, Until: time.Unix(r.Until, 0)}
	}
	return list, nil
}

// RevokeToken ends a token. It returns NotFound for one that does not hold.
func (s *Store) RevokeToken(ctx context.Context, id string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE api_tokens SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL`, db.Args{"id": id, "now": s.Now().Unix()})
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NotFound("fault.not_found")
		}
		return s.note(ctx, tx, "token.revoke", "cli", "token", id)
	})
}
