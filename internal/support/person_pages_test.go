package support_test

import (
	"archive/zip"
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/vault"
	"kvart/internal/platform/web"
	. "kvart/internal/support"
	"kvart/locales"
)

var allTexts = sync.OnceValues(func() (*i18n.Bundle, error) { return i18n.Load(locales.FS) })

// person is somebody with a browser in front of the house's pages.
type person struct {
	*house
	url    string
	server *web.Server
	client *http.Client
}

// open puts the house behind a server whose public address is given, and a browser in front of it.
func (w *house) open(publicURL string) *person {
	w.t.Helper()
	texts, err := allTexts()
	w.must(err)
	w.exec(`UPDATE networks SET emergency = :e`, db.Args{"e": network.Emergencies{{Number: "112", For: i18n.Text{i18n.HR: "hitne službe"}}}})
	w.exec(`UPDATE centres SET phone = '01 555 010'`, nil)
	now := func() time.Time { return w.now }
	s := &web.Server{DB: w.DB, Log: slog.New(slog.DiscardHandler), Now: now, Texts: texts, Auth: w.Auth, Sessions: w.Auth.Sessions(false), Limits: auth.NewLimiter(now),
		Policy: auth.NewPolicy(network.Contains, network.Grants, Grants), PublicURL: publicURL, Places: w.Network.Places,
		Site: func(context.Context) (web.Site, error) {
			return web.Site{Name: i18n.Text{i18n.HR: "Mreža"}, Zone: time.UTC}, nil
		}}
	s.Mount((&Pages{Store: w.Store, Server: s}).Routes(), []web.Route{{Pattern: "GET /{lang}/programme", Need: web.Public, Handle: func(w http.ResponseWriter, r *web.Request) error {
		_, err := io.WriteString(w, "program")
		return err
	}}})
	server := httptest.NewServer(s.Handler())
	w.t.Cleanup(server.Close)
	p := &person{house: w, url: server.URL, server: s}
	p.client = p.browser()
	return p
}

// browser is another one, without a cookie, that follows nothing by itself.
func (p *person) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	p.must(err)
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

type answer struct {
	*goquery.Document
	*http.Response
	body string
}

