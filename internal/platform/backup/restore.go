package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"kvart/internal/platform/db"
)

// Restored says what a restore put back.
type Restored struct {
	Manifest
	Kept string // where the old SQLite database is now; "" where there was none, and on PostgreSQL
}

// Newest is the number of the newest migration that the program brings, as files or as Go.
func Newest(files fs.FS, more ...*goose.Migration) (n int64, err error) {
	for _, m := range more {
		n = max(n, m.Version)
	}
	err = fs.WalkDir(files, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".sql" {
			return err
		}
		number, _, _ := strings.Cut(e.Name(), "_")
		v, err := strconv.ParseInt(number, 10, 64)
		n = max(n, v)
		return err
	})
	return n, err
}

// Restore puts the backup in file in the place of what the target holds. newest is the newest migration this program
// knows; an older backup is to be migrated afterwards. The target is held exclusively meanwhile: ErrInUse says that
// somebody uses it. Every byte of the file is checked before anything is touched, and whatever fails, the old data
// stays as it was. It also returns ErrDamaged, ErrEngine, ErrNewer, ErrDemo, ErrForeign, ErrFull and ErrMissing.
func Restore(ctx context.Context, t Target, file string, newest int64) (r Restored, err error) {
	a, err := open(file)
	if err != nil {
		return r, err
	}
	defer a.Close()
	r.Manifest = a.Manifest
	if a.Engine != t.Engine() {
		return r, fmt.Errorf("%w: it is of %s, the target is %s; give --database-url for a postgres backup and leave it out for a sqlite one",
			ErrEngine, a.Engine, t.Engine())
	}
	if a.Migration > newest {
		return r, fmt.Errorf("%w: by %s, with migration %d where this program knows %d; install that version first", ErrNewer, a.Version, a.Migration, newest)
	}
	release, err := Lock(ctx, t, true)
	if err != nil {
		return r, err
	}
	defer release()
	if err := mix(t, a.Demo); err != nil {
		return r, err
	}
	where := t.DataDir
	if _, err := os.Stat(where); err != nil {
		where = os.TempDir() // PostgreSQL without a data folder
	}
	dir, err := workFolder(where)
	if err != nil {
		return r, spoken(fmt.Errorf("restoring: %w", err), where)
	}
	defer os.RemoveAll(dir)
	part := filepath.Join(dir, a.Parts[0].Name)
	if err = a.extract(part); err == nil {
		if t.Engine() == db.Postgres {
			if err = ours(ctx, t.URL); err == nil {
				err = restorePostgres(ctx, t.URL, part)
			}
		} else {
			r.Kept, err = restoreSQLite(ctx, t, a, part)
		}
	}
	if err == nil {
		return r, nil
	}
	return r, spoken(fmt.Errorf("restoring: %w", err), where)
}

// mix returns ErrDemo where real data would land in a demo's folder or a demo's in a real one.
func mix(t Target, demo bool) error {
	switch {
	case t.DataDir == "" || demo == IsDemo(t.DataDir):
		return nil
	case demo:
		return fmt.Errorf("%w: this is the backup of a demo, %s is not a demo's folder", ErrDemo, t.DataDir)
	default:
		return fmt.Errorf("%w: %s is the folder of a demo; give another --data", ErrDemo, t.DataDir)
	}
}

// workFolder makes the folder to unpack in, and removes those that killed restores left. The caller holds the target.
func workFolder(where string) (string, error) {
	if where != os.TempDir() {
		left, _ := filepath.Glob(filepath.Join(where, ".kvart-restore-*"))
		for _, l := range left {
			_ = os.RemoveAll(l)
		}
	}
	return os.MkdirTemp(where, ".kvart-restore-*") // 0700
}

// restoreSQLite checks the copy and puts it in the place of the old database, which it keeps beside. At every moment
// there is a whole database under the name: the old one until the rename, then the new one.
func restoreSQLite(ctx context.Context, t Target, a *archive, part string) (kept string, err error) {
	migration, err := checkSQLite(ctx, part)
	if err != nil {
		return "", damaged(a.file.Name(), err)
	}
	if migration != a.Migration {
		return "", damaged(a.file.Name(), fmt.Errorf("its schema is at migration %d, its manifest says %d", migration, a.Migration))
	}
	file := t.File()
	if _, err := os.Stat(file); err == nil {
		if kept, err = keep(ctx, file); err != nil {
			return "", fmt.Errorf("keeping the old database: %w", err)
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return "", err
	} else if err := rename(file, file+".lost", "-wal", "-shm"); err != nil {
		return "", err // a log without its database must not be taken for the new one's
	}
	if err := os.Rename(part, file); err != nil {
		return kept, err
	}
	return kept, syncFolder(t.DataDir)
}

// keep gives the old database a second name, with nothing left in its log: a log beside the new database would be
// taken for the new one's. A database that is so broken that its log cannot be written into it is moved with its log.
func keep(ctx context.Context, file string) (kept string, err error) {
	kept = file + ".before-restore"
	for n := 2; ; n++ {
		if _, err := os.Lstat(kept); errors.Is(err, os.ErrNotExist) {
			break
		}
		kept = fmt.Sprintf("%s.before-restore-%d", file, n)
	}
	if err := emptyLog(ctx, file); broken(err) {
		return kept, rename(file, kept, "", "-wal", "-shm")
	} else if err != nil {
		return "", err
	}
	if err := rename(file, kept, "-wal", "-shm"); err != nil {
		return "", err
	}
	if err := os.Link(file, kept); err != nil { // a file system without hard links
		if err := os.Rename(file, kept); err != nil {
			return "", err
		}
	}
	return kept, syncFolder(filepath.Dir(file))
}

// emptyLog writes a database's log into it; closing the last connection then removes the log.
func emptyLog(ctx context.Context, file string) error {
	c, err := openFile(file, "&_pragma=synchronous(FULL)")
	if err != nil {
		return err
	}
	var busy, pages, done int
	err = c.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &done)
	if err == nil && busy != 0 {
		err = errors.New("another program has it open")
	}
	return errors.Join(err, c.Close())
}

// broken says whether err means that a file is no whole database.
func broken(err error) bool {
	se, ok := errors.AsType[*sqlite.Error](err)
	return ok && (se.Code()&0xff == sqlite3.SQLITE_CORRUPT || se.Code()&0xff == sqlite3.SQLITE_NOTADB)
}

// rename renames the files of these endings that exist.
func rename(from, to string, endings ...string) error {
	for _, e := range endings {
		if err := os.Rename(from+e, to+e); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
