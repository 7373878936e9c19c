package sharing_test

import (
	"testing"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/sharing"
)

// A room that organisations book at once is asked for outside the opening hours: somebody has to say whether it is meant so.
// The organisation whose premises it is asks nobody.
func TestAsk_atOnceOnlyWhileTheCentreIsOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, "[]")
		_, err := d.Exec(t.Context(), `UPDATE centres SET hours = :h WHERE id = :c`, db.Args{"c": p.centre, "h": network.HoursList{{Weekday: 4, Opens: "08:00", Closes: "18:00"}}})
		p.must(err)
		_, err = d.Exec(t.Context(), `INSERT INTO space_terms (space_id, asking) VALUES (:s, 'book')`, db.Args{"s": p.hall})
		p.must(err)
		if r := p.ask(p.want(p.a, hours(0, 2))); r.State() != sharing.Approved {
			t.Errorf("while it is open: %s", r.State())
		}
		r := p.ask(p.want(p.a, hours(4, 6))) // until seven in the evening
		if r.State() != sharing.Asked {
			t.Errorf("after it has closed: %s", r.State())
		}
		p.must(p.approve(sharing.Answer{RequestID: r.ID, Scope: p.atCentre()}))
		r = p.ask(p.want(p.b, hours(2, 4), hours(7, 8)))
		if r.Dates[0].State != sharing.Approved || r.Dates[1].State != sharing.Asked {
			t.Errorf("one of two: %+v", r.Dates)
		}
		_, err = d.Exec(t.Context(), `UPDATE space_terms SET asking = 'ask', decides = 'owner', owner_id = :o WHERE space_id = :s`, db.Args{"s": p.hall, "o": p.c})
		p.must(err)
		if r := p.ask(p.want(p.c, hours(9, 10))); r.State() != sharing.Approved {
			t.Errorf("of its own premises: %s", r.State())
		}
	})
}
