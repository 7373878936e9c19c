package desk

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

// week is the form in which one person opens and another closes on Thursdays and Fridays.
func (p *place) week(opener, closer string) url.Values {
	f := url.Values{}
	for _, day := range []string{"1", "2", "3", "4", "5", "6", "7"} {
		f.Set("opens-"+day, "nobody")
		f.Set("closes-"+day, "nobody")
	}
	for _, day := range []string{"4", "5"} {
		f.Set("opens-"+day, opener)
		f.Set("closes-"+day, closer)
	}
	f.Set("opens-4-at", "08:30")
	return f
}

func TestDuty_isSaidOnceAndShownEveryDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		her, host := p.browser(p.coordinator), p.browser(p.host)
		doors := func(b browser, date string) string {
			doc, _ := b.get("/desk/?date=" + date)
			return strings.Join(strings.Fields(doc.Find("#doors p").Text()), " ")
		}
		if got := doors(her, "2026-11-26"); !strings.Contains(got, "nitko nije upisan") {
			t.Errorf("before: %q", got)
		}
		if doc, status := her.post("/desk/duty", p.week(p.coordinator, p.host)); status != http.StatusOK || !strings.Contains(doc.Find(".flash").Text(), "Zapisano") {
			t.Fatalf("saving the week: %d", status)
		}
		if got := doors(host, "2026-11-26"); !strings.Contains(got, "Otvara u 8.30: Osoba koordinacija") || !strings.Contains(got, "Zatvara u 20.00: Osoba dezurstvo") || strings.Contains(got, "@") {
			t.Errorf("Thursday, seen by the host: %q", got)
		}
		if got := doors(her, "2026-11-27"); !strings.Contains(got, "Otvara u 9.00: Osoba koordinacija") { // the centre's hours
			t.Errorf("Friday: %q", got)
		}
		if got := doors(her, "2026-11-28"); !strings.Contains(got, "nitko nije upisan") {
			t.Errorf("Saturday: %q", got)
		}
		one := url.Values{"date": {"2026-11-27"}, "opens": {p.host2}, "opens-at": {"10:15"}, "closes": {"nobody"}}
		if doc, status := her.post("/desk/duty/date", one); status != http.StatusOK || !strings.Contains(doc.Find(".flash").Text(), "27. studenoga") {
			t.Errorf("one day: %d %q", status, doc.Find(".flash").Text())
		}
		if got := doors(her, "2026-11-27"); !strings.Contains(got, "Otvara u 10.15: Osoba zamjena") || strings.Contains(got, "Zatvara") {
			t.Errorf("that Friday: %q", got)
		}
		if got := doors(her, "2026-12-04"); !strings.Contains(got, "Osoba koordinacija") {
			t.Errorf("the Friday after: %q", got)
		}
		her.post("/desk/duty/date", url.Values{"date": {"2026-11-27"}, "opens": {"usual"}, "closes": {"usual"}})
		if got := doors(her, "2026-11-27"); !strings.Contains(got, "Osoba koordinacija") {
			t.Errorf("as usual again: %q", got)
		}
		p.exec(`INSERT INTO absences (id, account_id, from_date, to_date, substitute_id) VALUES (:id, :a, '2026-11-26', '2026-11-26', :s)`, db.Args{"id": db.NewID(), "a": p.coordinator, "s": p.host2})
		if got := doors(her, "2026-11-26"); !strings.Contains(got, "Osoba zamjena (zamjena; Osoba koordinacija je na odsutnosti)") {
			t.Errorf("while she is away: %q", got)
		}
		p.exec(`UPDATE absences SET substitute_id = NULL`, nil)
		if got := doors(her, "2026-11-26"); !strings.Contains(got, "nema zamjene") {
			t.Errorf("away, and nobody stands in: %q", got)
		}
		p.exec(`UPDATE accounts SET state = 'disabled' WHERE id = :a`, db.Args{"a": p.host})
		if got := doors(her, "2026-11-26"); strings.Contains(got, "dezurstvo") {
			t.Errorf("who has left still closes: %q", got)
		}
	})
}

