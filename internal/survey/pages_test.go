package survey_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/survey"
	"kvart/internal/xlsform"
)

func clock(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestSitting_pageByPageWithoutScriptOrCookie(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v := x.survey(x.here, asked())
		b := x.visitor()
		path := "/hr/surveys/" + v.ID
		if list := b.get("/hr/surveys", 200); list.Find(`a[href="`+path+`"]`).Length() != 1 {
			t.Error(text(list.Find("main")))
		}
		page := b.get(path, 200)
		if s := text(page.Find("main")); !strings.Contains(s, "Za program.") || !strings.Contains(s, "1. 5. 2027.") || page.Find("textarea").Length() != 0 {
			t.Error("no purpose, no day on which answers go, or a question that is not asked:", s)
		}
		page = b.post(path, filled(page, "go", "next"), 422) // nothing chosen
		if page.Find(`.summary a[href="#f-q.want"]`).Length() != 1 || page.Find("#e-q\\.want").Length() != 1 {
			t.Error("the fault is not beside its field")
		}
		page = b.post(path, filled(page, "q.want", "other", "go", "next"), 200)
		if page.Find(`textarea[name="q.what"]`).Length() != 1 {
			t.Fatal("what is asked of those who want something else:", text(page.Find("main")))
		}
		page = b.post(path, filled(page, "q.what", "šah", "q.days", "tue", "go", "next"), 200)
		page = b.post(path, filled(page, "q.age", "150", "go", "next"), 422)
		if s := text(page.Find(".summary")); !strings.Contains(s, "Između 0 i 120.") {
			t.Error("the author's words:", s)
		}
		back := b.post(path, filled(page, "go", "back"), 200)
		if s := back.Find(`textarea[name="q.what"]`).Text(); s != "šah" {
			t.Errorf("going back lost it: %q", s)
		}
		last := filled(page, "q.age", "71", "q.ill", "yes", "go", "next")
		if to := led(b.post(path, last, 303)); to != path+"/thanks" {
			t.Error(to)
		}
		b.post(path, last, 303) // pressed twice: one sheet
		b.get(path+"/thanks", 200)
		if got := x.rows(`SELECT body FROM survey_answers`); len(got) != 1 || got[0] != `{"age":"71","days":"tue","want":"other"}` {
			t.Error(got)
		}
		u, _ := url.Parse(x.base)
		if c := b.Jar.Cookies(u); len(c) != 0 {
			t.Error("a cookie is set", c)
		}
	})
}

func TestSitting_whatIsNoLongerAskedIsLeftOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v := x.survey(x.here, asked())
		f := url.Values{"q.want": {"music"}, "q.what": {"šah"}, "q.days": {"mon", "tue"}, "at": {"2"}, "form": {"1"}, "go": {"next"}}
		x.visitor().post("/hr/surveys/"+v.ID, f, 303)
		if got := x.rows(`SELECT words FROM survey_words`); len(got) != 0 {
			t.Error(got)
		}
		f = url.Values{"q.want": {"nothing of the kind"}, "at": {"99"}, "form": {"77"}, "go": {"next"}}
		if doc := x.visitor().post("/hr/surveys/"+v.ID, f, 422); doc.Find("#e-q\\.want").Length() != 1 {
			t.Error(text(doc.Find("main")))
		}
	})
}

func TestSitting_aPressThatSaysNextNeverSends(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		form := asked()
		form.Questions = form.Questions[:2] // the second page is asked of some only
		v := x.survey(x.here, form)
		path := "/hr/surveys/" + v.ID
		page := x.visitor().get(path, 200)
		if s := text(page.Find("main button")); !strings.Contains(s, "Dalje") {
			t.Error(s)
		}
		page = x.visitor().post(path, filled(page, "q.want", "walk", "go", "next"), 200)
		if s := text(page.Find("main")); !strings.Contains(s, "Odgovor walk") || !strings.Contains(s, "Pošaljite odgovore") || len(x.rows(`SELECT id FROM survey_answers`)) != 0 {
			t.Error(s)
		}
		x.visitor().post(path, filled(page, "go", "back"), 200)
		x.visitor().post(path, filled(page, "go", "next"), 303)
		if len(x.rows(`SELECT id FROM survey_answers`)) != 1 {
			t.Error("not sent")
		}
	})
}

