package voting_test

import (
	"regexp"
	"strings"
	"testing"

	"kvart/internal/network"
	"kvart/internal/platform/dbtest"
	. "kvart/internal/voting"
)

// counted is a round of these ballots, each the places it chose and how many say so, closed and counted.
func (w *town) counted(change func(*Round), ballots []saying) Round {
	w.t.Helper()
	n := 0
	for _, b := range ballots {
		n += b.n
	}
	r, codes := w.opened(n, change)
	for _, b := range ballots {
		for range b.n {
			_, err := w.vote(r, codes[0], b.places...)
			w.must(err)
			codes = codes[1:]
		}
	}
	return w.close(r)
}

type saying struct {
	n      int
	places []int
}

func (w *town) publish(r Round) Round {
	w.t.Helper()
	scope := ""
	if r.CentreID != nil {
		scope = *r.CentreID
	}
	w.must(w.AddWitness(w.t.Context(), scope, r.ID, "jedna", "test"))
	w.must(w.AddWitness(w.t.Context(), scope, r.ID, "druga", "test"))
	w.must(w.Publish(w.t.Context(), scope, r.ID, "test"))
	return w.get(r.ID)
}

// Of sixty ballots one alone chose the sensitive option and the benches. The ballots are not published, so neither may the
// shares, the order nor the amounts tell that one supporter of the sensitive option paid for the benches too.
func TestResult_hiddenBallotsDoNotShowInWhoPaidWhat(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	r := w.counted(func(r *Round) { r.Budget = 150000 }, []saying{{30, []int{0}}, {29, []int{2}}, {1, []int{0, 2}}})
	desk := w.browser(network.Coordinator, w.centre).page("/desk/votes/"+r.ID, nil)
	r = w.publish(r)
	if has, err := w.HasPB(t.Context(), w.DB, r.ID); err != nil || has {
		t.Fatal("the ballots are published", err)
	}
	public := w.browser("", "").page("/hr/votes/"+r.ID, nil)
	for name, doc := range map[string]string{"desk": desk.Find("main").Text(), "public": public.Find("main").Text()} {
		if !strings.Contains(doc, "30 osoba") {
			t.Errorf("%s: a number that is large enough is not told: %s", name, doc)
		}
	}
	for _, doc := range []interface{ Text() string }{desk.Find("#o3"), public.Find("#o3")} {
		if text := doc.Text(); !strings.Contains(text, "Platili su ga oni koji ga podržavaju.") {
			t.Errorf("what each paid at most tells how many paid less: %s", text)
		}
	}
	if n := desk.Find("#o3 td").Length() + public.Find("#o3 td").Length() + public.Find("#o3 svg").Length(); n != 0 {
		t.Error("the one who paid less for the sensitive option is in its table")
	}
}

// What the supporters of a losing option had left is whole shares, less what a few of them paid for another option.
func TestResult_hiddenBallotsDoNotShowInWhatWasLeft(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	r := w.publish(w.counted(func(r *Round) { r.Completion = "none" }, []saying{{34, []int{0}}, {11, []int{2}}, {1, []int{0, 2}}}))
	text := w.browser("", "").page("/hr/votes/"+r.ID, nil).Find("#o3").Text()
	if strings.Contains(text, "€ ") && strings.Contains(text, "nedostajalo") || regexp.MustCompile(`još \d+ osob`).MatchString(text) {
		t.Errorf("what was left tells of one: %s", text)
	}
	if !strings.Contains(text, "Oni koji ga podržavaju nisu imali dovoljno za njega.") {
		t.Errorf("it is not said why it lost: %s", text)
	}
}

// Where ballots are not published, a number about fewer people than the network tells of is told of no option.
func TestResult_hiddenBallotsTellNoSmallNumberOfAnyOption(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	r := w.publish(w.counted(nil, []saying{{20, []int{0}}, {3, []int{1}}}))
	text := w.browser("", "").page("/hr/votes/"+r.ID, nil).Find("main").Text()
	if regexp.MustCompile(`\b3 osob`).MatchString(text) || strings.Contains(text, "Podržale su ga 3") {
		t.Errorf("three people are told of: %s", text)
	}
	if !strings.Contains(text, "20 osoba") {
		t.Error("twenty are not")
	}
}

// Where so few voted that no number is told, the list of receipts tells none either; a receipt is still found.
func TestReceipts_ofFewBallotsAreNotListed(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	r, codes := w.opened(3, nil)
	var receipt string
	for _, c := range codes {
		var err error
		receipt, err = w.vote(r, c, 0)
		w.must(err)
	}
	r = w.close(r)
	v := w.browser("", "")
	page := v.page("/hr/votes/"+r.ID+"/receipts", nil)
	if page.Find(".chips li").Length() != 0 || strings.Contains(page.Find("main").Text(), "3 potvrde") {
		t.Error("the list of receipts tells that three voted")
	}
	found := v.page("/hr/votes/"+r.ID+"/receipts", map[string][]string{"number": {receipt}})
	if !strings.Contains(found.Text(), "Da: listić s tim brojem") {
		t.Error("the receipt proves nothing")
	}
}
