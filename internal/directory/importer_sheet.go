package directory

import (
	"archive/zip"
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"kvart/internal/network"
)

// mostSheetRows bounds the rows of a workbook that are read.
const mostSheetRows = 200_000

// Bounds of a workbook's parts: what is held in memory, where it takes up to thirty times as much; the texts of its cells; and how
// many times what it is packed a part but a sheet may be.
const (
	mostInMemory = 8 << 20
	mostTexts    = 64 << 20
	bookPacks    = 100
)

// unpackable says whether the workbook's parts unpack to what a workbook may be. Its sheets and the texts of cells may be long; any
// other part that is, and what is packed as no sheet packs, is made to fill the memory: a quarter of a megabyte can take three
// gigabytes.
func unpackable(file string, data []byte, r *ImportReport) bool {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		r.fault(Where{File: file}, "directory.io.no_book")
		return false
	}
	left := uint64(mostUnpacked)
	for _, f := range z.File {
		name, size := strings.ToLower(f.Name), f.UncompressedSize64
		most, times := left, uint64(bookPacks)
		switch {
		case strings.HasPrefix(name, "xl/worksheets/"): // read a row at a time
			times = packs
		case name == "xl/sharedstrings.xml":
			most = min(left, mostTexts)
		case strings.HasSuffix(name, ".xml"):
			most = min(left, mostInMemory)
		}
		if size > most || size > 1<<20 && size > times*max(f.CompressedSize64, 1) {
			r.fault(Where{File: file, Field: path.Base(f.Name)}, "directory.io.zip_large", "mb", mostUnpacked>>20)
			return false
		}
		left -= size
	}
	return true
}

// readBook reads the first sheet of a workbook.
func readBook(file string, data []byte, r *ImportReport) *table {
	if !unpackable(file, data, r) {
		return nil
	}
	// What is larger than the second limit is read from a file of its own, a row at a time.
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: mostUnpacked, UnzipXMLSizeLimit: mostInMemory, RawCellValue: true})
	if err != nil {
		r.fault(Where{File: file}, "directory.io.no_book")
		return nil
	}
	defer book.Close()
	rows, err := book.Rows(book.GetSheetName(0))
	if err != nil {
		r.fault(Where{File: file}, "directory.io.no_book")
		return nil
	}
	defer rows.Close()
	t := &table{File: file}
	for n := 1; rows.Next(); n++ {
		if n > mostSheetRows {
			r.fault(Where{File: file, Row: n}, "directory.io.rows_many", "max", mostSheetRows)
			return nil
		}
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			r.fault(Where{File: file, Row: n}, "directory.io.no_book")
			return nil
		}
		if !t.add(n, cells, r) {
			return nil
		}
	}
	if t.Head == nil {
		r.fault(Where{File: file}, "directory.io.empty")
		return nil
	}
	return t
}

// sheetRow is a row of our own sheet.
type sheetRow struct {
	At    Where
	cells []string
	of    *sheetHead
}

// sheetHead is which column of the file is which of ours.
type sheetHead struct{ at []int } // for each of sheetColumns; -1: not there

// cell is what the row has in a column of ours; had says whether the file has that column.
func (r *sheetRow) cell(n int) (s string, had bool) {
	i := r.of.at[n]
	if i < 0 {
		return "", false
	}
	if i < len(r.cells) {
		s = strings.TrimSpace(r.cells[i])
		if len(s) > 1 && s[0] == '\'' && strings.ContainsRune("=@+-\t\r\n", rune(s[1])) { // so written that no program takes it for a formula
			s = s[1:]
		}
	}
	return s, true
}

// named is the cell in the column of that name.
func (r *sheetRow) named(name string) string {
	s, _ := r.cell(columnNamed(name))
	if strings.HasSuffix(name, "id") {
		s = lowerID(s)
	}
	return s
}

func columnNamed(name string) int {
	return slices.IndexFunc(sheetColumns, func(c sheetColumn) bool { return c.Name == name })
}