func (p *person) do(r *http.Request) answer {
	p.t.Helper()
	resp, err := p.client.Do(r)
	p.must(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	p.must(err)
	d, err := goquery.NewDocumentFromReader(bytes.NewReader(b))
	p.must(err)
	return answer{d, resp, string(b)}
}

func (p *person) get(path string) answer {
	p.t.Helper()
	r, err := http.NewRequest("GET", p.url+path, nil)
	p.must(err)
	return p.do(r)
}

func (p *person) post(path string, v url.Values) answer {
	p.t.Helper()
	r, err := http.NewRequest("POST", p.url+path, strings.NewReader(v.Encode()))
	p.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.do(r)
}

// form is what a browser sends of the form that leads to the path: its fields as they stand.
func (a answer) form(action string) url.Values {
	v := url.Values{}
	a.Find(`form[action$="` + action + `"]`).Each(func(_ int, f *goquery.Selection) {
		f.Find("input[name], textarea[name], select[name]").Each(func(_ int, s *goquery.Selection) {
			name, kind := s.AttrOr("name", ""), s.AttrOr("type", "")
			_, checked := s.Attr("checked")
			if kind == "file" || (kind == "radio" || kind == "checkbox") && !checked {
				return
			}
			if goquery.NodeName(s) == "textarea" {
				v.Add(name, s.Text())
			} else if goquery.NodeName(s) == "select" {
				v.Add(name, s.Find("option[selected]").AttrOr("value", ""))
			} else {
				v.Add(name, s.AttrOr("value", ""))
			}
		})
	})
	return v
}

// write sends a first message and returns the answer with the code.
func (p *person) write(text string, with ...string) (answer, url.Values) {
	p.t.Helper()
	v := p.get("/hr/contact").form("/hr/contact")
	v.Set("text", text)
	for i := 0; i+1 < len(with); i += 2 {
		v.Add(with[i], with[i+1])
	}
	a := p.post("/hr/contact", v)
	if a.StatusCode != 200 || a.Find(".code").Length() != 1 {
		p.t.Fatalf("sending: %d, %s", a.StatusCode, a.Find("main").Text())
	}
	return a, v
}

func (a answer) code() string { return strings.Join(strings.Fields(a.Find(".code").Text()), " ") }

// readersOf are the keys that the only request is sealed to, less the person's and the recovery key.
func (p *person) readersOf() (list []string) {
	p.t.Helper()
	p.must(p.DB.Select(p.t.Context(), &list, `SELECT g.reader_id FROM support_grants g JOIN support_requests r ON r.id = g.request_id AND r.epoch = g.epoch WHERE g.reader_id NOT IN ('person', 'recovery') ORDER BY 1`, nil))
	return list
}

func (p *person) count(q string) (n int) {
	p.t.Helper()
	p.must(p.DB.Get(p.t.Context(), &n, q, nil))
	return n
}

func TestContact_saysWhatMustBeKnownBeforeTheFirstWordAndSetsNoCookie(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		for _, l := range i18n.All {
			a := p.get("/" + string(l) + "/contact")
			text := a.Find("main").Text()
			if a.StatusCode != 200 || a.Find("h1").Length() != 1 || len(a.Header["Set-Cookie"]) != 0 || a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Referrer-Policy") != "same-origin" {
				t.Errorf("%s: %d, cookies %v, %v", l, a.StatusCode, a.Header["Set-Cookie"], a.Header)
			}
			if strings.Contains(a.body, "support.") || strings.Contains(a.body, "platform.leave") {
				t.Errorf("%s: shows the key of a text", l)
			}
			title := strings.Join(strings.Fields(a.Find("title").Text()), " ")
			if !strings.HasPrefix(title, "Kontakt – ") && !strings.HasPrefix(title, "Contact – ") {
				t.Errorf("%s: title %q", l, title)
			}
			if a.Find(`a[href="tel:112"]`).Length() != 1 || a.Find(`a[href="tel:01555010"]`).Length() < 2 || a.Find("details").Length() < 8 {
				t.Errorf("%s: numbers or ordinary questions are missing", l)
			}
			if exit := a.Find(`.leavebar a[data-leave]`); exit.AttrOr("href", "") != "/"+string(l)+"/contact/leave" {
				t.Errorf("%s: no way out", l)
			}
			if l == i18n.HR && (!strings.Contains(text, "četvrtak, 26. studenoga u 14 sati") || !strings.Contains(text, "Poruku mogu otvoriti 3 osobe") || !strings.Contains(text, "Osoba eva") || !strings.Contains(text, "dva papira")) {
				t.Errorf("when an answer comes, who opens, or the recovery key is not said: %s", text)
			}
			if first, form := strings.Index(a.body, `id="answer"`), strings.Index(a.body, `name="text"`); first < 0 || form < first || strings.Index(a.body, `id="before"`) > form {
				t.Errorf("%s: not in the order in which it must be read", l)
			}
		}
		a := p.get("/hr/contact")
		if a.Find(`input[name=to]`).Length() != 1 || !strings.Contains(a.Find("main").Text(), "Drugi: nema dovoljno ljudi") {
			t.Error("a centre without readers can be chosen, or the page does not say why not")
		}
		w.exec(`DELETE FROM support_rota`, nil)
		if a := p.get("/hr/contact"); a.Find("textarea").Length() != 0 || !strings.Contains(a.Find("main").Text(), "Nazovite") {
			t.Error("a form although nobody is on the rota")
		}
	})
}

func TestContact_theNetworksOwnWordsAreDated(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		if text := p.get("/hr/contact").Find("#before").Text(); strings.Contains(text, "Tako je odredila") {
			t.Error("the usual words have a date")
		}
		w.must(w.SaveSettings(t.Context(), Settings{Opens: i18n.Text{i18n.HR: "Otvara Eva."}, Exception: i18n.Text{i18n.HR: "Osim po zakonu."}, SetOn: "2026-11-01", Hours: 24}, "test"))
		text := p.get("/hr/contact").Find("#before").Text()
		for _, want := range []string{"Otvara Eva.", "Osim po zakonu.", "1. 11. 2026."} {
			if !strings.Contains(text, want) {
				t.Errorf("lacks %q: %s", want, text)
			}
		}
	})
}

