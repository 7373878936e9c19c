package web

import (
	"net/http"
	"net/url"
	"strings"
)

// Question is what somebody is asked before an act that cannot be taken back. It names the thing, and fails where the
// handler would: who may not act learns nothing.
type Question func(r *Request) (string, error)

// Asks is a question that needs no name.
func Asks(key string) Question {
	return func(r *Request) (string, error) { return r.T(key), nil }
}

// ask answers with a page that asks the question once, and returns errAnswered; or nil where the sender has said yes. With
// JavaScript the page that was sent from has asked already (confirm.js).
func (r *Request) ask(w http.ResponseWriter, question Question) error {
	f, err := r.Read(w)
	if err != nil || f.On("sure") {
		return err
	}
	words, err := question(r)
	if err != nil {
		return err
	}
	if err := r.HTML(w, http.StatusOK, askPage(r, words, f.Values, r.before())); err != nil {
		return err
	}
	return errAnswered
}

// before is the page the form was on, as far as it is one of ours that can be opened again; where it only takes forms, as
// the page that a form comes back on, the nearest above it.
func (r *Request) before() string {
	u, err := url.Parse(r.Referer())
	if err == nil && strings.HasPrefix(u.Path, "/") && !strings.HasPrefix(u.Path, "//") && !strings.Contains(u.Path, "\\") {
		if r.server.opens(u.Path) {
			return u.RequestURI()
		}
		for path := u.Path; strings.Count(path, "/") > 1; {
			if path = path[:strings.LastIndexByte(path, '/')]; r.server.opens(path) {
				return path
			}
		}
	}
	switch {
	case r.atDesk():
		return "/desk/"
	default:
		return r.Path("")
	}
}

// opens says whether a page answers at the path.
func (s *Server) opens(path string) bool {
	_, pattern := s.mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}})
	return strings.HasPrefix(pattern, "GET /") && pattern != "GET /{$}"
}
