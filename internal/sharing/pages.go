package sharing

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// Pages are those of shared rooms.
type Pages struct{ Store *Store }

// row is a request as a page shows it.
type row struct {
	Request
	Centre       network.Centre
	Space        booking.Space
	Organisation string                   // who asks, as far as the reader may see it
	Shown        string                   // its title as far as the reader may see it; empty: confidential
	Moved        map[string]booking.Space // rooms to which approved dates were moved since
	Equipment    []booking.Equipment      // the centre's
}

// elsewhere is the room the date has been moved to, or nil.
func (v row) elsewhere(d Date) *booking.Space {
	if d.SpaceID == nil || *d.SpaceID == v.SpaceID {
		return nil
	}
	if x, ok := v.Moved[*d.SpaceID]; ok {
		return &x
	}
	return nil
}

func (v row) at(d Date) (start, end time.Time) {
	i := d.Interval()
	return i.Start.In(v.Centre.Location()), i.End.In(v.Centre.Location())
}

// first is the date a list names the request by: the first that waits, else the first.
func (v row) first() Date {
	if w := v.Waiting(); len(w) > 0 {
		return w[0]
	}
	if len(v.Dates) == 0 {
		return Date{}
	}
	return v.Dates[0]
}

// rows joins what the requests point to. shown says whether the reader is told of a confidential one: what it is for and who
// asks go together, as of a booking (booking.Shown). Whoever else decides on it answers by room, time and number of people.
func (p *Pages) rows(ctx context.Context, list []Request, shown func(Request) bool) ([]row, error) {
	s := p.Store
	centres, spaces, names := map[string]network.Centre{}, map[string]booking.Space{}, map[string]string{}
	equipment := map[string][]booking.Equipment{}
	var out []row
	for _, one := range list {
		v := row{Request: one, Moved: spaces}
		told := !bool(one.Confidential) || shown(one)
		var err error
		if _, ok := centres[one.CentreID]; !ok {
			if centres[one.CentreID], err = s.Network.Centre(ctx, s.DB, one.CentreID); err != nil {
				return nil, err
			}
		}
		if _, ok := equipment[one.CentreID]; !ok {
			if equipment[one.CentreID], err = s.Booking.AllEquipment(ctx, s.DB, one.CentreID); err != nil {
				return nil, err
			}
		}
		v.Equipment = equipment[one.CentreID]
		if _, ok := spaces[one.SpaceID]; !ok {
			if spaces[one.SpaceID], err = s.Booking.Space(ctx, s.DB, one.SpaceID); err != nil {
				return nil, err
			}
		}
		for _, d := range one.Dates {
			if d.SpaceID == nil {
				continue
			}
			if _, ok := spaces[*d.SpaceID]; !ok {
				if spaces[*d.SpaceID], err = s.Booking.Space(ctx, s.DB, *d.SpaceID); err != nil {
					return nil, err
				}
			}
		}
		if _, ok := names[one.OrganisationID]; !ok {
			o, err := s.Network.Organisation(ctx, s.DB, one.OrganisationID)
			if err != nil {
				return nil, err
			}
			names[one.OrganisationID] = o.Name
		}
		v.Centre, v.Space = centres[one.CentreID], spaces[one.SpaceID]
		if told {
			v.Shown, v.Organisation = one.Title, names[one.OrganisationID]
		}
		out = append(out, v)
	}
	return out, nil
}

func nobody(Request) bool { return false }

func (p *Pages) centre(r *web.Request) (network.Centre, error) {
	return p.Store.Network.Centre(r.Context(), p.Store.DB, r.Viewer.ScopeID())
}

// Answering.

func (p *Pages) requests(w http.ResponseWriter, r *web.Request) error {
	ctx := r.Context()
	open, err := p.Store.Waiting(ctx, r.Viewer.ScopeID())
	if err != nil {
		return err
	}
	done, err := p.Store.Answered(ctx, r.Viewer.ScopeID())
	if err != nil {
		return err
	}
	waiting, err := p.rows(ctx, open, nobody) // the screen is seen by those who stand before it
	if err != nil {
		return err
	}
	answered, err := p.rows(ctx, done, nobody)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, requestsPage(r, "/desk/requests", waiting, answered))
}

func (p *Pages) toDecide(w http.ResponseWriter, r *web.Request) error {
	list, err := p.Store.ForOwner(r.Context(), r.Viewer.ScopeID())
	if err != nil {
		return err
	}
	waiting, err := p.rows(r.Context(), list, nobody)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, requestsPage(r, "/desk/decide", waiting, nil))
}

// needs are what is asked for besides the room, as words: those of the first date, as all have the same.
func (v row) needs(r *web.Request) (list [][2]string) {
	d := v.first()
	var pieces []string
	for _, a := range d.Equipment {
		for _, e := range v.Equipment {
			if e.ID == a.EquipmentID {
				pieces = append(pieces, r.Pick(e.Name)+" × "+number(a.N))
			}
		}
	}
	if len(pieces) > 0 {
		list = append(list, [2]string{r.T("booking.equipment"), strings.Join(pieces, ", ")})
	}
	if d.SetupMinutes != nil {
		list = append(list, [2]string{r.T("booking.own_setup"), number(*d.SetupMinutes)})
	}
	if d.ClearMinutes != nil {
		list = append(list, [2]string{r.T("booking.own_clear"), number(*d.ClearMinutes)})
	}
	return list
}

