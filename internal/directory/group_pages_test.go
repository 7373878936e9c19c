package directory_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"kvart/internal/directory"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
)

func TestGroups_aLeadAddsRenamesMovesAndRetires(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDesk(t, d)
		s := x.service("Razgovor utorkom", of(x.advice))
		b := x.lead()
		page := b.get("/desk/groups", http.StatusOK)
		if n := page.Find(".tree > li").Length(); n != 4 {
			t.Errorf("%d terms in the tree", n)
		}
		if text := page.Find("#g-" + x.advice + " > .row").Text(); !strings.Contains(text, "1 usluga") {
			t.Errorf("it does not say how many services carry it: %s", text)
		}
		// A narrower one, with everyday words; pressed twice it is there once.
		f := form(b.get("/desk/groups/new?below="+x.legal, http.StatusOK), "main form")
		f.Set("name-hr", "Sudovi")
		f.Set("words-hr", "žalba\n\nsudac")
		for range 2 {
			if to := led(b.post("/desk/groups/new?below="+x.legal, f, http.StatusSeeOther)); to != "/desk/groups" {
				t.Errorf("led to %s", to)
			}
		}
		sorts, err := x.Taxonomies(t.Context(), d)
		x.must(err)
		row := sorts.Row(x.groups, x.legal)
		if len(row) != 2 || row[1].Name[i18n.HR] != "Sudovi" {
			t.Fatalf("below: %+v", row)
		}
		courts := row[1].ID
		// Renamed and moved, from a form that another one has seen too.
		f = form(b.get("/desk/groups/"+x.advice, http.StatusOK), "main form")
		old := url.Values{}
		for k, v := range f {
			old[k] = slices.Clone(v)
		}
		f.Set("name-hr", "Pravni savjeti")
		f.Set("name-en", "Advice")
		f.Set("words-hr", "pravnik")
		f.Set("parent", x.elders)
		b.post("/desk/groups/"+x.advice, f, http.StatusSeeOther)
		if !x.meets("pravni savjeti", s) || !x.meets("pravnika", s) || !slices.Equal(x.grouped(x.elders), []string{s}) {
			t.Error("what was saved is not found at once")
		}
		old.Set("name-hr", "Nešto drugo")
		page = b.post("/desk/groups/"+x.advice, old, http.StatusConflict)
		if v, _ := page.Find("#f-name-hr").Attr("value"); v != "Nešto drugo" || page.Find("#faults").Length() != 1 {
			t.Errorf("the second is not told, or loses %q", v)
		}
		old.Set("words-hr", "odvjetnik")
		old.Set("version", "2")
		b.post("/desk/groups/"+x.advice, old, http.StatusConflict) // the words are not what was seen
		// Below itself, in another's place, without a name.
		f = form(b.get("/desk/groups/"+x.legal, http.StatusOK), "main form")
		if page.Find(`#f-parent option[value="`+x.advice+`"]`).Length() != 0 {
			t.Error("a term is offered itself as the wider one")
		}
		for field, bad := range map[string]string{"parent": courts, "name-hr": "", "words-hr": "!!!", "about-hr": strings.Repeat("a", 20000)} {
			g := url.Values{}
			for k, v := range f {
				g[k] = v
			}
			g.Set(field, bad)
			if page = b.post("/desk/groups/"+x.legal, g, http.StatusUnprocessableEntity); page.Find("#e-"+field).Length() != 1 {
				t.Errorf("%s = %.20q: the fault is not beside its field", field, bad)
			}
		}
		// Retired, with what happens told before.
		page = b.get("/desk/groups/"+x.elders+"/retire", http.StatusOK)
		if page.Find("main form").Length() != 0 || !strings.Contains(page.Find("main").Text(), "Pomoć u kući") {
			t.Error("one with narrower terms can be retired")
		}
		page = b.get("/desk/groups/"+x.advice+"/retire", http.StatusOK)
		if text := page.Find("main").Text(); !strings.Contains(text, "Razgovor utorkom") || !strings.Contains(text, "1 usluga nema nijednu drugu") {
			t.Errorf("what happens is not said: %s", text)
		}
		f = form(page, "main form")
		f.Set("instead", courts)
		if page = b.post("/desk/groups/"+x.advice+"/retire", f, http.StatusOK); !strings.Contains(page.Find("main").Text(), "Ukloniti skupinu „Pravni savjeti”?") {
			t.Error("it is not asked once")
		}
		f.Set("sure", "1")
		b.post("/desk/groups/"+x.advice+"/retire", f, http.StatusSeeOther)
		b.get("/desk/groups/"+x.advice, http.StatusNotFound)
		if one, err := x.Service(t.Context(), d, s); err != nil || !slices.Equal(one.Terms(), []string{courts}) || !x.meets("pravnik", s) {
			t.Error("its service:", one.Terms(), err)
		}
		if page = b.get("/desk/services/"+s+"/history", http.StatusOK); !strings.Contains(page.Find("main").Text(), "skupina je uklonjena ili zamijenjena") {
			t.Error("the service's history does not tell")
		}
		// Up, down.
		b.post("/desk/groups/"+x.legal+"/move", url.Values{"to": {"up"}}, http.StatusSeeOther)
		if sorts, err = x.Taxonomies(t.Context(), d); err != nil || sorts.Groups()[0].ID != x.legal {
			t.Error("it did not move up")
		}
	})
}

