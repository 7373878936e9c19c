package support

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
	"kvart/internal/platform/web"
)

// Addresses of the person's pages, neutral as they stay in a browser's history.
const (
	contactPath  = "contact"
	codePath     = "contact/code"
	personThread = "contact/messages"
	leavePath    = "contact/leave"
)

// personRoutes are for whoever writes: no account, no cookie until something is sent or a code is typed. Every page has
// its way out.
func (p *Pages) personRoutes() []web.Route {
	list := []web.Route{
		{Pattern: "GET /{lang}/contact", Need: web.Public, Handle: p.contact},
		{Pattern: "POST /{lang}/contact", Need: web.Public, Handle: p.write},
		{Pattern: "GET /{lang}/contact/code", Need: web.Public, Handle: p.code},
		{Pattern: "POST /{lang}/contact/code", Need: web.Public, Handle: p.typed},
		{Pattern: "GET /{lang}/contact/leave", Need: web.Public, Handle: p.leave},
		{Pattern: "GET /{lang}/contact/messages", Need: web.Public, Handle: p.thread},
		{Pattern: "POST /{lang}/contact/messages", Need: web.Public, Handle: p.say},
		{Pattern: "GET /{lang}/contact/messages/{part}", Need: web.Public, Handle: p.backToThread}, // of what only takes forms
		{Pattern: "POST /{lang}/contact/messages/more", Need: web.Public, Handle: p.more},
		{Pattern: "POST /{lang}/contact/messages/strike", Need: web.Public, Ask: web.Asks("support.person.strike.sure"), Handle: p.strike},
		{Pattern: "GET /{lang}/contact/messages/files/{entry}", Need: web.Public, Handle: p.file},
		{Pattern: "GET /{lang}/contact/messages/export", Need: web.Public, Handle: p.export},
		{Pattern: "POST /{lang}/contact/messages/erase", Need: web.Public, Ask: web.Asks("support.person.erase.sure"), Handle: p.eraseAll},
	}
	for i := range list {
		list[i].Exit = leavePath
	}
	return list
}

const (
	mostTyped  = 2 << 20 // bytes of a form that come back filled in: a megabyte of text as browsers encode it is not lost
	mostStruck = 200
	anyCentre  = "any"
)

// contactView is the page on which somebody writes, calls, or reads what others ask.
type contactView struct {
	network.Basics
	Open     map[string]network.Openness // by centre id
	Centres  []Availability
	Recovery bool // what is written is sealed to a key on paper too
	Settings Settings
	Form     *web.Form
	Code     string // of the form; empty: writing is not offered here
	Full     bool   // as there is no code left to give
}

// Offered says whether the page has its form.
func (v contactView) Offered() bool { return v.Code != "" }

// Choices are the centres that may be written to.
func (v contactView) Choices() []Availability {
	return slices.DeleteFunc(slices.Clone(v.Centres), func(a Availability) bool { return !a.Open() })
}

// Shut are the centres that may not, now.
func (v contactView) Shut() []Availability {
	return slices.DeleteFunc(slices.Clone(v.Centres), func(a Availability) bool { return a.Open() })
}

// Soonest is by when somebody has looked, wherever that is.
func (v contactView) Soonest() (best Availability) {
	for _, a := range v.Choices() {
		if best.Centre.ID == "" || a.Answer.Before(best.Answer) {
			best = a
		}
	}
	return best
}

func (p *Pages) contact(w http.ResponseWriter, r *web.Request) error {
	return p.showContact(w, r, http.StatusOK, web.NewForm())
}

func (p *Pages) showContact(w http.ResponseWriter, r *web.Request, status int, f *web.Form) error {
	ctx := r.Context()
	v := contactView{Open: map[string]network.Openness{}, Form: f}
	b, err := p.Store.Network.Basics(ctx)
	if err != nil {
		return err
	}
	v.Basics = *b
	for _, c := range b.Centres {
		closures, err := p.Store.Network.Closures(ctx, p.Store.DB, c.ID, r.Now.In(c.Location()).Format(time.DateOnly))
		if err != nil {
			return err
		}
		v.Open[c.ID] = c.OpenAt(r.Now, closures)
	}
	if v.Centres, err = p.Store.Available(ctx); err != nil {
		return err
	}
	if v.Settings, err = p.Store.Settings(ctx, p.Store.DB); err != nil {
		return err
	}
	if v.Recovery, err = p.Store.HasRecovery(ctx, v.Centres); err != nil {
		return err
	}
	if r.Confidential() && len(v.Choices()) > 0 {
		// The code that came with the form stays its code: sent again, it is one message.
		if v.Code = f.Get("form_code"); v.Code != "" {
			if _, _, err := p.Store.CodeOfForm(v.Code); err != nil {
				v.Code = ""
			}
		}
		if v.Code == "" {
			if v.Code, err = p.Store.FormCode(ctx); err != nil {
				// Whoever needs a number to call gets the page, whatever is wrong with writing.
				p.Store.Log.Error("no code for a form of the contact page", "fault", fault.Of(err).Key)
				v.Code, v.Full = "", true
			}
		}
	}
	return r.HTML(w, status, contactPage(r, v))
}

// sentView is the answer to a first message: the only page that ever shows its code.
type sentView struct {
	Code   vault.Code
	Centre network.Centre
	Answer time.Time // zero: nobody is on the rota in the next two working days
	Again  bool      // it was sent before
}

