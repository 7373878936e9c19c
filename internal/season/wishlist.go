package season

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// MaxList is the most bytes of a wish list, and maxRows the most rows.
const (
	MaxList = 4 << 20
	maxRows = 40_000
)

// listColumns are the names of a wish list's columns in the three languages, as network.Slug folds them.
var listColumns = map[string][]string{
	"organisation": {"organisation", "organization", "organizacija", "udruga", "organisasjon", "forening"},
	"rank":         {"rank", "red", "redoslijed", "rang", "prioritet"},
	"space":        {"space", "room", "prostor", "lokale", "rom"},
	"weekday":      {"weekday", "day", "dan", "ukedag", "dag"},
	"from":         {"from", "od", "pocetak", "fra"},
	"to":           {"to", "do", "zavrsetak", "til"},
	"members":      {"members", "clanovi", "broj-clanova", "clanstvo", "medlemmer"},
	"local":        {"local", "lokalno", "aktivnosti-u-kvartu", "lokal-aktivitet"},
	"volunteers":   {"volunteers", "volonteri", "broj-volontera", "volontiranje", "frivillige"},
}

// weekdayWords are the weekdays in the three languages, folded; three letters are enough.
var weekdayWords = [7][]string{
	{"ponedjeljak", "monday", "mandag"}, {"utorak", "tuesday", "tirsdag"}, {"srijeda", "wednesday", "onsdag"}, {"cetvrtak", "thursday", "torsdag"},
	{"petak", "friday", "fredag"}, {"subota", "saturday", "lordag"}, {"nedjelja", "sunday", "sondag"},
}

var anyWords = []string{"", "any", "bilo-koji", "svejedno", "bilo-koja", "valgfritt", "hvilket-som-helst"}

// What comes of a row.
const (
	RowNew  = "new"
	RowSame = "same"
	RowNone = "none" // not taken: Reason says why
)

// ReportLine is one row of a wish list and what comes of it. A row that is taken may have a reason too: what to look at.
type ReportLine struct {
	Line   int
	Column string // letter; empty where no column is at fault
	Who    string // the organisation, as written
	What   string
	Reason string // message key
	Args   []any
}

// Report is a wish list looked at, or taken.
type Report struct{ Lines []ReportLine }

// Count is how many rows came to this.
func (r Report) Count(what string) (n int) {
	for _, l := range r.Lines {
		if l.What == what {
			n++
		}
	}
	return n
}

// Row is a wish of a list, with what the row says of its organisation.
type Row struct {
	line    int // in Report.Lines
	rank    int
	Wish    Wished
	Amounts map[string]int64 // by criterion
}

// Known is what a wish list is read against.
type Known struct {
	Season        Season
	Spaces        []booking.Space
	Organisations []network.Organisation
}

// sheet are the cells of a CSV file or of the first sheet of a workbook.
func sheet(name string, data []byte) ([][]string, error) {
	wrong := fault.Invalid("season.list.no_sheet")
	if strings.HasSuffix(strings.ToLower(name), ".xlsx") {
		book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: 64 << 20, UnzipXMLSizeLimit: 32 << 20, RawCellValue: true})
		if err != nil {
			return nil, wrong.Because(err)
		}
		defer book.Close()
		rows, err := book.GetRows(book.GetSheetName(0), excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, wrong.Because(err)
		}
		return rows, nil
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return nil, fault.Invalid("season.list.encoding")
	}
	head, _, _ := bytes.Cut(data, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.Comma = -1, ';'
	for _, c := range []byte{',', '\t'} {
		if bytes.Count(head, []byte{c}) > bytes.Count(head, []byte{byte(r.Comma)}) {
			r.Comma = rune(c)
		}
	}
	var rows [][]string
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, wrong.Because(err)
		}
		line, _ := r.FieldPos(0) // empty lines are left out: what is said of a row has the file's own number
		for len(rows) < line-1 && len(rows) <= maxRows {
			rows = append(rows, nil)
		}
		rows = append(rows, row)
	}
}

