package booking_test

import (
	"context"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// noon is a Thursday; tests say times as hours from it.
var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func hours(from, to float64) booking.Interval {
	at := func(h float64) time.Time { return noon.Add(time.Duration(h * float64(time.Hour))) }
	return booking.Interval{Start: at(from), End: at(to)}
}

// place is a centre with rooms, and a clock that the test moves.
type place struct {
	*booking.Store
	t                     *testing.T
	centre, other, holder string // two centres; an organisation
	now                   time.Time
}

func newPlace(t *testing.T, d *db.DB) *place {
	t.Helper()
	p := &place{t: t, centre: db.NewID(), other: db.NewID(), holder: db.NewID(), now: noon.Add(-24 * time.Hour)}
	p.Store = &booking.Store{DB: d, Now: func() time.Time { return p.now }}
	area := db.NewID()
	p.must(d.Tx(t.Context(), func(tx *db.Tx) error {
		for _, statement := range []struct {
			sql  string
			args db.Args
		}{
			{`INSERT INTO areas (id, slug, kind, name) VALUES (:id, 'area', 'city', '{}')`, db.Args{"id": area}},
			{`INSERT INTO organisations (id, slug, kind, name) VALUES (:id, 'holder', 'cso', 'Holder')`, db.Args{"id": p.holder}},
			{`INSERT INTO centres (id, slug, number, colour, organisation_id, area_id, name, zone) VALUES (:id, 'one', 1, 1, :o, :a, 'One', 'Europe/Zagreb')`,
				db.Args{"id": p.centre, "o": p.holder, "a": area}},
			{`INSERT INTO centres (id, slug, number, colour, organisation_id, area_id, name, zone) VALUES (:id, 'two', 2, 2, :o, :a, 'Two', 'Europe/Zagreb')`,
				db.Args{"id": p.other, "o": p.holder, "a": area}},
		} {
			if _, err := tx.Exec(t.Context(), statement.sql, statement.args); err != nil {
				return err
			}
		}
		return nil
	}))
	return p
}

func (p *place) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// room adds a space of the centre and returns its id.
func (p *place) room(slug string, setup, clear, holds int) string {
	p.t.Helper()
	var id string
	p.must(p.DB.Tx(p.t.Context(), func(tx *db.Tx) (err error) {
		id, err = p.AddSpace(p.t.Context(), tx, booking.Space{CentreID: p.centre, Slug: slug, Name: i18n.Text{i18n.HR: slug}, SetupMinutes: setup, ClearMinutes: clear, Holds: holds}, "cli")
		return err
	}))
	return id
}

// stock adds equipment and returns its id.
func (p *place) stock(name string, quantity int) string {
	p.t.Helper()
	var id string
	p.must(p.DB.Tx(p.t.Context(), func(tx *db.Tx) (err error) {
		id, err = p.AddEquipment(p.t.Context(), tx, booking.Equipment{CentreID: p.centre, Name: i18n.Text{i18n.HR: name}, Quantity: quantity}, "cli")
		return err
	}))
	return id
}

func (p *place) parts(id string, parts ...string) (changed bool, err error) {
	err = p.DB.Tx(p.t.Context(), func(tx *db.Tx) (err error) {
		changed, err = p.SetParts(p.t.Context(), tx, p.centre, id, parts, "cli")
		return err
	})
	return changed, err
}

// whole adds a space whose parts are the given spaces.
func (p *place) whole(slug string, parts ...string) string {
	p.t.Helper()
	id := p.room(slug, 0, 0, 0)
	p.must(p.DB.Tx(p.t.Context(), func(tx *db.Tx) error {
		_, err := p.SetParts(p.t.Context(), tx, p.centre, id, parts, "cli")
		return err
	}))
	return id
}

func (p *place) wish(space string, i booking.Interval) booking.New {
	return booking.New{SpaceID: space, CentreID: p.centre, Title: "Rehearsal", Start: i.Start, End: i.End, By: "cli"}
}

func (p *place) book(space string, i booking.Interval) booking.Booking {
	p.t.Helper()
	b, err := p.Book(p.t.Context(), p.wish(space, i))
	p.must(err)
	return b
}

func (p *place) hold(space string, i booking.Interval, until time.Time) booking.Booking {
	p.t.Helper()
	n := p.wish(space, i)
	n.HoldUntil = until
	b, err := p.Book(p.t.Context(), n)
	p.must(err)
	return b
}

// state is what the database says of the booking.
func (p *place) state(id string) string {
	p.t.Helper()
	var s string
	p.must(p.DB.Get(p.t.Context(), &s, `SELECT state FROM bookings WHERE id = :id`, db.Args{"id": id}))
	return s
}

func refused(t *testing.T, err error, kind fault.Kind, key string) {
	t.Helper()
	if !fault.Is(err, kind) || fault.Of(err).Key != key {
		t.Fatalf("got %v, want the refusal %s", err, key)
	}
}

// sound fails the test where the database holds what must never be: two live bookings that share an atom at one time,
// or a live booking whose occupancies are not exactly its atoms.
func sound(t *testing.T, d *db.DB) {
	t.Helper()
	ctx := context.Background()
	count := func(what, sql string) {
		t.Helper()
		var n int
		if err := d.Get(ctx, &n, sql, nil); err != nil {
			t.Fatal(err)
		}
		if n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	count("pairs of live bookings overlap in an atom", `SELECT COUNT(*) FROM bookings a JOIN space_atoms x ON x.space_id = a.space_id
		JOIN space_atoms y ON y.atom_id = x.atom_id JOIN bookings b ON b.space_id = y.space_id AND b.id > a.id
		WHERE a.state IN ('held','confirmed') AND b.state IN ('held','confirmed') AND a.held_from < b.held_to AND b.held_from < a.held_to`)
	count("pairs of occupancies overlap", `SELECT COUNT(*) FROM occupancies a JOIN occupancies b ON b.atom_id = a.atom_id AND b.booking_id > a.booking_id
		WHERE a.from_at < b.to_at AND b.from_at < a.to_at`)
	count("live bookings lack an occupancy", `SELECT COUNT(*) FROM bookings b JOIN space_atoms x ON x.space_id = b.space_id WHERE b.state IN ('held','confirmed')
		AND NOT EXISTS (SELECT 1 FROM occupancies o WHERE o.booking_id = b.id AND o.atom_id = x.atom_id AND o.from_at = b.held_from AND o.to_at = b.held_to)`)
	count("moments at which more equipment is held than there is", `SELECT COUNT(*) FROM bookings m JOIN booking_equipment x ON x.booking_id = m.id JOIN equipment e ON e.id = x.equipment_id
		WHERE m.state IN ('held','confirmed') AND (SELECT SUM(y.amount) FROM bookings b JOIN booking_equipment y ON y.booking_id = b.id
		WHERE y.equipment_id = e.id AND b.state IN ('held','confirmed') AND b.held_from <= m.held_from AND b.held_to > m.held_from) > e.quantity`)
	count("live bookings lack a use", `SELECT COUNT(*) FROM bookings b JOIN booking_equipment x ON x.booking_id = b.id WHERE b.state IN ('held','confirmed')
		AND NOT EXISTS (SELECT 1 FROM equipment_uses u WHERE u.booking_id = b.id AND u.equipment_id = x.equipment_id AND u.from_at = b.held_from AND u.to_at = b.held_to AND u.amount = x.amount)`)
	count("uses belong to no live booking", `SELECT COUNT(*) FROM equipment_uses u JOIN bookings b ON b.id = u.booking_id WHERE b.state NOT IN ('held','confirmed')`)
	count("occupancies belong to no live booking", `SELECT COUNT(*) FROM occupancies o JOIN bookings b ON b.id = o.booking_id WHERE b.state NOT IN ('held','confirmed')`)
}
