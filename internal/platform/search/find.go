package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kvart/internal/platform/db"
)

// Bounds of a search.
const (
	mostRanked = 500 // documents are scored, however many match
	mostAtOnce = 100 // are read before it is asked which of more are the nearest
	enough     = 5   // found, and the last word is not taken as a beginning too
)

// Found is the answer of a search.
type Found struct {
	Hits    []Hit // the best first
	All     bool  // nothing else matches
	Loose   bool  // no document has all words: these have some
	Guessed bool  // a word that no document has was put right in some; their matches say how
	Looked  Query // what was looked for in the end, for Count
}

// Find gives the best documents for the query, at most limit and never more than 500. What has all words in its name
// comes first into the ranking, then name and terms, then any field, the latest documents of each first: a query that
// matches more than are ranked leaves out those that would be last.
//
// Where that is little, the last word is taken as a beginning too. Where it is nothing, words that no document has are
// put right, and then one word is enough. A query without words gives the latest documents that the facets leave.
func (x Index) Find(ctx context.Context, q db.Querier, query Query, limit int) (Found, error) {
	limit = min(max(limit, 0), mostRanked)
	f := Found{Looked: query}
	if len(query.Words) == 0 {
		rows, err := x.numbers(ctx, q, query, limit+1)
		for _, r := range rows[:min(len(rows), limit)] {
			f.Hits = append(f.Hits, Hit{Seq: r})
		}
		f.All = len(rows) <= limit
		return f, err
	}

	rows, all, err := x.candidates(ctx, q, query)
	if err != nil {
		return f, err
	}
	words := query.Words
	if last := words[len(words)-1]; len(rows) < enough && last.beginning {
		begun, err := x.beginnings(ctx, q, last.Typed)
		if err != nil {
			return f, err
		}
		if len(begun) > 0 {
			for _, w := range begun {
				last.ways = append(slices.Clip(last.ways), way{Beginning, w, [][]string{{w}}})
			}
			f.Looked.Words = append(slices.Clone(words[:len(words)-1]), last)
			if rows, all, err = x.candidates(ctx, q, f.Looked); err != nil {
				return f, err
			}
		}
	}

	var have []int // documents that have each word, counted only where it decides something
	if len(rows) == 0 || len(words) > 1 && len(rows) > 1 {
		if have, err = x.frequencies(ctx, q, f.Looked.Words); err != nil {
			return f, err
		}
	}
	if len(rows) == 0 && slices.Contains(have, 0) {
		words, guessed := slices.Clone(f.Looked.Words), false
		for i := range words {
			if have[i] > 0 {
				continue
			}
			right, err := x.corrections(ctx, q, words[i].Typed)
			if err != nil {
				return f, err
			}
			for _, w := range right {
				guessed = true
				words[i].ways = append(slices.Clip(words[i].ways), way{Corrected, w, [][]string{forms(w, query.langs)}})
			}
		}
		if guessed {
			f.Looked.Words = words
			if rows, all, err = x.candidates(ctx, q, f.Looked); err != nil {
				return f, err
			}
			if have, err = x.frequencies(ctx, q, words); err != nil {
				return f, err
			}
		}
	}
	if len(rows) == 0 && len(words) > 1 {
		f.Loose, f.Looked.loose = true, true
		if rows, all, err = x.loosely(ctx, q, f.Looked, have); err != nil {
			return f, err
		}
	}

	rarities := make([]float64, len(f.Looked.Words))
	for i := range rarities {
		rarities[i] = 1
		if have != nil {
			rarities[i] = rarity(have[i])
		}
	}
	r := newRanking(f.Looked.Words, rarities)
	for _, d := range rows {
		if h, ok := r.hit(d); ok {
			f.Hits = append(f.Hits, h)
		}
	}
	order(f.Hits)
	if len(f.Hits) > limit {
		f.Hits, all = f.Hits[:limit], false
	}
	f.All = all
	f.Guessed = slices.ContainsFunc(f.Hits, func(h Hit) bool {
		return slices.ContainsFunc(h.Matches, func(m Match) bool { return m.Kind == Corrected })
	})
	return f, nil
}

// Count gives the number of documents that match, counting no further than most. Of Found.Looked it is the number of
// those that Find would give without its bounds.
func (x Index) Count(ctx context.Context, q db.Querier, query Query, most int) (int, error) {
	if query.everything() {
		var n int
		err := q.Get(ctx, &n, fmt.Sprintf(`SELECT COUNT(*) FROM (SELECT 1 AS one FROM %s_documents LIMIT :most) AS counted`, x.Table), db.Args{"most": most})
		return n, err
	}
	return x.count(ctx, q, query.asked(anywhere), most)
}

