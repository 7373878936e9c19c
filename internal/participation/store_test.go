package participation_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"kvart/internal/network"
	. "kvart/internal/participation"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/web"
)

func TestPropose_sentTwiceIsOneAndItsCodeComesBack(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.asking(func(a *Asking) { a.Contact = Contact{Name: "Susjeda", Email: "susjeda@kvart.example"} })
		id, err := w.Propose(t.Context(), a)
		w.must(err)
		if _, err := w.Propose(t.Context(), a); err == nil || !isAlready(err) {
			t.Errorf("sent twice: %v", err)
		}
		p, err := w.ByCode(t.Context(), w.DB, w.Ticket(a.Claim))
		if err != nil || p.ID != id || p.State != Received || p.Public() {
			t.Errorf("%+v %v", p, err)
		}
		_, err = w.ByCode(t.Context(), w.DB, w.Ticket("another form"))
		wantFault(t, err, fault.KindNotFound, "")
		one, err := w.Contact(t.Context(), w.DB, p)
		if err != nil || one == nil || one.CentreID != w.centre || one.Purpose != "proposal" || one.DeleteOn <= "2026-11-26" {
			t.Errorf("contact %+v %v", one, err)
		}
		if n := w.number(`SELECT COUNT(*) FROM proposals WHERE title LIKE '%susjeda@%' OR public_name LIKE '%Susjeda%'`, nil); n != 0 {
			t.Error("the contact stands in the proposal")
		}
	})
}

func isAlready(err error) bool {
	_, ok := errors.AsType[*web.Already](err)
	return ok
}

func TestPropose_whatIsWrongIsNamedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		minus := int64(-1)
		for field, change := range map[string]func(*Asking){
			"title":        func(a *Asking) { a.Title = "  " },
			"about":        func(a *Asking) { a.About = strings.Repeat("ž", 4001) },
			"money":        func(a *Asking) { a.MoneyCents = &minus },
			"email":        func(a *Asking) { a.Contact.Email = "nije adresa" },
			"phone":        func(a *Asking) { a.Contact.Phone = strings.Repeat("1", 41) },
			"centre":       func(a *Asking) { a.CentreID = "nigdje" },
			"channel":      func(a *Asking) { a.Channel = "telex" },
			"contact_name": func(a *Asking) { a.Contact = Contact{Name: strings.Repeat("a", 81), Phone: "1"} },
		} {
			_, err := w.Propose(t.Context(), w.asking(change))
			wantField(t, err, field)
		}
		if n := w.number(`SELECT COUNT(*) FROM proposals`, nil); n != 0 {
			t.Errorf("%d were kept", n)
		}
	})
}

func TestScreen_nothingShowsThatWasNotReadAndAgreedTo(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		list := func() int {
			all, _, err := w.Listed(t.Context(), w.DB, Filter{})
			w.must(err)
			return len(all)
		}
		open := w.propose(nil)
		closed := w.asking(func(a *Asking) { a.Open = false })
		id, err := w.Propose(t.Context(), closed)
		w.must(err)
		if list() != 0 {
			t.Fatal("shown before it was read")
		}
		w.show(open)
		w.show(id)
		if list() != 1 || w.get(id).Public() {
			t.Fatal("shown without who proposed agreeing")
		}
		w.must(w.Agree(t.Context(), closed.Code))
		if list() != 2 {
			t.Error("not shown although both agree")
		}
		kept := w.propose(nil)
		wantField(t, w.Screen(t.Context(), w.centre, kept, Screening{Proposal: w.get(kept)}, "test"), "note")
		w.must(w.Screen(t.Context(), w.centre, kept, Screening{Proposal: w.get(kept), Note: "Molimo bez imena druge osobe."}, "test"))
		if p := w.get(kept); p.Public() || p.ScreenNote == "" || list() != 2 {
			t.Errorf("%+v", p)
		}
		_, err = w.DB.Exec(t.Context(), `UPDATE proposals SET published_on = '2026-11-26' WHERE id = :id`, db.Args{"id": kept})
		if db.Refused(err) == "" {
			t.Errorf("the database publishes what was kept back: %v", err)
		}
		if _, err := w.AtCentre(t.Context(), w.DB, w.other, open); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("another centre reads it: %v", err)
		}
	})
}

