package support_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/vault"
	. "kvart/internal/support"
)

func thread(id string) string { return "/desk/messages/thread/" + id }

func (d *desk) header(id string, change func(*Header)) {
	d.t.Helper()
	d.must(d.Write(d.t.Context(), d.team[0], id, Change{Header: change}))
}

func (d *desk) read(by Reading, id string) Thread {
	d.t.Helper()
	t, err := d.Thread(d.t.Context(), by, id)
	d.must(err)
	return t
}

func (d *desk) topics() {
	d.t.Helper()
	d.must(d.SaveSettings(d.t.Context(), Settings{Hours: 24, Topics: []Topic{{Code: "doma", Name: i18n.Text{i18n.HR: "Kod kuće nije dobro"}}}}, "test"))
}

func TestDesk_withoutAnOpenKeySaysWhyAndOpensItThere(t *testing.T) {
	eachDesk(t, func(d *desk) {
		id, person, _ := d.ask("PITANJE")
		none, err := d.Auth.AddAccount(t.Context(), "nova", "Nova osoba", "", phrase, auth.Held{Role: network.SupportWorker, Scope: auth.Scope{Kind: network.ScopeCentre, ID: d.centre}})
		d.must(err)
		if doc := d.as(none.ID).page("/desk/messages", nil); doc.Find(`main a[href="/desk/messages/key"]`).Length() != 1 || doc.Find("main form").Length() != 0 {
			t.Errorf("without a key: %s", doc.Find("main").Text())
		}

		s := d.as(d.team[0].Account)
		doc := s.page(thread(id), nil)
		if doc.Find("main input[name=passphrase]").Length() != 1 || strings.Contains(doc.Text(), "PITANJE") {
			t.Fatalf("with a closed key: %s", doc.Find("main").Text())
		}
		if next, _ := doc.Find("input[name=next]").Attr("value"); next != thread(id) {
			t.Errorf("leads back to %q", next)
		}
		doc = s.refused("/desk/messages/open", url.Values{"passphrase": {"kriva lozinka od više riječi"}, "next": {thread(id)}}, http.StatusUnprocessableEntity)
		if doc.Find("#faults").Length() != 1 || doc.Find("input[name=next]").AttrOr("value", "") != thread(id) {
			t.Errorf("a wrong passphrase: %s", doc.Find("main").Text())
		}

		// what was written while the key was closed is sent once it is open
		doc = s.page(thread(id)+"/answer", url.Values{"text": {"odgovor koji čeka"}, "form_key": {"k"}})
		if got := doc.Find("input[name=text]").AttrOr("value", ""); got != "odgovor koji čeka" || len(d.texts(person, id)) != 1 {
			t.Fatalf("carried %q", got)
		}
		doc = s.page(thread(id)+"/answer", url.Values{"text": {"odgovor koji čeka"}, "form_key": {"k"}, "passphrase": {phrase}})
		if !strings.Contains(doc.Find("main").Text(), "PITANJE") || !slices.Equal(d.texts(person, id), []string{"PITANJE", "odgovor koji čeka"}) {
			t.Errorf("after opening: %s", doc.Find("main").Text())
		}

		s = d.as(d.team[1].Account)
		for next, want := range map[string]string{thread(id): thread(id), "https://zlo.test/desk/messages": "/desk/messages", "//zlo.test/desk/messages": "/desk/messages", "/desk/people": "/desk/messages", `/desk/messages/\\x`: "/desk/messages"} {
			if doc := s.page("/desk/messages/open", url.Values{"passphrase": {phrase}, "next": {next}}); doc.Url.Path != want {
				t.Errorf("%q led to %q", next, doc.Url.Path)
			}
		}

		d.server.PublicURL = "http://kvart.example"
		if doc := s.page("/desk/messages", nil); !strings.Contains(doc.Find("main").Text(), "https") || doc.Find("main form").Length() != 0 {
			t.Errorf("over plain http: %s", doc.Find("main").Text())
		}
		d.server.PublicURL = "http://localhost"
		var kept *erasure.Store
		kept, d.Erasure = d.Erasure, nil
		if doc := s.page("/desk/messages", nil); !strings.Contains(doc.Find("main").Text(), "Spremište ključeva za brisanje") {
			t.Errorf("without the erasure store: %s", doc.Find("main").Text())
		}
		d.Erasure = kept
	})
}

