package support_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	. "kvart/internal/support"
	"kvart/migrations"
)

// dripping is a body that does not end before it is let go.
type dripping struct {
	io.Reader
	ctx context.Context
}

func (d dripping) Read(b []byte) (int, error) {
	select {
	case <-d.ctx.Done():
		return 0, io.EOF
	case <-time.After(10 * time.Millisecond):
		return d.Reader.Read(b[:1])
	}
}

func TestLimits_aWrongFormCodeIsSlowedToo(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		v := url.Values{"form_code": {"x"}, "text": {"Dobar dan"}}
		for range 60 {
			if a := p.post("/hr/contact", v); a.StatusCode != 422 {
				t.Fatalf("%d", a.StatusCode)
			}
		}
		a := p.post("/hr/contact", v)
		if a.StatusCode != 429 || a.Find("textarea").Text() != "Dobar dan" || a.Find(`a[href="tel:112"]`).Length() != 1 {
			t.Errorf("the 61st: %d, %q", a.StatusCode, a.Find("textarea").Text())
		}
		// A large one is not even read.
		v.Set("text", strings.Repeat("x", 200<<10))
		if a := p.post("/hr/contact", v); a.StatusCode != 429 || a.Find(`a[href="tel:112"]`).Length() != 1 || strings.Contains(a.body, "xxxxxxxx") {
			t.Errorf("large: %d", a.StatusCode)
		}
	})
}

func TestLimits_newConversationsOfOneClient(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		for range 20 {
			p.write("Dobar dan")
		}
		v := p.get("/hr/contact").form("/hr/contact")
		v.Set("text", "Još jednom")
		if a := p.post("/hr/contact", v); a.StatusCode != 429 || a.Find("textarea").Text() != "Još jednom" || a.form("/hr/contact").Get("form_code") != v.Get("form_code") {
			t.Errorf("the 21st: %d", a.StatusCode)
		}
		w.now = w.now.Add(16 * time.Minute)
		if a := p.post("/hr/contact", v); a.StatusCode != 200 {
			t.Errorf("a quarter of an hour later: %d", a.StatusCode)
		}
	})
}

// Eight slow senders of large forms keep nobody from writing an ordinary message.
func TestLimits_largeFormsWaitAndSmallOnesDoNot(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{}, 8)
		for range 8 {
			go func() {
				defer func() { done <- struct{}{} }()
				r, _ := http.NewRequestWithContext(ctx, "POST", p.url+"/hr/contact", dripping{strings.NewReader(strings.Repeat("x", 1<<20)), ctx})
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				if resp, err := http.DefaultClient.Do(r); err == nil {
					resp.Body.Close()
				}
			}()
		}
		time.Sleep(300 * time.Millisecond)
		p.write("Obična poruka")
		r, err := http.NewRequest("POST", p.url+"/hr/contact", strings.NewReader(url.Values{"text": {strings.Repeat("y", 300<<10)}}.Encode()))
		w.must(err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		began := time.Now()
		a := p.do(r)
		if a.StatusCode != 429 || time.Since(began) < time.Second || a.Find(`a[href="tel:112"]`).Length() != 1 || !strings.Contains(a.Find("main").Text(), "upravo stiže previše") {
			t.Errorf("the ninth: %d after %v", a.StatusCode, time.Since(began))
		}
		cancel()
		for range 8 {
			<-done
		}
		time.Sleep(50 * time.Millisecond)
		if a := p.post("/hr/contact", url.Values{"text": {strings.Repeat("y", 300<<10)}}); a.StatusCode != 422 {
			t.Errorf("afterwards: %d", a.StatusCode)
		}
	})
}

func TestInVisit_carriesKnownFieldsOnly(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		a := p.post("/hr/contact/messages", url.Values{"text": {"Još ovo"}, "form_key": {"k"}, "junk": {strings.Repeat(`"`, 1000)}, "ways": {"a", "b"}})
		if a.StatusCode != 401 || strings.Contains(a.body, "junk") || a.Find(`input[name=text]`).AttrOr("value", "") != "Još ovo" || a.Find(`input[name=form_key]`).Length() != 1 || a.Find(`input[name=ways]`).Length() != 1 {
			t.Errorf("%d %s", a.StatusCode, a.Find("form").Text())
		}
	})
}

