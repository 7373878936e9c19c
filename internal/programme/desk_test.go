package programme_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	. "kvart/internal/programme"
)

func TestAttendance_twelveNamedAndFiveWithoutAName(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		session, next := w.session(a, 0), w.session(a, 7)
		known := w.asked(session, Phone, func(a *Ask) { a.Name = "Osoba 0" })
		names := []string{}
		for i := range 11 {
			names = append(names, fmt.Sprintf("Osoba %d", i+1))
		}
		came := Came{People: []string{*known.PersonID}, New: names, Counted: 5}
		wantFault(t, w.RecordAttendance(t.Context(), w.Centre, session, came, "test"), "programme.fault.not_begun")
		w.pass(9 * time.Hour)
		if err := w.RecordAttendance(t.Context(), w.Centre, session, came, "test"); err != nil {
			t.Fatal(err)
		}
		l, _, err := w.SessionAt(t.Context(), w.Centre, session, false)
		if err != nil {
			t.Fatal(err)
		}
		if n, recorded := l.Came(); n != 17 || !recorded || l.Named != 12 {
			t.Errorf("%d came, %d by name", n, l.Named)
		}
		last, err := w.Candidates(t.Context(), w.Centre, next)
		if err != nil || len(last) != 12 {
			t.Errorf("%d of last time are offered next time (%v), want 12", len(last), err)
		}
	})
}

func TestAttendance_ofAnotherCentreIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		session := w.session(w.activity(nil), 0)
		err := w.RecordAttendance(t.Context(), db.NewID(), session, Came{Counted: 3}, "test")
		if !fault.Is(err, fault.KindNotFound) {
			t.Errorf("got %v", err)
		}
	})
}

func TestCancelSession_tellsEverybodyOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, session := w.places(5)
		w.asked(session, Web, mailed("ana"))
		w.asked(session, Phone, func(a *Ask) { a.Name, a.Phone = "Susjeda 12", "091 000 000" })
		before := w.number(`SELECT COUNT(*) FROM mails`, nil)
		for range 2 {
			if err := w.CancelSession(t.Context(), w.Centre, session, i18n.Text{i18n.HR: "Pukla je cijev."}, "test"); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.number(`SELECT COUNT(*) FROM mails`, nil) - before; n != 1 {
			t.Errorf("%d mails, want 1", n)
		}
		list, err := w.ToTell(t.Context(), w.Centre)
		if err != nil || len(list) != 1 || list[0].Kind != "cancelled" {
			t.Fatalf("to tell: %+v (%v)", list, err)
		}
		if err := w.Told(t.Context(), w.Centre, list[0].NoticeID, "test"); err != nil {
			t.Fatal(err)
		}
		if list, err := w.ToTell(t.Context(), w.Centre); err != nil || len(list) != 0 {
			t.Errorf("still to tell: %+v (%v)", list, err)
		}
	})
}

func TestMoveSession_keepsRegistrationsAndFreesTheRoom(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		start := time.Date(2026, 11, 12, 18, 0, 0, 0, w.zone)
		var ids []string
		w.tx(func(tx *db.Tx) (err error) {
			ids, err = w.AddSessions(t.Context(), tx, a, []Date{{Start: start, End: start.Add(time.Hour), SpaceID: w.Room}}, "test")
			return err
		})
		r := w.asked(ids[0], Web, mailed("ana"))
		before := w.number(`SELECT COUNT(*) FROM mails`, nil)
		moved := Date{Start: start.Add(30 * time.Minute), End: start.Add(2 * time.Hour), SpaceID: w.Room}
		if err := w.MoveSession(t.Context(), w.Centre, ids[0], moved, 1, nil, "test"); err != nil {
			t.Fatal(err)
		}
		wantFault(t, w.MoveSession(t.Context(), w.Centre, ids[0], moved, 1, nil, "test"), "programme.fault.changed_meanwhile")
		if n := w.number(`SELECT COUNT(*) FROM mails`, nil) - before; n != 1 || w.state(r.ID) != Confirmed {
			t.Errorf("%d mails, registration %s", n, w.state(r.ID))
		}
		if n := w.number(`SELECT COUNT(*) FROM bookings WHERE starts_at = :at AND title <> ''`, db.Args{"at": moved.Start.Unix()}); n != 1 || w.number(`SELECT COUNT(*) FROM bookings`, nil) != 1 {
			t.Error("the room's booking did not move with the session")
		}
		if _, err := w.Booking.Book(t.Context(), booking.New{SpaceID: w.Room, CentreID: w.Centre, Start: start, End: moved.Start, By: "test"}); err != nil {
			t.Errorf("the half hour before is not free: %v", err)
		}
	})
}

