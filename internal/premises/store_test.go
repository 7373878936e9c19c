package premises_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	. "kvart/internal/premises"
)

func each(t *testing.T, f func(t *testing.T, w *town)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { f(t, newTown(t, d)) })
}

func TestAdd_countsLastYearFromKvartItself(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		later := w.held("Danas", false, 30)
		w.exec(`UPDATE sessions SET starts_at = :at, ends_at = :at + 3600 WHERE activity_id = :a`, db.Args{"at": w.now.Unix(), "a": later}) // not over yet
		off := w.held("Otkazano", false, 40)
		w.exec(`UPDATE sessions SET state = 'cancelled' WHERE activity_id = :a`, db.Args{"a": off})
		old := w.held("Davno", false, 40)
		w.exec(`UPDATE sessions SET starts_at = starts_at - 40000000, ends_at = ends_at - 40000000 WHERE activity_id = :a`, db.Args{"a": old})
		r := w.get(w.request(func(r *Request) {
			r.Activities = append(r.Activities, later, off, old)
			r.ResultsFrom, r.ResultsTo = "2025-11-27", "2026-11-26"
		}))
		if r.Sessions != 3 || r.Minutes != 270 || r.Recorded != 3 || r.Came == nil || *r.Came != 45 || !bool(r.Few) || r.CountedOn != "2026-11-26" || r.State != Prepared {
			t.Errorf("%+v, came %v", r.Results, r.Came)
		}
		few := w.get(w.request(func(r *Request) { r.Activities = []string{w.small} }))
		if few.Came != nil || few.Sessions != 1 {
			t.Errorf("four people are told: %+v", few.Results)
		}
	})
}

