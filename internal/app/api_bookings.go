package app

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// The bookings of a centre's spaces, with a token: what it sees is what its role sees at the desk.

// apiOfBookings adds them to the API.
func (a *App) apiOfBookings(api huma.API) {
	clashing := func(o huma.Operation) huma.Operation {
		return conflicting[clashProblem](api, "ClashProblem", "The space or the equipment is taken then, or the booking cannot be changed any more", o)
	}
	huma.Register(api, answering(http.StatusCreated, clashing(withToken("createBooking", http.MethodPost, "/bookings", "Book a space, or hold it for some days", 400, 404))), a.apiBook)
	huma.Register(api, withToken("listBookings", http.MethodGet, "/bookings", "Bookings of a centre, by start", 404), a.apiBookings)
	o := withToken("getBooking", http.MethodGet, "/bookings/{id}", "One booking", 404)
	o.Errors = []int{http.StatusUnauthorized, http.StatusNotFound}
	huma.Register(api, o, a.apiOneBooking)
	huma.Register(api, clashing(withToken("moveBooking", http.MethodPatch, "/bookings/{id}", "Move a booking that has not begun to another time or space; its equipment goes with it", 400, 404)), a.apiMoveBooking)
	huma.Register(api, clashing(withToken("confirmBooking", http.MethodPost, "/bookings/{id}/confirmation", "Make a hold a booking", 404)), a.apiConfirmBooking)
	huma.Register(api, answering(http.StatusNoContent, clashing(withToken("cancelBooking", http.MethodDelete, "/bookings/{id}", "Cancel a booking; twice changes nothing", 404))), a.apiCancelBooking)
}

type apiBooking struct {
	ID       string    `json:"id" format:"uuid"`
	Space    string    `json:"space" format:"uuid"`
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
	HeldFrom time.Time `json:"held_from" doc:"With set-up."`
	HeldTo   time.Time `json:"held_to" doc:"With clear-up."`
	State    string    `json:"state" enum:"held,confirmed,cancelled,expired"`
	Version  int       `json:"version" doc:"It grows with each change."`
	Title    string    `json:"title,omitempty" doc:"Absent where this reader may only see that the space is taken."`
	Holder   string    `json:"holder,omitempty" doc:"Whose it is, where this reader may see it."`

	Organisation string     `json:"organisation,omitempty" format:"uuid" doc:"Whose it is, where this reader may see it; absent too of the centre's own."`
	Confidential bool       `json:"confidential,omitempty" doc:"Only its team sees more than that the space is taken."`
	Expires      *time.Time `json:"expires_at,omitempty" doc:"Of a hold: when it ends by itself."`
	Setup        *int       `json:"setup_minutes,omitempty" doc:"Its own; absent: those of the space."`
	Clear        *int       `json:"clear_minutes,omitempty"`

	Equipment []apiLent `json:"equipment"`
	Outside   string    `json:"outside,omitempty" enum:"hours,closed,holiday" doc:"In the answer to booking and moving: the centre is not open then, and why. It is booked all the same."`
}

type apiMissing struct {
	ID     string    `json:"id" format:"uuid"`
	Name   apiTexts  `json:"name"`
	Wanted int       `json:"wanted"`
	Free   int       `json:"free" doc:"At the worst moment."`
	From   time.Time `json:"from" doc:"From when on fewer are free than wanted."`
	To     time.Time `json:"to"`
}

type apiClash struct {
	Space    string    `json:"space" format:"uuid"`
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
	Title    string    `json:"title,omitempty" doc:"Only where this reader may see it."`
	Holder   string    `json:"holder,omitempty" doc:"Whose it is: an organisation, or the centre itself. Only where this reader may see it."`
}

// clashProblem is the answer 409.
type clashProblem struct {
	Status  int        `json:"status"`
	Title   string     `json:"title"`
	Clashes []apiClash `json:"clashes"`

	Missing []apiMissing `json:"missing,omitempty" doc:"Equipment of which too few are free."`
}

