package app

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
	"time"

	"kvart/internal/booking"
)

// asksSpaces makes, changes and closes spaces.
func (h *house) asksSpaces(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	var half, other, hall struct {
		ID      string
		Parts   []string
		Closed  bool
		Holds   int
		Coming  int
		Version int
	}
	create := func(name, parts string) string {
		return fmt.Sprintf(`{"name":{"hr":%q},"holds":12,"setup_minutes":15,"parts":[%s]}`, name, parts)
	}
	p.refuses(http.MethodPost, "/spaces", create("Pola dvorane", ""), p.host, p.member)
	p.step("no name", 422, http.MethodPost, "/spaces", p.centre, `{"name":{}}`)
	p.step("a language that is none", 422, http.MethodPost, "/spaces", p.centre, `{"name":{"xx":"Pola"}}`)
	p.step("half a hall", 201, http.MethodPost, "/spaces", p.centre, create("Pola dvorane", ""), &half)
	p.step("the same name", 409, http.MethodPost, "/spaces", p.centre, create("Pola dvorane", ""))
	p.step("the other half", 201, http.MethodPost, "/spaces", p.centre, create("Druga polovica dvorane", ""), &other)
	p.step("a part of another centre", 422, http.MethodPost, "/spaces", p.centre, create("Dvorana s tuđim", fmt.Sprintf("%q", h.space[1])))
	p.step("the hall", 201, http.MethodPost, "/spaces", p.centre, create("Cijela dvorana", fmt.Sprintf("%q,%q", half.ID, other.ID)), &hall)
	if len(hall.Parts) != 2 || hall.Holds != 12 || len(half.Parts) != 0 {
		t.Errorf("the hall: %+v, a half: %+v", hall, half)
	}
	at := "/spaces/" + hall.ID
	p.refuses(http.MethodGet, at, "", p.host, p.member)
	p.missing(http.MethodGet, "/spaces/{id}", hall.ID, "", p.there)
	p.step("as it is", 200, http.MethodGet, at, p.centre, "", &hall)

	p.refuses(http.MethodPatch, at, `{"holds":80}`, p.host, p.member)
	p.missing(http.MethodPatch, "/spaces/{id}", hall.ID, `{"holds":80}`, p.there)
	p.step("too many people", 422, http.MethodPatch, at, p.centre, `{"holds":80000}`)
	p.step("a change", 200, http.MethodPatch, at, p.centre, fmt.Sprintf(`{"holds":80,"version":%d}`, hall.Version), &hall)
	if hall.Holds != 80 || len(hall.Parts) != 2 {
		t.Errorf("changed: %+v", hall)
	}
	p.step("an old version", 409, http.MethodPatch, at, p.centre, `{"holds":81,"version":1}`)

	begin := noon(4, 0)
	if _, err := h.Booking.Book(t.Context(), booking.New{SpaceID: hall.ID, CentreID: h.here.ID, Title: "Ples", Start: begin, End: begin.Add(time.Hour), By: "test"}); err != nil {
		t.Fatal(err)
	}
	p.step("other parts while booked", 409, http.MethodPatch, at, p.centre, `{"parts":[]}`)
	if b := p.step("closing what is booked", 409, http.MethodPatch, at, p.centre, `{"closed":true}`); !bytes.Contains(b, []byte(`"coming":1`)) || !bytes.Contains(b, []byte("Ples")) {
		t.Errorf("the answer does not say what stands there: %s", b)
	}
	p.step("closing it all the same", 200, http.MethodPatch, at, p.centre, `{"closed":true,"anyway":true}`, &hall)
	if !hall.Closed || hall.Coming != 1 {
		t.Errorf("closed: %+v", hall)
	}
	if b := p.step("closed ones", 200, http.MethodGet, "/spaces/closed", p.centre, ""); !bytes.Contains(b, []byte(hall.ID)) || bytes.Contains(b, []byte(`"id":"`+half.ID)) {
		t.Errorf("closed ones: %s", b)
	}
	if b := p.step("another centre's closed ones", 200, http.MethodGet, "/spaces/closed", p.there, ""); bytes.Contains(b, []byte(hall.ID)) {
		t.Errorf("closed ones of another centre: %s", b)
	}
	p.refuses(http.MethodGet, "/spaces/closed", "", p.host)
	long := string(bytes.Repeat([]byte("a"), 400))
	p.step("a token that is none", 422, http.MethodGet, "/spaces/closed", long, "")
	p.step("opening it again", 200, http.MethodPatch, at, p.centre, `{"closed":false}`, &hall)
	p.audited("space.add")
	p.audited("space.parts")
	p.audited("space.change")
}

