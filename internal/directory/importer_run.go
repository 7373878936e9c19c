package directory

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/geo"
	"kvart/internal/platform/i18n"
)

// Importer takes files of services into the directory: the HSDS tabular data package (.zip), HSDS JSON (.json, .ndjson), our own
// sheet (.csv, .xlsx). Who imports acts for the network: its lead, or the operator; so organisations that are the network's
// own may be updated by it too. None is made in the network.
type Importer struct {
	*Store
	Lang i18n.Lang                            // in which the file's texts are; empty: Croatian
	By   string                               // an account's id, or cli
	Step func(done, total int) (stopped bool) // told and asked while it runs; may be nil
}

// Run looks at the file, or takes it. A file with any fault changes nothing. An import takes a few hundred entries at a time,
// each such batch in a transaction of its own: one that is stopped leaves whole batches, and importing the file again
// takes the rest. The same file twice changes nothing. It returns Conflict where somebody changed an entry while it ran.
//
// An entry that is another organisation's here, or that was changed here since it was last imported, is left
// as it is, unless the file was exported from it as it is now; the report says which. An import deletes nothing.
func (im Importer) Run(ctx context.Context, name string, data []byte, take bool) (ImportReport, error) {
	if im.Lang == "" {
		im.Lang = i18n.HR
	}
	run := &importRun{Importer: im, ctx: ctx}
	run.parsed = parse(name, data, &run.report)
	if run.parsed == nil || run.report.FaultCount > 0 {
		return run.report, nil
	}
	if err := run.prepare(); err != nil {
		return run.report, err
	}
	run.total = len(run.Terms) + len(run.Owners) + len(run.Locations) + len(run.Services)
	if take {
		run.total *= 2
	}
	for _, part := range []func() error{run.planTaxonomies, run.planPlaces, run.planOwners, run.planLocations, run.planServices} {
		if err := part(); err != nil {
			return run.report, err
		}
		if run.report.Stopped {
			return run.report, nil
		}
	}
	switch {
	case run.report.FaultCount > 0:
		run.report.Counts, run.report.Changes, run.report.Clashes = nil, nil, nil
		return run.report, nil
	case take:
		if err := run.take(); err != nil {
			return run.report, err
		}
	default:
		run.foresee()
	}
	if !run.report.Stopped {
		run.step(run.total)
	}
	return run.report, nil
}

type importRun struct {
	Importer
	ctx context.Context
	*parsed
	report      ImportReport
	done, total int

	areas     *areaMap
	sorts     *Taxonomies // with those of the file
	termNames termIndex   // of sorts, once they are whole
	centres   []network.Centre
	members   map[string]string // kinds of the network's organisations, by id
	today     string

	// what is to be done; nought Version: made
	taxonomies []planned[Taxonomy]
	terms      []planned[Term]
	owners     []planned[Organisation]
	locations  []planned[Location]
	services   []planned[Service]
	spots      []planned[spotRow]
	synonyms   []planned[[3]string]

	veiled map[string]string // ids of places as which exports have the locations of initiatives, and what those are (unreached)

	known map[string]Organisation // of the directory or of the file, by id
	spot  map[string]Location

	placed map[string]string // services with their locations, by the ids of places that the file makes
}

// planned is an entry as it is to be saved.
type planned[T any] struct {
	entry T
	line  ImportLine
}

// step counts and asks whether to stop.
func (run *importRun) step(done int) bool {
	run.done = done
	if run.Step == nil {
		return run.ctx.Err() != nil
	}
	return run.Step(run.done, run.total) && done < run.total
}

// bad notes an entry's faults at their places in the file.
func (run *importRun) bad(noun, id string, w Where, err error) bool {
	if err == nil {
		return false
	}
	e := fault.Of(err)
	for _, f := range e.Fields {
		run.report.fault(run.where(noun, id, w, f.Name), f.Key, f.Args...)
	}
	if len(e.Fields) == 0 {
		run.report.fault(w, e.Key, e.Args...)
	}
	return true
}

func (run *importRun) prepare() error {
	areas, err := run.Network.Areas(run.ctx, run.DB)
	if err != nil {
		return err
	}
	run.areas = newAreaMap(areas)
	if run.sorts, err = run.Store.Taxonomies(run.ctx, run.DB); err != nil {
		return err
	}
	if run.centres, err = run.Network.Centres(run.ctx, run.DB); err != nil {
		return err
	}
	members, err := run.Network.Organisations(run.ctx, run.DB)
	if err != nil {
		return err
	}
	run.members = map[string]string{}
	for _, o := range members {
		run.members[o.ID] = o.Kind
	}
	if run.today, _, err = run.LocalDay(run.ctx); err != nil {
		return err
	}
	run.known, run.spot, run.placed = map[string]Organisation{}, map[string]Location{}, map[string]string{}
	if err := run.resolveSheet(members); err != nil {
		return err
	}
	return run.unveil()
}

