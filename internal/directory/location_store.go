package directory

import (
	"context"
	"math"

	"kvart/internal/hsds"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/geo"
)

type locationRow struct {
	ID             string       `db:"id"`
	OrganisationID *string      `db:"organisation_id"`
	AreaID         *string      `db:"area_id"`
	Body           locationBody `db:"body"`
	Own            locationOwn  `db:"own"`
	City           string       `db:"city"`
	Postcode       string       `db:"postcode"`
	LatE6          *int64       `db:"lat_e6"`
	LonE6          *int64       `db:"lon_e6"`
	Confidential   db.Bool      `db:"confidential"`
	PublicFrom     int64        `db:"public_from"`
	ModifiedAt     int64        `db:"modified_at"`
	Version        int          `db:"version"`
}

// locationOwn is what Kvart keeps of a location beside the standard.
type locationOwn struct {
	Access network.AccessList `json:"access,omitempty"`
}

func (r locationRow) location() Location {
	l := Location{Location: hsds.Location(r.Body), AreaID: r.AreaID, Access: r.Own.Access, City: r.City, Confidential: bool(r.Confidential),
		PublicFrom: r.PublicFrom, ModifiedAt: r.ModifiedAt, Version: r.Version}
	l.ID = r.ID
	if r.OrganisationID != nil {
		l.OwnerID = *r.OrganisationID
	}
	if r.LatE6 != nil {
		lat, lon := float64(*r.LatE6)/1e6, float64(*r.LonE6)/1e6
		l.Latitude, l.Longitude = &lat, &lon
	}
	if l.Confidential {
		l.LocationType = "physical"
	}
	return l
}

// Location is the one of the id. It is NotFound where there is none.
func (s *Store) Location(ctx context.Context, q db.Querier, id string) (Location, error) {
	var r locationRow
	if err := q.Get(ctx, &r, `SELECT * FROM directory_locations WHERE id = :id`, db.Args{"id": id}); err != nil {
		return Location{}, err
	}
	return r.location(), nil
}

// LocationsOf are those of an organisation, by when they were made.
func (s *Store) LocationsOf(ctx context.Context, q db.Querier, organisationID string) ([]Location, error) {
	var rows []locationRow
	if err := q.Select(ctx, &rows, `SELECT * FROM directory_locations WHERE organisation_id = :o ORDER BY id`, db.Args{"o": organisationID}); err != nil {
		return nil, err
	}
	var list []Location
	for _, r := range rows {
		list = append(list, r.location())
	}
	return list, nil
}

// SaveLocation makes a location where Version is nought, or changes it, and finds the narrowest area that it is in. It returns
// Conflict when somebody else changed it since the given version, and Invalid with the fields that cannot be right.
// Making one confidential, or the other way, is a press of its own: Flag and Unflag. A confidential one has its city only.
func (s *Store) SaveLocation(ctx context.Context, tx *db.Tx, l Location, action, by string) error {
	areas, err := s.Network.Areas(ctx, tx)
	if err != nil {
		return err
	}
	if err := l.Check(areas); err != nil {
		return err
	}
	args := db.Args{"id": l.ID, "organisation": orNull(l.OwnerID), "now": s.Now().Unix(), "version": l.Version}
	if err := l.row(areas, args); err != nil {
		return err
	}
	if l.Version == 0 {
		n, err := tx.Exec(ctx, `INSERT INTO directory_locations (id, organisation_id, area_id, body, own, city, postcode, lat_e6, lon_e6, confidential, public_from, modified_at)
			VALUES (:id, :organisation, :area, :body, :own, :city, :postcode, :lat, :lon, :confidential, :now, :now) ON CONFLICT (id) DO NOTHING`, args)
		if err == nil && n == 0 {
			return fault.Conflict("directory.fault.id_taken")
		}
		if err != nil {
			return err
		}
	} else if err := changed(tx.Exec(ctx, `UPDATE directory_locations SET organisation_id = :organisation, area_id = :area, body = :body, own = :own, city = :city, postcode = :postcode,
		lat_e6 = :lat, lon_e6 = :lon, modified_at = :now, version = version + 1 WHERE id = :id AND version = :version AND confidential = :confidential`, args)); err != nil {
		return err
	}
	l.Version++
	if !l.Confidential {
		if err := s.keep(ctx, tx, "location", l.ID, l.Version, l, action, by); err != nil {
			return err
		}
	}
	return s.note(ctx, tx, "directory.location", by, "location", l.ID)
}

// row adds what its columns hold to args.
func (l Location) row(areas []network.Area, args db.Args) error {
	body := l.Location
	body.ID, body.OrganizationID, body.Latitude, body.Longitude = "", "", nil, nil
	city, postcode := l.City, ""
	if len(l.Addresses) > 0 {
		city, postcode = l.Addresses[0].City, l.Addresses[0].PostalCode
	}
	args["confidential"] = db.Bool(l.Confidential)
	args["lat"], args["lon"] = (*int64)(nil), (*int64)(nil)
	if l.Confidential {
		args["body"], args["own"], args["city"], args["postcode"] = "{}", "{}", l.City, ""
		args["area"] = cityOf(areas, l.AreaID)
		return nil
	}
	if l.Latitude != nil && l.Longitude != nil {
		lat, lon := int64(math.Round(*l.Latitude*1e6)), int64(math.Round(*l.Longitude*1e6))
		args["lat"], args["lon"] = &lat, &lon
	}
	area := l.AreaID
	if found := areaAt(areas, l.Latitude, l.Longitude); found != nil && (area == nil || !within(areas, *area, *found)) {
		area = found
	}
	args["body"], args["own"], args["city"], args["postcode"], args["area"] = locationBody(body), locationOwn{l.Access}, city, postcode, area
	return nil
}

// areaAt is the narrowest area with an outline in which the point lies.
func areaAt(areas []network.Area, lat, lon *float64) *string {
	if lat == nil || lon == nil {
		return nil
	}
	var found *string
	for i := len(areas) - 1; i >= 0; i-- { // city first, so narrowest last
		if shape := areas[i].Shape(); shape != nil && shape.Contains(geo.Point{Lon: *lon, Lat: *lat}) {
			found = &areas[i].ID
			break
		}
	}
	return found
}

// within says whether the area is the wider one or lies in it.
func within(areas []network.Area, id, wider string) bool {
	for _, a := range network.ChainOf(areas, id) {
		if a.ID == wider {
			return true
		}
	}
	return false
}

// cityOf is the city in which the area lies, or nil.
func cityOf(areas []network.Area, id *string) *string {
	if id == nil {
		return nil
	}
	for _, a := range network.ChainOf(areas, *id) {
		if a.Kind == "city" {
			return &a.ID
		}
	}
	return nil
}
