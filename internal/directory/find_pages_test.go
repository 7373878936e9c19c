package directory_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/directory"
	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

func TestMap_offersTheGroupsThatHaveSomethingBeforeAnythingIsAsked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		s.service("Pomoć u kući", of(s.home))
		s.service("Dostava namirnica", of(s.elders))
		doc := s.page("/hr/map", http.StatusOK)
		if got := words(doc, ".groups"); got != "Starije osobe 2 usluge" {
			t.Errorf("groups %q", got)
		}
		to, _ := doc.Find(".groups a").Attr("href")
		if to != "/hr/services?group="+s.elders {
			t.Errorf("a group leads to %s", to)
		}
		if got := s.page(to, http.StatusOK).Find(".hit h3").Length(); got != 2 {
			t.Errorf("%d of the group", got)
		}
		// A page that asks for something is the page of results, under this name too.
		if got := words(s.page("/hr/map?q=namirnica", http.StatusOK), ".hit h3"); got != "Dostava namirnica" {
			t.Errorf("found %q", got)
		}
	})
}

// The searcher's privacy: no cookie, kept by no browser, told to no other site, in no title; and a way out on every page.
func TestFind_tellsNobodyWhatIsLookedFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		where := s.location("Dom", "Ulica 1", 45.8, 15.95)
		id := s.service("Sklonište", at(where))
		for _, path := range []string{"/hr/services?q=skloniste", "/hr/map?q=skloniste", "/hr/services/" + id, "/hr/services/" + id + "?s=" + id, "/hr/services/print?s=" + id, "/hr/services/print.pdf?s=" + id} {
			resp, body := s.raw(path)
			h := resp.Header
			if h.Get("Set-Cookie") != "" || !strings.Contains(h.Get("Cache-Control"), "no-store") || h.Get("Referrer-Policy") != "same-origin" {
				t.Errorf("%s answers with %v", path, h)
			}
			if strings.HasSuffix(path, ".pdf?s="+id) {
				continue
			}
			doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
			s.must(err)
			if strings.Contains(path, "q=") && strings.Contains(strings.ToLower(words(doc, "title")), "skloni") {
				t.Errorf("%s has the title %q", path, words(doc, "title"))
			}
			if to, _ := doc.Find("[data-leave]").Attr("href"); to != "/hr/contact/leave" {
				t.Errorf("%s is left to %q", path, to)
			}
			for _, a := range doc.Find("a[href^=http], img, script, link").EachIter() {
				if from, _ := a.Attr("src"); strings.HasPrefix(from, "http") {
					t.Errorf("%s loads %s", path, from)
				}
			}
		}
	})
}

func TestFind_asksForWhatTheAddressSays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		s.page("/en/services?q=+lawyer+&open=1&free=1&steps=1&spoken=uk&band=older&group="+s.advice+"&page=3", http.StatusOK)
		got := s.asked[len(s.asked)-1]
		want := directory.Ask{Words: "lawyer", Lang: "en", Group: s.advice, Free: true, StepFree: true, Spoken: "uk", Band: "older", OpenNow: true, Page: 3}
		if got != want {
			t.Errorf("asked %+v, want %+v", got, want)
		}
		for _, page := range []string{"-1", "0", "x", "1e9", "99999999999999999999", ""} {
			s.page("/hr/services?page="+page, http.StatusOK)
			if got := s.asked[len(s.asked)-1].Page; got != 1 {
				t.Errorf("page %q is %d", page, got)
			}
		}
	})
}

func TestFind_saysBesideTheFieldWhatCannotBeAndKeepsWhatWasTyped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		for name, c := range map[string]struct{ query, field string }{
			"a place nobody knows": {"q=vrt&near=Nigdje", "near"}, "a long place": {"near=" + strings.Repeat("a", 300), "near"},
			"10,000 letters": {"q=" + strings.Repeat("č", 10000), "q"}, "no such group": {"q=vrt&group=" + db.NewID(), "group"},
			"group garbage": {"group=%27%3B--", "group"}, "no such band": {"band=old", "band"}, "no such language": {"spoken=zz", "spoken"},
		} {
			doc := s.page("/hr/services?"+c.query, http.StatusUnprocessableEntity)
			if doc.Find("#e-"+c.field).Length() != 1 || doc.Find(".summary a[href='#f-"+c.field+"']").Length() != 1 {
				t.Errorf("%s: no fault beside %s", name, c.field)
			}
			typed, _ := url.ParseQuery(c.query)
			if got, _ := doc.Find("#f-q").Attr("value"); got != typed.Get("q") {
				t.Errorf("%s: what was typed is lost", name)
			}
		}
		if len(s.asked) != 0 {
			t.Errorf("it was looked for %d times", len(s.asked))
		}
	})
}

