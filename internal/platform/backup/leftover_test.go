package backup

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestClearLeftovers_takesOnlyWhatOldBackupsOfOursLeft(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	old := now.Add(-25 * time.Hour)
	put := func(name string, at time.Time) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, f := range []string{file, filepath.Dir(file)} {
			if f != dir {
				if err := os.Chtimes(f, at, at); err != nil {
					t.Fatal(err)
				}
			}
		}
		return file
	}
	gone := []string{put(".kvart-backup-1/kvart.sqlite", old), put(".kvart-erasure-2/erasure.sqlite", old), put(".kvart-erasure-01234567-89ab-4cde-8f01-23456789abcd", old)}
	stays := []string{put(".kvart-backup-4/kvart.sqlite", now), put("kvart.backup", old), put(".kvart-backups/kvart.sqlite", old), put("other/.kvart-backup-5", old)}
	// What its owner calls alike.
	stays = append(stays, put(".kvart-backup-monday", old), put(".kvart-backup-2026-11-23/kvart.backup", old), put(".kvart-backup-20261123", old), put(".kvart-erasure-3", old),
		put(".kvart-backup-01234567-89ab-4cde-8f01-23456789abcd", old), put(".kvart-erasure-01234567-89ab-4cde-8f01-23456789abcd.old", old))
	grows := put(".kvart-backup-6/kvart.sqlite", old) // its folder is old, what is in it is not
	if err := os.Chtimes(grows, now, now); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "other"), filepath.Join(dir, ".kvart-backup-7")); err != nil {
		t.Fatal(err)
	}
	stays = append(stays, grows, filepath.Join(dir, ".kvart-backup-7"))
	if err := ClearLeftovers(dir, now); err != nil {
		t.Fatal(err)
	}
	for _, f := range gone {
		if _, err := os.Lstat(f); err == nil {
			t.Errorf("%s is there", f)
		}
	}
	for _, f := range stays {
		if _, err := os.Lstat(f); err != nil {
			t.Errorf("%s is gone", f)
		}
	}
	if err := ClearLeftovers(filepath.Join(dir, "nowhere"), now); err != nil {
		t.Error(err)
	}
}
