package booking

import (
	"net/http"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// one is a booking of the centre as the reader may see it; one that is only "taken" to the reader is NotFound.
func (p *Pages) one(r *web.Request) (Booking, error) {
	b, err := p.Store.Booking(r.Context(), p.Store.DB, r.Viewer.ScopeID(), r.PathValue("id"))
	if err != nil {
		return b, err
	}
	if bool(b.Confidential) && !r.Viewer.May(SeeHidden) {
		return Booking{}, fault.NotFound("fault.not_found")
	}
	return b, nil
}

func (p *Pages) booking(w http.ResponseWriter, r *web.Request) error {
	b, err := p.one(r)
	if err != nil {
		return err
	}
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	if err := today(r, c, time.Unix(b.StartsAt, 0), time.Unix(b.EndsAt, 0)); err != nil {
		return err
	}
	space, err := p.Store.Space(r.Context(), p.Store.DB, b.SpaceID)
	if err != nil {
		return err
	}
	holder := ""
	if b.OrganisationID != nil {
		o, err := p.Network.Organisation(r.Context(), p.Store.DB, *b.OrganisationID)
		if err != nil {
			return err
		}
		holder = o.Name
	}
	session, err := p.Store.SessionOf(r.Context(), b.ID)
	if err != nil {
		return err
	}
	opens := p.Opens == nil
	if session != "" && !opens {
		if opens, err = p.Opens(r, session); err != nil {
			return err
		}
	}
	lent, err := p.Store.Lent(r.Context(), p.Store.DB, b.ID)
	if err != nil {
		return err
	}
	equipment, err := p.Store.AllEquipment(r.Context(), p.Store.DB, c.ID)
	if err != nil {
		return err
	}
	request, err := p.Store.RequestOf(r.Context(), b.ID)
	if err != nil {
		return err
	}
	kept, err := p.Store.KeptFor(r.Context(), b)
	if err != nil {
		return err
	}
	b.Kept = db.Bool(kept)
	return r.HTML(w, http.StatusOK, onePage(r, c, space, b, holder, session, opens, request, lentWords(r, lent, equipment)))
}

func (p *Pages) confirmBooking(w http.ResponseWriter, r *web.Request) error {
	b, err := p.one(r)
	if err != nil {
		return err
	}
	if err := p.Store.AnswerFirst(r.Context(), b.ID); err != nil {
		return err
	}
	if err := p.Store.Confirm(r.Context(), b.CentreID, b.ID, r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("booking.confirmed")
	return r.See(w, "/desk/bookings/"+b.ID)
}

func (p *Pages) cancelQuestion(r *web.Request) (string, error) {
	b, err := p.one(r)
	if err != nil {
		return "", err
	}
	c, err := p.centre(r)
	return sureToCancel(r, b, c), err
}

func sureToCancel(r *web.Request, b Booking, c network.Centre) string {
	return r.T("booking.cancel.sure", "when", r.When(b.start(c)))
}

func (p *Pages) cancelBooking(w http.ResponseWriter, r *web.Request) error {
	b, err := p.one(r)
	if err != nil {
		return err
	}
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	session, err := p.Store.SessionOf(r.Context(), b.ID)
	if err != nil {
		return err
	}
	if session != "" { // cancelling the room alone would leave people before a locked door
		return fault.Conflict("booking.fault.of_session")
	}
	if err := p.Store.AnswerFirst(r.Context(), b.ID); err != nil {
		return err
	}
	if err := p.Store.Cancel(r.Context(), b.CentreID, b.ID, r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("booking.cancelled")
	return r.See(w, "/desk/rooms?date="+time.Unix(b.StartsAt, 0).In(c.Location()).Format(time.DateOnly))
}