// Who writes very much is slowed down, and nobody else at the same address.
func TestLimits_eachVisitByItself(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		p.write("Dobar dan")
		for i := range 61 {
			a := p.post("/hr/contact/messages", url.Values{"text": {"Još"}})
			if want := []int{303, 429}[i/60]; a.StatusCode != want || i == 60 && a.Find(`form[enctype] textarea`).Text() != "Još" {
				t.Fatalf("message %d: %d", i+1, a.StatusCode)
			}
		}
		p.client = p.browser()
		p.write("Dobar dan")
		if a := p.post("/hr/contact/messages", url.Values{"text": {"Još"}}); a.StatusCode != 303 {
			t.Errorf("somebody else: %d", a.StatusCode)
		}
	})
}

func TestLimits_filesOfOneClient(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		p.write("Dobar dan")
		for i := range 21 {
			a := p.upload("Evo.", "a.txt", []byte("tekst"))
			if want := []int{303, 429}[i/20]; a.StatusCode != want {
				t.Fatalf("file %d: %d", i+1, a.StatusCode)
			}
			if i == 20 && a.Find(`form[enctype] textarea`).Text() != "Evo." {
				t.Error("the words are lost")
			}
		}
		w.now = w.now.Add(14 * time.Minute)
		p.get("/hr/contact/messages")
		w.now = w.now.Add(2 * time.Minute)
		a := p.upload("Evo.", "a.txt", []byte("tekst"))
		if a.StatusCode != 422 || !strings.Contains(a.Find("main").Text(), "nema mjesta za datoteke") || a.Find(`form[enctype] textarea`).Text() != "Evo." {
			t.Errorf("the 21st file of a conversation: %d, %s", a.StatusCode, a.Find(".summary").Text())
		}
		if n := p.count(`SELECT COUNT(*) FROM support_items WHERE kind = 'file'`); n != 20 {
			t.Errorf("%d files", n)
		}
		// The download is whole.
		all := p.get("/hr/contact/messages/export")
		z, err := zip.NewReader(bytes.NewReader([]byte(all.body)), int64(len(all.body)))
		if err != nil || len(z.File) != 22 {
			t.Errorf("download: %d, %v", all.StatusCode, err)
		}
	})
}

func TestRoom_endsForWordsAndBytesButStaffCanAnswerAndRightsCanBeTaken(t *testing.T) {
	each(t, func(w *house) {
		id, person, _ := w.ask("Dobar dan")
		say := func(by Reading) error {
			return w.Write(t.Context(), by, id, Change{Entries: []Entry{{Kind: Message, Text: "x"}}})
		}
		fill := func(kind string, n int, size int) {
			w.exec(`INSERT INTO support_items (id, request_id, seq, epoch, kind, sealed, hour) WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < :n)
				SELECT :kind || CAST(n AS TEXT), :id, 100000 + n, (SELECT epoch FROM support_requests WHERE id = :id), :kind, :sealed, 0 FROM c`, db.Args{"id": id, "n": n, "kind": kind, "sealed": strings.Repeat("A", size)})
		}
		clear := func() { w.exec(`DELETE FROM support_items WHERE hour = 0`, nil) }
		fill("entry", 499, 4)
		err := say(person)
		w.wants(err, fault.KindConflict)
		if fault.Of(err).Key != "support.person.full" {
			t.Error(err)
		}
		w.must(say(w.team[0]))
		w.must(w.Write(t.Context(), person, id, Change{Strike: []string{w.team[1].ID}}))
		clear()
		w.must(say(person))
		clear()
		fill("header", 9, 4<<20/3) // 9 MB beside files
		w.wants(say(person), fault.KindConflict)
		w.must(say(w.team[0]))
		clear()
		fill("file", 16, 8<<20/3) // 32 MB
		w.must(say(person))
		file := Change{Entries: []Entry{{Kind: Message, File: &File{Name: "a.txt", Type: "text/plain; charset=utf-8", Size: 1}}}, Files: map[int][]byte{0: []byte("x")}}
		w.wants(w.Write(t.Context(), person, id, file), fault.KindInvalid)
		w.must(w.Write(t.Context(), w.team[0], id, file))
	})
}

