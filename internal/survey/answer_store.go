package survey

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"kvart/internal/disclosure"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/jobs"
	"kvart/internal/xlsform"
)

// CompactKind names the job that cleans the files of the database of what was rewritten.
const CompactKind = "survey compact"

var compacted = []string{"survey_answers", "survey_words", "survey_counts", "survey_ways", "survey_typed"}

// Sheet is what somebody answered, read already (xlsform.Take).
type Sheet struct {
	Survey  string
	Number  int // of the version that was asked
	Answers xlsform.Answers
	Way     string
	Typist  string // account of whoever typed it in; of the web nobody
}

// Answer takes a sheet of answers and says nothing of it in the audit log: as of a ballot, no row tells when it came. The server's
// time decides: it returns Conflict where the survey is not answered now. Marked answers are counted, what was written in words
// is kept apart, and of whoever typed only how many on that day.
func (s *Store) Answer(ctx context.Context, tx *db.Tx, sheet Sheet) error {
	var v Survey
	lock := ` FOR SHARE` // whoever closes waits for those who are sending
	if tx.DialectOf() == db.SQLite {
		lock = ``
	}
	if err := tx.Get(ctx, &v, `SELECT * FROM surveys WHERE id = :id`+lock, db.Args{"id": sheet.Survey}); err != nil {
		return err
	}
	today, err := s.Today(ctx, tx, v)
	if err != nil {
		return err
	}
	if !v.Takes(sheet.Way, today.Format(time.DateOnly)) {
		return fault.Conflict("survey.fault.over")
	}
	form, number, err := s.Form(ctx, tx, v, sheet.Number)
	if err != nil {
		return err
	}
	if len(sheet.Answers) == 0 {
		return fault.Invalid("survey.fault.nothing")
	}
	body := xlsform.Answers{}
	args := db.Args{"s": v.ID, "n": number}
	for _, q := range form.Questions { // in the order of the form, so that two at once wait for each other in the same order
		said := sheet.Answers[q.Name]
		switch {
		case q.Sensitive:
			choices := strings.Fields(said)
			if len(choices) == 0 {
				choices = []string{""}
			}
			for _, c := range choices {
				args["q"], args["c"] = q.Name, c
				if _, err := tx.Exec(ctx, `INSERT INTO survey_counts (survey_id, number, question, choice, n) VALUES (:s, :n, :q, :c, 1)
					ON CONFLICT (survey_id, number, question, choice) DO UPDATE SET n = survey_counts.n + 1`, args); err != nil {
					return err
				}
			}
		case q.Kind == xlsform.Text && said != "":
			args["id"], args["q"], args["w"] = db.NewSecretID(), q.Name, said
			if _, err := tx.Exec(ctx, `INSERT INTO survey_words (id, survey_id, number, question, words) VALUES (:id, :s, :n, :q, :w)`, args); err != nil {
				return err
			}
		case said != "":
			body[q.Name] = said
		}
	}
	if err := s.insert(ctx, tx, v.ID, number, body); err != nil {
		return err
	}
	args["way"] = sheet.Way
	if _, err := tx.Exec(ctx, `INSERT INTO survey_ways (survey_id, number, way, n) VALUES (:s, :n, :way, 1)
		ON CONFLICT (survey_id, number, way) DO UPDATE SET n = survey_ways.n + 1`, args); err != nil || sheet.Typist == "" {
		return err
	}
	args["by"], args["day"] = sheet.Typist, today.Format(time.DateOnly)
	_, err = tx.Exec(ctx, `INSERT INTO survey_typed (survey_id, account_id, day, n) VALUES (:s, :by, :day, 1)
		ON CONFLICT (survey_id, account_id, day) DO UPDATE SET n = survey_typed.n + 1`, args)
	return err
}

