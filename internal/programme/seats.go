package programme

import (
	"cmp"
	"context"
	"slices"
	"time"

	"kvart/internal/platform/db"
)

// seats are the places of a series: one capacity for all its dates, as the same people come to all of them. Whoever has
// a place on any date still to come holds one, so that a single date given back is nobody else's. The limits are those of
// the next date.
type seats struct {
	Session                // the next date, with Taken and TakenWeb counted over the series
	dates   int            // still to come
	holders map[string]int // people, by whose
	line    []Registration // one for each who waits, in the order in which they came
}

func (s *Store) seats(ctx context.Context, q db.Querier, a Activity, now time.Time) (seats, error) {
	v := seats{holders: map[string]int{}}
	var dates []Session
	if err := q.Select(ctx, &dates, `SELECT * FROM sessions WHERE activity_id = :a AND state = 'planned' AND starts_at > :now ORDER BY starts_at, id`,
		db.Args{"a": a.ID, "now": now.Unix()}); err != nil || len(dates) == 0 {
		return v, err
	}
	v.Session, v.dates, v.Taken, v.TakenWeb = dates[0], len(dates), 0, 0
	var all []Registration
	if err := q.Select(ctx, &all, `SELECT r.* FROM registrations r JOIN sessions s ON s.id = r.session_id
		WHERE s.activity_id = :a AND s.state = 'planned' AND s.starts_at > :now AND r.state IN ('confirmed','offered','waiting') ORDER BY s.starts_at, s.id, r.position`,
		db.Args{"a": a.ID, "now": now.Unix()}); err != nil {
		return v, err
	}
	for _, r := range all {
		if r.State == Waiting {
			continue
		}
		who := whose(r)
		if more := r.Party - v.holders[who]; more > 0 {
			v.holders[who] = r.Party
			v.Taken += more
			if r.Channel == Web {
				v.TakenWeb += more
			}
		}
	}
	seen := map[string]bool{}
	for _, r := range all {
		if who := whose(r); r.State == Waiting && v.holders[who] == 0 && !seen[who] {
			seen[who] = true
			v.line = append(v.line, r)
		}
	}
	slices.SortStableFunc(v.line, func(a, b Registration) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.Position, b.Position))
	})
	return v, nil
}

// seatsTaken is seats for lists, of the series that which chooses of sessions x: how many places of each are taken on its
// dates to come, and how many wait. It counts as seats does.
func seatsTaken(which string) string {
	return `SELECT w.activity_id, SUM(w.party) AS taken, SUM(w.web) AS taken_web, SUM(CASE WHEN w.party = 0 AND w.waits = 1 THEN 1 ELSE 0 END) AS waiting
	FROM (SELECT x.activity_id, MAX(CASE WHEN r.state <> 'waiting' THEN r.party ELSE 0 END) AS party, MAX(CASE WHEN r.state <> 'waiting' AND r.channel = 'web' THEN r.party ELSE 0 END) AS web,
			MAX(CASE WHEN r.state = 'waiting' THEN 1 ELSE 0 END) AS waits
		FROM sessions x JOIN activities y ON y.id = x.activity_id JOIN registrations r ON r.session_id = x.id
		WHERE y.register_for = 'series' AND x.state = 'planned' AND x.starts_at > :now AND r.state IN ('confirmed','offered','waiting')
			AND ` + which + `
		GROUP BY x.activity_id, COALESCE(r.person_id, r.bundle_id)) w GROUP BY w.activity_id`
}

// seatsOf gives the listed dates to come of series the places of their series, as PublicSession does: a date given back is
// nobody else's.
func (s *Store) seatsOf(ctx context.Context, a *announcing) error {
	if len(a.ofSeries) == 0 {
		return nil
	}
	now := s.Now().Unix()
	var rows []struct {
		ActivityID string `db:"activity_id"`
		Taken      int    `db:"taken"`
		TakenWeb   int    `db:"taken_web"`
		Waiting    int    `db:"waiting"`
	}
	var ids []string
	for i := range a.ofSeries {
		ids = append(ids, a.list[i].ActivityID)
	}
	slices.Sort(ids)
	args := db.Args{"now": now}
	if err := s.DB.Select(ctx, &rows, seatsTaken(`x.activity_id IN (`+db.In("series", slices.Compact(ids), args)+`)`), args); err != nil {
		return err
	}
	for _, row := range rows {
		for i := range a.ofSeries {
			if l := &a.list[i]; l.ActivityID == row.ActivityID && l.StartsAt > now {
				l.Taken, l.TakenWeb, l.Waiting = max(l.Taken, row.Taken), max(l.TakenWeb, row.TakenWeb), row.Waiting
			}
		}
	}
	return nil
}

// stateFor decides for all dates at once what a new registration becomes. Who has a place on other dates keeps it.
func (v seats) stateFor(person *string, channel Channel, party int, now time.Time) string {
	if person != nil && v.holders[*person] >= party {
		return Confirmed
	}
	web, desk := 0, 0
	for _, r := range v.line {
		if r.Channel == Web {
			web++
		} else {
			desk++
		}
	}
	return v.Session.stateFor(channel, party, web, desk, now)
}

// offerSeries is offer for a series: a free place is offered on all its dates at once, and told of once. The activity's row
// is locked. After is the position on the given session of the one whose offer just ran out, else 0.
func (s *Store) offerSeries(ctx context.Context, tx *db.Tx, a Activity, at Session, after int64, asked bool, now time.Time) error {
	v, err := s.seats(ctx, tx, a, now)
	if err != nil || v.dates == 0 {
		return err
	}
	centre, err := s.Network.Centre(ctx, tx, a.CentreID)
	if err != nil {
		return err
	}
	line := v.line
	if after > 0 {
		var before []Registration
		if err := tx.Select(ctx, &before, `SELECT * FROM registrations WHERE session_id = :s AND position = :p`, db.Args{"s": at.ID, "p": after}); err != nil {
			return err
		}
		for i, r := range line {
			if len(before) > 0 && whose(r) == whose(before[0]) {
				line = line[i+1:]
				break
			}
		}
	}
	if asked {
		day := now.Add(-24 * time.Hour).Unix()
		line = slices.DeleteFunc(line, func(r Registration) bool { return r.LastOffer >= day })
	}
	for {
		r := v.next(line, 0, now)
		if r == nil {
			return nil
		}
		r.State = Offered // in the line: whether or not a date has room, nobody is looked at twice
		c, err := s.contact(ctx, tx, *r)
		if err != nil {
			return err
		}
		var until *int64
		if c.mail {
			u := v.offerUntil(now, centre.ConfirmHours).Unix()
			until = &u
		}
		n, err := tx.Exec(ctx, `UPDATE registrations SET state = 'offered', offered_at = :now, last_offer_at = :now, offer_until = :until
			WHERE bundle_id = :b AND state = 'waiting' AND session_id IN (SELECT id FROM sessions WHERE activity_id = :a AND state = 'planned' AND starts_at > :now
				AND (capacity IS NULL OR taken + :party <= capacity))`,
			db.Args{"now": now.Unix(), "until": until, "b": r.BundleID, "a": a.ID, "party": r.Party})
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		v.Taken += r.Party
		if r.Channel == Web {
			v.TakenWeb += r.Party
		}
		if err := s.note(ctx, tx, r.CentreID, "registration.offer", "job", "registration", r.ID); err != nil {
			return err
		}
		if err := s.tellOffered(ctx, tx, *r, until); err != nil {
			return err
		}
	}
}
