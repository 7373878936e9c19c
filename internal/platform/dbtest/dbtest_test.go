package dbtest

import (
	"testing"

	"kvart/internal/platform/db"
)

func TestEach_migratesBothEngines(t *testing.T) {
	Each(t, func(t *testing.T, d *db.DB) {
		var n int
		if err := d.Get(t.Context(), &n, "SELECT n FROM change_counters WHERE scope = :s", db.Args{"s": "public"}); err != nil {
			t.Fatal(err)
		}
	})
}
