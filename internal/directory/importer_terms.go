package directory

import (
	"maps"
	"slices"
	"strings"

	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
)

// langOf is the language that a term's code names (ISO 639), or the file's.
func (im Importer) langOf(code string) i18n.Lang {
	switch strings.ToLower(code) {
	case "hr", "hrv":
		return i18n.HR
	case "en", "eng":
		return i18n.EN
	case "nb", "no", "nob", "nor":
		return i18n.NB
	}
	return im.Lang
}

// inText is the text with one language's words changed; the same as it is read changes nothing.
func inText(t i18n.Text, l i18n.Lang, s string) i18n.Text {
	if now, _ := t.In(l); now == s {
		return t
	}
	n := maps.Clone(t)
	if n == nil {
		n = i18n.Text{}
	}
	if n[l] = s; s == "" {
		delete(n, l)
	}
	return n
}

func (run *importRun) planTaxonomies() error {
	list, terms := slices.Clone(run.sorts.List), slices.Clone(run.sorts.Terms)
	for _, x := range run.Taxonomies {
		if !db.IsID(x.ID) {
			run.report.fault(run.where("taxonomy", x.ID, x.At, "id"), "directory.fault.id")
			continue
		}
		n := Taxonomy{ID: x.ID}
		had := run.sorts.Taxonomy(x.ID)
		if had != nil {
			n = *had
		}
		n.Name, n.Description = inText(n.Name, run.Lang, x.Name), inText(n.Description, run.Lang, x.Description)
		n.URI, n.Edition = x.URI, x.Version
		line := ImportLine{Where: x.At, Noun: "taxonomy", Name: x.Name, Did: Made}
		switch {
		case had == nil:
			list = append(list, n)
		case sameJSON(*had, n):
			run.report.did(x.At, "taxonomy", x.Name, Same, "")
			continue
		default:
			line.Did = Updated
			*findTaxonomy(list, n.ID) = n
		}
		run.taxonomies = append(run.taxonomies, planned[Taxonomy]{n, line})
	}
	position := map[string]int{}
	for _, t := range terms {
		position[t.TaxonomyID] = max(position[t.TaxonomyID], t.Position+1)
	}
	var fresh []planned[Term]
	for _, x := range run.Terms {
		at := func(field string) Where { return run.where("term", x.ID, x.At, field) }
		if !db.IsID(x.ID) {
			run.report.fault(at("id"), "directory.fault.id")
			continue
		}
		n := Term{ID: x.ID}
		had := run.sorts.Term(x.ID)
		if had != nil {
			n = *had
		}
		l := run.langOf(x.Language)
		if x.Names == nil {
			n.Name = inText(n.Name, l, x.Name)
		}
		if x.Names != nil {
			n.Name = maps.Clone(n.Name)
			if n.Name == nil {
				n.Name = i18n.Text{}
			}
			maps.Copy(n.Name, x.Names)
		}
		n.Description = inText(n.Description, l, x.Description)
		n.Code, n.URI, n.TaxonomyID = x.Code, x.TermURI, x.TaxonomyID
		if findTaxonomy(list, n.TaxonomyID) == nil {
			run.report.fault(at("taxonomy_id"), "directory.io.no_taxonomy")
			continue
		}
		if x.ParentID == "" {
			n.ParentID = nil
		} else if _, inFile := run.term[x.ParentID]; inFile || run.sorts.Term(x.ParentID) != nil {
			parent := x.ParentID
			n.ParentID = &parent
		} else {
			run.report.note(at("parent_id"), "directory.io.note.no_parent")
		}
		if err := n.Check(); run.bad("term", x.ID, x.At, err) {
			continue
		}
		line := ImportLine{Where: x.At, Noun: "term", Name: x.Name, Did: Made}
		switch {
		case had == nil:
			n.Position = position[n.TaxonomyID]
			position[n.TaxonomyID]++
			terms = append(terms, n)
		case sameJSON(*had, n):
			run.report.did(x.At, "term", x.Name, Same, "")
			continue
		default:
			line.Did = Updated
			terms[slices.IndexFunc(terms, func(t Term) bool { return t.ID == n.ID })] = n
		}
		fresh = append(fresh, planned[Term]{n, line})
	}
	run.sorts = NewTaxonomies(list, terms)
	run.checkTerms(fresh)
	// Wider terms first: the database wants them there.
	depth := func(p planned[Term]) int { return len(run.sorts.Up(p.entry.ID)) }
	slices.SortStableFunc(fresh, func(a, b planned[Term]) int { return depth(a) - depth(b) })
	run.terms = fresh
	if run.step(len(run.Terms)) {
		run.report.Stopped = true
	}
	return nil
}

// checkTerms refuses cycles, wider terms of another taxonomy and codes that two terms have.
func (run *importRun) checkTerms(fresh []planned[Term]) {
	code := map[string]string{}
	for _, t := range run.sorts.Terms {
		if key := t.TaxonomyID + " " + t.Code; t.Code != "" && code[key] == "" {
			code[key] = t.ID
		}
	}
	for _, p := range fresh {
		t := p.entry
		at := func(field string) Where { return run.where("term", t.ID, p.line.Where, field) }
		if first := code[t.TaxonomyID+" "+t.Code]; t.Code != "" && first != t.ID {
			run.report.fault(at("code"), "directory.io.code_twice", "code", short(t.Code))
		}
		if t.ParentID == nil {
			continue
		}
		if up := run.sorts.Term(*t.ParentID); up == nil {
			run.report.fault(at("parent_id"), "directory.io.no_term")
		} else if up.TaxonomyID != t.TaxonomyID {
			run.report.fault(at("parent_id"), "directory.fault.other_taxonomy")
		}
		id := *t.ParentID
		for n := 0; n <= len(run.sorts.Terms); n++ {
			if id == t.ID {
				run.report.fault(at("parent_id"), "directory.fault.cycle")
				break
			}
			up := run.sorts.Term(id)
			if up == nil || up.ParentID == nil {
				break
			}
			id = *up.ParentID
		}
	}
}

func findTaxonomy(list []Taxonomy, id string) *Taxonomy {
	for i := range list {
		if list[i].ID == id {
			return &list[i]
		}
	}
	return nil
}