func TestDesk_keyThatIsNotOnTheListWaits(t *testing.T) {
	eachDesk(t, func(d *desk) {
		d.ask("pitanje")
		nova := d.worker("nova", d.centre)
		doc := d.reads(nova).page("/desk/messages", nil)
		if !strings.Contains(doc.Find(".flash.note").Text(), "čeka da ga organizacija potpiše") || doc.Find(".todo > li").Length() != 0 {
			t.Errorf("%s", doc.Find("main").Text())
		}
	})
}

func TestInbox_saysWhoWaitsAndNamesNobodyBeforeAPress(t *testing.T) {
	eachDesk(t, func(d *desk) {
		d.topics()
		id, person, _ := d.ask("TIJELO")
		d.header(id, func(h *Header) { h.Name, h.Topic = "Vedran Ime", "doma" })
		d.now = d.now.Add(25 * time.Hour)
		d.say(person, id, "još nešto")
		s := d.reads(d.team[0])
		doc := s.page("/desk/messages", nil)
		row := doc.Find(".todo > li")
		if row.Length() != 1 || !strings.Contains(row.Text(), "2 nove") || !strings.Contains(row.Text(), "čeka 25 sati") || !row.HasClass("urgent") {
			t.Errorf("row: %s", row.Text())
		}
		if !strings.Contains(row.Find("details:not([open])").Text(), "Vedran Ime") || strings.Contains(row.Find("div").First().Text(), "Vedran") || strings.Contains(row.Find("div").First().Text(), "Kod kuće") {
			t.Errorf("a name stands on the screen: %s", row.Text())
		}
		if strings.Contains(doc.Text(), "TIJELO") {
			t.Error("the list shows what was written")
		}
		if !strings.Contains(doc.Find(".hero").Text(), "Osoba ana") {
			t.Errorf("whose turn: %s", doc.Find(".hero").Text())
		}
		s.page(thread(id), nil)
		if doc = s.page("/desk/messages", nil); strings.Contains(doc.Find(".todo").Text(), "nov") {
			t.Errorf("still unread: %s", doc.Find(".todo").Text())
		}
		d.exec(`UPDATE support_grants SET sealed = 'AAAA' WHERE reader_id = :r`, db.Args{"r": d.team[0].ID})
		if doc = s.page("/desk/messages", nil); !strings.Contains(doc.Find(".todo .fault").Text(), "ne otvara") {
			t.Errorf("a broken one: %s", doc.Find(".todo").Text())
		}
		if doc = s.page("/desk/messages?state=closed&page=-1", nil); doc.Find(".empty").Length() != 1 {
			t.Errorf("nothing is closed: %s", doc.Find("main").Text())
		}
		for range 31 {
			d.ask("pitanje")
		}
		if doc = s.page("/desk/messages", nil); doc.Find(".todo > li").Length() != 30 || doc.Find(".pager a[rel=next]").Length() != 1 {
			t.Errorf("first page: %d", doc.Find(".todo > li").Length())
		}
		if doc = s.page("/desk/messages?page=1", nil); doc.Find(".todo > li").Length() != 2 || doc.Find(".pager a[rel=prev]").Length() != 1 {
			t.Errorf("second page: %d", doc.Find(".todo > li").Length())
		}
	})
}

func TestThread_answerNoteCloseAndOpenAgain(t *testing.T) {
	eachDesk(t, func(d *desk) {
		id, person, _ := d.ask("<script>alert(1)</script>")
		s := d.reads(d.team[0])
		doc := s.page(thread(id), nil)
		if doc.Find("main script").Length() != 0 || doc.Find(".said").First().Text() != "<script>alert(1)</script>" || !strings.Contains(doc.Find("ol").Text(), "novo") {
			t.Errorf("thread: %s", doc.Find("ol").Text())
		}
		if bad := s.refused(thread(id)+"/answer", url.Values{"text": {"  "}}, http.StatusUnprocessableEntity); bad.Find("#faults").Length() != 1 {
			t.Error("an empty answer was taken")
		}
		if bad := s.refused(thread(id)+"/answer", url.Values{"text": {strings.Repeat("a", MaxText+1)}}, http.StatusUnprocessableEntity); len(bad.Find("#answer-text").Text()) != MaxText+1 {
			t.Error("what was typed is gone")
		}
		s.refused(thread(id)+"/answer", url.Values{"text": {strings.Repeat("a", 3<<20)}}, http.StatusRequestEntityTooLarge)
		for range 2 { // a double press
			s.page(thread(id)+"/answer", url.Values{"text": {"odgovor"}, "form_key": {"a1"}})
		}
		s.page(thread(id)+"/note", url.Values{"text": {"BILJEŠKA"}, "form_key": {"n1"}})
		got := d.read(person, id)
		if len(got.Entries) != 2 || got.Entries[1].Text != "odgovor" || got.Waiting != nil {
			t.Errorf("the person reads %+v, waiting %v", got.Entries, got.Waiting)
		}
		if !strings.Contains(s.page(thread(id), nil).Find(".card.warm").Text(), "BILJEŠKA") {
			t.Error("the team does not see its note")
		}
		s.refused(thread(id)+"/close", url.Values{"outcome": {"lijepo"}}, http.StatusUnprocessableEntity)
		s.page(thread(id)+"/close", url.Values{"outcome": {"got_help"}, "text": {"sretno"}, "form_key": {"c1"}})
		if got := d.read(person, id); got.State != "closed" || got.Header.Outcome != "got_help" || got.Entries[2].Kind != Closed || got.Entries[2].Text != "sretno" {
			t.Errorf("closed: %+v", got)
		}
		if doc = s.page("/desk/messages?state=closed", nil); !strings.Contains(doc.Find(".todo").Text(), "pomoć je dobivena") {
			t.Errorf("list of closed: %s", doc.Find(".todo").Text())
		}
		s.page(thread(id)+"/reopen", url.Values{})
		s.page(thread(id)+"/close", url.Values{"outcome": {"no_contact"}})
		s.page(thread(id)+"/answer", url.Values{"text": {"ipak"}})
		if got := d.read(person, id); got.State != "open" || got.Header.Outcome != "" {
			t.Errorf("an answer opens again: %+v", got)
		}
	})
}

