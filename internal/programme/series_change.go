package programme

import (
	"context"
	"slices"
	"strings"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// A series of an activity are its sessions that were planned on the same weekday, at the same hours, in the same room:
// "choir, Tuesdays 18 to 20 in the hall" is one, "Saturdays 10 to 12" of the same activity is another. A session that was
// moved by itself still is of the series it was planned in, as an exception: it remembers its place there. No series has
// a row of its own: to change "this and the following" is to give those another place, and with it they are another series.

// is is where the session is.
func (s Session) is() booking.Spot {
	return booking.Spot{Day: s.LocalDate, From: s.LocalStart, To: s.LocalEnd, SpaceID: deref(s.SpaceID)}
}

// planned is where its series has the session.
func (s Session) planned() booking.Spot {
	part := strings.SplitN(s.Planned, " ", 4)
	if len(part) < 4 {
		return s.is()
	}
	return booking.Spot{Day: part[0], From: part[1], To: part[2], SpaceID: part[3]}
}

// plannedText is how a session keeps where its series has it; empty for one that is there.
func plannedText(x booking.Spot) string {
	if x == (booking.Spot{}) {
		return ""
	}
	return x.Day + " " + x.From + " " + x.To + " " + x.SpaceID
}

// pattern is what the dates of one series have in common.
func pattern(x booking.Spot) booking.Spot {
	day, err := time.Parse(time.DateOnly, x.Day)
	if err == nil {
		x.Day = day.Weekday().String()
	}
	return x
}

func (s Session) occurrence() booking.Occurrence {
	return booking.Occurrence{ID: s.ID, Planned: s.planned(), Is: s.is(), StartsAt: s.Start(), Off: s.Cancelled()}
}

// seriesOf are those of the activity's sessions that are of one series with the given one, as they stand.
func seriesOf(list []Session, at Session) []booking.Occurrence {
	var series []booking.Occurrence
	for _, one := range list {
		if one.ID == at.ID || pattern(one.planned()) == pattern(at.planned()) {
			series = append(series, one.occurrence())
		}
	}
	return series
}

// Series are the sessions of the one series that the session is of, past and cancelled ones among them, by start.
func (s *Store) Series(ctx context.Context, q db.Querier, at Session) ([]Session, []booking.Occurrence, error) {
	var list []Session
	err := q.Select(ctx, &list, `SELECT * FROM sessions WHERE activity_id = :a ORDER BY starts_at, id`, db.Args{"a": at.ActivityID})
	return list, seriesOf(list, at), err
}

// SeriesChange is a change of sessions of one series from one of them on. Dates are those it touches, as they are solved:
// each names its session by RID, and the booking that session has by Lives.
type SeriesChange struct {
	CentreID, At string
	Version      int // of that session, as the page showed it
	Scope        booking.Scope
	ApartToo     bool
	Shift        booking.Shift
	Dates        []Date
	Reason       i18n.Text // that those who are told read
	By           string
}

// ChangeSeries gives the sessions that the change touches their new time and room, all or none; it is for booking's
// Claim. Everybody keeps the registration and the position, and is told once. What stays where it was is not told of.
// Conflict with the dates: rooms are taken; without: somebody else changed the series meanwhile.
func (s *Store) ChangeSeries(ctx context.Context, tx *db.Tx, c SeriesChange) error {
	if err := checkReason(c.Reason); err != nil {
		return err
	}
	if err := network.LockCentre(ctx, tx, c.CentreID); err != nil {
		return err
	}
	if err := s.lockSeries(ctx, tx, c.At); err != nil {
		return err
	}
	at, a, err := s.locked(ctx, tx, c.At)
	if err != nil {
		return err
	}
	if at.CentreID != c.CentreID {
		return fault.NotFound("fault.not_found")
	}
	list, series, err := s.Series(ctx, tx, at)
	if err != nil {
		return err
	}
	within := booking.Within(series, at.ID, c.Scope, s.Now())
	touched := booking.Touched(within, at.ID, c.ApartToo)
	if at.Version != c.Version || len(touched) == 0 || !slices.EqualFunc(touched, c.Dates, func(o booking.Occurrence, d Date) bool { return o.ID == d.RID }) {
		return fault.Conflict("programme.fault.changed_meanwhile")
	}
	if err := s.forgetLost(ctx, tx, at, within, c.By); err != nil {
		return err
	}
	by := map[string]Session{}
	for _, one := range list {
		by[one.ID] = one
	}
	var rooms []Date
	for _, d := range c.Dates {
		if d.SpaceID != "" && d.Lives != "" {
			rooms = append(rooms, d)
		}
	}
	if err := s.Booking.PlaceTx(ctx, tx, c.CentreID, rooms, c.By); err != nil {
		return named(err, c.Dates)
	}
	var changed []told
	for i, o := range touched {
		d := c.Dates[i]
		one, _, err := s.locked(ctx, tx, o.ID)
		if err != nil {
			return err
		}
		if one.Version != by[o.ID].Version {
			return fault.Conflict("programme.fault.changed_meanwhile")
		}
		planned := c.Shift.Planned(o)
		if d.Skip {
			if err := s.stay(ctx, tx, o, planned); err != nil {
				return err
			}
		} else if to := booking.SpotOf(d.Interval(), d.SpaceID); to != o.Is {
			if !d.Start.After(s.Now()) {
				return fault.Invalid("programme.fault.over")
			}
			if to == planned {
				planned = booking.Spot{}
			}
			bookingID, err := s.room(ctx, tx, one, a, d, c.By)
			if err != nil {
				if clashes, ok := fault.Of(err).Detail.([]booking.Clash); ok {
					c.Dates[i].Clashes = clashes
					return fault.Conflict("programme.fault.clash").With(c.Dates)
				}
				return err
			}
			moved, err := s.shift(ctx, tx, one, a, d, bookingID, planned, c.By)
			if err != nil {
				return err
			}
			changed = append(changed, told{one, moved})
		} else if err := s.stay(ctx, tx, o, planned); err != nil {
			return err
		}
		lives := one.BookingID
		if err := s.Booking.Lose(ctx, tx, s.lost(a), d, lives, c.By); err != nil {
			return err
		}
	}
	for _, o := range within {
		if !slices.ContainsFunc(touched, func(t booking.Occurrence) bool { return t.ID == o.ID }) {
			if err := s.stay(ctx, tx, o, c.Shift.Planned(o)); err != nil {
				return err
			}
		}
	}
	if err := s.tellSeries(ctx, tx, a, changed, "moved", c.Reason); err != nil {
		return err
	}
	return s.note(ctx, tx, c.CentreID, "sessions.move", c.By, "activity", a.ID)
}

// named puts what rooms clash with beside the dates of all.
func named(err error, dates []Date) error {
	rooms, ok := fault.Of(err).Detail.([]Date)
	if !ok {
		return err
	}
	for _, d := range rooms {
		for i := range dates {
			if dates[i].RID == d.RID {
				dates[i].Clashes = d.Clashes
			}
		}
	}
	return fault.Conflict("programme.fault.clash").With(dates)
}

// room gives the session's booking its room and time, as far as PlaceTx has not: one that had no room gets a booking, and
// one that needs none gives it back.
func (s *Store) room(ctx context.Context, tx *db.Tx, one Session, a Activity, d Date, by string) (*string, error) {
	switch {
	case d.SpaceID == "" && one.BookingID != nil:
		return nil, s.Booking.CancelTx(ctx, tx, one.CentreID, *one.BookingID, by)
	case d.SpaceID == "" || one.BookingID != nil:
		return one.BookingID, nil
	}
	b, err := s.Booking.BookTx(ctx, tx, booking.New{SpaceID: d.SpaceID, CentreID: one.CentreID, OrganisationID: a.OrganisationID, Title: s.bookingTitle(a),
		Start: d.Start, End: d.End, Confidential: bool(a.Discreet), By: by})
	return &b.ID, err
}

// stay notes where the series has a session that stays where it is: nothing of it changes that anybody is told.
func (s *Store) stay(ctx context.Context, tx *db.Tx, o booking.Occurrence, planned booking.Spot) error {
	if planned == o.Is {
		planned = booking.Spot{}
	}
	_, err := tx.Exec(ctx, `UPDATE sessions SET planned = :p, version = version + 1 WHERE id = :id`, db.Args{"id": o.ID, "p": plannedText(planned)})
	return err
}

// lost is what is shown of a date that the activity lost.
func (s *Store) lost(a Activity) booking.Lost {
	return booking.Lost{CentreID: a.CentreID, ActivityID: &a.ID, OrganisationID: a.OrganisationID, Title: s.bookingTitle(a), Confidential: a.Discreet}
}

// forgetLost drops what the series lost within the scope: it is asked for at another time now, or not at all.
func (s *Store) forgetLost(ctx context.Context, tx *db.Tx, at Session, within []booking.Occurrence, by string) error {
	if len(within) == 0 {
		return nil
	}
	from := within[0].Planned.Day
	for _, o := range within {
		from = min(from, o.Planned.Day)
	}
	list, err := s.Booking.LostOf(ctx, tx, at.ActivityID)
	if err != nil {
		return err
	}
	for _, l := range list {
		was := booking.SpotOf(booking.Interval{Start: time.Unix(l.StartsAt, 0).In(at.location()), End: time.Unix(l.EndsAt, 0).In(at.location())}, l.SpaceID)
		if was.Day >= from && pattern(was) == pattern(at.planned()) {
			if err := s.Booking.Forget(ctx, tx, l, by); err != nil {
				return err
			}
		}
	}
	return nil
}

// CancelSeries calls off what the scope reaches from the given session on, and returns how many that were. What was moved
// by itself stays, unless it is to go too. Everybody is told once.
func (s *Store) CancelSeries(ctx context.Context, tx *db.Tx, centreID, id string, scope booking.Scope, apartToo bool, reason i18n.Text, by string) (int, error) {
	if err := checkReason(reason); err != nil {
		return 0, err
	}
	if err := network.LockCentre(ctx, tx, centreID); err != nil {
		return 0, err
	}
	if err := s.lockSeries(ctx, tx, id); err != nil {
		return 0, err
	}
	at, a, err := s.locked(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	if at.CentreID != centreID {
		return 0, fault.NotFound("fault.not_found")
	}
	_, series, err := s.Series(ctx, tx, at)
	if err != nil {
		return 0, err
	}
	within := booking.Within(series, at.ID, scope, s.Now())
	if err := s.forgetLost(ctx, tx, at, within, by); err != nil {
		return 0, err
	}
	var off []told
	for _, o := range booking.Touched(within, at.ID, apartToo) {
		one, _, err := s.locked(ctx, tx, o.ID)
		if err != nil {
			return 0, err
		}
		done, err := s.callOff(ctx, tx, one, reason, by)
		if err != nil {
			return 0, err
		}
		if done {
			off = append(off, told{one, one})
		}
	}
	return len(off), s.tellSeries(ctx, tx, a, off, "cancelled", reason)
}

// TakeBack gives an activity a date back that it lost: the session that stands in for it moves there and everybody is
// told, or a session is added where the date was left out. It is booking's OfActivity.
func (s *Store) TakeBack(ctx context.Context, tx *db.Tx, l booking.Lost, by string) error {
	var a Activity
	if err := tx.Get(ctx, &a, `SELECT * FROM activities WHERE id = :id`, db.Args{"id": *l.ActivityID}); err != nil {
		return err
	}
	c, err := s.Network.Centre(ctx, tx, l.CentreID)
	if err != nil {
		return err
	}
	d := Date{Start: time.Unix(l.StartsAt, 0).In(c.Location()), End: time.Unix(l.EndsAt, 0).In(c.Location()), SpaceID: l.SpaceID}
	if l.InsteadID != nil {
		var list []Session
		if err := tx.Select(ctx, &list, `SELECT * FROM sessions WHERE booking_id = :b AND state = 'planned' AND starts_at > :now`,
			db.Args{"b": *l.InsteadID, "now": s.Now().Unix()}); err != nil {
			return err
		}
		if len(list) > 0 {
			return s.moveSession(ctx, tx, l.CentreID, list[0].ID, d, list[0].Version, nil, by)
		}
	}
	_, err = s.AddSessions(ctx, tx, a, []Date{d}, by)
	return err
}