// ReadList reads a wish list. Rows with a fault are in the report only; the others are in the order of their ranks, an organisation
// after the other. It returns Invalid for a file that is no such list.
func ReadList(name string, data []byte, k Known) (rows []Row, report Report, err error) {
	cells, err := sheet(name, data)
	if err != nil {
		return nil, report, err
	}
	at := map[string]int{}
	if len(cells) > 0 {
		for i, head := range cells[0] {
			for column, words := range listColumns {
				if _, twice := at[column]; !twice && slices.Contains(words, network.Slug(head)) {
					at[column] = i
				}
			}
		}
	}
	for _, column := range []string{"organisation", "weekday", "from", "to"} {
		if _, ok := at[column]; !ok {
			return nil, report, fault.Invalid("season.list.columns", "column", column)
		}
	}
	if len(cells) > maxRows {
		return nil, report, fault.Invalid("season.list.rows", "max", maxRows)
	}
	l := lister{Known: k, at: at, report: &report, index: map[string]string{}, amounts: map[string]map[string]int64{}, own: map[string][]Row{}, spaces: map[string]string{}}
	for _, o := range k.Organisations {
		l.index[network.Slug(o.Name)], l.index[o.Slug] = o.ID, o.ID
	}
	for _, s := range k.Spaces {
		if bool(s.Closed) {
			continue
		}
		l.spaces[s.Slug] = s.ID
		for _, t := range s.Name {
			l.spaces[network.Slug(t)] = s.ID
		}
	}
	for i, row := range cells[1:] {
		if strings.TrimSpace(strings.Join(row, "")) != "" {
			l.row(i+2, row)
		}
	}
	slices.SortStableFunc(l.rows, func(a, b Row) int {
		return cmp.Or(strings.Compare(a.Wish.OrganisationID, b.Wish.OrganisationID), cmp.Compare(a.rank, b.rank))
	})
	return l.rows, report, nil
}

// lister reads rows.
type lister struct {
	Known
	at      map[string]int
	report  *Report
	index   map[string]string // organisations by folded name
	spaces  map[string]string
	amounts map[string]map[string]int64
	own     map[string][]Row // read so far, by organisation
	rows    []Row

	cells []string
	line  *ReportLine
}

func (l *lister) cell(column string) string {
	if i, ok := l.at[column]; ok && i < len(l.cells) {
		return strings.TrimSpace(l.cells[i])
	}
	return ""
}

// say notes the first thing about the row, at its column.
func (l *lister) say(what, column, key string, args ...any) {
	if l.line.What == RowNone || l.line.Reason != "" && what != RowNone {
		return
	}
	l.line.What, l.line.Reason, l.line.Args, l.line.Column = what, key, args, ""
	if i, ok := l.at[column]; ok {
		l.line.Column, _ = excelize.ColumnNumberToName(i + 1)
	}
}

