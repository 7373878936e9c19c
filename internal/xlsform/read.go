package xlsform

import (
	"archive/zip"
	"bytes"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Bounds of a file.
const (
	MaxFile     = 2 << 20  // bytes as it is sent
	maxUnpacked = 24 << 20 // bytes as it is read
	maxParts    = 500
	maxRows     = 5000
	maxColumns  = 100
	maxFaults   = 200 // that are told
)

// The sheets.
const (
	sheetSurvey   = "survey"
	sheetChoices  = "choices"
	sheetSettings = "settings"
)

// refusedSheets mean something in XLSForm that is not in the subset.
var refusedSheets = []string{"entities", "external_choices", "osm"}

// Read reads the form of an .xlsx file whose texts are in the given languages (codes of two letters). It returns the form, or
// every fault it found, the first maxFaults of them; never both.
func Read(data []byte, languages []string) (*Form, []Fault) {
	book, parts, fault := open(data)
	if fault != nil {
		return nil, []Fault{*fault}
	}
	defer book.Close()
	r := &reader{languages: languages, parts: parts, form: &Form{}, lists: map[string][]Choice{}}
	r.read(book)
	if len(r.faults) > maxFaults {
		r.faults = r.faults[:maxFaults]
	}
	if len(r.faults) > 0 {
		return nil, r.faults
	}
	return r.form, nil
}

func whole(code string, args ...any) *Fault { return &Fault{Code: code, Args: args} }

// open opens the workbook, or says why it is none that is read.
func open(data []byte) (book *excelize.File, parts []*zip.File, fault *Fault) {
	switch {
	case len(data) > MaxFile:
		return nil, nil, whole("large", "mb", MaxFile>>20)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return nil, nil, whole("old")
	case !bytes.HasPrefix(data, []byte("PK\x03\x04")):
		if plain(data) {
			return nil, nil, whole("csv")
		}
		return nil, nil, whole("not_xlsx")
	}
	packed, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, nil, whole("broken")
	}
	if parts = packed.File; len(parts) > maxParts {
		return nil, nil, whole("unpacked")
	}
	left, workbook, macro := int64(maxUnpacked), false, false
	for _, part := range parts {
		name := strings.ToLower(part.Name)
		macro = macro || strings.Contains(name, "vbaproject") || strings.Contains(name, "macrosheets/") || strings.HasSuffix(name, ".bin") && strings.Contains(name, "macro")
		workbook = workbook || name == "xl/workbook.xml"
		n, err := unpacked(part, left+1) // what it really is, whatever its head says
		if left -= n; left < 0 {
			return nil, nil, whole("unpacked")
		}
		if err != nil {
			return nil, nil, whole("broken")
		}
		macro = macro || name == "[content_types].xml" && saysMacro(part)
	}
	switch {
	case macro:
		return nil, nil, whole("macro")
	case !workbook:
		return nil, nil, whole("not_xlsx")
	}
	defer func() {
		if recover() != nil { // of the library, at what nobody foresaw
			book, fault = nil, whole("broken")
		}
	}()
	if book, err = excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked, RawCellValue: true}); err != nil {
		return nil, nil, whole("broken")
	}
	return book, parts, nil
}

// plain says whether it is a table as plain text, in whatever letters: UTF-8, UTF-16, or those of one byte that a spreadsheet here
// saves by itself (Windows-1250).
func plain(data []byte) bool {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return true
	}
	return bytes.ContainsAny(data, ",;\t") && !slices.ContainsFunc(data, func(b byte) bool { return b < ' ' && b != '\t' && b != '\n' && b != '\r' })
}

// saysMacro says whether the list of what the parts are names one with macros.
func saysMacro(part *zip.File) (macro bool) {
	in, err := part.Open()
	if err != nil {
		return false
	}
	defer in.Close()
	list, err := io.ReadAll(io.LimitReader(in, maxUnpacked))
	return err == nil && bytes.Contains(bytes.ToLower(list), []byte("macroenabled"))
}

func unpacked(part *zip.File, most int64) (int64, error) {
	in, err := part.Open()
	if err != nil {
		return 0, err
	}
	defer in.Close()
	return io.Copy(io.Discard, io.LimitReader(in, most))
}

type reader struct {
	languages []string
	parts     []*zip.File
	form      *Form
	lists     map[string][]Choice
	faults    []Fault
	usedLang  map[string]bool
}

// table is a sheet that was read.
type table struct {
	name  string // as the file calls it
	rows  [][]string
	heads map[string]column // by field
	texts map[string][]column
}

type column struct {
	at   int
	lang string
}

