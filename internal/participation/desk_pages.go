package participation

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
	"kvart/internal/voting"
)

// deskRow is a proposal in the desk's list.
type deskRow struct {
	Proposal
	Due  string
	Late bool
}

// deskGroups are the parts of the desk's list, in the order of what is to be done.
type deskGroups struct{ Waiting, Talked, Accepted, Planned, Over []deskRow }

func (p *Pages) centre(r *web.Request) (network.Centre, error) {
	return p.Store.Network.Centre(r.Context(), p.Store.DB, r.Viewer.ScopeID())
}

func (p *Pages) desk(w http.ResponseWriter, r *web.Request) error {
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	list, err := p.Store.OfCentre(r.Context(), p.Store.DB, c.ID)
	if err != nil {
		return err
	}
	dues, err := p.Store.dues(r.Context(), p.Store.DB, c, list, "")
	if err != nil {
		return err
	}
	var g deskGroups
	today := p.Store.today(c)
	for _, one := range list {
		row := deskRow{Proposal: one, Due: dues[one.ID]}
		row.Late = one.Late(row.Due, today)
		switch one.State {
		case Received:
			g.Waiting = append(g.Waiting, row)
		case Discussed, Changed, Passed:
			g.Talked = append(g.Talked, row)
		case Accepted:
			g.Accepted = append(g.Accepted, row)
		case Scheduled:
			g.Planned = append(g.Planned, row)
		default:
			g.Over = append(g.Over, row)
		}
	}
	return r.HTML(w, http.StatusOK, deskPage(r, c, g))
}

func (p *Pages) deskView(r *web.Request, f *web.Form) (proposeView, error) {
	c, err := p.centre(r)
	f.Values.Set("centre", c.ID)
	return proposeView{Form: f, Centres: []network.Centre{c}, Desk: true}, err
}

func (p *Pages) newAtDesk(w http.ResponseWriter, r *web.Request) error {
	v, err := p.deskView(r, web.NewForm("channel", Desk, "open", "1"))
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, proposePage(r, v))
}

// addAtDesk takes what somebody says at the desk or by phone, or wrote on paper: the same rules, the same code, and who typed.
func (p *Pages) addAtDesk(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.deskView(r, f)
	if err != nil {
		return err
	}
	var faults fault.Form
	a := p.readAsking(r, f, &faults)
	a.CentreID, a.TypedBy, a.By, a.Channel = r.Viewer.ScopeID(), r.Viewer.Account.ID, r.Viewer.Account.ID, f.Get("channel")
	if !slices.Contains([]string{Desk, Phone, Paper}, a.Channel) {
		a.Channel = "?"
	}
	if l, ok := i18n.Parse(f.Get("lang")); ok {
		a.Lang = l
	}
	similar := ""
	if r.Viewer.May(Answer) { // whoever is on duty reads no proposals that are not public
		similar = a.CentreID
	}
	return p.take(w, r, v, a, &faults, similar)
}

// oneView is a proposal as the centre's team works on it.
type oneView struct {
	threadView
	Contact       *network.Person
	Offers        []Offered
	Others        []Proposal // of the centre, into which it may be merged
	Organisations []network.Organisation
	Similar       []Proposal
	Screen, Say   *web.Form
	Carry         *web.Form
	Decide        *web.Form // about a comment
	Recode        *web.Form // a code given anew
	Line          *web.Form // of the budget
	All           []Comment // those that do not show too
	Recoded       []Recoding
	Next          []State       // where it may go
	WasPassedTo   Step          // the last that was passed on
	Prepared      *voting.Round // in preparation, that has it as an option
	MayVote       bool          // a vote on it is offered
}

func (p *Pages) own(r *web.Request) (Proposal, error) {
	return p.Store.AtCentre(r.Context(), p.Store.DB, r.Viewer.ScopeID(), r.PathValue("id"))
}

