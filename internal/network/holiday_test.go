package network

import (
	"testing"
	"time"
)

func TestHolidays_ofSeveralYears(t *testing.T) {
	for year, want := range map[int][2]string{ // Easter Monday, Corpus Christi, as the calendars of those years print them
		2020: {"2020-04-13", "2020-06-11"},
		2021: {"2021-04-05", "2021-06-03"},
		2023: {"2023-04-10", "2023-06-08"},
		2024: {"2024-04-01", "2024-05-30"}, // on Statehood Day
		2025: {"2025-04-21", "2025-06-19"},
		2026: {"2026-04-06", "2026-06-04"},
		2027: {"2027-03-29", "2027-05-27"},
		2038: {"2038-04-26", "2038-06-24"}, // the latest Easter there is
	} {
		list := Holidays(year)
		if len(list) != 14 {
			t.Errorf("%d: %d holidays", year, len(list))
		}
		at := map[string]string{}
		for i, h := range list {
			at[h.Name["hr"]] = h.Date
			if len(h.Name) != 3 || i > 0 && list[i-1].Date > h.Date {
				t.Errorf("%d: %v stands wrong, or lacks a language", year, h)
			}
		}
		if at["Uskrsni ponedjeljak"] != want[0] || at["Tijelovo"] != want[1] || at["Dan državnosti"] != time.Date(year, 5, 30, 0, 0, 0, 0, time.UTC).Format(time.DateOnly) {
			t.Errorf("%d: %v", year, at)
		}
	}
	for date, want := range map[string]bool{"2026-12-25": true, "2026-10-08": false, "2026-06-25": false, "2026-11-18": true, "2026-11-19": false, "": false, "2026-02-30": false} {
		if got := HolidayOn(date) != nil; got != want {
			t.Errorf("%s is a holiday: %v", date, got)
		}
	}
}

func TestEaster_isASundayBetween22MarchAnd25April(t *testing.T) {
	for year := 1900; year < 2200; year++ {
		e := easterSunday(year)
		if e.Weekday() != time.Sunday || e.Before(time.Date(year, 3, 22, 0, 0, 0, 0, time.UTC)) || e.After(time.Date(year, 4, 25, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%d: %s", year, e)
		}
	}
}

func TestDoubtAt(t *testing.T) {
	c := Centre{Zone: "Europe/Zagreb", Hours: HoursList{{1, "09:00", "12:00"}, {1, "12:00", "21:00"}, {2, "09:00", "13:00"}, {2, "15:00", "20:00"}, {5, "20:00", "02:00"}}}
	asked := []Closure{{FromDate: "2026-12-28", ToDate: "2026-12-29"}}
	at := func(s string) time.Time {
		x, err := time.ParseInLocation("2006-01-02 15:04", s, c.Location())
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, x := range []struct{ from, to, want string }{
		{"2026-11-30 10:00", "2026-11-30 20:00", ""}, // Monday; spans that touch are one
		{"2026-11-30 08:30", "2026-11-30 10:00", "hours"},
		{"2026-11-30 20:00", "2026-11-30 21:30", "hours"},
		{"2026-12-01 12:00", "2026-12-01 16:00", "hours"}, // over the pause
		{"2026-12-04 22:00", "2026-12-05 01:30", ""},      // past midnight
		{"2026-12-05 10:00", "2026-12-05 11:00", "hours"}, // Saturday
		{"2026-12-28 10:00", "2026-12-28 11:00", "closed"},
		{"2026-12-25 22:00", "2026-12-25 23:00", ""}, // no closure says so
		{"2026-12-27 23:00", "2026-12-28 01:00", "closed"},
		{"2026-12-27 22:00", "2026-12-28 00:00", "hours"}, // ends as the closed day begins
	} {
		got := ""
		if d := c.DoubtAt(at(x.from), at(x.to), asked); d != nil && d.Hours {
			got = "hours"
		} else if d != nil {
			got = "closed"
		}
		if got != x.want {
			t.Errorf("%s to %s: %q, want %q", x.from, x.to, got, x.want)
		}
	}
	if d := (Centre{Zone: "Europe/Zagreb"}).DoubtAt(at("2026-11-30 03:00"), at("2026-11-30 04:00"), nil); d != nil {
		t.Error("a centre that says no hours is outside them")
	}
}
