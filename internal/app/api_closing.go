package app

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/booking"
	"kvart/internal/desk"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/programme"
)

// Days on which a centre does not open: what stands on those that are closed already, and calling a day off, as on the
// desk's pages. What is discreet or confidential is counted, or said to be taken, and never named.
func (a *App) apiClosing(api huma.API) {
	huma.Register(api, withToken("listStanding", http.MethodGet, "/closures/standing", "Sessions and bookings on closed days of the next half year that nobody has moved, called off or left on purpose"), a.apiStanding)
	huma.Register(api, answering(http.StatusNoContent, withToken("leaveStanding", http.MethodPost, "/closures/standing/{id}", "Say that it is meant to stand on that day", 400, 404)), a.apiLeaveStanding)
	huma.Register(api, withToken("lookCannotOpen", http.MethodGet, "/cannot-open", "What calling off a day would touch; nothing is changed"), a.apiLookClosing)
	huma.Register(api, withToken("cannotOpen", http.MethodPost, "/cannot-open", "Call off what is still to come of a day, or move it to another: all or nothing, the day is closed, and everybody who registered is told", 400), a.apiCallOff)
}

type apiStands struct {
	ID       string    `json:"id,omitempty" format:"uuid" doc:"Of the session or the booking; absent of what is discreet or confidential."`
	Kind     string    `json:"kind,omitempty" enum:"session,booking" doc:"As the id."`
	Title    apiTexts  `json:"title,omitempty" doc:"As the id; of a booking as it was written, under hr."`
	Date     string    `json:"date" format:"date" doc:"The closed day: the first that it touches."`
	Reason   apiTexts  `json:"reason,omitempty" doc:"Why the centre is closed."`
	Space    apiTexts  `json:"space,omitempty"`
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
}

func (a *App) apiStanding(ctx context.Context, in *struct {
	Authorization string `header:"Authorization" maxLength:"300"`
}) (*apiList[apiStands], error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, network.EditCentre)
	if err != nil {
		return nil, err
	}
	days, err := a.deskPages().StandingOn(ctx, b.centre, a.Now())
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiStands]{}
	out.Body.Items = []apiStands{}
	for _, d := range days {
		for _, s := range d.Items {
			one := apiStands{Date: s.Date, Reason: texts(d.Closure.Reason), Space: texts(s.Space), StartsAt: time.Unix(s.StartsAt, 0).UTC(), EndsAt: time.Unix(s.EndsAt, 0).UTC()}
			switch {
			case s.Hidden != 0:
			case s.Session:
				one.ID, one.Kind, one.Title = s.ID, "session", texts(s.Title)
			default:
				one.ID, one.Kind, one.Title = s.ID, "booking", apiTexts{"hr": s.Name}
			}
			out.Body.Items = append(out.Body.Items, one)
		}
	}
	return out, nil
}

func (a *App) apiLeaveStanding(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          struct {
		Date string `json:"date" format:"date" doc:"The closed day."`
	}
}) (*struct{}, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, network.EditCentre)
	if err == nil {
		if err = a.deskPages().Leave(ctx, b.centre, in.ID, in.Body.Date, a.Now(), b.by); err != nil {
			err = a.apiError(err)
		}
	}
	return nil, err
}

type apiFallen struct {
	ID         string    `json:"id" format:"uuid"`
	Activity   string    `json:"activity" format:"uuid"`
	Title      apiTexts  `json:"title"`
	StartsAt   time.Time `json:"starts_at"`
	EndsAt     time.Time `json:"ends_at"`
	Registered int       `json:"registered" doc:"Places taken."`
	Fits       *bool     `json:"fits,omitempty" doc:"Where another day is given: whether it can be then, in its room; if not, it is called off."`
}

func fallenOut(l programme.Listed) apiFallen {
	return apiFallen{ID: l.ID, Activity: l.ActivityID, Title: texts(l.Title), StartsAt: l.Start().UTC(), EndsAt: l.End().UTC(), Registered: l.Taken}
}

type apiClosingDay struct {
	Date     string       `json:"date" format:"date"`
	To       string       `json:"to,omitempty" format:"date"`
	Sessions []apiFallen  `json:"sessions" doc:"That would be called off, or moved."`
	Unnamed  int          `json:"unnamed" doc:"How many more there are that are not announced. They are called off or moved too."`
	Bookings []apiBooking `json:"bookings" doc:"Of no session: they would be cancelled."`
	Longer   []apiBooking `json:"longer" doc:"Began before, and stay."`
}