func TestWrite_theAnswerItselfShowsTheCodeAndTheThreadOpens(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		a, sent := p.write("Trebam razgovor.")
		code := a.code()
		if len(strings.Fields(code)) != 7 || a.Find("title").Text() != "Kontakt" || a.Find("header.top, footer").Length() != 0 || a.Find(".slip.code-only").Length() != 1 {
			t.Errorf("code %q, title %q", code, a.Find("title").Text())
		}
		if slip := a.Find(".slip").Text(); !strings.Contains(slip, "localhost/contact") || strings.Contains(slip, "Mreža") || strings.Contains(slip, "Prvi") {
			t.Errorf("on paper: %q", slip)
		}
		c := a.Cookies()
		if len(c) != 1 || !c[0].HttpOnly || c[0].SameSite != http.SameSiteStrictMode || c[0].MaxAge != 0 || !c[0].Expires.IsZero() {
			t.Errorf("cookies: %v", c)
		}
		if got := p.readersOf(); len(got) != 3 {
			t.Errorf("readers: %v", got)
		}

		again := p.post("/hr/contact", sent)
		if again.code() != code || p.count(`SELECT COUNT(*) FROM support_requests`) != 1 {
			t.Errorf("sent twice: %d requests, code %q", p.count(`SELECT COUNT(*) FROM support_requests`), again.code())
		}
		thread := p.get("/hr/contact/messages")
		if thread.StatusCode != 200 || !strings.Contains(thread.Find(".thread").Text(), "Trebam razgovor.") || !strings.Contains(thread.body, "no-store") && thread.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("thread: %d %s", thread.StatusCode, thread.Find(".thread").Text())
		}
		if !strings.Contains(thread.Find("#open").Text(), "Osoba ana") {
			t.Error("who can open it is not said")
		}

		// After the pages were left, going back and sending the form once more shows no code.
		p.get("/hr/contact/leave")
		late := p.post("/hr/contact", sent)
		if late.code() != "" || strings.Contains(late.body, code) || len(late.Cookies()) != 0 || late.Find(`input[name=code]`).Length() != 1 {
			t.Errorf("after leaving: %q", late.Find("main").Text())
		}
		// Who has the code comes back with it, in whatever way it is typed.
		in := p.post("/hr/contact/code", url.Values{"code": {strings.ReplaceAll(code, " ", "-")}})
		if in.StatusCode != 303 || in.Header.Get("Location") != "/hr/contact/messages" || p.get("/hr/contact/messages").StatusCode != 200 {
			t.Errorf("the code does not open: %d", in.StatusCode)
		}
	})
}

func TestWrite_whoIsStruckOutIsNeverSealedTo(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		ana := w.team[0].ID
		a, _ := p.write("Ana je moja susjeda.", "strike", ana)
		if got := p.readersOf(); len(got) != 2 || slices.Contains(got, ana) {
			t.Errorf("readers: %v", got)
		}
		if text := a.Find("main").Text(); !strings.Contains(text, "na redu nije nitko") {
			t.Errorf("the answer promises a time that only the struck-out one keeps: %s", text)
		}
		thread := p.get("/hr/contact/messages")
		if strings.Contains(thread.Find("#open").Text(), "Osoba ana") {
			t.Error("the struck-out one is said to open it")
		}

		// More may be struck out later: asked once, then at once.
		eva := w.team[1].ID
		ask := p.post("/hr/contact/messages/strike", url.Values{"strike": {eva}})
		if ask.Find("form.ask").Length() != 1 || ask.Find(".leavebar").Length() != 1 || len(p.readersOf()) != 2 {
			t.Error("not asked first, or without a way out")
		}
		if done := p.post("/hr/contact/messages/strike", url.Values{"strike": {eva}, "sure": {"1"}}); done.StatusCode != 303 {
			t.Errorf("strike: %d", done.StatusCode)
		}
		if got := p.readersOf(); len(got) != 1 || got[0] != w.team[2].ID {
			t.Errorf("readers: %v", got)
		}
		// The last one cannot be: nobody would answer.
		last := p.post("/hr/contact/messages/strike", url.Values{"strike": {w.team[2].ID}, "sure": {"1"}})
		if last.StatusCode != 409 || len(p.readersOf()) != 1 {
			t.Errorf("the last reader: %d", last.StatusCode)
		}
		// All at the centre struck out: the form comes back, ticked and filled in.
		v := p.get("/hr/contact").form("/hr/contact")
		v["strike"], v["text"] = []string{w.team[0].ID, w.team[1].ID, w.team[2].ID}, []string{"Nitko."}
		back := p.post("/hr/contact", v)
		if back.StatusCode != 409 || back.Find("textarea").Text() != "Nitko." || back.Find(`input[name=strike][checked]`).Length() != 3 {
			t.Errorf("everybody struck out: %d", back.StatusCode)
		}
	})
}