// TestStates_theDatabaseTakesTheStepsOfMayAndNoOthers tries every pair of states, with a step that says so and without.
func TestStates_theDatabaseTakesTheStepsOfMayAndNoOthers(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		other := w.propose(nil)
		for _, from := range States {
			for _, to := range States {
				if from == to {
					continue
				}
				id := w.propose(nil)
				activity := w.activity()
				// the state is put there as a restored backup would: around the triggers, by an insert
				w.exec(`INSERT INTO proposals (id, centre_id, lang, title, about, channel, open, state, merged_into, resident_carries, centre_carries, activity_id, received_on, created_at)
					SELECT :new, centre_id, lang, title, about, channel, open, CAST(:s AS TEXT), CASE WHEN CAST(:s AS TEXT) = 'merged' THEN CAST(:into AS TEXT) END, 1, 1, CAST(:a AS TEXT), received_on, created_at FROM proposals WHERE id = :id`,
					db.Args{"new": id + "x", "s": string(from), "into": other, "a": activity, "id": id})
				set := func(said bool) error {
					return w.DB.Tx(t.Context(), func(tx *db.Tx) error {
						who, body, kind := "group", "", ""
						if to == Withdrawn {
							who = "proposer"
						}
						if to == Passed {
							body, kind = "Vijeće", "committee"
						}
						if said {
							if _, err := tx.Exec(t.Context(), `INSERT INTO proposal_steps (proposal_id, n, from_state, to_state, decided_by, reason, body, body_kind, on_date, by_account, at)
								VALUES (:id, 1, :f, :t, :w, 'jer', :b, :k, '2026-11-26', 'test', 0)`, db.Args{"id": id + "x", "f": string(from), "t": string(to), "w": who, "b": body, "k": kind}); err != nil {
								return err
							}
						}
						_, err := tx.Exec(t.Context(), `UPDATE proposals SET state = :s, steps = 1, merged_into = CASE WHEN CAST(:s AS TEXT) = 'merged' THEN CAST(:into AS TEXT) END WHERE id = :id`,
							db.Args{"s": string(to), "into": other, "id": id + "x"})
						return err
					})
				}
				want := "transition"
				if May(from, to) {
					want = "unsaid"
				}
				if got := db.Refused(set(false)); got != want {
					t.Errorf("%s → %s without a word: %q, want %q", from, to, got, want)
				}
				if err := set(true); (err == nil) != May(from, to) {
					t.Errorf("%s → %s with a word: %v, may %v", from, to, err, May(from, to))
				}
			}
		}
	})
}

func TestSteps_whatWasSaidStaysSaid(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.propose(nil)
		w.say(id, Discussed)
		for _, q := range []string{`UPDATE proposal_steps SET reason = 'drugo'`, `DELETE FROM proposal_steps`} {
			if _, err := w.DB.Exec(t.Context(), q, nil); db.Refused(err) != "append-only" {
				t.Errorf("%s: %v", q, err)
			}
		}
		if p := w.get(id); p.FirstWordOn != "2026-11-26" {
			t.Errorf("first word on %q", p.FirstWordOn)
		}
	})
}

func TestSay_passedOnWithTheAnswerOrItsAbsence(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.propose(nil)
		w.show(id)
		w.say(id, Discussed)
		w.say(id, Passed)
		x := Step{To: Passed, DecidedBy: ByCentre, Reason: "Pitali smo ponovno.", BodyKind: "committee", Body: "Vijeće mjesnog odbora"}
		wantField(t, w.Say(t.Context(), w.centre, id, x, "test"), "answer")
		x.Answer = Silent
		w.must(w.Say(t.Context(), w.centre, id, x, "test"))
		w.now = w.now.AddDate(0, 0, 31)
		tasks, err := w.Tasks(t.Context(), w.centre, w.now)
		if err != nil || len(tasks) != 1 || tasks[0].Title != "participation.task.ask" {
			t.Errorf("after a month without an answer: %+v %v", tasks, err)
		}
		w.say(id, Passed)
		w.say(id, Declined)
		w.say(id, Discussed) // a no may be talked about again
		thread, err := w.Thread(t.Context(), w.DB, id)
		if err != nil || len(thread) != 6 || thread[2].Answer != Silent || thread[3].Answer != Answered {
			t.Errorf("%+v %v", thread, err)
		}
	})
}

