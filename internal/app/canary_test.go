package app

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/audit"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/backup"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/pins"
	"kvart/internal/platform/vault"
	"kvart/internal/support"
)

// canary is a program in a folder of its own, with a team that reads, and what must be nowhere in that folder.
type canary struct {
	*App
	t      *testing.T
	dir    string
	cfg    Config
	mark   string // in everything that is confidential
	hidden spills
	centre string
	org    string
	signer ed25519.PrivateKey
	team   []support.Reading // ana, eva, iva
	logins []string

	partner  string          // another organisation
	receiver support.Reading // who reads for it
	gets     string          // with that login
	post     *letters
}

// place is where a canary's database is: an empty one on the server of tests, or a file in its folder.
func place(t *testing.T, engine db.Engine) string {
	t.Helper()
	if engine == db.SQLite {
		return ""
	}
	d := dbtest.Postgres(t)
	if _, err := d.Writer().Exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public"); err != nil {
		t.Fatal(err)
	}
	return d.URL
}

// canaries runs the test on both engines.
func canaries(t *testing.T, test func(t *testing.T, databaseURL string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, "") })
	if os.Getenv("KVART_TEST_DATABASE_URL") != "" {
		t.Run("postgres", func(t *testing.T) { test(t, place(t, db.Postgres)) })
	}
}

