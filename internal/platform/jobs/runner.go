// Package jobs runs work after the change that asked for it, once, also when a process dies in the middle.
//
// A feature writes a row into the outbox in its own transaction (Enqueue). A runner hands the rows to River, which
// runs them, tries failed ones again and shares the work among processes. Nothing outside this package knows River.
// It is no place for data: payloads hold ids, and what is done is removed within minutes.
package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Handler does one job. It may be called again for the same job, so it looks first at what is done already.
// When ctx ends, the process is stopping: return, and the job is tried again later.
type Handler func(ctx context.Context, payload json.RawMessage) error

// Runner hands enqueued jobs to their handlers. Any number of processes may each have one.
type Runner struct {
	Now func() time.Time // the clock of run times and of repeating jobs

	db       *db.DB
	log      *slog.Logger
	said     *said
	handlers map[string]Handler
	every    []repeating
	pace     pace
	queue    *queue // nil while stopped
	id       string
	endLoop  context.CancelFunc
	endJobs  context.CancelFunc
	loop     sync.WaitGroup
}

type repeating struct {
	name   string
	period int64 // seconds
	slot   int64 // the newest period this runner has seen to
}

// pace is how often the runner looks. SQLite has one writer, which an idle runner must not keep busy.
type pace struct {
	poll time.Duration // for due outbox rows and for jobs of River
	beat time.Duration // for the sign that this runner lives
	dead time.Duration // without a sign for so long, a runner's jobs go to another
}

const (
	jobTimeout = time.Hour           // longer work goes in several jobs
	keepOutbox = 7 * 24 * time.Hour  // for so long an id counts as enqueued already
	keepDead   = 30 * 24 * time.Hour // a job given up stays visible
	failing    = 5                   // attempts after which a job counts as stuck: some 16 minutes
)

// New returns a runner without handlers.
func New(d *db.DB, log *slog.Logger) *Runner {
	return &Runner{Now: time.Now, db: d, log: log, said: &said{}, handlers: map[string]Handler{}, id: db.NewSecretID(),
		pace: pace{poll: time.Second, beat: 20 * time.Second, dead: 90 * time.Second}}
}

// Handle names the handler of a kind of job. It panics when the kind has one already. Call it before Start.
func (r *Runner) Handle(kind string, h func(ctx context.Context, payload json.RawMessage) error) {
	if _, ok := r.handlers[kind]; ok || kind == "" {
		panic("jobs: two handlers for " + kind)
	}
	r.handlers[kind] = h
}

// Every runs f once in each period of the UTC clock, whole seconds long, in one process of all, and never twice at
// once. A period missed while nothing ran is made up for once. What fails is tried again within ten minutes.
// Call it before Start.
func (r *Runner) Every(name string, period time.Duration, f func(ctx context.Context) error) {
	if period < time.Second {
		panic("jobs: a period of less than a second for " + name)
	}
	r.Handle(reserved+name, func(ctx context.Context, _ json.RawMessage) error { return f(ctx) })
	r.every = append(r.every, repeating{name: name, period: int64(period / time.Second)})
}

// Start begins to run jobs; ctx bounds the starting only. Stop ends it.
func (r *Runner) Start(ctx context.Context) error {
	q, err := r.open(ctx)
	if err != nil {
		return fmt.Errorf("starting the job runner: %w", err)
	}
	r.queue = q
	if err := r.beat(ctx); err != nil {
		r.abandon()
		return fmt.Errorf("starting the job runner: %w", err)
	}
	var running, looping context.Context
	running, r.endJobs = context.WithCancel(context.WithoutCancel(ctx))
	looping, r.endLoop = context.WithCancel(running)
	if err := q.start(running); err != nil {
		r.endJobs()
		r.abandon()
		return fmt.Errorf("starting the job runner: %w", err)
	}
	r.loop.Go(func() { r.look(looping) })
	return nil
}

func (r *Runner) abandon() {
	r.queue.close()
	r.queue = nil
}

