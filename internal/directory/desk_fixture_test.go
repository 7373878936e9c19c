package directory_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/directory"
	"kvart/internal/network"
	"kvart/internal/platform/account"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/web"
	"kvart/locales"
)

// desk is the town with its pages on a server.
type desk struct {
	*town
	pages *directory.DeskPages
	base  string
	jobs  *jobs.Runner
}

func newDesk(t *testing.T, d *db.DB) *desk {
	t.Helper()
	w := newTown(t, d)
	w.Network.Auth.Cost = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	texts, err := i18n.Load(locales.FS)
	w.must(err)
	server := &web.Server{DB: d, Log: slog.New(slog.DiscardHandler), Now: w.Store.Now, Texts: texts, Auth: w.Network.Auth, Sessions: w.Network.Auth.Sessions(false),
		Policy: auth.NewPolicy(network.Contains, network.Grants, directory.Grants), Limits: auth.NewLimiter(w.Store.Now), Places: w.Network.Places, PublicURL: "http://127.0.0.1:8080",
		Site: func(context.Context) (web.Site, error) {
			return web.Site{Name: i18n.Text{i18n.HR: "Mreža"}, Zone: time.UTC}, nil
		}}
	x := &desk{town: w, pages: &directory.DeskPages{Store: w.Store, Texts: texts}, jobs: jobs.New(d, slog.New(slog.DiscardHandler))}
	accounts := &account.Pages{Server: server, Auth: w.Network.Auth}
	server.Mount(x.pages.Routes(), accounts.Routes())
	x.pages.Jobs(x.jobs)
	ts := httptest.NewServer(server.Handler())
	t.Cleanup(ts.Close)
	x.base = ts.URL
	return x
}

// browser is one at the desk's server.
type browser struct {
	*http.Client
	t    *testing.T
	base string
	id   string // of the account
}

// as signs in with the role.
func (x *desk) as(role auth.Role, kind, id string) *browser {
	x.t.Helper()
	login := string(role) + "." + db.NewSecretID()[:8]
	a, err := x.Network.Auth.AddAccount(x.t.Context(), login, "Uloga", "", "tri vesele ptice", auth.Held{Role: role, Scope: auth.Scope{Kind: kind, ID: id}})
	x.must(err)
	b := x.visitor()
	b.id = a.ID
	b.post("/desk/sign-in", url.Values{"login": {login}, "passphrase": {"tri vesele ptice"}}, 0)
	return b
}

func (x *desk) member() *browser {
	return x.as(network.Member, network.ScopeOrganisation, x.association)
}
func (x *desk) coordinator() *browser {
	return x.as(network.Coordinator, network.ScopeCentre, x.centre)
}

func (x *desk) lead() *browser {
	x.t.Helper()
	n, err := x.Network.Network(x.t.Context(), x.DB)
	x.must(err)
	return x.as(network.Lead, network.ScopeNetwork, n.ID)
}

func (x *desk) visitor() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{&http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, x.t.(*testing.T), x.base, ""}
}

func (b *browser) get(path string, status int) *goquery.Document {
	b.t.Helper()
	res, err := b.Get(b.base + path)
	return b.read(res, err, status)
}

func (b *browser) post(path string, f url.Values, status int) *goquery.Document {
	b.t.Helper()
	res, err := b.PostForm(b.base+path, f)
	return b.read(res, err, status)
}

func (b *browser) read(res *http.Response, err error, status int) *goquery.Document {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
	if err != nil {
		b.t.Fatal(err)
	}
	if status > 0 && res.StatusCode != status {
		b.t.Errorf("%s %s: status %d, want %d: %s", res.Request.Method, res.Request.URL.Path, res.StatusCode, status, strings.Join(strings.Fields(doc.Find("main").Text()), " "))
	}
	if res.StatusCode == http.StatusOK {
		if n := doc.Find("h1").Length(); n != 1 {
			b.t.Errorf("%s: %d headings", res.Request.URL.Path, n)
		}
		if text := doc.Find("main").Text(); strings.Contains(text, "directory.") || strings.Contains(text, "@lines") || strings.Contains(text, "@orDash") {
			b.t.Errorf("%s: a key or a name of a template instead of words: %s", res.Request.URL.Path, strings.Join(strings.Fields(text), " "))
		}
		seen := map[string]bool{}
		doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
			id, _ := s.Attr("id")
			if seen[id] {
				b.t.Errorf("%s: the id %s is there twice", res.Request.URL.Path, id)
			}
			seen[id] = true
		})
	}
	if to := res.Header.Get("Location"); to != "" {
		doc.Find("html").SetAttr("data-location", to)
	}
	return doc
}

// led is where the answer led.
func led(doc *goquery.Document) string {
	to, _ := doc.Find("html").Attr("data-location")
	return to
}

// form is what a browser would send of the page's form of the action; of a page's own form the action is empty.
func form(doc *goquery.Document, selector string) url.Values {
	f := url.Values{}
	doc.Find(selector).First().Find("input, select, textarea").Each(func(_ int, s *goquery.Selection) {
		name, _ := s.Attr("name")
		kind, _ := s.Attr("type")
		switch {
		case name == "":
		case goquery.NodeName(s) == "select":
			v, ok := s.Find("option[selected]").Attr("value")
			if !ok {
				v, _ = s.Find("option").First().Attr("value")
			}
			f.Add(name, v)
		case goquery.NodeName(s) == "textarea":
			f.Add(name, s.Text())
		case kind == "checkbox" || kind == "radio":
			if _, on := s.Attr("checked"); on {
				v, _ := s.Attr("value")
				f.Add(name, v)
			}
		default:
			v, _ := s.Attr("value")
			f.Add(name, v)
		}
	})
	return f
}

type letter struct {
	To      string `db:"to_address"`
	Subject string `db:"subject"`
	Body    string `db:"body"`
}

func (x *desk) letters() []letter {
	x.t.Helper()
	var list []letter
	x.must(x.DB.Select(x.t.Context(), &list, `SELECT to_address, subject, body FROM mails ORDER BY to_address, id`, nil))
	return list
}
