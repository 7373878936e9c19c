package directory_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/directory"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/locales"
)

// site is a town behind a server, with a search that only looks for each typed word in names.
type site struct {
	*town
	*directory.Pages
	url   string
	asked []directory.Ask
}

func newSite(t *testing.T, d *db.DB) *site {
	t.Helper()
	words, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	w := newTown(t, d)
	now := func() time.Time { return w.now }
	accounts := auth.NewStore(d, now, auth.Secrets{Pepper: []byte(strings.Repeat("p", 32))}, "https://kvart.test")
	zone, err := time.LoadLocation("Europe/Zagreb")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{town: w}
	s.Pages = &directory.Pages{Store: w.Store, Find: s.find}
	server := &web.Server{DB: d, Log: slog.New(slog.DiscardHandler), Now: now, Texts: words, Auth: accounts, Sessions: accounts.Sessions(false), Limits: auth.NewLimiter(now),
		Policy: auth.NewPolicy(network.Contains, network.Grants), PublicURL: "https://kvart.test", Places: w.Network.Places,
		Site: func(context.Context) (web.Site, error) {
			return web.Site{Name: i18n.Text{i18n.HR: "Mreža"}, Zone: zone}, nil
		}}
	server.Mount(s.PublicRoutes())
	open := httptest.NewServer(server.Handler())
	t.Cleanup(open.Close)
	s.url = open.URL
	return s
}

func (s *site) find(ctx context.Context, a directory.Ask) (f directory.Found, err error) {
	s.asked = append(s.asked, a)
	sorts, err := s.Taxonomies(ctx, s.DB)
	if err != nil {
		return f, err
	}
	areas, err := s.Network.Areas(ctx, s.DB)
	if err != nil {
		return f, err
	}
	zone, _ := time.LoadLocation("Europe/Zagreb")
	var all []directory.Hit
	err = s.Each(ctx, s.DB, directory.Filter{Listed: true}, func(list []directory.Service) error {
		for _, one := range list {
			has := directory.Facets(one, areas, sorts)
			h := directory.Hit{Service: one, Metres: -1, Open: directory.OpenAt(one.Hours(), s.now.In(zone)), Age: directory.AgeOf(one.AssuredDate, s.now.Format(time.DateOnly))}
			fits := !a.OpenNow || h.Open.Open
			for _, facet := range a.Taken() {
				fits = fits && slices.Contains(has, facet)
			}
			for word := range strings.FieldsSeq(a.Words) {
				fits = fits && strings.Contains(i18n.Fold(one.Name), i18n.Fold(word))
				h.Why = append(h.Why, directory.Why{Word: word, Field: "name"})
			}
			if a.Near != nil && len(one.Places) > 0 && one.Places[0].At.Latitude != nil {
				h.Metres = 420
			}
			if fits {
				all = append(all, h)
			}
		}
		return nil
	})
	f.Count = len(all)
	from := min((a.Page-1)*directory.PerPage, len(all))
	f.Hits = all[from:min(from+directory.PerPage, len(all))]
	return f, err
}

// raw asks for the page as it is sent.
func (s *site) raw(path string) (*http.Response, []byte) {
	s.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp, body
}

// page is a page that must answer with the status.
func (s *site) page(path string, status int) *goquery.Document {
	s.t.Helper()
	resp, body := s.raw(path)
	if resp.StatusCode != status {
		s.t.Fatalf("%s answers %d, want %d:\n%.400s", path, resp.StatusCode, status, body)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, a := range doc.Find("main, title").EachIter() { // a text without words shows its key
		if i := strings.Index(a.Text(), "directory."); i >= 0 {
			s.t.Errorf("%s says %.60q", path, a.Text()[i:])
		}
	}
	if n := doc.Find("h1").Length(); n != 1 {
		s.t.Errorf("%s has %d h1", path, n)
	}
	return doc
}

// words is the text of what the selector chooses, with single spaces.
func words(doc *goquery.Document, selector string) string {
	var list []string
	for _, one := range doc.Find(selector).EachIter() {
		list = append(list, strings.Fields(one.Text())...)
	}
	return strings.Join(list, " ")
}

// spot adds a place to be near to.
func (s *site) spot(kind, name string, lat, lon float64) string {
	s.t.Helper()
	id := db.NewID()
	if _, err := s.DB.Exec(s.t.Context(), `INSERT INTO directory_spots (id, kind, name, folded, area_id, lat_e6, lon_e6) VALUES (:id, :k, :n, :f, :a, :lat, :lon)`,
		db.Args{"id": id, "k": kind, "n": name, "f": i18n.Fold(name), "a": s.north, "lat": int64(lat * 1e6), "lon": int64(lon * 1e6)}); err != nil {
		s.t.Fatal(err)
	}
	return id
}
