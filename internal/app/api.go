package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/clock"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
)

// The API of the installation itself, under /api/v1. Reading needs nothing and shows what the public pages show;
// booking needs a token. Its document is served at /api/v1/openapi.json.
func (a *App) api() {
	mux := http.NewServeMux()
	c := huma.DefaultConfig("Kvart", a.Version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "/api/v1/openapi", "", "/api/v1/schemas"
	c.CreateHooks = nil // no $schema links in bodies
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer", Description: "Made with 'kvart token create'."}}
	api := humago.New(mux, c)
	get := func(id, path, summary string, errors ...int) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: "/api/v1" + path, Summary: summary, Errors: errors}
	}
	huma.Register(api, get("listCentres", "/centres", "Centres of the network"), a.apiCentres)
	huma.Register(api, get("listSpaces", "/spaces", "Spaces of the centres that can be booked", http.StatusNotFound), a.apiSpaces)
	huma.Register(api, get("listActivities", "/activities", "Published activities", http.StatusNotFound), a.apiActivities)
	huma.Register(api, get("listSessions", "/sessions", "Sessions of published activities, by start", http.StatusNotFound), a.apiSessions)
	huma.Register(api, huma.Operation{OperationID: "createBooking", Method: http.MethodPost, Path: "/api/v1/bookings", Summary: "Book a space", DefaultStatus: http.StatusCreated,
		Security: []map[string][]string{{"token": {}}}, Errors: []int{400, 401, 403, 404}, Responses: map[string]*huma.Response{
			"409": {Description: "The space is taken then", Content: map[string]*huma.MediaType{"application/problem+json": {
				Schema: api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[clashProblem](), true, "ClashProblem")}}}}}, a.apiBook)
	a.premisesAPI(api)
	a.apiSeries(api)
	a.apiPrint(api)
	a.roomsAPI(api)
	a.apiOfSeasons(api)
	a.apiSharing(api)
	a.Server.Handle("/api/v1/", problems(mux))
}

// problems answers what the API does not have as it answers every other fault: as a problem (RFC 9457).
func problems(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		refused := &refusal{header: http.Header{}, status: http.StatusOK}
		h.ServeHTTP(refused, r)
		if allow := refused.header.Get("Allow"); allow != "" {
			w.Header().Set("Allow", allow)
		}
		remedy := "there is no such address; /api/v1/openapi.json names those there are"
		if refused.status == http.StatusMethodNotAllowed {
			remedy = "this address takes " + refused.header.Get("Allow") + "; see /api/v1/openapi.json"
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(refused.status)
		_ = json.NewEncoder(w).Encode(huma.NewError(refused.status, remedy))
	})
}

// refusal keeps what the mux says of an address it does not know, but for its text.
type refusal struct {
	header http.Header
	status int
}

func (f *refusal) Header() http.Header         { return f.header }
func (f *refusal) Write(b []byte) (int, error) { return len(b), nil }
func (f *refusal) WriteHeader(status int)      { f.status = status }

type apiTexts map[string]string

func texts(t i18n.Text) apiTexts {
	m := apiTexts{}
	for l, s := range t {
		m[string(l)] = s
	}
	return m
}

type apiList[T any] struct {
	Body struct {
		Items []T    `json:"items"`
		Next  string `json:"next,omitempty" doc:"Give it as ?after= for the following page; absent on the last."`
	}
}

type apiCentre struct {
	ID      string   `json:"id" format:"uuid"`
	Slug    string   `json:"slug"`
	Name    string   `json:"name"`
	Address string   `json:"address,omitempty"`
	Phone   string   `json:"phone,omitempty"`
	Zone    string   `json:"zone" example:"Europe/Zagreb"`
	URL     string   `json:"url"`
	About   apiTexts `json:"about,omitempty"`
}

func (a *App) apiCentres(ctx context.Context, _ *struct{}) (*apiList[apiCentre], error) {
	list, err := a.Network.Centres(ctx, a.DB)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiCentre]{}
	out.Body.Items = []apiCentre{}
	for _, c := range list {
		out.Body.Items = append(out.Body.Items, apiCentre{ID: c.ID, Slug: c.Slug, Name: c.Name, Address: c.Address, Phone: c.Phone, Zone: c.Zone,
			URL: a.PublicURL + "/centres/" + c.Slug, About: texts(c.About)})
	}
	return out, nil
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

