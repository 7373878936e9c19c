package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// Request is a request as a handler sees it: with the reader's language, the moment it came and who sent it.
type Request struct {
	*http.Request
	*i18n.Printer
	Now    time.Time
	Viewer Viewer
	server *Server
	nonce  string
	shared bool       // the page is kept for others too, so nothing of one reader may be on it
	opened *openedKey // the viewer's key, once it was asked for
	exit   string     // Route.Exit of the page
	large  bool       // Route.Large
}

// Viewer is who looks at the page. The zero value is a visitor without an account.
type Viewer struct {
	Account auth.Account
	Held    []auth.Held
	Acting  Place // where one acts, of Places
	Places  []Place
	policy  auth.Policy
}

// Place is a scope in which an account may act, with the name shown for it.
type Place struct {
	Scope    auth.Scope
	Name     string
	RoleKeys []string // message keys of the roles under which one acts there
	Features []string
}

// In says whether the viewer has an account and is signed in.
func (v Viewer) In() bool { return v.Account.ID != "" }

// Can says whether the viewer has the permission in the scope. Rights add up over roles.
func (v Viewer) Can(p auth.Permission, s auth.Scope) bool {
	return v.In() && v.policy.Can(v.Held, p, s)
}

// May says whether the viewer has the permission where one acts now.
func (v Viewer) May(p auth.Permission) bool { return v.Can(p, v.Acting.Scope) }

// ScopeID is the id of the scope one acts in.
func (v Viewer) ScopeID() string { return v.Acting.Scope.ID }

// Path is the address of a public page in the reader's language: Path("programme") is "/hr/programme".
func (r *Request) Path(p string) string {
	return "/" + string(r.Lang()) + "/" + strings.TrimPrefix(p, "/")
}

// Public is a page's address with the host, for links that leave the page: mail, QR codes, calendars.
func (r *Request) Public(p string) string { return r.server.PublicURL + r.Path(p) }

// Base is the address of this installation without a slash at its end.
func (r *Request) Base() string { return r.server.PublicURL }

// InLang is the address of the page one reads, in another language. A desk page is asked for with ?lang=. What answers a
// form has no address of its own: it is the page that the form was on.
func (r *Request) InLang(l i18n.Lang) string {
	u := *r.URL
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		if before, err := url.Parse(r.before()); err == nil {
			u = *before
		}
	}
	q := u.Query()
	if rest, ok := strings.CutPrefix(u.Path, "/"+string(r.Lang())+"/"); ok {
		u.Path = "/" + string(l) + "/" + rest
		q.Del("lang")
	} else if u.Path == "/"+string(r.Lang()) {
		u.Path = "/" + string(l) + "/"
	} else {
		q.Set("lang", string(l))
	}
	return (&url.URL{Path: u.Path, RawQuery: q.Encode()}).String()
}

// With is the address of the page one reads with the given query values changed; an empty value takes the key out.
func (r *Request) With(pairs ...string) string {
	q := r.URL.Query()
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		} else {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	q.Del("done")
	u := url.URL{Path: r.URL.Path, RawQuery: q.Encode()}
	return u.String()
}

// Slowed returns TooMany where this client has tried the action too often. The address is not kept: package auth holds
// an HMAC of it, in memory.
func (r *Request) Slowed(action string) error { return r.SlowedBy(action, 1) }

// SlowedBy is Slowed for a try that counts as so many.
func (r *Request) SlowedBy(action string, weight int) error {
	if ok, wait := r.server.Limits.Weigh(r.server.ClientAddress(r.Request), action, weight); !ok {
		return fault.TooMany("auth.fault.slow", "seconds", int(wait.Seconds())+1)
	}
	return nil
}

// Flash keeps a message for the next page of a signed-in viewer. For a visitor it does nothing: no cookie is set for
// those who have no account; pages for them say what happened themselves.
func (r *Request) Flash(key string, args ...any) {
	if r.Viewer.In() {
		r.server.Sessions.Put(r.Context(), "flash", r.T(key, args...))
	}
}

// takeFlash returns the kept message once.
func (r *Request) takeFlash() string {
	if !r.Viewer.In() {
		return ""
	}
	return r.server.Sessions.PopString(r.Context(), "flash")
}

// See answers a form that was taken: the browser asks for the given address next.
func (r *Request) See(w http.ResponseWriter, address string) error {
	http.Redirect(w, r.Request, address, http.StatusSeeOther)
	return nil
}