func TestThread_attachmentGoesBothWaysAndIsSavedOnly(t *testing.T) {
	eachDesk(t, func(d *desk) {
		id, person, _ := d.ask("pitanje")
		s := d.reads(d.team[0])
		if _, status := s.upload(thread(id)+"/file", "a.html", []byte("<html><script>x</script>"), nil); status != http.StatusUnprocessableEntity {
			t.Errorf("a page was taken: %d", status)
		}
		if doc, status := s.upload(thread(id)+"/file", "a.txt", bytes.Repeat([]byte("a"), 5<<20+1), map[string]string{"text": "uz datoteku"}); status != http.StatusUnprocessableEntity || doc.Find("#file-text").Text() != "uz datoteku" {
			t.Errorf("too large: %d", status)
		}
		if doc, status := s.upload(thread(id)+"/file", "IME-DATOTEKE.pdf", []byte("%PDF-1.7 SADRŽAJ"), map[string]string{"text": "uz datoteku", "form_key": "f1"}); status != http.StatusOK || doc.Find(`a[download]`).Length() != 1 {
			t.Fatalf("%d: %s", status, doc.Find("main").Text())
		}
		s.upload(thread(id)+"/file", "tim.txt", []byte("samo tim"), map[string]string{"team": "1", "form_key": "f2"})
		got := d.read(person, id)
		if len(got.Entries) != 2 || got.Waiting != nil {
			t.Fatalf("the person reads %+v", got.Entries)
		}
		f, data, err := d.File(t.Context(), person, id, got.Entries[1].ID)
		if err != nil || f.Name != "IME-DATOTEKE.pdf" || string(data) != "%PDF-1.7 SADRŽAJ" {
			t.Errorf("%+v %q %v", f, data, err)
		}
		resp, err := s.http.Get(d.url + thread(id) + "/file/" + got.Entries[1].ID)
		d.must(err)
		body, err := io.ReadAll(resp.Body)
		d.must(err)
		resp.Body.Close()
		if string(body) != "%PDF-1.7 SADRŽAJ" || !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("served: %v", resp.Header)
		}
		s.refused(thread(id)+"/file/"+db.NewSecretID(), nil, http.StatusNotFound)
		if all := d.everything(); strings.Contains(all, "IME-DATOTEKE") || strings.Contains(all, "SADRŽAJ") {
			t.Error("the file's name or content is in the database or the log")
		}

		// a file sent with a closed key loses the file only, and says so
		closed := d.as(d.team[0].Account)
		doc, status := closed.upload(thread(id)+"/file", "a.txt", []byte("x"), map[string]string{"text": "riječi uz nju"})
		if status != http.StatusOK || doc.Find("input[name=text]").AttrOr("value", "") != "riječi uz nju" || !strings.Contains(doc.Find("main").Text(), "ponovno odabrati") {
			t.Errorf("%d: %s", status, doc.Find("main").Text())
		}
	})
}

