// Package web is what every page shares: the route table's guard, the layout, forms, faults as pages, and the headers
// that keep a page from telling on its reader. It knows no feature.
package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/alexedwards/scs/v2"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// Site is what every page shows of the network it belongs to.
type Site struct {
	Name   i18n.Text
	Demo   bool
	Zone   *time.Location
	Source string // where the source of the running version is
}

// Server answers requests. All fields are set by hand in package app before Mount.
type Server struct {
	DB        *db.DB
	Log       *slog.Logger
	Now       func() time.Time
	Texts     *i18n.Bundle
	Auth      *auth.Store
	Sessions  *scs.SessionManager
	Policy    auth.Policy
	PublicURL string // without a slash at its end
	Trusted   []netip.Prefix
	Limits    *auth.Limiter
	Site      func(context.Context) (Site, error)
	Places    func(context.Context, []auth.Held) ([]Place, error)
	Menu      []MenuItem
	DeskMenu  []MenuItem
	Version   string
	pages     *pageCache
	mux       *http.ServeMux
	routes    []Route
	open      []string          // paths of HandleOpen
	exits     map[string]string // by the pattern of the path
}

// IdleLock is after how long without a request a signed-in browser asks for the passphrase again (PRACTICE: five minutes).
const IdleLock = 5 * time.Minute

// Mount builds the handler from the route tables. It panics on a route that does not say what it needs: that is a
// mistake of the program, found at start.
func (s *Server) Mount(tables ...[]Route) {
	s.mux, s.pages, s.exits = http.NewServeMux(), newPageCache(12<<20), map[string]string{}
	for _, table := range tables {
		for _, route := range table {
			if !route.Need.Stated() {
				panic("route without a need: " + route.Pattern)
			}
			s.routes = append(s.routes, route)
			method, path, _ := strings.Cut(route.Pattern, " ")
			rest, many := strings.CutPrefix(path, "/{lang}")
			if !many {
				s.mux.HandleFunc(route.Pattern, s.serve(route, ""))
				continue
			}
			for _, l := range i18n.All {
				p := "/" + string(l) + rest
				s.exits[method+" "+p] = route.Exit
				if rest == "/" {
					p += "{$}"
				}
				s.mux.HandleFunc(method+" "+p, s.serve(route, l))
			}
			if method == http.MethodGet && rest != "/" {
				s.mux.HandleFunc("GET "+rest, s.toLanguage)
			}
		}
	}
	s.mux.HandleFunc("GET /{$}", s.toLanguage)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, hr *http.Request) {
		r, err := s.request(hr, "")
		if err == nil {
			err = fault.NotFound("fault.not_found")
		}
		s.fail(w, r, err)
	})
}

// Routes are all mounted routes, for the test that walks them.
func (s *Server) Routes() []Route { return s.routes }

// Pattern is the pattern of the route that answers the request, for counting; it holds no code and no id.
func (s *Server) Pattern(r *http.Request) string {
	_, pattern := s.mux.Handler(r)
	if strings.Contains(pattern, "/contact") {
		return ""
	}
	return pattern
}

// Handle mounts a handler of a library, such as the API's, which guards itself.
func (s *Server) Handle(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// HandleOpen mounts a handler below a path that ends with a slash, of which anybody may ask anything, pages of other origins
// too: one that changes nothing and answers its own faults. Its requests meet neither session nor cookie.
func (s *Server) HandleOpen(path string, h http.Handler) {
	s.open = append(s.open, path)
	s.mux.Handle(path, h)
}

// Handler is the whole server with its outer layers.
func (s *Server) Handler() http.Handler {
	cross := http.NewCrossOriginProtection()
	if u, err := url.Parse(s.PublicURL); err == nil && u.Host != "" {
		// A browser without Sec-Fetch-Site is known by its Origin, which a proxy that changes Host would make look foreign.
		_ = cross.AddTrustedOrigin(u.Scheme + "://" + u.Host)
	}
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		r, _ := s.request(hr, "")
		s.fail(w, r, fault.Forbidden("fault.cross_origin"))
	}))
	guarded := s.spelled(s.withSession(s.recovered(cross.Handler(s.mux)))) // a fault page needs the session too
	return s.headers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if slices.ContainsFunc(s.open, func(path string) bool { return strings.HasPrefix(r.URL.Path, path) }) {
			s.mux.ServeHTTP(w, r)
			return
		}
		guarded.ServeHTTP(w, r)
	}))
}

// spelled turns away an address that spells no text, which PostgreSQL would refuse as a broken query.
func (s *Server) spelled(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		whole := isText(hr.URL.Path)
		for _, list := range hr.URL.Query() {
			for _, v := range list {
				whole = whole && isText(v)
			}
		}
		if !whole {
			s.fail(w, s.anybody(hr), fault.Invalid("fault.bad_encoding"))
			return
		}
		next.ServeHTTP(w, hr)
	})
}

