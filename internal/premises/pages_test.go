package premises_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kvart/internal/network"
	"kvart/internal/platform/dbtest"
)

func (w *town) form() url.Values {
	return url.Values{"area": {w.committee}, "place": {"Prostor MO Ciglenica"}, "address": {"Selska 1"}, "weekday-1": {"2"}, "from-1": {"18:00"}, "to-1": {"20:00"},
		"weekday-3": {"4"}, "from-3": {"10:00"}, "to-3": {"12:00"}, "period_from": {"2026-12-01"}, "period_to": {"2027-11-30"}, "kind": {"tečaj šaha"}, "members": {"40"},
		"volunteers": {"6"}, "contact": {"koordinacija"}, "activities": {w.activity, w.small}, "results_from": {"2025-11-26"}, "results_to": {"2026-11-25"}, "form_key": {"k1"}}
}

func TestPages_theWholeWayByFormsAlone(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		b := w.browser(network.Coordinator)
		if text := b.page("/desk/premises", nil).Find("main").Text(); !strings.Contains(text, "Još nema zahtjeva") {
			t.Errorf("an empty list says %s", text)
		}
		blank := b.page("/desk/premises/new", nil)
		if n := blank.Find(`input[name="activities"]`).Length(); n != 2 || strings.Contains(blank.Text(), "Tajni susret") {
			t.Errorf("%d activities to choose from", n)
		}
		one := b.page("/desk/premises/new", w.form())
		path := one.Url.Path
		text := one.Find(".copy").Text()
		for _, want := range []string{"Udruga Susret", "Ciglenica", "Selska 1", "utorak 18.00–20.00\nčetvrtak 10.00–12.00", "1. 12. 2026. – 30. 11. 2027.", "tečaj šaha", "40", "6", "koordinacija",
			"3 održana termina", "5 sati programa", "45 dolazaka"} {
			if !strings.Contains(text, want) {
				t.Errorf("to copy: no %q in %q", want, text)
			}
		}
		if !strings.Contains(one.Find("main").Text(), "Zahtjev se podnosi u gradskoj prijavi") {
			t.Error("the page does not say where the request is made")
		}
		if again := b.page("/desk/premises/new", w.form()); again.Url.Path != "/desk/premises" || w.number(`SELECT COUNT(*) FROM premises_requests`, nil) != 1 {
			t.Errorf("a double press made two, or leads to %s", again.Url.Path)
		}

		resp, err := b.http.Get(b.base + path + "/export")
		w.must(err)
		file, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		w.must(err)
		if !strings.Contains(string(file), "Tjedni termini:\r\nutorak 18.00–20.00\r\nčetvrtak 10.00–12.00\r\n") || !strings.Contains(string(file), "Ogledni podaci") ||
			resp.Header.Get("Content-Disposition") != `attachment; filename="prostor-mo-ciglenica.txt"` || resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%v\n%s", resp.Header, file)
		}

		edit := b.page(path+"/edit", nil)
		if v := edit.Find(`input[name="from-2"]`).AttrOr("value", ""); v != "10:00" || edit.Find(`input[name="activities"][checked]`).Length() != 2 {
			t.Errorf("the form does not hold what was typed: %q", v)
		}
		changed := w.form()
		changed.Set("version", edit.Find(`input[name="version"]`).AttrOr("value", ""))
		changed.Set("volunteers", "7")
		b.page(path+"/edit", changed)

		doc, status := b.open(path+"/sent", url.Values{"sent_on": {"2027-01-01"}, "reference": {"KLASA 7"}, "answer_days": {"30"}})
		if status != http.StatusUnprocessableEntity || doc.Find("#e-sent_on").Length() != 1 || doc.Find(`input[name="reference"]`).AttrOr("value", "") != "KLASA 7" {
			t.Errorf("sent tomorrow: %d, or what was typed is lost", status)
		}
		sent := b.page(path+"/sent", url.Values{"sent_on": {"2026-11-20"}, "reference": {"KLASA 7"}, "answer_days": {"30"}})
		if sent.Find(`a[href$="/edit"]`).Length() != 0 || sent.Find(`form[action$="/decision"]`).Length() != 1 {
			t.Error("what was sent can be changed, or no answer can be written down")
		}
		if _, status := b.open(path+"/edit", changed); status != http.StatusConflict {
			t.Errorf("changing what was sent: %d", status)
		}
		b.page(path+"/asked", url.Values{"x": {""}})
		for name, bad := range map[string]url.Values{
			"outcome":    {"decided_on": {"2026-11-26"}},
			"reason":     {"outcome": {"declined"}, "decided_on": {"2026-11-26"}},
			"valid_to":   {"outcome": {"granted"}, "decided_on": {"2026-11-26"}, "valid_from": {"2026-12-01"}, "valid_to": {"2028-12-01"}},
			"renew_on":   {"outcome": {"granted"}, "decided_on": {"2026-11-26"}, "valid_from": {"2026-12-01"}, "valid_to": {"2027-12-01"}, "renew_on": {"2030-01-01"}},
			"conditions": {"outcome": {"granted"}, "decided_on": {"2026-11-26"}, "valid_from": {"2026-12-01"}, "valid_to": {"2027-12-01"}, "conditions": {strings.Repeat("🙂", 2001)}},
		} {
			if doc, status := b.open(path+"/decision", bad); status != http.StatusUnprocessableEntity || doc.Find("#e-"+name).Length() != 1 || doc.Find(`.summary a[href="#f-`+name+`"]`).Length() != 1 {
				t.Errorf("a decision without a good %s: %d", name, status)
			}
		}
		granted := b.page(path+"/decision", url.Values{"outcome": {"granted"}, "decided_on": {"2026-11-26"}, "valid_from": {"2026-12-01"}, "valid_to": {"2027-11-30"}, "conditions": {"Bez buke."}})
		text = granted.Find("main").Text()
		for _, want := range []string{"odobreno", "1. 10. 2027.", "Bez buke.", "KLASA 7", "Nova aktivnost, utorak 18.00–20.00"} {
			if !strings.Contains(text, want) {
				t.Errorf("granted: no %q in %q", want, text)
			}
		}
		to, _ := granted.Find(`a[href^="/desk/programme/new"]`).First().Attr("href")
		plan := b.page(to, nil)
		for name, want := range map[string]string{`input[name="place_kind"][checked]`: "address", `input[name="place-hr"]`: "Prostor MO Ciglenica, Selska 1", `input[name="date"]`: "2026-12-01",
			`input[name="from"]`: "18:00", `input[name="to"]`: "20:00"} {
			if got := plan.Find(name).AttrOr("value", ""); got != want {
				t.Errorf("the new activity's %s is %q, want %q", name, got, want)
			}
		}
		next := b.page(path+"/again", url.Values{"x": {""}})
		if next.Url.Path == path || !strings.Contains(next.Find(".copy").Text(), "1. 12. 2027. – 30. 11. 2028.") {
			t.Errorf("the next request at %s: %s", next.Url.Path, next.Find(".copy").Text())
		}
		asks := b.page(next.Url.Path+"/withdraw", url.Values{"x": {""}})
		if asks.Find(`input[name="sure"]`).Length() != 1 || w.number(`SELECT COUNT(*) FROM premises_requests WHERE state = 'withdrawn'`, nil) != 0 {
			t.Error("withdrawn without asking")
		}
		b.page(next.Url.Path+"/withdraw", url.Values{"sure": {"1"}})
		list := b.page("/desk/premises", nil)
		if list.Find("table").Length() != 2 || !strings.Contains(list.Find("table").Last().Text(), "povučeno") {
			t.Errorf("list: %s", list.Find("main").Text())
		}
	})
}

