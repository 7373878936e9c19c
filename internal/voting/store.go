package voting

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/clock"
	"kvart/internal/platform/db"
	"kvart/internal/platform/erasure"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/jobs"
)

// Store keeps vote rounds.
type Store struct {
	DB      *db.DB
	Now     func() time.Time
	Network *network.Store
	Erasure *erasure.Store // its keys are in no backup of the database
	Secret  []byte         // of this installation; in no database

	// Eligible says whether what an option came from may still be voted on. Nil: everything may.
	Eligible func(ctx context.Context, q db.Querier, origin string) (bool, error)
}

const columns = `id, centre_id, title, about, who, means, unit, currency, budget, at_least, opens_at, closes_at, rule, utility, completion,
	least_published, state, commitment, seed, box_key, box_secret, salt, ballots, unreadable, swept, version, created_at`

// Round is the round of the id with its options. It returns NotFound where there is none.
func (s *Store) Round(ctx context.Context, q db.Querier, id string) (r Round, err error) {
	if !db.IsID(id) {
		return r, fault.NotFound("fault.not_found")
	}
	if err := q.Get(ctx, &r, `SELECT `+columns+` FROM vote_rounds WHERE id = :id`, db.Args{"id": id}); err != nil {
		return r, err
	}
	if r.Options, err = s.options(ctx, q, id); err != nil {
		return r, err
	}
	name, query := "", `SELECT zone FROM networks`
	if r.CentreID != nil {
		query = `SELECT zone FROM centres WHERE id = :c`
	}
	if err := q.Get(ctx, &name, query, db.Args{"c": r.CentreID}); err != nil {
		return r, err
	}
	r.zone = clock.Zone(name)
	return r, nil
}

// local is the moment on the clock where the round is: its days are of its centre, or of the network.
func (r Round) local(t time.Time) time.Time {
	if r.zone == nil {
		return t.UTC()
	}
	return t.In(r.zone)
}

func (s *Store) options(ctx context.Context, q db.Querier, roundID string) (list []Option, err error) {
	err = q.Select(ctx, &list, `SELECT id, round_id, position, origin, title, about, cost, sensitive FROM vote_options WHERE round_id = :r ORDER BY position`, db.Args{"r": roundID})
	return list, err
}

// Shown is Round for everybody: a draft is NotFound.
func (s *Store) Shown(ctx context.Context, id string) (Round, error) {
	r, err := s.Round(ctx, s.DB, id)
	if err == nil && r.State == Draft {
		err = fault.NotFound("fault.not_found")
	}
	return r, err
}

// Own is Round where it is of the scope (a centre's id, or "" for the network), else NotFound.
func (s *Store) Own(ctx context.Context, q db.Querier, centreID, id string) (Round, error) {
	r, err := s.Round(ctx, q, id)
	if err == nil && !r.Of(centreID) {
		err = fault.NotFound("fault.not_found")
	}
	return r, err
}

// Typed is Own, also for a round of the whole network: its ballots are typed at any centre.
func (s *Store) Typed(ctx context.Context, centreID, id string) (Round, error) {
	r, err := s.Round(ctx, s.DB, id)
	if err == nil && !r.Of(centreID) && r.CentreID != nil {
		err = fault.NotFound("fault.not_found")
	}
	return r, err
}

// Rounds are all that may be seen by everybody, newest first, without their options.
func (s *Store) Rounds(ctx context.Context) (list []Round, err error) {
	err = s.DB.Select(ctx, &list, `SELECT `+columns+` FROM vote_rounds WHERE state <> 'draft' ORDER BY opens_at DESC, id`, nil)
	return list, err
}

// Open are those in which one can vote now, the one that ends first first, without their options.
func (s *Store) Open(ctx context.Context) (list []Round, err error) {
	err = s.DB.Select(ctx, &list, `SELECT `+columns+` FROM vote_rounds WHERE state IN ('announced','open') AND opens_at <= :now AND closes_at > :now ORDER BY closes_at, id`, db.Args{"now": s.Now().Unix()})
	return list, err
}