func TestAdd_takesNoDiscreetActivityAndNoneOfAnotherCentre(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		foreign := w.held("Tuđe", false, 30)
		w.exec(`UPDATE sessions SET centre_id = :o WHERE activity_id = :a`, db.Args{"o": w.other, "a": foreign})
		w.exec(`UPDATE activities SET centre_id = :o WHERE id = :a`, db.Args{"o": w.other, "a": foreign})
		for _, a := range []string{w.discreet, foreign, db.NewID(), "'; --"} {
			_, err := w.add(func(r *Request) { r.Activities = []string{a} })
			wantFault(t, err, fault.KindInvalid, "fault.form")
		}
		for _, area := range []string{w.district, db.NewID()} {
			_, err := w.add(func(r *Request) { r.AreaID = area })
			wantFault(t, err, fault.KindInvalid, "fault.form")
		}
		id := w.request(nil)
		err := w.DB.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO premises_activities (request_id, activity_id) VALUES (:r, :a)`, db.Args{"r": id, "a": w.discreet})
			return err
		})
		if db.Refused(err) != "discreet" {
			t.Errorf("the database takes a discreet activity: %v", err)
		}
		quiet := w.held("Postaje diskretno", false)
		id = w.request(func(r *Request) { r.Activities = []string{quiet, w.activity} })
		w.exec(`UPDATE activities SET discreet = 1 WHERE id = :a`, db.Args{"a": quiet})
		if r := w.get(id); !slices.Equal(r.Activities, []string{w.activity}) || w.number(`SELECT COUNT(*) FROM premises_activities WHERE activity_id = :a`, db.Args{"a": quiet}) != 0 {
			t.Errorf("what became discreet still stands in the request: %v", r.Activities)
		}
	})
}

func TestRequest_ofAnotherCentreIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.request(nil)
		_, err := w.Request(t.Context(), w.DB, w.other, id)
		wantFault(t, err, fault.KindNotFound, "")
		wantFault(t, w.Send(t.Context(), w.other, id, Sending{On: "2026-11-26", AnswerDays: 30}, "test"), fault.KindNotFound, "")
		wantFault(t, w.Withdraw(t.Context(), w.other, id, "test"), fault.KindNotFound, "")
		_, err = w.Again(t.Context(), w.other, id, "test")
		wantFault(t, err, fault.KindNotFound, "")
	})
}

func TestChange_theSecondOfTwoEditorsIsTold(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		r := w.get(w.request(nil))
		first, second := r, r
		first.Members, second.Members = 50, 60
		w.must(w.Change(t.Context(), first, "test"))
		wantFault(t, w.Change(t.Context(), second, "test"), fault.KindConflict, "premises.fault.changed_meanwhile")
		if got := w.get(r.ID); got.Members != 50 || got.Version != 2 {
			t.Errorf("%d members in version %d", got.Members, got.Version)
		}
		w.send(r.ID)
		first.Version = 3
		wantFault(t, w.Change(t.Context(), first, "test"), fault.KindConflict, "premises.fault.not_now")
	})
}

func TestLife_fromPreparedToRenewed(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.request(nil)
		wantFault(t, w.Decide(t.Context(), w.centre, id, Decision{Granted: true}, "test"), fault.KindConflict, "premises.fault.not_now")
		wantFault(t, w.Send(t.Context(), w.centre, id, Sending{On: "2026-11-27", AnswerDays: 30}, "test"), fault.KindInvalid, "fault.form")
		w.send(id)
		w.on("2026-12-10")
		w.grant(id, "2027-01-01", "2027-12-31")
		if r := w.get(id); r.RenewOn != "2027-11-01" || r.State != Granted || r.Reference != "KLASA 1" {
			t.Errorf("%+v", r)
		}
		w.must(w.Decide(t.Context(), w.centre, id, Decision{Granted: true, On: "2026-12-10", ValidFrom: "2027-01-01", ValidTo: "2027-12-31", RenewOn: "2027-10-01", Conditions: "Bez buke."}, "test"))
		w.on("2027-10-02")
		next, err := w.Again(t.Context(), w.centre, id, "test")
		w.must(err)
		n := w.get(next)
		if n.PeriodFrom != "2028-01-01" || n.PeriodTo != "2028-12-31" || n.ResultsFrom != "2026-10-02" || n.ResultsTo != "2027-10-01" || n.State != Prepared || n.SentOn != "" || *n.RenewsID != id || n.Sessions != 3 {
			t.Errorf("the next request: %+v", n)
		}
		if again, err := w.Again(t.Context(), w.centre, id, "test"); err != nil || again != next {
			t.Errorf("a second press: %s, %v", again, err)
		}
		w.send(next)
		w.grant(next, "2028-01-01", "2028-12-31")
		if r := w.get(id); r.State != Renewed || !r.Usable("2027-12-31") || r.Usable("2028-01-01") {
			t.Errorf("the year before is %s", r.State)
		}
		list, err := w.Changes(t.Context(), w.DB, id)
		w.must(err)
		var steps []string
		for _, c := range list {
			steps = append(steps, string(c.From)+">"+string(c.To)+" "+c.By)
		}
		if got := strings.Join(steps, ", "); got != ">prepared test, prepared>sent test, sent>granted test, granted>renewed test" {
			t.Errorf("history: %s", got)
		}
		for _, action := range []string{"prepare", "sent", "granted", "correct", "renewed"} {
			if w.number(`SELECT COUNT(*) FROM audit_rows WHERE action = :a AND subject_id = :id`, db.Args{"a": "premises." + action, "id": id}) != 1 {
				t.Errorf("no audit of %s", action)
			}
		}
	})
}

func TestAgain_afterARefusalTheYearBeforeIsStillTheOneToRenew(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.request(nil)
		w.send(id)
		w.grant(id, "2026-12-01", "2027-11-30")
		next, err := w.Again(t.Context(), w.centre, id, "test")
		w.must(err)
		w.send(next)
		w.must(w.Decide(t.Context(), w.centre, next, Decision{On: "2026-11-26", Reason: "Zauzeto."}, "test"))
		third, err := w.Again(t.Context(), w.centre, next, "test")
		w.must(err)
		if r := w.get(third); r.RenewsID == nil || *r.RenewsID != id {
			t.Errorf("the third renews %v", r.RenewsID)
		}
		if fourth, err := w.Again(t.Context(), w.centre, id, "test"); err != nil || fourth != third {
			t.Errorf("from the first: %s, %v", fourth, err)
		}
	})
}

func TestAgain_pressedByManyAtOnceMakesOne(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		for range 4 { // the connections are there from the second round on
			id := w.request(nil)
			w.send(id)
			w.grant(id, "2026-12-01", "2027-11-30")
			made, faults := make([]string, 8), make([]error, 8)
			var all sync.WaitGroup
			for i := range made {
				all.Go(func() { made[i], faults[i] = w.Again(t.Context(), w.centre, id, "test") })
			}
			all.Wait()
			w.must(errors.Join(faults...))
			if slices.Sort(made); len(slices.Compact(made)) != 1 {
				t.Errorf("made %v", made)
			}
		}
	})
}

func TestExpire_atTheEndOfTheLastDayWhereTheCentreIs(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.request(nil)
		w.send(id)
		w.grant(id, "2026-12-01", "2027-06-30")
		for _, c := range []struct {
			at   time.Time
			want State
		}{
			{time.Date(2027, 6, 30, 21, 59, 0, 0, time.UTC), Granted}, // 23:59 in Zagreb
			{time.Date(2027, 6, 30, 22, 1, 0, 0, time.UTC), Expired},
			{time.Date(2027, 7, 2, 0, 0, 0, 0, time.UTC), Expired},
		} {
			w.now = c.at
			if _, err := w.Expire(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := w.get(id).State; got != c.want {
				t.Errorf("at %s: %s", c.at, got)
			}
		}
	})
}

func TestTasks_askAfterAnAnswerAndRenewInTime(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		keys := func() string {
			list, err := w.Tasks(t.Context(), w.centre, w.now)
			w.must(err)
			words, err := texts()
			w.must(err)
			var all []string
			for _, x := range list {
				kind, _, _ := strings.Cut(x.Key, ":")
				all = append(all, kind)
				if s := words.For(i18n.HR).T(x.Title, x.Args...); !strings.Contains(s, "Prostor MO Ciglenica") || strings.Contains(s, "{") || x.Permission != Edit {
					t.Errorf("a task says %q", s)
				}
			}
			return strings.Join(all, " ")
		}
		want := func(on, tasks string) {
			t.Helper()
			w.on(on)
			if got := keys(); got != tasks {
				t.Errorf("on %s: %q, want %q", on, got, tasks)
			}
		}
		id := w.request(nil)
		w.send(id)
		want("2026-12-25", "")
		want("2026-12-26", "premises.ask")
		w.must(w.Ask(t.Context(), w.centre, id, "test"))
		want("2026-12-27", "")
		want("2027-01-25", "premises.ask")
		w.grant(id, "2027-02-01", "2027-12-31")
		want("2027-10-31", "")
		want("2027-11-01", "premises.renew")
		next, err := w.Again(t.Context(), w.centre, id, "test")
		w.must(err)
		want("2027-11-02", "")
		w.must(w.Withdraw(t.Context(), w.centre, next, "test"))
		want("2027-11-03", "premises.renew")
	})
}

func TestDatabase_refusesWhatMustNeverHappen(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.request(nil)
		refused := func(sql string) string {
			_, err := w.DB.Exec(t.Context(), sql, db.Args{"id": id})
			return db.Refused(err)
		}
		w.send(id)
		w.grant(id, "2024-02-29", "2025-02-28")
		for _, to := range []string{"2025-03-01", "2024-02-28"} {
			if got := refused(`UPDATE premises_requests SET valid_to = '` + to + `' WHERE id = :id`); got != "premises_year" {
				t.Errorf("valid from 29 February 2024 to %s: %q", to, got)
			}
		}
		if got := refused(`UPDATE premises_requests SET valid_from = '2026-02-01', valid_to = '2027-02-01' WHERE id = :id`); got != "premises_year" {
			t.Errorf("a year and a day: %q", got)
		}
		if got := refused(`UPDATE premises_requests SET valid_from = '2026-02-01', valid_to = '2027-01-31' WHERE id = :id`); got != "" {
			t.Errorf("a whole year: %q", got)
		}
		for _, s := range States {
			if s == Granted {
				continue
			}
			got := refused(`UPDATE premises_requests SET state = '` + string(s) + `' WHERE id = :id`)
			if May(Granted, s) != (got == "") {
				t.Errorf("granted to %s: %q", s, got)
			}
			if got == "" {
				id = w.request(nil)
				w.send(id)
				w.grant(id, "2026-12-01", "2027-11-30")
			} else if got != "transition" {
				t.Errorf("granted to %s: %q", s, got)
			}
		}
		for _, sql := range []string{`UPDATE premises_changes SET to_state = 'sent' WHERE request_id = :id`, `DELETE FROM premises_changes WHERE request_id = :id`} {
			if got := refused(sql); got != "append-only" {
				t.Errorf("%s: %q", sql, got)
			}
		}
		for _, column := range []string{"members = 400", "came = 400", "slots = '[]'", "place = 'Drugdje'"} {
			if got := refused(`UPDATE premises_requests SET ` + column + ` WHERE id = :id`); got != "as-sent" {
				t.Errorf("%s after it was sent: %q", column, got)
			}
		}
		if got := refused(`UPDATE premises_requests SET renew_on = '' WHERE id = :id`); got == "" {
			t.Error("granted without a renewal date")
		}
	})
}

func TestMay_isWhatTheDatabaseLetsPass(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		for _, from := range States {
			for _, to := range States {
				if from == to {
					continue
				}
				id := db.NewID()
				w.exec(`INSERT INTO premises_requests (id, centre_id, area_id, place, slots, period_from, period_to, kind, members, volunteers, results_from, results_to, counted_on, state,
					sent_on, decided_on, valid_from, valid_to, renew_on, created_at) VALUES (:id, :c, :a, 'x', '[]', '2026-01-01', '2026-12-31', 'x', 1, 1, '2025-01-01', '2025-12-31', '2026-01-01', :s,
					'2026-01-01', '2026-01-01', '2026-01-01', '2026-12-31', '2026-10-01', 1)`, db.Args{"id": id, "c": w.centre, "a": w.committee, "s": string(from)})
				_, err := w.DB.Exec(t.Context(), `UPDATE premises_requests SET state = :s WHERE id = :id`, db.Args{"id": id, "s": string(to)})
				if (err == nil) != May(from, to) {
					t.Errorf("%s to %s: %v", from, to, err)
				}
			}
		}
	})
}

func TestSettings_takeNoAddressThatIsNone(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		for _, link := range []string{"javascript:alert(1)", "http://grad.example", "grad.example", "https://", "https://" + strings.Repeat("a", 600)} {
			wantFault(t, w.SaveSettings(t.Context(), Settings{Link: link}, "test"), fault.KindInvalid, "fault.form")
		}
		for _, x := range []Settings{{Name: "Gradska aplikacija", Link: "https://grad.example/prostori"}, {}} {
			w.must(w.SaveSettings(t.Context(), x, "test"))
			if got, err := w.Settings(t.Context(), w.DB); err != nil || got != x {
				t.Errorf("%+v, %v", got, err)
			}
		}
	})
}