func TestWrite_faultsComeBackFilledIn(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		v := p.get("/hr/contact").form("/hr/contact")
		v.Set("to", "")
		a := p.post("/hr/contact", v)
		if a.StatusCode != 422 || a.Find("#e-to").Length() != 1 || a.Find("#e-text").Length() != 1 {
			t.Errorf("both questions empty: %d, %s", a.StatusCode, a.Find(".summary").Text())
		}
		// A megabyte is too much, is said, and is not lost; the form keeps its code.
		long := strings.Repeat("Ne mogu više. ", 75_000)
		v = p.get("/hr/contact").form("/hr/contact")
		v.Set("text", long)
		a = p.post("/hr/contact", v)
		if a.StatusCode != 422 || a.Find("textarea").Text() != strings.TrimSpace(long) || a.form("/hr/contact").Get("form_code") != v.Get("form_code") {
			t.Errorf("a megabyte: %d, %d characters back", a.StatusCode, len(a.Find("textarea").Text()))
		}
		v.Set("text", strings.Repeat("x", 9<<20))
		if a := p.post("/hr/contact", v); a.StatusCode != 413 || a.Find(".leavebar").Length() != 1 {
			t.Errorf("nine megabytes: %d", a.StatusCode)
		}
		// A forged form code, and one of the day before.
		v = p.get("/hr/contact").form("/hr/contact")
		v.Set("text", "Dobar dan")
		forged := url.Values{"text": v["text"], "to": v["to"], "form_code": {"123456789012345678901234567890123456.1.x"}}
		if a := p.post("/hr/contact", forged); a.StatusCode != 422 || a.Find("textarea").Text() != "Dobar dan" || a.form("/hr/contact").Get("form_code") == forged.Get("form_code") {
			t.Errorf("forged: %d", a.StatusCode)
		}
		w.now = w.now.Add(26 * time.Hour)
		if a := p.post("/hr/contact", v); a.StatusCode != 422 || a.Find("textarea").Text() != "Dobar dan" {
			t.Errorf("a day later: %d", a.StatusCode)
		}
		// Another's centre, no centre, one that is not open.
		v = p.get("/hr/contact").form("/hr/contact")
		for _, to := range []string{w.other, "x", ""} {
			v.Set("to", to)
			v.Set("text", "Dobar dan")
			if a := p.post("/hr/contact", v); a.StatusCode != 422 {
				t.Errorf("to %q: %d", to, a.StatusCode)
			}
		}
		if n := p.count(`SELECT COUNT(*) FROM support_requests`); n != 0 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestWrite_onlyFromOurOwnPage(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		send := func(origin, site string) int {
			t.Helper()
			v := p.get("/hr/contact").form("/hr/contact")
			v.Set("text", "Dobar dan")
			r, err := http.NewRequest("POST", p.url+"/hr/contact", strings.NewReader(v.Encode()))
			w.must(err)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if origin != "" {
				r.Header.Set("Origin", origin)
			}
			if site != "" {
				r.Header.Set("Sec-Fetch-Site", site)
			}
			a := p.do(r)
			if a.StatusCode == 403 && a.Find(".leavebar").Length() != 1 {
				t.Error("a refused page has no way out")
			}
			return a.StatusCode
		}
		for _, c := range []struct {
			origin, site string
			want         int
		}{
			{p.url, "", 200}, {"http://localhost", "", 200}, {p.url, "same-origin", 200}, // an older browser says its Origin only
			{"https://evil.test", "", 403}, {"null", "", 403}, {p.url, "cross-site", 403},
		} {
			if got := send(c.origin, c.site); got != c.want {
				t.Errorf("Origin %q, Sec-Fetch-Site %q: %d, want %d", c.origin, c.site, got, c.want)
			}
		}
	})
}

func TestContact_withoutHttpsNothingIsOffered(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://centri.test")
		a := p.get("/hr/contact")
		if a.Find("form").Length() != 0 || !strings.Contains(a.Find("main").Text(), "https") || a.Find(`a[href="tel:112"]`).Length() != 1 {
			t.Errorf("offered: %s", a.Find("main").Text())
		}
		if a := p.get("/hr/contact/code"); a.Find("main form").Length() != 0 {
			t.Error("a code may be typed")
		}
		for _, path := range []string{"", "/code", "/messages", "/messages/more"} {
			if a := p.post("/hr/contact"+path, url.Values{"text": {"x"}, "code": {strings.Repeat("1", 36)}}); a.StatusCode != 403 || len(a.Cookies()) != 0 {
				t.Errorf("%s: %d", path, a.StatusCode)
			}
		}
		s := w.open("https://centri.test")
		sent, _ := s.write("Dobar dan")
		if c := sent.Cookies(); len(c) != 1 || c[0].Name != "__Host-kvart-visit" || !c[0].Secure || c[0].Path != "/" || c[0].Domain != "" {
			t.Errorf("over https: %v", c)
		}
	})
}