func TestContact_withoutACodeToGiveItStillShowsWhomToCall(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		w.exec(`ALTER TABLE support_requests RENAME COLUMN locator_rest TO elsewhere`, nil) // nobody can say whether a code is taken
		for _, a := range []answer{p.get("/hr/contact"), p.post("/hr/contact", url.Values{"form_code": {"x"}, "text": {"Moje riječi"}})} {
			main := a.Find("main").Text()
			if a.Find(`a[href="tel:112"]`).Length() != 1 || a.Find(`a[href="tel:01555010"]`).Length() < 2 || a.Find("textarea").Length() != 0 || !strings.Contains(main, "ne možemo dati novi kôd") {
				t.Errorf("%d %s", a.StatusCode, main)
			}
			if a.StatusCode != 200 && !strings.Contains(main, "Moje riječi") {
				t.Error("what was typed is lost")
			}
		}
	})
}

func TestWrite_aLocatorTakenMeanwhileIsAFreshCode(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		v := p.get("/hr/contact").form("/hr/contact")
		v.Set("text", "Dobar dan")
		c, _, err := w.CodeOfForm(v.Get("form_code"))
		w.must(err)
		w.exec(`INSERT INTO support_requests (id, kind, locator, locator_rest, salt, argon, verifier, epoch, header_id, made_hour, delete_hour) VALUES ('other', 'request', :l, :lr, 's', 'a', 'v', 1, 'h', 0, 0)`, db.Args{"l": c.Locator[:5], "lr": c.Locator[5:]})
		a := p.post("/hr/contact", v)
		if a.StatusCode == 200 {
			return // Ask helps itself
		}
		next := a.form("/hr/contact")
		if a.StatusCode != 409 || next.Get("text") != "Dobar dan" || next.Get("form_code") == v.Get("form_code") {
			t.Fatalf("%d, the same code %t", a.StatusCode, next.Get("form_code") == v.Get("form_code"))
		}
		if a := p.post("/hr/contact", next); a.StatusCode != 200 || a.code() == "" {
			t.Errorf("sent again: %d", a.StatusCode)
		}
	})
}

func TestThread_whatWasDoneIsInNoAddress(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		p.write("Dobar dan")
		for path, v := range map[string]url.Values{"": {"text": {"x"}}, "/more": {"name": {"Mia"}}, "/strike": {"strike": {w.team[1].ID}, "sure": {"1"}}} {
			a := p.post("/hr/contact/messages"+path, v)
			if to := a.Header.Get("Location"); a.StatusCode != 303 || !strings.HasPrefix(to, "/hr/contact/messages?done=1#") {
				t.Errorf("%s: %d %q", path, a.StatusCode, to)
			}
		}
		if text := p.get("/hr/contact/messages?done=1").Find(".flash").Text(); strings.TrimSpace(text) != "Spremljeno." {
			t.Errorf("%q", text)
		}
	})
}

// TestMigration_locatorsGoDownAndUp with two codes of which the first half is the same.
func TestMigration_locatorsGoDownAndUp(t *testing.T) {
	each(t, func(w *house) {
		for _, rest := range []string{"00001", "00002"} {
			w.exec(`INSERT INTO support_requests (id, kind, locator, locator_rest, salt, argon, verifier, epoch, header_id, made_hour, delete_hour) VALUES (:rest, 'request', '12345', :rest, 's', 'a', 'v', 1, 'h', 0, 0)`, db.Args{"rest": rest})
		}
		text, err := fs.ReadFile(migrations.FS, "00051_locators_and_strikes.sql")
		w.must(err)
		up, down, _ := strings.Cut(string(text), "-- +goose Down")
		for _, half := range []string{down, up} {
			for part := range strings.SplitSeq(half, ";\n") {
				if _, err := w.DB.Writer().Exec(part); err != nil {
					t.Fatalf("%s: %v", part, err)
				}
			}
		}
		if n := w.count(`SELECT COUNT(*) FROM support_requests WHERE locator IS NULL AND locator_rest IS NULL AND verifier = ''`, nil); n != 2 {
			t.Errorf("%d of 2 say that they have no code, as none opens them", n)
		}
		_, _, code := w.ask("Tu sam.")
		if _, _, err := w.ByCode(t.Context(), code); err != nil {
			t.Error(err)
		}
	})
}
