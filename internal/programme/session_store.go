package programme

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

const listed = `s.*, a.title AS a_title, a.for_groups AS a_for_groups, a.kind AS a_kind, a.place_kind AS a_place_kind, a.place AS a_place, a.discreet AS a_discreet,
	COALESCE(sp.name, '{}') AS space_name,
	CASE WHEN s.capacity IS NOT NULL AND (s.taken >= s.capacity OR a.register_for = 'series') THEN (SELECT COUNT(*) FROM registrations r WHERE r.session_id = s.id AND r.state = 'waiting') ELSE 0 END AS waiting`

// announced are the columns of a public list: what the desk notes of a session (who is responsible, who came, its
// booking) is not even read for it, nor what only its own page says.
const announced = `s.id, s.activity_id, s.centre_id, s.starts_at, s.ends_at, s.zone, s.place, s.capacity, s.desk_share,
	s.share_released_at, s.taken, s.taken_web, s.state, s.cancel_reason, s.sequence, s.changed_at,
	a.title, a.for_groups, a.kind, a.register_for, a.place_kind, a.place, COALESCE(sp.name, ''),
	CASE WHEN s.capacity IS NOT NULL AND (s.taken >= s.capacity OR a.register_for = 'series') THEN (SELECT COUNT(*) FROM registrations r WHERE r.session_id = s.id AND r.state = 'waiting') ELSE 0 END`

// announcing reads rows of these columns. A page has hundreds of them, so they are scanned by hand, into the same
// places again and again; most share their texts, and each text is read once.
type announcing struct {
	list  []Listed
	texts map[string]i18n.Text
	to    []any // where Scan puts a row: the fields of next, and what is below

	next                                   Listed
	registerFor                            string
	ofSeries                               map[int]bool // rows whose place is one of a whole series
	capacity                               any
	share, taken, web, sequence, waiting   int64
	place, reason, title, where, spaceName string
}

func newAnnouncing(most int) *announcing {
	a := &announcing{list: make([]Listed, 0, most), texts: map[string]i18n.Text{}, ofSeries: map[int]bool{}}
	l := &a.next
	a.to = []any{&l.ID, &l.ActivityID, &l.CentreID, &l.StartsAt, &l.EndsAt, &l.Zone, &a.place, &a.capacity, &a.share,
		&l.ShareReleasedAt, &a.taken, &a.web, &l.State, &a.reason, &a.sequence, &l.ChangedAt,
		&a.title, (*string)(&l.ForGroups), &l.Kind, &a.registerFor, &l.PlaceKind, &a.where, &a.spaceName, &a.waiting}
	return a
}

func (a *announcing) row(rows *sqlx.Rows) error {
	if err := rows.Scan(a.to...); err != nil {
		return err
	}
	l := &a.next
	l.Capacity = nil
	if v, ok := a.capacity.(int64); ok {
		n := int(v)
		l.Capacity = &n
	}
	l.DeskShare, l.Taken, l.TakenWeb, l.Sequence, l.Waiting = int(a.share), int(a.taken), int(a.web), int(a.sequence), int(a.waiting)
	for _, t := range [...]struct {
		to   *i18n.Text
		from string
	}{{&l.Place, a.place}, {&l.CancelReason, a.reason}, {&l.Title, a.title}, {&l.APlace, a.where}, {&l.SpaceName, a.spaceName}} {
		var err error
		if *t.to, err = a.text(t.from); err != nil {
			return err
		}
	}
	if a.registerFor == "series" && l.Kind != Open && l.Capacity != nil {
		a.ofSeries[len(a.list)] = true
	}
	a.list = append(a.list, *l)
	return nil
}

func (a *announcing) text(s string) (t i18n.Text, err error) {
	if s == "" || s == "{}" {
		return nil, nil
	}
	t, ok := a.texts[s]
	if !ok {
		err = t.Scan(s)
		a.texts[s] = t
	}
	return t, err
}

// Everyone is the code that chooses what is for everyone and for no group; no group has it.
const Everyone = "0"

// IsGroup says whether a reader may choose by the code: of one of the network's groups, or Everyone.
func IsGroup(code string, groups []network.Group) bool {
	return code == Everyone || slices.ContainsFunc(groups, func(g network.Group) bool { return g.Code == code })
}

// Filter chooses among public sessions. Empty fields choose all.
type Filter struct {
	From, To time.Time
	Centres  []string // ids
	Group    string   // neutral code; sessions for everyone are shown too. Everyone: these only
	Free     bool     // with places that can be taken on the web now
	Activity string
	After    string // page on: "unix id" of the last one seen
	Limit    int    // at most 500; 0 is 500
}

