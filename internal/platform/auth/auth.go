// Package auth is accounts, signing in, roles in opaque scopes, and tokens. It knows no feature: a scope is a kind and
// an id, a permission is a word that a feature declares.
package auth

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"slices"
	"sync/atomic"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// SessionAccount is the key of the browser's session under which the account's id is kept.
const SessionAccount = "account"

// Role is a word that the network gives a meaning; Permission one that a feature declares.
type (
	Role       string
	Permission string
)

// Scope is where a role is held.
type Scope struct{ Kind, ID string }

// Held is a role in a scope.
type Held struct {
	Role  Role
	Scope Scope
}

// Grant says that a role has a permission in the scope in which it is held.
type Grant struct {
	Role       Role
	Permission Permission
}

// Policy says who may what. Deny is the default; rights add up over roles and scopes.
type Policy struct {
	contains func(wide, narrow Scope) bool
	grants   map[Role][]Permission
}

// NewPolicy collects the features' grants. contains says whether one scope lies in another, beside being the same.
func NewPolicy(contains func(wide, narrow Scope) bool, tables ...[]Grant) Policy {
	p := Policy{contains: contains, grants: map[Role][]Permission{}}
	for _, table := range tables {
		for _, g := range table {
			p.grants[g.Role] = append(p.grants[g.Role], g.Permission)
		}
	}
	return p
}

// Can says whether the roles held give the permission in the scope.
func (p Policy) Can(held []Held, want Permission, in Scope) bool {
	if in.Kind == "" || in.ID == "" { // nowhere
		return false
	}
	for _, h := range held {
		if slices.Contains(p.grants[h.Role], want) && (h.Scope == in || (p.contains != nil && p.contains(h.Scope, in))) {
			return true
		}
	}
	return false
}

// Account is somebody who can sign in.
type Account struct {
	ID         string    `db:"id"`
	Login      string    `db:"login"`
	Name       string    `db:"name"`
	Email      string    `db:"email"`
	Lang       i18n.Lang `db:"lang"`
	State      string    `db:"state"` // active, disabled
	Salt       string    `db:"salt" json:"-"`
	Verifier   string    `db:"verifier" json:"-"`
	Argon      string    `db:"argon" json:"-"`
	VaultKey   string    `db:"vault_key" json:"-"` // a private key sealed under the account's KEK; empty: none
	DigestHour int       `db:"digest_hour"`
	DigestOn   string    `db:"digest_on"`
	CreatedAt  int64     `db:"created_at"`
}

// Secrets are what is kept outside the database, the same for all processes.
type Secrets struct{ Pepper []byte }

// Key derives a key of 32 bytes for the named purpose.
func (s Secrets) Key(purpose string) []byte {
	k, err := hkdf.Key(sha256.New, s.Pepper, nil, "kvart "+purpose, 32)
	if err != nil {
		panic(err) // only for lengths that HKDF cannot give
	}
	return k
}

// Store keeps accounts.
type Store struct {
	DB      *db.DB
	Now     func() time.Time
	Secrets Secrets
	Origin  string // the public address, for passkeys
	Cost    Cost
	Joined  func(ctx context.Context, tx *db.Tx, a Account) error // what a feature does when a resident signs in by e-mail; may be nil
	Ran     func()                                                // told of each run of Argon2id, for who counts the work of an answer; may be nil
	slots   chan struct{}                                         // runs of Argon2id over passphrases, one at a time: it takes two cores itself
	codes   chan struct{}                                         // and over access codes
	waiting struct{ slots, codes atomic.Int64 }                   // how many wait for each
}

// NewStore returns a store with the usual cost of a passphrase.
func NewStore(d *db.DB, now func() time.Time, secrets Secrets, origin string) *Store {
	return &Store{DB: d, Now: now, Secrets: secrets, Origin: origin, Cost: UsualCost, slots: make(chan struct{}, 1), codes: make(chan struct{}, 1)}
}

// Account is an active account.
func (s *Store) Account(ctx context.Context, id string) (Account, error) {
	var a Account
	err := s.DB.Get(ctx, &a, `SELECT * FROM accounts WHERE id = :id AND state = 'active'`, db.Args{"id": id})
	return a, err
}

