package participation

import (
	"errors"
	"net/http"
	"strconv"
	"sync"
	"unicode/utf8"

	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/vault"
	"kvart/internal/platform/web"
)

// Pages are the pages of participation.
type Pages struct {
	Store *Store

	drawing sync.Mutex // of a poster
}

// proposeView is the form of a proposal, at the desk or for everybody.
type proposeView struct {
	Form    *web.Form
	Centres []network.Centre
	Desk    bool
	Similar []Proposal // what seems to say the same; the form is being checked
	Checked bool
}

func (p *Pages) proposeView(r *web.Request, f *web.Form, desk bool) (proposeView, error) {
	b, err := p.Store.Network.Basics(r.Context())
	if fault.Is(err, fault.KindNotFound) {
		return proposeView{Form: f, Desk: desk}, nil
	}
	if err != nil {
		return proposeView{}, err
	}
	return proposeView{Form: f, Centres: b.Centres, Desk: desk}, nil
}

func (p *Pages) propose(w http.ResponseWriter, r *web.Request) error {
	f := web.NewForm("open", "1", "centre", "")
	b, err := p.Store.Network.Basics(r.Context())
	if err == nil {
		for _, c := range b.Centres {
			if c.Slug == r.URL.Query().Get("centre") || len(b.Centres) == 1 {
				f.Values.Set("centre", c.ID)
			}
		}
	}
	v, err := p.proposeView(r, f, false)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, proposePage(r, v))
}

// readAsking reads the form of a proposal.
func (p *Pages) readAsking(r *web.Request, f *web.Form, faults *fault.Form) Asking {
	a := Asking{Proposal: Proposal{CentreID: f.Get("centre"), Lang: r.Lang(), Title: f.Get("title"), About: f.Get("about"), ForWhom: f.Get("for_whom"), Room: f.Get("room"),
		Equipment: f.Get("equipment"), People: f.Get("people"), Doing: f.Get("doing"), PublicName: f.Get("public_name"), Open: f.Get("open") != "0", Channel: Web},
		Contact: Contact{Name: f.Get("contact_name"), Email: f.Get("email"), Phone: f.Get("phone")}, Claim: f.Get("form_key"), Code: p.Store.Ticket(f.Get("form_key")), By: "public"}
	a.ResidentDoes = a.Doing != ""
	if f.Get("money") != "" {
		cents := int64(f.Int(faults, "money", 0, 0, mostMoney)) * 100
		a.MoneyCents = &cents
	}
	return a
}

// proposed takes the form: first it is checked, with what seems to say the same; then it is kept, and its code shown.
func (p *Pages) proposed(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.proposeView(r, f, false)
	if err != nil {
		return err
	}
	var faults fault.Form
	a := p.readAsking(r, f, &faults)
	return p.take(w, r, v, a, &faults, "")
}

// take checks a proposal or keeps it, and answers.
func (p *Pages) take(w http.ResponseWriter, r *web.Request, v proposeView, a Asking, faults *fault.Form, centreID string) error {
	f := v.Form
	again := func(err error) error {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), proposePage(r, v))
	}
	for _, err := range []error{a.Proposal.Check(), a.Contact.Check()} {
		if err != nil {
			for _, x := range fault.Of(err).Fields {
				faults.Add(x.Name, x.Key, x.Args...)
			}
		}
	}
	if err := faults.Err(); err != nil {
		return again(err)
	}
	switch {
	case f.On("back"):
		return r.HTML(w, http.StatusOK, proposePage(r, v))
	case !f.On("checked"):
		var err error
		if v.Similar, err = p.Store.LikeIt(r.Context(), a.Proposal, centreID); err != nil {
			return err
		}
		v.Checked = true
		return r.HTML(w, http.StatusOK, checkPage(r, v, a))
	}
	if !v.Desk {
		if err := r.Slowed("propose"); err != nil {
			return again(err)
		}
	}
	id, err := p.Store.Propose(r.Context(), a)
	if err != nil && !already(err) {
		return again(err)
	}
	if err != nil { // sent twice: the code is the same
		one, err := p.Store.ByCode(r.Context(), p.Store.DB, a.Code)
		if err != nil {
			return again(fault.Conflict("participation.fault.form_over").Because(err))
		}
		id = one.ID
	}
	return r.HTML(w, http.StatusOK, thanksPage(r, v, a, id))
}

