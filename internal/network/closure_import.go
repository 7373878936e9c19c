package network

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/ical"
	"kvart/internal/platform/upload"
	"kvart/internal/platform/web"
)

// ClosureLine is what an import makes of one line or event of the file.
type ClosureLine struct {
	Line     int
	From, To string // local dates; empty where there are none
	Reason   string // as the file says it
	Did      string // Created, Same, or ClosureNone
	Why      string // message key of why it was not taken
	Args     []any
}

// ClosureNone says that a line was not taken.
const ClosureNone = "none"

// ClosureReport is all of them.
type ClosureReport struct{ Lines []ClosureLine }

// Count is how many lines had this outcome.
func (r ClosureReport) Count(did string) (n int) {
	for _, l := range r.Lines {
		if l.Did == did {
			n++
		}
	}
	return n
}

const mostClosures = 2000 // lines of a file

// ImportClosures takes whole days on which the centre is closed from a calendar or a sheet (.csv: from, to, reason), from
// today on and for two years. Days that are there already, and those past, are left. Without take nothing is changed.
// The same file twice changes nothing.
func (s *Store) ImportClosures(ctx context.Context, centreID, name string, data []byte, take bool, by string) (ClosureReport, error) {
	c, err := s.Centre(ctx, s.DB, centreID)
	if err != nil {
		return ClosureReport{}, err
	}
	now := s.Now().In(c.Location())
	today, last := now.Format(time.DateOnly), now.AddDate(2, 0, 0).Format(time.DateOnly)
	var lines []ClosureLine
	if strings.HasSuffix(strings.ToLower(name), ".csv") {
		lines, err = closuresOfSheet(data)
	} else {
		lines, err = closuresOfCalendar(data, today, last)
	}
	if err != nil {
		return ClosureReport{}, err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.LockCentre(ctx, tx, centreID); err != nil {
			return err
		}
		known, err := s.OwnClosures(ctx, tx, centreID, today)
		if err != nil {
			return err
		}
		for i := range lines {
			l := &lines[i]
			if l.Why != "" {
				l.Did = ClosureNone
				continue
			}
			one := Closure{CentreID: centreID, FromDate: l.From, ToDate: l.To}
			if l.Reason != "" {
				one.Reason = i18n.Text{i18n.HR: l.Reason}
			}
			switch {
			case one.Check() != nil:
				f := fault.Of(one.Check()).Fields[0]
				l.Did, l.Why, l.Args = ClosureNone, f.Key, f.Args
			case l.To < today || l.From > last:
				l.Did, l.Why, l.Args = ClosureNone, "network.closures.import.outside", nil
			case slices.ContainsFunc(known, func(k Closure) bool { return k.FromDate <= l.From && l.To <= k.ToDate }):
				l.Did = Same
			default:
				l.Did = Created
				known = append(known, one)
				if take {
					if err := s.AddClosureTx(ctx, tx, one, by); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	return ClosureReport{lines}, err
}

func closuresOfCalendar(data []byte, first, last string) ([]ClosureLine, error) {
	days, skipped, err := ical.ReadDays(data, first, last)
	if err != nil {
		return nil, err
	}
	var lines []ClosureLine
	for _, d := range days {
		lines = append(lines, ClosureLine{Line: d.Line, From: d.From, To: d.To, Reason: d.Summary})
	}
	for _, x := range skipped {
		lines = append(lines, ClosureLine{Line: x.Line, Reason: x.Summary, Why: x.Reason, Args: x.Args})
	}
	return lines, nil
}

// closuresOfSheet reads lines of a first day, a last one (empty: the same) and a reason, with commas or semicolons between
// them. A first line without a date is the names of the columns.
func closuresOfSheet(data []byte) ([]ClosureLine, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	head, _, _ := bytes.Cut(data, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(data))
	if bytes.Count(head, []byte(";")) > bytes.Count(head, []byte(",")) {
		r.Comma = ';'
	}
	r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = -1, true, true
	var lines []ClosureLine
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || len(lines) == mostClosures {
			return nil, fault.Invalid("network.closures.import.sheet").Because(err)
		}
		for len(row) < 3 {
			row = append(row, "")
		}
		number, _ := r.FieldPos(0)
		l := ClosureLine{Line: number, Reason: strings.TrimSpace(strings.ToValidUTF8(strings.Join(row[2:], ", "), ""))}
		from, ok := sheetDate(row[0])
		to := from
		if strings.TrimSpace(row[1]) != "" {
			var okTo bool
			to, okTo = sheetDate(row[1])
			ok = ok && okTo
		}
		if !ok {
			if len(lines) == 0 && number == 1 && strings.Trim(row[0], "0123456789.- ") != "" {
				continue
			}
			l.Why = "fault.not_a_date"
		}
		l.From, l.To = from, to
		lines = append(lines, l)
	}
	if len(lines) == 0 {
		return nil, fault.Invalid("network.closures.import.sheet")
	}
	return lines, nil
}

// sheetDate reads 2026-12-24 and 24. 12. 2026.
func sheetDate(s string) (string, bool) {
	s = strings.TrimSuffix(strings.ReplaceAll(strings.TrimSpace(s), " ", ""), ".")
	for _, layout := range []string{time.DateOnly, "2.1.2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format(time.DateOnly), true
		}
	}
	return "", false
}

// closureFiles are the closed days that a coordinator sends.
func (p *Pages) closureFiles() *upload.Files {
	return &upload.Files{DB: p.Store.DB, Now: p.Store.Now, Kind: "closures", Address: "/desk/centre/closures/import", Section: "/desk/centre/hours", Title: "network.closures.import.title",
		Endings: []string{".ics", ".csv"}, MaxBytes: 1 << 20, Form: p.closureImportPage, Report: p.closureReport,
		Run: func(ctx context.Context, f upload.File, take bool, w upload.Work) (any, error) {
			data, err := f.Bytes()
			if err != nil {
				return nil, err
			}
			return p.Store.ImportClosures(ctx, f.ScopeID, f.Name, data, take, f.AccountID)
		}}
}

func (p *Pages) closureReport(r *web.Request, st upload.State) (templ.Component, error) {
	var report ClosureReport
	if err := st.Read(&report); err != nil {
		return nil, err
	}
	return closureReportPage(r, p.closureFiles(), report, st), nil
}
