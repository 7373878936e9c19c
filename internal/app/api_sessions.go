package app

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/programme"
)

// apiOfSessions adds changes of an activity's sessions, of one or of several together. All need a token of one centre.
func (a *App) apiOfSessions(api huma.API) {
	huma.Register(api, conflicting[datesProblem](api, "DatesProblem", "Rooms are taken then, or somebody else changed it meanwhile",
		withToken("moveSessions", http.MethodPost, "/sessions/{id}/move", "Move a session, it and the following of its series, or all to come", 400, 404)), a.apiMoveSessions)
	huma.Register(api, withToken("cancelSessions", http.MethodPost, "/sessions/{id}/cancel", "Cancel a session, it and the following of its series, or all to come", 400, 404), a.apiCancelSessions)
}

type apiChanged struct {
	Body struct {
		Changed int `json:"changed" doc:"How many there were. Where sessions are moved or cancelled, everybody who registered is told once."`
		Outside int `json:"outside,omitempty" doc:"How many of those that moved are now when the centre is not open. They moved all the same."`
	}
}

// sessionOf is a session of the token's centre; a discreet one is NotFound: what it is and where is told in person.
func (a *App) sessionOf(ctx context.Context, b centreToken, id string) (programme.Listed, error) {
	l, _, err := a.Programme.SessionAt(ctx, b.centre.ID, id, false)
	return l, err
}

func (a *App) apiMoveSessions(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          struct {
		APIShift
		Reason apiTexts `json:"reason,omitempty" doc:"By language: hr, en, nb; at most 300 characters in each. Those who are told by mail read it."`
	}
}) (*apiChanged, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	l, err := a.sessionOf(ctx, b, in.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	list, series, err := a.Programme.Series(ctx, a.DB, l.Session)
	if err != nil {
		return nil, a.apiError(err)
	}
	lives := map[string]string{}
	for _, s := range list {
		if s.BookingID != nil {
			lives[s.ID] = *s.BookingID
		}
	}
	var at booking.Occurrence
	for _, o := range series {
		if o.ID == l.ID {
			at = o
		}
	}
	closures, err := a.Network.ClosuresAsked(ctx, a.DB, b.centre.ID, a.Now().In(b.centre.Location()).Format(time.DateOnly))
	if err != nil {
		return nil, a.apiError(err)
	}
	c := programme.SeriesChange{CentreID: b.centre.ID, At: l.ID, Version: l.Version, Scope: booking.ScopeOf(in.Body.Scope), ApartToo: in.Body.MovedToo, Shift: in.Body.shift(at), By: b.by}
	if c.Reason, err = textOf("reason", in.Body.Reason); err != nil {
		return nil, err
	}
	touched := booking.Touched(booking.Within(series, l.ID, c.Scope, a.Now()), l.ID, c.ApartToo)
	if c.Dates, err = in.Body.dates(touched, at, b.centre.Zone, func(id string) string { return lives[id] }, a.Now()); err != nil {
		return nil, a.apiError(err)
	}
	if c.Scope == booking.This {
		err = a.Programme.MoveSession(ctx, b.centre.ID, l.ID, c.Dates[0], l.Version, c.Reason, b.by)
	} else {
		err = a.Booking.Claim(ctx, func(tx *db.Tx) error {
			if err := a.skipTaken(ctx, tx, b.centre.ID, c.Dates, in.Body.SkipTaken); err != nil {
				return err
			}
			return a.Programme.ChangeSeries(ctx, tx, c)
		})
	}
	if err != nil {
		return nil, a.seriesError(ctx, b, err)
	}
	out := &apiChanged{}
	for _, d := range c.Dates {
		if !d.Skip {
			out.Body.Changed++
			if d.SpaceID != "" && b.centre.DoubtAt(d.Start, d.End, closures) != nil {
				out.Body.Outside++
			}
		}
	}
	return out, nil
}

func (a *App) apiCancelSessions(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          struct {
		Scope    string   `json:"scope" enum:"this,following,all"`
		MovedToo bool     `json:"moved_too,omitempty"`
		Reason   apiTexts `json:"reason,omitempty" doc:"By language: hr, en, nb; at most 300 characters in each. Those who are told by mail read it."`
	}
}) (*apiChanged, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	l, err := a.sessionOf(ctx, b, in.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	reason, err := textOf("reason", in.Body.Reason)
	if err != nil {
		return nil, err
	}
	out := &apiChanged{}
	err = a.Booking.Claim(ctx, func(tx *db.Tx) (err error) {
		out.Body.Changed, err = a.Programme.CancelSeries(ctx, tx, b.centre.ID, l.ID, booking.ScopeOf(in.Body.Scope), in.Body.MovedToo, reason, b.by)
		return err
	})
	if err != nil {
		return nil, a.apiError(err)
	}
	return out, nil
}
