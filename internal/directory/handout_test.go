package directory_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kvart/internal/directory"
	"kvart/internal/hsds"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/pdf/pdftest"
)

func TestHandout_isChosenAndOrderedByLinksAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		a, b := s.service("Vrt"), s.service("Vrtić")
		doc := s.page("/hr/services?q=vrt", http.StatusOK)
		to, _ := doc.Find("#n2 .reach a[rel=nofollow]").Attr("href")
		doc = s.page(strings.Split(to, "#")[0], http.StatusOK)
		to, _ = doc.Find("#n1 .reach a[rel=nofollow]").Attr("href")
		doc = s.page(strings.Split(to, "#")[0], http.StatusOK)
		if got := words(doc, ".flash"); got != "Na popisu za ispis su 2 usluge. Otvorite popis" {
			t.Errorf("the bar says %q", got)
		}
		if got, _ := doc.Find("form.find input[name=s]").Attr("value"); got != b+","+a {
			t.Errorf("the form keeps %q", got)
		}
		to, _ = doc.Find(".flash a").Attr("href")
		doc = s.page(to, http.StatusOK)
		if got := words(doc, ".given h2"); got != "Vrtić Vrt" {
			t.Errorf("on it %q", got)
		}
		up, _ := doc.Find("#n2 a[aria-label^=Pomaknite]").Attr("href")
		doc = s.page(strings.Split(up, "#")[0], http.StatusOK)
		if got := words(doc, ".given h2"); got != "Vrt Vrtić" {
			t.Errorf("after moving %q", got)
		}
		off, _ := doc.Find("#n1 a[aria-label^=Maknite]").Attr("href")
		if got := words(s.page(off, http.StatusOK), ".given h2"); got != "Vrtić" {
			t.Errorf("after taking off %q", got)
		}
	})
}

func TestHandout_garbageAndTooManyAreKindPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		var ids []string
		for i := range 30 {
			ids = append(ids, s.service(fmt.Sprintf("Vrt %d", i)))
		}
		doc := s.page("/hr/services/print?s="+strings.Join(ids, ","), http.StatusOK)
		if doc.Find(".given").Length() != directory.MostChosen || !strings.Contains(words(doc, ".flash"), "najviše 20 usluga") {
			t.Errorf("%d on it: %q", doc.Find(".given").Length(), words(doc, ".flash"))
		}
		for _, c := range []string{"", "x", ",,,", "%27%3B", db.NewID(), strings.Repeat("a,", 5000)} {
			doc := s.page("/hr/services/print?s="+c, http.StatusOK)
			if doc.Find(".empty a").Length() != 1 {
				t.Errorf("%.20q: %q", c, words(doc, "main"))
			}
			s.page("/hr/services/print.pdf?s="+c, http.StatusNotFound)
		}
		if got := words(s.page("/hr/services/print?s="+ids[0]+","+db.NewID(), http.StatusOK), ".flash"); !strings.Contains(got, "1 usluge s popisa više nema") {
			t.Errorf("one is gone: %q", got)
		}
	})
}

func TestHandoutPDF_isWholeLargeAndTheSameEachTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		where := s.location("Dom", "Ulica 1", 45.8, 15.95)
		var ids []string
		for i := range 20 {
			ids = append(ids, s.service(fmt.Sprintf("Služba broj %d", i), at(where), func(x *directory.Service) {
				x.Phones = []hsds.Phone{{ID: db.NewID(), Number: fmt.Sprintf("01 000 00%02d", 10+i)}}
				x.FeesDescription = strings.Repeat("dugačko objašnjenje ", 3+i%3*40) + fmt.Sprintf("kraj%d", i)
				x.Own.First = directory.FirstVisit{Meets: "dežurna osoba", Name: "no"}
			}))
		}
		path := "/hr/services/print.pdf?s=" + strings.Join(ids, ",")
		resp, body := s.raw(path)
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/pdf" {
			t.Fatalf("answers %d %s", resp.StatusCode, body)
		}
		pages := pdftest.Read(t, body)
		var text strings.Builder
		for n, p := range pages {
			for _, run := range p.Runs {
				text.WriteString(run.Text + " ")
				if run.X < 40 || run.Y < 20 || run.Y > 842 {
					t.Errorf("sheet %d: %q at %v, %v", n+1, run.Text, run.X, run.Y)
				}
				if run.Size < 14 && run.Y > 46 {
					t.Errorf("sheet %d: %q in %v points", n+1, run.Text, run.Size)
				}
			}
		}
		for i := range 20 {
			for _, want := range []string{fmt.Sprintf("Služba broj %d", i), fmt.Sprintf("01 000 00%02d", 10+i), fmt.Sprintf("kraj%d", i)} {
				if !strings.Contains(text.String(), want) {
					t.Errorf("no %q", want)
				}
			}
			if !strings.Contains(strings.ReplaceAll(text.String(), " ", ""), "https://kvart.test/services/"+ids[i]) {
				t.Errorf("no address of %d", i)
			}
		}
		if _, again := s.raw(path); !bytes.Equal(body, again) {
			t.Error("the same hand-out is another file")
		}
	})
}
