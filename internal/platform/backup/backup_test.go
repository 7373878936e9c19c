package backup_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kvart/internal/platform/backup"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/jobs"
	"kvart/migrations"
)

var at = time.Date(2026, 11, 22, 14, 37, 5, 0, time.UTC)

// TestMain lets the test program run itself as a restore that is killed.
func TestMain(m *testing.M) {
	if file := os.Getenv("KVART_TEST_RESTORE"); file != "" {
		t := backup.Target{DataDir: os.Getenv("KVART_TEST_DATA"), URL: os.Getenv("KVART_TEST_URL")}
		if _, err := backup.Restore(context.Background(), t, file, 1000); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func target(d *db.DB) backup.Target {
	if d.Engine == db.Postgres {
		return backup.Target{URL: d.URL}
	}
	return backup.Target{DataDir: filepath.Dir(d.File)}
}

// empty is a target of the same engine without any table.
func empty(t *testing.T, d *db.DB) backup.Target {
	t.Helper()
	if d.Engine == db.SQLite {
		return backup.Target{DataDir: filepath.Join(t.TempDir(), "new")}
	}
	e := dbtest.Postgres(t)
	if _, err := e.Writer().Exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public"); err != nil {
		t.Fatal(err)
	}
	e.Close()
	return backup.Target{URL: e.URL}
}

func reopen(t *testing.T, g backup.Target) *db.DB {
	t.Helper()
	if g.URL != "" {
		return reopenPostgres(t, g.URL)
	}
	d, err := db.OpenSQLite(g.File())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func write(t *testing.T, d *db.DB, scope string, n int) {
	t.Helper()
	if _, err := d.Exec(t.Context(), `INSERT INTO change_counters (scope, n) VALUES (:s, :n)
		ON CONFLICT (scope) DO UPDATE SET n = excluded.n`, db.Args{"s": scope, "n": n}); err != nil {
		t.Fatal(err)
	}
}

// value is -1 where there is no such row.
func value(t *testing.T, d *db.DB, scope string) (n int) {
	t.Helper()
	if err := d.Get(t.Context(), &n, "SELECT COALESCE(MAX(n), -1) FROM change_counters WHERE scope = :s", db.Args{"s": scope}); err != nil {
		t.Fatal(err)
	}
	return n
}

func made(t *testing.T, d *db.DB) (string, backup.Manifest) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kvart.backup")
	m, err := backup.Backup(t.Context(), d, file, backup.Meta{Version: "v1", Now: at})
	if err != nil {
		t.Fatal(err)
	}
	return file, m
}

func restore(t *testing.T, g backup.Target, file string) backup.Restored {
	t.Helper()
	r, err := backup.Restore(t.Context(), g, file, newest(t))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newest(t *testing.T) int64 {
	t.Helper()
	n, err := backup.Newest(migrations.FS, jobs.Migrations(nil)...)
	if err != nil || n == 0 {
		t.Fatal(n, err)
	}
	return n
}

func TestBackup_whileOthersWriteIsOneMoment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan int)
		go func() { // two rows that are always equal, written together
			n := 0
			for ctx.Err() == nil {
				n++
				if err := d.Tx(context.Background(), func(tx *db.Tx) error {
					for _, s := range []string{"a", "b"} {
						if _, err := tx.Exec(context.Background(), `INSERT INTO change_counters (scope, n) VALUES (:s, :n)
							ON CONFLICT (scope) DO UPDATE SET n = excluded.n`, db.Args{"s": s, "n": n}); err != nil {
							return err
						}
					}
					return nil
				}); err != nil {
					t.Error(err)
					break
				}
			}
			ended <- n
		}()
		time.Sleep(50 * time.Millisecond)
		file, m := made(t, d)
		stop()
		last := <-ended
		if m.Migration != newest(t) || m.MadeAt.Format(time.RFC3339) != "2026-11-22T14:00:00Z" || m.Engine != d.Engine {
			t.Errorf("manifest %+v", m)
		}
		if i, err := os.Stat(file); err != nil || i.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", i.Mode(), err)
		}
		if left, _ := os.ReadDir(filepath.Dir(file)); len(left) != 1 {
			t.Errorf("beside the backup there is something left: %v", left)
		}
		g := empty(t, d)
		r := restore(t, g, file)
		if s := strings.Join(r.Without, "\n"); !strings.Contains(s, "secrets") || !strings.Contains(s, "erasure") || r.Kept != "" {
			t.Errorf("%+v", r)
		}
		n := reopen(t, g)
		a, b := value(t, n, "a"), value(t, n, "b")
		if a != b || a < 1 || a > last {
			t.Errorf("a = %d, b = %d of %d", a, b, last)
		}
		if done, err := n.Migrate(t.Context(), migrations.FS, jobs.Migrations(n)...); err != nil || done > 0 {
			t.Errorf("%d migrations were missing: %v", done, err)
		}
		if _, err := n.Exec(t.Context(), `INSERT INTO audit_rows (seq) VALUES (NULL)`, nil); err == nil {
			t.Error("the schema's guards were not restored")
		}
	})
}

