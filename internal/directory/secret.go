package directory

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"kvart/internal/platform/i18n"
)

// secret finds in a text what gives an address away. Nil: there is nothing to find.
type secret struct{ words *regexp.Regexp }

// secret finds the street with and without its number, as the address has it and as a Croatian sentence does (u Ilici 7), with
// and without marks; the way there, the page and the name of the location; and its degrees, as links to maps have them. A name
// that one of the names that stay has in it gives nothing away.
func (l Location) secret(names []string) *secret {
	var exact, alike []string
	add := func(s string) {
		s = strings.TrimSpace(s)
		if utf8.RuneCountInString(s) >= 4 && !strings.EqualFold(s, l.City) && !slices.Contains(plainWords, strings.ToLower(s)) && !slices.Contains(exact, s) {
			exact = append(exact, s)
		}
	}
	for _, a := range l.Addresses {
		for _, line := range []string{a.Address1, a.Address2} {
			street := houseNumber.ReplaceAllString(line, "")
			add(line)
			add(street)
			alike = append(alike, inSentences(street, strings.TrimSpace(strings.TrimPrefix(line, street)))...)
		}
		add(a.Attention)
	}
	add(l.Transportation)
	add(l.URL)
	for _, name := range []string{l.Name, l.AlternateName} {
		own := i18n.Fold(name)
		if len(strings.Fields(name)) < 2 && utf8.RuneCountInString(name) < 8 || slices.ContainsFunc(names, func(s string) bool { return strings.Contains(i18n.Fold(s), own) }) {
			continue
		}
		add(name)
		alike = append(alike, inSentences(name, "")...)
	}
	slices.SortFunc(exact, func(a, b string) int { return len(b) - len(a) })
	for _, s := range exact { // whatever stands between the words
		alike = append(alike, strings.ReplaceAll(regexp.QuoteMeta(strings.Join(strings.Fields(s), " ")), " ", `\s+`))
	}
	if l.Latitude != nil && l.Longitude != nil {
		alike = append(alike, degreePattern(*l.Latitude)+`(?:%2C|[^0-9]){1,20}`+degreePattern(*l.Longitude), degreePattern(*l.Longitude)+`(?:%2C|[^0-9]){1,20}`+degreePattern(*l.Latitude))
	}
	if len(alike) == 0 {
		return nil
	}
	return &secret{regexp.MustCompile(`(?i)(^|[^\p{L}\d])(` + strings.Join(alike, "|") + `)`)}
}

// cut takes what is secret out of the text.
func (x *secret) cut(s string) string {
	var b strings.Builder
	from := 0
	for from < len(s) {
		m := x.words.FindStringSubmatchIndex(s[from:])
		if m == nil {
			break
		}
		end := from + m[5]
		b.WriteString(s[from : from+m[4]])
		if next, _ := utf8.DecodeRuneInString(s[end:]); unicode.IsLetter(next) && !strings.ContainsAny(s[from+m[4]:end], " \t\n") { // a longer word
			b.WriteString(s[from+m[4] : end])
		} else {
			b.WriteString("…")
		}
		from = end
	}
	return b.String() + s[from:]
}

// plainWords are of too many addresses to give one away.
var plainWords = []string{"ulica", "cesta", "avenija", "prilaz", "naselje", "odvojak", "stube", "trg", "put"}

// plainPattern is one of them, in any form or shortened, or none.
const plainPattern = `(?:(?:ulic|ul|cest|avenij|av|prilaz|nasel|odvoj|stub|trg|put)\p{L}{0,4}\.?\s+)?`

// houseNumber is one behind the name of a street.
var houseNumber = regexp.MustCompile(`\s+\d+\s*[\p{L}]?(?:[/-]\d+)?\s*$`)

// inSentences are patterns of the name of a street, or of a place, as sentences have it: each word with the endings that it may
// have. A name of one word counts with its number, or where it is written with a capital letter: else it is any word.
func inSentences(name, number string) (list []string) {
	var words []string
	letters := 0
	for _, w := range strings.Fields(name) {
		low := strings.Trim(strings.ToLower(w), ".,")
		if slices.Contains(plainWords, low) || low == "ul" || low == "av" {
			continue
		}
		words = append(words, w)
		letters += utf8.RuneCountInString(low)
	}
	if len(words) == 0 || letters < 3 {
		return nil
	}
	behind := `(?:\s+(?:ulic|ul|cest|trg)\p{L}{0,4}\.?)?`
	if number != "" {
		behind += `(?:\s*,?\s*(?:k?br\p{L}*\.?\s*)?` + regexp.QuoteMeta(number) + `)`
	}
	if len(words) == 1 {
		stem, pattern := wordPattern(words[0])
		if number != "" {
			list = append(list, plainPattern+pattern+behind)
		}
		first, rest, ok := firstCapital(pattern)
		if utf8.RuneCountInString(stem) >= 4 && ok {
			list = append(list, plainPattern+first+rest+`(?:\s+(?:ulic|ul|cest|trg)\p{L}{0,4}\.?)?`)
		}
		return list
	}
	var patterns []string
	for _, w := range words {
		_, p := wordPattern(w)
		patterns = append(patterns, p)
	}
	all := plainPattern + strings.Join(patterns, `[\s,.]+`+plainPattern)
	if number != "" {
		list = append(list, all+behind)
	}
	return append(list, all)
}

// firstCapital is the pattern of a word with its first letter a capital one.
func firstCapital(pattern string) (first, rest string, ok bool) {
	r, n := utf8.DecodeRuneInString(pattern)
	if !unicode.IsLetter(r) {
		return "", "", false
	}
	return `(?-i:` + string(unicode.ToUpper(r)) + `)`, pattern[n:], true
}

// wordPattern is what a word has in all its forms, and a pattern of them: without its ending, its last sound as it may turn
// (reka, reci), its marks there or not.
func wordPattern(word string) (stem, pattern string) {
	runes := []rune(strings.Trim(word, ".,"))
	whole := len(runes)
	for len(runes) > 2 && strings.ContainsRune("aeiou", unicode.ToLower(runes[len(runes)-1])) {
		runes = runes[:len(runes)-1]
	}
	if n := len(runes); n == whole && n > 4 && strings.EqualFold(string(runes[n-2:]), "ac") { // Bukovac, Bukovcu
		runes = runes[:n-2]
	}
	var b strings.Builder
	for i, r := range runes {
		class := unmarked[unicode.ToLower(r)]
		if i == len(runes)-1 && i > 0 {
			class += map[rune]string{'k': "kc", 'g': "gz", 'h': "hs"}[unicode.ToLower(r)]
		}
		switch {
		case class == "" || i == 0 && class == "":
			b.WriteString(regexp.QuoteMeta(string(r)))
		case unicode.ToLower(r) == 'đ':
			b.WriteString(`(?:đ|dj|d)`)
		default:
			b.WriteString("[" + class + "]")
		}
	}
	if whole < 3 || !unicode.IsLetter(runes[len(runes)-1]) {
		return string(runes), b.String()
	}
	return string(runes), b.String() + `\p{L}{0,4}`
}

// unmarked are letters with their marks and without.
var unmarked = map[rune]string{'č': "čc", 'ć': "ćc", 'š': "šs", 'ž': "žz", 'đ': "đd"}

// degreePattern is about a kilometre around the degrees, in digits.
func degreePattern(degrees float64) string {
	s := strings.TrimRight(strconv.FormatFloat(float64(int(degrees*100))/100, 'f', 2, 64), "0")
	whole, part, _ := strings.Cut(s, ".")
	return regexp.QuoteMeta(whole) + `[.,]` + part + `\d*`
}