// OfScope are those of the centre (or of the network, for ""), and at a centre those of the network too, newest first,
// without their options.
func (s *Store) OfScope(ctx context.Context, centreID string) (list []Round, err error) {
	err = s.DB.Select(ctx, &list, `SELECT `+columns+` FROM vote_rounds WHERE centre_id = :c OR centre_id IS NULL AND (state <> 'draft' OR :c = '') ORDER BY opens_at DESC, id`, db.Args{"c": centreID})
	return list, err
}

func (s *Store) note(ctx context.Context, tx *db.Tx, r Round, action, by string) error {
	centre := ""
	if r.CentreID != nil {
		centre = *r.CentreID
	}
	return network.Note(ctx, tx, centre, action, by, "vote_round", r.ID, s.Now())
}

func (r Round) args() db.Args {
	return db.Args{"id": r.ID, "centre": r.CentreID, "title": r.Title, "about": r.About, "who": r.Who, "means": r.Means, "unit": r.Unit, "currency": r.Currency,
		"budget": r.Budget, "at_least": r.AtLeast, "opens": r.OpensAt, "closes": r.ClosesAt, "rule": r.Rule, "utility": r.Utility, "completion": r.Completion,
		"least": r.LeastPublished, "version": r.Version}
}

// Add makes a draft and returns its id. It returns Invalid with a fault a field.
func (s *Store) Add(ctx context.Context, tx *db.Tx, r Round, by string) (string, error) {
	if err := r.Check(); err != nil {
		return "", err
	}
	r.ID = db.NewID()
	args := r.args()
	args["at"] = s.Now().Unix()
	if _, err := tx.Exec(ctx, `INSERT INTO vote_rounds (id, centre_id, title, about, who, means, unit, currency, budget, at_least, opens_at, closes_at, rule, utility, completion, least_published, state, created_at)
		VALUES (:id, :centre, :title, :about, :who, :means, :unit, :currency, :budget, :at_least, :opens, :closes, :rule, :utility, :completion, :least, 'draft', :at)`, args); err != nil {
		return "", err
	}
	return r.ID, s.note(ctx, tx, r, "voting.add", by)
}

