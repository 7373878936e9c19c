package ical

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRead_rules(t *testing.T) {
	at, hour := "DTSTART;TZID=Europe/Zagreb:20261020T180000", "DURATION:PT1H"
	for _, c := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"until a day, that day included", []string{at, hour, "RRULE:FREQ=WEEKLY;UNTIL=20261103"},
			[]string{"2026-10-20 18:00 +02 1h0m0s", "2026-10-27 18:00 +01 1h0m0s", "2026-11-03 18:00 +01 1h0m0s"}},
		{"until a local time", []string{at, hour, "RRULE:FREQ=WEEKLY;UNTIL=20261103T175959"},
			[]string{"2026-10-20 18:00 +02 1h0m0s", "2026-10-27 18:00 +01 1h0m0s"}},
		{"until in UTC, across the change", []string{at, hour, "RRULE:FREQ=WEEKLY;UNTIL=20261027T170000Z"},
			[]string{"2026-10-20 18:00 +02 1h0m0s", "2026-10-27 18:00 +01 1h0m0s"}},
		{"the start counts though the rule does not name it", []string{at, hour, "RRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=3"},
			[]string{"2026-10-20 18:00 +02 1h0m0s", "2026-10-22 18:00 +02 1h0m0s", "2026-10-29 18:00 +01 1h0m0s"}},
		{"two rules and a rule of what is left out", []string{at, hour, "RRULE:FREQ=DAILY;COUNT=4", "RRULE:FREQ=WEEKLY;COUNT=2",
			"EXRULE:FREQ=DAILY;INTERVAL=2;COUNT=2"},
			[]string{"2026-10-20 18:00 +02 1h0m0s", "2026-10-21 18:00 +02 1h0m0s", "2026-10-23 18:00 +02 1h0m0s", "2026-10-27 18:00 +01 1h0m0s"}},
		{"left out in UTC and as local time without zone", []string{at, hour, "RRULE:FREQ=DAILY;COUNT=4", "EXDATE:20261021T160000Z,20261022T180000"},
			[]string{"2026-10-20 18:00 +02 1h0m0s", "2026-10-23 18:00 +02 1h0m0s"}},
		{"left out in another zone", []string{at, hour, "RRULE:FREQ=DAILY;COUNT=2", "EXDATE;TZID=Europe/London:20261021T170000"},
			[]string{"2026-10-20 18:00 +02 1h0m0s"}},
		{"extra periods", []string{at, hour, "RDATE;VALUE=PERIOD:20261027T170000Z/PT2H,20261028T170000Z/20261028T173000Z"},
			[]string{"2026-10-20 18:00 +02 1h0m0s", "2026-10-27 18:00 +01 2h0m0s", "2026-10-28 18:00 +01 30m0s"}},
		{"extra day", []string{at, hour, "RDATE;VALUE=DATE:20261030"},
			[]string{"2026-10-20 18:00 +02 1h0m0s", "2026-10-30 18:00 +01 1h0m0s"}},
		{"an hour that does not exist", []string{"DTSTART;TZID=Europe/Zagreb:20270321T023000", hour, "RRULE:FREQ=WEEKLY;COUNT=3"},
			[]string{"2027-03-21 02:30 +01 1h0m0s", "2027-03-28 03:30 +02 1h0m0s", "2027-04-04 02:30 +02 1h0m0s"}},
		{"an hour that comes twice", []string{"DTSTART;TZID=Europe/Zagreb:20261018T023000", hour, "RRULE:FREQ=WEEKLY;COUNT=3"},
			[]string{"2026-10-18 02:30 +02 1h0m0s", "2026-10-25 02:30 +02 1h0m0s", "2026-11-01 02:30 +01 1h0m0s"}},
		{"days of length count by the calendar", []string{"DTSTART;TZID=Europe/Zagreb:20261024T180000", "DURATION:P1D"},
			[]string{"2026-10-24 18:00 +02 25h0m0s"}},
		{"hours of length by the clock", []string{"DTSTART;TZID=Europe/Zagreb:20261024T180000", "DURATION:PT24H"},
			[]string{"2026-10-24 18:00 +02 24h0m0s"}},
		{"last Friday of the month", []string{"DTSTART;TZID=Europe/Zagreb:20261030T180000", hour, "RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=3"},
			[]string{"2026-10-30 18:00 +01 1h0m0s", "2026-11-27 18:00 +01 1h0m0s", "2026-12-25 18:00 +01 1h0m0s"}},
		{"the 31st only where there is one", []string{"DTSTART;TZID=Europe/Zagreb:20261031T180000", hour, "RRULE:FREQ=MONTHLY;COUNT=3"},
			[]string{"2026-10-31 18:00 +01 1h0m0s", "2026-12-31 18:00 +01 1h0m0s", "2027-01-31 18:00 +01 1h0m0s"}},
		{"begun long before, by count", []string{"DTSTART;TZID=Europe/Zagreb:20260915T180000", hour, "RRULE:FREQ=WEEKLY;COUNT=4"},
			[]string{"2026-10-06 18:00 +02 1h0m0s"}},
		{"all cancelled", []string{at, hour, "STATUS:CANCELLED"}, []string{"2026-10-20 18:00 +02 1h0m0s cancelled"}},
		{"lower case and spaces", []string{at, hour, "RRULE:freq=weekly; count=2;"},
			[]string{"2026-10-20 18:00 +02 1h0m0s", "2026-10-27 18:00 +01 1h0m0s"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := read(t, vevent(c.lines...), season(t))
			if len(res.Series) != 1 {
				t.Fatalf("%+v", res)
			}
			if d := cmp.Diff(c.want, tell(res.Series[0])); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRead_aWholeYearKeepsItsHour(t *testing.T) {
	opt := season(t)
	opt.From, opt.To = time.Date(2026, 9, 1, 0, 0, 0, 0, opt.DefaultZone), time.Date(2027, 9, 1, 0, 0, 0, 0, opt.DefaultZone)
	res := read(t, vevent("DTSTART;TZID=Europe/Zagreb:20260903T180000", "DTEND;TZID=Europe/Zagreb:20260903T190000", "RRULE:FREQ=WEEKLY"), opt)
	s := res.Series[0]
	if len(s.Occurrences) != 52 {
		t.Fatalf("%d dates", len(s.Occurrences))
	}
	for _, o := range s.Occurrences {
		if o.Start.Format("Mon 15:04") != "Thu 18:00" || o.End.Format("15:04") != "19:00" {
			t.Errorf("drifted: %v to %v", o.Start, o.End)
		}
	}
}

func TestRead_utcSeriesIsTakenAsWrittenAndNoted(t *testing.T) {
	res := read(t, vevent("DTSTART:20261020T160000Z", "DTEND:20261020T170000Z", "RRULE:FREQ=WEEKLY;COUNT=2"), season(t))
	if d := cmp.Diff([]string{"2026-10-20 18:00 +02 1h0m0s", "2026-10-27 17:00 +01 1h0m0s"}, tell(res.Series[0])); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"3 a note.utc_series"}, reasons(res.Noted)); d != "" {
		t.Error(d)
	}
	if res.Series[0].EveryWeeks != 0 {
		t.Error("a series that drifts is not the same hour every week")
	}
}

