package desk

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/mail"
	"kvart/internal/platform/web"
	"kvart/internal/programme"
	"kvart/internal/sharing"
	"kvart/locales"
)

// place is a network of one centre with a room, its desk behind a server, and a clock that stands still.
type place struct {
	*Pages
	t                              *testing.T
	url                            string
	now                            time.Time // a Thursday, half past eight
	net, centre, room              string
	coordinator, host, host2, city string
}

func newPlace(t *testing.T, d *db.DB) *place {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Zagreb")
	if err != nil {
		t.Fatal(err)
	}
	words, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, now: time.Date(2026, 11, 26, 8, 30, 0, 0, zone), net: db.NewID(), centre: db.NewID()}
	now := func() time.Time { return p.now }
	accounts := auth.NewStore(d, now, auth.Secrets{Pepper: []byte(strings.Repeat("p", 32))}, "http://kvart.test")
	accounts.Cost = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	net := &network.Store{DB: d, Now: now, Auth: accounts}
	rooms := &booking.Store{DB: d, Now: now}
	p.Pages = &Pages{Network: net, Booking: rooms, Sharing: &sharing.Store{DB: d, Now: now, Network: net, Booking: rooms, Texts: words}, Mail: &mail.Sender{DB: d, Now: now}, Texts: words, PublicURL: "https://kvart.test",
		Programme: &programme.Store{DB: d, Now: now, Network: net, Booking: rooms, Texts: words, PublicURL: "https://kvart.test", Secret: []byte("secret")}}
	org, area := db.NewID(), db.NewID()
	p.exec(`INSERT INTO networks (id, name, zone, demo) VALUES (:id, :name, 'Europe/Zagreb', 1)`, db.Args{"id": p.net, "name": i18n.Text{i18n.HR: "Mreža"}})
	p.exec(`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, 'udruga', 'cso', 'Udruga')`, db.Args{"id": org})
	p.exec(`INSERT INTO areas (id, slug, kind, name) VALUES (:id, 'cetvrt', 'district', :name)`, db.Args{"id": area, "name": i18n.Text{i18n.HR: "Četvrt"}})
	p.exec(`INSERT INTO centres (id, slug, number, colour, organisation_id, area_id, name, zone, hours) VALUES (:id, 'centar', 1, 1, :org, :area, 'Centar', 'Europe/Zagreb', :hours)`,
		db.Args{"id": p.centre, "org": org, "area": area, "hours": network.HoursList{{Weekday: 4, Opens: "08:00", Closes: "20:00"}, {Weekday: 5, Opens: "09:00", Closes: "20:00"}}})
	p.tx(func(tx *db.Tx) error {
		p.room, err = rooms.AddSpace(t.Context(), tx, booking.Space{CentreID: p.centre, Slug: "velika-soba", Name: i18n.Text{i18n.HR: "Velika soba"}}, "test")
		return err
	})
	at := auth.Scope{Kind: network.ScopeCentre, ID: p.centre}
	p.coordinator = p.account("koordinacija", network.Coordinator, at)
	p.host = p.account("dezurstvo", network.Host, at)
	p.host2 = p.account("zamjena", network.Host, at)
	p.city = p.account("grad", network.CityOfficer, auth.Scope{Kind: network.ScopeNetwork, ID: p.net})

	s := &web.Server{DB: d, Log: slog.New(slog.DiscardHandler), Now: now, Texts: words, Auth: accounts, Sessions: accounts.Sessions(false), Policy: policy,
		PublicURL: "https://kvart.test", Places: net.Places, DeskMenu: Menu,
		Site: func(context.Context) (web.Site, error) {
			return web.Site{Name: i18n.Text{i18n.HR: "Mreža"}, Zone: zone, Demo: true}, nil
		}}
	s.Mount(p.Routes(), []web.Route{{Pattern: "POST /desk/in/{account}", Need: web.Public, Handle: func(w http.ResponseWriter, r *web.Request) error {
		if err := s.Begin(r, r.PathValue("account")); err != nil {
			return err
		}
		return r.See(w, "/desk/")
	}}})
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

