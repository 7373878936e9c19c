package directory

import (
	"context"
	"math"
	"strings"
	"time"

	"kvart/internal/platform/db"
)

// Filter chooses services; what is empty does not. All that is given must hold.
type Filter struct {
	Listed       bool   // only what visitors find
	Organisation string // id
	Taxonomy     string // id: has a term of it
	Term         string // id: has it or a narrower one
	ModifiedFrom int64  // itself, its organisation or a location of it changed then or later
	Postcode     string // of a location
	Metres       int    // with a postcode: within so many of the middle of it instead
}

// batch is how many services are read at once where many are walked through.
const batch = 500

// where is the condition on directory_services s. None says that nothing can match.
func (s *Store) where(ctx context.Context, q db.Querier, f Filter, args db.Args) (condition string, none bool, err error) {
	var all []string
	if f.Listed {
		all = append(all, `s.status IN ('active', 'temporarily closed')`)
	}
	if f.Organisation != "" {
		args["f_organisation"] = f.Organisation
		all = append(all, `s.organisation_id = :f_organisation`)
	}
	if f.ModifiedFrom != 0 {
		all = append(all, `(s.modified_at >= :f_modified OR s.organisation_id IN (SELECT o.id FROM directory_organisations o WHERE `+s.ownerChanged(f.ModifiedFrom, args)+`)
			OR s.id IN (SELECT p.service_id FROM directory_places p JOIN directory_locations l ON l.id = p.location_id WHERE l.modified_at >= :f_modified))`)
	}
	if f.Taxonomy != "" {
		args["f_taxonomy"] = f.Taxonomy
		all = append(all, `EXISTS (SELECT 1 FROM directory_service_terms x JOIN directory_terms t ON t.id = x.term_id WHERE x.service_id = s.id AND t.taxonomy_id = :f_taxonomy)`)
	}
	if f.Term != "" {
		sorts, err := s.Taxonomies(ctx, q)
		if err != nil {
			return "", false, err
		}
		ids := sorts.Below(f.Term)
		if len(ids) == 0 {
			return "", true, nil
		}
		all = append(all, `EXISTS (SELECT 1 FROM directory_service_terms x WHERE x.service_id = s.id AND x.term_id IN (`+db.In("f_term", ids, args)+`))`)
	}
	if f.Postcode != "" {
		at, none, err := s.whereAt(ctx, q, f, args)
		if err != nil || none {
			return "", none, err
		}
		all = append(all, `EXISTS (SELECT 1 FROM directory_places p JOIN directory_locations l ON l.id = p.location_id WHERE p.service_id = s.id AND `+at+`)`)
	}
	if len(all) == 0 {
		return "1 = 1", false, nil
	}
	return strings.Join(all, " AND "), false, nil
}

// ownerChanged is the condition on directory_organisations o that it changed then or later, or that its consent to be
// reached itself has ended since: who keeps a copy is to learn of that too. The day is taken a little wide, for it is local.
func (s *Store) ownerChanged(from int64, args db.Args) string {
	args["f_modified"] = from
	args["f_ended_from"] = time.Unix(from, 0).UTC().AddDate(0, 0, -2).Format(time.DateOnly)
	args["f_ended_before"] = s.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	return `(o.modified_at >= :f_modified OR o.kind = 'initiative' AND o.reach = 'direct' AND o.reach_until >= :f_ended_from AND o.reach_until < :f_ended_before)`
}

