package network_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/network"
	"kvart/internal/platform/account"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/web"
	"kvart/locales"
)

func TestLocales_everyKeyIsThereAndUsed(t *testing.T) {
	b, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	uses, missing, err := i18n.FindUses(os.DirFS("."), b)
	if err != nil || len(missing) > 0 {
		t.Error(missing, err)
	}
	for _, k := range b.Keys() {
		if strings.HasPrefix(k, "network.") && len(uses[k]) == 0 {
			t.Errorf("%s is used nowhere", k)
		}
	}
}

// visitor is a browser at a server with the demo network.
type visitor struct {
	*testing.T
	*http.Client
	base    string
	store   *network.Store
	centres []network.Centre
	jobs    *jobs.Runner
	pages   *network.Pages
}

func serve(t *testing.T) *visitor {
	t.Helper()
	return serveOn(t, dbtest.SQLite(t))
}

func serveOn(t *testing.T, d *db.DB) *visitor {
	t.Helper()
	s, centres := filled(t, d)
	s.Auth.Cost = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	texts, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	server := &web.Server{DB: d, Log: slog.New(slog.DiscardHandler), Now: s.Now, Texts: texts, Auth: s.Auth, Sessions: s.Auth.Sessions(false),
		Policy: auth.NewPolicy(network.Contains, network.Grants), Limits: auth.NewLimiter(s.Now), Places: s.Places, PublicURL: "http://127.0.0.1:8080",
		Site: func(context.Context) (web.Site, error) {
			return web.Site{Name: i18n.Text{i18n.HR: "Mreža"}, Zone: time.UTC}, nil
		}}
	pages := &network.Pages{Store: s, Server: server}
	accounts := &account.Pages{Server: server, Auth: s.Auth}
	server.Mount(pages.Routes(), accounts.Routes())
	ts := httptest.NewServer(server.Handler())
	t.Cleanup(ts.Close)
	run := jobs.New(d, slog.New(slog.DiscardHandler))
	run.Now = s.Now
	pages.Jobs(run)
	jar, _ := cookiejar.New(nil)
	return &visitor{t, &http.Client{Jar: jar}, ts.URL, s, centres, run, pages}
}

func (v *visitor) signIn(login string, held ...auth.Held) {
	v.Helper()
	a, err := v.store.Auth.AddAccount(v.Context(), login, "Koordinacija", "", "tri vesele ptice", held...)
	if err != nil {
		v.Fatal(err)
	}
	_ = a
	page := v.post("/desk/sign-in", url.Values{"login": {login}, "passphrase": {"tri vesele ptice"}}, 0)
	if page.Find("header .who-menu").Length() == 0 && page.Find("form").Length() > 0 && strings.Contains(page.Text(), "passphrase") {
		v.Fatal("not signed in: ", page.Text())
	}
}

func (v *visitor) read(res *http.Response, err error, status int) *goquery.Document {
	v.Helper()
	if err != nil {
		v.Fatal(err)
	}
	defer res.Body.Close()
	doc, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		v.Fatal(err)
	}
	if status > 0 && res.StatusCode != status {
		v.Errorf("%s: status %d, want %d: %s", res.Request.URL.Path, res.StatusCode, status, strings.Join(strings.Fields(doc.Find("main").Text()), " "))
	}
	return doc
}

func (v *visitor) get(path string, status int) *goquery.Document {
	v.Helper()
	res, err := v.Get(v.base + path)
	return v.read(res, err, status)
}

func (v *visitor) post(path string, f url.Values, status int) *goquery.Document {
	v.Helper()
	res, err := v.PostForm(v.base+path, f)
	return v.read(res, err, status)
}

func at(c network.Centre) auth.Scope { return auth.Scope{Kind: network.ScopeCentre, ID: c.ID} }

