package dbtest

import (
	"errors"
	"strings"
	"testing"

	"kvart/internal/platform/db"
	"kvart/internal/platform/jobs"
	"kvart/migrations"
)

func TestMigrate_refusesTheSchemaOfANewerProgram(t *testing.T) {
	Each(t, func(t *testing.T, d *db.DB) {
		if _, err := d.Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, :yes)`, db.Args{"yes": true}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Migrate(t.Context(), migrations.FS, jobs.Migrations(d)...); !errors.Is(err, db.ErrNewer) || !strings.Contains(err.Error(), "99999") {
			t.Errorf("%v", err)
		}
	})
}
