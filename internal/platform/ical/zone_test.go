package ical

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWindowsZone_everyOneExists(t *testing.T) {
	for name, iana := range windowsZones {
		if _, err := loadZone(iana); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range windowsCities {
		if _, err := loadZone(c.zone); err != nil {
			t.Errorf("%s: %v", c.city, err)
		}
	}
}

func TestNamedZone(t *testing.T) {
	for name, want := range map[string]string{
		"Europe/Zagreb":                                                "Europe/Zagreb",
		"/mozilla.org/20050126_1/Europe/Zagreb":                        "Europe/Zagreb",
		"/freeassociation.sourceforge.net/Asia/Baku":                   "Asia/Baku",
		"Central European Standard Time":                               "Europe/Zagreb",
		"W. Europe Daylight Time":                                      "Europe/Berlin",
		"(UTC+01:00) Sarajevo, Skopje, Warsaw, Zagreb":                 "Europe/Zagreb",
		"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna": "Europe/Berlin",
		"America/Argentina/Buenos_Aires":                               "America/Argentina/Buenos_Aires",
		"":                                                             "", "Local": "", "/": "", "Zagreb": "", "Europe/../Europe/Zagreb\x00": "",
	} {
		got := ""
		if loc := namedZone(name); loc != nil {
			got = loc.String()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// Every wall-clock minute of two years, placed and told again, is the same minute, but for the hour that is left out;
// and never the second turn of the hour that comes twice.
func TestZone_everyMinuteOfTheWallClock(t *testing.T) {
	loc := zagreb(t)
	z := zone{loc: loc, show: loc}
	missing := 0
	for wall := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); wall.Year() < 2028; wall = wall.Add(time.Minute) {
		at := z.at(wall)
		switch back := z.wall(at); {
		case back.Equal(wall.Add(time.Hour)):
			missing++
		case !back.Equal(wall):
			t.Fatalf("%v came back as %v", wall, back)
		}
		if z.wall(at.Add(-time.Hour)).Equal(wall) {
			t.Fatalf("%v is the second turn", wall)
		}
	}
	if missing != 120 {
		t.Errorf("%d minutes do not exist, want 60 a year", missing)
	}
}

func TestParseLength(t *testing.T) {
	for s, want := range map[string]length{
		"PT1H30M": {0, 90 * time.Minute}, "P1W": {7, 0}, "P1DT2H": {1, 2 * time.Hour}, "+PT45S": {0, 45 * time.Second},
		"-P1D": {-1, 0}, "P0DT1H0M0S": {0, time.Hour},
	} {
		if got, ok := parseLength(s); !ok || got != want {
			t.Errorf("%s: %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "P", "PT", "1H", "P1H", "PT1D", "PT1", "PTH", "P99999D", "PT999999999H", "P1.5D", "PT9999999999S"} {
		if got, ok := parseLength(s); ok {
			t.Errorf("%q was taken as %v", s, got)
		}
	}
}

func TestParseProperty(t *testing.T) {
	for line, want := range map[string]property{
		"SUMMARY:a:b;c": {name: "SUMMARY", value: "a:b;c"},
		`dtstart;tzid="A, B: C";X=1,2;tzid=late:20261110T100000`: {name: "DTSTART",
			params: map[string]string{"TZID": "A, B: C", "X": "1"}, value: "20261110T100000"},
		"A;B;C=:v": {name: "A", params: map[string]string{"C": ""}, value: "v"},
	} {
		got, ok := parseProperty(line)
		if d := cmp.Diff(want, got, cmp.AllowUnexported(property{})); !ok || d != "" {
			t.Errorf("%s: %v %s", line, ok, d)
		}
	}
	for _, line := range []string{"", ":", "no colon", "A;B", `A;B="x:y`, "A B:c", ";A=b:c", "A;=", "A;"} {
		if p, ok := parseProperty(line); ok {
			t.Errorf("%q was taken as %+v", line, p)
		}
	}
}
