package survey_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kvart/internal/disclosure"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/survey"
	"kvart/internal/xlsform"
)

func TestAnswer_rowsTellNothingOfWhoWhenAndHow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v := x.survey(x.here, asked())
		before := x.rows(`SELECT action FROM audit_rows ORDER BY action`)
		x.must(x.say(v, 1, survey.Paper, "typist-account", xlsform.Answers{"want": "other", "what": "šah", "days": "mon tue", "age": "71", "ill": "yes"}))
		if got := x.rows(`SELECT body FROM survey_answers`); len(got) != 1 || got[0] != `{"age":"71","days":"mon tue","want":"other"}` {
			t.Error(got) // no marked answer, no words
		}
		if got := x.rows(`SELECT words FROM survey_words`); fmt.Sprint(got) != "[šah]" {
			t.Error(got)
		}
		for _, table := range []string{"survey_answers", "survey_words", "survey_counts", "survey_ways"} {
			columns := map[string]bool{}
			rows, err := d.Writer().Query(`SELECT * FROM ` + table)
			x.must(err)
			names, err := rows.Columns()
			x.must(err)
			rows.Close()
			for _, n := range names {
				columns[n] = true
			}
			for _, never := range []string{"at", "day", "created_at", "account_id", "by_whom", "person_id"} {
				if columns[never] {
					t.Errorf("%s has %s", table, never)
				}
			}
			if table != "survey_ways" && columns["way"] {
				t.Errorf("%s has way", table)
			}
		}
		if got := x.rows(`SELECT account_id || ' ' || day || ' ' || n FROM survey_typed`); fmt.Sprint(got) != "[typist-account 2026-11-26 1]" {
			t.Error(got)
		}
		if after := x.rows(`SELECT action FROM audit_rows ORDER BY action`); !slices.Equal(before, after) {
			t.Error("the audit log tells of an answer", after)
		}
	})
}

func TestClose_writesEverythingAnewAndKeepsTotals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v := x.survey(x.here, asked())
		for i := range 40 {
			a := xlsform.Answers{"want": []string{"music", "walk"}[i%2], "days": "mon", "age": fmt.Sprint(20 + i), "ill": "no"}
			if i < 12 {
				a["ill"], a["days"] = "yes", "mon tue"
			}
			x.must(x.say(v, 1, []string{survey.Web, survey.Paper}[i%2], "", a))
		}
		x.must(x.say(v, 1, survey.Desk, "a", xlsform.Answers{"want": "other", "what": "šah"}))
		ids := x.rows(`SELECT id FROM survey_answers`)
		x.tx(func(tx *db.Tx) error { return x.Close(t.Context(), tx, v.ID, "test") })
		v = x.again(v)
		fresh := x.rows(`SELECT id FROM survey_answers ORDER BY id`)
		if v.State != survey.Closed || len(fresh) != 41 {
			t.Fatal(v.State, len(fresh))
		}
		for _, id := range ids {
			if slices.Contains(fresh, id) {
				t.Error("an id stayed")
			}
		}
		if n := len(x.rows(`SELECT words FROM survey_words`)); n != 1 {
			t.Error(n, "words")
		}
		versions, err := x.Versions(t.Context(), x.DB, v.ID)
		x.must(err)
		totals := versions[0].Totals
		if totals.N.N != 41 || totals.Questions[0].Row == nil {
			t.Fatalf("%+v", totals)
		}
		// One wanted something else: it hides with the answer before it. What it was is asked of that one only: nothing is shown.
		if row := totals.Questions[0].Row; row.Cells[0].N != 20 || row.Cells[1].Shown || row.Cells[2].Shown || row.Together != 21 {
			t.Errorf("%+v", row)
		}
		if !totals.Questions[1].Whole {
			t.Errorf("%+v", totals.Questions[1])
		}
		if days := totals.Questions[2].Chosen; days[0].Shown || days[1].N != 12 { // all but one said Monday
			t.Errorf("%+v", days)
		}
		if age := totals.Questions[3]; age.Median != "39.5" || age.Answered.Shown {
			t.Errorf("%+v", age)
		}
		if ill := totals.Questions[4].Row; ill.Cells[0].N != 12 || ill.Cells[1].Shown || ill.Cells[2].Shown || ill.Together != 29 {
			t.Errorf("%+v", ill)
		}

		// Closed is closed: by the rule and by the database itself.
		if err := x.say(v, 1, survey.Web, "", xlsform.Answers{"want": "music"}); fault.Of(err).Key != "survey.fault.over" {
			t.Error(err)
		}
		_, err = x.DB.Exec(t.Context(), `INSERT INTO survey_answers (id, survey_id, number, body) VALUES (:id, :s, 1, '{}')`, db.Args{"id": db.NewSecretID(), "s": v.ID})
		if db.Refused(err) != "survey closed" {
			t.Error(err)
		}
		x.tx(func(tx *db.Tx) error { return x.Close(t.Context(), tx, v.ID, "test") }) // a second press
		if again := x.rows(`SELECT id FROM survey_answers ORDER BY id`); !slices.Equal(again, fresh) {
			t.Error("a second press wrote anew")
		}
		x.must(d.Compact(t.Context(), "survey_answers"))
	})
}