func (p *Pages) showOne(w http.ResponseWriter, r *web.Request, status int, one Proposal, change func(*oneView)) error {
	ctx, q := r.Context(), p.Store.DB
	v := oneView{}
	var err error
	if v.threadView, err = p.thread(r, one); err != nil {
		return err
	}
	if v.Contact, err = p.Store.Contact(ctx, q, one); err != nil {
		return err
	}
	if v.Offers, err = p.Store.Offers(ctx, q, one.ID); err != nil {
		return err
	}
	all, err := p.Store.OfCentre(ctx, q, one.CentreID)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.ID != one.ID && !x.State.Ended() {
			v.Others = append(v.Others, x)
		}
	}
	if v.Organisations, err = p.Store.Network.Organisations(ctx, q); err != nil {
		return err
	}
	names := r.Names()
	slices.SortStableFunc(v.Organisations, func(a, b network.Organisation) int { return names(a.Name, b.Name) })
	v.Similar = Similar(one, v.Others)
	v.Screen = web.NewForm("title", one.Title, "about", one.About, "for_whom", one.ForWhom, "room", one.Room, "equipment", one.Equipment, "people", one.People, "doing", one.Doing,
		"public_name", one.PublicName, "note", one.ScreenNote, "show", "1")
	v.Say, v.Carry = web.NewForm("decided_by", ByGroup), web.NewForm()
	v.Decide, v.Recode, v.Line = web.NewForm(), web.NewForm(), budgetForm(one.Budget())
	if v.All, err = p.Store.Comments(ctx, q, one.ID, true); err != nil {
		return err
	}
	if v.Recoded, err = p.Store.Recodings(ctx, q, one.ID); err != nil {
		return err
	}
	set := func(name string, on bool) {
		if on {
			v.Carry.Values.Set(name, "1")
		}
	}
	set("resident", bool(one.ResidentDoes))
	set("centre_carries", bool(one.CentreDoes))
	if one.OrganisationID != nil {
		v.Carry.Values.Set("organisation", *one.OrganisationID)
	}
	if v.Prepared, err = p.Store.Voting.Prepared(ctx, q, one.ID); err != nil {
		return err
	}
	if v.MayVote, err = p.mayVote(r, one, v.Centre); err != nil {
		return err
	}
	for _, s := range next[one.State] {
		if s != Scheduled && s != Withdrawn {
			v.Next = append(v.Next, s)
		}
	}
	for _, s := range v.Steps {
		if s.To == Passed {
			v.WasPassedTo = s
		}
	}
	if one.State == Passed {
		v.Say.Values.Set("body", v.WasPassedTo.Body)
		v.Say.Values.Set("body_kind", v.WasPassedTo.BodyKind)
	}
	if change != nil {
		change(&v)
	}
	return r.HTML(w, status, onePage(r, v))
}

func (p *Pages) one(w http.ResponseWriter, r *web.Request) error {
	one, err := p.own(r)
	if err != nil {
		return err
	}
	return p.showOne(w, r, http.StatusOK, one, nil)
}

// acted answers an act: with the proposal's page, or with its form and what is wrong about it.
func (p *Pages) acted(w http.ResponseWriter, r *web.Request, f *web.Form, err error, put func(*oneView), done string) error {
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		one, again := p.own(r)
		if again != nil {
			return again
		}
		return p.showOne(w, r, web.Status(f.Err), one, put)
	}
	r.Flash(done)
	return r.See(w, "/desk/proposals/"+r.PathValue("id"))
}

// seen is the version of the proposal that the form was made of.
func seen(f *web.Form) int {
	n, _ := strconv.Atoi(f.Get("version"))
	return n
}

func (p *Pages) screen(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if _, err := p.own(r); err != nil {
		return err
	}
	x := Screening{Proposal: Proposal{Title: f.Get("title"), About: f.Get("about"), ForWhom: f.Get("for_whom"), Room: f.Get("room"), Equipment: f.Get("equipment"), People: f.Get("people"),
		Doing: f.Get("doing"), PublicName: f.Get("public_name")}, Show: f.Get("show") == "1", Note: f.Get("note"), Seen: seen(f)}
	done := "participation.screen.kept"
	if x.Show {
		done = "participation.screen.shown"
	}
	err = p.Store.Screen(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), x, r.Viewer.Account.ID)
	return p.acted(w, r, f, err, func(v *oneView) { v.Screen = f }, done)
}

