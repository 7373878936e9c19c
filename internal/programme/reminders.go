package programme

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/web"
)

// Reminders go by themselves, so many hours before as the activity says, or when somebody at the desk sends them.

// DefaultRemindHours is a day: time enough to give a place back that somebody else can take.
const DefaultRemindHours = 24

// remindLatest is how long before the beginning nobody is reminded any more.
const remindLatest = 30 * time.Minute

// Remind writes to those who come to a session, as long before as its activity says, once. Who registered within that
// time has just been written to.
func (s *Store) Remind(ctx context.Context) (int, error) {
	now, n := s.Now(), 0
	var due []struct {
		ID    string `db:"id"`
		Hours int    `db:"remind_hours"`
	}
	if err := s.DB.Select(ctx, &due, `SELECT s.id, a.remind_hours FROM sessions s JOIN activities a ON a.id = s.activity_id
		WHERE a.discreet = 0 AND a.state = 'published' AND a.remind = 1 AND s.state = 'planned' AND s.reminded = 0
			AND s.starts_at > :soon AND s.starts_at - a.remind_hours * 3600 <= :now ORDER BY s.starts_at, s.id`,
		db.Args{"soon": now.Add(remindLatest).Unix(), "now": now.Unix()}); err != nil {
		return 0, err
	}
	for _, session := range due {
		err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			changed, err := tx.Exec(ctx, `UPDATE sessions SET reminded = 1 WHERE id = :id AND reminded = 0 AND state = 'planned'`, db.Args{"id": session.ID})
			if err != nil || changed == 0 {
				return err
			}
			var list []Registration
			if err := tx.Select(ctx, &list, `SELECT * FROM registrations WHERE session_id = :s AND state = 'confirmed' AND created_at <= :since ORDER BY position`,
				db.Args{"s": session.ID, "since": now.Unix() - int64(session.Hours)*3600}); err != nil {
				return err
			}
			for _, r := range list {
				told, err := s.remind(ctx, tx, r, now)
				if err != nil {
					return err
				}
				if told {
					n++
				}
			}
			return nil
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// remind writes one reminder, and says whether there was a way to.
func (s *Store) remind(ctx context.Context, tx *db.Tx, r Registration, now time.Time) (bool, error) {
	c, err := s.contact(ctx, tx, r)
	if err != nil || !c.written() {
		return false, err
	}
	session, err := s.listedIn(ctx, tx, r.SessionID)
	if err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, `UPDATE registrations SET reminded_at = :now WHERE id = :id`, db.Args{"now": now.Unix(), "id": r.ID}); err != nil {
		return false, err
	}
	return true, s.write(ctx, tx, c, letter{centre: session.CentreID, bundle: r.BundleID, about: aboutReminder + r.ID, at: now, until: session.Start(), short: "messages.sms.reminder",
		when: session.Start(), text: func(w *i18n.Printer) string { return w.T("programme.mail.reminder") + "\n\n" + titled(w, session) }})
}

// RemindKind is the kind of progress, and of the job, of reminders sent by hand.
const RemindKind = "programme remind"

// reminding is the job: ids only.
type reminding struct {
	Centre   string `json:"centre"`
	Activity string `json:"activity"`
	Session  string `json:"session,omitempty"` // empty: of the activity, each person for their next date
	Progress string `json:"progress"`
	By       string `json:"by"`
	Begun    int64  `json:"begun"`
}

// RemindNow begins to remind those who have a place on the session, or, where none is named, on any date of the activity
// that is still to come: each person once, of their next date. It returns the id of the work's progress; Invalid when
// nobody comes yet, or when the session has begun; NotFound for what is discreet or another centre's; and *web.Already
// for a form that was taken before. Location is told the id.
func (s *Store) RemindNow(ctx context.Context, centreID, activityID, sessionID, key, by string, location func(id string) string) (string, error) {
	var id string
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := s.Activity(ctx, tx, centreID, activityID, false)
		if err != nil {
			return err
		}
		now := s.Now()
		job := reminding{Centre: centreID, Activity: a.ID, Session: sessionID, By: by, Begun: now.Unix()}
		list, err := s.toRemind(ctx, tx, job, now)
		if err != nil {
			return err
		}
		if len(list) == 0 || a.State != "published" {
			return fault.Invalid("messages.fault.nobody")
		}
		if id, err = jobs.StartProgress(ctx, tx, RemindKind, by, len(list), now); err != nil {
			return err
		}
		if err := web.Claim(ctx, tx, key, location(id), now); err != nil {
			return err
		}
		job.Progress = id
		if err := jobs.Enqueue(ctx, tx, RemindKind, id, job, now); err != nil {
			return err
		}
		if sessionID != "" {
			return s.note(ctx, tx, centreID, "session.remind", by, "session", sessionID)
		}
		return s.note(ctx, tx, centreID, "activity.remind", by, "activity", a.ID)
	})
	return id, err
}

