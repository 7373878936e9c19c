package directory

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"reflect"
	"slices"

	"github.com/xuri/excelize/v2"

	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	spreadsheet "kvart/internal/platform/export"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// ExportFormats are the forms in which the directory can be had: the HSDS tabular data package, HSDS JSON a line a service, and
// our own sheet.
var ExportFormats = []string{"zip", "ndjson", "xlsx", "csv"}

// exportRows bounds the rows of a workbook: a sheet has 1,048,576.
const exportRows = 1_000_000

// Export writes all services with their organisations, locations and taxonomies, as others may have them (Service.Shown),
// texts in the language. Organisations without services are in the data package, and lines of their own in ndjson; a sheet has rows of
// services only. That it was done is kept first, so that an address that must be called back later is known to be out. A
// data package and a workbook are put together in memory; ndjson and csv take no more of it however long they are.
func (s *Store) Export(ctx context.Context, w io.Writer, format string, l i18n.Lang, by string) (services int, err error) {
	if !slices.Contains(ExportFormats, format) {
		return 0, fault.Invalid("directory.io.format")
	}
	if services, err = s.Count(ctx, s.DB, Filter{}); err != nil {
		return 0, err
	}
	if err := s.Exported(ctx, format, services, by); err != nil {
		return 0, err
	}
	x := &export{Store: s, ctx: ctx, lang: l}
	if x.today, _, err = s.LocalDay(ctx); err != nil {
		return 0, err
	}
	if x.sorts, err = s.Taxonomies(ctx, s.DB); err != nil {
		return 0, err
	}
	switch buffered := bufio.NewWriter(w); format {
	case "zip":
		err = x.zip(w)
	case "ndjson":
		if err = x.ndjson(buffered); err == nil {
			err = buffered.Flush()
		}
	case "xlsx":
		err = x.book(w)
	default:
		if err = x.csv(buffered); err == nil {
			err = buffered.Flush()
		}
	}
	return services, err
}

// Exported keeps that services were given away in a form.
func (s *Store) Exported(ctx context.Context, kind string, services int, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		id := db.NewID()
		if _, err := tx.Exec(ctx, `INSERT INTO directory_exports (id, kind, services, by_whom, at) VALUES (:id, :kind, :n, :by, :at)`,
			db.Args{"id": id, "kind": kind, "n": services, "by": by, "at": s.Now().Unix()}); err != nil {
			return err
		}
		return s.note(ctx, tx, "directory.export", by, "directory_export", id)
	})
}

// Export is one that was made.
type Exported struct {
	Kind     string `db:"kind"`
	Services int    `db:"services"`
	At       int64  `db:"at"`
}

// LastExports are the newest.
func (s *Store) LastExports(ctx context.Context, q db.Querier, most int) ([]Exported, error) {
	var list []Exported
	err := q.Select(ctx, &list, `SELECT kind, services, at FROM directory_exports ORDER BY at DESC, id DESC LIMIT :n`, db.Args{"n": most})
	return list, err
}

type export struct {
	*Store
	ctx   context.Context
	lang  i18n.Lang
	today string
	sorts *Taxonomies
}

// each calls f with every service as it is shown, in the order in which they were entered.
func (x *export) each(f func(s Service) error) error {
	return x.Each(x.ctx, x.DB, Filter{}, func(list []Service) error {
		for _, s := range list {
			if err := f(s.Shown(x.today).In(x.lang)); err != nil {
				return err
			}
		}
		return x.ctx.Err()
	})
}

// eachAlone calls f with every organisation that has no service, as it is shown, with its locations.
func (x *export) eachAlone(f func(o hsds.Organization) error) error {
	for after := ""; ; {
		var rows []organisationRow
		if err := x.DB.Select(x.ctx, &rows, `SELECT * FROM directory_organisations o WHERE o.id > :after
			AND NOT EXISTS (SELECT 1 FROM directory_services s WHERE s.organisation_id = o.id) ORDER BY o.id LIMIT :limit`, db.Args{"after": after, "limit": batch}); err != nil || len(rows) == 0 {
			return err
		}
		var ids []string
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
		after = ids[len(ids)-1]
		locations, _, err := x.belongings(x.ctx, x.DB, ids)
		if err != nil {
			return err
		}
		for _, r := range rows {
			o := r.organisation().Shown(x.today).In(x.lang)
			h := o.Organization
			h.Locations, h.Services = nil, nil
			if !o.ByCentre(x.today) { // of one that is, nobody is told where it is
				for _, l := range locations[o.ID] {
					at := l.HSDS()
					at.Metadata = dated(at.Metadata, "location", at.ID, l.ModifiedAt, !l.Confidential)
					h.Locations = append(h.Locations, at)
				}
			}
			h.Metadata = dated(h.Metadata, "organization", h.ID, o.ModifiedAt, true)
			untie(reflect.ValueOf(&h).Elem(), true)
			if err := f(h); err != nil {
				return err
			}
		}
	}
}