// say writes down what is said of the proposal. Where it goes on in another, or in several, says the same form.
func (p *Pages) say(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if _, err := p.own(r); err != nil {
		return err
	}
	ctx, centreID, id, by := r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.Account.ID
	x := Step{To: State(f.Get("to")), DecidedBy: f.Get("decided_by"), Reason: f.Get("reason"), Link: f.Get("link"), Seen: seen(f)}
	switch x.To {
	case Discussed:
		x.TalkOn = f.Get("talk_on")
	case Passed:
		x.Body, x.BodyKind, x.Answer = f.Get("body"), f.Get("body_kind"), f.Get("answer")
	}
	switch x.To {
	case "":
		var faults fault.Form
		faults.Add("to", "participation.fault.to")
		err = faults.Err()
	case Merged:
		err = p.Store.Merge(ctx, centreID, id, f.Get("into"), x, by)
	case Split:
		_, err = p.Store.SplitUp(ctx, centreID, id, lines(f.Get("titles")), x, by)
	default:
		err = p.Store.Say(ctx, centreID, id, x, by)
	}
	return p.acted(w, r, f, err, func(v *oneView) { v.Say = f }, "participation.say.done")
}

func (p *Pages) carry(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if _, err := p.own(r); err != nil {
		return err
	}
	x := Carrying{Resident: f.On("resident"), Centre: f.On("centre_carries"), OrganisationID: f.Get("organisation"), Seen: seen(f)}
	err = p.Store.Carry(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), x, r.Viewer.Account.ID)
	return p.acted(w, r, f, err, func(v *oneView) { v.Carry = f }, "participation.carry.done")
}

// planView is the form that makes an activity of a proposal.
type planView struct {
	Proposal
	Centre  network.Centre
	Spaces  []booking.Space
	Form    *web.Form
	Clashes []booking.Clash
	Won     *voting.Decision // the vote whose amount the plan may spend, or nil
}

// spaces are the rooms of the centre that can be booked.
func (p *Pages) spaces(ctx context.Context, centreID string) (list []booking.Space, err error) {
	all, err := p.Store.Booking.Spaces(ctx, p.Store.DB, centreID)
	for _, s := range all {
		if !s.Closed {
			list = append(list, s)
		}
	}
	return list, err
}

func (p *Pages) planView(r *web.Request, f *web.Form) (v planView, err error) {
	v.Form = f
	if v.Proposal, err = p.own(r); err != nil {
		return v, err
	}
	if !May(v.State, Scheduled) {
		return v, fault.Conflict("participation.fault.step")
	}
	if !v.Public() {
		return v, fault.Conflict("participation.fault.not_public")
	}
	if v.Centre, err = p.centre(r); err != nil {
		return v, err
	}
	votes, err := p.Store.Voting.Decided(r.Context(), p.Store.DB, v.ID)
	if err != nil {
		return v, err
	}
	v.Won = promised(votes)
	v.Spaces, err = p.spaces(r.Context(), v.Centre.ID)
	return v, err
}

func (p *Pages) planForm(w http.ResponseWriter, r *web.Request) error {
	v, err := p.planView(r, web.NewForm())
	if err != nil {
		return err
	}
	day := r.Now.In(v.Centre.Location()).AddDate(0, 0, 14)
	v.Form = web.NewForm("title", v.Title, "date", day.Format(time.DateOnly), "from", "17:00", "to", "19:00", "reason", r.T("participation.plan.reason"))
	if len(v.Spaces) > 0 {
		v.Form.Values.Set("space", v.Spaces[0].ID)
	}
	line := v.Budget()
	if line.Unit == "" && v.MoneyCents != nil && *v.MoneyCents > 0 { // what was asked for is where the talk begins
		line.Unit, line.Amount = voting.Money, *v.MoneyCents
	}
	for name, values := range budgetForm(line).Values {
		v.Form.Values[name] = values
	}
	return r.HTML(w, http.StatusOK, planPage(r, v))
}

