package app

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/internal/programme"
)

// asksReminders begins and stops reminders.
func (h *house) asksReminders(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	soon := noon(0, 5).In(h.here.Location())
	activity, session := h.planAt(t, h.here, false, "Čitanje", soon)
	ofSession, ofActivity := "/sessions/"+session+"/reminders", "/activities/"+activity+"/reminders"
	p.step("nobody to remind", 422, http.MethodPost, ofSession, p.centre, "")
	p.step("somebody", 201, http.MethodPost, "/sessions/"+session+"/registrations", p.centre, `{"name":"Osoba Treća","email":"osoba.treca@primjer.hr"}`)
	for path, id := range map[string]string{"/sessions/{id}/reminders": session, "/activities/{id}/reminders": activity} {
		p.refuses(http.MethodPost, strings.Replace(path, "{id}", id, 1), "", p.host, p.member)
		p.missing(http.MethodPost, path, id, "", p.there)
	}
	p.step("a discreet one", 404, http.MethodPost, "/activities/"+h.discreet(t)+"/reminders", p.centre, "")
	var one struct {
		ID, State string
		Total     int
	}
	p.step("of a session", 202, http.MethodPost, ofSession, p.centre, "", &one)
	p.step("of an activity", 202, http.MethodPost, ofActivity, p.centre, "", &one)
	if one.State != "running" || one.Total != 1 {
		t.Errorf("begun: %+v", one)
	}
	at := "/reminders/" + one.ID
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		p.refuses(method, at, "", p.host, p.member)
		p.step("another centre's", 404, method, at, p.there, "")
		p.step("another token's of the same centre", 404, method, at, h.probe(t, ask).centre, "")
		p.step("what is not there", 404, method, "/reminders/"+db.NewID(), p.centre, "")
		p.step("an id too long", 422, method, "/reminders/"+strings.Repeat("a", 81), p.centre, "")
	}
	p.step("how far", 200, http.MethodGet, at, p.centre, "", &one)
	p.step("stopping", 200, http.MethodDelete, at, p.centre, "", &one)
	if one.State != "stopping" {
		t.Errorf("stopping: %+v", one)
	}
	p.audited("session.remind")
	p.audited("activity.remind")
}

// asksMaterials lists photos, records consent and removes one.
func (h *house) asksMaterials(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	id, err := h.Programme.AddMaterial(t.Context(), h.here.ID, h.activity[0], programme.Material{Words: i18n.Text{i18n.HR: "Stol u dvorištu"}}, programme.Sent{Data: b.Bytes()}, "", "", "test")
	if err != nil {
		t.Fatal(err)
	}
	list := "/activities/" + h.activity[0] + "/materials"
	p.refuses(http.MethodGet, list, "", p.host, p.member)
	p.missing(http.MethodGet, "/activities/{id}/materials", h.activity[0], "", p.there)
	p.step("of a discreet one", 404, http.MethodGet, "/activities/"+h.discreet(t)+"/materials", p.centre, "")
	if b := p.step("all", 200, http.MethodGet, list, p.centre, ""); !bytes.Contains(b, []byte(id)) || !bytes.Contains(b, []byte(`"public":false`)) {
		t.Errorf("all: %s", b)
	}
	consent := "/materials/" + id + "/consent"
	p.refuses(http.MethodPut, consent, `{"consent":"nobody"}`, p.host, p.member)
	p.missing(http.MethodPut, "/materials/{id}/consent", id, `{"consent":"nobody"}`, p.there)
	p.step("agreed, but not how", 422, http.MethodPut, consent, p.centre, `{"consent":"all"}`)
	if b := p.step("agreed", 200, http.MethodPut, consent, p.centre, `{"consent":"all","how":"usmeno"}`); !bytes.Contains(b, []byte(`"public":true`)) {
		t.Errorf("agreed: %s", b)
	}
	p.refuses(http.MethodDelete, "/materials/"+id, "", p.host, p.member)
	p.missing(http.MethodDelete, "/materials/{id}", id, "", p.there)
	p.step("removed", 204, http.MethodDelete, "/materials/"+id, p.centre, "")
	p.audited("material.consent")
	p.audited("material.remove")
}

