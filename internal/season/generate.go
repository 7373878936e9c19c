package season

import (
	"context"
	"encoding/json"
	"time"

	"kvart/internal/allotment"
	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/jobs"
)

// job names the work of booking a season.
type job struct {
	Season   string `json:"season"`
	Progress string `json:"progress"`
}

const jobKind = "season bookings"

// Jobs names the handler.
func (s *Store) Jobs(run *jobs.Runner) { run.Handle(jobKind, s.do) }

// Begin has the published season booked. While it is being booked, a second press changes nothing.
func (s *Store) Begin(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.lock(ctx, tx, centreID, id); err != nil {
			return err
		}
		one, err := s.Season(ctx, tx, centreID, id)
		if err != nil {
			return err
		}
		if one.State != Published {
			return fault.Conflict("season.fault.state")
		}
		if one.ProgressID != "" {
			p, err := jobs.GetProgress(ctx, tx, one.ProgressID, one.ProgressBy)
			if err != nil && !fault.Is(err, fault.KindNotFound) {
				return err
			}
			if err == nil && !p.Ended() {
				return nil
			}
		}
		progress, err := jobs.StartProgress(ctx, tx, "season", by, len(one.Dates()), s.Now())
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE seasons SET progress_id = :p, progress_by = :by WHERE id = :id`, db.Args{"p": progress, "by": by, "id": id}); err != nil {
			return err
		}
		if err := jobs.Enqueue(ctx, tx, jobKind, progress, job{id, progress}, s.Now()); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, "season.book", by, id)
	})
}

// do is the job. It ends with its progress, so that a second run after a death in between does the rest only.
func (s *Store) do(ctx context.Context, payload json.RawMessage) error {
	var j job
	if err := json.Unmarshal(payload, &j); err != nil {
		return err
	}
	var one Season
	err := s.DB.Get(ctx, &one, `SELECT `+columns+` FROM seasons WHERE id = :id AND progress_id = :p`, db.Args{"id": j.Season, "p": j.Progress})
	if fault.Is(err, fault.KindNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	p, err := jobs.GetProgress(ctx, s.DB, j.Progress, one.ProgressBy)
	if err != nil || p.Ended() {
		return err
	}
	stopped, err := s.Generate(ctx, one, one.ProgressBy, func(done, total int) (bool, error) {
		return jobs.Step(ctx, s.DB, j.Progress, done, total, s.Now())
	})
	state := jobs.Done
	switch {
	case ctx.Err() != nil || db.Away(err):
		return err // tried again
	case err != nil:
		state = jobs.Failed
	case stopped:
		state = jobs.Stopped
	}
	if endErr := s.DB.Tx(ctx, func(tx *db.Tx) error { return jobs.FinishProgress(ctx, tx, j.Progress, state, "", s.Now()) }); endErr != nil {
		return endErr
	}
	return err // for the log
}

// Generate books the published season, a local date a transaction, and keeps what came of each slot on each date. Days on which the
// centre is closed are skipped, public holidays among them where it is closed on those; where whoever books is asked, nobody is
// there to answer, so the day is booked and OnHolidays lists it. It stops, where step says so,
// between two weeks, so that every week is whole or not begun. What is booked already stays as it is, also where the
// booking was cancelled since; what was in the way, is tried again.
func (s *Store) Generate(ctx context.Context, one Season, by string, step func(done, total int) (stop bool, err error)) (stopped bool, err error) {
	d, err := s.Document(ctx, s.DB, one)
	if err != nil {
		return false, err
	}
	c, err := s.Network.Centre(ctx, s.DB, one.CentreID)
	if err != nil {
		return false, err
	}
	spaces, err := s.Booking.Spaces(ctx, s.DB, one.CentreID)
	if err != nil {
		return false, err
	}
	g := generation{Store: s, season: one, by: by, zone: c.Location(), today: s.Now().In(c.Location()).Format(time.DateOnly), spaces: map[string]string{}, organisations: map[string]string{}}
	for _, x := range spaces {
		g.spaces[x.Slug] = x.ID
	}
	members, err := s.Members(ctx, s.DB, one.ID)
	if err != nil {
		return false, err
	}
	for _, m := range members {
		g.organisations[m.Slug] = m.OrganisationID
	}
	byWeekday := map[time.Weekday][]allotment.Slot{}
	for _, x := range d.Template {
		byWeekday[time.Weekday(x.Weekday%7)] = append(byWeekday[time.Weekday(x.Weekday%7)], x)
	}
	dates := one.Dates()
	stop := false
	for i, date := range dates {
		day, err := time.ParseInLocation(time.DateOnly, date, g.zone)
		if err != nil {
			return false, err
		}
		if stop && day.Weekday() == time.Monday {
			return true, nil
		}
		if slots := byWeekday[day.Weekday()]; len(slots) > 0 {
			if err := s.Booking.Claim(ctx, func(tx *db.Tx) error { return g.day(ctx, tx, date, day, slots) }); err != nil {
				return false, err
			}
		}
		asked, err := step(i+1, len(dates))
		if err != nil {
			return false, err
		}
		stop = stop || asked
	}
	return false, nil
}

// generation is a season while it is booked.
type generation struct {
	*Store
	season        Season
	by            string
	zone          *time.Location
	today         string
	spaces        map[string]string // ids by slug
	organisations map[string]string
}

func (g *generation) day(ctx context.Context, tx *db.Tx, date string, day time.Time, slots []allotment.Slot) error {
	if err := g.lock(ctx, tx, g.season.CentreID, g.season.ID); err != nil {
		return err
	}
	var done []string
	if err := tx.Select(ctx, &done, `SELECT slot FROM season_dates WHERE season_id = :id AND on_date = :date AND outcome = 'booked'`, db.Args{"id": g.season.ID, "date": date}); err != nil {
		return err
	}
	booked := map[string]bool{}
	for _, id := range done {
		booked[id] = true
	}
	closures, err := g.Network.Closures(ctx, tx, g.season.CentreID, date)
	if err != nil {
		return err
	}
	all := ""
	if date < g.today {
		all = Past
	}
	for _, c := range closures {
		if c.FromDate <= date && date <= c.ToDate {
			all = Closed
		}
	}
	for _, x := range slots {
		if booked[x.ID] {
			continue
		}
		outcome, id := all, ""
		if outcome == "" {
			if outcome, id, err = g.book(ctx, tx, day, x); err != nil {
				return err
			}
		}
		var bookingID *string
		if id != "" {
			bookingID = &id
		}
		if _, err := tx.Exec(ctx, `INSERT INTO season_dates (season_id, slot, on_date, outcome, booking_id) VALUES (:id, :slot, :date, :outcome, :booking)
			ON CONFLICT (season_id, slot, on_date) DO UPDATE SET outcome = excluded.outcome, booking_id = excluded.booking_id`,
			db.Args{"id": g.season.ID, "slot": x.ID, "date": date, "outcome": outcome, "booking": bookingID}); err != nil {
			return err
		}
	}
	return nil
}

// interval is the slot on the local day.
func interval(day time.Time, x allotment.Slot) booking.Interval {
	at := func(minutes int) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day(), 0, minutes, 0, 0, day.Location())
	}
	return booking.Interval{Start: at(int(x.Start)), End: at(int(x.Start) + x.Minutes)}
}

func (g *generation) book(ctx context.Context, tx *db.Tx, day time.Time, x allotment.Slot) (outcome, id string, err error) {
	space, ok := g.spaces[x.Room]
	organisation, known := g.organisations[x.Organisation]
	if !ok || !known {
		return SpaceClosed, "", nil
	}
	i := interval(day, x)
	b, err := g.Booking.BookTx(ctx, tx, booking.New{SpaceID: space, CentreID: g.season.CentreID, OrganisationID: &organisation, Title: g.season.Name,
		Start: i.Start, End: i.End, By: g.by})
	e := fault.Of(err)
	switch {
	case err == nil:
		return Booked, b.ID, nil
	case e.Key == "booking.fault.closed":
		return SpaceClosed, "", nil
	}
	if _, clash := e.Detail.([]booking.Clash); clash {
		return Clashed, "", nil
	}
	return "", "", err // what only the constraint saw is looked at anew by Claim
}

// Stop asks the work to stop at the end of its week.
func (s *Store) Stop(ctx context.Context, one Season) error {
	return jobs.StopProgress(ctx, s.DB, one.ProgressID, one.ProgressBy)
}

// Date is what came of a slot on a date.
type Date struct {
	Slot      string  `db:"slot"`
	Date      string  `db:"on_date"`
	Outcome   string  `db:"outcome"`
	BookingID *string `db:"booking_id"`
}

// Outcomes are how many dates came to what.
func (s *Store) Outcomes(ctx context.Context, id string) (map[string]int, error) {
	var rows []struct {
		Outcome string `db:"outcome"`
		N       int    `db:"n"`
	}
	err := s.DB.Select(ctx, &rows, `SELECT outcome, COUNT(*) AS n FROM season_dates WHERE season_id = :id GROUP BY outcome`, db.Args{"id": id})
	m := map[string]int{}
	for _, r := range rows {
		m[r.Outcome] = r.N
	}
	return m, err
}

// NotBooked are the dates that were not booked, soonest first.
func (s *Store) NotBooked(ctx context.Context, id string, limit int) ([]Date, error) {
	var list []Date
	err := s.DB.Select(ctx, &list, `SELECT slot, on_date, outcome, booking_id FROM season_dates WHERE season_id = :id AND outcome <> 'booked'
		ORDER BY on_date, slot LIMIT :limit`, db.Args{"id": id, "limit": limit})
	return list, err
}

// OnHolidays are the dates booked on public holidays on which nobody has said whether the centre is open, soonest first: as one
// who books such a day is asked and may, it is booked, and somebody has to look.
func (s *Store) OnHolidays(ctx context.Context, one Season, c network.Centre, limit int) ([]Date, error) {
	if c.Holidays != network.HolidaysAsk {
		return nil, nil
	}
	var days []string
	for _, date := range one.Dates() {
		if network.HolidayOn(date) != nil {
			days = append(days, date)
		}
	}
	if len(days) == 0 {
		return nil, nil
	}
	var list []Date
	args := db.Args{"id": one.ID, "limit": limit}
	err := s.DB.Select(ctx, &list, `SELECT d.slot, d.on_date, d.outcome, d.booking_id FROM season_dates d JOIN bookings b ON b.id = d.booking_id
		WHERE d.season_id = :id AND d.outcome = 'booked' AND b.state = 'confirmed' AND d.on_date IN (`+db.In("d", days, args)+`) ORDER BY d.on_date, d.slot LIMIT :limit`, args)
	return list, err
}

// InTheWay is what stands where the slot was to be on the local day.
func (s *Store) InTheWay(ctx context.Context, spaceID string, day time.Time, x allotment.Slot) ([]booking.Clash, error) {
	return s.Booking.Clashes(ctx, s.DB, spaceID, []booking.Interval{interval(day, x)}, "")
}