func TestSitting_closingWhileSendingTellsAndLosesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v := x.survey(x.here, asked())
		b := x.visitor()
		x.now = clock(t, "2026-11-30 22:59")
		page := b.get("/hr/surveys/"+v.ID, 200)
		x.now = clock(t, "2026-11-30 23:00")
		f := filled(page, "q.want", "other", "q.what", "šah za sve", "at", "2", "go", "next")
		doc := b.post("/hr/surveys/"+v.ID, f, http.StatusConflict)
		if s := text(doc.Find("main")); !strings.Contains(s, "šah za sve") || !strings.Contains(s, "Odgovor other") || !strings.Contains(s, "Ulica 1") || !strings.Contains(s, "30. 11. 2026.") {
			t.Error(s)
		}
		if len(x.rows(`SELECT id FROM survey_answers`)) != 0 {
			t.Error("it was counted")
		}
	})
}

func TestSitting_oneClientCannotFlood(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v := x.survey(x.here, asked())
		f := url.Values{"q.want": {"other"}, "q.what": {"šah"}, "at": {"2"}, "form": {"1"}, "go": {"next"}}
		for range 10 {
			x.visitor().post("/hr/surveys/"+v.ID, f, 303)
		}
		doc := x.visitor().post("/hr/surveys/"+v.ID, f, http.StatusTooManyRequests)
		if v, _ := doc.Find(`input[name="q.want"]`).Attr("value"); v != "other" {
			t.Error("what was answered is lost", text(doc.Find("main")))
		}
		if n := len(x.rows(`SELECT id FROM survey_answers`)); n != 10 {
			t.Error(n)
		}
	})
}

func TestType_paperPhoneAndDeskCountTheSame(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v := x.survey(x.here, asked())
		host := x.as(network.Host, network.ScopeCentre, x.here)
		path := "/desk/surveys/" + v.ID
		host.get(path, 200)
		paper := host.get(path+"/type?way=paper", 200)
		if n := paper.Find("legend").Length() + paper.Find("main .field label").Length(); n < 5 {
			t.Error("not the whole sheet on one page:", n)
		}
		if to := led(host.post(path+"/type?way=paper", filled(paper, "q.want", "walk", "q.what", "written all the same", "q.age", "80", "go", "next"), 303)); to != path+"/type?way=paper" {
			t.Error(to)
		}
		phone := host.get(path+"/type?way=phone", 200)
		if s := text(phone.Find("main .card.calm")); !strings.Contains(s, "Centar 1") || !strings.Contains(s, "Anonimno je") {
			t.Error("no script to read:", s)
		}
		host.post(path+"/type?way=desk", url.Values{"q.want": {"music"}, "at": {"2"}, "form": {"1"}, "go": {"next"}}, 303)
		if got := fmt.Sprint(x.rows(`SELECT way || n FROM survey_ways ORDER BY way`)); got != "[desk1 paper1]" {
			t.Error(got)
		}
		if got := x.rows(`SELECT words FROM survey_words`); len(got) != 0 {
			t.Error("what is not asked was kept", got)
		}
		if got := fmt.Sprint(x.rows(`SELECT account_id || n FROM survey_typed`)); got != "["+host.id+"2]" {
			t.Error(got)
		}
		host.get(path+"/results", http.StatusForbidden)

		// At another centre it is not there; the network's is.
		other := x.as(network.Host, network.ScopeCentre, x.there)
		other.get(path, 404)
		other.post(path+"/type", url.Values{"q.want": {"music"}}, 404)
		wide := x.survey("", asked())
		other.get("/desk/surveys/"+wide.ID+"/type?way=phone", 200)
		x.as(network.Coordinator, network.ScopeCentre, x.there).post("/desk/surveys/"+wide.ID+"/close", url.Values{"sure": {"1"}}, 404)
	})
}

