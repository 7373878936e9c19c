package app

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/booking"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/upload"
	"kvart/internal/programme"
)

// An earlier season carried over: looked at first, then made as drafts, then published. Looking and making are long work,
// which is looked at by whoever began it, and can be stopped. What is discreet is planned by hand, and is in no answer.
func (a *App) apiCopies(api huma.API) {
	huma.Register(api, answering(http.StatusAccepted, withToken("copySeason", http.MethodPost, "/season-copies", "Look at what an earlier season would be as the next", 400)), a.apiCopy)
	huma.Register(api, withToken("getSeasonCopy", http.MethodGet, "/season-copies/{id}", "How far it is, and which dates something is in the way of", 404), a.apiCopying)
	huma.Register(api, answering(http.StatusAccepted, withToken("makeSeasonCopy", http.MethodPost, "/season-copies/{id}/drafts", "Make the drafts, with choices for the dates that clash; twice makes them once", 400, 404, 409)), a.apiMakeCopy)
	huma.Register(api, withToken("publishSeasonCopy", http.MethodPost, "/season-copies/{id}/publication", "Put all its drafts on the programme", 404), a.apiPublishCopy)
	huma.Register(api, withToken("stopSeasonCopy", http.MethodDelete, "/season-copies/{id}", "Stop between two activities; those that are made stay", 404), a.apiStopCopy)
}

type apiCopiedDate struct {
	Key      string     `json:"key" doc:"Names the date in the choices."`
	StartsAt time.Time  `json:"starts_at"`
	EndsAt   time.Time  `json:"ends_at"`
	Space    string     `json:"space,omitempty" format:"uuid"`
	Closed   bool       `json:"closed,omitempty" doc:"The centre is closed then."`
	Clashes  []apiClash `json:"clashes"`
	Left     bool       `json:"left,omitempty" doc:"Once made: it was left out."`
}

type apiCopied struct {
	From    string          `json:"from" format:"uuid" doc:"The activity it was."`
	Draft   string          `json:"draft,omitempty" format:"uuid" doc:"The activity it is, once made."`
	Title   apiTexts        `json:"title"`
	Dates   int             `json:"dates" doc:"That are held: as foreseen, or as made."`
	Open    []apiCopiedDate `json:"open" doc:"Dates that something is in the way of."`
	Refused string          `json:"refused,omitempty" doc:"Why it cannot be carried over as it is."`
}

type apiSeasonCopy struct {
	ID         string      `json:"id"`
	Phase      string      `json:"phase" enum:"look,drafts"`
	State      string      `json:"state" enum:"running,stopping,done,stopped,failed"`
	Done       int         `json:"done" doc:"Activities."`
	Total      int         `json:"total"`
	Activities []apiCopied `json:"activities"`
}

type apiSeasonCopyOut struct {
	Location string `header:"Location" doc:"Where to look how far it is."`
	Body     apiSeasonCopy
}

func (a *App) copies() *programme.Pages { return &programme.Pages{Store: a.Programme} }

func (b centreToken) whose() upload.Scope {
	return upload.Scope{AccountID: b.by, ScopeID: b.centre.ID}
}

func (a *App) copying(ctx context.Context, b centreToken, id string) (*apiSeasonCopyOut, error) {
	c, err := a.copies().CopyingOf(ctx, b.whose(), id)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiSeasonCopyOut{Location: "/api/v1/season-copies/" + c.ID, Body: apiSeasonCopy{ID: c.ID, Phase: "look", State: c.Progress.State, Done: c.Progress.Done, Total: c.Progress.Total, Activities: []apiCopied{}}}
	if c.Taken {
		out.Body.Phase = "drafts"
	}
	words := a.Texts.For("en")
	for _, x := range c.Report.Activities {
		one := apiCopied{From: x.FromID, Draft: x.ID, Title: texts(x.Title), Dates: x.Dates, Open: []apiCopiedDate{}}
		if x.Refused != "" {
			one.Refused = words.T(x.Refused)
		}
		for _, d := range x.Open {
			date := apiCopiedDate{Key: d.Key, StartsAt: d.Start.UTC(), EndsAt: d.End.UTC(), Space: d.SpaceID, Closed: d.Closed, Left: d.Later || d.Skipped, Clashes: []apiClash{}}
			if date.Clashes, err = a.clashesOut(ctx, d.Clashes, b.reader); err != nil {
				return nil, a.apiError(err)
			}
			one.Open = append(one.Open, date)
		}
		out.Body.Activities = append(out.Body.Activities, one)
	}
	return out, nil
}