func (p *place) exec(q string, args db.Args) {
	p.t.Helper()
	if _, err := p.Network.DB.Exec(p.t.Context(), q, args); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) tx(f func(*db.Tx) error) {
	p.t.Helper()
	if err := p.Network.DB.Tx(p.t.Context(), f); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) account(login string, role auth.Role, in auth.Scope) string {
	p.t.Helper()
	a, err := p.Network.Auth.AddAccount(p.t.Context(), login, "Osoba "+login, login+"@kvart.test", "četiri obične riječi", auth.Held{Role: role, Scope: in})
	if err != nil {
		p.t.Fatal(err)
	}
	return a.ID
}

func (p *place) organisation(name string) string {
	p.t.Helper()
	id := db.NewID()
	p.exec(`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, :slug, 'cso', :name)`, db.Args{"id": id, "slug": network.Slug(name), "name": name})
	return id
}

// plan adds an activity with one session today.
func (p *place) plan(title string, discreet bool, hour int, capacity int) string {
	p.t.Helper()
	var id string
	p.tx(func(tx *db.Tx) error {
		a := programme.Activity{CentreID: p.centre, Title: i18n.Text{i18n.HR: title}, Kind: programme.Places, RegisterFor: "session", PlaceKind: programme.InSpace,
			Discreet: db.Bool(discreet), Capacity: &capacity, OpensDays: 28, OpensClock: "00:00", State: "published"}
		one, err := p.Programme.AddActivity(p.t.Context(), tx, a, nil, "test")
		if err != nil {
			return err
		}
		a.ID = one
		start := time.Date(p.now.Year(), p.now.Month(), p.now.Day(), hour, 0, 0, 0, p.now.Location())
		ids, err := p.Programme.AddSessions(p.t.Context(), tx, a, []programme.Date{{Start: start, End: start.Add(time.Hour), SpaceID: p.room}}, "test")
		if err == nil {
			id = ids[0]
		}
		return err
	})
	return id
}

type browser struct {
	*http.Client
	p *place
}

func (p *place) browser(account string) browser {
	p.t.Helper()
	jar, _ := cookiejar.New(nil)
	b := browser{&http.Client{Jar: jar}, p}
	b.post("/desk/in/"+account, nil)
	return b
}

func (b browser) read(resp *http.Response, err error) (*goquery.Document, int) {
	b.p.t.Helper()
	if err != nil {
		b.p.t.Fatal(err)
	}
	defer resp.Body.Close()
	d, err := goquery.NewDocumentFromReader(resp.Body)
	if err != nil {
		b.p.t.Fatal(err)
	}
	return d, resp.StatusCode
}

func (b browser) get(path string) (*goquery.Document, int) {
	b.p.t.Helper()
	return b.read(b.Get(b.p.url + path))
}

func (b browser) post(path string, f url.Values) (*goquery.Document, int) {
	b.p.t.Helper()
	return b.read(b.PostForm(b.p.url+path, f))
}

func TestToday_discreetIsNeverNamedInTheGridAndNotAtAllForAHost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		p.plan("Šah", false, 10, 12)
		p.plan("Krug povjerenja", true, 12, 8)
		host, _ := p.browser(p.host).get("/desk/")
		if text := host.Text(); strings.Contains(text, "Krug") || !strings.Contains(text, "Šah") {
			t.Error("the host's day names what is discreet, or not what is public")
		}
		busy := host.Find(".grid .bk.busy")
		if busy.Length() != 1 || !strings.Contains(busy.Text(), "zauzeto") || busy.Find("a").Length() != 0 {
			t.Errorf("the discreet block reads %q", busy.Text())
		}
		if _, named := busy.Attr("data-colour"); named {
			t.Error("the discreet block has a colour")
		}
		team := p.browser(p.coordinator)
		if doc, _ := team.get("/desk/"); strings.Contains(doc.Text(), "Krug") {
			t.Error("the team's screen names what is discreet without a press")
		}
		doc, _ := team.get("/desk/?all=1")
		if !strings.Contains(doc.Find(".sessions").Text(), "Krug") || strings.Contains(doc.Find(".grid").Text(), "Krug") {
			t.Error("after the press the list, and only the list, names it")
		}
		if doc, _ := p.browser(p.host).get("/desk/?all=1"); strings.Contains(doc.Text(), "Krug") {
			t.Error("the host gets it by asking")
		}
	})
}

