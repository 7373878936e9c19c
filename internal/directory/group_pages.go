package directory

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// mostUnfolded is how many terms of a taxonomy the page of groups shows at once; of a larger one a row at a time.
const mostUnfolded = 300

// groupSheet is the page of groups: all taxonomies, or what is below one term of a large one.
type groupSheet struct {
	Sorts   *Taxonomies
	Below   *Term // nil: everything
	Carried map[string]int
	Works   map[string]TermWork
}

// open says whether the page shows what is below terms of the taxonomy too.
func (v groupSheet) open(taxonomy string) bool {
	n := 0
	for _, t := range v.Sorts.Terms {
		if t.TaxonomyID == taxonomy {
			n++
		}
	}
	return n <= mostUnfolded
}

func (p *DeskPages) groups(w http.ResponseWriter, r *web.Request) error {
	ctx, q := r.Context(), p.Store.DB
	sorts, err := p.Store.Taxonomies(ctx, q)
	if err != nil {
		return err
	}
	v := groupSheet{Sorts: sorts}
	if id := r.URL.Query().Get("below"); id != "" {
		if v.Below = sorts.Term(id); v.Below == nil {
			return fault.NotFound("fault.not_found")
		}
	}
	if v.Carried, err = p.Store.CarriedBy(ctx, q); err != nil {
		return err
	}
	if v.Works, err = p.Store.TermWorks(ctx, q); err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, groupsPage(r, v))
}

// termForm is all that the form of a term shows.
type termForm struct {
	Term
	*web.Form
	Sorts *Taxonomies
	Tried *Tried
	Work  *TermWork
}

// wordsField is the form's field of the words in the language.
func wordsField(l i18n.Lang) string { return "words-" + string(l) }

// seenField is the hidden field with the words as they were when the form was made.
func seenField(l i18n.Lang) string { return "seen-" + string(l) }

// linesOf are the lines of a field, each once; empty ones are none.
func linesOf(text string) (list []string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" && !slices.Contains(list, line) {
			list = append(list, line)
		}
	}
	return list
}

