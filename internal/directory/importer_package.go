package directory

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"kvart/internal/hsds"
	"kvart/internal/platform/fault"
)

// What a zip may be at most: unpacked, in files, and how many times what it is packed.
const (
	mostUnpacked = 512 << 20
	mostFiles    = 200
	packs        = 500 // no table of text packs to a five-hundredth: what does is made to fill memory
)

// packed are the files of a zip by their names, which must lead nowhere but into it.
func packed(file string, data []byte, r *ImportReport) map[string][]byte {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		r.fault(Where{File: file}, "directory.io.no_zip")
		return nil
	}
	if len(z.File) > mostFiles {
		r.fault(Where{File: file}, "directory.io.zip_files", "max", mostFiles)
		return nil
	}
	files, left := map[string][]byte{}, int64(mostUnpacked)
	for _, f := range z.File {
		name := f.Name
		if path.IsAbs(name) || strings.ContainsAny(name, "\\\x00") || slices.Contains(strings.Split(name, "/"), "..") {
			r.fault(Where{File: file, Field: strconv.QuoteToASCII(name)}, "directory.io.zip_path")
			return nil
		}
		if strings.HasSuffix(name, "/") || strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(path.Base(name), ".") && path.Base(name) != ".." {
			continue
		}
		base := path.Base(name)
		if _, twice := files[base]; twice {
			r.fault(Where{File: file, Field: base}, "directory.io.zip_twice")
			return nil
		}
		in, err := f.Open()
		if err != nil {
			r.fault(Where{File: file, Field: base}, "directory.io.no_zip")
			return nil
		}
		content, err := io.ReadAll(io.LimitReader(in, left+1))
		in.Close()
		if err != nil {
			r.fault(Where{File: file, Field: base}, "directory.io.no_zip")
			return nil
		}
		if left -= int64(len(content)); left < 0 || len(content) > 1<<20 && uint64(len(content)) > packs*max(f.CompressedSize64, 1) {
			r.fault(Where{File: file, Field: base}, "directory.io.zip_large", "mb", mostUnpacked>>20)
			return nil
		}
		files[base] = content
	}
	return files
}

// tableNames are the tables' names by the files that datapackage.json gives for them, where it says so.
func tableNames(files map[string][]byte) map[string]string {
	var about struct {
		Resources []struct {
			Name string `json:"name"`
			Path any    `json:"path"`
		} `json:"resources"`
	}
	m := map[string]string{}
	if json.Unmarshal(files["datapackage.json"], &about) == nil { // the official example has a link there, which is no JSON
		for _, one := range about.Resources {
			if p, ok := one.Path.(string); ok {
				m[path.Base(p)] = one.Name
			}
		}
	}
	return m
}

// pack is a data package while it is read.
type pack struct {
	*parsed
	r      *ImportReport
	tables map[string]*readTabular // by the name in datapackage.json
	// what belongs to an id, and whether it was used
	attributes map[string][]hsds.Attribute
	changes    map[string][]hsds.Change
	used       map[string]bool
	rows       int // of all tables
}

// readTabular is a table as it was read.
type readTabular struct {
	*tabular
	*table
	at   []int // column of the file for each column of the noun; -1: not there
	rows []reflect.Value
	ids  map[string]int
	by   map[string]map[string][]int // link column → id → rows
}

// readPackage reads a zip of HSDS tables.
func readPackage(file string, data []byte, r *ImportReport) *parsed {
	files := packed(file, data, r)
	if files == nil {
		return nil
	}
	k := &pack{parsed: newParsed(), r: r, tables: map[string]*readTabular{}, attributes: map[string][]hsds.Attribute{}, changes: map[string][]hsds.Change{}, used: map[string]bool{}}
	named := tableNames(files)
	for _, name := range sortedKeys(files) {
		if name == "datapackage.json" {
			continue
		}
		i := slices.IndexFunc(tabulars, func(t *tabular) bool { return t.Name == named[name] })
		if i < 0 {
			i = slices.IndexFunc(tabulars, func(t *tabular) bool { return t.File == strings.ToLower(name) })
		}
		if i < 0 {
			r.note(Where{File: name}, "directory.io.note.no_table")
			continue
		}
		k.read(tabulars[i], name, files[name])
		delete(files, name)
	}
	if k.tables["service"] == nil && r.FaultCount == 0 {
		r.fault(Where{File: file}, "directory.io.no_services_table")
	}
	if r.FaultCount > 0 {
		return nil
	}
	k.where = k.place
	k.all()
	return k.parsed
}

