package search

import (
	"crypto/sha256"
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
	ready  *prepared // of Prepare
}

// prepared is what a document comes to.
type prepared struct {
	row     row
	entries []string
	words   []string
}

// Prepare works out what the index will be told of the document, so that it does not have to be done in the transaction that
// tells it: it is most of the work. Nothing can be added to the document after it.
func (d *Document) Prepare() {
	if d.ready == nil {
		r := d.row(0)
		d.ready = &prepared{r, r.entries(), d.vocabulary()}
		d.names, d.terms, d.body, d.facets = nil, nil, nil, nil
	}
}

// Bounds of what is indexed of a document: no text of people is longer, and PostgreSQL's index takes a megabyte. Words
// beyond them are not found.
const (
	mostNames  = 10
	mostOfName = 100  // words
	mostTerms  = 1000 // words and keys
	mostBody   = 8000 // words and keys
	mostFacets = 1000
)

// Name adds a name of the document. A document has one in each of its languages.
func (d *Document) Name(lang i18n.Lang, text string) {
	if list := tokens(lang, text, mostOfName); len(list) > 0 && len(d.names) < mostNames {
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

// row is a document as Table_documents keeps it. The head is a line of names and a line of terms, the body a line of
// words and a line of facets. Names are divided by |, words by a space, the keys of one word of a name by a comma. A word
// stands once, in the first line that has it; stop words only where a name has them, among the terms, so that a name is
// whole without them.
type row struct {
	Seq  int64
	Head string
	Body string
}

func (d *Document) row(seq int64) row {
	seen := map[string]bool{}
	once := func(list, words []string, most int) []string {
		for _, w := range words {
			if !seen[w] && len(list) < most {
				seen[w] = true
				list = append(list, w)
			}
		}
		return list
	}
	var names, stops, terms, body, facets []string
	for _, name := range d.names {
		var words []string
		for _, t := range name {
			if t.Stop {
				stops = append(stops, t.Word)
				continue
			}
			all := t.all()
			for _, w := range all {
				seen[w] = true
			}
			words = append(words, strings.Join(all, ","))
		}
		names = append(names, strings.Join(words, " "))
	}
	terms = once(terms, stops, mostTerms)
	for _, t := range d.terms {
		terms = once(terms, t.all(), mostTerms)
	}
	for _, t := range d.body {
		if !t.Stop {
			body = once(body, t.all(), mostBody)
		}
	}
	clear(seen)
	for _, f := range d.facets {
		facets = once(facets, []string{facet(f)}, mostFacets)
	}
	return row{seq, strings.Join(names, "|") + "\n" + strings.Join(terms, " "), strings.Join(body, " ") + "\n" + strings.Join(facets, " ")}
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

// facet writes a facet's value with small letters and digits only, no two alike; of a long one its hash.
func facet(value string) string {
	if value == "" {
		return "zz"
	}
	if len(value) > 64 {
		return fmt.Sprintf("zh%x", sha256.Sum256([]byte(value)))
	}
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
// under f. On PostgreSQL the block of numbers that a document is in stands there too, under g (inSpans).
const (
	inName   = "a"
	inTerms  = "b"
	anywhere = "c"
	ofFacet  = "f"
	ofBlock  = "g"
)

// blockBits is the size of a block: 8192 numbers.
const blockBits = 13

// entries gives what the index holds of a document, each once.
func (r row) entries() []string {
	names, terms, _ := strings.Cut(r.Head, "\n")
	body, facets, _ := strings.Cut(r.Body, "\n")
	all := make([]string, 0, 2*strings.Count(r.Body, " "))
	seen := map[string]bool{} // one name may repeat words of another
	for w := range strings.FieldsFuncSeq(names, func(r rune) bool { return r == ' ' || r == ',' || r == '|' }) {
		if !seen[w] {
			seen[w] = true
			all = append(all, inName+w, inTerms+w, anywhere+w)
		}
	}
	for w := range strings.FieldsSeq(terms) {
		all = append(all, inTerms+w, anywhere+w)
	}
	for w := range strings.FieldsSeq(body) {
		all = append(all, anywhere+w)
	}
	for f := range strings.FieldsSeq(facets) {
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
