package search

import (
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/lang/hr"
	"github.com/blevesearch/bleve/v2/analysis/lang/no"

	"kvart/internal/platform/i18n"
)

// croatianStops are what bleve's list of Croatian leaves out: it has the verbs that say nothing and hardly a preposition.
const croatianStops = `
a ako ali baš bez će čega čemu čija čije čiji čim da dakle do dok duž ga gdje god i iako ih ikad ili im ima imam imamo
iz iza između ja je jedan jedna jedno jer još joj k ka kad kada kako kakav kakva kakvo kamo kao koga koja koje kojeg kojem
koji kojim kojima koju kod kome kroz li me među mene meni mi mimo mnom moj moja moje moji na nad nakon nam nama nas naš naša
naše naši ne nego neka neke neki neko neće nešto ni nije nisam nisu niti njega njegov njemu njih njihov njim njima njoj nju no
o od oko on ona onaj one oni ono osim ova ovaj ove ovi ovo ovdje po pod pored pred preko prema pri radi s sa se sebe si svaki
sve svi svoj svoja svoje svoju ta taj tako također te tebe tebi ti tijekom to toga tome tko tu tvoj u uz vam vama vas vaš
vaša vaše vi više za zar zato zbog negdje naći nađem pronaći tražim molim`

// stops are folded. English and Norwegian are Snowball's lists, as bleve has them.
var stops = func() map[i18n.Lang]map[string]bool {
	all := map[i18n.Lang]map[string]bool{}
	for lang, list := range map[i18n.Lang][]byte{i18n.HR: hr.CroatianStopWords, i18n.EN: en.EnglishStopWords, i18n.NB: no.NorwegianStopWords} {
		m := analysis.NewTokenMap()
		if err := m.LoadBytes(list); err != nil {
			panic(err) // the list is part of the program
		}
		all[lang] = map[string]bool{}
		for w := range m {
			all[lang][Fold(w)] = true
		}
	}
	for w := range strings.FieldsSeq(croatianStops) {
		all[i18n.HR][Fold(w)] = true
	}
	return all
}()

// stop says whether nothing is found by the word in the language. One letter never finds anything.
func stop(lang i18n.Lang, word string) bool {
	return stops[lang][word] || utf8.RuneCountInString(word) == 1 && !isNumber(word)
}
