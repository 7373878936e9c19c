package app

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/booking"
	"kvart/internal/desk"
)

// Who opens and who closes a centre. The team's names are those that its desk shows; no contact is among them.
func (a *App) apiDuty(api huma.API) {
	huma.Register(api, withToken("listDuty", http.MethodGet, "/duty", "Who opens and closes the token's centre, day by day, and who is of its team"), a.apiDuties)
	huma.Register(api, withToken("setDuty", http.MethodPut, "/duty/{day}", "Say who opens and closes on a day, or on a weekday", 400), a.apiSetDuty)
}

// deskPages join the features, as the desk does.
func (a *App) deskPages() *desk.Pages {
	return &desk.Pages{Network: a.Network, Programme: a.Programme, Booking: a.Booking, Sharing: a.Sharing, Mail: a.Mail, SMS: a.SMS, Texts: a.Texts, PublicURL: a.PublicURL}
}

type apiKeeper struct {
	Account string `json:"account,omitempty" doc:"Absent: nobody."`
	For     string `json:"for,omitempty" doc:"Whom they stand in for, or who is away and has nobody to stand in."`
	At      string `json:"at,omitempty" example:"16:30" doc:"Wall time; absent: with the centre's hours."`
}

func keeperOut(k desk.Keeper) apiKeeper { return apiKeeper{k.Account, k.For, k.Clock} }

type apiDuty struct {
	Date   string    `json:"date" format:"date"`
	Opens  apiKeeper `json:"opens"`
	Closes apiKeeper `json:"closes"`
}

type apiColleague struct {
	Account string `json:"account"`
	Name    string `json:"name"`
}

type apiDutyOut struct {
	Items []apiDuty      `json:"items"`
	Team  []apiColleague `json:"team" doc:"To whom a day can be given."`
}

func (a *App) showDuty(ctx context.Context, b centreToken, from string, days int) (*struct{ Body apiDutyOut }, error) {
	first, err := booking.Midnight(from, a.Now(), b.centre.Location())
	if err != nil {
		return nil, huma.Error422UnprocessableEntity("from: write a day, as 2026-12-01")
	}
	list, err := a.deskPages().Duties(ctx, b.centre, first, days)
	if err != nil {
		return nil, a.apiError(err)
	}
	team, err := a.deskPages().Team(ctx, b.centre.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := apiDutyOut{Items: []apiDuty{}, Team: []apiColleague{}}
	for _, d := range list {
		out.Items = append(out.Items, apiDuty{d.Date, keeperOut(d.Opens), keeperOut(d.Closes)})
	}
	for _, c := range team {
		out.Team = append(out.Team, apiColleague{c.ID, c.Name})
	}
	return &struct{ Body apiDutyOut }{out}, nil
}

func (a *App) apiDuties(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	From          string `query:"from" format:"date" doc:"Default today."`
	Days          int    `query:"days" minimum:"1" maximum:"62" default:"7"`
}) (*struct{ Body apiDutyOut }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, desk.SetDuty)
	if err != nil {
		return nil, err
	}
	return a.showDuty(ctx, b, in.From, in.Days)
}

type apiKeeperIn struct {
	Account string `json:"account" maxLength:"80" doc:"Of the team; empty: nobody."`
	At      string `json:"at,omitempty" example:"16:30" doc:"Wall time; absent: with the centre's hours."`
}

func (k *apiKeeperIn) keeper() *desk.Keeper {
	if k == nil {
		return nil
	}
	return &desk.Keeper{Account: k.Account, Clock: k.At}
}

func (a *App) apiSetDuty(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Day           string `path:"day" maxLength:"10" example:"2026-12-24" doc:"A date to come, or a weekday: 1 is Monday."`
	Body          struct {
		Opens  *apiKeeperIn `json:"opens,omitempty" doc:"Absent: of a date as on its weekday; of a weekday nobody."`
		Closes *apiKeeperIn `json:"closes,omitempty" doc:"As opens."`
	}
}) (*struct{ Body apiDutyOut }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, desk.SetDuty)
	if err != nil {
		return nil, err
	}
	if err := a.deskPages().SetDuty(ctx, b.centre, in.Day, in.Body.Opens.keeper(), in.Body.Closes.keeper(), b.by); err != nil {
		return nil, a.fieldError(err)
	}
	if len(in.Day) == 1 {
		return a.showDuty(ctx, b, "", 7)
	}
	return a.showDuty(ctx, b, in.Day, 1)
}
