package programme_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/upload"
	. "kvart/internal/programme"
)

// weekly adds so many sessions of the activity in the room, a week apart, from so many days after the first day on.
func (w *town) weekly(a Activity, days, n int) []string {
	w.t.Helper()
	var ids []string
	for i := range n {
		ids = append(ids, w.inRoom(a, days+7*i))
	}
	return ids
}

func (w *town) one(id string) Session {
	w.t.Helper()
	var s Session
	if err := w.DB.Get(w.t.Context(), &s, `SELECT * FROM sessions WHERE id = :id`, db.Args{"id": id}); err != nil {
		w.t.Fatal(err)
	}
	return s
}

// moveAll makes the change as the page does.
func (w *town) moveAll(id string, scope booking.Scope, apart bool, shift booking.Shift) error {
	at := w.one(id)
	list, series, err := w.Series(w.t.Context(), w.DB, at)
	if err != nil {
		w.t.Fatal(err)
	}
	lives := map[string]string{}
	for _, s := range list {
		if s.BookingID != nil {
			lives[s.ID] = *s.BookingID
		}
	}
	c := SeriesChange{CentreID: w.Centre, At: id, Version: at.Version, Scope: scope, ApartToo: apart, Shift: shift, By: "test"}
	for _, o := range booking.Touched(booking.Within(series, id, scope, w.Now()), id, apart) {
		d, err := shift.Of(o, w.zone)
		if err != nil {
			w.t.Fatal(err)
		}
		d.RID, d.Lives = o.ID, lives[o.ID]
		c.Dates = append(c.Dates, d)
	}
	return w.Booking.Claim(w.t.Context(), func(tx *db.Tx) error { return w.ChangeSeries(w.t.Context(), tx, c) })
}

func (w *town) mails() int { return w.number(`SELECT COUNT(*) FROM mails`, nil) }

// Changes of a series never touch the past, nor an exception unless told; everybody keeps the registration and its
// position; and who is told is told once.
func TestChangeSeries_losesNobodyAndTouchesNoExceptionUnlessTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		rapid.Check(t, func(r *rapid.T) {
			w := newTownAgain(t, d)
			a := w.activity(func(a *Activity) { a.OpensDays = 100 })
			ids := w.weekly(a, 2, 5)
			other := w.weekly(a, 4, 2) // of another weekday: another series
			for i := range rapid.IntRange(0, 4).Draw(r, "people") {
				w.asked(rapid.SampledFrom(ids).Draw(r, "session"), Phone, func(ask *Ask) { ask.Name, ask.Phone = "Osoba "+strconv.Itoa(i), "091 000 00"+strconv.Itoa(i) })
			}
			if moved := rapid.IntRange(-1, 4).Draw(r, "moved by itself"); moved >= 0 {
				s := w.one(ids[moved])
				start := s.Start().AddDate(0, 0, 1)
				if err := w.MoveSession(t.Context(), w.Centre, s.ID, Date{Start: start, End: start.Add(time.Hour), SpaceID: w.Room}, s.Version, nil, "test"); err != nil {
					t.Fatal(err)
				}
			}
			w.pass(time.Duration(rapid.IntRange(0, 20).Draw(r, "days")) * 24 * time.Hour)
			at := rapid.SampledFrom(ids).Draw(r, "at")
			scope := rapid.SampledFrom([]booking.Scope{booking.Following, booking.All}).Draw(r, "scope")
			apart := rapid.Bool().Draw(r, "apart")
			shift := booking.Shift{Days: rapid.SampledFrom([]int{0, 1, 7}).Draw(r, "by"), From: "19:00", To: "20:30", SpaceID: w.Room}
			before := map[string]Session{}
			for _, id := range append(append([]string{}, ids...), other...) {
				before[id] = w.one(id)
			}
			registered := w.registrations()
			if err := w.moveAll(at, scope, apart, shift); err != nil && !strings.Contains(err.Error(), "changed_meanwhile") && !strings.Contains(err.Error(), "clash") && !strings.Contains(err.Error(), "over") {
				r.Fatal(err)
			}
			if now := w.registrations(); now != registered {
				r.Errorf("registrations were\n%s\nand are\n%s", registered, now)
			}
			for id, was := range before {
				is := w.one(id)
				same := is.StartsAt == was.StartsAt && is.EndsAt == was.EndsAt
				switch {
				case !same && was.StartsAt <= w.Now().Unix():
					r.Error("the past changed")
				case !same && was.Planned != "" && !apart && id != at:
					r.Error("an exception changed without being told")
				case !same && (id == other[0] || id == other[1]):
					r.Error("a date of another series changed")
				case !same && is.Sequence <= was.Sequence:
					r.Error("calendars are not told")
				case same && is.Sequence != was.Sequence:
					r.Error("calendars are told of nothing")
				}
			}
		})
	})
}

