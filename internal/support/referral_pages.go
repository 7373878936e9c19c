package support

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

const packetsPath = "/desk/messages/referrals"

func packetPath(id string) string { return packetsPath + "/" + id }

// referralRoutes are passing on with consent, from either side, and the record of acting without.
func (p *Pages) referralRoutes() []web.Route {
	read, receive := network.AtCentre(Read), web.Permitted(Receive, web.AnyScope)
	person := []web.Route{
		{Pattern: "POST /{lang}/contact/messages/passing/{referral}/yes", Need: web.Public, Handle: p.personAnswers(ConsentHere)},
		{Pattern: "POST /{lang}/contact/messages/passing/{referral}/no", Need: web.Public, Handle: p.personAnswers(Declined)},
		{Pattern: "POST /{lang}/contact/messages/passing/{referral}/withdraw", Need: web.Public, Ask: web.Asks("support.referral.withdraw.sure"), Handle: p.personAnswers(string(Withdrawn))},
	}
	for i := range person {
		person[i].Exit = leavePath
	}
	return append(person, []web.Route{
		{Pattern: "GET /desk/messages/thread/{id}/refer", Need: read, Handle: p.withKey(p.referForm)},
		{Pattern: "POST /desk/messages/thread/{id}/refer", Need: read, Large: true, Handle: p.withKey(p.propose)},
		{Pattern: "POST /desk/messages/thread/{id}/refer/{referral}/consent", Need: read, Handle: p.withKey(p.recordConsent)},
		{Pattern: "POST /desk/messages/thread/{id}/refer/{referral}/stop", Need: read, Ask: p.asksReader("support.referral.stop.sure"), Handle: p.withKey(p.stopReferral)},
		{Pattern: "GET /desk/messages/thread/{id}/outside", Need: read, Handle: p.withKey(p.outsideForm)},
		{Pattern: "POST /desk/messages/thread/{id}/outside", Need: read, Large: true, Handle: p.withKey(p.recordOutside)},
		{Pattern: "POST /desk/messages/thread/{id}/outside/{act}/confirm", Need: read, Handle: p.withKey(p.confirmOutside)},
		{Pattern: "POST /desk/messages/thread/{id}/outside/{act}/tell", Need: read, Ask: p.asksReader("support.outside.tell.sure"), Handle: p.withKey(p.tellOutside)},

		{Pattern: "GET /desk/messages/referrals", Need: receive, Handle: p.withKey(p.packets)},
		{Pattern: "GET /desk/messages/referrals/{id}", Need: receive, Handle: p.withKey(p.packet)},
		{Pattern: "POST /desk/messages/referrals/{id}", Need: receive, Large: true, Handle: p.withKey(p.movePacket)},
	}...)
}

// asksReader asks who reads the conversation, and tells nobody else that it is there. Whose key is closed is asked too: the
// answer leads to a page that opens it, the same for every id.
func (p *Pages) asksReader(key string) web.Question {
	return func(r *web.Request) (string, error) {
		if p.shut(r) == "" {
			if _, err := p.Store.conversation(r.Context(), p.reading(r), r.PathValue("id")); err != nil {
				return "", err
			}
		}
		return r.T(key), nil
	}
}

// unlessPacket leads from a conversation's pages to the packet's own: nothing is said in a packet.
func (p *Pages) unlessPacket(page keyHandler) keyHandler {
	return func(w http.ResponseWriter, r *web.Request, by Reading) error {
		if id := r.PathValue("id"); id != "" && strings.HasPrefix(r.URL.Path, "/desk/messages/thread/") {
			_, err := p.Store.referralOf(r.Context(), p.Store.DB, id)
			if err == nil {
				return r.See(w, packetPath(id))
			}
			if !fault.Is(err, fault.KindNotFound) {
				return err
			}
		}
		return page(w, r, by)
	}
}

// referPage is the form of a proposal.
type referPage struct {
	ID       string
	To       []Named
	Header   Header
	Topic    string
	Messages []Shown
	Zone     *time.Location
	Me       string
	Today    string
	Form     *web.Form
}

