package sms_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/sms"
)

const (
	number = "+385910000000"
	words  = "Promjena termina. Pogledajte: https://kvart.example/hr/registrations/abc"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func queue(t testing.TB, d *db.DB, m sms.Message) error {
	t.Helper()
	return d.Tx(t.Context(), func(tx *db.Tx) error { return sms.Queue(t.Context(), tx, m) })
}

func note(about string) sms.Message {
	return sms.Message{To: number, Text: words, ScopeID: "c1", About: about}
}

// taker is a gateway that keeps what it takes, and refuses while told to.
type taker struct {
	mu      sync.Mutex
	refuses bool
	taken   []string
}

func (g *taker) Send(_ context.Context, number, text string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.refuses {
		return errors.New("no")
	}
	g.taken = append(g.taken, number+" "+text)
	return nil
}

func sender(d *db.DB, g sms.Gateway) (*sms.Sender, *time.Time) {
	now := time.Now()
	return &sms.Sender{DB: d, Gateway: g, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}, &now
}

func state(t testing.TB, s *sms.Sender) string {
	t.Helper()
	list, err := s.List(t.Context())
	must(t, err)
	var all []string
	for _, m := range list {
		all = append(all, fmt.Sprintf("%s %d", m.State, m.Attempts))
	}
	return strings.Join(all, ", ")
}

func TestFold_writesCroatianAndNorwegianInTheGSMAlphabet(t *testing.T) {
	for from, want := range map[string]string{
		"Čekaonica, šljiva, žaba, ćuk, đak, Đurđa": "Cekaonica, sljiva, zaba, cuk, djak, Djurdja",
		"Ny tid på økten – se lenken":              "Ny tid på økten - se lenken",
		"„Vrt” u 18…":                              "\"Vrt\" u 18...",
		"🎉 Dobro\u00a0došli":                       " Dobro dosli",
		"مرحبا":                                    "",
		"é à ç ŷ":                                  "é à c y",
		"€[1]":                                     "€[1]",
	} {
		if got := sms.Fold(from); got != want {
			t.Errorf("%q is %q, want %q", from, got, want)
		}
	}
	if n := sms.Size("€[1]"); n != 7 {
		t.Errorf("signs of the extension table count twice: %d", n)
	}
}

func TestFold_twiceIsOnceAndNeverLeavesTheAlphabet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := sms.Fold(rapid.String().Draw(t, "text"))
		if sms.Fold(once) != once {
			t.Fatalf("%q folds again to %q", once, sms.Fold(once))
		}
	})
}

func TestNumber(t *testing.T) {
	for typed, want := range map[string]string{
		"091 000-000": "+38591000000", "+385 91 000 000": "+38591000000", "0047 912 34 567": "+4791234567", "(091) 000/0000": "+385910000000",
		"91000000": "", "+1": "", "091 000 000 000 000 0": "", "+0 91 000 000": "", "nula devet": "", "091;rm -rf": "", "+385\n91000000": "", "": "", "٠٩١٠٠٠٠٠٠": "",
	} {
		got, ok := sms.Number(typed, "385")
		if got != want || ok != (want != "") {
			t.Errorf("%q is %q, want %q", typed, got, want)
		}
	}
}

