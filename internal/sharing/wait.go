package sharing

import (
	"cmp"
	"slices"
	"time"

	"kvart/internal/booking"
)

// States of a wait.
const (
	StillWaiting = "waiting"
	Offered      = "offered" // the room is held for it until the offer ends
	Took         = "taken"
	Passed       = "passed" // the offer ended
	Left         = "left"
)

// LatelyWeeks is how far back the hours count that decide whose turn it is.
const LatelyWeeks = 12

// MaxWaits is the most times that one organisation waits for at a centre.
const MaxWaits = 20

// Wait is an organisation that waits for a room at one time.
type Wait struct {
	ID             string  `db:"id"`
	CentreID       string  `db:"centre_id"`
	SpaceID        string  `db:"space_id"`
	OrganisationID string  `db:"organisation_id"`
	StartsAt       int64   `db:"starts_at"`
	EndsAt         int64   `db:"ends_at"`
	Title          string  `db:"title"`
	People         int     `db:"people"`
	State          string  `db:"state"`
	OfferUntil     *int64  `db:"offer_until"`
	BookingID      *string `db:"booking_id"`
	CreatedBy      string  `db:"created_by"`
	CreatedAt      int64   `db:"created_at"`
}

// Interval is the time waited for.
func (w Wait) Interval() booking.Interval {
	return booking.Interval{Start: time.Unix(w.StartsAt, 0), End: time.Unix(w.EndsAt, 0)}
}

// Turn orders those who wait for freed time: first who had the least of the centre's rooms in the last LatelyWeeks weeks, by
// minutes confirmed; of those alike, who began to wait first. held are the minutes by organisation.
func Turn(list []Wait, held map[string]int) []Wait {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Wait) int {
		return cmp.Or(cmp.Compare(held[a.OrganisationID], held[b.OrganisationID]), cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return list
}
