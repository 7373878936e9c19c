package season_test

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"kvart/internal/allotment"
	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/season"
)

func TestSeason_fromWishesToAResultThatIsRecounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		one, doc := h.published()
		if len(doc.Result.Picks) != 3 || len(doc.Result.Unmet) != 6 || !doc.Result.EqualShares {
			t.Fatalf("%+v", doc.Result)
		}
		holders := map[string]bool{}
		for _, p := range doc.Result.Picks {
			holders[p.Organisation] = true
		}
		if len(holders) != 3 {
			t.Errorf("three of equal entitlement and three times: %v", holders)
		}
		b, err := json.Marshal(doc)
		h.must(err)
		read, err := allotment.Parse(b)
		h.must(err)
		if list, err := read.Recount(); err != nil || len(list) > 0 {
			t.Errorf("%v %+v", err, list)
		}
		if one.Seed == "" || doc.Input.Seed != one.Seed {
			t.Error("the seed is not told")
		}
		if shown, err := h.Shown(t.Context(), 10); err != nil || len(shown) != 1 {
			t.Errorf("%v %v", shown, err)
		}
	})
}

func TestSeason_theDatabaseKeepsWhatWasPublished(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		one, doc := h.counted()
		ctx := t.Context()
		move := allotment.Edit{What: allotment.Move, Slot: doc.Template[0], Reason: "stepenice"}
		move.Slot.Room = "mala"
		h.must(h.tx(func(tx *db.Tx) error { return h.Edit(ctx, tx, h.centre, one.ID, 0, move, "test") }))
		for q, want := range map[string]string{
			`UPDATE season_edits SET reason = 'x' WHERE season_id = :id`:     "append-only",
			`DELETE FROM season_edits WHERE season_id = :id`:                 "append-only",
			`UPDATE seasons SET criteria = '[]' WHERE id = :id`:              "season-fixed",
			`UPDATE seasons SET seed = 'x' WHERE id = :id`:                   "season-fixed",
			`DELETE FROM seasons WHERE id = :id`:                             "season-fixed",
			`DELETE FROM season_spaces WHERE season_id = :id`:                "season-fixed",
			`DELETE FROM season_wishes WHERE season_id = :id`:                "season-closed",
			`UPDATE season_members SET amounts = '[]' WHERE season_id = :id`: "season-closed",
			`UPDATE seasons SET state = 'open' WHERE id = :id`:               "season-step",
			`UPDATE seasons SET state = 'preparing' WHERE id = :id`:          "season-step",
		} {
			if _, err := h.DB.Exec(ctx, q, db.Args{"id": one.ID}); db.Refused(err) != want {
				t.Errorf("%s: %v, want %s", q, err, want)
			}
		}
		h.must(h.Publish(ctx, h.centre, one.ID, "test"))
		if _, err := h.DB.Exec(ctx, `UPDATE seasons SET document = 'x' WHERE id = :id`, db.Args{"id": one.ID}); db.Refused(err) != "season-fixed" {
			t.Error(err)
		}
		if _, err := h.DB.Exec(ctx, `INSERT INTO season_edits (season_id, n, what, slot, reason, on_date, edited_by) VALUES (:id, 9, 'remove', '{}', 'x', '', '')`, db.Args{"id": one.ID}); db.Refused(err) != "season-closed" {
			t.Error(err)
		}
	})
}