func TestPrint_beforeTheFirstDayAndInEveryVersion(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		x.now = clock(t, "2026-11-19 22:59") // a minute before it begins where the centre is
		v := x.survey(x.here, asked())
		host, path := x.as(network.Host, network.ScopeCentre, x.here), "/desk/surveys/"+v.ID
		page := host.get(path, 200)
		if page.Find(`main a[href="/nb/surveys/`+v.ID+`/print"]`).Length() != 1 || page.Find(`main a[href*="way=paper"]`).Length() != 0 {
			t.Error("sheets cannot be printed, or are typed in already:", text(page.Find("main")))
		}
		sheet := x.visitor().get("/en/surveys/"+v.ID+"/print", 200)
		if s := text(sheet.Find("main")); !strings.Contains(s, "1. Što želite? (en)") || !strings.Contains(s, "Version of the questions: 1") || !strings.Contains(s, "You need not answer") {
			t.Error(s)
		}
		script := x.visitor().get("/hr/surveys/"+v.ID+"/print?for=phone", 200)
		if s := text(script.Find("main")); !strings.Contains(s, "zovem iz: Centar 1") || !strings.Contains(s, "Ne morate odgovoriti na svako pitanje") || !strings.Contains(s, "Ne zapisujte ime") || strings.Contains(s, "predajte") {
			t.Error("no script for the telephone:", s)
		}
		res, err := http.Get(x.base + "/hr/surveys/" + v.ID + "/print.pdf")
		x.must(err)
		if res.Body.Close(); res.StatusCode != 200 {
			t.Error(res.Status)
		}
		if s := text(x.visitor().get("/hr/surveys/"+v.ID, 200).Find("main")); !strings.Contains(s, "Upitnik počinje 20. 11. 2026.") {
			t.Error(s)
		}
		if x.visitor().get("/hr/surveys", 200).Find(`main a[href*="`+v.ID+`"]`).Length() != 0 {
			t.Error("in the list before it begins")
		}
		early := url.Values{"q.want": {"other"}, "q.what": {"šah za sve"}, "at": {"2"}, "form": {"1"}, "go": {"next"}}
		if s := text(x.visitor().post("/hr/surveys/"+v.ID, early, http.StatusConflict).Find("main")); !strings.Contains(s, "šah za sve") || !strings.Contains(s, "još nije počeo") {
			t.Error(s)
		}
		host.get(path+"/type?way=paper", http.StatusConflict)

		// Printed in the first version, brought in after a change: what is on the sheet is typed in as it was asked.
		x.now = clock(t, "2026-11-21 12:00")
		form := asked()
		form.Questions[0].Choices = choices("music", "chess", "other")
		x.tx(func(tx *db.Tx) error { return x.SaveForm(t.Context(), tx, x.again(v), form, "test") })
		host = x.as(network.Host, network.ScopeCentre, x.here)
		c := x.coordinator()
		if s := text(c.get(path+"/preview", 200).Find("main")); !strings.Contains(s, "Odgovor chess") {
			t.Error(s)
		}
		old := c.get(path, 200).Find(`main a[href="` + path + `/preview?form=1"]`)
		if old.Length() != 1 {
			t.Fatal("the earlier version cannot be looked at")
		}
		if s := text(c.get(path+"/preview?form=1", 200).Find("main")); !strings.Contains(s, "Odgovor walk") || strings.Contains(s, "Odgovor chess") || !strings.Contains(s, "prije promjene") {
			t.Error(s)
		}
		typing := host.get(path+"/type?way=paper", 200)
		at := typing.Find(`main a[href="` + path + `/type?way=paper&form=1"]`)
		if at.Length() != 1 {
			t.Fatal("no way to type in a sheet of the first version")
		}
		page = host.get(path+"/type?way=paper&form=1", 200)
		if to := led(host.post(path+"/type?way=paper&form=1", filled(page, "q.want", "walk", "go", "next"), 303)); to != path+"/type?way=paper&form=1" {
			t.Error(to)
		}
		if got := fmt.Sprint(x.rows(`SELECT number || body FROM survey_answers`)); got != `[1{"want":"walk"}]` {
			t.Error(got)
		}
		if s := text(c.get(path, 200).Find("main")); !strings.Contains(s, "Uloga, 21. 11. 2026.") {
			t.Error("nobody sees who typed in:", s)
		}
	})
}

