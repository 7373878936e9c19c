package support

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
)

// ReadAt says who opened an entry first in which hour.
type ReadAt struct {
	Reader string `db:"reader_id"`
	Hour   int64  `db:"hour"`
}

// Shown is an entry as a thread shows it.
type Shown struct {
	Entry
	ID     string
	Hour   int64
	Erased bool // its key is destroyed
	Reads  []ReadAt
}

// Thread is a request as one reader sees it.
type Thread struct {
	ID      string
	State   string
	Waiting *int64
	Made    int64
	Delete  int64
	Coded   bool // there is an access code
	Header  Header
	Entries []Shown
	Readers []string          // keys that the newest epoch is sealed to, less the person's
	Names   map[string]string // working names of readers' keys
}

// Thread opens the request for a reader and notes that it was read. It returns NotFound where nothing is granted to the
// reader, and Conflict where something does not open although it is there.
func (s *Store) Thread(ctx context.Context, by Reading, id string) (Thread, error) {
	var t Thread
	if err := s.ready(); err != nil {
		return t, err
	}
	var x *looked
	var h Header
	if err := settled(func() (err error) {
		if x, err = s.look(ctx, by, id); err != nil {
			return err
		}
		if h, err = x.header(x.keys); err != nil {
			return err
		}
		return s.reach(ctx, &x.opened, &h, x.keys)
	}); err != nil {
		return t, err
	}
	o := x.opened
	t = Thread{Header: h, ID: id, State: o.State, Waiting: o.WaitingHour, Made: o.MadeHour, Delete: o.DeleteHour, Coded: o.Locator != nil}
	t.Entries = make([]Shown, 0, len(x.items))
	var fresh []string
	for _, row := range x.items {
		plain, gone, err := o.unseal(row, x.keys)
		if err != nil {
			return t, err
		}
		e := Shown{ID: row.ID, Hour: row.Hour, Erased: gone, Reads: x.reads[row.ID]}
		if !gone && json.Unmarshal(plain, &e.Entry) != nil {
			return t, exchanged(nil)
		}
		if by.ID == PersonID && !e.ForPerson() {
			continue
		}
		if !slices.ContainsFunc(e.Reads, func(r ReadAt) bool { return r.Reader == by.ID }) {
			fresh = append(fresh, row.ID)
		}
		t.Entries = append(t.Entries, e)
	}
	if by.Account != "" && !x.roles[readsFor(t.Header.Party)] {
		return Thread{}, fault.NotFound("fault.not_found")
	}
	for _, m := range o.members() {
		if m.ID != PersonID {
			t.Readers = append(t.Readers, m.ID)
		}
	}
	t.Names = x.names
	if x.noted && len(fresh) == 0 {
		return t, nil
	}
	return t, s.noteOpened(ctx, by, id, fresh)
}

// looked is what the database and the erasure store have of a thread.
type looked struct {
	opened
	items []itemRow           // the entries in their order
	keys  map[string][32]byte // of those that are not erased
	reads map[string][]ReadAt // by item
	names map[string]string   // working names, by reader's key
	roles map[auth.Held]bool  // the account's, now
	noted bool                // that the reader opened the thread in this hour
}