func TestCode_saysWhichGroupIsWrongAndNoMore(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		code := func() string { a, _ := p.write("Dobar dan"); return a.code() }()
		p.client = p.browser()
		other := vault.NewCode().Printed()
		wrongSecret := vault.NewCode()
		wrongSecret.Locator = code[:5] + code[7:12] // without their check digits
		groups := strings.Fields(code)
		spoilt := slices.Clone(groups)
		last := spoilt[2][5]
		spoilt[2] = spoilt[2][:5] + string('0'+(last-'0'+1)%10)
		unknown := "Taj kôd ne otvara ništa"
		for typed, want := range map[string]string{"": "Upišite kôd", "123": "Nedostaje", strings.Join(spoilt, " "): "Skupina 3", code + "1": "previše", other: unknown, wrongSecret.Printed(): unknown, "abc": "Skupina 1"} {
			a := p.post("/hr/contact/code", url.Values{"code": {typed}})
			if a.StatusCode != 422 || !strings.Contains(a.Find("#e-code").Text(), want) || len(a.Cookies()) != 0 {
				t.Errorf("%q: %d %s", typed, a.StatusCode, a.Find("#e-code").Text())
			}
		}
		arabic := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r - '0' + '٠'
			}
			return r
		}, code)
		if a := p.post("/hr/contact/code", url.Values{"code": {arabic}}); a.StatusCode != 303 {
			t.Errorf("in other digits: %d", a.StatusCode)
		}
	})
}

func TestVisit_endsAfterAQuarterOfAnHourAndKeepsWhatWasTyped(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		a, _ := p.write("Prva.")
		code := a.code()
		w.now = w.now.Add(14 * time.Minute)
		page := p.get("/hr/contact/messages")
		if page.StatusCode != 200 {
			t.Fatalf("after fourteen minutes: %d", page.StatusCode)
		}
		v := page.form("/hr/contact/messages")
		v.Set("text", "Druga, dugo pisana.")
		w.now = w.now.Add(16 * time.Minute)
		old := p.client.Jar.Cookies(mustURL(p.url))
		if a := p.get("/hr/contact/messages"); a.StatusCode != 303 || a.Header.Get("Location") != "/hr/contact/code" {
			t.Errorf("after half an hour: %d", a.StatusCode)
		}
		again := p.post("/hr/contact/messages", v)
		if again.StatusCode != 401 || again.form("/hr/contact/messages").Get("text") != "Druga, dugo pisana." {
			t.Fatalf("what was typed: %d %v", again.StatusCode, again.form("/hr/contact/messages"))
		}
		wrong := again.form("/hr/contact/messages")
		wrong.Set("code", vault.NewCode().Printed())
		if a := p.post("/hr/contact/messages", wrong); a.StatusCode != 422 || a.form("/hr/contact/messages").Get("text") != "Druga, dugo pisana." {
			t.Errorf("with a wrong code: %d", a.StatusCode)
		}
		with := again.form("/hr/contact/messages")
		with.Set("code", code)
		if a := p.post("/hr/contact/messages", with); a.StatusCode != 303 {
			t.Fatalf("with the code: %d %s", a.StatusCode, a.Find("main").Text())
		}
		if text := p.get("/hr/contact/messages").Find(".thread").Text(); !strings.Contains(text, "Druga, dugo pisana.") {
			t.Errorf("thread: %s", text)
		}
		// A cookie of before opens nothing, and its moment cannot be made newer by hand.
		parts := strings.Split(old[0].Value, ".")
		for _, value := range []string{old[0].Value, parts[0] + ".zzzzzz." + parts[2], parts[0], ""} {
			p.client = p.browser()
			p.client.Jar.SetCookies(mustURL(p.url), []*http.Cookie{{Name: old[0].Name, Value: value, Path: "/"}})
			if a := p.get("/hr/contact/messages"); a.StatusCode != 303 {
				t.Errorf("an old cookie: %d", a.StatusCode)
			}
		}
	})
}

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

