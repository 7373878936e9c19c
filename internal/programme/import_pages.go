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

// importFile looks at the file or takes it, by its ending.
func (s *Store) importFile(ctx context.Context, f upload.File, take bool, w upload.Work) (any, error) {
	data, err := f.Bytes()
	if err != nil {
		return nil, err
	}
	sheet := strings.HasSuffix(strings.ToLower(f.Name), ".xlsx")
	switch {
	case sheet && take:
		return s.ImportXLSX(ctx, f.ScopeID, data, f.AccountID, w.Step)
	case sheet:
		return s.PlanXLSX(ctx, f.ScopeID, data, w.Step)
	case take:
		return s.ImportICS(ctx, f.ScopeID, data, f.AccountID, w.Step)
	}
	return s.PlanICS(ctx, f.ScopeID, data, w.Step)
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