func TestBackup_existingFileIsKeptUnlessToldOtherwise(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		file := filepath.Join(t.TempDir(), "kvart.backup")
		if err := os.WriteFile(file, []byte("dear"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Backup(t.Context(), d, file, backup.Meta{Now: at}); !errors.Is(err, backup.ErrExists) {
			t.Fatal(err)
		}
		if b, _ := os.ReadFile(file); string(b) != "dear" {
			t.Fatal("overwritten")
		}
		if _, err := backup.Backup(t.Context(), d, file, backup.Meta{Now: at, Overwrite: true}); err != nil {
			t.Fatal(err)
		}
		restore(t, empty(t, d), file)
	})
}

func TestBackup_withoutPostgresProgramsSaysWhatToInstall(t *testing.T) {
	if os.Getenv("KVART_TEST_DATABASE_URL") == "" {
		t.Skip("PostgreSQL only")
	}
	d := dbtest.Postgres(t)
	t.Setenv("PATH", t.TempDir())
	dir := t.TempDir()
	_, err := backup.Backup(t.Context(), d, filepath.Join(dir, "f"), backup.Meta{Now: at})
	if !errors.Is(err, backup.ErrMissing) || !strings.Contains(err.Error(), "postgresql-client") {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Fatalf("left behind: %v", left)
	}
}

func TestBackup_fullDiskLeavesNoHalfFile(t *testing.T) {
	dir := smallDisk(t)
	d := dbtest.SQLite(t)
	if _, err := d.Writer().Exec(`INSERT INTO change_counters (scope, n)
		WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i < 2000) SELECT hex(randomblob(500)), i FROM c`); err != nil {
		t.Fatal(err)
	}
	_, err := backup.Backup(t.Context(), d, filepath.Join(dir, "f"), backup.Meta{Now: at})
	if !errors.Is(err, backup.ErrFull) || !strings.Contains(err.Error(), dir) {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Fatalf("left behind: %v", left)
	}
	file, _ := made(t, d)
	if _, err := backup.Restore(t.Context(), backup.Target{DataDir: dir}, file, newest(t)); !errors.Is(err, backup.ErrFull) {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "kvart.sqlite")); err == nil {
		t.Fatal("a half database was left")
	}
}

// smallDisk is a file system of 1 MB, where the test may make one.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "none", dir).CombinedOutput(); err != nil {
		t.Skipf("cannot mount a small disk here: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", dir).Run() })
	return dir
}

func TestRestore_overExistingDataReplacesItAll(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, "kept", 1)
		file, _ := made(t, d)
		write(t, d, "kept", 2)
		write(t, d, "after", 3)
		if _, err := d.Exec(t.Context(), "CREATE TABLE of_a_newer_program (id TEXT PRIMARY KEY)", nil); err != nil {
			t.Fatal(err)
		}
		d.Close()
		r := restore(t, target(d), file)
		n := reopen(t, target(d))
		if value(t, n, "kept") != 1 || value(t, n, "after") != -1 {
			t.Error("the old data is still there")
		}
		var x []string
		if n.Select(t.Context(), &x, "SELECT id FROM of_a_newer_program", nil) == nil {
			t.Error("a table that the backup does not have stayed")
		}
		if d.Engine == db.Postgres {
			return
		}
		old, err := db.OpenSQLite(r.Kept)
		if err != nil {
			t.Fatal(err)
		}
		defer old.Close()
		if r.Kept != d.File+".before-restore" || value(t, old, "after") != 3 {
			t.Error("the old database was not kept")
		}
		n.Close()
		if again := restore(t, target(d), file); again.Kept != d.File+".before-restore-2" {
			t.Errorf("the second restore keeps the old one as %s", again.Kept)
		}
	})
}

