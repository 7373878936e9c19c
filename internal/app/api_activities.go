package app

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/ical"
	"kvart/internal/programme"
)

// The activities of a centre and their dates, with a token of its coordination. What is discreet is made and changed at the
// desk only: it is NotFound here, and nothing becomes discreet through the API.
func (a *App) apiOfActivities(api huma.API) {
	huma.Register(api, withToken("listOwnActivities", http.MethodGet, "/activities/own", "Activities of the token's centre, drafts and archived ones among them"), a.apiOwnActivities)
	huma.Register(api, answering(http.StatusCreated, withToken("createActivity", http.MethodPost, "/activities", "Make an activity; its dates are added apart", 400)), a.apiAddActivity)
	huma.Register(api, withToken("getActivity", http.MethodGet, "/activities/{id}", "One activity with its dates, as its centre has it", 404), a.apiOneActivity)
	huma.Register(api, withToken("changeActivity", http.MethodPatch, "/activities/{id}", "Change, publish or archive an activity; what is absent stays, and its coming dates follow", 400, 404, 409), a.apiChangeActivity)
	huma.Register(api, answering(http.StatusCreated, conflicting[datesProblem](api, "DatesProblem", "Rooms are taken then",
		withToken("addDates", http.MethodPost, "/activities/{id}/dates", "Add a date, or one every so many weeks, all or none, each with its room", 400, 404))), a.apiAddDates)
}

type apiActivityIn struct {
	Title         *apiTexts `json:"title,omitempty" doc:"By language: hr, en, nb. A new one has at least one."`
	About         *apiTexts `json:"about,omitempty"`
	Bring         *apiTexts `json:"bring,omitempty"`
	Groups        *[]string `json:"groups,omitempty" maxItems:"30" doc:"Neutral codes; none is everyone."`
	Kind          *string   `json:"kind,omitempty" enum:"open,places,group"`
	RegisterFor   *string   `json:"register_for,omitempty" enum:"session,series"`
	PlaceKind     *string   `json:"place_kind,omitempty" enum:"space,address,outdoors,online"`
	Place         *apiTexts `json:"place,omitempty"`
	OnlineURL     *string   `json:"online_url,omitempty" maxLength:"500"`
	Organisation  *string   `json:"organisation,omitempty" maxLength:"80" doc:"Whose it is; empty: the centre's own."`
	Capacity      *int      `json:"capacity,omitempty" minimum:"0" maximum:"10000" doc:"0: as many as come."`
	OpensDays     *int      `json:"opens_days,omitempty" minimum:"0" maximum:"365" doc:"Registering opens so many days before a date."`
	OpensClock    *string   `json:"opens_clock,omitempty" example:"09:00"`
	DeskShare     *int      `json:"desk_share,omitempty" minimum:"0" maximum:"10000" doc:"Places kept for phone, paper and desk."`
	DeskShareDays *int      `json:"desk_share_days,omitempty" minimum:"0" maximum:"365"`
	Remind        *bool     `json:"remind,omitempty"`
	RemindHours   *int      `json:"remind_hours,omitempty" minimum:"1" maximum:"336"`
	AdultsOnly    *bool     `json:"adults_only,omitempty"`
	Guardian      *bool     `json:"guardian,omitempty" doc:"A guardian's consent is asked for."`
	State         *string   `json:"state,omitempty" enum:"draft,published,archived"`
	Version       *int      `json:"version,omitempty" doc:"That was read; somebody else's change since is then a conflict."`
}

