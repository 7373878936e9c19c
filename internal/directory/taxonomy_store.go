package directory

import (
	"context"
	"maps"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Taxonomies are all ways of sorting with their terms, as the database has them now: kept ones only while it holds as
// many changes of them.
func (s *Store) Taxonomies(ctx context.Context, q db.Querier) (*Taxonomies, error) {
	var n int64
	if err := q.Get(ctx, &n, `SELECT COALESCE((SELECT n FROM change_counters WHERE scope = 'taxonomies'), 0)`, nil); err != nil {
		return nil, err
	}
	if kept := s.sorts.Load(); kept != nil && kept.count == n {
		return kept.Taxonomies, nil
	}
	var list []Taxonomy
	if err := q.Select(ctx, &list, `SELECT * FROM directory_taxonomies ORDER BY groups_map DESC, id`, nil); err != nil {
		return nil, err
	}
	var terms []Term
	if err := q.Select(ctx, &terms, `SELECT * FROM directory_terms ORDER BY taxonomy_id, position, id`, nil); err != nil {
		return nil, err
	}
	t := NewTaxonomies(list, terms)
	if _, writing := q.(*db.Tx); !writing { // what a transaction sees may never be
		s.sorts.Store(&sorts{n, t})
	}
	return t, nil
}

// SaveTaxonomy makes one where Version is nought, or changes it. It returns Conflict when somebody else changed it since the
// given version.
func (s *Store) SaveTaxonomy(ctx context.Context, tx *db.Tx, t Taxonomy, by string) error {
	var f fault.Form
	checkID(&f, "id", t.ID)
	checkTexts(&f, "name", t.Name, mostName, true)
	checkTexts(&f, "description", t.Description, mostText, false)
	if err := f.Err(); err != nil {
		return err
	}
	args := db.Args{"id": t.ID, "name": t.Name, "description": t.Description, "uri": t.URI, "edition": t.Edition, "groups": t.Groups, "version": t.Version}
	if t.Version == 0 {
		n, err := tx.Exec(ctx, `INSERT INTO directory_taxonomies (id, name, description, uri, edition, groups_map) VALUES (:id, :name, :description, :uri, :edition, :groups)
			ON CONFLICT (id) DO NOTHING`, args)
		if err := all(n, 1, err); err != nil {
			return err
		}
	} else if err := changed(tx.Exec(ctx, `UPDATE directory_taxonomies SET name = :name, description = :description, uri = :uri, edition = :edition, groups_map = :groups,
		version = version + 1 WHERE id = :id AND version = :version`, args)); err != nil {
		return err
	}
	return s.note(ctx, tx, "directory.taxonomy", by, "taxonomy", t.ID)
}

// RemoveTaxonomy removes one that has no terms. It returns Conflict when somebody else changed it since the given version, or
// gave it a term.
func (s *Store) RemoveTaxonomy(ctx context.Context, tx *db.Tx, id string, version int, by string) error {
	if err := changed(tx.Exec(ctx, `DELETE FROM directory_taxonomies WHERE id = :id AND version = :version AND NOT EXISTS (SELECT 1 FROM directory_terms WHERE taxonomy_id = :id)`,
		db.Args{"id": id, "version": version})); err != nil {
		return err
	}
	return s.note(ctx, tx, "directory.taxonomy_removed", by, "taxonomy", id)
}

// SaveTerm makes a term where Version is nought, or changes it. It returns Conflict when somebody else changed it since the given
// version or it is being retired, and Invalid where the wider term is of another taxonomy, below it (the database refuses
// both) or being retired. Services that carry it or a narrower one, and are found by its name or place, are indexed anew
// by a job (TermWork); who wants to wait for a few calls WorkOff. Words that meant its old name mean the new one.
func (s *Store) SaveTerm(ctx context.Context, tx *db.Tx, t Term, by string) error {
	var f fault.Form
	checkID(&f, "id", t.ID)
	if err := f.Err(); err != nil {
		return err
	}
	if err := t.Check(); err != nil {
		return err
	}
	var had Term
	there := t.Version > 0
	if there {
		if err := tx.Get(ctx, &had, `SELECT * FROM directory_terms WHERE id = :id`, db.Args{"id": t.ID}); err != nil {
			return err
		}
	}
	if retiring, err := s.retiring(ctx, tx, t.ID); err != nil {
		return err
	} else if retiring {
		return fault.Conflict("directory.fault.retiring")
	}
	if retiring, err := s.retiring(ctx, tx, orEmpty(t.ParentID)); err != nil {
		return err
	} else if retiring {
		return termFault("parent", "directory.fault.retiring")
	}
	args := db.Args{"id": t.ID, "taxonomy": t.TaxonomyID, "parent": t.ParentID, "code": t.Code, "name": t.Name, "description": t.Description, "uri": t.URI, "position": t.Position, "version": t.Version}
	var n int64
	var err error
	if !there {
		n, err = tx.Exec(ctx, `INSERT INTO directory_terms (id, taxonomy_id, parent_id, code, name, description, uri, position)
			VALUES (:id, :taxonomy, :parent, :code, :name, :description, :uri, :position) ON CONFLICT (id) DO NOTHING`, args)
	} else {
		n, err = tx.Exec(ctx, `UPDATE directory_terms SET taxonomy_id = :taxonomy, parent_id = :parent, code = :code, name = :name, description = :description, uri = :uri,
			position = :position, version = version + 1 WHERE id = :id AND version = :version`, args)
	}
	switch db.Refused(err) {
	case "cycle":
		return termFault("parent", "directory.fault.cycle")
	case "other taxonomy":
		return termFault("parent", "directory.fault.other_taxonomy")
	}
	if !there {
		err = all(n, 1, err)
	} else {
		err = changed(n, err)
	}
	if err != nil {
		return err
	}
	if there && (!maps.Equal(had.Name, t.Name) || orEmpty(had.ParentID) != orEmpty(t.ParentID)) {
		if err := s.wordsFollow(ctx, tx, had, t, by); err != nil {
			return err
		}
		if err := s.indexLater(ctx, tx, t.ID, by); err != nil {
			return err
		}
	}
	return s.note(ctx, tx, "directory.term", by, "term", t.ID)
}

func termFault(field, key string) error {
	var f fault.Form
	f.Add(field, key)
	return f.Err()
}
