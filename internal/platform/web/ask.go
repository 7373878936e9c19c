package web

import (
	"net/http"
	"net/url"
	"strings"
)

// ask answers with a page that asks the question once, and returns errAnswered; or nil where the sender has said yes. With
// JavaScript the page that was sent from has asked already (confirm.js).
func (r *Request) ask(w http.ResponseWriter, question string) error {
	f, err := r.Read(w)
	if err != nil || f.On("sure") {
		return err
	}
	if err := r.HTML(w, http.StatusOK, askPage(r, r.T(question), f.Values, r.before())); err != nil {
		return err
	}
	return errAnswered
}

// before is the page the form was on, as far as it is one of ours.
func (r *Request) before() string {
	u, err := url.Parse(r.Referer())
	if err != nil || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, "\\") {
		return "/desk/"
	}
	return u.RequestURI()
}
