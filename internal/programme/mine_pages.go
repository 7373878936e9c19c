package programme

import (
	"context"
	"net/http"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/mail"
	"kvart/internal/platform/web"
)

// The pages on which somebody sees what they registered for: one registration behind its own link, without an account,
// and all of them for who signs in with a link sent by e-mail.

// mine is the page behind the link that manages a registration without an account.
func (p *Pages) mine(w http.ResponseWriter, r *web.Request) error {
	code := r.PathValue("code")
	list, err := p.ByCode(r.Context(), code)
	if err != nil {
		return err
	}
	var v []mineRow
	for _, reg := range list {
		session, a, err := p.sessionWithActivity(r.Context(), p.DB, reg.SessionID)
		if err != nil {
			return err
		}
		l := Listed{Session: session}
		if !a.Discreet || reg.State == Confirmed { // the place of a discreet session is told only when somebody of the team said yes
			if full, _, err := p.SessionAt(r.Context(), session.CentreID, session.ID, true); err == nil {
				l = full
			}
		}
		v = append(v, mineRow{Registration: reg, Session: l, Activity: a, Ahead: p.ahead(r.Context(), reg)})
	}
	c, err := p.Network.Centre(r.Context(), p.DB, list[0].CentreID)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	friend := r.URL.Query().Get("friend")
	if friend != "" {
		if _, err := p.ByCode(r.Context(), friend); err != nil {
			friend = ""
		}
	}
	return r.HTML(w, http.StatusOK, minePage(r, code, friend, c, v))
}

type mineRow struct {
	Registration Registration
	Session      Listed
	Activity     Activity
	Ahead        int // how many wait before
}

// ahead is how many wait before a registration that waits.
func (s *Store) ahead(ctx context.Context, r Registration) int {
	var n int
	if r.State != Waiting {
		return 0
	}
	_ = s.DB.Get(ctx, &n, `SELECT COUNT(*) FROM registrations WHERE session_id = :s AND state = 'waiting' AND position < :p`, map[string]any{"s": r.SessionID, "p": r.Position})
	return n
}

func (p *Pages) cancelMine(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	code := r.PathValue("code")
	if err := p.CancelByCode(r.Context(), code, f.Get("session")); err != nil {
		return err
	}
	return r.See(w, r.Path("registrations/"+code))
}

func (p *Pages) confirmMine(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	code := r.PathValue("code")
	if err := p.ConfirmByCode(r.Context(), code, f.Get("session")); err != nil {
		return err
	}
	return r.See(w, r.Path("registrations/"+code))
}

// ownList is what a resident who is signed in registered for, from now on. A clash of two places is said here and nowhere
// else, and to nobody else.
func (p *Pages) ownList(w http.ResponseWriter, r *web.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	if !r.Viewer.In() {
		return r.HTML(w, http.StatusOK, askLinkPage(r, &web.Form{}, false))
	}
	list, err := p.OfAccount(r.Context(), r.Viewer.Account.ID)
	if err != nil {
		return err
	}
	b, err := p.Network.Basics(r.Context())
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, ownPage(r, b, list))
}

// askLink sends the link for signing in to an address under which a centre keeps a record or an account stands. The
// answer is the same for every address, so that it tells nothing of anybody.
func (p *Pages) askLink(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	email := strings.ToLower(strings.TrimSpace(f.Get("email")))
	if err = r.Slowed("link by e-mail"); err == nil && !looksLikeMail(email) {
		var faults fault.Form
		faults.Add("email", "programme.fault.email")
		err = faults.Err()
	}
	if err == nil {
		err = p.sendLink(r.Context(), email, r)
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), askLinkPage(r, f, false))
	}
	return r.HTML(w, http.StatusOK, askLinkPage(r, &web.Form{}, true))
}

func (p *Pages) sendLink(ctx context.Context, email string, r *web.Request) error {
	return p.DB.Tx(ctx, func(tx *db.Tx) error {
		centre, known, err := p.Network.KnownAddress(ctx, tx, email)
		if err != nil || !known {
			return err
		}
		token, err := p.Network.Auth.ResidentLink(ctx, tx, email, network.Resident, r.Lang())
		if fault.Is(err, fault.KindNotFound) || fault.Is(err, fault.KindTooMany) {
			return nil
		}
		if err != nil {
			return err
		}
		body := r.T("programme.own.mail") + "\n\n" + p.PublicURL + "/desk/welcome/" + token + "\n"
		return mail.Queue(ctx, tx, mail.Message{To: email, Subject: r.T("programme.mail.subject"), Body: body, ScopeID: centre, NotBefore: p.Now()})
	})
}

// Own is a registration as its owner sees it among all of theirs.
type Own struct {
	Listed
	RegistrationState string `db:"r_state"`
	Bundle            string `db:"r_bundle"`
	Code              string `db:"-"` // of its own page
	Also              []Own  `db:"-"` // those at the same time
}

// OfAccount are the registrations, to come and not given back, of all the people whom centres know by the account.
func (s *Store) OfAccount(ctx context.Context, accountID string) ([]Own, error) {
	var list []Own
	err := s.DB.Select(ctx, &list, `SELECT `+listed+`, r.state AS r_state, r.bundle_id AS r_bundle FROM registrations r JOIN people p ON p.id = r.person_id
		JOIN sessions s ON s.id = r.session_id JOIN activities a ON a.id = s.activity_id LEFT JOIN spaces sp ON sp.id = s.space_id
		WHERE p.account_id = :a AND r.state <> 'cancelled' AND r.discreet = 0 AND s.ends_at > :now ORDER BY s.starts_at, s.id LIMIT 500`,
		db.Args{"a": accountID, "now": s.Now().Unix()})
	for i := range list {
		list[i].Code = s.code(list[i].Bundle)
		for k := i - 1; k >= 0; k-- {
			if one := list[k]; one.EndsAt > list[i].StartsAt && one.ID != list[i].ID && !one.Cancelled() && !list[i].Cancelled() {
				list[i].Also = append(list[i].Also, one)
			}
		}
	}
	return list, err
}

// onDay says on which day and at what time it is, for a link that makes sense alone.
func onDay(r *web.Request, start, end time.Time) string {
	return r.Day(start) + ", " + r.Span(start, end)
}
