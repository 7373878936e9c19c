package main

import (
	"archive/zip"
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kvart/internal/directory"
	"kvart/internal/hsdstest"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

// TestDemo_conformsToHSDSWithTheStandardsExamples starts the program with its sample weeks, imports the standard's own examples
// beside them as an operator does, and walks through all that its API then tells: first, middle and last page of every
// list, all ids, lines, POST, each body held against the official schemas, and once more refusing what they do not name;
// in the profile and in the base.
func TestDemo_conformsToHSDSWithTheStandardsExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("walks through the whole demo")
	}
	examples := filepath.Join(hsdstest.Folder(t), "examples")
	dbtest.Long(t, func(t *testing.T, d *db.DB) {
		dir := t.TempDir()
		server := exec.Command("kvart", "demo", "--addr", "127.0.0.1:0")
		server.Env = append(os.Environ(), "TMPDIR="+dir)
		var at []string
		if d.Engine == db.Postgres {
			server.Env = append(server.Env, "KVART_DEMO_DATABASE_URL="+d.URL)
			at = []string{"--database-url", d.URL}
		}
		said := &lockedBuffer{}
		server.Stderr = said
		out, err := server.StdoutPipe()
		if err == nil {
			err = server.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
		late := time.AfterFunc(3*time.Minute, func() { _ = server.Process.Kill() })
		defer late.Stop()
		var url string
		for lines := bufio.NewScanner(out); url == "" && lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "http://") {
				url = lines.Text()
			}
		}
		if url == "" {
			t.Fatalf("the demo did not start:\n%s", said)
		}
		go func() { _, _ = io.Copy(io.Discard, out) }()

		demo, err := filepath.Glob(filepath.Join(dir, "kvart-demo-*"))
		if err != nil || len(demo) != 1 {
			t.Fatal(err, demo)
		}
		at = append(at, "--data", demo[0], "--secrets", filepath.Join(demo[0], "secrets"), "--erasure-store", filepath.Join(demo[0], "erasure", "erasure.sqlite"))
		for _, file := range []string{zipped(t, filepath.Join(examples, "csv")), filepath.Join(examples, "service_full.json"), filepath.Join(examples, "organization_full.json")} {
			b, err := exec.Command("kvart", append([]string{"import", "services", "--lang", "en", file}, at...)...).CombinedOutput()
			if err != nil || !strings.Contains(string(b), "organisations") {
				t.Fatalf("%s: %v\n%s", filepath.Base(file), err, b)
			}
		}
		for root, profile := range map[string]bool{directory.APIPath: true, directory.APIPath + "base/": false} {
			bodies, met := hsdstest.Walk(t, url+root, profile, 1000)
			if bodies < 500 || len(met) < 12 {
				t.Errorf("%s: only %d bodies of %d nouns", root, bodies, len(met))
			}
			t.Logf("%s: %d bodies, %d nouns", root, bodies, len(met))
		}
		_ = server.Process.Signal(syscall.SIGTERM)
		if err := server.Wait(); err != nil {
			t.Errorf("the demo ended with %v:\n%s", err, said)
		}
	})
}

// zipped is a folder's files in a package, as others would send them.
func zipped(t *testing.T, folder string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "examples.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	if err = z.AddFS(os.DirFS(folder)); err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
