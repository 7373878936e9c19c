package sharing_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kvart/internal/booking"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/sharing"
)

var states = []string{sharing.Asked, sharing.Lapsed, sharing.Approved, sharing.Refused, sharing.Withdrawn, sharing.Over, sharing.Cancelled}
var acts = []sharing.Act{sharing.Say, sharing.Refuse, sharing.Withdraw, sharing.Lapse, sharing.Pass, sharing.Cancel}

func TestNext_isTheWholeTable(t *testing.T) {
	want := map[string]string{
		"asked approve": "approved", "asked refuse": "refused", "asked withdraw": "withdrawn", "asked lapse": "lapsed", "asked pass": "over",
		"lapsed approve": "approved", "lapsed refuse": "refused", "lapsed withdraw": "withdrawn", "lapsed pass": "over",
		"approved withdraw": "withdrawn", "approved cancel": "cancelled",
	}
	for _, s := range states {
		for _, a := range acts {
			next, err := sharing.Next(s, a)
			is, can := want[s+" "+string(a)]
			if can != (err == nil) || can && next != is || !can && next != s {
				t.Errorf("%s of %s: %s %v, want %q", a, s, next, err, is)
			}
		}
	}
}

func TestNext_whateverHappensAnAnswerStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		state, answers := sharing.Asked, 0
		for _, a := range rapid.SliceOf(rapid.SampledFrom(acts)).Draw(t, "acts") {
			next, err := sharing.Next(state, a)
			if err == nil && (a == sharing.Say || a == sharing.Refuse) {
				answers++
			}
			if !sharing.Open(state) && sharing.Open(next) {
				t.Fatalf("%s opens %s again as %s", a, state, next)
			}
			state = next
		}
		if answers > 1 {
			t.Fatalf("answered %d times", answers)
		}
	})
}

func TestAsk_holdsTheRoomUntilItIsAnswered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, "[]")
		r := p.ask(p.want(p.a, hours(0, 2)))
		_, err := p.try(p.want(p.b, hours(1, 3)))
		refused(t, err, fault.KindConflict, "booking.fault.clash")
		if taken, ok := fault.Of(err).Detail.(sharing.Taken); !ok || len(taken.Dates) != 1 {
			t.Errorf("what is taken: %+v", fault.Of(err).Detail)
		}
		if tasks, err := p.Tasks(t.Context(), p.centre, p.now); err != nil || len(tasks) != 1 || tasks[0].Address != "/desk/requests/"+r.ID {
			t.Errorf("tasks: %+v %v", tasks, err)
		}
		if holds, err := p.Booking.Holds(t.Context(), p.centre); err != nil || len(holds) != 0 {
			t.Errorf("the hold is a second task: %+v %v", holds, err)
		}
		p.must(p.approve(sharing.Answer{RequestID: r.ID, Scope: p.atCentre()}))
		if p.state(r.ID) != sharing.Approved || p.free(hours(0, 1)) {
			t.Error("a yes books nothing")
		}
		if m := p.mails(p.a); !strings.Contains(m, "Prostor je vaš") || !strings.Contains(m, "https://kvart.test/desk/asked/"+r.ID) || strings.Contains(m, "zbora") {
			t.Errorf("mail: %s", m)
		}
		refused(t, p.refuse(sharing.Answer{RequestID: r.ID, Scope: p.atCentre(), Reason: "ipak ne"}), fault.KindConflict, "sharing.fault.answered")
		p.must(p.withdraw(p.a, r.ID)) // given back
		if p.state(r.ID) != sharing.Withdrawn || !p.free(hours(0, 2)) {
			t.Error("what was given back is not free")
		}
	})
}

