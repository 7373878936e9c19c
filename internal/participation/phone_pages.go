package participation

import (
	"net/http"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/internal/survey"
	"kvart/internal/voting"
)

// phoneView is what to say and what to tick when somebody calls: a page to print and to keep beside the telephone.
type phoneView struct {
	Centre  network.Centre
	Surveys []survey.Survey // that are answered now, of the centre and of the network
	Rounds  []voting.Round  // open now, in which one votes with a printed code
}

// phone is the script for the telephone in the language of the caller, whatever the desk's own is.
func (p *Pages) phone(w http.ResponseWriter, r *web.Request) error {
	ctx, q := r.Context(), p.Store.DB
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	v := phoneView{Centre: c}
	own := func(centreID *string) bool { return centreID == nil || *centreID == c.ID }
	if v.Surveys, err = p.Store.Survey.Public(ctx, q); err != nil {
		return err
	}
	v.Surveys = slices.DeleteFunc(v.Surveys, func(x survey.Survey) bool { return x.State != survey.Open || !own(x.CentreID) })
	open, err := p.Store.Voting.Open(ctx)
	if err != nil {
		return err
	}
	for _, x := range open {
		if !own(x.CentreID) || !x.Codes() {
			continue
		}
		one, err := p.Store.Voting.Round(ctx, q, x.ID)
		if err != nil {
			return err
		}
		v.Rounds = append(v.Rounds, one)
	}
	said := *r
	if l, ok := i18n.Parse(r.URL.Query().Get("in")); ok {
		said.Printer = p.Store.Texts.For(l)
	}
	return said.HTML(w, http.StatusOK, phonePage(&said, v))
}

// until is when the vote ends where the centre is.
func (v phoneView) until(r *web.Request, x voting.Round) string {
	return r.When(x.Closes().In(v.Centre.Location()))
}

// closes is the last day of the survey.
func closes(r *web.Request, x survey.Survey) string {
	t, err := time.Parse(time.DateOnly, x.ClosesOn)
	if err != nil {
		return ""
	}
	return r.Date(t)
}