func TestPrivacy_saysWhatBecomesOfANumberOnlyWhereThereAreSMS(t *testing.T) {
	v := serve(t)
	for _, texting := range []bool{true, false} { // the page is kept a moment: asked for with another language each time
		v.pages.Texting = texting
		for _, l := range map[bool][]i18n.Lang{true: {i18n.HR, i18n.NB}, false: {i18n.EN}}[texting] {
			if text := v.get("/"+string(l)+"/privacy", http.StatusOK).Find("main").Text(); strings.Contains(text, "SMS") != texting {
				t.Errorf("%s, SMS %v: %s", l, texting, text)
			}
		}
	}
}

func TestPublicPages_inEveryLanguage(t *testing.T) {
	v := serve(t)
	for _, l := range i18n.All {
		for _, p := range []string{"centres", "about", "privacy", "accessibility"} {
			doc := v.get("/"+string(l)+"/"+p, http.StatusOK)
			if doc.Find("main h1").Length() != 1 {
				t.Errorf("%s %s has %d headings", l, p, doc.Find("main h1").Length())
			}
			if text := doc.Find("main").Text(); strings.Contains(text, "network.") || strings.Contains(text, "{n}") {
				t.Errorf("%s %s shows a key: %s", l, p, text)
			}
		}
	}
	doc := v.get("/hr/centres", http.StatusOK)
	if n := doc.Find(".map .pin").Length(); n != 4 {
		t.Errorf("%d pins", n)
	}
	if n := doc.Find(".map .area").Length(); n != 3 {
		t.Errorf("%d districts; Brezovica has no place on this map", n)
	}
	if !strings.Contains(doc.Find(".map").Text(), "City of Zagreb, open data (Otvorena dozvola)") {
		t.Error("the map names no source")
	}
	about := v.get("/hr/about", http.StatusOK).Find("main").Text()
	for _, s := range []string{"Prostor rodne i medijske kulture 'K-zona'", "87.608,79", "1. 10. 2022.", "31. 12. 2023.", "osam mjesnih odbora", "JM Norway"} {
		if !strings.Contains(about, s) {
			t.Errorf("the project sheet lacks %q", s)
		}
	}
}

