package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// waits is what an operator reads when the runner cannot get at the database: it was away, its disk was full, or on
// SQLite somebody wrote for long. All of it is tried again and nothing is lost, so it is a warning, and one a minute.
const waits = "jobs wait for the database and are tried again"

// sayAgain is how long the same warning stays unsaid.
const sayAgain = time.Minute

// said remembers what was said when.
type said struct {
	mu sync.Mutex
	at map[string]time.Time
}

// anew says whether the text was not said within the last minute, and takes it for said now.
func (s *said) anew(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if last, ok := s.at[text]; ok && now.Sub(last) < sayAgain {
		return false
	}
	if s.at == nil {
		s.at = map[string]time.Time{}
	}
	s.at[text] = now
	return true
}

// calm passes on what River warns of: how its own work for the queue goes, never a job, as each failed job is logged
// here already.
type calm struct {
	slog.Handler
	said *said
}

// Enabled implements slog.Handler.
func (c calm) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && c.Handler.Enabled(ctx, slog.LevelWarn)
}

// Handle implements slog.Handler.
func (c calm) Handle(ctx context.Context, r slog.Record) error {
	if !c.said.anew(r.Message) {
		return nil
	}
	w := slog.NewRecord(r.Time, slog.LevelWarn, waits, r.PC)
	w.AddAttrs(slog.String("doing", r.Message))
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "err" || a.Key == "error" {
			w.AddAttrs(slog.Any("cause", a.Value))
		}
		return true
	})
	return c.Handler.Handle(ctx, w)
}

// WithAttrs implements slog.Handler.
func (c calm) WithAttrs(a []slog.Attr) slog.Handler { return calm{c.Handler.WithAttrs(a), c.said} }

// WithGroup implements slog.Handler.
func (c calm) WithGroup(g string) slog.Handler { return calm{c.Handler.WithGroup(g), c.said} }
