package programme

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/internal/support"
)

// sessionFor is SessionFor for the page's viewer.
func (p *Pages) sessionFor(r *web.Request, id string, need auth.Permission) (Listed, Activity, error) {
	return p.SessionFor(r.Context(), r.Viewer.ScopeID(), id, need, r.Viewer.May, r.Now)
}

// Opens says whether the page's viewer may open the session's page at the desk.
func (p *Pages) Opens(r *web.Request, id string) (bool, error) {
	_, _, err := p.sessionFor(r, id, Register)
	if fault.Is(err, fault.KindForbidden) || fault.Is(err, fault.KindNotFound) {
		return false, nil
	}
	return err == nil, err
}

// SessionFor is the centre's session as far as somebody with the permissions may work with it. A discreet one is for its team
// only, and NotFound for all others. An ordinary one needs the permission; who may not see the past works with today's only.
func (s *Store) SessionFor(ctx context.Context, centreID, id string, need auth.Permission, may func(auth.Permission) bool, now time.Time) (Listed, Activity, error) {
	l, a, err := s.SessionAt(ctx, centreID, id, may(SeeDiscreet))
	if err != nil || bool(a.Discreet) {
		return l, a, err
	}
	if !may(need) {
		return l, a, fault.Forbidden("fault.forbidden")
	}
	if !may(SeePast) && !l.on(now) {
		return l, a, fault.Forbidden("programme.fault.today_only")
	}
	return l, a, nil
}

// RegistrationFor is a registration of the centre whose session is SessionFor's.
func (s *Store) RegistrationFor(ctx context.Context, centreID, id string, need auth.Permission, may func(auth.Permission) bool, now time.Time) (Registration, error) {
	r, err := s.registration(ctx, s.DB, centreID, id)
	if err == nil {
		_, _, err = s.SessionFor(ctx, centreID, r.SessionID, need, may, now)
	}
	return r, err
}

// on says whether the session is on the day of the moment, where it is.
func (s Session) on(t time.Time) bool {
	return s.LocalDate == t.In(s.location()).Format(time.DateOnly) || s.End().Format(time.DateOnly) == t.In(s.location()).Format(time.DateOnly)
}

// deskView is what the desk's page of a session shows.
type deskView struct {
	Session    Listed
	Activity   Activity
	Seen       []Seen
	Names      bool // shown only after a press: the screen is shared
	Found      []network.Person
	Searched   bool
	Texting    bool // there is a gateway for SMS
	Spaces     []booking.Space
	Team       []network.Teammate
	Cancelling bool // the form of cancelling came back

	// Of a discreet session:
	Cards   map[string]support.Card // those that are sealed to the viewer, by registration
	Sealing bool                    // a card can be left
	KeyOpen bool                    // the viewer's key is open
}

func (p *Pages) deskSession(w http.ResponseWriter, r *web.Request) error {
	l, a, err := p.sessionFor(r, r.PathValue("id"), Register)
	if err != nil {
		return err
	}
	return p.showDeskSession(w, r, http.StatusOK, deskView{Session: l, Activity: a}, web.NewForm("channel", string(Phone), "party", "1"))
}

func (p *Pages) showDeskSession(w http.ResponseWriter, r *web.Request, status int, v deskView, f *web.Form) error {
	var err error
	if v.Seen, err = p.OfSession(r.Context(), v.Session.CentreID, v.Session.ID); err != nil {
		return err
	}
	if v.Team, err = p.team(r); err != nil {
		return err
	}
	if v.Activity.Discreet {
		if v.Cards, v.KeyOpen, err = p.cards(r, v.Seen); err != nil {
			return err
		}
		if v.Sealing, err = p.takesCards(r.Context(), v.Session.CentreID); err != nil {
			return err
		}
	}
	v.Names, v.Texting = r.URL.Query().Get("names") == "1", p.Texting
	return r.HTML(w, status, deskSessionPage(r, v, f))
}

