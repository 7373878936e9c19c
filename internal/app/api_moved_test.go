package app

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
)

// asksMoves moves bookings: who has them hears once, and nothing of a move to where they are.
func (h *house) asksMoves(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	to := "clan.druge@primjer.example"
	if _, err := h.Auth.AddAccount(t.Context(), "clan.druge", "Osoba", to, "četiri obične riječi", auth.Held{Role: network.Member, Scope: auth.Scope{Kind: network.ScopeOrganisation, ID: p.guest}}); err != nil {
		t.Fatal(err)
	}
	mails := func() (n int) {
		if err := h.DB.Get(t.Context(), &n, `SELECT COUNT(*) FROM mails WHERE to_address = :to`, db.Args{"to": to}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	at := noon(3, 0)
	f := func(x time.Time) string { return x.UTC().Format(time.RFC3339) }
	var b struct{ ID string }
	p.step("booked for an organisation", 201, http.MethodPost, "/bookings", p.centre, fmt.Sprintf(`{"space":%q,"starts_at":%q,"ends_at":%q,"title":"Zbor","organisation":%q}`, h.space[0], f(at), f(at.Add(time.Hour)), p.guest), &b)
	before := mails()
	for range 3 {
		p.step("moved", 200, http.MethodPatch, "/bookings/"+b.ID, p.centre, fmt.Sprintf(`{"starts_at":%q,"ends_at":%q}`, f(at.Add(2*time.Hour)), f(at.Add(3*time.Hour))))
	}
	if n := mails() - before; n != 1 {
		t.Errorf("moved once and asked three times: %d mails", n)
	}
	_, session := h.planAt(t, h.here, false, "Pletenje", noon(0, 6).In(h.here.Location()))
	l, _, err := h.Programme.SessionAt(t.Context(), h.here.ID, session, false)
	if err != nil {
		t.Fatal(err)
	}
	registered := "osoba.peta@primjer.example"
	p.step("registered", 201, http.MethodPost, "/sessions/"+l.ID+"/registrations", p.centre, fmt.Sprintf(`{"name":"Osoba Peta","email":%q}`, registered))
	to, before = registered, mails()
	loc, space := h.here.Location(), ""
	if l.SpaceID != nil {
		space = fmt.Sprintf(`,"space":%q`, *l.SpaceID)
	}
	p.step("moved to where it is", 200, http.MethodPost, "/sessions/"+l.ID+"/move", p.centre, fmt.Sprintf(`{"scope":"this","date":%q,"from":%q,"to":%q%s}`,
		l.Start().In(loc).Format(time.DateOnly), l.Start().In(loc).Format("15:04"), l.End().In(loc).Format("15:04"), space))
	if n := mails() - before; n != 0 {
		t.Errorf("moved to where it is: %d mails", n)
	}
	p.step("a list from paper is for today only", 403, http.MethodPost, "/paper-lists", p.host,
		fmt.Sprintf(`{"session":%q,"names":["Osoba Četvrta"],"written_at":%q}`, h.session[0], f(time.Now().Add(-time.Minute))))
}
