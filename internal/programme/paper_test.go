package programme_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/pdf"
	"kvart/internal/platform/pdf/pdftest"
	. "kvart/internal/programme"
)

func onPaper(names ...string) (list []OnPaper) {
	for _, n := range names {
		list = append(list, OnPaper{Name: n, Party: 1})
	}
	return list
}

func (w *town) onPaper(session, key string, written time.Time, names ...string) PaperDone {
	w.t.Helper()
	done, err := w.RegisterPaper(w.t.Context(), w.Centre, Ask{SessionID: session, FormKey: key, By: "test", Lang: i18n.HR, Written: written}, onPaper(names...))
	if err != nil {
		w.t.Fatal(err)
	}
	return done
}

// inLine are the session's registrations in order of arrival: name, state and when they count from.
func (w *town) inLine(session string) (list []string) {
	w.t.Helper()
	all, err := w.OfSession(w.t.Context(), w.Centre, session)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range all {
		list = append(list, r.Name+" "+r.State+" "+time.Unix(r.CreatedAt, 0).In(w.zone).Format("2.1. 15:04"))
	}
	return list
}

func TestPaper_beforeTheOpeningCountsFromTheOpeningAndOvertakesNobody(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		two := 2
		a := w.activity(func(a *Activity) { a.OpensDays, a.Capacity = 7, &two })
		session := w.session(a, 10) // opens on 5 November at 9
		early := w.Now()
		_, err := w.RegisterPaper(t.Context(), w.Centre, Ask{SessionID: session, By: "test", Written: early}, onPaper("Prerano"))
		wantFault(t, err, "programme.fault.not_open_yet") // typed in before it opens: as by every other channel
		w.pass(72 * time.Hour)                            // 5 November at 10
		w.asked(session, Web, func(a *Ask) { a.Name = "Preko weba" })
		done := w.onPaper(session, "k", early, "Ana", "Boris", "Cvita")
		if done != (PaperDone{In: 1, Waiting: 2}) {
			t.Errorf("%+v", done)
		}
		want := []string{"Preko weba confirmed 5.11. 10:00", "Ana confirmed 5.11. 09:00", "Boris waiting 5.11. 09:00", "Cvita waiting 5.11. 09:00"}
		if diff := cmp.Diff(want, w.inLine(session)); diff != "" {
			t.Error(diff)
		}
		if done := w.onPaper(session, "k", early, "Ana", "Boris", "Cvita"); done != (PaperDone{Already: 3}) {
			t.Errorf("the same list again: %+v", done)
		}
		if done := w.onPaper(session, "k2", w.Now().Add(-10*time.Minute), "boris", "Dunja"); done != (PaperDone{Waiting: 1, Already: 1}) {
			t.Errorf("a longer list: %+v", done)
		}
		if line := w.inLine(session); len(line) != 5 || line[4] != "Dunja waiting 5.11. 09:50" {
			t.Errorf("%q", line)
		}
	})
}

func TestPaper_noLineMovesForAList(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	rapid.Check(t, func(rt *rapid.T) {
		_, session := w.places(rapid.IntRange(1, 4).Draw(rt, "places"))
		for i := range rapid.IntRange(0, 5).Draw(rt, "before") {
			w.asked(session, []Channel{Web, Phone}[i%2], func(a *Ask) { a.Name = string(rune('a' + i)) })
		}
		before := w.inLine(session)
		back := time.Duration(rapid.IntRange(0, 60*24*40).Draw(rt, "minutes back")) * time.Minute
		w.onPaper(session, "k", w.Now().Add(-back), "Ana", "Boris", "Cvita")
		if diff := cmp.Diff(before, w.inLine(session)[:len(before)], cmpopts.EquateEmpty()); diff != "" {
			rt.Error(diff)
		}
	})
}

