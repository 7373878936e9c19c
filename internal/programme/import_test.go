package programme_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
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
	"kvart/internal/platform/i18n"
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

// events is a calendar file that writes every date as an event of its own: a line each of UID, day and hour of November
// 2026, title, place, and what else is to be written.
func events(lines ...string) []byte {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//test//EN\n")
	for _, l := range lines {
		c := strings.Split(l, "|")
		fmt.Fprintf(&b, "BEGIN:VEVENT\nUID:%s@test\nDTSTAMP:20261001T000000Z\nDTSTART;TZID=Europe/Zagreb:202611%sT%s0000\nDURATION:PT1H\nSUMMARY:%s\nLOCATION:%s\n%sEND:VEVENT\n",
			c[0], c[1], c[2], c[3], c[4], strings.Join(c[5:], "\n"))
	}
	b.WriteString("END:VCALENDAR\n")
	return []byte(strings.ReplaceAll(b.String(), "\n", "\r\n"))
}

// kept is what the centre has of its imports: the title, then its dates.
func (w *town) kept() string {
	w.t.Helper()
	var rows []struct {
		Title    i18n.Text `db:"title"`
		StartsAt int64     `db:"starts_at"`
		State    string    `db:"state"`
	}
	if err := w.DB.Select(w.t.Context(), &rows, `SELECT a.title, s.starts_at, s.state FROM activities a JOIN sessions s ON s.activity_id = a.id ORDER BY a.source_uid, s.starts_at`, nil); err != nil {
		w.t.Fatal(err)
	}
	var list []string
	for i, r := range rows {
		title, _ := r.Title.In(i18n.HR)
		if i == 0 || !maps.Equal(rows[i-1].Title, r.Title) {
			list = append(list, title+":")
		}
		list = append(list, time.Unix(r.StartsAt, 0).In(w.zone).Format("2.1.-15"))
		if r.State == "cancelled" {
			list = append(list, "otkazano")
		}
	}
	return strings.Join(list, " ")
}

func TestImportICS_singleEventsOfOneTitleAndPlaceAreOneActivity(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		first := events("a|05|18|Zbor|Velika soba", "b|12|18|Zbor|Velika soba", "c|19|18|Zbor|Velika soba", "d|06|10|Vrt|Kod vodenice", "e|20|18|Zbor|Kod vodenice")
		plan, err := w.PlanICS(t.Context(), w.Centre, first, nil)
		if err != nil {
			t.Fatal(err)
		}
		took := w.imported(first)
		if plan.Count(TakeNew) != 8 || took.Count(TakeNew) != 8 {
			t.Errorf("planned %+v\ntook %+v", plan, took)
		}
		want := func(what, s string) {
			t.Helper()
			if got := w.kept(); got != s {
				t.Errorf("%s: %s\nwant %s", what, got, s)
			}
		}
		want("first", "Zbor: 5.11.-18 12.11.-18 19.11.-18 Vrt: 6.11.-10 Zbor: 20.11.-18")
		rows := `SELECT (SELECT SUM(version) FROM activities) + (SELECT SUM(version) + COUNT(*) FROM sessions) + (SELECT COUNT(*) FROM bookings) + (SELECT COUNT(*) FROM audit_rows)`
		before := w.number(rows, nil)
		if again := w.imported(first); again.Count(TakeSame) != 5 || w.number(rows, nil) != before {
			t.Errorf("the second time: %+v", again)
		}

		// A later file: the first date is over and gone, one is on another day, one is called off, one is new.
		r := w.imported(events("b|13|19|Zbor|Velika soba", "c|19|18|Zbor|Velika soba|STATUS:CANCELLED\n", "f|26|18|Zbor|Velika soba"))
		if r.Count(TakeMove) != 1 || r.Count(TakeCancel) != 1 || r.Count(TakeNew) != 1 || len(r.Lines) != 3 {
			t.Errorf("the later file: %+v", r)
		}
		want("later", "Zbor: 5.11.-18 13.11.-19 19.11.-18 otkazano 26.11.-18 Vrt: 6.11.-10 Zbor: 20.11.-18")

		// One with another name stays where people registered, and the report says so; all with another name rename it.
		r = w.imported(events("a|05|18|Gosti zbora|Velika soba", "b|13|19|Zbor|Velika soba", "f|26|18|Zbor|Velika soba"))
		if r.Count(TakeSame) != 4 || r.Lines[0].Reason != "programme.import.unlike" || len(r.Lines) != 4 {
			t.Errorf("one renamed: %+v", r)
		}
		r = w.imported(events("a|07|18|Pjevanje|Velika soba", "b|13|19|Pjevanje|Velika soba", "f|26|18|Pjevanje|Velika soba"))
		if r.Count(TakeChange) != 1 || r.Count(TakeMove) != 1 || r.Count(TakeSame) != 2 {
			t.Errorf("all renamed: %+v", r)
		}
		want("renamed", "Pjevanje: 7.11.-18 13.11.-19 19.11.-18 otkazano 26.11.-18 Vrt: 6.11.-10 Zbor: 20.11.-18")
	})
}

