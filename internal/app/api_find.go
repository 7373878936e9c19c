package app

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/sharing"
)

// Which shared rooms are free: what an organisation looks for before it asks.
func (a *App) apiFind(api huma.API) {
	huma.Register(api, withToken("findRooms", http.MethodGet, "/spaces/free", "Shared rooms of each centre that are free at a time, those that suit best first, and those that are taken then", 404), a.apiFindRooms)
}

type apiFoundSpace struct {
	ID    string   `json:"id" format:"uuid"`
	Name  apiTexts `json:"name"`
	Holds int      `json:"holds,omitempty" doc:"People; absent: nobody said."`
}

type apiFound struct {
	Centre string          `json:"centre" doc:"Slug."`
	Closed bool            `json:"closed" doc:"The centre is closed then: no room of it is named."`
	Free   []apiFoundSpace `json:"free"`
	Taken  []apiFoundSpace `json:"taken" doc:"By whom is not said."`
}

func foundOut(list []booking.Space) []apiFoundSpace {
	out := []apiFoundSpace{}
	for _, s := range list {
		out = append(out, apiFoundSpace{s.ID, texts(s.Name), s.Holds})
	}
	return out
}

func (a *App) apiFindRooms(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	From          string `query:"from" required:"true" example:"2026-12-01T17:00:00+01:00" doc:"A moment to come (RFC 3339)."`
	To            string `query:"to" required:"true" example:"2026-12-01T19:00:00+01:00"`
	People        int    `query:"people" minimum:"0" maximum:"10000" doc:"Rooms that hold so many; absent: any."`
	Centre        string `query:"centre" maxLength:"80" doc:"Slug; absent: all centres."`
}) (*apiList[apiFound], error) {
	token, err := a.bearerMay(ctx, in.Authorization, sharing.AskRoom)
	if err != nil {
		return nil, err
	}
	if token.held.Scope.Kind != network.ScopeOrganisation {
		return nil, huma.Error403Forbidden("an organisation looks for a room: use a token of a member")
	}
	var i booking.Interval
	for _, x := range []struct {
		name, said string
		at         *time.Time
	}{{"from", in.From, &i.Start}, {"to", in.To, &i.End}} {
		if *x.at, err = a.moment(ctx, x.name, x.said); err != nil {
			return nil, err
		}
		if x.at.IsZero() {
			return nil, huma.Error422UnprocessableEntity(x.name + ": say when")
		}
	}
	if err = i.Check(); err == nil && !i.Start.After(a.Now()) {
		err = fault.Invalid("sharing.fault.past")
	}
	if err != nil {
		return nil, a.apiError(err)
	}
	_, id, err := a.slugs(ctx, in.Centre)
	if err != nil {
		return nil, a.apiError(err)
	}
	centres, err := a.Network.Centres(ctx, a.DB)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiFound]{}
	out.Body.Items = []apiFound{}
	for _, c := range centres {
		if id != "" && c.ID != id {
			continue
		}
		f, err := a.Sharing.Find(ctx, c, i, in.People)
		if err != nil {
			return nil, a.apiError(err)
		}
		out.Body.Items = append(out.Body.Items, apiFound{Centre: c.Slug, Closed: f.Closed, Free: foundOut(f.Free), Taken: foundOut(f.Taken)})
	}
	return out, nil
}
