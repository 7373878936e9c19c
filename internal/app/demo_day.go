package app

import (
	"context"

	"kvart/internal/desk"
	"kvart/internal/network"
	"kvart/internal/platform/db"
)

// addDuties says who opens and closes each centre, and who answers for what is on today and in the week to come. At the
// first centre nobody opens on Sundays and one activity is without anybody, so that the day has something to mend.
func (d *demo) addDuties(ctx context.Context) error {
	for _, slug := range demoCentres {
		c := d.centres[slug]
		var team []struct {
			ID   string `db:"id"`
			Role string `db:"role"`
		}
		if err := d.DB.Select(ctx, &team, `SELECT a.id, r.role FROM accounts a JOIN account_roles r ON r.account_id = a.id
			WHERE r.scope_kind = 'centre' AND r.scope_id = :c AND r.role IN ('coordinator', 'host') ORDER BY r.role, a.login`, db.Args{"c": c.ID}); err != nil {
			return err
		}
		opens, closes := team[0].ID, team[len(team)-1].ID
		week := map[string][2]string{}
		for _, day := range []string{"1", "2", "3", "4", "5", "6"} {
			week[day] = [2]string{opens, closes}
		}
		if slug != sixteen {
			week["7"] = [2]string{opens, closes}
		}
		if err := desk.FillDuties(ctx, d.DB, c.ID, week, d.by[c.ID], d.now); err != nil {
			return err
		}
		if err := d.addResponsible(ctx, c, opens, closes, slug == sixteen); err != nil {
			return err
		}
	}
	return nil
}

// addResponsible gives the sessions of the week to come to those who open and close in turn; with leaveOne, the first
// activity stays without.
func (d *demo) addResponsible(ctx context.Context, c network.Centre, one, other string, leaveOne bool) error {
	list, err := d.Programme.AtCentre(ctx, c.ID, d.now.AddDate(0, 0, -1), d.now.AddDate(0, 0, 7), true)
	if err != nil {
		return err
	}
	left := ""
	for i, s := range list {
		if left == "" && leaveOne && s.DiscreetDB == 0 && s.StartsAt > d.now.Unix() {
			left = s.ActivityID
		}
		if s.ActivityID == left || s.Cancelled() {
			continue
		}
		who := one
		if i%2 == 1 && s.DiscreetDB == 0 {
			who = other
		}
		if _, err := d.Programme.Assign(ctx, c.ID, s.ID, who, false, d.by[c.ID]); err != nil {
			return err
		}
	}
	return nil
}
