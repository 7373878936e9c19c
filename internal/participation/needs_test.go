package participation_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kvart/internal/network"
	. "kvart/internal/participation"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

func TestKappa_isCohensOwnExampleAndExact(t *testing.T) {
	quotes := func(table map[[2]string]int) (list []Quote) {
		for pair, n := range table {
			for range n {
				list = append(list, Quote{First: &pair[0], Second: &pair[1]})
			}
		}
		return append(list, Quote{First: new(string)}, Quote{})
	}
	// 20 and 15 agreed of 50, 5 and 10 not: po 35/50, pe 1/2, κ = 2/5.
	kappa, both, ok := Kappa(quotes(map[[2]string]int{{"a", "a"}: 20, {"a", "b"}: 5, {"b", "a"}: 10, {"b", "b"}: 15}))
	if !ok || both != 50 || kappa.RatString() != "2/5" {
		t.Errorf("%v %d %v", kappa, both, ok)
	}
	if _, _, ok := Kappa(nil); ok {
		t.Error("defined for nothing")
	}
	if _, _, ok := Kappa(quotes(map[[2]string]int{{"a", "a"}: 3})); ok {
		t.Error("defined where chance explains all")
	}
	rapid.Check(t, func(t *rapid.T) {
		themes := []string{"a", "b", "c"}
		var list, swapped, same []Quote
		for range rapid.IntRange(1, 40).Draw(t, "quotes") {
			x, y := rapid.SampledFrom(themes).Draw(t, "first"), rapid.SampledFrom(themes).Draw(t, "second")
			list, swapped, same = append(list, Quote{First: &x, Second: &y}), append(swapped, Quote{First: &y, Second: &x}), append(same, Quote{First: &x, Second: &x})
		}
		k, _, ok := Kappa(list)
		back, _, okBack := Kappa(swapped)
		if ok != okBack || ok && (k.Cmp(back) != 0 || k.Num().Cmp(k.Denom()) > 0) {
			t.Fatalf("%v, the other way round %v", k, back)
		}
		if k, _, ok := Kappa(same); ok && k.RatString() != "1" {
			t.Fatalf("full agreement is %v", k)
		}
	})
}

