package support

import (
	"context"
	"encoding/base64"
	"log/slog"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/audit"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/pins"
)

// Store keeps requests. All fields are set by hand in package app.
type Store struct {
	DB      *db.DB
	Now     func() time.Time
	Network *network.Store
	Auth    *auth.Store
	Erasure *erasure.Store // while it is not Ready, support is closed
	Pins    pins.Pins
	Log     *slog.Logger
}

// ready returns Conflict while the erasure store is not there: nothing could be sealed, nor opened.
func (s *Store) ready() error {
	if !s.Erasure.Ready() {
		return fault.Conflict("support.fault.closed")
	}
	return nil
}

func (s *Store) note(ctx context.Context, tx *db.Tx, action, by, kind, id string) error {
	return audit.Append(ctx, tx, audit.Row{Chain: audit.Network, Action: action, Actor: by, SubjectKind: kind, SubjectID: id, At: s.Now()})
}

func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// decode reads what encode wrote; a damaged text is nothing, and does not open.
func decode(text string) []byte {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return b
}
