package voting_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	. "kvart/internal/voting"
)

// A form that is sent again is told the receipt of the ballot that is in already; a second form with the same code is refused
// as ever, and another code in the same form has another receipt.
func TestCast_aFormSentAgainIsToldItsReceiptAgain(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		r, codes := w.opened(4, nil)
		form := NewForm()
		ballot := func(form, code string, places ...int) Ballot {
			b := Ballot{RoundID: r.ID, Form: form, Code: code, Channel: Web}
			for _, i := range places {
				b.Choices = append(b.Choices, r.Options[i].ID)
			}
			return b
		}
		receipt, again, err := w.Cast(ctx, ballot(form, codes[0], 0))
		w.must(err)
		if again || len(receipt) != 12 {
			t.Errorf("the first one: %q, %v", receipt, again)
		}
		same := func(when string, b Ballot) {
			t.Helper()
			if told, again, err := w.Cast(ctx, b); err != nil || !again || told != receipt {
				t.Errorf("%s: %q instead of %q, %v", when, told, receipt, err)
			}
			if told, err := w.Check(ctx, w.DB, b); err != nil || told != receipt {
				t.Errorf("%s, looked over: %q instead of %q, %v", when, told, receipt, err)
			}
		}
		same("again", ballot(form, strings.ReplaceAll(codes[0], "0", "O"), 0))
		same("with other ticks, which count for nothing", ballot(form, codes[0], 1, 2))
		_, _, err = w.Cast(ctx, ballot(NewForm(), codes[0], 0))
		wantFault(t, err, fault.KindConflict, "voting.fault.used")
		_, err = w.Check(ctx, w.DB, ballot("", codes[0], 0))
		wantFault(t, err, fault.KindConflict, "voting.fault.used")
		_, _, err = w.Cast(ctx, ballot(form, "111111 111111 111111", 0))
		wantFault(t, err, fault.KindInvalid, "voting.fault.code_group")
		other, again, err := w.Cast(ctx, ballot(form, codes[1], 1)) // the next person at a shared computer, in a page that was gone back to
		w.must(err)
		if again || other == receipt {
			t.Error("two ballots have one receipt")
		}
		bad, _, err := w.Cast(ctx, ballot("no form", codes[2], 1)) // counts all the same
		w.must(err)
		sheets, err := w.Sheets(ctx, r.ID)
		w.must(err)
		w.must(w.Void(ctx, w.centre, r.ID, sheets[0].ID, "test"))
		same("from a sheet that is void by now", ballot(form, codes[0], 0))
		w.after(8 * 24 * time.Hour)
		same("when the time is over", ballot(form, codes[0], 0))
		_, _, err = w.Cast(ctx, ballot(NewForm(), codes[0], 0))
		wantFault(t, err, fault.KindConflict, "voting.fault.closed")
		w.must(w.Turn(ctx))
		same("when it is counted", ballot(form, codes[0], 0))
		_, _, err = w.Cast(ctx, ballot(form, codes[3], 0))
		wantFault(t, err, fault.KindConflict, "voting.fault.closed")
		list, err := w.Receipts(ctx, r.ID)
		w.must(err)
		if all := strings.Join(list, " "); len(list) != 3 || !strings.Contains(all, receipt) || !strings.Contains(all, other) || !strings.Contains(all, bad) {
			t.Errorf("receipts %v", list)
		}
		if n := w.number(`SELECT n FROM vote_ballots WHERE choices = :c`, db.Args{"c": r.Options[0].ID}); n != 1 || w.get(r.ID).Ballots != 3 {
			t.Error("the first ballot does not count as it came")
		}
	})
}

// The same of a link by mail.
func TestCast_aFormWithALinkSentAgain(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r, _ := w.opened(0, nil)
		token, err := w.Link(t.Context(), r.ID, "netko@example.org")
		w.must(err)
		b := Ballot{RoundID: r.ID, Form: NewForm(), Token: token, Choices: []string{r.Options[0].ID}, Channel: Web}
		first, _, err := w.Cast(t.Context(), b)
		w.must(err)
		second, again, err := w.Cast(t.Context(), b)
		if err != nil || !again || second != first {
			t.Error(second, again, err)
		}
		w.close(r)
		if third, again, err := w.Cast(t.Context(), b); err != nil || !again || third != first {
			t.Error("after closing", third, again, err)
		}
	})
}

