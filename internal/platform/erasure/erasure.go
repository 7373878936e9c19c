// Package erasure keeps the erasure keys: the half of each sealed item's key that is destroyed when the item is erased.
//
// The store is apart from the database and from its backups, so that what is erased here is erased in every copy of the
// database too. It holds random ids and random bytes, and knows nothing of what they seal. After an erasure the bytes
// of the key are in no file of the store; what a disk, a file system's snapshot or a PostgreSQL's own log keeps below
// that, docs/operate.md says.
package erasure

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"

	"kvart/internal/platform/db"
)

// Key is the erasure key of one item. Request and Item are ids; an item has one key.
type Key struct {
	Request, Item string
	Key           [32]byte
}

// String says nothing of the key, so that no log does.
func (k Key) String() string { return "an erasure key" }

// GoString is String.
func (k Key) GoString() string { return k.String() }

// What is wrong with a store.
var (
	ErrMissing = errors.New("there is no erasure store")
	ErrOther   = errors.New("this is another database, and no erasure store")
	ErrKept    = errors.New("this PostgreSQL keeps what is erased")
	ErrThere   = errors.New("an item has its erasure key already")
)

// Store is an open store. Several processes may use one at once.
type Store struct {
	db   *db.DB
	name string // where it is, without a password
	id   string

	there atomic.Bool // the others are set
}

// Away is a store that did not open, until Become.
func Away() *Store { return &Store{} }

// Ready says whether the store is there. Of one that is not, nothing else may be asked.
func (s *Store) Ready() bool { return s != nil && s.there.Load() }

// Become makes of a store that is away the one that has opened meanwhile. Once, and by one caller.
func (s *Store) Become(opened *Store) {
	s.db, s.name, s.id = opened.db, opened.name, opened.id
	s.there.Store(true)
}

// Open opens the store in a file, or at a postgres:// URL, and makes it where it is missing. It returns ErrOther where
// something else is there, and ErrKept for a PostgreSQL whose archive, logical replication or log would keep the keys.
func Open(where string) (*Store, error) { return open(where, true) }

// OpenExisting is Open for a store that must be there; it returns ErrMissing where there is none.
func OpenExisting(where string) (*Store, error) { return open(where, false) }

