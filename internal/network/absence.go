package network

import (
	"context"
	"net/http"
	"slices"
	"time"

	"kvart/internal/platform/audit"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// Absence is a span of days on which somebody of a team is away, with who takes over.
type Absence struct {
	ID           string  `db:"id"`
	AccountID    string  `db:"account_id"`
	FromDate     string  `db:"from_date"`
	ToDate       string  `db:"to_date"`
	SubstituteID *string `db:"substitute_id"`
}

// Absences are the account's that end on the local date or later.
func (s *Store) Absences(ctx context.Context, q db.Querier, accountID, from string) ([]Absence, error) {
	var list []Absence
	err := q.Select(ctx, &list, `SELECT * FROM absences WHERE account_id = :a AND to_date >= :d ORDER BY from_date, id`, db.Args{"a": accountID, "d": from})
	return list, err
}

// AddAbsence notes that the account is away; its substitute is of the team in the scope.
func (s *Store) AddAbsence(ctx context.Context, tx *db.Tx, in auth.Scope, a Absence) error {
	if err := (Closure{FromDate: a.FromDate, ToDate: a.ToDate}).Check(); err != nil {
		return err
	}
	if a.SubstituteID != nil {
		_, err := s.teammate(ctx, in, *a.SubstituteID)
		if fault.Is(err, fault.KindNotFound) || *a.SubstituteID == a.AccountID {
			var f fault.Form
			f.Add("substitute", "network.fault.substitute")
			return f.Err()
		}
		if err != nil {
			return err
		}
	}
	id := db.NewID()
	if _, err := tx.Exec(ctx, `INSERT INTO absences (id, account_id, from_date, to_date, substitute_id) VALUES (:id, :a, :f, :t, :s)`,
		db.Args{"id": id, "a": a.AccountID, "f": a.FromDate, "t": a.ToDate, "s": a.SubstituteID}); err != nil {
		return err
	}
	return audit.Append(ctx, tx, audit.Row{Chain: audit.Network, Action: "absence.add", Actor: a.AccountID, SubjectKind: "absence", SubjectID: id, At: s.Now()})
}

// RemoveAbsence takes one's own absence back.
func (s *Store) RemoveAbsence(ctx context.Context, accountID, id string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM absences WHERE id = :id AND account_id = :a`, db.Args{"id": id, "a": accountID}); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Row{Chain: audit.Network, Action: "absence.remove", Actor: accountID, SubjectKind: "absence", SubjectID: id, At: s.Now()})
	})
}

func (p *Pages) showAbsences(w http.ResponseWriter, r *web.Request, status int, f *web.Form) error {
	list, err := p.Store.Absences(r.Context(), p.Store.DB, r.Viewer.Account.ID, r.Now.AddDate(0, 0, -1).Format(time.DateOnly))
	if err != nil {
		return err
	}
	team, err := p.Store.Team(r.Context(), r.Viewer.Acting.Scope)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, t := range team {
		names[t.ID] = t.Name
	}
	team = slices.DeleteFunc(team, func(t Teammate) bool { return t.ID == r.Viewer.Account.ID })
	return r.HTML(w, status, absencePage(r, f, list, team, names))
}

func (p *Pages) absences(w http.ResponseWriter, r *web.Request) error {
	return p.showAbsences(w, r, http.StatusOK, web.NewForm())
}

func (p *Pages) addAbsence(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	a := Absence{AccountID: r.Viewer.Account.ID, FromDate: f.Get("from"), ToDate: f.Get("to")}
	if a.ToDate == "" {
		a.ToDate = a.FromDate
	}
	if s := f.Get("substitute"); s != "" {
		a.SubstituteID = &s
	}
	err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		if err := web.Claim(r.Context(), tx, f.Get("form_key"), "/desk/absence", r.Now); err != nil {
			return err
		}
		return p.Store.AddAbsence(r.Context(), tx, r.Viewer.Acting.Scope, a)
	})
	if err != nil {
		if f.Failed(err) {
			return p.showAbsences(w, r, http.StatusUnprocessableEntity, f)
		}
		return err
	}
	r.Flash("network.absence.added")
	return r.See(w, "/desk/absence")
}

func (p *Pages) removeAbsence(w http.ResponseWriter, r *web.Request) error {
	if err := p.Store.RemoveAbsence(r.Context(), r.Viewer.Account.ID, r.PathValue("id")); err != nil {
		return err
	}
	r.Flash("network.absence.removed")
	return r.See(w, "/desk/absence")
}
