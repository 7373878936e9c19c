package programme

import (
	"context"
	"net/http"
	"slices"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// Assign says who of the centre's team answers for the session, or nobody where the account is empty; with following, for
// the activity's later dates too. It returns Invalid for an account that is not of the team, and how many sessions it was.
func (s *Store) Assign(ctx context.Context, centreID, id, accountID string, following bool, by string) (int, error) {
	var who *string
	if accountID != "" {
		team, err := s.Network.Team(ctx, auth.Scope{Kind: network.ScopeCentre, ID: centreID})
		if err != nil {
			return 0, err
		}
		if !slices.ContainsFunc(team, func(t network.Teammate) bool { return t.ID == accountID }) {
			var f fault.Form
			f.Add("responsible", "programme.fault.not_of_team")
			return 0, f.Err()
		}
		who = &accountID
	}
	n := 0
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		var one Session
		if err := tx.Get(ctx, &one, `SELECT * FROM sessions WHERE id = :id AND centre_id = :c`, db.Args{"id": id, "c": centreID}); err != nil {
			return err
		}
		var ids []string
		if err := tx.Select(ctx, &ids, `UPDATE sessions SET responsible_id = :who WHERE centre_id = :c AND (id = :id
			OR :following = 1 AND activity_id = :a AND starts_at > :from AND state = 'planned') RETURNING id`,
			db.Args{"who": who, "id": id, "c": centreID, "a": one.ActivityID, "from": one.StartsAt, "following": db.Bool(following)}); err != nil {
			return err
		}
		for _, id := range ids {
			if err := s.note(ctx, tx, centreID, "session.responsible", by, "session", id); err != nil {
				return err
			}
		}
		n = len(ids)
		return nil
	})
	return n, err
}

// Audience is how many registrations of the session hear of a change by mail, and how many must be called.
func (s *Store) Audience(ctx context.Context, q db.Querier, sessionID string) (mails, calls int, err error) {
	var n struct {
		Mails int `db:"mails"`
		Calls int `db:"calls"`
	}
	err = q.Get(ctx, &n, `SELECT COALESCE(SUM(CASE WHEN r.discreet = 0 AND p.email <> '' THEN 1 ELSE 0 END), 0) AS mails,
		COALESCE(SUM(CASE WHEN r.discreet = 0 AND COALESCE(p.email, '') = '' THEN 1 ELSE 0 END), 0) AS calls
		FROM registrations r LEFT JOIN people p ON p.id = r.person_id WHERE r.session_id = :s AND r.state <> 'cancelled'`, db.Args{"s": sessionID})
	return n.Mails, n.Calls, err
}

// team is the centre's, by name as the reader's language sorts.
func (p *Pages) team(r *web.Request) ([]network.Teammate, error) {
	list, err := p.Network.Team(r.Context(), r.Viewer.Acting.Scope)
	names := r.Names()
	slices.SortStableFunc(list, func(a, b network.Teammate) int { return names(a.Name, b.Name) })
	return list, err
}

// assign says who answers for a session.
func (p *Pages) assign(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	l, a, err := p.sessionFor(r, r.PathValue("id"), EditProgramme)
	if err != nil {
		return err
	}
	_, err = p.Assign(r.Context(), l.CentreID, l.ID, f.Get("responsible"), f.On("following"), r.Viewer.Account.ID)
	if err != nil {
		if f.Failed(err) {
			return p.showDeskSession(w, r, web.Status(f.Err), deskView{Session: l, Activity: a}, f)
		}
		return err
	}
	if f.On("following") {
		r.Flash("programme.desk.assigned.following")
	} else {
		r.Flash("programme.desk.assigned")
	}
	return r.See(w, "/desk/sessions/"+l.ID)
}

func (v deskView) responsible() string {
	for _, t := range v.Team {
		if v.Session.ResponsibleID != nil && t.ID == *v.Session.ResponsibleID {
			return t.Name
		}
	}
	return ""
}

func (v deskView) teamOptions(r *web.Request) []web.Option {
	list := []web.Option{{Label: r.T("programme.desk.responsible.nobody")}}
	for _, t := range v.Team {
		list = append(list, web.Option{Value: t.ID, Label: t.Name})
	}
	return list
}
