package directory_test

import (
	"slices"
	"strings"
	"testing"

	"kvart/internal/directory"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

func TestSetMeanings_refusesWhatSomebodyElseChanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		set := func(was, means []string) error {
			return d.Tx(t.Context(), func(tx *db.Tx) error {
				return w.SetMeanings(t.Context(), tx, i18n.HR, "pravnik", was, means, "test")
			})
		}
		w.must(set(nil, []string{"pravna pomoć", "odvjetnik"}))
		if err := set(nil, []string{"savjet"}); !fault.Is(err, fault.KindConflict) {
			t.Errorf("who saw none: %v", err)
		}
		w.must(set([]string{"pravna pomoć", "odvjetnik"}, []string{"pravna pomoć", "savjet"}))
		list, err := w.Synonyms(t.Context(), d)
		if w.must(err); !slices.Equal(directory.MeaningsOf(list, i18n.HR, "pravnik"), []string{"pravna pomoć", "savjet"}) || len(directory.MeaningsOf(list, i18n.EN, "pravnik")) != 0 {
			t.Errorf("%v", list)
		}
		w.save(func(tx *db.Tx) error {
			return w.SetWordsFor(t.Context(), tx, i18n.HR, "pravna pomoć", []string{"pravnik"}, []string{"sud"}, "test")
		})
		if list, err = w.Synonyms(t.Context(), d); err != nil || !slices.Equal(directory.WordsFor(list, i18n.HR, "pravna pomoć"), []string{"sud"}) || !slices.Equal(directory.MeaningsOf(list, i18n.HR, "pravnik"), []string{"savjet"}) {
			t.Errorf("%v %v", list, err)
		}
		w.must(set([]string{"savjet"}, nil))
	})
}

func TestSynonym_saysWhatCannotBeLookedFor(t *testing.T) {
	for _, c := range []struct {
		word, means string
		want        string
	}{
		{"pravnik", "pravna pomoć", ""}, {"", "pravna pomoć", "word"}, {"!!!", "pravna pomoć", "word"}, {"pravnik", "…", "means"},
		{"pravnik", "jedan dva tri četiri pet šest sedam osam", "means"}, {"Đak", "djak", "means"}, {strings.Repeat("a", 201), "pravna pomoć", "word"},
	} {
		err := directory.Synonym{Lang: i18n.HR, Word: c.word, Means: c.means}.Check()
		got := ""
		if err != nil {
			got = fault.Of(err).Fields[0].Name
		}
		if got != c.want {
			t.Errorf("%q = %q: fault at %q, want %q", c.word, c.means, got, c.want)
		}
	}
}

func TestTry_showsWhatOtherWordsWouldFindAndKeepsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		s, other := w.service("Savjeti o stanovanju", of(w.legal)), w.service("Papiri i obrasci")
		tried, err := w.Try(t.Context(), d, directory.Ask{Words: "papiri", Lang: i18n.HR}, func(directory.Synonym) bool { return false },
			[]directory.Synonym{{Lang: i18n.HR, Word: "papiri", Means: "pravna pomoć"}})
		w.must(err)
		if len(tried.Now.Hits) != 1 || len(tried.Then.Hits) != 2 || !tried.New(s) || tried.New(other) {
			t.Errorf("now %d, then %d", len(tried.Now.Hits), len(tried.Then.Hits))
		}
		if w.meets("papiri", s) {
			t.Error("trying changed what is found")
		}
	})
}
