package app

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
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

	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/mail"
	"kvart/internal/platform/vault"
	"kvart/internal/programme"
	"kvart/internal/support"
)

// refusedAs begins the addresses that nobody takes: what refuses them repeats them, as servers of mail and gateways do.
const refusedAs = "odbija"

// letters is a server of mail. It keeps what somebody reads who looks over a shoulder: all but to whom it is.
type letters struct {
	port  int
	mu    sync.Mutex
	taken []string
}

func newLetters(t *testing.T) *letters {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	b := &letters{port: l.Addr().(*net.TCPAddr).Port}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go b.serve(conn)
		}
	}()
	return b
}

func (b *letters) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	say := func(line string) { _, _ = io.WriteString(conn, line+"\r\n") }
	say("220 mail.test")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(strings.TrimSpace(line)); {
		case strings.HasPrefix(verb, "RCPT") && strings.Contains(line, refusedAs):
			say("550 " + strings.TrimSpace(line) + " is unknown here")
		case verb == "DATA":
			say("354 go on")
			var m strings.Builder
			for {
				l, err := in.ReadString('\n')
				if err != nil || l == ".\r\n" {
					break
				}
				if !strings.HasPrefix(l, "To: ") {
					m.WriteString(l)
				}
			}
			b.mu.Lock()
			b.taken = append(b.taken, m.String())
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

func (b *letters) all() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.taken
}

func (b *letters) settings() *mail.Settings {
	return &mail.Settings{Host: "127.0.0.1", Port: b.port, From: "Četvrt <posta@primjer.test>", TLS: mail.Open}
}

// shortWords is a gateway of SMS that refuses everything, with its number in the refusal.
type shortWords struct{}

func (shortWords) Send(_ context.Context, number, text string) error {
	return errors.New("no route to " + number + ": " + text)
}

// browser is somebody's, which fills in forms as they stand on its page.
type browser struct {
	*canary
	http *http.Client
	url  string
	path string
	page *goquery.Document
}

// serve is the program behind an address, as it serves.
func (c *canary) serve() string {
	c.t.Helper()
	c.Server.Limits = auth.NewLimiter(c.Now) // many rounds come from one address
	server := httptest.NewServer(c.Metrics.Wrap(c.Server.Handler()))
	c.t.Cleanup(server.Close)
	return server.URL
}

func (c *canary) browser(url string) *browser {
	jar, err := cookiejar.New(nil)
	c.must(err)
	return &browser{canary: c, http: &http.Client{Jar: jar}, url: url}
}

func (b *browser) do(method, path, kind string, body io.Reader, want int) *goquery.Document {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, body)
	b.must(err)
	req.Header.Set("User-Agent", "Mozilla/5.0")
	req.Header.Set("Sec-Fetch-User", "?1")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
		req.Header.Set("Origin", b.url) // and no Sec-Fetch-Site: an older browser's form
	}
	resp, err := b.http.Do(req)
	b.must(err)
	defer resp.Body.Close()
	b.page, err = goquery.NewDocumentFromReader(resp.Body)
	b.must(err)
	if b.path = resp.Request.URL.Path; resp.StatusCode != want {
		b.t.Fatalf("%s %s: %d, want %d: %s", method, path, resp.StatusCode, want, b.page.Find("main").Text())
	}
	b.cookies()
	return b.page
}

func (b *browser) get(path string) *goquery.Document {
	b.t.Helper()
	return b.do(http.MethodGet, path, "", nil, http.StatusOK)
}

// cookies hides those that the browser has, and says how many.
func (b *browser) cookies() int {
	at, err := url.Parse(b.url)
	b.must(err)
	list := b.http.Jar.Cookies(at)
	for _, cookie := range list {
		secret, _, _ := strings.Cut(cookie.Value, ".") // a visit's is followed by its moment and proof
		b.hidden.once("the cookie "+cookie.Name, secret)
	}
	return len(list)
}

