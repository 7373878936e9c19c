package booking

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Book holds or books a space. It returns Invalid for times that cannot be, and Conflict with the clashes ([]Clash) as
// its detail when the space, or a part of it, is taken then, or with what is missing ([]Missing) when it is equipment. It books first and looks only when the constraint refuses:
// mostly nothing is in the way, and what was may be a hold whose time is over.
func (s *Store) Book(ctx context.Context, n New) (Booking, error) {
	var b Booking
	err := s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if n.plain() {
			var written bool
			if b, written, err = s.write(ctx, tx, n); err != nil || written {
				return err
			}
		}
		if _, err = s.allowed(ctx, tx, n); err == nil { // which says what is wrong
			b, err = s.add(ctx, tx, n)
		}
		return err
	})
	if !taken(err) {
		return b, err
	}
	// What is in the way was committed: it is found without a transaction. Where nothing is any more, or only a hold whose time is over, the time is claimed.
	if err := s.inTheWay(ctx, s.DB, n); err != nil {
		return Booking{}, err
	}
	err = s.Claim(ctx, func(tx *db.Tx) (err error) {
		b, err = s.BookTx(ctx, tx, n)
		return err
	})
	return b, err
}

// inTheWay returns Conflict as Book does, where Look finds something.
func (s *Store) inTheWay(ctx context.Context, q db.Querier, n New) error {
	clashes, missing, err := s.Look(ctx, q, n)
	switch {
	case err != nil:
		return err
	case len(clashes) > 0:
		return fault.Conflict("booking.fault.clash").With(clashes)
	case len(missing) > 0:
		return fault.Conflict("booking.fault.equipment").With(missing)
	}
	return nil
}

// Claim runs f, which books, in a transaction. What only the constraint saw was committed after f had looked: f looks again, in a new
// transaction because PostgreSQL answers nothing more in a refused one, and finds by whom the space is taken.
func (s *Store) Claim(ctx context.Context, f func(*db.Tx) error) error {
	var err error
	for range 5 {
		if err = s.DB.Tx(ctx, f); !taken(err) {
			return err
		}
	}
	if db.Refused(err) == "equipment" {
		return fault.Conflict("booking.fault.equipment").Because(err)
	}
	return fault.Conflict("booking.fault.clash").Because(err)
}

// taken says that the database refused what err tells of because a space or a piece of equipment is taken.
func taken(err error) bool {
	word := db.Refused(err)
	return word == "overlap" || word == "equipment"
}

// BookTx is Book inside a transaction of another feature. The constraint's own refusal comes back as Conflict without
// clashes: on PostgreSQL nothing more can be asked in a transaction that was refused.
func (s *Store) BookTx(ctx context.Context, tx *db.Tx, n New) (Booking, error) {
	space, err := s.allowed(ctx, tx, n)
	if err != nil {
		return Booking{}, err
	}
	if err := s.expireUses(ctx, tx, n.Equipment); err != nil {
		return Booking{}, err
	}
	clashes, over, err := s.touched(ctx, tx, space, []Interval{{n.Start, n.End}}, "")
	if err == nil && over { // what it frees may go to somebody who waits
		if err = s.expire(ctx, tx, space.ID); err == nil {
			clashes, _, err = s.touched(ctx, tx, space, []Interval{{n.Start, n.End}}, "")
		}
	}
	if err != nil {
		return Booking{}, err
	}
	if len(clashes) > 0 {
		return Booking{}, fault.Conflict("booking.fault.clash").With(clashes)
	}
	missing, err := s.missing(ctx, tx, space.CentreID, n.Equipment, Interval{n.Start, n.End}.Held(space), "")
	if err != nil {
		return Booking{}, err
	}
	if len(missing) > 0 {
		return Booking{}, fault.Conflict("booking.fault.equipment").With(missing)
	}
	return s.add(ctx, tx, n)
}

// allowed is the space that n wants, where it may be booked so, with the set-up and clear-up time of n.
func (s *Store) allowed(ctx context.Context, tx *db.Tx, n New) (Space, error) {
	if err := (Interval{n.Start, n.End}).Check(); err != nil {
		return Space{}, err
	}
	space, err := s.Space(ctx, tx, n.SpaceID)
	if err != nil {
		return Space{}, err
	}
	if n.CentreID != "" && space.CentreID != n.CentreID {
		return Space{}, fault.NotFound("fault.not_found")
	}
	if space.Closed {
		return Space{}, fault.Invalid("booking.fault.closed")
	}
	if err := n.bounds(); err != nil {
		return Space{}, err
	}
	if err := s.lendable(ctx, tx, space.CentreID, n.Equipment); err != nil {
		return Space{}, err
	}
	return space.around(n.Setup, n.Clear), nil
}

