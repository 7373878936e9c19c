package network

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"sort"
	"strings"
	"unicode/utf8"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/geo"
	"kvart/internal/platform/i18n"
)

// Document is a network as a file says it. Docs: import-network.md. What is left out stays as it is; nothing is deleted.
type Document struct {
	Network       *NetworkSpec       `yaml:"network"`
	Groups        []GroupSpec        `yaml:"groups"`
	Areas         []AreaSpec         `yaml:"areas"`
	Organisations []OrganisationSpec `yaml:"organisations"`
	Centres       []CentreSpec       `yaml:"centres"`
}

// NetworkSpec is the network in a file.
type NetworkSpec struct {
	Name       i18n.Text     `yaml:"name"`
	Zone       string        `yaml:"zone"`
	Currency   string        `yaml:"currency"`
	Disclosure int           `yaml:"disclosure"`
	About      *ProjectSheet `yaml:"about"`
	Privacy    *Privacy      `yaml:"privacy"`
	Emergency  Emergencies   `yaml:"emergency"`
}

// GroupSpec is a group in a file; its place is its place in the list.
type GroupSpec struct {
	Code string    `yaml:"code"`
	Name i18n.Text `yaml:"name"`
}

// AreaSpec is an area in a file. Outline is the id of an outline that Kvart brings along, or GeoJSON.
type AreaSpec struct {
	Slug    string    `yaml:"slug"`
	Kind    string    `yaml:"kind"`
	Name    i18n.Text `yaml:"name"`
	In      string    `yaml:"in"`
	Growth  *bool     `yaml:"growth"`
	Example *bool     `yaml:"example"`
	Outline any       `yaml:"outline"`
}

// OrganisationSpec is an organisation in a file.
type OrganisationSpec struct {
	Slug     string    `yaml:"slug"`
	Kind     string    `yaml:"kind"`
	Name     string    `yaml:"name"`
	Standing string    `yaml:"standing"`
	Web      string    `yaml:"web"`
	About    i18n.Text `yaml:"about"`
}

// CentreSpec is a centre in a file.
type CentreSpec struct {
	Slug         string        `yaml:"slug"`
	Number       int           `yaml:"number"`
	Colour       int           `yaml:"colour"`
	Organisation string        `yaml:"organisation"`
	Area         string        `yaml:"area"`
	Name         string        `yaml:"name"`
	Zone         string        `yaml:"zone"`
	Address      string        `yaml:"address"`
	Lat          *float64      `yaml:"lat"`
	Lon          *float64      `yaml:"lon"`
	About        i18n.Text     `yaml:"about"`
	Phone        string        `yaml:"phone"`
	PhoneWho     i18n.Text     `yaml:"phone_who"`
	Email        string        `yaml:"email"`
	Stop         i18n.Text     `yaml:"stop"`
	Access       AccessList    `yaml:"access"`
	Hours        HoursList     `yaml:"hours"`
	Features     FeatureList   `yaml:"features"`
	ConfirmHours int           `yaml:"confirm_hours"`
	KeepMonths   int           `yaml:"keep_months"`
	Closures     []ClosureSpec `yaml:"closures"`
	Spaces       []SpaceSpec   `yaml:"spaces"` // made by the feature that keeps spaces, through Importer.Apply
}

// ClosureSpec is a span of closed days in a file.
type ClosureSpec struct {
	From   string    `yaml:"from"`
	To     string    `yaml:"to"`
	Reason i18n.Text `yaml:"reason"`
}

// SpaceSpec is a space in a file. Parts are the slugs of spaces of the same centre that together are this one.
type SpaceSpec struct {
	Slug         string    `yaml:"slug"`
	Name         i18n.Text `yaml:"name"`
	About        i18n.Text `yaml:"about"`
	Holds        int       `yaml:"holds"`
	SetupMinutes int       `yaml:"setup_minutes"`
	ClearMinutes int       `yaml:"clear_minutes"`
	Parts        []string  `yaml:"parts"`
}

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

// Apply is a feature's part of an import, in its transaction: it makes its own things of the centre that the file's
// entry describes. A fault of kind Invalid is shown at the named field of the entry, as in spaces[0].slug.
type Apply func(ctx context.Context, tx *db.Tx, centre Centre, spec CentreSpec, by string) ([]Change, error)

// Importer builds a network from a file.
type Importer struct {
	Store *Store
	Apply []Apply
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

// set keeps what is there where the file says nothing.
func set[T any](to *T, from T) {
	if v := reflect.ValueOf(from); !v.IsZero() && (v.Kind() != reflect.Map || v.Len() > 0) {
		*to = from
	}
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

//go:embed outlines/zagreb-districts.geojson
var zagreb []byte

// outlineOf is the GeoJSON geometry that the file means, or the key of a fault.
func outlineOf(v any) (string, string) {
	s, isText := v.(string)
	if !isText {
		b, err := json.Marshal(v)
		if err != nil {
			return "", "network.fault.outline"
		}
		s = string(b)
	} else if !strings.HasPrefix(strings.TrimSpace(s), "{") {
		list, err := geo.Features(zagreb)
		if err != nil {
			return "", "network.fault.outline"
		}
		for _, f := range list {
			if f.ID == s {
				return compact(f.Geometry), ""
			}
		}
		return "", "network.import.fault.no_outline"
	}
	if _, err := geo.Parse([]byte(s)); err != nil {
		return "", "network.fault.outline"
	}
	return compact([]byte(s)), ""
}

func compact(b []byte) string {
	var out bytes.Buffer
	if err := json.Compact(&out, b); err != nil {
		return string(b)
	}
	return out.String()
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

func (spec CentreSpec) overlay(c *Centre) {
	set(&c.Number, spec.Number)
	set(&c.Colour, spec.Colour)
	set(&c.Name, spec.Name)
	set(&c.Zone, spec.Zone)
	set(&c.Address, spec.Address)
	set(&c.About, spec.About)
	set(&c.Phone, spec.Phone)
	set(&c.PhoneWho, spec.PhoneWho)
	set(&c.Email, spec.Email)
	set(&c.Stop, spec.Stop)
	set(&c.ConfirmHours, spec.ConfirmHours)
	set(&c.KeepMonths, spec.KeepMonths)
	if spec.Access != nil {
		c.Access = spec.Access
	}
	if spec.Hours != nil {
		c.Hours = spec.Hours
	}
	if spec.Features != nil {
		c.Features = spec.Features
	}
	if spec.Lat != nil {
		v := int64(math.Round(*spec.Lat * 1e6))
		c.LatE6 = &v
	}
	if spec.Lon != nil {
		v := int64(math.Round(*spec.Lon * 1e6))
		c.LonE6 = &v
	}
}

func (r *importRun) closures(path string, c Centre, spec CentreSpec) error {
	known, err := r.Store.Closures(r.ctx, r.tx, c.ID, "")
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
			if err := r.Store.addClosure(r.ctx, r.tx, one, r.by); err != nil {
				return err
			}
		}
		r.did("closure", c.Slug+" "+one.FromDate, did)
	}
	return nil
}

// encodingFault finds bytes that are no UTF-8: a file saved in an old code page.
func encodingFault(data []byte) (FileFault, bool) {
	if utf8.Valid(data) {
		return FileFault{}, false
	}
	line, column := 1, 1
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		if r == utf8.RuneError && n == 1 {
			break
		}
		if column++; r == '\n' {
			line, column = line+1, 1
		}
		data = data[n:]
	}
	return FileFault{Line: line, Column: column, Key: "network.import.fault.encoding"}, true
}
