package app

import (
	"context"
	"fmt"
	"time"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
)

// addSeries is a partner's rehearsal every Sunday morning. When it was booked one Sunday was taken; that booking has been
// cancelled since, so the room is kept for the rehearsal and the desk has a press to take it back.
func (d *demo) addSeries(ctx context.Context) error {
	centre := d.centres[sixteen]
	loc, room, by := centre.Location(), d.spaces[sixteen+"/velika-soba"].ID, d.by[centre.ID]
	first := d.now.In(loc).AddDate(0, 0, 1)
	for first.Weekday() != time.Sunday {
		first = first.AddDate(0, 0, 1)
	}
	var dates []booking.Date
	for week := range demoComing {
		at := func(hour, minute int) time.Time {
			return time.Date(first.Year(), first.Month(), first.Day()+7*week, hour, minute, 0, 0, loc)
		}
		dates = append(dates, booking.Date{Start: at(8, 0), End: at(9, 30), SpaceID: room})
	}
	err := d.Booking.Claim(ctx, func(tx *db.Tx) error {
		lost := &dates[2]
		in, err := d.Booking.BookTx(ctx, tx, booking.New{SpaceID: room, CentreID: centre.ID, OrganisationID: &centre.OrganisationID, Title: "Sajam rabljenih knjiga",
			Start: lost.Start, End: lost.End, By: by})
		if err != nil {
			return err
		}
		lost.Skip, lost.Asked = true, &booking.Slot{SpaceID: room, Interval: lost.Interval()}
		partner := d.centres[jarun].OrganisationID
		if _, err := d.Booking.AddSeries(ctx, tx, booking.Series{CentreID: centre.ID, OrganisationID: &partner, Title: "Jutarnja proba", SpaceID: room, Weeks: 1,
			LocalStart: "08:00", LocalEnd: "09:30"}, dates, by); err != nil {
			return err
		}
		return d.Booking.CancelTx(ctx, tx, centre.ID, in.ID, by)
	})
	if err != nil {
		return fmt.Errorf("series: %w", err)
	}
	return nil
}