// Change changes a draft. It returns Conflict where somebody changed or announced it meanwhile.
func (s *Store) Change(ctx context.Context, r Round, by string) error {
	if err := r.Check(); err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE vote_rounds SET title = :title, about = :about, who = :who, means = :means, unit = :unit, currency = :currency, budget = :budget,
			at_least = :at_least, opens_at = :opens, closes_at = :closes, rule = :rule, utility = :utility, completion = :completion, least_published = :least, version = version + 1
			WHERE id = :id AND state = 'draft' AND version = :version`, r.args())
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Conflict("voting.fault.changed_meanwhile")
		}
		return s.note(ctx, tx, r, "voting.change", by)
	})
}

// draft runs a change of a draft of the scope.
func (s *Store) draft(ctx context.Context, centreID, id, action, by string, do func(tx *db.Tx, r Round) error) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return s.draftTx(ctx, tx, centreID, id, action, by, do) })
}

func (s *Store) draftTx(ctx context.Context, tx *db.Tx, centreID, id, action, by string, do func(tx *db.Tx, r Round) error) error {
	r, err := s.Own(ctx, tx, centreID, id)
	if err != nil {
		return err
	}
	if r.State != Draft {
		return fault.Conflict("voting.fault.as_announced")
	}
	if n, err := tx.Exec(ctx, `UPDATE vote_rounds SET version = version + 1 WHERE id = :id AND state = 'draft'`, db.Args{"id": id}); err != nil || n == 0 {
		return errors.Join(err, fault.Conflict("voting.fault.as_announced"))
	}
	if r, err = s.Round(ctx, tx, id); err != nil { // as whoever held it meanwhile left it
		return err
	}
	r.Version-- // as it was before the line above
	if err := do(tx, r); err != nil {
		return err
	}
	return s.note(ctx, tx, r, action, by)
}

// AddOption puts an option at the end of a draft's list and returns its id, which the announcement draws anew: who has to
// find it again keeps its origin. It returns Invalid with a fault a field.
func (s *Store) AddOption(ctx context.Context, tx *db.Tx, centreID, roundID string, o Option, by string) (id string, err error) {
	err = s.draftTx(ctx, tx, centreID, roundID, "voting.option_add", by, func(tx *db.Tx, r Round) error {
		if err := o.Check(r.Budget); err != nil {
			return err
		}
		if len(r.Options) >= MostOptions {
			return fault.Conflict("voting.fault.many_options", "max", MostOptions)
		}
		o.ID, o.RoundID, o.Position = db.NewSecretID(), r.ID, 1
		for _, x := range r.Options {
			o.Position = max(o.Position, x.Position+1)
		}
		id = o.ID
		return insertOption(ctx, tx, o)
	})
	return id, err
}

func insertOption(ctx context.Context, tx *db.Tx, o Option) error {
	_, err := tx.Exec(ctx, `INSERT INTO vote_options (id, round_id, position, origin, title, about, cost, sensitive) VALUES (:id, :r, :p, :o, :t, :a, :c, :s)`,
		db.Args{"id": o.ID, "r": o.RoundID, "p": o.Position, "o": o.Origin, "t": o.Title, "a": o.About, "c": o.Cost, "s": o.Sensitive})
	return err
}

// ChangeOption changes an option of a draft.
func (s *Store) ChangeOption(ctx context.Context, centreID string, o Option, by string) error {
	return s.draft(ctx, centreID, o.RoundID, "voting.option_change", by, func(tx *db.Tx, r Round) error {
		if r.Option(o.ID) == nil {
			return fault.NotFound("fault.not_found")
		}
		if err := o.Check(r.Budget); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE vote_options SET title = :t, about = :a, cost = :c, sensitive = :s WHERE id = :id`,
			db.Args{"id": o.ID, "t": o.Title, "a": o.About, "c": o.Cost, "s": o.Sensitive})
		return err
	})
}

// RemoveOption takes an option out of a draft.
func (s *Store) RemoveOption(ctx context.Context, centreID, roundID, id, by string) error {
	return s.draft(ctx, centreID, roundID, "voting.option_remove", by, func(tx *db.Tx, r Round) error {
		_, err := tx.Exec(ctx, `DELETE FROM vote_options WHERE id = :id AND round_id = :r`, db.Args{"id": id, "r": roundID})
		return err
	})
}

