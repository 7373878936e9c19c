package directory_test

import (
	"fmt"
	"slices"
	"testing"

	"kvart/internal/directory"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// term is the one of the id as it is now.
func (w *town) term(id string) directory.Term {
	w.t.Helper()
	sorts, err := w.Taxonomies(w.t.Context(), w.DB)
	w.must(err)
	t := sorts.Term(id)
	if t == nil {
		return directory.Term{}
	}
	return *t
}

// meets says whether the words find the service.
func (w *town) meets(words, id string) bool {
	w.t.Helper()
	f, err := w.Find(w.t.Context(), w.DB, directory.Ask{Words: words, Lang: i18n.HR})
	w.must(err)
	return slices.ContainsFunc(f.Hits, func(h directory.Hit) bool { return h.ID == id }) && !f.Loose
}

func (w *town) saveTerm(t directory.Term) error {
	return w.DB.Tx(w.t.Context(), func(tx *db.Tx) error { return w.SaveTerm(w.t.Context(), tx, t, "test") })
}

// grouped are the services of a group, as its filter finds them.
func (w *town) grouped(id string) (ids []string) {
	w.t.Helper()
	f, err := w.Find(w.t.Context(), w.DB, directory.Ask{Group: id, Lang: i18n.HR})
	w.must(err)
	for _, h := range f.Hits {
		ids = append(ids, h.ID)
	}
	return ids
}

func TestSaveTerm_renamedOrMovedFindsItsServicesByTheNewWordsAndPlace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		s := w.service("Razgovor utorkom", of(w.advice))
		w.save(func(tx *db.Tx) error {
			return w.AddSynonym(t.Context(), tx, directory.Synonym{Lang: i18n.HR, Word: "pravnik", Means: "Pravna pomoć"}, "test")
		})
		if !w.meets("pravnik", s) || !w.meets("pravna pomoć", s) {
			t.Fatal("it is not found to begin with")
		}
		legal := w.term(w.legal)
		legal.Name = i18n.Text{i18n.HR: "Odvjetnički savjeti", i18n.EN: "Legal aid"}
		w.must(w.saveTerm(legal))
		w.must(w.WorkOnTerms(t.Context()))
		if !w.meets("odvjetnički savjeti", s) || !w.meets("pravnik", s) || w.meets("pravna pomoć", s) {
			t.Error("after the new name:", w.meets("odvjetnički savjeti", s), w.meets("pravnik", s), w.meets("pravna pomoć", s))
		}
		if err := w.saveTerm(legal); !fault.Is(err, fault.KindConflict) {
			t.Errorf("with the version of before: %v", err)
		}
		advice := w.term(w.advice)
		advice.ParentID = &w.elders
		w.save(func(tx *db.Tx) error {
			w.must(w.SaveTerm(t.Context(), tx, advice, "test"))
			over, err := w.WorkOff(t.Context(), tx, w.advice)
			if !over {
				t.Error("one service was left to the job")
			}
			return err
		})
		if !slices.Equal(w.grouped(w.elders), []string{s}) || len(w.grouped(w.legal)) != 0 {
			t.Error("after it moved:", w.grouped(w.elders), w.grouped(w.legal))
		}
		if works, err := w.TermWorks(t.Context(), d); err != nil || len(works) > 0 {
			t.Error("work is left:", works, err)
		}
	})
}

