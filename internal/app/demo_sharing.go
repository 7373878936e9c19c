package app

import (
	"context"
	"fmt"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/sharing"
)

// demoGuests are what organisations use of other centres, weekly: organisation, centre, room, title, weekday, hour, hours.
var demoGuests = []struct {
	organisation, centre, space, title string
	day                                time.Weekday
	hour, hours                        int
}{
	{"vestigium", sixteen, "radionica", "Tečaj popravljanja", time.Thursday, 13, 2},
	{"zajednicki-put", sixteen, "mala-soba", "Čitateljski krug", time.Tuesday, 13, 2},
	{"k-zona", vestigium, "dvorana", "Izložba u nastajanju", time.Wednesday, 9, 3},
	{"jm-norway", vestigium, "dvorana", "Razmjena iskustava", time.Friday, 9, 2},
}

// demoRequests wait for an answer: organisation, centre, room, title, people, days ahead, hour.
var demoRequests = []struct {
	organisation, centre, space, title, note string
	people, days, hour, weeks                int
}{
	{"zajednicki-put", sixteen, "radionica", "Šivanje zavjesa", "Trebaju nam dva duga stola.", 8, 9, 20, 1},
	{"vestigium", sixteen, "mala-soba", "Proba male grupe", "", 10, 12, 20, 3},
	{"k-zona", vestigium, "ucionica", "Radionica fotografije", "Donosimo svoj projektor.", 14, 10, 20, 1},
}

// addSharing makes rooms shared: who decides, what each may hold, what was used, and requests that wait.
func (d *demo) addSharing(ctx context.Context) error {
	owner := d.members["zajednicki-put"]
	err := d.DB.Tx(ctx, func(tx *db.Tx) error {
		guestRoom := d.spaces[vestigium+"/ucionica"]
		if err := d.Sharing.SetTerms(ctx, tx, guestRoom.CentreID, sharing.Terms{SpaceID: guestRoom.ID, OwnerID: &owner, Decides: sharing.ByOwner, Asking: sharing.AskFirst, HoldDays: 5}, d.by[guestRoom.CentreID]); err != nil {
			return err
		}
		kitchen := d.spaces[sixteen+"/kuhinja"]
		if err := d.Sharing.SetTerms(ctx, tx, kitchen.CentreID, sharing.Terms{SpaceID: kitchen.ID, Decides: sharing.ByCentre, Asking: sharing.NotShared, HoldDays: 3}, d.by[kitchen.CentreID]); err != nil {
			return err
		}
		evenings := network.HoursList{}
		for day := 1; day <= 5; day++ {
			evenings = append(evenings, network.Hours{Weekday: day, Opens: "17:00", Closes: "21:00"})
		}
		for _, slug := range []string{sixteen, vestigium} {
			c := d.centres[slug]
			if err := d.Sharing.SetFairUse(ctx, tx, booking.FairUse{CentreID: c.ID, Limits: booking.Limits{WeekMinutes: 12 * 60, WeeksAhead: 12, PrimeShare: 30}, Prime: evenings, OfferHours: 24}, d.by[c.ID]); err != nil {
				return err
			}
		}
		c := d.centres[vestigium]
		c.Features = append(c.Features, network.FeatureWaiting, network.FeaturePrices)
		if _, err := d.Network.SaveCentre(ctx, tx, c, d.by[c.ID]); err != nil {
			return err
		}
		if err := d.Sharing.SetOrganisationTerms(ctx, tx, sharing.OrganisationTerms{CentreID: c.ID, OrganisationID: d.members["k-zona"], Group: sharing.OwnMembers}, d.by[c.ID]); err != nil {
			return err
		}
		if err := d.Sharing.SetRates(ctx, tx, c.ID, d.spaces[vestigium+"/dvorana"].ID, sharing.Rates{sharing.Commercial: {2000, 3500}, sharing.NonProfit: {300, 500}, sharing.OwnMembers: {0, 0}}, d.by[c.ID]); err != nil {
			return err
		}
		return d.addGuests(ctx, tx)
	})
	if err != nil {
		return err
	}
	return d.addRequests(ctx)
}

