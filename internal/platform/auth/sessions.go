package auth

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// How long a browser session lasts: without a request, in all, and how often a request without a change is written down.
const (
	sessionIdle  = 2 * time.Hour
	sessionLife  = 12 * time.Hour
	sessionTouch = 5 * time.Minute
)

// Sessions is the browsers' sessions, in the database. Tokens are stored hashed. Over https the cookie's name binds it
// to this host (__Host-). They end after two hours without a request and twelve in all.
func (s *Store) Sessions(secure bool) *scs.SessionManager {
	m := scs.New()
	store := &sessionStore{DB: s.DB, Now: s.Now}
	m.Store, m.Codec = store, store
	m.HashTokenInStore = true
	m.Lifetime = sessionLife // IdleTimeout would write at every request; the store keeps it
	m.Cookie.Name = "kvart"
	if secure {
		m.Cookie.Name, m.Cookie.Secure = "__Host-kvart", true
	}
	m.Cookie.HttpOnly, m.Cookie.SameSite, m.Cookie.Path = true, http.SameSiteLaxMode, "/"
	m.Cookie.Persist = false
	return m
}

// SignOutEverywhere ends all sessions of the account.
func (s *Store) SignOutEverywhere(ctx context.Context, accountID string) error {
	_, err := s.DB.Exec(ctx, `DELETE FROM sign_ins WHERE account_id = :a`, db.Args{"a": accountID})
	return err
}

// sessionStore is where package scs keeps sessions, and how it writes them: two lines, the token under which the session
// was found and its account, then the values. So Commit knows a session that is there already from a new one, and does
// not bring back one that was ended while its last request ran.
type sessionStore struct {
	DB    *db.DB
	Now   func() time.Time
	codec scs.GobCodec
}

const sessionFound = " found" // the key of the token under which a session was found; never stored

// ahead is how far our clock is ahead of the one that package scs looks at.
func (s *sessionStore) ahead() time.Duration { return time.Until(s.Now()) }

// Encode implements scs.Codec.
func (s *sessionStore) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	found, _ := values[sessionFound].(string)
	account, _ := values[SessionAccount].(string)
	kept := make(map[string]any, len(values))
	for k, v := range values {
		if k != sessionFound {
			kept[k] = v
		}
	}
	b, err := s.codec.Encode(deadline.Add(s.ahead()), kept)
	return append([]byte(found+"\n"+account+"\n"), b...), err
}

// Decode implements scs.Codec.
func (s *sessionStore) Decode(b []byte) (time.Time, map[string]any, error) {
	found, b, _ := bytes.Cut(b, []byte("\n"))
	deadline, values, err := s.codec.Decode(b)
	if err != nil {
		return time.Time{}, nil, err
	}
	values[sessionFound] = string(found)
	return deadline.Add(-s.ahead()), values, nil
}

var errNoContext = errors.New("auth: sessions are kept with a context only")

// Find, Commit and Delete of scs.Store are not used beside those with a context.
func (s *sessionStore) Find(string) ([]byte, bool, error)      { return nil, false, errNoContext }
func (s *sessionStore) Commit(string, []byte, time.Time) error { return errNoContext }
func (s *sessionStore) Delete(string) error                    { return errNoContext }

// FindCtx implements scs.CtxStore. At most every five minutes it notes that the session is in use.
func (s *sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var row struct {
		Data    string `db:"data"`
		Expires int64  `db:"expires_at"`
	}
	now := s.Now()
	err := s.DB.Get(ctx, &row, `SELECT data, expires_at FROM sign_ins WHERE token = :t AND expires_at > :now`, db.Args{"t": token, "now": now.Unix()})
	if fault.Is(err, fault.KindNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	b, err := base64.StdEncoding.DecodeString(row.Data)
	if err != nil {
		return nil, false, nil // not ours
	}
	deadline, _, err := s.codec.Decode(b)
	if err != nil {
		return nil, false, nil
	}
	if until := soonest(now.Add(sessionIdle), deadline).Unix(); until-row.Expires >= int64(sessionTouch/time.Second) {
		if _, err := s.DB.Exec(ctx, `UPDATE sign_ins SET expires_at = :e WHERE token = :t`, db.Args{"t": token, "e": until}); err != nil && !db.Full(err) && !db.Away(err) { // what can be read is shown
			return nil, false, err
		}
	}
	return append([]byte(token+"\n"), b...), true, nil
}

// CommitCtx implements scs.CtxStore.
func (s *sessionStore) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	found, b, _ := bytes.Cut(b, []byte("\n"))
	account, b, _ := bytes.Cut(b, []byte("\n"))
	args := db.Args{"t": token, "a": string(account), "d": base64.StdEncoding.EncodeToString(b),
		"e": soonest(s.Now().Add(sessionIdle), expiry.Add(s.ahead())).Unix()}
	query := `INSERT INTO sign_ins (token, account_id, data, expires_at) VALUES (:t, :a, :d, :e)
		ON CONFLICT (token) DO UPDATE SET account_id = :a, data = :d, expires_at = :e`
	if string(found) == token {
		query = `UPDATE sign_ins SET account_id = :a, data = :d, expires_at = :e WHERE token = :t`
	}
	_, err := s.DB.Exec(ctx, query, args)
	return err
}

// DeleteCtx implements scs.CtxStore.
func (s *sessionStore) DeleteCtx(ctx context.Context, token string) error {
	_, err := s.DB.Exec(ctx, `DELETE FROM sign_ins WHERE token = :t`, db.Args{"t": token})
	return err
}

func soonest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