// A double press is two requests at once: both are told one receipt, and one ballot is in the box.
func TestCast_aDoublePressIsOneBallotAndOneReceipt(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r, codes := w.opened(3, nil)
		for _, code := range codes {
			b := Ballot{RoundID: r.ID, Form: NewForm(), Code: code, Choices: []string{r.Options[0].ID}, Channel: Web}
			var wg sync.WaitGroup
			var mu sync.Mutex
			told, first := map[string]int{}, 0
			for range 8 {
				wg.Go(func() {
					receipt, again, err := w.Cast(context.Background(), b)
					mu.Lock()
					defer mu.Unlock()
					if err != nil {
						t.Error(err)
					}
					told[receipt]++
					if !again {
						first++
					}
				})
			}
			wg.Wait()
			if len(told) != 1 || first != 1 {
				t.Errorf("receipts %v, %d times the first", told, first)
			}
		}
		if n := w.number(`SELECT COUNT(*) FROM vote_box`, nil); n != 3 {
			t.Errorf("%d ballots", n)
		}
	})
}

// Nothing of a form is in any table, while the round is open and after it; rows of forms look as those of every other ballot.
func TestCast_aFormIsStoredNowhere(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r, codes := w.opened(12, nil)
		var forms, receipts []string
		for i, code := range codes {
			b := Ballot{RoundID: r.ID, Code: code, Choices: []string{r.Options[i%3].ID}, Channel: Web}
			if i%2 == 0 {
				b.Form = NewForm()
				forms = append(forms, b.Form)
			}
			receipt, _, err := w.Cast(t.Context(), b)
			w.must(err)
			_, _, err = w.Cast(t.Context(), b) // once more
			if b.Form != "" {
				w.must(err)
			}
			receipts = append(receipts, receipt)
		}
		var rows []string
		w.must(w.DB.Select(t.Context(), &rows, `SELECT id FROM vote_box`, nil))
		for _, id := range rows {
			if !db.IsID(id) || id[14] != '4' || !strings.ContainsRune("89ab", rune(id[19])) {
				t.Errorf("the row %s tells of its form", id)
			}
		}
		look := func(when string, secrets ...string) {
			for _, table := range []string{"vote_rounds", "vote_used", "vote_box", "vote_codes", "vote_mailed", "vote_ballots", "vote_receipts", "vote_channels", "audit_rows", "submissions", "mails", "outbox"} {
				dump := fmt.Sprint(w.dump(table))
				for _, s := range secrets {
					if strings.Contains(dump, s) {
						t.Errorf("%s: %s holds %s", when, table, s)
					}
				}
			}
		}
		look("open", append(forms, receipts...)...)
		w.close(r)
		look("closed", append(forms, rows...)...)
	})
}

// Two presses on the page, and a look back: the receipt is there again, and what is ticked then counts for nothing.
func TestPages_aSecondPressIsToldTheReceipt(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	r, codes := w.opened(2, nil)
	v, path := w.browser("", ""), "/hr/votes/"+r.ID+"/ballot"
	form, _ := v.page(path, nil).Find("form input[name=form]").Attr("value")
	if form == "" {
		t.Fatal("the ballot has no number of its form")
	}
	if other, _ := v.page(path, nil).Find("form input[name=form]").Attr("value"); other == form {
		t.Error("two forms have one number")
	}
	fields := func(step string, place int) url.Values {
		return url.Values{"form": {form}, "code": {codes[0]}, "choice": {r.Options[place].ID}, "step": {step}}
	}
	if got, _ := v.page(path, fields("review", 0)).Find("form input[name=form]").Attr("value"); got != form {
		t.Error("the number is lost when the ballot is looked over")
	}
	if got, _ := v.page(path, fields("back", 0)).Find("form input[name=form]").Attr("value"); got != form {
		t.Error("the number is lost on the way back")
	}
	receipt := v.page(path, fields("send", 0)).Find(".code").Text()
	for _, f := range []url.Values{fields("send", 0), fields("review", 0), fields("review", 1)} {
		doc := v.page(path, f)
		if doc.Find(".code").Text() != receipt || !strings.Contains(doc.Find("main").Text(), "već bio poslan") {
			t.Errorf("sent again: %s", doc.Find("main").Text())
		}
		if strings.Contains(doc.Find("main").Text(), "Klupe") || strings.Contains(doc.Find("main").Text(), "kino") {
			t.Error("it is told how it voted")
		}
	}
	doc, status := v.open(path, url.Values{"code": {codes[0]}, "choice": {r.Options[0].ID}, "step": {"send"}})
	if status != http.StatusConflict || doc.Find(".code").Length() != 0 {
		t.Errorf("another form is told the receipt: %d", status)
	}
	desk := w.browser(network.Host, w.centre)
	deskPath := "/desk/votes/" + r.ID + "/type"
	typed, _ := desk.page(deskPath, nil).Find("form input[name=form]").Attr("value")
	f := url.Values{"form": {typed}, "code": {codes[1]}, "choice": {r.Options[0].ID}, "channel": {Paper}, "step": {"send"}}
	if first, second := desk.page(deskPath, f).Find(".code").Text(), desk.page(deskPath, f).Find(".code").Text(); first == "" || first != second || first == receipt {
		t.Errorf("at the desk: %q, then %q", first, second)
	}
}

