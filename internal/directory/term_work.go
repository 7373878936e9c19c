package directory

import (
	"context"
	"errors"
	"slices"

	"kvart/internal/hsds"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/jobs"
)

// TermWork is what a change of a term has still to do with the services that carry it.
type TermWork struct {
	TermID    string  `db:"term_id"`
	Kind      string  `db:"kind"`       // index: they are found by its new name and place; retire: it is taken from them
	InsteadID *string `db:"instead_id"` // what they get in its place
	AfterSeq  int64   `db:"after_seq"`
	Done      int     `db:"done"`
	Total     int     `db:"total"`
	By        string  `db:"by_whom"`
	At        int64   `db:"at"`
}

// TermWorkKind is the job that does it.
const TermWorkKind = "directory.terms"

// workAtOnce is how many services one transaction of the job takes, and how many are worth waiting for on a page.
const workAtOnce = 200

// TermWorks are what is not done yet, by the term's id.
func (s *Store) TermWorks(ctx context.Context, q db.Querier) (map[string]TermWork, error) {
	var list []TermWork
	if err := q.Select(ctx, &list, `SELECT * FROM directory_term_work ORDER BY at, term_id`, nil); err != nil {
		return nil, err
	}
	m := make(map[string]TermWork, len(list))
	for _, w := range list {
		m[w.TermID] = w
	}
	return m, nil
}

func (s *Store) retiring(ctx context.Context, q db.Querier, id string) (bool, error) {
	var n int
	err := q.Get(ctx, &n, `SELECT COUNT(*) FROM directory_term_work WHERE term_id = :id AND kind = 'retire'`, db.Args{"id": id})
	return n > 0, err
}

// belowTerm begins a query: the term :term and all that are narrower.
const belowTerm = `WITH RECURSIVE down(id) AS (SELECT id FROM directory_terms WHERE id = :term UNION SELECT t.id FROM directory_terms t JOIN down ON t.parent_id = down.id) `

// Carrying is how many services carry the term itself, and how many it or a narrower one.
func (s *Store) Carrying(ctx context.Context, q db.Querier, id string) (itself, all int, err error) {
	args := db.Args{"term": id}
	if err = q.Get(ctx, &itself, `SELECT COUNT(*) FROM directory_service_terms WHERE term_id = :term`, args); err == nil {
		err = q.Get(ctx, &all, belowTerm+`SELECT COUNT(DISTINCT service_id) FROM directory_service_terms WHERE term_id IN (SELECT id FROM down)`, args)
	}
	return itself, all, err
}

// CarryingAlone is how many services carry the term and no other.
func (s *Store) CarryingAlone(ctx context.Context, q db.Querier, id string) (n int, err error) {
	err = q.Get(ctx, &n, `SELECT COUNT(*) FROM directory_service_terms x WHERE x.term_id = :term
		AND NOT EXISTS (SELECT 1 FROM directory_service_terms o WHERE o.service_id = x.service_id AND o.term_id <> :term)`, db.Args{"term": id})
	return n, err
}

// CarriedBy is how many services carry each term itself.
func (s *Store) CarriedBy(ctx context.Context, q db.Querier) (map[string]int, error) {
	var rows []struct {
		ID string `db:"term_id"`
		N  int    `db:"n"`
	}
	if err := q.Select(ctx, &rows, `SELECT term_id, COUNT(*) AS n FROM directory_service_terms GROUP BY term_id`, nil); err != nil {
		return nil, err
	}
	m := make(map[string]int, len(rows))
	for _, r := range rows {
		m[r.ID] = r.N
	}
	return m, nil
}

