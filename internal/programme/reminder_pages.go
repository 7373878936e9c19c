package programme

import (
	"errors"
	"net/http"
	"strconv"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/web"
)

// remindSession and remindActivity send reminders now; how far that is shows a page of its own.

func (p *Pages) remindSessionQuestion(r *web.Request) (string, error) {
	l, _, err := p.sessionFor(r, r.PathValue("id"), EditProgramme)
	if err == nil && l.DiscreetDB != 0 {
		err = fault.NotFound("fault.not_found")
	}
	return r.T("messages.remind.sure"), err
}

func (p *Pages) remindActivityQuestion(r *web.Request) (string, error) {
	_, err := p.Activity(r.Context(), p.DB, r.Viewer.ScopeID(), r.PathValue("id"), false)
	return r.T("messages.remind.sure"), err
}

func (p *Pages) remindSession(w http.ResponseWriter, r *web.Request) error {
	l, _, err := p.sessionFor(r, r.PathValue("id"), EditProgramme)
	if err != nil {
		return err
	}
	return p.beginReminding(w, r, l.ActivityID, l.ID, "/desk/sessions/"+l.ID)
}

func (p *Pages) remindActivity(w http.ResponseWriter, r *web.Request) error {
	id := r.PathValue("id")
	return p.beginReminding(w, r, id, "", "/desk/programme/"+id)
}

func (p *Pages) beginReminding(w http.ResponseWriter, r *web.Request, activity, session, back string) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	at := func(id string) string { return "/desk/reminders/" + id }
	key := f.Get("form_key")
	if key != "" {
		key += ".remind" // another form of the same page has the same key
	}
	id, err := p.RemindNow(r.Context(), r.Viewer.ScopeID(), activity, session, key, r.Viewer.Account.ID, at)
	if again, ok := errors.AsType[*web.Already](err); ok {
		return r.See(w, again.Location)
	}
	if fault.Is(err, fault.KindInvalid) {
		r.Flash(fault.Of(err).Key)
		return r.See(w, back)
	}
	if err != nil {
		return err
	}
	return r.See(w, at(id))
}

// reminding shows how far the sending is to whoever began it.
func (p *Pages) reminding(w http.ResponseWriter, r *web.Request) error {
	work, err := jobs.GetProgress(r.Context(), p.DB, r.PathValue("id"), r.Viewer.Account.ID)
	if err == nil && work.Kind != RemindKind {
		err = fault.NotFound("fault.not_found")
	}
	if err != nil {
		return err
	}
	if !work.Ended() {
		w.Header().Set("Refresh", "2")
	}
	missed, _ := strconv.Atoi(work.Result)
	return r.HTML(w, http.StatusOK, remindingPage(r, work, missed))
}

func (p *Pages) stopReminding(w http.ResponseWriter, r *web.Request) error {
	id := r.PathValue("id")
	work, err := jobs.GetProgress(r.Context(), p.DB, id, r.Viewer.Account.ID)
	if err == nil && work.Kind != RemindKind {
		err = fault.NotFound("fault.not_found")
	}
	if err == nil {
		err = jobs.StopProgress(r.Context(), p.DB, id, r.Viewer.Account.ID)
	}
	if err != nil {
		return err
	}
	return r.See(w, "/desk/reminders/"+id)
}