func (p *Pages) referForm(w http.ResponseWriter, r *web.Request, by Reading) error {
	month := r.Now.In(r.Zone()).AddDate(0, 3, 0).Format(time.DateOnly)
	return p.showRefer(w, r, by, http.StatusOK, web.NewForm("until", month, "fields", "topic", "fields", "name", "fields", "reach"))
}

func (p *Pages) showRefer(w http.ResponseWriter, r *web.Request, by Reading, status int, f *web.Form) error {
	ctx := r.Context()
	c, err := p.Store.conversation(ctx, by, r.PathValue("id"))
	if err != nil {
		return err
	}
	v := referPage{ID: c.ID, Header: c.Header, Zone: r.Zone(), Me: by.ID, Today: r.Now.In(r.Zone()).Format(time.DateOnly), Form: f}
	if v.To, err = p.Store.Receivers(ctx, c.Header.Party); err != nil {
		return err
	}
	settings, err := p.Store.Settings(ctx, p.Store.DB)
	if err != nil {
		return err
	}
	v.Topic = settings.Topic(c.Header.Topic, r.Lang())
	for _, e := range c.Entries {
		if e.Kind == Message && e.Text != "" && !e.Erased {
			v.Messages = append(v.Messages, e)
		}
	}
	return r.HTML(w, status, referView(r, v))
}

// partyOf reads a party as a form names it.
func partyOf(value string) Party {
	kind, id, _ := strings.Cut(value, ":")
	switch kind {
	case "centre":
		return Party{Centre: id}
	case "organisation":
		return Party{Organisation: id}
	}
	return Party{}
}

func partyOptions(r *web.Request, list []Named) []web.Option {
	options := []web.Option{{Label: r.T("support.referral.to.choose")}}
	for _, n := range list {
		if n.Centre != "" {
			options = append(options, web.Option{Value: "centre:" + n.Centre, Label: r.T("support.referral.to.centre", "name", n.Name)})
		} else {
			options = append(options, web.Option{Value: "organisation:" + n.Organisation, Label: n.Name})
		}
	}
	return options
}

func (p *Pages) propose(w http.ResponseWriter, r *web.Request, by Reading) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	d := Draft{To: partyOf(f.Get("to")), Topic: f.Has("fields", "topic"), Name: f.Has("fields", "name"), Reach: f.Has("fields", "reach"), Summary: f.Get("summary"), Messages: f.All("messages"), Until: f.Get("until")}
	to := threadPath(r.PathValue("id")) + "#referrals"
	if err := p.Store.Propose(r.Context(), by, r.PathValue("id"), d, f.Get("form_key")); err != nil {
		if _, again := errors.AsType[*web.Already](err); again { // where it led is not kept: it would say which conversation
			return r.See(w, to)
		}
		if !f.Failed(err) {
			return err
		}
		return p.showRefer(w, r, by, web.Status(f.Err), f)
	}
	return r.See(w, to)
}

// backWith leads back to the conversation, where a fault is shown by its key: nothing typed here is worth carrying.
func (p *Pages) backWith(w http.ResponseWriter, r *web.Request, by Reading, form string, f *web.Form, err error) error {
	if err == nil {
		return r.See(w, threadPath(r.PathValue("id"))+"#referrals")
	}
	return p.refuse(w, r, by, form, f, err)
}

func (p *Pages) recordConsent(w http.ResponseWriter, r *web.Request, by Reading) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	id := r.PathValue("referral")
	return p.backWith(w, r, by, "consent-"+id, f, p.Store.Consent(r.Context(), by, r.PathValue("id"), id, f.Get("how"), f.Get("words")))
}

func (p *Pages) stopReferral(w http.ResponseWriter, r *web.Request, by Reading) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	id := r.PathValue("referral")
	return p.backWith(w, r, by, "stop-"+id, f, p.Store.StopReferral(r.Context(), by, r.PathValue("id"), id, f.Get("words")))
}

