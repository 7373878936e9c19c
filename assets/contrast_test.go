package assets

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// WCAG 2.2: 1.4.3 asks 4.5:1 for text, 1.4.11 asks 3:1 for what one must see to use a control or read a map.
func TestColours_contrastInLightAndDark(t *testing.T) {
	text := []string{
		"ink paper", "ink card", "ink brand-soft", "ink accent-soft", "ink sun-soft", "ink fault-soft", "ink ok-soft",
		"ink-soft paper", "ink-soft card", "ink-soft brand-soft", "ink-soft accent-soft", "ink-soft ok-soft", "ink-soft fault-soft", "ink-soft sun-soft",
		"brand paper", "brand card", "brand brand-soft", "brand accent-soft", "brand-ink brand", "brand-ink brand-deep", "brand-deep paper", "brand-deep brand-soft",
		"accent paper", "accent card", "accent accent-soft", "accent brand-soft", "accent-ink accent",
		"ok ok-soft", "ok card", "ok paper", "paper ok", "ok brand-soft",
		"fault paper", "fault card", "fault fault-soft", "fault-ink fault",
		"sun-ink sun", "paper ink",
		"ink c1-soft", "ink c2-soft", "ink c3-soft", "ink c4-soft", "ink c5-soft", "ink c6-soft",
		"c-ink c1", "c-ink c2", "c-ink c3", "c-ink c4", "c-ink c5", "c-ink c6",
	}
	shapes := []string{
		"sun ring", "ink-soft card", "ink-soft paper", "fault card",
		"c1 paper", "c2 paper", "c3 paper", "c4 paper", "c5 paper", "c6 paper",
		"c1 card", "c2 card", "c3 card", "c4 card", "c5 card", "c6 card",
		"c1 brand-soft", "c2 brand-soft", "c3 brand-soft", "c4 brand-soft", "c5 brand-soft", "c6 brand-soft",
	}
	light, dark := schemes(t)
	for name, colours := range map[string]map[string]float64{"light": light, "dark": dark} {
		check := func(pairs []string, least float64) {
			for _, pair := range pairs {
				fg, bg, _ := strings.Cut(pair, " ")
				a, okA := colours[fg]
				b, okB := colours[bg]
				if !okA || !okB {
					t.Errorf("%s: no colour for %q", name, pair)
					continue
				}
				if r := (math.Max(a, b) + .05) / (math.Min(a, b) + .05); r < least {
					t.Errorf("%s: %s on %s is %.2f:1, needs %.1f", name, fg, bg, r, least)
				}
			}
		}
		check(text, 4.5)
		check(shapes, 3)
	}
}

// schemes reads the relative luminance of every colour in tokens.css; dark changes what its block names.
func schemes(t *testing.T) (light, dark map[string]float64) {
	t.Helper()
	plain, night, found := strings.Cut(string(read("css/tokens.css")), "prefers-color-scheme: dark")
	if !found {
		t.Fatal("tokens.css has no dark scheme")
	}
	light, dark = map[string]float64{}, map[string]float64{}
	token := regexp.MustCompile(`--([\w-]+): #([0-9a-f]{6});`)
	for _, m := range token.FindAllStringSubmatch(plain, -1) {
		light[m[1]], dark[m[1]] = luminance(t, m[2]), luminance(t, m[2])
	}
	for _, m := range token.FindAllStringSubmatch(night, -1) {
		dark[m[1]] = luminance(t, m[2])
	}
	return light, dark
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	part := func(shift uint) float64 {
		c := float64(n>>shift&255) / 255
		if c <= .04045 {
			return c / 12.92
		}
		return math.Pow((c+.055)/1.055, 2.4)
	}
	return .2126*part(16) + .7152*part(8) + .0722*part(0)
}