// answerView is the page of one request for those who answer it, or may look.
type answerView struct {
	row
	Base    string // of its address
	Terms   Terms
	Owner   string // whose premises, where they decide
	Mine    bool   // the reader decides
	Over    []booking.Excess
	Form    *web.Form
	Short   []booking.Missing // equipment that is no longer there for all that wait
	Outside bool              // of the centre: told of no confidential matter
}

// answer reads the request that the page is about. It is NotFound to those of another centre or owner.
func (p *Pages) answer(r *web.Request, f *web.Form) (v answerView, err error) {
	ctx := r.Context()
	one, err := p.Store.Request(ctx, p.Store.DB, r.PathValue("id"))
	if err != nil {
		return v, err
	}
	in := r.Viewer.Acting.Scope
	v.Form, v.Base = f, "/desk/requests/"+one.ID
	if v.Terms, err = p.Store.Terms(ctx, p.Store.DB, one.SpaceID); err != nil {
		return v, err
	}
	v.Mine = v.Terms.Decider(in, one.CentreID, one.EscalatedAt != nil)
	if in.Kind == network.ScopeOrganisation {
		v.Outside, v.Base = true, "/desk/decide/"+one.ID
	}
	if !v.Mine && (v.Outside || in.ID != one.CentreID) {
		return v, fault.NotFound("fault.not_found")
	}
	seen := r.Viewer.May(booking.SeeHidden)
	rows, err := p.rows(ctx, []Request{one}, func(Request) bool { return seen })
	if err != nil {
		return v, err
	}
	v.row = rows[0]
	if v.Terms.Decides == ByOwner && v.Terms.OwnerID != nil {
		o, err := p.Store.Network.Organisation(ctx, p.Store.DB, *v.Terms.OwnerID)
		if err != nil {
			return v, err
		}
		v.Owner = o.Name
	}
	var wanted []booking.Interval
	var own []string
	for _, d := range one.Waiting() {
		wanted = append(wanted, d.Interval())
		if d.BookingID != nil {
			own = append(own, *d.BookingID)
		}
	}
	v.Over, err = p.Store.Booking.Over(ctx, p.Store.DB, one.CentreID, one.OrganisationID, wanted, own)
	return v, err
}

func (p *Pages) request(w http.ResponseWriter, r *web.Request) error {
	v, err := p.answer(r, web.NewForm())
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, answerPage(r, v))
}

func (p *Pages) approve(w http.ResponseWriter, r *web.Request) error {
	return p.say(w, r, p.Store.ApproveTx, "sharing.approved")
}

func (p *Pages) refuse(w http.ResponseWriter, r *web.Request) error {
	return p.say(w, r, p.Store.RefuseTx, "sharing.refused")
}

func (p *Pages) say(w http.ResponseWriter, r *web.Request, do func(context.Context, *db.Tx, Answer) (Request, error), done string) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.answer(r, f)
	if err != nil {
		return err
	}
	if !v.Mine {
		return fault.Forbidden("sharing.fault.not_yours")
	}
	var faults fault.Form
	a := Answer{RequestID: v.ID, DateIDs: f.All("date"), Scope: r.Viewer.Acting.Scope, Reason: f.Get("reason"), Exceed: f.Get("exceed"), By: r.Viewer.Account.ID,
		Version: f.Int(&faults, "version", 0, 0, 1<<30)}
	if len(a.DateIDs) == 0 && len(v.Waiting()) > 1 {
		faults.Add("date", "sharing.fault.no_date")
	}
	if err = faults.Err(); err == nil {
		err = p.Store.Booking.Claim(r.Context(), func(tx *db.Tx) error { _, err := do(r.Context(), tx, a); return err })
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		localised(r, f)
		f.Values.Del("version") // what is shown now is what the next press is about
		if v, err = p.answer(r, f); err != nil {
			return err
		}
		v.Short, _ = f.Err.Detail.([]booking.Missing)
		return r.HTML(w, web.Status(f.Err), answerPage(r, v))
	}
	r.Flash(done)
	return r.See(w, v.Base)
}

// localised says a passed limit with its dates as the reader says them.
func localised(r *web.Request, f *web.Form) {
	if list, ok := f.Err.Detail.([]booking.Excess); ok && len(list) > 0 {
		f.Err = list[0].Fault(r.Printer.Date).With(list)
	}
}

func excessWords(r *web.Request, e booking.Excess) string {
	x := e.Fault(r.Printer.Date)
	return r.T(x.Key, x.Args...)
}

func stateTag(state string) string {
	switch state {
	case Approved:
		return "tag ok"
	case Lapsed, Refused, Over, Cancelled:
		return "tag warn"
	}
	return "tag"
}

func chosen(f *web.Form, d Date) bool {
	return len(f.All("date")) == 0 || slices.Contains(f.All("date"), d.ID)
}
