package directory

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"kvart/internal/hsds"
	"kvart/internal/platform/i18n"
)

// An import does one of these with an entry of the file.
const (
	Made    = "made"
	Updated = "updated"
	Same    = "same"
	Clashes = "clash" // it is left as it is here; Key says why
)

// Where is a place in a file: a row and a column of a table, or a pointer into JSON (RFC 6901).
type Where struct {
	File    string
	Row     int    // from 1, as spreadsheets count; of ndjson the line; 0: the whole file
	Column  string // its letters
	Field   string // its name
	Pointer string
}

// String is the place in short: services.csv:12:C (opens_at), or a pointer.
func (w Where) String() string {
	s := w.File
	if w.Row > 0 {
		s += fmt.Sprintf(":%d", w.Row)
	}
	if w.Column != "" {
		s += ":" + w.Column
	}
	if w.Pointer != "" {
		s += " " + w.Pointer
	}
	if w.Field != "" {
		s += " (" + w.Field + ")"
	}
	return strings.TrimSpace(s)
}

// ImportLine is something that a person should see of an import.
type ImportLine struct {
	Where
	Noun string // service, organisation, location, taxonomy, term, spot, synonym
	Name string // of the entry, or its id
	Did  string
	Key  string // message key; empty for what was simply made or updated
	Args []any
}

// MostBytes is how large a file to import may be.
const MostBytes = 1 << 30

// mostLines bounds how many lines of each kind a report keeps; all are counted.
const mostLines = 300

// ImportReport is what an import did, or would do. A file with any fault changes nothing.
type ImportReport struct {
	Faults, Notes, Clashes, Changes []ImportLine // the first mostLines of each
	FaultCount, NoteCount           int
	Counts                          map[string]map[string]int // by noun, by what was done
	Stopped                         bool                      // somebody stopped it: whole batches were taken, or nothing in a dry run
}

func (r *ImportReport) fault(w Where, key string, args ...any) {
	if r.FaultCount++; len(r.Faults) < mostLines {
		r.Faults = append(r.Faults, ImportLine{Where: w, Key: key, Args: args})
	}
}

func (r *ImportReport) note(w Where, key string, args ...any) {
	if r.NoteCount++; len(r.Notes) < mostLines {
		r.Notes = append(r.Notes, ImportLine{Where: w, Key: key, Args: args})
	}
}

func (r *ImportReport) did(w Where, noun, name, did, key string, args ...any) {
	if r.Counts == nil {
		r.Counts = map[string]map[string]int{}
	}
	if r.Counts[noun] == nil {
		r.Counts[noun] = map[string]int{}
	}
	r.Counts[noun][did]++
	line := ImportLine{Where: w, Noun: noun, Name: name, Did: did, Key: key, Args: args}
	switch {
	case did == Clashes && len(r.Clashes) < mostLines:
		r.Clashes = append(r.Clashes, line)
	case (did == Made || did == Updated) && len(r.Changes) < mostLines:
		r.Changes = append(r.Changes, line)
	}
}

// Count is how many entries of all kinds this was done with.
func (r ImportReport) Count(did string) (n int) {
	for _, by := range r.Counts {
		n += by[did]
	}
	return n
}

// Nouns are the kinds of entries, in the order in which they are shown.
var Nouns = []string{"service", "organisation", "location", "taxonomy", "term", "spot", "synonym"}

// Print writes the report for a terminal, a line each. It returns an error where the file has faults.
func (r ImportReport) Print(w io.Writer, p *i18n.Printer) error {
	for _, l := range r.Notes {
		fmt.Fprintf(w, "%s\t%s\n", l.Where, p.T(l.Key, l.Args...))
	}
	if n := r.NoteCount - len(r.Notes); n > 0 {
		fmt.Fprintln(w, p.N("directory.io.more_notes", n))
	}
	if r.FaultCount > 0 {
		for _, l := range r.Faults {
			fmt.Fprintf(w, "%s\t%s\n", l.Where, p.T(l.Key, l.Args...))
		}
		return errors.New(p.N("directory.io.refused", r.FaultCount))
	}
	for _, l := range r.Clashes {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", l.Where, p.T("directory.io.did."+l.Did), l.Name, p.T(l.Key, l.Args...))
	}
	if r.Stopped {
		fmt.Fprintln(w, p.T("directory.io.stopped"))
	}
	for _, noun := range Nouns {
		if c := r.Counts[noun]; c != nil {
			fmt.Fprintf(w, "%s\t%s\n", p.T("directory.io.noun."+noun), p.T("directory.io.sum", "made", c[Made], "updated", c[Updated], "same", c[Same], "clash", c[Clashes]))
		}
	}
	return nil
}

// parsed is a whole file, its entries each once, with their places.
type parsed struct {
	Taxonomies []readTaxonomy
	Terms      []readTerm
	Owners     []*ownerRead
	Locations  []*locationRead
	Services   []*serviceRead
	Spots      []readSpot
	Synonyms   []readSynonym

	owner    map[string]*ownerRead
	location map[string]*locationRead
	service  map[string]*serviceRead
	term     map[string]int
	taxonomy map[string]int

	json     bool
	programs map[string]bool // of a data package: those that services name
	path     []pathStep      // where tidy is within an entry

	// where finds the place of a field of the entry, named as Check names it.
	where func(noun, id string, w Where, field string) Where
}

func newParsed() *parsed {
	return &parsed{owner: map[string]*ownerRead{}, location: map[string]*locationRead{}, service: map[string]*serviceRead{}, term: map[string]int{}, taxonomy: map[string]int{},
		where: func(_, _ string, w Where, field string) Where { w.Field = field; return w }}
}

type readTaxonomy struct {
	hsds.Taxonomy
	At Where
}

type readTerm struct {
	hsds.Term
	At    Where
	Names i18n.Text // in several languages; nil: Name alone, in Language
}

type ownerRead struct {
	hsds.Organization
	At    Where
	Sheet *sheetRow // where it comes from a sheet: only the columns that are there count
	Kind  string    // empty: not said
	Mod   int64     // of what it was exported from; 0: not known
}

type locationRead struct {
	hsds.Location
	At    Where
	Owner string
	Sheet *sheetRow
	Mod   int64
}

type serviceRead struct {
	hsds.Service // with ServiceAtLocations, whose Location is nil
	At           Where
	Sheet        []*sheetRow // its rows
	Mod          int64
	Visit        *hsds.Visit
}

// addTaxonomy takes one that is not there yet.
func (p *parsed) addTaxonomy(t hsds.Taxonomy, w Where) {
	if _, there := p.taxonomy[t.ID]; !there {
		p.taxonomy[t.ID] = len(p.Taxonomies)
		p.Taxonomies = append(p.Taxonomies, readTaxonomy{t, w})
	}
}

// addTerm takes one that is not there yet, with its taxonomy where it brings it.
func (p *parsed) addTerm(t hsds.Term, w Where) {
	if d := t.TaxonomyDetail; d != nil {
		if t.TaxonomyID == "" {
			t.TaxonomyID = d.ID
		}
		p.addTaxonomy(*d, w)
		t.TaxonomyDetail = nil
	}
	if t.TaxonomyID == "" { // sorted by a name alone
		name := t.Taxonomy
		if name == "" {
			name = "–"
		}
		t.TaxonomyID = derivedID("taxonomy", name)
		p.addTaxonomy(hsds.Taxonomy{ID: t.TaxonomyID, Name: name}, w)
	}
	if _, there := p.term[t.ID]; !there {
		p.term[t.ID] = len(p.Terms)
		p.Terms = append(p.Terms, readTerm{Term: t, At: w})
	}
}
