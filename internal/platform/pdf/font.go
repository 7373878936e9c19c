package pdf

import (
	"math"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"

	"kvart/assets"
)

// Font is type of a size and colour. Sizes and widths are points of an A4 sheet.
type Font struct {
	Size   float64
	Bold   bool
	Colour Colour
}

// Lead is the distance of two lines as a part of the size.
const Lead = 1.16

// XHeight is the height of a small x as a part of the size: 496 of 1000 units in the font's own table.
const XHeight = 0.496

// Readable is the least size, in points, at which print is read fluently from so many millimetres: an x 0.2° high at
// the eye, below which reading slows down (Legge and Bigelow, Does print size matter for reading?, Journal of Vision
// 11(5):8, 2011). From two metres that is 40 points of this font. Half of it is still made out, letter by letter.
func Readable(mm float64) float64 {
	const pointsPerMM = 72 / 25.4
	return mm * math.Tan(0.2*math.Pi/180) * pointsPerMM / XHeight
}

// gap stands for letters that the font does not have; it is drawn as Gap. It is of the private use area, so no text means it;
// one that has it all the same has a letter there that no font draws.
const gap = '\uE000'

// Gap is what a sheet says in the place of letters of a script that the font does not have.
const Gap = "[…]"

// face is how wide each character of the font is, in thousandths of the size. What is not in it, the font cannot draw.
type face map[rune]float64

var faces = sync.OnceValue(func() (both [2]face) {
	for i, data := range [][]byte{assets.PrintRegular, assets.PrintBold} {
		both[i] = face{}
		f, err := sfnt.Parse(data)
		if err != nil {
			panic("pdf: " + err.Error()) // an embedded file: found by every test
		}
		var b sfnt.Buffer
		for r := rune(' '); r < 0x3000; r++ {
			g, err := f.GlyphIndex(&b, r)
			if err != nil || g == 0 {
				continue
			}
			if w, err := f.GlyphAdvance(&b, g, fixed.I(1000), font.HintingNone); err == nil {
				both[i][r] = float64(w) / 64
			}
		}
		for _, r := range Gap {
			both[i][gap] += both[i][r]
		}
	}
	return both
})

func (f Font) face() face {
	if f.Bold {
		return faces()[1]
	}
	return faces()[0]
}

// Plain is the text as it can be drawn: composed (NFC), on one line, without what cannot be seen. A letter with a mark
// that the font lacks loses its mark. Emoji and other signs that the font lacks are left out. Letters and numbers of another
// script are left out together, and Gap says visibly that there is more: fpdf knows neither the direction of Arabic and
// Hebrew nor how their letters join, and a name in a wrong order is no name. The page that every sheet goes with shows all
// (Doc.Gaps). What is plain stays as it is. A text of which nothing is left is a Gap, never nothing.
func Plain(s string) string {
	known := faces()[0]
	var b strings.Builder
	missing := false // letters are left out since the last one that was drawn
	for _, r := range norm.NFC.String(strings.ToValidUTF8(s, "")) {
		switch {
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r):
			continue
		case r == '\u00a0' || r == '\u202f' || r == '\u2007':
			r = '\u00a0'
		case unicode.IsSpace(r):
			r = ' '
		case unicode.IsControl(r):
			continue
		case r == '\u2011': // a hyphen at which no line ends
			r = '-'
		}
		if _, ok := known[r]; !ok || r == gap {
			base := []rune(norm.NFKD.String(string(r)))[0]
			if _, ok = known[base]; ok && r != gap && !unicode.IsMark(r) {
				r = base
			} else if missing || r != gap && !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.Sc, r) {
				continue
			} else {
				r = gap
			}
		}
		if r != ' ' && r != '\u00a0' {
			missing = r == gap
		}
		b.WriteRune(r)
	}
	plain := strings.TrimSpace(strings.Join(strings.FieldsFunc(b.String(), func(r rune) bool { return r == ' ' }), " "))
	if plain == "" && strings.ContainsFunc(s, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }) {
		return string(gap)
	}
	return plain
}

// Width is how wide the text is on one line.
func (f Font) Width(s string) float64 { return f.width(Plain(s)) }

func (f Font) width(plain string) float64 {
	known, sum := f.face(), 0.0
	for _, r := range plain {
		sum += known[r]
	}
	return sum * f.Size / 1000
}

// Wrap divides the text into lines no wider than the width. A word that is wider than a line alone is broken at a
// hyphen or a slash, or else between two letters: nothing is cut off and nothing sticks out.
func (f Font) Wrap(s string, width float64) []string {
	lines, _ := f.wrap(Plain(s), width)
	return lines
}

func (f Font) wrap(plain string, width float64) (lines []string, broken bool) {
	line, used, space := "", 0.0, f.width(" ")
	for word := range strings.SplitSeq(plain, " ") {
		w := f.width(word)
		if line != "" && used+space+w <= width {
			line, used = line+" "+word, used+space+w
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for w > width && len([]rune(word)) > 1 {
			var head string
			head, word = f.breakWord(word, width)
			lines, w, broken = append(lines, head), f.width(word), true
		}
		line, used = word, w
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines, broken
}

// breakWord takes as much of the word as fits, at least one letter: up to its last hyphen or slash where it has one.
func (f Font) breakWord(word string, width float64) (head, rest string) {
	known, sum, letter, joint := f.face(), 0.0, 0, 0
	for i, r := range word {
		sum += known[r] * f.Size / 1000
		if sum > width && letter > 0 {
			break
		}
		if letter = i + len(string(r)); r == '-' || r == '/' || r == '–' {
			joint = letter
		}
	}
	if joint > 0 && joint < len(word) {
		letter = joint
	}
	return word[:letter], word[letter:]
}

// Fit makes the text as large as a box of this width and height takes, at most of the font's own size, and returns it
// in lines. Down to the least size no word is broken; a text that is too long for that is broken, and smaller still.
func (f Font) Fit(s string, width, height, least float64) (Font, []string) {
	plain, most := Plain(s), f.Size
	for _, whole := range []bool{true, false} {
		for f.Size = most; f.Size > 1; f.Size *= 0.96 {
			if whole && f.Size < least {
				break
			}
			lines, broken := f.wrap(plain, width)
			if float64(len(lines))*f.Size*Lead <= height && !(whole && broken) {
				return f, lines
			}
		}
	}
	lines, _ := f.wrap(plain, width)
	return f, lines
}