// Remove deletes a draft.
func (s *Store) Remove(ctx context.Context, centreID, id, by string) error {
	err := s.draft(ctx, centreID, id, "voting.remove", by, func(tx *db.Tx, r Round) error {
		for _, q := range []string{`DELETE FROM vote_options WHERE round_id = :r`, `DELETE FROM vote_codes WHERE round_id = :r`, `DELETE FROM vote_sheets WHERE round_id = :r`,
			`DELETE FROM vote_doors WHERE round_id = :r`, `DELETE FROM vote_rounds WHERE id = :r`} {
			if _, err := tx.Exec(ctx, q, db.Args{"r": id}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && s.Erasure.Ready() { // of an announcement that was withdrawn
		err = s.Erasure.EraseRequests(ctx, id)
	}
	return err
}

// Announce makes a draft public as it is: its options get ids from chance in the order that they have, its box a key, and
// the lot is drawn whose commitment is published with it. It returns Conflict for what cannot be voted on.
func (s *Store) Announce(ctx context.Context, centreID, id, by string) error {
	r, err := s.Own(ctx, s.DB, centreID, id)
	if err != nil {
		return err
	}
	if r.State != Draft {
		return fault.Conflict("voting.fault.as_announced")
	}
	if err := r.CheckReady(s.Now()); err != nil {
		return err
	}
	if err := s.lock(ctx, &r); err != nil {
		return err
	}
	seed := newSeed()
	return s.draft(ctx, centreID, id, "voting.announce", by, func(tx *db.Tx, now Round) error {
		if now.Version != r.Version {
			return fault.Conflict("voting.fault.changed_meanwhile")
		}
		if err := s.eligible(ctx, tx, now); err != nil {
			return err
		}
		for _, q := range []string{`DELETE FROM vote_options WHERE round_id = :r`, `DELETE FROM vote_codes WHERE round_id = :r`, `DELETE FROM vote_sheets WHERE round_id = :r`} {
			if _, err := tx.Exec(ctx, q, db.Args{"r": id}); err != nil { // codes of an earlier announcement are of another salt
				return err
			}
		}
		for i, o := range now.Options {
			o.ID, o.Position = db.NewSecretID(), i+1
			if err := insertOption(ctx, tx, o); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `INSERT INTO vote_doors (round_id) VALUES (:r) ON CONFLICT (round_id) DO NOTHING`, db.Args{"r": id}); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE vote_rounds SET commitment = :commitment, seed = :seed, box_key = :key, box_secret = :secret, salt = :salt WHERE id = :r`,
			db.Args{"r": id, "commitment": Commit(seed), "seed": seed, "key": r.BoxKey, "secret": r.BoxSecret, "salt": r.Salt}); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE vote_rounds SET state = 'announced' WHERE id = :r`, db.Args{"r": id})
		return err
	})
}

// newSeed is the text of a lot: a number of up to fifteen digits, and 128 bits beside it that keep it from being guessed
// from its commitment.
func newSeed() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b)
	return fmt.Sprintf("%d-%s", binary.BigEndian.Uint64(b[:8])%1_000_000_000_000_000, hex.EncodeToString(b[8:]))
}

// Withdraw makes a draft again of what was announced and is not open yet. Its printed codes are no codes any more.
func (s *Store) Withdraw(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err := s.Own(ctx, tx, centreID, id)
		if err != nil {
			return err
		}
		if err := door(ctx, tx, id, "UPDATE"); err != nil {
			return err
		}
		if r.At(s.Now()) != Announced {
			return fault.Conflict("voting.fault.as_announced")
		}
		if n, err := tx.Exec(ctx, `UPDATE vote_rounds SET state = 'draft', version = version + 1 WHERE id = :id AND state = 'announced'`, db.Args{"id": id}); err != nil || n == 0 {
			return errors.Join(err, fault.Conflict("voting.fault.as_announced"))
		}
		return s.note(ctx, tx, r, "voting.withdraw", by)
	})
}

// open writes down that an announced round has opened, once its time has come; before that it does nothing.
func (s *Store) open(ctx context.Context, id string) error {
	r, err := s.Round(ctx, s.DB, id)
	if err != nil || r.State != Announced || s.Now().Unix() < r.OpensAt {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE vote_rounds SET state = 'open', version = version + 1 WHERE id = :id AND state = 'announced'`, db.Args{"id": id})
		if err != nil || n == 0 {
			return err
		}
		return s.note(ctx, tx, r, "voting.open", "job")
	})
}

// Jobs starts what runs by itself: rounds open and close at their time.
func (s *Store) Jobs(run *jobs.Runner) {
	run.Every("vote rounds", time.Minute, s.Turn)
}

// Turn opens and closes every round whose time has come.
func (s *Store) Turn(ctx context.Context) error {
	var due []Round
	if err := s.DB.Select(ctx, &due, `SELECT `+columns+` FROM vote_rounds WHERE state IN ('announced','open','closed') AND swept = 0 ORDER BY id`, nil); err != nil {
		return err
	}
	var all error
	for _, r := range due {
		switch r.At(s.Now()) {
		case Open:
			all = errors.Join(all, s.open(ctx, r.ID))
		case Closed:
			err := s.Close(ctx, r.ID)
			if err == nil {
				err = s.Sweep(ctx, r.ID)
			}
			all = errors.Join(all, err)
		}
	}
	return all
}
