package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Passkey is a second factor of an account, or its only one where the account has no vault key.
type Passkey struct {
	ID         string `db:"id"`
	AccountID  string `db:"account_id"`
	Credential string `db:"credential"`
	Name       string `db:"name"`
	CreatedAt  int64  `db:"created_at"`
}

type passkeyUser struct {
	Account
	keys []webauthn.Credential
}

func (u passkeyUser) WebAuthnID() []byte                         { return []byte(u.ID) }
func (u passkeyUser) WebAuthnName() string                       { return u.Login }
func (u passkeyUser) WebAuthnDisplayName() string                { return u.Name }
func (u passkeyUser) WebAuthnCredentials() []webauthn.Credential { return u.keys }

func (s *Store) relyingParty() (*webauthn.WebAuthn, error) {
	u, err := url.Parse(s.Origin)
	if err != nil {
		return nil, err
	}
	rp, err := webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: "Kvart", RPOrigins: []string{u.Scheme + "://" + u.Host}})
	if err != nil { // the public address is a number, such as 127.0.0.1: passkeys need a name
		return nil, fault.Invalid("platform.passkey.failed").Because(err)
	}
	return rp, nil
}

// Passkeys are those of the account, oldest first.
func (s *Store) Passkeys(ctx context.Context, accountID string) ([]Passkey, error) {
	var list []Passkey
	err := s.DB.Select(ctx, &list, `SELECT id, account_id, credential, name, created_at FROM passkeys WHERE account_id = :a ORDER BY created_at, id`, db.Args{"a": accountID})
	return list, err
}

// RemovePasskey removes one of the account's own.
func (s *Store) RemovePasskey(ctx context.Context, accountID, id string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM passkeys WHERE id = :id AND account_id = :a`, db.Args{"id": id, "a": accountID})
		if err != nil || n == 0 {
			return err
		}
		return s.note(ctx, tx, "passkey.remove", accountID, "account", accountID)
	})
}

func (s *Store) passkeyUser(ctx context.Context, accountID string) (passkeyUser, error) {
	a, err := s.Account(ctx, accountID)
	if err != nil {
		return passkeyUser{}, err
	}
	list, err := s.Passkeys(ctx, accountID)
	if err != nil {
		return passkeyUser{}, err
	}
	u := passkeyUser{Account: a}
	for _, k := range list {
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(k.Credential), &c); err != nil {
			return u, err
		}
		u.keys = append(u.keys, c)
	}
	return u, nil
}

func (s *Store) keepCeremony(ctx context.Context, accountID, kind string, data *webauthn.SessionData) (string, error) {
	b, err := json.Marshal(data)
	if err != nil {
		return "", err
	}
	id := db.NewSecretID()
	_, err = s.DB.Exec(ctx, `INSERT INTO ceremonies (id, account_id, kind, data, expires_at) VALUES (:id, :a, :k, :d, :e)`,
		db.Args{"id": id, "a": accountID, "k": kind, "d": string(b), "e": s.Now().Add(5 * time.Minute).Unix()})
	return id, err
}

// takeCeremony returns a ceremony once.
func (s *Store) takeCeremony(ctx context.Context, id, accountID, kind string) (webauthn.SessionData, error) {
	var data webauthn.SessionData
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		var raw string
		err := tx.Get(ctx, &raw, `SELECT data FROM ceremonies WHERE id = :id AND account_id = :a AND kind = :k AND expires_at > :now`,
			db.Args{"id": id, "a": accountID, "k": kind, "now": s.Now().Unix()})
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `DELETE FROM ceremonies WHERE id = :id`, db.Args{"id": id})
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Invalid("platform.passkey.failed")
		}
		return json.Unmarshal([]byte(raw), &data)
	})
	if fault.Is(err, fault.KindNotFound) {
		err = fault.Invalid("platform.passkey.failed").Because(err)
	}
	return data, err
}

// BeginRegister returns what the browser needs to make a passkey, as JSON, and the id of the ceremony.
func (s *Store) BeginRegister(ctx context.Context, a Account) (options []byte, ceremony string, err error) {
	rp, err := s.relyingParty()
	if err != nil {
		return nil, "", err
	}
	u, err := s.passkeyUser(ctx, a.ID)
	if err != nil {
		return nil, "", err
	}
	made, data, err := rp.BeginRegistration(u, webauthn.WithResidentKeyRequirement(protocol.ResidentKeyRequirementPreferred),
		webauthn.WithExclusions(webauthn.Credentials(u.keys).CredentialDescriptors()))
	if err != nil {
		return nil, "", err
	}
	if ceremony, err = s.keepCeremony(ctx, a.ID, "register", data); err != nil {
		return nil, "", err
	}
	options, err = json.Marshal(made)
	return options, ceremony, err
}

// FinishRegister stores the passkey that the browser made.
func (s *Store) FinishRegister(ctx context.Context, ceremony string, a Account, r *http.Request) error {
	rp, err := s.relyingParty()
	if err != nil {
		return err
	}
	data, err := s.takeCeremony(ctx, ceremony, a.ID, "register")
	if err != nil {
		return err
	}
	u, err := s.passkeyUser(ctx, a.ID)
	if err != nil {
		return err
	}
	c, err := rp.FinishRegistration(u, data, r)
	if err != nil {
		return fault.Invalid("platform.passkey.failed").Because(err)
	}
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO passkeys (id, account_id, credential_id, name, credential, created_at) VALUES (:id, :a, :c, :n, :k, :now)`,
			db.Args{"id": db.NewID(), "a": a.ID, "c": base64.RawURLEncoding.EncodeToString(c.ID), "n": s.Now().UTC().Format(time.DateOnly), "k": string(b), "now": s.Now().Unix()}); err != nil {
			return err
		}
		return s.note(ctx, tx, "passkey.add", a.ID, "account", a.ID)
	})
}

