package programme

import (
	"context"
	"slices"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/mail"
)

// Every mail has a neutral subject, says only what the reader needs, and carries a link to a page with a button: the
// link itself does nothing. Nothing of a discreet session is ever put in a mail.

// person returns who registered, or false when there is nobody to write to.
func (s *Store) reader(ctx context.Context, q db.Querier, r Registration) (network.Person, bool, error) {
	if r.PersonID == nil || bool(r.Discreet) {
		return network.Person{}, false, nil
	}
	p, err := s.Network.Person(ctx, q, r.CentreID, *r.PersonID)
	if fault.Is(err, fault.KindNotFound) {
		return p, false, nil
	}
	return p, err == nil && p.Email != "", err
}

func (s *Store) send(ctx context.Context, tx *db.Tx, p network.Person, session Session, bundle string, text func(*i18n.Printer) string) error {
	words := s.Texts.For(p.Lang)
	link := s.PublicURL + "/" + string(words.Lang()) + "/registrations/" + s.code(bundle)
	body := text(words) + "\n\n" + words.T("programme.mail.link") + "\n" + link + "\n"
	return mail.Queue(ctx, tx, mail.Message{To: p.Email, Subject: words.T("programme.mail.subject"), Body: body, ScopeID: session.CentreID, NotBefore: s.Now()})
}

func (s *Store) titled(p *i18n.Printer, a Activity, session Session) string {
	return p.Pick(a.Title) + "\n" + p.When(session.Start())
}

func (s *Store) confirmByMail(ctx context.Context, tx *db.Tx, a Activity, session Session, place Place, ask Ask) error {
	if bool(a.Discreet) || len(place.Registrations) == 0 {
		return nil
	}
	first := place.Registrations[0]
	p, ok, err := s.reader(ctx, tx, first)
	if err != nil || !ok {
		return err
	}
	return s.send(ctx, tx, p, session, first.BundleID, func(w *i18n.Printer) string {
		text := w.T("programme.mail.confirmed")
		if first.State == Waiting {
			text = w.T("programme.mail.waiting")
		}
		text += "\n\n" + s.titled(w, a, session)
		if a.PlaceKind == Online && a.OnlineURL != "" && first.State == Confirmed {
			text += "\n" + a.OnlineURL
		}
		return text
	})
}

func (s *Store) offerByMail(ctx context.Context, tx *db.Tx, session Session, r Registration, until time.Time) error {
	p, ok, err := s.reader(ctx, tx, r)
	if err != nil || !ok {
		return err
	}
	_, a, err := s.sessionWithActivity(ctx, tx, session.ID)
	if err != nil {
		return err
	}
	return s.send(ctx, tx, p, session, r.BundleID, func(w *i18n.Printer) string {
		return w.T("programme.mail.offered", "until", w.When(until.In(session.location()))) + "\n\n" + s.titled(w, a, session)
	})
}

