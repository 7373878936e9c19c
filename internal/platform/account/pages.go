// Package account is the pages of signing in and of one's own account: passphrase, passkeys, sessions, invitations,
// and the shared computer's lock. What an account may do is said elsewhere.
package account

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// Pages are the account's pages.
type Pages struct {
	Server *web.Server
	Auth   *auth.Store
	More   []web.MenuItem // what features keep for each account, linked from its page
}

// Routes of the account, public first.
func (p *Pages) Routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /desk/sign-in", Need: web.Public, Handle: p.signInForm},
		{Pattern: "POST /desk/sign-in", Need: web.Public, Handle: p.signIn},
		{Pattern: "POST /desk/sign-in/passkey/begin", Need: web.Public, Handle: p.beginPasskey},
		{Pattern: "POST /desk/sign-in/passkey/finish", Need: web.Public, Handle: p.finishPasskey},
		{Pattern: "GET /desk/sign-in/second", Need: web.Public, Handle: p.second},
		{Pattern: "GET /desk/welcome/{token}", Need: web.Public, Handle: p.welcome},
		{Pattern: "POST /desk/welcome/{token}", Need: web.Public, Handle: p.accept},
		{Pattern: "POST /desk/sign-out", Need: web.Public, Handle: p.signOut},
		{Pattern: "POST /desk/lock", Need: web.SignedIn, Handle: p.lock},
		{Pattern: "POST /desk/unlock", Need: web.SignedIn, Handle: p.unlock},
		{Pattern: "POST /desk/acting", Need: web.SignedIn, Handle: p.acting},
		{Pattern: "GET /desk/me", Need: web.SignedIn, Handle: p.me},
		{Pattern: "POST /desk/me", Need: web.SignedIn, Handle: p.changeMe},
		{Pattern: "POST /desk/me/address", Need: web.SignedIn, Handle: p.address},
		{Pattern: "POST /desk/me/passphrase", Need: web.SignedIn, Handle: p.passphrase},
		{Pattern: "POST /desk/me/everywhere", Need: web.SignedIn, Handle: p.everywhere},
		{Pattern: "POST /desk/me/passkeys/begin", Need: web.SignedIn, Handle: p.beginAdd},
		{Pattern: "POST /desk/me/passkeys/finish", Need: web.SignedIn, Handle: p.finishAdd},
		{Pattern: "POST /desk/me/passkeys/remove", Need: web.SignedIn, Ask: web.Asks("platform.me.passkey.sure"), Handle: p.removePasskey},
	}
}

// next is where to go after signing in: a path of the desk and nothing else, so that no link leads away.
func next(s string) string {
	if strings.HasPrefix(s, "/desk/") && !strings.Contains(s, "\\") && !strings.Contains(s, "//") && !strings.HasPrefix(s, "/desk/sign-") {
		return s
	}
	return "/desk/"
}

func (p *Pages) signInForm(w http.ResponseWriter, r *web.Request) error {
	if r.Viewer.In() {
		return r.See(w, next(r.URL.Query().Get("next")))
	}
	return r.HTML(w, http.StatusOK, signInPage(r, web.NewForm("next", next(r.URL.Query().Get("next")))))
}

func (p *Pages) signIn(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	var a auth.Account
	var kek auth.KEK
	if err = r.Slowed("sign-in"); err == nil {
		a, kek, err = p.Auth.SignIn(r.Context(), f.Get("login"), f.Get("passphrase"))
	}
	if err != nil {
		if fault.Is(err, fault.KindUnauthenticated) {
			err = fault.Invalid("platform.sign_in.wrong").Because(err)
		}
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), signInPage(r, f))
	}
	if err := p.Server.KeepKey(w, r, a, kek); err != nil {
		return err
	}
	return p.passed(w, r, a.ID, next(f.Get("next")))
}

func (p *Pages) second(w http.ResponseWriter, r *web.Request) error {
	if p.Server.Sessions.GetString(r.Context(), "half") == "" {
		return r.See(w, "/desk/sign-in")
	}
	return r.HTML(w, http.StatusOK, secondPage(r, next(p.Server.Sessions.GetString(r.Context(), "next"))))
}

func (p *Pages) beginPasskey(w http.ResponseWriter, r *web.Request) error {
	if err := r.Slowed("sign-in"); err != nil {
		return err
	}
	options, ceremony, err := p.Auth.BeginLogin(r.Context(), p.Server.Sessions.GetString(r.Context(), "half"))
	if err != nil {
		return err
	}
	p.Server.Sessions.Put(r.Context(), "ceremony", ceremony)
	return r.JSON(w, http.StatusOK, options)
}