// asksHours changes when a centre is open, and closes it.
func (h *house) asksHours(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	long := string(bytes.Repeat([]byte("a"), 400))
	var open struct {
		Hours    []map[string]any
		Holidays string
		Version  int
		Standing int
	}
	p.refuses(http.MethodGet, "/hours", "", p.host, p.member)
	p.step("a token that is none", 422, http.MethodGet, "/hours", long, "")
	p.step("the hours", 200, http.MethodGet, "/hours", p.centre, "", &open)
	before := open.Version
	p.refuses(http.MethodPatch, "/hours", `{"holidays":"open"}`, p.host, p.member)
	p.step("no choice", 422, http.MethodPatch, "/hours", p.centre, `{"holidays":"sometimes"}`)
	p.step("no time", 422, http.MethodPatch, "/hours", p.centre, `{"hours":[{"weekday":1,"opens":"9","closes":"x"}]}`)
	p.step("spans that meet", 422, http.MethodPatch, "/hours", p.centre, `{"hours":[{"weekday":1,"opens":"09:00","closes":"12:00"},{"weekday":1,"opens":"11:00","closes":"15:00"}]}`)
	p.step("both", 200, http.MethodPatch, "/hours", p.centre, fmt.Sprintf(`{"hours":[{"weekday":1,"opens":"09:00","closes":"20:00"}],"holidays":"closed","version":%d}`, open.Version), &open)
	if len(open.Hours) != 1 || open.Holidays != "closed" {
		t.Errorf("changed: %+v", open)
	}
	p.step("an old version", 409, http.MethodPatch, "/hours", p.centre, fmt.Sprintf(`{"holidays":"open","version":%d}`, before))
	p.step("only the choice", 200, http.MethodPatch, "/hours", p.centre, `{"holidays":"ask"}`, &open)
	if len(open.Hours) != 1 || open.Holidays != "ask" {
		t.Errorf("changed: %+v", open)
	}
	p.audited("centre.save")

	var closure struct {
		ID       string
		Standing int
	}
	p.refuses(http.MethodPost, "/closures", fmt.Sprintf(`{"from":%q}`, day(1)), p.host, p.member)
	p.step("no day", 422, http.MethodPost, "/closures", p.centre, `{"from":"tomorrow"}`)
	p.step("back in time", 422, http.MethodPost, "/closures", p.centre, fmt.Sprintf(`{"from":%q,"to":%q}`, day(3), day(1)))
	p.step("a language that is none", 422, http.MethodPost, "/closures", p.centre, fmt.Sprintf(`{"from":%q,"reason":{"xx":"a"}}`, day(1)))
	p.step("days on which something stands", 201, http.MethodPost, "/closures", p.centre, fmt.Sprintf(`{"from":%q,"to":%q,"reason":{"hr":"Radovi"}}`, day(0), day(2)), &closure)
	if closure.Standing == 0 {
		t.Error("nobody is told that a session stands on a closed day")
	}
	p.refuses(http.MethodGet, "/closures", "", p.host)
	p.step("a token that is none", 422, http.MethodGet, "/closures", long, "")
	if b := p.step("closed days", 200, http.MethodGet, "/closures", p.centre, ""); !bytes.Contains(b, []byte(closure.ID)) {
		t.Errorf("closed days: %s", b)
	}
	p.refuses(http.MethodDelete, "/closures/"+closure.ID, "", p.host, p.member)
	p.missing(http.MethodDelete, "/closures/{id}", closure.ID, "", p.there)
	p.step("opening again", 204, http.MethodDelete, "/closures/"+closure.ID, p.centre, "")
	p.step("twice", 404, http.MethodDelete, "/closures/"+closure.ID, p.centre, "")

	sheet := func(take bool) string {
		return fmt.Sprintf(`{"name":"dani.csv","content":%q,"take":%v}`, "od;do;razlog\n"+day(400)+";;Popis\nnikad;;Ništa\n", take)
	}
	p.refuses(http.MethodPost, "/closures/import", sheet(false), p.host, p.member)
	p.step("another file", 422, http.MethodPost, "/closures/import", p.centre, `{"name":"dani.pdf","content":"x"}`)
	p.step("nothing in it", 422, http.MethodPost, "/closures/import", p.centre, `{"name":"dani.csv","content":""}`)
	for i, want := range []string{`"did":"create"`, `"did":"create"`, `"did":"same"`} {
		b := p.step("a sheet", 200, http.MethodPost, "/closures/import", p.centre, sheet(i > 0))
		if !bytes.Contains(b, []byte(want)) || !bytes.Contains(b, []byte(`"why":"`)) {
			t.Errorf("import %d: %s", i, b)
		}
	}
	p.audited("closure.add")
	p.audited("closure.remove")
}

