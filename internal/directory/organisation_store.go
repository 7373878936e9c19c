package directory

import (
	"context"

	"kvart/internal/hsds"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

type organisationRow struct {
	ID         string    `db:"id"`
	Kind       string    `db:"kind"`
	Name       string    `db:"name"`
	Body       ownerBody `db:"body"`
	Lang       i18n.Lang `db:"lang"`
	Texts      Texts     `db:"texts"`
	Reach      string    `db:"reach"`
	ReachUntil *string   `db:"reach_until"`
	CentreID   *string   `db:"centre_id"`
	AskEmail   string    `db:"ask_email"`
	ModifiedAt int64     `db:"modified_at"`
	Version    int       `db:"version"`
}

func (r organisationRow) organisation() Organisation {
	o := Organisation{Organization: hsds.Organization(r.Body), Lang: r.Lang, Texts: r.Texts, Kind: r.Kind, Reach: r.Reach, CentreID: r.CentreID,
		AskEmail: r.AskEmail, ModifiedAt: r.ModifiedAt, Version: r.Version}
	o.ID, o.Name = r.ID, r.Name
	if r.ReachUntil != nil {
		o.ReachUntil = *r.ReachUntil
	}
	return o
}

// Organisation is the one of the id. It is NotFound where there is none.
func (s *Store) Organisation(ctx context.Context, q db.Querier, id string) (Organisation, error) {
	var r organisationRow
	if err := q.Get(ctx, &r, `SELECT * FROM directory_organisations WHERE id = :id`, db.Args{"id": id}); err != nil {
		return Organisation{}, err
	}
	return r.organisation(), nil
}

// organisations are those of the ids, by id.
func (s *Store) organisations(ctx context.Context, q db.Querier, ids []string) (map[string]Organisation, error) {
	args := db.Args{}
	var rows []organisationRow
	if err := q.Select(ctx, &rows, `SELECT * FROM directory_organisations WHERE id IN (`+db.In("id", ids, args)+`)`, args); err != nil {
		return nil, err
	}
	m := make(map[string]Organisation, len(rows))
	for _, r := range rows {
		m[r.ID] = r.organisation()
	}
	return m, nil
}

// SaveOrganisation makes an organisation where Version is nought, or changes it. It returns Conflict when somebody else
// changed it since the given version, and Invalid with the fields that cannot be right. What visitors find by its name
// is to be indexed anew (reindex).
func (s *Store) SaveOrganisation(ctx context.Context, tx *db.Tx, o Organisation, action, by string) error {
	if o.Lang == "" {
		o.Lang = i18n.HR
	}
	if o.Reach == "" {
		o.Reach = Direct
	}
	if err := o.Check(); err != nil {
		return err
	}
	body := o.Organization
	body.ID, body.Name, body.Services, body.Locations = "", "", nil, nil
	args := db.Args{"id": o.ID, "kind": o.Kind, "name": o.Name, "body": ownerBody(body), "lang": o.Lang, "texts": o.Texts, "reach": o.Reach, "until": orNull(o.ReachUntil),
		"centre": o.CentreID, "ask": o.AskEmail, "now": s.Now().Unix(), "version": o.Version}
	if o.Version == 0 {
		n, err := tx.Exec(ctx, `INSERT INTO directory_organisations (id, kind, name, body, lang, texts, reach, reach_until, centre_id, ask_email, modified_at)
			VALUES (:id, :kind, :name, :body, :lang, :texts, :reach, :until, :centre, :ask, :now) ON CONFLICT (id) DO NOTHING`, args)
		if err == nil && n == 0 {
			return fault.Conflict("directory.fault.id_taken")
		}
		if err != nil {
			return err
		}
	} else if err := changed(tx.Exec(ctx, `UPDATE directory_organisations SET kind = :kind, name = :name, body = :body, lang = :lang, texts = :texts, reach = :reach,
		reach_until = :until, centre_id = :centre, ask_email = :ask, modified_at = :now, version = version + 1 WHERE id = :id AND version = :version`, args)); err != nil {
		return err
	}
	o.Version++
	o.Services, o.Locations = nil, nil // they have versions of their own
	if err := s.keep(ctx, tx, "organisation", o.ID, o.Version, o, action, by); err != nil {
		return err
	}
	return s.note(ctx, tx, "directory.organisation", by, "organisation", o.ID)
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
