package voting_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"kvart/internal/fairvote"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	. "kvart/internal/voting"
)

func (w *town) form() url.Values {
	return url.Values{"title-hr": {"Kako trošimo susjedski fond"}, "who-hr": {"Svi iz kvarta."}, "means": {"both"}, "unit": {"money"}, "budget": {"1.000,00"}, "at_least": {"1"}, "rule": {"equal-shares"},
		"utility": {"cost"}, "completion": {"add1-overshoot"}, "least_published": {"20"}, "opens_day": {"2026-11-26"}, "opens_clock": {"13:00"}, "closes_day": {"2026-12-03"}, "closes_clock": {"12:00"}, "form_key": {"k1"}}
}

// The whole way of a vote, by forms alone: made at the desk, voted on the web, at the desk and on paper, counted, published.
func TestPages_theWholeWayByFormsAlone(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		b, visitor := w.browser(network.Coordinator, w.centre), w.browser("", "")
		if text := visitor.page("/hr/votes", nil).Find("main").Text(); !strings.Contains(text, "Još nema nijednog glasanja") {
			t.Errorf("an empty list says %s", text)
		}
		one := b.page("/desk/votes/new", w.form())
		path := one.Url.Path
		if again := b.page("/desk/votes/new", w.form()); again.Url.Path != "/desk/votes" || w.number(`SELECT COUNT(*) FROM vote_rounds`, nil) != 1 {
			t.Error("a double press made two")
		}
		for i, title := range []string{"Klupe", "Ljetno kino", "Grupa za razgovor"} {
			f := url.Values{"title-hr": {title}, "cost": {[]string{"300", "600", "350,50"}[i]}, "form_key": {title}}
			if i == 2 {
				f.Set("sensitive", "1")
			}
			b.page(path+"/options/new", f)
		}
		id := path[strings.LastIndex(path, "/")+1:]
		if _, status := visitor.open("/hr/votes/"+id, nil); status != http.StatusNotFound {
			t.Errorf("a draft answers %d", status)
		}
		edit := b.page(path+"/edit", nil)
		if edit.Find(`input[name="budget"]`).AttrOr("value", "") != "1000" || edit.Find(`input[name="opens_clock"]`).AttrOr("value", "") != "13:00" {
			t.Error("the form does not hold what was typed")
		}
		if asked := b.page(path+"/announce", url.Values{"x": {""}}); asked.Find(`input[name="sure"]`).Length() != 1 {
			t.Error("announced without asking")
		}
		b.page(path+"/announce", url.Values{"sure": {"1"}})
		if _, status := b.open(path+"/edit", w.form()); status != http.StatusConflict {
			t.Errorf("changing what was announced: %d", status)
		}
		sheet := b.page(path+"/sheets", url.Values{"codes": {"30"}, "form_key": {"s"}})
		codes := regexp.MustCompile(`\d{6} \d{6} \d{6}`).FindAllString(sheet.Text(), -1)
		if len(codes) != 30 {
			t.Fatalf("%d codes on the sheet", len(codes))
		}
		again := b.page(path+"/sheets", url.Values{"codes": {"30"}, "form_key": {"s"}}) // a double press: the browser shows this answer
		if !strings.Contains(again.Find("main").Text(), "Ti su kodovi već napravljeni") || again.Find(`form[action$="/void"]`).Length() != 1 {
			t.Errorf("a double press is not told what became of the codes: %s", again.Find("main").Text())
		}
		r := w.get(id)
		ballot := "/hr/votes/" + id + "/ballot"
		early := visitor.page(ballot, nil)
		if early.Find(`input[name="choice"]`).Length() != 0 || !strings.Contains(early.Text(), "Glasanje još nije počelo") {
			t.Error("one can vote before it opens, or is not told when it does")
		}
		w.after(2 * time.Hour)
		page := visitor.page("/hr/votes/"+id, nil)
		for _, want := range []string{"1000,00 €", "Klupe", "350,50 €", "Svi iz kvarta.", "metoda jednakih udjela", r.Commitment, "ne može spriječiti", "Glasanje traje"} {
			if !strings.Contains(strings.ReplaceAll(strings.ToLower(page.Find("main").Text()), "\u00a0", " "), strings.ToLower(want)) {
				t.Errorf("the page does not say %q", want)
			}
		}
		if strings.Contains(page.Text(), r.Seed) {
			t.Error("the lot is public before the vote is counted")
		}

		// what is wrong stands beside its field, and what was ticked stays ticked
		doc, status := visitor.open(ballot, url.Values{"choice": {r.Options[0].ID}, "code": {"123456"}})
		if status != http.StatusUnprocessableEntity || doc.Find("#e-code").Length() != 1 || doc.Find(`input[name="choice"][checked]`).Length() != 1 {
			t.Errorf("a bad code: %d", status)
		}
		doc, status = visitor.open(ballot, url.Values{"code": {codes[0]}})
		if status != http.StatusUnprocessableEntity || doc.Find("#e-choice").Length() != 1 || doc.Find(`input[name="code"]`).AttrOr("value", "") != codes[0] {
			t.Errorf("an empty ballot: %d", status)
		}
		good := url.Values{"choice": {r.Options[0].ID, r.Options[2].ID}, "code": {codes[0]}, "step": {"review"}}
		review := visitor.page(ballot, good)
		if review.Find(`input[name="choice"]`).Length() != 2 || w.number(`SELECT COUNT(*) FROM vote_box`, nil) != 0 {
			t.Error("the ballot was taken before it was looked over")
		}
		good.Set("step", "back")
		if back := visitor.page(ballot, good); back.Find(`input[name="choice"][checked]`).Length() != 2 {
			t.Error("going back loses what was ticked")
		}
		good.Set("step", "send")
		cast := visitor.page(ballot, good)
		receipt := strings.TrimSpace(cast.Find(".code").Text())
		if len(receipt) != 14 {
			t.Errorf("receipt %q", receipt)
		}
		good["choice"] = []string{r.Options[1].ID}
		doc, status = visitor.open(ballot, good)
		if text := doc.Find(".summary").Text(); status != http.StatusConflict || !strings.Contains(text, "već je glasano") || strings.Contains(text, "Klupe") {
			t.Errorf("a second ballot: %d %s", status, text)
		}

		// by mail: a link, once; nothing of the address is kept
		if doc, status := visitor.open("/hr/votes/"+id+"/link", url.Values{"email": {"nije adresa"}}); status != http.StatusUnprocessableEntity || doc.Find("#e-email").Length() != 1 {
			t.Errorf("no address: %d", status)
		}
		visitor.page("/hr/votes/"+id+"/link", url.Values{"email": {"netko@example.org"}})
		link := regexp.MustCompile(`/hr/votes/\S+`).FindString(w.mails[0])
		linked := visitor.page(link, nil)
		if linked.Find(`input[name="code"]`).Length() != 0 {
			t.Error("who has a link is asked for a code")
		}
		visitor.page(ballot, url.Values{"k": {linked.Find(`input[name="k"]`).AttrOr("value", "")}, "choice": {r.Options[1].ID}, "step": {"send"}})

		// at the desk and from paper, by a host too; at another centre not
		host, other := w.browser(network.Host, w.centre), w.browser(network.Coordinator, w.other)
		for i, c := range codes[1:] {
			channel := []string{"desk", "paper"}[i%2]
			host.page(path+"/type", url.Values{"channel": {channel}, "choice": {r.Options[i%2].ID}, "code": {c}, "step": {"send"}})
		}
		for _, p := range []string{path, path + "/type", path + "/edit"} {
			if _, status := other.open(p, nil); status != http.StatusNotFound {
				t.Errorf("%s at another centre: %d", p, status)
			}
		}
		if _, status := host.open(path, nil); status != http.StatusForbidden {
			t.Errorf("a host runs a vote: %d", status)
		}

		w.after(8 * 24 * time.Hour)
		if doc, status := visitor.open(ballot, url.Values{"choice": {r.Options[0].ID}, "code": {codes[5]}, "step": {"send"}}); status != http.StatusConflict || !strings.Contains(doc.Text(), "Glasanje je završilo prije nego što je listić stigao") {
			t.Errorf("too late: %d", status)
		}
		w.must(w.Turn(t.Context()))
		b.open("/desk/in", url.Values{}) // nobody stays signed in for a week
		list := visitor.page("/hr/votes/"+id+"/receipts", url.Values{"number": {receipt}})
		if !strings.Contains(list.Text(), "Da: listić s tim brojem") {
			t.Error("the receipt is not found")
		}
		desk := b.page(path, nil)
		if !strings.Contains(desk.Text(), "Jedan se listić razlikuje od svih ostalih") {
			t.Errorf("a unique ballot with a sensitive option: %s", desk.Find("aside").Text())
		}
		if _, status := b.open(path+"/publish", url.Values{"sure": {"1"}}); status != http.StatusConflict {
			t.Errorf("published without witnesses: %d", status)
		}
		if doc := b.page(path+"/recount", nil); doc.Find("tbody tr").Length() != 3 {
			t.Error("nothing to recount")
		}
		b.page(path+"/witnesses", url.Values{"witness": {"Predstavnica stanara"}})
		if doc, status := b.open(path+"/witnesses", url.Values{"witness": {"predstavnica  stanara"}}); status != http.StatusUnprocessableEntity || doc.Find("#e-witness").Length() != 1 {
			t.Errorf("one witness twice: %d", status)
		}
		b.page(path+"/witnesses", url.Values{"witness": {"Dežurstvo"}})
		if doc, status := b.open(path+"/changes", url.Values{"sure": {"1"}, "option": {r.Options[0].ID}, "wins": {"0"}, "kind": {"not_eligible"}, "form_key": {"c"}}); status != http.StatusUnprocessableEntity || doc.Find("#e-reason").Length() != 1 {
			t.Errorf("a winner changed without a reason: %d", status)
		}
		b.page(path+"/publish", url.Values{"sure": {"1"}})
		result := visitor.page("/hr/votes/"+id, nil)
		text := result.Find("main").Text()
		for _, want := range []string{"Prebrojen je 31 listić.", "Predstavnica stanara", "ponovno su prebrojeni pred svjedocima", r.Seed, "Klupe", "Osobe koje ne dobivaju ništa"} {
			if !strings.Contains(text, want) {
				t.Errorf("the result does not say %q", want)
			}
		}
		if result.Find(`a[href$="ballots.pb"]`).Length() != 0 {
			t.Error("ballots are published")
		}
		if _, status := visitor.open("/hr/votes/"+id+"/ballots.pb", nil); status != http.StatusNotFound {
			t.Errorf("the file of ballots: %d", status)
		}
		if strings.Contains(result.Find("#o3").Text(), "Podržala ga je 1 osoba") {
			t.Error("one supporter of a sensitive option is told")
		}
		b.page(path+"/changes", url.Values{"sure": {"1"}, "option": {r.Options[0].ID}, "wins": {"0"}, "kind": {"not_eligible"}, "reason": {"Zemljište nije gradsko."}, "form_key": {"c"}})
		if text := visitor.page("/hr/votes/"+id, nil).Find("main").Text(); !strings.Contains(text, "Zemljište nije gradsko.") {
			t.Error("the reason of a change is not public")
		}
		for _, p := range []string{"/result.pdf", "/paper.pdf"} {
			resp, err := visitor.http.Get(visitor.base + "/hr/votes/" + id + p)
			w.must(err)
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/pdf" {
				t.Errorf("%s: %s", p, resp.Status)
			}
		}
	})
}

