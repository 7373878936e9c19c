package app

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/premises"
)

// premisesAPI adds a centre's requests for premises of local committees. The requests themselves are made in the city's own
// application: what is written here is what a person knows of them.
func (a *App) premisesAPI(api huma.API) {
	get := func(id, path, summary string, errors ...int) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: "/api/v1" + path, Summary: summary, Errors: errors, Security: []map[string][]string{{"token": {}}}}
	}
	huma.Register(api, get("listPremisesRequests", "/premises", "Requests for premises of local committees, of the token's centre", http.StatusUnauthorized, http.StatusForbidden), a.apiPremises)
	huma.Register(api, answering(http.StatusCreated, withToken("createPremisesRequest", http.MethodPost, "/premises", "Prepare a request; its results are counted by Kvart", 400)), a.apiAddPremises)
	huma.Register(api, withToken("changePremisesRequest", http.MethodPut, "/premises/{id}", "Change a request that is being prepared; its results are counted anew", 400, 404, 409), a.apiChangePremises)
	huma.Register(api, withToken("sendPremisesRequest", http.MethodPost, "/premises/{id}/sent", "Note that it was made in the city's application", 400, 404, 409), a.apiSentPremises)
	huma.Register(api, withToken("askPremisesRequest", http.MethodPost, "/premises/{id}/asked", "Note that somebody asked after the answer today", 404, 409), a.apiAskedPremises)
	huma.Register(api, withToken("decidePremisesRequest", http.MethodPost, "/premises/{id}/decision", "Note the city's answer, or correct what was granted", 400, 404, 409), a.apiDecidedPremises)
	huma.Register(api, withToken("withdrawPremisesRequest", http.MethodPost, "/premises/{id}/withdrawal", "Note that it is not made, or was taken back", 404, 409), a.apiWithdrawnPremises)
	huma.Register(api, withToken("renewPremisesRequest", http.MethodPost, "/premises/{id}/renewal", "Prepare the next request from this one; twice gives the same", 404, 409), a.apiRenewedPremises)
	huma.Register(api, withToken("listPremisesRenewals", http.MethodGet, "/premises/renewals", "What was granted and has no next request yet, by the day on which it is to be renewed"), a.apiRenewals)
	huma.Register(api, get("readPremisesRequest", "/premises/{id}", "One request for premises of a local committee", http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound), a.apiPremisesOne)
}

type apiPremises struct {
	ID         string            `json:"id" format:"uuid"`
	Version    int               `json:"version"`
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
	out := apiPremises{ID: r.ID, Version: r.Version, State: string(r.State), Place: r.Place, Address: r.Address, Committee: slugs[r.AreaID], PeriodFrom: r.PeriodFrom, PeriodTo: r.PeriodTo, Kind: r.Kind,
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

type apiPremisesIn struct {
	Committee   string            `json:"committee" maxLength:"80" doc:"Slug of the local committee's area."`
	Place       string            `json:"place" maxLength:"120" doc:"As the city calls it."`
	Address     string            `json:"address,omitempty" maxLength:"200"`
	Slots       []apiPremisesSlot `json:"slots" minItems:"1" maxItems:"5"`
	PeriodFrom  string            `json:"period_from" format:"date"`
	PeriodTo    string            `json:"period_to" format:"date" doc:"A year at most."`
	Kind        string            `json:"kind" maxLength:"120" doc:"Type of activity."`
	About       string            `json:"about,omitempty" maxLength:"2000"`
	Members     int               `json:"members,omitempty" minimum:"0" maximum:"100000"`
	Volunteers  int               `json:"volunteers,omitempty" minimum:"0" maximum:"100000"`
	Contact     string            `json:"contact,omitempty" maxLength:"120" doc:"A function, no person."`
	Activities  []string          `json:"activities,omitempty" maxItems:"500" doc:"Ids of those whose results it tells."`
	ResultsFrom string            `json:"results_from" format:"date"`
	ResultsTo   string            `json:"results_to" format:"date" doc:"A year at most."`
	Version     *int              `json:"version,omitempty" doc:"That was read; somebody else's change since is then a conflict."`
}

func (n apiPremisesIn) request(r premises.Request, slugs map[string]string) premises.Request {
	r.AreaID = ""
	for id, slug := range slugs {
		if slug == n.Committee {
			r.AreaID = id
		}
	}
	r.Place, r.Address, r.Kind, r.About, r.Members, r.Volunteers, r.Contact = n.Place, n.Address, n.Kind, n.About, n.Members, n.Volunteers, n.Contact
	r.PeriodFrom, r.PeriodTo, r.ResultsFrom, r.ResultsTo, r.Activities, r.Slots = n.PeriodFrom, n.PeriodTo, n.ResultsFrom, n.ResultsTo, n.Activities, nil
	for _, s := range n.Slots {
		r.Slots = append(r.Slots, premises.Slot(s))
	}
	set(&r.Version, n.Version)
	return r
}

// showPremises is the request as it is once err is nil.
func (a *App) showPremises(ctx context.Context, b centreToken, id string, err error) (*struct{ Body apiPremises }, error) {
	if err != nil {
		return nil, a.fieldError(err)
	}
	r, err := a.Premises.Request(ctx, a.DB, b.centre.ID, id)
	if err != nil {
		return nil, a.apiError(err)
	}
	slugs, err := a.areaSlugs(ctx)
	if err != nil {
		return nil, a.apiError(err)
	}
	return &struct{ Body apiPremises }{premisesOut(r, slugs)}, nil
}

func (a *App) apiAddPremises(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Body          apiPremisesIn
}) (*struct{ Body apiPremises }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, premises.Edit)
	if err != nil {
		return nil, err
	}
	slugs, err := a.areaSlugs(ctx)
	if err != nil {
		return nil, a.apiError(err)
	}
	var id string
	err = a.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		id, err = a.Premises.Add(ctx, tx, in.Body.request(premises.Request{CentreID: b.centre.ID}, slugs), b.by)
		return err
	})
	return a.showPremises(ctx, b, id, err)
}

