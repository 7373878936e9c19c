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

// Follow gives the bookings of an activity's sessions the activity's title, holder and confidentiality, in the
// transaction that changes it: what has become discreet must not stay named in a grid or a clash.
func (s *Store) Follow(ctx context.Context, tx *db.Tx, activityID, title string, organisationID *string, confidential bool) error {
	holder := ""
	if organisationID != nil {
		holder = *organisationID
	}
	if _, err := tx.Exec(ctx, `UPDATE lost_dates SET title = :title, organisation_id = :organisation, confidential = :confidential WHERE activity_id = :activity`,
		db.Args{"activity": activityID, "title": title, "organisation": organisationID, "confidential": db.Bool(confidential)}); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE bookings SET title = :title, organisation_id = :organisation, confidential = :confidential, version = version + 1
		WHERE id IN (SELECT booking_id FROM sessions WHERE activity_id = :activity AND booking_id IS NOT NULL UNION
			SELECT booking_id FROM lost_dates WHERE activity_id = :activity AND state = 'offered')
		AND (title <> :title OR confidential <> :confidential OR COALESCE(organisation_id, '') <> :holder)`,
		db.Args{"activity": activityID, "title": title, "organisation": organisationID, "confidential": db.Bool(confidential), "holder": holder})
	return err
}