func (p *Pages) plan(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.planView(r, f)
	if err != nil {
		return err
	}
	var faults fault.Form
	a := ActivityOf(v.Proposal)
	a.Title = i18n.Text{v.Lang: f.Text(&faults, "title", mostTitle, true)}
	day, err := time.ParseInLocation(time.DateOnly, f.Get("date"), v.Centre.Location())
	if err != nil || day.Year() < 2000 || day.Year() > 2200 {
		faults.Add("date", "fault.not_a_date")
	}
	d := programme.Date{SpaceID: f.Get("space")}
	for _, name := range []string{"from", "to"} {
		clock, err := time.Parse("15:04", f.Get(name))
		if err != nil {
			faults.Add(name, "fault.not_a_time")
			continue
		}
		t := time.Date(day.Year(), day.Month(), day.Day(), clock.Hour(), clock.Minute(), 0, 0, v.Centre.Location())
		if name == "from" {
			d.Start = t
		} else {
			d.End = t
		}
	}
	switch {
	case d.Start.IsZero() || d.End.IsZero():
	case !d.Start.Before(d.End):
		faults.Add("to", "programme.fault.times")
	case d.Start.Before(r.Now):
		faults.Add("date", "participation.fault.past")
	}
	if d.SpaceID == "" {
		a.PlaceKind, a.Place = programme.Address, i18n.Text{v.Lang: f.Text(&faults, "place", 200, true)}
	} else if !slices.ContainsFunc(v.Spaces, func(s booking.Space) bool { return s.ID == d.SpaceID }) {
		faults.Add("space", "programme.fault.space")
	}
	if f.Text(&faults, "reason", 2000, false) == "" {
		faults.Add("reason", "participation.fault.reason")
	}
	line := readBudget(f, v.Won != nil, &faults)
	if err = faults.Err(); err == nil {
		x := Step{DecidedBy: cmp.Or(f.Get("decided_by"), ByCentre), Reason: f.Get("reason"), Seen: seen(f)}
		_, err = p.Store.Plan(r.Context(), r.Viewer.ScopeID(), v.ID, a, []programme.Date{d}, line, x, r.Viewer.Account.ID)
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		if dates, ok := fault.Of(err).Detail.([]programme.Date); ok {
			for _, d := range dates {
				v.Clashes = append(v.Clashes, d.Clashes...)
			}
		}
		return r.HTML(w, web.Status(f.Err), planPage(r, v))
	}
	r.Flash("participation.plan.done")
	return r.See(w, "/desk/proposals/"+v.ID)
}

// budgetForm is the line as it is typed.
func budgetForm(b Budget) *web.Form {
	f := web.NewForm("budget_unit", b.Unit, "budget_for", b.For)
	switch b.Unit {
	case voting.Money:
		f.Values.Set("budget_amount", typedCents(b.Amount))
	case voting.Hours:
		f.Values.Set("budget_amount", strconv.FormatInt(b.Amount, 10))
	}
	return f
}

// readBudget reads the line; of what won a vote the amount is known.
func readBudget(f *web.Form, won bool, faults *fault.Form) Budget {
	b := Budget{Unit: f.Get("budget_unit"), For: f.Get("budget_for")}
	if won || b.Unit == "" {
		return b
	}
	n, ok := voting.ReadAmount(f.Get("budget_amount"), b.Unit)
	if b.Amount = n; !ok {
		b.Amount = 0
	}
	if err := b.Check(); err != nil {
		for _, x := range fault.Of(err).Fields {
			faults.Add(x.Name, x.Key, x.Args...)
		}
	}
	return b
}

// budget writes down what the plan may spend, and for what.
func (p *Pages) budget(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	one, err := p.own(r)
	if err != nil {
		return err
	}
	votes, err := p.Store.Voting.Decided(r.Context(), p.Store.DB, one.ID)
	if err != nil {
		return err
	}
	var faults fault.Form
	b := readBudget(f, promised(votes) != nil, &faults)
	if err = faults.Err(); err == nil {
		err = p.Store.SetBudget(r.Context(), r.Viewer.ScopeID(), one.ID, b, seen(f), r.Viewer.Account.ID)
	}
	return p.acted(w, r, f, err, func(v *oneView) { v.Line = f }, "participation.budget.done")
}