func TestNotice_saysNothingAndLeavesNoAddressAnywhere(t *testing.T) {
	eachDesk(t, func(d *desk) {
		id, person, _ := d.ask("PORUKA-1")
		s := d.reads(d.team[0])
		if doc := s.page(thread(id), nil); doc.Find("input[name=notice]").Length() != 0 || !strings.Contains(doc.Find("main").Text(), "nije navela gdje bi to bilo sigurno") {
			t.Error("a notice is offered to somebody who gave no address")
		}
		d.header(id, func(h *Header) {
			h.Name, h.Email, h.Phone, h.Lang = "IME-2", "tajna.adresa@primjer.test", "091 5550 123", i18n.EN
		})
		if doc := s.page(thread(id), nil); doc.Find("input[name=notice]").Length() != 0 || !strings.Contains(doc.Find("main").Text(), "poslužitelj e-pošte nije postavljen") {
			t.Error("a notice is offered without a mail server")
		}
		if doc := s.page(thread(id)+"/answer", url.Values{"text": {"bez poslužitelja"}, "notice": {"mail"}}); doc.Find(".flash.bad").Length() != 1 {
			t.Error("a notice that cannot go is said to have gone")
		}
		box := d.postbox()
		doc := s.page(thread(id), nil)
		if doc.Find("input[name=notice][value=mail]").Length() != 1 || doc.Find("input[name=notice][value=sms]").Length() != 0 {
			t.Errorf("offered: %s", doc.Find("fieldset").Text())
		}
		doc = s.page(thread(id)+"/answer", url.Values{"text": {"ODGOVOR-3"}, "notice": {"mail"}, "form_key": {"n1"}})
		s.page(thread(id)+"/answer", url.Values{"text": {"ODGOVOR-3"}, "notice": {"mail"}, "form_key": {"n1"}})
		got := box.taken()
		if len(got) != 1 || doc.Find(".flash:not(.bad)").Length() != 1 {
			t.Fatalf("%d mails: %s", len(got), doc.Find("main").Text())
		}
		head, body, _ := strings.Cut(got[0], "\r\n\r\n")
		if strings.TrimSpace(body) != "You have an update." || !strings.Contains(head, "Subject: You have an update.") || !strings.Contains(head, "From: <posta@primjer.test>") || strings.Contains(got[0], "IME-2") {
			t.Errorf("the notice:\n%s", got[0])
		}
		last := d.read(person, id).Entries
		if last[len(last)-1].Kind != Told {
			t.Errorf("not noted: %+v", last)
		}
		box.refuses()
		doc = s.page(thread(id)+"/answer", url.Values{"text": {"drugi odgovor"}, "notice": {"mail"}})
		if doc.Find(".flash.bad").Length() != 1 || !slices.Contains(d.texts(person, id), "drugi odgovor") {
			t.Errorf("refused by the server: %s", doc.Find("main").Text())
		}
		all := d.everything()
		for _, sealed := range []string{"PORUKA-1", "IME-2", "ODGOVOR-3", "tajna.adresa", "5550123", "5550 123", "drugi odgovor", "You have an update"} {
			if strings.Contains(all, sealed) {
				t.Errorf("%q is in the database or the log", sealed)
			}
		}
		var n int
		d.must(d.DB.Get(t.Context(), &n, `SELECT (SELECT COUNT(*) FROM mails) + (SELECT COUNT(*) FROM texts) + (SELECT COUNT(*) FROM outbox)`, nil))
		if n != 0 {
			t.Errorf("%d rows wait", n)
		}
	})
}

