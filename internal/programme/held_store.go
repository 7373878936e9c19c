package programme

import (
	"context"
	"time"

	"kvart/internal/platform/db"
)

// Held is what was held of one activity in a span of time.
type Held struct {
	ActivityID string `db:"activity_id"`
	Sessions   int    `db:"sessions"`
	Recorded   int    `db:"recorded"` // of them, those whose attendance was recorded
	Seconds    int64  `db:"seconds"`
	Came       int    `db:"came"` // people, counted each time they came
}

// Held sums what the centre's named activities held from one moment to another, as far as it is over. Called-off sessions
// do not count; a discreet activity is never in it, nor one of another centre.
func (s *Store) Held(ctx context.Context, q db.Querier, centreID string, activities []string, from, to time.Time) ([]Held, error) {
	var list []Held
	args := db.Args{"c": centreID, "from": from.Unix(), "to": to.Unix(), "now": s.Now().Unix()}
	err := q.Select(ctx, &list, `SELECT s.activity_id, COUNT(*) AS sessions, SUM(CASE WHEN s.recorded_at IS NULL THEN 0 ELSE 1 END) AS recorded,
		CAST(SUM(s.ends_at - s.starts_at) AS BIGINT) AS seconds, SUM(COALESCE(s.counted, 0) + s.named) AS came
		FROM sessions s JOIN activities a ON a.id = s.activity_id
		WHERE s.centre_id = :c AND a.discreet = 0 AND s.activity_id IN (`+db.In("a", activities, args)+`) AND s.state = 'planned' AND s.starts_at >= :from AND s.starts_at < :to AND s.ends_at <= :now
		GROUP BY s.activity_id ORDER BY s.activity_id`, args)
	return list, err
}
