package participation

import (
	"net/http"
	"strconv"
	"strings"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
	"kvart/internal/survey"
	"kvart/internal/voting"
)

// lead is where a step of a cycle leads to, and the message of its link.
type lead struct{ Address, Key string }

// leadOf is where everybody gets from a step: to a survey that is asked or whose totals are shown, to a vote that is
// announced; nowhere while either is prepared.
func (p *Pages) leadOf(r *web.Request, s CycleStep) (lead, error) {
	to := lead{s.Link, "needs.step." + s.Step + ".link"}
	gone := func(err error) (lead, error) {
		if fault.Is(err, fault.KindNotFound) {
			err = nil
		}
		return lead{}, err
	}
	if id, ok := strings.CutPrefix(s.Link, "/surveys/"); ok {
		v, err := p.Store.Survey.Survey(r.Context(), p.Store.DB, id)
		if err != nil {
			return gone(err)
		}
		today, err := p.Store.Survey.Today(r.Context(), p.Store.DB, v)
		switch {
		case err != nil:
			return lead{}, err
		case v.State == survey.Closed && bool(v.Shown):
			return lead{r.Path("surveys/" + id + "/results"), "needs.step.ask.results"}, nil
		case !v.Answered(today.Format("2006-01-02")):
			return lead{}, nil
		}
		to.Address = r.Path("surveys/" + id)
	}
	if id, ok := strings.CutPrefix(s.Link, "/votes/"); ok {
		one, err := p.Store.Voting.Shown(r.Context(), id)
		if err != nil {
			return gone(err)
		}
		if one.State == voting.Published {
			to.Key = "needs.step.decide.result"
		}
		to.Address = r.Path("votes/" + id)
	}
	return to, nil
}

// linkOptions are the surveys and the votes to which a step may lead. What was typed there once stays.
func (v cycleForm) linkOptions(r *web.Request, step string) []web.Option {
	list := []web.Option{{Label: r.T("needs.link.none")}}
	if step == "ask" {
		for _, x := range v.Surveys {
			list = append(list, web.Option{Value: "/surveys/" + x.ID, Label: r.Pick(x.Title) + ", " + r.T("survey.state."+x.State)})
		}
	} else {
		for _, x := range v.Rounds {
			list = append(list, web.Option{Value: VoteLink(x.ID), Label: r.Pick(x.Title)})
		}
	}
	now := v.Form.Get("link-" + step)
	for _, o := range list {
		if o.Value == now {
			return list
		}
	}
	return append(list, web.Option{Value: now, Label: now})
}

// overtakeView is the page that takes a survey over.
type overtakeView struct {
	Cycle
	Survey survey.Survey
	N      int
	Told   []survey.Told
	Words  bool // the words are the centre's, and still kept
	Form   *web.Form
}

func (v overtakeView) answers(r *web.Request) (list []web.Option) {
	for _, t := range v.Told {
		list = append(list, web.Option{Value: t.Key, Label: t.Answer + " (" + strconv.Itoa(t.N) + ")", Hint: t.Question})
	}
	return list
}

func (p *Pages) overtakeView(r *web.Request, surveyID string, f *web.Form) (v overtakeView, err error) {
	v.Form = f
	if v.Cycle, err = p.ownCycle(r); err != nil {
		return v, err
	}
	one := survey.Version{}
	if v.Survey, one, err = p.Store.closed(r.Context(), p.Store.DB, v.CentreID, surveyID); err != nil {
		return v, err
	}
	v.N, v.Told, v.Words = one.Totals.N.N, one.Told(string(r.Lang())), v.Survey.CentreID != nil && !bool(v.Survey.Gone)
	return v, nil
}

func (p *Pages) overtakeForm(w http.ResponseWriter, r *web.Request) error {
	f := web.NewForm("survey", r.URL.Query().Get("survey"))
	v, err := p.overtakeView(r, f.Get("survey"), f)
	if err != nil {
		if v.Cycle.ID != "" && f.Failed(err) {
			return p.showListen(w, r, web.Status(f.Err), f)
		}
		return err
	}
	return r.HTML(w, http.StatusOK, overtakePage(r, v))
}

func (p *Pages) overtake(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	c, err := p.ownCycle(r)
	if err != nil {
		return err
	}
	x := Overtaking{SurveyID: f.Get("survey"), Answers: f.All("answers"), Words: f.On("words")}
	if x.Words {
		if err := survey.OwnTeam(r); err != nil {
			return err
		}
	}
	left, err := p.Store.TakeSurvey(r.Context(), c.CentreID, c.ID, x, r.Printer, r.Viewer.Account.ID)
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return p.showListen(w, r, web.Status(f.Err), f)
	}
	if left > 0 {
		r.Flash("needs.survey.left")
	} else {
		r.Flash("needs.survey.done")
	}
	return r.See(w, listenAt(c.ID))
}
