package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kvart/internal/allotment"
	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
	"kvart/internal/season"
)

const (
	seasonOrganisations = 60
	seasonRooms         = 40
	seasonWeeks         = 16
)

// seasons measures, in one run, how long it takes to share a season out and how long to book what was shared out: 60 organisations and 40
// rooms, with 600 wishes in all and with 600 each.
func seasons(d *db.DB) error {
	ctx := context.Background()
	fmt.Printf("%-58s %12s %10s\n", "a season of 60 organisations, 40 rooms and 16 weeks", "time", "ratio")
	for _, each := range []int{10, 600} {
		s := &season.Store{DB: d, Now: time.Now, Network: &network.Store{DB: d, Now: time.Now}, Booking: &booking.Store{DB: d, Now: time.Now}}
		one, err := wished(ctx, s, each)
		if err != nil {
			return err
		}
		in, err := s.Input(ctx, d, one)
		if err != nil {
			return err
		}
		var r allotment.Result
		var all []time.Duration // it is short, and this machine does other things too: the middle of five
		for range 5 {
			began := time.Now()
			if r, err = allotment.Allot(in); err != nil {
				return err
			}
			all = append(all, time.Since(began))
		}
		slices.Sort(all)
		allotted := all[len(all)/2]
		if err := s.Count(ctx, one.CentreID, one.ID, "bench"); err != nil {
			return err
		}
		if err := s.Publish(ctx, one.CentreID, one.ID, "bench"); err != nil {
			return err
		}
		if one, err = s.Season(ctx, d, one.CentreID, one.ID); err != nil {
			return err
		}
		began := time.Now()
		if _, err := s.Generate(ctx, one, "bench", func(int, int) (bool, error) { return false, nil }); err != nil {
			return err
		}
		booked := time.Since(began)
		outcomes, err := s.Outcomes(ctx, one.ID)
		if err != nil {
			return err
		}
		fmt.Printf("%-58s %12s\n", fmt.Sprintf("  %d wishes, %d met, %d bookings generated", len(in.Wishes), len(r.Picks), outcomes[season.Booked]), booked.Round(time.Millisecond))
		fmt.Printf("%-58s %12s %9.2f%%  (aim 5%%)\n", "    shared out (middle of five), by the time of generating", allotted.Round(time.Microsecond), 100*float64(allotted)/float64(booked))
	}
	return nil
}

// wished is a season of sixteen weeks, from September to Christmas, in a centre of its own, with so many wishes of each organisation: one of a few rooms, in the hours that
// most want, each at another time.
func wished(ctx context.Context, s *season.Store, each int) (season.Season, error) {
	one := season.Season{Name: fmt.Sprintf("Bench %d", each), FromDate: time.Now().AddDate(1, 0, 0).Format(time.DateOnly), ToDate: time.Now().AddDate(1, 0, 7*seasonWeeks-1).Format(time.DateOnly),
		WishesUntil: time.Now().AddDate(0, 1, 0).Format(time.DateOnly)}
	for day := 1; day <= 7; day++ {
		one.Hours = append(one.Hours, allotment.Span{Weekday: day, From: 8 * 60, To: 22 * 60})
	}
	for _, id := range season.Criteria {
		one.Criteria = append(one.Criteria, allotment.Criterion{ID: id, Weight: 1})
	}
	var rooms, organisations []string
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		centres, err := s.Network.Centres(ctx, tx)
		if err != nil {
			return err
		}
		c := centres[0]
		c.ID, c.Slug, c.Name, c.PictureID = "", fmt.Sprintf("bench-%d", each), one.Name, nil
		if one.CentreID, err = s.Network.SaveCentre(ctx, tx, c, "bench"); err != nil {
			return err
		}
		for i := range seasonRooms {
			name := fmt.Sprintf("room-%d", i)
			id, err := s.Booking.AddSpace(ctx, tx, booking.Space{CentreID: one.CentreID, Slug: name, Name: i18n.Text{i18n.HR: name}}, "bench")
			if err != nil {
				return err
			}
			rooms = append(rooms, id)
		}
		for i := range seasonOrganisations {
			id, err := s.Network.SaveOrganisation(ctx, tx, network.Organisation{Slug: fmt.Sprintf("bench-%d-%d", each, i), Kind: "cso", Standing: "member", Name: fmt.Sprintf("Bench %d %d", each, i)}, "bench")
			if err != nil {
				return err
			}
			organisations = append(organisations, id)
		}
		one.ID, err = s.Save(ctx, tx, one, rooms, "bench")
		return err
	})
	if err != nil {
		return one, err
	}
	if err := s.OpenWishes(ctx, one.CentreID, one.ID, "bench"); err != nil {
		return one, err
	}
	if one, err = s.Season(ctx, s.DB, one.CentreID, one.ID); err != nil {
		return one, err
	}
	for i, o := range organisations {
		var list []season.Wished
		for k := range each {
			w := season.Wished{SeasonID: one.ID, OrganisationID: o, Weekday: 1 + (k+i)%7, Start: 8*60 + 30*((k/7+i)%25), Minutes: 90, Source: "desk"}
			if k >= 60 { // its best ones leave the room open
				w.Spaces = []string{rooms[(k/175*13+k+i)%seasonRooms]}
			}
			list = append(list, w)
		}
		if err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			if err := s.SetAmounts(ctx, tx, one, o, []int64{int64(10 + i%17), int64(i % 5), int64(i % 7)}, "bench"); err != nil {
				return err
			}
			_, err := s.AddWishes(ctx, tx, one, o, list, "bench")
			return err
		}); err != nil {
			return one, err
		}
	}
	return one, nil
}
