package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"kvart/internal/allotment"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/programme"
	"kvart/internal/season"
)

// sends is a request with a body that is no JSON.
func (p probe) sends(c *contract, what string, want int, path, token, media string, body []byte, outs ...any) []byte {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", media)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	c.holds(p.t, http.MethodPost, "/api/v1"+path, resp, b)
	if resp.StatusCode != want {
		p.t.Fatalf("%s: %s: %d, want %d: %.600s", what, path, resp.StatusCode, want, b)
	}
	for _, out := range outs {
		if err := json.Unmarshal(b, out); err != nil {
			p.t.Fatal(err)
		}
	}
	return b
}

func sheetOf(t *testing.T, rows ...[]any) []byte {
	t.Helper()
	x := excelize.NewFile()
	defer x.Close()
	for i, row := range rows {
		if err := x.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	b, err := x.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type fileReport struct {
	Dry    bool
	Counts map[string]int
	Lines  []struct {
		Row                         int
		Column, Of, Outcome, Reason string
		In_the_way                  []struct{ Starts_at time.Time }
	}
}

// asksFiles looks at files and takes them: a programme as a sheet and as a calendar, and a wish list.
func (h *house) asksFiles(t *testing.T, c *contract, ask func(method, path, token, body string) (int, []byte)) {
	t.Helper()
	p := h.probe(t, ask)
	const raw = "application/octet-stream"
	on := time.Now().In(h.here.Location()).AddDate(0, 0, 50).Format(time.DateOnly)
	spaces, err := h.Booking.Spaces(t.Context(), h.DB, h.here.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, secret := h.planAt(t, h.here, true, "Šutnja", noon(0, 50).In(h.here.Location()))
	programmeOf := func(clock string) []byte {
		return sheetOf(t, []any{"naslov", "datum", "od", "do", "prostor", "za koga"}, []any{"Crtanje iz datoteke", on, clock, "23:00", spaces[0].Slug, ""},
			[]any{"Loš red", "uskoro", "10:00", "11:00", "", ""}, []any{"Još jedan loš red", on, "10:00", "11:00", "", "nepoznati"})
	}
	sheet := programmeOf("22:00")
	path := "/activities/import?format=xlsx"
	for what, token := range map[string]string{"no token": "", "a token of nobody": "kvart_nothing"} {
		p.sends(c, what, 401, path, token, raw, sheet)
		p.sends(c, what, 401, "/wish-lists?format=csv", token, raw, sheet)
	}
	for _, token := range []string{p.host, p.member} {
		p.sends(c, "a token that may not", 403, path, token, raw, sheet)
		p.sends(c, "a token that may not", 403, "/wish-lists?format=csv", token, raw, sheet)
	}
	p.sends(c, "nothing", 400, path, p.centre, raw, nil)
	p.sends(c, "too large", 413, path, p.centre, raw, make([]byte, programme.MaxImport+1))
	for what, bad := range map[string]string{"no format": "/activities/import", "no such format": "/activities/import?format=pdf", "no sheet": path, "no calendar": "/activities/import?format=ics"} {
		p.sends(c, what, 422, bad, p.centre, raw, []byte("\x00\x01nothing"))
	}
	var dry, done fileReport
	report := func(what, path string, body []byte) (r fileReport) {
		t.Helper()
		p.sends(c, what, 200, path, p.centre, raw, body, &r)
		return r
	}
	dry = report("looked at", path+"&dry=true", sheet)
	if !dry.Dry || dry.Counts["new"] != 2 || dry.Counts["not_taken"] != 2 {
		t.Errorf("looked at: %+v", dry)
	}
	for _, l := range dry.Lines {
		if l.Outcome == "not_taken" && (l.Reason == "" || fmt.Sprint(l.Row, l.Column) != "3B" && fmt.Sprint(l.Row, l.Column) != "4F") {
			t.Errorf("a fault: %+v", l)
		}
	}
	if list := h.body(t, h.browser(t, "", auth.Scope{}), "/api/v1/activities"); strings.Contains(list, "Crtanje iz datoteke") {
		t.Error("a dry run made an activity")
	}
	done = report("taken", path, sheet)
	dry = report("twice", path, sheet)
	if done.Dry || done.Counts["new"] != 2 || dry.Counts["new"] != 0 || dry.Counts["same"] != 1 {
		t.Errorf("taken: %+v, twice: %+v", done.Counts, dry.Counts)
	}
	dry = report("moved", path+"&dry=true", programmeOf("21:30"))
	if dry.Counts["moved"] != 1 {
		t.Errorf("moved: %+v", dry)
	}
	p.audited("activity.add")
	// A discreet activity is not touched, and not said to be one.
	if _, err := h.DB.Exec(t.Context(), `UPDATE activities SET discreet = 1 WHERE source_uid = 'xlsx:crtanje-iz-datoteke'`, nil); err != nil {
		t.Fatal(err)
	}
	if b := p.sends(c, "a discreet one", 200, path, p.centre, raw, programmeOf("21:30")); bytes.Contains(b, []byte("moved")) || bytes.Contains(b, []byte("iscreet")) || bytes.Contains(b, []byte(secret)) {
		t.Errorf("a discreet one: %s", b)
	}
	calendar := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:knjiga@x\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Razgovor o knjizi\r\nDTSTART:" +
		strings.ReplaceAll(on, "-", "") + "T080000Z\r\nDTEND:" + strings.ReplaceAll(on, "-", "") + "T090000Z\r\nLOCATION:Park\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	dry = report("a calendar", "/activities/import?format=ics&dry=true", []byte(calendar))
	done = report("a calendar", "/activities/import?format=ics", []byte(calendar))
	if dry.Counts["new"] != 2 || done.Counts["new"] != 2 {
		t.Errorf("a calendar: %+v %+v", dry, done)
	}

	wishes := "/wish-lists?format=xlsx"
	list := sheetOf(t, []any{"udruga", "dan", "od", "do", "broj članova"}, []any{"Guest", "utorak", "18:00", "19:00", 30}, []any{"Guest", "utorak", "18:00", "19:00", 30},
		[]any{"Nitko", "utorak", "18:00", "19:00", 30}, []any{"Guest", "utorak", "08:00", "09:00", 30})
	h.turns(t)
	p.sends(c, "seasons that are off", 404, wishes, p.centre, raw, list)
	h.turns(t, network.FeatureSeason)
	p.sends(c, "nothing", 400, wishes, p.centre, raw, nil)
	p.sends(c, "too large", 413, wishes, p.centre, raw, make([]byte, season.MaxList+1))
	p.sends(c, "no season that is open", 422, wishes, p.centre, raw, list)
	from := time.Now().AddDate(0, 10, 0)
	one := season.Season{CentreID: h.here.ID, Name: "Popis", FromDate: from.Format(time.DateOnly), ToDate: from.AddDate(0, 1, 0).Format(time.DateOnly), WishesUntil: day(20),
		Hours: []allotment.Span{{Weekday: 2, From: 16 * 60, To: 22 * 60}}}
	for _, id := range season.Criteria {
		one.Criteria = append(one.Criteria, allotment.Criterion{ID: id, Weight: 1})
	}
	if err := h.DB.Tx(t.Context(), func(tx *db.Tx) (err error) {
		one.ID, err = h.Season.Save(t.Context(), tx, one, []string{h.space[0]}, "test")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := h.Season.OpenWishes(t.Context(), h.here.ID, one.ID, "test"); err != nil {
		t.Fatal(err)
	}
	dry = report("looked at", wishes+"&dry=true", list)
	if all, err := h.Season.Wishes(t.Context(), h.DB, one.ID, ""); err != nil || len(all) != 0 || dry.Counts["new"] != 1 || dry.Counts["same"] != 1 || dry.Counts["not_taken"] != 2 ||
		dry.Lines[2].Row != 4 || dry.Lines[2].Column != "A" || dry.Lines[3].Column != "C" {
		t.Errorf("looked at: %v %v %+v", err, all, dry)
	}
	done = report("taken", wishes, list)
	if all, err := h.Season.Wishes(t.Context(), h.DB, one.ID, ""); err != nil || len(all) != 1 || all[0].Source != "file" || done.Counts["new"] != 1 {
		t.Errorf("taken: %v %v %+v", err, all, done)
	}
	done = report("twice", wishes, list)
	if done.Counts["new"] != 0 {
		t.Errorf("twice: %+v", done)
	}
}
