package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
)

// askRooms asks, lists, answers and withdraws by tokens of two organisations and two centres, well and badly.
func (h *house) asksForRooms(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	token := func(role auth.Role, kind, id string) string {
		s, err := h.Auth.CreateToken(t.Context(), "test", auth.Held{Role: role, Scope: auth.Scope{Kind: kind, ID: id}}, time.Now().AddDate(0, 0, 1))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	organisations, err := h.Network.Organisations(t.Context(), h.DB)
	if err != nil {
		t.Fatal(err)
	}
	var guests []string
	for _, o := range organisations {
		if o.ID != h.here.OrganisationID {
			guests = append(guests, o.ID)
		}
	}
	member, other := token(network.Member, network.ScopeOrganisation, guests[0]), token(network.Member, network.ScopeOrganisation, guests[1])
	centre, elsewhere := token(network.Coordinator, network.ScopeCentre, h.here.ID), token(network.Coordinator, network.ScopeCentre, h.there.ID)
	officer := token(network.CityOfficer, network.ScopeNetwork, "n")
	spaces, err := h.Booking.Spaces(t.Context(), h.DB, h.here.ID)
	if err != nil {
		t.Fatal(err)
	}
	at := noon(3, 0)
	order := func(days, people int, confidential bool) string {
		start := at.AddDate(0, 0, days)
		return fmt.Sprintf(`{"space":%q,"title":"Tajna proba","people":%d,"confidential":%v,"dates":[{"starts_at":%q,"ends_at":%q}]}`, spaces[0].ID, people, confidential,
			start.Format(time.RFC3339), start.Add(time.Hour).Format(time.RFC3339))
	}
	step := func(what string, want int, method, path, token, body string) (out struct {
		ID    string
		Title string
		Dates []struct{ ID, State, Reason string }
		Items []struct{ ID, Title, Organisation string }
	}) {
		t.Helper()
		status, b := ask(method, "/api/v1"+path, token, body)
		if status != want {
			t.Fatalf("%s: %d, want %d: %s", what, status, want, b)
		}
		if status < 300 {
			if err := json.Unmarshal(b, &out); err != nil {
				t.Fatal(err)
			}
		} else if bytes.Contains(b, []byte("Tajna")) {
			t.Errorf("%s: %s", what, b)
		}
		return out
	}
	const post, get = http.MethodPost, http.MethodGet
	step("no token", 401, post, "/requests", "", order(0, 5, false))
	step("a centre's token", 403, post, "/requests", centre, order(0, 5, false))
	step("no JSON", 400, post, "/requests", member, `{`)
	step("nobody", 422, post, "/requests", member, order(0, 0, false))
	step("a year ago", 422, post, "/requests", member, order(-700, 5, false))
	step("no such room", 404, post, "/requests", member, fmt.Sprintf(`{"space":%q,"title":"x","people":1,"dates":[{"starts_at":%q,"ends_at":%q}]}`, db.NewID(), at.Format(time.RFC3339), at.Add(time.Hour).Format(time.RFC3339)))
	first := step("a request", 201, post, "/requests", member, order(0, 5, true))
	if first.Title == "" || first.Dates[0].State != "asked" {
		t.Errorf("%+v", first)
	}
	step("the same room", 409, post, "/requests", other, order(0, 5, false))
	second := step("another day", 201, post, "/requests", other, order(1, 5, false))

	var piece string
	if err := h.DB.Tx(t.Context(), func(tx *db.Tx) (err error) {
		piece, err = h.Booking.AddEquipment(t.Context(), tx, booking.Equipment{CentreID: h.here.ID, Name: i18n.Text{i18n.HR: "Megafon"}, Quantity: 1}, "test")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	with := func(n int) string {
		return strings.Replace(order(2, 5, false), `"people"`, fmt.Sprintf(`"setup_minutes":45,"equipment":[{"id":%q,"amount":%d}],"people"`, piece, n), 1)
	}
	if status, b := ask(post, "/api/v1/requests", other, with(2)); status != 409 || !bytes.Contains(b, []byte(`"missing":[{`)) || !bytes.Contains(b, []byte("Megafon")) {
		t.Errorf("more than there is: %d %s", status, b)
	}
	if status, b := ask(post, "/api/v1/requests", other, with(1)); status != 201 || !bytes.Contains(b, []byte(piece)) || !bytes.Contains(b, []byte(`"setup_minutes":45`)) {
		t.Errorf("equipment with the room: %d %s", status, b)
	}

	step("no token", 401, get, "/requests", "", "")
	step("the city", 403, get, "/requests", officer, "")
	step("no role", 422, get, "/requests?role=none", member, "")
	if own := step("one's own", 200, get, "/requests", member, ""); len(own.Items) != 1 || own.Items[0].Title != "" {
		t.Errorf("one's own, of which the confidential one has no title: %+v", own.Items)
	}
	if owner := step("of one's rooms", 200, get, "/requests?role=deciding", member, ""); len(owner.Items) != 0 {
		t.Errorf("%+v", owner.Items)
	}
	if _, err := h.DB.Exec(t.Context(), `INSERT INTO space_terms (space_id, owner_id, decides) VALUES (:s, :o, 'owner') ON CONFLICT (space_id) DO UPDATE SET owner_id = :o, decides = 'owner'`,
		db.Args{"s": spaces[0].ID, "o": guests[1]}); err != nil {
		t.Fatal(err)
	}
	for _, x := range step("of whose room it is", 200, get, "/requests?role=deciding", other, "").Items {
		if x.ID == first.ID && x.Organisation+x.Title != "" || x.ID == second.ID && x.Organisation != guests[1] {
			t.Errorf("the owner reads of a confidential request: %+v", x)
		}
	}
	if _, err := h.DB.Exec(t.Context(), `UPDATE space_terms SET decides = 'centre' WHERE space_id = :s`, db.Args{"s": spaces[0].ID}); err != nil {
		t.Fatal(err)
	}
	if all := step("the centre's", 200, get, "/requests", centre, ""); len(all.Items) != 4 { // with that of the house
		t.Errorf("%+v", all.Items)
	}
	if none := step("another centre's", 200, get, "/requests", elsewhere, ""); len(none.Items) != 1 || none.Items[0].Title == "Tajna proba" {
		t.Errorf("%+v", none.Items)
	}

	decision, yes := "/requests/"+first.ID+"/decision", `{"decision":"approve"}`
	step("no token", 401, post, decision, "", yes)
	step("the city", 403, post, decision, officer, yes)
	step("no JSON", 400, post, decision, centre, `{`)
	step("another centre", 404, post, decision, elsewhere, yes)
	step("who asked", 404, post, decision, member, yes)
	step("no reason", 422, post, "/requests/"+second.ID+"/decision", centre, `{"decision":"refuse"}`)
	if r := step("a refusal", 200, post, "/requests/"+second.ID+"/decision", centre, `{"decision":"refuse","reason":"Zidovi."}`); r.Dates[0].Reason != "Zidovi." {
		t.Errorf("%+v", r)
	}
	step("a yes", 200, post, decision, centre, yes)
	step("twice", 409, post, decision, centre, yes)

	back := "/requests/" + first.ID + "/withdrawal"
	step("no token", 401, post, back, "", "")
	step("a centre's token", 403, post, back, centre, "")
	step("no id", 422, post, "/requests/none/withdrawal", member, "")
	step("another organisation", 404, post, back, other, "")
	if r := step("given back", 200, post, back, member, ""); r.Dates[0].State != "withdrawn" {
		t.Errorf("%+v", r)
	}
	step("twice", 409, post, back, member, "")
}
