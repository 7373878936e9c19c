package ical

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	goical "github.com/emersion/go-ical"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func written(t testing.TB, cal Calendar) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, cal); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func lace(t testing.TB) Event {
	loc := zagreb(t)
	return Event{
		UID: "s1@kvart.example", Sequence: 2, Stamp: time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC),
		Start: time.Date(2026, 10, 29, 18, 0, 0, 0, loc), End: time.Date(2026, 10, 29, 19, 30, 0, 0, loc), Zone: "Europe/Zagreb",
		Summary: "Čipka; čaj, kava", Description: "Prvi red\nDrugi \\ red", Location: "Velika dvorana", URL: "https://kvart.example/s/1?a=1,2;b",
	}
}

func TestWrite_wholeFeed(t *testing.T) {
	want := strings.Join([]string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Kvart//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
		"NAME:Centar", "X-WR-CALNAME:Centar", "X-WR-TIMEZONE:Europe/Zagreb",
		"BEGIN:VTIMEZONE", "TZID:Europe/Zagreb",
		"BEGIN:STANDARD", "DTSTART:20251026T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "TZNAME:CET", "END:STANDARD",
		"BEGIN:DAYLIGHT", "DTSTART:20260329T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "TZNAME:CEST", "END:DAYLIGHT",
		"BEGIN:STANDARD", "DTSTART:20261025T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "TZNAME:CET", "END:STANDARD",
		"END:VTIMEZONE",
		"BEGIN:VEVENT", "UID:s1@kvart.example", "DTSTAMP:20261001T080000Z", "SEQUENCE:2",
		"DTSTART;TZID=Europe/Zagreb:20261029T180000", "DTEND;TZID=Europe/Zagreb:20261029T193000",
		`SUMMARY:Čipka\; čaj\, kava`, `DESCRIPTION:Prvi red\nDrugi \\ red`, "LOCATION:Velika dvorana",
		"URL:https://kvart.example/s/1?a=1,2;b", "STATUS:CONFIRMED", "END:VEVENT", "END:VCALENDAR", "",
	}, "\r\n")
	got := written(t, Calendar{Name: "Centar", ProdID: "-//Kvart//EN", Zone: "Europe/Zagreb", Events: []Event{lace(t)}})
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestWrite_sameEventsInAnyOrderGiveTheSameBytes(t *testing.T) {
	a, b := lace(t), lace(t)
	b.UID, b.Zone = "s0@kvart.example", "Europe/Oslo"
	one := written(t, Calendar{ProdID: "p", Events: []Event{a, b}})
	if two := written(t, Calendar{ProdID: "p", Events: []Event{b, a}}); one != two {
		t.Error("order matters")
	}
	if n := strings.Count(one, "BEGIN:VTIMEZONE"); n != 2 {
		t.Errorf("%d zones", n)
	}
}

func TestWrite_emptyFeedStillHasAComponent(t *testing.T) {
	got := written(t, Calendar{ProdID: "p", Zone: "Europe/Zagreb"})
	if !strings.Contains(got, "BEGIN:VTIMEZONE\r\n") {
		t.Error(got)
	}
	if res := read(t, got, season(t)); len(res.Series)+len(res.Skipped) != 0 {
		t.Errorf("%+v", res)
	}
}

func TestWrite_secondTurnOfAnHourIsToldInUTC(t *testing.T) {
	e := lace(t)
	e.Start = time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC) // 02:30 CET; 00:30 UTC was 02:30 CEST
	e.End = e.Start.Add(2 * time.Hour)
	got := written(t, Calendar{ProdID: "p", Events: []Event{e}})
	for _, want := range []string{"\r\nDTSTART:20261025T013000Z\r\n", "\r\nDTEND;TZID=Europe/Zagreb:20261025T043000\r\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	e.Start = e.Start.Add(-time.Hour)
	if got := written(t, Calendar{ProdID: "p", Events: []Event{e}}); !strings.Contains(got, "DTSTART;TZID=Europe/Zagreb:20261025T023000\r\n") {
		t.Error(got)
	}
}

func TestWrite_zones(t *testing.T) {
	for name, want := range map[string][]string{
		"UTC":              {"\r\nDTSTART:20261029T170000Z\r\n"},
		"Asia/Kolkata":     {"TZOFFSETTO:+0530", "DTSTART;TZID=Asia/Kolkata:20261029T223000"},
		"Africa/Abidjan":   {"BEGIN:STANDARD", "TZOFFSETTO:+0000"},
		"Etc/GMT+3":        {"DTSTART:19700101T000000\r\nTZOFFSETFROM:-0300\r\nTZOFFSETTO:-0300"},
		"America/St_Johns": {"TZOFFSETFROM:-0330\r\nTZOFFSETTO:-0230"},
	} {
		e := lace(t)
		e.Zone = name
		got := written(t, Calendar{ProdID: "p", Events: []Event{e}})
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: no %q in\n%s", name, w, got)
			}
		}
		if name == "UTC" && strings.Contains(got, "VTIMEZONE") {
			t.Error("a VTIMEZONE for UTC")
		}
	}
}