// registrations are all that is on the sessions, as text.
func (w *town) registrations() string {
	var rows []struct {
		Text string `db:"t"`
	}
	if err := w.DB.Select(w.t.Context(), &rows, `SELECT session_id || ' ' || id || ' ' || state || ' ' || CAST(position AS TEXT) AS t FROM registrations ORDER BY id`, nil); err != nil {
		w.t.Fatal(err)
	}
	text := ""
	for _, r := range rows {
		text += r.Text + "\n"
	}
	return text
}

// newTownAgain is a town in a database that may hold those of earlier rounds.
func newTownAgain(t *testing.T, d *db.DB) *town {
	t.Helper()
	for _, table := range []string{"notices", "call_attempts", "attendances", "registrations", "lost_dates", "sessions", "activities", "occupancies", "bookings", "booking_series",
		"space_atoms", "spaces", "people", "centres", "organisations", "areas", "groups", "networks"} {
		if _, err := d.Exec(t.Context(), `DELETE FROM `+table, nil); err != nil {
			t.Fatal(err)
		}
	}
	return newTown(t, d)
}

func TestChangeSeries_tellsEachPersonOnceOfAllTheirDates(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		ids := w.weekly(a, 10, 3)
		for _, id := range ids[:2] {
			w.asked(id, Web, mailed("ana"))
			w.asked(id, Phone, func(ask *Ask) { ask.Name, ask.Phone = "Bez pošte", "091 111 111" })
		}
		before := w.mails()
		if err := w.moveAll(ids[0], booking.All, false, booking.Shift{Days: 1, From: "19:00", To: "20:00", SpaceID: w.Room}); err != nil {
			t.Fatal(err)
		}
		if n := w.mails() - before; n != 1 {
			t.Errorf("%d mails, want one with both dates", n)
		}
		var body string
		if err := w.DB.Get(t.Context(), &body, `SELECT body FROM mails WHERE body LIKE '%→%'`, nil); err != nil {
			t.Fatal(err)
		}
		if strings.Count(body, "→") != 2 {
			t.Errorf("the mail says:\n%s", body)
		}
		if n := w.number(`SELECT COUNT(*) FROM notices WHERE kind = 'moved_from' AND told_at IS NULL`, nil); n != 1 || w.number(`SELECT COUNT(*) FROM notices`, nil) != 1 {
			t.Errorf("%d calls, want one", n)
		}
		n := 0
		err := w.Booking.Claim(t.Context(), func(tx *db.Tx) (err error) {
			n, err = w.CancelSeries(t.Context(), tx, w.Centre, ids[1], booking.Following, false, nil, "test")
			return err
		})
		if err != nil || n != 2 {
			t.Errorf("%d cancelled: %v", n, err)
		}
		if w.live() != 1 {
			t.Errorf("%d rooms are held, want one", w.live())
		}
	})
}

func TestChangeSeries_diesInTheMiddleAndNothingHasChanged(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		ids := w.weekly(a, 10, 3)
		died := errors.New("the process died")
		err := w.Booking.Claim(t.Context(), func(tx *db.Tx) error {
			if _, err := w.CancelSeries(t.Context(), tx, w.Centre, ids[0], booking.All, false, nil, "test"); err != nil {
				return err
			}
			return died
		})
		if !errors.Is(err, died) || w.live() != 3 || w.one(ids[0]).Cancelled() {
			t.Errorf("%v: %d rooms held", err, w.live())
		}
	})
}

