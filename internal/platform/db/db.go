// Package db opens Kvart's one database, SQLite or PostgreSQL, behind one SQL text.
//
// Queries are written once with :named parameters. SQLite has one writer connection whose transactions are immediate
// and a read-only pool; PostgreSQL has one pool. Dialect branches live in this package and nowhere else.
// It is not a query builder and knows no table of any feature but its own migrations.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"kvart/internal/platform/fault"
)

// Engine names the database engine.
type Engine string

// The two engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Args are the named parameters of a query.
type Args map[string]any

// DB is the open database.
type DB struct {
	Engine Engine
	URL    string // for PostgreSQL: the URL it was opened with
	File   string // for SQLite: the file's path
	write  *sqlx.DB
	read   *sqlx.DB
}

// OpenSQLite opens, and where it is missing creates, the database file. Durability is synchronous=FULL.
func OpenSQLite(file string) (*DB, error) { return openSQLite(file, "_pragma=journal_mode(WAL)") }

// OpenErasing is OpenSQLite for a file in which nothing stays of what was deleted: deleted bytes are overwritten with
// zeros, and the rollback journal, which holds them until then, is cut to nothing by the commit itself. A log (WAL) would
// keep them until a checkpoint, which a reader of any process can hold up, and would go on writing after the file is gone.
func OpenErasing(file string) (*DB, error) {
	return openSQLite(file, "_pragma=journal_mode(TRUNCATE)&_pragma=secure_delete(1)")
}

func openSQLite(file, journal string) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("creating the data folder: %w", err)
	}
	pragmas := "_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&" + journal + "&_pragma=synchronous(FULL)&_pragma=temp_store(MEMORY)&_pragma=trusted_schema(0)"
	path := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath()}).String()
	open := func(options string) (*sqlx.DB, error) {
		d, err := sql.Open(keeping, path+"?"+pragmas+options)
		return sqlx.NewDb(d, "sqlite"), err
	}
	w, err := open("&_txlock=immediate&_pragma=cache_size(-8000)")
	if err != nil {
		return nil, err
	}
	w.SetMaxOpenConns(1)
	w.SetMaxIdleConns(1)
	if err := w.Ping(); err != nil {
		w.Close()
		return nil, fmt.Errorf("opening %s: %w", file, err)
	}
	_ = os.Chmod(file, 0o600)
	r, err := open("&_pragma=query_only(1)&_pragma=cache_size(-4000)")
	if err != nil {
		w.Close()
		return nil, err
	}
	readers := max(4, runtime.NumCPU()) // each has a cache of pages and of statements
	r.SetMaxOpenConns(readers)
	r.SetMaxIdleConns(readers)
	return &DB{Engine: SQLite, File: file, write: w, read: r}, nil
}

// OpenPostgres opens the pool. The server's synchronous_commit setting is switched on for every connection.
func OpenPostgres(dbURL string) (*DB, error) {
	withOptions := dbURL
	if u, err := url.Parse(dbURL); err == nil && u.Scheme != "" {
		q := u.Query()
		q.Set("synchronous_commit", "on")
		q.Set("timezone", "UTC")
		if q.Get("connect_timeout") == "" {
			q.Set("connect_timeout", "5")
		}
		u.RawQuery = q.Encode()
		withOptions = u.String()
	}
	w, err := sqlx.Open("pgx", withOptions)
	if err != nil {
		return nil, err
	}
	w.SetMaxOpenConns(24)
	w.SetMaxIdleConns(24)
	w.SetConnMaxIdleTime(5 * time.Minute)
	if err := w.Ping(); err != nil {
		w.Close()
		return nil, fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	return &DB{Engine: Postgres, URL: dbURL, write: w, read: w}, nil
}

// Close closes all connections.
func (d *DB) Close() error {
	if d.read == d.write {
		return d.write.Close()
	}
	return errors.Join(d.read.Close(), d.write.Close())
}

// Writer is the underlying pool for libraries that bring their own SQL (jobs, migrations). On SQLite it has one connection.
func (d *DB) Writer() *sql.DB { return d.write.DB }

// Ping returns an error while the database cannot be reached.
func (d *DB) Ping(ctx context.Context) error {
	var one int
	return d.read.GetContext(ctx, &one, "SELECT 1")
}

// Querier runs queries: the database itself for reading, or a transaction.
type Querier interface {
	// Get scans one row; it returns fault NotFound when there is none.
	Get(ctx context.Context, dest any, query string, args Args) error
	// Select scans all rows into a slice.
	Select(ctx context.Context, dest any, query string, args Args) error
	// Engine says which engine answers.
	DialectOf() Engine
}

// Tx is a write transaction.
type Tx struct {
	tx     *sqlx.Tx
	engine Engine
}

// Get implements Querier on the read pool.
func (d *DB) Get(ctx context.Context, dest any, query string, args Args) error {
	return get(ctx, d.read, dest, query, args)
}

// Select implements Querier on the read pool.
func (d *DB) Select(ctx context.Context, dest any, query string, args Args) error {
	return selectAll(ctx, d.read, dest, query, args)
}

// Each calls row for every result row, holding only one in memory. Stop by returning an error.
func (d *DB) Each(ctx context.Context, query string, args Args, row func(*sqlx.Rows) error) error {
	q, list, err := bind(d.read, query, args)
	if err != nil {
		return err
	}
	rows, err := d.read.QueryxContext(ctx, q, list...)
	if err != nil {
		return translate(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return translate(rows.Err())
}

// Asked is one of several queries that are asked together.
type Asked struct {
	Query string
	Args  Args
	Row   func(scan func(dest ...any) error) error // called for every result row
}

// Together asks all queries in their order, on PostgreSQL with one way there and back. Each sees what was committed when
// its turn came, as if they were asked one by one.
func (d *DB) Together(ctx context.Context, list ...Asked) error {
	if d.Engine == SQLite {
		for _, a := range list {
			if err := d.Each(ctx, a.Query, a.Args, func(rows *sqlx.Rows) error { return a.Row(rows.Scan) }); err != nil {
				return err
			}
		}
		return nil
	}
	var batch pgx.Batch
	for _, a := range list {
		q, args, err := bind(d.read, a.Query, a.Args)
		if err != nil {
			return err
		}
		batch.Queue(q, args...).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				if err := a.Row(rows.Scan); err != nil {
					return err
				}
			}
			return rows.Err()
		})
	}
	c, err := d.read.Conn(ctx)
	if err != nil {
		return translate(err)
	}
	defer c.Close()
	return translate(c.Raw(func(driver any) error { return driver.(*stdlib.Conn).Conn().SendBatch(ctx, &batch).Close() }))
}

