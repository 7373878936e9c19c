package premises

import (
	"context"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/clock"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/programme"
)

// Store keeps requests and their history.
type Store struct {
	DB        *db.DB
	Now       func() time.Time
	Network   *network.Store
	Programme *programme.Store
}

const columns = `r.id, r.centre_id, r.area_id, r.place, r.address, r.slots, r.period_from, r.period_to, r.kind, r.about, r.members, r.volunteers, r.contact, r.results_from,
	r.results_to, r.sessions, r.recorded, r.minutes, r.came, r.few, r.counted_on, r.state, r.sent_on, r.reference, r.answer_days, r.asked_on, r.decided_on, r.reason,
	r.conditions, r.valid_from, r.valid_to, r.renew_on, r.renews_id, r.version, r.created_at`

// order puts what is still open first, and the newest on top.
const order = ` ORDER BY CASE WHEN r.state IN ('prepared','sent','granted') THEN 0 ELSE 1 END, r.created_at DESC, r.id DESC`

// OfCentre are the centre's requests: what is still open first, then the newest on top.
func (s *Store) OfCentre(ctx context.Context, q db.Querier, centreID string) ([]Request, error) {
	var list []Request
	err := q.Select(ctx, &list, `SELECT `+columns+` FROM premises_requests r WHERE r.centre_id = :c`+order+` LIMIT 500`, db.Args{"c": centreID})
	return list, err
}

// All are the requests of the whole network, by centre.
func (s *Store) All(ctx context.Context, q db.Querier) ([]Request, error) {
	var list []Request
	err := q.Select(ctx, &list, `SELECT `+columns+` FROM premises_requests r JOIN centres c ON c.id = r.centre_id
		ORDER BY CASE WHEN r.state IN ('prepared','sent','granted') THEN 0 ELSE 1 END, c.number, r.created_at DESC, r.id DESC LIMIT 2000`, nil)
	return list, err
}

// Request is one of the centre's, with the activities whose results it tells; another centre's is NotFound.
func (s *Store) Request(ctx context.Context, q db.Querier, centreID, id string) (Request, error) {
	var r Request
	if err := q.Get(ctx, &r, `SELECT `+columns+` FROM premises_requests r WHERE r.id = :id AND r.centre_id = :c`, db.Args{"id": id, "c": centreID}); err != nil {
		return r, err
	}
	err := q.Select(ctx, &r.Activities, `SELECT x.activity_id FROM premises_activities x JOIN activities a ON a.id = x.activity_id
		WHERE x.request_id = :id AND a.discreet = 0 ORDER BY x.activity_id`, db.Args{"id": id})
	return r, err
}

// Changes are the request's history, oldest first.
func (s *Store) Changes(ctx context.Context, q db.Querier, id string) ([]Change, error) {
	var list []Change
	err := q.Select(ctx, &list, `SELECT * FROM premises_changes WHERE request_id = :id ORDER BY at, id`, db.Args{"id": id})
	return list, err
}

// Successor is the request that continues this one and was not refused or withdrawn, or "".
func (s *Store) Successor(ctx context.Context, q db.Querier, id string) (string, error) {
	var next []string
	err := q.Select(ctx, &next, `SELECT id FROM premises_requests WHERE renews_id = :id AND state NOT IN ('declined','withdrawn')`, db.Args{"id": id})
	if err != nil || len(next) == 0 {
		return "", err
	}
	return next[0], nil
}

// Add keeps a new request in the transaction, with its results counted, and returns its id. It returns Invalid with a
// fault a field.
func (s *Store) Add(ctx context.Context, tx *db.Tx, r Request, by string) (string, error) {
	centre, err := s.complete(ctx, tx, &r)
	if err != nil {
		return "", err
	}
	r.ID, r.State, r.CreatedAt = db.NewID(), Prepared, s.Now().Unix()
	args := r.args()
	args["state"], args["created"], args["renews"] = string(Prepared), r.CreatedAt, r.RenewsID
	if _, err := tx.Exec(ctx, `INSERT INTO premises_requests (id, centre_id, area_id, place, address, slots, period_from, period_to, kind, about, members, volunteers, contact,
		results_from, results_to, sessions, recorded, minutes, came, few, counted_on, state, renews_id, created_at)
		VALUES (:id, :centre, :area, :place, :address, :slots, :period_from, :period_to, :kind, :about, :members, :volunteers, :contact,
		:results_from, :results_to, :sessions, :recorded, :minutes, :came, :few, :counted_on, :state, :renews, :created)`, args); err != nil {
		return "", err
	}
	if err := s.link(ctx, tx, r); err != nil {
		return "", err
	}
	return r.ID, s.stepped(ctx, tx, centre.ID, r.ID, "", Prepared, "premises.prepare", by)
}

