package programme

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/pdf"
	"kvart/internal/platform/web"
)

// sheetRows are the numbers of empty rows to choose from.
var sheetRows = []int{0, 10, 15, 20, 30, 40, 60}

// sheetView is the sign-in sheet of a session: a row for a name and a signature or a tick. It has no column for a
// contact, and there is none of a discreet session (PRACTICE). The names of those registered are on it only where
// whoever prints it wants that.
type sheetView struct {
	Centre   network.Centre
	Session  Listed
	Activity Activity
	Names    []string
	Empty    int
	Sample   bool
	Form     *web.Form
}

// Rows are the names, and an empty row for each who may write one.
func (v sheetView) Rows() []string { return append(slices.Clone(v.Names), make([]string, v.Empty)...) }

// Where is the centre and the place there.
func (v sheetView) Where(r *web.Request) string {
	if place := v.Session.Where(r.Printer); place != "" {
		return v.Centre.Name + ", " + place
	}
	return v.Centre.Name
}

func (p *Pages) sheetOf(r *web.Request) (v sheetView, err error) {
	if v.Session, v.Activity, err = p.sessionFor(r, r.PathValue("id"), Register); err != nil {
		return v, err
	}
	if bool(v.Activity.Discreet) {
		return v, fault.NotFound("fault.not_found")
	}
	b, err := p.Network.Basics(r.Context())
	if err != nil {
		return v, err
	}
	v.Sample = bool(b.Network.Demo)
	if v.Centre, err = p.Network.Centre(r.Context(), p.DB, v.Session.CentreID); err != nil {
		return v, err
	}
	q := r.URL.Query()
	v.Empty, v.Form = 15, web.NewForm()
	if s := q.Get("rows"); s != "" {
		if v.Empty, err = strconv.Atoi(s); err != nil || !slices.Contains(sheetRows, v.Empty) {
			return v, fault.NotFound("fault.not_found")
		}
	}
	if q.Get("names") == "" {
		return v, nil
	}
	v.Form.Values.Set("names", "1")
	list, err := p.OfSession(r.Context(), v.Session.CentreID, v.Session.ID)
	if err != nil {
		return v, err
	}
	var guests int
	for _, s := range list {
		if s.State != Confirmed && s.State != Offered {
			continue
		}
		guests += s.Party
		if s.Name != "" {
			v.Names, guests = append(v.Names, s.Name), guests-1
		}
	}
	slices.SortStableFunc(v.Names, r.Names())
	v.Names = append(v.Names, make([]string, guests)...) // those who come with somebody, and those who gave no name
	return v, nil
}

func (p *Pages) sheet(w http.ResponseWriter, r *web.Request) error {
	v, err := p.sheetOf(r)
	if err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, sheetPage(r, v))
}

func (p *Pages) sheetPDF(w http.ResponseWriter, r *web.Request) error {
	v, err := p.sheetOf(r)
	if err != nil {
		return err
	}
	body, err := drawSheet(r, v)
	if err != nil {
		return err
	}
	return pdf.Send(w, r, "popis-"+v.Session.LocalDate, body)
}

// drawSheet draws rows of 12 millimetres, which a hand that shakes can write in.
func drawSheet(r *web.Request, v sheetView) ([]byte, error) {
	const (
		margin, right = 42.0, pdf.Width - 42.0
		row           = 34.0
		name, sign    = margin + 34, right - 190
		bottom        = pdf.Height - 64
	)
	ink, soft, line := pdf.Hex("#1c2b30"), pdf.Hex("#4d5f66"), pdf.Hex("#4d5f66")
	d := pdf.New(pdf.A4, string(r.Lang()), r.T("programme.sheet.title"), printedOn(r.Now, v.Centre.Location()))
	rows := v.Rows()
	pages, y := 0, 0.0
	begin := func() {
		pages++
		d.Page()
		small := pdf.Font{Size: 13, Bold: true, Colour: soft}
		d.Text(margin, 46, v.Centre.Name, small)
		if v.Sample {
			s := r.T("front.poster.sample")
			d.Frame(right-small.Width(s)-12, 31, small.Width(s)+12, 21, 1, ink)
			d.Text(right-small.Width(s)-6, 46, s, pdf.Font{Size: 13, Bold: true, Colour: ink})
		}
		title, lines := pdf.Font{Size: 32, Bold: true, Colour: ink}.Fit(r.Pick(v.Activity.Title), right-margin, 78, 20)
		y = d.Lines(margin, 56, lines, title)
		when := r.DayYear(v.Session.Start()) + ", " + r.Span(v.Session.Start(), v.Session.End())
		font, lines := pdf.Font{Size: 16, Colour: ink}.Fit(when, right-margin, 20, 12)
		y = d.Lines(margin, y, lines, font)
		font, lines = pdf.Font{Size: 14, Colour: soft}.Fit(v.Session.Where(r.Printer), right-margin, 34, 10)
		y = d.Lines(margin, y, lines, font) + 10
		head := pdf.Font{Size: 12, Bold: true, Colour: ink}
		d.Text(margin, y+10, r.T("programme.sheet.number"), head)
		d.Text(name+6, y+10, r.T("programme.sheet.name"), head)
		d.Text(sign+6, y+10, r.T("programme.sheet.sign"), head)
		y += 16
		d.Line(margin, y, right, y, 1.6, ink, false)
		note := pdf.Font{Size: 11, Colour: soft}
		note, lines = note.Fit(r.T("programme.sheet.note"), 300, 28, 8)
		d.Lines(margin, pdf.Height-54, lines, note)
		d.Text(right-190, pdf.Height-44, r.T("programme.sheet.written"), pdf.Font{Size: 11, Colour: soft})
		d.Line(right-120, pdf.Height-42, right, pdf.Height-42, .8, soft, false)
		d.Text(right-20, pdf.Height-22, strconv.Itoa(pages), pdf.Font{Size: 11, Bold: true, Colour: soft})
	}
	whole := func() { // at the foot of a page on which letters are missing
		if d.Gaps() {
			note, lines := pdf.Font{Size: 11, Bold: true, Colour: ink}.Fit(r.T("programme.sheet.gap", "gap", pdf.Gap), right-margin-40, 14, 6)
			d.Lines(margin, pdf.Height-26, lines, note)
		}
	}
	begin()
	for i, s := range rows {
		if y+row > bottom {
			whole()
			begin()
		}
		number := pdf.Font{Size: 12, Colour: soft}
		d.Text(margin+2, y+row-11, fmt.Sprint(i+1), number)
		font, lines := pdf.Font{Size: 18, Colour: ink}.Fit(s, sign-name-12, row-8, 12)
		d.Lines(name+6, y+(row-float64(len(lines))*font.Size*pdf.Lead)/2, lines, font)
		y += row
		d.Line(margin, y, right, y, .7, line, false)
		for _, x := range []float64{name, sign} {
			d.Line(x, y-row, x, y, .7, line, false)
		}
	}
	whole()
	return d.Bytes()
}