// indexLater has the services that carry the term or a narrower one indexed by the job; where some of it is done already, all
// anew.
func (s *Store) indexLater(ctx context.Context, tx *db.Tx, id, by string) error {
	_, all, err := s.Carrying(ctx, tx, id)
	if err != nil || all == 0 {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO directory_term_work (term_id, kind, total, by_whom, at) VALUES (:id, 'index', :total, :by, :now)
		ON CONFLICT (term_id) DO UPDATE SET after_seq = 0, done = 0, total = :total, by_whom = :by, at = :now WHERE directory_term_work.kind = 'index'`,
		db.Args{"id": id, "total": all, "by": by, "now": s.Now().Unix()}); err != nil {
		return err
	}
	return jobs.Enqueue(ctx, tx, TermWorkKind, TermWorkKind+":"+db.NewID(), nil, s.Now())
}

// RetireTerm takes the term away. Services that carry it get the one instead of it, or nothing where that is empty, each as a
// change of its own in its history, and words that meant it mean that one; then the term is gone, and a file that still
// has it makes it anew. That is done by the job (TermWork); who wants to wait for a few services calls WorkOff. It returns Conflict when somebody else changed
// the term since the given version, where it is being retired already or another gives way to it, and Invalid where
// there are narrower terms.
func (s *Store) RetireTerm(ctx context.Context, tx *db.Tx, id string, version int, instead, by string) error {
	sorts, err := s.Taxonomies(ctx, tx)
	if err != nil {
		return err
	}
	t := sorts.Term(id)
	if t == nil {
		return fault.NotFound("fault.not_found")
	}
	if len(sorts.Row(t.TaxonomyID, id)) > 0 {
		return termFault("instead", "directory.fault.narrower")
	}
	if instead != "" && (instead == id || sorts.Term(instead) == nil) {
		return termFault("instead", "directory.fault.choose")
	}
	if going, err := s.retiring(ctx, tx, instead); err != nil {
		return err
	} else if going {
		return termFault("instead", "directory.fault.retiring")
	}
	// The version moves on at once, so that two who press do it once.
	if err := changed(tx.Exec(ctx, `UPDATE directory_terms SET version = version + 1 WHERE id = :id AND version = :version`, db.Args{"id": id, "version": version})); err != nil {
		return err
	}
	var busy int
	if err := tx.Get(ctx, &busy, `SELECT COUNT(*) FROM directory_term_work WHERE term_id = :id AND kind = 'retire' OR instead_id = :id`, db.Args{"id": id}); err != nil {
		return err
	}
	if busy > 0 {
		return fault.Conflict("directory.fault.retiring")
	}
	itself, _, err := s.Carrying(ctx, tx, id)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO directory_term_work (term_id, kind, instead_id, total, by_whom, at) VALUES (:id, 'retire', :instead, :total, :by, :now)
		ON CONFLICT (term_id) DO UPDATE SET kind = 'retire', instead_id = :instead, after_seq = 0, done = 0, total = :total, by_whom = :by, at = :now`,
		db.Args{"id": id, "instead": orNull(instead), "total": itself, "by": by, "now": s.Now().Unix()}); err != nil {
		return err
	}
	if err := jobs.Enqueue(ctx, tx, TermWorkKind, TermWorkKind+":"+db.NewID(), nil, s.Now()); err != nil {
		return err
	}
	if instead != "" {
		if err := s.wordsFollow(ctx, tx, *t, *sorts.Term(instead), by); err != nil {
			return err
		}
	}
	return s.note(ctx, tx, "directory.term_retired", by, "term", id)
}

// WorkOff does what a change of the term has to do with services in the same transaction, where they are few enough to wait
// for. Otherwise the job does it, and says so: it returns false.
func (s *Store) WorkOff(ctx context.Context, tx *db.Tx, id string) (bool, error) {
	var list []TermWork
	if err := tx.Select(ctx, &list, `SELECT * FROM directory_term_work WHERE term_id = :id`, db.Args{"id": id}); err != nil || len(list) == 0 {
		return true, err
	}
	if list[0].Total > workAtOnce {
		return false, nil
	}
	for {
		over, err := s.work(ctx, tx, id)
		if over || err != nil {
			return true, err
		}
	}
}

// WorkOnTerms is the job: it does all there is, some services in a transaction, and goes on where it was broken off. A term that
// cannot be done does not hold up the others.
func (s *Store) WorkOnTerms(ctx context.Context) error {
	var ids []string
	err := s.DB.Select(ctx, &ids, `SELECT term_id FROM directory_term_work ORDER BY at, term_id`, nil)
	for _, id := range ids {
		for over := false; !over && ctx.Err() == nil; {
			if failed := s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
				over, err = s.work(ctx, tx, id)
				return err
			}); failed != nil {
				err, over = errors.Join(err, failed), true
			}
		}
	}
	return errors.Join(err, ctx.Err())
}

