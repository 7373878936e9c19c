package sharing

import (
	"context"
	"slices"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// AskTx asks for a room, or books it where the organisation may at once and the centre is open then, inside a transaction of Booking.Claim. It returns
// Invalid for what cannot be asked (also what passes the organisation's limits, with []booking.Excess as detail, and a day
// on which the centre is closed) and Conflict with Taken where a date is not free.
func (s *Store) AskTx(ctx context.Context, tx *db.Tx, a Ask) (Request, error) {
	space, err := s.Booking.Space(ctx, tx, a.SpaceID)
	if err != nil {
		return Request{}, err
	}
	centre, err := s.Network.Centre(ctx, tx, space.CentreID)
	if err != nil {
		return Request{}, err
	}
	if err := a.Check(s.Now().In(centre.Location())); err != nil {
		return Request{}, err
	}
	terms, err := s.Terms(ctx, tx, space.ID)
	if err != nil {
		return Request{}, err
	}
	if err := fits(space, terms, a.People); err != nil {
		return Request{}, err
	}
	if err := a.around(space); err != nil {
		return Request{}, err
	}
	if err := s.Network.LockCentre(ctx, tx, centre.ID); err != nil { // or two requests would each be within the limits
		return Request{}, err
	}
	if err := s.fewEnough(ctx, tx, centre.ID, a.OrganisationID); err != nil {
		return Request{}, err
	}
	dates, err := s.free(ctx, tx, centre, space, a)
	if err != nil {
		return Request{}, err
	}
	over, err := s.Booking.Over(ctx, tx, centre.ID, a.OrganisationID, dates, nil)
	if err != nil {
		return Request{}, err
	}
	if err := booking.Exceeded(over); err != nil {
		return Request{}, err
	}
	return s.add(ctx, tx, centre, terms, a, dates)
}

// fits returns Invalid where organisations do not come by the room, or so many people do not fit.
func fits(space booking.Space, terms Terms, people int) error {
	var f fault.Form
	switch {
	case bool(space.Closed), terms.Asking == NotShared:
		f.Add("space", "sharing.fault.not_shared")
	case space.Holds > 0 && people > space.Holds:
		f.Add("people", "sharing.fault.people", "n", space.Holds)
	}
	return f.Err()
}

// around returns Invalid where less time for setting up or clearing up is asked for than the room needs.
func (a Ask) around(space booking.Space) error {
	var f fault.Form
	for _, x := range []struct {
		name string
		own  *int
		low  int
	}{{"setup", a.Setup, space.SetupMinutes}, {"clear", a.Clear, space.ClearMinutes}} {
		if x.own != nil && (*x.own < x.low || *x.own > 480) {
			f.Add(x.name, "fault.not_a_number", "low", x.low, "high", 480)
		}
	}
	return f.Err()
}

// fewEnough returns Conflict where the organisation has as many requests waiting at the centre as it may.
func (s *Store) fewEnough(ctx context.Context, tx *db.Tx, centreID, organisationID string) error {
	var waiting int
	if err := tx.Get(ctx, &waiting, `SELECT COUNT(*) FROM room_requests r WHERE r.centre_id = :c AND r.organisation_id = :o AND `+isOpen, db.Args{"c": centreID, "o": organisationID}); err != nil {
		return err
	}
	if waiting >= MaxOpen {
		return fault.Conflict("sharing.fault.many", "n", MaxOpen)
	}
	return nil
}

// free are the dates that can be asked for, or what is wrong with one.
func (s *Store) free(ctx context.Context, tx *db.Tx, centre network.Centre, space booking.Space, a Ask) ([]booking.Interval, error) {
	taken, short := Taken{}, false // by equipment alone
	var dates []booking.Interval
	for _, d := range a.Dates {
		d := booking.Interval{Start: d.Start.In(centre.Location()), End: d.End.In(centre.Location())}
		closed, err := s.closed(ctx, tx, centre, d)
		if err != nil {
			return nil, err
		}
		clashes, missing, err := s.Booking.Look(ctx, tx, a.wants(centre.ID, d))
		if err != nil {
			return nil, err
		}
		short = short || !closed && len(clashes) == 0 && len(missing) > 0
		taken.Missing = append(taken.Missing, missing...)
		switch {
		case closed && len(a.Dates) == 1:
			var f fault.Form
			f.Add("date", "sharing.fault.closed_day")
			return nil, f.Err()
		case closed || len(clashes)+len(missing) > 0:
			taken.Dates = append(taken.Dates, d)
		default:
			dates = append(dates, d)
		}
	}
	if taken.Free = len(dates); len(taken.Dates) > 0 && (!a.SkipTaken || len(dates) == 0) {
		if short {
			return nil, fault.Conflict("booking.fault.equipment").With(taken)
		}
		return nil, fault.Conflict("booking.fault.clash").With(taken)
	}
	return dates, nil
}

// closed says whether the centre is closed on a local day that the interval touches.
func (s *Store) closed(ctx context.Context, q db.Querier, c network.Centre, i booking.Interval) (bool, error) {
	first, last := i.Start.In(c.Location()).Format(time.DateOnly), i.End.Add(-time.Second).In(c.Location()).Format(time.DateOnly)
	list, err := s.Network.Closures(ctx, q, c.ID, first)
	return slices.ContainsFunc(list, func(x network.Closure) bool { return x.FromDate <= last }), err
}

// atOnce says whether the organisation has the room then without an answer: where its terms say so and nobody need say that
// the time is meant so, outside the opening hours or on a holiday on which whoever books is asked. Of a room that is the
// organisation's own nobody else is asked.
func (s *Store) atOnce(ctx context.Context, q db.Querier, c network.Centre, t Terms, organisationID string, i booking.Interval) (bool, error) {
	if !t.AtOnce(organisationID) || t.Owns(organisationID) {
		return t.AtOnce(organisationID), nil
	}
	asked, err := s.Network.ClosuresAsked(ctx, q, c.ID, i.Start.In(c.Location()).Format(time.DateOnly))
	return c.DoubtAt(i.Start, i.End, asked) == nil, err
}

func (s *Store) add(ctx context.Context, tx *db.Tx, centre network.Centre, terms Terms, a Ask, dates []booking.Interval) (Request, error) {
	now := s.Now()
	first := slices.MinFunc(dates, func(x, y booking.Interval) int { return x.Start.Compare(y.Start) })
	r := Request{ID: db.NewSecretID(), CentreID: centre.ID, SpaceID: a.SpaceID, OrganisationID: a.OrganisationID, Title: a.Title, Note: a.Note, People: a.People,
		Confidential: db.Bool(a.Confidential), CreatedBy: a.By, CreatedAt: now.Unix(), EscalateAt: EscalateAt(now, terms.HoldUntil(now, first.Start)).Unix(), Version: 1}
	if err := s.insert(ctx, tx, r); err != nil {
		return r, err
	}
	for _, d := range dates {
		n := a.wants(centre.ID, d)
		one := Date{ID: db.NewSecretID(), RequestID: r.ID, StartsAt: d.Start.Unix(), EndsAt: d.End.Unix(), State: Asked, SetupMinutes: a.Setup, ClearMinutes: a.Clear, Equipment: a.Equipment}
		atOnce, err := s.atOnce(ctx, tx, centre, terms, a.OrganisationID, d)
		if err != nil {
			return r, err
		}
		if atOnce {
			at := now.Unix()
			one.State, one.DecidedBy, one.DecidedAt = Approved, "rule", &at
		} else {
			n.HoldUntil = terms.HoldUntil(now, d.Start)
		}
		b, err := s.Booking.BookTx(ctx, tx, n)
		if err != nil {
			return r, err
		}
		one.BookingID = &b.ID
		if err := s.insertDate(ctx, tx, one); err != nil {
			return r, err
		}
		r.Dates = append(r.Dates, one)
	}
	if err := s.note(ctx, tx, centre.ID, "request.add", a.By, "request", r.ID); err != nil || r.State() != Asked {
		return r, err
	}
	return r, s.tellDeciders(ctx, tx, centre, terms, r)
}

func (s *Store) insert(ctx context.Context, tx *db.Tx, r Request) error {
	_, err := tx.Exec(ctx, `INSERT INTO room_requests (id, centre_id, space_id, organisation_id, title, note, people, confidential, created_by, created_at, escalate_at)
		VALUES (:id, :c, :s, :o, :title, :note, :people, :confidential, :by, :at, :escalate)`, db.Args{"id": r.ID, "c": r.CentreID, "s": r.SpaceID, "o": r.OrganisationID,
		"title": r.Title, "note": r.Note, "people": r.People, "confidential": r.Confidential, "by": r.CreatedBy, "at": r.CreatedAt, "escalate": r.EscalateAt})
	return err
}

func (s *Store) insertDate(ctx context.Context, tx *db.Tx, d Date) error {
	_, err := tx.Exec(ctx, `INSERT INTO room_request_dates (id, request_id, starts_at, ends_at, booking_id, state, decided_by, decided_at) VALUES (:id, :r, :from, :to, :b, :state, :by, :at)`,
		db.Args{"id": d.ID, "r": d.RequestID, "from": d.StartsAt, "to": d.EndsAt, "b": d.BookingID, "state": d.State, "by": d.DecidedBy, "at": d.DecidedAt})
	return err
}

// dateColumns are those of a date d with its booking b; what the booking says of an approved date's time counts.
const dateColumns = `d.id, d.request_id, CASE WHEN d.state = 'approved' THEN b.starts_at ELSE d.starts_at END AS starts_at, CASE WHEN d.state = 'approved' THEN b.ends_at ELSE d.ends_at END AS ends_at,
	d.booking_id, d.state, d.reason, d.decided_by, d.decided_at, CASE WHEN d.state = 'asked' AND b.state = 'held' THEN b.expires_at END AS held_until,
	CASE WHEN d.state = 'approved' THEN b.space_id END AS space_id, b.setup_minutes, b.clear_minutes`

// fill reads the requests' dates.
func (s *Store) fill(ctx context.Context, q db.Querier, list []Request) error {
	if len(list) == 0 {
		return nil
	}
	ids, at := make([]string, len(list)), map[string]int{}
	for i, r := range list {
		ids[i], at[r.ID] = r.ID, i
	}
	args := db.Args{}
	var dates []Date
	if err := q.Select(ctx, &dates, `SELECT `+dateColumns+` FROM room_request_dates d LEFT JOIN bookings b ON b.id = d.booking_id
		WHERE d.request_id IN (`+db.In("id", ids, args)+`) ORDER BY d.starts_at, d.id`, args); err != nil {
		return err
	}
	var lent []struct {
		DateID string `db:"date_id"`
		booking.Amount
	}
	if err := q.Select(ctx, &lent, `SELECT d.id AS date_id, x.equipment_id, x.amount FROM room_request_dates d JOIN booking_equipment x ON x.booking_id = d.booking_id
		JOIN equipment e ON e.id = x.equipment_id WHERE d.request_id IN (`+db.In("id", ids, args)+`) ORDER BY e.position, e.id`, args); err != nil {
		return err
	}
	of := map[string][]booking.Amount{}
	for _, x := range lent {
		of[x.DateID] = append(of[x.DateID], x.Amount)
	}
	for _, d := range dates {
		d.Equipment = of[d.ID]
		r := &list[at[d.RequestID]]
		r.Dates = append(r.Dates, d)
	}
	return nil
}

func (s *Store) list(ctx context.Context, q db.Querier, where string, args db.Args) ([]Request, error) {
	var list []Request
	if err := q.Select(ctx, &list, `SELECT r.* FROM room_requests r WHERE `+where, args); err != nil {
		return nil, err
	}
	return list, s.fill(ctx, q, list)
}

const isOpen = `EXISTS (SELECT 1 FROM room_request_dates d WHERE d.request_id = r.id AND d.state IN ('asked','lapsed'))`

// most is the most requests of one list.
const most = 200

// Waiting are the centre's requests that wait for an answer, the one that came first on top.
func (s *Store) Waiting(ctx context.Context, centreID string) ([]Request, error) {
	return s.list(ctx, s.DB, `r.centre_id = :c AND `+isOpen+` ORDER BY r.created_at, r.id LIMIT :n`, db.Args{"c": centreID, "n": most})
}

// Answered are the centre's that wait no longer, the newest on top.
func (s *Store) Answered(ctx context.Context, centreID string) ([]Request, error) {
	return s.list(ctx, s.DB, `r.centre_id = :c AND NOT `+isOpen+` ORDER BY r.created_at DESC, r.id LIMIT 60`, db.Args{"c": centreID})
}

// OfOrganisation are the organisation's own, the newest on top.
func (s *Store) OfOrganisation(ctx context.Context, organisationID string) ([]Request, error) {
	return s.list(ctx, s.DB, `r.organisation_id = :o ORDER BY r.created_at DESC, r.id LIMIT 60`, db.Args{"o": organisationID})
}

// ForOwner are the requests that wait for the organisation's answer.
func (s *Store) ForOwner(ctx context.Context, organisationID string) ([]Request, error) {
	return s.list(ctx, s.DB, `r.space_id IN (SELECT space_id FROM space_terms WHERE owner_id = :o AND decides = 'owner') AND `+isOpen+` ORDER BY r.created_at, r.id LIMIT :n`,
		db.Args{"o": organisationID, "n": most})
}

// Request is one, of any centre: the caller says whose it must be. It is NotFound where there is none.
func (s *Store) Request(ctx context.Context, q db.Querier, id string) (Request, error) {
	list, err := s.list(ctx, q, `r.id = :id`, db.Args{"id": id})
	if err == nil && len(list) == 0 {
		err = fault.NotFound("fault.not_found")
	}
	if err != nil {
		return Request{}, err
	}
	return list[0], nil
}