func TestDuty_oneLineHoldsForEveryDayOnWhichTheCentreIsOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		her := p.browser(p.coordinator)
		f := p.week("nobody", "nobody")
		f.Set("opens-all", p.coordinator)
		f.Set("opens-all-at", "8:5")
		doc, status := her.post("/desk/duty", f)
		if status != http.StatusUnprocessableEntity || doc.Find("#faults li").Length() != 1 || doc.Find("#e-opens-all-at").Length() != 1 || doc.Find("details[open] #f-opens-1").Length() != 0 {
			t.Errorf("a bad clock for all days: %d, %q", status, doc.Find("#faults").Text())
		}
		f.Set("opens-all-at", "08:05")
		f.Set("closes-7", p.host) // a day on which the centre is closed is said by itself
		her.post("/desk/duty", f)
		doc, _ = her.get("/desk/duty")
		for _, c := range []struct{ day, opens, at, closes string }{{"4", p.coordinator, "08:05", ""}, {"1", "", "", ""}, {"5", p.coordinator, "08:05", ""}, {"7", "", "", p.host}} {
			if got := doc.Find("#f-opens-"+c.day+" option[selected]").AttrOr("value", ""); got != c.opens {
				t.Errorf("day %s opens %q", c.day, got)
			}
			if got := doc.Find("#f-opens-"+c.day+"-at").AttrOr("value", ""); got != c.at {
				t.Errorf("day %s opens at %q", c.day, got)
			}
			if got := doc.Find("#f-closes-"+c.day+" option[selected]").AttrOr("value", ""); got != c.closes {
				t.Errorf("day %s closes %q", c.day, got)
			}
		}
		if got := doc.Find("details:has(#f-opens-4) > summary").Text(); !strings.Contains(got, "Otvara u 8.05: Osoba koordinacija") {
			t.Errorf("a day that is folded says %q", got)
		}
		if got := doc.Find("#f-opens-all option[selected]").AttrOr("value", ""); got != "" {
			t.Errorf("what was said for all days is said again by itself: %q", got)
		}
	})
}

func TestDuty_badFormsChangeNothingAndKeepWhatWasTyped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		her := p.browser(p.coordinator)
		f := p.week(p.coordinator, p.host)
		f.Set("opens-1", p.city) // of the network, not of the centre's team
		f.Set("closes-5-at", "25:00")
		doc, status := her.post("/desk/duty", f)
		if status != http.StatusUnprocessableEntity || doc.Find("details[open] #e-opens-1, details[open] #e-closes-5-at").Length() != 2 || doc.Find("details.weekday[open]").Length() != 2 || doc.Find(`[name=opens-4-at][value="08:30"]`).Length() != 1 {
			t.Errorf("a bad week: %d, %d faults", status, doc.Find(".fault").Length())
		}
		for name, f := range map[string]url.Values{
			"yesterday":      {"date": {"2026-11-25"}, "opens": {p.host}, "closes": {"usual"}},
			"no date":        {"date": {"danas"}, "opens": {p.host}, "closes": {"usual"}},
			"a far year":     {"date": {"2031-01-01"}, "opens": {p.host}, "closes": {"usual"}},
			"no one of them": {"date": {"2026-11-27"}, "opens": {p.city}, "closes": {"usual"}},
			"no clock":       {"date": {"2026-11-27"}, "opens": {p.host}, "opens-at": {"pola osam"}, "closes": {"usual"}},
		} {
			if doc, status := her.post("/desk/duty/date", f); status != http.StatusUnprocessableEntity || doc.Find("#faults").Length() != 1 {
				t.Errorf("%s: %d", name, status)
			}
		}
		var n int
		if err := d.Get(t.Context(), &n, `SELECT COUNT(*) FROM duties`, nil); err != nil || n != 0 {
			t.Errorf("%d lines %v", n, err)
		}
		for _, who := range []string{p.host, p.city} {
			if _, status := p.browser(who).get("/desk/duty"); status != http.StatusForbidden {
				t.Errorf("somebody else's roster: %d", status)
			}
		}
	})
}

