package support_test

import (
	"encoding/base64"
	"testing"
	"time"

	. "kvart/internal/support"
)

func encoded(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func decoded(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func TestAhead_countsWorkingDaysAndLeavesOutWhoIsAway(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Zagreb")
	if err != nil {
		t.Fatal(err)
	}
	turns := []Turn{{AccountID: "ana", Weekday: 1, From: "09:00", To: "12:00"}, {AccountID: "eva", Weekday: 5, From: "14:00", To: "18:00"}, {AccountID: "iva", Weekday: 6, From: "10:00", To: "11:00"}}
	nobody := func(string, string) bool { return false }
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		now  string
		days int
		away func(string, string) bool
		want string
	}{
		{"2026-11-26 12:00", 3, nobody, "2026-11-27 18:00"},                                       // Thursday: tomorrow
		{"2026-11-27 17:59", 3, nobody, "2026-11-27 18:00"},                                       // while it lasts
		{"2026-11-27 18:00", 3, nobody, "2026-11-28 11:00"},                                       // a turn on a Saturday counts, the Saturday does not
		{"2026-11-27 18:00", 3, func(a, _ string) bool { return a == "iva" }, "2026-11-30 12:00"}, // Monday is the second working day
		{"2026-11-24 08:00", 3, func(a, d string) bool { return true }, ""},                       // all are away
		{"2026-12-01 13:00", 3, nobody, ""},                                                       // Tuesday to Thursday: nobody
		{"2026-12-23 09:00", 3, nobody, "2026-12-26 11:00"},                                       // Christmas on a Friday: its turn falls out, and its day does not count
		{"2026-12-24 09:00", 3, func(a, _ string) bool { return a == "iva" }, "2026-12-28 12:00"},
	} {
		got := ""
		if list := Ahead(turns, c.away, at(c.now), zone, c.days); len(list) > 0 {
			got = list[0].End.In(zone).Format("2006-01-02 15:04")
		}
		if got != c.want {
			t.Errorf("from %s: %q, want %q", c.now, got, c.want)
		}
	}
}