func TestWishes_areRankedRaisedAndTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		one := h.open()
		ctx := t.Context()
		for _, day := range []int{1, 2, 3} {
			if added, err := h.wish(one, 0, day, "18:00", "19:00"); err != nil || !added {
				t.Fatal(added, err)
			}
		}
		if added, err := h.wish(one, 0, 2, "18:00", "19:00"); err != nil || added {
			t.Errorf("the same wish again: %v %v", added, err)
		}
		list, err := h.Wishes(ctx, d, one.ID, h.organisations[0])
		h.must(err)
		h.must(h.RaiseWish(ctx, one, h.organisations[0], list[2].ID, "test"))
		h.must(h.RaiseWish(ctx, one, h.organisations[0], list[0].ID, "test"))
		h.must(h.RemoveWish(ctx, one, h.organisations[0], list[1].ID, "test"))
		refused(t, h.RemoveWish(ctx, one, h.organisations[1], list[0].ID, "test"), fault.KindNotFound, "fault.not_found")
		refused(t, h.RaiseWish(ctx, one, h.organisations[1], list[0].ID, "test"), fault.KindNotFound, "fault.not_found")
		list, err = h.Wishes(ctx, d, one.ID, h.organisations[0])
		h.must(err)
		if len(list) != 2 || list[0].Weekday != 1 || list[1].Weekday != 3 {
			t.Errorf("%+v", list)
		}
	})
}

func TestWishes_thatCannotBeAreRefusedWithTheirField(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		one := h.open()
		other, err := h.Booking.Spaces(t.Context(), d, h.other)
		h.must(err)
		for _, c := range []struct {
			day        int
			start, end string
			room       string
			field      string
		}{
			{1, "18:00", "17:00", h.hall, "end"}, {1, "18:00", "18:10", h.hall, "end"}, {1, "08:00", "09:00", h.hall, "start"},
			{8, "18:00", "19:00", h.hall, "weekday"}, {1, "18:00", "19:00", other[0].ID, "space"}, {1, "18:00", "19:00", "nosuch", "space"},
		} {
			_, err := h.wish(one, 0, c.day, c.start, c.end, c.room)
			if e := fault.Of(err); e == nil || e.Kind != fault.KindInvalid || len(e.Fields) == 0 || e.Fields[0].Name != c.field {
				t.Errorf("%+v: %v", c, err)
			}
		}
		if list, err := h.Members(t.Context(), d, one.ID); err != nil || len(list) != 0 {
			t.Errorf("a refused wish left an organisation behind: %v %v", list, err)
		}
		zone := time.FixedZone("", 2*3600)
		if !one.TakesWishes(time.Date(2026, 8, 20, 21, 59, 0, 0, time.UTC), zone) || one.TakesWishes(time.Date(2026, 8, 20, 22, 0, 0, 0, time.UTC), zone) {
			t.Error("wishes end with their last local day")
		}
	})
}

func TestSeason_oneIsOpenAtATimeAndStepsAreInOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		ctx := t.Context()
		first := h.prepared()
		refused(t, h.Count(ctx, h.centre, first.ID, "test"), fault.KindConflict, "season.fault.state")
		refused(t, h.Publish(ctx, h.centre, first.ID, "test"), fault.KindConflict, "season.fault.state")
		refused(t, h.Begin(ctx, h.centre, first.ID, "test"), fault.KindConflict, "season.fault.state")
		refused(t, h.OpenWishes(ctx, h.other, first.ID, "test"), fault.KindNotFound, "fault.not_found")
		h.must(h.OpenWishes(ctx, h.centre, first.ID, "test"))
		refused(t, h.Count(ctx, h.centre, first.ID, "test"), fault.KindConflict, "season.fault.no_wishes")
		second := h.prepared()
		refused(t, h.OpenWishes(ctx, h.centre, second.ID, "test"), fault.KindConflict, "season.fault.one_open")
		h.must(h.Delete(ctx, h.centre, second.ID, "test"))
		refused(t, h.Delete(ctx, h.centre, first.ID, "test"), fault.KindConflict, "season.fault.state")
		one := h.season(first.ID)
		one.Name = "x"
		refused(t, h.tx(func(tx *db.Tx) error { _, err := h.Save(ctx, tx, one, []string{h.hall}, "test"); return err }), fault.KindConflict, "season.fault.changed_meanwhile")
		h.wishes(one)
		h.must(h.Count(ctx, h.centre, first.ID, "test"))
		if _, err := h.wish(one, 0, 5, "18:00", "19:00"); !fault.Is(err, fault.KindConflict) {
			t.Errorf("a wish after the count: %v", err)
		}
		seed := h.season(first.ID).Seed
		h.must(h.Reopen(ctx, h.centre, first.ID, "test"))
		if _, err := h.wish(one, 0, 5, "18:00", "19:00"); err != nil {
			t.Error(err)
		}
		h.must(h.Count(ctx, h.centre, first.ID, "test"))
		if h.season(first.ID).Seed != seed {
			t.Error("counting anew drew anew")
		}
	})
}