// A date of an activity that lost its room to somebody gets it back with one press, and those who registered are told.
func TestTakeBack_movesTheSessionWhereItWasPlanned(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.Booking.OfActivity = w.Store.TakeBack
		var small string
		w.tx(func(tx *db.Tx) (err error) {
			small, err = w.Booking.AddSpace(t.Context(), tx, booking.Space{CentreID: w.Centre, Slug: "mala", Name: i18n.Text{i18n.HR: "Mala"}}, "test")
			return err
		})
		b := w.browser(network.Coordinator)
		start := time.Date(2026, 11, 19, 17, 0, 0, 0, w.zone)
		taken, err := w.Booking.Book(t.Context(), booking.New{SpaceID: w.Room, CentreID: w.Centre, Title: "Proba zbora", Start: start, End: start.Add(2 * time.Hour), By: "test"})
		if err != nil {
			t.Fatal(err)
		}
		page := b.post("/desk/programme/new", newActivity(w, b, nil), http.StatusUnprocessableEntity)
		b.post("/desk/programme/new", fields(t, page, "/desk/programme/new"), http.StatusSeeOther)
		if w.number(`SELECT COUNT(*) FROM lost_dates WHERE state = 'lost' AND activity_id IS NOT NULL`, nil) != 1 {
			t.Fatal("what the activity lost is not remembered")
		}
		if err := w.Booking.Cancel(t.Context(), w.Centre, taken.ID, "test"); err != nil {
			t.Fatal(err)
		}
		list, err := w.Booking.Lost(t.Context(), w.Centre)
		if err != nil || len(list) != 1 || list[0].State != booking.Offered {
			t.Fatalf("%+v %v", list, err)
		}
		w.tx(func(tx *db.Tx) error {
			_, err := w.Booking.TakeBack(t.Context(), tx, w.Centre, list[0].ID, "", "test")
			return err
		})
		if n := w.number(`SELECT COUNT(*) FROM sessions WHERE local_date = '2026-11-19' AND space_id = :r AND planned = '' AND state = 'planned'`, db.Args{"r": w.Room}); n != 1 {
			t.Errorf("the session is not where it was planned; the small room: %d", w.number(`SELECT COUNT(*) FROM sessions WHERE space_id = :r`, db.Args{"r": small}))
		}
	})
}

// Two edit one activity: the second sees what the first changed, chooses where both changed the same, and loses nothing.
func TestChangeActivity_theSecondEditorMerges(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		w.inRoom(a, 10)
		address := "/desk/programme/" + a.ID
		one, two := w.browser(network.Coordinator), w.browser(network.Coordinator)
		first, second := fields(t, one.get(address, http.StatusOK), address), fields(t, two.get(address, http.StatusOK), address)
		first.Set("title-hr", "Večera kod susjeda")
		first.Set("capacity", "12")
		one.post(address, first, http.StatusSeeOther)
		second.Set("title-hr", "Velika večera")
		second.Set("about-hr", "Ponesite tanjur.")
		page := two.post(address, second, http.StatusConflict)
		if n := page.Find("fieldset.boxed").Length(); n != 1 {
			t.Fatalf("%d choices, want the title only: %s", n, page.Find("main").Text())
		}
		text := page.Find("main").Text()
		for _, want := range []string{"Večera kod susjeda", "Velika večera", "12", "Ponesite tanjur."} {
			if !strings.Contains(text, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
		v := fields(t, page, address)
		v.Del("pick-title-hr")
		page = two.post(address, v, http.StatusUnprocessableEntity) // no choice made: it asks again, and keeps all
		v = fields(t, page, address)
		v.Set("pick-title-hr", "mine")
		two.post(address, v, http.StatusSeeOther)
		now, err := w.Activity(t.Context(), w.DB, w.Centre, a.ID, false)
		if err != nil {
			t.Fatal(err)
		}
		if now.Title["hr"] != "Velika večera" || now.About["hr"] != "Ponesite tanjur." || now.Capacity == nil || *now.Capacity != 12 {
			t.Errorf("merged to %v, %v, %v", now.Title, now.About, now.Capacity)
		}
	})
}

