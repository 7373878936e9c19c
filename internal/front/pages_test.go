package front

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"rsc.io/qr"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/pdf"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
	"kvart/internal/voting"
	"kvart/locales"
)

// kvart is a network of one centre behind a server, with a clock that stands still.
type kvart struct {
	*Pages
	t            *testing.T
	url          string
	now          time.Time // a Thursday, half past eight
	centre, room string
	isDemo       bool
}

func newKvart(t *testing.T, d *db.DB) *kvart {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Zagreb")
	if err != nil {
		t.Fatal(err)
	}
	words, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	k := &kvart{t: t, now: time.Date(2026, 11, 26, 8, 30, 0, 0, zone), centre: db.NewID(), isDemo: true}
	now := func() time.Time { return k.now }
	accounts := auth.NewStore(d, now, auth.Secrets{Pepper: []byte(strings.Repeat("p", 32))}, "http://kvart.test")
	accounts.Cost = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	net, rooms := &network.Store{DB: d, Now: now, Auth: accounts}, &booking.Store{DB: d, Now: now}
	s := &web.Server{DB: d, Log: slog.New(slog.DiscardHandler), Now: now, Texts: words, Auth: accounts, Sessions: accounts.Sessions(false),
		Policy: auth.NewPolicy(network.Contains, network.Grants), PublicURL: "https://kvart.test", Places: net.Places, Menu: Menu,
		Site: func(context.Context) (web.Site, error) {
			return web.Site{Name: i18n.Text{i18n.HR: "Mreža"}, Zone: zone, Demo: k.isDemo}, nil
		}}
	k.Pages = &Pages{Network: net, Booking: rooms, Voting: &voting.Store{DB: d, Now: now, Network: net}, Server: s,
		Programme: &programme.Store{DB: d, Now: now, Network: net, Booking: rooms, Texts: words, PublicURL: "https://kvart.test", Secret: []byte("secret")}}
	org, area := db.NewID(), db.NewID()
	k.exec(`INSERT INTO networks (id, name, zone, emergency) VALUES (:id, :name, 'Europe/Zagreb', :emergency)`,
		db.Args{"id": db.NewID(), "name": i18n.Text{i18n.HR: "Mreža"}, "emergency": network.Emergencies{{Number: "112", For: i18n.Text{i18n.HR: "hitne službe"}}}})
	k.exec(`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, 'udruga', 'cso', 'Udruga')`, db.Args{"id": org})
	k.exec(`INSERT INTO areas (id, slug, kind, name, outline) VALUES (:id, 'cetvrt', 'district', :name, :outline)`, db.Args{"id": area, "name": i18n.Text{i18n.HR: "Četvrt"},
		"outline": `{"type":"Polygon","coordinates":[[[15.9,45.7],[16.1,45.7],[16.1,45.9],[15.9,45.9],[15.9,45.7]]]}`})
	k.exec(`INSERT INTO areas (id, slug, kind, name, outline, growth) VALUES (:id, 'brdo', 'district', :name, :outline, 1)`, db.Args{"id": db.NewID(), "name": i18n.Text{i18n.HR: "Brdo"},
		"outline": `{"type":"Polygon","coordinates":[[[15.9,45.5],[16.1,45.5],[16.1,45.7],[15.9,45.7],[15.9,45.5]]]}`})
	k.exec(`INSERT INTO centres (id, slug, number, colour, organisation_id, area_id, name, zone, phone, phone_who, hours, access)
		VALUES (:id, 'centar', 1, 1, :org, :area, 'Centar', 'Europe/Zagreb', '01 555 010', :who, :hours, :access)`,
		db.Args{"id": k.centre, "org": org, "area": area, "who": i18n.Text{i18n.HR: "javlja se koordinacija, radnim danom"},
			"hours":  network.HoursList{{Weekday: 4, Opens: "08:00", Closes: "20:00"}},
			"access": network.AccessList{{Feature: "lift", State: "no", CheckedOn: "2026-10-01"}}})
	k.tx(func(tx *db.Tx) error {
		k.room, err = rooms.AddSpace(t.Context(), tx, booking.Space{CentreID: k.centre, Slug: "velika-soba", Name: i18n.Text{i18n.HR: "Velika soba"}}, "test")
		return err
	})
	s.Mount(k.Routes())
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	k.url = server.URL
	return k
}

