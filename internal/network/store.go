package network

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kvart/internal/platform/audit"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/clock"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// Store keeps the network's own nouns.
type Store struct {
	DB    *db.DB
	Now   func() time.Time
	Auth  *auth.Store
	Hooks []PersonHook // what features above keep of a person
	// Leaving is what a feature above does when an account's role ends, in its transaction; it may refuse. May be nil.
	Leaving func(ctx context.Context, tx *db.Tx, accountID string, h auth.Held) error

	drawn  drawings
	basics atomic.Pointer[Basics]
}

// Basics are what every public page begins with. All readers share them: they are not to be changed.
type Basics struct {
	Network Network
	Zone    *time.Location
	Centres []Centre // by their number on the map
	Areas   []Area   // city first
	Groups  []Group

	changes    int64
	near, wide func() Map // without and with the areas of growth
}

// Centre is the centre of the id, or nil.
func (b *Basics) Centre(id string) *Centre {
	for i := range b.Centres {
		if b.Centres[i].ID == id {
			return &b.Centres[i]
		}
	}
	return nil
}

// Basics are the network's basics as the database has them now: kept ones only while the counter of public changes
// stands still. They are NotFound before the network has been made.
func (s *Store) Basics(ctx context.Context) (*Basics, error) {
	n, err := web.Changes(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	if b := s.basics.Load(); b != nil && b.changes == n {
		return b, nil
	}
	b := &Basics{changes: n}
	if b.Network, err = s.Network(ctx, s.DB); err != nil {
		return nil, err
	}
	b.Zone = clock.Zone(b.Network.Zone)
	if b.Centres, err = s.Centres(ctx, s.DB); err != nil {
		return nil, err
	}
	if b.Areas, err = s.Areas(ctx, s.DB); err != nil {
		return nil, err
	}
	if b.Groups, err = s.Groups(ctx, s.DB); err != nil {
		return nil, err
	}
	b.near = sync.OnceValue(func() Map { return s.drawn.of(b.Areas, b.Centres, false) })
	b.wide = sync.OnceValue(func() Map { return s.drawn.of(b.Areas, b.Centres, true) })
	s.basics.Store(b)
	return b, nil
}

// Network is the one network. It is NotFound before it has been made.
func (s *Store) Network(ctx context.Context, q db.Querier) (Network, error) {
	var n Network
	err := q.Get(ctx, &n, `SELECT id, name, zone, currency, disclosure, about, privacy, emergency, demo, version FROM networks`, nil)
	return n, err
}

// Groups are whom activities may be for, in their order.
func (s *Store) Groups(ctx context.Context, q db.Querier) ([]Group, error) {
	var list []Group
	err := q.Select(ctx, &list, `SELECT * FROM groups ORDER BY position, code`, nil)
	return list, err
}

// Areas are all of them, city first.
func (s *Store) Areas(ctx context.Context, q db.Querier) ([]Area, error) {
	var list []Area
	err := q.Select(ctx, &list, `SELECT * FROM areas ORDER BY CASE kind WHEN 'city' THEN 1 WHEN 'district' THEN 2 ELSE 3 END, slug`, nil)
	return list, err
}

// Organisations are all of them: the lead, partners, then members by name.
func (s *Store) Organisations(ctx context.Context, q db.Querier) ([]Organisation, error) {
	var list []Organisation
	err := q.Select(ctx, &list, `SELECT * FROM organisations ORDER BY CASE standing WHEN 'lead' THEN 1 WHEN 'partner' THEN 2 ELSE 3 END, name, id`, nil)
	return list, err
}

// Organisation is one of them.
func (s *Store) Organisation(ctx context.Context, q db.Querier, id string) (Organisation, error) {
	var o Organisation
	err := q.Get(ctx, &o, `SELECT * FROM organisations WHERE id = :id`, db.Args{"id": id})
	return o, err
}

// Centres are all of them by their number on the map.
func (s *Store) Centres(ctx context.Context, q db.Querier) ([]Centre, error) {
	var list []Centre
	err := q.Select(ctx, &list, `SELECT * FROM centres ORDER BY number, slug`, nil)
	return list, err
}

// Centre is one of them.
func (s *Store) Centre(ctx context.Context, q db.Querier, id string) (Centre, error) {
	var c Centre
	err := q.Get(ctx, &c, `SELECT * FROM centres WHERE id = :id`, db.Args{"id": id})
	return c, err
}

// CentreBySlug is the centre with the name that addresses use.
func (s *Store) CentreBySlug(ctx context.Context, q db.Querier, slug string) (Centre, error) {
	var c Centre
	err := q.Get(ctx, &c, `SELECT * FROM centres WHERE slug = :s`, db.Args{"s": slug})
	return c, err
}

// Closures are the centre's spans of closed days that end on the local date or later, by their beginning: its own, and the
// public holidays of two years to come where it is closed on them.
func (s *Store) Closures(ctx context.Context, q db.Querier, centreID, from string) ([]Closure, error) {
	return s.closures(ctx, q, centreID, from, HolidaysClosed)
}

// ClosuresAsked are Closures, and the holidays on which whoever books is asked.
func (s *Store) ClosuresAsked(ctx context.Context, q db.Querier, centreID, from string) ([]Closure, error) {
	return s.closures(ctx, q, centreID, from, HolidaysClosed, HolidaysAsk)
}

func (s *Store) closures(ctx context.Context, q db.Querier, centreID, from string, where ...string) ([]Closure, error) {
	var rows []struct { // none where the centre is being made
		Closure
		Holidays string `db:"holidays"`
	}
	if err := q.Select(ctx, &rows, `SELECT c.holidays, c.id AS centre_id, COALESCE(x.id, '') AS id, COALESCE(x.from_date, '') AS from_date, COALESCE(x.to_date, '') AS to_date,
		COALESCE(x.reason, '{}') AS reason, COALESCE(x.announced_on, '') AS announced_on FROM centres c LEFT JOIN closures x ON x.centre_id = c.id AND x.to_date >= :d WHERE c.id = :c ORDER BY x.from_date, x.id`,
		db.Args{"c": centreID, "d": from}); err != nil {
		return nil, err
	}
	var list []Closure
	for _, r := range rows {
		if r.ID != "" {
			list = append(list, r.Closure)
		}
	}
	if len(rows) > 0 && slices.Contains(where, rows[0].Holidays) {
		list = append(list, holidaysFrom(centreID, from)...)
		slices.SortStableFunc(list, func(a, b Closure) int { return strings.Compare(a.FromDate, b.FromDate) })
	}
	return list, nil
}

// OwnClosures are those that somebody at the centre made.
func (s *Store) OwnClosures(ctx context.Context, q db.Querier, centreID, from string) ([]Closure, error) {
	var list []Closure
	err := q.Select(ctx, &list, `SELECT * FROM closures WHERE centre_id = :c AND to_date >= :d ORDER BY from_date, id`, db.Args{"c": centreID, "d": from})
	return list, err
}

// Check returns Invalid with the fields that cannot be right.
func (c Closure) Check() error {
	var f fault.Form
	from, errFrom := time.Parse(time.DateOnly, c.FromDate)
	if errFrom != nil {
		f.Add("from", "fault.not_a_date")
	}
	to, errTo := time.Parse(time.DateOnly, c.ToDate)
	if errTo != nil {
		f.Add("to", "fault.not_a_date")
	}
	if errFrom == nil && errTo == nil && to.Before(from) {
		f.Add("to", "network.fault.closure_order")
	}
	checkText(&f, "reason", c.Reason, 200, false)
	return f.Err()
}

// LockCentre lets one transaction after the other work on what holds for the whole centre. On SQLite the write
// transaction holds the database already; on PostgreSQL rows that refer to the centre can still be added meanwhile.
//
// It is the first lock of a transaction that takes it, before any row is changed or locked: centre, series, session,
// booking, in this order. What may free time, lose a date or ask of limits takes it at once, for Booking does so in the end
// (whoever waits for it with a session in hand keeps from that session whoever has it). To book a room alone asks for none:
// bookings of one centre do not wait for each other.
func (s *Store) LockCentre(ctx context.Context, tx *db.Tx, centreID string) error {
	return LockCentre(ctx, tx, centreID)
}

// LockCentre is Store.LockCentre for a feature that has no store of the network.
func LockCentre(ctx context.Context, tx *db.Tx, centreID string) error {
	if tx.DialectOf() == db.SQLite {
		return nil
	}
	var id string
	return tx.Get(ctx, &id, `SELECT id FROM centres WHERE id = :id FOR NO KEY UPDATE`, db.Args{"id": centreID})
}

// AddClosure closes the centre on a span of days. Sessions on those days are not touched: cancelling them is a press of its own.
func (s *Store) AddClosure(ctx context.Context, c Closure, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return s.AddClosureTx(ctx, tx, c, by) })
}

