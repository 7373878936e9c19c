package voting

import (
	"context"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// Came is about how many ballots are in the box, in tens, so that nobody who looks on sees one come.
func (s *Store) Came(ctx context.Context, roundID string) (n int, err error) {
	err = s.DB.Get(ctx, &n, `SELECT COUNT(*) FROM vote_box WHERE round_id = :r`, db.Args{"r": roundID})
	return n / 10 * 10, err
}

// Channel is how many ballots came in one way.
type Channel struct {
	Name string `db:"channel"`
	N    int    `db:"n"`
}

// Channels are the totals of a closed round.
func (s *Store) Channels(ctx context.Context, roundID string) (list []Channel, err error) {
	err = s.DB.Select(ctx, &list, `SELECT channel, CAST(SUM(n) AS INTEGER) AS n FROM vote_channels WHERE round_id = :r GROUP BY channel ORDER BY channel`, db.Args{"r": roundID})
	return list, err
}

// Receipt says whether the round counted a ballot that got this number.
func (s *Store) Receipt(ctx context.Context, roundID, typed string) (bool, error) {
	var digits strings.Builder
	for _, c := range typed {
		switch {
		case c >= '0' && c <= '9':
			digits.WriteRune(c)
		case c == 'O' || c == 'o':
			digits.WriteByte('0')
		}
	}
	var n int
	err := s.DB.Get(ctx, &n, `SELECT COUNT(*) FROM vote_receipts WHERE round_id = :r AND number = :n`, db.Args{"r": roundID, "n": digits.String()})
	return n > 0, err
}

// Receipts are all numbers of a closed round, sorted.
func (s *Store) Receipts(ctx context.Context, roundID string) (list []string, err error) {
	err = s.DB.Select(ctx, &list, `SELECT number FROM vote_receipts WHERE round_id = :r ORDER BY number`, db.Args{"r": roundID})
	return list, err
}

// Pattern is what so many ballots say.
type Pattern struct {
	Choices []string
	N       int
}

// patterns are the round's, in random order.
func (s *Store) patterns(ctx context.Context, q db.Querier, roundID string) (list []Pattern, err error) {
	var rows []struct {
		Choices string `db:"choices"`
		N       int    `db:"n"`
	}
	if err := q.Select(ctx, &rows, `SELECT choices, n FROM vote_ballots WHERE round_id = :r`, db.Args{"r": roundID}); err != nil {
		return nil, err
	}
	for _, x := range rows {
		list = append(list, Pattern{strings.Fields(x.Choices), x.N})
	}
	mathrand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list, nil
}

// Secret says why the ballots of a round are not published, as the word of a message, or "" where they are: too few for the
// round or for the network (least), a pattern that only one ballot has and that holds a sensitive option, or a sensitive option with fewer supporters than the
// network tells of (least).
func (r Round) Secret(patterns []Pattern, least int) string {
	n, supporters := 0, map[string]int{}
	unique := false
	for _, p := range patterns {
		n += p.N
		for _, id := range p.Choices {
			if o := r.Option(id); o != nil && bool(o.Sensitive) {
				supporters[id] += p.N
				unique = unique || p.N == 1
			}
		}
	}
	few := false
	for _, k := range supporters {
		few = few || k < least
	}
	switch {
	case n < max(r.LeastPublished, least):
		return "few"
	case unique:
		return "unique"
	case few:
		return "sensitive"
	}
	return ""
}

// Witness is somebody who recounted: a working name or a role.
type Witness struct {
	Name string `db:"name"`
	On   string `db:"on_day"` // local date
}

// Witnesses are the round's.
func (s *Store) Witnesses(ctx context.Context, q db.Querier, roundID string) (list []Witness, err error) {
	err = q.Select(ctx, &list, `SELECT name, on_day FROM vote_witnesses WHERE round_id = :r ORDER BY on_day, name`, db.Args{"r": roundID})
	return list, err
}

// AddWitness notes that somebody recounted the ballots at the desk and came to the same result.
func (s *Store) AddWitness(ctx context.Context, centreID, roundID, name string, by string) error {
	var f fault.Form
	name = strings.Join(strings.Fields(name), " ")
	if name == "" {
		f.Add("witness", "fault.required")
	} else if utf8.RuneCountInString(name) > 60 {
		f.Add("witness", "fault.too_long", "max", 60)
	}
	if err := f.Err(); err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err := s.Own(ctx, tx, centreID, roundID)
		if err != nil {
			return err
		}
		if r.State != Closed || !bool(r.Swept) {
			return fault.Conflict("voting.fault.not_counted")
		}
		var already []Witness
		if already, err = s.Witnesses(ctx, tx, roundID); err != nil {
			return err
		}
		if slices.ContainsFunc(already, func(w Witness) bool { return i18n.Fold(w.Name) == i18n.Fold(name) }) {
			var f fault.Form
			f.Add("witness", "voting.fault.witness_twice")
			return f.Err()
		}
		if _, err := tx.Exec(ctx, `INSERT INTO vote_witnesses (round_id, name, on_day) VALUES (:r, :n, :d)`,
			db.Args{"r": roundID, "n": name, "d": r.local(s.Now()).Format(time.DateOnly)}); err != nil {
			return err
		}
		return s.note(ctx, tx, r, "voting.witness", by)
	})
}

