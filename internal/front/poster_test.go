package front

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"kvart/assets"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/pdf"
	"kvart/internal/platform/pdf/pdftest"
	"kvart/internal/programme"
)

// outdoors adds an activity without a room and dates of it, an hour each.
func (k *kvart) outdoors(title string, starts ...time.Time) (activity string, sessions []string) {
	k.t.Helper()
	k.tx(func(tx *db.Tx) (err error) {
		a := programme.Activity{CentreID: k.centre, Title: i18n.Text{i18n.HR: title}, About: i18n.Text{i18n.HR: "Prva rečenica. Druga je dulja!"}, Kind: programme.Open,
			RegisterFor: "session", PlaceKind: programme.Outdoors, Place: i18n.Text{i18n.HR: "kod velike lipe"}, OpensClock: "09:00", State: "published"}
		if a.ID, err = k.Programme.AddActivity(k.t.Context(), tx, a, nil, "test"); err != nil {
			return err
		}
		var dates []programme.Date
		for _, s := range starts {
			dates = append(dates, programme.Date{Start: s, End: s.Add(time.Hour)})
		}
		activity = a.ID
		sessions, err = k.Programme.AddSessions(k.t.Context(), tx, a, dates, "test")
		return err
	})
	return activity, sessions
}

func (k *kvart) at(day, hour int) time.Time {
	return time.Date(k.now.Year(), k.now.Month(), k.now.Day()+day, hour, 0, 0, 0, k.now.Location())
}

// paper asks for a PDF and reads it back.
func (k *kvart) paper(path string) (pages []pdftest.Page, size int) {
	k.t.Helper()
	resp, err := http.Get(k.url + path)
	if err != nil {
		k.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/pdf" {
		k.t.Fatalf("%s: %d %s %v", path, resp.StatusCode, resp.Header.Get("Content-Type"), err)
	}
	return pdftest.Read(k.t, body), len(body)
}

func textOf(pages []pdftest.Page) string {
	var b strings.Builder
	for _, p := range pages {
		b.WriteString(p.Text())
	}
	return b.String()
}

func TestPoster_paperAndPageSayTheSameAndNothingDiscreet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newKvart(t, d)
		k.plan("Šah", false, 1, 10)
		k.plan("Krug povjerenja", true, 1, 12)
		k.plan("Poslije", false, 8, 10)
		_, ids := k.outdoors("Šetnja", k.at(2, 9))
		if err := k.Programme.CancelSession(t.Context(), k.centre, ids[0], nil, "test"); err != nil {
			t.Fatal(err)
		}
		for _, l := range i18n.All {
			for _, q := range []string{"?", "?span=month&", "?span=month&from=2026-12-01&", "?tear=1&"} {
				path := "/" + string(l) + "/centres/centar/poster"
				pages, _ := k.paper(path + ".pdf" + q + "size=a4")
				doc, _ := k.get(http.DefaultClient, path+q)
				paper, page := textOf(pages), doc.Find(".poster").Text()
				for _, title := range []string{"Šah", "Poslije", "Šetnja", "Krug povjerenja", "01 555 010", "kvart.test/centres/centar", "Ogledni podaci", "Sample data"} {
					if strings.Contains(paper, title) != strings.Contains(page, title) {
						t.Errorf("%s%s: %q is on one of paper and page only", path, q, title)
					}
				}
				if strings.Contains(paper+page, "Krug") {
					t.Errorf("%s%s names what is discreet", path, q)
				}
			}
		}
		pages, _ := k.paper("/hr/centres/centar/poster.pdf")
		if text := textOf(pages); !strings.Contains(text, "otkazano") || !strings.Contains(text, "Ogledni podaci") || !strings.Contains(text, "petak, 27. studenoga") {
			t.Errorf("a cancelled session, the demo's mark or the day is missing: %q", text)
		}
		k.isDemo = false
		if pages, _ := k.paper("/hr/centres/centar/poster.pdf"); strings.Contains(textOf(pages), "Ogledni") {
			t.Error("a real poster is marked as a sample")
		}
	})
}

func TestPoster_ofOneActivity(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newKvart(t, d)
		id, _ := k.outdoors("Šetnja uz Savu", k.at(0, 18), k.at(7, 18), k.at(60, 18))
		pages, size := k.paper("/hr/programme/" + id + "/poster.pdf?tear=1")
		text := textOf(pages)
		for _, want := range []string{"četvrtak, 26.\u00a0studenoga u 18\u00a0sati", "Šetnja uz Savu", "kod velike lipe", "Prva rečenica. Druga je dulja!", "četvrtak, 3. prosinca", "kvart.test/centres/centar"} {
			if !strings.Contains(strings.ReplaceAll(strings.ReplaceAll(text, "\n", " "), "\u00a0", " "), strings.ReplaceAll(want, "\u00a0", " ")) {
				t.Errorf("%q is not on it: %q", want, text)
			}
		}
		if strings.Contains(text, "siječnja") {
			t.Error("a date of after the month is on it")
		}
		if n := strings.Count(text, "čet 26. 11. 18.00–19.00"); len(pages) == 1 && n != stripes {
			t.Errorf("%d strips", n)
		}
		doc, _ := k.get(http.DefaultClient, "/hr/programme/"+id+"/poster?tear=1")
		if doc.Find("h1").Text() != "Šetnja uz Savu" || doc.Find(".poster .when").Text() != "četvrtak, 26. studenoga u 18 sati" || doc.Find(".strips li").Length() != stripes {
			t.Errorf("page: %q", doc.Find(".poster").Text())
		}
		t.Logf("%d bytes", size)

		later, _ := k.outdoors("Jednom", k.at(100, 18))
		if pages, _ := k.paper("/hr/programme/" + later + "/poster.pdf"); !strings.Contains(textOf(pages), "ožujka") {
			t.Errorf("the only date, after the month, is not on it: %q", textOf(pages))
		}
		never, _ := k.outdoors("Još ne")
		if pages, _ := k.paper("/hr/programme/" + never + "/poster.pdf"); !strings.Contains(textOf(pages), "Nazovite") {
			t.Errorf("no date and no word of it: %q", textOf(pages))
		}
	})
}