// into puts what the body has in place of what the activity is.
func (n apiActivityIn) into(a *programme.Activity) error {
	for _, x := range []struct {
		name   string
		known  *i18n.Text
		wanted *apiTexts
	}{{"title", &a.Title, n.Title}, {"about", &a.About, n.About}, {"bring", &a.Bring, n.Bring}, {"place", &a.Place, n.Place}} {
		if err := setText(x.known, x.name, x.wanted); err != nil {
			return err
		}
	}
	for _, t := range []*apiTexts{n.About, n.Bring} {
		if t == nil {
			continue
		}
		for _, s := range *t {
			if len([]rune(s)) > 4000 {
				return huma.Error422UnprocessableEntity("about, bring: at most 4000 characters")
			}
		}
	}
	if n.Groups != nil {
		a.ForGroups = programme.CodesOf(*n.Groups)
	}
	set(&a.Kind, n.Kind)
	set(&a.RegisterFor, n.RegisterFor)
	set(&a.PlaceKind, n.PlaceKind)
	set(&a.OnlineURL, n.OnlineURL)
	if n.Organisation != nil {
		if a.OrganisationID = n.Organisation; *n.Organisation == "" {
			a.OrganisationID = nil
		}
	}
	if n.Capacity != nil {
		if a.Capacity = n.Capacity; *n.Capacity == 0 {
			a.Capacity = nil
		}
	}
	set(&a.OpensDays, n.OpensDays)
	set(&a.OpensClock, n.OpensClock)
	set(&a.DeskShare, n.DeskShare)
	set(&a.DeskShareDays, n.DeskShareDays)
	set((*bool)(&a.Remind), n.Remind)
	set(&a.RemindHours, n.RemindHours)
	set((*bool)(&a.AdultsOnly), n.AdultsOnly)
	set((*bool)(&a.Guardian), n.Guardian)
	set(&a.State, n.State)
	set(&a.Version, n.Version)
	return nil
}

type apiPlanned struct {
	ID       string    `json:"id" format:"uuid"`
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
	Space    string    `json:"space,omitempty" format:"uuid"`
	State    string    `json:"state" enum:"planned,cancelled"`
	Outside  string    `json:"outside,omitempty" enum:"hours,closed,holiday" doc:"The centre is not open then, and why. It is planned all the same."`
}

type apiActivityWhole struct {
	ID           string       `json:"id" format:"uuid"`
	Title        apiTexts     `json:"title"`
	About        apiTexts     `json:"about"`
	Bring        apiTexts     `json:"bring"`
	Groups       []string     `json:"groups"`
	Kind         string       `json:"kind" enum:"open,places,group"`
	RegisterFor  string       `json:"register_for" enum:"session,series"`
	PlaceKind    string       `json:"place_kind" enum:"space,address,outdoors,online"`
	Place        apiTexts     `json:"place"`
	Organisation string       `json:"organisation,omitempty" format:"uuid"`
	Capacity     *int         `json:"capacity,omitempty"`
	State        string       `json:"state" enum:"draft,published,archived"`
	Version      int          `json:"version"`
	Dates        []apiPlanned `json:"dates,omitempty" doc:"From now on."`
}

func activityOut(x programme.Activity) apiActivityWhole {
	out := apiActivityWhole{ID: x.ID, Title: texts(x.Title), About: texts(x.About), Bring: texts(x.Bring), Groups: orNone(x.ForGroups.List()), Kind: x.Kind, RegisterFor: x.RegisterFor,
		PlaceKind: x.PlaceKind, Place: texts(x.Place), Capacity: x.Capacity, State: x.State, Version: x.Version}
	if x.OrganisationID != nil {
		out.Organisation = *x.OrganisationID
	}
	return out
}

func (a *App) showActivity(ctx context.Context, b centreToken, id string) (*struct{ Body apiActivityWhole }, error) {
	x, err := a.Programme.Activity(ctx, a.DB, b.centre.ID, id, false)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := activityOut(x)
	list, err := a.Programme.OfActivity(ctx, b.centre.ID, x.ID, a.Now())
	if err != nil {
		return nil, a.apiError(err)
	}
	closures, err := a.Network.ClosuresAsked(ctx, a.DB, b.centre.ID, a.Now().In(b.centre.Location()).Format(time.DateOnly))
	if err != nil {
		return nil, a.apiError(err)
	}
	for _, l := range list {
		one := apiPlanned{ID: l.ID, StartsAt: l.Start(), EndsAt: l.End(), State: l.State}
		if l.SpaceID != nil {
			one.Space = *l.SpaceID
			one.Outside = doubtWord(b.centre.DoubtAt(l.Start(), l.End(), closures))
		}
		out.Dates = append(out.Dates, one)
	}
	return &struct{ Body apiActivityWhole }{out}, nil
}

func (a *App) apiOwnActivities(ctx context.Context, in *struct {
	Authorization string `header:"Authorization" maxLength:"300"`
}) (*apiList[apiActivityWhole], error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	list, err := a.Programme.Activities(ctx, b.centre.ID, false, true)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiActivityWhole]{}
	out.Body.Items = []apiActivityWhole{}
	for _, x := range list {
		out.Body.Items = append(out.Body.Items, activityOut(x))
	}
	return out, nil
}

