package survey

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/clock"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/xlsform"
)

// Store keeps surveys and what is counted of them.
type Store struct {
	DB      *db.DB
	Now     func() time.Time
	Network *network.Store

	// Forgotten are told of a survey whose answers are deleted, in the same transaction: whoever took over its words.
	Forgotten []func(ctx context.Context, tx *db.Tx, surveyID string) error
}

func (s *Store) note(ctx context.Context, tx *db.Tx, v Survey, action, by string) error {
	centre := ""
	if v.CentreID != nil {
		centre = *v.CentreID
	}
	return network.Note(ctx, tx, centre, action, by, "survey", v.ID, s.Now())
}

// Today is the local date where the survey is: of its centre, or of the network. It asks q alone: who holds a transaction must
// not wait for a second connection.
func (s *Store) Today(ctx context.Context, q db.Querier, v Survey) (time.Time, error) {
	var zone string
	query := `SELECT zone FROM networks`
	if v.CentreID != nil {
		query = `SELECT zone FROM centres WHERE id = :c`
	}
	if err := q.Get(ctx, &zone, query, db.Args{"c": v.CentreID}); err != nil {
		return time.Time{}, err
	}
	return s.Now().In(clock.Zone(zone)), nil
}

// Survey is the one of the id.
func (s *Store) Survey(ctx context.Context, q db.Querier, id string) (Survey, error) {
	var v Survey
	err := q.Get(ctx, &v, `SELECT * FROM surveys WHERE id = :id`, db.Args{"id": id})
	return v, err
}

// Of are the surveys of the centre, or of the network where the id is empty: those that are answered first, then by their end.
func (s *Store) Of(ctx context.Context, q db.Querier, centreID string) ([]Survey, error) {
	var list []Survey
	err := q.Select(ctx, &list, `SELECT * FROM surveys WHERE COALESCE(centre_id, '') = :c
		ORDER BY CASE state WHEN 'open' THEN 1 WHEN 'draft' THEN 2 ELSE 3 END, closes_on DESC, id`, db.Args{"c": centreID})
	return list, err
}

// Public are the surveys that visitors find: those that are answered now, each by the day where it is, and those whose totals are
// shown.
func (s *Store) Public(ctx context.Context, q db.Querier) ([]Survey, error) {
	var list []Survey
	if err := q.Select(ctx, &list, `SELECT * FROM surveys WHERE state = 'open' OR state = 'closed' AND shown = 1
		ORDER BY CASE state WHEN 'open' THEN 1 ELSE 2 END, closes_on DESC, id LIMIT 200`, nil); err != nil {
		return nil, err
	}
	var found []Survey
	for _, v := range list {
		if v.State == Open {
			today, err := s.Today(ctx, q, v)
			if err != nil {
				return nil, err
			}
			if !v.Answered(today.Format(time.DateOnly)) {
				continue
			}
		}
		found = append(found, v)
	}
	return found, nil
}

// Versions are the survey's forms, newest first.
func (s *Store) Versions(ctx context.Context, q db.Querier, id string) ([]Version, error) {
	var rows []struct {
		Number int    `db:"number"`
		Form   string `db:"form"`
		Totals string `db:"totals"`
	}
	if err := q.Select(ctx, &rows, `SELECT number, form, totals FROM survey_versions WHERE survey_id = :id ORDER BY number DESC`, db.Args{"id": id}); err != nil {
		return nil, err
	}
	var list []Version
	marked := map[string]bool{}
	for _, r := range rows {
		v := Version{Number: r.Number, Form: &xlsform.Form{}, Later: maps.Clone(marked)}
		if err := json.Unmarshal([]byte(r.Form), v.Form); err != nil {
			return nil, fmt.Errorf("survey form: %w", err)
		}
		if r.Totals != "" {
			v.Totals = &Totals{}
			if err := json.Unmarshal([]byte(r.Totals), v.Totals); err != nil {
				return nil, fmt.Errorf("survey totals: %w", err)
			}
		}
		for _, q := range v.Form.Questions {
			if q.Sensitive {
				marked[q.Name] = true
			}
		}
		list = append(list, v)
	}
	return list, nil
}

