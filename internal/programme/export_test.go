package programme

import (
	"context"
	"encoding/json"
)

// RemindAll is the job of reminders sent by hand.
func (s *Store) RemindAll(ctx context.Context, payload json.RawMessage) error {
	return s.remindAll(ctx, payload)
}