func TestForm_changedAfterAnswersIsANewVersionAndOldAnswersStay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v := x.survey(x.here, asked())
		for range 12 {
			x.must(x.say(v, 1, survey.Web, "", xlsform.Answers{"want": "music", "age": "30"}))
		}
		form := asked()
		form.Questions[0].Choices = choices("music", "chess")
		x.tx(func(tx *db.Tx) error { return x.SaveForm(t.Context(), tx, v, form, "test") })
		v = x.again(v)
		if v.Current != 2 {
			t.Fatal(v.Current)
		}
		// Who began with the old one is not turned away, and who answers now answers the new one.
		x.must(x.say(v, 1, survey.Web, "", xlsform.Answers{"want": "walk"}))
		x.must(x.say(v, 2, survey.Web, "", xlsform.Answers{"want": "chess"}))
		x.tx(func(tx *db.Tx) error { return x.Close(t.Context(), tx, v.ID, "test") })
		versions, err := x.Versions(t.Context(), x.DB, v.ID)
		x.must(err)
		if len(versions) != 2 || versions[0].Number != 2 || versions[0].Totals.N.Shown || versions[1].Totals.N.N != 13 {
			t.Errorf("%+v %+v", versions[0].Totals, versions[1].Totals)
		}
		err = x.DB.Tx(t.Context(), func(tx *db.Tx) error { return x.SaveForm(t.Context(), tx, x.again(v), form, "test") })
		if !fault.Is(err, fault.KindConflict) {
			t.Error("the form of a closed survey changed", err)
		}
	})
}

func TestEnded_theLastDayIsWholeWhereTheCentreIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v := x.survey(x.here, asked())
		for at, answered := range map[string]bool{"2026-11-30 22:59": true, "2026-11-30 23:00": false, "2026-11-19 22:59": false, "2026-11-19 23:00": true} { // UTC; Zagreb is an hour ahead
			x.now = clock(t, at)
			err := x.say(v, 1, survey.Web, "", xlsform.Answers{"want": "music"})
			if (err == nil) != answered {
				t.Errorf("%s: %v", at, err)
			}
		}
		x.now = clock(t, "2026-11-30 22:59")
		x.must(x.Ended(t.Context()))
		if x.again(v).State != survey.Open {
			t.Error("closed on its last day")
		}
		// Who handed in a sheet on the last day is not forgotten: it is typed in for three days more.
		for at, taken := range map[string]bool{"2026-11-30 23:10": true, "2026-12-03 22:59": true, "2026-12-03 23:00": false} {
			x.now = clock(t, at)
			if err := x.say(v, 1, survey.Paper, "typist", xlsform.Answers{"want": "music"}); (err == nil) != taken {
				t.Errorf("on paper at %s: %v", at, err)
			}
			for _, way := range []string{survey.Web, survey.Desk, survey.Phone} {
				if x.say(v, 1, way, "typist", xlsform.Answers{"want": "music"}) == nil {
					t.Errorf("%s at %s", way, at)
				}
			}
		}
		x.now = clock(t, "2026-12-03 22:59")
		x.must(x.Ended(t.Context()))
		if x.again(v).State != survey.Open {
			t.Error("closed before the sheets had their time")
		}
		x.now = clock(t, "2026-12-03 23:10")
		x.must(x.Ended(t.Context()))
		if x.again(v).State != survey.Closed {
			t.Error("still open")
		}
		x.now = clock(t, "2027-05-01 10:00")
		x.must(x.Forget(t.Context()))
		for _, table := range []string{"survey_answers", "survey_words", "survey_counts", "survey_ways", "survey_typed"} {
			if n := len(x.rows(`SELECT survey_id FROM ` + table)); n != 0 {
				t.Errorf("%d rows stay in %s", n, table)
			}
		}
		if versions, err := x.Versions(t.Context(), x.DB, v.ID); err != nil || versions[0].Totals == nil || !bool(x.again(v).Gone) {
			t.Error("the totals are gone", err)
		}
	})
}