func TestMerge_goesOnInAnotherOfTheSameCentre(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id, into := w.propose(nil), w.propose(nil)
		elsewhere := w.propose(func(a *Asking) { a.CentreID = w.other })
		x := Step{DecidedBy: ByGroup, Reason: "Isto je."}
		for _, bad := range []string{"", id, elsewhere, "nema"} {
			wantField(t, w.Merge(t.Context(), w.centre, id, bad, x, "test"), "into")
		}
		w.must(w.Merge(t.Context(), w.centre, id, into, x, "test"))
		wantField(t, w.Merge(t.Context(), w.centre, into, id, x, "test"), "into") // what is over takes nothing
		_, merged, err := w.Parts(t.Context(), w.DB, into)
		if err != nil || len(merged) != 1 || merged[0].ID != id {
			t.Errorf("%+v %v", merged, err)
		}
	})
}

func TestSplitUp_theirPartsGoOnByThemselves(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.propose(nil)
		w.show(id)
		w.say(id, Discussed)
		x := Step{DecidedBy: ByGroup, Reason: "To su dvije stvari."}
		_, err := w.SplitUp(t.Context(), w.centre, id, []string{"samo jedna", " "}, x, "test")
		wantField(t, err, "titles")
		ids, err := w.SplitUp(t.Context(), w.centre, id, []string{"Radionica", "", "Alat za posudbu"}, x, "test")
		if err != nil || len(ids) != 2 {
			t.Fatal(ids, err)
		}
		for _, part := range ids {
			p := w.get(part)
			if p.State != Discussed || !p.Public() || *p.PartOf != id || p.Mark != nil || p.PersonID != nil {
				t.Errorf("%+v", p)
			}
		}
		if w.get(id).State != Split {
			t.Error("the whole goes on too")
		}
	})
}

// activity adds one of the centre and returns its id.
func (w *town) activity() (id string) {
	w.t.Helper()
	w.must(w.DB.Tx(w.t.Context(), func(tx *db.Tx) (err error) {
		a := ActivityOf(Proposal{CentreID: w.centre, Lang: "hr", Title: "Aktivnost", About: "Opis"})
		id, err = w.Programme.AddActivity(w.t.Context(), tx, a, nil, "test")
		return err
	}))
	return id
}

func TestPlan_onlyWhatIsCarriedByAResidentAndAnOrganisation(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		for _, x := range []Carrying{{}, {Resident: true}, {Centre: true}, {OrganisationID: w.second}} {
			id := w.accepted(x)
			wantFault(t, w.plan(id, 7), fault.KindConflict, "participation.fault.carried")
		}
		id := w.accepted(Carrying{Resident: true, OrganisationID: w.second})
		w.must(w.plan(id, 7))
		p := w.get(id)
		if p.State != Scheduled || p.ActivityID == nil {
			t.Fatalf("%+v", p)
		}
		dates, err := w.Dates(t.Context(), p)
		if err != nil || len(dates) != 1 || dates[0].BookingID == nil {
			t.Errorf("%+v %v", dates, err)
		}
		wantFault(t, w.Carry(t.Context(), w.centre, id, Carrying{Resident: true}, "test"), fault.KindConflict, "participation.fault.carried")
		if _, err := w.DB.Exec(t.Context(), `UPDATE proposals SET organisation_id = NULL WHERE id = :id`, db.Args{"id": id}); db.Refused(err) == "" {
			t.Error("the database lets nobody carry what is planned")
		}
		second := w.accepted(Carrying{Resident: true, Centre: true})
		err = w.plan(second, 7) // the same room at the same time
		wantFault(t, err, fault.KindConflict, "")
		if w.get(second).State != Accepted || w.number(`SELECT COUNT(*) FROM activities`, nil) != 1 {
			t.Error("half of the plan was kept")
		}
	})
}

