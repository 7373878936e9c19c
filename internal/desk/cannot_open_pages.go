package desk

import (
	"net/http"
	"net/url"
	"time"

	"kvart/internal/booking"
	"kvart/internal/platform/web"
)

// closing is the page on which a day is called off: first the form, then what it would do, then its one press.
type closing struct {
	Closing
	Form *web.Form
	Sure bool // the second step
}

func (p *Pages) closing(r *web.Request, f *web.Form) (v closing, err error) {
	v.Form = f
	c, err := p.centre(r)
	if err != nil {
		return v, err
	}
	v.Closing, err = p.Closing(r.Context(), c, f.Get("date"), f.Get("to"), r.Now)
	return v, err
}

func (p *Pages) cannotOpen(w http.ResponseWriter, r *web.Request) error {
	f := web.NewForm("date", r.URL.Query().Get("date"))
	v, err := p.closing(r, f)
	if err != nil {
		return err
	}
	f.Values.Set("date", v.Date.Format(time.DateOnly))
	return r.HTML(w, http.StatusOK, closingPage(r, v))
}

func (p *Pages) closeDay(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.closing(r, f)
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), closingPage(r, v))
	}
	reason := f.Texts("reason")
	if err := p.CheckClosing(r.Context(), v.Closing, reason, r.Now); err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), closingPage(r, v))
	}
	if !f.On("sure") {
		v.Sure = true
		return r.HTML(w, http.StatusOK, closingPage(r, v))
	}
	if err := p.CallOff(r.Context(), v.Closing, reason, r.Now, r.Viewer.Account.ID); err != nil {
		return err
	}
	return r.See(w, "/desk/cannot-open/done?date="+v.Date.Format(time.DateOnly))
}

// bookingTold notes that the holder of a booking that fell knows of it.
func (p *Pages) bookingTold(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if err := p.Booking.Told(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("programme.desk.noted")
	return r.See(w, "/desk/cannot-open/done?date="+url.QueryEscape(f.Get("date")))
}

// closedDay is the page of what a day called off left to do.
type closedDay struct {
	Afterwards
	Names bool // shown, after a press
}

func (p *Pages) closedDay(r *web.Request) (v closedDay, err error) {
	c, err := p.centre(r)
	if err != nil {
		return v, err
	}
	date, err := booking.Midnight(r.URL.Query().Get("date"), r.Now, c.Location())
	if err != nil {
		return v, err
	}
	v.Afterwards, err = p.Afterwards(r.Context(), c, date)
	v.Names = r.URL.Query().Get("names") == "1"
	return v, err
}

func (p *Pages) closed(w http.ResponseWriter, r *web.Request) error {
	v, err := p.closedDay(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, closedPage(r, v))
}

// notice is the sheet for the door.
func (p *Pages) notice(w http.ResponseWriter, r *web.Request) error {
	v, err := p.closedDay(r)
	if err != nil {
		return err
	}
	n, err := p.Network.Network(r.Context(), p.Network.DB)
	if err != nil {
		return err
	}
	closures, err := p.Network.Closures(r.Context(), p.Network.DB, v.Centre.ID, v.Date.Format(time.DateOnly))
	if err != nil {
		return err
	}
	next := v.Centre.OpenAt(v.Date.AddDate(0, 0, 1).Add(-time.Second), closures)
	return r.HTML(w, http.StatusOK, noticePage(r, v, next.Next, bool(n.Demo)))
}
