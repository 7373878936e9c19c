// Package upload takes a file that somebody sends at the desk: it is looked at first, and taken after a second press.
//
// Both are jobs, so that a long file holds up no browser, any process may do them, and one that dies in between leaves
// the work to the next. The file stays in the database until it has been taken, an hour at most; what came of it stays
// for a day. What a file means is its feature's business; the pages here show how far the work is and stop it.
package upload

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/a-h/templ"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/web"
)

const (
	keepFile   = time.Hour      // between looking and the second press
	keepReport = 24 * time.Hour // what came of it
	writeEvery = 500 * time.Millisecond
)

// The two kinds of work, as Progress.Kind says them.
const (
	look = "look"
	take = "take"
)

// Files are the files of one kind: where they are sent and what is done with them.
type Files struct {
	DB       *db.DB
	Now      func() time.Time
	Kind     string   // "network"; names the job too
	Address  string   // of the page; with ?file= it shows one file
	Section  string   // the menu entry that is current there
	Title    string   // message key
	Endings  []string // of names, with the dot, in small letters
	MaxBytes int64
	Words    string // of what is no file: the beginning of the message keys that say otherwise, instead of "upload."

	Form   func(r *web.Request, f *web.Form, recent templ.Component) templ.Component
	Report func(r *web.Request, s State) (templ.Component, error)
	// Run looks at the file or takes it, and returns a report that JSON can keep. Taking the same file again changes
	// nothing: a job can be run twice. A fault of kind Invalid is shown on the form.
	Run func(ctx context.Context, f File, take bool, w Work) (report any, err error)
}

// File is one that was sent.
type File struct {
	ID         string `db:"id"`
	Kind       string `db:"kind"`
	AccountID  string `db:"account_id"`
	ScopeID    string `db:"scope_id"`
	Name       string `db:"name"`
	Data       string `db:"data"` // base64; empty once it has been taken
	ProgressID string `db:"progress_id"`
	Report     string `db:"report"` // JSON
	ExpiresAt  int64  `db:"expires_at"`
}

// Bytes are the file.
func (f File) Bytes() ([]byte, error) { return base64.StdEncoding.DecodeString(f.Data) }

// Work is how far the work is, told and asked while it runs.
type Work struct {
	// Step notes how far it is and says whether to stop. Not to be called within a transaction; see jobs.Step.
	Step func(done, total int) (stop bool)
	// Asked says whether to stop; it may be called within a transaction.
	Asked func() (stop bool)
}

// State is a file with how far the work with it is.
type State struct {
	File     File
	Progress jobs.Progress
}

// Taken says that the file was taken, or as much of it as there was time for, rather than only looked at.
func (s State) Taken() bool { return s.Progress.Kind == take }

// Stopped says that somebody stopped it.
func (s State) Stopped() bool { return s.Progress.State == jobs.Stopped }

// Read fills in the report.
func (s State) Read(report any) error {
	if s.File.Report == "" {
		return nil
	}
	return json.Unmarshal([]byte(s.File.Report), report)
}

// refusal is why a whole file was refused, kept instead of a report.
type refusal struct {
	Key  string
	Args []any
}

// job names the work: a file is looked at once and taken once.
type job struct {
	File     string `json:"file"`
	Progress string `json:"progress"`
}

// Jobs names the handler of this kind.
func (s *Files) Jobs(run *jobs.Runner) { run.Handle("upload "+s.Kind, s.do) }

// begin notes the work and enqueues it, in the transaction that wants it.
func (s *Files) begin(ctx context.Context, tx *db.Tx, f File, what string) (string, error) {
	now := s.Now()
	progress, err := jobs.StartProgress(ctx, tx, what, f.AccountID, 0, now)
	if err != nil {
		return "", err
	}
	return progress, jobs.Enqueue(ctx, tx, "upload "+s.Kind, progress, job{f.ID, progress}, now)
}