func TestReadPaper_namesPartiesAndWhatIsTooMuch(t *testing.T) {
	list, err := ReadPaper("  Ana +2 \n\nBoris+1\n+3\nCvita + 12\n😀 شخص\n")
	want := []OnPaper{{"Ana", 3}, {"Boris", 2}, {"+3", 1}, {"Cvita + 12", 1}, {"😀 شخص", 1}}
	if diff := cmp.Diff(want, list); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for text, key := range map[string]string{"": "fault.required", " \n ": "fault.required", strings.Repeat("ž", 81): "fault.too_long", strings.Repeat("Ana\n", 61): "programme.paper.too_many"} {
		if _, err := ReadPaper(text); err == nil || fault.Of(err).Fields[0].Key != key {
			t.Errorf("%.20q: %v, want %s", text, err, key)
		}
	}
}

func TestPaper_whoCameIsAddedToWhatIsRecorded(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		session := w.session(a, 0)
		known := w.asked(session, Phone, func(a *Ask) { a.Name = "Ana" })
		came := w.asked(session, Phone, func(a *Ask) { a.Name = "Vesna" })
		w.pass(9 * time.Hour) // an hour after the start
		if err := w.RecordAttendance(t.Context(), w.Centre, session, Came{People: []string{*came.PersonID}, Counted: 3}, "test"); err != nil {
			t.Fatal(err)
		}
		b := w.browser(network.Coordinator)
		address := "/desk/sessions/" + session + "/paper"
		form := fields(t, b.get(address, http.StatusOK), address)
		form.Set("names", "ana\nVesna\nMira +2\nMira")
		form.Set("clock", "18:05")
		b.post(address, form, http.StatusSeeOther)
		l, _, err := w.SessionAt(t.Context(), w.Centre, session, false)
		if err != nil {
			t.Fatal(err)
		}
		if l.Named != 3 || *l.Counted != 5 || l.WrittenAt == nil || time.Unix(*l.WrittenAt, 0).In(w.zone).Format("15:04") != "18:05" {
			t.Errorf("%d named, %d counted, written %v", l.Named, *l.Counted, l.WrittenAt)
		}
		if n := w.number(`SELECT COUNT(*) FROM attendances WHERE session_id = :s AND person_id = :p`, db.Args{"s": session, "p": *known.PersonID}); n != 1 {
			t.Error("who was registered is somebody else on the list")
		}
		b.post(address, form, http.StatusSeeOther)
		if again, _, _ := w.SessionAt(t.Context(), w.Centre, session, false); again.Named != 3 || *again.Counted != 5 {
			t.Errorf("the same list again: %d named, %d counted", again.Named, *again.Counted)
		}
		old := l
		old.Version--
		wantFault(t, w.CamePaper(t.Context(), old, onPaper("Netko"), w.Now(), "test"), "programme.fault.changed_meanwhile")
	})
}

func TestPaperPage_registersAndSaysWhatIsWrong(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	_, session := w.places(2)
	hidden := w.session(w.activity(func(a *Activity) { a.Discreet = true }), 0)
	b := w.browser(network.Coordinator)
	address := "/desk/sessions/" + session + "/paper"
	form := fields(t, b.get(address, http.StatusOK), address)
	for _, c := range []struct{ field, value, bad string }{{"names", "", "names"}, {"date", "2026-11-03", "date"}, {"date", "jučer", "date"}, {"clock", "25:00", "clock"},
		{"date", "2020-01-01", "date"}, {"names", strings.Repeat("Ana\n", 61), "names"}} {
		wrong := url.Values{}
		for k, v := range form {
			wrong[k] = v
		}
		if c.field != "names" {
			wrong.Set("names", "Ana\nBoris")
		}
		wrong.Set(c.field, c.value)
		doc := b.post(address, wrong, http.StatusUnprocessableEntity)
		if doc.Find("#f-"+c.bad+"[aria-invalid]").Length() != 1 || doc.Find(".summary li").Length() == 0 {
			t.Errorf("%s %q: the fault is not beside %s", c.field, c.value, c.bad)
		}
		if c.field != "names" && doc.Find("#f-names").Text() != "Ana\nBoris" {
			t.Error("what was typed is lost")
		}
	}
	form.Set("names", "Ana\nBoris\nCvita")
	b.post(address, form, http.StatusSeeOther)
	b.post(address, form, http.StatusSeeOther)
	if line := w.inLine(session); len(line) != 3 || !strings.HasPrefix(line[2], "Cvita waiting") {
		t.Errorf("%q", line)
	}
	b.get("/desk/sessions/"+hidden+"/paper", http.StatusNotFound)
	b.post("/desk/sessions/"+hidden+"/paper", form, http.StatusNotFound)
	host := w.browser(network.Host)
	host.get("/desk/sessions/"+w.session(w.activity(nil), 0)+"/paper", http.StatusOK)
	later := w.session(w.activity(nil), 5)
	host.get("/desk/sessions/"+later+"/paper", http.StatusForbidden)
}

