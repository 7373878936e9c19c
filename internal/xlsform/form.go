// Package xlsform reads survey forms written as XLSForm (https://xlsform.org, the sheets survey, choices and settings), in a
// declared subset (docs/surveys.md), and says what of answers to them is right. Whatever is not in the subset is refused
// with its sheet, row and column; all faults of a file are told at once.
//
// It knows nothing of where a form or its answers are kept, or of what is published of them. It does no input or output:
// bytes in, form or faults out. Texts of faults are codes with arguments, to be said in the reader's language.
package xlsform

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Kind is what a question asks for.
type Kind string

// The kinds of the subset.
const (
	Text    Kind = "text"
	Integer Kind = "integer"
	Decimal Kind = "decimal"
	Date    Kind = "date"
	One     Kind = "select_one"
	Several Kind = "select_multiple"
	Note    Kind = "note" // asks for nothing
)

// Kinds are all of them.
var Kinds = []Kind{Text, Integer, Decimal, Date, One, Several, Note}

// Bounds of a form.
const (
	MaxQuestions  = 300
	MaxChoices    = 200 // of a question
	MaxDepth      = 5   // of groups in groups
	MaxLabel      = 3000
	MaxTexts      = 500_000 // characters of all texts; a list of choices counts once for every question that has it
	maxName       = 60
	maxExpression = 1000
)

// Label is a text by language code; "" is the one that names no language.
type Label map[string]string

// In is the text in the language, in none, or else in the first of the languages that has it.
func (l Label) In(lang string, others ...string) string {
	for _, x := range append([]string{lang, ""}, others...) {
		if s := l[x]; s != "" {
			return s
		}
	}
	return ""
}

// Empty says whether there is no text in any language.
func (l Label) Empty() bool {
	for _, s := range l {
		if s != "" {
			return false
		}
	}
	return true
}

// Form is a form. One that is asked is for one goroutine at a time: it keeps what it parsed.
type Form struct {
	Title     string     `json:"title,omitempty"`
	Languages []string   `json:"languages"` // codes in which it has texts, the default first; none: one that is not named
	Groups    []Group    `json:"groups,omitempty"`
	Questions []Question `json:"questions"`

	parsed map[string]Expression // conditions that were asked for
}

// Group holds the questions that belong together.
type Group struct {
	Name     string `json:"name"`
	Label    Label  `json:"label,omitempty"`
	Relevant string `json:"relevant,omitempty"`
	In       int    `json:"in,omitempty"`  // the group that it is in, counted from 1
	Row      int    `json:"row,omitempty"` // of the sheet survey
}

// Question is a question, or a note between questions.
type Question struct {
	Name       string   `json:"name"`
	Kind       Kind     `json:"kind"`
	Label      Label    `json:"label"`
	Hint       Label    `json:"hint,omitempty"`
	Choices    []Choice `json:"choices,omitempty"`
	Required   bool     `json:"required,omitempty"`
	Sensitive  bool     `json:"sensitive,omitempty"` // on orientation, gender, health or origin: its author marked it
	Relevant   string   `json:"relevant,omitempty"`
	Constraint string   `json:"constraint,omitempty"`
	Message    Label    `json:"message,omitempty"` // what is said where the constraint does not hold
	In         int      `json:"in,omitempty"`      // the group that it is in, counted from 1
	Row        int      `json:"row,omitempty"`
}

// Choice is one of the answers to choose from.
type Choice struct {
	Name  string `json:"name"`
	Label Label  `json:"label"`
}

// Asks says whether the question has an answer.
func (q Question) Asks() bool { return q.Kind != Note }

// Chosen says whether the answer is chosen from a list.
func (q Question) Chosen() bool { return q.Kind == One || q.Kind == Several }

// Question is the one of the name, or nil.
func (f *Form) Question(name string) *Question {
	for i := range f.Questions {
		if f.Questions[i].Name == name {
			return &f.Questions[i]
		}
	}
	return nil
}

// around are the groups that what is in the group lies in, by their places, from inside out. A form that somebody put together
// wrongly may have a group in itself: it is left out.
func (f *Form) around(in int) []int {
	var list []int
	for in > 0 && in <= len(f.Groups) && !slices.Contains(list, in-1) {
		list = append(list, in-1)
		in = f.Groups[in-1].In
	}
	return list
}

