package xlsform

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Expression is a condition of the subset of XPath 1.0 that a form may use: ${name}, the dot, numbers, strings, comparison,
// and, or, + - * div mod, brackets, and the functions of functions.
type Expression struct{ root node }

// functions are those of the subset, with how many arguments each takes.
var functions = map[string]int{"not": 1, "selected": 2, "count-selected": 1, "string-length": 1, "today": 0, "true": 0, "false": 0}

// maxNested bounds brackets and signs in each other.
const maxNested = 40

type node struct {
	op   string // "number", "string", "ref", "dot", "call", "neg", or an operator
	text string // of a string, a reference, a function
	num  float64
	of   []node
}

// SyntaxError is why a text is no expression.
type SyntaxError struct {
	Code string
	Args []any
}

func (e *SyntaxError) Error() string { return "xlsform: " + e.Code }

type token struct {
	kind string // "number", "string", "ref", "word", "sign", "end"
	text string
	at   int // in characters, from 1
}

// Parse reads an expression. Its error says at which character it does not go on.
func Parse(text string) (Expression, *SyntaxError) {
	if len([]rune(text)) > maxExpression {
		return Expression{}, &SyntaxError{"long", []any{"max", maxExpression}}
	}
	tokens, err := scan(text)
	if err != nil {
		return Expression{}, err
	}
	p := &parser{tokens: tokens}
	root, err := p.binary(0, 0)
	if err != nil {
		return Expression{}, err
	}
	if t := p.next(); t.kind != "end" {
		return Expression{}, unexpected(t)
	}
	return Expression{root}, nil
}

func unexpected(t token) *SyntaxError {
	if t.kind == "end" {
		return &SyntaxError{"unfinished", nil}
	}
	return &SyntaxError{"expression", []any{"text", cut(t.text), "at", t.at}}
}

func scan(text string) ([]token, *SyntaxError) {
	var list []token
	r := []rune(text)
	letter := func(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }
	digit := func(c rune) bool { return c >= '0' && c <= '9' }
	for i := 0; i < len(r); {
		start := i
		switch c := r[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\u00a0':
			i++
			continue
		case digit(c) || c == '.' && i+1 < len(r) && digit(r[i+1]):
			for i < len(r) && (digit(r[i]) || r[i] == '.') {
				i++
			}
			list = append(list, token{"number", string(r[start:i]), start + 1})
			continue
		case c == '\'' || c == '"' || c == '‘' || c == '’' || c == '“' || c == '”':
			ends := string(c)
			if c == '‘' || c == '’' { // as writing programs make them of the plain ones
				ends = "’‘"
			} else if c == '“' || c == '”' {
				ends = "”“"
			}
			for i++; i < len(r) && !strings.ContainsRune(ends, r[i]); i++ {
			}
			if i == len(r) {
				return nil, &SyntaxError{"unfinished", nil}
			}
			list = append(list, token{"string", string(r[start+1 : i]), start + 1})
			i++
			continue
		case c == '$' && i+1 < len(r) && r[i+1] == '{':
			for i < len(r) && r[i] != '}' {
				i++
			}
			if i == len(r) {
				return nil, &SyntaxError{"unfinished", nil}
			}
			i++
			list = append(list, token{"ref", strings.TrimSpace(string(r[start+2 : i-1])), start + 1})
			continue
		case letter(c):
			for i < len(r) && (letter(r[i]) || digit(r[i]) || r[i] == '-' && i+1 < len(r) && letter(r[i+1])) {
				i++
			}
			list = append(list, token{"word", string(r[start:i]), start + 1})
			continue
		}
		two := ""
		if i+1 < len(r) {
			two = string(r[i : i+2])
		}
		switch {
		case two == "!=" || two == "<=" || two == ">=":
			list = append(list, token{"sign", two, start + 1})
			i += 2
		case strings.ContainsRune("=<>+-*().,", r[i]):
			list = append(list, token{"sign", string(r[i]), start + 1})
			i++
		default:
			return nil, &SyntaxError{"expression", []any{"text", string(r[i]), "at", start + 1}}
		}
	}
	return append(list, token{kind: "end", at: len(r) + 1}), nil
}

