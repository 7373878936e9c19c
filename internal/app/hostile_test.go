package app

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
)

// send makes a request and returns its status and page; it wants an answer.
func send(t *testing.T, c *http.Client, method, address, kind, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Errorf("%s %.200s: %v", method, address, err)
		return 0, ""
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Errorf("%s %.200s: %v", method, address, err)
	}
	return resp.StatusCode, string(b)
}

const plainForm = "application/x-www-form-urlencoded"

// TestHostile_badRequestsGetAClearPage sends what browsers of good people do not send, in each language.
func TestHostile_badRequestsGetAClearPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		c := h.browser(t, network.Coordinator, h.scope(network.Coordinator, t))
		visitor := h.browser(t, "", auth.Scope{})
		register := func(lang string) string { return "/" + lang + "/sessions/" + h.session[0] + "/register" }
		for name, one := range map[string]struct {
			body   string
			header []string
			want   int
			says   map[string]string
		}{
			"from another site": {"place=x", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden,
				map[string]string{"hr": "s neke druge stranice", "en": "another site", "nb": "et annet nettsted"}},
			"of another origin": {"place=x", []string{"Origin", "https://elsewhere.example"}, http.StatusForbidden,
				map[string]string{"hr": "s neke druge stranice", "en": "another site", "nb": "et annet nettsted"}},
			"oversized": {"name=" + strings.Repeat("a", web.MaxForm), nil, http.StatusRequestEntityTooLarge,
				map[string]string{"hr": "Preveliko", "en": "large", "nb": "stor"}},
			"in Windows-1250": {"name=\xe8\xe6", nil, http.StatusBadRequest,
				map[string]string{"hr": "Slova su stigla oštećena", "en": "letters", "nb": "Bokstavene"}},
			"with a zero byte": {"name=a%00b", nil, http.StatusBadRequest,
				map[string]string{"hr": "Slova su stigla oštećena", "en": "letters", "nb": "Bokstavene"}},
			"with a broken form": {"%zz", nil, http.StatusBadRequest,
				map[string]string{"hr": "nije obrazac", "en": "not a form", "nb": "ikke et skjema"}},
		} {
			for lang, says := range one.says {
				for who, in := range map[string]struct {
					c    *http.Client
					path string
				}{"a visitor": {visitor, register(lang)}, "the team": {c, "/desk/acting?lang=" + lang}} {
					status, body := send(t, in.c, http.MethodPost, h.url+in.path, plainForm, one.body, one.header...)
					if status != one.want || strings.Count(body, "<h1>") != 1 || !strings.Contains(body, says) || !strings.Contains(body, `<html lang="`+lang+`"`) {
						t.Errorf("a form %s of %s in %s: %d, want %d and a page that says %q:\n%.300s", name, who, lang, status, one.want, says, strings.TrimSpace(body[strings.Index(body, "<h1")+1:]))
					}
				}
			}
		}
		if status, body := send(t, c, http.MethodPost, h.url+"/desk/acting", plainForm, "place=x"); status != http.StatusForbidden || !strings.Contains(body, "<h1>") {
			t.Errorf("acting at no known place: %d", status)
		}
		for _, path := range []string{"/hr/sessions/%ff", "/hr/sessions/%00", "/hr/programme?for=%ff", "/hr/programme?from=%00", "/hr/sessions/" + strings.Repeat("a", 4000),
			"/hr/sessions/00000000-0000-7000-8000-000000000000", "/hr/registrations/%e8", "/calendar/%ff.ics", "/pictures/%ff", "/api/v1/sessions?centre=%ff", "/api/v1/sessions?centre=%00", "/%ff", "/desk/sign-in?next=%ff"} {
			if status, _ := send(t, visitor, http.MethodGet, h.url+path, "", ""); status < 200 || status >= 500 {
				t.Errorf("%.80s: %d", path, status)
			}
		}
		cookie := "kvart=" + strings.Repeat("x", 43)
		for _, path := range []string{"/hr/programme", "/desk/sign-in"} {
			if status, _ := send(t, visitor, http.MethodGet, h.url+path, "", "", "Cookie", cookie); status != http.StatusOK {
				t.Errorf("%s with an unknown session: %d", path, status)
			}
		}
		if status, _ := send(t, visitor, http.MethodGet, h.url+"/desk/", "", "", "Cookie", cookie); status != http.StatusSeeOther {
			t.Errorf("the desk with an unknown session: %d", status)
		}
		// Files as an old spreadsheet writes them, and names of files as old computers have them.
		calendar := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:\xe8@x\r\nDTSTAMP:20261001T000000Z\r\nDTSTART:" + time.Now().AddDate(0, 0, 9).UTC().Format("20060102T150405Z") +
			"\r\nDURATION:PT1H\r\nSUMMARY:Ve\xe8er pjesme\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
		for name, file := range map[string]string{"ve\xe8er.ics": calendar, "kalendar.ics": calendar, "tablica.xlsx": "PK\x03\x04 no sheet", "slika.png": "\x89PNG no picture", "prazno.ics": ""} {
			var body bytes.Buffer
			w := multipart.NewWriter(&body)
			for _, field := range []string{"file", "picture"} {
				part, err := w.CreateFormFile(field, name)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprint(part, file)
			}
			w.Close()
			for _, path := range []string{"/desk/programme/import", "/desk/centre/picture"} {
				status, page := send(t, c, http.MethodPost, h.url+path, w.FormDataContentType(), body.String())
				if status < 200 || status >= 500 {
					t.Errorf("%s at %s: %d", name, path, status)
				}
				if id := regexp.MustCompile(`name="upload" value="([^"]+)"`).FindStringSubmatch(page); id != nil {
					if status, _ := send(t, c, http.MethodPost, h.url+path+"/confirm", plainForm, "upload="+id[1]); status < 200 || status >= 500 {
						t.Errorf("%s taken at %s: %d", name, path, status)
					}
				}
			}
			if status, _ := send(t, c, http.MethodPost, h.url+"/desk/programme/import", "multipart/form-data; boundary=x", "--x\r\nbroken"); status < 400 || status >= 500 {
				t.Errorf("half a file: %d", status)
			}
		}
	})
}

