package erasure_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jmoiron/sqlx"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/erasure"
)

// each runs the test with a place for a store on each engine.
func each(t *testing.T, test func(t *testing.T, where string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "folder", "erasure.sqlite")) })
	if os.Getenv("KVART_TEST_DATABASE_URL") == "" {
		t.Log("KVART_TEST_DATABASE_URL is not set: SQLite only")
		return
	}
	t.Run("postgres", func(t *testing.T) { test(t, emptyPostgres(t)) })
}

func emptyPostgres(t *testing.T) string {
	t.Helper()
	d := dbtest.Postgres(t)
	if _, err := d.Writer().Exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public"); err != nil {
		t.Fatal(err)
	}
	return d.URL
}

func open(t *testing.T, where string) *erasure.Store {
	t.Helper()
	s, err := erasure.Open(where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func key(request, item string) erasure.Key {
	k := erasure.Key{Request: request, Item: item}
	_, _ = rand.Read(k.Key[:])
	return k
}

func put(t *testing.T, s *erasure.Store, keys ...erasure.Key) {
	t.Helper()
	if err := s.Put(t.Context(), keys...); err != nil {
		t.Fatal(err)
	}
}

func items(t *testing.T, s *erasure.Store, ids ...string) map[string][32]byte {
	t.Helper()
	m, err := s.Items(t.Context(), ids...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// files is everything that the store has on the disk.
func files(t *testing.T, where string) (all []byte) {
	t.Helper()
	if !strings.HasPrefix(where, "postgres") {
		list, err := filepath.Glob(filepath.Join(filepath.Dir(where), "*"))
		if err != nil || len(list) == 0 {
			t.Fatal(list, err)
		}
		for _, f := range list {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, b...)
		}
		return all
	}
	c, err := sqlx.Open("pgx", where)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Exec("ANALYZE erasure_keys"); err != nil { // as the server does by itself
		t.Fatal(err)
	}
	if _, err := c.Exec("CHECKPOINT"); err != nil {
		t.Skipf("only a superuser looks into PostgreSQL's files: %v", err)
	}
	var parts [][]byte
	if err := c.Select(&parts, `SELECT pg_read_binary_file(pg_relation_filepath(oid)) FROM pg_class
		WHERE relname IN ('erasure_keys', 'erasure_keys_pkey', 'erasure_keys_request', 'pg_statistic')`); err != nil {
		t.Fatal(err)
	}
	return bytes.Join(parts, nil)
}

func TestStore_givesBackWhatWasPut(t *testing.T) {
	each(t, func(t *testing.T, where string) {
		s := open(t, where)
		a, b, c := key("r1", "a"), key("r1", "b"), key("r2", "c")
		put(t, s, a, b)
		put(t, s, c)
		put(t, s)
		of, err := s.OfRequests(t.Context(), "r1", "nothing")
		if err != nil || len(of) != 2 || of["a"] != a.Key || of["b"] != b.Key {
			t.Errorf("of the request: %d %v", len(of), err)
		}
		if m := items(t, s, "c", "nothing", "a"); len(m) != 2 || m["c"] != c.Key {
			t.Errorf("items: %d", len(m))
		}
		if m := items(t, s); len(m) != 0 {
			t.Errorf("of no item: %d", len(m))
		}
		again := open(t, where)
		if again.ID() != s.ID() || !db.IsID(s.ID()) {
			t.Errorf("ids %s %s", s.ID(), again.ID())
		}
		if m := items(t, again, "a"); m["a"] != a.Key {
			t.Error("another process does not see it")
		}
	})
}

func TestPut_refusesAnItemThatIsThereAndThenKeepsNone(t *testing.T) {
	each(t, func(t *testing.T, where string) {
		s := open(t, where)
		first := key("r", "item-1")
		put(t, s, first)
		for name, keys := range map[string][]erasure.Key{
			"there already": {key("r", "new"), key("r", "item-1")},
			"twice in one":  {key("r", "new"), key("q", "new")},
		} {
			err := s.Put(t.Context(), keys...)
			if !errors.Is(err, erasure.ErrThere) || strings.Contains(err.Error(), "item-1") {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, k := range map[string]erasure.Key{"no request": key("", "x"), "no item": key("r", ""), "no bytes": {Request: "r", Item: "x"}} {
			if err := s.Put(t.Context(), key("r", "new"), k); err == nil {
				t.Errorf("%s: kept", name)
			}
		}
		if m := items(t, s, "item-1", "new", "x"); len(m) != 1 || m["item-1"] != first.Key {
			t.Errorf("%d keys", len(m))
		}
	})
}

func TestErase_leavesTheBytesInNoFile(t *testing.T) {
	each(t, func(t *testing.T, where string) {
		s := open(t, where)
		chance := mathrand.New(mathrand.NewPCG(1, 2))
		live := map[string]erasure.Key{}
		var gone []erasure.Key
		erase := func(ids []string, f func(ctx context.Context, ids ...string) error) {
			t.Helper()
			if err := f(t.Context(), ids...); err != nil {
				t.Fatal(err)
			}
		}
		for range 6 { // so that pages split, and join again
			var keys []erasure.Key
			for range 400 {
				k := key(fmt.Sprint("request-", chance.IntN(150)), db.NewSecretID())
				keys, live[k.Item] = append(keys, k), k
			}
			put(t, s, keys...)
			of := map[string][]string{}
			for item, k := range live {
				of[k.Request] = append(of[k.Request], item)
			}
			var some, requests []string
			n := 0
			for item, k := range live {
				if n++; n > 120 {
					break
				}
				some, gone = append(some, item), append(gone, k)
				delete(live, item)
			}
			erase(some, s.EraseItems)
			for r, list := range of {
				requests = append(requests, r)
				for _, item := range list {
					if k, ok := live[item]; ok {
						gone = append(gone, k)
						delete(live, item)
					}
				}
				if len(requests) == 20 {
					break
				}
			}
			erase(requests, s.EraseRequests)
		}
		all := files(t, where)
		for _, k := range live {
			if !bytes.Contains(all, k.Key[:]) {
				t.Fatal("the search finds not even what is there")
			}
		}
		for _, k := range gone {
			if bytes.Contains(all, k.Key[:]) {
				t.Fatal("an erased key is still in a file")
			}
		}
		var ids []string
		for id := range live {
			ids = append(ids, id)
		}
		m := items(t, s, ids...)
		for id, k := range live {
			if m[id] != k.Key {
				t.Fatal("a key that was not erased is gone")
			}
		}
		if len(m) != len(live) || len(gone) < 1000 {
			t.Errorf("%d of %d, %d gone", len(m), len(live), len(gone))
		}
		erase([]string{"nothing"}, s.EraseItems)
		erase(nil, s.EraseRequests)
	})
}

func TestErase_whileAnOldSnapshotIsReadLeavesNothingEither(t *testing.T) {
	if os.Getenv("KVART_TEST_DATABASE_URL") == "" {
		t.Skip("PostgreSQL only")
	}
	where := emptyPostgres(t)
	s := open(t, where)
	k := key("r", "a")
	put(t, s, k, key("r", "b"))
	c, err := sqlx.Open("pgx", where)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	old, err := c.Beginx()
	if err != nil {
		t.Fatal(err)
	}
	defer old.Rollback() //nolint:errcheck // it has read only
	if _, err := old.Exec("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1"); err != nil {
		t.Fatal(err)
	}
	if err := s.EraseItems(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(files(t, where), k.Key[:]) {
		t.Error("the old snapshot kept it")
	}
}

func TestStore_ofAThousandRequestsIsReadInOneStep(t *testing.T) {
	each(t, func(t *testing.T, where string) {
		s := open(t, where)
		var keys []erasure.Key
		var requests []string
		for i := range 2500 {
			k := key(db.NewSecretID(), fmt.Sprint("item-", i))
			keys, requests = append(keys, k), append(requests, k.Request)
		}
		put(t, s, keys...)
		m, err := s.OfRequests(t.Context(), requests...)
		if err != nil || len(m) != len(keys) {
			t.Fatal(len(m), err)
		}
		if err := s.EraseRequests(t.Context(), requests[:2001]...); err != nil {
			t.Fatal(err)
		}
		if m, err = s.OfRequests(t.Context(), requests...); err != nil || len(m) != 499 {
			t.Fatal(len(m), err)
		}
	})
}

func TestStore_severalProcessesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, where string) {
		var wg sync.WaitGroup
		ids := make([]string, 4)
		for p := range ids {
			wg.Go(func() {
				s, err := erasure.Open(where)
				if err != nil {
					t.Error(err)
					return
				}
				defer s.Close()
				ids[p] = s.ID()
				for i := range 15 {
					stays, goes := key("r", fmt.Sprintf("stays %d %d", p, i)), key("r", fmt.Sprintf("goes %d %d", p, i))
					if err := s.Put(t.Context(), stays, goes); err != nil {
						t.Error(err)
						return
					}
					if m, err := s.Items(t.Context(), stays.Item, goes.Item); err != nil || len(m) != 2 {
						t.Error(len(m), err)
						return
					}
					if err := s.EraseItems(t.Context(), goes.Item); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Error("two stores were made")
			}
		}
		m, err := open(t, where).OfRequests(t.Context(), "r")
		if err != nil || len(m) != 60 {
			t.Error(len(m), err)
		}
	})
}

func TestStore_isReadByItsOwnerOnly(t *testing.T) {
	file := filepath.Join(t.TempDir(), "folder", "erasure.sqlite")
	s := open(t, file)
	put(t, s, key("r", "i"))
	for path, want := range map[string]os.FileMode{file: 0o600, filepath.Dir(file): 0o700} {
		if i, err := os.Stat(path); err != nil || i.Mode().Perm() != want {
			t.Errorf("%s: %v %v", path, i.Mode(), err)
		}
	}
}

func TestOpen_refusesWhatIsNoStore(t *testing.T) {
	dir := t.TempDir()
	main := dbtest.SQLite(t)
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, where := range map[string]string{"the network's database": main.File, "a text": text} {
		if _, err := erasure.Open(where); !errors.Is(err, erasure.ErrOther) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, where := range map[string]string{"a folder": dir, "below a file": filepath.Join(text, "x"), "no server": "postgres://kvart:geheim@127.0.0.1:1/x"} {
		if _, err := erasure.Open(where); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v", name, err)
		}
	}
	gone := filepath.Join(dir, "folder", "erasure.sqlite")
	if _, err := erasure.OpenExisting(gone); !errors.Is(err, erasure.ErrMissing) {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Dir(gone)); err == nil {
		t.Error("it was made all the same")
	}
	if os.Getenv("KVART_TEST_DATABASE_URL") == "" {
		return
	}
	if _, err := erasure.Open(dbtest.Postgres(t).URL); !errors.Is(err, erasure.ErrOther) {
		t.Errorf("the network's database: %v", err)
	}
	where := emptyPostgres(t)
	if _, err := erasure.OpenExisting(where); !errors.Is(err, erasure.ErrMissing) {
		t.Error(err)
	}
	c, err := sqlx.Open("pgx", where)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Exec(`DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET log_statement = ''all'''; END $$`); err != nil {
		t.Fatal(err)
	}
	if _, err := erasure.Open(where); !errors.Is(err, erasure.ErrKept) || !strings.Contains(err.Error(), "log_parameter_max_length") {
		t.Errorf("a server that logs values: %v", err)
	}
}

func TestStore_thatIsGoneOrReplacedTakesNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "erasure.sqlite")
	s := open(t, file)
	k := key("r", "there")
	put(t, s, k)
	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), key("r", "lost")); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("put into a file that nobody finds again: %v", err)
	}
	if err := s.EraseItems(t.Context(), "there"); err == nil {
		t.Error("erased in a file that nobody finds again")
	}
	other := open(t, file)
	if other.ID() == s.ID() {
		t.Error("another store with the same id")
	}
	if err := s.Put(t.Context(), key("r", "lost")); err == nil {
		t.Error("put into another store")
	}
	if err := os.Rename(file+".away", file); err != nil {
		t.Fatal(err)
	}
	put(t, s, key("r", "found again"))
}

