package mail_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"strings"
	"sync"
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/mail"
)

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }
func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func sender(d *db.DB, s *server) (*mail.Sender, *clock) {
	c := &clock{t: time.Now()}
	return &mail.Sender{DB: d, PublicHost: "kvart.example.org", Now: c.now, Log: slog.New(slog.DiscardHandler),
		SMTP: &mail.Settings{Host: "127.0.0.1", Port: s.port(), From: "Kvart <kvart@example.org>", TLS: mail.Open}}, c
}

func queue(t testing.TB, d *db.DB, m mail.Message) error {
	t.Helper()
	return d.Tx(t.Context(), func(tx *db.Tx) error { return mail.Queue(t.Context(), tx, m) })
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func note(to string) mail.Message {
	return mail.Message{To: to, Subject: "Mjesto je slobodno: četvrtak", Body: "Dobar dan,\n\n.točka na početku\nČekamo vas.\n", ScopeID: "c1"}
}

func only(t testing.TB, s *mail.Sender) mail.Mail {
	t.Helper()
	list, err := s.List(t.Context())
	must(t, err)
	if len(list) != 1 {
		t.Fatalf("%d mails", len(list))
	}
	m, err := s.Show(t.Context(), list[0].ID)
	must(t, err)
	return m
}

func send(t testing.TB, s *mail.Sender) int {
	t.Helper()
	n, err := s.SendWaiting(t.Context())
	must(t, err)
	return n
}

func TestSendWaiting_plainMailAndNoBodyKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		srv := listen(t)
		s, _ := sender(d, srv)
		must(t, queue(t, d, note("ana@example.org")))
		if n, err := s.Waiting(t.Context(), "c1"); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if n := send(t, s); n != 1 {
			t.Fatalf("sent %d", n)
		}
		m := only(t, s)
		if m.State != mail.Sent || m.Body != "" || m.SentAt == nil || *m.SentAt%3600 != 0 || m.Hour%3600 != 0 {
			t.Fatalf("%+v", m)
		}
		got := srv.taken[0].Header
		subject, err := new(mime.WordDecoder).DecodeHeader(got.Get("Subject"))
		must(t, err)
		body, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(srv.bodies[0])))
		must(t, err)
		text := strings.ReplaceAll(string(body), "\r\n", "\n")
		if subject != note("").Subject || strings.TrimSpace(text) != strings.TrimSpace(note("").Body) {
			t.Errorf("%q\n%q", subject, text)
		}
		for k, want := range map[string]string{"Auto-Submitted": "auto-generated", "Message-Id": "<" + m.ID + "@kvart.example.org>",
			"From": `"Kvart" <kvart@example.org>`, "To": "<ana@example.org>", "User-Agent": "", "X-Mailer": "", "List-Unsubscribe": ""} {
			if got.Get(k) != want {
				t.Errorf("%s: %q, want %q", k, got.Get(k), want)
			}
		}
		if !strings.HasPrefix(got.Get("Content-Type"), "text/plain; charset=UTF-8") {
			t.Error(got.Get("Content-Type"))
		}
		if send(t, s) != 0 || srv.count() != 1 {
			t.Error("sent twice")
		}
	})
}

func TestQueue_refusesSmuggledHeaders(t *testing.T) {
	d := dbtest.SQLite(t)
	for _, m := range []mail.Message{
		{To: "ana@example.org\r\nBcc: x@example.org", Subject: "s", Body: "b"},
		{To: "ana@example.org, x@example.org", Subject: "s", Body: "b"},
		{To: "Ana <ana@example.org>", Subject: "s", Body: "b"},
		{To: "", Subject: "s", Body: "b"},
		{To: "ana", Subject: "s", Body: "b"},
		{To: "ana@example.org", Subject: "s\nBcc: x@example.org", Body: "b"},
		{To: "ana@example.org", Subject: "s\rx", Body: "b"},
		{To: "ana@example.org", Subject: "", Body: "b"},
		{To: "ana@example.org", Subject: "s", Body: "b\x00"},
		{To: "ana@example.org", Subject: "s", Body: "\xff"},
	} {
		if err := queue(t, d, m); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

func TestSendWaiting_withoutServerMailsWait(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		srv := listen(t)
		s, _ := sender(d, srv)
		must(t, queue(t, d, note("ana@example.org")))
		settings := s.SMTP
		s.SMTP = nil
		if send(t, s) != 0 {
			t.Fatal("sent")
		}
		s.SMTP = settings
		srv.Close()
		for range 20 {
			if n, err := s.SendWaiting(t.Context()); n != 0 || err == nil {
				t.Fatal(n, err)
			}
		}
		if m := only(t, s); m.State != mail.Waiting || m.Attempts != 0 {
			t.Fatalf("%+v", m)
		}
	})
}

func TestSendWaiting_waitsForItsTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, c := sender(d, listen(t))
		m := note("ana@example.org")
		m.NotBefore = c.now().Add(2 * time.Hour)
		must(t, queue(t, d, m))
		if n, err := s.Waiting(t.Context(), "c1"); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		if send(t, s) != 0 {
			t.Fatal("sent too early")
		}
		c.add(2*time.Hour + time.Second)
		if send(t, s) != 1 {
			t.Fatal("not sent")
		}
	})
}