func (p *Pages) outsideForm(w http.ResponseWriter, r *web.Request, by Reading) error {
	if _, err := p.Store.conversation(r.Context(), by, r.PathValue("id")); err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, outsideView(r, r.PathValue("id"), nil))
}

func (p *Pages) recordOutside(w http.ResponseWriter, r *web.Request, by Reading) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	to := threadPath(id) + "#outside"
	a := Acted{To: f.Get("to"), Ground: f.Get("ground"), What: f.Get("what"), Delay: f.Get("delay")}
	if err := p.Store.RecordOutside(r.Context(), by, id, a, f.Get("form_key")); err != nil {
		if _, again := errors.AsType[*web.Already](err); again {
			return r.See(w, to)
		}
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), outsideView(r, id, f))
	}
	return r.See(w, to)
}

func (p *Pages) confirmOutside(w http.ResponseWriter, r *web.Request, by Reading) error {
	if err := p.Store.ConfirmOutside(r.Context(), by, r.PathValue("id"), r.PathValue("act")); err != nil {
		return err
	}
	return r.See(w, threadPath(r.PathValue("id"))+"#outside")
}

func (p *Pages) tellOutside(w http.ResponseWriter, r *web.Request, by Reading) error {
	if err := p.Store.TellOutside(r.Context(), by, r.PathValue("id"), r.PathValue("act")); err != nil {
		return err
	}
	return r.See(w, threadPath(r.PathValue("id"))+"#outside")
}

// packetsPage is what was passed on to one's organisation or team, and what came back for one's own conversations.
type packetsPage struct {
	List     []Packet
	News     []string
	Page     int
	More     bool
	Settings Settings
	Zone     *time.Location
}

func (p *Pages) packets(w http.ResponseWriter, r *web.Request, by Reading) (err error) {
	ctx := r.Context()
	v := packetsPage{Zone: r.Zone()}
	if n, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil && n > 0 && n < 10000 {
		v.Page = n
	}
	if v.List, v.More, err = p.Store.Packets(ctx, by, v.Page); err != nil {
		return err
	}
	if v.News, err = p.Store.News(ctx, by, mostNews); err != nil {
		return err
	}
	if v.Settings, err = p.Store.Settings(ctx, p.Store.DB); err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, packetsView(r, v))
}

type packetPage struct {
	Packet
	Settings Settings
	Zone     *time.Location
	Form     *web.Form
}

func (p *Pages) packet(w http.ResponseWriter, r *web.Request, by Reading) error {
	return p.showPacket(w, r, by, http.StatusOK, web.NewForm())
}

func (p *Pages) showPacket(w http.ResponseWriter, r *web.Request, by Reading, status int, f *web.Form) (err error) {
	ctx := r.Context()
	v := packetPage{Zone: r.Zone(), Form: f}
	if v.Packet, err = p.Store.Packet(ctx, by, r.PathValue("id")); err != nil {
		return err
	}
	if v.Settings, err = p.Store.Settings(ctx, p.Store.DB); err != nil {
		return err
	}
	return r.HTML(w, status, packetView(r, v))
}

func (p *Pages) movePacket(w http.ResponseWriter, r *web.Request, by Reading) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	id, to := r.PathValue("id"), State(f.Get("state"))
	outcome := f.Get("outcome")
	if to != Completed && to != Failed && to != Rejected {
		outcome = ""
	}
	if !slices.Contains(States, to) {
		var faults fault.Form
		faults.Add("state", "fault.required")
		err = faults.Err()
	} else {
		err = p.Store.MoveReferral(r.Context(), by, id, to, outcome, f.Get("words"))
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		return p.showPacket(w, r, by, web.Status(f.Err), f)
	}
	return r.See(w, packetPath(id))
}

