package directory

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/web"
)

// wordRow is a word with all that it means.
type wordRow struct {
	Lang  i18n.Lang
	Word  string
	Means []string
}

// path is where the word is changed.
func (w wordRow) path() string {
	return wordsPath + "/edit?" + url.Values{"in": {string(w.Lang)}, "word": {w.Word}}.Encode()
}

// wordRows are the synonyms of a language by word, those that what was typed is part of; marks and capitals do not count.
func wordRows(list []Synonym, l i18n.Lang, typed string) (rows []wordRow) {
	typed = i18n.Fold(typed)
	for _, y := range list {
		if y.Lang != l {
			continue
		}
		if n := len(rows); n > 0 && rows[n-1].Word == y.Word {
			rows[n-1].Means = append(rows[n-1].Means, y.Means)
			continue
		}
		rows = append(rows, wordRow{l, y.Word, []string{y.Means}})
	}
	return slices.DeleteFunc(rows, func(w wordRow) bool {
		return !strings.Contains(i18n.Fold(w.Word), typed) && !slices.ContainsFunc(w.Means, func(m string) bool { return strings.Contains(i18n.Fold(m), typed) })
	})
}

// wordSheet is the page of words.
type wordSheet struct {
	Lang   i18n.Lang
	Q      string
	Rows   []wordRow
	Count  map[i18n.Lang]int
	Before string
	After  string
}

func (p *DeskPages) words(w http.ResponseWriter, r *web.Request) error {
	list, err := p.Store.Synonyms(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	v := wordSheet{Lang: r.Lang(), Q: r.URL.Query().Get("q"), Count: map[i18n.Lang]int{}}
	if l, ok := i18n.Parse(r.URL.Query().Get("in")); ok {
		v.Lang = l
	}
	for _, l := range i18n.All {
		v.Count[l] = len(wordRows(list, l, ""))
	}
	v.Rows = wordRows(list, v.Lang, v.Q)
	less := r.Names()
	slices.SortStableFunc(v.Rows, func(a, b wordRow) int { return less(a.Word, b.Word) })
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	page = min(max(page, 1), 100_000)
	from := min((page-1)*deskPage, len(v.Rows))
	if page > 1 {
		v.Before = r.With("page", digits(page-1))
	}
	if len(v.Rows) > from+deskPage {
		v.After = r.With("page", digits(page+1))
	}
	v.Rows = v.Rows[from:min(from+deskPage, len(v.Rows))]
	return r.HTML(w, http.StatusOK, wordsPage(r, v))
}

// wordForm is all that the form of a word shows.
type wordForm struct {
	*web.Form
	Fresh bool
	Lang  i18n.Lang
	Word  string // as it is kept
	Tried *Tried
}

func (p *DeskPages) newWord(w http.ResponseWriter, r *web.Request) error {
	l, ok := i18n.Parse(r.URL.Query().Get("in"))
	if !ok {
		l = r.Lang()
	}
	return r.HTML(w, http.StatusOK, wordPage(r, wordForm{Form: web.NewForm("lang", string(l), "word", r.URL.Query().Get("word")), Fresh: true}))
}

// typedWord is what was typed: a word and what it means. It returns Invalid with the fields that cannot be right.
func typedWord(f *web.Form, l i18n.Lang) (word string, means []string, err error) {
	var faults fault.Form
	word, means = strings.Join(strings.Fields(f.Get("word")), " "), linesOf(f.Get("means"))
	checkList(&faults, "means", len(means), mostMeanings)
	if len(means) == 0 {
		faults.Add("means", "fault.required")
		means = []string{""}
	}
	for i, m := range means {
		if err := (Synonym{l, word, m}).Check(); err != nil {
			for _, x := range fault.Of(err).Fields {
				switch {
				case x.Name != "means" && i == 0:
					faults.Add(x.Name, x.Key, x.Args...)
				case x.Name == "means" && m != "":
					faults.Add("means", x.Key, x.Args...)
				}
			}
		}
		if faults.Err() != nil {
			break
		}
	}
	return word, means, faults.Err()
}

func (p *DeskPages) addWord(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	l, _ := i18n.Parse(f.Get("lang"))
	word, means, err := typedWord(f, l)
	v := wordForm{Form: f, Fresh: true}
	if err == nil && f.Get("do") == "try" {
		return p.tryWord(w, r, v, l, "", word, means)
	}
	if err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			if err := web.Claim(r.Context(), tx, f.Get("form_key"), wordsPath, r.Now); err != nil {
				return err
			}
			list, err := p.Store.Synonyms(r.Context(), tx)
			if err != nil {
				return err
			}
			had := MeaningsOf(list, l, word)
			all := append(slices.Clone(had), slices.DeleteFunc(slices.Clone(means), func(m string) bool { return slices.Contains(had, m) })...)
			if len(all) > mostMeanings { // with those that it has
				var faults fault.Form
				faults.Add("means", "directory.fault.too_many", "max", mostMeanings)
				return faults.Err()
			}
			return p.Store.SetMeanings(r.Context(), tx, l, word, had, all, r.Viewer.Account.ID)
		})
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), wordPage(r, v))
		}
		return err
	}
	r.Flash("directory.words.saved", "word", word)
	return r.See(w, wordsPath+"?in="+string(l))
}