// candidates gives the documents that are ranked, and whether they are all that match.
func (x Index) candidates(ctx context.Context, q db.Querier, query Query) (rows []row, all bool, err error) {
	wide, whole := query.asked(anywhere), query.bodyCounts()
	rows, err = x.rows(ctx, q, wide, whole, false, mostAtOnce+1)
	if err != nil || len(rows) <= mostAtOnce {
		return rows, true, err
	}
	// Each step leaves out what the one before has found.
	rows, err = x.rows(ctx, q, query.asked(inName), whole, true, mostRanked)
	for _, step := range []expression{without(query.asked(inTerms), query.words(inName)), without(wide, query.words(inTerms))} {
		if err != nil || len(rows) >= mostRanked {
			break
		}
		var more []row
		more, err = x.rows(ctx, q, step, whole, true, mostRanked-len(rows))
		rows = append(rows, more...)
	}
	return rows, len(rows) < mostRanked, err
}

// loosely gives the documents that have one of the words, those with the rarest first.
func (x Index) loosely(ctx context.Context, q db.Querier, query Query, have []int) (rows []row, all bool, err error) {
	words := make([]int, len(query.Words))
	for i := range words {
		words[i] = i
	}
	slices.SortStableFunc(words, func(a, b int) int { return cmp.Compare(have[a], have[b]) })
	var sooner []expression
	for _, i := range words {
		if have[i] == 0 {
			continue
		}
		word := query.Words[i].expression(anywhere)
		step := query.narrowed([]expression{word})
		if len(sooner) > 0 {
			step = without(step, anyOf(sooner...))
		}
		more, err := x.rows(ctx, q, step, true, true, mostRanked-len(rows))
		if err != nil {
			return nil, false, err
		}
		if rows = append(rows, more...); len(rows) >= mostRanked {
			return rows, false, nil
		}
		sooner = append(sooner, word)
	}
	return rows, true, nil
}

// rows gives documents that match, without their bodies where those do not count: the latest, or any.
func (x Index) rows(ctx context.Context, q db.Querier, e expression, whole, latest bool, most int) (rows []row, err error) {
	columns := "d.seq, d.head"
	if whole {
		columns += ", d.body"
	}
	read := func(e expression, which string, most int) (more []row, err error) {
		err = q.Select(ctx, &more, `SELECT `+columns+` FROM (`+which+`) AS m JOIN `+x.Table+`_documents d ON d.seq = m.seq`, db.Args{"q": e.text(q.DialectOf()), "most": most})
		return more, err
	}
	if !latest {
		return read(e, x.any(q.DialectOf()), most)
	}
	return inSpans(ctx, x, q, e, most, read)
}

// bodyCounts says whether the ranking needs to know how a word is in the body: it may be there in ways of different worth,
// or not at all.
func (q Query) bodyCounts() bool {
	return q.loose || slices.ContainsFunc(q.Words, func(w Word) bool {
		return slices.ContainsFunc(w.ways, func(v way) bool { return v.kind > Inflected })
	})
}

// numbers gives the numbers of documents that match, the latest first.
func (x Index) numbers(ctx context.Context, q db.Querier, query Query, most int) (seqs []int64, err error) {
	if query.everything() {
		err = q.Select(ctx, &seqs, `SELECT seq FROM `+x.Table+`_documents ORDER BY seq DESC LIMIT :most`, db.Args{"most": most})
		return seqs, err
	}
	return inSpans(ctx, x, q, query.asked(anywhere), most, func(e expression, which string, most int) (more []int64, err error) {
		err = q.Select(ctx, &more, `SELECT seq FROM (`+which+`) AS m ORDER BY seq DESC`, db.Args{"q": e.text(q.DialectOf()), "most": most})
		return more, err
	})
}

// spans are how many blocks PostgreSQL looks into for the latest, one span after the other, before the rest.
var spans = []int64{2, 6, 24}

