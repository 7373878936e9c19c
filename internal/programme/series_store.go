package programme

import (
	"cmp"
	"context"
	"slices"

	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
)

// member is somebody who registered for a series, as their dates so far tell.
type member struct {
	Registration
	StartsAt int64 `db:"starts_at"`
	coming   bool  // has or had a date that is still to come
	on       bool
}

// members are those on the series, in the order in which they came. Who gave back all dates still to come is not on it;
// when none is to come, the last date of the past two months counts. A person who registered twice is one.
func members(rows []member, now int64) []Registration {
	by := map[string]member{}
	for _, r := range rows { // by start
		key := r.BundleID
		if r.PersonID != nil {
			key = *r.PersonID
		}
		m, live := by[key], r.State != Cancelled
		on := live
		if r.StartsAt > now {
			on = live || (m.coming && m.on)
			m.coming = true
		}
		if live {
			m.Registration = r.Registration
		}
		m.on = on
		by[key] = m
	}
	var list []Registration
	for _, m := range by {
		if m.on {
			list = append(list, m.Registration)
		}
	}
	slices.SortFunc(list, func(a, b Registration) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// carry puts those who are registered for the series on a date that was added later, in the order in which they came and
// behind the same link, but not who was erased. Of a discreet activity it is a request again, which somebody of the team confirms.
func (s *Store) carry(ctx context.Context, tx *db.Tx, a Activity, sessionID, by string) error {
	if a.RegisterFor != "series" || !a.Takes() {
		return nil
	}
	if err := s.lockSeries(ctx, tx, sessionID); err != nil {
		return err
	}
	var session Session
	if err := tx.Get(ctx, &session, `SELECT * FROM sessions WHERE id = :id`, db.Args{"id": sessionID}); err != nil {
		return err
	}
	now := s.Now()
	if session.StartsAt <= now.Unix() {
		return nil
	}
	var rows []member
	if err := tx.Select(ctx, &rows, `SELECT r.*, s.starts_at FROM registrations r JOIN sessions s ON s.id = r.session_id
		WHERE s.activity_id = :a AND s.starts_at > :since AND r.code_hash <> '' ORDER BY s.starts_at, s.id, r.position`,
		db.Args{"a": a.ID, "since": now.AddDate(0, -2, 0).Unix()}); err != nil {
		return err
	}
	for _, m := range members(rows, now.Unix()) {
		// The same people on all dates: whoever has a place has it on this one too.
		r := Registration{State: m.State, OfferedAt: m.OfferedAt, OfferUntil: m.OfferUntil, PersonID: m.PersonID, BundleID: m.BundleID, CodeHash: m.CodeHash, Party: m.Party, Channel: m.Channel, Needs: m.Needs,
			GuardianOK: m.GuardianOK, BySMS: m.BySMS, CreatedAt: m.CreatedAt}
		if _, err := s.join(ctx, tx, r, a, session.ID, now, by); err != nil {
			return err
		}
		if r.PersonID != nil {
			if err := s.keep(ctx, tx, *r.PersonID, session); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellAdded tells everybody who is on dates that were just added to a series, once: by mail with all of them, or by a line
// in the list of those to be called.
func (s *Store) tellAdded(ctx context.Context, tx *db.Tx, a Activity, ids []string) error {
	if a.RegisterFor != "series" || bool(a.Discreet) || a.State != "published" || len(ids) == 0 {
		return nil
	}
	args := db.Args{}
	var sessions []Session
	if err := tx.Select(ctx, &sessions, `SELECT * FROM sessions WHERE id IN (`+db.In("id", ids, args)+`) ORDER BY starts_at, id`, args); err != nil {
		return err
	}
	var list []Registration
	if err := tx.Select(ctx, &list, `SELECT r.* FROM registrations r JOIN sessions s ON s.id = r.session_id
		WHERE s.id IN (`+db.In("id", ids, args)+`) ORDER BY s.starts_at, s.id, r.position`, args); err != nil {
		return err
	}
	states, first := map[string]string{}, map[string]Registration{}
	var bundles []string
	for _, r := range list {
		states[r.BundleID+" "+r.SessionID] = r.State
		if _, known := first[r.BundleID]; !known {
			first[r.BundleID] = r
			bundles = append(bundles, r.BundleID)
		}
	}
	for _, bundle := range bundles {
		c, err := s.contact(ctx, tx, first[bundle])
		if err != nil {
			return err
		}
		if !c.written() {
			if err := s.toCall(ctx, tx, first[bundle], "added"); err != nil {
				return err
			}
			continue
		}
		l := letter{centre: a.CentreID, bundle: bundle, about: aboutAdded + first[bundle].ID, at: s.Now(), until: sessions[0].Start(), short: "messages.sms.added", when: sessions[0].Start()}
		for _, one := range sessions {
			if states[bundle+" "+one.ID] != Confirmed {
				continue
			}
			full, err := s.listedIn(ctx, tx, one.ID)
			if err != nil {
				return err
			}
			l.calendar = append(l.calendar, full)
		}
		l.text = func(w *i18n.Printer) string {
			text := w.T("programme.mail.added") + "\n\n" + w.Pick(a.Title)
			for _, one := range sessions {
				if state, on := states[bundle+" "+one.ID]; on {
					text += "\n" + w.When(one.Start()) + " · " + w.T("programme.state."+state)
				}
			}
			return text
		}
		if err := s.write(ctx, tx, c, l); err != nil {
			return err
		}
	}
	return nil
}
