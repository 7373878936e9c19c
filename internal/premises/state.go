package premises

import "slices"

// State is how far a request has come.
type State string

// The states of a request.
const (
	Prepared  State = "prepared"
	Sent      State = "sent" // made in the city's application
	Granted   State = "granted"
	Declined  State = "declined"
	Withdrawn State = "withdrawn"
	Expired   State = "expired" // what was granted is over
	Renewed   State = "renewed" // the next year is granted
)

// States are all of them, in the order of a request's life.
var States = []State{Prepared, Sent, Granted, Declined, Withdrawn, Expired, Renewed}

// May says whether a request goes from one state to the other. The database refuses any other step too.
func May(from, to State) bool {
	switch from {
	case Prepared:
		return to == Sent || to == Withdrawn
	case Sent:
		return to == Granted || to == Declined || to == Withdrawn
	case Granted:
		return to == Expired || to == Renewed
	}
	return false
}

// Open says whether something is still to come of the request.
func (s State) Open() bool { return slices.Contains([]State{Prepared, Sent, Granted}, s) }

// Again says whether a next request can be prepared from one in this state.
func (s State) Again() bool {
	return slices.Contains([]State{Granted, Declined, Withdrawn, Expired}, s)
}
