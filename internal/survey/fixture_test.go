package survey_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/network"
	"kvart/internal/platform/account"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
	"kvart/internal/survey"
	"kvart/internal/xlsform"
	"kvart/locales"
)

// thursday is noon, UTC.
var thursday = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// kvart is a network of two centres with the pages of surveys on a server.
type kvart struct {
	*survey.Store
	t           *testing.T
	now         time.Time
	here, there string // centres
	network     string
	base        string
	pages       *survey.Pages
}

func newKvart(t *testing.T, d *db.DB) *kvart {
	t.Helper()
	x := &kvart{t: t, now: thursday, here: db.NewID(), there: db.NewID(), network: db.NewID()}
	now := func() time.Time { return x.now }
	accounts := auth.NewStore(d, now, auth.Secrets{Pepper: []byte(strings.Repeat("p", 32))}, "https://kvart.test")
	accounts.Cost = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	x.Store = &survey.Store{DB: d, Now: now, Network: &network.Store{DB: d, Now: now, Auth: accounts}}
	area, organisation := db.NewID(), db.NewID()
	x.tx(func(tx *db.Tx) error {
		exec := func(sql string, args db.Args) {
			t.Helper()
			_, err := tx.Exec(t.Context(), sql, args)
			x.must(err)
		}
		exec(`INSERT INTO networks (id, name, zone) VALUES (:id, :n, 'Europe/Zagreb')`, db.Args{"id": x.network, "n": i18n.Text{i18n.HR: "Mreža"}})
		exec(`INSERT INTO areas (id, slug, kind, name) VALUES (:id, 'grad', 'city', :n)`, db.Args{"id": area, "n": i18n.Text{i18n.HR: "Grad"}})
		exec(`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, 'udruga', 'cso', 'Udruga')`, db.Args{"id": organisation})
		for i, id := range []string{x.here, x.there} {
			exec(`INSERT INTO centres (id, slug, number, colour, organisation_id, area_id, name, zone, address, phone) VALUES (:id, :s, :n, 1, :o, :a, :name, 'Europe/Zagreb', 'Ulica 1', '01 000 0001')`,
				db.Args{"id": id, "s": fmt.Sprint("c", i), "n": i + 1, "o": organisation, "a": area, "name": fmt.Sprint("Centar ", i+1)})
		}
		return nil
	})
	texts, err := i18n.Load(locales.FS)
	x.must(err)
	server := &web.Server{DB: d, Log: slog.New(slog.DiscardHandler), Now: now, Texts: texts, Auth: accounts, Sessions: accounts.Sessions(false),
		Policy: auth.NewPolicy(network.Contains, network.Grants, survey.Grants), Limits: auth.NewLimiter(now), Places: x.Network.Places, PublicURL: "http://127.0.0.1:8080",
		Site: func(context.Context) (web.Site, error) {
			return web.Site{Name: i18n.Text{i18n.HR: "Mreža"}, Zone: time.UTC}, nil
		}}
	x.pages = &survey.Pages{Store: x.Store}
	server.Mount(x.pages.Routes(), (&account.Pages{Server: server, Auth: accounts}).Routes())
	ts := httptest.NewServer(server.Handler())
	t.Cleanup(ts.Close)
	x.base = ts.URL
	return x
}

func (x *kvart) must(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}

func (x *kvart) tx(f func(tx *db.Tx) error) {
	x.t.Helper()
	x.must(x.DB.Tx(x.t.Context(), f))
}

func label(s string) xlsform.Label { return xlsform.Label{"hr": s, "en": s + " (en)"} }

func choices(names ...string) (list []xlsform.Choice) {
	for _, n := range names {
		list = append(list, xlsform.Choice{Name: n, Label: label("Odgovor " + n)})
	}
	return list
}

// asked is a form of every kind of question: on three pages.
func asked() *xlsform.Form {
	return &xlsform.Form{Languages: []string{"hr", "en"}, Groups: []xlsform.Group{{Name: "g", Label: label("O vama")}}, Questions: []xlsform.Question{
		{Name: "want", Kind: xlsform.One, Label: label("Što želite?"), Choices: choices("music", "walk", "other"), Required: true},
		{Name: "what", Kind: xlsform.Text, Label: label("Što drugo?"), Relevant: "${want} = 'other'", Required: true},
		{Name: "days", Kind: xlsform.Several, Label: label("Koje dane?"), Choices: choices("mon", "tue")},
		{Name: "age", Kind: xlsform.Integer, Label: label("Koliko godina?"), Constraint: ". >= 0 and . < 120", Message: label("Između 0 i 120."), In: 1},
		{Name: "ill", Kind: xlsform.One, Label: label("Zdravlje?"), Choices: choices("yes", "no"), Sensitive: true, In: 1},
	}}
}