func TestPersonal_findsAddressesAndNumbers(t *testing.T) {
	for text, want := range map[string]bool{"Pišite na susjeda@kvart.example": true, "zovite 091 555 1234": true, "OIB 12345678901": true, "bus 109 staje u 17.30": false, "2026. godine, 45 ljudi": false,
		"cijena 12-15 eura": false, "@": false, "": false} {
		if Personal(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

func TestCycle_stepsAreInOrderOfTime(t *testing.T) {
	c := Cycle{Title: i18n.Text{i18n.HR: "Krug"}, State: "open", Steps: []CycleStep{{Step: "invite", From: "2026-01-01", To: "2026-02-01"}, {Step: "ask", From: "2026-01-20", To: "2026-03-01"}}}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
	c.Steps[1].From = "2025-12-31"
	wantField(t, c.Check(), "from-ask")
	c.Steps[1].From, c.Steps[1].To = "2026-01-20", "2026-01-19"
	wantField(t, c.Check(), "to-ask")
	for day, want := range map[string]string{"2025-12-31": "coming", "2026-01-01": "now", "2026-02-01": "now", "2026-02-02": "past"} {
		if got := c.Steps[0].When(day); got != want {
			t.Errorf("%s is %s", day, got)
		}
	}
}

func TestMeeting_fewAreNotNumberedInPublic(t *testing.T) {
	two, ten, none := 2, 10, 0
	there, ok := Meeting{Residents: &ten, Organisations: &two, Staff: &none}.Present(10)
	if !ok || there[0].N != 10 || there[0].Few || !there[1].Few || there[1].N != 0 || there[2].Few {
		t.Errorf("%+v", there)
	}
	if _, ok := (Meeting{Residents: &ten}).Present(10); ok {
		t.Error("known although not written down")
	}
}

// round adds an open cycle of the centre.
func (w *town) round() string {
	w.t.Helper()
	id, err := w.SaveCycle(w.t.Context(), Cycle{CentreID: w.centre, Title: i18n.Text{i18n.HR: "Krug 2026."}, Call: i18n.Text{i18n.HR: "Dođite."}, State: "open", Joining: true,
		Steps: []CycleStep{{Step: "invite", From: "2026-11-01", To: "2026-12-15"}, {Step: "ask", From: "2026-12-16", To: "2027-01-31"}}}, "krug", "test")
	w.must(err)
	return id
}

func TestNeeds_fromTheCallToWhatWasDone(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		team, visitor := w.browser(network.Coordinator), w.browser("")
		if _, status := team.open("/desk/needs", nil); status != http.StatusNotFound {
			t.Errorf("not turned on: %d", status)
		}
		w.exec(`UPDATE centres SET features = '["needs"]' WHERE id = :c`, db.Args{"c": w.centre})
		asked := w.survey(0, 0)
		f := url.Values{"title-hr": {"Krug 2026."}, "call-hr": {"Dođite i recite."}, "state": {"open"}, "joining": {"1"}, "from-invite": {"2026-11-01"}, "to-invite": {"2026-12-15"},
			"from-ask": {"2026-10-01"}, "to-ask": {"2027-01-31"}, "link-ask": {"/surveys/" + asked}, "form_key": {"k"}}
		if doc, status := team.open("/desk/needs/new", f); status != http.StatusUnprocessableEntity || doc.Find("#e-from-ask").Length() != 1 || doc.Find("#f-link-ask option[selected]").AttrOr("value", "") != "/surveys/"+asked {
			t.Fatalf("steps out of order: %d", status)
		}
		f.Set("from-ask", "2026-12-16")
		desk := team.page("/desk/needs/new", f).Url.Path
		id := desk[strings.LastIndex(desk, "/")+1:]
		page := visitor.page("/hr/needs/"+id, nil)
		for _, want := range []string{"Sada: Pozivamo, do 15. 12. 2026.", "Dođite i recite.", "Pitamo"} {
			if !strings.Contains(page.Find("main").Text(), want) {
				t.Errorf("no %q in %s", want, page.Find("main").Text())
			}
		}
		if page.Find(`.steps a[href="/hr/surveys/`+asked+`"]`).Length() != 1 || page.Find(`[aria-current="step"]`).Length() != 1 {
			t.Error("the survey is not linked, or nothing is current")
		}
		if poster := visitor.page("/hr/needs/"+id+"/poster", nil); poster.Find(".poster .qr svg").Length() != 1 {
			t.Error("no poster")
		}

		if doc, status := visitor.open("/hr/needs/"+id+"/join", url.Values{"kind": {"organisation"}}); status != http.StatusUnprocessableEntity || doc.Find("#e-organisation").Length() != 1 || doc.Find("#e-phone").Length() != 1 {
			t.Errorf("nobody to call: %d", status)
		}
		join := url.Values{"kind": {"resident"}, "words": {"rado kuham"}, "phone": {"091 000 0000"}, "form_key": {"j"}}
		for range 2 {
			if doc := visitor.page("/hr/needs/"+id+"/join", join); !strings.Contains(doc.Text(), "Hvala na prijavi") {
				t.Error(doc.Find("main").Text())
			}
		}
		group := team.page(desk+"/group", nil)
		one := group.Find(`input[name="join"]`).First().AttrOr("value", "")
		if group.Find(".registrations > li").Length() != 1 || strings.Contains(visitor.page("/hr/needs/"+id, nil).Text(), "rado kuham") {
			t.Fatal("sent twice, or shown in public")
		}
		team.page(desk+"/member", url.Values{"join": {one}})
		if ask := team.page(desk+"/leave", url.Values{"join": {one}}); ask.Find(`input[name="sure"]`).Length() != 1 {
			t.Error("taken out without asking")
		}
		team.page(desk+"/leave", url.Values{"join": {one}, "sure": {"1"}})
		if w.number(`SELECT COUNT(*) FROM people`, nil) != 0 || w.number(`SELECT COUNT(*) FROM needs_joins WHERE words <> ''`, nil) != 0 {
			t.Error("who left is still there")
		}

		m := url.Values{"on": {"2026-12-01"}, "clock": {"18:00"}, "place": {"Dvorana"}, "agenda": {"1. Anketa"}, "publish": {"1"}, "form_key": {"m"}}
		if doc, status := team.open(desk+"/meeting", m); status != http.StatusUnprocessableEntity || doc.Find("#e-decisions").Length() != 1 || doc.Find("#e-staff").Length() != 1 {
			t.Errorf("minutes of nothing: %d", status)
		}
		for name, v := range map[string]string{"decisions": "Anketa ima pet pitanja.", "residents": "12", "organisations": "3", "staff": "1"} {
			m.Set(name, v)
		}
		team.page(desk+"/meeting", m)
		text := visitor.page("/hr/needs/"+id, nil).Find("aside").Text()
		if !strings.Contains(text, "Anketa ima pet pitanja.") || !strings.Contains(text, "susjeda 12") || !strings.Contains(text, "iz organizacija manje od 10") {
			t.Errorf("minutes: %s", text)
		}

		if _, status := team.open(desk+"/source", url.Values{"source_kind": {"focus"}, "source_title": {"Mladi, zovi 091 555 1234"}, "source_on": {"2026-11-20"}, "source_people": {"7"}}); status != http.StatusUnprocessableEntity {
			t.Errorf("a telephone among the notes: %d", status)
		}
		team.page(desk+"/source", url.Values{"source_kind": {"focus"}, "source_title": {"Mladi"}, "source_on": {"2026-11-20"}, "source_people": {"7"}})
		team.page(desk+"/theme", url.Values{"theme_name": {"Mjesto za mlade"}})
		if doc, status := team.open(desk+"/theme", url.Values{"theme_name": {"Mjesto za mlade"}}); status != http.StatusUnprocessableEntity || doc.Find("#e-theme_name").Length() != 1 {
			t.Errorf("the same theme twice: %d", status)
		}
		listen := team.page(desk+"/listen", nil)
		source, theme := listen.Find("#f-source option").Eq(1).AttrOr("value", ""), listen.Find("#f-theme option").Eq(1).AttrOr("value", "")
		for _, words := range []string{"Nemamo kamo kad pada kiša.", "Sve se zatvara u osam."} {
			team.page(desk+"/quote", url.Values{"source": {source}, "quote": {words}, "theme": {theme}})
		}
		field := team.page(desk+"/listen?coder=2", nil).Find("form select[name^=theme-]").First().AttrOr("name", "")
		team.page(desk+"/code", url.Values{"coder": {"2"}, field: {theme}})
		if text := team.page(desk+"/listen", nil).Find("main").Text(); !strings.Contains(text, "ne može izračunati") || !strings.Contains(text, "Čuli smo 2 puta: 1 fokus grupa") {
			t.Errorf("coded: %s", text)
		}
		answer := url.Values{"theme": {theme}, "theme_name": {"Mjesto za mlade"}, "theme_about": {"Kad pada kiša, nema se kamo."}, "publish": {"1"}}
		if doc, status := team.open(desk+"/answer", answer); status != http.StatusUnprocessableEntity || doc.Find("#e-reply").Length() != 1 {
			t.Errorf("published without an answer: %d", status)
		}
		proposal := w.propose(nil)
		w.show(proposal)
		answer.Set("proposals", proposal)
		answer.Set("reply", "Dvorana je petkom otvorena do deset.")
		team.page(desk+"/answer", answer)
		said := visitor.page("/hr/needs/"+id, nil).Find("#said")
		if said.Find(`a[href="/hr/proposals/`+proposal+`"]`).Length() != 1 || !strings.Contains(said.Text(), "Dvorana je petkom") || strings.Contains(said.Text(), "Sve se zatvara") {
			t.Errorf("you said, we did: %s", said.Text())
		}
		answer.Set("proposals", w.propose(func(a *Asking) { a.CentreID = w.other }))
		if doc, status := team.open(desk+"/answer", answer); status != http.StatusUnprocessableEntity || doc.Find("#e-proposals").Length() != 1 {
			t.Errorf("another centre's proposal answers it: %d", status)
		}
	})
}

func TestNeeds_anotherCentresAndWhatIsInPreparationIsNotFound(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.round()
		_, err := w.Cycle(t.Context(), w.DB, w.other, id)
		wantFault(t, err, fault.KindNotFound, "")
		w.exec(`UPDATE needs_cycles SET state = 'draft'`, nil)
		visitor := w.browser("")
		for _, path := range []string{"", "/join", "/poster"} {
			if _, status := visitor.open("/hr/needs/"+id+path, nil); status != http.StatusNotFound {
				t.Errorf("%s: %d", path, status)
			}
		}
		if strings.Contains(visitor.page("/hr/needs", nil).Text(), "Krug 2026.") {
			t.Error("in the public list")
		}
	})
}

