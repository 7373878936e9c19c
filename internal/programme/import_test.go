package programme_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/xuri/excelize/v2"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/jobs"
	. "kvart/internal/programme"
)

// calendarFile is a weekly event in the big room, a single one at an address and a private one.
func calendarFile(hour, count int, extra string) []byte {
	return []byte(strings.ReplaceAll(fmt.Sprintf(`BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//test//EN
BEGIN:VEVENT
UID:zbor@test
DTSTAMP:20261001T000000Z
DTSTART;TZID=Europe/Zagreb:20261105T%02d0000
DTEND;TZID=Europe/Zagreb:20261105T%02d0000
RRULE:FREQ=WEEKLY;COUNT=%d
%sSUMMARY:Kvartovski zbor
LOCATION:velika SOBA
END:VEVENT
BEGIN:VEVENT
UID:vrt@test
DTSTAMP:20261001T000000Z
DTSTART;TZID=Europe/Zagreb:20261107T100000
DTEND;TZID=Europe/Zagreb:20261107T120000
SUMMARY:Zajednički vrt
LOCATION:Kod vodenice
END:VEVENT
BEGIN:VEVENT
UID:sastanak@test
DTSTAMP:20261001T000000Z
DTSTART;TZID=Europe/Zagreb:20261108T100000
DTEND;TZID=Europe/Zagreb:20261108T120000
CLASS:PRIVATE
SUMMARY:Sastanak
END:VEVENT
END:VCALENDAR
`, hour, hour+2, count, extra), "\n", "\r\n"))
}

func (w *town) imported(data []byte) Report {
	w.t.Helper()
	r, err := w.ImportICS(w.t.Context(), w.Centre, data, "test", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func TestImportICS_sameFileTwiceChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		data := calendarFile(18, 4, "")
		plan, err := w.PlanICS(t.Context(), w.Centre, data, nil)
		if err != nil {
			t.Fatal(err)
		}
		if n := w.number(`SELECT COUNT(*) FROM activities`, nil); n != 0 {
			t.Fatal("a dry run kept something")
		}
		first := w.imported(data)
		if len(first.Lines) != len(plan.Lines) || first.Count(TakeNew) != 7 || first.Count(TakeNone) != 1 {
			t.Errorf("planned %+v\ntook %+v", plan, first)
		}
		if n := w.number(`SELECT COUNT(*) FROM sessions WHERE space_id = :r AND booking_id IS NOT NULL`, db.Args{"r": w.Room}); n != 4 {
			t.Errorf("%d sessions hold the room, want 4", n)
		}
		rows := `SELECT (SELECT SUM(version) FROM activities) + (SELECT SUM(version) + COUNT(*) FROM sessions) + (SELECT COUNT(*) FROM bookings) + (SELECT COUNT(*) FROM audit_rows)`
		before := w.number(rows, nil)
		second := w.imported(data)
		if second.Count(TakeSame) != 5 || second.Count(TakeNew) != 0 || w.number(rows, nil) != before {
			t.Errorf("the second time: %+v", second)
		}
	})
}

func TestImportICS_changedFileMovesAndCancelsAndKeepsRegistrations(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.imported(calendarFile(18, 4, ""))
		r := w.imported(calendarFile(19, 3, "EXDATE;TZID=Europe/Zagreb:20261112T190000\n"))
		if r.Count(TakeMove) != 2 || r.Count(TakeCancel) != 2 {
			t.Errorf("%+v, want two moved, two called off", r)
		}
		list, err := w.Public(t.Context(), Filter{From: w.Now(), To: w.Now().AddDate(1, 0, 0)})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range list {
			got = append(got, l.Start().Format("2.1. 15:04 ")+l.State)
		}
		if s := strings.Join(got, ", "); s != "5.11. 19:00 planned, 7.11. 10:00 planned, 12.11. 18:00 cancelled, 19.11. 19:00 planned, 26.11. 18:00 cancelled" {
			t.Error(s)
		}
	})
}