func (k *kvart) exec(q string, args db.Args) {
	k.t.Helper()
	if _, err := k.Network.DB.Exec(k.t.Context(), q, args); err != nil {
		k.t.Fatal(err)
	}
}

func (k *kvart) tx(f func(*db.Tx) error) {
	k.t.Helper()
	if err := k.Network.DB.Tx(k.t.Context(), f); err != nil {
		k.t.Fatal(err)
	}
}

// plan adds an activity with a session at the hour, so many days from today.
func (k *kvart) plan(title string, discreet bool, day, hour int) {
	k.t.Helper()
	k.tx(func(tx *db.Tx) error {
		a := programme.Activity{CentreID: k.centre, Title: i18n.Text{i18n.HR: title}, Kind: programme.Open, RegisterFor: "session", PlaceKind: programme.InSpace,
			Discreet: db.Bool(discreet), OpensClock: "09:00", State: "published"}
		var err error
		if a.ID, err = k.Programme.AddActivity(k.t.Context(), tx, a, nil, "test"); err != nil {
			return err
		}
		start := time.Date(k.now.Year(), k.now.Month(), k.now.Day()+day, hour, 0, 0, 0, k.now.Location())
		_, err = k.Programme.AddSessions(k.t.Context(), tx, a, []programme.Date{{Start: start, End: start.Add(time.Hour), SpaceID: k.room}}, "test")
		return err
	})
}

func (k *kvart) get(c *http.Client, path string) (*goquery.Document, int) {
	k.t.Helper()
	resp, err := c.Get(k.url + path)
	if err != nil {
		k.t.Fatal(err)
	}
	defer resp.Body.Close()
	d, err := goquery.NewDocumentFromReader(resp.Body)
	if err != nil {
		k.t.Fatal(err)
	}
	return d, resp.StatusCode
}

func TestPages_answerInEveryLanguageAndNameNothingDiscreet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newKvart(t, d)
		k.plan("Šah", false, 0, 10)
		k.plan("Krug povjerenja", true, 0, 12)
		for _, l := range i18n.All {
			for _, path := range []string{"", "centres/centar", "centres/centar/poster"} {
				doc, status := k.get(http.DefaultClient, "/"+string(l)+"/"+path)
				if status != http.StatusOK || doc.Find("h1").Length() != 1 {
					t.Errorf("/%s/%s: %d, %d headings", l, path, status, doc.Find("h1").Length())
				}
				html, _ := doc.Html()
				if strings.Contains(html, "Krug") {
					t.Errorf("/%s/%s names what is discreet", l, path)
				}
				if strings.Contains(html, "front.") {
					t.Errorf("/%s/%s shows the key of a text", l, path)
				}
				if wants := path == "" || strings.HasPrefix(path, "centres"); wants && !strings.Contains(html, "Šah") {
					t.Errorf("/%s/%s lacks what is on today", l, path)
				}
			}
		}
	})
}

func TestCentre_answersWhatAnOlderVisitorAsksFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newKvart(t, d)
		doc, _ := k.get(http.DefaultClient, "/hr/centres/centar")
		text := doc.Find("main").Text()
		for _, want := range []string{"01 555 010", "javlja se koordinacija", "20.00", "1. 10. 2026"} {
			if !strings.Contains(text, want) {
				t.Errorf("the page lacks %q: %s", want, text)
			}
		}
		if doc.Find(`a[href="tel:01555010"]`).Length() == 0 {
			t.Error("the number is no link to call")
		}
		if doc.Find(".map svg").Length() != 1 || doc.Find(`a[href="/calendar/centar.ics"]`).Length() != 1 {
			t.Error("no map, or no calendar")
		}
		if _, status := k.get(http.DefaultClient, "/hr/centres/nema"); status != http.StatusNotFound {
			t.Errorf("an unknown centre: %d", status)
		}
	})
}

// modules reads the dark modules of a code back from its path.
func modules(t *testing.T, path string) map[[2]int]bool {
	t.Helper()
	dark := map[[2]int]bool{}
	for part := range strings.SplitSeq(strings.TrimSuffix(path, "z"), "z") {
		var x, y, n, back int
		if _, err := fmt.Sscanf(part, "M%d %dh%dv1h-%d", &x, &y, &n, &back); err != nil || n != back {
			t.Fatalf("%q: %v", part, err)
		}
		for i := range n {
			dark[[2]int{x + i, y}] = true
		}
	}
	return dark
}

func TestPoster_codeLeadsToTheCentresPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newKvart(t, d)
		k.plan("Šah", false, 1, 10)
		k.plan("Tjedan poslije", false, 7, 10)
		doc, _ := k.get(http.DefaultClient, "/hr/centres/centar/poster?from=2026-11-26")
		path, _ := doc.Find(".qr svg path").Attr("d")
		want, err := qr.Encode("https://kvart.test/centres/centar", qr.M)
		if err != nil {
			t.Fatal(err)
		}
		dark, n := modules(t, path), 0
		for y := range want.Size {
			for x := range want.Size {
				if want.Black(x, y) {
					n++
					if !dark[[2]int{x + pdf.Quiet, y + pdf.Quiet}] {
						t.Fatalf("module %d, %d is light", x, y)
					}
				}
			}
		}
		if n != len(dark) {
			t.Errorf("%d dark modules, want %d", len(dark), n)
		}
		if box, _ := doc.Find(".qr svg").Attr("viewBox"); box != fmt.Sprintf("0 0 %d %d", want.Size+2*pdf.Quiet, want.Size+2*pdf.Quiet) {
			t.Errorf("box %q", box)
		}
		if text := doc.Find(".poster").Text(); !strings.Contains(text, "kvart.test/centres/centar") || !strings.Contains(text, "Šah") || strings.Contains(text, "Tjedan poslije") {
			t.Errorf("poster: %q", text)
		}
		if doc.Find(".poster .tag.sample").Length() != 1 {
			t.Error("a poster of the demo is not marked")
		}
		k.isDemo = false
		if doc, _ := k.get(http.DefaultClient, "/en/centres/centar/poster?from=2026-11-26"); doc.Find(".tag.sample").Length() != 0 {
			t.Error("a real poster is marked as a sample")
		}
		if _, status := k.get(http.DefaultClient, "/hr/centres/centar/poster?from=jucer"); status != http.StatusNotFound {
			t.Errorf("no date: %d", status)
		}
	})
}

func TestDemo_eachStopSignsInAndIsForTheDemoOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newKvart(t, d)
		if _, status := k.get(http.DefaultClient, "/hr/demo"); status != http.StatusNotFound {
			t.Errorf("without stops: %d", status)
		}
		a, err := k.Network.Auth.AddAccount(t.Context(), "koordinacija", "Koordinacija", "", "četiri obične riječi",
			auth.Held{Role: network.Coordinator, Scope: auth.Scope{Kind: network.ScopeCentre, ID: k.centre}})
		if err != nil {
			t.Fatal(err)
		}
		k.Stops = func(context.Context) ([]Stop, error) {
			return []Stop{{Address: "programme", Then: "centres/centar/poster"}, {Account: a.ID, Scope: k.centre, Address: "/desk/totals"}}, nil
		}
		jar, _ := cookiejar.New(nil)
		c := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		doc, status := k.get(c, "/nb/demo")
		if status != http.StatusOK || doc.Find("ol.steps > li").Length() != 2 || doc.Find(`a[href="/nb/centres/centar/poster"]`).Length() != 1 {
			t.Fatalf("tour: %d", status)
		}
		press := func(n string) *http.Response {
			t.Helper()
			resp, err := c.PostForm(k.url+"/desk/demo/"+n, url.Values{"lang": {"nb"}})
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			return resp
		}
		if resp := press("1"); resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/nb/programme" || len(resp.Cookies()) != 0 {
			t.Errorf("a visitor's stop: %s to %s, %d cookies", resp.Status, resp.Header.Get("Location"), len(resp.Cookies()))
		}
		if resp := press("2"); resp.Header.Get("Location") != "/desk/totals" || len(resp.Cookies()) == 0 {
			t.Errorf("a coordinator's stop: %s to %s", resp.Status, resp.Header.Get("Location"))
		}
		if resp := press("3"); resp.StatusCode != http.StatusNotFound {
			t.Errorf("no such stop: %s", resp.Status)
		}
		k.isDemo = false
		if resp := press("2"); resp.StatusCode != http.StatusNotFound {
			t.Errorf("outside the demo a stop signs in: %s", resp.Status)
		}
	})
}
