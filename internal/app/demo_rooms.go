package app

import (
	"context"
	"fmt"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/i18n"
)

// demoEquipment is what the centres of the sample weeks lend with their rooms.
var demoEquipment = map[string][]struct {
	key      string
	name     i18n.Text
	quantity int
}{
	sixteen: {
		{"projector", in3("Projektor", "Projector", "Projektor"), 1},
		{"chairs", in3("Stolice na sklapanje", "Folding chairs", "Klappstoler"), 40},
	},
	vestigium: {
		{"projector", in3("Projektor", "Projector", "Projektor"), 1},
		{"chairs", in3("Stolice", "Chairs", "Stoler"), 40},
		{"microphones", in3("Mikrofoni", "Microphones", "Mikrofoner"), 2},
	},
}

// addRooms lends what there is: a film in one half of the hall, with time for setting up, and a circle in the other.
func (d *demo) addRooms(ctx context.Context, tx *db.Tx, centre network.Centre) error {
	ids := map[string]string{}
	for i, e := range demoEquipment[centre.Slug] {
		id, err := d.Booking.AddEquipment(ctx, tx, booking.Equipment{CentreID: centre.ID, Name: e.name, Quantity: e.quantity, Position: i + 1}, d.by[centre.ID])
		if err != nil {
			return err
		}
		ids[e.key] = id
	}
	if centre.Slug != vestigium {
		return nil
	}
	loc := centre.Location()
	day := d.now.In(loc)
	for day.Weekday() != time.Sunday { // nothing else is on then
		day = day.AddDate(0, 0, 1)
	}
	setup, clear := 45, 30
	for _, x := range []struct {
		space, title string
		hour         int
		own          bool
		lent         []booking.Amount
	}{
		{"dvorana-vrt", "Kino u dvorani", 18, true, []booking.Amount{{EquipmentID: ids["projector"], N: 1}, {EquipmentID: ids["chairs"], N: 24}}},
		{"dvorana-ulica", "Krug tamburaša", 18, false, []booking.Amount{{EquipmentID: ids["chairs"], N: 12}}},
	} {
		start := time.Date(day.Year(), day.Month(), day.Day(), x.hour, 0, 0, 0, loc)
		n := booking.New{SpaceID: d.spaces[centre.Slug+"/"+x.space].ID, CentreID: centre.ID, OrganisationID: &centre.OrganisationID, Title: x.title, Start: start, End: start.Add(2 * time.Hour),
			Equipment: x.lent, By: d.by[centre.ID]}
		if x.own {
			n.Setup, n.Clear = &setup, &clear
		}
		if _, err := d.Booking.BookTx(ctx, tx, n); err != nil {
			return fmt.Errorf("%s: %w", x.title, err)
		}
	}
	return nil
}
