package app

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/sharing"
)

// How a centre's rooms are shared: limits for all organisations, terms of one room, terms of one organisation, and what
// each has. All need a token of the centre's coordination.
func (a *App) apiTerms(api huma.API) {
	huma.Register(api, withToken("getLimits", http.MethodGet, "/limits", "What each organisation may hold at the token's centre"), a.apiGetLimits)
	huma.Register(api, withToken("setLimits", http.MethodPut, "/limits", "Set what each organisation may hold", 400, 409), a.apiSetLimits)
	huma.Register(api, withToken("getSpaceTerms", http.MethodGet, "/spaces/{id}/terms", "How a room is shared", 404), a.apiSpaceTerms)
	huma.Register(api, withToken("setSpaceTerms", http.MethodPut, "/spaces/{id}/terms", "Set how a room is shared", 400, 404, 409), a.apiSetSpaceTerms)
	huma.Register(api, withToken("listUsage", http.MethodGet, "/usage", "What each organisation has of the centre's rooms, who has most first"), a.apiUsage)
	huma.Register(api, withToken("getOrganisationTerms", http.MethodGet, "/usage/{id}", "What one organisation has at the token's centre in place of the general limits", 404), a.apiOrganisationTerms)
	huma.Register(api, withToken("setOrganisationTerms", http.MethodPut, "/usage/{id}", "Set what one organisation has", 400, 404, 409), a.apiSetOrganisationTerms)
}

// APILimits is part of several bodies (an embedded type must be exported to be read). 0 limits nothing.
type APILimits struct {
	WeekMinutes int `json:"week_minutes,omitempty" minimum:"0" maximum:"10080" doc:"In one week, Monday to Sunday; 0: as many as it likes."`
	WeeksAhead  int `json:"weeks_ahead,omitempty" minimum:"0" maximum:"104"`
	PrimeShare  int `json:"prime_share,omitempty" minimum:"0" maximum:"100" doc:"Percent of the prime time of all rooms in one week."`
}

func (l APILimits) limits() booking.Limits { return booking.Limits(l) }

// apiPrime is like apiSpan, but never over midnight.
type apiPrime struct {
	Weekday int    `json:"weekday" minimum:"1" maximum:"7" doc:"1 is Monday."`
	Opens   string `json:"opens" example:"17:00" doc:"When prime time begins."`
	Closes  string `json:"closes" example:"21:00" doc:"After opens, on the same day."`
}

func primeOf(list network.HoursList) []apiPrime {
	out := []apiPrime{}
	for _, h := range list {
		out = append(out, apiPrime(h))
	}
	return out
}

type apiFairUse struct {
	APILimits
	Prime      []apiPrime `json:"prime" doc:"The hours that everybody wants."`
	OfferHours int        `json:"offer_hours" minimum:"1" maximum:"168" doc:"To take freed time that was waited for."`
	Version    int        `json:"version" doc:"0: nothing was set yet."`
}

func (a *App) showLimits(ctx context.Context, centreID string) (*struct{ Body apiFairUse }, error) {
	u, err := a.Booking.FairUse(ctx, a.DB, centreID)
	if err != nil {
		return nil, a.apiError(err)
	}
	return &struct{ Body apiFairUse }{apiFairUse{APILimits(u.Limits), primeOf(u.Prime), u.OfferHours, u.Version}}, nil
}

func (a *App) apiGetLimits(ctx context.Context, in *struct {
	Authorization string `header:"Authorization" maxLength:"300"`
}) (*struct{ Body apiFairUse }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, sharing.Arrange)
	if err != nil {
		return nil, err
	}
	return a.showLimits(ctx, b.centre.ID)
}

func (a *App) apiSetLimits(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Body          struct {
		APILimits
		Prime      []apiPrime `json:"prime,omitempty" maxItems:"50"`
		OfferHours int        `json:"offer_hours,omitempty" minimum:"1" maximum:"168" doc:"Absent: 24."`
		Version    int        `json:"version" minimum:"0" doc:"That was read."`
	}
}) (*struct{ Body apiFairUse }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, sharing.Arrange)
	if err != nil {
		return nil, err
	}
	u := booking.FairUse{CentreID: b.centre.ID, Limits: in.Body.limits(), OfferHours: in.Body.OfferHours, Version: in.Body.Version}
	for _, x := range in.Body.Prime {
		u.Prime = append(u.Prime, network.Hours(x))
	}
	if u.OfferHours == 0 {
		u.OfferHours = 24
	}
	if err := a.DB.Tx(ctx, func(tx *db.Tx) error { return a.Sharing.SetFairUse(ctx, tx, u, b.by) }); err != nil {
		return nil, a.fieldError(err)
	}
	return a.showLimits(ctx, b.centre.ID)
}

type apiSpaceShare struct {
	Owner    string `json:"owner,omitempty" format:"uuid" doc:"Whose premises it is; absent: who runs the centre."`
	Decides  string `json:"decides" enum:"centre,owner"`
	Asking   string `json:"asking" enum:"ask,book,none" doc:"Organisations ask; book at once, within their limits; do not get it."`
	HoldDays int    `json:"hold_days" minimum:"1" maximum:"14" doc:"That a request keeps the room."`
	Version  int    `json:"version" minimum:"0" doc:"0: nothing was set yet."`
}