// survey opens one of the centre with the form; an empty centre is the network's.
func (x *kvart) survey(centre string, form *xlsform.Form) survey.Survey {
	x.t.Helper()
	v := survey.Survey{Title: i18n.Text{i18n.HR: "Što treba kvartu?"}, Purpose: i18n.Text{i18n.HR: "Za program."}, OpensOn: "2026-11-20", ClosesOn: "2026-11-30", DeleteOn: "2027-05-01"}
	if centre != "" {
		v.CentreID = &centre
	}
	x.tx(func(tx *db.Tx) (err error) {
		if v.ID, err = x.Add(x.t.Context(), tx, v, "test"); err != nil {
			return err
		}
		if v, err = x.Survey(x.t.Context(), tx, v.ID); err != nil {
			return err
		}
		if err = x.SaveForm(x.t.Context(), tx, v, form, "test"); err != nil {
			return err
		}
		v, err = x.Survey(x.t.Context(), tx, v.ID)
		if err != nil {
			return err
		}
		return x.Publish(x.t.Context(), tx, v, "test")
	})
	return x.again(v)
}

func (x *kvart) again(v survey.Survey) survey.Survey {
	x.t.Helper()
	v, err := x.Survey(x.t.Context(), x.DB, v.ID)
	x.must(err)
	return v
}

func (x *kvart) say(v survey.Survey, number int, way, by string, a xlsform.Answers) error {
	return x.DB.Tx(x.t.Context(), func(tx *db.Tx) error {
		return x.Answer(x.t.Context(), tx, survey.Sheet{Survey: v.ID, Number: number, Answers: a, Way: way, Typist: by})
	})
}

func (x *kvart) rows(sql string) (list []string) {
	x.t.Helper()
	x.must(x.DB.Select(x.t.Context(), &list, sql, nil))
	return list
}

type browser struct {
	*http.Client
	t    *testing.T
	base string
	id   string
}

func (x *kvart) visitor() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{&http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, x.t, x.base, ""}
}

func (x *kvart) as(role auth.Role, kind, id string) *browser {
	x.t.Helper()
	login := string(role) + "." + db.NewSecretID()[:8]
	a, err := x.Network.Auth.AddAccount(x.t.Context(), login, "Uloga", "", "tri vesele ptice", auth.Held{Role: role, Scope: auth.Scope{Kind: kind, ID: id}})
	x.must(err)
	b := x.visitor()
	b.id = a.ID
	b.post("/desk/sign-in", url.Values{"login": {login}, "passphrase": {"tri vesele ptice"}}, 0)
	return b
}

func (x *kvart) coordinator() *browser {
	return x.as(network.Coordinator, network.ScopeCentre, x.here)
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

// send uploads a file.
func (b *browser) send(path, name string, data []byte, status int) *goquery.Document {
	b.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	w, _ := m.CreateFormFile("file", name)
	_, _ = w.Write(data)
	m.Close()
	res, err := b.Post(b.base+path, m.FormDataContentType(), &body)
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
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if status > 0 && res.StatusCode != status {
		b.t.Errorf("%s %s: status %d, want %d: %s", res.Request.Method, res.Request.URL.Path, res.StatusCode, status, text(doc.Find("main")))
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") && res.StatusCode != http.StatusSeeOther {
		if n := doc.Find("h1").Length(); n != 1 {
			b.t.Errorf("%s: %d headings", res.Request.URL.Path, n)
		}
		if s := doc.Find("main").Text(); strings.Contains(s, "survey.") || strings.Contains(s, "@") {
			b.t.Errorf("%s: a key or a template's name instead of words: %s", res.Request.URL.Path, text(doc.Find("main")))
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
	doc.Find("html").SetAttr("data-location", res.Header.Get("Location"))
	doc.Find("html").SetAttr("data-body", string(body))
	return doc
}

func led(doc *goquery.Document) string { s, _ := doc.Find("html").Attr("data-location"); return s }

func text(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

// filled is what a browser would send of the page's form with the given fields changed.
func filled(doc *goquery.Document, pairs ...string) url.Values {
	f := url.Values{}
	doc.Find("main form").Last().Find("input, select, textarea").Each(func(_ int, s *goquery.Selection) {
		name, _ := s.Attr("name")
		kind, _ := s.Attr("type")
		v, _ := s.Attr("value")
		switch {
		case name == "":
		case goquery.NodeName(s) == "textarea":
			f.Add(name, s.Text())
		case goquery.NodeName(s) == "select":
			v, _ = s.Find("option[selected]").Attr("value")
			f.Add(name, v)
		case kind == "checkbox" || kind == "radio":
			if _, on := s.Attr("checked"); on {
				f.Add(name, v)
			}
		default:
			f.Add(name, v)
		}
	})
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}
