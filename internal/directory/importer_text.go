package directory

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"kvart/internal/platform/fault"
)

// mostCell is the most bytes of one row of a table: more is no row but a file whose quotes are broken.
const mostCell = 1 << 20

// mostRows bounds the rows of a table, and of all tables of a data package: each takes up to a kilobyte of memory, however short
// it is in the file. Tests lower it.
var mostRows = 2_000_000

// textOf is the file's text in UTF-8. Files of spreadsheets come in whatever their program writes: what was converted is
// the message key of a note, empty where nothing was.
func textOf(data []byte) (text []byte, note string, err error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return data[3:], "", nil
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")), len(data) > 3 && data[0] != 0 && data[1] == 0 && data[3] == 0:
		text, err = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(data)
		if err != nil {
			return nil, "", fault.Invalid("directory.io.no_text").Because(err)
		}
		return text, "directory.io.note.utf16", nil
	case bytes.IndexByte(data, 0) >= 0:
		return nil, "", fault.Invalid("directory.io.no_text")
	case utf8.Valid(data):
		return data, "", nil
	}
	text, err = charmap.Windows1250.NewDecoder().Bytes(data)
	if err != nil {
		return nil, "", fault.Invalid("directory.io.no_text").Because(err)
	}
	return text, "directory.io.note.cp1250", nil
}

// delimiterOf is what stands between the cells of the first line, which names the columns; rest is what follows a line
// sep=; that some programs write before it, and skipped how many lines that were.
func delimiterOf(text []byte) (delimiter rune, rest []byte, skipped int) {
	line, after, _ := bytes.Cut(text, []byte("\n"))
	if s := strings.TrimSpace(string(line)); len(s) == 5 && strings.HasPrefix(s, "sep=") {
		return rune(s[4]), after, 1
	}
	count := map[rune]int{}
	quoted := false
	for _, r := range string(line[:min(len(line), 64<<10)]) {
		if r == '"' {
			quoted = !quoted
		} else if !quoted {
			count[r]++
		}
	}
	delimiter = ','
	for _, r := range ";\t" {
		if count[r] > count[delimiter] {
			delimiter = r
		}
	}
	return delimiter, text, 0
}

// table is a sheet with a head: of a CSV file, of a workbook, of the data package.
type table struct {
	File string
	Head []string
	Rows []tableRow
}

// tableRow is one of its rows. N counts from 1 as spreadsheets do; the head is 1.
type tableRow struct {
	N     int
	Cells []string
}

// readTable reads a CSV file, whatever its characters and delimiter; what it found unusual it notes. A row that is too
// long, that has a column too many or whose quotes are broken is a fault with its place; the others are read on.
func readTable(file string, data []byte, r *ImportReport) *table {
	text, note, err := textOf(data)
	if err != nil {
		r.fault(Where{File: file}, fault.Of(err).Key)
		return nil
	}
	if note != "" {
		r.note(Where{File: file}, note)
	}
	delimiter, text, skipped := delimiterOf(text)
	if delimiter != ',' {
		name := "directory.io.delimiter.semicolon"
		if delimiter == '\t' {
			name = "directory.io.delimiter.tab"
		}
		r.note(Where{File: file}, name)
	}
	c := csv.NewReader(bytes.NewReader(text))
	c.Comma, c.FieldsPerRecord, c.ReuseRecord = delimiter, -1, false
	if !validDelimiter(delimiter) {
		c.Comma = ','
	}
	t := &table{File: file}
	for {
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			r.fault(Where{File: file, Row: bad.Line + skipped, Column: "", Field: ""}, "directory.io.quotes", "n", bad.Column)
			return nil // what follows a broken quote cannot be told apart
		}
		if err != nil {
			r.fault(Where{File: file}, "directory.io.no_text")
			return nil
		}
		line, _ := c.FieldPos(0)
		if !t.add(line+skipped, cells, r) {
			return nil
		}
	}
	if t.Head == nil {
		r.fault(Where{File: file}, "directory.io.empty")
		return nil
	}
	return t
}

func validDelimiter(r rune) bool {
	return r != 0 && r != '"' && r != '\r' && r != '\n' && utf8.ValidRune(r) && r != utf8.RuneError
}

// add takes a row; the first that is not empty is the head. It is false where reading on has no sense.
func (t *table) add(n int, cells []string, r *ImportReport) bool {
	size := 0
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	for i := range cells {
		size += len(cells[i])
		if strings.Contains(cells[i], "\x00") {
			cells[i] = strings.ReplaceAll(cells[i], "\x00", "")
		}
	}
	switch {
	case len(cells) == 0:
		return true
	case size > mostCell:
		r.fault(Where{File: t.File, Row: n}, "directory.io.row_large", "kb", mostCell>>10)
		return true
	case t.Head == nil:
		for i, h := range cells {
			cells[i] = strings.TrimSpace(h)
		}
		if len(cells) > 200 {
			r.fault(Where{File: t.File, Row: n}, "directory.io.columns_many")
			return false
		}
		t.Head = cells
		return true
	case len(t.Rows) >= mostRows:
		r.fault(Where{File: t.File, Row: n}, "directory.io.rows_many", "max", mostRows)
		return false
	case len(cells) > len(t.Head):
		r.fault(Where{File: t.File, Row: n, Column: columnName(len(t.Head))}, "directory.io.cell_many", "columns", len(t.Head))
		return true
	}
	t.Rows = append(t.Rows, tableRow{n, cells})
	return true
}

// columnName is the letters over the i-th column, from nought: A … Z, AA …
func columnName(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}
