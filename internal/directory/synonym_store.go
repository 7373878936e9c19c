package directory

import (
	"context"
	"slices"
	"strings"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/search"
)

// Synonym is a word that people type, and what it means here: who types the one looks for the other too.
type Synonym struct {
	Lang  i18n.Lang `db:"lang"`
	Word  string    `db:"word"`
	Means string    `db:"means"`
}

// Bounds of the words that mean the same.
const (
	mostMeanings = 8  // of a word: package search looks for no more
	mostWordsFor = 40 // that mean one term, in a language
	mostPhrase   = 6  // words of a phrase: package search reads no more
)

// Check returns Invalid with the fields that cannot be right: a phrase without a word in it, a longer one than is looked
// for, or a word that means itself.
func (y Synonym) Check() error {
	var f fault.Form
	for i, phrase := range []string{y.Word, y.Means} {
		name := []string{"word", "means"}[i]
		checkLine(&f, name, phrase, mostName)
		switch n := len(search.Words(y.Lang, phrase)); {
		case strings.TrimSpace(phrase) == "":
			f.Add(name, "fault.required")
		case n == 0:
			f.Add(name, "directory.fault.no_word", "line", short(phrase))
		case n > mostPhrase:
			f.Add(name, "directory.fault.long_phrase", "line", short(phrase), "max", mostPhrase)
		}
	}
	if y.Word != "" && i18n.Fold(y.Word) == i18n.Fold(y.Means) {
		f.Add("means", "directory.fault.means_itself", "line", short(y.Word))
	}
	if !i18nLang(y.Lang) {
		f.Add("lang", "directory.fault.lang")
	}
	return f.Err()
}

// AddSynonym adds a synonym of the network; one that is there already changes nothing.
func (s *Store) AddSynonym(ctx context.Context, tx *db.Tx, y Synonym, by string) error {
	if err := y.Check(); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `INSERT INTO directory_synonyms (lang, word, means) VALUES (:lang, :word, :means) ON CONFLICT (lang, word, means) DO NOTHING`,
		db.Args{"lang": y.Lang, "word": y.Word, "means": y.Means})
	if err != nil || n == 0 {
		return err
	}
	return s.note(ctx, tx, "directory.synonym", by, "network", string(y.Lang))
}

// RemoveSynonym takes one back.
func (s *Store) RemoveSynonym(ctx context.Context, tx *db.Tx, y Synonym, by string) error {
	n, err := tx.Exec(ctx, `DELETE FROM directory_synonyms WHERE lang = :lang AND word = :word AND means = :means`, db.Args{"lang": y.Lang, "word": y.Word, "means": y.Means})
	if err != nil || n == 0 {
		return err
	}
	return s.note(ctx, tx, "directory.synonym", by, "network", string(y.Lang))
}

// Synonyms are all of the network's, by language and word.
func (s *Store) Synonyms(ctx context.Context, q db.Querier) ([]Synonym, error) {
	var list []Synonym
	err := q.Select(ctx, &list, `SELECT * FROM directory_synonyms ORDER BY lang, word, means`, nil)
	return list, err
}

// MeaningsOf is what the word means in the language, of all synonyms.
func MeaningsOf(list []Synonym, l i18n.Lang, word string) (means []string) {
	for _, y := range list {
		if y.Lang == l && y.Word == word {
			means = append(means, y.Means)
		}
	}
	return means
}

// WordsFor are the words that mean the phrase in the language, of all synonyms.
func WordsFor(list []Synonym, l i18n.Lang, means string) (words []string) {
	for _, y := range list {
		if y.Lang == l && y.Means == means {
			words = append(words, y.Word)
		}
	}
	return words
}

// SetMeanings lets the word of a language mean these phrases, in the place of those that it was seen to mean; with none it is no
// synonym any more. It returns Conflict when somebody changed what it means since.
func (s *Store) SetMeanings(ctx context.Context, tx *db.Tx, l i18n.Lang, word string, was, means []string, by string) error {
	return s.exchange(ctx, tx, was, means, by, func(list []Synonym) []string { return MeaningsOf(list, l, word) },
		func(means string) Synonym { return Synonym{l, word, means} })
}

