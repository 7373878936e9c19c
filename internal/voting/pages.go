package voting

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/mail"
	"kvart/internal/platform/pdf"
	"kvart/internal/platform/web"
)

// Pages are the public pages of votes and those of the desk.
type Pages struct {
	Store *Store
	// Send hands a mail over and keeps nothing of it (mail.Sender.SendNow).
	Send func(ctx context.Context, to, subject, body string) error
	// Follow is what the feature of an origin says of it in public; not ok where that is nothing. Nil: nobody says anything.
	Follow func(r *web.Request, origin string) (f Follow, ok bool, err error)
}

// view is what the page of a round shows.
type view struct {
	Round
	Now     time.Time // in Zone
	Zone    *time.Location
	Status  State
	Centre  string // "" for the whole network
	Least   int    // no number about fewer people
	Address string // of the public page
	Follow  map[string]Follow
	Shut    string // why its box cannot be opened, once its time is over
}

func (p *Pages) view(r *web.Request, one Round) (v view, err error) {
	b, err := p.Store.Network.Basics(r.Context())
	if err != nil {
		return v, err
	}
	zone := zoneOf(b, one)
	v = view{Round: one, Now: r.Now.In(zone), Zone: zone, Status: one.At(r.Now), Least: b.Network.Disclosure, Address: r.Path("votes/" + one.ID)}
	v.Shut = p.Store.Shut(r.Context(), one)
	if one.CentreID != nil {
		if c := b.Centre(*one.CentreID); c != nil {
			v.Centre = c.Name
		}
	}
	v.Follow, err = p.follow(r, one.Options)
	return v, err
}

// zoneOf is where the days and hours of the round are: at its centre, or where the network is.
func zoneOf(b *network.Basics, one Round) *time.Location {
	if one.CentreID != nil {
		if c := b.Centre(*one.CentreID); c != nil {
			return c.Location()
		}
	}
	return b.Zone
}

// shown is the public round that the address names.
func (p *Pages) shown(r *web.Request) (v view, err error) {
	one, err := p.Store.Shown(r.Context(), r.PathValue("id"))
	if err != nil {
		return v, err
	}
	return p.view(r, one)
}

func (p *Pages) votes(w http.ResponseWriter, r *web.Request) error {
	all, err := p.Store.Rounds(r.Context())
	if err != nil {
		return err
	}
	var now, soon, over []view
	for _, one := range all {
		v, err := p.view(r, one)
		if err != nil {
			return err
		}
		switch v.Status {
		case Open:
			now = append(now, v)
		case Announced:
			soon = append(soon, v)
		default:
			over = append(over, v)
		}
	}
	slices.Reverse(soon) // what opens next is first
	return r.HTML(w, http.StatusOK, votesPage(r, now, soon, over))
}

// result is what the page of a published round shows beside it.
type result struct {
	view
	Out       Outcome
	Wins      map[string]bool
	Changes   []Change
	Witnesses []Witness
	Channels  []Channel
	HasPB     bool
	Secret    string // why its ballots are not published, before it is; "" where they are
	Hidden    bool   // they are not: nothing here tells of few people either
}

func (p *Pages) result(r *web.Request, v view) (x result, err error) {
	ctx, q := r.Context(), p.Store.DB
	x.view = v
	if x.Out, err = p.Store.outcome(ctx, q, v.Round); err != nil {
		return x, err
	}
	if x.Changes, err = p.Store.Changes(ctx, q, v.ID); err != nil {
		return x, err
	}
	if x.Witnesses, err = p.Store.Witnesses(ctx, q, v.ID); err != nil {
		return x, err
	}
	if x.Channels, err = p.Store.Channels(ctx, v.ID); err != nil {
		return x, err
	}
	x.Wins = Winners(x.Out, x.Changes)
	if v.State == Published {
		x.HasPB, err = p.Store.HasPB(ctx, p.Store.DB, v.ID)
		x.Hidden = !x.HasPB
		return x, err
	}
	patterns, err := p.Store.patterns(ctx, q, v.ID)
	x.Secret = v.Round.Secret(patterns, v.Least)
	x.Hidden = x.Secret != ""
	return x, err
}