// TestOrigin_aProxyThatChangesHostDoesNotTurnFormsAway: browsers that send no Sec-Fetch-Site are known by their Origin.
func TestOrigin_aProxyThatChangesHostDoesNotTurnFormsAway(t *testing.T) {
	h := open(t, dbtest.SQLite(t))
	for origin, want := range map[string]int{h.url: http.StatusNotFound, "https://elsewhere.example": http.StatusForbidden} {
		req := httptest.NewRequest(http.MethodPost, "http://10.0.0.7:9000/hr/sessions/none/register", strings.NewReader("party=1"))
		req.Header.Set("Content-Type", plainForm)
		req.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		if h.Server.Handler().ServeHTTP(w, req); w.Code != want {
			t.Errorf("from %s: %d, want %d", origin, w.Code, want)
		}
	}
}

// TestHostile_noFieldBreaksAForm sends each form of the desk and of the public pages as its page fills it in, but for
// one field, which holds what no person would type. Whatever the answer, it is never an internal fault.
func TestHostile_noFieldBreaksAForm(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	values := []string{"", "-1", "99999999999999999999", "2026-02-30", "9999-12-31", "25:99", "Europe/Nowhere", "00000000-0000-7000-8000-000000000000", "\u202e'; --{}", strings.Repeat("ž", 5000)}
	dbtest.Long(t, func(t *testing.T, d *db.DB) {
		t.Parallel()
		h := open(t, d)
		for _, role := range []auth.Role{network.Coordinator, network.Lead, ""} {
			c := h.browser(t, role, h.scope(role, t))
			seen := map[string]bool{}
			for _, route := range h.Server.Routes() {
				if !strings.HasPrefix(route.Pattern, "GET ") || strings.Contains(route.Pattern, "/source") || route.Need.IsPublic() == (role != "") {
					continue
				}
				path := h.path(route.Pattern, 0)
				_, page := send(t, c, http.MethodGet, h.url+path, "", "")
				for _, f := range formsOf(t, page) {
					if f.action == "" {
						f.action = path
					}
					if seen[f.action] || endsVisit.MatchString(f.action) {
						continue
					}
					seen[f.action] = true
					if f.asks && role != "" { // one's own place: the page behind the link has this one press, and is the question
						if _, page := send(t, c, f.method, h.url+f.action, plainForm, f.fields.Encode()); !strings.Contains(page, `name="sure"`) {
							t.Errorf("%s asks with JavaScript only: its route has no Ask", f.action)
						}
					}
					for name := range f.fields {
						for _, v := range values {
							changed := url.Values{}
							for n, was := range f.fields {
								changed[n] = was
							}
							if f.asks {
								changed.Set("sure", "1")
							}
							changed.Set(name, v)
							if changed.Has("form_key") && name != "form_key" {
								changed.Set("form_key", db.NewSecretID())
							}
							address, kind, body := h.url+f.action, plainForm, changed.Encode()
							if f.method == http.MethodGet {
								if len(v) > 1000 {
									continue
								}
								address, kind, body = address+"?"+body, "", ""
							}
							if status, page := send(t, c, f.method, address, kind, body); status < 200 || status >= 500 {
								t.Errorf("%s %s as %q with %s %.30q: %d %.200s", f.method, f.action, role, name, v, status, page)
							}
						}
					}
				}
			}
			if most := map[auth.Role]int{network.Coordinator: 20, network.Lead: 6}[role]; len(seen) < most {
				t.Errorf("only %d forms seen as %q", len(seen), role)
			}
		}
	})
}

