package booking

import (
	"context"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/jobs"
)

// Jobs starts what runs by itself: holds whose time is over are ended. Nobody has to wait for it, as a hold that is
// over stands in nobody's way.
func (s *Store) Jobs(run *jobs.Runner) {
	run.Every("booking holds", 5*time.Minute, func(ctx context.Context) error {
		_, err := s.EndHolds(ctx)
		return err
	})
}

// EndHolds marks the holds whose time is over and returns how many there were.
func (s *Store) EndHolds(ctx context.Context) (n int, err error) {
	err = s.Claim(ctx, func(tx *db.Tx) (err error) {
		n, err = s.end(ctx, tx, "", db.Args{"now": s.Now().Unix()})
		return err
	})
	return n, err
}

// Holds are the centre's bookings that wait for a yes, the one that ends first on top. Those that wait for another's
// word are left out: a request has its own task, and an offer is its receiver's.
func (s *Store) Holds(ctx context.Context, centreID string) ([]Booking, error) {
	var list []Booking
	err := s.DB.Select(ctx, &list, `SELECT `+columns+` FROM bookings b WHERE b.centre_id = :c AND b.state = 'held' AND b.expires_at > :now AND `+ofNobodyElse+`
		ORDER BY b.expires_at, b.id LIMIT 100`, db.Args{"c": centreID, "now": s.Now().Unix()})
	return list, err
}

// Tasks are what waits for somebody at the centre: rooms kept for a while that nobody has said yes to, and holders who do
// not know yet that their booking fell with a day called off.
func (p *Pages) Tasks(ctx context.Context, centreID string, now time.Time) ([]network.Task, error) {
	holds, err := p.Store.Holds(ctx, centreID)
	if err != nil {
		return nil, err
	}
	var list []network.Task
	for _, b := range holds {
		until := time.Unix(*b.ExpiresAt, 0)
		urgency := network.Soon
		if until.Sub(now) < 24*time.Hour {
			urgency = network.Today
		}
		list = append(list, network.Task{Key: "booking.hold:" + b.ID, Title: "booking.task.hold", Args: []any{"when", time.Unix(b.StartsAt, 0)},
			Press: "booking.task.look", Address: "/desk/bookings/" + b.ID, Method: "GET", Due: until, Urgency: urgency, Permission: Book})
	}
	c, err := p.Network.Centre(ctx, p.Store.DB, centreID)
	if err != nil {
		return nil, err
	}
	fallen, err := p.Store.CalledOff(ctx, centreID, Interval{now, now.AddDate(0, 1, 0)})
	if err != nil {
		return nil, err
	}
	for _, b := range fallen {
		if b.ToldAt != nil {
			continue
		}
		start := time.Unix(b.StartsAt, 0).In(c.Location())
		list = append(list, network.Task{Key: "booking.fallen:" + b.ID, Title: "booking.task.fallen", Args: []any{"when", start},
			Press: "booking.task.look", Address: "/desk/cannot-open/done?date=" + start.Format(time.DateOnly), Method: "GET", Due: start, Urgency: network.Today, Permission: Book})
	}
	lost, err := p.Store.Lost(ctx, centreID)
	if err != nil {
		return nil, err
	}
	return append(list, p.lostTasks(lost, c, now)...), nil
}
