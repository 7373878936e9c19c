package main

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"kvart/internal/app"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/erasure"
)

func TestBackup_neverHoldsAnErasureKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		dir := t.TempDir()
		args := []string{"--data", filepath.Dir(d.File), "--erasure-store", filepath.Join(dir, "erasure.sqlite")}
		if d.Engine == db.Postgres {
			args = []string{"--data", dir, "--database-url", d.URL, "--erasure-store", filepath.Join(dir, "erasure.sqlite")}
		}
		s, err := app.OpenErasure(t.Context(), d, filepath.Join(dir, "erasure.sqlite"), false)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		k := erasure.Key{Request: db.NewSecretID(), Item: db.NewSecretID()}
		_, _ = rand.Read(k.Key[:])
		if err := s.Put(t.Context(), k); err != nil {
			t.Fatal(err)
		}
		data, keys := filepath.Join(dir, "saved.kvart"), filepath.Join(dir, "saved.erasure")
		if status := run(append([]string{"backup", data, "--erasure", keys}, args...)); status != 0 {
			t.Fatal(status)
		}
		f, err := os.Open(data)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		archive, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		if d.Engine == db.Postgres { // pg_dump packs its tables
			cmd := exec.Command("pg_restore", "--data-only", "-f", "-")
			cmd.Stdin = bytes.NewReader(archive[bytes.Index(archive, []byte("PGDMP")):])
			text, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			archive = append(archive, text...)
		}
		if !bytes.Contains(archive, []byte(s.ID())) {
			t.Fatal("the search finds not even the id of the store")
		}
		if bytes.Contains(archive, k.Key[:]) || bytes.Contains(archive, []byte(k.Item)) {
			t.Error("the backup of the data holds an erasure key")
		}
		apart, err := os.ReadFile(keys)
		if err != nil || !bytes.Contains(apart, k.Key[:]) {
			t.Error("the backup of the store does not hold it", err)
		}
	})
}