func TestGroups_manyServicesAreLeftToAJobThatSaysHowFarItIs(t *testing.T) {
	d := dbtest.SQLite(t)
	x := newDesk(t, d)
	for i := range 201 {
		x.service(fmt.Sprint("Usluga ", i), of(x.home))
	}
	b := x.lead()
	f := form(b.get("/desk/groups/"+x.home, http.StatusOK), "main form")
	f.Set("name-hr", "Njega")
	b.post("/desk/groups/"+x.home, f, http.StatusSeeOther)
	if text := b.get("/desk/groups", http.StatusOK).Find("#g-" + x.home + " .tag").Text(); !strings.Contains(text, "u pretrazi 0 od 201") {
		t.Errorf("the page says %q", text)
	}
	x.must(x.WorkOnTerms(t.Context()))
	if page := b.get("/desk/groups", http.StatusOK); page.Find("#g-"+x.home+" .tag").Length() != 0 {
		t.Error("it says still that it goes on")
	}
}

func TestSorts_aNetworkWithoutGroupsBeginsAListAndMayRemoveItWhileEmpty(t *testing.T) {
	d := dbtest.SQLite(t)
	x := newDesk(t, d)
	b := x.lead()
	f := form(b.get("/desk/taxonomies/new", http.StatusOK), "main form")
	b.post("/desk/taxonomies/new", f, http.StatusUnprocessableEntity)
	f.Set("name-hr", "Naš popis")
	b.post("/desk/taxonomies/new", f, http.StatusSeeOther)
	sorts, err := x.Taxonomies(t.Context(), d)
	x.must(err)
	var id string
	for _, one := range sorts.List {
		if one.Name[i18n.HR] == "Naš popis" {
			id = one.ID
		}
	}
	f = form(b.get("/desk/taxonomies/"+id, http.StatusOK), "main form")
	f.Set("groups", "1")
	b.post("/desk/taxonomies/"+id, f, http.StatusSeeOther)
	b.post("/desk/taxonomies/"+id, f, http.StatusConflict)
	if b.get("/desk/taxonomies/"+x.groups, http.StatusOK).Find(".danger").Length() != 0 {
		t.Error("a list with groups can be removed")
	}
	b.post("/desk/taxonomies/"+x.groups+"/remove", url.Values{"version": {"1"}, "sure": {"1"}}, http.StatusConflict)
	b.post("/desk/taxonomies/"+id+"/remove", url.Values{"version": {"2"}, "sure": {"1"}}, http.StatusSeeOther)
	b.get("/desk/taxonomies/"+id, http.StatusNotFound)
}