func (b *browser) paper(path string) []pdftest.Page {
	b.t.Helper()
	res, err := b.http.Get(b.base + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: %s %v", path, res.Status, err)
	}
	if res.Header.Get("Cache-Control") != "private, no-store" {
		b.t.Errorf("%s may be kept: %s", path, res.Header.Get("Cache-Control"))
	}
	return pdftest.Read(b.t, body)
}

func TestSheet_hasNoContactAndNamesOnlyWhenWanted(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	_, session := w.places(9)
	w.asked(session, Phone, func(a *Ask) { a.Name, a.Phone, a.Party = "Žana", "091 123 456", 3 })
	w.asked(session, Web, func(a *Ask) { a.Name, a.Email = "Ćiril", "ciril@example.org" })
	w.asked(session, Phone, func(a *Ask) { a.Name = strings.Repeat("Vrlo-dugo-ime ", 5) })
	w.asked(session, Phone, func(a *Ask) { a.Name = "😀 עברית" })
	b := w.browser(network.Coordinator)
	for _, path := range []string{"/desk/sessions/" + session + "/sheet", "/desk/sessions/" + session + "/sheet?names=1"} {
		with := strings.HasSuffix(path, "names=1")
		page := b.get(path, http.StatusOK)
		pages := b.paper(strings.Replace(path, "/sheet", "/sheet.pdf", 1))
		paper := pages[0].Text()
		for where, text := range map[string]string{"page": page.Find("article").Text(), "paper": paper} {
			if strings.Contains(text, "091") || strings.Contains(text, "example.org") {
				t.Errorf("%s: a contact is on the %s", path, where)
			}
			if strings.Contains(text, "Ćiril") != with || !strings.Contains(text, "Susjedska večera") || !strings.Contains(text, "četvrtak, 12. studenoga 2026.") {
				t.Errorf("%s: the %s says %q", path, where, text)
			}
		}
		if missing := strings.Contains(paper, "[…]\n"); missing != with || strings.Contains(strings.ReplaceAll(paper, "\n", " "), "cijelo je na stranici ovog popisa") != with || strings.Contains(page.Text(), "😀 עברית") != with {
			t.Errorf("%s: a name that cannot be printed: %q", path, paper)
		}
		if rows := page.Find("article tbody tr").Length(); with && rows != 15+6 || !with && rows != 15 {
			t.Errorf("%s: %d rows", path, rows)
		}
		for _, run := range pages[0].Runs {
			if end := run.X + (pdf.Font{Size: run.Size, Bold: true}).Width(run.Text); end > pages[0].Width-30 {
				t.Errorf("%q sticks out", run.Text)
			}
		}
	}
	if pages := b.paper("/desk/sessions/" + session + "/sheet.pdf?rows=60"); len(pages) < 3 {
		t.Errorf("60 rows on %d sheets", len(pages))
	}
	b.get("/desk/sessions/"+session+"/sheet?rows=61", http.StatusNotFound)
	hidden := w.session(w.activity(func(a *Activity) { a.Discreet = true }), 0)
	for _, who := range []*browser{b, w.browser(network.SupportWorker)} {
		who.get("/desk/sessions/"+hidden+"/sheet", http.StatusNotFound)
		who.get("/desk/sessions/"+hidden+"/sheet.pdf?names=1", http.StatusNotFound)
	}
}