// personAnswers takes the person's yes, no or withdrawal, each one press in their own thread.
func (p *Pages) personAnswers(with string) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		f, err := r.Read(w)
		if err != nil {
			return err
		}
		x, ok, err := p.inVisit(w, r, f, false)
		if !ok {
			return err
		}
		ctx, id := r.Context(), r.PathValue("referral")
		switch with {
		case ConsentHere:
			err = p.Store.Consent(ctx, x.person, x.request, id, ConsentHere, "", struckOut(f)...)
		case Declined:
			err = p.Store.Decline(ctx, x.person, x.request, id)
		default:
			err = p.Store.StopReferral(ctx, x.person, x.request, id, "")
		}
		if err != nil {
			if !f.Failed(err) {
				return err
			}
			return p.showThread(w, r, web.Status(f.Err), x, func(v *threadView) { v.Say, v.Passing.Failed, v.Passing.Form = f, "yes-"+id, f })
		}
		return r.See(w, r.Path(personThread)+"#passing")
	}
}

// referralsPart is what a conversation's page shows of its referrals, for either side.
type referralsPart struct {
	ID       string
	Me       string
	List     []Referral
	Outside  []OutsideAct
	Settings Settings
	Zone     *time.Location
	Names    map[string]string // working names of the team
	Failed   string            // the form that came back
	Form     *web.Form
}

// referralsOf reads it, for a member of the team or for the person. What came back is noted in the thread by the way, so
// it is asked for before the thread.
func (p *Pages) referralsOf(r *web.Request, by Reading, request string) (v referralsPart, err error) {
	ctx := r.Context()
	v = referralsPart{ID: request, Me: by.ID, Zone: r.Zone(), Names: map[string]string{}}
	if v.List, err = p.Store.Referrals(ctx, by, request); err != nil {
		return v, err
	}
	if v.Outside, err = p.Store.Outside(ctx, by, request); err != nil {
		return v, err
	}
	var keys []string
	for _, a := range v.Outside {
		keys = append(keys, a.First, a.Second)
	}
	if v.Names, err = p.Store.keyNames(ctx, keys); err != nil {
		return v, err
	}
	v.Settings, err = p.Store.Settings(ctx, p.Store.DB)
	return v, err
}

func (v referralsPart) form(name string) *web.Form {
	if v.Failed == name {
		return v.Form
	}
	return web.NewForm()
}

// referralSaid is what an entry of a referral, or of acting without consent, says in the thread; empty for other entries.
// team says for whom.
func referralSaid(words *i18n.Printer, e Entry, team bool) string {
	switch e.Kind {
	case Proposed:
		if p := e.Proposal; p != nil {
			return words.T("support.referral.said.proposed", "name", p.Name)
		}
	case Consented:
		if c := e.Consent; c != nil {
			said := words.T("support.referral.said.consented."+c.How, "name", c.Name)
			if c.Words != "" {
				said += " " + c.Words
			}
			return said
		}
	case Declined, TakenBack:
		if m := e.Move; m != nil {
			return words.T("support.referral.said."+e.Kind, "name", m.Name)
		}
	case Moved:
		if m := e.Move; m != nil {
			return moveSaid(words, *m, team)
		}
	case Outside, OutsideConfirmed:
		return words.T("support.referral.said." + e.Kind)
	case OutsideTold:
		if a := e.Acted; a != nil {
			said := []string{words.T("support.outside.told", "to", a.To), words.T("support.outside.told." + a.Ground), a.What}
			if a.Delay != "" {
				said = append(said, words.T("support.outside.told.late", "why", a.Delay))
			}
			return strings.Join(said, " ")
		}
	}
	return ""
}

// moveSaid is a state with its outcome and reason: plain words for the person, the state's name for the team.
func moveSaid(words *i18n.Printer, m Move, team bool) string {
	said := words.T("support.referral.person."+string(m.State), "name", m.Name)
	if team {
		said = words.T("support.referral.moved", "name", m.Name, "state", words.T("support.referral.state."+string(m.State)))
	}
	if m.Outcome != "" && (team || m.State != Rejected) {
		said += " " + words.T("support.referral.outcome.is", "outcome", words.T("support.outcome."+m.Outcome))
	}
	if m.Words != "" {
		said += " " + words.T("support.referral.words", "words", m.Words)
	}
	return said
}