// In Auckland it is the thirtieth when it is the twenty-ninth in Zagreb and in UTC.
func TestDays_areThoseOfTheCentreAndNotOfTheNetworkOrOfUTC(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		_, err := d.Exec(t.Context(), `UPDATE centres SET zone = 'Pacific/Auckland' WHERE id = :c`, db.Args{"c": x.there})
		x.must(err)
		far, wide := x.survey(x.there, asked()), x.survey("", asked()) // 20 to 30 November
		listed := func() (list []string) {
			t.Helper()
			all, err := x.Public(t.Context(), d)
			x.must(err)
			for _, v := range all {
				list = append(list, v.ID)
			}
			return list
		}
		for _, at := range []struct {
			clock     string
			far, wide bool
		}{
			{"2026-11-19 10:59", false, false}, {"2026-11-19 11:00", true, false}, // midnight in Auckland
			{"2026-11-19 22:59", true, false}, {"2026-11-19 23:00", true, true}, // midnight in Zagreb
			{"2026-11-30 10:59", true, true}, {"2026-11-30 11:00", false, true},
			{"2026-11-30 22:59", false, true}, {"2026-11-30 23:00", false, false},
		} {
			x.now = clock(t, at.clock)
			if list := listed(); slices.Contains(list, far.ID) != at.far || slices.Contains(list, wide.ID) != at.wide {
				t.Errorf("%s UTC: in the list are %v", at.clock, list)
			}
			for v, want := range map[string]bool{far.ID: at.far, wide.ID: at.wide} {
				if err := x.say(survey.Survey{ID: v}, 1, survey.Web, "", xlsform.Answers{"want": "music"}); (err == nil) != want {
					t.Errorf("%s UTC: %v", at.clock, err)
				}
			}
		}
		x.now = clock(t, "2026-12-03 11:30") // three days after
		x.must(x.Ended(t.Context()))
		if x.again(far).State != survey.Closed || x.again(wide).State != survey.Open {
			t.Error("closed by another place's day")
		}
	})
}

// The first day has begun where the centre is, although UTC still has the day before.
func TestSave_theFirstDayStaysOnceItHasBegunWhereTheCentreIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		x.now = clock(t, "2026-11-10 12:00")
		v := x.survey(x.here, asked())
		v.OpensOn = "2026-11-21"
		x.now = clock(t, "2026-11-19 22:59")
		x.tx(func(tx *db.Tx) error { return x.Save(t.Context(), tx, v, "test") })
		v = x.again(v)
		v.OpensOn = "2026-11-22"
		x.now = clock(t, "2026-11-20 23:00")
		err := d.Tx(t.Context(), func(tx *db.Tx) error { return x.Save(t.Context(), tx, v, "test") })
		if e := fault.Of(err); len(e.Fields) != 1 || e.Fields[0].Key != "survey.fault.begun" {
			t.Error(err)
		}
	})
}

