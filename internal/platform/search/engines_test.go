package search_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/search"
)

// vocabulary of little corpora: forms of few words, so that much matches much.
var vocabulary = strings.Fields("pomoć pomoći pravna pravnu škola školi djeca djeci čitanje čitanja za mlade mladih stan stanovi grijanje Đurđa Djurdja knjižnica help helping hjelpe 12 a")

func words(t *rapid.T, name string, least, most int) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(vocabulary), least, most).Draw(t, name), " ")
}

func TestFind_bothEnginesGiveTheSameInTheSameOrder(t *testing.T) {
	if os.Getenv("KVART_TEST_DATABASE_URL") == "" {
		t.Skip("KVART_TEST_DATABASE_URL is not set")
	}
	both := []*db.DB{dbtest.SQLite(t), dbtest.Postgres(t)}
	var synonyms search.Synonyms
	synonyms.Add(i18n.HR, "lektira", "čitanje", "knjižnica")
	next := int64(0)
	rapid.Check(t, func(r *rapid.T) {
		first := next + 1
		var list []search.Numbered
		for range rapid.IntRange(1, 12).Draw(r, "documents") {
			next++
			var d search.Document
			lang := rapid.SampledFrom(langs).Draw(r, "language")
			d.Name(lang, words(r, "name", 0, 3))
			if rapid.Bool().Draw(r, "second name") {
				d.Name(i18n.EN, words(r, "name", 1, 2))
			}
			d.Terms(lang, words(r, "terms", 0, 2))
			d.Body(lang, words(r, "body", 0, 6))
			d.Facet(rapid.SampledFrom([]string{"A", "a", "b/1"}).Draw(r, "facet"))
			list = append(list, search.Numbered{Seq: next, Document: d})
		}
		text := words(r, "query", 0, 4)
		if rapid.Bool().Draw(r, "something else") {
			text += " " + rapid.SampledFrom([]string{"lektire", "knjz", "skoal", "nista", "pomo", "cit", "\"", "pravnna"}).Draw(r, "word")
		}
		q := search.Ask(text, langs, &synonyms)
		q.Facets = rapid.SampledFrom([][][]string{nil, {{"A"}}, {{"a", "b/1"}}, {{}, {"b/1"}}, {{"none"}}}).Draw(r, "facets")
		limit := rapid.IntRange(0, 20).Draw(r, "limit")
		var found [2]search.Found
		var counts [2]int
		for i, d := range both {
			err := d.Tx(t.Context(), func(tx *db.Tx) error {
				for seq := first - 15; seq < first; seq++ { // a few corpora stay, so that there is something old too
					if seq%3 != 0 {
						if err := index.Delete(t.Context(), tx, seq); err != nil {
							return err
						}
					}
				}
				return index.PutMany(t.Context(), tx, list)
			})
			if err != nil {
				r.Fatal(err)
			}
			if found[i], err = index.Find(t.Context(), d, q, limit); err != nil {
				r.Fatal(err)
			}
			if counts[i], err = index.Count(t.Context(), d, found[i].Looked, 1000); err != nil {
				r.Fatal(err)
			}
		}
		ignore := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Looked" }, cmp.Ignore())
		if diff := cmp.Diff(found[0], found[1], ignore); diff != "" {
			r.Fatalf("%q: %s", text, diff)
		}
		if counts[0] != counts[1] || found[0].All && counts[0] != len(found[0].Hits) || len(found[0].Hits) > limit {
			r.Fatalf("%q: counted %v, found %d of at most %d, all: %v", text, counts, len(found[0].Hits), limit, found[0].All)
		}
	})
}

