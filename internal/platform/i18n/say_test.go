package i18n_test

import (
	"testing"
	"time"

	"kvart/internal/platform/i18n"
)

const nbsp = "\u00a0"

func TestMatch_choosesTheReadersLanguageElseCroatian(t *testing.T) {
	for accept, want := range map[string]i18n.Lang{
		"": i18n.HR, "hr-HR,hr;q=0.9": i18n.HR, "de-DE": i18n.HR, "not a header;;": i18n.HR, "*": i18n.HR,
		"en-GB,en;q=0.8": i18n.EN, "en-US": i18n.EN, "de-DE,en;q=0.5": i18n.EN,
		"nb-NO": i18n.NB, "no": i18n.NB, "nn-NO,nn;q=0.9": i18n.NB, "da": i18n.NB, "sv-SE": i18n.NB,
		"bs-BA": i18n.HR, "sr-Latn-RS": i18n.HR,
	} {
		if got := i18n.Match(accept); got != want {
			t.Errorf("%q: %s, want %s", accept, got, want)
		}
	}
}

func TestParse_takesOnlyTheThreeLanguages(t *testing.T) {
	for _, l := range i18n.All {
		if got, ok := i18n.Parse(string(l)); !ok || got != l {
			t.Errorf("%s is refused", l)
		}
	}
	for _, s := range []string{"", "HR", "de", "no", "../hr"} {
		if _, ok := i18n.Parse(s); ok {
			t.Errorf("%q is taken", s)
		}
	}
}

func TestFor_unknownLanguageIsCroatian(t *testing.T) {
	if got := load(t).For("de").Lang(); got != i18n.HR {
		t.Error(got)
	}
}

