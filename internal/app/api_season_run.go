package app

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/allotment"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/jobs"
	"kvart/internal/season"
)

// A season from its making to its bookings, with a token of the centre's coordination. Where the centre has not turned
// seasons on, there is none.
func (a *App) apiSeasonRun(api huma.API) {
	huma.Register(api, withToken("listOwnSeasons", http.MethodGet, "/seasons/own", "All seasons of the token's centre, those being prepared among them", 404), a.apiOwnSeasons)
	huma.Register(api, answering(http.StatusCreated, withToken("createSeason", http.MethodPost, "/seasons", "Prepare a season", 400, 404)), a.apiAddSeason)
	huma.Register(api, withToken("changeSeason", http.MethodPut, "/seasons/{id}", "Change a season that is being prepared", 400, 404, 409), a.apiChangeSeason)
	huma.Register(api, answering(http.StatusNoContent, withToken("deleteSeason", http.MethodDelete, "/seasons/{id}", "Delete a season that is being prepared", 404, 409)), a.apiDeleteSeason)
	huma.Register(api, withToken("getSeasonRun", http.MethodGet, "/seasons/{id}/run", "A season as its centre sees it: who takes part, the draft, how far its bookings are", 404), a.apiSeasonRunning)
	huma.Register(api, withToken("stepSeason", http.MethodPost, "/seasons/{id}/step", "Open wishes, count them, let wishes in again, or publish the result", 400, 404, 409), a.apiStepSeason)
	huma.Register(api, withToken("setSeasonMember", http.MethodPut, "/seasons/{id}/members/{organisation}", "Say what the criteria are worth for an organisation, which takes part from then on", 400, 404, 409), a.apiSeasonMember)
	huma.Register(api, withToken("editSeason", http.MethodPost, "/seasons/{id}/edits", "Change the draft, with a reason that is published", 400, 404, 409), a.apiEditSeason)
	huma.Register(api, answering(http.StatusAccepted, withToken("bookSeason", http.MethodPost, "/seasons/{id}/bookings", "Have the published season booked; getSeasonRun says how far that is", 404, 409)), a.apiBookSeason)
	huma.Register(api, answering(http.StatusAccepted, withToken("stopSeason", http.MethodDelete, "/seasons/{id}/bookings", "Stop booking at the end of the week at hand; what is booked stays", 404)), a.apiStopSeason)
}

// seasonCentre is the token's centre where it has turned seasons on.
func (a *App) seasonCentre(ctx context.Context, authorization string) (centreToken, error) {
	b, err := a.centreTokenOf(ctx, authorization, season.Run)
	if err == nil && !b.centre.Features.Has(network.FeatureSeason) {
		err = a.apiError(fault.NotFound("fault.not_found"))
	}
	return b, err
}

func (a *App) ownSeason(ctx context.Context, authorization, id string) (centreToken, season.Season, error) {
	b, err := a.seasonCentre(ctx, authorization)
	if err != nil {
		return b, season.Season{}, err
	}
	one, err := a.Season.Season(ctx, a.DB, b.centre.ID, id)
	if err != nil {
		err = a.apiError(err)
	}
	return b, one, err
}

type apiSeasonSpan struct {
	Weekday int    `json:"weekday" minimum:"1" maximum:"7" doc:"1 is Monday."`
	From    string `json:"from" pattern:"^[0-9]{2}:[0-9]{2}$" example:"16:00"`
	To      string `json:"to" pattern:"^[0-9]{2}:[0-9]{2}$" example:"22:00" doc:"24:00 is the end of the day."`
}

type apiWeights struct {
	Members    int64 `json:"members" minimum:"0" maximum:"1000"`
	Local      int64 `json:"local" minimum:"0" maximum:"1000"`
	Volunteers int64 `json:"volunteers" minimum:"0" maximum:"1000"`
}

type apiSeasonIn struct {
	Name        string          `json:"name" maxLength:"80"`
	From        string          `json:"from" format:"date"`
	To          string          `json:"to" format:"date" doc:"The last day."`
	WishesUntil string          `json:"wishes_until" format:"date"`
	Spaces      []string        `json:"spaces" minItems:"1" maxItems:"100" doc:"Ids of the rooms that are shared out."`
	Hours       []apiSeasonSpan `json:"hours" minItems:"1" maxItems:"7" doc:"One span a weekday."`
	Weights     apiWeights      `json:"weights" doc:"How much each criterion counts."`
	WeekMinutes int             `json:"week_minutes,omitempty" minimum:"0" maximum:"10080" doc:"The most an organisation gets in a week; 0: any."`
	Prime       int             `json:"prime_percent,omitempty" minimum:"0" maximum:"100" doc:"The most of the prime hours that one organisation gets; 0: any."`
	PrimeHours  []apiSeasonSpan `json:"prime_hours,omitempty" maxItems:"7"`
	Version     *int            `json:"version,omitempty" doc:"That was read; somebody else's change since is then a conflict."`
}

