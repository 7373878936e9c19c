package backup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"kvart/internal/platform/db"
)

// Meta says what a backup notes about itself, and whether it may replace a file.
type Meta struct {
	Version   string    // of the program
	Overwrite bool      // replace file if it exists
	Demo      bool      // the data is a demo's
	Now       time.Time // zero: now
}

// Backup writes the whole database as it is at one moment to file, while others read and write it. The file appears
// whole or not at all and only its owner may read it. It returns ErrExists, ErrFull, or ErrMissing where PostgreSQL's
// own programs are not installed. The room needed beside file is about that of the database twice.
func Backup(ctx context.Context, d *db.DB, file string, o Meta) (m Manifest, err error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if !o.Overwrite {
		if err := absent(file); err != nil {
			return m, err
		}
	}
	dir, err := os.MkdirTemp(filepath.Dir(file), ".kvart-backup-*") // 0700; beside, so that the file can be renamed
	if err != nil {
		return m, spoken(fmt.Errorf("writing the backup: %w", err), filepath.Dir(file))
	}
	defer os.RemoveAll(dir)
	m = Manifest{Format: format, Version: o.Version, Engine: d.Engine, Demo: o.Demo, MadeAt: o.Now.UTC().Truncate(time.Hour), Without: missing}
	part := filepath.Join(dir, partName(d.Engine))
	if d.Engine == db.Postgres {
		m.Migration, err = dumpPostgres(ctx, d, part)
	} else {
		m.Migration, err = copySQLite(ctx, d.File, part)
	}
	if err == nil {
		m, err = pack(file, m, part, o.Overwrite)
	}
	if err != nil {
		return m, spoken(fmt.Errorf("backing up: %w", err), filepath.Dir(file))
	}
	return m, nil
}

// openFile opens a SQLite file on a connection of its own, so that neither the writer nor the readers wait.
func openFile(file, more string) (*sql.DB, error) {
	path := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath()}).String()
	c, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(10000)&_pragma=trusted_schema(0)"+more)
	if err == nil {
		c.SetMaxOpenConns(1)
	}
	return c, err
}

// copySQLite copies the database as one reader sees it. VACUUM INTO leaves out the free pages, in which what was
// erased may still be, and keeps every rowid.
func copySQLite(ctx context.Context, from, to string) (migration int64, err error) {
	c, err := openFile(from, "")
	if err != nil {
		return 0, err
	}
	_, err = c.ExecContext(ctx, "VACUUM INTO ?", to)
	if err := errors.Join(err, c.Close()); err != nil {
		return 0, err
	}
	if err := os.Chmod(to, 0o600); err != nil {
		return 0, err
	}
	return checkSQLite(ctx, to)
}

// checkSQLite reads the whole file and returns the newest migration, or an error where anything in it does not hold.
func checkSQLite(ctx context.Context, file string) (migration int64, err error) {
	c, err := openFile(file, "&mode=ro")
	if err != nil {
		return 0, err
	}
	defer c.Close()
	var said string
	if err := c.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&said); err != nil {
		return 0, err
	}
	if said != "ok" {
		return 0, fmt.Errorf("integrity check: %s", said)
	}
	err = c.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version").Scan(&migration)
	return migration, err
}