// TestForms_thatCannotBeTakenBackAskWithoutJavaScriptToo: the page's script adds the yes; who has none is asked by a page.
func TestForms_thatCannotBeTakenBackAskWithoutJavaScriptToo(t *testing.T) {
	h := open(t, dbtest.SQLite(t))
	c := h.browser(t, network.Coordinator, h.scope(network.Coordinator, t))
	_, err := h.Programme.Register(t.Context(), programme.Ask{SessionID: h.session[0], Channel: programme.Desk, Party: 1, By: "test"}, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	state := func() int {
		return number(t, h.App, `SELECT (SELECT COUNT(*) FROM people) + (SELECT COUNT(*) FROM account_roles) + (SELECT SUM(version) FROM sessions) + (SELECT SUM(version) FROM bookings)
			+ (SELECT COUNT(*) FROM registrations WHERE state <> 'cancelled')`, nil)
	}
	before := state()
	asked := map[string]bool{}
	for _, page := range []string{"/desk/people/" + h.person[0], "/desk/sessions/" + h.session[0], "/desk/bookings/" + h.booking[0], "/desk/team"} {
		_, body := send(t, c, http.MethodGet, h.url+page, "", "")
		for _, f := range formsOf(t, body) {
			if !f.asks {
				continue
			}
			f.fields.Set("reason-hr", "Pukla je cijev.")
			status, answer := send(t, c, http.MethodPost, h.url+f.action, plainForm, f.fields.Encode(), "Referer", h.url+page)
			if !strings.Contains(answer, `href="`+page+`?lang=en"`) {
				t.Errorf("in another language, what %s asks leads nowhere", f.action)
			}
			// The form came back on its own address, which opens nothing: "no" leads to the page above it.
			if _, answer := send(t, c, http.MethodPost, h.url+f.action, plainForm, f.fields.Encode(), "Referer", h.url+f.action); strings.HasPrefix(f.action, page+"/") && !strings.Contains(answer, `href="`+page+`"`) {
				t.Errorf("who says no to %s is led nowhere", f.action)
			}
			again := formsOf(t, answer)
			at := slices.IndexFunc(again, func(x pageForm) bool { return x.fields.Get("sure") == "1" })
			if status != http.StatusOK || at < 0 {
				t.Errorf("%s acts without asking: %d", f.action, status)
				continue
			}
			for name := range f.fields {
				if name != "reason-hr" && again[at].fields.Get(name) != f.fields.Get(name) {
					t.Errorf("%s loses %s", f.action, name)
				}
			}
			what := strings.Split(f.action, "/")
			asked[what[1]+" "+what[2]+" "+what[len(what)-1]] = true
			if strings.HasPrefix(f.action, "/desk/bookings") {
				if status, _ := send(t, c, http.MethodPost, h.url+f.action, plainForm, again[at].fields.Encode()); status != http.StatusSeeOther {
					t.Errorf("the second step of %s: %d", f.action, status)
				}
				before++ // the booking's version
			}
		}
	}
	if len(asked) != 7 { // a person, a session, its reminder, a place on it, a booking, a role, a passphrase
		t.Errorf("asked by %v only", asked)
	}
	if after := state(); after != before {
		t.Errorf("something was done before a yes: %d, was %d", after, before)
	}
}

// endsVisit are the forms after which one has no account, no role or another passphrase.
var endsVisit = regexp.MustCompile(`^/desk/(sign-out|lock|unlock|me/everywhere|team/.*/take|welcome|acting)`)

type pageForm struct {
	method, action string
	asks           bool // before it acts
	fields         url.Values
}

// formsOf are the forms of a page, filled in as the page fills them in.
func formsOf(t *testing.T, page string) (list []pageForm) {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	doc.Find("form").Each(func(_ int, form *goquery.Selection) {
		f := pageForm{asks: form.Is("[data-confirm]") || form.Find("[data-confirm]").Length() > 0, method: strings.ToUpper(form.AttrOr("method", "get")), action: form.AttrOr("action", ""), fields: url.Values{}}
		form.Find("input[name], textarea[name], select[name], button[name]").Each(func(_ int, field *goquery.Selection) {
			name, value := field.AttrOr("name", ""), field.AttrOr("value", "")
			switch {
			case field.Is("textarea"):
				value = field.Text()
			case field.Is("select"):
				value = field.Find("option[selected]").AttrOr("value", field.Find("option").AttrOr("value", ""))
			case field.Is("[type=radio]") && f.fields.Has(name) && !field.Is("[checked]"):
				return
			}
			f.fields.Set(name, value)
		})
		list = append(list, f)
	})
	return list
}

// TestForm_sentTwiceAtOnceIsOneSubmission presses the button twice, as an impatient hand does, then goes back and sends
// the form once more.
func TestForm_sentTwiceAtOnceIsOneSubmission(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		for round := range 3 {
			c := h.browser(t, "", auth.Scope{})
			form := url.Values{"name": {fmt.Sprintf("Osoba %d", round)}, "party": {"1"}, "form_key": {fmt.Sprintf("key-%d", round)}}
			places := make([]string, 5)
			var all sync.WaitGroup
			press := func(i int) {
				resp, err := c.PostForm(h.url+"/hr/sessions/"+h.session[0]+"/register", form)
				if err != nil {
					t.Error(err)
					return
				}
				resp.Body.Close()
				if resp.StatusCode != http.StatusSeeOther {
					t.Errorf("press %d: %s", i, resp.Status)
				}
				places[i] = resp.Header.Get("Location")
			}
			for i := range 4 {
				all.Go(func() { press(i) })
			}
			all.Wait()
			press(4)
			for i, p := range places {
				if p != places[0] {
					t.Errorf("press %d led to %s, the first to %s", i, p, places[0])
				}
			}
			var n int
			if err := d.Get(t.Context(), &n, "SELECT COUNT(*) FROM registrations", nil); err != nil || n != round+1 {
				t.Errorf("%d registrations after %d forms: %v", n, round+1, err)
			}
		}
	})
}

