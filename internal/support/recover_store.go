package support

import (
	"context"
	"slices"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
)

// Recovered is what using an organisation's recovery key did.
type Recovered struct {
	Opened   int // requests that nobody of their team could read any more
	Waits    int // of those, left as they are: nobody whose key is listed may read them
	Readable int // requests whose team reads them: untouched
	Others   int // not opened by this key: of another organisation, or exchanged
}

// Recover gives requests of the organisation's centres, and what was passed on to it, back to the listed readers of their
// teams, where none of them can read any more. Who was struck out is never among them. The person sees in the thread that
// the key was used. It returns Invalid where the key is not the one on the organisation's signed list.
func (s *Store) Recover(ctx context.Context, organisation string, key vault.Identity) (n Recovered, err error) {
	if err := s.ready(); err != nil {
		return n, err
	}
	list, err := s.List(ctx, s.DB, organisation)
	if err != nil {
		return n, err
	}
	listed, ok := list.Reader(RecoveryID, s.Now())
	if !ok || !slices.Equal(listed.Bytes(), key.Reader().Bytes()) {
		return n, fault.Invalid("support.fault.recovery_key")
	}
	by := Reading{ID: RecoveryID, Key: key}
	var ids []string
	if err := s.DB.Select(ctx, &ids, `SELECT r.id FROM support_grants g JOIN support_requests r ON r.id = g.request_id AND r.epoch = g.epoch WHERE g.reader_id = :k ORDER BY r.id`,
		db.Args{"k": RecoveryID}); err != nil {
		return n, err
	}
	for _, id := range ids {
		if err := s.recoverOne(ctx, by, organisation, id, &n); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (s *Store) recoverOne(ctx context.Context, by Reading, organisation, id string, n *Recovered) error {
	o, h, err := s.openHeader(ctx, by, id)
	if err == nil {
		return s.recoverOpened(ctx, by, organisation, o, h, n)
	}
	if fault.Of(err).Kind == fault.KindInternal {
		return err
	}
	if fault.Is(err, fault.KindConflict) {
		n.Others++ // all recovery keys have one name
	}
	return nil
}

func (s *Store) recoverOpened(ctx context.Context, by Reading, organisation string, o *opened, h Header, n *Recovered) error {
	org, _, _, err := s.organisation(ctx, s.DB, h.Party)
	if err != nil || org != organisation {
		return err
	}
	team, err := s.Team(ctx, s.DB, h.Party)
	if err != nil {
		return err
	}
	var granted []string
	if err := s.DB.Select(ctx, &granted, `SELECT reader_id FROM support_grants WHERE request_id = :id AND epoch = :e`, db.Args{"id": o.ID, "e": o.Epoch}); err != nil {
		return err
	}
	var add []string
	entries := []Entry{{Kind: Recovery, By: RecoveryID}}
	for _, m := range team.Readers() {
		if s.struckOut(team, o.ID, h, m.KeyID) {
			continue
		}
		if slices.Contains(granted, m.KeyID) {
			n.Readable++
			return nil
		}
		add = append(add, m.KeyID)
		entries = append(entries, Entry{Kind: Joined, By: RecoveryID, Who: m.KeyID})
	}
	if len(add) == 0 {
		n.Waits++
		return nil
	}
	if err := s.Write(ctx, by, o.ID, Change{Add: add, Entries: entries, Note: "support.recovery"}); err != nil {
		return err
	}
	n.Opened++
	return nil
}
