package participation

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
	"kvart/internal/voting"
)

// voteView is the form that puts a proposal to a vote.
type voteView struct {
	Proposal
	Rounds []voting.Round // in preparation
	Form   *web.Form
}

func (v voteView) roundOptions(r *web.Request) []web.Option {
	list := []web.Option{{Label: r.T("participation.choose")}}
	for _, x := range v.Rounds {
		label := r.Pick(x.Title) + ", " + x.Amount(r.Printer, x.Budget)
		if x.CentreID == nil {
			label += ", " + r.T("participation.vote.network")
		}
		list = append(list, web.Option{Value: x.ID, Label: label})
	}
	return list
}

func (p *Pages) voteView(r *web.Request, f *web.Form) (v voteView, err error) {
	v.Form = f
	if v.Proposal, err = p.own(r); err != nil {
		return v, err
	}
	if !v.Votable() {
		return v, fault.Conflict("participation.fault.not_votable")
	}
	v.Rounds, err = p.Store.Voting.Drafts(r.Context(), p.Store.DB, v.CentreID)
	return v, err
}

func (p *Pages) voteForm(w http.ResponseWriter, r *web.Request) error {
	v, err := p.voteView(r, web.NewForm())
	if err != nil {
		return err
	}
	if v.MoneyCents != nil && *v.MoneyCents > 0 {
		v.Form.Values.Set("cost", typedCents(*v.MoneyCents))
	}
	if len(v.Rounds) == 1 {
		v.Form.Values.Set("round", v.Rounds[0].ID)
	}
	return r.HTML(w, http.StatusOK, votePage(r, v))
}

// typedCents is an amount of money as it is typed.
func typedCents(n int64) string {
	return strings.TrimSuffix(fmt.Sprintf("%d,%02d", n/100, n%100), ",00")
}

func (p *Pages) putToVote(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.voteView(r, f)
	if err != nil {
		return err
	}
	var faults fault.Form
	x := Putting{RoundID: f.Get("round"), Sensitive: f.Get("sensitive") == "1"}
	if f.Get("sensitive") == "" {
		faults.Add("sensitive", "participation.fault.sensitive")
	}
	i := slices.IndexFunc(v.Rounds, func(one voting.Round) bool { return one.ID == x.RoundID })
	if i < 0 {
		faults.Add("round", "participation.fault.round")
	} else {
		n, ok := voting.ReadAmount(f.Get("cost"), v.Rounds[i].Unit)
		if !ok {
			n = 0
		}
		x.Cost = n
		if err := (voting.Option{Title: v.Rounds[i].Title, Cost: n}).Check(v.Rounds[i].Budget); err != nil {
			for _, one := range fault.Of(err).Fields {
				faults.Add(one.Name, one.Key, one.Args...)
			}
		}
	}
	if err = faults.Err(); err == nil {
		err = p.Store.PutToVote(r.Context(), r.Viewer.ScopeID(), v.ID, x, r.Viewer.Account.ID)
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), votePage(r, v))
	}
	r.Flash("participation.vote.put")
	return r.See(w, "/desk/proposals/"+v.ID)
}

// mayVote says whether the desk offers a vote on the proposal: the centre holds votes, or the network prepares one.
func (p *Pages) mayVote(r *web.Request, one Proposal, c network.Centre) (bool, error) {
	if !one.Votable() {
		return false, nil
	}
	if c.Features.Has(network.FeatureVotes) {
		return true, nil
	}
	drafts, err := p.Store.Voting.Drafts(r.Context(), p.Store.DB, c.ID)
	return len(drafts) > 0, err
}

// Follow is what a vote says of the proposal that an option came from: how far it is, and what was held and who came.
func (p *Pages) Follow(r *web.Request, origin string) (f voting.Follow, ok bool, err error) {
	if !db.IsID(origin) {
		return f, false, nil
	}
	one, err := p.Store.Proposal(r.Context(), p.Store.DB, origin)
	if fault.Is(err, fault.KindNotFound) || err == nil && one.PublishedOn == "" {
		return f, false, nil
	}
	if err != nil {
		return f, false, err
	}
	f = voting.Follow{Address: "proposals/" + one.ID, State: stateWord(r, one.State)}
	dates, err := p.Store.Dates(r.Context(), one)
	if err != nil || len(dates) == 0 {
		return f, true, err
	}
	n, err := p.Store.Network.Network(r.Context(), p.Store.DB)
	if err != nil {
		return f, true, err
	}
	came, err := p.Store.Outcome(r.Context(), p.Store.DB, one)
	if err == nil && came.Sessions > 0 {
		f.Held = came.words(r, n.Disclosure)
	}
	return f, true, err
}
