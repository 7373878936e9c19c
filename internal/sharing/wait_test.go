package sharing_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kvart/internal/booking"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/sharing"
)

// Nobody is offered freed time before one who had less, nor before one who had the same and has waited longer; and nobody is
// left out or added.
func TestTurn_whoHadTheLeastIsFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		held := map[string]int{}
		var list []sharing.Wait
		for i := range rapid.IntRange(0, 12).Draw(t, "n") {
			o := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "organisation")
			held[o] = rapid.IntRange(0, 4).Draw(t, "hours") * 60
			list = append(list, sharing.Wait{ID: string(rune('A' + i)), OrganisationID: o, CreatedAt: int64(rapid.IntRange(0, 5).Draw(t, "since"))})
		}
		shuffled := rapid.Permutation(list).Draw(t, "order")
		turn := sharing.Turn(shuffled, held)
		seen := map[string]bool{}
		for i, w := range turn {
			seen[w.ID] = true
			if i == 0 {
				continue
			}
			before := turn[i-1]
			if held[before.OrganisationID] > held[w.OrganisationID] || held[before.OrganisationID] == held[w.OrganisationID] && before.CreatedAt > w.CreatedAt {
				t.Fatalf("%+v before %+v", before, w)
			}
		}
		if len(turn) != len(list) || len(seen) != len(list) {
			t.Fatalf("%d of %d", len(seen), len(list))
		}
		if again := sharing.Turn(list, held); len(again) > 0 && again[0].ID != turn[0].ID {
			t.Fatal("who is first depends on the order of the rows")
		}
	})
}

func (p *place) wait(organisation string, i booking.Interval) sharing.Wait {
	p.t.Helper()
	var w sharing.Wait
	p.must(p.DB.Tx(p.t.Context(), func(tx *db.Tx) (err error) {
		w, err = p.WaitTx(p.t.Context(), tx, p.want(organisation, i))
		return err
	}))
	return w
}

func (p *place) waits(w sharing.Wait) string {
	p.t.Helper()
	one, err := p.Wait(p.t.Context(), p.DB, w.OrganisationID, w.ID)
	p.must(err)
	return one.State
}

func TestWaiting_freedTimeIsOfferedToWhoHadTheLeastAndPassesOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, `["slot_waiting"]`)
		had := func(o string, i booking.Interval) {
			_, err := p.Booking.Book(t.Context(), booking.New{SpaceID: p.room, CentreID: p.centre, OrganisationID: &o, Title: "Prije", Start: i.Start, End: i.End, By: "test"})
			p.must(err)
		}
		had(p.b, hours(-200, -197)) // three hours last week
		had(p.c, hours(-197, -196)) // one
		taken := p.ask(p.want(p.a, hours(0, 2)))
		err := d.Tx(t.Context(), func(tx *db.Tx) error { _, err := p.WaitTx(t.Context(), tx, p.want(p.b, hours(24, 26))); return err })
		refused(t, err, fault.KindConflict, "sharing.fault.is_free")
		b := p.wait(p.b, hours(0, 2))
		c := p.wait(p.c, hours(1, 2))
		err = d.Tx(t.Context(), func(tx *db.Tx) error { _, err := p.WaitTx(t.Context(), tx, p.want(p.b, hours(0, 2))); return err })
		refused(t, err, fault.KindConflict, "sharing.fault.waits_already")
		p.must(p.refuse(sharing.Answer{RequestID: taken.ID, Scope: p.atCentre(), Reason: "Zidovi."}))
		if p.waits(c) != sharing.Offered || p.waits(b) != sharing.StillWaiting || p.free(hours(1, 2)) {
			t.Fatalf("c, who had less: %s; b: %s", p.waits(c), p.waits(b))
		}
		if m := p.mails(p.c); !strings.Contains(m, "Oslobodio se") {
			t.Errorf("mail: %s", m)
		}
		p.pass(25 * time.Hour) // c does not answer
		if p.waits(c) != sharing.Passed || p.waits(b) != sharing.Offered {
			t.Fatalf("c: %s; b: %s", p.waits(c), p.waits(b))
		}
		take := func(o, id string) error {
			return p.Booking.Claim(t.Context(), func(tx *db.Tx) error { _, err := p.TakeTx(t.Context(), tx, o, id, p.by[o]); return err })
		}
		refused(t, take(p.c, b.ID), fault.KindNotFound, "fault.not_found")
		refused(t, take(p.c, c.ID), fault.KindConflict, "sharing.fault.offer_over")
		p.must(take(p.b, b.ID))
		list, err := p.OfOrganisation(t.Context(), p.b)
		p.must(err)
		if len(list) != 1 || list[0].State() != sharing.Asked || p.free(hours(0, 2)) {
			t.Fatalf("taken: %+v", list)
		}
		p.must(p.approve(sharing.Answer{RequestID: list[0].ID, Scope: p.atCentre()}))
		refused(t, take(p.b, b.ID), fault.KindConflict, "sharing.fault.offer_over")
	})
}

