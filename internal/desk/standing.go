package desk

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// aheadClosed is how far ahead closed days are looked at: what stands later can wait until then.
const aheadClosed = 180 // days

// Stands is a session, or a booking of no session, that stands on a day on which the centre is closed. Nothing is called
// off because a day was closed: somebody moves it, calls it off, or says that it stays.
type Stands struct {
	ID       string    `db:"id"`
	Session  bool      `db:"session"`
	Date     string    `db:"-"` // the closed local date: the first that it touches
	StartsAt int64     `db:"starts_at"`
	EndsAt   int64     `db:"ends_at"`
	Title    i18n.Text `db:"title"` // of an activity
	Name     string    `db:"name"`  // of a booking
	Hidden   int       `db:"hidden"`
	Space    i18n.Text `db:"space"`
}

func (s Stands) start(c network.Centre) time.Time { return time.Unix(s.StartsAt, 0).In(c.Location()) }
func (s Stands) end(c network.Centre) time.Time   { return time.Unix(s.EndsAt, 0).In(c.Location()) }

// StandingDay is a closed day with what stands on it.
type StandingDay struct {
	Date    time.Time
	Closure network.Closure
	Items   []Stands
}

// StandingOn are the closed days ahead on which something stands that nobody has handled, by date.
func (p *Pages) StandingOn(ctx context.Context, c network.Centre, now time.Time) ([]StandingDay, error) {
	local := now.In(c.Location())
	today := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, c.Location())
	last := today.AddDate(0, 0, aheadClosed)
	closures, err := p.Network.Closures(ctx, p.Network.DB, c.ID, today.Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	var days []StandingDay
	args := db.Args{"c": c.ID, "now": now.Unix()}
	when := ""
	for i, x := range closures {
		from, err := time.ParseInLocation(time.DateOnly, max(x.FromDate, today.Format(time.DateOnly)), c.Location())
		if err != nil {
			return nil, err
		}
		if from.After(last) {
			break
		}
		to := from
		for ; to.Format(time.DateOnly) <= x.ToDate && !to.After(last); to = to.AddDate(0, 0, 1) {
			if !slices.ContainsFunc(days, func(d StandingDay) bool { return d.Date.Equal(to) }) {
				days = append(days, StandingDay{Date: to, Closure: x})
			}
		}
		if when != "" {
			when += " OR "
		}
		f, t := "f"+strconv.Itoa(i), "t"+strconv.Itoa(i)
		when += "(x.starts_at < :" + t + " AND x.ends_at > :" + f + ")"
		args[f], args[t] = from.Unix(), to.Unix()
	}
	if len(days) == 0 {
		return nil, nil
	}
	var items []Stands
	if err := p.Network.DB.Select(ctx, &items, `SELECT x.id, 1 AS session, x.starts_at, x.ends_at, a.title, '' AS name, a.discreet AS hidden, COALESCE(sp.name, '{}') AS space
		FROM sessions x JOIN activities a ON a.id = x.activity_id LEFT JOIN spaces sp ON sp.id = x.space_id
		WHERE x.centre_id = :c AND x.state = 'planned' AND a.state <> 'draft' AND x.ends_at > :now AND (`+when+`)
		UNION ALL SELECT x.id, 0, x.starts_at, x.ends_at, '{}', x.title, x.confidential, sp.name FROM bookings x JOIN spaces sp ON sp.id = x.space_id
		WHERE x.centre_id = :c AND (x.state = 'confirmed' OR (x.state = 'held' AND x.expires_at > :now)) AND x.ends_at > :now
		AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.booking_id = x.id) AND (`+when+`)`, args); err != nil {
		return nil, err
	}
	var left []struct {
		ID   string `db:"item_id"`
		Date string `db:"date"`
	}
	if err := p.Network.DB.Select(ctx, &left, `SELECT item_id, date FROM left_standing WHERE centre_id = :c AND date >= :d`,
		db.Args{"c": c.ID, "d": today.Format(time.DateOnly)}); err != nil {
		return nil, err
	}
	meant := map[[2]string]bool{}
	for _, l := range left {
		meant[[2]string{l.ID, l.Date}] = true
	}
	slices.SortFunc(days, func(a, b StandingDay) int { return a.Date.Compare(b.Date) })
	slices.SortFunc(items, func(a, b Stands) int { return cmp.Or(cmp.Compare(a.StartsAt, b.StartsAt), cmp.Compare(a.ID, b.ID)) })
	for _, one := range items { // each on the first closed day that it touches
		k := slices.IndexFunc(days, func(d StandingDay) bool {
			return one.StartsAt < d.Date.AddDate(0, 0, 1).Unix() && one.EndsAt > d.Date.Unix()
		})
		if k < 0 {
			continue
		}
		if one.Date = days[k].Date.Format(time.DateOnly); !meant[[2]string{one.ID, one.Date}] {
			days[k].Items = append(days[k].Items, one)
		}
	}
	return slices.DeleteFunc(days, func(d StandingDay) bool { return len(d.Items) == 0 }), nil
}

