package programme

import (
	"context"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// offer offers what is free on the session to those in line, first come first. After is the position behind which to
// begin: the one whose offer just ran out, else 0. Asked is said where no new place became free: then who was asked for
// this one and did not answer is left alone for a day from the end of the offer, while those behind are asked, and is
// then the first again: nobody is written to more than once a day for one place. Who left no mail is on the desk's call
// list, and the time to confirm starts when the desk has recorded a call.
func (s *Store) offer(ctx context.Context, tx *db.Tx, sessionID string, after int64, asked bool, now time.Time) error {
	var session Session
	if err := tx.Get(ctx, &session, `SELECT * FROM sessions WHERE id = :id`, db.Args{"id": sessionID}); err != nil {
		return err
	}
	_, act, err := s.sessionWithActivity(ctx, tx, sessionID)
	if err != nil {
		return err
	}
	if act.RegisterFor == "series" && act.Takes() && !bool(act.Discreet) {
		return s.offerSeries(ctx, tx, act, session, after, asked, now)
	}
	if session.Cancelled() || session.StartsAt <= now.Unix() {
		return nil
	}
	centre, err := s.Network.Centre(ctx, tx, session.CentreID)
	if err != nil {
		return err
	}
	var line []Registration
	if err := tx.Select(ctx, &line, `SELECT * FROM registrations WHERE session_id = :id AND state = 'waiting' AND (:asked = 0 OR last_offer_at < :day) ORDER BY position`,
		db.Args{"id": sessionID, "asked": db.Bool(asked), "day": now.Add(-24 * time.Hour).Unix()}); err != nil {
		return err
	}
	for {
		r := session.next(line, after, now)
		if r == nil {
			return nil
		}
		email := ""
		if r.PersonID != nil {
			p, err := s.Network.Person(ctx, tx, r.CentreID, *r.PersonID)
			if err != nil && !fault.Is(err, fault.KindNotFound) {
				return err
			}
			email = p.Email
		}
		var until *int64
		if email != "" {
			u := session.offerUntil(now, centre.ConfirmHours).Unix()
			until = &u
		}
		if _, err := tx.Exec(ctx, `UPDATE registrations SET state = 'offered', offered_at = :now, last_offer_at = :now, offer_until = :until WHERE id = :id`,
			db.Args{"id": r.ID, "now": now.Unix(), "until": until}); err != nil {
			return err
		}
		r.State = Offered
		session.Taken += r.Party
		if r.Channel == Web {
			session.TakenWeb += r.Party
		}
		if err := s.note(ctx, tx, r.CentreID, "registration.offer", "job", "registration", r.ID); err != nil {
			return err
		}
		if err := s.tellOffered(ctx, tx, *r, until); err != nil {
			return err
		}
	}
}

// LapseOffers ends the offers whose time is over: the person keeps the place in line, and the next is offered the
// place. It also offers places that became free in another way: more capacity, or a share released. It returns how many
// offers ended.
func (s *Store) LapseOffers(ctx context.Context) (int, error) {
	now := s.Now()
	var due []Registration
	if err := s.DB.Select(ctx, &due, `SELECT * FROM registrations WHERE state = 'offered' AND offer_until < :now ORDER BY offer_until`, db.Args{"now": now.Unix()}); err != nil {
		return 0, err
	}
	for _, r := range due {
		if err := s.DB.Tx(ctx, func(tx *db.Tx) error { return s.lapse(ctx, tx, r, now, "job") }); err != nil {
			return 0, err
		}
	}
	var free []string
	err := s.DB.Select(ctx, &free, `SELECT DISTINCT s.id FROM sessions s JOIN registrations r ON r.session_id = s.id AND r.state = 'waiting'
		WHERE s.state = 'planned' AND s.starts_at > :now AND (s.capacity IS NULL OR s.capacity > s.taken) AND r.last_offer_at < :day`,
		db.Args{"now": now.Unix(), "day": now.Add(-24 * time.Hour).Unix()})
	if err != nil {
		return len(due), err
	}
	for _, id := range free {
		err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			if err := s.lockSeries(ctx, tx, id); err != nil {
				return err
			}
			if err := s.lock(ctx, tx, id); err != nil {
				return err
			}
			return s.offer(ctx, tx, id, 0, true, now)
		})
		if err != nil {
			return len(due), err
		}
	}
	return len(due), nil
}