// add writes the booking in a space that is allowed; the constraint refuses it where the space is taken.
func (s *Store) add(ctx context.Context, tx *db.Tx, n New) (Booking, error) {
	b, written, err := s.write(ctx, tx, n)
	if err == nil && !written { // it was closed since
		err = fault.Invalid("booking.fault.closed")
	}
	return b, err
}

// write reads the space and writes the booking in one statement; the constraint refuses it where the space is taken. It writes
// nothing where there is no such space, it is closed or another centre's.
func (s *Store) write(ctx context.Context, tx *db.Tx, n New) (b Booking, written bool, err error) {
	b = Booking{ID: db.NewID(), SpaceID: n.SpaceID, OrganisationID: n.OrganisationID, Title: n.Title, Confidential: db.Bool(n.Confidential),
		State: Confirmed, StartsAt: n.Start.Unix(), EndsAt: n.End.Unix(), CreatedBy: n.By, SetupMinutes: n.Setup, ClearMinutes: n.Clear, Version: 1}
	if !n.HoldUntil.IsZero() {
		until := n.HoldUntil.Unix()
		b.State, b.ExpiresAt = Held, &until
	}
	var space []struct {
		CentreID string `db:"centre_id"`
		HeldFrom int64  `db:"held_from"`
		HeldTo   int64  `db:"held_to"`
	}
	if err := tx.Select(ctx, &space, `INSERT INTO bookings (id, centre_id, space_id, organisation_id, title, confidential, state, starts_at, ends_at, held_from, held_to, expires_at, created_by,
		setup_minutes, clear_minutes)
		SELECT :id, s.centre_id, s.id, :organisation, :title, :confidential, :state, :starts, :ends, CAST(:starts AS BIGINT) - 60 * COALESCE(:setup, s.setup_minutes),
		CAST(:ends AS BIGINT) + 60 * COALESCE(:clear, s.clear_minutes), :expires, :by, :setup, :clear
		FROM spaces s WHERE s.id = :space AND s.closed = 0 AND (:centre = '' OR s.centre_id = :centre)
		RETURNING centre_id, held_from, held_to`,
		db.Args{"id": b.ID, "centre": n.CentreID, "space": b.SpaceID, "organisation": b.OrganisationID, "title": b.Title, "confidential": b.Confidential, "state": b.State,
			"starts": b.StartsAt, "ends": b.EndsAt, "expires": b.ExpiresAt, "by": b.CreatedBy, "setup": n.Setup, "clear": n.Clear}); err != nil || len(space) == 0 {
		return Booking{}, false, err
	}
	b.CentreID, b.HeldFrom, b.HeldTo = space[0].CentreID, space[0].HeldFrom, space[0].HeldTo
	if err := s.lend(ctx, tx, b.ID, n.Equipment); err != nil {
		return Booking{}, false, err
	}
	return b, true, s.note(ctx, tx, b.CentreID, "booking.add", n.By, "booking", b.ID)
}

// expire ends the holds whose time is over on any part of the space, in the transaction that claims it.
func (s *Store) expire(ctx context.Context, tx *db.Tx, spaceID string) error {
	_, err := s.end(ctx, tx, ` AND EXISTS (SELECT 1 FROM space_atoms ours JOIN space_atoms theirs ON theirs.atom_id = ours.atom_id
		WHERE ours.space_id = :space AND theirs.space_id = bookings.space_id)`, db.Args{"space": spaceID, "now": s.Now().Unix()})
	return err
}

