package app

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/platform/jobs"
)

// asksCopies carries what is held this week over to one a year on.
func (h *house) asksCopies(t *testing.T, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	local := time.Now().In(h.here.Location())
	date := time.Date(local.Year(), local.Month(), local.Day()+11, 20, 0, 0, 0, h.here.Location())
	activity, session := h.planAt(t, h.here, false, "Zborno pjevanje", date)
	l, _, err := h.Programme.SessionAt(t.Context(), h.here.ID, session, false)
	if err != nil {
		t.Fatal(err)
	}
	hidden, _ := h.planAt(t, h.here, true, "Skrivena skupina", date.Add(-3*time.Hour))
	next := date.AddDate(0, 0, 52*7)
	if _, err := h.Booking.Book(t.Context(), booking.New{SpaceID: *l.SpaceID, CentreID: h.here.ID, Title: "Radovi", Start: next, End: next.Add(time.Hour), By: "test"}); err != nil {
		t.Fatal(err)
	}
	body := func(from, to, start time.Time) string {
		return fmt.Sprintf(`{"from":%q,"to":%q,"start":%q}`, from.Format(time.DateOnly), to.Format(time.DateOnly), start.Format(time.DateOnly))
	}
	good := body(date, date, next)
	type got struct {
		ID, Phase, State string
		Activities       []struct {
			From, Draft string
			Dates       int
			Open        []struct{ Key string }
		}
	}
	var one got
	p.refuses(http.MethodPost, "/season-copies", good, p.host, p.member)
	p.step("back in time", 422, http.MethodPost, "/season-copies", p.centre, body(date, date, date.AddDate(-1, 0, 0)))
	p.step("looking", 202, http.MethodPost, "/season-copies", p.centre, good, &one)
	at := "/season-copies/" + one.ID
	for _, x := range []struct{ method, path, body string }{{http.MethodGet, "", ""}, {http.MethodPost, "/drafts", `{}`}, {http.MethodPost, "/publication", ""}, {http.MethodDelete, "", ""}} {
		p.refuses(x.method, at+x.path, x.body, p.host, p.member)
		p.step("another centre's", 404, x.method, at+x.path, p.there, x.body)
		p.step("another token's", 404, x.method, at+x.path, h.probe(t, ask).centre, x.body)
		p.step("what is not there", 404, x.method, "/season-copies/"+db.NewID()+x.path, p.centre, x.body)
		p.step("an id too long", 422, x.method, "/season-copies/"+strings.Repeat("a", 81)+x.path, p.centre, x.body)
	}
	p.step("making what is not looked at yet", 409, http.MethodPost, at+"/drafts", p.centre, `{}`)

	run := jobs.New(h.DB, slog.New(slog.DiscardHandler))
	h.Programme.Jobs(run)
	if err := run.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer run.Stop(context.Background())
	done := func(phase string) []byte {
		t.Helper()
		for range 200 {
			b := p.step("how far", 200, http.MethodGet, at, p.centre, "", &one)
			if one.Phase == phase && one.State == "done" {
				return b
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Fatalf("it is never done: %+v", one)
		return nil
	}
	b := done("look")
	if bytes.Contains(b, []byte(hidden)) || bytes.Contains(b, []byte("Skrivena")) || len(one.Activities) != 1 || one.Activities[0].From != activity || len(one.Activities[0].Open) != 1 || !bytes.Contains(b, []byte("Radovi")) {
		t.Fatalf("looked at: %s", b)
	}
	p.step("no choice", 422, http.MethodPost, at+"/drafts", p.centre, fmt.Sprintf(`{"choices":[{"key":%q,"do":"dance"}]}`, one.Activities[0].Open[0].Key))
	p.step("made", 202, http.MethodPost, at+"/drafts", p.centre, fmt.Sprintf(`{"choices":[{"key":%q,"do":"time","from":"22:00","to":"23:00"}]}`, one.Activities[0].Open[0].Key))
	done("drafts")
	if one.Activities[0].Draft == "" || one.Activities[0].Dates != 1 {
		t.Errorf("made: %+v", one)
	}
	p.step("twice", 202, http.MethodPost, at+"/drafts", p.centre, `{}`)
	if b := p.step("published", 200, http.MethodPost, at+"/publication", p.centre, ""); !bytes.Contains(b, []byte(`"changed":1`)) {
		t.Errorf("published: %s", b)
	}
	p.step("stopping what is over changes nothing", 200, http.MethodDelete, at, p.centre, "", &one)
	if one.State != "done" {
		t.Errorf("stopped: %+v", one)
	}
}