func TestHeld_saysWhatCameOfItAtTheThreshold(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.accepted(Carrying{Resident: true, Centre: true})
		w.must(w.plan(id, 7))
		wantFault(t, w.trySay(id, Held), fault.KindConflict, "participation.fault.not_held")
		w.now = w.now.AddDate(0, 0, 9)
		for came, few := range map[int]bool{9: true, 10: false} {
			w.exec(`UPDATE sessions SET counted = :n, recorded_at = :at`, db.Args{"n": came, "at": w.now.Unix()})
			got, err := w.Outcome(t.Context(), w.DB, w.get(id))
			if err != nil || got.Few != few || few && got.N != 0 || !few && got.N != came || got.Sessions != 1 {
				t.Errorf("%d came: %+v %v", came, got, err)
			}
		}
		w.say(id, Held)
		wantFault(t, w.trySay(id, Discussed), fault.KindConflict, "participation.fault.step")
	})
}

func TestDiscreet_noActivityThatIsComesOfAProposal(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.accepted(Carrying{Resident: true, Centre: true})
		w.must(w.plan(id, 7))
		p := w.get(id)
		w.exec(`UPDATE activities SET discreet = 1 WHERE id = :a`, db.Args{"a": *p.ActivityID})
		if dates, err := w.Dates(t.Context(), p); err != nil || len(dates) != 0 {
			t.Errorf("%+v %v", dates, err)
		}
		if got, err := w.Outcome(t.Context(), w.DB, p); err != nil || got.Sessions != 0 {
			t.Errorf("%+v %v", got, err)
		}
		if _, err := w.DB.Exec(t.Context(), `UPDATE proposals SET activity_id = :a WHERE id = :id`, db.Args{"a": *p.ActivityID, "id": w.propose(nil)}); db.Refused(err) != "discreet" {
			t.Errorf("the database links it: %v", err)
		}
	})
}

func TestOffer_anOrganisationCarriesWhatLooksForAPartner(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.accepted(Carrying{Resident: true})
		list, _, err := w.Listed(t.Context(), w.DB, Filter{Seeks: true})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		w.must(w.OfferToCarry(t.Context(), w.second, id, "Imamo alat.", "test"))
		w.must(w.OfferToCarry(t.Context(), w.second, id, "Imamo alat i ljude.", "test"))
		w.must(w.OfferToCarry(t.Context(), w.organisation, id, "I mi.", "test"))
		offers, err := w.Offers(t.Context(), w.DB, id)
		if err != nil || len(offers) != 2 || offers[0].Words != "Imamo alat i ljude." {
			t.Fatalf("%+v %v", offers, err)
		}
		w.must(w.Carry(t.Context(), w.centre, id, Carrying{Resident: true, OrganisationID: w.second}, "test"))
		mine, err := w.OffersOf(t.Context(), w.DB, w.second)
		if err != nil || mine[id].State != "taken" {
			t.Errorf("%+v %v", mine, err)
		}
		wantFault(t, w.OfferToCarry(t.Context(), w.organisation, id, "Ipak mi.", "test"), fault.KindNotFound, "")
		wantFault(t, w.OfferToCarry(t.Context(), w.organisation, w.propose(nil), "", "test"), fault.KindNotFound, "")
		wantField(t, w.Carry(t.Context(), w.centre, w.accepted(Carrying{}), Carrying{OrganisationID: "nema"}, "test"), "organisation")
	})
}

func TestGoing_countsABrowserOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id, other := w.propose(nil), w.propose(nil)
		wantFault(t, w.Going(t.Context(), id, "chance", true), fault.KindNotFound, "")
		w.show(id)
		w.show(other)
		for range 3 {
			w.must(w.Going(t.Context(), id, "chance", true))
		}
		w.must(w.Going(t.Context(), other, "chance", true))
		w.must(w.Going(t.Context(), id, "another", true))
		if n, mine, err := w.WouldCome(t.Context(), w.DB, id, "chance"); n != 2 || !mine || err != nil {
			t.Errorf("%d %v %v", n, mine, err)
		}
		if n := w.number(`SELECT COUNT(DISTINCT mark) FROM proposal_goings`, nil); n != 3 {
			t.Error("one browser has one mark for two proposals: they could be joined")
		}
		w.must(w.Going(t.Context(), id, "chance", false))
		if n, mine, _ := w.WouldCome(t.Context(), w.DB, id, "chance"); n != 1 || mine {
			t.Errorf("%d %v after it was taken back", n, mine)
		}
		w.say(id, Discussed)
		w.say(id, Declined)
		wantFault(t, w.Going(t.Context(), id, "third", true), fault.KindConflict, "participation.fault.over")
	})
}