// lapse ends an offer that is still the one that was read: another process may have ended it since, and offered anew.
func (s *Store) lapse(ctx context.Context, tx *db.Tx, r Registration, now time.Time, by string) error {
	if err := s.lockSeries(ctx, tx, r.SessionID); err != nil {
		return err
	}
	if err := s.lock(ctx, tx, r.SessionID); err != nil {
		return err
	}
	until := int64(0)
	if r.OfferUntil != nil {
		until = *r.OfferUntil
	}
	n, err := tx.Exec(ctx, `UPDATE registrations SET state = 'waiting', passed_over = passed_over + 1, offer_until = NULL, last_offer_at = :now
		WHERE id = :id AND state = 'offered' AND COALESCE(offer_until, 0) = :until`, db.Args{"id": r.ID, "until": until, "now": now.Unix()})
	if err != nil || n == 0 {
		return err
	}
	if err := s.note(ctx, tx, r.CentreID, "registration.offer_over", by, "registration", r.ID); err != nil {
		return err
	}
	return s.offer(ctx, tx, r.SessionID, r.Position, false, now)
}

// Called records a telephone call to somebody who was offered a place. When the person was reached, the time to confirm
// starts now. An attempt without an answer costs nobody the place in line.
func (s *Store) Called(ctx context.Context, centreID, id, outcome, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err := s.registration(ctx, tx, centreID, id)
		if err != nil {
			return err
		}
		if r.Discreet { // nothing is known of whom to call, and no call is noted
			return fault.NotFound("fault.not_found")
		}
		now := s.Now()
		if _, err := tx.Exec(ctx, `INSERT INTO call_attempts (id, registration_id, outcome, at, account_id) VALUES (:id, :r, :o, :at, :by)`,
			db.Args{"id": db.NewID(), "r": r.ID, "o": outcome, "at": now.Unix(), "by": by}); err != nil {
			return err
		}
		if outcome == "reached" && r.State == Offered && r.OfferUntil == nil {
			session, _, err := s.sessionWithActivity(ctx, tx, r.SessionID)
			if err != nil {
				return err
			}
			centre, err := s.Network.Centre(ctx, tx, centreID)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `UPDATE registrations SET offer_until = :u WHERE bundle_id = :b AND state = 'offered' AND offer_until IS NULL`,
				db.Args{"b": r.BundleID, "u": session.offerUntil(now, centre.ConfirmHours).Unix()}); err != nil {
				return err
			}
		}
		return s.note(ctx, tx, centreID, "registration.call", by, "registration", r.ID)
	})
}

// PassOn gives an offer that nobody could be told of to the next in line; the person keeps the place in line.
func (s *Store) PassOn(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err := s.registration(ctx, tx, centreID, id)
		if err != nil {
			return err
		}
		// The dates of a series go on together.
		var all []Registration
		if err := tx.Select(ctx, &all, `SELECT * FROM registrations WHERE bundle_id = :b AND state = 'offered' ORDER BY id`, db.Args{"b": r.BundleID}); err != nil {
			return err
		}
		for _, one := range all {
			if err := s.lapse(ctx, tx, one, s.Now(), by); err != nil {
				return err
			}
		}
		return nil
	})
}

// Calls are those at the centre who were offered a place and must be told by telephone or at the desk; of a series once.
func (s *Store) Calls(ctx context.Context, centreID string) ([]Seen, error) {
	var list []Seen
	err := s.DB.Select(ctx, &list, `SELECT r.*, COALESCE(p.name, '') AS p_name, COALESCE(p.email, '') AS p_email, COALESCE(p.phone, '') AS p_phone,
		(SELECT COUNT(*) FROM call_attempts c WHERE c.registration_id = r.id) AS attempts
		FROM registrations r JOIN sessions s ON s.id = r.session_id LEFT JOIN people p ON p.id = r.person_id
		WHERE r.centre_id = :c AND r.state = 'offered' AND COALESCE(p.email, '') = '' AND s.starts_at > :now
			AND NOT EXISTS (SELECT 1 FROM registrations o JOIN sessions e ON e.id = o.session_id WHERE o.bundle_id = r.bundle_id AND o.state = 'offered' AND e.starts_at > :now AND e.starts_at < s.starts_at)
		ORDER BY s.starts_at, r.position`,
		db.Args{"c": centreID, "now": s.Now().Unix()})
	return list, err
}