func TestTasks_laterHandTake(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		p.Sources = []network.TaskSource{func(_ context.Context, centre string, now time.Time) ([]network.Task, error) {
			if centre != p.centre {
				return nil, nil
			}
			return []network.Task{
				{Key: "one:1", Title: "desk.tasks.with", Args: []any{"name", "prva"}, Press: "desk.tasks.take", Address: "/desk/x", Method: "GET", Urgency: network.Today, Due: now, Permission: programme.Register},
				{Key: "two:2", Title: "desk.tasks.with", Args: []any{"name", "druga"}, Press: "desk.tasks.take", Address: "/desk/y", Method: "GET", Urgency: network.Soon, Permission: programme.EditProgramme},
			}, nil
		}}
		her, host := p.browser(p.coordinator), p.browser(p.host)
		tasks := func(b browser) string {
			doc, _ := b.get("/desk/")
			return doc.Find("#tasks > ul.todo > li > span").Text()
		}
		if s := tasks(her); !strings.Contains(s, "prva") || !strings.Contains(s, "druga") || strings.Index(s, "prva") > strings.Index(s, "druga") {
			t.Fatalf("her list: %q", s)
		}
		if s := tasks(host); !strings.Contains(s, "prva") || strings.Contains(s, "druga") {
			t.Fatalf("the host's list: %q", s)
		}
		if _, status := host.post("/desk/tasks/later", url.Values{"task": {"two:2"}}); status != http.StatusNotFound {
			t.Errorf("a task that is not hers to see: %d", status)
		}
		her.post("/desk/tasks/later", url.Values{"task": {"one:1"}})
		if s := tasks(her); strings.Contains(s, "prva") {
			t.Errorf("put off, and still there: %q", s)
		}
		if s := tasks(host); !strings.Contains(s, "prva") {
			t.Errorf("put off by her, gone for the host: %q", s)
		}
		if _, status := her.post("/desk/tasks/hand", url.Values{"task": {"two:2"}, "to": {p.host}}); status != http.StatusConflict {
			t.Errorf("handed to somebody who may not do it: %d", status)
		}
		if _, status := host.post("/desk/tasks/hand", url.Values{"task": {"one:1"}, "to": {p.host2}}); status != http.StatusOK {
			t.Fatalf("handing on: %d", status)
		}
		if s := tasks(host); strings.Contains(s, "prva") {
			t.Errorf("handed on, and still on the host's own list: %q", s)
		}
		if s := tasks(p.browser(p.host2)); !strings.Contains(s, "prva") || !strings.Contains(s, "predano vama") {
			t.Errorf("the new owner's list: %q", s)
		}
		if doc, _ := host.post("/desk/tasks/take", url.Values{"task": {"one:1"}}); !strings.Contains(doc.Find("#tasks > ul.todo").Text(), "prva") {
			t.Error("taken back, and not on the list")
		}
		if s := tasks(p.browser(p.host2)); strings.Contains(s, "prva") {
			t.Errorf("two owners: %q", s)
		}
	})
}

func TestTasks_ofWhatOnlyTheOpenKeyTellsNoRowIsWritten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		p.Open = func(r *web.Request) ([]network.Task, error) {
			return []network.Task{{Key: "answers", Title: "desk.tasks.with", Args: []any{"name", "odgovor"}, Press: "desk.tasks.take", Address: "/desk/x", Method: "GET", Urgency: network.Today}}, nil
		}
		rows := func() (n int) {
			if err := d.Get(t.Context(), &n, `SELECT (SELECT COUNT(*) FROM task_marks) + (SELECT COUNT(*) FROM audit_rows)`, nil); err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := rows()
		her := p.browser(p.coordinator)
		doc, _ := her.get("/desk/")
		if list := doc.Find("#tasks > ul.todo > li"); list.Length() != 1 || list.Find("a.btn").Length() != 1 || list.Find("form, details").Length() != 0 {
			html, _ := list.Html()
			t.Errorf("the task: %s", html)
		}
		for path, form := range map[string]url.Values{"later": {}, "hand": {"to": {p.host}}, "take": {}} {
			form.Set("task", "answers")
			if _, status := her.post("/desk/tasks/"+path, form); status != http.StatusNotFound {
				t.Errorf("%s: %d", path, status)
			}
		}
		if n := rows(); n != before {
			t.Errorf("%d rows more", n-before)
		}
		// What was said of it before is not heeded.
		p.exec(`INSERT INTO task_marks (task_key, account_id, later_until, handed_to) VALUES ('answers', :me, :later, :to)`, db.Args{"me": p.coordinator, "later": p.now.AddDate(0, 0, 1).Unix(), "to": p.host})
		if doc, _ := her.get("/desk/"); doc.Find("#tasks > ul.todo > li").Length() != 1 {
			t.Error("the task is gone")
		}
	})
}

