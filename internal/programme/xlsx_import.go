package programme

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// MaxImport is the most bytes of a file to import.
const MaxImport = 4 << 20

// maxRows is the most rows of a sheet that are read.
const maxRows = 5000

// columns are the names of the columns of a sheet, in the three languages, as network.Slug folds them.
var columns = map[string][]string{
	"title":    {"title", "naslov", "aktivnost", "tittel"},
	"date":     {"date", "datum", "dato"},
	"from":     {"from", "od", "pocetak", "fra"},
	"to":       {"to", "do", "zavrsetak", "til"},
	"space":    {"space", "room", "prostor", "lokale"},
	"kind":     {"kind", "vrsta", "type", "prijava"},
	"capacity": {"capacity", "places", "mjesta", "broj-mjesta", "plasser"},
	"for":      {"for", "za-koga", "for-whom", "for-hvem"},
}

var kindWords = map[string]string{"": Open, "open": Open, "otvoreno": Open, "bez-prijave": Open, "apen": Open, "places": Places, "s-prijavom": Places, "mjesta": Places,
	"med-pamelding": Places, "group": Fixed, "stalna-skupina": Fixed, "skupina": Fixed, "fast-gruppe": Fixed}

// PlanXLSX says what taking the sheet into the centre's programme would do. Nothing is changed. Progress may
// be nil; it ends the look by returning true.
func (s *Store) PlanXLSX(ctx context.Context, centreID string, data []byte, progress func(done, total int) (stop bool)) (Report, error) {
	items, report, err := s.readXLSX(ctx, centreID, data)
	if err != nil {
		return report, err
	}
	return s.plan(ctx, centreID, items, report, progress)
}

// ImportXLSX takes the rows of the workbook's first sheet into the centre's programme: a session a row, an activity a
// title. A row with a fault is not taken, and the report says where. The same file twice changes nothing. Progress may
// be nil; it ends the import by returning true.
func (s *Store) ImportXLSX(ctx context.Context, centreID string, data []byte, by string, progress func(done, total int) (stop bool)) (Report, error) {
	items, report, err := s.readXLSX(ctx, centreID, data)
	if err != nil {
		return report, err
	}
	return s.takeAll(ctx, centreID, items, by, report, progress)
}

// sheetRow reads one row, noting its first fault with the column.
type sheetRow struct {
	n      int
	cells  []string
	at     map[string]int
	report *Report
	bad    bool
}

func (r *sheetRow) cell(name string) string {
	if i, ok := r.at[name]; ok && i < len(r.cells) {
		return strings.TrimSpace(r.cells[i])
	}
	return ""
}

func (r *sheetRow) fault(column, key string, args ...any) {
	if r.bad {
		return
	}
	r.bad = true
	letter := ""
	if i, ok := r.at[column]; ok {
		letter, _ = excelize.ColumnNumberToName(i + 1)
	}
	r.report.Lines = append(r.report.Lines, ReportLine{Line: r.n, Column: letter, Title: r.cell("title"), What: TakeNone, Reason: key, Args: args})
}

