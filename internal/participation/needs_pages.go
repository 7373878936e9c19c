package participation

import (
	"net/http"
	"slices"
	"strings"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
	"kvart/internal/survey"
	"kvart/internal/voting"
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

// groupView is the programme group as the centre's team sees it.
type groupView struct {
	Cycle
	Joins    []Joined
	Meetings []Meeting
	Form     *web.Form // of somebody who joins at the desk
}

func (p *Pages) showGroup(w http.ResponseWriter, r *web.Request, status int, f *web.Form) error {
	c, err := p.ownCycle(r)
	if err != nil {
		return err
	}
	v := groupView{Cycle: c, Form: f}
	if v.Joins, err = p.Store.Joins(r.Context(), p.Store.DB, c.CentreID, c.ID); err != nil {
		return err
	}
	if v.Meetings, err = p.Store.Meetings(r.Context(), p.Store.DB, c.ID); err != nil {
		return err
	}
	return r.HTML(w, status, groupPage(r, v))
}

func (p *Pages) group(w http.ResponseWriter, r *web.Request) error {
	return p.showGroup(w, r, http.StatusOK, web.NewForm("kind", "resident"))
}

func (p *Pages) joinAtDesk(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	c, err := p.ownCycle(r)
	if err != nil {
		return err
	}
	j, contact := readJoin(r, f, c, Desk)
	if err := p.Store.JoinGroup(r.Context(), j, contact, f.Get("form_key"), r.Viewer.Account.ID); err != nil && !already(err) {
		if fault.Is(err, fault.KindNotFound) {
			err = fault.Conflict("needs.fault.closed")
		}
		if !f.Failed(err) {
			return err
		}
		return p.showGroup(w, r, web.Status(f.Err), f)
	}
	r.Flash("needs.join.desk.done")
	return r.See(w, "/desk/needs/"+c.ID+"/group")
}

func (p *Pages) setJoin(w http.ResponseWriter, r *web.Request, state, done string) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	c, err := p.ownCycle(r)
	if err != nil {
		return err
	}
	if err := p.Store.SetJoin(r.Context(), c.CentreID, c.ID, f.Get("join"), state, r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash(done)
	return r.See(w, "/desk/needs/"+c.ID+"/group")
}

func (p *Pages) member(w http.ResponseWriter, r *web.Request) error {
	return p.setJoin(w, r, "member", "needs.member.done")
}

func (p *Pages) leave(w http.ResponseWriter, r *web.Request) error {
	return p.setJoin(w, r, "left", "needs.left.done")
}

// meetingView is the form of a meeting.
type meetingView struct {
	Cycle
	Meeting Meeting
	Form    *web.Form
}

func (p *Pages) meetingView(r *web.Request, id string) (v meetingView, err error) {
	if v.Cycle, err = p.ownCycle(r); err != nil {
		return v, err
	}
	if id == "" {
		return v, nil
	}
	list, err := p.Store.Meetings(r.Context(), p.Store.DB, v.ID)
	if err != nil {
		return v, err
	}
	i := slices.IndexFunc(list, func(m Meeting) bool { return m.ID == id })
	if i < 0 {
		return v, fault.NotFound("fault.not_found")
	}
	v.Meeting = list[i]
	return v, nil
}

func (p *Pages) meeting(w http.ResponseWriter, r *web.Request) error {
	v, err := p.meetingView(r, r.URL.Query().Get("meeting"))
	if err != nil {
		return err
	}
	m := v.Meeting
	v.Form = web.NewForm("on", m.On, "clock", m.Clock, "place", m.Place, "agenda", m.Agenda, "decisions", m.Decisions, "minutes", m.Minutes, "version", number(m.Version))
	for name, n := range map[string]*int{"residents": m.Residents, "organisations": m.Organisations, "staff": m.Staff} {
		if n != nil {
			v.Form.Values.Set(name, number(*n))
		}
	}
	if m.PublishedOn != "" {
		v.Form.Values.Set("publish", "1")
	}
	return r.HTML(w, http.StatusOK, meetingPage(r, v))
}

func (p *Pages) saveMeeting(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.meetingView(r, f.Get("meeting"))
	if err != nil {
		return err
	}
	v.Form = f
	var faults fault.Form
	m := Meeting{ID: v.Meeting.ID, CycleID: v.ID, On: f.Get("on"), Clock: f.Get("clock"), Place: f.Get("place"), Agenda: f.Get("agenda"), Decisions: f.Get("decisions"), Minutes: f.Get("minutes"),
		Version: f.Int(&faults, "version", v.Meeting.Version, 0, 1<<30)}
	for name, at := range map[string]**int{"residents": &m.Residents, "organisations": &m.Organisations, "staff": &m.Staff} {
		if f.Get(name) != "" {
			n := f.Int(&faults, name, 0, 0, 10000)
			*at = &n
		}
	}
	if err = faults.Err(); err == nil {
		err = p.Store.SaveMeeting(r.Context(), v.CentreID, m, f.On("publish") || v.Meeting.PublishedOn != "", f.Get("form_key"), r.Viewer.Account.ID)
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), meetingPage(r, v))
	}
	r.Flash("needs.meeting.saved")
	return r.See(w, "/desk/needs/"+v.ID+"/group")
}

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