// wordAt is the word that the address names, with what it means. It is NotFound where it is no synonym.
func (p *DeskPages) wordAt(r *web.Request) (l i18n.Lang, word string, means []string, err error) {
	list, err := p.Store.Synonyms(r.Context(), p.Store.DB)
	if err != nil {
		return "", "", nil, err
	}
	l, _ = i18n.Parse(r.URL.Query().Get("in"))
	word = r.URL.Query().Get("word")
	if means = MeaningsOf(list, l, word); len(means) == 0 {
		err = fault.NotFound("fault.not_found")
	}
	return l, word, means, err
}

func (p *DeskPages) editWord(w http.ResponseWriter, r *web.Request) error {
	l, word, means, err := p.wordAt(r)
	if err != nil {
		return err
	}
	f := web.NewForm("lang", string(l), "word", word, "means", strings.Join(means, "\n"), "seen", strings.Join(means, "\n"))
	return r.HTML(w, http.StatusOK, wordPage(r, wordForm{Form: f, Lang: l, Word: word}))
}

func (p *DeskPages) changeWord(w http.ResponseWriter, r *web.Request) error {
	l, had, _, err := p.wordAt(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	v := wordForm{Form: f, Lang: l, Word: had}
	word, means, err := typedWord(f, l)
	if err == nil && f.Get("do") == "try" {
		return p.tryWord(w, r, v, l, had, word, means)
	}
	if err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			seen, by := linesOf(f.Get("seen")), r.Viewer.Account.ID
			if word == had {
				return p.Store.SetMeanings(r.Context(), tx, l, had, seen, means, by)
			}
			list, err := p.Store.Synonyms(r.Context(), tx)
			if err != nil {
				return err
			}
			if len(MeaningsOf(list, l, word)) > 0 {
				var faults fault.Form
				faults.Add("word", "directory.fault.word_there")
				return faults.Err()
			}
			if err := p.Store.SetMeanings(r.Context(), tx, l, had, seen, nil, by); err != nil {
				return err
			}
			return p.Store.SetMeanings(r.Context(), tx, l, word, nil, means, by)
		})
	}
	if err != nil {
		if f.Failed(err) {
			return r.HTML(w, web.Status(f.Err), wordPage(r, v))
		}
		return err
	}
	r.Flash("directory.words.saved", "word", word)
	return r.See(w, wordsPath+"?in="+string(l))
}

func (p *DeskPages) removeWordQuestion(r *web.Request) (string, error) {
	_, word, _, err := p.wordAt(r)
	return r.T("directory.words.remove.sure", "word", word), err
}

func (p *DeskPages) removeWord(w http.ResponseWriter, r *web.Request) error {
	l, word, means, err := p.wordAt(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if err := p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		return p.Store.SetMeanings(r.Context(), tx, l, word, linesOf(f.Get("seen")), nil, r.Viewer.Account.ID)
	}); err != nil {
		if f.Failed(err) {
			f.Values.Set("lang", string(l))
			f.Values.Set("word", word)
			f.Values.Set("means", strings.Join(means, "\n"))
			return r.HTML(w, web.Status(f.Err), wordPage(r, wordForm{Form: f, Lang: l, Word: word}))
		}
		return err
	}
	r.Flash("directory.words.removed", "word", word)
	return r.See(w, wordsPath+"?in="+string(l))
}

// tryWord shows what a search would find with what was typed.
func (p *DeskPages) tryWord(w http.ResponseWriter, r *web.Request, v wordForm, l i18n.Lang, had, word string, means []string) (err error) {
	if f := v.Form; f.Get("try") == "" {
		f.Values.Set("try", word)
	}
	var with []Synonym
	for _, m := range means {
		with = append(with, Synonym{l, word, m})
	}
	if v.Tried, err = p.try(r, v.Form, func(y Synonym) bool { return y.Lang == l && y.Word == had }, with); err != nil {
		return err
	}
	return r.HTML(w, http.StatusOK, wordPage(r, v))
}

// try asks for what stands in the form's field, or for the first of the words where that is empty.
func (p *DeskPages) try(r *web.Request, f *web.Form, goes func(Synonym) bool, with []Synonym) (*Tried, error) {
	words, lang := f.Get("try"), r.Lang()
	if words == "" && len(with) > 0 {
		words, lang = with[0].Word, with[0].Lang
		f.Values.Set("try", words)
	}
	if words == "" {
		return nil, nil
	}
	tried, err := p.Store.Try(r.Context(), p.Store.DB, Ask{Words: short(words), Lang: lang, Page: 1}, goes, with)
	return &tried, err
}

// mostTried is how many services each side of what was tried names.
const mostTried = 5
