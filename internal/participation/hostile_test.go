package participation_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"kvart/internal/network"
	. "kvart/internal/participation"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// TestPlan_saysNothingInTheProgrammeThatWasNotReadOrAgreedTo accepts proposals that are not public: no activity may say what
// they say.
func TestPlan_saysNothingInTheProgrammeThatWasNotReadOrAgreedTo(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		for name, change := range map[string]func(*Asking){"not read": nil, "not agreed to": func(a *Asking) { a.Open = false }} {
			id := w.propose(change)
			if change != nil {
				w.show(id)
			}
			w.say(id, Discussed)
			w.say(id, Accepted)
			w.must(w.Carry(t.Context(), w.centre, id, Carrying{Resident: true, Centre: true}, "test"))
			wantFault(t, w.plan(id, 3), fault.KindConflict, "participation.fault.not_public")
			if n := w.number(`SELECT COUNT(*) FROM activities`, nil); n != 0 {
				t.Fatalf("%s: %d activities say it", name, n)
			}
			team := w.browser(network.Coordinator)
			if _, status := team.open("/desk/proposals/"+id+"/plan", nil); status != http.StatusConflict {
				t.Errorf("%s: the form answers %d", name, status)
			}
			if page := team.page("/desk/proposals/"+id, nil); page.Find(`a[href$="/plan"]`).Length() != 0 || !strings.Contains(page.Find("#carry").Text(), "javno") {
				t.Errorf("%s: %s", name, page.Find("#carry").Text())
			}
		}
	})
}

// TestSay_twoAtOnceTheSecondIsToldWhatChanged has two of the team decide about what both of them still saw as discussed.
func TestSay_twoAtOnceTheSecondIsToldWhatChanged(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.propose(nil)
		w.show(id)
		w.say(id, Discussed)
		one, two := w.browser(network.Coordinator), w.browser(network.Coordinator)
		address := "/desk/proposals/" + id
		seen := func(b *browser, act string) string {
			return b.page(address, nil).Find(`form[action$="/`+act+`"] input[name="version"]`).AttrOr("value", "")
		}
		say, carry, screen := seen(two, "step"), seen(two, "carry"), seen(two, "screen")
		if v := strconv.Itoa(w.get(id).Version); say != v || carry != v || screen != v {
			t.Fatalf("the forms hold versions %q %q %q, it is %s", say, carry, screen, v)
		}
		one.page(address+"/step", url.Values{"to": {"accepted"}, "decided_by": {"group"}, "reason": {"Svi su za."}, "version": {seen(one, "step")}})
		doc, status := two.open(address+"/step", url.Values{"to": {"declined"}, "decided_by": {"centre"}, "reason": {"Nema prostora."}, "version": {say}})
		if p := w.get(id); status != http.StatusConflict || p.State != Accepted {
			t.Errorf("%d, it is %s: who saw it discussed turned a yes into a no", status, p.State)
		}
		if doc.Find("#f-reason").Text() != "Nema prostora." || doc.Find(`form[action$="/step"] input[name="version"]`).AttrOr("value", "") != strconv.Itoa(w.get(id).Version) {
			t.Error("what was typed is lost, or cannot be sent after looking")
		}
		if _, status := two.open(address+"/carry", url.Values{"centre_carries": {"1"}, "version": {carry}}); status != http.StatusConflict || bool(w.get(id).CentreDoes) {
			t.Errorf("carry: %d", status)
		}
		if _, status := two.open(address+"/screen", url.Values{"title": {"Stari naslov"}, "about": {"Staro."}, "show": {"0"}, "note": {"Ne."}, "version": {screen}}); status != http.StatusConflict || !w.get(id).Public() {
			t.Errorf("screen: %d", status)
		}
	})
}

// TestAgree_reachesTheParts splits a proposal that is not published: who proposed has one code, and agrees by it to all parts.
func TestAgree_reachesTheParts(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.asking(func(a *Asking) { a.Open = false })
		id, err := w.Propose(t.Context(), a)
		w.must(err)
		w.show(id)
		w.say(id, Discussed)
		split := func(id string) []string {
			ids, err := w.SplitUp(t.Context(), w.centre, id, []string{"Prvi dio", "Drugi dio"}, Step{DecidedBy: ByGroup, Reason: "Dva posla."}, "test")
			w.must(err)
			return ids
		}
		parts := split(id)
		all := append(parts, split(parts[0])...)
		w.must(w.Screen(t.Context(), w.centre, parts[1], Screening{Proposal: w.get(parts[1]), Note: "Još ne."}, "test"))
		for _, x := range all {
			if w.get(x).Public() {
				t.Fatal("a part shows before anybody agreed")
			}
		}
		w.must(w.Agree(t.Context(), a.Code))
		for _, x := range all {
			if p := w.get(x); p.Public() != (x != parts[1]) || !bool(p.Open) {
				t.Errorf("%s: public %v, agreed to %v", p.Title, p.Public(), p.Open)
			}
		}
	})
}