// form is what the page's form to the action would send: nothing for an empty action stands for the page itself.
func (b *browser) form(action string) (to string, v url.Values) {
	b.t.Helper()
	form := b.page.Find("main form").FilterFunction(func(_ int, f *goquery.Selection) bool {
		return strings.HasSuffix(f.AttrOr("action", ""), action) && (action != "" || f.AttrOr("action", "") == "")
	}).First()
	if form.Length() == 0 {
		b.t.Fatalf("%s has no form to %q: %s", b.path, action, b.page.Find("main").Text())
	}
	v = url.Values{}
	form.Find("input[name], textarea[name], select[name]").Each(func(_ int, f *goquery.Selection) {
		name, kind := f.AttrOr("name", ""), f.AttrOr("type", "")
		_, checked := f.Attr("checked")
		switch {
		case kind == "file" || (kind == "checkbox" || kind == "radio") && !checked:
		case goquery.NodeName(f) == "textarea":
			v.Add(name, f.Text())
		case goquery.NodeName(f) == "select":
			v.Add(name, f.Find("option[selected]").AttrOr("value", ""))
		default:
			v.Add(name, f.AttrOr("value", ""))
		}
	})
	if to = form.AttrOr("action", ""); to == "" {
		to = b.path
	}
	return to, v
}

// send fills in the form to the action with name and value by turns, and sends it.
func (b *browser) send(action string, want int, filled ...string) *goquery.Document {
	b.t.Helper()
	to, v := b.form(action)
	for i := 0; i < len(filled); i += 2 {
		v.Del(filled[i])
	}
	for i := 0; i < len(filled); i += 2 {
		v.Add(filled[i], filled[i+1])
	}
	return b.do(http.MethodPost, to, plainForm, strings.NewReader(v.Encode()), want)
}

// attach sends the form to the action with a file.
func (b *browser) attach(action, name string, data []byte, want int, filled ...string) {
	b.t.Helper()
	to, v := b.form(action)
	for i := 0; i < len(filled); i += 2 {
		v.Set(filled[i], filled[i+1])
	}
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for key, list := range v {
		for _, value := range list {
			b.must(m.WriteField(key, value))
		}
	}
	f, err := m.CreateFormFile("file", name)
	b.must(err)
	_, err = f.Write(data)
	b.must(err)
	b.must(m.Close())
	b.do(http.MethodPost, to, m.FormDataContentType(), &body, want)
}

// shows fails where the page does not show the text.
func (b *browser) shows(text string) {
	b.t.Helper()
	if !strings.Contains(b.page.Find("main").Text(), text) {
		b.t.Errorf("%s does not show %q: %s", b.path, strings.ReplaceAll(text, b.mark, "…"), strings.ReplaceAll(b.page.Find("main").Text(), b.mark, "…"))
	}
}

// signIn opens the desk, and with it the key.
func (b *browser) signIn(login string) {
	b.t.Helper()
	b.get("/desk/sign-in")
	b.send("/desk/sign-in", http.StatusUnprocessableEntity, "login", login, "passphrase", b.phrase()+"?")
	b.send("/desk/sign-in", http.StatusOK, "login", login, "passphrase", b.phrase())
	if n := b.cookies(); n != 2 {
		b.t.Errorf("%d cookies after signing in, want the session's and the key's", n)
	}
}

