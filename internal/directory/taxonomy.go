package directory

import (
	"sync"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/search"
)

// Taxonomy is a way of sorting services: the network's own groups, or one that came with an import. Kvart brings none that
// others own.
type Taxonomy struct {
	ID          string    `db:"id"`
	Name        i18n.Text `db:"name"`
	Description i18n.Text `db:"description"`
	URI         string    `db:"uri"`
	Edition     string    `db:"edition"`
	Groups      db.Bool   `db:"groups_map"` // its widest terms are the groups of the map
	Version     int       `db:"version"`
}

// Term is one sort of help; a wider one may stand above it.
type Term struct {
	ID          string    `db:"id"`
	TaxonomyID  string    `db:"taxonomy_id"`
	ParentID    *string   `db:"parent_id"`
	Code        string    `db:"code"`
	Name        i18n.Text `db:"name"`
	Description i18n.Text `db:"description"`
	URI         string    `db:"uri"`
	Position    int       `db:"position"`
	Version     int       `db:"version"`
}

// Taxonomies are all ways of sorting, with all terms.
type Taxonomies struct {
	List  []Taxonomy
	Terms []Term // by taxonomy, then their order

	byID     map[string]int
	once     sync.Mutex
	synonyms *search.Synonyms // as they were then; nil: not read yet
}

// NewTaxonomies prepares them for being asked.
func NewTaxonomies(list []Taxonomy, terms []Term) *Taxonomies {
	t := &Taxonomies{List: list, Terms: terms, byID: make(map[string]int, len(terms))}
	for i, one := range terms {
		t.byID[one.ID] = i
	}
	return t
}

// Term is the one of the id, or nil.
func (t *Taxonomies) Term(id string) *Term {
	if i, ok := t.byID[id]; ok {
		return &t.Terms[i]
	}
	return nil
}

// Taxonomy is the one of the id, or nil.
func (t *Taxonomies) Taxonomy(id string) *Taxonomy {
	for i := range t.List {
		if t.List[i].ID == id {
			return &t.List[i]
		}
	}
	return nil
}

// Up are the term and the wider ones above it, narrowest first. A cycle, which the database refuses, would end it.
func (t *Taxonomies) Up(id string) []Term {
	var list []Term
	for n := 0; id != "" && n <= len(t.Terms); n++ {
		one := t.Term(id)
		if one == nil {
			break
		}
		list = append(list, *one)
		if one.ParentID == nil {
			break
		}
		id = *one.ParentID
	}
	return list
}

// Row are the terms right below the wider one, in their order; with an empty id the widest of the taxonomy.
func (t *Taxonomies) Row(taxonomy, parent string) []Term {
	var list []Term
	for _, one := range t.Terms {
		if one.TaxonomyID == taxonomy && orEmpty(one.ParentID) == parent {
			list = append(list, one)
		}
	}
	return list
}

// Groups are the groups of the map, in their order.
func (t *Taxonomies) Groups() []Term {
	var list []Term
	for _, one := range t.Terms {
		if x := t.Taxonomy(one.TaxonomyID); one.ParentID == nil && x != nil && bool(x.Groups) {
			list = append(list, one)
		}
	}
	return list
}

// GroupOf is the group of the map that a service with these terms is shown in: that of its first term that has one. Nil: none.
func (t *Taxonomies) GroupOf(terms []string) *Term {
	for _, id := range terms {
		up := t.Up(id)
		if len(up) == 0 {
			continue
		}
		if x := t.Taxonomy(up[0].TaxonomyID); x != nil && bool(x.Groups) {
			return &up[len(up)-1]
		}
	}
	return nil
}

// Check returns Invalid with the fields that cannot be right.
func (t Term) Check() error {
	var f fault.Form
	checkTexts(&f, "name", t.Name, mostName, true)
	checkTexts(&f, "description", t.Description, mostText, false)
	if t.TaxonomyID == "" {
		f.Add("taxonomy", "fault.required")
	}
	return f.Err()
}
