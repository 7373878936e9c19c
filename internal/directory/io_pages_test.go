package directory_test

import (
	"bytes"
	"context"
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

	"kvart/internal/directory"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/web"
	"kvart/locales"
)

// fileDesk is somebody at the pages of files, signed in.
type fileDesk struct {
	*town
	pages *directory.FilePages
	http  *http.Client
	base  string
}

// network is its id.
func (w *town) network() (id string) {
	w.t.Helper()
	w.must(w.DB.Get(w.t.Context(), &id, `SELECT id FROM networks`, nil))
	return id
}

func (w *town) fileDesk(role auth.Role, kind, scope string) *fileDesk {
	w.t.Helper()
	texts, err := i18n.Load(locales.FS)
	w.must(err)
	account := db.NewID()
	w.save(func(tx *db.Tx) error {
		if _, err := tx.Exec(w.t.Context(), `INSERT INTO accounts (id, login, name, created_at) VALUES (:id, :id, 'Osoba', 0)`, db.Args{"id": account}); err != nil {
			return err
		}
		_, err := tx.Exec(w.t.Context(), `INSERT INTO account_roles (account_id, role, scope_kind, scope_id) VALUES (:id, :role, :kind, :scope)`,
			db.Args{"id": account, "role": string(role), "kind": kind, "scope": scope})
		return err
	})
	accounts := w.Network.Auth
	s := &web.Server{DB: w.DB, Log: slog.New(slog.DiscardHandler), Now: w.Now, Texts: texts, Auth: accounts, PublicURL: w.PublicURL, Sessions: accounts.Sessions(false),
		Limits: auth.NewLimiter(w.Now), Policy: auth.NewPolicy(network.Contains, network.Grants, directory.Grants),
		Site: func(context.Context) (web.Site, error) {
			return web.Site{Zone: time.UTC, Name: i18n.Text{i18n.HR: "Mreža"}}, nil
		}, Places: w.Network.Places}
	d := &fileDesk{town: w, pages: &directory.FilePages{Store: w.Store}}
	s.Mount(d.pages.Routes(), []web.Route{{Pattern: "GET /desk/test-in", Need: web.Public, Handle: func(rw http.ResponseWriter, r *web.Request) error {
		if err := s.Begin(r, account); err != nil {
			return err
		}
		return r.JSON(rw, http.StatusOK, []byte(`{}`))
	}}})
	server := httptest.NewServer(s.Handler())
	w.t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	w.must(err)
	d.base, d.http = server.URL, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	d.get("/desk/test-in", http.StatusOK)
	run := jobs.New(w.DB, slog.New(slog.DiscardHandler))
	run.Now = w.Now
	d.pages.Jobs(run)
	w.must(run.Start(context.Background()))
	w.t.Cleanup(func() { run.Stop(context.Background()) })
	return d
}

func (d *fileDesk) get(path string, want int) *goquery.Document {
	d.t.Helper()
	res, err := d.http.Get(d.base + path)
	d.must(err)
	defer res.Body.Close()
	doc, err := goquery.NewDocumentFromReader(res.Body)
	d.must(err)
	if res.StatusCode != want {
		d.t.Fatalf("%s: %d, want %d: %s", path, res.StatusCode, want, strings.Join(strings.Fields(doc.Find("main").Text()), " "))
	}
	return doc
}

// send sends a file and returns where it is shown.
func (d *fileDesk) send(page, name string, data []byte) string {
	d.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	part, err := m.CreateFormFile("file", name)
	d.must(err)
	_, _ = part.Write(data)
	m.Close()
	res, err := d.http.Post(d.base+page, m.FormDataContentType(), &body)
	d.must(err)
	res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		d.t.Fatalf("sending %s: %d", name, res.StatusCode)
	}
	return res.Header.Get("Location")
}