func (p *Pages) round(w http.ResponseWriter, r *web.Request) error {
	v, err := p.shown(r)
	if err != nil {
		return err
	}
	if v.State == Published {
		x, err := p.result(r, v)
		if err != nil {
			return err
		}
		return r.HTML(w, http.StatusOK, resultPage(r, x))
	}
	return r.HTML(w, http.StatusOK, roundPage(r, v, web.NewForm(), false))
}

func (p *Pages) link(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.shown(r)
	if err != nil {
		return err
	}
	address := f.Get("email")
	var faults fault.Form
	if !mail.ValidAddress(address) {
		faults.Add("email", "voting.fault.email")
	}
	if err = faults.Err(); err == nil {
		err = r.Slowed("vote link")
	}
	var token string
	if err == nil {
		token, err = p.Store.Link(r.Context(), v.ID, address)
	}
	if err == nil && token != "" {
		to := r.Public("votes/"+v.ID+"/ballot") + "?k=" + token
		err = p.Send(r.Context(), address, r.T("voting.mail.subject"), r.T("voting.mail.body", "title", r.Pick(v.Title), "until", v.when(r, v.Closes()), "link", to))
		if err != nil {
			err = fault.Conflict("voting.fault.mail").Because(errors.Join(err, p.Store.NotSent(context.WithoutCancel(r.Context()), v.ID, address)))
		}
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), roundPage(r, v, f, false))
		}
		return err
	}
	return r.HTML(w, http.StatusOK, roundPage(r, v, web.NewForm(), true)) // the same for an address that asked too often
}

// booth is the page of a ballot: on the web, or at the desk for somebody who is there.
type booth struct {
	view
	AtDesk bool
	Action string
}

func (p *Pages) ballot(w http.ResponseWriter, r *web.Request) error {
	v, err := p.shown(r)
	if err != nil {
		return err
	}
	if err := takes(v.Round, r.Now); err != nil {
		return r.HTML(w, http.StatusOK, roundPage(r, v, web.NewForm(), false))
	}
	f, k := web.NewForm(), r.URL.Query().Get("k")
	if v.Mails() && k != "" {
		if _, ok := p.Store.linkHash(v.Round, k); !ok {
			f.Failed(fault.Conflict("voting.fault.link"))
			return r.HTML(w, web.Status(f.Err), roundPage(r, v, f, false))
		}
		f.Values.Set("k", k)
	} else if !v.Codes() {
		return r.HTML(w, http.StatusOK, roundPage(r, v, f, false))
	}
	f.Values.Set("form", NewForm())
	return r.HTML(w, http.StatusOK, ballotPage(r, booth{view: v, Action: v.Address + "/ballot"}, f))
}

// readBallot is the ballot of the form. Nothing of it is kept but what Cast keeps: no form is claimed, nothing is logged.
func readBallot(f *web.Form, v view) Ballot {
	b := Ballot{RoundID: v.ID, Code: f.Get("code"), Form: f.Get("form"), Choices: f.All("choice"), Channel: Web}
	if v.Mails() { // elsewhere a link is none, and must not make a guessed code none
		b.Token = f.Get("k")
	}
	return b
}

func (p *Pages) cast(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.shown(r)
	if err != nil {
		return err
	}
	return p.take(w, r, f, booth{view: v, Action: v.Address + "/ballot"}, readBallot(f, v))
}

// take shows what was chosen once more, and takes it when that was confirmed.
func (p *Pages) take(w http.ResponseWriter, r *web.Request, f *web.Form, v booth, b Ballot) error {
	if f.Get("step") == "back" {
		return r.HTML(w, http.StatusOK, ballotPage(r, v, f))
	}
	guesses := !v.AtDesk && b.Token == ""
	var err error
	if guesses { // who guessed wrongly too often is not told of a right one either
		err = r.SlowedBy("vote code", 0)
	}
	receipt := ""
	if err == nil {
		receipt, err = p.Store.Check(r.Context(), p.Store.DB, b)
	}
	again := receipt != ""
	if err == nil && !again && f.Get("step") == "send" {
		receipt, again, err = p.Store.Cast(r.Context(), b)
	}
	if err != nil {
		if guesses && slices.ContainsFunc(fault.Of(err).Fields, func(x fault.Field) bool { return x.Name == "code" }) {
			if slow := r.Slowed("vote code"); slow != nil {
				err = slow
			}
		}
		if f.Failed(err) {
			if f.Err.Key == "voting.fault.link" && v.Codes() { // a slip's code may be typed instead
				f.Values.Del("k")
			}
			if f.Err.Key == "voting.fault.used" { // whoever goes back in a browser that others use sees no ballot of theirs
				f.Values.Del("choice")
				f.Values.Del("code")
			}
			return r.HTML(w, web.Status(f.Err), ballotPage(r, v, f))
		}
		return err
	}
	if receipt == "" {
		return r.HTML(w, http.StatusOK, reviewPage(r, v, f))
	}
	return r.HTML(w, http.StatusOK, castPage(r, v, receipt, again))
}