func (l *lister) row(n int, cells []string) {
	l.cells = cells
	who := []rune(l.cell("organisation"))
	l.report.Lines = append(l.report.Lines, ReportLine{Line: n, Who: string(who[:min(len(who), 160)]), What: RowNew})
	l.line = &l.report.Lines[len(l.report.Lines)-1]
	r := Row{line: len(l.report.Lines) - 1, rank: 1 << 30, Amounts: map[string]int64{}}
	w := &r.Wish
	w.SeasonID, w.Source = l.Season.ID, "file"
	var ok bool
	if w.OrganisationID, ok = l.index[network.Slug(l.cell("organisation"))]; !ok {
		l.say(RowNone, "organisation", "season.list.organisation")
	}
	if w.Weekday = weekdayNamed(l.cell("weekday")); w.Weekday == 0 {
		l.say(RowNone, "weekday", "season.list.weekday")
	}
	from, okFrom := clockIn(l.cell("from"))
	to, okTo := clockIn(l.cell("to"))
	switch {
	case !okFrom:
		l.say(RowNone, "from", "fault.not_a_time")
	case !okTo:
		l.say(RowNone, "to", "fault.not_a_time")
	}
	w.Start, w.Minutes = from, to-from
	for word := range strings.FieldsFuncSeq(l.cell("space"), func(x rune) bool { return x == '/' || x == ',' || x == ';' }) {
		name := network.Slug(word)
		if slices.Contains(anyWords, name) {
			continue
		}
		id, ok := l.spaces[name]
		if !ok {
			l.say(RowNone, "space", "season.list.space", "name", strings.TrimSpace(word))
		} else if !slices.Contains(w.Spaces, id) {
			w.Spaces = append(w.Spaces, id)
		}
	}
	if s := l.cell("rank"); s != "" {
		if r.rank, ok = whole(s, 1, 100_000); !ok {
			l.say(RowNone, "rank", "fault.not_a_number", "low", 1, "high", 100_000)
		}
	}
	for _, c := range Criteria {
		s := l.cell(c)
		if s == "" {
			continue
		}
		v, ok := whole(s, 0, 1_000_000)
		if !ok {
			l.say(RowNone, c, "fault.not_a_number", "low", 0, "high", 1_000_000)
			continue
		}
		r.Amounts[c] = int64(v)
	}
	if l.line.What != RowNone {
		if e := fault.Of(w.Check(l.Season, ids(l.Spaces))); e != nil {
			column := map[string]string{"start": "from", "end": "to"}[e.Fields[0].Name]
			l.say(RowNone, cmp.Or(column, e.Fields[0].Name), e.Fields[0].Key, e.Fields[0].Args...)
		}
	}
	if l.line.What == RowNone {
		return
	}
	// What the rows before it said of the same organisation.
	known := l.amounts[w.OrganisationID]
	if known == nil {
		known = map[string]int64{}
		l.amounts[w.OrganisationID] = known
	}
	for _, c := range Criteria {
		v, said := r.Amounts[c]
		if before, twice := known[c]; said && twice && before != v {
			l.say(RowNone, c, "season.list.amount", "before", before)
			return
		}
	}
	first := len(known) == 0
	for c, v := range r.Amounts {
		known[c] = v
	}
	own := l.own[w.OrganisationID]
	for _, x := range own {
		switch {
		case x.Wish.Same(*w):
			l.say(RowSame, "", "season.list.twice", "line", l.report.Lines[x.line].Line)
			return
		case x.Wish.Overlaps(*w):
			l.say(RowNew, "from", "season.list.overlap", "line", l.report.Lines[x.line].Line)
		case x.rank == r.rank && l.cell("rank") != "":
			l.say(RowNew, "rank", "season.list.rank", "line", l.report.Lines[x.line].Line)
		}
	}
	if v, said := r.Amounts["members"]; first && said && v == 0 {
		l.say(RowNew, "members", "season.list.zero")
	}
	if len(own) >= MaxWishes {
		l.say(RowNone, "", "season.fault.many", "max", MaxWishes)
		return
	}
	l.own[w.OrganisationID] = append(own, r)
	l.rows = append(l.rows, r)
}

// whole reads a whole number as a sheet holds it.
func whole(s string, low, high int) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSuffix(s, "."), ".0"))
	return n, err == nil && low <= n && n <= high
}

// weekdayNamed is 1 to 7, or 0 for what is no weekday.
func weekdayNamed(s string) int {
	if n, ok := whole(s, 1, 7); ok {
		return n
	}
	word := network.Slug(s)
	if len(word) < 3 {
		return 0
	}
	for i, names := range weekdayWords {
		for _, name := range names {
			if strings.HasPrefix(name, word) {
				return i + 1
			}
		}
	}
	return 0
}

