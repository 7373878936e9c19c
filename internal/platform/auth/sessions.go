package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Sessions is the browsers' sessions, in the database. Tokens are stored hashed. Over https the cookie's name binds it
// to this host (__Host-).
func (s *Store) Sessions(secure bool) *scs.SessionManager {
	m := scs.New()
	m.Store = &sessionStore{DB: s.DB, Now: s.Now, codec: scs.GobCodec{}}
	m.HashTokenInStore = true
	m.Lifetime = 12 * time.Hour
	m.Cookie.Name = "kvart"
	if secure {
		m.Cookie.Name, m.Cookie.Secure = "__Host-kvart", true
	}
	m.Cookie.HttpOnly, m.Cookie.SameSite, m.Cookie.Path = true, http.SameSiteLaxMode, "/"
	m.Cookie.Persist = false
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
	}
	return m
}

// SignOutEverywhere ends all sessions of the account.
func (s *Store) SignOutEverywhere(ctx context.Context, accountID string) error {
	_, err := s.DB.Exec(ctx, `DELETE FROM sign_ins WHERE account_id = :a`, db.Args{"a": accountID})
	return err
}

type sessionStore struct {
	DB    *db.DB
	Now   func() time.Time
	codec scs.Codec
}

var errNoContext = errors.New("auth: sessions are kept with a context only")

func (s *sessionStore) Find(string) ([]byte, bool, error)      { return nil, false, errNoContext }
func (s *sessionStore) Commit(string, []byte, time.Time) error { return errNoContext }
func (s *sessionStore) Delete(string) error                    { return errNoContext }

func (s *sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var data string
	err := s.DB.Get(ctx, &data, `SELECT data FROM sign_ins WHERE token = :t AND expires_at > :now`, db.Args{"t": token, "now": s.Now().Unix()})
	if fault.Is(err, fault.KindNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	b, err := base64.StdEncoding.DecodeString(data)
	return b, err == nil, err
}

func (s *sessionStore) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	account := ""
	if _, values, err := s.codec.Decode(b); err == nil {
		account, _ = values[SessionAccount].(string)
	}
	_, err := s.DB.Exec(ctx, `INSERT INTO sign_ins (token, account_id, data, expires_at) VALUES (:t, :a, :d, :e)
		ON CONFLICT (token) DO UPDATE SET account_id = :a, data = :d, expires_at = :e`,
		db.Args{"t": token, "a": account, "d": base64.StdEncoding.EncodeToString(b), "e": expiry.Unix()})
	return err
}

func (s *sessionStore) DeleteCtx(ctx context.Context, token string) error {
	_, err := s.DB.Exec(ctx, `DELETE FROM sign_ins WHERE token = :t`, db.Args{"t": token})
	return err
}