// newCanary opens the program in dir, with a log that says everything. mark is the run's own.
func newCanary(t *testing.T, dir, databaseURL, mark string) *canary {
	t.Helper()
	c := &canary{t: t, dir: dir, mark: mark}
	for _, folder := range []string{"data", "tmp", "backups"} {
		c.must(os.MkdirAll(filepath.Join(dir, folder), 0o700))
	}
	t.Setenv("TMPDIR", filepath.Join(dir, "tmp"))
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	c.must(err)
	t.Cleanup(func() { log.Close() })
	c.post = newLetters(t)
	c.cfg = Config{Data: filepath.Join(dir, "data"), DatabaseURL: databaseURL, Secrets: filepath.Join(dir, "secrets"), ErasureStore: filepath.Join(dir, "erasure", "erasure.sqlite"),
		PublicURL: "http://127.0.0.1:8080", Version: "test", SMTP: c.post.settings(), SMS: shortWords{}, Log: slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	c.open()
	t.Cleanup(c.close)
	c.hidden.secret("a marker", mark)
	return c
}

func (c *canary) open() {
	c.t.Helper()
	a, err := Open(c.t.Context(), c.cfg)
	c.must(err)
	c.App = a
	a.Auth.Cost = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
}

func (c *canary) close() {
	if c.App != nil {
		c.App.Close()
		c.App = nil
	}
}

func (c *canary) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// said writes an error as a log would.
func (c *canary) said(err error) {
	c.t.Helper()
	if err == nil {
		c.t.Error("this was to be refused")
		return
	}
	text := fmt.Sprintf("%v | %+v | %#v", err, err, err)
	for e := err; e != nil; e = errors.Unwrap(e) {
		text += fmt.Sprintf(" | %v %#v", e, e)
	}
	if f, ok := errors.AsType[*fault.Error](err); ok { // as it is shown and kept beside the form
		text += c.Texts.For(i18n.HR).T(f.Key, f.Args...)
		for _, field := range f.Fields {
			text += field.Name + c.Texts.For(i18n.HR).T(field.Key, field.Args...)
		}
	}
	c.Log.Error("refused", "cause", text)
}

// phrase is a passphrase; it must be nowhere too.
func (c *canary) phrase() string { return c.mark + " magla nad mostom" }

// furnish makes the network where there is none yet, and a team of three with keys on a signed list.
func (c *canary) furnish() {
	c.t.Helper()
	ctx := c.t.Context()
	if list, _ := c.Network.Centres(ctx, c.DB); len(list) == 0 {
		data, err := os.ReadFile("../../docs/examples/network.yaml")
		c.must(err)
		_, err = c.ImportNetwork(ctx, data, false, "cli")
		c.must(err)
	}
	list, err := c.Network.Centres(ctx, c.DB)
	c.must(err)
	c.centre, c.org = list[0].ID, list[0].OrganisationID
	seed := sha256.Sum256([]byte("signs the lists of " + c.mark)) // the same for each process of a run
	c.signer = ed25519.NewKeyFromSeed(seed[:])
	organisations, err := c.Network.Organisations(ctx, c.DB)
	c.must(err)
	for _, o := range organisations {
		if o.ID != c.org {
			c.partner = o.ID
		}
	}
	for _, org := range []string{c.org, c.partner} {
		c.must(pins.Pins{Dir: c.Secrets}.Pin(org, c.signer.Public().(ed25519.PublicKey)))
	}
	for _, name := range []string{"ana", "eva", "iva"} {
		c.worker(name)
	}
	c.receiver, c.gets = c.keyed("lea", auth.Held{Role: network.Member, Scope: auth.Scope{Kind: network.ScopeOrganisation, ID: c.partner}})
	c.sign()
	c.signFor(c.partner)
	for day := 1; day <= 5; day++ { // so that the centre can be written to
		c.must(c.Support.AddTurn(ctx, support.Turn{CentreID: c.centre, AccountID: c.team[0].Account, Weekday: day, From: "09:00", To: "14:00"}, "test"))
	}
}

// worker is somebody of the team, with a key that no list has yet.
func (c *canary) worker(name string) support.Reading {
	c.t.Helper()
	r, login := c.keyed(name, c.role())
	c.team, c.logins = append(c.team, r), append(c.logins, login)
	return r
}

// keyed is an account with a role and a key, and its login.
func (c *canary) keyed(name string, held auth.Held) (support.Reading, string) {
	c.t.Helper()
	ctx := c.t.Context()
	login := name + "." + db.NewSecretID()[:8]
	a, err := c.Auth.AddAccount(ctx, login, "Osoba "+name, "", c.phrase(), held)
	c.must(err)
	paper, err := c.Auth.MakeKey(ctx, a.ID, c.phrase(), nil)
	c.must(err)
	c.digits("a printed key", paper.Printed())
	a, kek, err := c.Auth.SignIn(ctx, login, c.phrase())
	c.must(err)
	k, id, err := c.Auth.OpenKey(ctx, a, kek)
	c.must(err)
	return support.Reading{ID: k.ID, Key: id, Account: a.ID}, login
}

func (c *canary) role() auth.Held {
	return auth.Held{Role: network.SupportWorker, Scope: auth.Scope{Kind: network.ScopeCentre, ID: c.centre}}
}

func (c *canary) sign() {
	c.t.Helper()
	c.signFor(c.org)
}

func (c *canary) signFor(org string) {
	c.t.Helper()
	u, err := c.Support.Unsigned(c.t.Context(), org)
	c.must(err)
	recovery, err := vault.NewIdentity()
	c.must(err)
	l := vault.List{Organisation: org, Serial: u.Serial, Signed: time.Now().Format(time.DateOnly)}
	for _, k := range u.Readers {
		l.Readers = append(l.Readers, vault.Listed{ID: k.ID, Owner: k.Owner, Key: k.Key, Until: k.Until})
	}
	l.Readers = append(l.Readers, vault.Listed{ID: support.RecoveryID, Owner: support.RecoveryID, Key: recovery.Reader().Bytes(), Until: u.Readers[0].Until})
	file, err := l.Sign(c.signer)
	c.must(err)
	c.must(c.Support.TakeList(c.t.Context(), org, file, "test"))
}

// digits hides a code: as it is printed, without spaces, and without the check digits.
func (c *canary) digits(name, printed string) {
	c.hidden.secret(name, printed)
	c.hidden.secret(name, strings.ReplaceAll(printed, " ", ""))
	payload := ""
	for _, group := range strings.Fields(printed) {
		payload += group[:5]
	}
	c.hidden.secret(name+", without its check digits", payload)
	c.hidden.secret(name+", its secret part", payload[5:])
}

// text is a long one that is marked at each place a page of a file may begin.
func (c *canary) text(kind string) string {
	var b strings.Builder
	for b.Len() < 15_000 {
		fmt.Fprintf(&b, "%s-%s Ovo nitko ne smije vidjeti. %s", c.mark, kind, strings.Repeat("š", b.Len()%97))
	}
	return b.String()
}

// story is what a person and a team do in confidence, each step with marks in all that is confidential. It knows the stores
// only: what pages, forms and sessions keep of the same, pages says.
func (c *canary) story() {
	c.t.Helper()
	ctx := c.t.Context()
	s := c.Support
	ana, eva, iva := c.team[0], c.team[1], c.team[2]
	mark := func(kind string) string { return c.mark + "-" + kind }

	// The person writes.
	form, err := s.FormCode(ctx)
	c.must(err)
	code, claim, err := s.CodeOfForm(form)
	c.must(err)
	c.digits("the access code", code.Printed())
	header := support.Header{Party: support.Party{Centre: c.centre}, Lang: i18n.HR, Reach: support.Reach{Name: mark("ime"), NameSafe: mark("sigurno"), Pronouns: mark("zamjenice"), Ways: mark("nacini"), Times: mark("vremena"),
		Email: c.mark + "@example.org", Phone: mark("tel"), NotTell: mark("netko")}, Topic: mark("tema"), Struck: []string{iva.ID}}
	asking := support.Asking{Header: header, Text: c.text("poruka"), Code: code, Claim: claim}
	id, person, err := s.Ask(ctx, asking)
	c.must(err)
	_, _, err = s.Ask(ctx, asking) // the form again
	c.said(err)
	asking.Claim = "" // the code again
	_, _, err = s.Ask(ctx, asking)
	c.said(err)

	// With the code they come back.
	_, back, err := s.ByCode(ctx, code)
	c.must(err)
	secret, err := s.Visit(ctx, id, back)
	c.must(err)
	c.hidden.secret("a visit's cookie", secret)
	_, _, err = s.Visiting(ctx, secret)
	c.must(err)
	file := &support.File{Name: mark("privitak.pdf"), Type: "application/pdf", Size: 3000}
	c.must(s.Write(ctx, person, id, support.Change{Entries: []support.Entry{{Kind: support.Message, Text: mark("uz privitak"), File: file}}, Files: map[int][]byte{0: []byte(c.text("bajtovi"))}}))

	// The team reads, answers, notes, says to whom it belongs.
	_, _, err = s.Inbox(ctx, ana, "open", 0)
	c.must(err)
	thread, err := s.Thread(ctx, ana, id)
	c.must(err)
	last := thread.Entries[len(thread.Entries)-1]
	if _, data, err := s.File(ctx, ana, id, last.ID); err != nil || !strings.Contains(string(data), c.mark) {
		c.t.Error("the file does not come back:", err)
	}
	_, err = s.Thread(ctx, iva, id)
	c.said(err)
	c.must(s.Write(ctx, ana, id, support.Change{Entries: []support.Entry{{Kind: support.Message, Text: c.text("odgovor")}}}))
	c.must(s.Write(ctx, eva, id, support.Change{Entries: []support.Entry{{Kind: support.Note, Text: mark("biljeska")}}, Header: func(h *support.Header) { h.Assigned, h.Outcome = eva.ID, mark("ishod") }}))

	// Somebody joins, somebody leaves, and it goes on without them.
	nova := c.worker("nova")
	_, err = s.Thread(ctx, nova, id)
	c.said(err)
	c.said(s.Write(ctx, ana, id, support.Change{Add: []string{nova.ID}, Entries: []support.Entry{{Kind: support.Message, Text: mark("prije popisa")}}}))
	c.sign()
	c.must(s.Write(ctx, ana, id, support.Change{Add: []string{nova.ID}, Entries: []support.Entry{{Kind: support.Joined, Who: nova.ID, Text: mark("ulazi")}}}))
	c.must(c.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.Leaving(ctx, tx, eva.Account, c.role()); err != nil {
			return err
		}
		return c.Auth.Take(ctx, tx, eva.Account, c.role(), false)
	}))
	c.must(s.Write(ctx, nova, id, support.Change{Entries: []support.Entry{{Kind: support.Message, Text: c.text("bez eve")}}}))
	_, err = s.Thread(ctx, eva, id)
	c.said(err)

	// The code is lost, and a new one is made in person.
	next, err := s.FreshCode(ctx)
	c.must(err)
	c.digits("the new code", next.Printed())
	c.must(s.Write(ctx, ana, id, support.Change{Code: next, Entries: []support.Entry{{Kind: support.NewCode, Text: mark("novi kod")}}}))
	_, _, err = s.ByCode(ctx, code)
	c.said(err)
	_, person, err = s.ByCode(ctx, next)
	c.must(err)
	c.must(s.Write(ctx, person, id, support.Change{Strike: []string{nova.ID}, Entries: []support.Entry{{Kind: support.Message, Text: mark("bez nove")}}}))
	c.must(s.Write(ctx, ana, id, support.Change{State: "closed", Entries: []support.Entry{{Kind: support.Closed, Text: mark("zatvoreno")}}}))

	// One is taken at the door, without a code; one is erased by the person.
	door, _, err := s.Ask(ctx, support.Asking{Header: support.Header{Party: header.Party, Lang: i18n.HR, WayBack: mark("lozinka na vratima"), Spoken: true}, Text: c.text("usmeno"), By: ana})
	c.must(err)
	again, err := s.FreshCode(ctx)
	c.must(err)
	c.digits("an erased request's code", again.Printed())
	erased, theirs, err := s.Ask(ctx, support.Asking{Header: support.Header{Party: header.Party, Lang: i18n.HR, Reach: support.Reach{Name: mark("izbrisano ime")}}, Text: c.text("izbrisano"), Code: again})
	c.must(err)
	c.must(s.Erase(ctx, theirs, erased))

	// What is wrong is refused, and the refusal tells nothing.
	readers, err := s.Team(ctx, c.DB, header.Party)
	c.must(err)
	var all []string
	for _, r := range readers.Readers() {
		all = append(all, r.KeyID)
	}
	for _, bad := range []support.Asking{
		{Header: header, Text: strings.Repeat(mark("predugo"), 5000), Code: again},
		{Header: support.Header{Party: header.Party, Reach: support.Reach{Name: strings.Repeat(mark("ime"), 30)}}, Text: mark("x"), Code: again},
		{Header: support.Header{Party: header.Party, Reach: support.Reach{Email: c.mark + "@@"}}, Text: mark("x"), Code: again},
		{Header: support.Header{Party: support.Party{Centre: mark("nigdje")}}, Text: mark("x"), Code: again},
		{Header: support.Header{Party: header.Party, Struck: all}, Text: mark("x"), Code: again},
	} {
		_, _, err := s.Ask(ctx, bad)
		c.said(err)
	}
	_, err = vault.ParseCode(next.Printed()[:34] + mark("slovo"))
	c.said(err)
	_, _, err = s.CodeOfForm(form + c.mark)
	c.said(err)
	c.said(c.Auth.PutKeyBack(ctx, ana.Account, c.phrase(), next.Printed()+mark("papir")))
	over, cancel := context.WithCancel(ctx)
	cancel()
	c.said(s.Write(over, ana, door, support.Change{Entries: []support.Entry{{Kind: support.Message, Text: mark("prekinuto")}}}))
	c.must(s.EndVisit(ctx, secret))

	c.refers()
	c.registers()
}