// write takes a first message. The answer itself shows the access code; no redirect, no session and no flash holds it.
func (p *Pages) write(w http.ResponseWriter, r *web.Request) error {
	if !r.Confidential() {
		return fault.Forbidden("support.person.https")
	}
	leave, slow, err := p.admitted(r, "contact")
	if err != nil {
		return p.notRead(w, r, err)
	}
	defer leave()
	f, err := r.ReadUpTo(w, mostTyped)
	if fault.Of(err) != nil && web.Status(err) == http.StatusRequestEntityTooLarge {
		return p.notRead(w, r, err)
	}
	if err != nil {
		return err
	}
	var v sentView
	var visit visit
	if err = slow; err == nil {
		v, visit, err = p.takeFirst(r, f)
	}
	if err == nil && v.Code.Locator == "" { // it was sent before, and left since
		return r.HTML(w, http.StatusOK, codePage(r, web.NewForm(), "support.person.sent.left"))
	}
	if err == nil {
		_, err = p.begin(w, r, visit.request, visit.person)
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		if fault.Is(err, fault.KindConflict) { // nothing was kept; somebody may have taken the code's locator meanwhile
			f.Values.Del("form_code")
		}
		return p.showContact(w, r, web.Status(f.Err), f)
	}
	return r.HTML(w, http.StatusOK, sentPage(r, v))
}

// notRead answers a form that was not read: the page with its numbers to call, and where what was typed still is.
func (p *Pages) notRead(w http.ResponseWriter, r *web.Request, err error) error {
	f, status := web.NewForm(), web.Status(err)
	if status == http.StatusRequestEntityTooLarge {
		err = fault.Invalid("support.person.too_long", "max", MaxText)
	} else {
		err = fault.TooMany("support.person.busy")
	}
	f.Failed(err)
	return p.showContact(w, r, status, f)
}

func (p *Pages) takeFirst(r *web.Request, f *web.Form) (v sentView, who visit, err error) {
	ctx := r.Context()
	code, claim, err := p.Store.CodeOfForm(f.Get("form_code"))
	if err != nil {
		return v, who, err
	}
	list, err := p.Store.Available(ctx)
	if err != nil {
		return v, who, err
	}
	struck := struckOut(f)
	chosen, err := p.chosen(f, list, struck)
	if err == nil {
		err = checkText(f.Get("text"))
	} else if bad := checkText(f.Get("text")); bad != nil && fault.Is(err, fault.KindInvalid) {
		e := fault.Of(err) // both faults at once
		e.Fields = append(e.Fields, fault.Of(bad).Fields...)
	}
	if err != nil {
		return v, who, err
	}
	if err := r.SlowedBy("contact new", weightNew); err != nil {
		return v, who, err
	}
	h := Header{Party: Party{Centre: chosen.Centre.ID}, Lang: r.Lang(), Struck: struck}
	who.request, who.person, err = p.Store.Ask(ctx, Asking{Header: h, Text: f.Get("text"), Code: code, Claim: claim})
	if _, again := errors.AsType[*web.Already](err); again {
		return p.sentBefore(r, code)
	}
	if err != nil {
		return v, who, err
	}
	v.Code, v.Centre = code, chosen.Centre
	v.Answer, err = p.answerFor(r, chosen, struck)
	return v, who, err
}

// sentBefore is the same answer for a form that is sent twice. Where its pages were left meanwhile, somebody may have gone
// back in a browser that is not theirs alone: the code is not shown again, and the view holds none.
func (p *Pages) sentBefore(r *web.Request, code vault.Code) (v sentView, who visit, err error) {
	who.request, who.person, err = p.Store.ByCode(r.Context(), code)
	if fault.Is(err, fault.KindNotFound) { // erased since
		return v, who, nil
	}
	if err != nil {
		return v, who, err
	}
	if left, err := p.Store.Left(r.Context(), who.request); err != nil || left {
		return v, who, err
	}
	t, err := p.Store.Thread(r.Context(), who.person, who.request)
	if err != nil {
		return v, who, err
	}
	if v.Centre, err = p.Store.Network.Centre(r.Context(), p.Store.DB, t.Header.Party.Centre); err != nil {
		return v, who, err
	}
	v.Code, v.Again = code, true
	v.Answer, err = p.Store.AnswerBy(r.Context(), v.Centre.ID, t.Readers)
	return v, who, err
}

// answerFor is by when one of the centre's readers who are not struck out has looked.
func (p *Pages) answerFor(r *web.Request, a Availability, struck []string) (time.Time, error) {
	var keys []string
	for _, x := range a.Readers {
		if !slices.Contains(struck, x.KeyID) {
			keys = append(keys, x.KeyID)
		}
	}
	if len(keys) == len(a.Readers) {
		return a.Answer, nil
	}
	return p.Store.AnswerBy(r.Context(), a.Centre.ID, keys)
}

// chosen is the centre that the form is for. It returns Invalid where none is chosen, or one that cannot be written to now.
func (p *Pages) chosen(f *web.Form, list []Availability, struck []string) (Availability, error) {
	var faults fault.Form
	to := f.Get("to")
	if to == anyCentre {
		return p.Store.Choose(list, struck)
	}
	at := slices.IndexFunc(list, func(a Availability) bool { return a.Centre.ID == to })
	switch {
	case at < 0:
		faults.Add("to", "support.person.to.none")
	case !list[at].Open():
		faults.Add("to", "support.person.to.shut")
	default:
		return list[at], nil
	}
	return Availability{}, faults.Err()
}

// struckOut are the keys that the form strikes out, at whichever centre: they stay struck out wherever the message goes.
func struckOut(f *web.Form) []string {
	var list []string
	for _, id := range f.All("strike") {
		if len(id) == 36 && !slices.Contains(list, id) && len(list) < mostStruck {
			list = append(list, id)
		}
	}
	return list
}
