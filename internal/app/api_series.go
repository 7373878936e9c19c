package app

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/booking"
	"kvart/internal/platform/clock"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/ical"
)

// Series over the API: bookings that repeat, and the same changes of an activity's sessions. All need a token of one
// centre.
func (a *App) apiSeries(api huma.API) {
	clashes := &huma.Response{Description: "Rooms are taken then, or somebody else changed it meanwhile", Content: map[string]*huma.MediaType{"application/problem+json": {
		Schema: api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[datesProblem](), true, "DatesProblem")}}}
	op := func(id, method, path, summary string, status int, errors ...int) huma.Operation {
		o := huma.Operation{OperationID: id, Method: method, Path: "/api/v1" + path, Summary: summary, DefaultStatus: status,
			Security: []map[string][]string{{"token": {}}}, Errors: errors}
		if method == http.MethodPost {
			o.Responses = map[string]*huma.Response{"409": clashes}
		}
		return o
	}
	huma.Register(api, op("listSeries", http.MethodGet, "/series", "Bookings that repeat and have dates to come", 200, 401, 403), a.apiListSeries)
	huma.Register(api, op("createSeries", http.MethodPost, "/series", "Book a space every week or every so many, all dates or none", 201, 400, 401, 403, 404), a.apiAddSeries)
	huma.Register(api, op("getSeries", http.MethodGet, "/series/{id}", "The dates of a series", 200, 401, 403, 404), a.apiGetSeries)
	huma.Register(api, op("moveSeries", http.MethodPost, "/series/{id}/move", "Move a date, it and the following, or all to come", 200, 400, 401, 403, 404), a.apiMoveSeries)
	huma.Register(api, op("cancelSeries", http.MethodPost, "/series/{id}/cancel", "Cancel a date, it and the following, or all to come", 200, 400, 401, 403, 404), a.apiCancelSeries)
}

// datesProblem is the answer 409: which dates clash, and with what.
type datesProblem struct {
	Status int            `json:"status"`
	Title  string         `json:"title"`
	Dates  []apiDateClash `json:"dates,omitempty"`
}

type apiDateClash struct {
	StartsAt time.Time  `json:"starts_at"`
	EndsAt   time.Time  `json:"ends_at"`
	Space    string     `json:"space" format:"uuid"`
	Clashes  []apiClash `json:"clashes"`

	Missing []apiMissing `json:"missing,omitempty" doc:"Equipment of which too few are free."`
}

func (p *datesProblem) Error() string             { return p.Title }
func (p *datesProblem) GetStatus() int            { return p.Status }
func (p *datesProblem) ContentType(string) string { return "application/problem+json" }

// seriesError answers what a change of a series is refused for; clashes as far as the token may see them.
func (a *App) seriesError(ctx context.Context, b centreToken, err error) error {
	e := fault.Of(err)
	if e.Kind != fault.KindConflict {
		return a.apiError(err)
	}
	p := &datesProblem{Status: http.StatusConflict, Title: a.Texts.For("en").T(e.Key, e.Args...)}
	dates, _ := e.Detail.([]booking.Date)
	for _, d := range dates {
		if !d.Taken() {
			continue
		}
		one := apiDateClash{StartsAt: d.Start, EndsAt: d.End, Space: d.SpaceID}
		if one.Clashes, err = a.clashesOut(ctx, d.Clashes, b.reader); err != nil {
			return a.apiError(err)
		}
		for _, m := range d.Missing {
			one.Missing = append(one.Missing, apiMissingOf(m))
		}
		p.Dates = append(p.Dates, one)
	}
	return p
}

type apiSeries struct {
	ID     string          `json:"id" format:"uuid"`
	Title  string          `json:"title,omitempty" doc:"Only where this reader may see it."`
	Space  string          `json:"space" format:"uuid"`
	Weeks  int             `json:"weeks" doc:"Every so many weeks."`
	From   string          `json:"from" example:"18:00" doc:"Wall time where the centre is."`
	To     string          `json:"to" example:"20:00"`
	Coming int             `json:"coming,omitempty"`
	Dates  []apiSeriesDate `json:"dates,omitempty"`

	Setup     *int      `json:"setup_minutes,omitempty" doc:"Of each date, in place of the space's."`
	Clear     *int      `json:"clear_minutes,omitempty"`
	Equipment []apiLent `json:"equipment,omitempty" doc:"That each date has. Not in the list."`
}