// Form is the survey's form of the number, or the one that is asked now where there is none of that number.
func (s *Store) Form(ctx context.Context, q db.Querier, v Survey, number int) (*xlsform.Form, int, error) {
	list, err := s.Versions(ctx, q, v.ID)
	if err != nil {
		return nil, 0, err
	}
	var current *xlsform.Form
	for _, x := range list {
		if x.Number == number {
			return x.Form, number, nil
		}
		if x.Number == v.Current {
			current = x.Form
		}
	}
	if current == nil {
		return nil, 0, fault.NotFound("fault.not_found")
	}
	return current, v.Current, nil
}

// Add makes a draft without questions and returns its id.
func (s *Store) Add(ctx context.Context, tx *db.Tx, v Survey, by string) (string, error) {
	if err := v.Check(); err != nil {
		return "", err
	}
	if v.ID == "" {
		v.ID = db.NewID()
	}
	if _, err := tx.Exec(ctx, `INSERT INTO surveys (id, centre_id, title, intro, purpose, opens_on, closes_on, delete_on)
		VALUES (:id, :c, :title, :intro, :purpose, :opens, :closes, :goes)`, v.args()); err != nil {
		return "", err
	}
	form, err := json.Marshal(xlsform.Form{Languages: []string{}, Questions: []xlsform.Question{}})
	if err != nil {
		return "", err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO survey_versions (survey_id, number, form) VALUES (:id, 1, :form)`, db.Args{"id": v.ID, "form": string(form)}); err != nil {
		return "", err
	}
	return v.ID, s.note(ctx, tx, v, "survey.add", by)
}

func (v Survey) args() db.Args {
	return db.Args{"id": v.ID, "c": v.CentreID, "title": v.Title, "intro": v.Intro, "purpose": v.Purpose, "opens": v.OpensOn, "closes": v.ClosesOn, "goes": v.DeleteOn, "v": v.Version}
}

// Save changes title, texts and dates. It returns Conflict when somebody else changed it since. The day on which answers go is
// only ever brought forward once the survey was opened: it was promised.
func (s *Store) Save(ctx context.Context, tx *db.Tx, v Survey, by string) error {
	if err := v.Check(); err != nil {
		return err
	}
	was, err := s.Survey(ctx, tx, v.ID)
	if err != nil {
		return err
	}
	today, err := s.Today(ctx, tx, was)
	if err != nil {
		return err
	}
	var f fault.Form
	if was.State != Draft && v.DeleteOn > was.DeleteOn {
		f.Add("delete_on", "survey.fault.promised")
	}
	if was.State != Draft && v.OpensOn != was.OpensOn && was.OpensOn <= today.Format(time.DateOnly) {
		f.Add("opens_on", "survey.fault.begun")
	}
	if was.State != Draft && was.OpensOn <= today.Format(time.DateOnly) { // people answer for what it said; a language may be added
		for l, text := range was.Purpose {
			if text != "" && v.Purpose[l] != text {
				f.Add("purpose-"+string(l), "survey.fault.purpose")
				break
			}
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	if was.State == Closed {
		return fault.Conflict("survey.fault.closed")
	}
	if err := changed(tx.Exec(ctx, `UPDATE surveys SET title = :title, intro = :intro, purpose = :purpose, opens_on = :opens, closes_on = :closes, delete_on = :goes,
		version = version + 1 WHERE id = :id AND version = :v`, v.args())); err != nil {
		return err
	}
	return s.note(ctx, tx, v, "survey.save", by)
}

func changed(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.Conflict("network.fault.changed_meanwhile")
	}
	return err
}

// SaveForm takes the form. While the survey is a draft it takes the place of the one there; once it was opened it is a new
// version, and what was answered stays with the version that was asked. Its faults are the caller's business (xlsform.Check).
func (s *Store) SaveForm(ctx context.Context, tx *db.Tx, v Survey, form *xlsform.Form, by string) error {
	if v.State == Closed {
		return fault.Conflict("survey.fault.closed")
	}
	body, err := json.Marshal(form)
	if err != nil {
		return err
	}
	args := db.Args{"id": v.ID, "n": v.Current, "form": string(body), "v": v.Version}
	add := 0
	if v.State == Open {
		add = 1
	}
	args["n"] = v.Current + add
	if err := changed(tx.Exec(ctx, `UPDATE surveys SET current = :n, version = version + 1 WHERE id = :id AND version = :v`, args)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO survey_versions (survey_id, number, form) VALUES (:id, :n, :form)
		ON CONFLICT (survey_id, number) DO UPDATE SET form = excluded.form`, args); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM survey_uploads WHERE survey_id = :id`, db.Args{"id": v.ID}); err != nil {
		return err
	}
	return s.note(ctx, tx, v, "survey.form", by)
}

// Upload is a form that was looked at and waits to be taken.
type Upload struct {
	Name string
	Form *xlsform.Form
	Seen string // tells one form that waits from another
}

// KeepUpload keeps a form that was sent until it is taken or another one comes.
func (s *Store) KeepUpload(ctx context.Context, tx *db.Tx, id string, u Upload) error {
	body, err := json.Marshal(u.Form)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO survey_uploads (survey_id, name, form) VALUES (:id, :name, :form)
		ON CONFLICT (survey_id) DO UPDATE SET name = excluded.name, form = excluded.form`, db.Args{"id": id, "name": u.Name, "form": string(body)})
	return err
}