func TestTasks_whatIsForOneIsHandedToNobodyElse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		p.Sources = []network.TaskSource{func(_ context.Context, centre string, now time.Time) (list []network.Task, err error) {
			for _, who := range []string{p.coordinator, p.host} { // one key, as support's tasks of several readers have
				list = append(list, network.Task{Key: "fresh:" + centre, Title: "desk.tasks.with", Args: []any{"name", "prva"}, Press: "desk.tasks.take", Address: "/desk/x", Method: "GET", Urgency: network.Safety,
					Permission: programme.Register, For: func(account string) bool { return account == who }})
			}
			return list, nil
		}}
		mine := func(b browser) *goquery.Selection {
			doc, _ := b.get("/desk/")
			return doc.Find("#tasks > ul.todo > li")
		}
		her, host := p.browser(p.coordinator), p.browser(p.host)
		if list := mine(her); list.Length() != 1 || list.Find("details").Length() != 0 {
			t.Errorf("%d tasks, with %d ways to put them off or hand them on", list.Length(), list.Find("details").Length())
		}
		for name, to := range map[string]string{"who sees nothing of it": p.host2, "who has one of their own": p.host} {
			if _, status := her.post("/desk/tasks/hand", url.Values{"task": {"fresh:" + p.centre}, "to": {to}}); status != http.StatusConflict {
				t.Errorf("handed to one %s: %d", name, status)
			}
			p.exec(`DELETE FROM task_marks`, nil)
			p.exec(`INSERT INTO task_marks (task_key, account_id, later_until, handed_to) VALUES (:k, :me, 0, :to)`, db.Args{"k": "fresh:" + p.centre, "me": p.coordinator, "to": to})
			if mine(her).Length() != 1 || mine(host).Length() != 1 || mine(p.browser(p.host2)).Length() != 0 {
				t.Errorf("once handed to one %s: hers %d, the host's %d", name, mine(her).Length(), mine(host).Length())
			}
		}
	})
}

func TestDigests_oneMailADayWithoutNames(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		urgency := network.Today
		p.Sources = []network.TaskSource{func(context.Context, string, time.Time) ([]network.Task, error) {
			return []network.Task{{Key: "one:1", Title: "desk.tasks.with", Args: []any{"name", "Šah"}, Urgency: urgency, Permission: programme.Register}}, nil
		}}
		mails := func() (list []string) {
			t.Helper()
			if err := p.Digests(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := d.Select(t.Context(), &list, `SELECT to_address || ' ' || subject || ' ' || body FROM mails ORDER BY to_address`, nil); err != nil {
				t.Fatal(err)
			}
			p.exec(`DELETE FROM mails`, nil)
			return list
		}
		p.exec(`INSERT INTO absences (id, account_id, from_date, to_date, substitute_id) VALUES (:id, :a, '2026-11-20', '2026-11-27', :s)`,
			db.Args{"id": db.NewID(), "a": p.host2, "s": p.host})
		list := mails()
		if len(list) != 2 || !strings.HasPrefix(list[0], "dezurstvo@") || !strings.HasPrefix(list[1], "koordinacija@") {
			t.Fatalf("mails: %q", list)
		}
		for _, m := range list {
			if !strings.Contains(m, "1 stvar") || !strings.Contains(m, "Šah") || !strings.Contains(m, "https://kvart.test/desk/") || strings.Contains(m, "Osoba") {
				t.Errorf("mail: %s", m)
			}
		}
		p.now = p.now.Add(3 * time.Hour)
		if list := mails(); len(list) != 0 {
			t.Errorf("a second mail on one day: %q", list)
		}
		p.now = p.now.AddDate(0, 0, 2) // Saturday
		if list := mails(); len(list) != 0 {
			t.Errorf("mail at the weekend: %q", list)
		}
		urgency = network.Safety
		if list := mails(); len(list) != 3 {
			t.Errorf("what is about safety is not mailed at the weekend: %q", list)
		}
	})
}

