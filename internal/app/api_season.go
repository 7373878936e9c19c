package app

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/platform/fault"
	"kvart/internal/season"
)

// apiOfSeasons adds the seasons of centres that have turned them on. Reading needs nothing.
func (a *App) apiOfSeasons(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "listSeasons", Method: http.MethodGet, Path: "/api/v1/seasons", Summary: "Seasons open for wishes, counted or published, the newest first",
		Errors: []int{http.StatusNotFound}}, a.apiSeasons)
	huma.Register(api, huma.Operation{OperationID: "getSeason", Method: http.MethodGet, Path: "/api/v1/seasons/{id}", Summary: "Everything that anybody needs to recount a published season",
		Description: "The document that 'kvart season recount' reads.", Errors: []int{http.StatusNotFound}}, a.apiSeasonDocument)
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