type apiActivity struct {
	ID     string   `json:"id" format:"uuid"`
	Centre string   `json:"centre"`
	Title  apiTexts `json:"title"`
	About  apiTexts `json:"about,omitempty"`
	Kind   string   `json:"kind" enum:"open,places,group"`
	Groups []string `json:"groups" doc:"Neutral codes; none is everyone."`
	URL    string   `json:"url"`
}

func (a *App) apiActivities(ctx context.Context, in *struct {
	Centre string `query:"centre" maxLength:"80" doc:"Slug."`
	Group  string `query:"group" maxLength:"80" doc:"Neutral code; what is for everyone is listed too. 0: only that."`
	After  string `query:"after"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"100"`
}) (*apiList[apiActivity], error) {
	slugs, id, err := a.slugs(ctx, in.Centre)
	if err == nil {
		err = a.group(ctx, in.Group)
	}
	if err != nil {
		return nil, a.apiError(err)
	}
	list, err := a.Programme.PublicActivities(ctx, id, in.Group, in.After, in.Limit)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiActivity]{}
	out.Body.Items = []apiActivity{}
	for _, x := range list {
		out.Body.Items = append(out.Body.Items, apiActivity{ID: x.ID, Centre: slugs[x.CentreID], Title: texts(x.Title), About: texts(x.About), Kind: x.Kind,
			Groups: orNone(x.ForGroups.List()), URL: a.PublicURL + "/programme/" + x.ID})
	}
	if len(list) == in.Limit {
		out.Body.Next = list[len(list)-1].ID
	}
	return out, nil
}

type apiSession struct {
	ID       string    `json:"id" format:"uuid"`
	Activity string    `json:"activity" format:"uuid"`
	Centre   string    `json:"centre"`
	Title    apiTexts  `json:"title"`
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
	Zone     string    `json:"zone"`
	State    string    `json:"state" enum:"planned,cancelled"`
	Groups   []string  `json:"groups"`
	Capacity *int      `json:"capacity,omitempty"`
	Free     *int      `json:"free,omitempty" doc:"Places that can be taken online now."`
	URL      string    `json:"url"`
}

