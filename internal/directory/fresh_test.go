package directory_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"kvart/internal/directory"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

const oneDay = 24 * time.Hour

// old gives the service an assurance so old that it is asked about.
func old(s *directory.Service) { s.AssuredDate = "2026-05-01" }

func (x *desk) asks() {
	x.t.Helper()
	x.must(x.pages.AskDue(x.t.Context()))
}

// links are the addresses in the mail, without the host.
func links(l letter) []string {
	return regexp.MustCompile(`https://kvart\.test(\S+)`).FindAllString(l.Body, -1)
}

func TestAskDue_writesOneMailAboutAllAndRemindsAFewTimes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDesk(t, d)
		a, b := x.service("Prva", old), x.service("Druga", old)
		x.service("Nova") // confirmed this month: not asked about
		gone := x.service("Bivša", old, func(s *directory.Service) { s.Status = "defunct" })
		x.asks()
		x.now = x.now.Add(29 * oneDay) // what is overdue is spread over four weeks
		x.asks()
		x.asks() // and never twice
		mails := x.letters()
		if len(mails) != 1 || mails[0].To != "ured@kvart.example" || len(links(mails[0])) != 3 || strings.Contains(mails[0].Subject+mails[0].Body, "Prva") {
			t.Fatalf("mails %+v", mails)
		}
		for i := range 4 {
			x.now = x.now.Add(15 * oneDay)
			_, err := d.Exec(t.Context(), `DELETE FROM mails`, nil)
			x.must(err)
			x.asks()
			if want := i < 2; (len(x.letters()) == 1) != want {
				t.Errorf("reminder %d: %d mails", i+1, len(x.letters()))
			}
		}
		for id, want := range map[string]int{a: directory.MostAsked, b: directory.MostAsked, gone: 0} {
			s, err := x.Service(t.Context(), d, id)
			x.must(err)
			if s.Asked != want || s.Version != 1 {
				t.Errorf("%s was asked about %d times, version %d", s.Name, s.Asked, s.Version)
			}
		}
		// Nobody answered: the lead phones, for no centre looks after it.
		tasks, err := x.pages.Tasks(t.Context(), x.centre, x.now)
		x.must(err)
		if len(tasks) != 1 || tasks[0].Title != "directory.task.phone.several" || tasks[0].Permission != directory.Organise {
			t.Errorf("tasks %+v", tasks)
		}
	})
}

// Programs that look into mails open links; only a press changes anything.
func TestStillRight_opensToAPageAndOnlyThePressAnswers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDesk(t, d)
		id := x.service("Prva", old)
		other := x.service("Tuđa", old, func(s *directory.Service) { s.OrganizationID = x.initiative })
		x.asks()
		x.now = x.now.Add(29 * oneDay)
		x.asks()
		v := x.visitor()
		var paths []string
		for _, l := range links(x.letters()[0]) {
			paths = append(paths, strings.TrimPrefix(l, "https://kvart.test"))
		}
		for range 2 {
			for _, p := range paths {
				v.get(p, http.StatusOK)
			}
		}
		s, err := x.Service(t.Context(), d, id)
		x.must(err)
		if s.Version != 1 || s.AssuredBy != "organisation" || s.AssuredDate != "2026-05-01" {
			t.Fatalf("opening a link changed %+v", s)
		}
		page := v.get(paths[0], http.StatusOK)
		f := form(page, "main form")
		f.Add("service", other) // of another organisation: not answered for
		to := led(v.post(paths[0], f, http.StatusSeeOther))
		if text := v.get(to, http.StatusOK).Find("main").Text(); !strings.Contains(text, "Hvala") || strings.Contains(text, "Prva") {
			t.Errorf("after the press: %s", text)
		}
		s, err = x.Service(t.Context(), d, id)
		x.must(err)
		if s.AssuredDate != "2026-12-25" || s.Asked != 0 || time.Unix(*s.AskAt, 0).Sub(x.now) != directory.AskAfter*oneDay {
			t.Errorf("answered: %+v", s)
		}
		if s, err = x.Service(t.Context(), d, other); err != nil || s.AssuredDate != "2026-05-01" {
			t.Errorf("another organisation's: %v %v", s.AssuredDate, err)
		}
		// Something changed: the centre gets it as a suggestion.
		f = form(v.get(paths[1], http.StatusOK), "main form")
		v.post(paths[1], f, http.StatusUnprocessableEntity)
		f.Set("words", "Sad smo utorkom.")
		v.post(paths[1], f, http.StatusSeeOther)
		v.post(paths[1], f, http.StatusSeeOther)
		list, err := x.SuggestionsFor(t.Context(), d, []string{id})
		x.must(err)
		if len(list) != 1 || list[0].Words != "Sad smo utorkom." || list[0].At%3600 != 0 {
			t.Errorf("suggestions %+v", list)
		}
		// It does not exist any more: off the map, and the centre looks at it.
		v.post(paths[2], url.Values{"service": {other}}, http.StatusUnprocessableEntity)
		v.post(paths[2], url.Values{"service": {id}}, http.StatusSeeOther)
		if s, err = x.Service(t.Context(), d, id); err != nil || s.Listed() || s.AskAt != nil {
			t.Errorf("ended: %+v %v", s, err)
		}
		tasks, err := x.pages.Tasks(t.Context(), x.centre, x.now)
		x.must(err)
		var keys []string
		for _, k := range tasks {
			keys = append(keys, k.Title)
		}
		if got := strings.Join(keys, " "); !strings.Contains(got, "directory.task.ended") || !strings.Contains(got, "directory.task.suggestion") || !strings.Contains(got, "directory.task.phone") {
			t.Errorf("tasks %s", got)
		}
	})
}

