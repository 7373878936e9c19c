package pdf_test

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kvart/internal/platform/pdf"
	"kvart/internal/platform/pdf/pdftest"
)

var moment = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)

func sheet(t testing.TB, draw func(*pdf.Doc)) []byte {
	t.Helper()
	d := pdf.New(pdf.A4, "hr", "Plakat", moment)
	d.Page()
	draw(d)
	b, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReadable_isFortyPointsFromTwoMetres(t *testing.T) {
	if size := pdf.Readable(2000); math.Abs(size-39.9) > .2 {
		t.Errorf("%.2f points", size)
	}
}

func TestFont_hasEveryLetterOfTheThreeLanguages(t *testing.T) {
	for _, s := range []string{"čćđšžČĆĐŠŽ dž lj nj", "æøåÆØÅ éèêóòâô", "„Šah” i “chess” – 9.30–11.00 · 5 € … 100 %"} {
		if got := pdf.Plain(s); got != s {
			t.Errorf("%q becomes %q", s, got)
		}
	}
	decomposed := "c\u030cas\u030c" // as some phones write it
	if got := pdf.Plain(decomposed); got != "čaš" {
		t.Errorf("%q", got)
	}
}

func TestPlain_leavesOutEmojiAndSaysWhereLettersAreMissing(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Šah ♟️ i kava 🎉", "Šah i kava"},
		{"👩🏽‍👩🏽‍👧 obitelj", "obitelj"},
		{"שלום", "\uE000"},
		{"مرحبا بالجميع", "\uE000"},
		{"Zbor مرحبا بكم, svi", "Zbor \uE000 , svi"},
		{"العدد ١٢٣ i Ana", "\uE000 i Ana"},
		{"🎉🎉", "\uE000"},
		{"Nguyễn Ởn", "Nguyen On"},
		{"a\u202eb\u200fc\x00d\te\nf", "abcd e f"},
		{"\uE000", "\uE000"},
		{"\xff!", "!"},
		{"   ", ""},
	} {
		if got := pdf.Plain(c.in); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.in, got, c.want)
		}
		if again := pdf.Plain(c.want); again != c.want {
			t.Errorf("%q, which is plain, becomes %q", c.want, again)
		}
	}
}

func TestDoc_saysAGapInWordsAndKnowsThatThereIsOne(t *testing.T) {
	var page []bool
	b := sheet(t, func(d *pdf.Doc) {
		d.Text(40, 100, "Ana 🎉", pdf.Font{Size: 20})
		page = append(page, d.Gaps())
		font, lines := pdf.Font{Size: 20}.Fit("Zbor שלום", 300, 30, 10)
		d.Lines(40, 140, lines, font)
		page = append(page, d.Gaps())
		d.Page()
		page = append(page, d.Gaps())
	})
	if page[0] || !page[1] || page[2] {
		t.Errorf("%v, want a gap on the first page from the second line on", page)
	}
	if text := pdftest.Read(t, b)[0].Text(); text != "Ana\nZbor […]\n" {
		t.Errorf("%q", text)
	}
}

func TestDoc_drawsAnythingThatCanBeTyped(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringN(150, 200, -1), rapid.Just("😀 مرحبا שלום \\() \r\n")).Draw(rt, "text")
		w, h := rapid.Float64Range(20, 500).Draw(rt, "width"), rapid.Float64Range(10, 400).Draw(rt, "height")
		b := sheet(t, func(d *pdf.Doc) {
			font, lines := pdf.Font{Size: 60, Bold: rapid.Bool().Draw(rt, "bold")}.Fit(s, w, h, 24)
			for _, line := range lines {
				if wide := font.Width(line); wide > w+.01 && len([]rune(line)) > 1 {
					rt.Errorf("%q is %.1f wide, the box %.1f", line, wide, w)
				}
			}
			if float64(len(lines))*font.Size*pdf.Lead > h+.01 {
				rt.Errorf("%d lines of %.1f do not fit in %.1f", len(lines), font.Size, h)
			}
			if got, want := strings.ReplaceAll(strings.Join(lines, ""), " ", ""), strings.ReplaceAll(pdf.Plain(s), " ", ""); got != want {
				rt.Errorf("%q is not whole: %q", want, got)
			}
			d.Lines(10, 10, lines, font)
		})
		if !bytes.HasPrefix(b, []byte("%PDF")) {
			rt.Error("no PDF")
		}
	})
}

func TestFit_aNameOfTwoHundredLettersWithoutASpaceIsWhole(t *testing.T) {
	name := strings.Repeat("Š", 200)
	font, lines := pdf.Font{Size: 40, Bold: true}.Fit(name, 200, 60, 24)
	if strings.Join(lines, "") != name || font.Size > 24 {
		t.Errorf("%.1f points, %d lines", font.Size, len(lines))
	}
}

func TestDoc_theSameContentIsTheSameFileAndNamesNobody(t *testing.T) {
	draw := func(d *pdf.Doc) { d.Text(40, 100, "četvrtak, 26. studenoga u 18 sati", pdf.Font{Size: 40}) }
	a, b := sheet(t, draw), sheet(t, draw)
	if !bytes.Equal(a, b) {
		t.Error("two files differ")
	}
	for _, word := range []string{"/Author", "/Creator", "/Keywords", "/Subject", "FPDF"} {
		if bytes.Contains(a, []byte(word)) {
			t.Errorf("the file says %s", word)
		}
	}
	if !bytes.Contains(a, []byte("/CreationDate (D:20261126090000")) || !bytes.Contains(a, []byte("/Lang (hr)")) {
		t.Error("no moment or no language")
	}
	if page := pdftest.Read(t, a)[0]; page.Runs[0].Text != "četvrtak, 26. studenoga u 18 sati" || page.Runs[0].Size != 40 {
		t.Errorf("%+v", page.Runs)
	}
	t.Logf("%d bytes with one line", len(a))
}

func TestPath_refusesWhatIsNotStraight(t *testing.T) {
	sheet(t, func(d *pdf.Doc) {
		for _, bad := range []string{"M0 0C1 1 2 2 3 3Z", "M0", "Lx y", "h1 2", "♥"} {
			if err := d.Path(bad, 0, 0, 1, pdf.Colour{}); err == nil {
				t.Errorf("%q is drawn", bad)
			}
		}
		if err := d.Path("M1 1h2v1h-2z", 0, 0, 3, pdf.Colour{}); err != nil {
			t.Error(err)
		}
	})
}