// calledOffOut are the bookings of a day as its pages show them: of what is confidential that the room is taken.
func (a *App) calledOffOut(ctx context.Context, list []booking.CalledOff, who booking.Reader) ([]apiBooking, error) {
	var plain []booking.Booking
	for _, b := range list {
		plain = append(plain, b.Booking)
	}
	return a.apiBookingsOf(ctx, plain, booking.Reader{Sees: func(need auth.Permission, centreID string) bool {
		return need != booking.SeeHidden && who.Sees(need, centreID)
	}})
}

func (a *App) apiLookClosing(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Date          string `query:"date" format:"date" doc:"Absent: today."`
	To            string `query:"to" format:"date" doc:"Move what can be moved to this day."`
}) (*struct{ Body apiClosingDay }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, desk.CloseDay)
	if err != nil {
		return nil, err
	}
	v, err := a.deskPages().Closing(ctx, b.centre, in.Date, in.To, a.Now())
	if err != nil {
		return nil, a.fieldError(err)
	}
	out := apiClosingDay{Date: v.Date.Format(time.DateOnly), Sessions: []apiFallen{}, Unnamed: v.Hidden}
	if v.To != nil {
		out.To = v.To.Format(time.DateOnly)
	}
	for _, s := range v.Sessions {
		one := fallenOut(s.Listed)
		if v.To != nil {
			one.Fits = &s.Fits
		}
		out.Sessions = append(out.Sessions, one)
	}
	if out.Bookings, err = a.calledOffOut(ctx, v.Bookings, b.reader); err != nil {
		return nil, err
	}
	out.Longer, err = a.calledOffOut(ctx, v.Longer, b.reader)
	return &struct{ Body apiClosingDay }{out}, err
}

type apiCalledOff struct {
	Date      string       `json:"date" format:"date"`
	Reason    apiTexts     `json:"reason"`
	CalledOff []apiFallen  `json:"called_off" doc:"Sessions of that day; what is not announced is not among them."`
	Moved     []apiFallen  `json:"moved" doc:"Sessions that were on that day, with when they are now."`
	Cancelled []apiBooking `json:"cancelled" doc:"Bookings of no session."`
	ByMail    int          `json:"told_by_mail" doc:"Registrations that a mail goes out for."`
	ToCall    int          `json:"to_call" doc:"How many have to be called: who, is said at the desk."`
}

func (a *App) apiCallOff(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	Body          struct {
		Date   string   `json:"date" format:"date"`
		To     string   `json:"to,omitempty" format:"date" doc:"Move what can be moved to this day; absent: everything is called off."`
		Reason apiTexts `json:"reason" doc:"By language; hr is needed. Everybody who is told reads it."`
	}
}) (*struct{ Body apiCalledOff }, error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, desk.CloseDay)
	if err != nil {
		return nil, err
	}
	reason, err := textOf("reason", in.Body.Reason)
	if err != nil {
		return nil, err
	}
	pages := a.deskPages()
	v, err := pages.Closing(ctx, b.centre, in.Body.Date, in.Body.To, a.Now())
	if err == nil {
		err = pages.CheckClosing(ctx, v, reason, a.Now())
	}
	if err == nil {
		err = pages.CallOff(ctx, v, reason, a.Now(), b.by)
	}
	if err != nil {
		return nil, a.fieldError(err)
	}
	done, err := pages.Afterwards(ctx, b.centre, v.Date)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := apiCalledOff{Date: v.Date.Format(time.DateOnly), Reason: texts(done.Reason), CalledOff: []apiFallen{}, Moved: []apiFallen{}, ByMail: done.ByMail, ToCall: len(done.Calls)}
	for _, l := range done.Sessions {
		out.CalledOff = append(out.CalledOff, fallenOut(l))
	}
	for _, l := range done.Moved {
		out.Moved = append(out.Moved, fallenOut(l))
	}
	out.Cancelled, err = a.calledOffOut(ctx, done.Bookings, b.reader)
	return &struct{ Body apiCalledOff }{out}, err
}
