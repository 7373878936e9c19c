package programme

import (
	"context"
	"time"

	"kvart/internal/platform/jobs"
)

// Jobs are what the programme does by itself: offers that end, reminders, needs forgotten; and the
// files that were sent.
func (s *Store) Jobs(run *jobs.Runner) {
	run.Every("programme offers", time.Minute, func(ctx context.Context) error { _, err := s.LapseOffers(ctx); return err })
	run.Every("programme reminders", 15*time.Minute, func(ctx context.Context) error { _, err := s.Remind(ctx); return err })
	run.Handle(RemindKind, s.remindAll)
	(&Pages{Store: s}).files().Jobs(run)
	(&Pages{Store: s}).seasons().Jobs(run)
	run.Every("programme needs", 24*time.Hour, func(ctx context.Context) error { _, err := s.ForgetNeeds(ctx); return err })
}
