package programme

import (
	"context"
	"errors"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// Place is what somebody got: a place, or a place in line, with the code of the link that manages it.
type Place struct {
	Registrations []Registration
	Code          string // shown once; only its hash is stored
	FriendCode    string // of the friend who was registered too; empty: nobody was
	Friend        bool   // registered by somebody else
}

// State is the state of the first registration.
func (p Place) State() string { return p.Registrations[0].State }

// Register takes a place on the session, or a place on its waiting list when it is full; for an activity with
// registering for the series, on all its coming sessions at once. It returns Conflict when the person is registered
// already, Invalid before the opening moment, which is the same for web, desk, phone and paper, and *web.Already when
// this form was taken before. For a discreet session it stores neither name nor contact: only that somebody asks.
func (s *Store) Register(ctx context.Context, a Ask, location func(code string) string) (Place, error) {
	var place Place
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		place = Place{}
		if err := s.lockSeries(ctx, tx, a.SessionID); err != nil {
			return err
		}
		session, act, err := s.locked(ctx, tx, a.SessionID)
		if err != nil {
			return err
		}
		now := s.Now()
		if err := a.Check(act, session, s.Country, now); err != nil {
			return err
		}
		bundle := db.NewSecretID()
		if err := s.claim(ctx, tx, a.FormKey, location, bundle, act, now); err != nil {
			return err
		}
		if place, err = s.enrol(ctx, tx, a, act, session, bundle, now); err != nil || a.Friend == nil {
			return err
		}
		friend := Ask{SessionID: a.SessionID, Channel: a.Channel, Name: a.Friend.Name, Email: a.Friend.Email, Party: 1, Lang: a.Lang, By: a.By, Friend: a.Friend}
		second, err := s.enrol(ctx, tx, friend, act, session, db.NewSecretID(), now)
		if fault.Is(err, fault.KindConflict) {
			var f fault.Form
			f.Add("friend_name", fault.Of(err).Key)
			return f.Err()
		}
		place.FriendCode = second.Code
		return err
	})
	return place, err
}

// enrol puts one person on the session, or on all coming ones of a series, and tells them.
func (s *Store) enrol(ctx context.Context, tx *db.Tx, a Ask, act Activity, session Session, bundle string, now time.Time) (place Place, err error) {
	place.Code, place.Friend = s.code(bundle), a.Friend != nil && a.Name == a.Friend.Name && a.Phone == "" && a.Email == a.Friend.Email
	var person *string
	if !act.Discreet {
		if person, err = s.personFor(ctx, tx, a, session); err != nil {
			return place, err
		}
	}
	sessions, state := []Session{session}, ""
	if act.RegisterFor == "series" {
		// Who gave back one date of the series may come again: the dates they are on are left as they are.
		if err := tx.Select(ctx, &sessions, `SELECT * FROM sessions WHERE activity_id = :a AND state = 'planned' AND starts_at > :now AND NOT EXISTS (
			SELECT 1 FROM registrations r WHERE r.session_id = sessions.id AND r.person_id = :person AND r.state <> 'cancelled') ORDER BY starts_at`,
			db.Args{"a": act.ID, "now": now.Unix(), "person": person}); err != nil {
			return place, err
		}
		if len(sessions) == 0 {
			return place, fault.Conflict("programme.fault.registered_already")
		}
		if !act.Discreet {
			all, err := s.seats(ctx, tx, act, now)
			if err != nil {
				return place, err
			}
			state = all.stateFor(person, a.Channel, a.Party, now)
		}
	}
	for _, one := range sessions {
		r, err := s.registerOne(ctx, tx, a, act, one, person, bundle, state, now)
		if errors.Is(err, errCancelled) {
			continue
		}
		if err != nil {
			return place, err
		}
		place.Registrations = append(place.Registrations, r)
	}
	if len(place.Registrations) == 0 {
		return place, fault.Conflict("programme.fault.cancelled")
	}
	return place, s.confirm(ctx, tx, act, place)
}

// claim is web.Claim for a form of registering. The code is a secret that the database must not hold: the address is
// kept with the bundle in its place, and the code worked out again. Of a discreet session no time finer than the hour
// is kept.
func (s *Store) claim(ctx context.Context, tx *db.Tx, key string, location func(code string) string, bundle string, act Activity, now time.Time) error {
	if act.Discreet {
		now = now.Truncate(time.Hour)
	}
	err := web.Claim(ctx, tx, key, location("~"+bundle), now)
	if again, ok := errors.AsType[*web.Already](err); ok {
		if before, bundle, ok := strings.Cut(again.Location, "~"); ok {
			return &web.Already{Location: before + s.code(bundle)}
		}
	}
	return err
}

// errCancelled is returned for a session of a series that was called off while its row was waited for.
var errCancelled = errors.New("the session was called off meanwhile")