func letter(at int) string {
	s, _ := excelize.ColumnNumberToName(at + 1)
	return s
}

func (r *reader) add(t *table, row int, at int, code string, args ...any) {
	f := Fault{Row: row, Code: code, Args: args}
	if t != nil {
		f.Sheet = t.name
	}
	if at >= 0 {
		f.Column = letter(at)
	}
	r.faults = append(r.faults, f)
}

// columnsOf are the fields of each sheet; those that carry texts may name a language.
var columnsOf = map[string]struct{ plain, texts []string }{
	sheetSurvey:   {[]string{"type", "name", "relevant", "constraint", "required", "sensitive"}, []string{"label", "hint", "constraint_message"}},
	sheetChoices:  {[]string{"list_name", "name"}, []string{"label"}},
	sheetSettings: {[]string{"form_title", "form_id", "version", "default_language"}, nil},
}

func (r *reader) read(book *excelize.File) {
	defer func() {
		if recover() != nil {
			r.faults = append(r.faults, *whole("broken"))
		}
	}()
	names := map[string]string{}
	for _, n := range book.GetSheetList() {
		folded := strings.ToLower(strings.TrimSpace(n))
		names[folded] = n
		if slices.Contains(refusedSheets, folded) {
			r.faults = append(r.faults, Fault{Sheet: n, Code: "sheet"})
		}
	}
	r.usedLang = map[string]bool{}
	if names[sheetSurvey] == "" {
		r.faults = append(r.faults, *whole("no_sheet", "name", sheetSurvey))
		return
	}
	fallback := ""
	if names[sheetSettings] != "" {
		fallback = r.settings(r.table(book, names[sheetSettings], sheetSettings))
	}
	var choices *table
	if names[sheetChoices] != "" {
		choices = r.table(book, names[sheetChoices], sheetChoices)
		r.choices(choices)
	}
	survey := r.table(book, names[sheetSurvey], sheetSurvey)
	if !r.survey(survey, choices != nil) {
		return
	}
	for _, l := range append([]string{fallback}, r.languages...) {
		if l != "" && r.usedLang[l] && !slices.Contains(r.form.Languages, l) {
			r.form.Languages = append(r.form.Languages, l)
		}
	}
	for _, f := range r.form.Check() {
		f.Sheet = survey.name
		if c, ok := survey.column(f.field); ok {
			f.Column = letter(c.at)
		}
		r.faults = append(r.faults, f)
	}
	slices.SortStableFunc(r.faults, func(a, b Fault) int {
		if a.Sheet != b.Sheet {
			return strings.Compare(b.Sheet, a.Sheet) // survey, settings, choices
		}
		return a.Row - b.Row
	})
}

func (t *table) column(field string) (column, bool) {
	if c, ok := t.heads[field]; ok {
		return c, true
	}
	if list := t.texts[field]; len(list) > 0 {
		return list[0], true
	}
	return column{}, false
}

// table reads a sheet; nil where it cannot be read at all.
func (r *reader) table(book *excelize.File, name, sheet string) *table {
	t := &table{name: name, heads: map[string]column{}, texts: map[string][]column{}}
	rows, err := book.Rows(name)
	if err != nil {
		r.add(t, 0, -1, "broken")
		return nil
	}
	defer rows.Close()
	for rows.Next() {
		if len(t.rows) >= maxRows {
			r.add(t, 0, -1, "rows", "max", maxRows)
			return nil
		}
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			r.add(t, len(t.rows)+1, -1, "broken")
			return nil
		}
		if len(cells) > maxColumns { // the last of them says something, or is a formula that would fill the row with nothing
			r.add(t, len(t.rows)+1, len(cells)-1, "columns", "max", maxColumns)
			return nil
		}
		for i, c := range cells {
			cells[i] = strings.TrimSpace(strings.ReplaceAll(c, "\r\n", "\n"))
			if !utf8.ValidString(c) || strings.ContainsRune(c, 0) {
				r.add(t, len(t.rows)+1, i, "letters")
				return nil
			}
		}
		t.rows = append(t.rows, cells)
	}
	if rows.Error() != nil {
		r.add(t, 0, -1, "broken")
		return nil
	}
	if len(t.rows) == 0 {
		r.add(t, 0, -1, "empty_sheet")
		return nil
	}
	r.hidden(t)
	r.heads(t, sheet)
	return t
}