func TestType_aSheetCountsAsItIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v := x.survey(x.here, asked())
		host, path := x.as(network.Host, network.ScopeCentre, x.here), "/desk/surveys/"+v.ID
		page := host.get(path+"/type?way=paper", 200)
		host.post(path+"/type?way=paper", filled(page, "q.age", "80", "go", "next"), 303) // what must be answered on the web is empty
		page = host.get(path+"/type?way=desk", 200)
		host.post(path+"/type?way=desk", filled(page, "q.age", "80", "go", "next"), 422) // whoever is there can be asked
		page = host.get(path+"/type?way=paper", 200)
		if doc := host.post(path+"/type?way=paper", filled(page, "q.age", "180", "go", "next"), 422); doc.Find("#e-q\\.age").Length() != 1 || doc.Find("#e-q\\.want").Length() != 0 {
			t.Error(text(doc.Find("main")))
		}
		host.post(path+"/type?way=paper", filled(host.get(path+"/type?way=paper", 200), "go", "next"), 422) // an empty sheet is none
		if got := fmt.Sprint(x.rows(`SELECT body FROM survey_answers`)); got != `[{"age":"80"}]` {
			t.Error(got)
		}
	})
}

func TestType_aSheetOfTheLastDayIsTypedInAfterwards(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v := x.survey(x.here, asked())
		x.now = clock(t, "2026-12-01 08:00")
		host, path := x.as(network.Host, network.ScopeCentre, x.here), "/desk/surveys/"+v.ID
		if page := host.get(path, 200); page.Find(`main a[href*="way="]`).Length() != 1 || !strings.Contains(text(page.Find("main")), "upisati do 3. 12. 2026.") {
			t.Error(text(page.Find("main")))
		}
		host.get(path+"/type?way=phone", http.StatusConflict)
		host.post(path+"/type?way=paper", filled(host.get(path+"/type?way=paper", 200), "q.want", "walk", "go", "next"), 303)
		host.post(path+"/type?way=desk", url.Values{"q.want": {"walk"}, "at": {"2"}, "form": {"1"}, "go": {"next"}}, http.StatusConflict)
		if s := text(x.visitor().get("/hr/surveys/"+v.ID, 200).Find("main")); !strings.Contains(s, "Upitnik je završio 30. 11. 2026.") {
			t.Error(s)
		}
		if got := fmt.Sprint(x.rows(`SELECT way || n FROM survey_ways`)); got != "[paper1]" {
			t.Error(got)
		}
	})
}

var number = regexp.MustCompile(`\d+`)