func TestSendWaiting_sendsNoOldNews(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		srv := listen(t)
		s, c := sender(d, srv)
		settings := s.SMTP
		s.SMTP = nil
		var log bytes.Buffer
		s.Log = slog.New(slog.NewTextHandler(&log, nil))
		must(t, queue(t, d, note("ana@example.org")))
		must(t, queue(t, d, note("iva@example.org")))
		later := note("later@example.org") // a reminder, queued long before it is due
		later.NotBefore = c.now().Add(100 * time.Hour)
		must(t, queue(t, d, later))
		c.add(70 * time.Hour)
		s.SMTP = settings
		srv.reply("451 4.7.1 greylisted")
		send(t, s)
		if n, err := s.Failed(t.Context(), "c1"); n != 0 || err != nil { // both were tried, and wait
			t.Fatalf("after 70 hours: %d failed, %v", n, err)
		}
		srv.reply("")
		s.SMTP = nil
		c.add(31 * time.Hour)
		log.Reset()
		if send(t, s) != 0 || log.Len() != 0 {
			t.Fatalf("without a server: %q", log.String())
		}
		s.SMTP = settings
		if n := send(t, s); n != 1 || srv.count() != 1 || srv.taken[0].Header.Get("To") != "<later@example.org>" {
			t.Fatalf("%d sent", n)
		}
		if said := log.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "mails=2") || strings.Contains(said, "example.org") {
			t.Errorf("log %q", said)
		}
		if n, err := s.Failed(t.Context(), "c1"); n != 2 || err != nil {
			t.Fatal(n, err)
		}
		// Whoever operates it can still let one go.
		list, err := s.List(t.Context())
		must(t, err)
		for _, m := range list {
			if m.To == "ana@example.org" {
				must(t, s.Retry(t.Context(), m.ID))
			}
			if m.NotBefore%3600 != 0 && m.To != "later@example.org" {
				t.Errorf("tells a finer time: %+v", m)
			}
		}
		if n := send(t, s); n != 1 || srv.taken[1].Header.Get("To") != "<ana@example.org>" {
			t.Errorf("let go again: %d", n)
		}
	})
}

func TestSendWaiting_triesSoonWhenTheServerSaysLater(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		srv := listen(t)
		s, c := sender(d, srv)
		must(t, queue(t, d, note("ana@example.org")))
		srv.reply("451 4.7.1 greylisted")
		if send(t, s) != 0 {
			t.Fatal("sent")
		}
		srv.reply("")
		if send(t, s) != 0 {
			t.Fatal("tried again at once")
		}
		if m := only(t, s); m.Attempts != 1 || m.NotBefore%3600 != 0 {
			t.Fatalf("%+v", m)
		}
		c.add(6 * time.Minute)
		if send(t, s) != 1 {
			t.Fatal("not tried again")
		}
	})
}

func TestSendWaiting_failsAfterEightAttemptsAndCanBeRetried(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		srv := listen(t)
		s, c := sender(d, srv)
		must(t, queue(t, d, note("ana@example.org")))
		srv.reply("554 5.7.1 no relaying")
		hours := 0
		for only(t, s).State == mail.Waiting && hours < 200 {
			send(t, s)
			if m := only(t, s); m.NotBefore%3600 != 0 {
				t.Fatalf("tells a finer time: %+v", m)
			}
			c.add(time.Hour)
			hours++
		}
		m := only(t, s)
		if m.State != mail.Failed || m.Attempts != 8 || hours < 30 {
			t.Fatalf("%+v after %d hours", m, hours)
		}
		if n, err := s.Failed(t.Context(), "c1"); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		srv.reply("")
		must(t, s.Retry(t.Context(), m.ID))
		if send(t, s) != 1 {
			t.Fatal("not sent again")
		}
		if err := s.Retry(t.Context(), m.ID); !fault.Is(err, fault.KindConflict) {
			t.Fatal(err)
		}
	})
}

func TestSendWaiting_noSuchAddressFailsAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		srv := listen(t)
		s, _ := sender(d, srv)
		must(t, queue(t, d, note("nobody@example.org")))
		srv.reply("550 5.1.1 no such user")
		send(t, s)
		if m := only(t, s); m.State != mail.Failed {
			t.Fatalf("%+v", m)
		}
	})
}

func TestSendWaiting_serverHangsUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		srv := listen(t)
		s, c := sender(d, srv)
		must(t, queue(t, d, note("a@example.org")))
		must(t, queue(t, d, note("b@example.org")))
		srv.reply("hang up")
		if n, err := s.SendWaiting(t.Context()); n != 0 || err == nil {
			t.Fatal(n, err)
		}
		srv.reply("")
		if n := send(t, s); n != 1 {
			t.Fatalf("sent %d, want the one that was not tried", n)
		}
		c.add(time.Hour)
		if n := send(t, s); n != 1 {
			t.Fatalf("sent %d, want the other", n)
		}
	})
}