// Roles are those the account holds.
func (s *Store) Roles(ctx context.Context, accountID string) ([]Held, error) {
	var rows []struct {
		Role string `db:"role"`
		Kind string `db:"scope_kind"`
		ID   string `db:"scope_id"`
	}
	if err := s.DB.Select(ctx, &rows, `SELECT role, scope_kind, scope_id FROM account_roles WHERE account_id = :id ORDER BY scope_kind, scope_id, role`, db.Args{"id": accountID}); err != nil {
		return nil, err
	}
	var list []Held
	for _, r := range rows {
		list = append(list, Held{Role(r.Role), Scope{r.Kind, r.ID}})
	}
	return list, nil
}

// Holder is an account with a role it holds in a scope.
type Holder struct {
	Account
	Role Role `db:"role"`
}

// Holders are the accounts with a role in the scope, by name.
func (s *Store) Holders(ctx context.Context, in Scope) ([]Holder, error) {
	var list []Holder
	err := s.DB.Select(ctx, &list, `SELECT a.*, r.role FROM accounts a JOIN account_roles r ON r.account_id = a.id
		WHERE r.scope_kind = :k AND r.scope_id = :i AND a.state = 'active' ORDER BY a.name, a.id, r.role`, db.Args{"k": in.Kind, "i": in.ID})
	return list, err
}

// Give gives the account a role; giving it twice changes nothing.
func (s *Store) Give(ctx context.Context, tx *db.Tx, accountID string, h Held) error {
	_, err := tx.Exec(ctx, `INSERT INTO account_roles (account_id, role, scope_kind, scope_id) VALUES (:a, :r, :k, :i)
		ON CONFLICT (account_id, role, scope_kind, scope_id) DO NOTHING`, db.Args{"a": accountID, "r": string(h.Role), "k": h.Scope.Kind, "i": h.Scope.ID})
	return err
}

// Take takes a role back and ends the account's sessions. It returns Conflict for the last one who holds a role that
// must not be without a holder. Two who take it from each other at one moment do not both succeed.
func (s *Store) Take(ctx context.Context, tx *db.Tx, accountID string, h Held, neverNone bool) error {
	if neverNone {
		// Writing all holders' rows makes the second of two such transactions wait for the first.
		if _, err := tx.Exec(ctx, `UPDATE account_roles SET role = role WHERE role = :r AND scope_kind = :k AND scope_id = :i`,
			db.Args{"r": string(h.Role), "k": h.Scope.Kind, "i": h.Scope.ID}); err != nil {
			return err
		}
		var others int
		if err := tx.Get(ctx, &others, `SELECT COUNT(*) FROM account_roles r JOIN accounts a ON a.id = r.account_id WHERE r.role = :r AND r.scope_kind = :k AND r.scope_id = :i
			AND r.account_id <> :a AND a.state = 'active'`, db.Args{"a": accountID, "r": string(h.Role), "k": h.Scope.Kind, "i": h.Scope.ID}); err != nil {
			return err
		}
		if others == 0 {
			return fault.Conflict("auth.fault.last_one")
		}
	}
	if _, err := tx.Exec(ctx, `DELETE FROM account_roles WHERE account_id = :a AND role = :r AND scope_kind = :k AND scope_id = :i`,
		db.Args{"a": accountID, "r": string(h.Role), "k": h.Scope.Kind, "i": h.Scope.ID}); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM sign_ins WHERE account_id = :a`, db.Args{"a": accountID})
	return err
}

// Forget deletes sign-ins, links, ceremonies, uploads and slowed logins whose time is over.
func (s *Store) Forget(ctx context.Context) error {
	now := s.Now().Unix()
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, q := range []string{`DELETE FROM sign_ins WHERE expires_at < :now`, `DELETE FROM one_time_links WHERE expires_at < :now`,
			`DELETE FROM ceremonies WHERE expires_at < :now`, `DELETE FROM uploads WHERE expires_at < :now`, `DELETE FROM sign_in_attempts WHERE last_at < :now - 86400`} {
			if _, err := tx.Exec(ctx, q, db.Args{"now": now}); err != nil {
				return err
			}
		}
		return nil
	})
}