// end marks the holds whose time is over, of those that which leaves, and returns how many there were.
func (s *Store) end(ctx context.Context, tx *db.Tx, which string, args db.Args) (int, error) {
	if tx.DialectOf() != db.SQLite { // the centre before its bookings, as whoever asks for a room does
		var centres []string
		if err := tx.Select(ctx, &centres, `SELECT DISTINCT centre_id FROM bookings WHERE state = 'held' AND expires_at <= :now`+which+` ORDER BY centre_id`, args); err != nil {
			return 0, err
		}
		if len(centres) == 0 {
			return 0, nil
		}
		for _, id := range centres {
			if err := network.LockCentre(ctx, tx, id); err != nil {
				return 0, err
			}
		}
	}
	var over []Booking
	if err := tx.Select(ctx, &over, `UPDATE bookings SET state = 'expired', version = version + 1
		WHERE state = 'held' AND expires_at <= :now`+which+` RETURNING `+strings.ReplaceAll(columns, "b.", ""), args); err != nil { // SQLite knows no other name here
		return 0, err
	}
	for _, b := range over {
		b.State = Held
		if err := s.note(ctx, tx, b.CentreID, "booking.expire", "job", "booking", b.ID); err != nil {
			return 0, err
		}
		if err := s.freed(ctx, tx, b); err != nil {
			return 0, err
		}
	}
	return len(over), nil
}

// Clashes finds what is in the way of booking the space for the intervals, in one look, soonest first. A booking named
// as except is not in its own way, and a hold whose time is over is in nobody's.
func (s *Store) Clashes(ctx context.Context, q db.Querier, spaceID string, intervals []Interval, except string) ([]Clash, error) {
	space, err := s.Space(ctx, q, spaceID)
	if err != nil {
		return nil, err
	}
	return s.clashes(ctx, q, space, intervals, except)
}

// Look says what is in the way of n and which of its equipment is short then, as BookTx would. It returns Invalid for equipment
// that the centre does not have.
func (s *Store) Look(ctx context.Context, q db.Querier, n New) ([]Clash, []Missing, error) {
	space, err := s.Space(ctx, q, n.SpaceID)
	if err != nil {
		return nil, nil, err
	}
	space, i := space.around(n.Setup, n.Clear), Interval{n.Start, n.End}
	clashes, err := s.clashes(ctx, q, space, []Interval{i}, "")
	if err != nil {
		return nil, nil, err
	}
	missing, err := s.missing(ctx, q, space.CentreID, n.Equipment, i.Held(space), "")
	return clashes, missing, err
}

// columns are those of a booking, for queries that call it b.
const columns = `b.id, b.centre_id, b.space_id, b.organisation_id, b.title, b.confidential, b.state, b.starts_at, b.ends_at, b.held_from, b.held_to,
	b.expires_at, b.created_by, b.setup_minutes, b.clear_minutes, b.version, b.series_id, b.series_date`

// touching are the bookings that occupy an atom of :space at some moment of [:from, :to): those that begin within, and
// of each atom the last that began before. As occupancies of an atom never overlap, no earlier one can reach so far.
const touching = `SELECT o.booking_id FROM space_atoms a JOIN occupancies o ON o.atom_id = a.atom_id WHERE a.space_id = :space AND o.from_at > :from AND o.from_at < :to
	UNION SELECT o.booking_id FROM space_atoms a JOIN occupancies o ON o.atom_id = a.atom_id
		AND o.from_at = (SELECT MAX(e.from_at) FROM occupancies e WHERE e.atom_id = a.atom_id AND e.from_at <= :from)
	WHERE a.space_id = :space AND o.to_at > :from`

func (s *Store) clashes(ctx context.Context, q db.Querier, space Space, intervals []Interval, except string) ([]Clash, error) {
	list, _, err := s.touched(ctx, q, space, intervals, except)
	return list, err
}

