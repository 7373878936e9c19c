package directory

import (
	"context"

	"kvart/internal/hsds"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Undo makes of an older version of the service, organisation or location a new one. have is the version that the one who
// presses has seen: it returns Conflict where somebody changed the entry since. What was only ever true at its time stays as
// it is now: whose it is, who said when that it is right, how an initiative may be reached, and where it is asked whether its
// entries are. A place or term that is
// gone stays away, and of a place that has become confidential there are telephones and hours alone. It is NotFound for a
// version that there is none of, as of every confidential location.
func (s *Store) Undo(ctx context.Context, tx *db.Tx, noun, id string, to, have int, by string) error {
	var v Version
	if err := tx.Get(ctx, &v, `SELECT * FROM directory_versions WHERE noun = :noun AND noun_id = :id AND version = :v`, db.Args{"noun": noun, "id": id, "v": to}); err != nil {
		return err
	}
	switch noun {
	case "service":
		old, err := entry[Service](v)
		if err != nil {
			return err
		}
		now, err := s.Service(ctx, tx, id)
		if err != nil {
			return err
		}
		old.ID, old.Seq, old.OrganizationID, old.Version = id, now.Seq, now.OrganizationID, have
		old.AssuredDate, old.AssuredBy, old.AskAt, old.Asked = now.AssuredDate, now.AssuredBy, now.AskAt, now.Asked
		if old.Places, err = s.standing(ctx, tx, old.Places); err != nil {
			return err
		}
		sorts, err := s.Taxonomies(ctx, tx)
		if err != nil {
			return err
		}
		var kept []hsds.Attribute
		for _, a := range old.Attributes {
			if a.TaxonomyTermID == "" || sorts.Term(a.TaxonomyTermID) != nil {
				kept = append(kept, a)
			}
		}
		old.Attributes = kept
		return s.SaveService(ctx, tx, old, "undo", by)
	case "organisation":
		old, err := entry[Organisation](v)
		if err != nil {
			return err
		}
		now, err := s.Organisation(ctx, tx, id)
		if err != nil {
			return err
		}
		old.ID, old.Version = id, have
		old.Kind, old.Reach, old.ReachUntil, old.CentreID, old.AskEmail = now.Kind, now.Reach, now.ReachUntil, now.CentreID, now.AskEmail
		if err := s.SaveOrganisation(ctx, tx, old, "undo", by); err != nil {
			return err
		}
		return s.reindex(ctx, tx, now, old)
	case "location":
		old, err := entry[Location](v)
		if err != nil {
			return err
		}
		now, err := s.Location(ctx, tx, id)
		if err != nil {
			return err
		}
		if now.Confidential || old.Confidential {
			return fault.NotFound("fault.not_found")
		}
		old.ID, old.OwnerID, old.PublicFrom, old.Version = id, now.OwnerID, now.PublicFrom, have
		if err := s.SaveLocation(ctx, tx, old, "undo", by); err != nil {
			return err
		}
		return s.indexAt(ctx, tx, id)
	}
	return fault.NotFound("fault.not_found")
}

// cityPlace is what is kept of a service's place at a confidential location: telephones and hours.
func cityPlace(a hsds.AtLocation) hsds.AtLocation {
	return hsds.AtLocation{ID: a.ID, LocationID: a.LocationID, Phones: a.Phones, Schedules: a.Schedules}
}

// standing are the places whose locations are still there.
func (s *Store) standing(ctx context.Context, tx *db.Tx, places []Place) ([]Place, error) {
	var kept []Place
	for _, p := range places {
		l, err := s.Location(ctx, tx, p.LocationID)
		if fault.Is(err, fault.KindNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if l.Confidential {
			p.AtLocation = cityPlace(p.AtLocation)
		}
		kept = append(kept, p)
	}
	return kept, nil
}
