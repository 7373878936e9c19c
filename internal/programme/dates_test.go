package programme_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	. "kvart/internal/programme"
)

// inRoom is a session of the activity in the town's room, so many days from the first at 18 o'clock, for an hour.
func (w *town) inRoom(a Activity, days int) string {
	w.t.Helper()
	start := time.Date(2026, 11, 2+days, 18, 0, 0, 0, w.zone)
	var ids []string
	w.tx(func(tx *db.Tx) (err error) {
		ids, err = w.AddSessions(w.t.Context(), tx, a, []Date{{Start: start, End: start.Add(time.Hour), SpaceID: w.Room}}, "test")
		return err
	})
	return ids[0]
}

// live is how many bookings hold a room.
func (w *town) live() int {
	return w.number(`SELECT COUNT(*) FROM bookings WHERE state IN ('held','confirmed')`, nil)
}

func TestNewActivity_theTimeToSetUpClashesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.exec(`UPDATE spaces SET setup_minutes = 60, clear_minutes = 30 WHERE id = :r`, db.Args{"r": w.Room})
		day := time.Date(2026, 11, 19, 0, 0, 0, 0, w.zone)
		start := day.Add(16 * time.Hour) // without set-up time of its own, as booked before the room asked for any
		w.exec(`INSERT INTO bookings (id, centre_id, space_id, title, state, starts_at, ends_at, held_from, held_to)
			VALUES (:id, :c, :r, 'Proba zbora', 'confirmed', :from, :to, :from, :to)`,
			db.Args{"id": db.NewID(), "c": w.Centre, "r": w.Room, "from": start.Unix(), "to": start.Add(90 * time.Minute).Unix()})
		b := w.browser(network.Coordinator)
		page := b.post("/desk/programme/new", newActivity(w, b, nil), http.StatusUnprocessableEntity)
		if n := page.Find("fieldset.boxed").Length(); n != 1 || !strings.Contains(page.Find(".clashes").Text(), "Proba zbora") {
			t.Errorf("%d dates listed: %s", n, page.Find("main").Text())
		}
	})
}

func TestAddSessions_datesInEachOthersWayAreNamed(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		start := time.Date(2026, 11, 12, 18, 0, 0, 0, w.zone)
		dates := []Date{{Start: start, End: start.Add(time.Hour), SpaceID: w.Room}, {Start: start.Add(30 * time.Minute), End: start.Add(2 * time.Hour), SpaceID: w.Room}}
		err := w.DB.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := w.AddSessions(t.Context(), tx, a, dates, "test")
			return err
		})
		wantFault(t, err, "programme.fault.clash")
		list, ok := fault.Of(err).Detail.([]Date)
		if !ok || len(list) != 2 || len(list[0].Clashes) != 0 || len(list[1].Clashes) != 1 {
			t.Errorf("the dates say %+v", list)
		}
		if w.live() != 0 {
			t.Error("half was kept")
		}
	})
}

// Two coordinators press at once, and each has seen that the room is free: one has it, and the other is shown by whom
// it is taken, with what was typed.
func TestNewActivity_whoComesSecondIsShownTheClash(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		one, two := w.browser(network.Coordinator), w.browser(network.Coordinator)
		forms := []struct {
			b *browser
			v map[string]string
		}{{one, map[string]string{"title-hr": "Prva"}}, {two, map[string]string{"title-hr": "Druga"}}}
		var all sync.WaitGroup
		status, text := make([]int, 2), make([]string, 2)
		for i, f := range forms {
			v := newActivity(w, f.b, f.v)
			all.Go(func() {
				res, err := f.b.http.PostForm(f.b.base+"/desk/programme/new", v)
				if err != nil {
					t.Error(err)
					return
				}
				defer res.Body.Close()
				status[i] = res.StatusCode
				if res.StatusCode == http.StatusUnprocessableEntity {
					page := f.b.page(res, nil, http.StatusUnprocessableEntity)
					text[i] = page.Find(".clashes").Text()
				}
			})
		}
		all.Wait()
		lost := 0
		if status[1] != http.StatusSeeOther {
			lost = 1
		}
		if status[lost] != http.StatusUnprocessableEntity || status[1-lost] != http.StatusSeeOther || !strings.Contains(text[lost], forms[1-lost].v["title-hr"]) {
			t.Errorf("answers %v, clashes %q", status, text)
		}
		if w.live() != 8 {
			t.Errorf("%d bookings, want the eight of one activity", w.live())
		}
	})
}

