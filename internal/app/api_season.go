package app

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/allotment"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/season"
)

// apiOfSeasons adds the seasons of centres that have turned them on. Reading needs nothing; a wish needs a token of the organisation.
func (a *App) apiOfSeasons(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "listSeasons", Method: http.MethodGet, Path: "/api/v1/seasons", Summary: "Seasons open for wishes, counted or published, the newest first",
		Errors: []int{http.StatusNotFound}}, a.apiSeasons)
	huma.Register(api, huma.Operation{OperationID: "getSeason", Method: http.MethodGet, Path: "/api/v1/seasons/{id}", Summary: "Everything that anybody needs to recount a published season",
		Description: "The document that 'kvart season recount' reads.", Errors: []int{http.StatusNotFound}}, a.apiSeasonDocument)
	huma.Register(api, huma.Operation{OperationID: "createWish", Method: http.MethodPost, Path: "/api/v1/seasons/{id}/wishes", Summary: "Add a wish behind the organisation's others",
		Description: "The same wish again adds nothing.", DefaultStatus: http.StatusCreated, Security: []map[string][]string{{"token": {}}}, Errors: []int{400, 401, 403, 404, 409}}, a.apiWish)
}

type apiSeason struct {
	ID          string `json:"id" format:"uuid"`
	Centre      string `json:"centre" doc:"Slug."`
	Name        string `json:"name"`
	From        string `json:"from" format:"date"`
	To          string `json:"to" format:"date"`
	WishesUntil string `json:"wishes_until" format:"date"`
	State       string `json:"state" enum:"open,draft,published"`
	URL         string `json:"url"`
}

func (a *App) apiSeasons(ctx context.Context, in *struct {
	Centre string `query:"centre" maxLength:"80" doc:"Slug."`
}) (*apiList[apiSeason], error) {
	slugs, id, err := a.slugs(ctx, in.Centre)
	if err != nil {
		return nil, a.apiError(err)
	}
	list, err := a.Season.Shown(ctx, 200)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiSeason]{}
	out.Body.Items = []apiSeason{}
	for _, s := range list {
		if id == "" || s.CentreID == id {
			out.Body.Items = append(out.Body.Items, apiSeason{ID: s.ID, Centre: slugs[s.CentreID], Name: s.Name, From: s.FromDate, To: s.ToDate, WishesUntil: s.WishesUntil, State: s.State,
				URL: a.PublicURL + "/seasons/" + s.ID})
		}
	}
	return out, nil
}

func (a *App) apiSeasonDocument(ctx context.Context, in *struct {
	ID string `path:"id" format:"uuid"`
}) (*struct{ Body json.RawMessage }, error) {
	one, _, err := a.Season.OneShown(ctx, in.ID)
	if err == nil && one.State != season.Published {
		err = fault.NotFound("fault.not_found")
	}
	if err != nil {
		return nil, a.apiError(err)
	}
	d, err := a.Season.Document(ctx, a.DB, one)
	if err != nil {
		return nil, a.apiError(err)
	}
	b, err := json.Marshal(d)
	if err != nil {
		return nil, a.apiError(err)
	}
	return &struct{ Body json.RawMessage }{b}, nil
}

type apiWishBody struct {
	Spaces  []string `json:"spaces,omitempty" maxItems:"100" doc:"Ids, in the order in which they are tried; none: any room of the season."`
	Weekday int      `json:"weekday" minimum:"1" maximum:"7" doc:"1 is Monday."`
	Start   string   `json:"start" pattern:"^[0-9]{2}:[0-9]{2}$" example:"18:00"`
	End     string   `json:"end" pattern:"^[0-9]{2}:[0-9]{2}$" example:"19:30" doc:"On the same day; 24:00 is its end."`
}

type apiWished struct {
	Added bool `json:"added" doc:"False where the organisation has this wish already."`
}

func (a *App) apiWish(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          apiWishBody
}) (*struct{ Body apiWished }, error) {
	token, err := a.bearer(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	if token.held.Scope.Kind != network.ScopeOrganisation || !a.Server.Policy.Can([]auth.Held{token.held}, season.Wish, token.held.Scope) {
		return nil, huma.Error403Forbidden("this token is not of an organisation: kvart token create --role member --organisation SLUG")
	}
	one, centre, err := a.Season.OneShown(ctx, in.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	if !one.TakesWishes(a.Now(), centre.Location()) {
		return nil, a.apiError(fault.Conflict("season.fault.closed"))
	}
	from, errFrom := allotment.ParseClock(in.Body.Start)
	to, errTo := allotment.ParseClock(in.Body.End)
	if errFrom != nil || errTo != nil {
		return nil, huma.Error422UnprocessableEntity("start, end: write times as 18:00")
	}
	w := season.Wished{SeasonID: one.ID, OrganisationID: token.held.Scope.ID, Weekday: in.Body.Weekday, Start: int(from), Minutes: int(to - from), Spaces: in.Body.Spaces, Source: "api"}
	out := &struct{ Body apiWished }{}
	if err := a.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		out.Body.Added, err = a.Season.AddWish(ctx, tx, one, w, token.by)
		return err
	}); err != nil {
		if e := fault.Of(err); e.Kind == fault.KindInvalid && len(e.Fields) > 0 { // what is wrong, not that something is
			return nil, a.apiError(fault.Invalid(e.Fields[0].Key, e.Fields[0].Args...))
		}
		return nil, a.apiError(err)
	}
	return out, nil
}
