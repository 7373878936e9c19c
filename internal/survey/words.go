package survey

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"kvart/internal/disclosure"
	"kvart/internal/network"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/internal/xlsform"
)

// day is a local date as people read it.
func day(r *web.Request, date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return r.Date(t)
}

// address is the page that a visitor opens of the survey.
func address(r *web.Request, v Survey) string {
	if v.State == Closed {
		return r.Path("surveys/" + v.ID + "/results")
	}
	return r.Path("surveys/" + v.ID)
}

// whose says which centre asks.
func whose(r *web.Request, b *network.Basics, v Survey) string {
	if c := b.Centre(of(v)); c != nil {
		return c.Name
	}
	return r.Pick(b.Network.Name)
}

func callerOf(r *web.Request, s sitting) string {
	if s.Centre != nil {
		return s.Centre.Name
	}
	return r.T("survey.script.network")
}

func section(s sitting) string {
	if s.Way != Web {
		return deskPath
	}
	return "surveys"
}

// heard is the title of the page: what is read first to who does not see it says that it is another page.
func (s sitting) heard(r *web.Request) string {
	if s.ended() || len(s.Pages) < 2 {
		return r.Pick(s.Title)
	}
	return r.T("survey.page", "n", s.At+1, "of", len(s.Pages)) + ", " + r.Pick(s.Title)
}

func sendKey(s sitting) string {
	if s.Way == Web {
		return "survey.send"
	}
	return "survey.type.save"
}

func choiceType(q *xlsform.Question) string {
	if q.Kind == xlsform.Several {
		return "checkbox"
	}
	return "radio"
}

func inputType(q *xlsform.Question) string {
	if q.Kind == xlsform.Date {
		return "date"
	}
	return "text"
}

// hint is what is said under a question.
func (s sitting) hint(r *web.Request, q *xlsform.Question) string {
	var parts []string
	if s.Way == Paper {
		parts = append(parts, s.when(r, q))
	}
	parts = append(parts, s.label(r, q.Hint))
	if q.Sensitive {
		parts = append(parts, r.T("survey.answer.marked"))
	}
	if q.Kind == xlsform.Several {
		parts = append(parts, r.T("survey.answer.several"))
	}
	return strings.Join(slices.DeleteFunc(parts, func(x string) bool { return x == "" }), " ")
}

func described(s sitting, r *web.Request, q *xlsform.Question) templ.Attributes {
	a := templ.Attributes{}
	by := ""
	if s.hint(r, q) != "" {
		by = "h-" + prefix + q.Name
	}
	if s.message(r, q) != "" {
		a["aria-invalid"] = "true"
		by += " e-" + prefix + q.Name
	}
	if by != "" {
		a["aria-describedby"] = strings.TrimSpace(by)
	}
	if q.Required {
		a["required"] = s.Way != Paper
	}
	switch q.Kind {
	case xlsform.Integer:
		a["inputmode"] = "numeric"
	case xlsform.Decimal:
		a["inputmode"] = "decimal"
	}
	return a
}

// heading is the name of the group that begins with the n-th question of the list.
func heading(r *web.Request, s sitting, list []int, n int) string {
	in := s.Asked.Questions[list[n]].In
	if in == 0 || n > 0 && s.Asked.Questions[list[n-1]].In == in || in > len(s.Asked.Groups) {
		return ""
	}
	return s.label(r, s.Asked.Groups[in-1].Label)
}

// summed is a fault in the summary: the question and what is wrong with its answer.
func (s sitting) summed(r *web.Request, field string) string {
	q := s.Asked.Question(strings.TrimPrefix(field, prefix))
	if q == nil {
		return ""
	}
	return s.numbered(r, q) + " " + s.message(r, q)
}

// readBack are the answers that somebody gave, as they read them.
func (s sitting) readBack(r *web.Request) [][2]string {
	var list [][2]string
	counts, _ := s.Asked.Take(s.Said, s.Today, nil)
	for i := range s.Asked.Questions {
		q := &s.Asked.Questions[i]
		said := strings.TrimSpace(s.Said[q.Name])
		if said == "" || s.ended() && counts[q.Name] == "" {
			continue
		}
		if _, err := time.Parse(time.DateOnly, said); q.Kind == xlsform.Date && err == nil {
			said = day(r, said)
		}
		if q.Chosen() {
			var names []string
			for _, c := range q.Choices {
				if slices.Contains(strings.Fields(said), c.Name) {
					names = append(names, s.label(r, c.Label))
				}
			}
			said = strings.Join(names, ", ")
		}
		list = append(list, [2]string{s.numbered(r, q), said})
	}
	return list
}

