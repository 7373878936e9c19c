package app

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// asksActivities makes, changes and publishes an activity and adds dates to it.
func (h *house) asksActivities(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	var one struct {
		ID, State string
		Version   int
		Capacity  *int
		Dates     []struct{ ID, Space string }
	}
	body := `{"title":{"hr":"Popravljaonica"},"kind":"places","capacity":8,"guardian":true}`
	p.refuses(http.MethodPost, "/activities", body, p.host, p.member)
	p.step("no title", 422, http.MethodPost, "/activities", p.centre, `{"kind":"open"}`)
	p.step("a language that is none", 422, http.MethodPost, "/activities", p.centre, `{"title":{"xx":"Popravljaonica"}}`)
	p.step("no group", 422, http.MethodPost, "/activities", p.centre, strings.Replace(body, `"kind"`, `"groups":["zz"],"kind"`, 1))
	p.step("nothing becomes discreet here", 422, http.MethodPost, "/activities", p.centre, strings.Replace(body, `"kind"`, `"discreet":true,"kind"`, 1))
	p.step("no organisation", 422, http.MethodPost, "/activities", p.centre, strings.Replace(body, `"kind"`, `"organisation":"00000000-0000-7000-8000-000000000000","kind"`, 1))
	p.step("an activity", 201, http.MethodPost, "/activities", p.centre, body, &one)
	if one.State != "draft" || *one.Capacity != 8 {
		t.Errorf("made: %+v", one)
	}
	at := "/activities/" + one.ID
	for _, method := range []string{http.MethodGet, http.MethodPatch} {
		sent := map[string]string{http.MethodPatch: `{"capacity":9}`}[method]
		p.refuses(method, at, sent, p.host, p.member)
		p.missing(method, "/activities/{id}", one.ID, sent, p.there)
		p.step("a discreet one", 404, method, "/activities/"+h.discreet(t), p.centre, sent)
	}
	p.step("published", 200, http.MethodPatch, at, p.centre, fmt.Sprintf(`{"state":"published","version":%d}`, one.Version), &one)
	p.step("an old version", 409, http.MethodPatch, at, p.centre, `{"capacity":9,"version":1}`)
	p.step("no such kind", 422, http.MethodPatch, at, p.centre, `{"kind":"secret"}`)

	begin := time.Now().In(h.here.Location()).AddDate(0, 9, 0)
	dates := func(space, from string, more string) string {
		return fmt.Sprintf(`{"date":%q,"from":%q,"to":"20:00","space":%q%s}`, begin.Format(time.DateOnly), from, space, more)
	}
	good := dates(h.space[0], "18:00", `,"weeks":1,"count":3`)
	p.refuses(http.MethodPost, at+"/dates", good, p.host, p.member)
	p.missing(http.MethodPost, "/activities/{id}/dates", one.ID, good, p.there)
	p.step("of a discreet one", 404, http.MethodPost, "/activities/"+h.discreet(t)+"/dates", p.centre, good)
	p.step("another centre's room", 404, http.MethodPost, at+"/dates", p.centre, dates(h.space[1], "18:00", ""))
	p.step("back in time", 422, http.MethodPost, at+"/dates", p.centre, strings.Replace(good, begin.Format(time.DateOnly), day(-5), 1))
	p.step("no clock", 422, http.MethodPost, at+"/dates", p.centre, dates(h.space[0], "six", ""))
	p.step("without an end", 422, http.MethodPost, at+"/dates", p.centre, dates(h.space[0], "18:00", `,"weeks":1`))
	p.step("three weeks", 201, http.MethodPost, at+"/dates", p.centre, good, &one)
	if len(one.Dates) != 3 || one.Dates[0].Space != h.space[0] {
		t.Errorf("dates: %+v", one.Dates)
	}
	p.step("the same room once more", 409, http.MethodPost, at+"/dates", p.centre, dates(h.space[0], "18:30", ""))
	p.step("one in no room", 201, http.MethodPost, at+"/dates", p.centre, strings.Replace(dates("", "09:00", ""), `,"space":""`, "", 1), &one)
	p.step("as it is", 200, http.MethodGet, at, p.centre, "", &one)
	if len(one.Dates) != 4 {
		t.Errorf("dates: %+v", one.Dates)
	}
	p.refuses(http.MethodGet, "/activities/own", "", p.host, p.member)
	p.step("a token that is none", 422, http.MethodGet, "/activities/own", strings.Repeat("a", 400), "")
	if b := p.step("all", 200, http.MethodGet, "/activities/own", p.centre, ""); !bytes.Contains(b, []byte(one.ID)) || bytes.Contains(b, []byte(h.discreet(t))) {
		t.Errorf("all: %s", b)
	}
	p.audited("activity.add")
	p.audited("activity.change")
}