// Public are the sessions of published activities that are not discreet, by start.
func (s *Store) Public(ctx context.Context, f Filter) ([]Listed, error) {
	if f.Limit <= 0 || f.Limit > 500 {
		f.Limit = 500
	}
	args := db.Args{"from": f.From.Unix(), "to": f.To.Unix(), "limit": f.Limit}
	where := `s.starts_at >= :from AND s.starts_at < :to AND a.discreet = 0 AND a.state = 'published'`
	if len(f.Centres) > 0 {
		where += ` AND s.centre_id IN (` + db.In("centre", f.Centres, args) + `)`
	}
	if f.Group != "" {
		args["group"] = "%," + f.Group + ",%"
		where += ` AND (a.for_groups = '' OR a.for_groups LIKE :group)`
	}
	if f.After != "" {
		at, id, _ := strings.Cut(f.After, " ")
		unix, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			return nil, fault.Invalid("fault.not_found")
		}
		args["after_at"], args["after_id"] = unix, id
		where += ` AND (s.starts_at > :after_at OR (s.starts_at = :after_at AND s.id > :after_id))`
	}
	if f.Activity != "" {
		args["activity"] = f.Activity
		where += ` AND s.activity_id = :activity`
	}
	if f.Free {
		args["now"] = s.Now().Unix()
		where += ` AND s.state = 'planned' AND (a.kind = 'open' OR s.capacity IS NULL OR (s.capacity - s.taken
				- CASE WHEN :now < s.share_released_at AND s.desk_share > s.taken - s.taken_web THEN s.desk_share - (s.taken - s.taken_web) ELSE 0 END > 0
			AND NOT EXISTS (SELECT 1 FROM registrations r WHERE r.session_id = s.id AND r.state = 'waiting')))
			AND NOT (a.register_for = 'series' AND a.kind <> 'open' AND s.capacity IS NOT NULL AND s.starts_at > :now AND EXISTS (SELECT 1 FROM (` + seatsTaken(`x.activity_id = a.id`) + `) q
				WHERE (q.waiting > 0 OR s.capacity - q.taken - CASE WHEN :now < s.share_released_at AND s.desk_share > q.taken - q.taken_web THEN s.desk_share - (q.taken - q.taken_web) ELSE 0 END <= 0)))`
	}
	a := newAnnouncing(min(f.Limit, 250))
	if err := s.DB.Each(ctx, `SELECT `+announced+` FROM sessions s JOIN activities a ON a.id = s.activity_id LEFT JOIN spaces sp ON sp.id = s.space_id
		WHERE `+where+` ORDER BY s.starts_at, s.id LIMIT :limit`, args, a.row); err != nil {
		return nil, err
	}
	return a.list, s.seatsOf(ctx, a)
}

// PublicSession is a session of a published activity that is not discreet; any other is NotFound.
func (s *Store) PublicSession(ctx context.Context, id string) (Listed, Activity, error) {
	var l Listed
	if err := s.DB.Get(ctx, &l, `SELECT `+listed+` FROM sessions s JOIN public_activities a ON a.id = s.activity_id LEFT JOIN spaces sp ON sp.id = s.space_id WHERE s.id = :id`,
		db.Args{"id": id}); err != nil {
		return l, Activity{}, err
	}
	a, err := s.PublicActivity(ctx, l.ActivityID)
	if err == nil && a.RegisterFor == "series" && a.Takes() && l.StartsAt > s.Now().Unix() {
		var all seats // a place is one of the whole series
		if all, err = s.seats(ctx, s.DB, a, s.Now()); err == nil {
			l.Taken, l.TakenWeb, l.Waiting = max(l.Taken, all.Taken), max(l.TakenWeb, all.TakenWeb), len(all.line)
		}
	}
	return l, a, err
}

// AtCentre are the centre's sessions in the span, for the desk. Discreet ones are among them for their team only.
func (s *Store) AtCentre(ctx context.Context, centreID string, from, to time.Time, discreetToo bool) ([]Listed, error) {
	var list []Listed
	err := s.DB.Select(ctx, &list, `SELECT `+listed+` FROM sessions s JOIN activities a ON a.id = s.activity_id LEFT JOIN spaces sp ON sp.id = s.space_id
		WHERE s.centre_id = :c AND s.starts_at >= :from AND s.starts_at < :to AND a.state <> 'draft' AND (a.discreet = 0 OR :d = 1) ORDER BY s.starts_at, s.id`,
		db.Args{"c": centreID, "from": from.Unix(), "to": to.Unix(), "d": db.Bool(discreetToo)})
	return list, err
}

