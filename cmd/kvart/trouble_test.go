package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/jmoiron/sqlx"

	"kvart/internal/app"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/internal/programme"
)

// site is an installation with the sample network and one session tomorrow, and the real program serving it.
type site struct {
	d       *db.DB
	args    []string
	addr    string
	session string // its id
	login   string // of a lead
	said    lockedBuffer
	server  *exec.Cmd
}

const phrase = "četiri obične riječi"

// install fills the database and starts the program.
func install(t *testing.T, d *db.DB, places int) *site {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{d: d, addr: l.Addr().String(), login: "voditeljica"}
	l.Close()
	store := storage{Data: t.TempDir(), Secrets: t.TempDir()}
	if d.Engine == db.Postgres {
		store.DatabaseURL = d.URL
		s.args = []string{"--database-url", d.URL}
	} else {
		store.Data = filepath.Dir(d.File)
	}
	s.args = append(s.args, "--data", store.Data, "--secrets", store.Secrets)
	cfg := store.config()
	cfg.PublicURL, cfg.Log = "http://"+s.addr, slog.New(slog.DiscardHandler)
	a, err := app.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.fill(t, a, places)
	a.Close()
	s.start(t)
	return s
}

func (s *site) fill(t *testing.T, a *app.App, places int) {
	t.Helper()
	ctx := t.Context()
	data, err := os.ReadFile("../../docs/examples/network.yaml")
	if err == nil {
		_, err = a.ImportNetwork(ctx, data, false, "cli")
	}
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.Network.CentreBySlug(ctx, a.DB, "sesnaestica")
	if err != nil {
		t.Fatal(err)
	}
	spaces, err := a.Booking.Spaces(ctx, a.DB, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().In(c.Location()).AddDate(0, 0, 1).Truncate(time.Hour)
	if err := a.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		act := programme.Activity{CentreID: c.ID, Title: i18n.Text{i18n.HR: "Kava u dvorištu"}, Kind: programme.Places, RegisterFor: "session", PlaceKind: programme.InSpace,
			Capacity: &places, OpensDays: 28, OpensClock: "00:00", State: "published"}
		if act.ID, err = a.Programme.AddActivity(ctx, tx, act, nil, "test"); err != nil {
			return err
		}
		ids, err := a.Programme.AddSessions(ctx, tx, act, []programme.Date{{Start: at, End: at.Add(time.Hour), SpaceID: spaces[0].ID}}, "test")
		if err == nil {
			s.session = ids[0]
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	n, err := a.Network.Network(ctx, a.DB)
	if err == nil {
		_, err = a.Auth.AddAccount(ctx, s.login, "Voditeljica", "", phrase, auth.Held{Role: network.Lead, Scope: auth.Scope{Kind: network.ScopeNetwork, ID: n.ID}})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// start runs the program on the installation's own address, and waits until it answers.
func (s *site) start(t *testing.T) {
	t.Helper()
	s.server = exec.Command("kvart", append([]string{"serve", "--addr", s.addr}, s.args...)...)
	s.server.Stdout, s.server.Stderr = io.Discard, &s.said
	if err := s.server.Start(); err != nil {
		t.Fatal(err)
	}
	server := s.server
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	s.until(t, 15*time.Second, "the server answers", func() bool { return s.status("/readyz") == http.StatusOK })
}

// end stops the program the way an operator does, and wants it to end well.
func (s *site) end(t *testing.T) {
	t.Helper()
	_ = s.server.Process.Signal(syscall.SIGTERM)
	if err := s.server.Wait(); err != nil {
		t.Fatalf("the server ended with %v:\n%s", err, s.said.String())
	}
}

// run runs a command on the installation and returns what it wrote, to an operator and to a program.
func (s *site) run(args ...string) (out string, err error) {
	b, err := exec.Command("kvart", append(args, s.args...)...).CombinedOutput()
	return string(b), err
}

// check runs 'kvart check' and wants it to pass.
func (s *site) check(t *testing.T) {
	t.Helper()
	if out, err := s.run("check"); err != nil || !strings.Contains(out, "all well") {
		t.Errorf("kvart check: %v\n%s", err, out)
	}
}

func (s *site) until(t *testing.T, most time.Duration, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(most); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("waited in vain until %s:\n%s", what, s.said.String())
}

// browser is a visitor's, which follows no redirect.
func browser() *http.Client {
	jar, _ := cookiejar.New(nil)
	return &http.Client{Jar: jar, Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableKeepAlives: true}}
}

func (s *site) status(path string) int {
	resp, err := browser().Get("http://" + s.addr + path)
	if err != nil {
		return 0
	}
	resp.Body.Close()
	return resp.StatusCode
}

// ask sends a request as one whose browser prefers Croatian; a form makes it a POST.
func (s *site) ask(c *http.Client, path string, form url.Values) (status int, body, location string, err error) {
	method, sent := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, sent = http.MethodPost, strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, "http://"+s.addr+path, sent)
	if err != nil {
		return 0, "", "", err
	}
	req.Header.Set("Accept-Language", "hr")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, "", "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), resp.Header.Get("Location"), err
}

// page is ask for tests in which the server must answer.
func (s *site) page(t *testing.T, c *http.Client, path string, form url.Values) (int, string) {
	t.Helper()
	status, body, _, err := s.ask(c, path, form)
	if err != nil {
		t.Fatalf("%s: %v\n%s", path, err, s.said.String())
	}
	return status, body
}

func (s *site) registerPath(lang string) string {
	return "/" + lang + "/sessions/" + s.session + "/register"
}

func person(n int) url.Values {
	return url.Values{"name": {fmt.Sprintf("Osoba %d", n)}, "party": {"1"}, "form_key": {rand.Text()}}
}

// signIn returns the browser of a lead who has signed in.
func (s *site) signIn(t *testing.T) *http.Client {
	t.Helper()
	c := browser()
	if status, body := s.page(t, c, "/desk/sign-in", url.Values{"login": {s.login}, "passphrase": {phrase}}); status != http.StatusSeeOther {
		t.Fatalf("signing in: %d\n%s", status, body)
	}
	return c
}

func (s *site) count(t *testing.T, query string) (n int) {
	t.Helper()
	if err := s.d.Get(context.Background(), &n, query, nil); err != nil {
		t.Fatal(err)
	}
	return n
}

// friendly wants a whole page in the reader's language that tells no cause.
func friendly(t *testing.T, what, body, lang, says string) {
	t.Helper()
	if !strings.Contains(body, `<html lang="`+lang+`"`) || strings.Count(body, "<h1>") != 1 || !strings.Contains(body, says) {
		t.Errorf("%s: no clear page in %s:\n%.1500s", what, lang, body)
	}
	if strings.Contains(body, "<span></span>") || strings.Contains(body, "–  </title>") {
		t.Errorf("%s: the page has no name", what)
	}
	for _, cause := range []string{"SQLSTATE", "sqlite", "postgres", "pgx", "127.0.0.1:5", "SELECT", "connect"} {
		if strings.Contains(body, cause) {
			t.Errorf("%s: the page tells of %q", what, cause)
		}
	}
}

// lockedBuffer is what the server wrote to its log.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestServe_outlivesItsDatabase takes PostgreSQL away from a running server and gives it back.
func TestServe_outlivesItsDatabase(t *testing.T) {
	server := os.Getenv("KVART_TEST_DATABASE_URL")
	if testing.Short() || server == "" {
		t.Skip("needs some seconds and KVART_TEST_DATABASE_URL")
	}
	t.Parallel()
	s := install(t, dbtest.Postgres(t), 4)
	lead := s.signIn(t)
	if status, _ := s.page(t, browser(), s.registerPath("hr"), person(1)); status != http.StatusSeeOther {
		t.Fatalf("registering: %d", status)
	}
	// The job that chains the audit log falls due while the database is away.
	if _, err := s.d.Exec(t.Context(), `UPDATE outbox SET run_at = :at, handed_at = NULL WHERE id = :id`,
		db.Args{"at": time.Now().Unix() + 1, "id": "runner:audit chain"}); err != nil {
		t.Fatal(err)
	}
	admin, err := sqlx.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	u, _ := url.Parse(s.d.URL)
	name := strings.TrimPrefix(u.Path, "/")
	connections := func(allowed bool) {
		t.Helper()
		if _, err := admin.Exec(fmt.Sprintf("ALTER DATABASE %s ALLOW_CONNECTIONS %t", name, allowed)); err != nil {
			t.Fatal(err)
		}
	}
	cut := func() {
		t.Helper()
		if _, err := admin.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name); err != nil {
			t.Fatal(err)
		}
	}
	// First the server finds a replica that nobody has promoted yet: all can be read, nothing be written.
	if _, err := admin.Exec("ALTER DATABASE " + name + " SET default_transaction_read_only = on"); err != nil {
		t.Fatal(err)
	}
	cut()
	s.until(t, 10*time.Second, "pages can be read", func() bool { return s.status("/hr/sessions/"+s.session) == http.StatusOK })
	for range 3 {
		if status, body := s.page(t, browser(), s.registerPath("en"), person(4)); status != http.StatusServiceUnavailable {
			t.Errorf("registering with a replica: %d", status)
		} else {
			friendly(t, "registering with a replica", body, "en", "The database does not answer")
		}
	}
	if _, err := admin.Exec("ALTER DATABASE " + name + " RESET default_transaction_read_only"); err != nil {
		t.Fatal(err)
	}
	connections(false)
	cut()
	s.until(t, 10*time.Second, "the server knows that it is not ready", func() bool { return s.status("/readyz") == http.StatusServiceUnavailable })
	if status := s.status("/healthz"); status != http.StatusOK {
		t.Errorf("/healthz without a database: %d", status)
	}
	for lang, says := range map[string]string{"hr": "Baza podataka trenutačno ne odgovara", "en": "The database does not answer", "nb": "Databasen svarer ikke"} {
		for what, ask := range map[string]struct {
			c    *http.Client
			path string
			form url.Values
		}{
			"a visitor's page":      {browser(), "/" + lang + "/sessions/" + s.session, nil},
			"a visitor's form":      {browser(), s.registerPath(lang), person(2)},
			"a page with a session": {lead, "/" + lang + "/programme?from=2026-01-01", nil},
		} {
			status, body := s.page(t, ask.c, ask.path, ask.form)
			if status != http.StatusServiceUnavailable {
				t.Errorf("%s without a database: %d", what, status)
			}
			friendly(t, what, body, lang, says)
		}
	}
	if status, body := s.page(t, lead, "/desk/", nil); status != http.StatusServiceUnavailable {
		t.Errorf("the desk without a database: %d", status)
	} else {
		friendly(t, "the desk", body, "hr", "Baza podataka trenutačno ne odgovara")
	}
	time.Sleep(2 * time.Second)
	connections(true)
	s.until(t, 10*time.Second, "the server is ready again", func() bool { return s.status("/readyz") == http.StatusOK })
	if status, _ := s.page(t, lead, "/desk/me", nil); status != http.StatusOK {
		t.Errorf("the desk afterwards, signed in as before: %d", status)
	}
	if status, _ := s.page(t, browser(), s.registerPath("hr"), person(3)); status != http.StatusSeeOther {
		t.Errorf("registering afterwards: %d", status)
	}
	s.until(t, 20*time.Second, "the job that was due runs", func() bool {
		return s.count(t, "SELECT COUNT(*) FROM outbox WHERE id = 'runner:audit chain' AND handed_at IS NULL") == 0 &&
			s.count(t, "SELECT COUNT(*) FROM river_job WHERE state NOT IN ('completed', 'discarded', 'cancelled') AND args->>'outbox_id' = 'runner:audit chain'") == 0
	})
	if n := s.count(t, "SELECT COUNT(*) FROM registrations"); n != 2 {
		t.Errorf("%d registrations, want the 2 that were confirmed", n)
	}
	s.end(t)
	s.check(t)
}

// TestServe_withAFullDiskSaysSoAndStillShowsPages lets no file of the server grow further, then lets it again.
func TestServe_withAFullDiskSaysSoAndStillShowsPages(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	t.Parallel()
	s := install(t, dbtest.SQLite(t), 500)
	lead := s.signIn(t)
	if status, _ := s.page(t, browser(), s.registerPath("hr"), person(0)); status != http.StatusSeeOther {
		t.Fatalf("registering: %d", status)
	}
	log, err := os.Stat(s.d.File + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	s.largestFile(t, uint64(log.Size())+100_000)
	confirmed, refused := 1, 0
	for n := 1; n < 60 && refused < 3; n++ {
		switch status, body := s.page(t, browser(), s.registerPath("hr"), person(n)); status {
		case http.StatusSeeOther:
			confirmed++
		case http.StatusServiceUnavailable:
			refused++
			friendly(t, "registering on a full disk", body, "hr", "nema mjesta")
		default:
			t.Fatalf("registering on a full disk: %d\n%s", status, body)
		}
	}
	if refused == 0 {
		t.Fatal("the disk never became full")
	}
	for lang, says := range map[string]string{"en": "out of space", "nb": "har ikke mer plass"} {
		_, body := s.page(t, browser(), s.registerPath(lang), person(100))
		friendly(t, "registering on a full disk", body, lang, says)
	}
	if n := s.count(t, "SELECT COUNT(*) FROM registrations"); n != confirmed {
		t.Errorf("%d registrations, want the %d that were confirmed", n, confirmed)
	}
	for what, path := range map[string]string{"a visitor's": "/hr/sessions/" + s.session, "the programme's": "/en/programme", "the desk's": "/desk/me"} {
		if status, _ := s.page(t, lead, path, nil); status != http.StatusOK {
			t.Errorf("%s page on a full disk: %d", what, status)
		}
	}
	if status, body := s.page(t, browser(), "/desk/sign-in", url.Values{"login": {s.login}, "passphrase": {phrase}}); status != http.StatusServiceUnavailable {
		t.Errorf("signing in on a full disk: %d", status)
	} else {
		friendly(t, "signing in on a full disk", body, "hr", "nema mjesta")
	}
	s.largestFile(t, ^uint64(0))
	if status, _ := s.page(t, browser(), s.registerPath("hr"), person(200)); status != http.StatusSeeOther {
		t.Errorf("registering when there is room again: %d", status)
	}
	s.check(t)
	s.end(t)
	s.check(t)
}

// largestFile sets how large a file of the running server may grow; a write beyond fails as on a full disk.
func (s *site) largestFile(t *testing.T, size uint64) {
	t.Helper()
	limit := syscall.Rlimit{Cur: size, Max: ^uint64(0)}
	const fileSize = 1 // RLIMIT_FSIZE
	if _, _, e := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(s.server.Process.Pid), fileSize, uintptr(unsafe.Pointer(&limit)), 0, 0, 0); e != 0 {
		t.Fatal("setting the limit:", e)
	}
}

// TestServe_killedLosesNoConfirmedRegistration kills the server while many register, as a power cut does.
func TestServe_killedLosesNoConfirmedRegistration(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const places = 60
		s := install(t, d, places)
		var mu sync.Mutex
		var confirmed []string
		for round := range 2 {
			var all sync.WaitGroup
			for i := range 12 {
				all.Go(func() {
					for n := range 100 {
						status, _, location, err := s.ask(browser(), s.registerPath("hr"), person(10_000*round+100*i+n))
						if err != nil {
							return // the server is gone
						}
						if status != http.StatusSeeOther {
							t.Errorf("registering: %d", status)
							return
						}
						mu.Lock()
						confirmed = append(confirmed, location)
						mu.Unlock()
					}
				})
			}
			s.until(t, 20*time.Second, "some have registered", func() bool {
				mu.Lock()
				defer mu.Unlock()
				return len(confirmed) >= 35*(round+1)
			})
			_ = s.server.Process.Kill()
			_ = s.server.Wait()
			all.Wait()
			s.start(t)
		}
		for _, location := range confirmed {
			if status, _ := s.page(t, browser(), location, nil); status != http.StatusOK {
				t.Errorf("%s was confirmed and is lost: %d", location, status)
			}
		}
		if n := s.count(t, "SELECT COUNT(*) FROM registrations"); n < len(confirmed) || n > len(confirmed)+24 {
			t.Errorf("%d registrations after %d were confirmed", n, len(confirmed))
		}
		if n := s.count(t, "SELECT COALESCE(SUM(party), 0) FROM registrations WHERE state IN ('confirmed', 'offered')"); n > places {
			t.Errorf("%d places given of %d", n, places)
		}
		s.check(t)
		s.end(t)
	})
}

