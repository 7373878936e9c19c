package support

import (
	"errors"
	"net/http"
	"slices"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/vault"
	"kvart/internal/platform/web"
)

// newPage is the form on which a worker takes a request in person or by phone, the person hearing what is written.
type newPage struct {
	Form      *web.Form
	Settings  Settings
	Team      []Reader // of whom the person may strike out anybody
	Readers   int
	Opens     string
	Exception string
}

func (p *Pages) newForm(w http.ResponseWriter, r *web.Request, by Reading) error {
	code, err := p.Store.FormCode(r.Context())
	if err != nil {
		return err
	}
	return p.newWith(w, r, http.StatusOK, by, web.NewForm("code", code, "back", "code", "lang", string(r.Lang())))
}

func (p *Pages) newWith(w http.ResponseWriter, r *web.Request, status int, by Reading, f *web.Form) error {
	v := newPage{Form: f}
	var err error
	if v.Settings, err = p.Store.Settings(r.Context(), p.Store.DB); err != nil {
		return err
	}
	team, err := p.Store.Team(r.Context(), p.Store.DB, Party{Centre: r.Viewer.ScopeID()})
	if err != nil {
		return err
	}
	v.Readers, v.Team = len(team.Readers()), colleagues(team, by.ID)
	v.Opens, v.Exception = r.Pick(v.Settings.Opens), r.Pick(v.Settings.Exception)
	return r.HTML(w, status, newView(r, v))
}

// takeSpoken seals what the worker wrote to the team and to the person, and shows the code once: no redirect, flash or session
// ever holds it. Sending the form twice is one request, and shows the same code.
func (p *Pages) takeSpoken(w http.ResponseWriter, r *web.Request, by Reading) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	refuse := func(err error) error {
		if !f.Failed(err) {
			return err
		}
		return p.newWith(w, r, web.Status(err), by, f)
	}
	code, claim, err := p.Store.CodeOfForm(f.Get("code"))
	if err != nil { // the form is over: what was typed goes on with a fresh code
		fresh, freshErr := p.Store.FormCode(r.Context())
		if freshErr != nil {
			return freshErr
		}
		f.Values.Set("code", fresh)
		return refuse(err)
	}
	lang, ok := i18n.Parse(f.Get("lang"))
	if !ok {
		lang = r.Lang()
	}
	h := Header{Party: Party{Centre: r.Viewer.ScopeID()}, Lang: lang, Topic: f.Get("topic"), Struck: f.All("struck"),
		Reach: Reach{Name: f.Get("name"), NameSafe: f.Get("namesafe"), Pronouns: f.Get("pronouns"), Ways: f.Get("ways"), Times: f.Get("times"),
			Email: f.Get("email"), Phone: f.Get("phone"), NotTell: f.Get("nottell")},
		Minor: f.On("minor"), Danger: f.On("danger"), Assigned: by.ID, Spoken: true}
	declined := f.Get("back") == "agreed"
	var faults fault.Form
	if declined {
		h.WayBack = f.Text(&faults, "wayback", 300, true)
	}
	if slices.Contains(h.Struck, by.ID) {
		faults.Add("struck", "fault.required")
	}
	for _, err := range []error{checkText(f.Get("text")), h.Check()} {
		addFaults(&faults, err)
	}
	team, err := p.Store.Team(r.Context(), p.Store.DB, h.Party)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(team.Readers(), func(m Reader) bool { return m.KeyID == by.ID }) {
		return refuse(fault.Conflict("support.waiting.signature"))
	}
	settings, err := p.Store.Settings(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	if h.Topic != "" && settings.Topic(h.Topic, i18n.HR) == "" {
		faults.Add("topic", "fault.required")
	}
	if err := faults.Err(); err != nil {
		return refuse(err)
	}
	ask := Asking{Header: h, Text: f.Get("text"), Code: code, Claim: claim, By: by}
	if declined {
		ask.Code = vault.Code{}
	}
	id, _, err := p.Store.Ask(r.Context(), ask)
	if _, again := errors.AsType[*web.Already](err); again {
		if declined {
			return r.See(w, "/desk/messages")
		}
		id, err = "", nil
	}
	if err != nil {
		return refuse(err)
	}
	if declined {
		return r.See(w, threadPath(id))
	}
	return r.HTML(w, http.StatusOK, codeView(r, id, code.Printed(), contactAddress(r, lang)))
}

// contactAddress is where somebody comes back with a code, in their language.
func contactAddress(r *web.Request, l i18n.Lang) string {
	return r.Base() + "/" + string(l) + "/contact"
}

// codeForm asks once more before a new code takes the place of a lost one.
func (p *Pages) codeForm(w http.ResponseWriter, r *web.Request, by Reading) error {
	if _, _, err := p.Store.opensFor(r.Context(), by, r.PathValue("id")); err != nil {
		return err
	}
	code, err := p.Store.FormCode(r.Context())
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, newCodeView(r, r.PathValue("id"), web.NewForm("code", code)))
}

// newCode gives somebody whom the worker knows a new code, in person. The one before opens nothing more, and the thread
// says that it was done.
func (p *Pages) newCode(w http.ResponseWriter, r *web.Request, by Reading) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	_, h, err := p.Store.opensFor(r.Context(), by, id)
	if err != nil {
		return err
	}
	code, claim, err := p.Store.CodeOfForm(f.Get("code"))
	if err == nil && !f.On("known") {
		var faults fault.Form
		faults.Add("known", "fault.required")
		err = faults.Err()
	} else if err != nil {
		fresh, freshErr := p.Store.FormCode(r.Context())
		if freshErr != nil {
			return freshErr
		}
		f.Values.Set("code", fresh)
	}
	if err == nil {
		err = p.Store.Write(r.Context(), by, id, Change{Entries: []Entry{{Kind: NewCode}}, Code: code, Claim: claim, Header: func(h *Header) { h.WayBack = "" }})
		if _, again := errors.AsType[*web.Already](err); again {
			err = nil
		}
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(err), newCodeView(r, id, f))
	}
	return r.HTML(w, http.StatusOK, codeView(r, id, code.Printed(), contactAddress(r, h.Lang)))
}