func TestFind_nearASpotCountsDistancesAndSeveralAreAChoice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		where := s.location("Dom", "Ulica 1", 45.8, 15.95)
		s.service("Zajednički vrt", at(where))
		stop := s.spot("stop", "Trešnjevački trg", 45.81, 15.94)
		street := s.spot("street", "Trešnjevačka ulica", 45.82, 15.94)

		doc := s.page("/hr/services?near=tresnjevacki+TRG", http.StatusOK)
		if a := s.asked[0]; a.Near == nil || a.Area != "" || a.Near.Lat != 45.81 {
			t.Errorf("asked %+v", a)
		}
		if got := words(doc, ".hit"); !strings.Contains(got, "oko 400 m") {
			t.Errorf("hit %q", got)
		}
		if doc.Find(".map .here").Length() != 1 || words(doc, ".map .pin text") != "1" {
			t.Errorf("map %q", words(doc, ".map"))
		}

		choice := s.page("/hr/services?q=vrt&near=tresnjevack&s="+db.NewID(), http.StatusOK)
		if choice.Find(".groups a").Length() != 2 || len(s.asked) != 1 {
			t.Fatalf("choice %q", words(choice, ".groups"))
		}
		to, _ := choice.Find(".groups a[href*='" + street + "']").Attr("href")
		if got := s.page(to, http.StatusOK); len(s.asked) != 2 || s.asked[1].Near.Lat != 45.82 || s.asked[1].Words != "vrt" || !strings.Contains(to, "s=") {
			t.Errorf("chosen %s: %q", to, words(got, ".found"))
		}
		// Another place typed over the chosen one is another place.
		s.page("/hr/services?near=Trešnjevački+trg&at="+street, http.StatusOK)
		if s.asked[2].Near.Lat != 45.81 {
			t.Error("the place chosen before still stands")
		}
		s.page("/hr/services?at="+stop, http.StatusOK)
		if s.asked[3].Near == nil {
			t.Error("a place chosen by its id alone does not stand")
		}
		// In a district one looks, rather than near it.
		s.page("/hr/services?near=SJEVER", http.StatusOK)
		if s.asked[4].Area != s.north || s.asked[4].Near != nil {
			t.Errorf("asked %+v", s.asked[4])
		}
	})
}

func TestFind_listAndMapHaveTheSameNumbersAndNoShelterIsOnIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		for i := range 25 {
			s.service(fmt.Sprintf("Vrt %02d", i), at(s.location("Dom", fmt.Sprintf("Ulica %d", i), 45.72+float64(i)*.006, 15.92+float64(i%4)*.045)))
		}
		shelter := db.NewID()
		s.save(func(tx *db.Tx) error {
			return s.SaveLocation(t.Context(), tx, directory.Location{Location: hsds.Location{ID: shelter}, City: "Zagreb", Confidential: true, AreaID: &s.north}, "save", "test")
		})
		s.service("Vrt sigurnosti", at(shelter))
		doc := s.page("/hr/services?q=vrt&page=2", http.StatusOK)
		if got := words(doc, ".hit > .num-dot"); got != "21 22 23 24 25 26" {
			t.Errorf("numbers %q", got)
		}
		var onMap []string
		for _, text := range doc.Find(".map .pin text").EachIter() {
			onMap = append(onMap, strings.Split(text.Text(), ", ")...)
		}
		if got := strings.Join(onMap, " "); len(onMap) != 5 || strings.Contains(got, "26") {
			t.Errorf("on the map %q", got)
		}
		if got := words(doc, ".found .map .hint"); !strings.Contains(got, "Nisu na karti: 26.") {
			t.Errorf("below the map %q", got)
		}
		if got := words(doc, ".hits > .hit:last-child"); !strings.Contains(got, "Vrt sigurnosti") || !strings.Contains(got, "Zagreb") {
			t.Errorf("the shelter: %q", got)
		}
		if to, _ := doc.Find(".pager a[rel=prev]").Attr("href"); to != "/hr/services?page=1&q=vrt" {
			t.Errorf("before: %s", to)
		}
		if doc.Find(".pager a[rel=next]").Length() != 0 {
			t.Error("there is a page after the last")
		}
		if got := s.page("/hr/services?q=vrt&page=7", http.StatusOK).Find(".empty a[href='/hr/services?q=vrt']").Length(); got != 1 {
			t.Error("past the end nothing leads back")
		}
	})
}