// Fault is what is wrong, and where.
type Fault struct {
	Sheet  string `json:"sheet,omitempty"` // as the file names it
	Row    int    `json:"row,omitempty"`   // from 1; 0: the whole sheet or file
	Column string `json:"column,omitempty"`
	Code   string `json:"code"`
	Args   []any  `json:"args,omitempty"` // pairs "name", value

	field string // what Check found fault with; Read names its column
}

var (
	nameForm   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)
	choiceForm = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
)

// Check returns what is wrong with the form, in the order of its rows: names that are none or used twice, texts that are missing
// or too long, marked questions that are required or cannot be counted, and expressions that are none, that name what is not
// there or comes later, or that go round in a circle.
func (f *Form) Check() []Fault {
	var faults []Fault
	add := func(row int, field, code string, args ...any) {
		faults = append(faults, Fault{Sheet: sheetSurvey, Row: row, Code: code, Args: args, field: field})
	}
	asked, texts := 0, 0
	count := func(labels ...Label) {
		for _, l := range labels {
			for _, s := range l {
				texts += utf8.RuneCountInString(s)
			}
		}
	}
	names := map[string]int{}
	name := func(name string, row int) {
		switch {
		case name == "":
			add(row, "name", "no_name")
		case !nameForm.MatchString(name) || len(name) > maxName:
			add(row, "name", "name", "name", cut(name), "max", maxName)
		case names[strings.ToLower(name)] != 0:
			add(row, "name", "name_twice", "name", name, "row", names[strings.ToLower(name)])
		default:
			names[strings.ToLower(name)] = row
			if row == 0 {
				names[strings.ToLower(name)] = -1
			}
		}
	}
	long := func(row int, field string, l Label) {
		for _, s := range l {
			if utf8.RuneCountInString(s) > MaxLabel {
				add(row, field, "long", "max", MaxLabel)
				return
			}
		}
	}
	for _, g := range f.Groups {
		name(g.Name, g.Row)
		long(g.Row, "label", g.Label)
		count(g.Label)
	}
	if len(f.Questions) > MaxQuestions {
		add(0, "", "questions", "max", MaxQuestions)
	}
	for _, q := range f.Questions {
		name(q.Name, q.Row)
		count(q.Label, q.Hint, q.Message)
		for _, c := range q.Choices {
			count(c.Label)
		}
		if q.Label.Empty() {
			add(q.Row, "label", "no_label")
		}
		long(q.Row, "label", q.Label)
		long(q.Row, "hint", q.Hint)
		if !slices.Contains(Kinds, q.Kind) {
			add(q.Row, "type", "type", "type", cut(string(q.Kind)))
		}
		if q.Asks() {
			asked++
		} else {
			for field, on := range map[string]bool{"required": q.Required, "constraint": q.Constraint != "", "sensitive": q.Sensitive} {
				if on {
					add(q.Row, field, "note_field", "column", field)
				}
			}
		}
		if q.Sensitive && q.Asks() {
			if q.Required {
				add(q.Row, "required", "marked_required")
			}
			if !q.Chosen() {
				add(q.Row, "type", "marked_kind")
			}
		}
		if q.Chosen() && len(q.Choices) == 0 {
			add(q.Row, "type", "no_choices")
		}
		if len(q.Choices) > MaxChoices {
			add(q.Row, "type", "choices", "max", MaxChoices)
		}
	}
	if asked == 0 {
		add(0, "", "empty")
	}
	if texts > MaxTexts {
		add(0, "", "texts", "max", MaxTexts)
	}
	faults = append(faults, f.checkExpressions()...)
	slices.SortStableFunc(faults, func(a, b Fault) int { return a.Row - b.Row })
	return faults
}

