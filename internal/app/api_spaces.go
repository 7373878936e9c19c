package app

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// The spaces of the centres: anybody reads those that can be booked; a token of the centre's coordination makes and changes
// them. A space is not deleted: it is closed, and what was booked in it stays as it was.
func (a *App) apiOfSpaces(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "listSpaces", Method: http.MethodGet, Path: "/api/v1/spaces", Summary: "Spaces of the centres that can be booked",
		Errors: []int{http.StatusNotFound}}, a.apiSpaces)
	huma.Register(api, withToken("listClosedSpaces", http.MethodGet, "/spaces/closed", "Spaces of the token's centre that are closed"), a.apiClosedSpaces)
	huma.Register(api, answering(http.StatusCreated, withToken("createSpace", http.MethodPost, "/spaces", "Make a space, undivided or of parts that are there", 400, 409)), a.apiAddSpace)
	huma.Register(api, withToken("getSpace", http.MethodGet, "/spaces/{id}", "One space as its centre has it", 404), a.apiOneSpace)
	huma.Register(api, conflicting[standingProblem](api, "StandingProblem", "Bookings to come stand in it, or somebody else changed it meanwhile",
		withToken("changeSpace", http.MethodPatch, "/spaces/{id}", "Change, close or open a space; what is absent stays as it is", 400, 404)), a.apiChangeSpace)
}

type apiSpace struct {
	ID     string   `json:"id" format:"uuid"`
	Centre string   `json:"centre" doc:"Slug of its centre."`
	Name   apiTexts `json:"name"`
	Holds  int      `json:"holds,omitempty" doc:"People."`
	Parts  []string `json:"parts,omitempty" doc:"Ids of the spaces it is made of: booking it takes them all."`
	Setup  int      `json:"setup_minutes,omitempty" doc:"Held before a booking begins, where it has none of its own."`
	Clear  int      `json:"clear_minutes,omitempty" doc:"Held after it ends."`
}

func (a *App) apiSpaces(ctx context.Context, in *struct {
	Centre string `query:"centre" maxLength:"80" doc:"Slug."`
}) (*apiList[apiSpace], error) {
	centres, err := a.Network.Centres(ctx, a.DB)
	if err != nil {
		return nil, a.apiError(err)
	}
	if in.Centre != "" && !slices.ContainsFunc(centres, func(c network.Centre) bool { return c.Slug == in.Centre }) {
		return nil, a.apiError(fault.NotFound("fault.not_found"))
	}
	out := &apiList[apiSpace]{}
	out.Body.Items = []apiSpace{}
	for _, c := range centres {
		if in.Centre != "" && c.Slug != in.Centre {
			continue
		}
		spaces, err := a.Booking.Spaces(ctx, a.DB, c.ID)
		if err != nil {
			return nil, a.apiError(err)
		}
		for _, s := range spaces {
			if s.Closed { // nobody can book it
				continue
			}
			out.Body.Items = append(out.Body.Items, apiSpace{ID: s.ID, Centre: c.Slug, Name: texts(s.Name), Holds: s.Holds, Parts: partIDs(s, spaces),
				Setup: s.SetupMinutes, Clear: s.ClearMinutes})
		}
	}
	return out, nil
}

// partIDs are the ids of the spaces that the space is made of; none for one that is undivided.
func partIDs(one booking.Space, all []booking.Space) []string {
	var list []string
	for _, x := range booking.PartsOf(one, all) {
		list = append(list, x.ID)
	}
	return slices.Clip(list)
}

// apiRoom is a space as its coordination sees it.
type apiRoom struct {
	ID       string   `json:"id" format:"uuid"`
	Name     apiTexts `json:"name"`
	About    apiTexts `json:"about"`
	Holds    int      `json:"holds" doc:"People; 0: not said."`
	Setup    int      `json:"setup_minutes"`
	Clear    int      `json:"clear_minutes"`
	Position int      `json:"position" doc:"Among the centre's spaces."`
	Parts    []string `json:"parts" doc:"Ids of the spaces it is made of; none: it is undivided."`
	Closed   bool     `json:"closed" doc:"Nobody books it any more; what was booked stays."`
	Coming   int      `json:"coming" doc:"Bookings to come that stand in it."`
	Version  int      `json:"version"`
}

