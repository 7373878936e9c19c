package web

import (
	"net/http"
	"net/url"

	"kvart/internal/platform/fault"
)

// statusOf is the one table from a kind of fault to HTTP.
var statusOf = map[fault.Kind]int{
	fault.KindInternal:        http.StatusInternalServerError,
	fault.KindNotFound:        http.StatusNotFound,
	fault.KindInvalid:         http.StatusUnprocessableEntity,
	fault.KindConflict:        http.StatusConflict,
	fault.KindForbidden:       http.StatusForbidden,
	fault.KindUnauthenticated: http.StatusUnauthorized,
	fault.KindTooMany:         http.StatusTooManyRequests,
}

// Status is the HTTP status of a fault.
func Status(err error) int {
	e := fault.Of(err)
	switch e.Key {
	case "fault.database_away", "fault.disk_full":
		return http.StatusServiceUnavailable
	case "fault.too_large":
		return http.StatusRequestEntityTooLarge
	case "fault.no_form", "fault.bad_encoding":
		return http.StatusBadRequest
	}
	return statusOf[e.Kind]
}

// fail answers with the page of a fault. The cause goes to the log only, with the route's pattern and never the address:
// an address can hold a code.
func (s *Server) fail(w http.ResponseWriter, r *Request, err error) {
	e := fault.Of(err)
	status := Status(err)
	if r.exit == "" && s.mux != nil { // it failed before its route was known
		_, pattern := s.mux.Handler(r.Request)
		r.exit = s.exits[pattern]
	}
	if status >= 500 {
		s.Log.Error("request failed", "pattern", r.Pattern, "method", r.Method, "fault", e.Error())
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Del("ETag")
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "15")
	}
	if err := r.HTML(w, status, faultPage(r, status, e)); err != nil {
		s.Log.Error("fault page failed", "cause", err)
	}
}

func urlEscape(s string) string { return url.QueryEscape(s) }