// cut is a text of the file as a message repeats it.
func cut(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

// checkExpressions looks at all relevants and constraints.
func (f *Form) checkExpressions() []Fault {
	var faults []Fault
	first := make([]int, len(f.Groups)) // of each group its first question
	for i := range first {
		first[i] = len(f.Questions)
	}
	for i := len(f.Questions) - 1; i >= 0; i-- {
		for _, g := range f.around(f.Questions[i].In) {
			first[g] = i
		}
	}
	at := map[string]int{}
	for i, q := range f.Questions {
		at[q.Name] = i
	}
	loops, around := f.loops()
	faults = append(faults, loops...)
	look := func(row, index int, owner, field, text string) {
		if text == "" {
			return
		}
		add := func(code string, args ...any) {
			faults = append(faults, Fault{Sheet: sheetSurvey, Row: row, Code: code, Args: args, field: field})
		}
		e, err := Parse(text)
		if err != nil {
			add(err.Code, err.Args...)
			return
		}
		if field == "relevant" && e.usesDot() && !around[owner] {
			add("loop", "path", owner+" → "+owner)
		}
		for _, name := range e.references() {
			j, known := at[name]
			switch {
			case !known:
				add("no_question", "name", cut(name))
			case !f.Questions[j].Asks():
				add("no_answer", "name", name)
			case field == "relevant" && around[owner] && around[name]: // said already
			case field == "relevant" && j >= index || j > index:
				add("later", "name", name)
			case f.Questions[j].Sensitive && j != index:
				add("marked", "name", name)
			}
		}
		for _, c := range e.compared() {
			q := f.Question(c.name)
			if c.name == "." {
				q = f.Question(owner)
			}
			if q != nil && q.Chosen() && c.value != "" && !slices.ContainsFunc(q.Choices, func(x Choice) bool { return x.Name == c.value }) {
				add("no_choice", "value", cut(c.value), "name", q.Name)
			}
		}
	}
	for i, g := range f.Groups {
		look(g.Row, first[i], g.Name, "relevant", g.Relevant)
	}
	for i, q := range f.Questions {
		look(q.Row, i, q.Name, "relevant", q.Relevant)
		look(q.Row, i, q.Name, "constraint", q.Constraint)
	}
	return faults
}

// loops are the circles in which questions and groups are relevant to each other, each told once at its first row, and the names
// that lie on one. A question hangs on the groups that it is in.
func (f *Form) loops() (faults []Fault, around map[string]bool) {
	type node struct {
		name, relevant string
		row            int
		needs          []int
	}
	var nodes []node
	index := map[string]int{}
	for _, g := range f.Groups {
		index[g.Name] = len(nodes)
		nodes = append(nodes, node{name: g.Name, relevant: g.Relevant, row: g.Row})
	}
	for _, q := range f.Questions {
		index[q.Name] = len(nodes)
		nodes = append(nodes, node{name: q.Name, relevant: q.Relevant, row: q.Row})
	}
	for i := range nodes {
		in := 0
		if i < len(f.Groups) {
			in = f.Groups[i].In
		} else {
			in = f.Questions[i-len(f.Groups)].In
		}
		if in > 0 && in <= len(f.Groups) {
			nodes[i].needs = append(nodes[i].needs, in-1)
		}
		if e, err := Parse(nodes[i].relevant); err == nil && nodes[i].relevant != "" {
			for _, name := range e.references() {
				if j, ok := index[name]; ok {
					nodes[i].needs = append(nodes[i].needs, j)
				}
			}
		}
	}
	around = map[string]bool{}
	const (
		fresh = iota
		open
		done
	)
	state := make([]int, len(nodes))
	var path []int
	var visit func(i int)
	visit = func(i int) {
		state[i] = open
		path = append(path, i)
		for _, j := range nodes[i].needs {
			switch state[j] {
			case fresh:
				visit(j)
			case open:
				circle := path[slices.Index(path, j):]
				told := circle[0] // the first row of those that name another
				for _, k := range circle {
					if nodes[k].relevant != "" && (nodes[told].relevant == "" || nodes[k].row < nodes[told].row) {
						told = k
					}
				}
				begin := slices.Index(circle, told)
				var words []string
				for k := range circle {
					n := nodes[circle[(begin+k)%len(circle)]]
					words = append(words, n.name)
					around[n.name] = true
				}
				words = append(words, nodes[told].name)
				faults = append(faults, Fault{Sheet: sheetSurvey, Row: nodes[told].row, Code: "loop", Args: []any{"path", strings.Join(words, " → ")}, field: "relevant"})
			}
		}
		path = path[:len(path)-1]
		state[i] = done
	}
	for i := range nodes {
		if state[i] == fresh {
			visit(i)
		}
	}
	return faults, around
}