func TestWrite_refusesWhatNobodyCouldRead(t *testing.T) {
	for name, spoil := range map[string]func(*Event){
		"no UID":             func(e *Event) { e.UID = " \n" },
		"no stamp":           func(e *Event) { e.Stamp = time.Time{} },
		"no start":           func(e *Event) { e.Start = time.Time{} },
		"no length":          func(e *Event) { e.End = e.Start },
		"no zone":            func(e *Event) { e.Zone = "" },
		"this machine":       func(e *Event) { e.Zone = "Local" },
		"a line in the zone": func(e *Event) { e.Zone = "Europe/Zagreb\r\nX:1" },
	} {
		e := lace(t)
		spoil(&e)
		var b bytes.Buffer
		if err := Write(&b, Calendar{ProdID: "p", Events: []Event{e}}); err == nil || b.Len() > 0 {
			t.Errorf("%s: taken", name)
		}
	}
	if Write(&bytes.Buffer{}, Calendar{}) == nil {
		t.Error("taken without PRODID")
	}
}

// The VTIMEZONE Write makes, read as the only knowledge of the zone, tells every hour as the zone database does.
func TestWrite_timezoneAgreesWithTheDatabase(t *testing.T) {
	for _, name := range []string{"Europe/Zagreb", "Europe/Dublin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo"} {
		e := lace(t)
		e.Zone, e.End = name, e.Start.AddDate(0, 8, 0)
		loc, err := loadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		lines, _ := contentLines([]byte(strings.ReplaceAll(written(t, Calendar{ProdID: "p", Events: []Event{e}}), name, "X")))
		r := &reader{opt: season(t), timezones: map[string]*timezone{}, zones: map[string]zone{}}
		r.parse(lines)
		own := zone{own: r.transitions(r.timezones["X"]), show: loc}
		known := zone{loc: loc, show: loc}
		for at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2028; at = at.Add(30 * time.Minute) {
			if !own.wall(at).Equal(known.wall(at)) {
				t.Fatalf("%s: at %v the clock shows %v, not %v", name, at, own.wall(at), known.wall(at))
			}
			if !own.at(at).Equal(known.at(at)) {
				t.Fatalf("%s: wall %v is %v, not %v", name, at, own.at(at), known.at(at))
			}
		}
	}
}

var anyText = rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zčćđšžČĐ,;:\\"\n\t 🙂]{0,120}`))

func TestWriteRead_roundTrip(t *testing.T) {
	opt := season(t)
	opt.From, opt.To = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		var events []Event
		for i := range rapid.IntRange(1, 8).Draw(t, "events") {
			start := time.Unix(rapid.Int64Range(1_600_000_000, 2_100_000_000).Draw(t, "start"), 0).UTC()
			if rapid.Bool().Draw(t, "near the change") {
				start = time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(-90, 180).Draw(t, "minutes")) * time.Minute)
			}
			events = append(events, Event{
				UID: fmt.Sprintf("%d,%s;x", i, rapid.StringMatching(`[a-z\\:]{0,90}`).Draw(t, "uid")), Sequence: rapid.IntRange(0, 99).Draw(t, "sequence"),
				Stamp: start, Start: start, End: start.Add(time.Duration(rapid.IntRange(1, 100_000).Draw(t, "seconds")) * time.Second),
				Zone:    rapid.SampledFrom([]string{"Europe/Zagreb", "Europe/Oslo", "America/New_York", "Australia/Lord_Howe"}).Draw(t, "zone"),
				Summary: anyText.Draw(t, "summary"), Description: anyText.Draw(t, "description"), Location: anyText.Draw(t, "location"),
				Cancelled: rapid.Bool().Draw(t, "cancelled"),
			})
		}
		var b bytes.Buffer
		if err := Write(&b, Calendar{Name: anyText.Draw(t, "name"), ProdID: "p", Events: events}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(b.String(), "\r\n"), "\r\n") {
			if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n") {
				t.Fatalf("line %q", line)
			}
		}
		if _, err := goical.NewDecoder(bytes.NewReader(b.Bytes())).Decode(); err != nil {
			t.Fatalf("another parser: %v", err)
		}
		res, err := Read(bytes.NewReader(b.Bytes()), opt)
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Series) != len(events) || len(res.Skipped)+len(res.Noted) != 0 {
			t.Fatalf("%d of %d, %+v %+v", len(res.Series), len(events), res.Skipped, res.Noted)
		}
		read := map[string]Series{}
		for _, s := range res.Series {
			read[s.UID] = s
		}
		for _, e := range events {
			s := read[e.UID]
			if len(s.Occurrences) != 1 {
				t.Fatalf("%q was read as %+v", e.UID, s)
			}
			o := s.Occurrences[0]
			if !o.Start.Equal(e.Start) || !o.End.Equal(e.End) || o.Cancelled != e.Cancelled || s.Sequence != e.Sequence {
				t.Fatalf("wrote %+v, read %+v", e, s)
			}
			words := func(s string) string { return strings.Join(strings.Fields(cleanText(s)), " ") }
			if s.Summary != words(e.Summary) || s.Description != strings.TrimSpace(cleanText(e.Description)) ||
				s.Location != strings.TrimSpace(cleanText(e.Location)) {
				t.Fatalf("wrote %+v, read %+v", e, s)
			}
		}
	})
}
