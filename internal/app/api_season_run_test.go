package app

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kvart/internal/allotment"
	"kvart/internal/network"
	"kvart/internal/season"
)

type gotSeason struct {
	ID, State string
	Version   int
	Edits     int
	Spaces    []string
	Members   []struct {
		Organisation string
		Members      int64
		Wishes       int
	}
	Template []struct{ ID, Organisation, Room, Start string }
	Progress *struct{ State string }
	Outcomes map[string]int
}

// asksSeasonRun takes a season from its making to its bookings.
func (h *house) asksSeasonRun(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	from := time.Now().AddDate(0, 7, 0)
	body := func(name, opens string, version int) string {
		v := ""
		if version > 0 {
			v = fmt.Sprintf(`,"version":%d`, version)
		}
		return fmt.Sprintf(`{"name":%q,"from":%q,"to":%q,"wishes_until":%q,"spaces":[%q],"hours":[{"weekday":2,"from":%q,"to":"22:00"}],"weights":{"members":1,"local":1,"volunteers":1}%s}`, name,
			from.Format(time.DateOnly), from.AddDate(0, 0, 27).Format(time.DateOnly), day(30), h.space[0], opens, v)
	}
	h.turns(t)
	p.step("seasons that are off", 404, http.MethodPost, "/seasons", p.centre, body("Proljeće", "16:00", 0))
	p.step("seasons that are off", 404, http.MethodGet, "/seasons/own", p.centre, "")
	h.turns(t, network.FeatureSeason)
	var one, other gotSeason
	p.refuses(http.MethodPost, "/seasons", body("Proljeće", "16:00", 0), p.host, p.member)
	p.step("no name", 422, http.MethodPost, "/seasons", p.centre, body("", "16:00", 0))
	p.step("no clock", 422, http.MethodPost, "/seasons", p.centre, body("Proljeće", "22:30", 0))
	p.step("another centre's room", 422, http.MethodPost, "/seasons", p.centre, strings.Replace(body("Proljeće", "16:00", 0), h.space[0], h.space[1], 1))
	p.step("a season", 201, http.MethodPost, "/seasons", p.centre, body("Proljeće", "16:00", 0), &one)
	p.step("another", 201, http.MethodPost, "/seasons", p.centre, body("Ljeto", "16:00", 0), &other)
	at := "/seasons/" + one.ID
	p.refuses(http.MethodGet, "/seasons/own", "", p.host, p.member)
	p.step("a token that is none", 422, http.MethodGet, "/seasons/own", strings.Repeat("a", 400), "")
	if b := p.step("all", 200, http.MethodGet, "/seasons/own", p.centre, ""); !bytes.Contains(b, []byte(one.ID)) {
		t.Errorf("all: %s", b)
	}
	p.refuses(http.MethodPut, at, body("Proljeće", "17:00", 0), p.host, p.member)
	p.missing(http.MethodPut, "/seasons/{id}", one.ID, body("Proljeće", "17:00", 0), p.there)
	p.step("changed", 200, http.MethodPut, at, p.centre, body("Proljeće", "17:00", one.Version), &one)
	p.step("an old version", 409, http.MethodPut, at, p.centre, body("Proljeće", "18:00", one.Version+7))
	p.refuses(http.MethodDelete, "/seasons/"+other.ID, "", p.host, p.member)
	p.missing(http.MethodDelete, "/seasons/{id}", other.ID, "", p.there)
	p.step("deleted", 204, http.MethodDelete, "/seasons/"+other.ID, p.centre, "")

	step := func(what string) string { return fmt.Sprintf(`{"step":%q}`, what) }
	p.refuses(http.MethodPost, at+"/step", step("open"), p.host, p.member)
	p.missing(http.MethodPost, "/seasons/{id}/step", one.ID, step("open"), p.there)
	p.step("no step", 422, http.MethodPost, at+"/step", p.centre, step("jump"))
	p.step("publishing what is not counted", 409, http.MethodPost, at+"/step", p.centre, step("publish"))
	p.step("open", 200, http.MethodPost, at+"/step", p.centre, step("open"), &one)
	p.step("deleting what is open", 409, http.MethodDelete, at, p.centre, "")
	member := at + "/members/" + p.guest
	amounts := `{"members":40,"local":5,"volunteers":2}`
	p.refuses(http.MethodPut, member, amounts, p.host, p.member)
	p.missing(http.MethodPut, "/seasons/{id}/members/"+p.guest, one.ID, amounts, p.there)
	p.step("less than nobody", 422, http.MethodPut, member, p.centre, strings.Replace(amounts, "40", "-1", 1))
	p.step("who takes part", 200, http.MethodPut, member, p.centre, amounts, &one)
	if len(one.Members) != 1 || one.Members[0].Members != 40 {
		t.Errorf("who takes part: %+v", one.Members)
	}
	p.step("no wishes to count", 409, http.MethodPost, at+"/step", p.centre, step("count"))
	p.step("a wish", 201, http.MethodPost, at+"/wishes", p.guests, `{"weekday":2,"start":"18:00","end":"19:00"}`)
	edit := func(seen int, what, slot, start string) string {
		return fmt.Sprintf(`{"seen":%d,"what":%q,"slot":%q,"room":%q,"weekday":2,"start":%q,"end":"21:30","reason":"Dogovor."}`, seen, what, slot, "ROOM", start)
	}
	p.step("editing before it is counted", 409, http.MethodPost, at+"/edits", p.centre, edit(0, "move", "none", "20:00"))
	p.step("counted", 200, http.MethodPost, at+"/step", p.centre, step("count"), &one)
	p.step("let in again", 200, http.MethodPost, at+"/step", p.centre, step("reopen"), &one)
	p.step("counted again", 200, http.MethodPost, at+"/step", p.centre, step("count"), &one)
	p.step("who takes part is fixed", 409, http.MethodPut, member, p.centre, strings.Replace(amounts, "40", "41", 1))
	if len(one.Template) != 1 || one.Edits != 0 {
		t.Fatalf("counted: %+v", one)
	}
	slot := one.Template[0]
	move := strings.Replace(edit(0, "move", slot.ID, "20:00"), "ROOM", slot.Room, 1)
	p.refuses(http.MethodPost, at+"/edits", move, p.host, p.member)
	p.missing(http.MethodPost, "/seasons/{id}/edits", one.ID, move, p.there)
	p.step("no reason", 422, http.MethodPost, at+"/edits", p.centre, strings.Replace(move, "Dogovor.", "", 1))
	p.step("no time", 422, http.MethodPost, at+"/edits", p.centre, strings.Replace(move, "20:00", "20:99", 1))
	p.step("no such room", 422, http.MethodPost, at+"/edits", p.centre, edit(0, "move", slot.ID, "20:00"))
	p.step("moved", 200, http.MethodPost, at+"/edits", p.centre, move, &one)
	if one.Edits != 1 || one.Template[0].Start != "20:00" || one.Template[0].Organisation != slot.Organisation {
		t.Errorf("moved: %+v", one)
	}
	p.step("one who has not seen it", 409, http.MethodPost, at+"/edits", p.centre, move)

	p.refuses(http.MethodPost, at+"/bookings", "", p.host, p.member)
	p.missing(http.MethodPost, "/seasons/{id}/bookings", one.ID, "", p.there)
	p.step("booking what is not published", 409, http.MethodPost, at+"/bookings", p.centre, "")
	p.step("published", 200, http.MethodPost, at+"/step", p.centre, step("publish"), &one)
	p.step("booking", 202, http.MethodPost, at+"/bookings", p.centre, "", &one)
	if one.Progress == nil || one.Progress.State != "running" {
		t.Errorf("booking: %+v", one.Progress)
	}
	p.refuses(http.MethodDelete, at+"/bookings", "", p.host, p.member)
	p.missing(http.MethodDelete, "/seasons/{id}/bookings", one.ID, "", p.there)
	p.step("stopping", 202, http.MethodDelete, at+"/bookings", p.centre, "", &one)
	if one.Progress == nil || one.Progress.State != "stopping" {
		t.Errorf("stopping: %+v", one.Progress)
	}
	whole, err := h.Season.Season(t.Context(), h.DB, h.here.ID, one.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Season.Generate(t.Context(), whole, "test", func(int, int) (bool, error) { return false, nil }); err != nil {
		t.Fatal(err)
	}
	p.refuses(http.MethodGet, at+"/run", "", p.host, p.member)
	p.missing(http.MethodGet, "/seasons/{id}/run", one.ID, "", p.there)
	p.step("what came of it", 200, http.MethodGet, at+"/run", p.centre, "", &one)
	if one.Outcomes[season.Booked] != 4 {
		t.Errorf("booked: %+v", one.Outcomes)
	}
	d, err := allotment.Parse(p.step("the document", 200, http.MethodGet, at, "", ""))
	if err != nil || len(d.Edits) != 1 {
		t.Errorf("the document: %v %+v", err, d.Edits)
	}
	for _, action := range []string{"season.save", "season.delete", "season.open", "season.count", "season.reopen", "season.edit", "season.publish", "season.book", "season.amounts"} {
		p.audited(action)
	}
}

// asksPremisesRequests prepares a request and writes down what came of it.
func (h *house) asksPremisesRequests(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	type got struct {
		ID, State, Renews string
		Version           int
		Results           struct{ Sessions int }
	}
	body := func(place, to string) string {
		return fmt.Sprintf(`{"committee":%q,"place":%q,"slots":[{"weekday":3,"from":"18:00","to":"20:00"}],"period_from":"2027-01-01","period_to":%q,"kind":"tečaj","members":20,"contact":"koordinacija","activities":[%q],"results_from":"2025-01-01","results_to":"2025-12-31"}`,
			"odbor-"+h.here.Slug, place, to, h.activity[0])
	}
	var one, next got
	good := body("Dom kulture", "2027-12-31")
	p.refuses(http.MethodPost, "/premises", good, p.host, p.member)
	p.step("no place", 422, http.MethodPost, "/premises", p.centre, body("", "2027-12-31"))
	p.step("longer than a year", 422, http.MethodPost, "/premises", p.centre, body("Dom kulture", "2028-12-31"))
	p.step("another centre's activity", 422, http.MethodPost, "/premises", p.centre, strings.Replace(good, h.activity[0], h.activity[1], 1))
	p.step("a discreet activity", 422, http.MethodPost, "/premises", p.centre, strings.Replace(good, h.activity[0], h.discreet(t), 1))
	p.step("a request", 201, http.MethodPost, "/premises", p.centre, good, &one)
	at := "/premises/" + one.ID
	p.refuses(http.MethodPut, at, good, p.host, p.member)
	p.missing(http.MethodPut, "/premises/{id}", one.ID, good, p.there)
	p.step("a change", 200, http.MethodPut, at, p.centre, body("Dom kulture, velika dvorana", "2027-12-31"), &one)
	p.step("an old version", 409, http.MethodPut, at, p.centre, strings.Replace(good, `"kind"`, `"version":99,"kind"`, 1))
	today := time.Now().In(h.here.Location()).Format(time.DateOnly)
	sent := fmt.Sprintf(`{"sent_on":%q,"reference":"KLASA 1"}`, today)
	granted := fmt.Sprintf(`{"outcome":"granted","decided_on":%q,"valid_from":"2027-01-01","valid_to":"2027-12-31"}`, today)
	for _, x := range []struct{ path, body string }{{"/sent", sent}, {"/asked", ""}, {"/decision", granted}, {"/withdrawal", ""}, {"/renewal", ""}} {
		p.refuses(http.MethodPost, at+x.path, x.body, p.host, p.member)
		p.missing(http.MethodPost, "/premises/{id}"+x.path, one.ID, x.body, p.there)
	}
	p.step("asking before it is sent", 409, http.MethodPost, at+"/asked", p.centre, "")
	p.step("an answer before it is sent", 409, http.MethodPost, at+"/decision", p.centre, granted)
	p.step("a next one before an answer", 409, http.MethodPost, at+"/renewal", p.centre, "")
	p.step("sent tomorrow", 422, http.MethodPost, at+"/sent", p.centre, strings.Replace(sent, today, day(3), 1))
	p.step("sent", 200, http.MethodPost, at+"/sent", p.centre, sent, &one)
	p.step("twice", 409, http.MethodPost, at+"/sent", p.centre, sent)
	p.step("asked", 200, http.MethodPost, at+"/asked", p.centre, "", &one)
	p.step("no reason", 422, http.MethodPost, at+"/decision", p.centre, fmt.Sprintf(`{"outcome":"declined","decided_on":%q}`, today))
	p.step("granted", 200, http.MethodPost, at+"/decision", p.centre, granted, &one)
	p.step("withdrawing what is granted", 409, http.MethodPost, at+"/withdrawal", p.centre, "")
	p.refuses(http.MethodGet, "/premises/renewals", "", p.host, p.member)
	p.step("a token that is none", 422, http.MethodGet, "/premises/renewals", strings.Repeat("a", 400), "")
	if b := p.step("to renew", 200, http.MethodGet, "/premises/renewals", p.centre, ""); !bytes.Contains(b, []byte(one.ID)) || !bytes.Contains(b, []byte(`"renew_on":"2027-11-01"`)) {
		t.Errorf("to renew: %s", b)
	}
	p.step("the next", 200, http.MethodPost, at+"/renewal", p.centre, "", &next)
	if next.Renews != one.ID || next.State != "prepared" {
		t.Errorf("the next: %+v", next)
	}
	if b := p.step("nothing to renew", 200, http.MethodGet, "/premises/renewals", p.centre, ""); bytes.Contains(b, []byte(one.ID)) {
		t.Errorf("to renew: %s", b)
	}
	p.step("withdrawn", 200, http.MethodPost, "/premises/"+next.ID+"/withdrawal", p.centre, "", &next)
	for _, action := range []string{"premises.prepare", "premises.change", "premises.sent", "premises.ask", "premises.granted", "premises.withdrawn"} {
		p.audited(action)
	}
}

// discreet is an activity here that no list may name.
func (h *house) discreet(t *testing.T) string {
	t.Helper()
	if h.hidden == "" {
		h.hidden, h.hiddenDate = h.planAt(t, h.here, true, "Skriveno", noon(0, 9).In(h.here.Location()))
	}
	return h.hidden
}