// spans are those of a body; a time that is none is Invalid.
func seasonSpans(name string, list []apiSeasonSpan) ([]allotment.Span, error) {
	var out []allotment.Span
	for _, x := range list {
		from, errFrom := allotment.ParseClock(x.From)
		to, errTo := allotment.ParseClock(x.To)
		if errFrom != nil || errTo != nil || from >= to {
			return nil, huma.Error422UnprocessableEntity(name + ": write times as 18:00, the first before the last")
		}
		out = append(out, allotment.Span{Weekday: x.Weekday, From: from, To: to})
	}
	return out, nil
}

func (n apiSeasonIn) season(one *season.Season) error {
	hours, err := seasonSpans("hours", n.Hours)
	if err != nil {
		return err
	}
	prime, err := seasonSpans("prime_hours", n.PrimeHours)
	if err != nil {
		return err
	}
	if n.Prime > 0 && len(prime) == 0 {
		return huma.Error422UnprocessableEntity("prime_hours: say which hours they are")
	}
	one.Name, one.FromDate, one.ToDate, one.WishesUntil, one.Hours, one.Criteria = n.Name, n.From, n.To, n.WishesUntil, hours, nil
	for i, weight := range []int64{n.Weights.Members, n.Weights.Local, n.Weights.Volunteers} {
		one.Criteria = append(one.Criteria, allotment.Criterion{ID: season.Criteria[i], Weight: weight})
	}
	one.Limits = season.Limits{WeekMinutes: n.WeekMinutes, PrimePercent: n.Prime}
	if n.Prime > 0 {
		one.Limits.Prime = prime
	}
	set(&one.Version, n.Version)
	return nil
}

type apiSeasonMember struct {
	Organisation string `json:"organisation" format:"uuid"`
	Name         string `json:"name"`
	Wishes       int    `json:"wishes"`
	Members      int64  `json:"members"`
	Local        int64  `json:"local"`
	Volunteers   int64  `json:"volunteers"`
}

// apiAmounts are what the criteria are worth for an organisation.
type apiAmounts struct {
	Members    int64 `json:"members" minimum:"0"`
	Local      int64 `json:"local" minimum:"0" doc:"Of them, or of its activity, what is local: by the criterion that the season publishes."`
	Volunteers int64 `json:"volunteers" minimum:"0"`
}

type apiProgress struct {
	State string `json:"state" enum:"running,stopping,done,stopped,failed"`
	Done  int    `json:"done"`
	Total int    `json:"total"`
}

type apiSeasonSlot struct {
	ID           string `json:"id"`
	Organisation string `json:"organisation" doc:"Slug, as in the document."`
	Room         string `json:"room" doc:"Slug, as in the document."`
	Weekday      int    `json:"weekday"`
	Start        string `json:"start"`
	Minutes      int    `json:"minutes"`
}

type apiSeasonWhole struct {
	ID          string            `json:"id" format:"uuid"`
	Name        string            `json:"name"`
	From        string            `json:"from" format:"date"`
	To          string            `json:"to" format:"date"`
	WishesUntil string            `json:"wishes_until" format:"date"`
	State       string            `json:"state" enum:"preparing,open,draft,published"`
	Version     int               `json:"version"`
	Spaces      []string          `json:"spaces,omitempty"`
	Members     []apiSeasonMember `json:"members,omitempty"`
	Template    []apiSeasonSlot   `json:"template,omitempty" doc:"Once counted: the weekly times as counted and edited."`
	Edits       int               `json:"edits" doc:"How many there are: what editSeason wants as seen."`
	Progress    *apiProgress      `json:"progress,omitempty" doc:"Of its bookings, in days."`
	Outcomes    map[string]int    `json:"outcomes,omitempty" doc:"How many dates came to booked, clash, closed, space_closed, past."`
}

func seasonOut(s season.Season) apiSeasonWhole {
	return apiSeasonWhole{ID: s.ID, Name: s.Name, From: s.FromDate, To: s.ToDate, WishesUntil: s.WishesUntil, State: s.State, Version: s.Version}
}

