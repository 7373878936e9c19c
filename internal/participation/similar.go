package participation

import (
	"cmp"
	"slices"

	"kvart/internal/platform/search"
)

// mostSimilar are as many as are suggested.
const mostSimilar = 4

// Similar are those of the list that seem to say the same, the likest first. Words count by their root, without marks, and
// those of titles twice; a word that many of the list have counts less. It is a help for whoever decides, and decides
// nothing.
func Similar(one Proposal, list []Proposal) []Proposal {
	mine := keysOf(one)
	in := map[string]int{} // how many of the list have the word
	all := make([]map[string]float64, len(list))
	for i, p := range list {
		all[i] = keysOf(p)
		for k := range all[i] {
			in[k]++
		}
	}
	rare := func(k string) float64 { return 1 / float64(1+in[k]) }
	type scored struct {
		p     Proposal
		score float64
	}
	var found []scored
	for i, p := range list {
		if p.ID == one.ID {
			continue
		}
		shared, words := 0.0, 0
		for k, w := range mine {
			if other, ok := all[i][k]; ok {
				shared += min(w, other) * (1 + rare(k))
				words++
			}
		}
		// Against the shorter of the two: a short proposal within a long one is the same idea.
		if size := min(sum(mine), sum(all[i])); size > 0 && (words >= 2 && shared/size >= 0.28 || shared/size >= 0.45 || words > 0 && titlesMeet(one, p)) {
			found = append(found, scored{p, shared / max(size, 1)})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var best []Proposal
	for _, f := range found[:min(len(found), mostSimilar)] {
		best = append(best, f.p)
	}
	return best
}

// keysOf are the roots of a proposal's words with their weight.
func keysOf(p Proposal) map[string]float64 {
	keys := map[string]float64{}
	put := func(text string, weight float64) {
		for _, t := range search.Words(p.Lang, text) {
			if len(t.Keys) > 0 && len(t.Word) > 2 {
				keys[t.Keys[0]] = max(keys[t.Keys[0]], weight)
			}
		}
	}
	put(p.Title, 2)
	put(p.About, 1)
	return keys
}

// titlesMeet says whether more than half of the roots of the shorter title are in the other.
func titlesMeet(a, b Proposal) bool {
	x, y := keysOf(Proposal{Lang: a.Lang, Title: a.Title}), keysOf(Proposal{Lang: b.Lang, Title: b.Title})
	both := 0
	for k := range x {
		if _, ok := y[k]; ok {
			both++
		}
	}
	return both > 0 && 2*both > min(len(x), len(y))
}

func sum(keys map[string]float64) (n float64) {
	for _, w := range keys {
		n += w
	}
	return n
}
