package app

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// When a centre is open: weekly hours, what it does on public holidays, and days on which it is closed. A token of the
// centre reads and changes them. What stands on a closed day stays until somebody moves it or calls it off; the answers
// say how much there is.
func (a *App) apiHours(api huma.API) {
	huma.Register(api, withToken("getHours", http.MethodGet, "/hours", "Weekly hours and the choice for public holidays, of the token's centre"), a.apiGetHours)
	huma.Register(api, withToken("changeHours", http.MethodPatch, "/hours", "Change the hours or the choice for public holidays; what is absent stays", 400, 409), a.apiChangeHours)
	huma.Register(api, withToken("listClosures", http.MethodGet, "/closures", "Days from today on which the token's centre is closed, its holidays among them"), a.apiClosures)
	huma.Register(api, answering(http.StatusCreated, withToken("createClosure", http.MethodPost, "/closures", "Close the centre on a day or on several", 400)), a.apiAddClosure)
	huma.Register(api, answering(http.StatusNoContent, withToken("removeClosure", http.MethodDelete, "/closures/{id}", "Open the centre again on those days", 404)), a.apiRemoveClosure)
	huma.Register(api, withToken("importClosures", http.MethodPost, "/closures/import", "Take closed days from a calendar or a sheet; without take only look", 400), a.apiImportClosures)
}

type apiSpan struct {
	Weekday int    `json:"weekday" minimum:"1" maximum:"7" doc:"1 is Monday."`
	Opens   string `json:"opens" example:"09:00"`
	Closes  string `json:"closes" example:"20:00" doc:"At or before opens: on the day after."`
}

func spansOf(list network.HoursList) []apiSpan {
	out := []apiSpan{}
	for _, h := range list {
		out = append(out, apiSpan(h))
	}
	return out
}

func hoursOf(list []apiSpan) network.HoursList {
	var out network.HoursList
	for _, h := range list {
		out = append(out, network.Hours(h))
	}
	return out
}

type apiOpen struct {
	Hours    []apiSpan `json:"hours"`
	Holidays string    `json:"holidays" enum:"ask,closed,open" doc:"On public holidays: whoever books is told; it is closed; they are days like any other."`
	Version  int       `json:"version"`
	Standing int       `json:"standing" doc:"Sessions and bookings on closed days that nobody has moved, called off or left on purpose."`
}

// standing is how much stands on closed days of the centre that nobody has handled.
func (a *App) standing(ctx context.Context, centreID string) (int, error) {
	return a.deskPages().Standing(ctx, centreID, a.Now())
}

func (a *App) showHours(ctx context.Context, centreID string) (*struct{ Body apiOpen }, error) {
	c, err := a.Network.Centre(ctx, a.DB, centreID)
	if err != nil {
		return nil, a.apiError(err)
	}
	n, err := a.standing(ctx, c.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	return &struct{ Body apiOpen }{apiOpen{Hours: spansOf(c.Hours), Holidays: c.Holidays, Version: c.Version, Standing: n}}, nil
}

func (a *App) apiGetHours(ctx context.Context, in *struct {
	Authorization string `header:"Authorization" maxLength:"300"`
}) (*struct{ Body apiOpen }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, network.EditCentre)
	if err != nil {
		return nil, err
	}
	return a.showHours(ctx, b.centre.ID)
}

func (a *App) apiChangeHours(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Body          struct {
		Hours    *[]apiSpan `json:"hours,omitempty" maxItems:"50"`
		Holidays *string    `json:"holidays,omitempty" enum:"ask,closed,open"`
		Version  *int       `json:"version,omitempty" doc:"That was read; somebody else's change of the centre since is then a conflict."`
	}
}) (*struct{ Body apiOpen }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, network.EditCentre)
	if err != nil {
		return nil, err
	}
	c := b.centre
	if in.Body.Hours != nil {
		c.Hours = hoursOf(*in.Body.Hours)
	}
	set(&c.Holidays, in.Body.Holidays)
	set(&c.Version, in.Body.Version)
	if err := a.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := a.Network.SaveCentre(ctx, tx, c, b.by)
		return err
	}); err != nil {
		return nil, a.fieldError(err)
	}
	return a.showHours(ctx, c.ID)
}

