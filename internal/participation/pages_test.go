package participation_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"kvart/internal/network"
	. "kvart/internal/participation"
	"kvart/internal/platform/dbtest"
)

var printedCode = regexp.MustCompile(`\d{6} \d{6} \d{6}`)

func (w *town) form() url.Values {
	return url.Values{"centre": {w.centre}, "title": {"Zbor na stubištu"}, "about": {"Pjevali bismo subotom.\nSvi su dobrodošli."}, "for_whom": {"za sve"}, "room": {"stubište"},
		"money": {"40"}, "doing": {"donosim gitaru"}, "open": {"1"}, "email": {"susjeda@kvart.example"}, "form_key": {"kljuc-obrasca"}}
}

func TestPages_fromTheProposalToWhatCameOfIt(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		visitor, team := w.browser(""), w.browser(network.Coordinator)
		if doc := visitor.page("/hr/propose", nil); doc.Find("h1").Length() != 1 || doc.Find("form.stack .btn:not(.quiet)").Length() != 1 {
			t.Error("the form is no page with one heading and one press")
		}
		bad := w.form()
		bad.Set("title", "")
		bad.Set("money", "mnogo")
		bad.Set("email", "nije")
		doc, status := visitor.open("/hr/propose", bad)
		if status != http.StatusUnprocessableEntity || doc.Find("#e-title").Length() != 1 || doc.Find("#e-money").Length() != 1 || doc.Find("#e-email").Length() != 1 ||
			!strings.Contains(doc.Find("#f-about").Text(), "Pjevali bismo") || doc.Find("#f-money").AttrOr("value", "") != "mnogo" {
			t.Fatalf("what is wrong: %d %s", status, doc.Find("main").Text())
		}
		check := visitor.page("/hr/propose", w.form())
		if w.number(`SELECT COUNT(*) FROM proposals`, nil) != 0 || check.Find(`input[name="about"]`).Length() != 1 || !strings.Contains(check.Text(), "donosim gitaru") {
			t.Fatal("kept before it was checked, or not shown")
		}
		sent := w.form()
		sent.Set("checked", "1")
		code := printedCode.FindString(visitor.page("/hr/propose", sent).Find(".digits").Text())
		if again := printedCode.FindString(visitor.page("/hr/propose", sent).Find(".digits").Text()); code == "" || again != code || w.number(`SELECT COUNT(*) FROM proposals`, nil) != 1 {
			t.Fatalf("sent twice: %q %q", code, again)
		}
		var id string
		w.must(w.DB.Get(t.Context(), &id, `SELECT id FROM proposals`, nil))
		if _, status := visitor.open("/hr/proposals/"+id, nil); status != http.StatusNotFound {
			t.Errorf("public before it was read: %d", status)
		}
		yours := visitor.page("/hr/propose/code", url.Values{"code": {strings.ReplaceAll(code, " ", "-")}})
		if !strings.Contains(yours.Text(), "Zbor na stubištu") || !strings.Contains(yours.Text(), "pročitat će ga prije objave") {
			t.Errorf("with the code: %s", yours.Find("main").Text())
		}
		wrong := []byte(code)
		wrong[8] = '0' + (wrong[8]-'0'+1)%10
		if doc, status := visitor.open("/hr/propose/code", url.Values{"code": {string(wrong)}}); status != http.StatusUnprocessableEntity || !strings.Contains(doc.Find("#e-code").Text(), "2. skupini") {
			t.Errorf("a wrong digit: %d %s", status, doc.Find("#e-code").Text())
		}

		at := "/desk/proposals/" + id
		if list := team.page("/desk/proposals", nil).Find("table").Text(); !strings.Contains(list, "Zbor na stubištu") || !strings.Contains(list, "10. 12. 2026.") {
			t.Errorf("the desk's list: %s", list)
		}
		one := team.page(at, nil)
		if one.Find("details:contains('susjeda@kvart.example')").Length() == 0 || one.Find(`input[name="to"][value="accepted"]`).Length() != 0 {
			t.Error("no contact behind a press, or accepted before it was talked about")
		}
		team.page(at+"/screen", url.Values{"title": {"Zbor na stubištu"}, "about": {"Pjevali bismo subotom."}, "doing": {"donosim gitaru"}, "show": {"1"}})
		page := visitor.page("/hr/proposals/"+id, nil)
		if text := page.Find("main").Text(); strings.Contains(text, "susjeda@") || !strings.Contains(text, "osoba iz kvarta") || !strings.Contains(text, "Prvu riječ kažemo do 10. 12. 2026.") {
			t.Errorf("public: %s", text)
		}
		if doc, status := team.open(at+"/step", url.Values{"to": {"discussed"}, "decided_by": {"group"}, "reason": {""}, "talk_on": {"sutra"}}); status != http.StatusUnprocessableEntity ||
			doc.Find("#e-reason").Length() != 1 || doc.Find("#e-talk_on").Length() != 1 || doc.Find("#f-talk_on").AttrOr("value", "") != "sutra" {
			t.Errorf("a step without a reason: %d", status)
		}
		team.page(at+"/step", url.Values{"to": {"discussed"}, "decided_by": {"group"}, "reason": {"Na dnevnom je redu."}, "talk_on": {"2026-12-03"}})
		team.page(at+"/step", url.Values{"to": {"accepted"}, "decided_by": {"vote"}, "reason": {"Većina je za."}, "link": {"/votes/1"}})
		page = visitor.page("/hr/proposals/"+id, nil)
		for _, want := range []string{"Razgovaramo 3. 12. 2026.", "odlučuje: programska skupina", "Većina je za.", "traži partnera", "odlučuje: glasanje"} {
			if !strings.Contains(page.Find("main").Text(), want) {
				t.Errorf("no %q in %s", want, page.Find("main").Text())
			}
		}
		if list := visitor.page("/hr/proposals?partner=1", nil); list.Find(`main a[href="/hr/proposals/`+id+`"]`).Length() != 1 {
			t.Error("not among those that look for a partner")
		}
		if list := visitor.page("/hr/proposals?centre=centar-1", nil); list.Find(`main a[href="/hr/proposals/`+id+`"]`).Length() != 0 {
			t.Error("among another centre's")
		}

		member := w.browser(network.Member)
		if doc, status := member.open("/desk/partner/"+id, url.Values{"words": {strings.Repeat("ž", 1001)}}); status != http.StatusUnprocessableEntity || doc.Find("#f-words").Length() != 1 {
			t.Errorf("too many words: %d", status)
		}
		if doc := member.page("/desk/partner/"+id, url.Values{"words": {"Imamo klavir."}}); !strings.Contains(doc.Text(), "ponudili ste se") {
			t.Error("the offer is not there")
		}
		if _, status := member.open("/desk/partner/nema", url.Values{"words": {""}}); status != http.StatusNotFound {
			t.Errorf("an offer for nothing: %d", status)
		}
		if text := team.page(at, nil).Find("#carry").Text(); !strings.Contains(text, "Imamo klavir.") {
			t.Errorf("the offer at the desk: %s", text)
		}
		team.page(at+"/carry", url.Values{"resident": {"1"}, "organisation": {w.second}})

		plan := team.page(at+"/plan", nil)
		if plan.Find("#f-title").AttrOr("value", "") != "Zbor na stubištu" || plan.Find("#f-space option[selected]").AttrOr("value", "") != w.room {
			t.Error("the plan is not filled in")
		}
		f := url.Values{"title": {"Zbor na stubištu"}, "space": {w.room}, "date": {"2026-12-12"}, "from": {"17:00"}, "to": {"16:00"}, "reason": {"Dogovoreno."}}
		if doc, status := team.open(at+"/plan", f); status != http.StatusUnprocessableEntity || doc.Find("#e-to").Length() != 1 {
			t.Errorf("it ends before it begins: %d", status)
		}
		f.Set("to", "19:00")
		team.page(at+"/plan", f)
		page = visitor.page("/hr/proposals/"+id, nil)
		if page.Find(`a[href^="/hr/sessions/"]`).Length() != 1 || !strings.Contains(page.Text(), "Udruga druga") {
			t.Errorf("no date, or nobody carries it: %s", page.Find("main").Text())
		}
		w.now = w.now.AddDate(0, 0, 20)
		w.exec(`UPDATE sessions SET counted = 12, recorded_at = 1`, nil)
		team = w.browser(network.Coordinator) // the sign-in is over by then
		team.page(at+"/step", url.Values{"to": {"held"}, "decided_by": {"centre"}, "reason": {"Zbor se sada nalazi svake subote."}})
		text := visitor.page("/hr/proposals/"+id, nil).Find("main").Text()
		if !strings.Contains(text, "12 dolazaka") || !strings.Contains(text, "Zbor se sada nalazi") {
			t.Errorf("what came of it: %s", text)
		}
	})
}