// at is the address of the same program with its clock shifted.
func (h *house) at(t *testing.T, shift time.Duration) string {
	a := &App{Config: h.Config, DB: h.DB}
	a.Now = func() time.Time { return time.Now().Add(shift) }
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.Server.Handler().ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	a.PublicURL = server.URL
	if err := a.wire(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.Auth.Cost = h.Auth.Cost
	return server.URL
}

// TestLock_aPageThatComesBackByItselfDoesNotKeepTheScreenOpen leaves the progress of a long import on the screen.
func TestLock_aPageThatComesBackByItselfDoesNotKeepTheScreenOpen(t *testing.T) {
	h := open(t, dbtest.SQLite(t))
	for pressed, want := range map[string]int{"?1": http.StatusOK, "": http.StatusUnauthorized} {
		c := h.browser(t, network.Coordinator, h.scope(network.Coordinator, t))
		for minute := 4; minute <= 8; minute += 4 {
			status, _ := send(t, c, http.MethodGet, h.at(t, time.Duration(minute)*time.Minute)+"/desk/programme", "", "", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-User", pressed)
			if minute == 4 && status != http.StatusOK {
				t.Fatalf("after four minutes: %d", status)
			}
			if minute == 8 && status != want {
				t.Errorf("after eight minutes, Sec-Fetch-User %q in between: %d, want %d", pressed, status, want)
			}
		}
	}
}

// TestClock_setForwardOrBackEndsInAClearPage starts the program again with another clock while a browser is signed in.
func TestClock_setForwardOrBackEndsInAClearPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		c := h.browser(t, network.Coordinator, h.scope(network.Coordinator, t))
		back := h.at(t, -24*time.Hour)
		if status, body := send(t, c, http.MethodPost, back+"/desk/programme/new", plainForm, "title-hr=Kava"); status != http.StatusUnauthorized || !strings.Contains(body, `name="title-hr" value="Kava"`) {
			t.Errorf("a form while the clock is a day back: %d, want the locked page that keeps what was typed", status)
		}
		if status, _ := send(t, c, http.MethodPost, back+"/desk/programme/new", plainForm, url.Values{"title-hr": {"Kava"}, "_passphrase": {"četiri obične riječi"}}.Encode()); status == http.StatusUnauthorized || status >= 500 {
			t.Errorf("unlocked while the clock is a day back: %d", status)
		}
		forward := h.at(t, 48*time.Hour)
		status, body := send(t, c, http.MethodPost, forward+"/desk/programme/new", plainForm, "title-hr=Kava", "Accept-Language", "nb")
		if status != http.StatusUnauthorized || !strings.Contains(body, "<h1>") || !strings.Contains(body, `<html lang="nb"`) {
			t.Errorf("a form two days later: %d, want a page that says that signing in has run out", status)
		}
		if status, _ := send(t, c, http.MethodGet, forward+"/desk/programme/new", "", ""); status != http.StatusSeeOther {
			t.Errorf("a page two days later: %d, want the way to sign in", status)
		}
		if status, _ := send(t, c, http.MethodPost, forward+"/desk/sign-in", plainForm, url.Values{"login": {"nitko"}, "passphrase": {"x"}, "next": {"/desk/programme/new"}}.Encode()); status != http.StatusUnauthorized && status != http.StatusUnprocessableEntity {
			t.Errorf("a wrong sign-in: %d", status)
		}
	})
}

