package desk

import (
	"net/http"
	"slices"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
)

// home leads to where the viewer's work is: the day at a centre, or what the whole network has for them.
func (p *Pages) home(w http.ResponseWriter, r *web.Request) error {
	if r.URL.Path == "/desk" {
		return r.See(w, "/desk/")
	}
	switch kind := r.Viewer.Acting.Scope.Kind; {
	case kind == network.ScopeCentre && r.Viewer.May(network.OpenDesk):
		return p.today(w, r)
	case kind == network.ScopeOrganisation:
		return p.member(w, r)
	case kind == network.ScopeNetwork && r.Viewer.May(SeeAll):
		return r.See(w, "/desk/all-totals")
	case kind == network.ScopeNetwork && r.Viewer.May(network.EditNetwork):
		return r.See(w, "/desk/network")
	}
	if !slices.ContainsFunc(r.Viewer.Held, func(h auth.Held) bool { return h.Role != network.Resident }) {
		return r.See(w, r.Path("mine"))
	}
	return r.HTML(w, http.StatusOK, nothingPage(r))
}

func (p *Pages) centre(r *web.Request) (network.Centre, error) {
	return p.Network.Centre(r.Context(), p.Network.DB, r.Viewer.ScopeID())
}

// today is the page of a day at the centre: of today, or for those who plan, of another.
func (p *Pages) today(w http.ResponseWriter, r *web.Request) error {
	ctx := r.Context()
	var v day
	var err error
	if v.Centre, err = p.centre(r); err != nil {
		return err
	}
	if v.Date, err = booking.Midnight(r.URL.Query().Get("date"), r.Now, v.Centre.Location()); err != nil {
		return err
	}
	now := r.Now.In(v.Centre.Location())
	if v.Today = v.Date.Format(time.DateOnly) == now.Format(time.DateOnly); !v.Today && !r.Viewer.May(booking.OtherDays) {
		return fault.Forbidden("booking.fault.today_only")
	}
	since := v.Date
	if since.After(now) {
		since = now
	}
	closures, err := p.Network.Closures(ctx, p.Network.DB, v.Centre.ID, since.Format(time.DateOnly))
	if err != nil {
		return err
	}
	v.Open = v.Centre.OpenAt(now, closures)
	for i, c := range closures {
		if date := v.Date.Format(time.DateOnly); c.FromDate <= date && date <= c.ToDate {
			v.Closed = &closures[i]
		}
	}
	if v.Today {
		if v.Mine, v.Others, err = p.seenBy(r, v.Centre); err != nil {
			return err
		}
	}
	// The screen is seen by those who stand before it: what is discreet shows to its team, after a press.
	v.Hidden = r.URL.Query().Get("all") == "1" && r.Viewer.May(programme.SeeDiscreet)
	if err := p.look(r, &v); err != nil {
		return err
	}
	if p.Mail != nil && p.Mail.SMTP == nil {
		if v.Mails, err = p.Mail.Waiting(ctx, v.Centre.ID); err != nil {
			return err
		}
	}
	if p.SMS != nil {
		if v.SMS, err = p.SMS.Waiting(ctx, v.Centre.ID); err != nil {
			return err
		}
	}
	return r.HTML(w, http.StatusOK, todayPage(r, v))
}

// name gives the blocks of sessions their title in the reader's language and the way to the session. What is discreet
// stays "zauzeto", whoever looks.
func name(r *web.Request, d *booking.Day, list []programme.Listed) {
	for i, b := range d.Blocks {
		at := slices.IndexFunc(list, func(l programme.Listed) bool { return l.BookingID != nil && *l.BookingID == b.BookingID })
		if at < 0 || b.Busy() || list[at].DiscreetDB != 0 {
			continue
		}
		d.Blocks[i].Title = r.Pick(list[at].Title)
		if r.Viewer.May(programme.Register) {
			d.Blocks[i].Address = "/desk/sessions/" + list[at].ID
		}
		if !r.Viewer.May(programme.EditProgramme) {
			d.Blocks[i].Move = ""
		}
	}
}

// task reads which task a form is about; one that is not on the viewer's lists, or of which nothing is remembered, is
// NotFound.
func (p *Pages) task(w http.ResponseWriter, r *web.Request) (*web.Form, line, network.Centre, error) {
	f, err := r.Read(w)
	if err != nil {
		return nil, line{}, network.Centre{}, err
	}
	c, err := p.centre(r)
	if err != nil {
		return nil, line{}, c, err
	}
	mine, others, err := p.seenBy(r, c)
	if err != nil {
		return nil, line{}, c, err
	}
	l, err := found(f.Get("task"), mine, others)
	if err == nil && l.Unkept {
		err = fault.NotFound("fault.not_found")
	}
	return f, l, c, err
}

// later puts a task off until tomorrow morning. What is about safety stays.
func (p *Pages) later(w http.ResponseWriter, r *web.Request) error {
	_, l, c, err := p.task(w, r)
	if err != nil {
		return err
	}
	if l.Urgency == network.Safety {
		return fault.Conflict("desk.fault.safety_stays")
	}
	n := r.Now.In(c.Location())
	tomorrow := time.Date(n.Year(), n.Month(), n.Day()+1, 5, 0, 0, 0, c.Location())
	if err := p.putOff(r.Context(), c.ID, l.Key, r.Viewer.Account.ID, tomorrow); err != nil {
		return err
	}
	r.Flash("desk.tasks.later.done")
	return r.See(w, "/desk/")
}

// hand gives a task to a colleague who has a role at the centre.
func (p *Pages) hand(w http.ResponseWriter, r *web.Request) error {
	f, l, c, err := p.task(w, r)
	if err != nil {
		return err
	}
	list, err := p.colleagues(r.Context(), c.ID)
	if err != nil {
		return err
	}
	to := f.Get("to")
	at := slices.IndexFunc(list, func(x colleague) bool { return x.ID == to })
	if at < 0 {
		return fault.NotFound("fault.not_found")
	}
	held, err := p.Network.Auth.Roles(r.Context(), to)
	if err != nil {
		return err
	}
	if !forAccount(l.Task, to) || l.Permission != "" && !policy.Can(held, l.Permission, r.Viewer.Acting.Scope) {
		return fault.Conflict("desk.fault.cannot_do", "name", list[at].Name)
	}
	if err := p.handOn(r.Context(), c.ID, l.Key, r.Viewer.Account.ID, to, r.Now); err != nil {
		return err
	}
	r.Flash("desk.tasks.hand.done", "name", list[at].Name)
	return r.See(w, "/desk/")
}

// take takes a task over from whoever it was handed to.
func (p *Pages) take(w http.ResponseWriter, r *web.Request) error {
	_, l, c, err := p.task(w, r)
	if err != nil {
		return err
	}
	if err := p.handOn(r.Context(), c.ID, l.Key, r.Viewer.Account.ID, r.Viewer.Account.ID, r.Now); err != nil {
		return err
	}
	r.Flash("desk.tasks.take.done")
	return r.See(w, "/desk/")
}
