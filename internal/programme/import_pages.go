package programme

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// upload is a file between its dry run and its confirmation, for one hour.
type upload struct {
	ID   string `db:"id"`
	Name string `db:"name"`
	Data string `db:"data"` // base64
}

func (p *Pages) importForm(w http.ResponseWriter, r *web.Request) error {
	return r.HTML(w, http.StatusOK, importPage(r, web.NewForm()))
}

// planImport takes the file, shows what taking it would do, and keeps it for an hour.
func (p *Pages) planImport(w http.ResponseWriter, r *web.Request) error {
	f := web.NewForm()
	again := func(err error) error {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), importPage(r, f))
	}
	name, data, err := readUpload(w, r)
	if err != nil {
		return again(err)
	}
	report, err := p.planFile(r.Context(), r.Viewer.ScopeID(), name, data)
	if err != nil {
		return again(err)
	}
	id := db.NewSecretID()
	err = p.DB.Tx(r.Context(), func(tx *db.Tx) error {
		if _, err := tx.Exec(r.Context(), `DELETE FROM uploads WHERE expires_at < :now`, db.Args{"now": r.Now.Unix()}); err != nil {
			return err
		}
		_, err := tx.Exec(r.Context(), `INSERT INTO uploads (id, account_id, scope_id, name, data, expires_at) VALUES (:id, :account, :scope, :name, :data, :expires)`,
			db.Args{"id": id, "account": r.Viewer.Account.ID, "scope": r.Viewer.ScopeID(), "name": name, "data": base64.StdEncoding.EncodeToString(data),
				"expires": r.Now.Add(time.Hour).Unix()})
		return err
	})
	if err != nil {
		return err
	}
	return p.showReport(w, r, report, id)
}

func readUpload(w http.ResponseWriter, r *web.Request) (string, []byte, error) {
	r.Body = http.MaxBytesReader(w, r.Body, MaxImport+64<<10)
	file, head, err := r.FormFile("file")
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return "", nil, fault.Invalid("programme.fault.file_large").Because(err)
		}
		return "", nil, fault.Invalid("programme.fault.file").Because(err)
	}
	defer file.Close()
	if head.Size > MaxImport {
		return "", nil, fault.Invalid("programme.fault.file_large")
	}
	data, err := io.ReadAll(io.LimitReader(file, MaxImport+1))
	if err != nil {
		return "", nil, fault.Invalid("programme.fault.file").Because(err)
	}
	return clip(strings.ToValidUTF8(head.Filename, "?"), 200), data, nil
}

func isSheet(name string) bool { return strings.HasSuffix(strings.ToLower(name), ".xlsx") }

func (p *Pages) planFile(ctx context.Context, centreID, name string, data []byte) (Report, error) {
	switch {
	case isSheet(name):
		return p.PlanXLSX(ctx, centreID, data)
	case strings.HasSuffix(strings.ToLower(name), ".ics"):
		return p.PlanICS(ctx, centreID, data)
	}
	return Report{}, fault.Invalid("programme.fault.file")
}

// confirmImport takes the file that was shown. What changed since then is looked at anew.
func (p *Pages) confirmImport(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	var u upload
	err = p.DB.Get(r.Context(), &u, `SELECT id, name, data FROM uploads WHERE id = :id AND account_id = :account AND scope_id = :scope AND expires_at >= :now`,
		db.Args{"id": f.Get("upload"), "account": r.Viewer.Account.ID, "scope": r.Viewer.ScopeID(), "now": r.Now.Unix()})
	if fault.Is(err, fault.KindNotFound) {
		f.Err = fault.Invalid("programme.fault.upload_gone")
		return r.HTML(w, http.StatusUnprocessableEntity, importPage(r, f))
	}
	if err != nil {
		return err
	}
	data, err := base64.StdEncoding.DecodeString(u.Data)
	if err != nil {
		return err
	}
	take := p.ImportICS
	if isSheet(u.Name) {
		take = p.ImportXLSX
	}
	report, err := take(r.Context(), r.Viewer.ScopeID(), data, r.Viewer.Account.ID, func(int, int) bool { return r.Context().Err() != nil })
	if err != nil {
		return err
	}
	if _, err := p.DB.Exec(r.Context(), `DELETE FROM uploads WHERE id = :id`, db.Args{"id": u.ID}); err != nil {
		return err
	}
	return p.showReport(w, r, report, "")
}

// showReport shows what would be done, with a button while the upload waits, or what was done.
func (p *Pages) showReport(w http.ResponseWriter, r *web.Request, report Report, uploadID string) error {
	o, err := p.own(r.Context(), r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, reportPage(r, o, report, uploadID))
}
