package app

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// The bookings of a centre's spaces and its equipment, with a token: what it sees is what its role sees at the desk.

// roomsAPI adds them to the API.
func (a *App) roomsAPI(api huma.API) {
	token := []map[string][]string{{"token": {}}}
	clash := func() map[string]*huma.Response {
		return map[string]*huma.Response{"409": {Description: "The space or the equipment is taken then, or the booking cannot be changed any more", Content: map[string]*huma.MediaType{"application/problem+json": {
			Schema: api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[clashProblem](), true, "ClashProblem")}}}}
	}
	huma.Register(api, huma.Operation{OperationID: "listEquipment", Method: http.MethodGet, Path: "/api/v1/equipment", Summary: "Equipment of a centre that is lent with its spaces",
		Security: token, Errors: []int{401, 403, 404}}, a.apiEquipment)
	huma.Register(api, huma.Operation{OperationID: "listBookings", Method: http.MethodGet, Path: "/api/v1/bookings", Summary: "Bookings of a centre, by start",
		Security: token, Errors: []int{401, 403, 404}}, a.apiBookings)
	huma.Register(api, huma.Operation{OperationID: "getBooking", Method: http.MethodGet, Path: "/api/v1/bookings/{id}", Summary: "One booking",
		Security: token, Errors: []int{401, 404}}, a.apiOneBooking)
	huma.Register(api, huma.Operation{OperationID: "moveBooking", Method: http.MethodPatch, Path: "/api/v1/bookings/{id}", Summary: "Move a booking to another time or space; its equipment goes with it",
		Security: token, Errors: []int{400, 401, 403, 404}, Responses: clash()}, a.apiMoveBooking)
	huma.Register(api, huma.Operation{OperationID: "cancelBooking", Method: http.MethodDelete, Path: "/api/v1/bookings/{id}", Summary: "Cancel a booking; twice changes nothing",
		Security: token, DefaultStatus: http.StatusNoContent, Errors: []int{401, 403, 404}, Responses: clash()}, a.apiCancelBooking)
}

// bearer is who asks: the token's account of rights, or why it has none.
type bearer struct {
	app  *App
	held auth.Held
	by   string
}

func (a *App) bearer(ctx context.Context, authorization string) (bearer, error) {
	raw, ok := strings.CutPrefix(authorization, "Bearer ")
	if !ok {
		return bearer{}, huma.Error401Unauthorized("a token is needed: Authorization: Bearer …")
	}
	token, err := a.Auth.Token(ctx, raw)
	if err != nil {
		return bearer{}, huma.Error401Unauthorized("this token is unknown, revoked or over")
	}
	return bearer{a, token.Held, "token:" + token.ID}, nil
}

// bearerMay is bearer for a token that may do one of what is asked where it holds.
func (a *App) bearerMay(ctx context.Context, authorization string, one ...auth.Permission) (bearer, error) {
	b, err := a.bearer(ctx, authorization)
	if err != nil {
		return b, err
	}
	for _, need := range one {
		if a.Server.Policy.Can([]auth.Held{b.held}, need, b.held.Scope) {
			return b, nil
		}
	}
	return b, huma.Error403Forbidden("this token may not do that")
}

func (b bearer) can(p auth.Permission, centreID string) bool {
	return b.app.Server.Policy.Can([]auth.Held{b.held}, p, auth.Scope{Kind: network.ScopeCentre, ID: centreID})
}

// reader is the token to the rule of what is shown of a booking.
func (b bearer) reader() booking.Reader { return booking.Reader{Sees: b.can} }

// centre is the token's own centre, or the one named.
func (b bearer) centre(ctx context.Context, slug string) (network.Centre, error) {
	if slug == "" {
		if b.held.Scope.Kind != network.ScopeCentre {
			return network.Centre{}, huma.Error422UnprocessableEntity("centre: say which one; this token is of the whole network")
		}
		c, err := b.app.Network.Centre(ctx, b.app.DB, b.held.Scope.ID)
		if err != nil {
			err = b.app.apiError(err)
		}
		return c, err
	}
	c, err := b.app.Network.CentreBySlug(ctx, b.app.DB, slug)
	if err != nil {
		return c, b.app.apiError(err)
	}
	return c, nil
}

