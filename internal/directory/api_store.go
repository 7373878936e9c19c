package directory

import (
	"context"
	"slices"

	"kvart/internal/platform/db"
)

// ownersWhere is the condition on directory_organisations o of a filter's taxonomy, term and time. Taxonomy and term are
// those of the services that it offers.
func (s *Store) ownersWhere(ctx context.Context, q db.Querier, f Filter, args db.Args) (condition string, none bool, err error) {
	condition = "1 = 1"
	if f.ModifiedFrom != 0 {
		condition = s.ownerChanged(f.ModifiedFrom, args)
	}
	if f.Taxonomy != "" || f.Term != "" {
		offered, none, err := s.where(ctx, q, Filter{Listed: true, Taxonomy: f.Taxonomy, Term: f.Term}, args)
		if err != nil || none {
			return "", none, err
		}
		condition += ` AND EXISTS (SELECT 1 FROM directory_services s WHERE s.organisation_id = o.id AND ` + offered + `)`
	}
	return condition, false, nil
}

// countOwners is how many organisations the filter chooses.
func (s *Store) countOwners(ctx context.Context, q db.Querier, f Filter) (n int, err error) {
	args := db.Args{}
	where, none, err := s.ownersWhere(ctx, q, f, args)
	if err != nil || none {
		return 0, err
	}
	err = q.Get(ctx, &n, `SELECT COUNT(*) FROM directory_organisations o WHERE `+where, args)
	return n, err
}

// owners are organisations that the filter chooses, by id, at most limit from the offset-th of those after the id.
func (s *Store) owners(ctx context.Context, q db.Querier, f Filter, after string, offset, limit int) ([]Organisation, error) {
	args := db.Args{"after": after, "offset": offset, "limit": limit}
	where, none, err := s.ownersWhere(ctx, q, f, args)
	if err != nil || none {
		return nil, err
	}
	var rows []organisationRow
	if err := q.Select(ctx, &rows, `SELECT o.* FROM directory_organisations o WHERE `+where+` AND o.id > :after ORDER BY o.id LIMIT :limit OFFSET :offset`, args); err != nil {
		return nil, err
	}
	list := make([]Organisation, len(rows))
	for i, r := range rows {
		list[i] = r.organisation()
	}
	return list, nil
}