// Place is where as it may be shown: a file's path, or the URL without its password.
func Place(where string) string {
	if !isURL(where) {
		return where
	}
	u, err := url.Parse(where)
	if err != nil {
		return "postgres://…"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

func isURL(where string) bool {
	return strings.HasPrefix(where, "postgres://") || strings.HasPrefix(where, "postgresql://")
}

func open(where string, makeIt bool) (*Store, error) {
	s := &Store{name: Place(where)}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var err error
	if isURL(where) {
		s.db, err = db.OpenPostgres(where)
	} else {
		s.db, err = openFile(where, makeIt)
	}
	if err != nil {
		return nil, s.because(err)
	}
	if s.db.Engine == db.Postgres {
		s.db.Writer().SetMaxOpenConns(8)
		err = s.checkServer(ctx)
	}
	if err == nil {
		err = s.prepare(ctx, makeIt)
	}
	if err != nil {
		s.db.Close()
		return nil, s.because(err)
	}
	s.there.Store(true)
	return s, nil
}

// application marks a SQLite file as an erasure store, at offset 68 of its first page.
const application = 0x4b764572 // "KvEr"

func openFile(file string, makeIt bool) (*db.DB, error) {
	head := make([]byte, 72)
	f, err := os.Open(file)
	if err == nil {
		n, readErr := f.Read(head)
		f.Close()
		if n > 0 && (readErr != nil || n < len(head) || string(head[:15]) != "SQLite format 3" || binary.BigEndian.Uint32(head[68:]) != application) {
			return nil, ErrOther // also the network's own database, which must not even be opened in another journal mode
		}
		if n == 0 && !makeIt {
			return nil, ErrMissing
		}
		return db.OpenErasing(file)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if !makeIt {
		return nil, ErrMissing
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	// Never a moment in which others may read it. Where another process made it meanwhile, that is well.
	if f, err = os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, err
	}
	f.Close()
	return db.OpenErasing(file)
}

// checkServer refuses a cluster that keeps elsewhere what its tables no longer hold.
func (s *Store) checkServer(ctx context.Context) error {
	var rows []struct{ Name, Setting string }
	if err := s.db.Select(ctx, &rows, `SELECT name, setting FROM pg_settings WHERE name IN ('archive_mode', 'log_statement',
		'log_min_duration_statement', 'log_min_duration_sample', 'log_parameter_max_length')`, nil); err != nil {
		return err
	}
	settings := map[string]string{}
	for _, r := range rows {
		settings[r.Name] = r.Setting
	}
	var logical int
	if err := s.db.Get(ctx, &logical, `SELECT COUNT(*) FROM pg_replication_slots WHERE slot_type = 'logical'`, nil); err != nil {
		return err
	}
	return keeps(settings, logical)
}

// keeps says how a cluster of these settings would keep an erased key, or nil.
func keeps(settings map[string]string, logicalSlots int) error {
	if m := settings["archive_mode"]; m != "off" {
		return fmt.Errorf("%w: archive_mode is %s, and the archived log would hold every key; use a cluster without an archive, or a file", ErrKept, m)
	}
	if logicalSlots > 0 {
		return fmt.Errorf("%w: a logical replication slot copies its tables elsewhere; use a cluster without one, or a file", ErrKept)
	}
	logs := settings["log_statement"] == "all" || settings["log_statement"] == "mod"
	for _, name := range []string{"log_min_duration_statement", "log_min_duration_sample"} {
		logs = logs || settings[name] != "-1" && settings[name] != ""
	}
	if logs && settings["log_parameter_max_length"] != "0" {
		return fmt.Errorf("%w: its log writes statements with their values; set log_parameter_max_length = 0 for this database, or log none", ErrKept)
	}
	return nil
}

// prepare makes the two tables, once among several processes, and reads the store's id.
func (s *Store) prepare(ctx context.Context, makeIt bool) error {
	there := func(table string) (bool, error) {
		var n int
		query := `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = :table`
		if s.db.Engine == db.Postgres {
			query = `SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass(:table)`
		}
		err := s.db.Get(ctx, &n, query, db.Args{"table": table})
		return n > 0, err
	}
	if other, err := there("goose_db_version"); err != nil {
		return err
	} else if other {
		return fmt.Errorf("%w: the network's own database is in it; make one apart, which no backup of the other holds", ErrOther)
	}
	is, err := there("erasure_store")
	if err != nil {
		return err
	}
	if is { // nothing is written: a backup may be on a medium that cannot be
		return s.db.Get(ctx, &s.id, `SELECT id FROM erasure_store`, nil)
	}
	if !makeIt {
		return ErrMissing
	}
	err = s.tx(ctx, func(tx *db.Tx) error {
		bytes, more := "BLOB", fmt.Sprintf(`PRAGMA application_id = %d`, application)
		if s.db.Engine == db.Postgres {
			if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(72641)`, nil); err != nil {
				return err
			}
			// The statistics of a column are a sample of its values.
			bytes, more = "BYTEA", `ALTER TABLE erasure_keys ALTER COLUMN secret SET STATISTICS 0`
		}
		for _, statement := range []string{
			`CREATE TABLE IF NOT EXISTS erasure_store (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), id TEXT NOT NULL)`,
			`CREATE TABLE IF NOT EXISTS erasure_keys (item TEXT PRIMARY KEY, request TEXT NOT NULL, secret ` + bytes + ` NOT NULL CHECK (length(secret) = 32))`,
			`CREATE INDEX IF NOT EXISTS erasure_keys_request ON erasure_keys (request)`,
		} {
			if _, err := tx.Exec(ctx, statement, nil); err != nil {
				return err
			}
		}
		n, err := tx.Exec(ctx, `INSERT INTO erasure_store (only_one, id) VALUES (1, :id) ON CONFLICT (only_one) DO NOTHING`, db.Args{"id": db.NewSecretID()})
		if err == nil && n == 1 {
			_, err = tx.Exec(ctx, more, nil)
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.db.Get(ctx, &s.id, `SELECT id FROM erasure_store`, nil)
}

// tx runs f in one transaction.
func (s *Store) tx(ctx context.Context, f func(*db.Tx) error) error {
	err := s.db.Tx(ctx, f)
	if err != nil && s.db.Engine == db.SQLite {
		// Without a log the commit itself can find the file busy, and leaves its transaction open on the one connection.
		_, _ = s.db.Writer().ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	}
	return err
}

func (s *Store) because(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("erasure store %s: %w", s.name, err)
}

// ID is the random id of this store, made with it. It names the store in what must find the same one again.
func (s *Store) ID() string { return s.id }

// Close closes it.
func (s *Store) Close() error {
	if !s.Ready() {
		return nil
	}
	return s.db.Close()
}

// most is how many things one statement names.
const most = 1000

func chunks[T any](list []T, f func([]T) error) error {
	for len(list) > 0 {
		n := min(most, len(list))
		if err := f(list[:n]); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// Put keeps keys, all or none; they are on the disk when it returns. It returns ErrThere where an item has one already.
func (s *Store) Put(ctx context.Context, keys ...Key) error {
	for _, k := range keys {
		if k.Request == "" || k.Item == "" || k.Key == [32]byte{} {
			return s.because(errors.New("a key without its request, its item or its bytes"))
		}
	}
	if len(keys) == 0 {
		return nil
	}
	err := s.tx(ctx, func(tx *db.Tx) error { return insert(ctx, tx, keys) })
	if db.Refused(err) != "" {
		err = ErrThere // the cause names the item
	}
	return s.because(err)
}

func insert(ctx context.Context, tx *db.Tx, keys []Key) error {
	return chunks(keys, func(keys []Key) error {
		args := db.Args{}
		var values strings.Builder
		for i, k := range keys {
			if i > 0 {
				values.WriteString(", ")
			}
			fmt.Fprintf(&values, "(:item_%d, :request_%d, :secret_%d)", i, i, i)
			args[fmt.Sprintf("item_%d", i)], args[fmt.Sprintf("request_%d", i)], args[fmt.Sprintf("secret_%d", i)] = k.Item, k.Request, k.Key[:]
		}
		_, err := tx.Exec(ctx, `INSERT INTO erasure_keys (item, request, secret) VALUES `+values.String(), args)
		return err
	})
}

// OfRequests is the keys of all items of the requests, by item. Items that were erased are not in it.
func (s *Store) OfRequests(ctx context.Context, requests ...string) (map[string][32]byte, error) {
	return s.find(ctx, "request", requests)
}

// Items is the keys of those of the items that are there, by item.
func (s *Store) Items(ctx context.Context, items ...string) (map[string][32]byte, error) {
	return s.find(ctx, "item", items)
}

func (s *Store) find(ctx context.Context, column string, ids []string) (map[string][32]byte, error) {
	found := map[string][32]byte{}
	err := chunks(ids, func(ids []string) error {
		args := db.Args{}
		return s.db.Each(ctx, `SELECT item, secret FROM erasure_keys WHERE `+column+` IN (`+db.In("id", ids, args)+`)`, args, func(rows *sqlx.Rows) error {
			var item string
			var secret []byte
			if err := rows.Scan(&item, &secret); err != nil {
				return err
			}
			found[item] = [32]byte(secret) // 32 bytes, says the table
			return nil
		})
	})
	if err != nil {
		return nil, s.because(err)
	}
	return found, nil
}

// EraseItems destroys the keys of the items, all or none, for good. Items that have none are passed over.
func (s *Store) EraseItems(ctx context.Context, items ...string) error {
	return s.erase(ctx, "item", items)
}

// EraseRequests destroys the keys of all items of the requests, all or none, for good.
func (s *Store) EraseRequests(ctx context.Context, requests ...string) error {
	return s.erase(ctx, "request", requests)
}

// erase deletes the rows and writes what stays anew, in one transaction. A row that is only deleted leaves its bytes: in
// SQLite where a page was split or joined before, in PostgreSQL in the page until something is written over it (VACUUM
// too only frees the room, and VACUUM FULL copies a dead row that an old snapshot might still see).
func (s *Store) erase(ctx context.Context, column string, ids []string) error {
	var there int
	err := chunks(ids, func(ids []string) error { // most often there is nothing to write anew
		args := db.Args{}
		var n int
		err := s.db.Get(ctx, &n, `SELECT COUNT(*) FROM erasure_keys WHERE `+column+` IN (`+db.In("id", ids, args)+`)`, args)
		there += n
		return err
	})
	if err != nil || there == 0 {
		return s.because(err)
	}
	empty := `DELETE FROM erasure_keys`
	if s.db.Engine == db.Postgres {
		empty = `TRUNCATE erasure_keys`
	}
	return s.because(s.tx(ctx, func(tx *db.Tx) error {
		if s.db.Engine == db.Postgres {
			if _, err := tx.Exec(ctx, `LOCK TABLE erasure_keys IN ACCESS EXCLUSIVE MODE`, nil); err != nil {
				return err
			}
		}
		err := chunks(ids, func(ids []string) error {
			args := db.Args{}
			_, err := tx.Exec(ctx, `DELETE FROM erasure_keys WHERE `+column+` IN (`+db.In("id", ids, args)+`)`, args)
			return err
		})
		if err != nil {
			return err
		}
		for _, statement := range []string{
			`CREATE TEMPORARY TABLE erasure_stays AS SELECT item, request, secret FROM erasure_keys`,
			empty,
			`INSERT INTO erasure_keys (item, request, secret) SELECT item, request, secret FROM erasure_stays`,
			`DROP TABLE erasure_stays`,
		} {
			if _, err := tx.Exec(ctx, statement, nil); err != nil {
				return err
			}
		}
		return nil
	}))
}
