package survey

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"

	"github.com/xuri/excelize/v2"

	"kvart/internal/disclosure"
	"kvart/internal/platform/db"
	"kvart/internal/platform/export"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/internal/xlsform"
)

// outcome is what a page of totals shows.
type outcome struct {
	Survey
	*web.Form
	Versions  []Version
	Threshold int
	Desk      bool
	AtLeast   int
	Crossed   *crossing
}

// crossing is a table of two questions.
type crossing struct {
	Number       int
	A, B         *xlsform.Question
	Table        disclosure.Table
	RowNames     []string
	ColumnsNames []string
}

func (p *Pages) totals(r *web.Request, v Survey) (o outcome, err error) {
	o = outcome{Survey: v, Form: web.NewForm()}
	if o.Versions, err = p.Store.Versions(r.Context(), p.DB, v.ID); err != nil {
		return o, err
	}
	o.Versions = slices.DeleteFunc(o.Versions, func(x Version) bool { return x.Totals == nil })
	n, err := p.Network.Network(r.Context(), p.DB)
	o.Threshold = max(n.Disclosure, disclosure.Least)
	return o, err
}

// results are the totals as anybody may see them, once the centre shows them.
func (p *Pages) results(w http.ResponseWriter, r *web.Request) error {
	v, _, err := p.public(r)
	if err != nil {
		return err
	}
	if v.State != Closed || !bool(v.Shown) {
		return fault.NotFound("fault.not_found")
	}
	o, err := p.totals(r, v)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, resultsPage(r, o))
}

func (p *Pages) deskResults(w http.ResponseWriter, r *web.Request) error {
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	o, err := p.totals(r, v)
	if err != nil {
		return err
	}
	o.Desk = true
	count, err := p.Count(r.Context(), p.DB, v.ID)
	if err != nil {
		return err
	}
	o.AtLeast = disclosure.AtLeast(count, o.Threshold)
	q := r.URL.Query()
	o.Form = web.NewForm("a", q.Get("a"), "b", q.Get("b"), "n", q.Get("n"), "format", "xlsx")
	if q.Get("a") != "" && v.State == Closed {
		if err := p.cross(r, &o); err != nil && !o.Form.Failed(err) {
			return err
		}
	}
	return r.HTML(w, http.StatusOK, resultsPage(r, o))
}

func (p *Pages) cross(r *web.Request, o *outcome) error {
	x, err := o.version(o.Form.Get("n"))
	if err != nil {
		return err
	}
	if o.Form.Get("a") == o.Form.Get("b") {
		var f fault.Form
		f.Add("b", "survey.fault.same")
		return f.Err()
	}
	c := crossing{Number: x.Number, A: x.Form.Question(o.Form.Get("a")), B: x.Form.Question(o.Form.Get("b"))}
	if c.Table, err = p.Cross(r.Context(), p.DB, o.Survey, x, o.Form.Get("a"), o.Form.Get("b")); err != nil {
		return err
	}
	name := func(q *xlsform.Question, line []int) string {
		s := ""
		for i, n := range line {
			if i > 0 {
				s += ", "
			}
			if n < len(q.Choices) {
				s += q.Choices[n].Label.In(string(r.Lang()), x.Form.Languages...)
			} else {
				s += r.T("survey.results.blank")
			}
		}
		return s
	}
	for _, line := range c.Table.Rows {
		c.RowNames = append(c.RowNames, name(c.A, line))
	}
	for _, line := range c.Table.Columns {
		c.ColumnsNames = append(c.ColumnsNames, name(c.B, line))
	}
	o.Crossed = &c
	return nil
}

// version is the one of the number, or the newest where none is named.
func (o outcome) version(number string) (Version, error) {
	n, _ := strconv.Atoi(number)
	for _, x := range o.Versions {
		if x.Number == n || number == "" {
			return x, nil
		}
	}
	return Version{}, fault.NotFound("fault.not_found")
}

// wrote is what people wrote to one question.
type wrote struct {
	Number   int
	Question *xlsform.Question
	Words    []string
}