// Change is a winner that a person changed.
type Change struct {
	ID       string  `db:"id"`
	OptionID string  `db:"option_id"`
	Wins     db.Bool `db:"wins"`
	Kind     string  `db:"kind"`
	Reason   string  `db:"reason"`
	At       int64   `db:"at"`
}

// ChangeKinds are why a person may change a winner.
var ChangeKinds = []string{"incompatible", "not_eligible"}

// Changes are the round's, in their order.
func (s *Store) Changes(ctx context.Context, q db.Querier, roundID string) (list []Change, err error) {
	err = q.Select(ctx, &list, `SELECT id, option_id, wins, kind, reason, at FROM vote_changes WHERE round_id = :r ORDER BY at, id`, db.Args{"r": roundID})
	return list, err
}

// ChangeWinner makes an option win or not, against the count, for a reason that is published with it. It returns Conflict
// before the round is counted, and where the winners would cost more than the budget.
func (s *Store) ChangeWinner(ctx context.Context, tx *db.Tx, centreID, roundID string, c Change, by string) error {
	var f fault.Form
	if !slices.Contains(ChangeKinds, c.Kind) {
		f.Add("kind", "voting.fault.choose")
	}
	if c.Reason == "" {
		f.Add("reason", "voting.fault.reason")
	} else if utf8.RuneCountInString(c.Reason) > 1000 {
		f.Add("reason", "fault.too_long", "max", 1000)
	}
	r, err := s.Own(ctx, tx, centreID, roundID)
	if err != nil {
		return err
	}
	if r.Option(c.OptionID) == nil {
		f.Add("option", "voting.fault.choose")
	}
	if err := f.Err(); err != nil {
		return err
	}
	if r.State != Closed && r.State != Published || !bool(r.Swept) {
		return fault.Conflict("voting.fault.not_counted")
	}
	if _, err := tx.Exec(ctx, `UPDATE vote_rounds SET version = version + 1 WHERE id = :r`, db.Args{"r": roundID}); err != nil { // one change after the other
		return err
	}
	out, err := s.outcome(ctx, tx, r)
	if err != nil {
		return err
	}
	changes, err := s.Changes(ctx, tx, roundID)
	if err != nil {
		return err
	}
	wins := Winners(out, append(changes, c))
	var sum int64
	for _, o := range r.Options {
		if wins[o.ID] {
			sum += o.Cost
		}
	}
	if sum > r.Budget {
		return fault.Conflict("voting.fault.over_budget")
	}
	if was := Winners(out, changes)[c.OptionID]; was == bool(c.Wins) {
		return fault.Conflict("voting.fault.no_change")
	}
	if _, err := tx.Exec(ctx, `INSERT INTO vote_changes (id, round_id, option_id, wins, kind, reason, by_account, at) VALUES (:id, :r, :o, :w, :k, :reason, :by, :at)`,
		db.Args{"id": db.NewID(), "r": roundID, "o": c.OptionID, "w": c.Wins, "k": c.Kind, "reason": c.Reason, "by": by, "at": s.Now().Unix()}); err != nil {
		return err
	}
	return s.note(ctx, tx, r, "voting.change_winner", by)
}