// Stop takes no further jobs and waits for running ones until ctx ends; then their contexts end too, and they are
// tried again at the next start.
func (r *Runner) Stop(ctx context.Context) {
	if r.queue == nil {
		return
	}
	r.endLoop()
	r.loop.Wait()
	defer r.endJobs()
	if err := r.queue.stop(ctx); err != nil {
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := r.queue.stopNow(hard); err != nil {
			r.log.Warn("jobs did not stop in time", "err", err)
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, err := r.db.Exec(last, "DELETE FROM outbox WHERE id = :id", db.Args{"id": reserved + r.id}); err != nil {
		r.log.Warn("the job runner could not sign off", "err", err)
	}
	r.abandon()
}

// Stuck counts the jobs that keep failing or were given up, and those nobody has taken for a quarter of an hour.
func (r *Runner) Stuck(ctx context.Context) (int, error) { return Stuck(ctx, r.db, r.Now()) }

// Stuck is the same for a process that runs no jobs.
func Stuck(ctx context.Context, d *db.DB, now time.Time) (int, error) {
	var failed, waiting int
	err := errors.Join(
		d.Get(ctx, &failed, `SELECT COUNT(*) FROM river_job
			WHERE state = 'discarded' OR (state IN ('retryable','available','running') AND attempt > :failing)`, db.Args{"failing": failing}),
		d.Get(ctx, &waiting, `SELECT COUNT(*) FROM outbox WHERE handed_at IS NULL AND run_at < :due`,
			db.Args{"due": now.Add(-15 * time.Minute).Unix()}))
	return failed + waiting, err
}

// task is the one kind of job River knows.
type task struct {
	Handler  string          `json:"handler"`
	OutboxID string          `json:"outbox_id" river:"unique"`
	Payload  json.RawMessage `json:"payload"`
}

// Kind implements river.JobArgs.
func (task) Kind() string { return "kvart" }

// worker calls the handlers.
type worker struct {
	river.WorkerDefaults[task]
	r *Runner
}

// Work runs one job. River keeps the text of an error in its table; so it gets the kind of error only, and the log
// gets the rest.
func (w worker) Work(ctx context.Context, job *river.Job[task]) (err error) {
	log := w.r.log.With("job", job.Args.Handler, "id", job.Args.OutboxID, "attempt", job.Attempt)
	h, ok := w.r.handlers[job.Args.Handler]
	if !ok {
		log.Error("no handler for this job")
		return errors.New("no handler")
	}
	defer func() {
		if p := recover(); p != nil {
			log.Error("job panicked", "panic", p, "stack", string(debug.Stack()))
			err = errors.New("panic")
		}
	}()
	if err := h(ctx, job.Args.Payload); err != nil {
		if ctx.Err() != nil {
			log.Info("job interrupted", "err", err)
			return errors.New("interrupted")
		}
		log.Error("job failed", "err", err)
		if f, ok := errors.AsType[*fault.Error](err); ok {
			return errors.New(f.Key)
		}
		return fmt.Errorf("%T", err)
	}
	return nil
}

// Timeout implements river.Worker.
func (worker) Timeout(*river.Job[task]) time.Duration { return jobTimeout }

// NextRetry is River's own back-off, for repeating jobs at most ten minutes.
func (worker) NextRetry(job *river.Job[task]) time.Time {
	next := (&river.DefaultClientRetryPolicy{}).NextRetry(job.JobRow)
	if limit := time.Now().Add(10 * time.Minute); isRepeating(job.Args) && next.After(limit) {
		return limit
	}
	return next
}

func isRepeating(t task) bool { return t.Handler == t.OutboxID }

// insertion says how River takes a task: a job once by its id, a repeating one not while it still waits or runs.
func insertion(t task) *river.InsertOpts {
	if isRepeating(t) {
		return &river.InsertOpts{MaxAttempts: 100, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled}}}
	}
	return &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true}}
}

func (r *Runner) config() *river.Config {
	workers := river.NewWorkers()
	river.AddWorker(workers, worker{r: r})
	n := 8
	if r.db.Engine == db.SQLite {
		n = 4
	}
	return &river.Config{
		ID:                          r.id,
		Logger:                      slog.New(calm{r.log.Handler(), r.said}),
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: n}},
		Workers:                     workers,
		PollOnly:                    r.db.Engine == db.SQLite,
		FetchPollInterval:           r.pace.poll,
		FetchCooldown:               min(100*time.Millisecond, r.pace.poll),
		JobTimeout:                  jobTimeout,
		RescueStuckJobsAfter:        jobTimeout + 5*time.Minute,
		CompletedJobRetentionPeriod: time.Minute,
		CancelledJobRetentionPeriod: time.Minute,
		DiscardedJobRetentionPeriod: keepDead,
	}
}