func TestWords_areTriedBeforeTheyAreSaved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDesk(t, d)
		s := x.service("Razgovor utorkom", of(x.legal))
		b := x.lead()
		f := form(b.get("/desk/words/new?in=hr&word=pravnik", http.StatusOK), "main form")
		f.Set("means", "pravna pomoć\nodvjetnik")
		f.Set("do", "try")
		page := b.post("/desk/words/new", f, http.StatusOK)
		if text := page.Find("#tried").Text(); !strings.Contains(text, "Ništa.") || !strings.Contains(text, "Razgovor utorkom") || page.Find("#tried .tag").Length() != 1 {
			t.Errorf("the trial says %q", text)
		}
		if v, _ := page.Find("#f-word").Attr("value"); v != "pravnik" || page.Find("#f-means").Text() != "pravna pomoć\nodvjetnik" {
			t.Error("what was typed is gone")
		}
		if x.meets("pravnik", s) {
			t.Fatal("trying saved it")
		}
		f.Del("do")
		b.post("/desk/words/new", f, http.StatusSeeOther)
		if !x.meets("pravnika", s) {
			t.Error("what was saved does not find it")
		}
		page = b.get("/desk/words?in=hr&q=PRAVN", http.StatusOK)
		to, _ := page.Find("tbody a").Attr("href")
		edit := form(b.get(to, http.StatusOK), "main form")
		other := url.Values{}
		for k, v := range edit {
			other[k] = slices.Clone(v)
		}
		edit.Set("means", "odvjetnik")
		b.post(to, edit, http.StatusSeeOther)
		if x.meets("pravnik", s) {
			t.Error("a meaning that was taken away still finds")
		}
		other.Set("means", "nešto treće")
		if page = b.post(to, other, http.StatusConflict); page.Find("#f-means").Text() != "nešto treće" {
			t.Error("the second is not told, or loses what was typed")
		}
		for field, bad := range map[string]string{"word": "…", "means": "a, b"} {
			g := url.Values{"lang": {"hr"}, "word": {"riječ"}, "means": {"značenje"}}
			g.Set(field, bad)
			if page = b.post("/desk/words/new", g, http.StatusUnprocessableEntity); page.Find("#e-"+field).Length() != 1 {
				t.Errorf("%s = %q: no fault beside it", field, bad)
			}
		}
		b.post("/desk/words/new", url.Values{"lang": {"hr"}, "word": {"riječ"}, "means": {strings.Join(strings.Split("jedan dva tri četiri pet šest sedam osam devet", " "), "\n")}}, http.StatusUnprocessableEntity)
		x.save(func(tx *db.Tx) error {
			return x.AddSynonym(t.Context(), tx, directory.Synonym{Lang: i18n.HR, Word: "druga", Means: "pravna pomoć"}, "test")
		})
		edit = form(b.get(to, http.StatusOK), "main form")
		edit.Set("word", "druga")
		if page = b.post(to, edit, http.StatusUnprocessableEntity); page.Find("#e-word").Length() != 1 {
			t.Error("a word that is there already")
		}
		gone := form(b.get(to, http.StatusOK), `form[action*="/remove"]`)
		gone.Set("sure", "1")
		b.post(strings.Replace(to, "/edit?", "/remove?", 1), gone, http.StatusSeeOther)
		b.get(to, http.StatusNotFound)
	})
}

func TestWords_ofATermAreTriedByItsSavedName(t *testing.T) {
	d := dbtest.SQLite(t)
	x := newDesk(t, d)
	x.service("Razgovor utorkom", of(x.legal))
	b := x.lead()
	f := form(b.get("/desk/groups/"+x.legal, http.StatusOK), "main form")
	f.Set("words-hr", "pravnik\nsud")
	f.Set("do", "try")
	page := b.post("/desk/groups/"+x.legal, f, http.StatusOK)
	if v, _ := page.Find("#f-try").Attr("value"); v != "pravnik" || page.Find("#tried .tag").Length() != 1 {
		t.Errorf("tried %q: %s", v, page.Find("#tried").Text())
	}
	if list, err := x.Synonyms(t.Context(), d); err != nil || len(list) != 0 {
		t.Error("trying saved:", list, err)
	}
}

func TestGroups_areTheLeadsAlone(t *testing.T) {
	d := dbtest.SQLite(t)
	x := newDesk(t, d)
	for _, b := range []*browser{x.member(), x.coordinator()} {
		for _, path := range []string{"/desk/groups", "/desk/groups/" + x.legal, "/desk/words", "/desk/taxonomies/" + x.groups} {
			b.get(path, http.StatusForbidden)
		}
		b.post("/desk/words/new", url.Values{"lang": {"hr"}, "word": {"pravnik"}, "means": {"pravna pomoć"}}, http.StatusForbidden)
	}
	if list, err := x.Synonyms(t.Context(), d); err != nil || len(list) != 0 {
		t.Error(list, err)
	}
}
