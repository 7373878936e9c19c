package app

import (
	"context"
	"time"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/voting"
)

// demoOption is an option of a sample vote.
type demoOption struct {
	title i18n.Text
	cost  int64 // euros
}

var demoVoted = []demoOption{
	{i18n.Text{i18n.HR: "Klupe s naslonom u parku", i18n.EN: "Benches with backs in the park", i18n.NB: "Benker med rygg i parken"}, 1000},
	{i18n.Text{i18n.HR: "Ljetno kino u dvorištu", i18n.EN: "Summer cinema in the courtyard", i18n.NB: "Sommerkino i bakgården"}, 800},
	{i18n.Text{i18n.HR: "Boćalište: novi pijesak i rasvjeta", i18n.EN: "Bowls: new sand and lights", i18n.NB: "Boccia: ny sand og lys"}, 900},
	{i18n.Text{i18n.HR: "Police za razmjenu knjiga", i18n.EN: "Shelves for swapping books", i18n.NB: "Hyller for bokbytte"}, 300},
	{i18n.Text{i18n.HR: "Tečaj pametnog telefona", i18n.EN: "A course on smartphones", i18n.NB: "Kurs i smarttelefon"}, 800},
	{i18n.Text{i18n.HR: "Glazbena soba za mlade", i18n.EN: "A music room for young people", i18n.NB: "Musikkrom for unge"}, 900},
}

var demoVoting = []demoOption{
	{i18n.Text{i18n.HR: "Zajednički vrt iza centra", i18n.EN: "A shared garden behind the centre", i18n.NB: "Felles hage bak senteret"}, 1200},
	{i18n.Text{i18n.HR: "Popravljaonica bicikala", i18n.EN: "A workshop for mending bicycles", i18n.NB: "Sykkelverksted"}, 950},
	{i18n.Text{i18n.HR: "Prijevoz za starije na susrete", i18n.EN: "Rides to meetings for older people", i18n.NB: "Skyss til treff for eldre"}, 800},
	{i18n.Text{i18n.HR: "Oslikavanje pothodnika", i18n.EN: "Painting the underpass", i18n.NB: "Maling av undergangen"}, 700},
	{i18n.Text{i18n.HR: "Društvene igre četvrtkom", i18n.EN: "Board games on Thursdays", i18n.NB: "Brettspill på torsdager"}, 250},
}

// demoWants are the ballots of the vote that is over, as places among its options, with how many say so: the most votes
// alone would leave those with nothing who want the cinema and the music room; equal shares do not.
var demoWants = []struct {
	n      int
	places []int
}{{20, []int{0, 2, 4}}, {9, []int{0, 3}}, {7, []int{0, 2, 3}}, {10, []int{1, 5}}, {7, []int{3, 5}}, {5, []int{1, 3, 5}}, {4, []int{4}}, {2, []int{0, 1, 2, 3}}}

// addVotes makes a vote that is counted and published, each step on its own day, and one that is open.
func (d *demo) addVotes(ctx context.Context) error {
	centre := d.centres[sixteen]
	by := d.by[centre.ID]
	if !d.Erasure.Ready() { // nothing can be sealed
		return nil
	}
	if err := d.DB.Tx(ctx, func(tx *db.Tx) error { return d.turnOn(ctx, tx, centre.ID, network.FeatureVotes) }); err != nil {
		return err
	}
	at := func(when time.Time) *voting.Store {
		s := *d.Voting
		s.Now = func() time.Time { return when }
		return &s
	}
	clock := func(days, hour int) time.Time {
		day := d.now.In(centre.Location()).AddDate(0, 0, days)
		return time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, centre.Location())
	}
	add := func(made time.Time, r voting.Round, options []demoOption) (voting.Round, error) {
		r.CentreID, r.Means, r.Unit, r.Currency, r.AtLeast = &centre.ID, voting.ByBoth, voting.Money, d.network.Currency, 1
		r.Rule, r.Utility, r.Completion, r.LeastPublished = "equal-shares", "cost", "add1-overshoot", voting.LeastPublished
		r.Who = i18n.Text{i18n.HR: "Svi koji žive u kvartu, dolaze u centar ili ovdje rade, i imaju najmanje 14 godina.",
			i18n.EN: "All who live in the neighbourhood, come to the centre or work here, and are at least 14.", i18n.NB: "Alle som bor i nabolaget, bruker senteret eller arbeider her, og er minst 14 år."}
		s := at(made)
		if err := d.DB.Tx(ctx, func(tx *db.Tx) (err error) {
			if r.ID, err = s.Add(ctx, tx, r, by); err != nil {
				return err
			}
			for _, o := range options {
				if _, err := s.AddOption(ctx, tx, centre.ID, r.ID, voting.Option{Title: o.title, Cost: o.cost * 100}, by); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return r, err
		}
		if err := s.Announce(ctx, centre.ID, r.ID, by); err != nil {
			return r, err
		}
		return s.Round(ctx, d.DB, r.ID)
	}

	over, err := add(clock(-45, 9), voting.Round{Budget: 3000_00, OpensAt: clock(-38, 8).Unix(), ClosesAt: clock(-24, 20).Unix(),
		Title: i18n.Text{i18n.HR: "Susjedski fond: što radimo ove jeseni", i18n.EN: "The neighbourhood's fund: what we do this autumn", i18n.NB: "Nabolagsfondet: hva vi gjør i høst"},
		About: i18n.Text{i18n.HR: "Ogledno glasanje o tri tisuće eura.", i18n.EN: "A sample vote on three thousand euros.", i18n.NB: "En prøveavstemning om tre tusen euro."}}, demoVoted)
	if err != nil {
		return err
	}
	var codes []string
	if err := d.DB.Tx(ctx, func(tx *db.Tx) error {
		codes = nil
		_, list, err := at(clock(-38, 9)).Print(ctx, tx, centre.ID, over.ID, 64, by)
		for _, c := range list {
			codes = append(codes, c.Printed())
		}
		return err
	}); err != nil {
		return err
	}
	i := 0
	for _, want := range demoWants {
		for range want.n {
			b := voting.Ballot{RoundID: over.ID, Code: codes[i], Channel: voting.Web}
			for _, p := range want.places {
				b.Choices = append(b.Choices, over.Options[p].ID)
			}
			if i%3 == 0 {
				b.Channel, b.By = voting.Paper, by
			}
			if _, err := at(clock(-30, 12)).Cast(ctx, b); err != nil {
				return err
			}
			i++
		}
	}
	closed := at(clock(-24, 21))
	if err := closed.Close(ctx, over.ID); err != nil {
		return err
	}
	if err := closed.Sweep(ctx, over.ID); err != nil {
		return err
	}
	if err := at(clock(-23, 10)).Publish(ctx, centre.ID, over.ID, by); err != nil {
		return err
	}

	_, err = add(clock(-9, 9), voting.Round{Budget: 2500_00, OpensAt: clock(-2, 8).Unix(), ClosesAt: clock(12, 20).Unix(),
		Title: i18n.Text{i18n.HR: "Susjedski fond: što radimo na proljeće", i18n.EN: "The neighbourhood's fund: what we do in spring", i18n.NB: "Nabolagsfondet: hva vi gjør til våren"},
		About: i18n.Text{i18n.HR: "Ogledno glasanje: kod dobivate u centru, a poveznicu e-poštom.", i18n.EN: "A sample vote: a code comes from the centre, a link by e-mail.", i18n.NB: "En prøveavstemning: koden får du på senteret, lenken på e-post."}}, demoVoting)
	return err
}