// touched is clashes, and says whether a hold whose time is over still keeps the space then.
func (s *Store) touched(ctx context.Context, q db.Querier, space Space, intervals []Interval, except string) (list []Clash, over bool, err error) {
	if len(intervals) == 0 {
		return nil, false, nil
	}
	from, to := intervals[0].Held(space).Start, intervals[0].Held(space).End
	for _, i := range intervals {
		h := i.Held(space)
		if h.Start.Before(from) {
			from = h.Start
		}
		if h.End.After(to) {
			to = h.End
		}
	}
	var rows []Booking
	err = q.Select(ctx, &rows, `SELECT `+columns+` FROM bookings b WHERE b.id IN (`+touching+`) AND b.id <> :except
		AND b.state IN ('confirmed','held') ORDER BY b.held_from, b.id`,
		db.Args{"space": space.ID, "from": from.Unix(), "to": to.Unix(), "except": except})
	if err != nil {
		return nil, false, err
	}
	now := s.Now().Unix()
	for _, r := range rows {
		if r.State == Held && r.ExpiresAt != nil && *r.ExpiresAt <= now {
			over = true
			continue
		}
		c := Clash{BookingID: r.ID, SpaceID: r.SpaceID, CentreID: r.CentreID, OrganisationID: r.OrganisationID, title: r.Title, confidential: bool(r.Confidential),
			Start: time.Unix(r.HeldFrom, 0).In(intervals[0].Start.Location()), End: time.Unix(r.HeldTo, 0).In(intervals[0].Start.Location()),
			Begins: time.Unix(r.StartsAt, 0).In(intervals[0].Start.Location()), Ends: time.Unix(r.EndsAt, 0).In(intervals[0].Start.Location())}
		for _, i := range intervals {
			if h := i.Held(space); c.Start.Before(h.End) && h.Start.Before(c.End) {
				list = append(list, c)
				break
			}
		}
	}
	return list, over, nil
}

// Wanted is a space that is taken at the time somebody wants it.
type Wanted struct {
	CentreID, SpaceID string
	Interval
	People int    // 0: nobody said how many
	Except string // a booking that would be given back
	Own
}

// Alternatives are the centre's spaces that are free then, with the equipment wanted: first those that fit, the smallest of them first, then
// smaller ones, then those of which nobody said how many they hold. What fits holds the people wanted; where nobody
// said how many come, as many as the wanted space. A space too small for a said number is none.
func (s *Store) Alternatives(ctx context.Context, q db.Querier, w Wanted) ([]Space, error) {
	spaces, err := s.Spaces(ctx, q, w.CentreID)
	if err != nil {
		return nil, err
	}
	people := w.People
	if at := slices.IndexFunc(spaces, func(x Space) bool { return x.ID == w.SpaceID }); people == 0 && at >= 0 {
		people = spaces[at].Holds
	}
	var free []Space
	for _, one := range spaces {
		if bool(one.Closed) || (w.People > 0 && one.Holds > 0 && one.Holds < w.People) {
			continue
		}
		clashes, err := s.clashes(ctx, q, one.around(w.Setup, w.Clear), []Interval{w.Interval}, w.Except)
		if err != nil {
			return nil, err
		}
		if len(clashes) > 0 {
			continue
		}
		missing, err := s.missing(ctx, q, w.CentreID, w.Equipment, w.Held(one.around(w.Setup, w.Clear)), w.Except)
		if err != nil {
			return nil, err
		}
		if len(missing) == 0 {
			free = append(free, one)
		}
	}
	slices.SortStableFunc(free, func(a, b Space) int { return cmp.Compare(waste(a, people), waste(b, people)) })
	return free, nil
}

// waste orders spaces by how well they suit so many people, the best first.
func waste(s Space, people int) int {
	const tooSmall, unsaid = 1 << 20, 1 << 21
	switch {
	case s.Holds == 0:
		return unsaid
	case s.Holds < people:
		return tooSmall + people - s.Holds
	}
	return s.Holds - people
}

// FreeTimes are intervals of the same length on the same day at which the space is free, nearest to the wished first,
// at most so many. They begin on a half hour between 8 and 22 o'clock of the interval's own zone.
func (s *Store) FreeTimes(ctx context.Context, q db.Querier, spaceID string, wish Interval, most int) ([]Interval, error) {
	return s.FreeTimesFor(ctx, q, Wanted{SpaceID: spaceID, Interval: wish}, most)
}

