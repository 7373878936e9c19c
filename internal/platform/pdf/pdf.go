// Package pdf makes sheets of paper to hang on a door or to lay on a table: a thin layer over fpdf with one typeface,
// in which text is always whole. It knows nothing of what is printed.
//
// Everything is laid out on A4, in points from the top left corner; A3 is the same sheet larger, A5 smaller. The same
// content made at the same moment is the same file, byte for byte. A file names no person and no program: of the
// metadata only title, language and the moment given are written. It is not tagged for screen readers, so whatever is
// printed is a page as well.
package pdf

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"kvart/assets"
)

// The A4 sheet, in points.
const (
	Width  = 595.28
	Height = 841.89
)

// Paper is a size of sheet, as a part of A4.
type Paper float64

// The papers.
const (
	A3 Paper = math.Sqrt2
	A4 Paper = 1
	A5 Paper = 1 / math.Sqrt2
)

// Colour is red, green and blue.
type Colour struct{ R, G, B uint8 }

// Hex reads "#0f5c63". It panics on anything else: colours are written in the program.
func Hex(s string) Colour {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 16, 32)
	if err != nil || len(s) != 7 {
		panic("pdf: no colour " + s)
	}
	return Colour{uint8(n >> 16), uint8(n >> 8), uint8(n)}
}

// Doc is a document being made.
type Doc struct {
	f *fpdf.Fpdf
	k float64 // from points of A4 to those of the paper

	gaps bool
}

// New begins a document. The title is what a program that shows it calls it, so it must be as neutral as a page's.
func New(paper Paper, lang, title string, made time.Time) *Doc {
	k := float64(paper)
	f := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: Width * k, Ht: Height * k}})
	f.SetAutoPageBreak(false, 0)
	f.SetMargins(0, 0, 0)
	f.SetCatalogSort(true) // the same order every time
	f.SetCreationDate(made.UTC())
	f.SetModificationDate(made.UTC())
	f.SetProducer("", false)
	f.SetTitle(title, true)
	f.SetLang(lang)
	f.AddUTF8FontFromBytes("atkinson", "", assets.PrintRegular)
	f.AddUTF8FontFromBytes("atkinson", "B", assets.PrintBold)
	return &Doc{f: f, k: k}
}

// Page begins a new page.
func (d *Doc) Page() { d.f.AddPage(); d.gaps = false }

// Gaps says whether something on the page so far is a Gap: the sheet then says where all of it is written.
func (d *Doc) Gaps() bool { return d.gaps }

func (d *Doc) fill(c Colour) { d.f.SetFillColor(int(c.R), int(c.G), int(c.B)) }

func (d *Doc) stroke(c Colour, width float64) {
	d.f.SetDrawColor(int(c.R), int(c.G), int(c.B))
	d.f.SetLineWidth(width * d.k)
}

// Text draws one line whose letters stand on y.
func (d *Doc) Text(x, y float64, s string, font Font) {
	style := ""
	if font.Bold {
		style = "B"
	}
	d.f.SetFont("atkinson", style, font.Size*d.k)
	d.f.SetTextColor(int(font.Colour.R), int(font.Colour.G), int(font.Colour.B))
	plain := Plain(s)
	d.gaps = d.gaps || strings.ContainsRune(plain, gap)
	if plain != "" {
		d.f.Text(x*d.k, y*d.k, strings.ReplaceAll(plain, string(gap), Gap))
	}
}

// Lines draws lines below each other from the top y on, and returns where they end.
func (d *Doc) Lines(x, y float64, lines []string, font Font) float64 {
	for _, line := range lines {
		d.Text(x, y+font.Size*.92, line, font)
		y += font.Size * Lead
	}
	return y
}

// Rect draws a filled rectangle.
func (d *Doc) Rect(x, y, w, h float64, c Colour) {
	d.fill(c)
	d.f.Rect(x*d.k, y*d.k, w*d.k, h*d.k, "F")
}

// Frame draws a rectangle's outline.
func (d *Doc) Frame(x, y, w, h, width float64, c Colour) {
	d.stroke(c, width)
	d.f.Rect(x*d.k, y*d.k, w*d.k, h*d.k, "D")
}

// Line draws a line; a dashed one is where to cut.
func (d *Doc) Line(x1, y1, x2, y2, width float64, c Colour, dashed bool) {
	d.stroke(c, width)
	if dashed {
		d.f.SetDashPattern([]float64{4 * d.k, 4 * d.k}, 0)
		defer d.f.SetDashPattern(nil, 0)
	}
	d.f.Line(x1*d.k, y1*d.k, x2*d.k, y2*d.k)
}

// Turned draws what the function draws turned to be read from below upwards: there, x goes up and y to the right, from
// the given point.
func (d *Doc) Turned(x, y float64, draw func()) {
	d.f.TransformBegin()
	d.f.TransformTranslate(x*d.k, y*d.k)
	d.f.TransformRotate(90, 0, 0)
	draw()
	d.f.TransformEnd()
}

// Path fills the shape of an SVG path made of straight lines (M, L, H, V, h, v and Z), each of its units so many points
// long; where it overlaps itself there is a hole. It returns an error for any other path.
func (d *Doc) Path(path string, x, y, unit float64, c Colour) error {
	d.fill(c)
	var px, py, fromX, fromY float64
	at := func(draw func(x, y float64)) { draw((x+px*unit)*d.k, (y+py*unit)*d.k) }
	for path = strings.TrimLeft(path, " "); path != ""; path = strings.TrimLeft(path, " ") {
		command := path[0]
		end := strings.IndexFunc(path[1:], func(r rune) bool { return r >= 'A' && r <= 'z' }) + 1
		if end == 0 {
			end = len(path)
		}
		numbers, err := numbersOf(path[1:end])
		if err != nil {
			return err
		}
		path = path[end:]
		switch n := len(numbers); {
		case (command == 'M' || command == 'L') && n >= 2 && n%2 == 0:
			for i := 0; i < n; i += 2 {
				px, py = numbers[i], numbers[i+1]
				if command == 'M' && i == 0 {
					fromX, fromY = px, py
					at(d.f.MoveTo)
				} else {
					at(d.f.LineTo)
				}
			}
		case strings.IndexByte("HVhv", command) >= 0 && n == 1:
			switch command {
			case 'H':
				px = numbers[0]
			case 'V':
				py = numbers[0]
			case 'h':
				px += numbers[0]
			case 'v':
				py += numbers[0]
			}
			at(d.f.LineTo)
		case (command == 'Z' || command == 'z') && n == 0:
			d.f.ClosePath()
			px, py = fromX, fromY
		default:
			return fmt.Errorf("pdf: %c with %d numbers is no straight path", command, n)
		}
	}
	d.f.DrawPath("f*")
	return nil
}

func numbersOf(s string) (list []float64, err error) {
	for _, word := range strings.Fields(strings.ReplaceAll(strings.ReplaceAll(s, ",", " "), "-", " -")) {
		n, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return nil, fmt.Errorf("pdf: path: %w", err)
		}
		list = append(list, n)
	}
	return list, nil
}

// Bytes ends the document.
func (d *Doc) Bytes() ([]byte, error) {
	var b bytes.Buffer
	if err := d.f.Output(&b); err != nil {
		return nil, fmt.Errorf("pdf: %w", err)
	}
	return b.Bytes(), nil
}
