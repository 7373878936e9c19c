package search

import (
	"strings"

	"kvart/internal/platform/db"
)

// expression is what the index is asked: entries joined by and, or and not. It is the only place that writes the
// engines' own languages. Entries are letters and digits, so that quoting them is all there is to do.
type expression struct {
	op   byte // 0 for an entry, '&', '|', or '-' for the first without the second
	word string
	of   []expression
}

func entry(prefix, word string) expression { return expression{word: prefix + word} }

func allOf(list ...expression) expression { return expression{op: '&', of: list} }

func anyOf(list ...expression) expression { return expression{op: '|', of: list} }

func without(e, not expression) expression { return expression{op: '-', of: []expression{e, not}} }

func (e expression) text(engine db.Engine) string {
	var b strings.Builder
	e.write(&b, engine == db.Postgres)
	return b.String()
}

func (e expression) write(b *strings.Builder, postgres bool) {
	if e.op == 0 {
		quote := byte('"')
		if postgres {
			quote = '\''
		}
		b.WriteByte(quote)
		b.WriteString(e.word)
		b.WriteByte(quote)
		return
	}
	if len(e.of) == 1 {
		e.of[0].write(b, postgres)
		return
	}
	b.WriteByte('(')
	for i, x := range e.of {
		if i > 0 {
			switch {
			case e.op == '&' && postgres:
				b.WriteString(" & ")
			case e.op == '&':
				b.WriteString(" AND ")
			case e.op == '|' && postgres:
				b.WriteString(" | ")
			case e.op == '|':
				b.WriteString(" OR ")
			case postgres:
				b.WriteString(" & !")
			default:
				b.WriteString(" NOT ")
			}
		}
		x.write(b, postgres)
	}
	b.WriteByte(')')
}

// matching is the condition that a row i of the index matches the parameter.
func (x Index) matching(engine db.Engine, parameter string) string {
	if engine == db.Postgres {
		return "i.words @@ CAST(:" + parameter + " AS tsquery)"
	}
	return "i." + x.Table + "_index MATCH :" + parameter
}