// paper is the empty form to print and fill in by hand.
func (p *Pages) paper(w http.ResponseWriter, r *web.Request) error {
	v, err := p.proposeView(r, web.NewForm(), false)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, paperPage(r, v))
}

func (p *Pages) code(w http.ResponseWriter, r *web.Request) error {
	return r.HTML(w, http.StatusOK, codePage(r, web.NewForm()))
}

// ticket reads the field "code". A code that is wrong, or that nobody has, is one fault of the field.
func (p *Pages) ticket(r *web.Request, f *web.Form) (vault.Ticket, Proposal, error) {
	var faults fault.Form
	t, err := vault.ParseTicket(f.Get("code"))
	if wrong, ok := errors.AsType[*vault.CodeError](err); ok {
		switch {
		case f.Get("code") == "":
			faults.Add("code", "participation.code.empty")
		case wrong.Group > 0:
			faults.Add("code", "participation.code.group", "n", wrong.Group)
		case wrong.Short:
			faults.Add("code", "participation.code.short")
		default:
			faults.Add("code", "participation.code.long")
		}
		return t, Proposal{}, faults.Err()
	}
	if err := r.Slowed("proposal code"); err != nil {
		return t, Proposal{}, err
	}
	one, err := p.Store.ByCode(r.Context(), p.Store.DB, t)
	if fault.Is(err, fault.KindNotFound) {
		faults.Add("code", "participation.code.unknown")
		return t, one, faults.Err()
	}
	return t, one, err
}

// withCode runs an act of who has the code, and answers with their page.
func (p *Pages) withCode(w http.ResponseWriter, r *web.Request, do func(vault.Ticket) error, done string) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	t, one, err := p.ticket(r, f)
	if err == nil && do != nil {
		if err = do(t); err == nil {
			one, err = p.Store.ByCode(r.Context(), p.Store.DB, t)
		}
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), codePage(r, f))
	}
	v, err := p.thread(r, one)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, yoursPage(r, v, t.Printed(), done))
}

func (p *Pages) yours(w http.ResponseWriter, r *web.Request) error {
	return p.withCode(w, r, nil, "")
}

func (p *Pages) agree(w http.ResponseWriter, r *web.Request) error {
	return p.withCode(w, r, func(t vault.Ticket) error { return p.Store.Agree(r.Context(), t) }, "participation.agree.done")
}

func (p *Pages) withdraw(w http.ResponseWriter, r *web.Request) error {
	return p.withCode(w, r, func(t vault.Ticket) error { return p.Store.Withdraw(r.Context(), t) }, "participation.withdraw.done")
}

// similar answers the form of a proposal while it is typed: what others proposed in public that seems to be the same, as a
// part of a page, or nothing. The words are in no address and are not kept.
func (p *Pages) similar(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if err := r.Slowed("similar proposals"); err != nil {
		return err
	}
	one := Proposal{Lang: r.Lang(), Title: f.Get("title"), About: f.Get("about")}
	if l, ok := i18n.Parse(f.Get("lang")); ok {
		one.Lang = l
	}
	var list []Proposal
	if utf8.RuneCountInString(one.Title) <= mostTitle && utf8.RuneCountInString(one.About) <= mostAbout {
		if list, err = p.Store.LikeIt(r.Context(), one, ""); err != nil {
			return err
		}
	}
	return r.HTML(w, http.StatusOK, similarPart(r, list))
}

// pageOf is the page of a list that the address asks for, from nought.
func pageOf(r *web.Request) int {
	if n, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil && n > 0 && n < 10000 {
		return n
	}
	return 0
}

// before and after are the addresses of the pages beside one, or "".
func before(r *web.Request, page int) string {
	switch page {
	case 0:
		return ""
	case 1:
		return r.With("page", "")
	}
	return r.With("page", number(page-1))
}

func after(r *web.Request, page int, more bool) string {
	if !more {
		return ""
	}
	return r.With("page", number(page+1))
}

func number(n int) string { return strconv.Itoa(n) }
