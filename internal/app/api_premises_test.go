package app

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
)

// asksPremises asks for everything the document says of the requests for premises; token is a coordinator's.
func (h *house) asksPremises(t *testing.T, c *contract, token string) {
	t.Helper()
	lead, err := h.Auth.CreateToken(t.Context(), "lead", auth.Held{Role: network.Lead, Scope: h.scope(network.Lead, t)}, time.Now().AddDate(0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	host, err := h.Auth.CreateToken(t.Context(), "host", auth.Held{Role: network.Host, Scope: h.scope(network.Host, t)}, time.Now().AddDate(0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	own, foreign := h.premises[0], h.premises[1]
	for _, one := range []struct {
		what, path, token string
		want              int
	}{
		{"the list", "", token, http.StatusOK},
		{"those prepared", "?state=prepared", token, http.StatusOK},
		{"those granted", "?state=granted", token, http.StatusOK},
		{"no state", "?state=lost", token, http.StatusUnprocessableEntity},
		{"the list without a token", "", "", http.StatusUnauthorized},
		{"the list with a token of nobody", "", "kvart_nothing", http.StatusUnauthorized},
		{"the list of the whole network", "", lead, http.StatusForbidden},
		{"the list as host", "", host, http.StatusForbidden},
		{"one", "/" + own, token, http.StatusOK},
		{"another centre's", "/" + foreign, token, http.StatusNotFound},
		{"none", "/" + db.NewID(), token, http.StatusNotFound},
		{"no id", "/one", token, http.StatusUnprocessableEntity},
		{"one without a token", "/" + own, "", http.StatusUnauthorized},
		{"one as host", "/" + own, host, http.StatusForbidden},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/api/v1/premises"+one.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if one.token != "" {
			req.Header.Set("Authorization", "Bearer "+one.token)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		documented := "/api/v1/premises"
		if strings.HasPrefix(one.path, "/") {
			documented += "/{id}"
		}
		c.holds(t, http.MethodGet, documented, resp, b)
		if resp.StatusCode != one.want || bytes.Contains(b, []byte(foreign)) {
			t.Errorf("%s: %d, want %d: %s", one.what, resp.StatusCode, one.want, b)
		}
		if one.want == http.StatusOK && one.path != "?state=granted" && !bytes.Contains(b, []byte(own)) {
			t.Errorf("%s: %s", one.what, b)
		}
		var list struct{ Items []any }
		if one.path == "?state=granted" && (json.Unmarshal(b, &list) != nil || len(list.Items) != 0) {
			t.Errorf("%s: %s", one.what, b)
		}
	}
}