// words are what people wrote, for the centre's own team to sort into themes: after closing, of versions with as many answers as
// the threshold, each by itself and in an order that tells nothing.
func (p *Pages) words(w http.ResponseWriter, r *web.Request) error {
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	if err := OwnTeam(r); err != nil {
		return err
	}
	o, err := p.totals(r, v)
	if err != nil {
		return err
	}
	all, err := p.Words(r.Context(), p.DB, v.ID)
	if err != nil {
		return err
	}
	var list []wrote
	for _, x := range o.Versions {
		if !x.Totals.N.Shown {
			continue
		}
		for i := range x.Form.Questions {
			q := &x.Form.Questions[i]
			one := wrote{Number: x.Number, Question: q}
			for _, y := range all {
				if y.Number == x.Number && y.Question == q.Name {
					one.Words = append(one.Words, y.Words)
				}
			}
			if len(one.Words) > 0 {
				list = append(list, one)
			}
		}
	}
	return r.HTML(w, http.StatusOK, wordsPage(r, o, list))
}

// export gives the centre's own team the rows of a closed survey: in a random order, without marked answers, which are in totals
// only, without words, which are in no row, and with a star for every answer that the totals keep back. Under the threshold there
// is nothing to give.
func (p *Pages) export(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v, err := p.kept(r)
	if err != nil {
		return err
	}
	if err := OwnTeam(r); err != nil {
		return err
	}
	if v.State != Closed || bool(v.Gone) {
		return fault.Conflict("survey.fault.nothing_to_give")
	}
	o, err := p.totals(r, v)
	if err != nil {
		return err
	}
	x, err := o.version(f.Get("n"))
	if err != nil {
		return err
	}
	if !x.Totals.N.Shown {
		return fault.Conflict("survey.fault.under", "n", o.Threshold)
	}
	rows, err := p.Answers(r.Context(), p.DB, v.ID, x.Number)
	if err != nil {
		return err
	}
	if err := p.DB.Tx(r.Context(), func(tx *db.Tx) error { return p.note(r.Context(), tx, v, "survey.export", r.Viewer.Account.ID) }); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	table := rowsOf(x, rows, o.Threshold)
	if f.Get("format") == "csv" {
		h.Set("Content-Type", "text/csv; charset=utf-8")
		h.Set("Content-Disposition", `attachment; filename="answers.csv"`)
		return writeCSV(w, table, r.Lang())
	}
	guide := append(x.Form.Guide(string(r.Lang())), []string{star, "", r.T("survey.export.star", "n", o.Threshold), ""})
	body, err := book(table, guide)
	if err != nil {
		return err
	}
	h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	h.Set("Content-Disposition", `attachment; filename="answers.xlsx"`)
	_, err = w.Write(body)
	return err
}

func writeCSV(w http.ResponseWriter, table [][]string, l i18n.Lang) error {
	if _, err := w.Write([]byte("\ufeff")); err != nil { // so that a spreadsheet knows it is UTF-8
		return err
	}
	c := csv.NewWriter(w)
	if l != i18n.EN {
		c.Comma = ';' // as a Croatian or Norwegian spreadsheet reads it
	}
	c.UseCRLF = true
	for _, line := range table {
		safe := make([]string, len(line))
		for i, s := range line {
			safe[i] = export.NoFormula(s)
		}
		if err := c.Write(safe); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// book is the workbook of a table and the guide to its columns. All cells are text, so that none is a formula.
func book(table, guide [][]string) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", "answers"); err != nil {
		return nil, err
	}
	if _, err := f.NewSheet("guide"); err != nil {
		return nil, err
	}
	for name, lines := range map[string][][]string{"answers": table, "guide": guide} {
		stream, err := f.NewStreamWriter(name)
		if err != nil {
			return nil, err
		}
		for i, line := range lines {
			cells := make([]any, len(line))
			for j, s := range line {
				cells[j] = export.NoFormula(s)
			}
			at, _ := excelize.CoordinatesToCellName(1, i+1)
			if err := stream.SetRow(at, cells); err != nil {
				return nil, err
			}
		}
		if err := stream.Flush(); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	err := f.Write(&b)
	return b.Bytes(), err
}