// levels are the operators from those that bind least to those that bind most (XPath 1.0, section 3).
var levels = [][]string{{"or"}, {"and"}, {"=", "!="}, {"<", "<=", ">", ">="}, {"+", "-"}, {"*", "div", "mod"}}

type parser struct {
	tokens []token
	at     int
}

func (p *parser) peek() token { return p.tokens[p.at] }
func (p *parser) next() token {
	t := p.tokens[p.at]
	if p.at < len(p.tokens)-1 {
		p.at++
	}
	return t
}

func (p *parser) binary(level, depth int) (node, *SyntaxError) {
	if level == len(levels) {
		return p.unary(depth)
	}
	left, err := p.binary(level+1, depth)
	for err == nil {
		t := p.peek()
		if t.kind != "sign" && t.kind != "word" || !slices.Contains(levels[level], t.text) {
			return left, nil
		}
		p.next()
		var right node
		if right, err = p.binary(level+1, depth); err == nil {
			left = node{op: t.text, of: []node{left, right}}
		}
	}
	return left, err
}

func (p *parser) unary(depth int) (node, *SyntaxError) {
	if depth > maxNested {
		return node{}, &SyntaxError{"nested", []any{"max", maxNested}}
	}
	t := p.next()
	switch {
	case t.kind == "sign" && t.text == "-":
		of, err := p.unary(depth + 1)
		return node{op: "neg", of: []node{of}}, err
	case t.kind == "number":
		x, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return node{}, unexpected(t)
		}
		return node{op: "number", num: x}, nil
	case t.kind == "string":
		return node{op: "string", text: t.text}, nil
	case t.kind == "ref":
		if !nameForm.MatchString(t.text) {
			return node{}, unexpected(t)
		}
		return node{op: "ref", text: t.text}, nil
	case t.kind == "sign" && t.text == ".":
		return node{op: "dot"}, nil
	case t.kind == "sign" && t.text == "(":
		in, err := p.binary(0, depth+1)
		if err != nil {
			return in, err
		}
		return in, p.sign(")")
	case t.kind == "word":
		return p.call(t, depth)
	}
	return node{}, unexpected(t)
}

func (p *parser) sign(s string) *SyntaxError {
	if t := p.next(); t.kind != "sign" || t.text != s {
		return unexpected(t)
	}
	return nil
}

func (p *parser) call(t token, depth int) (node, *SyntaxError) {
	wants, known := functions[t.text]
	if !known {
		if open := p.peek(); open.kind == "sign" && open.text == "(" {
			return node{}, &SyntaxError{"function", []any{"name", cut(t.text)}}
		}
		return node{}, unexpected(t)
	}
	if err := p.sign("("); err != nil {
		return node{}, err
	}
	n := node{op: "call", text: t.text}
	for i := range wants {
		if i > 0 {
			if err := p.sign(","); err != nil {
				return n, err
			}
		}
		arg, err := p.binary(0, depth+1)
		if err != nil {
			return n, err
		}
		n.of = append(n.of, arg)
	}
	if (n.text == "selected" || n.text == "count-selected") && n.of[0].op != "ref" && n.of[0].op != "dot" {
		return n, &SyntaxError{"selected", []any{"name", n.text}}
	}
	return n, p.sign(")")
}

func (n node) walk(f func(node)) {
	f(n)
	for _, x := range n.of {
		x.walk(f)
	}
}

// references are the questions that it names, each once.
func (e Expression) references() []string {
	var list []string
	e.root.walk(func(n node) {
		if n.op == "ref" && !slices.Contains(list, n.text) {
			list = append(list, n.text)
		}
	})
	return list
}

func (e Expression) usesDot() (uses bool) {
	e.root.walk(func(n node) { uses = uses || n.op == "dot" })
	return uses
}

// comparison is a question beside the text that it is compared with; the name is "." of the question itself.
type comparison struct{ name, value string }