// OfActivity are the activity's sessions from the given moment on.
func (s *Store) OfActivity(ctx context.Context, centreID, activityID string, from time.Time) ([]Listed, error) {
	var list []Listed
	err := s.DB.Select(ctx, &list, `SELECT `+listed+` FROM sessions s JOIN activities a ON a.id = s.activity_id LEFT JOIN spaces sp ON sp.id = s.space_id
		WHERE s.centre_id = :c AND s.activity_id = :a AND s.starts_at >= :from ORDER BY s.starts_at, s.id LIMIT 500`,
		db.Args{"c": centreID, "a": activityID, "from": from.Unix()})
	return list, err
}

// SessionAt is a session of the centre; a discreet one is NotFound for those who are not of its team.
func (s *Store) SessionAt(ctx context.Context, centreID, id string, discreetToo bool) (Listed, Activity, error) {
	var l Listed
	if err := s.DB.Get(ctx, &l, `SELECT `+listed+` FROM sessions s JOIN activities a ON a.id = s.activity_id LEFT JOIN spaces sp ON sp.id = s.space_id WHERE s.id = :id AND s.centre_id = :c`,
		db.Args{"id": id, "c": centreID}); err != nil {
		return l, Activity{}, err
	}
	a, err := s.Activity(ctx, s.DB, centreID, l.ActivityID, discreetToo)
	return l, a, err
}

// Date is one date of a series as the coordinator wants it, after looking at the clashes.
type Date = booking.Date

// AddSessions adds the dates that are not skipped to the activity, all or none, each with its room held. It returns
// Conflict with all dates and what each clashes with as its detail ([]Date) when a room is taken, be it by an earlier
// date of the same list. What only the constraint sees comes back as it is: run it in booking's Claim. Those who are
// registered for the series are on the new dates too, and are told in one mail.
func (s *Store) AddSessions(ctx context.Context, tx *db.Tx, a Activity, dates []Date, by string) ([]string, error) {
	if slices.ContainsFunc(dates, func(d Date) bool { return d.Asked != nil }) { // one that is lost wants the centre, and by then rooms are booked
		if err := network.LockCentre(ctx, tx, a.CentreID); err != nil {
			return nil, err
		}
	}
	if err := s.Booking.CheckDates(ctx, tx, a.CentreID, dates); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(dates, Date.Taken) {
		return nil, fault.Conflict("programme.fault.clash").With(dates)
	}
	var ids []string
	for i, d := range dates {
		if d.Skip {
			if err := s.loses(ctx, tx, a, d, "", by); err != nil {
				return nil, err
			}
			continue
		}
		id, err := s.addSession(ctx, tx, a, d, d.RID, by)
		if err != nil {
			if clashes, ok := fault.Of(err).Detail.([]booking.Clash); ok {
				dates[i].Clashes = clashes
				return nil, fault.Conflict("programme.fault.clash").With(dates)
			}
			return nil, err
		}
		ids = append(ids, id)
		if err := s.loses(ctx, tx, a, d, id, by); err != nil {
			return nil, err
		}
	}
	return ids, s.tellAdded(ctx, tx, a, ids)
}

func (s *Store) addSession(ctx context.Context, tx *db.Tx, a Activity, d Date, rid, by string) (string, error) {
	if !d.Start.Before(d.End) || d.End.Sub(d.Start) > 24*time.Hour {
		return "", fault.Invalid("programme.fault.times")
	}
	var bookingID, spaceID *string
	if d.SpaceID != "" {
		b, err := s.Booking.BookTx(ctx, tx, booking.New{SpaceID: d.SpaceID, CentreID: a.CentreID, OrganisationID: a.OrganisationID, Title: s.bookingTitle(a),
			Start: d.Start, End: d.End, Confidential: bool(a.Discreet), By: by})
		if err != nil {
			return "", err
		}
		bookingID, spaceID = &b.ID, &d.SpaceID
	}
	capacity := a.Capacity
	if a.Kind == Open {
		capacity = nil
	}
	id := db.NewID()
	_, err := tx.Exec(ctx, `INSERT INTO sessions (id, activity_id, centre_id, booking_id, space_id, starts_at, ends_at, local_date, local_start, local_end, zone, opens_at,
		capacity, desk_share, share_released_at, changed_at, source_rid)
		VALUES (:id, :activity, :centre, :booking, :space, :starts, :ends, :date, :from, :to, :zone, :opens, :capacity, :share, :released, :now, :rid)`,
		db.Args{"id": id, "activity": a.ID, "centre": a.CentreID, "booking": bookingID, "space": spaceID, "starts": d.Start.Unix(), "ends": d.End.Unix(),
			"date": d.Start.Format(time.DateOnly), "from": d.Start.Format("15:04"), "to": d.End.Format("15:04"), "zone": d.Start.Location().String(),
			"opens": a.OpensAt(d.Start).Unix(), "capacity": capacity, "share": a.DeskShare, "released": a.ShareReleasedAt(d.Start).Unix(), "now": s.Now().Unix(), "rid": rid})
	if err != nil {
		return "", err
	}
	if err := s.note(ctx, tx, a.CentreID, "session.add", by, "session", id); err != nil {
		return "", err
	}
	return id, s.carry(ctx, tx, a, id, by)
}

