package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"kvart/internal/platform/db"
)

// slipsAllowed is the number of slips of typing that are put right in a word: a letter left out, one too many, a wrong
// one, or two that changed places. In short words every slip makes another word.
func slipsAllowed(word string) int {
	switch n := utf8.RuneCountInString(word); {
	case n < 4:
		return 0
	case n < 8:
		return 1
	default:
		return 2
	}
}

// What two words have in common that differ by a slip or two: both become the same when each loses as many letters
// (Garbe's symmetric deletes). Only the first letters are looked at, which is exact as well, and keeps the table small.
const firstLetters = 7

// slipsOf gives the beginning of the word with up to so many letters left out, itself too.
func slipsOf(word string, most int) []string {
	r := []rune(word)
	list := []string{string(r[:min(len(r), firstLetters)])}
	for from := 0; most > 0; most-- {
		to := len(list)
		for _, s := range list[from:to] {
			r := []rune(s)
			for i := range r {
				if less := string(r[:i]) + string(r[i+1:]); len(less) > 0 && !slices.Contains(list, less) {
					list = append(list, less)
				}
			}
		}
		from = to
	}
	return list
}

// distance is the number of slips between two words (optimal string alignment: no letter is moved twice).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			wrong := 1
			if x[i-1] == y[j-1] {
				wrong = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+wrong)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}

// learn adds words that the index does not know. Known ones, nearly all, cost a lookup; no process remembers which they
// are, as another may have forgotten one.
func (x Index) learn(ctx context.Context, tx *db.Tx, words map[string]bool) error {
	var all, fresh []string
	for w := range words {
		all = append(all, w)
	}
	slices.Sort(all) // in one order, so that two that save at once do not wait for each other
	for part := range slices.Chunk(all, atOnce) {
		var known []string
		args := db.Args{}
		if err := tx.Select(ctx, &known, `SELECT word FROM `+x.Table+`_words WHERE word IN (`+db.In("w", padded(part), args)+`)`, args); err != nil {
			return err
		}
		have := map[string]bool{}
		for _, w := range known {
			have[w] = true
		}
		for _, w := range part {
			if !have[w] {
				fresh = append(fresh, w)
			}
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return x.add(ctx, tx, fresh)
}

// add adds words to the vocabulary. Of two that add one word at once, the second waits and finds it there.
func (x Index) add(ctx context.Context, tx *db.Tx, words []string) error {
	list, slips := make([][]any, len(words)), make([][]any, len(words))
	if tx.DialectOf() == db.Postgres {
		for i, w := range words {
			list[i] = []any{w, slipsTold(db.Postgres, w)}
		}
		_, err := tx.Insert(ctx, x.Table+"_words", []string{"word", "slips tsvector"}, list, ` ON CONFLICT DO NOTHING`)
		return err
	}
	var last int64
	if err := tx.Get(ctx, &last, `SELECT COALESCE(MAX(id), 0) FROM `+x.Table+`_words`, nil); err != nil {
		return err
	}
	for i, w := range words {
		id := last + int64(i) + 1
		list[i], slips[i] = []any{id, w}, []any{id, slipsTold(db.SQLite, w)}
	}
	if _, err := tx.Insert(ctx, x.Table+"_words", []string{"id", "word"}, list, ""); err != nil {
		return err
	}
	_, err := tx.Insert(ctx, x.Table+"_slips", []string{"rowid", "slips"}, slips, "")
	return err
}

// slipsTold is what the engine's index is given of a word.
func slipsTold(engine db.Engine, word string) string {
	return tokensTold(engine, slipsOf(word, slipsKept(word)))
}

// slipsKept is the number of letters that are left out of a word of the index.
func slipsKept(word string) int {
	if utf8.RuneCountInString(word) < 6 { // no word of eight letters is two slips away
		return 1
	}
	return 2
}

// forget removes those of the words that no document has. One that is being saved elsewhere with such a word just now
// keeps it found as it is written, and loses its being put right.
func (x Index) forget(ctx context.Context, tx *db.Tx, words []string) error {
	for _, w := range words {
		n, err := x.count(ctx, tx, entry(anywhere, w), 1)
		if err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		if tx.DialectOf() == db.SQLite {
			var ids []int64
			if err := tx.Select(ctx, &ids, `SELECT id FROM `+x.Table+`_words WHERE word = :w`, db.Args{"w": w}); err != nil {
				return err
			}
			for _, id := range ids { // none, for a key that is no word
				if _, err := tx.Exec(ctx, fmt.Sprintf(`INSERT INTO %[1]s_slips (%[1]s_slips, rowid, slips) VALUES ('delete', :id, :s)`, x.Table),
					db.Args{"id": id, "s": slipsTold(db.SQLite, w)}); err != nil {
					return err
				}
			}
		}
		if _, err := tx.Exec(ctx, `DELETE FROM `+x.Table+`_words WHERE word = :w`, db.Args{"w": w}); err != nil {
			return err
		}
	}
	return nil
}

// Bounds of what a word is widened to.
const (
	mostBeginnings  = 10  // words that begin so are looked for
	mostBegun       = 300 // of them are read
	mostCorrections = 3
)

// beginnings gives words of the index that begin like the typed one, the shortest first.
func (x Index) beginnings(ctx context.Context, q db.Querier, typed string) ([]string, error) {
	var list []string
	if err := q.Select(ctx, &list, fmt.Sprintf(`SELECT word FROM %s_words WHERE word > :from AND word < :to ORDER BY word LIMIT %d`, x.Table, mostBegun),
		db.Args{"from": typed, "to": typed + "\U0010ffff"}); err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	return list[:min(len(list), mostBeginnings)], nil
}

// corrections gives the words of the index nearest to the typed one, which it does not know; of those as near, the ones
// that begin and end like it.
func (x Index) corrections(ctx context.Context, q db.Querier, typed string) ([]string, error) {
	most := slipsAllowed(typed)
	if most == 0 || isNumber(typed) {
		return nil, nil
	}
	var keys []expression
	for _, s := range slipsOf(typed, most) {
		keys = append(keys, entry("", s))
	}
	query := `SELECT word FROM ` + x.Table + `_words WHERE slips @@ CAST(:q AS tsquery)`
	if q.DialectOf() == db.SQLite {
		query = fmt.Sprintf(`SELECT w.word FROM %[1]s_slips i JOIN %[1]s_words w ON w.id = i.rowid WHERE i.%[1]s_slips MATCH :q`, x.Table)
	}
	var list []string
	if err := q.Select(ctx, &list, query, db.Args{"q": anyOf(keys...).text(q.DialectOf())}); err != nil {
		return nil, err
	}
	far := map[string]int{}
	for _, w := range list {
		if d := distance(typed, w); d > 0 && d <= most {
			far[w] = 3 * d
			if w[0] != typed[0] {
				far[w]++
			}
			if w[len(w)-1] != typed[len(typed)-1] {
				far[w]++
			}
		}
	}
	list = slices.DeleteFunc(list, func(w string) bool { return far[w] == 0 })
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(far[a]-far[b], strings.Compare(a, b)) })
	return list[:min(len(list), mostCorrections)], nil
}