// AddClosureTx is AddClosure inside a transaction of another feature.
func (s *Store) AddClosureTx(ctx context.Context, tx *db.Tx, c Closure, by string) error {
	if err := c.Check(); err != nil {
		return err
	}
	today, err := s.todayAt(ctx, tx, c.CentreID)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO closures (id, centre_id, from_date, to_date, reason, announced_on) VALUES (:id, :c, :f, :t, :r, :today)`,
		db.Args{"id": cmp.Or(c.ID, db.NewID()), "c": c.CentreID, "f": c.FromDate, "t": c.ToDate, "r": c.Reason, "today": today}); err != nil {
		return err
	}
	return s.note(ctx, tx, c.CentreID, "closure.add", by, "centre", c.CentreID)
}

// RemoveClosure opens the centre again, from today on: days on which it was closed stay so, for what was due meanwhile.
func (s *Store) RemoveClosure(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		today, err := s.todayAt(ctx, tx, centreID)
		if err != nil {
			return err
		}
		day, err := time.Parse(time.DateOnly, today)
		if err != nil {
			return err
		}
		args := db.Args{"id": id, "c": centreID, "today": today, "yesterday": day.AddDate(0, 0, -1).Format(time.DateOnly)}
		if _, err := tx.Exec(ctx, `DELETE FROM closures WHERE id = :id AND centre_id = :c AND from_date >= :today`, args); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE closures SET to_date = :yesterday WHERE id = :id AND centre_id = :c AND from_date < :today AND to_date >= :today`, args); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, "closure.remove", by, "centre", centreID)
	})
}