func TestQueue_refusesWhatIsNoNumberOrNoText(t *testing.T) {
	d := dbtest.SQLite(t)
	for _, m := range []sms.Message{{To: "091 000 000", Text: words}, {To: "", Text: words}, {To: number + "\nBcc", Text: words},
		{To: number, Text: "🎉"}, {To: number, Text: strings.Repeat("a", 500)}} {
		if err := queue(t, d, m); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

func TestSendWaiting_sendsOnceAndKeepsNeitherNumberNorText(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		g := &taker{}
		s, _ := sender(d, g)
		must(t, queue(t, d, note("change:1")))
		must(t, queue(t, d, note("change:1"))) // a second change before it leaves
		for range 2 {
			if _, err := s.SendWaiting(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		list, err := s.List(t.Context())
		must(t, err)
		if len(g.taken) != 1 || len(list) != 1 || list[0].State != sms.Sent || list[0].To+list[0].Body+list[0].About != "" || *list[0].SentAt%3600 != 0 {
			t.Errorf("taken %q, rows %+v", g.taken, list)
		}
	})
}

func TestSendWaiting_triesLaterAndThenSomebodyHearsOfIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		g := &taker{refuses: true}
		s, now := sender(d, g)
		var heard []string
		s.GaveUp = func(_ context.Context, _ *db.Tx, about string) error { heard = append(heard, about); return nil }
		m := note("change:1")
		m.NotBefore = *now
		must(t, queue(t, d, m))
		for i := range 5 {
			if n, err := s.Waiting(t.Context(), "c1"); err != nil || (n == 1) != (i > 0) {
				t.Fatalf("after %d attempts the desk sees %d (%v)", i, n, err)
			}
			for range 2 { // the second run finds it put off
				if n, err := s.SendWaiting(t.Context()); n != 0 || err != nil {
					t.Fatal(n, err)
				}
			}
			if want := fmt.Sprintf("waiting %d", i+1); i < 4 && state(t, s) != want {
				t.Fatalf("%s, want %s", state(t, s), want)
			}
			*now = now.Add(3 * time.Hour)
		}
		if list, err := s.List(t.Context()); err != nil || len(list) != 1 || list[0].To != "" || list[0].Body != "" {
			t.Errorf("what failed for good keeps its number: %+v %v", list, err)
		}
		if state(t, s) != "failed 5" || len(heard) != 1 || heard[0] != "change:1" {
			t.Errorf("%s, heard %q", state(t, s), heard)
		}
		*now = now.Add(40 * 24 * time.Hour)
		if n, err := s.Purge(t.Context()); n != 1 || err != nil {
			t.Error(n, err)
		}
	})
}

func TestSendWaiting_aGatewayThatIsDownCostsTheOthersNothing(t *testing.T) {
	d := dbtest.SQLite(t)
	s, _ := sender(d, &taker{refuses: true})
	for i := range 10 {
		must(t, queue(t, d, note(fmt.Sprint(i))))
	}
	if _, err := s.SendWaiting(t.Context()); err == nil {
		t.Error("nobody hears that the gateway is down")
	}
	if got := strings.Count(state(t, s), "waiting 0"); got != 7 {
		t.Errorf("%d untouched, want 7", got)
	}
}

func TestSendWaiting_whatIsOfNoMoreUseIsNotSent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		g := &taker{}
		s, now := sender(d, g)
		m := note("remind:1")
		m.Until = now.Add(time.Hour)
		must(t, queue(t, d, m))
		*now = now.Add(2 * time.Hour)
		_, err := s.SendWaiting(t.Context())
		must(t, err)
		if len(g.taken) != 0 || state(t, s) != "failed 0" {
			t.Errorf("%q, %s", g.taken, state(t, s))
		}
	})
}

// script is a command of this test.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "send")
	must(t, os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o700))
	return path
}

func TestCommand_getsNumberAndTextOnItsInputAndNothingOnItsLine(t *testing.T) {
	out := filepath.Join(t.TempDir(), "got")
	t.Setenv("KVART_SMTP_PASSWORD", "other secret")
	c := sms.Command{Path: script(t, `{ echo "$# $KVART_SMS_SECRET $KVART_SMTP_PASSWORD"; cat; } > `+out), Secret: "tajna"}
	text := `$(touch /tmp/no) "quoted" ; rm -rf / & 'x'`
	must(t, c.Send(t.Context(), number, text))
	got, err := os.ReadFile(out)
	must(t, err)
	if want := "0 tajna \n" + number + "\n" + text; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCommand_thatFailsHangsPrintsGarbageOrIsNotThere(t *testing.T) {
	begin := time.Now()
	for name, c := range map[string]sms.Command{
		"fails":     {Path: script(t, "cat; cat >&2; exit 3")},
		"hangs":     {Path: script(t, "exec sleep 30"), Limit: 200 * time.Millisecond},
		"leaves":    {Path: script(t, "sleep 30 & sleep 30"), Limit: 200 * time.Millisecond},
		"not there": {Path: "/nowhere/send"},
	} {
		err := c.Send(t.Context(), number, words)
		if err == nil || strings.Contains(err.Error(), "385") || strings.Contains(err.Error(), "Promjena") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d := time.Since(begin); d > 10*time.Second {
		t.Errorf("took %s", d)
	}
	garbage := sms.Command{Path: script(t, "head -c 300000 /dev/urandom; head -c 300000 /dev/urandom >&2; exit 0")}
	must(t, garbage.Send(t.Context(), number, words))
}

func TestHTTP_postsAFormOrJSONWithTheSecret(t *testing.T) {
	var got, kind, auth string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, kind, auth = string(b), r.Header.Get("Content-Type"), r.Header.Get("Authorization")
	}))
	defer srv.Close()
	text := "Ny \"tid\" & mer\nsted"
	must(t, sms.HTTP{URL: srv.URL, Secret: "s&1", Body: "to={number}&message={text}&key={secret}"}.Send(t.Context(), number, text))
	if want := "to=%2B385910000000&message=Ny+%22tid%22+%26+mer%0Asted&key=s%261"; got != want || kind != "application/x-www-form-urlencoded" {
		t.Errorf("%s %q", kind, got)
	}
	must(t, sms.HTTP{URL: srv.URL, Secret: "s1", Body: `{"to":"{number}","text":"{text}"}`, Header: "Authorization: Bearer {secret}"}.Send(t.Context(), number, text))
	if want := `{"to":"+385910000000","text":"Ny \"tid\" \u0026 mer\nsted"}`; got != want || kind != "application/json" || auth != "Bearer s1" {
		t.Errorf("%s %s %q", kind, auth, got)
	}
}

