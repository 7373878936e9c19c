package app

import (
	"context"
	"net/url"
	"strings"
	"time"

	"kvart/internal/booking"
	sampleMap "kvart/internal/directory/demo"
	"kvart/internal/front"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// demoStops are the stops of the tour, found anew each time: what one visitor did at a stop, the next does not meet.
func (a *App) demoStops(ctx context.Context) ([]front.Stop, error) {
	centre, err := a.Network.CentreBySlug(ctx, a.DB, sixteen)
	if err != nil {
		return nil, err
	}
	n, err := a.Network.Network(ctx, a.DB)
	if err != nil {
		return nil, err
	}
	coordinator, err := a.demoHolder(ctx, network.Coordinator, auth.Scope{Kind: network.ScopeCentre, ID: centre.ID})
	if err != nil {
		return nil, err
	}
	officer, err := a.demoHolder(ctx, network.CityOfficer, auth.Scope{Kind: network.ScopeNetwork, ID: n.ID})
	if err != nil {
		return nil, err
	}
	full, err := a.demoFull(ctx, centre.ID)
	if err != nil {
		return nil, err
	}
	wanted, elsewhere, second, err := a.demoWanted(ctx, centre)
	if err != nil {
		return nil, err
	}
	member, err := a.demoHolder(ctx, network.Member, auth.Scope{Kind: network.ScopeOrganisation, ID: second})
	if err != nil {
		return nil, err
	}
	owed, err := a.demoOwed(ctx, centre.ID)
	if err != nil {
		return nil, err
	}
	var person string
	if err := a.DB.Get(ctx, &person, `SELECT id FROM people WHERE centre_id = :c ORDER BY created_at, id LIMIT 1`, db.Args{"c": centre.ID}); err != nil {
		return nil, err
	}
	decided, round, err := a.demoDecided(ctx, centre.ID)
	if err != nil {
		return nil, err
	}
	return []front.Stop{
		{Address: "programme", Then: "centres/" + centre.Slug + "/poster"},
		{Account: coordinator, Scope: centre.ID, Address: full, Then: "/desk/calls"},
		{Account: member, Scope: second, Address: wanted, Then: elsewhere},
		{Account: coordinator, Scope: centre.ID, Address: owed, Then: "/desk/totals"},
		{Account: officer, Scope: n.ID, Address: "/desk/all-totals", Then: "/desk/people/" + person},
		{Account: coordinator, Scope: centre.ID, Address: "contact", Then: "/desk/messages"},
		{Address: "services?q=advokat", Then: "services/print?s=" + sampleMap.ID("service", "pravni-savjet")},
		{Address: decided, Then: round},
	}, nil
}

func (a *App) demoHolder(ctx context.Context, role auth.Role, in auth.Scope) (string, error) {
	var id string
	err := a.DB.Get(ctx, &id, `SELECT r.account_id FROM account_roles r JOIN accounts a ON a.id = r.account_id AND a.state = 'active'
		WHERE r.role = :role AND r.scope_kind = :kind AND r.scope_id = :id ORDER BY a.created_at, a.id LIMIT 1`,
		db.Args{"role": string(role), "kind": in.Kind, "id": in.ID})
	return id, err
}

// demoFull is the next session with most people waiting, or any that takes registrations.
func (a *App) demoFull(ctx context.Context, centreID string) (string, error) {
	var id string
	err := a.DB.Get(ctx, &id, `SELECT s.id FROM sessions s JOIN public_activities a ON a.id = s.activity_id
		WHERE s.centre_id = :c AND s.state = 'planned' AND s.starts_at > :now AND s.opens_at <= :now AND a.kind = 'places'
		ORDER BY (SELECT COUNT(*) FROM registrations r WHERE r.session_id = s.id AND r.state = 'waiting') DESC, s.starts_at LIMIT 1`,
		db.Args{"c": centreID, "now": a.Now().Unix()})
	if fault.Is(err, fault.KindNotFound) {
		return "/desk/programme", nil
	}
	return "/desk/sessions/" + id, err
}

// demoWanted is the form on which a second organisation asks for a room when the first has it, half an hour later; then the
// same time in all centres, and who the second is.
func (a *App) demoWanted(ctx context.Context, centre network.Centre) (wanted, elsewhere, second string, err error) {
	if err := a.DB.Get(ctx, &second, `SELECT r.scope_id FROM account_roles r JOIN accounts x ON x.id = r.account_id AND x.state = 'active'
		WHERE r.role = 'member' AND r.scope_id <> :own ORDER BY x.created_at, x.id LIMIT 1`, db.Args{"own": centre.OrganisationID}); err != nil {
		return "", "", "", err
	}
	var b booking.Booking
	err = a.DB.Get(ctx, &b, `SELECT space_id, starts_at FROM bookings WHERE centre_id = :c AND confidential = 0 AND state = 'confirmed' AND starts_at > :now
		ORDER BY CASE WHEN title = :title THEN 0 ELSE 1 END, starts_at, id LIMIT 1`,
		db.Args{"c": centre.ID, "now": a.Now().Unix(), "title": demoFirstTitle})
	if fault.Is(err, fault.KindNotFound) {
		return "/desk/find", "/desk/asked", second, nil
	}
	if err != nil {
		return "", "", "", err
	}
	start := time.Unix(b.StartsAt, 0).In(centre.Location()).Add(30 * time.Minute)
	q := url.Values{"date": {start.Format(time.DateOnly)}, "from": {start.Format("15:04")}, "to": {start.Add(2 * time.Hour).Format("15:04")}, "people": {"12"}}
	elsewhere = "/desk/find?" + q.Encode()
	q.Set("space", b.SpaceID)
	q.Set("title", demoSecondTitle)
	return "/desk/ask?" + q.Encode(), elsewhere, second, nil
}

// demoOwed is the newest session whose attendance is not recorded yet, or the newest that was.
func (a *App) demoOwed(ctx context.Context, centreID string) (string, error) {
	var id string
	err := a.DB.Get(ctx, &id, `SELECT s.id FROM sessions s JOIN public_activities a ON a.id = s.activity_id
		WHERE s.centre_id = :c AND s.state = 'planned' AND s.ends_at <= :now
		ORDER BY CASE WHEN s.recorded_at IS NULL THEN 0 ELSE 1 END, s.starts_at DESC LIMIT 1`, db.Args{"c": centreID, "now": a.Now().Unix()})
	if fault.Is(err, fault.KindNotFound) {
		return "/desk/", nil
	}
	return "/desk/sessions/" + id + "/attendance", err
}

// demoDecided is a proposal that a vote accepted and that was held, and the vote; or the lists of both.
func (a *App) demoDecided(ctx context.Context, centreID string) (proposal, round string, err error) {
	var x struct {
		ID   string `db:"id"`
		Link string `db:"link"`
	}
	err = a.DB.Get(ctx, &x, `SELECT p.id, s.link FROM proposals p JOIN proposal_steps s ON s.proposal_id = p.id AND s.decided_by = 'vote' AND s.to_state = 'accepted'
		WHERE p.centre_id = :c AND p.state = 'held' AND p.published_on <> '' ORDER BY s.at DESC, p.id LIMIT 1`, db.Args{"c": centreID})
	if fault.Is(err, fault.KindNotFound) {
		return "proposals", "votes", nil
	}
	return "proposals/" + x.ID, strings.TrimPrefix(x.Link, "/"), err
}

// What the two organisations of the third stop want the room for.
const (
	demoFirstTitle  = "Okupljanje partnera"
	demoSecondTitle = "Radionica za mlade"
)
