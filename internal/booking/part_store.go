package booking

import (
	"context"
	"slices"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Undivided says that the space is one atom: it can be a part of another, and is made of none itself.
func (s Space) Undivided() bool { return len(s.Atoms) == 1 && s.Atoms[0] == s.ID }

// Shares says that the two hold a part in common, so that booking the one blocks the other.
func (s Space) Shares(other Space) bool {
	return slices.ContainsFunc(s.Atoms, func(a string) bool { return slices.Contains(other.Atoms, a) })
}

// PartsOf are the undivided spaces of the list that the space is made of; none when it is undivided itself.
func PartsOf(one Space, all []Space) []Space {
	var list []Space
	for _, x := range all {
		if x.ID != one.ID && slices.Contains(one.Atoms, x.ID) {
			list = append(list, x)
		}
	}
	return list
}

// WholesOf are the spaces of the list that the space is a part of.
func WholesOf(one Space, all []Space) []Space {
	var list []Space
	for _, x := range all {
		if x.ID != one.ID && len(x.Atoms) > 0 && slices.Contains(x.Atoms, one.ID) {
			list = append(list, x)
		}
	}
	return list
}

// SetParts makes the space of others of the same centre, or of itself alone where none are named, and says whether that
// changed anything. A part that is divided itself stands for its own parts. It returns Conflict while bookings to come
// stand in the space, as they hold what it is made of now, and while the space is a part of another; Invalid for a part
// that is not there.
func (s *Store) SetParts(ctx context.Context, tx *db.Tx, centreID, id string, parts []string, by string) (bool, error) {
	all, err := s.Spaces(ctx, tx, centreID)
	if err != nil {
		return false, err
	}
	find := func(id string) int { return slices.IndexFunc(all, func(x Space) bool { return x.ID == id }) }
	k := find(id)
	if k < 0 {
		return false, fault.NotFound("fault.not_found")
	}
	var atoms []string
	for _, part := range parts {
		i := find(part)
		if i < 0 || part == id {
			return false, fault.Invalid("booking.fault.no_part")
		}
		atoms = append(atoms, all[i].Atoms...)
	}
	if len(parts) == 0 {
		atoms = []string{id}
	}
	slices.Sort(atoms)
	atoms = slices.Compact(atoms)
	if slices.Equal(atoms, all[k].Atoms) {
		return false, nil
	}
	if len(parts) > 0 && slices.Contains(atoms, id) { // through a part that is made of it
		return false, fault.Conflict("booking.fault.part_of_whole")
	}
	if !slices.Contains(atoms, id) && len(WholesOf(all[k], all)) > 0 {
		return false, fault.Conflict("booking.fault.part_of_whole")
	}
	if err := s.expire(ctx, tx, id); err != nil {
		return false, err
	}
	now := s.Now().Unix()
	var coming int
	if err := tx.Get(ctx, &coming, `SELECT COUNT(*) FROM bookings WHERE space_id = :id AND state IN ('held','confirmed') AND held_to > :now`, db.Args{"id": id, "now": now}); err != nil {
		return false, err
	}
	if coming > 0 {
		return false, fault.Conflict("booking.fault.parts_booked", "n", coming)
	}
	if _, err := tx.Exec(ctx, `UPDATE spaces SET parts_at = :now WHERE id = :id`, db.Args{"id": id, "now": now}); err != nil {
		return false, err
	}
	err = s.rewrite(ctx, tx, id, atoms)
	if db.Refused(err) == "atoms" { // somebody booked it meanwhile
		return false, fault.Conflict("booking.fault.parts_booked", "n", 1).Because(err)
	}
	if err != nil {
		return false, err
	}
	return true, s.note(ctx, tx, centreID, "space.parts", by, "space", id)
}

func (s *Store) rewrite(ctx context.Context, tx *db.Tx, id string, atoms []string) error {
	args := db.Args{"id": id}
	if _, err := tx.Exec(ctx, `DELETE FROM space_atoms WHERE space_id = :id AND atom_id NOT IN (`+db.In("atom", atoms, args)+`)`, args); err != nil {
		return err
	}
	for _, atom := range atoms {
		if _, err := tx.Exec(ctx, `INSERT INTO space_atoms (space_id, atom_id) VALUES (:id, :atom) ON CONFLICT (space_id, atom_id) DO NOTHING`, db.Args{"id": id, "atom": atom}); err != nil {
			return err
		}
	}
	return nil
}

// Coming are the bookings to come that stand in the space, by start, at most limit of them, and how many there are.
func (s *Store) Coming(ctx context.Context, q db.Querier, spaceID string, limit int) ([]Booking, int, error) {
	args := db.Args{"s": spaceID, "now": s.Now().Unix(), "limit": limit}
	const those = ` FROM bookings b WHERE b.space_id = :s AND b.ends_at > :now AND (b.state = 'confirmed' OR (b.state = 'held' AND b.expires_at > :now))`
	var n int
	if err := q.Get(ctx, &n, `SELECT COUNT(*)`+those, args); err != nil {
		return nil, 0, err
	}
	var list []Booking
	err := q.Select(ctx, &list, `SELECT `+columns+those+` ORDER BY b.starts_at, b.id LIMIT :limit`, args)
	return list, n, err
}
