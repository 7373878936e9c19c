package app

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/sharing"
)

// apiSharing is the API of shared rooms: an organisation's token asks, lists and withdraws; a token of the centre, or of the
// organisation whose room it is, lists what waits for its answer and answers.
func (a *App) apiSharing(api huma.API) {
	operation := func(id, method, path, summary string, errors ...int) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/api/v1" + path, Summary: summary, Security: []map[string][]string{{"token": {}}}, Errors: append(errors, 401, 403)}
	}
	taken := func() map[string]*huma.Response {
		return map[string]*huma.Response{"409": {Description: "The space or the equipment is taken then, or it cannot be any more", Content: map[string]*huma.MediaType{"application/problem+json": {
			Schema: api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[clashProblem](), true, "ClashProblem")}}}}
	}
	ask := operation("askForRoom", http.MethodPost, "/requests", "Ask for a room, at one or several times, with equipment", 400, 404)
	ask.DefaultStatus, ask.Responses = http.StatusCreated, taken()
	decide := operation("decideRequest", http.MethodPost, "/requests/{id}/decision", "Answer a request", 400, 404)
	decide.Responses = taken()
	huma.Register(api, ask, a.apiAsk)
	huma.Register(api, operation("listRequests", http.MethodGet, "/requests", "An organisation's own requests, newest first; at a centre those that wait, oldest first"), a.apiRequests)
	huma.Register(api, decide, a.apiDecide)
	huma.Register(api, operation("withdrawRequest", http.MethodPost, "/requests/{id}/withdrawal", "Withdraw one's own request; what was approved is given back", 404, 409), a.apiWithdraw)
}

type apiRequestDate struct {
	ID       string    `json:"id" format:"uuid"`
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
	State    string    `json:"state" enum:"asked,lapsed,approved,refused,withdrawn,over,cancelled" doc:"asked: the room is held; lapsed: no longer held, and still waiting; over: its time came without an answer."`
	Reason   string    `json:"reason,omitempty"`
}

type apiRequest struct {
	ID           string           `json:"id" format:"uuid"`
	Space        string           `json:"space" format:"uuid"`
	Organisation string           `json:"organisation,omitempty" format:"uuid" doc:"Not of what is confidential, but to who asked and to the centre's team: whoever else decides answers by room, time and number of people."`
	Title        string           `json:"title,omitempty" doc:"Not of what is confidential, but in the answer to who asks, and to the centre's team."`
	Note         string           `json:"note,omitempty" doc:"As the title."`
	People       int              `json:"people"`
	Confidential bool             `json:"confidential"`
	Dates        []apiRequestDate `json:"dates"`
	Setup        *int             `json:"setup_minutes,omitempty" doc:"Asked for in place of the space's."`
	Clear        *int             `json:"clear_minutes,omitempty" doc:"As set-up."`
	Equipment    []apiLent        `json:"equipment,omitempty" doc:"Asked for with the space, and held with it."`
}

// requestOut is the request as the token may see it. Of a confidential one the team of the centre sees all, as on its page;
// the organisation that asked knows that it did, but a token is nobody's in particular, and a member need not be of the team.
func (t bearer) requestOut(r sharing.Request) apiRequest {
	whole := t.can(booking.SeeHidden, r.CentreID)
	out := apiRequest{ID: r.ID, Space: r.SpaceID, People: r.People, Confidential: bool(r.Confidential), Dates: []apiRequestDate{}}
	if whole || !out.Confidential {
		out.Title, out.Note = r.Title, r.Note
	}
	if whole || !out.Confidential || t.held.Scope.ID == r.OrganisationID {
		out.Organisation = r.OrganisationID
	}
	for i, d := range r.Dates {
		if i == 0 { // all have the same
			out.Setup, out.Clear = d.SetupMinutes, d.ClearMinutes
			for _, x := range d.Equipment {
				out.Equipment = append(out.Equipment, apiLent{x.EquipmentID, x.N})
			}
		}
		out.Dates = append(out.Dates, apiRequestDate{ID: d.ID, StartsAt: d.Interval().Start.UTC(), EndsAt: d.Interval().End.UTC(), State: d.State, Reason: d.Reason})
	}
	return out
}

