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

// Fold is a name as somebody in a hurry types it: small letters without marks, đ and dj as d. What differs only in these
// folds to the same, and what is folded already stays as it is. The databases cannot do it: SQLite knows no capital Š.
func Fold(s string) string {
	if !ascii(s) {
		s = norm.NFKD.String(s)
	}
	s = strings.ToLower(s)
	var b strings.Builder
	b.Grow(len(s))
	afterD := false
	for _, r := range s {
		switch r {
		case 'd', 'đ':
			b.WriteByte('d')
			afterD = true
			continue
		case 'j':
			if afterD {
				continue
			}
			b.WriteByte('j')
		case 'ø':
			b.WriteByte('o')
		case 'æ':
			b.WriteString("ae")
		case 'ł':
			b.WriteByte('l')
		case 'ß':
			b.WriteString("ss")
		default:
			if unicode.Is(unicode.Mn, r) {
				continue
			}
			b.WriteRune(r)
		}
		afterD = false
	}
	return b.String()
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
