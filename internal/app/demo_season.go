package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kvart/internal/allotment"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/season"
)

// demoWish is a weekly wish of an organisation: room, weekday (1 Monday), hours from and to.
type demoWish struct {
	organisation, space string // no room: any
	weekday, from, to   int
}

// demoWishes are those of the season that is published, in each organisation's order.
var demoWishes = []demoWish{
	{"k-zona", "velika-soba", 1, 18, 20}, {"k-zona", "velika-soba", 3, 18, 20}, {"k-zona", "radionica", 4, 17, 19}, {"k-zona", "", 5, 18, 20},
	{"zajednicki-put", "velika-soba", 1, 18, 20}, {"zajednicki-put", "velika-soba", 2, 10, 12}, {"zajednicki-put", "velika-soba", 3, 18, 20},
	{"vestigium", "velika-soba", 1, 18, 20}, {"vestigium", "radionica", 2, 18, 20}, {"vestigium", "radionica", 4, 17, 19}, {"vestigium", "radionica", 5, 17, 20},
	{"jm-norway", "velika-soba", 3, 18, 20}, {"jm-norway", "radionica", 2, 18, 20},
}

// demoAmounts are members, activities in the neighbourhood and volunteers, as the organisations of the sample say them.
var demoAmounts = map[string][]int64{"k-zona": {40, 12, 9}, "zajednicki-put": {65, 20, 14}, "vestigium": {30, 15, 11}, "jm-norway": {4, 1, 0}}

// addSeasons turns seasons on at two centres: at one the coming half year is shared out and published, at the other wishes are open.
func (d *demo) addSeasons(ctx context.Context) error {
	first := d.now.In(d.centres[sixteen].Location()).AddDate(0, 0, 7*demoComing)
	for first.Weekday() != time.Monday {
		first = first.AddDate(0, 0, 1)
	}
	for _, slug := range []string{sixteen, vestigium} {
		if err := d.DB.Tx(ctx, func(tx *db.Tx) error { return d.turnOn(ctx, tx, d.centres[slug].ID, network.FeatureSeason) }); err != nil {
			return err
		}
	}
	id, err := d.addSeason(ctx, sixteen, first, []string{"velika-soba", "radionica"})
	if err != nil {
		return err
	}
	one, err := d.Season.Season(ctx, d.DB, d.centres[sixteen].ID, id)
	if err != nil {
		return err
	}
	for _, w := range demoWishes {
		if err := d.addWish(ctx, one, w); err != nil {
			return fmt.Errorf("wish of %s: %w", w.organisation, err)
		}
	}
	by := d.by[one.CentreID]
	for slug, amounts := range demoAmounts {
		if err := d.DB.Tx(ctx, func(tx *db.Tx) error { return d.Season.SetAmounts(ctx, tx, one, d.members[slug], amounts, by) }); err != nil {
			return err
		}
	}
	if err := d.Season.Count(ctx, one.CentreID, id, by); err != nil {
		return err
	}
	doc, err := d.Season.Document(ctx, d.DB, one)
	if err != nil {
		return err
	}
	if len(doc.Template) == 0 {
		return errors.New("the sample season is empty")
	}
	edit := allotment.Edit{What: allotment.Move, Slot: doc.Template[len(doc.Template)-1], Reason: "Dogovoreno s organizacijom: subotom je u kući mirnije."}
	edit.Slot.Weekday = 6
	if err := d.DB.Tx(ctx, func(tx *db.Tx) error { return d.Season.Edit(ctx, tx, one.CentreID, id, 0, edit, by) }); err != nil {
		return err
	}
	if err := d.Season.Publish(ctx, one.CentreID, id, by); err != nil {
		return err
	}
	if id, err = d.addSeason(ctx, vestigium, first.AddDate(0, 0, 7), []string{"dvorana", "radionica"}); err != nil {
		return err
	}
	if one, err = d.Season.Season(ctx, d.DB, d.centres[vestigium].ID, id); err != nil {
		return err
	}
	for _, w := range []demoWish{{"zajednicki-put", "dvorana", 2, 17, 19}, {"zajednicki-put", "", 4, 10, 12}, {"k-zona", "dvorana", 2, 18, 20}} {
		if err := d.addWish(ctx, one, w); err != nil {
			return err
		}
	}
	return nil
}

// turnOn is what the page of features does.
func (d *demo) turnOn(ctx context.Context, tx *db.Tx, centreID, feature string) error {
	c, err := d.Network.Centre(ctx, tx, centreID)
	if err != nil || c.Features.Has(feature) {
		return err
	}
	c.Features = append(c.Features, feature)
	_, err = d.Network.SaveCentre(ctx, tx, c, d.by[centreID])
	return err
}

// addSeason opens a season of sixteen weeks for wishes. Its name is its dates: people tell one season from another by them.
func (d *demo) addSeason(ctx context.Context, slug string, first time.Time, rooms []string) (id string, err error) {
	c, last := d.centres[slug], first.AddDate(0, 0, 7*16-1)
	begins := "2. 1."
	if first.Year() != last.Year() {
		begins = "2. 1. 2006."
	}
	one := season.Season{CentreID: c.ID, Name: "Sezona " + first.Format(begins) + " – " + last.Format("2. 1. 2006."), FromDate: first.Format(time.DateOnly), ToDate: last.Format(time.DateOnly),
		WishesUntil: first.AddDate(0, 0, -14).Format(time.DateOnly), Limits: season.Limits{WeekMinutes: 8 * 60}}
	for day := 1; day <= 6; day++ {
		one.Hours = append(one.Hours, allotment.Span{Weekday: day, From: 9 * 60, To: 21 * 60})
	}
	for i, weight := range []int64{1, 3, 2} {
		one.Criteria = append(one.Criteria, allotment.Criterion{ID: season.Criteria[i], Weight: weight})
	}
	var spaces []string
	for _, s := range rooms {
		spaces = append(spaces, d.spaces[slug+"/"+s].ID)
	}
	if err := d.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		id, err = d.Season.Save(ctx, tx, one, spaces, d.by[c.ID])
		return err
	}); err != nil {
		return "", err
	}
	return id, d.Season.OpenWishes(ctx, c.ID, id, d.by[c.ID])
}

func (d *demo) addWish(ctx context.Context, one season.Season, w demoWish) error {
	x := season.Wished{SeasonID: one.ID, OrganisationID: d.members[w.organisation], Weekday: w.weekday, Start: 60 * w.from, Minutes: 60 * (w.to - w.from), Source: "desk"}
	if w.space != "" {
		for slug, c := range d.centres {
			if c.ID == one.CentreID {
				x.Spaces = []string{d.spaces[slug+"/"+w.space].ID}
			}
		}
	}
	return d.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := d.Season.AddWish(ctx, tx, one, x, d.by[one.CentreID])
		return err
	})
}
