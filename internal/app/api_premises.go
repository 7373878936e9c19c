package app

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/premises"
)

// premisesAPI adds what a program reads of a centre's requests for premises of local committees. Nothing is written: what
// came of a request is known to the person who made it in the city's application.
func (a *App) premisesAPI(api huma.API) {
	get := func(id, path, summary string, errors ...int) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: "/api/v1" + path, Summary: summary, Errors: errors, Security: []map[string][]string{{"token": {}}}}
	}
	huma.Register(api, get("listPremisesRequests", "/premises", "Requests for premises of local committees, of the token's centre", http.StatusUnauthorized, http.StatusForbidden), a.apiPremises)
	huma.Register(api, get("readPremisesRequest", "/premises/{id}", "One request for premises of a local committee", http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound), a.apiPremisesOne)
}

type apiPremises struct {
	ID         string            `json:"id" format:"uuid"`
	State      string            `json:"state" enum:"prepared,sent,granted,declined,withdrawn,expired,renewed"`
	Place      string            `json:"place" doc:"As the city calls it."`
	Address    string            `json:"address,omitempty"`
	Committee  string            `json:"committee" doc:"Slug of the local committee's area."`
	Slots      []apiPremisesSlot `json:"slots"`
	PeriodFrom string            `json:"period_from" format:"date"`
	PeriodTo   string            `json:"period_to" format:"date"`
	Kind       string            `json:"kind" doc:"Type of activity."`
	Members    int               `json:"members"`
	Volunteers int               `json:"volunteers"`
	Results    apiPremisesYear   `json:"results"`
	SentOn     string            `json:"sent_on,omitempty" format:"date"`
	Reference  string            `json:"reference,omitempty" doc:"The city's."`
	DecidedOn  string            `json:"decided_on,omitempty" format:"date"`
	Reason     string            `json:"reason,omitempty"`
	Conditions string            `json:"conditions,omitempty"`
	ValidFrom  string            `json:"valid_from,omitempty" format:"date"`
	ValidTo    string            `json:"valid_to,omitempty" format:"date" doc:"The last day."`
	RenewOn    string            `json:"renew_on,omitempty" format:"date"`
	Renews     string            `json:"renews,omitempty" format:"uuid" doc:"The request that this one is the next of."`
}

type apiPremisesSlot struct {
	Weekday int    `json:"weekday" minimum:"1" maximum:"7" doc:"1 is Monday."`
	From    string `json:"from" example:"18:00"`
	To      string `json:"to" example:"20:00"`
}

type apiPremisesYear struct {
	From     string `json:"from" format:"date"`
	To       string `json:"to" format:"date"`
	Sessions int    `json:"sessions"`
	Recorded int    `json:"recorded" doc:"Of the sessions, those whose attendance was recorded."`
	Minutes  int64  `json:"minutes"`
	Came     *int   `json:"came,omitempty" doc:"People, counted each time they came; absent where there were fewer than the network tells."`
}

func (a *App) apiPremises(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	State         string `query:"state" enum:"prepared,sent,granted,declined,withdrawn,expired,renewed"`
}) (*apiList[apiPremises], error) {
	centreID, err := a.premisesCentre(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	list, err := a.Premises.OfCentre(ctx, a.DB, centreID)
	if err != nil {
		return nil, a.apiError(err)
	}
	slugs, err := a.areaSlugs(ctx)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiPremises]{}
	out.Body.Items = []apiPremises{}
	for _, r := range list {
		if in.State == "" || string(r.State) == in.State {
			out.Body.Items = append(out.Body.Items, premisesOut(r, slugs))
		}
	}
	return out, nil
}

func (a *App) apiPremisesOne(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*struct{ Body apiPremises }, error) {
	centreID, err := a.premisesCentre(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	r, err := a.Premises.Request(ctx, a.DB, centreID, in.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	slugs, err := a.areaSlugs(ctx)
	if err != nil {
		return nil, a.apiError(err)
	}
	return &struct{ Body apiPremises }{premisesOut(r, slugs)}, nil
}

// premisesCentre is the centre whose requests the token may read.
func (a *App) premisesCentre(ctx context.Context, authorization string) (string, error) {
	token, err := a.bearer(ctx, authorization)
	if err != nil {
		return "", err
	}
	in := token.held.Scope
	if in.Kind != network.ScopeCentre || !a.Server.Policy.Can([]auth.Held{token.held}, premises.See, in) {
		return "", huma.Error403Forbidden("this token may not read a centre's requests; a coordinator's token of that centre may")
	}
	return in.ID, nil
}

func (a *App) areaSlugs(ctx context.Context) (map[string]string, error) {
	areas, err := a.Network.Areas(ctx, a.DB)
	slugs := map[string]string{}
	for _, x := range areas {
		slugs[x.ID] = x.Slug
	}
	return slugs, err
}

func premisesOut(r premises.Request, slugs map[string]string) apiPremises {
	out := apiPremises{ID: r.ID, State: string(r.State), Place: r.Place, Address: r.Address, Committee: slugs[r.AreaID], PeriodFrom: r.PeriodFrom, PeriodTo: r.PeriodTo, Kind: r.Kind,
		Members: r.Members, Volunteers: r.Volunteers, SentOn: r.SentOn, Reference: r.Reference, DecidedOn: r.DecidedOn, Reason: r.Reason, Conditions: r.Conditions,
		ValidFrom: r.ValidFrom, ValidTo: r.ValidTo, RenewOn: r.RenewOn, Slots: []apiPremisesSlot{},
		Results: apiPremisesYear{From: r.ResultsFrom, To: r.ResultsTo, Sessions: r.Sessions, Recorded: r.Recorded, Minutes: r.Minutes, Came: r.Came}}
	for _, s := range r.Slots {
		out.Slots = append(out.Slots, apiPremisesSlot(s))
	}
	if r.RenewsID != nil {
		out.Renews = *r.RenewsID
	}
	return out
}
