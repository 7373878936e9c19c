package booking

import (
	"context"
	"slices"
	"strings"

	"kvart/internal/network"
	"kvart/internal/platform/clock"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// FairUse is what a centre set for all organisations.
type FairUse struct {
	CentreID string `db:"centre_id"`
	Limits
	Prime      network.HoursList `db:"prime"`
	OfferHours int               `db:"offer_hours"` // to take freed time that was waited for
	Version    int               `db:"version"`     // 0: nothing was set yet
}

// FairUse is the centre's; what was never set limits nothing.
func (s *Store) FairUse(ctx context.Context, q db.Querier, centreID string) (FairUse, error) {
	var list []FairUse
	err := q.Select(ctx, &list, `SELECT * FROM fair_use WHERE centre_id = :c`, db.Args{"c": centreID})
	if err != nil || len(list) == 0 {
		return FairUse{CentreID: centreID, OfferHours: 24}, err
	}
	return list[0], nil
}

// LimitsOf are those of one organisation at the centre: its own where it has such, else the centre's. Who runs the centre
// has none.
func (s *Store) LimitsOf(ctx context.Context, q db.Querier, centreID, organisationID string) (Limits, Prime, error) {
	var c struct {
		Zone  string `db:"zone"`
		Runs  string `db:"organisation_id"`
		Rooms int    `db:"rooms"`
	}
	if err := q.Get(ctx, &c, `SELECT zone, organisation_id, (SELECT COUNT(*) FROM spaces s WHERE s.centre_id = c.id AND s.closed = 0) AS rooms FROM centres c WHERE id = :c`, db.Args{"c": centreID}); err != nil {
		return Limits{}, Prime{}, err
	}
	general, err := s.FairUse(ctx, q, centreID)
	if err != nil {
		return Limits{}, Prime{}, err
	}
	prime := Prime{Hours: general.Prime, Rooms: c.Rooms, Zone: clock.Zone(c.Zone)}
	if organisationID == c.Runs {
		return Limits{}, prime, nil
	}
	var own []Limits
	err = q.Select(ctx, &own, `SELECT week_minutes, weeks_ahead, prime_share FROM organisation_terms WHERE centre_id = :c AND organisation_id = :o AND own_limits = 1`,
		db.Args{"c": centreID, "o": organisationID})
	if err == nil && len(own) == 1 {
		return own[0], prime, nil
	}
	return general.Limits, prime, err
}

// NotDiscreet, a condition on bookings called b, leaves out what nobody outside its team may count.
const NotDiscreet = `NOT EXISTS (SELECT 1 FROM sessions x JOIN activities a ON a.id = x.activity_id WHERE x.booking_id = b.id AND a.discreet = 1)
	AND NOT EXISTS (SELECT 1 FROM lost_dates x JOIN activities a ON a.id = x.activity_id WHERE x.booking_id = b.id AND a.discreet = 1)`

// HeldBy is the organisation's time at the centre that touches the span, by start; bookings named as except are left out, and
// what is discreet is nobody's.
func (s *Store) HeldBy(ctx context.Context, q db.Querier, centreID, organisationID string, span Interval, except []string) ([]Interval, error) {
	args := db.Args{"c": centreID, "o": organisationID, "from": span.Start.Unix(), "to": span.End.Unix(), "earliest": span.Start.Add(-MaxLength).Unix(), "now": s.Now().Unix()}
	not := ""
	if len(except) > 0 {
		not = ` AND b.id NOT IN (` + db.In("except", except, args) + `)`
	}
	var list []Booking
	if err := q.Select(ctx, &list, `SELECT `+columns+` FROM bookings b WHERE b.centre_id = :c AND b.organisation_id = :o AND b.starts_at < :to AND b.starts_at > :earliest AND b.ends_at > :from
		AND (b.state = 'confirmed' OR (b.state = 'held' AND b.expires_at > :now)) AND `+NotDiscreet+not+` ORDER BY b.starts_at, b.id`, args); err != nil {
		return nil, err
	}
	out := make([]Interval, len(list))
	for i, b := range list {
		out[i] = b.Interval()
	}
	return out, nil
}

// Over are the organisation's limits at the centre that holding the wanted intervals would pass.
func (s *Store) Over(ctx context.Context, q db.Querier, centreID, organisationID string, wanted []Interval, except []string) ([]Excess, error) {
	limits, prime, err := s.LimitsOf(ctx, q, centreID, organisationID)
	if err != nil || limits.None() || len(wanted) == 0 {
		return nil, err
	}
	weeks := weeksOf(wanted, prime.Zone)
	held, err := s.HeldBy(ctx, q, centreID, organisationID, Interval{weeks[0], weeks[len(weeks)-1].AddDate(0, 0, 7)}, except)
	if err != nil {
		return nil, err
	}
	return limits.Check(prime, held, wanted, s.Now()), nil
}

// Within says whether holding the intervals passes a limit of the organisation; without a reason it returns Conflict then. Until
// the transaction ends nobody else books at the centre, so that two at once do not pass it together.
func (s *Store) Within(ctx context.Context, tx *db.Tx, n *network.Store, centreID string, organisationID *string, wanted []Interval, reason string) (bool, error) {
	if organisationID == nil {
		return false, nil
	}
	if err := n.LockCentre(ctx, tx, centreID); err != nil {
		return false, err
	}
	over, err := s.Over(ctx, tx, centreID, *organisationID, wanted, nil)
	if err == nil && len(over) > 0 && (reason == "" || len([]rune(reason)) > 500) {
		err = Exceeded(over)
	}
	return len(over) > 0, err
}

// MovedWithin returns Invalid, with the excess as its detail, where bookings that this transaction has moved pass a limit of
// their organisation by the time they have now, unless a reason says why they may, which is recorded. before is how they
// were; of one that was just made only its id. What kept its time is asked nothing anew. The transaction has locked the
// centre before it moved anything.
func (s *Store) MovedWithin(ctx context.Context, tx *db.Tx, centreID string, before []Booking, reason, by string) error {
	wanted, moved, own := map[string][]Interval{}, map[string][]Booking{}, map[string][]string{}
	now, err := s.byID(ctx, tx, centreID, before)
	if err != nil {
		return err
	}
	for _, was := range before {
		b, there := now[was.ID]
		if !there {
			return fault.NotFound("fault.not_found")
		}
		if b.OrganisationID == nil || b.StartsAt == was.StartsAt && b.EndsAt == was.EndsAt {
			continue
		}
		o := *b.OrganisationID
		wanted[o], moved[o], own[o] = append(wanted[o], b.Interval()), append(moved[o], b), append(own[o], b.ID)
	}
	for o := range wanted {
		over, err := s.Over(ctx, tx, centreID, o, wanted[o], own[o])
		if err != nil {
			return err
		}
		if len(over) == 0 {
			continue
		}
		if strings.TrimSpace(reason) == "" || len([]rune(reason)) > 500 {
			return Exceeded(over)
		}
		for _, b := range moved[o] {
			if err := s.Except(ctx, tx, b, reason, by); err != nil {
				return err
			}
		}
	}
	return nil
}

// byID are the bookings of the centre as they are now, by their ids.
func (s *Store) byID(ctx context.Context, q db.Querier, centreID string, list []Booking) (map[string]Booking, error) {
	all := map[string]Booking{}
	for some := range slices.Chunk(list, 1000) { // the engines bound how many a query may name
		ids, args := make([]string, len(some)), db.Args{"c": centreID}
		for i, b := range some {
			ids[i] = b.ID
		}
		var found []Booking
		if err := q.Select(ctx, &found, `SELECT `+columns+` FROM bookings b WHERE b.centre_id = :c AND b.id IN (`+db.In("b", ids, args)+`)`, args); err != nil {
			return nil, err
		}
		for _, b := range found {
			all[b.ID] = b
		}
	}
	return all, nil
}

// BookWithin books within the organisation's limits, or beyond them with the reason, which is recorded. It is for a
// transaction of Claim.
func (s *Store) BookWithin(ctx context.Context, tx *db.Tx, network *network.Store, n New, reason string) (Booking, error) {
	over, err := s.Within(ctx, tx, network, n.CentreID, n.OrganisationID, []Interval{{n.Start, n.End}}, reason)
	if err != nil {
		return Booking{}, err
	}
	b, err := s.BookTx(ctx, tx, n)
	if err != nil || !over {
		return b, err
	}
	return b, s.Except(ctx, tx, b, reason, n.By)
}

// Except notes why a booking over a limit was allowed. It returns Invalid without a reason.
func (s *Store) Except(ctx context.Context, tx *db.Tx, b Booking, reason, by string) error {
	if strings.TrimSpace(reason) == "" {
		return fault.Invalid("fault.required")
	}
	if _, err := tx.Exec(ctx, `INSERT INTO booking_exceptions (booking_id, reason, created_by, created_at) VALUES (:b, :r, :by, :now)
		ON CONFLICT (booking_id) DO UPDATE SET reason = :r, created_by = :by, created_at = :now`, db.Args{"b": b.ID, "r": reason, "by": by, "now": s.Now().Unix()}); err != nil {
		return err
	}
	return s.note(ctx, tx, b.CentreID, "booking.exception", by, "booking", b.ID)
}

// exceptSeries is Except for every booking of a series that was just made.
func (s *Store) exceptSeries(ctx context.Context, tx *db.Tx, seriesID, reason, by string) error {
	var list []Booking
	if err := tx.Select(ctx, &list, `SELECT `+columns+` FROM bookings b WHERE b.series_id = :s ORDER BY b.starts_at`, db.Args{"s": seriesID}); err != nil {
		return err
	}
	for _, b := range list {
		if err := s.Except(ctx, tx, b, reason, by); err != nil {
			return err
		}
	}
	return nil
}

// ConfirmedBy is how many minutes of the span the organisation has confirmed at the centre; what is discreet is nobody's.
func (s *Store) ConfirmedBy(ctx context.Context, q db.Querier, centreID, organisationID string, span Interval) (int, error) {
	var n int64
	err := q.Get(ctx, &n, `SELECT COALESCE(SUM(CASE WHEN b.ends_at < :to THEN b.ends_at ELSE :to END - CASE WHEN b.starts_at > :from THEN b.starts_at ELSE :from END), 0)
		FROM bookings b WHERE b.centre_id = :c AND b.organisation_id = :o AND b.state = 'confirmed' AND b.starts_at < :to AND b.starts_at > :earliest AND b.ends_at > :from AND `+NotDiscreet,
		db.Args{"c": centreID, "o": organisationID, "from": span.Start.Unix(), "to": span.End.Unix(), "earliest": span.Start.Add(-MaxLength).Unix()})
	return int(n / 60), err
}