func TestImportICS_singleEventThatBecomesASeriesKeepsItsSessionAndTheOthers(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.imported(events("a|05|18|Zbor|Velika soba", "b|13|18|Zbor|Velika soba"))
		r := w.imported(events("a|05|18|Zbor|Velika soba|RRULE:FREQ=WEEKLY;COUNT=3\n", "b|13|18|Zbor|Velika soba"))
		if r.Count(TakeNew) != 2 || r.Count(TakeSame) != 2 || len(r.Lines) != 4 {
			t.Errorf("%+v", r)
		}
		r = w.imported(events("a|05|18|Zbor|Velika soba|RRULE:FREQ=WEEKLY;COUNT=2\n"))
		if got := w.kept(); r.Count(TakeCancel) != 1 || got != "Zbor: 5.11.-18 12.11.-18 13.11.-18 19.11.-18 otkazano" {
			t.Errorf("%s %+v", got, r)
		}
	})
}

func TestImportICS_whatWasHeldStaysWhenTheFileHasAnotherDay(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.imported(events("a|05|18|Zbor|Velika soba"))
		if _, err := w.DB.Exec(t.Context(), `UPDATE sessions SET starts_at = starts_at - 86400 * 60, ends_at = ends_at - 86400 * 60`, nil); err != nil {
			t.Fatal(err)
		}
		if r := w.imported(events("a|12|18|Zbor|Velika soba")); len(r.Lines) != 1 || r.Lines[0].Reason != "programme.import.was_held" {
			t.Errorf("%+v", r)
		}
	})
}

func TestImport_leavesNoRoomBehindAsThePageDoes(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.imported(calendarFile(18, 2, ""))
		outdoors := bytes.ReplaceAll(calendarFile(18, 2, ""), []byte("velika SOBA"), []byte("U parku"))
		var zbor Activity
		if err := w.DB.Get(t.Context(), &zbor, `SELECT * FROM activities WHERE place_kind = 'space'`, nil); err != nil {
			t.Fatal(err)
		}
		var own []string // a date the desk added, which the file knows nothing of
		w.tx(func(tx *db.Tx) (err error) {
			start := time.Date(2026, 12, 1, 18, 0, 0, 0, w.zone)
			own, err = w.AddSessions(t.Context(), tx, zbor, []Date{{Start: start, End: start.Add(time.Hour), SpaceID: w.Room}}, "test")
			return err
		})
		r := w.imported(outdoors)
		if len(r.Lines) != 3 || r.Lines[1].Reason != "programme.fault.rooms_kept" || r.Count(TakeMove)+r.Count(TakeChange) != 0 {
			t.Errorf("with a room of its own: %+v", r)
		}
		if err := w.CancelSession(t.Context(), w.Centre, own[0], nil, "test"); err != nil {
			t.Fatal(err)
		}
		if r := w.imported(outdoors); r.Count(TakeChange) != 1 || r.Count(TakeMove) != 2 {
			t.Errorf("without: %+v", r)
		}
		if n := w.number(`SELECT COUNT(*) FROM bookings WHERE state = 'confirmed'`, nil); n != 0 {
			t.Errorf("%d rooms are still held", n)
		}
	})
}

// TestImportICS_aNewTitleIsOnTheDoorAndInTheCalendarToo: a file changes an activity as the desk's page does.
func TestImportICS_aNewTitleIsOnTheDoorAndInTheCalendarToo(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		file := calendarFile(18, 3, "")
		w.imported(file)
		w.exec(`UPDATE sessions SET sequence = 4`, nil)
		w.imported(bytes.ReplaceAll(file, []byte("SUMMARY:"), []byte("SUMMARY:Novo: ")))
		if n := w.number(`SELECT COUNT(*) FROM bookings WHERE state = 'confirmed' AND title NOT LIKE 'Novo: %'`, nil); n != 0 {
			t.Errorf("%d rooms have the old title on them", n)
		}
		if n := w.number(`SELECT COUNT(*) FROM sessions WHERE sequence <> 5`, nil); n != 0 {
			t.Errorf("%d sessions in the calendar are not newer", n)
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