func TestJobs_oneSurveyThatFailsKeepsNoneOfTheOthers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		list := []survey.Survey{x.survey(x.here, asked()), x.survey(x.here, asked()), x.survey(x.there, asked())}
		slices.SortFunc(list, func(a, b survey.Survey) int { return strings.Compare(a.ID, b.ID) })
		broken := func(v survey.Survey, form string) {
			_, err := d.Exec(t.Context(), `UPDATE survey_versions SET form = :f WHERE survey_id = :s`, db.Args{"f": form, "s": v.ID})
			x.must(err)
		}
		broken(list[0], `[`)
		x.now = clock(t, "2026-12-04 06:00")
		if err := x.Ended(t.Context()); err == nil || !strings.Contains(err.Error(), list[0].ID) {
			t.Error("nobody is told of the one that failed", err)
		}
		if x.again(list[0]).State != survey.Open || x.again(list[1]).State != survey.Closed || x.again(list[2]).State != survey.Closed {
			t.Error("one kept the others open")
		}
		broken(list[0], `{}`)
		x.must(x.Ended(t.Context()))
		if x.again(list[0]).State != survey.Closed {
			t.Error("not closed although it can be")
		}
		// Likewise with what is forgotten.
		x.Forgotten = append(x.Forgotten, func(_ context.Context, _ *db.Tx, id string) error {
			if id == list[0].ID {
				return errors.New("cannot")
			}
			return nil
		})
		x.now = clock(t, "2027-05-02 06:00")
		if err := x.Forget(t.Context()); err == nil {
			t.Error("nobody is told")
		}
		if bool(x.again(list[0]).Gone) || !bool(x.again(list[1]).Gone) || !bool(x.again(list[2]).Gone) {
			t.Error("one kept the others' answers")
		}
	})
}

// The same answers give the same totals by whatever way they came; only how many came how differs.
func TestTotals_areTheSameByEveryWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		totals := func(way func(i int) string) (all, ways string) {
			t.Helper()
			v := x.survey(x.here, asked())
			for i := range 60 {
				a := xlsform.Answers{"want": []string{"music", "walk", "other"}[i%3], "days": []string{"mon", "mon tue"}[i%2], "age": fmt.Sprint(20 + i), "ill": []string{"yes", "no"}[i%2]}
				if a["want"] == "other" {
					a["what"] = "šah"
				}
				w := way(i)
				by := ""
				if w != survey.Web {
					by = "typist"
				}
				x.must(x.say(v, 1, w, by, a))
			}
			x.tx(func(tx *db.Tx) error { return x.Close(t.Context(), tx, v.ID, "test") })
			versions, err := x.Versions(t.Context(), d, v.ID)
			x.must(err)
			one := *versions[0].Totals
			ways = fmt.Sprint(one.Ways.Cells)
			one.Ways = disclosure.Row{}
			body, err := json.Marshal(one)
			x.must(err)
			return string(body), ways
		}
		web, _ := totals(func(int) string { return survey.Web })
		paper, _ := totals(func(int) string { return survey.Paper })
		mixed, ways := totals(func(i int) string { return survey.Ways[i%4] })
		if paper != web || mixed != web {
			t.Errorf("on the web:\n%s\non paper:\n%s\nby all ways:\n%s", web, paper, mixed)
		}
		if strings.Count(ways, "15 true") != len(survey.Ways) {
			t.Error("nobody can tell how they came", ways)
		}
	})
}

// On paper nobody can be asked again: a required question may be empty, and then every table counts the same people.
func TestCross_countsThoseWithoutAnAnswerToARequiredQuestion(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		form := &xlsform.Form{Languages: []string{"hr"}, Questions: []xlsform.Question{
			{Name: "a", Kind: xlsform.One, Label: label("A"), Choices: choices("x", "y"), Required: true},
			{Name: "b", Kind: xlsform.One, Label: label("B"), Choices: choices("x", "y"), Required: true}}}
		v := x.survey(x.here, form)
		for i := range 52 {
			a := xlsform.Answers{"a": []string{"x", "y"}[i%2], "b": []string{"x", "y"}[i/2%2]}
			if i < 12 {
				delete(a, "a")
			}
			x.must(x.say(v, 1, survey.Paper, "typist", a))
		}
		x.tx(func(tx *db.Tx) error { return x.Close(t.Context(), tx, v.ID, "test") })
		versions, err := x.Versions(t.Context(), d, v.ID)
		x.must(err)
		table, err := x.Cross(t.Context(), d, x.again(v), versions[0], "a", "b")
		x.must(err)
		if table.Total.N != 52 || versions[0].Totals.N.N != 52 || len(table.Rows) != 3 || table.Down[2] != 12 {
			t.Errorf("%+v of %d", table, versions[0].Totals.N.N)
		}
	})
}

