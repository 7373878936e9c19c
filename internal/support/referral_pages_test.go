package support_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/vault"
	. "kvart/internal/support"
)

// nobody is a browser without a cookie, which follows nothing by itself.
func (d *desk) nobody() *screen {
	d.t.Helper()
	jar, err := cookiejar.New(nil)
	d.must(err)
	return &screen{d.t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, d.url}
}

// visitor is a browser in which the code was typed.
func (d *desk) visitor(code vault.Code) *screen {
	d.t.Helper()
	s := d.nobody()
	s.http.CheckRedirect = nil
	s.page("/hr/contact/code", url.Values{"code": {code.Printed()}})
	return s
}

func TestReferralPages_fromProposalToOutcome(t *testing.T) {
	eachDesk(t, func(d *desk) {
		d.topics()
		p := d.partner()
		id, _, code := d.ask("PRVA-PORUKA")
		d.header(id, func(h *Header) { h.Name, h.Topic, h.NotTell = "Vedran Ime", "doma", "NE-RECI" })
		worker, person := d.reads(d.team[0]), d.visitor(code)

		form := worker.page(thread(id)+"/refer", nil)
		if form.Find("select[name=to] option").Length() != 2 || form.Find("input[name=messages]").Length() != 1 || !strings.Contains(form.Find("main").Text(), "Vedran Ime") {
			t.Fatalf("the form: %s", form.Find("main").Text())
		}
		doc := worker.refused(thread(id)+"/refer", url.Values{"summary": {"OSTAJE-UPISANO"}, "until": {"jučer"}}, http.StatusUnprocessableEntity)
		if doc.Find("#faults li").Length() != 2 || doc.Find("textarea[name=summary]").Text() != "OSTAJE-UPISANO" {
			t.Errorf("faults: %s", doc.Find("#faults").Text())
		}
		until := d.now.AddDate(0, 1, 0).Format(time.DateOnly)
		doc = worker.page(thread(id)+"/refer", url.Values{"to": {"organisation:" + p.id}, "fields": {"topic", "name"}, "summary": {"SAŽETAK"}, "until": {until}, "form_key": {"jednom"}})
		worker.send(thread(id)+"/refer", url.Values{"to": {"organisation:" + p.id}, "fields": {"topic", "name"}, "summary": {"SAŽETAK"}, "until": {until}, "form_key": {"jednom"}})
		if card := doc.Find("#referrals"); !strings.Contains(card.Text(), "predloženo") || !strings.Contains(card.Text(), "Ništa još nije poslano") {
			t.Errorf("the worker sees: %s", card.Text())
		}

		doc = person.page("/hr/contact/messages", nil)
		card := doc.Find("#passing")
		for _, want := range []string{"Smijemo li se javiti: Pravna pomoć?", "Vedran Ime", "Kod kuće nije dobro", "SAŽETAK"} {
			if !strings.Contains(card.Text(), want) {
				t.Errorf("the person is not asked with %q: %s", want, card.Text())
			}
		}
		for _, never := range []string{"upućiv", "zahtjev", "NE-RECI", "korisni"} {
			if strings.Contains(strings.ToLower(card.Text()), strings.ToLower(never)) {
				t.Errorf("the person reads %q: %s", never, card.Text())
			}
		}
		if card.Find("form").Length() != 2 {
			t.Fatalf("%d questions", card.Find("form").Length()/2)
		}
		yes := card.Find("form").First().AttrOr("action", "")
		if who := card.Find("input[name=strike]"); who.Length() != 2 || !strings.Contains(card.Text(), "to bi mogle otvoriti 2 osobe") || !strings.Contains(card.Text(), "Osoba nada") {
			t.Errorf("who would open it: %s", card.Text())
		}
		doc = person.refused(yes, url.Values{"strike": {p.members[0].ID, p.members[1].ID}}, http.StatusConflict)
		if text := doc.Find("main").Text(); !strings.Contains(text, "nije poslano ništa (Pravna pomoć)") || doc.Find("#passing input[name=strike][checked]").Length() != 2 {
			t.Errorf("nobody left: %s", text)
		}
		doc = person.page(yes, url.Values{"strike": {p.members[1].ID}})
		person.page(yes, url.Values{}) // twice
		if card = doc.Find("#passing"); !strings.Contains(card.Text(), "Pitali smo: Pravna pomoć") || card.Find("form").Length() != 1 {
			t.Errorf("after yes: %s", card.Text())
		}

		receiver := d.as(p.members[0].Account)
		if doc = receiver.page("/desk/messages/referrals", nil); doc.Find("main input[name=passphrase]").Length() != 1 {
			t.Fatalf("with a closed key: %s", doc.Find("main").Text())
		}
		doc = receiver.page("/desk/messages/open", url.Values{"passphrase": {phrase}, "next": {"/desk/messages/referrals"}})
		row := doc.Find(".todo > li a")
		if row.Length() != 1 || !strings.Contains(doc.Find(".todo").Text(), "Prvi") || strings.Contains(doc.Text(), "Vedran") {
			t.Fatalf("the list: %s", doc.Find("main").Text())
		}
		packet := row.AttrOr("href", "")
		doc = receiver.page(packet, nil)
		if text := doc.Find("main").Text(); strings.Contains(text, "Vedran") || strings.Contains(text, "SAŽETAK") || strings.Contains(text, "Kod kuće nije dobro") || !strings.Contains(text, "Prvi") {
			t.Errorf("before acceptance: %s", text)
		}
		doc = receiver.refused(packet, url.Values{"state": {"rejected"}}, http.StatusUnprocessableEntity)
		if doc.Find("#faults li").Length() != 1 {
			t.Errorf("no without a reason: %s", doc.Find("main").Text())
		}
		receiver.refused(packet, url.Values{"state": {"withdrawn"}, "words": {"x"}}, http.StatusConflict)
		receiver.refused(packet, url.Values{"state": {"nonsense"}}, http.StatusUnprocessableEntity)
		doc = receiver.page(packet, url.Values{"state": {"accepted"}})
		if text := doc.Find("main").Text(); !strings.Contains(text, "Vedran Ime") || !strings.Contains(text, "SAŽETAK") || strings.Contains(text, "PRVA-PORUKA") || strings.Contains(text, "NE-RECI") {
			t.Errorf("after acceptance: %s", text)
		}
		receiver.page(packet, url.Values{"state": {"in_progress"}})
		receiver.page(packet, url.Values{"state": {"completed"}, "outcome": {"got_help"}, "words": {"Sve je sređeno."}})

		if doc = worker.page("/desk/messages/referrals", nil); doc.Find(`a[href^="`+thread(id)+`"]`).Length() != 1 {
			t.Errorf("nothing tells the worker: %s", doc.Find("main").Text())
		}
		doc = worker.page(thread(id), nil)
		if text := doc.Find("#referrals").Text(); !strings.Contains(text, "završeno") || !strings.Contains(text, "pomoć je dobivena") || !strings.Contains(text, "Sve je sređeno.") {
			t.Errorf("the worker sees: %s", text)
		}
		doc = person.page("/hr/contact/messages", nil)
		if text := doc.Find("#passing").Text(); !strings.Contains(text, "završeno je") || !strings.Contains(text, "Sve je sređeno.") || !strings.Contains(text, "Osoba mira") {
			t.Errorf("the person sees: %s", text)
		}
		if text := doc.Find("ol.thread").Text(); !strings.Contains(text, "Pravna pomoć kaže: mogu.") || strings.Contains(text, "support.") {
			t.Errorf("the thread: %s", text)
		}
		if doc := d.as(p.members[1].Account).page("/desk/messages/open", url.Values{"passphrase": {phrase}, "next": {"/desk/messages/referrals"}}); doc.Find(".todo > li").Length() != 0 {
			t.Errorf("whom the person left out sees %s", doc.Find("main").Text())
		}
		if n := d.count(`SELECT COUNT(*) FROM submissions WHERE location LIKE '%thread%'`, nil); n != 0 {
			t.Error("a form that was taken says which conversation it was for")
		}
		all := d.everything()
		for _, mark := range []string{"Vedran", "SAŽETAK", "PRVA-PORUKA", "Sve je sređeno", "NE-RECI"} {
			if strings.Contains(all, mark) {
				t.Errorf("%s is in the database or the log", mark)
			}
		}
	})
}