func (s *Store) insert(ctx context.Context, tx *db.Tx, id string, number int, body xlsform.Answers) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO survey_answers (id, survey_id, number, body) VALUES (:id, :s, :n, :b)`,
		db.Args{"id": db.NewSecretID(), "s": id, "n": number, "b": string(text)})
	return err
}

// Answers are the rows of a version in the order of their random ids, without marked answers and words.
func (s *Store) Answers(ctx context.Context, q db.Querier, id string, number int) ([]xlsform.Answers, error) {
	var bodies []string
	if err := q.Select(ctx, &bodies, `SELECT body FROM survey_answers WHERE survey_id = :s AND number = :n ORDER BY id`, db.Args{"s": id, "n": number}); err != nil {
		return nil, err
	}
	list := make([]xlsform.Answers, len(bodies))
	for i, b := range bodies {
		if err := json.Unmarshal([]byte(b), &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Written is what somebody wrote.
type Written struct {
	Number   int    `db:"number"`
	Question string `db:"question"`
	Words    string `db:"words"`
}

// Words are what people wrote, by version and question, in the order of random ids. Nothing tells which of two were one person's.
func (s *Store) Words(ctx context.Context, q db.Querier, id string) ([]Written, error) {
	var list []Written
	err := q.Select(ctx, &list, `SELECT number, question, words FROM survey_words WHERE survey_id = :s ORDER BY number DESC, question, id`, db.Args{"s": id})
	return list, err
}

// Count is how many have answered so far, all versions together. Pages say it by disclosure.AtLeast only.
func (s *Store) Count(ctx context.Context, q db.Querier, id string) (n int, err error) {
	err = q.Get(ctx, &n, `SELECT COALESCE(SUM(n), 0) FROM survey_ways WHERE survey_id = :s`, db.Args{"s": id})
	return n, err
}

// typists are who typed in sheets of the survey, and on which days: not how many, which would tell how many came otherwise.
func (s *Store) typists(ctx context.Context, q db.Querier, id string) (list []typist, err error) {
	err = q.Select(ctx, &list, `SELECT a.name, t.day FROM survey_typed t JOIN accounts a ON a.id = t.account_id WHERE t.survey_id = :s ORDER BY t.day, a.name`, db.Args{"s": id})
	return list, err
}

type counted struct {
	Question string `db:"question"`
	Choice   string `db:"choice"`
	N        int    `db:"n"`
}

// raw are the counts of a version before anything is kept back.
func (s *Store) raw(ctx context.Context, q db.Querier, id string, v Version) (Raw, error) {
	r := Raw{Form: v.Form, Ways: map[string]int{}, Marked: map[string]map[string]int{}, Wrote: map[string]int{}}
	args := db.Args{"s": id, "n": v.Number}
	var err error
	if r.Rows, err = s.Answers(ctx, q, id, v.Number); err != nil {
		return r, err
	}
	var list []counted
	if err := q.Select(ctx, &list, `SELECT question, choice, n FROM survey_counts WHERE survey_id = :s AND number = :n`, args); err != nil {
		return r, err
	}
	for _, c := range list {
		if r.Marked[c.Question] == nil {
			r.Marked[c.Question] = map[string]int{}
		}
		r.Marked[c.Question][c.Choice] = c.N
	}
	list = nil
	if err := q.Select(ctx, &list, `SELECT '' AS question, way AS choice, n FROM survey_ways WHERE survey_id = :s AND number = :n`, args); err != nil {
		return r, err
	}
	for _, c := range list {
		r.Ways[c.Choice] = c.N
	}
	list = nil
	if err := q.Select(ctx, &list, `SELECT question, '' AS choice, COUNT(*) AS n FROM survey_words WHERE survey_id = :s AND number = :n GROUP BY question`, args); err != nil {
		return r, err
	}
	for _, c := range list {
		r.Wrote[c.Question] = c.N
	}
	return r, nil
}

// Close ends the survey: the totals of every version are made once and kept, and then all rows are written anew in a random
// order under new ids, so that neither order nor transaction tells when one came. A second press changes nothing.
func (s *Store) Close(ctx context.Context, tx *db.Tx, id, by string) error {
	if err := tx.Overwrite(ctx); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE surveys SET version = version + 1 WHERE id = :id AND state = 'open'`, db.Args{"id": id})
	if err != nil || n == 0 {
		return err
	}
	v, err := s.Survey(ctx, tx, id)
	if err != nil {
		return err
	}
	net, err := s.Network.Network(ctx, tx)
	if err != nil {
		return err
	}
	versions, err := s.Versions(ctx, tx, id)
	if err != nil {
		return err
	}
	var words []Written
	if words, err = s.Words(ctx, tx, id); err != nil {
		return err
	}
	rows := map[int][]xlsform.Answers{}
	for _, x := range versions {
		r, err := s.raw(ctx, tx, id, x)
		if err != nil {
			return err
		}
		rows[x.Number] = r.Rows
		totals, err := json.Marshal(r.Totals(net.Disclosure))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE survey_versions SET totals = :t WHERE survey_id = :s AND number = :n`, db.Args{"s": id, "n": x.Number, "t": string(totals)}); err != nil {
			return err
		}
	}
	if err := s.deleteRows(ctx, tx, id); err != nil {
		return err
	}
	for number, list := range rows {
		shuffle(list)
		for _, body := range list {
			if err := s.insert(ctx, tx, id, number, body); err != nil {
				return err
			}
		}
	}
	shuffle(words)
	for _, w := range words {
		if _, err := tx.Exec(ctx, `INSERT INTO survey_words (id, survey_id, number, question, words) VALUES (:id, :s, :n, :q, :w)`,
			db.Args{"id": db.NewSecretID(), "s": id, "n": w.Number, "q": w.Question, "w": w.Words}); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE surveys SET state = 'closed' WHERE id = :id`, db.Args{"id": id}); err != nil {
		return err
	}
	if err := jobs.Enqueue(ctx, tx, CompactKind, "close "+id, nil, s.Now()); err != nil {
		return err
	}
	return s.note(ctx, tx, v, "survey.close", by)
}

