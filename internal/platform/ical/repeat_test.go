package ical

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kvart/internal/platform/fault"
)

func TestRepeat_keepsItsHourWhenTheClocksChange(t *testing.T) {
	starts, err := Repeat("2026-10-01", "18:00", "Europe/Zagreb", 1, "2027-06-30", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(starts) != 39 {
		t.Errorf("%d dates", len(starts))
	}
	for i, s := range starts {
		if s.Format("Mon 15:04") != "Thu 18:00" {
			t.Errorf("drifted: %v", s)
		}
		if i > 0 && s.YearDay() == starts[i-1].YearDay() {
			t.Errorf("twice: %v", s)
		}
	}
	// 25 October 2026 and 28 March 2027 make one week an hour longer and one an hour shorter.
	gaps := map[time.Duration]int{}
	for i := range starts[1:] {
		gaps[starts[i+1].Sub(starts[i])]++
	}
	if d := cmp.Diff(map[time.Duration]int{168 * time.Hour: 36, 169 * time.Hour: 1, 167 * time.Hour: 1}, gaps); d != "" {
		t.Error(d)
	}
}

func TestRepeat_hoursTheChangeTouches(t *testing.T) {
	for _, c := range []struct {
		start, clock string
		weeks        int
		want         []string
	}{
		{"2026-10-18", "02:30", 1, []string{"2026-10-18T02:30:00+02:00", "2026-10-25T02:30:00+02:00", "2026-11-01T02:30:00+01:00"}},
		{"2027-03-21", "02:30", 1, []string{"2027-03-21T02:30:00+01:00", "2027-03-28T03:30:00+02:00", "2027-04-04T02:30:00+02:00"}},
		{"2026-10-18", "02:00", 1, []string{"2026-10-18T02:00:00+02:00", "2026-10-25T02:00:00+02:00", "2026-11-01T02:00:00+01:00"}},
		{"2026-10-18", "03:00", 1, []string{"2026-10-18T03:00:00+02:00", "2026-10-25T03:00:00+01:00", "2026-11-01T03:00:00+01:00"}},
		{"2026-10-15", "18:00", 2, []string{"2026-10-15T18:00:00+02:00", "2026-10-29T18:00:00+01:00", "2026-11-12T18:00:00+01:00"}},
	} {
		starts, err := Repeat(c.start, c.clock, "Europe/Zagreb", c.weeks, "", 3)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range starts {
			got = append(got, s.Format(time.RFC3339))
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s %s: %s", c.start, c.clock, d)
		}
	}
}

func TestRepeat_lastDayIsIncluded(t *testing.T) {
	for until, want := range map[string]int{"2026-11-26": 1, "2026-12-02": 1, "2026-12-03": 2} {
		starts, err := Repeat("2026-11-26", "18:00", "Europe/Zagreb", 1, until, 0)
		if err != nil || len(starts) != want {
			t.Errorf("until %s: %d dates, %v", until, len(starts), err)
		}
	}
}

func TestRepeat_refuses(t *testing.T) {
	for _, c := range []struct {
		start, clock, zone string
		weeks              int
		until              string
		count              int
		key                string
	}{
		{"2026-02-30", "18:00", "Europe/Zagreb", 1, "", 3, "ical.repeat.start"},
		{"2026-11-26", "25:00", "Europe/Zagreb", 1, "", 3, "ical.repeat.clock"},
		{"2026-11-26", "18:00", "Europe/Atlantis", 1, "", 3, "ical.repeat.zone"},
		{"2026-11-26", "18:00", "", 1, "", 3, "ical.repeat.zone"},
		{"2026-11-26", "18:00", "Local", 1, "", 3, "ical.repeat.zone"},
		{"2026-11-26", "18:00", "Europe/Zagreb", 0, "", 3, "ical.repeat.weeks"},
		{"2026-11-26", "18:00", "Europe/Zagreb", 1, "", 0, "ical.repeat.end"},
		{"2026-11-26", "18:00", "Europe/Zagreb", 1, "", -1, "ical.repeat.end"},
		{"2026-11-26", "18:00", "Europe/Zagreb", 1, "2026-12-26", 3, "ical.repeat.end"},
		{"2026-11-26", "18:00", "Europe/Zagreb", 1, "26.12.2026.", 0, "ical.repeat.until"},
		{"2026-11-26", "18:00", "Europe/Zagreb", 1, "2026-11-25", 0, "ical.repeat.until_before_start"},
		{"2026-11-26", "18:00", "Europe/Zagreb", 1, "", 401, "ical.repeat.too_many"},
		{"2026-11-26", "18:00", "Europe/Zagreb", 1, "2036-11-26", 0, "ical.repeat.too_many"},
		{"2026-11-26", "18:00", "Europe/Zagreb", 1, "9999-11-26", 0, "ical.repeat.too_many"},
	} {
		_, err := Repeat(c.start, c.clock, c.zone, c.weeks, c.until, c.count)
		if !fault.Is(err, fault.KindInvalid) || fault.Of(err).Key != c.key {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
