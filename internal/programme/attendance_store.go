package programme

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Candidate is somebody who may have come: registered for the session, or there last time.
type Candidate struct {
	PersonID   string  `db:"id"`
	Name       string  `db:"name"`
	Registered db.Bool `db:"registered"`
	Came       db.Bool `db:"came"`
}

// Candidates are those registered and those who came last time, by name; of a discreet session none.
func (s *Store) Candidates(ctx context.Context, centreID, sessionID string) ([]Candidate, error) {
	var list []Candidate
	err := s.DB.Select(ctx, &list, `SELECT p.id, p.name,
		CASE WHEN EXISTS (SELECT 1 FROM registrations r WHERE r.session_id = :s AND r.person_id = p.id AND r.state IN ('confirmed','offered')) THEN 1 ELSE 0 END AS registered,
		CASE WHEN EXISTS (SELECT 1 FROM attendances t WHERE t.session_id = :s AND t.person_id = p.id) THEN 1 ELSE 0 END AS came
		FROM people p WHERE p.centre_id = :c AND p.name <> '' AND p.id IN (
			SELECT r.person_id FROM registrations r WHERE r.session_id = :s AND r.person_id IS NOT NULL AND r.state IN ('confirmed','offered')
			UNION SELECT t.person_id FROM attendances t WHERE t.session_id = :s
			UNION SELECT t.person_id FROM attendances t WHERE t.session_id = (
				SELECT b.id FROM sessions b JOIN sessions n ON n.id = :s WHERE b.activity_id = n.activity_id AND b.starts_at < n.starts_at AND b.recorded_at IS NOT NULL
				ORDER BY b.starts_at DESC LIMIT 1))
		ORDER BY p.name, p.id`, db.Args{"s": sessionID, "c": centreID})
	return list, err
}

// Came is what the coordinator records of a session: who by name, newcomers by name, and how many more without one.
type Came struct {
	People  []string // ids
	New     []string // names
	Counted int      // 0 to 10,000
	Written *int64   // when it was written on paper; nil: it was recorded as it is
	Version int      // of the session as it was read; 0: whatever it is now
}

// RecordAttendance replaces what was recorded before. Of a discreet session only a number is taken: a name is refused
// here and by the database. Before the session begins nothing can be recorded. A newcomer
// who was written down for the session before is the same person, so that a form sent twice adds nobody twice.
func (s *Store) RecordAttendance(ctx context.Context, centreID, sessionID string, c Came, by string) error {
	if c.Counted < 0 || c.Counted > 10000 || len(c.New) > 200 {
		return fault.Invalid("fault.not_a_number", "low", 0, "high", 10000)
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		session, a, err := s.locked(ctx, tx, sessionID)
		if err != nil {
			return err
		}
		if session.CentreID != centreID {
			return fault.NotFound("fault.not_found")
		}
		now := s.Now()
		if now.Unix() < session.StartsAt-15*60 {
			return fault.Invalid("programme.fault.not_begun")
		}
		if session.Cancelled() {
			return fault.Conflict("programme.fault.cancelled")
		}
		if c.Version != 0 && session.Version != c.Version {
			return fault.Conflict("programme.fault.changed_meanwhile")
		}
		if bool(a.Discreet) && len(c.People)+len(c.New) > 0 {
			return fault.Invalid("programme.fault.discreet_number")
		}
		var known []Candidate
		if len(c.New) > 0 {
			if err := tx.Select(ctx, &known, `SELECT p.id, p.name FROM attendances t JOIN people p ON p.id = t.person_id WHERE t.session_id = :s ORDER BY p.id`,
				db.Args{"s": sessionID}); err != nil {
				return err
			}
			known = slices.DeleteFunc(known, func(k Candidate) bool { return slices.Contains(c.People, k.PersonID) })
		}
		if _, err := tx.Exec(ctx, `DELETE FROM attendances WHERE session_id = :s`, db.Args{"s": sessionID}); err != nil {
			return err
		}
		ids := append([]string(nil), c.People...)
		for _, name := range c.New {
			if name == "" {
				continue
			}
			if len([]rune(name)) > 80 {
				return fault.Invalid("fault.too_long", "max", 80)
			}
			if k := slices.IndexFunc(known, func(k Candidate) bool { return k.Name == name }); k >= 0 {
				ids = append(ids, known[k].PersonID)
				known = slices.Delete(known, k, k+1)
				continue
			}
			id, err := s.Network.AddPerson(ctx, tx, network.Person{CentreID: centreID, Name: name, Lang: "hr", Purpose: "attendance", DeleteOn: s.keepUntil(ctx, tx, session)})
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		named := 0
		for _, id := range ids {
			if err := s.keep(ctx, tx, id, session); err != nil { // who comes every week is not forgotten a year after the first time
				return err
			}
			n, err := tx.Exec(ctx, `INSERT INTO attendances (session_id, centre_id, person_id) VALUES (:s, :c, :p) ON CONFLICT (session_id, person_id) DO NOTHING`,
				db.Args{"s": sessionID, "c": centreID, "p": id})
			if err != nil {
				return err
			}
			named += int(n)
		}
		if _, err := tx.Exec(ctx, `UPDATE sessions SET counted = :n, named = :named, recorded_at = :now, recorded_by = :by, written_at = :written, version = version + 1 WHERE id = :s`,
			db.Args{"n": c.Counted, "named": named, "now": now.Unix(), "by": by, "written": c.Written, "s": sessionID}); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, "attendance.record", by, "session", sessionID)
	})
}

