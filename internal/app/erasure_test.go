package app

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/erasure"
)

func TestErasure_theDataKnowsItsStore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, dir := t.Context(), t.TempDir()
		where := filepath.Join(dir, "own", "erasure.sqlite")
		if _, err := OpenErasure(ctx, d, where, true); !errors.Is(err, ErrNoErasureYet) {
			t.Errorf("before the first start: %v", err)
		}
		if _, err := os.Stat(where); err == nil {
			t.Fatal("a command beside serve made it")
		}
		s, err := OpenErasure(ctx, d, where, false)
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		for _, existing := range []bool{true, false} {
			again, err := OpenErasure(ctx, d, where, existing)
			if err != nil || again.ID() != s.ID() {
				t.Fatal(err)
			}
			again.Close()
		}
		other := filepath.Join(dir, "other.sqlite")
		o, err := erasure.Open(other)
		if err != nil {
			t.Fatal(err)
		}
		o.Close()
		if _, err := OpenErasure(ctx, d, other, false); err == nil || !strings.Contains(err.Error(), s.ID()) || !strings.Contains(err.Error(), o.ID()) {
			t.Errorf("another store: %v", err)
		}
		nowhere := filepath.Join(dir, "nowhere", "erasure.sqlite")
		if _, err := OpenErasure(ctx, d, nowhere, false); !errors.Is(err, erasure.ErrMissing) || !strings.Contains(err.Error(), s.ID()) || !strings.Contains(err.Error(), nowhere) {
			t.Errorf("no store: %v", err)
		}
		if _, err := os.Stat(nowhere); err == nil {
			t.Error("a missing store was made anew")
		}
		if _, err := OpenErasure(ctx, d, "", false); err == nil {
			t.Error("no place was named")
		}
	})
}

func TestErasure_withoutItsStoreTheProgramStartsAndSaysSo(t *testing.T) {
	d := dbtest.SQLite(t)
	dir := t.TempDir()
	var said bytes.Buffer
	start := func(where string) *App {
		a := &App{Config: Config{Secrets: filepath.Join(dir, "secrets"), ErasureStore: where, PublicURL: "http://127.0.0.1:8080",
			Log: slog.New(slog.NewTextHandler(&said, nil))}, DB: d}
		a.Now = time.Now
		if err := a.wire(t.Context()); err != nil {
			t.Fatal(err)
		}
		return a
	}
	where := filepath.Join(dir, "erasure.sqlite")
	a := start(where)
	if !a.Erasure.Ready() || a.ErasureErr != nil || strings.Contains(said.String(), "closed") {
		t.Fatal(a.ErasureErr)
	}
	id := a.Erasure.ID()
	a.Erasure.Close()
	if err := os.Rename(where, where+".away"); err != nil {
		t.Fatal(err)
	}
	a = start(where)
	if a.Erasure.Ready() || a.Support.Erasure.Ready() || a.ErasureErr == nil || !strings.Contains(said.String(), "support stays closed") || !strings.Contains(said.String(), id) {
		t.Errorf("%v; it said %s", a.ErasureErr, &said)
	}
	// As soon as it is there, support is open, without another start.
	stopped, stop := context.WithCancel(t.Context())
	stop()
	a.awaitErasure(stopped, time.Millisecond)
	if a.Erasure.Ready() {
		t.Error("open without its store")
	}
	// Another reason is said, once.
	other, err := erasure.Open(filepath.Join(dir, "other.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(other.Close(), os.Rename(filepath.Join(dir, "other.sqlite"), where)); err != nil {
		t.Fatal(err)
	}
	said.Reset()
	short, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	a.awaitErasure(short, time.Millisecond)
	if n := strings.Count(said.String(), "another erasure store"); n != 1 || a.Erasure.Ready() {
		t.Errorf("that another store lies there is said %d times: %s", n, &said)
	}
	if err := os.Remove(where); err != nil {
		t.Fatal(err)
	}
	go func() {
		time.Sleep(20 * time.Millisecond)
		if err := os.Rename(where+".away", where); err != nil {
			t.Error(err)
		}
	}()
	a.awaitErasure(t.Context(), time.Millisecond)
	if !a.Support.Erasure.Ready() || a.Erasure.ID() != id || !strings.Contains(said.String(), "support is open") {
		t.Errorf("it came back; it said %s", &said)
	}
	if err := a.Erasure.Close(); err != nil {
		t.Error(err)
	}
}