// SetWordsFor lets these words of a language mean the phrase, in the place of those that were seen to. It returns Conflict when
// somebody changed them since.
func (s *Store) SetWordsFor(ctx context.Context, tx *db.Tx, l i18n.Lang, means string, was, words []string, by string) error {
	return s.exchange(ctx, tx, was, words, by, func(list []Synonym) []string { return WordsFor(list, l, means) },
		func(word string) Synonym { return Synonym{l, word, means} })
}

func (s *Store) exchange(ctx context.Context, tx *db.Tx, was, is []string, by string, now func([]Synonym) []string, of func(string) Synonym) error {
	// A write first: two who change words wait for each other.
	if _, err := tx.Exec(ctx, `UPDATE change_counters SET n = n + 1 WHERE scope = 'taxonomies'`, nil); err != nil {
		return err
	}
	list, err := s.Synonyms(ctx, tx)
	if err != nil {
		return err
	}
	there := now(list)
	if !sameWords(there, was) {
		return fault.Conflict("network.fault.changed_meanwhile")
	}
	for _, w := range there {
		if !slices.Contains(is, w) {
			if err := s.RemoveSynonym(ctx, tx, of(w), by); err != nil {
				return err
			}
		}
	}
	for _, w := range is {
		if !slices.Contains(there, w) {
			if err := s.AddSynonym(ctx, tx, of(w), by); err != nil {
				return err
			}
		}
	}
	return nil
}

func sameWords(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// Meant is the phrase by which words of the language mean the term: its name in that language, or else in the first that
// it has.
func (t Term) Meant(l i18n.Lang) string {
	name, _ := t.Name.In(l)
	return name
}

// wordsFollow lets words that meant the name of a term mean that of another, or its new one. Where one more term has the old
// name they mean both.
func (s *Store) wordsFollow(ctx context.Context, tx *db.Tx, was, is Term, by string) error {
	list, err := s.Synonyms(ctx, tx)
	if err != nil {
		return err
	}
	for _, l := range i18n.All {
		from, to := was.Meant(l), is.Meant(l)
		if from == to || from == "" || to == "" {
			continue
		}
		words := WordsFor(list, l, from)
		if len(words) == 0 {
			continue
		}
		sorts, err := s.Taxonomies(ctx, tx)
		if err != nil {
			return err
		}
		shared := slices.ContainsFunc(sorts.Terms, func(o Term) bool { return o.ID != was.ID && o.Meant(l) == from })
		for _, word := range words {
			if !shared {
				if err := s.RemoveSynonym(ctx, tx, Synonym{l, word, from}, by); err != nil {
					return err
				}
			}
			if i18n.Fold(word) == i18n.Fold(to) { // it is found by its own name now
				continue
			}
			if err := s.AddSynonym(ctx, tx, Synonym{l, word, to}, by); err != nil {
				return err
			}
		}
	}
	return nil
}

// Tried is what a search finds now, and what it would find with other words.
type Tried struct {
	Words string
	Now   Found
	Then  Found
}

// New says whether the service is found only with the other words.
func (t Tried) New(id string) bool {
	return !slices.ContainsFunc(t.Now.Hits, func(h Hit) bool { return h.ID == id })
}

// Try asks twice: with the network's words, and with the given in the place of those that go. Nothing is counted or kept.
func (s *Store) Try(ctx context.Context, q db.Querier, a Ask, goes func(Synonym) bool, with []Synonym) (t Tried, err error) {
	list, err := s.Synonyms(ctx, q)
	if err != nil {
		return t, err
	}
	t.Words = a.Words
	if t.Now, err = s.Find(ctx, q, a); err != nil {
		return t, err
	}
	a.synonyms = &search.Synonyms{}
	for _, y := range append(slices.DeleteFunc(list, goes), with...) {
		a.synonyms.Add(y.Lang, y.Word, y.Means)
	}
	t.Then, err = s.Find(ctx, q, a)
	return t, err
}