func TestImportICS_takenRoomIsReportedAndTheRestIsTaken(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		start := time.Date(2026, 11, 12, 19, 0, 0, 0, w.zone)
		if _, err := w.Booking.Book(t.Context(), booking.New{SpaceID: w.Room, CentreID: w.Centre, Title: "Proba", Start: start, End: start.Add(time.Hour), By: "test"}); err != nil {
			t.Fatal(err)
		}
		r := w.imported(calendarFile(18, 4, ""))
		found := false
		for _, l := range r.Lines {
			found = found || l.What == TakeNone && len(l.Clashes) == 1 && l.When.Day() == 12
		}
		if !found || r.Count(TakeNew) != 6 {
			t.Errorf("%+v", r)
		}
	})
}

func TestImportICS_canBeStopped(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	r, err := w.ImportICS(t.Context(), w.Centre, calendarFile(18, 4, ""), "test", func(done, total int) bool { return done == 1 })
	if err != nil || !r.Stopped {
		t.Fatal(r, err)
	}
	if n := w.number(`SELECT COUNT(*) FROM activities`, nil); n != 1 {
		t.Errorf("%d activities, want the one before the stop", n)
	}
}

func sheet(t *testing.T, rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestImportXLSX_rowsBecomeSessionsAndFaultsNameTheirCell(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		data := sheet(t, []any{"Naslov", "Datum", "Od", "Do", "Prostor", "Vrsta", "Mjesta", "Za koga"},
			[]any{"Tečaj mobitela", "12. 11. 2026.", "17:00", "18.30", "Velika soba", "s prijavom", 8, "starije osobe"},
			[]any{"Tečaj mobitela", time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC), 17.0 / 24, "18:30", "Velika soba", "s prijavom", 8, "a"},
			[]any{"Bez datuma", "ne znam", "17:00", "18:00"},
			[]any{"Naopako", "2026-11-20", "17:00", "16:00"})
		first, err := w.ImportXLSX(t.Context(), w.Centre, data, "test", nil)
		if err != nil {
			t.Fatal(err)
		}
		if first.Count(TakeNew) != 3 || first.Count(TakeNone) != 2 || first.Lines[0].Line != 4 || first.Lines[0].Column != "B" || first.Lines[1].Column != "D" {
			t.Errorf("%+v", first)
		}
		list, err := w.Public(t.Context(), Filter{From: w.Now(), To: w.Now().AddDate(1, 0, 0), Group: "a"})
		if err != nil || len(list) != 2 || list[1].Start().Format("2.1. 15:04") != "19.11. 17:00" || *list[0].Capacity != 8 || list[0].Kind != Places {
			t.Errorf("%+v (%v)", list, err)
		}
		second, err := w.ImportXLSX(t.Context(), w.Centre, data, "test", nil)
		if err != nil || second.Count(TakeSame) != 2 || second.Count(TakeNew) != 0 {
			t.Errorf("the second time: %+v (%v)", second, err)
		}
		_, err = w.PlanXLSX(t.Context(), w.Centre, sheet(t, []any{"Naslov", "Od"}), nil)
		wantFault(t, err, "programme.import.columns")
		_, err = w.PlanXLSX(t.Context(), w.Centre, []byte("no sheet"), nil)
		wantFault(t, err, "programme.import.no_sheet")
	})
}

// runJobs runs the jobs of the programme while the test lasts.
func (w *town) runJobs() {
	w.t.Helper()
	run := jobs.New(w.DB, slog.New(slog.DiscardHandler))
	run.Now = w.Now
	w.Jobs(run)
	if err := run.Start(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { run.Stop(context.Background()) })
}

