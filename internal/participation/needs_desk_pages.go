package participation

import (
	"net/http"
	"slices"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
	"kvart/internal/survey"
	"kvart/internal/voting"
)

// deskNeeds are the centre's cycles.
func (p *Pages) deskNeeds(w http.ResponseWriter, r *web.Request) error {
	if err := p.turnedOn(r); err != nil {
		return err
	}
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	list, err := p.Store.Cycles(r.Context(), p.Store.DB, c.ID)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, deskNeedsPage(r, list))
}

// cycleForm is the form of a cycle.
type cycleForm struct {
	ID         string
	Form       *web.Form
	Areas      []network.Area
	Activities []programme.Activity
	Surveys    []survey.Survey
	Rounds     []voting.Round
}

func (p *Pages) cycleForm(r *web.Request, id string, f *web.Form) (v cycleForm, err error) {
	v.ID, v.Form = id, f
	if v.Areas, err = p.Store.Network.Areas(r.Context(), p.Store.DB); err != nil {
		return v, err
	}
	if v.Surveys, err = p.Store.Survey.Of(r.Context(), p.Store.DB, r.Viewer.ScopeID()); err != nil {
		return v, err
	}
	network, err := p.Store.Survey.Of(r.Context(), p.Store.DB, "")
	if err != nil {
		return v, err
	}
	v.Surveys = append(v.Surveys, slices.DeleteFunc(network, func(x survey.Survey) bool { return x.State == survey.Draft })...)
	if v.Rounds, err = p.Store.Voting.OfScope(r.Context(), r.Viewer.ScopeID()); err != nil {
		return v, err
	}
	v.Activities, err = p.Store.Programme.Activities(r.Context(), r.Viewer.ScopeID(), false, false)
	return v, err
}

func (p *Pages) newCycle(w http.ResponseWriter, r *web.Request) error {
	if err := p.turnedOn(r); err != nil {
		return err
	}
	v, err := p.cycleForm(r, "", web.NewForm("state", "draft", "joining", "1"))
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, cycleFormPage(r, v))
}

// readCycle reads the form of a cycle; c is what it changes, or a new one. A step without dates is left out.
func readCycle(f *web.Form, c Cycle) Cycle {
	c.Title, c.Call, c.State, c.Joining = f.Texts("title"), f.Texts("call"), f.Get("state"), db.Bool(f.On("joining"))
	c.AreaID, c.TrainingID = nil, nil
	if id := f.Get("area"); id != "" {
		c.AreaID = &id
	}
	if id := f.Get("training"); id != "" {
		c.TrainingID = &id
	}
	c.Steps = nil
	for _, s := range CycleSteps {
		x := CycleStep{Step: s, From: f.Get("from-" + s), To: f.Get("to-" + s), Link: f.Get("link-" + s)}
		if x.From != "" || x.To != "" || x.Link != "" {
			c.Steps = append(c.Steps, x)
		}
	}
	return c
}

func fillCycle(c Cycle) *web.Form {
	f := web.NewForm("state", c.State, "version", number(c.Version))
	f.SetTexts("title", c.Title)
	f.SetTexts("call", c.Call)
	if c.Joining {
		f.Values.Set("joining", "1")
	}
	if c.AreaID != nil {
		f.Values.Set("area", *c.AreaID)
	}
	if c.TrainingID != nil {
		f.Values.Set("training", *c.TrainingID)
	}
	for _, s := range c.Steps {
		f.Values.Set("from-"+s.Step, s.From)
		f.Values.Set("to-"+s.Step, s.To)
		f.Values.Set("link-"+s.Step, s.Link)
	}
	return f
}

func (p *Pages) saveCycle(w http.ResponseWriter, r *web.Request, c Cycle) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	var faults fault.Form
	one := readCycle(f, c)
	if c.ID != "" {
		one.Version = f.Int(&faults, "version", c.Version, 0, 1<<30)
	}
	id := ""
	if err = faults.Err(); err == nil {
		id, err = p.Store.SaveCycle(r.Context(), one, f.Get("form_key"), r.Viewer.Account.ID)
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		v, err := p.cycleForm(r, c.ID, f)
		if err != nil {
			return err
		}
		return r.HTML(w, web.Status(f.Err), cycleFormPage(r, v))
	}
	r.Flash("needs.saved")
	return r.See(w, "/desk/needs/"+id)
}

func (p *Pages) addCycle(w http.ResponseWriter, r *web.Request) error {
	if err := p.turnedOn(r); err != nil {
		return err
	}
	return p.saveCycle(w, r, Cycle{CentreID: r.Viewer.ScopeID()})
}

// ownCycle is the centre's that the address names; another centre's is NotFound, and so is all of it where the centre has not
// turned it on.
func (p *Pages) ownCycle(r *web.Request) (Cycle, error) {
	if err := p.turnedOn(r); err != nil {
		return Cycle{}, err
	}
	return p.Store.Cycle(r.Context(), p.Store.DB, r.Viewer.ScopeID(), r.PathValue("id"))
}

func (p *Pages) editCycle(w http.ResponseWriter, r *web.Request) error {
	c, err := p.ownCycle(r)
	if err != nil {
		return err
	}
	v, err := p.cycleForm(r, c.ID, fillCycle(c))
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, cycleFormPage(r, v))
}

func (p *Pages) changeCycle(w http.ResponseWriter, r *web.Request) error {
	c, err := p.ownCycle(r)
	if err != nil {
		return err
	}
	return p.saveCycle(w, r, c)
}
