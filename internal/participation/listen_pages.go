package participation

import (
	"net/http"
	"slices"
	"strings"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
	"kvart/internal/survey"
)

// listenView is what was heard, and how it was coded.
type listenView struct {
	Cycle
	Sources []Source
	Quotes  []Quote
	Themes  []Theme
	Kappa   string // of two coders, to two places; empty: not defined
	Both    int
	Coder   int
	Surveys []survey.Survey // closed, and no source yet
	Today   string
	Form    *web.Form
}

func (p *Pages) showListen(w http.ResponseWriter, r *web.Request, status int, f *web.Form) error {
	c, err := p.ownCycle(r)
	if err != nil {
		return err
	}
	ctx, q := r.Context(), p.Store.DB
	v := listenView{Cycle: c, Form: f, Coder: 1}
	if r.URL.Query().Get("coder") == "2" || f.Get("coder") == "2" {
		v.Coder = 2
	}
	if v.Sources, err = p.Store.Sources(ctx, q, c.ID); err != nil {
		return err
	}
	if v.Quotes, err = p.Store.Quotes(ctx, q, c.ID); err != nil {
		return err
	}
	if v.Themes, err = p.Store.Themes(ctx, q, c.ID, false); err != nil {
		return err
	}
	centre, err := p.centre(r)
	if err != nil {
		return err
	}
	v.Today = p.Store.today(centre)
	closed, err := p.Store.Survey.ClosedOf(ctx, q, c.CentreID)
	if err != nil {
		return err
	}
	for _, x := range closed {
		if !slices.ContainsFunc(v.Sources, func(s Source) bool { return s.ID == SourceOf(c.ID, x.ID) }) {
			v.Surveys = append(v.Surveys, x)
		}
	}
	kappa, both, ok := Kappa(v.Quotes)
	v.Both = both
	if ok {
		v.Kappa = kappa.FloatString(2)
		if r.Lang() != i18n.EN {
			v.Kappa = strings.Replace(v.Kappa, ".", ",", 1)
		}
	}
	return r.HTML(w, status, listenPage(r, v))
}

func (p *Pages) listen(w http.ResponseWriter, r *web.Request) error {
	return p.showListen(w, r, http.StatusOK, web.NewForm())
}

// heard runs an act on what was heard, and answers with its page.
func (p *Pages) heard(w http.ResponseWriter, r *web.Request, do func(c Cycle, f *web.Form) error) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	c, err := p.ownCycle(r)
	if err != nil {
		return err
	}
	if err := do(c, f); err != nil {
		if !f.Failed(err) {
			return err
		}
		return p.showListen(w, r, web.Status(f.Err), f)
	}
	r.Flash("needs.listen.saved")
	address := listenAt(c.ID)
	if f.Get("coder") == "2" {
		address += "?coder=2"
	}
	return r.See(w, address)
}

// claimed is the key of one of the forms on the page of what was heard: they share what the page drew, and each is sent once.
func claimed(f *web.Form, which string) string {
	if key := f.Get("form_key"); key != "" {
		return key + " " + which
	}
	return ""
}

func (p *Pages) addSource(w http.ResponseWriter, r *web.Request) error {
	return p.heard(w, r, func(c Cycle, f *web.Form) error {
		var faults fault.Form
		x := Source{CycleID: c.ID, Kind: f.Get("source_kind"), Title: f.Get("source_title"), On: f.Get("source_on"), People: f.Int(&faults, "source_people", 0, 1, 10000), Notes: f.Get("notes"), Claim: claimed(f, "source")}
		if err := faults.Err(); err != nil {
			return err
		}
		_, err := p.Store.AddSource(r.Context(), c.CentreID, x, r.Viewer.Account.ID)
		return err
	})
}

func (p *Pages) addTheme(w http.ResponseWriter, r *web.Request) error {
	return p.heard(w, r, func(c Cycle, f *web.Form) error {
		_, err := p.Store.AddTheme(r.Context(), c.CentreID, Theme{CycleID: c.ID, Name: f.Get("theme_name"), About: f.Get("theme_about"), Claim: claimed(f, "theme")}, r.Viewer.Account.ID)
		return err
	})
}

