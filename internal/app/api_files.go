package app

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"kvart/internal/programme"
	"kvart/internal/season"
)

// Files that are taken into the programme or into the open season: the rules and the limits of the desk's pages. With dry
// nothing is changed, and the answer says what would be.
func (a *App) apiFiles(api huma.API) {
	huma.Register(api, a.uploading(api, programme.MaxImport, withToken("importActivities", http.MethodPost, "/activities/import",
		"Take a programme into the centre's: a sheet, a session a row, or a calendar, an activity a series", 400, 413)), a.apiImportActivities)
	huma.Register(api, a.uploading(api, season.MaxList, withToken("importWishes", http.MethodPost, "/wish-lists",
		"Take a wish list into the season of the token's centre that is open for wishes", 400, 404, 413)), a.apiImportWishes)
}

// uploading is the operation with a body of so many bytes, which is read of those only who have a token, and for longer.
func (a *App) uploading(api huma.API, most int64, o huma.Operation) huma.Operation {
	o.MaxBodyBytes, o.BodyReadTimeout = most, 50*time.Second
	o.Middlewares = append(o.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		if _, err := a.bearer(ctx.Context(), ctx.Header("Authorization")); err != nil {
			_ = huma.WriteErr(api, ctx, http.StatusUnauthorized, err.Error())
			return
		}
		r, w := humago.Unwrap(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, most)
		if ctx.Operation().RequestBody.Content["multipart/form-data"] != nil {
			_ = ctx.SetReadDeadline(time.Now().Add(o.BodyReadTimeout))
			if err := r.ParseMultipartForm(most); err != nil { // in memory: a photo is in no file before it is drawn anew
				status := http.StatusBadRequest
				if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
					status = http.StatusRequestEntityTooLarge
				}
				_ = huma.WriteErr(api, ctx, status, "the body is no form that can be read: "+http.StatusText(status))
				return
			}
			defer func() { _ = r.MultipartForm.RemoveAll() }()
		}
		next(ctx)
	})
	return o
}

type apiFileLine struct {
	Row      int        `json:"row,omitempty" doc:"Of the sheet, or line of the calendar, from 1."`
	Column   string     `json:"column,omitempty" doc:"Letter: where a fault is."`
	Of       string     `json:"of" doc:"The activity's title, or the organisation, as the file has it."`
	StartsAt *time.Time `json:"starts_at,omitempty" doc:"Of a session."`
	Outcome  string     `json:"outcome" enum:"new,changed,moved,cancelled,same,not_taken" doc:"What becomes of it, or with dry would."`
	Reason   string     `json:"reason,omitempty" doc:"Why it is not taken, or what to look at."`
	InTheWay []apiTaken `json:"in_the_way,omitempty" doc:"When the room is taken."`
}

type apiTaken struct {
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
}

type apiFileReport struct {
	Dry    bool           `json:"dry" doc:"Nothing was changed."`
	Counts map[string]int `json:"counts" doc:"Lines by outcome."`
	Lines  []apiFileLine  `json:"lines"`
}

func (r *apiFileReport) add(l apiFileLine) {
	r.Counts[l.Outcome]++
	r.Lines = append(r.Lines, l)
}

// going ends the work with a file when whoever sent it waits no longer.
func going(ctx context.Context) func(done, total int) bool {
	return func(int, int) bool { return ctx.Err() != nil }
}

func (a *App) apiImportActivities(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Format        string `query:"format" enum:"xlsx,ics" required:"true"`
	Dry           bool   `query:"dry"`
	RawBody       []byte `contentType:"application/octet-stream"`
}) (*struct{ Body apiFileReport }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	report, err := a.Programme.TakeFile(ctx, b.centre.ID, "."+in.Format, in.RawBody, !in.Dry, b.by, going(ctx))
	if err != nil {
		return nil, a.fieldError(err)
	}
	out, words := apiFileReport{Dry: in.Dry, Counts: map[string]int{}, Lines: []apiFileLine{}}, a.Texts.For("en")
	for _, l := range report.Lines {
		one := apiFileLine{Row: l.Line, Column: l.Column, Of: l.Title, Outcome: l.What}
		if !l.When.IsZero() {
			at := l.When.UTC()
			one.StartsAt = &at
		}
		if l.What == programme.TakeNone {
			one.Outcome = "not_taken"
		}
		switch l.Reason {
		case "":
		case programme.OnPagesOnly: // what is discreet is in no answer
			one.Reason = "this activity is looked after on pages only"
		default:
			one.Reason = words.T(l.Reason, l.Args...)
		}
		for _, c := range l.Clashes {
			one.InTheWay = append(one.InTheWay, apiTaken{c.Start.UTC(), c.End.UTC()})
		}
		out.add(one)
	}
	return &struct{ Body apiFileReport }{out}, nil
}

func (a *App) apiImportWishes(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Format        string `query:"format" enum:"xlsx,csv" required:"true"`
	Dry           bool   `query:"dry"`
	RawBody       []byte `contentType:"application/octet-stream"`
}) (*struct{ Body apiFileReport }, error) {
	b, err := a.seasonCentre(ctx, in.Authorization)
	if err != nil {
		return nil, err
	}
	report, err := a.Season.TakeList(ctx, b.centre.ID, "."+in.Format, in.RawBody, !in.Dry, b.by, going(ctx))
	if err != nil {
		return nil, a.fieldError(err)
	}
	out, words := apiFileReport{Dry: in.Dry, Counts: map[string]int{}, Lines: []apiFileLine{}}, a.Texts.For("en")
	for _, l := range report.Lines {
		one := apiFileLine{Row: l.Line, Column: l.Column, Of: l.Who, Outcome: l.What}
		if l.What == season.RowNone {
			one.Outcome = "not_taken"
		}
		if l.Reason != "" {
			one.Reason = words.T(l.Reason, l.Args...)
		}
		out.add(one)
	}
	return &struct{ Body apiFileReport }{out}, nil
}