// booking is one that the token may see; any other is not found, be it another centre's.
func (b bearer) booking(ctx context.Context, id string) (booking.Booking, error) {
	missing := b.app.apiError(fault.NotFound("fault.not_found"))
	centres, err := b.app.Network.Centres(ctx, b.app.DB)
	if err != nil {
		return booking.Booking{}, b.app.apiError(err)
	}
	for _, c := range centres {
		if !b.can(booking.See, c.ID) || !b.can(booking.OtherDays, c.ID) {
			continue
		}
		one, err := b.app.Booking.Booking(ctx, b.app.DB, c.ID, id)
		if fault.Is(err, fault.KindNotFound) {
			continue
		}
		if err != nil {
			return one, b.app.apiError(err)
		}
		if bool(one.Confidential) && !b.can(booking.SeeHidden, c.ID) {
			return booking.Booking{}, missing
		}
		return one, nil
	}
	return booking.Booking{}, missing
}

type apiLent struct {
	ID     string `json:"id" format:"uuid"`
	Amount int    `json:"amount" minimum:"1" maximum:"10000"`
}

func amounts(list []apiLent) []booking.Amount {
	var out []booking.Amount
	for _, x := range list {
		out = append(out, booking.Amount{EquipmentID: x.ID, N: x.Amount})
	}
	return out
}

// apiBookingOf is the booking as the reader may see it.
func (a *App) apiBookingOf(ctx context.Context, b booking.Booking, who booking.Reader) (apiBooking, error) {
	at := func(t int64) time.Time { return time.Unix(t, 0).UTC() }
	one := apiBooking{ID: b.ID, Space: b.SpaceID, StartsAt: at(b.StartsAt), EndsAt: at(b.EndsAt), HeldFrom: at(b.HeldFrom), HeldTo: at(b.HeldTo), State: b.State, Equipment: []apiLent{}}
	var holder *string
	var err error
	if one.Title, holder = b.Shown(who); one.Title != "" {
		if one.Holder, err = a.holder(ctx, b.CentreID, holder); err != nil {
			return one, a.apiError(err)
		}
	}
	lent, err := a.Booking.Lent(ctx, a.DB, b.ID)
	if err != nil {
		return one, a.apiError(err)
	}
	for _, x := range lent {
		one.Equipment = append(one.Equipment, apiLent{x.EquipmentID, x.N})
	}
	return one, nil
}

// outside says why a booking stands when the centre is not open: a program is told, as nobody can be asked.
func (a *App) outside(ctx context.Context, c network.Centre, start, end time.Time) (string, error) {
	asked, err := a.Network.ClosuresAsked(ctx, a.DB, c.ID, start.In(c.Location()).Format(time.DateOnly))
	if err != nil {
		return "", err
	}
	switch d := c.DoubtAt(start, end, asked); {
	case d == nil:
		return "", nil
	case d.Hours:
		return "hours", nil
	case d.Closure.Holiday:
		return "holiday", nil
	}
	return "closed", nil
}

// takenError answers a refused booking with what is in the way, as far as the reader may see it.
func (a *App) takenError(ctx context.Context, err error, who booking.Reader) error {
	switch detail := fault.Of(err).Detail.(type) {
	case []booking.Clash:
		p := &clashProblem{Status: http.StatusConflict, Title: "the space is taken then"}
		for _, c := range detail {
			one := apiClash{Space: c.SpaceID, StartsAt: c.Start, EndsAt: c.End}
			var organisation *string
			if one.Title, organisation = c.Shown(who); one.Title != "" {
				var failed error
				if one.Holder, failed = a.holder(ctx, c.CentreID, organisation); failed != nil {
					return a.apiError(failed)
				}
			}
			p.Clashes = append(p.Clashes, one)
		}
		return p
	case []booking.Missing:
		p := &clashProblem{Status: http.StatusConflict, Title: "there is not enough equipment then", Clashes: []apiClash{}}
		for _, m := range detail {
			p.Missing = append(p.Missing, apiMissingOf(m))
		}
		return p
	}
	if fault.Is(err, fault.KindConflict) {
		e := fault.Of(err)
		return &clashProblem{Status: http.StatusConflict, Title: a.Texts.For(i18n.EN).T(e.Key, e.Args...), Clashes: []apiClash{}}
	}
	return a.apiError(err)
}