func (s *Store) registerOne(ctx context.Context, tx *db.Tx, a Ask, act Activity, session Session, person *string, bundle, state string, now time.Time) (Registration, error) {
	r := Registration{State: state, PersonID: person, BundleID: bundle, Party: a.Party, Channel: a.Channel, Needs: a.Needs,
		GuardianOK: db.Bool(a.Guardian && bool(act.Guardian)), BySMS: db.Bool(a.BySMS && s.Texting), CreatedAt: session.arrived(a.Written, now).Unix()}
	if act.Discreet {
		r.PersonID, r.Needs, r.GuardianOK, r.BySMS = nil, "", false, false
		r.CreatedAt = now.Truncate(time.Hour).Unix()
		if a.SealedID != "" {
			r.SealedID = &a.SealedID
		}
	}
	return s.join(ctx, tx, r, act, session.ID, now, a.By)
}

// join puts a registration at the end of the session's line: with a place while places last, else waiting; of a series in
// the state that was decided for all its dates; of a discreet session it only asks. It returns errCancelled for a session
// that was called off.
func (s *Store) join(ctx context.Context, tx *db.Tx, r Registration, act Activity, sessionID string, now time.Time, by string) (Registration, error) {
	// Read anew: within a bundle each session has its own count, and the row is locked from here on.
	if err := s.lock(ctx, tx, sessionID); err != nil {
		return r, err
	}
	var session Session
	if err := tx.Get(ctx, &session, `SELECT * FROM sessions WHERE id = :id`, db.Args{"id": sessionID}); err != nil {
		return r, err
	}
	if session.Cancelled() {
		return r, errCancelled
	}
	r.SessionID, r.CentreID, r.Discreet = session.ID, session.CentreID, act.Discreet
	switch {
	case bool(act.Discreet):
		r.State = Requested
	case r.State != "": // a date of a series with fewer places than the others keeps its own limit
		if session.Capacity != nil && r.State != Waiting && r.Party > *session.Capacity-session.Taken {
			r.State, r.OfferedAt, r.OfferUntil = Waiting, nil, nil
		}
	default:
		var waiting struct {
			Web  int `db:"web"`
			Desk int `db:"desk"`
		}
		err := tx.Get(ctx, &waiting, `SELECT COALESCE(SUM(CASE WHEN channel = 'web' THEN 1 ELSE 0 END), 0) AS web,
			COALESCE(SUM(CASE WHEN channel <> 'web' THEN 1 ELSE 0 END), 0) AS desk
			FROM registrations WHERE session_id = :id AND state = 'waiting'`, db.Args{"id": session.ID})
		if err != nil {
			return r, err
		}
		r.State = session.stateFor(r.Channel, r.Party, waiting.Web, waiting.Desk, now)
	}
	if err := tx.Get(ctx, &r.Position, `SELECT COALESCE(MAX(position), 0) + 1 FROM registrations WHERE session_id = :id`, db.Args{"id": session.ID}); err != nil {
		return r, err
	}
	return s.Enter(ctx, tx, r, by)
}

// Enter writes a registration as it is given, with the link that manages it: the rules of Register are the caller's, and
// those of the schema hold. It is for what was registered in weeks that are past. Ids that are empty are made.
func (s *Store) Enter(ctx context.Context, tx *db.Tx, r Registration, by string) (Registration, error) {
	if r.ID == "" {
		r.ID = db.NewID()
		if r.Discreet {
			r.ID = db.NewSecretID()
		}
	}
	if r.BundleID == "" {
		r.BundleID = db.NewSecretID()
	}
	if r.CodeHash == "" {
		r.CodeHash = hashCode(s.code(r.BundleID))
	}
	_, err := tx.Exec(ctx, `INSERT INTO registrations (id, session_id, centre_id, person_id, bundle_id, party, channel, state, position, code_hash, offered_at,
			offer_until, last_offer_at, needs, guardian_ok, created_at, discreet, by_sms, sealed_id)
		VALUES (:id, :session, :centre, :person, :bundle, :party, :channel, :state, :position, :hash, :offered, :until, :last_offer, :needs, :guardian, :created, :discreet, :by_sms, :sealed)`,
		db.Args{"id": r.ID, "session": r.SessionID, "centre": r.CentreID, "person": r.PersonID, "bundle": r.BundleID, "party": r.Party, "channel": string(r.Channel),
			"state": r.State, "position": r.Position, "hash": r.CodeHash, "offered": r.OfferedAt, "until": r.OfferUntil, "last_offer": r.LastOffer, "needs": r.Needs,
			"guardian": r.GuardianOK, "created": r.CreatedAt, "discreet": r.Discreet, "by_sms": r.BySMS, "sealed": r.SealedID})
	if err != nil {
		if strings.Contains(db.Refused(err), "registrations_once") || strings.Contains(db.Refused(err), "registrations.person_id") {
			return r, fault.Conflict("programme.fault.registered_already").Because(err)
		}
		return r, err
	}
	return r, s.note(ctx, tx, r.CentreID, "registration.add", by, "registration", r.ID)
}