func (a *App) showTerms(ctx context.Context, b centreToken, id string) (*struct{ Body apiSpaceShare }, error) {
	t, err := a.Sharing.Terms(ctx, a.DB, id)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := apiSpaceShare{Decides: t.Decides, Asking: t.Asking, HoldDays: t.HoldDays, Version: t.Version}
	if t.OwnerID != nil {
		out.Owner = *t.OwnerID
	}
	return &struct{ Body apiSpaceShare }{out}, nil
}

func (a *App) apiSpaceTerms(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*struct{ Body apiSpaceShare }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, sharing.Arrange)
	if err != nil {
		return nil, err
	}
	if _, _, err := a.roomOf(ctx, a.DB, b, in.ID); err != nil {
		return nil, err
	}
	return a.showTerms(ctx, b, in.ID)
}

func (a *App) apiSetSpaceTerms(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          apiSpaceShare
}) (*struct{ Body apiSpaceShare }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, sharing.Arrange)
	if err != nil {
		return nil, err
	}
	if _, _, err := a.roomOf(ctx, a.DB, b, in.ID); err != nil {
		return nil, err
	}
	t := sharing.Terms{SpaceID: in.ID, Decides: in.Body.Decides, Asking: in.Body.Asking, HoldDays: in.Body.HoldDays, Version: in.Body.Version}
	if in.Body.Owner != "" {
		t.OwnerID = &in.Body.Owner
	}
	if err := a.DB.Tx(ctx, func(tx *db.Tx) error { return a.Sharing.SetTerms(ctx, tx, b.centre.ID, t, b.by) }); err != nil {
		return nil, a.fieldError(err)
	}
	return a.showTerms(ctx, b, in.ID)
}

type apiUsed struct {
	Organisation string `json:"organisation" format:"uuid"`
	Name         string `json:"name"`
	Lately       int    `json:"lately_minutes" doc:"Confirmed in the last twelve weeks."`
	Coming       int    `json:"coming_minutes" doc:"Held or confirmed from now on."`
	Refused      int    `json:"refused" doc:"Dates it asked for in the last twelve weeks and did not get."`
}

func (a *App) apiUsage(ctx context.Context, in *struct {
	Authorization string `header:"Authorization" maxLength:"300"`
}) (*apiList[apiUsed], error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, sharing.Arrange)
	if err != nil {
		return nil, err
	}
	list, err := a.Sharing.Usage(ctx, b.centre)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiUsed]{}
	out.Body.Items = []apiUsed{}
	for _, u := range list {
		out.Body.Items = append(out.Body.Items, apiUsed{u.OrganisationID, u.Name, sharing.Minutes(u.Lately), sharing.Minutes(u.Coming), u.Refused})
	}
	return out, nil
}

type apiOwnTerms struct {
	Own bool `json:"own" doc:"It has limits of its own, in place of the centre's."`
	APILimits
	Reason  string `json:"reason,omitempty" maxLength:"500" doc:"Why it has its own."`
	Group   string `json:"group" enum:"member,nonprofit,commercial" doc:"By which it pays, where rooms have prices."`
	Version int    `json:"version" minimum:"0" doc:"0: nothing was set yet."`
}

// partner is an organisation of the network at the token's centre.
func (a *App) partner(ctx context.Context, authorization, id string) (centreToken, network.Organisation, error) {
	b, err := a.centreTokenOf(ctx, authorization, sharing.Arrange)
	if err != nil {
		return b, network.Organisation{}, err
	}
	o, err := a.Network.Organisation(ctx, a.DB, id)
	if err != nil {
		err = a.apiError(err)
	}
	return b, o, err
}

func (a *App) showOwnTerms(ctx context.Context, b centreToken, id string) (*struct{ Body apiOwnTerms }, error) {
	t, err := a.Sharing.OrganisationTerms(ctx, a.DB, b.centre.ID, id)
	if err != nil {
		return nil, a.apiError(err)
	}
	return &struct{ Body apiOwnTerms }{apiOwnTerms{bool(t.OwnLimits), APILimits(t.Limits), t.Reason, t.Group, t.Version}}, nil
}

func (a *App) apiOrganisationTerms(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid" doc:"Of the organisation."`
}) (*struct{ Body apiOwnTerms }, error) {
	b, o, err := a.partner(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	return a.showOwnTerms(ctx, b, o.ID)
}

func (a *App) apiSetOrganisationTerms(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid" doc:"Of the organisation."`
	Body          apiOwnTerms
}) (*struct{ Body apiOwnTerms }, error) {
	b, o, err := a.partner(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	n := in.Body
	t := sharing.OrganisationTerms{CentreID: b.centre.ID, OrganisationID: o.ID, OwnLimits: db.Bool(n.Own), Limits: n.limits(), Reason: n.Reason, Group: n.Group, Version: n.Version}
	if err := a.DB.Tx(ctx, func(tx *db.Tx) error { return a.Sharing.SetOrganisationTerms(ctx, tx, t, b.by) }); err != nil {
		return nil, a.fieldError(err)
	}
	return a.showOwnTerms(ctx, b, o.ID)
}