func (r *reader) heads(t *table, sheet string) {
	known := columnsOf[sheet]
	wide := 0
	for _, row := range t.rows {
		wide = max(wide, len(row))
	}
	for i := range wide {
		head := ""
		if i < len(t.rows[0]) {
			head = t.rows[0][i]
		}
		first := 0 // the first row that says something
		for n, row := range t.rows[1:] {
			if i < len(row) && row[i] != "" {
				first = n + 2
				break
			}
		}
		field, lang, named := strings.Cut(head, "::")
		field = strings.ToLower(strings.TrimSpace(field))
		switch {
		case head == "" && first > 0:
			r.add(t, first, i, "no_head")
		case head == "":
		case !named && slices.Contains(known.plain, field):
			if _, twice := t.heads[field]; twice {
				r.add(t, 1, i, "column_twice", "name", cut(head))
				continue
			}
			t.heads[field] = column{at: i}
		case slices.Contains(known.texts, field):
			code := ""
			if named {
				if code = languageOf(lang); !slices.Contains(r.languages, code) {
					if first > 0 {
						r.add(t, 1, i, "language", "name", cut(head), "languages", strings.Join(r.languages, ", "))
					}
					continue
				}
			}
			if slices.ContainsFunc(t.texts[field], func(c column) bool { return c.lang == code }) {
				r.add(t, 1, i, "column_twice", "name", cut(head))
				continue
			}
			t.texts[field] = append(t.texts[field], column{i, code})
		case first > 0:
			r.add(t, 1, i, "column", "name", cut(head))
		}
	}
}

var inBrackets = regexp.MustCompile(`\(\s*([A-Za-z]{2,3})\s*\)\s*$`)

// languageOf is the code of "Hrvatski (hr)" or of "hr"; "no" is Norwegian as written here.
func languageOf(s string) string {
	s = strings.TrimSpace(s)
	if m := inBrackets.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	if s = strings.ToLower(s); s == "no" {
		return "nb"
	}
	return s
}

func (t *table) cell(row []string, field string) (string, int) {
	c, ok := t.heads[field]
	if !ok {
		return "", -1
	}
	if c.at >= len(row) {
		return "", c.at
	}
	return row[c.at], c.at
}

func (r *reader) label(t *table, row []string, field string) Label {
	var l Label
	for _, c := range t.texts[field] {
		if c.at < len(row) && row[c.at] != "" {
			if l == nil {
				l = Label{}
			}
			l[c.lang] = row[c.at]
			r.usedLang[c.lang] = true
		}
	}
	return l
}

func blank(row []string) bool { return strings.Join(row, "") == "" }

func (r *reader) needs(t *table, fields ...string) bool {
	ok := true
	for _, f := range fields {
		if _, there := t.column(f); !there {
			r.add(t, 1, -1, "no_column", "name", f)
			ok = false
		}
	}
	return ok
}

// settings reads the title, and returns the default language.
func (r *reader) settings(t *table) string {
	if t == nil || len(t.rows) < 2 {
		return ""
	}
	r.form.Title, _ = t.cell(t.rows[1], "form_title")
	if utf8.RuneCountInString(r.form.Title) > 200 {
		_, at := t.cell(t.rows[1], "form_title")
		r.add(t, 2, at, "long", "max", 200)
	}
	for i, row := range t.rows[2:] {
		if !blank(row) {
			r.add(t, i+3, 0, "settings_row")
			break
		}
	}
	lang, at := t.cell(t.rows[1], "default_language")
	if lang == "" || lang == "default" {
		return ""
	}
	if code := languageOf(lang); slices.Contains(r.languages, code) {
		return code
	}
	r.add(t, 2, at, "language", "name", cut(lang), "languages", strings.Join(r.languages, ", "))
	return ""
}

func (r *reader) choices(t *table) {
	if t == nil || !r.needs(t, "list_name", "name", "label") {
		return
	}
	seen := map[string]int{}
	for i, row := range t.rows[1:] {
		n := i + 2
		if blank(row) {
			continue
		}
		list, listAt := t.cell(row, "list_name")
		name, nameAt := t.cell(row, "name")
		c := Choice{Name: strings.TrimSuffix(name, ".0"), Label: r.label(t, row, "label")}
		switch key := list + "\x00" + c.Name; {
		case list == "":
			r.add(t, n, listAt, "no_list_name")
		case c.Name == "":
			r.add(t, n, nameAt, "no_name")
		case !choiceForm.MatchString(c.Name) || len(c.Name) > maxName:
			r.add(t, n, nameAt, "choice_name", "name", cut(c.Name), "max", maxName)
		case seen[key] > 0:
			r.add(t, n, nameAt, "choice_twice", "name", c.Name, "row", seen[key])
		default:
			seen[key] = n
			if c.Label.Empty() {
				at, _ := t.column("label")
				r.add(t, n, at.at, "no_label")
			}
			for _, s := range c.Label {
				if utf8.RuneCountInString(s) > MaxLabel {
					at, _ := t.column("label")
					r.add(t, n, at.at, "long", "max", MaxLabel)
					break
				}
			}
			r.lists[list] = append(r.lists[list], c)
		}
	}
}

