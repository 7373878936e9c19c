package booking

import (
	"context"

	"kvart/internal/platform/db"
)

// SessionOf is the id of the session that holds the booking, or empty. This package is below the programme and knows
// no more of sessions than that one may stand on a booking.
func (s *Store) SessionOf(ctx context.Context, bookingID string) (string, error) {
	var ids []string
	err := s.DB.Select(ctx, &ids, `SELECT id FROM sessions WHERE booking_id = :b AND state = 'planned'`, db.Args{"b": bookingID})
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return ids[0], nil
}
