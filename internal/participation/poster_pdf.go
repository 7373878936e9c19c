package participation

import (
	"net/http"
	"strings"
	"time"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/pdf"
	"kvart/internal/platform/web"
)

// papers are the sizes of the poster's file by their names in addresses.
var papers = map[string]pdf.Paper{"a3": pdf.A3, "a4": pdf.A4, "a5": pdf.A5, "": pdf.A4}

// posterPDF is the open call as a file to print; its page says the same.
func (p *Pages) posterPDF(w http.ResponseWriter, r *web.Request) error {
	paper, known := papers[r.URL.Query().Get("size")]
	if !known {
		return fault.NotFound("fault.not_found")
	}
	v, err := p.publicCycle(r)
	if err != nil {
		return err
	}
	p.drawing.Lock() // one at a time, so that many who ask at once do not take everybody's memory
	defer p.drawing.Unlock()
	body, err := v.draw(r, paper)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache")
	return pdf.Send(w, r, "poziv", body)
}

// address is the page of the cycle without its language, as the code on paper leads to it.
func (v cycleView) address(r *web.Request) string { return r.Base() + "/needs/" + v.ID }

// shownAddress is the same as people type it.
func (v cycleView) shownAddress(r *web.Request) string {
	_, rest, _ := strings.Cut(v.address(r), "://")
	return rest
}

// until is by when one signs up, or "".
func (v cycleView) until(r *web.Request) string {
	if s, ok := v.Step("invite"); ok {
		return r.T("needs.poster.until", "day", day(r.Printer, s.To))
	}
	return ""
}

// Sizes of the poster, in points of an A4 sheet: its title is read from two metres (pdf.Readable), its call from one.
const (
	posterEdge = 42.0
	posterWide = pdf.Width - 2*posterEdge
	posterFoot = pdf.Height - 152
	callMost   = 26.0
	callLeast  = 8.0
)

var (
	posterInk    = pdf.Hex("#1c2b30")
	posterLine   = pdf.Hex("#ddd6c8")
	posterAccent = pdf.Hex("#a63a18")
	posterSun    = pdf.Hex("#f4b942")
	posterWhite  = pdf.Hex("#ffffff")
)

// draw makes the poster. The same cycle on the same day is the same file.
func (v cycleView) draw(r *web.Request, paper pdf.Paper) ([]byte, error) {
	made, err := time.Parse(time.DateOnly, v.Today)
	if err != nil {
		return nil, err
	}
	code, err := pdf.CodeOf(v.address(r))
	if err != nil {
		return nil, err
	}
	call := lines(r.Pick(v.Call))
	d := pdf.New(paper, string(r.Lang()), r.T("needs.poster"), made)
	d.Page()
	colour := pdf.Colours[(max(v.Centre.Colour, 1)-1)%len(pdf.Colours)]

	heading, lines := pdf.Font{Size: 40, Bold: true, Colour: posterWhite}.Fit(v.Centre.Name, posterWide, 50, 18)
	y := 54 + float64(len(lines))*heading.Size*pdf.Lead
	d.Rect(0, 0, pdf.Width, y+pdf.RoofsHeight, colour)
	d.Text(posterEdge, 34, r.Pick(v.Network), pdf.Font{Size: 13, Bold: true, Colour: posterWhite})
	d.Lines(posterEdge, 42, lines, heading)
	if err := d.Roofs(y, posterWhite); err != nil {
		return nil, err
	}
	if v.Sample {
		tag := pdf.Font{Size: 13, Bold: true, Colour: posterInk}
		wide := tag.Width(r.T("front.poster.sample")) + 16
		d.Rect(pdf.Width-posterEdge-wide, 19, wide, 21, posterSun)
		d.Text(pdf.Width-posterEdge-wide+8, 34, r.T("front.poster.sample"), tag)
	}
	y += pdf.RoofsHeight + 16

	title, lines := pdf.Font{Size: 72, Bold: true, Colour: posterInk}.Fit(r.Pick(v.Title), posterWide, 230, 40)
	y = d.Lines(posterEdge, y, lines, title) + 14
	bottom := posterFoot - 12
	if until := v.until(r); until != "" {
		when, lines := pdf.Font{Size: 34, Bold: true, Colour: posterAccent}.Fit(until, posterWide, 42, 20)
		bottom -= float64(len(lines))*when.Size*pdf.Lead + 10
		d.Lines(posterEdge, bottom+10, lines, when)
	}
	drawCall(d, y, bottom, call)
	if err := v.drawFoot(d, r, code, colour); err != nil {
		return nil, err
	}
	return d.Bytes()
}

// drawCall writes the paragraphs as large as there is room for them, whole.
func drawCall(d *pdf.Doc, y, bottom float64, call []string) {
	for size := callMost; size >= callLeast; size -= .5 {
		font := pdf.Font{Size: size, Colour: posterInk}
		var all [][]string
		height := 0.0
		for _, s := range call {
			lines := font.Wrap(s, posterWide)
			all = append(all, lines)
			height += float64(len(lines))*size*pdf.Lead + size*.4
		}
		if y+height > bottom {
			continue
		}
		for _, lines := range all {
			y = d.Lines(posterEdge, y, lines, font) + size*.4
		}
		return
	}
	font, lines := pdf.Font{Size: callLeast, Colour: posterInk}.Fit(strings.Join(call, " "), posterWide, bottom-y, 6) // too many short lines
	d.Lines(posterEdge, y, lines, font)
}

// drawFoot writes whom to call and where, and the code that leads to the page.
func (v cycleView) drawFoot(d *pdf.Doc, r *web.Request, code pdf.Code, colour pdf.Colour) error {
	const side = 112.0
	y, wide := posterFoot, posterWide-side-20
	d.Line(posterEdge, y+8, posterEdge+posterWide, y+8, 1.2, posterLine, false)
	at := y + 16
	if v.Centre.Phone != "" {
		font, lines := pdf.Font{Size: 32, Bold: true, Colour: posterInk}.Fit(v.Centre.Phone, wide, 38, 20)
		at = d.Lines(posterEdge, at, lines, font)
	}
	if v.Centre.Address != "" {
		font, lines := pdf.Font{Size: 20, Bold: true, Colour: colour}.Fit(v.Centre.Address, wide, 46, 15)
		at = d.Lines(posterEdge, at+2, lines, font)
	}
	font, lines := pdf.Font{Size: 14, Colour: posterInk}.Fit(v.shownAddress(r), wide, 34, 9)
	d.Lines(posterEdge, at+2, lines, font)
	unit := side / float64(code.Side)
	if err := d.Path(code.Path, pdf.Width-posterEdge-side+pdf.Quiet*unit, y+18-pdf.Quiet*unit, unit, posterInk); err != nil {
		return err
	}
	if d.Gaps() {
		note, lines := pdf.Font{Size: 12, Bold: true, Colour: posterInk}.Fit(r.T("front.poster.gap", "gap", pdf.Gap, "address", v.shownAddress(r)), posterWide, 14, 7)
		d.Lines(posterEdge, y-9, lines, note)
	}
	return nil
}
