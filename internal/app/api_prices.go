package app

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/platform/db"
	"kvart/internal/sharing"
)

// What a centre's rooms cost, and what was used and given away. Where the centre has not turned prices on, there is none.
func (a *App) apiPrices(api huma.API) {
	huma.Register(api, withToken("getRates", http.MethodGet, "/spaces/{id}/prices", "What an hour of a room costs, by group", 404), a.apiGetRates)
	huma.Register(api, withToken("setRates", http.MethodPut, "/spaces/{id}/prices", "Set what an hour costs; what was settled before keeps its value", 400, 404), a.apiSetRates)
	huma.Register(api, withToken("listCharges", http.MethodGet, "/charges", "The invoice list of a period: what was used, what it was worth, what of it is charged", 404), a.apiCharges)
}

type apiRate struct {
	Group string `json:"group" enum:"member,nonprofit,commercial" doc:"Free use is valued at the price of commercial."`
	Cents int64  `json:"cents" minimum:"0" maximum:"100000000" doc:"Of the network's currency, an hour."`
	Prime int64  `json:"prime_cents" minimum:"0" maximum:"100000000" doc:"In the hours that everybody wants."`
}

type apiRates struct {
	Items []apiRate `json:"items" maxItems:"3"`
}

// priced is the room of a centre that has prices.
func (a *App) priced(ctx context.Context, authorization, id string) (centreToken, error) {
	b, err := a.centreTokenOf(ctx, authorization, sharing.Arrange)
	if err != nil {
		return b, err
	}
	if err := sharing.Priced(b.centre); err != nil {
		return b, a.apiError(err)
	}
	_, _, err = a.roomOf(ctx, a.DB, b, id)
	return b, err
}

func (a *App) showRates(ctx context.Context, b centreToken, id string) (*struct{ Body apiRates }, error) {
	list, err := a.Sharing.Prices(ctx, a.DB, b.centre.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	rates, _ := sharing.RatesOf(list, id)
	out := apiRates{Items: []apiRate{}}
	for _, g := range sharing.Groups {
		out.Items = append(out.Items, apiRate{g, rates[g][0], rates[g][1]})
	}
	return &struct{ Body apiRates }{out}, nil
}

func (a *App) apiGetRates(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*struct{ Body apiRates }, error) {
	b, err := a.priced(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	return a.showRates(ctx, b, in.ID)
}

func (a *App) apiSetRates(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          apiRates
}) (*struct{ Body apiRates }, error) {
	b, err := a.priced(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	rates := sharing.Rates{}
	for _, g := range sharing.Groups { // a group that is not named pays nothing
		rates[g] = [2]int64{}
	}
	for _, x := range in.Body.Items {
		rates[x.Group] = [2]int64{x.Cents, x.Prime}
	}
	if err := a.DB.Tx(ctx, func(tx *db.Tx) error { return a.Sharing.SetRates(ctx, tx, b.centre.ID, in.ID, rates, b.by) }); err != nil {
		return nil, a.fieldError(err)
	}
	return a.showRates(ctx, b, in.ID)
}

type apiCharge struct {
	Booking      string    `json:"booking" format:"uuid"`
	Organisation string    `json:"organisation" format:"uuid"`
	Name         string    `json:"name" doc:"Of the organisation."`
	Space        string    `json:"space" format:"uuid"`
	Title        string    `json:"title,omitempty" doc:"Not of what is confidential."`
	StartsAt     time.Time `json:"starts_at"`
	EndsAt       time.Time `json:"ends_at"`
	Group        string    `json:"group" enum:"member,nonprofit,commercial"`
	Value        int64     `json:"value_cents" doc:"At the full price."`
	Charged      int64     `json:"charged_cents"`
	Given        int64     `json:"given_cents" doc:"Given away: the difference."`
	Currency     string    `json:"currency"`
}

type apiCharged struct {
	Organisation string `json:"organisation" format:"uuid"`
	Name         string `json:"name"`
	Bookings     int    `json:"bookings"`
	Minutes      int    `json:"minutes"`
	Value        int64  `json:"value_cents"`
	Charged      int64  `json:"charged_cents"`
	Given        int64  `json:"given_cents"`
}

type apiInvoices struct {
	From   string       `json:"from" format:"date"`
	To     string       `json:"to" format:"date" doc:"The last day."`
	Items  []apiCharge  `json:"items"`
	Totals []apiCharged `json:"totals" doc:"By organisation."`
}

func (a *App) apiCharges(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	From          string `query:"from" format:"date" doc:"First day; without from and to it is the month before this."`
	To            string `query:"to" format:"date" doc:"Last day, at most two years later."`
}) (*struct{ Body apiInvoices }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, sharing.Arrange)
	if err != nil {
		return nil, err
	}
	if err := sharing.Priced(b.centre); err != nil {
		return nil, a.apiError(err)
	}
	span, err := sharing.Period(in.From, in.To, a.Now(), b.centre.Location())
	if err != nil {
		return nil, huma.Error422UnprocessableEntity("to: not before from, and at most two years later")
	}
	list, err := a.Sharing.Settled(ctx, b.centre, span)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := apiInvoices{From: span.Start.Format(time.DateOnly), To: span.End.AddDate(0, 0, -1).Format(time.DateOnly), Items: []apiCharge{}, Totals: []apiCharged{}}
	for _, c := range list {
		one := apiCharge{Booking: c.BookingID, Organisation: c.OrganisationID, Name: c.Organisation, Space: c.SpaceID, StartsAt: time.Unix(c.StartsAt, 0).UTC(), EndsAt: time.Unix(c.EndsAt, 0).UTC(),
			Group: c.Group, Value: c.ValueCents, Charged: c.ChargedCents, Given: c.Given(), Currency: c.Currency}
		if !bool(c.Confidential) {
			one.Title = c.Title
		}
		out.Items = append(out.Items, one)
	}
	for _, t := range sharing.Totals(list) {
		out.Totals = append(out.Totals, apiCharged{t.OrganisationID, t.Organisation, t.Bookings, t.Minutes, t.ValueCents, t.ChargedCents, t.Given()})
	}
	return &struct{ Body apiInvoices }{out}, nil
}
