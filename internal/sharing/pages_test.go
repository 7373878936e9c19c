package sharing_test

import (
	"bytes"
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
	"github.com/xuri/excelize/v2"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/web"
	"kvart/internal/sharing"
)

// desk is a browser signed in as the account in the scope.
type desk struct {
	p      *place
	client *http.Client
	url    string
}

// desks puts the pages behind a server; each browser of it is one account.
func (p *place) desks() func(account string) desk {
	p.t.Helper()
	s := &web.Server{DB: p.DB, Log: slog.New(slog.DiscardHandler), Now: p.Now, Texts: p.Texts, Auth: p.Network.Auth, Sessions: p.Network.Auth.Sessions(false),
		Policy: auth.NewPolicy(network.Contains, booking.Grants, sharing.Grants), PublicURL: "https://kvart.test", Places: p.Network.Places,
		Site: func(context.Context) (web.Site, error) { return web.Site{Zone: time.UTC}, nil }}
	s.Mount((&sharing.Pages{Store: p.Store}).Routes(), []web.Route{{Pattern: "POST /desk/in", Need: web.Public, Handle: func(w http.ResponseWriter, r *web.Request) error {
		f, err := r.Read(w)
		if err != nil {
			return err
		}
		return s.Begin(r, f.Get("account"))
	}}})
	server := httptest.NewServer(s.Handler())
	p.t.Cleanup(server.Close)
	return func(account string) desk {
		jar, err := cookiejar.New(nil)
		p.must(err)
		d := desk{p, &http.Client{Jar: jar}, server.URL}
		d.open("/desk/in", url.Values{"account": {account}})
		return d
	}
}

func (d desk) get(path string, form url.Values) ([]byte, int, string) {
	d.p.t.Helper()
	var resp *http.Response
	var err error
	if form == nil {
		resp, err = d.client.Get(d.url + path)
	} else {
		resp, err = d.client.PostForm(d.url+path, form)
	}
	d.p.must(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	d.p.must(err)
	return b, resp.StatusCode, resp.Request.URL.Path
}

func (d desk) open(path string, form url.Values) (*goquery.Document, int) {
	d.p.t.Helper()
	b, status, _ := d.get(path, form)
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(b))
	d.p.must(err)
	return doc, status
}

// coordinator is an account of the centre.
func (p *place) coordinator() string {
	p.t.Helper()
	a, err := p.Network.Auth.AddAccount(p.t.Context(), "koordinacija", "Osoba", "", "četiri obične riječi", auth.Held{Role: network.Coordinator, Scope: p.atCentre()})
	p.must(err)
	return a.ID
}

func TestPages_fromFindingToTheReason(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, "[]")
		at := p.desks()
		member, other, office := at(p.by[p.a]), at(p.by[p.b]), at(p.coordinator())
		doc, status := member.open("/desk/find?date=2026-11-26&from=13:00&to=15:00&people=20", nil)
		link, _ := doc.Find("#found a").First().Attr("href")
		if status != http.StatusOK || !strings.Contains(link, p.hall) || doc.Find("#found a").Length() != 1 {
			t.Fatalf("%d %q: %s", status, link, doc.Find("#found").Text())
		}
		doc, _ = member.open(link, nil)
		form := url.Values{}
		doc.Find("main form [name]").Each(func(_ int, f *goquery.Selection) {
			if name, _ := f.Attr("name"); name != "confidential" {
				value, _ := f.Attr("value")
				form.Set(name, value)
			}
		})
		form.Set("title", "<b>Proba</b>")
		for range 2 { // a double press asks once
			if _, status := member.open("/desk/ask", form); status != http.StatusOK {
				t.Fatal(status)
			}
		}
		list, err := p.OfOrganisation(t.Context(), p.a)
		p.must(err)
		if len(list) != 1 {
			t.Fatalf("%d requests", len(list))
		}
		form.Set("form_key", "another")
		doc, status = other.open("/desk/ask", form)
		if status != http.StatusConflict || doc.Find("#instead a.chip").Length() == 0 || strings.Contains(doc.Find("#instead").Text(), "Proba") {
			t.Errorf("taken: %d %s", status, doc.Find("#instead").Text())
		}
		if v, _ := doc.Find(`input[name="title"]`).Attr("value"); v != "<b>Proba</b>" {
			t.Errorf("what was typed is lost: %q", v)
		}
		own := "/desk/asked/" + list[0].ID
		for path, want := range map[string]int{own: http.StatusNotFound, "/desk/decide/" + list[0].ID: http.StatusNotFound, "/desk/requests/" + list[0].ID: http.StatusForbidden} {
			if _, status := other.open(path, nil); status != want {
				t.Errorf("%s as another organisation: %d", path, status)
			}
		}
		if _, status := other.open(own+"/withdraw", url.Values{"sure": {"1"}}); status != http.StatusNotFound {
			t.Errorf("another withdraws it: %d", status)
		}
		page := "/desk/requests/" + list[0].ID
		doc, _ = office.open(page, nil)
		version, _ := doc.Find(`input[name="version"]`).Attr("value")
		if doc, status = office.open(page+"/refuse", url.Values{"version": {version}}); status != http.StatusUnprocessableEntity || doc.Find("#e-reason").Length() != 1 {
			t.Errorf("no reason: %d", status)
		}
		if _, status = office.open(page+"/refuse", url.Values{"version": {version}, "reason": {"Zidovi."}}); status != http.StatusOK {
			t.Errorf("refused: %d", status)
		}
		if doc, status = office.open(page+"/approve", url.Values{"version": {version}}); status != http.StatusConflict || !strings.Contains(doc.Find("main").Text(), "Zidovi.") {
			t.Errorf("who read it before: %d", status)
		}
		if doc, _ = member.open(own, nil); !strings.Contains(doc.Find("main").Text(), "Zidovi.") {
			t.Error("the reason is not on the requester's page")
		}
	})
}