// work does the next services of the term, and says whether that was all.
func (s *Store) work(ctx context.Context, tx *db.Tx, id string) (over bool, err error) {
	// A write first: two who work on one term wait for each other.
	if n, err := tx.Exec(ctx, `UPDATE directory_term_work SET done = done WHERE term_id = :id`, db.Args{"id": id}); err != nil || n == 0 {
		return true, err
	}
	var w TermWork
	if err := tx.Get(ctx, &w, `SELECT * FROM directory_term_work WHERE term_id = :id`, db.Args{"id": id}); err != nil {
		return false, err
	}
	with := `SELECT id FROM directory_terms WHERE id = :term`
	if w.Kind == "index" {
		with = `SELECT id FROM down`
	}
	var rows []struct {
		ID  string `db:"id"`
		Seq int64  `db:"seq"`
	}
	if err := tx.Select(ctx, &rows, belowTerm+`SELECT DISTINCT s.id, s.seq FROM directory_service_terms x JOIN directory_services s ON s.id = x.service_id
		WHERE x.term_id IN (`+with+`) AND s.seq > :after ORDER BY s.seq LIMIT :limit`, db.Args{"term": id, "after": w.AfterSeq, "limit": workAtOnce}); err != nil {
		return false, err
	}
	if len(rows) == 0 {
		return s.worked(ctx, tx, w)
	}
	var services []string
	for _, r := range rows {
		services = append(services, r.ID)
	}
	list, err := s.Services(ctx, tx, services)
	if err != nil {
		return false, err
	}
	if w.Kind == "retire" {
		for _, one := range list {
			one.Attributes = exchanged(one.Attributes, id, orEmpty(w.InsteadID))
			if err := s.SaveService(ctx, tx, one, "terms", w.By); err != nil {
				return false, err
			}
		}
	} else {
		args := db.Args{"now": s.Now().Unix()}
		if _, err := tx.Exec(ctx, `UPDATE directory_services SET modified_at = :now WHERE id IN (`+db.In("id", services, args)+`)`, args); err != nil {
			return false, err
		}
		if err := s.indexMany(ctx, tx, list); err != nil {
			return false, err
		}
	}
	_, err = tx.Exec(ctx, `UPDATE directory_term_work SET after_seq = :after, done = done + :n WHERE term_id = :id`, db.Args{"after": rows[len(rows)-1].Seq, "n": len(rows), "id": id})
	return false, err
}

// worked ends the work on a term: one that is retired is gone, once no service carries it that got it meanwhile.
func (s *Store) worked(ctx context.Context, tx *db.Tx, w TermWork) (over bool, err error) {
	args := db.Args{"id": w.TermID}
	if w.Kind == "retire" {
		late, _, err := s.Carrying(ctx, tx, w.TermID)
		if err != nil {
			return false, err
		}
		if late > 0 {
			_, err = tx.Exec(ctx, `UPDATE directory_term_work SET after_seq = 0, total = done + :late WHERE term_id = :id`, db.Args{"late": late, "id": w.TermID})
			return false, err
		}
	}
	if _, err := tx.Exec(ctx, `DELETE FROM directory_term_work WHERE term_id = :id`, args); err != nil {
		return false, err
	}
	if w.Kind == "retire" { // one that an import put a narrower one below stays
		_, err = tx.Exec(ctx, `DELETE FROM directory_terms WHERE id = :id AND NOT EXISTS (SELECT 1 FROM directory_terms n WHERE n.parent_id = :id)`, args)
	}
	return true, err
}

// exchanged are the attributes with a term in the place of another, once; without one, none of it.
func exchanged(list []hsds.Attribute, id, instead string) []hsds.Attribute {
	has := func(a hsds.Attribute, id string) bool {
		return a.TaxonomyTermID == id || a.TaxonomyTermID == "" && a.TaxonomyTerm != nil && a.TaxonomyTerm.ID == id
	}
	there := instead == "" || slices.ContainsFunc(list, func(a hsds.Attribute) bool { return has(a, instead) })
	var kept []hsds.Attribute
	for _, a := range list {
		if has(a, id) {
			if there {
				continue
			}
			there = true
			a.TaxonomyTermID, a.TaxonomyTerm, a.Label, a.Value = instead, nil, "", ""
		}
		kept = append(kept, a)
	}
	return kept
}

// Move puts the term one place up or down among those beside it. At the end of the row nothing changes. It is NotFound where
// there is no such term.
func (s *Store) Move(ctx context.Context, tx *db.Tx, id string, down bool, by string) error {
	sorts, err := s.Taxonomies(ctx, tx)
	if err != nil {
		return err
	}
	t := sorts.Term(id)
	if t == nil {
		return fault.NotFound("fault.not_found")
	}
	row := sorts.Row(t.TaxonomyID, orEmpty(t.ParentID))
	i := slices.IndexFunc(row, func(o Term) bool { return o.ID == id })
	j := i - 1
	if down {
		j = i + 1
	}
	if j < 0 || j >= len(row) {
		return nil
	}
	row[i], row[j] = row[j], row[i]
	for n, one := range row {
		if one.Position == n {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE directory_terms SET position = :n WHERE id = :id`, db.Args{"n": n, "id": one.ID}); err != nil {
			return err
		}
	}
	return s.note(ctx, tx, "directory.term", by, "term", id)
}