// pages is the story of a person, a team, those to whom it is passed on and those who want to come to a discreet session, told over
// HTTP: each form is filled in as it stands on its page.
func (c *canary) pages() {
	c.t.Helper()
	ctx := c.t.Context()
	at := c.serve()
	mark := func(kind string) string { return c.mark + "-" + kind }
	ana, iva := c.team[0], c.team[2]

	// Somebody writes. What cannot be sent comes back; what can is sent twice.
	person := c.browser(at)
	person.get("/hr/contact")
	person.send("/contact", http.StatusUnprocessableEntity, "to", "nigdje", "text", mark("nikamo"))
	person.send("/contact", http.StatusUnprocessableEntity, "to", c.centre, "text", strings.Repeat(mark("predugo "), 20_000)) // a megabyte, nearly
	if person.cookies() != 0 {
		c.t.Error("a cookie before anything was sent")
	}
	_, typed := person.form("/contact")
	typed.Set("to", c.centre)
	typed.Set("text", mark("stranica-poruka"))
	typed.Set("strike", iva.ID)
	for range 2 {
		person.do(http.MethodPost, "/hr/contact", plainForm, strings.NewReader(typed.Encode()), http.StatusOK)
	}
	printed := strings.Join(strings.Fields(person.page.Find(".code").Text()), " ")
	code, err := vault.ParseCode(printed)
	c.must(err)
	c.digits("the code of a page", printed)
	id, _, err := c.Support.ByCode(ctx, code)
	c.must(err)

	// They leave, come back, and add what helps: words, files, how to be reached.
	person.get("/hr/contact/leave")
	if person.cookies() != 0 {
		c.t.Error("a cookie stays when the page is left")
	}
	person.get("/hr/contact/code")
	person.send("/contact/code", http.StatusUnprocessableEntity, "code", printed[:34]+mark("slovo"))
	person.send("/contact/code", http.StatusOK, "code", printed)
	person.shows(mark("stranica-poruka"))
	person.send("/messages/more", http.StatusOK, "name", mark("ime"), "namesafe", mark("sigurno"), "pronouns", mark("zamjenice"), "ways", mark("nacini"), "times", mark("vremena"),
		"email", c.mark+"@primjer.test", "phone", "091 234 5678", "nottell", mark("netko"))
	c.hidden.once("a telephone number", "91 234 5678")
	c.hidden.once("a telephone number", "+385912345678")
	person.send("/messages/more", http.StatusUnprocessableEntity, "email", c.mark+"@@")
	for i, size := range []int{3_000, 400_000} { // the second waits for one of the places of large forms
		data := append([]byte("%PDF-1.4\n"), bytes.Repeat([]byte(mark("bajtovi ")), size/len(mark("bajtovi ")))...)
		person.get("/hr/contact/messages")
		person.attach("/contact/messages", mark([]string{"prvi", "drugi"}[i])+".pdf", data, http.StatusOK, "text", mark("uz datoteku"))
	}
	person.attach("/contact/messages", mark("slika.png"), []byte("\x89PNG\r\n\x1a\n"+mark("nije slika")), http.StatusUnprocessableEntity, "text", mark("uz sliku"))
	person.get("/hr/contact/messages/export")
	passer := c.browser(at) // whose code is asked for, with what was typed
	passer.do(http.MethodPost, "/hr/contact/messages", plainForm, strings.NewReader(url.Values{"text": {mark("bez posjeta")}}.Encode()), http.StatusUnauthorized)

	// The team reads and answers, by a screen that is locked meanwhile.
	worker := c.browser(at)
	worker.signIn(c.logins[0])
	thread := "/desk/messages/thread/" + id
	worker.get("/desk/messages")
	if worker.page.Find(`a[href="`+thread+`"]`).Length() != 1 {
		c.t.Error("the inbox does not list what was written")
	}
	worker.get(thread)
	worker.shows(mark("stranica-poruka"))
	worker.shows(mark("ime"))
	worker.send("/answer", http.StatusOK, "text", mark("odgovor"), "notice", "mail", "notice", "sms")
	worker.get(thread)
	worker.send("/note", http.StatusOK, "text", mark("biljeska"))
	worker.attach("/file", mark("letak.txt"), []byte(mark("letak")), http.StatusOK, "text", mark("uz letak"))
	saved := worker.page.Find(`a[href*="/file/"]`).First().AttrOr("href", "")
	worker.get(saved)
	worker.get(thread)
	_, typed = worker.form("/answer")
	worker.do(http.MethodPost, "/desk/lock", plainForm, strings.NewReader(""), http.StatusUnauthorized)
	typed.Set("text", mark("pisano pod kljucem"))
	worker.do(http.MethodPost, thread+"/answer", plainForm, strings.NewReader(typed.Encode()), http.StatusUnauthorized)
	typed.Set("_passphrase", c.phrase())
	worker.do(http.MethodPost, thread+"/answer", plainForm, strings.NewReader(typed.Encode()), http.StatusOK)
	worker.get(thread)
	worker.shows(mark("pisano pod kljucem"))
	person.get("/hr/contact/messages")
	person.send("/more", http.StatusOK, "email", refusedAs+c.mark+"@primjer.test")
	worker.get(thread)
	worker.send("/answer", http.StatusOK, "text", mark("nije obavijesteno"), "notice", "mail")

	// It is passed on with consent, accepted, and answered.
	worker.get(thread + "/refer")
	message := worker.page.Find("input[name=messages]").First().AttrOr("value", "")
	worker.send("", http.StatusUnprocessableEntity, "summary", mark("sazetak koji ostaje"), "to", "")
	until := c.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	worker.send("", http.StatusOK, "to", "organisation:"+c.partner, "fields", "name", "fields", "reach", "messages", message, "summary", mark("sazetak"), "until", until)
	person.get("/hr/contact/messages")
	person.shows(mark("sazetak"))
	person.send("/yes", http.StatusOK)
	receiver := c.browser(at)
	receiver.signIn(c.gets)
	receiver.get("/desk/messages/referrals")
	packet := receiver.page.Find(".todo > li a").First().AttrOr("href", "")
	receiver.get(packet)
	if strings.Contains(receiver.page.Text(), mark("sazetak")) {
		c.t.Error("a packet is read before it is accepted")
	}
	_, row := receiver.form(packet)
	if row.Get("state") != "accepted" {
		c.t.Errorf("the first press is %q", row.Get("state"))
	}
	receiver.send(packet, http.StatusOK)
	receiver.shows(mark("sazetak"))
	receiver.shows(mark("ime"))
	receiver.send(packet, http.StatusOK) // in progress
	receiver.send(packet, http.StatusUnprocessableEntity, "state", "completed", "outcome", "", "words", mark("bez ishoda"))
	receiver.send(packet, http.StatusOK, "state", "completed", "outcome", "got_help", "words", mark("sve je sredeno"))
	worker.get("/desk/messages/referrals")
	worker.get(thread)
	worker.shows(mark("sve je sredeno"))
	person.get("/hr/contact/messages")
	person.shows(mark("sve je sredeno"))
	worker.get(thread + "/refer") // another is asked, who says no
	worker.send("", http.StatusOK, "to", "organisation:"+c.partner, "summary", mark("drugi sazetak"), "until", until)
	person.get("/hr/contact/messages")
	person.send("/yes", http.StatusOK)
	receiver.get("/desk/messages/referrals")
	receiver.page.Find(".todo > li a").EachWithBreak(func(_ int, a *goquery.Selection) bool {
		receiver.get(a.AttrOr("href", ""))
		_, row := receiver.form(receiver.path)
		return row.Get("state") != "accepted"
	})
	receiver.send(receiver.path, http.StatusOK, "state", "rejected", "outcome", "no_capacity", "words", mark("nemamo mjesta"))
	worker.get(thread + "/outside")
	worker.send("", http.StatusOK, "to", mark("hitna"), "ground", "danger", "what", mark("pozvano"), "delay", mark("jer nije sigurno"))
	worker.get(thread)
	worker.send("/close", http.StatusOK, "outcome", support.Outcomes[0], "text", mark("zatvoreno"))

	// Somebody is heard at the door, gets a code, loses it, and erases everything.
	worker.get("/desk/messages/new")
	worker.send("", http.StatusUnprocessableEntity, "text", mark("usmeno"), "email", c.mark+"@@")
	worker.send("", http.StatusOK, "text", mark("usmeno"), "email", "", "name", mark("ime s vrata"))
	printed = strings.Join(strings.Fields(worker.page.Find(".slip .digits").Text()), " ")
	c.digits("a code given at the door", printed)
	code, err = vault.ParseCode(printed)
	c.must(err)
	door, _, err := c.Support.ByCode(ctx, code)
	c.must(err)
	worker.get("/desk/messages/thread/" + door + "/code")
	worker.send("", http.StatusOK, "known", "1")
	printed = strings.Join(strings.Fields(worker.page.Find(".slip .digits").Text()), " ")
	c.digits("a new code given at the door", printed)
	other := c.browser(at)
	other.get("/hr/contact/code")
	other.send("/contact/code", http.StatusOK, "code", printed)
	other.shows(mark("usmeno"))
	other.send("/erase", http.StatusOK)
	other.send("", http.StatusOK, "sure", "1") // asked once
	other.get("/hr/contact/code")
	other.send("/contact/code", http.StatusUnprocessableEntity, "code", printed)

	// Somebody wants to come to a discreet session. Who reads their card tells them of the change in one press.
	session := c.discreet()
	worker.get(session)
	worker.send("/register", http.StatusUnprocessableEntity, "card_name", mark("na popisu"), "card_email", c.mark+"@@")
	for _, address := range []string{c.mark + "@primjer.test", refusedAs + c.mark + "@primjer.test", ""} {
		worker.get(session)
		worker.send("/register", http.StatusOK, "card_name", mark("na popisu"), "card_email", address, "card_phone", "091 234 5678", "card_needs", mark("rampa"))
		_, link, _ := strings.Cut(worker.page.Find(".slip .link").Text(), "/registrations/")
		c.hidden.secret("the link of a registration", link)
		worker.send("/confirm", http.StatusOK)
	}
	worker.get(session + "?names=1")
	worker.shows(mark("na popisu"))
	worker.shows(mark("rampa"))
	c.must(c.Programme.CancelSession(ctx, c.centre, strings.TrimPrefix(session, "/desk/sessions/"), nil, ana.Account))
	worker.get(session)
	worker.send("/notices", http.StatusOK)
	if n := number(c.t, c.App, `SELECT COUNT(*) FROM registrations WHERE notice_due = 1`, nil); n != 2 { // one is refused by the server of mail, one by the gateway
		c.t.Errorf("%d notices are due still", n)
	}

	sent := c.post.all()
	if len(sent) < 2 {
		c.t.Errorf("%d notices were sent", len(sent))
	}
	for _, m := range sent {
		c.hidden.bytes("a mail that was sent", []byte(m), 1)
	}
}