func TestFind_saysHowOpenFreshAndFoundEachIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		steps := s.location("Dom", "Ulica 1", 45.8, 15.95, func(l *directory.Location) {
			l.Access = network.AccessList{{Feature: "step_free", State: "yes", CheckedOn: "2026-10-01"}}
		})
		s.service("Savjet", at(steps), func(x *directory.Service) {
			x.Own.Cost = "free"
			x.Phones = []hsds.Phone{{ID: db.NewID(), Number: "01 000 0002"}}
			x.Schedules = []hsds.Schedule{{ID: db.NewID(), Freq: "WEEKLY", ByDay: "TH", OpensAt: "09:00", ClosesAt: "18:00"}}
		})
		s.service("Stari savjet", func(x *directory.Service) { x.AssuredDate, x.Status = "2025-11-01", "temporarily closed" })
		s.service("Šetnje savjet", func(x *directory.Service) { x.OrganizationID, x.AssuredDate = s.initiative, "" })
		doc := s.page("/hr/services?q=savjet", http.StatusOK)
		for i, want := range [][]string{
			{"Udruga Susjedi · Ulica 1, 10000 Zagreb", "Otvoreno do 18.00", "Besplatno", "Bez stepenica", "„savjet” je u nazivu", "Potvrđeno 1. 11. 2026.", "01 000 0002"},
			{"Privremeno ne radi", "Više od godinu dana nitko nije potvrdio da je ovo točno."},
			{"Nitko još nije potvrdio", "Preko centra Centar", "01 000 0001"},
		} {
			got := words(doc, fmt.Sprintf("#n%d", i+1))
			for _, w := range want {
				if !strings.Contains(got, w) {
					t.Errorf("hit %d lacks %q: %q", i+1, w, got)
				}
			}
		}
		if strings.Contains(words(doc, "#n3"), "091") {
			t.Error("the initiative's own number is on the page")
		}
		s.now = s.now.Add(7 * time.Hour) // past seven in the evening there
		if got := words(s.page("/hr/services?q=savjet", http.StatusOK), "#n1 .open-now"); got != "Zatvoreno; otvara se: četvrtak, 3. prosinca u 9 sati" {
			t.Errorf("in the evening: %q", got)
		}
		s.now = time.Date(2026, 12, 25, 9, 0, 0, 0, time.UTC)
		if got := words(s.page("/hr/services?q=savjet", http.StatusOK), "#n1 .open-now"); got != "Danas je praznik: nazovite prije dolaska" {
			t.Errorf("at Christmas: %q", got)
		}
	})
}

func TestFind_whereNothingIsFoundHelpsOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		doc := s.page("/hr/services?q=vrt&free=1", http.StatusOK)
		for _, to := range []string{"/hr/services?q=vrt", "/hr/map", "/hr/contact", "tel:010000001"} {
			if doc.Find(".empty a[href='"+to+"']").Length() != 1 {
				t.Errorf("nothing leads to %s: %q", to, words(doc, ".empty"))
			}
		}
		// Letters that mean something to a query, only stop words, only signs: a page, never a fault of ours.
		for _, q := range []string{`"`, `*`, `a AND (`, `NEAR(`, `%`, `'; DROP TABLE directory_services; --`, "i u na", "?!…", strings.Repeat("a ", 90)} {
			s.page("/hr/services?near="+url.QueryEscape(q)+"&q="+url.QueryEscape(q), http.StatusUnprocessableEntity)
			s.page("/hr/services?q="+url.QueryEscape(q), http.StatusOK)
		}
	})
}

func TestFind_saysWhatWasBoundedCorrectedAndLoose(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		s.service("Vrt")
		one := s.Find
		s.Find = func(ctx context.Context, a directory.Ask) (directory.Found, error) {
			f, err := one(ctx, a)
			f.Count, f.More, f.Corrected, f.Loose = 500, true, "vrt", true
			f.Hits[0].Why = []directory.Why{{Word: "bašča", Field: "terms", As: "vrt"}}
			return f, err
		}
		got := words(s.page("/hr/services?q=vrt", http.StatusOK), ".found")
		for _, want := range []string{"više od 500 usluga", "Ovo je nađeno za: vrt.", "ima neke od njih", "„bašča”: među temama je „vrt”"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q: %q", want, got)
			}
		}
	})
}

// finds are the names of what the search finds, in its order.
func (w *town) finds(a directory.Ask) string {
	w.t.Helper()
	f, err := w.Find(w.t.Context(), w.DB, a)
	w.must(err)
	var names []string
	for _, h := range f.Hits {
		names = append(names, h.Name)
	}
	return strings.Join(names, " ")
}

// What is closed for now is open to nobody, whatever its hours say.
func TestFind_whatIsClosedForNowIsNotOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		always := []hsds.Schedule{{ID: db.NewID(), Freq: "WEEKLY", ByDay: "MO,TU,WE,TH,FR,SA,SU", OpensAt: "00:00", ClosesAt: "24:00"}}
		closed := s.service("Kuhinja", func(x *directory.Service) { x.Schedules, x.Status = always, "temporarily closed" })
		s.service("Pekara", func(x *directory.Service) { x.Schedules = always })
		if got := s.finds(directory.Ask{OpenNow: true}); got != "Pekara" {
			t.Errorf("open now: %q", got)
		}
		if got := words(s.page("/hr/services/"+closed, http.StatusOK), "main"); !strings.Contains(got, "Privremeno ne radi") || strings.Contains(got, "Otvoreno do") {
			t.Errorf("its page: %s", got)
		}
	})
}
