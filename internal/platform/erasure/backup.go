package erasure

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jmoiron/sqlx"

	"kvart/internal/platform/db"
)

// What is wrong with a backup, or with where one is put back.
var (
	ErrExists  = errors.New("the file exists")
	ErrDamaged = errors.New("this is no whole backup of an erasure store")
	ErrHasKeys = errors.New("a store with keys is there")
)

// Backup saves the store as it is at one moment to file, which appears whole or not at all and only its owner may read.
// It is a SQLite file for both engines. Whoever holds it and a backup of the database can undo every erasure made after
// it. It returns ErrExists.
func (s *Store) Backup(ctx context.Context, file string) (err error) {
	defer func() { err = s.because(err) }()
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("%w: %s", ErrExists, file)
	}
	dir, err := os.MkdirTemp(filepath.Dir(file), ".kvart-erasure-*") // 0700; beside, so that the file can be linked
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, "erasure.sqlite")
	to, err := Open(made)
	if err != nil {
		return err
	}
	if err := errors.Join(to.take(ctx, s, true), to.Close()); err != nil {
		return err
	}
	if err := os.Link(made, file); errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%w: %s", ErrExists, file)
	} else if err != nil { // a file system without hard links
		if err := os.Rename(made, file); err != nil {
			return err
		}
	}
	d, err := os.Open(filepath.Dir(file))
	if errors.Is(err, os.ErrPermission) {
		return nil // it can be written, but not read
	}
	if err != nil {
		return err
	}
	_ = d.Sync() // some file systems cannot
	return d.Close()
}

// Restore puts a backup back where there is no store, or one that holds no key, with the id that the store had. Nothing
// may be using it. It returns ErrDamaged, with nothing changed, and ErrHasKeys where a store with keys stands: over it
// an old backup would undo the erasures made since.
func Restore(ctx context.Context, where, file string) (err error) {
	from, err := OpenExisting(file)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if err := from.whole(ctx); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, file, err)
	}
	to, err := Open(where)
	if err != nil {
		return err
	}
	return to.because(errors.Join(to.take(ctx, from, false), to.Close()))
}

// take makes of an empty store a copy of another, id and all.
func (s *Store) take(ctx context.Context, from *Store, sealed bool) error {
	return s.tx(ctx, func(tx *db.Tx) error {
		var n int
		if err := tx.Get(ctx, &n, `SELECT COUNT(*) FROM erasure_keys`, nil); err != nil {
			return err
		}
		if n > 0 {
			return ErrHasKeys
		}
		if _, err := tx.Exec(ctx, `UPDATE erasure_store SET id = :id`, db.Args{"id": from.id}); err != nil {
			return err
		}
		var waiting []Key
		digest, err := from.each(ctx, func(k Key) error {
			if waiting = append(waiting, k); len(waiting) < most {
				return nil
			}
			defer func() { waiting = waiting[:0] }()
			return insert(ctx, tx, waiting)
		})
		if err == nil {
			err = insert(ctx, tx, waiting)
		}
		if err != nil || !sealed {
			return err
		}
		if _, err := tx.Exec(ctx, `CREATE TABLE erasure_backup (digest TEXT NOT NULL)`, nil); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO erasure_backup (digest) VALUES (:digest)`, db.Args{"digest": digest})
		return err
	})
}

// each calls f for every key in the order of the items, and returns a digest of them and the store's id.
func (s *Store) each(ctx context.Context, f func(Key) error) (digest string, err error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "%d %s", len(s.id), s.id)
	// The order of the bytes, on both engines.
	order := `item`
	if s.db.Engine == db.Postgres {
		order = `item COLLATE "C"`
	}
	err = s.db.Each(ctx, `SELECT item, request, secret FROM erasure_keys ORDER BY `+order, nil, func(rows *sqlx.Rows) error {
		var r struct {
			Item, Request string
			Secret        []byte
		}
		if err := rows.StructScan(&r); err != nil {
			return err
		}
		if len(r.Secret) != 32 {
			return errors.New("a key that has not 32 bytes")
		}
		fmt.Fprintf(sum, "%d %s%d %s%x", len(r.Item), r.Item, len(r.Request), r.Request, r.Secret)
		return f(Key{r.Request, r.Item, [32]byte(r.Secret)})
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}

// whole holds a backup to its digest.
func (s *Store) whole(ctx context.Context) error {
	var said, noted string
	if err := s.db.Get(ctx, &said, `PRAGMA integrity_check(1)`, nil); err != nil {
		return err
	}
	if said != "ok" {
		return errors.New("the file's structure is broken")
	}
	if err := s.db.Get(ctx, &noted, `SELECT digest FROM erasure_backup`, nil); err != nil {
		return errors.New("it was not made by 'kvart backup --erasure'")
	}
	digest, err := s.each(ctx, func(Key) error { return nil })
	if err == nil && digest != noted {
		err = errors.New("its keys were changed")
	}
	return err
}