func TestRetireTerm_givesItsServicesWhatComesInstead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		var ids []string
		w.save(func(tx *db.Tx) error {
			return w.AddSynonym(t.Context(), tx, directory.Synonym{Lang: i18n.HR, Word: "papiri", Means: "Savjetovanje"}, "test")
		})
		for i := range 3 {
			ids = append(ids, w.service(fmt.Sprint("Usluga ", i), of(w.advice)))
		}
		both := w.service("Obje", of(w.advice), of(w.home))
		retire := func(id, instead string) error {
			return d.Tx(t.Context(), func(tx *db.Tx) error {
				return w.RetireTerm(t.Context(), tx, id, w.term(id).Version, instead, "test")
			})
		}
		if err := retire(w.legal, w.elders); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("one with narrower terms: %v", err)
		}
		if err := retire(w.advice, w.advice); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("itself in its place: %v", err)
		}
		w.must(retire(w.advice, w.home))
		if err := retire(w.advice, ""); !fault.Is(err, fault.KindConflict) {
			t.Errorf("twice: %v", err)
		}
		if err := retire(w.home, ""); !fault.Is(err, fault.KindConflict) {
			t.Errorf("what another gives way to: %v", err)
		}
		if err := w.saveTerm(w.term(w.advice)); !fault.Is(err, fault.KindConflict) {
			t.Errorf("a change while it goes: %v", err)
		}
		if err := w.saveTerm(directory.Term{ID: db.NewID(), TaxonomyID: w.groups, ParentID: &w.advice, Name: i18n.Text{i18n.HR: "Uže"}}); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("a narrower one while it goes: %v", err)
		}
		late := w.service("Kasna", of(w.advice))
		w.must(w.WorkOnTerms(t.Context()))
		if w.term(w.advice).ID != "" {
			t.Error("the term is still there")
		}
		for _, id := range append(ids, both, late) {
			s, err := w.Service(t.Context(), d, id)
			if w.must(err); !slices.Equal(s.Terms(), []string{w.home}) {
				t.Error(s.Name, s.Terms())
			}
			if v, err := w.Versions(t.Context(), d, "service", id); err != nil || v[0].Action != "terms" || v[0].By != "test" {
				t.Errorf("its history: %+v %v", v[0], err)
			}
		}
		if n := len(w.grouped(w.home)); n != 5 {
			t.Error(n, "in the group that came instead")
		}
		if !w.meets("papiri", ids[0]) {
			t.Error("the word that meant it does not mean what came instead")
		}
		// An older state of a service comes back without it.
		w.save(func(tx *db.Tx) error { return w.Undo(t.Context(), tx, "service", ids[0], 1, 2, "test") })
		if s, err := w.Service(t.Context(), d, ids[0]); err != nil || len(s.Terms()) != 0 {
			t.Error("after undoing:", s.Terms(), err)
		}
		// Without another they carry nothing.
		w.must(retire(w.home, ""))
		w.must(w.WorkOnTerms(t.Context()))
		if s, err := w.Service(t.Context(), d, both); err != nil || len(s.Terms()) != 0 {
			t.Error("without another:", s.Terms(), err)
		}
	})
}

func TestWorkOnTerms_takesManyInSeveralTransactionsAndSaysHowFarItIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		for i := range 201 {
			w.service(fmt.Sprint("Usluga ", i), of(w.home))
		}
		home := w.term(w.home)
		home.Name = i18n.Text{i18n.HR: "Njega"}
		w.save(func(tx *db.Tx) error {
			w.must(w.SaveTerm(t.Context(), tx, home, "test"))
			over, err := w.WorkOff(t.Context(), tx, w.home)
			if over {
				t.Error("a page waited for 201 services")
			}
			return err
		})
		works, err := w.TermWorks(t.Context(), d)
		if w.must(err); works[w.home].Total != 201 || works[w.home].Done != 0 {
			t.Errorf("before: %+v", works)
		}
		w.must(w.WorkOnTerms(t.Context()))
		if f, err := w.Find(t.Context(), d, directory.Ask{Words: "njega", Lang: i18n.HR}); err != nil || !f.More {
			t.Error("found by the new name:", f.Count, f.More, err)
		}
		if f, err := w.Find(t.Context(), d, directory.Ask{Words: "pomoć u kući", Lang: i18n.HR}); err != nil || f.Count > 0 && !f.Loose {
			t.Error("found by the old name:", f.Count, err)
		}
	})
}

func TestMove_changesTheOrderOfOneRow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		move := func(id string, down bool) string {
			w.save(func(tx *db.Tx) error { return w.Move(t.Context(), tx, id, down, "test") })
			sorts, err := w.Taxonomies(t.Context(), d)
			w.must(err)
			var names string
			for _, g := range sorts.Groups() {
				names += g.Name[i18n.HR][:2]
			}
			return names
		}
		for i, c := range []struct {
			id   string
			down bool
			want string
		}{{w.elders, false, "StPr"}, {w.elders, true, "PrSt"}, {w.elders, true, "PrSt"}, {w.elders, false, "StPr"}, {w.home, true, "StPr"}} {
			if got := move(c.id, c.down); got != c.want {
				t.Errorf("%d: %s, want %s", i, got, c.want)
			}
		}
	})
}
