package desk

import (
	"strings"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
)

// An organisation sees on its own page which dates its series lost, and where to call while one is kept for it; it sees
// none of another's, and none that is confidential.
func TestMember_seesWhatItsSeriesLost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		p.exec(`UPDATE centres SET phone = '01 555 010' WHERE id = :c`, db.Args{"c": p.centre})
		org, other := p.organisation("Zbor"), p.organisation("Kazalište")
		her := p.browser(p.account("zbor", network.Member, auth.Scope{Kind: network.ScopeOrganisation, ID: org}))
		at := time.Date(2026, 12, 3, 12, 0, 0, 0, p.now.Location())
		first, err := p.Booking.Book(t.Context(), booking.New{SpaceID: p.room, CentreID: p.centre, Title: "Sastanak", Start: at, End: at.Add(time.Hour), By: "test"})
		if err != nil {
			t.Fatal(err)
		}
		for title, x := range map[string]struct {
			org          string
			confidential db.Bool
		}{"Proba zbora": {org, false}, "Tajna proba": {org, true}, "Gluma": {other, false}} {
			d := booking.Date{Start: at, End: at.Add(time.Hour), SpaceID: p.room, Skip: true}
			d.Asked = &booking.Slot{SpaceID: p.room, Interval: d.Interval()}
			p.tx(func(tx *db.Tx) error {
				_, err := p.Booking.AddSeries(t.Context(), tx, booking.Series{CentreID: p.centre, OrganisationID: &x.org, Title: title, Confidential: x.confidential, SpaceID: p.room, Weeks: 1,
					LocalStart: "12:00", LocalEnd: "13:00"}, []booking.Date{d}, "test")
				return err
			})
		}
		doc, _ := her.get("/desk/")
		if text := doc.Find("#lost").Text(); !strings.Contains(text, "Proba zbora") || !strings.Contains(text, "3. prosinca") || strings.Contains(doc.Text(), "Tajna") || strings.Contains(doc.Text(), "Gluma") || strings.Contains(text, "555") ||
			strings.Count(text, "oprema") != 2 { // dates are lost for equipment alone too
			t.Errorf("lost: %q", text)
		}
		p.exec(`UPDATE lost_dates SET lost_at = lost_at - 60 WHERE title = 'Proba zbora'`, nil)
		if err := p.Booking.Cancel(t.Context(), p.centre, first.ID, "test"); err != nil {
			t.Fatal(err)
		}
		doc, _ = her.get("/desk/")
		if text := doc.Find("#lost").Text(); !strings.Contains(text, "čuva za vas do") || !strings.Contains(text, "01 555 010") || strings.Contains(doc.Text(), "Tajna") {
			t.Errorf("offered: %q", text)
		}
		if text := doc.Find("ul.sessions").Text(); strings.Contains(text, "Proba zbora") {
			t.Errorf("what is only offered is listed as its room: %q", text)
		}
	})
}