func TestSpoken_isSealedAlikeAndTheCodeIsShownOnce(t *testing.T) {
	eachDesk(t, func(d *desk) {
		d.topics()
		s := d.reads(d.team[0])
		form := func() url.Values {
			doc := s.page("/desk/messages/new", nil)
			return url.Values{"code": {doc.Find("input[name=code]").AttrOr("value", "")}, "back": {"code"}, "text": {"IZGOVORENO"}, "topic": {"doma"}, "name": {"IME-4"}}
		}
		f := form()
		doc := s.page("/desk/messages/new", f)
		printed := strings.TrimSpace(doc.Find(".slip .digits").Text())
		code, err := vault.ParseCode(printed)
		if err != nil {
			t.Fatalf("%q: %v", printed, err)
		}
		if slip := doc.Find(".slip").Text(); strings.Contains(slip, "Prvi") || strings.Contains(slip, "Mreža") || !strings.Contains(slip, "http://localhost/hr/contact") {
			t.Errorf("the slip says %q", slip)
		}
		if again := s.page("/desk/messages/new", f); strings.TrimSpace(again.Find(".slip .digits").Text()) != printed {
			t.Error("sent twice, another code")
		}
		id, person, err := d.ByCode(t.Context(), code)
		d.must(err)
		got := d.read(person, id)
		if len(got.Entries) != 1 || got.Entries[0].Text != "IZGOVORENO" || got.Entries[0].By != d.team[0].ID || !got.Header.Spoken || got.Header.Name != "IME-4" || got.Waiting == nil {
			t.Errorf("%+v", got)
		}
		if n := s.page("/desk/messages", nil).Find(".todo > li").Length(); n != 1 {
			t.Errorf("%d requests", n)
		}
		all := d.everything()
		for _, sealed := range []string{"IZGOVORENO", "IME-4", printed, strings.ReplaceAll(printed, " ", "")} {
			if strings.Contains(all, sealed) {
				t.Errorf("%q is in the database or the log", sealed)
			}
		}

		// declined: agreed otherwise, and somebody is struck out
		f = form()
		f.Set("back", "agreed")
		f.Set("text", "bez koda")
		if bad := s.refused("/desk/messages/new", f, http.StatusUnprocessableEntity); bad.Find("#e-wayback").Length() != 1 || bad.Find("#f-text").Text() != "bez koda" {
			t.Error("a way back was not asked for")
		}
		f.Set("wayback", "utorkom, pita za knjigu")
		f.Set("struck", d.team[1].ID)
		doc = s.page("/desk/messages/new", f)
		if !strings.Contains(doc.Find("aside").Text(), "utorkom, pita za knjigu") || doc.Find(".slip").Length() != 0 {
			t.Errorf("declined: %s", doc.Find("main").Text())
		}
		own := doc.Url.Path
		d.reads(d.team[1]).refused(own, nil, http.StatusNotFound)
		d.reads(d.team[2]).page(own, nil)

		for name, change := range map[string]func(url.Values){
			"a code that is not ours": func(f url.Values) { f.Set("code", "12345") },
			"no words":                func(f url.Values) { f.Set("text", "") },
			"no such topic":           func(f url.Values) { f.Set("topic", "krivo") },
			"two addresses":           func(f url.Values) { f.Set("email", "a@b.test, c@d.test") },
			"oneself struck out":      func(f url.Values) { f.Set("struck", d.team[0].ID) },
		} {
			f := form()
			change(f)
			if doc := s.refused("/desk/messages/new", f, http.StatusUnprocessableEntity); doc.Find("#faults").Length() != 1 || doc.Find("#f-name").AttrOr("value", "") != "IME-4" {
				t.Errorf("%s: %s", name, doc.Find("main").Text())
			}
		}
	})
}

func TestNewCode_isGivenInPersonAndStandsInTheThread(t *testing.T) {
	eachDesk(t, func(d *desk) {
		id, _, old := d.ask("pitanje")
		s := d.reads(d.team[0])
		form := url.Values{"code": {s.page(thread(id)+"/code", nil).Find("input[name=code]").AttrOr("value", "")}}
		s.refused(thread(id)+"/code", form, http.StatusUnprocessableEntity)
		form.Set("known", "1")
		printed := strings.TrimSpace(s.page(thread(id)+"/code", form).Find(".slip .digits").Text())
		if again := s.page(thread(id)+"/code", form); strings.TrimSpace(again.Find(".slip .digits").Text()) != printed {
			t.Error("sent twice, another code")
		}
		code, err := vault.ParseCode(printed)
		d.must(err)
		if _, _, err := d.ByCode(t.Context(), old); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("the old code: %v", err)
		}
		found, person, err := d.ByCode(t.Context(), code)
		d.must(err)
		got := d.read(person, found)
		if found != id || len(got.Entries) != 2 || got.Entries[1].Kind != NewCode || got.Entries[1].By != d.team[0].ID {
			t.Errorf("%+v", got.Entries)
		}
	})
}