// newActivity is the form as a coordinator fills it in.
func newActivity(w *town, b *browser, change map[string]string) url.Values {
	v := fields(w.t, b.get("/desk/programme/new", http.StatusOK), "/desk/programme/new")
	for name, value := range map[string]string{"title-hr": "Nordijsko hodanje", "space": w.Room, "date": "2026-11-12", "from": "18:00", "to": "19:30", "count": "8"} {
		v.Set(name, value)
	}
	for name, value := range change {
		v.Set(name, value)
	}
	return v
}

func TestNewActivity_weeklyKeepsItsHourOverBothClockChanges(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		b := w.browser(network.Coordinator)
		w.exec(`UPDATE centres SET holidays = 'open'`, nil)
		b.post("/desk/programme/new", newActivity(w, b, map[string]string{"past": "1", "date": "2026-10-15", "count": "55"}), http.StatusSeeOther)
		list, err := w.AtCentre(t.Context(), w.Centre, w.Now().AddDate(-1, 0, 0), w.Now().AddDate(2, 0, 0), false)
		if err != nil || len(list) != 55 {
			t.Fatalf("%d sessions (%v), want 55", len(list), err)
		}
		for _, l := range list {
			if l.Start().Format("15:04 Monday") != "18:00 Thursday" || l.End().Format("15:04") != "19:30" || l.BookingID == nil {
				t.Errorf("%s to %s", l.Start(), l.End())
			}
		}
	})
}

func TestNewActivity_ofADayThatIsOverIsAskedForOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		b := w.browser(network.Coordinator)
		v := newActivity(w, b, map[string]string{"date": "2025-11-04", "repeat": "once"})
		page := b.post("/desk/programme/new", v, http.StatusUnprocessableEntity)
		if page.Find("#e-date").Length() != 1 || page.Find(`input[name="past"]`).Length() != 1 {
			t.Error("nothing is said beside the date, or nothing can be said about it")
		}
		if n := w.number(`SELECT COUNT(*) FROM activities`, nil); n != 0 {
			t.Error("the activity was made")
		}
		v.Set("past", "1")
		b.post("/desk/programme/new", v, http.StatusSeeOther)
		if n := w.number(`SELECT COUNT(*) FROM sessions WHERE local_date = '2025-11-04'`, nil); n != 1 {
			t.Errorf("%d sessions", n)
		}
	})
}

