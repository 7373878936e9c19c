// Package pdftest reads back what package pdf made, for tests: the text of each page, where it stands and how large.
package pdftest

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

// Run is a piece of text on a page.
type Run struct {
	X, Y, Size float64 // points from the left and the bottom
	Text       string
}

// Page is one page.
type Page struct {
	Width, Height float64
	Runs          []Run
	Raw           string // the page's drawing commands
}

// Text is the page's text, a run a line.
func (p Page) Text() string {
	var b strings.Builder
	for _, r := range p.Runs {
		b.WriteString(r.Text + "\n")
	}
	return b.String()
}

var (
	shown  = regexp.MustCompile(`(?s)BT (-?[\d.]+) (-?[\d.]+) Td \((.*?)\) Tj ET|BT /F([0-9a-f]+) ([\d.]+) Tf ET`)
	sized  = regexp.MustCompile(`/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]`)
	opened = []byte("stream\n")
)

// Read returns the pages. It fails the test for what is no PDF.
func Read(t testing.TB, data []byte) []Page {
	t.Helper()
	if !bytes.HasPrefix(data, []byte("%PDF-1.")) || !bytes.HasSuffix(bytes.TrimSpace(data), []byte("%%EOF")) {
		t.Fatalf("no PDF: %.40q", data)
	}
	var w, h float64
	if m := sized.FindSubmatch(data); m != nil {
		w, h = number(string(m[1])), number(string(m[2]))
	}
	var pages []Page
	for rest := data; ; {
		at := bytes.Index(rest, opened)
		if at < 0 {
			return pages
		}
		rest = rest[at+len(opened):]
		z, err := zlib.NewReader(bytes.NewReader(rest))
		if err != nil {
			continue
		}
		body, err := io.ReadAll(z)
		if err != nil || !bytes.Contains(body, []byte(") Tj ET")) {
			continue
		}
		pages = append(pages, read(Page{Width: w, Height: h, Raw: string(body)}))
	}
}

func read(p Page) Page {
	size := 0.0
	for _, m := range shown.FindAllStringSubmatch(p.Raw, -1) {
		if m[4] != "" {
			size = number(m[5])
			continue
		}
		p.Runs = append(p.Runs, Run{X: number(m[1]), Y: number(m[2]), Size: size, Text: decode(m[3])})
	}
	return p
}

func number(s string) float64 {
	n, _ := strconv.ParseFloat(s, 64)
	return n
}

var escapes = strings.NewReplacer(`\\`, `\`, `\(`, `(`, `\)`, `)`, `\r`, "\r")

func decode(s string) string {
	s = escapes.Replace(s)
	var units []uint16
	for i := 0; i+1 < len(s); i += 2 {
		units = append(units, uint16(s[i])<<8|uint16(s[i+1]))
	}
	return string(utf16.Decode(units))
}
