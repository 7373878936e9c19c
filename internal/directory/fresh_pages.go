package directory

import (
	"net/http"
	"net/url"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// The pages that a mail's link leads to. Opening one changes nothing, for programs that look into mails open links too: each
// has one press. Nobody signs in; the link is what says which organisation answers.

// stillRight is what such a page shows.
type stillRight struct {
	*web.Form
	Organisation Organisation
	Services     []Service // waiting for an answer; for what changed or ended, all that visitors find
	Path         string    // of the first page, in the reader's language
	Done         string    // what was pressed
}

// answering is the organisation that the link was written to, with its services.
func (p *DeskPages) answering(w http.ResponseWriter, r *web.Request, all bool) (v stillRight, err error) {
	w.Header().Set("Cache-Control", "no-store")
	if err := r.Slowed("directory link"); err != nil {
		return v, err
	}
	if v.Organisation, err = p.Store.linked(r.Context(), p.Store.DB, r.PathValue("token")); err != nil {
		return v, err
	}
	id := v.Organisation.ID
	v.Path = r.Path("still-right/" + r.PathValue("token"))
	v.Done = r.URL.Query().Get("done")
	if all {
		list, err := p.Store.ServicesOf(r.Context(), p.Store.DB, id)
		for _, s := range list {
			if s.Listed() {
				v.Services = append(v.Services, s)
			}
		}
		return v, err
	}
	v.Services, err = p.Store.Due(r.Context(), p.Store.DB, id)
	return v, err
}

func (p *DeskPages) rightForm(w http.ResponseWriter, r *web.Request) error {
	v, err := p.answering(w, r, false)
	if err != nil {
		return err
	}
	v.Form = web.NewForm()
	return r.HTML(w, http.StatusOK, rightPage(r, v))
}

// right says of everything on the page that it is right. What was changed since it was opened waits for a look of its own.
func (p *DeskPages) right(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.answering(w, r, false)
	if err != nil {
		return err
	}
	for _, s := range v.Services {
		if !f.Has("service", seen(s)) {
			continue
		}
		if err := p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			return p.Store.Assure(r.Context(), tx, s.ID, ByOrganisation, ByOrganisation)
		}); err != nil && !fault.Is(err, fault.KindConflict) {
			return err
		}
	}
	return r.See(w, v.Path+"?done=right")
}

// seen names the service as it is now: another version of it is not what was looked at.
func seen(s Service) string { return s.ID + "." + digits(s.Version) }

func (p *DeskPages) changedForm(w http.ResponseWriter, r *web.Request) error {
	v, err := p.answering(w, r, true)
	if err != nil {
		return err
	}
	v.Form = chosen(v.Services)
	return r.HTML(w, http.StatusOK, changedPage(r, v))
}

// chosen is the form with the service chosen where there is one only.
func chosen(list []Service) *web.Form {
	if len(list) == 1 {
		return web.NewForm("service", list[0].ID)
	}
	return web.NewForm()
}

// changed takes what the organisation writes as a suggestion to the centre.
func (p *DeskPages) changed(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.answering(w, r, true)
	if err != nil {
		return err
	}
	v.Form = f
	s, err := one(f, v.Services)
	if err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), v.Path+"?done=changed", r.Now); err != nil {
				return err
			}
			return p.Store.Suggest(r.Context(), tx, Suggestion{ServiceID: s.ID, Kind: "wrong", Words: f.Get("words"), Own: true})
		})
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), changedPage(r, v))
		}
		return err
	}
	return r.See(w, v.Path+"?done=changed")
}

// one is the service that the form chose, of those that the link is about.
func one(f *web.Form, list []Service) (Service, error) {
	for _, s := range list {
		if s.ID == f.Get("service") {
			return s, nil
		}
	}
	var faults fault.Form
	faults.Add("service", "directory.fault.choose")
	return Service{}, faults.Err()
}

func (p *DeskPages) endedForm(w http.ResponseWriter, r *web.Request) error {
	v, err := p.answering(w, r, true)
	if err != nil {
		return err
	}
	v.Form = chosen(v.Services)
	return r.HTML(w, http.StatusOK, endedPage(r, v))
}

func (p *DeskPages) ended(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.answering(w, r, true)
	if err != nil {
		return err
	}
	v.Form = f
	s, err := one(f, v.Services)
	if err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			return p.Store.End(r.Context(), tx, s.ID, ByOrganisation, ByOrganisation)
		})
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), endedPage(r, v))
		}
		return err
	}
	return r.See(w, v.Path+"?done=ended")
}

// suggestion is what the page of a suggestion shows.
type suggestion struct {
	*web.Form
	Service Service
	Done    bool
}

// suggested is the service that the address names, which visitors find.
func (p *DeskPages) suggested(r *web.Request) (Service, error) {
	s, err := p.Store.Service(r.Context(), p.Store.DB, r.PathValue("id"))
	if err == nil && !s.Listed() {
		err = fault.NotFound("fault.not_found")
	}
	return s.In(r.Lang()), err
}

func (p *DeskPages) suggestForm(w http.ResponseWriter, r *web.Request) error {
	s, err := p.suggested(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, suggestPage(r, suggestion{Form: web.NewForm(), Service: s, Done: r.URL.Query().Get("done") != ""}))
}

func (p *DeskPages) suggest(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	s, err := p.suggested(r)
	if err != nil {
		return err
	}
	to := r.Path("services/"+url.PathEscape(s.ID)) + "/suggest?done=1"
	if err = r.SlowedBy("directory suggestion", 4); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), to, r.Now.Truncate(3600e9)); err != nil {
				return err
			}
			if err := p.Store.Suggest(r.Context(), tx, Suggestion{ServiceID: s.ID, Kind: f.Get("kind"), Words: f.Get("words")}); err != nil {
				return err
			}
			return p.tellOwner(r.Context(), tx, s.Owner)
		})
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), suggestPage(r, suggestion{Form: f, Service: s}))
		}
		return err
	}
	return r.See(w, to)
}