// settled asks for the page of a file until nothing more is being done with it.
func (b *browser) settled(address string, want int) *goquery.Document {
	b.t.Helper()
	for range 200 {
		res, err := b.http.Get(b.base + address)
		if err != nil {
			b.t.Fatal(err)
		}
		if res.Header.Get("Refresh") == "" {
			return b.page(res, nil, want)
		}
		if page := b.page(res, nil, http.StatusOK); page.Find("progress").Length() != 1 {
			b.t.Fatal("a page that waits shows no progress")
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.t.Fatal("the file is never done")
	return nil
}

func TestImportPage_showsFirstAndTakesAfterAPress(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	w.runJobs()
	b := w.browser(network.Coordinator)
	const page = "/desk/programme/import"
	send := func(name string, data []byte, want int) string {
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		part, err := m.CreateFormFile("file", name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(data)
		m.Close()
		res, err := b.http.Post(b.base+page, m.FormDataContentType(), &body)
		if err != nil || res.StatusCode != want {
			t.Fatalf("%v %v, want %d", res, err, want)
		}
		res.Body.Close()
		return res.Header.Get("Location")
	}
	send("program.txt", []byte("x"), http.StatusUnprocessableEntity)
	send("veliko.ics", bytes.Repeat([]byte("x"), MaxImport+1), http.StatusUnprocessableEntity)
	refused := b.settled(send("program.ics", []byte("x"), http.StatusSeeOther), http.StatusUnprocessableEntity)
	if refused.Find("#faults").Length() != 1 {
		t.Error("a file that is no calendar is not said to be none")
	}
	address := send("program.ics", calendarFile(18, 4, ""), http.StatusSeeOther)
	seen := b.settled(address, http.StatusOK)
	if n := w.number(`SELECT COUNT(*) FROM activities`, nil); n != 0 {
		t.Fatal("taken before the press")
	}
	v := fields(t, seen, page+"/confirm")
	b.post(page+"/confirm", v, http.StatusSeeOther)
	taken := b.settled(address, http.StatusOK)
	if n := w.number(`SELECT COUNT(*) FROM activities`, nil); n != 2 {
		t.Errorf("%d activities, want 2", n)
	}
	if n := w.number(`SELECT COUNT(*) FROM uploads WHERE data <> ''`, nil); n != 0 {
		t.Error("the file stays after it was taken")
	}
	b.post(page+"/confirm", v, http.StatusSeeOther) // pressed twice
	if again := b.settled(address, http.StatusOK); again.Find("table").Text() != taken.Find("table").Text() || taken.Find("table tbody tr").Length() == 0 {
		t.Error("what was done does not stay shown")
	}
	if recent := b.settled(page, http.StatusOK); recent.Find(`a[href="`+address+`"]`).Length() != 1 {
		t.Error("the file is not found again")
	}
	b.post(page+"/confirm", url.Values{"file": {"none"}}, http.StatusUnprocessableEntity)
	other := w.browser(network.Coordinator)
	other.settled(address, http.StatusUnprocessableEntity)
}

func TestPlanICS_findsWhatTheFilePutsInItsOwnWay(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		data := bytes.ReplaceAll(calendarFile(18, 4, ""), []byte("DTSTART;TZID=Europe/Zagreb:20261107T100000\r\nDTEND;TZID=Europe/Zagreb:20261107T120000"),
			[]byte("DTSTART;TZID=Europe/Zagreb:20261112T190000\r\nDTEND;TZID=Europe/Zagreb:20261112T210000"))
		data = bytes.ReplaceAll(data, []byte("Kod vodenice"), []byte("Velika soba"))
		var told []int
		plan, err := w.PlanICS(t.Context(), w.Centre, data, func(done, total int) bool { told = append(told, done, total); return false })
		if err != nil {
			t.Fatal(err)
		}
		if w.number(`SELECT COUNT(*) FROM activities`, nil) != 0 || len(told) != 6 || told[5] != 2 {
			t.Error("a dry run that keeps something, or does not tell how far it is:", told)
		}
		took := w.imported(data)
		for _, what := range []string{TakeNew, TakeNone} {
			if plan.Count(what) != took.Count(what) || took.Count(TakeNone) != 2 {
				t.Errorf("planned %+v\ntook %+v", plan, took)
			}
		}
	})
}
