package app

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/sharing"
)

// Waiting for a room's time, with a token of the organisation that waits. Where the centre has not turned it on, there is none.
func (a *App) apiWaits(api huma.API) {
	huma.Register(api, withToken("listWaits", http.MethodGet, "/waits", "What the token's organisation waits for, and what it is offered"), a.apiListWaits)
	huma.Register(api, answering(http.StatusCreated, withToken("createWait", http.MethodPost, "/waits", "Wait for a room that is taken then", 400, 404, 409)), a.apiWait)
	huma.Register(api, withToken("acceptWait", http.MethodPost, "/waits/{id}/acceptance", "Take what is offered: it becomes a request that holds the room, or a booking", 404, 409), a.apiAcceptWait)
	huma.Register(api, answering(http.StatusNoContent, withToken("leaveWait", http.MethodDelete, "/waits/{id}", "Wait no longer, or decline what is offered: it goes on to the next; twice changes nothing", 404)), a.apiLeaveWait)
}

type apiWaiting struct {
	ID         string     `json:"id" format:"uuid"`
	Space      string     `json:"space" format:"uuid"`
	StartsAt   time.Time  `json:"starts_at"`
	EndsAt     time.Time  `json:"ends_at"`
	Title      string     `json:"title"`
	People     int        `json:"people"`
	State      string     `json:"state" enum:"waiting,offered,taken,passed,left"`
	OfferUntil *time.Time `json:"offer_until,omitempty" doc:"Until when the room is held for it."`
}

func waitOut(w sharing.Wait) apiWaiting {
	out := apiWaiting{ID: w.ID, Space: w.SpaceID, StartsAt: w.Interval().Start.UTC(), EndsAt: w.Interval().End.UTC(), Title: w.Title, People: w.People, State: w.State}
	if w.OfferUntil != nil {
		until := time.Unix(*w.OfferUntil, 0).UTC()
		out.OfferUntil = &until
	}
	return out
}

// asking is a token of an organisation that asks for rooms.
func (a *App) asking(ctx context.Context, authorization string) (bearer, error) {
	token, err := a.bearerMay(ctx, authorization, sharing.AskRoom)
	if err == nil && token.held.Scope.Kind != network.ScopeOrganisation {
		err = huma.Error403Forbidden("an organisation waits: use a token of a member")
	}
	return token, err
}

func (a *App) apiListWaits(ctx context.Context, in *struct {
	Authorization string `header:"Authorization" maxLength:"300"`
}) (*apiList[apiWaiting], error) {
	token, err := a.asking(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	list, err := a.Sharing.Waits(ctx, token.held.Scope.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiWaiting]{}
	out.Body.Items = []apiWaiting{}
	for _, w := range list {
		out.Body.Items = append(out.Body.Items, waitOut(w))
	}
	return out, nil
}

func (a *App) apiWait(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Body          struct {
		Space    string    `json:"space" format:"uuid"`
		StartsAt time.Time `json:"starts_at"`
		EndsAt   time.Time `json:"ends_at"`
		Title    string    `json:"title" maxLength:"120"`
		People   int       `json:"people" minimum:"1" maximum:"10000"`
	}
}) (*struct{ Body apiWaiting }, error) {
	token, err := a.asking(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	n := in.Body
	wanted := sharing.Ask{SpaceID: n.Space, OrganisationID: token.held.Scope.ID, Title: strings.TrimSpace(n.Title), People: n.People,
		Dates: []booking.Interval{{Start: n.StartsAt, End: n.EndsAt}}, By: token.by}
	var made sharing.Wait
	if err := a.DB.Tx(ctx, func(tx *db.Tx) (err error) { made, err = a.Sharing.WaitTx(ctx, tx, wanted); return err }); err != nil {
		return nil, a.fieldError(err)
	}
	return &struct{ Body apiWaiting }{waitOut(made)}, nil
}

func (a *App) apiAcceptWait(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*struct{ Body apiRequest }, error) {
	token, err := a.asking(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	var r sharing.Request
	if err := a.Booking.Claim(ctx, func(tx *db.Tx) (err error) {
		r, err = a.Sharing.TakeTx(ctx, tx, token.held.Scope.ID, in.ID, token.by)
		return err
	}); err != nil {
		return nil, a.fieldError(err)
	}
	return &struct{ Body apiRequest }{token.requestOut(r)}, nil
}

func (a *App) apiLeaveWait(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*struct{}, error) {
	token, err := a.asking(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	if err := a.Booking.Claim(ctx, func(tx *db.Tx) error { return a.Sharing.Leave(ctx, tx, token.held.Scope.ID, in.ID, token.by) }); err != nil {
		return nil, a.fieldError(err)
	}
	return nil, nil
}
