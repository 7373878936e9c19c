package booking

import (
	"context"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
)

// SlugOf is the slug of a space that is made by its name.
func SlugOf(name i18n.Text) string {
	s, _ := name.In(i18n.HR)
	if s = network.Slug(s); s == "" { // a name of signs alone
		return db.NewID()
	}
	return s
}

// Closing are the bookings to come, at most limit, and how many there are, that stand in a space that the change closes:
// they stay, and ask says that somebody has to know of them first; anyway says that somebody does.
func (s *Store) Closing(ctx context.Context, was, now Space, anyway bool, limit int) (list []Booking, n int, ask bool, err error) {
	if !bool(now.Closed) || bool(was.Closed) {
		return nil, 0, false, nil
	}
	list, n, err = s.Coming(ctx, s.DB, now.ID, limit)
	return list, n, n > 0 && !anyway, err
}
