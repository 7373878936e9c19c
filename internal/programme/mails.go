package programme

import (
	"context"
	"slices"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// Every mail has a neutral subject, says only what the reader needs, and carries a link to a page with a button: the
// link itself does nothing. Nothing of a discreet session is ever put in a mail or an SMS.

// confirm tells somebody who just registered what they got.
func (s *Store) confirm(ctx context.Context, tx *db.Tx, a Activity, place Place) error {
	if bool(a.Discreet) || len(place.Registrations) == 0 {
		return nil
	}
	first := place.Registrations[0]
	c, err := s.contact(ctx, tx, first)
	if err != nil || !c.written() {
		return err
	}
	session, err := s.listedIn(ctx, tx, first.SessionID)
	if err != nil {
		return err
	}
	l := letter{centre: first.CentreID, bundle: first.BundleID, at: s.Now(), until: session.Start(), short: "messages.sms.confirmed", when: session.Start(), text: func(w *i18n.Printer) string {
		text := w.T("programme.mail.confirmed")
		if first.State == Waiting {
			text = w.T("programme.mail.waiting")
		}
		if place.Friend {
			text = w.T("messages.mail.friend") + " " + text
		}
		text += "\n\n" + titled(w, session)
		if a.PlaceKind == Online && a.OnlineURL != "" && first.State == Confirmed {
			text += "\n" + a.OnlineURL
		}
		return text
	}}
	if first.State == Waiting {
		l.short = "messages.sms.waiting"
	}
	for _, r := range place.Registrations {
		if r.State != Confirmed {
			continue
		}
		one, err := s.listedIn(ctx, tx, r.SessionID)
		if err != nil {
			return err
		}
		l.calendar = append(l.calendar, one)
	}
	return s.write(ctx, tx, c, l)
}

// tellOffered tells somebody by mail and SMS of a place that became free for them: of a series once, with all its dates.
// Who left no mail is on the desk's call list all the same, and until is nil: the time to confirm starts with the call.
func (s *Store) tellOffered(ctx context.Context, tx *db.Tx, r Registration, until *int64) error {
	if err := s.noticeDue(ctx, tx, r); err != nil {
		return err
	}
	c, err := s.contact(ctx, tx, r)
	if err != nil || !c.written() {
		return err
	}
	var ids []string
	if err := tx.Select(ctx, &ids, `SELECT s.id FROM registrations r JOIN sessions s ON s.id = r.session_id WHERE r.bundle_id = :b AND r.state = 'offered' ORDER BY s.starts_at, s.id`,
		db.Args{"b": r.BundleID}); err != nil || len(ids) == 0 {
		return err
	}
	var list []Listed
	for _, id := range ids {
		one, err := s.listedIn(ctx, tx, id)
		if err != nil {
			return err
		}
		list = append(list, one)
	}
	return s.write(ctx, tx, c, letter{centre: r.CentreID, bundle: r.BundleID, at: s.Now(), until: list[0].Start(), short: "messages.sms.offered",
		when: list[0].Start(), text: func(w *i18n.Printer) string {
			text := w.T("messages.mail.offered")
			if until != nil {
				text = w.T("programme.mail.offered", "until", w.When(time.Unix(*until, 0).In(list[0].location())))
			}
			text += "\n\n" + titled(w, list[0])
			for _, one := range list[1:] {
				text += "\n" + w.When(one.Start())
			}
			return text
		}})
}

// tellAll tells everybody who registered of a change, once: by mail and SMS, or by a line in the list of those to be
// called. The calendar file that goes with the mail has the session as it is now. What waited to tell of an earlier
// change, or to remind, is not sent: only the last state is worth reading. Soonest is the earlier of its starts, before
// and after the change.
func (s *Store) tellAll(ctx context.Context, tx *db.Tx, sessionID, what string, reason i18n.Text, soonest int64) error {
	session, err := s.listedIn(ctx, tx, sessionID)
	if err != nil {
		return err
	}
	var list []Registration
	if err := tx.Select(ctx, &list, `SELECT * FROM registrations WHERE session_id = :s AND state <> 'cancelled' ORDER BY position`, db.Args{"s": session.ID}); err != nil {
		return err
	}
	for _, r := range list {
		if r.Discreet { // it shows on the registrant's own link, and a reader of their card sends the notice
			if err := s.noticeDue(ctx, tx, r); err != nil {
				return err
			}
			continue
		}
		c, err := s.contact(ctx, tx, r)
		if err != nil {
			return err
		}
		if !c.written() {
			if err := s.toCall(ctx, tx, r, what); err != nil {
				return err
			}
			continue
		}
		if err := s.dropReminder(ctx, tx, r.ID); err != nil {
			return err
		}
		err = s.write(ctx, tx, c, letter{centre: session.CentreID, bundle: r.BundleID, about: aboutChange + r.ID, at: s.leaves(soonest), until: session.Start(),
			calendar: []Listed{session}, short: "messages.sms." + what, when: session.Start(), text: func(w *i18n.Printer) string {
				text := w.T("programme.mail." + what)
				if why := w.Pick(reason); why != "" {
					text += " " + why
				}
				return text + "\n\n" + titled(w, session) + "\n\n" + w.T("messages.mail.calendar")
			}})
		if err != nil {
			return err
		}
	}
	return nil
}

// told is a session that changed with others, as it was and as it is.
type told struct{ before, after Session }

// tellSeries tells everybody who registered of several dates that changed together: once, with all of theirs in one mail,
// or by one line in the list of those to be called. what is "moved" or "cancelled".
func (s *Store) tellSeries(ctx context.Context, tx *db.Tx, a Activity, list []told, what string, reason i18n.Text) error {
	if len(list) == 0 {
		return nil
	}
	if len(list) == 1 {
		return s.tellAll(ctx, tx, list[0].after.ID, what, reason, list[0].soonest())
	}
	args, ids := db.Args{}, make([]string, len(list))
	for i, t := range list {
		ids[i] = t.after.ID
	}
	var all []Registration
	if err := tx.Select(ctx, &all, `SELECT r.* FROM registrations r JOIN sessions s ON s.id = r.session_id
		WHERE r.session_id IN (`+db.In("id", ids, args)+`) AND r.state <> 'cancelled' ORDER BY s.starts_at, s.id, r.position`, args); err != nil {
		return err
	}
	var order []string
	theirs := map[string][]Registration{}
	for _, r := range all {
		who := r.BundleID
		if r.PersonID != nil {
			who = *r.PersonID
		}
		if theirs[who] == nil {
			order = append(order, who)
		}
		theirs[who] = append(theirs[who], r)
	}
	for _, who := range order {
		mine := theirs[who]
		c, err := s.contact(ctx, tx, mine[0])
		if err != nil {
			return err
		}
		switch {
		case c.written():
			err = s.writeSeries(ctx, tx, c, a, list, mine, what, reason)
		case bool(mine[0].Discreet): // it shows on the registrant's own link
			err = s.noticeDue(ctx, tx, mine[0])
		default:
			err = s.toCallOnce(ctx, tx, mine, what)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// soonest is the earlier of its starts, before and after the change.
func (t told) soonest() int64 { return min(t.before.StartsAt, t.after.StartsAt) }

// writeSeries tells one person of all of their dates that changed together. The letter stands for itself: a later change
// of one of the dates must not take the news of the others with it. What waited to tell of one of them is told with it.
func (s *Store) writeSeries(ctx context.Context, tx *db.Tx, c contact, a Activity, list []told, mine []Registration, what string, reason i18n.Text) error {
	var theirs []told
	var bundles []string
	for _, t := range list {
		k := slices.IndexFunc(mine, func(r Registration) bool { return r.SessionID == t.after.ID })
		if k < 0 {
			continue
		}
		theirs = append(theirs, t)
		if !slices.Contains(bundles, mine[k].BundleID) {
			bundles = append(bundles, mine[k].BundleID)
		}
		if err := s.dropReminder(ctx, tx, mine[k].ID); err != nil {
			return err
		}
		if err := s.dropLetters(ctx, tx, aboutChange+mine[k].ID); err != nil {
			return err
		}
	}
	l := letter{centre: a.CentreID, bundle: bundles[0], also: bundles[1:], at: s.leaves(theirs[0].soonest()), until: theirs[0].after.Start(),
		short: "messages.sms." + what, when: theirs[0].after.Start(), text: func(w *i18n.Printer) string {
			text := w.T("series.mail." + what)
			if why := w.Pick(reason); why != "" {
				text += " " + why
			}
			text += "\n\n" + w.Pick(a.Title)
			for _, t := range theirs {
				if what == "moved" {
					text += "\n" + w.T("series.mail.from_to", "from", w.When(t.before.Start()), "to", w.When(t.after.Start()))
				} else {
					text += "\n" + w.When(t.before.Start())
				}
			}
			return text + "\n\n" + w.T("messages.mail.calendar")
		}}
	if !c.mail { // an SMS leads to the page that says all, and whoever cannot be reached by it is called
		l.about = aboutChange + mine[0].ID
	}
	for _, t := range theirs {
		one, err := s.listedIn(ctx, tx, t.after.ID)
		if err != nil {
			return err
		}
		l.calendar = append(l.calendar, one)
	}
	return s.write(ctx, tx, c, l)
}

// toCallOnce puts somebody on the list of those to be called with the first of their dates that changed together.
func (s *Store) toCallOnce(ctx context.Context, tx *db.Tx, mine []Registration, what string) error {
	for _, r := range mine[1:] { // what was to be told of them is told with it
		if _, err := tx.Exec(ctx, `DELETE FROM notices WHERE registration_id = :r AND told_at IS NULL`, db.Args{"r": r.ID}); err != nil {
			return err
		}
	}
	if len(mine) > 1 {
		what += "_from"
	}
	return s.toCall(ctx, tx, mine[0], what)
}

// toCall puts somebody on the list of those to be called: of a session cancelled, moved or added.
func (s *Store) toCall(ctx context.Context, tx *db.Tx, r Registration, what string) error {
	// Only the newest is worth a call: who hears that a session is cancelled need not hear that it was moved.
	if _, err := tx.Exec(ctx, `DELETE FROM notices WHERE registration_id = :r AND kind <> :k AND told_at IS NULL`, db.Args{"r": r.ID, "k": what}); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO notices (id, session_id, registration_id, kind) VALUES (:id, :s, :r, :k)
		ON CONFLICT (registration_id, kind) DO UPDATE SET told_at = NULL`, db.Args{"id": db.NewID(), "s": r.SessionID, "r": r.ID, "k": what})
	return err
}

// ToTell is somebody who has to be told of a change by telephone.
type ToTell struct {
	NoticeID  string    `db:"notice_id"`
	Kind      string    `db:"kind"`
	SessionID string    `db:"session_id"`
	Title     i18n.Text `db:"title"`
	StartsAt  int64     `db:"starts_at"`
	Name      string    `db:"name"`
	Phone     string    `db:"phone"`
}

// ToTell are those at the centre who still have to be told of a change, soonest session first.
func (s *Store) ToTell(ctx context.Context, centreID string) ([]ToTell, error) {
	var list []ToTell
	err := s.DB.Select(ctx, &list, `SELECT n.id AS notice_id, n.kind, n.session_id, a.title, s.starts_at, COALESCE(p.name, '') AS name, COALESCE(p.phone, '') AS phone
		FROM notices n JOIN registrations r ON r.id = n.registration_id JOIN sessions s ON s.id = n.session_id JOIN activities a ON a.id = s.activity_id
		LEFT JOIN people p ON p.id = r.person_id WHERE r.centre_id = :c AND n.told_at IS NULL AND r.state <> 'cancelled' AND s.starts_at > :since ORDER BY s.starts_at, p.name`,
		db.Args{"c": centreID, "since": s.Now().Add(-24 * time.Hour).Unix()})
	return list, err
}

// Told notes that somebody was told of a change.
func (s *Store) Told(ctx context.Context, centreID, noticeID, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE notices SET told_at = :now WHERE id = :id AND registration_id IN (SELECT id FROM registrations WHERE centre_id = :c)`,
			db.Args{"now": s.Now().Unix(), "id": noticeID, "c": centreID})
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NotFound("fault.not_found")
		}
		return s.note(ctx, tx, centreID, "notice.told", by, "notice", noticeID)
	})
}

// ForgetNeeds empties what people wrote about their needs, seven days after the session (PRACTICE).
func (s *Store) ForgetNeeds(ctx context.Context) (int, error) {
	n, err := s.DB.Exec(ctx, `UPDATE registrations SET needs = '' WHERE needs <> '' AND session_id IN (SELECT id FROM sessions WHERE ends_at < :t)`,
		db.Args{"t": s.Now().AddDate(0, 0, -7).Unix()})
	return int(n), err
}
