package directory_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

func TestMissed_keepsWordsOnlyOnceEnoughHoursAskedForThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDesk(t, d)
		hour := time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC)
		whole := func() string {
			var rows []string
			x.must(d.Select(t.Context(), &rows, `SELECT hash || ' ' || words FROM directory_misses`, nil))
			return strings.Join(rows, "\n")
		}
		for i := range 9 {
			for range 3 { // the same hour counts once
				x.must(x.Missed(t.Context(), []string{"Besplatni zubar", "zubar  besplatni!", "BESPLATNI ZUBAR"}[i%3], "", hour.Add(time.Duration(i)*time.Hour).Add(time.Minute)))
			}
		}
		if got := whole(); strings.Contains(got, "zubar") || strings.Count(got, "\n") != 0 {
			t.Errorf("below the threshold: %q", got)
		}
		x.must(x.Missed(t.Context(), "besplatni zubar", x.north, hour.Add(20*time.Hour))) // another area is another count
		x.must(x.Missed(t.Context(), "besplatni zubar", "", hour.Add(21*time.Hour)))
		list, err := x.Misses(t.Context(), d)
		x.must(err)
		if len(list) != 1 || list[0].Words != "besplatni zubar" || list[0].Hours != 10 || list[0].AreaID != "" {
			t.Errorf("at the threshold: %+v", list)
		}
		if text := x.member().get("/desk/missed", http.StatusOK).Find("main").Text(); !strings.Contains(text, "besplatni zubar") {
			t.Error("not on the page")
		}
		// What may be somebody's is never counted.
		before := strings.Count(whole(), "\n")
		for _, words := range []string{"", "  ", "!?", "091 234 5678", "ana@kvart.example", strings.Repeat("a", 101), "a b c d e f g", "https://kvart.example/x"} {
			x.must(x.Missed(t.Context(), words, "", hour))
		}
		if got := strings.Count(whole(), "\n"); got != before {
			t.Errorf("counted what is no search for help: %d rows more", got-before)
		}
		// A new half-year counts anew, and nothing lasts longer than a year.
		x.must(x.Missed(t.Context(), "besplatni zubar", "", time.Date(2027, 1, 2, 9, 0, 0, 0, time.UTC)))
		if list, err = x.Misses(t.Context(), d); err != nil || len(list) != 1 || list[0].Hours != 10 {
			t.Errorf("the next half-year: %+v %v", list, err)
		}
		x.now = time.Date(2027, 1, 3, 9, 0, 0, 0, time.UTC)
		x.must(x.pages.Forget(t.Context()))
		if list, err = x.Misses(t.Context(), d); err != nil || len(list) != 0 {
			t.Errorf("after half a year without: %+v %v", list, err)
		}
	})
}

func TestLend_isSeenByTheOthersAndEndsByItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDesk(t, d)
		m, c := x.member(), x.coordinator()
		f := form(m.get("/desk/lend", http.StatusOK), "main form")
		page := m.post("/desk/lend", f, http.StatusUnprocessableEntity)
		for _, name := range []string{"kind", "what", "until"} {
			if page.Find("#e-"+name).Length() == 0 {
				t.Errorf("no fault beside %s", name)
			}
		}
		f.Set("kind", "room")
		f.Set("what", "Dvorana utorkom")
		f.Set("until", "2026-11-25")
		m.post("/desk/lend", f, http.StatusUnprocessableEntity)
		f.Set("until", "2026-11-30")
		m.post("/desk/lend", f, http.StatusSeeOther)
		m.post("/desk/lend", f, http.StatusSeeOther)
		page = c.get("/desk/lend", http.StatusOK)
		if n := strings.Count(page.Find("main").Text(), "Dvorana utorkom"); n != 1 || page.Find("main form").Length() != 0 {
			t.Errorf("the centre sees it %d times", n)
		}
		c.post("/desk/lend", f, http.StatusForbidden)
		end, _ := m.get("/desk/lend", http.StatusOK).Find(`form[action$="/end"]`).Attr("action")
		x.as("member", "organisation", x.other("druga")).post(end, nil, http.StatusNotFound)
		x.now = x.now.Add(5 * oneDay)
		if strings.Contains(x.coordinator().get("/desk/lend", http.StatusOK).Find("main").Text(), "Dvorana utorkom") {
			t.Error("it did not end by itself")
		}
		x.now = x.now.Add(60 * oneDay)
		x.must(x.pages.Forget(t.Context()))
		x.member().post(end, nil, http.StatusNotFound)
	})
}