// survey reads the questions, and says whether there are columns for them.
func (r *reader) survey(t *table, choices bool) bool {
	if t == nil || !r.needs(t, "type", "name", "label") {
		return false
	}
	var inside []int // the groups that are open, from outside in, counted from 1
	for i, row := range t.rows[1:] {
		n := i + 2
		if blank(row) {
			continue
		}
		kind, typeAt := t.cell(row, "type")
		name, _ := t.cell(row, "name")
		relevant, _ := t.cell(row, "relevant")
		words := strings.Fields(kind)
		if len(words) == 0 {
			r.add(t, n, typeAt, "no_type")
			continue
		}
		in := 0
		if len(inside) > 0 {
			in = inside[len(inside)-1]
		}
		switch strings.ToLower(strings.ReplaceAll(strings.Join(words, " "), "_", " ")) {
		case "begin group":
			if len(inside) >= MaxDepth {
				r.add(t, n, typeAt, "depth", "max", MaxDepth)
			}
			for _, field := range []string{"constraint", "required", "sensitive"} {
				if v, at := t.cell(row, field); v != "" && !no(v) {
					r.add(t, n, at, "group_field", "column", field)
				}
			}
			r.form.Groups = append(r.form.Groups, Group{Name: name, Label: r.label(t, row, "label"), Relevant: relevant, In: in, Row: n})
			inside = append(inside, len(r.form.Groups))
			continue
		case "end group":
			if len(inside) == 0 {
				r.add(t, n, typeAt, "group_end")
				continue
			}
			inside = inside[:len(inside)-1]
			continue
		}
		q := Question{Name: name, Kind: Kind(strings.ToLower(words[0])), Label: r.label(t, row, "label"), Hint: r.label(t, row, "hint"), Relevant: relevant,
			Message: r.label(t, row, "constraint_message"), In: in, Row: n}
		q.Constraint, _ = t.cell(row, "constraint")
		q.Required = r.yes(t, n, row, "required")
		q.Sensitive = r.yes(t, n, row, "sensitive")
		switch {
		case q.Chosen() && len(words) == 2:
			if q.Choices = r.lists[words[1]]; len(q.Choices) == 0 && choices {
				r.add(t, n, typeAt, "list", "name", cut(words[1]))
				q.Choices = []Choice{{Name: "none", Label: Label{"": "–"}}} // said once
			} else if len(q.Choices) == 0 {
				r.add(t, n, typeAt, "no_sheet", "name", sheetChoices)
				q.Choices = []Choice{{Name: "none", Label: Label{"": "–"}}}
			}
		case q.Chosen():
			r.add(t, n, typeAt, "select_words", "type", cut(kind))
			q.Kind, q.Sensitive = Text, false // so that what names it is not a second fault
		case len(words) > 1 || !slices.Contains(Kinds, q.Kind):
			code := "type"
			if slices.Contains(tells, strings.ToLower(words[0])) {
				code = "tells"
			}
			r.add(t, n, typeAt, code, "type", cut(kind))
			q.Kind, q.Sensitive = Text, false
			if q.Label.Empty() {
				q.Label = Label{"": "–"}
			}
		}
		r.form.Questions = append(r.form.Questions, q)
	}
	for _, g := range inside {
		r.add(t, r.form.Groups[g-1].Row, t.heads["type"].at, "group_open", "name", cut(r.form.Groups[g-1].Name))
	}
	return true
}

// tells are types of XLSForm that note when, where or on what device somebody answers.
var tells = []string{"start", "end", "today", "deviceid", "phonenumber", "username", "email", "audit", "geopoint", "geotrace", "geoshape", "start-geopoint", "background-audio", "image", "audio", "video", "subscriberid", "simserial"}

func no(s string) bool {
	s = strings.ToLower(strings.TrimSuffix(s, "()"))
	return s == "" || s == "no" || s == "false" || s == "0"
}

func (r *reader) yes(t *table, n int, row []string, field string) bool {
	v, at := t.cell(row, field)
	if no(v) {
		return false
	}
	if s := strings.ToLower(strings.TrimSuffix(v, "()")); s != "yes" && s != "true" && s != "1" {
		r.add(t, n, at, "yes_no", "value", cut(v))
	}
	return true
}