func TestLeave_endsTheVisitAndHasTheBrowserForget(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		p.write("Dobar dan")
		kept := p.client.Jar.Cookies(mustURL(p.url))
		a := p.get("/en/contact/leave")
		if a.StatusCode != 303 || a.Header.Get("Location") != "/en/programme" || a.Header.Get("Clear-Site-Data") != `"cache", "cookies", "storage"` || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("leave: %d %v", a.StatusCode, a.Header)
		}
		if len(p.client.Jar.Cookies(mustURL(p.url))) != 0 || p.count(`SELECT COUNT(*) FROM support_visits`) != 0 {
			t.Error("the visit is there still")
		}
		p.client.Jar.SetCookies(mustURL(p.url), kept)
		if a := p.get("/hr/contact/messages"); a.StatusCode != 303 {
			t.Errorf("a copied cookie opens: %d", a.StatusCode)
		}
		p.client = p.browser()
		if a := p.get("/hr/contact/leave"); a.StatusCode != 303 || len(a.Cookies()) != 0 {
			t.Errorf("without a visit: %d %v", a.StatusCode, a.Cookies())
		}
	})
}

func TestThread_whoHasReadWhatAndWhatIsForTheTeamIsNotShown(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		p.write("Prva.")
		var id string
		w.must(w.DB.Get(t.Context(), &id, `SELECT id FROM support_requests`, nil))
		w.now = w.now.Add(10 * time.Minute)
		if _, err := w.Thread(t.Context(), w.team[1], id); err != nil {
			t.Fatal(err)
		}
		w.must(w.Write(t.Context(), w.team[0], id, Change{Entries: []Entry{{Kind: Message, Text: "Odgovor <b>tima</b>."}, {Kind: Note, Text: "Samo za tim."}, {Kind: Joined, Who: w.team[2].ID}, {Kind: Closed}}, State: "closed", Waiting: Since(nil)}))
		a := p.get("/hr/contact/messages")
		text := a.Find(".thread").Text()
		for _, want := range []string{"Otvoreno: Osoba eva, četvrtak, 26. studenoga u 11 sati", "Odgovor <b>tima</b>.", "Osoba iva od sada čita", "Razgovor je zaključen"} {
			if !strings.Contains(text, want) {
				t.Errorf("lacks %q: %s", want, text)
			}
		}
		if strings.Contains(a.body, "Samo za tim") || a.Find(".thread b").Length() != 0 {
			t.Error("a note for the team, or markup, is shown")
		}
		// Who writes again opens it again, and waits.
		v := a.form("/hr/contact/messages")
		v.Set("text", "Još nešto.")
		if a := p.post("/hr/contact/messages", v); a.StatusCode != 303 {
			t.Fatalf("say: %d", a.StatusCode)
		}
		p.post("/hr/contact/messages", v) // twice is once
		if n := strings.Count(p.get("/hr/contact/messages").Find(".thread").Text(), "Još nešto."); n != 1 {
			t.Errorf("sent twice: %d", n)
		}
		if p.count(`SELECT COUNT(*) FROM support_requests WHERE state = 'open' AND waiting_hour IS NOT NULL`) != 1 {
			t.Error("not open, or nobody waits")
		}
		if a := p.post("/hr/contact/messages", url.Values{"text": {" "}}); a.StatusCode != 422 {
			t.Errorf("nothing: %d", a.StatusCode)
		}
		if text := p.get("/hr/contact/messages").Find("main").Text(); !strings.Contains(text, "Odgovor najkasnije: četvrtak, 26. studenoga u 14 sati") {
			t.Errorf("when an answer comes is not said: %s", text)
		}
	})
}

func TestMore_isKeptSealedAndTakenBack(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		w.must(w.SaveSettings(t.Context(), Settings{Topics: []Topic{{Code: "kuca", Name: i18n.Text{i18n.HR: "Kod kuće nije dobro"}}}, Hours: 24}, "test"))
		p.write("Prva.")
		v := p.get("/hr/contact/messages").form("/messages/more")
		for name, value := range map[string]string{"topic": "kuca", "name": "Vid", "namesafe": "samo ovdje", "pronouns": "on", "ways": "pišite", "times": "ujutro", "email": "nije adresa", "phone": "01", "nottell": "nitko"} {
			if _, ok := v[name]; !ok {
				t.Errorf("%s is not asked", name)
			}
			v.Set(name, value)
		}
		bad := p.post("/hr/contact/messages/more", v)
		if bad.StatusCode != 422 || bad.Find("#e-email").Length() != 1 || bad.form("/messages/more").Get("name") != "Vid" {
			t.Fatalf("a wrong address: %d", bad.StatusCode)
		}
		v.Set("email", "vid@kvart.test")
		if a := p.post("/hr/contact/messages/more", v); a.StatusCode != 303 {
			t.Fatalf("more: %d", a.StatusCode)
		}
		kept := p.get("/hr/contact/messages").form("/messages/more")
		for name := range v {
			if kept.Get(name) != v.Get(name) {
				t.Errorf("%s: %q", name, kept.Get(name))
			}
		}
		if a := p.post("/hr/contact/messages/more", url.Values{"topic": {"drugo"}}); a.StatusCode != 303 || p.get("/hr/contact/messages").form("/messages/more").Get("name") != "" {
			t.Error("what was said cannot be taken back")
		}
		if a := p.get("/hr/contact/messages/more"); a.StatusCode != 303 || a.Header.Get("Location") != "/hr/contact/messages" {
			t.Errorf("asked for as a page: %d", a.StatusCode)
		}
	})
}

