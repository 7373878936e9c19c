package sharing

import (
	"context"
	"errors"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/jobs"
)

// Jobs starts what runs by itself: unanswered requests are brought to others, those whose time came are told so, and what was
// used is valued.
func (s *Store) Jobs(run *jobs.Runner) {
	run.Every("room requests", 10*time.Minute, s.Remind)
	run.Every("room values", 6*time.Hour, s.settleAll)
}

// Remind escalates what waits too long, and ends what waited until its time came.
func (s *Store) Remind(ctx context.Context) error {
	return errors.Join(s.escalate(ctx), s.pass(ctx))
}

// escalate asks others too: the network's lead where the centre has not answered, the centre where the owner has not.
func (s *Store) escalate(ctx context.Context) error {
	due, err := s.list(ctx, s.DB, `r.escalated_at IS NULL AND r.escalate_at <= :now AND `+isOpen+` ORDER BY r.escalate_at LIMIT :n`, db.Args{"now": s.Now().Unix(), "n": most})
	if err != nil {
		return err
	}
	var faults []error
	for _, r := range due {
		faults = append(faults, s.DB.Tx(ctx, func(tx *db.Tx) error {
			n, err := tx.Exec(ctx, `UPDATE room_requests SET escalated_at = :now WHERE id = :id AND escalated_at IS NULL`, db.Args{"now": s.Now().Unix(), "id": r.ID})
			if err != nil || n == 0 {
				return err
			}
			if err := s.note(ctx, tx, r.CentreID, "request.escalate", "job", "request", r.ID); err != nil {
				return err
			}
			c, err := s.Network.Centre(ctx, tx, r.CentreID)
			if err != nil {
				return err
			}
			to, err := s.leads(ctx, tx)
			if err != nil {
				return err
			}
			return s.send(ctx, tx, to, c.ID, "/desk/requests/"+r.ID, func(p *i18n.Printer) string {
				return p.T("sharing.mail.escalated", "centre", c.Name) + "\n" + times(p, c, r.Waiting())
			})
		}))
	}
	return errors.Join(faults...)
}

// pass ends dates that nobody answered until they came, and waits whose time came. Dates that still hold their room end with the hold.
func (s *Store) pass(ctx context.Context) error {
	now := s.Now().Unix()
	var due []Date
	if err := s.DB.Select(ctx, &due, `SELECT `+dateColumns+` FROM room_request_dates d LEFT JOIN bookings b ON b.id = d.booking_id WHERE d.state = 'lapsed' AND d.starts_at <= :now ORDER BY d.starts_at LIMIT :n`,
		db.Args{"now": now, "n": most}); err != nil {
		return err
	}
	var faults []error
	for _, d := range due {
		faults = append(faults, s.DB.Tx(ctx, func(tx *db.Tx) error {
			n, err := tx.Exec(ctx, `UPDATE room_request_dates SET state = 'over' WHERE id = :id AND state = 'lapsed'`, db.Args{"id": d.ID})
			if err != nil || n == 0 {
				return err
			}
			r, err := s.Request(ctx, tx, d.RequestID)
			if err != nil {
				return err
			}
			if err := s.note(ctx, tx, r.CentreID, "request.pass", "job", "request", r.ID); err != nil {
				return err
			}
			return s.tellAsker(ctx, tx, r, []Date{d}, "over", "")
		}))
	}
	return errors.Join(append(faults, s.passWaits(ctx, now))...)
}

// passWaits ends waits whose time came, also those that were offered and not answered.
func (s *Store) passWaits(ctx context.Context, now int64) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		var list []Wait
		if err := tx.Select(ctx, &list, `UPDATE slot_waits SET state = 'over' WHERE state IN ('waiting','offered') AND starts_at <= :now RETURNING *`, db.Args{"now": now}); err != nil {
			return err
		}
		for _, w := range list {
			if err := s.note(ctx, tx, w.CentreID, "wait.over", "job", "wait", w.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) settleAll(ctx context.Context) error {
	centres, err := s.Network.Centres(ctx, s.DB)
	if err != nil {
		return err
	}
	var faults []error
	for _, c := range centres {
		if c.Features.Has(network.FeaturePrices) {
			faults = append(faults, s.Settle(ctx, c))
		}
	}
	return errors.Join(faults...)
}

// Tasks are the requests that wait for the centre's answer, and those that the owner left unanswered.
func (s *Store) Tasks(ctx context.Context, centreID string, now time.Time) ([]network.Task, error) {
	list, err := s.Waiting(ctx, centreID)
	if err != nil {
		return nil, err
	}
	var tasks []network.Task
	for _, r := range list {
		terms, err := s.Terms(ctx, s.DB, r.SpaceID)
		if err != nil {
			return nil, err
		}
		if terms.Decides == ByOwner && r.EscalatedAt == nil {
			continue
		}
		first := r.Waiting()[0]
		due := first.Interval().Start
		if first.HeldUntil != nil {
			due = time.Unix(*first.HeldUntil, 0)
		}
		urgency, title := network.Soon, "sharing.task.asked"
		if due.Sub(now) < 24*time.Hour || r.EscalatedAt != nil {
			urgency = network.Today
		}
		if first.State == Lapsed {
			title = "sharing.task.lapsed"
		}
		tasks = append(tasks, network.Task{Key: "sharing.request:" + r.ID, Title: title, Args: []any{"when", first.Interval().Start}, Press: "sharing.task.answer",
			Address: "/desk/requests/" + r.ID, Method: "GET", Due: due, Urgency: urgency, Permission: Decide})
	}
	return tasks, nil
}
