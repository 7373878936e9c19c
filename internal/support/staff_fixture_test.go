package support_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/network"
	"kvart/internal/platform/account"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/mail"
	"kvart/internal/platform/sms"
	"kvart/internal/platform/web"
	. "kvart/internal/support"
	"kvart/locales"
)

var texts = sync.OnceValues(func() (*i18n.Bundle, error) { return i18n.Load(locales.FS) })

// desk is the house with its pages behind a server, which keeps its log.
type desk struct {
	*house
	pages  *Pages
	server *web.Server
	log    *bytes.Buffer
	url    string
	open   []network.Task // what the last who asked at /desk/open-tasks was told
}

func newDesk(w *house) *desk {
	w.t.Helper()
	words, err := texts()
	w.must(err)
	zone, err := time.LoadLocation("Europe/Zagreb")
	w.must(err)
	d := &desk{house: w, log: &bytes.Buffer{}}
	log := slog.New(slog.NewTextHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.Store.Log = log
	now := func() time.Time { return w.now }
	d.server = &web.Server{DB: w.DB, Log: log, Now: now, Texts: words, Auth: w.Auth, Sessions: w.Auth.Sessions(false), Policy: auth.NewPolicy(network.Contains, network.Grants, Grants),
		PublicURL: "http://localhost", Places: w.Network.Places, Limits: auth.NewLimiter(now),
		Site: func(context.Context) (web.Site, error) {
			return web.Site{Name: i18n.Text{i18n.HR: "Mreža"}, Zone: zone}, nil
		}}
	d.pages = &Pages{Store: w.Store, Server: d.server, Mail: &mail.Sender{DB: w.DB, Now: now, PublicHost: "kvart.test", Log: log}, SMS: &sms.Sender{DB: w.DB, Now: now, Log: log}, Country: "385"}
	d.server.Mount(d.pages.Routes(), (&account.Pages{Server: d.server, Auth: w.Auth}).Routes(), []web.Route{{Pattern: "POST /desk/in/{account}", Need: web.Public, Handle: func(rw http.ResponseWriter, r *web.Request) error {
		if err := d.server.Begin(r, r.PathValue("account")); err != nil {
			return err
		}
		return r.JSON(rw, http.StatusOK, nil)
	}}, {Pattern: "GET /desk/open-tasks", Need: web.SignedIn, Handle: func(rw http.ResponseWriter, r *web.Request) (err error) {
		if d.open, err = d.pages.OpenTasks(r); err != nil {
			return err
		}
		return r.JSON(rw, http.StatusOK, nil)
	}}})
	server := httptest.NewServer(d.server.Handler())
	w.t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

func eachDesk(t *testing.T, test func(d *desk)) {
	each(t, func(w *house) { test(newDesk(w)) })
}

// worker's browser, signed in.
type screen struct {
	t    *testing.T
	http *http.Client
	url  string
}

// as signs somebody in; their key stays closed.
func (d *desk) as(account string) *screen {
	d.t.Helper()
	jar, err := cookiejar.New(nil)
	d.must(err)
	s := &screen{d.t, &http.Client{Jar: jar}, d.url}
	if _, status := s.send("/desk/in/"+account, url.Values{}); status != http.StatusOK {
		d.t.Fatalf("signing in: %d", status)
	}
	return s
}

// reads signs in one of the team and opens the key.
func (d *desk) reads(who Reading) *screen {
	d.t.Helper()
	s := d.as(who.Account)
	s.page("/desk/messages/open", url.Values{"passphrase": {phrase}, "next": {"/desk/messages"}})
	return s
}

// send asks for a page, or sends a form where there is one.
func (s *screen) send(path string, form url.Values) (*goquery.Document, int) {
	s.t.Helper()
	var resp *http.Response
	var err error
	if form == nil {
		resp, err = s.http.Get(s.url + path)
	} else {
		resp, err = s.http.PostForm(s.url+path, form)
	}
	return s.read(resp, err)
}

func (s *screen) read(resp *http.Response, err error) (*goquery.Document, int) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	doc, err := goquery.NewDocumentFromReader(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	doc.Url = resp.Request.URL
	return doc, resp.StatusCode
}

// page is send where the answer is a page.
func (s *screen) page(path string, form url.Values) *goquery.Document {
	s.t.Helper()
	doc, status := s.send(path, form)
	if status != http.StatusOK {
		s.t.Fatalf("%s: %d %s", path, status, doc.Find("main").Text())
	}
	return doc
}

// refused is send where the answer is another.
func (s *screen) refused(path string, form url.Values, want int) *goquery.Document {
	s.t.Helper()
	doc, status := s.send(path, form)
	if status != want {
		s.t.Fatalf("%s: %d, want %d: %s", path, status, want, doc.Find("main").Text())
	}
	return doc
}

// upload sends a form with a file.
func (s *screen) upload(path, name string, data []byte, fields map[string]string) (*goquery.Document, int) {
	s.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, v := range fields {
		if err := m.WriteField(k, v); err != nil {
			s.t.Fatal(err)
		}
	}
	f, err := m.CreateFormFile("file", name)
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return s.read(s.http.Post(s.url+path, m.FormDataContentType(), &b))
}

// everything is all that the database's tables hold, and the log, as one text.
func (d *desk) everything() string {
	d.t.Helper()
	q := `SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'` // what a virtual one holds is in tables beside it
	if d.DB.Engine == db.Postgres {
		q = `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`
	}
	var tables []string
	d.must(d.DB.Select(d.t.Context(), &tables, q, nil))
	var all strings.Builder
	for _, table := range tables {
		rows, err := d.DB.Writer().Query(`SELECT * FROM "` + table + `"`)
		d.must(err)
		columns, err := rows.Columns()
		d.must(err)
		for rows.Next() {
			cells := make([]any, len(columns))
			for i := range cells {
				cells[i] = new(any)
			}
			d.must(rows.Scan(cells...))
			for _, c := range cells {
				switch v := (*c.(*any)).(type) {
				case []byte:
					all.Write(v)
				default:
					fmt.Fprint(&all, v)
				}
				all.WriteByte('\n')
			}
		}
		d.must(rows.Err())
		d.must(rows.Close())
	}
	return all.String() + d.log.String()
}

// postbox is a mail server that takes everything, or nothing.
type postbox struct {
	mu     sync.Mutex
	refuse bool
	mails  []string
}

func (d *desk) postbox() *postbox {
	d.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	d.must(err)
	d.t.Cleanup(func() { l.Close() })
	b := &postbox{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go b.serve(c)
		}
	}()
	d.pages.Mail.SMTP = &mail.Settings{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, From: "Podrška u četvrti <posta@primjer.test>", TLS: mail.Open}
	return b
}

func (b *postbox) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(line string) { _, _ = io.WriteString(c, line+"\r\n") }
	say("220 mail.test")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		b.mu.Lock()
		refuse := b.refuse
		b.mu.Unlock()
		switch verb := strings.ToUpper(strings.TrimSpace(line)); {
		case strings.HasPrefix(verb, "RCPT") && refuse:
			say("550 " + strings.TrimSpace(line) + " is unknown here")
		case verb == "DATA":
			say("354 go on")
			var m strings.Builder
			for {
				l, err := in.ReadString('\n')
				if err != nil || l == ".\r\n" {
					break
				}
				m.WriteString(l)
			}
			b.mu.Lock()
			b.mails = append(b.mails, m.String())
			b.mu.Unlock()
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (b *postbox) taken() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mails
}

func (b *postbox) refuses() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse = true
}
