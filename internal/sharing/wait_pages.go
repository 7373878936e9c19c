package sharing

import (
	"net/http"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// wait puts the organisation on the list of those who wait for the room then.
func (p *Pages) wait(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.askView(r, f)
	if err == nil && !v.Waits {
		err = fault.NotFound("fault.not_found")
	}
	if err != nil {
		return err
	}
	var faults fault.Form
	a := readAsk(r, v, &faults)
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), "/desk/asked", r.Now); err != nil {
				return err
			}
			_, err := p.Store.WaitTx(r.Context(), tx, a)
			return err
		})
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		if err := p.foresee(r, &v); err != nil {
			return err
		}
		return r.HTML(w, web.Status(f.Err), askPage(r, v))
	}
	r.Flash("sharing.waits.added")
	return r.See(w, "/desk/asked")
}

func (p *Pages) takeOffer(w http.ResponseWriter, r *web.Request) error {
	var made Request
	if err := p.Store.Booking.Claim(r.Context(), func(tx *db.Tx) (err error) {
		made, err = p.Store.TakeTx(r.Context(), tx, r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.Account.ID)
		return err
	}); err != nil {
		return err
	}
	if made.State() == Approved {
		r.Flash("sharing.booked")
	} else {
		r.Flash("sharing.sent")
	}
	return r.See(w, "/desk/asked/"+made.ID)
}

func (p *Pages) leaveQuestion(r *web.Request) (string, error) {
	_, err := p.Store.Wait(r.Context(), p.Store.DB, r.Viewer.ScopeID(), r.PathValue("id"))
	return r.T("sharing.waits.leave.sure"), err
}

func (p *Pages) leave(w http.ResponseWriter, r *web.Request) error {
	if err := p.Store.Booking.Claim(r.Context(), func(tx *db.Tx) error {
		return p.Store.Leave(r.Context(), tx, r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.Account.ID)
	}); err != nil {
		return err
	}
	r.Flash("sharing.waits.left")
	return r.See(w, "/desk/asked")
}
