package directory

import (
	"net/http"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// taxonomyForm is all that the form of a taxonomy shows.
type taxonomyForm struct {
	Taxonomy
	*web.Form
	Terms int
}

func (p *DeskPages) showTaxonomy(w http.ResponseWriter, r *web.Request, status int, x Taxonomy, f *web.Form) error {
	sorts, err := p.Store.Taxonomies(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	v := taxonomyForm{Taxonomy: x, Form: f}
	for _, t := range sorts.Terms {
		if t.TaxonomyID == x.ID {
			v.Terms++
		}
	}
	return r.HTML(w, status, taxonomyPage(r, v))
}

func (p *DeskPages) taxonomyAt(r *web.Request) (Taxonomy, error) {
	sorts, err := p.Store.Taxonomies(r.Context(), p.Store.DB)
	if err != nil {
		return Taxonomy{}, err
	}
	if x := sorts.Taxonomy(r.PathValue("id")); x != nil {
		return *x, nil
	}
	return Taxonomy{}, fault.NotFound("fault.not_found")
}

func (p *DeskPages) newTaxonomy(w http.ResponseWriter, r *web.Request) error {
	sorts, err := p.Store.Taxonomies(r.Context(), p.Store.DB)
	if err != nil {
		return err
	}
	f := web.NewForm()
	if len(sorts.List) == 0 {
		f = web.NewForm("groups", "1")
	}
	return p.showTaxonomy(w, r, http.StatusOK, Taxonomy{}, f)
}

func (p *DeskPages) editTaxonomy(w http.ResponseWriter, r *web.Request) error {
	x, err := p.taxonomyAt(r)
	if err != nil {
		return err
	}
	f := web.NewForm("version", digits(x.Version))
	f.SetTexts("name", x.Name)
	f.SetTexts("about", x.Description)
	if x.Groups {
		f.Values.Set("groups", "1")
	}
	return p.showTaxonomy(w, r, http.StatusOK, x, f)
}

func (p *DeskPages) saveTaxonomy(w http.ResponseWriter, r *web.Request) error {
	var x Taxonomy
	var err error
	if r.PathValue("id") != "" {
		if x, err = p.taxonomyAt(r); err != nil {
			return err
		}
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	var faults fault.Form
	changed := x
	changed.Name, changed.Description, changed.Groups = f.Texts("name"), f.Texts("about"), db.Bool(f.On("groups"))
	changed.Version = f.Int(&faults, "version", 0, 0, 1<<30)
	fresh := x.ID == ""
	if fresh {
		changed.ID, changed.Version = db.NewID(), 0
	}
	if err = faults.Err(); err == nil && !fresh && changed.Version == 0 {
		err = fault.Conflict("network.fault.changed_meanwhile")
	}
	if err == nil {
		err = p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
			if fresh {
				if err := web.Claim(r.Context(), tx, f.Get("form_key"), groupsPath, r.Now); err != nil {
					return err
				}
			}
			return renamed(p.Store.SaveTaxonomy(r.Context(), tx, changed, r.Viewer.Account.ID), func(name string) string {
				if name == "description" {
					name = "about"
				}
				return name + "-hr"
			})
		})
	}
	if err != nil {
		if f.Failed(err) {
			return p.showTaxonomy(w, r, web.Status(f.Err), x, f)
		}
		return err
	}
	r.Flash("directory.desk.saved")
	return r.See(w, groupsPath)
}

func (p *DeskPages) removeTaxonomyQuestion(r *web.Request) (string, error) {
	x, err := p.taxonomyAt(r)
	return r.T("directory.taxonomies.remove.sure", "name", r.Pick(x.Name)), err
}

func (p *DeskPages) removeTaxonomy(w http.ResponseWriter, r *web.Request) error {
	x, err := p.taxonomyAt(r)
	if err != nil {
		return err
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	var faults fault.Form
	version := f.Int(&faults, "version", 0, 0, 1<<30)
	if err := p.Store.DB.Tx(r.Context(), func(tx *db.Tx) error {
		return p.Store.RemoveTaxonomy(r.Context(), tx, x.ID, version, r.Viewer.Account.ID)
	}); err != nil {
		if f.Failed(err) {
			f.SetTexts("name", x.Name)
			f.SetTexts("about", x.Description)
			return p.showTaxonomy(w, r, web.Status(f.Err), x, f)
		}
		return err
	}
	r.Flash("directory.taxonomies.removed")
	return r.See(w, groupsPath)
}