func TestReferralPages_withdrawnAndStopped(t *testing.T) {
	eachDesk(t, func(d *desk) {
		p := d.partner()
		id, _, code := d.ask("x")
		worker, person, receiver := d.reads(d.team[0]), d.visitor(code), d.as(p.members[0].Account)
		receiver.page("/desk/messages/open", url.Values{"passphrase": {phrase}, "next": {"/desk/messages/referrals"}})
		propose := func() {
			worker.page(thread(id)+"/refer", url.Values{"to": {"organisation:" + p.id}, "summary": {"SAŽETAK"}, "until": {d.now.AddDate(0, 1, 0).Format(time.DateOnly)}})
		}
		propose()
		doc := person.page("/hr/contact/messages", nil)
		person.page(doc.Find("#passing form").First().AttrOr("action", ""), url.Values{})
		withdraw := person.page("/hr/contact/messages", nil).Find("#passing form").AttrOr("action", "")
		doc = person.page(withdraw, url.Values{}) // asks once
		if doc.Find("input[name=sure]").Length() != 1 {
			t.Fatalf("not asked: %s", doc.Find("main").Text())
		}
		doc = person.page(withdraw, url.Values{"sure": {"1"}})
		if text := doc.Find("#passing").Text(); !strings.Contains(text, "povukli ste pristanak") || doc.Find("#passing form").Length() != 0 {
			t.Errorf("withdrawn: %s", text)
		}
		link := receiver.page("/desk/messages/referrals", nil).Find(".todo a").AttrOr("href", "")
		if doc = receiver.page(link, nil); !strings.Contains(doc.Find("main").Text(), "Osoba je povukla pristanak") || doc.Find("main form").Length() != 0 {
			t.Errorf("the receiver sees: %s", doc.Find("main").Text())
		}
		receiver.refused(link, url.Values{"state": {"accepted"}}, http.StatusConflict)

		propose()
		var action string
		doc = worker.page(thread(id), nil)
		action = doc.Find(`#referrals form[action$="/consent"]`).AttrOr("action", "")
		if doc = worker.refused(action, url.Values{"how": {"by_phone"}}, http.StatusUnprocessableEntity); doc.Find("#referrals .field.bad").Length() != 1 {
			t.Errorf("consent without words: %s", doc.Find("#referrals").Text())
		}
		worker.page(action, url.Values{"how": {"by_phone"}, "words": {"Rekla je da."}})
		doc = person.page("/hr/contact/messages", nil)
		if text := doc.Find("ol.thread").Text(); !strings.Contains(text, "Pristanak dan telefonom, poslano: Pravna pomoć. Rekla je da.") {
			t.Errorf("the person sees: %s", text)
		}
		stop := strings.TrimSuffix(action, "/consent") + "/stop"
		if doc = worker.page(stop, url.Values{"words": {"Ne treba."}}); doc.Find("input[name=sure]").Length() != 1 {
			t.Errorf("not asked: %s", doc.Find("main").Text())
		}
		worker.refused(stop, url.Values{"sure": {"1"}}, http.StatusUnprocessableEntity)
		if doc = worker.page(stop, url.Values{"sure": {"1"}, "words": {"Ne treba."}}); !strings.Contains(doc.Find("#referrals").Text(), "zaustavljeno") {
			t.Errorf("stopped: %s", doc.Find("#referrals").Text())
		}
	})
}