func (s *Files) add(ctx context.Context, f File) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if f.ProgressID, err = s.begin(ctx, tx, f, look); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO uploads (id, kind, account_id, scope_id, name, data, progress_id, expires_at)
			VALUES (:id, :kind, :account, :scope, :name, :data, :progress, :expires)`,
			db.Args{"id": f.ID, "kind": f.Kind, "account": f.AccountID, "scope": f.ScopeID, "name": f.Name, "data": f.Data, "progress": f.ProgressID,
				"expires": s.Now().Add(keepFile).Unix()})
		return err
	})
}

// confirm has a file taken that was looked at. A second press finds it being taken and changes nothing.
func (s *Files) confirm(ctx context.Context, st State) error {
	if st.Taken() || st.Progress.State != jobs.Done {
		return nil
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		progress, err := s.begin(ctx, tx, st.File, take)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE uploads SET progress_id = :new, report = '', expires_at = :expires WHERE id = :id AND progress_id = :old`,
			db.Args{"new": progress, "old": st.File.ProgressID, "id": st.File.ID, "expires": s.Now().Add(keepReport).Unix()})
		if err == nil && n == 0 {
			err = fault.Conflict("upload.fault.taken")
		}
		return err
	})
}

// Forget deletes the files of the kinds with what came of them, whoever sent them and however far they are: work with one ends
// where it next looks for it.
func Forget(ctx context.Context, tx *db.Tx, kinds ...string) error {
	args := db.Args{}
	_, err := tx.Exec(ctx, `DELETE FROM uploads WHERE kind IN (`+db.In("kind", kinds, args)+`)`, args)
	return err
}

// Begin looks at what was put together on a page rather than sent as a file, and returns the address that shows it.
func (s *Files) Begin(ctx context.Context, r Scope, name string, data []byte) (string, error) {
	f := File{ID: db.NewSecretID(), Kind: s.Kind, AccountID: r.AccountID, ScopeID: r.ScopeID, Name: name, Data: base64.StdEncoding.EncodeToString(data)}
	return s.at(f.ID), s.add(ctx, f)
}

// Scope is whose a file is.
type Scope struct{ AccountID, ScopeID string }

// Of is this account's file of this kind sent where it acts, with its data. It is NotFound when its time is over.
func (s *Files) Of(ctx context.Context, r Scope, id string) (State, error) {
	st, err := s.state(ctx, id, r.AccountID, r.ScopeID)
	if err != nil {
		return st, err
	}
	return st, s.DB.Get(ctx, &st.File.Data, `SELECT data FROM uploads WHERE id = :id`, db.Args{"id": id})
}

// Decide has it taken as it was decided on, and returns the address that shows it. A second press changes nothing.
func (s *Files) Decide(ctx context.Context, st State, data []byte) (string, error) {
	if st.Taken() || st.Progress.State != jobs.Done {
		return s.at(st.File.ID), nil
	}
	if _, err := s.DB.Exec(ctx, `UPDATE uploads SET data = :data WHERE id = :id AND progress_id = :p`,
		db.Args{"id": st.File.ID, "p": st.File.ProgressID, "data": base64.StdEncoding.EncodeToString(data)}); err != nil {
		return "", err
	}
	return s.at(st.File.ID), s.confirm(ctx, st)
}

// state is this account's file of this kind sent where it acts. It is NotFound when its time is over.
func (s *Files) state(ctx context.Context, id, accountID, scopeID string) (st State, err error) {
	read := func(f *File) error {
		return s.DB.Get(ctx, f, `SELECT id, kind, account_id, scope_id, name, '' AS data, progress_id, report, expires_at FROM uploads
			WHERE id = :id AND kind = :kind AND account_id = :account AND scope_id = :scope AND expires_at >= :now`,
			db.Args{"id": id, "kind": s.Kind, "account": accountID, "scope": scopeID, "now": s.Now().Unix()})
	}
	if err = read(&st.File); err != nil {
		return st, err
	}
	for {
		if st.Progress, err = jobs.GetProgress(ctx, s.DB, st.File.ProgressID, accountID); err != nil || !st.Progress.Ended() {
			return st, err
		}
		// The report is written with the end: one that was read before it is none.
		of := st.File.ProgressID
		if err = read(&st.File); err != nil || st.File.ProgressID == of {
			return st, err
		}
	}
}