// TestCannotOpen_movesTheDayAndTellsTheHoldersOfRooms: what fits goes to the other day with its registrations, the rest is
// called off, and an organisation whose room falls is told by mail or by telephone (PRACTICE, "Cannot open today").
func TestCannotOpen_movesTheDayAndTellsTheHoldersOfRooms(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		chess, yoga := p.plan("Šah", false, 10, 12), p.plan("Joga", false, 12, 8)
		if _, err := p.Programme.Register(t.Context(), programme.Ask{SessionID: chess, Name: "Dunja", Phone: "01 555 010", Channel: programme.Phone, Party: 1, Lang: i18n.HR, By: "test"}, func(string) string { return "/x" }); err != nil {
			t.Fatal(err)
		}
		day := time.Date(2026, 11, 26, 0, 0, 0, 0, p.now.Location())
		book := func(title string, org *string, date, hour int) string {
			at := day.AddDate(0, 0, date).Add(time.Duration(hour) * time.Hour)
			b, err := p.Booking.Book(t.Context(), booking.New{SpaceID: p.room, CentreID: p.centre, OrganisationID: org, Title: title, Start: at, End: at.Add(time.Hour), By: "test"})
			if err != nil {
				t.Fatal(err)
			}
			return b.ID
		}
		silent, reached := p.organisation("Udruga bez pošte"), p.organisation("Udruga s poštom")
		p.account("udruga", network.Member, auth.Scope{Kind: network.ScopeOrganisation, ID: reached})
		tell := book("Sastanak", &silent, 0, 19)
		book("Proba", &reached, 0, 20)
		book("Zauzeto", nil, 2, 12) // where yoga would go
		her := p.browser(p.coordinator)
		f := url.Values{"date": {"2026-11-26"}, "reason-hr": {"Pukla je cijev."}}
		for _, bad := range []string{"2026-11-26", "2026-11-20", "2029-01-01", "sutra"} {
			f.Set("to", bad)
			if _, status := her.post("/desk/cannot-open", f); status != http.StatusUnprocessableEntity {
				t.Errorf("to %s: %d", bad, status)
			}
		}
		f.Set("to", "2026-11-28")
		doc, _ := her.post("/desk/cannot-open", f)
		if text := doc.Find("main").Text(); !strings.Contains(text, "Sastanak") || doc.Find(".tag.warn").Length() != 1 {
			t.Errorf("before it is sure: %q", text)
		}
		f.Set("sure", "1")
		doc, _ = her.post("/desk/cannot-open", f)
		var got []struct {
			ID, State string
			Date      string `db:"local_date"`
		}
		if err := d.Select(t.Context(), &got, `SELECT id, state, local_date FROM sessions ORDER BY local_date`, nil); err != nil || len(got) != 2 ||
			got[0].ID != yoga || got[0].State != "cancelled" || got[1].ID != chess || got[1].State != "planned" || got[1].Date != "2026-11-28" {
			t.Errorf("%+v %v", got, err)
		}
		text := doc.Find("main").Text()
		if !strings.Contains(text, "Šah: subota, 28. studenoga") || !strings.Contains(text, "Treba nazvati 1 osobu") || !strings.Contains(text, "Sastanak (Udruga bez pošte)") || doc.Find(`form[action^="/desk/cannot-open/told/"]`).Length() != 1 {
			t.Errorf("afterwards: %q", text)
		}
		var n int
		if err := d.Get(t.Context(), &n, `SELECT COUNT(*) FROM mails WHERE to_address = 'udruga@kvart.test' AND body LIKE '%Pukla je cijev.%'`, nil); err != nil || n != 1 {
			t.Errorf("%d mails to the organisation, %v", n, err)
		}
		if err := d.Get(t.Context(), &n, `SELECT COUNT(*) FROM bookings b WHERE b.state = 'confirmed' AND b.starts_at < :to`, db.Args{"to": day.AddDate(0, 0, 1).Unix()}); err != nil || n != 0 {
			t.Errorf("%d rooms are still held, %v", n, err)
		}
		tasks := func() string { doc, _ := her.get("/desk/"); return doc.Find(".todo").Text() }
		p.Sources = []network.TaskSource{(&booking.Pages{Store: p.Booking, Network: p.Network}).Tasks}
		if text := tasks(); !strings.Contains(text, "Javite da je otkazana rezervacija") || strings.Contains(text, "Udruga") {
			t.Errorf("nobody is asked to tell the organisation: %q", tasks())
		}
		if _, status := her.post("/desk/cannot-open/told/"+tell, url.Values{"date": {"2026-11-26"}}); status != http.StatusOK || strings.Contains(tasks(), "Javite da je otkazana") {
			t.Errorf("told: %d, %q", status, tasks())
		}
		notice, _ := her.get("/desk/cannot-open/notice?date=2026-11-26")
		if text := notice.Find("article.poster").Text(); !strings.Contains(text, "Šah: subota, 28. studenoga") || !strings.Contains(text, "Joga") || strings.Contains(text, "Sastanak") {
			t.Errorf("notice: %q", text)
		}
	})
}