func sortedKeys[T any](m map[string]T) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// read takes one table. What is no column of HSDS is left out, with a note.
func (k *pack) read(t *tabular, name string, data []byte) {
	raw := readTable(name, data, k.r)
	if raw == nil {
		return
	}
	if k.rows += len(raw.Rows); k.rows > mostRows {
		k.r.fault(Where{File: name}, "directory.io.rows_many", "max", mostRows)
		return
	}
	x := &readTabular{tabular: t, table: raw, ids: map[string]int{}, by: map[string]map[string][]int{}}
	for range t.columns {
		x.at = append(x.at, -1)
	}
	for i, h := range raw.Head {
		n := slices.Index(t.columns, strings.ToLower(h))
		switch {
		case n < 0:
			k.r.note(Where{File: name, Row: 1, Column: columnName(i), Field: h}, "directory.io.note.no_column")
		case x.at[n] >= 0:
			k.r.fault(Where{File: name, Row: 1, Column: columnName(i), Field: h}, "directory.io.column_twice")
		default:
			x.at[n] = i
		}
	}
	if x.at[0] < 0 {
		k.r.fault(Where{File: name, Row: 1}, "directory.io.no_id_column")
		return
	}
	for _, row := range raw.Rows {
		v := reflect.New(t.Noun).Elem()
		for n, i := range x.at {
			if i < 0 || i >= len(row.Cells) {
				continue
			}
			if strings.HasSuffix(t.columns[n], "id") {
				row.Cells[i] = lowerID(row.Cells[i])
			}
			if !t.set(v, n, row.Cells[i]) {
				k.r.fault(Where{File: name, Row: row.N, Column: columnName(i), Field: t.columns[n]}, "directory.io.no_number", "value", short(row.Cells[i]))
			}
		}
		id := v.Field(0).String()
		if first, twice := x.ids[id]; twice {
			k.r.fault(Where{File: name, Row: row.N, Column: columnName(x.at[0]), Field: "id"}, "directory.io.twice", "where", raw.Rows[first].where(name))
		}
		x.ids[id] = len(x.rows)
		x.rows = append(x.rows, v)
	}
	k.tables[t.Name] = x
}

func (r tableRow) where(file string) string { return fmt.Sprintf("%s:%d", file, r.N) }

func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// of are the rows of a table whose link column has the id. An empty id has none.
func (k *pack) of(name, link, id string) []int {
	x := k.tables[name]
	if x == nil || id == "" {
		return nil
	}
	if x.by[link] == nil {
		m := map[string][]int{}
		n := slices.Index(x.columns, link)
		if n < 0 {
			return nil
		}
		for i, v := range x.rows {
			if id := v.Field(x.fields[n]).String(); id != "" {
				m[id] = append(m[id], i)
			}
		}
		x.by[link] = m
	}
	return x.by[link][id]
}

// rowsOf are the rows of a table that belong to an entry, as nouns with what belongs to them.
func rowsOf[T any](k *pack, link, id string) []T {
	name := tabularOf(reflect.TypeFor[T]()).Name
	var list []T
	for _, i := range k.of(name, link, id) {
		one := k.tables[name].rows[i].Interface().(T)
		k.used[name+" "+k.tables[name].rows[i].Field(0).String()] = true
		k.fill(&one)
		list = append(list, one)
	}
	return list
}