// lastModified is the name of the field by whose change in the metadata an organisation or a location says when it was last
// changed: the standard has such a field for services alone.
const lastModified = "last_modified"

// dated is the metadata with when the entry was last changed. With tells is false it stays as it is: a place that must not be
// known again has no moment either.
func dated(list []hsds.Change, noun, id string, at int64, tells bool) []hsds.Change {
	if !tells || at == 0 {
		return list
	}
	when := stamp(at)
	return append(slices.Clone(list), hsds.Change{ID: derivedID("changed", noun, id), ResourceID: id, ResourceType: noun, LastActionDate: when[:10], LastActionType: "update",
		FieldName: lastModified, ReplacementValue: when})
}

// datedOf takes what dated added out of the metadata: when the entry was last changed, 0 where nothing says that.
func datedOf(list []hsds.Change) (at int64, rest []hsds.Change) {
	for _, c := range list {
		if c.FieldName == lastModified {
			at = max(at, modifiedOf(c.ReplacementValue))
			continue
		}
		rest = append(rest, c)
	}
	return at, rest
}

// hsds is a shown service in the words of the standard.
func (x *export) hsds(s Service) hsds.Service {
	h := s.Service
	h.LastModified = stamp(s.ModifiedAt)
	owner := s.Owner.Organization
	owner.Metadata = dated(owner.Metadata, "organization", owner.ID, s.Owner.ModifiedAt, true)
	h.Organization = &owner
	byCentre := s.Owner.ByCentre(x.today)
	h.ServiceAtLocations = nil
	for _, p := range s.Places {
		a := p.AtLocation
		at := p.At.HSDS()
		at.Metadata = dated(at.Metadata, "location", at.ID, p.At.ModifiedAt, !byCentre && !p.At.Confidential)
		a.ServiceID, a.LocationID, a.Location, a.Service = "", "", &at, nil
		h.ServiceAtLocations = append(h.ServiceAtLocations, a)
	}
	untie(reflect.ValueOf(&h).Elem(), true)
	return h
}

// untie takes away the links by which what stands within an entry names what it stands in.
func untie(v reflect.Value, whole bool) {
	t := v.Type()
	for i := range v.NumField() {
		f := v.Field(i)
		switch {
		case f.Kind() == reflect.String && links[t.Field(i).Name] && !whole:
			f.SetString("")
		case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct:
			for j := range f.Len() {
				untie(f.Index(j), false)
			}
		case f.Kind() == reflect.Pointer && f.Type().Elem().Kind() == reflect.Struct && !f.IsNil():
			untie(f.Elem(), t.Field(i).Name == "Location") // whose location it is, is no link to where it stands
		}
	}
}

func (x *export) ndjson(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := x.each(func(s Service) error {
		h := x.hsds(s)
		x.withTerms(&h.Attributes)
		h.Visit = s.visit()
		if h.Program != nil && h.Program.ID == h.ProgramID {
			h.ProgramID = ""
		}
		return e.Encode(h)
	}); err != nil {
		return err
	}
	return x.eachAlone(func(o hsds.Organization) error { return e.Encode(o) })
}

// withTerms puts whole terms beside their ids.
func (x *export) withTerms(list *[]hsds.Attribute) {
	*list = slices.Clone(*list)
	for i := range *list {
		a := &(*list)[i]
		if t := x.sorts.Term(a.TaxonomyTermID); t != nil {
			term := x.term(*t)
			if sort := x.sorts.Taxonomy(t.TaxonomyID); sort != nil {
				detail := x.taxonomy(*sort)
				term.TaxonomyDetail = &detail
			}
			a.TaxonomyTerm, a.TaxonomyTermID = &term, ""
		}
	}
}

func (x *export) term(t Term) hsds.Term {
	name, l := t.Name.In(x.lang)
	description, _ := t.Description.In(x.lang)
	h := hsds.Term{ID: t.ID, Code: t.Code, Name: name, Description: description, Language: string(l), TaxonomyID: t.TaxonomyID, TermURI: t.URI}
	if t.ParentID != nil {
		h.ParentID = *t.ParentID
	}
	if sort := x.sorts.Taxonomy(t.TaxonomyID); sort != nil {
		h.Taxonomy, _ = sort.Name.In(x.lang)
	}
	return h
}