// upload sends a message with a file.
func (p *person) upload(text, name string, data []byte) answer {
	p.t.Helper()
	v := p.get("/hr/contact/messages").form("/hr/contact/messages")
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	w := func(k, s string) { p.must(m.WriteField(k, s)) }
	w("form_key", v.Get("form_key"))
	w("text", text)
	f, err := m.CreateFormFile("file", name)
	p.must(err)
	_, err = f.Write(data)
	p.must(err)
	p.must(m.Close())
	r, err := http.NewRequest("POST", p.url+"/hr/contact/messages", &body)
	p.must(err)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return p.do(r)
}

// photo is a JPEG that says where it was taken.
func photo(t testing.TB) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	where := "Exif\x00\x00GPS 45.8 15.9 tajna"
	return slices.Concat(b.Bytes()[:2], []byte{0xff, 0xe1, 0, byte(len(where) + 2)}, []byte(where), b.Bytes()[2:])
}

func TestFile_isAnOpaqueDownloadWithoutWhatAPictureSaysBesideItself(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		p.write("Prva.")
		if a := p.upload("S mjesta", "../../moja slika\u202egpj.exe", photo(t)); a.StatusCode != 303 {
			t.Fatalf("a photo: %d %s", a.StatusCode, a.Find("main").Text())
		}
		a := p.get("/hr/contact/messages")
		link := a.Find(`.thread a[download]`)
		href := link.AttrOr("href", "")
		if name := strings.TrimSpace(link.Text()); !strings.HasSuffix(name, ".jpg") || strings.ContainsAny(name, "/\u202e") || strings.Contains(href, "slika") {
			t.Errorf("name %q at %s", name, href)
		}
		got := p.get(href)
		if got.StatusCode != 200 || got.Header.Get("Content-Type") != "application/octet-stream" || got.Header.Get("Content-Disposition") != `attachment; filename=dokument.jpg` ||
			got.Header.Get("X-Content-Type-Options") != "nosniff" || got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("sent as %v", got.Header)
		}
		if _, err := jpeg.Decode(strings.NewReader(got.body)); err != nil || strings.Contains(got.body, "tajna") || strings.Contains(got.body, "Exif") {
			t.Errorf("not drawn anew: %v", err)
		}
		for name, data := range map[string][]byte{"a.html": []byte("<script>alert(1)</script>\x00"), "a.exe": []byte("MZ\x90\x00\x03"), "a.jpg": []byte("\xff\xd8\xff\xe0 no picture"), "a.svg": []byte("PK\x03\x04"), "prazno.txt": nil} {
			if a := p.upload("ostaje", name, data); a.StatusCode != 422 || a.Find("#e-file").Length() != 1 || a.form("/hr/contact/messages").Get("text") != "ostaje" {
				t.Errorf("%s: %d", name, a.StatusCode)
			}
		}
		if a := p.upload("ostaje", "velika.pdf", append([]byte("%PDF-1.7\n"), make([]byte, MaxFile)...)); a.StatusCode != 422 || a.form("/hr/contact/messages").Get("text") != "ostaje" {
			t.Errorf("too large: %d", a.StatusCode)
		}
		if a := p.upload("", "bilješka.txt", []byte("Što sam zapisala.")); a.StatusCode != 303 {
			t.Errorf("a file without words: %d", a.StatusCode)
		}
		p.client = p.browser()
		if a := p.get(href); a.StatusCode != 303 {
			t.Errorf("without a visit: %d", a.StatusCode)
		}
		p.write("Druga osoba.")
		if a := p.get(href); a.StatusCode != 404 {
			t.Errorf("in another's visit: %d", a.StatusCode)
		}
	})
}

