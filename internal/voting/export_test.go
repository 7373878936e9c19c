package voting

import "time"

// At is the round as it is where the clock is that.
func (r Round) At(zone *time.Location) Round {
	r.zone = zone
	return r
}