func TestAsk_turnsAwayWhatCannotBe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, "[]")
		change := func(f func(*sharing.Ask)) sharing.Ask { a := p.want(p.a, hours(0, 2)); f(&a); return a }
		for what, one := range map[string]struct {
			a   sharing.Ask
			key string
		}{
			"nobody":          {change(func(a *sharing.Ask) { a.People = 0 }), "fault.not_a_number"},
			"fewer":           {change(func(a *sharing.Ask) { a.People = -3 }), "fault.not_a_number"},
			"too many people": {change(func(a *sharing.Ask) { a.People = 41 }), "sharing.fault.people"},
			"no title":        {change(func(a *sharing.Ask) { a.Title = "  " }), "fault.required"},
			"a long title":    {change(func(a *sharing.Ask) { a.Title = strings.Repeat("ž", 121) }), "fault.too_long"},
			"a past date":     {p.want(p.a, hours(-400, -398)), "sharing.fault.past"},
			"in two years":    {p.want(p.a, hours(24*700, 24*700+1)), "sharing.fault.far"},
			"backwards":       {p.want(p.a, hours(2, 0)), "booking.fault.times"},
			"twice":           {p.want(p.a, hours(0, 2), hours(1, 3)), "sharing.fault.twice"},
			"no date":         {p.want(p.a), "fault.required"},
			"too many dates":  {p.want(p.a, make([]booking.Interval, sharing.MaxDates+1)...), "fault.not_a_number"},
		} {
			_, err := p.try(one.a)
			t.Log(what)
			refused(t, err, fault.KindInvalid, one.key)
		}
		_, err := p.try(change(func(a *sharing.Ask) { a.SpaceID = db.NewID() }))
		refused(t, err, fault.KindNotFound, "fault.not_found")
		_, err = d.Exec(t.Context(), `INSERT INTO closures (id, centre_id, from_date, to_date) VALUES (:id, :c, '2026-11-26', '2026-11-26')`, db.Args{"id": db.NewID(), "c": p.centre})
		p.must(err)
		_, err = p.try(p.want(p.a, hours(0, 2)))
		refused(t, err, fault.KindInvalid, "sharing.fault.closed_day")
		p.ask(change(func(a *sharing.Ask) {
			a.Title, a.Dates = "\u202e<script>alert(1)</script> 🎷 مرحبا", []booking.Interval{hours(24, 26)}
		}))
	})
}

func TestRequest_unansweredIsNeverLost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, "[]")
		lead, err := p.Network.Auth.AddAccount(t.Context(), "vodi", "Osoba", "vodi@kvart.example", "četiri obične riječi", auth.Held{Role: "lead", Scope: auth.Scope{Kind: "network", ID: "x"}})
		p.must(err)
		first, second := p.ask(p.want(p.a, hours(0, 2))), p.ask(p.want(p.b, hours(24, 26)))
		p.pass(49 * time.Hour) // two thirds of three days
		var told int
		p.must(d.Get(t.Context(), &told, `SELECT COUNT(*) FROM mails WHERE to_address = :to`, db.Args{"to": lead.Email}))
		if told != 2 {
			t.Errorf("%d mails to the network's lead, want 2", told)
		}
		p.pass(24 * time.Hour)
		for _, r := range []sharing.Request{first, second} {
			if p.state(r.ID) != sharing.Lapsed {
				t.Errorf("after its time the request is %s", p.state(r.ID))
			}
		}
		if !p.free(hours(0, 2)) || !strings.Contains(p.mails(p.a), "Upit ostaje otvoren") {
			t.Errorf("free %v; %s", p.free(hours(0, 2)), p.mails(p.a))
		}
		tasks, err := p.Tasks(t.Context(), p.centre, p.now)
		p.must(err)
		if len(tasks) != 2 || tasks[0].Title != "sharing.task.lapsed" {
			t.Errorf("tasks: %+v", tasks)
		}
		p.must(p.approve(sharing.Answer{RequestID: first.ID, Scope: p.atCentre()})) // the room is still free
		if p.state(first.ID) != sharing.Approved || p.free(hours(0, 2)) {
			t.Error("it cannot be approved late")
		}
		_, err = p.Booking.Book(t.Context(), booking.New{SpaceID: p.hall, CentreID: p.centre, Title: "Drugi", Start: hours(24, 25).Start, End: hours(24, 25).End, By: "test"})
		p.must(err)
		refused(t, p.approve(sharing.Answer{RequestID: second.ID, Scope: p.atCentre()}), fault.KindConflict, "booking.fault.clash")
		p.pass(30 * 24 * time.Hour)
		if p.state(second.ID) != sharing.Over || !strings.Contains(p.mails(p.b), "Žao nam je") {
			t.Errorf("its time came: %s, %s", p.state(second.ID), p.mails(p.b))
		}
	})
}

