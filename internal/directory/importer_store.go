package directory

import (
	"context"
	"encoding/json"
	"strings"

	"kvart/internal/platform/audit"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/search"
)

// take saves what was planned, in batches, and leaves an index in one piece, whether it was stopped or not: every batch has
// left a piece, and each search looks into all.
func (run *importRun) take() error {
	err := run.takeAll()
	if len(run.services)+len(run.locations)+len(run.owners) == 0 {
		return err
	}
	for done := false; !done && err == nil; {
		err = run.DB.Tx(run.ctx, func(tx *db.Tx) error {
			done, err = found.Settle(run.ctx, tx)
			return err
		})
	}
	return err
}

func (run *importRun) takeAll() error {
	if len(run.taxonomies)+len(run.terms) > 0 {
		if err := run.inBatch(func(tx *db.Tx) error {
			for _, p := range run.taxonomies {
				if err := run.SaveTaxonomy(run.ctx, tx, p.entry, run.By); err != nil {
					return err
				}
			}
			for _, p := range run.terms {
				if err := run.SaveTerm(run.ctx, tx, p.entry, run.By); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		for _, p := range run.taxonomies {
			run.tell(p.line)
		}
		for _, p := range run.terms {
			run.tell(p.line)
		}
	}
	if err := run.takePlaces(); err != nil {
		return err
	}
	base := run.total/2 + len(run.Terms)
	if err := takeEach(run, base, run.owners, nil, func(tx *db.Tx, made, updated []Organisation) error {
		if err := run.addOrganisations(run.ctx, tx, made, run.By); err != nil {
			return err
		}
		for _, o := range updated {
			if err := run.SaveOrganisation(run.ctx, tx, o, "import", run.By); err != nil {
				return err
			}
		}
		return run.indexAgain(tx, `organisation_id`, ids(updated, func(o Organisation) string { return o.ID }))
	}); err != nil || run.report.Stopped {
		return err
	}
	base += len(run.Owners)
	if err := takeEach(run, base, run.locations, nil, func(tx *db.Tx, made, updated []Location) error {
		if err := run.addLocations(run.ctx, tx, made, run.By); err != nil {
			return err
		}
		for _, l := range updated {
			if err := run.SaveLocation(run.ctx, tx, l, "import", run.By); err != nil {
				return err
			}
		}
		return run.indexAgain(tx, `id IN (SELECT service_id FROM directory_places WHERE location_id`, ids(updated, func(l Location) string { return l.ID }))
	}); err != nil || run.report.Stopped {
		return err
	}
	base += len(run.Locations)
	with, err := run.indexing(run.ctx, run.DB)
	if err != nil {
		return err
	}
	// While the database takes a batch, the next one is prepared.
	type batchOf struct {
		newServices
		err error
	}
	next, stop := ahead(chunks(run.services), func(chunk []planned[Service]) batchOf {
		made, _ := parted(chunk)
		n, err := run.prepared(with, made, run.By)
		return batchOf{n, err}
	})
	defer stop()
	var n batchOf
	if err := takeEach(run, base, run.services, func() { n = next() }, func(tx *db.Tx, _, updated []Service) error {
		if n.err != nil {
			return n.err
		}
		if err := run.addServices(run.ctx, tx, n.newServices); err != nil {
			return err
		}
		for _, s := range updated {
			if err := run.SaveService(run.ctx, tx, s, "import", run.By); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return nil
}

func ids[T any](list []T, of func(T) string) []string {
	var all []string
	for _, one := range list {
		all = append(all, of(one))
	}
	return all
}

// inBatch does a batch in a transaction, with a note in the audit log. What somebody else changed meanwhile ends the import.
func (run *importRun) inBatch(f func(tx *db.Tx) error) error {
	err := run.DB.Tx(run.ctx, func(tx *db.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		return audit.Append(run.ctx, tx, audit.Row{Chain: audit.Network, Action: "directory.import", Actor: run.By, SubjectKind: "directory", SubjectID: "", At: run.Now()})
	})
	if fault.Is(err, fault.KindConflict) {
		return fault.Conflict("directory.io.meanwhile").Because(err)
	}
	return err
}

// takeEach saves what was planned of a noun, a batch at a time; before is called before each. Those with a version are changed,
// the others made.
func takeEach[T interface{ version() int }](run *importRun, base int, list []planned[T], before func(), save func(tx *db.Tx, made, updated []T) error) error {
	for i, chunk := range chunks(list) {
		if run.step(base + i*batch) {
			run.report.Stopped = true
			return nil
		}
		if before != nil {
			before()
		}
		made, updated := parted(chunk)
		if err := run.inBatch(func(tx *db.Tx) error { return save(tx, made, updated) }); err != nil {
			return err
		}
		for _, p := range chunk {
			run.tell(p.line)
		}
	}
	return nil
}

// parted are those of the batch that are to be made, and those that are to be changed.
func parted[T interface{ version() int }](chunk []planned[T]) (made, updated []T) {
	for _, p := range chunk {
		if p.entry.version() == 0 {
			made = append(made, p.entry)
		} else {
			updated = append(updated, p.entry)
		}
	}
	return made, updated
}

// ahead works out f for each of the list in turn, on another processor and one ahead of whoever takes the answers with
// next. A panic of f is next's. Call stop at the end, however many were taken.
func ahead[T, R any](list []T, f func(T) R) (next func() R, stop func()) {
	type answer struct {
		R        R
		panicked any
	}
	answers, stopped := make(chan answer, 1), make(chan struct{})
	one := func(of T) (a answer) {
		defer func() { a.panicked = recover() }()
		a.R = f(of)
		return a
	}
	go func() {
		defer close(answers)
		for _, of := range list {
			select {
			case answers <- one(of):
			case <-stopped:
				return
			}
		}
	}()
	next = func() R {
		a := <-answers
		if a.panicked != nil {
			panic(a.panicked)
		}
		return a.R
	}
	return next, func() {
		close(stopped)
		for range answers { // until it has ended
		}
	}
}

func (o Organisation) version() int { return o.Version }
func (l Location) version() int     { return l.Version }
func (s Service) version() int      { return s.Version }

// indexAgain indexes the services that a condition and a list of ids choose.
func (run *importRun) indexAgain(tx *db.Tx, where string, list []string) error {
	if len(list) == 0 {
		return nil
	}
	args := db.Args{}
	where = `WHERE ` + where + ` IN (` + db.In("x", list, args) + `)` + strings.Repeat(")", strings.Count(where, "("))
	services, err := run.Store.services(run.ctx, tx, where, args)
	if err != nil || len(services) == 0 {
		return err
	}
	return run.indexMany(run.ctx, tx, services)
}

const unlessThere = ` ON CONFLICT (id) DO NOTHING`

// all refuses where not all of the rows were new.
func all(n int64, want int, err error) error {
	if err == nil && n != int64(want) {
		err = fault.Conflict("directory.fault.id_taken")
	}
	return err
}

func picked(args db.Args, names []string) []any {
	row := make([]any, len(names))
	for i, n := range names {
		row[i] = args[n]
	}
	return row
}

// versions keeps the first version of entries.
func (s *Store) firstVersions(ctx context.Context, tx *db.Tx, noun, by string, ids []string, entries []any) error {
	now := s.Now().Unix()
	rows := make([][]any, len(ids))
	for i := range ids {
		body, err := json.Marshal(entries[i])
		if err != nil {
			return err
		}
		rows[i] = versionRow(noun, ids[i], string(body), by, now)
	}
	_, err := tx.Insert(ctx, "directory_versions", versionColumns, rows, "")
	return err
}

var versionColumns = []string{"noun", "noun_id", "version", "body", "action", "by_whom", "at"}

func versionRow(noun, id, body, by string, now int64) []any {
	return []any{noun, id, 1, body, "import", by, now}
}

// addOrganisations makes organisations that Check allows. It returns Conflict where an id is taken.
func (s *Store) addOrganisations(ctx context.Context, tx *db.Tx, list []Organisation, by string) error {
	now := s.Now().Unix()
	var rows [][]any
	var keys []string
	var entries []any
	for _, o := range list {
		body := o.Organization
		body.ID, body.Name, body.Services, body.Locations = "", "", nil, nil
		rows = append(rows, []any{o.ID, o.Kind, o.Name, ownerBody(body), o.Lang, o.Texts, o.Reach, orNull(o.ReachUntil), o.CentreID, o.AskEmail, now})
		o.Version = 1
		keys, entries = append(keys, o.ID), append(entries, o)
	}
	n, err := tx.Insert(ctx, "directory_organisations", []string{"id", "kind", "name", "body", "lang", "texts", "reach", "reach_until", "centre_id", "ask_email", "modified_at"}, rows, unlessThere)
	if err := all(n, len(rows), err); err != nil {
		return err
	}
	return s.firstVersions(ctx, tx, "organisation", by, keys, entries)
}

// addLocations makes locations that Check allows, none of them confidential, with the areas they have. It returns Conflict where an id is taken.
func (s *Store) addLocations(ctx context.Context, tx *db.Tx, list []Location, by string) error {
	now := s.Now().Unix()
	var rows [][]any
	var keys []string
	var entries []any
	for _, l := range list {
		args := db.Args{}
		if err := l.row(nil, args); err != nil {
			return err
		}
		rows = append(rows, append([]any{l.ID, orNull(l.OwnerID), now, now}, picked(args, []string{"area", "body", "own", "city", "postcode", "lat", "lon", "confidential"})...))
		l.Version = 1
		keys, entries = append(keys, l.ID), append(entries, l)
	}
	n, err := tx.Insert(ctx, "directory_locations", []string{"id", "organisation_id", "public_from", "modified_at", "area_id", "body", "own", "city", "postcode", "lat_e6", "lon_e6", "confidential"}, rows, unlessThere)
	if err := all(n, len(rows), err); err != nil {
		return err
	}
	return s.firstVersions(ctx, tx, "location", by, keys, entries)
}

// newServices are services that Check allows as they go into the tables and the index. Their Owner and their places' At are whole.
type newServices struct {
	services                      []Service
	documents                     []*search.Document
	rows, places, terms, versions [][]any
}

// prepared is what there is to be done for the services before a transaction.
func (s *Store) prepared(with indexing, list []Service, by string) (newServices, error) {
	n := newServices{services: list, documents: with.documents(list)}
	now := s.Now().Unix()
	for i := range list {
		one := &list[i]
		args := one.row(now)
		body, err := args["body"].(serviceBody).Value()
		if err != nil {
			return n, err
		}
		args["body"] = body
		n.rows = append(n.rows, picked(args, []string{"id", "organisation", "status", "name", "body", "lang", "texts", "own", "terms", "assured", "assurer", "ask", "asked", "now"}))
		for at, p := range one.Places {
			body := p.AtLocation
			body.ID, body.ServiceID, body.LocationID, body.Service, body.Location = "", "", "", nil, nil
			n.places = append(n.places, []any{p.ID, one.ID, p.LocationID, placeBody(body), at})
		}
		for _, t := range one.Terms() {
			n.terms = append(n.terms, []any{t, one.ID})
		}
		one.Version, one.ModifiedAt = 1, now
		version, err := json.Marshal(one.kept())
		if err != nil {
			return n, err
		}
		n.versions = append(n.versions, versionRow("service", one.ID, string(version), by, now))
	}
	return n, nil
}

// addServices makes services, with their places and terms, and indexes them. It returns Conflict where an id is taken.
func (s *Store) addServices(ctx context.Context, tx *db.Tx, n newServices) error {
	if len(n.services) == 0 {
		return nil
	}
	added, err := tx.Insert(ctx, "directory_services", []string{"id", "organisation_id", "status", "name", "body", "lang", "texts", "own", "terms", "assured_on", "assured_by", "ask_at", "asked", "modified_at"}, n.rows, unlessThere)
	if err := all(added, len(n.rows), err); err != nil {
		return err
	}
	added, err = tx.Insert(ctx, "directory_places", []string{"id", "service_id", "location_id", "body", "position"}, n.places, unlessThere)
	if err := all(added, len(n.places), err); err != nil {
		return err
	}
	if _, err := tx.Insert(ctx, "directory_service_terms", []string{"term_id", "service_id"}, n.terms, ""); err != nil {
		return err
	}
	if _, err := tx.Insert(ctx, "directory_versions", versionColumns, n.versions, ""); err != nil {
		return err
	}
	at := make(map[string]int, len(n.services))
	for i, one := range n.services {
		at[one.ID] = i
	}
	args := db.Args{}
	var seqs []struct {
		ID  string
		Seq int64
	}
	in := db.In("id", evened(ids(n.services, func(one Service) string { return one.ID })), args)
	if err := tx.Select(ctx, &seqs, `SELECT id, seq FROM directory_services WHERE id IN (`+in+`)`, args); err != nil {
		return err
	}
	for _, x := range seqs {
		n.services[at[x.ID]].Seq = x.Seq
	}
	if err := s.put(ctx, tx, n.services, n.documents); err != nil {
		return err
	}
	// What was made confidential since the file was looked at is not to be found by what it was.
	var gone []string
	if err := tx.Select(ctx, &gone, `SELECT p.service_id FROM directory_places p JOIN directory_locations l ON l.id = p.location_id WHERE l.confidential = 1 AND p.service_id IN (`+in+`) ORDER BY p.service_id`, args); err != nil {
		return err
	}
	for _, id := range gone {
		if err := s.index(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}
