package app

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/i18n"
	"kvart/internal/programme"
)

// Who is registered for a session, as numbers and ids: no name and no contact leaves through the API, as a token is
// nobody in particular. What is discreet is NotFound to every token. A token of whoever is on duty works with today's.
func (a *App) apiRegistrations(api huma.API) {
	huma.Register(api, withToken("listRegistrations", http.MethodGet, "/sessions/{id}/registrations", "Registrations of a session in order of arrival, without names", 404), a.apiListRegistrations)
	huma.Register(api, answering(http.StatusCreated, withToken("createRegistration", http.MethodPost, "/sessions/{id}/registrations", "Register somebody by phone, on paper or at the desk, by the rules of all channels", 400, 404, 409)), a.apiRegister)
	huma.Register(api, withToken("confirmRegistration", http.MethodPost, "/registrations/{id}/confirmation", "Take an offered place for the person", 404, 409), a.apiConfirmRegistration)
	huma.Register(api, withToken("passOnRegistration", http.MethodPost, "/registrations/{id}/pass-on", "Offer the place to the next in line; the person keeps the place in line", 404), a.apiPassOn)
	huma.Register(api, withToken("noteCall", http.MethodPost, "/registrations/{id}/call", "Note a telephone call to somebody who was offered a place", 400, 404), a.apiCalled)
	huma.Register(api, answering(http.StatusNoContent, withToken("cancelRegistration", http.MethodDelete, "/registrations/{id}", "Give a place back; twice changes nothing", 404)), a.apiCancelRegistration)
}

// may says what the token may do with the sessions of its centre; it is of no team of discreet ones.
func (b centreToken) may(p auth.Permission) bool {
	return p != programme.SeeDiscreet && b.reader.Sees(p, b.centre.ID)
}

// sessionFor is a session of the token's centre, by the rule of the desk.
func (a *App) sessionFor(ctx context.Context, authorization, id string, need auth.Permission) (centreToken, programme.Listed, error) {
	b, err := a.centreTokenOf(ctx, authorization, need)
	if err != nil {
		return b, programme.Listed{}, err
	}
	l, _, err := a.Programme.SessionFor(ctx, b.centre.ID, id, need, b.may, a.Now())
	if err != nil {
		err = a.apiError(err)
	}
	return b, l, err
}

type apiRegistration struct {
	ID         string     `json:"id"`
	Session    string     `json:"session" format:"uuid"`
	State      string     `json:"state" enum:"requested,confirmed,waiting,offered,cancelled"`
	Channel    string     `json:"channel" enum:"web,desk,phone,paper"`
	Party      int        `json:"party" doc:"People, companions included."`
	Position   int64      `json:"position" doc:"Order of arrival; it never changes."`
	OfferUntil *time.Time `json:"offer_until,omitempty" doc:"Of an offered place: until when it is kept; absent until the person was told."`
}

func registrationOut(r programme.Registration) apiRegistration {
	out := apiRegistration{ID: r.ID, Session: r.SessionID, State: r.State, Channel: string(r.Channel), Party: r.Party, Position: r.Position}
	if r.OfferUntil != nil {
		until := time.Unix(*r.OfferUntil, 0).UTC()
		out.OfferUntil = &until
	}
	return out
}

type apiRegistered struct {
	Session  string            `json:"session" format:"uuid"`
	Capacity *int              `json:"capacity,omitempty"`
	Taken    int               `json:"taken" doc:"People with a place, or with an offered one."`
	Waiting  int               `json:"waiting" doc:"Registrations in line."`
	Free     *int              `json:"free,omitempty" doc:"Places that can be taken at the desk now."`
	Items    []apiRegistration `json:"items"`
}

