package programme

import (
	"encoding/base64"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

func (p *Pages) materials(w http.ResponseWriter, r *web.Request) error {
	a, err := p.Activity(r.Context(), p.DB, r.Viewer.ScopeID(), r.PathValue("id"), false)
	if err != nil {
		return err
	}
	return p.showMaterials(w, r, http.StatusOK, a, web.NewForm("consent", ""))
}

func (p *Pages) showMaterials(w http.ResponseWriter, r *web.Request, status int, a Activity, f *web.Form) error {
	list, err := p.Materials(r.Context(), a.CentreID, a.ID)
	if err != nil {
		return err
	}
	dates, err := p.OfActivity(r.Context(), a.CentreID, a.ID, r.Now.AddDate(0, -2, 0))
	if err != nil {
		return err
	}
	return r.HTML(w, status, materialsPage(r, a, list, dates, f))
}

func (p *Pages) addMaterial(w http.ResponseWriter, r *web.Request) error {
	a, err := p.Activity(r.Context(), p.DB, r.Viewer.ScopeID(), r.PathValue("id"), false)
	if err != nil {
		return err
	}
	address := "/desk/programme/" + a.ID + "/materials"
	f, file, err := readSent(w, r)
	if err == nil {
		m := Material{Words: f.Texts("words"), Consent: f.Get("consent"), How: f.Get("how")}
		if id := f.Get("session"); id != "" {
			m.SessionID = &id
		}
		_, err = p.AddMaterial(r.Context(), a.CentreID, a.ID, m, file, f.Get("form_key"), address, r.Viewer.Account.ID)
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return p.showMaterials(w, r, web.Status(f.Err), a, f)
	}
	r.Flash("messages.material.added")
	return r.See(w, address)
}

// readSent reads the form with its file. It returns Invalid with the fault at the file when that is too large.
func readSent(w http.ResponseWriter, r *web.Request) (*web.Form, Sent, error) {
	f, s, err := r.ReadFile(w, MaxPhoto, web.MaxForm)
	if err == nil && s.Large {
		var faults fault.Form
		faults.Add("file", "messages.fault.picture_size", "mb", MaxPhoto>>20)
		err = faults.Err()
	}
	return f, Sent{Data: s.Data}, err
}

func (p *Pages) recordConsent(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	m, err := p.MaterialAt(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := p.RecordConsent(r.Context(), m.CentreID, m.ID, f.Get("consent"), f.Get("how"), r.Viewer.Account.ID); err != nil {
		if fault.Is(err, fault.KindInvalid) {
			r.Flash(fault.Of(err).Fields[0].Key, fault.Of(err).Fields[0].Args...)
			return r.See(w, "/desk/programme/"+m.ActivityID+"/materials")
		}
		return err
	}
	r.Flash("messages.material.published")
	return r.See(w, "/desk/programme/"+m.ActivityID+"/materials")
}

func (p *Pages) removeMaterialQuestion(r *web.Request) (string, error) {
	_, err := p.MaterialAt(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"))
	return r.T("messages.material.remove.sure"), err
}

func (p *Pages) removeMaterial(w http.ResponseWriter, r *web.Request) error {
	m, err := p.MaterialAt(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := p.RemoveMaterial(r.Context(), m.CentreID, m.ID, r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("messages.material.removed")
	return r.See(w, "/desk/programme/"+m.ActivityID+"/materials")
}

// deskMaterial is a photo or file for the team, published or not; no browser on a shared computer keeps it.
func (p *Pages) deskMaterial(w http.ResponseWriter, r *web.Request) error {
	m, err := p.MaterialAt(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"))
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return sendMaterial(w, r, m)
}

// material is one that visitors see. A browser asks each time whether it is still there, so that one that was taken away
// is gone at once.
func (p *Pages) material(w http.ResponseWriter, r *web.Request) error {
	m, err := p.PublicMaterial(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	tag := `"` + m.ID + `"`
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return sendMaterial(w, r, m)
}

// sendMaterial writes it as what it is and nothing else: a file is only ever a download.
func sendMaterial(w http.ResponseWriter, r *web.Request, m Material) error {
	body, err := base64.StdEncoding.DecodeString(m.Data)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", m.MediaType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if m.Kind == HandedTo {
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fileName(r.Pick(m.Words)) + ".pdf"}))
	}
	_, err = w.Write(body)
	return err
}

// fileName is a title as a file may be called anywhere.
func fileName(title string) string {
	name := strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) || strings.ContainsRune(" -_.,()", c) {
			return c
		}
		return '-'
	}, title)
	if runes := []rune(name); len(runes) > 80 {
		name = string(runes[:80])
	}
	if name = strings.Trim(name, " .-"); name == "" {
		return "kvart"
	}
	return name
}

// dateOf is the session's day where the material is of one.
func dateOf(m Material, dates []Listed) (time.Time, bool) {
	for _, d := range dates {
		if m.SessionID != nil && d.ID == *m.SessionID {
			return d.Start(), true
		}
	}
	return time.Time{}, false
}