func (p *Pages) finishPasskey(w http.ResponseWriter, r *web.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, web.MaxForm)
	half := p.Server.Sessions.PopString(r.Context(), "half")
	id, err := p.Auth.FinishLogin(r.Context(), p.Server.Sessions.PopString(r.Context(), "ceremony"), half, r.Request)
	if err != nil {
		return err
	}
	if err := p.Server.Begin(r, id); err != nil {
		return err
	}
	return r.JSON(w, http.StatusOK, []byte(`{"location":"`+next(p.Server.Sessions.PopString(r.Context(), "next"))+`"}`))
}

func (p *Pages) signOut(w http.ResponseWriter, r *web.Request) error {
	if err := p.Server.End(r); err != nil {
		return err
	}
	return r.See(w, "/desk/sign-in")
}

func (p *Pages) lock(w http.ResponseWriter, r *web.Request) error {
	p.Server.Lock(r)
	if r.Header.Get("Accept") == "application/json" {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return r.See(w, "/desk/")
}

func (p *Pages) unlock(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	inPlace := r.Header.Get("Accept") == "application/json"
	if err := p.Server.Unlock(w, r, cmp.Or(f.Get("passphrase"), f.Get("_passphrase"))); err != nil {
		if inPlace {
			return err
		}
		return p.Server.StillLocked(w, r, err)
	}
	if inPlace {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return r.See(w, next(f.Get("next")))
}

func (p *Pages) acting(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if err := p.Server.Act(r, f.Get("place")); err != nil {
		return err
	}
	return r.See(w, "/desk/")
}

// welcome is the page behind a link of an invitation or a reset; opening it does nothing, only its button does.
func (p *Pages) welcome(w http.ResponseWriter, r *web.Request) error {
	link, err := p.Auth.Peek(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, welcomePage(r, r.PathValue("token"), link, web.NewForm("login", link.Email, "name", link.Name)))
}

func (p *Pages) accept(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	token := r.PathValue("token")
	link, err := p.Auth.Peek(r.Context(), token)
	if err != nil {
		return err
	}
	id, err := p.use(r.Context(), link, token, f)
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), welcomePage(r, token, link, f))
	}
	switch link.Kind {
	case auth.LinkResident:
		return p.passed(w, r, id, r.Path("mine"))
	case auth.LinkAddress: // reading a mail box signs nobody of the team in, and another may be signed in here
		r.Flash("platform.me.address.done", "name", link.Name)
		if r.Viewer.Account.ID == id {
			return r.See(w, "/desk/me")
		}
		return r.See(w, "/desk/")
	}
	return p.passed(w, r, id, "/desk/")
}

// passed begins the session of somebody whose passphrase or link was right, or asks for the passkey where the account has one.
func (p *Pages) passed(w http.ResponseWriter, r *web.Request, accountID, after string) error {
	keys, err := p.Auth.Passkeys(r.Context(), accountID)
	if err != nil {
		return err
	}
	if len(keys) > 0 {
		p.Server.Sessions.Put(r.Context(), "half", accountID)
		p.Server.Sessions.Put(r.Context(), "next", after)
		return r.See(w, "/desk/sign-in/second")
	}
	if err := p.Server.Begin(r, accountID); err != nil {
		return err
	}
	return r.See(w, after)
}

// choosesPassphrase says whether a link of the kind asks for a new passphrase.
func choosesPassphrase(kind string) bool { return kind == auth.LinkInvite || kind == auth.LinkReset }

func (p *Pages) use(ctx context.Context, link auth.Link, token string, f *web.Form) (string, error) {
	if choosesPassphrase(link.Kind) && f.Get("new") != f.Get("again") {
		var faults fault.Form
		faults.Add("again", "platform.me.differs")
		return "", faults.Err()
	}
	switch link.Kind {
	case auth.LinkInvite:
		a, err := p.Auth.AcceptInvite(ctx, token, f.Get("login"), f.Get("name"), f.Get("new"))
		return a.ID, err
	case auth.LinkReset:
		a, _, err := p.Auth.UseReset(ctx, token, f.Get("new"))
		return a.ID, err
	case auth.LinkResident:
		a, err := p.Auth.UseResidentLink(ctx, token)
		return a.ID, err
	case auth.LinkAddress:
		return link.AccountID, p.newAddress(ctx, link, token)
	}
	return "", errors.New("a link of an unknown kind")
}