func progressOut(p jobs.Progress) *apiProgress {
	return &apiProgress{State: p.State, Done: p.Done, Total: p.Total}
}

func (a *App) showSeason(ctx context.Context, b centreToken, id string) (*struct{ Body apiSeasonWhole }, error) {
	out, err := a.seasonRunning(ctx, b, id)
	if err != nil {
		return nil, a.apiError(err)
	}
	return &struct{ Body apiSeasonWhole }{out}, nil
}

func (a *App) seasonRunning(ctx context.Context, b centreToken, id string) (out apiSeasonWhole, err error) {
	one, err := a.Season.Season(ctx, a.DB, b.centre.ID, id)
	if err != nil {
		return out, err
	}
	out = seasonOut(one)
	spaces, err := a.Season.Spaces(ctx, a.DB, one)
	if err != nil {
		return out, err
	}
	for _, s := range spaces {
		out.Spaces = append(out.Spaces, s.ID)
	}
	members, err := a.Season.Members(ctx, a.DB, one.ID)
	if err != nil {
		return out, err
	}
	for _, m := range members {
		x := apiSeasonMember{Organisation: m.OrganisationID, Name: m.Name, Wishes: m.Wishes}
		if len(m.Amounts) == len(season.Criteria) {
			x.Members, x.Local, x.Volunteers = m.Amounts[0], m.Amounts[1], m.Amounts[2]
		}
		out.Members = append(out.Members, x)
	}
	if one.State != season.Draft && one.State != season.Published {
		return out, nil
	}
	d, err := a.Season.Document(ctx, a.DB, one)
	if err != nil {
		return out, err
	}
	out.Edits = len(d.Edits)
	for _, s := range d.Template {
		out.Template = append(out.Template, apiSeasonSlot{s.ID, s.Organisation, s.Room, s.Weekday, s.Start.String(), s.Minutes})
	}
	if out.Outcomes, err = a.Season.Outcomes(ctx, one.ID); err != nil || one.ProgressID == "" {
		return out, err
	}
	p, err := jobs.GetProgress(ctx, a.DB, one.ProgressID, one.ProgressBy)
	if fault.Is(err, fault.KindNotFound) { // that was long ago
		return out, nil
	}
	out.Progress = progressOut(p)
	return out, err
}

func (a *App) apiOwnSeasons(ctx context.Context, in *struct {
	Authorization string `header:"Authorization" maxLength:"300"`
}) (*apiList[apiSeasonWhole], error) {
	b, err := a.seasonCentre(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	list, err := a.Season.Seasons(ctx, b.centre.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiSeasonWhole]{}
	out.Body.Items = []apiSeasonWhole{}
	for _, s := range list {
		out.Body.Items = append(out.Body.Items, seasonOut(s))
	}
	return out, nil
}

func (a *App) saveSeason(ctx context.Context, b centreToken, one season.Season, n apiSeasonIn) (*struct{ Body apiSeasonWhole }, error) {
	if err := n.season(&one); err != nil {
		return nil, err
	}
	var id string
	if err := a.DB.Tx(ctx, func(tx *db.Tx) (err error) { id, err = a.Season.Save(ctx, tx, one, n.Spaces, b.by); return err }); err != nil {
		return nil, a.fieldError(err)
	}
	return a.showSeason(ctx, b, id)
}

func (a *App) apiAddSeason(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Body          apiSeasonIn
}) (*struct{ Body apiSeasonWhole }, error) {
	b, err := a.seasonCentre(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	return a.saveSeason(ctx, b, season.Season{CentreID: b.centre.ID}, in.Body)
}

func (a *App) apiChangeSeason(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          apiSeasonIn
}) (*struct{ Body apiSeasonWhole }, error) {
	b, one, err := a.ownSeason(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	return a.saveSeason(ctx, b, one, in.Body)
}

// apiSeasonAt names a season by its address.
type apiSeasonAt struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}

