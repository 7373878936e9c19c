package directory

import (
	"context"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/clock"
	"kvart/internal/platform/db"
)

// consentDays are how long before an initiative's consent ends the centre is told.
const consentDays = 14

// mostTasks is how many lines of one kind the list "Čeka vas" gets; the others follow when those are done.
const mostTasks = 50

// Tasks are what of the directory waits for somebody at the centre that looks after the entries: organisations to phone,
// suggestions to answer, what was said to exist no more, and consents that end soon. What no centre looks after is on the
// list of the network's first centre, for those alone who may change any entry.
func (p *DeskPages) Tasks(ctx context.Context, centreID string, now time.Time) ([]network.Task, error) {
	s := p.Store
	centres, err := s.Network.Centres(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	args := db.Args{"c": centreID, "now": now.Unix(), "most": MostAsked, "n": mostTasks}
	mine := `o.centre_id = :c`
	if len(centres) > 0 && centres[0].ID == centreID {
		mine = `(o.centre_id = :c OR o.centre_id IS NULL)`
	}
	type row struct {
		ID      string  `db:"id"`
		Name    string  `db:"name"`
		Centre  *string `db:"centre_id"`
		N       int     `db:"n"`
		At      int64   `db:"at"`
		Service string  `db:"service"`
	}
	var list []network.Task
	add := func(t network.Task, r row) {
		if t.Permission = LookIn; r.Centre == nil {
			t.Permission = Organise
		}
		list = append(list, t)
	}
	var rows []row

	// Without a mail box, or after so many mails in vain: by telephone.
	if err := s.DB.Select(ctx, &rows, `SELECT o.id, o.name, o.centre_id, COUNT(*) AS n, MIN(s.ask_at) AS at, MIN(s.name) AS service FROM directory_services s JOIN directory_organisations o ON o.id = s.organisation_id
		WHERE s.ask_at <= :now AND s.status IN ('active', 'temporarily closed') AND (o.ask_email = '' OR s.asked >= :most) AND `+mine+`
		GROUP BY o.id, o.name, o.centre_id ORDER BY MIN(s.ask_at), o.id LIMIT :n`, args); err != nil {
		return nil, err
	}
	for _, r := range rows {
		t := network.Task{Key: "directory.phone:" + r.ID, Title: "directory.task.phone", Args: []any{"what", r.Service, "who", r.Name}, Press: "directory.task.phone.press",
			Address: organisationPath(r.ID) + "/phone", Method: "GET", Due: time.Unix(r.At, 0), Urgency: network.Whenever}
		if r.N > 1 {
			t.Title, t.Args = "directory.task.phone.several", []any{"who", r.Name, "n", r.N}
		}
		add(t, r)
	}

	rows = nil
	if err := s.DB.Select(ctx, &rows, `SELECT s.id, s.name, o.centre_id, COUNT(*) AS n, MIN(x.at) AS at, '' AS service FROM directory_suggestions x JOIN directory_services s ON s.id = x.service_id
		JOIN directory_organisations o ON o.id = s.organisation_id WHERE x.state = 'open' AND `+mine+` GROUP BY s.id, s.name, o.centre_id ORDER BY MIN(x.at), s.id LIMIT :n`, args); err != nil {
		return nil, err
	}
	for _, r := range rows {
		add(network.Task{Key: "directory.suggestion:" + r.ID, Title: "directory.task.suggestion", Args: []any{"what", r.Name}, Press: "directory.task.suggestion.press",
			Address: correctionsPath, Method: "GET", Due: time.Unix(r.At, 0), Urgency: network.Soon}, r)
	}

	rows = nil
	if err := s.DB.Select(ctx, &rows, `SELECT s.id, s.name, o.centre_id, 1 AS n, v.at, '' AS service FROM directory_services s JOIN directory_organisations o ON o.id = s.organisation_id
		JOIN directory_versions v ON v.noun = 'service' AND v.noun_id = s.id AND v.version = s.version
		WHERE s.status = 'inactive' AND v.action = 'ended' AND `+mine+` ORDER BY v.at, s.id LIMIT :n`, args); err != nil {
		return nil, err
	}
	for _, r := range rows {
		add(network.Task{Key: "directory.ended:" + r.ID, Title: "directory.task.ended", Args: []any{"what", r.Name}, Press: "directory.task.ended.press",
			Address: servicePath(r.ID) + "/history", Method: "GET", Due: time.Unix(r.At, 0), Urgency: network.Soon}, r)
	}

	n, err := s.Network.Network(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	zone := clock.Zone(n.Zone)
	day := today(now, n.Zone)
	local, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return nil, err
	}
	args["today"], args["soon"] = day, local.AddDate(0, 0, consentDays).Format(time.DateOnly)
	var ending []struct {
		row
		Until string `db:"reach_until"`
	}
	if err := s.DB.Select(ctx, &ending, `SELECT o.id, o.name, o.centre_id, o.reach_until FROM directory_organisations o WHERE o.kind = 'initiative' AND o.reach = 'direct'
		AND o.reach_until >= :today AND o.reach_until <= :soon AND `+mine+` ORDER BY o.reach_until, o.id LIMIT :n`, args); err != nil {
		return nil, err
	}
	for _, r := range ending {
		until, err := time.ParseInLocation(time.DateOnly, r.Until, zone)
		if err != nil {
			continue
		}
		add(network.Task{Key: "directory.consent:" + r.ID + ":" + r.Until, Title: "directory.task.consent", Args: []any{"who", r.Name, "days", days(r.Until, day)}, Press: "directory.task.consent.press",
			Address: organisationPath(r.ID), Method: "GET", Due: until, Urgency: network.Soon}, r.row)
	}
	return list, nil
}

// days are how many there are from the local date to a later one.
func days(later, today string) int {
	a, _ := time.Parse(time.DateOnly, later)
	b, _ := time.Parse(time.DateOnly, today)
	return int(a.Sub(b).Hours() / 24)
}