func (s *Store) readXLSX(ctx context.Context, centreID string, data []byte) ([]imported, Report, error) {
	var report Report
	c, spaces, err := s.importPlace(ctx, centreID)
	if err != nil {
		return nil, report, err
	}
	groups, err := s.Network.Groups(ctx, s.DB)
	if err != nil {
		return nil, report, err
	}
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: 64 << 20, UnzipXMLSizeLimit: 32 << 20, RawCellValue: true})
	if err != nil {
		return nil, report, fault.Invalid("programme.import.no_sheet").Because(err)
	}
	defer book.Close()
	rows, err := book.GetRows(book.GetSheetName(0), excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, report, fault.Invalid("programme.import.no_sheet").Because(err)
	}
	at := map[string]int{}
	if len(rows) > 0 {
		for i, head := range rows[0] {
			for name, words := range columns {
				if slices.Contains(words, network.Slug(head)) {
					at[name] = i
				}
			}
		}
	}
	for _, name := range []string{"title", "date", "from", "to"} {
		if _, ok := at[name]; !ok {
			return nil, report, fault.Invalid("programme.import.columns", "column", name)
		}
	}
	if len(rows) > maxRows {
		return nil, report, fault.Invalid("programme.import.rows", "max", maxRows)
	}
	zone := c.Location()
	var items []imported
	index := map[string]int{}
	for i, cells := range rows[1:] {
		r := &sheetRow{n: i + 2, cells: cells, at: at, report: &report}
		title := r.cell("title")
		if title == "" && strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		if title == "" {
			r.fault("title", "programme.fault.title")
		}
		if len([]rune(title)) > 120 {
			r.fault("title", "fault.too_long", "max", 120)
		}
		day, ok := sheetDate(r.cell("date"), zone)
		if !ok {
			r.fault("date", "programme.import.date")
		}
		start, ok := sheetClock(day, r.cell("from"))
		if !ok {
			r.fault("from", "fault.not_a_time")
		}
		end, ok := sheetClock(day, r.cell("to"))
		if !ok {
			r.fault("to", "fault.not_a_time")
		} else if !end.After(start) {
			r.fault("to", "programme.fault.times")
		}
		a := blank(c.ID)
		if a.Kind, ok = kindWords[network.Slug(r.cell("kind"))]; !ok {
			r.fault("kind", "programme.fault.kind")
		}
		if v := r.cell("capacity"); v != "" {
			n, err := strconv.Atoi(strings.TrimSuffix(v, ".0"))
			if err != nil || n < 1 || n > 10000 {
				r.fault("capacity", "fault.not_a_number", "low", 1, "high", 10000)
			}
			a.Capacity = &n
		}
		codes, ok := groupsNamed(groups, r.cell("for"))
		if !ok {
			r.fault("for", "programme.fault.group")
		}
		kind, spaceID, place := placed(c, spaces, r.cell("space"))
		if r.bad {
			continue
		}
		uid := "xlsx:" + network.Slug(title)
		k, known := index[uid]
		if !known {
			a.Title, a.PlaceKind, a.Place, a.ForGroups, a.SourceUID = i18n.Text{i18n.HR: title}, kind, place, codes, uid
			k = len(items)
			index[uid] = k
			items = append(items, imported{Line: r.n, Activity: a, Rules: true})
		}
		items[k].Dates = append(items[k].Dates, importedDate{Line: r.n, RID: day.Format(time.DateOnly), Date: Date{Start: start, End: end, SpaceID: spaceID}})
	}
	for _, item := range items {
		nameDates(item.Dates)
	}
	return items, report, nil
}

// sheetDate reads a day as a sheet holds it: a serial number, or text such as 2026-11-26 or 26.11.2026.
func sheetDate(s string, zone *time.Location) (time.Time, bool) {
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		t, err := excelize.ExcelDateToTime(n, false)
		if err != nil || t.Year() < 2000 || t.Year() > 2200 {
			return time.Time{}, false
		}
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone), true
	}
	s = strings.TrimSuffix(strings.ReplaceAll(s, " ", ""), ".")
	for _, layout := range []string{time.DateOnly, "2.1.2006", "02.01.2006", "2/1/2006"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil && t.Year() >= 2000 && t.Year() <= 2200 {
			return t, true
		}
	}
	return time.Time{}, false
}

// sheetClock reads an hour as a sheet holds it: a part of a day, or text such as 18:00, 18.00 or 18.
func sheetClock(day time.Time, s string) (time.Time, bool) {
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "h"))
	if n, err := strconv.ParseFloat(s, 64); err == nil && n >= 0 && n < 1 {
		minutes := int(n*24*60 + 0.5)
		return booking.AtClock(day, fmt.Sprintf("%02d:%02d", minutes/60, minutes%60))
	}
	h, m, cut := cutAny(s, ":.")
	if !cut {
		m = "00"
	}
	if len(h) == 1 {
		h = "0" + h
	}
	if len(m) == 1 {
		m += "0"
	}
	return booking.AtClock(day, h+":"+m)
}

// groupsNamed are the codes of the groups written in a cell, by code or name in any language, with commas between.
func groupsNamed(groups []network.Group, words string) (Codes, bool) {
	var codes []string
	for w := range strings.SplitSeq(words, ",") {
		folded := network.Slug(w)
		if folded == "" {
			continue
		}
		i := slices.IndexFunc(groups, func(g network.Group) bool {
			if network.Slug(g.Code) == folded {
				return true
			}
			for _, name := range g.Name {
				if network.Slug(name) == folded {
					return true
				}
			}
			return false
		})
		if i < 0 {
			return "", false
		}
		codes = append(codes, groups[i].Code)
	}
	return CodesOf(codes), true
}
