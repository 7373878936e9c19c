package survey

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/disclosure"
	"kvart/internal/xlsform"
)

// star stands in a row for an answer that is kept back.
const star = "*"

// rowsOf are the answers as a table to be given away: a column a question whose answers stand in rows, of several choices a column
// each. Whoever counts a column learns no more than the totals tell: a star stands for every answer that they keep back, and numbers
// and dates are put together in spans until as many people stand in each. What was not asked is empty.
func rowsOf(v Version, rows []xlsform.Answers, threshold int) [][]string {
	var head []string
	var columns [][]string
	for i := range v.Form.Questions {
		q := &v.Form.Questions[i]
		at := slices.IndexFunc(v.Totals.Questions, func(t Total) bool { return t.Name == q.Name })
		if !q.Asks() || v.Alone(q) || q.Kind == xlsform.Text || at < 0 {
			continue
		}
		total, asked := v.Totals.Questions[at], make([]bool, len(rows))
		for n, row := range rows {
			asked[n] = v.Form.Relevant(q, row, time.Time{})
		}
		column := func(name string, say func(n int) string) {
			list := make([]string, len(rows))
			for n := range rows {
				switch {
				case !asked[n] && !total.Whole:
				case total.Whole:
					list[n] = star
				default:
					list[n] = say(n)
				}
			}
			head, columns = append(head, name), append(columns, list)
		}
		switch q.Kind {
		case xlsform.Several:
			for c, choice := range q.Choices {
				column(q.Name+"/"+choice.Name, func(n int) string {
					if c >= len(total.Chosen) || !total.Chosen[c].Shown {
						return star
					}
					if slices.Contains(strings.Fields(rows[n][q.Name]), choice.Name) {
						return "1"
					}
					return "0"
				})
			}
		case xlsform.One:
			column(q.Name, func(n int) string {
				c := len(q.Choices) // no answer
				if said := rows[n][q.Name]; said != "" {
					c = slices.IndexFunc(q.Choices, func(x xlsform.Choice) bool { return x.Name == said })
				}
				if total.Row == nil || c < 0 || c >= len(total.Row.Cells) || !total.Row.Cells[c].Shown {
					return star
				}
				return rows[n][q.Name]
			})
		default:
			var said []string
			for n, row := range rows {
				if asked[n] {
					said = append(said, row[q.Name])
				}
			}
			kept := spans(q.Kind, said, threshold)
			column(q.Name, func(n int) string { return kept[rows[n][q.Name]] })
		}
	}
	table := [][]string{head}
	for n := range rows {
		line := make([]string, len(columns))
		for c := range columns {
			line[c] = columns[c][n]
		}
		table = append(table, line)
	}
	return table
}

// spans are what stands in rows for each number or date that was said, no answer among them: itself, or the span that it lies in, or
// a star. Of the widths the one is taken with which the fewest are kept back, and of those the narrowest.
func spans(kind xlsform.Kind, said []string, threshold int) map[string]string {
	var best map[string]string
	least := len(said) + 1
	for _, width := range []int{1, 5, 10, 20, 50, 100, 1000} {
		names, counts := []string{}, map[string]int{}
		for _, s := range said {
			name := spanOf(kind, s, width)
			if counts[name]++; counts[name] == 1 {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		cells := make([]int, len(names))
		for i, name := range names {
			cells[i] = counts[name]
		}
		row, back := disclosure.OfRow(cells, threshold), len(said)
		shown := map[string]bool{}
		for i, c := range row.Cells {
			if shown[names[i]] = c.Shown; c.Shown {
				back -= c.N
			}
		}
		if back >= least {
			continue
		}
		least, best = back, map[string]string{}
		for _, s := range said {
			if best[s] = star; shown[spanOf(kind, s, width)] {
				best[s] = spanOf(kind, s, width)
			}
		}
	}
	return best
}

// spanOf is the span of the width in which what was said lies; of dates the day, then the month, then the year.
func spanOf(kind xlsform.Kind, said string, width int) string {
	if kind == xlsform.Date {
		switch {
		case width == 1 || len(said) != len(time.DateOnly):
			return said
		case width == 5:
			return said[:7]
		}
		return said[:4]
	}
	x, err := strconv.ParseFloat(said, 64)
	if err != nil || width == 1 {
		return said
	}
	low := int(math.Floor(x/float64(width))) * width
	high := low + width
	if kind == xlsform.Integer {
		high--
	}
	return strconv.Itoa(low) + "–" + strconv.Itoa(high)
}
