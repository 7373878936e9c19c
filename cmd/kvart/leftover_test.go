package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kvart/internal/app"
	"kvart/internal/platform/backup"
	"kvart/internal/platform/dbtest"
)

// nobody owns nothing and may read only what everybody may: to root every folder is open.
const nobody = 65534

func TestBackup_isMadeThoughWhatAnEarlierOneLeftStays(t *testing.T) {
	d := dbtest.SQLite(t)
	top, err := os.MkdirTemp("", "kvart-leftover-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = filepath.WalkDir(top, func(path string, e fs.DirEntry, _ error) error {
			if e.IsDir() {
				return os.Chmod(path, 0o700)
			}
			return nil
		})
		_ = os.RemoveAll(top)
	})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	data, store := filepath.Join(top, "data"), filepath.Join(top, "erasure.sqlite")
	s, err := app.OpenErasure(t.Context(), d, store, false)
	must(err)
	must(s.Close())
	saved := filepath.Join(top, "saved.kvart")
	_, err = backup.Backup(t.Context(), d, saved, backup.Meta{Version: "test"})
	must(err)
	if status := run([]string{"restore", saved, "--data", data}); status != 0 {
		t.Fatal(status)
	}
	path, err := exec.LookPath("kvart")
	must(err)
	program, err := os.ReadFile(path)
	must(err)
	path = filepath.Join(top, "kvart")
	must(os.WriteFile(path, program, 0o700))
	// One folder holds a leftover that cannot be removed, the other can be written but not listed.
	old := time.Now().Add(-25 * time.Hour)
	for _, left := range []string{"stuck/.kvart-backup-1", "stuck/.kvart-erasure-2", "blind"} {
		must(os.MkdirAll(filepath.Join(top, left), 0o700))
		if left != "blind" {
			file := filepath.Join(top, left, "half")
			must(os.WriteFile(file, nil, 0o600))
			must(os.Chtimes(file, old, old))
			must(os.Chtimes(filepath.Dir(file), old, old))
			must(os.Chmod(filepath.Dir(file), 0o500))
		}
	}
	must(os.Chmod(filepath.Join(top, "blind"), 0o300))
	var as *syscall.SysProcAttr
	if os.Getuid() == 0 {
		as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		must(filepath.WalkDir(top, func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Lchown(path, nobody, nobody)
		}))
	}
	for _, folder := range []string{"stuck", "blind"} {
		for _, overwrite := range []bool{false, true} {
			args := []string{"backup", filepath.Join(top, folder, "saved.kvart"), "--erasure", filepath.Join(top, folder, "saved.erasure"), "--data", data, "--erasure-store", store}
			if overwrite {
				args = append(args, "--overwrite")
			}
			c := exec.Command(path, args...)
			c.Dir, c.SysProcAttr = top, as
			said, err := c.CombinedOutput()
			if err != nil || strings.Count(string(said), "warning: what an earlier backup left") != 2 || strings.Count(string(said), "written: ") != 2 {
				t.Errorf("%s: %v: %s", folder, err, said)
			}
		}
	}
}
