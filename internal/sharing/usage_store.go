package sharing

import (
	"context"
	"slices"
	"strings"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// checkFairUse returns Invalid for limits that cannot be: a share of prime time where no hours are prime, or hours that end
// before they begin.
func checkFairUse(u booking.FairUse) error {
	var f fault.Form
	if u.PrimeShare > 0 && len(u.Prime) == 0 {
		f.Add("days", "sharing.fault.prime_days")
	}
	for _, h := range u.Prime {
		opens, errOpens := time.Parse("15:04", h.Opens)
		closes, errCloses := time.Parse("15:04", h.Closes)
		switch {
		case errOpens != nil || errCloses != nil:
			f.Add("from", "fault.not_a_time")
		case !opens.Before(closes):
			f.Add("to", "booking.fault.times")
		}
	}
	return f.Err()
}

// stored returns Conflict where a version was read and nothing is there to have it: without it, the first writing would
// take any version. touch is the row's UPDATE that changes nothing.
func stored(ctx context.Context, tx *db.Tx, version int, touch string, args db.Args) error {
	if version == 0 {
		return nil
	}
	n, err := tx.Exec(ctx, touch, args)
	if err == nil && n == 0 {
		err = fault.Conflict("booking.fault.changed_meanwhile")
	}
	return err
}

// SetFairUse stores what each organisation may hold at the centre. It returns Conflict when somebody else changed it meanwhile,
// and Invalid for what cannot be.
func (s *Store) SetFairUse(ctx context.Context, tx *db.Tx, u booking.FairUse, by string) error {
	if err := checkFairUse(u); err != nil {
		return err
	}
	if err := stored(ctx, tx, u.Version, `UPDATE fair_use SET version = version WHERE centre_id = :c`, db.Args{"c": u.CentreID}); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `INSERT INTO fair_use (centre_id, week_minutes, weeks_ahead, prime_share, prime, offer_hours, version) VALUES (:c, :w, :a, :p, :prime, :o, 1)
		ON CONFLICT (centre_id) DO UPDATE SET week_minutes = :w, weeks_ahead = :a, prime_share = :p, prime = :prime, offer_hours = :o, version = fair_use.version + 1 WHERE fair_use.version = :v`,
		db.Args{"c": u.CentreID, "w": u.WeekMinutes, "a": u.WeeksAhead, "p": u.PrimeShare, "prime": u.Prime, "o": u.OfferHours, "v": u.Version})
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Conflict("booking.fault.changed_meanwhile")
	}
	return s.note(ctx, tx, u.CentreID, "centre.fair_use", by, "centre", u.CentreID)
}

// OrganisationTerms are what one organisation has at one centre.
type OrganisationTerms struct {
	CentreID       string  `db:"centre_id"`
	OrganisationID string  `db:"organisation_id"`
	OwnLimits      db.Bool `db:"own_limits"` // in place of the centre's
	booking.Limits
	Reason  string `db:"reason"` // why it has its own
	Group   string `db:"user_group"`
	Version int    `db:"version"` // 0: nothing was set yet
}

// Check returns Invalid with a fault a field.
func (t OrganisationTerms) Check() error {
	var f fault.Form
	if bool(t.OwnLimits) && strings.TrimSpace(t.Reason) == "" {
		f.Add("reason", "sharing.fault.own_reason")
	}
	if len([]rune(t.Reason)) > 500 {
		f.Add("reason", "fault.too_long", "max", 500)
	}
	if !slices.Contains(Groups, t.Group) {
		f.Add("group", "fault.required")
	}
	return f.Err()
}

// OrganisationTerms are the organisation's at the centre.
func (s *Store) OrganisationTerms(ctx context.Context, q db.Querier, centreID, organisationID string) (OrganisationTerms, error) {
	var list []OrganisationTerms
	err := q.Select(ctx, &list, `SELECT * FROM organisation_terms WHERE centre_id = :c AND organisation_id = :o`, db.Args{"c": centreID, "o": organisationID})
	if err != nil || len(list) == 0 {
		return OrganisationTerms{CentreID: centreID, OrganisationID: organisationID, Group: NonProfit}, err
	}
	return list[0], nil
}

// SetOrganisationTerms stores them. It returns Conflict when somebody else changed them meanwhile.
func (s *Store) SetOrganisationTerms(ctx context.Context, tx *db.Tx, t OrganisationTerms, by string) error {
	if err := t.Check(); err != nil {
		return err
	}
	if err := stored(ctx, tx, t.Version, `UPDATE organisation_terms SET version = version WHERE centre_id = :c AND organisation_id = :o`,
		db.Args{"c": t.CentreID, "o": t.OrganisationID}); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `INSERT INTO organisation_terms (centre_id, organisation_id, own_limits, week_minutes, weeks_ahead, prime_share, reason, user_group, version)
		VALUES (:c, :o, :own, :w, :a, :p, :r, :g, 1) ON CONFLICT (centre_id, organisation_id) DO UPDATE SET own_limits = :own, week_minutes = :w, weeks_ahead = :a, prime_share = :p,
		reason = :r, user_group = :g, version = organisation_terms.version + 1 WHERE organisation_terms.version = :v`,
		db.Args{"c": t.CentreID, "o": t.OrganisationID, "own": t.OwnLimits, "w": t.WeekMinutes, "a": t.WeeksAhead, "p": t.PrimeShare, "r": t.Reason, "g": t.Group, "v": t.Version})
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Conflict("booking.fault.changed_meanwhile")
	}
	return s.note(ctx, tx, t.CentreID, "organisation.terms", by, "organisation", t.OrganisationID)
}

// Used is what an organisation has of a centre's rooms.
type Used struct {
	OrganisationID string `db:"organisation_id"`
	Name           string `db:"name"`
	Lately         int64  `db:"lately"` // seconds confirmed in the last LatelyWeeks weeks
	Coming         int64  `db:"coming"` // seconds held or confirmed from now on
	Refused        int    `db:"refused"`
}

// Minutes are seconds as minutes.
func Minutes(seconds int64) int { return int(seconds / 60) }

// Usage is what each organisation has at the centre, who has most first. What is discreet is nobody's.
func (s *Store) Usage(ctx context.Context, c network.Centre) ([]Used, error) {
	now := s.Now()
	var list []Used
	err := s.DB.Select(ctx, &list, `SELECT o.id AS organisation_id, o.name, u.lately, u.coming,
		(SELECT COUNT(*) FROM room_requests r JOIN room_request_dates d ON d.request_id = r.id WHERE r.centre_id = :c AND r.organisation_id = o.id AND d.state = 'refused' AND d.decided_at > :since) AS refused
		FROM (SELECT b.organisation_id,
			SUM(CASE WHEN b.state = 'confirmed' AND b.ends_at <= :now THEN b.ends_at - b.starts_at ELSE 0 END) AS lately,
			SUM(CASE WHEN b.ends_at > :now THEN b.ends_at - b.starts_at ELSE 0 END) AS coming
			FROM bookings b WHERE b.centre_id = :c AND b.organisation_id IS NOT NULL AND b.starts_at > :since
			AND (b.state = 'confirmed' OR (b.state = 'held' AND b.expires_at > :now)) AND `+booking.NotDiscreet+` GROUP BY b.organisation_id) u
		JOIN organisations o ON o.id = u.organisation_id ORDER BY u.lately + u.coming DESC, o.name, o.id`,
		db.Args{"c": c.ID, "now": now.Unix(), "since": now.AddDate(0, 0, -7*LatelyWeeks).Unix()})
	return list, err
}