// Standing is how much stands on closed days that nobody has handled.
func (p *Pages) Standing(ctx context.Context, centreID string, now time.Time) (int, error) {
	c, err := p.Network.Centre(ctx, p.Network.DB, centreID)
	if err != nil {
		return 0, err
	}
	days, err := p.StandingOn(ctx, c, now)
	n := 0
	for _, d := range days {
		n += len(d.Items)
	}
	return n, err
}

// StandingTasks are the closed days on which something stands, a task a day.
func (p *Pages) StandingTasks(ctx context.Context, centreID string, now time.Time) ([]network.Task, error) {
	c, err := p.Network.Centre(ctx, p.Network.DB, centreID)
	if err != nil {
		return nil, err
	}
	days, err := p.StandingOn(ctx, c, now)
	if err != nil {
		return nil, err
	}
	var list []network.Task
	for _, d := range days {
		first := d.Items[0].start(c)
		urgency := network.Whenever
		switch until := first.Sub(now); {
		case until < 48*time.Hour:
			urgency = network.Today
		case until < 14*24*time.Hour:
			urgency = network.Soon
		}
		date := d.Date.Format(time.DateOnly)
		list = append(list, network.Task{Key: "desk.standing:" + centreID + ":" + date, Title: "desk.task.standing", Args: []any{"n", len(d.Items), "when", first}, Press: "desk.task.standing.look",
			Address: "/desk/closed#d-" + date, Method: "GET", Due: first, Urgency: urgency, Permission: network.EditCentre})
	}
	return list, nil
}

func (p *Pages) closedStanding(w http.ResponseWriter, r *web.Request) error {
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	days, err := p.StandingOn(r.Context(), c, r.Now)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, standingPage(r, c, days))
}

func (p *Pages) leaveStanding(w http.ResponseWriter, r *web.Request) error {
	c, err := p.centre(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if err := p.Leave(r.Context(), c, f.Get("item"), f.Get("date"), r.Now, r.Viewer.Account.ID); err != nil {
		return err
	}
	r.Flash("desk.standing.left")
	return r.See(w, "/desk/closed")
}

// Leave notes that it is meant so. What does not stand there (any more) is NotFound.
func (p *Pages) Leave(ctx context.Context, c network.Centre, item, date string, now time.Time, by string) error {
	days, err := p.StandingOn(ctx, c, now)
	if err != nil {
		return err
	}
	for _, d := range days {
		for _, one := range d.Items {
			if one.ID != item || one.Date != date {
				continue
			}
			return p.marking(ctx, c.ID, "closed.leave", by, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO left_standing (centre_id, item_id, date) VALUES (:c, :i, :d) ON CONFLICT (item_id, date) DO NOTHING`,
					db.Args{"c": c.ID, "i": one.ID, "d": one.Date})
				return err
			})
		}
	}
	return fault.NotFound("fault.not_found")
}
