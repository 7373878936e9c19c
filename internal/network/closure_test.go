package network_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/locales"
)

func TestImportClosures_fromASheetTwiceChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, centres := filled(t, d)
		year := s.Now().Year() + 1
		file := fmt.Sprintf("\xef\xbb\xbfod;do;razlog\n24.12.%d.;31. 12. %d.;Božićni odmor 🎄\n%d-08-05;;\nnije datum;;x\n%d-05-03;%d-05-01;obrnuto\n2001-01-01;;davno\n", year, year, year, year, year)
		for i, want := range []string{"2 0 3", "2 0 3", "0 2 3"} { // looked at, taken, taken again
			report, err := s.ImportClosures(t.Context(), centres[0].ID, "dani.CSV", []byte(file), i > 0, "test")
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(report.Count(network.Created), report.Count(network.Same), report.Count(network.ClosureNone)); got != want {
				t.Errorf("run %d: %s, want %s: %+v", i, got, want, report.Lines)
			}
		}
		for _, bad := range []string{"", "\x00\x01\"\n\"", "BEGIN:VCALENDAR"} {
			if report, err := s.ImportClosures(t.Context(), centres[0].ID, "x.csv", []byte(bad), true, "test"); err == nil && report.Count(network.Created) > 0 {
				t.Errorf("%q is closed days", bad)
			}
		}
		if _, err := s.ImportClosures(t.Context(), centres[0].ID, "x.ics", []byte(file), true, "test"); err == nil {
			t.Error("a sheet is a calendar")
		}
	})
}

func TestHolidays_closedAreInPublicAndAmongTheClosures(t *testing.T) {
	v := serve(t)
	c := v.centres[0]
	v.signIn("koord", auth.Held{Role: network.Coordinator, Scope: auth.Scope{Kind: network.ScopeCentre, ID: c.ID}})
	date := fmt.Sprintf("%d-12-25", v.store.Now().Year()+1)
	closed := func() bool {
		list, err := v.store.Closures(t.Context(), v.store.DB, c.ID, date)
		if err != nil {
			t.Fatal(err)
		}
		return len(list) > 0 && list[0].FromDate == date && list[0].Holiday
	}
	if closed() {
		t.Error("nobody said that it is closed on holidays")
	}
	doc := v.get("/desk/centre/hours", http.StatusOK)
	version := doc.Find(`form[action="/desk/centre/holidays"] input[name="version"]`).AttrOr("value", "")
	if doc.Find(`input[name="holidays"][checked]`).AttrOr("value", "") != "ask" {
		t.Error("the form does not say what holds")
	}
	v.post("/desk/centre/holidays", url.Values{"version": {version}, "holidays": {"sometimes"}}, http.StatusUnprocessableEntity)
	v.post("/desk/centre/holidays", url.Values{"version": {version}, "holidays": {"closed"}}, http.StatusOK)
	if !closed() {
		t.Error("the holiday is no closure")
	}
	if doc = v.get("/desk/centre/closures/import", http.StatusOK); !strings.Contains(doc.Find("form input[type=file]").AttrOr("accept", ""), ".csv") {
		t.Error("no file can be sent")
	}
}

func TestImportClosures_everyOutcomeHasItsWords(t *testing.T) {
	words, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, did := range []string{network.Created, network.Same, network.ClosureNone} {
		if key := "network.closures.import." + did; strings.Contains(words.For(i18n.HR).T(key), key) {
			t.Errorf("no words for %q", did)
		}
	}
}