func TestPages_whatIsWrongStandsBesideItsFieldAndNothingIsLost(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	b := w.browser(network.Coordinator)
	f := w.form()
	f.Set("members", "tko zna")
	f.Set("volunteers", "")
	f.Set("to-3", "09:00")
	f.Set("place", strings.Repeat("ž", 121))
	f.Set("area", w.district)
	doc, status := b.open("/desk/premises/new", f)
	if status != http.StatusUnprocessableEntity {
		t.Fatal(status)
	}
	for _, name := range []string{"members", "volunteers", "to-2", "place"} { // the third time has moved up: one was left out before it
		if doc.Find("#e-"+name).Length() != 1 || doc.Find(`.summary a[href="#f-`+name+`"]`).Length() != 1 {
			t.Errorf("no fault of %s", name)
		}
	}
	for name, want := range map[string]string{"members": "tko zna", "to-2": "09:00", "kind": "tečaj šaha", "form_key": "k1"} {
		if got := doc.Find(`[name="`+name+`"]`).AttrOr("value", ""); got != want {
			t.Errorf("%s is %q, was %q", name, got, want)
		}
	}
	if doc.Find(`input[name="activities"][checked]`).Length() != 2 {
		t.Error("the marked activities are lost")
	}
	f = w.form()
	f.Set("area", w.district)
	if doc, status := b.open("/desk/premises/new", f); status != http.StatusUnprocessableEntity || doc.Find("#e-area").Length() != 1 {
		t.Errorf("a district is no local committee: %d", status)
	}
}