func TestCannotOpen_callsOffTheDayOnceAndTellsWhoeverCanBeTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		chess := p.plan("Šah", false, 10, 12)
		p.plan("Krug povjerenja", true, 12, 8)
		for _, a := range []programme.Ask{{Name: "Vesna", Email: "vesna@primjer.test", Channel: programme.Web}, {Name: "Dunja", Phone: "01 555 010", Channel: programme.Phone}} {
			a.SessionID, a.Party, a.Lang, a.By = chess, 1, i18n.HR, "test"
			if _, err := p.Programme.Register(t.Context(), a, func(string) string { return "/x" }); err != nil {
				t.Fatal(err)
			}
		}
		p.exec(`DELETE FROM mails`, nil)
		her := p.browser(p.coordinator)
		if _, status := p.browser(p.host).get("/desk/cannot-open"); status != http.StatusForbidden {
			t.Errorf("a host may call off the day: %d", status)
		}
		f := url.Values{"date": {"2026-11-26"}}
		if _, status := her.post("/desk/cannot-open", f); status != http.StatusUnprocessableEntity {
			t.Errorf("without a reason: %d", status)
		}
		f.Set("reason-hr", "Pukla je cijev.")
		doc, _ := her.post("/desk/cannot-open", f)
		if text := doc.Find("main").Text(); !strings.Contains(text, "Šah") || strings.Contains(text, "Krug") || !strings.Contains(text, "Otkazuju se 2 termina") {
			t.Errorf("before it is sure: %q", text)
		}
		var state string
		if err := d.Get(t.Context(), &state, `SELECT state FROM sessions WHERE id = :id`, db.Args{"id": chess}); err != nil || state != "planned" {
			t.Fatalf("looking called it off: %s, %v", state, err)
		}
		f.Set("sure", "1")
		for range 2 {
			doc, _ = her.post("/desk/cannot-open", f)
		}
		if text := doc.Find("main").Text(); strings.Contains(text, "Dunja") || !strings.Contains(text, "Treba nazvati 1 osobu") || !strings.Contains(text, "za 1 prijavu") {
			t.Errorf("afterwards: %q", text)
		}
		if doc, _ := her.get("/desk/cannot-open/done?date=2026-11-26&names=1"); !strings.Contains(doc.Find("table").Text(), "Dunja") || strings.Contains(doc.Find("table").Text(), "Vesna") {
			t.Errorf("call list: %q", doc.Find("table").Text())
		}
		var mails, closures int
		if err := d.Get(t.Context(), &mails, `SELECT COUNT(*) FROM mails`, nil); err != nil || mails != 1 {
			t.Errorf("%d mails, %v", mails, err)
		}
		if err := d.Get(t.Context(), &closures, `SELECT COUNT(*) FROM closures`, nil); err != nil || closures != 1 {
			t.Errorf("%d closures, %v", closures, err)
		}
		notice, _ := her.get("/desk/cannot-open/notice?date=2026-11-26")
		text := notice.Find("article.poster").Text()
		if !strings.Contains(text, "Pukla je cijev.") || !strings.Contains(text, "Šah") || strings.Contains(text, "Krug") || !strings.Contains(text, "27. studenoga") {
			t.Errorf("notice: %q", text)
		}
		if notice.Find(".tag.sample").Length() != 1 {
			t.Error("the notice of a demo is not marked")
		}
	})
}

