package season

import (
	"context"
	"time"

	"github.com/a-h/templ"

	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/upload"
	"kvart/internal/platform/web"
)

// files are the wish lists that a coordinator sends.
func (p *Pages) files() *upload.Files {
	return &upload.Files{DB: p.Store.DB, Now: p.Store.Now, Kind: "wishes", Address: "/desk/season/import", Section: "/desk/season", Title: "season.list.title",
		Endings: []string{".csv", ".xlsx"}, MaxBytes: MaxList, Form: p.listPage, Report: p.listReport,
		Run: func(ctx context.Context, f upload.File, take bool, w upload.Work) (any, error) {
			data, err := f.Bytes()
			if err != nil {
				return nil, err
			}
			return p.Store.TakeList(ctx, f.ScopeID, f.Name, data, take, f.AccountID, w.Step)
		}}
}

// Jobs are the wish lists that were sent, and seasons to be booked.
func (p *Pages) Jobs(run *jobs.Runner) {
	p.files().Jobs(run)
	p.Store.Jobs(run)
}

// mostLines is how many lines of a report the page shows; what needs a look comes first.
const mostLines = 500

func (p *Pages) listReport(r *web.Request, st upload.State) (templ.Component, error) {
	var report Report
	if err := st.Read(&report); err != nil {
		return nil, err
	}
	var first, rest []ReportLine
	for _, l := range report.Lines {
		if l.Reason != "" {
			first = append(first, l)
		} else {
			rest = append(rest, l)
		}
	}
	lines := append(first, rest...)
	return listReportPage(r, p.files(), report, lines[:min(len(lines), mostLines)], st), nil
}

// Tasks are what waits for somebody at the centre: a season whose last day for wishes is over.
func (p *Pages) Tasks(ctx context.Context, centreID string, now time.Time) ([]network.Task, error) {
	c, err := p.Store.Network.Centre(ctx, p.Store.DB, centreID)
	if err != nil || !c.Features.Has(network.FeatureSeason) {
		return nil, err
	}
	one, err := p.Store.OpenOne(ctx, p.Store.DB, centreID)
	if fault.Is(err, fault.KindNotFound) || err == nil && one.TakesWishes(now, c.Location()) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	until, err := time.ParseInLocation(time.DateOnly, one.WishesUntil, c.Location())
	return []network.Task{{Key: "season.count:" + one.ID, Title: "season.task.count", Args: []any{"name", one.Name}, Press: "season.task.look",
		Address: "/desk/season/" + one.ID, Method: "GET", Due: until.AddDate(0, 0, 1), Urgency: network.Soon, Permission: Run}}, err
}