func (p *DeskPages) showTerm(w http.ResponseWriter, r *web.Request, status int, t Term, f *web.Form, tried *Tried) error {
	sorts, err := p.Store.Taxonomies(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	works, err := p.Store.TermWorks(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	v := termForm{Term: t, Form: f, Sorts: sorts, Tried: tried}
	if x, ok := works[t.ID]; ok {
		v.Work = &x
	}
	return r.HTML(w, status, termPage(r, v))
}

func (p *DeskPages) newTerm(w http.ResponseWriter, r *web.Request) error {
	t, err := p.begunTerm(r)
	if err != nil {
		return err
	}
	return p.showTerm(w, r, http.StatusOK, t, web.NewForm("parent", orEmpty(t.ParentID)), nil)
}

// begunTerm is a new term of the taxonomy, or below the term, that the address names.
func (p *DeskPages) begunTerm(r *web.Request) (Term, error) {
	sorts, err := p.Store.Taxonomies(r.Context(), p.Store.DB)
	if err != nil {
		return Term{}, err
	}
	if above := sorts.Term(r.URL.Query().Get("below")); above != nil {
		return Term{TaxonomyID: above.TaxonomyID, ParentID: &above.ID}, nil
	}
	if x := sorts.Taxonomy(r.URL.Query().Get("in")); x != nil {
		return Term{TaxonomyID: x.ID}, nil
	}
	return Term{}, fault.NotFound("fault.not_found")
}

func (p *DeskPages) addTerm(w http.ResponseWriter, r *web.Request) error {
	t, err := p.begunTerm(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	sorts, err := p.Store.Taxonomies(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	for _, o := range sorts.Terms {
		if o.TaxonomyID == t.TaxonomyID {
			t.Position = max(t.Position, o.Position+1)
		}
	}
	changed, words, err := typedTerm(f, t, sorts)
	if err == nil {
		changed.ID = db.NewID()
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), groupsPath, r.Now); err != nil {
				return err
			}
			if err := p.Store.SaveTerm(r.Context(), tx, changed, r.Viewer.Account.ID); err != nil {
				return err
			}
			for _, y := range words {
				if err := p.Store.AddSynonym(r.Context(), tx, y, r.Viewer.Account.ID); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		if f.Failed(err) {
			return p.showTerm(w, r, web.Status(f.Err), t, f, nil)
		}
		return err
	}
	r.Flash("directory.groups.added")
	return r.See(w, groupsPath)
}

// typedTerm is the term as it was typed, and the words that mean it. It returns Invalid with the fields that cannot be right.
func typedTerm(f *web.Form, t Term, sorts *Taxonomies) (Term, []Synonym, error) {
	var faults fault.Form
	named := t.needsCroatian()
	t.Name, t.Description, t.ParentID = f.Texts("name"), f.Texts("about"), orNull(f.Get("parent"))
	if t.Name[i18n.HR] == "" && !t.Name.Empty() && named {
		faults.Add("name-hr", "fault.required")
	}
	if above := orEmpty(t.ParentID); above != "" {
		if wide := sorts.Term(above); wide == nil || wide.TaxonomyID != t.TaxonomyID {
			faults.Add("parent", "directory.fault.choose")
		} else if t.ID != "" && slices.ContainsFunc(sorts.Up(above), func(o Term) bool { return o.ID == t.ID }) {
			faults.Add("parent", "directory.fault.cycle")
		}
	}
	if err := t.Check(); err != nil {
		for _, x := range fault.Of(err).Fields {
			if x.Name = x.Name + "-hr"; x.Name == "description-hr" {
				x.Name = "about-hr"
			}
			faults.Add(x.Name, x.Key, x.Args...)
		}
	}
	return t, typedWords(f, &faults, t), faults.Err()
}

// needsCroatian says whether the form asks for a Croatian name: of a new term, and of one that has one. Imported terms may have
// none.
func (t Term) needsCroatian() bool { return t.Version == 0 || t.Name[i18n.HR] != "" }

// typedWords are the words that were typed for the term, by its name as it is given.
func typedWords(f *web.Form, faults *fault.Form, t Term) (list []Synonym) {
	for _, l := range i18n.All {
		lines := linesOf(f.Get(wordsField(l)))
		checkList(faults, wordsField(l), len(lines), mostWordsFor)
		for _, word := range lines {
			y := Synonym{Lang: l, Word: word, Means: t.Meant(l)}
			if err := y.Check(); err != nil {
				x := fault.Of(err).Fields[0]
				if x.Name == "means" && x.Key != "directory.fault.means_itself" {
					continue // a fault of the name is told at the name
				}
				faults.Add(wordsField(l), x.Key, x.Args...)
				break
			}
			list = append(list, y)
		}
	}
	return list
}

// termAt is the term that the address names.
func (p *DeskPages) termAt(r *web.Request) (Term, *Taxonomies, error) {
	sorts, err := p.Store.Taxonomies(r.Context(), p.Store.DB)
	if err != nil {
		return Term{}, nil, err
	}
	t := sorts.Term(r.PathValue("id"))
	if t == nil {
		return Term{}, nil, fault.NotFound("fault.not_found")
	}
	return *t, sorts, nil
}

func (p *DeskPages) editTerm(w http.ResponseWriter, r *web.Request) error {
	t, _, err := p.termAt(r)
	if err != nil {
		return err
	}
	list, err := p.Store.Synonyms(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	f := web.NewForm("version", digits(t.Version), "parent", orEmpty(t.ParentID))
	f.SetTexts("name", t.Name)
	f.SetTexts("about", t.Description)
	for _, l := range i18n.All {
		words := strings.Join(WordsFor(list, l, t.Meant(l)), "\n")
		f.Values.Set(wordsField(l), words)
		f.Values.Set(seenField(l), words)
	}
	return p.showTerm(w, r, http.StatusOK, t, f, nil)
}

func (p *DeskPages) changeTerm(w http.ResponseWriter, r *web.Request) error {
	t, sorts, err := p.termAt(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if f.Get("do") == "try" {
		return p.tryTerm(w, r, t, f)
	}
	var soon bool
	changed, words, err := typedTerm(f, t, sorts)
	if err == nil {
		var faults fault.Form
		changed.Version = f.Int(&faults, "version", 0, 0, 1<<30)
		err = faults.Err()
	}
	if err == nil && changed.Version == 0 {
		err = fault.Conflict("network.fault.changed_meanwhile")
	}
	if err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) (err error) {
			soon, err = p.saveTerm(r.Context(), tx, f, t, changed, words, r.Viewer.Account.ID)
			return err
		})
	}
	if err != nil {
		if f.Failed(err) {
			return p.showTerm(w, r, web.Status(f.Err), t, f, nil)
		}
		return err
	}
	if soon {
		r.Flash("directory.groups.soon")
	} else {
		r.Flash("directory.desk.saved")
	}
	return r.See(w, groupsPath)
}

// saveTerm saves the term and the words that mean it, and says whether the job still has services to index.
func (p *DeskPages) saveTerm(ctx context.Context, tx *db.Tx, f *web.Form, was, is Term, words []Synonym, by string) (soon bool, err error) {
	for _, l := range i18n.All { // by the old name; they follow the new one
		var typed []string
		for _, y := range words {
			if y.Lang == l {
				typed = append(typed, y.Word)
			}
		}
		if seen := linesOf(f.Get(seenField(l))); !sameWords(seen, typed) {
			if err := p.Store.SetWordsFor(ctx, tx, l, was.Meant(l), seen, typed, by); err != nil {
				return false, err
			}
		}
	}
	if !sameJSON(was, is) {
		if err := p.Store.SaveTerm(ctx, tx, is, by); err != nil {
			return false, err
		}
	}
	over, err := p.Store.WorkOff(ctx, tx, is.ID)
	return !over, err
}

// tryTerm shows what a search would find with the words that were typed. Services are found by the name that is saved.
func (p *DeskPages) tryTerm(w http.ResponseWriter, r *web.Request, t Term, f *web.Form) error {
	var faults fault.Form
	words := typedWords(f, &faults, t)
	if err := faults.Err(); err != nil && f.Failed(err) {
		return p.showTerm(w, r, web.Status(f.Err), t, f, nil)
	}
	tried, err := p.try(r, f, func(y Synonym) bool { return y.Means == t.Meant(y.Lang) }, words)
	if err != nil {
		return err
	}
	return p.showTerm(w, r, http.StatusOK, t, f, tried)
}

func (p *DeskPages) moveTerm(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if err := p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		return p.Store.Move(r.Context(), tx, r.PathValue("id"), f.Get("to") == "down", r.Viewer.Account.ID)
	}); err != nil {
		return err
	}
	to := groupsPath
	if below := f.Get("below"); db.IsID(below) {
		to += "?below=" + below
	}
	return r.See(w, to+"#g-"+r.PathValue("id"))
}