// unveil finds the locations that the file has by ids of places (Location.unreached). What it says of them is not taken: it
// is what everybody may know of them.
func (run *importRun) unveil() error {
	run.veiled = map[string]string{}
	for chunk := range slices.Chunk(run.Locations, 2*batch) {
		args := db.Args{}
		var rows []struct{ ID, Location string }
		ids := ids(chunk, func(l *locationRead) string { return l.ID })
		if err := run.DB.Select(run.ctx, &rows, `SELECT id, location_id AS location FROM directory_places WHERE id IN (`+db.In("id", ids, args)+`) AND location_id <> id`, args); err != nil {
			return err
		}
		for _, r := range rows {
			run.veiled[r.ID] = r.Location
		}
	}
	if len(run.veiled) == 0 {
		return nil
	}
	for _, s := range run.Services {
		for i := range s.ServiceAtLocations {
			if id, veiled := run.veiled[s.ServiceAtLocations[i].LocationID]; veiled {
				s.ServiceAtLocations[i].LocationID = id
			}
		}
	}
	run.Locations = slices.DeleteFunc(run.Locations, func(l *locationRead) bool {
		_, veiled := run.veiled[l.ID]
		if veiled {
			if len(l.Addresses) > 0 || l.Latitude != nil || l.Sheet != nil && l.Sheet.named("street")+l.Sheet.named("place")+l.Sheet.named("latitude") != "" {
				run.report.note(l.At, "directory.io.note.veiled")
			}
			run.report.did(l.At, "location", l.Name, Same, "")
		}
		return veiled
	})
	return nil
}

// areaMap finds areas quickly: outlines are read once.
type areaMap struct {
	areas  []network.Area
	shapes []geo.Shape
	boxes  [][2]geo.Point
}

func newAreaMap(areas []network.Area) *areaMap {
	m := &areaMap{areas: areas}
	for _, a := range areas {
		shape := a.Shape()
		var box [2]geo.Point
		if shape != nil {
			box[0], box[1] = shape.Bounds()
		}
		m.shapes, m.boxes = append(m.shapes, shape), append(m.boxes, box)
	}
	return m
}

// at is areaAt.
func (m *areaMap) at(lat, lon *float64) *string {
	if lat == nil || lon == nil {
		return nil
	}
	p := geo.Point{Lon: *lon, Lat: *lat}
	for i := len(m.areas) - 1; i >= 0; i-- {
		if b := m.boxes[i]; m.shapes[i] != nil && p.Lon >= b[0].Lon && p.Lon <= b[1].Lon && p.Lat >= b[0].Lat && p.Lat <= b[1].Lat && m.shapes[i].Contains(p) {
			return &m.areas[i].ID
		}
	}
	return nil
}

// swapped says that the degrees are far from the network but near it the other way round.
func (m *areaMap) swapped(lat, lon float64) bool {
	near := func(lat, lon float64) bool {
		for i, b := range m.boxes {
			if m.shapes[i] != nil && lon > b[0].Lon-0.7 && lon < b[1].Lon+0.7 && lat > b[0].Lat-0.5 && lat < b[1].Lat+0.5 {
				return true
			}
		}
		return false
	}
	return !near(lat, lon) && near(lon, lat)
}

// ---- taxonomies

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

func sameJSON(a, b any) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	if errA != nil || errB != nil {
		return false
	}
	// Tables of text know one end of a line; forms of browsers send the other.
	return bytes.Equal(x, y) || bytes.Equal(bytes.ReplaceAll(x, []byte(`\r\n`), []byte(`\n`)), bytes.ReplaceAll(y, []byte(`\r\n`), []byte(`\n`)))
}

// sameText says whether a cell holds the text, as far as a cell can.
func sameText(cell, text string) bool {
	return cell == text || strings.TrimSpace(strings.ReplaceAll(cell, "\r\n", "\n")) == strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
}

// sameContent is sameJSON, for which ids of what stands within an entry, and the links by which it says where it stands, are
// none of its content: foreign files make them anew.
func sameContent(a, b any) bool {
	if sameJSON(a, b) {
		return true
	}
	bare := func(v any) any {
		data, _ := json.Marshal(v)
		var tree any
		_ = json.Unmarshal(data, &tree)
		dropIDs(tree)
		return tree
	}
	return sameJSON(bare(a), bare(b))
}

func dropIDs(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range []string{"id", "link_id", "link_entity", "resource_id", "service_id", "organization_id", "location_id", "service_at_location_id", "contact_id", "phone_id"} {
			delete(v, name)
		}
		for _, one := range v {
			dropIDs(one)
		}
	case []any:
		for _, one := range v {
			dropIDs(one)
		}
	}
}