// clashesOut are what is in the way as far as the reader may see it.
func (a *App) clashesOut(ctx context.Context, list []booking.Clash, who booking.Reader) ([]apiClash, error) {
	out := []apiClash{}
	for _, c := range list {
		one := apiClash{Space: c.SpaceID, StartsAt: c.Start, EndsAt: c.End}
		var organisation *string
		if one.Title, organisation = c.Shown(who); one.Title != "" {
			var err error
			if one.Holder, err = a.holder(ctx, c.CentreID, organisation); err != nil {
				return nil, err
			}
		}
		out = append(out, one)
	}
	return out, nil
}

func (a *App) apiCopy(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Body          struct {
		From  string `json:"from" format:"date" doc:"First day of the earlier season."`
		To    string `json:"to" format:"date" doc:"Last day, at most 400 days later."`
		Start string `json:"start" format:"date" doc:"In the week from which on it is planned again: a Tuesday stays a Tuesday."`
	}
}) (*apiSeasonCopyOut, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	id, _, err := a.copies().BeginCopy(ctx, b.whose(), programme.SeasonCopy{From: in.Body.From, To: in.Body.To, Start: in.Body.Start})
	if err != nil {
		return nil, a.fieldError(err)
	}
	return a.copying(ctx, b, id)
}

func (a *App) apiCopying(ctx context.Context, in *apiWork) (*apiSeasonCopyOut, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	return a.copying(ctx, b, in.ID)
}

// apiChoice is what is to become of a date that clashes.
type apiChoice struct {
	Key   string `json:"key" maxLength:"80"`
	Do    string `json:"do" enum:"skip,later,space,time,keep" doc:"Leave the date out; leave it out for now; another room; another time of that day; hold it although the centre is closed."`
	Space string `json:"space,omitempty" format:"uuid"`
	From  string `json:"from,omitempty" example:"18:00"`
	To    string `json:"to,omitempty" example:"20:00"`
}

func (a *App) apiMakeCopy(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" maxLength:"80"`
	Body          struct {
		Choices []apiChoice `json:"choices,omitempty" maxItems:"2000" doc:"A date that clashes and is not named is left out for now."`
	}
}) (*apiSeasonCopyOut, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	c, err := a.copies().CopyingOf(ctx, b.whose(), in.ID)
	if err == nil && !c.Taken && c.Progress.State != jobs.Done {
		err = fault.Conflict("series.copy.fault.gone")
	}
	if err != nil {
		return nil, a.apiError(err)
	}
	solved := url.Values{}
	for _, x := range in.Body.Choices {
		solved.Set("solve-"+x.Key, x.Do)
		solved.Set("space-"+x.Key, x.Space)
		solved.Set("from-"+x.Key, x.From)
		solved.Set("to-"+x.Key, x.To)
	}
	if _, err := a.copies().TakeCopy(ctx, b.whose(), in.ID, solved); err != nil && !fault.Is(err, fault.KindConflict) { // somebody was quicker
		return nil, a.fieldError(err)
	}
	return a.copying(ctx, b, in.ID)
}

func (a *App) apiPublishCopy(ctx context.Context, in *apiWork) (*apiChanged, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	if _, err := a.copies().CopyingOf(ctx, b.whose(), in.ID); err != nil {
		return nil, a.apiError(err)
	}
	out := &apiChanged{}
	if out.Body.Changed, err = a.Programme.Publish(ctx, b.centre.ID, "", in.ID, b.by); err != nil {
		return nil, a.fieldError(err)
	}
	return out, nil
}

func (a *App) apiStopCopy(ctx context.Context, in *apiWork) (*apiSeasonCopyOut, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	if err := a.copies().StopCopy(ctx, b.whose(), in.ID); err != nil {
		return nil, a.apiError(err)
	}
	return a.copying(ctx, b, in.ID)
}