func TestSendWaiting_neverInTheOpenUnlessTold(t *testing.T) {
	d := dbtest.SQLite(t)
	srv := listen(t)
	s, _ := sender(d, srv)
	s.SMTP.TLS = ""
	must(t, queue(t, d, note("ana@example.org")))
	if n, err := s.SendWaiting(t.Context()); n != 0 || err == nil {
		t.Fatal(n, err)
	}
	if m := only(t, s); srv.count() != 0 || m.State != mail.Waiting || m.Attempts != 0 {
		t.Fatalf("%+v", m)
	}
}

func TestSendWaiting_threeProcessesSendEachMailOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		srv := listen(t)
		for i := range 30 {
			must(t, queue(t, d, note(fmt.Sprintf("p%d@example.org", i))))
		}
		var wg sync.WaitGroup
		for range 3 {
			s, _ := sender(d, srv)
			wg.Go(func() {
				if _, err := s.SendWaiting(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		seen := map[string]int{}
		for _, m := range srv.taken {
			seen[m.Header.Get("To")]++
		}
		if len(seen) != 30 || srv.count() != 30 {
			t.Fatalf("%d mails to %d people", srv.count(), len(seen))
		}
	})
}

func TestPurge_removesWhatWasSentAWeekAgo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, c := sender(d, listen(t))
		must(t, queue(t, d, note("ana@example.org")))
		send(t, s)
		must(t, queue(t, d, note("iva@example.org")))
		c.add(6 * 24 * time.Hour)
		if n, err := s.Purge(t.Context()); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		c.add(26 * time.Hour)
		if n, err := s.Purge(t.Context()); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if m := only(t, s); m.State != mail.Waiting {
			t.Fatal("a waiting mail went")
		}
	})
}

func TestSendWaiting_carriesACalendarFileAndKeepsNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		srv := listen(t)
		s, _ := sender(d, srv)
		m := note("ana@example.org")
		m.Calendar = "BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nEND:VCALENDAR\r\n"
		must(t, queue(t, d, m))
		if send(t, s) != 1 {
			t.Fatal("not sent")
		}
		if got := only(t, s); got.Calendar != "" {
			t.Error("the calendar file is kept")
		}
		if text := srv.raw[0]; !strings.Contains(text, "text/calendar; charset=utf-8; method=PUBLISH") || !strings.Contains(text, `filename="calendar.ics"`) ||
			!strings.Contains(text, "multipart/mixed") {
			t.Errorf("%s", text)
		}
	})
}

func TestQueue_aLaterMailAboutTheSameTakesThePlaceOfOneThatWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		srv := listen(t)
		s, c := sender(d, srv)
		about := func(body string) mail.Message {
			m := note("ana@example.org")
			m.About, m.Body, m.NotBefore = "change:1", body, c.now().Add(5*time.Minute)
			return m
		}
		must(t, queue(t, d, about("first")))
		must(t, queue(t, d, about("second")))
		c.add(6 * time.Minute)
		if send(t, s) != 1 || !strings.Contains(srv.bodies[0], "second") {
			t.Errorf("%q", srv.bodies)
		}
		must(t, queue(t, d, about("third"))) // after it left, another change is another mail
		c.add(6 * time.Minute)
		if send(t, s) != 1 {
			t.Error("the third was not sent")
		}
	})
}

func TestSendNow_keepsNothingAndItsFaultSaysNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		srv := listen(t)
		s, _ := sender(d, srv)
		var log strings.Builder
		s.Log = slog.New(slog.NewTextHandler(&log, nil))
		must(t, s.SendNow(t.Context(), "tajna@example.org", "Imate novost.", "Imate novost."))
		if srv.count() != 1 || srv.taken[0].Header.Get("From") != "<kvart@example.org>" || strings.TrimSpace(srv.bodies[0]) != "Imate novost." {
			t.Errorf("%q", srv.raw)
		}
		srv.reply("550 5.1.1 tajna@example.org is unknown")
		refused := s.SendNow(t.Context(), "tajna@example.org", "Imate novost.", "Imate novost.")
		srv.reply("hang up")
		gone := s.SendNow(t.Context(), "tajna@example.org", "Imate novost.", "Imate novost.")
		srv.Close()
		for what, err := range map[string]error{"refused": refused, "hung up": gone, "away": s.SendNow(t.Context(), "tajna@example.org", "Imate novost.", "Imate novost."),
			"two addresses": s.SendNow(t.Context(), "tajna@example.org, b@example.org", "Imate novost.", "x"), "a header": s.SendNow(t.Context(), "tajna@example.org", "a\r\nBcc: b@example.org", "x")} {
			if err == nil || strings.Contains(err.Error(), "tajna") {
				t.Errorf("%s: %v", what, err)
			}
		}
		if s.SMTP = nil; s.SendNow(t.Context(), "tajna@example.org", "Imate novost.", "x") == nil {
			t.Error("sent without a server")
		}
		var n int
		must(t, d.Get(t.Context(), &n, `SELECT COUNT(*) FROM mails`, nil))
		if n != 0 || log.Len() > 0 {
			t.Errorf("%d rows, log %q", n, log.String())
		}
	})
}