func TestAccess_isGivenAtOnceAndShowsNobodyWhoIsStruckOut(t *testing.T) {
	eachDesk(t, func(d *desk) {
		nova := d.worker("nova", d.centre)
		open, person, _ := d.ask("za sve")
		d.sign()
		struck, other, _ := d.ask("ne za novu osobu", nova.ID)
		ana, eva := d.reads(d.team[0]), d.reads(d.team[1])
		for _, id := range []string{open, struck} {
			eva.page(thread(id), nil)
		}
		before := eva.page("/desk/messages", nil).Find(".todo").Text()
		if strings.Contains(before, "nov") {
			t.Fatalf("unread: %s", before)
		}
		doc := ana.page("/desk/messages/access", url.Values{"colleague": {nova.ID}})
		if !strings.Contains(doc.Find(".flash").Text(), "2 razgovora") {
			t.Errorf("%s", doc.Find("main").Text())
		}
		ana.page("/desk/messages/access", url.Values{"colleague": {nova.ID}}) // once more changes nothing
		if got := d.texts(nova, open); !slices.Contains(got, "za sve") {
			t.Errorf("the colleague reads %v", got)
		}
		s := d.reads(nova)
		s.refused(thread(struck), nil, http.StatusNotFound)
		if kinds := d.read(person, open).Entries; kinds[len(kinds)-1].Kind != Joined || kinds[len(kinds)-1].Who != nova.ID {
			t.Errorf("the person is not told: %+v", kinds)
		}
		if got := d.read(other, struck).Entries; len(got) != 1 {
			t.Errorf("the other person is told of somebody who does not read: %+v", got)
		}
		// to a colleague both look the same, in the list and in the thread
		rows := eva.page("/desk/messages", nil).Find(".todo > li")
		if a, b := strings.Join(strings.Fields(rows.Eq(0).Text()), " "), strings.Join(strings.Fields(rows.Eq(1).Text()), " "); a != b {
			t.Errorf("the rows differ: %q, %q", a, b)
		}
		for _, id := range []string{open, struck} {
			if doc := eva.page(thread(id), nil); doc.Find("ol.plain-list > li").Length() != 1 || doc.Find(`#assign option[value="`+nova.ID+`"]`).Length() != 2 {
				t.Errorf("%s: %s", id, doc.Find("main").Text())
			}
		}
		ana.refused("/desk/messages/access", url.Values{"colleague": {db.NewSecretID()}}, http.StatusUnprocessableEntity)
		ana.refused("/desk/messages/access", url.Values{"colleague": {PersonID}}, http.StatusUnprocessableEntity)
	})
}

func TestLink_isBothWaysAndOnlyBetweenWhatOneCanOpen(t *testing.T) {
	eachDesk(t, func(d *desk) {
		a, person, _ := d.ask("prvi put")
		b, _, _ := d.ask("drugi put", d.team[1].ID)
		ana, eva := d.reads(d.team[0]), d.reads(d.team[1])
		ana.page(thread(a)+"/link", nil)
		ana.page(thread(a)+"/link", url.Values{"other": {b}})
		for x, y := range map[string]string{a: b, b: a} {
			if doc := ana.page(thread(x), nil); doc.Find(`.links a[href="`+thread(y)+`"]`).Length() != 1 {
				t.Errorf("no link: %s", doc.Find("aside").Text())
			}
		}
		if doc := eva.page(thread(a), nil); doc.Find(".links a").Length() != 0 {
			t.Error("a link to what one cannot open")
		}
		eva.refused(thread(a)+"/link", url.Values{"other": {b}}, http.StatusNotFound)
		ana.refused(thread(a)+"/link", url.Values{"other": {a}}, http.StatusNotFound)
		if got := d.texts(person, a); len(got) != 1 {
			t.Errorf("the person sees %v", got)
		}
		ana.page(thread(b)+"/link", url.Values{"other": {a}, "apart": {"1"}})
		if doc := ana.page(thread(a), nil); doc.Find(".links a").Length() != 0 {
			t.Error("still linked")
		}
	})
}

func TestHandOver_inDangerGoesToTwo(t *testing.T) {
	eachDesk(t, func(d *desk) {
		id, _, _ := d.ask("pitanje")
		s := d.reads(d.team[0])
		s.page(thread(id)+"/assign", url.Values{"me": {"1"}})
		if !strings.Contains(s.page("/desk/messages", nil).Find(".todo").Text(), "kod: vi") {
			t.Error("not taken over")
		}
		s.page(thread(id)+"/assign", url.Values{"first": {d.team[1].ID}})
		if !strings.Contains(s.page("/desk/messages", nil).Find(".todo").Text(), "kod: Osoba eva") {
			t.Error("not handed over")
		}
		doc := s.page(thread(id)+"/flags", url.Values{"danger": {"1"}, "minor": {"1"}})
		if !strings.Contains(doc.Find(".card.warm").Text(), "dvije osobe") || doc.Find(`.card.warm a[href="tel:112"]`).Length() != 1 {
			t.Errorf("%s", doc.Find("main").Text())
		}
		if !doc.Find("#assign").Find("input[name=two]").Is(`[value="1"]`) {
			t.Error("a hand-over is to one")
		}
		s.refused(thread(id)+"/assign", url.Values{"two": {"1"}, "first": {d.team[1].ID}, "second": {""}}, http.StatusUnprocessableEntity)
		s.refused(thread(id)+"/assign", url.Values{"two": {"1"}, "first": {d.team[1].ID}, "second": {d.team[1].ID}}, http.StatusUnprocessableEntity)
		s.refused(thread(id)+"/assign", url.Values{"first": {db.NewSecretID()}}, http.StatusUnprocessableEntity)
		s.page(thread(id)+"/assign", url.Values{"two": {"1"}, "first": {d.team[1].ID}, "second": {d.team[2].ID}})
		if got := s.page("/desk/messages", nil).Find(".todo").Text(); !strings.Contains(got, "kod: Osoba eva, Osoba iva") || !strings.Contains(got, "hitno") {
			t.Errorf("%s", got)
		}
	})
}

