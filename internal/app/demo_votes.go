package app

import (
	"context"
	"fmt"
	"time"

	"kvart/internal/network"
	"kvart/internal/participation"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/programme"
	"kvart/internal/voting"
)

// demoOption is an option of a sample vote: a proposal, or something that nobody proposed here.
type demoOption struct {
	proposal string // its key
	title    i18n.Text
	cost     int64 // euros
}

// demoVoted are the proposals of the vote that is over.
var demoVoted = []demoOption{{proposal: "park", cost: 1000}, {proposal: "cinema", cost: 800}, {proposal: "bowls", cost: 900}, {proposal: "shelves", cost: 300}, {proposal: "phones", cost: 800}, {proposal: "music", cost: 900}}

var demoVoting = []demoOption{
	{title: i18n.Text{i18n.HR: "Zajednički vrt iza centra", i18n.EN: "A shared garden behind the centre", i18n.NB: "Felles hage bak senteret"}, cost: 1200},
	{title: i18n.Text{i18n.HR: "Popravljaonica bicikala", i18n.EN: "A workshop for mending bicycles", i18n.NB: "Sykkelverksted"}, cost: 950},
	{title: i18n.Text{i18n.HR: "Prijevoz za starije na susrete", i18n.EN: "Rides to meetings for older people", i18n.NB: "Skyss til treff for eldre"}, cost: 800},
	{title: i18n.Text{i18n.HR: "Oslikavanje pothodnika", i18n.EN: "Painting the underpass", i18n.NB: "Maling av undergangen"}, cost: 700},
	{title: i18n.Text{i18n.HR: "Društvene igre četvrtkom", i18n.EN: "Board games on Thursdays", i18n.NB: "Brettspill på torsdager"}, cost: 250},
}

// demoWants are the ballots of the vote that is over, as places among its options, with how many say so: the most votes
// alone would leave those with nothing who want the cinema and the music room; equal shares do not.
var demoWants = []struct {
	n      int
	places []int
}{{20, []int{0, 2, 4}}, {9, []int{0, 3}}, {7, []int{0, 2, 3}}, {10, []int{1, 5}}, {7, []int{3, 5}}, {5, []int{1, 3, 5}}, {4, []int{4}}, {2, []int{0, 1, 2, 3}}}

// addVotes makes a vote on proposals that is counted and published, each step on its own day, with what came of a winner; and
// one that is open.
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
				if o.proposal != "" {
					continue
				}
				if _, err := s.AddOption(ctx, tx, centre.ID, r.ID, voting.Option{Title: o.title, Cost: o.cost * 100}, by); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return r, err
		}
		for _, o := range options {
			if o.proposal == "" {
				continue
			}
			if err := d.Proposals.PutToVote(ctx, centre.ID, d.offered[o.proposal], participation.Putting{RoundID: r.ID, Cost: o.cost * 100}, by); err != nil {
				return r, fmt.Errorf("%s: %w", o.proposal, err)
			}
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
			if _, _, err := at(clock(-30, 12)).Cast(ctx, b); err != nil {
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
	published := clock(-23, 10)
	if err := at(published).Publish(ctx, centre.ID, over.ID, by); err != nil {
		return err
	}
	if err := d.doWhatWon(ctx, centre, over.ID, published); err != nil {
		return err
	}

	_, err = add(clock(-9, 9), voting.Round{Budget: 2500_00, OpensAt: clock(-2, 8).Unix(), ClosesAt: clock(12, 20).Unix(),
		Title: i18n.Text{i18n.HR: "Susjedski fond: što radimo na proljeće", i18n.EN: "The neighbourhood's fund: what we do in spring", i18n.NB: "Nabolagsfondet: hva vi gjør til våren"},
		About: i18n.Text{i18n.HR: "Ogledno glasanje: kôd dobivate u centru, a poveznicu e-poštom.", i18n.EN: "A sample vote: a code comes from the centre, a link by e-mail.", i18n.NB: "En prøveavstemning: koden får du på senteret, lenken på e-post."}}, demoVoting)
	return err
}

// doWhatWon writes down what the vote decided, leads the cycle to it, and does one of its winners: planned with a room, held,
// and counted.
func (d *demo) doWhatWon(ctx context.Context, centre network.Centre, round string, published time.Time) error {
	by := d.by[centre.ID]
	then := *d.Proposals
	then.Now = func() time.Time { return published.Add(time.Minute) }
	if err := then.TakeVotes(ctx); err != nil {
		return err
	}
	c, err := d.Proposals.Cycle(ctx, d.DB, centre.ID, d.cycle)
	if err != nil {
		return err
	}
	for i := range c.Steps {
		if c.Steps[i].Step == "decide" {
			c.Steps[i].Link = participation.VoteLink(round)
		}
	}
	if _, err := d.Proposals.SaveCycle(ctx, c, "", by); err != nil {
		return err
	}
	id := d.offered["shelves"]
	if err := then.Carry(ctx, centre.ID, id, participation.Carrying{Resident: true, Centre: true}, by); err != nil {
		return err
	}
	p, err := d.Proposals.Proposal(ctx, d.DB, id)
	if err != nil {
		return err
	}
	day := d.now.In(centre.Location()).AddDate(0, 0, -9)
	activity := ""
	for _, hour := range []int{17, 18, 16, 19, 15, 11, 10, 9, 13, 20} { // the first hour at which a room is free
		for _, room := range []string{"velika-soba", "mala-soba"} {
			start := time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, centre.Location())
			activity, err = then.Plan(ctx, centre.ID, id, participation.ActivityOf(p), []programme.Date{{Start: start, End: start.Add(time.Hour), SpaceID: d.spaces[sixteen+"/"+room].ID}},
				participation.Budget{For: "police, rasvjeta i dvadeset kutija za knjige"}, participation.Step{DecidedBy: participation.ByCentre, Reason: "Police stoje u hodniku. Otvaramo ih uz čaj i čitanje naglas."}, by)
			if err == nil {
				return d.cameOf(ctx, centre, id, activity, 8, 26, "Na otvaranju se čitalo naglas, a police su pune. Dvoje susjeda subotom ih slaže.")
			}
			if !fault.Is(err, fault.KindConflict) {
				return err
			}
		}
	}
	return err
}
