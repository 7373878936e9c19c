package app

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
)

// TestDemo_everyLinkLeadsSomewhere follows what the demo shows to a visitor, and at the desk to every account: nobody is led
// to what they may not see or to what is not there, each page is in the reader's language, and a link to a part of a page
// finds it. The tour is a visitor's: it leads to pages of several accounts.
func TestDemo_everyLinkLeadsSomewhere(t *testing.T) {
	dbtest.Long(t, func(t *testing.T, d *db.DB) {
		a, accounts := demoAt(t, d, time.Date(2026, 11, 25, 10, 5, 0, 0, time.UTC))
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.Server.Handler().ServeHTTP(w, r) }))
		defer server.Close()
		a.PublicURL = server.URL
		for _, lang := range i18n.All {
			w := newWalker(t, server.URL, lang, "/")
			w.follow("/" + string(lang) + "/")
			if len(w.seen) < 60 {
				t.Errorf("a visitor found %d pages in %s", len(w.seen), lang)
			}
		}
		for i, account := range accounts {
			w := newWalker(t, server.URL, i18n.All[i%len(i18n.All)], "/desk/")
			resp, err := w.client.PostForm(server.URL+"/desk/sign-in", url.Values{"login": {account.Name}, "passphrase": {account.Passphrase}})
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			w.who = account.Name
			w.follow("/desk/?lang=" + string(w.lang))
			if len(w.seen) < 2 {
				t.Errorf("%s found %d pages", account.Name, len(w.seen))
			}
		}
	})
}

// walker follows the links of one reader.
type walker struct {
	*testing.T
	client    *http.Client
	base, who string
	within    string // the path where every address to follow begins
	lang      i18n.Lang
	seen      map[string]*goquery.Document // by address without the part; nil where it is no page
	kinds     map[string]bool              // of those seen
}

func newWalker(t *testing.T, base string, lang i18n.Lang, within string) *walker {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &walker{T: t, client: &http.Client{Jar: jar}, base: base, who: "a visitor", within: within, lang: lang, seen: map[string]*goquery.Document{}, kinds: map[string]bool{}}
}

type link struct{ from, to, part string }

func (w *walker) follow(first string) {
	queue := []link{{to: first}}
	for len(queue) > 0 {
		l := queue[0]
		queue = queue[1:]
		doc, known := w.seen[l.to]
		if !known {
			k := kind(l.to)
			if w.kinds[k] {
				continue
			}
			w.kinds[k] = true
			doc = w.open(l)
			w.seen[l.to] = doc
			if doc != nil {
				queue = append(queue, w.links(l.to, doc)...)
			}
		}
		if doc != nil && l.part != "" && doc.Find(`[id="`+l.part+`"]`).Length() == 0 {
			w.Errorf("%s, %s: %s leads to #%s, which is not on %s", w.who, w.lang, l.from, l.part, l.to)
		}
	}
}

// open asks for an address; nil where it is no page, or one to be skipped.
func (w *walker) open(l link) *goquery.Document {
	req, err := http.NewRequestWithContext(w.Context(), http.MethodGet, w.base+l.to, nil)
	if err != nil {
		w.Fatal(l, err)
	}
	req.Header.Set("Accept-Language", string(w.lang))
	resp, err := w.client.Do(req)
	if err != nil {
		w.Fatal(l, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		w.Errorf("%s, %s: %s leads to %s, which answers %s", w.who, w.lang, l.from, l.to, resp.Status)
		return nil
	}
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		if n, err := io.Copy(io.Discard, resp.Body); err != nil || n == 0 {
			w.Errorf("%s, %s: %s leads to %s, which is empty (%v)", w.who, w.lang, l.from, l.to, err)
		}
		return nil
	}
	doc, err := goquery.NewDocumentFromReader(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	w.judge(l.to, doc)
	return doc
}

// judge asks of a page what needs no browser.
func (w *walker) judge(at string, doc *goquery.Document) {
	if !otherLanguage(at) {
		if l := doc.Find("html").AttrOr("lang", ""); l != string(w.lang) {
			w.Errorf("%s, %s: %s is in %q", w.who, w.lang, at, l)
		}
	}
	if strings.TrimSpace(doc.Find("title").Text()) == "" {
		w.Errorf("%s, %s: %s has no title", w.who, w.lang, at)
	}
	if n := doc.Find("h1").Length(); n != 1 {
		w.Errorf("%s, %s: %s has %d main headings", w.who, w.lang, at, n)
	}
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if id == "" || ids[id] {
			w.Errorf("%s, %s: %s has the id %q twice, or an empty one", w.who, w.lang, at, id)
		}
		ids[id] = true
	})
	for _, attribute := range []string{"for", "aria-labelledby", "aria-describedby", "aria-controls", "form", "list"} {
		doc.Find("[" + attribute + "]").Each(func(_ int, s *goquery.Selection) {
			for _, id := range strings.Fields(s.AttrOr(attribute, "")) {
				if !ids[id] {
					w.Errorf("%s, %s: on %s %s names %q, which is not there", w.who, w.lang, at, attribute, id)
				}
			}
		})
	}
}