func (a *App) apiSessions(ctx context.Context, in *struct {
	From   string `query:"from" example:"2026-12-01" doc:"Not before this moment (RFC 3339), or the beginning of this day; default now."`
	To     string `query:"to" example:"2026-12-31T20:00:00+01:00" doc:"Before this moment (RFC 3339), or the beginning of this day; default four weeks after from."`
	Centre string `query:"centre" maxLength:"80" doc:"Slug."`
	Group  string `query:"group" maxLength:"80" doc:"Neutral code; what is for everyone is listed too. 0: only that."`
	After  string `query:"after"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"200"`
}) (*apiList[apiSession], error) {
	slugs, id, err := a.slugs(ctx, in.Centre)
	if err == nil {
		err = a.group(ctx, in.Group)
	}
	if err != nil {
		return nil, a.apiError(err)
	}
	f := programme.Filter{Group: in.Group, After: in.After, Limit: in.Limit}
	if f.From, err = a.moment(ctx, "from", in.From); err != nil {
		return nil, err
	}
	if f.To, err = a.moment(ctx, "to", in.To); err != nil {
		return nil, err
	}
	if f.From.IsZero() {
		f.From = a.Now()
	}
	if f.To.IsZero() {
		f.To = f.From.AddDate(0, 0, 28)
	}
	if id != "" {
		f.Centres = []string{id}
	}
	list, err := a.Programme.Public(ctx, f)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiSession]{}
	out.Body.Items = []apiSession{}
	for _, s := range list {
		one := apiSession{ID: s.ID, Activity: s.ActivityID, Centre: slugs[s.CentreID], Title: texts(s.Title), StartsAt: s.Start(), EndsAt: s.End(), Zone: s.Zone,
			State: s.State, Groups: orNone(s.ForGroups.List()), Capacity: s.Capacity, URL: a.PublicURL + "/sessions/" + s.ID}
		if free, limited := s.Free(programme.Web, a.Now()); limited && s.Kind != programme.Open {
			one.Free = &free
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	if len(list) == in.Limit {
		out.Body.Next = list[len(list)-1].Mark()
	}
	return out, nil
}

type apiBooking struct {
	ID       string    `json:"id" format:"uuid"`
	Space    string    `json:"space" format:"uuid"`
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
	HeldFrom time.Time `json:"held_from" doc:"With set-up."`
	HeldTo   time.Time `json:"held_to" doc:"With clear-up."`
	State    string    `json:"state" enum:"held,confirmed,cancelled,expired"`
	Title    string    `json:"title,omitempty" doc:"Absent where this reader may only see that the space is taken."`
	Holder   string    `json:"holder,omitempty" doc:"Whose it is, where this reader may see it."`

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
	}
}) (*struct{ Body apiBooking }, error) {
	who, err := a.bearer(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	wanted := booking.New{SpaceID: in.Body.Space, CentreID: who.held.Scope.ID, Title: in.Body.Title, Start: in.Body.StartsAt, End: in.Body.EndsAt,
		Setup: in.Body.Setup, Clear: in.Body.Clear, Equipment: amounts(in.Body.Equipment), By: who.by}
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
	b, err := a.Booking.Book(ctx, wanted)
	if atCentre && fault.Is(err, fault.KindNotFound) {
		if _, there := a.Booking.Space(ctx, a.DB, in.Body.Space); there == nil {
			return nil, elsewhere
		}
	}
	if err != nil {
		return nil, a.takenError(ctx, err, who.reader())
	}
	body, err := a.apiBookingOf(ctx, b, who.reader())
	if err != nil {
		return nil, err
	}
	if body.Outside, err = a.outside(ctx, centre, wanted.Start, wanted.End); err != nil {
		return nil, a.apiError(err)
	}
	return &struct{ Body apiBooking }{body}, nil
}

// holder is the name of the organisation, or of the centre where the booking is its own.
func (a *App) holder(ctx context.Context, centreID string, organisation *string) (string, error) {
	if organisation == nil {
		c, err := a.Network.Centre(ctx, a.DB, centreID)
		return c.Name, err
	}
	o, err := a.Network.Organisation(ctx, a.DB, *organisation)
	return o.Name, err
}

// group returns NotFound for a code that no group has, as the programme's page does.
func (a *App) group(ctx context.Context, code string) error {
	if code == "" {
		return nil
	}
	groups, err := a.Network.Groups(ctx, a.DB)
	if err == nil && !programme.IsGroup(code, groups) {
		err = fault.NotFound("fault.not_found")
	}
	return err
}

// moment reads a moment of RFC 3339, or a day, which begins where the network is. A plus sign that was not escaped in the
// address is read as it was meant.
func (a *App) moment(ctx context.Context, name, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, strings.ReplaceAll(s, " ", "+"))
	if err != nil {
		n, failed := a.Network.Network(ctx, a.DB)
		if failed != nil {
			return t, a.apiError(failed)
		}
		t, err = time.ParseInLocation(time.DateOnly, s, clock.Zone(n.Zone))
	}
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return t, huma.Error422UnprocessableEntity(name + ": write a day, as 2026-12-01, or a moment of RFC 3339, as 2026-12-01T17:00:00+01:00")
	}
	return t, nil
}

// slugs are the centres' slugs by id, and the id of the named one.
func (a *App) slugs(ctx context.Context, slug string) (map[string]string, string, error) {
	list, err := a.Network.Centres(ctx, a.DB)
	if err != nil {
		return nil, "", err
	}
	m, id := map[string]string{}, ""
	for _, c := range list {
		m[c.ID] = c.Slug
		if c.Slug == slug {
			id = c.ID
		}
	}
	if slug != "" && id == "" {
		return nil, "", fault.NotFound("fault.not_found")
	}
	return m, id, nil
}

func orNone(s []string) []string {
	if s == nil {
		return []string{}
	}
	return slices.Clone(s)
}

// apiError answers a fault in English, without its cause.
func (a *App) apiError(err error) error {
	if p, ok := errors.AsType[*clashProblem](err); ok {
		return p
	}
	e, words := fault.Of(err), a.Texts.For(i18n.EN)
	if e.Kind == fault.KindInternal {
		a.Log.Error("API request failed", "fault", e.Error())
	}
	return huma.NewError(web.Status(err), words.T(e.Key, e.Args...))
}
