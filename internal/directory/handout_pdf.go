package directory

import (
	"fmt"
	"time"

	"kvart/internal/platform/pdf"
	"kvart/internal/platform/web"
)

// Type of a hand-out, in points: large print is 16 at the least, which people with low vision ask of what they are handed.
const (
	givenName  = 24.0
	givenCall  = 26.0
	givenText  = 16.0
	givenLeast = 14.0
	givenSide  = 92.0 // of the code
	givenEdge  = 48.0
	givenWide  = pdf.Width - 2*givenEdge
	givenFoot  = pdf.Height - 46
)

var (
	givenInk  = pdf.Hex("#000000")
	givenSoft = pdf.Hex("#333333")
	givenLine = pdf.Hex("#777777")
)

// piece is a line of a hand-out as it is drawn.
type piece struct {
	s     string
	font  pdf.Font
	above float64 // room before it
}

func (x piece) height() float64 { return x.above + x.font.Size*pdf.Lead }

// drawHandout makes the PDF. Every text is whole: a service that is longer than a sheet goes on on the next one. The same
// hand-out on the same day is the same file.
func drawHandout(r *web.Request, v sheet) ([]byte, error) {
	now := v.List[0].Now
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	d := pdf.New(pdf.A4, string(r.Lang()), r.T("directory.find.title"), day)
	heading := pdf.Font{Size: 20, Bold: true, Colour: givenInk}
	y, page := 0.0, 0
	begin := func() {
		if page > 0 {
			handoutFoot(d, r, page)
		}
		d.Page()
		page++
		y = givenEdge
	}
	begin()
	y = d.Lines(givenEdge, y, heading.Wrap(r.T("directory.handout.heading"), givenWide), heading)
	if v.Demo {
		y = d.Lines(givenEdge, y, []string{r.T("directory.handout.sample")}, pdf.Font{Size: givenLeast, Bold: true, Colour: givenInk})
	}
	for i, e := range v.List {
		pieces := e.pieces(r)
		whole := 30.0
		for _, x := range pieces {
			whole += x.height()
		}
		if whole = max(whole, givenSide+30); i > 0 && y+whole > givenFoot && whole < givenFoot-givenEdge || y+givenSide+60 > givenFoot {
			begin() // together on the next sheet where it fits on one
		}
		d.Line(givenEdge, y+12, givenEdge+givenWide, y+12, 1, givenLine, false)
		y += 24
		code := y
		unit := givenSide / float64(e.Code.Side)
		if err := d.Path(e.Code.Path, givenEdge+givenWide-givenSide+pdf.Quiet*unit, code, unit, givenInk); err != nil {
			return nil, err
		}
		first := page
		for _, x := range pieces {
			if y+x.height() > givenFoot {
				begin()
			}
			y = d.Lines(givenEdge, y+x.above, []string{x.s}, x.font)
		}
		if first == page {
			y = max(y, code+givenSide)
		}
	}
	handoutFoot(d, r, page)
	return d.Bytes()
}

// pieces are the lines of the service, each no wider than the sheet beside the code.
func (e handed) pieces(r *web.Request) []piece {
	var list []piece
	wide := givenWide - givenSide - 12
	add := func(s string, above float64, font pdf.Font) {
		for i, line := range font.Wrap(s, wide) {
			if i > 0 {
				above = 0
			}
			list = append(list, piece{line, font, above})
		}
	}
	text, bold := pdf.Font{Size: givenText, Colour: givenInk}, pdf.Font{Size: givenText, Bold: true, Colour: givenInk}
	add(e.Name, 0, pdf.Font{Size: givenName, Bold: true, Colour: givenInk})
	if e.Owner.Name != e.Name {
		add(e.Owner.Name, 2, text)
	}
	if e.Alert != "" {
		add(e.Alert, 4, bold)
	}
	if e.Status == "temporarily closed" {
		add(r.T("directory.find.closed_for_now"), 4, bold)
	}
	for _, x := range e.calls(r) {
		add(x[0], 6, pdf.Font{Size: givenCall, Bold: true, Colour: givenInk})
		if x[1] != "" {
			add(x[1], 0, text)
		}
	}
	for _, part := range []struct {
		label string
		lines []string
	}{
		{"directory.public.where", e.where(r)}, {"directory.public.when", e.hours(r)}, {"directory.public.cost", alone(e.cost(r))},
		{"directory.public.documents", alone(e.bring())}, {"directory.public.first", e.first(r)},
	} {
		if len(part.lines) == 0 {
			continue
		}
		add(r.T(part.label), 8, bold)
		for _, line := range part.lines {
			add(line, 1, text)
		}
	}
	soft := pdf.Font{Size: givenLeast, Colour: givenSoft}
	add(freshWord(r, e.Service, e.Age), 6, soft)
	add(e.Address, 2, soft)
	return list
}

// handoutFoot is the day and the number of the sheet; where something could not be drawn, it says that the page has all.
func handoutFoot(d *pdf.Doc, r *web.Request, page int) {
	soft := pdf.Font{Size: 11, Colour: givenSoft}
	foot := r.T("directory.handout.foot", "date", r.Date(r.Now.In(r.Zone())), "address", r.Base())
	if d.Gaps() {
		foot = r.T("directory.handout.gap", "gap", pdf.Gap)
	}
	font, lines := soft.Fit(foot, givenWide-40, 28, 8)
	d.Lines(givenEdge, givenFoot+8, lines, font)
	d.Text(givenEdge+givenWide-16, givenFoot+8+11, fmt.Sprint(page), soft)
}
