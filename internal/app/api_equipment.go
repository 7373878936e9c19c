package app

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
)

// The equipment of a centre that is lent with its spaces. It is not deleted: it is lent no longer, and stays with the
// bookings that have it.
func (a *App) apiOfEquipment(api huma.API) {
	huma.Register(api, withToken("listEquipment", http.MethodGet, "/equipment", "Equipment of a centre that is lent with its spaces", 404), a.apiEquipment)
	huma.Register(api, withToken("listFreeEquipment", http.MethodGet, "/equipment/free", "How many of each are free, and when", 404), a.apiFreeEquipment)
	huma.Register(api, answering(http.StatusCreated, withToken("createEquipment", http.MethodPost, "/equipment", "Add equipment to the token's centre", 400)), a.apiAddEquipment)
	huma.Register(api, withToken("getEquipment", http.MethodGet, "/equipment/{id}", "One piece of equipment, also what is lent no longer", 404), a.apiOneEquipment)
	huma.Register(api, withToken("changeEquipment", http.MethodPatch, "/equipment/{id}", "Change equipment or lend it no longer; what is absent stays as it is", 400, 404, 409), a.apiChangeEquipment)
}

type apiPiece struct {
	ID     string   `json:"id" format:"uuid"`
	Centre string   `json:"centre" doc:"Slug of its centre."`
	Name   apiTexts `json:"name"`
	There  int      `json:"there" doc:"How many there are."`
}

func (a *App) apiEquipment(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Centre        string `query:"centre" maxLength:"80" doc:"Slug; the token's own by itself."`
}) (*apiList[apiPiece], error) {
	b, err := a.bearer(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	c, err := b.centre(ctx, in.Centre)
	if err != nil {
		return nil, err
	}
	if !b.can(booking.Book, c.ID) {
		return nil, huma.Error403Forbidden("this token may not book at that centre")
	}
	list, err := a.Booking.AllEquipment(ctx, a.DB, c.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiPiece]{}
	out.Body.Items = []apiPiece{}
	for _, e := range list {
		if !bool(e.Closed) {
			out.Body.Items = append(out.Body.Items, apiPiece{ID: e.ID, Centre: c.Slug, Name: texts(e.Name), There: e.Quantity})
		}
	}
	return out, nil
}

// span is the time from one moment to another that a list is asked for.
func (a *App) span(ctx context.Context, from, to string, days int) (booking.Interval, error) {
	var span booking.Interval
	var err error
	if span.Start, err = a.moment(ctx, "from", from); err != nil {
		return span, err
	}
	if span.End, err = a.moment(ctx, "to", to); err != nil {
		return span, err
	}
	if span.Start.IsZero() {
		span.Start = a.Now()
	}
	if span.End.IsZero() {
		span.End = span.Start.AddDate(0, 0, days)
	}
	if !span.Start.Before(span.End) || span.End.After(span.Start.AddDate(0, 0, mostBookingDays)) {
		return span, huma.Error422UnprocessableEntity("to: after from, and at most 62 days later")
	}
	return span, nil
}

type apiFree struct {
	ID    string         `json:"id" format:"uuid"`
	Name  apiTexts       `json:"name"`
	There int            `json:"there"`
	Free  int            `json:"free" doc:"For the whole time asked for: at the worst moment."`
	Times []apiFreeTimes `json:"times" doc:"The time asked for, piece by piece."`
}

type apiFreeTimes struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Free int       `json:"free"`
}

