package network

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/mail"
)

// PersonHook is what a feature above keeps of a person: how to export it, and how to erase it before the record goes.
type PersonHook struct {
	Name   string
	Export func(ctx context.Context, q db.Querier, personID string) (any, error)
	Erase  func(ctx context.Context, tx *db.Tx, personID string) error
}

// AddPerson stores a record at its centre and returns its id.
func (s *Store) AddPerson(ctx context.Context, tx *db.Tx, p Person) (string, error) {
	id := db.NewID()
	_, err := tx.Exec(ctx, `INSERT INTO people (id, centre_id, account_id, name, email, phone, lang, purpose, delete_on, created_at)
		VALUES (:id, :centre, :account, :name, :email, :phone, :lang, :purpose, :delete_on, :now)`,
		db.Args{"id": id, "centre": p.CentreID, "account": p.AccountID, "name": p.Name, "email": p.Email, "phone": p.Phone, "lang": string(p.Lang),
			"purpose": p.Purpose, "delete_on": p.DeleteOn, "now": s.Now().Unix()})
	return id, err
}

// Person is a record of the centre; another centre's is NotFound.
func (s *Store) Person(ctx context.Context, q db.Querier, centreID, id string) (Person, error) {
	var p Person
	err := q.Get(ctx, &p, `SELECT * FROM people WHERE id = :id AND centre_id = :c`, db.Args{"id": id, "c": centreID})
	return p, err
}

// FindPeople are the centre's records whose name begins a word with what was typed, in the order of names, at most limit.
// Capitals and marks make no difference: "sime" finds Šime.
func (s *Store) FindPeople(ctx context.Context, q db.Querier, centreID, typed string, names func(a, b string) int, limit int) ([]Person, error) {
	fold := func(s string) string { return strings.ReplaceAll(i18n.Fold(strings.TrimSpace(s)), "-", " ") }
	if typed = fold(typed); typed == "" {
		return nil, nil
	}
	type named struct {
		ID   string `db:"id"`
		Name string `db:"name"`
	}
	var known []named
	if err := q.Select(ctx, &known, `SELECT id, name FROM people WHERE centre_id = :c AND name <> ''`, db.Args{"c": centreID}); err != nil {
		return nil, err
	}
	found := known[:0]
	for _, p := range known {
		if strings.Contains(" "+fold(p.Name), " "+typed) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b named) int { return cmp.Or(names(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	var list []Person
	for _, one := range found[:min(limit, len(found))] {
		p, err := s.Person(ctx, q, centreID, one.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// ExportPerson is all that is kept of a person. An empty centre is the operator's: any centre.
func (s *Store) ExportPerson(ctx context.Context, centreID, id, by string) (map[string]any, error) {
	out := map[string]any{}
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := s.anyPerson(ctx, tx, centreID, id)
		if err != nil {
			return err
		}
		out["person"] = map[string]any{"id": p.ID, "name": p.Name, "email": p.Email, "phone": p.Phone, "lang": p.Lang, "purpose": p.Purpose,
			"delete_on": p.DeleteOn, "created_at": time.Unix(p.CreatedAt, 0).UTC()}
		for _, h := range s.Hooks {
			if out[h.Name], err = h.Export(ctx, tx, p.ID); err != nil {
				return err
			}
		}
		return s.note(ctx, tx, p.CentreID, "person.export", by, "person", p.ID)
	})
	return out, err
}

// ErasePerson erases a record and what features keep of it; numbers stay. An empty centre is the operator's.
func (s *Store) ErasePerson(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return s.ErasePersonTx(ctx, tx, centreID, id, by) })
}

// ErasePersonTx is ErasePerson inside a transaction of a feature above.
func (s *Store) ErasePersonTx(ctx context.Context, tx *db.Tx, centreID, id, by string) error {
	p, err := s.anyPerson(ctx, tx, centreID, id)
	if err != nil {
		return err
	}
	return s.erase(ctx, tx, p, by)
}

func (s *Store) anyPerson(ctx context.Context, q db.Querier, centreID, id string) (Person, error) {
	var p Person
	if !db.IsID(id) {
		return p, fault.NotFound("fault.not_found")
	}
	if centreID != "" {
		return s.Person(ctx, q, centreID, id)
	}
	err := q.Get(ctx, &p, `SELECT * FROM people WHERE id = :id`, db.Args{"id": id})
	return p, err
}

func (s *Store) erase(ctx context.Context, tx *db.Tx, p Person, by string) error {
	for _, h := range s.Hooks {
		if err := h.Erase(ctx, tx, p.ID); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `DELETE FROM people WHERE id = :id`, db.Args{"id": p.ID}); err != nil {
		return err
	}
	if p.Email != "" {
		if err := mail.Forget(ctx, tx, p.Email, p.CentreID); err != nil {
			return err
		}
	}
	if p.AccountID != nil {
		var left int
		if err := tx.Get(ctx, &left, `SELECT COUNT(*) FROM people WHERE account_id = :a`, db.Args{"a": *p.AccountID}); err != nil {
			return err
		}
		if left == 0 {
			if err := s.Auth.DropByMail(ctx, tx, *p.AccountID); err != nil {
				return err
			}
		}
	}
	return s.note(ctx, tx, p.CentreID, "person.erase", by, "person", p.ID)
}

// Join gives a resident, whose mail box a link has just proved, the records that centres keep under that address.
func (s *Store) Join(ctx context.Context, tx *db.Tx, a auth.Account) error {
	if a.Email == "" {
		return nil
	}
	args := db.Args{"a": a.ID, "e": a.Email}
	if _, err := tx.Exec(ctx, `UPDATE people SET account_id = :a WHERE email = :e AND account_id IS NULL`, args); err != nil {
		return err
	}
	var centres []string
	if err := tx.Select(ctx, &centres, `SELECT DISTINCT centre_id FROM people WHERE account_id = :a`, args); err != nil {
		return err
	}
	for _, c := range centres {
		if err := s.Auth.Give(ctx, tx, a.ID, auth.Held{Role: Resident, Scope: auth.Scope{Kind: ScopeCentre, ID: c}}); err != nil {
			return err
		}
	}
	return nil
}

// KnownAddress says whether a centre keeps a record under the address, and gives one such centre.
func (s *Store) KnownAddress(ctx context.Context, q db.Querier, email string) (centreID string, known bool, err error) {
	var list []string
	err = q.Select(ctx, &list, `SELECT centre_id FROM people WHERE email = :e AND email <> '' ORDER BY created_at DESC LIMIT 1`, db.Args{"e": email})
	if err != nil || len(list) == 0 {
		return "", false, err
	}
	return list[0], true, nil
}

// DeletePeopleDue erases the records whose date has come, a hundred in a transaction.
func (s *Store) DeletePeopleDue(ctx context.Context, now time.Time) error {
	for {
		var due []Person
		if err := s.DB.Select(ctx, &due, `SELECT * FROM people WHERE delete_on <= :today ORDER BY delete_on LIMIT 100`, db.Args{"today": now.Format(time.DateOnly)}); err != nil {
			return err
		}
		if len(due) == 0 {
			return nil
		}
		if err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			for _, p := range due {
				if err := s.erase(ctx, tx, p, "job"); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
}
