package directory

import (
	"context"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
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

// SaveTaxonomy makes one or changes it.
func (s *Store) SaveTaxonomy(ctx context.Context, tx *db.Tx, t Taxonomy, by string) error {
	var f fault.Form
	checkID(&f, "id", t.ID)
	checkTexts(&f, "name", t.Name, mostName, true)
	checkTexts(&f, "description", t.Description, mostText, false)
	if err := f.Err(); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO directory_taxonomies (id, name, description, uri, edition, groups_map) VALUES (:id, :name, :description, :uri, :edition, :groups)
		ON CONFLICT (id) DO UPDATE SET name = :name, description = :description, uri = :uri, edition = :edition, groups_map = :groups`,
		db.Args{"id": t.ID, "name": t.Name, "description": t.Description, "uri": t.URI, "edition": t.Edition, "groups": t.Groups}); err != nil {
		return err
	}
	return s.note(ctx, tx, "directory.taxonomy", by, "taxonomy", t.ID)
}

// SaveTerm makes a term or changes it. It is Invalid where the wider term is of another taxonomy or below it: the
// database refuses both.
func (s *Store) SaveTerm(ctx context.Context, tx *db.Tx, t Term, by string) error {
	var f fault.Form
	checkID(&f, "id", t.ID)
	if err := f.Err(); err != nil {
		return err
	}
	if err := t.Check(); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO directory_terms (id, taxonomy_id, parent_id, code, name, description, uri, position)
		VALUES (:id, :taxonomy, :parent, :code, :name, :description, :uri, :position)
		ON CONFLICT (id) DO UPDATE SET taxonomy_id = :taxonomy, parent_id = :parent, code = :code, name = :name, description = :description, uri = :uri, position = :position`,
		db.Args{"id": t.ID, "taxonomy": t.TaxonomyID, "parent": t.ParentID, "code": t.Code, "name": t.Name, "description": t.Description, "uri": t.URI, "position": t.Position})
	switch db.Refused(err) {
	case "cycle":
		return termFault("parent", "directory.fault.cycle")
	case "other taxonomy":
		return termFault("parent", "directory.fault.other_taxonomy")
	}
	if err != nil {
		return err
	}
	return s.note(ctx, tx, "directory.term", by, "term", t.ID)
}

func termFault(field, key string) error {
	var f fault.Form
	f.Add(field, key)
	return f.Err()
}

// Synonym is a word that people type, and what it means here: who types the one looks for the other too.
type Synonym struct {
	Lang  i18n.Lang `db:"lang"`
	Word  string    `db:"word"`
	Means string    `db:"means"`
}

// AddSynonym adds a synonym of the network; one that is there already changes nothing.
func (s *Store) AddSynonym(ctx context.Context, tx *db.Tx, y Synonym, by string) error {
	var f fault.Form
	checkLine(&f, "word", y.Word, mostName)
	checkLine(&f, "means", y.Means, mostName)
	if y.Word == "" {
		f.Add("word", "fault.required")
	}
	if y.Means == "" {
		f.Add("means", "fault.required")
	}
	if !i18nLang(y.Lang) {
		f.Add("lang", "directory.fault.lang")
	}
	if err := f.Err(); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `INSERT INTO directory_synonyms (lang, word, means) VALUES (:lang, :word, :means) ON CONFLICT (lang, word, means) DO NOTHING`,
		db.Args{"lang": y.Lang, "word": y.Word, "means": y.Means})
	if err != nil || n == 0 {
		return err
	}
	return s.note(ctx, tx, "directory.synonym", by, "network", string(y.Lang))
}

// RemoveSynonym takes one back.
func (s *Store) RemoveSynonym(ctx context.Context, tx *db.Tx, y Synonym, by string) error {
	n, err := tx.Exec(ctx, `DELETE FROM directory_synonyms WHERE lang = :lang AND word = :word AND means = :means`, db.Args{"lang": y.Lang, "word": y.Word, "means": y.Means})
	if err != nil || n == 0 {
		return err
	}
	return s.note(ctx, tx, "directory.synonym", by, "network", string(y.Lang))
}

// Synonyms are all of the network's, by language and word.
func (s *Store) Synonyms(ctx context.Context, q db.Querier) ([]Synonym, error) {
	var list []Synonym
	err := q.Select(ctx, &list, `SELECT * FROM directory_synonyms ORDER BY lang, word, means`, nil)
	return list, err
}
