package front

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/pdf"
	"kvart/internal/platform/pdf/pdftest"
)

const ordinaryText = "Svaki tjedan razgovaramo o jednoj knjizi. Knjigu biramo zajedno, a nekoliko primjeraka čeka u centru. Dođite i ako je niste stigli pročitati. Kava i čaj su besplatni, a ulaz je bez stepenica."

// weekly is an activity with the text and so many dates, a few days apart.
func (k *kvart) weekly(title, about string, n, apart int) string {
	k.t.Helper()
	var at []time.Time
	for i := range n {
		at = append(at, k.at(1+i*apart, 18))
	}
	id, _ := k.outdoors(title, at...)
	k.exec(`UPDATE activities SET about = :a WHERE id = :id`, db.Args{"id": id, "a": i18n.Text{i18n.HR: about}})
	return id
}

// upright are the pages without the turned type of their strips.
func upright(pages []pdftest.Page) []pdftest.Page {
	pages = slices.Clone(pages)
	for i := range pages {
		pages[i].Runs = slices.DeleteFunc(slices.Clone(pages[i].Runs), func(run pdftest.Run) bool { return run.X < 23 })
	}
	return pages
}

// A strip poster is put up one by one on many boards: a month of dates fits on one sheet, on paper and as a page, with the
// activity's text whole where that is ordinary, and no date in type that is not made out from two metres.
func TestPoster_withStripsIsOneSheet(t *testing.T) {
	k := newKvart(t, dbtest.SQLite(t))
	for name, c := range map[string]struct {
		title, about string
		n, apart     int
	}{
		"weekly":                    {"Knjižni klub", ordinaryText, 5, 7},
		"weekly, a long title":      {"Radionica popravljanja malih kućanskih aparata", ordinaryText, 5, 7},
		"twice a week":              {"Šah", ordinaryText, 9, 3},
		"once":                      {"Šah", ordinaryText, 1, 1},
		"twice a week, much to say": {"Šah", strings.Repeat(ordinaryText+" ", 4), 9, 3},
	} {
		t.Run(name, func(t *testing.T) {
			id := k.weekly(c.title, c.about, c.n, c.apart)
			for _, q := range []string{"?tear=1", ""} {
				pages, _ := k.paper("/hr/programme/" + id + "/poster.pdf" + q)
				if len(pages) != 1 {
					t.Errorf("%q: %d sheets", q, len(pages))
					continue
				}
				onSheet(t, upright(pages), q)
				text := strings.ReplaceAll(strings.ReplaceAll(textOf(pages), "\n", " "), "\u00a0", " ")
				if c.about == ordinaryText && (c.n <= 5 || q == "") && !strings.Contains(text, ordinaryText) {
					t.Errorf("%q: the text is cut: %s", q, text)
				}
				for i := 1; i < c.n; i++ {
					d := k.at(1+i*c.apart, 18)
					found := false
					for _, run := range pages[0].Runs {
						for _, day := range []string{d.Format("2. 1."), d.Format("2.") + " "} {
							found = found || strings.Contains(strings.ReplaceAll(run.Text, "\u00a0", " "), day) && run.Size >= pdf.Readable(2000)/2-.1
						}
					}
					if !found {
						t.Errorf("%q: %v is not on it, or too small", q, d)
					}
				}
				if doc, _ := k.get(http.DefaultClient, "/hr/programme/"+id+"/poster"+q); doc.Find("article.poster").Length() != 1 || doc.Find("article.poster .sessions li").Length() != c.n-1 {
					t.Errorf("%q: the page has %d sheets, %d other dates", q, doc.Find("article.poster").Length(), doc.Find("article.poster .sessions li").Length())
				}
			}
		})
	}
}

// Where one sheet is not enough, each goes on where the one before ended, and a date that is called off says so.
func TestPoster_ofManyDatesLosesNone(t *testing.T) {
	k := newKvart(t, dbtest.SQLite(t))
	id := k.weekly("Jutarnja gimnastika", ordinaryText, 30, 1)
	k.exec(`UPDATE sessions SET state = 'cancelled' WHERE starts_at = :s`, db.Args{"s": k.at(3, 18).Unix()})
	pages, _ := k.paper("/hr/programme/" + id + "/poster.pdf?tear=1")
	onSheet(t, upright(pages), "daily")
	text := textOf(pages)
	if n := strings.Count(text, "18.00"); n < 28 || strings.Count(text, "otkazano") != 1 {
		t.Errorf("%d dates, %d called off", n, strings.Count(text, "otkazano"))
	}
	if len(pages) > 2 {
		t.Errorf("%d sheets", len(pages))
	}
	doc, _ := k.get(http.DefaultClient, "/hr/programme/"+id+"/poster?tear=1")
	if n := doc.Find("article.poster").Length(); n > 2 || doc.Find("article.poster .sessions li").Length() != 28 {
		t.Errorf("the page has %d sheets", n)
	}
}

// A centre's week with strips needs no more sheets than its list does.
func TestPoster_aWeekWithStripsIsFewSheets(t *testing.T) {
	k := newKvart(t, dbtest.SQLite(t))
	for day := range 6 {
		k.outdoors("Pitanja o mobitelu, bez žurbe", k.at(day, 10))
		k.outdoors("Susjedska večera", k.at(day, 18))
	}
	pages, _ := k.paper("/hr/centres/centar/poster.pdf?tear=1")
	onSheet(t, upright(pages), "week")
	if len(pages) > 2 {
		t.Errorf("%d sheets", len(pages))
	}
	for i, p := range pages {
		if i > 0 && !strings.Contains(p.Text(), ". 1") {
			t.Errorf("sheet %d begins without its day: %q", i+1, p.Text())
		}
	}
}