func TestMoveSession_manyAtOnceLeaveOneBooking(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.inRoom(w.activity(nil), 10)
		var all sync.WaitGroup
		done := make([]error, 12)
		for i := range done {
			start := time.Date(2026, 11, 13+i, 10, 0, 0, 0, w.zone)
			all.Go(func() {
				if i == 11 {
					done[i] = w.CancelSession(t.Context(), w.Centre, id, nil, "test")
					return
				}
				done[i] = w.MoveSession(t.Context(), w.Centre, id, Date{Start: start, End: start.Add(time.Hour), SpaceID: w.Room}, 1, nil, "test")
			})
		}
		all.Wait()
		if done[11] != nil {
			t.Error(done[11])
		}
		if n := w.live(); n != 0 {
			t.Errorf("%d bookings hold the room for a session that was called off", n)
		}
	})
}

func TestMoveSession_offersTheRoomItWouldLeave(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		var other string
		w.tx(func(tx *db.Tx) (err error) {
			other, err = w.Booking.AddSpace(t.Context(), tx, booking.Space{CentreID: w.Centre, Slug: "mala-soba", Name: i18n.Text{i18n.HR: "Mala soba"}}, "test")
			return err
		})
		id := w.inRoom(w.activity(nil), 10)
		start := time.Date(2026, 11, 12, 18, 30, 0, 0, w.zone)
		if _, err := w.Booking.Book(t.Context(), booking.New{SpaceID: other, CentreID: w.Centre, Start: start, End: start.Add(time.Hour), By: "test"}); err != nil {
			t.Fatal(err)
		}
		b := w.browser(network.Coordinator)
		v := fields(t, b.get("/desk/sessions/"+id+"/move", http.StatusOK), "/desk/sessions/"+id+"/move")
		v.Set("space", other)
		v.Set("from", "18:30")
		v.Set("to", "19:30")
		page := b.post("/desk/sessions/"+id+"/move", v, http.StatusConflict)
		if s := page.Find(".clashes + p").Text(); !strings.Contains(s, "Velika soba") {
			t.Errorf("its own room, free at that time, is not offered: %q", s)
		}
	})
}

func TestMoveSession_whatIsToComeDoesNotMoveToADayThatIsOver(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		b := w.browser(network.Coordinator)
		move := func(id, date string, want int) *goquery.Document {
			v := fields(t, b.get("/desk/sessions/"+id+"/move", http.StatusOK), "/desk/sessions/"+id+"/move")
			v.Set("date", date)
			return b.post("/desk/sessions/"+id+"/move", v, want)
		}
		last := w.Now().AddDate(0, 0, -3).Format(time.DateOnly)
		if page := move(w.session(a, 10), last, http.StatusUnprocessableEntity); page.Find("#e-date").Length() != 1 {
			t.Error("nothing is said beside the date")
		}
		move(w.session(a, -5), last, http.StatusSeeOther) // what was noted on the wrong day is put right
	})
}

func TestMoveSession_nobodysRecordGoesBeforeTheSession(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		_, id := w.places(5)
		w.asked(id, Phone, func(a *Ask) { a.Name = "Osoba 1" })
		start := time.Date(2028, 3, 1, 18, 0, 0, 0, w.zone)
		if err := w.MoveSession(t.Context(), w.Centre, id, Date{Start: start, End: start.Add(time.Hour)}, 1, nil, "test"); err != nil {
			t.Fatal(err)
		}
		if n := w.number(`SELECT COUNT(*) FROM people WHERE delete_on = '2029-03-01'`, nil); n != 1 {
			t.Error("the record goes before the session it was taken for")
		}
	})
}

