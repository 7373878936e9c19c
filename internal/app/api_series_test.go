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
	"kvart/internal/programme"
)

// holdsSeries asks for everything that the document says of series, with good and with bad questions.
func (c *contract) holdsSeries(t *testing.T, h *house, token string) {
	t.Helper()
	other, err := h.Auth.CreateToken(t.Context(), "test", auth.Held{Role: network.SupportWorker, Scope: h.scope(network.Coordinator, t)}, time.Now().AddDate(0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	spaces, err := h.Booking.Spaces(t.Context(), h.DB, h.here.ID)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(what, method, pattern, id, token, body string, want int, answer any) []byte {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, h.url+strings.Replace(pattern, "{id}", id, 1), strings.NewReader(body))
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
		c.holds(t, method, pattern, resp, b.Bytes())
		if resp.StatusCode != want {
			t.Errorf("%s: %d, want %d: %s", what, resp.StatusCode, want, b.Bytes())
		}
		if answer != nil {
			if err := json.Unmarshal(b.Bytes(), answer); err != nil {
				t.Fatal(err)
			}
		}
		return b.Bytes()
	}
	// refusals are those that every change has.
	refusals := func(method, pattern, id, body string) {
		t.Helper()
		ask("no token", method, pattern, id, "", body, 401, nil)
		ask("a token without the right", method, pattern, id, other, body, 403, nil)
		if strings.Contains(pattern, "{id}") {
			ask("nothing there", method, pattern, db.NewID(), token, body, 404, nil)
		}
		if body != "" {
			ask("no JSON", method, pattern, id, token, `{"scope":`, 400, nil)
			ask("an empty body", method, pattern, id, token, `{}`, 422, nil)
		}
	}
	day := time.Now().AddDate(0, 3, 0).Format(time.DateOnly)
	order := func(space, rest string) string {
		return fmt.Sprintf(`{"space":%q,"date":%q,"from":"06:10","to":"06:40","weeks":1,"title":"Rana proba"%s}`, space, day, rest)
	}
	const list, one = "/api/v1/series", "/api/v1/series/{id}"
	type series struct {
		ID    string
		Dates []struct {
			Booking, State string
			StartsAt       time.Time `json:"starts_at"`
			Moved          bool
		}
	}
	var made, again series
	refusals("POST", list, "", order(spaces[0].ID, `,"count":3`))
	ask("no such room", "POST", list, "", token, order(db.NewID(), `,"count":3`), 404, nil)
	ask("without an end", "POST", list, "", token, order(spaces[0].ID, ``), 422, nil)
	ask("until before the start", "POST", list, "", token, order(spaces[0].ID, `,"until":"2020-01-01"`), 422, nil)
	ask("four hundred and one", "POST", list, "", token, order(spaces[0].ID, `,"count":401`), 422, nil)
	ask("a series", "POST", list, "", token, order(spaces[0].ID, `,"count":3`), 201, &made)
	if b := ask("the same", "POST", list, "", token, order(spaces[0].ID, `,"count":4`), 409, nil); bytes.Count(b, []byte("Rana proba")) != 3 {
		t.Errorf("the clashes are not said by date: %s", b)
	}
	ask("the rest of it", "POST", list, "", token, order(spaces[0].ID, `,"count":4,"skip_taken":true`), 201, &again)
	if len(made.Dates) != 3 || len(again.Dates) != 1 {
		t.Errorf("made %+v and %+v", made, again)
	}
	var chairs string
	err = h.DB.Tx(t.Context(), func(tx *db.Tx) (err error) {
		chairs, err = h.Booking.AddEquipment(t.Context(), tx, booking.Equipment{CentreID: h.here.ID, Name: in3("Sklopive stolice", "Folding chairs", "Klappstoler"), Quantity: 40}, "test")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	early := func(n int, space, from string) string {
		return strings.NewReplacer("06:10", from+":10", "06:40", from+":40").Replace(order(space, fmt.Sprintf(`,"count":2,"setup_minutes":15,"clear_minutes":5,"equipment":[{"id":%q,"amount":%d}]`, chairs, n)))
	}
	if b := ask("a series with chairs", "POST", list, "", token, early(30, spaces[0].ID, "04"), 201, nil); !bytes.Contains(b, []byte(`"setup_minutes":15`)) || !bytes.Contains(b, []byte(`"amount":30`)) {
		t.Errorf("it does not say what it has: %s", b)
	}
	if b := ask("with more chairs than are left", "POST", list, "", token, early(11, spaces[1].ID, "04"), 409, nil); bytes.Count(b, []byte(`"wanted":11,"free":10`)) != 2 {
		t.Errorf("what is short is not said by date: %s", b)
	}
	ask("with chairs of nowhere", "POST", list, "", token, strings.Replace(early(11, spaces[1].ID, "03"), chairs, db.NewID(), 1), 422, nil)
	ask("with no chair", "POST", list, "", token, early(0, spaces[1].ID, "03"), 422, nil)
	refusals("GET", list, "", "")
	if b := ask("the list", "GET", list, "", token, "", 200, nil); !bytes.Contains(b, []byte(made.ID)) {
		t.Errorf("the list has it not: %s", b)
	}
	ask("a token of no token's length", "GET", list, "", strings.Repeat("k", 400), "", 422, nil)
	refusals("GET", one, made.ID, "")
	ask("no id", "GET", one, "utorkom", token, "", 422, nil)
	ask("the series", "GET", one, made.ID, token, "", 200, nil)

	move := func(n int, scope, from string) string {
		return fmt.Sprintf(`{"booking":%q,"scope":%q,"date":%q,"from":%q,"to":"07:50","space":%q}`, made.Dates[n].Booking, scope, made.Dates[n].StartsAt.Format(time.DateOnly), from, spaces[0].ID)
	}
	refusals("POST", one+"/move", made.ID, move(0, "all", "07:00"))
	var moved series
	ask("moved", "POST", one+"/move", made.ID, token, move(1, "following", "07:00"), 200, &moved)
	if len(moved.Dates) != 2 || moved.ID == made.ID {
		t.Errorf("moved %+v", moved)
	}
	blocked := again.Dates[0].StartsAt // where the other series is
	ask("into another's way", "POST", one+"/move", moved.ID, token, fmt.Sprintf(`{"booking":%q,"scope":"this","date":%q,"from":"06:00","to":"07:00","space":%q}`,
		moved.Dates[1].Booking, blocked.Format(time.DateOnly), spaces[0].ID), 409, nil)
	// A change asks of the organisation's limits as making it does, and says when the centre is not open.
	guest := db.NewID()
	for _, x := range []struct {
		sql  string
		args db.Args
	}{
		{`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, 'guest-of-the-test', 'cso', 'Guest')`, db.Args{"id": guest}},
		{`INSERT INTO organisation_terms (centre_id, organisation_id, own_limits, week_minutes, reason) VALUES (:c, :o, 1, 30, 'Proba')`, db.Args{"c": h.here.ID, "o": guest}},
	} {
		if _, err := h.DB.Exec(t.Context(), x.sql, x.args); err != nil {
			t.Fatal(err)
		}
	}
	var theirs series
	ask("of an organisation", "POST", list, "", token, strings.NewReplacer("06:10", "01:10", "06:40", "01:40").Replace(order(spaces[0].ID, fmt.Sprintf(`,"count":2,"organisation":%q`, guest))), 201, &theirs)
	longer := func(rest string) string {
		return fmt.Sprintf(`{"booking":%q,"scope":"all","date":%q,"from":"01:10","to":"02:00","space":%q%s}`, theirs.Dates[0].Booking, day, spaces[0].ID, rest)
	}
	if b := ask("over its limit", "POST", one+"/move", theirs.ID, token, longer(""), 422, nil); !bytes.Contains(b, []byte("30 min")) {
		t.Errorf("the limit is not said: %s", b)
	}
	if b := ask("over its limit with a reason", "POST", one+"/move", theirs.ID, token, longer(`,"exceed":"A first night"`), 200, nil); bytes.Count(b, []byte(`"outside":"hours"`)) != 2 {
		t.Errorf("it does not say that the centre is not open: %s", b)
	}
	patch := func(rest string) string {
		start := theirs.Dates[0].StartsAt
		return fmt.Sprintf(`{"starts_at":%q,"ends_at":%q%s}`, start.Format(time.RFC3339), start.Add(70*time.Minute).Format(time.RFC3339), rest)
	}
	ask("one of them longer", "PATCH", "/api/v1/bookings/{id}", theirs.Dates[0].Booking, token, patch(""), 422, nil)
	ask("longer with a reason", "PATCH", "/api/v1/bookings/{id}", theirs.Dates[0].Booking, token, patch(`,"exceed":"A first night"`), 200, nil)

	if _, err := h.DB.Exec(t.Context(), `DELETE FROM organisation_terms WHERE organisation_id = :o`, db.Args{"o": guest}); err != nil { // others are asked for with any organisation
		t.Fatal(err)
	}

	cancel := fmt.Sprintf(`{"booking":%q,"scope":"all"}`, moved.Dates[0].Booking)
	refusals("POST", one+"/cancel", moved.ID, cancel)
	ask("cancelled", "POST", one+"/cancel", moved.ID, token, cancel, 200, nil)
	ask("cancelled already", "POST", one+"/cancel", moved.ID, token, cancel, 409, nil)

	var ids []string
	err = h.DB.Tx(t.Context(), func(tx *db.Tx) error {
		groups, err := h.Network.Groups(t.Context(), tx)
		if err != nil {
			return err
		}
		a := programme.Activity{CentreID: h.here.ID, Title: in3("Rano", "Early", "Tidlig"), Kind: programme.Open, RegisterFor: "session", PlaceKind: programme.InSpace, OpensClock: "09:00", State: "published"}
		if a.ID, err = h.Programme.AddActivity(t.Context(), tx, a, groups, "test"); err != nil {
			return err
		}
		first, err := time.ParseInLocation(time.DateOnly, day, h.here.Location())
		if err != nil {
			return err
		}
		var dates []programme.Date
		for i := range 3 {
			start := first.AddDate(0, 0, 7*i+1).Add(6 * time.Hour)
			dates = append(dates, programme.Date{Start: start, End: start.Add(time.Hour), SpaceID: spaces[0].ID})
		}
		ids, err = h.Programme.AddSessions(t.Context(), tx, a, dates, "test")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	const sessions = "/api/v1/sessions/{id}"
	to := func(days int) string {
		first, _ := time.Parse(time.DateOnly, day)
		return fmt.Sprintf(`{"scope":"following","date":%q,"from":"06:00","to":"07:00","space":%q}`, first.AddDate(0, 0, days).Format(time.DateOnly), spaces[0].ID)
	}
	refusals("POST", sessions+"/move", ids[0], to(2))
	ask("onto the other series", "POST", sessions+"/move", ids[0], token, to(0), 409, nil)
	var changed struct{ Changed int }
	ask("with a reason in no language", "POST", sessions+"/move", ids[1], token, strings.Replace(to(9), "{", `{"reason":{"xx":"?"},`, 1), 422, nil)
	ask("sessions moved", "POST", sessions+"/move", ids[1], token, strings.Replace(to(9), "{", `{"reason":{"hr":"Popravljamo pod."},`, 1), 200, &changed)
	if changed.Changed != 2 {
		t.Errorf("%d moved", changed.Changed)
	}
	refusals("POST", sessions+"/cancel", ids[0], `{"scope":"all"}`)
	ask("sessions cancelled", "POST", sessions+"/cancel", ids[0], token, `{"scope":"all","reason":{"hr":"Bolest"}}`, 200, &changed)
}
