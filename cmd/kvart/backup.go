package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kvart/internal/app"
	"kvart/internal/platform/backup"
	"kvart/internal/platform/db"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/jobs"
	"kvart/migrations"
)

type backupCmd struct {
	storage
	File      string `arg:"" optional:"" help:"File to write."`
	Erasure   string `help:"File to write the erasure store to: never into the other, and kept apart from it." placeholder:"FILE" type:"path"`
	Overwrite bool   `help:"Replace a file that is there."`
}

func (c *backupCmd) Run(ctx context.Context) error {
	if c.File == "" && c.Erasure == "" {
		return wrongUse{errors.New("name the file to write, or with --erasure the one for the erasure store")}
	}
	d, closed, err := c.database(ctx)
	if err != nil {
		return err
	}
	defer closed()
	// The data first: what is erased meanwhile is then in neither.
	if c.File != "" {
		if err := c.data(ctx, d); err != nil {
			return err
		}
	}
	if c.Erasure != "" {
		return c.erasureStore(ctx, d)
	}
	return nil
}

// erasureStore saves the erasure store apart.
func (c *backupCmd) erasureStore(ctx context.Context, d *db.DB) error {
	s, err := app.OpenErasure(ctx, d, c.config().ErasureStore, true)
	if err != nil {
		return err
	}
	defer s.Close()
	clearLeftovers(c.Erasure)
	to := c.Erasure
	if c.Overwrite {
		to = filepath.Join(filepath.Dir(to), ".kvart-erasure-"+db.NewSecretID())
		defer os.Remove(to) // where the renaming failed
	}
	if err := s.Backup(ctx, to); err != nil {
		return err
	}
	if c.Overwrite {
		if err := os.Rename(to, c.Erasure); err != nil {
			return err
		}
	}
	fmt.Println("written: " + c.Erasure)
	fmt.Println("keep it apart from the backups of the data, and 30 days at most: until it is deleted, whoever holds both can undo an erasure")
	return nil
}

// clearLeftovers removes what killed backups left beside the file. A backup is made even where that fails.
func clearLeftovers(file string) {
	if err := backup.ClearLeftovers(filepath.Dir(file), time.Now()); err != nil {
		fmt.Fprintln(os.Stderr, "warning: what an earlier backup left could not be removed; it may hold what a backup does: "+err.Error())
	}
}

func (c *backupCmd) data(ctx context.Context, d *db.DB) error {
	clearLeftovers(c.File)
	m, err := backup.Backup(ctx, d, c.File, backup.Meta{Version: version, Overwrite: c.Overwrite, Demo: backup.IsDemo(c.Data), Now: time.Now()})
	if err != nil {
		return err
	}
	fmt.Println("written: " + c.File)
	fmt.Println("not in it: " + strings.Join(m.Without, ", "))
	return nil
}

type restoreCmd struct {
	storage
	File    string `arg:"" optional:"" help:"File to restore." type:"existingfile"`
	Erasure string `help:"Backup of the erasure store to put back, where there is no store or an empty one." placeholder:"FILE" type:"existingfile"`
}

func (c *restoreCmd) Run(ctx context.Context) error {
	if c.File == "" && c.Erasure == "" {
		return wrongUse{errors.New("name the file to restore, or with --erasure the one of the erasure store")}
	}
	if c.File != "" {
		if err := c.data(ctx); err != nil {
			return err
		}
	}
	if c.Erasure != "" {
		return c.erasureStore(ctx)
	}
	return nil
}

// erasureStore puts the erasure store back while nobody uses the data.
func (c *restoreCmd) erasureStore(ctx context.Context) error {
	if err := c.apart(); err != nil {
		return err
	}
	release, err := backup.Lock(ctx, backup.Target{DataDir: c.Data, URL: c.DatabaseURL}, true)
	if err != nil {
		return err
	}
	defer release()
	where := c.config().ErasureStore
	if err := erasure.Restore(ctx, where, c.Erasure); err != nil {
		if errors.Is(err, erasure.ErrHasKeys) {
			return fmt.Errorf("%w: over it this backup would undo the erasures made since; where it is not the store of this data, name another place with --erasure-store", err)
		}
		return err
	}
	fmt.Println("restored: the erasure store, in " + erasure.Place(where))
	fmt.Println("erase again what was erased after that backup was made")
	return nil
}

func (c *restoreCmd) data(ctx context.Context) error {
	newest, err := backup.Newest(migrations.FS, jobs.Migrations(nil)...)
	if err != nil {
		return err
	}
	r, err := backup.Restore(ctx, backup.Target{DataDir: c.Data, URL: c.DatabaseURL}, c.File, newest)
	if err != nil {
		return err
	}
	fmt.Printf("restored: made %v by version %s\n", r.MadeAt, r.Version)
	if r.Kept != "" {
		fmt.Println("the data that was there is kept as " + r.Kept)
	}
	fmt.Println("not in it: " + strings.Join(r.Without, ", "))
	return nil
}