func TestRefuse_needsAReasonThatIsRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, "[]")
		r := p.ask(p.want(p.a, hours(0, 2), hours(24*7, 24*7+2)))
		refused(t, p.refuse(sharing.Answer{RequestID: r.ID, Scope: p.atCentre(), Reason: " \n "}), fault.KindInvalid, "sharing.fault.reason")
		if _, err := d.Exec(t.Context(), `UPDATE room_request_dates SET state = 'refused', decided_at = 1 WHERE id = :id`, db.Args{"id": r.Dates[0].ID}); !strings.Contains(db.Refused(err), "refusal_reason") {
			t.Errorf("the database takes a refusal without a reason: %v", err)
		}
		p.must(p.refuse(sharing.Answer{RequestID: r.ID, Scope: p.atCentre(), Reason: "Tada se boje zidovi.", DateIDs: []string{r.Dates[0].ID}}))
		p.must(p.approve(sharing.Answer{RequestID: r.ID, Scope: p.atCentre()}))
		if p.state(r.ID) != "mixed" || !p.free(hours(0, 2)) || p.free(hours(24*7, 24*7+1)) {
			t.Errorf("date by date: %s", p.state(r.ID))
		}
		if m := p.mails(p.a); !strings.Contains(m, "Tada se boje zidovi.") {
			t.Errorf("the reason is not in the mail: %s", m)
		}
		for from, to := range map[string]string{r.Dates[0].ID: "asked", r.Dates[1].ID: "asked"} {
			if _, err := d.Exec(t.Context(), `UPDATE room_request_dates SET state = :to, reason = '' WHERE id = :id`, db.Args{"id": from, "to": to}); db.Refused(err) != "decided" {
				t.Errorf("the database opens an answered date again: %v", err)
			}
		}
	})
}

func TestAnswer_ofTwoAtOnceOneSeesTheOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, "[]")
		r := p.ask(p.want(p.a, hours(0, 2)))
		read, err := p.Request(t.Context(), d, r.ID)
		p.must(err)
		var all sync.WaitGroup
		errs := make([]error, 2)
		all.Go(func() {
			errs[0] = p.approve(sharing.Answer{RequestID: r.ID, Version: read.Version, Scope: p.atCentre()})
		})
		all.Go(func() {
			errs[1] = p.refuse(sharing.Answer{RequestID: r.ID, Version: read.Version, Scope: p.atCentre(), Reason: "Zauzeto"})
		})
		all.Wait()
		lost := slices.IndexFunc(errs, func(err error) bool { return err != nil })
		if lost < 0 || errs[1-lost] != nil {
			t.Fatalf("%v", errs)
		}
		refused(t, errs[lost], fault.KindConflict, "sharing.fault.meanwhile")
	})
}

func TestAnswer_isTheOwnersAndTheCentresOnlyWhenTheOwnerIsSilent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, "[]")
		p.must(d.Tx(t.Context(), func(tx *db.Tx) error {
			return p.SetTerms(t.Context(), tx, p.centre, sharing.Terms{SpaceID: p.hall, OwnerID: &p.c, Decides: sharing.ByOwner, Asking: sharing.AskFirst, HoldDays: 3}, "test")
		}))
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			return p.SetTerms(t.Context(), tx, p.centre, sharing.Terms{SpaceID: p.room, OwnerID: &p.runs, Decides: sharing.ByOwner, Asking: sharing.AskFirst, HoldDays: 3}, "test")
		})
		refused(t, err, fault.KindInvalid, "sharing.fault.nobody_there")
		r := p.ask(p.want(p.a, hours(0, 2)))
		if m := p.mails(p.c); !strings.Contains(m, "/desk/decide/"+r.ID) {
			t.Errorf("the owner is not told: %s", m)
		}
		for what, in := range map[string]auth.Scope{"the centre": p.atCentre(), "another centre": {Kind: "centre", ID: p.other}, "who asked": of(p.a), "another organisation": of(p.b)} {
			t.Log(what)
			refused(t, p.approve(sharing.Answer{RequestID: r.ID, Scope: in}), fault.KindNotFound, "fault.not_found")
		}
		if tasks, err := p.Tasks(t.Context(), p.centre, p.now); err != nil || len(tasks) != 0 {
			t.Errorf("the centre's tasks while the owner has time: %+v %v", tasks, err)
		}
		p.pass(49 * time.Hour)
		if tasks, err := p.Tasks(t.Context(), p.centre, p.now); err != nil || len(tasks) != 1 {
			t.Errorf("the centre's tasks once the owner was silent: %+v %v", tasks, err)
		}
		p.must(p.approve(sharing.Answer{RequestID: r.ID, Scope: p.atCentre()}))
		own := p.ask(p.want(p.c, hours(24, 26)))
		if p.state(own.ID) != sharing.Approved {
			t.Error("the owner asks itself")
		}
		again := p.ask(p.want(p.a, hours(48, 50)))
		p.must(p.approve(sharing.Answer{RequestID: again.ID, Scope: of(p.c)}))
	})
}