// lock takes the session's row before its places are looked at, so that two who ask at once are answered one after
// the other. On SQLite the write transaction holds the whole database already.
func (s *Store) lock(ctx context.Context, tx *db.Tx, sessionID string) error {
	if tx.DialectOf() == db.SQLite {
		return nil
	}
	var id string
	return tx.Get(ctx, &id, `SELECT id FROM sessions WHERE id = :id FOR UPDATE`, db.Args{"id": sessionID})
}

// lockSeries takes the row of an activity that one registers for as a series, before any of its sessions, so that nobody
// registers while a date is added and is missed on it.
func (s *Store) lockSeries(ctx context.Context, tx *db.Tx, sessionID string) error {
	if tx.DialectOf() == db.SQLite {
		return nil
	}
	var ids []string
	return tx.Select(ctx, &ids, `SELECT id FROM activities WHERE register_for = 'series' AND id = (SELECT activity_id FROM sessions WHERE id = :id)
		FOR NO KEY UPDATE`, db.Args{"id": sessionID})
}

// personFor finds or adds the record of who registers; nil is "just one person".
func (s *Store) personFor(ctx context.Context, tx *db.Tx, a Ask, session Session) (*string, error) {
	if a.PersonID != "" {
		p, err := s.Network.Person(ctx, tx, session.CentreID, a.PersonID)
		if err != nil {
			return nil, err
		}
		return &p.ID, s.keep(ctx, tx, p.ID, session)
	}
	if a.Name == "" && a.Email == "" && a.Phone == "" {
		return nil, nil
	}
	var known []network.Person
	err := tx.Select(ctx, &known, `SELECT * FROM people WHERE centre_id = :centre AND name = :name AND email = :email AND phone = :phone`,
		db.Args{"centre": session.CentreID, "name": a.Name, "email": strings.ToLower(a.Email), "phone": a.Phone})
	if err != nil {
		return nil, err
	}
	if len(known) > 0 && (a.Email != "" || a.Phone != "") {
		return &known[0].ID, s.keep(ctx, tx, known[0].ID, session)
	}
	lang := a.Lang
	if lang == "" {
		lang = i18n.HR
	}
	id, err := s.Network.AddPerson(ctx, tx, network.Person{CentreID: session.CentreID, Name: a.Name, Email: strings.ToLower(a.Email), Phone: a.Phone,
		Lang: lang, Purpose: "registration", DeleteOn: s.keepUntil(ctx, tx, session)})
	return &id, err
}

// keep moves the day on which a person's record goes to what this session needs.
func (s *Store) keep(ctx context.Context, tx *db.Tx, personID string, session Session) error {
	_, err := tx.Exec(ctx, `UPDATE people SET delete_on = :day WHERE id = :id AND delete_on < :day`,
		db.Args{"id": personID, "day": s.keepUntil(ctx, tx, session)})
	return err
}

func (s *Store) keepUntil(ctx context.Context, q db.Querier, session Session) string {
	months := 12
	if c, err := s.Network.Centre(ctx, q, session.CentreID); err == nil {
		months = c.KeepMonths
	}
	return session.Start().AddDate(0, months, 0).Format(time.DateOnly)
}

// ByCode returns the registrations that a link manages, first to come first. It returns NotFound for an unknown code.
func (s *Store) ByCode(ctx context.Context, code string) ([]Registration, error) {
	var list []Registration
	if err := s.DB.Select(ctx, &list, `SELECT r.* FROM registrations r JOIN sessions s ON s.id = r.session_id WHERE r.code_hash = :h ORDER BY s.starts_at`,
		db.Args{"h": hashCode(code)}); err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fault.NotFound("programme.fault.no_such_code")
	}
	return list, nil
}

// registration is one of the centre; another centre's is NotFound.
func (s *Store) registration(ctx context.Context, q db.Querier, centreID, id string) (Registration, error) {
	var r Registration
	err := q.Get(ctx, &r, `SELECT * FROM registrations WHERE id = :id AND centre_id = :c`, db.Args{"id": id, "c": centreID})
	return r, err
}

// Cancel gives the place back. The first in line is offered it in the same transaction. Cancelling twice changes nothing.
func (s *Store) Cancel(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err := s.registration(ctx, tx, centreID, id)
		if err != nil {
			return err
		}
		return s.cancel(ctx, tx, r, by)
	})
}

