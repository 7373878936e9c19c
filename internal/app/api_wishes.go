package app

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/allotment"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/season"
)

// Wishes of a season. A member's token has those of its organisation until the last day for wishes; a token of the centre's
// coordination types in those of any, and has them until they are counted.
func (a *App) apiWishes(api huma.API) {
	wish := answering(http.StatusCreated, withToken("createWish", http.MethodPost, "/seasons/{id}/wishes", "Add a wish behind the organisation's others", 400, 404, 409))
	wish.Description = "The same wish again adds nothing."
	huma.Register(api, wish, a.apiWish)
	huma.Register(api, withToken("listWishes", http.MethodGet, "/seasons/{id}/wishes", "Wishes, each organisation's by rank", 404), a.apiListWishes)
	huma.Register(api, withToken("raiseWish", http.MethodPost, "/seasons/{id}/wishes/{wish}/raise", "Change places with the wish ranked one better; the best stays", 404, 409), a.apiRaiseWish)
	huma.Register(api, answering(http.StatusNoContent, withToken("takeBackWish", http.MethodDelete, "/seasons/{id}/wishes/{wish}", "Take a wish back", 404, 409)), a.apiTakeBackWish)
}

// wisher is whose wishes a token may have in a season.
type wisher struct {
	season       season.Season
	organisation string // empty: any, at the desk
	by           string
	may          bool // enter, rank and take back now
}

// source says where a wish was entered.
func (w wisher) source() string {
	if w.organisation == "" {
		return "desk"
	}
	return "api"
}

func (a *App) wisher(ctx context.Context, authorization, id string) (w wisher, err error) {
	token, err := a.bearerMay(ctx, authorization, season.Wish, season.Run)
	if err != nil {
		return w, err
	}
	w.by = token.by
	desk := token.held.Scope.Kind != network.ScopeOrganisation
	var c network.Centre
	if desk {
		var b centreToken
		if b, w.season, err = a.ownSeason(ctx, authorization, id); err != nil {
			return w, err
		}
		c = b.centre
	} else {
		w.organisation = token.held.Scope.ID
		if w.season, c, err = a.Season.OneShown(ctx, id); err != nil {
			return w, a.apiError(err)
		}
	}
	w.may = w.season.MayWish(desk, a.Now(), c.Location())
	return w, nil
}

type apiWishOut struct {
	ID           string   `json:"id" format:"uuid"`
	Organisation string   `json:"organisation" format:"uuid"`
	Rank         int      `json:"rank" doc:"Among those of the organisation: the least is wished for most. Numbers may be left out."`
	Spaces       []string `json:"spaces" doc:"Ids, in the order in which they are tried; none: any room of the season."`
	Weekday      int      `json:"weekday" doc:"1 is Monday."`
	Start        string   `json:"start" example:"18:00"`
	End          string   `json:"end" example:"19:30" doc:"24:00 is the end of the day."`
	Source       string   `json:"source" enum:"web,desk,file,api" doc:"Where it was entered."`
}

func (a *App) showWishes(ctx context.Context, w wisher, organisation string) (*apiList[apiWishOut], error) {
	list, err := a.Season.Wishes(ctx, a.DB, w.season.ID, organisation)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiWishOut]{}
	out.Body.Items = []apiWishOut{}
	for _, x := range list {
		out.Body.Items = append(out.Body.Items, apiWishOut{ID: x.ID, Organisation: x.OrganisationID, Rank: x.Rank, Spaces: orNone(x.Spaces), Weekday: x.Weekday,
			Start: allotment.Clock(x.Start).String(), End: allotment.Clock(x.Start + x.Minutes).String(), Source: x.Source})
	}
	return out, nil
}

