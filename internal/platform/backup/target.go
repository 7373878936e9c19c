// Package backup copies the database into one file while it serves, and puts such a file back.
//
// A backup holds the database and nothing else: the secrets folder is never in it, so that who finds a backup cannot
// sign in with it. Restoring is refused while another process uses the target, and leaves the old data whole when it
// fails. Errors are sentences for the operator's terminal, not for pages.
package backup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"kvart/internal/platform/db"
)

// The names of files in a data folder.
const (
	databaseName = "kvart.sqlite"
	lockName     = "kvart.lock"
	demoName     = "DEMO"
)

// Target is the database that a command works on: a PostgreSQL where URL is set, else the SQLite file in DataDir.
type Target struct {
	DataDir string
	URL     string // postgres://…
}

// Engine is the target's engine.
func (t Target) Engine() db.Engine {
	if t.URL != "" {
		return db.Postgres
	}
	return db.SQLite
}

// File is where the SQLite database of a data folder is.
func (t Target) File() string { return filepath.Join(t.DataDir, databaseName) }

// MarkDemo marks the data folder as a demo's. serve refuses such a folder, and a real backup is not restored into it.
func MarkDemo(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("creating the data folder: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, demoName), []byte("This folder holds a demo. kvart serve refuses it.\n"), 0o600)
}

// IsDemo says whether the data folder is a demo's. A folder that cannot be read is none: opening it fails by itself.
func IsDemo(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, demoName))
	return err == nil
}

// What can go wrong, for errors.Is.
var (
	ErrExists  = errors.New("the file exists already")
	ErrDamaged = errors.New("the file is damaged or not a backup of Kvart")
	ErrEngine  = errors.New("the backup is of the other database engine")
	ErrInUse   = errors.New("another kvart process uses this data")
	ErrNewer   = errors.New("the backup was made by a newer Kvart")
	ErrDemo    = errors.New("demo and real data do not mix")
	ErrForeign = errors.New("the database holds tables that are not Kvart's")
	ErrFull    = errors.New("the disk is full")
	ErrMissing = errors.New("a program is missing")
)
