package directory

import (
	"net/url"
	"slices"
	"strings"

	"kvart/internal/platform/db"
)

// MostChosen is how many services a hand-out has at most.
const MostChosen = 20

// picks are the ids of services that somebody put on a hand-out, in their order. They are kept in the address of the
// page and nowhere else.
type picks []string

// picksOf reads the value of s in an address: ids with commas between. What is no id, and what stands there twice, is left
// out; more says that there were more than a hand-out has.
func picksOf(s string) (c picks, more bool) {
	for part := range strings.SplitSeq(s, ",") {
		id := strings.ToLower(strings.TrimSpace(part))
		if !db.IsID(id) || c.has(id) {
			continue
		}
		if len(c) == MostChosen {
			return c, true
		}
		c = append(c, id)
	}
	return c, false
}

func (c picks) has(id string) bool { return slices.Contains(c, id) }

func (c picks) full() bool { return len(c) >= MostChosen }

// String is the value of s.
func (c picks) String() string { return strings.Join(c, ",") }

// with is the choice with the service at its end.
func (c picks) with(id string) picks {
	if c.has(id) || c.full() {
		return c
	}
	return append(slices.Clone(c), id)
}

// without is the choice without it.
func (c picks) without(id string) picks {
	return slices.DeleteFunc(slices.Clone(c), func(x string) bool { return x == id })
}

// moved is the choice with the service so many places further down; up where by is below nought.
func (c picks) moved(id string, by int) picks {
	i := slices.Index(c, id)
	to := i + by
	if i < 0 || to < 0 || to >= len(c) {
		return c
	}
	list := slices.Delete(slices.Clone(c), i, i+1)
	return slices.Insert(list, to, id)
}

// on is the address with the choice added to it; the address has no s of its own.
func (c picks) on(address string) string {
	if len(c) == 0 {
		return address
	}
	mark := "?"
	if strings.Contains(address, "?") {
		mark = "&"
	}
	return address + mark + url.Values{"s": {c.String()}}.Encode()
}
