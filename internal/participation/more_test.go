package participation_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kvart/internal/network"
	. "kvart/internal/participation"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/voting"
)

func TestRecode_theOldCodeEndsAndAReasonIsKept(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.asking(nil)
		id, err := w.Propose(t.Context(), a)
		w.must(err)
		team, at := w.browser(network.Coordinator), "/desk/proposals/"+id
		f := url.Values{"why": {""}, "form_key": {"novi-kod"}, "sure": {"1"}}
		if doc, status := team.open(at+"/code", f); status != http.StatusUnprocessableEntity || doc.Find("#e-why").Length() != 1 {
			t.Errorf("without a reason: %d", status)
		}
		f.Set("why", "zove s 091 234 5678")
		if _, status := team.open(at+"/code", f); status != http.StatusUnprocessableEntity {
			t.Errorf("with a telephone: %d", status)
		}
		f.Set("why", "izgubljen papir")
		f.Del("sure")
		if ask := team.page(at+"/code", f); ask.Find(`input[name="sure"]`).Length() != 1 {
			t.Error("not asked")
		}
		f.Set("sure", "1")
		code := printedCode.FindString(team.page(at+"/code", f).Find(".digits").Text())
		if again := printedCode.FindString(team.page(at+"/code", f).Find(".digits").Text()); code == "" || code != again || w.number(`SELECT COUNT(*) FROM proposal_codes WHERE reason = 'izgubljen papir'`, nil) != 1 {
			t.Errorf("sent twice: %q %q", code, again)
		}
		if _, err := w.ByCode(t.Context(), w.DB, a.Code); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("the old code opens it: %v", err)
		}
		visitor := w.browser("")
		if doc := visitor.page("/hr/propose/code", url.Values{"code": {code}}); !strings.Contains(doc.Text(), a.Title) || strings.Contains(doc.Text(), "izgubljen papir") {
			t.Error(doc.Find("main").Text())
		}
		if text := team.page(at, nil).Find("#recode").Text(); !strings.Contains(text, "izgubljen papir") {
			t.Error(text)
		}
		f.Set("form_key", "treci")
		team.page(at+"/code", f)
		f.Set("form_key", "novi-kod") // an old form, after a newer code
		if _, status := team.open(at+"/code", f); status != http.StatusConflict {
			t.Errorf("an old form shows a code that has ended: %d", status)
		}
		if _, status := w.browser(network.Host).open(at+"/code", f); status != http.StatusForbidden {
			t.Errorf("whoever is on duty: %d", status)
		}
		other := w.propose(func(a *Asking) { a.CentreID = w.other })
		if _, status := team.open("/desk/proposals/"+other+"/code", f); status != http.StatusNotFound {
			t.Errorf("another centre's: %d", status)
		}
	})
}

func TestWithdraw_whatIsMergedOrSplitTooWithItsParts(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ctx, x := t.Context(), Step{DecidedBy: ByGroup, Reason: "Ide zajedno."}
		a := w.asking(nil)
		merged, err := w.Propose(ctx, a)
		w.must(err)
		into := w.propose(nil)
		w.must(w.Merge(ctx, w.centre, merged, into, x, "test"))
		w.must(w.Withdraw(ctx, a.Code))
		if p := w.get(merged); p.State != Withdrawn || p.MergedInto != nil || w.get(into).State != Received {
			t.Errorf("%+v", p)
		}
		b := w.asking(nil)
		whole, err := w.Propose(ctx, b)
		w.must(err)
		w.show(whole)
		w.say(whole, Discussed)
		ids, err := w.SplitUp(ctx, w.centre, whole, []string{"Prvi", "Drugi", "Treći"}, x, "test")
		w.must(err)
		w.say(ids[1], Declined)
		w.say(ids[2], Accepted)
		w.must(w.Carry(ctx, w.centre, ids[2], Carrying{Resident: true, Centre: true}, "test"))
		w.must(w.plan(ids[2], 3))
		w.must(w.Withdraw(ctx, b.Code))
		for i, want := range []State{Withdrawn, Declined, Scheduled} {
			if p := w.get(ids[i]); p.State != want {
				t.Errorf("part %d is %s", i, p.State)
			}
		}
		if w.get(whole).State != Withdrawn {
			t.Error("the whole is not")
		}
	})
}

func TestList_goesOnPastItsFirstPage(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	for range 53 {
		w.propose(nil)
	}
	w.exec(`UPDATE proposals SET screen = 'shown', published_on = '2026-11-26'`, nil)
	b := w.browser("")
	first := b.page("/hr/proposals?state=received", nil)
	if n := first.Find("main li.card").Length(); n != 50 {
		t.Errorf("%d on the first page", n)
	}
	next := first.Find(`.pager a[rel="next"]`).AttrOr("href", "")
	second := b.page(next, nil)
	if n := second.Find("main li.card").Length(); n != 3 || second.Find(`.pager a[rel="next"]`).Length() != 0 || !strings.Contains(next, "state=received") {
		t.Errorf("%d on the second, %s", n, next)
	}
	if back := second.Find(`.pager a[rel="prev"]`).AttrOr("href", ""); b.page(back, nil).Find("main li.card").Length() != 50 {
		t.Error(back)
	}
	for _, page := range []string{"-1", "abc", "99999999999999999999", "9999"} {
		b.page("/hr/proposals?page="+page, nil)
	}
}

