package booking

import (
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// Pages are the desk's pages of spaces and bookings.
type Pages struct {
	Store   *Store
	Network *network.Store
	Opens   func(r *web.Request, session string) (bool, error) // whether the reader may open the session, which package programme knows; nil is always
}

// ReaderOf is the page's reader to the rule of what is shown of a booking.
func ReaderOf(r *web.Request) Reader {
	return Reader{Sees: func(need auth.Permission, centreID string) bool {
		return r.Viewer.Can(need, auth.Scope{Kind: network.ScopeCentre, ID: centreID})
	}}
}

func (p *Pages) centre(r *web.Request) (network.Centre, error) {
	return p.Network.Centre(r.Context(), p.Store.DB, r.Viewer.ScopeID())
}

// today returns Forbidden where the interval is all on other days and the reader works with today only.
func today(r *web.Request, c network.Centre, start, end time.Time) error {
	begins, err := Midnight("", r.Now, c.Location())
	if err != nil || r.Viewer.May(OtherDays) || start.Before(begins.AddDate(0, 0, 1)) && end.After(begins) {
		return err
	}
	return fault.Forbidden("booking.fault.today_only")
}