// tellAll tells everybody who registered of a change, once: by mail, or by a line in the list of those to be called.
func (s *Store) tellAll(ctx context.Context, tx *db.Tx, session Session, a Activity, what string, reason i18n.Text) error {
	var list []Registration
	if err := tx.Select(ctx, &list, `SELECT * FROM registrations WHERE session_id = :s AND state <> 'cancelled' ORDER BY position`, db.Args{"s": session.ID}); err != nil {
		return err
	}
	for _, r := range list {
		p, byMail, err := s.reader(ctx, tx, r)
		if err != nil {
			return err
		}
		if !byMail {
			if r.Discreet {
				continue // it shows on the registrant's own link
			}
			if err := s.toCall(ctx, tx, r, what); err != nil {
				return err
			}
			continue
		}
		err = s.send(ctx, tx, p, session, r.BundleID, func(w *i18n.Printer) string {
			text := w.T("programme.mail." + what)
			if why := w.Pick(reason); why != "" {
				text += " " + why
			}
			return text + "\n\n" + s.titled(w, a, session)
		})
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
		return s.tellAll(ctx, tx, list[0].after, a, what, reason)
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
		p, byMail, err := s.reader(ctx, tx, mine[0])
		if err != nil {
			return err
		}
		switch {
		case byMail:
			err = s.sendSeries(ctx, tx, p, a, list, mine, what, reason)
		case !bool(mine[0].Discreet): // else it shows on the registrant's own link
			err = s.toCallOnce(ctx, tx, mine, what)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) sendSeries(ctx context.Context, tx *db.Tx, p network.Person, a Activity, list []told, mine []Registration, what string, reason i18n.Text) error {
	w := s.Texts.For(p.Lang)
	text := w.T("series.mail." + what)
	if why := w.Pick(reason); why != "" {
		text += " " + why
	}
	text += "\n\n" + w.Pick(a.Title)
	var links []string
	for _, t := range list {
		k := slices.IndexFunc(mine, func(r Registration) bool { return r.SessionID == t.after.ID })
		if k < 0 {
			continue
		}
		if what == "moved" {
			text += "\n" + w.T("series.mail.from_to", "from", w.When(t.before.Start()), "to", w.When(t.after.Start()))
		} else {
			text += "\n" + w.When(t.before.Start())
		}
		if link := s.PublicURL + "/" + string(w.Lang()) + "/registrations/" + s.code(mine[k].BundleID); !slices.Contains(links, link) {
			links = append(links, link)
		}
	}
	body := text + "\n\n" + w.T("programme.mail.link") + "\n" + strings.Join(links, "\n") + "\n"
	return mail.Queue(ctx, tx, mail.Message{To: p.Email, Subject: w.T("programme.mail.subject"), Body: body, ScopeID: a.CentreID, NotBefore: s.Now()})
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

// Remind writes to those who come to a session within the next day, once.
func (s *Store) Remind(ctx context.Context) (int, error) {
	now, n := s.Now(), 0
	var due []Session
	if err := s.DB.Select(ctx, &due, `SELECT * FROM public_sessions WHERE state = 'planned' AND reminded = 0 AND starts_at > :soon AND starts_at <= :day ORDER BY starts_at`,
		db.Args{"soon": now.Add(time.Hour).Unix(), "day": now.Add(26 * time.Hour).Unix()}); err != nil {
		return 0, err
	}
	for _, session := range due {
		err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			changed, err := tx.Exec(ctx, `UPDATE sessions SET reminded = 1 WHERE id = :id AND reminded = 0`, db.Args{"id": session.ID})
			if err != nil || changed == 0 {
				return err
			}
			_, a, err := s.sessionWithActivity(ctx, tx, session.ID)
			if err != nil {
				return err
			}
			var list []Registration
			if err := tx.Select(ctx, &list, `SELECT * FROM registrations WHERE session_id = :s AND state = 'confirmed' ORDER BY position`, db.Args{"s": session.ID}); err != nil {
				return err
			}
			for _, r := range list {
				p, ok, err := s.reader(ctx, tx, r)
				if err != nil {
					return err
				}
				if !ok || now.Unix()-r.CreatedAt < 24*3600 { // who registered since yesterday has just been written to
					continue
				}
				if err := s.send(ctx, tx, p, session, r.BundleID, func(w *i18n.Printer) string {
					return w.T("programme.mail.reminder") + "\n\n" + s.titled(w, a, session)
				}); err != nil {
					return err
				}
				n++
			}
			return nil
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// ForgetNeeds empties what people wrote about their needs, seven days after the session (PRACTICE).
func (s *Store) ForgetNeeds(ctx context.Context) (int, error) {
	n, err := s.DB.Exec(ctx, `UPDATE registrations SET needs = '' WHERE needs <> '' AND session_id IN (SELECT id FROM sessions WHERE ends_at < :t)`,
		db.Args{"t": s.Now().AddDate(0, 0, -7).Unix()})
	return int(n), err
}