func (a *App) apiAddActivity(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Body          apiActivityIn
}) (*struct{ Body apiActivityWhole }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	one := programme.Activity{CentreID: b.centre.ID, Kind: programme.Open, RegisterFor: "session", PlaceKind: programme.InSpace, OpensDays: 28, OpensClock: "09:00", DeskShareDays: 3, Remind: true, RemindHours: programme.DefaultRemindHours, State: "draft"}
	if err := in.Body.into(&one); err != nil {
		return nil, err
	}
	groups, err := a.Network.Groups(ctx, a.DB)
	if err != nil {
		return nil, a.apiError(err)
	}
	if err := a.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		one.ID, err = a.Programme.AddActivity(ctx, tx, one, groups, b.by)
		return err
	}); err != nil {
		return nil, a.fieldError(err)
	}
	return a.showActivity(ctx, b, one.ID)
}

func (a *App) apiOneActivity(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*struct{ Body apiActivityWhole }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	return a.showActivity(ctx, b, in.ID)
}

func (a *App) apiChangeActivity(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          apiActivityIn
}) (*struct{ Body apiActivityWhole }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	one, err := a.Programme.Activity(ctx, a.DB, b.centre.ID, in.ID, false)
	if err != nil {
		return nil, a.apiError(err)
	}
	if err := in.Body.into(&one); err != nil {
		return nil, err
	}
	groups, err := a.Network.Groups(ctx, a.DB)
	if err != nil {
		return nil, a.apiError(err)
	}
	if err := a.Programme.ChangeActivity(ctx, one, groups, b.by); err != nil {
		return nil, a.fieldError(err)
	}
	return a.showActivity(ctx, b, one.ID)
}

func (a *App) apiAddDates(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          struct {
		Date      string `json:"date" format:"date" doc:"The first."`
		From      string `json:"from" example:"18:00" doc:"Wall time where the centre is; it holds when the clocks change."`
		To        string `json:"to" example:"20:00"`
		Space     string `json:"space,omitempty" format:"uuid" doc:"Absent: in no space."`
		Weeks     int    `json:"weeks,omitempty" minimum:"1" maximum:"52" doc:"Every so many weeks; absent: once."`
		Count     int    `json:"count,omitempty" minimum:"1" maximum:"400" doc:"How many dates; or until."`
		Until     string `json:"until,omitempty" format:"date"`
		SkipTaken bool   `json:"skip_taken,omitempty" doc:"Leave out the dates that clash, and be offered each of them when its room becomes free."`
	}
}) (*struct{ Body apiActivityWhole }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	one, err := a.Programme.Activity(ctx, a.DB, b.centre.ID, in.ID, false)
	if err != nil {
		return nil, a.apiError(err)
	}
	n := in.Body
	if n.Weeks == 0 {
		n.Weeks, n.Count, n.Until = 1, 1, ""
	}
	starts, err := ical.Repeat(n.Date, n.From, b.centre.Zone, n.Weeks, n.Until, n.Count)
	if err != nil {
		return nil, a.apiError(err)
	}
	if starts[0].Before(a.Now()) {
		return nil, huma.Error422UnprocessableEntity("date: that time is over; begin later")
	}
	if n.Space != "" {
		if one.PlaceKind != programme.InSpace {
			return nil, huma.Error422UnprocessableEntity("space: this activity is not in a space of the centre")
		}
		if _, _, err := a.roomOf(ctx, a.DB, b, n.Space); err != nil {
			return nil, err
		}
	}
	var dates []booking.Date
	for _, start := range starts {
		end, ok := booking.EndOf(start, n.To)
		if !ok {
			return nil, a.apiError(fault.Invalid("booking.fault.times"))
		}
		dates = append(dates, booking.Date{Start: start, End: end, SpaceID: n.Space})
	}
	if err := a.Booking.Claim(ctx, func(tx *db.Tx) error {
		if err := a.skipTaken(ctx, tx, b.centre.ID, dates, n.SkipTaken); err != nil {
			return err
		}
		_, err := a.Programme.AddSessions(ctx, tx, one, dates, b.by)
		return err
	}); err != nil {
		return nil, a.seriesError(ctx, b, err)
	}
	return a.showActivity(ctx, b, one.ID)
}