// look asks for all that a thread shows together, and opens the epochs. It returns what open returns, and errRaced within where
// an entry is newer than the epochs.
func (s *Store) look(ctx context.Context, by Reading, id string) (*looked, error) {
	x := &looked{reads: map[string][]ReadAt{}, names: map[string]string{}, roles: map[auth.Held]bool{}}
	args := db.Args{"r": id, "who": by.ID, "h": hour(s.Now()), "a": by.Account}
	err := s.DB.Together(ctx,
		db.Asked{Query: epochsOf, Args: args, Row: x.opened.look},
		db.Asked{Query: `SELECT id, epoch, kind, sealed, hour FROM support_items WHERE request_id = :r AND kind = 'entry' ORDER BY seq`, Args: args, Row: func(scan func(...any) error) error {
			x.items = append(x.items, itemRow{})
			i := &x.items[len(x.items)-1]
			return scan(&i.ID, &i.Epoch, &i.Kind, &i.Sealed, &i.Hour)
		}},
		db.Asked{Query: `SELECT item_id, reader_id, hour FROM support_reads WHERE request_id = :r`, Args: args, Row: func(scan func(...any) error) error {
			var item string
			var at ReadAt
			err := scan(&item, &at.Reader, &at.Hour)
			x.reads[item] = append(x.reads[item], at)
			return err
		}},
		db.Asked{Query: `SELECT 'name' AS what, k.id AS a, a.name AS b, '' AS c FROM support_grants g JOIN vault_keys k ON k.id = g.reader_id JOIN accounts a ON a.id = k.account_id WHERE g.request_id = :r
			UNION ALL SELECT 'role', role, scope_kind, scope_id FROM account_roles WHERE account_id = :a
			UNION ALL SELECT 'noted', '', '', '' FROM support_openings WHERE request_id = :r AND reader_id = :who AND hour = :h`, Args: args, Row: func(scan func(...any) error) error {
			var what, a, b, c string
			err := scan(&what, &a, &b, &c)
			switch what {
			case "name":
				x.names[a] = b
			case "role":
				x.roles[auth.Held{Role: auth.Role(a), Scope: auth.Scope{Kind: b, ID: c}}] = true
			case "noted":
				x.noted = true
			}
			return err
		}})
	if err != nil {
		return nil, err
	}
	if err := x.unlock(by); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(x.items, func(i itemRow) bool { return i.Epoch > x.Epoch }) {
		return nil, exchanged(errRaced)
	}
	for _, list := range x.reads {
		slices.SortFunc(list, func(a, b ReadAt) int { return cmp.Or(cmp.Compare(a.Hour, b.Hour), cmp.Compare(a.Reader, b.Reader)) })
	}
	// After the items: an erasure key is there before its item is.
	if x.keys, err = s.Erasure.OfRequests(ctx, id); err != nil {
		return nil, err
	}
	return x, s.formerNames(ctx, x)
}

// formerNames adds the working names of those who read once and do no more.
func (s *Store) formerNames(ctx context.Context, x *looked) error {
	var keys []string
	for _, e := range x.epochs {
		for _, m := range e.members {
			if _, known := x.names[m.ID]; !known && isStaff(m.ID) {
				keys = append(keys, m.ID)
			}
		}
	}
	if len(keys) == 0 {
		return nil
	}
	args := db.Args{}
	return s.DB.Each(ctx, `SELECT k.id, a.name FROM vault_keys k JOIN accounts a ON a.id = k.account_id WHERE k.id IN (`+db.In("k", keys, args)+`)`, args, func(rows *sqlx.Rows) error {
		var id, name string
		err := rows.Scan(&id, &name)
		x.names[id] = name
		return err
	})
}

// readsFor is the role that somebody who reads for the party holds.
func readsFor(p Party) auth.Held {
	if p.Centre == "" {
		return auth.Held{Role: network.Member, Scope: auth.Scope{Kind: network.ScopeOrganisation, ID: p.Organisation}}
	}
	return auth.Held{Role: network.SupportWorker, Scope: auth.Scope{Kind: network.ScopeCentre, ID: p.Centre}}
}

// stillReads returns NotFound for an account that left the party's team and whose grants are there still, because it reads
// for another.
func (s *Store) stillReads(ctx context.Context, by Reading, p Party) error {
	if by.Account == "" {
		return nil
	}
	as := readsFor(p)
	var n int
	err := s.DB.Get(ctx, &n, `SELECT COUNT(*) FROM account_roles WHERE account_id = :a AND role = :r AND scope_kind = :k AND scope_id = :i`,
		db.Args{"a": by.Account, "r": string(as.Role), "k": as.Scope.Kind, "i": as.Scope.ID})
	if err == nil && n == 0 {
		err = fault.NotFound("fault.not_found")
	}
	return err
}

