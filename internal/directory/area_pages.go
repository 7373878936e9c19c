package directory

import (
	"net/http"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// What an organisation's own area has beside its entries: suggestions about them, searches that found nothing, and what
// organisations lend each other.

// correction is a suggestion with what it is about.
type correction struct {
	Suggestion
	Service Service
}

func (p *DeskPages) corrections(w http.ResponseWriter, r *web.Request) error {
	where, args := p.looksAfter(r)
	if forOrganisation(r) {
		where, args = `s.organisation_id = :o`, db.Args{"o": r.Viewer.ScopeID()}
	}
	var list []Suggestion
	if err := p.Store.DB.Select(r.Context(), &list, `SELECT * FROM directory_suggestions WHERE service_id IN (SELECT id FROM directory_services s WHERE `+where+`)
		ORDER BY CASE state WHEN 'open' THEN 0 ELSE 1 END, at DESC, id LIMIT 200`, args); err != nil {
		return err
	}
	var ids []string
	for _, x := range list {
		ids = append(ids, x.ServiceID)
	}
	services, err := p.Store.Services(r.Context(), p.Store.DB, ids)
	if err != nil {
		return err
	}
	byID := map[string]Service{}
	for _, s := range services {
		byID[s.ID] = s
	}
	var open, over []correction
	for _, x := range list {
		c := correction{x, byID[x.ServiceID]}
		if x.State == "open" {
			open = append(open, c)
		} else {
			over = append(over, c)
		}
	}
	_, zone, err := p.Store.LocalDay(r.Context())
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, deskCorrectionsPage(r, open, over, zone))
}

func (p *DeskPages) answerCorrection(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if err := p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		x, err := p.Store.Suggestion(r.Context(), tx, r.PathValue("id"))
		if err != nil {
			return err
		}
		s, err := p.Store.Service(r.Context(), tx, x.ServiceID)
		if err != nil {
			return err
		}
		if !keeps(r, s.Owner) {
			return fault.NotFound("fault.not_found")
		}
		return p.Store.AnswerSuggestion(r.Context(), tx, x.ID, f.Get("state"), r.Viewer.Account.ID)
	}); err != nil {
		return err
	}
	r.Flash("directory.corrections.answered")
	return r.See(w, correctionsPath)
}

func (p *DeskPages) missed(w http.ResponseWriter, r *web.Request) error {
	list, err := p.Store.Misses(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	n, err := p.Store.Network.Network(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	areas, err := p.Store.Network.Areas(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	names := map[string]string{"": r.T("directory.missed.anywhere")}
	for _, a := range areas {
		names[a.ID] = r.Pick(a.Name)
	}
	return r.HTML(w, http.StatusOK, deskMissedPage(r, list, names, n.Disclosure))
}

func (p *DeskPages) lend(w http.ResponseWriter, r *web.Request) error {
	return p.showLend(w, r, http.StatusOK, web.NewForm())
}

func (p *DeskPages) showLend(w http.ResponseWriter, r *web.Request, status int, f *web.Form) error {
	today, _, err := p.Store.LocalDay(r.Context())
	if err != nil {
		return err
	}
	list, err := p.Store.Offers(r.Context(), p.Store.DB, today)
	if err != nil {
		return err
	}
	return r.HTML(w, status, deskLendPage(r, list, f, forOrganisation(r)))
}

func (p *DeskPages) addLend(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	today, _, err := p.Store.LocalDay(r.Context())
	if err != nil {
		return err
	}
	o := Offer{OrganisationID: r.Viewer.ScopeID(), Kind: f.Get("kind"), What: f.Get("what"), Until: f.Get("until")}
	if err := p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		if err := web.Claim(r.Context(), tx, f.Get("form_key"), lendPath, r.Now); err != nil {
			return err
		}
		return p.Store.AddOffer(r.Context(), tx, o, today, r.Viewer.Account.ID)
	}); err != nil {
		if f.Failed(err) {
			return p.showLend(w, r, web.Status(f.Err), f)
		}
		return err
	}
	r.Flash("directory.lend.added")
	return r.See(w, lendPath)
}

func (p *DeskPages) endLend(w http.ResponseWriter, r *web.Request) error {
	if _, err := r.Read(w); err != nil {
		return err
	}
	if err := p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		return p.Store.EndOffer(r.Context(), tx, r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.Account.ID)
	}); err != nil {
		return err
	}
	r.Flash("directory.lend.ended")
	return r.See(w, lendPath)
}
