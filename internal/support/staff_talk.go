package support

import (
	"context"
	"slices"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

// AddTalk counts a short talk of this month about a topic of the network's, or about none. Nothing else is kept of it: no row
// of its own and no audit row, which would say who talked to somebody in which hour.
func (s *Store) AddTalk(ctx context.Context, centreID, month, topic, claim string) error {
	v, err := s.Settings(ctx, s.DB)
	if err != nil {
		return err
	}
	if topic != "" && !slices.ContainsFunc(v.Topics, func(t Topic) bool { return t.Code == topic }) {
		var f fault.Form
		f.Add("topic", "fault.required")
		return f.Err()
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := web.Claim(ctx, tx, claim, "/desk/messages", time.Unix(hour(s.Now()), 0)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO support_talks (centre_id, month, topic, n) VALUES (:c, :m, :t, 1) ON CONFLICT (centre_id, month, topic) DO UPDATE SET n = support_talks.n + 1`,
			db.Args{"c": centreID, "m": month, "t": topic})
		return err
	})
}

// Talks is how many short talks the centre counted in the month. The number is the team's own: what is published passes the
// network's threshold.
func (s *Store) Talks(ctx context.Context, centreID, month string) (n int, err error) {
	err = s.DB.Get(ctx, &n, `SELECT COALESCE(SUM(n), 0) FROM support_talks WHERE centre_id = :c AND month = :m`, db.Args{"c": centreID, "m": month})
	return n, err
}
