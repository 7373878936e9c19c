package season

import (
	"context"
	"slices"

	"kvart/internal/allotment"
	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// Members are the organisations that take part, by name.
func (s *Store) Members(ctx context.Context, q db.Querier, seasonID string) ([]Member, error) {
	var list []Member
	err := q.Select(ctx, &list, `SELECT m.organisation_id, o.slug, o.name, m.amounts, (SELECT COUNT(*) FROM season_wishes w WHERE w.season_id = m.season_id
		AND w.organisation_id = m.organisation_id) AS wishes FROM season_members m JOIN organisations o ON o.id = m.organisation_id WHERE m.season_id = :id ORDER BY o.name, o.id`,
		db.Args{"id": seasonID})
	return list, err
}

// join notes that the organisation takes part, with nothing that speaks for it yet.
func (s *Store) join(ctx context.Context, tx *db.Tx, seasonID, organisationID string) error {
	_, err := tx.Exec(ctx, `INSERT INTO season_members (season_id, organisation_id, amounts) VALUES (:s, :o, :a) ON CONFLICT DO NOTHING`,
		db.Args{"s": seasonID, "o": organisationID, "a": numbers(make([]int64, len(Criteria)))})
	return closed(err)
}

// closed says in words that the season's time for this is over.
func closed(err error) error {
	if r := db.Refused(err); r == "season-closed" || r == "season-fixed" {
		return fault.Conflict("season.fault.closed").Because(err)
	}
	return err
}

// SetAmounts says what the criteria are worth for an organisation, which takes part from then on.
func (s *Store) SetAmounts(ctx context.Context, tx *db.Tx, one Season, organisationID string, amounts []int64, by string) error {
	if len(amounts) != len(Criteria) {
		return fault.Invalid("fault.form")
	}
	var f fault.Form
	for i, n := range amounts {
		if n < 0 || n > allotment.MaxValue {
			f.Add("amount-"+Criteria[i], "fault.not_a_number", "low", 0, "high", allotment.MaxValue)
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	if _, err := s.Network.Organisation(ctx, tx, organisationID); err != nil {
		return err
	}
	if err := s.join(ctx, tx, one.ID, organisationID); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE season_members SET amounts = :a WHERE season_id = :s AND organisation_id = :o AND amounts <> :a`,
		db.Args{"a": numbers(amounts), "s": one.ID, "o": organisationID})
	if err != nil || n == 0 {
		return closed(err)
	}
	return s.note(ctx, tx, one.CentreID, "season.amounts", by, one.ID)
}

// Wishes are those of an organisation, or of all where none is named, by organisation and rank.
func (s *Store) Wishes(ctx context.Context, q db.Querier, seasonID, organisationID string) ([]Wished, error) {
	var list []Wished
	err := q.Select(ctx, &list, `SELECT id, season_id, organisation_id, rank, spaces, weekday, start_minute, minutes, source FROM season_wishes
		WHERE season_id = :s AND (:o = '' OR organisation_id = :o) ORDER BY organisation_id, rank`, db.Args{"s": seasonID, "o": organisationID})
	return list, err
}

// AddWish adds a wish behind the organisation's others. The same one again adds nothing: added is false. It returns Conflict once
// wishes are counted. Whether an organisation may still enter it itself is for the caller (TakesWishes).
func (s *Store) AddWish(ctx context.Context, tx *db.Tx, one Season, w Wished, by string) (added bool, err error) {
	spaces, err := s.Spaces(ctx, tx, one)
	if err != nil {
		return false, err
	}
	if err := w.Check(one, ids(spaces)); err != nil {
		return false, err
	}
	n, err := s.AddWishes(ctx, tx, one, w.OrganisationID, []Wished{w}, by)
	return n == 1, err
}

func ids(spaces []booking.Space) []string {
	var list []string
	for _, x := range spaces {
		list = append(list, x.ID)
	}
	return list
}

// AddWishes adds wishes of one organisation that Check finds right, in their order, those it has already left out, and returns how many were new.
func (s *Store) AddWishes(ctx context.Context, tx *db.Tx, one Season, organisationID string, list []Wished, by string) (added int, err error) {
	if err := s.join(ctx, tx, one.ID, organisationID); err != nil {
		return 0, err
	}
	own, err := s.Wishes(ctx, tx, one.ID, organisationID)
	if err != nil {
		return 0, err
	}
	rank := 0
	if len(own) > 0 {
		rank = own[len(own)-1].Rank
	}
	for _, w := range list {
		if slices.ContainsFunc(own, w.Same) {
			continue
		}
		if len(own) >= MaxWishes {
			return added, fault.Invalid("season.fault.many", "max", MaxWishes)
		}
		rank++
		if _, err := tx.Exec(ctx, `INSERT INTO season_wishes (id, season_id, organisation_id, rank, spaces, weekday, start_minute, minutes, source)
			VALUES (:id, :s, :o, :rank, :spaces, :weekday, :start, :minutes, :source)`, db.Args{"id": db.NewID(), "s": one.ID, "o": organisationID, "rank": rank,
			"spaces": w.Spaces, "weekday": w.Weekday, "start": w.Start, "minutes": w.Minutes, "source": w.Source}); err != nil {
			return added, closed(err)
		}
		own = append(own, w)
		added++
	}
	if added == 0 {
		return 0, nil
	}
	return added, s.note(ctx, tx, one.CentreID, "season.wish.add", by, one.ID)
}

// wish is one of the organisation's.
func wish(list []Wished, id string) (int, error) {
	for i, w := range list {
		if w.ID == id {
			return i, nil
		}
	}
	return 0, fault.NotFound("fault.not_found")
}

// RemoveWish takes a wish back. One that is not the organisation's is NotFound.
func (s *Store) RemoveWish(ctx context.Context, one Season, organisationID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM season_wishes WHERE id = :id AND season_id = :s AND organisation_id = :o`, db.Args{"id": id, "s": one.ID, "o": organisationID})
		if err == nil && n == 0 {
			err = fault.NotFound("fault.not_found")
		}
		if err != nil {
			return closed(err)
		}
		return s.note(ctx, tx, one.CentreID, "season.wish.remove", by, one.ID)
	})
}

// RaiseWish changes places with the wish ranked one better; of the best nothing changes.
func (s *Store) RaiseWish(ctx context.Context, one Season, organisationID, id, by string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		list, err := s.Wishes(ctx, tx, one.ID, organisationID)
		if err != nil {
			return err
		}
		i, err := wish(list, id)
		if err != nil || i == 0 {
			return err
		}
		for _, x := range []struct {
			id   string
			rank int
		}{{id, 0}, {list[i-1].ID, list[i].Rank}, {id, list[i-1].Rank}} {
			if _, err := tx.Exec(ctx, `UPDATE season_wishes SET rank = :rank WHERE id = :id`, db.Args{"rank": x.rank, "id": x.id}); err != nil {
				return closed(err)
			}
		}
		return s.note(ctx, tx, one.CentreID, "season.wish.rank", by, one.ID)
	})
}
