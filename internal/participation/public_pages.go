package participation

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
	"kvart/internal/voting"
)

// listView is the public list.
type listView struct {
	Proposals []Proposal
	Centres   []network.Centre
	Filter    Filter
	Slug      string // of the centre
	Names     map[string]string
	Voted     map[string]string // round by proposal, while it is voted on
	Votes     bool              // there are votes, now or before
	More      bool              // there is another page
}

// listed are the states by which the list is narrowed.
var listed = []State{Received, Discussed, Accepted, Passed, Scheduled, Held, Declined}

func (p *Pages) proposals(w http.ResponseWriter, r *web.Request) error {
	v := listView{Names: map[string]string{}}
	b, err := p.Store.Network.Basics(r.Context())
	if err != nil && !fault.Is(err, fault.KindNotFound) {
		return err
	}
	q := r.URL.Query()
	if err == nil {
		v.Centres = b.Centres
		for _, c := range b.Centres {
			v.Names[c.ID] = c.Name
			if c.Slug == q.Get("centre") {
				v.Filter.CentreID, v.Slug = c.ID, c.Slug
			}
		}
	}
	if s := State(q.Get("state")); slices.Contains(listed, s) {
		v.Filter.State = s
	}
	v.Filter.Seeks, v.Filter.Page = q.Get("partner") == "1", pageOf(r)
	if v.Proposals, v.More, err = p.Store.Listed(r.Context(), p.Store.DB, v.Filter); err != nil {
		return err
	}
	if v.Voted, err = p.Store.Voting.Voted(r.Context(), p.Store.DB); err != nil {
		return err
	}
	votes, err := p.Store.Voting.Rounds(r.Context())
	if err != nil {
		return err
	}
	v.Votes = len(votes) > 0
	return r.HTML(w, http.StatusOK, listPage(r, v))
}

// threadView is a proposal with everything said about it.
type threadView struct {
	Proposal
	Centre    network.Centre
	Steps     []Step
	Votes     []voting.Decision
	Into      *Proposal
	Whole     *Proposal // it was split off from it
	Parts     []Proposal
	Merged    []Proposal
	Carrier   string // the organisation that carries it
	Dates     []programme.Listed
	Came      Came
	Would     int
	Mine      bool // this browser would come
	Threshold int
	Currency  string
	Due       string
	Today     string
	Comments  []Comment // that show
	Word      *web.Form // of a comment; nil where the proposal takes none
	Said      bool      // one was just sent
	WaitsFor  Step      // to whom it is passed on, while there is no answer
}

func (p *Pages) thread(r *web.Request, one Proposal) (v threadView, err error) {
	ctx, q := r.Context(), p.Store.DB
	v.Proposal = one
	if v.Centre, err = p.Store.Network.Centre(ctx, q, one.CentreID); err != nil {
		return v, err
	}
	n, err := p.Store.Network.Network(ctx, q)
	if err != nil {
		return v, err
	}
	v.Threshold, v.Currency, v.Today = n.Disclosure, n.Currency, p.Store.today(v.Centre)
	if v.Steps, err = p.Store.Thread(ctx, q, one.ID); err != nil {
		return v, err
	}
	if v.Votes, err = p.Store.Voting.Decided(ctx, q, one.ID); err != nil {
		return v, err
	}
	if v.Parts, v.Merged, err = p.Store.Parts(ctx, q, one.ID); err != nil {
		return v, err
	}
	public := func(x Proposal) bool { return !x.Public() }
	v.Parts, v.Merged = slices.DeleteFunc(v.Parts, public), slices.DeleteFunc(v.Merged, public)
	for id, at := range map[*string]**Proposal{one.MergedInto: &v.Into, one.PartOf: &v.Whole} {
		if id == nil {
			continue
		}
		other, err := p.Store.Proposal(ctx, q, *id)
		if err != nil {
			return v, err
		}
		if other.Public() {
			*at = &other
		}
	}
	if one.OrganisationID != nil {
		o, err := p.Store.Network.Organisation(ctx, q, *one.OrganisationID)
		if err != nil {
			return v, err
		}
		v.Carrier = o.Name
	}
	if v.Dates, err = p.Store.Dates(ctx, one); err != nil {
		return v, err
	}
	if v.Came, err = p.Store.Outcome(ctx, q, one); err != nil {
		return v, err
	}
	if v.Would, v.Mine, err = p.Store.WouldCome(ctx, q, one.ID, chanceOf(r)); err != nil {
		return v, err
	}
	for i := len(v.Steps) - 1; one.State == Passed && i >= 0 && v.Steps[i].To == Passed && v.Steps[i].Answer != Answered; i-- {
		v.WaitsFor = v.Steps[i] // since the first day on which they were asked
	}
	if v.Centre.Features.Has(network.FeatureComments) {
		if v.Comments, err = p.Store.Comments(ctx, q, one.ID, false); err != nil {
			return v, err
		}
	}
	v.Due, err = p.Store.due(ctx, q, v.Centre, one)
	return v, err
}