// links are those of a page to this site, but for what ends the walk and the program's own source.
func (w *walker) links(at string, doc *goquery.Document) []link {
	var list []link
	from, err := url.Parse(w.base + at)
	if err != nil {
		w.Fatal(err)
	}
	doc.Find("a[href]").Each(func(_ int, s *goquery.Selection) {
		href := s.AttrOr("href", "")
		u, err := from.Parse(href)
		if err != nil {
			w.Errorf("%s, %s: on %s: %v", w.who, w.lang, at, err)
			return
		}
		if u.Scheme+"://"+u.Host != w.base || !strings.HasPrefix(u.Path, w.within) || strings.Contains(u.Path, "sign-out") || strings.HasPrefix(u.Path, "/source") || u.Query().Has("lang") {
			return
		}
		first, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
		if slices.Contains(i18n.All, i18n.Lang(first)) && first != string(w.lang) {
			return
		}
		to := url.URL{Path: u.Path, RawQuery: u.RawQuery}
		list = append(list, link{from: at, to: to.String(), part: u.Fragment})
	})
	return list
}

// otherLanguage says whether an address asks for something to be read out or printed in another language.
func otherLanguage(at string) bool {
	u, err := url.Parse(at)
	return err == nil && slices.Contains(i18n.All, i18n.Lang(u.Query().Get("in")))
}

// kind is an address with its ids and slugs left out, and the names of what it asks.
func kind(at string) string {
	u, err := url.Parse(at)
	if err != nil {
		return at
	}
	parts := strings.Split(u.Path, "/")
	for i, p := range parts {
		if strings.ContainsAny(p, "0123456789") {
			parts[i] = "{}"
		} else if i > 0 && p != "" && slices.Contains([]string{"centres", "calendar", "areas"}, parts[i-1]) {
			parts[i] = "{}"
		}
	}
	var names []string
	for k := range u.Query() {
		names = append(names, k)
	}
	slices.Sort(names)
	return strings.Join(parts, "/") + "?" + strings.Join(names, "&")
}

// A booking leads to its session only those who may open it: support workers see the bookings of all days, and open the
// discreet sessions alone.
func TestBooking_leadsToItsSessionWhoMayOpenIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		_, h.hiddenDate = h.plan(t, h.here, true, "Povjerljivi krug")
		for _, c := range []struct {
			role    auth.Role
			session string
			leads   bool
		}{
			{network.Coordinator, h.session[0], true}, {network.SupportWorker, h.session[0], false}, {network.SupportWorker, h.hiddenDate, true},
		} {
			var booking string
			if err := d.Get(t.Context(), &booking, `SELECT booking_id FROM sessions WHERE id = :id`, db.Args{"id": c.session}); err != nil {
				t.Fatal(err)
			}
			page := h.body(t, h.browserOnce(t, c.role), "/desk/bookings/"+booking)
			if leads := strings.Contains(page, "/desk/sessions/"+c.session); leads != c.leads {
				t.Errorf("%s is led to the session: %v, want %v", c.role, leads, c.leads)
			}
		}
	})
}