func (a *App) apiListWishes(ctx context.Context, in *apiSeasonAt) (*apiList[apiWishOut], error) {
	w, err := a.wisher(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	return a.showWishes(ctx, w, w.organisation)
}

type apiWishBody struct {
	Organisation string   `json:"organisation,omitempty" format:"uuid" doc:"Whose wish a centre types in; a member's token has its own."`
	Spaces       []string `json:"spaces,omitempty" maxItems:"100" doc:"Ids, in the order in which they are tried; none: any room of the season."`
	Weekday      int      `json:"weekday" minimum:"1" maximum:"7" doc:"1 is Monday."`
	Start        string   `json:"start" pattern:"^[0-9]{2}:[0-9]{2}$" example:"18:00"`
	End          string   `json:"end" pattern:"^[0-9]{2}:[0-9]{2}$" example:"19:30" doc:"On the same day; 24:00 is its end."`
}

type apiWished struct {
	Added bool `json:"added" doc:"False where the organisation has this wish already."`
}

func (a *App) apiWish(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          apiWishBody
}) (*struct{ Body apiWished }, error) {
	w, err := a.wisher(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	organisation := w.organisation
	switch {
	case organisation != "" && in.Body.Organisation != "" && in.Body.Organisation != organisation:
		return nil, huma.Error403Forbidden("this token is of another organisation")
	case organisation == "" && in.Body.Organisation == "":
		return nil, huma.Error422UnprocessableEntity("organisation: say whose wish it is")
	case organisation == "":
		o, err := a.Network.Organisation(ctx, a.DB, in.Body.Organisation)
		if err != nil {
			return nil, a.apiError(err)
		}
		organisation = o.ID
	}
	if !w.may {
		return nil, a.apiError(fault.Conflict("season.fault.closed"))
	}
	from, errFrom := allotment.ParseClock(in.Body.Start)
	to, errTo := allotment.ParseClock(in.Body.End)
	if errFrom != nil || errTo != nil {
		return nil, huma.Error422UnprocessableEntity("start, end: write times as 18:00")
	}
	x := season.Wished{SeasonID: w.season.ID, OrganisationID: organisation, Weekday: in.Body.Weekday, Start: int(from), Minutes: int(to - from), Spaces: in.Body.Spaces, Source: w.source()}
	out := &struct{ Body apiWished }{}
	if err := a.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		out.Body.Added, err = a.Season.AddWish(ctx, tx, w.season, x, w.by)
		return err
	}); err != nil {
		return nil, a.fieldError(err)
	}
	return out, nil
}

// apiWishAt names a wish by its address.
type apiWishAt struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Wish          string `path:"wish" format:"uuid"`
}

// wish does something with one that the token may have, and returns whose it is.
func (a *App) wish(ctx context.Context, in *apiWishAt, do func(ctx context.Context, one season.Season, organisationID, id, by string) error) (w wisher, organisation string, err error) {
	if w, err = a.wisher(ctx, in.Authorization, in.ID); err != nil {
		return w, "", err
	}
	list, err := a.Season.Wishes(ctx, a.DB, w.season.ID, w.organisation)
	if err != nil {
		return w, "", a.apiError(err)
	}
	for _, x := range list {
		if x.ID == in.Wish {
			organisation = x.OrganisationID
		}
	}
	switch {
	case organisation == "":
		err = fault.NotFound("fault.not_found")
	case !w.may:
		err = fault.Conflict("season.fault.closed")
	default:
		err = do(ctx, w.season, organisation, in.Wish, w.by)
	}
	if err != nil {
		err = a.apiError(err)
	}
	return w, organisation, err
}

func (a *App) apiRaiseWish(ctx context.Context, in *apiWishAt) (*apiList[apiWishOut], error) {
	w, organisation, err := a.wish(ctx, in, a.Season.RaiseWish)
	if err != nil {
		return nil, err
	}
	return a.showWishes(ctx, w, organisation)
}

func (a *App) apiTakeBackWish(ctx context.Context, in *apiWishAt) (*struct{}, error) {
	_, _, err := a.wish(ctx, in, a.Season.RemoveWish)
	return nil, err
}
