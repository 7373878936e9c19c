package search

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
)

// What each step is worth for finding, over the sample map's texts and the queries written down for it: the table of
// docs/search.md is what this prints with -v. A step is taken away, the sample is indexed anew, and everything is asked again. Ranking
// is by words alone here: freshness and distance are the feature's.
func TestSteps_whatEachIsWorth(t *testing.T) {
	var f struct {
		Terms []struct {
			Slug, In string
			Name     i18n.Text
		}
		Synonyms      map[i18n.Lang]map[string][]string
		Organisations []struct{ Slug, Name string }
		Services      []struct {
			Slug, Of   string
			Terms      []string
			Name, Text i18n.Text
		}
	}
	data, err := os.ReadFile("../../directory/demo/directory.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	data, err = os.ReadFile("../../directory/demo/queries.tsv")
	if err != nil {
		t.Fatal(err)
	}
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(string(data)), "\n"), func(l string) bool { return strings.HasPrefix(l, "#") })
	t.Cleanup(func() { remembered = memory{known: map[string][]string{}, of: keysOf} })

	// Without folding č is another letter than c: cq, which no text here has, also in the keys.
	marks := strings.NewReplacer("č", "cq", "ć", "ctq", "š", "sq", "ž", "zq", "đ", "dq", "å", "aq", "ø", "oq", "æ", "aeq", "Č", "cq", "Ć", "ctq", "Š", "sq", "Ž", "zq", "Đ", "dq", "Å", "aq", "Ø", "oq", "Æ", "aeq")
	plain := strings.NewReplacer("cq", "c", "ctq", "c", "sq", "s", "zq", "z", "dq", "d", "aeq", "ae", "aq", "a", "oq", "o")
	whole := func(_ i18n.Lang, word string) []string { return []string{word} }
	stemmed := func(l i18n.Lang, word string) []string {
		if l == i18n.HR { // the table has no say
			return stemOf(l, word)
		}
		return keysOf(l, word)
	}
	unfolded := func(l i18n.Lang, word string) []string {
		bare := plain.Replace(word)
		keys := slices.Clone(keysOf(l, bare))
		for i := range keys {
			if bare != word {
				keys[i] += "q"
			}
		}
		return keys
	}
	x := Index{Table: "directory"}
	for _, step := range []struct {
		name                          string
		keys                          func(i18n.Lang, string) []string
		marks                         bool
		synonyms, slips, begin, floor bool
	}{
		{"all steps", keysOf, false, true, true, true, true},
		{"no folding", unfolded, true, true, true, true, false},
		{"no stems, no table", whole, false, true, true, true, false},
		{"no table of forms", stemmed, false, true, true, true, false},
		{"no synonyms", keysOf, false, false, true, true, false},
		{"no slips put right", keysOf, false, true, false, true, false},
		{"no beginnings", keysOf, false, true, true, false, false},
		{"words as they stand", whole, true, false, false, false, false},
	} {
		d := dbtest.SQLite(t)
		remembered = memory{known: map[string][]string{}, of: step.keys}
		as := func(s string) string {
			if step.marks {
				return marks.Replace(s)
			}
			return s
		}
		var y Synonyms
		if step.synonyms {
			for l, words := range f.Synonyms {
				for word, means := range words {
					for _, m := range means {
						y.Add(l, as(word), as(m))
					}
				}
			}
		}
		if err := d.Tx(t.Context(), func(tx *db.Tx) error {
			for i, s := range f.Services {
				var one Document
				each := func(add func(i18n.Lang, string), text i18n.Text) {
					for _, l := range i18n.All {
						add(l, as(text[l]))
					}
				}
				each(one.Name, s.Name)
				for _, o := range f.Organisations {
					if o.Slug == s.Of {
						one.Terms(i18n.HR, as(o.Name))
					}
				}
				for up := slices.Clone(s.Terms); len(up) > 0; up = up[1:] {
					for _, term := range f.Terms {
						if term.Slug == up[0] {
							each(one.Terms, term.Name)
							if term.In != "" {
								up = append(up, term.In)
							}
						}
					}
				}
				each(one.Body, s.Text)
				if err := x.Put(t.Context(), tx, int64(i+1), one); err != nil {
					return err
				}
			}
			if !step.slips {
				_, err := tx.Exec(t.Context(), `INSERT INTO directory_slips (directory_slips) VALUES ('delete-all')`, nil)
				return err
			}
			return nil
		}); err != nil {
			t.Fatal(step.name, err)
		}
		n, one, five := map[string]int{}, map[string]int{}, map[string]int{}
		for _, line := range lines {
			parts := strings.Split(line, "\t")
			l := i18n.Lang(parts[0])
			langs := append([]i18n.Lang{l}, slices.DeleteFunc(slices.Clone(i18n.All), func(x i18n.Lang) bool { return x == l })...)
			q := Ask(as(parts[2]), langs, &y)
			for i := range q.Words {
				q.Words[i].beginning = q.Words[i].beginning && step.begin
			}
			found, err := x.Find(t.Context(), d, q, 5)
			if err != nil {
				t.Fatal(step.name, parts[2], err)
			}
			rank := slices.IndexFunc(found.Hits, func(h Hit) bool { return slices.Contains(strings.Fields(parts[3]), f.Services[h.Seq-1].Slug) })
			for _, key := range []string{"all", parts[0], parts[1]} {
				n[key]++
				if rank == 0 {
					one[key]++
				}
				if rank >= 0 {
					five[key]++
				}
			}
		}
		for _, key := range []string{"all", "hr", "en", "nb", "bare", "inflected", "slip", "synonym"} {
			t.Logf("%-20s %-10s success@1 %3.0f %%  success@5 %3.0f %%  of %d", step.name, key, 100*float64(one[key])/float64(n[key]), 100*float64(five[key])/float64(n[key]), n[key])
		}
		if step.floor && five["all"]*10 < n["all"]*9 {
			t.Errorf("with all steps %d of %d are among the first five", five["all"], n["all"])
		}
	}
}