// inSpans reads the latest that match, at most so many. SQLite walks its index from the end and stops. PostgreSQL gathers
// all that match before it sorts them, and looks at a row for each: so it is asked for the last blocks of numbers first,
// which stand in the index as words do, and for more only while that is not enough.
func inSpans[T any](ctx context.Context, x Index, q db.Querier, e expression, most int, read func(e expression, which string, most int) ([]T, error)) (all []T, err error) {
	which := x.latest(q.DialectOf())
	if q.DialectOf() != db.Postgres {
		return read(e, which, most)
	}
	var last int64
	if err := q.Get(ctx, &last, `SELECT COALESCE(MAX(seq), 0) FROM `+x.Table+`_documents`, nil); err != nil {
		return nil, err
	}
	next := last >> blockBits
	if next < spans[0]+spans[1] {
		return read(e, which, most)
	}
	for _, n := range spans {
		var blocks []expression
		for ; n > 0 && next >= 0; n, next = n-1, next-1 {
			blocks = append(blocks, entry(ofBlock, strconv.FormatInt(next, 10)))
		}
		if len(blocks) == 0 {
			return all, nil
		}
		more, err := read(allOf(e, anyOf(blocks...)), which, most-len(all))
		if all = append(all, more...); err != nil || len(all) >= most {
			return all, err
		}
	}
	more, err := read(e, strings.Replace(which, ` ORDER`, fmt.Sprintf(` AND i.seq < %d ORDER`, (next+1)<<blockBits), 1), most-len(all))
	return append(all, more...), err
}

// any is the numbers of documents that match :q, at most :most.
func (x Index) any(engine db.Engine) string {
	number := "i.rowid"
	if engine == db.Postgres {
		number = "i.seq"
	}
	return `SELECT ` + number + ` AS seq FROM ` + x.Table + `_index i WHERE ` + x.matching(engine, "q") + ` LIMIT :most`
}

// latest is any, but the latest of them.
func (x Index) latest(engine db.Engine) string {
	by := "i.rowid"
	if engine == db.Postgres {
		by = "i.seq + 0" // by the index of numbers it would read rows from the end, however few match
	}
	return strings.Replace(x.any(engine), ` LIMIT`, ` ORDER BY `+by+` DESC LIMIT`, 1)
}

func (x Index) count(ctx context.Context, q db.Querier, e expression, most int) (n int, err error) {
	err = q.Get(ctx, &n, x.counted(q.DialectOf(), "q"), db.Args{"q": e.text(q.DialectOf()), "most": most})
	return n, err
}

func (x Index) counted(engine db.Engine, parameter string) string {
	return `SELECT COUNT(*) FROM (SELECT 1 AS one FROM ` + x.Table + `_index i WHERE ` + x.matching(engine, parameter) + ` LIMIT :most) AS counted`
}

// frequencies gives for each word the number of documents that have it, of at most countedTo.
func (x Index) frequencies(ctx context.Context, q db.Querier, words []Word) ([]int, error) {
	args := db.Args{"most": countedTo}
	var list []string
	for i, w := range words {
		parameter := fmt.Sprint("q", i)
		args[parameter] = w.expression(anywhere).text(q.DialectOf())
		list = append(list, fmt.Sprintf(`SELECT %d AS word, (%s) AS n`, i, x.counted(q.DialectOf(), parameter)))
	}
	var rows []struct{ Word, N int }
	if err := q.Select(ctx, &rows, strings.Join(list, " UNION ALL "), args); err != nil {
		return nil, err
	}
	have := make([]int, len(words))
	for _, r := range rows {
		have[r.Word] = r.N
	}
	return have, nil
}

// everything says whether the query leaves nothing out.
func (q Query) everything() bool {
	return len(q.Words) == 0 && !slices.ContainsFunc(q.Facets, func(list []string) bool { return len(list) > 0 })
}

// asked is the query under the prefix.
func (q Query) asked(prefix string) expression {
	if len(q.Words) == 0 {
		return q.narrowed(nil)
	}
	return q.narrowed([]expression{q.words(prefix)})
}

// words is every word, or one where that is enough, under the prefix.
func (q Query) words(prefix string) expression {
	var words []expression
	for _, w := range q.Words {
		words = append(words, w.expression(prefix))
	}
	if q.loose {
		return anyOf(words...)
	}
	return allOf(words...)
}

// narrowed adds the facets.
func (q Query) narrowed(parts []expression) expression {
	for _, list := range q.Facets {
		var any []expression
		for _, f := range list {
			any = append(any, entry(ofFacet, facet(f)))
		}
		if len(any) > 0 {
			parts = append(parts, anyOf(any...))
		}
	}
	return allOf(parts...)
}

func (w Word) expression(prefix string) expression {
	var ways []expression
	for _, v := range w.ways {
		var all []expression
		for _, list := range v.all {
			var any []expression
			for _, t := range list {
				any = append(any, entry(prefix, t))
			}
			all = append(all, anyOf(any...))
		}
		ways = append(ways, allOf(all...))
	}
	return anyOf(ways...)
}