// ownersOf are the organisations of the services of the ids that changed then or later, in the order of the ids.
func (s *Store) ownersOf(ctx context.Context, q db.Querier, services []string, modifiedFrom int64) ([]Organisation, error) {
	args := db.Args{}
	var rows []struct {
		ID             string `db:"id"`
		OrganisationID string `db:"organisation_id"`
	}
	if err := q.Select(ctx, &rows, `SELECT id, organisation_id FROM directory_services WHERE id IN (`+db.In("id", services, args)+`)`, args); err != nil {
		return nil, err
	}
	of := make(map[string]string, len(rows))
	for _, r := range rows {
		of[r.ID] = r.OrganisationID
	}
	var ids []string
	for _, id := range services {
		if o := of[id]; o != "" && !slices.Contains(ids, o) {
			ids = append(ids, o)
		}
	}
	args = db.Args{}
	where := `o.id IN (` + db.In("o", ids, args) + `)`
	if modifiedFrom != 0 {
		where += ` AND ` + s.ownerChanged(modifiedFrom, args)
	}
	var owners []organisationRow
	if err := q.Select(ctx, &owners, `SELECT o.* FROM directory_organisations o WHERE `+where, args); err != nil {
		return nil, err
	}
	list := make([]Organisation, len(owners))
	for i, r := range owners {
		list[i] = r.organisation()
	}
	slices.SortFunc(list, func(a, b Organisation) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return list, nil
}

// mostAlone is how many organisations that offer nothing are looked at for the words of a search.
const mostAlone = 5000

// ownersAlone are organisations that have no service which visitors find, by id, at most mostAlone; those that changed then or
// later.
func (s *Store) ownersAlone(ctx context.Context, q db.Querier, modifiedFrom int64) ([]Organisation, error) {
	args := db.Args{"limit": mostAlone}
	where := `NOT EXISTS (SELECT 1 FROM directory_services s WHERE s.organisation_id = o.id AND s.status IN ('active', 'temporarily closed'))`
	if modifiedFrom != 0 {
		where += ` AND ` + s.ownerChanged(modifiedFrom, args)
	}
	var rows []organisationRow
	if err := q.Select(ctx, &rows, `SELECT o.* FROM directory_organisations o WHERE `+where+` ORDER BY o.id LIMIT :limit`, args); err != nil {
		return nil, err
	}
	list := make([]Organisation, len(rows))
	for i, r := range rows {
		list[i] = r.organisation()
	}
	return list, nil
}

// belongings are the locations and the listed services of organisations, by the organisation's id.
func (s *Store) belongings(ctx context.Context, q db.Querier, owners []string) (map[string][]Location, map[string][]Service, error) {
	args := db.Args{}
	in := db.In("o", owners, args)
	var rows []locationRow
	if err := q.Select(ctx, &rows, `SELECT * FROM directory_locations WHERE organisation_id IN (`+in+`) ORDER BY id`, args); err != nil {
		return nil, nil, err
	}
	locations, services := map[string][]Location{}, map[string][]Service{}
	for _, r := range rows {
		l := r.location()
		locations[l.OwnerID] = append(locations[l.OwnerID], l)
	}
	list, err := s.services(ctx, q, `WHERE organisation_id IN (`+in+`) AND status IN ('active', 'temporarily closed') ORDER BY organisation_id, seq`, args)
	for _, one := range list {
		services[one.OrganizationID] = append(services[one.OrganizationID], one)
	}
	return locations, services, err
}

// placeRef names a place.
type placeRef struct {
	ID        string `db:"id"`
	ServiceID string `db:"service_id"`
}

// placesFrom is the part of a query after FROM for places that the filter chooses: of its services those with the postcode.
func (s *Store) placesFrom(ctx context.Context, q db.Querier, f Filter, args db.Args) (from string, none bool, err error) {
	near := f
	f.Postcode, f.Metres = "", 0
	where, none, err := s.where(ctx, q, f, args)
	if err != nil || none {
		return "", none, err
	}
	if near.Postcode != "" {
		at, none, err := s.whereAt(ctx, q, near, args)
		if err != nil || none {
			return "", none, err
		}
		where += ` AND ` + at
	}
	return `directory_places p JOIN directory_services s ON s.id = p.service_id JOIN directory_locations l ON l.id = p.location_id WHERE ` + where, false, nil
}

// countPlaces is how many places the filter chooses.
func (s *Store) countPlaces(ctx context.Context, q db.Querier, f Filter) (n int, err error) {
	args := db.Args{}
	from, none, err := s.placesFrom(ctx, q, f, args)
	if err != nil || none {
		return 0, err
	}
	err = q.Get(ctx, &n, `SELECT COUNT(*) FROM `+from, args)
	return n, err
}

// places are those that the filter chooses, in the order of their services.
func (s *Store) places(ctx context.Context, q db.Querier, f Filter, offset, limit int) ([]placeRef, error) {
	args := db.Args{"offset": offset, "limit": limit}
	from, none, err := s.placesFrom(ctx, q, f, args)
	if err != nil || none {
		return nil, err
	}
	var list []placeRef
	err = q.Select(ctx, &list, `SELECT p.id, p.service_id FROM `+from+` ORDER BY s.seq, p.position, p.id LIMIT :limit OFFSET :offset`, args)
	return list, err
}

// placesOf are the places of the services of the ids that the filter chooses, in the order of the ids.
func (s *Store) placesOf(ctx context.Context, q db.Querier, services []string, f Filter) ([]placeRef, error) {
	args := db.Args{}
	from, none, err := s.placesFrom(ctx, q, Filter{Postcode: f.Postcode, Metres: f.Metres}, args)
	if err != nil || none {
		return nil, err
	}
	var list []placeRef
	if err := q.Select(ctx, &list, `SELECT p.id, p.service_id FROM `+from+` AND p.service_id IN (`+db.In("id", services, args)+`) ORDER BY p.position, p.id`, args); err != nil {
		return nil, err
	}
	rank := make(map[string]int, len(services))
	for i, id := range services {
		rank[id] = i
	}
	slices.SortStableFunc(list, func(a, b placeRef) int { return rank[a.ServiceID] - rank[b.ServiceID] })
	return list, nil
}

// serviceOfPlace is the id of the service that is given at the place. It is NotFound where there is none.
func (s *Store) serviceOfPlace(ctx context.Context, q db.Querier, id string) (service string, err error) {
	err = q.Get(ctx, &service, `SELECT service_id FROM directory_places WHERE id = :id`, db.Args{"id": id})
	return service, err
}