func (a *App) apiListRegistrations(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*struct{ Body apiRegistered }, error) {
	b, l, err := a.sessionFor(ctx, in.Authorization, in.ID, programme.Register)
	if err != nil {
		return nil, err
	}
	list, err := a.Programme.OfSession(ctx, b.centre.ID, l.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := apiRegistered{Session: l.ID, Capacity: l.Capacity, Taken: l.Taken, Items: []apiRegistration{}}
	if free, limited := l.Free(programme.Desk, a.Now()); limited {
		out.Free = &free
	}
	for _, r := range list {
		if r.State == programme.Waiting {
			out.Waiting++
		}
		out.Items = append(out.Items, registrationOut(r.Registration))
	}
	return &struct{ Body apiRegistered }{out}, nil
}

func (a *App) apiRegister(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          struct {
		Channel  string `json:"channel,omitempty" enum:"desk,phone,paper" doc:"Absent: desk."`
		Name     string `json:"name,omitempty" maxLength:"80" doc:"A name, a chosen name, or none for just one person."`
		Email    string `json:"email,omitempty" maxLength:"200" doc:"They hear of changes by mail; without one they are on the desk's call list."`
		Phone    string `json:"phone,omitempty" maxLength:"40"`
		Party    int    `json:"party,omitempty" minimum:"1" maximum:"10" doc:"People, companions included; absent: 1."`
		Needs    string `json:"needs,omitempty" maxLength:"300" doc:"Seen by the session's team only, and gone seven days after."`
		Adult    bool   `json:"adult,omitempty" doc:"18 or older; needed where the activity is for adults."`
		Guardian bool   `json:"guardian,omitempty" doc:"A guardian agrees; needed where the activity asks for it."`
		Lang     string `json:"lang,omitempty" enum:"hr,en,nb" doc:"In which they are written to; absent: hr."`
	}
}) (*struct{ Body apiRegistration }, error) {
	b, l, err := a.sessionFor(ctx, in.Authorization, in.ID, programme.Register)
	if err != nil {
		return nil, err
	}
	n := in.Body
	ask := programme.Ask{SessionID: l.ID, Channel: programme.Channel(n.Channel), Name: n.Name, Email: n.Email, Phone: n.Phone, Party: max(n.Party, 1), Needs: n.Needs,
		Adult: n.Adult, Guardian: n.Guardian, Lang: i18n.Lang(n.Lang), By: b.by}
	if ask.Channel == "" {
		ask.Channel = programme.Desk
	}
	if ask.Lang == "" {
		ask.Lang = i18n.HR
	}
	place, err := a.Programme.Register(ctx, ask, func(string) string { return "" })
	if err != nil {
		return nil, a.fieldError(err)
	}
	one := place.Registrations[0]
	for _, r := range place.Registrations { // of a series: that of the session at hand
		if r.SessionID == l.ID {
			one = r
		}
	}
	return &struct{ Body apiRegistration }{registrationOut(one)}, nil
}

// registrationFor is a registration of the token's centre, by the rule of the desk.
func (a *App) registrationFor(ctx context.Context, authorization, id string) (centreToken, programme.Registration, error) {
	b, err := a.centreTokenOf(ctx, authorization, programme.Register)
	if err != nil {
		return b, programme.Registration{}, err
	}
	r, err := a.Programme.RegistrationFor(ctx, b.centre.ID, id, programme.Register, b.may, a.Now())
	if err != nil {
		err = a.apiError(err)
	}
	return b, r, err
}

// afterwards is the registration as it is once err is nil.
func (a *App) afterwards(ctx context.Context, b centreToken, id string, err error) (*struct{ Body apiRegistration }, error) {
	if err != nil {
		return nil, a.fieldError(err)
	}
	r, err := a.Programme.RegistrationFor(ctx, b.centre.ID, id, programme.Register, b.may, a.Now())
	if err != nil {
		return nil, a.apiError(err)
	}
	return &struct{ Body apiRegistration }{registrationOut(r)}, nil
}

type apiRegistrationAt struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" maxLength:"80"`
}

func (a *App) apiConfirmRegistration(ctx context.Context, in *apiRegistrationAt) (*struct{ Body apiRegistration }, error) {
	b, r, err := a.registrationFor(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	return a.afterwards(ctx, b, r.ID, a.Programme.Confirm(ctx, b.centre.ID, r.ID, b.by))
}

func (a *App) apiPassOn(ctx context.Context, in *apiRegistrationAt) (*struct{ Body apiRegistration }, error) {
	b, r, err := a.registrationFor(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	return a.afterwards(ctx, b, r.ID, a.Programme.PassOn(ctx, b.centre.ID, r.ID, b.by))
}

func (a *App) apiCalled(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" maxLength:"80"`
	Body          struct {
		Outcome string `json:"outcome" enum:"reached,no_answer,wrong_number" doc:"Reached: the time to confirm starts now. An attempt costs nobody the place in line."`
	}
}) (*struct{ Body apiRegistration }, error) {
	b, r, err := a.registrationFor(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	return a.afterwards(ctx, b, r.ID, a.Programme.Called(ctx, b.centre.ID, r.ID, in.Body.Outcome, b.by))
}

func (a *App) apiCancelRegistration(ctx context.Context, in *apiRegistrationAt) (*struct{}, error) {
	b, r, err := a.registrationFor(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.Programme.Cancel(ctx, b.centre.ID, r.ID, b.by); err != nil {
		return nil, a.apiError(err)
	}
	return nil, nil
}
