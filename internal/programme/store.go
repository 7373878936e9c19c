package programme

import (
	"context"
	"sync"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/support"
)

// Store keeps activities, sessions, registrations and attendance.
type Store struct {
	DB        *db.DB
	Now       func() time.Time
	Network   *network.Store
	Booking   *booking.Store
	Texts     *i18n.Bundle
	PublicURL string         // without a slash at its end
	Secret    []byte         // of the codes in links; from the secrets folder
	Support   *support.Store // seals what those who ask for a discreet session leave; nil: nothing of them is kept
	Texting   bool           // there is a gateway that takes SMS
	Country   string         // calling code of numbers typed without one, such as 385

	drawing sync.Mutex // one photo at a time: a large one takes much memory while it is drawn
}

func (s *Store) sessionWithActivity(ctx context.Context, q db.Querier, id string) (Session, Activity, error) {
	var session Session
	if err := q.Get(ctx, &session, `SELECT * FROM sessions WHERE id = :id`, db.Args{"id": id}); err != nil {
		return session, Activity{}, err
	}
	var a Activity
	err := q.Get(ctx, &a, `SELECT * FROM activities WHERE id = :id`, db.Args{"id": session.ActivityID})
	return session, a, err
}

// locked is sessionWithActivity with the session's row locked first, so that what is decided on it still holds when it
// is written: two who act at once are answered one after the other. On SQLite the write transaction holds the whole
// database already.
func (s *Store) locked(ctx context.Context, tx *db.Tx, id string) (Session, Activity, error) {
	if err := s.lock(ctx, tx, id); err != nil {
		return Session{}, Activity{}, err
	}
	return s.sessionWithActivity(ctx, tx, id)
}

func (s *Store) code(bundleID string) string { return codeOf(s.Secret, bundleID) }