// search reads every byte there is.
func (c *canary) search(since time.Time) {
	c.t.Helper()
	if files := c.hidden.folder(c.t, c.dir, 3, nil); files < 5 {
		c.t.Errorf("searched %d files", files)
	}
	if c.App != nil {
		if rows := c.hidden.rows(c.t, c.DB); rows < 100 {
			c.t.Errorf("searched %d rows", rows)
		}
		c.hidden.server(c.t, c.DB, since)
	}
	for _, found := range c.hidden.found {
		c.t.Error("found in " + found)
	}
	c.hidden.found = nil
}

var newMark = func() string {
	b := []byte("kanarinac")
	for range 12 {
		b = append(b, byte('a'+rand.IntN(26)))
	}
	return string(b)
}

// TestCanary_nothingConfidentialIsInAnyByteThatIsKept tells a whole story and searches everything: the database's files and
// rows, its log, what was deleted, temporary files, logs, mails, both backups, the erasure store, metrics.
func TestCanary_nothingConfidentialIsInAnyByteThatIsKept(t *testing.T) {
	canaries(t, func(t *testing.T, databaseURL string) {
		since := time.Now()
		c := newCanary(t, t.TempDir(), databaseURL, newMark())
		c.furnish()
		c.pages()
		c.story()
		_, err := audit.Chain(t.Context(), c.DB, time.Now())
		c.must(err)
		c.must(c.forget(t.Context()))
		list, err := c.Mail.List(t.Context())
		c.must(err)
		c.Log.Debug("mails", "list", fmt.Sprintf("%+v", list))
		w := httptest.NewRecorder()
		c.Metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		c.must(os.WriteFile(filepath.Join(c.dir, "metrics"), w.Body.Bytes(), 0o600))
		if !strings.Contains(w.Body.String(), "kvart_http_requests_total") {
			t.Error("these are no metrics")
		}
		saved := filepath.Join(c.dir, "backups", "kvart.backup")
		_, err = backup.Backup(t.Context(), c.DB, saved, backup.Meta{Version: "test"})
		c.must(err)
		c.must(c.Erasure.Backup(t.Context(), filepath.Join(c.dir, "backups", "erasure.backup")))
		if databaseURL != "" { // the dump in it, as text
			out, err := exec.Command("sh", "-c", `tar -xzOf "$1" kvart.pgdump | pg_restore -f -`, "sh", saved).Output()
			if err != nil || !strings.Contains(string(out), "support_items") {
				t.Fatal("the dump does not unpack:", err)
			}
			c.hidden.bytes("the backup's dump", out, 1)
		}
		c.search(since)
		c.close()
		c.search(since)
	})
}

