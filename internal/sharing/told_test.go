package sharing_test

import (
	"strings"
	"testing"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/sharing"
)

// One mail in each case, never two: of a day that is called off whoever does it tells the organisation; of a booking that
// is cancelled by itself, on whatever day, we tell. A confidential one is told to who asked only, by us in either case.
func TestBooking_cancelledOnAClosedDayIsToldOnce(t *testing.T) {
	for name, x := range map[string]struct{ closed, whole, confidential, ours bool }{
		"an open day":                  {ours: true},
		"a closed day":                 {closed: true, ours: true},
		"the day is called off":        {closed: true, whole: true},
		"and the request confidential": {closed: true, whole: true, confidential: true, ours: true},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				p := newPlace(t, d, "[]")
				want := p.want(p.a, hours(0, 2))
				want.Confidential = x.confidential
				r := p.ask(want)
				p.must(p.approve(sharing.Answer{RequestID: r.ID, Scope: p.atCentre()}))
				if x.closed {
					p.must(p.Network.AddClosure(t.Context(), network.Closure{CentreID: p.centre, FromDate: "2026-11-26", ToDate: "2026-11-26"}, "test"))
				}
				_, err := d.Exec(t.Context(), `DELETE FROM mails`, nil)
				p.must(err)
				told := 0
				p.must(p.Booking.Claim(t.Context(), func(tx *db.Tx) error {
					if !x.whole {
						return p.Booking.CancelTx(t.Context(), tx, p.centre, *r.Dates[0].BookingID, "test")
					}
					if err := p.Network.LockCentre(t.Context(), tx, p.centre); err != nil {
						return err
					}
					return p.Booking.CallOff(t.Context(), tx, p.centre, hours(-12, 12), func(b booking.CalledOff) (bool, error) { told++; return !bool(b.Confidential), nil }, "test")
				}))
				if ours := strings.Count(p.mails(p.a), "Pozdrav"); ours != map[bool]int{true: 1}[x.ours] || told != map[bool]int{true: 1}[x.whole] || p.state(r.ID) != sharing.Cancelled {
					t.Errorf("%d mails of ours, %d of who called the day off, the request is %s", ours, told, p.state(r.ID))
				}
			})
		})
	}
}
