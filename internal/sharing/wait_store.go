package sharing

import (
	"cmp"
	"context"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// lately are the minutes that each of the waiting organisations had at the centre in the last LatelyWeeks weeks.
func (s *Store) lately(ctx context.Context, q db.Querier, centreID string, list []Wait) (map[string]int, error) {
	now := s.Now()
	span := booking.Interval{Start: now.AddDate(0, 0, -7*LatelyWeeks), End: now}
	held := map[string]int{}
	for _, w := range list {
		if _, known := held[w.OrganisationID]; known {
			continue
		}
		had, err := s.Booking.ConfirmedBy(ctx, q, centreID, w.OrganisationID, span)
		if err != nil {
			return nil, err
		}
		held[w.OrganisationID] = had
	}
	return held, nil
}

// WaitTx lets the organisation wait for the room at the one time of the ask. It returns NotFound where the centre has no such
// list, Invalid for what cannot be, and Conflict where the room is free then or it waits already.
func (s *Store) WaitTx(ctx context.Context, tx *db.Tx, a Ask) (Wait, error) {
	space, err := s.Booking.Space(ctx, tx, a.SpaceID)
	if err != nil {
		return Wait{}, err
	}
	c, err := s.Network.Centre(ctx, tx, space.CentreID)
	if err == nil && !c.Features.Has(network.FeatureWaiting) {
		err = fault.NotFound("fault.not_found")
	}
	if err != nil {
		return Wait{}, err
	}
	if len(a.Dates) > 1 {
		a.Dates = a.Dates[:1]
	}
	if err := a.Check(s.Now().In(c.Location())); err != nil {
		return Wait{}, err
	}
	terms, err := s.Terms(ctx, tx, space.ID)
	if err != nil {
		return Wait{}, err
	}
	if err := fits(space, terms, a.People); err != nil {
		return Wait{}, err
	}
	if err := s.Network.LockCentre(ctx, tx, c.ID); err != nil {
		return Wait{}, err
	}
	clashes, err := s.Booking.Clashes(ctx, tx, space.ID, a.Dates, "")
	if err != nil {
		return Wait{}, err
	}
	if len(clashes) == 0 {
		return Wait{}, fault.Conflict("sharing.fault.is_free")
	}
	var n int
	if err := tx.Get(ctx, &n, `SELECT COUNT(*) FROM slot_waits WHERE centre_id = :c AND organisation_id = :o AND state IN ('waiting','offered')`, db.Args{"c": c.ID, "o": a.OrganisationID}); err != nil {
		return Wait{}, err
	}
	if n >= MaxWaits {
		return Wait{}, fault.Conflict("sharing.fault.many_waits", "n", MaxWaits)
	}
	w := Wait{ID: db.NewID(), CentreID: c.ID, SpaceID: space.ID, OrganisationID: a.OrganisationID, StartsAt: a.Dates[0].Start.Unix(), EndsAt: a.Dates[0].End.Unix(),
		Title: a.Title, People: a.People, State: StillWaiting, CreatedBy: a.By, CreatedAt: s.Now().Unix()}
	added, err := tx.Exec(ctx, `INSERT INTO slot_waits (id, centre_id, space_id, organisation_id, starts_at, ends_at, title, people, state, created_by, created_at)
		VALUES (:id, :c, :s, :o, :from, :to, :title, :people, 'waiting', :by, :at) ON CONFLICT DO NOTHING`, db.Args{"id": w.ID, "c": w.CentreID, "s": w.SpaceID, "o": w.OrganisationID,
		"from": w.StartsAt, "to": w.EndsAt, "title": w.Title, "people": w.People, "by": w.CreatedBy, "at": w.CreatedAt})
	if err != nil {
		return w, err
	}
	if added == 0 {
		return w, fault.Conflict("sharing.fault.waits_already")
	}
	return w, s.note(ctx, tx, c.ID, "wait.add", a.By, "wait", w.ID)
}

// Waits are the organisation's that are not over, by time.
func (s *Store) Waits(ctx context.Context, organisationID string) ([]Wait, error) {
	var list []Wait
	err := s.DB.Select(ctx, &list, `SELECT * FROM slot_waits WHERE organisation_id = :o AND state IN ('waiting','offered') AND starts_at > :now ORDER BY starts_at, id`,
		db.Args{"o": organisationID, "now": s.Now().Unix()})
	return list, err
}

// Wait is one of the organisation's, or NotFound.
func (s *Store) Wait(ctx context.Context, q db.Querier, organisationID, id string) (Wait, error) {
	var w Wait
	err := q.Get(ctx, &w, `SELECT * FROM slot_waits WHERE id = :id AND organisation_id = :o`, db.Args{"id": id, "o": organisationID})
	return w, err
}

// Leave waits no longer; an offer goes on to the next. It is for a transaction of Booking.Claim.
func (s *Store) Leave(ctx context.Context, tx *db.Tx, organisationID, id, by string) error {
	w, err := s.Wait(ctx, tx, organisationID, id)
	if err != nil {
		return err
	}
	if err := s.Network.LockCentre(ctx, tx, w.CentreID); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE slot_waits SET state = 'left' WHERE id = :id AND state IN ('waiting','offered')`, db.Args{"id": id})
	if err != nil || n == 0 {
		return err
	}
	if err := s.note(ctx, tx, w.CentreID, "wait.leave", by, "wait", w.ID); err != nil || w.BookingID == nil {
		return err
	}
	return s.Booking.CancelTx(ctx, tx, w.CentreID, *w.BookingID, by)
}

// TakeTx takes what was offered: it becomes a request that holds the room, or a booking where the organisation books at once.
// It returns Conflict where the offer is over or the day is closed by now, and Invalid where the room is not shared any more.
func (s *Store) TakeTx(ctx context.Context, tx *db.Tx, organisationID, id, by string) (Request, error) {
	w, err := s.Wait(ctx, tx, organisationID, id)
	if err != nil {
		return Request{}, err
	}
	if err := s.Network.LockCentre(ctx, tx, w.CentreID); err != nil {
		return Request{}, err
	}
	n, err := tx.Exec(ctx, `UPDATE slot_waits SET state = 'taken' WHERE id = :id AND state = 'offered' AND offer_until > :now`, db.Args{"id": id, "now": s.Now().Unix()})
	if err != nil {
		return Request{}, err
	}
	if n == 0 {
		return Request{}, fault.Conflict("sharing.fault.offer_over")
	}
	over, err := s.Booking.Over(ctx, tx, w.CentreID, organisationID, []booking.Interval{w.Interval()}, []string{*w.BookingID})
	if err != nil {
		return Request{}, err
	}
	if err := booking.Exceeded(over); err != nil {
		return Request{}, err
	}
	c, err := s.Network.Centre(ctx, tx, w.CentreID)
	if err != nil {
		return Request{}, err
	}
	terms, err := s.Terms(ctx, tx, w.SpaceID)
	if err != nil {
		return Request{}, err
	}
	// What has changed since the offer is looked at as if it were asked for now.
	space, err := s.Booking.Space(ctx, tx, w.SpaceID)
	if err != nil {
		return Request{}, err
	}
	if err := fits(space, terms, w.People); err != nil {
		return Request{}, err
	}
	if closed, err := s.closed(ctx, tx, c, w.Interval()); err != nil || closed {
		return Request{}, cmp.Or(err, error(fault.Conflict("sharing.fault.closed_day")))
	}
	atOnce, err := s.atOnce(ctx, tx, c, terms, organisationID, w.Interval())
	if err != nil {
		return Request{}, err
	}
	now := s.Now()
	until := terms.HoldUntil(now, w.Interval().Start)
	r := Request{ID: db.NewSecretID(), CentreID: w.CentreID, SpaceID: w.SpaceID, OrganisationID: organisationID, Title: w.Title, People: w.People, CreatedBy: by, CreatedAt: now.Unix(),
		EscalateAt: EscalateAt(now, until).Unix(), Version: 1}
	d := Date{ID: db.NewSecretID(), RequestID: r.ID, StartsAt: w.StartsAt, EndsAt: w.EndsAt, BookingID: w.BookingID, State: Asked}
	if atOnce {
		at := now.Unix()
		d.State, d.DecidedBy, d.DecidedAt = Approved, "rule", &at
		err = s.Booking.ConfirmTx(ctx, tx, c.ID, *w.BookingID, by)
	} else {
		err = s.Booking.HoldTx(ctx, tx, c.ID, *w.BookingID, until, by)
	}
	if err != nil {
		return r, err
	}
	if err := s.insert(ctx, tx, r); err != nil {
		return r, err
	}
	if err := s.insertDate(ctx, tx, d); err != nil {
		return r, err
	}
	r.Dates = []Date{d}
	if err := s.note(ctx, tx, c.ID, "wait.take", by, "wait", w.ID); err != nil || d.State == Approved {
		return r, err
	}
	return r, s.tellDeciders(ctx, tx, c, terms, r)
}