func TestTalk_leavesANumberAndNothingElse(t *testing.T) {
	eachDesk(t, func(d *desk) {
		d.topics()
		s := d.as(d.team[0].Account)
		for i := range 3 {
			s.page("/desk/messages/talks", url.Values{"topic": {"doma"}, "form_key": {strconv.Itoa(i / 2)}}) // the first is sent twice
		}
		s.page("/desk/messages/talks", url.Values{"topic": {""}, "form_key": {"x"}})
		s.refused("/desk/messages/talks", url.Values{"topic": {"izmišljeno"}}, http.StatusUnprocessableEntity)
		var rows []struct {
			Centre string `db:"centre_id"`
			Month  string `db:"month"`
			Topic  string `db:"topic"`
			N      int    `db:"n"`
		}
		d.must(d.DB.Select(t.Context(), &rows, `SELECT * FROM support_talks ORDER BY topic`, nil))
		if len(rows) != 2 || rows[0].N != 1 || rows[1].N != 2 || rows[1].Topic != "doma" || rows[1].Month != "2026-11" {
			t.Errorf("%+v", rows)
		}
		if doc := d.reads(d.team[0]).page("/desk/messages", nil); !strings.Contains(doc.Text(), "3 razgovora") {
			t.Error("not on the page")
		}
		var n int
		d.must(d.DB.Get(t.Context(), &n, `SELECT COUNT(*) FROM audit_rows WHERE action LIKE '%talk%'`, nil))
		var finer int
		d.must(d.DB.Get(t.Context(), &finer, `SELECT COUNT(*) FROM submissions WHERE expires_at % 3600 <> 0`, nil))
		if n+finer != 0 {
			t.Errorf("%d audit rows, %d times finer than the hour", n, finer)
		}
	})
}

func TestTasks_sayHowManyWaitAndNothingOfThem(t *testing.T) {
	eachDesk(t, func(d *desk) {
		d.worker("susjed", d.other) // another team, which nothing is sealed to
		both := d.worker("oboje", d.centre)
		d.exec(`INSERT INTO account_roles (account_id, role, scope_kind, scope_id) VALUES (:a, 'support_worker', 'centre', :c)`, db.Args{"a": both.Account, "c": d.other})
		d.sign()
		of := func(account, centre string) map[string][]any {
			d.t.Helper()
			list, err := d.pages.Tasks(t.Context(), centre, d.now)
			d.must(err)
			got := map[string][]any{}
			for _, x := range list {
				if x.Key == "support.numbers" {
					continue
				}
				if words, err := texts(); err != nil || x.Urgency == network.Safety != (x.Title != "support.task.fresh") || words.For(i18n.HR).T(x.Press) == x.Press || x.For == nil {
					t.Errorf("%+v %v", x, err)
				}
				if x.For(account) {
					if got[x.Title] != nil {
						t.Errorf("%s stands twice", x.Title)
					}
					got[x.Title] = x.Args
				}
			}
			return got
		}
		tasks := func(centre string) map[string][]any {
			d.t.Helper()
			return of(d.team[1].Account, centre)
		}
		if len(tasks(d.centre)) != 0 {
			t.Error("something waits")
		}
		id, _, _ := d.ask("PORUKA")
		d.ask("druga", d.team[0].ID)
		if got := tasks(d.centre); got["support.task.fresh"][1] != 2 || len(got) != 1 {
			t.Errorf("at once: %v", got)
		}
		if got := tasks(d.other); len(got) != 0 {
			t.Errorf("at the other centre: %v", got)
		}
		// Who is struck out counts what they can open: nothing tells them of the other.
		struck := d.team[0].Account
		if got := of(struck, d.centre); got["support.task.fresh"][1] != 1 || len(got) != 1 {
			t.Errorf("the struck-out is told of %v", got)
		}
		if got := of("coordinator", d.centre); len(got) != 0 {
			t.Errorf("who reads nothing is told of %v", got)
		}
		d.now = d.now.Add(25 * time.Hour)
		d.ask("treća")
		if got := tasks(d.centre); got["support.task.fresh"][1] != 1 || got["support.task.late"][1] != 2 || got["support.task.very_late"] != nil {
			t.Errorf("after a day: %v", got)
		}
		d.must(d.Write(t.Context(), d.team[0], id, Change{Entries: []Entry{{Kind: Message, Text: "odgovor"}}, Waiting: Since(nil)}))
		d.now = d.now.Add(24 * time.Hour)
		if got := tasks(d.centre); got["support.task.late"][1] != 1 || got["support.task.very_late"][1] != 1 {
			t.Errorf("after two days: %v", got)
		}
		if got := of(struck, d.centre); got["support.task.late"] != nil || got["support.task.very_late"] != nil || got["support.task.fresh"][1] != 1 {
			t.Errorf("the struck-out is told after two days of %v", got)
		}
		if got := of("coordinator", d.centre); got["support.task.very_late"][1] != 1 || len(got) != 1 {
			t.Errorf("coordination, which has no key, is told of %v", got)
		}
	})
}

