package app

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

// spills searches bytes for what must be nowhere: each secret as it is, in base64 at each of the three offsets, in
// hexadecimal, in UTF-16, and all of it again in whatever unpacks.
type spills struct {
	patterns []spillPattern
	found    []string
}

type spillPattern struct {
	bytes []byte
	name  string
}

// secret adds one to search for; name says which in a finding, which never shows the secret itself.
func (s *spills) secret(name, secret string) {
	if len(secret) < 8 {
		panic("too short to be searched for: " + name)
	}
	add := func(how string, b []byte) { s.patterns = append(s.patterns, spillPattern{b, name + " " + how}) }
	add("as it is", []byte(secret))
	add("in hexadecimal", []byte(hex.EncodeToString([]byte(secret))))
	add("in HEXADECIMAL", []byte(strings.ToUpper(hex.EncodeToString([]byte(secret)))))
	var wide []byte
	for _, b := range []byte(secret) {
		wide = append(wide, b, 0)
	}
	add("in UTF-16", wide[:len(wide)-1]) // of either order
	for offset := range 3 {
		whole := base64.StdEncoding.EncodeToString(append(make([]byte, offset), secret...))
		inner := whole[(offset*8+5)/6 : (offset+len(secret))*8/6]
		add("in base64", []byte(inner))
		if url := strings.NewReplacer("+", "-", "/", "_").Replace(inner); url != inner {
			add("in base64", []byte(url))
		}
	}
}

// once is secret for what comes by again and again.
func (s *spills) once(name, secret string) {
	if !slices.ContainsFunc(s.patterns, func(p spillPattern) bool { return string(p.bytes) == secret }) {
		s.secret(name, secret)
	}
}

// bytes searches b, and what is packed in it; unpack says how deep.
func (s *spills) bytes(where string, b []byte, unpack int) {
	for _, p := range s.patterns {
		if bytes.Contains(b, p.bytes) {
			s.found = append(s.found, where+": "+p.name)
		}
	}
	if unpack == 0 {
		return
	}
	const most = 256 << 20
	try := func(kind string, at int, open func(io.Reader) (io.Reader, error)) {
		r, err := open(bufio.NewReader(bytes.NewReader(b[at:])))
		if err != nil {
			return
		}
		plain, _ := io.ReadAll(io.LimitReader(r, most)) // what came before an error counts too
		if len(plain) > 32 {
			s.bytes(fmt.Sprintf("%s, %s at %d", where, kind, at), plain, unpack-1)
		}
	}
	for at := 0; ; at++ {
		next := bytes.Index(b[at:], []byte{0x1f, 0x8b, 8})
		if next < 0 {
			break
		}
		at += next
		try("gzip", at, func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) })
	}
	for at := 0; at+1 < len(b); at++ {
		next := bytes.IndexByte(b[at:], 0x78)
		if at += next; next < 0 || at+1 >= len(b) {
			break
		}
		if c := b[at+1]; c == 0x01 || c == 0x5e || c == 0x9c || c == 0xda {
			try("zlib", at, func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) })
		}
	}
}