func TestSimilar_isShownWhileTypingFromWhatIsPublicAlone(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	w.show(w.propose(func(a *Asking) { a.Title = "Popravak bicikala u dvorištu" }))
	w.propose(func(a *Asking) { a.Title = "Popravak bicikala, nepročitano" })
	b := w.browser("")
	form := b.page("/hr/propose", nil)
	box := form.Find("[data-similar]")
	if box.AttrOr("data-similar", "") != "/hr/propose/similar" || box.AttrOr("aria-live", "") != "polite" || strings.TrimSpace(box.Text()) != "" {
		t.Error("no place for it on the form")
	}
	part := b.page("/hr/propose/similar", url.Values{"title": {"popravak bicikla"}, "about": {""}})
	if part.Find("a").Length() != 1 || strings.Contains(part.Text(), "nepročitano") || part.Find("h1").Length() != 0 {
		t.Error(part.Html())
	}
	for _, f := range []url.Values{{"title": {""}}, {"title": {"Zbor"}}, {"title": {strings.Repeat("bicikl ", 100)}}} {
		if part := b.page("/hr/propose/similar", f); part.Find("a").Length() != 0 {
			t.Errorf("%v: %s", f, part.Text())
		}
	}
	status := 0
	for range 60 {
		_, status = b.open("/hr/propose/similar", url.Values{"title": {"bicikl"}})
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("as often as one likes: %d", status)
	}
}

func TestPoster_asAFileInEverySize(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	cycle := w.round()
	w.exec(`UPDATE needs_cycles SET call = :c WHERE id = :id`, map[string]any{"c": i18n.Text{i18n.HR: strings.Repeat("Dođite i recite što treba. ", 140)}, "id": cycle})
	b := w.browser("")
	page := b.page("/hr/needs/"+cycle+"/poster", nil)
	links := page.Find(`.no-print a[href*="poster.pdf"]`)
	if links.Length() != 3 {
		t.Errorf("%d files", links.Length())
	}
	for _, size := range []string{"", "?size=a3", "?size=a5"} {
		resp, err := b.http.Get(b.base + "/hr/needs/" + cycle + "/poster.pdf" + size)
		w.must(err)
		var body bytes.Buffer
		_, err = body.ReadFrom(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || !bytes.HasPrefix(body.Bytes(), []byte("%PDF-")) || bytes.Count(body.Bytes(), []byte("/Type /Page\n")) != 1 {
			t.Errorf("%q: %d, %v", size, resp.StatusCode, err)
		}
	}
	if _, status := b.open("/hr/needs/"+cycle+"/poster.pdf?size=a0", nil); status != http.StatusNotFound {
		t.Errorf("a size that there is not: %d", status)
	}
	w.exec(`UPDATE needs_cycles SET state = 'draft'`, nil)
	if _, status := b.open("/hr/needs/"+cycle+"/poster.pdf", nil); status != http.StatusNotFound {
		t.Errorf("in preparation: %d", status)
	}
}

func TestBudget_standsBesideWhatWasHeld(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		id := w.accepted(Carrying{Resident: true, Centre: true})
		for field, b := range map[string]Budget{"budget_amount": {Unit: voting.Money, For: "police"}, "budget_for": {Unit: voting.Hours, Amount: 4}, "budget_unit": {Unit: "zlato", Amount: 1, For: "x"}} {
			wantField(t, w.SetBudget(ctx, w.centre, id, b, 0, "test"), field)
		}
		wantFault(t, w.SetBudget(ctx, w.other, id, Budget{}, 0, "test"), fault.KindNotFound, "")
		wantFault(t, w.SetBudget(ctx, w.centre, w.propose(nil), Budget{}, 0, "test"), fault.KindConflict, "")
		team, visitor, at := w.browser(network.Coordinator), w.browser(""), "/desk/proposals/"+id
		f := url.Values{"title": {"Radionica"}, "space": {w.room}, "date": {"2026-12-12"}, "from": {"17:00"}, "to": {"18:30"}, "reason": {"Dogovoreno."}, "budget_unit": {"hours"}, "budget_amount": {"mnogo"}, "budget_for": {"radionice"}}
		if doc, status := team.open(at+"/plan", f); status != http.StatusUnprocessableEntity || doc.Find("#e-budget_amount").Length() != 1 || doc.Find("#f-budget_for").AttrOr("value", "") != "radionice" {
			t.Errorf("no number: %d", status)
		}
		f.Set("budget_amount", "6")
		team.page(at+"/plan", f)
		promise := func() string {
			return visitor.page("/hr/proposals/"+id, nil).Find(`section[aria-labelledby="promise"]`).Text()
		}
		if text := promise(); !strings.Contains(text, "6 sati") || !strings.Contains(text, "radionice") || !strings.Contains(text, "dogovoren termin") {
			t.Errorf("planned: %s", text)
		}
		w.now = w.now.AddDate(0, 0, 20)
		w.exec(`UPDATE sessions SET counted = 23, recorded_at = 1`, nil)
		if text := promise(); !strings.Contains(text, "1 održan termin, najmanje 20 dolazaka") || !strings.Contains(text, "2 sata") || strings.Contains(text, "23") {
			t.Errorf("while it goes on: %s", text)
		}
		w.say(id, Held)
		if text := promise(); !strings.Contains(text, "23 dolaska") {
			t.Errorf("once it is over: %s", text)
		}
		w.exec(`UPDATE sessions SET counted = 3`, nil)
		if text := promise(); !strings.Contains(text, "manje od 10") {
			t.Errorf("few: %s", text)
		}
		over := w.accepted(Carrying{})
		w.must(w.SetBudget(ctx, w.centre, over, Budget{Unit: voting.Money, Amount: 100, For: "boja"}, 0, "test"))
		w.say(over, Declined)
		if text := visitor.page("/hr/proposals/"+over, nil).Find("main").Text(); strings.Contains(text, "boja") {
			t.Errorf("promised, although it is not planned any more: %s", text)
		}
	})
}

