package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kvart/internal/directory"
	"kvart/internal/hsdstest"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
)

// TestHSDS_conformsOverTheDemoWithTheStandardsExamples walks through all that the demo's API tells, with the standard's own examples
// imported beside it as the operator does: first, middle and last page of every list, all ids, lines, POST, each body
// held against the official schemas, and once more refusing what they do not name; in the profile and in the base.
func TestHSDS_conformsOverTheDemoWithTheStandardsExamples(t *testing.T) {
	folder := hsdstest.Folder(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, _ := demoAt(t, d, time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC))
		for _, name := range []string{"service_full.json", "organization_full.json"} {
			data, err := os.ReadFile(filepath.Join(folder, "examples", name))
			if err != nil {
				t.Fatal(err)
			}
			report, err := directory.Importer{Store: a.Directory, Lang: i18n.EN, By: "cli"}.Run(t.Context(), name, data, true)
			if err != nil || report.FaultCount > 0 {
				t.Fatalf("%s: %v %v", name, err, report.Faults)
			}
		}
		server := httptest.NewServer(a.Server.Handler())
		t.Cleanup(server.Close)
		a.Directory.PublicURL = server.URL
		for root, profile := range map[string]bool{directory.APIPath: true, directory.APIPath + "base/": false} {
			bodies, met := hsdstest.Walk(t, server.URL+root, profile, 1000)
			if bodies < 500 || len(met) < 12 {
				t.Errorf("%s: only %d bodies of %d nouns", root, bodies, len(met))
			}
			t.Logf("%s: %d bodies, %d nouns", root, bodies, len(met))
		}
	})
}

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
