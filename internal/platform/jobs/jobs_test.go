package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/jobs"
)

func runner(t testing.TB, d *db.DB, set func(r *jobs.Runner)) *jobs.Runner {
	t.Helper()
	r := jobs.New(d, slog.New(slog.DiscardHandler))
	r.Hurry()
	set(r)
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		r.Stop(ctx)
	})
	return r
}

func enqueue(t testing.TB, d *db.DB, kind, id string) {
	t.Helper()
	err := d.Tx(t.Context(), func(tx *db.Tx) error {
		return jobs.Enqueue(t.Context(), tx, kind, id, map[string]string{"id": id}, time.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("never: " + what)
}

// tally counts how often each job ran.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *tally) handle(_ context.Context, payload json.RawMessage) error {
	var p struct{ ID string }
	if err := json.Unmarshal(payload, &p); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[p.ID]++
	return nil
}

func (c *tally) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.n)
}

func TestEnqueue_rolledBackNeverRuns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var ran tally
		runner(t, d, func(r *jobs.Runner) { r.Handle("note", ran.handle) })
		stop := errors.New("stop")
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			if err := jobs.Enqueue(t.Context(), tx, "note", "lost", map[string]string{"id": "lost"}, time.Now()); err != nil {
				t.Fatal(err)
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		enqueue(t, d, "note", "kept")
		eventually(t, "the committed job runs", func() bool { return ran.len() == 1 })
		time.Sleep(200 * time.Millisecond)
		if ran.n["lost"] != 0 || ran.n["kept"] != 1 {
			t.Fatal(ran.n)
		}
	})
}

func TestEnqueue_sameIdIsOneJob(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var ran tally
		enqueue(t, d, "note", "a")
		enqueue(t, d, "note", "a")
		runner(t, d, func(r *jobs.Runner) { r.Handle("note", ran.handle) })
		eventually(t, "it runs", func() bool { return ran.len() == 1 })
		enqueue(t, d, "note", "a")
		enqueue(t, d, "note", "b")
		eventually(t, "the other runs", func() bool { return ran.len() == 2 })
		if ran.n["a"] != 1 {
			t.Fatal(ran.n)
		}
	})
}

func TestEnqueue_refusesTheRunnersOwnIds(t *testing.T) {
	d := dbtest.SQLite(t)
	err := d.Tx(t.Context(), func(tx *db.Tx) error {
		return jobs.Enqueue(t.Context(), tx, "note", "runner:x", nil, time.Now())
	})
	if err == nil {
		t.Fatal("accepted")
	}
}

func TestEnqueue_waitsForItsTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var ran tally
		var ahead atomic.Int64
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			return jobs.Enqueue(t.Context(), tx, "note", "later", map[string]string{"id": "later"}, time.Now().Add(time.Hour))
		})
		if err != nil {
			t.Fatal(err)
		}
		runner(t, d, func(r *jobs.Runner) {
			r.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
			r.Handle("note", ran.handle)
		})
		time.Sleep(300 * time.Millisecond)
		if ran.len() != 0 {
			t.Fatal("ran before its time")
		}
		ahead.Store(int64(61 * time.Minute))
		eventually(t, "it runs at its time", func() bool { return ran.len() == 1 })
	})
}

func TestRunner_twoRunnersRunEachJobOnceBesideAWritingFeature(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const n = 150
		var ran tally
		handle := func(ctx context.Context, payload json.RawMessage) error {
			// a handler writes as well
			if _, err := d.Exec(ctx, "UPDATE change_counters SET n = n + 1 WHERE scope = 'public'", nil); err != nil {
				return err
			}
			return ran.handle(ctx, payload)
		}
		for range 2 {
			runner(t, d, func(r *jobs.Runner) { r.Handle("note", handle) })
		}
		start := time.Now()
		var slowest time.Duration
		for i := range n {
			began := time.Now()
			enqueue(t, d, "note", fmt.Sprint(i))
			slowest = max(slowest, time.Since(began))
		}
		t.Logf("enqueued in %v, slowest %v", time.Since(start), slowest)
		eventually(t, "all ran", func() bool { return ran.len() == n })
		t.Logf("all ran after %v", time.Since(start))
		time.Sleep(200 * time.Millisecond)
		for id, k := range ran.n {
			if k != 1 {
				t.Errorf("job %s ran %d times", id, k)
			}
		}
	})
}

func TestRunner_triesFailedJobsAgainAndKeepsTheirErrorsShort(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var calls atomic.Int32
		runner(t, d, func(r *jobs.Runner) {
			r.Handle("flaky", func(context.Context, json.RawMessage) error {
				switch calls.Add(1) {
				case 1:
					return fault.Conflict("some.fault").Because(errors.New("ana@example.org is away"))
				case 2:
					panic("ana@example.org")
				}
				return nil
			})
		})
		enqueue(t, d, "flaky", "x")
		eventually(t, "it was tried twice", func() bool { return calls.Load() >= 2 })
		cast := "CAST(errors AS TEXT)"
		if d.Engine == db.SQLite {
			cast = "json(errors)"
		}
		eventually(t, "errors are kept", func() bool {
			var kept string
			_ = d.Get(t.Context(), &kept, "SELECT COALESCE("+cast+", '') FROM river_job", nil)
			if strings.Contains(kept, "ana@") {
				t.Fatalf("the queue keeps %s", kept)
			}
			return strings.Contains(kept, "some.fault") && strings.Contains(kept, "panic")
		})
	})
}