// TestLock_keepsWhatWasTyped locks the screen and sends a form: the page that asks for the passphrase carries it.
func TestLock_keepsWhatWasTyped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		c := h.browser(t, network.Coordinator, h.scope(network.Coordinator, t))
		post := func(path string, v url.Values) (int, string) {
			resp, err := c.PostForm(h.url+path, v)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			b, _ := io.ReadAll(resp.Body)
			return resp.StatusCode, string(b)
		}
		post("/desk/lock", nil)
		status, body := post("/desk/programme/new", url.Values{"title-hr": {"Kava s okusom"}})
		if status != http.StatusUnauthorized || !strings.Contains(body, `name="title-hr" value="Kava s okusom"`) {
			t.Fatalf("locked: %d, and what was typed is lost", status)
		}
		if status, _ = post("/desk/programme/new", url.Values{"title-hr": {"Kava s okusom"}, "_passphrase": {"pogrešna zaporka"}}); status != http.StatusUnauthorized {
			t.Fatalf("a wrong passphrase: %d", status)
		}
		status, body = post("/desk/programme/new", url.Values{"title-hr": {"Kava s okusom"}, "_passphrase": {"četiri obične riječi"}})
		if status == http.StatusUnauthorized || !strings.Contains(body, "Kava s okusom") {
			t.Fatalf("unlocked: %d", status)
		}
	})
}