func TestPages_theFileOfBallotsGivesTheSameResult(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r, codes := w.opened(60, nil)
		for i, c := range codes {
			_, err := w.vote(r, c, []int{0, 0, 1, 1, 2}[i%5])
			w.must(err)
		}
		r = w.close(r)
		w.must(w.Publish(t.Context(), w.centre, r.ID, "test"))
		file, err := w.PB(t.Context(), r.ID)
		w.must(err)
		f, err := fairvote.Parse([]byte(file))
		w.must(err)
		res, err := fairvote.Count(f.Election(), fairvote.Parameters{Rule: "equal-shares", Utility: "cost", Completion: "add1-overshoot", Seed: Lot(r.Seed)})
		w.must(err)
		selected, _ := f.Selected()
		for i, o := range res.Outcomes {
			if o.Won != selected[i] {
				t.Errorf("project %d: the file says %v, a recount %v", i, selected[i], o.Won)
			}
		}
		for _, secret := range []string{"web", "desk", "age", "sex", codes[0]} {
			if strings.Contains(file[strings.Index(file, "VOTES"):], secret) {
				t.Errorf("the file holds %q", secret)
			}
		}
		if n, err := Recount(t.Context(), w.DB); err != nil || n != 0 {
			t.Error(n, err)
		}
		for _, s := range Sound {
			if n := w.number(s.Count, nil); n != 0 {
				t.Errorf("%s: %d", s.What, n)
			}
		}
	})
}

