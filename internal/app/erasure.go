package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/fault"
)

// ErrNoErasureYet is returned for data that has no erasure store yet: nothing was ever sealed in it.
var ErrNoErasureYet = errors.New("no erasure store yet: the first 'kvart serve' makes it")

// awaitErasure looks for a store that was away at the start, until it is there.
func (a *App) awaitErasure(ctx context.Context, every time.Duration) {
	said := ""
	if a.ErasureErr != nil {
		said = a.ErasureErr.Error()
	}
	for !a.Erasure.Ready() {
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
		s, err := OpenErasure(ctx, a.DB, a.ErasureStore, a.ExistingErasure)
		if err != nil {
			if now := err.Error(); now != said && ctx.Err() == nil { // each reason once
				said = now
				a.Log.Error("support stays closed: " + now)
			}
			continue
		}
		a.Erasure.Become(s)
		a.Log.Info("the erasure store is there: support is open")
	}
}

// OpenErasure opens the store that the data belongs to. Where the data has none yet, it makes one and pins it, or with
// existing returns ErrNoErasureYet. A store that is missing is never made anew: what was sealed would not open with it.
func OpenErasure(ctx context.Context, d *db.DB, where string, existing bool) (*erasure.Store, error) {
	const pin = `SELECT id FROM erasure_pin`
	var pinned string
	err := d.Get(ctx, &pinned, pin, nil)
	fresh := fault.Is(err, fault.KindNotFound)
	if err != nil && !fresh {
		return nil, err
	}
	if where == "" {
		return nil, errors.New("no erasure store is named")
	}
	if fresh && existing {
		return nil, ErrNoErasureYet
	}
	open := erasure.OpenExisting
	if fresh {
		open = erasure.Open
	}
	s, err := open(where)
	if err != nil {
		if !fresh {
			err = fmt.Errorf("the erasure store of this data, %s, does not open: %w; name its place with --erasure-store, or put its backup back with 'kvart restore --erasure FILE'", pinned, err)
		}
		return nil, err
	}
	if fresh {
		if _, err = d.Exec(ctx, `INSERT INTO erasure_pin (only_one, id) VALUES (1, :id) ON CONFLICT (only_one) DO NOTHING`, db.Args{"id": s.ID()}); err == nil {
			err = d.Get(ctx, &pinned, pin, nil)
		}
	}
	if err == nil && s.ID() != pinned {
		err = fmt.Errorf("%s holds another erasure store, %s, than the one of this data, %s: name its place with --erasure-store, the same for all processes", erasure.Place(where), s.ID(), pinned)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}
