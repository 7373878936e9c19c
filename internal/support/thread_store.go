package support

import (
	"context"
	"encoding/json"
	"strings"

	"kvart/internal/network"
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
	o, err := s.open(ctx, s.DB, by, id)
	if err != nil {
		return t, err
	}
	var items []itemRow
	if err := s.DB.Select(ctx, &items, `SELECT * FROM support_items WHERE request_id = :r AND (kind = 'entry' OR id = :h) ORDER BY seq`, db.Args{"r": id, "h": o.HeaderID}); err != nil {
		return t, err
	}
	keys, err := s.Erasure.OfRequests(ctx, id)
	if err != nil {
		return t, err
	}
	var reads []struct {
		Item string `db:"item_id"`
		ReadAt
	}
	if err := s.DB.Select(ctx, &reads, `SELECT item_id, reader_id, hour FROM support_reads WHERE request_id = :r ORDER BY hour, reader_id`, db.Args{"r": id}); err != nil {
		return t, err
	}
	of, mine := map[string][]ReadAt{}, map[string]bool{}
	for _, r := range reads {
		of[r.Item] = append(of[r.Item], r.ReadAt)
		mine[r.Item] = mine[r.Item] || r.Reader == by.ID
	}
	t = Thread{ID: id, State: o.State, Waiting: o.WaitingHour, Made: o.MadeHour, Delete: o.DeleteHour, Coded: o.Locator != nil}
	var fresh []string
	for _, row := range items {
		plain, gone, err := o.unseal(row, keys)
		if err != nil {
			return t, err
		}
		if row.Kind == itemHeader {
			if gone {
				return t, fault.NotFound("support.fault.erased")
			}
			if json.Unmarshal(plain, &t.Header) != nil {
				return t, exchanged(nil)
			}
			continue
		}
		e := Shown{ID: row.ID, Hour: row.Hour, Erased: gone, Reads: of[row.ID]}
		if !gone && json.Unmarshal(plain, &e.Entry) != nil {
			return t, exchanged(nil)
		}
		if by.ID == PersonID && !e.ForPerson() {
			continue
		}
		if !mine[row.ID] {
			fresh = append(fresh, row.ID)
		}
		t.Entries = append(t.Entries, e)
	}
	if err := s.stillReads(ctx, by, t.Header.Party); err != nil {
		return Thread{}, err
	}
	for _, m := range o.members() {
		if m.ID != PersonID {
			t.Readers = append(t.Readers, m.ID)
		}
	}
	if t.Names, err = s.names(ctx, o); err != nil {
		return t, err
	}
	return t, s.opened(ctx, by, id, fresh)
}

// stillReads returns NotFound for an account that left the party's team and whose grants are there still, because it reads
// for another.
func (s *Store) stillReads(ctx context.Context, by Reading, p Party) error {
	if by.Account == "" {
		return nil
	}
	kind, id, role := network.ScopeCentre, p.Centre, network.SupportWorker
	if p.Centre == "" {
		kind, id, role = network.ScopeOrganisation, p.Organisation, network.Member
	}
	var n int
	err := s.DB.Get(ctx, &n, `SELECT COUNT(*) FROM account_roles WHERE account_id = :a AND role = :r AND scope_kind = :k AND scope_id = :i`,
		db.Args{"a": by.Account, "r": string(role), "k": kind, "i": id})
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

// names are the working names of all keys that an epoch of the request was sealed to.
func (s *Store) names(ctx context.Context, o *opened) (map[string]string, error) {
	ids := []string{}
	for _, e := range o.epochs {
		for _, m := range e.members {
			ids = append(ids, m.ID)
		}
	}
	args := db.Args{}
	var rows []struct {
		ID   string `db:"id"`
		Name string `db:"name"`
	}
	err := s.DB.Select(ctx, &rows, `SELECT k.id, a.name FROM vault_keys k JOIN accounts a ON a.id = k.account_id WHERE k.id IN (`+db.In("k", ids, args)+`)`, args)
	names := map[string]string{}
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, err
}

// File is an attachment's bytes. It returns NotFound for one that the request's entries do not name.
func (s *Store) File(ctx context.Context, by Reading, id, entry string) (File, []byte, error) {
	if err := s.ready(); err != nil {
		return File{}, nil, err
	}
	o, err := s.open(ctx, s.DB, by, id)
	if err != nil {
		return File{}, nil, err
	}
	h, err := s.header(ctx, s.DB, o)
	if err == nil {
		err = s.stillReads(ctx, by, h.Party)
	}
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
	// Which ones first, by indexes and narrow rows alone: what is sealed, and what is unread, is looked at for one page.
	err = s.DB.Select(ctx, &rows, `SELECT r.*, i.epoch AS header_epoch, i.sealed, h.sealed AS grant_sealed,
		(SELECT COUNT(*) FROM support_items e WHERE e.request_id = r.id AND e.kind = 'entry' AND NOT EXISTS (SELECT 1 FROM support_reads d WHERE d.item_id = e.id AND d.reader_id = :me)) AS unread
		FROM (SELECT p.id FROM (SELECT DISTINCT request_id FROM support_grants WHERE reader_id = :me) g JOIN support_requests p ON p.id = g.request_id
			WHERE p.state = :state AND p.kind <> 'registration' AND EXISTS (SELECT 1 FROM support_grants n WHERE n.request_id = p.id AND n.epoch = p.epoch AND n.reader_id = :me)
			ORDER BY CASE WHEN p.waiting_hour IS NULL THEN 1 ELSE 0 END, p.waiting_hour, p.made_hour DESC, p.id LIMIT :n OFFSET :skip) few
		JOIN support_requests r ON r.id = few.id
		JOIN support_items i ON i.id = r.header_id AND i.request_id = r.id JOIN support_grants h ON h.request_id = r.id AND h.epoch = i.epoch AND h.reader_id = :me
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
	still := map[Party]bool{}
	for _, r := range rows {
		l := Listed{ID: r.ID, Kind: r.Kind, State: r.State, Waiting: r.WaitingHour, Made: r.MadeHour, Unread: r.Unread}
		key, err := by.Key.Open(vault.Place{Request: r.ID, Epoch: r.Epoch, Reader: by.ID}, decode(r.Grant))
		var plain []byte
		if err == nil {
			plain, err = key.Unseal(keys[r.HeaderID], vault.Address{Request: r.ID, Item: r.HeaderID, Epoch: r.Epoch, Kind: itemHeader}, decode(r.Sealed))
		}
		l.Broken = err != nil || json.Unmarshal(plain, &l.Header) != nil
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