func TestEvery_runsOncePerPeriodInOneOfTwoRunners(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var calls, atOnce atomic.Int32
		base := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
		var ahead atomic.Int64
		for range 2 {
			runner(t, d, func(r *jobs.Runner) {
				r.Now = func() time.Time { return base.Add(time.Duration(ahead.Load())) }
				r.Every("tidy", time.Hour, func(context.Context) error {
					if atOnce.Add(1) > 1 {
						t.Error("twice at once")
					}
					time.Sleep(50 * time.Millisecond)
					atOnce.Add(-1)
					calls.Add(1)
					return nil
				})
			})
		}
		for i := range int32(3) {
			eventually(t, "it runs in its period", func() bool { return calls.Load() == i+1 })
			time.Sleep(250 * time.Millisecond)
			if calls.Load() != i+1 {
				t.Fatalf("%d runs in period %d", calls.Load(), i+1)
			}
			ahead.Add(int64(time.Hour))
		}
	})
}

func TestEvery_aPeriodThatBeginsWhileTheLastRunLastsGetsItsOwnRun(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		base := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
		var calls, ahead atomic.Int64
		end := make(chan struct{})
		runner(t, d, func(r *jobs.Runner) {
			r.Now = func() time.Time { return base.Add(time.Duration(ahead.Load())) }
			r.Every("tidy", time.Hour, func(context.Context) error {
				if calls.Add(1) == 1 {
					<-end
				}
				return nil
			})
		})
		eventually(t, "the first run begins", func() bool { return calls.Load() == 1 })
		ahead.Store(int64(time.Hour))
		time.Sleep(300 * time.Millisecond) // the runner sees the new period meanwhile
		if calls.Load() != 1 {
			t.Error("twice at once")
		}
		close(end)
		eventually(t, "the second period's run", func() bool { return calls.Load() == 2 })
	})
}

func TestStop_waitsForRunningJobs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var began, ended atomic.Bool
		r := runner(t, d, func(r *jobs.Runner) {
			r.Handle("slow", func(ctx context.Context, _ json.RawMessage) error {
				began.Store(true)
				time.Sleep(500 * time.Millisecond)
				ended.Store(true)
				return ctx.Err()
			})
		})
		enqueue(t, d, "slow", "x")
		eventually(t, "it begins", began.Load)
		r.Stop(t.Context())
		if !ended.Load() {
			t.Fatal("stopped in the middle")
		}
	})
}

func TestStop_interruptsWhatTakesTooLongAndTheNextRunnerResumes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var calls atomic.Int32
		slow := func(ctx context.Context, _ json.RawMessage) error {
			if calls.Add(1) == 1 {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}
		r := runner(t, d, func(r *jobs.Runner) { r.Handle("slow", slow) })
		enqueue(t, d, "slow", "x")
		eventually(t, "it begins", func() bool { return calls.Load() == 1 })
		short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		r.Stop(short)
		runner(t, d, func(r *jobs.Runner) { r.Handle("slow", slow) })
		eventually(t, "it is tried again", func() bool { return calls.Load() == 2 })
	})
}

// A runner in a process of its own is killed in the middle of a job; another finishes it.
func TestKilled_jobIsTakenOver(t *testing.T) {
	if os.Getenv("KVART_TEST_KILLED") != "" {
		victim(t)
		return
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		enqueue(t, d, "long", "x")
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled_jobIsTakenOver$", "-test.timeout=60s")
		cmd.Env = append(os.Environ(), "KVART_TEST_KILLED="+string(d.Engine), "KVART_TEST_KILLED_DB="+d.File+d.URL)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the other process runs the job", func() bool {
			var n int
			_ = d.Get(t.Context(), &n, "SELECT COUNT(*) FROM submissions", nil)
			return n == 1
		})
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		var ran tally
		runner(t, d, func(r *jobs.Runner) { r.Handle("long", ran.handle) })
		eventually(t, "the job is taken over", func() bool { return ran.len() == 1 })
		if ran.n["x"] != 1 {
			t.Fatal(ran.n)
		}
	})
}

func victim(t *testing.T) {
	open := db.OpenSQLite
	if os.Getenv("KVART_TEST_KILLED") == string(db.Postgres) {
		open = db.OpenPostgres
	}
	d, err := open(os.Getenv("KVART_TEST_KILLED_DB"))
	if err != nil {
		t.Fatal(err)
	}
	runner(t, d, func(r *jobs.Runner) {
		r.Handle("long", func(ctx context.Context, _ json.RawMessage) error {
			_, err := d.Exec(ctx, "INSERT INTO submissions (form_key, location, expires_at) VALUES ('k', '/', 1)", nil)
			time.Sleep(50 * time.Second)
			return err
		})
	})
	time.Sleep(50 * time.Second)
}

