package main

import (
	"slices"
	"strings"
	"testing"
)

const rules = `SET UTF-8
FLAG long
AF 2
AF AaBb	# 1
AF Cc	# 2
SFX Aa Y 2
SFX Aa 0 om [^ak]
SFX Aa ak ka ak
PFX Bb Y 1
PFX Bb 0 naj .
SFX Cc N 1
SFX Cc 0 a .
`

func TestForms_bySuffixPrefixAndBoth(t *testing.T) {
	a, err := readAffixes(strings.NewReader(rules))
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"lonac/1": "lonac najlonac lonacom najlonacom", "momak/1": "momak najmomak momka najmomka",
		"stol/2": "stol stola", "stol/BbCc": "stol najstol stola", "sad": "sad", "": "", "bok\tx": "bok",
	} {
		var got []string
		if err := a.forms(line, func(f string) { got = append(got, f) }); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%q: %v, want %s", line, got, want)
		}
	}
	for _, line := range []string{"x/3", "x/0", "x/Aab"} {
		if err := a.forms(line, func(string) {}); err == nil {
			t.Errorf("%q is no line", line)
		}
	}
}

func TestReadAffixes_saysWhatItCannotRead(t *testing.T) {
	for _, text := range []string{"FLAG num", "SFX Aa Y 1\nSFX Aa 0", "SFX Aa 0 om/Bb .", "SFX Aa 0 om [", "FLAG"} {
		if _, err := readAffixes(strings.NewReader(text)); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}