func TestCentre_changesItsPageHoursAccessAndPicture(t *testing.T) {
	v := serve(t)
	c := v.centres[0]
	v.signIn("koordinacija", auth.Held{Role: network.Coordinator, Scope: at(c)})
	for _, p := range []string{"/desk/centre", "/desk/centre/hours", "/desk/centre/access", "/desk/centre/picture", "/desk/people", "/desk/absence", "/desk/team"} {
		if text := v.get(p, http.StatusOK).Find("main").Text(); strings.Contains(text, "network.") {
			t.Errorf("%s shows a key: %s", p, text)
		}
	}
	form := func(path string) url.Values { // the form as the page shows it
		f := url.Values{}
		v.get(path, http.StatusOK).Find("main form").First().Find("input, textarea, select").Each(func(_ int, s *goquery.Selection) {
			name, _ := s.Attr("name")
			value, _ := s.Attr("value")
			if goquery.NodeName(s) == "textarea" {
				value = s.Text()
			}
			if goquery.NodeName(s) == "select" {
				value, _ = s.Find("option[selected]").Attr("value")
			}
			f.Set(name, value)
		})
		return f
	}
	f := form("/desk/centre")
	stale := f.Get("version")
	f.Set("phone", "nula jedan")
	if doc := v.post("/desk/centre", f, http.StatusUnprocessableEntity); doc.Find("#f-phone").AttrOr("value", "") != "nula jedan" || doc.Find("#e-phone").Length() != 1 {
		t.Error("a wrong number: the form does not come back filled in")
	}
	f.Set("phone", "01 000 0042")
	v.post("/desk/centre", f, http.StatusOK)
	f.Set("version", stale)
	if doc := v.post("/desk/centre", f, http.StatusUnprocessableEntity); doc.Find(".summary").Length() != 1 {
		t.Error("a stale form was taken")
	}
	h := form("/desk/centre/hours")
	if h.Get("opens-1-0") != "10:00" {
		t.Errorf("Monday opens at %q", h.Get("opens-1-0"))
	}
	h.Set("closes-7-0", "30:00")
	if doc := v.post("/desk/centre/hours", h, http.StatusUnprocessableEntity); doc.Find("#e-opens-7-0").Length()+doc.Find("#e-closes-7-0").Length() != 2 {
		t.Error("wrong times are not named beside their fields")
	}
	h.Set("opens-7-0", "16:00")
	h.Set("closes-7-0", "19:00")
	v.post("/desk/centre/hours", h, http.StatusOK)
	v.post("/desk/centre/closures", url.Values{"from": {"2026-12-24"}, "reason-hr": {"Badnjak"}}, http.StatusOK)
	v.post("/desk/centre/closures", url.Values{"from": {"2026-12-24"}, "to": {"2026-12-01"}}, http.StatusUnprocessableEntity)
	a := form("/desk/centre/access")
	a.Set("state-lift", "no")
	v.post("/desk/centre/access", a, http.StatusOK)
	now, err := v.store.Centre(t.Context(), v.store.DB, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if now.Phone != "01 000 0042" || len(now.Hours) != len(c.Hours)+1 || len(now.Access) != len(c.Access)+1 || now.About["hr"] != c.About["hr"] {
		t.Errorf("%+v", now)
	}
	if list, err := v.store.Closures(t.Context(), v.store.DB, c.ID, "2026-12-01"); err != nil || len(list) != 1 || list[0].ToDate != "2026-12-24" {
		t.Error(list, err)
	}

	send := func(body []byte, alt string, status int) {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		w, _ := m.CreateFormFile("picture", "vrata.jpg")
		_, _ = w.Write(body)
		_ = m.WriteField("alt-hr", alt)
		m.Close()
		res, err := v.Post(v.base+"/desk/centre/picture", m.FormDataContentType(), &b)
		v.read(res, err, status)
	}
	send([]byte("no picture"), "Vrata", http.StatusUnprocessableEntity)
	send(photo(t), "", http.StatusUnprocessableEntity)
	send(bytes.Repeat([]byte("x"), network.MaxPicture+100), "Vrata", http.StatusUnprocessableEntity)
	send(photo(t), "Plava vrata", http.StatusOK)
	now, _ = v.store.Centre(t.Context(), v.store.DB, c.ID)
	if now.PictureID == nil {
		t.Fatal("no picture")
	}
	res, err := v.Get(v.base + "/pictures/" + *now.PictureID)
	if err != nil || res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "image/jpeg" {
		t.Error(res, err)
	}
}

// photo is a picture that lies on its side and says where it was taken.
func photo(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 40, 20))
	for y := range 20 {
		for x := range 20 {
			img.Set(x, y, color.RGBA{255, 0, 0, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	tiff := "MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00GPS 45.8 15.9"
	part := "Exif\x00\x00" + tiff
	return []byte(string(b.Bytes()[:2]) + "\xff\xe1" + string([]byte{byte((len(part) + 2) >> 8), byte(len(part) + 2)}) + part + string(b.Bytes()[2:]))
}

func TestRedraw_turnsThePictureAndForgetsWhereItWasTaken(t *testing.T) {
	body, err := network.Redraw(bytes.NewReader(photo(t)))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(body, []byte("GPS")) || bytes.Contains(body, []byte("Exif")) {
		t.Error("the place is still there")
	}
	img, _, err := image.Decode(bytes.NewReader(body))
	if err != nil || img.Bounds().Dx() != 20 || img.Bounds().Dy() != 40 {
		t.Fatal(img.Bounds(), err)
	}
	if r, g, _, _ := img.At(10, 5).RGBA(); r < 0xc000 || g > 0x4000 {
		t.Error("the left half is not on top")
	}
}

func TestTeam_invitesAndRefusesWhatLiesElsewhere(t *testing.T) {
	v := serve(t)
	c := v.centres[0]
	n, err := v.store.Network(t.Context(), v.store.DB)
	if err != nil {
		t.Fatal(err)
	}
	wide := auth.Scope{Kind: network.ScopeNetwork, ID: n.ID}
	v.signIn("koordinacija", auth.Held{Role: network.Coordinator, Scope: at(c)})
	host, err := v.store.Auth.AddAccount(t.Context(), "dezurstvo", "Osoba koja dežura", "", "tri vesele ptice", auth.Held{Role: network.Host, Scope: at(c)})
	if err != nil {
		t.Fatal(err)
	}
	lead, err := v.store.Auth.AddAccount(t.Context(), "vodstvo", "Vodstvo mreže", "", "tri vesele ptice", auth.Held{Role: network.Host, Scope: at(c)}, auth.Held{Role: network.Lead, Scope: wide})
	if err != nil {
		t.Fatal(err)
	}
	doc := v.post("/desk/team/invite", url.Values{"name": {"Nova osoba"}, "email": {"nova@example.org"}, "role": {"host"}, "lang": {"hr"}, "form_key": {"k1"}}, http.StatusOK)
	if link := doc.Find("code").Text(); !strings.Contains(link, "/desk/welcome/") {
		t.Errorf("link %q", link)
	}
	v.post("/desk/team/invite", url.Values{"name": {"Nova osoba"}, "role": {"lead"}, "lang": {"hr"}}, http.StatusUnprocessableEntity)
	var mails int
	if err := v.store.DB.Get(t.Context(), &mails, `SELECT COUNT(*) FROM mails WHERE to_address = 'nova@example.org'`, nil); err != nil || mails != 1 {
		t.Error("mails:", mails, err)
	}
	if link := v.post("/desk/team/"+host.ID+"/reset", url.Values{"sure": {"1"}}, http.StatusOK).Find("code").Text(); !strings.Contains(link, "/desk/welcome/") {
		t.Errorf("an account without an address: link %q", link)
	}
	if events, err := v.store.Auth.Events(t.Context(), host.ID); err != nil || len(events) != 1 || events[0].Action != "team.reset" || events[0].By != "Koordinacija" {
		t.Errorf("the account's owner reads %v, %v", events, err)
	}
	if _, err := v.store.DB.Exec(t.Context(), `UPDATE accounts SET email = 'dezurna@example.org' WHERE id = :id`, map[string]any{"id": host.ID}); err != nil {
		t.Fatal(err)
	}
	if page := v.post("/desk/team/"+host.ID+"/reset", url.Values{"sure": {"1"}}, http.StatusOK); strings.Contains(page.Text(), "/desk/welcome/") || page.Find(".flash").Length() == 0 {
		t.Error("somebody but its owner sees the link for a new passphrase, or nothing is said")
	}
	if err := v.store.DB.Get(t.Context(), &mails, `SELECT COUNT(*) FROM mails WHERE to_address = 'dezurna@example.org' AND body LIKE '%/desk/welcome/%'`, nil); err != nil || mails != 1 {
		t.Error("mails with the link:", mails, err)
	}
	v.post("/desk/team/"+lead.ID+"/reset", url.Values{"sure": {"1"}}, http.StatusForbidden)
	v.post("/desk/team/"+host.ID+"/give", url.Values{"role": {"support"}}, http.StatusOK)
	v.post("/desk/team/"+host.ID+"/give", url.Values{"role": {"lead"}}, http.StatusUnprocessableEntity)
	v.post("/desk/team/"+host.ID+"/take", url.Values{"role": {"host"}, "sure": {"1"}}, http.StatusOK)
	held, err := v.store.Auth.Roles(t.Context(), host.ID)
	if err != nil || len(held) != 1 || held[0].Role != network.SupportWorker {
		t.Error(held, err)
	}
	other, err := v.store.Auth.AddAccount(t.Context(), "drugdje", "Drugdje", "", "tri vesele ptice", auth.Held{Role: network.Host, Scope: at(v.centres[1])})
	if err != nil {
		t.Fatal(err)
	}
	v.post("/desk/team/"+other.ID+"/reset", url.Values{"sure": {"1"}}, http.StatusNotFound)
	v.get("/desk/network", http.StatusForbidden)
	if err := v.store.TakeRole(t.Context(), wide, lead.ID, network.Lead, "x"); err == nil {
		t.Error("the last lead was taken")
	}
}

func TestNetwork_firstCentreTakesOneForm(t *testing.T) {
	v := serve(t)
	n, err := v.store.Network(t.Context(), v.store.DB)
	if err != nil {
		t.Fatal(err)
	}
	v.signIn("vodstvo", auth.Held{Role: network.Lead, Scope: auth.Scope{Kind: network.ScopeNetwork, ID: n.ID}})
	for _, p := range []string{"/desk/network", "/desk/network/settings", "/desk/network/groups", "/desk/network/areas/new", "/desk/network/organisations/new", "/desk/network/centres/new",
		"/desk/network/centres/" + v.centres[0].ID, "/desk/network/organisations/" + v.centres[0].OrganisationID, "/desk/network/areas/" + v.centres[0].AreaID, "/desk/team"} {
		if text := v.get(p, http.StatusOK).Find("main").Text(); strings.Contains(text, "network.") {
			t.Errorf("%s shows a key: %s", p, text)
		}
	}
	f := url.Values{"name": {"Centar Rudeš"}, "new_organisation": {"Udruga susjeda"}, "new_area": {"Novi kvart"}, "form_key": {"once"}}
	for range 2 { // a double press makes one centre
		v.post("/desk/network/centres/new", f, http.StatusOK)
	}
	c, err := v.store.CentreBySlug(t.Context(), v.store.DB, "centar-rudes")
	if err != nil || c.Number != 5 || c.Zone != "Europe/Zagreb" {
		t.Error(c, err)
	}
	if list, _ := v.store.Centres(t.Context(), v.store.DB); len(list) != 5 {
		t.Errorf("%d centres", len(list))
	}
	v.post("/desk/network/centres/new", url.Values{"name": {""}}, http.StatusUnprocessableEntity)
	v.post("/desk/network/groups", url.Values{"name-a-hr": {"starije osobe"}, "name-b-hr": {"mladi"}, "name-c-hr": {"LGBTIQ+ osobe"}, "name-d-hr": {"roditelji"}}, http.StatusOK)
	if g, err := v.store.Groups(t.Context(), v.store.DB); err != nil || len(g) != 4 || g[3].Code != "d" {
		t.Error(g, err)
	}
}

func TestAbsence_needsASubstituteOfTheTeam(t *testing.T) {
	v := serve(t)
	v.signIn("koordinacija", auth.Held{Role: network.Coordinator, Scope: at(v.centres[0])})
	mate, err := v.store.Auth.AddAccount(t.Context(), "dezurstvo", "Osoba koja dežura", "", "tri vesele ptice", auth.Held{Role: network.Host, Scope: at(v.centres[0])})
	if err != nil {
		t.Fatal(err)
	}
	v.post("/desk/absence", url.Values{"from": {"2026-12-01"}, "to": {"2026-12-05"}, "substitute": {mate.ID}}, http.StatusOK)
	v.post("/desk/absence", url.Values{"from": {"2026-12-01"}, "substitute": {db.NewID()}}, http.StatusUnprocessableEntity)
	v.post("/desk/absence", url.Values{"from": {"sutra"}}, http.StatusUnprocessableEntity)
	if doc := v.get("/desk/absence", http.StatusOK); !strings.Contains(doc.Find("aside").Text(), "Osoba koja dežura") || doc.Find("aside form").Length() != 1 {
		t.Error(doc.Find("aside").Text())
	}
}