func TestDecided_tellsWhereAnOptionCameFromWhatBecameOfIt(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		r := w.draft(nil)
		origin := db.NewID()
		w.must(w.DB.Tx(ctx, func(tx *db.Tx) error {
			_, err := w.AddOption(ctx, tx, w.centre, r.ID, Option{Origin: origin, Title: r.Title, Cost: 100}, "test")
			return err
		}))
		if list, err := w.Decided(ctx, w.DB, origin); err != nil || len(list) != 0 {
			t.Error("a draft is told of", list, err)
		}
		w.must(w.Announce(ctx, w.centre, r.ID, "test"))
		w.after(2 * time.Hour)
		r = w.get(r.ID)
		for _, c := range w.codes(r.ID, 60) {
			_, err := w.vote(r, c, 0, 3)
			w.must(err)
		}
		r = w.close(r)
		w.must(w.Publish(ctx, w.centre, r.ID, "test"))
		list, err := w.Decided(ctx, w.DB, origin)
		w.must(err)
		if len(list) != 1 || !list[0].Wins || list[0].OptionID != r.Options[3].ID || list[0].State != Published {
			t.Errorf("%+v", list)
		}
		w.must(w.DB.Tx(ctx, func(tx *db.Tx) error {
			return w.ChangeWinner(ctx, tx, w.centre, r.ID, Change{OptionID: r.Options[3].ID, Kind: "incompatible", Reason: "Isto mjesto."}, "test")
		}))
		if list, err = w.Decided(ctx, w.DB, origin); err != nil || list[0].Wins {
			t.Error("a person's change is not told", err)
		}
		if _, err := w.DB.Exec(ctx, `UPDATE vote_changes SET reason = 'x'`, nil); db.Refused(err) != "append-only" {
			t.Errorf("a reason can be rewritten: %v", err)
		}
	})
}

