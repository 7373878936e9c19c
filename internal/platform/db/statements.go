package db

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"modernc.org/sqlite"
)

// keeping is the SQLite driver with connections that keep what they prepared, as pgx does for PostgreSQL: a program
// sends the same few hundred texts again and again, and preparing one can take longer than running it.
const keeping = "sqlite-keeping"

func init() { sql.Register(keeping, keepingDriver{}) }

type keepingDriver struct{}

// Open implements driver.Driver.
func (keepingDriver) Open(name string) (driver.Conn, error) {
	c, err := new(sqlite.Driver).Open(name)
	if err != nil {
		return nil, err
	}
	return &keepingConn{sqliteConn: c.(sqliteConn), kept: map[string]driver.Stmt{}}, nil
}

// sqliteConn is what a connection of the driver can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// mostKept bounds the statements a connection keeps; a statement takes some ten kilobytes.
const mostKept = 120

// longest is the length in bytes of a text worth keeping.
const longest = 8 << 10

// keepingConn is used by one goroutine at a time, as database/sql promises.
type keepingConn struct {
	sqliteConn
	kept map[string]driver.Stmt // those not in use
}

// take gives the statement of the text for one use; give ends the use.
func (c *keepingConn) take(ctx context.Context, query string) (driver.Stmt, error) {
	if s, ok := c.kept[query]; ok {
		delete(c.kept, query)
		return s, nil
	}
	return c.PrepareContext(ctx, query)
}

func (c *keepingConn) give(query string, s driver.Stmt) error {
	if c.kept[query] != nil || len(query) > longest {
		return s.Close() // the text was in use twice at once, or is a script
	}
	if len(c.kept) >= mostKept {
		for other, old := range c.kept {
			delete(c.kept, other)
			if err := old.Close(); err != nil {
				return err
			}
			break
		}
	}
	c.kept[query] = s
	return nil
}

// ExecContext implements driver.ExecerContext.
func (c *keepingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	res, err := s.(driver.StmtExecContext).ExecContext(ctx, args)
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return res, c.give(query, s)
}

// QueryContext implements driver.QueryerContext.
func (c *keepingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return &keptRows{rows, func() error { return c.give(query, s) }}, nil
}

// Close implements driver.Conn.
func (c *keepingConn) Close() error {
	for _, s := range c.kept {
		_ = s.Close()
	}
	clear(c.kept)
	return c.sqliteConn.Close()
}

// keptRows give their statement back when they are closed.
type keptRows struct {
	driver.Rows
	give func() error
}

// Close implements driver.Rows.
func (r *keptRows) Close() error {
	if r.give == nil {
		return nil
	}
	err := r.Rows.Close()
	if e := r.give(); err == nil {
		err = e
	}
	r.give = nil
	return err
}
