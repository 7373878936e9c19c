package ical

import (
	"fmt"
	"strings"
	"testing"
)

func TestReadDays_holidaysAsOtherProgramsWriteThem(t *testing.T) {
	file := strings.ReplaceAll(`BEGIN:VCALENDAR
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261225
DTEND;VALUE=DATE:20261227
SUMMARY:Božić i Sveti
  Stjepan
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20200203
RRULE:FREQ=YEARLY;INTERVAL=1
SUMMARY:Sveti Vlaho
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261001
RRULE:FREQ=MONTHLY
SUMMARY:Inventura
END:VEVENT
BEGIN:VEVENT
DTSTART:20261005T100000Z
SUMMARY:Sastanak
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20240101
SUMMARY:Davno
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261101
DTEND;VALUE=DATE:99999999
SUMMARY:Kvar
END:VEVENT
END:VCALENDAR
`, "\n", "\r\n")
	list, skipped, err := ReadDays([]byte(file), "2026-09-01", "2028-08-31")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(list), "[{2026-12-25 2026-12-26 Božić i Sveti Stjepan 2} {2027-02-03 2027-02-03 Sveti Vlaho 8} {2028-02-03 2028-02-03 Sveti Vlaho 8}]"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if len(skipped) != 3 {
		t.Errorf("left out: %+v", skipped)
	}
	if _, _, err := ReadDays([]byte("od;do\n"), "2026-09-01", "2028-08-31"); err == nil {
		t.Error("a sheet is a calendar")
	}
}