func TestNewActivity_clashesAreSolvedOnOnePageAndKeptTogether(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		b := w.browser(network.Coordinator)
		other := w.Room
		w.tx(func(tx *db.Tx) (err error) {
			other, err = w.Booking.AddSpace(t.Context(), tx, booking.Space{CentreID: w.Centre, Slug: "mala-soba", Name: i18n.Text{i18n.HR: "Mala soba"}}, "test")
			return err
		})
		for _, day := range []int{19, 26} {
			start := time.Date(2026, 11, day, 17, 0, 0, 0, w.zone)
			if _, err := w.Booking.Book(t.Context(), booking.New{SpaceID: w.Room, CentreID: w.Centre, Title: "Proba zbora", Start: start, End: start.Add(2 * time.Hour), By: "test"}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Network.AddClosure(t.Context(), network.Closure{CentreID: w.Centre, FromDate: "2026-12-24", ToDate: "2026-12-31"}, "test"); err != nil {
			t.Fatal(err)
		}
		page := b.post("/desk/programme/new", newActivity(w, b, nil), http.StatusUnprocessableEntity)
		if n := page.Find("fieldset[id^=f-solve-]").Length(); n != 4 {
			t.Fatalf("%d dates listed, want two taken and two closed: %s", n, page.Find("main").Text())
		}
		if !strings.Contains(page.Find(".clashes").Text(), "Proba zbora") {
			t.Error("what is in the way is not named to who may see it")
		}
		if n := w.number(`SELECT COUNT(*) FROM activities`, nil); n != 0 {
			t.Error("half was kept")
		}
		v := fields(t, page, "/desk/programme/new")
		if v.Get("solve-2026-11-19") != "space" || v.Get("space-2026-11-19") != other || v.Get("solve-2026-12-24") != "skip" {
			t.Errorf("proposed %v", v)
		}
		v.Set("solve-2026-11-26", "time")
		v.Set("from-2026-11-26", "19:00")
		v.Set("to-2026-11-26", "20:00")
		v.Set("solve-2026-12-31", "keep")
		b.post("/desk/programme/new", v, http.StatusSeeOther)
		list, err := w.AtCentre(t.Context(), w.Centre, w.Now(), w.Now().AddDate(1, 0, 0), false)
		if err != nil || len(list) != 7 {
			t.Fatalf("%d sessions (%v), want 7", len(list), err)
		}
		if *list[1].SpaceID != other || list[2].LocalStart != "19:00" || list[6].LocalDate != "2026-12-31" {
			t.Errorf("the chosen solutions were not kept")
		}
		b.post("/desk/programme/new", v, http.StatusSeeOther) // pressed twice
		if n := w.number(`SELECT COUNT(*) FROM activities`, nil); n != 1 {
			t.Errorf("%d activities after a double press", n)
		}
	})
}

func TestNewActivity_oneChoiceSolvesEveryDateThatClashes(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		b := w.browser(network.Coordinator)
		other := w.Room
		w.tx(func(tx *db.Tx) (err error) {
			other, err = w.Booking.AddSpace(t.Context(), tx, booking.Space{CentreID: w.Centre, Slug: "mala-soba", Name: i18n.Text{i18n.HR: "Mala soba"}}, "test")
			return err
		})
		taken := func(space string, day, hour int) {
			start := time.Date(2026, 11, day, hour, 0, 0, 0, w.zone)
			if _, err := w.Booking.Book(t.Context(), booking.New{SpaceID: space, CentreID: w.Centre, Title: "Proba zbora", Start: start, End: start.Add(2 * time.Hour), By: "test"}); err != nil {
				t.Fatal(err)
			}
		}
		taken(w.Room, 19, 17)
		taken(w.Room, 26, 17)
		taken(other, 26, 17)
		if err := w.Network.AddClosure(t.Context(), network.Closure{CentreID: w.Centre, FromDate: "2026-12-24", ToDate: "2026-12-31"}, "test"); err != nil {
			t.Fatal(err)
		}
		page := b.post("/desk/programme/new", newActivity(w, b, nil), http.StatusUnprocessableEntity)
		if n := page.Find("#f-same input[type=radio]").Length(); n != 5 || page.Find("#f-same input[checked]").AttrOr("value", "?") != "" {
			t.Fatalf("%d choices for all dates, want each by itself, another room, another time, hold, skip; and the first is chosen", n)
		}
		v := fields(t, page, "/desk/programme/new")
		v.Set("same", "time")
		v.Set("same-from", "25:00")
		v.Set("same-to", "20:00")
		if n := b.post("/desk/programme/new", v, http.StatusUnprocessableEntity).Find("#faults li").Length(); n != 1 {
			t.Errorf("a time that there is not is said to be a fault %d times", n)
		}
		v.Set("same", "space")
		v.Set("same-space", other)
		page = b.post("/desk/programme/new", v, http.StatusUnprocessableEntity)
		if n := page.Find("fieldset[id^=f-solve-]").Length(); n != 3 { // the other room is taken on the 26th, and no room is open on the closed days
			t.Fatalf("%d dates are left: %s", n, page.Find("main").Text())
		}
		v = fields(t, page, "/desk/programme/new")
		if v.Get("same") != "" || v.Get("solve-2026-11-19") != "space" || v.Get("space-2026-11-19") != other {
			t.Errorf("what was solved is not kept apart from what is asked now: %v", v)
		}
		v.Set("same", "skip")
		b.post("/desk/programme/new", v, http.StatusSeeOther)
		list, err := w.AtCentre(t.Context(), w.Centre, w.Now(), w.Now().AddDate(1, 0, 0), false)
		if err != nil || len(list) != 5 {
			t.Fatalf("%d sessions (%v), want 5", len(list), err)
		}
		if *list[1].SpaceID != other || list[1].LocalDate != "2026-11-19" {
			t.Error("the date solved before was taken along by what was chosen for the rest")
		}
	})
}