func TestRoutes_noRoleButAGrantedReaderOpensAThread(t *testing.T) {
	eachDesk(t, func(d *desk) {
		id, _, _ := d.ask("TAJNA")
		here, network1 := auth.Scope{Kind: network.ScopeCentre, ID: d.centre}, auth.Scope{Kind: network.ScopeNetwork, ID: d.net}
		add := func(login string, role auth.Role, in auth.Scope) string {
			a, err := d.Auth.AddAccount(t.Context(), login, "Osoba "+login, "", phrase, auth.Held{Role: role, Scope: in})
			d.must(err)
			return a.ID
		}
		who := map[string]*screen{
			"lead": d.as(add("vod", network.Lead, network1)), "coordinator": d.as(add("koo", network.Coordinator, here)), "host": d.as(add("host", network.Host, here)),
			"city officer": d.as(add("grad", network.CityOfficer, network1)), "member": d.as(add("clan", network.Member, auth.Scope{Kind: network.ScopeOrganisation, ID: d.org})),
		}
		neighbour := d.worker("susjeda", d.other)
		late := d.worker("kasnija", d.centre)
		d.sign()
		who["worker of another centre"], who["worker without a grant"] = d.reads(neighbour), d.reads(late)
		for _, route := range d.server.Routes() {
			method, path, _ := strings.Cut(route.Pattern, " ")
			if !strings.HasPrefix(path, "/desk/messages/thread/") {
				continue
			}
			path = strings.NewReplacer("{id}", id, "{entry}", db.NewSecretID()).Replace(path)
			var form url.Values
			if method == http.MethodPost {
				form = url.Values{"text": {"x"}, "outcome": {"got_help"}, "other": {id}, "known": {"1"}, "me": {"1"}}
			}
			for name, s := range who {
				want := http.StatusForbidden
				if strings.HasPrefix(name, "worker") {
					want = http.StatusNotFound
				}
				doc, status := s.send(path, form)
				if strings.HasSuffix(path, "/file") && want == http.StatusNotFound && status == http.StatusUnprocessableEntity {
					t.Errorf("%s: %s shows a form", name, path)
				}
				if status != want || strings.Contains(doc.Text(), "TAJNA") {
					t.Errorf("%s: %s %s: %d, want %d", name, method, path, status, want)
				}
			}
		}
		for name, s := range who {
			if doc, _ := s.send("/desk/messages", nil); doc.Find(".todo > li").Length() != 0 {
				t.Errorf("%s sees a row", name)
			}
		}
		if texts := d.texts(d.team[0], id); len(texts) != 1 {
			t.Errorf("something was written: %v", texts)
		}
	})
}

func TestDesk_reopensAfterTheScreenWasLockedWithWhatWasTyped(t *testing.T) {
	eachDesk(t, func(d *desk) {
		id, person, _ := d.ask("pitanje")
		s := d.reads(d.team[0])
		d.now = d.now.Add(10 * time.Minute)
		form := url.Values{"text": {"pisano dugo"}, "form_key": {"l1"}}
		s.refused(thread(id)+"/answer", form, http.StatusUnauthorized)
		form.Set("_passphrase", phrase)
		s.page(thread(id)+"/answer", form)
		if got := d.texts(person, id); !slices.Equal(got, []string{"pitanje", "pisano dugo"}) {
			t.Errorf("%v", got)
		}
	})
}
