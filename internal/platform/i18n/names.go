package i18n

import (
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
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
