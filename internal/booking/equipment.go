package booking

import (
	"slices"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// MaxQuantity is the most there is of one piece of equipment (the schema refuses more).
const MaxQuantity = 10000

// Equipment is something of a centre that there is a number of: a projector, forty chairs, the kitchen.
type Equipment struct {
	ID         string    `db:"id"`
	CentreID   string    `db:"centre_id"`
	Name       i18n.Text `db:"name"`
	Quantity   int       `db:"quantity"`
	QuantityAt int64     `db:"quantity_at"` // from when on there are so many
	Position   int       `db:"position"`
	Closed     db.Bool   `db:"closed"` // no longer lent
	Version    int       `db:"version"`
}

// Check returns Invalid with a fault a field.
func (e Equipment) Check() error {
	var f fault.Form
	if e.Name.Empty() {
		f.Add("name-hr", "booking.fault.equipment_name")
	}
	for l, t := range e.Name {
		if len([]rune(t)) > 60 {
			f.Add("name-"+string(l), "fault.too_long", "max", 60)
		}
	}
	if e.Quantity < 1 || e.Quantity > MaxQuantity {
		f.Add("quantity", "fault.not_a_number", "low", 1, "high", MaxQuantity)
	}
	return f.Err()
}

// Amount is so many of a piece of equipment.
type Amount struct {
	EquipmentID string `db:"equipment_id"`
	N           int    `db:"amount"`
}

// Missing is equipment of which fewer are free than somebody wants.
type Missing struct {
	Equipment  Equipment
	Wanted     int
	Free       int       // at the worst moment
	Start, End time.Time // of the wanted time, when fewer than wanted are free: from the first such moment to the last
}

// use is an amount that is held for a time.
type use struct {
	BookingID   string `db:"booking_id"`
	EquipmentID string `db:"equipment_id"`
	FromAt      int64  `db:"from_at"`
	ToAt        int64  `db:"to_at"`
	N           int    `db:"amount"`
}

// short says how many are free at the worst moment of the half-open span beside the uses of one piece of equipment, and
// from when to when fewer are free than wanted; to is 0 where there are enough. The sum changes only where a use begins
// or ends, so these moments are all there is to look at.
func short(quantity, wanted int, uses []use, from, to int64) (free int, first, last int64) {
	moments := []int64{from}
	for _, u := range uses {
		for _, m := range []int64{u.FromAt, u.ToAt} {
			if m > from && m < to {
				moments = append(moments, m)
			}
		}
	}
	free = quantity
	for _, m := range moments {
		there, next := quantity, to
		for _, u := range uses {
			if u.FromAt <= m && m < u.ToAt {
				there -= u.N
			}
			for _, x := range []int64{u.FromAt, u.ToAt} {
				if x > m {
					next = min(next, x)
				}
			}
		}
		free = min(free, there)
		if there < wanted {
			if last == 0 || m < first {
				first = m
			}
			last = max(last, next)
		}
	}
	return max(free, 0), first, last
}

// Level is how many of a piece of equipment are free for a while.
type Level struct {
	Start, End time.Time
	Free       int
}

// levels are how many are free through the half-open span, each as long as it lasts.
func levels(quantity int, uses []use, from, to int64) []Level {
	moments := []int64{from, to}
	for _, u := range uses {
		for _, m := range []int64{u.FromAt, u.ToAt} {
			if m > from && m < to {
				moments = append(moments, m)
			}
		}
	}
	slices.Sort(moments)
	moments = slices.Compact(moments)
	var list []Level
	for i, m := range moments[:len(moments)-1] {
		free := quantity
		for _, u := range uses {
			if u.FromAt <= m && m < u.ToAt {
				free -= u.N
			}
		}
		free, end := max(free, 0), time.Unix(moments[i+1], 0)
		if n := len(list); n > 0 && list[n-1].Free == free {
			list[n-1].End = end
			continue
		}
		list = append(list, Level{Start: time.Unix(m, 0), End: end, Free: free})
	}
	return list
}