type apiSeriesDate struct {
	Booking  string    `json:"booking" format:"uuid"`
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
	Space    string    `json:"space" format:"uuid"`
	State    string    `json:"state" enum:"held,confirmed,cancelled,expired"`
	Moved    bool      `json:"moved,omitempty" doc:"By itself: it is not where the series has it."`
	Outside  string    `json:"outside,omitempty" enum:"hours,closed,holiday" doc:"Of a date to come: the centre is not open then, and why. It is booked all the same."`
}

func (b centreToken) series(s booking.Series) apiSeries {
	x := apiSeries{ID: s.ID, Space: s.SpaceID, Weeks: s.Weeks, From: s.LocalStart, To: s.LocalEnd}
	x.Title, _ = s.Shown(b.reader)
	return x
}

func (a *App) apiListSeries(ctx context.Context, in *struct {
	Authorization string `header:"Authorization" maxLength:"300"`
}) (*apiList[apiSeries], error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, booking.Book)
	if err != nil {
		return nil, err
	}
	list, err := a.Booking.AllSeries(ctx, b.centre.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiSeries]{}
	out.Body.Items = []apiSeries{}
	for _, s := range list {
		x := b.series(s.Series)
		x.Coming = s.Coming
		out.Body.Items = append(out.Body.Items, x)
	}
	return out, nil
}

// seriesOf is one series of the token's centre with its dates; a confidential one is NotFound outside its team.
func (a *App) seriesOf(ctx context.Context, b centreToken, id string) (booking.Series, []booking.Dated, error) {
	one, err := a.Booking.OneSeries(ctx, a.DB, b.centre.ID, id)
	if err == nil && bool(one.Confidential) && !b.reader.Sees(booking.SeeHidden, b.centre.ID) {
		err = fault.NotFound("fault.not_found")
	}
	if err != nil {
		return one, nil, err
	}
	list, err := a.Booking.DatesOf(ctx, a.DB, one, b.centre.Location())
	return one, list, err
}

func (a *App) apiGetSeries(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*struct{ Body apiSeries }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, booking.Book)
	if err != nil {
		return nil, err
	}
	return a.showSeries(ctx, b, in.ID)
}

func (a *App) showSeries(ctx context.Context, b centreToken, id string) (*struct{ Body apiSeries }, error) {
	one, list, err := a.seriesOf(ctx, b, id)
	if err != nil {
		return nil, a.apiError(err)
	}
	x := b.series(one)
	x.Setup, x.Clear = one.SetupMinutes, one.ClearMinutes
	for _, e := range one.Equipment {
		x.Equipment = append(x.Equipment, apiLent{e.EquipmentID, e.N})
	}
	closures, err := a.Network.ClosuresAsked(ctx, a.DB, b.centre.ID, a.Now().In(b.centre.Location()).Format(time.DateOnly))
	if err != nil {
		return nil, a.apiError(err)
	}
	for _, d := range list {
		one := apiSeriesDate{Booking: d.Booking.ID, StartsAt: d.Occurrence.StartsAt, EndsAt: time.Unix(d.EndsAt, 0).In(b.centre.Location()),
			Space: d.Booking.SpaceID, State: d.State, Moved: d.Apart()}
		if !d.Off && one.StartsAt.After(a.Now()) {
			one.Outside = doubtWord(b.centre.DoubtAt(one.StartsAt, one.EndsAt, closures))
		}
		x.Dates = append(x.Dates, one)
	}
	return &struct{ Body apiSeries }{x}, nil
}