// ---- organisations

func (run *importRun) planOwners() error {
	base := run.done
	for i, chunk := range chunks(run.Owners) {
		if run.step(base + i*batch) {
			run.report.Stopped = true
			return nil
		}
		var ids []string
		for _, o := range chunk {
			ids = append(ids, o.ID)
		}
		here, err := run.Store.organisations(run.ctx, run.DB, ids)
		if err != nil {
			return err
		}
		actions, err := run.lastActions("organisation", ids)
		if err != nil {
			return err
		}
		for _, f := range chunk {
			had, there := here[f.ID]
			n := run.mergeOwner(f, had, there)
			if there && sameContent(had.bare(), n.bare()) {
				run.known[f.ID] = had
				run.report.did(f.At, "organisation", had.Name, Same, "")
				continue
			}
			if run.bad("organisation", f.ID, f.At, n.Check()) {
				run.known[f.ID] = n
				continue
			}
			line := ImportLine{Where: f.At, Noun: "organisation", Name: n.Name, Did: Made}
			if there {
				line.Did = Updated
				if changedHere(actions[f.ID]) && (f.Mod == 0 || f.Mod < had.ModifiedAt) {
					run.known[f.ID] = had
					run.report.did(f.At, "organisation", had.Name, Clashes, "directory.io.clash.changed")
					continue
				}
			}
			run.known[f.ID] = n
			run.owners = append(run.owners, planned[Organisation]{n, line})
		}
	}
	run.done = base + len(run.Owners)
	return nil
}

// bare is what of an organisation an import compares.
func (o Organisation) bare() any {
	if len(o.Texts) == 0 {
		o.Texts = nil
	}
	o.Services, o.Locations = nil, nil
	return o
}

func (run *importRun) mergeOwner(f *ownerRead, had Organisation, there bool) Organisation {
	n := had
	if !there {
		n = Organisation{Organization: hsds.Organization{ID: f.ID}, Lang: run.Lang, Kind: "other", Reach: Direct}
		if kind := run.members[f.ID]; slices.Contains(Kinds, kind) {
			n.Kind = kind
		}
		if n.Kind == "initiative" { // nobody said yet that it wants to be reached itself
			n.Kind = "other"
		}
	}
	if f.Sheet != nil {
		shown := had.Shown(run.today).In(run.Lang)
		run.setCells(f.Sheet, "owner", there, &sheetEntry{S: &Service{}, O: &n}, &sheetEntry{S: &Service{}, O: &shown})
		return n
	}
	n.Organization = f.Organization
	n.Services, n.Locations = nil, nil
	n.Programs = slices.DeleteFunc(slices.Clone(n.Programs), func(p hsds.Program) bool { // what services name stands at them
		return run.programs[p.ID] && !slices.ContainsFunc(had.Programs, func(x hsds.Program) bool { return x.ID == p.ID })
	})
	if len(n.Programs) == 0 {
		n.Programs = nil
	}
	n.Name, n.AlternateName, n.Description = had.Name, had.AlternateName, had.Description
	n.setIn(run.Lang, "name", f.Name)
	n.setIn(run.Lang, "alternate_name", f.AlternateName)
	n.setIn(run.Lang, "description", f.Description)
	if there && had.ByCentre(run.today) { // exports do not have these
		keepHidden(&n.Phones, had.Phones)
		keepHidden(&n.Contacts, had.Contacts)
		keepHidden(&n.AdditionalWebsites, had.AdditionalWebsites)
		keepHidden(&n.Metadata, had.Metadata)
		keepText(&n.Email, had.Email)
		keepText(&n.Website, had.Website)
		keepText(&n.URI, had.URI)
	}
	return n
}

func keepHidden[T any](to *[]T, had []T) {
	if len(*to) == 0 {
		*to = had
	}
}

func keepText(to *string, had string) {
	if *to == "" {
		*to = had
	}
}

// keepLinks gives hours back the addresses on the web that those of the same id had.
func keepLinks(list, had []hsds.Schedule) {
	for i := range list {
		if n := slices.IndexFunc(had, func(h hsds.Schedule) bool { return h.ID == list[i].ID }); n >= 0 {
			keepText(&list[i].ScheduleLink, had[n].ScheduleLink)
		}
	}
}

// setCells takes the columns of a noun from a row of a sheet, those that say something else than is shown now.
func (run *importRun) setCells(row *sheetRow, of string, there bool, entry, shown *sheetEntry) {
	if run.termNames == nil {
		run.termNames = newTermIndex(run.sorts)
	}
	for _, e := range []*sheetEntry{entry, shown} {
		e.Lang, e.Sorts, e.Terms, e.Centres = run.Lang, run.sorts, run.termNames, run.centres
	}
	for n, c := range sheetColumns {
		if c.Of != of || c.Set == nil {
			continue
		}
		cell, had := row.cell(n)
		if !had || there && sameText(cell, c.Get(shown)) {
			continue
		}
		if !there && cell == "" {
			continue
		}
		if key := c.Set(entry, cell); key != "" {
			run.report.fault(row.where(n), key, "value", short(cell))
		}
	}
}

