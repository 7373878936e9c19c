package search

import (
	"slices"
	"strings"

	"kvart/internal/platform/i18n"
)

// Synonyms are words for which others are looked for too: who types "pravnik" means "pravna pomoć". They go one way; who
// wants both gives both. Whatever form the words are typed in, they are known by their keys.
type Synonyms struct {
	byFirst map[string][]synonym // by each key of the first word
}

type synonym struct {
	from [][]string // keys of each word
	to   []way
}

// mostSynonyms of one word are looked for.
const mostSynonyms = 8

// Add lets what is found by each of the phrases be found by from, in a language. A phrase without words is passed over.
func (s *Synonyms) Add(lang i18n.Lang, from string, phrases ...string) {
	var r synonym
	for _, t := range phraseOf(lang, from) {
		r.from = append(r.from, t.Keys)
	}
	for _, p := range phrases {
		var w way
		for _, t := range phraseOf(lang, p) {
			w.all = append(w.all, t.all())
		}
		if len(w.all) > 0 && len(r.to) < mostSynonyms {
			w.kind, w.word = Synonym, strings.TrimSpace(p)
			r.to = append(r.to, w)
		}
	}
	if len(r.from) == 0 || len(r.to) == 0 {
		return
	}
	if s.byFirst == nil {
		s.byFirst = map[string][]synonym{}
	}
	for _, k := range r.from[0] {
		s.byFirst[k] = append(s.byFirst[k], r)
	}
}

// longestPhrase is the number of words of a phrase that count.
const longestPhrase = 6

func phraseOf(lang i18n.Lang, text string) []Token {
	list := Words(lang, text)
	return list[:min(len(list), longestPhrase)]
}

// word gives what the first n of the typed words are, the longest phrase of them that has synonyms; n is 0 where none has.
func (s *Synonyms) word(typed []string, langs []i18n.Lang) (w Word, n int) {
	if s == nil || len(s.byFirst) == 0 {
		return w, 0
	}
	var keys [][]string
	for _, t := range typed[:min(len(typed), longestPhrase)] {
		keys = append(keys, forms(t, langs))
	}
	var to []way
	for _, k := range keys[0] {
		for _, r := range s.byFirst[k] {
			if len(r.from) < n || len(r.from) > len(keys) || !matches(r.from, keys) {
				continue
			}
			if len(r.from) > n {
				to, n = nil, len(r.from)
			}
			to = append(to, r.to...)
		}
	}
	if n == 0 {
		return w, 0
	}
	w = Word{Typed: strings.Join(typed[:n], " ")}
	if n == 1 {
		w.ways = waysOf(typed[0], langs)
	} else {
		w.ways = []way{{Typed, w.Typed, keys[:n]}}
	}
	for _, t := range to {
		if len(w.ways) < mostSynonyms+2 && !slices.ContainsFunc(w.ways, func(o way) bool { return o.kind == Synonym && o.word == t.word }) {
			w.ways = append(w.ways, t)
		}
	}
	return w, n
}

func matches(from, keys [][]string) bool {
	for i, f := range from {
		if !slices.ContainsFunc(f, func(k string) bool { return slices.Contains(keys[i], k) }) {
			return false
		}
	}
	return true
}