func TestWithdraw_takesItAwayWithTheContact(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.asking(func(a *Asking) { a.Contact = Contact{Phone: "091 000 000"} })
		id, err := w.Propose(t.Context(), a)
		w.must(err)
		w.show(id)
		w.must(w.Withdraw(t.Context(), a.Code))
		p := w.get(id)
		if p.Public() || p.State != Withdrawn || p.PersonID != nil || w.number(`SELECT COUNT(*) FROM people`, nil) != 0 {
			t.Errorf("%+v", p)
		}
		wantFault(t, w.Withdraw(t.Context(), a.Code), fault.KindConflict, "")
		wantFault(t, w.Agree(t.Context(), a.Code), fault.KindConflict, "")
	})
}

func TestContact_isErasedWithThePersonAndTheProposalStays(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.propose(func(a *Asking) { a.Contact = Contact{Email: "susjeda@kvart.example"} })
		p := w.get(id)
		all, err := w.Network.ExportPerson(t.Context(), w.centre, *p.PersonID, "test")
		if err != nil || all["proposals"] == nil {
			t.Errorf("%v %v", all, err)
		}
		w.must(w.Network.DeletePeopleDue(t.Context(), w.now.AddDate(2, 0, 0)))
		if p = w.get(id); p.PersonID != nil {
			t.Error("the contact outlives its date")
		}
	})
}

func TestTasks_theFirstWordWaitsBeforeItIsLateAndAClosureStopsTheClock(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.show(w.propose(nil))
		one := func() network.Task {
			list, err := w.Tasks(t.Context(), w.centre, w.now)
			if err != nil || len(list) != 1 {
				t.Fatalf("%+v %v", list, err)
			}
			return list[0]
		}
		if x := one(); x.Urgency != network.Whenever || x.Due.Format(time.DateOnly) != "2026-12-10" {
			t.Errorf("%+v", x)
		}
		w.now = w.now.AddDate(0, 0, 11)
		if x := one(); x.Urgency != network.Soon {
			t.Errorf("three days before: %+v", x)
		}
		w.must(w.Network.AddClosure(t.Context(), network.Closure{CentreID: w.centre, FromDate: "2026-12-08", ToDate: "2026-12-31"}, "test"))
		if x := one(); x.Urgency != network.Whenever || x.Due.Format(time.DateOnly) != "2027-01-03" {
			t.Errorf("closed over the holidays: %+v", x)
		}
		w.now = time.Date(2027, 1, 4, 11, 0, 0, 0, time.UTC)
		if x := one(); x.Urgency != network.Today {
			t.Errorf("late: %+v", x)
		}
		all, err := w.Overview(t.Context())
		if err != nil || len(all) != 2 || all[0].Late != 1 || all[0].Waiting != 1 || all[1].Waiting != 0 {
			t.Errorf("%+v %v", all, err)
		}
	})
}

func TestTellLeads_onceAWeekAndWithoutATitle(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, err := w.accounts.AddAccount(t.Context(), "vodstvo", "Vodstvo", "vodstvo@kvart.example", "četiri obične riječi", auth.Held{Role: network.Lead, Scope: auth.Scope{Kind: network.ScopeNetwork, ID: w.net}})
		w.must(err)
		mails := func() int {
			w.must(w.TellLeads(t.Context()))
			return w.number(`SELECT COUNT(*) FROM mails`, nil)
		}
		if mails() != 0 {
			t.Error("told although nothing waits")
		}
		w.propose(func(a *Asking) { a.Title = "Tajni naslov" })
		for range 2 {
			if n := mails(); n != 1 {
				t.Errorf("told %d times", n)
			}
		}
		var body string
		w.must(w.DB.Get(t.Context(), &body, `SELECT body FROM mails`, nil))
		if !strings.Contains(body, "Centar 0") || strings.Contains(body, "Tajni") || !strings.Contains(body, "/desk/network/proposals") {
			t.Error(body)
		}
		w.exec(`UPDATE mails SET state = 'sent'`, nil)
		w.now = time.Date(2026, 11, 30, 5, 0, 0, 0, time.UTC) // Monday, at six where the network is
		if mails() != 1 {
			t.Error("told in the night")
		}
		w.now = w.now.Add(2 * time.Hour)
		if mails() != 2 {
			t.Error("not told the week after")
		}
	})
}