func (x *export) taxonomy(t Taxonomy) hsds.Taxonomy {
	name, _ := t.Name.In(x.lang)
	description, _ := t.Description.In(x.lang)
	return hsds.Taxonomy{ID: t.ID, Name: name, Description: description, URI: t.URI, Version: t.Edition}
}

// ---- the data package

// rows are the rows of the package's tables. An entry that stands at several others is one row with several links.
type packageRows struct {
	rows map[*tabular][]reflect.Value
	at   map[string]int // table and id → row
	what map[string]string
}

func (x *export) zip(w io.Writer) error {
	r := &packageRows{rows: map[*tabular][]reflect.Value{}, at: map[string]int{}, what: map[string]string{}}
	for _, t := range x.sorts.List {
		r.add(reflect.ValueOf(x.taxonomy(t)), "", "", "taxonomy")
	}
	for _, t := range x.sorts.Terms {
		r.add(reflect.ValueOf(x.term(t)), "", "", "taxonomy_term")
	}
	if err := x.each(func(s Service) error {
		h := x.hsds(s)
		r.add(reflect.ValueOf(*h.Organization), "", "", "organization")
		for i := range h.ServiceAtLocations {
			a := &h.ServiceAtLocations[i]
			r.add(reflect.ValueOf(*a.Location), "", "", "location")
			a.LocationID, a.Location = a.Location.ID, nil
		}
		if h.Program != nil {
			program := *h.Program
			r.add(reflect.ValueOf(program), "organization_id", h.OrganizationID, "program")
			h.ProgramID, h.Program = program.ID, nil
		}
		h.Organization = nil
		r.add(reflect.ValueOf(h), "", "", "service")
		return nil
	}); err != nil {
		return err
	}
	if err := x.eachAlone(func(o hsds.Organization) error {
		locations := o.Locations
		o.Locations = nil
		r.add(reflect.ValueOf(o), "", "", "organization")
		for _, l := range locations {
			r.add(reflect.ValueOf(l), "", "", "location")
		}
		return nil
	}); err != nil {
		return err
	}
	z := zip.NewWriter(w)
	about := map[string]any{"name": "kvart-hsds", "profile": "tabular-data-package", "title": "HSDS 3.1", "resources": r.resources()}
	f, err := z.Create("datapackage.json")
	if err != nil {
		return err
	}
	e := json.NewEncoder(f)
	e.SetIndent("", "  ")
	if err := e.Encode(about); err != nil {
		return err
	}
	for _, t := range tabulars {
		if len(r.rows[t]) == 0 && t.Name != "service" && t.Name != "organization" {
			continue
		}
		f, err := z.Create(t.File)
		if err != nil {
			return err
		}
		c := csv.NewWriter(f)
		_ = c.Write(t.columns)
		for _, v := range r.rows[t] {
			_ = c.Write(t.cells(v))
		}
		if c.Flush(); c.Error() != nil {
			return c.Error()
		}
	}
	return z.Close()
}

// resources are what datapackage.json says of the tables that there are.
func (r *packageRows) resources() []any {
	var list []any
	for _, t := range tabulars {
		if len(r.rows[t]) == 0 && t.Name != "service" && t.Name != "organization" {
			continue
		}
		var fields []any
		for i, c := range t.columns {
			kind := "string"
			if t.Noun.Field(t.fields[i]).Type.Kind() == reflect.Pointer {
				kind = "number"
			}
			fields = append(fields, map[string]any{"name": c, "type": kind})
		}
		list = append(list, map[string]any{"name": t.Name, "path": t.File, "format": "csv", "mediatype": "text/csv", "encoding": "utf-8",
			"schema": map[string]any{"fields": fields, "primaryKey": "id"}})
	}
	return list
}