func TestRestore_logOfKilledServerIsNotTakenForTheNewOnes(t *testing.T) {
	d := dbtest.SQLite(t)
	write(t, d, "x", 1)
	file, _ := made(t, d)
	write(t, d, "x", 2)
	g := backup.Target{DataDir: t.TempDir()}
	for _, e := range []string{"", "-wal"} { // as a killed process leaves them
		b, err := os.ReadFile(d.File + e)
		if err != nil || len(b) == 0 {
			t.Fatal(err)
		}
		if err := os.WriteFile(g.File()+e, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := restore(t, g, file)
	if v := value(t, reopen(t, g), "x"); v != 1 {
		t.Errorf("restored %d", v)
	}
	if v := value(t, reopen(t, backup.Target{DataDir: moved(t, r.Kept)}), "x"); v != 2 {
		t.Errorf("kept %d", v)
	}
}

func moved(t *testing.T, file string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Rename(file, filepath.Join(dir, "kvart.sqlite")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestRestore_overABrokenDatabase(t *testing.T) {
	file, _ := made(t, dbtest.SQLite(t))
	g := backup.Target{DataDir: t.TempDir()}
	if err := os.WriteFile(g.File(), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := restore(t, g, file); r.Kept == "" {
		t.Error("the broken one was not kept")
	}
	if v := value(t, reopen(t, g), "public"); v < 1 {
		t.Error(v)
	}
}

func TestRestore_changedOrTruncatedFileChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, "x", 1)
		file, _ := made(t, d)
		write(t, d, "x", 2)
		d.Close()
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		bad := map[string][]byte{
			"empty": {}, "text": []byte("hello"), "half": whole[:len(whole)/2], "without its last byte": whole[:len(whole)-1],
			"start only": whole[:40],
		}
		for _, place := range []int{len(whole) / 4, len(whole) / 2, len(whole) - 5, len(whole) - 300} {
			b := append([]byte{}, whole...)
			b[place] ^= 0x20
			bad[fmt.Sprintf("changed at %d", place)] = b
		}
		for name, b := range bad {
			if err := os.WriteFile(file, b, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := backup.Restore(t.Context(), target(d), file, newest(t)); !errors.Is(err, backup.ErrDamaged) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if v := value(t, reopen(t, target(d)), "x"); v != 2 {
			t.Errorf("the old data is now %d", v)
		}
	})
}

func TestRestore_refusesWhileAnotherProcessUsesTheTarget(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		file, _ := made(t, d)
		g := target(d)
		serve, err := backup.Lock(t.Context(), g, false)
		if err != nil {
			t.Fatal(err)
		}
		cli, err := backup.Lock(t.Context(), g, false)
		if err != nil {
			t.Fatalf("two that use it side by side: %v", err)
		}
		cli()
		if _, err := backup.Restore(t.Context(), g, file, newest(t)); !errors.Is(err, backup.ErrInUse) {
			t.Fatal(err)
		}
		serve()
		serve() // a second call does nothing
		alone, err := backup.Lock(t.Context(), g, true)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Lock(t.Context(), g, false); !errors.Is(err, backup.ErrInUse) {
			t.Fatal(err)
		}
		alone()
		d.Close()
		restore(t, g, file)
	})
}

func TestRestore_refusesWhatDoesNotFit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		file, _ := made(t, d)
		other := backup.Target{URL: "postgres://127.0.0.1:1/x"}
		if d.Engine == db.Postgres {
			other = backup.Target{DataDir: t.TempDir()}
		}
		if _, err := backup.Restore(t.Context(), other, file, newest(t)); !errors.Is(err, backup.ErrEngine) {
			t.Error(err)
		}
		if _, err := backup.Restore(t.Context(), target(d), file, newest(t)-1); !errors.Is(err, backup.ErrNewer) {
			t.Error(err)
		}
	})
}

