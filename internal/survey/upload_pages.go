package survey

import (
	"net/http"
	"strconv"
	"strings"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
	"kvart/internal/xlsform"
)

// sent is what the page of a form to upload shows.
type sent struct {
	Survey
	*web.Form
	Name   string
	Faults []xlsform.Fault
	Ready  *Upload
	Warned []xlsform.Question
}

func (p *Pages) uploadForm(w http.ResponseWriter, r *web.Request) error {
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	return p.uploadAgain(w, r, v, web.NewForm())
}

func (p *Pages) uploadAgain(w http.ResponseWriter, r *web.Request, v Survey, f *web.Form) (err error) {
	x, status := sent{Survey: v, Form: f}, http.StatusOK
	if x.Ready, err = p.Uploaded(r.Context(), p.DB, v.ID); err != nil {
		return err
	}
	if x.Ready != nil {
		x.Warned = Warned(x.Ready.Form)
	}
	if f.Err != nil {
		status = web.Status(f.Err)
	}
	return r.HTML(w, status, uploadPage(r, x))
}

func (p *Pages) upload(w http.ResponseWriter, r *web.Request) error {
	f, file, err := r.ReadFile(w, xlsform.MaxFile, 4<<10)
	if err != nil {
		return err
	}
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	if v.State == Closed {
		return fault.Conflict("survey.fault.closed")
	}
	x := sent{Survey: v, Form: f, Name: strings.ToValidUTF8(file.Name, "?")}
	switch {
	case file.Large:
		x.Faults = []xlsform.Fault{{Code: "large", Args: []any{"mb", xlsform.MaxFile >> 20}}}
	case len(file.Data) == 0:
		var faults fault.Form
		faults.Add("file", "survey.fault.no_file")
		f.Failed(faults.Err())
		return r.HTML(w, web.Status(f.Err), uploadPage(r, x))
	default:
		var form *xlsform.Form
		if form, x.Faults = xlsform.Read(file.Data, Languages()); form != nil {
			name := []rune(x.Name)
			if err := p.DB.Tx(r.Context(), func(tx *db.Tx) error {
				return p.KeepUpload(r.Context(), tx, v.ID, Upload{Name: string(name[max(0, len(name)-200):]), Form: form})
			}); err != nil {
				return err
			}
			return r.See(w, surveyPath(v.ID)+"/upload")
		}
	}
	return r.HTML(w, http.StatusUnprocessableEntity, uploadPage(r, x))
}

func (p *Pages) takeUpload(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	err = p.tx(w, r, "survey.questions.saved", surveyPath(v.ID), func(tx *db.Tx) error {
		u, err := p.Uploaded(r.Context(), tx, v.ID)
		if err != nil {
			return err
		}
		if u == nil || u.Seen != f.Get("seen") { // somebody else sent another one since
			return fault.Conflict("network.fault.changed_meanwhile")
		}
		if err := looked(v, f, len(Warned(u.Form)) > 0); err != nil {
			return err
		}
		return p.SaveForm(r.Context(), tx, v, u.Form, r.Viewer.Account.ID)
	})
	if err != nil && f.Failed(err) {
		return p.uploadAgain(w, r, v, f)
	}
	return err
}

// preview shows all questions as they are asked, or were in an earlier version; nothing can be sent.
func (p *Pages) preview(w http.ResponseWriter, r *web.Request) error {
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	number, _ := strconv.Atoi(r.URL.Query().Get("form"))
	s, err := p.begin(r, v, web.NewForm(), number, Web)
	if err != nil {
		return err
	}
	if r.URL.Query().Get("upload") != "" {
		u, err := p.Uploaded(r.Context(), p.DB, v.ID)
		if err != nil {
			return err
		}
		if u == nil {
			return fault.NotFound("fault.not_found")
		}
		s.Asked = u.Form
		s.Pages, s.Numbers = u.Form.Pages(), map[string]int{}
		for _, q := range u.Form.Questions {
			if q.Asks() {
				s.Numbers[q.Name] = len(s.Numbers) + 1
			}
		}
	}
	return r.HTML(w, http.StatusOK, previewPage(r, s))
}