func TestEdit_twoAtOnceTheSecondSeesWhatTheFirstDid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		one, doc := h.counted()
		ctx := t.Context()
		edit := func(e allotment.Edit, seen int) error {
			return h.tx(func(tx *db.Tx) error { return h.Edit(ctx, tx, h.centre, one.ID, seen, e, "test") })
		}
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i := range errs {
			wg.Go(func() {
				errs[i] = edit(allotment.Edit{What: allotment.Remove, Slot: allotment.Slot{ID: doc.Template[i].ID}, Reason: "vratili"}, 0)
			})
		}
		wg.Wait()
		err := errors.Join(errs...)
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("one of two: %v", errs)
		}
		e, ok := errors.AsType[*fault.Error](err)
		if !ok || e.Key != "season.fault.edited_meanwhile" {
			t.Fatal(err)
		}
		if since, ok := e.Detail.([]allotment.Edit); !ok || len(since) != 1 || since[0].Reason != "vratili" {
			t.Errorf("%+v", e.Detail)
		}
		// An edit without a reason, on another's slot, of what is not there.
		if err := edit(allotment.Edit{What: allotment.Remove, Slot: doc.Template[2], Reason: " "}, 1); !fault.Is(err, fault.KindInvalid) {
			t.Error(err)
		}
		on := doc.Template[2]
		on.Organisation = "alfa"
		refused(t, edit(allotment.Edit{What: allotment.Add, Slot: on, Reason: "x"}, 1), fault.KindConflict, "season.fault.overlap")
		refused(t, edit(allotment.Edit{What: allotment.Move, Slot: allotment.Slot{ID: "nosuch"}, Reason: "x"}, 1), fault.KindInvalid, "season.fault.edit")
		on.Weekday = 6
		h.must(edit(allotment.Edit{What: allotment.Add, Slot: on, Reason: "subota je ostala"}, 1))
		refused(t, h.Reopen(ctx, h.centre, one.ID, "test"), fault.KindConflict, "season.fault.edited")
		after, err := h.Document(ctx, d, one)
		h.must(err)
		if len(after.Edits) != 2 || len(after.Template) != 3 || after.Edits[1].Date != "2026-08-03" {
			t.Errorf("%+v", after)
		}
		if list, err := after.Recount(); err != nil || len(list) > 0 {
			t.Errorf("%v %+v", err, list)
		}
	})
}

// going never stops.
func going(int, int) (bool, error) { return false, nil }