func apiMissingOf(m booking.Missing) apiMissing {
	return apiMissing{ID: m.Equipment.ID, Name: texts(m.Equipment.Name), Wanted: m.Wanted, Free: m.Free, From: m.Start.UTC(), To: m.End.UTC()}
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

// mostBookingDays is how many days of bookings are listed at once.
const mostBookingDays = 62

func (a *App) apiBookings(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Centre        string `query:"centre" maxLength:"80" doc:"Slug; the token's own by itself."`
	From          string `query:"from" example:"2026-12-01" doc:"Not before this moment (RFC 3339), or the beginning of this day; default now."`
	To            string `query:"to" doc:"Before this moment or the beginning of this day; default seven days after from, at most 62."`
	Space         string `query:"space" maxLength:"80" doc:"Only of this space."`
}) (*apiList[apiBooking], error) {
	b, err := a.bearer(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	c, err := b.centre(ctx, in.Centre)
	if err != nil {
		return nil, err
	}
	if !b.can(booking.See, c.ID) || !b.can(booking.OtherDays, c.ID) {
		return nil, huma.Error403Forbidden("this token may not see bookings at that centre")
	}
	var span booking.Interval
	if span.Start, err = a.moment(ctx, "from", in.From); err != nil {
		return nil, err
	}
	if span.End, err = a.moment(ctx, "to", in.To); err != nil {
		return nil, err
	}
	if span.Start.IsZero() {
		span.Start = a.Now()
	}
	if span.End.IsZero() {
		span.End = span.Start.AddDate(0, 0, 7)
	}
	if !span.Start.Before(span.End) || span.End.After(span.Start.AddDate(0, 0, mostBookingDays)) {
		return nil, huma.Error422UnprocessableEntity("to: after from, and at most 62 days later")
	}
	list, err := a.Booking.Between(ctx, a.DB, c.ID, span)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiBooking]{}
	out.Body.Items = []apiBooking{}
	for _, x := range list {
		if in.Space != "" && x.SpaceID != in.Space {
			continue
		}
		one, err := a.apiBookingOf(ctx, x, b.reader())
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

func (a *App) apiOneBooking(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*struct{ Body apiBooking }, error) {
	b, err := a.bearer(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	one, err := b.booking(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	body, err := a.apiBookingOf(ctx, one, b.reader())
	if err != nil {
		return nil, err
	}
	return &struct{ Body apiBooking }{body}, nil
}

// changeable is a booking that the token may move and cancel: of no session, whose people would stand before a locked door.
func (b bearer) changeable(ctx context.Context, id string) (booking.Booking, error) {
	one, err := b.booking(ctx, id)
	if err != nil {
		return one, err
	}
	if !b.can(booking.Book, one.CentreID) {
		return one, huma.Error403Forbidden("this token may not book at that centre")
	}
	session, err := b.app.Booking.SessionOf(ctx, one.ID)
	if err != nil {
		return one, b.app.apiError(err)
	}
	if session != "" {
		return one, b.app.takenError(ctx, fault.Conflict("booking.fault.of_session"), b.reader())
	}
	return one, nil
}

func (a *App) apiMoveBooking(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          struct {
		Space    string    `json:"space,omitempty" format:"uuid" doc:"Absent: the same."`
		StartsAt time.Time `json:"starts_at"`
		EndsAt   time.Time `json:"ends_at"`
	}
}) (*struct{ Body apiBooking }, error) {
	b, err := a.bearer(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	one, err := b.changeable(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	c, err := a.Network.Centre(ctx, a.DB, one.CentreID)
	if err != nil {
		return nil, a.apiError(err)
	}
	wanted := booking.New{Start: in.Body.StartsAt, End: in.Body.EndsAt}
	if wanted.Start.Before(wanted.End) && wanted.Past(a.Now().In(c.Location())) != nil {
		return nil, huma.Error422UnprocessableEntity("ends_at: that day is over; book from today on")
	}
	space := in.Body.Space
	if space == "" {
		space = one.SpaceID
	}
	if err := a.Booking.Move(ctx, one.CentreID, one.ID, space, booking.Interval{Start: wanted.Start, End: wanted.End}, b.by); err != nil {
		return nil, a.takenError(ctx, err, b.reader())
	}
	if one, err = a.Booking.Booking(ctx, a.DB, one.CentreID, one.ID); err != nil {
		return nil, a.apiError(err)
	}
	body, err := a.apiBookingOf(ctx, one, b.reader())
	if err != nil {
		return nil, err
	}
	if body.Outside, err = a.outside(ctx, c, wanted.Start, wanted.End); err != nil {
		return nil, a.apiError(err)
	}
	return &struct{ Body apiBooking }{body}, nil
}

func (a *App) apiCancelBooking(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*struct{}, error) {
	b, err := a.bearer(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	one, err := b.changeable(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.Booking.Cancel(ctx, one.CentreID, one.ID, b.by); err != nil {
		return nil, a.takenError(ctx, err, b.reader())
	}
	return nil, nil
}

// partIDs are the ids of the spaces that the space is made of; none for one that is undivided.
func partIDs(one booking.Space, all []booking.Space) []string {
	var list []string
	for _, x := range booking.PartsOf(one, all) {
		list = append(list, x.ID)
	}
	return slices.Clip(list)
}
