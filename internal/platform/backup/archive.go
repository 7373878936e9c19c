package backup

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"kvart/internal/platform/db"
)

// format is the version of the file's layout: a tar.gz of manifest.json and then the parts it lists.
const format = 1

// Manifest is the first entry of a backup file.
type Manifest struct {
	Format    int       `json:"kvart_backup"`
	Version   string    `json:"version"`   // version of the program that made it
	Engine    db.Engine `json:"engine"`    // sqlite or postgres
	Migration int64     `json:"migration"` // newest migration of the schema
	MadeAt    time.Time `json:"made_at"`   // the hour, UTC
	Demo      bool      `json:"demo,omitempty"`
	Parts     []Part    `json:"parts"`
	Without   []string  `json:"does_not_hold"` // what has to be kept and brought back by other means
}

// Part is one file in a backup.
type Part struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// missing is what no backup holds. Commands print it when a backup is made and when one is restored.
var missing = []string{
	"the secrets folder (the pepper): without the one this data was made with nobody can sign in; keep a copy of it apart from the backups",
	"the erasure store: 'kvart backup --erasure FILE' saves it apart; people erased after this backup was made are in it again, erase them again after a restore",
}

func partName(e db.Engine) string {
	if e == db.Postgres {
		return "kvart.pgdump"
	}
	return databaseName
}

// pack writes manifest and part as the archive at file, which appears whole or not at all. m's part is filled in.
func pack(file string, m Manifest, part string, overwrite bool) (Manifest, error) {
	in, err := os.Open(part)
	if err != nil {
		return m, err
	}
	defer in.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, in)
	if err != nil {
		return m, err
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return m, err
	}
	m.Parts = []Part{{Name: partName(m.Engine), Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))}}
	head, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	out, err := os.CreateTemp(filepath.Dir(part), "archive-*") // 0600
	if err != nil {
		return m, err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	zip := gzip.NewWriter(out)
	tape := tar.NewWriter(zip)
	entry := func(name string, size int64, from func() error) error {
		if err := tape.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: m.MadeAt}); err != nil {
			return err
		}
		return from()
	}
	err = errors.Join(
		entry("manifest.json", int64(len(head)), func() error { _, err := tape.Write(head); return err }),
		entry(m.Parts[0].Name, size, func() error { _, err := io.Copy(tape, in); return err }),
		tape.Close(), zip.Close(), out.Sync(), out.Close())
	if err != nil {
		return m, err
	}
	if overwrite {
		err = os.Rename(out.Name(), file)
	} else if err = os.Link(out.Name(), file); errors.Is(err, os.ErrExist) {
		err = exists(file)
	} else if err != nil { // a file system without hard links
		if err = absent(file); err == nil {
			err = os.Rename(out.Name(), file)
		}
	}
	if err != nil {
		return m, err
	}
	return m, syncFolder(filepath.Dir(file))
}

func exists(file string) error {
	return fmt.Errorf("%w: %s; choose another name, or say that it may be overwritten", ErrExists, file)
}

func absent(file string) error {
	if _, err := os.Lstat(file); err == nil {
		return exists(file)
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if errors.Is(err, os.ErrPermission) {
		return nil // it can be written, but not read
	}
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) { // some file systems cannot
		return err
	}
	return nil
}

// archive is an opened backup file whose manifest was read.
type archive struct {
	Manifest
	file *os.File
	zip  *gzip.Reader
	tape *tar.Reader
}

func damaged(file string, cause error) error {
	return fmt.Errorf("%w: %s: %w; nothing was changed, use another backup", ErrDamaged, file, cause)
}

// open reads the manifest. It returns ErrDamaged for anything that is no backup of this layout.
func open(file string) (*archive, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("opening the backup: %w", err)
	}
	a := &archive{file: f}
	if err := a.readManifest(); err != nil {
		f.Close()
		return nil, damaged(file, err)
	}
	return a, nil
}

func (a *archive) readManifest() (err error) {
	if a.zip, err = gzip.NewReader(a.file); err != nil {
		return err
	}
	a.tape = tar.NewReader(a.zip)
	h, err := a.tape.Next()
	if err != nil {
		return err
	}
	if h.Name != "manifest.json" || h.Size > 1<<20 {
		return errors.New("it has no manifest")
	}
	if err := json.NewDecoder(a.tape).Decode(&a.Manifest); err != nil {
		return fmt.Errorf("its manifest: %w", err)
	}
	if a.Format != format {
		return fmt.Errorf("its layout is %d, this program reads %d", a.Format, format)
	}
	if len(a.Parts) != 1 || a.Parts[0].Name != partName(a.Engine) {
		return errors.New("its manifest lists other parts than a backup has")
	}
	return nil
}

func (a *archive) Close() error { return a.file.Close() }

// extract writes the archive's part to a new file and returns ErrDamaged unless every byte is as the manifest says.
func (a *archive) extract(to string) (err error) {
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	part := a.Parts[0]
	h, err := a.tape.Next()
	if err != nil {
		return damaged(a.file.Name(), err)
	}
	if h.Name != part.Name || h.Size != part.Size {
		return damaged(a.file.Name(), errors.New("the part after the manifest is another one"))
	}
	sum := sha256.New()
	from := &source{Reader: a.tape}
	if _, err := io.Copy(io.MultiWriter(out, sum), from); err != nil {
		if from.err != nil {
			return damaged(a.file.Name(), from.err)
		}
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != part.SHA256 {
		return damaged(a.file.Name(), errors.New("its checksum differs"))
	}
	if _, err := a.tape.Next(); err != io.EOF {
		return damaged(a.file.Name(), errors.New("something follows its last part"))
	}
	if _, err := io.Copy(io.Discard, a.zip); err != nil { // reads gzip's own checksum at the end
		return damaged(a.file.Name(), err)
	}
	return out.Sync()
}

// source remembers whether it was the reading that failed.
type source struct {
	io.Reader
	err error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// spoken says a full disk in words that tell what to do.
func spoken(err error, where string) error {
	if err == nil || errors.Is(err, ErrFull) {
		return err
	}
	if db.Full(err) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("%w: %s; make room there and try again, nothing was changed: %w", ErrFull, where, err)
	}
	return err
}
