package fairvote

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"
	"strconv"
)

// lotName is hashed before seed and id. Another way to draw would have another name, so that a published seed keeps its lot.
const lotName = "kvart-lot-1"

// Lot is the order that is drawn once from the seed: by place in the election, the rank of each project. It is the order of
// SHA-256 of "kvart-lot-1", a line feed, the seed in decimal digits, a line feed and the project's id; the smallest is first.
// So it hangs on no order of projects, and one project more moves no two others.
func Lot(projects []Project, seed uint64) []int {
	type drawn struct {
		hash [sha256.Size]byte
		at   int
	}
	list := make([]drawn, len(projects))
	for i, p := range projects {
		list[i] = drawn{sha256.Sum256([]byte(lotName + "\n" + strconv.FormatUint(seed, 10) + "\n" + p.ID)), i}
	}
	slices.SortFunc(list, func(a, b drawn) int { return cmp.Or(bytes.Compare(a.hash[:], b.hash[:]), cmp.Compare(a.at, b.at)) })
	ranks := make([]int, len(projects))
	for rank, d := range list {
		ranks[d.at] = rank
	}
	return ranks
}