// Many documents match: more than are ranked.
func TestFind_whatMatchesInTheNameIsRankedHoweverMuchMatches(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var list []search.Numbered
		for i := range 1500 {
			var doc search.Document
			doc.Name(i18n.HR, fmt.Sprint("Mjesto ", i))
			switch {
			case i%100 == 7:
				doc.Name(i18n.HR, "Toplice")
			case i%100 == 8:
				doc.Terms(i18n.HR, "toplice")
			}
			doc.Body(i18n.HR, "kupanje u toplicama")
			doc.Facet(fmt.Sprint("f", i%2))
			list = append(list, search.Numbered{Seq: int64(i + 1), Document: doc})
		}
		if err := d.Tx(t.Context(), func(tx *db.Tx) error { return index.PutMany(t.Context(), tx, list) }); err != nil {
			t.Fatal(err)
		}
		f, err := index.Find(t.Context(), d, search.Ask("toplice", langs, nil), 40)
		if err != nil {
			t.Fatal(err)
		}
		if f.All || len(f.Hits) != 40 {
			t.Fatalf("%d hits, all: %v", len(f.Hits), f.All)
		}
		for i, h := range f.Hits {
			want := []search.Field{search.Name, search.Terms, search.Body}[min(i/15, 2)]
			if h.Matches[0].Field != want {
				t.Errorf("hit %d (document %d) matches in field %d, want %d", i, h.Seq, h.Matches[0].Field, want)
			}
		}
		if f.Hits[0].Seq != 1408 || f.Hits[15].Seq != 1409 || f.Hits[30].Seq != 1500 {
			t.Errorf("of those as good the latest come first: %d %d %d", f.Hits[0].Seq, f.Hits[15].Seq, f.Hits[30].Seq)
		}
		if n, err := index.Count(t.Context(), d, f.Looked, 1000); err != nil || n != 1000 {
			t.Errorf("counted %d, %v", n, err)
		}
		q := search.Ask("toplice", langs, nil)
		q.Facets = [][]string{{"f1"}}
		if n, err := index.Count(t.Context(), d, q, 1000); err != nil || n != 750 {
			t.Errorf("counted %d with the facet, %v", n, err)
		}
		if f, err = index.Find(t.Context(), d, q, 1_000_000); err != nil || len(f.Hits) != 500 || f.All {
			t.Errorf("%d hits, all: %v, %v", len(f.Hits), f.All, err)
		}
	})
}

// A directory whose numbers go on and on, as a large one's do, or one that lost most of its documents.
func TestFind_theLatestAreFoundHoweverFarApartTheirNumbersAre(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const n, apart = 1200, 1000
		var list []search.Numbered
		for i := range n {
			var doc search.Document
			doc.Name(i18n.HR, fmt.Sprint("Mjesto ", i))
			doc.Body(i18n.HR, "kupanje u toplicama")
			if i < 150 || i >= n-3 {
				doc.Terms(i18n.HR, "bazen")
			}
			doc.Facet(fmt.Sprint("f", i%2))
			list = append(list, search.Numbered{Seq: int64(i+1) * apart, Document: doc})
		}
		if err := d.Tx(t.Context(), func(tx *db.Tx) error { return index.PutMany(t.Context(), tx, list) }); err != nil {
			t.Fatal(err)
		}
		for _, words := range []string{"toplice", "bazen", ""} {
			q := search.Ask(words, langs, nil)
			q.Facets = [][]string{{"f0", "f1"}}
			f, err := index.Find(t.Context(), d, q, 500)
			if err != nil {
				t.Fatal(err)
			}
			want := 500
			if words == "bazen" {
				want = 153
			}
			if len(f.Hits) != want || f.All != (want < 500) {
				t.Errorf("%q: %d hits, all: %v", words, len(f.Hits), f.All)
				continue
			}
			for i, h := range f.Hits {
				seq := int64(n-i) * apart
				if words == "bazen" && i >= 3 {
					seq = int64(153-i) * apart
				}
				if h.Seq != seq {
					t.Errorf("%q: hit %d is %d, not %d", words, i, h.Seq, seq)
					break
				}
			}
		}
	})
}

func TestFind_saysWhy(t *testing.T) {
	var synonyms search.Synonyms
	synonyms.Add(i18n.HR, "pravnik", "pravna pomoć")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		filled(t, d)
		for typed, want := range map[string]search.Match{
			"pravnici":       {Typed: "pravnici", Kind: search.Synonym, As: "pravna pomoć", Field: search.Name},
			"psiholosko":     {Typed: "psiholosko", Kind: search.Typed, As: "psiholosko", Field: search.Name},
			"psihološke":     {Typed: "psiholoske", Kind: search.Inflected, As: "psiholoske", Field: search.Name},
			"djeca":          {Typed: "deca", Kind: search.Typed, As: "deca", Field: search.Body},
			"popravljaonnca": {Typed: "popravljaonnca", Kind: search.Corrected, As: "popravljaonica", Field: search.Name},
			"popravlj":       {Typed: "popravlj", Kind: search.Beginning, As: "popravljaonica", Field: search.Name},
		} {
			f := find(t, d, search.Ask(typed, langs, &synonyms))
			if len(f.Hits) != 1 {
				t.Errorf("%q: %d hits", typed, len(f.Hits))
				continue
			}
			if diff := cmp.Diff([]search.Match{want}, f.Hits[0].Matches); diff != "" {
				t.Errorf("%q: %s", typed, diff)
			}
			if f.Guessed != (want.Kind == search.Corrected) {
				t.Errorf("%q: guessed %v", typed, f.Guessed)
			}
		}
	})
}

