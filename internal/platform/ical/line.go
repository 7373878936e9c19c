package ical

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// foldAt is the longest line in octets, line break not counted (RFC 5545 section 3.1).
const foldAt = 75

// foldLine appends one content line to b, folded between characters, never inside one.
func foldLine(b *bytes.Buffer, line string) {
	room := foldAt
	for len(line) > room {
		cut := room
		for cut > 0 && !utf8.RuneStart(line[cut]) {
			cut--
		}
		b.WriteString(line[:cut])
		b.WriteString("\r\n ")
		line = line[cut:]
		room = foldAt - 1
	}
	b.WriteString(line)
	b.WriteString("\r\n")
}

var textEscaper = strings.NewReplacer(`\`, `\\`, `;`, `\;`, `,`, `\,`, "\n", `\n`)

// escapeText writes a TEXT value (RFC 5545 section 3.3.11).
func escapeText(s string) string { return textEscaper.Replace(cleanText(s)) }

// unescapeText reads a TEXT value. A backslash before anything else is kept: some programs do not escape it.
func unescapeText(s string) string {
	if !strings.Contains(s, `\`) {
		return cleanText(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		switch s[i+1] {
		case 'n', 'N':
			b.WriteByte('\n')
			i++
		case '\\', ';', ',':
			b.WriteByte(s[i+1])
			i++
		default:
			b.WriteByte('\\')
		}
	}
	return cleanText(b.String())
}

// cleanText keeps line feeds and tabs, and drops every other control character; what is not UTF-8 becomes U+FFFD.
func cleanText(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	return strings.Map(func(r rune) rune {
		if (r < ' ' && r != '\n' && r != '\t') || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

// cleanWord is cleanText for values that are one word, such as a UID or an address.
func cleanWord(s string) string {
	return strings.TrimSpace(strings.NewReplacer("\n", "", "\t", "").Replace(cleanText(s)))
}

// contentLine is a line of the file after unfolding.
type contentLine struct {
	number int // of its first physical line, from 1
	text   string
}

// contentLines takes a file apart: byte order mark, any of the three line ends, folding with space or tab, and lines
// in Windows-1250, which Croatian programs wrote for decades. legacy says that at least one line was such.
// Unfolding comes before decoding, since older programs fold inside a character.
func contentLines(data []byte) (lines []contentLine, legacy bool) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		data = data[3:]
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		// A decoder that meets an odd last byte still gives what came before it.
		decoded, err := io.ReadAll(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(bytes.NewReader(data)))
		if err == nil || len(decoded) > 0 {
			data = decoded
		}
	}
	var current []byte
	start := 0
	flush := func() {
		if start == 0 {
			return
		}
		if !utf8.Valid(current) {
			if decoded, err := charmap.Windows1250.NewDecoder().Bytes(current); err == nil {
				current, legacy = decoded, true
			}
		}
		lines = append(lines, contentLine{start, string(current)})
	}
	for number := 1; len(data) > 0; number++ {
		var physical []byte
		end := bytes.IndexAny(data, "\r\n")
		switch {
		case end < 0:
			physical, data = data, nil
		case data[end] == '\r' && end+1 < len(data) && data[end+1] == '\n':
			physical, data = data[:end], data[end+2:]
		default:
			physical, data = data[:end], data[end+1:]
		}
		switch {
		case len(physical) == 0:
			// Blank lines come from line ends converted twice; a fold may go on after one.
		case start > 0 && (physical[0] == ' ' || physical[0] == '\t'):
			current = append(current, physical[1:]...)
		default:
			flush()
			start, current = number, append([]byte(nil), physical...)
		}
	}
	flush()
	return lines, legacy
}

// property is a parsed content line. Of a parameter with several values the first is kept.
type property struct {
	name   string
	params map[string]string
	value  string
}

// parseProperty reads "NAME;PARAM=value;PARAM="va:lue":value". ok is false for what is not a content line.
func parseProperty(s string) (p property, ok bool) {
	i := strings.IndexAny(s, ";:")
	if i <= 0 {
		return p, false
	}
	p.name = strings.ToUpper(strings.TrimSpace(s[:i]))
	for _, c := range []byte(p.name) {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
			return p, false
		}
	}
	for s[i] == ';' {
		s = s[i+1:]
		eq := strings.IndexAny(s, "=;:")
		if eq < 0 {
			return p, false
		}
		if s[eq] != '=' { // a parameter without a value
			i = eq
			continue
		}
		name := strings.ToUpper(strings.TrimSpace(s[:eq]))
		s = s[eq+1:]
		quoted, first := false, -1
		i = -1
		for j := 0; j < len(s) && i < 0; j++ {
			switch {
			case s[j] == '"':
				quoted = !quoted
			case quoted:
			case s[j] == ',' && first < 0:
				first = j
			case s[j] == ';' || s[j] == ':':
				i = j
			}
		}
		if i < 0 {
			return p, false
		}
		if first < 0 {
			first = i
		}
		if p.params == nil {
			p.params = map[string]string{}
		}
		if _, dup := p.params[name]; !dup {
			p.params[name] = strings.Trim(strings.TrimSpace(s[:first]), `"`)
		}
	}
	p.value = s[i+1:]
	return p, true
}
