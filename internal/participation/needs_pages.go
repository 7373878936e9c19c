package participation

import (
	"net/http"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
)

// cycleView is a cycle as everybody reads it.
type cycleView struct {
	Cycle
	Centre    network.Centre
	Area      i18n.Text
	Meetings  []Meeting
	Themes    []Theme
	Training  *programme.Activity
	Dates     []programme.Listed // of the training
	Today     string
	Threshold int
	Network   i18n.Text
	Sample    bool            // of the demo: said on every sheet
	Leads     map[string]lead // by step, of those that lead to a survey, a vote or an address
}

func (p *Pages) cycleView(r *web.Request, c Cycle) (v cycleView, err error) {
	ctx, q := r.Context(), p.Store.DB
	v.Cycle = c
	if v.Centre, err = p.Store.Network.Centre(ctx, q, c.CentreID); err != nil {
		return v, err
	}
	v.Today = p.Store.today(v.Centre)
	n, err := p.Store.Network.Network(ctx, q)
	if err != nil {
		return v, err
	}
	v.Threshold, v.Network, v.Sample = n.Disclosure, n.Name, bool(n.Demo)
	area := v.Centre.AreaID
	if c.AreaID != nil {
		area = *c.AreaID
	}
	a, err := p.Store.Network.Area(ctx, q, area)
	if err != nil {
		return v, err
	}
	v.Area = a.Name
	v.Leads = map[string]lead{}
	for _, s := range c.Steps {
		if s.Link == "" {
			continue
		}
		if v.Leads[s.Step], err = p.leadOf(r, s); err != nil {
			return v, err
		}
	}
	if v.Meetings, err = p.Store.Meetings(ctx, q, c.ID); err != nil {
		return v, err
	}
	if v.Themes, err = p.Store.Themes(ctx, q, c.ID, true); err != nil {
		return v, err
	}
	if c.TrainingID == nil {
		return v, nil
	}
	training, err := p.Store.Programme.PublicActivity(ctx, *c.TrainingID)
	if fault.Is(err, fault.KindNotFound) {
		return v, nil
	}
	if err != nil {
		return v, err
	}
	v.Training = &training
	v.Dates, err = p.Store.Programme.OfActivity(ctx, c.CentreID, training.ID, r.Now)
	return v, err
}

func (p *Pages) needs(w http.ResponseWriter, r *web.Request) error {
	list, err := p.Store.Cycles(r.Context(), p.Store.DB, "")
	if err != nil {
		return err
	}
	var all []cycleView
	for _, c := range list {
		v, err := p.cycleView(r, c)
		if err != nil {
			return err
		}
		all = append(all, v)
	}
	return r.HTML(w, http.StatusOK, needsPage(r, all))
}

// publicCycle is the one that the address names, where everybody may read it.
func (p *Pages) publicCycle(r *web.Request) (cycleView, error) {
	id := r.PathValue("id")
	if !db.IsID(id) {
		return cycleView{}, fault.NotFound("fault.not_found")
	}
	c, err := p.Store.Cycle(r.Context(), p.Store.DB, "", id)
	if err != nil {
		return cycleView{}, err
	}
	return p.cycleView(r, c)
}

func (p *Pages) cycle(w http.ResponseWriter, r *web.Request) error {
	v, err := p.publicCycle(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, cyclePage(r, v))
}

func (p *Pages) poster(w http.ResponseWriter, r *web.Request) error {
	v, err := p.publicCycle(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, callPoster(r, v))
}

func (p *Pages) joinForm(w http.ResponseWriter, r *web.Request) error {
	v, err := p.publicCycle(r)
	if err == nil && r.URL.Query().Get("done") != "1" && (v.State != "open" || !bool(v.Joining)) {
		err = fault.NotFound("fault.not_found")
	}
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, joinPage(r, v, web.NewForm("kind", "resident"), r.URL.Query().Get("done") == "1"))
}

func readJoin(r *web.Request, f *web.Form, c Cycle, channel string) (Join, Contact) {
	return Join{CycleID: c.ID, CentreID: c.CentreID, Kind: f.Get("kind"), Organisation: f.Get("organisation"), Words: f.Get("words"), Channel: channel, Lang: r.Lang()},
		Contact{Name: f.Get("contact_name"), Email: f.Get("email"), Phone: f.Get("phone")}
}

func (p *Pages) join(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.publicCycle(r)
	if err != nil {
		return err
	}
	j, c := readJoin(r, f, v.Cycle, Web)
	if err = r.Slowed("needs join"); err == nil {
		err = p.Store.JoinGroup(r.Context(), j, c, f.Get("form_key"), "public")
	}
	if err != nil && !already(err) {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), joinPage(r, v, f, false))
	}
	return r.See(w, r.Path("needs/"+v.ID+"/join")+"?done=1")
}

// turnedOn returns NotFound where the centre has not turned rounds of needs on.
func (p *Pages) turnedOn(r *web.Request) error {
	c, err := p.centre(r)
	if err == nil && !c.Features.Has(network.FeatureNeeds) {
		err = fault.NotFound("fault.not_found")
	}
	return err
}
