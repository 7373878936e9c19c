package booking

import (
	"context"
	"net/http"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// Midnight reads a local date, or today where there is none. It returns NotFound for what is no date.
func Midnight(s string, now time.Time, loc *time.Location) (time.Time, error) {
	if s == "" {
		n := now.In(loc)
		return time.Date(n.Year(), n.Month(), n.Day(), 0, 0, 0, 0, loc), nil
	}
	d, err := time.ParseInLocation(time.DateOnly, s, loc)
	if err != nil || d.Year() < 2000 || d.Year() > 2200 {
		return d, fault.NotFound("fault.not_found")
	}
	return d, nil
}

// Day lays out the centre's rooms on the local day that begins at date, as the reader may see it.
func (p *Pages) Day(ctx context.Context, centreID string, date time.Time, who Reader, now time.Time) (Day, error) {
	return DayAt(ctx, p.Store, centreID, date, who, now)
}

// DayAt is Day for pages of other packages.
func DayAt(ctx context.Context, s *Store, centreID string, date time.Time, who Reader, now time.Time) (Day, error) {
	spaces, err := s.Spaces(ctx, s.DB, centreID)
	if err != nil {
		return Day{}, err
	}
	list, err := s.Between(ctx, s.DB, centreID, Interval{date, date.AddDate(0, 0, 1)})
	if err != nil {
		return Day{}, err
	}
	return DayOf(date, spaces, list, who, now), nil
}

func (p *Pages) rooms(w http.ResponseWriter, r *web.Request) error {
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	date, err := Midnight(r.URL.Query().Get("date"), r.Now, c.Location())
	if err != nil {
		return err
	}
	if r.URL.Query().Get("view") == "week" && r.Viewer.May(OtherDays) {
		return p.week(w, r, c, monday(date))
	}
	if err := today(r, c, date, date.AddDate(0, 0, 1)); err != nil {
		return err
	}
	spaces, err := p.Store.Spaces(r.Context(), p.Store.DB, c.ID)
	if err != nil {
		return err
	}
	list, err := p.Store.Between(r.Context(), p.Store.DB, c.ID, Interval{date, date.AddDate(0, 0, 1)})
	if err != nil {
		return err
	}
	closures, err := p.Network.ClosuresAsked(r.Context(), p.Store.DB, c.ID, date.Format(time.DateOnly))
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, roomsPage(r, c, spaces, DayOf(date, spaces, list, ReaderOf(r), r.Now), closedOn(closures, date)))
}

func (p *Pages) week(w http.ResponseWriter, r *web.Request, c network.Centre, first time.Time) error {
	spaces, err := p.Store.Spaces(r.Context(), p.Store.DB, c.ID)
	if err != nil {
		return err
	}
	list, err := p.Store.Between(r.Context(), p.Store.DB, c.ID, Interval{first, first.AddDate(0, 0, 7)})
	if err != nil {
		return err
	}
	closures, err := p.Network.ClosuresAsked(r.Context(), p.Store.DB, c.ID, first.Format(time.DateOnly))
	if err != nil {
		return err
	}
	only := r.URL.Query().Get("space")
	if k := slices.IndexFunc(spaces, func(s Space) bool { return s.ID == only }); k >= 0 {
		one := spaces[k] // and what takes it through a part
		list = slices.DeleteFunc(list, func(b Booking) bool {
			return b.SpaceID != only && !slices.ContainsFunc(spaces, func(s Space) bool { return s.ID == b.SpaceID && s.Shares(one) })
		})
	} else {
		only = ""
	}
	week := WeekOf(first, spaces, list, ReaderOf(r))
	week.Space = only
	for i := range week.Days {
		week.Days[i].Closed = closedOn(closures, week.Days[i].Date)
	}
	return r.HTML(w, http.StatusOK, weekPage(r, c, week))
}
