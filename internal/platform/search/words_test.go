package search_test

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kvart/internal/platform/i18n"
	"kvart/internal/platform/search"
	"kvart/internal/platform/search/stem"
)

func TestFold_foldedStaysAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[dđjDĐJ\x{301}Øæßłǆ]{0,12}`)).Draw(t, "text")
		once := search.Fold(s)
		if twice := search.Fold(once); twice != once {
			t.Fatalf("%q folds to %q and that to %q", s, once, twice)
		}
	})
}

func TestFold_asTypedInAHurry(t *testing.T) {
	for text, want := range map[string]string{
		"Đurđica": "durdica", "Djurdjica": "durdica", "ČĆŽŠ": "cczs", "č": "c", "c\u030c": "c",
		"Bærum Grünerløkka Åse": "baerum grunerlokka ase", "Łódź straße": "lodz strasse", "ﬁ": "fi",
	} {
		if got := search.Fold(text); got != want {
			t.Errorf("%q folds to %q, want %q", text, got, want)
		}
	}
}

func TestWords_areLettersAndDigitsOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		for _, lang := range langs {
			for _, w := range search.Words(lang, text) {
				for _, s := range append(slices.Clone(w.Keys), w.Word) {
					if s == "" || len(s) > 40 || strings.ContainsAny(s, " \x00\"'\\&|!():*^+-,\n") {
						t.Fatalf("%q gives %q", text, s)
					}
				}
			}
		}
	})
}

func TestWords_stopWordsAndPossessives(t *testing.T) {
	for _, c := range []struct {
		lang       i18n.Lang
		text, want string
	}{
		{i18n.HR, "Gdje mogu naći pomoć za roditelje?", "pomoc roditelje"},
		{i18n.EN, "the women’s shelter, it's here", "women shelter"},
		{i18n.NB, "hjelp til den som er ny", "hjelp ny"},
		{i18n.HR, "Ilica 10a, II. kat", "ilica 10a ii kat"},
	} {
		var got []string
		for _, w := range search.Words(c.lang, c.text) {
			got = append(got, w.Word)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s %q: %q, want %q", c.lang, c.text, got, c.want)
		}
	}
}

// inflected is a list of words as a directory of help uses them: the word, then forms of it.
func inflected(t *testing.T) (words [][]string) {
	t.Helper()
	f, err := os.Open("testdata/inflected.hr.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if w := strings.Fields(lines.Text()); len(w) > 1 && w[0] != "#" {
			words = append(words, w)
		}
	}
	return words
}

func TestWords_everyFormFindsItsWord(t *testing.T) {
	words := inflected(t)
	if len(words) < 200 {
		t.Fatalf("only %d words", len(words))
	}
	meet := func(a, b []string) bool {
		return slices.ContainsFunc(a, func(k string) bool { return slices.Contains(b, k) })
	}
	keys := func(w string) []string { return search.Words(i18n.HR, w+" x9")[0].Keys }
	for _, way := range []struct {
		name  string
		least float64
		meets func(word, form string) bool
	}{
		{"stemmer, typed with marks", 0.70, func(w, f string) bool { return stem.Croatian(w) == stem.Croatian(f) }},
		{"stemmer, typed without marks", 0.50, func(w, f string) bool { return stem.Croatian(w) == stem.Croatian(search.Fold(f)) }},
		{"stem then fold, typed without marks", 0.70, func(w, f string) bool {
			return search.Fold(stem.Croatian(w)) == search.Fold(stem.Croatian(search.Fold(f)))
		}},
		{"fold then stem, typed either way", 0.70, func(w, f string) bool { return stem.Croatian(search.Fold(w)) == stem.Croatian(search.Fold(f)) }},
		{"with the table, typed with marks", 0.97, func(w, f string) bool { return meet(keys(w), keys(f)) }},
		{"with the table, typed without marks", 0.97, func(w, f string) bool { return meet(keys(w), keys(search.Fold(f))) }},
	} {
		all, found := 0, 0
		var lost []string
		for _, w := range words {
			for _, f := range w[1:] {
				all++
				if way.meets(w[0], f) {
					found++
				} else if way.least > 0.9 {
					lost = append(lost, w[0]+"/"+f)
				}
			}
		}
		share := float64(found) / float64(all)
		t.Logf("%-36s %d of %d forms, %.1f %%", way.name, found, all, 100*share)
		if share < way.least {
			t.Errorf("%s: %.3f, want %.2f; lost %v", way.name, share, way.least, lost[:min(len(lost), 60)])
		}
	}
}