// lastActions are what was last done with entries of a noun here but to confirm them, by id.
func (run *importRun) lastActions(noun string, ids []string) (map[string]string, error) {
	args := db.Args{"noun": noun}
	var rows []struct {
		ID     string `db:"noun_id"`
		Action string `db:"action"`
	}
	err := run.DB.Select(run.ctx, &rows, `SELECT v.noun_id, v.action FROM directory_versions v WHERE v.noun = :noun AND v.noun_id IN (`+db.In("id", ids, args)+`)
		AND v.version = (SELECT MAX(y.version) FROM directory_versions y WHERE y.noun = v.noun AND y.noun_id = v.noun_id AND y.action <> 'assure')`, args)
	m := map[string]string{}
	for _, r := range rows {
		m[r.ID] = r.Action
	}
	return m, err
}

// changedHere says that the last that was done with an entry was not to import it: what somebody here changed stays, all the
// more where it was confirmed since.
func changedHere(action string) bool { return action != "import" }

func chunks[T any](list []T) [][]T {
	var all [][]T
	for c := range slices.Chunk(list, batch) {
		all = append(all, c)
	}
	return all
}

// ---- locations

func (run *importRun) planLocations() error {
	base := run.done
	for i, chunk := range chunks(run.Locations) {
		if run.step(base + i*batch) {
			run.report.Stopped = true
			return nil
		}
		var ids, owners []string
		for _, l := range chunk {
			ids = append(ids, l.ID)
			if l.Owner != "" {
				owners = append(owners, l.Owner)
			}
		}
		here, err := run.locationsHere(ids)
		if err != nil {
			return err
		}
		if err := run.knowOwners(owners); err != nil {
			return err
		}
		actions, err := run.lastActions("location", ids)
		if err != nil {
			return err
		}
		for _, f := range chunk {
			had, there := here[f.ID]
			name := f.Name
			if name == "" && there {
				name = had.Line()
			}
			if there && had.Confidential { // what a file says of it must not come back
				run.spot[f.ID] = had
				if len(f.Addresses) > 0 || f.Latitude != nil {
					run.report.note(f.At, "directory.io.note.confidential")
				}
				run.report.did(f.At, "location", had.City, Same, "")
				continue
			}
			n, ok := run.mergeLocation(f, had, there)
			if !ok || run.bad("location", f.ID, f.At, n.Check(nil)) {
				run.spot[f.ID] = n
				continue
			}
			if there && sameContent(had.bare(), n.bare()) {
				run.spot[f.ID] = had
				run.report.did(f.At, "location", name, Same, "")
				continue
			}
			line := ImportLine{Where: f.At, Noun: "location", Name: name, Did: Made}
			if there {
				line.Did = Updated
				key := ""
				if had.OwnerID != "" && f.Owner != "" && had.OwnerID != f.Owner {
					key = "directory.io.clash.owner"
				} else if changedHere(actions[f.ID]) && (f.Mod == 0 || f.Mod < had.ModifiedAt) {
					key = "directory.io.clash.changed"
				}
				if key != "" {
					run.spot[f.ID] = had
					run.report.did(f.At, "location", name, Clashes, key)
					continue
				}
			}
			if found := run.areas.at(n.Latitude, n.Longitude); found != nil && (n.AreaID == nil || !within(run.areas.areas, *n.AreaID, *found)) {
				n.AreaID = found
			}
			run.spot[f.ID] = n
			run.locations = append(run.locations, planned[Location]{n, line})
		}
	}
	run.done = base + len(run.Locations)
	return nil
}

func (run *importRun) locationsHere(ids []string) (map[string]Location, error) {
	args := db.Args{}
	var rows []locationRow
	if err := run.DB.Select(run.ctx, &rows, `SELECT * FROM directory_locations WHERE id IN (`+db.In("id", ids, args)+`)`, args); err != nil {
		return nil, err
	}
	m := make(map[string]Location, len(rows))
	for _, r := range rows {
		m[r.ID] = r.location()
	}
	return m, nil
}

