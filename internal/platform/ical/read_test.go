package ical

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"kvart/internal/platform/fault"
)

func zagreb(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Zagreb")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// season is the time most tests read for.
func season(t testing.TB) Options {
	loc := zagreb(t)
	return Options{
		From: time.Date(2026, 10, 1, 0, 0, 0, 0, loc), To: time.Date(2027, 6, 1, 0, 0, 0, 0, loc), DefaultZone: loc,
	}
}

func read(t *testing.T, data string, opt Options) Result {
	t.Helper()
	res, err := Read(strings.NewReader(data), opt)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// event wraps the lines of one VEVENT into a calendar.
func vevent(lines ...string) string {
	return "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:a\nSUMMARY:Susret\n" + strings.Join(lines, "\n") +
		"\nEND:VEVENT\nEND:VCALENDAR\n"
}

// tell writes a series' dates as people compare them.
func tell(s Series) []string {
	var out []string
	for _, o := range s.Occurrences {
		line := o.Start.Format("2006-01-02 15:04 -07") + " " + o.End.Sub(o.Start).String()
		if o.Moved {
			line += " moved from " + o.RecurrenceID.Format("2006-01-02 15:04")
		}
		if o.Cancelled {
			line += " cancelled"
		}
		if o.Summary != "" {
			line += " as " + o.Summary
		}
		if o.Location != "" {
			line += " in " + o.Location
		}
		out = append(out, line)
	}
	return out
}

func reasons(remarks []Remark) []string {
	out := []string{}
	for _, m := range remarks {
		out = append(out, fmt.Sprintf("%d %s %s", m.Line, m.UID, strings.TrimPrefix(m.Reason, "ical.")))
	}
	return out
}

func TestRead_exportsOfOtherPrograms(t *testing.T) {
	loc := zagreb(t)
	for _, c := range []struct {
		file           string
		to             time.Time
		dates          map[string][]string
		skipped, noted []string
	}{
		{
			file: "google", to: time.Date(2026, 11, 26, 0, 0, 0, 0, loc),
			dates: map[string][]string{
				"lace@google.com": {
					"2026-10-15 18:00 +02 1h30m0s", "2026-10-22 18:00 +02 1h30m0s",
					"2026-11-06 17:00 +01 1h30m0s moved from 2026-11-05 18:00 in Mala dvorana",
					"2026-11-12 18:00 +01 1h30m0s cancelled", "2026-11-19 18:00 +01 1h30m0s",
				},
				"film@google.com": {"2026-11-20 18:00 +01 2h0m0s"},
			},
			skipped: []string{"79 holiday@google.com skip.all_day"},
			noted:   []string{"26 lace@google.com note.endless"},
		},
		{
			file: "outlook", to: time.Date(2027, 6, 1, 0, 0, 0, 0, loc),
			dates: map[string][]string{
				"040000008200E00074C5B7101A82E00800000000A0": {
					"2026-10-06 10:00 +02 2h0m0s", "2026-10-20 10:00 +02 2h0m0s",
					"2026-11-03 10:00 +01 2h0m0s", "2026-11-17 10:00 +01 2h0m0s",
				},
				"walk": {
					"2026-10-23 17:00 +02 1h0m0s", "2026-10-24 17:00 +02 1h0m0s",
					"2026-10-25 17:00 +01 1h0m0s", "2026-10-26 17:00 +01 1h0m0s",
				},
				"far": {"2026-11-10 17:00 +01 1h30m0s"},
			},
			skipped: []string{"85 nowhere skip.unknown_zone"},
			noted:   []string{"78 far note.own_zone"},
		},
		{
			file: "apple", to: time.Date(2027, 6, 1, 0, 0, 0, 0, loc),
			dates: map[string][]string{
				"7B6D2C1E-0000-4000-8000-00000000A001": {
					"2027-03-24 18:30 +01 1h30m0s", "2027-03-31 18:30 +02 1h30m0s", "2027-04-07 18:30 +02 1h30m0s",
					"2027-04-14 18:30 +02 1h30m0s", "2027-04-17 18:30 +02 1h30m0s",
				},
				"7B6D2C1E-0000-4000-8000-00000000A002": {"2027-04-05 10:00 +02 1h0m0s"},
			},
			skipped: []string{"44 7B6D2C1E-0000-4000-8000-00000000A003 skip.not_an_event"},
			noted:   []string{"37 7B6D2C1E-0000-4000-8000-00000000A002 note.floating"},
		},
		{
			file: "nextcloud", to: time.Date(2027, 6, 1, 0, 0, 0, 0, loc),
			dates: map[string][]string{
				"c0ffee00-0000-4000-8000-000000000001": {
					"2026-10-05 09:00 +02 2h0m0s",
					"2026-12-07 09:00 +01 1h0m0s moved from 2026-12-07 09:00 as Krpanje i čaj",
					"2027-01-04 09:00 +01 2h0m0s",
				},
				// 25 October tells 02:30 twice; the first is meant.
				"c0ffee00-0000-4000-8000-000000000002": {
					"2026-10-24 02:30 +02 1h0m0s", "2026-10-25 02:30 +02 1h0m0s", "2026-10-26 02:30 +01 1h0m0s",
				},
			},
			skipped: []string{}, noted: []string{},
		},
	} {
		t.Run(c.file, func(t *testing.T) {
			data, err := os.ReadFile("testdata/" + c.file + ".ics")
			if err != nil {
				t.Fatal(err)
			}
			opt := season(t)
			opt.To = c.to
			// The same file with any line end is the same calendar.
			for _, lineEnd := range []string{"\n", "\r\n", "\r"} {
				text := strings.ReplaceAll(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n", lineEnd)
				res := read(t, text, opt)
				got := map[string][]string{}
				for _, s := range res.Series {
					got[s.UID] = tell(s)
				}
				if d := cmp.Diff(c.dates, got); d != "" {
					t.Errorf("line end %q: dates (-want +got):\n%s", lineEnd, d)
				}
				if d := cmp.Diff(c.skipped, reasons(res.Skipped)); d != "" {
					t.Errorf("line end %q: skipped (-want +got):\n%s", lineEnd, d)
				}
				if d := cmp.Diff(c.noted, reasons(res.Noted)); d != "" {
					t.Errorf("line end %q: noted (-want +got):\n%s", lineEnd, d)
				}
			}
		})
	}
}

func TestRead_wordsOfAnEvent(t *testing.T) {
	data, err := os.ReadFile("testdata/google.ics")
	if err != nil {
		t.Fatal(err)
	}
	res := read(t, "\ufeff"+string(data), season(t))
	s := res.Series[0]
	s.Occurrences = nil
	want := Series{
		UID: "lace@google.com", Sequence: 3, Line: 26, Summary: "Večer čipke",
		Description: "Ponesite kukicu.\nČaj je na stolu; kolače peče tko stigne, dođite i bez najave.",
		Location:    "Velika dvorana", Zone: "Europe/Zagreb", Rule: "FREQ=WEEKLY;BYDAY=TH",
		EveryWeeks: 1, Weekdays: []time.Weekday{time.Thursday}, Endless: true,
	}
	if d := cmp.Diff(want, s); d != "" {
		t.Error(d)
	}
	if res.Name != "Centar, program" {
		t.Errorf("name %q", res.Name)
	}
}

func TestRead_privateEventIsMarked(t *testing.T) {
	res := read(t, vevent("CLASS:CONFIDENTIAL", "DTSTART:20261110T100000Z", "DTEND:20261110T110000Z"), season(t))
	if !res.Series[0].Private {
		t.Error("not marked")
	}
}

func TestRead_encodings(t *testing.T) {
	text := vevent("LOCATION:Šubićeva 4\\, Đačka soba", "DTSTART;TZID=Europe/Zagreb:20261110T100000", "DURATION:PT1H")
	legacy, err := charmap.Windows1250.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data  string
		noted []string
	}{
		"UTF-8":        {text, []string{}},
		"with BOM":     {"\ufeff" + text, []string{}},
		"UTF-16":       {wide, []string{}},
		"Windows-1250": {legacy, []string{"0  note.windows_1250"}},
	} {
		res := read(t, c.data, season(t))
		if len(res.Series) != 1 || res.Series[0].Location != "Šubićeva 4, Đačka soba" {
			t.Errorf("%s: %+v", name, res)
		}
		if d := cmp.Diff(c.noted, reasons(res.Noted)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestRead_foldInsideACharacter(t *testing.T) {
	text := vevent("LOCATION:Kod \xc4\n \x90ure", "DTSTART:20261110T100000Z", "DURATION:PT1H")
	res := read(t, text, season(t))
	if res.Series[0].Location != "Kod Đure" || len(res.Noted) != 0 {
		t.Errorf("%+v", res)
	}
}

func TestRead_whatIsLeftOut(t *testing.T) {
	at := "DTSTART;TZID=Europe/Zagreb:20261110T100000"
	hour := "DTEND;TZID=Europe/Zagreb:20261110T110000"
	for _, c := range []struct {
		name, file, reason string
	}{
		{"no start", vevent("DTEND:20261110T110000Z"), "ical.skip.no_start"},
		{"no end", vevent(at), "ical.skip.no_end"},
		{"ends at its start", vevent(at, "DTEND:20261110T090000Z"), "ical.skip.no_end"},
		{"ends before it starts", vevent(at, "DTEND:20261110T080000Z"), "ical.skip.end_before_start"},
		{"negative duration", vevent(at, "DURATION:-PT1H"), "ical.skip.end_before_start"},
		{"broken duration", vevent(at, "DURATION:1 hour"), "ical.skip.bad_time"},
		{"no such day", vevent("DTSTART:20260230T100000", hour), "ical.skip.bad_time"},
		{"a year nobody means", vevent("DTSTART:02261110T100000", hour), "ical.skip.bad_time"},
		{"whole day", vevent("DTSTART;VALUE=DATE:20261110"), "ical.skip.all_day"},
		{"unknown zone", vevent("DTSTART;TZID=Mars/Olympus:20261110T100000", hour), "ical.skip.unknown_zone"},
		{"this machine's zone", vevent("DTSTART;TZID=Local:20261110T100000", hour), "ical.skip.unknown_zone"},
		{"a file as zone", vevent("DTSTART;TZID=../../etc/passwd:20261110T100000", hour), "ical.skip.unknown_zone"},
		{"every second", vevent(at, hour, "RRULE:FREQ=SECONDLY"), "ical.skip.rule_too_often"},
		{"every minute", vevent(at, hour, "RRULE:FREQ=MINUTELY;COUNT=3"), "ical.skip.rule_too_often"},
		{"hour that never comes", vevent(at, hour, "RRULE:FREQ=HOURLY;INTERVAL=24;BYHOUR=5"), "ical.skip.rule_too_often"},
		{"broken rule", vevent(at, hour, "RRULE:FREQ=SOMETIMES"), "ical.skip.bad_rule"},
		{"rule rrule-go would panic on", vevent(at, hour, "RRULE:FREQ=MONTHLY;BYDAY=53MO"), "ical.skip.bad_rule"},
		{"Easter", vevent(at, hour, "RRULE:FREQ=YEARLY;BYEASTER=400"), "ical.skip.bad_rule"},
		{"no interval", vevent(at, hour, "RRULE:FREQ=DAILY;INTERVAL=0"), "ical.skip.bad_rule"},
		{"broken left-out date", vevent(at, hour, "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:tomorrow"), "ical.skip.bad_dates"},
		{"long ago", vevent("DTSTART:20200101T100000Z", "DURATION:PT1H"), "ical.skip.outside"},
		{"far off", vevent("DTSTART:20400101T100000Z", "DURATION:PT1H"), "ical.skip.outside"},
		{"too many dates", vevent(at, hour, "RRULE:FREQ=DAILY;BYHOUR=9,10,11;COUNT=300"), "ical.skip.too_many_dates"},
		{"cut off", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\n" + at + "\n" + hour, "ical.skip.unfinished"},
		{"end missing", "BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + at + "\n" + hour + "\nEND:VCALENDAR\n", "ical.skip.unfinished"},
	} {
		t.Run(c.name, func(t *testing.T) {
			opt := season(t)
			opt.MaxOccurrences = 100
			res := read(t, c.file, opt)
			if len(res.Series) != 0 || len(res.Skipped) != 1 || res.Skipped[0].Reason != c.reason {
				t.Errorf("series %v, skipped %+v", res.Series, res.Skipped)
			}
		})
	}
}

func TestRead_oneBrokenEventDoesNotSpoilTheNext(t *testing.T) {
	res := read(t, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20261110T100000Z\nBEGIN:VALARM\n"+
		"BEGIN:VEVENT\nUID:b\nthis is no line\nDTSTART:20261111T100000Z\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n", season(t))
	if len(res.Series) != 1 || res.Series[0].UID != "b" {
		t.Errorf("%+v", res)
	}
	if d := cmp.Diff([]string{"2 a skip.unfinished"}, reasons(res.Skipped)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"6 b note.bad_line"}, reasons(res.Noted)); d != "" {
		t.Error(d)
	}
}

func TestRead_whatIsNoCalendar(t *testing.T) {
	for _, data := range []string{"", "hello", "<html>\nBEGIN:VCARD\n", "BEGIN:VCARD\nEND:VCARD\n", "END:VCALENDAR\n",
		strings.Repeat("BEGIN:VCALENDAR\n", 40)} {
		if _, err := Read(strings.NewReader(data), season(t)); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("%.20q: %v", data, err)
		}
	}
}

func TestRead_limits(t *testing.T) {
	opt := season(t)
	opt.MaxBytes = 1 << 20
	if _, err := Read(bytes.NewReader(make([]byte, 2<<20)), opt); fault.Of(err).Key != "ical.fault.too_large" {
		t.Errorf("too large: %v", err)
	}
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\n")
	for i := range 20 {
		fmt.Fprintf(&b, "BEGIN:VEVENT\nUID:%d\nDTSTART:20261110T100000Z\nDURATION:PT1H\nEND:VEVENT\n", i)
	}
	b.WriteString("END:VCALENDAR\n")
	opt.MaxEvents = 10
	res := read(t, b.String(), opt)
	if len(res.Series) != 10 || len(res.Skipped) != 1 || res.Skipped[0].Reason != "ical.skip.too_many_events" {
		t.Errorf("%d series, %+v", len(res.Series), res.Skipped)
	}
	if _, err := Read(strings.NewReader(""), Options{}); err == nil {
		t.Error("took options without a time")
	}
}

// Rules that never come true are looked for until the year 9999: a file must not hold a thousand of them.
func TestRead_hostileRulesEndSoon(t *testing.T) {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\n")
	for i := range 3000 {
		rule := "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
		if i%2 == 0 {
			rule = "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11"
		}
		fmt.Fprintf(&b, "BEGIN:VEVENT\nUID:%d\nDTSTART:19700101T100000Z\nDURATION:PT1H\nRRULE:%s\nEND:VEVENT\n", i, rule)
	}
	b.WriteString("END:VCALENDAR\n")
	begun := time.Now()
	res := read(t, b.String(), season(t))
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	if !slices.ContainsFunc(res.Skipped, func(m Remark) bool { return m.Reason == "ical.skip.too_much" }) {
		t.Error("nothing was refused")
	}
}

func TestRead_manyLeftOutDatesAreRefused(t *testing.T) {
	res := read(t, vevent("DTSTART:20261110T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2",
		"EXDATE:"+strings.Repeat("20261111T100000Z,", maxMoments+1)), season(t))
	if len(res.Skipped) != 1 || res.Skipped[0].Reason != "ical.skip.bad_dates" {
		t.Errorf("%+v", res.Skipped)
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"google", "outlook", "apple", "nextcloud"} {
		data, err := os.ReadFile("testdata/" + name + ".ics")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(vevent("DTSTART:20261110T100000Z", "DURATION:P1DT1H", "RRULE:FREQ=YEARLY;BYWEEKNO=-1,53;BYDAY=-53MO")))
	f.Add([]byte(vevent("DTSTART:20261110T100000Z", "DURATION:PT1H", "RDATE;VALUE=PERIOD:20261111T100000Z/P1D", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261110")))
	f.Add([]byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;TZID=\"a,b:c\";X=:1\r\n \r\n\t\xff\r\nEND:VEVENT"))
	opt := season(f)
	opt.MaxEvents, opt.MaxOccurrences = 50, 500
	f.Fuzz(func(t *testing.T, data []byte) {
		res, err := Read(bytes.NewReader(data), opt)
		if err != nil {
			return
		}
		total := 0
		for _, s := range res.Series {
			total += len(s.Occurrences)
			if s.UID == "" || len(s.Occurrences) == 0 {
				t.Fatalf("empty series %+v", s)
			}
			for i, o := range s.Occurrences {
				if !o.End.After(o.Start) || !o.End.After(opt.From) || !o.Start.Before(opt.To) {
					t.Fatalf("%v to %v", o.Start, o.End)
				}
				if i > 0 && o.Start.Before(s.Occurrences[i-1].Start) {
					t.Fatal("not in order")
				}
				if o.Start.Location().String() != s.Zone {
					t.Fatalf("told in %v, not %s", o.Start.Location(), s.Zone)
				}
			}
		}
		if total > opt.MaxOccurrences {
			t.Fatalf("%d dates", total)
		}
	})
}