func TestSave_thePromisedDayIsOnlyBroughtForward(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v := x.survey(x.here, asked())
		later := v
		later.DeleteOn = "2027-06-01"
		err := d.Tx(t.Context(), func(tx *db.Tx) error { return x.Save(t.Context(), tx, later, "test") })
		if e := fault.Of(err); len(e.Fields) != 1 || e.Fields[0].Key != "survey.fault.promised" {
			t.Error(err)
		}
		v.DeleteOn = "2027-01-01"
		x.tx(func(tx *db.Tx) error { return x.Save(t.Context(), tx, v, "test") })
	})
}

func TestPaperUntil_isBeforeTheDayOnWhichAnswersGo(t *testing.T) {
	for goes, want := range map[string]string{"2027-05-01": "2026-12-03", "2026-12-04": "2026-12-03", "2026-12-03": "2026-12-02", "2026-12-01": "2026-11-30"} {
		if got := (survey.Survey{ClosesOn: "2026-11-30", DeleteOn: goes}).PaperUntil(); got != want {
			t.Errorf("deleted on %s: typed in until %s", goes, got)
		}
	}
}

func TestWarned_questionsAboutHealthOriginGenderAndOrientation(t *testing.T) {
	for _, s := range []string{"Kojeg ste spola?", "Imate li bolest?", "Vaša seksualna orijentacija", "Jeste li pripadnik romske manjine?", "What is your gender?", "Any disability?", "Hvilken legning har du?", "Har du kjønnsidentitet …", "Your ethnicity", "Kjønn"} {
		f := &xlsform.Form{Questions: []xlsform.Question{{Name: "a", Kind: xlsform.Text, Label: label(s)}}}
		if len(survey.Warned(f)) != 1 {
			t.Errorf("%s warns nobody", s)
		}
		f.Questions[0].Sensitive = true
		if len(survey.Warned(f)) != 0 {
			t.Errorf("%s is marked", s)
		}
	}
	for _, s := range []string{"Što biste radili subotom?", "Koja glazba?", "Which evenings?", "Hvilken dag passer?", "Romantične komedije?"} {
		if f := (&xlsform.Form{Questions: []xlsform.Question{{Name: "a", Kind: xlsform.Text, Label: xlsform.Label{"hr": s}}}}); len(survey.Warned(f)) != 0 {
			t.Errorf("%s warns", s)
		}
	}
}

func TestTotals_aQuestionAskedOfSomeTellsNothingOfTheOthers(t *testing.T) {
	form := &xlsform.Form{Questions: []xlsform.Question{
		{Name: "a", Kind: xlsform.One, Label: label("A"), Choices: choices("yes", "no"), Required: true},
		{Name: "b", Kind: xlsform.One, Label: label("B"), Choices: choices("x", "y"), Required: true, Relevant: "${a} = 'yes'"},
	}}
	of := func(yes, no int) survey.Totals {
		r := survey.Raw{Form: form}
		for i := range yes {
			r.Rows = append(r.Rows, xlsform.Answers{"a": "yes", "b": []string{"x", "y"}[i%2]})
		}
		for range no {
			r.Rows = append(r.Rows, xlsform.Answers{"a": "no"})
		}
		return r.Totals(10)
	}
	if tt := of(40, 20); tt.Questions[1].Whole || tt.Questions[1].Row.Cells[0].N != 20 {
		t.Errorf("%+v", tt.Questions[1])
	}
	for _, x := range [][2]int{{40, 4}, {6, 40}, {12, 9}} {
		if tt := of(x[0], x[1]); !tt.Questions[1].Whole {
			t.Errorf("%v: %+v", x, tt.Questions[1].Row)
		}
	}
	if !strings.Contains(fmt.Sprint(of(5, 4)), "false") || of(5, 4).N.Shown || of(5, 4).Questions != nil {
		t.Error("fewer than the threshold")
	}
}