func TestBudget_ofWhatWonAVoteIsWhatWasWon(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	id, round := w.talked(), w.vote(&w.centre)
	w.put(id, round, 60000, false)
	w.put(w.talked(), round, 90000, false)
	w.count(round, w.centre, 22, 3)
	w.publish(round, w.centre)
	w.must(w.TakeVotes(t.Context()))
	w.must(w.Carry(t.Context(), w.centre, id, Carrying{Resident: true, Centre: true}, "test"))
	wantField(t, w.SetBudget(t.Context(), w.centre, id, Budget{}, 0, "test"), "budget_for")
	w.must(w.SetBudget(t.Context(), w.centre, id, Budget{Unit: voting.Hours, Amount: 9999, For: "police"}, 0, "test"))
	if b := w.get(id).Budget(); b != (Budget{Unit: voting.Money, Amount: 60000, For: "police"}) {
		t.Errorf("%+v", b)
	}
	if plan := w.browser(network.Coordinator).page("/desk/proposals/"+id+"/plan", nil); plan.Find("#f-budget_amount").Length() != 0 || !strings.Contains(plan.Text(), "Izglasano: 600,00") {
		t.Error(plan.Find("form").Text())
	}
}

func TestSay_passedOnGoesNowhereInSilence(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.propose(nil)
		w.show(id)
		w.say(id, Discussed)
		w.say(id, Passed)
		for _, to := range []State{Accepted, Declined, Discussed} {
			x := Step{To: to, DecidedBy: ByGroup, Reason: "Jer."}
			wantFault(t, w.Say(t.Context(), w.centre, id, x, "test"), fault.KindConflict, "participation.fault.unanswered")
		}
		if text := w.browser("").page("/hr/proposals/"+id, nil).Find(".thread .event").Text(); !strings.Contains(text, "Odgovor čekamo od 26. 11. 2026.") {
			t.Error(text)
		}
		w.say(id, Passed)
		if text := w.browser("").page("/hr/proposals/"+id, nil).Find(".thread .event").Text(); strings.Contains(text, "čekamo") {
			t.Error(text)
		}
		w.say(id, Declined)
	})
}

func TestClosure_enteredAfterwardsHidesNoLateness(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.propose(nil)
		late := func() string {
			all, err := w.Overview(t.Context())
			w.must(err)
			return fmt.Sprint(all[0].Waiting, all[0].Late)
		}
		w.now = w.now.AddDate(0, 0, 20)
		if got := late(); got != "1 1" {
			t.Fatalf("twenty days later: %s", got)
		}
		shut := network.Closure{ID: "zatvoreno", CentreID: w.centre, FromDate: "2026-11-27", ToDate: "2026-12-31"}
		w.must(w.Network.AddClosure(t.Context(), shut, "test"))
		if got := late(); got != "1 1" {
			t.Errorf("with a closure that was entered afterwards: %s", got)
		}
		w.propose(nil) // in the closure that was announced by then
		w.now = w.now.AddDate(0, 0, 15)
		w.must(w.Network.RemoveClosure(t.Context(), w.centre, shut.ID, "test"))
		if got := late(); got != "2 1" {
			t.Errorf("opened again, and the days on which it was closed count: %s", got)
		}
	})
}

func TestOverview_whatWasSaidLateThisWeekIsNotForgotten(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	late, soon := w.propose(nil), w.propose(nil)
	w.say(soon, Discussed)
	w.now = w.now.AddDate(0, 0, 20)
	w.say(late, Discussed)
	for days, want := range []string{"1", "0"} {
		w.now = w.now.AddDate(0, 0, days*7)
		all, err := w.Overview(t.Context())
		w.must(err)
		if got := fmt.Sprint(all[0].SaidLate); got != want {
			t.Errorf("%d weeks after: %s, want %s", days, got, want)
		}
	}
}
