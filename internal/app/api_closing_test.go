package app

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
)

// asksClosing closes a day on which things stand, and calls off and moves another, of which some is not to be named.
func (h *house) asksClosing(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	ctx := t.Context()
	noon := time.Now().In(h.here.Location()).AddDate(0, 0, 41)
	noon = time.Date(noon.Year(), noon.Month(), noon.Day(), 12, 0, 0, 0, noon.Location())
	date := func(days int) string { return noon.AddDate(0, 0, days).Format(time.DateOnly) }
	room := func(title string, days int, confidential bool) string {
		t.Helper()
		hours := 5
		if confidential {
			hours = 8
		}
		start := noon.AddDate(0, 0, days).Add(time.Duration(hours) * time.Hour)
		b, err := h.Booking.Book(ctx, booking.New{SpaceID: h.space[0], CentreID: h.here.ID, OrganisationID: &p.guest, Title: title, Confidential: confidential,
			Start: start, End: start.Add(time.Hour), By: "test"})
		if err != nil {
			t.Fatal(err)
		}
		return b.ID
	}
	unnamed := func(what string, b []byte, ids ...string) {
		t.Helper()
		for _, s := range append(ids, "Tajna", "Šutnja") {
			if bytes.Contains(b, []byte(s)) {
				t.Errorf("%s names %s: %s", what, s, b)
			}
		}
	}

	// What stands on a day that is closed.
	_, chess := h.planAt(t, h.here, false, "Šah na zatvoren dan", noon)
	_, quiet := h.planAt(t, h.here, true, "Šutnja", noon)
	plain := room("Proba na zatvoren dan", 0, false)
	secret := room("Tajna proba", 0, true)
	shut := network.Closure{ID: db.NewID(), CentreID: h.here.ID, FromDate: date(0), ToDate: date(0)}
	if err := h.Network.AddClosure(ctx, shut, "test"); err != nil {
		t.Fatal(err)
	}
	var standing struct {
		Items []struct{ ID, Kind, Date string }
	}
	p.refuses(http.MethodGet, "/closures/standing", "", p.host, p.member)
	p.step("a token that is none", 422, http.MethodGet, "/closures/standing", strings.Repeat("a", 400), "")
	b := p.step("what stands", 200, http.MethodGet, "/closures/standing", p.centre, "", &standing)
	unnamed("what stands", b, quiet, secret)
	kinds := map[string]int{}
	for _, x := range standing.Items {
		if x.Date == date(0) {
			kinds[x.Kind]++
		}
	}
	if kinds["session"] != 1 || kinds["booking"] != 1 || kinds[""] != 2 || !bytes.Contains(b, []byte(chess)) {
		t.Fatalf("what stands: %v %s", kinds, b)
	}
	at, on := "/closures/standing/"+plain, fmt.Sprintf(`{"date":%q}`, date(0))
	p.refuses(http.MethodPost, at, on, p.host, p.member)
	p.missing(http.MethodPost, "/closures/standing/{id}", plain, on, p.there)
	p.step("no day", 422, http.MethodPost, at, p.centre, `{"date":"tomorrow"}`)
	p.step("another day", 404, http.MethodPost, at, p.centre, fmt.Sprintf(`{"date":%q}`, date(1)))
	p.step("left as it is", 204, http.MethodPost, at, p.centre, on)
	p.step("twice", 404, http.MethodPost, at, p.centre, on)
	if b := p.step("what still stands", 200, http.MethodGet, "/closures/standing", p.centre, ""); bytes.Contains(b, []byte(plain)) || !bytes.Contains(b, []byte(chess)) {
		t.Errorf("what still stands: %s", b)
	}
	p.audited("closed.leave")

	// A day that is called off, and one that is moved.
	_, chess = h.planAt(t, h.here, false, "Šah", noon.AddDate(0, 0, 1))
	_, quiet = h.planAt(t, h.here, true, "Šutnja", noon.AddDate(0, 0, 1))
	room("Proba", 1, false)
	secret = room("Tajna proba", 1, true)
	type fallen struct {
		ID   string
		Fits *bool
	}
	var look struct {
		Date, To         string
		Sessions         []fallen
		Unnamed          int
		Bookings, Longer []struct{ ID, Title string }
	}
	day := "/cannot-open?date=" + date(1)
	p.refuses(http.MethodGet, day, "", p.host, p.member)
	for _, bad := range []string{"/cannot-open?date=tomorrow", "/cannot-open?date=1850-01-01", day + "&to=2026-13-01"} {
		p.step("what is no day", 422, http.MethodGet, bad, p.centre, "")
	}
	p.step("today", 200, http.MethodGet, "/cannot-open", p.centre, "")
	b = p.step("what it would touch", 200, http.MethodGet, day, p.centre, "", &look)
	unnamed("what it would touch", b, quiet)
	if len(look.Sessions) != 1 || look.Sessions[0].ID != chess || look.Sessions[0].Fits != nil || look.Unnamed != 1 || len(look.Bookings) != 2 || look.Date != date(1) {
		t.Errorf("what it would touch: %s", b)
	}
	p.step("what could be moved", 200, http.MethodGet, day+"&to="+date(2), p.centre, "", &look)
	if look.To != date(2) || look.Sessions[0].Fits == nil || !*look.Sessions[0].Fits {
		t.Errorf("what could be moved: %+v", look)
	}
	if b := p.step("at another centre", 200, http.MethodGet, day, p.there, ""); bytes.Contains(b, []byte(chess)) {
		t.Errorf("another centre's token: %s", b)
	}
	press := func(from, to, reason string) string {
		if to != "" {
			to = fmt.Sprintf(`,"to":%q`, to)
		}
		return fmt.Sprintf(`{"date":%q%s,"reason":{"hr":%q}}`, from, to, reason)
	}
	p.refuses(http.MethodPost, "/cannot-open", press(date(1), "", "Pukla je cijev."), p.host, p.member)
	for what, bad := range map[string]string{"no reason": press(date(1), "", " "), "a long one": press(date(1), "", strings.Repeat("a", 201)), "no language": fmt.Sprintf(`{"date":%q,"reason":{"de":"x"}}`, date(1)),
		"the same day": press(date(1), date(1), "x"), "a closed day": press(date(1), date(0), "x"), "yesterday": press(date(-60), "", "x"), "no date": press("soon", "", "x"), "a control character": strings.Replace(press(date(1), "", "CIJEV"), "CIJEV", `a\u0007`, 1)} {
		p.step(what, 422, http.MethodPost, "/cannot-open", p.centre, bad)
	}
	var done struct {
		Called_off, Moved []fallen
		Cancelled         []struct{ ID string }
	}
	b = p.step("moved", 200, http.MethodPost, "/cannot-open", p.centre, press(date(1), date(2), "Pukla je cijev."), &done)
	unnamed("moved", b, quiet)
	if len(done.Moved) != 1 || done.Moved[0].ID != chess || len(done.Called_off) != 0 || len(done.Cancelled) != 2 {
		t.Errorf("moved: %s", b)
	}
	b = p.step("called off", 200, http.MethodPost, "/cannot-open", p.centre, press(date(2), "", "Pukla je cijev."), &done)
	unnamed("called off", b, quiet, secret)
	if len(done.Called_off) != 1 || done.Called_off[0].ID != chess || len(done.Moved) != 0 {
		t.Errorf("called off: %s", b)
	}
	b = p.step("twice", 200, http.MethodPost, "/cannot-open", p.centre, press(date(2), "", "Drugi razlog."), &done)
	if len(done.Called_off) != 1 || bytes.Contains(b, []byte("Drugi razlog.")) {
		t.Errorf("twice: %s", b)
	}
	closures, err := h.Network.OwnClosures(ctx, h.DB, h.here.ID, date(1))
	if err != nil || len(closures) < 2 || closures[0].FromDate != date(1) || closures[1].FromDate != date(2) {
		t.Fatalf("closed days: %v %+v", err, closures)
	}
	for _, id := range append([]string{shut.ID}, closures[0].ID, closures[1].ID) {
		if err := h.Network.RemoveClosure(ctx, h.here.ID, id, "test"); err != nil {
			t.Fatal(err)
		}
	}
}
