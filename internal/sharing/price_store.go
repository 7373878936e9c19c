package sharing

import (
	"context"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Prices are those of all the centre's rooms.
func (s *Store) Prices(ctx context.Context, q db.Querier, centreID string) ([]Price, error) {
	var list []Price
	err := q.Select(ctx, &list, `SELECT * FROM prices WHERE space_id IN (SELECT id FROM spaces WHERE centre_id = :c) ORDER BY space_id, user_group, prime`, db.Args{"c": centreID})
	return list, err
}

// SetRates stores a room's prices. What was settled before keeps its value.
func (s *Store) SetRates(ctx context.Context, tx *db.Tx, centreID, spaceID string, r Rates, by string) error {
	if err := r.Check(); err != nil {
		return err
	}
	for g, pair := range r {
		for t, cents := range pair {
			if _, err := tx.Exec(ctx, `INSERT INTO prices (space_id, user_group, prime, cents) VALUES (:s, :g, :p, :c) ON CONFLICT (space_id, user_group, prime) DO UPDATE SET cents = :c`,
				db.Args{"s": spaceID, "g": g, "p": t, "c": cents}); err != nil {
				return err
			}
		}
	}
	return s.note(ctx, tx, centreID, "space.prices", by, "space", spaceID)
}

// Settle fixes what each organisation's booking that is over was worth, at the prices of now, once: later prices change
// nothing of it. Who runs the centre uses its own rooms; what is discreet is in no list.
func (s *Store) Settle(ctx context.Context, c network.Centre) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		prices, err := s.Prices(ctx, tx, c.ID)
		if err != nil || len(prices) == 0 {
			return err
		}
		n, err := s.Network.Network(ctx, tx)
		if err != nil {
			return err
		}
		fair, err := s.Booking.FairUse(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		prime := booking.Prime{Hours: fair.Prime, Zone: c.Location()}
		var due []struct {
			ID       string `db:"id"`
			SpaceID  string `db:"space_id"`
			StartsAt int64  `db:"starts_at"`
			EndsAt   int64  `db:"ends_at"`
			Group    string `db:"user_group"`
		}
		if err := tx.Select(ctx, &due, `SELECT b.id, b.space_id, b.starts_at, b.ends_at, COALESCE(t.user_group, 'nonprofit') AS user_group
			FROM bookings b LEFT JOIN organisation_terms t ON t.centre_id = b.centre_id AND t.organisation_id = b.organisation_id
			WHERE b.centre_id = :c AND b.state = 'confirmed' AND b.organisation_id IS NOT NULL AND b.organisation_id <> :own AND b.ends_at <= :now AND b.starts_at > :since
			AND NOT EXISTS (SELECT 1 FROM booking_values v WHERE v.booking_id = b.id) AND `+booking.NotDiscreet+` ORDER BY b.starts_at LIMIT 5000`,
			db.Args{"c": c.ID, "own": c.OrganisationID, "now": s.Now().Unix(), "since": s.Now().AddDate(-1, -6, 0).Unix()}); err != nil {
			return err
		}
		for _, b := range due {
			rates, ok := RatesOf(prices, b.SpaceID)
			if !ok {
				continue
			}
			at := booking.Interval{Start: time.Unix(b.StartsAt, 0), End: time.Unix(b.EndsAt, 0)}
			inPrime := prime.Minutes(at)
			value, charged := rates.Worth(b.Group, inPrime, int(at.End.Sub(at.Start)/time.Minute)-inPrime)
			if _, err := tx.Exec(ctx, `INSERT INTO booking_values (booking_id, user_group, value_cents, charged_cents, currency, settled_at) VALUES (:b, :g, :v, :ch, :cur, :now)
				ON CONFLICT (booking_id) DO NOTHING`, db.Args{"b": b.ID, "g": b.Group, "v": value, "ch": charged, "cur": n.Currency, "now": s.Now().Unix()}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Charge is a line of the invoice list.
type Charge struct {
	BookingID      string  `db:"booking_id"`
	OrganisationID string  `db:"organisation_id"`
	Organisation   string  `db:"organisation"`
	SpaceID        string  `db:"space_id"`
	Title          string  `db:"title"`
	Confidential   db.Bool `db:"confidential"`
	StartsAt       int64   `db:"starts_at"`
	EndsAt         int64   `db:"ends_at"`
	Group          string  `db:"user_group"`
	ValueCents     int64   `db:"value_cents"`
	ChargedCents   int64   `db:"charged_cents"`
	Currency       string  `db:"currency"`
}

// Given is what was given away.
func (c Charge) Given() int64 { return c.ValueCents - c.ChargedCents }

// Charges are what was used in the span, by organisation and start.
func (s *Store) Charges(ctx context.Context, centreID string, span booking.Interval) ([]Charge, error) {
	var list []Charge
	err := s.DB.Select(ctx, &list, `SELECT v.booking_id, b.organisation_id, o.name AS organisation, b.space_id, b.title, b.confidential, b.starts_at, b.ends_at, v.user_group, v.value_cents, v.charged_cents, v.currency
		FROM booking_values v JOIN bookings b ON b.id = v.booking_id JOIN organisations o ON o.id = b.organisation_id
		WHERE b.centre_id = :c AND b.state = 'confirmed' AND b.starts_at >= :from AND b.starts_at < :to AND `+booking.NotDiscreet+` ORDER BY o.name, o.id, b.starts_at, b.id`,
		db.Args{"c": centreID, "from": span.Start.Unix(), "to": span.End.Unix()})
	return list, err
}

// Priced returns NotFound for a centre that has not turned prices on.
func Priced(c network.Centre) error {
	if !c.Features.Has(network.FeaturePrices) {
		return fault.NotFound("fault.not_found")
	}
	return nil
}

// Period reads a span of local days, both included; without one it is the month before that of now. It returns NotFound for
// what is none, or longer than two years.
func Period(first, last string, now time.Time, loc *time.Location) (booking.Interval, error) {
	n := now.In(loc)
	i := booking.Interval{Start: time.Date(n.Year(), n.Month()-1, 1, 0, 0, 0, 0, loc), End: time.Date(n.Year(), n.Month(), 1, 0, 0, 0, 0, loc)}
	if first == "" && last == "" {
		return i, nil
	}
	from, err := booking.Midnight(first, now, loc)
	if err != nil {
		return i, err
	}
	to, err := booking.Midnight(last, now, loc)
	if err != nil {
		return i, err
	}
	if to.Before(from) || to.After(from.AddDate(2, 0, 0)) {
		return i, fault.NotFound("fault.not_found")
	}
	return booking.Interval{Start: from, End: to.AddDate(0, 0, 1)}, nil
}

// Settled are the Charges of the span, once what is over by now has been settled.
func (s *Store) Settled(ctx context.Context, c network.Centre, span booking.Interval) ([]Charge, error) {
	if err := s.Settle(ctx, c); err != nil {
		return nil, err
	}
	return s.Charges(ctx, c.ID, span)
}

// Total is what one organisation used in a span.
type Total struct {
	OrganisationID, Organisation string
	Bookings, Minutes            int
	ValueCents, ChargedCents     int64
}

// Given is what was given away.
func (t Total) Given() int64 { return t.ValueCents - t.ChargedCents }

// Totals adds the lines up by organisation, in their order.
func Totals(list []Charge) []Total {
	var out []Total
	for _, c := range list {
		if n := len(out); n == 0 || out[n-1].OrganisationID != c.OrganisationID {
			out = append(out, Total{OrganisationID: c.OrganisationID, Organisation: c.Organisation})
		}
		t := &out[len(out)-1]
		t.Bookings++
		t.Minutes += int((c.EndsAt - c.StartsAt) / 60)
		t.ValueCents += c.ValueCents
		t.ChargedCents += c.ChargedCents
	}
	return out
}