// folder searches every file below dir; keep says which.
func (s *spills) folder(t *testing.T, dir string, unpack int, keep func(path string, i fs.FileInfo) bool) (files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil // gone meanwhile, or a socket
		}
		i, err := e.Info()
		if err != nil || keep != nil && !keep(path, i) {
			return nil
		}
		b, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil {
			return err
		}
		files++
		s.bytes(path, b, unpack)
		if bytes.HasPrefix(b, []byte("PGDMP")) { // left by a backup that was killed; what came out before the cut counts
			text, _ := exec.Command("pg_restore", "--file=-", path).Output()
			s.bytes(path+", as text", text, 1)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// rows searches every value of every table: a long value is cut in the files, where it fills several pages.
func (s *spills) rows(t *testing.T, d *db.DB) (rows int) {
	t.Helper()
	tables(t, d, func(table string, row map[string]any) {
		rows++
		for column, v := range row {
			if b, ok := v.([]byte); ok {
				v = string(b)
			}
			if text, ok := v.(string); ok {
				s.bytes("table "+table+", column "+column, []byte(text), 1)
				if raw, err := base64.StdEncoding.DecodeString(text); err == nil && len(raw) > 0 {
					s.bytes("table "+table+", column "+column+", decoded", raw, 1)
				}
			}
		}
	})
	return rows
}

// tables calls f for every row of every table.
func tables(t *testing.T, d *db.DB, f func(table string, row map[string]any)) {
	t.Helper()
	q := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%_fts%' AND sql NOT LIKE 'CREATE VIRTUAL%'` // what those hold is in tables beside them
	if d.Engine == db.Postgres {
		q = `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`
	}
	var names []string
	if err := d.Select(t.Context(), &names, q, nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := d.Each(t.Context(), `SELECT * FROM "`+name+`"`, nil, func(r *sqlx.Rows) error {
			row := map[string]any{}
			err := r.MapScan(row)
			if err == nil {
				f(name, row)
			}
			return err
		}); err != nil {
			t.Fatal(name, err)
		}
	}
}

// server searches what PostgreSQL itself keeps of the database: a dump as text, the database's own files with the rows that
// were deleted, and the log from which it would recover, where this machine has them.
func (s *spills) server(t *testing.T, d *db.DB, since time.Time) {
	t.Helper()
	if d.Engine != db.Postgres {
		return
	}
	dump := exec.Command("pg_dump", "--dbname="+d.URL)
	text, err := dump.Output()
	if err != nil || !bytes.Contains(text, []byte("support_items")) {
		t.Fatal("no dump:", err)
	}
	s.bytes("pg_dump", text, 1)
	var at, folder string
	if err := d.Get(t.Context(), &folder, `SHOW data_directory`, nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Get(t.Context(), &at, `SELECT 'base/' || oid FROM pg_database WHERE datname = current_database()`, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Writer().Exec("CHECKPOINT"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadDir(filepath.Join(folder, "pg_wal")); err != nil {
		t.Log("the server's folder is not on this machine: its files are not searched")
		return
	}
	files := s.folder(t, filepath.Join(folder, at), 0, nil)
	wal := s.folder(t, filepath.Join(folder, "pg_wal"), 0, func(_ string, i fs.FileInfo) bool { return i.ModTime().After(since) })
	for _, other := range []string{"pg_stat", "pg_stat_tmp", "pg_replslot", "base/pgsql_tmp", "log"} {
		s.folder(t, filepath.Join(folder, other), 0, nil)
	}
	s.folder(t, filepath.Dir(folder), 0, func(path string, _ fs.FileInfo) bool { return filepath.Dir(path) == filepath.Dir(folder) }) // where scripts/pg.sh has its log
	if files < 100 || wal == 0 {
		t.Errorf("searched %d files of the database and %d of its log: that cannot be all", files, wal)
	}
}

// TestSpill_isFoundInEveryForm breaks the rule on purpose, in each place and form, so that finding nothing means something.
func TestSpill_isFoundInEveryForm(t *testing.T) {
	secret := "kvnekatajnakojanigdjenesmijebiti"
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		since := time.Now()
		plant := func(value string) {
			if _, err := d.Exec(t.Context(), `INSERT INTO outbox (id, kind, payload, run_at) VALUES (:id, 'x', :p, 0)`, db.Args{"id": db.NewSecretID(), "p": value}); err != nil {
				t.Fatal(err)
			}
		}
		for form, value := range map[string]string{"as it is": `{"to":"` + secret + `"}`, "in hexadecimal": "00" + hex.EncodeToString([]byte(secret)),
			"in base64": base64.StdEncoding.EncodeToString([]byte("ab" + secret + "c")), "in an erased row": "x" + secret} {
			s := &spills{}
			s.secret("the secret", secret)
			plant(value)
			if form == "in an erased row" {
				if _, err := d.Exec(t.Context(), `DELETE FROM outbox`, nil); err != nil {
					t.Fatal(err)
				}
			} else if s.rows(t, d); len(s.found) == 0 {
				t.Errorf("%s: not found in the rows", form)
			}
			s.found = nil
			if d.Engine == db.SQLite {
				s.folder(t, filepath.Dir(d.File), 1, nil)
			} else {
				s.server(t, d, since)
			}
			if len(s.found) == 0 {
				t.Errorf("%s: not found in the files", form)
			}
			if _, err := d.Exec(t.Context(), `DELETE FROM outbox`, nil); err != nil {
				t.Fatal(err)
			}
		}
	})
	var zipped, twice bytes.Buffer
	z := gzip.NewWriter(&zipped)
	fmt.Fprint(z, strings.Repeat("a", 1000), secret)
	z.Close()
	w := zlib.NewWriter(&twice)
	_, _ = w.Write(append([]byte("before"), zipped.Bytes()...))
	w.Close()
	var wide []byte
	for _, b := range []byte(secret) {
		wide = append(wide, 0, b)
	}
	for name, b := range map[string][]byte{"gzip": append([]byte("x"), zipped.Bytes()...), "gzip in zlib": twice.Bytes(), "UTF-16": wide,
		"base64 1": []byte(base64.RawURLEncoding.EncodeToString([]byte("q" + secret))), "base64 2": []byte(base64.StdEncoding.EncodeToString([]byte("qq" + secret + "q"))), "base64 0": []byte(base64.StdEncoding.EncodeToString([]byte(secret)))} {
		s := &spills{}
		s.secret("the secret", secret)
		if s.bytes(name, b, 3); len(s.found) == 0 {
			t.Errorf("%s: not found", name)
		}
	}
}
