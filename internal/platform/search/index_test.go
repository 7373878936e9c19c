package search_test

import (
	"fmt"
	"strings"
	"testing"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/search"
)

var langs = []i18n.Lang{i18n.HR, i18n.EN, i18n.NB}

var index = search.Index{Table: "directory"}

// corpus is a little directory: number, name, terms, body.
var corpus = [][3]string{
	1:  {"Besplatna pravna pomoć", "pravo", "Odvjetnici savjetuju o najmu stana i dugovima."},
	2:  {"Psihološko savjetovalište", "podrška", "Razgovor s psihologinjom za mlade i roditelje."},
	3:  {"Kuhinja na kotačima", "hrana", "Topli obrok za starije osobe. Dostava na kućnu adresu."},
	4:  {"Čitaonica Đurđica", "kultura", "Knjige za djecu; pričaonica četvrtkom."},
	5:  {"Vožnja do liječnika", "prijevoz", "Volonteri voze starije ljude na pregled u bolnicu."},
	6:  {"Plesna radionica", "kultura", "Pleše se utorkom, za sve koji vole ples."},
	7:  {"Škola hrvatskoga", "učenje", "Tečaj jezika za strance i azilante."},
	8:  {"Popravljaonica", "okoliš", "Popravak bicikla i kućanskih uređaja, pomoć oko računala."},
	9:  {"Udruga Pas i mačka", "životinje", "Udomljavanje pasa."},
	10: {"Dnevni boravak", "druženje", "Kava, društvene igre, pomoć pri ispunjavanju obrazaca."},
}

func document(i int) (d search.Document) {
	d.Name(i18n.HR, corpus[i][0])
	d.Terms(i18n.HR, corpus[i][1])
	d.Body(i18n.HR, corpus[i][2])
	d.Facet(fmt.Sprint("Odd-", i%2 == 1))
	return d
}

func filled(t testing.TB, d *db.DB) {
	t.Helper()
	var list []search.Numbered
	for i := 1; i < len(corpus); i++ {
		list = append(list, search.Numbered{Seq: int64(i), Document: document(i)})
	}
	if err := d.Tx(t.Context(), func(tx *db.Tx) error { return index.PutMany(t.Context(), tx, list) }); err != nil {
		t.Fatal(err)
	}
}

func find(t testing.TB, d *db.DB, q search.Query) search.Found {
	t.Helper()
	f, err := index.Find(t.Context(), d, q, 100)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func numbers(f search.Found) string {
	var list []string
	for _, h := range f.Hits {
		list = append(list, fmt.Sprint(h.Seq))
	}
	return strings.Join(list, " ")
}

func TestFind_asPeopleTypeIt(t *testing.T) {
	var synonyms search.Synonyms
	synonyms.Add(i18n.HR, "pravnik", "pravna pomoć")
	synonyms.Add(i18n.HR, "ručak", "topli obrok")
	synonyms.Add(i18n.HR, "bijela tehnika", "kućanski uređaji")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		filled(t, d)
		for typed, want := range map[string]string{
			"pravna pomoć":                 "1",
			"PRAVNU POMOC":                 "1",
			"pravnom pomoći":               "1",
			"pravnika":                     "1",      // synonym, in another form
			"rucak":                        "3",      // without marks
			"popravak bijele tehnike":      "8",      // two words are one thing
			"odvjetnik":                    "1",      // the lemma
			"pomoć":                        "1 10 8", // in the name before the text, the latest of those as good first
			"citaonica djurdjica":          "4",
			"psi":                          "9 2",
			"ljudima":                      "5",
			"dug":                          "1",
			"djeci":                        "4",
			"psihološka":                   "2",
			"pshiolosko":                   "2", // two letters changed places
			"savjetovaliste":               "2",
			"savjetovaljšte":               "2",
			"bicikal":                      "8",
			"vozn":                         "5", // a beginning
			"gdje mogu naći pravnu pomoć?": "1",
			"trebam":                       "",
			"pravna pomoć za azilante":     "1 7 10 8", // none has all: those with the rarest first
			"xyzzy":                        "",
			"stan AND NOT najam":           "1",
		} {
			if got := numbers(find(t, d, search.Ask(typed, langs, &synonyms))); got != want {
				t.Errorf("%q finds %q, want %q", typed, got, want)
			}
		}
	})
}
