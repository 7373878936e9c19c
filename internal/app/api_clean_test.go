package app

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

// asking asks the house's API; what it answers is not held against the document.
func (h *house) asking(t *testing.T) func(method, path, token, body string) (int, []byte) {
	return func(method, path, token, body string) (int, []byte) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, h.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var b bytes.Buffer
		if _, err := b.ReadFrom(resp.Body); err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, b.Bytes()
	}
}

// TestAPI_refusesControlCharactersByField: neither engine gets them, and who sent them reads where they were.
func TestAPI_refusesControlCharactersByField(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		p := h.probe(t, h.asking(t))
		book := `{"space":"` + h.space[0] + `","starts_at":"2027-12-04T17:00:00Z","ends_at":"2027-12-04T19:00:00Z","title":`
		for _, x := range []struct{ method, path, token, body, field string }{
			{"POST", "/spaces", p.centre, `{"name":{"hr":"a\u0000b"}}`, "body.name.hr"},
			{"POST", "/bookings", p.centre, book + `"a\u0000b"}`, "body.title"},
			{"POST", "/bookings", p.centre, book + `"a\u001bb"}`, "body.title"},
			{"POST", "/bookings", p.centre, book + "\"a\xffb\"}", "body"},
			{"POST", "/closures", p.centre, `{"from":"2027-12-06","reason":{"hr":"a\u0000b"}}`, "body.reason.hr"},
			{"POST", "/series", p.centre, `{"space":"` + h.space[0] + `","date":"2027-12-14","from":"18:00","to":"20:00","weeks":1,"count":2,"title":"a\u0000b"}`, "body.title"},
			{"POST", "/sessions/" + h.session[0] + "/registrations", p.centre, `{"name":"a\u0000b"}`, "body.name"},
			{"POST", "/requests", p.guests, `{"space":"` + h.space[0] + `","title":"x","note":"a\u0000b","people":2,"dates":[{"starts_at":"2026-12-24T10:00:00Z","ends_at":"2026-12-24T11:00:00Z"}]}`, "body.note"},
		} {
			if b := p.step(x.body, http.StatusUnprocessableEntity, x.method, x.path, x.token, x.body); !bytes.Contains(b, []byte(`"location":"`+x.field+`"`)) {
				t.Errorf("%s %s: it does not say where: %s", x.path, x.body, b)
			}
		}
		p.step("lines and columns", http.StatusCreated, "POST", "/closures", p.centre, `{"from":"2027-12-06","reason":{"hr":"jedan\ndva\ttri\r\n"}}`)
		p.step("a body that is too long", http.StatusRequestEntityTooLarge, "POST", "/bookings", p.centre, book+`"`+strings.Repeat("a", 2<<20)+`"}`)
	})
}

// TestAPI_aReasonIsAsLongAsAtTheDesk: those who are told read it in a mail.
func TestAPI_aReasonIsAsLongAsAtTheDesk(t *testing.T) {
	h := open(t, dbtest.SQLite(t))
	p := h.probe(t, h.asking(t))
	l, _, err := h.Programme.SessionAt(t.Context(), h.here.ID, h.session[0], false)
	if err != nil {
		t.Fatal(err)
	}
	at := l.Start().In(h.here.Location()).AddDate(0, 0, 40)
	for _, scope := range []string{"this", "all"} {
		say := func(n int) string { return `,"reason":{"hr":"` + strings.Repeat("š", n) + `"}}` }
		move := `{"scope":"` + scope + `","date":"` + at.Format("2006-01-02") + `","from":"05:00","to":"06:00","space":"` + *l.SpaceID + `"`
		cancel := `{"scope":"` + scope + `"`
		for path, body := range map[string]string{"/move": move, "/cancel": cancel} {
			if b := p.step("too long", http.StatusUnprocessableEntity, "POST", "/sessions/"+l.ID+path, p.centre, body+say(301)); !bytes.Contains(b, []byte("300")) {
				t.Errorf("it does not say how long: %s", b)
			}
		}
		p.step("as long as may be", http.StatusOK, "POST", "/sessions/"+l.ID+"/move", p.centre, move+say(300))
		at = at.AddDate(0, 0, 1)
	}
	p.step("as long as may be", http.StatusOK, "POST", "/sessions/"+l.ID+"/cancel", p.centre, `{"scope":"this","reason":{"hr":"`+strings.Repeat("š", 300)+`"}}`)
}