// clockIn reads a time of day in minutes as a sheet holds it: a part of a day, or text such as 18:00, 18.00, 18 or 18 h.
func clockIn(s string) (int, bool) {
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "h"))
	if n, err := strconv.ParseFloat(s, 64); err == nil && n > 0 && n < 1 && strings.HasPrefix(s, "0.") {
		return int(n*24*60 + 0.5), true
	}
	hours, rest := s, "00"
	if i := strings.IndexAny(s, ":."); i >= 0 {
		hours, rest = s[:i], s[i+1:]
		if len(rest) > 2 && rest[2] == ':' { // 18:00:00
			rest = rest[:2]
		}
	}
	h, okH := whole(hours, 0, 24)
	m, okM := whole(rest, 0, 59)
	if !okH || !okM || len(rest) != 2 || len(hours) > 2 || h == 24 && m > 0 {
		return 0, false
	}
	return h*60 + m, true
}

// OpenOne is the centre's season that is open for wishes. It is NotFound where none is.
func (s *Store) OpenOne(ctx context.Context, q db.Querier, centreID string) (Season, error) {
	var one Season
	err := q.Get(ctx, &one, `SELECT `+columns+` FROM seasons WHERE centre_id = :c AND state = 'open'`, db.Args{"c": centreID})
	return one, err
}

// TakeList looks at a wish list for the centre's open season, or takes it, an organisation a transaction. Rows with a fault are not taken, and
// the report says where. The same list twice changes nothing. step ends the work by returning true.
func (s *Store) TakeList(ctx context.Context, centreID, name string, data []byte, take bool, by string, step func(done, total int) (stop bool)) (Report, error) {
	one, err := s.OpenOne(ctx, s.DB, centreID)
	if fault.Is(err, fault.KindNotFound) {
		return Report{}, fault.Invalid("season.list.none_open")
	}
	if err != nil {
		return Report{}, err
	}
	k := Known{Season: one}
	if k.Spaces, err = s.Spaces(ctx, s.DB, one); err != nil {
		return Report{}, err
	}
	if k.Organisations, err = s.Network.Organisations(ctx, s.DB); err != nil {
		return Report{}, err
	}
	rows, report, err := ReadList(name, data, k)
	if err != nil {
		return report, err
	}
	for done := 0; done < len(rows); {
		organisation := rows[done].Wish.OrganisationID
		end := done
		for end < len(rows) && rows[end].Wish.OrganisationID == organisation {
			end++
		}
		group := rows[done:end]
		own, err := s.Wishes(ctx, s.DB, one.ID, organisation)
		if err != nil {
			return report, err
		}
		var fresh []Wished
		for _, r := range group {
			line := &report.Lines[r.line]
			switch {
			case slices.ContainsFunc(own, r.Wish.Same):
				line.What, line.Reason, line.Column = RowSame, "", ""
			case len(own)+len(fresh) >= MaxWishes:
				line.What, line.Reason, line.Args, line.Column = RowNone, "season.fault.many", []any{"max", MaxWishes}, ""
			default:
				fresh = append(fresh, r.Wish)
			}
		}
		if take {
			if err := s.DB.Tx(ctx, func(tx *db.Tx) error { return s.takeGroup(ctx, tx, one, organisation, group, fresh, by) }); err != nil {
				return report, err
			}
		}
		done = end
		if step(done, len(rows)) {
			left := map[int]bool{} // what was not come to is not in the report
			for _, r := range rows[done:] {
				left[report.Lines[r.line].Line] = true
			}
			report.Lines = slices.DeleteFunc(report.Lines, func(l ReportLine) bool { return left[l.Line] })
			return report, nil
		}
	}
	return report, nil
}

func (s *Store) takeGroup(ctx context.Context, tx *db.Tx, one Season, organisation string, group []Row, fresh []Wished, by string) error {
	if _, err := s.AddWishes(ctx, tx, one, organisation, fresh, by); err != nil {
		return err
	}
	members, err := s.Members(ctx, tx, one.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(members, func(m Member) bool { return m.OrganisationID == organisation })
	if i < 0 {
		return nil
	}
	amounts := slices.Clone(members[i].Amounts)
	for _, r := range group {
		for k, c := range Criteria {
			if v, ok := r.Amounts[c]; ok {
				amounts[k] = v
			}
		}
	}
	return s.SetAmounts(ctx, tx, one, organisation, amounts, by)
}
