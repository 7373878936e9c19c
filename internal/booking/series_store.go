package booking

import (
	"context"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Dated is a booking of a series, as its pages list it.
type Dated struct {
	Booking
	Occurrence
}

// AddSeries books the dates that are not skipped, all or none, each with what the series has of its own, and returns the
// series' id. It returns Conflict with all dates and what is in the way of each as its detail ([]Date); what only the constraint sees comes back as it is: run it in
// Claim. A date solved in another way because the room is taken is remembered as lost.
func (s *Store) AddSeries(ctx context.Context, tx *db.Tx, one Series, dates []Date, by string) (string, error) {
	if err := network.LockCentre(ctx, tx, one.CentreID); err != nil {
		return "", err
	}
	for i := range dates {
		dates[i].Own = one.Own()
	}
	if err := s.lendable(ctx, tx, one.CentreID, one.Equipment); err != nil {
		return "", err
	}
	if err := s.CheckDates(ctx, tx, one.CentreID, dates); err != nil {
		return "", err
	}
	if slices.ContainsFunc(dates, Date.Taken) {
		return "", fault.Conflict("booking.fault.clash").With(dates)
	}
	one.ID, one.CreatedBy, one.CreatedAt = db.NewID(), by, s.Now().Unix()
	if err := s.keepSeries(ctx, tx, one); err != nil {
		return "", err
	}
	for i, d := range dates {
		planned := SpotOf(d.Interval(), d.SpaceID)
		if d.Asked != nil {
			planned = SpotOf(d.Asked.Interval, d.Asked.SpaceID)
		}
		var id *string
		if !d.Skip {
			b, err := s.BookTx(ctx, tx, one.wants(d, by))
			if err != nil {
				return "", Blame(dates, i, err)
			}
			if err := s.belongs(ctx, tx, b.ID, one.ID, planned.Day); err != nil {
				return "", err
			}
			id = &b.ID
		}
		if err := s.Lose(ctx, tx, Lost{SeriesID: &one.ID}.of(one), d, id, by); err != nil {
			return "", err
		}
	}
	return one.ID, s.note(ctx, tx, one.CentreID, "series.add", by, "series", one.ID)
}

// wants is the booking of one of its dates.
func (s Series) wants(d Date, by string) New {
	return New{SpaceID: d.SpaceID, CentreID: s.CentreID, OrganisationID: s.OrganisationID, Title: s.Title, Confidential: bool(s.Confidential), Start: d.Start, End: d.End,
		Setup: s.SetupMinutes, Clear: s.ClearMinutes, Equipment: s.Equipment, By: by}
}

func (s *Store) keepSeries(ctx context.Context, tx *db.Tx, one Series) error {
	if _, err := tx.Exec(ctx, `INSERT INTO booking_series (id, centre_id, organisation_id, title, confidential, space_id, weeks, local_start, local_end, created_by, created_at,
		setup_minutes, clear_minutes)
		VALUES (:id, :centre, :organisation, :title, :confidential, :space, :weeks, :start, :end, :by, :at, :setup, :clear)`,
		db.Args{"id": one.ID, "centre": one.CentreID, "organisation": one.OrganisationID, "title": one.Title, "confidential": one.Confidential, "space": one.SpaceID,
			"weeks": one.Weeks, "start": one.LocalStart, "end": one.LocalEnd, "by": one.CreatedBy, "at": one.CreatedAt, "setup": one.SetupMinutes, "clear": one.ClearMinutes}); err != nil {
		return err
	}
	for _, a := range one.Equipment {
		if _, err := tx.Exec(ctx, `INSERT INTO series_equipment (series_id, equipment_id, amount) VALUES (:s, :e, :n)`, db.Args{"s": one.ID, "e": a.EquipmentID, "n": a.N}); err != nil {
			return err
		}
	}
	return nil
}

// belongs puts a booking on a date of a series.
func (s *Store) belongs(ctx context.Context, tx *db.Tx, bookingID, seriesID, day string) error {
	_, err := tx.Exec(ctx, `UPDATE bookings SET series_id = :s, series_date = :d WHERE id = :id`, db.Args{"id": bookingID, "s": seriesID, "d": day})
	return err
}

// AllSeries are the centre's series that have a date still to come, by their next date, and how many those are.
func (s *Store) AllSeries(ctx context.Context, centreID string) ([]SeriesNext, error) {
	var list []SeriesNext
	err := s.DB.Select(ctx, &list, `SELECT x.*, n.next_at, n.coming FROM booking_series x
		JOIN (SELECT series_id, MIN(starts_at) AS next_at, COUNT(*) AS coming FROM bookings WHERE centre_id = :c AND series_id IS NOT NULL AND ends_at > :now AND state = 'confirmed' GROUP BY series_id) n
		ON n.series_id = x.id WHERE x.centre_id = :c ORDER BY n.next_at, x.id LIMIT 500`, db.Args{"c": centreID, "now": s.Now().Unix()})
	return list, err
}

// SeriesNext is a series with its next date.
type SeriesNext struct {
	Series
	Next   int64 `db:"next_at"`
	Coming int   `db:"coming"`
}

// OneSeries is a series of the centre.
func (s *Store) OneSeries(ctx context.Context, q db.Querier, centreID, id string) (Series, error) {
	var one Series
	if err := q.Get(ctx, &one, `SELECT * FROM booking_series WHERE id = :id AND centre_id = :c`, db.Args{"id": id, "c": centreID}); err != nil {
		return one, err
	}
	err := q.Select(ctx, &one.Equipment, `SELECT x.equipment_id, x.amount FROM series_equipment x JOIN equipment e ON e.id = x.equipment_id WHERE x.series_id = :s
		ORDER BY e.position, e.id`, db.Args{"s": id})
	return one, err
}

// DatesOf are the bookings of a series by start, the cancelled ones too.
func (s *Store) DatesOf(ctx context.Context, q db.Querier, one Series, zone *time.Location) ([]Dated, error) {
	var rows []Booking
	if err := q.Select(ctx, &rows, `SELECT `+columns+` FROM bookings b WHERE b.series_id = :s ORDER BY b.starts_at, b.id`, db.Args{"s": one.ID}); err != nil {
		return nil, err
	}
	var list []Dated
	for _, b := range rows {
		is := Interval{time.Unix(b.StartsAt, 0).In(zone), time.Unix(b.EndsAt, 0).In(zone)}
		list = append(list, Dated{b, Occurrence{ID: b.ID, Planned: Spot{b.SeriesDate, one.LocalStart, one.LocalEnd, one.SpaceID}, Is: SpotOf(is, b.SpaceID),
			StartsAt: is.Start, Off: b.State != Confirmed && b.State != Held}})
	}
	return list, nil
}

func occurrences(list []Dated) []Occurrence {
	all := make([]Occurrence, len(list))
	for i, d := range list {
		all[i] = d.Occurrence
	}
	return all
}

func bookingsOf(list []Dated) []Booking {
	all := make([]Booking, len(list))
	for i, d := range list {
		all[i] = d.Booking
	}
	return all
}

// lockSeries reads a series and its bookings with its row locked: two who change it at once are answered one after the
// other.
func (s *Store) lockSeries(ctx context.Context, tx *db.Tx, centreID, id string, zone *time.Location) (Series, []Dated, error) {
	if _, err := tx.Exec(ctx, `UPDATE booking_series SET version = version WHERE id = :id AND centre_id = :c`, db.Args{"id": id, "c": centreID}); err != nil {
		return Series{}, nil, err
	}
	one, err := s.OneSeries(ctx, tx, centreID, id)
	if err != nil {
		return one, nil, err
	}
	list, err := s.DatesOf(ctx, tx, one, zone)
	return one, list, err
}

// SeriesChange is a change of dates of a series from one of its bookings on. Dates are those it touches, as they are
// solved; each names by Lives the booking it is.
type SeriesChange struct {
	CentreID, SeriesID, At string
	Version                int // of the series, as the page showed it
	Scope                  Scope
	ApartToo               bool
	Shift                  Shift
	Dates                  []Date
	Zone                   *time.Location
	Exceed                 string // why a limit of the organisation may be passed
	By                     string
}

// ChangeSeries moves what the change touches, all or none. It returns Conflict with the dates when rooms are taken, and
// when somebody else changed the series meanwhile, and Invalid where the new times pass a limit. A change of all or of those that follow makes them a series of their
// own where earlier dates stay as they were. A date left out stays where it is, as an exception.
func (s *Store) ChangeSeries(ctx context.Context, tx *db.Tx, c SeriesChange) (string, error) {
	if err := network.LockCentre(ctx, tx, c.CentreID); err != nil {
		return "", err
	}
	one, list, err := s.lockSeries(ctx, tx, c.CentreID, c.SeriesID, c.Zone)
	if err != nil {
		return "", err
	}
	if one.Version != c.Version {
		return "", fault.Conflict("series.fault.changed_meanwhile")
	}
	within := Within(occurrences(list), c.At, c.Scope, s.Now())
	touched := Touched(within, c.At, c.ApartToo)
	if !slices.EqualFunc(touched, c.Dates, func(o Occurrence, d Date) bool { return o.ID == d.Lives }) {
		return "", fault.Conflict("series.fault.changed_meanwhile")
	}
	if c.Scope != This {
		if err := s.dropLost(ctx, tx, ` AND series_id = :owner AND starts_at >= :from`, db.Args{"owner": one.ID, "from": first(within).Unix()}, c.By); err != nil {
			return "", err
		}
	}
	if err := s.PlaceTx(ctx, tx, c.CentreID, c.Dates, c.By); err != nil {
		return "", err
	}
	if err := s.MovedWithin(ctx, tx, c.CentreID, bookingsOf(list), c.Exceed, c.By); err != nil {
		return "", err
	}
	if c.Scope == This { // the series stays where it is
		if err := s.touch(ctx, tx, one.ID); err != nil {
			return "", err
		}
		return one.ID, s.note(ctx, tx, c.CentreID, "series.change", c.By, "series", one.ID)
	}
	to := one
	to.SpaceID, to.LocalStart, to.LocalEnd = c.Shift.SpaceID, c.Shift.From, c.Shift.To
	if len(within) < len(list) {
		to.ID, to.CreatedBy, to.CreatedAt = db.NewID(), c.By, s.Now().Unix()
		if err := s.keepSeries(ctx, tx, to); err != nil {
			return "", err
		}
		if err := s.touch(ctx, tx, one.ID); err != nil {
			return "", err
		}
	} else if _, err := tx.Exec(ctx, `UPDATE booking_series SET space_id = :space, local_start = :start, local_end = :end, version = version + 1 WHERE id = :id`,
		db.Args{"id": to.ID, "space": to.SpaceID, "start": to.LocalStart, "end": to.LocalEnd}); err != nil {
		return "", err
	}
	for _, o := range within { // exceptions too: they are of the series, where they are
		if err := s.belongs(ctx, tx, o.ID, to.ID, c.Shift.Planned(o).Day); err != nil {
			return "", err
		}
	}
	for _, d := range c.Dates {
		if err := s.Lose(ctx, tx, Lost{SeriesID: &to.ID}.of(to), d, &d.Lives, c.By); err != nil {
			return "", err
		}
	}
	return to.ID, s.note(ctx, tx, c.CentreID, "series.change", c.By, "series", to.ID)
}

func (s *Store) touch(ctx context.Context, tx *db.Tx, seriesID string) error {
	_, err := tx.Exec(ctx, `UPDATE booking_series SET version = version + 1 WHERE id = :id`, db.Args{"id": seriesID})
	return err
}

// first is the earliest moment of the occurrences, by where the series has them and by where they are.
func first(list []Occurrence) time.Time {
	var at time.Time
	for _, o := range list {
		start, err := time.ParseInLocation(time.DateOnly, o.Planned.Day, o.StartsAt.Location())
		if err != nil || o.StartsAt.Before(start) {
			start = o.StartsAt
		}
		if at.IsZero() || start.Before(at) {
			at = start
		}
	}
	return at
}

// CancelSeries cancels what the scope reaches from the given booking on, and returns how many those were. Exceptions stay
// unless they are to go too. Its lost dates of that time are asked for no more.
func (s *Store) CancelSeries(ctx context.Context, tx *db.Tx, centreID, seriesID, at string, scope Scope, apartToo bool, zone *time.Location, by string) (int, error) {
	if err := network.LockCentre(ctx, tx, centreID); err != nil {
		return 0, err
	}
	one, list, err := s.lockSeries(ctx, tx, centreID, seriesID, zone)
	if err != nil {
		return 0, err
	}
	within := Within(occurrences(list), at, scope, s.Now())
	if scope != This {
		if err := s.dropLost(ctx, tx, ` AND series_id = :owner AND starts_at >= :from`, db.Args{"owner": one.ID, "from": first(within).Unix()}, by); err != nil {
			return 0, err
		}
	}
	touched := Touched(within, at, apartToo)
	for _, o := range touched {
		if err := s.CancelTx(ctx, tx, centreID, o.ID, by); err != nil {
			return 0, err
		}
	}
	if err := s.touch(ctx, tx, one.ID); err != nil {
		return 0, err
	}
	return len(touched), s.note(ctx, tx, centreID, "series.cancel", by, "series", one.ID)
}

// PlaceTx moves bookings to other times and spaces, all or none, each as its date says by Lives. All leave their places
// before any takes its new one, so that a series can be moved onto itself. A date that is skipped stays. It returns
// Conflict with all dates as its detail when something is in the way.
func (s *Store) PlaceTx(ctx context.Context, tx *db.Tx, centreID string, dates []Date, by string) error {
	var before []Booking
	var ids []string
	for _, d := range dates {
		if d.Skip || d.Lives == "" {
			continue
		}
		b, err := s.Booking(ctx, tx, centreID, d.Lives)
		if err != nil {
			return err
		}
		if b.State != Confirmed && (b.State != Held || *b.ExpiresAt <= s.Now().Unix()) {
			return fault.Conflict("booking.fault.hold_over")
		}
		before, ids = append(before, b), append(ids, b.ID)
	}
	if err := s.expireFor(ctx, tx, centreID, dates); err != nil {
		return err
	}
	args := db.Args{}
	if _, err := tx.Exec(ctx, `UPDATE bookings SET state = 'cancelled' WHERE id IN (`+db.In("id", ids, args)+`)`, args); err != nil {
		return err
	}
	if err := s.CheckDates(ctx, tx, centreID, dates); err != nil {
		return err
	}
	if slices.ContainsFunc(dates, Date.Taken) {
		return fault.Conflict("booking.fault.clash").With(dates)
	}
	k := 0
	for i, d := range dates {
		if d.Skip || d.Lives == "" {
			continue
		}
		if err := s.place(ctx, tx, before[k], d.SpaceID, d.Interval(), by); err != nil {
			return Blame(dates, i, err)
		}
		k++
	}
	for _, b := range before {
		after, err := s.Booking(ctx, tx, centreID, b.ID)
		if err != nil {
			return err
		}
		if leaves(b, after) {
			if err := s.freed(ctx, tx, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// expireFor ends the holds whose time is over that are in the way of the dates, before anything has left its place: what
// such a hold frees is offered to whoever lost it, and must not be what stands empty for a moment only.
func (s *Store) expireFor(ctx context.Context, tx *db.Tx, centreID string, dates []Date) error {
	if err := s.owns(ctx, tx, centreID, dates); err != nil {
		return err
	}
	done := map[string]bool{"": true}
	var lent []Amount
	for _, d := range dates {
		if d.Skip {
			continue
		}
		lent = append(lent, d.Own.Equipment...)
		if !done[d.SpaceID] {
			done[d.SpaceID] = true
			if err := s.expire(ctx, tx, d.SpaceID); err != nil {
				return err
			}
		}
	}
	return s.expireUses(ctx, tx, lent)
}

// leaves says whether some of the time that was held is free.
func leaves(before, after Booking) bool {
	return before.SpaceID != after.SpaceID || before.HeldFrom < after.HeldFrom || before.HeldTo > after.HeldTo
}
