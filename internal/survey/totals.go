package survey

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/disclosure"
	"kvart/internal/xlsform"
)

// Raw are the counts of one version of a form, before anything is kept back. It never leaves this package's store but as Totals.
type Raw struct {
	Form   *xlsform.Form
	Rows   []xlsform.Answers
	Ways   map[string]int
	Marked map[string]map[string]int // by question and choice; the empty choice is no answer
	Wrote  map[string]int
}

// Totals are what may be published of a version.
type Totals struct {
	N         disclosure.Cell `json:"n"`
	Ways      disclosure.Row  `json:"ways"` // in the order of Ways
	Questions []Total         `json:"questions,omitempty"`
}

// Total is what may be published of one question. Of what is kept back nothing is there.
type Total struct {
	Name     string            `json:"name"`
	Row      *disclosure.Row   `json:"row,omitempty"`    // of one answer each: by choice, and last those who were asked and gave none, where there can be any
	Blank    bool              `json:"blank,omitempty"`  // the last cell of Row is those without an answer
	Chosen   []disclosure.Cell `json:"chosen,omitempty"` // of several answers: by choice
	Answered disclosure.Cell   `json:"answered"`         // of words, numbers and dates
	Median   string            `json:"median,omitempty"` // of numbers, with a point
	Whole    bool              `json:"whole,omitempty"`  // nothing is shown, because of a question that decides whether it is asked
}

// Totals applies the threshold. A question that is asked only of some shows its counts where those who were asked differ from
// every other such set, and from all, by nobody or by as many as the threshold, and where nothing is kept back of the questions
// that decide: otherwise its sums would tell those. It is counted among those who were asked, as the question that decides tells
// how many they are. Where words decide, nothing is shown: no row holds them.
func (r Raw) Totals(threshold int) Totals {
	n := len(r.Rows)
	t := Totals{N: disclosure.Count(n, threshold)}
	if !t.N.Shown {
		return t
	}
	ways := make([]int, len(Ways))
	for i, w := range Ways {
		ways[i] = r.Ways[w]
	}
	t.Ways = disclosure.OfRow(ways, threshold)
	kept := map[string]bool{} // questions of which something is kept back
	sets := []int{n}
	for i := range r.Form.Questions {
		q := &r.Form.Questions[i]
		if !q.Asks() {
			continue
		}
		rows := r.Rows
		decides := r.Form.Decides(q)
		if len(decides) > 0 {
			rows = nil
			for _, row := range r.Rows {
				if r.Form.Relevant(q, row, time.Time{}) {
					rows = append(rows, row)
				}
			}
		}
		total := r.total(q, rows, threshold)
		if len(decides) > 0 {
			asked := len(rows)
			apart := !slices.ContainsFunc(sets, func(m int) bool {
				d := max(m, asked) - min(m, asked)
				return d > 0 && d < max(threshold, disclosure.Least)
			})
			if !apart || asked < threshold || slices.ContainsFunc(decides, func(name string) bool {
				return kept[name] || r.Form.Question(name) == nil || r.Form.Question(name).Kind == xlsform.Text
			}) {
				total = Total{Name: q.Name, Whole: true}
			} else {
				sets = append(sets, asked)
			}
		}
		kept[q.Name] = total.keepsBack()
		t.Questions = append(t.Questions, total)
	}
	return t
}

func (t Total) keepsBack() bool {
	hidden := func(c disclosure.Cell) bool { return !c.Shown }
	return t.Whole || t.Row != nil && slices.ContainsFunc(t.Row.Cells, hidden) || slices.ContainsFunc(t.Chosen, hidden)
}

// total is what may be published of the question among the rows of those who were asked.
func (r Raw) total(q *xlsform.Question, rows []xlsform.Answers, threshold int) Total {
	n, t := len(rows), Total{Name: q.Name}
	count := func(choice string) int {
		if sum := r.Marked[q.Name][choice]; q.Sensitive && choice == "" {
			return max(0, sum-(len(r.Rows)-n)) // those who were not asked gave no answer either
		} else if q.Sensitive {
			return sum
		}
		sum := 0
		for _, row := range rows {
			said := strings.Fields(row[q.Name])
			if choice == "" && len(said) == 0 || slices.Contains(said, choice) {
				sum++
			}
		}
		return sum
	}
	switch q.Kind {
	case xlsform.One:
		var cells []int
		for _, c := range q.Choices {
			cells = append(cells, count(c.Name))
		}
		if none := count(""); !q.Required || none > 0 {
			t.Blank = true
			cells = append(cells, none)
		}
		row := disclosure.OfRow(cells, threshold)
		t.Row = &row
	case xlsform.Several:
		for _, c := range q.Choices {
			t.Chosen = append(t.Chosen, disclosure.Chosen(count(c.Name), n, threshold))
		}
	case xlsform.Text:
		t.Answered = disclosure.Chosen(r.Wrote[q.Name], n, threshold)
	default:
		var values []float64
		answered := 0
		for _, row := range rows {
			if row[q.Name] != "" {
				answered++
				if x, err := strconv.ParseFloat(row[q.Name], 64); err == nil {
					values = append(values, x)
				}
			}
		}
		t.Answered = disclosure.Chosen(answered, n, threshold)
		if q.Kind != xlsform.Date && disclosure.Count(len(values), threshold).Shown {
			t.Median = median(values)
		}
	}
	return t
}

// median is the middle value, of an even number the middle between two, to one place.
func median(values []float64) string {
	slices.Sort(values)
	m := values[len(values)/2]
	if len(values)%2 == 0 {
		m = (m + values[len(values)/2-1]) / 2
	}
	return strings.TrimSuffix(strconv.FormatFloat(m, 'f', 1, 64), ".0")
}

// Crossed are the questions that may be counted two at once: asked of everybody, of one answer, not marked.
func Crossed(v Version) []string {
	var list []string
	for i := range v.Form.Questions {
		if q := &v.Form.Questions[i]; q.Kind == xlsform.One && !v.Alone(q) && len(v.Form.Decides(q)) == 0 {
			list = append(list, q.Name)
		}
	}
	return list
}

// crossed counts rows by the choices of two questions. A last line holds those without an answer, where there can be any, as in
// Total.
func crossed(rows []xlsform.Answers, x, y *xlsform.Question) [][]int {
	at := func(q *xlsform.Question, said string) int {
		for i, c := range q.Choices {
			if c.Name == said {
				return i
			}
		}
		return len(q.Choices)
	}
	lines := func(q *xlsform.Question) int {
		if q.Required && !slices.ContainsFunc(rows, func(row xlsform.Answers) bool { return at(q, row[q.Name]) == len(q.Choices) }) {
			return len(q.Choices)
		}
		return len(q.Choices) + 1
	}
	counts := make([][]int, lines(x))
	for i := range counts {
		counts[i] = make([]int, lines(y))
	}
	for _, row := range rows {
		counts[at(x, row[x.Name])][at(y, row[y.Name])]++
	}
	return counts
}