func (a *App) apiFreeEquipment(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Centre        string `query:"centre" maxLength:"80" doc:"Slug; the token's own by itself."`
	From          string `query:"from" example:"2026-12-01" doc:"From this moment (RFC 3339), or the beginning of this day; default now."`
	To            string `query:"to" doc:"To this moment or the beginning of this day; default a day after from, at most 62."`
}) (*apiList[apiFree], error) {
	b, err := a.bearer(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	c, err := b.centre(ctx, in.Centre)
	if err != nil {
		return nil, err
	}
	if !b.can(booking.Book, c.ID) {
		return nil, huma.Error403Forbidden("this token may not book at that centre")
	}
	span, err := a.span(ctx, in.From, in.To, 1)
	if err != nil {
		return nil, err
	}
	list, err := a.Booking.FreeEquipment(ctx, a.DB, c.ID, span)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiFree]{}
	out.Body.Items = []apiFree{}
	for _, f := range list {
		one := apiFree{ID: f.Equipment.ID, Name: texts(f.Equipment.Name), There: f.Equipment.Quantity, Free: f.Least, Times: []apiFreeTimes{}}
		for _, l := range f.Levels {
			one.Times = append(one.Times, apiFreeTimes{l.Start.UTC(), l.End.UTC(), l.Free})
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

type apiPieceWhole struct {
	ID       string   `json:"id" format:"uuid"`
	Name     apiTexts `json:"name"`
	There    int      `json:"there" doc:"How many there are."`
	Position int      `json:"position"`
	Closed   bool     `json:"closed" doc:"It is lent no longer."`
	Version  int      `json:"version"`
}

func (a *App) showEquipment(ctx context.Context, centreID, id string) (*struct{ Body apiPieceWhole }, error) {
	e, err := a.Booking.Equipment(ctx, a.DB, centreID, id)
	if err != nil {
		return nil, a.apiError(err)
	}
	return &struct{ Body apiPieceWhole }{apiPieceWhole{ID: e.ID, Name: texts(e.Name), There: e.Quantity, Position: e.Position, Closed: bool(e.Closed), Version: e.Version}}, nil
}

func (a *App) apiOneEquipment(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*struct{ Body apiPieceWhole }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, booking.EditSpaces)
	if err != nil {
		return nil, err
	}
	return a.showEquipment(ctx, b.centre.ID, in.ID)
}

func (a *App) apiAddEquipment(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Body          struct {
		Name     apiTexts `json:"name" doc:"By language: hr, en, nb."`
		There    int      `json:"there" minimum:"1" maximum:"10000" doc:"How many there are."`
		Position int      `json:"position,omitempty" minimum:"0" maximum:"1000"`
	}
}) (*struct{ Body apiPieceWhole }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, booking.EditSpaces)
	if err != nil {
		return nil, err
	}
	one := booking.Equipment{CentreID: b.centre.ID, Quantity: in.Body.There, Position: in.Body.Position}
	if one.Name, err = textOf("name", in.Body.Name); err != nil {
		return nil, err
	}
	if err := a.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		one.ID, err = a.Booking.AddEquipment(ctx, tx, one, b.by)
		return err
	}); err != nil {
		return nil, a.fieldError(err)
	}
	return a.showEquipment(ctx, b.centre.ID, one.ID)
}

func (a *App) apiChangeEquipment(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          struct {
		Name     *apiTexts `json:"name,omitempty"`
		There    *int      `json:"there,omitempty" minimum:"1" maximum:"10000"`
		Position *int      `json:"position,omitempty" minimum:"0" maximum:"1000"`
		Closed   *bool     `json:"closed,omitempty" doc:"It is lent no longer, and stays with the bookings that have it."`
		Version  *int      `json:"version,omitempty" doc:"That was read; somebody else's change since is then a conflict."`
	}
}) (*struct{ Body apiPieceWhole }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, booking.EditSpaces)
	if err != nil {
		return nil, err
	}
	one, err := a.Booking.Equipment(ctx, a.DB, b.centre.ID, in.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	if err := setText(&one.Name, "name", in.Body.Name); err != nil {
		return nil, err
	}
	set(&one.Quantity, in.Body.There)
	set(&one.Position, in.Body.Position)
	set((*bool)(&one.Closed), in.Body.Closed)
	set(&one.Version, in.Body.Version)
	if err := a.DB.Tx(ctx, func(tx *db.Tx) error { return a.Booking.ChangeEquipment(ctx, tx, one, b.by) }); err != nil {
		return nil, a.fieldError(err)
	}
	return a.showEquipment(ctx, b.centre.ID, one.ID)
}