// toRemind are the registrations to be reminded of, one a person, those reminded since the work began among them.
func (s *Store) toRemind(ctx context.Context, q db.Querier, j reminding, now time.Time) ([]Registration, error) {
	var all []Registration
	if err := q.Select(ctx, &all, `SELECT r.* FROM registrations r JOIN sessions s ON s.id = r.session_id
		WHERE s.activity_id = :a AND s.centre_id = :c AND (:s = '' OR s.id = :s) AND s.state = 'planned' AND s.starts_at > :now
			AND r.state = 'confirmed' AND r.discreet = 0 ORDER BY s.starts_at, s.id, r.position`,
		db.Args{"a": j.Activity, "c": j.Centre, "s": j.Session, "now": now.Unix()}); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var list []Registration
	for _, r := range all {
		if who := whose(r); !seen[who] {
			seen[who] = true
			list = append(list, r)
		}
	}
	return list, nil
}

// whose is the same for all registrations of one person, or of those made together where the person is not known.
func whose(r Registration) string {
	if r.PersonID != nil {
		return *r.PersonID
	}
	return r.BundleID
}

// remindAll is the job. It may run again after a death in between: who was reminded since it began is not written to
// again. Between one person and the next it can be stopped; what was queued by then goes.
func (s *Store) remindAll(ctx context.Context, payload json.RawMessage) error {
	var j reminding
	if err := json.Unmarshal(payload, &j); err != nil {
		return err
	}
	p, err := jobs.GetProgress(ctx, s.DB, j.Progress, j.By)
	if fault.Is(err, fault.KindNotFound) {
		return nil
	}
	if err != nil || p.Ended() {
		return err
	}
	list, err := s.toRemind(ctx, s.DB, j, s.Now())
	if err != nil {
		return err
	}
	missed, state := 0, jobs.Done
	for i, r := range list {
		if i%10 == 0 {
			stop, err := jobs.Step(ctx, s.DB, j.Progress, i, len(list), s.Now())
			if err != nil {
				return err
			}
			if stop {
				state = jobs.Stopped
				list = list[:i]
				break
			}
		}
		if r.RemindedAt >= j.Begun {
			continue
		}
		told := false
		if err := s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
			var now Registration // as it is at this moment
			if err = tx.Get(ctx, &now, `SELECT * FROM registrations WHERE id = :id`, db.Args{"id": r.ID}); fault.Is(err, fault.KindNotFound) || (err == nil && now.State != Confirmed) {
				told = true
				return nil
			}
			if err != nil {
				return err
			}
			told, err = s.remind(ctx, tx, now, s.Now())
			return err
		}); err != nil {
			return err
		}
		if !told {
			missed++
		}
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		// What is sent by hand shortly before its time is the reminder: nobody gets two within a day.
		if _, err := tx.Exec(ctx, `UPDATE sessions SET reminded = 1 WHERE activity_id = :a AND id = :s AND reminded = 0
			AND starts_at - (SELECT remind_hours FROM activities WHERE id = :a) * 3600 - 86400 <= :now`,
			db.Args{"a": j.Activity, "s": j.Session, "now": s.Now().Unix()}); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE progress SET done = :done WHERE id = :id`, db.Args{"done": len(list), "id": j.Progress}); err != nil {
			return err
		}
		return jobs.FinishProgress(ctx, tx, j.Progress, state, strconv.Itoa(missed), s.Now())
	})
}