// The list to tick off says the public rule and what to say, has empty lines, and leaves nothing behind.
func TestTicks_areThePublicRuleAndEmptyLines(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	r, codes := w.opened(2, nil)
	before := w.number(`SELECT (SELECT COUNT(*) FROM audit_rows) + (SELECT COUNT(*) FROM submissions) + (SELECT COUNT(*) FROM vote_codes) + (SELECT COUNT(*) FROM vote_used)`, nil)
	host := w.browser(network.Host, w.centre)
	doc := host.page("/desk/votes/"+r.ID+"/ticks", nil)
	text := doc.Find("main").Text()
	for _, want := range []string{"imaju najmanje 16 godina", "Što reći na pultu", "Imate li papirić s kodom", "uništite kad rezultat"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if doc.Find("tbody tr").Length() < 30 || doc.Find("main input, main form").Length() != 0 {
		t.Error("there are no empty lines, or something can be typed")
	}
	for _, c := range codes {
		if strings.Contains(text, c) {
			t.Error("a code stands on the list")
		}
	}
	for _, at := range []string{"/desk/votes", "/desk/votes/" + r.ID} {
		b := host
		if at != "/desk/votes" {
			b = w.browser(network.Coordinator, w.centre)
		}
		if b.page(at, nil).Find("a[href='/desk/votes/"+r.ID+"/ticks']").Length() != 1 {
			t.Errorf("%s does not lead to it", at)
		}
	}
	if after := w.number(`SELECT (SELECT COUNT(*) FROM audit_rows) + (SELECT COUNT(*) FROM submissions) + (SELECT COUNT(*) FROM vote_codes) + (SELECT COUNT(*) FROM vote_used)`, nil); after != before {
		t.Error("printing the list leaves something behind")
	}
	if tool, err := exec.LookPath("pdftotext"); err == nil {
		paper := pdfText(t, tool, host, "/desk/votes/"+r.ID+"/ticks.pdf")
		if !strings.Contains(paper, "imaju najmanje 16 godina") || !strings.Contains(paper, "Ime ili nadimak") {
			t.Errorf("the paper: %s", paper)
		}
	}
	if _, status := w.browser(network.Host, w.other).open("/desk/votes/"+r.ID+"/ticks", nil); status != http.StatusNotFound {
		t.Errorf("another centre's list: %d", status)
	}
	mails, _ := w.opened(0, func(r *Round) { r.Means = ByMail })
	host.open("/desk/in", url.Values{})
	if _, status := host.open("/desk/votes/"+mails.ID+"/ticks", nil); status != http.StatusConflict {
		t.Errorf("a list of slips in a vote without: %d", status)
	}
	w.close(r)
	host.open("/desk/in", url.Values{})
	for _, end := range []string{"", ".pdf"} {
		if _, status := host.open("/desk/votes/"+r.ID+"/ticks"+end, nil); status != http.StatusConflict {
			t.Errorf("a list after the vote: %d", status)
		}
	}
}

func pdfText(t *testing.T, tool string, b *browser, path string) string {
	t.Helper()
	resp, err := b.http.Get(b.base + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	cmd := exec.Command(tool, "-", "-")
	cmd.Stdin = resp.Body
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %d %v", path, resp.StatusCode, err)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

// A round of the network waits for who runs it, not at a centre; one of a centre waits there. A box that does not open waits too.
func TestTasks_aRoundWaitsForWhoRunsIt(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		p := &Pages{Store: w.Store}
		own := w.draft(nil)
		whole := w.draft(func(r *Round) { r.CentreID = nil })
		w.must(w.Announce(ctx, w.centre, own.ID, "test"))
		w.must(w.Announce(ctx, "", whole.ID, "test"))
		keys := func(list []network.Task, err error) (s string) {
			w.must(err)
			for _, x := range list {
				s += x.Key + " "
				if x.Permission != Run {
					t.Error("anybody sees it")
				}
			}
			return strings.TrimSpace(s)
		}
		w.after(2 * time.Hour)
		if got := keys(p.Tasks(ctx, w.centre, w.Now())) + keys(p.NetworkTasks(ctx, w.net, w.Now())); got != "" {
			t.Errorf("while it is open: %s", got)
		}
		w.after(8 * 24 * time.Hour)
		w.must(w.Turn(ctx))
		if got := keys(p.Tasks(ctx, w.centre, w.Now())); got != "voting.publish:"+own.ID {
			t.Errorf("at the centre: %s", got)
		}
		if got := keys(p.Tasks(ctx, w.other, w.Now())); got != "" {
			t.Errorf("at the other: %s", got)
		}
		if got := keys(p.NetworkTasks(ctx, w.net, w.Now())); got != "voting.publish:"+whole.ID {
			t.Errorf("for the network: %s", got)
		}
		w.publish(whole)
		if got := keys(p.NetworkTasks(ctx, w.net, w.Now())); got != "" {
			t.Errorf("published: %s", got)
		}
		lost, _ := w.opened(0, nil)
		w.must(w.Erasure.EraseRequests(ctx, lost.ID))
		w.after(8 * 24 * time.Hour)
		if err := w.Turn(ctx); err == nil {
			t.Error("a box opens without its key")
		}
		if got := keys(p.Tasks(ctx, w.centre, w.Now())); !strings.Contains(got, "voting.shut:"+lost.ID) {
			t.Errorf("nobody is told that the box does not open: %s", got)
		}
	})
}

// The paper of a result says what a person changed, why, and what came of a winner where that is known.
func TestResult_thePaperSaysWhatWasChangedAndWhatCameOfIt(t *testing.T) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("no pdftotext")
	}
	w := newTown(t, dbtest.SQLite(t))
	origin := db.NewID()
	w.follow = func(_ *web.Request, of string) (Follow, bool, error) {
		return Follow{Address: "proposals/" + of, State: "održano", Held: "3 termina, 41 dolazak"}, of == origin, nil
	}
	r := w.draft(nil)
	w.must(w.DB.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := w.AddOption(t.Context(), tx, w.centre, r.ID, Option{Origin: origin, Title: r.Title, Cost: 100}, "test")
		return err
	}))
	w.must(w.Announce(t.Context(), w.centre, r.ID, "test"))
	w.after(2 * time.Hour)
	r = w.get(r.ID)
	for _, c := range w.codes(r.ID, 60) {
		_, err := w.vote(r, c, 0, 3)
		w.must(err)
	}
	r = w.publish(w.close(r))
	w.must(w.DB.Tx(t.Context(), func(tx *db.Tx) error {
		return w.ChangeWinner(t.Context(), tx, w.centre, r.ID, Change{OptionID: r.Options[0].ID, Kind: "not_eligible", Reason: "Zemljište nije gradsko."}, "test")
	}))
	v := w.browser("", "")
	page := strings.Join(strings.Fields(v.page("/hr/votes/"+r.ID, nil).Find("main").Text()), " ")
	paper := pdfText(t, tool, v, "/hr/votes/"+r.ID+"/result.pdf")
	for _, want := range []string{"Što je promijenjeno nakon brojenja", "Klupe na igralištu: izostavljeno", "ne ispunjava uvjete: Zemljište nije gradsko.", "Otada: održano · 3 termina, 41 dolazak",
		"kvart vote glasanje.pb --rule equal-shares --utility cost --completion add1-overshoot --seed"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
		if !strings.Contains(paper, want) {
			t.Errorf("the paper does not say %q: %s", want, paper)
		}
	}
	if !strings.Contains(strings.ReplaceAll(paper, " ", ""), "https://kvart.test/hr/proposals/"+origin) {
		t.Error("the paper does not lead to what came of it")
	}
}

// The days in the file of ballots are those that people voted on, not those of Greenwich.
func TestFile_hasTheLocalDays(t *testing.T) {
	r := Round{Title: map[i18n.Lang]string{i18n.HR: "Proba"}, Unit: Money, Currency: "EUR", Budget: 100, AtLeast: 1, Rule: "greedy", Seed: "1-x",
		OpensAt: time.Date(2025, 12, 31, 23, 0, 0, 0, time.UTC).Unix(), ClosesAt: time.Date(2026, 1, 9, 22, 59, 0, 0, time.UTC).Unix()}
	r.Options = []Option{{ID: db.NewSecretID(), Title: r.Title, Cost: 10}}
	patterns := []Pattern{{[]string{r.Options[0].ID}, 30}}
	out, err := r.Count(patterns)
	if err != nil {
		t.Fatal(err)
	}
	file, err := r.Zoned(zagreb).File(patterns, out)
	if err != nil || !strings.Contains(file, "date_begin;01.01.2026\n") || !strings.Contains(file, "date_end;09.01.2026\n") || !strings.Contains(file, "instance;2026\n") {
		t.Errorf("%v\n%s", err, file)
	}
}