func TestPages_confidentialIsTakenToAllOutside(t *testing.T) {
	p := newPlace(t, dbtest.SQLite(t), "[]")
	a := p.want(p.a, hours(0, 2))
	a.Title, a.Note, a.Confidential = "Krug povjerenja", "Nikome", true
	r := p.ask(a)
	colleague, err := p.Network.Auth.AddAccount(t.Context(), "kolega", "Osoba", "", "četiri obične riječi", auth.Held{Role: network.Member, Scope: of(p.a)})
	p.must(err)
	p.must(p.DB.Tx(t.Context(), func(tx *db.Tx) error {
		return p.SetTerms(t.Context(), tx, p.centre, sharing.Terms{SpaceID: p.hall, OwnerID: &p.c, Decides: sharing.ByOwner, Asking: sharing.AskFirst, HoldDays: 3}, "test")
	}))
	name := "Udruga koja pita"
	_, err = p.DB.Exec(t.Context(), `UPDATE organisations SET name = :n WHERE id = :id`, db.Args{"n": name, "id": p.a})
	p.must(err)
	at := p.desks()
	office := p.coordinator()
	if _, status := at(p.by[p.c]).open("/desk/decide/"+r.ID, nil); status != http.StatusOK {
		t.Errorf("the owner cannot answer: %d", status)
	}
	for who, account := range map[string]string{"a colleague": colleague.ID, "the owner": p.by[p.c], "another": p.by[p.b], "the office": office} {
		for _, path := range []string{"/desk/asked", "/desk/asked/" + r.ID, "/desk/decide", "/desk/decide/" + r.ID, "/desk/requests", "/desk/find?date=2026-11-26&from=13:00&to=15:00"} {
			if b, _, _ := at(account).get(path, nil); bytes.Contains(b, []byte("Krug")) || bytes.Contains(b, []byte("Nikome")) {
				t.Errorf("%s reads it at %s", who, path)
			}
			if b, _, _ := at(account).get(path, nil); account == p.by[p.c] && bytes.Contains(b, []byte(name)) {
				t.Errorf("%s reads who asks at %s", who, path)
			}
		}
	}
	if b, _, _ := at(p.by[p.a]).get("/desk/asked/"+r.ID, nil); !bytes.Contains(b, []byte("Krug")) {
		t.Error("who asked does not see what for")
	}
}