func TestDeskPages_answerAndKeepNamesBehindAPress(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	b := w.browser(network.Coordinator)
	a := w.activity(nil)
	session := w.session(a, 0)
	hidden := w.session(w.activity(func(a *Activity) { a.Discreet = true }), 0)
	w.asked(session, Phone, func(a *Ask) { a.Name, a.Phone = "Susjeda Dvanaest", "091 222 333" })
	asked := w.asked(hidden, Web, nil)
	b.get("/desk/programme", http.StatusOK)
	b.get("/desk/programme/"+a.ID, http.StatusOK)
	b.get("/desk/programme/"+a.ID+"/dates", http.StatusOK)
	b.get("/desk/programme/"+a.ID+"/totals", http.StatusOK)
	b.get("/desk/programme/import", http.StatusOK)
	b.get("/desk/calls", http.StatusOK)
	b.get("/desk/sessions/"+session+"/move", http.StatusOK)
	if html, _ := b.get("/desk/sessions/"+session, http.StatusOK).Html(); strings.Contains(html, "Susjeda Dvanaest") || strings.Contains(html, "091 222") {
		t.Error("a name or number is on the screen before a press")
	}
	if text := b.get("/desk/sessions/"+session+"?names=1", http.StatusOK).Find(".registrations").Text(); !strings.Contains(text, "Susjeda Dvanaest") {
		t.Errorf("no name after the press: %s", text)
	}
	b.post("/desk/registrations/"+asked.ID+"/confirm", nil, http.StatusSeeOther)
	if s := w.state(asked.ID); s != Confirmed {
		t.Errorf("the discreet request is %s", s)
	}
	found := b.post("/desk/sessions/"+session+"/register", url.Values{"find": {"dvan"}, "search": {"1"}, "channel": {"phone"}}, http.StatusOK)
	if n := found.Find(`input[name="person"]`).Length(); n != 2 {
		t.Errorf("%d choices of a person, want the found one and a new one", n)
	}
	b.post("/desk/sessions/"+session+"/register", url.Values{"name": {"Susjed Tri"}, "channel": {"paper"}, "party": {"2"}}, http.StatusSeeOther)
	if n := w.number(`SELECT taken FROM sessions WHERE id = :s`, db.Args{"s": session}); n != 3 {
		t.Errorf("%d taken, want 3", n)
	}
	w.pass(9 * time.Hour)
	b.get("/desk/test-in", http.StatusOK) // the screen locked itself meanwhile
	b.get("/desk/sessions/"+hidden+"/attendance", http.StatusOK)
	form := b.get("/desk/sessions/"+session+"/attendance", http.StatusOK)
	if _, shut := form.Find("#names").Attr("hidden"); !shut {
		t.Error("names are shown before a press")
	}
	v := fields(t, form, "/desk/sessions/"+session+"/attendance")
	v.Set("counted", "5")
	v.Set("new", "Susjed Četiri\nSusjeda Pet")
	b.post("/desk/sessions/"+session+"/attendance", v, http.StatusSeeOther)
	if n := w.number(`SELECT counted + named FROM sessions WHERE id = :s`, db.Args{"s": session}); n != 7 {
		t.Errorf("%d came, want 7", n)
	}
}