// standingProblem is the answer 409 to closing a space: what still stands there.
type standingProblem struct {
	Status   int          `json:"status"`
	Title    string       `json:"title"`
	Bookings []apiBooking `json:"bookings,omitempty" doc:"The next of them."`
	Coming   int          `json:"coming,omitempty" doc:"How many there are."`
}

func (p *standingProblem) Error() string             { return p.Title }
func (p *standingProblem) GetStatus() int            { return p.Status }
func (p *standingProblem) ContentType(string) string { return "application/problem+json" }

// standingError is fieldError that answers a conflict as a standingProblem, as the document says.
func (a *App) standingError(err error) error {
	if e := fault.Of(err); e.Kind == fault.KindConflict {
		return &standingProblem{Status: http.StatusConflict, Title: a.Texts.For("en").T(e.Key, e.Args...)}
	}
	return a.fieldError(err)
}

// roomOf is one space of the token's centre among all of them; another centre's is NotFound.
func (a *App) roomOf(ctx context.Context, q db.Querier, b centreToken, id string) (booking.Space, []booking.Space, error) {
	all, err := a.Booking.Spaces(ctx, q, b.centre.ID)
	if err != nil {
		return booking.Space{}, nil, a.apiError(err)
	}
	k := slices.IndexFunc(all, func(s booking.Space) bool { return s.ID == id })
	if k < 0 {
		return booking.Space{}, nil, a.apiError(fault.NotFound("fault.not_found"))
	}
	return all[k], all, nil
}

func (a *App) roomOut(ctx context.Context, s booking.Space, all []booking.Space) (apiRoom, error) {
	_, n, err := a.Booking.Coming(ctx, a.DB, s.ID, 1)
	return apiRoom{ID: s.ID, Name: texts(s.Name), About: texts(s.About), Holds: s.Holds, Setup: s.SetupMinutes, Clear: s.ClearMinutes, Position: s.Position,
		Parts: orNone(partIDs(s, all)), Closed: bool(s.Closed), Coming: n, Version: s.Version}, err
}

func (a *App) showRoom(ctx context.Context, b centreToken, id string) (*struct{ Body apiRoom }, error) {
	one, all, err := a.roomOf(ctx, a.DB, b, id)
	if err != nil {
		return nil, err
	}
	out, err := a.roomOut(ctx, one, all)
	if err != nil {
		return nil, a.apiError(err)
	}
	return &struct{ Body apiRoom }{out}, nil
}

