package voting_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	. "kvart/internal/voting"
)

// A link that is none, sent beside a code, does not get the code past the count of tries.
func TestPages_aGuessWithALinkBesideItIsAGuess(t *testing.T) {
	for _, means := range Means {
		t.Run(means, func(t *testing.T) {
			w := newTown(t, dbtest.SQLite(t))
			codes := 1
			if means == ByMail {
				codes = 0
			}
			r, slips := w.opened(codes, func(r *Round) { r.Means = means })
			slips = append(slips, "111111 111111 111111")
			b, path := w.browser("", ""), "/hr/votes/"+r.ID+"/ballot"
			form := func(code string) url.Values {
				return url.Values{"choice": {r.Options[0].ID}, "code": {code}, "k": {"x"}, "step": {"send"}}
			}
			for range 61 {
				b.open(path, form("111111 111111 111111"))
			}
			if _, status := b.open(path, form(slips[0])); status == http.StatusOK || w.number(`SELECT COUNT(*) FROM vote_box`, nil) != 0 {
				t.Errorf("the sixty-second guess is taken: %d", status)
			}
		})
	}
}

// Who comes after a voter at the same computer and sends the form in the browser's memory again sees nothing of the ballot.
func TestPages_aUsedCodeShowsNoBallot(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	r, codes := w.opened(1, nil)
	b, path := w.browser("", ""), "/hr/votes/"+r.ID+"/ballot"
	form := url.Values{"choice": {r.Options[1].ID}, "code": {codes[0]}, "step": {"review"}}
	b.page(path, form)
	form.Set("step", "send")
	b.page(path, form)
	desk := w.browser(network.Host, w.centre)
	for _, step := range []string{"review", "send"} {
		for at, x := range map[string]*browser{path: b, "/desk/votes/" + r.ID + "/type": desk} {
			form.Set("step", step)
			doc, status := x.open(at, form)
			if status != http.StatusConflict || doc.Find("input[checked]").Not("[name=channel]").Length() != 0 {
				t.Errorf("%s again: %d, and the page shows how it voted", step, status)
			}
			if v, _ := doc.Find("[name=code]").Attr("value"); v != "" {
				t.Errorf("%s again: the page shows the code %q", step, v)
			}
		}
	}
}

// No ballot is published of a vote in which fewer took part than the network tells of, whatever the round says.
func TestSecret_ofFewerThanTheNetworkTells(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.exec(`UPDATE networks SET disclosure = 30`, nil)
		r, codes := w.opened(25, func(r *Round) { r.LeastPublished = FloorPublished })
		for _, c := range codes {
			_, err := w.vote(r, c, 0)
			w.must(err)
		}
		r = w.close(r)
		if err := w.Publish(t.Context(), w.centre, r.ID, "test"); err == nil {
			t.Error("25 ballots are published where no number about fewer than 30 people may be")
		}
	})
}

// Until what is left of the open box is out of the files, nothing of the round is told, its receipts neither.
func TestReceipts_waitUntilTheBoxIsSwept(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r, codes := w.opened(12, nil)
		var receipts []string
		for _, c := range codes {
			n, err := w.vote(r, c, 0)
			w.must(err)
			receipts = append(receipts, n)
		}
		w.after(8 * 24 * time.Hour)
		w.must(w.Close(t.Context(), r.ID))
		b, path := w.browser("", ""), "/hr/votes/"+r.ID+"/receipts"
		if doc, status := b.open(path, nil); status != http.StatusNotFound {
			t.Errorf("before: %d %s", status, doc.Find("main").Text())
		}
		if _, status := b.open(path, url.Values{"number": {receipts[0]}}); status != http.StatusNotFound {
			t.Errorf("one of them, before: %d", status)
		}
		if n := b.page("/hr/votes/"+r.ID, nil).Find(`a[href$="/receipts"]`).Length(); n != 0 {
			t.Error("the round's page leads to what is not there")
		}
		w.must(w.Sweep(t.Context(), r.ID))
		b.page(path, url.Values{"number": {receipts[0]}})
		if n := b.page("/hr/votes/"+r.ID, nil).Find(`a[href$="/receipts"]`).Length(); n != 1 {
			t.Error("the round's page does not lead to the receipts")
		}
	})
}

// Two who add an option at the same moment add two.
func TestAddOption_twoAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r := w.draft(nil)
		done := make(chan error)
		for i := range 6 {
			go func() {
				done <- w.DB.Tx(context.Background(), func(tx *db.Tx) error {
					_, err := w.AddOption(context.Background(), tx, w.centre, r.ID, Option{Title: i18n.Text{i18n.HR: fmt.Sprint("Prijedlog ", i)}, Cost: 100}, "test")
					return err
				})
			}()
		}
		for range 6 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if n := len(w.get(r.ID).Options); n != 9 {
			t.Errorf("%d options", n)
		}
	})
}

// The page says what who runs the server could find out of a link too, not of a slip alone.
func TestPages_theHonestWordIsAboutLinksToo(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	for means, want := range map[string]bool{ByCodes: false, ByMail: true, ByBoth: true} {
		r, _ := w.opened(0, func(r *Round) { r.Means = means })
		if s := w.browser("", "").page("/hr/votes/"+r.ID, nil).Find("main").Text(); strings.Contains(s, "za adresu e-pošte koju zna") != want {
			t.Errorf("%s: %s", means, s)
		}
	}
}

// What is wrong with a moment stands beside the part of it that is wrong, in words about that part.
func TestPages_aDayAndATimeAreFaultyEachForItself(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	b := w.browser(network.Coordinator, w.centre)
	form := url.Values{"title-hr": {"Fond"}, "who-hr": {"Svi."}, "means": {ByCodes}, "unit": {Money}, "budget": {"1000"}, "at_least": {"1"}, "rule": {"greedy"}, "utility": {"cost"}, "completion": {"none"},
		"least_published": {"50"}, "opens_day": {""}, "opens_clock": {"08:00"}, "closes_day": {"2026-12-20"}, "closes_clock": {"25:00"}}
	doc, status := b.open("/desk/votes/new", form)
	if status != http.StatusUnprocessableEntity || doc.Find(".summary li").Length() != 2 {
		t.Errorf("%d: %s", status, doc.Find(".summary").Text())
	}
	for field, want := range map[string]string{"opens_day": "Datum", "closes_clock": "Vrijeme"} {
		if s := doc.Find("#e-" + field).Text(); !strings.Contains(s, want) {
			t.Errorf("%s: %q", field, s)
		}
	}
	form.Set("opens_day", "2026-12-21")
	form.Set("closes_clock", "20:00")
	if doc, _ = b.open("/desk/votes/new", form); doc.Find("#e-closes_day").Length() != 1 {
		t.Errorf("it ends before it begins: %s", doc.Find("main").Text())
	}
}