func TestApprove_looksAtEverythingOnceMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, "[]")
		day, room, late := p.ask(p.want(p.a, hours(24, 26))), p.ask(p.want(p.a, hours(48, 50))), p.ask(p.want(p.a, hours(0, 2)))
		_, err := d.Exec(t.Context(), `INSERT INTO closures (id, centre_id, from_date, to_date) VALUES (:id, :c, '2026-11-27', '2026-11-27')`, db.Args{"id": db.NewID(), "c": p.centre})
		p.must(err)
		refused(t, p.approve(sharing.Answer{RequestID: day.ID, Scope: p.atCentre()}), fault.KindConflict, "sharing.fault.closed_day")
		_, err = d.Exec(t.Context(), `UPDATE spaces SET closed = 1 WHERE id = :id`, db.Args{"id": p.hall})
		p.must(err)
		refused(t, p.approve(sharing.Answer{RequestID: room.ID, Scope: p.atCentre()}), fault.KindConflict, "sharing.fault.room_gone")
		_, err = d.Exec(t.Context(), `UPDATE spaces SET closed = 0 WHERE id = :id`, db.Args{"id": p.hall})
		p.must(err)
		p.now = thursday.Add(time.Hour)
		refused(t, p.approve(sharing.Answer{RequestID: late.ID, Scope: p.atCentre()}), fault.KindConflict, "sharing.fault.begun")
		refused(t, p.approve(sharing.Answer{RequestID: room.ID, DateIDs: []string{late.Dates[0].ID}, Scope: p.atCentre()}), fault.KindNotFound, "fault.not_found")
		p.must(p.refuse(sharing.Answer{RequestID: room.ID, Scope: p.atCentre(), Reason: "Prostora više nema."}))
	})
}

func TestAsk_severalWeeksSkipWhatIsTaken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, "[]")
		week := 24.0 * 7
		p.ask(p.want(p.b, hours(week, week+1)))
		a := p.want(p.a, hours(0, 2), hours(week, week+2), hours(2*week, 2*week+2))
		_, err := p.try(a)
		refused(t, err, fault.KindConflict, "booking.fault.clash")
		if taken := fault.Of(err).Detail.(sharing.Taken); len(taken.Dates) != 1 || taken.Free != 2 || !taken.Dates[0].Start.Equal(hours(week, 0).Start) {
			t.Errorf("%+v", taken)
		}
		if !p.free(hours(0, 2)) {
			t.Error("a refused request holds rooms")
		}
		a.SkipTaken = true
		if r := p.ask(a); len(r.Dates) != 2 {
			t.Errorf("%d dates", len(r.Dates))
		}
	})
}