func (p *Pages) receipts(w http.ResponseWriter, r *web.Request) error {
	return p.showReceipts(w, r, nil, web.NewForm())
}

func (p *Pages) findReceipt(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.shown(r)
	if err != nil {
		return err
	}
	if !v.counted() {
		return fault.NotFound("voting.fault.receipts_later")
	}
	ok, err := p.Store.Receipt(r.Context(), r.PathValue("id"), f.Get("number"))
	if err != nil {
		return err
	}
	return p.showReceipts(w, r, &ok, f)
}

func (p *Pages) showReceipts(w http.ResponseWriter, r *web.Request, found *bool, f *web.Form) error {
	v, err := p.shown(r)
	if err != nil {
		return err
	}
	if !v.counted() {
		return fault.NotFound("voting.fault.receipts_later")
	}
	var list []string
	if v.Ballots >= v.Least { // as many as they are voted
		if list, err = p.Store.Receipts(r.Context(), v.ID); err != nil {
			return err
		}
	}
	return r.HTML(w, http.StatusOK, receiptsPage(r, v, list, found, f))
}

func (p *Pages) pb(w http.ResponseWriter, r *web.Request) error {
	if _, err := p.shown(r); err != nil {
		return err
	}
	file, err := p.Store.PB(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="glasanje.pb"`)
	_, err = w.Write([]byte(file))
	return err
}

func (p *Pages) paper(w http.ResponseWriter, r *web.Request) error {
	v, err := p.shown(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, paperPage(r, v))
}

func (p *Pages) paperPDF(w http.ResponseWriter, r *web.Request) error {
	v, err := p.shown(r)
	if err != nil {
		return err
	}
	body, err := drawPaper(r, v)
	if err != nil {
		return err
	}
	return pdf.Send(w, r, "listic", body)
}

func (p *Pages) resultPDF(w http.ResponseWriter, r *web.Request) error {
	v, err := p.shown(r)
	if err != nil {
		return err
	}
	if v.State != Published {
		return fault.NotFound("voting.fault.not_counted")
	}
	x, err := p.result(r, v)
	if err != nil {
		return err
	}
	body, err := drawResult(r, x)
	if err != nil {
		return err
	}
	return pdf.Send(w, r, "rezultat", body)
}

// when is a moment of the round as people say it, where the network is.
func (v view) when(r *web.Request, t time.Time) string { return r.When(t.In(v.Zone)) }

// told says whether a number about so many people may be shown: none below the network's threshold where ballots are few
// in all or are not published, and of a sensitive option never one.
func (x result) told(o Option, n int) bool {
	return told(o, x.Hidden, x.Out.Ballots, n, x.Least)
}

// shares are what the option's supporters paid, as far as that may be shown. Where ballots are not published, a few who
// paid another part than the rest would tell what else they chose.
func (x result) shares(o Option) []Share {
	out := x.Out.Option(o.ID)
	if !x.told(o, out.Votes) || x.Hidden && slices.ContainsFunc(out.Shares, func(s Share) bool { return s.Voters < x.Least }) {
		return nil
	}
	return out.Shares
}

// left says whether it may be shown what the supporters of an option that lost had left, and so how many more it needed:
// where ballots are not published, what is missing of whole shares tells what a few of them chose beside it.
func (x result) left(o Option) bool {
	out := x.Out.Option(o.ID)
	return !out.Won && !x.Hidden && x.told(o, out.Votes) && out.Left != "" && out.Missing != ""
}

// known are the option's votes where they may be shown; else -1, so that no order tells them.
func (x result) known(o Option) int {
	if n := x.Out.Option(o.ID).Votes; x.told(o, n) {
		return n
	}
	return -1
}

// inOrder are the options as the page has them: winners first, then by votes.
func (x result) inOrder() []Option {
	list := slices.Clone(x.Options)
	slices.SortStableFunc(list, func(a, b Option) int {
		wa, wb := x.Wins[a.ID], x.Wins[b.ID]
		switch {
		case wa != wb && wa:
			return -1
		case wa != wb:
			return 1
		}
		return x.known(b) - x.known(a)
	})
	return list
}

// spent is what the winners cost, as they are now.
func (x result) spent() (sum int64) {
	for _, o := range x.Options {
		if x.Wins[o.ID] {
			sum += o.Cost
		}
	}
	return sum
}

func (x result) changeOf(id string) (c Change, ok bool) {
	for _, one := range x.Changes {
		if one.OptionID == id {
			c, ok = one, true
		}
	}
	return c, ok
}

func titlesOf(r *web.Request, v Round, ids []string) string {
	var list []string
	for _, id := range ids {
		if o := v.Option(id); o != nil {
			list = append(list, r.Pick(o.Title))
		}
	}
	return strings.Join(list, ", ")
}

func (p *Pages) typed(r *web.Request) (v view, err error) {
	one, err := p.Store.Typed(r.Context(), scope(r), r.PathValue("id"))
	if err != nil {
		return v, err
	}
	if one.State == Draft {
		return v, fault.NotFound("fault.not_found")
	}
	return p.view(r, one)
}

func (p *Pages) typeIn(w http.ResponseWriter, r *web.Request) error {
	v, err := p.typed(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, ballotPage(r, booth{view: v, AtDesk: true, Action: "/desk/votes/" + v.ID + "/type"}, web.NewForm("channel", Desk, "form", NewForm())))
}

func (p *Pages) takeIn(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.typed(r)
	if err != nil {
		return err
	}
	b := readBallot(f, v)
	b.Token, b.Channel, b.By = "", Desk, r.Viewer.Account.ID
	if f.Get("channel") == Paper {
		b.Channel = Paper
	}
	return p.take(w, r, f, booth{view: v, AtDesk: true, Action: "/desk/votes/" + v.ID + "/type"}, b)
}

// Tasks are what waits at a centre: a round of its own that is over, to be published, or whose box does not open.
func (p *Pages) Tasks(ctx context.Context, centreID string, now time.Time) ([]network.Task, error) {
	return p.due(ctx, now, `centre_id = :c`, db.Args{"c": centreID})
}

// NetworkTasks are the same of the rounds of the whole network, for who runs them.
func (p *Pages) NetworkTasks(ctx context.Context, _ string, now time.Time) ([]network.Task, error) {
	return p.due(ctx, now, `centre_id IS NULL`, db.Args{})
}

// emptied is the time after its end in which a box is counted by itself.
const emptied = 30 * time.Minute

func (p *Pages) due(ctx context.Context, now time.Time, whose string, args db.Args) ([]network.Task, error) {
	var due []Round
	args["now"] = now.Unix()
	if err := p.Store.DB.Select(ctx, &due, `SELECT `+columns+` FROM vote_rounds WHERE `+whose+` AND state IN ('announced','open','closed') AND closes_at <= :now ORDER BY closes_at, id`, args); err != nil {
		return nil, err
	}
	var list []network.Task
	for _, r := range due {
		key := "publish"
		if r.State != Closed || !bool(r.Swept) {
			if key = "shut"; p.Store.Shut(ctx, r) == "" && now.Before(r.Closes().Add(emptied)) {
				continue
			}
		}
		title, _ := r.Title.In("hr")
		list = append(list, network.Task{Key: "voting." + key + ":" + r.ID, Title: "voting.task." + key, Args: []any{"what", title}, Press: "voting.task." + key + ".press",
			Address: "/desk/votes/" + r.ID, Method: "GET", Due: r.Closes(), Urgency: network.Soon, Permission: Run})
	}
	return list, nil
}