func (a *App) apiDeleteSeason(ctx context.Context, in *apiSeasonAt) (*struct{}, error) {
	b, one, err := a.ownSeason(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.Season.Delete(ctx, b.centre.ID, one.ID, b.by); err != nil {
		return nil, a.apiError(err)
	}
	return nil, nil
}

func (a *App) apiSeasonRunning(ctx context.Context, in *apiSeasonAt) (*struct{ Body apiSeasonWhole }, error) {
	b, one, err := a.ownSeason(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	return a.showSeason(ctx, b, one.ID)
}

func (a *App) apiStepSeason(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          struct {
		Step string `json:"step" enum:"open,count,reopen,publish" doc:"reopen: while nobody has edited the draft."`
	}
}) (*struct{ Body apiSeasonWhole }, error) {
	b, one, err := a.ownSeason(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	do := map[string]func(ctx context.Context, centreID, id, by string) error{"open": a.Season.OpenWishes, "count": a.Season.Count, "reopen": a.Season.Reopen, "publish": a.Season.Publish}[in.Body.Step]
	if err := do(ctx, b.centre.ID, one.ID, b.by); err != nil {
		return nil, a.fieldError(err)
	}
	return a.showSeason(ctx, b, one.ID)
}

func (a *App) apiSeasonMember(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Organisation  string `path:"organisation" format:"uuid"`
	Body          apiAmounts
}) (*struct{ Body apiSeasonWhole }, error) {
	b, one, err := a.ownSeason(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	amounts := []int64{in.Body.Members, in.Body.Local, in.Body.Volunteers}
	if err := a.DB.Tx(ctx, func(tx *db.Tx) error { return a.Season.SetAmounts(ctx, tx, one, in.Organisation, amounts, b.by) }); err != nil {
		return nil, a.fieldError(err)
	}
	return a.showSeason(ctx, b, one.ID)
}

func (a *App) apiEditSeason(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          struct {
		Seen         int    `json:"seen" minimum:"0" doc:"How many edits there were when the draft was read; others since are a conflict."`
		What         string `json:"what" enum:"add,move,remove"`
		Slot         string `json:"slot,omitempty" maxLength:"200" doc:"Which; absent where one is added."`
		Organisation string `json:"organisation,omitempty" maxLength:"200" doc:"Slug: of a slot that is added."`
		Room         string `json:"room,omitempty" maxLength:"200" doc:"Slug: where one is added or moved."`
		Weekday      int    `json:"weekday,omitempty" minimum:"1" maximum:"7"`
		Start        string `json:"start,omitempty" example:"18:00"`
		End          string `json:"end,omitempty" example:"20:00" doc:"24:00 is the end of the day."`
		Reason       string `json:"reason" minLength:"1" maxLength:"300" doc:"It is published."`
	}
}) (*struct{ Body apiSeasonWhole }, error) {
	b, one, err := a.ownSeason(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	n := in.Body
	e := allotment.Edit{What: n.What, Reason: n.Reason, Slot: allotment.Slot{ID: n.Slot, Organisation: n.Organisation}}
	if n.What != allotment.Add { // whose it is stays; where there is none, the store says why
		d, err := a.Season.Document(ctx, a.DB, one)
		if err != nil && !fault.Is(err, fault.KindNotFound) {
			return nil, a.apiError(err)
		}
		for _, x := range d.Template {
			if x.ID == n.Slot {
				e.Slot = x
			}
		}
	}
	if n.What != allotment.Remove {
		list, err := seasonSpans("start, end", []apiSeasonSpan{{Weekday: n.Weekday, From: n.Start, To: n.End}})
		if err != nil {
			return nil, err
		}
		e.Slot.Room, e.Slot.Weekday, e.Slot.Start, e.Slot.Minutes = n.Room, n.Weekday, list[0].From, int(list[0].To-list[0].From)
	}
	if err := a.DB.Tx(ctx, func(tx *db.Tx) error {
		return a.Season.Edit(ctx, tx, b.centre.ID, one.ID, n.Seen, e, b.by)
	}); err != nil {
		return nil, a.fieldError(err)
	}
	return a.showSeason(ctx, b, one.ID)
}

func (a *App) apiBookSeason(ctx context.Context, in *apiSeasonAt) (*struct{ Body apiSeasonWhole }, error) {
	b, one, err := a.ownSeason(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.Season.Begin(ctx, b.centre.ID, one.ID, b.by); err != nil {
		return nil, a.apiError(err)
	}
	return a.showSeason(ctx, b, one.ID)
}

func (a *App) apiStopSeason(ctx context.Context, in *apiSeasonAt) (*struct{ Body apiSeasonWhole }, error) {
	b, one, err := a.ownSeason(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.Season.Stop(ctx, one); err != nil {
		return nil, a.apiError(err)
	}
	return a.showSeason(ctx, b, one.ID)
}
