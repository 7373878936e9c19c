package programme_test

import (
	"testing"
	"time"

	"kvart/internal/platform/db"
	. "kvart/internal/programme"
)

func TestHeld_sumsWhatIsOverAndNeverWhatIsDiscreet(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		dinner, quiet := w.activity(nil), w.activity(func(a *Activity) { a.Discreet = true })
		for _, a := range []Activity{dinner, quiet} {
			for _, days := range []int{0, 1, 2, 30} {
				w.session(a, days)
			}
		}
		off := w.session(dinner, 3)
		if err := w.CancelSession(t.Context(), w.Centre, off, nil, "test"); err != nil {
			t.Fatal(err)
		}
		from := w.Now().AddDate(0, 0, -1)
		w.pass(49 * time.Hour) // the third is still to come
		w.exec(`UPDATE sessions SET counted = 7, named = 5, recorded_at = 1 WHERE local_date = '2026-11-02'`, nil)
		held := func(centre string, to time.Time, ids ...string) []Held {
			list, err := w.Held(t.Context(), w.DB, centre, ids, from, to)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		list := held(w.Centre, w.Now().AddDate(0, 1, 0), dinner.ID, quiet.ID, db.NewID())
		if len(list) != 1 || list[0] != (Held{ActivityID: dinner.ID, Sessions: 2, Recorded: 1, Seconds: 4 * 3600, Came: 12}) {
			t.Errorf("%+v", list)
		}
		if list := held(w.Centre, from.AddDate(0, 0, 2), dinner.ID); len(list) != 1 || list[0].Sessions != 1 {
			t.Errorf("until the second day: %+v", list)
		}
		if list := held(db.NewID(), w.Now(), dinner.ID); len(list) != 0 {
			t.Errorf("of another centre: %+v", list)
		}
		if list := held(w.Centre, w.Now()); len(list) != 0 {
			t.Errorf("of none: %+v", list)
		}
	})
}
