package app

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
)

// probe asks the API of a house, and has tokens of who may and who may not.
type probe struct {
	*house
	t                    *testing.T
	ask                  func(method, path, token, body string) (int, []byte)
	centre, there        string // of the coordination here, and of another centre
	host, member, guests string // of who is on duty here; of the organisation that runs the centre here, and of another
	guest                string // the other organisation's id
}

func (h *house) probe(t *testing.T, ask func(method, path, token, body string) (int, []byte)) probe {
	t.Helper()
	p := probe{house: h, t: t, ask: ask}
	p.centre, p.there = h.token(t, network.Coordinator, network.ScopeCentre, h.here.ID), h.token(t, network.Coordinator, network.ScopeCentre, h.there.ID)
	p.host = h.token(t, network.Host, network.ScopeCentre, h.here.ID)
	p.member = h.token(t, network.Member, network.ScopeOrganisation, h.here.OrganisationID)
	list, err := h.Network.Organisations(t.Context(), h.DB)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		if o.ID != h.here.OrganisationID {
			p.guest = o.ID
		}
	}
	p.guests = h.token(t, network.Member, network.ScopeOrganisation, p.guest)
	return p
}

// step asks, and wants the status; the body of a success is read into the outs.
func (p probe) step(what string, want int, method, path, token, body string, outs ...any) []byte {
	p.t.Helper()
	status, b := p.ask(method, "/api/v1"+path, token, body)
	if status != want {
		p.t.Fatalf("%s: %s %s: %d, want %d: %s", what, method, path, status, want, b)
	}
	for _, out := range outs {
		if err := json.Unmarshal(b, out); err != nil {
			p.t.Fatal(err)
		}
	}
	return b
}

// refuses asks as who may not, and with what is no JSON and no id. The path's id is of the centre here. Whoever only reads,
// or works for nobody here, is refused; to another centre the id is not there.
func (p probe) refuses(method, path, body string, denied ...string) {
	p.t.Helper()
	p.step("without a token", http.StatusUnauthorized, method, path, "", body)
	p.step("with a token of nobody", http.StatusUnauthorized, method, path, "kvart_nothing", body)
	for _, token := range denied {
		p.step("with a token that may not", http.StatusForbidden, method, path, token, body)
	}
	if body != "" {
		p.step("with no JSON", http.StatusBadRequest, method, path, p.centre, `{"`)
	}
}

// missing asks with another centre's token, for what is not there, and for what is no id.
func (p probe) missing(method, path, id, body string, tokens ...string) {
	p.t.Helper()
	for _, token := range tokens {
		if b := p.step("another centre's", http.StatusNotFound, method, strings.Replace(path, "{id}", id, 1), token, body); bytes.Contains(b, []byte(id)) {
			p.t.Errorf("the answer names it: %s", b)
		}
	}
	p.step("what is not there", http.StatusNotFound, method, strings.Replace(path, "{id}", db.NewID(), 1), p.centre, body)
	p.step("what is no id", http.StatusUnprocessableEntity, method, strings.Replace(path, "{id}", "nothing", 1), p.centre, body)
}

// audited says that the centre's token is in the audit with the action.
func (p probe) audited(action string) {
	p.t.Helper()
	var n int
	if err := p.DB.Get(p.t.Context(), &n, `SELECT COUNT(*) FROM audit_rows WHERE action = :a AND actor LIKE :by`, db.Args{"a": action, "by": "token:%"}); err != nil || n == 0 {
		p.t.Errorf("no audit of %s by a token: %d %v", action, n, err)
	}
}

// noon is twelve o'clock UTC that many months and days from now: at that hour no test's dates
// run into midnight, whenever it is run.
func noon(months, days int) time.Time {
	return time.Now().UTC().AddDate(0, months, days).Truncate(24 * time.Hour).Add(12 * time.Hour)
}

func day(days int) string { return time.Now().AddDate(0, 0, days).Format(time.DateOnly) }

// token is one of the role in the scope.
func (h *house) token(t *testing.T, role auth.Role, kind, id string) string {
	t.Helper()
	s, err := h.Auth.CreateToken(t.Context(), "test", auth.Held{Role: role, Scope: auth.Scope{Kind: kind, ID: id}}, time.Now().AddDate(0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// support is a token that sees bookings here and makes none.
func (p probe) support() string {
	return p.token(p.t, network.SupportWorker, network.ScopeCentre, p.here.ID)
}

// limits lets each organisation hold so many minutes a week here; 0: as many as it likes.
func (p probe) limits(minutes int) {
	p.t.Helper()
	if err := p.DB.Tx(p.t.Context(), func(tx *db.Tx) error {
		u, err := p.Booking.FairUse(p.t.Context(), tx, p.here.ID)
		if err != nil {
			return err
		}
		u.WeekMinutes = minutes
		return p.Sharing.SetFairUse(p.t.Context(), tx, u, "test")
	}); err != nil {
		p.t.Fatal(err)
	}
}