func (a *App) apiClosedSpaces(ctx context.Context, in *struct {
	Authorization string `header:"Authorization" maxLength:"300"`
}) (*apiList[apiRoom], error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, booking.EditSpaces)
	if err != nil {
		return nil, err
	}
	all, err := a.Booking.Spaces(ctx, a.DB, b.centre.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiRoom]{}
	out.Body.Items = []apiRoom{}
	for _, s := range all {
		if !bool(s.Closed) {
			continue
		}
		one, err := a.roomOut(ctx, s, all)
		if err != nil {
			return nil, a.apiError(err)
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

func (a *App) apiOneSpace(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*struct{ Body apiRoom }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, booking.EditSpaces)
	if err != nil {
		return nil, err
	}
	return a.showRoom(ctx, b, in.ID)
}

func (a *App) apiAddSpace(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Body          struct {
		Name     apiTexts `json:"name" doc:"By language: hr, en, nb."`
		About    apiTexts `json:"about,omitempty"`
		Holds    int      `json:"holds,omitempty" minimum:"0" maximum:"10000"`
		Setup    int      `json:"setup_minutes,omitempty" minimum:"0" maximum:"480"`
		Clear    int      `json:"clear_minutes,omitempty" minimum:"0" maximum:"480"`
		Position int      `json:"position,omitempty" minimum:"0" maximum:"1000"`
		Parts    []string `json:"parts,omitempty" maxItems:"100" doc:"Ids of the spaces it is made of; absent: it is undivided."`
	}
}) (*struct{ Body apiRoom }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, booking.EditSpaces)
	if err != nil {
		return nil, err
	}
	n := in.Body
	one := booking.Space{CentreID: b.centre.ID, Holds: n.Holds, SetupMinutes: n.Setup, ClearMinutes: n.Clear, Position: n.Position}
	if one.Name, err = textOf("name", n.Name); err != nil {
		return nil, err
	}
	if one.About, err = textOf("about", n.About); err != nil {
		return nil, err
	}
	one.Slug = booking.SlugOf(one.Name)
	var id string
	if err := a.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if id, err = a.Booking.AddSpace(ctx, tx, one, b.by); err != nil {
			return err
		}
		_, err = a.Booking.SetParts(ctx, tx, b.centre.ID, id, n.Parts, b.by)
		return err
	}); err != nil {
		return nil, a.fieldError(err)
	}
	return a.showRoom(ctx, b, id)
}

func (a *App) apiChangeSpace(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          struct {
		Name     *apiTexts `json:"name,omitempty"`
		About    *apiTexts `json:"about,omitempty"`
		Holds    *int      `json:"holds,omitempty" minimum:"0" maximum:"10000"`
		Setup    *int      `json:"setup_minutes,omitempty" minimum:"0" maximum:"480"`
		Clear    *int      `json:"clear_minutes,omitempty" minimum:"0" maximum:"480"`
		Position *int      `json:"position,omitempty" minimum:"0" maximum:"1000"`
		Parts    *[]string `json:"parts,omitempty" maxItems:"100" doc:"Ids of the spaces it is to be made of; empty: undivided."`
		Closed   *bool     `json:"closed,omitempty"`
		Anyway   bool      `json:"anyway,omitempty" doc:"Close it although bookings to come stand in it: they stay."`
		Version  *int      `json:"version,omitempty" doc:"That was read; somebody else's change since is then a conflict."`
	}
}) (*struct{ Body apiRoom }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, booking.EditSpaces)
	if err != nil {
		return nil, err
	}
	was, _, err := a.roomOf(ctx, a.DB, b, in.ID)
	if err != nil {
		return nil, err
	}
	n, one := in.Body, was
	if err := setText(&one.Name, "name", n.Name); err != nil {
		return nil, err
	}
	if err := setText(&one.About, "about", n.About); err != nil {
		return nil, err
	}
	set(&one.Holds, n.Holds)
	set(&one.SetupMinutes, n.Setup)
	set(&one.ClearMinutes, n.Clear)
	set(&one.Position, n.Position)
	set((*bool)(&one.Closed), n.Closed)
	set(&one.Version, n.Version)
	standing, coming, ask, err := a.Booking.Closing(ctx, was, one, n.Anyway, 30)
	if err != nil {
		return nil, a.apiError(err)
	}
	if ask {
		p := &standingProblem{Status: http.StatusConflict, Title: "bookings to come stand in this space; send anyway to close it all the same", Coming: coming}
		if p.Bookings, err = a.apiBookingsOf(ctx, standing, b.reader); err != nil {
			return nil, err
		}
		return nil, p
	}
	if err := a.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := a.Booking.ChangeSpace(ctx, tx, one, b.by); err != nil || n.Parts == nil {
			return err
		}
		_, err := a.Booking.SetParts(ctx, tx, one.CentreID, one.ID, *n.Parts, b.by)
		return err
	}); err != nil {
		return nil, a.standingError(err)
	}
	return a.showRoom(ctx, b, one.ID)
}