func TestPages_aBrowserSaysOnceThatItWouldCome(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	id := w.propose(nil)
	w.show(id)
	for range 9 {
		b := w.browser("")
		if resp, err := b.http.Get(b.base + "/hr/proposals/" + id); err != nil || len(resp.Cookies()) != 0 {
			t.Fatal("a cookie for who only reads")
		}
		// the address is https in the test, so that the cookie wants it too: a browser keeps none here, as one that forgets
		b.page("/hr/proposals/"+id+"/going", url.Values{"would": {"1"}})
	}
	if text := w.browser("").page("/hr/proposals/"+id, nil).Find("#would").Text(); !strings.Contains(text, "manje od 10") || strings.Contains(text, "9") {
		t.Errorf("nine people: %s", text)
	}
	w.must(w.Going(t.Context(), id, "deseta", true))
	if text := w.browser("").page("/hr/proposals/"+id, nil).Find("#would").Text(); !strings.Contains(text, "10 osoba bi došlo") {
		t.Errorf("ten people: %s", text)
	}
}

func TestPages_withdrawingAsksOnceAndLeavesNothingInPublic(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	a := w.asking(nil)
	id, err := w.Propose(t.Context(), a)
	w.must(err)
	w.show(id)
	b := w.browser("")
	ask := b.page("/hr/propose/code/withdraw", url.Values{"code": {a.Code.Printed()}})
	if ask.Find(`input[name="sure"]`).Length() != 1 || w.get(id).State != Received {
		t.Fatal("withdrawn without asking")
	}
	b.page("/hr/propose/code/withdraw", url.Values{"code": {a.Code.Printed()}, "sure": {"1"}})
	doc, status := b.open("/hr/proposals/"+id, nil)
	if status != http.StatusGone || strings.Contains(doc.Text(), a.Title) || strings.Contains(b.page("/hr/proposals", nil).Text(), a.Title) {
		t.Errorf("still there: %d", status)
	}
}