// TestExport_aPersonGetsAllTheyWrote looks for every word of a proposal in the export of who left a contact with it.
func TestExport_aPersonGetsAllTheyWrote(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.propose(func(a *Asking) {
			a.ForWhom, a.Room, a.Equipment, a.People, a.Doing, a.PublicName = "za koga", "kakav prostor", "koja oprema", "koji ljudi", "što radim", "javno ime"
			a.Contact = Contact{Name: "Susjeda", Phone: "091"}
		})
		out, err := w.PersonHook().Export(t.Context(), w.DB, *w.get(id).PersonID)
		w.must(err)
		text, err := json.Marshal(out)
		w.must(err)
		for _, word := range []string{"za koga", "kakav prostor", "koja oprema", "koji ljudi", "što radim", "javno ime", "Popravljali bismo"} {
			if !strings.Contains(string(text), word) {
				t.Errorf("no %q in %s", word, text)
			}
		}
	})
}

// TestThemes_fewPeopleAreNotCountedInPublic has a theme from a talk with one person and groups of more.
func TestThemes_fewPeopleAreNotCountedInPublic(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		cycle := w.round()
		theme, err := w.AddTheme(t.Context(), w.centre, Theme{CycleID: cycle, Name: "Klupe"}, "test")
		w.must(err)
		heard := func(kind string, people int) {
			source, err := w.AddSource(t.Context(), w.centre, Source{CycleID: cycle, Kind: kind, Title: "Razgovor", On: "2026-11-20", People: people}, "test")
			w.must(err)
			for range 2 {
				quote, err := w.AddQuote(t.Context(), w.centre, cycle, Quote{SourceID: source, Words: "Nema gdje sjesti."}, "test")
				w.must(err)
				w.must(w.Code(t.Context(), w.centre, cycle, quote, 1, theme, "test"))
			}
		}
		public := func() Theme {
			list, err := w.Themes(t.Context(), w.DB, cycle, true)
			w.must(err)
			return list[0]
		}
		w.must(w.Answer(t.Context(), w.centre, Theme{ID: theme, CycleID: cycle, Name: "Klupe", Reply: "Postavljamo ih.", Published: true}, nil, nil, "test"))
		heard("interview", 1)
		if x := public(); x.Quotes != 0 || len(x.Sources) != 0 {
			t.Errorf("one person is counted in public: %+v", x)
		}
		heard("focus", 6)
		heard("focus", 4)
		if x := public(); x.Quotes != 4 || len(x.Sources) != 1 || x.Sources[0] != (Counted{Kind: "focus", N: 2}) {
			t.Errorf("%+v", x)
		}
		own, err := w.Themes(t.Context(), w.DB, cycle, false)
		w.must(err)
		if own[0].Quotes != 6 || len(own[0].Sources) != 2 {
			t.Errorf("the team sees %+v", own[0])
		}
	})
}

// TestAnswer_isPublishedWithSomethingThatEverybodyCanRead tries to publish a theme whose only answer nobody may see.
func TestAnswer_isPublishedWithSomethingThatEverybodyCanRead(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		cycle := w.round()
		theme, err := w.AddTheme(t.Context(), w.centre, Theme{CycleID: cycle, Name: "Klupe"}, "test")
		w.must(err)
		id, draft := w.propose(nil), w.activity()
		w.exec(`UPDATE activities SET state = 'draft' WHERE id = :id`, db.Args{"id": draft})
		x := Theme{ID: theme, CycleID: cycle, Name: "Klupe", Published: true}
		wantField(t, w.Answer(t.Context(), w.centre, x, []string{id}, []string{draft}, "test"), "reply")
		x.Published = false
		w.must(w.Answer(t.Context(), w.centre, x, []string{id}, []string{draft}, "test"))
		own, err := w.Themes(t.Context(), w.DB, cycle, false)
		w.must(err)
		if len(own[0].Answers) != 2 {
			t.Errorf("the team's page has lost an answer: %+v", own[0].Answers)
		}
		w.show(id)
		x.Published = true
		w.must(w.Answer(t.Context(), w.centre, x, []string{id}, []string{draft}, "test"))
		list, err := w.Themes(t.Context(), w.DB, cycle, true)
		w.must(err)
		if len(list[0].Answers) != 1 || list[0].Answers[0].ProposalID != id {
			t.Errorf("public: %+v", list[0].Answers)
		}
	})
}

// TestLink_leadsWhereItSays refuses what a browser reads as another address than it looks: it leaves out control characters.
func TestLink_leadsWhereItSays(t *testing.T) {
	for _, link := range []string{"/\r/kvart.example", "/\x0b/a", "https://kvart.example/\ra", "javascript:alert(1)", "//kvart.example", "data:text/html,a", "JaVaScRiPt:a"} {
		x := Step{From: Discussed, To: Accepted, DecidedBy: ByGroup, Reason: "Jer.", Link: link}
		wantField(t, x.Check(), "link")
	}
}