// fill gives an entry what other tables have of it.
func (k *pack) fill(entry any) {
	v := reflect.ValueOf(entry).Elem()
	id := v.FieldByName("ID").String()
	if list := k.attributes[id]; list != nil && v.FieldByName("Attributes").IsValid() {
		v.FieldByName("Attributes").Set(reflect.ValueOf(slices.Clone(list)))
		for _, a := range list {
			k.used["attribute "+a.ID] = true
		}
	}
	if list := k.changes[id]; list != nil && v.FieldByName("Metadata").IsValid() {
		v.FieldByName("Metadata").Set(reflect.ValueOf(slices.Clone(list)))
		for _, c := range list {
			k.used["metadata "+c.ID] = true
		}
	}
	switch e := entry.(type) {
	case *hsds.Phone:
		e.Languages = rowsOf[hsds.Language](k, "phone_id", id)
	case *hsds.Contact:
		e.Phones = rowsOf[hsds.Phone](k, "contact_id", id)
	case *hsds.Capacity:
		if x := k.tables["unit"]; x != nil {
			if i, ok := x.ids[e.UnitID]; ok && e.UnitID != "" {
				unit := x.rows[i].Interface().(hsds.Unit)
				k.used["unit "+unit.ID] = true
				k.fill(&unit)
				e.Unit, e.UnitID = &unit, ""
			}
		}
	case *hsds.Organization:
		e.AdditionalWebsites, e.Funding = rowsOf[hsds.URL](k, "organization_id", id), rowsOf[hsds.Funding](k, "organization_id", id)
		e.Contacts, e.Phones = rowsOf[hsds.Contact](k, "organization_id", id), rowsOf[hsds.Phone](k, "organization_id", id)
		e.Programs, e.OrganizationIdentifiers = rowsOf[hsds.Program](k, "organization_id", id), rowsOf[hsds.Identifier](k, "organization_id", id)
	case *hsds.Location:
		e.Languages, e.Addresses = rowsOf[hsds.Language](k, "location_id", id), rowsOf[hsds.Address](k, "location_id", id)
		e.Contacts, e.Accessibility = rowsOf[hsds.Contact](k, "location_id", id), rowsOf[hsds.Accessibility](k, "location_id", id)
		e.Phones, e.Schedules = rowsOf[hsds.Phone](k, "location_id", id), rowsOf[hsds.Schedule](k, "location_id", id)
	case *hsds.AtLocation:
		e.ServiceAreas, e.Contacts = rowsOf[hsds.Area](k, "service_at_location_id", id), rowsOf[hsds.Contact](k, "service_at_location_id", id)
		e.Phones, e.Schedules = rowsOf[hsds.Phone](k, "service_at_location_id", id), rowsOf[hsds.Schedule](k, "service_at_location_id", id)
	case *hsds.Service:
		e.AdditionalURLs, e.Phones = rowsOf[hsds.URL](k, "service_id", id), rowsOf[hsds.Phone](k, "service_id", id)
		e.Schedules, e.ServiceAreas = rowsOf[hsds.Schedule](k, "service_id", id), rowsOf[hsds.Area](k, "service_id", id)
		e.ServiceAtLocations, e.Languages = rowsOf[hsds.AtLocation](k, "service_id", id), rowsOf[hsds.Language](k, "service_id", id)
		e.Funding, e.CostOptions = rowsOf[hsds.Funding](k, "service_id", id), rowsOf[hsds.Cost](k, "service_id", id)
		e.RequiredDocuments, e.Contacts = rowsOf[hsds.Document](k, "service_id", id), rowsOf[hsds.Contact](k, "service_id", id)
		e.Capacities = rowsOf[hsds.Capacity](k, "service_id", id)
		if x := k.tables["program"]; x != nil && e.ProgramID != "" {
			if i, ok := x.ids[e.ProgramID]; ok {
				program := x.rows[i].Interface().(hsds.Program)
				k.used["program "+program.ID] = true
				k.fill(&program)
				e.Program = &program
			}
		}
	}
}

// each calls f with every row of the table.
func each[T any](k *pack, f func(one T, w Where)) {
	x := k.tables[tabularOf(reflect.TypeFor[T]()).Name]
	if x == nil {
		return
	}
	for i, v := range x.rows {
		f(v.Interface().(T), Where{File: x.table.File, Row: x.Rows[i].N})
	}
}