// decideComment lets a comment through, refuses it or takes it down.
func (p *Pages) decideComment(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if _, err := p.own(r); err != nil {
		return err
	}
	x := CommentDecision{CommentID: f.Get("comment"), To: f.Get("to"), Reason: f.Get("reason-" + f.Get("comment"))}
	err = p.Store.DecideComment(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), x, r.Viewer.Account.ID)
	return p.acted(w, r, f, err, func(v *oneView) { v.Decide = f }, "participation.comment.decided."+x.To)
}

// recode gives who proposed another code and shows it, once; the one before has ended.
func (p *Pages) recode(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	one, err := p.own(r)
	if err != nil {
		return err
	}
	code := p.Store.Ticket(f.Get("form_key"))
	err = p.Store.Recode(r.Context(), r.Viewer.ScopeID(), one.ID, code, f.Get("why"), f.Get("form_key"), r.Viewer.Account.ID)
	if already(err) { // sent twice: the code is the same, unless there is another since
		again, found := p.Store.ByCode(r.Context(), p.Store.DB, code)
		if err = nil; found != nil || again.ID != one.ID {
			err = fault.Conflict("participation.fault.form_over")
		}
	}
	if err != nil {
		return p.acted(w, r, f, err, func(v *oneView) { v.Recode = f }, "")
	}
	return r.HTML(w, http.StatusOK, recodedPage(r, one, code.Printed()))
}

// partnerView is what looks for a partner, as an organisation's member sees it.
type partnerView struct {
	Organisation network.Organisation
	Proposals    []Proposal
	Offers       map[string]Offered
	Mine         []Proposal // that the organisation carries
	Names        map[string]string
	Form         *web.Form
	At           string // the proposal whose form has a fault
	Page         int
	More         bool // there is another page
}

func (p *Pages) showPartner(w http.ResponseWriter, r *web.Request, status int, f *web.Form, at string) error {
	ctx, q := r.Context(), p.Store.DB
	v := partnerView{Form: f, At: at, Page: pageOf(r), Names: map[string]string{}}
	var err error
	if v.Organisation, err = p.Store.Network.Organisation(ctx, q, r.Viewer.ScopeID()); err != nil {
		return err
	}
	if v.Proposals, v.More, err = p.Store.Listed(ctx, q, Filter{Seeks: true, Page: v.Page}); err != nil {
		return err
	}
	if v.Offers, err = p.Store.OffersOf(ctx, q, v.Organisation.ID); err != nil {
		return err
	}
	if err := q.Select(ctx, &v.Mine, `SELECT * FROM proposals WHERE organisation_id = :o AND published_on <> '' AND state <> 'withdrawn' ORDER BY created_at DESC, id`, db.Args{"o": v.Organisation.ID}); err != nil {
		return err
	}
	centres, err := p.Store.Network.Centres(ctx, q)
	for _, c := range centres {
		v.Names[c.ID] = c.Name
	}
	if err != nil {
		return err
	}
	return r.HTML(w, status, partnerPage(r, v))
}

func (p *Pages) partner(w http.ResponseWriter, r *web.Request) error {
	return p.showPartner(w, r, http.StatusOK, web.NewForm(), "")
}

func (p *Pages) offer(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := p.Store.OfferToCarry(r.Context(), r.Viewer.ScopeID(), id, f.Get("words"), r.Viewer.Account.ID); err != nil {
		if !f.Failed(err) {
			return err
		}
		return p.showPartner(w, r, web.Status(f.Err), f, id)
	}
	r.Flash("participation.partner.done")
	return r.See(w, "/desk/partner")
}

func (p *Pages) overview(w http.ResponseWriter, r *web.Request) error {
	all, err := p.Store.Overview(r.Context())
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, overviewPage(r, all))
}
