package directory

import (
	"context"
	"slices"
	"strings"

	"kvart/internal/hsds"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

type serviceRow struct {
	Seq            int64       `db:"seq"`
	ID             string      `db:"id"`
	OrganisationID string      `db:"organisation_id"`
	Status         string      `db:"status"`
	Name           string      `db:"name"`
	Body           serviceBody `db:"body"`
	Lang           i18n.Lang   `db:"lang"`
	Texts          Texts       `db:"texts"`
	Own            Own         `db:"own"`
	Terms          string      `db:"terms"`
	AssuredOn      string      `db:"assured_on"`
	AssuredBy      string      `db:"assured_by"`
	AskAt          *int64      `db:"ask_at"`
	Asked          int         `db:"asked"`
	ModifiedAt     int64       `db:"modified_at"`
	Version        int         `db:"version"`
}

func (r serviceRow) service() Service {
	s := Service{Service: hsds.Service(r.Body), Seq: r.Seq, Lang: r.Lang, Texts: r.Texts, Own: r.Own, AssuredBy: r.AssuredBy, AskAt: r.AskAt, Asked: r.Asked,
		ModifiedAt: r.ModifiedAt, Version: r.Version}
	s.ID, s.OrganizationID, s.Status, s.Name, s.AssuredDate = r.ID, r.OrganisationID, r.Status, r.Name, r.AssuredOn
	return s
}

const serviceColumns = `seq, id, organisation_id, status, name, body, lang, texts, own, terms, assured_on, assured_by, ask_at, asked, modified_at, version`

// Service is the one of the id, with its organisation and places. It is NotFound where there is none.
func (s *Store) Service(ctx context.Context, q db.Querier, id string) (Service, error) {
	list, err := s.Services(ctx, q, []string{id})
	if err == nil && len(list) == 0 {
		err = fault.NotFound("fault.not_found")
	}
	if err != nil {
		return Service{}, err
	}
	return list[0], nil
}

// Services are those of the ids that there are, with their organisations and places, in the order of the ids.
func (s *Store) Services(ctx context.Context, q db.Querier, ids []string) ([]Service, error) {
	args := db.Args{}
	list, err := s.services(ctx, q, `WHERE id IN (`+db.In("id", ids, args)+`)`, args)
	at := make(map[string]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	slices.SortFunc(list, func(a, b Service) int { return at[a.ID] - at[b.ID] })
	return list, err
}

// ServicesOf are all services of an organisation, by name.
func (s *Store) ServicesOf(ctx context.Context, q db.Querier, organisationID string) ([]Service, error) {
	return s.services(ctx, q, `WHERE organisation_id = :o ORDER BY name, seq`, db.Args{"o": organisationID})
}

// services reads whole services by a condition on their table, in four queries however many they are. They share what their
// organisations and locations have.
func (s *Store) services(ctx context.Context, q db.Querier, where string, args db.Args) ([]Service, error) {
	var rows []serviceRow
	if err := q.Select(ctx, &rows, `SELECT `+serviceColumns+` FROM directory_services `+where, args); err != nil {
		return nil, err
	}
	list := make([]Service, len(rows))
	for i, r := range rows {
		list[i] = r.service()
	}
	return list, s.fill(ctx, q, list)
}

// fill gives services their organisations and places.
func (s *Store) fill(ctx context.Context, q db.Querier, list []Service) error {
	if len(list) == 0 {
		return nil
	}
	var ids, owners []string
	byID := make(map[string]int, len(list))
	for i, one := range list {
		ids, byID[one.ID] = append(ids, one.ID), i
		if !slices.Contains(owners, one.OrganizationID) {
			owners = append(owners, one.OrganizationID)
		}
	}
	organisations, err := s.organisations(ctx, q, owners)
	if err != nil {
		return err
	}
	for i := range list {
		list[i].Owner = organisations[list[i].OrganizationID]
	}
	args := db.Args{}
	var places []struct {
		ID         string    `db:"id"`
		ServiceID  string    `db:"service_id"`
		LocationID string    `db:"location_id"`
		Body       placeBody `db:"body"`
	}
	if err := q.Select(ctx, &places, `SELECT id, service_id, location_id, body FROM directory_places WHERE service_id IN (`+db.In("id", ids, args)+`) ORDER BY service_id, position, id`, args); err != nil {
		return err
	}
	locations := map[string]Location{} // services share them: each is read once
	var at []string
	for _, r := range places {
		if _, ok := locations[r.LocationID]; !ok {
			locations[r.LocationID], at = Location{}, append(at, r.LocationID)
		}
	}
	if len(at) > 0 {
		args := db.Args{}
		var rows []locationRow
		if err := q.Select(ctx, &rows, `SELECT * FROM directory_locations WHERE id IN (`+db.In("l", at, args)+`)`, args); err != nil {
			return err
		}
		for _, r := range rows {
			locations[r.ID] = r.location()
		}
	}
	for _, r := range places {
		p := Place{AtLocation: hsds.AtLocation(r.Body), At: locations[r.LocationID]}
		p.ID, p.ServiceID, p.LocationID = r.ID, r.ServiceID, r.LocationID
		of := &list[byID[r.ServiceID]]
		of.Places = append(of.Places, p)
	}
	return nil
}

// SaveService makes a service where Version is nought, or changes it, with the places and terms it has. Locations must be
// there. It returns Conflict when somebody else changed it since the given version, and Invalid with the fields that cannot
// be right. What it was stays among its versions; visitors find it as it is now.
func (s *Store) SaveService(ctx context.Context, tx *db.Tx, one Service, action, by string) error {
	if one.Lang == "" {
		one.Lang = i18n.HR
	}
	if err := one.Check(); err != nil {
		return err
	}
	sorts, err := s.Taxonomies(ctx, tx)
	if err != nil {
		return err
	}
	terms := one.Terms()
	for _, id := range terms {
		if sorts.Term(id) == nil {
			var f fault.Form
			f.Add("attributes", "directory.fault.no_such_term")
			return f.Err()
		}
	}
	args := one.row(s.Now().Unix())
	if one.Version == 0 {
		n, err := tx.Exec(ctx, `INSERT INTO directory_services (id, organisation_id, status, name, body, lang, texts, own, terms, assured_on, assured_by, ask_at, asked, modified_at)
			VALUES (:id, :organisation, :status, :name, :body, :lang, :texts, :own, :terms, :assured, :assurer, :ask, :asked, :now) ON CONFLICT (id) DO NOTHING`, args)
		if err == nil && n == 0 {
			return fault.Conflict("directory.fault.id_taken")
		}
		if err != nil {
			return err
		}
	} else if err := changed(tx.Exec(ctx, `UPDATE directory_services SET organisation_id = :organisation, status = :status, name = :name, body = :body, lang = :lang, texts = :texts,
		own = :own, terms = :terms, assured_on = :assured, assured_by = :assurer, ask_at = :ask, asked = :asked, modified_at = :now, version = version + 1
		WHERE id = :id AND version = :version`, args)); err != nil {
		return err
	}
	one.Version++
	if err := s.setPlaces(ctx, tx, one); err != nil {
		return err
	}
	if err := s.setTerms(ctx, tx, one.ID, terms, one.Version > 1); err != nil {
		return err
	}
	if err := s.keep(ctx, tx, "service", one.ID, one.Version, one.kept(), action, by); err != nil {
		return err
	}
	if err := s.index(ctx, tx, one.ID); err != nil {
		return err
	}
	return s.note(ctx, tx, "directory.service", by, "service", one.ID)
}

// row is what its columns hold.
func (s Service) row(now int64) db.Args {
	body := s.Service
	body.ID, body.OrganizationID, body.Status, body.Name, body.AssuredDate, body.LastModified = "", "", "", "", "", ""
	body.Organization, body.ServiceAtLocations, body.Visit = nil, nil, nil
	terms := ""
	if ids := s.Terms(); len(ids) > 0 {
		terms = strings.Join(ids, " ") + " "
	}
	return db.Args{"id": s.ID, "organisation": s.OrganizationID, "status": s.Status, "name": s.Name, "body": serviceBody(body), "lang": s.Lang, "texts": s.Texts, "own": s.Own,
		"terms": terms, "assured": s.AssuredDate, "assurer": s.AssuredBy, "ask": s.AskAt, "asked": s.Asked, "now": now, "version": s.Version}
}

// kept is the service as a version of it is kept: what others own, and where its locations are, stays with them.
func (s Service) kept() Service {
	s.Owner, s.Organization, s.ServiceAtLocations = Organisation{}, nil, nil
	places := make([]Place, len(s.Places))
	for i, p := range s.Places {
		p.At, p.Location, p.Service = Location{}, nil, nil
		places[i] = p
	}
	s.Places = places
	return s
}

func (s *Store) setPlaces(ctx context.Context, tx *db.Tx, one Service) error {
	args := db.Args{"service": one.ID}
	var keep []string
	for _, p := range one.Places {
		keep = append(keep, p.LocationID)
	}
	gone := `DELETE FROM directory_places WHERE service_id = :service`
	if len(keep) > 0 {
		gone += ` AND location_id NOT IN (` + db.In("l", keep, args) + `)`
	}
	if _, err := tx.Exec(ctx, gone, args); err != nil {
		return err
	}
	for i, p := range one.Places {
		body := p.AtLocation
		body.ID, body.ServiceID, body.LocationID, body.Service, body.Location = "", "", "", nil, nil
		if p.ID == "" {
			p.ID = db.NewID()
		}
		if _, err := tx.Exec(ctx, `INSERT INTO directory_places (id, service_id, location_id, body, position) VALUES (:id, :service, :location, :body, :n)
			ON CONFLICT (service_id, location_id) DO UPDATE SET body = :body, position = :n`,
			db.Args{"id": p.ID, "service": one.ID, "location": p.LocationID, "body": placeBody(body), "n": i}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) setTerms(ctx context.Context, tx *db.Tx, id string, terms []string, had bool) error {
	if had {
		if _, err := tx.Exec(ctx, `DELETE FROM directory_service_terms WHERE service_id = :id`, db.Args{"id": id}); err != nil {
			return err
		}
	}
	for _, t := range terms {
		if _, err := tx.Exec(ctx, `INSERT INTO directory_service_terms (term_id, service_id) VALUES (:t, :id)`, db.Args{"t": t, "id": id}); err != nil {
			return err
		}
	}
	return nil
}