func TestPoster_whatThereIsNotIsNotFound(t *testing.T) {
	k := newKvart(t, dbtest.SQLite(t))
	k.plan("Krug povjerenja", true, 1, 12)
	var hidden string
	if err := k.Network.DB.Get(t.Context(), &hidden, `SELECT id FROM activities WHERE discreet = 1`, nil); err != nil {
		t.Fatal(err)
	}
	draft, _ := k.outdoors("Skica", k.at(1, 10))
	k.exec(`UPDATE activities SET state = 'draft' WHERE id = :id`, db.Args{"id": draft})
	for _, path := range []string{"programme/" + hidden + "/poster", "programme/" + draft + "/poster", "programme/nema/poster", "centres/nema/poster",
		"centres/centar/poster?span=year", "centres/centar/poster?from=2026-13-01", "centres/centar/poster?from=99999-01-01"} {
		for _, p := range []string{path, strings.Replace(path, "/poster", "/poster.pdf", 1)} {
			if _, status := k.get(http.DefaultClient, "/hr/"+p); status != http.StatusNotFound {
				t.Errorf("%s: %d", p, status)
			}
		}
	}
	if _, status := k.get(http.DefaultClient, "/hr/centres/centar/poster.pdf?size=a0"); status != http.StatusNotFound {
		t.Errorf("size a0: %d", status)
	}
}

func TestPoster_isReadFromTwoMetresAndStaysOnTheSheet(t *testing.T) {
	k := newKvart(t, dbtest.SQLite(t))
	titles := []string{"Šah", "😀🎉 Zabava 👨‍👩‍👧", "שלום עליכם", "مرحبا بالجميع", strings.Repeat("Vrlo dug naslov ", 7), strings.Repeat("Ž", 120)}
	for i, title := range titles {
		id, _ := k.outdoors(title, k.at(i, 10), k.at(i, 15))
		pages, _ := k.paper("/hr/programme/" + id + "/poster.pdf")
		onSheet(t, pages, title)
		text := textOf(pages)
		if missing := strings.ContainsAny(title, "שم"); strings.Contains(text, "[…] je tekst na pismu") != missing || strings.Contains(text, "[…]\n") != missing {
			t.Errorf("%q: the sheet says %q", title, text)
		}
		if i == 0 {
			for _, run := range pages[0].Runs {
				if (strings.Contains(run.Text, "Šah") || strings.Contains(run.Text, "studenoga") && run.Y > 500) && run.Size < pdf.Readable(2000)-.1 {
					t.Errorf("%q is %.1f points", run.Text, run.Size)
				}
			}
		}
	}
	id, _ := k.outdoors("Izlet", k.at(1, 8))
	k.exec(`UPDATE activities SET place = :p WHERE id = :id`, db.Args{"id": id, "p": i18n.Text{i18n.HR: strings.Repeat("iza velike lipe, pa desno ", 120)}})
	pages, _ := k.paper("/hr/centres/centar/poster.pdf")
	onSheet(t, pages, "week")
	for _, p := range pages {
		for _, run := range p.Runs {
			if strings.HasPrefix(run.Text, "Vrlo") && run.Size < listLeast {
				t.Errorf("%q is %.1f points", run.Text, run.Size)
			}
		}
	}
	if n := strings.Count(strings.ReplaceAll(textOf(pages), "\n", ""), strings.Repeat("Ž", 120)); n != 2 {
		t.Errorf("a title of one word of 120 letters is whole %d times", n)
	}
	a3, _ := k.paper("/hr/centres/centar/poster.pdf?size=a3")
	if w := a3[0].Width; w < 841 || w > 842 || len(a3) != len(pages) {
		t.Errorf("A3 is %.1f wide, %d sheets", w, len(a3))
	}
}