// TestDiscreet_theTeamEntersWhoAsksAndHandsOverTheLinkOnce follows PRACTICE, Discreet activities: no name, no contact, and
// the place told only after somebody of the team said yes.
func TestDiscreet_theTeamEntersWhoAsksAndHandsOverTheLinkOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		b := w.browser(network.Coordinator)
		hidden := w.session(w.activity(func(a *Activity) {
			a.Discreet, a.PlaceKind, a.Place = true, Outdoors, i18n.Text{i18n.HR: "Kod velikog stabla"}
		}), 3)
		page := b.get("/desk/sessions/"+hidden, http.StatusOK)
		for _, name := range []string{"name", "phone", "email", "needs", "find", "person"} {
			if page.Find(`#register [name="`+name+`"]`).Length() > 0 {
				t.Errorf("the form asks for %s", name)
			}
		}
		v := fields(t, page, "/desk/sessions/"+hidden+"/register")
		v.Set("name", "Susjeda Tajna") // a form made by hand
		v.Set("phone", "091 000 111")
		slip := b.post("/desk/sessions/"+hidden+"/register", v, http.StatusOK)
		link := slip.Find(".slip .link").Text()
		_, code, _ := strings.Cut(link, "/registrations/")
		if list, err := w.ByCode(t.Context(), code); err != nil || len(list) != 1 || list[0].State != Requested {
			t.Fatalf("the link %q leads to %v, %v", link, list, err)
		}
		if again := b.post("/desk/sessions/"+hidden+"/register", v, http.StatusOK).Find(".slip .link").Text(); again != link {
			t.Errorf("a second press shows %q, not %q", again, link)
		}
		if n := w.number(`SELECT COUNT(*) FROM registrations`, nil); n != 1 {
			t.Errorf("%d requests after a second press", n)
		}
		if n := w.number(`SELECT COUNT(*) FROM people`, nil); n != 0 {
			t.Error("a name was kept")
		}
		if html, _ := b.get("/desk/sessions/"+hidden, http.StatusOK).Html(); strings.Contains(html, code) {
			t.Error("the link is shown again")
		}
		path := "/hr/registrations/" + code
		before := b.get(path, http.StatusOK).Find("main").Text()
		action, _ := slip.Find(`form[action$="/confirm"]`).Attr("action")
		b.post(action, nil, http.StatusSeeOther)
		after := b.get(path, http.StatusOK).Find("main").Text()
		if strings.Contains(before, "stabla") || !strings.Contains(after, "stabla") {
			t.Errorf("the place is told before or never\nbefore %s\nafter %s", before, after)
		}
	})
}

func TestHost_worksWithTodayOnlyAndNeverSeesDiscreetOnes(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	a := w.activity(nil)
	today, later := w.session(a, 0), w.session(a, 7)
	hidden := w.session(w.activity(func(a *Activity) { a.Discreet = true }), 0)
	b := w.browser(network.Host)
	b.get("/desk/sessions/"+today, http.StatusOK)
	b.get("/desk/sessions/"+later, http.StatusForbidden)
	b.get("/desk/sessions/"+later+"/attendance", http.StatusForbidden)
	b.get("/desk/sessions/"+hidden, http.StatusNotFound)
	b.get("/desk/sessions/"+hidden+"/attendance", http.StatusNotFound)
	b.get("/desk/programme", http.StatusForbidden)
	b.get("/desk/programme/"+a.ID+"/totals", http.StatusForbidden)
	b.post("/desk/sessions/"+today+"/cancel", nil, http.StatusForbidden)
	team := w.browser(network.SupportWorker)
	team.get("/desk/sessions/"+hidden, http.StatusOK)
	team.get("/desk/sessions/"+today, http.StatusForbidden)
}