// bar is a line of totals.
type bar struct {
	Name    string
	Cell    disclosure.Cell
	Percent int
}

// bars are the lines of a question's totals, with whole per cents of all who answered the survey.
func bars(r *web.Request, v Version, t Total) []bar {
	q := v.Form.Question(t.Name)
	if q == nil {
		return nil
	}
	cells := t.Chosen
	if t.Row != nil {
		cells = t.Row.Cells
	}
	var list []bar
	for i, c := range cells {
		b := bar{Name: r.T("survey.results.blank"), Cell: c, Percent: disclosure.Percent(c.N, v.Totals.N.N)}
		if i < len(q.Choices) {
			b.Name = q.Choices[i].Label.In(string(r.Lang()), v.Form.Languages...)
		}
		list = append(list, b)
	}
	return list
}

// anyShown says whether a line is shown.
func anyShown(list []bar) bool {
	return slices.ContainsFunc(list, func(b bar) bool { return b.Cell.Shown })
}

// anyHidden says whether a line is kept back.
func anyHidden(list []bar) bool {
	return slices.ContainsFunc(list, func(b bar) bool { return !b.Cell.Shown })
}

// middle is the median as people write it.
func middle(r *web.Request, t Total) string {
	if r.Lang() == i18n.EN {
		return t.Median
	}
	return strings.Replace(t.Median, ".", ",", 1)
}

// earlier is where the questions of the version of the number are looked at.
func earlier(v Survey, n int) string { return surveyPath(v.ID) + "/preview?form=" + strconv.Itoa(n) }

// earlier says whether another version is asked now.
func (s sitting) earlier() bool { return s.Number != s.Current }

func labelOf(r *web.Request, v Version, name string) string {
	if q := v.Form.Question(name); q != nil {
		return q.Label.In(string(r.Lang()), v.Form.Languages...)
	}
	return name
}

func kindWord(r *web.Request, k xlsform.Kind) string { return r.T("survey.kind." + string(k)) }

func kindOptions(r *web.Request) []web.Option {
	var list []web.Option
	for _, k := range madeKinds {
		list = append(list, web.Option{Value: string(k), Label: kindWord(r, k)})
	}
	return list
}

// place is where a fault of a file is.
func place(r *web.Request, f xlsform.Fault) string {
	switch {
	case f.Sheet == "":
		return r.T("survey.form.file")
	case f.Row == 0:
		return f.Sheet
	}
	return f.Sheet + " " + f.Column + strconv.Itoa(f.Row)
}

func names(r *web.Request, f *xlsform.Form, list []xlsform.Question) string {
	var words []string
	for _, q := range list {
		words = append(words, r.T("survey.quoted", "text", q.Label.In(string(r.Lang()), f.Languages...)))
	}
	return strings.Join(words, ", ")
}

func crossOptions(r *web.Request, v Version) []web.Option {
	var list []web.Option
	for _, name := range Crossed(v) {
		list = append(list, web.Option{Value: name, Label: labelOf(r, v, name)})
	}
	return list
}

func editTitle(v Survey) string {
	if v.ID == "" {
		return "survey.new.title"
	}
	return "survey.edit.title"
}

func resultsSection(o outcome) string {
	if o.Desk {
		return deskPath
	}
	return "surveys"
}

// waysOf are how many answered how.
func waysOf(r *web.Request, v Version) []bar {
	var list []bar
	for i, c := range v.Totals.Ways.Cells {
		if i < len(Ways) {
			list = append(list, bar{Name: r.T("survey.way." + Ways[i]), Cell: c})
		}
	}
	return list
}

func cellWord(c disclosure.Cell) string {
	if !c.Shown {
		return "–"
	}
	return strconv.Itoa(c.N)
}
