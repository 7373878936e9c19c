package survey

import (
	"context"

	"kvart/internal/disclosure"
	"kvart/internal/platform/db"
)

// Told is an answer that so many gave, of those that may be told of a closed survey.
type Told struct {
	Key      string // of it in the survey
	Question string // in the reader's words
	Answer   string
	N        int
}

// Told are the answers to choose from that may be told, in the order of the form. Marked questions are left out: they are in
// totals alone.
func (v Version) Told(lang string) (list []Told) {
	if v.Totals == nil {
		return nil
	}
	for _, t := range v.Totals.Questions {
		q := v.Form.Question(t.Name)
		if q == nil || v.Alone(q) {
			continue
		}
		var cells []disclosure.Cell
		if cells = t.Chosen; t.Row != nil {
			cells = t.Row.Cells
		}
		for i, c := range cells {
			if c.Shown && i < len(q.Choices) {
				list = append(list, Told{q.Name + "/" + q.Choices[i].Name, q.Label.In(lang, v.Form.Languages...), q.Choices[i].Label.In(lang, v.Form.Languages...), c.N})
			}
		}
	}
	return list
}

// ToBeTold is the version of a closed survey that most answered, with what may be told of it, and how many those are; not ok
// where too few answered each.
func (s *Store) ToBeTold(ctx context.Context, q db.Querier, v Survey) (one Version, ok bool, err error) {
	if v.State != Closed {
		return one, false, nil
	}
	list, err := s.Versions(ctx, q, v.ID)
	for _, x := range list {
		if x.Totals != nil && x.Totals.N.Shown && (!ok || x.Totals.N.N > one.Totals.N.N) {
			one, ok = x, true
		}
	}
	return one, ok, err
}

// ClosedOf are the surveys of the centre and of the network that are closed, the newest first.
func (s *Store) ClosedOf(ctx context.Context, q db.Querier, centreID string) (list []Survey, err error) {
	err = q.Select(ctx, &list, `SELECT * FROM surveys WHERE state = 'closed' AND COALESCE(centre_id, :c) = :c ORDER BY closes_on DESC, id`, db.Args{"c": centreID})
	return list, err
}
