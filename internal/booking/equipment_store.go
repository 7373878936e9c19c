package booking

import (
	"context"
	"slices"
	"strings"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// AllEquipment is the centre's equipment in its order, what is lent no longer last.
func (s *Store) AllEquipment(ctx context.Context, q db.Querier, centreID string) ([]Equipment, error) {
	var list []Equipment
	err := q.Select(ctx, &list, `SELECT * FROM equipment WHERE centre_id = :c ORDER BY closed, position, id`, db.Args{"c": centreID})
	return list, err
}

// Equipment is one of the centre's.
func (s *Store) Equipment(ctx context.Context, q db.Querier, centreID, id string) (Equipment, error) {
	var one Equipment
	err := q.Get(ctx, &one, `SELECT * FROM equipment WHERE id = :id AND centre_id = :c`, db.Args{"id": id, "c": centreID})
	return one, err
}

// AddEquipment adds it and returns its id.
func (s *Store) AddEquipment(ctx context.Context, tx *db.Tx, one Equipment, by string) (string, error) {
	if err := one.Check(); err != nil {
		return "", err
	}
	id := db.NewID()
	if _, err := tx.Exec(ctx, `INSERT INTO equipment (id, centre_id, name, quantity, quantity_at, position) VALUES (:id, :centre, :name, :quantity, :now, :position)`,
		db.Args{"id": id, "centre": one.CentreID, "name": one.Name, "quantity": one.Quantity, "now": s.Now().Unix(), "position": one.Position}); err != nil {
		return "", err
	}
	return id, s.note(ctx, tx, one.CentreID, "equipment.add", by, "equipment", id)
}

// ChangeEquipment stores the changed equipment. It returns Conflict when somebody else changed it since the given version,
// and when bookings to come hold more at one moment than there would be. What is lent no longer stays with the bookings
// that have it.
func (s *Store) ChangeEquipment(ctx context.Context, tx *db.Tx, one Equipment, by string) error {
	if err := one.Check(); err != nil {
		return err
	}
	known, err := s.Equipment(ctx, tx, one.CentreID, one.ID)
	if err != nil {
		return err
	}
	if err := s.expireUses(ctx, tx, []Amount{{EquipmentID: one.ID}}); err != nil {
		return err
	}
	since := known.QuantityAt
	if one.Quantity != known.Quantity {
		since = s.Now().Unix()
	}
	n, err := tx.Exec(ctx, `UPDATE equipment SET name = :name, quantity = :quantity, quantity_at = :since, position = :position, closed = :closed, version = version + 1
		WHERE id = :id AND centre_id = :centre AND version = :version`,
		db.Args{"id": one.ID, "centre": one.CentreID, "name": one.Name, "quantity": one.Quantity, "since": since, "position": one.Position, "closed": one.Closed, "version": one.Version})
	if db.Refused(err) == "equipment" {
		return fault.Conflict("booking.fault.equipment_fewer").Because(err)
	}
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Conflict("booking.fault.equipment_changed")
	}
	return s.note(ctx, tx, one.CentreID, "equipment.change", by, "equipment", one.ID)
}

// lendable returns Invalid for equipment of another centre, of which none is lent, or in amounts that cannot be.
func (s *Store) lendable(ctx context.Context, tx *db.Tx, centreID string, want []Amount) error {
	for i, a := range want {
		one, err := s.Equipment(ctx, tx, centreID, a.EquipmentID)
		switch {
		case err != nil && !fault.Is(err, fault.KindNotFound):
			return err
		case err != nil, bool(one.Closed), slices.ContainsFunc(want[:i], func(b Amount) bool { return b.EquipmentID == a.EquipmentID }):
			return fault.Invalid("booking.fault.no_equipment")
		case a.N < 1 || a.N > MaxQuantity:
			return fault.Invalid("fault.not_a_number", "low", 1, "high", MaxQuantity)
		}
	}
	return nil
}

// stillLent leaves out what the centre lends no longer.
func (s *Store) stillLent(ctx context.Context, q db.Querier, centreID string, want []Amount) ([]Amount, error) {
	if len(want) == 0 {
		return nil, nil
	}
	all, err := s.AllEquipment(ctx, q, centreID)
	return slices.DeleteFunc(slices.Clone(want), func(a Amount) bool {
		return !slices.ContainsFunc(all, func(e Equipment) bool { return e.ID == a.EquipmentID && !bool(e.Closed) })
	}), err
}

// lend writes what a booking holds, always in the same order, so that two bookings never wait for each other.
func (s *Store) lend(ctx context.Context, tx *db.Tx, bookingID string, want []Amount) error {
	want = slices.Clone(want)
	slices.SortFunc(want, func(a, b Amount) int { return strings.Compare(a.EquipmentID, b.EquipmentID) })
	for _, a := range want {
		if _, err := tx.Exec(ctx, `INSERT INTO booking_equipment (booking_id, equipment_id, amount) VALUES (:b, :e, :n)`,
			db.Args{"b": bookingID, "e": a.EquipmentID, "n": a.N}); err != nil {
			return err
		}
	}
	return nil
}

// Lent is what the booking holds besides its space.
func (s *Store) Lent(ctx context.Context, q db.Querier, bookingID string) ([]Amount, error) {
	var list []Amount
	err := q.Select(ctx, &list, `SELECT x.equipment_id, x.amount FROM booking_equipment x JOIN equipment e ON e.id = x.equipment_id WHERE x.booking_id = :b
		ORDER BY e.position, e.id`, db.Args{"b": bookingID})
	return list, err
}