// DialectOf implements Querier.
func (d *DB) DialectOf() Engine { return d.Engine }

// Exec runs one statement in a transaction of its own and returns the number of rows it changed.
func (d *DB) Exec(ctx context.Context, query string, args Args) (n int64, err error) {
	err = d.Tx(ctx, func(tx *Tx) error {
		n, err = tx.Exec(ctx, query, args)
		return err
	})
	return n, err
}

// Get implements Querier inside the transaction.
func (t *Tx) Get(ctx context.Context, dest any, query string, args Args) error {
	return get(ctx, t.tx, dest, query, args)
}

// Select implements Querier inside the transaction.
func (t *Tx) Select(ctx context.Context, dest any, query string, args Args) error {
	return selectAll(ctx, t.tx, dest, query, args)
}

// DialectOf implements Querier.
func (t *Tx) DialectOf() Engine { return t.engine }

// Exec runs a statement and returns the number of rows it changed. What the schema refuses comes back as a fault
// (Conflict) whose cause names the constraint; see Refused.
func (t *Tx) Exec(ctx context.Context, query string, args Args) (int64, error) {
	q, list, err := bind(t.tx, query, args)
	if err != nil {
		return 0, err
	}
	res, err := t.tx.ExecContext(ctx, q, list...)
	if err != nil {
		return 0, translate(err)
	}
	return res.RowsAffected()
}

// Insert inserts many rows in few statements of a few sizes, so that the engines know them again. A column may name the
// type that its values are cast to (words tsvector). What stands behind the rows is tail, such as ON CONFLICT. It returns how
// many rows were inserted or changed. Like Exec, it takes no time.Time.
func (t *Tx) Insert(ctx context.Context, table string, columns []string, rows [][]any, tail string) (n int64, err error) {
	for _, size := range insertSizes {
		for len(rows) >= size {
			list := make([]any, 0, size*len(columns))
			for _, row := range rows[:size] {
				for _, v := range row {
					if at, ok := v.(time.Time); ok {
						panic(fmt.Sprintf("db: a time.Time (%s) for %s: bind times as Unix seconds", at, table))
					}
				}
				list = append(list, row...)
			}
			res, err := t.tx.ExecContext(ctx, insertText(t.engine, table, columns, size)+tail, list...)
			if err != nil {
				return n, translate(err)
			}
			some, err := res.RowsAffected()
			if err != nil {
				return n, err
			}
			n, rows = n+some, rows[size:]
		}
	}
	return n, nil
}

var insertSizes = []int{256, 64, 16, 4, 1}

func insertText(engine Engine, table string, columns []string, rows int) string {
	names, casts := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i], casts[i], _ = strings.Cut(c, " ")
	}
	var b strings.Builder
	b.Grow(200 + rows*len(columns)*6)
	b.WriteString("INSERT INTO " + table + " (" + strings.Join(names, ",") + ") VALUES ")
	n := 0
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j, cast := range casts {
			if j > 0 {
				b.WriteByte(',')
			}
			mark := "?"
			if n++; engine == Postgres {
				mark = "$" + strconv.Itoa(n)
			}
			if cast != "" {
				mark = "CAST(" + mark + " AS " + cast + ")"
			}
			b.WriteString(mark)
		}
		b.WriteByte(')')
	}
	return b.String()
}