func TestGenerate_booksTheSeasonSkipsClosuresAndNamesWhatIsInTheWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		one, doc := h.published()
		ctx := t.Context()
		h.must(h.Network.AddClosure(ctx, network.Closure{CentreID: h.centre, FromDate: "2026-09-14", ToDate: "2026-09-14", Reason: i18n.Text{}}, "test"))
		at := time.Date(2026, 9, 8, 17, 0, 0, 0, time.UTC) // Tuesday, 19:00 there
		_, err := h.Booking.Book(ctx, booking.New{SpaceID: h.hall, CentreID: h.centre, Title: "Proba", Start: at, End: at.Add(time.Hour), By: "test"})
		h.must(err)
		stopped, err := h.Generate(ctx, one, "test", going)
		h.must(err)
		got, err := h.Outcomes(ctx, one.ID)
		h.must(err)
		if stopped || got[season.Booked] != 7 || got[season.Clashed] != 1 || got[season.Closed] != 1 {
			t.Fatalf("%v %v", stopped, got)
		}
		var n int
		h.must(d.Get(ctx, &n, `SELECT COUNT(*) FROM bookings WHERE title = 'Jesen' AND organisation_id IS NOT NULL AND state = 'confirmed'`, nil))
		if n != 7 {
			t.Errorf("%d bookings", n)
		}
		missed, err := h.NotBooked(ctx, one.ID, 10)
		h.must(err)
		if len(missed) != 2 || missed[0].Date != "2026-09-08" || missed[0].Outcome != season.Clashed || missed[1].Outcome != season.Closed {
			t.Fatalf("%+v", missed)
		}
		clashes, err := h.InTheWay(ctx, h.hall, time.Date(2026, 9, 8, 0, 0, 0, 0, time.FixedZone("", 7200)), doc.Template[1])
		h.must(err)
		if len(clashes) != 1 {
			t.Errorf("%+v", clashes)
		}
		// Twice changes nothing; what was cancelled meanwhile stays so.
		var first string
		h.must(d.Get(ctx, &first, `SELECT booking_id FROM season_dates WHERE season_id = :id AND on_date = '2026-09-07'`, db.Args{"id": one.ID}))
		h.must(h.Booking.Cancel(ctx, h.centre, first, "test"))
		_, err = h.Generate(ctx, one, "test", going)
		h.must(err)
		again, err := h.Outcomes(ctx, one.ID)
		h.must(err)
		h.must(d.Get(ctx, &n, `SELECT COUNT(*) FROM bookings WHERE title = 'Jesen'`, nil))
		if n != 7 || again[season.Booked] != 7 || again[season.Clashed] != 1 || again[season.Closed] != 1 {
			t.Errorf("%d bookings, %v", n, again)
		}
	})
}

func TestGenerate_stopsBetweenWeeksAndGoesOnLater(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		one, _ := h.published()
		ctx := t.Context()
		stopped, err := h.Generate(ctx, one, "test", func(done, total int) (bool, error) { return done >= 2, nil })
		h.must(err)
		got, err := h.Outcomes(ctx, one.ID)
		h.must(err)
		if !stopped || got[season.Booked] != 3 {
			t.Fatalf("a whole week, and no more: %v %v", stopped, got)
		}
		// The room is no longer booked from now on.
		rooms, err := h.Booking.Spaces(ctx, d, h.centre)
		h.must(err)
		for _, x := range rooms {
			if x.ID == h.small {
				x.Closed = true
				h.must(h.tx(func(tx *db.Tx) error { return h.Booking.ChangeSpace(ctx, tx, x, "test") }))
			}
		}
		h.now = time.Date(2026, 9, 15, 10, 0, 0, 0, time.UTC) // Tuesday of the second week
		_, err = h.Generate(ctx, one, "test", going)
		h.must(err)
		got, err = h.Outcomes(ctx, one.ID)
		h.must(err)
		if got[season.Booked] != 6 || got[season.Past] != 1 || got[season.SpaceClosed] != 2 {
			t.Errorf("%v", got)
		}
	})
}

func TestGenerate_twoAtOnceBookOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		one, _ := h.published()
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if _, err := h.Generate(t.Context(), one, "test", going); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got, err := h.Outcomes(t.Context(), one.ID)
		h.must(err)
		if got[season.Booked] != 9 || len(got) != 1 {
			t.Errorf("%v", got)
		}
	})
}

func TestSeason_aRoomClosedBeforeTheCountIsAReason(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		one := h.open()
		h.wishes(one)
		if _, err := h.DB.Exec(t.Context(), `UPDATE spaces SET closed = 1 WHERE id = :id`, db.Args{"id": h.small}); err != nil {
			t.Fatal(err)
		}
		h.must(h.Count(t.Context(), h.centre, one.ID, "test"))
		doc, err := h.Document(t.Context(), d, one)
		h.must(err)
		n := 0
		for _, u := range doc.Result.Unmet {
			if u.Reason == allotment.UnknownRoom {
				n++
			}
		}
		if n != 3 {
			t.Errorf("%+v", doc.Result.Unmet)
		}
	})
}
