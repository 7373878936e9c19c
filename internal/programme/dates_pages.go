package programme

import (
	"net/http"
	"time"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// datesDefaults fills in a weekly series that begins in a week.
func datesDefaults(f *web.Form, today time.Time) {
	f.Values.Set("date", today.AddDate(0, 0, 7).Format(time.DateOnly))
	f.Values.Set("from", "17:00")
	f.Values.Set("to", "19:00")
	f.Values.Set("repeat", "weekly")
	f.Values.Set("count", "10")
}

// planner solves the dates of a form of the centre's programme.
func (p *Pages) planner(o own, people *int) booking.Planner {
	return booking.Planner{Store: p.Booking, Network: p.Network, Centre: o.Centre, Spaces: o.Spaces, Organisations: o.Organisations, People: people}
}

// readDates reads the series of dates of an activity. What was held already may be noted, where the form says so.
func (p *Pages) readDates(f *web.Form, faults *fault.Form, o own, placeKind string) []booking.Wish {
	space := ""
	if placeKind == InSpace {
		space = f.Get("space")
		if _, ok := o.space(space); !ok {
			faults.Add("space", "programme.fault.space")
		}
	}
	return p.planner(o, nil).ReadDates(f, faults, space, f.On("past"))
}

func (p *Pages) newDates(w http.ResponseWriter, r *web.Request) error {
	a, o, err := p.ownActivity(r)
	if err != nil {
		return err
	}
	f := web.NewForm()
	datesDefaults(f, r.Now.In(o.Centre.Location()))
	list, err := p.OfActivity(r.Context(), a.CentreID, a.ID, r.Now.AddDate(0, -2, 0))
	if err != nil {
		return err
	}
	if len(list) > 0 { // go on where the series ends
		last := list[len(list)-1]
		next := last.Start().AddDate(0, 0, 7)
		if next.Before(r.Now) {
			next = r.Now.AddDate(0, 0, 7)
		}
		f.Values.Set("date", next.Format(time.DateOnly))
		f.Values.Set("from", last.LocalStart)
		f.Values.Set("to", last.LocalEnd)
		if last.SpaceID != nil {
			f.Values.Set("space", *last.SpaceID)
		}
	}
	return r.HTML(w, http.StatusOK, newDatesPage(r, o, a, f))
}

func (p *Pages) ownActivity(r *web.Request) (Activity, own, error) {
	o, err := p.own(r.Context(), r)
	if err != nil {
		return Activity{}, o, err
	}
	a, err := p.Activity(r.Context(), p.DB, o.Centre.ID, r.PathValue("id"), r.Viewer.May(SeeDiscreet))
	return a, o, err
}

func (p *Pages) addDates(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	a, o, err := p.ownActivity(r)
	if err != nil {
		return err
	}
	again := func(err error) error {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, http.StatusUnprocessableEntity, newDatesPage(r, o, a, f))
	}
	var faults fault.Form
	wishes := p.readDates(f, &faults, o, a.PlaceKind)
	if err := faults.Err(); err != nil {
		return again(err)
	}
	if f.On("back") {
		return r.HTML(w, http.StatusOK, newDatesPage(r, o, a, f))
	}
	if err := p.Booking.Taken(r.Context(), f); err != nil {
		return err
	}
	address := "/desk/programme/" + a.ID
	open, err := p.planner(o, a.Capacity).Keep(r.Context(), f, wishes, func(tx *db.Tx, dates []Date) error {
		if err := web.Claim(r.Context(), tx, f.Get("form_key"), address, r.Now); err != nil {
			return err
		}
		_, err := p.AddSessions(r.Context(), tx, a, dates, r.Viewer.Account.ID)
		return err
	})
	if err != nil {
		return again(err)
	}
	if len(open) > 0 {
		f.Err = fault.Invalid("series.fault.clashes")
		return r.HTML(w, http.StatusUnprocessableEntity, booking.ClashPage(r, booking.Clashing{Planner: p.planner(o, a.Capacity), Form: f, Address: address + "/dates", Section: "/desk/programme", Open: open, All: len(wishes)}))
	}
	r.Flash("programme.desk.dates_added")
	return r.See(w, address)
}
