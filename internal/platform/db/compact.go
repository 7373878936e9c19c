package db

import (
	"context"
	"errors"
)

// Overwrite makes the rest of the transaction leave nothing of what it deletes or changes in the pages it touches: SQLite
// overwrites with zeros what it frees. What was freed before, and the log, are left to Compact. PostgreSQL frees later,
// and what its own log and backups hold lies with whoever runs it.
func (t *Tx) Overwrite(ctx context.Context) error {
	if t.engine != SQLite {
		return nil
	}
	_, err := t.Exec(ctx, `PRAGMA secure_delete = ON`, nil)
	return err
}

// Compact gives back the space of what was deleted, outside of any transaction: of SQLite the whole file is written anew
// and the log is cut, so that neither holds what is gone; of PostgreSQL the named tables are cleaned of dead rows. It
// waits for readers and returns an error where they do not let it finish: call it again later.
func (d *DB) Compact(ctx context.Context, tables ...string) error {
	if d.Engine == Postgres {
		for _, t := range tables {
			if _, err := d.write.ExecContext(ctx, `VACUUM `+t); err != nil {
				return translate(err)
			}
		}
		return nil
	}
	c, err := d.write.Connx(ctx)
	if err != nil {
		return translate(err)
	}
	defer c.Close()
	for _, one := range []string{`PRAGMA temp_store = FILE`, `VACUUM`, `PRAGMA temp_store = MEMORY`} { // a copy of the whole file is too much for the memory
		if _, err := c.ExecContext(ctx, one); err != nil {
			return translate(err)
		}
	}
	var busy, log, done int
	if err := c.QueryRowxContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &done); err != nil {
		return translate(err)
	}
	if busy != 0 {
		return errors.New("db: a reader holds up the cutting of the log")
	}
	return nil
}
