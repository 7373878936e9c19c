package backup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// What a backup is made of beside its file, until it is whole, is called: a folder as os.MkdirTemp names it, and a file of an
// erasure store that takes another's place.
var (
	leftFolder = regexp.MustCompile(`^\.kvart-(backup|erasure)-[0-9]+$`)
	leftFile   = regexp.MustCompile(`^\.kvart-erasure-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// ClearLeftovers removes from the folder what backups left that were killed: what is called so, belongs to who runs this,
// and was not touched for a day. A half backup holds what a whole one does. What it could not remove is no reason not to
// make the next.
func ClearLeftovers(dir string, now time.Time) error {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the backup says so itself
	}
	if err != nil {
		return err
	}
	var faults []error
	for _, e := range list {
		file := filepath.Join(dir, e.Name())
		name := leftFile
		if e.IsDir() {
			name = leftFolder
		}
		if name.MatchString(e.Name()) && abandoned(file, now.Add(-24*time.Hour)) {
			faults = append(faults, os.RemoveAll(file))
		}
	}
	return errors.Join(faults...)
}

// abandoned says whether the folder or file is ours and nothing in it was written since.
func abandoned(file string, since time.Time) bool {
	kept := false
	err := filepath.WalkDir(file, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		owner, known := info.Sys().(*syscall.Stat_t)
		if !known || int(owner.Uid) != os.Getuid() || !e.IsDir() && !info.Mode().IsRegular() || info.ModTime().After(since) {
			kept = true
			return fs.SkipAll
		}
		return nil
	})
	return err == nil && !kept
}