func (a *App) apiAddSeries(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Body          struct {
		Space        string `json:"space" format:"uuid"`
		Date         string `json:"date" format:"date" doc:"The first."`
		From         string `json:"from" example:"18:00" doc:"Wall time where the centre is; it holds when the clocks change."`
		To           string `json:"to" example:"20:00"`
		Weeks        int    `json:"weeks" minimum:"1" maximum:"52" doc:"Every so many weeks."`
		Count        int    `json:"count,omitempty" minimum:"1" maximum:"400" doc:"How many dates; or until."`
		Until        string `json:"until,omitempty" format:"date"`
		Title        string `json:"title" maxLength:"120"`
		Organisation string `json:"organisation,omitempty" format:"uuid" doc:"Whose it is; absent: the centre's own."`
		SkipTaken    bool   `json:"skip_taken,omitempty" doc:"Leave out the dates that clash, and be offered each of them when its room becomes free."`

		Setup     *int      `json:"setup_minutes,omitempty" minimum:"0" maximum:"480" doc:"Of each date, in place of the space's."`
		Clear     *int      `json:"clear_minutes,omitempty" minimum:"0" maximum:"480"`
		Equipment []apiLent `json:"equipment,omitempty" maxItems:"50" doc:"Held with each date for as long as the space is."`
	}
}) (*struct{ Body apiSeries }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, booking.Book)
	if err != nil {
		return nil, err
	}
	n := in.Body
	starts, err := ical.Repeat(n.Date, n.From, b.centre.Zone, n.Weeks, n.Until, n.Count)
	if err != nil {
		return nil, a.apiError(err)
	}
	if starts[0].Before(a.Now()) {
		return nil, huma.Error422UnprocessableEntity("date: that time is over; begin later")
	}
	if space, err := a.Booking.Space(ctx, a.DB, n.Space); err != nil {
		return nil, a.apiError(err)
	} else if space.CentreID != b.centre.ID {
		return nil, a.apiError(fault.NotFound("fault.not_found"))
	}
	one := booking.Series{CentreID: b.centre.ID, Title: n.Title, SpaceID: n.Space, Weeks: n.Weeks, LocalStart: n.From, LocalEnd: n.To,
		SetupMinutes: n.Setup, ClearMinutes: n.Clear, Equipment: amounts(n.Equipment)}
	if n.Organisation != "" {
		if _, err := a.Network.Organisation(ctx, a.DB, n.Organisation); err != nil {
			return nil, a.apiError(err)
		}
		one.OrganisationID = &n.Organisation
	}
	var dates []booking.Date
	for _, start := range starts {
		end, ok := booking.EndOf(start, n.To)
		if !ok {
			return nil, a.apiError(fault.Invalid("booking.fault.times"))
		}
		dates = append(dates, booking.Date{Start: start, End: end, SpaceID: n.Space, Own: one.Own()})
	}
	var id string
	err = a.Booking.Claim(ctx, func(tx *db.Tx) (err error) {
		if err := a.skipTaken(ctx, tx, b.centre.ID, dates, n.SkipTaken); err != nil {
			return err
		}
		if one.OrganisationID != nil { // its limits; beyond them only the desk goes, with a reason
			if err := a.Network.LockCentre(ctx, tx, one.CentreID); err != nil {
				return err
			}
			var wanted []booking.Interval
			for _, d := range dates {
				if !d.Skip {
					wanted = append(wanted, d.Interval())
				}
			}
			over, err := a.Booking.Over(ctx, tx, one.CentreID, *one.OrganisationID, wanted, nil)
			if err == nil {
				err = booking.Exceeded(over)
			}
			if err != nil {
				return err
			}
		}
		id, err = a.Booking.AddSeries(ctx, tx, one, dates, b.by)
		return err
	})
	if err != nil {
		return nil, a.seriesError(ctx, b, err)
	}
	return a.showSeries(ctx, b, id)
}

// skipTaken leaves out the dates that clash, where that is wanted.
func (a *App) skipTaken(ctx context.Context, tx *db.Tx, centreID string, dates []booking.Date, wanted bool) error {
	if !wanted {
		return nil
	}
	for i := range dates {
		dates[i].Skip, dates[i].Asked = false, nil
	}
	if err := a.Booking.CheckDates(ctx, tx, centreID, dates); err != nil {
		return err
	}
	for i, d := range dates {
		if d.Taken() {
			dates[i].Skip, dates[i].Asked = true, &booking.Slot{SpaceID: d.SpaceID, Interval: d.Interval()}
		}
	}
	return nil
}

// APIShift is part of two bodies (an embedded type must be exported to be read): where a date goes; with it go the others of its scope, by as many days.
type APIShift struct {
	Scope     string `json:"scope" enum:"this,following,all"`
	Date      string `json:"date" format:"date"`
	From      string `json:"from" example:"18:00"`
	To        string `json:"to" example:"20:00"`
	Space     string `json:"space,omitempty" format:"uuid" doc:"Absent: in no space; a booking always has one."`
	MovedToo  bool   `json:"moved_too,omitempty" doc:"Also dates that were moved by themselves."`
	SkipTaken bool   `json:"skip_taken,omitempty" doc:"Leave dates whose new room is taken where they are."`
}