// TestExpired_whatTheTeamWroteAtLengthWaitsToo sends a note longer than ordinary forms are, and a form that may not be so long.
func TestExpired_whatTheTeamWroteAtLengthWaitsToo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		gone, there := h.browser(t, "", auth.Scope{}), h.browser(t, network.Coordinator, h.scope(network.Coordinator, t))
		long := "text=" + strings.Repeat("a", web.MaxForm)
		note := h.url + "/desk/messages/thread/" + db.NewSecretID() + "/note"
		if status, body := send(t, gone, http.MethodPost, note, plainForm, long); status != http.StatusUnauthorized || !strings.Contains(body, long[5:]) {
			t.Errorf("a long note once the sign-in had ended: %d", status)
		}
		if status, _ := send(t, there, http.MethodPost, note, plainForm, long); status != http.StatusForbidden {
			t.Errorf("of somebody who reads no messages: %d", status)
		}
		for name, c := range map[string]*http.Client{"out": gone, "in": there} {
			if status, _ := send(t, c, http.MethodPost, h.url+"/desk/rooms/new", plainForm, long); status != http.StatusRequestEntityTooLarge {
				t.Errorf("an ordinary form, signed %s: %d", name, status)
			}
			if status, _ := send(t, c, http.MethodPost, note, plainForm, "text="+strings.Repeat("a", web.MaxTeamForm)); status != http.StatusRequestEntityTooLarge {
				t.Errorf("a note that is far too long, signed %s: %d", name, status)
			}
		}
	})
}

// TestExpired_aFormWaitsUntilItsSenderHasSignedInAgain ends everybody's sign-in while a form is being filled in.
func TestExpired_aFormWaitsUntilItsSenderHasSignedInAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		const phrase = "četiri obične riječi"
		for i, held := range [][]auth.Held{
			{{Role: network.Coordinator, Scope: auth.Scope{Kind: network.ScopeCentre, ID: h.there.ID}}},
			{{Role: network.Coordinator, Scope: auth.Scope{Kind: network.ScopeCentre, ID: h.here.ID}}, {Role: network.Coordinator, Scope: auth.Scope{Kind: network.ScopeCentre, ID: h.there.ID}}},
		} {
			login := fmt.Sprintf("koordinacija.%d", i)
			if _, err := h.Auth.AddAccount(t.Context(), login, "Koordinacija", "", phrase, held...); err != nil {
				t.Fatal(err)
			}
			c := h.browser(t, "", auth.Scope{})
			post := func(path string, v url.Values) (int, string) {
				resp, err := c.PostForm(h.url+path, v)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				b, _ := io.ReadAll(resp.Body)
				return resp.StatusCode, string(b)
			}
			if status, _ := post("/desk/sign-in", url.Values{"login": {login}, "passphrase": {phrase}}); status != http.StatusSeeOther {
				t.Fatal(status)
			}
			if _, err := d.Exec(t.Context(), `DELETE FROM sign_ins`, nil); err != nil {
				t.Fatal(err)
			}
			room := url.Values{"name-hr": {"Soba koja čeka"}, "holds": {"12"}, "setup": {"0"}, "clear": {"0"}, "position": {"9"}}
			with := func(pairs ...string) url.Values {
				v := maps.Clone(room)
				for i := 0; i < len(pairs); i += 2 {
					v.Set(pairs[i], pairs[i+1])
				}
				return v
			}
			status, body := post("/desk/rooms/new", room)
			if status != http.StatusUnauthorized || !strings.Contains(body, `name="name-hr" value="Soba koja čeka"`) {
				t.Fatalf("expired: %d, and what was typed is lost", status)
			}
			if status, body = post("/desk/rooms/new", with("_login", login, "_passphrase", "pogrešna zaporka")); status != http.StatusUnauthorized || !strings.Contains(body, "Soba koja čeka") || strings.Contains(body, "pogrešna zaporka") {
				t.Fatalf("a wrong passphrase: %d", status)
			}
			status, body = post("/desk/rooms/new", with("_login", login, "_passphrase", phrase))
			if strings.Contains(body, phrase) {
				t.Fatal("the passphrase is on the page")
			}
			if i == 1 { // at which of the two places?
				if status != http.StatusConflict || !strings.Contains(body, h.there.Name) || !strings.Contains(body, "Soba koja čeka") {
					t.Fatalf("two places: %d", status)
				}
				room.Set("name-hr", "Druga soba koja čeka")
				status, _ = post("/desk/rooms/new", with("_place", h.there.ID))
			}
			if status != http.StatusSeeOther {
				t.Fatalf("signed in again: %d", status)
			}
			var n int
			if err := d.Get(t.Context(), &n, `SELECT COUNT(*) FROM spaces WHERE centre_id = :c AND name LIKE '%soba koja čeka%' OR centre_id = :c AND name LIKE '%Soba koja čeka%'`, db.Args{"c": h.there.ID}); err != nil || n != i+1 {
				t.Fatal(err, n)
			}
		}
	})
}
