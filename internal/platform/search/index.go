package search

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kvart/internal/platform/db"
)

// Index is the tables of one kind of documents: Table_documents, Table_index, Table_words and, on SQLite,
// Table_slips, made by a migration. It holds no state.
type Index struct{ Table string }

// Numbered is a document with its number, which is the caller's.
type Numbered struct {
	Seq      int64
	Document Document
}

// Put indexes a document in the transaction that saves it, in place of what the index held under its number. It takes as
// long in a large index as in a small one; a document that is what it was writes nothing.
func (x Index) Put(ctx context.Context, tx *db.Tx, seq int64, d Document) error {
	return x.PutMany(ctx, tx, []Numbered{{seq, d}})
}

// PutMany is Put for a batch of an import. Of several under one number the last counts.
func (x Index) PutMany(ctx context.Context, tx *db.Tx, list []Numbered) error {
	news := make(map[int64]written, len(list))
	order := make([]int64, 0, len(list))
	words := map[string]bool{}
	for _, n := range list {
		if _, twice := news[n.Seq]; !twice {
			order = append(order, n.Seq)
		}
		n.Document.Prepare()
		ready := n.Document.ready
		news[n.Seq] = written{row{n.Seq, ready.row.Head, ready.row.Body}, ready.entries}
		for _, w := range ready.words {
			words[w] = true
		}
	}
	olds, err := x.told(ctx, tx, order)
	if err != nil {
		return err
	}
	var rows []written
	for _, seq := range order {
		old, known := olds[seq]
		if known && old == news[seq].row {
			continue
		}
		if known {
			if err := x.remove(ctx, tx, old); err != nil {
				return err
			}
		}
		rows = append(rows, news[seq])
	}
	if len(rows) == 0 {
		return nil
	}
	if len(rows) >= bulk && tx.DialectOf() == db.Postgres {
		if err := x.gathering(ctx, tx, true); err != nil {
			return err
		}
	}
	if err := x.insert(ctx, tx, rows); err != nil {
		return err
	}
	if len(rows) >= bulk && tx.DialectOf() == db.Postgres {
		if err := x.gathering(ctx, tx, false); err != nil {
			return err
		}
	}
	return x.learn(ctx, tx, words)
}

// written is a row with the entries it has in the index.
type written struct {
	row
	entries []string
}

// bulk is the number of documents from which PostgreSQL gathers what it writes into its index.
const bulk = 200

// gathering switches whether PostgreSQL gathers new entries of its index and sorts them in at once, which is several
// times faster for many documents. For one it is not: every search would read what is gathered, and one save of hundreds
// would wait for all of it to be sorted in.
func (x Index) gathering(ctx context.Context, tx *db.Tx, on bool) error {
	index := x.Table + "_index_words"
	if on {
		_, err := tx.Exec(ctx, `ALTER INDEX `+index+` SET (fastupdate = on)`, nil)
		return err
	}
	var pages int64
	if err := tx.Get(ctx, &pages, `SELECT gin_clean_pending_list('`+index+`')`, nil); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `ALTER INDEX `+index+` SET (fastupdate = off)`, nil)
	return err
}

// Settle brings SQLite's index nearer to one piece and says whether it is one. Each import of a batch leaves a piece, and a
// search looks into every piece: after an import, call it in a transaction each until it is done. A step takes some tenths
// of a second. On PostgreSQL there is nothing to do.
func (x Index) Settle(ctx context.Context, tx *db.Tx) (done bool, err error) {
	if tx.DialectOf() != db.SQLite {
		return true, nil
	}
	done = true
	for _, table := range []string{x.Table + "_index", x.Table + "_slips"} {
		var before, after int64
		if err := tx.Get(ctx, &before, `SELECT total_changes()`, nil); err != nil {
			return false, err
		}
		// With a minus all pieces are merged, not only where there are several of a size; what was begun goes on.
		if _, err := tx.Exec(ctx, fmt.Sprintf(`INSERT INTO %[1]s (%[1]s, rank) VALUES ('merge', -:pages)`, table), db.Args{"pages": settledAtOnce}); err != nil {
			return false, err
		}
		if err := tx.Get(ctx, &after, `SELECT total_changes()`, nil); err != nil {
			return false, err
		}
		done = done && after-before < 2 // as FTS5 says that nothing is left to merge
	}
	return done, nil
}

// settledAtOnce is the number of pages that one step of Settle writes.
const settledAtOnce = 300

// Delete forgets a document. Deleting one that is not there is no error. Its words stay known, as those of a document that
// changed do: a slip may be taken for one of them, and then finds nothing. Purge forgets them too.
func (x Index) Delete(ctx context.Context, tx *db.Tx, seq int64) error {
	olds, err := x.told(ctx, tx, []int64{seq})
	if err != nil {
		return err
	}
	if old, known := olds[seq]; known {
		return x.remove(ctx, tx, old)
	}
	return nil
}