// Uploaded is the form that waits, or nil.
func (s *Store) Uploaded(ctx context.Context, q db.Querier, id string) (*Upload, error) {
	var row struct {
		Name string `db:"name"`
		Form string `db:"form"`
	}
	err := q.Get(ctx, &row, `SELECT name, form FROM survey_uploads WHERE survey_id = :id`, db.Args{"id": id})
	if fault.Is(err, fault.KindNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(row.Form))
	u := Upload{Name: row.Name, Form: &xlsform.Form{}, Seen: hex.EncodeToString(sum[:12])}
	return &u, json.Unmarshal([]byte(row.Form), u.Form)
}

// Publish opens the survey on its dates. It returns Invalid where its form cannot be asked as it is.
func (s *Store) Publish(ctx context.Context, tx *db.Tx, v Survey, by string) error {
	if v.State != Draft {
		return fault.Conflict("survey.fault.not_draft")
	}
	form, _, err := s.Form(ctx, tx, v, v.Current)
	if err != nil {
		return err
	}
	if faults := form.Check(); len(faults) > 0 {
		return fault.Invalid("survey.fault.form")
	}
	if err := v.Check(); err != nil {
		return err
	}
	if err := changed(tx.Exec(ctx, `UPDATE surveys SET state = 'open', version = version + 1 WHERE id = :id AND version = :v AND state = 'draft'`, db.Args{"id": v.ID, "v": v.Version})); err != nil {
		return err
	}
	return s.note(ctx, tx, v, "survey.open", by)
}

// Show makes the totals of a closed survey public, or takes them back.
func (s *Store) Show(ctx context.Context, tx *db.Tx, v Survey, shown bool, by string) error {
	if v.State != Closed {
		return fault.Conflict("survey.fault.not_closed")
	}
	if _, err := tx.Exec(ctx, `UPDATE surveys SET shown = :s, version = version + 1 WHERE id = :id`, db.Args{"id": v.ID, "s": db.Bool(shown)}); err != nil {
		return err
	}
	action := "survey.show"
	if !shown {
		action = "survey.hide"
	}
	return s.note(ctx, tx, v, action, by)
}

// Remove deletes a draft, which nobody has answered.
func (s *Store) Remove(ctx context.Context, tx *db.Tx, v Survey, by string) error {
	if v.State != Draft {
		return fault.Conflict("survey.fault.not_draft")
	}
	if _, err := tx.Exec(ctx, `DELETE FROM surveys WHERE id = :id AND state = 'draft'`, db.Args{"id": v.ID}); err != nil {
		return err
	}
	return s.note(ctx, tx, v, "survey.remove", by)
}