// asksLost loses two dates, takes one back and declines the other.
func (h *house) asksLost(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	begin := time.Now().In(h.here.Location()).AddDate(0, 8, 0).Truncate(24 * time.Hour)
	begin = time.Date(begin.Year(), begin.Month(), begin.Day(), 10, 0, 0, 0, h.here.Location())
	var inTheWay []string
	for week := range 2 {
		at := begin.AddDate(0, 0, 7*week)
		b, err := h.Booking.Book(t.Context(), booking.New{SpaceID: h.space[0], CentreID: h.here.ID, Title: "Popravak", Start: at, End: at.Add(time.Hour), By: "test"})
		if err != nil {
			t.Fatal(err)
		}
		inTheWay = append(inTheWay, b.ID)
	}
	p.step("a series that loses two dates", 201, http.MethodPost, "/series", p.centre, fmt.Sprintf(`{"space":%q,"date":%q,"from":"10:00","to":"11:00","weeks":1,"count":4,"title":"Jutarnja joga","skip_taken":true}`,
		h.space[0], begin.Format(time.DateOnly)))
	type lost struct{ ID, State, Title string }
	var list struct{ Items []lost }
	p.refuses(http.MethodGet, "/lost-dates", "", p.host, p.member)
	p.step("a token that is none", 422, http.MethodGet, "/lost-dates", strings.Repeat("a", 400), "")
	for activity, title := range map[string]string{h.discreet(t): "Skriveno", h.activity[0]: "Javno"} {
		if _, err := h.DB.Exec(t.Context(), `INSERT INTO lost_dates (id, centre_id, activity_id, title, confidential, space_id, starts_at, ends_at, state, lost_at)
			VALUES (:id, :c, :a, :t, 0, :s, :from, :to, 'lost', 1)`, db.Args{"id": db.NewID(), "c": h.here.ID, "a": activity, "t": title, "s": h.space[0],
			"from": begin.Add(5 * time.Hour).Unix(), "to": begin.Add(6 * time.Hour).Unix()}); err != nil {
			t.Fatal(err)
		}
	}
	if b := p.step("lost", 200, http.MethodGet, "/lost-dates", p.centre, "", &list); bytes.Contains(b, []byte("Skriveno")) || bytes.Contains(b, []byte(h.discreet(t))) || !bytes.Contains(b, []byte("Javno")) {
		t.Errorf("lost, of which the discreet is not said: %s", b)
	}
	var own []lost
	for _, x := range list.Items {
		if x.Title == "Jutarnja joga" {
			own = append(own, x)
		}
	}
	if len(own) != 2 || own[0].State != booking.LostYet {
		t.Fatalf("lost: %+v", list.Items)
	}
	if b := p.step("another centre's", 200, http.MethodGet, "/lost-dates", p.there, ""); bytes.Contains(b, []byte(own[0].ID)) {
		t.Errorf("lost at another centre: %s", b)
	}
	accept := "/lost-dates/" + own[0].ID + "/acceptance"
	p.refuses(http.MethodPost, accept, "", p.host, p.member)
	p.missing(http.MethodPost, "/lost-dates/{id}/acceptance", own[0].ID, "", p.there)
	p.step("before it is offered", 409, http.MethodPost, accept, p.centre, "")
	for _, id := range inTheWay {
		p.step("the room becomes free", 204, http.MethodDelete, "/bookings/"+id, p.centre, "")
	}
	p.step("taken back", 200, http.MethodPost, accept, p.centre, "", &own[0])
	if own[0].State != booking.Taken {
		t.Errorf("taken back: %+v", own[0])
	}
	at := "/lost-dates/" + own[1].ID
	p.refuses(http.MethodDelete, at, "", p.host, p.member)
	p.missing(http.MethodDelete, "/lost-dates/{id}", own[1].ID, "", p.there)
	p.step("declined", 204, http.MethodDelete, at, p.centre, "")
	p.step("twice", 204, http.MethodDelete, at, p.centre, "")
	p.audited("series.take_back")
}

// TestAPI_saysThatADateTakenBackIsOutsideHours: the hours may have changed since it was lost.
func TestAPI_saysThatADateTakenBackIsOutsideHours(t *testing.T) {
	h := open(t, dbtest.SQLite(t))
	p := h.probe(t, h.asking(t))
	begin := time.Now().In(h.here.Location()).AddDate(0, 8, 0)
	begin = time.Date(begin.Year(), begin.Month(), begin.Day(), 10, 0, 0, 0, h.here.Location())
	b, err := h.Booking.Book(t.Context(), booking.New{SpaceID: h.space[0], CentreID: h.here.ID, Title: "Popravak", Start: begin, End: begin.Add(time.Hour), By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	p.step("a series that loses a date", 201, http.MethodPost, "/series", p.centre, fmt.Sprintf(`{"space":%q,"date":%q,"from":"10:00","to":"11:00","weeks":1,"count":2,"title":"Jutarnja joga","skip_taken":true}`,
		h.space[0], begin.Format(time.DateOnly)))
	p.step("the room becomes free", 204, http.MethodDelete, "/bookings/"+b.ID, p.centre, "")
	p.step("hours", 200, http.MethodPatch, "/hours", p.centre, fmt.Sprintf(`{"hours":[{"weekday":%d,"opens":"18:00","closes":"20:00"}]}`, (int(begin.Weekday())+6)%7+1))
	var list struct{ Items []struct{ ID, Title string } }
	for activity, title := range map[string]string{h.discreet(t): "Skriveno", h.activity[0]: "Javno"} {
		if _, err := h.DB.Exec(t.Context(), `INSERT INTO lost_dates (id, centre_id, activity_id, title, confidential, space_id, starts_at, ends_at, state, lost_at)
			VALUES (:id, :c, :a, :t, 0, :s, :from, :to, 'lost', 1)`, db.Args{"id": db.NewID(), "c": h.here.ID, "a": activity, "t": title, "s": h.space[0],
			"from": begin.Add(5 * time.Hour).Unix(), "to": begin.Add(6 * time.Hour).Unix()}); err != nil {
			t.Fatal(err)
		}
	}
	if b := p.step("lost", 200, http.MethodGet, "/lost-dates", p.centre, "", &list); bytes.Contains(b, []byte("Skriveno")) || bytes.Contains(b, []byte(h.discreet(t))) || !bytes.Contains(b, []byte("Javno")) {
		t.Errorf("lost, of which the discreet is not said: %s", b)
	}
	if len(list.Items) == 0 || list.Items[0].Title != "Jutarnja joga" {
		t.Fatalf("lost: %+v", list)
	}
	var taken struct{ State, Outside string }
	p.step("taken back", 200, http.MethodPost, "/lost-dates/"+list.Items[0].ID+"/acceptance", p.centre, "", &taken)
	if taken.State != booking.Taken || taken.Outside != "hours" {
		t.Errorf("taken back: %+v", taken)
	}
}