func TestSecret_ballotsThatCouldTellOnSomebodyAreNotPublished(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	r := w.draft(nil)
	id := func(i int) []string { return []string{r.Options[i].ID} }
	for want, list := range map[string][]Pattern{"few": {{id(0), 49}}, "": {{id(0), 49}, {id(1), 1}, {id(2), 10}}, "unique": {{id(0), 80}, {id(2), 1}}, "sensitive": {{id(0), 80}, {id(2), 9}}} {
		if got := r.Secret(list, 10); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestPages_badRoundsStandBesideTheirFields(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	b := w.browser(network.Coordinator, w.centre)
	for name, change := range map[string][2]string{"budget": {"budget", "0"}, "title-hr": {"title-hr", ""}, "who-hr": {"who-hr", ""}, "closes_day": {"closes_day", "2026-11-20"}, "opens_clock": {"opens_clock", "99:00"},
		"at_least": {"at_least", "-1"}, "least_published": {"least_published", "19"}, "means": {"means", "x"}, "rule": {"rule", "x"}} {
		f := w.form()
		f.Set(change[0], change[1])
		if doc, status := b.open("/desk/votes/new", f); status != http.StatusUnprocessableEntity || doc.Find("#e-"+name).Length() != 1 {
			t.Errorf("%s: %d %s", name, status, doc.Find(".summary").Text())
		}
	}
	for _, budget := range []string{"-5", "x", "99999999999999999999"} {
		f := w.form()
		f.Set("budget", budget)
		if _, status := b.open("/desk/votes/new", f); status != http.StatusUnprocessableEntity {
			t.Errorf("budget %s: %d", budget, status)
		}
	}
	r := w.draft(func(r *Round) { r.Budget = 90000 })
	for cost, want := range map[string]bool{"-1": true, "0": true, "901": true, "": true, "900": false} {
		doc, status := b.open("/desk/votes/"+r.ID+"/options/new", url.Values{"title-hr": {"Nešto"}, "cost": {cost}})
		if bad := status == http.StatusUnprocessableEntity && doc.Find("#e-cost").Length() == 1; bad != want {
			t.Errorf("cost %q: %d", cost, status)
		}
	}
}

func TestRound_withNoVotesIsCountedToo(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r, _ := w.opened(0, nil)
		r = w.close(r)
		w.must(w.AddWitness(t.Context(), w.centre, r.ID, "jedna", "test"))
		w.must(w.AddWitness(t.Context(), w.centre, r.ID, "druga", "test"))
		w.must(w.Publish(t.Context(), w.centre, r.ID, "test"))
		v := w.browser("", "")
		if text := v.page("/hr/votes/"+r.ID, nil).Find("main").Text(); !strings.Contains(text, "Nijedan prijedlog nije dobio dovoljno podrške") {
			t.Error(text)
		}
	})
}

