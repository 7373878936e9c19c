package premises

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// Pages are the desk's pages of requests for premises.
type Pages struct{ Store *Store }

func (p *Pages) centre(r *web.Request) (network.Centre, error) {
	return p.Store.Network.Centre(r.Context(), p.Store.DB, r.Viewer.ScopeID())
}

func (p *Pages) list(w http.ResponseWriter, r *web.Request) error {
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	list, err := p.Store.OfCentre(r.Context(), p.Store.DB, c.ID)
	if err != nil {
		return err
	}
	settings, err := p.Store.Settings(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	open, over := parted(list)
	return r.HTML(w, http.StatusOK, listPage(r, open, over, settings))
}

// parted splits the requests into those of which something is still to come, and the others.
func parted(list []Request) (open, over []Request) {
	for _, r := range list {
		if r.State.Open() {
			open = append(open, r)
		} else {
			over = append(over, r)
		}
	}
	return open, over
}

// all the faults of a form: of what was typed as a number, and of the request itself.
func all(faults *fault.Form, err error) error {
	if err != nil {
		for _, x := range fault.Of(err).Fields {
			faults.Add(x.Name, x.Key, x.Args...)
		}
	}
	return faults.Err()
}

// sheet is what the page of the request and its text file say.
func (p *Pages) sheet(r *web.Request, one Request) (v sheet, err error) {
	ctx, q := r.Context(), p.Store.DB
	v.Request = one
	if v.Centre, err = p.Store.Network.Centre(ctx, q, one.CentreID); err != nil {
		return v, err
	}
	o, err := p.Store.Network.Organisation(ctx, q, v.Centre.OrganisationID)
	if err != nil {
		return v, err
	}
	v.Organisation = o.Name
	areas, err := p.Store.Network.Areas(ctx, q)
	if err != nil {
		return v, err
	}
	for _, a := range areas {
		if a.ID == one.AreaID {
			v.Committee = a.Name
		}
	}
	all, err := p.Store.Programme.Activities(ctx, one.CentreID, false, true)
	if err != nil {
		return v, err
	}
	v.Titles = titles(all, one.Activities)
	n, err := p.Store.Network.Network(ctx, q)
	if err != nil {
		return v, err
	}
	v.Threshold, v.Demo = n.Disclosure, bool(n.Demo)
	v.Settings, err = p.Store.Settings(ctx, q)
	return v, err
}

// onePage is all that the page of one request shows.
type onePage struct {
	sheet
	Changes []Change
	Next    string // the id of the request that continues this one
	Today   string
	Form    *web.Form
}

func (p *Pages) show(w http.ResponseWriter, r *web.Request) error {
	one, err := p.request(r)
	if err != nil {
		return err
	}
	return p.showOne(w, r, http.StatusOK, one, nil)
}

// showOne shows the request with the form of its next step, as it was typed where that failed.
func (p *Pages) showOne(w http.ResponseWriter, r *web.Request, status int, one Request, f *web.Form) (err error) {
	v := onePage{Form: f}
	if v.sheet, err = p.sheet(r, one); err != nil {
		return err
	}
	if v.Changes, err = p.Store.Changes(r.Context(), p.Store.DB, one.ID); err != nil {
		return err
	}
	if v.Next, err = p.Store.Successor(r.Context(), p.Store.DB, one.ID); err != nil {
		return err
	}
	v.Today = today(r.Now, v.Centre)
	if v.Form == nil {
		v.Form = v.nextStep()
	}
	return r.HTML(w, status, requestPage(r, v))
}

// nextStep is the form of what may be written down next, filled in as far as it is known.
func (v onePage) nextStep() *web.Form {
	switch v.State {
	case Prepared:
		return web.NewForm("sent_on", v.Today, "answer_days", strconv.Itoa(v.AnswerDays))
	case Sent:
		return web.NewForm("decided_on", v.Today, "valid_from", v.PeriodFrom, "valid_to", v.PeriodTo)
	case Granted:
		return web.NewForm("outcome", "granted", "decided_on", v.DecidedOn, "reason", v.Reason, "conditions", v.Conditions, "valid_from", v.ValidFrom, "valid_to", v.ValidTo, "renew_on", v.RenewOn)
	}
	return web.NewForm()
}

// plan is the address of the programme's form for a new activity at the granted place, or "" where none can be any more.
func (v onePage) plan(s Slot) string {
	on := v.Request.Next(s, v.Today)
	if on == "" {
		return ""
	}
	place := v.Place
	if v.Address != "" {
		place += ", " + v.Address
	}
	return "/desk/programme/new?" + url.Values{"place": {place}, "date": {on}, "from": {s.From}, "to": {s.To}}.Encode()
}

// export is the request as plain text.
func (p *Pages) export(w http.ResponseWriter, r *web.Request) error {
	one, err := p.request(r)
	if err != nil {
		return err
	}
	v, err := p.sheet(r, one)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+fileName(v.Place)+`"`)
	h.Set("Cache-Control", "no-store")
	_, err = w.Write([]byte(v.text(r.Printer)))
	return err
}

func fileName(place string) string {
	name := network.Slug(place)
	if name == "" {
		name = "kvart"
	}
	return name[:min(len(name), 60)] + ".txt"
}

func (p *Pages) all(w http.ResponseWriter, r *web.Request) error {
	x, err := p.Store.Settings(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	return p.showAll(w, r, http.StatusOK, web.NewForm("name", x.Name, "link", x.Link))
}

// start is a moment of the history where the centre is.
func (c Change) start(zone *time.Location) time.Time { return time.Unix(c.At, 0).In(zone) }