// recent are this account's newest files of this kind, sent where it acts, so that a page that was left is found again.
func (s *Files) recent(ctx context.Context, accountID, scopeID string) ([]State, error) {
	var rows []struct {
		ID    string `db:"id"`
		Name  string `db:"name"`
		Kind  string `db:"kind"`
		State string `db:"state"`
	}
	err := s.DB.Select(ctx, &rows, `SELECT u.id, u.name, p.kind, p.state FROM uploads u JOIN progress p ON p.id = u.progress_id
		WHERE u.kind = :kind AND u.account_id = :account AND u.scope_id = :scope AND u.expires_at >= :now ORDER BY p.updated_at DESC, u.id LIMIT 5`,
		db.Args{"kind": s.Kind, "account": accountID, "scope": scopeID, "now": s.Now().Unix()})
	var list []State
	for _, r := range rows {
		list = append(list, State{File: File{ID: r.ID, Name: r.Name}, Progress: jobs.Progress{Kind: r.Kind, State: r.State}})
	}
	return list, err
}

// do is the job. It is over when its progress is, so that a second run after a death in between does the rest only.
func (s *Files) do(ctx context.Context, payload json.RawMessage) error {
	var j job
	if err := json.Unmarshal(payload, &j); err != nil {
		return err
	}
	var f File
	err := s.DB.Get(ctx, &f, `SELECT id, kind, account_id, scope_id, name, data, progress_id, report, expires_at FROM uploads WHERE id = :id AND progress_id = :p`,
		db.Args{"id": j.File, "p": j.Progress})
	if fault.Is(err, fault.KindNotFound) {
		return nil // its time is over
	}
	if err != nil {
		return err
	}
	p, err := jobs.GetProgress(ctx, s.DB, j.Progress, f.AccountID)
	if err != nil || p.Ended() {
		return err
	}
	w, stopped := s.work(ctx, j.Progress)
	if p.State == jobs.Stopping {
		return s.end(ctx, f, p, jobs.Stopped, nil)
	}
	report, err := s.run(ctx, f, p.Kind == take, w)
	switch {
	case err == nil && stopped():
		return s.end(ctx, f, p, jobs.Stopped, report)
	case err == nil:
		return s.end(ctx, f, p, jobs.Done, report)
	case ctx.Err() != nil || db.Away(err):
		return err // tried again
	}
	e := fault.Of(err)
	if e.Kind != fault.KindInvalid && e.Kind != fault.KindConflict {
		e = fault.Of(fault.Internal(err))
	}
	if endErr := s.end(ctx, f, p, jobs.Failed, refusal{e.Key, e.Args}); endErr != nil || e.Kind != fault.KindInternal {
		return endErr
	}
	return err // for the log; the next try finds it ended
}

// run is Run, for which a file that nobody foresaw is no reason to be tried for hours.
func (s *Files) run(ctx context.Context, f File, take bool, w Work) (report any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return s.Run(ctx, f, take, w)
}

// work writes at most twice a second, and remembers that somebody asked it to stop.
func (s *Files) work(ctx context.Context, id string) (w Work, stopped func() bool) {
	var stop bool
	var written time.Time
	w.Step = func(done, total int) bool {
		if since := time.Since(written); stop || since < writeEvery && done < total {
			return stop || ctx.Err() != nil
		}
		written = time.Now()
		asked, err := jobs.Step(ctx, s.DB, id, done, total, s.Now())
		stop = asked && err == nil && done < total // what is whole already is not said to be stopped
		return stop || ctx.Err() != nil
	}
	w.Asked = func() bool {
		if !stop {
			asked, err := jobs.Asked(ctx, s.DB, id)
			stop = asked && err == nil
		}
		return stop || ctx.Err() != nil
	}
	return w, func() bool { return stop }
}

// end keeps what came of it. The file itself goes when nothing more is to be done with it.
func (s *Files) end(ctx context.Context, f File, p jobs.Progress, state string, report any) error {
	if err := ctx.Err(); err != nil {
		return err // interrupted, not ended: the next run goes on
	}
	kept, err := json.Marshal(report)
	if err != nil {
		return errors.Join(errors.New("keeping the report of an upload"), err)
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		args := db.Args{"id": f.ID, "p": p.ID, "report": string(kept)}
		q := `UPDATE uploads SET report = :report WHERE id = :id AND progress_id = :p`
		if p.Kind == take || state != jobs.Done {
			q = `UPDATE uploads SET report = :report, data = '' WHERE id = :id AND progress_id = :p`
		}
		if _, err := tx.Exec(ctx, q, args); err != nil {
			return err
		}
		return jobs.FinishProgress(ctx, tx, p.ID, state, "", s.Now())
	})
}
