package directory

import (
	"context"
	"slices"

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

func chunks[T any](list []T) [][]T {
	var all [][]T
	for c := range slices.Chunk(list, batch) {
		all = append(all, c)
	}
	return all
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