func (p *clashProblem) Error() string  { return p.Title }
func (p *clashProblem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter: a problem, as other errors are (RFC 9457).
func (p *clashProblem) ContentType(string) string { return "application/problem+json" }

func (a *App) apiBook(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Body          struct {
		Space    string    `json:"space" format:"uuid"`
		StartsAt time.Time `json:"starts_at"`
		EndsAt   time.Time `json:"ends_at"`
		Title    string    `json:"title" maxLength:"120"`

		Setup     *int      `json:"setup_minutes,omitempty" minimum:"0" maximum:"480" doc:"In place of the space's."`
		Clear     *int      `json:"clear_minutes,omitempty" minimum:"0" maximum:"480"`
		Equipment []apiLent `json:"equipment,omitempty" maxItems:"50" doc:"Held for as long as the space is."`

		Organisation string `json:"organisation,omitempty" format:"uuid" doc:"Whose it is; absent: the centre's own."`
		Confidential bool   `json:"confidential,omitempty" doc:"Others see only that the space is taken."`
		HoldDays     int    `json:"hold_days,omitempty" minimum:"0" maximum:"14" doc:"Hold it for so many days, until it is confirmed; absent: it is confirmed at once."`
		Exceed       string `json:"exceed,omitempty" maxLength:"500" doc:"Why a limit of the organisation may be passed: the reason is recorded."`
	}
}) (*struct{ Body apiBooking }, error) {
	who, err := a.bearer(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	wanted := booking.New{SpaceID: in.Body.Space, CentreID: who.held.Scope.ID, Title: in.Body.Title, Start: in.Body.StartsAt, End: in.Body.EndsAt,
		Setup: in.Body.Setup, Clear: in.Body.Clear, Equipment: amounts(in.Body.Equipment), Confidential: in.Body.Confidential, By: who.by}
	if in.Body.HoldDays > 0 {
		wanted.HoldUntil = a.Now().AddDate(0, 0, in.Body.HoldDays)
	}
	atCentre := who.held.Scope.Kind == network.ScopeCentre // then the booking itself says whether the space is there
	if !atCentre {
		space, err := a.Booking.Space(ctx, a.DB, in.Body.Space)
		if err != nil {
			return nil, a.apiError(err)
		}
		wanted.CentreID = space.CentreID
	}
	elsewhere := huma.Error403Forbidden("this token may not book at that centre")
	if !who.can(booking.Book, wanted.CentreID) {
		return nil, elsewhere
	}
	centre, err := a.Network.Centre(ctx, a.DB, wanted.CentreID)
	if err != nil {
		return nil, a.apiError(err)
	}
	if wanted.Start.Before(wanted.End) { // else that is what is wrong
		if err := wanted.Past(a.Now().In(centre.Location())); err != nil {
			return nil, huma.Error422UnprocessableEntity("ends_at: that day is over; book from today on")
		}
	}
	holder := centre.Name
	if in.Body.Organisation != "" {
		o, err := a.Network.Organisation(ctx, a.DB, in.Body.Organisation)
		if err != nil {
			return nil, a.apiError(err)
		}
		wanted.OrganisationID, holder = &in.Body.Organisation, o.Name
	}
	var b booking.Booking
	if wanted.OrganisationID == nil { // the centre's own has no limits
		b, err = a.Booking.Book(ctx, wanted)
	} else {
		err = a.Booking.Claim(ctx, func(tx *db.Tx) (err error) {
			b, err = a.Booking.BookWithin(ctx, tx, a.Network, wanted, in.Body.Exceed)
			return err
		})
	}
	if atCentre && fault.Is(err, fault.KindNotFound) {
		if _, there := a.Booking.Space(ctx, a.DB, in.Body.Space); there == nil {
			return nil, elsewhere
		}
	}
	if err != nil {
		return nil, a.takenError(ctx, err, who.reader())
	}
	var lent []booking.Amount
	if len(wanted.Equipment) > 0 {
		if lent, err = a.Booking.Lent(ctx, a.DB, b.ID); err != nil {
			return nil, a.apiError(err)
		}
	}
	body := bookingOut(b, who.reader(), lent, holder)
	if body.Outside, err = a.outside(ctx, centre, wanted.Start, wanted.End); err != nil {
		return nil, a.apiError(err)
	}
	return &struct{ Body apiBooking }{body}, nil
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
	list, err := a.apiBookingsOf(ctx, []booking.Booking{b}, who)
	if err != nil {
		return apiBooking{}, err
	}
	return list[0], nil
}

// apiBookingsOf is apiBookingOf of many: what they have is asked for once, and each holder once.
func (a *App) apiBookingsOf(ctx context.Context, list []booking.Booking, who booking.Reader) ([]apiBooking, error) {
	ids := make([]string, len(list))
	for i, b := range list {
		ids[i] = b.ID
	}
	lent, err := a.Booking.LentAll(ctx, a.DB, ids)
	if err != nil {
		return nil, a.apiError(err)
	}
	type holding struct{ centre, organisation string }
	names, out := map[holding]string{}, []apiBooking{}
	for _, b := range list {
		name := ""
		if title, holder := b.Shown(who); title != "" {
			key, known := holding{b.CentreID, ""}, false
			if holder != nil {
				key.organisation = *holder
			}
			if name, known = names[key]; !known {
				if name, err = a.holder(ctx, b.CentreID, holder); err != nil {
					return nil, a.apiError(err)
				}
				names[key] = name
			}
		}
		out = append(out, bookingOut(b, who, lent[b.ID], name))
	}
	return out, nil
}

// bookingOut is the booking with what it has lent, as the reader may see it; holder is the name of whose it is.
func bookingOut(b booking.Booking, who booking.Reader, lent []booking.Amount, holder string) apiBooking {
	at := func(t int64) time.Time { return time.Unix(t, 0).UTC() }
	one := apiBooking{ID: b.ID, Space: b.SpaceID, StartsAt: at(b.StartsAt), EndsAt: at(b.EndsAt), HeldFrom: at(b.HeldFrom), HeldTo: at(b.HeldTo), State: b.State, Version: b.Version, Equipment: []apiLent{}}
	var organisation *string
	if one.Title, organisation = b.Shown(who); one.Title != "" {
		one.Confidential, one.Holder = bool(b.Confidential), holder
		if organisation != nil {
			one.Organisation = *organisation
		}
	}
	if one.Setup, one.Clear = b.SetupMinutes, b.ClearMinutes; b.State == booking.Held && b.ExpiresAt != nil {
		until := at(*b.ExpiresAt)
		one.Expires = &until
	}
	for _, x := range lent {
		one.Equipment = append(one.Equipment, apiLent{x.EquipmentID, x.N})
	}
	return one
}

// outside says why a booking stands when the centre is not open: a program is told, as nobody can be asked.
func (a *App) outside(ctx context.Context, c network.Centre, start, end time.Time) (string, error) {
	asked, err := a.Network.ClosuresAsked(ctx, a.DB, c.ID, start.In(c.Location()).Format(time.DateOnly))
	if err != nil {
		return "", err
	}
	return doubtWord(c.DoubtAt(start, end, asked)), nil
}

func doubtWord(d *network.Doubt) string {
	switch {
	case d == nil:
		return ""
	case d.Hours:
		return "hours"
	case d.Closure.Holiday:
		return "holiday"
	}
	return "closed"
}

// takenError answers a refused booking with what is in the way, as far as the reader may see it.
func (a *App) takenError(ctx context.Context, err error, who booking.Reader) error {
	switch detail := fault.Of(err).Detail.(type) {
	case []booking.Clash:
		clashes, failed := a.clashesOut(ctx, detail, who)
		if failed != nil {
			return a.apiError(failed)
		}
		return &clashProblem{Status: http.StatusConflict, Title: "the space is taken then", Clashes: clashes}
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
	span, err := a.span(ctx, in.From, in.To, 7)
	if err != nil {
		return nil, err
	}
	list, err := a.Booking.Between(ctx, a.DB, c.ID, span)
	if err != nil {
		return nil, a.apiError(err)
	}
	if in.Space != "" {
		list = slices.DeleteFunc(list, func(x booking.Booking) bool { return x.SpaceID != in.Space })
	}
	out := &apiList[apiBooking]{}
	if out.Body.Items, err = a.apiBookingsOf(ctx, list, b.reader()); err != nil {
		return nil, err
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
	if err := b.app.Booking.AnswerFirst(ctx, one.ID); err != nil {
		return one, b.app.takenError(ctx, err, b.reader())
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
		Exceed   string    `json:"exceed,omitempty" maxLength:"500" doc:"Why a limit of the organisation may be passed: the reason is recorded."`
		Version  *int      `json:"version,omitempty" doc:"That was read; somebody else's change of the booking since is then a conflict."`
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
	set(&one.Version, in.Body.Version)
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
	there := space == one.SpaceID && wanted.Start.Unix() == one.StartsAt && wanted.End.Unix() == one.EndsAt
	if err := a.Booking.Claim(ctx, func(tx *db.Tx) error {
		if there { // asked a second time: it is where it should be
			return nil
		}
		if err := a.Booking.MoveSeen(ctx, tx, one.CentreID, one.ID, space, booking.Interval{Start: wanted.Start, End: wanted.End}, one.Version, in.Body.Exceed, b.by); err != nil {
			return err
		}
		return a.Sharing.TellMoved(ctx, tx, one, "")
	}); err != nil {
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

func (a *App) apiConfirmBooking(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*struct{ Body apiBooking }, error) {
	b, err := a.bearer(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	one, err := b.changeable(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.Booking.Confirm(ctx, one.CentreID, one.ID, b.by); err != nil {
		return nil, a.takenError(ctx, err, b.reader())
	}
	if one, err = a.Booking.Booking(ctx, a.DB, one.CentreID, one.ID); err != nil {
		return nil, a.apiError(err)
	}
	body, err := a.apiBookingOf(ctx, one, b.reader())
	if err != nil {
		return nil, err
	}
	return &struct{ Body apiBooking }{body}, nil
}
