// Package auth knows who somebody is and what they may do: accounts, passphrases, passkeys, browser sessions, one-time
// links, API tokens, and the rights that roles add up to.
//
// Roles, permissions and scopes are opaque words here: features declare them. It shows no page and sends no mail.
package auth

import (
	"time"

	"kvart/internal/platform/i18n"
)

// SessionAccount is the key under which a browser session holds the id of the account that is signed in.
const SessionAccount = "account"

// Scope is where a role is held or a permission is asked for, such as one centre.
type Scope struct {
	Kind string `db:"scope_kind"`
	ID   string `db:"scope_id"`
}

// Role is what somebody is in a scope; features name them.
type Role string

// Permission is something that may be done in a scope; features name them as "feature.verb".
type Permission string

// Held is a role held in a scope.
type Held struct {
	Role  Role `db:"role"`
	Scope `db:""`
}

// Account is somebody who signs in.
type Account struct {
	ID         string    `db:"id"`
	Login      string    `db:"login"` // folded
	Name       string    `db:"name"`
	Email      string    `db:"email"`
	Lang       i18n.Lang `db:"lang"`
	State      string    `db:"state"`       // active, disabled
	VaultKey   string    `db:"vault_key"`   // a private key sealed under the account's KEK; empty: none
	DigestHour int       `db:"digest_hour"` // local hour of the daily mail
	DigestOn   string    `db:"digest_on"`   // local date of the last one
	CreatedAt  int64     `db:"created_at"`
}

// HasVaultKey says whether only the passphrase opens what this account can read.
func (a Account) HasVaultKey() bool { return a.VaultKey != "" }

// Active says whether the account may sign in.
func (a Account) Active() bool { return a.State == "active" }

// KEK is the key-encryption key: the second half of what a passphrase is stretched to. It is never stored.
type KEK [32]byte

// String hides the key, so that no log can print it.
func (KEK) String() string { return "KEK" }

// GoString hides the key, so that no log can print it.
func (KEK) GoString() string { return "KEK" }

// Kinds of one-time links.
const (
	LinkInvite   = "invite"
	LinkReset    = "reset"
	LinkResident = "resident"
)

// Link is what the page behind a one-time link shows before its button is pressed.
type Link struct {
	Kind      string
	Name      string
	Email     string
	Lang      i18n.Lang
	LosesKey  bool // a reset that will lose the account's vault key
	ExpiresAt time.Time
}

// Passkey is a passkey as its owner sees it in a list.
type Passkey struct {
	ID        string `db:"id"`
	Name      string `db:"name"`
	CreatedAt int64  `db:"created_at"`
}

// Token is an API token without its secret.
type Token struct {
	ID   string `db:"id"`
	Name string `db:"name"`
	Held
	CreatedAt int64  `db:"created_at"`
	ExpiresAt *int64 `db:"expires_at"`
	RevokedAt *int64 `db:"revoked_at"`
}