// todayAt is the local date at the centre.
func (s *Store) todayAt(ctx context.Context, q db.Querier, centreID string) (string, error) {
	var zone string
	err := q.Get(ctx, &zone, `SELECT zone FROM centres WHERE id = :c`, db.Args{"c": centreID})
	return s.Now().In(clock.Zone(zone)).Format(time.DateOnly), err
}

// Contains says that the network's scope holds every centre and organisation.
func Contains(wide, narrow auth.Scope) bool {
	return wide.Kind == ScopeNetwork && narrow.Kind != ScopeNetwork
}

// Places are where an account with these roles may act: its centres, its organisations, the network; a lead acts at
// every centre too.
func (s *Store) Places(ctx context.Context, held []auth.Held) ([]web.Place, error) {
	var list []web.Place
	lead := slices.ContainsFunc(held, func(h auth.Held) bool { return h.Role == Lead })
	roles := func(in auth.Scope) (keys []string) {
		for _, h := range held {
			if h.Scope == in || (h.Role == Lead && Contains(h.Scope, in)) {
				keys = append(keys, "network.role."+string(h.Role))
			}
		}
		return keys
	}
	network, err := s.Network(ctx, s.DB)
	if err != nil && !fault.Is(err, fault.KindNotFound) {
		return nil, err
	}
	in := auth.Scope{Kind: ScopeNetwork, ID: network.ID}
	wide := web.Place{Scope: in, Name: nameOf(network), RoleKeys: roles(in)}
	centres, err := s.Centres(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	var own, others []web.Place
	for _, c := range centres {
		in := auth.Scope{Kind: ScopeCentre, ID: c.ID}
		p := web.Place{Scope: in, Name: c.Name, RoleKeys: roles(in), Features: c.Features}
		if slices.ContainsFunc(held, func(h auth.Held) bool { return h.Scope == in }) {
			own = append(own, p)
		} else if lead {
			others = append(others, p)
		}
	}
	list = append(list, own...)
	if len(wide.RoleKeys) > 0 {
		list = append(list, wide)
	}
	list = append(list, others...)
	var features []string // an organisation meets what any centre has turned on
	for _, c := range centres {
		for _, f := range c.Features {
			if !slices.Contains(features, f) {
				features = append(features, f)
			}
		}
	}
	for _, h := range held {
		if h.Scope.Kind != ScopeOrganisation {
			continue
		}
		o, err := s.Organisation(ctx, s.DB, h.Scope.ID)
		if fault.Is(err, fault.KindNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, web.Place{Scope: h.Scope, Name: o.Name, RoleKeys: roles(h.Scope), Features: features})
	}
	return list, nil
}

func nameOf(n Network) string { s, _ := n.Name.In("hr"); return s }

func (s *Store) note(ctx context.Context, tx *db.Tx, centreID, action, by, kind, id string) error {
	return Note(ctx, tx, centreID, action, by, kind, id, s.Now())
}

// Note appends to the audit log, on the chain of the organisation that runs the centre, or of the network where there is
// no centre.
func Note(ctx context.Context, tx *db.Tx, centreID, action, by, kind, id string, at time.Time) error {
	row := audit.Row{Chain: audit.Network, Action: action, Actor: by, SubjectKind: kind, SubjectID: id, At: at}
	if centreID == "" {
		return audit.Append(ctx, tx, row)
	}
	return audit.AppendTo(ctx, tx, row, `(SELECT organisation_id FROM centres WHERE id = :chain)`, centreID)
}

// Slug makes a name for addresses from a title: letters a to z, digits and hyphens.
func Slug(s string) string {
	fold := strings.NewReplacer("č", "c", "ć", "c", "ž", "z", "š", "s", "đ", "d", "ø", "o", "å", "a", "æ", "ae", "ö", "o", "ä", "a", "ü", "u", "é", "e")
	var b strings.Builder
	for _, r := range fold.Replace(strings.ToLower(s)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}