func TestResults_noNumberUnderTheThresholdIsOnThePage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v := x.survey(x.here, asked())
		for i := range 31 {
			a := xlsform.Answers{"want": "music", "days": "mon", "age": "44"}
			if i < 4 {
				a = xlsform.Answers{"want": "other", "what": fmt.Sprint("=SUM(", i, ")"), "ill": "yes", "age": "44"}
			}
			x.must(x.say(v, 1, survey.Web, "", a))
		}
		c := x.coordinator()
		path := "/desk/surveys/" + v.ID
		if s := text(c.get(path+"/results", 200).Find("main")); strings.Contains(s, "31") || !strings.Contains(s, "najmanje 30") {
			t.Error("while it is open:", s)
		}
		x.visitor().get("/hr/surveys/"+v.ID+"/results", 404)
		ask := c.post(path+"/close", url.Values{}, 200)
		if ask.Find(`input[name=sure]`).Length() != 1 {
			t.Error("closing is not asked for once")
		}
		c.post(path+"/close", url.Values{"sure": {"1"}}, 303)
		x.visitor().get("/hr/surveys/"+v.ID+"/results", 404)
		c.post(path+"/show", url.Values{"shown": {"1"}}, 303)
		page := x.visitor().get("/hr/surveys/"+v.ID+"/results", 200)
		for _, n := range number.FindAllString(text(page.Find("main table, main .tag")), -1) {
			if len(n) < 2 {
				t.Errorf("%s is on the page: %s", n, text(page.Find("main")))
			}
		}
		if s := text(page.Find("main")); !strings.Contains(s, "ne pokazujemo") || strings.Contains(s, "SUM") {
			t.Error(s)
		}
		if strings.Contains(text(c.get(path+"/results?a=want&b=ill", 404).Find("main")), "Zdravlje") {
			t.Error("a marked question in a table of two")
		}

		// What was written is read at the desk, by the centre's own team.
		if s := text(c.get(path+"/words", 200).Find("main")); !strings.Contains(s, "=SUM(2)") {
			t.Error(s)
		}
		lead := x.as(network.Lead, network.ScopeNetwork, x.network)
		lead.post("/desk/acting", url.Values{"place": {x.here}}, 303)
		lead.get(path+"/results", 200)
		lead.get(path+"/words", http.StatusForbidden)
		lead.post(path+"/export", url.Values{"format": {"csv"}}, http.StatusForbidden)
	})
}

func TestExport_rowsWithoutMarkedAnswersWordsAndFormulas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		form := asked()
		form.Questions[0].Label = xlsform.Label{"hr": "=cmd()"}
		v := x.survey(x.here, form)
		for i := range 24 {
			x.must(x.say(v, 1, survey.Web, "", xlsform.Answers{"want": []string{"music", "other"}[i/12], "what": "=1+1", "days": "mon", "ill": "yes", "age": fmt.Sprint(40 + i%2)}))
		}
		c := x.coordinator()
		path := "/desk/surveys/" + v.ID
		c.post(path+"/export", url.Values{"format": {"csv"}}, http.StatusConflict) // while it is open
		x.tx(func(tx *db.Tx) error { return x.Close(t.Context(), tx, v.ID, "test") })
		body := func(format string) string {
			s, _ := c.post(path+"/export", url.Values{"format": {format}, "n": {"1"}}, 200).Find("html").Attr("data-body")
			return s
		}
		csv := strings.Split(strings.TrimSpace(strings.TrimPrefix(body("csv"), "\ufeff")), "\r\n")
		if csv[0] != "want;days/mon;days/tue;age" || len(csv) != 25 {
			t.Error(csv)
		}
		if said := csv[1:]; slices.IsSortedFunc(said, func(a, b string) int { return strings.Compare(a[:5], b[:5]) }) {
			t.Error("in the order in which they came (once in 2704156 by chance)")
		}
		book, err := excelize.OpenReader(bytes.NewReader([]byte(body("xlsx"))))
		x.must(err)
		rows, err := book.GetRows("guide")
		x.must(err)
		if len(rows) != 7 || rows[1][2] != "'=cmd()" || rows[6][0] != "*" {
			t.Error(rows)
		}
		if f, _ := book.GetCellFormula("guide", "C2"); f != "" {
			t.Error("a formula", f)
		}
		few := x.survey(x.here, asked())
		x.must(x.say(few, 1, survey.Web, "", xlsform.Answers{"want": "music"}))
		x.tx(func(tx *db.Tx) error { return x.Close(t.Context(), tx, few.ID, "test") })
		c.post("/desk/surveys/"+few.ID+"/export", url.Values{"format": {"xlsx"}, "n": {"1"}}, http.StatusConflict)
	})
}

