package booking

import (
	"context"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/clock"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Lost is a date that a series could not have because the room was taken, or that stands elsewhere for that reason. When
// the room becomes free it is kept for whoever lost it first, for a while; declining or letting the time run out passes
// it on. This goes before every other wish for the time, as the series had asked for it first.
type Lost struct {
	ID             string  `db:"id"`
	CentreID       string  `db:"centre_id"`
	SeriesID       *string `db:"series_id"`   // whose it is: of a series of bookings,
	ActivityID     *string `db:"activity_id"` // or of an activity
	OrganisationID *string `db:"organisation_id"`
	Title          string  `db:"title"`
	Confidential   db.Bool `db:"confidential"`
	SpaceID        string  `db:"space_id"`
	StartsAt       int64   `db:"starts_at"`
	EndsAt         int64   `db:"ends_at"`
	InsteadID      *string `db:"instead_id"` // the booking that stands in for it; nil: the date was left out
	BookingID      *string `db:"booking_id"` // the hold that keeps the room while it is offered
	State          string  `db:"state"`
	LostAt         int64   `db:"lost_at"`
	Until          *int64  `db:"until"` // of the offer
}

// States of a lost date. Those after the first two are its end.
const (
	LostYet  = "lost"
	Offered  = "offered"
	Taken    = "taken"
	Declined = "declined"
	Lapsed   = "lapsed"
	Dropped  = "dropped" // nobody wants it any more
)

// OfferTime is the longest a room is kept for whoever lost it. It ends two hours before the room is used, so that
// somebody else may still have it; with less than an hour to answer there is no offer.
const OfferTime = 48 * time.Hour

// offerUntil is when an offer made now ends; false when it is too late for one.
func offerUntil(now, start time.Time) (time.Time, bool) {
	until := now.Add(OfferTime)
	if last := start.Add(-2 * time.Hour); last.Before(until) {
		until = last
	}
	return until, !until.Before(now.Add(time.Hour))
}

// of fills in what is shown of a lost date of a series.
func (l Lost) of(s Series) Lost {
	l.CentreID, l.OrganisationID, l.Title, l.Confidential = s.CentreID, s.OrganisationID, s.Title, s.Confidential
	return l
}

// Shown is the title and holder as far as the reader may see them; empty is "zauzeto".
func (l Lost) Shown(who Reader) (title string, organisationID *string) {
	return shown(l.Title, l.OrganisationID, bool(l.Confidential), l.CentreID, who)
}

func (l Lost) interval() Interval { return Interval{time.Unix(l.StartsAt, 0), time.Unix(l.EndsAt, 0)} }

const lostColumns = `l.id, l.centre_id, l.series_id, l.activity_id, l.organisation_id, l.title, l.confidential, l.space_id, l.starts_at, l.ends_at, l.instead_id,
	l.booking_id, l.state, l.lost_at, (SELECT b.expires_at FROM bookings b WHERE b.id = l.booking_id) AS until`

// Lose remembers what a series asked for and has not, where the room is taken then or equipment is short. Who left a date
// out, or moved it, that could be as it was has lost nothing. instead is the booking that stands in for it.
func (s *Store) Lose(ctx context.Context, tx *db.Tx, l Lost, d Date, instead *string, by string) error {
	if d.Asked == nil || !d.Asked.Start.After(s.Now()) {
		return nil
	}
	space, err := s.Space(ctx, tx, d.Asked.SpaceID)
	if err != nil || space.CentreID != l.CentreID {
		return err
	}
	if err := network.LockCentre(ctx, tx, l.CentreID); err != nil { // or what frees the room now would not see that it was lost
		return err
	}
	except := ""
	if instead != nil {
		except = *instead
	}
	space = space.around(d.Own.Setup, d.Own.Clear)
	clashes, err := s.clashes(ctx, tx, space, []Interval{d.Asked.Interval}, except)
	if err != nil {
		return err
	}
	missing, err := s.missing(ctx, tx, l.CentreID, d.Own.Equipment, d.Asked.Held(space), except)
	if err != nil || len(clashes)+len(missing) == 0 {
		return err
	}
	id := db.NewID()
	if _, err := tx.Exec(ctx, `INSERT INTO lost_dates (id, centre_id, series_id, activity_id, organisation_id, title, confidential, space_id, starts_at, ends_at, instead_id, state, lost_at)
		VALUES (:id, :centre, :series, :activity, :organisation, :title, :confidential, :space, :starts, :ends, :instead, 'lost', :at)`,
		db.Args{"id": id, "centre": l.CentreID, "series": l.SeriesID, "activity": l.ActivityID, "organisation": l.OrganisationID, "title": l.Title, "confidential": l.Confidential,
			"space": d.Asked.SpaceID, "starts": d.Asked.Start.Unix(), "ends": d.Asked.End.Unix(), "instead": instead, "at": s.Now().Unix()}); err != nil {
		return err
	}
	return s.note(ctx, tx, l.CentreID, "series.lose", by, "lost_date", id)
}

// offerLost is what happens first of all when a booking's time becomes free: an offer that was kept by it passes on, and
// the rooms that are now free are kept for those who lost them.
func (s *Store) offerLost(ctx context.Context, tx *db.Tx, b Booking) error {
	now := s.Now()
	var is string
	if err := tx.Get(ctx, &is, `SELECT state FROM bookings WHERE id = :id`, db.Args{"id": b.ID}); err != nil {
		return err
	}
	end := map[string]string{Expired: Lapsed, Cancelled: Declined}[is]
	if end == "" {
		end = Dropped
	}
	if _, err := tx.Exec(ctx, `UPDATE lost_dates SET state = :end WHERE booking_id = :b AND state = 'offered'`, db.Args{"b": b.ID, "end": end}); err != nil {
		return err
	}
	if end != Dropped { // who cancels what stands in for a date does not want the date either
		// Nor what is offered to it: a date that people were told is off must not come back.
		if err := s.dropLost(ctx, tx, ` AND instead_id = :b`, db.Args{"b": b.ID}, "job"); err != nil {
			return err
		}
	}
	const around = 8 * 3600 // the longest set-up, and the longest clear-up
	var list []Lost
	if err := tx.Select(ctx, &list, `SELECT `+lostColumns+` FROM lost_dates l WHERE l.centre_id = :c AND l.state = 'lost' AND l.starts_at > :now
		AND l.starts_at < :to AND l.ends_at > :from AND (EXISTS (SELECT 1 FROM space_atoms ours JOIN space_atoms theirs ON theirs.atom_id = ours.atom_id
			WHERE ours.space_id = :space AND theirs.space_id = l.space_id)
		OR EXISTS (SELECT 1 FROM booking_equipment ours JOIN series_equipment theirs ON theirs.equipment_id = ours.equipment_id WHERE ours.booking_id = :b AND theirs.series_id = l.series_id))
		ORDER BY l.lost_at, l.id`,
		db.Args{"b": b.ID, "c": b.CentreID, "now": now.Unix(), "from": b.HeldFrom - around, "to": b.HeldTo + around, "space": b.SpaceID}); err != nil {
		return err
	}
	for _, l := range list {
		if err := s.offer(ctx, tx, l, now); err != nil {
			return err
		}
	}
	return nil
}

// offer keeps the room for the lost date where it is free, its equipment there, the centre open and the time enough to
// answer.
func (s *Store) offer(ctx context.Context, tx *db.Tx, l Lost, now time.Time) error {
	until, ok := offerUntil(now, time.Unix(l.StartsAt, 0))
	if !ok {
		return nil
	}
	space, err := s.Space(ctx, tx, l.SpaceID)
	if err != nil || bool(space.Closed) {
		return err
	}
	own, instead, err := s.ownOf(ctx, tx, l)
	if err != nil {
		return err
	}
	space = space.around(own.Setup, own.Clear)
	held := l.interval().Held(space)
	clashes, err := s.clashes(ctx, tx, space, []Interval{l.interval()}, "")
	if err != nil || len(clashes) > 0 {
		return err
	}
	missing, err := s.missing(ctx, tx, l.CentreID, own.Equipment, held, instead.ID)
	if err != nil || len(missing) > 0 {
		return err
	}
	if instead.HeldFrom < held.End.Unix() && held.Start.Unix() < instead.HeldTo { // what stands in for it keeps its equipment at that very time
		own.Equipment = nil
	}
	var zone string
	if err := tx.Get(ctx, &zone, `SELECT zone FROM centres WHERE id = :c`, db.Args{"c": l.CentreID}); err != nil {
		return err
	}
	var closed int
	if err := tx.Get(ctx, &closed, `SELECT COUNT(*) FROM closures WHERE centre_id = :c AND from_date <= :d AND to_date >= :d`,
		db.Args{"c": l.CentreID, "d": time.Unix(l.StartsAt, 0).In(clock.Zone(zone)).Format(time.DateOnly)}); err != nil || closed > 0 {
		return err
	}
	// What somebody books at this very moment only the constraint sees: then there is no offer, and what freed the room holds.
	if _, err := tx.Exec(ctx, `SAVEPOINT offer`, nil); err != nil {
		return err
	}
	hold, written, err := s.write(ctx, tx, New{SpaceID: l.SpaceID, CentreID: l.CentreID, OrganisationID: l.OrganisationID, Title: l.Title, Confidential: bool(l.Confidential),
		Start: time.Unix(l.StartsAt, 0), End: time.Unix(l.EndsAt, 0), Setup: own.Setup, Clear: own.Clear, Equipment: own.Equipment, HoldUntil: until, By: "job"})
	if taken(err) || err == nil && !written { // or somebody closes the room
		_, err = tx.Exec(ctx, `ROLLBACK TO SAVEPOINT offer`, nil)
		return err
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `RELEASE SAVEPOINT offer`, nil); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE lost_dates SET state = 'offered', booking_id = :b WHERE id = :id`, db.Args{"id": l.ID, "b": hold.ID}); err != nil {
		return err
	}
	return s.note(ctx, tx, l.CentreID, "series.offer", "job", "lost_date", l.ID)
}

// ownOf is what the lost date has of its own: that of the booking that stands in for it, which is returned too while it
// is still to come, else that of its series. Equipment that is lent no longer is not asked for.
func (s *Store) ownOf(ctx context.Context, q db.Querier, l Lost) (Own, Booking, error) {
	if l.InsteadID != nil {
		b, err := s.Booking(ctx, q, l.CentreID, *l.InsteadID)
		if err != nil {
			return Own{}, b, err
		}
		if (b.State == Confirmed || b.State == Held) && b.StartsAt > s.Now().Unix() {
			lent, err := s.Lent(ctx, q, b.ID)
			return Own{b.SetupMinutes, b.ClearMinutes, lent}, b, err
		}
	}
	if l.SeriesID == nil {
		return Own{}, Booking{}, nil
	}
	one, err := s.OneSeries(ctx, q, l.CentreID, *l.SeriesID)
	if err == nil {
		one.Equipment, err = s.stillLent(ctx, q, l.CentreID, one.Equipment)
	}
	return one.Own(), Booking{}, err
}

// Lost are the centre's dates still to come that a series lost, those that are offered back first.
func (s *Store) Lost(ctx context.Context, centreID string) ([]Lost, error) {
	var list []Lost
	err := s.DB.Select(ctx, &list, `SELECT `+lostColumns+` FROM lost_dates l WHERE l.centre_id = :c AND l.state IN ('lost','offered') AND l.starts_at > :now
		ORDER BY CASE l.state WHEN 'offered' THEN 0 ELSE 1 END, l.starts_at, l.id LIMIT 500`, db.Args{"c": centreID, "now": s.Now().Unix()})
	return list, err
}

// LostByOrganisation are the dates still to come that the organisation's series lost, at all centres, those that are offered
// back first. What is confidential is left out: a member need not be of its team.
func (s *Store) LostByOrganisation(ctx context.Context, organisationID string) ([]Lost, error) {
	var list []Lost
	err := s.DB.Select(ctx, &list, `SELECT `+lostColumns+` FROM lost_dates l WHERE l.organisation_id = :o AND l.confidential = 0 AND l.state IN ('lost','offered') AND l.starts_at > :now
		ORDER BY CASE l.state WHEN 'offered' THEN 0 ELSE 1 END, l.starts_at, l.id LIMIT 60`, db.Args{"o": organisationID, "now": s.Now().Unix()})
	return list, err
}

// LostDate is one of the centre.
func (s *Store) LostDate(ctx context.Context, q db.Querier, centreID, id string) (Lost, error) {
	var l Lost
	err := q.Get(ctx, &l, `SELECT `+lostColumns+` FROM lost_dates l WHERE l.id = :id AND l.centre_id = :c`, db.Args{"id": id, "c": centreID})
	return l, err
}

// TakeBack gives a series the date it lost, by the offer that keeps it: what stands in for the date moves there, or the
// date is booked where it was left out. It returns Conflict when the offer is over, and Invalid where that passes a limit
// of the organisation and exceed does not say why.
func (s *Store) TakeBack(ctx context.Context, tx *db.Tx, centreID, id, exceed, by string) (Lost, error) {
	if err := network.LockCentre(ctx, tx, centreID); err != nil {
		return Lost{}, err
	}
	l, err := s.LostDate(ctx, tx, centreID, id)
	if err != nil {
		return l, err
	}
	own, _, err := s.ownOf(ctx, tx, l)
	if err != nil {
		return l, err
	}
	// Before anything leaves its place, as in PlaceTx.
	if err := s.expire(ctx, tx, l.SpaceID); err != nil {
		return l, err
	}
	if err := s.expireUses(ctx, tx, own.Equipment); err != nil {
		return l, err
	}
	n, err := tx.Exec(ctx, `UPDATE lost_dates SET state = 'taken' WHERE id = :id AND state = 'offered'
		AND EXISTS (SELECT 1 FROM bookings b WHERE b.id = lost_dates.booking_id AND b.state = 'held' AND b.expires_at > :now)`, db.Args{"id": id, "now": s.Now().Unix()})
	if err != nil {
		return l, err
	}
	if n == 0 {
		return l, fault.Conflict("series.fault.offer_over")
	}
	// The hold makes room for what it was kept for; its time is not free to anybody else.
	if _, err := tx.Exec(ctx, `UPDATE bookings SET state = 'cancelled', version = version + 1 WHERE id = :id`, db.Args{"id": l.BookingID}); err != nil {
		return l, err
	}
	if l.ActivityID != nil {
		err = s.OfActivity(ctx, tx, l, by)
	} else {
		err = s.restore(ctx, tx, l, exceed, by)
	}
	if err != nil {
		return l, err
	}
	return l, s.note(ctx, tx, centreID, "series.take_back", by, "lost_date", id)
}

func (s *Store) restore(ctx context.Context, tx *db.Tx, l Lost, exceed, by string) error {
	own, instead, err := s.ownOf(ctx, tx, l)
	if err != nil {
		return err
	}
	if instead.ID != "" {
		if err := s.MoveTx(ctx, tx, l.CentreID, instead.ID, l.SpaceID, l.interval(), by); err != nil {
			return err
		}
		return s.MovedWithin(ctx, tx, l.CentreID, []Booking{instead}, exceed, by)
	}
	one, err := s.OneSeries(ctx, tx, l.CentreID, *l.SeriesID)
	if err != nil {
		return err
	}
	var zone string
	if err := tx.Get(ctx, &zone, `SELECT zone FROM centres WHERE id = :c`, db.Args{"c": l.CentreID}); err != nil {
		return err
	}
	start := time.Unix(l.StartsAt, 0).In(clock.Zone(zone))
	one.Equipment = own.Equipment
	b, err := s.BookTx(ctx, tx, one.wants(Date{Start: start, End: time.Unix(l.EndsAt, 0), SpaceID: l.SpaceID}, by))
	if err != nil {
		return err
	}
	if err := s.belongs(ctx, tx, b.ID, one.ID, start.Format(time.DateOnly)); err != nil {
		return err
	}
	return s.MovedWithin(ctx, tx, l.CentreID, []Booking{{ID: b.ID}}, exceed, by)
}

// Decline gives an offer up, so that it passes on, or forgets a date that nobody wants back. Twice changes nothing.
func (s *Store) Decline(ctx context.Context, tx *db.Tx, centreID, id, by string) error {
	if err := network.LockCentre(ctx, tx, centreID); err != nil {
		return err
	}
	l, err := s.LostDate(ctx, tx, centreID, id)
	if err != nil {
		return err
	}
	switch l.State {
	case Offered:
		return s.CancelTx(ctx, tx, centreID, *l.BookingID, by)
	case LostYet:
		return s.dropLost(ctx, tx, ` AND id = :id`, db.Args{"id": id}, by)
	}
	return nil
}

// LostOf are the dates still to come that an activity lost and may have back.
func (s *Store) LostOf(ctx context.Context, q db.Querier, activityID string) ([]Lost, error) {
	var list []Lost
	err := q.Select(ctx, &list, `SELECT `+lostColumns+` FROM lost_dates l WHERE l.activity_id = :a AND l.state IN ('lost','offered') AND l.starts_at > :now ORDER BY l.starts_at, l.id`,
		db.Args{"a": activityID, "now": s.Now().Unix()})
	return list, err
}

// Forget drops a lost date: it is asked for at another time now, or not at all.
func (s *Store) Forget(ctx context.Context, tx *db.Tx, l Lost, by string) error {
	return s.dropLost(ctx, tx, ` AND id = :id`, db.Args{"id": l.ID}, by)
}

// dropLost ends the lost dates that which chooses; what was kept for them passes on.
func (s *Store) dropLost(ctx context.Context, tx *db.Tx, which string, args db.Args, by string) error {
	var list []struct {
		ID        string  `db:"id"`
		CentreID  string  `db:"centre_id"`
		BookingID *string `db:"booking_id"`
	}
	if err := tx.Select(ctx, &list, `UPDATE lost_dates SET state = 'dropped' WHERE state IN ('lost','offered')`+which+` RETURNING id, centre_id, booking_id`, args); err != nil {
		return err
	}
	for _, l := range list {
		if err := s.note(ctx, tx, l.CentreID, "series.forget", by, "lost_date", l.ID); err != nil {
			return err
		}
		if l.BookingID != nil {
			if err := s.CancelTx(ctx, tx, l.CentreID, *l.BookingID, by); err != nil {
				return err
			}
		}
	}
	return nil
}