func TestStuck_countsFailingAndForgottenJobs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Now()
		stuck := func() int {
			n, err := jobs.Stuck(t.Context(), d, now)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		var calls atomic.Int32
		r := runner(t, d, func(r *jobs.Runner) {
			r.Handle("bad", func(context.Context, json.RawMessage) error { calls.Add(1); return errors.New("no") })
		})
		enqueue(t, d, "bad", "x")
		eventually(t, "it fails", func() bool { return calls.Load() == 1 })
		r.Stop(t.Context())
		if n := stuck(); n != 0 {
			t.Fatalf("%d stuck after one failure", n)
		}
		if _, err := d.Exec(t.Context(), "UPDATE river_job SET attempt = 9", nil); err != nil {
			t.Fatal(err)
		}
		if n := stuck(); n != 1 {
			t.Fatalf("%d stuck, want the failing one", n)
		}
		enqueue(t, d, "bad", "y")
		now = now.Add(time.Hour)
		if n := stuck(); n != 2 {
			t.Fatalf("%d stuck, want the one nobody takes too", n)
		}
	})
}

func TestTidy_removesOldRowsButNoRepeatingJob(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var ran tally
		var calls atomic.Int32
		r := runner(t, d, func(r *jobs.Runner) {
			r.Handle("note", ran.handle)
			r.Every("weekly", 7*24*time.Hour, func(context.Context) error { calls.Add(1); return nil })
		})
		enqueue(t, d, "note", "x")
		eventually(t, "both ran", func() bool { return ran.len() == 1 && calls.Load() == 1 })
		r.Stop(t.Context())
		r.Now = func() time.Time { return time.Now().Add(8 * 24 * time.Hour) }
		if err := r.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		var left []string
		if err := d.Select(t.Context(), &left, "SELECT id FROM outbox", nil); err != nil {
			t.Fatal(err)
		}
		if len(left) != 1 || left[0] != "runner:weekly" {
			t.Fatal(left)
		}
	})
}

func TestProgress_canBeStoppedByWhoBeganIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, now := t.Context(), time.Now()
		var id string
		err := d.Tx(ctx, func(tx *db.Tx) (err error) {
			id, err = jobs.StartProgress(ctx, tx, "import", "me", 0, now)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if stop, err := jobs.Step(ctx, d, id, 3, 10, now); stop || err != nil {
			t.Fatal(stop, err)
		}
		if _, err := jobs.GetProgress(ctx, d, id, "other"); !fault.Is(err, fault.KindNotFound) {
			t.Fatal(err)
		}
		if err := jobs.StopProgress(ctx, d, id, "other"); err != nil {
			t.Fatal(err)
		}
		if stop, err := jobs.Step(ctx, d, id, 4, 0, now); stop || err != nil {
			t.Fatal("another account stopped it", err)
		}
		if err := jobs.StopProgress(ctx, d, id, "me"); err != nil {
			t.Fatal(err)
		}
		if stop, err := jobs.Step(ctx, d, id, 5, 0, now); !stop || err != nil {
			t.Fatal(stop, err)
		}
		if stop, err := jobs.Asked(ctx, d, id); !stop || err != nil {
			t.Fatal(stop, err)
		}
		if err := d.Tx(ctx, func(tx *db.Tx) error { return jobs.FinishProgress(ctx, tx, id, jobs.Stopped, "", now) }); err != nil {
			t.Fatal(err)
		}
		p, err := jobs.GetProgress(ctx, d, id, "me")
		if err != nil || !p.Ended() || p.Done != 5 || p.Total != 10 || p.State != jobs.Stopped {
			t.Fatalf("%+v %v", p, err)
		}
	})
}

// TestRunner_waitsCalmlyWhileSomebodyWritesForLong holds SQLite's one writer for longer than River waits for it.
func TestRunner_waitsCalmlyWhileSomebodyWritesForLong(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	t.Parallel()
	d := dbtest.SQLite(t)
	var log lines
	var ran tally
	r := jobs.New(d, slog.New(slog.NewTextHandler(&log, nil)))
	r.Hurry()
	r.Handle("note", ran.handle)
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	enqueue(t, d, "note", "before")
	eventually(t, "the job before", func() bool { return ran.len() == 1 })
	if err := d.Tx(t.Context(), func(tx *db.Tx) error {
		if err := jobs.Enqueue(t.Context(), tx, "note", "within", map[string]string{"id": "within"}, time.Now()); err != nil {
			return err
		}
		time.Sleep(12 * time.Second)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	enqueue(t, d, "note", "after")
	eventually(t, "the jobs written meanwhile and after", func() bool { return ran.len() == 3 })
	r.Stop(t.Context())
	text := log.String()
	if strings.Contains(text, "level=ERROR") {
		t.Errorf("an operator is frightened:\n%s", text)
	}
	if n := strings.Count(text, "\n"); n > 6 {
		t.Errorf("%d lines about one long write:\n%s", n, text)
	}
	for id, n := range ran.n {
		if n != 1 {
			t.Errorf("job %s ran %d times", id, n)
		}
	}
}

// lines is a log to read while it is written.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