func TestStillRight_refusesALinkThatIsNoneOrTooOld(t *testing.T) {
	x := newDesk(t, dbtest.SQLite(t))
	id := x.service("Prva", old)
	x.asks()
	x.now = x.now.Add(29 * oneDay)
	x.asks()
	path := strings.TrimPrefix(links(x.letters()[0])[0], "https://kvart.test")
	v := x.visitor()
	for _, wrong := range []string{path[:len(path)-1], path + "A", strings.Replace(path, "A", "B", 1), "/hr/still-right/", "/hr/still-right/%00", "/hr/still-right/" + strings.Repeat("A", 5000)} {
		if wrong != path {
			res, err := v.Get(x.base + wrong)
			x.must(err)
			res.Body.Close()
			if res.StatusCode < 400 || res.StatusCode >= 500 {
				t.Errorf("%.60s: %d", wrong, res.StatusCode)
			}
		}
	}
	x.now = x.now.Add(62 * oneDay)
	if text := v.get(path, http.StatusNotFound).Find("main").Text(); !strings.Contains(text, "više ne vrijedi") {
		t.Errorf("an old link: %s", text)
	}
	v.post(path, url.Values{"service": {id}}, http.StatusNotFound)
}

func TestPhone_theCentreAsksWhoHasNoMailBox(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDesk(t, d)
		of := func(s *directory.Service) { s.OrganizationID = x.initiative }
		a, b := x.service("Obrok", old, of), x.service("Druženje", old, of)
		x.asks()
		x.now = x.now.Add(29 * oneDay)
		x.asks()
		if len(x.letters()) != 0 {
			t.Errorf("mails %+v", x.letters())
		}
		c := x.coordinator()
		tasks, err := x.pages.Tasks(t.Context(), x.centre, x.now)
		x.must(err)
		if len(tasks) != 1 || tasks[0].Permission != directory.LookIn {
			t.Fatalf("tasks %+v", tasks)
		}
		path := tasks[0].Address
		if text := c.get(path, http.StatusOK).Find("main").Text(); !strings.Contains(text, "Obrok") || !strings.Contains(text, "091 000 000") {
			t.Errorf("the page to phone with: %s", text)
		}
		c.post(path, url.Values{"service": {a}, "answer": {"right"}}, http.StatusSeeOther)
		c.post(path, url.Values{"service": {b}, "answer": {"perhaps"}}, http.StatusUnprocessableEntity)
		c.post(path, url.Values{"service": {db.NewID()}, "answer": {"right"}}, http.StatusNotFound)
		c.post(path, url.Values{"answer": {"unreached"}}, http.StatusSeeOther)
		s, err := x.Service(t.Context(), d, a)
		x.must(err)
		if s.AssuredBy != "centre" || s.AssuredDate != "2026-12-25" {
			t.Errorf("confirmed by phone: %+v", s)
		}
		if tasks, err = x.pages.Tasks(t.Context(), x.centre, x.now); err != nil || len(tasks) != 0 {
			t.Errorf("nobody answered: in two weeks again, not now: %+v %v", tasks, err)
		}
		x.now = x.now.Add(15 * oneDay)
		if tasks, err = x.pages.Tasks(t.Context(), x.centre, x.now); err != nil || len(tasks) != 1 || tasks[0].Args[1] != "Druženje" {
			t.Errorf("two weeks later: %+v %v", tasks, err)
		}
	})
}