func (a *App) apiChangePremises(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          apiPremisesIn
}) (*struct{ Body apiPremises }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, premises.Edit)
	if err != nil {
		return nil, err
	}
	slugs, err := a.areaSlugs(ctx)
	if err != nil {
		return nil, a.apiError(err)
	}
	r, err := a.Premises.Request(ctx, a.DB, b.centre.ID, in.ID)
	if err == nil {
		err = a.Premises.Change(ctx, in.Body.request(r, slugs), b.by)
	}
	return a.showPremises(ctx, b, in.ID, err)
}

func (a *App) apiSentPremises(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          struct {
		On         string `json:"sent_on" format:"date"`
		Reference  string `json:"reference,omitempty" maxLength:"80" doc:"The city's."`
		AnswerDays int    `json:"answer_days,omitempty" minimum:"1" maximum:"365" doc:"Without an answer, until somebody is to ask; absent: 30."`
	}
}) (*struct{ Body apiPremises }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, premises.Edit)
	if err != nil {
		return nil, err
	}
	x := premises.Sending{On: in.Body.On, Reference: in.Body.Reference, AnswerDays: in.Body.AnswerDays}
	if x.AnswerDays == 0 {
		x.AnswerDays = premises.AnswerDays
	}
	return a.showPremises(ctx, b, in.ID, a.Premises.Send(ctx, b.centre.ID, in.ID, x, b.by))
}

// apiPremisesAt names a request by its address.
type apiPremisesAt struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}

func (a *App) apiAskedPremises(ctx context.Context, in *apiPremisesAt) (*struct{ Body apiPremises }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, premises.Edit)
	if err != nil {
		return nil, err
	}
	return a.showPremises(ctx, b, in.ID, a.Premises.Ask(ctx, b.centre.ID, in.ID, b.by))
}

func (a *App) apiDecidedPremises(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          struct {
		Outcome    string `json:"outcome" enum:"granted,declined"`
		On         string `json:"decided_on" format:"date"`
		Reason     string `json:"reason,omitempty" maxLength:"2000" doc:"Needed where it was declined."`
		Conditions string `json:"conditions,omitempty" maxLength:"2000"`
		ValidFrom  string `json:"valid_from,omitempty" format:"date"`
		ValidTo    string `json:"valid_to,omitempty" format:"date" doc:"The last day; a year at most."`
		RenewOn    string `json:"renew_on,omitempty" format:"date" doc:"Absent: sixty days before the end."`
	}
}) (*struct{ Body apiPremises }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, premises.Edit)
	if err != nil {
		return nil, err
	}
	n := in.Body
	d := premises.Decision{Granted: n.Outcome == string(premises.Granted), On: n.On, Reason: n.Reason, Conditions: n.Conditions, ValidFrom: n.ValidFrom, ValidTo: n.ValidTo, RenewOn: n.RenewOn}
	return a.showPremises(ctx, b, in.ID, a.Premises.Decide(ctx, b.centre.ID, in.ID, d, b.by))
}

func (a *App) apiWithdrawnPremises(ctx context.Context, in *apiPremisesAt) (*struct{ Body apiPremises }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, premises.Edit)
	if err != nil {
		return nil, err
	}
	return a.showPremises(ctx, b, in.ID, a.Premises.Withdraw(ctx, b.centre.ID, in.ID, b.by))
}

func (a *App) apiRenewedPremises(ctx context.Context, in *apiPremisesAt) (*struct{ Body apiPremises }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, premises.Edit)
	if err != nil {
		return nil, err
	}
	next, err := a.Premises.Again(ctx, b.centre.ID, in.ID, b.by)
	return a.showPremises(ctx, b, next, err)
}

func (a *App) apiRenewals(ctx context.Context, in *struct {
	Authorization string `header:"Authorization" maxLength:"300"`
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
		if r.State != premises.Granted {
			continue
		}
		next, err := a.Premises.Successor(ctx, a.DB, r.ID)
		if err != nil {
			return nil, a.apiError(err)
		}
		if next == "" {
			out.Body.Items = append(out.Body.Items, premisesOut(r, slugs))
		}
	}
	slices.SortStableFunc(out.Body.Items, func(a, b apiPremises) int { return cmp.Compare(a.RenewOn, b.RenewOn) })
	return out, nil
}
