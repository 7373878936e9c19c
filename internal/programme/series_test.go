package programme_test

import (
	"fmt"
	"testing"
	"time"

	"kvart/internal/platform/db"
	. "kvart/internal/programme"
)

// series is an activity with so many places, registered for as a series, and its dates so many days away.
func (w *town) series(places int, days ...int) (Activity, []string) {
	w.t.Helper()
	a := w.activity(func(a *Activity) { a.RegisterFor, a.Capacity = "series", &places })
	var ids []string
	for _, d := range days {
		ids = append(ids, w.session(a, d))
	}
	return a, ids
}

// line is who is on the session, in order: the name, or a dash, and the state.
func (w *town) line(session string) string {
	w.t.Helper()
	list, err := w.OfSession(w.t.Context(), w.Centre, session)
	if err != nil {
		w.t.Fatal(err)
	}
	text := ""
	for _, r := range list {
		text += fmt.Sprintf("%s %s %d %s; ", r.Name, r.State, r.Party, r.Channel)
	}
	return text
}

func TestSeries_aDateAddedLaterHasThoseWhoRegistered(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a, ids := w.series(3, 10, 17)
		ana, err := w.ask(ids[0], Web, mailed("ana"))
		if err != nil {
			t.Fatal(err)
		}
		w.pass(time.Minute)
		w.asked(ids[0], Phone, func(a *Ask) { a.Name, a.Phone, a.Party, a.Needs = "bruno", "091 000 000", 2, "rampa" })
		w.pass(time.Minute)
		w.asked(ids[0], Web, mailed("cvita"))
		gone, err := w.ask(ids[0], Web, mailed("dino"))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.CancelByCode(t.Context(), gone.Code, ""); err != nil {
			t.Fatal(err)
		}
		if err := w.CancelByCode(t.Context(), ana.Code, ids[1]); err != nil { // one date given back is not the series
			t.Fatal(err)
		}
		w.exec(`DELETE FROM mails`, nil)
		start := time.Date(2026, 11, 26, 18, 0, 0, 0, w.zone)
		var added []string
		w.tx(func(tx *db.Tx) (err error) {
			added, err = w.AddSessions(t.Context(), tx, a, []Date{{Start: start, End: start.Add(time.Hour)}, {Start: start.AddDate(0, 0, 7), End: start.AddDate(0, 0, 7).Add(time.Hour)}}, "test")
			return err
		})
		for _, id := range added {
			if got, want := w.line(id), "ana confirmed 1 web; bruno confirmed 2 phone; cvita waiting 1 web; "; got != want {
				t.Errorf("on the new date: %s, want %s", got, want)
			}
			if n := w.number(`SELECT COUNT(*) FROM registrations WHERE session_id = :s AND needs = 'rampa'`, db.Args{"s": id}); n != 1 {
				t.Error("what somebody needs was lost")
			}
		}
		mine, err := w.ByCode(t.Context(), ana.Code)
		if err != nil || len(mine) != 4 {
			t.Errorf("%d dates on her own page (%v), want 4", len(mine), err)
		}
		if n := w.number(`SELECT COUNT(*) FROM mails`, nil); n != 2 {
			t.Errorf("%d mails, want one to each of the two who left an address", n)
		}
		if list, err := w.ToTell(t.Context(), w.Centre); err != nil || len(list) != 1 || list[0].Name != "bruno" || list[0].Kind != "added" || list[0].SessionID != added[0] {
			t.Errorf("to be called: %+v, %v", list, err)
		}
		_, err = w.ask(added[0], Desk, mailed("cvita"))
		wantFault(t, err, "programme.fault.registered_already")
		if r := w.asked(ids[0], Web, mailed("ana")); r.SessionID != ids[1] {
			t.Error("who gave back one date cannot have it again")
		}
	})
}

func TestSeries_thatWasOverGoesOnWithThoseOfItsLastDate(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a, ids := w.series(3, 10)
		w.asked(ids[0], Web, mailed("ana"))
		erased := w.asked(ids[0], Web, mailed("bruno"))
		w.pass(11 * 24 * time.Hour)
		if err := w.erase(*erased.PersonID); err != nil {
			t.Fatal(err)
		}
		if got, want := w.line(w.session(a, 20)), "ana confirmed 1 web; "; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		w.pass(100 * 24 * time.Hour)
		if got := w.line(w.session(a, 150)); got != "" {
			t.Errorf("long after its end the series took along %s", got)
		}
	})
}

func TestSeries_ofADiscreetActivityAsksAgain(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(func(a *Activity) { a.RegisterFor, a.Discreet = "series", true })
		first := w.session(a, 10)
		r := w.asked(first, Web, nil)
		if err := w.Confirm(t.Context(), w.Centre, r.ID, "test"); err != nil {
			t.Fatal(err)
		}
		if got, want := w.line(w.session(a, 17)), " requested 1 web; "; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if n := w.number(`SELECT COUNT(*) FROM mails`, nil); n != 0 {
			t.Errorf("%d mails about a discreet session", n)
		}
	})
}

func (w *town) erase(person string) error {
	return w.DB.Tx(w.t.Context(), func(tx *db.Tx) error { return w.PersonHook().Erase(w.t.Context(), tx, person) })
}

// A place is one of the whole series: a date given back is nobody else's, and no list says that it is free.
func TestPublic_aSeriesIsFullOnAllItsDates(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, ids := w.series(2, 10, 17)
		other := w.activity(nil)
		w.session(other, 12)
		ana, err := w.ask(ids[0], Web, mailed("ana"))
		if err != nil {
			t.Fatal(err)
		}
		listed := func(free bool) map[string]Listed {
			list, err := w.Public(t.Context(), Filter{From: w.Now(), To: w.Now().AddDate(0, 2, 0), Free: free})
			if err != nil {
				t.Fatal(err)
			}
			by := map[string]Listed{}
			for _, l := range list {
				by[l.ID] = l
			}
			return by
		}
		if all := listed(true); len(all) != 3 || all[ids[1]].Taken != 1 {
			t.Errorf("with one place left: %d listed, %+v", len(all), all[ids[1]].Session)
		}
		if err := w.CancelByCode(t.Context(), ana.Code, ids[1]); err != nil { // one date given back is not the series
			t.Fatal(err)
		}
		w.asked(ids[0], Phone, func(a *Ask) { a.Name, a.Phone = "bruno", "091 000 000" })
		all := listed(false)
		for _, id := range ids {
			l := all[id]
			one, _, err := w.PublicSession(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			free, limited := l.Free(Web, w.Now())
			if free != 0 || !limited || l.Taken != one.Taken || l.TakenWeb != one.TakenWeb || l.Waiting != one.Waiting {
				t.Errorf("the list says %d free, %d taken; the session's page %d taken", free, l.Taken, one.Taken)
			}
		}
		if left := listed(true); len(left) != 1 || left[ids[1]].ID != "" {
			t.Errorf("what is free has a date of a full series: %d", len(left))
		}
		w.asked(ids[0], Web, mailed("cvita"))
		if l := listed(false)[ids[1]]; l.Waiting != 1 {
			t.Errorf("%d wait on the other date", l.Waiting)
		}
	})
}