// Purge puts d in place of the document under the number, or forgets it where d is nil, for a text that must be nowhere
// from now on. Words of the old document that no other has are not known any more, and SQLite overwrites the index's
// entries in place of marking them as gone. Not in it: free pages of SQLite's file until VACUUM, dead rows of PostgreSQL
// and the entries of its index until VACUUM and REINDEX, and whatever was copied before.
func (x Index) Purge(ctx context.Context, tx *db.Tx, seq int64, d *Document) error {
	olds, err := x.told(ctx, tx, []int64{seq})
	if err != nil {
		return err
	}
	if err := x.erasing(ctx, tx, true); err != nil {
		return err
	}
	if d != nil {
		err = x.Put(ctx, tx, seq, *d)
	} else {
		err = x.Delete(ctx, tx, seq)
	}
	if err != nil {
		return err
	}
	if old, known := olds[seq]; known {
		var words []string
		for _, e := range old.entries() {
			if w, ok := strings.CutPrefix(e, anywhere); ok {
				words = append(words, w)
			}
		}
		if err := x.forget(ctx, tx, words); err != nil {
			return err
		}
	}
	return x.erasing(ctx, tx, false)
}

// erasing switches whether SQLite's indexes overwrite what they remove.
func (x Index) erasing(ctx context.Context, tx *db.Tx, on bool) error {
	if tx.DialectOf() != db.SQLite {
		return nil
	}
	for _, table := range []string{x.Table + "_index", x.Table + "_slips"} {
		if _, err := tx.Exec(ctx, fmt.Sprintf(`INSERT INTO %[1]s (%[1]s, rank) VALUES ('secure-delete', :on)`, table), db.Args{"on": db.Bool(on)}); err != nil {
			return err
		}
	}
	return nil
}

// told gives what the index was told of the documents, by number.
func (x Index) told(ctx context.Context, q db.Querier, seqs []int64) (map[int64]row, error) {
	olds := map[int64]row{}
	for part := range slices.Chunk(seqs, atOnce) {
		var rows []row
		args := db.Args{}
		if err := q.Select(ctx, &rows, `SELECT seq, head, body FROM `+x.Table+`_documents WHERE seq IN (`+db.In("seq", padded(part), args)+`)`, args); err != nil {
			return nil, err
		}
		for _, r := range rows {
			olds[r.Seq] = r
		}
	}
	return olds, nil
}

// atOnce is how many rows one statement reads or writes. Fewer are filled up with the last, so that there are two texts
// of each statement to prepare and not sixty.
const atOnce = 64

func padded[T any](list []T) []T {
	if len(list) <= 1 || len(list) == atOnce {
		return list
	}
	full := slices.Clone(list)
	for len(full) < atOnce {
		full = append(full, list[len(list)-1])
	}
	return full
}

func (x Index) insert(ctx context.Context, tx *db.Tx, rows []written) error {
	documents, index := make([][]any, len(rows)), make([][]any, len(rows))
	for i, r := range rows {
		documents[i], index[i] = []any{r.Seq, r.Head, r.Body}, []any{r.Seq, entriesTold(tx.DialectOf(), r.Seq, r.entries)}
	}
	columns := []string{"rowid", "words"}
	if tx.DialectOf() == db.Postgres {
		columns = []string{"seq", "words tsvector"}
	}
	if _, err := tx.Insert(ctx, x.Table+"_documents", []string{"seq", "head", "body"}, documents, ""); err != nil {
		return err
	}
	_, err := tx.Insert(ctx, x.Table+"_index", columns, index, "")
	return err
}

func (x Index) remove(ctx context.Context, tx *db.Tx, old row) error {
	gone := `DELETE FROM ` + x.Table + `_index WHERE seq = :seq`
	if tx.DialectOf() == db.SQLite {
		gone = fmt.Sprintf(`INSERT INTO %[1]s_index (%[1]s_index, rowid, words) VALUES ('delete', :seq, :words)`, x.Table)
	}
	if _, err := tx.Exec(ctx, gone, db.Args{"seq": old.Seq, "words": entriesTold(tx.DialectOf(), old.Seq, old.entries())}); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM `+x.Table+`_documents WHERE seq = :seq`, db.Args{"seq": old.Seq})
	return err
}

// entriesTold is what the engine's index is given of a document.
func entriesTold(engine db.Engine, seq int64, list []string) string {
	if engine == db.Postgres {
		list = append(slices.Clip(list), ofBlock+strconv.FormatInt(seq>>blockBits, 10))
	}
	return tokensTold(engine, list)
}

// tokensTold writes tokens for the engine's index.
func tokensTold(engine db.Engine, list []string) string {
	if engine == db.Postgres && len(list) > 0 {
		return "'" + strings.Join(list, "' '") + "'"
	}
	return strings.Join(list, " ")
}