func TestClose_besideAnswersThatAreBeingSentCountsEachOrRefusesIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newKvart(t, d)
		v := x.survey(x.here, asked())
		const people = 40
		said := make(chan error, people)
		for i := range people {
			go func() {
				said <- x.say(v, 1, survey.Web, "", xlsform.Answers{"want": "music", "days": "mon", "ill": []string{"yes", "no"}[i%2]})
			}()
		}
		taken := 0
		for i := range people {
			if i == people/3 {
				x.tx(func(tx *db.Tx) error { return x.Close(t.Context(), tx, v.ID, "test") })
			}
			switch err := <-said; {
			case err == nil:
				taken++
			case fault.Of(err).Key != "survey.fault.over":
				t.Error(err)
			}
		}
		if n := len(x.rows(`SELECT id FROM survey_answers`)); n != taken {
			t.Errorf("%d rows, %d were told that they are in", n, taken)
		}
		versions, err := x.Versions(t.Context(), x.DB, v.ID)
		x.must(err)
		if n := versions[0].Totals.N; n.Shown && n.N != taken {
			t.Errorf("totals of %d, %d were told that they are in", n.N, taken)
		}
	})
}

// TestTotals_ofASubsetTellNothingOfFewOfIt counts those who were asked by the question that decides: nothing that is shown of the
// other may leave fewer than the threshold of them.
func TestTotals_ofASubsetTellNothingOfFewOfIt(t *testing.T) {
	form := &xlsform.Form{Questions: []xlsform.Question{
		{Name: "a", Kind: xlsform.One, Label: label("A"), Choices: choices("yes", "no"), Required: true},
		{Name: "b", Kind: xlsform.One, Label: label("B"), Choices: choices("x", "y"), Relevant: "${a} = 'yes'"},
		{Name: "c", Kind: xlsform.Several, Label: label("C"), Choices: choices("p", "q"), Relevant: "${a} = 'yes'"},
		{Name: "d", Kind: xlsform.Integer, Label: label("D"), Relevant: "${a} = 'yes'"},
		{Name: "m", Kind: xlsform.One, Label: label("M"), Choices: choices("x", "y"), Relevant: "${a} = 'yes'", Sensitive: true},
	}}
	check := func(t interface{ Errorf(string, ...any) }, asked, others, x, y, p int) {
		r := survey.Raw{Form: form, Marked: map[string]map[string]int{"m": {"x": x, "y": y, "": asked + others - x - y}}}
		for i := range asked {
			row := xlsform.Answers{"a": "yes"}
			if i < x {
				row["b"] = "x"
			} else if i < x+y {
				row["b"] = "y"
			}
			if i < p {
				row["c"], row["d"] = "p", "7"
			}
			r.Rows = append(r.Rows, row)
		}
		for range others {
			r.Rows = append(r.Rows, xlsform.Answers{"a": "no"})
		}
		for _, q := range r.Totals(10).Questions {
			if q.Name == "a" {
				continue
			}
			cells := append(slices.Clone(q.Chosen), q.Answered)
			if q.Row != nil {
				cells = append(cells, q.Row.Cells...)
			}
			for _, c := range cells {
				if c.Shown && asked-c.N < 10 {
					t.Errorf("%d of %d who were asked are shown in %s: that leaves %d", c.N, asked, q.Name, asked-c.N)
				}
			}
		}
	}
	if check(t, 12, 40, 1, 11, 11); t.Failed() {
		return
	}
	rapid.Check(t, func(t *rapid.T) {
		asked := rapid.IntRange(0, 40).Draw(t, "asked")
		x := rapid.IntRange(0, asked).Draw(t, "x")
		check(t, asked, rapid.IntRange(0, 40).Draw(t, "others"), x, rapid.IntRange(0, asked-x).Draw(t, "y"), rapid.IntRange(0, asked).Draw(t, "p"))
	})
}

// TestTotals_whereWordsDecideAreNotShown: rows hold no words, so nobody can count whom the question was asked.
func TestTotals_whereWordsDecideAreNotShown(t *testing.T) {
	r := survey.Raw{Wrote: map[string]int{"w": 20}, Form: &xlsform.Form{Questions: []xlsform.Question{
		{Name: "w", Kind: xlsform.Text, Label: label("W")},
		{Name: "b", Kind: xlsform.One, Label: label("B"), Choices: choices("x", "y"), Relevant: "${w} = ''"},
	}}}
	for i := range 41 { // 20 wrote, 21 were asked, 20 of them answered
		row := xlsform.Answers{}
		if i < 20 {
			row["b"] = []string{"x", "y"}[i%2]
		}
		r.Rows = append(r.Rows, row)
	}
	if q := r.Totals(10).Questions[1]; !q.Whole {
		t.Errorf("%+v", q.Row)
	}
}