// deskRegister registers somebody by phone, paper or at the desk, by the rules and from the moment of all channels.
// With the button "find" it looks among those the centre knows instead; what is searched for stays out of the address.
func (p *Pages) deskRegister(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	l, a, err := p.sessionFor(r, r.PathValue("id"), Register)
	if err != nil {
		return err
	}
	v := deskView{Session: l, Activity: a}
	if q := f.Get("find"); q != "" && !bool(a.Discreet) && r.Viewer.May(network.SeePeople) { // whoever is on duty sees nobody beyond today
		if v.Found, err = p.Network.FindPeople(r.Context(), p.DB, l.CentreID, q, r.Names(), 8); err != nil {
			return err
		}
		v.Searched = true
		if f.On("search") {
			return p.showDeskSession(w, r, http.StatusOK, v, f)
		}
	}
	var faults fault.Form
	ask := Ask{SessionID: l.ID, Channel: Channel(f.Get("channel")), Name: f.Get("name"), Email: f.Get("email"), Phone: f.Get("phone"),
		Party: f.Int(&faults, "party", 1, 1, 10), Needs: f.Get("needs"), Adult: f.On("adult"), Guardian: f.On("guardian"), BySMS: p.Texting && f.On("by_sms"), Lang: r.Lang(),
		PersonID: f.Get("person"), FormKey: f.Get("form_key"), By: r.Viewer.Account.ID}
	ask.Friend = friendIn(f)
	if ask.Channel != Desk && ask.Channel != Phone && ask.Channel != Paper {
		ask.Channel = Desk
	}
	address := "/desk/sessions/" + l.ID
	leads := func(string) string { return address }
	if a.Discreet { // no name and no contact: the code is all there is, and the team hands it on
		ask.Name, ask.Email, ask.Phone, ask.Needs, ask.PersonID = "", "", "", "", ""
		leads = func(code string) string { return code }
		if faults.Err() == nil {
			if ask.SealedID, err = p.sealCard(r.Context(), l, f, string(r.Lang())); err != nil {
				if f.Failed(err) {
					return p.showDeskSession(w, r, web.Status(f.Err), v, f)
				}
				return err
			}
		}
	}
	var place Place
	if err = faults.Err(); err == nil {
		place, err = p.Register(r.Context(), ask, leads)
	}
	_, twice := errors.AsType[*web.Already](err)
	if ask.SealedID != "" && (twice || err != nil && fault.Of(err).Kind != fault.KindInternal) { // nothing points to it; after another fault something may
		if e := p.Store.Support.EraseCards(r.Context(), "job", ask.SealedID); e != nil {
			return errors.Join(err, e)
		}
	}
	if again, ok := errors.AsType[*web.Already](err); ok && bool(a.Discreet) {
		return p.handOver(w, r, l, again.Location)
	}
	if err != nil {
		if f.Failed(err) {
			return p.showDeskSession(w, r, web.Status(f.Err), v, f)
		}
		return err
	}
	if a.Discreet {
		return p.handOver(w, r, l, place.Code)
	}
	if place.State() == Waiting {
		r.Flash("programme.desk.register.waiting")
	} else {
		r.Flash("programme.desk.register.done")
	}
	return r.See(w, address)
}

// handOver shows, once, the link of somebody who asked for a place in a discreet session: it is nowhere else, and the page
// that shows it is not kept by the browser. The paper says neither what it is for nor where.
func (p *Pages) handOver(w http.ResponseWriter, r *web.Request, l Listed, code string) error {
	list, err := p.ByCode(r.Context(), code)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return r.HTML(w, http.StatusOK, handOverPage(r, l, list[0], code))
}

// placeQuestion fails where actOnRegistration would.
func (p *Pages) placeQuestion(r *web.Request) (string, error) {
	_, err := p.RegistrationFor(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), Register, r.Viewer.May, r.Now)
	return r.T("programme.desk.cancel_one.sure"), err
}

func (p *Pages) cancelQuestion(r *web.Request) (string, error) {
	l, _, err := p.sessionFor(r, r.PathValue("id"), EditProgramme)
	if err != nil {
		return "", err
	}
	return sureToCancel(r, l), nil
}

func sureToCancel(r *web.Request, l Listed) string {
	return r.T("programme.desk.cancel.sure", "title", r.Pick(l.Title), "when", r.When(l.Start()))
}