// opened notes once an hour that the reader opened the request, and which entries for the first time.
func (s *Store) opened(ctx context.Context, by Reading, id string, fresh []string) error {
	now := hour(s.Now())
	var n int
	if err := s.DB.Get(ctx, &n, `SELECT COUNT(*) FROM support_openings WHERE request_id = :r AND reader_id = :who AND hour = :h`, db.Args{"r": id, "who": by.ID, "h": now}); err != nil {
		return err
	}
	if n > 0 && len(fresh) == 0 {
		return nil
	}
	return s.noteOpened(ctx, by, id, fresh)
}

// noteOpened writes what opened notes.
func (s *Store) noteOpened(ctx context.Context, by Reading, id string, fresh []string) error {
	now := hour(s.Now())
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `INSERT INTO support_openings (request_id, reader_id, hour) VALUES (:r, :who, :h) ON CONFLICT (request_id, reader_id, hour) DO NOTHING`,
			db.Args{"r": id, "who": by.ID, "h": now})
		if err != nil {
			return err
		}
		if n == 1 {
			if err := s.note(ctx, tx, "support.read", by.actor(), "request", id); err != nil {
				return err
			}
		}
		return s.readBy(ctx, tx, id, by.ID, fresh)
	})
}

// readBy notes that the reader has opened the entries.
func (s *Store) readBy(ctx context.Context, tx *db.Tx, request, reader string, items []string) error {
	for len(items) > 0 {
		part := items[:min(len(items), 100)]
		items = items[len(part):]
		args := db.Args{"r": request, "who": reader, "h": hour(s.Now())}
		var q strings.Builder
		q.WriteString(`INSERT INTO support_reads (item_id, reader_id, request_id, hour) SELECT id, :who, :r, :h FROM support_items WHERE id IN (`)
		q.WriteString(db.In("i", part, args) + `) ON CONFLICT (item_id, reader_id) DO NOTHING`)
		if _, err := tx.Exec(ctx, q.String(), args); err != nil {
			return err
		}
	}
	return nil
}

// File is an attachment's bytes. It returns NotFound for one that the request's entries do not name.
func (s *Store) File(ctx context.Context, by Reading, id, entry string) (File, []byte, error) {
	if err := s.ready(); err != nil {
		return File{}, nil, err
	}
	o, _, err := s.opensFor(ctx, by, id)
	if err != nil {
		return File{}, nil, err
	}
	item := func(id, kind string) ([]byte, error) {
		var row itemRow
		if err := s.DB.Get(ctx, &row, `SELECT * FROM support_items WHERE id = :i AND request_id = :r AND kind = :k`, db.Args{"i": id, "r": o.ID, "k": kind}); err != nil {
			return nil, err
		}
		keys, err := s.Erasure.Items(ctx, id)
		if err != nil {
			return nil, err
		}
		plain, gone, err := o.unseal(row, keys)
		if err == nil && gone {
			err = fault.NotFound("support.fault.erased")
		}
		return plain, err
	}
	plain, err := item(entry, itemEntry)
	if err != nil {
		return File{}, nil, err
	}
	var e Entry
	if json.Unmarshal(plain, &e) != nil || e.File == nil || by.ID == PersonID && !e.ForPerson() {
		return File{}, nil, fault.NotFound("fault.not_found")
	}
	data, err := item(e.File.Item, itemFile)
	return *e.File, data, err
}

// Listed is a request in an inbox: its header and nothing of what was written.
type Listed struct {
	ID      string
	Kind    string
	State   string
	Waiting *int64
	Made    int64
	Unread  int
	Header  Header
	Broken  bool // it is there and does not open
}

// PerPage is how many requests a page of an inbox shows.
const PerPage = 30