// TestCanary_nothingConfidentialStaysOfAProcessThatWasKilled kills a process in the middle, again and again, and searches
// what it left: the logs of both stores, half-written pages, temporary files.
func TestCanary_nothingConfidentialStaysOfAProcessThatWasKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	canaries(t, func(t *testing.T, databaseURL string) {
		since := time.Now()
		dir, mark := t.TempDir(), newMark()
		for round := range 4 {
			child := exec.Command(os.Args[0], "-test.run=^TestCanary_child$", "-test.v")
			child.Env = append(os.Environ(), "KVART_TEST_CANARY="+dir, "KVART_TEST_CANARY_URL="+databaseURL, "KVART_TEST_CANARY_MARK="+mark)
			out, err := child.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			child.Stderr = child.Stdout
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			timer := time.AfterFunc(time.Minute, func() { _ = child.Process.Kill() })
			lines, ready := bufio.NewScanner(out), false
			for !ready && lines.Scan() {
				ready = lines.Text() == "ready"
			}
			if !ready {
				t.Fatal("the child did not begin:", lines.Text())
			}
			time.Sleep(time.Duration(50+rand.IntN(400)) * time.Millisecond)
			_ = child.Process.Kill()
			rest, _ := io.ReadAll(out)
			_ = child.Wait()
			timer.Stop()
			if strings.Contains(string(rest), "FAIL") {
				t.Fatalf("the child failed: %s", rest)
			}
			hidden := spills{}
			hidden.secret("a marker", mark)
			if files := hidden.folder(t, dir, 3, nil); files < 5 {
				t.Errorf("searched %d files", files)
			}
			for _, found := range hidden.found {
				t.Errorf("round %d: found in %s", round, found)
			}
		}
		// What was killed opens again, and goes on.
		c := newCanary(t, dir, databaseURL, mark)
		if !c.Erasure.Ready() {
			t.Fatal("the erasure store does not open:", c.ErasureErr)
		}
		c.furnish()
		c.pages()
		c.story()
		c.search(since)
	})
}

