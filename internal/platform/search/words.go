// Package search finds documents by the words that people type: Croatian with and without marks and in any inflected
// form, English and Norwegian likewise, with slips of typing and with synonyms that the caller knows.
//
// Both engines give the same documents in the same order: the database finds numbers of documents by word, and the
// ranking is done here over a bounded number of them (docs/search.md). It knows no feature: a document is a number,
// texts and facets, and what may be shown to whom is its owner's rule.
package search

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"kvart/internal/platform/i18n"
	"kvart/internal/platform/search/lemma"
	"kvart/internal/platform/search/stem"
)

// Fold writes a text as somebody in a hurry types it: small letters without marks, đ and dj as d.
func Fold(s string) string { return i18n.Fold(s) }

// Token is a word of a text.
type Token struct {
	Word string   // as it stands there, folded
	Keys []string // under which it meets its other forms; several where it is a form of several words
	Stop bool     // too common to find anything by: and, the
}

// longestWord is the number of bytes of a word that count.
const longestWord = 40

// Words gives the words of a text in a language, stop words left out. It is fold and then stem, in every language: so a
// word has the same keys with marks and without. Bleve's stemmers expect marks; over the forms of hunspell-hr, folding
// first brings as many to their word as folding after (see docs/search.md), and in Croatian the table of package lemma
// decides where the stemmer is wrong.
func Words(lang i18n.Lang, text string) []Token {
	return slices.DeleteFunc(tokens(lang, text, mostWords), func(t Token) bool { return t.Stop })
}

// mostWords of one text are read.
const mostWords = 4000

// tokens gives the first words of a text, stop words too.
func tokens(lang i18n.Lang, text string, most int) []Token {
	var all []Token
	each(text, func(word string) bool {
		all = append(all, analysed(lang, word))
		return len(all) < most
	})
	return all
}

// each calls f with the folded words of the text until it returns false. A word is letters and digits; an apostrophe
// within it counts for nothing (women's, D'Arc).
func each(text string, f func(word string) bool) {
	inWord := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || r == '\'' || r == '’'
	}
	for len(text) > 0 {
		start := strings.IndexFunc(text, inWord)
		if start < 0 {
			return
		}
		text = text[start:]
		end := strings.IndexFunc(text, func(r rune) bool { return !inWord(r) })
		if end < 0 {
			end = len(text)
		}
		word := text[:end]
		text = text[end:]
		word = strings.TrimRight(word, "'’")
		for _, possessive := range []string{"'s", "’s", "'S", "’S"} {
			word = strings.TrimSuffix(word, possessive)
		}
		if word = clean(Fold(word[:min(len(word), 4*longestWord)])); word != "" && !f(word) {
			return
		}
	}
}

// clean leaves the letters and digits of a folded word, so that it is one word of both engines and nothing else.
func clean(word string) string {
	word = strings.Map(func(r rune) rune {
		if (unicode.IsLetter(r) || unicode.IsDigit(r)) && r != unicode.ReplacementChar {
			return r
		}
		return -1
	}, word)
	if len(word) > longestWord {
		word = strings.ToValidUTF8(word[:longestWord], "")
	}
	return word
}

// analysed gives the token of one folded word.
func analysed(lang i18n.Lang, word string) Token {
	t := Token{Word: word, Stop: stop(lang, word)}
	if isNumber(word) {
		t.Keys = []string{word}
		return t
	}
	t.Keys = remembered.keys(lang, word)
	return t
}

func isNumber(word string) bool {
	return strings.IndexFunc(word, unicode.IsDigit) >= 0
}

func keysOf(lang i18n.Lang, word string) []string {
	if lang == i18n.HR {
		if keys := lemma.Croatian(word); keys != nil {
			return keys
		}
	}
	return stemOf(lang, word)
}

// stemOf gives the key of a word that no table has.
func stemOf(lang i18n.Lang, word string) []string {
	if k := Fold(stem.Word(string(lang), word)); k != "" {
		return []string{k}
	}
	return []string{word}
}

// memory keeps the keys of words: texts repeat theirs, and the Croatian stemmer takes longer than all the rest of saving
// a document. It is emptied when it is full.
type memory struct {
	sync.Mutex
	of    func(lang i18n.Lang, word string) []string
	known map[string][]string
}

const mostRemembered = 50_000 // words, some 8 MB

var remembered = memory{of: keysOf, known: map[string][]string{}}

func (m *memory) keys(lang i18n.Lang, word string) []string {
	at := string(lang) + word
	m.Lock()
	keys, ok := m.known[at]
	m.Unlock()
	if ok {
		return keys
	}
	keys = m.of(lang, word)
	m.Lock()
	defer m.Unlock()
	if len(m.known) >= mostRemembered {
		clear(m.known)
	}
	m.known[at] = keys
	return keys
}
