package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"kvart/internal/platform/i18n"
)

// withSession loads the browser's session only where a cookie came or a sign-in may start one, so that a visitor's
// request never touches the table. When the session can be neither read nor kept, the answer is a fault's page as any
// other; but a page that was only read is shown although its session could not be kept, so that a full disk leaves
// the pages to read.
func (s *Server) withSession(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		if !s.hasSession(hr) {
			next.ServeHTTP(w, hr)
			return
		}
		w.Header().Add("Vary", "Cookie")
		ctx, err := s.Sessions.Load(hr.Context(), s.token(hr))
		if err != nil {
			s.fail(w, s.anybody(hr), err)
			return
		}
		hr = hr.WithContext(ctx)
		keep := &sessionKeeper{ResponseWriter: w, s: s, r: hr}
		next.ServeHTTP(keep, hr)
		keep.keep()
	})
}

func (s *Server) hasSession(r *http.Request) bool {
	return s.token(r) != "" || strings.HasPrefix(r.URL.Path, "/desk")
}

func (s *Server) token(r *http.Request) string {
	c, err := r.Cookie(s.Sessions.Cookie.Name)
	if err != nil {
		return ""
	}
	return c.Value
}

// anybody is the request as a visitor without an account sends it: all that can be known without a session.
func (s *Server) anybody(hr *http.Request) *Request {
	return &Request{Request: hr, Now: s.Now(), server: s, Printer: s.Texts.For(wanted(hr))}
}

// wanted is the language of the address, or else the one the browser asks for.
func wanted(r *http.Request) i18n.Lang {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if l, ok := i18n.Parse(first); ok {
		return l
	}
	return i18n.Match(r.Header.Get("Accept-Language"))
}

// sessionKeeper keeps what changed in the session, and sets its cookie, before the first byte of the answer.
type sessionKeeper struct {
	http.ResponseWriter
	s    *Server
	r    *http.Request
	kept bool
	lost bool // the fault's page was sent instead of the answer
}

func (k *sessionKeeper) keep() {
	if k.kept {
		return
	}
	k.kept = true
	ctx, m := k.r.Context(), k.s.Sessions
	switch m.Status(ctx) {
	case scs.Modified:
		token, expiry, err := m.Commit(ctx)
		if err == nil {
			m.WriteSessionCookie(ctx, k.ResponseWriter, token, expiry)
			return
		}
		if k.r.Method == http.MethodGet || k.r.Method == http.MethodHead {
			k.s.Log.Warn("session not kept", "cause", err)
			return
		}
		k.lost = true
		for _, name := range []string{"Location", "Content-Encoding", "Content-Length"} {
			k.Header().Del(name)
		}
		k.s.fail(k.ResponseWriter, k.s.anybody(k.r), err)
	case scs.Destroyed:
		m.WriteSessionCookie(ctx, k.ResponseWriter, "", time.Time{})
	}
}

// WriteHeader implements http.ResponseWriter.
func (k *sessionKeeper) WriteHeader(status int) {
	if status >= 200 { // 1xx come before the answer
		k.keep()
	}
	if !k.lost {
		k.ResponseWriter.WriteHeader(status)
	}
}

// Write implements http.ResponseWriter.
func (k *sessionKeeper) Write(b []byte) (int, error) {
	k.keep()
	if k.lost {
		return len(b), nil
	}
	return k.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the writer below.
func (k *sessionKeeper) Unwrap() http.ResponseWriter { return k.ResponseWriter }