// Inbox are the requests that are sealed to the reader, those that wait longest first. more says that the page is not
// the last.
func (s *Store) Inbox(ctx context.Context, by Reading, state string, page int) (list []Listed, more bool, err error) {
	if err := s.ready(); err != nil {
		return nil, false, err
	}
	var rows []struct {
		requestRow
		Unread int    `db:"unread"`
		Epoch  int    `db:"header_epoch"`
		Grant  string `db:"grant_sealed"`
		Sealed string `db:"sealed"`
	}
	// Which ones first, by indexes and narrow rows alone: what is sealed, and what is unread, is looked at for one page. CROSS JOIN, as
	// SQLite keeps to its order, and would begin with all grants of the reader else.
	err = s.DB.Select(ctx, &rows, `SELECT r.*, i.epoch AS header_epoch, i.sealed, h.sealed AS grant_sealed,
		(SELECT COUNT(*) FROM support_items e WHERE e.request_id = r.id AND e.kind = 'entry' AND NOT EXISTS (SELECT 1 FROM support_reads d WHERE d.item_id = e.id AND d.reader_id = :me)) AS unread
		FROM (SELECT p.id FROM support_grants g JOIN support_requests p ON p.id = g.request_id AND p.epoch = g.epoch
			WHERE g.reader_id = :me AND p.state = :state AND p.kind <> 'registration'
			ORDER BY CASE WHEN p.waiting_hour IS NULL THEN 1 ELSE 0 END, p.waiting_hour, p.made_hour DESC, p.id LIMIT :n OFFSET :skip) few
		CROSS JOIN support_requests r CROSS JOIN support_items i CROSS JOIN support_grants h
		WHERE r.id = few.id AND i.id = r.header_id AND i.request_id = r.id AND h.request_id = r.id AND h.epoch = i.epoch AND h.reader_id = :me
		ORDER BY CASE WHEN r.waiting_hour IS NULL THEN 1 ELSE 0 END, r.waiting_hour, r.made_hour DESC, r.id`,
		db.Args{"me": by.ID, "state": state, "n": PerPage + 1, "skip": page * PerPage})
	if err != nil {
		return nil, false, err
	}
	if len(rows) > PerPage {
		rows, more = rows[:PerPage], true
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.HeaderID
	}
	keys, err := s.Erasure.Items(ctx, ids...)
	if err != nil {
		return nil, false, err
	}
	all, opens, reach := make([]Listed, len(rows)), make([]vault.DataKey, len(rows)), []string{}
	for i, r := range rows {
		l := Listed{ID: r.ID, Kind: r.Kind, State: r.State, Waiting: r.WaitingHour, Made: r.MadeHour, Unread: r.Unread}
		var plain []byte
		if opens[i], err = by.Key.Open(vault.Place{Request: r.ID, Epoch: r.Epoch, Reader: by.ID}, decode(r.Grant)); err == nil {
			plain, err = opens[i].Unseal(keys[r.HeaderID], vault.Address{Request: r.ID, Item: r.HeaderID, Epoch: r.Epoch, Kind: itemHeader}, decode(r.Sealed))
		}
		if l.Broken = err != nil || json.Unmarshal(plain, &l.Header) != nil; !l.Broken && l.Header.Apart != nil {
			reach = append(reach, l.Header.Apart.Item)
		}
		all[i] = l
	}
	if keys, err = s.Erasure.Items(ctx, reach...); err != nil {
		return nil, false, err
	}
	still := map[Party]bool{}
	for i, l := range all {
		if a := l.Header.Apart; a != nil && !l.Broken {
			erase, known := keys[a.Item]
			if l.Header.ReachLost = !known; known {
				plain, err := opens[i].Unseal(erase, vault.Address{Request: l.ID, Item: a.Item, Epoch: rows[i].Epoch, Kind: itemReach}, decode(a.Sealed))
				l.Broken = err != nil || json.Unmarshal(plain, &l.Header.Reach) != nil
			}
		}
		if !l.Broken {
			reads, known := still[l.Header.Party]
			if !known {
				err := s.stillReads(ctx, by, l.Header.Party)
				if err != nil && !fault.Is(err, fault.KindNotFound) {
					return nil, false, err
				}
				reads = err == nil
				still[l.Header.Party] = reads
			}
			if !reads {
				continue // of a team that they left
			}
		}
		list = append(list, l)
	}
	return list, more, nil
}
