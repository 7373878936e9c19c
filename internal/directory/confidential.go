package directory

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/upload"
)

// Export is a file for others that went out. Who read pages or the API is kept nowhere, so no list has it.
type Export struct {
	ID       string `db:"id"`
	Kind     string `db:"kind"`
	Services int    `db:"services"`
	By       string `db:"by_whom"`
	At       int64  `db:"at"`
}

// Flagged says what an address that has become confidential had been in.
type Flagged struct {
	Exports []Export // since it was public, newest first: to be called back
	Written []string // services and organisations whose own words had it; it was cut out of them, and they are to be read again
}

// CompactKind is the job that writes anew what the database held of a confidential address.
const CompactKind = "directory.compact"

// compacted are the tables that may hold an address.
var compacted = []string{"directory_locations", "directory_versions", "directory_places", "directory_services", "directory_organisations", "directory_suggestions",
	"directory_documents", "directory_index", "directory_words", "directory_slips", "uploads"}

// Flag makes the location's address confidential, at once and everywhere (issue 5): of the location itself only the city
// stays; its versions go; what services say of this place alone is cut down to telephones and hours; and where their own
// words, those of the organisation, an older version of either or a suggestion name the street, the street is cut out.
// Where the organisation has the same address once more as another location, that becomes confidential too. Files that were sent to be imported and wait to be taken are forgotten, for they may hold it: they are to be sent again.
// Whoever asks the API for changes is told that these services changed. A location that is confidential already gives the
// same list of exports again. It is NotFound where there is none.
func (s *Store) Flag(ctx context.Context, tx *db.Tx, locationID, by string) (Flagged, error) {
	var f Flagged
	l, err := s.Location(ctx, tx, locationID)
	if err != nil {
		return f, err
	}
	if f.Exports, err = s.exportsSince(ctx, tx, l.PublicFrom); err != nil || l.Confidential {
		return f, err
	}
	if err := tx.Overwrite(ctx); err != nil {
		return f, err
	}
	areas, err := s.Network.Areas(ctx, tx)
	if err != nil {
		return f, err
	}
	now := s.Now().Unix()
	n, err := tx.Exec(ctx, `UPDATE directory_locations SET confidential = 1, body = '{}', own = '{}', postcode = '', lat_e6 = NULL, lon_e6 = NULL, city = :city, area_id = :area,
		modified_at = :now, version = version + 1 WHERE id = :id AND version = :version`,
		db.Args{"id": l.ID, "city": l.cityOnly(areas), "area": cityOf(areas, l.AreaID), "now": now, "version": l.Version})
	if err := changed(n, err); err != nil {
		return f, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM directory_versions WHERE noun = 'location' AND noun_id = :id`, db.Args{"id": l.ID}); err != nil {
		return f, err
	}
	twins, err := s.twins(ctx, tx, l)
	if err != nil {
		return f, err
	}
	for _, id := range twins {
		twin, err := s.Flag(ctx, tx, id, by)
		if err != nil {
			return f, err
		}
		f.Written = append(f.Written, twin.Written...)
	}
	services, err := s.cut(ctx, tx, l, by, &f)
	if err != nil {
		return f, err
	}
	if err := s.purge(ctx, tx, services, l); err != nil {
		return f, err
	}
	// Files that wait for their second press may hold it, packed as they are, and reports quote them.
	if err := upload.Forget(ctx, tx, uploadKinds()...); err != nil {
		return f, err
	}
	if _, err := tx.Exec(ctx, `UPDATE change_counters SET n = n + 1 WHERE scope = 'public'`, nil); err != nil {
		return f, err
	}
	if err := jobs.Enqueue(ctx, tx, CompactKind, CompactKind+":"+l.ID+":"+digits(l.Version), nil, s.Now()); err != nil {
		return f, err
	}
	return f, s.note(ctx, tx, "directory.confidential", by, "location", l.ID)
}

// Unflag makes the address public again. Nothing of the old one is left, so the location comes with all of it, typed
// anew. It returns Conflict when somebody changed it since the given version, or where it is public already.
func (s *Store) Unflag(ctx context.Context, tx *db.Tx, l Location, by string) error {
	areas, err := s.Network.Areas(ctx, tx)
	if err != nil {
		return err
	}
	l.Confidential = false
	if err := l.Check(areas); err != nil {
		return err
	}
	args := db.Args{"id": l.ID, "now": s.Now().Unix(), "version": l.Version}
	if err := l.row(areas, args); err != nil {
		return err
	}
	delete(args, "confidential")
	if err := changed(tx.Exec(ctx, `UPDATE directory_locations SET confidential = 0, area_id = :area, body = :body, own = :own, city = :city, postcode = :postcode,
		lat_e6 = :lat, lon_e6 = :lon, public_from = :now, modified_at = :now, version = version + 1 WHERE id = :id AND version = :version AND confidential = 1`, args)); err != nil {
		return err
	}
	l.Version++
	l.PublicFrom = s.Now().Unix()
	if err := s.keep(ctx, tx, "location", l.ID, l.Version, l, "public", by); err != nil {
		return err
	}
	if err := s.indexAt(ctx, tx, l.ID); err != nil {
		return err
	}
	return s.note(ctx, tx, "directory.public", by, "location", l.ID)
}

// purge makes the index forget the services as they were and the words of the address, also those that it has had from
// somewhere else: the address is told to it once more, so that it knows which words to forget. Words that other services
// have stay.
func (s *Store) purge(ctx context.Context, tx *db.Tx, ids []string, l Location) error {
	areas, err := s.Network.Areas(ctx, tx)
	if err != nil {
		return err
	}
	sorts, err := s.Taxonomies(ctx, tx)
	if err != nil {
		return err
	}
	date, _, err := s.LocalDay(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		one, err := s.Service(ctx, tx, id)
		if err != nil {
			return err
		}
		one = one.Shown(date)
		clean, all := document(one, areas, sorts), document(one, areas, sorts)
		for _, lang := range i18n.All {
			for _, line := range []string{l.Name, l.AlternateName, l.Description, l.Transportation} {
				all.Body(lang, line)
			}
			for _, a := range l.Addresses {
				all.Body(lang, a.Attention+" "+a.Address1+" "+a.Address2+" "+a.PostalCode)
			}
		}
		if err := found.Purge(ctx, tx, one.Seq, &all); err != nil {
			return err
		}
		kept := &clean
		if !one.Listed() {
			kept = nil
		}
		if err := found.Purge(ctx, tx, one.Seq, kept); err != nil {
			return err
		}
	}
	return nil
}

// indexAt indexes the services at the location anew.
func (s *Store) indexAt(ctx context.Context, tx *db.Tx, locationID string) error {
	var ids []string
	if err := tx.Select(ctx, &ids, `SELECT service_id FROM directory_places WHERE location_id = :l ORDER BY service_id`, db.Args{"l": locationID}); err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.index(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) exportsSince(ctx context.Context, q db.Querier, from int64) ([]Export, error) {
	var list []Export
	err := q.Select(ctx, &list, `SELECT * FROM directory_exports WHERE at >= :from ORDER BY at DESC, id`, db.Args{"from": from})
	return list, err
}

// cut takes the address out of the words of services, of the organisation, of their versions and of suggestions, and
// returns the services that the location has to do with.
func (s *Store) cut(ctx context.Context, tx *db.Tx, l Location, by string, f *Flagged) ([]string, error) {
	var at []string
	if err := tx.Select(ctx, &at, `SELECT service_id FROM directory_places WHERE location_id = :l ORDER BY service_id`, db.Args{"l": l.ID}); err != nil {
		return nil, err
	}
	var places []struct {
		ID   string    `db:"id"`
		Body placeBody `db:"body"`
	}
	if err := tx.Select(ctx, &places, `SELECT id, body FROM directory_places WHERE location_id = :l`, db.Args{"l": l.ID}); err != nil {
		return nil, err
	}
	for _, p := range places {
		if _, err := tx.Exec(ctx, `UPDATE directory_places SET body = :body WHERE id = :id`, db.Args{"id": p.ID, "body": placeBody(cityPlace(hsds.AtLocation(p.Body)))}); err != nil {
			return nil, err
		}
	}
	services, owners := slices.Clone(at), []string{}
	if l.OwnerID != "" {
		owners = append(owners, l.OwnerID)
		var own []string
		if err := tx.Select(ctx, &own, `SELECT id FROM directory_services WHERE organisation_id = :o ORDER BY id`, db.Args{"o": l.OwnerID}); err != nil {
			return nil, err
		}
		services = append(services, own...)
	}
	args := db.Args{}
	var beside []string
	if err := tx.Select(ctx, &beside, `SELECT DISTINCT organisation_id FROM directory_services WHERE id IN (`+db.In("id", at, args)+`)`, args); err != nil {
		return nil, err
	}
	owners = append(owners, beside...)
	slices.Sort(services)
	services = slices.Compact(services)
	slices.Sort(owners)
	owners = slices.Compact(owners)
	names, err := s.namesThatStay(ctx, tx, services, owners)
	if err != nil {
		return nil, err
	}
	words := l.secret(names)
	for _, id := range services {
		if err := s.cutRow(ctx, tx, "directory_services", id, words, slices.Contains(at, id), by, f); err != nil {
			return nil, err
		}
		if err := s.cutSuggestions(ctx, tx, id, words); err != nil {
			return nil, err
		}
	}
	for _, id := range owners {
		if err := s.cutRow(ctx, tx, "directory_organisations", id, words, false, by, f); err != nil {
			return nil, err
		}
	}
	beyond, err := s.cutLocations(ctx, tx, l, words, by)
	if err != nil {
		return nil, err
	}
	args = db.Args{}
	var there []string // whose index has what those locations said
	if err := tx.Select(ctx, &there, `SELECT DISTINCT service_id FROM directory_places WHERE location_id IN (`+db.In("l", beyond, args)+`)`, args); err != nil {
		return nil, err
	}
	err = s.cutVersions(ctx, tx, l, append(append(slices.Clone(services), owners...), beyond...), words)
	services = append(services, there...)
	slices.Sort(services)
	return slices.Compact(services), err
}

// cutLocations takes the words out of what else the organisation has as its locations, and returns those.
func (s *Store) cutLocations(ctx context.Context, tx *db.Tx, l Location, words *secret, by string) (ids []string, err error) {
	if words == nil || l.OwnerID == "" {
		return nil, nil
	}
	var rows []struct {
		ID   string `db:"id"`
		Body string `db:"body"`
	}
	if err := tx.Select(ctx, &rows, `SELECT id, body FROM directory_locations WHERE organisation_id = :o AND id <> :id AND confidential = 0 ORDER BY id`, db.Args{"o": l.OwnerID, "id": l.ID}); err != nil {
		return nil, err
	}
	for _, r := range rows {
		ids = append(ids, r.ID)
		body, err := cutJSON(r.Body, "", words)
		if err != nil {
			return nil, err
		}
		if body == r.Body {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE directory_locations SET body = :body, modified_at = :now, version = version + 1 WHERE id = :id`, db.Args{"id": r.ID, "body": body, "now": s.Now().Unix()}); err != nil {
			return nil, err
		}
		cut, err := s.Location(ctx, tx, r.ID)
		if err != nil {
			return nil, err
		}
		if err := s.keep(ctx, tx, "location", r.ID, cut.Version, cut, "confidential", by); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// twins are the organisation's other public locations at the same street and number or the same degrees: one address entered
// twice.
func (s *Store) twins(ctx context.Context, tx *db.Tx, l Location) (ids []string, err error) {
	if l.OwnerID == "" {
		return nil, nil
	}
	list, err := s.LocationsOf(ctx, tx, l.OwnerID)
	if err != nil {
		return nil, err
	}
	for _, one := range list {
		if one.ID != l.ID && !one.Confidential && one.sameSpot(l) {
			ids = append(ids, one.ID)
		}
	}
	return ids, nil
}

// sameSpot says whether the two are at one address.
func (l Location) sameSpot(other Location) bool {
	if l.Latitude != nil && other.Latitude != nil && e6(*l.Latitude) == e6(*other.Latitude) && e6(*l.Longitude) == e6(*other.Longitude) {
		return true
	}
	line := func(a hsds.Address) string {
		return strings.Join(strings.Fields(i18n.Fold(a.Address1+" "+a.City)), " ")
	}
	return slices.ContainsFunc(l.Addresses, func(a hsds.Address) bool {
		return strings.TrimSpace(a.Address1) != "" && slices.ContainsFunc(other.Addresses, func(b hsds.Address) bool { return line(a) == line(b) })
	})
}

// namesThatStay are those of services and organisations: what they are called is no secret.
func (s *Store) namesThatStay(ctx context.Context, tx *db.Tx, services, owners []string) (names []string, err error) {
	for table, ids := range map[string][]string{"directory_services": services, "directory_organisations": owners} {
		args := db.Args{}
		var some []string
		if err := tx.Select(ctx, &some, `SELECT name FROM `+table+` WHERE id IN (`+db.In("id", ids, args)+`)`, args); err != nil {
			return nil, err
		}
		names = append(names, some...)
	}
	return names, nil
}

// cutRow takes the words out of the row as it is now; moved says that it changed for others in any case. What changed has
// a version of its own: whoever had a form open, or a file read, would save the words back.
func (s *Store) cutRow(ctx context.Context, tx *db.Tx, table, id string, words *secret, moved bool, by string, f *Flagged) error {
	var row struct {
		Name  string `db:"name"`
		Body  string `db:"body"`
		Texts string `db:"texts"`
		Own   string `db:"own"`
	}
	own := `own`
	if table == "directory_organisations" {
		own = `'{}' AS own`
	}
	if err := tx.Get(ctx, &row, `SELECT name, body, texts, `+own+` FROM `+table+` WHERE id = :id`, db.Args{"id": id}); err != nil {
		return err
	}
	had := row
	if words != nil {
		row.Name = words.cut(row.Name)
		for _, column := range []*string{&row.Body, &row.Texts, &row.Own} {
			var err error
			if *column, err = cutJSON(*column, "", words); err != nil {
				return err
			}
		}
	}
	if had == row && !moved {
		return nil
	}
	if had != row {
		if !slices.Contains(f.Written, id) {
			f.Written = append(f.Written, id)
		}
	}
	args := db.Args{"id": id, "name": row.Name, "body": row.Body, "texts": row.Texts, "now": s.Now().Unix()}
	set := `name = :name, body = :body, texts = :texts, modified_at = :now, version = version + 1`
	if table == "directory_services" {
		set, args["own"] = set+`, own = :own`, row.Own
	}
	if _, err := tx.Exec(ctx, `UPDATE `+table+` SET `+set+` WHERE id = :id`, args); err != nil {
		return err
	}
	return s.keepCut(ctx, tx, table, id, by)
}

// keepCut keeps the entry as it was cut among its versions. One whose organisation said that it ended still says so last
// (Tasks); any other was changed here, which no file that does not know of it changes back.
func (s *Store) keepCut(ctx context.Context, tx *db.Tx, table, id, by string) error {
	if table == "directory_organisations" {
		o, err := s.Organisation(ctx, tx, id)
		if err != nil {
			return err
		}
		return s.keep(ctx, tx, "organisation", id, o.Version, o, "confidential", by)
	}
	one, err := s.Service(ctx, tx, id)
	if err != nil {
		return err
	}
	action := "confidential"
	var last string
	if err := tx.Get(ctx, &last, `SELECT action FROM directory_versions WHERE noun = 'service' AND noun_id = :id AND version = :v`, db.Args{"id": id, "v": one.Version - 1}); err == nil && last == "ended" {
		action = last
	} else if err != nil && !fault.Is(err, fault.KindNotFound) {
		return err
	}
	return s.keep(ctx, tx, "service", id, one.Version, one.kept(), action, by)
}

func (s *Store) cutSuggestions(ctx context.Context, tx *db.Tx, serviceID string, words *secret) error {
	if words == nil {
		return nil
	}
	var list []Suggestion
	if err := tx.Select(ctx, &list, `SELECT * FROM directory_suggestions WHERE service_id = :s`, db.Args{"s": serviceID}); err != nil {
		return err
	}
	for _, one := range list {
		if cut := words.cut(one.Words); cut != one.Words {
			if _, err := tx.Exec(ctx, `UPDATE directory_suggestions SET words = :w WHERE id = :id`, db.Args{"id": one.ID, "w": cut}); err != nil {
				return err
			}
		}
	}
	return nil
}

// cutVersions takes the address out of what the entries were, and out of any other service that was once at the location.
func (s *Store) cutVersions(ctx context.Context, tx *db.Tx, l Location, ids []string, words *secret) error {
	args := db.Args{"like": "%" + l.ID + "%"}
	var list []Version
	if err := tx.Select(ctx, &list, `SELECT * FROM directory_versions WHERE noun_id IN (`+db.In("id", ids, args)+`) OR noun <> 'location' AND body LIKE :like`, args); err != nil {
		return err
	}
	for _, v := range list {
		body, err := cutJSON(v.Body, l.ID, words)
		if err != nil {
			return err
		}
		if body == v.Body {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE directory_versions SET body = :body WHERE noun = :noun AND noun_id = :id AND version = :v`,
			db.Args{"body": body, "noun": v.Noun, "id": v.NounID, "v": v.Version}); err != nil {
			return err
		}
	}
	return nil
}

// cityOnly is all that stays of the address.
func (l Location) cityOnly(areas []network.Area) string {
	city := l.City
	if city == "" && len(l.Addresses) > 0 {
		city = l.Addresses[0].City
	}
	for _, a := range areas {
		if city == "" && a.Kind == "city" && (l.AreaID == nil || within(areas, *l.AreaID, a.ID)) {
			city, _ = a.Name.In("hr")
		}
	}
	if city == "" {
		city = "–"
	}
	return city
}

// cutJSON takes the words out of every text of the document, and of each place at the location all but telephones and hours.
// A document in which there was nothing to cut comes back as it was.
func cutJSON(body, locationID string, words *secret) (string, error) {
	var doc any
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		return "", err
	}
	did := false
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case string:
			if words == nil {
				return v
			}
			cut := words.cut(v)
			did = did || cut != v
			return cut
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
		case map[string]any:
			if at, _ := v["location_id"].(string); locationID != "" && at == locationID {
				for key := range v {
					if !slices.Contains([]string{"id", "service_id", "location_id", "phones", "schedules", "number", "type", "languages"}, key) {
						did = did || v[key] != nil
						delete(v, key)
					}
				}
			}
			for key := range v {
				v[key] = walk(v[key])
			}
		}
		return v
	}
	doc = walk(doc)
	if !did {
		return body, nil
	}
	b, err := json.Marshal(doc)
	return string(b), err
}

// noted is when the export was made.
func (e Export) noted(zone *time.Location) time.Time { return time.Unix(e.At, 0).In(zone) }