func TestStore_onAFullDiskSaysSoAndGoesOn(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=300k", "none", dir).CombinedOutput(); err != nil {
		t.Skipf("cannot mount a small disk here: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", dir).Run() })
	s := open(t, filepath.Join(dir, "erasure.sqlite"))
	t.Cleanup(func() { s.Close() }) // before the disk goes
	put(t, s, key("r", "first"))
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 230<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	var many []erasure.Key
	for i := range 1000 {
		many = append(many, key("r", fmt.Sprint("item-", i)))
	}
	if err := s.Put(t.Context(), many...); !db.Full(err) {
		t.Errorf("put: %v", err)
	}
	if m := items(t, s, "first", "item-0"); len(m) != 1 {
		t.Errorf("%d keys", len(m))
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	put(t, s, key("r", "second"))
	if err := s.EraseItems(t.Context(), "first"); err != nil {
		t.Error(err)
	}
}

func TestBackup_bringsEverythingBackWhereNothingIs(t *testing.T) {
	each(t, func(t *testing.T, where string) {
		s := open(t, where)
		var keys []erasure.Key
		var names []string
		for i := range 1500 {
			keys, names = append(keys, key("r", fmt.Sprint("item ", i, " š"))), append(names, fmt.Sprint("item ", i, " š"))
		}
		put(t, s, keys...)
		file := filepath.Join(t.TempDir(), "saved")
		if err := s.Backup(t.Context(), file); err != nil {
			t.Fatal(err)
		}
		if i, err := os.Stat(file); err != nil || i.Mode().Perm() != 0o600 {
			t.Error(i, err)
		}
		if left, _ := os.ReadDir(filepath.Dir(file)); len(left) != 1 {
			t.Errorf("left beside it: %v", left)
		}
		if err := s.Backup(t.Context(), file); !errors.Is(err, erasure.ErrExists) {
			t.Errorf("over a file: %v", err)
		}
		if err := erasure.Restore(t.Context(), where, file); !errors.Is(err, erasure.ErrHasKeys) {
			t.Errorf("over a store with keys: %v", err)
		}
		if err := os.Chmod(file, 0o400); err != nil {
			t.Fatal(err)
		}
		each(t, func(t *testing.T, anew string) { // also from one engine to the other
			for _, standing := range []bool{false, true} {
				if standing && strings.HasPrefix(anew, "postgres") {
					break
				}
				if standing { // an empty store that a start made meanwhile
					anew += "2"
					open(t, anew)
				}
				if err := erasure.Restore(t.Context(), anew, file); err != nil {
					t.Fatal(err)
				}
				back := open(t, anew)
				m := items(t, back, names...)
				if back.ID() != s.ID() || len(m) != len(keys) || m[keys[7].Item] != keys[7].Key {
					t.Errorf("%d of %d keys, ids %s %s", len(m), len(keys), back.ID(), s.ID())
				}
			}
		})
	})
}

func TestRestore_ofADamagedBackupMakesNothing(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "erasure.sqlite"))
	k := key("r", "item")
	put(t, s, k)
	dir := t.TempDir()
	file := filepath.Join(dir, "saved")
	if err := s.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(whole)
	changed[bytes.Index(whole, k.Key[:])] ^= 1
	live := filepath.Join(dir, "live") // a store in use is no backup: it has no digest
	put(t, open(t, live), k)
	inUse, err := os.ReadFile(live)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, "new", "erasure.sqlite")
	for name, b := range map[string][]byte{"a key changed": changed, "half": whole[:len(whole)/2], "empty": nil, "a text": []byte("hello"), "a store": inUse} {
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := erasure.Restore(t.Context(), to, file); !errors.Is(err, erasure.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(to); err == nil {
		t.Error("a store was made")
	}
}
