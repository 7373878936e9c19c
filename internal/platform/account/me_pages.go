package account

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/mail"
	"kvart/internal/platform/web"
)

// mine is one's own account as its page shows it.
type mine struct {
	Keys   []auth.Passkey
	Events []auth.Event
	Hours  []web.Option
	More   []web.MenuItem
}

func (p *Pages) me(w http.ResponseWriter, r *web.Request) error {
	a := r.Viewer.Account
	return p.showMe(w, r, http.StatusOK, web.NewForm("name", a.Name, "lang", string(a.Lang), "hour", strconv.Itoa(a.DigestHour)))
}

func (p *Pages) showMe(w http.ResponseWriter, r *web.Request, status int, f *web.Form) error {
	v := mine{More: p.More}
	var err error
	a := r.Viewer.Account
	if v.Keys, err = p.Auth.Passkeys(r.Context(), a.ID); err != nil {
		return err
	}
	if v.Events, err = p.Auth.Events(r.Context(), a.ID); err != nil {
		return err
	}
	for h := range 24 {
		if h >= 6 && h <= 20 || h == a.DigestHour {
			v.Hours = append(v.Hours, web.Option{Value: strconv.Itoa(h), Label: r.Clock(time.Date(2000, 1, 1, h, 0, 0, 0, time.UTC))})
		}
	}
	for _, own := range [][2]string{{"name", a.Name}, {"lang", string(a.Lang)}, {"hour", strconv.Itoa(a.DigestHour)}} { // the page's other forms leave them out
		if !f.Values.Has(own[0]) {
			f.Values.Set(own[0], own[1])
		}
	}
	return r.HTML(w, status, mePage(r, f, v))
}

func (p *Pages) changeMe(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	var faults fault.Form
	o := auth.Own{Name: f.Get("name"), Lang: i18n.Lang(f.Get("lang")), DigestHour: f.Int(&faults, "hour", r.Viewer.Account.DigestHour, 0, 23)}
	if err = faults.Err(); err == nil {
		err = p.Auth.ChangeOwn(r.Context(), r.Viewer.Account.ID, o)
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return p.showMe(w, r, web.Status(f.Err), f)
	}
	r.Flash("platform.me.saved")
	return r.See(w, "/desk/me")
}

// address sends a link to the new address; the account has it once the link was used.
func (p *Pages) address(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	err = p.Auth.AddressLink(r.Context(), r.Viewer.Account.ID, f.Get("present"), f.Get("email"), func(tx *db.Tx, token string) error {
		m := mail.Message{To: f.Get("email"), Subject: r.T("platform.me.address.subject"),
			Body: r.T("platform.me.address.body", "address", r.Base()+"/desk/welcome/"+token)}
		if err := mail.Queue(r.Context(), tx, m); fault.Is(err, fault.KindInvalid) {
			var faults fault.Form
			faults.Add("email", "platform.me.address.fault")
			return faults.Err()
		} else if err != nil {
			return err
		}
		return nil
	})
	if err != nil {
		if err = wrongPassphrase(err, "present"); !f.Failed(err) {
			return err
		}
		return p.showMe(w, r, web.Status(f.Err), f)
	}
	r.Flash("platform.me.address.sent")
	return r.See(w, "/desk/me")
}

// newAddress changes the address and tells the box that was the account's until now: who reads only that one must hear of it.
func (p *Pages) newAddress(ctx context.Context, link auth.Link, token string) error {
	before, err := p.Auth.Account(ctx, link.AccountID)
	if err != nil {
		return err
	}
	if _, err := p.Auth.UseAddressLink(ctx, token); err != nil || before.Email == "" || before.Email == link.Email {
		return err
	}
	words := p.Server.Texts.For(before.Lang)
	return p.Auth.DB.Tx(ctx, func(tx *db.Tx) error {
		return mail.Queue(ctx, tx, mail.Message{To: before.Email, Subject: words.T("platform.me.address.moved.subject"), Body: words.T("platform.me.address.moved", "name", before.Name)})
	})
}

// wrongPassphrase is a fault of the form's field where the passphrase typed in it was wrong: it must not look as if the
// session were over.
func wrongPassphrase(err error, field string) error {
	if !fault.Is(err, fault.KindUnauthenticated) {
		return err
	}
	var faults fault.Form
	faults.Add(field, "platform.me.old_wrong")
	return faults.Err()
}

func (p *Pages) passphrase(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if f.Get("new") != f.Get("again") {
		var faults fault.Form
		faults.Add("again", "platform.me.differs")
		err = faults.Err()
	} else {
		err = p.Auth.ChangePassphrase(r.Context(), r.Viewer.Account.ID, f.Get("old"), f.Get("new"))
	}
	if err != nil {
		if err = wrongPassphrase(err, "old"); !f.Failed(err) {
			return err
		}
		return p.showMe(w, r, web.Status(f.Err), f)
	}
	r.Flash("platform.me.changed")
	return r.See(w, "/desk/me")
}

func (p *Pages) everywhere(w http.ResponseWriter, r *web.Request) error {
	if err := p.Auth.SignOutEverywhere(r.Context(), r.Viewer.Account.ID); err != nil {
		return err
	}
	if err := p.Server.End(r); err != nil {
		return err
	}
	return r.See(w, "/desk/sign-in")
}

func (p *Pages) beginAdd(w http.ResponseWriter, r *web.Request) error {
	options, ceremony, err := p.Auth.BeginRegister(r.Context(), r.Viewer.Account)
	if err != nil {
		return err
	}
	p.Server.Sessions.Put(r.Context(), "ceremony", ceremony)
	return r.JSON(w, http.StatusOK, options)
}

func (p *Pages) finishAdd(w http.ResponseWriter, r *web.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, web.MaxForm)
	if err := p.Auth.FinishRegister(r.Context(), p.Server.Sessions.PopString(r.Context(), "ceremony"), r.Viewer.Account, r.Request); err != nil {
		return err
	}
	r.Flash("platform.me.passkey_added")
	return r.JSON(w, http.StatusOK, []byte(`{"location":"/desk/me"}`))
}

func (p *Pages) removePasskey(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if err := p.Auth.RemovePasskey(r.Context(), r.Viewer.Account.ID, f.Get("id")); err != nil {
		return err
	}
	return r.See(w, "/desk/me")
}
