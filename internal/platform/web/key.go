package web

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
)

// The key of somebody who reads sealed things, while they are signed in: the session holds it wrapped under 32 random
// bytes that are only in a cookie of its own. Whoever has the database has no cookie; whoever has the cookie has no
// session. A locked screen forgets it, and the passphrase that opens the screen brings it back.
const (
	keptKey   = "vault"
	keptKeyID = "vault_id"
	keptFor   = "vault_for" // the account
)

// openedKey is a key that this very request opened: its cookie comes with the next one only.
type openedKey struct {
	id  string
	key vault.Identity
}

func (s *Server) keyCookie() string {
	if s.secure() {
		return "__Host-kvart-key"
	}
	return "kvart-key"
}

func (s *Server) secure() bool { return strings.HasPrefix(s.PublicURL, "https://") }

// Confidential says whether what is typed here travels unseen: over https, or to this machine itself.
func (r *Request) Confidential() bool {
	u, err := url.Parse(r.server.PublicURL)
	return err == nil && (u.Scheme == "https" || u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1")
}

// KeepKey puts the account's key beside the session where it has one, for whoever has just typed its passphrase. A key that
// does not open keeps nobody out.
func (s *Server) KeepKey(w http.ResponseWriter, r *Request, a auth.Account, kek auth.KEK) error {
	s.forgetKey(r)
	if a.VaultKey == "" || !r.Confidential() {
		return nil
	}
	k, id, err := s.Auth.OpenKey(r.Context(), a, kek)
	if err != nil {
		if fault.Of(err).Kind == fault.KindInternal {
			s.Log.Warn("a vault key does not open", "account", a.ID)
		}
		return nil
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	wrapped, err := id.Wrap(secret, k.ID, "session")
	if err != nil {
		return err
	}
	s.Sessions.Put(r.Context(), keptKey, base64.StdEncoding.EncodeToString(wrapped))
	s.Sessions.Put(r.Context(), keptKeyID, k.ID)
	s.Sessions.Put(r.Context(), keptFor, a.ID)
	r.opened = &openedKey{k.ID, id}
	http.SetCookie(w, &http.Cookie{Name: s.keyCookie(), Value: base64.RawURLEncoding.EncodeToString(secret), Path: "/", HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteStrictMode})
	return nil
}

// OpenKey opens the viewer's key with the passphrase, typed once more: who signed in with a passkey, or made the key just
// now. It returns Invalid for a wrong one.
func (r *Request) OpenKey(w http.ResponseWriter, passphrase string) error {
	a, kek, err := r.server.Auth.SignIn(r.Context(), r.Viewer.Account.Login, passphrase)
	if fault.Is(err, fault.KindUnauthenticated) || err == nil && a.ID != r.Viewer.Account.ID {
		return &fault.Error{Kind: fault.KindInvalid, Key: "fault.form", Fields: []fault.Field{{Name: "passphrase", Key: "platform.sign_in.wrong"}}}
	}
	if err != nil {
		return err
	}
	return r.server.KeepKey(w, r, a, kek)
}

// VaultKey is the viewer's key and its id while it is open.
func (r *Request) VaultKey() (id string, key vault.Identity, open bool) {
	if !r.Viewer.In() || r.server.Sessions.GetString(r.Context(), keptFor) != r.Viewer.Account.ID {
		return "", key, false
	}
	if r.opened != nil {
		return r.opened.id, r.opened.key, true
	}
	c, err := r.Cookie(r.server.keyCookie())
	if err != nil {
		return "", key, false
	}
	secret, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return "", key, false
	}
	wrapped, err := base64.StdEncoding.DecodeString(r.server.Sessions.GetString(r.Context(), keptKey))
	if err != nil || len(wrapped) == 0 {
		return "", key, false
	}
	id = r.server.Sessions.GetString(r.Context(), keptKeyID)
	key, err = vault.Unwrap(secret, wrapped, id, "session")
	return id, key, err == nil
}

// forgetKey takes the wrapped key out of the session.
func (s *Server) forgetKey(r *Request) {
	r.opened = nil
	if s.Sessions.Exists(r.Context(), keptKey) {
		for _, k := range []string{keptKey, keptKeyID, keptFor} {
			s.Sessions.Remove(r.Context(), k)
		}
	}
}