func TestPages_neverNameWhatIsDiscreetOrFew(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	b := w.browser(network.Coordinator)
	f := w.form()
	f.Set("activities", w.discreet)
	if doc, status := b.open("/desk/premises/new", f); status != http.StatusUnprocessableEntity || strings.Contains(doc.Text(), "Tajni") {
		t.Errorf("a discreet activity by hand: %d", status)
	}
	f = w.form()
	f.Set("activities", w.small)
	text := b.page("/desk/premises/new", f).Find(".copy").Text()
	if !strings.Contains(text, "dolazaka: manje od 10") || strings.Contains(text, "4 dolaska") {
		t.Errorf("four people: %s", text)
	}
}

func TestPages_theLeadReadsAllAndChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.request(nil)
		w.send(id)
		w.grant(id, "2026-12-01", "2027-11-30")
		b := w.browser(network.Lead)
		page := b.page("/desk/network/premises", nil)
		for _, want := range []string{"Centar 0", "Prostor MO Ciglenica", "odobreno", "1. 12. 2026. – 30. 11. 2027.", "1. 10. 2027."} {
			if !strings.Contains(page.Find("table").Text(), want) {
				t.Errorf("no %q in %s", want, page.Find("table").Text())
			}
		}
		if _, status := b.open("/desk/premises/"+id+"/withdraw", url.Values{"sure": {"1"}}); status != http.StatusForbidden {
			t.Errorf("the lead withdraws: %d", status)
		}
		if doc, status := b.open("/desk/network/premises", url.Values{"link": {"javascript:alert(1)"}}); status != http.StatusUnprocessableEntity || doc.Find("#e-link").Length() != 1 {
			t.Errorf("no address: %d", status)
		}
		b.page("/desk/network/premises", url.Values{"name": {"Gradska aplikacija"}, "link": {"https://grad.example/prostori"}})
		own := w.browser(network.Coordinator).page("/desk/premises/"+id, nil)
		if own.Find(`a[href="https://grad.example/prostori"]`).Length() != 1 || !strings.Contains(own.Text(), "Zahtjev se podnosi ovdje: Gradska aplikacija.") {
			t.Error("the request does not say where it is made")
		}
	})
}

func TestPages_openToNobodyElse(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	id := w.request(nil)
	host := w.browser(network.Host)
	for _, path := range []string{"/desk/premises", "/desk/premises/" + id, "/desk/premises/" + id + "/export", "/desk/network/premises"} {
		if _, status := host.open(path, nil); status != http.StatusForbidden {
			t.Errorf("%s for whoever is on duty: %d", path, status)
		}
	}
}