// compared are the questions that are compared with a text.
func (e Expression) compared() []comparison {
	var list []comparison
	e.root.walk(func(n node) {
		if n.op != "=" && n.op != "!=" && !(n.op == "call" && n.text == "selected") {
			return
		}
		a, b := n.of[0], n.of[1]
		if a.op == "string" {
			a, b = b, a
		}
		if b.op != "string" {
			return
		}
		switch a.op {
		case "ref":
			list = append(list, comparison{a.text, b.text})
		case "dot":
			list = append(list, comparison{".", b.text})
		}
	})
	return list
}

// value is what a part of an expression comes to. An answer is text that is a number where one is needed, as a node is in
// XPath 1.0.
type value struct {
	kind byte // 'a' answer, 's' string, 'n' number, 'b' boolean
	text string
	num  float64
	on   bool
}

// number is the value as a number; a date is the days since 1970. What is none is not a number (NaN).
func (v value) number() float64 {
	switch v.kind {
	case 'n':
		return v.num
	case 'b':
		if v.on {
			return 1
		}
		return 0
	}
	s := strings.TrimSpace(v.text)
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return days(t)
	}
	if strings.Trim(s, "0123456789.-") != "" {
		return math.NaN()
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return x
}

func (v value) holds() bool {
	switch v.kind {
	case 'n':
		return v.num != 0 && !math.IsNaN(v.num)
	case 'b':
		return v.on
	}
	return v.text != ""
}

func days(t time.Time) float64 {
	return float64(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Holds evaluates the expression: answers by name, dot is the answer to the question itself, today a local date.
func (e Expression) Holds(answers Answers, dot string, today time.Time) bool {
	return e.root.eval(answers, dot, today).holds()
}

func (n node) eval(a Answers, dot string, today time.Time) value {
	yes := func(on bool) value { return value{kind: 'b', on: on} }
	number := func(x float64) value { return value{kind: 'n', num: x} }
	switch n.op {
	case "number":
		return number(n.num)
	case "string":
		return value{kind: 's', text: n.text}
	case "ref":
		return value{kind: 'a', text: a[n.text]}
	case "dot":
		return value{kind: 'a', text: dot}
	case "and":
		return yes(n.of[0].eval(a, dot, today).holds() && n.of[1].eval(a, dot, today).holds())
	case "or":
		return yes(n.of[0].eval(a, dot, today).holds() || n.of[1].eval(a, dot, today).holds())
	case "call":
		switch n.text {
		case "true", "false":
			return yes(n.text == "true")
		case "today":
			return number(days(today))
		}
		x := n.of[0].eval(a, dot, today)
		switch n.text {
		case "not":
			return yes(!x.holds())
		case "string-length":
			return number(float64(len([]rune(x.text))))
		case "count-selected":
			return number(float64(len(strings.Fields(x.text))))
		}
		return yes(slices.Contains(strings.Fields(x.text), n.of[1].eval(a, dot, today).text))
	}
	l := n.of[0].eval(a, dot, today)
	if n.op == "neg" {
		return number(-l.number())
	}
	r := n.of[1].eval(a, dot, today)
	switch n.op {
	case "=":
		return yes(equal(l, r))
	case "!=":
		return yes(!equal(l, r))
	}
	x, y := l.number(), r.number()
	switch n.op {
	case "<":
		return yes(x < y)
	case "<=":
		return yes(x <= y)
	case ">":
		return yes(x > y)
	case ">=":
		return yes(x >= y)
	case "+":
		return number(x + y)
	case "-":
		return number(x - y)
	case "*":
		return number(x * y)
	case "div":
		return number(x / y)
	}
	return number(math.Mod(x, y))
}

// equal compares as XPath 1.0 section 3.4 does: with a boolean as booleans, with a number as numbers, else as text.
func equal(l, r value) bool {
	switch {
	case l.kind == 'b' || r.kind == 'b':
		return l.holds() == r.holds()
	case l.kind == 'n' || r.kind == 'n':
		return l.number() == r.number()
	}
	return l.text == r.text
}