// Change stores a request that is still being prepared, with its results counted anew. It returns Conflict when somebody
// else changed it since the given version, or when it was sent meanwhile.
func (s *Store) Change(ctx context.Context, r Request, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		before, err := s.Request(ctx, tx, r.CentreID, r.ID)
		if err != nil {
			return err
		}
		if before.State != Prepared {
			return fault.Conflict("premises.fault.not_now")
		}
		if _, err := s.complete(ctx, tx, &r); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE premises_requests SET area_id = :area, place = :place, address = :address, slots = :slots, period_from = :period_from,
			period_to = :period_to, kind = :kind, about = :about, members = :members, volunteers = :volunteers, contact = :contact, results_from = :results_from,
			results_to = :results_to, sessions = :sessions, recorded = :recorded, minutes = :minutes, came = :came, few = :few, counted_on = :counted_on, version = version + 1
			WHERE id = :id AND centre_id = :centre AND state = 'prepared' AND version = :version`, r.args())
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Conflict("premises.fault.changed_meanwhile")
		}
		if err := s.link(ctx, tx, r); err != nil {
			return err
		}
		return network.Note(ctx, tx, r.CentreID, "premises.change", by, "premises", r.ID, s.Now())
	})
}

// complete checks the request and counts its results.
func (s *Store) complete(ctx context.Context, tx *db.Tx, r *Request) (network.Centre, error) {
	centre, err := s.Network.Centre(ctx, tx, r.CentreID)
	if err != nil {
		return centre, err
	}
	var f fault.Form
	if err := r.Check(); err != nil {
		for _, x := range fault.Of(err).Fields {
			f.Add(x.Name, x.Key, x.Args...)
		}
	}
	var known int
	if err := tx.Get(ctx, &known, `SELECT COUNT(*) FROM areas WHERE id = :id AND kind = 'committee'`, db.Args{"id": r.AreaID}); err != nil {
		return centre, err
	}
	if known == 0 && r.AreaID != "" {
		f.Add("area", "premises.fault.area")
	}
	slices.Sort(r.Activities)
	r.Activities = slices.Compact(r.Activities)
	args := db.Args{"c": r.CentreID}
	if err := tx.Get(ctx, &known, `SELECT COUNT(*) FROM activities WHERE centre_id = :c AND discreet = 0 AND id IN (`+db.In("a", r.Activities, args)+`)`, args); err != nil {
		return centre, err
	}
	if known != len(r.Activities) {
		f.Add("activities", "premises.fault.activity")
	}
	if err := f.Err(); err != nil {
		return centre, err
	}
	return centre, s.count(ctx, tx, centre, r)
}

// count fills in the request's results from what Kvart holds.
func (s *Store) count(ctx context.Context, tx *db.Tx, centre network.Centre, r *Request) error {
	n, err := s.Network.Network(ctx, tx)
	if err != nil {
		return err
	}
	zone := centre.Location()
	first, err := time.ParseInLocation(time.DateOnly, r.ResultsFrom, zone)
	if err != nil {
		return err
	}
	last, err := time.ParseInLocation(time.DateOnly, r.ResultsTo, zone)
	if err != nil {
		return err
	}
	held, err := s.Programme.Held(ctx, tx, centre.ID, r.Activities, first, last.AddDate(0, 0, 1))
	if err != nil {
		return err
	}
	r.Results, r.CountedOn = Sum(held, n.Disclosure), today(s.Now(), centre)
	return nil
}

func today(now time.Time, c network.Centre) string {
	return now.In(c.Location()).Format(time.DateOnly)
}

func (s *Store) link(ctx context.Context, tx *db.Tx, r Request) error {
	if _, err := tx.Exec(ctx, `DELETE FROM premises_activities WHERE request_id = :id`, db.Args{"id": r.ID}); err != nil {
		return err
	}
	for _, a := range r.Activities {
		if _, err := tx.Exec(ctx, `INSERT INTO premises_activities (request_id, activity_id) VALUES (:id, :a)`, db.Args{"id": r.ID, "a": a}); err != nil {
			return err
		}
	}
	return nil
}

func (r Request) args() db.Args {
	return db.Args{"id": r.ID, "centre": r.CentreID, "area": r.AreaID, "place": r.Place, "address": r.Address, "slots": r.Slots, "period_from": r.PeriodFrom, "period_to": r.PeriodTo,
		"kind": r.Kind, "about": r.About, "members": r.Members, "volunteers": r.Volunteers, "contact": r.Contact, "results_from": r.ResultsFrom, "results_to": r.ResultsTo,
		"sessions": r.Sessions, "recorded": r.Recorded, "minutes": r.Minutes, "came": r.Came, "few": r.Few, "counted_on": r.CountedOn, "version": r.Version}
}

// stepped writes a step into the history and the audit log.
func (s *Store) stepped(ctx context.Context, tx *db.Tx, centreID, id string, from, to State, action, by string) error {
	if _, err := tx.Exec(ctx, `INSERT INTO premises_changes (id, request_id, from_state, to_state, by_account, at) VALUES (:id, :r, :from, :to, :by, :at)`,
		db.Args{"id": db.NewID(), "r": id, "from": string(from), "to": string(to), "by": by, "at": s.Now().Unix()}); err != nil {
		return err
	}
	return network.Note(ctx, tx, centreID, action, by, "premises", id, s.Now())
}

// step takes the request to another state, with what is to be written down beside it: set is a list of assignments,
// each of a named argument. It returns Conflict where the request is not in a state from which it may.
func (s *Store) step(ctx context.Context, tx *db.Tx, r Request, to State, by, set string, args db.Args) error {
	if !May(r.State, to) {
		return fault.Conflict("premises.fault.not_now")
	}
	if args == nil {
		args = db.Args{}
	}
	args["id"], args["from"], args["to"] = r.ID, string(r.State), string(to)
	n, err := tx.Exec(ctx, `UPDATE premises_requests SET state = :to`+set+`, version = version + 1 WHERE id = :id AND state = :from`, args)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Conflict("premises.fault.not_now")
	}
	return s.stepped(ctx, tx, r.CentreID, r.ID, r.State, to, "premises."+string(to), by)
}

// act runs an act on one of the centre's requests in a transaction, with the local date.
func (s *Store) act(ctx context.Context, centreID, id string, do func(tx *db.Tx, r Request, today string) error) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err := s.Request(ctx, tx, centreID, id)
		if err != nil {
			return err
		}
		centre, err := s.Network.Centre(ctx, tx, centreID)
		if err != nil {
			return err
		}
		return do(tx, r, today(s.Now(), centre))
	})
}

// Send writes down that the request was made in the city's application. Its results stay as they were told.
func (s *Store) Send(ctx context.Context, centreID, id string, x Sending, by string) error {
	return s.act(ctx, centreID, id, func(tx *db.Tx, r Request, today string) error {
		if !May(r.State, Sent) {
			return fault.Conflict("premises.fault.not_now")
		}
		if err := x.Check(today); err != nil {
			return err
		}
		return s.step(ctx, tx, r, Sent, by, `, sent_on = :on, reference = :reference, answer_days = :days`, db.Args{"on": x.On, "reference": x.Reference, "days": x.AnswerDays})
	})
}

// Ask writes down that somebody asked after the answer today: the list of tasks is quiet for as many days again.
func (s *Store) Ask(ctx context.Context, centreID, id, by string) error {
	return s.act(ctx, centreID, id, func(tx *db.Tx, r Request, today string) error {
		if r.State != Sent {
			return fault.Conflict("premises.fault.not_now")
		}
		if _, err := tx.Exec(ctx, `UPDATE premises_requests SET asked_on = :on, version = version + 1 WHERE id = :id`, db.Args{"on": today, "id": id}); err != nil {
			return err
		}
		return network.Note(ctx, tx, centreID, "premises.ask", by, "premises", id, s.Now())
	})
}

// Decide writes down the city's answer. What was granted before is corrected by a further call; where this is the next
// year of another request, that one is renewed.
func (s *Store) Decide(ctx context.Context, centreID, id string, d Decision, by string) error {
	return s.act(ctx, centreID, id, func(tx *db.Tx, r Request, today string) error {
		correct := r.State == Granted && d.Granted
		if r.State != Sent && !correct {
			return fault.Conflict("premises.fault.not_now")
		}
		if err := d.Check(r.SentOn, today); err != nil {
			return err
		}
		if !d.Granted {
			return s.step(ctx, tx, r, Declined, by, `, decided_on = :on, reason = :reason`, db.Args{"on": d.On, "reason": d.Reason})
		}
		if d.RenewOn == "" {
			d.RenewOn = RenewalDate(d.ValidFrom, d.ValidTo)
		}
		set := `, decided_on = :on, reason = :reason, conditions = :conditions, valid_from = :valid_from, valid_to = :valid_to, renew_on = :renew_on`
		args := db.Args{"on": d.On, "reason": d.Reason, "conditions": d.Conditions, "valid_from": d.ValidFrom, "valid_to": d.ValidTo, "renew_on": d.RenewOn}
		if correct {
			args["id"] = id
			if _, err := tx.Exec(ctx, `UPDATE premises_requests SET version = version + 1`+set+` WHERE id = :id AND state = 'granted'`, args); err != nil {
				return err
			}
			return network.Note(ctx, tx, centreID, "premises.correct", by, "premises", id, s.Now())
		}
		if err := s.step(ctx, tx, r, Granted, by, set, args); err != nil {
			return err
		}
		if r.RenewsID == nil {
			return nil
		}
		before, err := s.Request(ctx, tx, centreID, *r.RenewsID)
		if err != nil || before.State != Granted { // what is over stays over
			return err
		}
		return s.step(ctx, tx, before, Renewed, by, "", nil)
	})
}

// Withdraw writes down that the request is not made, or was taken back.
func (s *Store) Withdraw(ctx context.Context, centreID, id, by string) error {
	return s.act(ctx, centreID, id, func(tx *db.Tx, r Request, _ string) error {
		return s.step(ctx, tx, r, Withdrawn, by, "", nil)
	})
}

// Again prepares the next request from this one, with the results of the year until yesterday, and returns its id: for
// the year after what was granted, else for a year from today. It returns the one there is where that was done before.
func (s *Store) Again(ctx context.Context, centreID, id, by string) (next string, err error) {
	err = s.act(ctx, centreID, id, func(tx *db.Tx, r Request, today string) error {
		if err := s.Network.LockCentre(ctx, tx, centreID); err != nil { // two presses at once make one
			return err
		}
		if r.State == Renewed {
			next, err = s.Successor(ctx, tx, r.ID)
			return err
		}
		if !r.State.Again() {
			return fault.Conflict("premises.fault.not_now")
		}
		n := r
		n.PeriodFrom = today
		if r.State == Granted || r.State == Expired {
			n.RenewsID = &r.ID
			if d, ok := date(r.ValidTo); ok {
				n.PeriodFrom = max(today, d.AddDate(0, 0, 1).Format(time.DateOnly))
			}
		}
		if n.RenewsID != nil {
			if next, err = s.Successor(ctx, tx, *n.RenewsID); err != nil || next != "" {
				return err
			}
		}
		n.PeriodTo = YearAfter(n.PeriodFrom)
		n.ResultsFrom, n.ResultsTo = LastYear(today)
		next, err = s.Add(ctx, tx, n, by)
		return err
	})
	return next, err
}

// LastYear is the year until the day before the local date.
func LastYear(today string) (from, to string) {
	d, ok := date(today)
	if !ok {
		return "", ""
	}
	return d.AddDate(-1, 0, 0).Format(time.DateOnly), d.AddDate(0, 0, -1).Format(time.DateOnly)
}

// Expire marks what was granted and is over where the centre is, and returns how many there were.
func (s *Store) Expire(ctx context.Context) (int, error) {
	var due []struct {
		Request
		Zone string `db:"zone"`
	}
	// A day is over at the earliest fourteen hours before it is over in UTC.
	if err := s.DB.Select(ctx, &due, `SELECT `+columns+`, c.zone FROM premises_requests r JOIN centres c ON c.id = r.centre_id WHERE r.state = 'granted' AND r.valid_to < :d`,
		db.Args{"d": s.Now().Add(14 * time.Hour).UTC().Format(time.DateOnly)}); err != nil {
		return 0, err
	}
	n := 0
	for _, x := range due {
		if x.ValidTo >= s.Now().In(clock.Zone(x.Zone)).Format(time.DateOnly) {
			continue
		}
		err := s.DB.Tx(ctx, func(tx *db.Tx) error { return s.step(ctx, tx, x.Request, Expired, "job", "", nil) })
		if err != nil && !fault.Is(err, fault.KindConflict) { // somebody was quicker
			return n, err
		}
		if err == nil {
			n++
		}
	}
	return n, nil
}

// Settings say where requests are made; empty before the network's lead has said so.
func (s *Store) Settings(ctx context.Context, q db.Querier) (Settings, error) {
	var x Settings
	err := q.Get(ctx, &x, `SELECT name, link FROM premises_settings`, nil)
	if fault.Is(err, fault.KindNotFound) {
		return Settings{}, nil
	}
	return x, err
}

// SaveSettings stores them. It returns Invalid with a fault a field.
func (s *Store) SaveSettings(ctx context.Context, x Settings, by string) error {
	if err := x.Check(); err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO premises_settings (only_one, name, link) VALUES (1, :name, :link)
			ON CONFLICT (only_one) DO UPDATE SET name = excluded.name, link = excluded.link`, db.Args{"name": x.Name, "link": x.Link}); err != nil {
			return err
		}
		return network.Note(ctx, tx, "", "premises.settings", by, "network", "premises", s.Now())
	})
}