// FreeTimesFor is FreeTimes for what has its own set-up, clear-up and equipment, as if the booking named as except were
// given back.
func (s *Store) FreeTimesFor(ctx context.Context, q db.Querier, w Wanted, most int) ([]Interval, error) {
	space, err := s.Space(ctx, q, w.SpaceID)
	if err != nil {
		return nil, err
	}
	space = space.around(w.Setup, w.Clear)
	length := w.End.Sub(w.Start)
	y, m, d := w.Start.Date()
	day := func(h, minute int) time.Time { return time.Date(y, m, d, h, minute, 0, 0, w.Start.Location()) }
	taken, err := s.clashes(ctx, q, space, []Interval{{day(7, 0), day(23, 0)}}, w.Except)
	if err != nil {
		return nil, err
	}
	var all []Equipment
	var uses []use
	if len(w.Equipment) > 0 {
		if all, err = s.AllEquipment(ctx, q, space.CentreID); err != nil {
			return nil, err
		}
		if uses, err = s.uses(ctx, q, idsOf(w.Equipment), Interval{day(7, 0), day(23, 0)}.Held(space), w.Except); err != nil {
			return nil, err
		}
	}
	var free []Interval
	var starts []time.Time
	for half := range 28 {
		starts = append(starts, day(8, 30*half))
	}
	slices.SortStableFunc(starts, func(a, b time.Time) int { // nearest first, of two as near the later
		return cmp.Or(cmp.Compare(a.Sub(w.Start).Abs(), b.Sub(w.Start).Abs()), b.Compare(a))
	})
	for _, start := range starts {
		i := Interval{start, start.Add(length)}
		if i.End.After(day(22, 0)) || !i.Start.After(s.Now()) {
			continue
		}
		h, ok := i.Held(space), true
		for _, c := range taken {
			ok = ok && !(c.Start.Before(h.End) && h.Start.Before(c.End))
		}
		if ok && len(w.Equipment) > 0 {
			missing, err := missingOf(all, w.Equipment, uses, h)
			if err != nil {
				return nil, err
			}
			ok = len(missing) == 0
		}
		if ok {
			if free = append(free, i); len(free) == most {
				break
			}
		}
	}
	return free, nil
}

// Booking is one of the centre.
func (s *Store) Booking(ctx context.Context, q db.Querier, centreID, id string) (Booking, error) {
	var b Booking
	err := q.Get(ctx, &b, `SELECT `+columns+` FROM bookings b WHERE b.id = :id AND b.centre_id = :c`, db.Args{"id": id, "c": centreID})
	return b, err
}

// Between are the centre's live bookings that touch the span, by start. A busy week has many: who made them, and of which series they
// are, is left out.
func (s *Store) Between(ctx context.Context, q db.Querier, centreID string, span Interval) ([]Booking, error) {
	var list []Booking
	err := q.Select(ctx, &list, `SELECT b.id, b.space_id, b.organisation_id, b.title, b.confidential, b.state, b.starts_at, b.ends_at, b.held_from, b.held_to,
		b.expires_at, b.setup_minutes, b.clear_minutes, b.version, CASE WHEN b.state = 'held' AND NOT (`+ofNobodyElse+`) THEN 1 ELSE 0 END AS kept
		FROM bookings b WHERE b.centre_id = :c AND b.starts_at < :to AND b.starts_at > :earliest AND b.ends_at > :from
		AND (b.state = 'confirmed' OR (b.state = 'held' AND b.expires_at > :now)) ORDER BY b.starts_at, b.id`,
		db.Args{"c": centreID, "from": span.Start.Unix(), "to": span.End.Unix(), "earliest": span.Start.Add(-MaxLength).Unix(), "now": s.Now().Unix()})
	for i := range list {
		list[i].CentreID = centreID
	}
	return list, err
}

// OfOrganisation are the rooms an organisation has from the moment on, and those of them that fell with their day; by
// start, at most limit. What is confidential is left out: a member need not be of its team. So is what is only offered
// back: it is among the lost dates.
func (s *Store) OfOrganisation(ctx context.Context, organisationID string, from time.Time, limit int) ([]Booking, error) {
	var list []Booking
	err := s.DB.Select(ctx, &list, `SELECT `+columns+` FROM bookings b WHERE b.organisation_id = :o AND b.ends_at > :now AND b.confidential = 0
		AND NOT EXISTS (SELECT 1 FROM lost_dates x WHERE x.booking_id = b.id AND x.state = 'offered')
		AND (b.state = 'confirmed' OR (b.state = 'held' AND b.expires_at > :now) OR (b.state = 'cancelled' AND b.called_off_at IS NOT NULL))
		ORDER BY b.starts_at, b.id LIMIT :limit`, db.Args{"o": organisationID, "now": from.Unix(), "limit": limit})
	return list, err
}

// Cancel frees the space. Cancelling twice changes nothing.
func (s *Store) Cancel(ctx context.Context, centreID, id, by string) error {
	return s.Claim(ctx, func(tx *db.Tx) error { return s.CancelTx(ctx, tx, centreID, id, by) }) // what it frees may be booked at once
}