func (a *App) apiAsk(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Body          struct {
		Space        string    `json:"space" format:"uuid"`
		Title        string    `json:"title" minLength:"1" maxLength:"120"`
		Note         string    `json:"note,omitempty" maxLength:"1000"`
		People       int       `json:"people" minimum:"1" maximum:"10000"`
		Confidential bool      `json:"confidential,omitempty"`
		SkipTaken    bool      `json:"skip_taken,omitempty" doc:"Ask for the free ones of several dates."`
		Setup        *int      `json:"setup_minutes,omitempty" minimum:"0" maximum:"480" doc:"In place of the space's, and never less."`
		Clear        *int      `json:"clear_minutes,omitempty" minimum:"0" maximum:"480" doc:"As set-up."`
		Equipment    []apiLent `json:"equipment,omitempty" maxItems:"50" doc:"Held for as long as the space is."`
		Dates        []struct {
			StartsAt time.Time `json:"starts_at"`
			EndsAt   time.Time `json:"ends_at"`
		} `json:"dates" minItems:"1" maxItems:"26"`
	}
}) (*struct{ Body apiRequest }, error) {
	token, err := a.bearerMay(ctx, in.Authorization, sharing.AskRoom)
	if err != nil {
		return nil, err
	}
	if token.held.Scope.Kind != network.ScopeOrganisation {
		return nil, huma.Error403Forbidden("an organisation asks: use a token of a member")
	}
	wanted := sharing.Ask{SpaceID: in.Body.Space, OrganisationID: token.held.Scope.ID, Title: strings.TrimSpace(in.Body.Title), Note: in.Body.Note, People: in.Body.People,
		Confidential: in.Body.Confidential, SkipTaken: in.Body.SkipTaken, Setup: in.Body.Setup, Clear: in.Body.Clear, Equipment: amounts(in.Body.Equipment), By: token.by}
	for _, d := range in.Body.Dates {
		wanted.Dates = append(wanted.Dates, booking.Interval{Start: d.StartsAt, End: d.EndsAt})
	}
	var made sharing.Request
	if err := a.Booking.Claim(ctx, func(tx *db.Tx) (err error) { made, err = a.Sharing.AskTx(ctx, tx, wanted); return err }); err != nil {
		return nil, a.requestError(ctx, err, token.reader())
	}
	out := token.requestOut(made)
	out.Title, out.Note = made.Title, made.Note // whoever asks knows what for
	return &struct{ Body apiRequest }{out}, nil
}

func (a *App) apiRequests(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Role          string `query:"role" enum:"asking,deciding" default:"asking" doc:"Of an organisation: its own requests, or those that wait for its answer."`
}) (*apiList[apiRequest], error) {
	token, err := a.bearerMay(ctx, in.Authorization, sharing.AskRoom, sharing.Decide)
	if err != nil {
		return nil, err
	}
	var list []sharing.Request
	switch scope := token.held.Scope; {
	case scope.Kind == network.ScopeOrganisation && in.Role == "deciding":
		list, err = a.Sharing.ForOwner(ctx, scope.ID)
	case scope.Kind == network.ScopeOrganisation:
		list, err = a.Sharing.OfOrganisation(ctx, scope.ID)
	case scope.Kind == network.ScopeCentre:
		list, err = a.Sharing.Waiting(ctx, scope.ID)
	default:
		return nil, huma.Error403Forbidden("use a token of an organisation or of a centre")
	}
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiRequest]{}
	out.Body.Items = []apiRequest{}
	for _, r := range list {
		out.Body.Items = append(out.Body.Items, token.requestOut(r))
	}
	return out, nil
}

func (a *App) apiDecide(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          struct {
		Decision string   `json:"decision" enum:"approve,refuse"`
		Dates    []string `json:"dates,omitempty" maxItems:"26" doc:"Ids of the dates it is about; without them all that wait."`
		Reason   string   `json:"reason,omitempty" maxLength:"500" doc:"Of a refusal: the requester reads it."`
		Exceed   string   `json:"exceed,omitempty" maxLength:"500" doc:"Why a limit may be passed: the centre only."`
	}
}) (*struct{ Body apiRequest }, error) {
	token, err := a.bearerMay(ctx, in.Authorization, sharing.Decide, sharing.Approve)
	if err != nil {
		return nil, err
	}
	answer := sharing.Answer{RequestID: in.ID, DateIDs: in.Body.Dates, Scope: token.held.Scope, Reason: in.Body.Reason, Exceed: in.Body.Exceed, By: token.by}
	do := a.Sharing.ApproveTx
	if in.Body.Decision == "refuse" {
		do = a.Sharing.RefuseTx
	}
	var r sharing.Request
	if err := a.Booking.Claim(ctx, func(tx *db.Tx) (err error) { r, err = do(ctx, tx, answer); return err }); err != nil {
		return nil, a.requestError(ctx, err, token.reader())
	}
	return &struct{ Body apiRequest }{token.requestOut(r)}, nil
}

func (a *App) apiWithdraw(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*struct{ Body apiRequest }, error) {
	token, err := a.bearerMay(ctx, in.Authorization, sharing.AskRoom)
	if err != nil {
		return nil, err
	}
	var r sharing.Request
	if err := a.Booking.Claim(ctx, func(tx *db.Tx) (err error) {
		r, err = a.Sharing.WithdrawTx(ctx, tx, token.held.Scope.ID, in.ID, nil, token.by)
		return err
	}); err != nil {
		return nil, a.fieldError(err)
	}
	return &struct{ Body apiRequest }{token.requestOut(r)}, nil
}

// requestError answers what was refused: of a Conflict what is in the way, and which equipment is short.
func (a *App) requestError(ctx context.Context, err error, who booking.Reader) error {
	if !fault.Is(err, fault.KindConflict) {
		return a.fieldError(err)
	}
	if taken, ok := fault.Of(err).Detail.(sharing.Taken); ok && len(taken.Missing) > 0 {
		err = fault.Conflict("booking.fault.equipment").With(taken.Missing)
	}
	return a.takenError(ctx, err, who)
}

// fieldError is apiError that says of a fault of one field what it is, and not only that a form has one.
func (a *App) fieldError(err error) error {
	if e := fault.Of(err); e.Kind == fault.KindInvalid && len(e.Fields) > 0 {
		return a.apiError(fault.Invalid(e.Fields[0].Key, e.Fields[0].Args...))
	}
	return a.apiError(err)
}
