package app

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kvart/internal/network"
	"kvart/internal/platform/dbtest"
)

// TestHostile_badRequestsGetAClearPage sends what browsers of good people do not send.
func TestHostile_badRequestsGetAClearPage(t *testing.T) {
	h := open(t, dbtest.SQLite(t))
	c := h.browser(t, network.Coordinator, h.scope(network.Coordinator, t))
	for name, one := range map[string]struct {
		body   string
		header [2]string
		want   int
	}{
		"from another site":  {"place=x", [2]string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		"of another origin":  {"place=x", [2]string{"Origin", "https://elsewhere.example"}, http.StatusForbidden},
		"oversized":          {"a=" + strings.Repeat("a", 400_000), [2]string{}, http.StatusRequestEntityTooLarge},
		"in Windows-1250":    {"place=\xe8\xe6", [2]string{}, http.StatusBadRequest},
		"of no known place":  {"place=x", [2]string{}, http.StatusForbidden},
		"with a broken form": {"%zz", [2]string{}, http.StatusBadRequest},
	} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/desk/acting", strings.NewReader(one.body))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if one.header[0] != "" {
			req.Header.Set(one.header[0], one.header[1])
		}
		resp, err := c.Do(req)
		if err != nil {
			t.Errorf("a form %s: %v", name, err)
			continue
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != one.want || !strings.Contains(string(body), "<h1>") {
			t.Errorf("a form %s: %s, want %d and a page", name, resp.Status, one.want)
		}
	}
}

// TestLock_keepsWhatWasTyped locks the screen and sends a form: the page that asks for the passphrase carries it.
func TestLock_keepsWhatWasTyped(t *testing.T) {
	h := open(t, dbtest.SQLite(t))
	c := h.browser(t, network.Coordinator, h.scope(network.Coordinator, t))
	post := func(path string, v url.Values) (int, string) {
		resp, err := c.PostForm(h.url+path, v)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(b)
	}
	post("/desk/lock", nil)
	status, body := post("/desk/programme/new", url.Values{"title-hr": {"Kava s okusom"}})
	if status != http.StatusUnauthorized || !strings.Contains(body, `name="title-hr" value="Kava s okusom"`) {
		t.Fatalf("locked: %d, and what was typed is lost", status)
	}
	if status, _ = post("/desk/programme/new", url.Values{"title-hr": {"Kava s okusom"}, "_passphrase": {"pogrešna zaporka"}}); status != http.StatusUnauthorized {
		t.Fatalf("a wrong passphrase: %d", status)
	}
	status, body = post("/desk/programme/new", url.Values{"title-hr": {"Kava s okusom"}, "_passphrase": {"četiri obične riječi"}})
	if status == http.StatusUnauthorized || !strings.Contains(body, "Kava s okusom") {
		t.Fatalf("unlocked: %d", status)
	}
}
