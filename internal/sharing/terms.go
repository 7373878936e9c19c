package sharing

import (
	"context"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Who decides on a room's requests.
const (
	ByCentre = "centre"
	ByOwner  = "owner" // the members of the organisation whose premises it is
)

// How organisations come by a room.
const (
	AskFirst  = "ask"
	BookOnce  = "book" // at once, within their limits
	NotShared = "none" // they do not
)

// Terms are how one room is shared.
type Terms struct {
	SpaceID  string  `db:"space_id"`
	OwnerID  *string `db:"owner_id"` // nil: who runs the centre
	Decides  string  `db:"decides"`
	Asking   string  `db:"asking"`
	HoldDays int     `db:"hold_days"` // that a request keeps the room
	Version  int     `db:"version"`   // 0: nothing was set yet
}

// Check returns Invalid with a fault a field.
func (t Terms) Check() error {
	var f fault.Form
	if !slices.Contains([]string{ByCentre, ByOwner}, t.Decides) {
		f.Add("decides", "fault.required")
	}
	if t.Decides == ByOwner && t.OwnerID == nil {
		f.Add("owner", "sharing.fault.owner")
	}
	if !slices.Contains([]string{AskFirst, BookOnce, NotShared}, t.Asking) {
		f.Add("asking", "fault.required")
	}
	if t.HoldDays < 1 || t.HoldDays > 14 {
		f.Add("hold_days", "fault.not_a_number", "low", 1, "high", 14)
	}
	return f.Err()
}

// HoldUntil is when a request made now for a start stops keeping the room: after the room's days, and never past the start.
func (t Terms) HoldUntil(now, start time.Time) time.Time {
	until := now.AddDate(0, 0, t.HoldDays)
	if until.After(start) {
		return start
	}
	return until
}

// EscalateAt is when others are asked too: after two thirds of the time for the answer.
func EscalateAt(now, until time.Time) time.Time {
	return now.Add(until.Sub(now) / 3 * 2)
}

// AtOnce says whether the organisation books without asking: where the room is so, and where it is its own to decide on.
func (t Terms) AtOnce(organisationID string) bool {
	return t.Asking == BookOnce || t.Owns(organisationID)
}

// Owns says whether the organisation decides on the room itself.
func (t Terms) Owns(organisationID string) bool {
	return t.Decides == ByOwner && t.OwnerID != nil && *t.OwnerID == organisationID
}

// Decider says whether somebody who acts in the scope answers a request for the room: the centre's coordination, or where
// the owner decides its members, and then the coordination too once the request was left unanswered.
func (t Terms) Decider(in auth.Scope, centreID string, escalated bool) bool {
	switch in.Kind {
	case network.ScopeCentre:
		return in.ID == centreID && (t.Decides == ByCentre || escalated)
	case network.ScopeOrganisation:
		return t.Decides == ByOwner && t.OwnerID != nil && *t.OwnerID == in.ID
	}
	return false
}

// Terms are those of the room; one that nothing was set of is asked of the centre.
func (s *Store) Terms(ctx context.Context, q db.Querier, spaceID string) (Terms, error) {
	var list []Terms
	err := q.Select(ctx, &list, `SELECT * FROM space_terms WHERE space_id = :s`, db.Args{"s": spaceID})
	if err != nil || len(list) == 0 {
		return Terms{SpaceID: spaceID, Decides: ByCentre, Asking: AskFirst, HoldDays: 3}, err
	}
	return list[0], nil
}

// SetTerms stores how the centre's room is shared. It returns Conflict when somebody else changed that meanwhile, and Invalid
// where the owner is to decide and has no member who could.
func (s *Store) SetTerms(ctx context.Context, tx *db.Tx, centreID string, t Terms, by string) error {
	if err := t.Check(); err != nil {
		return err
	}
	var f fault.Form
	if t.OwnerID != nil {
		if _, err := s.Network.Organisation(ctx, tx, *t.OwnerID); fault.Is(err, fault.KindNotFound) {
			f.Add("owner", "fault.not_found")
			return f.Err()
		} else if err != nil {
			return err
		}
	}
	if t.Decides == ByOwner {
		var n int
		if err := tx.Get(ctx, &n, `SELECT COUNT(*) FROM account_roles r JOIN accounts a ON a.id = r.account_id AND a.state = 'active'
			WHERE r.role = 'member' AND r.scope_kind = 'organisation' AND r.scope_id = :o`, db.Args{"o": *t.OwnerID}); err != nil {
			return err
		}
		if n == 0 {
			f.Add("decides", "sharing.fault.nobody_there")
			return f.Err()
		}
	}
	if err := stored(ctx, tx, t.Version, `UPDATE space_terms SET version = version WHERE space_id = :s`, db.Args{"s": t.SpaceID}); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `INSERT INTO space_terms (space_id, owner_id, decides, asking, hold_days, version) VALUES (:s, :o, :d, :a, :h, 1)
		ON CONFLICT (space_id) DO UPDATE SET owner_id = :o, decides = :d, asking = :a, hold_days = :h, version = space_terms.version + 1 WHERE space_terms.version = :v`,
		db.Args{"s": t.SpaceID, "o": t.OwnerID, "d": t.Decides, "a": t.Asking, "h": t.HoldDays, "v": t.Version})
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Conflict("booking.fault.changed_meanwhile")
	}
	return s.note(ctx, tx, centreID, "space.terms", by, "space", t.SpaceID)
}