func (p *Pages) cancelSession(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	l, a, err := p.sessionFor(r, r.PathValue("id"), EditProgramme)
	if err != nil {
		return err
	}
	var faults fault.Form
	reason := readReason(f, "reason", &faults)
	if err := faults.Err(); err != nil {
		f.Failed(err)
		f.Values.Set("channel", string(Phone)) // as deskSession has them
		f.Values.Set("party", "1")
		return p.showDeskSession(w, r, web.Status(f.Err), deskView{Session: l, Activity: a, Cancelling: true}, f)
	}
	if err := p.CancelSession(r.Context(), l.CentreID, l.ID, reason, r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("programme.desk.cancel.done")
	return r.See(w, "/desk/sessions/"+l.ID)
}

// takeSession makes the viewer responsible for the session.
func (p *Pages) takeSession(w http.ResponseWriter, r *web.Request) error {
	l, _, err := p.sessionFor(r, r.PathValue("id"), Register)
	if err != nil {
		return err
	}
	if err := p.Take(r.Context(), l.CentreID, l.ID, r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("programme.desk.responsible.done")
	return r.See(w, "/desk/sessions/"+l.ID)
}

// Take makes the account responsible for the session.
func (s *Store) Take(ctx context.Context, centreID, id, accountID string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE sessions SET responsible_id = :by WHERE id = :id AND centre_id = :c`, db.Args{"by": accountID, "id": id, "c": centreID})
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NotFound("fault.not_found")
		}
		return s.note(ctx, tx, centreID, "session.take", accountID, "session", id)
	})
}

func (p *Pages) moveForm(w http.ResponseWriter, r *web.Request) error {
	l, a, err := p.sessionFor(r, r.PathValue("id"), EditProgramme)
	if err != nil {
		return err
	}
	o, err := p.own(r.Context(), r)
	if err != nil {
		return err
	}
	return p.showMove(w, r, moving{Listed: l}, a, o, moveFrom(l))
}

// moveFrom is the form of moving the session as it stands.
func moveFrom(l Listed) *web.Form {
	f := web.NewForm("scope", string(booking.This), "date", l.LocalDate, "from", l.LocalStart, "to", l.LocalEnd, "version", strconv.Itoa(l.Version))
	if l.SpaceID != nil {
		f.Values.Set("space", *l.SpaceID)
	}
	return f
}

func (p *Pages) moveSession(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	l, a, err := p.sessionFor(r, r.PathValue("id"), EditProgramme)
	if err != nil {
		return err
	}
	o, err := p.own(r.Context(), r)
	if err != nil {
		return err
	}
	if booking.ScopeOf(f.Get("scope")) != booking.This {
		return p.moveSeries(w, r, f, l, a, o)
	}
	var faults fault.Form
	var d Date
	day, err := time.ParseInLocation(time.DateOnly, f.Get("date"), l.location())
	if err != nil || day.Year() < 2000 || day.Year() > 2200 {
		faults.Add("date", "programme.fault.date")
	}
	start, ok := booking.AtClock(day, f.Get("from"))
	if !ok {
		faults.Add("from", "fault.not_a_time")
	}
	end, ok := booking.EndOf(start, f.Get("to"))
	if !ok {
		faults.Add("to", "programme.fault.times")
	}
	if d.Start, d.End = start, end; faults.Err() == nil && l.StartsAt > r.Now.Unix() && !start.After(r.Now) { // everybody would be told so
		faults.Add("date", "programme.fault.over")
	}
	if a.PlaceKind == InSpace {
		if d.SpaceID = f.Get("space"); d.SpaceID != "" {
			if _, known := o.space(d.SpaceID); !known {
				faults.Add("space", "programme.fault.space")
			}
		}
	}
	version, reason := f.Int(&faults, "version", l.Version, 1, 1<<30), readReason(f, "why", &faults)
	if faults.Err() == nil && d.SpaceID != "" && (d.Start.Unix() != l.StartsAt || d.End.Unix() != l.EndsAt) {
		if err := booking.AskAgreed(r, p.Network, o.Centre, f, d.Interval(), &faults); err != nil {
			return err
		}
	}
	if err = faults.Err(); err == nil {
		err = p.MoveSession(r.Context(), l.CentreID, l.ID, d, version, reason, r.Viewer.Account.ID)
	}
	if err != nil {
		if !f.Failed(err) {
			return err
		}
		clashes, _ := f.Err.Detail.([]booking.Clash)
		var free []booking.Space
		if len(clashes) > 0 {
			wanted := booking.Wanted{CentreID: l.CentreID, SpaceID: d.SpaceID, Interval: d.Interval()}
			if l.BookingID != nil {
				wanted.Except = *l.BookingID
			}
			if a.Capacity != nil {
				wanted.People = *a.Capacity
			}
			if free, err = p.Booking.Alternatives(r.Context(), p.DB, wanted); err != nil {
				return err
			}
		}
		return p.showMove(w, r, moving{Listed: l, Clashes: clashes, Free: free}, a, o, f)
	}
	r.Flash("programme.desk.move.done")
	return r.See(w, "/desk/sessions/"+l.ID)
}

// readReason reads why several people are told of a change, by language.
func readReason(f *web.Form, name string, faults *fault.Form) i18n.Text {
	for _, l := range i18n.All {
		f.Text(faults, name+"-"+string(l), MaxReason, false)
	}
	return f.Texts(name)
}

// offered is somebody on the call list, with the session the place is on.
type offered struct {
	Seen
	Session Listed
}

// calls is the list of those who must be told by telephone or at the desk: of a free place, and of changes.
func (p *Pages) calls(w http.ResponseWriter, r *web.Request) error {
	list, err := p.Calls(r.Context(), r.Viewer.ScopeID())
	if err != nil {
		return err
	}
	var offers []offered
	for _, one := range list {
		l, _, err := p.sessionFor(r, one.SessionID, Register)
		if fault.Is(err, fault.KindForbidden) || fault.Is(err, fault.KindNotFound) {
			continue // not today's, for the person on duty; or not one's team
		}
		if err != nil {
			return err
		}
		offers = append(offers, offered{Seen: one, Session: l})
	}
	all, err := p.ToTell(r.Context(), r.Viewer.ScopeID())
	if err != nil {
		return err
	}
	c, err := p.Network.Centre(r.Context(), p.DB, r.Viewer.ScopeID())
	if err != nil {
		return err
	}
	var changes []ToTell
	for _, one := range all {
		at := time.Unix(one.StartsAt, 0).In(c.Location())
		if r.Viewer.May(SeePast) || at.Format(time.DateOnly) == r.Now.In(c.Location()).Format(time.DateOnly) {
			changes = append(changes, one)
		}
	}
	names := r.Names()
	slices.SortStableFunc(changes, func(a, b ToTell) int { return cmp.Or(cmp.Compare(a.StartsAt, b.StartsAt), names(a.Name, b.Name)) })
	return r.HTML(w, http.StatusOK, callsPage(r, c, offers, changes, r.URL.Query().Get("names") == "1"))
}

// actOnRegistration is one press beside a registration: reached, no answer, wrong number, confirm, cancel, pass on.
func (p *Pages) actOnRegistration(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	centreID, by := r.Viewer.ScopeID(), r.Viewer.Account.ID
	reg, err := p.RegistrationFor(r.Context(), centreID, r.PathValue("id"), Register, r.Viewer.May, r.Now)
	if err != nil {
		return err
	}
	ctx, said := r.Context(), "programme.desk.noted"
	switch act := cmp.Or(r.PathValue("act"), "cancel"); act { // cancelling has a route of its own, which asks first
	case "reached", "no-answer", "wrong-number":
		err = p.Called(ctx, centreID, reg.ID, strings.ReplaceAll(act, "-", "_"), by)
	case "confirm":
		said = "programme.desk.confirmed_one"
		err = p.Confirm(ctx, centreID, reg.ID, by)
	case "cancel":
		said = "programme.desk.cancelled_one"
		err = p.Cancel(ctx, centreID, reg.ID, by)
	case "pass-on":
		said = "programme.desk.passed_on"
		err = p.PassOn(ctx, centreID, reg.ID, by)
	default:
		return fault.NotFound("fault.not_found")
	}
	if err != nil {
		return err
	}
	r.Flash(said)
	if f.Get("back") == "calls" {
		return r.See(w, "/desk/calls")
	}
	return r.See(w, "/desk/sessions/"+reg.SessionID)
}

func (p *Pages) told(w http.ResponseWriter, r *web.Request) error {
	if err := p.Told(r.Context(), r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("programme.desk.noted")
	return r.See(w, "/desk/calls")
}