// Owed are sessions of the last fortnight that have ended and were not recorded.
func (s *Store) Owed(ctx context.Context, centreID string, now time.Time, discreetToo bool) ([]Listed, error) {
	var list []Listed
	err := s.DB.Select(ctx, &list, `SELECT `+listed+` FROM sessions s JOIN activities a ON a.id = s.activity_id LEFT JOIN spaces sp ON sp.id = s.space_id
		WHERE s.centre_id = :c AND s.ends_at <= :now AND s.starts_at > :since AND s.recorded_at IS NULL AND s.state = 'planned' AND a.state <> 'draft' AND (a.discreet = 0 OR :d = 1)
		ORDER BY s.starts_at`, db.Args{"c": centreID, "now": now.Unix(), "since": now.AddDate(0, 0, -14).Unix(), "d": db.Bool(discreetToo)})
	return list, err
}

// QuarterOf names the quarter of a moment: 2026Q4.
func QuarterOf(t time.Time) string { return fmt.Sprintf("%dQ%d", t.Year(), (int(t.Month())+2)/3) }

// Totals are how many came to the centre's sessions in the span: sessions recorded, and people counted each time they came.
type Totals struct {
	Sessions int `db:"sessions"`
	Recorded int `db:"recorded"`
	Came     int `db:"came"`
}

// CentreTotals sums the span, for their team with the discreet sessions, as numbers only: from two sums anybody else
// could tell how many there were.
func (s *Store) CentreTotals(ctx context.Context, centreID string, from, to time.Time, discreetToo bool) (Totals, error) {
	var t Totals
	err := s.DB.Get(ctx, &t, `SELECT COUNT(*) AS sessions, COALESCE(SUM(CASE WHEN recorded_at IS NULL THEN 0 ELSE 1 END), 0) AS recorded,
		COALESCE(SUM(COALESCE(counted, 0) + named), 0) AS came FROM sessions s
		WHERE centre_id = :c AND state = 'planned' AND starts_at >= :from AND starts_at < :to
			AND (:d = 1 OR EXISTS (SELECT 1 FROM activities a WHERE a.id = s.activity_id AND a.discreet = 0))`,
		db.Args{"c": centreID, "from": from.Unix(), "to": to.Unix(), "d": db.Bool(discreetToo)})
	return t, err
}

// GroupTotal is one answer to what a funder asks about people, as a number for an activity and a quarter.
type GroupTotal struct {
	ActivityID string `db:"activity_id"`
	Quarter    string `db:"quarter"`
	Question   string `db:"question"` // sex, age, group
	Answer     string `db:"answer"`   // "-" is "not said"
	N          int    `db:"n"`
}

// GroupTotals are those of an activity and quarter.
func (s *Store) GroupTotals(ctx context.Context, activityID, quarter string) ([]GroupTotal, error) {
	var list []GroupTotal
	err := s.DB.Select(ctx, &list, `SELECT * FROM group_totals WHERE activity_id = :a AND quarter = :q ORDER BY question, answer`, db.Args{"a": activityID, "q": quarter})
	return list, err
}

// SetGroupTotals stores the totals of an activity and quarter, in place of those before. A discreet activity takes none.
func (s *Store) SetGroupTotals(ctx context.Context, centreID, activityID, quarter string, list []GroupTotal, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := s.Activity(ctx, tx, centreID, activityID, false)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM group_totals WHERE activity_id = :a AND quarter = :q`, db.Args{"a": a.ID, "q": quarter}); err != nil {
			return err
		}
		for _, g := range list {
			if g.N < 0 || g.N > 100000 {
				return fault.Invalid("fault.not_a_number", "low", 0, "high", 100000)
			}
			if _, err := tx.Exec(ctx, `INSERT INTO group_totals (activity_id, quarter, question, answer, n) VALUES (:a, :q, :question, :answer, :n)`,
				db.Args{"a": a.ID, "q": quarter, "question": g.Question, "answer": g.Answer, "n": g.N}); err != nil {
				return err
			}
		}
		return s.note(ctx, tx, centreID, "totals.record", by, "activity", a.ID)
	})
}