// LentAll is Lent of many bookings at once.
func (s *Store) LentAll(ctx context.Context, q db.Querier, bookingIDs []string) (map[string][]Amount, error) {
	all := map[string][]Amount{}
	for ids := range slices.Chunk(bookingIDs, 1000) { // the engines bound how many a query may name
		var list []struct {
			BookingID string `db:"booking_id"`
			Amount
		}
		args := db.Args{}
		if err := q.Select(ctx, &list, `SELECT x.booking_id, x.equipment_id, x.amount FROM booking_equipment x JOIN equipment e ON e.id = x.equipment_id
			WHERE x.booking_id IN (`+db.In("b", ids, args)+`) ORDER BY e.position, e.id`, args); err != nil {
			return nil, err
		}
		for _, x := range list {
			all[x.BookingID] = append(all[x.BookingID], x.Amount)
		}
	}
	return all, nil
}

// expireUses ends the holds whose time is over that have some of the equipment, in the transaction that claims it.
func (s *Store) expireUses(ctx context.Context, tx *db.Tx, want []Amount) error {
	if len(want) == 0 {
		return nil
	}
	ids, args := idsOf(want), db.Args{"now": s.Now().Unix()}
	_, err := s.end(ctx, tx, ` AND EXISTS (SELECT 1 FROM equipment_uses u WHERE u.booking_id = bookings.id AND u.equipment_id IN (`+db.In("e", ids, args)+`))`, args)
	return err
}

// idsOf are the ids, each once.
func idsOf(want []Amount) []string {
	ids := make([]string, len(want))
	for i, a := range want {
		ids[i] = a.EquipmentID
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// missing is the wanted equipment of which too few are free at some moment of the held interval. A booking named as
// except is not in its own way, and a hold whose time is over is in nobody's.
func (s *Store) missing(ctx context.Context, q db.Querier, centreID string, want []Amount, held Interval, except string) ([]Missing, error) {
	if len(want) == 0 {
		return nil, nil
	}
	all, err := s.AllEquipment(ctx, q, centreID)
	if err != nil {
		return nil, err
	}
	uses, err := s.uses(ctx, q, idsOf(want), held, except)
	if err != nil {
		return nil, err
	}
	return missingOf(all, want, uses, held)
}

// missingOf is what of the wanted is short beside the uses. It returns Invalid for equipment that the centre does not have.
func missingOf(all []Equipment, want []Amount, uses []use, held Interval) ([]Missing, error) {
	var list []Missing
	for _, a := range want {
		k := slices.IndexFunc(all, func(e Equipment) bool { return e.ID == a.EquipmentID })
		if k < 0 {
			return nil, fault.Invalid("booking.fault.no_equipment")
		}
		var own []use
		for _, u := range uses {
			if u.EquipmentID == a.EquipmentID && u.FromAt < held.End.Unix() && u.ToAt > held.Start.Unix() {
				own = append(own, u)
			}
		}
		if free, first, last := short(all[k].Quantity, a.N, own, held.Start.Unix(), held.End.Unix()); last != 0 {
			loc := held.Start.Location()
			list = append(list, Missing{Equipment: all[k], Wanted: a.N, Free: free, Start: time.Unix(first, 0).In(loc), End: time.Unix(last, 0).In(loc)})
		}
	}
	return list, nil
}

// uses are the live uses of the equipment that touch the span; a hold whose time is over is none, nor is the booking named as except.
func (s *Store) uses(ctx context.Context, q db.Querier, ids []string, span Interval, except string) ([]use, error) {
	args := db.Args{"from": span.Start.Unix(), "to": span.End.Unix(), "earliest": span.Start.Add(-MaxLength).Unix(), "except": except, "now": s.Now().Unix()}
	var list []use
	err := q.Select(ctx, &list, `SELECT u.booking_id, u.equipment_id, u.from_at, u.to_at, u.amount FROM equipment_uses u JOIN bookings b ON b.id = u.booking_id
		WHERE u.equipment_id IN (`+db.In("e", ids, args)+`) AND u.from_at > :earliest AND u.from_at < :to AND u.to_at > :from AND u.booking_id <> :except
		AND (b.state = 'confirmed' OR (b.state = 'held' AND b.expires_at > :now))`, args)
	return list, err
}

// Free is what there is of a piece of equipment through a span.
type Free struct {
	Equipment Equipment
	Least     int // at the worst moment: what can be lent for the whole span
	Levels    []Level
}

// FreeEquipment is what is free of the centre's equipment that is lent, through the span.
func (s *Store) FreeEquipment(ctx context.Context, q db.Querier, centreID string, span Interval) ([]Free, error) {
	all, err := s.AllEquipment(ctx, q, centreID)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(e Equipment) bool { return bool(e.Closed) })
	if len(all) == 0 {
		return nil, nil
	}
	ids := make([]string, len(all))
	for i, e := range all {
		ids[i] = e.ID
	}
	uses, err := s.uses(ctx, q, ids, span, "")
	if err != nil {
		return nil, err
	}
	var list []Free
	for _, e := range all {
		own := slices.DeleteFunc(slices.Clone(uses), func(u use) bool { return u.EquipmentID != e.ID })
		f := Free{Equipment: e, Levels: levels(e.Quantity, own, span.Start.Unix(), span.End.Unix()), Least: e.Quantity}
		for _, l := range f.Levels {
			f.Least = min(f.Least, l.Free)
		}
		list = append(list, f)
	}
	return list, nil
}
