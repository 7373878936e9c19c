package directory

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Suggestion is a correction that anybody may suggest. It holds nothing about who, and no finer time than the hour.
type Suggestion struct {
	ID         string `db:"id"`
	ServiceID  string `db:"service_id"`
	Kind       string `db:"kind"` // wrong, ended, missing
	Words      string `db:"words"`
	State      string `db:"state"` // open, done, declined
	At         int64  `db:"at"`
	AnsweredAt *int64 `db:"answered_at"`

	Own bool `db:"-"` // of the organisation itself, by the link of its mail: a flood of others does not shut it out
}

// SuggestionKinds are what may be wrong.
var SuggestionKinds = []string{"wrong", "missing", "ended"}

// Bounds of suggestions.
const (
	mostSuggested   = 1000           // characters
	mostOpen        = 50             // of one service: more is a flood
	keepWords       = 30 * 24 * 3600 // seconds after the answer
	keepSuggestions = 365 * 24 * 3600
)

// Check returns Invalid with the fields that cannot be right.
func (x Suggestion) Check() error {
	var f fault.Form
	if !slices.Contains(SuggestionKinds, x.Kind) {
		f.Add("kind", "directory.fault.choose")
	}
	if x.Kind != "ended" && strings.TrimSpace(x.Words) == "" {
		f.Add("words", "fault.required")
	}
	if utf8.RuneCountInString(x.Words) > mostSuggested {
		f.Add("words", "fault.too_long", "max", mostSuggested)
	}
	return f.Err()
}

// Suggest keeps a suggestion about a service that visitors find; any other is NotFound. It returns Invalid with the fields
// that cannot be right, and TooMany while too many about the service are unanswered.
func (s *Store) Suggest(ctx context.Context, tx *db.Tx, x Suggestion) error {
	if err := x.Check(); err != nil {
		return err
	}
	one, err := s.Service(ctx, tx, x.ServiceID)
	if err != nil {
		return err
	}
	if !one.Listed() {
		return fault.NotFound("fault.not_found")
	}
	var open int
	if err := tx.Get(ctx, &open, `SELECT COUNT(*) FROM directory_suggestions WHERE service_id = :s AND state = 'open'`, db.Args{"s": x.ServiceID}); err != nil {
		return err
	}
	if open >= 2*mostOpen || open >= mostOpen && !x.Own {
		return fault.TooMany("directory.fault.many_suggestions")
	}
	_, err = tx.Exec(ctx, `INSERT INTO directory_suggestions (id, service_id, kind, words, at) VALUES (:id, :s, :kind, :words, :at)`,
		db.Args{"id": db.NewSecretID(), "s": x.ServiceID, "kind": x.Kind, "words": x.Words, "at": s.Now().Truncate(time.Hour).Unix()})
	return err
}

// Suggestion is the one of the id. It is NotFound where there is none.
func (s *Store) Suggestion(ctx context.Context, q db.Querier, id string) (Suggestion, error) {
	var x Suggestion
	err := q.Get(ctx, &x, `SELECT * FROM directory_suggestions WHERE id = :id`, db.Args{"id": id})
	return x, err
}

// SuggestionsFor are what was suggested about the services, open ones first, then the newest.
func (s *Store) SuggestionsFor(ctx context.Context, q db.Querier, serviceIDs []string) ([]Suggestion, error) {
	args := db.Args{}
	var list []Suggestion
	err := q.Select(ctx, &list, `SELECT * FROM directory_suggestions WHERE service_id IN (`+db.In("s", serviceIDs, args)+`)
		ORDER BY CASE state WHEN 'open' THEN 0 ELSE 1 END, at DESC, id LIMIT 500`, args)
	return list, err
}

// AnswerSuggestion closes it as done or declined. It returns Conflict where it is answered already.
func (s *Store) AnswerSuggestion(ctx context.Context, tx *db.Tx, id, state, by string) error {
	if state != "done" && state != "declined" {
		return fault.Invalid("directory.fault.choose")
	}
	if err := changed(tx.Exec(ctx, `UPDATE directory_suggestions SET state = :state, answered_at = :now WHERE id = :id AND state = 'open'`,
		db.Args{"id": id, "state": state, "now": s.Now().Unix()})); err != nil {
		return err
	}
	return s.note(ctx, tx, "directory.suggestion."+state, by, "suggestion", id)
}

// forgetSuggestions takes the words out of what was answered thirty days ago, and what is a year old altogether.
func (s *Store) forgetSuggestions(ctx context.Context) error {
	now := s.Now().Unix()
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE directory_suggestions SET words = '' WHERE words <> '' AND answered_at < :words`, db.Args{"words": now - keepWords}); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM directory_suggestions WHERE at < :all`, db.Args{"all": now - keepSuggestions})
		return err
	})
}