func (x APIShift) shift(at booking.Occurrence) booking.Shift {
	return booking.Shift{Days: booking.DaysBetween(at.Planned.Day, x.Date), From: x.From, To: x.To, SpaceID: x.Space}
}

// dates are the touched ones where they would be.
func (x APIShift) dates(touched []booking.Occurrence, at booking.Occurrence, zone string, lives func(string) string, now time.Time) ([]booking.Date, error) {
	s := x.shift(at)
	if s.Days > booking.MaxShift || s.Days < -booking.MaxShift {
		return nil, fault.Invalid("series.fault.too_far", "days", booking.MaxShift)
	}
	if len(touched) == 0 {
		return nil, fault.Invalid("series.fault.over")
	}
	var list []booking.Date
	for _, o := range touched {
		d, err := s.Of(o, clock.Zone(zone))
		if err != nil {
			return nil, err
		}
		if !d.Start.After(now) {
			return nil, fault.Invalid("booking.fault.past")
		}
		d.RID, d.Lives = o.ID, lives(o.ID)
		list = append(list, d)
	}
	return list, nil
}

func (a *App) apiMoveSeries(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          struct {
		Booking string `json:"booking" format:"uuid" doc:"The date at hand."`
		Exceed  string `json:"exceed,omitempty" maxLength:"500" doc:"Why a limit of the organisation may be passed: the reason is recorded."`
		APIShift
	}
}) (*struct{ Body apiSeries }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, booking.Book)
	if err != nil {
		return nil, err
	}
	one, list, err := a.seriesOf(ctx, b, in.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	var all []booking.Occurrence
	var at booking.Occurrence
	for _, d := range list {
		all = append(all, d.Occurrence)
		if d.Booking.ID == in.Body.Booking {
			at = d.Occurrence
		}
	}
	if at.ID == "" {
		return nil, a.apiError(fault.NotFound("fault.not_found"))
	}
	c := booking.SeriesChange{CentreID: b.centre.ID, SeriesID: one.ID, At: at.ID, Version: one.Version, Scope: booking.ScopeOf(in.Body.Scope), ApartToo: in.Body.MovedToo,
		Shift: in.Body.shift(at), Zone: b.centre.Location(), Exceed: in.Body.Exceed, By: b.by}
	touched := booking.Touched(booking.Within(all, at.ID, c.Scope, a.Now()), at.ID, c.ApartToo)
	if c.Dates, err = in.Body.dates(touched, at, b.centre.Zone, func(id string) string { return id }, a.Now()); err != nil {
		return nil, a.apiError(err)
	}
	if _, err := a.Booking.Space(ctx, a.DB, in.Body.Space); err != nil {
		return nil, a.apiError(err)
	}
	to := one.ID
	err = a.Booking.Claim(ctx, func(tx *db.Tx) (err error) {
		if err := a.skipTaken(ctx, tx, b.centre.ID, c.Dates, in.Body.SkipTaken); err != nil {
			return err
		}
		to, err = a.Booking.ChangeSeries(ctx, tx, c)
		return err
	})
	if err != nil {
		return nil, a.seriesError(ctx, b, err)
	}
	return a.showSeries(ctx, b, to)
}

func (a *App) apiCancelSeries(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          struct {
		Booking  string `json:"booking" format:"uuid" doc:"The date at hand."`
		Scope    string `json:"scope" enum:"this,following,all"`
		MovedToo bool   `json:"moved_too,omitempty"`
	}
}) (*struct{ Body apiSeries }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, booking.Book)
	if err != nil {
		return nil, err
	}
	if _, _, err := a.seriesOf(ctx, b, in.ID); err != nil {
		return nil, a.apiError(err)
	}
	n := 0
	err = a.Booking.Claim(ctx, func(tx *db.Tx) (err error) {
		n, err = a.Booking.CancelSeries(ctx, tx, b.centre.ID, in.ID, in.Body.Booking, booking.ScopeOf(in.Body.Scope), in.Body.MovedToo, b.centre.Location(), b.by)
		return err
	})
	if err == nil && n == 0 {
		err = fault.Conflict("series.fault.over")
	}
	if err != nil {
		return nil, a.seriesError(ctx, b, err)
	}
	return a.showSeries(ctx, b, in.ID)
}
