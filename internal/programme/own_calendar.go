package programme

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/ical"
	"kvart/internal/platform/web"
)

// One's own calendar is the sessions that an account is responsible for, at all its centres, at an address that only
// its owner knows: a calendar program cannot sign in. Whoever has the address reads it, so it holds no name of a person,
// and of a discreet session only that the time is taken.

func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte("kvart own calendar " + strings.ToUpper(secret)))
	return hex.EncodeToString(sum[:])
}

// MakeCalendarLink makes the secret of the account's own calendar, in place of the one before. It is 128 bits and is
// returned once: only its hash is stored.
func (s *Store) MakeCalendarLink(ctx context.Context, accountID string) (string, error) {
	secret := rand.Text()
	return strings.ToLower(secret), s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO calendar_links (account_id, token_hash, made_at) VALUES (:id, :hash, :now)
			ON CONFLICT (account_id) DO UPDATE SET token_hash = :hash, made_at = :now`,
			db.Args{"id": accountID, "hash": hashSecret(secret), "now": s.Now().Unix()}); err != nil {
			return err
		}
		return s.note(ctx, tx, "", "calendar_link.make", accountID, "account", accountID)
	})
}

// DropCalendarLink makes the account's secret address dead. Where there is none nothing changes.
func (s *Store) DropCalendarLink(ctx context.Context, accountID string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM calendar_links WHERE account_id = :id`, db.Args{"id": accountID})
		if err != nil || n == 0 {
			return err
		}
		return s.note(ctx, tx, "", "calendar_link.remove", accountID, "account", accountID)
	})
}

// CalendarLinkMade is when the account's secret address was made; the zero time where there is none.
func (s *Store) CalendarLinkMade(ctx context.Context, accountID string) (time.Time, error) {
	var at int64
	err := s.DB.Get(ctx, &at, `SELECT made_at FROM calendar_links WHERE account_id = :id`, db.Args{"id": accountID})
	if fault.Is(err, fault.KindNotFound) {
		return time.Time{}, nil
	}
	return time.Unix(at, 0), err
}

// OwnCalendar is the calendar behind the secret, in the language of its owner. It returns NotFound for a secret that is
// not, or no longer, one, and for that of an account that is disabled. What the account is responsible for at a centre
// where it has no role any more is not in it.
func (s *Store) OwnCalendar(ctx context.Context, secret string) (ical.Calendar, error) {
	var owner struct {
		ID   string    `db:"id"`
		Lang i18n.Lang `db:"lang"`
	}
	if err := s.DB.Get(ctx, &owner, `SELECT a.id, a.lang FROM calendar_links c JOIN accounts a ON a.id = c.account_id WHERE c.token_hash = :h AND a.state = 'active'`,
		db.Args{"h": hashSecret(secret)}); err != nil {
		return ical.Calendar{}, err
	}
	words := s.Texts.For(owner.Lang)
	b, err := s.Network.Basics(ctx)
	if err != nil {
		return ical.Calendar{}, err
	}
	cal := ical.Calendar{Name: words.T("programme.own_calendar.name", "network", words.Pick(b.Network.Name)), ProdID: "-//Kvart//Programme//EN", Zone: b.Network.Zone}
	if b.Network.Demo {
		cal.Name = words.T("programme.calendar.sample", "name", cal.Name)
	}
	own, err := s.ownCentres(ctx, owner.ID)
	if err != nil || len(own) == 0 {
		return cal, err
	}
	args := db.Args{"by": owner.ID, "from": s.Now().AddDate(0, -3, 0).Unix(), "to": s.Now().AddDate(1, 0, 0).Unix()}
	var list []Listed
	if err := s.DB.Select(ctx, &list, `SELECT `+listed+` FROM sessions s JOIN activities a ON a.id = s.activity_id LEFT JOIN spaces sp ON sp.id = s.space_id
		WHERE s.responsible_id = :by AND s.starts_at >= :from AND s.starts_at < :to AND a.state <> 'draft' AND s.centre_id IN (`+db.In("centre", own, args)+`)
		ORDER BY s.starts_at, s.id LIMIT 5000`, args); err != nil {
		return cal, err
	}
	for _, l := range list {
		if l.DiscreetDB != 0 {
			cal.Events = append(cal.Events, s.busy(words, l))
			continue
		}
		var at network.Centre
		if c := b.Centre(l.CentreID); c != nil {
			at = *c
		}
		e := s.event(words, l, at)
		e.Description, e.URL = "", s.PublicURL+"/desk/sessions/"+l.ID
		cal.Events = append(cal.Events, e)
	}
	return cal, nil
}

// busy is a discreet session in a calendar: a time that is taken, by an id that leads nowhere.
func (s *Store) busy(words *i18n.Printer, l Listed) ical.Event {
	sum := sha256.Sum256([]byte("kvart busy " + l.ID))
	return ical.Event{UID: hex.EncodeToString(sum[:16]) + "@" + s.host(), Sequence: l.Sequence, Stamp: time.Unix(l.ChangedAt, 0).UTC().Truncate(time.Hour),
		Start: l.Start(), End: l.End(), Zone: l.Zone, Summary: words.T("booking.busy"), Cancelled: l.Cancelled()}
}

// ownCentres are those at which the account may act.
func (s *Store) ownCentres(ctx context.Context, accountID string) (ids []string, err error) {
	held, err := s.Network.Auth.Roles(ctx, accountID)
	if err != nil {
		return nil, err
	}
	centres, err := s.Network.Centres(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	policy := auth.NewPolicy(network.Contains, Grants)
	for _, c := range centres {
		if policy.Can(held, OpenSession, auth.Scope{Kind: network.ScopeCentre, ID: c.ID}) {
			ids = append(ids, c.ID)
		}
	}
	return ids, nil
}

// ownCalendar answers to whoever knows the address, and is kept by nobody on the way.
func (p *Pages) ownCalendar(w http.ResponseWriter, r *web.Request) error {
	w.Header().Set("Cache-Control", "private, no-store")
	secret, ok := strings.CutSuffix(r.PathValue("secret"), ".ics")
	if !ok {
		return fault.NotFound("fault.not_found")
	}
	cal, err := p.OwnCalendar(r.Context(), secret)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := ical.Write(&b, cal); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Robots-Tag", "noindex")
	return r.Send(w, http.StatusOK, b.Bytes())
}

func (p *Pages) calendarLink(w http.ResponseWriter, r *web.Request) error {
	made, err := p.CalendarLinkMade(r.Context(), r.Viewer.Account.ID)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, calendarLinkPage(r, made, ""))
}

// makeCalendarLink shows the new address at once and once: no other page has it, and the browser does not keep this one.
func (p *Pages) makeCalendarLink(w http.ResponseWriter, r *web.Request) error {
	secret, err := p.MakeCalendarLink(r.Context(), r.Viewer.Account.ID)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return r.HTML(w, http.StatusOK, calendarLinkPage(r, r.Now, "/calendar/own/"+secret+".ics"))
}

func (p *Pages) dropCalendarLink(w http.ResponseWriter, r *web.Request) error {
	if err := p.DropCalendarLink(r.Context(), r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("programme.own_calendar.removed")
	return r.See(w, "/desk/me/calendar")
}