// Tx runs f in one write transaction and commits it when f returns nil. A deadlock or serialization failure of
// PostgreSQL (40P01, 40001) is tried again, up to ten times, so f must have no effect outside the transaction.
func (d *DB) Tx(ctx context.Context, f func(*Tx) error) error {
	var err error
	for attempt := range 10 {
		err = d.once(ctx, f)
		if !again(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(attempt*attempt+1) * 3 * time.Millisecond):
		}
	}
	return err
}

func (d *DB) once(ctx context.Context, f func(*Tx) error) (err error) {
	tx, err := d.write.BeginTxx(ctx, nil)
	if err != nil {
		return translate(err)
	}
	defer func() {
		if p := recover(); p != nil {
			_ = tx.Rollback()
			panic(p)
		}
	}()
	if err := f(&Tx{tx: tx, engine: d.Engine}); err != nil {
		_ = tx.Rollback()
		return err
	}
	return translate(tx.Commit())
}

func again(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "40P01" || pg.Code == "40001"
	}
	return false
}

type runner interface {
	sqlx.QueryerContext
	sqlx.ExecerContext
	BindNamed(string, any) (string, []any, error)
}

func bind(r runner, query string, args Args) (string, []any, error) {
	if len(args) == 0 {
		return query, nil, nil
	}
	for name, v := range args {
		if t, ok := v.(time.Time); ok {
			panic(fmt.Sprintf("db: %s is a time.Time (%s): bind times as Unix seconds", name, t))
		}
	}
	q, list, err := r.BindNamed(query, map[string]any(args))
	if err != nil {
		return "", nil, fmt.Errorf("binding %q: %w", query, err)
	}
	return q, list, nil
}

func get(ctx context.Context, r runner, dest any, query string, args Args) error {
	q, list, err := bind(r, query, args)
	if err != nil {
		return err
	}
	return translate(sqlx.GetContext(ctx, r, dest, q, list...))
}

func selectAll(ctx context.Context, r runner, dest any, query string, args Args) error {
	q, list, err := bind(r, query, args)
	if err != nil {
		return err
	}
	return translate(sqlx.SelectContext(ctx, r, dest, q, list...))
}

// In expands a list into named parameters: In("id", ids, args) adds id_0, id_1, … to args and returns
// ":id_0, :id_1, …" for an IN (…) clause. An empty list gives NULL, which matches nothing.
func In[T any](name string, list []T, args Args) string {
	if len(list) == 0 {
		return "NULL"
	}
	var b strings.Builder
	for i, v := range list {
		key := fmt.Sprintf("%s_%d", name, i)
		args[key] = v
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(":" + key)
	}
	return b.String()
}

// translate turns engine errors into faults: no rows is NotFound, what the schema refuses is Conflict.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return fault.NotFound("fault.not_found").Because(err)
	case Refused(err) != "":
		return fault.Conflict("fault.conflict").Because(err)
	case Away(err):
		return (&fault.Error{Kind: fault.KindInternal, Key: "fault.database_away"}).Because(err)
	case Full(err):
		return (&fault.Error{Kind: fault.KindInternal, Key: "fault.disk_full"}).Because(err)
	}
	return err
}

// Refused returns what a constraint or trigger of the schema said when it refused err's statement, and "" when err is
// no refusal. Triggers of ours speak the same short word on both engines: "overlap", "full", "append-only", …
func Refused(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code {
		case "23P01":
			return "overlap"
		case "23505", "23514", "23503", "23502":
			if pg.ConstraintName != "" {
				return pg.ConstraintName
			}
			return pg.Message
		case "P0001":
			return pg.Message
		}
		return ""
	}
	if se, ok := errors.AsType[*sqlite.Error](err); ok && se.Code()&0xff == sqlite3.SQLITE_CONSTRAINT {
		msg := strings.TrimPrefix(se.Error(), "constraint failed: ")
		msg = strings.TrimPrefix(msg, "CHECK constraint failed: ")
		msg = strings.TrimPrefix(msg, "UNIQUE constraint failed: ")
		if i := strings.LastIndex(msg, " ("); i > 0 {
			msg = msg[:i]
		}
		if msg == "" {
			msg = "constraint"
		}
		return msg
	}
	return ""
}

// Away says whether err means that the database cannot be reached just now.
func Away(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "57P") || pg.Code == "25006" // a replica that nobody has promoted yet
	}
	if se, ok := errors.AsType[*sqlite.Error](err); ok {
		c := se.Code() & 0xff
		return c == sqlite3.SQLITE_BUSY || c == sqlite3.SQLITE_LOCKED || c == sqlite3.SQLITE_CANTOPEN || c == sqlite3.SQLITE_READONLY
	}
	return errors.Is(err, sql.ErrConnDone) || err != nil && (strings.Contains(err.Error(), "connection refused") || strings.Contains(err.Error(), "unexpected EOF") || strings.Contains(err.Error(), "conn closed") || strings.Contains(err.Error(), "connection reset"))
}

// Full says whether err means that the disk is full.
func Full(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "53100"
	}
	if se, ok := errors.AsType[*sqlite.Error](err); ok {
		c := se.Code() & 0xff
		return c == sqlite3.SQLITE_FULL || c == sqlite3.SQLITE_IOERR
	}
	return false
}
