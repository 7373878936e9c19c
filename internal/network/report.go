package network

import (
	"errors"
	"fmt"
	"io"

	"kvart/internal/platform/i18n"
)

// Change is what an import does to one thing.
type Change struct {
	Kind string // network, group, area, organisation, centre, closure, space
	Name string // slug or code
	Did  string // create, update, same
}

// The three things that an import does.
const (
	Created = "create"
	Updated = "update"
	Same    = "same"
)

// FileFault is what is wrong in a file, where, and in Key also what to do about it.
type FileFault struct {
	Line, Column int
	Field        string // as in centres[0].zone
	Key          string
	Args         []any
}

// Report is what an import did, or would do.
type Report struct {
	Changes []Change
	Faults  []FileFault
}

// Count is how many changes did this.
func (r Report) Count(did string) (n int) {
	for _, c := range r.Changes {
		if c.Did == did {
			n++
		}
	}
	return n
}

// Print writes the report as lines. It returns an error where the file has faults.
func (r Report) Print(w io.Writer, p *i18n.Printer) error {
	for _, f := range r.Faults {
		fmt.Fprintf(w, "%d:%d\t%s\t%s\n", f.Line, f.Column, f.Field, p.T(f.Key, f.Args...))
	}
	if len(r.Faults) > 0 {
		return errors.New(p.N("network.import.refused", len(r.Faults)))
	}
	for _, c := range r.Changes {
		if c.Did != Same {
			fmt.Fprintf(w, "%s\t%s\t%s\n", p.T("network.import.did."+c.Did), p.T("network.import.kind."+c.Kind), c.Name)
		}
	}
	_, err := fmt.Fprintln(w, p.T("network.import.sum", "created", r.Count(Created), "updated", r.Count(Updated), "same", r.Count(Same)))
	return err
}