func TestRead_changesOfSingleDates(t *testing.T) {
	series := "BEGIN:VEVENT\nUID:a\nSUMMARY:Zbor\nDTSTART;TZID=Europe/Zagreb:20261020T180000\nDTEND;TZID=Europe/Zagreb:20261020T190000\n" +
		"RRULE:FREQ=WEEKLY;COUNT=4\nEND:VEVENT\n"
	change := func(lines ...string) string {
		return "BEGIN:VEVENT\nUID:a\nSUMMARY:Zbor\n" + strings.Join(lines, "\n") + "\nEND:VEVENT\n"
	}
	for _, c := range []struct {
		name, events string
		want         []string
	}{
		{"named in UTC, before its series in the file",
			change("RECURRENCE-ID:20261027T170000Z", "DTSTART:20261028T170000Z", "DTEND:20261028T180000Z") + series,
			[]string{"2026-10-20 18:00 +02 1h0m0s", "2026-10-28 18:00 +01 1h0m0s moved from 2026-10-27 18:00",
				"2026-11-03 18:00 +01 1h0m0s", "2026-11-10 18:00 +01 1h0m0s"}},
		{"named by the day, cancelled without a time",
			series + change("RECURRENCE-ID;VALUE=DATE:20261027", "STATUS:CANCELLED"),
			[]string{"2026-10-20 18:00 +02 1h0m0s", "2026-10-27 18:00 +01 1h0m0s cancelled",
				"2026-11-03 18:00 +01 1h0m0s", "2026-11-10 18:00 +01 1h0m0s"}},
		{"the newest change counts",
			series + change("RECURRENCE-ID:20261027T170000Z", "SEQUENCE:2", "DTSTART:20261027T180000Z", "DURATION:PT1H") +
				change("RECURRENCE-ID:20261027T170000Z", "SEQUENCE:1", "DTSTART:20261027T190000Z", "DURATION:PT1H"),
			[]string{"2026-10-20 18:00 +02 1h0m0s", "2026-10-27 19:00 +01 1h0m0s moved from 2026-10-27 18:00",
				"2026-11-03 18:00 +01 1h0m0s", "2026-11-10 18:00 +01 1h0m0s"}},
		{"this and all later ones",
			series + change("RECURRENCE-ID;RANGE=THISANDFUTURE:20261027T170000Z", "DTSTART;TZID=Europe/Zagreb:20261027T183000", "DURATION:PT2H") +
				change("RECURRENCE-ID:20261103T170000Z", "STATUS:CANCELLED"),
			[]string{"2026-10-20 18:00 +02 1h0m0s", "2026-10-27 18:30 +01 2h0m0s moved from 2026-10-27 18:00",
				"2026-11-03 18:30 +01 2h0m0s moved from 2026-11-03 18:00 cancelled", "2026-11-10 18:30 +01 2h0m0s moved from 2026-11-10 18:00"}},
		{"of a date the rule does not give",
			series + change("RECURRENCE-ID:20261029T170000Z", "DTSTART:20261029T180000Z", "DURATION:PT1H") +
				change("RECURRENCE-ID:20261030T170000Z", "DTSTART:20261030T180000Z", "DURATION:PT1H", "STATUS:CANCELLED"),
			[]string{"2026-10-20 18:00 +02 1h0m0s", "2026-10-27 18:00 +01 1h0m0s", "2026-10-29 19:00 +01 1h0m0s moved from 2026-10-29 18:00",
				"2026-11-03 18:00 +01 1h0m0s", "2026-11-10 18:00 +01 1h0m0s"}},
		{"out of the asked time",
			series + change("RECURRENCE-ID:20261110T170000Z", "DTSTART:20280101T180000Z", "DURATION:PT1H"),
			[]string{"2026-10-20 18:00 +02 1h0m0s", "2026-10-27 18:00 +01 1h0m0s", "2026-11-03 18:00 +01 1h0m0s"}},
		{"without their series",
			change("RECURRENCE-ID:20261027T170000Z", "DTSTART:20261028T170000Z", "DTEND:20261028T180000Z"),
			[]string{"2026-10-28 18:00 +01 1h0m0s moved from 2026-10-27 18:00 as Zbor"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := read(t, "BEGIN:VCALENDAR\n"+c.events+"END:VCALENDAR\n", season(t))
			if len(res.Series) != 1 {
				t.Fatalf("%+v", res)
			}
			if d := cmp.Diff(c.want, tell(res.Series[0])); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRead_sameUIDTwice(t *testing.T) {
	one := func(seq int, hour string) string {
		return fmt.Sprintf("BEGIN:VEVENT\nUID:a\nSEQUENCE:%d\nDTSTART:20261110T%s0000Z\nDURATION:PT1H\nEND:VEVENT\n", seq, hour)
	}
	res := read(t, "BEGIN:VCALENDAR\n"+one(1, "10")+one(2, "11")+one(1, "12")+"END:VCALENDAR\n", season(t))
	if len(res.Series) != 1 || res.Series[0].Occurrences[0].Start.Hour() != 12 { // 11 UTC in Zagreb
		t.Errorf("%+v", res.Series)
	}
	if d := cmp.Diff([]string{"2 a skip.duplicate", "14 a skip.duplicate"}, reasons(res.Skipped)); d != "" {
		t.Error(d)
	}
}

func TestRead_missingUIDIsTheSameAtEachReading(t *testing.T) {
	file := strings.Replace(vevent("DTSTART:20261110T100000Z", "DURATION:PT1H"), "UID:a\n", "", 1)
	a, b := read(t, file, season(t)), read(t, "\n\n"+file, season(t))
	if a.Series[0].UID != b.Series[0].UID || !strings.HasPrefix(a.Series[0].UID, "no-uid-") {
		t.Errorf("%q, %q", a.Series[0].UID, b.Series[0].UID)
	}
	if a.Noted[0].Reason != "ical.note.no_uid" {
		t.Errorf("%+v", a.Noted)
	}
}
