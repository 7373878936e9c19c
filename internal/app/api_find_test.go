package app

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
)

// asksFinds looks for rooms as an organisation does: free, taken, not shared, and on a closed day.
func (h *house) asksFinds(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	begin := noon(5, 3)
	at := func(days int) string {
		start := begin.AddDate(0, 0, days)
		return "/spaces/free?from=" + url.QueryEscape(start.Format(time.RFC3339)) + "&to=" + url.QueryEscape(start.Add(2*time.Hour).Format(time.RFC3339))
	}
	type list struct {
		Items []struct {
			Centre      string
			Closed      bool
			Free, Taken []struct{ ID string }
		}
	}
	find := func(what, path string) (free, taken string, closed bool) {
		t.Helper()
		var l list
		p.step(what, 200, http.MethodGet, path+"&centre="+h.here.Slug, p.guests, "", &l)
		if len(l.Items) != 1 || l.Items[0].Centre != h.here.Slug {
			t.Fatalf("%s: %+v", what, l)
		}
		for _, x := range l.Items[0].Free {
			free += x.ID + " "
		}
		for _, x := range l.Items[0].Taken {
			taken += x.ID + " "
		}
		return free, taken, l.Items[0].Closed
	}
	p.refuses(http.MethodGet, at(0), "", p.centre, p.host)
	for _, bad := range []string{"/spaces/free", "/spaces/free?from=yesterday&to=tomorrow", "/spaces/free?from=" + day(9) + "&to=", "/spaces/free?from=" + day(9) + "&to=" + day(8),
		"/spaces/free?from=" + day(-1) + "&to=" + day(0), "/spaces/free?from=" + day(9) + "&to=" + day(90), at(0) + "&people=-1", at(0) + "&people=many"} {
		p.step("what is no time to look for", 422, http.MethodGet, bad, p.guests, "")
	}
	p.step("no such centre", 404, http.MethodGet, at(0)+"&centre=nosuch", p.guests, "")
	var all list
	if p.step("at all centres", 200, http.MethodGet, at(0), p.guests, "", &all); len(all.Items) != 4 {
		t.Errorf("at all centres: %+v", all)
	}
	if free, taken, _ := find("free", at(0)); !strings.Contains(free, h.space[0]) || taken != "" {
		t.Errorf("free: %q, taken: %q", free, taken)
	}
	if free, _, _ := find("for more than any holds", at(0)+"&people=9999"); strings.Contains(free, h.space[0]) {
		t.Errorf("for 9999: %q", free)
	}
	if _, err := h.Booking.Book(t.Context(), booking.New{SpaceID: h.space[0], CentreID: h.here.ID, Title: "Tajni sastanak", Confidential: true, Start: begin, End: begin.Add(time.Hour), By: "test"}); err != nil {
		t.Fatal(err)
	}
	if free, taken, _ := find("taken", at(0)); strings.Contains(free, h.space[0]) || !strings.Contains(taken, h.space[0]) {
		t.Errorf("free: %q, taken: %q", free, taken)
	}
	if b := p.step("by whom", 200, http.MethodGet, at(0), p.guests, ""); bytes.Contains(b, []byte("Tajni")) {
		t.Errorf("who has it is said: %s", b)
	}
	if _, err := h.DB.Exec(t.Context(), `INSERT INTO space_terms (space_id, asking) VALUES (:s, 'none') ON CONFLICT (space_id) DO UPDATE SET asking = 'none'`, db.Args{"s": h.space[0]}); err != nil {
		t.Fatal(err)
	}
	if free, taken, _ := find("not shared", at(1)); strings.Contains(free+taken, h.space[0]) {
		t.Errorf("a room that is not shared: %q %q", free, taken)
	}
	if _, err := h.DB.Exec(t.Context(), `UPDATE space_terms SET asking = 'ask' WHERE space_id = :s`, db.Args{"s": h.space[0]}); err != nil {
		t.Fatal(err)
	}
	on := begin.AddDate(0, 0, 1).In(h.here.Location()).Format(time.DateOnly)
	shut := network.Closure{ID: db.NewID(), CentreID: h.here.ID, FromDate: on, ToDate: on}
	if err := h.Network.AddClosure(t.Context(), shut, "test"); err != nil {
		t.Fatal(err)
	}
	if free, taken, closed := find("a closed day", at(1)); !closed || free+taken != "" {
		t.Errorf("a closed day: %v %q %q", closed, free, taken)
	}
	if err := h.Network.RemoveClosure(t.Context(), h.here.ID, shut.ID, "test"); err != nil {
		t.Fatal(err)
	}
}