func TestMoveSession_whoComesSecondSeesHowItIsNow(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		id := w.inRoom(a, 10)
		address := "/desk/sessions/" + id + "/move"
		one, two := w.browser(network.Coordinator), w.browser(network.Coordinator)
		first, second := fields(t, one.get(address, http.StatusOK), address), fields(t, two.get(address, http.StatusOK), address)
		first.Set("from", "10:00")
		first.Set("to", "11:00")
		one.post(address, first, http.StatusSeeOther)
		second.Set("from", "15:00")
		second.Set("to", "16:00")
		page := two.post(address, second, http.StatusConflict)
		if !strings.Contains(page.Find("#now").Text(), "10") {
			t.Errorf("the page does not say how it is now: %s", page.Find("main").Text())
		}
		again := fields(t, page, address)
		if again.Get("from") != "15:00" {
			t.Error("what was typed is lost")
		}
		two.post(address, again, http.StatusSeeOther)
		if s := w.one(id); s.LocalStart != "15:00" {
			t.Errorf("it begins at %s", s.LocalStart)
		}
	})
}

func (w *town) copied(c SeasonCopy, id string, take bool, stop func(done int) bool) (CopyReport, error) {
	w.t.Helper()
	data, err := json.Marshal(c)
	if err != nil {
		w.t.Fatal(err)
	}
	work := upload.Work{Step: func(done, _ int) bool { return stop != nil && stop(done) }, Asked: func() bool { return false }}
	report, err := CopySeason(&Pages{Store: w.Store}, w.t.Context(), upload.File{ID: id, ScopeID: w.Centre, AccountID: "test", Data: Encoded(data)}, take, work)
	if err != nil {
		return CopyReport{}, err
	}
	return report.(CopyReport), nil
}

// A season carried over: weekdays stay, clashes and closed days are named, a stop leaves whole activities, and a job that
// runs twice makes each once.
func TestCopySeason_makesWholeDraftsOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		one, two := w.activity(nil), w.activity(func(a *Activity) { a.Title = i18n.Text{i18n.HR: "Zbor"} })
		hidden := w.activity(func(a *Activity) { a.Discreet = true })
		w.weekly(one, 0, 4)
		w.weekly(two, 1, 4)
		w.session(hidden, 2)
		c := SeasonCopy{From: "2026-11-02", To: "2026-11-30", Start: "2027-11-03"} // Wednesday of a week a year on
		if err := c.Check("2026-11-01"); err != nil {
			t.Fatal(err)
		}
		start := time.Date(2027, 11, 2, 18, 0, 0, 0, w.zone) // the Tuesday of the choir
		if _, err := w.Booking.Book(t.Context(), booking.New{SpaceID: w.Room, CentreID: w.Centre, Title: "Proba", Start: start, End: start.Add(time.Hour), By: "test"}); err != nil {
			t.Fatal(err)
		}
		if err := w.Network.AddClosure(t.Context(), network.Closure{CentreID: w.Centre, FromDate: "2027-11-15", ToDate: "2027-11-15"}, "test"); err != nil {
			t.Fatal(err)
		}
		seen, err := w.copied(c, "press", false, nil)
		if err != nil || len(seen.Activities) != 2 {
			t.Fatalf("%+v %v", seen, err)
		}
		if a, b := seen.Activities[0], seen.Activities[1]; len(a.Open) != 1 || !a.Open[0].Closed || len(b.Open) != 1 || len(b.Open[0].Clashes) != 1 || a.Dates != 3 || b.Dates != 3 {
			t.Errorf("foreseen %+v", seen)
		}
		if w.number(`SELECT COUNT(*) FROM activities`, nil) != 3 {
			t.Error("looking made something")
		}
		c.Solved = url.Values{"solve-" + seen.Activities[0].Open[0].Key: {"keep"}}
		if _, err := w.copied(c, "press", true, func(done int) bool { return done == 1 }); err != nil {
			t.Fatal(err)
		}
		if w.number(`SELECT COUNT(*) FROM activities WHERE copy_id = 'press'`, nil) != 1 || w.number(`SELECT COUNT(*) FROM sessions s JOIN activities a ON a.id = s.activity_id WHERE a.copy_id = 'press'`, nil) != 4 {
			t.Error("the stop left no whole activity")
		}
		made, err := w.copied(c, "press", true, nil)
		if err != nil {
			t.Fatal(err)
		}
		if w.number(`SELECT COUNT(*) FROM activities WHERE copy_id = 'press' AND state = 'draft'`, nil) != 2 {
			t.Error("each is made once, as a draft")
		}
		if made.Activities[0].Dates != 4 || made.Activities[1].Dates != 3 || len(made.Activities[1].Open) != 1 {
			t.Errorf("made %+v", made)
		}
		var day string
		if err := w.DB.Get(t.Context(), &day, `SELECT MIN(local_date) FROM sessions WHERE activity_id = :a`, db.Args{"a": made.Activities[0].ID}); err != nil || day != "2027-11-01" {
			t.Errorf("the first Monday is %s (%v)", day, err)
		}
		if w.number(`SELECT COUNT(*) FROM lost_dates WHERE activity_id = :a AND state = 'lost'`, db.Args{"a": made.Activities[1].ID}) != 1 {
			t.Error("what the choir lost is not remembered")
		}
		if n, err := w.Publish(t.Context(), w.Centre, "", "press", "test"); err != nil || n != 2 {
			t.Errorf("%d published: %v", n, err)
		}
	})
}

