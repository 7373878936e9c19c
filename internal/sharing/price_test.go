package sharing_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/sharing"
)

func TestWorth_roundsHalfACentUpOnceABooking(t *testing.T) {
	rates := sharing.Rates{sharing.Commercial: {1001, 2000}, sharing.NonProfit: {0, 333}}
	for _, c := range []struct {
		prime, other   int
		value, charged int64
	}{
		{0, 60, 1001, 0}, {0, 30, 501, 0}, {60, 0, 2000, 333}, {30, 0, 1000, 167}, {20, 20, 1000, 111}, {0, 0, 0, 0},
	} {
		if v, ch := rates.Worth(sharing.NonProfit, c.prime, c.other); v != c.value || ch != c.charged {
			t.Errorf("%d and %d minutes: %d, %d; want %d, %d", c.prime, c.other, v, ch, c.value, c.charged)
		}
	}
	refused(t, sharing.Rates{sharing.Commercial: {100, 100}, sharing.OwnMembers: {101, 0}}.Check(), fault.KindInvalid, "sharing.fault.price_over")
	refused(t, sharing.Rates{sharing.Commercial: {-1, 0}}.Check(), fault.KindInvalid, "sharing.fault.price")
}

// What is charged and what is given away add up to the value, and nobody is charged more than it.
func TestWorth_isChargedOrGiven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		full := [2]int64{rapid.Int64Range(0, 1e6).Draw(t, "full"), rapid.Int64Range(0, 1e6).Draw(t, "full prime")}
		r := sharing.Rates{sharing.Commercial: full, sharing.OwnMembers: {rapid.Int64Range(0, full[0]).Draw(t, "own"), rapid.Int64Range(0, full[1]).Draw(t, "own prime")}}
		if err := r.Check(); err != nil {
			t.Fatal(err)
		}
		v, ch := r.Worth(sharing.OwnMembers, rapid.IntRange(0, 2000).Draw(t, "prime"), rapid.IntRange(0, 2000).Draw(t, "other"))
		if ch < 0 || ch > v {
			t.Fatalf("%d of %d", ch, v)
		}
	})
}

func TestSettle_fixesTheValueOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, `["prices"]`)
		p.must(d.Tx(t.Context(), func(tx *db.Tx) error {
			if err := p.SetFairUse(t.Context(), tx, booking.FairUse{CentreID: p.centre, OfferHours: 24, Prime: network.HoursList{{Weekday: 4, Opens: "14:00", Closes: "20:00"}}}, "test"); err != nil {
				return err
			}
			if err := p.SetOrganisationTerms(t.Context(), tx, sharing.OrganisationTerms{CentreID: p.centre, OrganisationID: p.b, Group: sharing.Commercial}, "test"); err != nil {
				return err
			}
			return p.SetRates(t.Context(), tx, p.centre, p.hall, sharing.Rates{sharing.Commercial: {1000, 2000}, sharing.NonProfit: {0, 500}}, "test")
		}))
		for o, i := range map[string]booking.Interval{p.a: hours(0, 2), p.b: hours(3, 4), p.runs: hours(5, 6)} { // from 13, 16 and 18 o'clock at the centre
			_, err := p.Booking.Book(t.Context(), booking.New{SpaceID: p.hall, CentreID: p.centre, OrganisationID: &o, Title: "Proba", Confidential: o == p.a, Start: i.Start, End: i.End, By: "test"})
			p.must(err)
		}
		centre, err := p.Network.Centre(t.Context(), d, p.centre)
		p.must(err)
		read := func() []sharing.Charge {
			p.must(p.Settle(t.Context(), centre))
			list, err := p.Charges(t.Context(), p.centre, hours(-48, 48))
			p.must(err)
			return list
		}
		if n := len(read()); n != 0 {
			t.Errorf("%d lines before anything was used", n)
		}
		p.now = thursday.Add(24 * time.Hour)
		list := read()
		if len(list) != 2 || list[0].ValueCents != 3000 || list[0].ChargedCents != 500 || list[0].Given() != 2500 || list[1].ValueCents != 2000 || list[1].Given() != 0 || list[0].Currency != "EUR" {
			t.Fatalf("%+v", list)
		}
		p.must(d.Tx(t.Context(), func(tx *db.Tx) error {
			return p.SetRates(t.Context(), tx, p.centre, p.hall, sharing.Rates{sharing.Commercial: {9000, 9000}}, "test")
		}))
		if again := read(); again[0] != list[0] || again[1] != list[1] {
			t.Errorf("new prices change what was used: %+v", again)
		}
		totals := sharing.Totals(list)
		if len(totals) != 2 || totals[0].Given() != 2500 || totals[0].Minutes != 120 {
			t.Errorf("%+v", totals)
		}
		if _, err := d.Exec(t.Context(), `UPDATE booking_values SET charged_cents = value_cents + 1`, nil); !strings.Contains(db.Refused(err), "charged_at_most") {
			t.Errorf("the database charges more than the value: %v", err)
		}
	})
}

func TestUsage_countsWhatWasAndWhatIsToCome(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, "[]")
		r := p.ask(p.want(p.a, hours(0, 2)))
		p.ask(p.want(p.b, hours(24, 25)))
		p.must(p.approve(sharing.Answer{RequestID: r.ID, Scope: p.atCentre()}))
		p.now = thursday.Add(3 * time.Hour)
		centre, err := p.Network.Centre(t.Context(), d, p.centre)
		p.must(err)
		list, err := p.Usage(t.Context(), centre)
		p.must(err)
		if len(list) != 1 || list[0].Name != "a" || sharing.Minutes(list[0].Lately) != 120 || list[0].Coming != 0 { // b's hold is over by now
			t.Errorf("%+v", list)
		}
	})
}
