package search

import (
	"slices"
	"unicode/utf8"

	"kvart/internal/platform/i18n"
)

// mostAsked bounds the words of a query; what somebody types beyond them is not looked for.
const mostAsked = 12

// shortestBeginning is the number of letters from which the last word of a query counts as the beginning of one too.
const shortestBeginning = 3

// Kind says how a word was found.
type Kind int

// The kinds, the nearest to what was typed first.
const (
	Typed     Kind = iota // as it was typed
	Inflected             // another form of the word
	Synonym               // a synonym that the caller gave
	Beginning             // a word that begins like the last one typed
	Corrected             // a word with a letter or two put right
)

// worth of a word found so.
var worth = [...]float64{Typed: 1, Inflected: 0.9, Synonym: 0.6, Beginning: 0.5, Corrected: 0.7}

// Query is what to find: documents with all words, each in one of its ways, and of every list of facets at least one. A
// query without words finds whatever the facets leave.
type Query struct {
	Words  []Word
	Facets [][]string
	loose  bool        // one word is enough
	langs  []i18n.Lang // of the documents
}

// Word is what a document must have in one way or another: a typed word, or several that a synonym stands for.
type Word struct {
	Typed     string // folded
	ways      []way
	beginning bool
}

// way is one way for a document to have a word: it has one of each list. word is what people are shown.
type way struct {
	kind Kind
	word string
	all  [][]string
}

// Ask reads what somebody typed. langs are the languages of the documents, the reader's first: a word is looked for in
// all of them, stop words are those of the first. Where there are only stop words, they are looked for. Nothing in the
// text has a meaning but its words, so that any text is a query; one without words (empty, signs only) has no Words.
func Ask(text string, langs []i18n.Lang, synonyms *Synonyms) Query {
	if len(langs) == 0 {
		langs = []i18n.Lang{i18n.HR}
	}
	var typed, stops []string
	read := 0
	each(text, func(word string) bool {
		read++
		switch {
		case slices.Contains(typed, word) || slices.Contains(stops, word):
		case stop(langs[0], word):
			stops = append(stops, word)
		default:
			typed = append(typed, word)
		}
		return len(typed) < mostAsked && read < 10*mostAsked
	})
	if len(typed) == 0 {
		typed = stops[:min(len(stops), mostAsked)]
	}
	q := Query{langs: langs}
	for i := 0; i < len(typed); {
		w, n := synonyms.word(typed[i:], langs)
		if n == 0 {
			w, n = Word{Typed: typed[i], ways: waysOf(typed[i], langs)}, 1
		}
		i += n
		w.beginning = i == len(typed) && n == 1 && utf8.RuneCountInString(w.Typed) >= shortestBeginning && !isNumber(w.Typed)
		q.Words = append(q.Words, w)
	}
	return q
}

// waysOf gives the ways of a document to have a folded word: the word itself, and any of its forms.
func waysOf(word string, langs []i18n.Lang) []way {
	ways := []way{{Typed, word, [][]string{{word}}}}
	if keys := forms(word, langs); len(keys) > 1 {
		ways = append(ways, way{Inflected, word, [][]string{keys[1:]}})
	}
	return ways
}

// forms gives the word and its keys in all the languages.
func forms(word string, langs []i18n.Lang) []string {
	list := []string{word}
	for _, l := range langs {
		for _, k := range analysed(l, word).Keys {
			if !slices.Contains(list, k) {
				list = append(list, k)
			}
		}
	}
	return list
}