// asksEquipment adds, changes and stops lending equipment, and asks what is free.
func (h *house) asksEquipment(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	var one struct {
		ID      string
		There   int
		Closed  bool
		Version int
	}
	body := `{"name":{"hr":"Bubnjevi"},"there":5}`
	p.refuses(http.MethodPost, "/equipment", body, p.host, p.member)
	p.step("none of it", 422, http.MethodPost, "/equipment", p.centre, `{"name":{"hr":"Bubnjevi"},"there":0}`)
	p.step("no name", 422, http.MethodPost, "/equipment", p.centre, `{"name":{},"there":5}`)
	p.step("drums", 201, http.MethodPost, "/equipment", p.centre, body, &one)
	at := "/equipment/" + one.ID
	p.refuses(http.MethodGet, at, "", p.host, p.member)
	p.missing(http.MethodGet, "/equipment/{id}", one.ID, "", p.there)
	p.step("as it is", 200, http.MethodGet, at, p.centre, "", &one)

	begin := noon(5, 0)
	var made struct{ ID string }
	p.step("a booking with four", 201, http.MethodPost, "/bookings", p.centre, fmt.Sprintf(`{"space":%q,"starts_at":%q,"ends_at":%q,"title":"Bubnjanje","setup_minutes":30,"clear_minutes":0,"equipment":[{"id":%q,"amount":4}]}`,
		h.space[0], begin.Format(time.RFC3339), begin.Add(time.Hour).Format(time.RFC3339), one.ID), &made)
	free := "/equipment/free?from=" + begin.Add(-time.Hour).UTC().Format("2006-01-02T15:04:05Z") + "&to=" + begin.Add(2*time.Hour).UTC().Format("2006-01-02T15:04:05Z")
	var list struct {
		Items []struct {
			ID    string
			Free  int
			Times []struct {
				From, To time.Time
				Free     int
			}
		}
	}
	p.step("what is free", 200, http.MethodGet, free, p.centre, "", &list)
	for _, x := range list.Items {
		if x.ID != one.ID {
			continue
		}
		if x.Free != 1 || len(x.Times) != 3 || x.Times[0].Free != 5 || x.Times[1].Free != 1 || x.Times[2].Free != 5 || x.Times[1].To.Sub(x.Times[1].From) != 90*time.Minute {
			t.Errorf("free: %+v", x)
		}
	}
	p.refuses(http.MethodGet, free, "", p.host)
	p.step("another centre", 403, http.MethodGet, "/equipment/free?centre="+h.there.Slug, p.centre, "")
	p.step("no centre", 404, http.MethodGet, "/equipment/free?centre=nowhere", p.centre, "")
	p.step("no time", 422, http.MethodGet, "/equipment/free?from=now", p.centre, "")

	p.refuses(http.MethodPatch, at, `{"there":6}`, p.host, p.member)
	p.missing(http.MethodPatch, "/equipment/{id}", one.ID, `{"there":6}`, p.there)
	p.step("none at all", 422, http.MethodPatch, at, p.centre, `{"there":0}`)
	p.step("fewer than are lent", 409, http.MethodPatch, at, p.centre, `{"there":3}`)
	p.step("one more", 200, http.MethodPatch, at, p.centre, fmt.Sprintf(`{"there":6,"version":%d}`, one.Version), &one)
	p.step("an old version", 409, http.MethodPatch, at, p.centre, `{"there":7,"version":1}`)
	p.step("no longer lent", 200, http.MethodPatch, at, p.centre, `{"closed":true}`, &one)
	if one.There != 6 || !one.Closed {
		t.Errorf("changed: %+v", one)
	}
	if b := p.step("what is lent", 200, http.MethodGet, "/equipment", p.centre, ""); bytes.Contains(b, []byte(one.ID)) {
		t.Errorf("what is lent no longer is listed: %s", b)
	}
	if b := p.step("the booking", 200, http.MethodGet, "/bookings/"+made.ID, p.centre, ""); !bytes.Contains(b, []byte(one.ID)) {
		t.Errorf("the booking has lost it: %s", b)
	}
	p.audited("equipment.add")
	p.audited("equipment.change")
}

