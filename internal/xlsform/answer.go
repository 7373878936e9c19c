package xlsform

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxText is the most characters of an answer in words.
const MaxText = 2000

// Answers are what somebody said, by the names of questions, as text: numbers with a point, dates as 2026-11-26, of several
// choices their names with a space between, in the order of the list. What was not answered is not there.
type Answers map[string]string

// AnswerFault is what is wrong with one answer.
type AnswerFault struct {
	Name string
	Code string // required, integer, decimal, date, choice, long, constraint
	Args []any
}

// Relevant says whether the question is asked of whoever gave the answers so far: its own condition holds and that of every
// group it is in. An expression that is none never holds; Check refuses it.
func (f *Form) Relevant(q *Question, a Answers, today time.Time) bool {
	if !f.holds(q.Relevant, a, today) {
		return false
	}
	for _, g := range f.around(q.In) {
		if !f.holds(f.Groups[g].Relevant, a, today) {
			return false
		}
	}
	return true
}

func (f *Form) holds(condition string, a Answers, today time.Time) bool {
	if condition == "" {
		return true
	}
	e, err := f.parse(condition)
	return err == nil && e.Holds(a, "", today)
}

// parse is Parse, once for each text: a long form asks for every condition at every page.
func (f *Form) parse(text string) (Expression, *SyntaxError) {
	if e, ok := f.parsed[text]; ok {
		return e, nil
	}
	e, err := Parse(text)
	if err == nil {
		if f.parsed == nil {
			f.parsed = map[string]Expression{}
		}
		f.parsed[text] = e
	}
	return e, err
}

// Take reads answers question by question: those to questions that are not asked are left out, and the others are as Answers
// has them. Of the faults, none is about a question that is not asked. Only the questions of which asked is true are required
// to be there; nil: all.
func (f *Form) Take(said Answers, today time.Time, asked func(index int) bool) (Answers, []AnswerFault) {
	taken := Answers{}
	var faults []AnswerFault
	for i := range f.Questions {
		q := &f.Questions[i]
		if !q.Asks() || asked != nil && !asked(i) || !f.Relevant(q, taken, today) {
			continue
		}
		v, fault := q.take(said[q.Name])
		if fault == nil && v == "" && q.Required {
			fault = &AnswerFault{Code: "required"}
		}
		if fault == nil && v != "" && q.Constraint != "" {
			if e, err := f.parse(q.Constraint); err != nil || !e.Holds(with(taken, q.Name, v), v, today) {
				fault = &AnswerFault{Code: "constraint"}
			}
		}
		if fault != nil {
			fault.Name = q.Name
			faults = append(faults, *fault)
			continue
		}
		if v != "" {
			taken[q.Name] = v
		}
	}
	return taken, faults
}

func with(a Answers, name, v string) Answers {
	b := Answers{name: v}
	for k, x := range a {
		if k != name {
			b[k] = x
		}
	}
	return b
}

var wholeNumber = regexp.MustCompile(`^-?[0-9]{1,9}$`)
var decimalNumber = regexp.MustCompile(`^-?[0-9]{1,12}([.,][0-9]{1,6})?$`)

// take reads one answer.
func (q *Question) take(s string) (string, *AnswerFault) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	switch q.Kind {
	case Text:
		if utf8.RuneCountInString(s) > MaxText {
			return "", &AnswerFault{Code: "long", Args: []any{"max", MaxText}}
		}
		return s, nil
	case Integer:
		if !wholeNumber.MatchString(s) {
			return "", &AnswerFault{Code: "integer"}
		}
		n, _ := strconv.Atoi(s)
		return strconv.Itoa(n), nil
	case Decimal:
		x, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
		if !decimalNumber.MatchString(s) || err != nil || math.IsInf(x, 0) {
			return "", &AnswerFault{Code: "decimal"}
		}
		return strconv.FormatFloat(x, 'f', -1, 64), nil
	case Date:
		t, err := time.Parse(time.DateOnly, s)
		if err != nil || t.Year() < 1900 || t.Year() > 2200 {
			return "", &AnswerFault{Code: "date"}
		}
		return s, nil
	case One, Several:
		said := strings.Fields(s)
		if q.Kind == One && len(said) != 1 {
			return "", &AnswerFault{Code: "choice"}
		}
		var list []string
		for _, c := range q.Choices {
			if slices.Contains(said, c.Name) {
				list = append(list, c.Name)
			}
		}
		for _, x := range said {
			if !slices.Contains(list, x) {
				return "", &AnswerFault{Code: "choice"}
			}
		}
		return strings.Join(list, " "), nil
	}
	return "", nil
}

// Pages are the questions as they are asked one page after the other, by their places in the form: a group by itself, questions
// outside of groups together, and never a question on a page with one that decides whether it is asked.
func (f *Form) Pages() [][]int {
	var pages [][]int
	last := 0 // the outermost group of the page so far
	for i := range f.Questions {
		group, needs := 0, f.Decides(&f.Questions[i])
		if groups := f.around(f.Questions[i].In); len(groups) > 0 {
			group = groups[len(groups)-1] + 1
		}
		fresh := len(pages) == 0 || group != last
		if !fresh {
			for _, j := range pages[len(pages)-1] {
				fresh = fresh || slices.Contains(needs, f.Questions[j].Name)
			}
		}
		if fresh {
			pages = append(pages, nil)
		}
		pages[len(pages)-1] = append(pages[len(pages)-1], i)
		last = group
	}
	return pages
}

// Decides are the names of the questions that decide whether it is asked; none: everybody is.
func (f *Form) Decides(q *Question) []string {
	var list []string
	add := func(condition string) {
		if e, err := f.parse(condition); condition != "" && err == nil {
			list = append(list, e.references()...)
		}
	}
	add(q.Relevant)
	for _, g := range f.around(q.In) {
		add(f.Groups[g].Relevant)
	}
	return list
}

// Guide explains the columns of answers that are given away: a line a question with its name, kind, text and choices.
func (f *Form) Guide(lang string) [][]string {
	list := [][]string{{"column", "kind", "question", "answers"}}
	for _, q := range f.Questions {
		if !q.Asks() {
			continue
		}
		var choices []string
		for _, c := range q.Choices {
			choices = append(choices, c.Name+" = "+c.Label.In(lang, f.Languages...))
		}
		list = append(list, []string{q.Name, string(q.Kind), q.Label.In(lang, f.Languages...), strings.Join(choices, "; ")})
	}
	return list
}

// When is the one answer to an earlier question on which it hangs whether the question is asked, where its condition says no more
// than that: for paper, on which nothing can be left out.
func (f *Form) When(q *Question) (decides *Question, choice Choice, ok bool) {
	if len(f.around(q.In)) > 0 && f.Groups[q.In-1].Relevant != "" || q.Relevant == "" {
		return nil, choice, false
	}
	e, err := Parse(q.Relevant)
	if err != nil || e.root.op != "=" && !(e.root.op == "call" && e.root.text == "selected") {
		return nil, choice, false
	}
	for _, c := range e.compared() {
		if decides = f.Question(c.name); decides != nil {
			for _, x := range decides.Choices {
				if x.Name == c.value {
					return decides, x, true
				}
			}
		}
	}
	return nil, choice, false
}