// loses remembers a date that is elsewhere than the series asked for because the room is taken: the session keeps where it
// was planned, and the room is kept for it when it becomes free.
func (s *Store) loses(ctx context.Context, tx *db.Tx, a Activity, d Date, sessionID, by string) error {
	if d.Asked == nil {
		return nil
	}
	var instead *string
	if sessionID != "" {
		var one Session
		if err := tx.Get(ctx, &one, `SELECT * FROM sessions WHERE id = :id`, db.Args{"id": sessionID}); err != nil {
			return err
		}
		instead = one.BookingID
		if planned := booking.SpotOf(d.Asked.Interval, d.Asked.SpaceID); planned != one.is() {
			if _, err := tx.Exec(ctx, `UPDATE sessions SET planned = :p WHERE id = :id`, db.Args{"id": sessionID, "p": plannedText(planned)}); err != nil {
				return err
			}
		}
	}
	return s.Booking.Lose(ctx, tx, s.lost(a), d, instead, by)
}

// bookingTitle is what the room's booking is called; nothing for a discreet activity.
func (s *Store) bookingTitle(a Activity) string {
	if a.Discreet {
		return ""
	}
	t, _ := a.Title.In(i18n.HR)
	return t
}

// MaxReason is the most characters, in one language, of why sessions are moved or cancelled: those who are told read it.
const MaxReason = 300

// checkReason returns Invalid for one that is longer.
func checkReason(reason i18n.Text) error {
	for _, s := range reason {
		if utf8.RuneCountInString(s) > MaxReason {
			return fault.Invalid("fault.too_long", "max", MaxReason)
		}
	}
	return nil
}

// CancelSession calls a session off: its room is free again, those who registered are told by mail, and the others are
// on the list of those to be called. Cancelling twice changes nothing.
func (s *Store) CancelSession(ctx context.Context, centreID, id string, reason i18n.Text, by string) error {
	if err := checkReason(reason); err != nil {
		return err
	}
	return s.Booking.Claim(ctx, func(tx *db.Tx) error { return s.cancelSession(ctx, tx, centreID, id, reason, by) })
}

func (s *Store) cancelSession(ctx context.Context, tx *db.Tx, centreID, id string, reason i18n.Text, by string) error {
	if err := network.LockCentre(ctx, tx, centreID); err != nil {
		return err
	}
	session, _, err := s.locked(ctx, tx, id)
	if err != nil {
		return err
	}
	if session.CentreID != centreID {
		return fault.NotFound("fault.not_found")
	}
	if off, err := s.callOff(ctx, tx, session, reason, by); err != nil || !off {
		return err
	}
	return s.tellAll(ctx, tx, session.ID, "cancelled", reason, session.StartsAt)
}

// callOff is cancelSession but for the telling; false: it was called off before.
func (s *Store) callOff(ctx context.Context, tx *db.Tx, session Session, reason i18n.Text, by string) (bool, error) {
	n, err := tx.Exec(ctx, `UPDATE sessions SET state = 'cancelled', cancel_reason = :reason, sequence = sequence + 1, changed_at = :now, version = version + 1
		WHERE id = :id AND state = 'planned'`, db.Args{"id": session.ID, "reason": reason, "now": s.Now().Unix()})
	if err != nil || n == 0 {
		return false, err
	}
	if session.BookingID != nil {
		if err := s.Booking.CancelTx(ctx, tx, session.CentreID, *session.BookingID, by); err != nil {
			return false, err
		}
	}
	return true, s.note(ctx, tx, session.CentreID, "session.cancel", by, "session", session.ID)
}