// asksHolds books for an organisation: confidential, held, within its limits.
func (h *house) asksHolds(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	begin := noon(5, 7)
	order := func(hours int, more string) string {
		return fmt.Sprintf(`{"space":%q,"starts_at":%q,"ends_at":%q,"title":"Tiha skupina"%s}`, h.space[0], begin.Format(time.RFC3339), begin.Add(time.Duration(hours)*time.Hour).Format(time.RFC3339), more)
	}
	var held struct {
		ID, State, Organisation string
		Confidential            bool
		ExpiresAt               *time.Time `json:"expires_at"`
		Setup                   *int       `json:"setup_minutes"`
	}
	p.step("no such organisation", 404, http.MethodPost, "/bookings", p.centre, order(1, `,"organisation":"00000000-0000-7000-8000-000000000000"`))
	p.step("held too long", 422, http.MethodPost, "/bookings", p.centre, order(1, `,"hold_days":15`))
	p.step("held", 201, http.MethodPost, "/bookings", p.centre, order(1, fmt.Sprintf(`,"organisation":%q,"confidential":true,"hold_days":3,"setup_minutes":10`, p.guest)), &held)
	if held.State != booking.Held || held.ExpiresAt == nil || time.Until(*held.ExpiresAt).Round(time.Hour) != 72*time.Hour || held.Organisation != p.guest || !held.Confidential || *held.Setup != 10 {
		t.Errorf("held: %+v", held)
	}
	at := "/bookings/" + held.ID
	p.step("read", 200, http.MethodGet, at, p.centre, "", &held)
	if b := p.step("a clash", 409, http.MethodPost, "/bookings", p.centre, order(1, "")); bytes.Contains(b, []byte("Tiha")) || bytes.Contains(b, []byte(p.guest)) {
		t.Errorf("the clash names what is confidential: %s", b)
	}
	p.refuses(http.MethodPost, at+"/confirmation", "")
	p.missing(http.MethodPost, "/bookings/{id}/confirmation", held.ID, "", p.there, p.host)
	seen, err := h.Booking.Book(t.Context(), booking.New{SpaceID: h.space[0], CentreID: h.here.ID, Title: "Vidljivo", Start: begin.AddDate(0, 0, 1), End: begin.AddDate(0, 0, 1).Add(time.Hour), HoldUntil: time.Now().Add(time.Hour), By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	p.step("confirming with a token that books nothing", 403, http.MethodPost, "/bookings/"+seen.ID+"/confirmation", p.support(), "")
	p.step("confirming", 200, http.MethodPost, at+"/confirmation", p.centre, "", &held)
	if held.State != booking.Confirmed {
		t.Errorf("confirmed: %+v", held)
	}
	p.step("confirming twice", 409, http.MethodPost, at+"/confirmation", p.centre, "")

	asked, err := h.Booking.Between(t.Context(), h.DB, h.here.ID, booking.Interval{Start: time.Now(), End: time.Now().AddDate(0, 2, 0)})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range asked {
		if request, _ := h.Booking.RequestOf(t.Context(), b.ID); request != "" {
			p.step("confirming what waits for an answer", 409, http.MethodPost, "/bookings/"+b.ID+"/confirmation", p.centre, "")
			p.step("cancelling what waits for an answer", 409, http.MethodDelete, "/bookings/"+b.ID, p.centre, "")
		}
	}
	p.limits(60)
	begin = begin.AddDate(0, 0, 14)
	p.step("over the limit", 422, http.MethodPost, "/bookings", p.centre, order(3, fmt.Sprintf(`,"organisation":%q`, p.guest)))
	p.step("over the limit with a reason", 201, http.MethodPost, "/bookings", p.centre, order(3, fmt.Sprintf(`,"organisation":%q,"exceed":"Nastup"`, p.guest)))
	p.audited("booking.exception")
	p.limits(0)
}
