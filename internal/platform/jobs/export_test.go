package jobs

import (
	"context"
	"time"
)

// Hurry makes the runner of a test look often.
func (r *Runner) Hurry() {
	r.pace = pace{poll: 30 * time.Millisecond, beat: 300 * time.Millisecond, dead: 2 * time.Second}
}

// Tidy removes old rows now.
func (r *Runner) Tidy(ctx context.Context) error { return r.tidy(ctx) }