// CancelTx is Cancel inside a transaction of another feature.
func (s *Store) CancelTx(ctx context.Context, tx *db.Tx, centreID, id, by string) error {
	if err := network.LockCentre(ctx, tx, centreID); err != nil { // before the booking, as whoever asks for a room does
		return err
	}
	b, err := s.Booking(ctx, tx, centreID, id)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE bookings SET state = 'cancelled', version = version + 1 WHERE id = :id AND state IN ('held','confirmed')`, db.Args{"id": id})
	if err != nil || n == 0 {
		return err
	}
	if err := s.note(ctx, tx, centreID, "booking.cancel", by, "booking", id); err != nil {
		return err
	}
	return s.freed(ctx, tx, b)
}

// Confirm makes a hold a booking. It returns Conflict when the hold's time is over: somebody else may have the space.
func (s *Store) Confirm(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return s.ConfirmTx(ctx, tx, centreID, id, by) })
}

// Move gives a booking another time or space; its own set-up and clear-up time and its equipment go with it. It returns
// Conflict with the clashes ([]Clash) when the space is taken, or with what is missing ([]Missing).
func (s *Store) Move(ctx context.Context, centreID, id, spaceID string, to Interval, by string) error {
	return s.Claim(ctx, func(tx *db.Tx) error { return s.MoveTx(ctx, tx, centreID, id, spaceID, to, by) })
}

// MoveTx is Move inside a transaction of another feature; what only the constraint sees comes back as it is, as of BookTx.
func (s *Store) MoveTx(ctx context.Context, tx *db.Tx, centreID, id, spaceID string, to Interval, by string) error {
	if err := network.LockCentre(ctx, tx, centreID); err != nil {
		return err
	}
	before, err := s.Booking(ctx, tx, centreID, id)
	if err != nil {
		return err
	}
	if before.State != Confirmed && (before.State != Held || *before.ExpiresAt <= s.Now().Unix()) {
		return fault.Conflict("booking.fault.hold_over")
	}
	if err := s.ofNobody(ctx, tx, before); err != nil {
		return err
	}
	if err := s.place(ctx, tx, before, spaceID, to, by); err != nil {
		return err
	}
	after, err := s.Booking(ctx, tx, centreID, id)
	if err != nil || !leaves(before, after) {
		return err
	}
	return s.freed(ctx, tx, before)
}

// place puts a live booking elsewhere; also one that has left its place already, in the same transaction.
func (s *Store) place(ctx context.Context, tx *db.Tx, b Booking, spaceID string, to Interval, by string) error {
	if err := to.Check(); err != nil {
		return err
	}
	space, err := s.Space(ctx, tx, spaceID)
	if err != nil {
		return err
	}
	if space.CentreID != b.CentreID {
		return fault.NotFound("fault.not_found")
	}
	if space.Closed {
		return fault.Invalid("booking.fault.closed")
	}
	space = space.around(b.SetupMinutes, b.ClearMinutes)
	held := to.Held(space)
	if err := s.expire(ctx, tx, space.ID); err != nil {
		return err
	}
	lent, err := s.Lent(ctx, tx, b.ID)
	if err != nil {
		return err
	}
	if err := s.expireUses(ctx, tx, lent); err != nil {
		return err
	}
	clashes, err := s.clashes(ctx, tx, space, []Interval{to}, b.ID)
	if err != nil {
		return err
	}
	if len(clashes) > 0 {
		return fault.Conflict("booking.fault.clash").With(clashes)
	}
	missing, err := s.missing(ctx, tx, b.CentreID, lent, held, b.ID)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return fault.Conflict("booking.fault.equipment").With(missing)
	}
	n, err := tx.Exec(ctx, `UPDATE bookings SET space_id = :space, starts_at = :starts, ends_at = :ends, held_from = :from, held_to = :to, state = :state, version = version + 1
		WHERE id = :id AND version = :version`,
		db.Args{"id": b.ID, "space": spaceID, "starts": to.Start.Unix(), "ends": to.End.Unix(), "from": held.Start.Unix(), "to": held.End.Unix(), "state": b.State, "version": b.Version})
	if err != nil {
		return err
	}
	if n == 0 { // cancelled, confirmed or moved between the look and this
		return fault.Conflict("booking.fault.hold_over")
	}
	return s.note(ctx, tx, b.CentreID, "booking.move", by, "booking", b.ID)
}
