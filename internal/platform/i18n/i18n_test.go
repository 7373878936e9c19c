package i18n_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"kvart/internal/platform/i18n"
	"kvart/locales"
)

func load(t testing.TB) *i18n.Bundle {
	t.Helper()
	b, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPlural_croatianHasThreeForms(t *testing.T) {
	p := load(t).For(i18n.HR)
	for n, want := range map[int]string{1: "prije 1 sat", 2: "prije 2 sata", 5: "prije 5 sati", 11: "prije 11 sati", 12: "prije 12 sati",
		21: "prije 21 sat", 22: "prije 22 sata", 25: "prije 25 sati", 101: "prije 101 sat", 111: "prije 111 sati", 1002: "prije 1002 sata"} {
		if got := p.N("date.ago.hours", n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestDates_asPeopleSayThem(t *testing.T) {
	b := load(t)
	at := time.Date(2026, 11, 26, 18, 0, 0, 0, time.UTC)
	for l, want := range map[i18n.Lang]string{i18n.HR: "četvrtak, 26. studenoga u 18 sati", i18n.EN: "Thursday 26 November at 18:00", i18n.NB: "torsdag 26. november kl. 18.00"} {
		if got := b.For(l).When(at); got != want {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
	}
	if got := b.For(i18n.HR).When(at.Add(150 * time.Minute)); got != "četvrtak, 26. studenoga u 20.30" {
		t.Error(got)
	}
	if got := b.For(i18n.HR).When(at.Add(3 * time.Hour)); !strings.HasSuffix(got, "21 sat") {
		t.Error(got)
	}
	if got := b.For(i18n.HR).Money(8760879, "EUR"); got != "87.608,79\u00a0€" {
		t.Error(got)
	}
	if got := b.For(i18n.EN).Money(8760879, "EUR"); got != "€87,608.79" {
		t.Error(got)
	}
}

func TestText_fallsBackToALanguageItHas(t *testing.T) {
	if s, l := (i18n.Text{i18n.NB: "hei"}).In(i18n.HR); s != "hei" || l != i18n.NB {
		t.Error(s, l)
	}
}

func TestLoad_namesWhatALanguageLacks(t *testing.T) {
	for name, files := range map[string][3]string{
		"a.b: nb has no such key":   {`"a.b": x`, `"a.b": y`, `"c.d": z`},
		"placeholders differ":       {`"a.b": "x {n} {who}"`, `"a.b": "x {whom}"`, `"a.b": "{who}"`},
		"lacks the form \"few\"":    {"\"a.b\":\n  one: x\n  other: y", "\"a.b\":\n  one: x\n  other: y", "\"a.b\":\n  one: x\n  other: y"},
		"plural in one of hr and e": {"\"a.b\":\n  one: x\n  few: z\n  other: y", `"a.b": x`, "\"a.b\":\n  one: x\n  other: y"},
	} {
		fsys := fstest.MapFS{"hr/x.yaml": {Data: []byte(files[0])}, "en/x.yaml": {Data: []byte(files[1])}, "nb/x.yaml": {Data: []byte(files[2])}}
		if _, err := i18n.Load(fsys); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want %q, got %v", name, err)
		}
	}
}

func BenchmarkT(b *testing.B) {
	p := load(b).For(i18n.HR)
	for b.Loop() {
		p.T("date.today")
	}
}

func BenchmarkN(b *testing.B) {
	p := load(b).For(i18n.HR)
	for b.Loop() {
		p.N("date.ago.hours", 5)
	}
}
