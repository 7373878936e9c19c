package participation_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	. "kvart/internal/participation"
	"kvart/internal/platform/db"
	"kvart/internal/voting"
)

func TestPhone_saysWhatToSayAndTickInTheCallersLanguage(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		if _, status := w.browser("").open("/desk/phone", nil); status == http.StatusOK {
			t.Error("for anybody")
		}
		host := w.browser(network.Host)
		for lang, want := range map[string][]string{
			"hr": {"Razgovor telefonom", "Dobar dan, ovdje Centar 0", "nema otvorenih upitnika", "Što predlažete?", "Da, objavite ga", "Sada nema glasanja"},
			"en": {"On the telephone", "Hello, this is Centar 0", "There is no vote with codes now"},
			"nb": {"På telefonen", "Hei, dette er Centar 0", "Ingen avstemning med koder"},
		} {
			page := host.page("/desk/phone?in="+lang, nil)
			if l := page.Find("html").AttrOr("lang", ""); l != lang {
				t.Errorf("in %s the page says it is %s", lang, l)
			}
			for _, s := range want {
				if !strings.Contains(page.Text(), s) {
					t.Errorf("%s: no %q", lang, s)
				}
			}
		}
		if l := host.page("/desk/proposals/new", nil).Find("html").AttrOr("lang", ""); l != "hr" {
			t.Error("the desk itself now speaks", l)
		}
		asked, other := w.survey(1, 0), w.survey(1, 0)
		w.exec(`UPDATE surveys SET centre_id = :o WHERE id = :id`, db.Args{"o": w.other, "id": other})
		vote := w.vote(&w.centre)
		w.put(w.talked(), vote, 100, false)
		w.put(w.talked(), vote, 100, false)
		w.must(w.Voting.Announce(t.Context(), w.centre, vote, "test"))
		w.now = w.now.Add(2 * time.Hour)
		page := w.browser(network.Host).page("/desk/phone", nil)
		if page.Find(`a[href="/hr/surveys/`+asked+`/print?for=phone"]`).Length() != 1 || page.Find(`a[href*="`+other+`"]`).Length() != 0 {
			t.Error("not the centre's own survey")
		}
		one, err := w.Voting.Round(t.Context(), w.DB, vote)
		w.must(err)
		for _, o := range one.Options {
			if !strings.Contains(page.Find(".boxes").Text(), o.Title["hr"]) {
				t.Errorf("%s cannot be ticked", o.Title["hr"])
			}
		}
		if one.At(w.now) != voting.Open || !strings.Contains(page.Text(), "Kôd ne pišite na ovaj list") {
			t.Error(page.Find("main").Text())
		}
	})
}

func TestListen_aFormSentTwiceIsKeptOnceAndWhatTellsWhoSpokeCanBeTakenBack(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.exec(`UPDATE centres SET features = '["needs"]' WHERE id = :c`, db.Args{"c": w.centre})
		id := w.round()
		team, desk := w.browser(network.Coordinator), "/desk/needs/"+id
		page := team.page(desk+"/listen", nil)
		source := url.Values{"source_kind": {"focus"}, "source_title": {"Mladi"}, "source_on": {"2026-11-20"}, "source_people": {"7"}, "form_key": {page.Find(`form[action$="/source"] input[name="form_key"]`).AttrOr("value", "")}}
		for range 2 {
			page = team.page(desk+"/source", source)
		}
		if w.number(`SELECT COUNT(*) FROM needs_sources`, nil) != 1 {
			t.Error("a conversation pressed twice is there twice")
		}
		quote := url.Values{"source": {page.Find("#f-source option").Eq(1).AttrOr("value", "")}, "quote": {"Gospođa Ana iz trećeg ulaza nema s kim."}, "form_key": {page.Find(`form[action$="/quote"] input[name="form_key"]`).AttrOr("value", "")}}
		for range 2 {
			page = team.page(desk+"/quote", quote)
		}
		if w.number(`SELECT COUNT(*) FROM needs_quotes`, nil) != 1 {
			t.Fatal("a quote pressed twice is there twice")
		}
		team.page(desk+"/theme", url.Values{"theme_name": {"Samoća"}, "form_key": quote["form_key"]})
		if w.number(`SELECT COUNT(*) FROM needs_themes`, nil) != 1 {
			t.Error("one form of the page takes the other's place")
		}
		theme, err := w.AddTheme(t.Context(), w.centre, Theme{CycleID: id, Name: "Klupe"}, "test")
		w.must(err)
		one := page.Find(`button[form="take-back"][name="quote"]`).AttrOr("value", "")
		w.must(w.Code(t.Context(), w.centre, id, one, 1, theme, "test"))
		if w.TakeBack(t.Context(), w.other, id, one, "", "test") == nil {
			t.Error("another centre takes it back")
		}
		if ask := team.page(desk+"/take-back", url.Values{"quote": {one}}); ask.Find(`input[name="sure"]`).Length() != 1 {
			t.Error("gone without asking")
		}
		team.page(desk+"/take-back", url.Values{"quote": {one}, "sure": {"1"}})
		if w.number(`SELECT COUNT(*) FROM needs_quotes`, nil)+w.number(`SELECT COUNT(*) FROM needs_codes`, nil) != 0 || w.number(`SELECT COUNT(*) FROM needs_sources`, nil) != 1 {
			t.Error("the quote is still there, or its conversation went too")
		}
		quote.Set("form_key", "again")
		team.page(desk+"/quote", quote)
		team.page(desk+"/take-back", url.Values{"source": {quote.Get("source")}, "sure": {"1"}})
		if w.number(`SELECT COUNT(*) FROM needs_quotes`, nil)+w.number(`SELECT COUNT(*) FROM needs_sources`, nil) != 0 {
			t.Error("the conversation is still there")
		}
		if _, status := team.open(desk+"/take-back", url.Values{"source": {"nema"}, "sure": {"1"}}); status != http.StatusNotFound {
			t.Errorf("what is not there: %d", status)
		}
	})
}

// Every way counts the same in what the network's lead sees, and each has its code and its day.
func TestOverview_countsPaperPhoneAndDeskAsItCountsTheWeb(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		of := func(channel string) string {
			t.Helper()
			before, err := w.Overview(t.Context())
			w.must(err)
			for range 3 {
				w.show(w.propose(func(a *Asking) {
					if a.Channel = channel; channel != Web {
						a.TypedBy = "typist"
					}
				}))
			}
			after, err := w.Overview(t.Context())
			w.must(err)
			said := ""
			for i := range after {
				said += fmt.Sprint(after[i].Waiting-before[i].Waiting, after[i].Reading-before[i].Reading, after[i].Late-before[i].Late, ";")
			}
			return said
		}
		web := of(Web)
		for _, channel := range []string{Desk, Phone, Paper} {
			if got := of(channel); got != web || !strings.Contains(got, "3") {
				t.Errorf("by %s: %s, on the web: %s", channel, got, web)
			}
		}
	})
}