func TestPages_pricesAreNotThereUntilTheyAreTurnedOn(t *testing.T) {
	p := newPlace(t, dbtest.SQLite(t), "[]")
	office := p.desks()(p.coordinator())
	for _, path := range []string{"/desk/prices", "/desk/prices/list.xlsx", "/desk/rooms/" + p.hall + "/prices"} {
		if _, status := office.open(path, nil); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestPages_theInvoiceListNamesNothingConfidential(t *testing.T) {
	p := newPlace(t, dbtest.SQLite(t), `["prices"]`)
	at, account := p.desks(), p.coordinator()
	office := at(account)
	rates := url.Values{"commercial-0": {"20,00"}, "commercial-1": {"20"}, "nonprofit-0": {"3.5"}}
	if _, status := office.open("/desk/rooms/"+p.hall+"/prices", rates); status != http.StatusOK {
		t.Fatal(status)
	}
	for _, bad := range []string{"-1", "1,234", "abc", "99999999999999999999", "21"} {
		rates.Set("nonprofit-0", bad)
		if _, status := office.open("/desk/rooms/"+p.hall+"/prices", rates); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", bad, status)
		}
	}
	for i, hidden := range []bool{false, true} {
		held := hours(float64(2*i), float64(2*i+1))
		_, err := p.Booking.Book(t.Context(), booking.New{SpaceID: p.hall, CentreID: p.centre, OrganisationID: &p.a, Title: "Krug", Confidential: hidden, Start: held.Start, End: held.End, By: "test"})
		p.must(err)
	}
	p.now = thursday.AddDate(0, 0, 1)
	office = at(account) // signing in lasts no week
	doc, _ := office.open("/desk/prices?from=2026-11-01&to=2026-11-30", nil)
	if text := doc.Find("table").Text(); !strings.Contains(text, "40,00") || !strings.Contains(text, "33,00") || strings.Contains(text, "Krug") {
		t.Errorf("page: %s", text)
	}
	data, _, _ := office.get("/desk/prices/list.xlsx?from=2026-11-01&to=2026-11-30", nil)
	book, err := excelize.OpenReader(bytes.NewReader(data))
	p.must(err)
	rows, err := book.GetRows("Popis za račune")
	p.must(err)
	if len(rows) != 3 || rows[1][6] != "Krug" || rows[2][6] != "zauzeto" || rows[1][8] != "20" || rows[1][9] != "3.5" {
		t.Errorf("%v", rows)
	}
}

func TestPages_waitingForATakenRoom(t *testing.T) {
	p := newPlace(t, dbtest.SQLite(t), `["slot_waiting"]`)
	taken := p.ask(p.want(p.a, hours(0, 2)))
	at := p.desks()
	member, another := at(p.by[p.b]), at(p.by[p.c])
	form := url.Values{"space": {p.hall}, "title": {"Radionica"}, "date": {"2026-11-26"}, "from": {"13:00"}, "to": {"15:00"}, "people": {"5"}, "weeks": {"1"}, "form_key": {"w1"}}
	doc, status := member.open("/desk/ask", form)
	if status != http.StatusConflict || doc.Find(`main form button`).Last().AttrOr("formaction", "") != "/desk/waits" || doc.Find(`main form button`).First().AttrOr("formaction", "") != "" { // the Enter key asks
		t.Fatalf("%d %s", status, doc.Find("#instead").Text())
	}
	for range 2 { // a double press waits once
		if _, status := member.open("/desk/waits", form); status != http.StatusOK {
			t.Fatal(status)
		}
	}
	p.must(p.refuse(sharing.Answer{RequestID: taken.ID, Scope: p.atCentre(), Reason: "Zidovi."}))
	doc, _ = member.open("/desk/asked", nil)
	take, _ := doc.Find(`#waits form[action$="/take"]`).Attr("action")
	if take == "" {
		t.Fatal("nothing is offered")
	}
	if _, status := another.open(take, url.Values{}); status != http.StatusNotFound {
		t.Errorf("another takes it: %d", status)
	}
	if _, status := member.open(take, url.Values{}); status != http.StatusOK {
		t.Errorf("taking it: %d", status)
	}
	if doc, _ = member.open("/desk/asked", nil); doc.Find("#waits").Length() != 0 || doc.Find(".session").Length() != 1 {
		t.Error("what was taken is not among the requests")
	}
}

func TestPages_settingsAreTheCentresOwn(t *testing.T) {
	p := newPlace(t, dbtest.SQLite(t), "[]")
	office := p.desks()(p.coordinator())
	terms := url.Values{"owner": {p.c}, "decides": {"owner"}, "asking": {"ask"}, "hold_days": {"5"}, "version": {"0"}}
	page := "/desk/rooms/" + p.hall + "/sharing"
	if _, status := office.open(page, terms); status != http.StatusOK {
		t.Fatal(status)
	}
	if doc, status := office.open(page, terms); status != http.StatusConflict || doc.Find(".summary").Length() != 1 {
		t.Errorf("who read it before another changed it: %d", status)
	}
	for field, bad := range map[string]string{"owner": "", "decides": "all", "asking": "", "hold_days": "0"} {
		form := url.Values{"owner": {p.c}, "decides": {"owner"}, "asking": {"ask"}, "hold_days": {"5"}, "version": {"1"}}
		form.Set(field, bad)
		if doc, status := office.open(page, form); status != http.StatusUnprocessableEntity || doc.Find("#e-"+field).Length() == 0 && doc.Find(".fault").Length() == 0 {
			t.Errorf("%s %q: %d", field, bad, status)
		}
	}
	rules := url.Values{"week_hours": {"6"}, "weeks_ahead": {"8"}, "prime_share": {"25"}, "days": {"1", "5"}, "from": {"17:00"}, "to": {"21:00"}, "offer_hours": {"12"}, "version": {"0"}}
	if _, status := office.open("/desk/sharing", rules); status != http.StatusOK {
		t.Fatal(status)
	}
	u, err := p.Booking.FairUse(t.Context(), p.DB, p.centre)
	p.must(err)
	if u.WeekMinutes != 360 || len(u.Prime) != 2 || u.Prime[1].Weekday != 5 || u.OfferHours != 12 {
		t.Errorf("%+v", u)
	}
	own := url.Values{"own": {"1"}, "week_hours": {"20"}, "weeks_ahead": {"0"}, "prime_share": {"0"}, "reason": {""}, "version": {"0"}}
	if doc, status := office.open("/desk/usage/"+p.a, own); status != http.StatusUnprocessableEntity || doc.Find("#e-reason").Length() != 1 {
		t.Errorf("limits of its own without a reason: %d", status)
	}
	own.Set("reason", "Priprema festivala.")
	if _, status := office.open("/desk/usage/"+p.a, own); status != http.StatusOK {
		t.Error(status)
	}
	limits, _, err := p.Booking.LimitsOf(t.Context(), p.DB, p.centre, p.a)
	p.must(err)
	if limits.WeekMinutes != 1200 {
		t.Errorf("%+v", limits)
	}
}