func TestTotals_theCityGetsSumsAndNoCentresPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		chess := p.plan("Šah", false, 10, 12)
		p.exec(`UPDATE sessions SET counted = 7, recorded_at = 1 WHERE id = :id`, db.Args{"id": chess})
		her, city := p.browser(p.coordinator), p.browser(p.city)
		if doc, _ := her.get("/desk/totals"); !strings.Contains(doc.Find("tbody").Text(), "7") {
			t.Error("the coordinator's own number is missing")
		}
		doc, status := city.get("/desk/")
		if status != http.StatusOK || !strings.Contains(doc.Find("tbody").Text(), "manje od 10") {
			t.Errorf("the city's page: %d %q", status, doc.Find("tbody").Text())
		}
		for _, path := range []string{"/desk/totals", "/desk/cannot-open", "/desk/cannot-open/notice"} {
			if _, status := city.get(path); status != http.StatusForbidden {
				t.Errorf("%s for the city: %d", path, status)
			}
		}
		if _, status := her.get("/desk/all-totals"); status != http.StatusForbidden {
			t.Errorf("all totals for one centre: %d", status)
		}
		if doc, _ := her.get("/desk/"); doc.Find("a[href='/desk/all-totals']").Length() != 0 {
			t.Error("the coordinator is offered all totals")
		}
		both := p.account("voditeljstvo", network.Lead, auth.Scope{Kind: network.ScopeNetwork, ID: p.net})
		p.exec(`INSERT INTO account_roles (account_id, role, scope_kind, scope_id) VALUES (:a, :r, :k, :c)`, // so that she acts at the centre first
			db.Args{"a": both, "r": string(network.Host), "k": network.ScopeCentre, "c": p.centre})
		lead := p.browser(both)
		if doc, status := lead.get("/desk/totals"); status != http.StatusOK || doc.Find("nav a[href='/desk/all-totals']").Length() == 0 {
			t.Errorf("a lead acting at a centre is not offered all totals: %d", status)
		}
		if _, status := lead.get("/desk/all-totals"); status != http.StatusOK {
			t.Errorf("all totals for a lead acting at a centre: %d", status)
		}
	})
}

func TestMember_seesTheRoomsOfTheOrganisationAndWhomToAsk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		own, other := p.organisation("Zbor susjeda"), p.organisation("Druga udruga")
		her := p.browser(p.account("clanica", network.Member, auth.Scope{Kind: network.ScopeOrganisation, ID: own}))
		if doc, status := her.get("/desk/"); status != http.StatusOK || doc.Find(".session").Length() != 0 || !strings.Contains(doc.Text(), "Centar") {
			t.Errorf("before there is a room: %d %s", status, doc.Find("main").Text())
		}
		for i, b := range []booking.New{{Title: "Proba", OrganisationID: &own}, {Title: "Krug povjerenja", OrganisationID: &own, Confidential: true}, {Title: "Tuđe", OrganisationID: &other}} {
			b.SpaceID, b.CentreID, b.By = p.room, p.centre, "test"
			b.Start = p.now.Add(time.Duration(2+2*i) * time.Hour)
			b.End = b.Start.Add(time.Hour)
			if _, err := p.Booking.Book(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		doc, _ := her.get("/desk/")
		if text := doc.Find(".sessions").Text(); doc.Find(".session").Length() != 1 || !strings.Contains(text, "Proba") || !strings.Contains(text, "Velika soba, Centar") {
			t.Errorf("%q", text)
		}
		for _, after := range []time.Duration{24, 27, 72} { // in hours
			start := p.now.Add(after * time.Hour)
			if _, err := p.Booking.Book(t.Context(), booking.New{SpaceID: p.room, CentreID: p.centre, OrganisationID: &own, Title: "Proba", Start: start, End: start.Add(time.Hour), By: "test"}); err != nil {
				t.Fatal(err)
			}
		}
		doc, _ = her.get("/desk/")
		if days := doc.Find(".day > h2"); days.Length() != 3 || doc.Find(".day").Eq(1).Find(".session").Length() != 2 || !strings.Contains(days.Eq(1).Text(), "27. studenoga") {
			t.Errorf("by day: %q", doc.Find("main").Text())
		}
	})
}