func (s *Store) cancel(ctx context.Context, tx *db.Tx, r Registration, by string) error {
	if err := s.lockSeries(ctx, tx, r.SessionID); err != nil {
		return err
	}
	if err := s.lock(ctx, tx, r.SessionID); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE registrations SET state = 'cancelled', offer_until = NULL, needs = '' WHERE id = :id AND state <> 'cancelled'`, db.Args{"id": r.ID})
	if err != nil || n == 0 {
		return err
	}
	if err := s.note(ctx, tx, r.CentreID, "registration.cancel", by, "registration", r.ID); err != nil {
		return err
	}
	if by != "public" {
		if err := s.noticeDue(ctx, tx, r); err != nil {
			return err
		}
	}
	if err := s.dropReminder(ctx, tx, r.ID); err != nil {
		return err
	}
	return s.offer(ctx, tx, r.SessionID, 0, false, s.Now())
}

// CancelByCode gives back all places that the link manages, or the one of the named session. Sessions that have begun
// are left as they are.
func (s *Store) CancelByCode(ctx context.Context, code, sessionID string) error {
	list, err := s.ByCode(ctx, code)
	if err != nil {
		return err
	}
	for _, r := range list {
		if sessionID == "" || r.SessionID == sessionID {
			session, _, err := s.sessionWithActivity(ctx, s.DB, r.SessionID)
			if err != nil {
				return err
			}
			if session.StartsAt <= s.Now().Unix() { // what has been stays as it was
				continue
			}
			if err := s.Cancel(ctx, r.CentreID, r.ID, "public"); err != nil {
				return err
			}
		}
	}
	return nil
}

// ConfirmByCode takes an offered place. It returns Conflict when the offer has ended, and says so; the place in line stays.
func (s *Store) ConfirmByCode(ctx context.Context, code, sessionID string) error {
	list, err := s.ByCode(ctx, code)
	if err != nil {
		return err
	}
	for _, r := range list {
		if r.SessionID == sessionID {
			return s.Confirm(ctx, r.CentreID, r.ID, "public")
		}
	}
	return fault.NotFound("programme.fault.no_such_code")
}

// Confirm takes an offered place for the person, or says yes to somebody who asked for a discreet session.
func (s *Store) Confirm(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err := s.registration(ctx, tx, centreID, id)
		if err != nil {
			return err
		}
		session, _, err := s.locked(ctx, tx, r.SessionID)
		if err != nil {
			return err
		}
		if r, err = s.registration(ctx, tx, centreID, id); err != nil { // as it is now that nobody else can change it
			return err
		}
		now := s.Now().Unix()
		switch {
		case r.State == Confirmed:
			return nil
		case session.Cancelled():
			return fault.Conflict("programme.fault.cancelled")
		case r.State == Requested && by != "public":
		case r.State == Offered && (r.OfferUntil == nil || *r.OfferUntil >= now):
		default:
			return fault.Conflict("programme.fault.offer_over")
		}
		// Of a series all its offered dates are taken at once: whoever comes, comes to all.
		_, err = tx.Exec(ctx, `UPDATE registrations SET state = 'confirmed', offer_until = NULL WHERE id = :id OR (bundle_id = :b AND state = 'offered' AND :offered = 1)`,
			db.Args{"id": id, "b": r.BundleID, "offered": db.Bool(r.State == Offered)})
		if err != nil {
			if strings.Contains(db.Refused(err), "sessions_full") || strings.Contains(db.Refused(err), "taken <= capacity") {
				return fault.Conflict("programme.fault.full").Because(err)
			}
			return err
		}
		if by != "public" {
			if err := s.noticeDue(ctx, tx, r); err != nil {
				return err
			}
		}
		return s.note(ctx, tx, r.CentreID, "registration.confirm", by, "registration", r.ID)
	})
}

// Seen is a registration with the name and contact of its person, for the desk.
type Seen struct {
	Registration
	Name     string `db:"p_name"`
	Email    string `db:"p_email"`
	Phone    string `db:"p_phone"`
	Attempts int    `db:"attempts"`
}

// OfSession are the session's registrations in order of arrival, with names; of a discreet session without.
func (s *Store) OfSession(ctx context.Context, centreID, sessionID string) ([]Seen, error) {
	var list []Seen
	err := s.DB.Select(ctx, &list, `SELECT r.*, COALESCE(p.name, '') AS p_name, COALESCE(p.email, '') AS p_email, COALESCE(p.phone, '') AS p_phone,
		(SELECT COUNT(*) FROM call_attempts c WHERE c.registration_id = r.id) AS attempts
		FROM registrations r LEFT JOIN people p ON p.id = r.person_id WHERE r.session_id = :s AND r.centre_id = :c ORDER BY r.position`,
		db.Args{"s": sessionID, "c": centreID})
	return list, err
}

func (s *Store) note(ctx context.Context, tx *db.Tx, centreID, action, by, kind, id string) error {
	return network.Note(ctx, tx, centreID, action, by, kind, id, s.Now())
}
