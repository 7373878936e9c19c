package support

import (
	"net/http"
	"time"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// keyView is what the page of one's own key shows.
type keyView struct {
	Key      *auth.VaultKey // none yet
	Print    string         // its fingerprint, to be compared before the list is signed
	Lost     bool           // a new passphrase lost it: only its paper brings it back
	Open     bool
	Until    []string  // the last days on the lists that name it; none: waits to be signed
	Paper    string    // printed key, shown once
	Replaced bool      // it took the place of one before
	Made     time.Time // the hour
}

func (p *Pages) ownKey(r *web.Request) (v keyView, err error) {
	ctx := r.Context()
	k, err := p.Store.Auth.VaultKey(ctx, p.Store.DB, r.Viewer.Account.ID)
	if fault.Is(err, fault.KindNotFound) {
		return v, nil
	}
	if err != nil {
		return v, err
	}
	reader, err := k.Reader()
	if err != nil {
		return v, err
	}
	v.Key, v.Print, v.Lost, v.Made = &k, reader.Fingerprint(), r.Viewer.Account.VaultKey == "", time.Unix(k.MadeHour, 0)
	id, _, open := r.VaultKey()
	v.Open = open && id == k.ID
	organisations, err := p.Store.Network.Organisations(ctx, p.Store.DB)
	if err != nil {
		return v, err
	}
	for _, o := range organisations {
		l, err := p.Store.List(ctx, p.Store.DB, o.ID)
		if err != nil {
			continue // none, or not believed: the team's page says which
		}
		for _, x := range l.Readers {
			if x.ID == k.ID && x.Owner == k.AccountID {
				v.Until = append(v.Until, x.Until)
			}
		}
	}
	return v, nil
}

func (p *Pages) showKey(w http.ResponseWriter, r *web.Request) error {
	v, err := p.ownKey(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, keyPage(r, v, nil))
}

// keyFailed shows the page again with what is wrong.
func (p *Pages) keyFailed(w http.ResponseWriter, r *web.Request, f *web.Form, cause error) error {
	if !f.Failed(cause) {
		return cause
	}
	v, err := p.ownKey(r)
	if err != nil {
		return err
	}
	return r.HTML(w, web.Status(f.Err), keyPage(r, v, f))
}

// makeKey answers with the printed key: no redirect, session or message ever holds it.
func (p *Pages) makeKey(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if !r.Confidential() {
		return p.keyFailed(w, r, f, fault.Conflict("support.fault.https"))
	}
	had, err := p.ownKey(r)
	if err != nil {
		return err
	}
	if had.Key != nil && !f.On("replace") {
		return p.keyFailed(w, r, f, fault.Conflict("support.fault.has_key"))
	}
	paper, err := p.Store.Auth.MakeKey(r.Context(), r.Viewer.Account.ID, f.Get("passphrase"), func(tx *db.Tx, id string) error {
		return p.Store.Leave(r.Context(), tx, id, had.Lost) // who can still open the one before first gives a colleague access
	})
	if err != nil {
		return p.keyFailed(w, r, f, err)
	}
	if r.Viewer.Account, err = p.Store.Auth.Account(r.Context(), r.Viewer.Account.ID); err != nil {
		return err
	}
	if err := r.OpenKey(w, f.Get("passphrase")); err != nil {
		return err
	}
	v, err := p.ownKey(r)
	if err != nil {
		return err
	}
	v.Paper, v.Replaced, v.Open = paper.Printed(), had.Key != nil, true
	return r.HTML(w, http.StatusOK, keyPage(r, v, nil))
}

func (p *Pages) keyBack(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if err := p.Store.Auth.PutKeyBack(r.Context(), r.Viewer.Account.ID, f.Get("passphrase"), f.Get("paper")); err != nil {
		f.Values.Del("paper")
		return p.keyFailed(w, r, f, err)
	}
	if err := r.OpenKey(w, f.Get("passphrase")); err != nil {
		return p.keyFailed(w, r, f, err)
	}
	r.Flash("support.key.is_back")
	return r.See(w, "/desk/messages/key")
}

func (p *Pages) openKey(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if err := r.OpenKey(w, f.Get("passphrase")); err != nil {
		return p.keyFailed(w, r, f, err)
	}
	return r.See(w, "/desk/messages/key")
}

// dayOf is a local date with its year.
func dayOf(p *i18n.Printer, date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return p.Date(t)
}
