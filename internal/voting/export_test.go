package voting

import "time"

// Zoned is the round as it is where the clock is that.
func (r Round) Zoned(zone *time.Location) Round {
	r.zone = zone
	return r
}