func TestReferralPages_openForNobodyElse(t *testing.T) {
	eachDesk(t, func(d *desk) {
		p := d.partner()
		request, _, r := d.sent(p)
		packet := "/desk/messages/referrals/" + r.Consent.Packet
		add := func(login string, role auth.Role, in auth.Scope) *screen {
			a, err := d.Auth.AddAccount(t.Context(), login, "Osoba "+login, "", phrase, auth.Held{Role: role, Scope: in})
			d.must(err)
			return d.as(a.ID)
		}
		here := auth.Scope{Kind: network.ScopeCentre, ID: d.centre}
		for name, s := range map[string]*screen{"lead": add("vod", network.Lead, auth.Scope{Kind: network.ScopeNetwork, ID: d.net}), "coordinator": add("koo", network.Coordinator, here), "host": add("host", network.Host, here)} {
			if _, status := s.send(packet, nil); status != http.StatusForbidden {
				t.Errorf("%s: %d", name, status)
			}
			if _, status := s.send(packet, url.Values{"state": {"accepted"}}); status != http.StatusForbidden {
				t.Errorf("%s: %d", name, status)
			}
		}
		for name, s := range map[string]*screen{"who refers": d.reads(d.team[0]), "another centre": d.reads(d.worker("susjeda", d.other))} {
			if _, status := s.send(packet, nil); status != http.StatusNotFound {
				t.Errorf("%s: %d", name, status)
			}
			if _, status := s.send(packet, url.Values{"state": {"accepted"}}); status != http.StatusNotFound {
				t.Errorf("%s accepts: %d", name, status)
			}
		}
		visitor := d.nobody()
		if _, status := visitor.send(packet, nil); status != http.StatusSeeOther {
			t.Errorf("a visitor: %d", status)
		}
		for _, what := range []string{"yes", "no", "withdraw"} { // without a visit the code is asked for, and nothing happens
			if _, status := visitor.send("/hr/contact/messages/passing/"+r.ID+"/"+what, url.Values{"sure": {"1"}}); status != http.StatusUnauthorized {
				t.Errorf("%s without a visit: %d", what, status)
			}
		}
		_, _, other := d.ask("Druga osoba.")
		if _, status := d.visitor(other).send("/hr/contact/messages/passing/"+r.ID+"/withdraw", url.Values{"sure": {"1"}}); status != http.StatusNotFound {
			t.Errorf("another person withdraws: %d", status)
		}
		if got := d.only(d.team[0], request); got.State != Requested {
			t.Errorf("something happened: %s", got.State)
		}

		// A centre's team finds what was passed on to it in its inbox, and a packet has no page of a conversation.
		id, person, _ := d.ask("Za drugi centar.")
		d.sign()
		d.must(d.Propose(t.Context(), d.team[0], id, Draft{To: Party{Centre: d.other}, Summary: "ZA-SUSJEDU", Until: d.now.AddDate(0, 0, 9).Format(time.DateOnly)}, ""))
		d.must(d.Consent(t.Context(), person, id, d.only(person, id).ID, "", ""))
		neighbour := d.reads(d.unlock("susjeda"))
		doc := neighbour.page("/desk/messages", nil)
		link := doc.Find(".todo a").AttrOr("href", "")
		doc = neighbour.page(link, nil)
		if !strings.HasPrefix(doc.Url.Path, "/desk/messages/referrals/") || strings.Contains(doc.Text(), "ZA-SUSJEDU") {
			t.Errorf("%s led to %s", link, doc.Url.Path)
		}
		doc = neighbour.page(doc.Url.Path, url.Values{"state": {"accepted"}})
		if !strings.Contains(doc.Find("main").Text(), "ZA-SUSJEDU") {
			t.Errorf("accepted: %s", doc.Find("main").Text())
		}
		neighbour.send(link+"/answer", url.Values{"text": {"u paketu se ne piše"}})
		if n := d.count(`SELECT COUNT(*) FROM support_items i JOIN support_requests r ON r.id = i.request_id WHERE r.kind = 'referral' AND i.kind = 'entry'`, nil); n != 1 {
			t.Errorf("%d entries in the packets", n)
		}
	})
}