func TestSeasonCopy_badInput(t *testing.T) {
	for name, c := range map[string]SeasonCopy{
		"no dates":         {},
		"ends before":      {From: "2026-01-10", To: "2026-01-01", Start: "2027-01-01"},
		"ten years":        {From: "2016-01-10", To: "2026-01-01", Start: "2027-01-01"},
		"begins before":    {From: "2026-01-10", To: "2026-02-01", Start: "2026-05-01"},
		"onto itself":      {From: "2026-11-09", To: "2026-12-01", Start: "2026-11-09"},
		"in a far century": {From: "2026-01-10", To: "2026-02-01", Start: "2126-05-01"},
	} {
		if err := c.Check("2026-11-01"); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// What an activity lost is asked for no more when it goes out of sight, or needs no room any more: a date nobody can see
// must not keep a room from others.
func TestChangeActivity_outOfSightAsksForNoLostDate(t *testing.T) {
	for name, change := range map[string]func(*Activity){
		"hidden":       func(a *Activity) { a.State = "draft" },
		"archived":     func(a *Activity) { a.State = "archived" },
		"without room": func(a *Activity) { a.PlaceKind, a.Place = Outdoors, i18n.Text{i18n.HR: "Park"} },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *town) {
				a := w.activity(nil)
				start := time.Date(2026, 12, 15, 17, 0, 0, 0, w.zone)
				d := Date{Start: start, End: start.Add(time.Hour), SpaceID: w.Room, Skip: true}
				d.Asked = &booking.Slot{SpaceID: w.Room, Interval: d.Interval()}
				book := func() booking.Booking {
					b, err := w.Booking.Book(t.Context(), booking.New{SpaceID: w.Room, CentreID: w.Centre, Title: "Proba", Start: d.Start, End: d.End, By: "test"})
					if err != nil {
						t.Fatal(err)
					}
					return b
				}
				taken := book()
				w.tx(func(tx *db.Tx) error { _, err := w.AddSessions(t.Context(), tx, a, []Date{d}, "test"); return err })
				if err := w.Booking.Cancel(t.Context(), w.Centre, taken.ID, "test"); err != nil {
					t.Fatal(err)
				}
				if w.number(`SELECT COUNT(*) FROM lost_dates WHERE state = 'offered'`, nil) != 1 {
					t.Fatal("the room is not kept for the activity: the test tests nothing")
				}
				now, err := w.Activity(t.Context(), w.DB, w.Centre, a.ID, false)
				if err != nil {
					t.Fatal(err)
				}
				now.About = i18n.Text{i18n.HR: "Novo."}
				if err := w.ChangeActivity(t.Context(), now, nil, "test"); err != nil {
					t.Fatal(err)
				}
				if w.number(`SELECT COUNT(*) FROM lost_dates WHERE state = 'offered'`, nil) != 1 {
					t.Error("another change dropped what it lost")
				}
				now.Version++
				change(&now)
				if err := w.ChangeActivity(t.Context(), now, nil, "test"); err != nil {
					t.Fatal(err)
				}
				if w.number(`SELECT COUNT(*) FROM lost_dates WHERE state = 'dropped'`, nil) != 1 {
					t.Error("what it lost is asked for still")
				}
				book() // the room is free
			})
		})
	}
}