func TestNeeds_noDiscreetActivityStandsInACycle(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id, activity := w.round(), w.activity()
		c, err := w.Cycle(t.Context(), w.DB, w.centre, id)
		w.must(err)
		c.TrainingID = &activity
		_, err = w.SaveCycle(t.Context(), c, "", "test")
		w.must(err)
		_, err = w.SaveCycle(t.Context(), c, "", "test")
		wantFault(t, err, fault.KindConflict, "participation.fault.meanwhile")
		w.exec(`UPDATE activities SET discreet = 1`, nil)
		if n := w.number(`SELECT COUNT(*) FROM needs_cycles WHERE training_id IS NOT NULL`, nil); n != 0 {
			t.Error("the link stays")
		}
		if _, err := w.DB.Exec(t.Context(), `UPDATE needs_cycles SET training_id = :a`, db.Args{"a": activity}); db.Refused(err) != "discreet" {
			t.Errorf("the database links it: %v", err)
		}
	})
}

func TestNeeds_aThemeOfAnotherRoundIsNotFound(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	id := w.round()
	source, err := w.AddSource(t.Context(), w.centre, Source{CycleID: id, Kind: "interview", Title: "Susjeda", On: "2026-11-20", People: 1}, "test")
	w.must(err)
	quote, err := w.AddQuote(t.Context(), w.centre, id, Quote{SourceID: source, Words: "Treba klupa."}, "test")
	w.must(err)
	wantFault(t, w.Code(t.Context(), w.centre, id, quote, 1, "nema", "test"), fault.KindNotFound, "")
	wantFault(t, w.Code(t.Context(), w.other, id, quote, 1, "", "test"), fault.KindNotFound, "")
	wantFault(t, w.Code(t.Context(), w.centre, id, quote, 3, "", "test"), fault.KindInvalid, "")
}

