package sharing

import (
	"net/http"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// askedView is what an organisation asked for and waits for.
type askedView struct {
	Waits    []waitRow
	Open     []row
	Answered []row
}

// waitRow is a wait as the page shows it.
type waitRow struct {
	Wait
	Centre network.Centre
	Space  booking.Space
}

func (w waitRow) at() (start, end time.Time) {
	return w.Interval().Start.In(w.Centre.Location()), w.Interval().End.In(w.Centre.Location())
}

// own says whether the reader is told what a confidential request is for: who made it is.
func mine(r *web.Request) func(Request) bool {
	return func(x Request) bool { return x.CreatedBy == r.Viewer.Account.ID }
}

func (p *Pages) asked(w http.ResponseWriter, r *web.Request) error {
	ctx, s := r.Context(), p.Store
	list, err := s.OfOrganisation(ctx, r.Viewer.ScopeID())
	if err != nil {
		return err
	}
	rows, err := p.rows(ctx, list, mine(r))
	if err != nil {
		return err
	}
	var v askedView
	for _, one := range rows {
		if len(one.Waiting()) > 0 {
			v.Open = append(v.Open, one)
		} else {
			v.Answered = append(v.Answered, one)
		}
	}
	waits, err := s.Waits(ctx, r.Viewer.ScopeID())
	if err != nil {
		return err
	}
	for _, x := range waits {
		one := waitRow{Wait: x}
		if one.Centre, err = s.Network.Centre(ctx, s.DB, x.CentreID); err != nil {
			return err
		}
		if one.Space, err = s.Booking.Space(ctx, s.DB, x.SpaceID); err != nil {
			return err
		}
		v.Waits = append(v.Waits, one)
	}
	return r.HTML(w, http.StatusOK, askedPage(r, v))
}

// ownRow is the organisation's own request, or NotFound.
func (p *Pages) ownRow(r *web.Request) (row, error) {
	one, err := p.Store.Request(r.Context(), p.Store.DB, r.PathValue("id"))
	if err == nil && one.OrganisationID != r.Viewer.ScopeID() {
		err = fault.NotFound("fault.not_found")
	}
	if err != nil {
		return row{}, err
	}
	rows, err := p.rows(r.Context(), []Request{one}, mine(r))
	if err != nil {
		return row{}, err
	}
	return rows[0], nil
}

func (p *Pages) own(w http.ResponseWriter, r *web.Request) error {
	v, err := p.ownRow(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, ownPage(r, v))
}

func (p *Pages) withdrawQuestion(r *web.Request) (string, error) {
	_, err := p.ownRow(r)
	return r.T("sharing.withdraw.sure"), err
}

func (p *Pages) withdraw(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.ownRow(r)
	if err != nil {
		return err
	}
	if err := p.Store.Booking.Claim(r.Context(), func(tx *db.Tx) error {
		_, err := p.Store.WithdrawTx(r.Context(), tx, r.Viewer.ScopeID(), v.ID, f.All("date"), r.Viewer.Account.ID)
		return err
	}); err != nil {
		return err
	}
	r.Flash("sharing.withdrawn")
	return r.See(w, "/desk/asked/"+v.ID)
}
