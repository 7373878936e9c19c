package i18n

import (
	"strings"
	"unicode"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// Names compares names of people and organisations in the order of the printer's language: č after c, å last in
// Norwegian. The databases order by bytes, each in its own way. The function is for one goroutine.
func (p *Printer) Names() func(a, b string) int {
	tag := language.Make(string(p.lang))
	if p.lang == NB { // the library orders by the Norwegian alphabet under Nynorsk only; it is the same
		tag = language.MustParse("nn")
	}
	return collate.New(tag, collate.IgnoreCase).CompareString
}

var folded = strings.NewReplacer("dj", "d", "đ", "d", "ø", "o", "æ", "ae", "ł", "l", "ß", "ss")

// Fold is a name as somebody in a hurry types it: small letters without marks, đ and dj as d. What differs only in these
// folds to the same. The databases cannot do it: SQLite knows no capital Š.
func Fold(s string) string {
	s = folded.Replace(strings.ToLower(s))
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}