// A number about fewer people than the network tells stands nowhere on the page.
func TestResult_saysNoNumberAboutFew(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	r, codes := w.opened(7, nil)
	for _, c := range codes {
		_, err := w.vote(r, c, 0)
		w.must(err)
	}
	r = w.close(r)
	w.must(w.AddWitness(t.Context(), w.centre, r.ID, "jedna", "test"))
	w.must(w.AddWitness(t.Context(), w.centre, r.ID, "druga", "test"))
	w.must(w.Publish(t.Context(), w.centre, r.ID, "test"))
	doc := w.browser("", "").page("/hr/votes/"+r.ID, nil)
	if text := doc.Find("main").Text(); strings.Contains(text, "7 ") && strings.Contains(text, "Podrža") && strings.Contains(text, "7 osoba") || doc.Find("article svg").Length() != 0 {
		t.Error("a number about seven people")
	}
}

func TestVoid_aLostSheetOpensNothing(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r, codes := w.opened(2, nil)
		_, err := w.vote(r, codes[0], 0)
		w.must(err)
		sheets, err := w.Sheets(t.Context(), r.ID)
		w.must(err)
		w.must(w.Void(t.Context(), w.centre, r.ID, sheets[0].ID, "test"))
		if _, err = w.vote(r, codes[1], 0); err == nil {
			t.Error("a code of a void sheet votes")
		}
		if r = w.close(r); r.Ballots != 1 {
			t.Errorf("%d ballots", r.Ballots)
		}
	})
}

func TestRound_ofTheNetworkIsTypedAtEveryCentre(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	r := w.draft(func(r *Round) { r.CentreID, r.Unit, r.Budget, r.Currency = nil, Hours, 5, "" })
	w.must(w.Announce(t.Context(), "", r.ID, "test"))
	w.after(time.Hour)
	host := w.browser(network.Host, w.other)
	if text := host.page("/desk/votes/"+r.ID+"/type", nil).Text(); !strings.Contains(text, "2 sata prostora") {
		t.Error("hours of a room are not said")
	}
	if _, status := w.browser(network.Coordinator, w.centre).open("/desk/votes/"+r.ID, nil); status != http.StatusNotFound {
		t.Errorf("a centre runs the network's vote: %d", status)
	}
	w.browser(network.Lead, w.centre).page("/desk/votes", nil)
	if n := w.number(`SELECT COUNT(*) FROM vote_rounds WHERE state = 'announced'`, db.Args{}); n != 1 {
		t.Error(n)
	}
}