// where is the row's place in a column of ours.
func (r *sheetRow) where(n int) Where {
	w := r.At
	if n < 0 {
		return w
	}
	if w.Field = sheetColumns[n].Name; r.of.at[n] >= 0 {
		w.Column = columnName(r.of.at[n])
	}
	return w
}

// readSheet reads our own sheet: one row a service, further rows with the same id (or organisation and name) for further
// places.
func readSheet(t *table, r *ImportReport) *parsed {
	if t == nil {
		return nil
	}
	head := &sheetHead{at: make([]int, len(sheetColumns))}
	for n := range head.at {
		head.at[n] = -1
	}
	for i, h := range t.Head {
		folded := network.Slug(h)
		n := slices.IndexFunc(sheetColumns, func(c sheetColumn) bool {
			return folded == network.Slug(c.Name) || folded == network.Slug(c.HR) || slices.ContainsFunc(c.More, func(s string) bool { return folded == network.Slug(s) })
		})
		at := Where{File: t.File, Row: 1, Column: columnName(i), Field: h}
		switch {
		case folded == "":
		case n < 0:
			r.note(at, "directory.io.note.no_column")
		case head.at[n] >= 0:
			r.fault(at, "directory.io.column_twice")
		default:
			head.at[n] = i
		}
	}
	if head.at[columnNamed("name")] < 0 || head.at[columnNamed("organisation")] < 0 && head.at[columnNamed("organisation id")] < 0 && head.at[columnNamed("id")] < 0 {
		r.fault(Where{File: t.File, Row: 1}, "directory.io.columns")
		return nil
	}
	p := newParsed()
	p.where = func(noun, id string, w Where, field string) Where {
		rows := p.sheetRows(noun, id)
		if len(rows) == 0 {
			w.Field = field
			return w
		}
		of := map[string][]string{"service": {"service", "place"}, "organisation": {"owner"}, "location": {"location"}}[noun]
		for n, c := range sheetColumns {
			if slices.Contains(of, c.Of) && slices.ContainsFunc(c.Fields, func(f string) bool { return field == f || strings.HasPrefix(field, f+".") }) {
				return rows[0].where(n)
			}
		}
		at := rows[0].At
		at.Field = field
		return at
	}
	group := map[string]*serviceRead{}
	for _, row := range t.Rows {
		one := &sheetRow{At: Where{File: t.File, Row: row.N}, cells: row.Cells, of: head}
		name, id := one.named("name"), one.named("id")
		if name == "" {
			r.fault(one.where(columnNamed("name")), "fault.required")
			continue
		}
		key := id
		if key == "" {
			key = strings.Join([]string{one.named("organisation id"), one.named("organisation"), name}, "\x1f")
		}
		first := group[key]
		if first == nil {
			first = &serviceRead{At: one.At, Mod: modifiedOf(one.named("changed"))}
			group[key] = first
			p.Services = append(p.Services, first)
		}
		first.Sheet = append(first.Sheet, one)
		for n, c := range sheetColumns {
			if c.Of != "service" && c.Of != "owner" || len(first.Sheet) == 1 {
				continue
			}
			a, _ := first.Sheet[0].cell(n)
			b, _ := one.cell(n)
			if a != b && b != "" && c.Name != "changed" {
				r.fault(one.where(n), "directory.io.rows_differ", "row", first.Sheet[0].At.Row)
			}
		}
	}
	return p
}

// sheetRows are the rows that tell of an entry.
func (p *parsed) sheetRows(noun, id string) []*sheetRow {
	switch noun {
	case "service":
		if s := p.service[id]; s != nil {
			return s.Sheet
		}
	case "organisation":
		if o := p.owner[id]; o != nil && o.Sheet != nil {
			return []*sheetRow{o.Sheet}
		}
	case "location":
		if l := p.location[id]; l != nil && l.Sheet != nil {
			return []*sheetRow{l.Sheet}
		}
	}
	return nil
}