// add takes an entry that stands at another, whose id is in the link column, and what stands within it. Returned is the id
// of its row: another than its own where that names something else already.
func (r *packageRows) add(v reflect.Value, link, to, name string) string {
	t := tabularOf(v.Type())
	entry := reflect.New(v.Type()).Elem()
	entry.Set(v)
	id := entry.FieldByName("ID").String()
	content, _ := json.Marshal(v.Interface())
	key := t.Name + " " + id
	column := slices.Index(t.columns, link)
	if n, there := r.at[key]; there {
		if r.what[key] == string(content) {
			if column < 0 {
				return id
			}
			if f := r.rows[t][n].Field(t.fields[column]); f.String() == "" || f.String() == to {
				f.SetString(to)
				return id
			}
		} else if link == "" { // an organisation or a location of which two services know different things: the first counts
			return id
		}
		id = derivedID(id, link, to)
		entry.FieldByName("ID").SetString(id)
		if _, there := r.at[t.Name+" "+id]; there {
			return id
		}
		key = t.Name + " " + id
	}
	if column >= 0 {
		entry.Field(t.fields[column]).SetString(to)
	}
	r.at[key], r.what[key] = len(r.rows[t]), string(content)
	r.rows[t] = append(r.rows[t], entry)
	r.nested(entry, name, id)
	return id
}

// nested adds what stands within an entry.
func (r *packageRows) nested(v reflect.Value, name, id string) {
	for i := range v.NumField() {
		f := v.Field(i)
		switch {
		case f.Kind() == reflect.Pointer && f.Type().Elem() == reflect.TypeFor[hsds.Unit]() && !f.IsNil():
			v.FieldByName("UnitID").SetString(r.add(f.Elem(), "", "", "unit"))
		case f.Kind() != reflect.Slice || f.Type().Elem().Kind() != reflect.Struct:
		default:
			of := tabularOf(f.Type().Elem())
			if of == nil {
				continue
			}
			for j := range f.Len() {
				switch one := f.Index(j).Interface().(type) {
				case hsds.Attribute:
					one.TaxonomyTerm = nil
					if one.LinkEntity == "" {
						one.LinkEntity = name
					}
					r.add(reflect.ValueOf(one), "link_id", id, of.Name)
				case hsds.Change:
					r.add(reflect.ValueOf(one), "resource_id", id, of.Name)
				default:
					r.add(f.Index(j), name+"_id", id, of.Name)
				}
			}
		}
	}
}

// ---- our own sheet

// sheet calls f with the head and then with each row.
func (x *export) sheet(f func(cells []string) error) error {
	centres, err := x.Network.Centres(x.ctx, x.DB)
	if err != nil {
		return err
	}
	head := make([]string, len(sheetColumns))
	for n, c := range sheetColumns {
		if head[n] = c.Name; x.lang == i18n.HR {
			head[n] = c.HR
		}
	}
	if err := f(head); err != nil {
		return err
	}
	terms := newTermIndex(x.sorts)
	return x.each(func(s Service) error {
		places := s.Places
		if len(places) == 0 {
			places = []Place{{}}
		}
		for i := range places {
			e := &sheetEntry{S: &s, O: &s.Owner, Lang: x.lang, Sorts: x.sorts, Terms: terms, Centres: centres}
			if len(s.Places) > 0 {
				e.P = &places[i]
			}
			if err := f(e.cells()); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *sheetEntry) cells() []string {
	cells := make([]string, len(sheetColumns))
	for n, c := range sheetColumns {
		if e.P != nil || c.Of == "service" || c.Of == "owner" {
			cells[n] = c.Get(e)
		}
	}
	return cells
}

func (x *export) csv(w io.Writer) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil { // so that a spreadsheet knows it is UTF-8
		return err
	}
	c := csv.NewWriter(w)
	if x.lang != i18n.EN {
		c.Comma = ';' // as a Croatian or Norwegian spreadsheet reads it
	}
	c.UseCRLF = true
	if err := x.sheet(func(cells []string) error {
		for i := range cells {
			cells[i] = spreadsheet.NoFormula(cells[i])
		}
		return c.Write(cells)
	}); err != nil {
		return err
	}
	c.Flush()
	return c.Error()
}

func (x *export) book(w io.Writer) error {
	f := excelize.NewFile()
	defer f.Close()
	stream, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	if err := stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	n := 0
	if err := x.sheet(func(cells []string) error {
		if n++; n > exportRows {
			return fault.Invalid("directory.io.rows_many", "max", exportRows)
		}
		row := make([]any, len(cells))
		for i, c := range cells {
			row[i] = c
		}
		at, err := excelize.CoordinatesToCellName(1, n)
		if err != nil {
			return err
		}
		return stream.SetRow(at, row)
	}); err != nil {
		return err
	}
	if err := stream.Flush(); err != nil {
		return err
	}
	_, err = f.WriteTo(w)
	return err
}

// FileName is the name under which a download is kept.
func FileName(n network.Network, format, today string, l i18n.Lang) string {
	name, _ := n.Name.In(l)
	return network.Slug(name) + "-" + today + "." + format
}