// post sends a form.
func (d *fileDesk) post(path string, fields url.Values, want int) (http.Header, []byte) {
	d.t.Helper()
	res, err := d.http.PostForm(d.base+path, fields)
	d.must(err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	d.must(err)
	if res.StatusCode != want {
		d.t.Fatalf("%s: %d, want %d: %s", path, res.StatusCode, want, data)
	}
	return res.Header, data
}

// settled is the page once the work is done.
func (d *fileDesk) settled(address string) *goquery.Document {
	d.t.Helper()
	for range 300 {
		if doc := d.get(address, http.StatusOK); doc.Find("progress").Length() == 0 {
			return doc
		}
		time.Sleep(100 * time.Millisecond)
	}
	d.t.Fatal("the file is never done")
	return nil
}

func TestFilePages_fileIsLookedAtThenTakenAndTwiceIsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		desk := w.fileDesk(network.Lead, network.ScopeNetwork, w.network())
		const page = "/desk/services/import"
		if n := desk.get(page, http.StatusOK).Find("h1, form input[type=file]").Length(); n != 2 {
			t.Errorf("%d headings and fields", n)
		}
		address := desk.send(page, "usluge.csv", []byte(sheetText))
		seen := desk.settled(address)
		if w.numberCell(`SELECT COUNT(*) FROM directory_services`) != 0 {
			t.Fatal("taken before the press")
		}
		file := seen.Find(`form[action="`+page+`/confirm"] input[name=file]`).AttrOr("value", "")
		if file == "" || !strings.Contains(seen.Text(), "Čitanje naglas") {
			t.Fatal(seen.Find("main").Text())
		}
		desk.post(page+"/confirm", url.Values{"file": {file}}, http.StatusSeeOther)
		if s := desk.settled(address).Find("h1").Text(); s != "Uvezeno je" || w.numberCell(`SELECT COUNT(*) FROM directory_services`) != 1 {
			t.Errorf("after the press: %q", s)
		}
		address = desk.send(page, "usluge.csv", []byte(sheetText))
		if again := desk.settled(address); again.Find("h1").Text() != "Sve iz datoteke već je ovdje" || again.Find("form").FilterFunction(func(_ int, s *goquery.Selection) bool {
			return strings.HasSuffix(s.AttrOr("action", ""), "/confirm")
		}).Length() != 0 {
			t.Errorf("again: %q", again.Find("h1").Text())
		}
		// Faults are shown with their place, and there is nothing to confirm.
		address = desk.send(page+"/en", "services.csv", []byte("organisation,name,hours\nU,A,whenever\n"))
		if faults := desk.settled(address); !strings.Contains(faults.Find("table").Text(), "services.csv:2:C (hours)") || faults.Find(`form[action$="/confirm"]`).Length() != 0 {
			t.Error(faults.Find("main").Text())
		}
	})
}

func TestFilePages_exportIsDownloadedAndRemembered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.service("Pomoć u kući", at(w.location("Dom", "Ulica 1", 45.8, 15.95)), of(w.home))
		desk := w.fileDesk(network.Lead, network.ScopeNetwork, w.network())
		const page = "/desk/services/export"
		if n := desk.get(page, http.StatusOK).Find(`input[name=format]`).Length(); n != len(directory.ExportFormats) {
			t.Errorf("%d forms to choose from", n)
		}
		for _, format := range directory.ExportFormats {
			h, data := desk.post(page, url.Values{"format": {format}, "lang": {"hr"}}, http.StatusOK)
			if len(data) == 0 || h.Get("Content-Disposition") != `attachment; filename="mreza-2026-11-26.`+format+`"` {
				t.Errorf("%s: %v", format, h)
			}
			if r := w.take("izvoz."+format, data); r.FaultCount > 0 || r.Count(directory.Made)+r.Count(directory.Updated) > 0 {
				t.Errorf("%s does not come back as it went: %v", format, r.Counts)
			}
		}
		if n := desk.get(page, http.StatusOK).Find("main section li").Length(); n != len(directory.ExportFormats) {
			t.Errorf("%d exports are remembered", n)
		}
		desk.post(page, url.Values{"format": {"pdf"}, "lang": {"hr"}}, http.StatusUnprocessableEntity)
	})
}

func TestFilePages_onlyTheNetworksLead(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	desk := w.fileDesk(network.Coordinator, network.ScopeCentre, w.centre)
	for _, page := range []string{"/desk/services/import", "/desk/services/export"} {
		if res, err := desk.http.Get(desk.base + page); err != nil || res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %v %v", page, res, err)
		}
	}
	if n := w.numberCell(`SELECT COUNT(*) FROM directory_exports`); n != 0 {
		t.Error("exported")
	}
}
