package premises

import (
	"net/http"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// acted answers a step: with the request's page, or with its form and what is wrong about it.
func (p *Pages) acted(w http.ResponseWriter, r *web.Request, f *web.Form, err error, done string) error {
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		one, again := p.request(r)
		if again != nil {
			return again
		}
		return p.showOne(w, r, web.Status(f.Err), one, f)
	}
	r.Flash(done)
	return r.See(w, "/desk/premises/"+r.PathValue("id"))
}

func (p *Pages) sent(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if _, err := p.request(r); err != nil {
		return err
	}
	var faults fault.Form
	x := Sending{On: f.Get("sent_on"), Reference: f.Get("reference"), AnswerDays: f.Int(&faults, "answer_days", AnswerDays, 1, 365)}
	if err = faults.Err(); err == nil {
		err = p.Store.Send(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), x, r.Viewer.Account.ID)
	}
	return p.acted(w, r, f, err, "premises.sent.done")
}

func (p *Pages) asked(w http.ResponseWriter, r *web.Request) error {
	if err := p.Store.Ask(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("premises.asked.done")
	return r.See(w, "/desk/premises/"+r.PathValue("id"))
}

func (p *Pages) decided(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if _, err := p.request(r); err != nil {
		return err
	}
	d := Decision{Granted: f.Get("outcome") == string(Granted), On: f.Get("decided_on"), Reason: f.Get("reason"), Conditions: f.Get("conditions"),
		ValidFrom: f.Get("valid_from"), ValidTo: f.Get("valid_to"), RenewOn: f.Get("renew_on")}
	if !d.Granted && f.Get("outcome") != string(Declined) {
		var faults fault.Form
		faults.Add("outcome", "premises.fault.outcome")
		err = faults.Err()
	} else {
		err = p.Store.Decide(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), d, r.Viewer.Account.ID)
	}
	return p.acted(w, r, f, err, "premises.decided.done")
}

func (p *Pages) withdrawQuestion(r *web.Request) (string, error) {
	one, err := p.request(r)
	if err != nil {
		return "", err
	}
	return r.T("premises.withdraw.sure", "what", one.Place), nil
}

func (p *Pages) withdraw(w http.ResponseWriter, r *web.Request) error {
	if err := p.Store.Withdraw(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("premises.withdrawn.done")
	return r.See(w, "/desk/premises/"+r.PathValue("id"))
}

func (p *Pages) again(w http.ResponseWriter, r *web.Request) error {
	next, err := p.Store.Again(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.Account.ID)
	if err != nil {
		return err
	}
	r.Flash("premises.again.done")
	return r.See(w, "/desk/premises/"+next)
}