func TestRestore_demoAndRealDataDoNotMix(t *testing.T) {
	d := dbtest.SQLite(t)
	demo, plain := t.TempDir(), t.TempDir()
	if err := backup.MarkDemo(demo); err != nil || !backup.IsDemo(demo) || backup.IsDemo(plain) {
		t.Fatal(err)
	}
	file, _ := made(t, d)
	if _, err := backup.Restore(t.Context(), backup.Target{DataDir: demo}, file, newest(t)); !errors.Is(err, backup.ErrDemo) {
		t.Error(err)
	}
	if _, err := backup.Backup(t.Context(), d, file, backup.Meta{Now: at, Demo: true, Overwrite: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(t.Context(), backup.Target{DataDir: plain}, file, newest(t)); !errors.Is(err, backup.ErrDemo) {
		t.Error(err)
	}
	restore(t, backup.Target{DataDir: demo}, file)
}

func TestRestore_refusesADatabaseOfAnotherProgram(t *testing.T) {
	if os.Getenv("KVART_TEST_DATABASE_URL") == "" {
		t.Skip("PostgreSQL only")
	}
	d := dbtest.Postgres(t)
	file, _ := made(t, d)
	other := empty(t, d)
	o := reopenPostgres(t, other.URL)
	if _, err := o.Exec(t.Context(), "CREATE TABLE ledger (id TEXT)", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(t.Context(), other, file, newest(t)); !errors.Is(err, backup.ErrForeign) {
		t.Fatal(err)
	}
	if _, err := o.Exec(t.Context(), "INSERT INTO ledger (id) VALUES ('a')", nil); err != nil {
		t.Fatal(err)
	}
}

func reopenPostgres(t *testing.T, url string) *db.DB {
	t.Helper()
	d, err := db.OpenPostgres(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// A restore that is killed leaves the old data whole, or has put the new data there whole.
func TestRestore_killedInTheMiddle(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fill := `INSERT INTO change_counters (scope, n) WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i < 20000)
			SELECT 'row ' || i, 7 FROM c`
		if _, err := d.Writer().Exec(fill); err != nil {
			t.Fatal(err)
		}
		file, _ := made(t, d)
		if _, err := d.Writer().Exec("UPDATE change_counters SET n = 8 WHERE n = 7"); err != nil {
			t.Fatal(err)
		}
		d.Close()
		g := target(d)
		old := 0
		for _, wait := range []time.Duration{2, 10, 25, 50, 80, 120, 180} {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "KVART_TEST_RESTORE="+file, "KVART_TEST_DATA="+g.DataDir, "KVART_TEST_URL="+g.URL)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(wait * time.Millisecond)
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			n := reopen(t, g)
			var min, max, count int
			for query, to := range map[string]*int{"MIN(n)": &min, "MAX(n)": &max, "COUNT(*)": &count} {
				if err := n.Get(t.Context(), to, "SELECT "+query+" FROM change_counters WHERE scope LIKE 'row %'", nil); err != nil {
					t.Fatal(err)
				}
			}
			if min != max || count != 20000 {
				t.Fatalf("after %d ms: %d rows from %d to %d", wait, count, min, max)
			}
			n.Close()
			if min == 7 {
				break
			}
			old++
		}
		if old == 0 {
			t.Log("the machine was too fast to kill a restore")
		}
		deadline := time.Now().Add(10 * time.Second) // until the server has noticed that the killed one is gone
		for {
			_, err := backup.Restore(t.Context(), g, file, newest(t))
			if err == nil {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if v := value(t, reopen(t, g), "row 1"); v != 7 {
			t.Errorf("row 1 is %d", v)
		}
		if left, _ := filepath.Glob(filepath.Join(g.DataDir, ".kvart-restore-*")); g.DataDir != "" && len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
}