func TestExport_holdsEverythingAndEraseLeavesNothing(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		sent, _ := p.write("Prva poruka.")
		p.post("/hr/contact/messages/more", url.Values{"name": {"Vid"}})
		p.upload("S prilogom", "bilješka.txt", []byte("Što sam zapisala."))
		a := p.get("/hr/contact/messages/export")
		z, err := zip.NewReader(strings.NewReader(a.body), int64(len(a.body)))
		if err != nil || a.Header.Get("Content-Disposition") != `attachment; filename=kontakt.zip` {
			t.Fatalf("%v %v", err, a.Header)
		}
		all := ""
		for _, f := range z.File {
			r, err := f.Open()
			w.must(err)
			b, err := io.ReadAll(r)
			w.must(err)
			all += f.Name + "\n" + string(b)
		}
		for _, want := range []string{"kontakt.txt", "kontakt.json", "02-bilješka.txt", "Prva poruka.", "Vid", "Što sam zapisala."} {
			if !strings.Contains(all, want) {
				t.Errorf("the export lacks %q: %s", want, all)
			}
		}
		if ask := p.post("/hr/contact/messages/erase", nil); ask.Find("form.ask").Length() != 1 || p.count(`SELECT COUNT(*) FROM support_requests`) != 1 {
			t.Error("erased without asking")
		}
		gone := p.post("/hr/contact/messages/erase", url.Values{"sure": {"1"}})
		if gone.StatusCode != 200 || !strings.Contains(gone.Find("main").Text(), "30 dana") {
			t.Errorf("erase: %d", gone.StatusCode)
		}
		for _, table := range []string{"support_requests", "support_items", "support_grants", "support_visits", "support_reads"} {
			if n := p.count(`SELECT COUNT(*) FROM ` + table); n != 0 {
				t.Errorf("%s: %d rows", table, n)
			}
		}
		if a := p.post("/hr/contact/code", url.Values{"code": {sent.code()}}); a.StatusCode != 422 {
			t.Errorf("the code opens still: %d", a.StatusCode)
		}
	})
}

func TestPersonRoutes_allHaveTheirWayOutAndSayNothingInTheirAddress(t *testing.T) {
	each(t, func(w *house) {
		p := w.open("http://localhost")
		n, usual := 0, p.get("/hr/nowhere").Find(`link[rel=icon]`).AttrOr("href", "none")
		for _, r := range p.server.Routes() {
			if !strings.Contains(r.Pattern, "/contact") {
				continue
			}
			n++
			if r.Exit != "contact/leave" || strings.Contains(r.Pattern, "support") {
				t.Errorf("%s", r.Pattern)
			}
			method, path, _ := strings.Cut(strings.NewReplacer("{lang}", "hr", "{part}", "x", "{entry}", "x").Replace(r.Pattern), " ")
			req, err := http.NewRequest(method, p.url+path, nil)
			w.must(err)
			a := p.do(req)
			if a.StatusCode >= 500 || len(a.Cookies()) != 0 || a.StatusCode == 200 && a.Find("[data-leave]").Length() == 0 {
				t.Errorf("%s without anything: %d, %v", r.Pattern, a.StatusCode, a.Cookies())
			}
			if a.StatusCode != 303 && a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Referrer-Policy") != "same-origin" {
				t.Errorf("%s: %d with Cache-Control %q, Referrer-Policy %q", r.Pattern, a.StatusCode, a.Header.Get("Cache-Control"), a.Header.Get("Referrer-Policy"))
			}
			if title := strings.TrimSpace(a.Find("title").Text()); a.Find("title").Length() > 0 && !strings.HasPrefix(title, "Kontakt") {
				t.Errorf("%s: %d has the title %q", r.Pattern, a.StatusCode, title)
			}
			if icon := a.Find(`link[rel=icon]`).AttrOr("href", ""); a.Find("title").Length() > 0 && icon != usual {
				t.Errorf("%s: the icon %q, elsewhere %q", r.Pattern, icon, usual)
			}
			if a.StatusCode == 200 && !strings.Contains(a.Find("main").Text(), "Povijest preglednika ne može obrisati") {
				t.Errorf("%s does not say that the history stays", r.Pattern)
			}
			if pattern := p.server.Pattern(req); pattern != "" {
				t.Errorf("%s is counted by its name", pattern)
			}
		}
		if n < 10 {
			t.Errorf("%d routes", n)
		}
	})
}
