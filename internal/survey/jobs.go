package survey

import (
	"context"
	"encoding/json"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/jobs"
)

// Jobs close surveys whose last day is over, delete answers whose day has come, and clean up behind both.
func (p *Pages) Jobs(run *jobs.Runner) {
	run.Every("survey end", time.Hour, p.Ended)
	run.Every("survey forget", 24*time.Hour, p.Forget)
	run.Handle(CompactKind, func(ctx context.Context, _ json.RawMessage) error { return p.DB.Compact(ctx, compacted...) })
}

// Tasks are the closed surveys whose totals nobody shows yet.
func (p *Pages) Tasks(ctx context.Context, centreID string, now time.Time) ([]network.Task, error) {
	list, err := p.Of(ctx, p.DB, centreID)
	if err != nil {
		return nil, err
	}
	var tasks []network.Task
	for _, v := range list {
		if v.State != Closed || bool(v.Shown) || bool(v.Gone) {
			continue
		}
		today, err := p.Today(ctx, p.DB, v)
		if err != nil {
			return nil, err
		}
		due, err := time.ParseInLocation(time.DateOnly, v.ClosesOn, today.Location())
		if err != nil {
			continue
		}
		title, _ := v.Title.In("hr")
		tasks = append(tasks, network.Task{Key: "survey.results:" + v.ID, Title: "survey.task", Args: []any{"what", title}, Press: "survey.task.press",
			Address: surveyPath(v.ID) + "/results", Method: "GET", Due: due, Urgency: network.Soon, Permission: Run})
	}
	return tasks, nil
}
