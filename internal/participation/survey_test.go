package participation_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kvart/internal/network"
	. "kvart/internal/participation"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/survey"
	"kvart/internal/xlsform"
)

// survey is one of the centre that is open for a week, with so many who say that benches are needed and so many for a hall;
// the first few write something too.
func (w *town) survey(benches, hall int) (id string) {
	w.t.Helper()
	ctx := w.t.Context()
	label := func(s string) xlsform.Label { return xlsform.Label{"hr": s} }
	two := []xlsform.Choice{{Name: "bench", Label: label("Klupe")}, {Name: "hall", Label: label("Dvorana")}}
	form := &xlsform.Form{Languages: []string{"hr"}, Questions: []xlsform.Question{{Name: "need", Kind: xlsform.One, Required: true, Label: label("Što treba?"), Choices: two},
		{Name: "health", Kind: xlsform.One, Sensitive: true, Label: label("Kako ste?"), Choices: two}, {Name: "words", Kind: xlsform.Text, Label: label("Još nešto?")}}}
	text := i18n.Text{i18n.HR: "Što kvartu treba"}
	v := survey.Survey{CentreID: &w.centre, Title: text, Purpose: text, OpensOn: w.now.Format("2006-01-02"), ClosesOn: w.now.AddDate(0, 0, 7).Format("2006-01-02"), DeleteOn: w.now.AddDate(0, 2, 0).Format("2006-01-02")}
	w.must(w.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if v.ID, err = w.Survey.Add(ctx, tx, v, "test"); err != nil {
			return err
		}
		now := func() survey.Survey { one, e := w.Survey.Survey(ctx, tx, v.ID); err = e; return one }
		if one := now(); err == nil {
			err = w.Survey.SaveForm(ctx, tx, one, form, "test")
		}
		if err != nil {
			return err
		}
		if one := now(); err == nil {
			err = w.Survey.Publish(ctx, tx, one, "test")
		}
		return err
	}))
	written := []string{"Klupa kraj tržnice.", "Zovite me na 091 555 1234.", "Svjetlo u pothodniku."}
	w.must(w.DB.Tx(ctx, func(tx *db.Tx) error {
		for i := range benches + hall {
			a := xlsform.Answers{"need": "bench", "health": "hall"}
			if i >= benches {
				a["need"] = "hall"
			}
			if i < len(written) {
				a["words"] = written[i]
			}
			if err := w.Survey.Answer(ctx, tx, survey.Sheet{Survey: v.ID, Number: 1, Way: survey.Paper, Typist: "test", Answers: a}); err != nil {
				return err
			}
		}
		return nil
	}))
	return v.ID
}

func (w *town) ended(id string) {
	w.t.Helper()
	w.must(w.DB.Tx(w.t.Context(), func(tx *db.Tx) error { return w.Survey.Close(w.t.Context(), tx, id, "test") }))
}

func TestNeeds_leadToTheSurveyAndTheVoteThatAreChosenFromAList(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.exec(`UPDATE centres SET features = '["needs"]' WHERE id = :c`, db.Args{"c": w.centre})
		team, visitor := w.browser(network.Coordinator), w.browser("")
		id, asked, vote, other := w.round(), w.survey(12, 11), w.vote(&w.centre), w.vote(&w.other)
		at := "/desk/needs/" + id
		form := team.page(at, nil)
		if form.Find(`#f-link-ask option[value="/surveys/`+asked+`"]`).Length() != 1 || form.Find(`#f-link-decide option[value="/votes/`+vote+`"]`).Length() != 1 || form.Find(`#f-link-decide option[value="/votes/`+other+`"]`).Length() != 0 {
			t.Fatal("what one chooses from is not the centre's own")
		}
		f := url.Values{"title-hr": {"Krug 2026."}, "state": {"open"}, "version": {form.Find(`input[name="version"]`).AttrOr("value", "")}, "from-ask": {"2026-11-20"}, "to-ask": {"2026-12-01"}, "link-ask": {"/surveys/" + asked},
			"from-decide": {"2026-12-02"}, "to-decide": {"2026-12-20"}, "link-decide": {"/votes/" + other}}
		if doc, status := team.open(at, f); status != http.StatusUnprocessableEntity || doc.Find("#e-link-decide").Length() != 1 || doc.Find("#e-link-ask").Length() != 0 {
			t.Errorf("another centre's vote: %d", status)
		}
		f.Set("link-decide", "/votes/"+vote)
		team.page(at, f)
		leads := func(path string, want int) {
			t.Helper()
			for _, page := range []string{"/hr/needs", "/hr/needs/" + id} {
				if n := visitor.page(page, nil).Find(`main a[href="` + path + `"]`).Length(); n != want {
					t.Errorf("%s leads to %s %d times", page, path, n)
				}
			}
		}
		leads("/hr/surveys/"+asked, 1)
		leads("/hr/votes/"+vote, 0) // in preparation
		w.ended(asked)
		leads("/hr/surveys/"+asked, 0)
		w.exec(`UPDATE surveys SET shown = 1`, nil)
		leads("/hr/surveys/"+asked+"/results", 1)
		w.put(w.talked(), vote, 100, false)
		w.put(w.talked(), vote, 100, false)
		w.must(w.Voting.Announce(t.Context(), w.centre, vote, "test"))
		leads("/hr/votes/"+vote, 1)
	})
}

