// Package migrations holds the ordered list of schema changes: common ones here, and under sqlite/ and postgres/ the
// pairs whose text must differ (triggers, the exclusion constraint). Numbers run through all three folders.
package migrations

import "embed"

// FS is read by db.Migrate.
//
//go:embed *.sql sqlite/*.sql postgres/*.sql
var FS embed.FS