type apiClosure struct {
	ID       string   `json:"id,omitempty" format:"uuid" doc:"Absent of a public holiday."`
	From     string   `json:"from" format:"date"`
	To       string   `json:"to" format:"date" doc:"The last day."`
	Reason   apiTexts `json:"reason"`
	Holiday  bool     `json:"holiday,omitempty"`
	Standing int      `json:"standing,omitempty" doc:"In the answer to closing: sessions and bookings on closed days that nobody has handled."`
}

func (a *App) apiClosures(ctx context.Context, in *struct {
	Authorization string `header:"Authorization" maxLength:"300"`
}) (*apiList[apiClosure], error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, network.EditCentre)
	if err != nil {
		return nil, err
	}
	list, err := a.Network.Closures(ctx, a.DB, b.centre.ID, a.Now().In(b.centre.Location()).Format(time.DateOnly))
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiClosure]{}
	out.Body.Items = []apiClosure{}
	for _, x := range list {
		out.Body.Items = append(out.Body.Items, apiClosure{ID: x.ID, From: x.FromDate, To: x.ToDate, Reason: texts(x.Reason), Holiday: x.Holiday})
	}
	return out, nil
}

func (a *App) apiAddClosure(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Body          struct {
		From   string   `json:"from" format:"date"`
		To     string   `json:"to,omitempty" format:"date" doc:"The last day; absent: that one day."`
		Reason apiTexts `json:"reason,omitempty" doc:"By language: hr, en, nb."`
	}
}) (*struct{ Body apiClosure }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, network.EditCentre)
	if err != nil {
		return nil, err
	}
	one := network.Closure{ID: db.NewID(), CentreID: b.centre.ID, FromDate: in.Body.From, ToDate: in.Body.To}
	if one.ToDate == "" {
		one.ToDate = one.FromDate
	}
	if one.Reason, err = textOf("reason", in.Body.Reason); err != nil {
		return nil, err
	}
	if err := a.Network.AddClosure(ctx, one, b.by); err != nil {
		return nil, a.fieldError(err)
	}
	n, err := a.standing(ctx, b.centre.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	return &struct{ Body apiClosure }{apiClosure{ID: one.ID, From: one.FromDate, To: one.ToDate, Reason: texts(one.Reason), Standing: n}}, nil
}

func (a *App) apiRemoveClosure(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*struct{}, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, network.EditCentre)
	if err != nil {
		return nil, err
	}
	list, err := a.Network.OwnClosures(ctx, a.DB, b.centre.ID, "")
	if err == nil && !slices.ContainsFunc(list, func(x network.Closure) bool { return x.ID == in.ID }) {
		err = fault.NotFound("fault.not_found")
	}
	if err == nil {
		err = a.Network.RemoveClosure(ctx, b.centre.ID, in.ID, b.by)
	}
	if err != nil {
		return nil, a.apiError(err)
	}
	return nil, nil
}

type apiImported struct {
	Taken bool            `json:"taken"`
	Lines []apiImportLine `json:"lines"`
}

type apiImportLine struct {
	Line   int    `json:"line"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	Reason string `json:"reason,omitempty"`
	Did    string `json:"did" enum:"create,same,none" doc:"none: it is not taken, and why says so; without take: what would be done."`
	Why    string `json:"why,omitempty"`
}

func (a *App) apiImportClosures(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Body          struct {
		Name    string `json:"name" pattern:"(?i)\\.(csv|ics)$" maxLength:"200" doc:"Of the file: how it ends says what it is."`
		Content string `json:"content" maxLength:"1000000"`
		Take    bool   `json:"take,omitempty"`
	}
}) (*struct{ Body apiImported }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, network.EditCentre)
	if err != nil {
		return nil, err
	}
	report, err := a.Network.ImportClosures(ctx, b.centre.ID, in.Body.Name, []byte(in.Body.Content), in.Body.Take, b.by)
	if err != nil {
		return nil, a.fieldError(err)
	}
	out := apiImported{Taken: in.Body.Take, Lines: []apiImportLine{}}
	words := a.Texts.For("en")
	for _, l := range report.Lines {
		one := apiImportLine{Line: l.Line, From: l.From, To: l.To, Reason: l.Reason, Did: l.Did}
		if l.Why != "" {
			one.Why = words.T(l.Why, l.Args...)
		}
		out.Lines = append(out.Lines, one)
	}
	return &struct{ Body apiImported }{out}, nil
}
