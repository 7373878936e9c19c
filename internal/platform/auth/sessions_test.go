package auth

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// browser keeps the cookie between requests, as a browser does.
type browser struct {
	m      *scs.SessionManager
	cookie *http.Cookie
}

func (b *browser) do(h http.HandlerFunc) *http.Response {
	r := httptest.NewRequest("GET", "/desk/", nil)
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	w := httptest.NewRecorder()
	b.m.LoadAndSave(h).ServeHTTP(w, r)
	res := w.Result()
	for _, c := range res.Cookies() {
		b.cookie = c
	}
	return res
}

func (b *browser) signIn(t *testing.T, id string) *http.Response {
	return b.do(func(w http.ResponseWriter, r *http.Request) {
		if err := b.m.RenewToken(r.Context()); err != nil {
			t.Error(err)
		}
		b.m.Put(r.Context(), SessionAccount, id)
	})
}

func (b *browser) account() (id string) {
	b.do(func(w http.ResponseWriter, r *http.Request) { id = b.m.GetString(r.Context(), SessionAccount) })
	return id
}

func rows(t *testing.T, s *Store, query string) int {
	t.Helper()
	var n int
	if err := s.DB.Get(t.Context(), &n, query, nil); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSession_cookieIsBoundToTheHostAndStoredHashed(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		b := &browser{m: s.Sessions(true)}
		res := b.signIn(t, "ana")
		set := res.Header.Get("Set-Cookie")
		for _, part := range []string{"__Host-kvart=", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"} {
			if !strings.Contains(set, part) {
				t.Errorf("%q is not in %q", part, set)
			}
		}
		if strings.Contains(set, "Domain") {
			t.Error(set)
		}
		var token, account string
		if err := s.DB.Get(t.Context(), &token, `SELECT token FROM sign_ins`, nil); err != nil || token == b.cookie.Value {
			t.Fatal("the token is stored as it is", err)
		}
		if err := s.DB.Get(t.Context(), &account, `SELECT account_id FROM sign_ins`, nil); err != nil || account != "ana" {
			t.Fatal(account, err)
		}
		if plain := (&browser{m: s.Sessions(false)}).signIn(t, "ana").Header.Get("Set-Cookie"); !strings.HasPrefix(plain, "kvart=") || strings.Contains(plain, "Secure") {
			t.Fatal(plain)
		}
	})
}

func TestSession_signingInChangesTheTokenSoThatNoneCanBePlanted(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		b := &browser{m: s.Sessions(false)}
		b.do(func(w http.ResponseWriter, r *http.Request) { b.m.Put(r.Context(), "half", "ana") })
		planted := &browser{m: b.m, cookie: b.cookie}
		b.signIn(t, "ana")
		if b.account() != "ana" || planted.account() != "" {
			t.Fatal("the token from before the sign-in is signed in")
		}
		guessed := &browser{m: b.m, cookie: &http.Cookie{Name: "kvart", Value: "guessed"}}
		if guessed.account() != "" {
			t.Fatal("an invented token is a session")
		}
	})
}

func TestSession_aVisitorLeavesNoRow(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		b := &browser{m: s.Sessions(false)}
		if res := b.do(func(http.ResponseWriter, *http.Request) {}); len(res.Cookies()) != 0 {
			t.Fatal("a cookie for a visitor")
		}
		if n := rows(t, s, `SELECT COUNT(*) FROM sign_ins`); n != 0 {
			t.Fatal(n)
		}
	})
}

func TestSession_signOutEverywhereEndsAllOfOneAccountOnly(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		m := s.Sessions(false)
		phone, desk, other := &browser{m: m}, &browser{m: m}, &browser{m: m}
		phone.signIn(t, "ana")
		desk.signIn(t, "ana")
		other.signIn(t, "berta")
		if err := s.SignOutEverywhere(t.Context(), "ana"); err != nil {
			t.Fatal(err)
		}
		if phone.account() != "" || desk.account() != "" || other.account() != "berta" {
			t.Fatal(phone.account(), desk.account(), other.account())
		}
	})
}

func TestSession_endsAtTheLatestAfterTwelveHours(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		b := &browser{m: s.Sessions(false)}
		b.signIn(t, "ana")
		for range 12 {
			c.move(time.Hour)
			b.account()
		}
		c.move(time.Minute)
		if b.account() != "" {
			t.Fatal("still signed in")
		}
	})
}