func TestHTTP_thatIsDownRefusesHangsOrSendsElsewhere(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer other.Close()
	held := make(chan struct{})
	answers := map[string]http.HandlerFunc{
		"refuses": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500); fmt.Fprint(w, number) },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		},
		"hangs": func(http.ResponseWriter, *http.Request) { <-held },
	}
	for name, h := range answers {
		srv := httptest.NewServer(h)
		err := sms.HTTP{URL: srv.URL, Limit: 300 * time.Millisecond}.Send(t.Context(), number, words)
		if err == nil || strings.Contains(err.Error(), "385") {
			t.Errorf("%s: %v", name, err)
		}
		if name == "hangs" {
			close(held)
		}
		srv.Close()
		if name == "refuses" {
			if err := (sms.HTTP{URL: srv.URL, Limit: time.Second}).Send(t.Context(), number, words); err == nil {
				t.Error("a gateway that is down takes an SMS")
			}
		}
	}
	if elsewhere != 0 {
		t.Error("the number went to another address")
	}
}

func TestHTTP_checksItsSettings(t *testing.T) {
	for _, h := range []sms.HTTP{{URL: "http://sms.example/send"}, {URL: "sms.example"}, {URL: "https://me:pw@sms.example/"}, {URL: "file:///etc/passwd"},
		{URL: "https://sms.example/", Body: `{"to":{number}`}, {URL: "https://sms.example/", Header: "Bearer x"}} {
		if h.Check() == nil {
			t.Errorf("%+v is taken", h)
		}
	}
	for _, h := range []sms.HTTP{{URL: "https://sms.example/send"}, {URL: "http://127.0.0.1:9/"}, {URL: "http://localhost:9/", Body: `{"to":"{number}"}`}} {
		if err := h.Check(); err != nil {
			t.Errorf("%+v: %v", h, err)
		}
	}
}

func TestSendWaiting_nothingOfAPersonIsLogged(t *testing.T) {
	d := dbtest.SQLite(t)
	var log bytes.Buffer
	s, _ := sender(d, sms.Command{Path: script(t, "cat; cat >&2; exit 3")})
	s.Log = slog.New(slog.NewTextHandler(&log, nil))
	must(t, queue(t, d, note("")))
	_, err := s.SendWaiting(t.Context())
	must(t, err)
	if text := log.String(); text == "" || strings.Contains(text, "385") || strings.Contains(text, "Promjena") {
		t.Errorf("logged %q", text)
	}
}

func TestSendNow_keepsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		g := &taker{}
		s, _ := sender(d, g)
		must(t, s.SendNow(t.Context(), number, "Imate novost. Š"))
		if len(g.taken) != 1 || g.taken[0] != number+" Imate novost. S" {
			t.Errorf("%q", g.taken)
		}
		g.refuses = true
		for what, err := range map[string]error{"refused": s.SendNow(t.Context(), number, "x"), "no number": s.SendNow(t.Context(), "091 1", "x"), "no text": s.SendNow(t.Context(), number, " ")} {
			if err == nil || strings.Contains(err.Error(), number) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if s.Gateway = nil; s.SendNow(t.Context(), number, "x") == nil {
			t.Error("sent without a gateway")
		}
		if got := state(t, s); got != "" {
			t.Errorf("kept: %s", got)
		}
	})
}
