package app

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"kvart/internal/directory"
	"kvart/internal/platform/dbtest"
)

// TestHSDS_meetsNeitherSessionNorCookie: a page of another origin may ask by GET and POST, and who asks with the cookie of
// somebody signed in is answered as anybody is. What is beside it stays guarded.
func TestHSDS_meetsNeitherSessionNorCookie(t *testing.T) {
	h := open(t, dbtest.SQLite(t))
	send := func(method, path, body string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), method, h.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://elsewhere.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.AddCookie(&http.Cookie{Name: h.Server.Sessions.Cookie.Name, Value: "of somebody"})
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "", "", 200}, {"GET", "services?page=1", "", 200}, {"POST", "services", "page=1", 200}, {"POST", "base/organizations", "", 200}, {"GET", "openapi.json", "", 200},
		{"GET", "profile/address.json", "", 200}, {"GET", "services?search=%ff", "", 400}, {"GET", "nowhere", "", 404}, {"DELETE", "services", "", 405}, {"OPTIONS", "services", "", 204},
	} {
		resp := send(c.method, directory.APIPath+c.path, c.body)
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != c.status || resp.Header.Get("Access-Control-Allow-Origin") != "*" || resp.Header.Get("Set-Cookie") != "" || resp.Header.Get("Vary") != "" || strings.Contains(string(body), "<") {
			t.Errorf("%s %s: %d %v %s", c.method, c.path, resp.StatusCode, resp.Header, body)
		}
	}
	if resp := send("POST", "/hr/contact", "x=1"); resp.StatusCode == http.StatusOK || resp.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("beside it: %d %v", resp.StatusCode, resp.Header)
	}
	if pattern := h.Server.Pattern(requested(t, directory.APIPath+"services?search=tajna")); pattern != directory.APIPath {
		t.Errorf("it is counted as %q", pattern)
	}
}

func requested(t *testing.T, path string) *http.Request {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
