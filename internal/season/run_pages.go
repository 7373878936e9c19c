package season

import (
	"net/http"
	"slices"
	"time"

	"kvart/internal/allotment"
	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/web"
)

// run is a season as the desk sees it.
type run struct {
	seen
	Organisations []network.Organisation // to type in wishes for
	Progress      *jobs.Progress
	Outcomes      map[string]int
	Missed        []missed
	MissedMore    int
	Holidays      []missed // booked, on public holidays on which nobody knows whether the centre is open
}

// missed is a date that was not booked, and what is in the way.
type missed struct {
	Date    time.Time
	Slot    allotment.Slot
	Outcome string
	Clashes []booking.Clash
	Why     i18n.Text // the centre is closed
}

const mostMissed = 200

func (p *Pages) deskSeason(w http.ResponseWriter, r *web.Request) error {
	c, one, err := p.one(r)
	if err != nil {
		return err
	}
	v := run{}
	if v.seen, err = p.seen(r, one, c, true); err != nil {
		return err
	}
	if v.Organisations, err = p.Store.Network.Organisations(r.Context(), p.Store.DB); err != nil {
		return err
	}
	names := r.Names()
	slices.SortStableFunc(v.Organisations, func(a, b network.Organisation) int { return names(a.Name, b.Name) })
	if one.State == Published {
		if err := p.booked(r, &v); err != nil {
			return err
		}
		if v.Progress != nil && !v.Progress.Ended() {
			w.Header().Set("Refresh", "2")
		}
	}
	return r.HTML(w, http.StatusOK, deskSeasonPage(r, v))
}

// booked is how far the bookings are.
func (p *Pages) booked(r *web.Request, v *run) error {
	ctx, one := r.Context(), v.Season
	if one.ProgressID != "" {
		progress, err := jobs.GetProgress(ctx, p.Store.DB, one.ProgressID, one.ProgressBy)
		if err == nil {
			v.Progress = &progress
		} else if !fault.Is(err, fault.KindNotFound) {
			return err
		}
	}
	var err error
	if v.Outcomes, err = p.Store.Outcomes(ctx, one.ID); err != nil {
		return err
	}
	list, err := p.Store.NotBooked(ctx, one.ID, mostMissed)
	if err != nil {
		return err
	}
	slots, spaces := map[string]allotment.Slot{}, map[string]string{}
	for _, s := range v.Doc.Template {
		slots[s.ID] = s
	}
	for _, s := range v.Spaces {
		spaces[s.Slug] = s.ID
	}
	closures, err := p.Store.Network.Closures(ctx, p.Store.DB, v.Centre.ID, one.FromDate)
	if err != nil {
		return err
	}
	asked, err := p.Store.OnHolidays(ctx, one, v.Centre, mostMissed)
	if err != nil {
		return err
	}
	for _, d := range asked {
		day, err := time.ParseInLocation(time.DateOnly, d.Date, v.Centre.Location())
		if err != nil {
			return err
		}
		v.Holidays = append(v.Holidays, missed{Date: day, Slot: slots[d.Slot], Outcome: d.Outcome, Why: network.HolidayOn(d.Date).Name})
	}
	for _, d := range list {
		day, err := time.ParseInLocation(time.DateOnly, d.Date, v.Centre.Location())
		if err != nil {
			return err
		}
		m := missed{Date: day, Slot: slots[d.Slot], Outcome: d.Outcome}
		if at := slices.IndexFunc(closures, func(x network.Closure) bool { return x.FromDate <= d.Date && d.Date <= x.ToDate }); at >= 0 && d.Outcome == Closed {
			m.Why = closures[at].Reason
		}
		if d.Outcome == Clashed && spaces[m.Slot.Room] != "" {
			if m.Clashes, err = p.Store.InTheWay(ctx, spaces[m.Slot.Room], day, m.Slot); err != nil {
				return err
			}
		}
		v.Missed = append(v.Missed, m)
	}
	for outcome, n := range v.Outcomes {
		if outcome != Booked {
			v.MissedMore += n
		}
	}
	v.MissedMore -= len(v.Missed)
	return nil
}

// Wishes typed in at the desk.