// TestCanary_child is the process that is killed.
func TestCanary_child(t *testing.T) {
	dir := os.Getenv("KVART_TEST_CANARY")
	if dir == "" {
		t.Skip("it is run by another test")
	}
	c := newCanary(t, dir, os.Getenv("KVART_TEST_CANARY_URL"), os.Getenv("KVART_TEST_CANARY_MARK"))
	c.furnish()
	fmt.Println("ready")
	for i := 0; ; i++ {
		if rand.IntN(2) == 0 { // either may be what the first moments are of
			c.pages()
			c.story()
		} else {
			c.story()
			c.pages()
		}
		c.worker("eva")
		c.sign()
		c.team = []support.Reading{c.team[0], c.team[len(c.team)-1], c.team[2]}
		if i%2 == 1 {
			_, err := backup.Backup(t.Context(), c.DB, filepath.Join(dir, "backups", db.NewSecretID()), backup.Meta{Version: "test"})
			c.must(err)
		}
	}
}

var timed = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

// TestCanary_noRowKnowsAFinerTimeThanTheHour: when somebody asked for help is told by no time and by no id.
func TestCanary_noRowKnowsAFinerTimeThanTheHour(t *testing.T) {
	canaries(t, func(t *testing.T, databaseURL string) {
		c := newCanary(t, t.TempDir(), databaseURL, newMark())
		c.furnish()
		nova := c.team[2]
		before := map[string]bool{}
		row := func(table string, r map[string]any) string { return table + fmt.Sprint(r) }
		tables(t, c.DB, func(table string, r map[string]any) {
			before[row(table, r)] = true
			for _, id := range timed.FindAllString(fmt.Sprint(r), -1) { // of accounts, centres, …
				before[id] = true
			}
		})
		ctx, s := t.Context(), c.Support
		form, err := s.FormCode(ctx)
		c.must(err)
		code, claim, err := s.CodeOfForm(form)
		c.must(err)
		id, person, err := s.Ask(ctx, support.Asking{Header: support.Header{Party: support.Party{Centre: c.centre}, Lang: i18n.HR, Struck: []string{nova.ID}}, Text: "Tu sam.", Code: code, Claim: claim})
		c.must(err)
		secret, err := s.Visit(ctx, id, person)
		c.must(err)
		now := time.Now()
		for _, by := range []support.Reading{person, c.team[0], c.team[1]} {
			c.must(s.Write(ctx, by, id, support.Change{Entries: []support.Entry{{Kind: support.Message, Text: "x", File: &support.File{Name: "y"}}}, Files: map[int][]byte{0: []byte("z")}, Waiting: support.Since(&now), Claim: db.NewSecretID(), To: "/desk/messages/" + id}))
			_, err := s.Thread(ctx, by, id)
			c.must(err)
		}
		c.must(c.DB.Tx(ctx, func(tx *db.Tx) error { return s.Leaving(ctx, tx, c.team[1].Account, c.role()) }))
		_, _, err = s.Visiting(ctx, secret)
		c.must(err)
		fresh := 0
		tables(t, c.DB, func(table string, r map[string]any) {
			if before[row(table, r)] {
				return
			}
			fresh++
			for column, v := range r {
				n, isNumber := v.(int64)
				if isNumber && n > now.AddDate(0, -1, 0).Unix() && n < now.AddDate(3, 0, 0).Unix() && n%3600 != 0 {
					t.Errorf("table %s, column %s: a time of a message to the second", table, column)
				}
				for _, text := range timed.FindAllString(fmt.Sprint(v), -1) {
					if !before[text] {
						t.Errorf("table %s, column %s: an id that tells when it was made", table, column)
					}
				}
			}
		})
		if fresh < 20 {
			t.Errorf("only %d rows were written", fresh)
		}
	})
}
