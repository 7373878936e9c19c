package programme

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/upload"
	"kvart/internal/platform/web"
)

// seasons are the earlier seasons that are carried over: looked at first, then made, both by jobs that can be stopped.
func (p *Pages) seasons() *upload.Files {
	return &upload.Files{DB: p.DB, Now: p.Now, Kind: "season", Address: "/desk/programme/copy", Section: "/desk/programme", Title: "series.copy.title",
		Words: "series.copy.", Form: p.copyPage, Report: p.copyReport, Run: p.copySeason}
}

func (p *Pages) copyPage(r *web.Request, f *web.Form, recent templ.Component) templ.Component {
	if f.Get("from") == "" && f.Err == nil || len(f.Values) == 0 { // a year ago, into the weeks that begin soon
		now := r.Now
		f.Values.Set("from", now.AddDate(-1, 0, 0).Format(time.DateOnly))
		f.Values.Set("to", now.AddDate(0, -8, 0).Format(time.DateOnly))
		f.Values.Set("start", now.AddDate(0, 0, 14).Format(time.DateOnly))
	}
	return copyFormPage(r, f, recent)
}

func scopeOf(r *web.Request) upload.Scope {
	return upload.Scope{AccountID: r.Viewer.Account.ID, ScopeID: r.Viewer.ScopeID()}
}

// beginCopy begins to look at the season.
func (p *Pages) beginCopy(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	_, there, err := p.BeginCopy(r.Context(), scopeOf(r), SeasonCopy{From: f.Get("from"), To: f.Get("to"), Start: f.Get("start")})
	if err != nil {
		if f.Failed(err) {
			return p.seasons().Again(w, r, f)
		}
		return err
	}
	return r.See(w, there)
}

// confirmCopy has the drafts made with the choices for the dates that clash.
func (p *Pages) confirmCopy(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	solved := url.Values{}
	for name, values := range f.Values {
		for _, what := range []string{"solve-", "space-", "from-", "to-"} {
			if strings.HasPrefix(name, what) {
				solved[name] = values
			}
		}
	}
	there, err := p.TakeCopy(r.Context(), scopeOf(r), f.Get("file"), solved)
	if fault.Is(err, fault.KindNotFound) {
		f = web.NewForm()
		f.Err = fault.Invalid("series.copy.fault.gone")
		return p.seasons().Again(w, r, f)
	}
	if err != nil && !fault.Is(err, fault.KindConflict) { // somebody was quicker: the page shows it
		return err
	}
	return r.See(w, there)
}

// mostOpen is for how many dates that clash the page shows the choices; the others are left for later.
const mostOpen = 200

// copied is the page of a season that was looked at, or made.
type copied struct {
	own    own
	Report CopyReport
	State  upload.State
	Solve  []solved
}

// solved are the dates of one activity that wait for a choice.
type solved struct {
	Activity CopiedActivity
	booking.Clashing
}

func (p *Pages) copyReport(r *web.Request, st upload.State) (templ.Component, error) {
	o, err := p.own(r.Context(), r)
	if err != nil {
		return nil, err
	}
	v := copied{own: o, State: st}
	if err := st.Read(&v.Report); err != nil {
		return nil, err
	}
	shown := 0
	for _, a := range v.Report.Activities {
		x := solved{Activity: a, Clashing: booking.Clashing{Planner: p.planner(o, nil), Form: web.NewForm(), Later: true}}
		for _, d := range a.Open {
			if err := p.Booking.Named(r.Context(), p.DB, d.Clashes); err != nil {
				return nil, err
			}
			wish := booking.Wish{Key: d.Key, Date: Date{Start: d.Start.In(o.Centre.Location()), End: d.End.In(o.Centre.Location()), SpaceID: d.SpaceID, Clashes: d.Clashes}}
			if d.Closed {
				wish.Closure = &network.Closure{Reason: d.Reason}
			} else if !st.Taken() && shown < mostOpen {
				wanted := booking.Wanted{CentreID: o.Centre.ID, SpaceID: d.SpaceID, Interval: wish.Date.Interval()}
				if wish.Spaces, err = p.Booking.Alternatives(r.Context(), p.DB, wanted); err != nil {
					return nil, err
				}
			}
			x.Form.Values.Set("solve-"+d.Key, "later")
			x.Form.Values.Set("from-"+d.Key, wish.Date.Start.Format("15:04"))
			x.Form.Values.Set("to-"+d.Key, wish.Date.End.Format("15:04"))
			if shown++; shown <= mostOpen {
				x.Open = append(x.Open, wish)
			}
		}
		v.Solve = append(v.Solve, x)
	}
	return copyReportPage(r, v), nil
}

// publishCopy puts all drafts of one copy on the programme.
func (p *Pages) publishCopy(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	n, err := p.Publish(r.Context(), r.Viewer.ScopeID(), "", f.Get("file"), r.Viewer.Account.ID)
	if err != nil {
		return err
	}
	if n > 0 {
		r.Flash("series.copy.published")
	}
	return r.See(w, "/desk/programme")
}

// publish puts one draft on the programme.
func (p *Pages) publish(w http.ResponseWriter, r *web.Request) error {
	a, err := p.Activity(r.Context(), p.DB, r.Viewer.ScopeID(), r.PathValue("id"), r.Viewer.May(SeeDiscreet))
	if err != nil {
		return err
	}
	if _, err := p.Publish(r.Context(), a.CentreID, a.ID, "", r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("series.copy.published_one")
	return r.See(w, "/desk/programme/"+a.ID)
}
