package app

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/programme"
)

// apiPrint are what is printed and subscribed to, and lists typed in from paper.
func (a *App) apiPrint(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "listPosters", Method: http.MethodGet, Path: "/api/v1/posters", Summary: "Posters and calendars of the centres, by their addresses",
		Errors: []int{http.StatusNotFound}}, a.apiPosters)
	huma.Register(api, huma.Operation{OperationID: "enterPaperList", Method: http.MethodPost, Path: "/api/v1/paper-lists", Summary: "Register those on a paper list, in its order, by the rules of all channels",
		Security: []map[string][]string{{"token": {}}}, Errors: []int{400, 401, 403, 404, 409}}, a.apiPaperList)
}

type apiPoster struct {
	Centre   string `json:"centre"`
	Page     string `json:"page" doc:"Public; ?span=week or month, ?from= a day, ?tear=1 for strips to tear off. The language is that of the reader; put /hr, /en or /nb before the path for another."`
	PDF      string `json:"pdf" doc:"The same with ?size=a3, a4 or a5 as well."`
	Calendar string `json:"calendar" doc:"iCalendar, to subscribe to."`
}

func (a *App) apiPosters(ctx context.Context, in *struct {
	Centre string `query:"centre" maxLength:"80" doc:"Slug."`
}) (*apiList[apiPoster], error) {
	if _, _, err := a.slugs(ctx, in.Centre); err != nil {
		return nil, a.apiError(err)
	}
	list, err := a.Network.Centres(ctx, a.DB)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiPoster]{}
	out.Body.Items = []apiPoster{}
	for _, c := range list {
		if in.Centre == "" || c.Slug == in.Centre {
			page := a.PublicURL + "/centres/" + c.Slug + "/poster"
			out.Body.Items = append(out.Body.Items, apiPoster{Centre: c.Slug, Page: page, PDF: page + ".pdf", Calendar: a.PublicURL + "/calendar/" + c.Slug + ".ics"})
		}
	}
	return out, nil
}

type apiPaperDone struct {
	Registered int `json:"registered"`
	Waiting    int `json:"waiting" doc:"On the waiting list."`
	Already    int `json:"already" doc:"Registered before, by that name."`
}

func (a *App) apiPaperList(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Body          struct {
		Session   string    `json:"session" format:"uuid"`
		Names     []string  `json:"names" minItems:"1" maxItems:"60" doc:"One a line of the paper, in its order; \"Ana +2\" is three people."`
		WrittenAt time.Time `json:"written_at" doc:"On the paper. What was written before registering opened counts from the opening."`
		Adults    bool      `json:"adults,omitempty" doc:"All on the list are 18 or older; needed where the activity is for adults."`
		Guardians bool      `json:"guardians,omitempty" doc:"A guardian agrees for all on the list; needed where the activity asks for it."`
	}
}) (*struct{ Body apiPaperDone }, error) {
	b, l, err := a.sessionFor(ctx, in.Authorization, in.Body.Session, programme.Register)
	if err != nil {
		return nil, err
	}
	if l.DiscreetDB != 0 { // it has no names
		return nil, a.apiError(fault.NotFound("fault.not_found"))
	}
	if in.Body.WrittenAt.After(a.Now()) {
		return nil, huma.Error422UnprocessableEntity("written_at: that time has not come yet")
	}
	list, err := programme.ReadPaper(strings.Join(in.Body.Names, "\n"))
	if err != nil {
		return nil, huma.Error422UnprocessableEntity("names: at least one, at most 60, each of at most 80 characters")
	}
	done, err := a.Programme.RegisterPaper(ctx, b.centre.ID, programme.Ask{SessionID: l.ID, Adult: in.Body.Adults, Guardian: in.Body.Guardians, Lang: i18n.HR,
		By: b.by, Written: in.Body.WrittenAt}, list)
	if err != nil {
		return nil, a.apiError(err)
	}
	return &struct{ Body apiPaperDone }{apiPaperDone{Registered: done.In, Waiting: done.Waiting, Already: done.Already}}, nil
}
