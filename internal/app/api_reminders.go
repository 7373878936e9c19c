package app

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/jobs"
	"kvart/internal/programme"
)

// Reminding those who come, now: long work, which is begun and looked at, and can be stopped. What is discreet is NotFound.
func (a *App) apiReminders(api huma.API) {
	huma.Register(api, answering(http.StatusAccepted, withToken("remindSession", http.MethodPost, "/sessions/{id}/reminders", "Remind those who have a place; twice reminds twice", 404)), a.apiRemindSession)
	huma.Register(api, answering(http.StatusAccepted, withToken("remindActivity", http.MethodPost, "/activities/{id}/reminders", "Remind each person of their next date of the activity", 404)), a.apiRemindActivity)
	huma.Register(api, withToken("getReminders", http.MethodGet, "/reminders/{id}", "How far the sending is, to the token that began it", 404), a.apiReminding)
	huma.Register(api, withToken("stopReminders", http.MethodDelete, "/reminders/{id}", "Stop it between one person and the next; what was sent is sent", 404), a.apiStopReminding)
}

type apiReminders struct {
	ID     string `json:"id"`
	State  string `json:"state" enum:"running,stopping,done,stopped,failed"`
	Done   int    `json:"done" doc:"People."`
	Total  int    `json:"total"`
	Missed int    `json:"missed" doc:"Who could be told neither by mail nor by SMS, once it has ended."`
}

type apiRemindersOut struct {
	Location string `header:"Location" doc:"Where to look how far it is."`
	Body     apiReminders
}

// reminding is work that the token began.
func (a *App) reminding(ctx context.Context, b centreToken, id string) (*apiRemindersOut, error) {
	p, err := jobs.GetProgress(ctx, a.DB, id, b.by)
	if err == nil && p.Kind != programme.RemindKind {
		err = fault.NotFound("fault.not_found")
	}
	if err != nil {
		return nil, a.apiError(err)
	}
	missed, _ := strconv.Atoi(p.Result)
	return &apiRemindersOut{Location: "/api/v1/reminders/" + p.ID, Body: apiReminders{p.ID, p.State, p.Done, p.Total, missed}}, nil
}

func (a *App) remind(ctx context.Context, b centreToken, activity, session string) (*apiRemindersOut, error) {
	id, err := a.Programme.RemindNow(ctx, b.centre.ID, activity, session, "", b.by, func(string) string { return "" })
	if err != nil {
		return nil, a.fieldError(err)
	}
	return a.reminding(ctx, b, id)
}

func (a *App) apiRemindSession(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*apiRemindersOut, error) {
	b, l, err := a.sessionFor(ctx, in.Authorization, in.ID, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	return a.remind(ctx, b, l.ActivityID, l.ID)
}

func (a *App) apiRemindActivity(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*apiRemindersOut, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	return a.remind(ctx, b, in.ID, "")
}

// apiWork names long work by its address.
type apiWork struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" maxLength:"80"`
}

func (a *App) apiReminding(ctx context.Context, in *apiWork) (*apiRemindersOut, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	return a.reminding(ctx, b, in.ID)
}

func (a *App) apiStopReminding(ctx context.Context, in *apiWork) (*apiRemindersOut, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	if _, err := a.reminding(ctx, b, in.ID); err != nil {
		return nil, err
	}
	if err := jobs.StopProgress(ctx, a.DB, in.ID, b.by); err != nil {
		return nil, a.apiError(err)
	}
	return a.reminding(ctx, b, in.ID)
}