// addGuests books what organisations used and will use, where the room was free.
func (d *demo) addGuests(ctx context.Context, tx *db.Tx) error {
	for _, g := range demoGuests {
		centre, space, organisation := d.centres[g.centre], d.spaces[g.centre+"/"+g.space], d.members[g.organisation]
		first := d.now.In(centre.Location())
		for first.Weekday() != g.day {
			first = first.AddDate(0, 0, 1)
		}
		for week := -demoPast; week < demoComing; week++ {
			start := time.Date(first.Year(), first.Month(), first.Day()+7*week, g.hour, 0, 0, 0, centre.Location())
			n := booking.New{SpaceID: space.ID, CentreID: centre.ID, OrganisationID: &organisation, Title: g.title, Start: start, End: start.Add(time.Duration(g.hours) * time.Hour), By: d.by[centre.ID]}
			clashes, err := d.Booking.Clashes(ctx, tx, space.ID, []booking.Interval{{Start: n.Start, End: n.End}}, "")
			if err != nil {
				return err
			}
			if len(clashes) > 0 {
				continue
			}
			if _, err := d.Booking.BookTx(ctx, tx, n); err != nil {
				return fmt.Errorf("%s: %w", g.title, err)
			}
		}
	}
	return nil
}

// addRequests asks for rooms: two wait at a centre, one at the organisation whose room it is, and one was refused.
func (d *demo) addRequests(ctx context.Context) error {
	ask := func(organisation, centre, space, title, note string, people, days, hour, weeks int) (r sharing.Request, err error) {
		c := d.centres[centre]
		t := d.now.In(c.Location())
		a := sharing.Ask{SpaceID: d.spaces[centre+"/"+space].ID, OrganisationID: d.members[organisation], Title: title, Note: note, People: people, SkipTaken: true}
		if a.By, err = d.demoMember(ctx, a.OrganisationID); err != nil {
			return r, err
		}
		for week := range weeks {
			start := time.Date(t.Year(), t.Month(), t.Day()+days+7*week, hour, 0, 0, 0, c.Location())
			a.Dates = append(a.Dates, booking.Interval{Start: start, End: start.Add(90 * time.Minute)})
		}
		err = d.Booking.Claim(ctx, func(tx *db.Tx) (err error) { r, err = d.Sharing.AskTx(ctx, tx, a); return err })
		return r, err
	}
	for _, x := range demoRequests {
		if _, err := ask(x.organisation, x.centre, x.space, x.title, x.note, x.people, x.days, x.hour, x.weeks); err != nil {
			return fmt.Errorf("%s: %w", x.title, err)
		}
	}
	r, err := ask("zajednicki-put", sixteen, "mala-soba", "Susret uz čaj", "", 9, 14, 20, 1)
	if err != nil {
		return err
	}
	in := auth.Scope{Kind: network.ScopeCentre, ID: r.CentreID}
	return d.Booking.Claim(ctx, func(tx *db.Tx) error {
		_, err := d.Sharing.RefuseTx(ctx, tx, sharing.Answer{RequestID: r.ID, Scope: in, Reason: "Tada se u maloj sobi boje zidovi. Radionica je slobodna.", By: d.by[r.CentreID]})
		return err
	})
}

// demoMember is the organisation's member in the demo; an organisation without one asks by its centre's coordinator.
func (a *App) demoMember(ctx context.Context, organisationID string) (string, error) {
	var ids []string
	err := a.DB.Select(ctx, &ids, `SELECT account_id FROM account_roles WHERE role = 'member' AND scope_id = :o ORDER BY account_id LIMIT 1`, db.Args{"o": organisationID})
	if err != nil || len(ids) == 0 {
		return "job", err
	}
	return ids[0], nil
}
