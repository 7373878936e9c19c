package programme

import (
	"net/http"
	"strconv"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// coming are the dates of the session's series that are still to come and not called off.
func (p *Pages) coming(r *web.Request, l Listed) ([]booking.Occurrence, error) {
	_, series, err := p.Series(r.Context(), p.DB, l.Session)
	return booking.Touched(booking.Within(series, l.ID, booking.All, r.Now), l.ID, true), err
}

// moveSeries moves this session and the following, or all that are to come: what clashes is listed date by date.
func (p *Pages) moveSeries(w http.ResponseWriter, r *web.Request, f *web.Form, l Listed, a Activity, o own) error {
	again := func(err error) error {
		if !f.Failed(err) {
			return err
		}
		return p.showMove(w, r, moving{Listed: l}, a, o, f)
	}
	plan := p.planner(o, a.Capacity)
	var faults fault.Form
	c := SeriesChange{CentreID: l.CentreID, At: l.ID, Scope: booking.ScopeOf(f.Get("scope")), ApartToo: f.On("apart"), By: r.Viewer.Account.ID,
		Version: f.Int(&faults, "version", l.Version, 1, 1<<30), Reason: readReason(f, "why", &faults)}
	space := ""
	if a.PlaceKind == InSpace {
		space = f.Get("space")
	}
	list, series, err := p.Series(r.Context(), p.DB, l.Session)
	if err != nil {
		return err
	}
	c.Shift = plan.ReadShift(f, &faults, l.occurrence(), space, false)
	var wishes []booking.Wish
	if faults.Err() == nil {
		wishes = plan.Shifted(f, &faults, booking.Touched(booking.Within(series, l.ID, c.Scope, r.Now), l.ID, c.ApartToo), c.Shift)
		lives := map[string]*string{}
		for _, s := range list {
			lives[s.ID] = s.BookingID
		}
		for i := range wishes {
			wishes[i].Date.Lives = deref(lives[wishes[i].Date.RID])
		}
	}
	if err := faults.Err(); err != nil {
		return again(err)
	}
	if f.On("back") {
		return p.showMove(w, r, moving{Listed: l}, a, o, f)
	}
	open, err := plan.Keep(r.Context(), f, wishes, func(tx *db.Tx, dates []Date) error {
		c.Dates = dates
		return p.ChangeSeries(r.Context(), tx, c)
	})
	if err != nil {
		return again(err)
	}
	if len(open) > 0 {
		f.Err = fault.Invalid("series.fault.clashes")
		return r.HTML(w, http.StatusUnprocessableEntity, booking.ClashPage(r, booking.Clashing{Planner: plan, Form: f, Address: "/desk/sessions/" + l.ID + "/move",
			Section: "/desk/programme", Open: open, All: len(wishes), Changed: true}))
	}
	r.Flash("series.sessions.changed")
	return r.See(w, "/desk/programme/"+a.ID)
}

// showMove is the page of moving a session. Where somebody else changed it meanwhile, the page says how it is now and
// keeps what was typed; a second press is then made knowing it.
func (p *Pages) showMove(w http.ResponseWriter, r *web.Request, v moving, a Activity, o own, f *web.Form) error {
	if f.Err != nil && f.Err.Key == "programme.fault.changed_meanwhile" {
		now, _, err := p.sessionFor(r, v.ID, EditProgramme)
		if err != nil {
			return err
		}
		v.Listed, v.Changed = now, true
		f.Values.Set("version", strconv.Itoa(now.Version))
	}
	series, err := p.coming(r, v.Listed)
	if err != nil {
		return err
	}
	v.Series = len(series)
	status := http.StatusOK
	if f.Err != nil {
		status = web.Status(f.Err)
	}
	return r.HTML(w, status, movePage(r, o, v, a, f))
}

// moving is what the page of moving a session shows.
type moving struct {
	Listed
	Clashes []booking.Clash
	Free    []booking.Space
	Series  int       // dates of its series still to come, itself among them
	Changed bool      // by somebody else, since the form was opened
	Cancel  *web.Form // of cancelling its series, where it came back
}

func (p *Pages) cancelSeriesQuestion(r *web.Request) (string, error) {
	l, _, err := p.sessionFor(r, r.PathValue("id"), EditProgramme)
	if err != nil {
		return "", err
	}
	_, series, err := p.Series(r.Context(), p.DB, l.Session)
	if err != nil {
		return "", err
	}
	within := booking.Within(series, l.ID, booking.ScopeOf(r.PostForm.Get("scope")), r.Now)
	n := len(booking.Touched(within, l.ID, r.PostForm.Get("apart") != ""))
	return r.N("series.sessions.cancel.sure", n, "title", r.Pick(l.Title)), nil
}

func (p *Pages) cancelSeries(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	l, a, err := p.sessionFor(r, r.PathValue("id"), EditProgramme)
	if err != nil {
		return err
	}
	var faults fault.Form
	reason := readReason(f, "reason", &faults)
	if err := faults.Err(); err != nil {
		f.Failed(err)
		return p.cancelAgain(w, r, l, a, f)
	}
	err = p.Booking.Claim(r.Context(), func(tx *db.Tx) error {
		_, err := p.CancelSeries(r.Context(), tx, l.CentreID, l.ID, booking.ScopeOf(f.Get("scope")), f.On("apart"), reason, r.Viewer.Account.ID)
		return err
	})
	if err != nil {
		return err
	}
	r.Flash("series.sessions.cancelled")
	return r.See(w, "/desk/programme/"+a.ID)
}

// cancelAgain shows the page of moving with the form of cancelling as it was sent; the form of moving is as the session stands.
func (p *Pages) cancelAgain(w http.ResponseWriter, r *web.Request, l Listed, a Activity, sent *web.Form) error {
	o, err := p.own(r.Context(), r)
	if err != nil {
		return err
	}
	f := moveFrom(l)
	f.Err = sent.Err
	f.SetTexts("reason", sent.Texts("reason"))
	return p.showMove(w, r, moving{Listed: l, Cancel: sent}, a, o, f)
}

// seriesRoutes are those of series of sessions, of two who edit at once, and of a season carried over.
func (p *Pages) seriesRoutes() []web.Route {
	seasons := p.seasons()
	return []web.Route{
		{Pattern: "POST /desk/sessions/{id}/cancel-series", Need: network.AtCentre(EditProgramme), Ask: p.cancelSeriesQuestion, Handle: p.cancelSeries},
		{Pattern: "GET /desk/programme/copy", Need: network.AtCentre(EditProgramme), Handle: seasons.Show},
		{Pattern: "POST /desk/programme/copy", Need: network.AtCentre(EditProgramme), Handle: p.beginCopy},
		{Pattern: "POST /desk/programme/copy/confirm", Need: network.AtCentre(EditProgramme), Handle: p.confirmCopy},
		{Pattern: "POST /desk/programme/copy/stop", Need: network.AtCentre(EditProgramme), Handle: seasons.Stop},
		{Pattern: "POST /desk/programme/copy/publish", Need: network.AtCentre(EditProgramme), Ask: web.Asks("series.copy.publish.sure"), Handle: p.publishCopy},
		{Pattern: "POST /desk/programme/{id}/publish", Need: network.AtCentre(EditProgramme), Handle: p.publish},
	}
}
