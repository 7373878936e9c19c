package app

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/programme"
)

// How many came to a session, and who answers for it. Numbers and ids only; what is discreet is NotFound to every token.
func (a *App) apiAttendance(api huma.API) {
	huma.Register(api, withToken("getAttendance", http.MethodGet, "/sessions/{id}/attendance", "How many came", 404), a.apiCame)
	huma.Register(api, withToken("recordAttendance", http.MethodPut, "/sessions/{id}/attendance", "Record how many came, in place of what was recorded; not before the session begins", 400, 404, 409), a.apiRecord)
	huma.Register(api, withToken("assignSession", http.MethodPut, "/sessions/{id}/responsible", "Say who of the team answers for a session", 400, 404), a.apiAssign)
}

type apiCameOut struct {
	Recorded *time.Time `json:"recorded_at,omitempty" doc:"Absent: nothing was recorded yet."`
	Came     *int       `json:"came,omitempty" doc:"All of them."`
	Named    int        `json:"named" doc:"Of these, recorded by name."`
	Counted  int        `json:"counted" doc:"Of these, counted without a name: walk-ins among them."`
	NoShows  *int       `json:"no_shows,omitempty" doc:"Kept places that stayed empty: a number of the session, never of a person."`
	Version  int        `json:"version"`
}

func cameOut(l programme.Listed) apiCameOut {
	out := apiCameOut{Named: l.Named, Version: l.Version}
	if l.RecordedAt != nil {
		at := time.Unix(*l.RecordedAt, 0).UTC()
		out.Recorded = &at
	}
	if l.Counted != nil {
		out.Counted = *l.Counted
	}
	if n, ok := l.Session.Came(); ok {
		out.Came = &n
	}
	if n, ok := l.NoShows(); ok {
		out.NoShows = &n
	}
	return out
}

func (a *App) apiCame(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*struct{ Body apiCameOut }, error) {
	_, l, err := a.sessionFor(ctx, in.Authorization, in.ID, programme.RecordAttendance)
	if err != nil {
		return nil, err
	}
	return &struct{ Body apiCameOut }{cameOut(l)}, nil
}

func (a *App) apiRecord(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          struct {
		Counted       int       `json:"counted" minimum:"0" maximum:"10000" doc:"How many came beside those recorded by name."`
		Registrations *[]string `json:"registrations,omitempty" maxItems:"500" doc:"Ids of the registrations by name whose people came; absent: those recorded by name stay. Others who were recorded by name stay in either case."`
		Version       int       `json:"version,omitempty" doc:"That was read; absent: the one at the beginning of this call. Somebody else's change since is a conflict."`
	}
}) (*struct{ Body apiCameOut }, error) {
	b, l, err := a.sessionFor(ctx, in.Authorization, in.ID, programme.RecordAttendance)
	if err != nil {
		return nil, err
	}
	came := programme.Came{Counted: in.Body.Counted, Version: cmp.Or(in.Body.Version, l.Version)} // those who stay are read below, before it is written
	known, err := a.Programme.Candidates(ctx, b.centre.ID, l.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	for _, k := range known {
		if bool(k.Came) && (in.Body.Registrations == nil || !bool(k.Registered)) {
			came.People = append(came.People, k.PersonID)
		}
	}
	if in.Body.Registrations != nil {
		list, err := a.Programme.OfSession(ctx, b.centre.ID, l.ID)
		if err != nil {
			return nil, a.apiError(err)
		}
		for _, id := range *in.Body.Registrations {
			i := slices.IndexFunc(list, func(r programme.Seen) bool { return r.ID == id && r.PersonID != nil })
			if i < 0 || !slices.ContainsFunc(known, func(k programme.Candidate) bool { return bool(k.Registered) && k.PersonID == *list[i].PersonID }) {
				return nil, huma.Error422UnprocessableEntity("registrations: each is one of this session with a place, by name; count the others")
			}
			came.People = append(came.People, *list[i].PersonID)
		}
	}
	if err := a.Programme.RecordAttendance(ctx, b.centre.ID, l.ID, came, b.by); err != nil {
		return nil, a.fieldError(err)
	}
	if l, _, err = a.Programme.SessionAt(ctx, b.centre.ID, l.ID, false); err != nil {
		return nil, a.apiError(err)
	}
	return &struct{ Body apiCameOut }{cameOut(l)}, nil
}

func (a *App) apiAssign(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          struct {
		Account   string `json:"account" maxLength:"80" doc:"Of the centre's team; empty: nobody."`
		Following bool   `json:"following,omitempty" doc:"For the activity's later dates too."`
	}
}) (*apiChanged, error) {
	b, l, err := a.sessionFor(ctx, in.Authorization, in.ID, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	out := &apiChanged{}
	if out.Body.Changed, err = a.Programme.Assign(ctx, b.centre.ID, l.ID, in.Body.Account, in.Body.Following, b.by); err != nil {
		return nil, a.fieldError(err)
	}
	return out, nil
}