// discreet is a session of tomorrow that nobody outside the team knows of; its address at the desk.
func (c *canary) discreet() string {
	c.t.Helper()
	ctx := c.t.Context()
	groups, err := c.Network.Groups(ctx, c.DB)
	c.must(err)
	var ids []string
	c.must(c.DB.Tx(ctx, func(tx *db.Tx) error {
		a := programme.Activity{CentreID: c.centre, Title: i18n.Text{i18n.HR: "Krug"}, Kind: programme.Places, RegisterFor: "session", PlaceKind: programme.Outdoors, Place: i18n.Text{i18n.HR: "Kod velikog stabla"},
			Discreet: true, OpensDays: 28, OpensClock: "09:00", State: "published"}
		id, err := c.Programme.AddActivity(ctx, tx, a, groups, "test")
		if err != nil {
			return err
		}
		a.ID = id
		start := c.Now().Truncate(time.Hour).AddDate(0, 0, 1)
		ids, err = c.Programme.AddSessions(ctx, tx, a, []programme.Date{{Start: start, End: start.Add(time.Hour)}}, "test")
		return err
	}))
	return "/desk/sessions/" + ids[0]
}

// refers passes a conversation on with consent, to the end and back, and takes another back that was sent.
func (c *canary) refers() {
	c.t.Helper()
	ctx, s, ana := c.t.Context(), c.Support, c.team[0]
	mark := func(kind string) string { return c.mark + "-" + kind }
	code, err := s.FreshCode(ctx)
	c.must(err)
	c.digits("the code of what is passed on", code.Printed())
	id, person, err := s.Ask(ctx, support.Asking{Header: support.Header{Party: support.Party{Centre: c.centre}, Lang: i18n.HR, Reach: support.Reach{Name: mark("ime"), Ways: mark("nacini"), NotTell: mark("netko")}}, Text: c.text("za dalje"), Code: code})
	c.must(err)
	thread, err := s.Thread(ctx, ana, id)
	c.must(err)
	draft := support.Draft{To: support.Party{Organisation: c.partner}, Name: true, Reach: true, Summary: c.text("sazetak")[:1500], Messages: []string{thread.Entries[0].ID}, Until: c.Now().AddDate(0, 1, 0).Format(time.DateOnly)}
	last := func() support.Referral {
		c.t.Helper()
		list, err := s.Referrals(ctx, person, id)
		c.must(err)
		return list[len(list)-1]
	}
	c.said(s.Propose(ctx, ana, id, support.Draft{To: draft.To, Summary: mark("bez dana"), Until: mark("jucer")}, ""))
	c.must(s.Propose(ctx, ana, id, draft, ""))
	c.must(s.Consent(ctx, person, id, last().ID, "", ""))
	packet := last().Consent.Packet
	c.said(s.MoveReferral(ctx, c.receiver, packet, support.Completed, "", mark("prerano")))
	c.must(s.MoveReferral(ctx, c.receiver, packet, support.Accepted, "", ""))
	got, err := s.Packet(ctx, c.receiver, packet)
	c.must(err)
	if !strings.Contains(got.Sent.Summary, c.mark) {
		c.t.Error("the packet does not open")
	}
	c.must(s.MoveReferral(ctx, c.receiver, packet, support.InProgress, "", ""))
	c.must(s.MoveReferral(ctx, c.receiver, packet, support.OnHold, "", mark("ceka se")))
	c.must(s.MoveReferral(ctx, c.receiver, packet, support.InProgress, "", ""))
	c.must(s.MoveReferral(ctx, c.receiver, packet, support.Completed, "got_help", mark("uspjelo je")))
	_, err = s.Thread(ctx, person, id)
	c.must(err)
	draft.Summary = mark("jos jedan")
	c.must(s.Propose(ctx, ana, id, draft, ""))
	c.must(s.Consent(ctx, ana, id, last().ID, "by_phone", mark("rekla je da")))
	c.must(s.StopReferral(ctx, person, id, last().ID, ""))
	c.must(s.RecordOutside(ctx, ana, id, support.Acted{To: mark("hitna"), Ground: "danger", What: mark("pozvano"), Delay: mark("jer nije sigurno")}, ""))
}

// registers leaves the cards of two who want to come to a discreet session; one is erased.
func (c *canary) registers() {
	c.t.Helper()
	ctx, s := c.t.Context(), c.Support
	mark := func(kind string) string { return c.mark + "-" + kind }
	card := support.Card{Name: mark("na popisu"), Email: c.mark + "@primjer.test", Phone: mark("tel"), Needs: mark("rampa"), Lang: "hr"}
	_, err := s.SealCard(ctx, c.centre, support.Card{Email: c.mark + "@@", Needs: strings.Repeat(mark("rampa"), 20)}, c.Now())
	c.said(err)
	var ids []string
	for range 2 {
		id, err := s.SealCard(ctx, c.centre, card, c.Now().AddDate(0, 0, 7))
		c.must(err)
		ids = append(ids, id)
	}
	cards, err := s.Cards(ctx, c.team[0], ids)
	c.must(err)
	if cards[ids[0]] != card {
		c.t.Error("a card does not open")
	}
	c.must(s.EraseCards(ctx, "test", ids[1]))
}
