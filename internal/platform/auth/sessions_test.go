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

func TestSession_endsAfterTwoHoursWithoutARequest(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		b := &browser{m: s.Sessions(false)}
		b.signIn(t, "ana")
		for range 3 {
			c.move(115 * time.Minute)
			if b.account() != "ana" {
				t.Fatal("in use, and ended")
			}
		}
		c.move(2*time.Hour + time.Minute)
		if b.account() != "" {
			t.Fatal("not in use, and still open")
		}
	})
}

func TestSession_requestsWithoutAChangeAreWrittenDownEveryFiveMinutesOnly(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		b := &browser{m: s.Sessions(false)}
		b.signIn(t, "ana")
		end := rows(t, s, `SELECT expires_at FROM sign_ins`)
		c.move(4 * time.Minute)
		if b.account(); rows(t, s, `SELECT expires_at FROM sign_ins`) != end {
			t.Fatal("written too early")
		}
		c.move(time.Minute)
		if b.account(); rows(t, s, `SELECT expires_at FROM sign_ins`) != end+300 {
			t.Fatal("not written", rows(t, s, `SELECT expires_at FROM sign_ins`)-end)
		}
	})
}

func TestSession_endedWhileARequestRunsDoesNotComeBack(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		b := &browser{m: s.Sessions(false)}
		b.signIn(t, "ana")
		b.do(func(w http.ResponseWriter, r *http.Request) {
			b.m.Put(r.Context(), "seen", int64(1))
			if err := s.SignOutEverywhere(t.Context(), "ana"); err != nil {
				t.Error(err)
			}
		})
		if n := rows(t, s, `SELECT COUNT(*) FROM sign_ins`); n != 0 || b.account() != "" {
			t.Fatal("signed in again without a passphrase")
		}
		b.signIn(t, "ana") // with the same cookie in the browser
		if b.account() != "ana" {
			t.Fatal("cannot sign in again")
		}
	})
}

func TestSession_keepsWhatWasPutAndFollowsAClockThatIsMoved(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		c.move(90 * 24 * time.Hour)
		b := &browser{m: s.Sessions(false)}
		b.signIn(t, "ana")
		b.do(func(w http.ResponseWriter, r *http.Request) {
			b.m.Put(r.Context(), "acting", "x")
			b.m.Put(r.Context(), "locked", true)
		})
		b.do(func(w http.ResponseWriter, r *http.Request) {
			if b.m.GetString(r.Context(), "acting") != "x" || !b.m.GetBool(r.Context(), "locked") || b.m.GetString(r.Context(), SessionAccount) != "ana" {
				t.Error(b.m.Keys(r.Context()))
			}
		})
	})
}

func TestSession_aDamagedRowIsNoSession(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		b := &browser{m: s.Sessions(false)}
		b.signIn(t, "ana")
		must[int64](t)(s.DB.Exec(t.Context(), `UPDATE sign_ins SET data = 'YWJj'`, nil))
		if b.account() != "" {
			t.Fatal("signed in")
		}
	})
}
