package search

import (
	"fmt"
	"strings"

	"kvart/internal/platform/i18n"
)

// Field is where in a document a word stands.
type Field int

// The fields, the heaviest first.
const (
	Name Field = iota
	Terms
	Body
)

// weight of a word found in the field.
var weight = [...]float64{Name: 3, Terms: 2, Body: 1}

// Document is what the index is told: texts, each with its language, and facets that narrow a search.
type Document struct {
	names  [][]Token
	terms  []Token
	body   []Token
	facets []string
}

// Name adds a name of the document. A document has one in each of its languages.
func (d *Document) Name(lang i18n.Lang, text string) {
	if list := tokens(lang, text, mostWords); len(list) > 0 {
		d.names = append(d.names, list)
	}
}

// Terms adds words that say what the document is about: its groups, its subjects.
func (d *Document) Terms(lang i18n.Lang, text string) {
	d.terms = append(d.terms, tokens(lang, text, mostWords)...)
}

// Body adds running text.
func (d *Document) Body(lang i18n.Lang, text string) {
	d.body = append(d.body, tokens(lang, text, mostWords)...)
}

// Facet adds a facet. It is found as a whole and as it is written, in Query.Facets only and never by a typed word.
func (d *Document) Facet(value string) { d.facets = append(d.facets, value) }

// Written form of a document, in directory_documents: four lines, names, terms, body and facets. Names are divided by |,
// words by a space, the keys of one word by a comma; a word of the body stands once, and not if a line above has it.
func (d *Document) write() string {
	var b strings.Builder
	seen := map[string]bool{}
	stops := []string{} // of names: they are found, and a name is whole without them
	for i, name := range d.names {
		if i > 0 {
			b.WriteByte('|')
		}
		first := true
		for _, t := range name {
			if t.Stop {
				stops = append(stops, t.Word)
				continue
			}
			if !first {
				b.WriteByte(' ')
			}
			first = false
			for j, w := range t.all() {
				if j > 0 {
					b.WriteByte(',')
				}
				b.WriteString(w)
				seen[w] = true
			}
		}
	}
	b.WriteByte('\n')
	first := true
	add := func(w string) {
		if seen[w] {
			return
		}
		seen[w] = true
		if !first {
			b.WriteByte(' ')
		}
		first = false
		b.WriteString(w)
	}
	for _, w := range stops {
		add(w)
	}
	for _, t := range d.terms {
		for _, w := range t.all() {
			add(w)
		}
	}
	b.WriteByte('\n')
	first = true
	for _, t := range d.body {
		if t.Stop {
			continue
		}
		for _, w := range t.all() {
			add(w)
		}
	}
	b.WriteByte('\n')
	first = true
	clear(seen)
	for _, f := range d.facets {
		add(facet(f))
	}
	return b.String()
}

// all gives the word and its keys, each once.
func (t Token) all() []string {
	list := make([]string, 1, 1+len(t.Keys))
	list[0] = t.Word
	for _, k := range t.Keys {
		if k != t.Word {
			list = append(list, k)
		}
	}
	return list
}

// facet writes a facet's value with small letters and digits only, no two alike.
func facet(value string) string {
	var b strings.Builder
	for i := range len(value) {
		if c := value[i]; c >= 'a' && c <= 'y' || c >= '0' && c <= '9' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "z%02x", c)
		}
	}
	return b.String()
}

// A word of a document stands in the index under a letter more, which says how near to the name it is, so that the
// engines need not read a document to know: under a if it is in the name, b in name or terms, c anywhere. Facets are
// under f.
const (
	inName   = "a"
	inTerms  = "b"
	anywhere = "c"
	ofFacet  = "f"
)

// entries gives what the index holds of a written document, each once.
func entries(written string) []string {
	lines := strings.SplitN(written, "\n", 4)
	var all []string
	seen := map[string]bool{}
	for i, line := range lines[:3] {
		for w := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ' ' || r == ',' || r == '|' }) {
			if seen[w] {
				continue
			}
			seen[w] = true
			switch Field(i) {
			case Name:
				all = append(all, inName+w, inTerms+w, anywhere+w)
			case Terms:
				all = append(all, inTerms+w, anywhere+w)
			case Body:
				all = append(all, anywhere+w)
			}
		}
	}
	for f := range strings.FieldsSeq(lines[3]) {
		all = append(all, ofFacet+f)
	}
	return all
}

// vocabulary gives the words by which a slip is put right: of letters only, at least three.
func (d *Document) vocabulary() []string {
	var list []string
	seen := map[string]bool{}
	add := func(tokens []Token) {
		for _, t := range tokens {
			if !t.Stop && !seen[t.Word] && len(t.Word) >= 3 && !isNumber(t.Word) {
				seen[t.Word] = true
				list = append(list, t.Word)
			}
		}
	}
	for _, n := range d.names {
		add(n)
	}
	add(d.terms)
	add(d.body)
	return list
}