// all puts the rows together. What belongs to nothing in the file is left out, with a note.
func (k *pack) all() {
	each(k, func(t hsds.Taxonomy, w Where) { k.addTaxonomy(t, w) })
	each(k, func(t hsds.Term, w Where) {
		if _, there := k.taxonomy[t.TaxonomyID]; t.TaxonomyID != "" && !there {
			name := t.Taxonomy
			if name == "" {
				name = "–"
			}
			k.r.note(Where{File: w.File, Row: w.Row, Field: "taxonomy_id"}, "directory.io.note.no_taxonomy", "name", name)
			k.addTaxonomy(hsds.Taxonomy{ID: t.TaxonomyID, Name: name}, w)
		}
		k.addTerm(t, w)
	})
	each(k, func(a hsds.Attribute, w Where) {
		id := a.LinkID
		a.LinkID = ""
		k.attributes[id] = append(k.attributes[id], a)
	})
	each(k, func(c hsds.Change, w Where) {
		id := c.ResourceID
		c.ResourceID = ""
		k.changes[id] = append(k.changes[id], c)
	})
	each(k, func(o hsds.Organization, w Where) {
		k.fill(&o)
		k.addOwner(&ownerRead{Organization: o, At: w}, k.r)
	})
	each(k, func(l hsds.Location, w Where) {
		k.fill(&l)
		k.addLocation(&locationRead{Location: l, At: w}, k.r)
	})
	k.programs = map[string]bool{}
	each(k, func(s hsds.Service, w Where) {
		k.programs[s.ProgramID] = true
		k.fill(&s)
		k.addService(&serviceRead{Service: s, At: w, Mod: modifiedOf(s.LastModified)}, k.r)
	})
	for _, t := range tabulars {
		x := k.tables[t.Name]
		if x == nil || slices.Contains([]string{"organization", "location", "service", "taxonomy", "taxonomy_term"}, t.Name) {
			continue
		}
		for i, v := range x.rows {
			if !k.used[t.Name+" "+v.Field(0).String()] {
				key := "directory.io.note.alone"
				if t.Name == "meta_table_description" {
					key = "directory.io.note.table_note"
				}
				k.r.note(Where{File: x.table.File, Row: x.Rows[i].N}, key)
				continue
			}
			for n, column := range x.columns {
				if to := linked[column]; to != "" && (k.tables[to] == nil || !k.tables[to].has(v.Field(x.fields[n]).String())) && v.Field(x.fields[n]).String() != "" {
					k.r.note(Where{File: x.table.File, Row: x.Rows[i].N, Column: columnName(x.at[n]), Field: column}, "directory.io.note.no_link")
				}
			}
		}
	}
}

// linked are the tables to which columns link.
var linked = map[string]string{"service_id": "service", "organization_id": "organization", "location_id": "location", "service_at_location_id": "service_at_location", "contact_id": "contact",
	"phone_id": "phone", "unit_id": "unit"}

func (x *readTabular) has(id string) bool { _, there := x.ids[id]; return there }

// lists are the tables in which lists of an entry stand, by their names in JSON.
var lists = map[string]string{"phones": "phone", "schedules": "schedule", "contacts": "contact", "languages": "language", "service_areas": "service_area", "required_documents": "required_document",
	"cost_options": "cost_option", "capacities": "service_capacity", "attributes": "attribute", "addresses": "address", "service_at_locations": "service_at_location", "accessibility": "accessibility"}

// place finds the row and the column of a field named as in schedules.2.opens_at.
func (k *pack) place(noun, id string, w Where, field string) Where {
	name := map[string]string{"service": "service", "organisation": "organization", "location": "location", "term": "taxonomy_term", "taxonomy": "taxonomy"}[noun]
	link := name + "_id"
	parts := strings.Split(field, ".")
	row := w
	x := k.tables[name]
	for len(parts) >= 2 && lists[parts[0]] != "" && k.tables[lists[parts[0]]] != nil {
		n, err := strconv.Atoi(parts[1])
		if err != nil {
			break
		}
		in := k.tables[lists[parts[0]]]
		var rows []int
		if parts[0] != "attributes" {
			rows = k.of(in.Name, link, id)
		}
		if n >= len(rows) {
			break
		}
		x, id, link = in, in.rows[rows[n]].Field(0).String(), in.Name+"_id"
		row = Where{File: in.table.File, Row: in.Rows[rows[n]].N}
		parts = parts[2:]
	}
	row.Field = strings.Join(parts, ".")
	if x != nil {
		if n := slices.Index(x.columns, row.Field); n >= 0 && x.at[n] >= 0 {
			row.Column = columnName(x.at[n])
		}
	}
	return row
}

// parse reads a file by its ending.
func parse(name string, data []byte, r *ImportReport) *parsed {
	base := path.Base(strings.ReplaceAll(name, "\\", "/"))
	switch low := strings.ToLower(name); {
	case strings.HasSuffix(low, ".zip"):
		return readPackage(base, data, r)
	case strings.HasSuffix(low, ".json"), strings.HasSuffix(low, ".ndjson"), strings.HasSuffix(low, ".jsonl"):
		return readJSON(base, data, r)
	case strings.HasSuffix(low, ".xlsx"):
		return readRows(readBook(base, data, r), r)
	case strings.HasSuffix(low, ".csv"), strings.HasSuffix(low, ".tsv"), strings.HasSuffix(low, ".txt"):
		return readRows(readTable(base, data, r), r)
	}
	r.fault(Where{File: base}, fault.Invalid("directory.io.ending").Key)
	return nil
}