func TestAnswer_whatWasPublishedStaysPublic(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.exec(`UPDATE centres SET features = '["needs"]' WHERE id = :c`, db.Args{"c": w.centre})
		id := w.round()
		theme, err := w.AddTheme(t.Context(), w.centre, Theme{CycleID: id, Name: "Klupe"}, "test")
		w.must(err)
		one := Theme{ID: theme, CycleID: id, Name: "Klupe", Reply: "Grad klupe postavlja u proljeće.", Published: true}
		w.must(w.Answer(t.Context(), w.centre, one, nil, nil, "test"))
		team, at := w.browser(network.Coordinator), "/desk/needs/"+id
		if page := team.page(at+"/answer?theme="+theme, nil); page.Find(`[name="publish"]`).Length() != 0 || !strings.Contains(page.Text(), "ostaje javna") {
			t.Error("it can be taken back")
		}
		f := url.Values{"theme": {theme}, "theme_name": {"Klupe"}, "reply": {"Klupe su postavljene."}}
		team.page(at+"/answer", f)
		f.Set("reply", "")
		if doc, status := team.open(at+"/answer", f); status != http.StatusUnprocessableEntity || doc.Find("#e-reply").Length() != 1 {
			t.Errorf("the answer is gone: %d", status)
		}
		one.Published, one.Reply = false, "Klupe su postavljene."
		w.must(w.Answer(t.Context(), w.centre, one, nil, nil, "test"))
		if said := w.browser("").page("/hr/needs/"+id, nil).Find("#said").Text(); !strings.Contains(said, "Klupe su postavljene.") {
			t.Error(said)
		}
		c, err := w.Cycle(t.Context(), w.DB, w.centre, id)
		w.must(err)
		c.State = "draft"
		_, err = w.SaveCycle(t.Context(), c, "", "test")
		wantField(t, err, "state")
		c.State = "over"
		_, err = w.SaveCycle(t.Context(), c, "", "test")
		w.must(err)
	})
}

// A press that is sent twice, by two clicks or by the browser's back, is one conversation and one thing said.
func TestListen_sentTwiceIsOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.exec(`UPDATE centres SET features = '["needs"]' WHERE id = :c`, db.Args{"c": w.centre})
		team, path := w.browser(network.Coordinator), "/desk/needs/"+w.round()
		key := func(form string) string {
			k := team.page(path+"/listen", nil).Find(`form[action$="/`+form+`"] [name="form_key"]`).AttrOr("value", "")
			if k == "" {
				t.Fatalf("the form of a new %s has no key", form)
			}
			return k
		}
		source := url.Values{"source_kind": {"focus"}, "source_title": {"Roditelji"}, "source_on": {"2026-11-20"}, "source_people": {"12"}, "form_key": {key("source")}}
		for range 2 {
			team.page(path+"/source", source)
		}
		if n := w.number(`SELECT COUNT(*) FROM needs_sources`, nil); n != 1 {
			t.Fatalf("%d conversations", n)
		}
		var id string
		w.must(w.DB.Get(t.Context(), &id, `SELECT id FROM needs_sources`, nil))
		quote := url.Values{"source": {id}, "quote": {"Nema klupa."}, "form_key": {key("quote")}}
		for range 2 {
			team.page(path+"/quote", quote)
		}
		quote.Set("form_key", key("quote"))
		if said := team.page(path+"/quote", quote).Find(`[role="status"]`).Text(); !strings.Contains(said, "Zapisano je.") {
			t.Errorf("whoever does not see the page hears %q", said)
		}
		if n := w.number(`SELECT COUNT(*) FROM needs_quotes`, nil); n != 2 {
			t.Errorf("%d things said", n)
		}
	})
}