func TestWaiting_onADayThatIsClosedNothingIsOffered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, `["slot_waiting"]`)
		taken := p.ask(p.want(p.a, hours(0, 2)))
		b := p.wait(p.b, hours(0, 2))
		_, err := d.Exec(t.Context(), `INSERT INTO closures (id, centre_id, from_date, to_date) VALUES (:id, :c, '2026-11-26', '2026-11-26')`, db.Args{"id": db.NewID(), "c": p.centre})
		p.must(err)
		p.must(p.withdraw(p.a, taken.ID))
		if p.waits(b) != sharing.StillWaiting {
			t.Error(p.waits(b))
		}
		p.must(p.Booking.Claim(t.Context(), func(tx *db.Tx) error { return p.Leave(t.Context(), tx, p.b, b.ID, "test") }))
		if p.waits(b) != sharing.Left {
			t.Error(p.waits(b))
		}
	})
}

func TestWaiting_isNotThereUntilTheCentreTurnsItOn(t *testing.T) {
	p := newPlace(t, dbtest.SQLite(t), "[]")
	p.ask(p.want(p.a, hours(0, 2)))
	err := p.DB.Tx(t.Context(), func(tx *db.Tx) error { _, err := p.WaitTx(t.Context(), tx, p.want(p.b, hours(0, 2))); return err })
	refused(t, err, fault.KindNotFound, "fault.not_found")
}

// A day that is called off: what was offered on it is told of once, and as it is.
func TestWaiting_anOfferOnADayCalledOffIsToldThatTheDayIsClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, `["slot_waiting"]`)
		taken := p.ask(p.want(p.a, hours(0, 2)))
		b := p.wait(p.b, hours(0, 2))
		other := p.ask(p.want(p.c, hours(3, 4)))
		p.must(p.withdraw(p.a, taken.ID))
		_, err := d.Exec(t.Context(), `DELETE FROM mails`, nil)
		p.must(err)
		_, err = d.Exec(t.Context(), `INSERT INTO closures (id, centre_id, from_date, to_date) VALUES (:id, :c, '2026-11-26', '2026-11-26')`, db.Args{"id": db.NewID(), "c": p.centre})
		p.must(err)
		p.must(p.Booking.Claim(t.Context(), func(tx *db.Tx) error {
			return p.Booking.CallOff(t.Context(), tx, p.centre, hours(-12, 12), func(booking.CalledOff) (bool, error) { return false, nil }, "test")
		}))
		if p.waits(b) != sharing.Passed || p.state(other.ID) != sharing.Lapsed {
			t.Errorf("the offer is %s, the request %s", p.waits(b), p.state(other.ID))
		}
		for _, o := range []string{p.b, p.c} {
			if m := p.mails(o); strings.Count(m, "Pozdrav!") != 1 || !strings.Contains(m, "Centar taj dan ne radi") {
				t.Errorf("mails: %s", m)
			}
		}
	})
}

func TestWaiting_anOfferWhoseStartHasComeEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, `["slot_waiting"]`)
		taken := p.ask(p.want(p.a, hours(0, 2)))
		b := p.wait(p.b, hours(0, 2))
		p.must(p.withdraw(p.a, taken.ID))
		p.now = hours(0, 1).Start.Add(time.Minute)
		p.must(p.Remind(t.Context())) // before the holds are ended
		if p.waits(b) != "over" {
			t.Errorf("it is %s", p.waits(b))
		}
		p.pass(0)
		if m := p.mails(p.b); strings.Contains(m, "nudimo sljedećima") {
			t.Errorf("mails: %s", m)
		}
	})
}