func TestPut_againAndDelete(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		filled(t, d)
		filled(t, d)
		if got := numbers(find(t, d, search.Ask("pravna pomoć", langs, nil))); got != "1" {
			t.Errorf("saved twice: %q", got)
		}
		change := func(f func(tx *db.Tx) error) {
			t.Helper()
			if err := d.Tx(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		change(func(tx *db.Tx) error { return index.Put(t.Context(), tx, 1, document(9)) })
		if got := numbers(find(t, d, search.Ask("pravna", langs, nil))); got != "" {
			t.Errorf("what it was is found: %q", got)
		}
		if got := numbers(find(t, d, search.Ask("mačka", langs, nil))); got != "9 1" {
			t.Errorf("what it is now: %q", got)
		}
		change(func(tx *db.Tx) error {
			if err := index.Delete(t.Context(), tx, 1); err != nil {
				return err
			}
			return index.Delete(t.Context(), tx, 99)
		})
		if got := numbers(find(t, d, search.Ask("mačka", langs, nil))); got != "9" {
			t.Errorf("what is deleted is found: %q", got)
		}
		change(func(tx *db.Tx) error { return index.Put(t.Context(), tx, 1, search.Document{}) })
		q := search.Query{}
		if got := numbers(find(t, d, q)); got != "10 9 8 7 6 5 4 3 2 1" {
			t.Errorf("everything: %q", got)
		}
		if n, err := index.Count(t.Context(), d, q, 4); err != nil || n != 4 {
			t.Errorf("counted %d, %v", n, err)
		}
		q.Facets = [][]string{{"Odd-true", "none"}, {}}
		if got := numbers(find(t, d, q)); got != "9 7 5 3" {
			t.Errorf("by facet: %q", got)
		}
	})
}

// A word that must be nowhere: not found, not offered for a slip or a beginning, and in no page of SQLite's file that is
// in use.
func TestPurge_leavesNothingOfAWordThatNoOtherDocumentHas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		filled(t, d)
		var secret, plain search.Document
		secret.Name(i18n.HR, "Sigurna kuća")
		plain.Name(i18n.HR, "Sigurna kuća")
		secret.Body(i18n.HR, "Zmajevičina ulica, pomoć")
		for seq, doc := range map[int64]*search.Document{50: &plain, 51: nil} {
			if err := d.Tx(t.Context(), func(tx *db.Tx) error { return index.Put(t.Context(), tx, seq, secret) }); err != nil {
				t.Fatal(err)
			}
			if got := numbers(find(t, d, search.Ask("zmajevicna", langs, nil))); got != fmt.Sprint(seq) {
				t.Fatalf("before: %q", got)
			}
			if err := d.Tx(t.Context(), func(tx *db.Tx) error { return index.Purge(t.Context(), tx, seq, doc) }); err != nil {
				t.Fatal(err)
			}
			for _, typed := range []string{"Zmajevičina", "zmajevicna", "zmaj"} {
				if f := find(t, d, search.Ask(typed, langs, nil)); len(f.Hits) > 0 || f.Guessed {
					t.Errorf("%q: %+v", typed, f)
				}
			}
			if d.Engine == db.SQLite {
				copied := t.TempDir() + "/copy"
				if _, err := d.Writer().Exec("VACUUM INTO ?", copied); err != nil {
					t.Fatal(err)
				}
				bytes, err := os.ReadFile(copied)
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(string(bytes), "zmaj") || strings.Contains(string(bytes), "majev") {
					t.Errorf("document %d: the word is in the file", seq)
				}
			}
		}
		if got := numbers(find(t, d, search.Ask("pomooć ulica", langs, nil))); got != "1 10 8" {
			t.Errorf("a word that others have: %q", got)
		}
		if got := numbers(find(t, d, search.Ask("sigurna", langs, nil))); got != "50" {
			t.Errorf("what is left of it: %q", got)
		}
	})
}

var hostile = []string{
	"", " ", "\x00", "a\x00b", `"`, `'`, `''); DROP TABLE x; --`, "* ", "po*", "NEAR(a b)", "name:pomoć", "AND", "OR NOT", "a AND", "(", ")))", "^x", "-pomoć", "+",
	"!", "& |", "pomoć:*A", "<->", "{a}", "\\", "\xff\xfe", "za i u na", "the of and", "…—“”", ":q :most", "?", "$1", "%s %d", "\u200f\u202eabc", "𝕡𝕠𝕞𝕠𝕔", "помощь", "مساعدة", "帮助",
	strings.Repeat("a", 10_000), strings.Repeat("pomoć ", 2_000), strings.Repeat("( ", 5_000), strings.Repeat("č\u0301", 3_000),
}