func TestTakeSurvey_totalsBecomeThemesAndWordsGoWithTheSurvey(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.exec(`UPDATE centres SET features = '["needs"]' WHERE id = :c`, db.Args{"c": w.centre})
		team := w.browser(network.Coordinator)
		id, asked := w.round(), w.survey(12, 11)
		at := "/desk/needs/" + id
		if _, status := team.open(at+"/survey?survey="+asked, nil); status != http.StatusUnprocessableEntity {
			t.Errorf("still open: %d", status)
		}
		w.ended(asked)
		if team.page(at+"/listen", nil).Find(`#f-survey option[value="`+asked+`"]`).Length() != 1 {
			t.Fatal("not offered")
		}
		form := team.page(at+"/survey?survey="+asked, nil)
		if n := form.Find(`input[name="answers"]`).Length(); n != 2 || !strings.Contains(form.Text(), "Klupe (12)") || strings.Contains(form.Text(), "Kako ste?") {
			t.Errorf("%d answers to choose from: %s", n, form.Find("main").Text())
		}
		page := team.page(at+"/survey", url.Values{"survey": {asked}, "answers": {"need/bench", "health/hall", "nema"}, "words": {"1"}})
		for _, want := range []string{"Klupa kraj tržnice.", "Svjetlo u pothodniku.", "Klupe", "Što treba? Dvorana: 11", "Neke izjave nismo prenijeli"} {
			if !strings.Contains(page.Text(), want) {
				t.Errorf("no %q in %s", want, page.Find("main").Text())
			}
		}
		if strings.Contains(page.Text(), "091 555") || w.number(`SELECT COUNT(*) FROM needs_themes`, nil) != 1 || w.number(`SELECT people FROM needs_sources`, nil) != 23 {
			t.Error("a telephone came along, or a theme of a marked question, or not all people")
		}
		_, err := w.TakeSurvey(ctx, w.centre, id, Overtaking{SurveyID: asked, Words: true}, w.Texts.For(i18n.HR), "test")
		wantFault(t, err, fault.KindConflict, "needs.fault.survey_taken")
		if w.number(`SELECT COUNT(*) FROM needs_quotes`, nil) != 2 {
			t.Error("taken twice")
		}
		w.now = w.now.AddDate(0, 3, 0)
		w.must(w.Survey.Forget(ctx))
		if w.number(`SELECT COUNT(*) FROM needs_quotes WHERE words <> ''`, nil) != 0 || w.number(`SELECT COUNT(*) FROM needs_quotes`, nil) != 2 || !strings.Contains(w.browser(network.Coordinator).page(at+"/listen", nil).Text(), "izbrisano s upitnikom") {
			t.Error("words stay longer than was promised to who wrote them")
		}
	})
}

func TestTakeSurvey_tellsNothingOfFewNorOfAnotherCentre(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id, few, other := w.round(), w.survey(4, 3), w.survey(12, 11)
		w.ended(few)
		w.ended(other)
		take := func(survey string) error {
			_, err := w.TakeSurvey(t.Context(), w.centre, id, Overtaking{SurveyID: survey, Words: true}, w.Texts.For(i18n.HR), "test")
			return err
		}
		wantFault(t, take(few), fault.KindConflict, "needs.fault.survey_few")
		w.exec(`UPDATE surveys SET centre_id = :o WHERE id = :id`, db.Args{"o": w.other, "id": other})
		wantField(t, take(other), "survey")
		w.exec(`UPDATE surveys SET centre_id = NULL WHERE id = :id`, db.Args{"id": other})
		w.must(take(other))
		if w.number(`SELECT COUNT(*) FROM needs_quotes`, nil) != 0 {
			t.Error("words of the network's survey are with one centre")
		}
	})
}
