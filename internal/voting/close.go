package voting

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strings"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
)

// Close empties the box of a round whose time is over, in one transaction: sealed ballots become patterns with their
// number, receipts a sorted list, used codes are written anew in a random order, and everything by which they could be made
// out is deleted. A process that dies in it leaves the round as it was; the next run does it whole. It returns Conflict
// before the time.
func (s *Store) Close(ctx context.Context, roundID string) error {
	r, err := s.Round(ctx, s.DB, roundID)
	if err != nil {
		return err
	}
	if r.State == Closed || r.State == Published {
		return nil
	}
	if r.At(s.Now()) != Closed {
		return fault.Conflict("voting.fault.not_over")
	}
	if err := s.open(ctx, roundID); err != nil { // it may never have been opened
		return err
	}
	id, err := s.unlock(ctx, r)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.Overwrite(ctx); err != nil {
			return err
		}
		if err := door(ctx, tx, roundID, "UPDATE"); err != nil {
			return err
		}
		if r, err = s.Round(ctx, tx, roundID); err != nil || r.State != Open {
			return err
		}
		return s.empty(ctx, tx, r, id)
	})
}

// unlock opens the private half of the box's key.
func (s *Store) unlock(ctx context.Context, r Round) (id vault.Identity, err error) {
	if !s.Erasure.Ready() {
		return id, errors.New("voting: the erasure store is away: the box stays shut until it is back")
	}
	keys, err := s.Erasure.Items(ctx, r.boxItem())
	if err != nil {
		return id, err
	}
	key, ok := keys[r.boxItem()]
	if !ok {
		return id, fmt.Errorf("voting: the erasure store has no key to the box of round %s: put back the store that was there when it opened", r.ID)
	}
	wrapped, err := base64.StdEncoding.DecodeString(r.BoxSecret)
	if err != nil {
		return id, err
	}
	id, err = vault.Unwrap(s.wrapKey(r.ID, key), wrapped, "vote box", r.ID)
	if err != nil {
		return id, fmt.Errorf("voting: the box of round %s: %w", r.ID, err)
	}
	return id, nil
}

// Why the box of a round that is over stays shut.
const (
	KeyAway = "away" // the erasure store is away
	KeyLost = "lost" // it is there, and has no key to this box
)

// Shut says why the box of a round whose time is over cannot be opened, "" where nothing stands in the way. Nothing in it is
// thrown away: the key may be found again.
func (s *Store) Shut(ctx context.Context, r Round) string {
	if r.State == Closed || r.At(s.Now()) != Closed {
		return ""
	}
	if !s.Erasure.Ready() {
		return KeyAway
	}
	keys, err := s.Erasure.Items(ctx, r.boxItem())
	if err != nil {
		return KeyAway
	}
	if _, ok := keys[r.boxItem()]; !ok {
		return KeyLost
	}
	return ""
}

func (s *Store) empty(ctx context.Context, tx *db.Tx, r Round, id vault.Identity) error {
	var box, used []string
	at := db.Args{"r": r.ID}
	if err := tx.Select(ctx, &box, `SELECT sealed FROM vote_box WHERE round_id = :r`, at); err != nil {
		return err
	}
	if err := tx.Select(ctx, &used, `SELECT hash FROM vote_used WHERE round_id = :r`, at); err != nil {
		return err
	}
	type channel struct{ name, by string }
	patterns, came := map[string]int{}, map[channel]int{}
	var receipts []string
	unreadable := 0
	for _, one := range box {
		raw, err := base64.StdEncoding.DecodeString(one)
		if err == nil {
			raw, err = id.Empty(raw, r.ID)
		}
		var p paperBallot
		if err == nil {
			p, err = unpack(raw, r.Options)
		}
		if err != nil {
			unreadable++
			continue
		}
		patterns[strings.Join(p.choices, " ")]++
		came[channel{p.channel, p.by}]++
		receipts = append(receipts, p.receipt)
	}
	for _, table := range []string{"vote_box", "vote_used", "vote_codes", "vote_mailed"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE round_id = :r`, at); err != nil {
			return err
		}
	}
	mathrand.Shuffle(len(used), func(i, j int) { used[i], used[j] = used[j], used[i] })
	for _, h := range used {
		if _, err := tx.Exec(ctx, `INSERT INTO vote_used (hash, round_id) VALUES (:h, :r)`, db.Args{"h": h, "r": r.ID}); err != nil {
			return err
		}
	}
	for choices, n := range patterns { // in Go's random order
		if _, err := tx.Exec(ctx, `INSERT INTO vote_ballots (round_id, choices, n) VALUES (:r, :c, :n)`, db.Args{"r": r.ID, "c": choices, "n": n}); err != nil {
			return err
		}
	}
	slices.Sort(receipts)
	for _, n := range receipts {
		if _, err := tx.Exec(ctx, `INSERT INTO vote_receipts (round_id, number) VALUES (:r, :n) ON CONFLICT (round_id, number) DO NOTHING`, db.Args{"r": r.ID, "n": n}); err != nil {
			return err
		}
	}
	for c, n := range came {
		if _, err := tx.Exec(ctx, `INSERT INTO vote_channels (round_id, channel, account_id, n) VALUES (:r, :c, :a, :n)`, db.Args{"r": r.ID, "c": c.name, "a": c.by, "n": n}); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE vote_rounds SET state = 'closed', ballots = :n, unreadable = :bad, box_secret = '', salt = '', version = version + 1 WHERE id = :r`,
		db.Args{"r": r.ID, "n": len(box) - unreadable, "bad": unreadable}); err != nil {
		return err
	}
	return s.note(ctx, tx, r, "voting.close", "job")
}

// Sweep takes out of the files of the database what is left there of the open box of a closed round, and destroys the key
// to every older copy of it. Until it is done nothing of the round is published.
func (s *Store) Sweep(ctx context.Context, roundID string) error {
	r, err := s.Round(ctx, s.DB, roundID)
	if err != nil || r.State != Closed || bool(r.Swept) {
		return err
	}
	if !s.Erasure.Ready() {
		return errors.New("voting: the erasure store is away")
	}
	if err := s.Erasure.EraseRequests(ctx, r.ID); err != nil {
		return err
	}
	if err := s.DB.Compact(ctx, "vote_box", "vote_used", "vote_codes", "vote_mailed", "vote_doors", "vote_rounds"); err != nil {
		return err
	}
	_, err = s.DB.Exec(ctx, `UPDATE vote_rounds SET swept = 1 WHERE id = :r AND state = 'closed'`, db.Args{"r": r.ID})
	return err
}