func TestChangeActivity_whatBecomesDiscreetIsNamedInNoRoom(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		id := w.inRoom(a, 10)
		groups, err := w.Network.Groups(t.Context(), w.DB)
		if err != nil {
			t.Fatal(err)
		}
		a.Discreet, a.Version = true, 1
		if err := w.ChangeActivity(t.Context(), a, groups, "test"); err != nil {
			t.Fatal(err)
		}
		start := time.Date(2026, 11, 12, 18, 0, 0, 0, w.zone)
		clashes, err := w.Booking.Clashes(t.Context(), w.DB, w.Room, []booking.Interval{{Start: start, End: start.Add(time.Hour)}}, "")
		if err != nil || len(clashes) != 1 {
			t.Fatalf("%v (%v)", clashes, err)
		}
		host := booking.Reader{Sees: func(p auth.Permission, _ string) bool { return p == booking.See }}
		if title, holder := clashes[0].Shown(host); title != "" || holder != nil {
			t.Errorf("the clash tells %q", title)
		}
		if n := w.number(`SELECT COUNT(*) FROM bookings WHERE title <> ''`, nil); n != 0 {
			t.Error("the booking keeps the title")
		}
		if _, _, err := w.PublicSession(t.Context(), id); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("the session's page: %v", err)
		}
	})
}

func TestChangeActivity_namesOfWalkInsAndTotalsKeepItFromBecomingDiscreet(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		groups, err := w.Network.Groups(t.Context(), w.DB)
		if err != nil {
			t.Fatal(err)
		}
		named, summed := w.activity(func(a *Activity) { a.Kind = Open }), w.activity(func(a *Activity) { a.Kind = Open })
		id := w.session(named, 0)
		w.pass(9 * time.Hour)
		if err := w.RecordAttendance(t.Context(), w.Centre, id, Came{New: []string{"Osoba 1"}}, "test"); err != nil {
			t.Fatal(err)
		}
		if err := w.SetGroupTotals(t.Context(), w.Centre, summed.ID, "2026Q4", []GroupTotal{{Question: "sex", Answer: "f", N: 12}}, "test"); err != nil {
			t.Fatal(err)
		}
		for _, a := range []Activity{named, summed} {
			a.Discreet, a.Version = true, 1
			wantFault(t, w.ChangeActivity(t.Context(), a, groups, "test"), "programme.fault.discreet_kept")
		}
	})
}

func TestChangeActivity_calendarsSeeANewTitle(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		groups, err := w.Network.Groups(t.Context(), w.DB)
		if err != nil {
			t.Fatal(err)
		}
		a := w.activity(nil)
		id := w.inRoom(a, 10)
		sequence := func() int { return w.number(`SELECT sequence FROM sessions WHERE id = :s`, db.Args{"s": id}) }
		a.Version, a.OpensDays = 1, 14
		if err := w.ChangeActivity(t.Context(), a, groups, "test"); err != nil || sequence() != 0 {
			t.Fatalf("what no calendar shows moves the number to %d (%v)", sequence(), err)
		}
		a.Version, a.Title = 2, i18n.Text{i18n.HR: "Susjedski ručak"}
		if err := w.ChangeActivity(t.Context(), a, groups, "test"); err != nil || sequence() != 1 {
			t.Errorf("after a new title the number is %d (%v), want 1", sequence(), err)
		}
		if n := w.number(`SELECT COUNT(*) FROM bookings WHERE title = 'Susjedski ručak'`, nil); n != 1 {
			t.Error("the room's booking keeps the old title")
		}
	})
}

func TestAttendance_aFormSentTwiceAddsNobodyTwice(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.exec(`UPDATE centres SET keep_months = 1`, nil)
		a := w.activity(nil)
		first, second := w.session(a, 0), w.session(a, 60)
		w.pass(9 * time.Hour)
		came := Came{New: []string{"Ana", "Ana", "Berta"}, Counted: 1}
		for range 2 {
			if err := w.RecordAttendance(t.Context(), w.Centre, first, came, "test"); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.number(`SELECT COUNT(*) FROM people`, nil); n != 3 {
			t.Errorf("%d people, want 3", n)
		}
		list, err := w.Candidates(t.Context(), w.Centre, second)
		if err != nil || len(list) != 3 {
			t.Fatalf("%v (%v)", list, err)
		}
		w.pass(60 * 24 * time.Hour)
		if err := w.RecordAttendance(t.Context(), w.Centre, second, Came{People: []string{list[0].PersonID}}, "test"); err != nil {
			t.Fatal(err)
		}
		if n := w.number(`SELECT COUNT(*) FROM people WHERE delete_on = '2027-02-01'`, nil); n != 1 {
			t.Error("who came again is forgotten a month after the first time")
		}
	})
}