// Moving a session asks of hours at which the centre is not open, as adding it does, alone and with others; those who are
// told read why.
func TestMoveSession_asksOfHoursAndSaysWhy(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.exec(`UPDATE centres SET hours = :h WHERE id = :c`, db.Args{"c": w.Centre, "h": network.HoursList{{Weekday: 1, Opens: "08:00", Closes: "21:00"}, {Weekday: 2, Opens: "08:00", Closes: "21:00"},
			{Weekday: 3, Opens: "08:00", Closes: "21:00"}, {Weekday: 4, Opens: "08:00", Closes: "21:00"}, {Weekday: 5, Opens: "08:00", Closes: "21:00"}, {Weekday: 6, Opens: "08:00", Closes: "21:00"}, {Weekday: 7, Opens: "08:00", Closes: "21:00"}}})
		a := w.activity(nil)
		ids := w.weekly(a, 10, 2)
		for _, id := range ids {
			w.asked(id, Web, mailed("ana"))
		}
		b := w.browser(network.Coordinator)
		said := func(why string) int {
			return w.number(`SELECT COUNT(*) FROM mails WHERE body LIKE '%'||:why||'%'`, db.Args{"why": why})
		}
		for _, c := range []struct{ scope, box, why string }{{"this", "agreed", "Popravljamo pod."}, {"all", "outside", "Nema grijanja."}} {
			address := "/desk/sessions/" + ids[0] + "/move"
			f := fields(t, b.get(address, http.StatusOK), address)
			before := w.one(ids[0])
			f.Set("scope", c.scope)
			f.Set("from", map[string]string{"this": "21:30", "all": "22:00"}[c.scope])
			f.Set("to", map[string]string{"this": "22:30", "all": "23:00"}[c.scope])
			f.Set("apart", "1")
			f.Set("why-hr", c.why)
			page := b.post(address, f, http.StatusUnprocessableEntity)
			if page.Find(`[name="`+c.box+`"]`).Length() != 1 || w.one(ids[0]).Version != before.Version {
				t.Fatalf("%s: outside the hours without a word: %s", c.scope, page.Find("main").Text())
			}
			if v, _ := page.Find(`[name="why-hr"]`).Attr("value"); v != c.why {
				t.Errorf("%s: the reason is lost: %q", c.scope, v)
			}
			f.Set(c.box, "1")
			f.Set("why-en", strings.Repeat("š", 301))
			b.post(address, f, http.StatusUnprocessableEntity)
			f.Del("why-en")
			b.post(address, f, http.StatusSeeOther)
			if n := said(c.why); n != 1 {
				t.Errorf("%s: %d mails say why", c.scope, n)
			}
		}
		// to another room at its time: nothing is asked
		address := "/desk/sessions/" + ids[0] + "/move"
		var small string
		w.tx(func(tx *db.Tx) (err error) {
			small, err = w.Booking.AddSpace(t.Context(), tx, booking.Space{CentreID: w.Centre, Slug: "mala", Name: i18n.Text{i18n.HR: "Mala"}}, "test")
			return err
		})
		f := fields(t, b.get(address, http.StatusOK), address)
		f.Set("space", small)
		b.post(address, f, http.StatusSeeOther)
	})
}