// Whoever counts what stands in a column learns no number that the totals keep back.
func TestExport_noColumnTellsMoreThanTheTotals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		form := asked()
		form.Questions = append(form.Questions, xlsform.Question{Name: "since", Kind: xlsform.Date, Label: label("Od kada?")},
			xlsform.Question{Name: "hours", Kind: xlsform.Decimal, Label: label("Koliko sati?"), Relevant: "${want} = 'walk'"},
			xlsform.Question{Name: "few", Kind: xlsform.Integer, Label: label("Koliko?"), Relevant: "${want} = 'other'"})
		v := x.survey(x.here, form)
		for i := range 70 {
			a := xlsform.Answers{"want": []string{"music", "walk"}[i%2], "days": []string{"mon", "mon tue"}[min(i/50, 1)], "age": fmt.Sprint(18 + i), "since": fmt.Sprintf("20%d-0%d-11", 10+i%3, 1+i%9)}
			switch {
			case i < 12:
				a["want"], a["what"], a["few"] = "other", "šah", "7"
			case i > 66:
				delete(a, "age")
				delete(a, "days")
			}
			if a["want"] == "walk" {
				a["hours"] = fmt.Sprint(float64(i) / 4)
			}
			x.must(x.say(v, 1, survey.Web, "", a))
		}
		x.tx(func(tx *db.Tx) error { return x.Close(t.Context(), tx, v.ID, "test") })
		s, _ := x.coordinator().post("/desk/surveys/"+v.ID+"/export", url.Values{"format": {"csv"}, "n": {"1"}}, 200).Find("html").Attr("data-body")
		lines := strings.Split(strings.TrimSpace(strings.TrimPrefix(s, "\ufeff")), "\r\n")
		head := strings.Split(lines[0], ";")
		if lines[0] != "want;days/mon;days/tue;age;since;hours;few" || len(lines) != 71 {
			t.Fatal(lines[0], len(lines))
		}
		for c, name := range head {
			counts := map[string]int{}
			for _, line := range lines[1:] {
				counts[strings.Split(line, ";")[c]]++
			}
			for value, n := range counts {
				if n < 10 {
					t.Errorf("%s: %q stands in %d rows", name, value, n)
				}
			}
			if shown := len(counts) > 1; shown != (name != "days/mon") { // all but three said Monday
				t.Errorf("%s: %v", name, counts)
			}
			if name == "age" && counts["*"] > 30 {
				t.Errorf("ages are of no use: %v", counts)
			}
		}
	})
}

