package sms

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Length is how many characters of the GSM alphabet one SMS holds (3GPP TS 23.038).
const Length = 160

// basic are the characters of the GSM 7-bit default alphabet, without its two line breaks and the escape.
const basic = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà\n"

// doubled are those of the extension table: each counts as two.
const doubled = "^{}\\[~]|€"

// instead are signs that have a plain form where taking their marks off gives none.
var instead = map[rune]string{
	'đ': "dj", 'Đ': "Dj", 'ð': "d", 'Ð': "D", 'ł': "l", 'Ł': "L", 'ı': "i", 'œ': "oe", 'Œ': "OE",
	'„': "\"", '“': "\"", '”': "\"", '«': "\"", '»': "\"", '‘': "'", '’': "'", '‚': "'",
	'–': "-", '—': "-", '‑': "-", '−': "-", '…': "...", '·': "-", '•': "-", '\u00a0': " ", '\u202f': " ", '\t': " ", '\r': "",
}

// Fold writes a text in the GSM alphabet, as one outside it would make every SMS of it hold 70 characters in place of
// 160: č and ć become c, š becomes s, ž becomes z, đ becomes dj; quotation marks, dashes and fixed spaces become plain
// ones; other letters lose their marks. What has no such form (emoji, other scripts) is left out.
func Fold(s string) string {
	var b strings.Builder
	for _, r := range s {
		if known(r) {
			b.WriteRune(r)
			continue
		}
		if plain, ok := instead[r]; ok {
			b.WriteString(plain)
			continue
		}
		for _, part := range norm.NFKD.String(string(r)) {
			if known(part) && !unicode.Is(unicode.Mn, part) {
				b.WriteRune(part)
			}
		}
	}
	return b.String()
}

func known(r rune) bool { return strings.ContainsRune(basic, r) || strings.ContainsRune(doubled, r) }

// Size is how many characters of an SMS the text takes once it is folded.
func Size(s string) int {
	n := 0
	for _, r := range Fold(s) {
		n++
		if strings.ContainsRune(doubled, r) {
			n++
		}
	}
	return n
}

// Number is a telephone number as it was typed, written as E.164: "091 000-000" with the country 385 is +38591000000. It
// returns false for what is no number that an SMS reaches.
func Number(typed, country string) (string, bool) {
	var digits strings.Builder
	for i, r := range strings.TrimSpace(typed) {
		switch {
		case r >= '0' && r <= '9', r == '+' && i == 0:
			digits.WriteRune(r)
		case strings.ContainsRune(" -/().\u00a0", r):
		default:
			return "", false
		}
	}
	n := digits.String()
	switch {
	case strings.HasPrefix(n, "+"):
	case strings.HasPrefix(n, "00"):
		n = "+" + n[2:]
	case strings.HasPrefix(n, "0"):
		n = "+" + country + n[1:]
	default:
		return "", false
	}
	if len(n) < 9 || len(n) > 16 || n[1] == '0' {
		return "", false
	}
	return n, true
}
