package support

import (
	"cmp"
	"context"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Turn is a span of a weekday in which somebody looks at messages.
type Turn struct {
	ID        string `db:"id"`
	CentreID  string `db:"centre_id"`
	AccountID string `db:"account_id"`
	Weekday   int    `db:"weekday"` // 1 Monday … 7 Sunday
	From      string `db:"from_clock"`
	To        string `db:"to_clock"`
}

// Check returns Invalid with the fields that cannot be right.
func (t Turn) Check() error {
	var f fault.Form
	if t.Weekday < 1 || t.Weekday > 7 {
		f.Add("weekday", "fault.required")
	}
	from, err := time.Parse("15:04", t.From)
	if err != nil {
		f.Add("from", "fault.not_a_time")
	}
	to, err := time.Parse("15:04", t.To)
	if err != nil {
		f.Add("to", "fault.not_a_time")
	} else if !to.After(from) {
		f.Add("to", "support.fault.times")
	}
	return f.Err()
}

// Slot is a turn on a day.
type Slot struct {
	AccountID  string
	Start, End time.Time
}

// Ahead are the coming slots, by their end, on the working days from now on: Monday to Friday less public holidays, of
// which today is the first. away says who is not there on a local date.
func Ahead(turns []Turn, away func(account, date string) bool, now time.Time, zone *time.Location, workingDays int) []Slot {
	var list []Slot
	local := now.In(zone)
	for ahead, days := 0, 0; days < workingDays && ahead < 30; ahead++ {
		day := time.Date(local.Year(), local.Month(), local.Day()+ahead, 12, 0, 0, 0, zone)
		date := day.Format(time.DateOnly)
		weekday := (int(day.Weekday())+6)%7 + 1
		working := weekday < 6 && network.HolidayOn(date) == nil
		for _, t := range turns {
			if t.Weekday != weekday || away(t.AccountID, date) || weekday < 6 && !working {
				continue
			}
			s := Slot{t.AccountID, clockOn(day, t.From, zone), clockOn(day, t.To, zone)}
			if s.End.After(now) {
				list = append(list, s)
			}
		}
		if working {
			days++
		}
	}
	slices.SortFunc(list, func(a, b Slot) int { return cmp.Or(a.End.Compare(b.End), cmp.Compare(a.AccountID, b.AccountID)) })
	return list
}

func clockOn(day time.Time, clock string, zone *time.Location) time.Time {
	t, _ := time.Parse("15:04", clock)
	return time.Date(day.Year(), day.Month(), day.Day(), t.Hour(), t.Minute(), 0, 0, zone)
}

// enough is how many of a team must be able to read before anybody can write to it, and within how many working days
// somebody must look.
const (
	enoughReaders = 2
	withinDays    = 3 // today and the next two
)

// Availability is a centre that somebody may write to, or why not.
type Availability struct {
	Centre  network.Centre
	Readers []Reader
	Others  []Reader  // of the team, who cannot read yet
	Answer  time.Time // by when somebody has looked; zero: nobody looks in the next two working days
}

// Open says whether somebody may write to the centre now.
func (a Availability) Open() bool { return len(a.Readers) >= enoughReaders && !a.Answer.IsZero() }

// Available says, for each centre in the network's order, who can read and when an answer comes.
func (s *Store) Available(ctx context.Context) ([]Availability, error) {
	centres, err := s.Network.Centres(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	var list []Availability
	for _, c := range centres {
		a, err := s.AvailableAt(ctx, c)
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, nil
}

// AvailableAt is Available for one centre.
func (s *Store) AvailableAt(ctx context.Context, c network.Centre) (Availability, error) {
	a := Availability{Centre: c}
	team, err := s.Team(ctx, s.DB, Party{Centre: c.ID})
	if err != nil || !s.Erasure.Ready() {
		return a, err
	}
	a.Readers = team.Readers()
	for _, m := range team.Members {
		if !m.Listed {
			a.Others = append(a.Others, m)
		}
	}
	slots, err := s.ahead(ctx, c, a.Readers, withinDays)
	if err == nil && len(slots) > 0 {
		a.Answer = slots[0].End
	}
	return a, err
}

// ahead are the coming slots of those who can read.
func (s *Store) ahead(ctx context.Context, c network.Centre, readers []Reader, days int) ([]Slot, error) {
	turns, err := s.Rota(ctx, s.DB, c.ID)
	if err != nil {
		return nil, err
	}
	turns = slices.DeleteFunc(turns, func(t Turn) bool {
		return !slices.ContainsFunc(readers, func(r Reader) bool { return r.AccountID == t.AccountID })
	})
	now := s.Now()
	absent := map[string][]network.Absence{}
	for _, t := range turns {
		if _, known := absent[t.AccountID]; !known {
			if absent[t.AccountID], err = s.Network.Absences(ctx, s.DB, t.AccountID, now.In(c.Location()).Format(time.DateOnly)); err != nil {
				return nil, err
			}
		}
	}
	away := func(account, date string) bool {
		return slices.ContainsFunc(absent[account], func(a network.Absence) bool { return a.FromDate <= date && date <= a.ToDate })
	}
	return Ahead(turns, away, now, c.Location(), days), nil
}

// Rota are the centre's turns through the week.
func (s *Store) Rota(ctx context.Context, q db.Querier, centreID string) ([]Turn, error) {
	var list []Turn
	err := q.Select(ctx, &list, `SELECT * FROM support_rota WHERE centre_id = :c ORDER BY weekday, from_clock, account_id`, db.Args{"c": centreID})
	return list, err
}

// AddTurn adds a turn of somebody of the centre's team. It returns Conflict for one that is there already.
func (s *Store) AddTurn(ctx context.Context, t Turn, by string) error {
	if err := t.Check(); err != nil {
		return err
	}
	team, err := s.Team(ctx, s.DB, Party{Centre: t.CentreID})
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(team.Members, func(r Reader) bool { return r.AccountID == t.AccountID }) {
		var f fault.Form
		f.Add("account", "fault.required")
		return f.Err()
	}
	t.ID = db.NewID()
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO support_rota (id, centre_id, account_id, weekday, from_clock, to_clock) VALUES (:id, :c, :a, :d, :f, :t)`,
			db.Args{"id": t.ID, "c": t.CentreID, "a": t.AccountID, "d": t.Weekday, "f": t.From, "t": t.To}); err != nil {
			return err
		}
		return network.Note(ctx, tx, t.CentreID, "support.rota", by, "turn", t.ID, s.Now())
	})
}

// RemoveTurn takes a turn out. It returns NotFound for another centre's.
func (s *Store) RemoveTurn(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM support_rota WHERE id = :id AND centre_id = :c`, db.Args{"id": id, "c": centreID})
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NotFound("fault.not_found")
		}
		return network.Note(ctx, tx, centreID, "support.rota", by, "turn", id, s.Now())
	})
}