func workbook(t *testing.T, lines ...string) []byte {
	t.Helper()
	f := excelize.NewFile()
	_ = f.SetSheetName("Sheet1", "survey")
	for i, line := range lines {
		for j, cell := range strings.Split(line, "|") {
			at, _ := excelize.CoordinatesToCellName(j+1, i+1)
			_ = f.SetCellStr("survey", at, cell)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUpload_isLookedAtFirstAndALoopIsRefusedWithItsPlace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v := x.survey(x.here, asked())
		c := x.coordinator()
		path := "/desk/surveys/" + v.ID
		doc := c.send(path+"/upload", "loop.xlsx", workbook(t, "type|name|label|relevant", "integer|a|A|${b} > 1", "integer|b|B|${a} > 1"), 422)
		if s := text(doc.Find("table")); !strings.Contains(s, "survey D2") || !strings.Contains(s, "a → b → a") {
			t.Error(s)
		}
		doc = c.send(path+"/upload", "popis.xlsx", []byte("type,name\ntext,a\n"), 422)
		if s := text(doc.Find("table")); !strings.Contains(s, "CSV") {
			t.Error(s)
		}
		c.send(path+"/upload", "x.xlsx", bytes.Repeat([]byte("x"), xlsform.MaxFile+10), 422)
		c.send(path+"/upload", "", nil, 422)
		if x.again(v).Current != 1 {
			t.Fatal("a look changed the survey")
		}
		c.send(path+"/upload", "dobar.xlsx", workbook(t, "type|name|label::Hrvatski (hr)|label::English (en)", "text|a|Kojeg ste spola?|Your gender?"), 303)
		doc = c.get(path+"/upload", 200)
		if s := text(doc.Find("main")); !strings.Contains(s, "dobar.xlsx") || !strings.Contains(s, "nije označeno") || x.again(v).Current != 1 {
			t.Error(s)
		}
		c.get(path+"/preview?upload=1", 200)
		seen, _ := doc.Find(`[name="seen"]`).Attr("value")
		if doc := c.post(path+"/take", url.Values{"seen": {seen}}, 422); doc.Find("#e-looked").Length() != 1 || x.again(v).Current != 1 {
			t.Error("an open survey asks about gender and nobody looked", text(doc.Find("main")))
		}
		c.post(path+"/take", url.Values{"looked": {"1"}, "seen": {seen}}, 303)
		if x.again(v).Current != 2 {
			t.Error("the form was not taken")
		}
		if s := text(x.visitor().get("/en/surveys/"+v.ID, 200).Find("main")); !strings.Contains(s, "Your gender?") {
			t.Error(s)
		}
	})
}

func TestQuestions_aSurveyIsMadeOnPagesAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		c := x.coordinator()
		c.get("/desk/surveys", 200)
		f := filled(c.get("/desk/surveys/new", 200), "title-hr", "Što vas zanima?", "purpose-hr", "Za proljeće.")
		made := c.post("/desk/surveys/new", f, 303)
		path := strings.TrimSuffix(led(made), "/questions")
		if again := led(c.post("/desk/surveys/new", f, 303)); again != led(made) {
			t.Error("pressed twice makes two", again)
		}
		c.get(path, 200)
		doc := c.get(path+"/questions", 200)
		doc = c.post(path+"/questions", filled(doc, "act", "add", "kind", "select_one", "label-hr", "Koji dan?", "choices-hr", "Ponedjeljak"), 422)
		if v := doc.Find("#f-label-hr").AttrOr("value", ""); v != "Koji dan?" || doc.Find("#e-choices-hr").Length() != 1 {
			t.Error("lost:", v)
		}
		c.post(path+"/questions", filled(doc, "act", "add", "choices-hr", "Ponedjeljak\nUtorak\n", "label-en", "Which day?", "choices-en", "Monday\nTuesday"), 303)
		doc = c.get(path+"/questions", 200)
		c.post(path+"/questions", filled(doc, "act", "add", "kind", "select_one", "label-hr", "Kako ste sa zdravljem?", "choices-hr", "Dobro\nLoše"), 303)
		doc = c.get(path, 200)
		if doc.Find("input[name=looked]").Length() != 1 {
			t.Error("nobody is warned of a question on health")
		}
		c.post(path+"/open", url.Values{}, 422)
		doc = c.get(path+"/questions", 200)
		version := url.Values{"version": {doc.Find("input[name=version]").First().AttrOr("value", "")}, "act": {"mark q2"}}
		c.post(path+"/questions", version, 303)
		c.post(path+"/questions", version, 409) // the page was old
		c.get(path+"/preview", 200)
		c.post(path+"/open", url.Values{}, 303)
		id := strings.TrimPrefix(path, "/desk/surveys/")
		page := x.visitor().get("/en/surveys/"+id, 200)
		if s := text(page.Find("main")); !strings.Contains(s, "Tuesday") || !strings.Contains(s, "You need not answer") {
			t.Error(s)
		}
		pr := x.visitor().get("/hr/surveys/"+id+"/print", 200)
		if s := text(pr.Find("main")); !strings.Contains(s, "1. Koji dan?") || !strings.Contains(s, "Centar 1") {
			t.Error(s)
		}
		res, err := http.Get(x.base + "/hr/surveys/" + id + "/print.pdf")
		x.must(err)
		if res.Body.Close(); res.Header.Get("Content-Type") != "application/pdf" {
			t.Error(res.Status)
		}
		for _, change := range []string{"out q1", "up q2"} {
			doc = c.get(path+"/questions", 200)
			c.post(path+"/questions", url.Values{"version": {doc.Find("input[name=version]").First().AttrOr("value", "")}, "act": {change}}, 0)
		}
		doc = c.get(path+"/questions", 200)
		c.post(path+"/questions", url.Values{"version": {doc.Find("input[name=version]").First().AttrOr("value", "")}, "act": {"out q2"}}, 422)
		if page = x.visitor().get("/hr/surveys/"+id, 200); page.Find("main input[type=radio]").Length() == 0 {
			t.Error("an open survey asks nothing")
		}
	})
}