// BeginLogin returns what the browser needs to use a passkey: one of the account whose passphrase was right (half), or
// when half is empty, any that the browser knows.
func (s *Store) BeginLogin(ctx context.Context, half string) (options []byte, ceremony string, err error) {
	rp, err := s.relyingParty()
	if err != nil {
		return nil, "", err
	}
	var made *protocol.CredentialAssertion
	var data *webauthn.SessionData
	if half == "" {
		made, data, err = rp.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	} else {
		var u passkeyUser
		if u, err = s.passkeyUser(ctx, half); err != nil {
			return nil, "", err
		}
		made, data, err = rp.BeginLogin(u)
	}
	if err != nil {
		return nil, "", fault.Invalid("platform.passkey.failed").Because(err)
	}
	if ceremony, err = s.keepCeremony(ctx, half, "login", data); err != nil {
		return nil, "", err
	}
	options, err = json.Marshal(made)
	return options, ceremony, err
}

// FinishLogin returns the account whose passkey the browser used. A passkey alone does not open an account that has a
// vault key: that key needs the passphrase.
func (s *Store) FinishLogin(ctx context.Context, ceremony, half string, r *http.Request) (string, error) {
	rp, err := s.relyingParty()
	if err != nil {
		return "", err
	}
	data, err := s.takeCeremony(ctx, ceremony, half, "login")
	if err != nil {
		return "", err
	}
	var found passkeyUser
	var c *webauthn.Credential
	if half == "" {
		c, err = rp.FinishDiscoverableLogin(func(_, handle []byte) (webauthn.User, error) {
			found, err = s.passkeyUser(ctx, string(handle))
			return found, err
		}, data, r)
	} else {
		if found, err = s.passkeyUser(ctx, half); err != nil {
			return "", err
		}
		c, err = rp.FinishLogin(found, data, r)
	}
	if err != nil {
		return "", fault.Invalid("platform.passkey.failed").Because(err)
	}
	if c.Authenticator.CloneWarning { // its counter went back: somebody has a copy
		return "", fault.Invalid("platform.passkey.failed").Because(errors.New("sign count went back"))
	}
	if half == "" && found.VaultKey != "" {
		return "", fault.Forbidden("auth.fault.needs_passphrase")
	}
	b, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	n, err := s.DB.Exec(ctx, `UPDATE passkeys SET credential = :k WHERE credential_id = :c AND account_id = :a`,
		db.Args{"k": string(b), "c": base64.RawURLEncoding.EncodeToString(c.ID), "a": found.ID})
	if err != nil {
		return "", err
	}
	if n == 0 { // removed meanwhile
		return "", fault.Invalid("platform.passkey.failed")
	}
	return found.ID, nil
}