// The rule for big numbers must say what the table of small ones says: Croatian looks at the last two digits.
func TestPlural_bigNumbersFollowTheSameRule(t *testing.T) {
	b := load(t)
	hr := func(n int) string {
		switch {
		case n%10 == 1 && n%100 != 11:
			return "one"
		case n%10 >= 2 && n%10 <= 4 && (n%100 < 12 || n%100 > 14):
			return "few"
		}
		return "other"
	}
	said := map[string]string{"one": "polje treba", "few": "polja treba", "other": "polja treba"}
	for n := 0; n <= 12000; n++ {
		if got, want := b.For(i18n.HR).N("platform.form.faults", n), b.For(i18n.HR).Number(int64(n))+" "+said[hr(n)]+" ispraviti"; got != want {
			t.Fatalf("%d: %q, want %q", n, got, want)
		}
		want := b.For(i18n.EN).Number(int64(n)) + " fields need a correction"
		if n == 1 {
			want = "1 field needs a correction"
		}
		if got := b.For(i18n.EN).N("platform.form.faults", n); got != want {
			t.Fatalf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestN_groupsTheCount(t *testing.T) {
	b := load(t)
	for l, want := range map[i18n.Lang]string{i18n.HR: "prije 12.345 dana", i18n.EN: "12,345 days ago", i18n.NB: "for 12" + nbsp + "345 dager siden"} {
		if got := b.For(l).N("date.ago.days", 12345); got != want {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
	}
}

func TestT_fillsPlaceholdersAndShowsWhatItLacks(t *testing.T) {
	p := load(t).For(i18n.EN)
	for _, c := range []struct{ got, want string }{
		{p.T("fault.too_long", "max", 80), "Too long: at most 80 characters."},
		{p.T("fault.too_long", "max", int64(80)), "Too long: at most 80 characters."},
		{p.T("fault.not_a_number", "high", 9, "low", "1"), "Write a whole number from 1 to 9."},
		{p.T("fault.too_long"), "Too long: at most {max} characters."},
		{p.T("fault.too_long", "max"), "Too long: at most {max} characters."},
		{p.T("nobody.wrote.this"), "nobody.wrote.this"},
		{p.N("nobody.wrote.this", 3), "nobody.wrote.this"},
		{p.T("fault.too_long", "max", "{max}"), "Too long: at most {max} characters."}, // a value is not filled again
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestDates_inThreeLanguages(t *testing.T) {
	b := load(t)
	at := time.Date(2026, 3, 5, 9, 30, 0, 0, time.UTC)
	for l, want := range map[i18n.Lang][9]string{
		i18n.HR: {"četvrtak, 5. ožujka", "četvrtak, 5. ožujka 2026.", "čet 5. 3.", "5. 3. 2026.", "ožujak 2026.", "9.30", "četvrtak, 5. ožujka u 9.30", "9.30–11.00", "četvrtak"},
		i18n.EN: {"Thursday 5 March", "Thursday 5 March 2026", "Thu 5 Mar", "5 Mar 2026", "March 2026", "09:30", "Thursday 5 March at 09:30", "09:30–11:00", "Thursday"},
		i18n.NB: {"torsdag 5. mars", "torsdag 5. mars 2026", "tor. 5. mars", "5.3.2026", "mars 2026", "09.30", "torsdag 5. mars kl. 09.30", "09.30–11.00", "torsdag"},
	} {
		p := b.For(l)
		got := [9]string{p.Day(at), p.DayYear(at), p.DayShort(at), p.Date(at), p.Month(at), p.Clock(at), p.When(at), p.Span(at, at.Add(90*time.Minute)), p.Weekday(at.Weekday())}
		if got != want {
			t.Errorf("%s:\n got %q\nwant %q", l, got, want)
		}
	}
}

func TestDayShort_asOnTheNoticeBoard(t *testing.T) {
	b := load(t)
	at := time.Date(2026, 11, 26, 18, 0, 0, 0, time.UTC)
	for l, want := range map[i18n.Lang]string{i18n.HR: "čet 26. 11.", i18n.EN: "Thu 26 Nov", i18n.NB: "tor. 26. nov."} {
		if got := b.For(l).DayShort(at); got != want {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
	}
	if got := b.For(i18n.HR).Month(at); got != "studeni 2026." {
		t.Error(got)
	}
}

// All twelve months and seven days, so that no row of a table is shifted.
func TestDates_everyMonthAndWeekdayInItsPlace(t *testing.T) {
	b := load(t)
	genitive := []string{"siječnja", "veljače", "ožujka", "travnja", "svibnja", "lipnja", "srpnja", "kolovoza", "rujna", "listopada", "studenoga", "prosinca"}
	for m := time.January; m <= time.December; m++ {
		at := time.Date(2026, m, 1, 12, 0, 0, 0, time.UTC)
		if got, want := b.For(i18n.HR).Day(at), b.For(i18n.HR).Weekday(at.Weekday())+", 1. "+genitive[m-1]; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got, want := b.For(i18n.EN).Day(at), at.Format("Monday 2 January"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got, want := b.For(i18n.EN).DayShort(at), at.Format("Mon 2 Jan"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for d, want := range []string{"søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"} {
		if got := b.For(i18n.NB).Weekday(time.Weekday(d)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestWhen_croatianHoursHaveTheirForms(t *testing.T) {
	p := load(t).For(i18n.HR)
	for hour, want := range map[int]string{0: "ponoć", 1: "1 sat", 2: "2 sata", 4: "4 sata", 5: "5 sati", 11: "11 sati", 12: "12 sati", 14: "14 sati", 20: "20 sati", 21: "21 sat", 22: "22 sata", 23: "23 sata"} {
		if got := p.When(time.Date(2026, 11, 26, hour, 0, 0, 0, time.UTC)); got != "četvrtak, 26. studenoga u "+want {
			t.Errorf("%d: %q", hour, got)
		}
	}
}

func TestRelative_countsDaysNotHours(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Zagreb")
	if err != nil {
		t.Fatal(err)
	}
	p := load(t).For(i18n.HR)
	now := time.Date(2026, 3, 28, 23, 30, 0, 0, zone) // the clocks go forward that night
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2026, 3, 28, 0, 5, 0, 0, zone), "danas"},
		{time.Date(2026, 3, 29, 0, 5, 0, 0, zone), "sutra"},
		{time.Date(2026, 3, 29, 23, 55, 0, 0, zone), "sutra"},
		{time.Date(2026, 3, 27, 8, 0, 0, 0, zone), "jučer"},
		{time.Date(2026, 3, 30, 0, 5, 0, 0, zone), ""},
		{time.Date(2026, 3, 26, 23, 59, 0, 0, zone), ""},
		{time.Date(2027, 3, 28, 12, 0, 0, 0, zone), ""},
	} {
		if got := p.Relative(c.at, now); got != c.want {
			t.Errorf("%s: %q, want %q", c.at, got, c.want)
		}
	}
}

func TestAgoAndWithin_inTheUnitAPersonWouldUse(t *testing.T) {
	b := load(t)
	for _, c := range []struct{ got, want string }{
		{b.For(i18n.HR).Ago(0), "prije 1 minutu"},
		{b.For(i18n.HR).Ago(59 * time.Minute), "prije 59 minuta"},
		{b.For(i18n.HR).Ago(47 * time.Hour), "prije 47 sati"},
		{b.For(i18n.HR).Ago(72 * time.Hour), "prije 3 dana"},
		{b.For(i18n.HR).Within(2 * time.Hour), "još 2 sata"},
		{b.For(i18n.HR).Within(time.Minute), "još 1 minuta"},
		{b.For(i18n.EN).Within(2 * time.Hour), "2 hours left"},
		{b.For(i18n.NB).Ago(72 * time.Hour), "for 3 dager siden"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestNumber_groupsAsTheLanguageDoes(t *testing.T) {
	b := load(t)
	for n, want := range map[int64][3]string{
		0:         {"0", "0", "0"},
		999:       {"999", "999", "999"},
		1234:      {"1234", "1,234", "1234"},
		12345:     {"12.345", "12,345", "12" + nbsp + "345"},
		1000000:   {"1.000.000", "1,000,000", "1" + nbsp + "000" + nbsp + "000"},
		-5:        {"−5", "−5", "−5"},
		-87608:    {"−87.608", "−87,608", "−87" + nbsp + "608"},
		100000000: {"100.000.000", "100,000,000", "100" + nbsp + "000" + nbsp + "000"},
	} {
		for i, l := range i18n.All {
			if got := b.For(l).Number(n); got != want[i] {
				t.Errorf("%d in %s: %q, want %q", n, l, got, want[i])
			}
		}
	}
}

func TestMoney_inThreeLanguages(t *testing.T) {
	b := load(t)
	for _, c := range []struct {
		cents    int64
		currency string
		want     [3]string
	}{
		{8760879, "EUR", [3]string{"87.608,79" + nbsp + "€", "€87,608.79", "87" + nbsp + "608,79" + nbsp + "€"}},
		{5, "EUR", [3]string{"0,05" + nbsp + "€", "€0.05", "0,05" + nbsp + "€"}},
		{0, "EUR", [3]string{"0,00" + nbsp + "€", "€0.00", "0,00" + nbsp + "€"}},
		{-5, "EUR", [3]string{"−0,05" + nbsp + "€", "−€0.05", "−0,05" + nbsp + "€"}},
		{-123456, "NOK", [3]string{"−1234,56" + nbsp + "NOK", "−NOK" + nbsp + "1,234.56", "−1234,56" + nbsp + "NOK"}},
		{100000, "NOK", [3]string{"1000,00" + nbsp + "NOK", "NOK" + nbsp + "1,000.00", "1000,00" + nbsp + "NOK"}},
	} {
		for i, l := range i18n.All {
			if got := b.For(l).Money(c.cents, c.currency); got != c.want[i] {
				t.Errorf("%d %s in %s: %q, want %q", c.cents, c.currency, l, got, c.want[i])
			}
		}
	}
}

// A page prints a thousand texts: a number beyond the table of small ones must stay cheap enough too.
func BenchmarkN_big(b *testing.B) {
	p := load(b).For(i18n.HR)
	for b.Loop() {
		p.N("date.ago.hours", 1002)
	}
}
