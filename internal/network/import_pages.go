package network

import (
	"context"
	_ "embed"

	"github.com/a-h/templ"

	"kvart/internal/platform/jobs"
	"kvart/internal/platform/upload"
	"kvart/internal/platform/web"
)

// smallest is the smallest network there can be, to begin with.
//
//go:embed smallest.yaml
var smallest string

// files are the networks that a lead sends.
func (p *Pages) files() *upload.Files {
	return &upload.Files{DB: p.Store.DB, Now: p.Store.Now, Kind: "network", Address: "/desk/network/import", Section: "/desk/network", Title: "network.import.title",
		Endings: []string{".yaml", ".yml"}, MaxBytes: 1 << 20, Form: p.importPage, Report: p.importReport, Run: p.importFile}
}

// Jobs do what the pages began.
func (p *Pages) Jobs(run *jobs.Runner) {
	p.files().Jobs(run)
	p.closureFiles().Jobs(run)
}

func (p *Pages) importFile(ctx context.Context, f upload.File, take bool, w upload.Work) (any, error) {
	data, err := f.Bytes()
	if err != nil {
		return nil, err
	}
	return Importer{Store: p.Store, Apply: p.Apply, Stop: w.Asked}.Run(ctx, data, !take, f.AccountID)
}

// importReport shows what is wrong in the file, or what would be done, with a button while the file waits, or what was done.
func (p *Pages) importReport(r *web.Request, st upload.State) (templ.Component, error) {
	var report Report
	if err := st.Read(&report); err != nil {
		return nil, err
	}
	return importReportPage(r, p.files(), report, st), nil
}
