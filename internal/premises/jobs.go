package premises

import (
	"context"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/jobs"
)

// Jobs starts what runs by itself: what was granted and is over is marked so.
func (s *Store) Jobs(run *jobs.Runner) {
	run.Every("premises over", time.Hour, func(ctx context.Context) error {
		_, err := s.Expire(ctx)
		return err
	})
}

// AskOn is the local date from which somebody is to ask after the answer, or "" where none is waited for.
func (r Request) AskOn() string {
	d, ok := date(max(r.SentOn, r.AskedOn))
	if r.State != Sent || !ok {
		return ""
	}
	return d.AddDate(0, 0, r.AnswerDays).Format(time.DateOnly)
}

// Tasks are what waits for somebody at the centre: an answer that does not come, and what is to be renewed.
func (s *Store) Tasks(ctx context.Context, centreID string, now time.Time) ([]network.Task, error) {
	c, err := s.Network.Centre(ctx, s.DB, centreID)
	if err != nil {
		return nil, err
	}
	all, err := s.OfCentre(ctx, s.DB, centreID)
	if err != nil {
		return nil, err
	}
	followed := map[string]bool{} // by a next one; one that the city refused does not have to be made again
	for _, r := range all {
		if r.RenewsID != nil && r.State != Withdrawn {
			followed[*r.RenewsID] = true
		}
	}
	day := today(now, c)
	at := func(date string) time.Time {
		t, _ := time.ParseInLocation(time.DateOnly, date, c.Location())
		return t
	}
	var list []network.Task
	for _, r := range all {
		if on := r.AskOn(); on != "" && on <= day {
			list = append(list, network.Task{Key: "premises.ask:" + r.ID + ":" + on, Title: "premises.task.ask", Args: []any{"what", r.Place}, Press: "premises.task.ask.press",
				Address: "/desk/premises/" + r.ID, Method: "GET", Due: at(on), Urgency: network.Soon, Permission: Edit})
		}
		if r.State == Granted && r.RenewOn <= day && !followed[r.ID] {
			urgency := network.Soon
			if day > r.ValidTo {
				urgency = network.Today
			}
			list = append(list, network.Task{Key: "premises.renew:" + r.ID, Title: "premises.task.renew", Args: []any{"what", r.Place}, Press: "premises.task.renew.press",
				Address: "/desk/premises/" + r.ID + "/again", Method: "POST", Due: at(r.ValidTo), Urgency: urgency, Permission: Edit})
		}
	}
	return list, nil
}
