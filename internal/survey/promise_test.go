package survey_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/survey"
	"kvart/internal/xlsform"
)

// A question that somebody marked when people had answered it already: what they said stays a total, and is in no row that is
// given away and in no table of two questions.
func TestMarkedLater_answersFromBeforeAreInTotalsAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		form := asked()
		form.Questions = append(form.Questions, xlsform.Question{Name: "home", Kind: xlsform.One, Label: label("Odakle ste?"), Choices: choices("here", "there")})
		v := x.survey(x.here, form)
		for i := range 60 {
			x.must(x.say(v, 1, survey.Web, "", xlsform.Answers{"want": []string{"music", "walk"}[i%2], "home": []string{"here", "there"}[i/30]}))
		}
		form.Questions[len(form.Questions)-1].Sensitive = true
		x.tx(func(tx *db.Tx) error { return x.SaveForm(t.Context(), tx, x.again(v), form, "test") })
		x.tx(func(tx *db.Tx) error { return x.Close(t.Context(), tx, v.ID, "test") })

		s, _ := x.coordinator().post("/desk/surveys/"+v.ID+"/export", url.Values{"format": {"csv"}, "n": {"1"}}, http.StatusOK).Find("html").Attr("data-body")
		if head, _, _ := strings.Cut(strings.TrimPrefix(s, "\ufeff"), "\r\n"); head != "want;days/mon;days/tue;age" {
			t.Errorf("given away: %s", head)
		}
		list, err := x.Versions(t.Context(), x.DB, v.ID)
		x.must(err)
		before := list[1]
		for _, told := range before.Told("hr") {
			if strings.HasPrefix(told.Key, "home") {
				t.Errorf("told: %+v", told)
			}
		}
		if names := survey.Crossed(before); fmt.Sprint(names) != "[want]" {
			t.Errorf("counted two at once: %v", names)
		}
		if said := text(x.coordinator().get("/desk/surveys/"+v.ID+"/results", http.StatusOK).Find("main")); !strings.Contains(said, "Odakle ste?") {
			t.Error("its total is gone:", said)
		}
	})
}

// What people answer for is said before they answer, and stays.
func TestPurpose_staysOncePeopleAnswer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v := x.survey(x.here, asked())
		c, path := x.coordinator(), "/desk/surveys/"+v.ID+"/edit"
		f := filled(c.get(path, http.StatusOK), "purpose-hr", "Za istraživanje.")
		if doc := c.post(path, f, http.StatusUnprocessableEntity); doc.Find("#e-purpose-hr").Length() != 1 {
			t.Error("it changed:", text(doc.Find("main")))
		}
		f = filled(c.get(path, http.StatusOK), "purpose-en", "For the programme.", "title-hr", "Što treba ulici?")
		c.post(path, f, http.StatusSeeOther)
		if now := x.again(v); now.Purpose["hr"] != "Za program." || now.Purpose["en"] != "For the programme." || now.Title["hr"] != "Što treba ulici?" {
			t.Errorf("%+v", now)
		}
	})
}