func TestDutyTasks_aDayThatNobodyOpensWaitsForSomebody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		p.Sources = []network.TaskSource{p.DutyTasks}
		her := p.browser(p.coordinator)
		tasks := func(b browser) string { doc, _ := b.get("/desk/"); return doc.Find("#tasks .todo").Text() }
		if got := tasks(her); got != "" {
			t.Errorf("nothing is on: %q", got)
		}
		p.plan("Šah", false, 12, 12)
		at := time.Date(2026, 11, 28, 10, 0, 0, 0, p.now.Location())
		if _, err := p.Booking.Book(t.Context(), booking.New{SpaceID: p.room, CentreID: p.centre, Title: "Krug povjerenja", Confidential: true, Start: at, End: at.Add(time.Hour), By: "test"}); err != nil {
			t.Fatal(err)
		}
		if got := tasks(her); !strings.Contains(got, "Još nije upisano tko otvara") || strings.Contains(got, "prvo počinje") {
			t.Errorf("without a roster: %q", got)
		}
		her.post("/desk/duty", p.week(p.coordinator, p.host))
		if got := tasks(her); !strings.Contains(got, "prvo počinje sub 28. 11. 10.00") || strings.Contains(got, "čet 26") || strings.Contains(got, "Krug") {
			t.Errorf("Saturday: %q", got)
		}
		if got := tasks(p.browser(p.host)); got != "" {
			t.Errorf("the host cannot mend it, and sees %q", got)
		}
		doc, _ := her.get("/desk/?date=2026-11-28")
		if got := doc.Find("#missing").Text(); !strings.Contains(got, "Nitko nije upisan za otvaranje") || doc.Find(`#missing a[href="/desk/duty?date=2026-11-28"]`).Length() != 1 {
			t.Errorf("that day's page: %q", got)
		}
		her.post("/desk/duty/date", url.Values{"date": {"2026-11-28"}, "opens": {p.host}, "closes": {"usual"}})
		if got := tasks(her); got != "" {
			t.Errorf("mended: %q", got)
		}
		p.exec(`INSERT INTO closures (id, centre_id, from_date, to_date) VALUES (:id, :c, '2026-11-28', '2026-11-28')`, db.Args{"id": db.NewID(), "c": p.centre})
		doc, _ = her.get("/desk/?date=2026-11-28")
		if got := doc.Find("#missing").Text(); !strings.Contains(got, "zatvoren") || doc.Find(`#missing a[href="/desk/cannot-open?date=2026-11-28"]`).Length() != 1 {
			t.Errorf("closed, and something is on: %q", got)
		}
	})
}

func TestToday_nowNextLaterWithWhatIsMissingBesideIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		for title, hour := range map[string]int{"Razgibavanje": 7, "Kava": 8, "Šah": 10, "Joga": 12} {
			p.plan(title, false, hour, 12)
		}
		p.book("Sastanak", nil, 14, false)
		p.book("Krug povjerenja", nil, 15, true)
		her, host := p.browser(p.coordinator), p.browser(p.host)
		doc, _ := host.get("/desk/")
		for part, want := range map[string]string{"#now": "Kava", "#next": "Šah", "#later": "Joga Sastanak", "details.day": "Razgibavanje"} {
			var got []string
			for _, h := range doc.Find(part + " h3").EachIter() {
				got = append(got, strings.TrimSpace(h.Text()))
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s: %q, want %q", part, got, want)
			}
		}
		if got := doc.Find("#next .gaps").Text(); !strings.Contains(got, "nema odgovorne osobe") || doc.Find("#next .gaps a").Length() != 1 {
			t.Errorf("missing at the next: %q", got)
		}
		if doc.Find("#now a.btn[href$=attendance]").Length() != 1 || doc.Find("#doors a").Length() != 0 || doc.Find("input[name=date]").Length() != 0 {
			t.Error("the host's presses: attendance, and nothing that plans")
		}
		if _, status := host.get("/desk/?date=2026-11-27"); status != http.StatusForbidden {
			t.Errorf("the host on another day: %d", status)
		}
		if _, status := host.get("/desk/?date=2026-11-26"); status != http.StatusOK {
			t.Errorf("the host on today by its date: %d", status)
		}
		for _, bad := range []string{"sutra", "2026-02-30", "0001-01-01"} {
			if _, status := her.get("/desk/?date=" + bad); status != http.StatusNotFound {
				t.Errorf("on %s: %d", bad, status)
			}
		}
		p.now = p.now.AddDate(0, 0, 1)
		her = p.browser(p.coordinator)
		doc, _ = her.get("/desk/")
		if got := doc.Find("#missing").Text(); strings.Count(got, "Nije upisano koliko je ljudi došlo") != 4 || strings.Contains(got, "Krug") {
			t.Errorf("the day after: %q", got)
		}
		doc, _ = her.get("/desk/?date=2026-11-26")
		if n := doc.Find("#later .session").Length(); n != 5 {
			t.Errorf("yesterday has %d entries", n)
		}
	})
}

// A discreet session is nowhere on the day until its team presses, and then nothing of it moves by hand in the grid.
func TestToday_whatIsDiscreetIsInNoListAndHasNoGap(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		p.plan("Krug povjerenja", true, 12, 8)
		for _, who := range []string{p.coordinator, p.host} {
			doc, _ := p.browser(who).get("/desk/")
			if text := doc.Find("main").Text(); strings.Contains(text, "Krug") || doc.Find(".session, .gaps, .grip").Length() != 0 {
				t.Errorf("%q", text)
			}
		}
		doc, _ := p.browser(p.coordinator).get("/desk/?all=1")
		if doc.Find("#next .session").Length() != 1 || doc.Find(".grip").Length() != 0 {
			t.Error("after the press it is in the list, and does not move")
		}
	})
}
