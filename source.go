// Package kvart carries the program's own source, so that every installation can hand it out (AGPL, section 13).
package kvart

import (
	"archive/tar"
	"compress/gzip"
	"io"
	"io/fs"
	"strings"
)

// Source is the program's own source as a file system.
func Source() fs.FS { return source() }

// WriteSource writes the source as a compressed tar archive.
func WriteSource(w io.Writer) error {
	z := gzip.NewWriter(w)
	t := tar.NewWriter(z)
	files := Source()
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		mode := int64(0o644)
		if strings.HasSuffix(path, ".sh") { // embedding forgets that make runs them
			mode = 0o755
		}
		if err := t.WriteHeader(&tar.Header{Name: "kvart/" + path, Mode: mode, Size: int64(len(b))}); err != nil {
			return err
		}
		_, err = t.Write(b)
		return err
	})
	if err != nil {
		return err
	}
	if err := t.Close(); err != nil {
		return err
	}
	return z.Close()
}