func (s *Server) toLanguage(w http.ResponseWriter, r *http.Request) {
	l := i18n.Match(r.Header.Get("Accept-Language"))
	u := *r.URL
	u.Path = "/" + string(l) + strings.TrimSuffix(r.URL.Path, "/")
	if r.URL.Path == "/" {
		u.Path += "/"
	}
	w.Header().Set("Vary", "Accept-Language")
	http.Redirect(w, r, u.RequestURI(), http.StatusFound)
}

// serve is the way of every request: who asks, may they, is the screen locked, then the handler.
func (s *Server) serve(route Route, l i18n.Lang) http.HandlerFunc {
	return func(w http.ResponseWriter, hr *http.Request) {
		r, err := s.request(hr, l)
		r.large = route.Large
		if err == nil {
			err = s.allow(w, r, route.Need)
		}
		if err == nil && route.Ask != nil {
			err = r.ask(w, route.Ask)
		}
		if err == nil {
			err = route.Handle(w, r)
		}
		if again, ok := errors.AsType[*Already](err); ok {
			err = r.See(w, again.Location)
		}
		if errors.Is(err, errAnswered) {
			return
		}
		if err != nil {
			s.fail(w, r, err)
		}
	}
}

// errAnswered says that the answer was written already.
var errAnswered = errors.New("answered")

func (s *Server) request(hr *http.Request, l i18n.Lang) (*Request, error) {
	r := &Request{Request: hr, Now: s.Now(), server: s, nonce: rand.Text(), exit: s.exits[hr.Pattern]}
	r.Printer = s.Texts.For(i18n.HR)
	if l == "" {
		l = wanted(hr)
	}
	if s.hasSession(hr) {
		if err := s.identify(r); err != nil {
			r.Printer = s.Texts.For(l)
			return r, err
		}
		if strings.HasPrefix(hr.URL.Path, "/desk") {
			if chosen, ok := i18n.Parse(hr.URL.Query().Get("lang")); ok {
				l = chosen
				s.Sessions.Put(hr.Context(), "lang", string(l))
			} else if kept, ok := i18n.Parse(s.Sessions.GetString(hr.Context(), "lang")); ok {
				l = kept
			} else if r.Viewer.In() {
				l = r.Viewer.Account.Lang
			}
		}
	}
	r.Printer = s.Texts.For(l)
	return r, nil
}

// identify fills in who is signed in and where they act.
func (s *Server) identify(r *Request) error {
	ctx := r.Context()
	id := s.Sessions.GetString(ctx, auth.SessionAccount)
	if id == "" {
		return nil
	}
	account, err := s.Auth.Account(ctx, id)
	if fault.Is(err, fault.KindNotFound) {
		return s.Sessions.Destroy(ctx)
	}
	if err != nil {
		return err
	}
	held, err := s.Auth.Roles(ctx, id)
	if err != nil {
		return err
	}
	places, err := s.Places(ctx, held)
	if err != nil {
		return err
	}
	v := Viewer{Account: account, Held: held, Places: places, policy: s.Policy}
	chosen := s.Sessions.GetString(ctx, "acting")
	for i, p := range places {
		if i == 0 || p.Scope.ID == chosen {
			v.Acting = p
		}
	}
	r.Viewer = v
	return nil
}

// allow says no before the handler runs. A locked screen asks for the passphrase and keeps what was sent.
func (s *Server) allow(w http.ResponseWriter, r *Request, n Need) error {
	if n.IsPublic() {
		return nil
	}
	if !r.Viewer.In() {
		if r.Method == http.MethodGet {
			_ = r.See(w, "/desk/sign-in?next="+templ.EscapeString(urlEscape(r.URL.RequestURI())))
			return errAnswered
		}
		if err := s.signedInAgain(w, r); err != nil {
			return err
		}
	}
	if err := s.unlocked(w, r); err != nil {
		return err
	}
	if err := s.choosePlace(w, r); err != nil {
		return err
	}
	if n.IsPermitted() && (!n.In(r.Viewer.Acting.Scope.Kind) || !r.Viewer.May(n.Permission)) {
		return fault.Forbidden("fault.forbidden")
	}
	return nil
}

// headers are on every answer. Referrer-Policy is same-origin, as no-referrer would make the Origin of our own forms null.
func (s *Server) headers(next http.Handler) http.Handler {
	secure := strings.HasPrefix(s.PublicURL, "https://")
	const csp = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				r, _ := s.request(hr.WithContext(context.WithoutCancel(hr.Context())), "")
				s.fail(w, r, fault.Internal(fmt.Errorf("panic: %v", p)))
			}
		}()
		next.ServeHTTP(w, hr)
	})
}
