package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// ErrNewer is returned for a schema that a newer program made: this one does not know what it must not break.
var ErrNewer = errors.New("this data was made by a newer kvart")

// Migrate brings the schema up to date, or returns ErrNewer. files holds the common migrations at its root and the dialect's own under
// sqlite/ and postgres/ with the same numbering; more are Go migrations. It returns how many were applied.
func (d *DB) Migrate(ctx context.Context, files fs.FS, more ...*goose.Migration) (int, error) {
	p, err := d.provider(files, more)
	if err != nil {
		return 0, err
	}
	if d.Engine == SQLite { // goose keeps a connection while a Go migration of a library opens its own
		d.write.SetMaxOpenConns(3)
		defer d.write.SetMaxOpenConns(1)
	}
	is, known, err := p.GetVersions(ctx)
	if err != nil {
		return 0, fmt.Errorf("reading the schema's version: %w", err)
	}
	if is > known {
		return 0, fmt.Errorf("%w (schema %d, this program knows %d): install that version, or restore the backup of before the upgrade", ErrNewer, is, known)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return len(done), fmt.Errorf("migrating: %w", err)
	}
	return len(done), nil
}

// Pending says whether the schema is older than the program.
func (d *DB) Pending(ctx context.Context, files fs.FS, more ...*goose.Migration) (bool, error) {
	p, err := d.provider(files, more)
	if err != nil {
		return false, err
	}
	return p.HasPending(ctx)
}

func (d *DB) provider(files fs.FS, more []*goose.Migration) (*goose.Provider, error) {
	dialect, folder := goose.DialectSQLite3, "sqlite"
	if d.Engine == Postgres {
		dialect, folder = goose.DialectPostgres, "postgres"
	}
	own, err := fs.Sub(files, folder)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, d.write.DB, merged{files, own}, goose.WithGoMigrations(more...), goose.WithDisableGlobalRegistry(true))
}

// merged shows the files of two folders as one.
type merged struct{ common, own fs.FS }

func (m merged) Open(name string) (fs.File, error) {
	if f, err := m.own.Open(name); err == nil && name != "." {
		return f, nil
	}
	return m.common.Open(name)
}

func (m merged) Glob(pattern string) ([]string, error) {
	a, err := fs.Glob(m.common, pattern)
	if err != nil {
		return nil, err
	}
	b, err := fs.Glob(m.own, pattern)
	return append(a, b...), err
}
