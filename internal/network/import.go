package network

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Apply is a feature's part of an import, in its transaction: it makes its own things of the centre that the file's
// entry describes. A fault of kind Invalid is shown at the named field of the entry, as in spaces[0].slug.
type Apply func(ctx context.Context, tx *db.Tx, centre Centre, spec CentreSpec, by string) ([]Change, error)

// Importer builds a network from a file.
type Importer struct {
	Store *Store
	Apply []Apply
	Stop  func() bool // asked before each centre, may be nil; true ends the import, and nothing is changed
}

// errDry undoes a dry run.
var errDry = errors.New("dry run")

// Run takes the file in one transaction, or with dry only says what it would do. A file with any fault changes nothing
// and its faults are in the report; an error is returned only for what is no fault of the file.
func (im Importer) Run(ctx context.Context, data []byte, dry bool, by string) (Report, error) {
	file, faults := readFile(data)
	if len(faults) > 0 {
		return Report{Faults: faults}, nil
	}
	var run importRun
	err := im.Store.DB.Tx(ctx, func(tx *db.Tx) error {
		run = importRun{Importer: im, ctx: ctx, tx: tx, file: file, by: by}
		if err := run.all(); err != nil {
			return err
		}
		if dry || len(run.report.Faults) > 0 {
			return errDry
		}
		return nil
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	if len(run.report.Faults) > 0 {
		run.report.Changes = nil
		f := run.report.Faults
		sort.SliceStable(f, func(i, j int) bool { return f[i].Line < f[j].Line })
	}
	return run.report, err
}

type importRun struct {
	Importer
	ctx    context.Context
	tx     *db.Tx
	file   *yamlFile
	by     string
	report Report
}

// note takes what saving one thing returned: its faults go to the report, anything else stops the import.
func (r *importRun) note(err error, path string) (ok bool, stop error) {
	if err == nil {
		return true, nil
	}
	e := fault.Of(err)
	if e.Kind != fault.KindInvalid && e.Kind != fault.KindConflict {
		return false, err
	}
	if len(e.Fields) == 0 {
		r.fault(path, e.Key, e.Args...)
	}
	for _, f := range e.Fields {
		r.fault(path+"."+f.Name, f.Key, f.Args...)
	}
	return false, nil
}

func (r *importRun) fault(path, key string, args ...any) {
	line, column := r.file.at(path)
	r.report.Faults = append(r.report.Faults, FileFault{line, column, path, key, args})
}

func (r *importRun) did(kind, name, did string) {
	r.report.Changes = append(r.report.Changes, Change{kind, name, did})
}

// verdict says what saving after instead of before does.
func verdict(isNew bool, before, after any) string {
	if isNew {
		return Created
	}
	a, _ := json.Marshal(before)
	b, _ := json.Marshal(after)
	if bytes.Equal(a, b) {
		return Same
	}
	return Updated
}

func (r *importRun) all() error {
	for _, part := range []func() error{r.network, r.groups, r.areas, r.organisations, r.centres} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

func (r *importRun) network() error {
	n, err := r.Store.Network(r.ctx, r.tx)
	isNew := fault.Is(err, fault.KindNotFound)
	if err != nil && !isNew {
		return err
	}
	spec := r.file.doc.Network
	if spec == nil {
		if isNew {
			r.fault("network", "network.import.fault.no_network")
		}
		return nil
	}
	before := n
	set(&n.Name, spec.Name)
	set(&n.Zone, spec.Zone)
	set(&n.Currency, spec.Currency)
	set(&n.Disclosure, spec.Disclosure)
	set(&n.Emergency, spec.Emergency)
	if spec.About != nil {
		n.About = *spec.About
	}
	if spec.Privacy != nil {
		n.Privacy = *spec.Privacy
	}
	if isNew {
		if n.Currency == "" {
			n.Currency = "EUR"
		}
		if n.Disclosure == 0 {
			n.Disclosure = 10
		}
	}
	did := verdict(isNew, before, n)
	if did != Same {
		_, err = r.Store.SaveNetwork(r.ctx, r.tx, n, r.by)
		if ok, stop := r.note(err, "network"); !ok {
			return stop
		}
	}
	r.did("network", "network", did)
	return nil
}

func (r *importRun) groups() error {
	known, err := r.Store.Groups(r.ctx, r.tx)
	if err != nil {
		return err
	}
	byCode := map[string]Group{}
	for _, g := range known {
		byCode[g.Code] = g
	}
	seen := map[string]bool{}
	for i, spec := range r.file.doc.Groups {
		path := fmt.Sprintf("groups[%d]", i)
		before, there := byCode[spec.Code]
		g := Group{Code: spec.Code, Name: spec.Name, Position: i}
		if seen[spec.Code] {
			r.fault(path+".code", "network.import.fault.twice", "name", spec.Code)
			continue
		}
		seen[spec.Code] = true
		did := verdict(!there, before, g)
		if did != Same {
			if ok, stop := r.note(r.Store.SaveGroup(r.ctx, r.tx, g, r.by), path); stop != nil {
				return stop
			} else if !ok {
				continue
			}
		}
		r.did("group", g.Code, did)
	}
	return nil
}

func (r *importRun) areas() error {
	known, err := r.Store.Areas(r.ctx, r.tx)
	if err != nil {
		return err
	}
	bySlug := map[string]Area{}
	for _, a := range known {
		bySlug[a.Slug] = a
	}
	seen := map[string]bool{}
	for i, spec := range r.file.doc.Areas {
		path := fmt.Sprintf("areas[%d]", i)
		if seen[spec.Slug] {
			r.fault(path+".slug", "network.import.fault.twice", "name", spec.Slug)
			continue
		}
		seen[spec.Slug] = true
		before, there := bySlug[spec.Slug]
		a := before
		a.Slug = spec.Slug
		set(&a.Kind, spec.Kind)
		set(&a.Name, spec.Name)
		if spec.Growth != nil {
			a.Growth = db.Bool(*spec.Growth)
		}
		if spec.Example != nil {
			a.Example = db.Bool(*spec.Example)
		}
		if spec.In != "" {
			parent, ok := bySlug[spec.In]
			if !ok {
				r.fault(path+".in", "network.import.fault.no_area", "name", spec.In)
				continue
			}
			a.ParentID = &parent.ID
		}
		if spec.Outline != nil {
			outline, key := outlineOf(spec.Outline)
			if key != "" {
				r.fault(path+".outline", key)
				continue
			}
			a.Outline = outline
		}
		did := verdict(!there, before, a)
		if did != Same {
			a.ID, err = r.Store.SaveArea(r.ctx, r.tx, a, r.by)
			if ok, stop := r.note(err, path); stop != nil {
				return stop
			} else if !ok {
				continue
			}
		}
		bySlug[a.Slug] = a
		r.did("area", a.Slug, did)
	}
	return nil
}

func (r *importRun) organisations() error {
	known, err := r.Store.Organisations(r.ctx, r.tx)
	if err != nil {
		return err
	}
	bySlug := map[string]Organisation{}
	for _, o := range known {
		bySlug[o.Slug] = o
	}
	seen := map[string]bool{}
	for i, spec := range r.file.doc.Organisations {
		path := fmt.Sprintf("organisations[%d]", i)
		if seen[spec.Slug] {
			r.fault(path+".slug", "network.import.fault.twice", "name", spec.Slug)
			continue
		}
		seen[spec.Slug] = true
		before, there := bySlug[spec.Slug]
		o := before
		o.Slug = spec.Slug
		set(&o.Kind, spec.Kind)
		set(&o.Name, spec.Name)
		set(&o.Standing, spec.Standing)
		set(&o.Web, spec.Web)
		set(&o.About, spec.About)
		if o.Standing == "" {
			o.Standing = "member"
		}
		did := verdict(!there, before, o)
		if did != Same {
			_, err = r.Store.SaveOrganisation(r.ctx, r.tx, o, r.by)
			if ok, stop := r.note(err, path); stop != nil {
				return stop
			} else if !ok {
				continue
			}
		}
		r.did("organisation", o.Slug, did)
	}
	return nil
}

func (r *importRun) centres() error {
	organisations, err := r.Store.Organisations(r.ctx, r.tx)
	if err != nil {
		return err
	}
	areas, err := r.Store.Areas(r.ctx, r.tx)
	if err != nil {
		return err
	}
	known, err := r.Store.Centres(r.ctx, r.tx)
	if err != nil {
		return err
	}
	organisationID, areaID, bySlug := map[string]string{}, map[string]string{}, map[string]Centre{}
	for _, o := range organisations {
		organisationID[o.Slug] = o.ID
	}
	for _, a := range areas {
		areaID[a.Slug] = a.ID
	}
	for _, c := range known {
		bySlug[c.Slug] = c
	}
	zone := ""
	if n, err := r.Store.Network(r.ctx, r.tx); err == nil {
		zone = n.Zone
	}
	seen := map[string]bool{}
	for i, spec := range r.file.doc.Centres {
		if r.Stop != nil && r.Stop() {
			r.report = Report{}
			return errDry
		}
		path := fmt.Sprintf("centres[%d]", i)
		if seen[spec.Slug] {
			r.fault(path+".slug", "network.import.fault.twice", "name", spec.Slug)
			continue
		}
		seen[spec.Slug] = true
		before, there := bySlug[spec.Slug]
		c := before
		if !there {
			c.Zone = zone
		}
		c.Slug = spec.Slug
		spec.overlay(&c)
		whole := true
		for _, ref := range []struct {
			name, slug string
			ids        map[string]string
			to         *string
			key        string
		}{
			{"organisation", spec.Organisation, organisationID, &c.OrganisationID, "network.import.fault.no_organisation"},
			{"area", spec.Area, areaID, &c.AreaID, "network.import.fault.no_area"},
		} {
			if id, ok := ref.ids[ref.slug]; ok {
				*ref.to = id
			} else if ref.slug != "" {
				r.fault(path+"."+ref.name, ref.key, "name", ref.slug)
				whole = false
			} else if !there {
				r.fault(path+"."+ref.name, "fault.required")
				whole = false
			}
		}
		if !whole {
			if c.Number == 0 { // only what the file said is judged
				c.Number = 1
			}
			if c.Colour == 0 {
				c.Colour = 1
			}
			set(&c.ConfirmHours, max(c.ConfirmHours, 1))
			set(&c.KeepMonths, max(c.KeepMonths, 1))
			if _, stop := r.note(c.Check(), path); stop != nil {
				return stop
			}
			continue
		}
		did := verdict(!there, before, c)
		if did != Same {
			id, err := r.Store.SaveCentre(r.ctx, r.tx, c, r.by)
			if ok, stop := r.note(err, path); stop != nil {
				return stop
			} else if !ok {
				continue
			}
			c.ID = id
		}
		r.did("centre", c.Slug, did)
		if err := r.closures(path, c, spec); err != nil {
			return err
		}
		for _, apply := range r.Apply {
			changes, err := apply(r.ctx, r.tx, c, spec, r.by)
			if ok, stop := r.note(err, path); stop != nil {
				return stop
			} else if ok {
				r.report.Changes = append(r.report.Changes, changes...)
			}
		}
	}
	return nil
}

func (r *importRun) closures(path string, c Centre, spec CentreSpec) error {
	known, err := r.Store.OwnClosures(r.ctx, r.tx, c.ID, "")
	if err != nil {
		return err
	}
	for i, x := range spec.Closures {
		at := fmt.Sprintf("%s.closures[%d]", path, i)
		if x.To == "" {
			x.To = x.From
		}
		one := Closure{CentreID: c.ID, FromDate: x.From, ToDate: x.To, Reason: x.Reason}
		if ok, _ := r.note(one.Check(), at); !ok {
			continue
		}
		there := false
		for _, k := range known {
			there = there || k.FromDate == one.FromDate && k.ToDate == one.ToDate
		}
		did := Same
		if !there {
			did = Created
			if err := r.Store.AddClosureTx(r.ctx, r.tx, one, r.by); err != nil {
				return err
			}
		}
		r.did("closure", c.Slug+" "+one.FromDate, did)
	}
	return nil
}
