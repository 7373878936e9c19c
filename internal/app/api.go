package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

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
	api.UseMiddleware(cleanly(api))
	get := func(id, path, summary string, errors ...int) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: "/api/v1" + path, Summary: summary, Errors: errors}
	}
	huma.Register(api, get("listCentres", "/centres", "Centres of the network"), a.apiCentres)
	huma.Register(api, get("listActivities", "/activities", "Published activities", http.StatusNotFound), a.apiActivities)
	huma.Register(api, get("listSessions", "/sessions", "Sessions of published activities, by start", http.StatusNotFound), a.apiSessions)
	a.premisesAPI(api)
	a.apiSeries(api)
	a.apiOfActivities(api)
	a.apiOfSessions(api)
	a.apiRegistrations(api)
	a.apiAttendance(api)
	a.apiDuty(api)
	a.apiReminders(api)
	a.apiMaterials(api)
	a.apiLostDates(api)
	a.apiCopies(api)
	a.apiPrint(api)
	a.apiOfSpaces(api)
	a.apiHours(api)
	a.apiOfEquipment(api)
	a.apiOfBookings(api)
	a.apiOfSeasons(api)
	a.apiSeasonRun(api)
	a.apiWishes(api)
	a.apiSharing(api)
	a.apiWaits(api)
	a.apiTerms(api)
	a.apiPrices(api)
	a.apiFind(api)
	a.apiClosing(api)
	a.apiFiles(api)
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