func TestFind_whateverIsTypedIsAQuery(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		filled(t, d)
		for _, text := range hostile {
			q := search.Ask(text, langs, nil)
			if len(q.Words) > 12 {
				t.Errorf("%.40q: %d words", text, len(q.Words))
			}
			q.Facets = [][]string{{text}, nil}
			if f := find(t, d, q); len(f.Hits) > 0 && text != "" {
				t.Errorf("%.40q is no facet and finds %v", text, f.Hits)
			}
			var doc search.Document
			doc.Name(i18n.HR, text)
			doc.Body(i18n.NB, text)
			doc.Facet(text)
			if err := d.Tx(t.Context(), func(tx *db.Tx) error { return index.Put(t.Context(), tx, 1000, doc) }); err != nil {
				t.Fatalf("%.40q: %v", text, err)
			}
			if f := find(t, d, q); len(f.Hits) != 1 || f.Hits[0].Seq != 1000 {
				t.Errorf("%.40q does not find itself: %v", text, f.Hits)
			}
			if err := d.Tx(t.Context(), func(tx *db.Tx) error { return index.Purge(t.Context(), tx, 1000, nil) }); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestSettle_comesToAnEndAndChangesNoAnswer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for i := range 60 {
			if err := d.Tx(t.Context(), func(tx *db.Tx) error { return index.Put(t.Context(), tx, int64(1+i), document(1+i%10)) }); err != nil {
				t.Fatal(err)
			}
		}
		before := numbers(find(t, d, search.Ask("pravna pomoć", langs, nil)))
		for step := 1; ; step++ {
			done := false
			if err := d.Tx(t.Context(), func(tx *db.Tx) (err error) { done, err = index.Settle(t.Context(), tx); return err }); err != nil {
				t.Fatal(err)
			}
			if done {
				break
			}
			if step > 20 {
				t.Fatal("no end")
			}
		}
		if after := numbers(find(t, d, search.Ask("pravna pomoć", langs, nil))); after != before || before == "" {
			t.Errorf("%q, before %q", after, before)
		}
	})
}

func TestPut_aTextOfAnyLength(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var b strings.Builder
		for i := range 60_000 {
			fmt.Fprintf(&b, "riječ%dsamostojnaidugačkakaovlak ", i)
		}
		var doc search.Document
		for _, lang := range langs {
			doc.Name(lang, b.String())
			doc.Terms(lang, b.String())
			doc.Body(lang, b.String())
		}
		if err := d.Tx(t.Context(), func(tx *db.Tx) error { return index.Put(t.Context(), tx, 1, doc) }); err != nil {
			t.Fatal(err)
		}
		if got := numbers(find(t, d, search.Ask("riječ1500samostojnaidugačkakaovlak", langs, nil))); got != "1" {
			t.Errorf("a word of it: %q", got)
		}
	})
}

func FuzzAsk(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	d := dbtest.SQLite(f)
	filled(f, d)
	var synonyms search.Synonyms
	synonyms.Add(i18n.HR, "pravnik", "pravna pomoć")
	f.Fuzz(func(t *testing.T, text string) {
		q := search.Ask(text, langs, &synonyms)
		if len(q.Words) > 12 {
			t.Fatalf("%d words", len(q.Words))
		}
		if _, err := index.Find(t.Context(), d, q, 10); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	d := dbtest.SQLite(b)
	r := rand.New(rand.NewPCG(1, 2))
	var list []search.Numbered
	for i := range 2000 {
		var doc search.Document
		doc.Name(i18n.HR, corpus[1+r.IntN(10)][0])
		doc.Body(i18n.HR, fmt.Sprint(corpus[1+r.IntN(10)][2], " broj", r.IntN(50)))
		list = append(list, search.Numbered{Seq: int64(i + 1), Document: doc})
	}
	if err := d.Tx(b.Context(), func(tx *db.Tx) error { return index.PutMany(b.Context(), tx, list) }); err != nil {
		b.Fatal(err)
	}
	for _, typed := range []string{"pravnom pomoći broj7", "pomoć"} {
		b.Run(typed, func(b *testing.B) {
			for b.Loop() {
				if f := find(b, d, search.Ask(typed, langs, nil)); len(f.Hits) == 0 {
					b.Fatal("nothing")
				}
			}
		})
	}
}

func BenchmarkPut(b *testing.B) {
	d := dbtest.SQLite(b)
	filled(b, d)
	for i := 0; b.Loop(); i++ {
		if err := d.Tx(b.Context(), func(tx *db.Tx) error { return index.Put(b.Context(), tx, int64(1+i), document(1+i%10)) }); err != nil {
			b.Fatal(err)
		}
	}
}