// MoveSession gives a session another time, room or both. Everybody who registered is told once, and why where a reason is
// given. It returns Conflict with the clashes when the room is taken then.
func (s *Store) MoveSession(ctx context.Context, centreID, id string, d Date, version int, reason i18n.Text, by string) error {
	if err := checkReason(reason); err != nil {
		return err
	}
	return s.Booking.Claim(ctx, func(tx *db.Tx) error { return s.moveSession(ctx, tx, centreID, id, d, version, reason, by) })
}

func (s *Store) moveSession(ctx context.Context, tx *db.Tx, centreID, id string, d Date, version int, reason i18n.Text, by string) error {
	if err := network.LockCentre(ctx, tx, centreID); err != nil {
		return err
	}
	session, a, err := s.locked(ctx, tx, id)
	if err != nil {
		return err
	}
	if session.CentreID != centreID {
		return fault.NotFound("fault.not_found")
	}
	if session.Version != version || session.Cancelled() {
		return fault.Conflict("programme.fault.changed_meanwhile")
	}
	if !d.Start.Before(d.End) || d.End.Sub(d.Start) > 24*time.Hour {
		return fault.Invalid("programme.fault.times")
	}
	space := ""
	if session.SpaceID != nil {
		space = *session.SpaceID
	}
	if d.SpaceID == space && d.Start.Unix() == session.StartsAt && d.End.Unix() == session.EndsAt {
		return nil // it is where it should be: nobody is told
	}
	bookingID := session.BookingID
	switch {
	case d.SpaceID == "":
		if bookingID != nil {
			err = s.Booking.CancelTx(ctx, tx, centreID, *bookingID, by)
			bookingID = nil
		}
	case bookingID != nil:
		err = s.Booking.MoveTx(ctx, tx, centreID, *bookingID, d.SpaceID, d.Interval(), by)
	default:
		var b booking.Booking
		b, err = s.Booking.BookTx(ctx, tx, booking.New{SpaceID: d.SpaceID, CentreID: centreID, OrganisationID: a.OrganisationID, Title: s.bookingTitle(a),
			Start: d.Start, End: d.End, Confidential: bool(a.Discreet), By: by})
		bookingID = &b.ID
	}
	if err != nil {
		return err
	}
	planned := session.planned()
	if planned == booking.SpotOf(d.Interval(), d.SpaceID) { // it is back where its series has it
		planned = booking.Spot{}
	}
	moved, err := s.shift(ctx, tx, session, a, d, bookingID, planned, by)
	if err != nil {
		return err
	}
	return s.tellAll(ctx, tx, session.ID, "moved", reason, min(session.StartsAt, moved.StartsAt))
}

// shift writes the new time and room of a session whose room is booked already, and returns the session as it is then.
// planned is where its series has it, if elsewhere.
func (s *Store) shift(ctx context.Context, tx *db.Tx, session Session, a Activity, d Date, bookingID *string, planned booking.Spot, by string) (Session, error) {
	var spaceID *string
	if d.SpaceID != "" {
		spaceID = &d.SpaceID
	}
	moved := session
	if _, err := tx.Exec(ctx, `UPDATE sessions SET booking_id = :booking, space_id = :space, starts_at = :starts, ends_at = :ends, local_date = :date, local_start = :from,
		local_end = :to, opens_at = :opens, share_released_at = :released, moved_from = CASE WHEN local_date = :date THEN moved_from ELSE local_date END,
		planned = :planned,
		sequence = sequence + 1, changed_at = :now, reminded = 0, version = version + 1 WHERE id = :id`,
		db.Args{"id": session.ID, "planned": plannedText(planned), "booking": bookingID, "space": spaceID, "starts": d.Start.Unix(), "ends": d.End.Unix(), "date": d.Start.Format(time.DateOnly),
			"from": d.Start.Format("15:04"), "to": d.End.Format("15:04"), "opens": min(session.OpensAt, a.OpensAt(d.Start).Unix()), "released": a.ShareReleasedAt(d.Start).Unix(),
			"now": s.Now().Unix()}); err != nil {
		return moved, err
	}
	moved.StartsAt, moved.EndsAt = d.Start.Unix(), d.End.Unix()
	if _, err := tx.Exec(ctx, `UPDATE people SET delete_on = :day WHERE delete_on < :day AND id IN (
		SELECT person_id FROM registrations WHERE session_id = :id AND state <> 'cancelled')`, db.Args{"day": s.keepUntil(ctx, tx, moved), "id": session.ID}); err != nil {
		return moved, err
	}
	return moved, s.note(ctx, tx, session.CentreID, "session.move", by, "session", session.ID)
}