func TestSuggest_keepsNothingOfWhoAndTellsTheOwner(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDesk(t, d)
		id := x.service("Savjet")
		hidden := x.service("Skrivena", func(s *directory.Service) { s.Status = "inactive" })
		v := x.visitor()
		path := "/hr/services/" + id + "/suggest"
		page := v.get(path, http.StatusOK)
		if !strings.Contains(page.Text(), "Ne čuvamo ništa o vama") {
			t.Error("the page does not say that nothing is kept")
		}
		f := form(page, "main form")
		v.post(path, f, http.StatusUnprocessableEntity)
		f.Set("kind", "wrong")
		f.Set("words", strings.Repeat("š", 1001))
		if form(v.post(path, f, http.StatusUnprocessableEntity), "main form").Get("words") != f.Get("words") {
			t.Error("what was typed is lost")
		}
		f.Set("words", "Telefon je <b>krivi</b>.")
		to := led(v.post(path, f, http.StatusSeeOther))
		v.post(path, f, http.StatusSeeOther) // twice is once
		v.get(to, http.StatusOK)
		for _, lang := range []string{"en", "nb"} {
			v.get("/"+lang+"/services/"+id+"/suggest", http.StatusOK)
		}
		v.get("/hr/services/"+hidden+"/suggest", http.StatusNotFound)
		v.post("/hr/services/"+hidden+"/suggest", f, http.StatusNotFound)
		v.get("/hr/services/"+db.NewID()+"/suggest", http.StatusNotFound)
		mails := x.letters()
		if len(mails) != 1 || mails[0].To != "ured@kvart.example" || strings.Contains(mails[0].Body, "krivi") {
			t.Errorf("mails %+v", mails)
		}
		m := x.member()
		page = m.get("/desk/corrections", http.StatusOK)
		if !strings.Contains(page.Find("main").Text(), "Telefon je <b>krivi</b>.") {
			t.Error("the suggestion is not at the desk as it was typed")
		}
		answer, _ := page.Find(`main form[action^="/desk/corrections/"]`).First().Attr("action")
		x.as("member", "organisation", x.other("peta")).post(answer, url.Values{"state": {"done"}}, http.StatusNotFound)
		m.post(answer, url.Values{"state": {"maybe"}}, http.StatusUnprocessableEntity)
		m.post(answer, url.Values{"state": {"done"}}, http.StatusSeeOther)
		m.post(answer, url.Values{"state": {"declined"}}, http.StatusConflict)
		m.get("/desk/corrections", http.StatusOK)
		// The words are gone a month after the answer, and all of it after a year.
		x.now = x.now.Add(31 * oneDay)
		x.must(x.pages.Forget(t.Context()))
		list, err := x.SuggestionsFor(t.Context(), d, []string{id})
		x.must(err)
		if len(list) != 1 || list[0].Words != "" {
			t.Errorf("after a month: %+v", list)
		}
		x.now = x.now.Add(366 * oneDay)
		x.must(x.pages.Forget(t.Context()))
		if list, err = x.SuggestionsFor(t.Context(), d, []string{id}); err != nil || len(list) != 0 {
			t.Errorf("after a year: %+v %v", list, err)
		}
	})
}

func TestSuggest_isSlowedDownForOneWhoSendsMany(t *testing.T) {
	x := newDesk(t, dbtest.SQLite(t))
	path := "/hr/services/" + x.service("Savjet") + "/suggest"
	v := x.visitor()
	slowed := 0
	for range 20 {
		res, err := v.PostForm(x.base+path, url.Values{"kind": {"wrong"}, "words": {"x"}})
		x.must(err)
		res.Body.Close()
		if res.StatusCode == http.StatusTooManyRequests {
			slowed++
		}
	}
	if slowed != 5 {
		t.Errorf("%d of 20 were slowed down", slowed)
	}
}

func TestConsent_endsOnItsDayForSearchAndForWhoAsksForChanges(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDesk(t, d)
		o, err := x.Organisation(t.Context(), d, x.initiative)
		x.must(err)
		o.Reach, o.ReachUntil = directory.Direct, "2026-11-28"
		x.save(func(tx *db.Tx) error { return x.SaveOrganisation(t.Context(), tx, o, "save", "test") })
		id := x.service("Obrok", func(s *directory.Service) { s.OrganizationID = x.initiative })
		modified := func() int64 {
			s, err := x.Service(t.Context(), d, id)
			x.must(err)
			return s.ModifiedAt
		}
		first := modified()
		x.now = x.now.Add(2 * oneDay) // its last day
		x.must(x.pages.ConsentOver(t.Context()))
		if modified() != first {
			t.Error("it ended a day early")
		}
		x.now = x.now.Add(12 * time.Hour) // past midnight in Zagreb
		x.must(x.pages.ConsentOver(t.Context()))
		second := modified()
		if second == first {
			t.Error("it did not end")
		}
		x.now = x.now.Add(time.Hour)
		x.must(x.pages.ConsentOver(t.Context()))
		if modified() != second {
			t.Error("it ended twice")
		}
	})
}