func TestOutsidePages_twoPeopleAndTheirWord(t *testing.T) {
	eachDesk(t, func(d *desk) {
		id, _, code := d.ask("Strah me.")
		first, second, person := d.reads(d.team[0]), d.reads(d.team[1]), d.visitor(code)
		doc := first.refused(thread(id)+"/outside", url.Values{"what": {"OSTAJE"}}, http.StatusUnprocessableEntity)
		if doc.Find("#faults li").Length() != 2 || doc.Find("textarea[name=what]").Text() != "OSTAJE" {
			t.Errorf("faults: %s", doc.Find("#faults").Text())
		}
		doc = first.page(thread(id)+"/outside", url.Values{"to": {"Policija"}, "ground": {"danger"}, "what": {"Javljeno je."}, "delay": {"Nasilnik čita."}})
		if doc.Find(`#outside form[action$="/confirm"]`).Length() != 0 {
			t.Error("the first is offered to confirm")
		}
		confirm := second.page(thread(id), nil).Find(`#outside form[action$="/confirm"]`).AttrOr("action", "")
		first.refused(confirm, url.Values{}, http.StatusForbidden)
		if text := person.page("/hr/contact/messages", nil).Text(); strings.Contains(text, "Policija") || strings.Contains(text, "bez pristanka") {
			t.Error("the person sees what was not confirmed")
		}
		doc = second.page(confirm, url.Values{})
		if text := person.page("/hr/contact/messages", nil).Text(); strings.Contains(text, "Policija") || strings.Contains(text, "bez pristanka") {
			t.Error("the person sees it before the delay ends")
		}
		tell := doc.Find(`#outside form[action$="/tell"]`).AttrOr("action", "")
		second.page(tell, url.Values{"sure": {"1"}})
		text := person.page("/hr/contact/messages", nil).Find("ol.thread").Text()
		for _, want := range []string{"Bez vašeg smo pristanka javili: Policija.", "Život je bio u opasnosti.", "Javljeno je.", "Nasilnik čita."} {
			if !strings.Contains(text, want) {
				t.Errorf("the person is not told %q: %s", want, text)
			}
		}
		if strings.Contains(d.everything(), "Policija") || strings.Contains(d.everything(), "Nasilnik") {
			t.Error("it is in the database in the open")
		}
	})
}