// public is the proposal that the address names, where everybody may read it.
func (p *Pages) public(r *web.Request) (Proposal, error) {
	id := r.PathValue("id")
	if !db.IsID(id) {
		return Proposal{}, fault.NotFound("fault.not_found")
	}
	one, err := p.Store.Proposal(r.Context(), p.Store.DB, id)
	if err == nil && one.PublishedOn == "" {
		err = fault.NotFound("fault.not_found")
	}
	return one, err
}

func (p *Pages) proposal(w http.ResponseWriter, r *web.Request) error {
	one, err := p.public(r)
	if err != nil {
		return err
	}
	return p.showPublic(w, r, http.StatusOK, one, web.NewForm())
}

// showPublic is the page of a proposal, with the form of a comment where it takes some.
func (p *Pages) showPublic(w http.ResponseWriter, r *web.Request, status int, one Proposal, f *web.Form) error {
	if one.State == Withdrawn {
		return r.HTML(w, http.StatusGone, gonePage(r))
	}
	v, err := p.thread(r, one)
	if err != nil {
		return err
	}
	if Commenting(one, v.Centre) {
		v.Word, v.Said = f, r.URL.Query().Get("said") == "1"
	}
	return r.HTML(w, status, proposalPage(r, v))
}

// comment takes a short comment, to be read before it shows.
func (p *Pages) comment(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	one, err := p.public(r)
	if err != nil {
		return err
	}
	if err = r.Slowed("comment"); err == nil {
		err = p.Store.AddComment(r.Context(), Comment{ProposalID: one.ID, Lang: r.Lang(), Words: f.Get("words"), PublicName: f.Get("comment_name")}, f.Get("form_key"))
	}
	if err != nil && !already(err) {
		if !f.Failed(err) {
			return err
		}
		return p.showPublic(w, r, web.Status(f.Err), one, f)
	}
	return r.See(w, r.Path("proposals/"+one.ID)+"?said=1#comments")
}

// The browser's chance says that a press came from here, for half a year. It is set by that press only, and the database has
// nothing but a mark of it that differs with every proposal.
const (
	chanceDays  = 180
	chanceBytes = 24
)

func chanceCookie(r *web.Request) (name string, secure bool) {
	if strings.HasPrefix(r.Base(), "https://") {
		return "__Host-kvart-going", true
	}
	return "kvart-going", false
}

func chanceOf(r *web.Request) string {
	name, _ := chanceCookie(r)
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	if raw, err := base64.RawURLEncoding.DecodeString(c.Value); err != nil || len(raw) != chanceBytes {
		return ""
	}
	return c.Value
}

func (p *Pages) going(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	one, err := p.public(r)
	if err != nil {
		return err
	}
	if err := r.Slowed("going"); err != nil {
		return err
	}
	chance, would := chanceOf(r), f.Get("would") != "0"
	if chance == "" {
		raw := make([]byte, chanceBytes)
		_, _ = rand.Read(raw)
		chance = base64.RawURLEncoding.EncodeToString(raw)
	}
	if err := p.Store.Going(r.Context(), one.ID, chance, would); err != nil {
		return err
	}
	if would {
		name, secure := chanceCookie(r)
		http.SetCookie(w, &http.Cookie{Name: name, Value: chance, Path: "/", MaxAge: int((chanceDays * 24 * time.Hour).Seconds()), HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode})
	}
	return r.See(w, r.Path("proposals/"+one.ID)+"#would")
}
