// Package dbtest gives tests a real, migrated, empty database of each engine.
package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jmoiron/sqlx"

	"kvart/internal/platform/db"
	"kvart/internal/platform/jobs"
	"kvart/migrations"
)

// Each runs the test on SQLite and, where KVART_TEST_DATABASE_URL names a PostgreSQL server, on PostgreSQL.
func Each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	if os.Getenv("KVART_TEST_DATABASE_URL") == "" {
		t.Log("KVART_TEST_DATABASE_URL is not set: SQLite only")
		return
	}
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
}

// Long runs a test that takes long on each engine on both in the full mode (KVART_FULL=1), otherwise on PostgreSQL, which
// refuses more of what is sent, or on SQLite where there is no PostgreSQL.
func Long(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	if os.Getenv("KVART_FULL") == "1" || os.Getenv("KVART_TEST_DATABASE_URL") == "" {
		Each(t, test)
		return
	}
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
}

var template struct {
	once sync.Once
	data []byte
	err  error
}

// SQLite returns a migrated SQLite database in the test's own folder.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	template.once.Do(func() {
		dir, err := os.MkdirTemp("", "kvart-template")
		if err != nil {
			template.err = err
			return
		}
		defer os.RemoveAll(dir)
		file := filepath.Join(dir, "t.sqlite")
		d, err := db.OpenSQLite(file)
		if err != nil {
			template.err = err
			return
		}
		if _, template.err = d.Migrate(context.Background(), migrations.FS, jobs.Migrations(d)...); template.err != nil {
			return
		}
		_, template.err = d.Writer().Exec("PRAGMA wal_checkpoint(TRUNCATE)")
		d.Close()
		if template.err == nil {
			template.data, template.err = os.ReadFile(file)
		}
	})
	if template.err != nil {
		t.Fatal(template.err)
	}
	file := filepath.Join(t.TempDir(), "kvart.sqlite")
	if err := os.WriteFile(file, template.data, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := db.OpenSQLite(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// Postgres returns a migrated database of its own on the server of KVART_TEST_DATABASE_URL, dropped after the test.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	admin, err := sqlx.Open("pgx", os.Getenv("KVART_TEST_DATABASE_URL"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	ctx := context.Background()
	tmpl := "kvart_template_" + digest()
	conn, err := admin.Connx(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(7264)"); err != nil {
		t.Fatal(err)
	}
	defer conn.ExecContext(ctx, "SELECT pg_advisory_unlock(7264)")
	var known bool
	if err := conn.GetContext(ctx, &known, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", tmpl); err != nil {
		t.Fatal(err)
	}
	if !known {
		if _, err := conn.ExecContext(ctx, "CREATE DATABASE "+tmpl); err != nil {
			t.Fatal(err)
		}
		d, err := db.OpenPostgres(urlOf(tmpl))
		if err == nil {
			_, err = d.Migrate(ctx, migrations.FS, jobs.Migrations(d)...)
			d.Close()
		}
		if err != nil {
			_, _ = conn.ExecContext(ctx, "DROP DATABASE "+tmpl)
			t.Fatal(err)
		}
	}
	name := "kvart_t_" + strings.ReplaceAll(db.NewSecretID(), "-", "")
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s STRATEGY file_copy", name, tmpl)); err != nil {
		t.Fatal(err)
	}
	d, err := db.OpenPostgres(urlOf(name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.Close()
		_, _ = admin.ExecContext(context.Background(), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	})
	return d
}

func urlOf(name string) string {
	u, err := url.Parse(os.Getenv("KVART_TEST_DATABASE_URL"))
	if err != nil {
		panic(err)
	}
	u.Path = "/" + name
	return u.String()
}

func digest() string {
	h := sha256.New()
	_ = fs.WalkDir(migrations.FS, ".", func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			b, _ := fs.ReadFile(migrations.FS, path)
			h.Write(b)
		}
		return nil
	})
	return hex.EncodeToString(h.Sum(nil))[:16]
}
