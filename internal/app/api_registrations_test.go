package app

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/programme"
)

// asksRegistrations registers, confirms, calls, passes on and cancels, and records who came.
func (h *house) asksRegistrations(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	soon := noon(0, 3).In(h.here.Location())
	_, session := h.planAt(t, h.here, false, "Radionica", soon)
	_, away := h.planAt(t, h.there, false, "Radionica drugdje", soon)
	_, hidden := h.planAt(t, h.here, true, "Tiha skupina", soon)
	at := "/sessions/" + session + "/registrations"
	support := p.support()
	person := `{"name":"Osoba Prva","email":"osoba.prva@primjer.hr","phone":"+385 1 234 567","party":3,"channel":"phone"}`
	type reg struct {
		ID, State, Channel string
		Party              int
	}
	var first, second reg
	p.refuses(http.MethodPost, at, person, support, p.member, p.host) // the session is tomorrow's: nothing for who is on duty today
	p.missing(http.MethodPost, "/sessions/{id}/registrations", session, person, p.there)
	p.step("a discreet one", 404, http.MethodPost, "/sessions/"+hidden+"/registrations", p.centre, person)
	p.step("nobody", 422, http.MethodPost, at, p.centre, `{"party":11}`)
	p.step("no mail", 422, http.MethodPost, at, p.centre, `{"name":"Osoba","email":"osoba"}`)
	p.step("web is not for the desk", 422, http.MethodPost, at, p.centre, `{"channel":"web"}`)
	b := p.step("three", 201, http.MethodPost, at, p.centre, person, &first)
	if first.State != programme.Confirmed || first.Party != 3 || first.Channel != "phone" {
		t.Errorf("first: %+v", first)
	}
	p.step("the same person", 409, http.MethodPost, at, p.centre, person)
	p.step("two more than there is room for", 201, http.MethodPost, at, p.centre, `{"name":"Osoba Druga","party":2}`, &second)
	if second.State != programme.Waiting {
		t.Errorf("second: %+v", second)
	}
	p.refuses(http.MethodGet, at, "", support, p.member, p.host)
	p.missing(http.MethodGet, "/sessions/{id}/registrations", session, "", p.there)
	p.step("of a discreet one", 404, http.MethodGet, "/sessions/"+hidden+"/registrations", p.centre, "")
	b = append(b, p.step("all", 200, http.MethodGet, at, p.centre, "")...)
	b = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).ReplaceAll(b, nil) // an id has digits of its own
	if bytes.Contains(b, []byte("Osoba")) || bytes.Contains(b, []byte("primjer")) || bytes.Contains(b, []byte("234")) {
		t.Errorf("a name or a contact leaves through the API: %s", b)
	}
	if !bytes.Contains(b, []byte(`"waiting":1`)) || !bytes.Contains(b, []byte(`"taken":3`)) || !bytes.Contains(b, []byte(`"free":1`)) {
		t.Errorf("all: %s", b)
	}

	// Giving back offers the place to the next, who is called, misses, and confirms.
	one, two := "/registrations/"+first.ID, "/registrations/"+second.ID
	for _, x := range []struct{ method, path, body string }{{http.MethodPost, "/confirmation", ""}, {http.MethodPost, "/pass-on", ""}, {http.MethodPost, "/call", `{"outcome":"reached"}`}, {http.MethodDelete, "", ""}} {
		p.refuses(x.method, two+x.path, x.body, support, p.member, p.host)
		p.step("another centre's", 404, x.method, two+x.path, p.there, x.body)
		p.step("what is not there", 404, x.method, "/registrations/"+db.NewID()+x.path, p.centre, x.body)
		p.step("an id too long", 422, x.method, "/registrations/"+strings.Repeat("a", 81)+x.path, p.centre, x.body)
	}
	p.step("confirming who waits", 409, http.MethodPost, two+"/confirmation", p.centre, "")
	p.step("giving back", 204, http.MethodDelete, one, p.centre, "")
	p.step("twice", 204, http.MethodDelete, one, p.centre, "")
	p.step("no answer", 200, http.MethodPost, two+"/call", p.centre, `{"outcome":"no_answer"}`, &second)
	p.step("no outcome", 422, http.MethodPost, two+"/call", p.centre, `{"outcome":"maybe"}`)
	if second.State != programme.Offered {
		t.Errorf("who was next: %+v", second)
	}
	if b := p.step("reached", 200, http.MethodPost, two+"/call", p.centre, `{"outcome":"reached"}`); !bytes.Contains(b, []byte("offer_until")) {
		t.Errorf("the time to confirm does not run: %s", b)
	}
	p.step("taken", 200, http.MethodPost, two+"/confirmation", p.centre, "", &second)
	p.step("passing on what is not offered", 200, http.MethodPost, two+"/pass-on", p.centre, "", &second)
	if second.State != programme.Confirmed {
		t.Errorf("taken: %+v", second)
	}
	for _, action := range []string{"registration.confirm", "registration.cancel", "registration.call"} {
		p.audited(action)
	}

	// Who came: not before it begins, never by name in the answer.
	came := "/sessions/" + session + "/attendance"
	p.refuses(http.MethodGet, came, "", support, p.member, p.host)
	p.missing(http.MethodGet, "/sessions/{id}/attendance", session, "", p.there)
	p.step("of a discreet one", 404, http.MethodGet, "/sessions/"+hidden+"/attendance", p.centre, "")
	p.refuses(http.MethodPut, came, `{"counted":5}`, support, p.member, p.host)
	p.missing(http.MethodPut, "/sessions/{id}/attendance", session, `{"counted":5}`, p.there)
	p.step("of a discreet one", 404, http.MethodPut, "/sessions/"+hidden+"/attendance", p.centre, `{"counted":5}`)
	p.step("before it begins", 422, http.MethodPut, came, p.centre, `{"counted":5}`)
	now := time.Now()
	if _, err := h.DB.Exec(t.Context(), `UPDATE sessions SET starts_at = :s, ends_at = :e, local_date = :d WHERE id = :id`,
		db.Args{"s": now.Add(-5 * time.Minute).Unix(), "e": now.Add(time.Hour).Unix(), "d": now.In(h.here.Location()).Format(time.DateOnly), "id": session}); err != nil {
		t.Fatal(err)
	}
	var record struct{ Came, Named, Counted, Version int }
	p.step("nobody", 422, http.MethodPut, came, p.centre, `{"counted":-1}`)
	p.step("somebody else's registration", 422, http.MethodPut, came, p.centre, fmt.Sprintf(`{"counted":5,"registrations":[%q]}`, first.ID))
	p.step("one by name and five more", 200, http.MethodPut, came, p.centre, fmt.Sprintf(`{"counted":5,"registrations":[%q]}`, second.ID), &record)
	if record.Came != 6 || record.Named != 1 {
		t.Errorf("came: %+v", record)
	}
	p.step("today's, by who is on duty: a walk-in more", 200, http.MethodPut, came, p.host, fmt.Sprintf(`{"counted":6,"version":%d}`, record.Version), &record)
	if record.Came != 7 || record.Named != 1 {
		t.Errorf("a walk-in: %+v", record)
	}
	p.step("an old version", 409, http.MethodPut, came, p.centre, `{"counted":7,"version":1}`)
	p.step("as it is", 200, http.MethodGet, came, p.host, "", &record)
	p.audited("attendance.record")

	// Who answers for it, and who opens.
	account, err := h.Auth.AddAccount(context.Background(), "koordinacija."+db.NewSecretID()[:8], "Koordinacija", "", "četiri obične riječi",
		auth.Held{Role: network.Coordinator, Scope: auth.Scope{Kind: network.ScopeCentre, ID: h.here.ID}})
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"account":%q}`, account.ID)
	who := "/sessions/" + session + "/responsible"
	p.refuses(http.MethodPut, who, body, p.host, support, p.member)
	p.missing(http.MethodPut, "/sessions/{id}/responsible", session, body, p.there)
	p.step("nobody of the team", 422, http.MethodPut, who, p.centre, `{"account":"nobody"}`)
	p.step("somebody of the team", 200, http.MethodPut, who, p.centre, body)
	p.step("somebody of another team", 422, http.MethodPut, "/sessions/"+away+"/responsible", p.there, body)

	p.refuses(http.MethodGet, "/duty", "", p.host, p.member)
	p.step("no day", 422, http.MethodGet, "/duty?from=today", p.centre, "")
	if b := p.step("the week", 200, http.MethodGet, "/duty", p.centre, ""); !bytes.Contains(b, []byte(account.ID)) || bytes.Count(b, []byte(`"date"`)) != 7 {
		t.Errorf("the week: %s", b)
	}
	opens := fmt.Sprintf(`{"opens":{"account":%q,"at":"08:30"}}`, account.ID)
	p.refuses(http.MethodPut, "/duty/"+day(2), opens, p.host, p.member)
	p.step("a day that is over", 422, http.MethodPut, "/duty/"+day(-2), p.centre, opens)
	p.step("no clock", 422, http.MethodPut, "/duty/"+day(2), p.centre, strings.Replace(opens, "08:30", "8", 1))
	p.step("nobody of the team", 422, http.MethodPut, "/duty/"+day(2), p.centre, `{"opens":{"account":"nobody"}}`)
	p.step("somebody of another team", 422, http.MethodPut, "/duty/"+day(2), p.there, opens)
	if b := p.step("a day", 200, http.MethodPut, "/duty/"+day(2), p.centre, opens); !bytes.Contains(b, []byte(`"opens":{"account":"`+account.ID+`","at":"08:30"}`)) {
		t.Errorf("the day: %s", b)
	}
	p.step("every Monday", 200, http.MethodPut, "/duty/1", p.centre, opens)
	p.audited("duty.set")
}
