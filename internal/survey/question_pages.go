package survey

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/internal/xlsform"
)

// made is what the page of questions shows.
type made struct {
	Survey
	*web.Form
	Asked  *xlsform.Form
	Warned []xlsform.Question
}

// madeKinds are the kinds of question that can be made on the page.
var madeKinds = []xlsform.Kind{xlsform.One, xlsform.Several, xlsform.Text, xlsform.Integer, xlsform.Date, xlsform.Note}

func (p *Pages) questions(w http.ResponseWriter, r *web.Request) error {
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	return p.questionsAgain(w, r, v, web.NewForm("kind", string(xlsform.One)))
}

func (p *Pages) questionsAgain(w http.ResponseWriter, r *web.Request, v Survey, f *web.Form) error {
	form, _, err := p.Store.Form(r.Context(), p.DB, v, v.Current)
	if err != nil {
		return err
	}
	f.Values.Set("version", strconv.Itoa(v.Version))
	status := http.StatusOK
	if f.Err != nil {
		status = web.Status(f.Err)
	}
	return r.HTML(w, status, questionsPage(r, made{v, f, form, Warned(form)}))
}

func (p *Pages) changeQuestions(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	form, _, err := p.Store.Form(r.Context(), p.DB, v, v.Current)
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(f.Get("version")); err != nil || n != v.Version {
		f.Failed(fault.Conflict("network.fault.changed_meanwhile"))
		return p.questionsAgain(w, r, v, f)
	}
	before := len(Warned(form))
	if err = rework(form, f, v.State == Draft); err == nil {
		err = looked(v, f, len(Warned(form)) > before)
	}
	if err == nil {
		err = p.tx(w, r, "survey.questions.saved", surveyPath(v.ID)+"/questions", func(tx *db.Tx) error {
			return p.SaveForm(r.Context(), tx, v, form, r.Viewer.Account.ID)
		})
	}
	if err != nil && f.Failed(err) {
		return p.questionsAgain(w, r, v, f)
	}
	return err
}

// looked returns Invalid where questions that seem to be about orientation, gender, health or origin would be asked at once, as the
// survey is open already, and nobody said that they looked at them.
func looked(v Survey, f *web.Form, warned bool) error {
	var faults fault.Form
	if warned && v.State == Open && !f.On("looked") {
		faults.Add("looked", "survey.fault.looked")
	}
	return faults.Err()
}

// rework does to the form what was pressed: a question is added, moved, marked or taken out.
func rework(form *xlsform.Form, f *web.Form, draft bool) error {
	what, name, _ := strings.Cut(f.Get("act"), " ")
	i := slices.IndexFunc(form.Questions, func(q xlsform.Question) bool { return q.Name == name })
	switch {
	case what == "add":
		q, err := question(form, f)
		if err != nil {
			return err
		}
		form.Questions = append(form.Questions, q)
	case i < 0:
		return fault.Conflict("network.fault.changed_meanwhile")
	case what == "out":
		form.Questions = slices.Delete(form.Questions, i, i+1)
	case what == "up" && i > 0:
		form.Questions[i-1], form.Questions[i] = form.Questions[i], form.Questions[i-1]
	case what == "mark":
		form.Questions[i].Sensitive, form.Questions[i].Required = true, false
	}
	form.Languages = nil
	for _, l := range Languages() {
		if slices.ContainsFunc(form.Questions, func(q xlsform.Question) bool { return q.Label[l] != "" }) {
			form.Languages = append(form.Languages, l)
		}
	}
	for _, x := range form.Check() {
		if x.Code == "empty" && draft { // one is made a question after the other; what is answered now keeps one
			continue
		}
		return fault.Invalid("survey.form."+x.Code, x.Args...)
	}
	return nil
}

// question reads the form of a new one.
func question(form *xlsform.Form, f *web.Form) (q xlsform.Question, err error) {
	var faults fault.Form
	q = xlsform.Question{Kind: xlsform.Kind(f.Get("kind")), Label: xlsform.Label{}, Required: f.On("required"), Sensitive: f.On("sensitive")}
	if !slices.Contains(madeKinds, q.Kind) {
		faults.Add("kind", "survey.fault.kind")
	}
	for l, s := range f.Texts("label") {
		q.Label[string(l)] = s
		if len([]rune(s)) > 500 {
			faults.Add("label-"+string(l), "fault.too_long", "max", 500)
		}
	}
	if q.Label.Empty() {
		faults.Add("label-hr", "fault.required")
	}
	if q.Chosen() {
		q.Choices = choices(f, &faults)
	}
	if q.Kind == xlsform.Note {
		q.Required, q.Sensitive = false, false
	}
	if q.Sensitive && !q.Chosen() {
		faults.Add("sensitive", "survey.form.marked_kind")
	}
	if q.Sensitive && q.Required {
		faults.Add("required", "survey.form.marked_required")
	}
	for n := len(form.Questions) + 1; q.Name == ""; n++ {
		if name := fmt.Sprintf("q%d", n); form.Question(name) == nil {
			q.Name = name
		}
	}
	return q, faults.Err()
}

// choices are a line each, in every language as many.
func choices(f *web.Form, faults *fault.Form) []xlsform.Choice {
	var list []xlsform.Choice
	for _, l := range i18n.All {
		name, n := "choices-"+string(l), 0
		for line := range strings.SplitSeq(f.Get(name), "\n") {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			if n++; n > len(list) && (l == i18n.HR || len(list) < n && f.Get("choices-hr") == "") {
				list = append(list, xlsform.Choice{Name: fmt.Sprintf("a%d", n), Label: xlsform.Label{}})
			}
			if n <= len(list) {
				list[n-1].Label[string(l)] = line
			}
			if len([]rune(line)) > 200 {
				faults.Add(name, "fault.too_long", "max", 200)
				break
			}
		}
		if n > 0 && n != len(list) {
			faults.Add(name, "survey.fault.choices_count", "n", len(list))
		}
	}
	if len(list) < 2 || len(list) > 50 {
		faults.Add("choices-hr", "survey.fault.choices")
	}
	return list
}
