package jobs

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"kvart/internal/platform/db"
)

// riverSchema is the newest of River's own migrations that version v0.49.0 knows; a later River needs a further one.
const riverSchema = 8

// Migrations are the runner's own tables, run from one step of the ordered list.
func Migrations(d *db.DB) []*goose.Migration {
	up := func(ctx context.Context, _ *sql.DB) error { return migrate(ctx, d) }
	return []*goose.Migration{goose.NewGoMigration(7, &goose.GoFunc{RunDB: up}, nil)}
}

func migrate(ctx context.Context, d *db.DB) error {
	if d.Engine == db.SQLite {
		m, err := rivermigrate.New(riversqlite.New(d.Writer()), nil)
		if err != nil {
			return err
		}
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, &rivermigrate.MigrateOpts{TargetVersion: riverSchema})
		return wrap(err)
	}
	pool, err := pgxpool.New(ctx, d.URL)
	if err != nil {
		return err
	}
	defer pool.Close()
	m, err := rivermigrate.New[pgx.Tx](riverpgxv5.New(pool), nil)
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, &rivermigrate.MigrateOpts{TargetVersion: riverSchema})
	return wrap(err)
}

func wrap(err error) error {
	if err != nil {
		return fmt.Errorf("migrating the job runner's tables: %w", err)
	}
	return nil
}
