package directory

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/upload"
	"kvart/internal/platform/web"
)

// FilePages are the pages of files in and out at the desk.
type FilePages struct{ *Store }

// mostUpload is how large a file may be that is sent at the desk; a larger one the operator takes (kvart import services).
const mostUpload = 32 << 20

const (
	importAddress = "/desk/services/import"
	exportAddress = "/desk/services/export"
)

// files are the files whose texts are in the language: each language has an address of its own, Croatian the plain one.
func (p *FilePages) files(l i18n.Lang) *upload.Files {
	return &upload.Files{DB: p.DB, Now: p.Now, Kind: uploadKind(l), Address: importIn(l), Section: importAddress, Title: "directory.io.title",
		Endings: []string{".xlsx", ".csv", ".zip", ".json", ".ndjson"}, MaxBytes: mostUpload,
		Form: func(r *web.Request, f *web.Form, recent templ.Component) templ.Component {
			return importPage(r, f, p.files(l), l, recent)
		},
		Report: func(r *web.Request, st upload.State) (templ.Component, error) {
			var report ImportReport
			if err := st.Read(&report); err != nil {
				return nil, err
			}
			return importReportPage(r, p.files(l), report, st), nil
		},
		Run: func(ctx context.Context, f upload.File, take bool, w upload.Work) (any, error) {
			data, err := f.Bytes()
			if err != nil {
				return nil, err
			}
			return Importer{Store: p.Store, Lang: l, By: f.AccountID, Step: w.Step}.Run(ctx, f.Name, data, take)
		}}
}

func uploadKind(l i18n.Lang) string { return "directory " + string(l) }

func uploadKinds() (list []string) {
	for _, l := range i18n.All {
		list = append(list, uploadKind(l))
	}
	return list
}

func importIn(l i18n.Lang) string {
	if l == i18n.HR {
		return importAddress
	}
	return importAddress + "/" + string(l)
}

// guides are what is said of columns of the sheet that do not explain themselves, by the column's name.
var guides = map[string]string{"id": "directory.io.guide.id", "changed": "directory.io.guide.changed", "organisation id": "directory.io.guide.id", "place id": "directory.io.guide.id",
	"organisation kind": "directory.io.guide.kind", "through centre": "directory.io.guide.centre", "consent until": "directory.io.guide.consent", "status": "directory.io.guide.status",
	"groups": "directory.io.guide.groups", "cost": "directory.io.guide.cost", "bring": "directory.io.guide.several", "phone": "directory.io.guide.several", "languages": "directory.io.guide.languages",
	"hours": "directory.io.guide.hours", "hours here": "directory.io.guide.hours", "first visit: name asked": "directory.io.guide.name", "first visit: card asked": "directory.io.guide.card",
	"first visit: with somebody": "directory.io.guide.along", "confirmed": "directory.io.guide.confirmed", "latitude": "directory.io.guide.degrees", "longitude": "directory.io.guide.degrees",
	"step-free": "directory.io.guide.steps"}

func (p *FilePages) exportForm(w http.ResponseWriter, r *web.Request) error {
	return p.exportAgain(w, r, http.StatusOK, web.NewForm("format", "zip", "lang", string(i18n.HR)))
}

func (p *FilePages) exportAgain(w http.ResponseWriter, r *web.Request, status int, f *web.Form) error {
	last, err := p.LastExports(r.Context(), p.DB, 10)
	if err != nil {
		return err
	}
	return r.HTML(w, status, exportPage(r, f, last))
}

// contentTypes of what is downloaded.
var contentTypes = map[string]string{"zip": "application/zip", "ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

func (p *FilePages) download(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	var faults fault.Form
	format := f.Get("format")
	l, ok := i18n.Parse(f.Get("lang"))
	if !slices.Contains(ExportFormats, format) {
		faults.Add("format", "directory.io.format")
	}
	if !ok {
		faults.Add("lang", "directory.fault.lang")
	}
	if err := faults.Err(); err != nil && f.Failed(err) {
		return p.exportAgain(w, r, web.Status(f.Err), f)
	}
	n, err := p.Network.Network(r.Context(), p.DB)
	if err != nil {
		return err
	}
	h := w.Header()
	start := func() {
		h.Set("Content-Type", contentTypes[format])
		h.Set("Content-Disposition", `attachment; filename="`+FileName(n, format, today(p.Now(), n.Zone), l)+`"`)
		h.Set("Cache-Control", "no-store")
	}
	by := r.Viewer.Account.ID
	if format == "zip" || format == "xlsx" { // put together in memory anyhow
		var b bytes.Buffer
		if _, err := p.Export(r.Context(), &b, format, l, by); err != nil {
			return err
		}
		start()
		_, err = w.Write(b.Bytes())
		return err
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(30 * time.Minute)) // a long list on a slow line; the connection knows the machine's own clock
	start()
	if _, err := p.Export(r.Context(), w, format, l, by); err != nil {
		panic(http.ErrAbortHandler) // what was sent already cannot become a page: the download ends broken
	}
	return nil
}

// heading says in a line what came of the file.
func heading(report ImportReport, st upload.State) string {
	switch {
	case report.FaultCount > 0:
		return "directory.io.heading.faults"
	case st.Taken():
		return "directory.io.heading.done"
	case report.Count(Made)+report.Count(Updated) == 0:
		return "directory.io.heading.nothing"
	}
	return "directory.io.heading.plan"
}

// current marks the address that one is at.
func current(is bool) templ.Attributes {
	if is {
		return templ.Attributes{"aria-current": "page"}
	}
	return nil
}

// named is the column's name for who reads in the language; otherwise is the other one.
func (c sheetColumn) named(l i18n.Lang) string {
	if l == i18n.HR {
		return c.HR
	}
	return c.Name
}

func (c sheetColumn) otherwise(l i18n.Lang) string {
	if l == i18n.HR {
		return c.Name
	}
	return c.HR
}

func formatOptions(r *web.Request) []web.Option {
	return []web.Option{
		{Value: "zip", Label: r.T("directory.export.zip"), Hint: r.T("directory.export.zip.hint")},
		{Value: "xlsx", Label: r.T("directory.export.xlsx"), Hint: r.T("directory.export.xlsx.hint")},
		{Value: "csv", Label: r.T("directory.export.csv"), Hint: r.T("directory.export.csv.hint")},
		{Value: "ndjson", Label: r.T("directory.export.ndjson"), Hint: r.T("directory.export.ndjson.hint")},
	}
}

func langOptions(r *web.Request) []web.Option {
	var list []web.Option
	for _, l := range i18n.All {
		list = append(list, web.Option{Value: string(l), Label: r.T("directory.export.lang." + string(l))})
	}
	return list
}
