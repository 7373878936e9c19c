package support

import (
	"context"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/web"
)

// passedOnTasks are what was passed on and waits for its receiver's first word, and what has waited too long for the next, in
// numbers only, for each whom it is sealed to and who reads in the scope. To which team it went is sealed: who reads in two
// sees it at both.
func (s *Store) passedOnTasks(ctx context.Context, in auth.Scope, role auth.Role, now time.Time) ([]network.Task, error) {
	var rows []struct {
		Account string `db:"account_id"`
		State   State  `db:"state"`
		Hour    int64  `db:"hour"`
	}
	if err := s.DB.Select(ctx, &rows, `SELECT k.account_id, s.state, s.hour FROM support_referrals r
		JOIN support_referral_steps s ON s.referral_id = r.id AND s.n = (SELECT MAX(m.n) FROM support_referral_steps m WHERE m.referral_id = r.id)
		JOIN support_requests q ON q.id = r.packet_id AND q.state = 'open' JOIN support_grants g ON g.request_id = q.id AND g.epoch = q.epoch
		JOIN vault_keys k ON k.id = g.reader_id AND k.ended_hour IS NULL
		JOIN account_roles h ON h.account_id = k.account_id AND h.scope_kind = :kind AND h.scope_id = :scope AND h.role = :role
		WHERE r.until_hour > :now ORDER BY k.account_id, r.id`, db.Args{"kind": in.Kind, "scope": in.ID, "role": string(role), "now": now.Unix()}); err != nil {
		return nil, err
	}
	var list []network.Task
	var fresh, late overdue
	for i, r := range rows {
		changed := time.Unix(r.Hour, 0)
		switch {
		case Overdue(r.State, changed, now):
			late.add(changed)
		case r.State == Requested:
			fresh.add(changed)
		}
		if i+1 < len(rows) && rows[i+1].Account == r.Account {
			continue
		}
		me := func(account string) bool { return account == r.Account }
		add := func(key string, o overdue, due time.Time, urgency network.Urgency) {
			if o.n > 0 {
				list = append(list, network.Task{Key: "support." + key + ":" + in.ID, Title: "support.task." + key, Args: []any{"n", o.n}, Press: "support.task.packets", Method: "GET",
					Address: packetsPath, Due: due, Urgency: urgency, Permission: Receive, For: me})
			}
		}
		add("passed_on", fresh, fresh.first.Add(askHours*time.Hour), network.Today)
		add("passed_on_late", late, late.first, network.Safety)
		fresh, late = overdue{}, overdue{}
	}
	return list, nil
}

// MemberTasks are what waits for the organisation's members: what was passed on to it.
func (p *Pages) MemberTasks(ctx context.Context, organisationID string, now time.Time) ([]network.Task, error) {
	return p.Store.passedOnTasks(ctx, auth.Scope{Kind: network.ScopeOrganisation, ID: organisationID}, network.Member, now)
}

// How many referrals with news are looked at for the page that lists what was passed on, and for each view of Danas.
const (
	mostNews      = 200
	mostNewsToday = 25
)

// OpenTasks are what only the viewer's open key can tell: in how many of their conversations an answer has come back that
// nobody has looked at. While the key is closed nothing can tell it.
func (p *Pages) OpenTasks(r *web.Request) ([]network.Task, error) {
	if !r.Viewer.May(Read) || p.shut(r) != "" {
		return nil, nil
	}
	news, err := p.Store.News(r.Context(), p.reading(r), mostNewsToday)
	if err != nil || len(news) == 0 {
		return nil, err
	}
	return []network.Task{{Key: "support.answers", Title: "support.task.answers", Args: []any{"n", len(news)}, Press: "support.task.answers.see", Method: "GET",
		Address: packetsPath, Urgency: network.Today, Permission: Read}}, nil
}