func TestQuestions_anOpenSurveyAsksNothingAboutHealthBeforeSomebodyLooked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v, c := x.survey(x.here, asked()), x.coordinator()
		path := "/desk/surveys/" + v.ID + "/questions"
		f := filled(c.get(path, 200), "act", "add", "kind", "select_one", "label-hr", "Imate li neku bolest?", "choices-hr", "Da\nNe", "required", "1")
		doc := c.post(path, f, 422)
		if doc.Find("#e-looked").Length() != 1 || doc.Find("#f-label-hr").AttrOr("value", "") != "Imate li neku bolest?" || x.again(v).Current != 1 {
			t.Error(text(doc.Find("main")))
		}
		f.Del("required")
		f.Set("sensitive", "1")
		c.post(path, f, 303) // marked: nothing to look at
		if x.again(v).Current != 2 {
			t.Error("a marked question is not taken")
		}
		f = filled(c.get(path, 200), "act", "add", "kind", "select_one", "label-hr", "Imate li invaliditet?", "choices-hr", "Da\nNe", "looked", "1")
		c.post(path, f, 303)
		if x.again(v).Current != 3 {
			t.Error("not taken although somebody looked")
		}
	})
}

func TestPages_draftsAreForNobodyElse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		c := x.coordinator()
		f := filled(c.get("/desk/surveys/new", 200), "title-hr", "Nacrt", "purpose-hr", "Za proljeće.", "closes_on", "2026-01-01")
		doc := c.post("/desk/surveys/new", f, 422)
		if doc.Find("#e-closes_on").Length() != 1 || doc.Find("#f-title-hr").AttrOr("value", "") != "Nacrt" {
			t.Error(text(doc.Find("main")))
		}
		f.Set("closes_on", "2026-12-20")
		id := strings.TrimSuffix(strings.TrimPrefix(led(c.post("/desk/surveys/new", f, 303)), "/desk/surveys/"), "/questions")
		for _, page := range []string{"", "/print", "/print.pdf", "/results", "/thanks"} {
			x.visitor().get("/hr/surveys/"+id+page, 404)
		}
		x.visitor().get("/hr/surveys/nonsense", 404)
		other := x.as(network.Coordinator, network.ScopeCentre, x.there)
		for _, page := range []string{"", "/edit", "/questions", "/upload", "/preview", "/results", "/words", "/type"} {
			other.get("/desk/surveys/"+id+page, 404)
		}
		for _, page := range []string{"/edit", "/questions", "/upload", "/take", "/open", "/show", "/export", "/type"} {
			other.post("/desk/surveys/"+id+page, url.Values{"sure": {"1"}}, 404)
		}
		c.post("/desk/surveys/"+id+"/remove", url.Values{"sure": {"1"}}, 303)
		c.get("/desk/surveys/"+id, 404)
	})
}
