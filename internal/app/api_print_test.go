package app

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
)

// askPrint asks for what apiPrint answers, well and badly, as TestAPI_answersAsItsDocumentSays does.
func (h *house) askPrint(t *testing.T, coordinator string, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	for path, want := range map[string]int{"": http.StatusOK, "?centre=" + h.here.Slug: http.StatusOK, "?centre=nowhere": http.StatusNotFound, "?centre=" + strings.Repeat("a", 81): http.StatusUnprocessableEntity} {
		status, b := ask(http.MethodGet, "/api/v1/posters"+path, "", "")
		if status != want || status == http.StatusOK && !bytes.Contains(b, []byte("/centres/"+h.here.Slug+"/poster.pdf")) {
			t.Errorf("posters%s: %d %s", path, status, b)
		}
	}
	member, err := h.Auth.CreateToken(t.Context(), "member", auth.Held{Role: network.Member, Scope: h.scope(network.Member, t)}, time.Now().AddDate(0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	hidden, hiddenDate := h.plan(t, h.here, true, "Povjerljivi krug")
	order := func(session, names string, written time.Time) string {
		return fmt.Sprintf(`{"session":%q,"names":%s,"written_at":%q}`, session, names, written.Format(time.RFC3339))
	}
	now := time.Now()
	for _, one := range []struct {
		what, token, body string
		want              int
	}{
		{"no token", "", order(h.session[0], `["Ana"]`, now), http.StatusUnauthorized},
		{"a token that may not", member, order(h.session[0], `["Ana"]`, now), http.StatusForbidden},
		{"another centre's session", coordinator, order(h.session[1], `["Ana"]`, now), http.StatusNotFound},
		{"a discreet session", coordinator, order(hiddenDate, `["Ana"]`, now), http.StatusNotFound},
		{"no session", coordinator, order(hidden, `["Ana"]`, now), http.StatusNotFound},
		{"no names", coordinator, order(h.session[0], `[]`, now), http.StatusUnprocessableEntity},
		{"empty names", coordinator, order(h.session[0], `[" "]`, now), http.StatusUnprocessableEntity},
		{"written tomorrow", coordinator, order(h.session[0], `["Ana"]`, now.AddDate(0, 0, 1)), http.StatusUnprocessableEntity},
		{"no JSON", coordinator, `{"session":`, http.StatusBadRequest},
		{"a list", coordinator, order(h.session[0], `["Ana +1","Boris","Cvita +1"]`, now), http.StatusOK},
	} {
		status, b := ask(http.MethodPost, "/api/v1/paper-lists", one.token, one.body)
		if status != one.want {
			t.Errorf("%s: %d, want %d: %s", one.what, status, one.want, b)
		}
		if status == http.StatusOK && !bytes.Contains(b, []byte(`{"registered":2,"waiting":1,"already":0}`)) {
			t.Errorf("of four places: %s", b)
		}
	}
	if _, err := h.DB.Exec(t.Context(), `UPDATE sessions SET state = 'cancelled' WHERE id = :id`, db.Args{"id": h.session[0]}); err != nil {
		t.Fatal(err)
	}
	if status, b := ask(http.MethodPost, "/api/v1/paper-lists", coordinator, order(h.session[0], `["Dunja"]`, now)); status != http.StatusConflict {
		t.Errorf("a session that was called off: %d %s", status, b)
	}
}
