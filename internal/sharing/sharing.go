// Package sharing is about rooms that several organisations use: who may ask for one, who decides, what each may hold,
// who gets freed time first, and what the time was worth.
//
// A request holds its room until it is answered or its time is over; an unanswered one stays on the list. It keeps no
// booking itself: package booking does, and refuses what would be promised twice.
package sharing

import (
	"context"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
)

// Permissions of this feature.
const (
	AskRoom auth.Permission = "sharing.ask"    // as an organisation: find, ask, withdraw, wait
	Approve auth.Permission = "sharing.owner"  // as the organisation whose premises a room is: answer
	Decide  auth.Permission = "sharing.decide" // at a centre: answer
	Arrange auth.Permission = "sharing.rules"  // at a centre: who decides, limits, prices, usage
)

// Grants say which role has which permission. The network's lead answers too: what nobody answered is brought to them.
var Grants = []auth.Grant{
	{Role: network.Member, Permission: AskRoom}, {Role: network.Member, Permission: Approve},
	{Role: network.Coordinator, Permission: Decide}, {Role: network.Coordinator, Permission: Arrange},
	{Role: network.Lead, Permission: Decide},
}

// Store keeps requests, waiting organisations, limits and prices.
type Store struct {
	DB        *db.DB
	Now       func() time.Time
	Network   *network.Store
	Booking   *booking.Store
	Texts     *i18n.Bundle
	PublicURL string // without a slash at its end
}

func (s *Store) note(ctx context.Context, tx *db.Tx, centreID, action, by, kind, id string) error {
	return network.Note(ctx, tx, centreID, action, by, kind, id, s.Now())
}
