package programme

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"kvart/internal/platform/upload"
	"kvart/internal/platform/web"
)

// files are the calendars and sheets that a coordinator sends.
func (p *Pages) files() *upload.Files {
	return &upload.Files{DB: p.DB, Now: p.Now, Kind: "programme", Address: "/desk/programme/import", Section: "/desk/programme", Title: "programme.import.title",
		Endings: []string{".ics", ".xlsx"}, MaxBytes: MaxImport, Form: p.importPage, Report: p.importReport, Run: p.importFile}
}

// importFile is TakeFile of one that was sent on the page.
func (s *Store) importFile(ctx context.Context, f upload.File, take bool, w upload.Work) (any, error) {
	data, err := f.Bytes()
	if err != nil {
		return nil, err
	}
	return s.TakeFile(ctx, f.ScopeID, f.Name, data, take, f.AccountID, w.Step)
}

// TakeFile looks at the file or takes it, by its ending. Progress ends the work by returning true.
func (s *Store) TakeFile(ctx context.Context, centreID, name string, data []byte, take bool, by string, progress func(done, total int) (stop bool)) (Report, error) {
	sheet := strings.HasSuffix(strings.ToLower(name), ".xlsx")
	switch {
	case sheet && take:
		return s.ImportXLSX(ctx, centreID, data, by, progress)
	case sheet:
		return s.PlanXLSX(ctx, centreID, data, progress)
	case take:
		return s.ImportICS(ctx, centreID, data, by, progress)
	}
	return s.PlanICS(ctx, centreID, data, progress)
}

// mostLines is how many lines of a report the page shows; what needs a look comes first.
const mostLines = 500

// importReport shows what would be done, with a button while the file waits, or what was done.
func (p *Pages) importReport(r *web.Request, st upload.State) (templ.Component, error) {
	o, err := p.own(r.Context(), r)
	if err != nil {
		return nil, err
	}
	var report Report
	if err := st.Read(&report); err != nil {
		return nil, err
	}
	var first, rest []ReportLine
	for _, l := range report.Lines {
		if l.What == TakeNone || l.Reason != "" {
			first = append(first, l)
		} else {
			rest = append(rest, l)
		}
	}
	lines := append(first, rest...)
	lines = lines[:min(len(lines), mostLines)]
	for _, l := range lines {
		if err := p.Booking.Named(r.Context(), p.DB, l.Clashes); err != nil {
			return nil, err
		}
	}
	return reportPage(r, p.files(), o, report, lines, st), nil
}
