package programme

import (
	"context"
	"slices"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/support"
)

// Tasks are what of the programme waits for somebody at the centre: attendance owed, places to offer and changes to
// tell by telephone, answers to those who ask for a discreet session, and sessions of today nobody is responsible for.
// No task names a person, and none of a discreet session says what it is.
func (p *Pages) Tasks(ctx context.Context, centreID string, now time.Time) ([]network.Task, error) {
	var list []network.Task
	named := func(l Listed) []any { return []any{"what", l.Title, "when", l.Start()} }

	owed, err := p.Owed(ctx, centreID, now, true)
	if err != nil {
		return nil, err
	}
	for _, l := range owed {
		t := network.Task{Key: "programme.attendance:" + l.ID, Title: "programme.task.attendance", Args: named(l), Press: "programme.task.attendance.press",
			Address: "/desk/sessions/" + l.ID + "/attendance", Method: "GET", Due: l.End(), Urgency: network.Soon, Permission: SeePast}
		if l.on(now) {
			t.Urgency, t.Permission = network.Today, RecordAttendance
		}
		if l.DiscreetDB == 1 {
			t.Title, t.Args, t.Permission = "programme.task.attendance.quiet", []any{"when", l.Start()}, SeeDiscreet
		}
		list = append(list, t)
	}

	calls, err := p.Calls(ctx, centreID)
	if err != nil {
		return nil, err
	}
	changes, err := p.ToTell(ctx, centreID)
	if err != nil {
		return nil, err
	}
	asked, told := []string{}, []string{} // sessions, each once, in the order of their calls
	for _, c := range calls {
		if !slices.Contains(asked, c.SessionID) {
			asked = append(asked, c.SessionID)
		}
	}
	for _, n := range changes {
		if !slices.Contains(told, n.SessionID) {
			told = append(told, n.SessionID)
		}
	}
	known, err := p.listedBy(ctx, centreID, slices.Concat(asked, told))
	if err != nil {
		return nil, err
	}
	for _, id := range asked {
		l := known[id]
		if l.DiscreetDB == 1 {
			continue
		}
		t := network.Task{Key: "programme.call:" + l.ID, Title: "programme.task.calls", Args: named(l), Press: "programme.task.calls.press", Address: "/desk/calls",
			Method: "GET", Due: l.Start(), Urgency: network.Soon, Permission: SeePast}
		if l.Start().Sub(now) < 48*time.Hour {
			t.Urgency = network.Today
		}
		if l.on(now) {
			t.Permission = Register
		}
		list = append(list, t)
	}
	for _, id := range told {
		l := known[id]
		t := network.Task{Key: "programme.tell:" + l.ID, Title: "programme.task.tell", Args: named(l), Press: "programme.task.calls.press", Address: "/desk/calls",
			Method: "GET", Due: l.Start(), Urgency: network.Today, Permission: SeePast}
		if l.on(now) {
			t.Permission = Register
		}
		list = append(list, t)
	}

	var asking []Session
	if err := p.DB.Select(ctx, &asking, `SELECT s.* FROM sessions s WHERE s.centre_id = :c AND s.starts_at > :now AND s.state = 'planned'
		AND EXISTS (SELECT 1 FROM registrations r WHERE r.session_id = s.id AND r.state = 'requested') ORDER BY s.starts_at`,
		db.Args{"c": centreID, "now": now.Unix()}); err != nil {
		return nil, err
	}
	for _, s := range asking {
		list = append(list, network.Task{Key: "programme.request:" + s.ID, Title: "programme.task.requests", Args: []any{"when", s.Start()},
			Press: "programme.task.requests.press", Address: "/desk/sessions/" + s.ID, Method: "GET", Due: s.Start(), Urgency: network.Today, Permission: SeeDiscreet})
	}

	var changed []Session // whose registrants left a card: a reader of it tells them
	if err := p.DB.Select(ctx, &changed, `SELECT s.* FROM sessions s WHERE s.centre_id = :c AND s.ends_at > :now
		AND EXISTS (SELECT 1 FROM registrations r WHERE r.session_id = s.id AND r.notice_due = 1) ORDER BY s.starts_at`,
		db.Args{"c": centreID, "now": now.Unix()}); err != nil {
		return nil, err
	}
	for _, s := range changed {
		list = append(list, network.Task{Key: "programme.notices:" + s.ID, Title: "programme.task.notices", Args: []any{"when", s.Start()},
			Press: "programme.task.notices.press", Address: "/desk/sessions/" + s.ID, Method: "GET", Due: s.Start(), Urgency: network.Today, Permission: support.Read})
	}

	var today []Listed
	if err := p.DB.Select(ctx, &today, `SELECT `+listed+` FROM sessions s JOIN activities a ON a.id = s.activity_id LEFT JOIN spaces sp ON sp.id = s.space_id
		WHERE s.centre_id = :c AND s.starts_at > :now AND s.starts_at < :soon AND s.state = 'planned' AND a.state = 'published' AND a.discreet = 0 AND s.responsible_id IS NULL
		ORDER BY s.starts_at`, db.Args{"c": centreID, "now": now.Unix(), "soon": now.Add(24 * time.Hour).Unix()}); err != nil {
		return nil, err
	}
	for _, l := range today {
		if l.on(now) {
			list = append(list, network.Task{Key: "programme.responsible:" + l.ID, Title: "programme.task.responsible", Args: named(l), Press: "programme.task.open.press",
				Address: "/desk/sessions/" + l.ID, Method: "GET", Due: l.Start(), Urgency: network.Soon, Permission: Register})
		}
	}
	return list, nil
}

// listedBy are the centre's sessions with these ids, discreet ones too.
func (s *Store) listedBy(ctx context.Context, centreID string, ids []string) (map[string]Listed, error) {
	known := map[string]Listed{}
	if len(ids) == 0 {
		return known, nil
	}
	var list []Listed
	args := db.Args{"c": centreID}
	err := s.DB.Select(ctx, &list, `SELECT `+listed+` FROM sessions s JOIN activities a ON a.id = s.activity_id LEFT JOIN spaces sp ON sp.id = s.space_id
		WHERE s.centre_id = :c AND s.id IN (`+db.In("id", ids, args)+`)`, args)
	for _, l := range list {
		known[l.ID] = l
	}
	return known, err
}