func (s *Store) deleteRows(ctx context.Context, tx *db.Tx, id string) error {
	for _, table := range []string{"survey_answers", "survey_words"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE survey_id = :s`, db.Args{"s": id}); err != nil {
			return err
		}
	}
	return nil
}

// shuffle puts a list into an order that nothing decides (crypto/rand; Fisher and Yates).
func shuffle[T any](list []T) {
	for i := len(list) - 1; i > 0; i-- {
		j, err := rand.Int(rand.Reader, big.NewInt(int64(i+1)))
		if err != nil {
			panic(err) // there is no chance left on this machine
		}
		k := int(j.Int64())
		list[i], list[k] = list[k], list[i]
	}
}

// Ended closes the surveys whose last day is over where they are, once sheets of paper have had their time too. One that cannot be closed keeps no other open: its fault is
// told when all have been tried.
func (s *Store) Ended(ctx context.Context) error {
	var list []Survey
	if err := s.DB.Select(ctx, &list, `SELECT * FROM surveys WHERE state = 'open' ORDER BY closes_on, id`, nil); err != nil {
		return err
	}
	return s.each(ctx, list, func(today string, v Survey) error {
		if v.PaperUntil() >= today {
			return nil
		}
		return s.DB.Tx(ctx, func(tx *db.Tx) error { return s.Close(ctx, tx, v.ID, "job") })
	})
}

// each does something to every survey with the local date where it is, and returns the faults of all together.
func (s *Store) each(ctx context.Context, list []Survey, do func(today string, v Survey) error) error {
	var faults []error
	for _, v := range list {
		today, err := s.Today(ctx, s.DB, v)
		if err == nil {
			err = do(today.Format(time.DateOnly), v)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("survey %s: %w", v.ID, err))
		}
	}
	return errors.Join(faults...)
}

// Forget deletes the answers of closed surveys whose day has come, and who typed how many. The totals stay: they are about nobody.
// One that fails keeps none of the others.
func (s *Store) Forget(ctx context.Context) error {
	var list []Survey
	if err := s.DB.Select(ctx, &list, `SELECT * FROM surveys WHERE state = 'closed' AND gone = 0 ORDER BY id`, nil); err != nil {
		return err
	}
	return s.each(ctx, list, func(today string, v Survey) error {
		if v.DeleteOn > today {
			return nil
		}
		return s.DB.Tx(ctx, func(tx *db.Tx) error {
			if err := tx.Overwrite(ctx); err != nil {
				return err
			}
			if err := s.deleteRows(ctx, tx, v.ID); err != nil {
				return err
			}
			for _, table := range []string{"survey_counts", "survey_ways", "survey_typed"} {
				if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE survey_id = :s`, db.Args{"s": v.ID}); err != nil {
					return err
				}
			}
			for _, forget := range s.Forgotten {
				if err := forget(ctx, tx, v.ID); err != nil {
					return err
				}
			}
			if _, err := tx.Exec(ctx, `UPDATE surveys SET gone = 1, version = version + 1 WHERE id = :s`, db.Args{"s": v.ID}); err != nil {
				return err
			}
			if err := jobs.Enqueue(ctx, tx, CompactKind, "forget "+v.ID, nil, s.Now()); err != nil {
				return err
			}
			return s.note(ctx, tx, v, "survey.forget", "job")
		})
	})
}

// Cross are the counts of a version by two questions at once, as far as they may be known: both asked of everybody, with one
// answer each, and not marked. A last row and column hold those who did not answer. It is NotFound for other questions and once
// the answers are gone.
func (s *Store) Cross(ctx context.Context, q db.Querier, v Survey, version Version, a, b string) (disclosure.Table, error) {
	x, y := version.Form.Question(a), version.Form.Question(b)
	if v.State != Closed || bool(v.Gone) || x == nil || y == nil || a == b || !slices.Contains(Crossed(version), a) || !slices.Contains(Crossed(version), b) {
		return disclosure.Table{}, fault.NotFound("fault.not_found")
	}
	net, err := s.Network.Network(ctx, q)
	if err != nil {
		return disclosure.Table{}, err
	}
	rows, err := s.Answers(ctx, q, v.ID, version.Number)
	if err != nil {
		return disclosure.Table{}, err
	}
	return disclosure.OfTable(crossed(rows, x, y), net.Disclosure), nil
}
