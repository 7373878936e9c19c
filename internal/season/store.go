package season

import (
	"context"
	"strings"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Store keeps seasons.
type Store struct {
	DB      *db.DB
	Now     func() time.Time
	Network *network.Store
	Booking *booking.Store
}

// columns leave the document out: it is long.
const columns = `id, centre_id, name, from_date, to_date, wishes_until, hours, criteria, limits, state, seed, progress_id, progress_by, version`

// Seasons are the centre's, the newest first.
func (s *Store) Seasons(ctx context.Context, centreID string) ([]Season, error) {
	var list []Season
	err := s.DB.Select(ctx, &list, `SELECT `+columns+` FROM seasons WHERE centre_id = :c ORDER BY from_date DESC, id DESC`, db.Args{"c": centreID})
	return list, err
}

// Season is one of the centre.
func (s *Store) Season(ctx context.Context, q db.Querier, centreID, id string) (Season, error) {
	var one Season
	err := q.Get(ctx, &one, `SELECT `+columns+` FROM seasons WHERE id = :id AND centre_id = :c`, db.Args{"id": id, "c": centreID})
	return one, err
}

// Shown are the seasons of all centres that anybody may see, the newest first: those open for wishes, counted, published, of
// centres that have seasons turned on.
func (s *Store) Shown(ctx context.Context, limit int) ([]Season, error) {
	var list []Season
	if err := s.DB.Select(ctx, &list, `SELECT `+columns+` FROM seasons WHERE state <> 'preparing' ORDER BY from_date DESC, id DESC LIMIT :limit`, db.Args{"limit": limit}); err != nil {
		return nil, err
	}
	on, err := s.turnedOn(ctx)
	if err != nil {
		return nil, err
	}
	var kept []Season
	for _, one := range list {
		if on[one.CentreID] {
			kept = append(kept, one)
		}
	}
	return kept, nil
}

// turnedOn are the centres that have seasons turned on, by id.
func (s *Store) turnedOn(ctx context.Context) (map[string]bool, error) {
	centres, err := s.Network.Centres(ctx, s.DB)
	on := map[string]bool{}
	for _, c := range centres {
		on[c.ID] = c.Features.Has(network.FeatureSeason)
	}
	return on, err
}

// OneShown is a season that anybody may see, with its centre. Any other is NotFound.
func (s *Store) OneShown(ctx context.Context, id string) (Season, network.Centre, error) {
	var one Season
	var c network.Centre
	err := s.DB.Get(ctx, &one, `SELECT `+columns+` FROM seasons WHERE id = :id AND state <> 'preparing'`, db.Args{"id": id})
	if err == nil {
		c, err = s.Network.Centre(ctx, s.DB, one.CentreID)
	}
	if err == nil && !c.Features.Has(network.FeatureSeason) {
		err = fault.NotFound("fault.not_found")
	}
	return one, c, err
}

// Spaces are the season's rooms, in the centre's order.
func (s *Store) Spaces(ctx context.Context, q db.Querier, one Season) ([]booking.Space, error) {
	var ids []string
	if err := q.Select(ctx, &ids, `SELECT space_id FROM season_spaces WHERE season_id = :id`, db.Args{"id": one.ID}); err != nil {
		return nil, err
	}
	in := map[string]bool{}
	for _, id := range ids {
		in[id] = true
	}
	all, err := s.Booking.Spaces(ctx, q, one.CentreID)
	var list []booking.Space
	for _, x := range all {
		if in[x.ID] {
			list = append(list, x)
		}
	}
	return list, err
}

// Save makes a season or changes one that is being prepared, with its rooms, and returns its id. It returns Conflict when somebody
// changed it since the given version, or wishes are open.
func (s *Store) Save(ctx context.Context, tx *db.Tx, one Season, spaces []string, by string) (string, error) {
	if err := one.Check(); err != nil {
		return "", err
	}
	known, err := s.Booking.Spaces(ctx, tx, one.CentreID)
	if err != nil {
		return "", err
	}
	here := map[string]bool{}
	for _, x := range known {
		here[x.ID] = !bool(x.Closed)
	}
	var f fault.Form
	if len(spaces) == 0 {
		f.Add("spaces", "season.fault.spaces")
	}
	for _, id := range spaces {
		if !here[id] {
			f.Add("spaces", "season.fault.space")
			break
		}
	}
	if err := f.Err(); err != nil {
		return "", err
	}
	args := db.Args{"id": one.ID, "centre": one.CentreID, "name": one.Name, "from": one.FromDate, "to": one.ToDate, "until": one.WishesUntil, "hours": one.Hours,
		"criteria": one.Criteria, "limits": one.Limits, "version": one.Version}
	if one.ID == "" {
		args["id"] = db.NewID()
		_, err = tx.Exec(ctx, `INSERT INTO seasons (id, centre_id, name, from_date, to_date, wishes_until, hours, criteria, limits)
			VALUES (:id, :centre, :name, :from, :to, :until, :hours, :criteria, :limits)`, args)
	} else {
		var n int64
		n, err = tx.Exec(ctx, `UPDATE seasons SET name = :name, from_date = :from, to_date = :to, wishes_until = :until, hours = :hours, criteria = :criteria,
			limits = :limits, version = version + 1 WHERE id = :id AND centre_id = :centre AND version = :version AND state = 'preparing'`, args)
		if err == nil && n == 0 {
			err = fault.Conflict("season.fault.changed_meanwhile")
		}
	}
	if err != nil {
		return "", err
	}
	id := args["id"].(string)
	if _, err := tx.Exec(ctx, `DELETE FROM season_spaces WHERE season_id = :id`, db.Args{"id": id}); err != nil {
		return "", err
	}
	for _, x := range spaces {
		if _, err := tx.Exec(ctx, `INSERT INTO season_spaces (season_id, space_id) VALUES (:id, :space) ON CONFLICT DO NOTHING`, db.Args{"id": id, "space": x}); err != nil {
			return "", err
		}
	}
	return id, s.note(ctx, tx, one.CentreID, "season.save", by, id)
}

// step takes the season from one state to the next. It returns Conflict where it is in another.
func (s *Store) step(ctx context.Context, tx *db.Tx, centreID, id, from, to string) error {
	n, err := tx.Exec(ctx, `UPDATE seasons SET state = :to, version = version + 1 WHERE id = :id AND centre_id = :c AND state = :from`,
		db.Args{"id": id, "c": centreID, "from": from, "to": to})
	switch {
	case db.Refused(err) == "season-step":
		return fault.Conflict("season.fault.edited").Because(err)
	case err != nil && strings.Contains(db.Refused(err), "centre_id") || db.Refused(err) == "seasons_one_open":
		return fault.Conflict("season.fault.one_open").Because(err)
	case err == nil && n == 0:
		return fault.Conflict("season.fault.state")
	}
	return err
}

// OpenWishes publishes what the season is counted by and lets wishes in; a seed is drawn. It returns Conflict where the centre has
// another season open for wishes.
func (s *Store) OpenWishes(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.Season(ctx, tx, centreID, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE seasons SET seed = :seed WHERE id = :id AND state = 'preparing'`, db.Args{"seed": db.NewSecretID(), "id": id}); err != nil {
			return err
		}
		if err := s.step(ctx, tx, centreID, id, Preparing, Open); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, "season.open", by, id)
	})
}

// Reopen lets wishes in again where nobody has edited the draft. The seed stays.
func (s *Store) Reopen(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.Season(ctx, tx, centreID, id); err != nil {
			return err
		}
		if err := s.step(ctx, tx, centreID, id, Draft, Open); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, "season.reopen", by, id)
	})
}

// Delete removes a season that is being prepared.
func (s *Store) Delete(ctx context.Context, centreID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		one, err := s.Season(ctx, tx, centreID, id)
		if err != nil {
			return err
		}
		if one.State != Preparing {
			return fault.Conflict("season.fault.state")
		}
		for _, table := range []string{"season_spaces", "season_members"} {
			if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE season_id = :id`, db.Args{"id": id}); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `DELETE FROM seasons WHERE id = :id`, db.Args{"id": id}); err != nil {
			return err
		}
		return s.note(ctx, tx, centreID, "season.delete", by, id)
	})
}

func (s *Store) note(ctx context.Context, tx *db.Tx, centreID, action, by, id string) error {
	return network.Note(ctx, tx, centreID, action, by, "season", id, s.Now())
}