func TestPages_whatIsOnlyForTheGroupIsPublishedOnceWhoProposedAgrees(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	a := w.asking(func(a *Asking) { a.Open = false })
	id, err := w.Propose(t.Context(), a)
	w.must(err)
	w.show(id)
	b := w.browser("")
	if _, status := b.open("/hr/proposals/"+id, nil); status != http.StatusNotFound {
		t.Fatalf("published: %d", status)
	}
	if doc := b.page("/hr/propose/code/agree", url.Values{"code": {a.Code.Printed()}}); !strings.Contains(doc.Text(), "Prijedlog je objavljen") {
		t.Error(doc.Find("main").Text())
	}
	b.page("/hr/proposals/"+id, nil)
}

func TestPages_atTheDeskByPhoneAndOnPaper(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.show(w.propose(func(a *Asking) { a.Title = "Zbor susjeda na stubištu" }))
		host := w.browser(network.Host)
		f := w.form()
		f.Set("channel", "phone")
		f.Set("lang", "hr")
		f.Set("centre", w.other) // the desk's own is meant, whatever the form says
		if check := host.page("/desk/proposals/new", f); check.Find(".card.warm a").Length() != 1 {
			t.Error("the same idea is not suggested")
		}
		f.Set("lang", "nb")
		f.Set("checked", "1")
		if printedCode.FindString(host.page("/desk/proposals/new", f).Find(".slip .digits").Text()) == "" {
			t.Error("no code to hand over")
		}
		if n := w.number(`SELECT COUNT(*) FROM proposals WHERE channel = 'phone' AND typed_by <> '' AND lang = 'nb' AND centre_id = :c AND published_on = ''`, map[string]any{"c": w.centre}); n != 1 {
			t.Errorf("%d were typed in", n)
		}
		if _, status := host.open("/desk/proposals", nil); status != http.StatusForbidden {
			t.Errorf("whoever is on duty reads all: %d", status)
		}
		if n := host.page("/desk/proposals/new", nil).Find(`a[href="/desk/proposals"]`).Length(); n != 0 {
			t.Error("whoever is on duty is led to what they may not read")
		}
		if n := w.browser(network.Coordinator).page("/desk/proposals/new", nil).Find(`.crumbs a[href="/desk/proposals"]`).Length(); n != 1 {
			t.Error("the way back to the list is gone")
		}
		f.Set("channel", "")
		f.Set("form_key", "drugi")
		if doc, status := host.open("/desk/proposals/new", f); status != http.StatusUnprocessableEntity || doc.Find("#e-channel").Length() != 1 {
			t.Errorf("by no way: %d", status)
		}
		for _, lang := range []string{"hr", "en", "nb"} {
			if rows := w.browser("").page("/"+lang+"/propose/paper", nil).Find("th[scope=row]").Length(); rows != 10 {
				t.Errorf("%d lines on paper", rows)
			}
		}
	})
}

func TestPages_theLeadSeesWhoIsLate(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	w.propose(nil)
	w.now = w.now.AddDate(0, 0, 20)
	row := w.browser(network.Lead).page("/desk/network/proposals", nil).Find("tbody tr").First()
	if row.Find(".tag.warn").Text() != "1" || !strings.Contains(row.Text(), "20 dana") {
		t.Error(row.Text())
	}
}