// whereAt is the condition on directory_locations l of a postcode, and on their services s that they may be found by it. Metres are taken on the flat, by an
// equirectangular projection: exact enough for a city.
func (s *Store) whereAt(ctx context.Context, q db.Querier, f Filter, args db.Args) (condition string, none bool, err error) {
	args["f_postcode"] = f.Postcode
	if args["today"], _, err = s.LocalDay(ctx); err != nil {
		return "", false, err
	}
	if f.Metres <= 0 {
		return `l.postcode = :f_postcode AND ` + reached, false, nil
	}
	var middle struct {
		Lat *float64 `db:"lat"`
		Lon *float64 `db:"lon"`
	}
	// Of places that everybody may know: or else distances from their middle would tell where the others are.
	if err := q.Get(ctx, &middle, `SELECT AVG(l.lat_e6) AS lat, AVG(l.lon_e6) AS lon FROM directory_locations l WHERE l.postcode = :p AND l.lat_e6 IS NOT NULL
		AND EXISTS (SELECT 1 FROM directory_places x JOIN directory_services s ON s.id = x.service_id WHERE x.location_id = l.id AND s.status IN ('active', 'temporarily closed') AND `+reached+`)`,
		db.Args{"p": f.Postcode, "today": args["today"]}); err != nil {
		return "", false, err
	}
	if middle.Lat == nil {
		return "", true, nil
	}
	down := float64(f.Metres) / 111_320 * 1e6
	across := down / max(0.01, math.Cos(*middle.Lat/1e6*math.Pi/180))
	lat, lon := *middle.Lat, *middle.Lon
	args["f_lat"], args["f_lon"], args["f_down"], args["f_across"] = lat, lon, down, across
	args["f_south"], args["f_north"], args["f_west"], args["f_east"] = int64(lat-down), int64(lat+down), int64(lon-across), int64(lon+across)
	// Squared distances in units of the radius: at most one inside the circle.
	return `l.lat_e6 BETWEEN :f_south AND :f_north AND l.lon_e6 BETWEEN :f_west AND :f_east
		AND (l.lat_e6 - CAST(:f_lat AS DOUBLE PRECISION)) * (l.lat_e6 - CAST(:f_lat AS DOUBLE PRECISION)) / (CAST(:f_down AS DOUBLE PRECISION) * CAST(:f_down AS DOUBLE PRECISION))
		+ (l.lon_e6 - CAST(:f_lon AS DOUBLE PRECISION)) * (l.lon_e6 - CAST(:f_lon AS DOUBLE PRECISION)) / (CAST(:f_across AS DOUBLE PRECISION) * CAST(:f_across AS DOUBLE PRECISION)) <= 1 AND ` + reached, false, nil
}

// Below are the ids of the term and of all narrower ones.
func (t *Taxonomies) Below(id string) []string {
	if t.Term(id) == nil {
		return nil
	}
	ids := []string{id}
	for i := 0; i < len(ids); i++ {
		for _, one := range t.Terms {
			if one.ParentID != nil && *one.ParentID == ids[i] && len(ids) <= len(t.Terms) {
				ids = append(ids, one.ID)
			}
		}
	}
	return ids
}

// Count is how many services the filter chooses.
func (s *Store) Count(ctx context.Context, q db.Querier, f Filter) (n int, err error) {
	args := db.Args{}
	where, none, err := s.where(ctx, q, f, args)
	if err != nil || none {
		return 0, err
	}
	err = q.Get(ctx, &n, `SELECT COUNT(*) FROM directory_services s WHERE `+where, args)
	return n, err
}

// List are services that the filter chooses, in the order in which they were entered, from the offset-th on.
func (s *Store) List(ctx context.Context, q db.Querier, f Filter, offset, limit int) ([]Service, error) {
	args := db.Args{"offset": offset, "limit": limit}
	where, none, err := s.where(ctx, q, f, args)
	if err != nil || none {
		return nil, err
	}
	return s.services(ctx, q, `s WHERE `+where+` ORDER BY seq LIMIT :limit OFFSET :offset`, args)
}

// Each calls f with all services that the filter chooses, some hundreds at a time, in the order in which they were
// entered. It holds one batch in memory and stops where f returns an error.
func (s *Store) Each(ctx context.Context, q db.Querier, filter Filter, f func([]Service) error) error {
	args := db.Args{"limit": batch}
	where, none, err := s.where(ctx, q, filter, args)
	if err != nil || none {
		return err
	}
	for after := int64(-1 << 62); ; {
		args["after"] = after
		list, err := s.services(ctx, q, `s WHERE `+where+` AND seq > :after ORDER BY seq LIMIT :limit`, args)
		if err != nil || len(list) == 0 {
			return err
		}
		if err := f(list); err != nil {
			return err
		}
		after = list[len(list)-1].Seq
	}
}
