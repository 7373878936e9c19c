package app

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Dates that a series or an activity lost to another booking: when the room becomes free it is kept for them for a while.
func (a *App) apiLostDates(api huma.API) {
	huma.Register(api, withToken("listLostDates", http.MethodGet, "/lost-dates", "Dates to come that were lost, those that are offered back first"), a.apiLost)
	huma.Register(api, withToken("takeLostDate", http.MethodPost, "/lost-dates/{id}/acceptance", "Take a date back that is offered", 404, 409), a.apiTakeLost)
	huma.Register(api, answering(http.StatusNoContent, withToken("declineLostDate", http.MethodDelete, "/lost-dates/{id}", "Decline the offer, or want the date no longer; twice changes nothing", 404)), a.apiDeclineLost)
}

type apiLostDate struct {
	ID       string     `json:"id" format:"uuid"`
	Title    string     `json:"title,omitempty" doc:"Only where this reader may see it."`
	Series   string     `json:"series,omitempty" format:"uuid"`
	Activity string     `json:"activity,omitempty" format:"uuid"`
	Space    string     `json:"space" format:"uuid"`
	StartsAt time.Time  `json:"starts_at"`
	EndsAt   time.Time  `json:"ends_at"`
	State    string     `json:"state" enum:"lost,offered,taken,declined,lapsed,dropped"`
	Until    *time.Time `json:"offer_until,omitempty"`
	Outside  string     `json:"outside,omitempty" enum:"hours,closed,holiday" doc:"In the answer to taking it back: the centre is not open then, and why. It is booked all the same."`
}

func (a *App) lostOut(b centreToken, l booking.Lost) apiLostDate {
	out := apiLostDate{ID: l.ID, Space: l.SpaceID, StartsAt: time.Unix(l.StartsAt, 0).UTC(), EndsAt: time.Unix(l.EndsAt, 0).UTC(), State: l.State}
	if out.Title, _ = l.Shown(b.reader); l.SeriesID != nil {
		out.Series = *l.SeriesID
	}
	if l.ActivityID != nil {
		out.Activity = *l.ActivityID
	}
	if l.Until != nil && l.State == booking.Offered {
		until := time.Unix(*l.Until, 0).UTC()
		out.Until = &until
	}
	return out
}

// hidden says that the lost date is of an activity that no list may name.
func (a *App) hidden(ctx context.Context, b centreToken, l booking.Lost) (bool, error) {
	if l.ActivityID == nil {
		return false, nil
	}
	_, err := a.Programme.Activity(ctx, a.DB, b.centre.ID, *l.ActivityID, false)
	if fault.Is(err, fault.KindNotFound) {
		return true, nil
	}
	return false, err
}

func (a *App) apiLost(ctx context.Context, in *struct {
	Authorization string `header:"Authorization" maxLength:"300"`
}) (*apiList[apiLostDate], error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, booking.Book)
	if err != nil {
		return nil, err
	}
	list, err := a.Booking.Lost(ctx, b.centre.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiLostDate]{}
	out.Body.Items = []apiLostDate{}
	named := map[string]bool{} // activities that a list may name
	if slices.ContainsFunc(list, func(l booking.Lost) bool { return l.ActivityID != nil }) {
		activities, err := a.Programme.Activities(ctx, b.centre.ID, false, true)
		if err != nil {
			return nil, a.apiError(err)
		}
		for _, x := range activities {
			named[x.ID] = true
		}
	}
	for _, l := range list {
		if l.ActivityID == nil || named[*l.ActivityID] {
			out.Body.Items = append(out.Body.Items, a.lostOut(b, l))
		}
	}
	return out, nil
}

type apiLostAt struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}

// lost is one of the token's centre as far as it may know of it.
func (a *App) lost(ctx context.Context, in *apiLostAt) (centreToken, booking.Lost, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, booking.Book)
	if err != nil {
		return b, booking.Lost{}, err
	}
	l, err := a.Booking.LostDate(ctx, a.DB, b.centre.ID, in.ID)
	hidden := err == nil && bool(l.Confidential) && !b.reader.Sees(booking.SeeHidden, b.centre.ID)
	if err == nil && !hidden {
		hidden, err = a.hidden(ctx, b, l)
	}
	if err == nil && hidden {
		err = fault.NotFound("fault.not_found")
	}
	if err != nil {
		err = a.apiError(err)
	}
	return b, l, err
}

func (a *App) apiTakeLost(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          *struct {
		Exceed string `json:"exceed,omitempty" maxLength:"500" doc:"Why a limit of the organisation may be passed; without it that is refused."`
	}
}) (*struct{ Body apiLostDate }, error) {
	b, l, err := a.lost(ctx, &apiLostAt{in.Authorization, in.ID})
	if err != nil {
		return nil, err
	}
	exceed := ""
	if in.Body != nil {
		exceed = in.Body.Exceed
	}
	if err := a.Booking.Claim(ctx, func(tx *db.Tx) error {
		_, err := a.Booking.TakeBack(ctx, tx, b.centre.ID, l.ID, exceed, b.by)
		return err
	}); err != nil {
		return nil, a.fieldError(err)
	}
	if l, err = a.Booking.LostDate(ctx, a.DB, b.centre.ID, l.ID); err != nil {
		return nil, a.apiError(err)
	}
	out := a.lostOut(b, l)
	if out.Outside, err = a.outside(ctx, b.centre, out.StartsAt, out.EndsAt); err != nil {
		return nil, a.apiError(err)
	}
	return &struct{ Body apiLostDate }{out}, nil
}

func (a *App) apiDeclineLost(ctx context.Context, in *apiLostAt) (*struct{}, error) {
	b, l, err := a.lost(ctx, in)
	if err != nil {
		return nil, err
	}
	if err := a.Booking.Claim(ctx, func(tx *db.Tx) error { return a.Booking.Decline(ctx, tx, b.centre.ID, l.ID, b.by) }); err != nil {
		return nil, a.fieldError(err)
	}
	return nil, nil
}
