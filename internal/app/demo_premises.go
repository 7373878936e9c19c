package app

import (
	"context"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/premises"
)

// addPremises makes two requests for premises of local committees, each step on its own day: one that was granted last
// year and is to be renewed in a few days, and one that waits for the city's answer.
func (d *demo) addPremises(ctx context.Context) error {
	centre, by := d.centres[sixteen], d.by[d.centres[sixteen].ID]
	areas, err := d.Network.Areas(ctx, d.DB)
	if err != nil {
		return err
	}
	committee := map[string]string{}
	for _, a := range areas {
		committee[a.Slug] = a.ID
	}
	day := func(days int) string { return d.now.In(centre.Location()).AddDate(0, 0, days).Format(time.DateOnly) }
	// at is the store as it was so many days from now.
	at := func(days int) *premises.Store {
		s := *d.Premises
		s.Now = func() time.Time { return d.now.AddDate(0, 0, days) }
		return &s
	}
	prepare := func(days int, r premises.Request) (id string, err error) {
		r.CentreID, r.Contact = centre.ID, "koordinacija"
		r.ResultsFrom, r.ResultsTo = premises.LastYear(day(days))
		err = d.DB.Tx(ctx, func(tx *db.Tx) error {
			id, err = at(days).Add(ctx, tx, r, by)
			return err
		})
		return id, err
	}

	begins, ends := d.now.In(centre.Location()).AddDate(-1, 0, premises.RenewDays+6), day(premises.RenewDays+5)
	first := begins.Format(time.DateOnly)
	before := -int(d.now.Sub(begins).Hours()/24) - 40
	granted, err := prepare(before, premises.Request{AreaID: committee["ciglenica"], Place: "Prostor MO Ciglenica (ogledni primjer)", Kind: "susjedska druženja",
		About: "Jednom tjedno kuhamo i jedemo zajedno, uz razgovor s onima koji su tek doselili.", Slots: premises.Slots{{Weekday: 3, From: "17:00", To: "20:00"}},
		PeriodFrom: first, PeriodTo: ends, Members: 34, Volunteers: 9, Activities: []string{d.kept["dinner"].ID}})
	if err != nil {
		return err
	}
	if err := at(before+1).Send(ctx, centre.ID, granted, premises.Sending{On: day(before + 1), Reference: "ogledni broj 1", AnswerDays: premises.AnswerDays}, by); err != nil {
		return err
	}
	if err := at(before+20).Decide(ctx, centre.ID, granted, premises.Decision{Granted: true, On: day(before + 19), ValidFrom: first, ValidTo: ends,
		Reason: "Program je otvoren svima u susjedstvu.", Conditions: "Prostor se nakon korištenja ostavlja pospremljen."}, by); err != nil {
		return err
	}

	waiting, err := prepare(-13, premises.Request{AreaID: committee["ljubljanica"], Place: "Prostor MO Ljubljanica (ogledni primjer)", Kind: "radionica popravaka",
		About: "Popravljamo male kućanske uređaje i učimo jedni od drugih.", Slots: premises.Slots{{Weekday: 2, From: "18:00", To: "20:30"}, {Weekday: 6, From: "10:00", To: "13:00"}},
		PeriodFrom: day(30), PeriodTo: premises.YearAfter(day(30)), Members: 34, Volunteers: 9, Activities: []string{d.kept["repair"].ID, d.kept["coffee"].ID}})
	if err != nil {
		return err
	}
	return at(-12).Send(ctx, centre.ID, waiting, premises.Sending{On: day(-12), Reference: "ogledni broj 2", AnswerDays: premises.AnswerDays}, by)
}