// Whoever read the organisation's mail once does not answer for it for two months more: a link goes with its mail box.
func TestStillRight_aLinkGoesWithItsMailBox(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDesk(t, d)
		x.service("Prva", old)
		x.asks()
		x.now = x.now.Add(29 * oneDay)
		x.asks()
		path := strings.TrimPrefix(links(x.letters()[0])[0], "https://kvart.test")
		v := x.visitor()
		v.get(path, http.StatusOK)
		for _, mail := range []string{"novi@kvart.example", ""} {
			x.save(func(tx *db.Tx) error {
				o, err := x.Organisation(t.Context(), tx, x.association)
				x.must(err)
				o.AskEmail = mail
				return x.SaveOrganisation(t.Context(), tx, o, "save", "test")
			})
			for _, end := range []string{"", "/changed", "/ended"} {
				v.get(path+end, http.StatusNotFound)
				v.post(path+end, nil, http.StatusNotFound)
			}
		}
	})
}

// What was changed since the page was opened waits for a look of its own.
func TestStillRight_whatChangedMeanwhileIsNotSaidToBeRight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDesk(t, d)
		id, other := x.service("Prva", old), x.service("Druga", old)
		x.asks()
		x.now = x.now.Add(29 * oneDay)
		x.asks()
		path := strings.TrimPrefix(links(x.letters()[0])[0], "https://kvart.test")
		v := x.visitor()
		f := form(v.get(path, http.StatusOK), "main form")
		x.save(func(tx *db.Tx) error {
			s, err := x.Service(t.Context(), tx, id)
			x.must(err)
			s.Description = "Sada samo uz uputnicu."
			return x.SaveService(t.Context(), tx, s, "save", "test")
		})
		if text := v.get(led(v.post(path, f, http.StatusSeeOther)), http.StatusOK).Find("main").Text(); !strings.Contains(text, "Prva") || strings.Contains(text, "Druga") {
			t.Errorf("after the press: %s", text)
		}
		for id, want := range map[string]string{id: "2026-05-01", other: "2026-12-25"} {
			if s, err := x.Service(t.Context(), d, id); err != nil || s.AssuredDate != want {
				t.Errorf("%s is assured on %s %v", s.Name, s.AssuredDate, err)
			}
		}
	})
}

// Whatever day the program was not running on, the index forgets; and whoever asks for changes is told once.
func TestConsent_thatEndedWhileNothingRanEndsOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDesk(t, d)
		o, err := x.Organisation(t.Context(), d, x.initiative)
		x.must(err)
		o.Reach, o.ReachUntil = directory.Direct, "2026-11-28"
		x.save(func(tx *db.Tx) error { return x.SaveOrganisation(t.Context(), tx, o, "save", "test") })
		where := x.location("Kuhinja", "Tajnovita 5", 45.8, 15.95)
		id := x.service("Obrok", at(where), func(s *directory.Service) { s.OrganizationID = x.initiative })
		if got := x.finds(directory.Ask{Words: "tajnovita", Lang: i18n.HR}); got != "Obrok" {
			t.Fatalf("found %q", got)
		}
		x.now = x.now.Add(20 * oneDay)
		x.must(x.pages.ConsentOver(t.Context()))
		if got := x.finds(directory.Ask{Words: "tajnovita", Lang: i18n.HR}); got != "" {
			t.Errorf("found by where it meets: %q", got)
		}
		s, err := x.Service(t.Context(), d, id)
		x.must(err)
		for range 5 {
			x.now = x.now.Add(oneDay)
			x.must(x.pages.ConsentOver(t.Context()))
		}
		if again, err := x.Service(t.Context(), d, id); err != nil || again.ModifiedAt != s.ModifiedAt {
			t.Errorf("changed again at %d, first at %d %v", again.ModifiedAt, s.ModifiedAt, err)
		}
	})
}

// Who floods a service with suggestions does not keep its organisation from saying what changed.
func TestSuggest_aFloodShutsOutOthersAndNotTheOrganisation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDesk(t, d)
		id := x.service("Prva")
		suggest := func(own bool) error {
			return d.Tx(t.Context(), func(tx *db.Tx) error {
				return x.Suggest(t.Context(), tx, directory.Suggestion{ServiceID: id, Kind: "wrong", Words: "Drugi telefon", Own: own})
			})
		}
		for range 50 {
			x.must(suggest(false))
		}
		if err := suggest(false); !fault.Is(err, fault.KindTooMany) {
			t.Errorf("one more of anybody: %v", err)
		}
		x.must(suggest(true))
	})
}
