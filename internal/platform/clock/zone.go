// Package clock knows time zones by name.
package clock

import (
	"sync"
	"time"
)

// zones are the zones read so far. Reading one costs more than rendering a line of a list, and a zone never changes
// while the program runs.
var zones sync.Map // name to *time.Location

// Zone is the IANA zone of the name; a name that this machine does not know is UTC.
func Zone(name string) *time.Location {
	if l, ok := zones.Load(name); ok {
		return l.(*time.Location)
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC // not kept: names come from files too
	}
	zones.Store(name, l)
	return l
}
