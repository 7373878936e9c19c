package booking

import (
	"context"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Store keeps spaces and bookings.
type Store struct {
	DB  *db.DB
	Now func() time.Time
	// Freed are called in the transaction in which a live booking's time becomes free, with the booking as it was before:
	// when it is cancelled, when its hold ends, when it is moved to another time or space. The time may be taken again by
	// then, by one that was called earlier: look before booking it. What one returns undoes the transaction.
	Freed []func(ctx context.Context, tx *db.Tx, b Booking) error
	// OfActivity gives an activity a date back that it lost, in the transaction that has made room for it.
	OfActivity func(ctx context.Context, tx *db.Tx, l Lost, by string) error
}

// freed tells all who asked that a booking's time is free; a series that lost it goes before them. The centre is locked while
// they look, as it is where somebody begins to wait: a wish that is entered between the look and the commit would find the
// time still taken, and nobody would ever offer it.
func (s *Store) freed(ctx context.Context, tx *db.Tx, b Booking) error {
	if err := network.LockCentre(ctx, tx, b.CentreID); err != nil {
		return err
	}
	if err := s.offerLost(ctx, tx, b); err != nil {
		return err
	}
	for _, tell := range s.Freed {
		if err := tell(ctx, tx, b); err != nil {
			return err
		}
	}
	return nil
}

// Spaces are the centre's spaces in their order with what they are made of, closed ones last.
func (s *Store) Spaces(ctx context.Context, q db.Querier, centreID string) ([]Space, error) {
	var list []Space
	if err := q.Select(ctx, &list, `SELECT * FROM spaces WHERE centre_id = :c ORDER BY closed, position, slug`, db.Args{"c": centreID}); err != nil {
		return nil, err
	}
	var atoms []struct {
		SpaceID string `db:"space_id"`
		AtomID  string `db:"atom_id"`
	}
	if err := q.Select(ctx, &atoms, `SELECT a.space_id, a.atom_id FROM space_atoms a JOIN spaces s ON s.id = a.space_id WHERE s.centre_id = :c ORDER BY a.atom_id`,
		db.Args{"c": centreID}); err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i := range list {
		at[list[i].ID] = i
	}
	for _, a := range atoms {
		one := &list[at[a.SpaceID]]
		one.Atoms = append(one.Atoms, a.AtomID)
	}
	return list, nil
}

// Space is one of them, without what it is made of.
func (s *Store) Space(ctx context.Context, q db.Querier, id string) (Space, error) {
	var one Space
	err := q.Get(ctx, &one, `SELECT * FROM spaces WHERE id = :id`, db.Args{"id": id})
	return one, err
}

// AddSpace adds a space that is one atom and returns its id. It returns Conflict when the centre has the slug already.
func (s *Store) AddSpace(ctx context.Context, tx *db.Tx, one Space, by string) (string, error) {
	if err := one.Check(); err != nil {
		return "", err
	}
	id := db.NewID()
	_, err := tx.Exec(ctx, `INSERT INTO spaces (id, centre_id, slug, name, about, holds, setup_minutes, clear_minutes, position)
		VALUES (:id, :centre, :slug, :name, :about, :holds, :setup, :clear, :position)`,
		db.Args{"id": id, "centre": one.CentreID, "slug": one.Slug, "name": one.Name, "about": one.About, "holds": one.Holds,
			"setup": one.SetupMinutes, "clear": one.ClearMinutes, "position": one.Position})
	if err != nil {
		if r := db.Refused(err); strings.Contains(r, "slug") {
			return "", fault.Conflict("booking.fault.slug").Because(err)
		}
		return "", err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO space_atoms (space_id, atom_id) VALUES (:id, :id)`, db.Args{"id": id}); err != nil {
		return "", err
	}
	return id, s.note(ctx, tx, one.CentreID, "space.add", by, "space", id)
}

// ChangeSpace stores the changed space. It returns Conflict when somebody else changed it since the given version.
// Bookings keep the set-up and clear-up time they were made with.
func (s *Store) ChangeSpace(ctx context.Context, tx *db.Tx, one Space, by string) error {
	if err := one.Check(); err != nil {
		return err
	}
	if known, err := s.Space(ctx, tx, one.ID); err != nil {
		return err
	} else if known.CentreID != one.CentreID {
		return fault.NotFound("fault.not_found")
	}
	n, err := tx.Exec(ctx, `UPDATE spaces SET name = :name, about = :about, holds = :holds, setup_minutes = :setup, clear_minutes = :clear, position = :position,
		closed = :closed, version = version + 1 WHERE id = :id AND centre_id = :centre AND version = :version`,
		db.Args{"id": one.ID, "centre": one.CentreID, "name": one.Name, "about": one.About, "holds": one.Holds, "setup": one.SetupMinutes,
			"clear": one.ClearMinutes, "position": one.Position, "closed": one.Closed, "version": one.Version})
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Conflict("booking.fault.changed_meanwhile")
	}
	return s.note(ctx, tx, one.CentreID, "space.change", by, "space", one.ID)
}

func (s *Store) note(ctx context.Context, tx *db.Tx, centreID, action, by, kind, id string) error {
	return network.Note(ctx, tx, centreID, action, by, kind, id, s.Now())
}