// TestServe_finishesWhatRunsBeforeItEnds stops the server while a form is on its way.
func TestServe_finishesWhatRunsBeforeItEnds(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := install(t, d, 4)
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(15 * time.Second))
		body := person(1).Encode()
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", s.registerPath("hr"), s.addr, len(body), body[:10])
		time.Sleep(200 * time.Millisecond)
		_ = s.server.Process.Signal(syscall.SIGTERM)
		s.until(t, 5*time.Second, "nobody new is let in", func() bool { return s.status("/healthz") == 0 })
		fmt.Fprint(conn, body[10:])
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusSeeOther {
			t.Errorf("the form that was on its way: %s", resp.Status)
		}
		if err := s.server.Wait(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
		if n := s.count(t, "SELECT COUNT(*) FROM registrations"); n != 1 {
			t.Errorf("%d registrations, want 1", n)
		}
	})
}

// TestPerson_exportAndEraseBesideAServer hands out and erases, at the terminal, what a visitor has just left.
func TestPerson_exportAndEraseBesideAServer(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := install(t, d, 4)
		form := person(1)
		form.Set("email", "osoba@example.org")
		status, _, location, err := s.ask(browser(), s.registerPath("hr"), form)
		if err != nil || status != http.StatusSeeOther {
			t.Fatal(status, err)
		}
		var id string
		if err := d.Get(t.Context(), &id, "SELECT id FROM people", nil); err != nil {
			t.Fatal(err)
		}
		out, err := s.run("person", "export", id)
		if err != nil || !strings.Contains(out, "osoba@example.org") || !strings.Contains(out, "Osoba 1") {
			t.Errorf("export: %v\n%s", err, out)
		}
		if out, err := s.run("person", "erase", id); err != nil || strings.TrimSpace(out) != "erased" {
			t.Errorf("erase: %v\n%s", err, out)
		}
		if out, err := s.run("person", "export", id); err == nil || strings.Contains(out, "Osoba 1") || strings.Count(out, "\n") != 1 {
			t.Errorf("export of an erased person: %v\n%s", err, out)
		}
		if status, body := s.page(t, browser(), location, nil); status >= 500 || strings.Contains(body, "osoba@example.org") {
			t.Errorf("the erased person's page: %d", status)
		}
		s.check(t)
		s.end(t)
	})
}
