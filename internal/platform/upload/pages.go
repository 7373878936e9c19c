package upload

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/web"
)

// Show is the page: the form, or what is known of the file that the address names.
func (s *Files) Show(w http.ResponseWriter, r *web.Request) error {
	id := r.URL.Query().Get("file")
	if id == "" {
		return s.form(w, r, http.StatusOK, web.NewForm())
	}
	st, err := s.state(r.Context(), id, r.Viewer.Account.ID, r.Viewer.ScopeID())
	if fault.Is(err, fault.KindNotFound) {
		return s.refused(w, r, fault.Invalid(s.say("upload.fault.gone")))
	}
	if err != nil {
		return err
	}
	switch {
	case !st.Progress.Ended():
		w.Header().Set("Refresh", "2")
		return r.HTML(w, http.StatusOK, progressPage(r, s, st))
	case st.Progress.State == jobs.Failed:
		var no refusal
		if err := st.Read(&no); err != nil {
			return err
		}
		return s.refused(w, r, fault.Invalid(no.Key, no.Args...))
	case st.Stopped() && !st.Taken():
		return s.refused(w, r, fault.Invalid("upload.fault.stopped"))
	}
	c, err := s.Report(r, st)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, c)
}

func (s *Files) form(w http.ResponseWriter, r *web.Request, status int, f *web.Form) error {
	list, err := s.recent(r.Context(), r.Viewer.Account.ID, r.Viewer.ScopeID())
	if err != nil {
		return err
	}
	return r.HTML(w, status, s.Form(r, f, recentList(r, s, list)))
}

// refused is the form again, with why.
func (s *Files) refused(w http.ResponseWriter, r *web.Request, err error) error {
	f := web.NewForm()
	if !f.Failed(err) {
		return err
	}
	return s.form(w, r, web.Status(f.Err), f)
}

// Send keeps the file and begins to look at it.
func (s *Files) Send(w http.ResponseWriter, r *web.Request) error {
	name, data, err := s.read(w, r)
	if err != nil {
		return s.refused(w, r, err)
	}
	f := File{ID: db.NewSecretID(), Kind: s.Kind, AccountID: r.Viewer.Account.ID, ScopeID: r.Viewer.ScopeID(), Name: name, Data: base64.StdEncoding.EncodeToString(data)}
	if err := s.add(r.Context(), f); err != nil {
		return err
	}
	return r.See(w, s.at(f.ID))
}

func (s *Files) at(id string) string { return s.Address + "?file=" + id }

func (s *Files) read(w http.ResponseWriter, r *web.Request) (string, []byte, error) {
	large := fault.Invalid("upload.fault.large", "mb", int(s.MaxBytes>>20))
	wrong := fault.Invalid("upload.fault.ending", "endings", strings.Join(s.Endings, ", "))
	r.Body = http.MaxBytesReader(w, r.Body, s.MaxBytes+64<<10)
	file, head, err := r.FormFile("file")
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return "", nil, large.Because(err)
		}
		return "", nil, wrong.Because(err)
	}
	defer file.Close()
	if head.Size > s.MaxBytes {
		return "", nil, large
	}
	if !slices.ContainsFunc(s.Endings, func(e string) bool { return strings.HasSuffix(strings.ToLower(head.Filename), e) }) {
		return "", nil, wrong
	}
	data, err := io.ReadAll(file)
	if err != nil {
		return "", nil, wrong.Because(err)
	}
	name := []rune(strings.ToValidUTF8(strings.ReplaceAll(head.Filename, "\x00", ""), "?"))
	return string(name[max(0, len(name)-200):]), data, nil // its end, for the ending
}

// Confirm has the file taken that was looked at. What changed since then is looked at anew.
func (s *Files) Confirm(w http.ResponseWriter, r *web.Request) error {
	return s.act(w, r, func(st State) error { return s.confirm(r.Context(), st) })
}

// Stop asks the work with the file to stop.
func (s *Files) Stop(w http.ResponseWriter, r *web.Request) error {
	return s.act(w, r, func(st State) error { return jobs.StopProgress(r.Context(), s.DB, st.Progress.ID, r.Viewer.Account.ID) })
}

func (s *Files) act(w http.ResponseWriter, r *web.Request, do func(State) error) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	st, err := s.state(r.Context(), f.Get("file"), r.Viewer.Account.ID, r.Viewer.ScopeID())
	if fault.Is(err, fault.KindNotFound) {
		return s.refused(w, r, fault.Invalid(s.say("upload.fault.gone")))
	}
	if err == nil {
		err = do(st)
	}
	if err != nil && !fault.Is(err, fault.KindConflict) { // somebody was quicker: the page shows it
		return err
	}
	return r.See(w, s.at(st.File.ID))
}

// say is the message key for what is said of a file, or of what is none.
func (s *Files) say(key string) string {
	if s.Words == "" {
		return key
	}
	return s.Words + strings.TrimPrefix(key, "upload.")
}

// Again is the form with what is wrong about it.
func (s *Files) Again(w http.ResponseWriter, r *web.Request, f *web.Form) error {
	return s.form(w, r, web.Status(f.Err), f)
}

// outcome says in a word how far a file is.
func (s *Files) outcome(st State) string {
	switch {
	case !st.Progress.Ended():
		return "upload.state.running"
	case st.Progress.State == jobs.Failed:
		return "upload.state.failed"
	case st.Stopped():
		return "upload.state.stopped"
	case st.Taken():
		return s.say("upload.state.taken")
	}
	return "upload.state.seen"
}

func (s *Files) accept() string { return strings.Join(s.Endings, ",") }