func TestTasks_sayWhatWaitsAndNeverWhoOrWhatIsDiscreet(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	a := w.activity(nil)
	w.session(a, 0)
	hidden := w.session(w.activity(func(a *Activity) { a.Discreet, a.Title = true, i18n.Text{i18n.HR: "Tajno"} }), 1)
	w.asked(hidden, Web, nil)
	_, full := w.places(1)
	first := w.asked(full, Web, mailed("ana"))
	w.asked(full, Phone, func(a *Ask) { a.Name, a.Phone = "Susjeda Dvanaest", "091 222 333" })
	if err := w.Cancel(t.Context(), w.Centre, first.ID, "test"); err != nil {
		t.Fatal(err)
	}
	w.pass(11 * time.Hour)
	list, err := (&Pages{Store: w.Store}).Tasks(t.Context(), w.Centre, w.Now())
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]network.Task{}
	for _, task := range list {
		kind, _, _ := strings.Cut(task.Key, ":")
		kinds[kind] = task
		words := w.Texts.For(i18n.HR).T(task.Title, task.Args...)
		if strings.Contains(words, "Dvanaest") || strings.Contains(words, "Tajno") || strings.Contains(words, "{") {
			t.Errorf("a task says %q", words)
		}
	}
	if kinds["programme.attendance"].Permission != RecordAttendance || kinds["programme.request"].Permission != SeeDiscreet || kinds["programme.call"].Address != "/desk/calls" {
		t.Errorf("tasks %+v", kinds)
	}
}

func TestCalendar_feedOfACentre(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	dinner := w.activity(nil)
	session := w.session(dinner, 7)
	for day := range 5 {
		w.session(dinner, 10+day)
	}
	w.session(w.activity(func(a *Activity) { a.Discreet, a.Title = true, i18n.Text{i18n.HR: "Tajno"} }), 8)
	if err := w.CancelSession(t.Context(), w.Centre, session, nil, "test"); err != nil {
		t.Fatal(err)
	}
	b := w.browser(network.Coordinator)
	res, err := b.http.Get(b.base + "/calendar/centar.ics")
	if err != nil {
		t.Fatal(err)
	}
	var body strings.Builder
	_, _ = fmt.Fprint(&body, b.page(res, nil, http.StatusOK).Text())
	for _, want := range []string{"UID:" + session + "@kvart.test", "SEQUENCE:1", "STATUS:CANCELLED", "Susjedska večera"} {
		if !strings.Contains(body.String(), want) {
			t.Errorf("the feed has no %s: %s", want, body.String())
		}
	}
	if strings.Contains(body.String(), "Tajno") {
		t.Error("a discreet session is in the feed")
	}
	again, err := http.NewRequest(http.MethodGet, b.base+"/calendar/centar.ics", nil)
	if err != nil {
		t.Fatal(err)
	}
	again.Header.Set("Accept-Encoding", "gzip")
	zipped, err := b.http.Do(again)
	if err != nil {
		t.Fatal(err)
	}
	if z, err := gzip.NewReader(zipped.Body); zipped.Header.Get("Content-Encoding") != "gzip" || err != nil {
		t.Errorf("not compressed: %v %v", zipped.Header, err)
	} else if plain, err := io.ReadAll(z); err != nil || strings.ReplaceAll(string(plain), "\r\n", "\n") != body.String() {
		t.Errorf("compressed it says something else: %.200s %v", plain, err)
	}
	zipped.Body.Close()
	if vary := strings.Join(res.Header.Values("Vary"), ", "); !strings.Contains(vary, "Accept-Encoding") { // the plain one too: a cache must not give it for the other
		t.Errorf("Vary: %s", vary)
	}
	again.Header.Set("If-None-Match", res.Header.Get("ETag"))
	second, err := b.http.Do(again)
	if err != nil {
		t.Fatal(err)
	}
	second.Body.Close()
	if second.StatusCode != http.StatusNotModified {
		t.Errorf("the same feed again: %d", second.StatusCode)
	}
	b.get("/calendar/nema.ics", http.StatusNotFound)
}
