package search

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Hit is a document that was found.
type Hit struct {
	Seq     int64
	Score   float64 // more than 0 where words were looked for; only its order and proportions mean something
	Matches []Match // one for each word of the query that the document has
}

// Match is why a word of the query counts in a document.
type Match struct {
	Typed string // as it was typed, folded
	Kind  Kind
	As    string // the synonym, the word put right or the word that begins so; otherwise as Typed
	Field Field
}

// wholeName is what a score is multiplied with where the query has every word of a name.
const wholeName = 1.25

// rarity is the weight of a word that so many documents have, of at most countedTo that are counted: 1 for a common one,
// about 8 for one that a single document has (inverse document frequency against a fixed number, so that a score does not
// change with the number of documents).
func rarity(documents int) float64 {
	return 1 + math.Log(float64(countedTo)/float64(min(max(documents, 1), countedTo)))
}

// countedTo bounds the counting of documents that have a word.
const countedTo = 1000

// ranking scores documents for a query.
type ranking struct {
	words    []Word
	rarities []float64
	tokens   map[string]int // the number of each word that counts
	at       [][][][]int    // word, way, list → numbers
	field    []Field        // of each number in the document that is looked at; notThere
}

const notThere Field = -1

func newRanking(words []Word, rarities []float64) *ranking {
	r := &ranking{words: words, rarities: rarities, tokens: map[string]int{}}
	for _, w := range words {
		var ways [][][]int
		for _, v := range w.ways {
			var lists [][]int
			for _, list := range v.all {
				var numbers []int
				for _, t := range list {
					n, known := r.tokens[t]
					if !known {
						n = len(r.tokens)
						r.tokens[t] = n
					}
					numbers = append(numbers, n)
				}
				lists = append(lists, numbers)
			}
			ways = append(ways, lists)
		}
		r.at = append(r.at, ways)
	}
	r.field = make([]Field, len(r.tokens))
	return r
}

// hit scores a written document; ok is false where it has none of the words.
func (r *ranking) hit(d row) (h Hit, ok bool) {
	for i := range r.field {
		r.field[i] = notThere
	}
	rest := d.Words
	whole := false
	for f := Name; f <= Body; f++ {
		line, after, _ := strings.Cut(rest, "\n")
		rest = after
		if f == Name {
			whole = r.names(line)
			continue
		}
		for w := range strings.SplitSeq(line, " ") {
			r.see(w, f)
		}
	}
	h.Seq = d.Seq
	for i, w := range r.words {
		best, match := 0.0, Match{}
		for j, v := range w.ways {
			field := Name
			for _, list := range r.at[i][j] {
				nearest := notThere
				for _, n := range list {
					if f := r.field[n]; f != notThere && (nearest == notThere || f < nearest) {
						nearest = f
					}
				}
				if nearest == notThere {
					field = notThere
					break
				}
				field = max(field, nearest)
			}
			if field == notThere {
				continue
			}
			if s := weight[field] * worth[v.kind]; s > best {
				best, match = s, Match{w.Typed, v.kind, v.word, field}
			}
		}
		if best > 0 {
			h.Score += r.rarities[i] * best
			h.Matches = append(h.Matches, match)
		}
	}
	if whole {
		h.Score *= wholeName
	}
	return h, len(h.Matches) > 0
}

// names looks at the names of a document and says whether the query has all words of one.
func (r *ranking) names(line string) (whole bool) {
	for name := range strings.SplitSeq(line, "|") {
		all := name != ""
		for word := range strings.SplitSeq(name, " ") {
			has := false
			for w := range strings.SplitSeq(word, ",") {
				if r.see(w, Name) {
					has = true
				}
			}
			all = all && has
		}
		whole = whole || all
	}
	return whole
}

func (r *ranking) see(word string, f Field) bool {
	n, counts := r.tokens[word]
	if counts && (r.field[n] == notThere || f < r.field[n]) {
		r.field[n] = f
	}
	return counts
}

// order puts the best first and, of those as good, the latest.
func order(hits []Hit) {
	slices.SortFunc(hits, func(a, b Hit) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.Seq, a.Seq)) })
}