func (p *Pages) addQuote(w http.ResponseWriter, r *web.Request) error {
	return p.heard(w, r, func(c Cycle, f *web.Form) error {
		id, err := p.Store.AddQuote(r.Context(), c.CentreID, c.ID, Quote{SourceID: f.Get("source"), Words: f.Get("quote"), Claim: claimed(f, "quote")}, r.Viewer.Account.ID)
		if err != nil || f.Get("theme") == "" {
			return err
		}
		return p.Store.Code(r.Context(), c.CentreID, c.ID, id, 1, f.Get("theme"), r.Viewer.Account.ID)
	})
}

func (p *Pages) takeBack(w http.ResponseWriter, r *web.Request) error {
	return p.heard(w, r, func(c Cycle, f *web.Form) error {
		return p.Store.TakeBack(r.Context(), c.CentreID, c.ID, f.Get("quote"), f.Get("source"), r.Viewer.Account.ID)
	})
}

// codeQuotes takes what one coder made of every quote of the page.
func (p *Pages) codeQuotes(w http.ResponseWriter, r *web.Request) error {
	return p.heard(w, r, func(c Cycle, f *web.Form) error {
		coder := 1
		if f.Get("coder") == "2" {
			coder = 2
		}
		quotes, err := p.Store.Quotes(r.Context(), p.Store.DB, c.ID)
		if err != nil {
			return err
		}
		for _, q := range quotes {
			field := "theme-" + q.ID
			if _, sent := f.Values[field]; !sent {
				continue
			}
			was := q.First
			if coder == 2 {
				was = q.Second
			}
			if to := f.Get(field); was == nil && to != "" || was != nil && *was != to {
				if err := p.Store.Code(r.Context(), c.CentreID, c.ID, q.ID, coder, to, r.Viewer.Account.ID); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// answerView is the form of what is done about a theme.
type answerView struct {
	Cycle
	Theme      Theme
	Proposals  []Proposal
	Activities []programme.Activity
	Form       *web.Form
}

func (p *Pages) answerView(r *web.Request, themeID string) (v answerView, err error) {
	if v.Cycle, err = p.ownCycle(r); err != nil {
		return v, err
	}
	themes, err := p.Store.Themes(r.Context(), p.Store.DB, v.ID, false)
	if err != nil {
		return v, err
	}
	i := slices.IndexFunc(themes, func(t Theme) bool { return t.ID == themeID })
	if i < 0 {
		return v, fault.NotFound("fault.not_found")
	}
	v.Theme = themes[i]
	all, err := p.Store.OfCentre(r.Context(), p.Store.DB, v.CentreID)
	if err != nil {
		return v, err
	}
	for _, x := range all {
		if x.State != Withdrawn && x.State != Merged {
			v.Proposals = append(v.Proposals, x)
		}
	}
	v.Activities, err = p.Store.Programme.Activities(r.Context(), v.CentreID, false, false)
	return v, err
}

func (p *Pages) answerForm(w http.ResponseWriter, r *web.Request) error {
	v, err := p.answerView(r, r.URL.Query().Get("theme"))
	if err != nil {
		return err
	}
	v.Form = web.NewForm("theme_name", v.Theme.Name, "theme_about", v.Theme.About, "reply", v.Theme.Reply)
	if v.Theme.Published {
		v.Form.Values.Set("publish", "1")
	}
	for _, a := range v.Theme.Answers {
		if a.ProposalID != "" {
			v.Form.Values.Add("proposals", a.ProposalID)
		} else {
			v.Form.Values.Add("activities", a.ActivityID)
		}
	}
	return r.HTML(w, http.StatusOK, answerPage(r, v))
}

func (p *Pages) answerTheme(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.answerView(r, f.Get("theme"))
	if err != nil {
		return err
	}
	v.Form = f
	t := Theme{ID: v.Theme.ID, CycleID: v.ID, Name: f.Get("theme_name"), About: f.Get("theme_about"), Reply: f.Get("reply"), Published: db.Bool(f.On("publish") || bool(v.Theme.Published))}
	distinct := func(list []string) []string {
		list = slices.Clone(list)
		slices.Sort(list)
		return slices.Compact(list)
	}
	if err := p.Store.Answer(r.Context(), v.CentreID, t, distinct(f.All("proposals")), distinct(f.All("activities")), r.Viewer.Account.ID); err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), answerPage(r, v))
	}
	r.Flash("needs.answer.saved")
	return r.See(w, listenAt(v.ID))
}
