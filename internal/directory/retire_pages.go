package directory

import (
	"net/http"
	"slices"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// retireSheet is the page that takes a term away.
type retireSheet struct {
	Term
	*web.Form
	Sorts    *Taxonomies
	Narrower []Term
	Services []Service // the first of those that carry it
	Carried  int
	Alone    int // of these, those that carry no other
	Quiet    bool
}

// mostNamed is how many of the services that carry a term the page names.
const mostNamed = 10

func (p *DeskPages) showRetire(w http.ResponseWriter, r *web.Request, status int, f *web.Form) error {
	t, sorts, err := p.termAt(r)
	if err != nil {
		return err
	}
	ctx, q := r.Context(), p.Store.DB
	v := retireSheet{Term: t, Form: f, Sorts: sorts, Narrower: sorts.Row(t.TaxonomyID, t.ID)}
	v.Quiet = slices.ContainsFunc(sorts.Up(t.ID), func(o Term) bool { return o.Code == Quiet })
	if v.Carried, _, err = p.Store.Carrying(ctx, q, t.ID); err != nil {
		return err
	}
	if v.Alone, err = p.Store.CarryingAlone(ctx, q, t.ID); err != nil {
		return err
	}
	if v.Services, err = p.Store.services(ctx, q, `WHERE id IN (SELECT service_id FROM directory_service_terms WHERE term_id = :t) ORDER BY name, seq LIMIT :n`, db.Args{"t": t.ID, "n": mostNamed}); err != nil {
		return err
	}
	return r.HTML(w, status, retirePage(r, v))
}

func (p *DeskPages) retireForm(w http.ResponseWriter, r *web.Request) error {
	t, _, err := p.termAt(r)
	if err != nil {
		return err
	}
	return p.showRetire(w, r, http.StatusOK, web.NewForm("version", digits(t.Version), "instead", orEmpty(t.ParentID)))
}

func (p *DeskPages) retireQuestion(r *web.Request) (string, error) {
	t, _, err := p.termAt(r)
	if err != nil {
		return "", err
	}
	n, _, err := p.Store.Carrying(r.Context(), p.Store.DB, t.ID)
	return retireSure(r, t, n), err
}

func retireSure(r *web.Request, t Term, carried int) string {
	return r.T("directory.retire.sure", "name", r.Pick(t.Name)) + " " + r.N("directory.retire.carried", carried)
}

func (p *DeskPages) retire(w http.ResponseWriter, r *web.Request) error {
	t, _, err := p.termAt(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	var faults fault.Form
	version := f.Int(&faults, "version", 0, 0, 1<<30)
	var over bool
	if err = faults.Err(); err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) (err error) {
			if err := p.Store.RetireTerm(r.Context(), tx, t.ID, version, f.Get("instead"), r.Viewer.Account.ID); err != nil {
				return err
			}
			over, err = p.Store.WorkOff(r.Context(), tx, t.ID)
			return err
		})
	}
	if err != nil {
		if f.Failed(err) {
			return p.showRetire(w, r, web.Status(f.Err), f)
		}
		return err
	}
	if over {
		r.Flash("directory.retire.done")
	} else {
		r.Flash("directory.groups.soon")
	}
	return r.See(w, groupsPath)
}