// knowOwners reads organisations that the file names only by their ids.
func (run *importRun) knowOwners(ids []string) error {
	var missing []string
	for _, id := range ids {
		if _, there := run.known[id]; !there && !slices.Contains(missing, id) {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	more, err := run.Store.organisations(run.ctx, run.DB, missing)
	if err != nil {
		return err
	}
	maps.Copy(run.known, more)
	return nil
}

// bare is what of a location an import compares, degrees as the database keeps them.
func (l Location) bare() any {
	l.Latitude, l.Longitude = rounded(l.Latitude), rounded(l.Longitude)
	if len(l.Access) == 0 {
		l.Access = nil
	}
	if len(l.Addresses) > 0 {
		l.City = l.Addresses[0].City
	}
	l.AreaID, l.OrganizationID = nil, ""
	return l
}

func e6(degrees float64) int64 { return int64(math.Round(degrees * 1e6)) }

func rounded(f *float64) *float64 {
	if f == nil {
		return nil
	}
	n := float64(e6(*f)) / 1e6
	return &n
}

// mergeLocation is the location as the file has it. It is not ok where its degrees are a fault. Those that can be nowhere are
// left out with a note: the official example has them.
func (run *importRun) mergeLocation(f *locationRead, had Location, there bool) (Location, bool) {
	n := had
	if !there {
		n = Location{Location: hsds.Location{ID: f.ID, LocationType: "physical"}}
	}
	if f.Sheet != nil {
		entry := &sheetEntry{S: &Service{}, O: &Organisation{}, P: &Place{At: n}}
		run.setCells(f.Sheet, "location", there, entry, &sheetEntry{S: &Service{}, O: &Organisation{}, P: &Place{At: had}})
		n = entry.P.At
	} else {
		n.Location = f.Location
		if n.LocationType == "" {
			n.LocationType = "physical"
		}
	}
	if n.OwnerID == "" {
		if _, known := run.known[f.Owner]; known {
			n.OwnerID = f.Owner
		} else if f.Owner != "" {
			run.report.note(run.where("location", f.ID, f.At, "organization_id"), "directory.io.note.no_owner")
		}
	}
	switch key := Coordinates(n.Latitude, n.Longitude, nil); {
	case key == "directory.fault.coordinates":
		run.report.note(run.where("location", f.ID, f.At, "latitude"), "directory.io.note.coordinates")
		n.Latitude, n.Longitude = nil, nil
		if there {
			n.Latitude, n.Longitude = had.Latitude, had.Longitude
		}
	case key != "":
		run.report.fault(run.where("location", f.ID, f.At, "latitude"), key)
		return n, false
	case n.Latitude != nil && run.areas.swapped(*n.Latitude, *n.Longitude):
		run.report.fault(run.where("location", f.ID, f.At, "latitude"), "directory.fault.coordinates_swapped")
		return n, false
	}
	return n, true
}

// ---- services

func (run *importRun) planServices() error {
	base := run.done
	for i, chunk := range chunks(run.Services) {
		if run.step(base + i*batch) {
			run.report.Stopped = true
			return nil
		}
		var ids, owners, spots, places []string
		for _, s := range chunk {
			ids, owners = append(ids, s.ID), append(owners, s.OrganizationID)
			for _, p := range s.ServiceAtLocations {
				if _, there := run.spot[p.LocationID]; !there && p.LocationID != "" {
					spots = append(spots, p.LocationID)
				}
				if p.ID != "" {
					places = append(places, p.ID)
				}
			}
		}
		list, err := run.Store.Services(run.ctx, run.DB, ids)
		if err != nil {
			return err
		}
		here := make(map[string]Service, len(list))
		for _, s := range list {
			here[s.ID] = s
		}
		if err := run.knowOwners(owners); err != nil {
			return err
		}
		if len(spots) > 0 {
			more, err := run.locationsHere(spots)
			if err != nil {
				return err
			}
			maps.Copy(run.spot, more)
		}
		taken, err := run.placesHere(places)
		if err != nil {
			return err
		}
		actions, err := run.lastActions("service", ids)
		if err != nil {
			return err
		}
		for _, f := range chunk {
			run.planService(f, here, taken, actions[f.ID])
		}
	}
	run.done = base + len(run.Services)
	return nil
}

// placesHere are the pairs of service and location that have these ids.
func (run *importRun) placesHere(ids []string) (map[string]string, error) {
	m := map[string]string{}
	for chunk := range slices.Chunk(ids, 2*batch) {
		args := db.Args{}
		var rows []struct {
			ID, Service, Location string
		}
		if err := run.DB.Select(run.ctx, &rows, `SELECT id, service_id AS service, location_id AS location FROM directory_places WHERE id IN (`+db.In("id", chunk, args)+`)`, args); err != nil {
			return nil, err
		}
		for _, r := range rows {
			m[r.ID] = r.Service + " " + r.Location
		}
	}
	return m, nil
}

func (run *importRun) planService(f *serviceRead, here map[string]Service, taken map[string]string, action string) {
	before := run.report.FaultCount
	owner, known := run.known[f.OrganizationID]
	if !known {
		run.report.fault(run.where("service", f.ID, f.At, "organization_id"), "directory.io.no_organisation")
	}
	for i, p := range f.ServiceAtLocations {
		if _, there := run.spot[p.LocationID]; !there {
			run.report.fault(run.where("service", f.ID, f.At, at("service_at_locations", i, "location_id")), "directory.io.no_location")
		}
	}
	if run.report.FaultCount > before {
		return
	}
	had, there := here[f.ID]
	if there && had.OrganizationID != f.OrganizationID {
		run.report.did(f.At, "service", had.Name, Clashes, "directory.io.clash.owner")
		return
	}
	n := run.mergeService(f, had, there, owner, taken)
	if run.report.FaultCount > before {
		return
	}
	if there && sameContent(had.bare(), n.bare()) {
		run.report.did(f.At, "service", n.Name, Same, "")
		return
	}
	for _, id := range n.Terms() {
		if run.sorts.Term(id) == nil {
			run.report.fault(run.where("service", f.ID, f.At, "attributes"), "directory.io.no_term", "value", id)
		}
	}
	if run.bad("service", f.ID, f.At, n.Check()) || run.report.FaultCount > before {
		return
	}
	line := ImportLine{Where: f.At, Noun: "service", Name: n.Name, Did: Made}
	if there {
		line.Did = Updated
		if changedHere(action) && (f.Mod == 0 || f.Mod != had.ModifiedAt && (f.Sheet == nil || f.Mod < had.ModifiedAt)) {
			run.report.did(f.At, "service", had.Name, Clashes, "directory.io.clash.changed")
			return
		}
	}
	n.Owner = owner
	run.services = append(run.services, planned[Service]{n, line})
}

// bare is what of a service an import compares.
func (s Service) bare() any {
	body := s.Service
	body.Organization, body.ServiceAtLocations, body.LastModified = nil, nil, ""
	type place struct {
		Location string
		Body     hsds.AtLocation
	}
	var places []place
	for _, p := range s.Places {
		b := p.AtLocation
		b.ID, b.ServiceID, b.LocationID, b.Service, b.Location = "", "", "", nil, nil
		places = append(places, place{p.LocationID, b})
	}
	texts := s.Texts
	if len(texts) == 0 {
		texts = nil
	}
	return []any{body, s.Lang, texts, s.Own, places}
}

func (run *importRun) mergeService(f *serviceRead, had Service, there bool, owner Organisation, taken map[string]string) Service {
	n := had
	if !there {
		n = Service{Service: hsds.Service{ID: f.ID, OrganizationID: f.OrganizationID, Status: "active"}, Lang: run.Lang}
	}
	hidden := there && owner.ByCentre(run.today)
	if f.Sheet != nil {
		run.mergeSheet(f, &n, had, there, taken)
	} else {
		n.Service = f.Service
		n.LastModified, n.Organization, n.ServiceAtLocations = "", nil, nil
		if there { // other languages' texts stay
			own := had.textFields()
			says := map[string]string{}
			for field, at := range n.textFields() {
				if strings.HasPrefix(field, "first.") {
					continue
				}
				says[field], *at = *at, *own[field]
			}
			for field, text := range says {
				n.setIn(run.Lang, field, text)
			}
		}
		n.takeVisit(run.Lang, f.Visit)
		if n.Program == nil && n.ProgramID == had.ProgramID {
			n.Program = had.Program
		}
		if hidden {
			keepHidden(&n.Phones, had.Phones)
			keepHidden(&n.Contacts, had.Contacts)
			keepHidden(&n.AdditionalURLs, had.AdditionalURLs)
			keepHidden(&n.Metadata, had.Metadata)
			keepText(&n.Email, had.Email)
			keepText(&n.URL, had.URL)
			keepText(&n.AssurerEmail, had.AssurerEmail)
			keepLinks(n.Schedules, had.Schedules)
		}
		n.Places = nil
		for _, a := range f.ServiceAtLocations {
			n.Places = append(n.Places, run.place(f.ID, a, had, hidden, taken))
		}
		if had.AssuredDate > n.AssuredDate {
			n.AssuredDate = had.AssuredDate
		}
	}
	for i := range n.Capacities {
		if c := &n.Capacities[i]; c.Available != nil && c.Maximum != nil && *c.Available > *c.Maximum {
			run.report.note(run.where("service", f.ID, f.At, at("capacities", i, "available")), "directory.io.note.capacity")
			c.Available = nil
		}
	}
	if _, err := time.Parse(time.DateOnly, n.AssuredDate); err == nil && n.AssuredDate > run.today { // it would never be asked about
		run.report.note(run.where("service", f.ID, f.At, "assured_date"), "directory.io.note.assured")
		n.AssuredDate = had.AssuredDate
	}
	if n.AssuredDate != had.AssuredDate {
		n.AssuredBy = "import"
	}
	return n
}

// place is a service's place: of one that is there the id and what exports hide are kept. Of one at a confidential location a
// file tells telephones and hours alone: what else it says may tell where that is.
func (run *importRun) place(service string, a hsds.AtLocation, had Service, hidden bool, taken map[string]string) Place {
	p := Place{AtLocation: a, At: run.spot[a.LocationID]}
	if p.At.Confidential {
		p.AtLocation = cityPlace(a)
	}
	for _, x := range had.Places {
		if x.LocationID == a.LocationID {
			p.ID = x.ID
			if hidden {
				keepHidden(&p.Phones, x.Phones)
				keepHidden(&p.Contacts, x.Contacts)
				keepHidden(&p.Attributes, x.Attributes)
				keepHidden(&p.Metadata, x.Metadata)
				keepText(&p.Description, x.Description)
				keepLinks(p.Schedules, x.Schedules)
			}
			return p
		}
	}
	pair := service + " " + a.LocationID
	of, there := taken[p.ID]
	if p.ID == "" || !db.IsID(p.ID) || there && of != pair || run.placed[p.ID] != "" && run.placed[p.ID] != pair { // another's here, or in the file
		p.ID = derivedID(service, "place", a.LocationID)
	}
	run.placed[p.ID] = pair
	return p
}

func (run *importRun) mergeSheet(f *serviceRead, n *Service, had Service, there bool, taken map[string]string) {
	shown := had
	shown.Owner = run.known[f.OrganizationID]
	shown = shown.Shown(run.today).In(run.Lang)
	run.setCells(f.Sheet[0], "service", there, &sheetEntry{S: n, O: &Organisation{}}, &sheetEntry{S: &shown, O: &Organisation{}})
	if !f.Sheet[0].saysPlaces() {
		return
	}
	n.Places = nil
	for i, a := range f.ServiceAtLocations {
		p := run.place(f.ID, a, had, false, taken)
		wasAt := slices.IndexFunc(had.Places, func(x Place) bool { return x.LocationID == a.LocationID })
		seen := Place{AtLocation: hsds.AtLocation{LocationID: a.LocationID}}
		if wasAt >= 0 {
			p, seen = had.Places[wasAt], shown.Places[wasAt]
			p.At = run.spot[a.LocationID]
		}
		row := f.Sheet[min(i, len(f.Sheet)-1)]
		for _, r := range f.Sheet {
			if run.spotOf(r, f.OrganizationID) == a.LocationID {
				row = r
			}
		}
		run.setCells(row, "place", wasAt >= 0, &sheetEntry{S: n, O: &Organisation{}, P: &p}, &sheetEntry{S: &shown, O: &Organisation{}, P: &seen})
		n.Places = append(n.Places, p)
	}
}

// saysPlaces says whether the sheet has any column of places.
func (r *sheetRow) saysPlaces() bool {
	for n, c := range sheetColumns {
		if c.Of == "location" && r.of.at[n] >= 0 {
			return true
		}
	}
	return false
}

// spotOf is the id of the location in the row: empty where it names none.
func (run *importRun) spotOf(r *sheetRow, owner string) string {
	if id := r.named("place id"); id != "" {
		return cmp.Or(run.veiled[id], id)
	}
	words := []string{r.named("place"), r.named("street"), r.named("city")}
	if strings.Join(words, "") == "" { // a place that only its degrees tell
		if words = []string{r.named("latitude"), r.named("longitude")}; strings.Join(words, "") == "" {
			return ""
		}
	}
	for i := range words {
		words[i] = i18n.Fold(words[i])
	}
	return derivedID(append([]string{"location", owner}, words...)...)
}

// resolveSheet finds the ids of what the rows of a sheet name.
func (run *importRun) resolveSheet(members []network.Organisation) error {
	if len(run.Services) == 0 || run.Services[0].Sheet == nil {
		return nil
	}
	byName := map[string]string{}
	for _, o := range members {
		byName[i18n.Fold(o.Name)] = o.ID
	}
	var rows []struct{ ID, Name string }
	if err := run.DB.Select(run.ctx, &rows, `SELECT id, name FROM directory_organisations ORDER BY id`, nil); err != nil {
		return err
	}
	names := map[string]string{}
	for _, o := range rows {
		byName[i18n.Fold(o.Name)], names[o.ID] = o.ID, o.Name
	}
	ofService, err := run.ownersOf()
	if err != nil {
		return err
	}
	for _, s := range run.Services {
		row := s.Sheet[0]
		id, name := row.named("organisation id"), row.named("organisation")
		if id == "" && row.named("id") != "" && (name == "" || i18n.Fold(names[ofService[row.named("id")]]) == i18n.Fold(name)) {
			id = ofService[row.named("id")]
		}
		if id == "" && name != "" {
			if id = byName[i18n.Fold(name)]; id == "" {
				id = derivedID("organisation", i18n.Fold(name))
			}
		}
		if id == "" {
			run.report.fault(row.where(columnNamed("organisation")), "fault.required")
			continue
		}
		s.OrganizationID = id
		if had := run.owner[id]; had == nil {
			o := &ownerRead{Organization: hsds.Organization{ID: id, Name: name}, At: s.At, Sheet: row, Mod: s.Mod}
			if _, there := names[id]; name == "" && !there {
				run.report.fault(row.where(columnNamed("organisation id")), "directory.io.no_organisation")
			}
			run.owner[id] = o
			run.Owners = append(run.Owners, o)
		} else if name != "" && had.Name != "" && name != had.Name {
			run.report.fault(row.where(columnNamed("organisation")), "directory.io.rows_differ", "row", had.At.Row)
		}
	}
	if run.report.FaultCount > 0 {
		return nil
	}
	known, err := run.servicesNamed()
	if err != nil {
		return err
	}
	for _, s := range run.Services {
		row := s.Sheet[0]
		if s.ID = row.named("id"); s.ID == "" {
			if s.ID = known[s.OrganizationID+" "+i18n.Fold(row.named("name"))]; s.ID == "" {
				s.ID = derivedID("service", s.OrganizationID, i18n.Fold(row.named("name")))
			}
		}
		if first, twice := run.service[s.ID]; twice {
			run.report.fault(row.where(columnNamed("id")), "directory.io.twice", "where", first.At.String())
		}
		run.service[s.ID] = s
		for _, r := range s.Sheet {
			spot := run.spotOf(r, s.OrganizationID)
			if spot == "" || slices.ContainsFunc(s.ServiceAtLocations, func(a hsds.AtLocation) bool { return a.LocationID == spot }) {
				continue
			}
			s.ServiceAtLocations = append(s.ServiceAtLocations, hsds.AtLocation{LocationID: spot})
			if run.location[spot] == nil {
				l := &locationRead{Location: hsds.Location{ID: spot}, Owner: s.OrganizationID, At: r.At, Sheet: r, Mod: modifiedOf(r.named("changed"))}
				if r.named("place id") != "" {
					l.Owner = "" // it may be another's that this service is at
				}
				run.location[spot] = l
				run.Locations = append(run.Locations, l)
			}
		}
	}
	return nil
}

// ownersOf are the organisations of the services whose ids the sheet has.
func (run *importRun) ownersOf() (map[string]string, error) {
	var ids []string
	for _, s := range run.Services {
		if id := s.Sheet[0].named("id"); id != "" {
			ids = append(ids, id)
		}
	}
	m := map[string]string{}
	for chunk := range slices.Chunk(ids, 2*batch) {
		args := db.Args{}
		var rows []struct{ ID, Owner string }
		if err := run.DB.Select(run.ctx, &rows, `SELECT id, organisation_id AS owner FROM directory_services WHERE id IN (`+db.In("id", chunk, args)+`)`, args); err != nil {
			return nil, err
		}
		for _, r := range rows {
			m[r.ID] = r.Owner
		}
	}
	return m, nil
}

// servicesNamed are services of the sheet's organisations here, by organisation and folded name.
func (run *importRun) servicesNamed() (map[string]string, error) {
	m := map[string]string{}
	if !slices.ContainsFunc(run.Services, func(s *serviceRead) bool { return s.Sheet[0].named("id") == "" }) {
		return m, nil
	}
	for chunk := range slices.Chunk(run.Owners, 2*batch) {
		args := db.Args{}
		var ids []string
		for _, o := range chunk {
			ids = append(ids, o.ID)
		}
		var rows []struct{ ID, Owner, Name string }
		if err := run.DB.Select(run.ctx, &rows, `SELECT id, organisation_id AS owner, name FROM directory_services WHERE organisation_id IN (`+db.In("id", ids, args)+`) ORDER BY seq DESC`, args); err != nil {
			return nil, err
		}
		for _, r := range rows {
			m[r.Owner+" "+i18n.Fold(r.Name)] = r.ID
		}
	}
	return m, nil
}

// foresee counts what taking the file would do.
func (run *importRun) foresee() {
	for _, p := range run.taxonomies {
		run.tell(p.line)
	}
	for _, p := range run.terms {
		run.tell(p.line)
	}
	for _, p := range run.owners {
		run.tell(p.line)
	}
	for _, p := range run.locations {
		run.tell(p.line)
	}
	for _, p := range run.services {
		run.tell(p.line)
	}
	for _, p := range run.spots {
		run.tell(p.line)
	}
	for _, p := range run.synonyms {
		run.tell(p.line)
	}
}

func (run *importRun) tell(l ImportLine) {
	run.report.did(l.Where, l.Noun, l.Name, l.Did, l.Key, l.Args...)
}
