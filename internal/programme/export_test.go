package programme

import (
	"context"
	"encoding/base64"
	"encoding/json"

	"kvart/internal/platform/upload"
)

// CopySeason is the work of the job that carries a season over.
func CopySeason(p *Pages, ctx context.Context, f upload.File, take bool, w upload.Work) (any, error) {
	return p.copySeason(ctx, f, take, w)
}

// Encoded is data as an upload keeps it.
func Encoded(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// RemindAll is the job of reminders sent by hand.
func (s *Store) RemindAll(ctx context.Context, payload json.RawMessage) error {
	return s.remindAll(ctx, payload)
}
