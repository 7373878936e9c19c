package desk

import (
	"context"
	"net/http"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
)

// closing is the page on which a day is called off: first the form, then what it would do, then its one press.
type closing struct {
	Centre   network.Centre
	Date     time.Time
	Form     *web.Form
	Sessions []programme.Listed // that would be called off
	Hidden   int                // how many of them are not announced
	Sure     bool               // the second step
}

// span is what is still to come of a local day.
func span(date, now time.Time) (from, to time.Time) {
	from, to = date, date.AddDate(0, 0, 1)
	if now.After(from) {
		from = now
	}
	return from, to
}

func (p *Pages) closing(ctx context.Context, r *web.Request, f *web.Form) (v closing, err error) {
	v.Form = f
	if v.Centre, err = p.centre(r); err != nil {
		return v, err
	}
	if v.Date, err = booking.Midnight(f.Get("date"), r.Now, v.Centre.Location()); err != nil {
		return v, fault.Invalid("fault.not_a_date").Because(err)
	}
	from, to := span(v.Date, r.Now)
	list, err := p.Programme.AtCentre(ctx, v.Centre.ID, from, to, true)
	if err != nil {
		return v, err
	}
	for _, l := range list {
		switch {
		case l.Cancelled():
		case l.DiscreetDB != 0:
			v.Hidden++
		default:
			v.Sessions = append(v.Sessions, l)
		}
	}
	return v, nil
}

func (p *Pages) cannotOpen(w http.ResponseWriter, r *web.Request) error {
	f := web.NewForm("date", r.URL.Query().Get("date"))
	v, err := p.closing(r.Context(), r, f)
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
	v, err := p.closing(r.Context(), r, f)
	if err != nil {
		return err
	}
	var faults fault.Form
	reason := f.Texts("reason")
	f.Text(&faults, "reason-"+string(i18n.HR), 200, true)
	f.Text(&faults, "reason-"+string(i18n.EN), 200, false)
	f.Text(&faults, "reason-"+string(i18n.NB), 200, false)
	if v.Date.AddDate(0, 0, 1).Before(r.Now) {
		faults.Add("date", "desk.fault.past")
	}
	if err := faults.Err(); err != nil {
		f.Failed(err)
		return r.HTML(w, web.Status(f.Err), closingPage(r, v))
	}
	if !f.On("sure") {
		v.Sure = true
		return r.HTML(w, http.StatusOK, closingPage(r, v))
	}
	date := v.Date.Format(time.DateOnly)
	from, to := span(v.Date, r.Now)
	if _, err := p.Programme.CancelDay(r.Context(), v.Centre.ID, from, to, reason, r.Viewer.Account.ID); err != nil {
		return err
	}
	closed, err := p.closureOn(r.Context(), v.Centre.ID, date)
	if err != nil {
		return err
	}
	if closed == nil { // pressed twice, or closed already: once is enough
		if err := p.Network.AddClosure(r.Context(), network.Closure{CentreID: v.Centre.ID, FromDate: date, ToDate: date, Reason: reason}, r.Viewer.Account.ID); err != nil {
			return err
		}
	}
	return r.See(w, "/desk/cannot-open/done?date="+date)
}

// closureOn is the closure that holds the local date, or nil.
func (p *Pages) closureOn(ctx context.Context, centreID, date string) (*network.Closure, error) {
	list, err := p.Network.Closures(ctx, p.Network.DB, centreID, date)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].FromDate <= date {
			return &list[i], nil
		}
	}
	return nil, nil
}

// toldByMail is how many registrations of the day's cancelled sessions a mail goes out for.
func (p *Pages) toldByMail(ctx context.Context, centreID string, from, to time.Time) (int, error) {
	var n int
	err := p.Network.DB.Get(ctx, &n, `SELECT COUNT(*) FROM registrations r JOIN sessions s ON s.id = r.session_id JOIN people p ON p.id = r.person_id
		WHERE s.centre_id = :c AND s.starts_at >= :from AND s.starts_at < :to AND s.state = 'cancelled' AND r.state <> 'cancelled' AND r.discreet = 0 AND p.email <> ''`,
		db.Args{"c": centreID, "from": from.Unix(), "to": to.Unix()})
	return n, err
}

// closedDay is what a day called off left to do.
type closedDay struct {
	Centre   network.Centre
	Date     time.Time
	Reason   i18n.Text
	Sessions []programme.Listed // called off
	ByMail   int
	Calls    []programme.ToTell // who has to be called
	Names    bool               // shown, after a press
}

func (p *Pages) closedDay(r *web.Request) (v closedDay, err error) {
	ctx := r.Context()
	if v.Centre, err = p.centre(r); err != nil {
		return v, err
	}
	if v.Date, err = booking.Midnight(r.URL.Query().Get("date"), r.Now, v.Centre.Location()); err != nil {
		return v, err
	}
	closed, err := p.closureOn(ctx, v.Centre.ID, v.Date.Format(time.DateOnly))
	if err != nil {
		return v, err
	}
	if closed != nil {
		v.Reason = closed.Reason
	}
	list, err := p.Programme.AtCentre(ctx, v.Centre.ID, v.Date, v.Date.AddDate(0, 0, 1), false)
	if err != nil {
		return v, err
	}
	for _, l := range list {
		if l.Cancelled() {
			v.Sessions = append(v.Sessions, l)
		}
	}
	return v, nil
}

func (p *Pages) closed(w http.ResponseWriter, r *web.Request) error {
	v, err := p.closedDay(r)
	if err != nil {
		return err
	}
	end := v.Date.AddDate(0, 0, 1)
	if v.ByMail, err = p.toldByMail(r.Context(), v.Centre.ID, v.Date, end); err != nil {
		return err
	}
	calls, err := p.Programme.ToTell(r.Context(), v.Centre.ID)
	if err != nil {
		return err
	}
	for _, c := range calls {
		if c.StartsAt >= v.Date.Unix() && c.StartsAt < end.Unix() {
			v.Calls = append(v.Calls, c)
		}
	}
	v.Names = r.URL.Query().Get("names") == "1"
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