func TestPoster_anOrdinaryWeekIsOneSheet(t *testing.T) {
	k := newKvart(t, dbtest.SQLite(t))
	for day := range 6 {
		k.outdoors("Pitanja o mobitelu, bez žurbe", k.at(day, 10))
		k.outdoors("Susjedska večera", k.at(day, 18))
	}
	for _, size := range []string{"a4", "a3"} {
		pages, _ := k.paper("/hr/centres/centar/poster.pdf?size=" + size)
		onSheet(t, pages, size)
		if len(pages) != 1 {
			t.Errorf("%s: %d sheets", size, len(pages))
		}
		for _, run := range pages[0].Runs {
			if strings.HasPrefix(run.Text, "Susjedska") && run.Size < pdf.Readable(2000)/2-.1 {
				t.Errorf("%s: %q is %.1f points", size, run.Text, run.Size)
			}
		}
	}
	if doc, _ := k.get(http.DefaultClient, "/hr/centres/centar/poster"); doc.Find("article.poster").Length() != 1 || doc.Find("article.poster.dense").Length() != 1 {
		t.Errorf("the page has %d sheets", doc.Find("article.poster").Length())
	}
	for day := range 6 {
		k.outdoors("Šah", k.at(day, 12), k.at(day, 14), k.at(day, 16))
	}
	if pages, _ := k.paper("/hr/centres/centar/poster.pdf"); len(pages) < 2 {
		t.Error("thirty sessions are on one sheet")
	}
}

// onSheet fails where a text begins or ends outside the printable part of its sheet.
func onSheet(t *testing.T, pages []pdftest.Page, what string) {
	t.Helper()
	for i, p := range pages {
		for _, run := range p.Runs {
			end := run.X + pdf.Font{Size: run.Size, Bold: run.Size >= listLeast}.Width(run.Text)
			if run.X < margin-1 || end > p.Width-margin+2 && !strings.HasPrefix(run.Text, "Ogledni") || run.Y < 14 || run.Y > p.Height-14 {
				t.Errorf("%s, sheet %d: %q from %.0f to %.0f at %.0f", what, i+1, run.Text, run.X, end, run.Y)
			}
		}
	}
}

func TestPoster_ofFiveHundredSessionsIsWholeAndBounded(t *testing.T) {
	k := newKvart(t, dbtest.SQLite(t))
	var starts []time.Time
	for i := range 600 {
		starts = append(starts, k.at(1+i%4, 0).Add(time.Duration(i/4)*9*time.Minute))
	}
	for part := range slices.Chunk(starts, 60) {
		k.outdoors("Kratki susret", part...)
	}
	k.paper("/hr/centres/centar/poster.pdf?size=a4") // the fonts are read once
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	pages, size := k.paper("/hr/centres/centar/poster.pdf?tear=1")
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	text := textOf(pages)
	if n := strings.Count(text, "Kratki susret"); n != mostOnPoster {
		t.Errorf("%d sessions on it", n)
	}
	for i := range pages {
		if !strings.Contains(pages[i].Text(), fmt.Sprintf("%d / %d", i+1, len(pages))) {
			t.Errorf("sheet %d has no number", i+1)
		}
	}
	if !strings.Contains(strings.ReplaceAll(text, "\n", " "), "Ima toga još: kvart.test/centres/centar") {
		t.Error("nothing says that there is more")
	}
	if took > 15*time.Second || size > 3<<20 || after.TotalAlloc-before.TotalAlloc > 400<<20 {
		t.Errorf("%v, %d bytes, %d MB allocated", took, size, (after.TotalAlloc-before.TotalAlloc)>>20)
	}
	t.Logf("%d sheets, %d bytes, %v, %d MB allocated in all", len(pages), size, took, (after.TotalAlloc-before.TotalAlloc)>>20)
}

func TestPoster_theSamePosterIsTheSameFile(t *testing.T) {
	k := newKvart(t, dbtest.SQLite(t))
	k.plan("Šah", false, 1, 10)
	var files [][]byte
	tag := ""
	for range 2 {
		resp, err := http.Get(k.url + "/hr/centres/centar/poster.pdf?tear=1")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		files, tag = append(files, body), resp.Header.Get("ETag")
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("two files differ")
	}
	again := func() int {
		req, _ := http.NewRequest(http.MethodGet, k.url+"/hr/centres/centar/poster.pdf?tear=1", nil)
		req.Header.Set("If-None-Match", tag)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if status := again(); status != http.StatusNotModified {
		t.Errorf("unchanged: %d", status)
	}
	k.plan("Bela", false, 2, 10)
	if status := again(); status != http.StatusOK {
		t.Errorf("changed: %d", status)
	}
}

func TestPoster_coloursAreThoseOfThePages(t *testing.T) {
	tokens, err := assets.FS.ReadFile("css/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	light, _, _ := strings.Cut(string(tokens), "@media")
	for i, c := range pdf.Colours {
		if want := fmt.Sprintf("--c%d: #%02x%02x%02x;", i+1, c.R, c.G, c.B); !strings.Contains(light, want) {
			t.Errorf("tokens.css has no %s", want)
		}
	}
	for name, c := range map[string]pdf.Colour{"ink": ink, "ink-soft": soft, "line": line, "accent": accent, "sun": sun} {
		if want := fmt.Sprintf("--%s: #%02x%02x%02x;", name, c.R, c.G, c.B); !strings.Contains(light, want) {
			t.Errorf("tokens.css has no %s", want)
		}
	}
}
