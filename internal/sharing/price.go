package sharing

import (
	"slices"

	"kvart/internal/platform/fault"
)

// Groups of those who use rooms. The full price, at which free use is valued, is that of the last.
const (
	OwnMembers = "member"
	NonProfit  = "nonprofit"
	Commercial = "commercial"
)

// Groups in the order of the page.
var Groups = []string{OwnMembers, NonProfit, Commercial}

// Price is what an hour of a room costs a group, in cents of the network's currency.
type Price struct {
	SpaceID string `db:"space_id"`
	Group   string `db:"user_group"`
	Prime   int    `db:"prime"` // 1: in the hours that everybody wants
	Cents   int64  `db:"cents"`
}

// Rates are the cents of an hour by group, for prime and other time, of one room.
type Rates map[string][2]int64

// RatesOf are the rates of the room; ok is false where it has no full price.
func RatesOf(list []Price, spaceID string) (r Rates, ok bool) {
	r = Rates{}
	for _, p := range list {
		if p.SpaceID == spaceID {
			pair := r[p.Group]
			pair[p.Prime] = p.Cents
			r[p.Group] = pair
		}
	}
	full := r[Commercial]
	return r, full[0] > 0 || full[1] > 0
}

// Check returns Invalid where a group would pay more than the full price, or somebody less than nothing.
func (r Rates) Check() error {
	full := r[Commercial]
	for g, pair := range r {
		for t, cents := range pair {
			if !slices.Contains(Groups, g) || cents < 0 || cents > 1e8 {
				return fault.Invalid("sharing.fault.price")
			}
			if cents > full[t] {
				return fault.Invalid("sharing.fault.price_over")
			}
		}
	}
	return nil
}

// Worth is what so many minutes of prime and other time are worth at the full price, and what of it the group is charged; the
// rest was given away. The minutes of one booking are added up before rounding, and half a cent goes up.
func (r Rates) Worth(group string, prime, other int) (value, charged int64) {
	cents := func(g string) int64 {
		return (int64(prime)*r[g][1] + int64(other)*r[g][0] + 30) / 60
	}
	return cents(Commercial), cents(group)
}