func TestLimits_holdWhenAskingAndWhenAnswering(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, "[]")
		set := func(minutes, version int) {
			p.must(d.Tx(t.Context(), func(tx *db.Tx) error {
				return p.SetFairUse(t.Context(), tx, booking.FairUse{CentreID: p.centre, Limits: booking.Limits{WeekMinutes: minutes, WeeksAhead: 8}, OfferHours: 24, Version: version}, "test")
			}))
		}
		set(240, 0)
		first := p.ask(p.want(p.a, hours(0, 3)))
		_, err := p.try(p.want(p.a, hours(24, 26)))
		refused(t, err, fault.KindInvalid, "sharing.limit.week")
		if list := fault.Of(err).Detail.([]booking.Excess); len(list) != 1 || list[0].Limit != 240 || list[0].Held != 180 || list[0].Left != 60 {
			t.Errorf("%+v", list)
		}
		_, err = p.try(p.want(p.a, hours(24*60, 24*60+1)))
		refused(t, err, fault.KindInvalid, "sharing.limit.ahead")
		p.ask(p.want(p.b, hours(24, 28)))
		set(120, 1)
		over := sharing.Answer{RequestID: first.ID, Scope: p.atCentre()}
		refused(t, p.approve(over), fault.KindInvalid, "sharing.limit.week")
		over.Exceed = "Premijera je u subotu."
		p.must(p.approve(over))
		var reason string
		p.must(d.Get(t.Context(), &reason, `SELECT reason FROM booking_exceptions WHERE booking_id = :b`, db.Args{"b": *first.Dates[0].BookingID}))
		if reason != over.Exceed {
			t.Errorf("recorded: %q", reason)
		}
		if _, err := d.Exec(t.Context(), `UPDATE booking_exceptions SET reason = ' '`, nil); !strings.Contains(db.Refused(err), "exception_reason") {
			t.Errorf("the database takes an exception without a reason: %v", err)
		}
	})
}

// Of many at once on one slot exactly one gets it; the others are told that it is taken.
func TestAsk_manyAtOnceForOneSlot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, "[]")
		var all sync.WaitGroup
		errs := make([]error, 12)
		for i := range errs {
			all.Go(func() { _, errs[i] = p.try(p.want([]string{p.a, p.b, p.c}[i%3], hours(0, 2))) })
		}
		all.Wait()
		got := 0
		for _, err := range errs {
			if err == nil {
				got++
			} else if !fault.Is(err, fault.KindConflict) {
				t.Error(err)
			}
		}
		if got != 1 {
			t.Errorf("%d got the room", got)
		}
	})
}

func TestBooking_cancelledByTheCentreIsToldToWhoAsked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, "[]")
		r := p.ask(p.want(p.a, hours(0, 2)))
		p.must(p.approve(sharing.Answer{RequestID: r.ID, Scope: p.atCentre()}))
		before, err := p.Booking.Booking(t.Context(), d, p.centre, *r.Dates[0].BookingID)
		p.must(err)
		p.must(p.Booking.Claim(t.Context(), func(tx *db.Tx) error {
			if err := p.Booking.MoveTx(t.Context(), tx, p.centre, before.ID, p.hall, hours(3, 5), "test"); err != nil {
				return err
			}
			return p.TellMoved(t.Context(), tx, before, "")
		}))
		moved, err := p.Request(t.Context(), d, r.ID)
		p.must(err)
		if !moved.Dates[0].Interval().Start.Equal(hours(3, 5).Start) || !strings.Contains(p.mails(p.a), "premještena") {
			t.Errorf("moved: %v %s", moved.Dates[0].Interval(), p.mails(p.a))
		}
		there, err := p.Booking.Booking(t.Context(), d, p.centre, before.ID)
		p.must(err)
		said := p.mails(p.a)
		p.must(p.Booking.Claim(t.Context(), func(tx *db.Tx) error { return p.TellMoved(t.Context(), tx, there, "") }))
		if again := p.mails(p.a); again != said {
			t.Errorf("told of a move to where it was: %s", again)
		}
		p.must(p.Booking.Cancel(t.Context(), p.centre, *r.Dates[0].BookingID, "test"))
		if p.state(r.ID) != sharing.Cancelled || !strings.Contains(p.mails(p.a), "otkazana") {
			t.Errorf("%s %s", p.state(r.ID), p.mails(p.a))
		}
	})
}

func TestAsk_onAHolidayOnWhichWhoeverBooksIsAskedWaitsForAnAnswer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, "[]")
		p.exec(`INSERT INTO space_terms (space_id, asking) VALUES (:s, 'book')`, db.Args{"s": p.hall})
		christmas := time.Date(2026, 12, 25, 10, 0, 0, 0, time.UTC)
		for day, want := range map[time.Time]string{christmas: sharing.Asked, christmas.AddDate(0, 0, 3): sharing.Approved} {
			if r := p.ask(p.want(p.a, booking.Interval{Start: day, End: day.Add(time.Hour)})); r.State() != want {
				t.Errorf("%s: %s, want %s", day.Format(time.DateOnly), r.State(), want)
			}
		}
	})
}
