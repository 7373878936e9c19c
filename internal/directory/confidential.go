package directory

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/jobs"
)

// Export is one that went out: a file for others, or a walk through the API.
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
	"directory_documents", "directory_index", "directory_words", "directory_slips"}

// Flag makes the location's address confidential, at once and everywhere (issue 5): of the location itself only the city
// stays; its versions go; what services say of this place alone is cut down to telephones and hours; and where their own
// words, those of the organisation, an older version of either or a suggestion name the street, the street is cut out.
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
	services, err := s.cut(ctx, tx, l, &f)
	if err != nil {
		return f, err
	}
	if err := s.purge(ctx, tx, services, l); err != nil {
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
func (s *Store) cut(ctx context.Context, tx *db.Tx, l Location, f *Flagged) ([]string, error) {
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
		kept := hsds.AtLocation{Phones: p.Body.Phones, Schedules: p.Body.Schedules}
		if _, err := tx.Exec(ctx, `UPDATE directory_places SET body = :body WHERE id = :id`, db.Args{"id": p.ID, "body": placeBody(kept)}); err != nil {
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
	words := l.secret()
	for _, id := range services {
		if err := s.cutRow(ctx, tx, "directory_services", id, words, slices.Contains(at, id), f); err != nil {
			return nil, err
		}
		if err := s.cutSuggestions(ctx, tx, id, words); err != nil {
			return nil, err
		}
	}
	for _, id := range owners {
		if err := s.cutRow(ctx, tx, "directory_organisations", id, words, false, f); err != nil {
			return nil, err
		}
	}
	return services, s.cutVersions(ctx, tx, l, append(slices.Clone(services), owners...), words)
}

// cutRow takes the words out of the row as it is now; moved says that it changed for others in any case.
func (s *Store) cutRow(ctx context.Context, tx *db.Tx, table, id string, words *regexp.Regexp, moved bool, f *Flagged) error {
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
		row.Name = cutFrom(row.Name, words)
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
		f.Written = append(f.Written, id)
	}
	args := db.Args{"id": id, "name": row.Name, "body": row.Body, "texts": row.Texts, "now": s.Now().Unix()}
	set := `name = :name, body = :body, texts = :texts, modified_at = :now`
	if table == "directory_services" {
		set, args["own"] = set+`, own = :own`, row.Own
	}
	_, err := tx.Exec(ctx, `UPDATE `+table+` SET `+set+` WHERE id = :id`, args)
	return err
}

func (s *Store) cutSuggestions(ctx context.Context, tx *db.Tx, serviceID string, words *regexp.Regexp) error {
	if words == nil {
		return nil
	}
	var list []Suggestion
	if err := tx.Select(ctx, &list, `SELECT * FROM directory_suggestions WHERE service_id = :s`, db.Args{"s": serviceID}); err != nil {
		return err
	}
	for _, one := range list {
		if cut := cutFrom(one.Words, words); cut != one.Words {
			if _, err := tx.Exec(ctx, `UPDATE directory_suggestions SET words = :w WHERE id = :id`, db.Args{"id": one.ID, "w": cut}); err != nil {
				return err
			}
		}
	}
	return nil
}

// cutVersions takes the address out of what the entries were, and out of any other service that was once at the location.
func (s *Store) cutVersions(ctx context.Context, tx *db.Tx, l Location, ids []string, words *regexp.Regexp) error {
	args := db.Args{"like": "%" + l.ID + "%"}
	var list []Version
	if err := tx.Select(ctx, &list, `SELECT * FROM directory_versions WHERE noun <> 'location' AND (noun_id IN (`+db.In("id", ids, args)+`) OR body LIKE :like)`, args); err != nil {
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

// plainWords are of too many addresses to give one away.
var plainWords = []string{"ulica", "cesta", "avenija", "prilaz", "naselje", "odvojak", "stube"}

// houseNumber is one behind the name of a street.
var houseNumber = regexp.MustCompile(`\s+\d+\s*[\p{L}]?(?:[/-]\d+)?\s*$`)

// secret finds what gives the address away in a text: its street with and without the number, its way there and its page.
// Nil: there is nothing to find.
func (l Location) secret() *regexp.Regexp {
	var all []string
	add := func(s string) {
		s = strings.TrimSpace(s)
		if utf8.RuneCountInString(s) >= 4 && !strings.EqualFold(s, l.City) && !slices.Contains(plainWords, strings.ToLower(s)) && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	for _, a := range l.Addresses {
		for _, line := range []string{a.Address1, a.Address2} {
			add(line)
			add(houseNumber.ReplaceAllString(line, ""))
		}
		add(a.Attention)
	}
	add(l.Transportation)
	add(l.URL)
	add(l.AlternateName)
	if len(all) == 0 {
		return nil
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	for i, s := range all {
		// whatever stands between the words
		all[i] = strings.ReplaceAll(regexp.QuoteMeta(strings.Join(strings.Fields(s), " ")), " ", `\s+`)
	}
	return regexp.MustCompile(`(?i)(?:` + strings.Join(all, "|") + `)`)
}

func cutFrom(s string, words *regexp.Regexp) string { return words.ReplaceAllString(s, "…") }

// cutJSON takes the words out of every text of the document, and of each place at the location all but telephones and hours.
// A document in which there was nothing to cut comes back as it was.
func cutJSON(body, locationID string, words *regexp.Regexp) (string, error) {
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
			cut := cutFrom(v, words)
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
