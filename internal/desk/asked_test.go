package desk

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/sharing"
)

// A booking that was asked for, moved at the desk: who asked hears of it in one mail, with the reason and the room. One that
// only grows frees nothing and is told of too.
func TestMove_whatWasAskedForIsToldOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		p.Booking.Freed = append(p.Booking.Freed, p.Sharing.Freed)
		p.space("mala-soba", 8)
		org := p.organisation("Zbor")
		who := p.account("zbor", network.Member, auth.Scope{Kind: network.ScopeOrganisation, ID: org})
		p.account("zbor2", network.Member, auth.Scope{Kind: network.ScopeOrganisation, ID: org})
		start := time.Date(2026, 11, 27, 12, 0, 0, 0, p.now.Location())
		var r sharing.Request
		p.tx(func(tx *db.Tx) (err error) {
			r, err = p.Sharing.AskTx(t.Context(), tx, sharing.Ask{SpaceID: p.room, OrganisationID: org, Title: "Proba", People: 5, Dates: []booking.Interval{{Start: start, End: start.Add(time.Hour)}}, By: who})
			if err != nil {
				return err
			}
			r, err = p.Sharing.ApproveTx(t.Context(), tx, sharing.Answer{RequestID: r.ID, Scope: auth.Scope{Kind: network.ScopeCentre, ID: p.centre}, By: "test"})
			return err
		})
		id := *r.Dates[0].BookingID
		her := p.browser(p.coordinator)
		for _, to := range []struct{ from, until, want string }{{"15:30", "17:00", "15.30–17.00"}, {"15:30", "18:00", "15.30–18.00"}} {
			p.exec(`DELETE FROM mails`, nil)
			if _, status := her.post("/desk/bookings/"+id+"/move", url.Values{"space": {p.room}, "date": {"2026-11-27"}, "from": {to.from}, "to": {to.until},
				"version": {strconv.Itoa(p.where(id).Version)}, "reason": {"Popravljamo pod."}}); status != http.StatusOK {
				t.Fatal(status)
			}
			var bodies []string
			if err := d.Select(t.Context(), &bodies, `SELECT body FROM mails`, nil); err != nil || len(bodies) != 1 {
				t.Fatalf("%d mails: %q %v", len(bodies), bodies, err)
			}
			for _, s := range []string{to.want + ", Velika soba", "Popravljamo pod.", "/desk/asked/" + r.ID} {
				if !strings.Contains(bodies[0], s) {
					t.Errorf("the mail lacks %q: %s", s, bodies[0])
				}
			}
		}
	})
}
